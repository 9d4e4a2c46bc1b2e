"""Strategies are kept by the theme leads and grants officers of their partnership, and every change is recorded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from grants.audit import queries as audit
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.people.models import Duty
from grants.strategy import commands, queries
from grants.strategy.models import Indicator, PriorityLink, Reading
from tests.builders.people import a_partnership, a_person
from tests.builders.strategy import a_keeper, a_priority, a_reading, a_strategy, an_indicator


def test_a_theme_lead_plans_a_strategy_to_its_readings(app: Flask) -> None:
    ours = a_partnership()
    lead = a_person(Duty.THEME_LEAD, partnership=ours)
    plan = commands.add_strategy(name="Plan 2026/29", partnership=ours, ref="plan_2026_29", by=lead)
    theme = commands.add_priority(plan, title="Safety", level="theme", code="1", lead="Head of Safety", version="2026", by=lead)
    area = commands.add_priority(plan, title="Hate crime", parent=theme, by=lead)
    indicator = commands.add_indicator(plan, title="Reports", unit="count", direction="up", priority=area, by=lead)
    reading = commands.record_reading(indicator, value=Decimal("12"), period="April 2026", reported_in="RPT-26-00001", by=lead)

    found = queries.strategy("plan_2026_29")
    assert [(one.title, depth, one.version) for one, depth in queries.priorities(found)] == [
        ("Safety", 0, "2026"),
        ("Hate crime", 1, "2026"),
    ]
    assert [one.title for one in queries.indicators_of(found)] == ["Reports"]
    assert (reading.value, reading.unit, reading.reported_in) == (Decimal("12"), "count", "RPT-26-00001")
    assert [line.sentence for line in audit.history(reading.ref)] == ["Recorded 12 for Reports, April 2026"]
    assert [line.sentence for line in audit.history("plan_2026_29")] == ["Added the strategy Plan 2026/29"]


@pytest.mark.parametrize("duty", [Duty.FINANCE_OFFICER, Duty.AUDITOR, Duty.ASSESSOR, Duty.ADMINISTRATOR])
def test_other_duties_change_no_strategy(sqlite_app: Flask, duty: Duty) -> None:
    ours = a_partnership()
    plan = a_strategy(ours)
    other = a_person(duty, partnership=ours)
    with pytest.raises(Refused) as refused:
        commands.add_priority(plan, title="Mine", by=other)
    assert [one.could for one in refused.value.objections] == ["a theme lead or a grants officer"]


def test_the_same_duty_in_another_partnership_changes_nothing_here(sqlite_app: Flask) -> None:
    ours, theirs = a_partnership(), a_partnership()
    plan = a_strategy(ours)
    indicator = an_indicator(plan)
    stranger = a_keeper(theirs)
    for attempt in (
        lambda: commands.add_strategy(name="X", partnership=ours, by=stranger),
        lambda: commands.add_priority(plan, title="X", by=stranger),
        lambda: commands.add_indicator(plan, title="X", unit="count", by=stranger),
        lambda: commands.link(plan, to_strategy=a_strategy(), link_type="aligned_to", by=stranger),
        lambda: commands.record_reading(indicator, value=Decimal(1), period="2026", by=stranger),
    ):
        with pytest.raises(Refused):
            attempt()


def test_a_national_strategy_is_kept_by_any_partnerships_keepers(sqlite_app: Flask) -> None:
    national = commands.add_strategy(name="National framework", tier="national", by=a_keeper(a_partnership()))
    assert national.partnership is None
    assert national.ref.startswith("STR-")


def test_a_reference_is_used_once(sqlite_app: Flask) -> None:
    a_strategy(ref="plan")
    with pytest.raises(RuleBroken, match="plan is already the reference of another"):
        a_strategy(ref="plan")


def test_priorities_come_after_their_brothers_and_sisters(sqlite_app: Flask) -> None:
    plan = a_strategy()
    first = a_priority(plan, title="First")
    a_priority(plan, title="Second")
    a_priority(plan, title="Under the first", parent=first)
    assert [(one.title, depth) for one, depth in queries.priorities(plan)] == [
        ("First", 0),
        ("Under the first", 1),
        ("Second", 0),
    ]


def test_a_priority_stands_under_one_of_its_own_strategy_and_version(sqlite_app: Flask) -> None:
    plan, other = a_strategy(name="Ours"), a_strategy()
    with pytest.raises(RuleBroken, match="The priority above belongs to another strategy"):
        a_priority(plan, parent=a_priority(other))
    with pytest.raises(RuleBroken, match="The priority above is in version 2019 and this one in version 2020"):
        a_priority(plan, parent=a_priority(plan, version="2019"), version="2020")


def test_a_link_joins_two_things_once(app: Flask) -> None:
    plan, other = a_strategy(name="Ours"), a_strategy(name="Theirs")
    keeper = a_keeper()
    theirs = a_priority(other, title="Victims")
    commands.link(plan, to_strategy=other, to_priority=theirs, link_type="aligned_to", by=keeper)
    commands.link(plan, to_strategy=other, link_type="aligned_to", by=keeper)
    for priority in (theirs, None):
        with pytest.raises(RuleBroken, match="That link is already recorded"):
            commands.link(plan, to_strategy=other, to_priority=priority, link_type="aligned_to", by=keeper)
    assert db.session.query(PriorityLink).count() == 2
    assert [line.sentence for line in audit.history(plan.ref)][:2] == [
        "Linked to Theirs: aligned to",
        "Linked to Victims: aligned to",
    ]


def test_a_link_names_priorities_of_the_strategies_it_names(sqlite_app: Flask) -> None:
    plan, other = a_strategy(name="Ours"), a_strategy(name="Theirs")
    with pytest.raises(RuleBroken) as broken:
        commands.link(
            plan,
            from_priority=a_priority(other),
            to_strategy=other,
            to_priority=a_priority(plan),
            link_type=" ",
            by=a_keeper(),
        )
    assert broken.value.problems == (
        "Say what kind of link this is, for example ‘contributes to’.",
        "The priority this link starts from is not part of Ours.",
        "The priority this link leads to is not part of Theirs.",
    )
    with pytest.raises(RuleBroken, match="cannot be linked to itself"):
        commands.link(plan, to_strategy=plan, link_type="includes", by=a_keeper())


def test_an_indicators_target_agrees_with_its_direction_and_kind(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        an_indicator(
            unit="percent",
            direction="down",
            target_kind="absolute",
            target_status="set",
            target_change_pct=Decimal("5"),
        )
    assert broken.value.problems == (
        "Enter the figure to be reached.",
        "The figure should go down, so the change must be less than nought, for example -5.",
    )


def test_numbers_are_kept_exactly_as_given(app: Flask) -> None:
    indicator = an_indicator(unit="percent", baseline_value=Decimal("21.0650"), target_change_pct=Decimal("-6.0"))
    db.session.expire_all()
    found = db.session.query(Indicator).filter_by(ref=indicator.ref).one()
    assert (str(found.baseline_value), str(found.target_change_pct)) == ("21.0650", "-6.0")


def test_a_report_gives_one_reading_of_an_indicator(app: Flask) -> None:
    indicator = an_indicator(title="Visits")
    a_reading(indicator, "3", reported_in="RPT-26-00001")
    a_reading(indicator, "4", reported_in="RPT-26-00002")
    with pytest.raises(RuleBroken, match="RPT-26-00001 already has a reading of ‘Visits’"):
        a_reading(indicator, "5", reported_in="RPT-26-00001")
    assert db.session.query(Reading).count() == 2


def test_a_refused_reading_leaves_nothing_behind(sqlite_app: Flask) -> None:
    indicator = an_indicator(unit="percent")
    with pytest.raises(RuleBroken):
        a_reading(indicator, "101", period_start=date(2026, 1, 1), period_end=date(2025, 1, 1))
    assert db.session.query(Reading).count() == 0
