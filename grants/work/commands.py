"""Tasks are written with what they follow from, taken one at a time under a lease, and done outside any transaction.

What a crash does. A task is marked taken (committed) before anything is attempted, delivered with nothing locked, and marked
done afterwards. A process that dies before delivering loses nothing: the lease runs out and the task is taken again. While a
lease lasts nobody else takes the task, so two workers never send the same thing. One window remains, as with every mail
system: dying after the mail server said yes and before 'done' is written sends the message again once the lease runs out. It
then goes out with the same Message-ID, by which mail systems know the two for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import or_, select, update

from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.marks import marked
from grants.kernel.words import _
from grants.work import post
from grants.work.models import Kind, Task

LEASE = timedelta(minutes=5)
MOST_TRIES = 10
SECRET = "secret"  # a mail with a way to sign in: its text is taken away once it was sent, and shown only on a demonstration


def wait_before(attempts: int) -> timedelta:
    """How long until a task that failed so often is tried again: a minute, doubling, a day at most."""
    return min(timedelta(minutes=2 ** max(0, attempts - 1)), timedelta(days=1))


def add(kind: Kind, about: str, facts: Mapping[str, Any], *, not_before: datetime | None = None) -> Task:
    """Write a task down, inside the command it follows from."""
    now = clock.now()
    task = Task(kind=kind, about=about, facts=dict(facts), at=now, not_before=not_before or now)
    db.session.add(task)
    return task


class Ran(NamedTuple):
    """What one run did."""

    sent: int
    failed: int
    why_not: str | None  # why nothing is sent at all, in a sentence

    def __str__(self) -> str:
        return self.why_not or _("Sent %(sent)s. Could not send %(failed)s.", sent=self.sent, failed=self.failed)


def run(limit: int = 100) -> Ran:
    """Do what is due, up to so many tasks. Safe to run twice or at once. Without a mail server everything stays where it is."""
    settings = current_app.extensions["grants"]
    if marked("demo"):
        return Ran(0, 0, _("This is a demonstration: nothing is sent. The outbox page shows what would be."))
    if not settings.mail_server:
        return Ran(0, 0, _("No mail server is set (GRANTS_MAIL_SERVER): nothing is sent. The outbox page shows what would be."))
    sent = failed = 0
    with post.office(settings) as office:
        while sent + failed < limit and (taken := take()):
            try:
                if not _too_late(taken.facts):
                    office.send(post.letter(taken.facts, settings, taken.name))
            except post.NotSent as trouble:
                give_back(taken, trouble=str(trouble), for_good=trouble.for_good)
                failed += 1
            else:
                done(taken)
                sent += 1
    return Ran(sent, failed, None)


def _too_late(facts: Mapping[str, Any]) -> bool:
    return "until" in facts and datetime.fromisoformat(facts["until"]) < clock.now()


class Taken(NamedTuple):
    """A task under our lease."""

    id: int
    name: str  # the same at every attempt: what its Message-ID is made of
    facts: dict[str, Any]
    leased_until: datetime
    attempts: int


@command
def take() -> Taken | None:
    """Take the oldest task that is due, for the length of a lease. Others' are passed over."""
    now = clock.now()
    task = db.session.scalar(
        select(Task)
        .where(
            Task.done_at.is_(None),
            Task.not_before <= now,
            Task.attempts < MOST_TRIES,
            or_(Task.leased_until.is_(None), Task.leased_until <= now),
        )
        .order_by(Task.not_before, Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if task is None:
        return None
    task.leased_until, task.attempts = now + LEASE, task.attempts + 1
    return Taken(task.id, f"task-{task.id}-{int(task.at.timestamp())}", dict(task.facts), task.leased_until, task.attempts)


@command
def done(taken: Taken) -> None:
    """It was delivered. A way to sign in is not kept."""
    facts = {name: fact for name, fact in taken.facts.items() if not (taken.facts.get(SECRET) and name == "text")}
    db.session.execute(
        update(Task)
        .where(Task.id == taken.id, Task.done_at.is_(None))
        .values(done_at=clock.now(), leased_until=None, trouble=None, facts=facts)
    )


@command
def give_back(taken: Taken, *, trouble: str, for_good: bool = False) -> None:
    """It could not be done: try again later, or, where the other side refused for good, not by itself."""
    db.session.execute(
        update(Task)
        .where(Task.id == taken.id, Task.leased_until == taken.leased_until)
        .values(
            leased_until=None,
            trouble=trouble[:500],
            not_before=clock.now() + wait_before(taken.attempts),
            attempts=MOST_TRIES if for_good else taken.attempts,
        )
    )


@command
def retry(task: Task) -> None:
    """Try a task again that was given up."""
    task.attempts, task.not_before, task.leased_until = 0, clock.now(), None
