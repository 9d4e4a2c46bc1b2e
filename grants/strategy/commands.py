"""What is done to strategies: each command records an event and answers with the row it made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import chain

from sqlalchemy import func, select

from grants.audit.record import declare, record
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import mark
from grants.people.models import Partnership, Person
from grants.strategy import policies, rules, taken
from grants.strategy.models import Indicator, Priority, PriorityLink, Reading, Strategy

declare(
    {
        "strategy.added": mark("Added the strategy %(name)s"),
        "priority.added": mark("Added the priority %(title)s to %(strategy)s"),
        "strategy.linked": mark("Linked to %(to)s: %(link_type)s"),
        "indicator.added": mark("Added the indicator %(title)s to %(strategy)s"),
        "reading.recorded": mark("Recorded %(value)s for %(indicator)s, %(period)s"),
    }
)


@command
def add_strategy(
    *,
    name: str,
    by: Person,
    partnership: Partnership | None = None,
    owner: str | None = None,
    tier: str = "local_partnership",
    kind: str = "community_safety_plan",
    starts_on: date | None = None,
    ends_on: date | None = None,
    status: str = "current",
    predecessor: Strategy | None = None,
    ref: str | None = None,
    fictional: bool = False,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Strategy:
    """A strategy, plan or framework that priorities and indicators hang on. Without `ref` it is given one (STR-26-00001)."""
    require(policies.add_strategy, by, partnership)
    _all_well(rules.named(ref), taken.free(Strategy, ref), rules.planned(name, starts_on, ends_on, predecessor))
    strategy = Strategy(
        ref=ref or next_reference("STR"),
        name=name.strip(),
        owner=owner,
        partnership=partnership,
        tier=tier,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        status=status,
        predecessor=predecessor,
        fictional=fictional,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(strategy)
    record("strategy.added", strategy, by=by, name=strategy.name)
    return strategy


@command
def add_priority(
    strategy: Strategy,
    *,
    title: str,
    by: Person,
    level: str = "priority",
    parent: Priority | None = None,
    code: str | None = None,
    text: str | None = None,
    lead: str | None = None,
    sort_order: int | None = None,
    version: str | None = None,
    ref: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Priority:
    """A theme, priority, outcome or action, under a parent or at the top, after its brothers and sisters. `lead` is a post."""
    require(policies.change_strategy, by, strategy)
    version = version or (parent.version if parent else None)
    _all_well(rules.named(ref), taken.free(Priority, ref), rules.placed(strategy, parent, version, title))
    if sort_order is None:
        beside = Priority.parent_id == parent.id if parent else Priority.parent_id.is_(None)
        most = db.session.scalar(select(func.max(Priority.sort_order)).where(Priority.strategy_id == strategy.id, beside))
        sort_order = (most or 0) + 1
    priority = Priority(
        ref=ref or next_reference("PRI"),
        strategy=strategy,
        parent=parent,
        level=level,
        code=code,
        title=title.strip(),
        text=text,
        lead=lead,
        sort_order=sort_order,
        version=version,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(priority)
    record("priority.added", priority, by=by, title=priority.title, strategy=strategy.name)
    return priority


@command
def link(
    from_strategy: Strategy,
    *,
    to_strategy: Strategy,
    link_type: str,
    by: Person,
    from_priority: Priority | None = None,
    to_priority: Priority | None = None,
    rationale: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> PriorityLink:
    """Say how a strategy or its priority stands to another (R11). Without a priority the whole strategy is meant."""
    require(policies.change_strategy, by, from_strategy)
    _all_well(
        rules.linked(from_strategy, from_priority, to_strategy, to_priority, link_type),
        taken.not_linked(from_strategy, from_priority, to_strategy, to_priority, link_type),
    )
    made = PriorityLink(
        from_strategy=from_strategy,
        from_priority=from_priority,
        to_strategy=to_strategy,
        to_priority=to_priority,
        link_type=link_type.strip(),
        rationale=rationale,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(made)
    to = to_priority.title or to_priority.ref if to_priority else to_strategy.name
    record("strategy.linked", from_strategy, by=by, to=to, link_type=made.link_type.replace("_", " "))
    return made


@command
def add_indicator(
    strategy: Strategy,
    *,
    title: str,
    unit: str,
    by: Person,
    direction: str = "monitor",
    indicator_class: str = "other",
    priority: Priority | None = None,
    partnership: Partnership | None = None,
    baseline_period: str | None = None,
    baseline_value: Decimal | None = None,
    baseline_status: str | None = None,
    target_kind: str = "none",
    target_status: str = "none",
    target_change_pct: Decimal | None = None,
    target_value: Decimal | None = None,
    target_date: str | None = None,
    data_source: str | None = None,
    breakdown: str | None = None,
    ref: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Indicator:
    """Something measured for a strategy or one of its priorities, with its baseline and what is aimed at.

    `target_change_pct` is signed. Its partnership is the strategy's unless another is given.
    """
    require(policies.change_strategy, by, strategy)
    _all_well(
        rules.named(ref),
        taken.free(Indicator, ref),
        rules.aimed(
            strategy,
            priority,
            title=title,
            direction=direction,
            target_kind=target_kind,
            target_change_pct=target_change_pct,
            target_value=target_value,
            target_status=target_status,
            unit=unit,
        ),
    )
    indicator = Indicator(
        ref=ref or next_reference("IND"),
        strategy=strategy,
        priority=priority,
        partnership=partnership or strategy.partnership,
        title=title.strip(),
        unit=unit,
        direction=direction,
        indicator_class=indicator_class,
        baseline_period=baseline_period,
        baseline_value=baseline_value,
        baseline_status=baseline_status or ("to_be_established" if baseline_value is None else "stated"),
        target_kind=target_kind,
        target_status=target_status,
        target_change_pct=target_change_pct,
        target_value=target_value,
        target_date=target_date,
        data_source=data_source,
        breakdown=breakdown,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(indicator)
    record("indicator.added", indicator, by=by, title=indicator.title, strategy=strategy.name)
    return indicator


@command
def record_reading(
    indicator: Indicator,
    *,
    value: Decimal | None,
    period: str,
    by: Person,
    period_start: date | None = None,
    period_end: date | None = None,
    area: str | None = None,
    unit: str | None = None,
    qualifier: str = "exact",
    trend: str | None = None,
    breakdown: str | None = None,
    is_comparator: bool = False,
    reported_in: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Reading:
    """Keep one measured value, in the indicator's unit (RDG-26-00001). `reported_in` is the group's report it came from,
    which gives one reading of an indicator and no second."""
    require(policies.record_reading, by, indicator)
    unit = unit or indicator.unit
    _all_well(
        rules.readable(
            indicator,
            value=value,
            unit=unit,
            qualifier=qualifier,
            trend=trend,
            period=period,
            period_start=period_start,
            period_end=period_end,
        ),
        taken.not_reported(indicator, reported_in, breakdown),
    )
    reading = Reading(
        ref=next_reference("RDG"),
        indicator=indicator,
        area=area,
        breakdown=breakdown,
        period=period.strip(),
        period_start=period_start,
        period_end=period_end,
        value=value,
        unit=unit,
        qualifier=qualifier,
        trend=trend,
        is_comparator=is_comparator,
        reported_in=reported_in,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(reading)
    said = value if value is not None else trend
    record(
        "reading.recorded",
        reading,
        by=by,
        value=said,
        indicator=indicator.title,
        period=reading.period,
        reported_in=reported_in,
    )
    return reading


def _all_well(*problems: Iterable[str]) -> None:
    if found := list(chain(*problems)):
        raise RuleBroken(*found)
