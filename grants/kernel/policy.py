"""A policy yields its objections: a sentence, and the duty that could. No objections means yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from grants.kernel.errors import Objection, Refused

Objections = Iterator[Objection]
Policy = Callable[..., Objections]


def objections(policy: Policy, who: Any, *about: Any, **facts: Any) -> list[Objection]:
    """Everything that stands against it, all at once."""
    return list(policy(who, *about, **facts))


def may(policy: Policy, who: Any, *about: Any, **facts: Any) -> bool:
    """For showing or hiding a button; the command asks again."""
    return next(policy(who, *about, **facts), None) is None


def require(policy: Policy, who: Any, *about: Any, **facts: Any) -> None:
    """Raise Refused with every objection unless there are none."""
    if found := objections(policy, who, *about, **facts):
        raise Refused(*found)
