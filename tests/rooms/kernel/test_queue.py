"""Writers of a SQLite file stand in line: nobody waits for ever, nobody jumps it, and a dead one holds up nobody."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine

from grants.kernel import queue
from grants.kernel.db import db
from grants.kernel.errors import Busy


def test_whoever_cannot_have_a_turn_in_time_is_told_and_leaves_the_line(sqlite_app: Flask) -> None:
    with queue.turn(db.engine, time.monotonic() + 5):
        began = time.monotonic()
        with pytest.raises(Busy), queue.turn(db.engine, time.monotonic() + 0.2):
            pass
        assert 0.15 < time.monotonic() - began < 2
    with queue.turn(db.engine, time.monotonic() + 2):  # the one who left does not hold it up
        pass


def test_a_turn_that_ends_in_an_error_is_over(sqlite_app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), queue.turn(db.engine, time.monotonic() + 1):
        raise ZeroDivisionError
    with queue.turn(db.engine, time.monotonic() + 0.5):
        pass


def test_only_one_has_a_turn_and_everybody_gets_one(sqlite_app: Flask) -> None:
    engine, at_once, most, turns = db.engine, 0, 0, [0] * 8
    stop = time.monotonic() + 1.0

    def write(n: int) -> None:
        nonlocal at_once, most
        while time.monotonic() < stop:
            with queue.turn(engine, time.monotonic() + 30):
                at_once += 1
                most = max(most, at_once)
                time.sleep(0.002)
                at_once -= 1
            turns[n] += 1

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert min(turns) > 0, turns
    assert max(turns) <= 4 * min(turns) + 8, turns  # nobody starves


def test_whoever_dies_in_their_turn_holds_up_nobody(sqlite_app: Flask) -> None:
    db.session.remove()
    child = os.fork()
    if not child:
        with queue.turn(db.engine, time.monotonic() + 5):
            time.sleep(30)
        os._exit(0)
    time.sleep(0.3)
    with pytest.raises(Busy), queue.turn(db.engine, time.monotonic() + 0.1):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with queue.turn(db.engine, time.monotonic() + 2):
        pass


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_has_no_line(url: str, tmp_path: Any) -> None:
    engine = create_engine(url)
    with queue.turn(engine, time.monotonic()), queue.turn(engine, time.monotonic()):
        pass
