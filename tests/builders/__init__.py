"""One builder per thing: say only what the test is about, the rest is sensible and unsurprising."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grants.audit.record import declare, record
from grants.kernel import command as kernel_command
from grants.kernel.command import command
from grants.kernel.db import Base, db

T = TypeVar("T", bound=Base)

declare({"test.built": "Built for a test"})


@command
def kept(thing: T) -> T:
    """Put a thing in the database directly, where no command makes it in the state the test needs."""
    db.session.add(thing)
    db.session.flush()
    work = kernel_command._work.get()
    assert work
    for subject in {row.root() for row in work.changed}:
        record("test.built", subject, by="test")
    return thing


def built(make: Callable[[], T]) -> T:
    """The same, for a thing that is made of several."""
    return kept(make())
