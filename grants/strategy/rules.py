"""What must be true of strategies, priorities, links, indicators and readings; and the arithmetic of targets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol, TypeVar

from grants.kernel.words import _
from grants.strategy.models import Indicator, Priority, Strategy
from grants.strategy.wording import day

DIRECTIONS = ("down", "up", "monitor")
TARGET_KINDS = (
    "none",
    "percent_change",
    "absolute",
    "threshold",
    "year_on_year",
    "milestone",
    "direction_only",
    "comparative",
    "to_be_set",
)
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
HUNDRED = Decimal(100)


# -- the time of a plan -------------------------------------------------------------------------------------------------


def ended(strategy: Strategy, today: date) -> bool:
    """Has its last day passed? A plan whose end is not stated has not."""
    return strategy.ends_on is not None and strategy.ends_on < today


def expiry(strategy: Strategy, today: date, later: Sequence[Strategy] = ()) -> str | None:
    """The sentence that points out a plan past its last day, and what follows it; None while it runs.

    `later` are the strategies that name this one as their predecessor: one in force today is named first, then one in
    preparation.
    """
    if not ended(strategy, today):
        return None
    assert strategy.ends_on
    over = _("This plan ended on %(day)s.", day=day(strategy.ends_on))
    following = [plan for plan in later if not ended(plan, today)]
    if not following:
        return f"{over} {_('No later plan is recorded.')}"
    following.sort(
        key=lambda plan: (plan.status == "in_preparation", plan.starts_on is None, plan.starts_on or today, plan.ref)
    )
    newer = following[0]
    if newer.status == "in_preparation":
        return f"{over} {_('A newer plan is in preparation: %(name)s.', name=newer.name)}"
    return f"{over} {_('A newer plan is %(name)s.', name=newer.name)}"


# -- targets (R21, R22) -------------------------------------------------------------------------------------------------


def level(baseline: Decimal, change: Decimal) -> Decimal:
    """Where a signed percent change on a baseline leads, unrounded: 3515 and -30 give 2460.5."""
    return baseline * (HUNDRED + change) / HUNDRED


def whole(value: Decimal) -> Decimal:
    """To a whole unit, halves going up (R21: never banker's rounding): 2460.5 gives 2461."""
    return value.quantize(Decimal(1), ROUND_HALF_UP)


def reduction(baseline: Decimal, reached: Decimal) -> Decimal:
    """How much less than the baseline, in percent, unrounded."""
    return (baseline - reached) / baseline * HUNDRED


def better(direction: str, was: Decimal, now: Decimal) -> bool | None:
    """Is it an improvement? The indicator's direction decides, never the sign alone (R23). None: neither, or only watched."""
    if direction not in ("up", "down") or was == now:
        return None
    return (now > was) == (direction == "up")


# -- which reading is the last ------------------------------------------------------------------------------------------


class Measured(Protocol):
    """As much of a reading as decides which is the last."""

    @property
    def id(self) -> int: ...
    @property
    def period(self) -> str: ...
    @property
    def period_end(self) -> date | None: ...
    @property
    def breakdown(self) -> str | None: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def is_comparator(self) -> bool: ...


R = TypeVar("R", bound=Measured)
_YEARS = re.compile(r"(?<!\d)(\d{4})(?:\s*[/-]\s*(\d{2})(?!\d))?", re.ASCII)


def period_ends(reading: Measured) -> date:
    """The last day a reading speaks of: its stated end, or the last year its period names ('2017 (latest)', '2014-17')."""
    if reading.period_end:
        return reading.period_end
    years = [int(whole_ if not short else whole_[:2] + short) for whole_, short in _YEARS.findall(reading.period)]
    return date(max(years), 12, 31) if years else date.min


def last(readings: Iterable[R]) -> R | None:
    """The reading that stands for an indicator: our own, of the whole rather than a part, the latest, a figure before words.

    Comparisons (other areas, nations) stand apart and are never it.
    """
    own = [reading for reading in readings if not reading.is_comparator]
    return max(
        own,
        key=lambda r: (not r.breakdown, (r.breakdown or "").startswith("all"), period_ends(r), r.value is not None, r.id),
        default=None,
    )


# -- what a new row must satisfy ----------------------------------------------------------------------------------------


def named(ref: str | None) -> Iterator[str]:
    """A reference chosen by hand must be able to stand in an address."""
    if ref is not None and not _SLUG.fullmatch(ref):
        yield _("A reference is up to 60 letters, figures, hyphens and underscores, with no spaces.")


def planned(name: str, starts_on: date | None, ends_on: date | None, predecessor: Strategy | None) -> Iterator[str]:
    """What stands in the way of a new strategy."""
    if not name.strip():
        yield _("Enter the name of the strategy.")
    if starts_on and ends_on and ends_on < starts_on:
        yield _("The end date must be on or after the start date.")
    if predecessor and predecessor.starts_on and starts_on and starts_on < predecessor.starts_on:
        yield _("%(name)s started later than this strategy, so it cannot be the one before it.", name=predecessor.name)


def placed(strategy: Strategy, parent: Priority | None, version: str | None, title: str) -> Iterator[str]:
    """A priority stands under a parent of its own strategy, in the same version of it."""
    if not title.strip():
        yield _("Enter the title of the priority.")
    if parent and parent.strategy_id != strategy.id:
        yield _("The priority above belongs to another strategy. Choose one from %(name)s.", name=strategy.name)
    elif parent and parent.version != version:
        yield _(
            "The priority above is in version %(theirs)s and this one in version %(ours)s. Put both in the same version.",
            theirs=parent.version or _("not stated"),
            ours=version or _("not stated"),
        )


def linked(
    from_strategy: Strategy, from_priority: Priority | None, to_strategy: Strategy, to_priority: Priority | None, link_type: str
) -> Iterator[str]:
    """A link joins two different things, and a priority it names belongs to the strategy it names."""
    if not link_type.strip():
        yield _("Say what kind of link this is, for example ‘contributes to’.")
    if from_priority and from_priority.strategy_id != from_strategy.id:
        yield _("The priority this link starts from is not part of %(name)s.", name=from_strategy.name)
    if to_priority and to_priority.strategy_id != to_strategy.id:
        yield _("The priority this link leads to is not part of %(name)s.", name=to_strategy.name)
    if from_strategy.id == to_strategy.id and from_priority is to_priority:
        yield _("A strategy or priority cannot be linked to itself.")


def aimed(
    strategy: Strategy,
    priority: Priority | None,
    *,
    title: str,
    direction: str,
    target_kind: str,
    target_change_pct: Decimal | None,
    target_value: Decimal | None,
    target_status: str,
    unit: str,
) -> Iterator[str]:
    """What stands in the way of a new indicator and its target."""
    if not title.strip():
        yield _("Enter what is measured.")
    if priority and priority.strategy_id != strategy.id:
        yield _("The priority is not part of %(name)s.", name=strategy.name)
    if direction not in DIRECTIONS:
        yield _("Say whether the figure should go down, go up, or only be watched.")
    if target_kind not in TARGET_KINDS:
        yield _("Choose what kind of target this is.")
    elif target_status == "set":
        if target_kind in ("percent_change", "year_on_year") and target_change_pct is None:
            yield _("Enter the percentage the figure should change by.")
        if target_kind in ("absolute", "threshold", "milestone") and target_value is None:
            yield _("Enter the figure to be reached.")
    if target_value is not None and unit == "percent" and not 0 <= target_value <= HUNDRED:
        yield _("A percentage to be reached is between 0 and 100.")
    if target_change_pct is not None and direction == "down" and target_change_pct > 0:
        yield _("The figure should go down, so the change must be less than nought, for example -5.")
    if target_change_pct is not None and direction == "up" and target_change_pct < 0:
        yield _("The figure should go up, so the change must be more than nought, for example 5.")


WHOLE_UNITS = frozenset({"count", "rank", "yes_no"})
NEVER_NEGATIVE = frozenset({"count", "percent", "gbp", "rank", "rate_per_100000", "fraction", "yes_no", "score"})


def readable(
    indicator: Indicator,
    *,
    value: Decimal | None,
    unit: str,
    qualifier: str,
    trend: str | None,
    period: str,
    period_start: date | None,
    period_end: date | None,
) -> Iterator[str]:
    """What stands in the way of a new reading. Readings of a source may be in another unit; ours are in the indicator's."""
    what = indicator.title
    if not period.strip():
        yield _("Enter the period ‘%(what)s’ was measured over.", what=what)
    if (period_start is None) != (period_end is None):
        yield _("Give both the first and the last day of the period, or neither.")
    elif period_start and period_end and period_end < period_start:
        yield _("The period's last day must be on or after its first.")
    if unit != indicator.unit:
        yield _(
            "‘%(what)s’ is measured in %(ours)s, not in %(theirs)s.",
            what=what,
            ours=indicator.unit.replace("_", " "),
            theirs=unit.replace("_", " "),
        )
        return
    if value is None:
        if qualifier != "qualitative" or not trend:
            yield _("Enter a figure for ‘%(what)s’, or say in words which way it went.", what=what)
        return
    if qualifier == "qualitative":
        yield _("A reading in words has no figure.")
    if not value.is_finite():
        yield _("Enter ‘%(what)s’ as a number.", what=what)
        return
    if unit in NEVER_NEGATIVE and value < 0:
        yield _("‘%(what)s’ cannot be less than nought.", what=what)
    if unit == "percent" and value > HUNDRED:
        yield _("‘%(what)s’ is a percentage, so it cannot be more than 100.", what=what)
    if unit in WHOLE_UNITS and value != value.to_integral_value():
        yield _("‘%(what)s’ is counted in whole numbers.", what=what)
    if unit == "yes_no" and value not in (0, 1):
        yield _("‘%(what)s’ is 1 for yes or 0 for no.", what=what)
