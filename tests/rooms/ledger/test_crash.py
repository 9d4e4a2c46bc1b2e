"""kill -9 at any point: the books tie, no command is half done, and the next one goes through."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from grants.audit import proofs as audit
from grants.audit.models import Event
from grants.kernel.db import db
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import Bucket
from grants.ledger.models import Transfer
from tests.builders.ledger import DAY, a_book, a_life, a_move

B = Bucket


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process_that_dies(do: Any, *, after: float | None = None) -> None:
    """Fork, work in the child with connections of its own, and kill it; the parent waits for its end."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if not child:
        try:
            do()
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def posted_until_statement(n: int) -> None:
    """Take an award all the way in one batch, and die before the n-th statement."""
    left = [n]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            die()

    event.listen(db.engine, "before_cursor_execute", count)
    a_life("10", award="AWD-26-99999")


def posted_until_commit() -> None:
    event.listen(db.engine, "commit", die)
    a_life("10", award="AWD-26-99999")


def posted_for_ever() -> None:
    for n in range(100_000):
        a_life("0.01", award=f"AWD-{os.getpid()}-{n}")


def what_stands() -> tuple[int, int]:
    """How many batches there are; each is whole, and has its event. And how many milliseconds the next post took."""
    db.session.remove()
    db.engine.dispose()
    assert list(proofs.faults()) == []
    assert list(audit.faults()) == []
    sizes = db.session.execute(
        select(func.count()).where(Transfer.batch_key.like("life:%")).group_by(Transfer.batch_key)
    ).scalars()
    whole = list(sizes)
    assert set(whole) <= {5}
    assert db.session.scalar(select(func.count()).where(Event.code == "ledger.posted", Event.subject.like("AWD-%"))) == len(
        whole
    )
    began = time.monotonic()
    move = a_move("contribute", B.PARTNER, B.FREE, 1)
    commands.post(move, key=f"next-{began}", on=DAY, by="test", source="s")
    return len(whole), round((time.monotonic() - began) * 1000)


def test_a_process_killed_before_it_commits_has_done_nothing(app: Flask) -> None:
    a_book(funded="1000")
    for n in (2, 8):
        in_a_process_that_dies(lambda n=n: posted_until_statement(n))
        batches, next_took = what_stands()
        assert batches == 0
        assert next_took < 5000


@pytest.mark.long
def test_killed_before_any_statement_and_at_commit(app: Flask) -> None:
    a_book(funded="1000")
    slowest = 0
    for n in range(60):
        in_a_process_that_dies(lambda n=n: posted_until_statement(n))
        batches, next_took = what_stands()
        assert batches in (0, 1)
        slowest = max(slowest, next_took)
        if batches:  # it needed fewer statements than that: it was never killed
            break
    else:
        pytest.fail("the deed was never done")
    done = batches
    in_a_process_that_dies(posted_until_commit)
    batches, next_took = what_stands()
    assert batches == done
    print(f"\n  killed before each of {n} statements and at commit, {db.engine.dialect.name}: next post within {slowest} ms")


@pytest.mark.long
def test_killed_at_random_moments(app: Flask) -> None:
    a_book(funded="100000")
    pick, before, slowest = random.Random(), 0, 0
    for _ in range(18):
        in_a_process_that_dies(posted_for_ever, after=pick.uniform(0.05, 0.4))
        batches, next_took = what_stands()
        assert batches >= before
        before, slowest = batches, max(slowest, next_took)
    assert queries.balance(a_move("offer", B.FREE, B.OFFERED, 1).out_of).pence == 100_000_00 - before + 18
    print(f"\n  killed at 18 random moments, {db.engine.dialect.name}: {before} batches stand, next post within {slowest} ms")
