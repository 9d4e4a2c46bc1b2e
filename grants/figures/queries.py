"""The position of a year: where every pot's money stands, now or as at a date, by what was known then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from grants.figures.beside import FIRM, Beside, Beyond, Kind, Protected, beside, beyond, by_pot
from grants.figures.columns import BECAME, CAME, COLUMNS, Column
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO, Money, total
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import SOURCES, At, Bucket
from grants.ledger.queries import ALWAYS, EVER, Balances
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.streams.models import AllocationStatus, Certainty, PastGrant, Pot, Stream
from grants.streams.promises import nameless
from grants.streams.rules import why_not_known

Figures = Mapping[str, Money | None]  # column key -> amount; None: not known, and `why_free` says why
OWNERS = frozenset({Bucket.FREE, Bucket.PASSPORTED, *SOURCES})  # whose accounts a position asks for one by one


class Row(NamedTuple):
    """One pot of the year. Where the allocation or what is passported is not stated, what is free is not known either."""

    pot: str
    stream: str  # reference
    name: str
    status: AllocationStatus  # as it stood
    fictional: bool
    unstated: int  # named awards of the past in it without a stated amount
    figures: Figures
    why_free: str | None  # why `free` is not known
    ties: bool  # what came in is what it is now
    pool: str | None = None  # a pool's reference
    closed_on: date | None = None  # closed to new promises by then
    balance_from: date | None = None  # its books begin with a balance its source states
    estimated: Money = ZERO  # so much of what is protected is a finance officer's estimate
    expected: Money = ZERO  # not confirmed, and in no figure
    indicative: Money = ZERO

    @property
    def stated(self) -> bool:
        return self.status is AllocationStatus.CONFIRMED

    @property
    def counted(self) -> bool:
        """Is it in the totals? Its allocation is stated, or its books begin with a stated balance."""
        return self.stated or self.balance_from is not None


class Group(NamedTuple):
    """Pots that awards draw on together, with their subtotal; or the pots that are in no pool."""

    pool: str | None
    name: str
    rows: Sequence[Row]
    total: Figures
    why_free: str | None


class Position(NamedTuple):
    """A year's money. `total` is over the pots whose money is stated; `left_out` pots are not in it."""

    year: int
    on: date | None  # as at the end of this date; None: now
    known: datetime | None  # by what had been recorded then; None: by all there is
    rows: Sequence[Row]
    total: Figures
    why_free: str | None
    left_out: int
    beside: Beside  # what is in no figure
    owned: Mapping[At, Money]  # the books' sources, free and passported accounts one by one

    @property
    def ties(self) -> bool:
        return all(row.ties for row in self.rows)

    @property
    def estimated(self) -> Money:
        """So much of what is protected, over the pots in the totals, is an estimate."""
        return total(row.estimated for row in self.rows if row.counted)

    @property
    def known_on(self) -> date | None:
        """The date at the end of which it was known so."""
        return clock.civil(self.known).date() if self.known else None

    def groups(self) -> Sequence[Group]:
        """The pots by pool, in the order of the first of each; pots in no pool stand where they are, in runs."""
        names = {one.ref: one.name for one in self.beside.of(Kind.POOL)}
        kept: list[tuple[str | None, list[Row]]] = []
        for row in self.rows:
            for pool, rows in kept:
                if pool == row.pool and (pool or rows is kept[-1][1]):
                    rows.append(row)
                    break
            else:
                kept.append((row.pool, [row]))
        return [Group(pool, names.get(pool or "", pool or ""), rows, *_whole(rows)) for pool, rows in kept]

    def beyond(self) -> Sequence[Beyond]:
        """The pots that have promised more than they hold."""
        free = {at.book: amount for at, amount in self.owned.items() if at.bucket is Bucket.FREE and not at.owner}
        return beyond(self.beside, free, {row.pot: row.name for row in self.rows}, self.on)

    def lines(self, pot: str) -> Sequence[tuple[str, str, Money]]:
        """A pot's lines with what is free in each: reference ('' what is in no line), name, amount."""
        named = [(one.ref, one.name) for one in self.beside.of(Kind.LINE, pot)]
        if not named:
            return []
        free = [(ref, name, self.owned.get(At(pot, ref, Bucket.FREE), ZERO)) for ref, name in named]
        return [*free, ("", _("In no line"), self.owned.get(At(pot, "", Bucket.FREE), ZERO))]


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
    pool: str | None
    closed_on: date | None
    balance_from: date | None


def _pots(by: Person | None, *, year: int | None = None, pot: str | None = None, stream: str | None = None) -> Sequence[_Pot]:
    """Pots within a person's duties (None: all), largest allocation first, not stated last. One statement."""
    unstated = select(func.count()).where(PastGrant.pot_id == Pot.id, nameless()).correlate(Pot).scalar_subquery()
    asked = select(
        Pot.ref,
        Stream.ref,
        Stream.name,
        Pot.allocation_status,
        Pot.fictional,
        unstated,
        Pot.year,
        Pot.pool,
        Pot.closed_on,
        Pot.balance_from,
    ).join(Pot.stream)
    asked = asked.order_by(Pot.allocation.is_(None), Pot.allocation.desc(), Stream.name, Pot.ref)
    if by is not None:
        asked = asked.where(covered(by, Stream.partnership_id, Stream.ref))
    if year is not None:
        asked = asked.where(Pot.year == year)
    if pot is not None:
        asked = asked.where(Pot.ref == pot)
    if stream is not None:
        asked = asked.where(Stream.ref == stream)
    return [_Pot._make(row) for row in db.session.execute(asked)]


def position(year: int, *, by: Person | None = None, on: date | None = None, known: datetime | None = None) -> Position:
    """Every pot of a year within a person's duties (None: all), with every figure and their totals. Seven statements."""
    return _position(_pots(by, year=year), year, on, known)


def of_stream(
    stream: str, *, by: Person | None = None, on: date | None = None, known: datetime | None = None
) -> Sequence[tuple[int, Row]]:
    """(year, row) of every pot of one stream, newest year first. Seven statements."""
    pots = _pots(by, stream=stream)
    found = {row.pot: row for row in _position(pots, 0, on, known).rows}
    return [(pot.year, found[pot.pot]) for pot in sorted(pots, key=lambda one: -one.year)]


def one_pot(pot: str, *, by: Person | None = None, on: date | None = None, known: datetime | None = None) -> tuple[int, Row]:
    """The year and the row of one pot. NotFound outside the duties. Seven statements."""
    if not (pots := _pots(by, pot=pot)):
        raise NotFound()
    return pots[0].year, _position(pots, pots[0].year, on, known).rows[0]


def _position(pots: Sequence[_Pot], year: int, on: date | None, known: datetime | None) -> Position:
    refs = [pot.pot for pot in pots]
    balances = _balances(refs, on, known)
    owned = ledger.by_owner(refs, on=on, known=known or ALWAYS, buckets=OWNERS)
    left = {(at.book, at.owner): amount for at, amount in owned.items() if at.bucket is Bucket.PASSPORTED}
    facts = beside(refs, left, on=on, known=known)
    commitments = by_pot(facts.commitments)
    rows = [_row(pot, balances, facts, commitments.get(pot.pot, ()), on) for pot in pots]
    whole, why = _whole(rows)
    return Position(year, on, known, rows, whole, why, sum(not row.counted for row in rows), facts, owned)


def _balances(books: Collection[str], on: date | None, known: datetime | None) -> Balances:
    if on is None and known is None:
        return ledger.balances(books)
    return ledger.as_at(on or ledger.EVER, known or ALWAYS, books)


def _whole(rows: Sequence[Row]) -> tuple[Figures, str | None]:
    """The totals of the rows that are in totals, and why what is free in them is not known, if it is not."""
    counted = [row for row in rows if row.counted]
    whole: dict[str, Money | None] = {c.key: _sum(row.figures[c.key] for row in counted) for c in COLUMNS}
    whole["allocated"] = _sum(row.figures["allocated"] for row in counted if row.stated)
    unknown = [row for row in counted if row.why_free]
    if not unknown:
        return whole, None
    grants = sum(row.unstated for row in unknown)
    if grants:
        return whole, _not_known(grants)
    return whole, unknown[0].why_free if len(unknown) == 1 else _("not known: it is not known in every stream")


def _row(pot: _Pot, balances: Balances, facts: Beside, commitments: Sequence[Protected], on: date | None) -> Row:
    figures: dict[str, Money | None] = {c.key: _figure(pot.pot, c, balances) for c in COLUMNS}
    came, became = (sum(_pence(figures[c.key]) for c in some) for some in (CAME, BECAME))
    status, begins = _status(pot, facts), pot.balance_from if pot.balance_from and pot.balance_from <= (on or EVER) else None
    whys = []
    if status is not AllocationStatus.CONFIRMED:
        figures["allocated"] = None
        if begins is None:
            whys.append(_("the allocation is %(status)s", status=_(status.value)))
    if pot.unstated and not whys:
        whys.append(why_not_known(pot.unstated))
    silent = [one for one in commitments if one.not_known]
    if silent and (begins or status is AllocationStatus.CONFIRMED):
        whys.append(_why_silent(silent))
    why = _("not known: %(why)s", why=_(" and ").join(whys)) if whys else None
    if why:
        figures["free"] = None
    closed = pot.closed_on if pot.closed_on and pot.closed_on <= (on or clock.today()) else None
    return Row(
        *(pot.pot, pot.stream, pot.name, status, pot.fictional, pot.unstated, figures, why, came == became, pot.pool, closed),
        balance_from=begins,
        estimated=total(one.estimate for one in commitments if one.estimate and not one.ended),
        expected=facts.sure(pot.pot, Certainty.EXPECTED),
        indicative=facts.sure(pot.pot, Certainty.INDICATIVE),
    )


def _status(pot: _Pot, facts: Beside) -> AllocationStatus:
    """How sure the allocation was: by its steps then; what is recorded today where nothing had been written of it yet."""
    if any(one.pot == pot.pot and one.certainty in FIRM for one in facts.allocations):
        return AllocationStatus.CONFIRMED
    if facts.sure(pot.pot, Certainty.EXPECTED, Certainty.INDICATIVE):
        return AllocationStatus.AWAITED
    return pot.status


def _why_silent(silent: Sequence[Protected]) -> str:
    """Why a commitment whose amount is not stated leaves nothing known (R40)."""
    if len(silent) == 1:
        return _("the amount protected for %(recipient)s is not stated", recipient=silent[0].recipient)
    return _("the amounts of %(count)s protected commitments are not stated", count=len(silent))


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


def protected(found: Position) -> Sequence[Protected]:
    """The protected commitments of the year's pots, beside the competitive awards, by stream. No statement."""
    names = {row.pot: row.name for row in found.rows}
    listed = [one._replace(stream=names[one.pot]) for one in found.beside.commitments]
    return sorted(listed, key=lambda one: (one.stream, one.ref))


# -- where the money came from, and what it became --------------------------------------------------------------------


class Given(NamedTuple):
    """So much of a pot from one giver."""

    giver: str
    pot: str
    amount: Money


def givers(found: Position) -> Sequence[Given]:
    """Who gave each pot of the year its money: funders and partners by name, other years and pots together. One statement.

    A funder is the one of the agreement on that date: where an agreement passed to a successor, the successor gave.
    """
    successors = _successors(found.beside)
    held = {at: amount for at, amount in found.owned.items() if at.bucket in SOURCES}
    refs = {bare(at.owner) for at in held if at.bucket in (Bucket.FUNDER, Bucket.PARTNER)}
    named = names(Organisation, refs | set(successors.values()))
    given: dict[tuple[str, str], int] = {}
    for at, amount in held.items():
        ref = bare(at.owner)
        if at.bucket is Bucket.FUNDER:
            ref = successors.get((at.book, ref), ref)
        if at.bucket is Bucket.BROUGHT_FORWARD:
            giver = _("Brought forward")
        elif at.bucket is Bucket.VIRED_IN:
            giver = _("Vired in")
        else:
            giver = _("Funder not stated") if ref == "not-stated" else named.get(ref, ref)
        given[giver, at.book] = given.get((giver, at.book), 0) - amount.pence
    return [Given(giver, pot, Money(pence)) for (giver, pot), pence in sorted(given.items())]


def _successors(facts: Beside) -> Mapping[tuple[str, str], str]:
    """(pot, funder in the books) -> who gave on the date, where all of that funder's money of the pot says the same."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in facts.allocations:
        if one.funder and one.certainty in FIRM:
            found.setdefault((one.pot, one.funder), set()).add(one.giver or one.funder)
    return {key: next(iter(refs)) for key, refs in found.items() if len(refs) == 1}


def bare(owner: str) -> str:
    """A ledger's owner without the word before it: 'home_office' for 'funder:home_office'."""
    return owner.partition(":")[2] or owner


def names(model: type[Person] | type[Organisation], refs: Collection[str]) -> Mapping[str, str]:
    """Names by reference. One statement."""
    rows = db.session.execute(select(model.ref, model.name).where(model.ref.in_(refs)))
    return {row.ref: row.name for row in rows}
