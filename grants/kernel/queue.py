"""Writers of a SQLite file stand in one queue, in the order they came, instead of elbowing at the database.

SQLite's own waiting sleeps and tries again, so under load somebody starves (`ledger.md` section 1). The kernel's file lock
is first come, first served. PostgreSQL needs none of this.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from grants.kernel.errors import Busy


@contextmanager
def turn(engine: Engine, give_up: float) -> Iterator[None]:
    """Hold the queue's head for the length of a command; Busy if it does not come before `give_up` (monotonic seconds)."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not path or path == ":memory:":
        yield
        return
    held = os.open(f"{path}.queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _wait(held, give_up)
    try:
        yield
    finally:
        os.close(held)  # closing lets go of the lock


def _wait(held: int, give_up: float) -> None:
    """Wait in line, but not for ever: the line has no time limit of its own, so a thread stands in it for us."""
    granted, settled = threading.Event(), threading.Lock()
    left: list[bool] = []

    def stand() -> None:
        fcntl.flock(held, fcntl.LOCK_EX)
        with settled:
            granted.set()
            if left:
                os.close(held)

    threading.Thread(target=stand, daemon=True).start()
    if granted.wait(max(0.0, give_up - time.monotonic())):
        return
    with settled:
        if granted.is_set():
            return
        left.append(True)
    raise Busy()
