"""Applying, as a group does it: page by page, nothing lost, everything missing said at once with the way to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from grants.applications import commands, frozen, queries
from grants.applications.models import Application, State
from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Duty
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_funded_pot,
    a_place,
    a_round,
    a_submitted,
    priorities_of,
)
from tests.builders.people import a_group, a_partnership, a_person, an_organisation
from tests.client import Browser


def _signed_in(app: Flask, draft: Application) -> Browser:
    return Browser(app).sign_in(draft.started_by)


def _answers(draft: Application) -> dict[str, str]:
    return {answer.question: answer.text for answer in draft.answers}


def test_the_whole_way_from_the_list_to_the_receipt(sqlite_app: Flask) -> None:
    partnership = a_partnership()
    place = a_place("Brinnington", partnership=partnership)
    round = a_round(pot=a_funded_pot(partnership=partnership), title="Safer summers")
    _group, applicant, _certifier = a_group("Friends of the Park")
    priority = priorities_of(round)[0]
    chosen, at = priority.ref, place.ref
    browser = Browser(sqlite_app).sign_in(applicant)
    assert "has not started an application yet" in browser.visit("/applications").text

    browser.submit(f"/rounds/{round.ref}/apply", button="Start")
    ref = browser.at.rsplit("/", 1)[1]
    page = browser.visit(f"/applications/{ref}")
    assert page.all("strong", class_="govuk-tag") == ["Not started"] * 5
    assert "You have finished 0 of 5 parts" in page.text

    page = browser.submit(
        f"/applications/{ref}/place", title="Friday football", priority=chosen, locality=at, button="Save and continue"
    )
    assert (page.h1, page.caption) == ("What you will do", "Friday football")
    page = browser.fill(button="Save and continue", activity="We will play.", people="Forty children", kind="young-people")
    assert page.h1 == "Why it is needed"
    page = browser.fill(button="Save and continue", need="They asked.", fit="They will be busy.")
    assert page.h1 == "Running it well"
    page = browser.fill(button="Save and continue", safe="Two coaches.", worked="We will count.")
    assert page.h1 == "What it will cost"
    lines = {"costs-0-what": "Hall", "costs-0-amount": "£1,000", "costs-1-what": "Coach", "costs-1-amount": "200.50"}
    page = browser.fill(lines, button="Save and continue")
    assert page.h1 == "Check and send"
    assert "Before you can send it" not in page.text
    assert [row for table in page.tables() for row in table.rows] == [
        ["Hall", "£1,000.00"],
        ["Coach", "£200.50"],
        ["Total", "£1,200.50"],
    ]

    page = browser.fill(button="Send application", expect=422)
    assert page.problems == ["Confirm that what you have said is true and that your group has agreed to apply"]
    page = browser.fill(button="Send application", declared="y")
    assert page.h1 == "We have your application"
    assert ref in page.text

    page = browser.visit(f"/applications/{ref}")
    assert "We will play." in page.text
    assert browser.visit(f"/applications/{ref}/costs").h1 == "Friday football"
    assert browser.visit("/applications").tables()[0].rows[0][3] == "£1,200.50"
    sent = queries.mine(applicant, ref)
    assert sent.snapshot
    assert frozen.digest(sent.snapshot.content) == sent.snapshot.digest


def test_a_half_written_page_is_kept_and_found_again(sqlite_app: Flask) -> None:
    draft = a_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    page = browser.submit(f"/applications/{ref}/questions/project", button="Save and come back later", people="Forty")
    assert page.banners == [f"Saved at {clock.civil(draft.saved_at):%H:%M}."]
    assert f"Last saved {clock.civil(draft.saved_at):%H:%M}." in page.text
    assert page.all("strong", class_="govuk-tag") == ["Not started", "In progress", "Not started", "Not started", "Not started"]
    page = browser.visit(f"/applications/{ref}/questions/project")
    assert page.attributes("input", name="people")[0]["value"] == "Forty"


def test_an_answer_that_is_too_long_is_kept_said_and_shown_where_it_stands(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    long = "word " * 201
    page = browser.submit(f"/applications/{ref}/questions/need", button="Save and continue", need=long)
    sentence = "“How you know it is needed” is 1 word too long: use 200 words or fewer"
    assert page.h1 == "Running it well"
    assert page.banners == [f"Saved. {sentence} before you send."]
    page = browser.visit(f"/applications/{ref}/questions/need")
    assert page.all("p", class_="govuk-error-message") == [f"Error: {sentence}"]
    assert page.find("textarea", name="need")[0].text.split() == long.split()
    page = browser.visit(f"/applications/{ref}/check")
    assert page.link(sentence) == f"/applications/{ref}/questions/need#need"


def test_everything_missing_is_listed_with_the_way_to_it(sqlite_app: Flask) -> None:
    draft = a_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    page = browser.submit(f"/applications/{ref}/check", button="Send application", declared="y", expect=422)
    assert page.problems == ["10 things are missing or need changing: see below"]
    for sentence, address in (
        ("Enter a title for your project", "place#title"),
        ("Choose the priority your project helps with most", "place#priority"),
        ("Tell us what you will do", "questions/project#activity"),
        ("Choose which of these is closest to your project", "questions/project#kind"),
        ("Tell us how you will know it has worked", "questions/running#worked"),
        ("Add what the project will cost", "costs#costs-0-what"),
    ):
        assert page.link(sentence) == f"/applications/{ref}/{address}"
        path, field = address.split("#")
        assert browser.visit(f"/applications/{ref}/{path}").find("input", "select", "textarea", id=field)
    assert draft.state is State.DRAFT


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"costs-0-what": "Hall"}, ["Enter how much “Hall” costs"]),
        ({"costs-0-amount": "5"}, ["Say what the £5.00 is for"]),
        ({"costs-0-what": "Hall", "costs-0-amount": "five"}, ["The cost must be an amount of money, like 1,250 or 1250.50"]),
        ({"costs-0-what": "Hall", "costs-0-amount": "-5"}, ["The cost cannot be less than £0"]),
        ({"costs-0-what": "Hall", "costs-0-amount": "0"}, ["The cost must be £0.01 or more"]),
        ({"costs-0-what": "x" * 201, "costs-0-amount": "5"}, ["Use 200 characters or fewer"]),
        (
            {"costs-0-what": "Hall", "costs-1-amount": "1.005"},
            ["Enter how much “Hall” costs", "The cost must be in pounds and whole pence, like 1,250.50"],
        ),
    ],
)
def test_a_cost_line_that_cannot_be_read_is_said_and_kept_on_the_page(
    sqlite_app: Flask, typed: dict[str, str], problems: list[str]
) -> None:
    draft = a_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    page = browser.submit(f"/applications/{ref}/costs", typed, button="Save and continue", expect=422)
    assert page.problems == problems
    for name, value in typed.items():
        assert page.attributes("input", name=name)[0]["value"] == value
    assert list(draft.costs) == []


def test_lines_are_added_without_javascript_and_taken_away_by_emptying(sqlite_app: Flask) -> None:
    draft = a_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    lines: dict[str, str] = {}
    for n in range(3):
        lines |= {f"costs-{n}-what": f"Thing {n}", f"costs-{n}-amount": "100"}
    page = browser.submit(f"/applications/{ref}/costs", lines, button="Save and add more lines")
    assert len(page.attributes("input", inputmode="decimal")) == 6
    assert "Total so far: £300.00" in page.text
    assert "You ask for £300.00. The least you can ask for is £500.00." in page.text
    page = browser.fill({"costs-1-what": "", "costs-1-amount": "", "costs-3-what": "Tea", "costs-3-amount": "9.99"},
                        button="Save and come back later")  # fmt: skip
    assert [(cost.what, cost.amount) for cost in draft.costs] == [
        ("Thing 0", Money(10000)), ("Thing 2", Money(10000)), ("Tea", Money(999)),
    ]  # fmt: skip


def test_two_members_on_one_page_see_both_versions_and_nothing_is_lost(sqlite_app: Flask) -> None:
    draft = a_draft()
    ref = draft.ref
    first = _signed_in(sqlite_app, draft)
    second = Browser(sqlite_app).sign_in(a_person(Duty.CERTIFIER, organisation=draft.organisation))
    first.visit(f"/applications/{ref}/questions/need")
    second.submit(f"/applications/{ref}/questions/need", button="Save and continue", need="The second version")
    page = first.fill(button="Save and continue", need="The first version", expect=409)
    assert page.problems[0].startswith("Somebody else in your group saved this page while you were working on it.")
    assert [table.rows for table in page.tables()] == [
        [["How you know it is needed", "The first version", "The second version"]]
    ]
    assert page.find("textarea", name="need")[0].text == "The first version"
    assert _answers(draft) == {"need": "The second version"}
    first.fill(button="Save my version", need="Both versions")
    assert _answers(draft)["need"] == "Both versions"


def test_costs_and_the_title_too(sqlite_app: Flask) -> None:
    draft = a_draft()
    ref, by = draft.ref, draft.started_by
    browser = _signed_in(sqlite_app, draft)
    browser.visit(f"/applications/{ref}/costs")
    commands.save_costs(draft, lines=[("Hall", Money(60000))], edition=draft.edition, by=by)
    page = browser.fill({"costs-0-what": "Coach", "costs-0-amount": "700"}, button="Save and continue", expect=409)
    assert page.tables()[0].rows == [["Cost 1", "Coach: £700.00", "Hall: £600.00"], ["Total", "£700.00", "£600.00"]]
    browser.press("Save my version")
    assert [cost.what for cost in draft.costs] == ["Coach"]
    browser.visit(f"/applications/{ref}/place")
    commands.save_place(draft, title="Dance", priority=None, locality=None, edition=draft.edition, by=by)
    browser.fill(title="Football", button="Save and continue", expect=409)


def test_sending_what_another_member_changed_asks_to_read_it_again(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    browser.visit(f"/applications/{ref}/check")
    commands.save_answers(draft, answers={"people": "Forty-one"}, edition=draft.edition, by=draft.started_by)
    page = browser.fill(button="Send application", declared="y", expect=409)
    assert page.problems == ["Somebody else in your group changed it after you opened this page. Read it again, then send it."]
    assert "Forty-one" in page.text
    assert browser.fill(button="Send application", declared="y").h1 == "We have your application"


def test_pressing_send_twice_ends_in_the_same_place(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    ref, browser = draft.ref, _signed_in(sqlite_app, draft)
    page = browser.visit(f"/applications/{ref}/check")
    form = next(form for form in page.forms if form.action.endswith("/submit"))
    sent = form.fill(declared="y")
    for _twice in range(2):
        response = browser.client.post(f"/applications/{ref}/submit", data=sent)
        assert (response.status_code, response.location) == (302, f"/applications/{ref}/sent")


def test_a_page_saved_after_closing_is_refused_kindly_with_all_that_was_typed(sqlite_app: Flask) -> None:
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    ref, closes, browser = draft.ref, draft.round.closes_at, _signed_in(sqlite_app, draft)
    with clock.stopped(closes - timedelta(seconds=1)):
        browser.visit(f"/applications/{ref}/questions/need")
    with clock.stopped(closes):
        page = browser.fill(button="Save and continue", need="Typed too late", expect=422)
        assert page.problems[0].endswith("so it takes no more applications.")
        assert page.find("textarea", name="need")[0].text == "Typed too late"
        page = browser.visit(f"/applications/{ref}/questions/need")
        assert browser.at == f"/applications/{ref}"
        assert "It was not sent in time." in page.text
        page = browser.visit(f"/applications/{ref}/check")
        assert GOOD_ANSWERS["need"] in page.text
        assert [button.text for form in page.forms for button in form.buttons] == ["Search", "Sign out"]


def test_a_submission_one_second_before_closing_counts_by_the_servers_clock(sqlite_app: Flask) -> None:
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    late = a_complete_draft(round=draft.round)
    closes = draft.round.closes_at
    for one, at, expect in ((draft, closes - timedelta(seconds=1), 200), (late, closes, 422)):
        browser = _signed_in(sqlite_app, one)
        with clock.stopped(closes - timedelta(minutes=5)):
            browser.visit(f"/applications/{one.ref}/check")
        with clock.stopped(at):
            browser.fill(button="Send application", declared="y", expect=expect)
    assert [draft.state, late.state] == [State.SUBMITTED, State.DRAFT]


@pytest.mark.parametrize("path", ["", "/place", "/questions/need", "/costs", "/check", "/submit", "/sent", "/withdraw"])
def test_another_groups_application_is_not_found(sqlite_app: Flask, path: str) -> None:
    draft = a_complete_draft()
    _group, other, _certifier = a_group()
    for person in (other, a_person(Duty.GRANTS_OFFICER), a_person(Duty.ADMINISTRATOR)):
        browser = Browser(sqlite_app).sign_in(person)
        browser.visit(f"/applications/{draft.ref}{path}", expect=404)
    if path not in ("", "/check", "/sent"):
        assert browser.post(f"/applications/{draft.ref}{path}").status_code == 404


def test_a_section_that_does_not_exist_is_not_found(sqlite_app: Flask) -> None:
    draft = a_draft()
    _signed_in(sqlite_app, draft).visit(f"/applications/{draft.ref}/questions/nothing", expect=404)


def test_a_group_withdraws_and_starts_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    ref, browser = sent.ref, _signed_in(sqlite_app, sent)
    page = browser.submit(f"/applications/{ref}/withdraw", button="Withdraw application")
    assert page.banners == ["The application is withdrawn."]
    assert "Your group withdrew this application." in page.text
    assert GOOD_ANSWERS["activity"] in page.text
    browser.submit(f"/rounds/{sent.round.ref}/apply", button="Start")
    assert browser.at != f"/applications/{ref}"


# -- staff reading ----------------------------------------------------------------------------------------------------


def test_an_officer_reads_exactly_what_was_sent(sqlite_app: Flask) -> None:
    sent = a_submitted("700", "800")
    ref, partnership = sent.ref, sent.round.pot.stream.partnership
    browser = Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=partnership))
    page = browser.visit(f"/bids/{ref}")
    assert page.h1 == "Friday football"
    assert page.tables()[0].rows == [["Cost 1", "£700.00"], ["Cost 2", "£800.00"], ["Total", "£1,500.00"]]
    assert sent.snapshot
    assert sent.snapshot.digest in page.text
    for answer in ("We will run a free football session", "Activities for young people"):
        assert answer in page.text


@pytest.mark.parametrize(
    ("duty", "expect"), [(Duty.AUDITOR, 200), (Duty.PANEL_CHAIR, 200), (Duty.ASSESSOR, 404), (Duty.FINANCE_OFFICER, 404)]
)
def test_who_reads_a_bid(sqlite_app: Flask, duty: Duty, expect: int) -> None:
    sent = a_submitted()
    person = a_person(duty, partnership=sent.round.pot.stream.partnership)
    Browser(sqlite_app).sign_in(person).visit(f"/bids/{sent.ref}", expect=expect)
    elsewhere = a_person(duty, partnership=a_partnership())
    Browser(sqlite_app).sign_in(elsewhere).visit(f"/bids/{sent.ref}", expect=404)


def test_a_group_is_told_who_could_read_bids(sqlite_app: Flask) -> None:
    sent = a_submitted()
    page = _signed_in(sqlite_app, sent).visit(f"/bids/{sent.ref}", expect=403)
    assert "grants officer" in page.text


# -- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_however_much_is_on_them(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    group = an_organisation()
    by = a_person(Duty.APPLICANT, organisation=group)
    for n in range(1 if how_many == 1 else 3):
        draft = a_complete_draft(*["100"] * how_many, group=group, by=by, round=a_round() if n else None)
    ref = draft.ref
    browser = Browser(sqlite_app).sign_in(by)
    browser.visit("/applications")
    cost = {}
    for path in ("", "/place", "/questions/project", "/costs", "/check"):
        with statements() as made:
            browser.visit(f"/applications/{ref}{path}")
        cost[path] = len(made)
    with statements() as made:
        browser.visit("/applications")
    cost["list"] = len(made)
    # Who is asking and whether this is the demonstration: 2. The application with its answers, costs and reopenings: 4.
    # The rest is whether there are places, and what a page offers: the group's comments; the plan's priorities and the places;
    # the documents that are with it.
    assert cost == {"": 8, "/place": 9, "/questions/project": 8, "/costs": 8, "/check": 8, "list": 3}
