"""Strategies and what hangs on them, made through commands: `a_priority(a_strategy(partnership))`."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from grants.kernel.clock import today
from grants.people.models import Duty, Partnership, Person
from grants.places.models import Locality
from grants.strategy import commands
from grants.strategy.models import Indicator, Priority, Reading, Strategy, TargetRow
from tests.builders import kept
from tests.builders.people import a_partnership, a_person

_numbers = count(1)


def a_keeper(partnership: Partnership | None = None) -> Person:
    """A grants officer who may change the strategies of a partnership, or of all."""
    return a_person(Duty.GRANTS_OFFICER, partnership=partnership)


def a_strategy(partnership: Partnership | None = None, *, by: Person | None = None, **facts: Any) -> Strategy:
    """A plan of a partnership, running now; of nobody here without one."""
    number = next(_numbers)
    year = today().year
    given: dict[str, Any] = {
        "name": f"Plan {number}",
        "starts_on": today().replace(year - 1, 4, 1),
        "ends_on": today().replace(year + 1, 3, 31),
    }
    return commands.add_strategy(partnership=partnership, by=by or a_keeper(partnership), **(given | facts))


def a_priority(strategy: Strategy | None = None, *, by: Person | None = None, **facts: Any) -> Priority:
    """A priority of a strategy."""
    strategy = strategy or a_strategy(a_partnership())
    given: dict[str, Any] = {"title": f"Priority {next(_numbers)}"} | facts
    return commands.add_priority(strategy, by=by or a_keeper(strategy.partnership), **given)


def an_indicator(strategy: Strategy | None = None, *, by: Person | None = None, **facts: Any) -> Indicator:
    """Something counted, of a strategy."""
    strategy = strategy or a_strategy(a_partnership())
    given: dict[str, Any] = {"title": f"Indicator {next(_numbers)}", "unit": "count", "direction": "down"} | facts
    return commands.add_indicator(strategy, by=by or a_keeper(strategy.partnership), **given)


def a_reading(indicator: Indicator, value: str | None = "7", *, by: Person | None = None, **facts: Any) -> Reading:
    """One measured value, in the indicator's unit."""
    given: dict[str, Any] = {"period": "2025/26", "value": None if value is None else Decimal(value)} | facts
    return commands.record_reading(indicator, by=by or a_keeper(indicator.partnership), **given)


def a_source_reading(indicator: Indicator, value: str | None, **facts: Any) -> Reading:
    """A reading as a source states it: any unit, qualifier or words."""
    given: dict[str, Any] = {
        "ref": f"obs_{next(_numbers):03}",
        "period": "2020",
        "unit": indicator.unit,
        "qualifier": "exact" if value is not None else "qualitative",
        "is_comparator": False,
    } | facts
    return kept(Reading(indicator=indicator, value=None if value is None else Decimal(value), **given))


def a_target_row(indicator: Indicator, position: int, stated: int, *, is_total: bool = False, **facts: Any) -> TargetRow:
    """A row of a printed table of targets, of an indicator with a baseline and a percentage."""
    return kept(
        TargetRow(
            indicator=indicator,
            position=position,
            category=facts.pop("category", indicator.title),
            stated_level=Decimal(stated),
            is_total=is_total,
            **facts,
        )
    )


def a_locality(partnership: Partnership, name: str | None = None, **facts: Any) -> Locality:
    """A place of a partnership."""
    number = next(_numbers)
    given: dict[str, Any] = {"ref": f"place_{number}", "name": name or f"Place {number}", "kind": "locality"} | facts
    return kept(Locality(partnership=partnership, **given))
