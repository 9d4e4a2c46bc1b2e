"""What the outbox page shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.words import _
from grants.work.commands import MOST_TRIES, SECRET
from grants.work.models import Kind, Task


class Letter(NamedTuple):
    """A mail on the outbox page."""

    id: int
    at: datetime
    about: str
    to: str
    subject: str
    text: str | None  # none: taken away after sending, or not to be shown here
    secret: bool
    state: str
    sent_at: datetime | None
    trouble: str | None
    given_up: bool


def outbox(*, page: int = 1, size: int = 25) -> tuple[list[Letter], int]:
    """A page of mails, newest first, and how many there are in all. Two statements."""
    count = db.session.scalar(select(func.count()).select_from(Task).where(Task.kind == Kind.MAIL)) or 0
    found = db.session.scalars(
        select(Task).where(Task.kind == Kind.MAIL).order_by(Task.id.desc()).offset((page - 1) * size).limit(size)
    )
    return [_letter(task, task.facts) for task in found], count


def _letter(task: Task, facts: dict[str, Any]) -> Letter:
    given_up = task.done_at is None and task.attempts >= MOST_TRIES and not _leased(task)
    if task.done_at is not None:
        state = _("Sent")
    elif given_up:
        state = _("Not sent")
    elif task.trouble:
        state = _("Trying again")
    else:
        state = _("Waiting")
    return Letter(
        task.id,
        task.at,
        task.about,
        facts.get("to", ""),
        facts.get("subject", ""),
        facts.get("text"),
        bool(facts.get(SECRET)),
        state,
        task.done_at,
        task.trouble,
        given_up,
    )


def _leased(task: Task) -> bool:
    return task.leased_until is not None and task.leased_until > clock.now()


def stuck() -> int:
    """How many mails were given up: for `flask doctor` and the administrator's first page."""
    return (
        db.session.scalar(select(func.count()).select_from(Task).where(Task.done_at.is_(None), Task.attempts >= MOST_TRIES))
        or 0
    )


def task(number: int) -> Task:
    """A task. NotFound otherwise."""
    found = db.session.get(Task, number)
    if found is None:
        raise NotFound()
    return found
