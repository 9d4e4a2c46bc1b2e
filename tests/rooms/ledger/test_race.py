"""Many processes and one pot: exactly what is affordable is awarded, and the rest are told what is left."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import proofs, queries
from grants.ledger.chart import Bucket
from tests.builders.ledger import POT, a_book, at
from tests.rooms.ledger import racers

STARTING = 600  # seconds a busy machine may take to start them all; nothing is measured before


def race(app: Flask, *, how: str, processes: int, tries: int, affords: int) -> float:
    """Every process tries to award £10 from a pot with £10 for some of them and £5 over. Answers with the longest wait."""
    apart: Any = multiprocessing.get_context(how)
    a_book(funded=str(affords * 10 + 5))
    db.session.remove()
    db.engine.dispose()
    start, ready, told = apart.Event(), apart.Queue(), apart.Queue()
    given = (app.instance_path, app.config["SQLALCHEMY_DATABASE_URI"])
    racing = [
        apart.Process(target=racers.award, args=(*given, n, tries, ready, start, told), daemon=True) for n in range(processes)
    ]
    for racer in racing:
        racer.start()
    for _ in racing:
        ready.get(timeout=STARTING)
    start.set()
    answers = [told.get(timeout=120) for _ in range(processes * tries)]
    for racer in racing:
        racer.join()

    counted = Counter(answer for answer, _seconds in answers)
    assert counted == {
        "awarded": affords,
        "VCS-2026 has £5.00 free; this needs £10.00.": processes * tries - affords,
    }
    assert queries.balance(at(Bucket.FREE)) == Money.pounds(5)
    assert list(proofs.faults()) == []
    return max(seconds for _answer, seconds in answers)


def test_a_few_processes_award_exactly_what_is_affordable(app: Flask) -> None:
    race(app, how="fork", processes=3, tries=6, affords=11)


@pytest.mark.long
def test_sixteen_processes_award_exactly_what_is_affordable(app: Flask) -> None:
    worst = race(app, how="spawn", processes=16, tries=50, affords=500)
    print(f"\n  16 processes, 800 tries, 500 affordable, {db.engine.dialect.name}: worst wait {worst * 1000:,.0f} ms")
    assert worst < 30  # the kernel's patience


@pytest.mark.long
def test_a_racing_closer_never_lets_an_entry_into_a_closed_period(app: Flask) -> None:
    apart = multiprocessing.get_context("spawn")
    a_book(funded="100", on=racers.APRIL)
    db.session.remove()
    db.engine.dispose()
    start, stop, ready, told, closed = apart.Event(), apart.Event(), apart.Queue(), apart.Queue(), apart.Queue()
    given = (app.instance_path, app.config["SQLALCHEMY_DATABASE_URI"])
    posting = [
        apart.Process(target=racers.post_many, args=(*given, n, ready, start, stop, told), daemon=True) for n in range(6)
    ]
    closing = apart.Process(target=racers.close_and_reopen, args=(*given, 80, ready, start, closed), daemon=True)
    for process in (*posting, closing):
        process.start()
    for _ in (*posting, closing):
        ready.get(timeout=STARTING)
    start.set()
    closes = Counter(closed.get(timeout=300)[0] for _ in range(80))
    stop.set()
    answers: list[tuple[str, float]] = []
    while any(process.is_alive() for process in posting) or not told.empty():
        while not told.empty():
            answers.append(told.get())
        time.sleep(0.05)
    closing.join()

    assert closes == {"closed": 80}
    assert {answer for answer, _seconds in answers} <= {
        "posted",
        "That date is in a period that has been closed. Choose a later date.",
    }
    assert list(proofs.faults()) == []
    for days in (0, 29, 30, 31, 60):
        on = racers.APRIL + timedelta(days)
        known = queries.as_at(on)
        replayed = Counter[Bucket]()
        for place, amount in queries.by_owner([POT], on=on).items():
            replayed[place.bucket] += amount.pence
        assert {bucket: amount.pence for (_book, bucket), amount in known.items()} == dict(replayed)
    posted = sum(answer == "posted" for answer, _seconds in answers)
    worst = max(seconds for _answer, seconds in answers)
    print(
        f"\n  6 posters against 80 closes, {db.engine.dialect.name}: {posted} posted, {len(answers) - posted} refused,"
        f" worst wait {worst * 1000:,.0f} ms"
    )
