"""What the processes of the race, closing and crash tests do. Each has its own application over the same database."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TypeAlias

from grants import create_app
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.ledger import commands, queries
from grants.ledger.chart import Bucket
from tests.builders.ledger import POT, a_move, an_offer
from tests.conftest import settings_for

APRIL = date(2026, 4, 1)
Told: TypeAlias = "Queue[tuple[str, float]]"


@contextmanager
def an_app(instance: str, url: str) -> Iterator[None]:
    """An application of this process's own."""
    app = create_app(settings_for(Path(instance), url))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def award(instance: str, url: str, who: int, tries: int, ready: Queue[int], start: Event, told: Told) -> None:
    """Offer £10 again and again; tell each answer, and how long it took."""
    with an_app(instance, url):
        ready.put(who)
        start.wait()
        for n in range(tries):
            began = time.monotonic()
            try:
                an_offer("10", award=f"AWD-{who}-{n}")
                answer = "awarded"
            except RuleBroken as refusal:
                answer = " ".join(refusal.problems)
            except Exception as e:  # anything but a sentence is a failure of the test
                answer = f"{type(e).__name__}: {e}"
            told.put((answer, time.monotonic() - began))


def post_many(instance: str, url: str, who: int, ready: Queue[int], start: Event, stop: Event, told: Told) -> None:
    """Post small contributions on dates that are being closed and opened, until told to stop."""
    pick = random.Random(who)
    with an_app(instance, url):
        ready.put(who)
        start.wait()
        n = 0
        while not stop.is_set():
            began = time.monotonic()
            on = APRIL + timedelta(pick.choice((0, 29, 30, 60)))
            try:
                move = a_move("contribute", Bucket.PARTNER, Bucket.FREE, 100)
                commands.post(move, key=f"{who}-{n}", on=on, by="test", source=POT)
                answer = "posted"
            except RuleBroken as refusal:
                answer = " ".join(refusal.problems)
            except Exception as e:
                answer = f"{type(e).__name__}: {e}"
            told.put((answer, time.monotonic() - began))
            n += 1


def close_and_reopen(instance: str, url: str, times: int, ready: Queue[int], start: Event, told: Told) -> None:
    """Close the book through a date and open it again, over and over."""
    with an_app(instance, url):
        ready.put(-1)
        start.wait()
        for n in range(times):
            began = time.monotonic()
            try:
                commands.close(queries.book(POT), through=APRIL + timedelta(30 + n % 2), by="test")
                time.sleep(0.01)
                commands.reopen(queries.book(POT), after=APRIL, by="test")
                answer = "closed"
            except Exception as e:
                answer = f"{type(e).__name__}: {e}"
            told.put((answer, time.monotonic() - began))
