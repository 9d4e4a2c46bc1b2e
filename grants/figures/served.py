"""What promised money serves: each balance apportioned by its owner's shares when it is read (DESIGN section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Select, literal, or_, select, union_all

from grants.awards.models import Award, Share
from grants.figures.columns import AWARDED, BY_KEY, Column
from grants.figures.queries import Position
from grants.kernel.db import Utc, db
from grants.kernel.money import ZERO, Money, apportion, total
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import AWARD, At, Bucket
from grants.ledger.models import Account, Book
from grants.ledger.queries import ALWAYS, EVER
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.spending.models import OwnSpend
from grants.strategy.models import Priority, Strategy
from grants.streams.models import Commitment, Pot, Stream

Owners = Collection[str] | Select[str]  # named one by one, or found by a statement where there may be very many
PROMISED = frozenset(AWARD | {Bucket.PASSPORTED})
COLUMNS: Sequence[Column] = tuple(BY_KEY[key] for key in ("passported", *AWARDED))
OUTSIDE = ""  # the reference under which money outside the plan stands
COLUMN_OF: Mapping[Bucket, str] = {bucket: column.key for column in COLUMNS for bucket in column.buckets}


class Part(NamedTuple):
    """A part of an owner's money: the priority it serves ('' outside the plan) and its basis points, in the owner's order."""

    priority: str
    basis_points: int


class Serves(NamedTuple):
    """What one priority is served with, by column. Without a reference: outside the plan."""

    ref: str
    title: str
    figures: Mapping[str, Money]


class Promised(NamedTuple):
    """A position's promised money: every owner's balances, and what each owner's money serves."""

    held: Mapping[At, Money]
    shares: Mapping[str, Sequence[Part]]

    def apportioned(self) -> Mapping[tuple[str, str], int]:
        return apportioned(self.held, self.shares)


def promised(found: Position) -> Promised:
    """What awards, own spend and protected commitments hold in a position's pots, with their shares then. Two statements."""
    pots = [row.pot for row in found.rows]
    held = ledger.by_owner(pots, on=found.on, known=found.known or ALWAYS, buckets=PROMISED)
    owners = (
        select(Account.owner).join(Book, Book.id == Account.book_id).where(Book.code.in_(pots), Account.bucket.in_(PROMISED))
    )
    return Promised(held, shares(owners, on=found.on, known=found.known))


def by_priority(found: Position, money: Promised | None = None) -> Sequence[Serves]:
    """The promised money of a position by priority, then what lies outside the plan. Three statements (one, with `money`).

    Its totals are the position's own: protected, offered, committed, approved for payment and paid, over all its pots.
    """
    return in_order((money or promised(found)).apportioned())


def in_order(summed: Mapping[tuple[str, str], int]) -> Sequence[Serves]:
    """Rows in the order of the plans, and outside the plan last. One statement."""
    titled = titles({ref for ref, _key in summed} - {OUTSIDE})
    refs = [*(ref for ref in titled if any(summed.get((ref, c.key)) for c in COLUMNS)), OUTSIDE]
    return [
        Serves(
            ref,
            titled[ref] if ref else _("Outside the plan"),
            {column.key: Money(summed.get((ref, column.key), 0)) for column in COLUMNS},
        )
        for ref in refs
    ]


def apportioned(held: Mapping[At, Money], shares: Mapping[str, Sequence[Part]]) -> Mapping[tuple[str, str], int]:
    """(priority, column) -> pence. Each owner's balance in each book and bucket is split once, by largest remainder.

    Money of an owner without shares is outside the plan.
    """
    summed: dict[tuple[str, str], int] = defaultdict(int)
    for at, balance in held.items():
        for part, amount in split(balance, shares.get(at.owner, ())):
            summed[part, COLUMN_OF[at.bucket]] += amount.pence
    return summed


def split(balance: Money, parts: Sequence[Part]) -> Iterable[tuple[str, Money]]:
    """(priority, amount) of one balance, adding up to it exactly."""
    parts = parts or [Part(OUTSIDE, 10_000)]
    return zip((p.priority for p in parts), apportion(balance, [p.basis_points for p in parts]), strict=True)


def shares(owners: Owners, *, on: date | None = None, known: datetime | None = None) -> Mapping[str, Sequence[Part]]:
    """What each owner's money served then. One statement.

    An award: the latest complete set of its shares in force, by what had been recorded. Own spend: its priority (today's).
    A protected commitment: what the award made from it, or the award whose later year it protects, serves; else nothing yet.
    """
    awards = (
        select(Award.ref.label("owner"), Share.series, Share.position, Priority.ref, Share.basis_points)
        .join(Share.award)
        .outerjoin(Share.priority)
        .where(Share.effective_on <= (on or EVER), Share.recorded_at <= literal(known or ALWAYS, Utc()))
    )
    protected = awards.with_only_columns(Commitment.ref, Share.series, Share.position, Priority.ref, Share.basis_points)
    # Two statements' worth of joins: with OR in one, every commitment is held against every award.
    made_into = protected.join(Commitment, Commitment.id == Award.commitment_id)
    later_year = protected.join(Commitment, Commitment.award == Award.ref).where(
        or_(Award.commitment_id.is_(None), Award.commitment_id != Commitment.id)
    )
    own = (
        select(OwnSpend.ref, literal(1), literal(1), Priority.ref, literal(10_000))
        .outerjoin(OwnSpend.priority)
        .where(OwnSpend.ref.in_(owners))
    )
    of_commitments = [asked.where(Commitment.ref.in_(owners)) for asked in (made_into, later_year)]
    rows = db.session.execute(union_all(awards.where(Award.ref.in_(owners)), *of_commitments, own))
    sets: dict[str, dict[int, list[tuple[int, Part]]]] = defaultdict(lambda: defaultdict(list))
    for owner, series, position, priority, basis_points in rows:
        sets[owner][series].append((position, Part(priority or OUTSIDE, basis_points)))
    return {owner: [part for _position, part in sorted(series[max(series)])] for owner, series in sets.items()}


def titles(refs: Collection[str]) -> Mapping[str, str]:
    """Titles of priorities by reference, in the order of their plans. One statement."""
    if not refs:
        return {}
    rows = db.session.execute(
        select(Priority.ref, Priority.code, Priority.title)
        .where(Priority.ref.in_(refs))
        .order_by(Priority.strategy_id, Priority.sort_order, Priority.id)
    )
    return {ref: " ".join(filter(None, (code, title))) or ref for ref, code, title in rows}


# -- the same, for priorities over all years --------------------------------------------------------------------------


class Serving(NamedTuple):
    """Money that serves a priority: an award's, own spend's or a commitment's, with what it came to by column."""

    ref: str
    title: str
    group: str
    basis_points: int
    figures: Mapping[str, Money]
    whole: Money


def serving(by: Person, priority: Priority, *, on: date | None = None, known: datetime | None = None) -> Sequence[Serving]:
    """What serves a priority within a person's duties, over every year, as it stood. Three statements."""
    owners = _owners(by, select(literal(priority.ref)))
    named = {row[0]: _Owner(*row) for row in db.session.execute(owners)}
    served_by = shares(_refs(owners), on=on, known=known)
    theirs = {owner: points for owner, parts in served_by.items() if (points := _points(parts, priority.ref))}
    held = _held(by, owners, on, known)
    found = []
    for owner, points in sorted(theirs.items()):
        figures = dict.fromkeys((c.key for c in COLUMNS), ZERO)
        for at, balance in held.get(owner, {}).items():
            for ref, amount in split(balance, served_by[owner]):
                if ref == priority.ref:
                    figures[COLUMN_OF[at.bucket]] += amount
        one = named[owner]
        found.append(Serving(owner, one.title, one.group, points, figures, total(figures.values())))
    return found


def by_strategy(by: Person, strategy: Strategy, *, on: date | None = None, known: datetime | None = None) -> Sequence[Serves]:
    """What each priority of a strategy is served with, over every year, within a person's duties. Four statements."""
    priorities = select(Priority.ref).where(Priority.strategy_id == strategy.id)
    refs = set(db.session.scalars(priorities))
    owners = _owners(by, priorities)
    served_by = shares(_refs(owners), on=on, known=known)
    held = {at: amount for balances in _held(by, owners, on, known).values() for at, amount in balances.items()}
    summed = {key: pence for key, pence in apportioned(held, served_by).items() if key[0] in refs}
    return [one for one in in_order(summed) if one.ref]


class _Owner(NamedTuple):
    ref: str
    title: str
    group: str


def _owners(by: Person, priorities: Select[str]) -> CompoundSelect[str, str, str]:
    """The statement that finds every award and own spend within the duties that ever named one of these priorities."""
    mine = covered(by, Stream.partnership_id, Stream.ref)
    naming = select(Share.award_id).join(Share.priority).where(Priority.ref.in_(priorities))
    awards = (
        select(Award.ref, Award.title, Organisation.name)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .where(mine, Award.id.in_(naming))
    )
    own = (
        select(OwnSpend.ref, OwnSpend.title, OwnSpend.payee)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .join(OwnSpend.priority)
        .where(mine, Priority.ref.in_(priorities))
    )
    return union_all(awards, own)


def _refs(owners: CompoundSelect[str, str, str]) -> Select[str]:
    found = owners.subquery()
    return select(found.c[0])


def _points(parts: Sequence[Part], priority: str) -> int:
    return sum(part.basis_points for part in parts if part.priority == priority)


def _held(
    by: Person, owners: CompoundSelect[str, str, str], on: date | None, known: datetime | None
) -> Mapping[str, Mapping[At, Money]]:
    """Owner -> what it held by account then, in whatever pots within the duties it has money. One statement."""
    pots = select(Pot.ref).join(Pot.stream).where(covered(by, Stream.partnership_id, Stream.ref))
    held = ledger.by_owner(pots, on=on, known=known or ALWAYS, owners=_refs(owners), buckets=PROMISED)
    found: dict[str, dict[At, Money]] = defaultdict(dict)
    for at, amount in held.items():
        found[at.owner][at] = amount
    return found
