"""What a stream has no element for (R44): work for it is shown as needing other funding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people.models import Person
from grants.people.queries import covered
from grants.strategy.models import Priority
from grants.streams import policies
from grants.streams.models import Exclusion, Stream

declare({"stream.excludes": mark("Has no element for %(objective)s, from %(day)s")})


@command
def exclude(
    stream: Stream,
    *,
    objective: str,
    by: Person,
    priority: str | None = None,
    why: str | None = None,
    effective_on: date | None = None,
    source: str | None = None,
) -> Exclusion:
    """State what a stream may not pay for, in words, and the priority (its reference) that stands for it where there is one."""
    require(policies.look_after_stream, by, stream)
    said = objective.strip()
    there = db.session.scalars(select(Exclusion.objective).where(Exclusion.stream_id == stream.id)).all()
    if not said:
        raise RuleBroken(_("Enter what the stream may not pay for."), field="objective")
    if said.casefold() in {one.casefold() for one in there}:
        raise RuleBroken(_("This stream says so already."), field="objective")
    exclusion = Exclusion(
        stream=stream,
        objective=said,
        priority=priority or None,
        why=(why or "").strip() or None,
        effective_on=effective_on or clock.today(),
        recorded_at=clock.now(),
        source=source,
    )
    db.session.add(exclusion)
    record("stream.excludes", stream, by=by, objective=said, priority=priority, day=exclusion.effective_on)
    return exclusion


class Excluded(NamedTuple):
    """Something a stream has no element for."""

    stream: str
    name: str
    objective: str
    priority: str | None
    why: str | None
    effective_on: date
    source: str | None

    def about(self, refs: Collection[str], titles: Collection[str]) -> bool:
        """Is it about a priority of these references, or one whose title speaks of it?"""
        words = self.objective.casefold()
        return self.priority in refs or any(words in title.casefold() for title in titles)


def excluded(by: Person) -> Sequence[Excluded]:
    """Everything the streams of the person's partnerships have no element for. One statement."""
    rows = db.session.execute(
        select(
            Stream.ref,
            Stream.name,
            Exclusion.objective,
            Exclusion.priority,
            Exclusion.why,
            Exclusion.effective_on,
            Exclusion.source,
        )
        .join(Exclusion.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Stream.name, Exclusion.id)
    )
    return [Excluded._make(row) for row in rows]


def needing_other_funding(by: Person, priority: Priority) -> Sequence[Excluded]:
    """The streams that have no element for a priority's work, shown on the priority's page."""
    return [one for one in excluded(by) if one.about({priority.ref}, {priority.title or ""} - {""})]


class Needing(NamedTuple):
    """An exclusion of a stream, and the priorities whose work needs other funding because of it."""

    excluded: Exclusion
    priorities: Sequence[tuple[str, str]]  # reference, title


def exclusions_of(stream: Stream) -> Sequence[Needing]:
    """What a stream may not pay for, each with the priorities it concerns. Two statements."""
    found = db.session.scalars(select(Exclusion).where(Exclusion.stream_id == stream.id).order_by(Exclusion.id)).all()
    if not found:
        return []
    titled = db.session.execute(
        select(Priority.ref, Priority.title).where(Priority.title.is_not(None)).order_by(Priority.id)
    ).all()
    return [
        Needing(
            one,
            [
                (ref, title or ref)
                for ref, title in titled
                if ref == one.priority or one.objective.casefold() in (title or "").casefold()
            ],
        )
        for one in found
    ]
