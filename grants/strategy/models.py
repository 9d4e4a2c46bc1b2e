"""Strategies, their priorities in versioned trees, how they link, and what is measured: indicators, targets, readings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Base, Referenced, key
from grants.people.models import Partnership


class Strategy(Referenced):
    """A plan, strategy, framework or assessment that money and work answer to. Not always the partnership's own."""

    __tablename__ = "strategy"

    name: Mapped[str]
    owner: Mapped[str | None]  # as the source writes it; none: not stated
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    tier: Mapped[str]
    kind: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    status: Mapped[str]
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("strategy.id"))
    fictional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership | None] = relationship()
    predecessor: Mapped[Strategy | None] = relationship(remote_side="Strategy.id")
    priorities: Mapped[list[Priority]] = relationship(back_populates="strategy", order_by="Priority.id")


class Priority(Referenced):
    """A theme, priority, outcome or action of a strategy's version, in a tree. Order: parent, then `sort_order`."""

    __tablename__ = "priority"

    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    level: Mapped[str]
    code: Mapped[str | None]
    title: Mapped[str | None]  # none: not stated
    text: Mapped[str | None]
    lead: Mapped[str | None]  # a post or a group, never a person
    sort_order: Mapped[int]
    version: Mapped[str | None]  # none: not stated

    strategy: Mapped[Strategy] = relationship(back_populates="priorities")
    parent: Mapped[Priority | None] = relationship(remote_side="Priority.id", back_populates="children")
    children: Mapped[list[Priority]] = relationship(back_populates="parent", order_by="Priority.sort_order, Priority.id")

    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]


class PriorityLink(Base):
    """One strategy or priority stands in a relation to another; without a priority the whole strategy is meant."""

    __tablename__ = "priority_link"
    __root__ = "from_strategy"
    __table_args__ = (
        UniqueConstraint("from_strategy_id", "from_priority_id", "to_strategy_id", "to_priority_id", "link_type"),
    )

    id: Mapped[key]
    from_strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"))
    from_priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    to_strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"), index=True)
    to_priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    link_type: Mapped[str]
    rationale: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    from_strategy: Mapped[Strategy] = relationship(foreign_keys=[from_strategy_id])
    from_priority: Mapped[Priority | None] = relationship(foreign_keys=[from_priority_id])
    to_strategy: Mapped[Strategy] = relationship(foreign_keys=[to_strategy_id])
    to_priority: Mapped[Priority | None] = relationship(foreign_keys=[to_priority_id])


class Indicator(Referenced):
    """Something measured, with its baseline and what is aimed at. Numbers are kept exactly as their source writes them."""

    __tablename__ = "indicator"

    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    strategy_id: Mapped[int | None] = mapped_column(ForeignKey("strategy.id"), index=True)
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    title: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[str]  # down, up, monitor
    indicator_class: Mapped[str]
    baseline_period: Mapped[str | None]
    baseline_value: Mapped[Decimal | None]
    baseline_status: Mapped[str]
    target_kind: Mapped[str]
    target_status: Mapped[str]
    target_change_pct: Mapped[Decimal | None]  # signed
    target_value: Mapped[Decimal | None]
    target_date: Mapped[str | None]  # as the source writes it: a day, '2008', '2005-12', 'annual'
    data_source: Mapped[str | None]
    breakdown: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership | None] = relationship()
    strategy: Mapped[Strategy | None] = relationship()
    priority: Mapped[Priority | None] = relationship()


class TargetRow(Base):
    """A row of a printed target table (PSA1: R21, R22, R83), in the source's order; the total is a row that says so."""

    __tablename__ = "target_row"
    __root__ = "indicator"
    __table_args__ = (CheckConstraint("position > 0", name="position"),)

    id: Mapped[key]
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), unique=True)
    position: Mapped[int]
    category: Mapped[str]
    national_name: Mapped[str | None]
    stated_level: Mapped[Decimal]
    is_total: Mapped[bool]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    indicator: Mapped[Indicator] = relationship()


class Reading(Referenced):
    """One measured value, in its own unit (which may differ from the indicator's)."""

    __tablename__ = "reading"
    __table_args__ = (Index(None, "indicator_id", "period_end"),)

    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    area: Mapped[str | None]
    breakdown: Mapped[str | None]
    period: Mapped[str]  # as the source writes it
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    value: Mapped[Decimal | None]  # none exactly when qualifier is 'qualitative'
    unit: Mapped[str]
    qualifier: Mapped[str]
    trend: Mapped[str | None]
    is_comparator: Mapped[bool] = mapped_column(default=False)
    reported_in: Mapped[str | None]  # the group's report it came from (RPT-26-00001)
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    indicator: Mapped[Indicator] = relationship()
