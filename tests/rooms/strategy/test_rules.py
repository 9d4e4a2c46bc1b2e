"""The arithmetic of targets, the time of a plan, which reading is the last, and what a reading may be. No database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from grants.strategy import rules
from grants.strategy.models import Indicator, Strategy


def d(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("baseline", "percent", "exact", "whole"),
    [
        ("3515", "-30", "2460.5", "2461"),
        ("735", "-10", "661.5", "662"),
        ("864", "-20", "691.2", "691"),
        ("200", "10", "220", "220"),
    ],
)
def test_a_level_is_the_baseline_and_its_signed_percentage_with_halves_going_up(
    baseline: str, percent: str, exact: str, whole: str
) -> None:
    reached = rules.level(d(baseline), d(percent))
    assert (reached, rules.whole(reached)) == (d(exact), d(whole))


def test_the_direction_decides_what_is_better_and_never_the_sign() -> None:
    assert rules.better("up", d("6"), d("12")) is True  # feeling safe
    assert rules.better("down", d("54"), d("45")) is True  # concern about youths
    assert rules.better("up", d("12"), d("6")) is False
    assert rules.better("monitor", d("1"), d("2")) is None
    assert rules.better("down", d("2"), d("2")) is None


PLAN = Strategy(ref="old", name="Plan 2018/21", ends_on=date(2021, 3, 31), status="current")


def test_a_plan_says_nothing_of_its_end_while_it_runs() -> None:
    assert rules.expiry(PLAN, date(2021, 3, 31)) is None
    assert rules.expiry(Strategy(ref="x", name="X", ends_on=None), date(2026, 1, 1)) is None


def test_a_plan_past_its_last_day_says_so_and_that_nothing_follows() -> None:
    assert rules.expiry(PLAN, date(2021, 4, 1)) == "This plan ended on 31 March 2021. No later plan is recorded."


def test_a_plan_past_its_last_day_names_the_plan_in_force_before_the_one_in_preparation() -> None:
    drafted = Strategy(ref="a", name="One Plan", status="in_preparation")
    running = Strategy(ref="b", name="Plan 2026/29", status="current", starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    assert rules.expiry(PLAN, date(2026, 5, 1), [drafted, running]) == (
        "This plan ended on 31 March 2021. A newer plan is Plan 2026/29."
    )
    assert rules.expiry(PLAN, date(2026, 5, 1), [drafted]) == (
        "This plan ended on 31 March 2021. A newer plan is in preparation: One Plan."
    )


def test_a_later_plan_that_has_ended_too_is_no_newer_plan() -> None:
    gone = Strategy(ref="b", name="Plan 2021/24", status="current", ends_on=date(2024, 3, 31))
    assert rules.expiry(PLAN, date(2026, 5, 1), [gone]) == "This plan ended on 31 March 2021. No later plan is recorded."


class R(NamedTuple):
    id: int
    period: str
    period_end: date | None = None
    value: Decimal | None = d("1")
    breakdown: str | None = None
    is_comparator: bool = False


def last(*readings: R) -> int | None:
    found = rules.last(readings)
    return found.id if found else None


def test_the_last_reading_is_the_latest_of_our_own() -> None:
    ours, older, theirs = R(1, "2016", date(2016, 12, 31)), R(2, "2014", date(2014, 12, 31)), R(3, "2020", date(2020, 12, 31))
    assert last(ours, older, theirs._replace(is_comparator=True)) == 1


def test_an_indicator_with_comparisons_only_has_no_last_reading() -> None:
    assert last(R(1, "2020", is_comparator=True)) is None


def test_the_whole_comes_before_a_part_and_all_before_other_parts() -> None:
    assert last(R(1, "2020"), R(2, "2021", breakdown="men")) == 1
    assert last(R(1, "2001", breakdown="all"), R(2, "2001", breakdown="men")) == 1


def test_a_period_without_dates_is_as_late_as_the_year_it_names() -> None:
    assert last(R(1, "2009", date(2009, 12, 31)), R(2, "2017 (latest)")) == 2
    assert last(R(1, "earlier (not dated)"), R(2, "2007")) == 2
    assert rules.period_ends(R(1, "2014-17")) == date(2017, 12, 31)
    assert rules.period_ends(R(1, "2015/16")) == date(2016, 12, 31)


def test_a_figure_comes_before_words_about_the_same_time() -> None:
    assert last(R(1, "2004", date(2004, 3, 31)), R(2, "2004", date(2004, 3, 31), value=None)) == 1


def test_a_tie_goes_to_what_was_recorded_later() -> None:
    assert last(R(1, "not dated"), R(2, "not dated")) == 2


def said(unit: str, value: str | None, **facts: object) -> list[str]:
    given = {"unit": unit, "qualifier": "exact", "trend": None, "period": "2025/26", "period_start": None, "period_end": None}
    indicator = Indicator(ref="i", title="Visits", unit=unit)
    return list(rules.readable(indicator, value=None if value is None else d(value), **(given | facts)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unit", "value"), [("count", "0"), ("percent", "100"), ("percent", "12.5"), ("percentage_points", "-3"), ("yes_no", "1")]
)
def test_a_reading_that_fits_its_unit_is_taken(unit: str, value: str) -> None:
    assert said(unit, value) == []


@pytest.mark.parametrize(
    ("unit", "value", "sentence"),
    [
        ("percent", "100.1", "‘Visits’ is a percentage, so it cannot be more than 100."),
        ("percent", "-1", "‘Visits’ cannot be less than nought."),
        ("count", "2.5", "‘Visits’ is counted in whole numbers."),
        ("count", "-1", "‘Visits’ cannot be less than nought."),
        ("yes_no", "2", "‘Visits’ is 1 for yes or 0 for no."),
        ("count", "NaN", "Enter ‘Visits’ as a number."),
        ("count", None, "Enter a figure for ‘Visits’, or say in words which way it went."),
    ],
)
def test_a_reading_that_does_not_fit_its_unit_is_refused_in_words(unit: str, value: str | None, sentence: str) -> None:
    assert said(unit, value) == [sentence]


def test_a_reading_is_in_the_indicators_own_unit() -> None:
    indicator = Indicator(ref="i", title="Visits", unit="count_per_month")
    facts = {"qualifier": "exact", "trend": None, "period": "2025", "period_start": None, "period_end": None}
    assert list(rules.readable(indicator, value=d("3"), unit="percent", **facts)) == [  # type: ignore[arg-type]
        "‘Visits’ is measured in count per month, not in percent."
    ]


def test_everything_wrong_with_a_reading_is_said_at_once() -> None:
    assert said("count", "-1.5", period=" ", period_start=date(2026, 1, 1)) == [
        "Enter the period ‘Visits’ was measured over.",
        "Give both the first and the last day of the period, or neither.",
        "‘Visits’ cannot be less than nought.",
        "‘Visits’ is counted in whole numbers.",
    ]


def test_words_alone_are_a_reading_when_they_say_which_way() -> None:
    assert said("count", None, qualifier="qualitative", trend="down") == []
    assert said("count", "3", qualifier="qualitative", trend="down") == ["A reading in words has no figure."]
