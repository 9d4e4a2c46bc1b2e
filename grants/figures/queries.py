"""The position of a year: where every pot's money stands, now or as at a date, and the transfers behind each figure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from grants.figures.columns import BECAME, BY_KEY, CAME, COLUMNS, Column
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.ledger.queries import ALWAYS, Balances, Line
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.streams.models import AllocationStatus, Commitment, PastGrant, Pot, Stream
from grants.streams.rules import why_not_known

Figures = Mapping[str, Money | None]  # column key -> amount; None: not known, and `why_free` says why


class Row(NamedTuple):
    """One pot of the year. Where the allocation is not stated, what is free is not known either."""

    pot: str
    stream: str  # reference
    name: str
    status: AllocationStatus
    fictional: bool
    unstated: int  # named awards of the past in it without a stated amount
    figures: Figures
    why_free: str | None  # why `free` is not known
    ties: bool  # what came in is what it is now

    @property
    def stated(self) -> bool:
        return self.status is AllocationStatus.CONFIRMED


class Position(NamedTuple):
    """A year's money. `total` is over the pots whose allocation is stated; `left_out` pots are not in it."""

    year: int
    on: date | None  # as at the end of this date; None: now
    known: datetime | None  # by what had been recorded then; None: by all there is
    rows: Sequence[Row]
    total: Figures
    why_free: str | None
    left_out: int

    @property
    def ties(self) -> bool:
        return all(row.ties for row in self.rows)


def years(by: Person | None = None) -> Sequence[int]:
    """The years that have pots within a person's duties (None: all), newest first."""
    asked = select(Pot.year).join(Pot.stream).group_by(Pot.year).order_by(Pot.year.desc())
    if by is not None:
        asked = asked.where(covered(by, Stream.partnership_id, Stream.ref))
    return db.session.scalars(asked).all()


def this_year(of: Sequence[int]) -> int:
    """The financial year to show first: today's, or the nearest before it that has pots, or the earliest."""
    today = clock.financial_year(clock.today())
    return next((year for year in of if year <= today), of[-1] if of else today)


class _Pot(NamedTuple):
    pot: str
    stream: str
    name: str
    status: AllocationStatus
    fictional: bool
    unstated: int
    year: int


def _pots(by: Person | None, *, year: int | None = None, pot: str | None = None) -> Sequence[_Pot]:
    """Pots within a person's duties (None: all), largest allocation first, not stated last. One statement."""
    unstated = (
        select(func.count()).where(PastGrant.pot_id == Pot.id, PastGrant.amount.is_(None)).correlate(Pot).scalar_subquery()
    )
    asked = select(Pot.ref, Stream.ref, Stream.name, Pot.allocation_status, Pot.fictional, unstated, Pot.year).join(Pot.stream)
    asked = asked.order_by(Pot.allocation.is_(None), Pot.allocation.desc(), Stream.name, Pot.ref)
    if by is not None:
        asked = asked.where(covered(by, Stream.partnership_id, Stream.ref))
    if year is not None:
        asked = asked.where(Pot.year == year)
    if pot is not None:
        asked = asked.where(Pot.ref == pot)
    return [_Pot._make(row) for row in db.session.execute(asked)]


def position(year: int, *, by: Person | None = None, on: date | None = None, known: datetime | None = None) -> Position:
    """Every pot of a year within a person's duties (None: all), with every figure and their totals. Two statements."""
    pots = _pots(by, year=year)
    balances = _balances([pot.pot for pot in pots], on, known)
    rows = [_row(pot, balances) for pot in pots]
    stated = [row for row in rows if row.stated]
    whole: dict[str, Money | None] = {c.key: _sum(row.figures[c.key] for row in stated) for c in COLUMNS}
    count = sum(row.unstated for row in stated)
    why = _not_known(count) if count else None
    return Position(year, on, known, rows, whole, why, len(rows) - len(stated))


def _balances(books: Collection[str], on: date | None, known: datetime | None) -> Balances:
    if on is None and known is None:
        return ledger.balances(books)
    return ledger.as_at(on or ledger.EVER, known or ALWAYS, books)


def _row(pot: _Pot, balances: Balances) -> Row:
    figures: dict[str, Money | None] = {c.key: _figure(pot.pot, c, balances) for c in COLUMNS}
    came, became = (sum(_pence(figures[c.key]) for c in some) for some in (CAME, BECAME))
    why = None
    if pot.status is not AllocationStatus.CONFIRMED:
        why = _("not known: the allocation is %(status)s", status=_(pot.status.value))
        figures["allocated"] = None
    elif pot.unstated:
        why = _not_known(pot.unstated)
    if why:
        figures["free"] = None
    return Row(*pot[:6], figures, why, came == became)


def _figure(pot: str, column: Column, balances: Balances) -> Money:
    pence = sum(balances[pot, bucket].pence for bucket in column.buckets if (pot, bucket) in balances)
    return Money(-pence if column.came else pence)


def _pence(amount: Money | None) -> int:
    return amount.pence if amount else 0


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    """The sum, or None where any part is not known."""
    pence = 0
    for amount in amounts:
        if amount is None:
            return None
        pence += amount.pence
    return Money(pence)


def _not_known(count: int) -> str:
    return _("not known: %(why)s", why=why_not_known(count))


# -- what is protected beside it --------------------------------------------------------------------------------------


class Protected(NamedTuple):
    """A protected commitment of the year's pots. `left`: still set aside, not yet offered."""

    ref: str
    recipient: str
    pot: str
    stream: str
    amount: Money | None
    left: Money
    until: date | None
    fictional: bool


def protected(found: Position, *, by: Person | None = None) -> Sequence[Protected]:
    """The protected commitments of the year's pots, beside the competitive awards. Two statements."""
    pots = [row.pot for row in found.rows]
    asked = (
        select(
            Commitment.ref,
            func.coalesce(Organisation.name, Commitment.recipient),
            Pot.ref,
            Stream.name,
            Commitment.amount,
            Commitment.protected_until,
            Commitment.fictional,
        )
        .join(Commitment.pot)
        .join(Pot.stream)
        .outerjoin(Commitment.organisation)
        .where(Pot.ref.in_(pots))
        .order_by(Stream.name, Commitment.ref)
    )
    left = {
        (at.book, at.owner): amount
        for at, amount in ledger.by_owner(pots, on=found.on, known=found.known or ALWAYS, buckets=[Bucket.PASSPORTED]).items()
    }
    return [
        Protected(ref, recipient, pot, stream, amount, left.get((pot, ref), Money(0)), until, fictional)
        for ref, recipient, pot, stream, amount, until, fictional in db.session.execute(asked)
    ]


# -- the transfers behind a figure ------------------------------------------------------------------------------------


class Behind(NamedTuple):
    """A figure, and one page of the transfers it is made of. `adds_up`: they come to the figure."""

    row: Row
    year: int
    column: Column
    figure: Money | None
    transfers: int  # how many there are in all
    sum: Money
    lines: Sequence[Line]
    people: Mapping[str, str]  # who entered them: reference -> name

    @property
    def adds_up(self) -> bool:
        return self.figure is not None and self.sum == self.figure

    def signed(self, line: Line) -> Money:
        """What a transfer does to the figure."""
        grows = (line.into.bucket in self.column.buckets) != self.column.came
        return line.amount if grows else -line.amount


MOST = 100  # transfers on a page


def behind(
    pot: str,
    column: str,
    *,
    by: Person | None = None,
    on: date | None = None,
    known: datetime | None = None,
    page: int = 1,
) -> Behind:
    """The transfers behind one figure of one pot, newest first, and what they all come to. NotFound outside the duties."""
    pots = _pots(by, pot=pot)
    if not pots or column not in BY_KEY:
        raise NotFound()
    asked = BY_KEY[column]
    row = _row(pots[0], _balances([pot], on, known))
    upto, then = on or ledger.EVER, known or ALWAYS
    count, net = ledger.sum_behind(pot, asked.buckets, on=upto, known=then)
    lines = ledger.behind(pot, asked.buckets, on=upto, known=then, most=MOST, skip=(page - 1) * MOST)
    people = _names(Person, {line.person for line in lines})
    return Behind(row, pots[0].year, asked, row.figures[column], count, -net if asked.came else net, lines, people)


# -- where the money came from, and what it became --------------------------------------------------------------------


class Given(NamedTuple):
    """So much of a pot from one giver."""

    giver: str
    pot: str
    amount: Money


def givers(found: Position) -> Sequence[Given]:
    """Who gave each pot of the year its money: funders and partners by name, other years and pots together. Two statements."""
    sources = [bucket for column in CAME for bucket in column.buckets]
    held = ledger.by_owner([row.pot for row in found.rows], on=found.on, known=found.known or ALWAYS, buckets=sources)
    refs = {at.owner.partition(":")[2] or at.owner for at in held if at.bucket in (Bucket.FUNDER, Bucket.PARTNER)}
    names = _names(Organisation, refs)
    given: dict[tuple[str, str], int] = {}
    for at, amount in held.items():
        ref = at.owner.partition(":")[2] or at.owner
        if at.bucket is Bucket.BROUGHT_FORWARD:
            giver = _("Brought forward")
        elif at.bucket is Bucket.VIRED_IN:
            giver = _("Vired in")
        else:
            giver = _("Funder not stated") if ref == "not-stated" else names.get(ref, ref)
        given[giver, at.book] = given.get((giver, at.book), 0) - amount.pence
    return [Given(giver, pot, Money(pence)) for (giver, pot), pence in sorted(given.items())]


def _names(model: type[Person] | type[Organisation], refs: Collection[str]) -> Mapping[str, str]:
    rows = db.session.execute(select(model.ref, model.name).where(model.ref.in_(refs)))
    return {row.ref: row.name for row in rows}
