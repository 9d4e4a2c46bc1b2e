"""Rounds as officers run them: planned on one form, opened after seeing what it does, closed after its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.people.models import Duty, Person
from grants.questions.document import bank, standard
from grants.questions.models import QuestionSet
from grants.rounds import queries
from grants.rounds.models import Round, State
from grants.streams.models import Pot
from grants.web.staff.round_forms import read_time
from tests.builders.applications import (
    a_complete_draft,
    a_draft,
    a_funded_pot,
    a_plan,
    a_planned_round,
    a_question_set,
    a_round,
    a_submitted,
    officer_of,
)
from tests.builders.awards import a_decision
from tests.builders.lines import a_line
from tests.builders.people import a_partnership, a_person
from tests.client import Browser

JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)
CLOCKS = "The clocks change in that hour. Choose a time before 1am or after 2am."


@pytest.fixture
def june() -> Iterator[None]:
    with clock.stopped(JUNE):
        yield


def _ground(allocation: str = "50000") -> tuple[Pot, Person, dict[str, Any]]:
    """A pot, its officer, and everything typed for a round."""
    partnership = a_partnership()
    pot = a_funded_pot(allocation, partnership=partnership)
    plan = a_plan(partnership=partnership)
    typed = {
        "pot": pot.ref,
        "title": "Safer summers",
        "purpose": "For small projects.",
        "strategy": plan.ref,
        "smallest": "500",
        "largest": "£5,000",
        "opens_on": date(2026, 6, 2),
        "opens_time": "9am",
        "closes_on": date(2026, 7, 3),
        "closes_time": "midday",
        "project_starts_on": date(2026, 9, 1),
        "project_ends_on": date(2027, 3, 31),
    }
    return pot, a_person(Duty.GRANTS_OFFICER, partnership=partnership), typed


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("midday", time(12)), ("12 noon", time(12)), ("12pm", time(12)), ("12:00", time(12)), ("9am", time(9)),
        ("9.30 a.m.", time(9, 30)),
        ("5:30pm", time(17, 30)), ("23:59", time(23, 59)), ("midnight", time(0)), ("12am", time(0)), ("09:05", time(9, 5)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(typed: str, read: time) -> None:
    assert read_time(typed) == read


@pytest.mark.parametrize("typed", ["", "9", "25:00", "13pm", "0am", "12:60", "noonish", "9:5"])
def test_a_time_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="Enter a time like 9am, 5:30pm, midday or 23:59"):
        read_time(typed)


def test_an_officer_plans_opens_and_closes_a_round(sqlite_app: Flask, june: None) -> None:
    pot, officer, typed = _ground()
    browser = Browser(sqlite_app).sign_in(officer)
    page = browser.submit("/funding-rounds/new", typed, button="Plan the round")
    assert page.h1 == "Safer summers"
    assert page.banners == ["The round is planned. Nobody outside sees it until you announce it or open it."]
    round = db.session.scalars(select(Round)).one()
    ref = round.ref
    assert (round.opens_at, round.closes_at) == (datetime(2026, 6, 2, 8, tzinfo=UTC), datetime(2026, 7, 3, 11, tzinfo=UTC))
    assert [one.weight for one in round.criteria] == [30, 30, 20, 20]
    assert db.session.scalars(select(QuestionSet)).one().title == "Standard questions"

    page = browser.visit(f"/funding-rounds/{ref}/open")
    assert f"{pot.ref} has £50,000.00 free." in page.text
    page = browser.fill(hold="20,000")
    assert page.h1 == "Check before you open it"
    assert page.tables()[0].rows == [
        ["Free now", "£50,000.00"],
        ["Held for this round", "£20,000.00"],
        ["Free afterwards", "£30,000.00"],
    ]
    assert round.state is State.PLANNED
    page = browser.press("Hold £20,000.00 and open")
    assert page.banners == ["The round is open. £20,000.00 is held for it."]
    assert (round.state, queries.held(round), queries.free(pot)) == (State.OPEN, Money(2_000_000), Money(3_000_000))
    assert browser.visit("/funding-rounds").tables()[0].rows[0][-1] == "£20,000.00"

    with clock.stopped(datetime(2026, 6, 20, tzinfo=UTC)):
        browser.sign_in(officer)
        page = browser.visit(f"/funding-rounds/{ref}/close")
        assert "This round takes applications until 3 July 2026 at midday. Close it after that." in page.text
        a_submitted(round=round)
        a_draft(round=round)
    with clock.stopped(datetime(2026, 7, 3, 11, tzinfo=UTC)):
        browser.sign_in(officer)
        page = browser.submit(f"/funding-rounds/{ref}/close", button="Close the round")
        assert page.banners == ["The round is closed. 1 application to score; 1 draft was not sent."]
        assert round.state is State.ASSESSING


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"title": ""}, ["Enter a title"]),
        ({"closes_time": "teatime"}, ["Enter a time like 9am, 5:30pm, midday or 23:59"]),
        ({"closes_on": date(2026, 10, 25), "closes_time": "01:30"}, [CLOCKS]),
        ({"closes_on": date(2027, 3, 28), "closes_time": "1:30am"}, [CLOCKS]),
        ({"closes_on": date(2026, 6, 1)}, ["The round must close after it opens."]),
        ({"largest": "400"}, ["The most a group may ask for (£400.00) is below the least (£500.00)."]),
        ({"smallest": "", "pot": ""}, ["Choose which money it is from", "Enter the least"]),
    ],
)  # fmt: skip
def test_a_round_planned_wrongly_is_refused_in_a_sentence_with_all_that_was_typed(
    sqlite_app: Flask, june: None, change: dict[str, Any], problems: list[str]
) -> None:
    _pot, officer, typed = _ground()
    browser = Browser(sqlite_app).sign_in(officer)
    page = browser.submit("/funding-rounds/new", typed | change, button="Plan the round", expect=422)
    assert page.problems == problems
    assert page.attributes("input", name="project_ends_on-year")[0]["value"] == "2027"
    assert db.session.scalars(select(Round)).all() == []


def test_pressing_plan_twice_plans_one(sqlite_app: Flask, june: None) -> None:
    _pot, officer, typed = _ground()
    browser = Browser(sqlite_app).sign_in(officer)
    page = browser.visit("/funding-rounds/new")
    form = next(form for form in page.forms if "title" in form.names)
    dates = {name: value for name, value in typed.items() if isinstance(value, date)}
    parts = {f"{n}-{part}": str(getattr(v, part)) for n, v in dates.items() for part in ("day", "month", "year")}
    sent = form.fill(**{name: value for name, value in typed.items() if name not in dates}, **parts)
    places = {browser.client.post("/funding-rounds/new", data=sent).location for _twice in range(2)}
    assert len(places) == 1
    assert len(db.session.scalars(select(Round)).all()) == 1


def test_more_than_is_free_is_refused_saying_what_is(sqlite_app: Flask) -> None:
    round = a_planned_round(allocation="1000", largest="900")
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    page = browser.submit(f"/funding-rounds/{round.ref}/open", hold="1000.01", expect=422)
    assert page.problems == [f"{round.pot.ref} has £1,000.00 free, so £1,000.01 cannot be held. Hold £1,000.00 or less."]
    assert page.attributes("input", name="hold")[0]["value"] == "1000.01"


@pytest.mark.parametrize(
    ("duty", "expect"), [(Duty.AUDITOR, 200), (Duty.FINANCE_OFFICER, 200), (Duty.ASSESSOR, 200), (Duty.GRANTS_OFFICER, 200)]
)
def test_staff_of_the_partnership_see_its_rounds_and_only_officers_change_them(
    sqlite_app: Flask, duty: Duty, expect: int
) -> None:
    round = a_planned_round()
    ref, here = round.ref, a_person(duty, partnership=round.pot.stream.partnership)
    browser = Browser(sqlite_app).sign_in(here)
    browser.visit(f"/funding-rounds/{ref}", expect=expect)
    officer = duty is Duty.GRANTS_OFFICER
    assert ("Hold the money and open" in browser.page.text) is officer  # type: ignore[union-attr]
    browser.visit("/funding-rounds/new", expect=200 if officer else 403)
    page = browser.visit(f"/funding-rounds/{ref}/open")
    browser.fill(hold="500")
    form = next(form for form in (browser.page or page).forms if any(b.name == "then" for b in form.buttons))
    answer = browser.client.post(f"/funding-rounds/{ref}/open", data=form.fill() | {"then": ["open"]})
    assert answer.status_code == (302 if officer else 403)
    elsewhere = Browser(sqlite_app).sign_in(a_person(duty, partnership=a_partnership()))
    for path in ("", "/open", "/close"):
        elsewhere.visit(f"/funding-rounds/{ref}{path}", expect=404)


def test_an_assessor_sees_the_round_but_not_the_bids(sqlite_app: Flask) -> None:
    sent = a_submitted()
    round, partnership = sent.round, sent.round.pot.stream.partnership
    page = Browser(sqlite_app).sign_in(a_person(Duty.ASSESSOR, partnership=partnership)).visit(f"/funding-rounds/{round.ref}")
    assert sent.ref not in page.text
    page = (
        Browser(sqlite_app).sign_in(a_person(Duty.PANEL_MEMBER, partnership=partnership)).visit(f"/funding-rounds/{round.ref}")
    )
    assert page.link("Friday football") == f"/bids/{sent.ref}"


def test_the_issue_stands_beside_the_priority_where_the_round_asks_it(sqlite_app: Flask) -> None:
    document = standard()
    document["sections"][0]["questions"].append(bank()[1].model_dump(mode="json"))
    sent = a_submitted(round=a_round(question_set=a_question_set(document)), answers={"issue": "places"})
    table = Browser(sqlite_app).sign_in(officer_of(sent.round)).visit(f"/funding-rounds/{sent.round.ref}").tables()[0]
    assert table.rows[0][3] == "Streets, parks and places that feel unsafe"


@pytest.mark.parametrize("how_many", [1, 30])
def test_staff_pages_cost_the_same_however_many_bids(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    round = a_round(closes_at=clock.now() + timedelta(days=1))
    for n in range(1 if how_many == 1 else 4):
        a_submitted(*["600"] if how_many == 1 else ["50"] * 30, round=round, title=f"Project {n}")
    a_complete_draft(round=round)
    officer = officer_of(round)
    browser, ref = Browser(sqlite_app).sign_in(officer), round.ref
    browser.visit("/funding-rounds")
    with statements() as made:
        browser.visit("/funding-rounds")
    index = len(made)
    with statements() as made:
        page = browser.visit(f"/funding-rounds/{ref}")
    assert len(page.tables()[0].rows) == (2 if how_many == 1 else 5)
    # Who is asking and the demonstration's mark: 2. The list: 1. The round and its criteria, held, counts, bids, permits: 6.
    assert (index, len(made)) == (3, 9)


def test_a_decided_round_gives_back_what_it_has_not_promised_and_no_more(sqlite_app: Flask) -> None:
    decision = a_decision(pot=a_funded_pot("50000"))
    round, ref = decision.panel.round, decision.panel.round.ref
    held, pot = queries.held(round), round.pot.ref
    officer = Browser(sqlite_app).sign_in(officer_of(round))
    assert "Give back held money" in officer.visit(f"/funding-rounds/{ref}").text

    page = officer.submit(f"/funding-rounds/{ref}/give-back", {"amount": str(held)}, expect=422)
    left = held - decision.amount
    assert page.problems == [f"This round holds {held} and has promised {decision.amount} of it, so it can give back {left}."]
    page = officer.submit(f"/funding-rounds/{ref}/give-back", {"amount": str(left)})
    assert "Nothing is done yet" in page.text
    page = officer.press("Give back")
    assert f"The round gave back {left}." in page.text
    db.session.rollback()
    assert ledger.owned(ref) == {(pot, Bucket.RESERVED): decision.amount}


def test_a_round_is_planned_on_a_line_and_holds_its_money(sqlite_app: Flask) -> None:
    pot = a_funded_pot("50000")
    line = a_line(pot, "8000", name="Brinnington")
    planned = a_planned_round(pot=pot, line=line)
    page = Browser(sqlite_app).sign_in(officer_of(planned)).visit(f"/funding-rounds/{planned.ref}/open")
    assert "Brinnington has £8,000.00 free." in page.text
    choices = [(one.ref, one.line) for one in queries.pots(officer_of(planned))]
    assert choices == [(pot.ref, None), (line.ref, "Brinnington")]
