"""What staff may read of strategies, which reading is shown for each indicator, and how links are told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.people.models import Duty
from grants.strategy import commands, links, measures, queries, wording
from tests.builders.people import a_group, a_partnership, a_person
from tests.builders.strategy import a_keeper, a_priority, a_reading, a_source_reading, a_strategy, an_indicator

Statements = Callable[[], AbstractContextManager[list[str]]]


def test_staff_read_their_own_partnerships_strategies_those_in_line_and_nobodys(app: Flask) -> None:
    over = a_partnership(name="Over")
    ours = a_partnership(parent=over)
    board = a_partnership(parent=ours)
    a_strategy(over, name="Of the body above")
    a_strategy(ours, name="Ours")
    a_strategy(board, name="Of our board")
    a_strategy(None, name="National", tier="national")
    a_strategy(a_partnership(), name="Of strangers")
    a_strategy(a_partnership(parent=over), name="Of a sister")

    by = a_person(Duty.ASSESSOR, partnership=ours)
    assert sorted(row.name for row in queries.listing(by)) == ["National", "Of our board", "Of the body above", "Ours"]
    assert [row.name for row in queries.listing(by, partnership=ours.ref)] == ["Ours"]
    assert [row.name for row in queries.listing(by, partnership="none")] == ["National"]
    assert [row.name for row in queries.listing(by, tier="national")] == ["National"]
    assert len(queries.listing(a_person(Duty.AUDITOR))) == 6


def test_a_strategy_of_strangers_is_not_found_and_neither_are_its_priorities_and_indicators(sqlite_app: Flask) -> None:
    theirs = a_strategy(a_partnership())
    priority, indicator = a_priority(theirs), an_indicator(theirs)
    by = a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    for look in (
        lambda: queries.seen(by, theirs.ref),
        lambda: queries.seen_priority(by, priority.ref),
        lambda: queries.seen_indicator(by, indicator.ref),
        lambda: queries.seen(by, "nothing"),
        lambda: queries.seen_priority(by, "nothing"),
        lambda: queries.seen_indicator(by, "nothing"),
    ):
        with pytest.raises(NotFound):
            look()


def test_a_group_reads_no_strategies(sqlite_app: Flask) -> None:
    a_strategy(None)
    _organisation, applicant, _certifier = a_group()
    assert list(queries.listing(applicant)) == []
    assert queries.filters(applicant) == queries.Filters([], [])
    with pytest.raises(NotFound):
        queries.seen(applicant, a_strategy(None).ref)


def test_strategies_are_listed_by_partnership_and_then_by_tier(sqlite_app: Flask) -> None:
    ours = a_partnership(name="Safer Town")
    a_strategy(None, tier="national")
    a_strategy(ours)
    a_strategy(None, tier="regional")
    groups = queries.grouped(queries.listing(a_person(Duty.AUDITOR)))
    assert [(group.name, len(group.rows)) for group in groups] == [("Safer Town", 1), ("national", 1), ("regional", 1)]


def test_a_plan_past_its_end_is_flagged_in_the_list(sqlite_app: Flask) -> None:
    yesterday = clock.today() - timedelta(days=1)
    a_strategy(None, name="Over", starts_on=None, ends_on=yesterday)
    a_strategy(None, name="Running", starts_on=None, ends_on=clock.today())
    assert {row.name: row.expired for row in queries.listing(a_person(Duty.AUDITOR))} == {"Over": True, "Running": False}


def test_an_indicators_last_reading_is_ours_with_comparisons_beside_it(app: Flask) -> None:
    plan = a_strategy()
    indicator = an_indicator(plan, unit="percent")
    a_source_reading(indicator, "91", period="2019", period_start=date(2019, 1, 1), period_end=date(2019, 12, 31), area="Here")
    a_source_reading(indicator, "92", period="2020", period_start=date(2020, 1, 1), period_end=date(2020, 12, 31), area="Here")
    there = {"period_start": date(2020, 1, 1), "period_end": date(2020, 12, 31), "area": "There", "is_comparator": True}
    a_source_reading(indicator, "88", period="2020", **there)
    a_source_reading(indicator, "99", period="2021", **(there | {"period_end": date(2021, 12, 31)}))

    (found,) = measures.of_strategy(plan)
    assert found.last
    assert (found.last.value, [one.value for one in found.beside], found.readings) == (92, [88], 4)


def test_an_indicator_without_a_reading_of_ours_shows_the_comparison_only(sqlite_app: Flask) -> None:
    plan = a_strategy()
    indicator = an_indicator(plan)
    a_source_reading(indicator, "5", is_comparator=True, area="England")
    (found,) = measures.of_strategy(plan)
    assert (found.last, [one.area for one in found.beside]) == (None, ["England"])


def test_a_long_history_costs_no_more_than_a_short_one(sqlite_app: Flask, statements: Statements) -> None:
    plan = a_strategy()
    indicator = an_indicator(plan)
    for year in range(1990, 2020):
        a_source_reading(indicator, str(year), period=str(year), period_start=date(year, 1, 1), period_end=date(year, 12, 31))
    db.session.expire_all()
    assert plan.id
    with statements() as made:
        (found,) = measures.of_strategy(plan)
    assert found.last
    assert (found.last.value, found.readings, len(made)) == (2019, 30, 2)
    assert len(measures.history(indicator)) == 30


def test_a_reading_a_group_reported_becomes_the_last(app: Flask) -> None:
    plan = a_strategy(a_partnership())
    indicator = an_indicator(plan)
    a_source_reading(indicator, "40", period="2020")
    dates = {"period_start": date(2026, 4, 1), "period_end": date(2026, 9, 30)}
    a_reading(indicator, "12", period="April to September 2026", reported_in="RPT-26-00001", **dates)
    (found,) = measures.of_strategy(plan)
    assert found.last
    assert (found.last.value, found.last.reported_in) == (12, "RPT-26-00001")


def test_links_are_told_from_both_ends_and_name_the_whole_strategy(app: Flask) -> None:
    ours, national, strangers = a_partnership(), a_strategy(name="National"), a_strategy(a_partnership(), name="Strangers")
    plan = a_strategy(ours, name="Ours")
    priority = a_priority(plan, title="Victims")
    keeper = a_keeper()
    commands.link(plan, from_priority=priority, to_strategy=national, link_type="contributes_to", by=keeper)
    commands.link(strangers, to_strategy=plan, link_type="links_with", by=keeper)
    by = a_keeper(ours)
    found, known = queries.seen(by, plan.ref)

    told = links.of_strategy(found, known)
    ((kind, (out,)),) = told.out
    assert (kind, out.here.priority, out.there.strategy.name, out.there.priority, out.there.open) == (
        "contributes_to",
        priority,
        "National",
        None,
        True,
    )
    ((kind, (into,)),) = told.into
    assert (kind, into.here.priority, into.there.strategy.name, into.there.open) == ("links_with", None, "Strangers", False)

    of_priority = links.of_priority(priority, known)
    assert [(kind, len(lines)) for kind, lines in of_priority.out] == [("contributes_to", 1)]
    assert of_priority.into == []


@pytest.mark.parametrize(
    ("indicator", "reading", "compared"),
    [
        ("sk_feel_safe_local_area", "92%", ["88%"]),
        ("so_domestic_burglary_per_month", "under 75 a month", []),  # '2017 (latest)' is later than 2009
        ("st_women_offending_share", "17%", []),
        ("sk_population", "284,528", []),  # all, before men and women
        ("so_prison_release_treatment", "37%", ["23%", "30%"]),
        ("sk_domestic_burglary_1998", "-9.4% change", []),  # a figure before words
        ("sk_cse_incidents", "1,253", []),
        ("so_alcohol_crime_rank", "within the worst 24 of 326", []),
    ],
)
def test_the_last_reading_of_real_indicators(facts_app: Flask, indicator: str, reading: str, compared: list[str]) -> None:
    one = queries.indicator(indicator)
    beside = measures.of_strategy(one.strategy) if one.strategy else measures.outside_strategies(one.partnership_id or 0)
    found = next(m for m in beside if m.indicator.ref == indicator)
    assert found.last
    assert wording.reading(found.last.value, found.last.unit, found.last.qualifier, found.last.trend) == reading
    assert [wording.reading(r.value, r.unit, r.qualifier) for r in found.beside] == compared


def test_every_reading_and_target_of_the_facts_has_its_words(facts_app: Flask) -> None:
    for row in queries.listing(a_person(Duty.AUDITOR)):
        for one in measures.of_strategy(queries.strategy(row.ref)):
            i = one.indicator
            facts = {"change": i.target_change_pct, "value": i.target_value, "until": i.target_date}
            said = wording.target(i.target_kind, i.target_status, way=i.direction, unit=i.unit, **facts)
            shown = [wording.reading(r.value, r.unit, r.qualifier, r.trend) for r in [one.last, *one.beside] if r]
            assert not any("_" in words or "None" in words for words in [said, *shown])


def test_baselines_and_levels_of_the_facts_are_exact(facts_app: Flask) -> None:
    burglary = queries.indicator("psa1_domestic_burglary")
    assert (burglary.baseline_value, burglary.target_change_pct, burglary.target_value) == (Decimal(3515), -30, 2461)
