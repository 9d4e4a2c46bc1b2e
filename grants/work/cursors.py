"""What must follow a change reads the event log from a cursor of its own: nothing is signalled, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.db import db
from grants.work.models import Cursor

LATE = timedelta(hours=1)  # no command lasts longer: a number still missing then was never used
MOST_GAPS = 50  # more are read as one: reading an event twice does no harm


class Seen(NamedTuple):
    """An event, as far as what follows it needs to know it."""

    id: int
    subject: str
    facts: dict[str, Any]


class Behind(NamedTuple):
    """How many events a follower has not read, and when the oldest of them was recorded."""

    events: int
    since: datetime | None


def behind(name: str) -> Behind:
    """What a follower has still to read. One statement; nothing is changed."""
    upto = func.coalesce(select(Cursor.upto).where(Cursor.name == name).scalar_subquery(), 0)
    count, since = db.session.execute(select(func.count(), func.min(Event.at)).where(Event.id > upto)).one()
    return Behind(count, since)


def read(name: str, most: int = 500) -> Sequence[Seen]:
    """The next events that a follower has not read, and its cursor moved past them. Inside the follower's command.

    Whoever follows must do no harm by reading an event twice.
    """
    cursor = _locked(name)
    found = _events(or_(Event.id > cursor.upto, *_within(cursor.missing)), most)
    there = {event.id for event in found}
    now = clock.now()
    missing = [
        gap
        for first, last, noticed in cursor.missing
        if now - datetime.fromisoformat(noticed) < LATE
        for gap in _gaps(first, last, there, noticed)
    ]
    last = max(there, default=cursor.upto)
    if last > cursor.upto:
        missing += _gaps(cursor.upto + 1, last, there, now.isoformat())
        cursor.upto = last
    if len(missing) > MOST_GAPS:
        missing = [[min(gap[0] for gap in missing), max(gap[1] for gap in missing), now.isoformat()]]
    cursor.missing, cursor.at = missing, now
    return found


def skip_to(name: str, upto: int) -> None:
    """Move a cursor: everything up to this event is taken account of. Inside a command."""
    cursor = _locked(name)
    cursor.upto, cursor.missing, cursor.at = upto, [], clock.now()


def newest() -> int:
    """The number of the newest event, 0 before the first. One statement."""
    return db.session.scalar(select(func.max(Event.id))) or 0


def _locked(name: str) -> Cursor:
    asked = select(Cursor).where(Cursor.name == name).with_for_update()
    if (found := db.session.scalar(asked)) is not None:
        return found
    upsert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    first = upsert(Cursor).values(name=name, upto=0, missing=[], at=clock.now()).on_conflict_do_nothing()
    db.session.execute(first)
    return db.session.scalars(asked).one()


def _events(which: ColumnElement[bool], most: int) -> Sequence[Seen]:
    rows = db.session.execute(select(Event.id, Event.subject, Event.facts).where(which).order_by(Event.id).limit(most))
    return [Seen(*row) for row in rows]


def _within(gaps: Iterable[Sequence[Any]]) -> list[ColumnElement[bool]]:
    return [Event.id.between(first, last) for first, last, _noticed in gaps]


def _gaps(first: int, last: int, there: set[int], noticed: str) -> list[list[Any]]:
    """The runs of numbers from first to last that are not there."""
    found: list[list[Any]] = []
    for number in sorted({*(n for n in there if first <= n <= last), last + 1}):
        if number > first:
            found.append([first, number - 1, noticed])
        first = number + 1
    return found
