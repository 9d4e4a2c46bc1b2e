"""A table of targets as its source prints it, beside what the figures come to when worked out (R21, R22, R83)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from grants.kernel.db import db
from grants.kernel.words import _
from grants.strategy import rules
from grants.strategy.models import Indicator, Strategy, TargetRow
from grants.strategy.wording import plain

NOUGHT = Decimal(0)
THREE_PLACES = Decimal("0.001")


class Line(NamedTuple):
    """One row: what the source states, and the level worked out from its baseline and percent."""

    indicator: str
    category: str
    national_name: str | None
    baseline: Decimal
    percent: Decimal  # how much less, in percent
    unrounded: Decimal
    level: Decimal  # the unrounded level to a whole unit, halves up
    stated: Decimal
    basis: str | None
    note: str | None

    @property
    def differs(self) -> bool:
        """Does the level worked out differ from the one stated?"""
        return self.level != self.stated


class Table(NamedTuple):
    """The rows in the source's order, the total the source states, and the sums of the rows beside it."""

    period: str | None  # of the baselines
    until: str | None  # the targets' date as written
    lines: list[Line]
    total: Line | None
    basis: str | None
    source: str | None

    @property
    def baselines(self) -> Decimal:
        """The rows' baselines added up."""
        return sum((line.baseline for line in self.lines), NOUGHT)

    @property
    def unrounded(self) -> Decimal:
        """The rows' levels added up before any rounding."""
        return sum((line.unrounded for line in self.lines), NOUGHT)

    @property
    def levels(self) -> Decimal:
        """The rows' rounded levels added up."""
        return sum((line.level for line in self.lines), NOUGHT)

    @property
    def stated_levels(self) -> Decimal:
        """The rows' stated levels added up."""
        return sum((line.stated for line in self.lines), NOUGHT)

    @property
    def difference(self) -> Decimal | None:
        """How far the sum of the rows is above the stated total. None where no total is stated."""
        return self.stated_levels - self.total.stated if self.total else None

    @property
    def reduction(self) -> Decimal | None:
        """The reduction the stated total comes to, in percent, unrounded: 21.06479… behind a printed 21."""
        return rules.reduction(self.total.baseline, self.total.stated) if self.total else None

    @property
    def exact_reduction(self) -> Decimal | None:
        """The same to three decimal places, as it is printed behind the rounded one: 21.065."""
        return self.reduction.quantize(THREE_PLACES) if self.reduction is not None else None

    @property
    def fewer(self) -> tuple[Decimal, Decimal] | None:
        """How many fewer at target: by the stated total, and by the sum of the rows."""
        return (self.total.baseline - self.total.stated, self.total.baseline - self.stated_levels) if self.total else None


def has_table(strategy: Strategy) -> bool:
    """Does this strategy's source print a table of targets?"""
    rows = exists().where(TargetRow.indicator_id == Indicator.id, Indicator.strategy_id == strategy.id)
    return bool(db.session.scalar(select(rows)))


def target_table(strategy: Strategy) -> Table | None:
    """The table of targets a strategy's source prints. None where it prints none. One statement."""
    rows = db.session.scalars(
        select(TargetRow)
        .join(TargetRow.indicator)
        .options(joinedload(TargetRow.indicator))
        .where(Indicator.strategy_id == strategy.id)
        .order_by(TargetRow.position)
    ).all()
    if not rows:
        return None
    first = rows[0]
    totals = [_line(row) for row in rows if row.is_total]
    return Table(
        first.indicator.baseline_period,
        first.indicator.target_date,
        [_line(row) for row in rows if not row.is_total],
        totals[0] if totals else None,
        first.basis,
        first.source,
    )


def _line(row: TargetRow) -> Line:
    one = row.indicator
    if one.baseline_value is None or one.target_change_pct is None:
        raise ValueError(f"{one.ref} stands in a table of targets without a baseline or a percentage.")
    unrounded = rules.level(one.baseline_value, one.target_change_pct)
    return Line(
        one.ref,
        row.category,
        row.national_name,
        one.baseline_value,
        -one.target_change_pct,
        unrounded,
        rules.whole(unrounded),
        row.stated_level,
        row.basis,
        row.note,
    )


def explained(table: Table) -> list[str]:
    """Why the stated total is what it is, in sentences. Nothing is ever changed to make the figures agree."""
    total, difference = table.total, table.difference
    if total is None or difference is None or table.reduction is None or table.fewer is None:
        return []
    said = []
    if difference:
        said.append(
            _(
                "The rows add up to %(rows)s; the stated total is %(total)s. The difference is %(n)s.",
                rows=plain(table.stated_levels),
                total=plain(total.stated),
                n=plain(abs(difference)),
            )
        )
        if rules.whole(table.unrounded) == total.stated:
            said.append(
                _(
                    "The total was rounded once: before rounding, the rows’ levels add up to %(sum)s. "
                    "Each row was rounded by itself, and those roundings together come to %(n)s.",
                    sum=plain(table.unrounded),
                    n=plain(difference),
                )
            )
    if total.differs:
        said.append(
            _(
                "It was not worked out from the total’s own percentage: %(percent)s%% off %(baseline)s would be %(level)s.",
                percent=plain(total.percent),
                baseline=plain(total.baseline),
                level=plain(total.level),
            )
        )
    said.append(
        _(
            "The stated total is a reduction of %(exact)s%%, shown as %(percent)s%%.",
            exact=plain(table.reduction.quantize(THREE_PLACES)),
            percent=plain(rules.whole(table.reduction)),
        )
    )
    by_total, by_rows = table.fewer
    said.append(
        _(
            "At target there would be %(total)s fewer by the stated total, and %(rows)s fewer by the rows.",
            total=plain(by_total),
            rows=plain(by_rows),
        )
        if by_total != by_rows
        else _("At target there would be %(total)s fewer.", total=plain(by_total))
    )
    return said


def to_be_set(strategy: Strategy) -> Sequence[Indicator]:
    """The indicators whose target or figure is still to be set (R20), in the order recorded."""
    return db.session.scalars(
        select(Indicator)
        .where(Indicator.strategy_id == strategy.id, Indicator.target_status == "to_be_set")
        .order_by(Indicator.id)
    ).all()
