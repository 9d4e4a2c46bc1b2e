"""Closing a pot to new promises, opening it again, and copying last year's pots into next year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import may, require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Partnership, Person
from grants.streams import policies
from grants.streams.commands import open_pot
from grants.streams.models import Line, Pool, Pot, PotTerms, Stream

declare(
    {
        "pot.closed": mark("Closed to new promises from %(day)s: %(reason)s"),
        "pot.reopened": mark("Open to new promises again: %(reason)s"),
        "pot.copied": mark("Opened from %(before)s with its terms and lines (%(lines)s), without money"),
        "pots.copied": mark("Opened %(pots)s from the pots of %(year)s"),
    }
)


@command
def close_pot(pot: Pot, *, on: date, reason: str, by: Person) -> Pot:
    """Nothing new is promised from the pot from a day on. What was promised before is paid, reported and closed as ever."""
    require(policies.look_after_pot, by, pot)
    found = []
    if pot.closed_on:
        found.append(_("%(pot)s is closed already.", pot=pot.ref))
    if on > clock.today():
        found.append(_("The day cannot be in the future. Close the pot on the day it closes."))
    if not reason.strip():
        found.append(_("Enter why it is closed."))
    if found:
        raise RuleBroken(*found)
    pot.closed_on = on
    record("pot.closed", pot, by=by, day=on, reason=reason.strip())
    return pot


@command
def reopen_pot(pot: Pot, *, reason: str, by: Person) -> Pot:
    """The pot may be promised from again."""
    require(policies.look_after_pot, by, pot)
    if not pot.closed_on:
        raise RuleBroken(_("%(pot)s is open.", pot=pot.ref))
    if not reason.strip():
        raise RuleBroken(_("Enter why it is opened again."), field="reason")
    pot.closed_on = None
    record("pot.reopened", pot, by=by, reason=reason.strip())
    return pot


# -- last year's into next year ------------------------------------------------------------------------------------------


class Copied(NamedTuple):
    """A pot of the year, and next year's: the one there is, which stays as it is, or the one that would be opened."""

    before: Pot
    ref: str
    there: bool
    lines: Sequence[str]
    terms: bool
    pooled: bool


def copies(partnership: Partnership, *, year: int, stream: Stream | None = None) -> Sequence[Copied]:
    """What copying a year would open: every pot of it, or one stream's. The same statements however many."""
    pots = _pots(partnership, year, stream)
    there = set(
        db.session.scalars(
            select(Pot.stream_id).where(Pot.year == year + 1, Pot.stream_id.in_([pot.stream_id for pot in pots]))
        )
    )
    return [
        Copied(
            pot,
            f"{pot.stream.code}-{year + 1}",
            pot.stream_id in there,
            [line.name for line in pot.lines],
            bool(pot.terms),
            pot.pool is not None,
        )
        for pot in pots
    ]


def _pots(partnership: Partnership, year: int, stream: Stream | None) -> Sequence[Pot]:
    asked = (
        select(Pot)
        .join(Pot.stream)
        .where(Pot.year == year, Stream.partnership_id == partnership.id)
        .options(joinedload(Pot.stream), selectinload(Pot.lines), selectinload(Pot.terms))
        .order_by(Stream.name, Stream.ref)
    )
    return db.session.scalars(asked if stream is None else asked.where(Pot.stream_id == stream.id)).all()


@command
def copy_year(partnership: Partnership, *, year: int, by: Person, stream: Stream | None = None) -> list[str]:
    """Open next year's pots, awaited and without money, with this year's terms, lines, conditions, distributor and pool.

    A pot that is there already is left as it is, so doing it twice opens nothing twice. Of a whole partnership's year it takes
    the streams the person looks after. Answers with the references of what it opened.
    """
    todo = [one for one in copies(partnership, year=year, stream=stream) if not one.there]
    todo = [one for one in todo if stream is not None or may(policies.look_after_stream, by, one.before.stream)]
    if stream is not None:
        require(policies.look_after_stream, by, stream)
    elif not todo:
        require(policies.open_stream, by, partnership)
    for one in todo:
        _copy(one.before, by)
    db.session.flush()
    _pool([one.before for one in todo], partnership, year + 1, by)
    if todo:
        opened = [one.ref for one in todo]
        record("pots.copied", partnership, by=by, pots=opened, year=clock.year_label(year))
    return [one.ref for one in todo]


def _copy(before: Pot, by: Person) -> None:
    pot = open_pot(
        before.stream,
        year=before.year + 1,
        allocation=None,
        awaited=True,
        funders=before.funders,
        distributor=before.distributor,
        conditions=before.conditions,
        restrictions=before.restrictions,
        fictional=before.fictional,
        by=by,
    )
    pot.holder_id, pot.pooling = before.holder_id, before.pooling
    if before.terms:
        last = max(before.terms, key=lambda terms: (terms.effective_on, terms.id))
        kept = {name: getattr(last, name) for name in _TERMS}
        db.session.add(PotTerms(pot=pot, **kept, effective_on=pot.starts_on, recorded_at=clock.now(), recorded_by=by.ref))
    for line in before.lines:
        made = Line(
            ref=next_reference("LIN"), pot=pot, name=line.name, kind=line.kind, priority=line.priority, locality=line.locality
        )
        db.session.add(made)
        record("line.opened", made, by=by, name=made.name, pot=pot.ref, kind=made.kind, amount=Money(0))
    record("pot.copied", pot, by=by, before=before.ref, lines=len(before.lines))


_TERMS = ("spending", "role", "responsible_officer", "cost_centre", "subjective_code")


def _pool(before: Sequence[Pot], partnership: Partnership, year: int, by: Person) -> None:
    """Pots that were pooled are pooled again: with what is there already of next year's pool, else in a new one of its name."""
    for ref in sorted({pot.pool for pot in before if pot.pool}):
        pool = db.session.scalars(select(Pool).where(Pool.ref == ref)).one()
        streams = select(Pot.stream_id).where(Pot.pool == ref, Pot.year == year - 1)
        next_years = db.session.scalars(select(Pot).where(Pot.year == year, Pot.stream_id.in_(streams))).all()
        standing = sorted({pot.pool for pot in next_years if pot.pool})
        if not standing and len(next_years) < 2:
            continue
        if standing:
            name, into = pool.name, standing[0]
        else:
            made = Pool(ref=next_reference("POL"), partnership=partnership, name=pool.name, note=pool.note)
            db.session.add(made)
            record("pool.made", made, by=by, name=made.name, pots=sorted(pot.ref for pot in next_years))
            name, into = made.name, made.ref
        for pot in next_years:
            if pot.pool is None:
                pot.pool = into
                record("pot.pooled", pot, by=by, name=name, pool=into)
