"""How rounds that are over went: how many applied, how many were funded, how much was given and how long it took. For anybody.

Nothing here is about one group. Where fewer than `FEW` groups applied, no figures are given: they could be told from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select

from grants.applications.after import Took
from grants.applications.models import Application
from grants.applications.queries import SENT
from grants.kernel import clock
from grants.kernel.db import db, summed
from grants.kernel.money import Money
from grants.panel.models import Decision, Outcome, Panel
from grants.people.models import Partnership
from grants.rounds.models import Round, State
from grants.streams.models import Pot, Stream

FEW = 5


class Went(NamedTuple):
    """How a round went, once all its decisions are confirmed. `days`: from closing to the decisions.

    `took`: what half of the groups that said how long applying took them stayed within; none where few said.
    """

    applied: int
    funded: int
    given: Money
    days: int
    took: Took | None

    @property
    def rate(self) -> Decimal:
        """How many of a hundred that applied were funded."""
        return Decimal(100) * self.funded / self.applied


class Past(NamedTuple):
    """A round that takes no more applications. `went` is none until it is decided, and where few applied (`few`)."""

    ref: str
    title: str
    partnership: str
    smallest: Money
    largest: Money
    closes_at: datetime
    decided: bool
    few: bool
    went: Went | None


def years() -> Sequence[int]:
    """The financial years in which rounds closed, newest first. One statement."""
    ends = db.session.execute(select(func.min(Round.closes_at), func.max(Round.closes_at)).where(_over())).one()
    found = [clock.financial_year(clock.civil(at).date()) for at in ends if at is not None]
    if not found:
        return []
    begin, end = found
    return list(range(end, begin - 1, -1))


def past(year: int) -> Sequence[Past]:
    """The rounds that closed in a financial year, the last to close first. One statement, whatever their number."""
    begins, ends = (clock.deadline(date(one, 4, 1), time(0, 0)) for one in (year, year + 1))
    return _read(and_(_over(), Round.closes_at >= begins, Round.closes_at < ends))


def went(round: Round) -> Past | None:
    """How one round went; none while it takes applications or is to come."""
    return next(iter(_read(and_(_over(), Round.id == round.id))), None)


def took_before(round: Round) -> Took | None:
    """What half of the groups stayed within that applied to the same stream's other rounds and said how long it took them.

    None where few said. One statement.
    """
    other = and_(Round.pot_id == Pot.id, Pot.stream_id == round.pot.stream_id, Round.id != round.id)
    counts = db.session.execute(
        select(*(func.count().filter(Application.took == one.value) for one in Took))
        .select_from(Application)
        .where(Application.round_id == Round.id, other, *_REALLY_SENT)
    ).one()
    return _middle(counts)


_REALLY_SENT = (Application.state.in_(SENT), Application.rehearsal.is_(False))


def _middle(counts: Sequence[int]) -> Took | None:
    """The answer of the one in the middle, shortest first; none where fewer than `FEW` answered."""
    said = sum(counts)
    if said < FEW:
        return None
    passed = 0
    for one, count in zip(Took, counts, strict=True):
        passed += count
        if 2 * passed >= said:
            return one
    raise AssertionError("the last of them passes all")


def _over() -> ColumnElement[bool]:
    return or_(
        Round.state.in_((State.ASSESSING, State.DECIDED)), and_(Round.state == State.OPEN, Round.closes_at <= clock.now())
    )


def _read(which: ColumnElement[bool]) -> Sequence[Past]:
    sent = select(func.count()).where(Application.round_id == Round.id, *_REALLY_SENT)
    stands = select(Application.id).where(Application.id == Decision.application_id, Application.state.in_(SENT)).exists()
    yes = (Decision.panel_id == Panel.id, Decision.outcome != Outcome.REJECT, stands)
    found = db.session.execute(
        select(
            Round.ref,
            Round.title,
            Partnership.name,
            Round.smallest,
            Round.largest,
            Round.closes_at,
            Panel.confirmed_at,
            sent.scalar_subquery(),
            select(func.count()).where(*yes).scalar_subquery(),
            select(summed(Decision.amount)).where(*yes).scalar_subquery(),
            *(sent.where(Application.took == one.value).scalar_subquery() for one in Took),
        )
        .join(Round.pot)
        .join(Pot.stream)
        .join(Stream.partnership)
        .outerjoin(Panel, Panel.round_id == Round.id)
        .where(which)
        .order_by(Round.closes_at.desc(), Round.ref.desc())
    )
    return [_past(line[:10], line[10:]) for line in found]


def _past(told: Sequence[Any], took: Sequence[int]) -> Past:
    ref, title, whose, smallest, largest, closes_at, confirmed_at, applied, funded, given = told
    few = applied < FEW
    found = None
    if confirmed_at is not None and not few:
        days = (clock.civil(confirmed_at).date() - clock.civil(closes_at).date()).days
        found = Went(applied, funded, given if isinstance(given, Money) else Money(int(given or 0)), days, _middle(took))
    return Past(ref, title, whose, smallest, largest, closes_at, confirmed_at is not None, few, found)
