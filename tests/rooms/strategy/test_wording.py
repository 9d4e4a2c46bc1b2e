"""Figures are said exactly as stated, in their own unit, with their qualifier. No database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grants.strategy import wording


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "words"),
    [
        ("17421", "count", "exact", "17,421"),
        ("92", "percent", "exact", "92%"),
        ("-9.4", "percent_change", "exact", "-9.4% change"),
        ("59900000000.00", "gbp", "estimate", "£59,900,000,000.00 (estimate)"),
        ("400000", "gbp", "over", "over £400,000"),
        ("70", "count_per_week", "approx", "about 70 a week"),
        ("75", "count_per_month", "under", "under 75 a month"),
        ("8", "rate_per_100000", "exact", "8 per 100,000 people"),
        ("3", "rank_highest", "exact", "3rd highest"),
        ("12", "rank_lowest", "exact", "12th lowest"),
        ("24", "rank_worst_of_326", "within", "within the worst 24 of 326"),
        ("0.6667", "fraction", "exact", "0.6667 of the whole"),
        ("1", "yes_no", "exact", "yes"),
        ("4", "stars", "exact", "4 stars"),
    ],
)
def test_a_reading_keeps_its_unit_and_qualifier(value: str, unit: str, qualifier: str, words: str) -> None:
    assert wording.reading(Decimal(value), unit, qualifier) == words


def test_a_reading_in_words_says_which_way_it_went() -> None:
    assert wording.reading(None, "count", "qualitative", "down_then_up") == "down, then up, in words only"


@pytest.mark.parametrize(
    ("kind", "status", "way", "unit", "change", "value", "until", "words"),
    [
        ("none", "none", "down", "count", None, None, None, "No target"),
        ("percent_change", "set", "down", "count", "-30", "2461", "2008-03-31", "down by 30% to 2,461, by 31 March 2008"),
        ("percent_change", "set", "up", "count", "100", None, "2008", "up by 100%, by 2008"),
        ("absolute", "set", "up", "percent", None, "12", "2008", "reach 12%, by 2008"),
        ("percent_change", "set", "down", "percent", "-5", None, "2005-12", "down by 5%, by 2005-12"),
        ("threshold", "set", "up", "percent", None, "80", None, "at least 80%"),
        ("threshold", "set", "down", "count", None, "80", None, "at most 80"),
        ("year_on_year", "set", "up", "count", "10", None, "annual", "up by 10% each year"),
        ("milestone", "set", "up", "yes_no", None, "1", None, "reach yes"),
        ("milestone", "to_be_set", "up", "count", None, None, None, "A milestone (figure to be set)"),
        ("direction_only", "direction_only", "down", "count", None, None, None, "To go down, no figure"),
        ("comparative", "to_be_set", "down", "percent", None, None, None, "Against a comparison (figure to be set)"),
        ("to_be_set", "to_be_set", "down", "count", None, None, None, "Target to be set"),
    ],
)
def test_each_kind_of_target_has_its_own_words_and_its_date_is_as_written(
    kind: str, status: str, way: str, unit: str, change: str | None, value: str | None, until: str | None, words: str
) -> None:
    given = {
        "change": None if change is None else Decimal(change),
        "value": None if value is None else Decimal(value),
        "until": until,
    }
    assert wording.target(kind, status, way=way, unit=unit, **given) == words  # type: ignore[arg-type]


def test_a_period_of_two_days_is_said_in_words_and_any_other_as_written() -> None:
    assert wording.period("2015-09-01/2016-08-31") == "1 September 2015 to 31 August 2016"
    assert wording.period("2016/17 first six months") == "2016/17 first six months"


def test_a_baseline_not_yet_known_says_so() -> None:
    assert wording.baseline(None, "count", None, "to_be_established") == "baseline to be established"
    assert wording.baseline(None, "count", "2004/05", "not_stated") == "not stated (2004/05)"
    assert wording.baseline(Decimal(3515), "count", "2003/04", "stated") == "3,515 in 2003/04"
    assert wording.baseline(Decimal(44), "percent", "2017", "inferred") == "44% in 2017 (inferred)"
