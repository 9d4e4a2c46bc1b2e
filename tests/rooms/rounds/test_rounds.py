"""Rounds: planned soundly, opened within what is free, taking applications to the very second, closed after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.rounds import commands, queries, rules
from grants.rounds.models import State
from grants.rounds.rules import STANDARD, Weighed
from grants.strategy import commands as strategies
from tests.builders.applications import a_funded_pot, a_plan, a_planned_round, a_round, closed, officer_of
from tests.builders.funds import a_ward_fund
from tests.builders.people import a_partnership, a_person

POUNDS = Money.pounds


def test_the_standard_criteria_weigh_a_hundred() -> None:
    assert sum(one.weight for one in STANDARD) == 100
    assert list(rules.unweighed(STANDARD)) == []


def test_a_planned_round_has_its_criteria_in_order(app: Flask) -> None:
    round = a_planned_round()
    assert round.state is State.PLANNED
    assert [(one.position, one.name, one.weight, one.most) for one in round.criteria] == [
        (1, "The need for it", 30, 5),
        (2, "The difference it will make", 30, 5),
        (3, "A sound and safe plan", 20, 5),
        (4, "Value for money", 20, 5),
    ]
    with pytest.raises(NotFound):
        queries.public(round.ref)


@pytest.mark.parametrize(
    ("facts", "sentences"),
    [
        ({"title": " "}, ["Enter a title for the round."]),
        ({"purpose": ""}, ["Enter what the money is for."]),
        ({"smallest": "0"}, ["The least a group may ask for must be more than £0.00."]),
        (
            {"smallest": "600", "largest": "500"},
            ["The most a group may ask for (£500.00) is below the least (£600.00)."],
        ),
        (
            {"closes_at": datetime(2020, 1, 1, 9, tzinfo=UTC), "opens_at": datetime(2020, 1, 1, 9, tzinfo=UTC)},
            ["The round must close after it opens."],
        ),
        (
            {
                "project_ends_on": date(2027, 1, 1),
                "project_starts_on": date(2027, 1, 2),
                "closes_at": datetime(2026, 12, 1, 12, tzinfo=UTC),
            },
            ["Projects must end after they start."],
        ),
        (
            {"project_starts_on": date(2020, 1, 1)},
            ["Projects must start after the round closes: no group knows before then whether it has the money."],
        ),
        ({"assessors": 0}, ["Between 1 and 5 people must score each application."]),
        ({"criteria": []}, ["Give the round at least one criterion to score by."]),
        (
            {"criteria": [Weighed("Need", "", 60), Weighed("Value", "", 30)]},
            ["The weights must add up to 100. These add up to 90."],
        ),
        (
            {"criteria": [Weighed("Need", "", 100), Weighed("Value", "", 0)]},
            ["“Value” must have a weight and a highest score above nought."],
        ),
    ],
)
def test_an_unsound_round_is_refused_in_a_sentence(sqlite_app: Flask, facts: dict[str, Any], sentences: list[str]) -> None:
    with clock.stopped(datetime(2026, 6, 1, tzinfo=UTC)), pytest.raises(RuleBroken) as refusal:
        a_planned_round(**({"opens_at": datetime(2019, 1, 1, tzinfo=UTC)} | facts))
    assert list(refusal.value.problems) == sentences


def test_everything_wrong_with_a_round_is_said_at_once(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken) as refusal:
        a_planned_round(title="", purpose="", assessors=9)
    assert len(refusal.value.problems) == 3


def test_a_plan_without_priorities_cannot_be_chosen(sqlite_app: Flask) -> None:
    officer = a_person(Duty.GRANTS_OFFICER)
    bare = strategies.add_strategy(name="Bare plan", by=officer)
    with pytest.raises(RuleBroken) as refusal:
        a_planned_round(strategy=bare)
    assert list(refusal.value.problems) == ["“Bare plan” has no priorities to choose from. Choose another plan."]


def test_opening_a_round_holds_its_money(app: Flask) -> None:
    round = a_planned_round(allocation="50000")
    officer = officer_of(round)
    commands.open_round(round, hold=POUNDS(20000), by=officer)
    assert round.state is State.OPEN
    assert queries.held(round) == POUNDS(20000)
    assert queries.free(round.pot) == POUNDS(30000)
    said = history(round.ref)[0]
    assert said.sentence == f"Opened the round, holding £20,000.00 from {round.pot.ref}"


def test_a_round_cannot_hold_more_than_is_free_and_is_told_what_is(app: Flask) -> None:
    pot = a_funded_pot("1000")
    a_round(pot=pot, hold="700", largest="700")
    second = a_planned_round(pot=pot)
    with pytest.raises(RuleBroken) as refusal:
        commands.open_round(second, hold=POUNDS("500"), by=officer_of(second))
    assert list(refusal.value.problems) == [f"{pot.ref} has £300.00 free, so £500.00 cannot be held. Hold £300.00 or less."]
    db.session.expire_all()
    assert second.state is State.PLANNED
    assert (queries.held(second), queries.free(pot)) == (Money(0), POUNDS(300))


def test_a_round_holds_at_least_what_a_group_may_ask(sqlite_app: Flask) -> None:
    round = a_planned_round(smallest="500")
    with pytest.raises(RuleBroken) as refusal:
        commands.open_round(round, hold=POUNDS("499.99"), by=officer_of(round))
    assert list(refusal.value.problems) == ["Hold at least £500.00: that is the least a group may ask for."]


def test_nothing_is_held_from_an_allocation_that_is_not_stated(sqlite_app: Flask) -> None:
    round = a_planned_round(pot=a_funded_pot(None))
    with pytest.raises(RuleBroken) as refusal:
        commands.open_round(round, hold=POUNDS(500), by=officer_of(round))
    assert list(refusal.value.problems) == [
        f"The allocation of {round.pot.ref} is not stated, so nothing can be taken from it."
    ]


def test_a_round_is_opened_once(sqlite_app: Flask) -> None:
    round = a_round()
    with pytest.raises(RuleBroken):
        commands.open_round(round, hold=POUNDS(500), by=officer_of(round))
    assert queries.held(round) == POUNDS(20000)


def test_the_same_button_pressed_twice_opens_once(app: Flask) -> None:
    round = a_planned_round()
    officer = officer_of(round)
    once = {"key": "one form"}
    first = commands.open_round(round, hold=POUNDS(500), by=officer, **once)  # type: ignore[arg-type]
    second = commands.open_round(round, hold=POUNDS(500), by=officer, **once)  # type: ignore[arg-type]
    assert first is second
    assert queries.held(round) == POUNDS(500)


@pytest.mark.parametrize("duty", [Duty.FINANCE_OFFICER, Duty.PANEL_CHAIR, Duty.ASSESSOR, Duty.AUDITOR, Duty.ADMINISTRATOR])
def test_only_a_grants_officer_opens_rounds(sqlite_app: Flask, duty: Duty) -> None:
    round = a_planned_round()
    with pytest.raises(Refused) as refusal:
        commands.open_round(round, hold=POUNDS(500), by=a_person(duty, partnership=round.pot.stream.partnership))
    assert [objection.could for objection in refusal.value.objections] == ["a grants officer"]


def test_an_officer_elsewhere_or_of_another_stream_cannot(sqlite_app: Flask) -> None:
    round = a_planned_round()
    elsewhere = a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    other = a_person(Duty.GRANTS_OFFICER, partnership=round.pot.stream.partnership, streams=["another"])
    for by in (elsewhere, other):
        with pytest.raises(Refused):
            commands.open_round(round, hold=POUNDS(500), by=by)
        with pytest.raises(NotFound):
            queries.of_staff(by, round.ref)
        assert list(queries.rounds(by)) == []


def test_a_round_takes_applications_to_the_last_second(app: Flask) -> None:
    round = a_round()
    for at, expected in (
        (round.opens_at - timedelta(microseconds=1), False),
        (round.opens_at, True),
        (round.closes_at - timedelta(microseconds=1), True),
        (round.closes_at, False),
    ):
        assert rules.taking(round, at) is expected
    assert not rules.taking(a_planned_round())


def test_a_round_is_closed_after_its_time_and_not_before(app: Flask) -> None:
    round = a_round(closes_at=clock.deadline(clock.today() + timedelta(days=3), time(12, 0)))
    officer = officer_of(round)
    with pytest.raises(RuleBroken) as refusal:
        commands.close_round(round, by=officer)
    assert list(refusal.value.problems) == [
        f"This round takes applications until {rules.in_words(round.closes_at)}. Close it after that."
    ]
    with clock.stopped(round.closes_at):
        commands.close_round(round, drafts=3, by=officer)
    assert round.state is State.ASSESSING
    assert history(round.ref)[0].sentence == "Closed the round to applications; 3 drafts were not sent"


def test_a_deadline_reads_as_a_clock_on_the_wall() -> None:
    words = [rules.in_words(datetime(2026, 12, 18, h, m, tzinfo=UTC)) for h, m in ((12, 0), (0, 0), (17, 30), (9, 0), (23, 59))]
    assert words == [
        "18 December 2026 at midday", "18 December 2026 at midnight", "18 December 2026 at 5:30pm", "18 December 2026 at 9am",
        "18 December 2026 at 11:59pm",
    ]  # fmt: skip
    assert rules.in_words(datetime(2026, 7, 1, 11, 0, tzinfo=UTC)) == "1 July 2026 at midday"


def test_the_days_left_are_counted_on_londons_calendar(sqlite_app: Flask) -> None:
    with clock.stopped(datetime(2026, 6, 1, 9, tzinfo=UTC)):
        round = a_round(closes_at=datetime(2026, 6, 13, 22, 59, tzinfo=UTC))
    for now, words in (
        (datetime(2026, 6, 1, 9, tzinfo=UTC), "closes in 12 days"),
        (datetime(2026, 6, 11, 23, 30, tzinfo=UTC), "closes tomorrow"),  # already the 12th in London
        (datetime(2026, 6, 12, 22, 30, tzinfo=UTC), "closes tomorrow"),
        (datetime(2026, 6, 12, 23, 30, tzinfo=UTC), "closes today"),
    ):
        with clock.stopped(now):
            assert rules.left_in_words(round) == words


def test_the_public_sees_rounds_that_take_applications_and_those_to_come(app: Flask) -> None:
    now = clock.now()
    a_planned_round()
    later = a_round(closes_at=now + timedelta(days=5))
    sooner = a_round(closes_at=now + timedelta(days=2))
    to_come = a_round(opens_at=now + timedelta(days=1))
    closed(a_round(closes_at=now + timedelta(hours=1)))
    assert [one.ref for one in queries.open_rounds()] == [sooner.ref, later.ref]
    assert [one.ref for one in queries.coming()] == [to_come.ref]
    assert queries.public(to_come.ref).title == to_come.title


def test_what_waits_on_an_officer(app: Flask) -> None:
    partnership = a_partnership()
    officer = a_person(Duty.GRANTS_OFFICER, partnership=partnership)
    pot = a_funded_pot(partnership=partnership)
    to_open = a_planned_round(pot=pot, title="To open")
    to_close = a_round(pot=pot, title="To close", closes_at=clock.now() + timedelta(hours=1))
    with clock.stopped(to_close.closes_at):
        waiting = queries.waiting(officer)
        assert queries.waiting(a_person(Duty.FINANCE_OFFICER, partnership=partnership)) == []
    assert sorted((one.ref, one.what) for one in waiting) == [
        (to_open.ref, "Open “To open”: its opening time has come"),
        (to_close.ref, "Close “To close”: its closing time has passed"),
    ]


def test_priorities_are_offered_in_the_plans_order_without_its_actions(app: Flask) -> None:
    plan = a_plan("First")
    officer = a_person(Duty.GRANTS_OFFICER)
    parent = strategies.add_priority(plan, title="Second", level="theme", by=officer)
    strategies.add_priority(plan, title="Under second", parent=parent, by=officer)
    strategies.add_priority(plan, title="Do this", level="action", parent=parent, by=officer)
    assert sorted((one.title, one.depth) for one in queries.priorities(plan)) == [
        ("First", 0),
        ("Second", 0),
        ("Under second", 1),
    ]


@pytest.mark.parametrize("how_many", [1, 4])
def test_lists_cost_the_same_however_many_rounds(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    partnership = a_partnership()
    pot = a_funded_pot(partnership=partnership)
    plan = a_plan(partnership=partnership)
    for _n in range(how_many):
        a_round(pot=pot, strategy=plan, hold="600")
    officer = a_person(Duty.GRANTS_OFFICER, partnership=partnership)
    assert officer.holdings
    with statements() as made:
        assert len(queries.open_rounds()) == how_many
        found = queries.rounds(officer)
    assert [one.held for one in found] == [POUNDS(600)] * how_many
    assert len(made) == 2
    with statements() as made:
        assert queries.of_staff(officer, found[0].ref).criteria
    assert len(made) == 3  # the round, its criteria, its parts


def test_the_list_counts_what_the_parts_of_a_round_hold(app: Flask) -> None:
    round = a_ward_fund()
    [row] = queries.rounds(officer_of(round))
    assert (row.ref, row.held) == (round.ref, queries.held(round)) and row.held == Money.pounds("63000")
