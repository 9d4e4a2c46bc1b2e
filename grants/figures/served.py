"""What awards' money serves: each balance apportioned by the award's shares when it is read (DESIGN section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from grants.awards.models import Award, Share
from grants.figures.columns import AWARDED, BY_KEY, Column
from grants.figures.queries import Position
from grants.kernel.db import db
from grants.kernel.money import Money, apportion
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import AWARD, At
from grants.ledger.queries import ALWAYS
from grants.strategy.models import Priority

COLUMNS: Sequence[Column] = tuple(BY_KEY[key] for key in AWARDED)
OUTSIDE = ""  # the reference under which money outside the plan stands


class Part(NamedTuple):
    """A part of an award's money: the priority it serves ('' outside the plan) and its basis points, in the award's order."""

    priority: str
    basis_points: int


class Serves(NamedTuple):
    """What one priority is served with, by column. Without a reference: outside the plan."""

    ref: str
    title: str
    figures: Mapping[str, Money]


def by_priority(found: Position) -> Sequence[Serves]:
    """The award money of a position by priority, then what lies outside the plan. Two or three statements.

    Its totals are the position's own: offered, committed, approved for payment and paid, over all its pots.
    """
    held = ledger.by_owner([row.pot for row in found.rows], on=found.on, known=found.known or ALWAYS, buckets=sorted(AWARD))
    shares = _shares({at.owner for at in held}, on=found.on, known=found.known)
    summed = apportioned(held, shares)
    titles = _titles({ref for ref, _key in summed} - {OUTSIDE})
    refs = [*(ref for ref in titles if any((ref, c.key) in summed for c in COLUMNS)), OUTSIDE]
    return [
        Serves(
            ref,
            titles[ref] if ref else _("Outside the plan"),
            {column.key: Money(summed.get((ref, column.key), 0)) for column in COLUMNS},
        )
        for ref in refs
    ]


def apportioned(held: Mapping[At, Money], shares: Mapping[str, Sequence[Part]]) -> Mapping[tuple[str, str], int]:
    """(priority, column) -> pence. Each award's balance in each book and bucket is split once, by largest remainder.

    Money of an owner without shares is outside the plan.
    """
    summed: dict[tuple[str, str], int] = defaultdict(int)
    column_of = {bucket: column.key for column in COLUMNS for bucket in column.buckets}
    for at, balance in held.items():
        parts = shares.get(at.owner) or [Part(OUTSIDE, 10_000)]
        for part, amount in zip(parts, apportion(balance, [p.basis_points for p in parts]), strict=True):
            summed[part.priority, column_of[at.bucket]] += amount.pence
    return summed


def _shares(awards: Collection[str], *, on: date | None, known: datetime | None) -> Mapping[str, Sequence[Part]]:
    """Each award's shares as they stood: the latest complete set in force, by what had been recorded."""
    asked = (
        select(Award.ref, Share.series, Priority.ref, Share.basis_points)
        .join(Share.award)
        .outerjoin(Share.priority)
        .where(Award.ref.in_(awards))
        .order_by(Award.ref, Share.series, Share.position)
    )
    if on is not None:
        asked = asked.where(Share.effective_on <= on)
    if known is not None:
        asked = asked.where(Share.recorded_at <= known)
    sets: dict[str, dict[int, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for award, series, priority, basis_points in db.session.execute(asked):
        sets[award][series].append(Part(priority or OUTSIDE, basis_points))
    return {award: series[max(series)] for award, series in sets.items()}


def _titles(refs: Collection[str]) -> Mapping[str, str]:
    """Titles of priorities by reference, in the order of their plans."""
    if not refs:
        return {}
    rows = db.session.execute(
        select(Priority.ref, Priority.code, Priority.title)
        .where(Priority.ref.in_(refs))
        .order_by(Priority.strategy_id, Priority.sort_order, Priority.id)
    )
    return {ref: " ".join(filter(None, (code, title))) or ref for ref, code, title in rows}
