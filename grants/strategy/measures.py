"""Indicators with what was last measured: their own readings, with comparisons beside them and never among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, joinedload

from grants.kernel.db import db
from grants.strategy import rules
from grants.strategy.models import Indicator, Priority, Reading, Strategy

NEAREST = 6  # readings looked at for each indicator, of each sort


class Measure(NamedTuple):
    """An indicator with its last reading, the comparisons for the same time, and how many readings there are in all.

    Without a reading of its own (`last` is None) it may still have comparisons.
    """

    indicator: Indicator
    priority: Priority | None
    last: Reading | None
    beside: list[Reading]
    readings: int


def of_strategy(strategy: Strategy) -> list[Measure]:
    """A strategy's indicators, in the order recorded. Two statements, however many."""
    return _measured(Indicator.strategy_id == strategy.id)


def of_priority(priority: Priority) -> list[Measure]:
    """A priority's indicators, in the order recorded. Two statements."""
    return _measured(Indicator.priority_id == priority.id)


def outside_strategies(partnership_id: int) -> list[Measure]:
    """A partnership's indicators that belong to no strategy. Two statements."""
    return _measured((Indicator.partnership_id == partnership_id) & Indicator.strategy_id.is_(None))


def history(indicator: Indicator) -> Sequence[Reading]:
    """Every reading of one indicator: ours first, the latest first, then the comparisons."""
    found = db.session.scalars(select(Reading).where(Reading.indicator_id == indicator.id)).all()
    return sorted(found, key=lambda r: (not r.is_comparator, rules.period_ends(r), r.id), reverse=True)


def _measured(which: ColumnElement[bool]) -> list[Measure]:
    indicators = db.session.scalars(
        select(Indicator).options(joinedload(Indicator.priority)).where(which).order_by(Indicator.id)
    ).all()
    found: dict[int, list[Reading]] = {}
    counts: dict[int, int] = {}
    for reading, count in _nearest(which):
        found.setdefault(reading.indicator_id, []).append(reading)
        counts[reading.indicator_id] = count
    return [
        Measure(one, one.priority, last := rules.last(mine), _beside(mine, last), counts.get(one.id, 0))
        for one in indicators
        for mine in [found.get(one.id, [])]
    ]


def _nearest(which: ColumnElement[bool]) -> Sequence[tuple[Reading, int]]:
    """The few newest readings of each sort (ours or a comparison, of the whole or a part, dated or not), so that
    a long history costs no more than a short one."""
    sort = (Reading.indicator_id, Reading.is_comparator, Reading.breakdown.is_(None), Reading.period_end.is_(None))
    ranked = (
        select(
            Reading,
            func.row_number().over(partition_by=sort, order_by=(Reading.period_end.desc(), Reading.id.desc())).label("place"),
            func.count().over(partition_by=Reading.indicator_id).label("count"),
        )
        .join(Reading.indicator)
        .where(which)
        .subquery()
    )
    near = aliased(Reading, ranked)
    rows = db.session.execute(select(near, ranked.c.count).where(ranked.c.place <= NEAREST).order_by(near.id))
    return [(reading, count) for reading, count in rows]


def _beside(readings: Sequence[Reading], last: Reading | None) -> list[Reading]:
    """The comparisons for the time of the last reading; without one, the latest there are."""
    compared = [reading for reading in readings if reading.is_comparator]
    if not compared:
        return []
    at = last.period if last else max(compared, key=lambda r: (rules.period_ends(r), r.id)).period
    return [reading for reading in compared if reading.period == at]
