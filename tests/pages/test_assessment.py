"""Scoring as an officer and an assessor meet it, on pages without JavaScript."""

from __future__ import annotations

import pytest

from grants.assessment.models import Interest
from grants.people.models import Duty
from tests.builders.awards import a_round_of_bids, assigned, scored, somebody
from tests.builders.people import a_partnership, a_person
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app) -> Browser:
    return Browser(sqlite_app)


def test_an_officer_gives_a_bid_out_from_the_board(browser):
    _round, [bid] = a_round_of_bids("4000")
    asha = somebody(bid.round, Duty.ASSESSOR, name="Asha")
    browser.sign_in(somebody(bid.round, Duty.GRANTS_OFFICER))

    assert "Project 1" in browser.visit("/assessments").text
    page = browser.submit(f"/assessments/bids/{bid.ref}", expect=422)
    assert page.problems == ["Choose an assessor"]
    page = browser.submit(f"/assessments/bids/{bid.ref}", assessor=asha.ref)
    assert page.banners == ["Asha has the bid to score."]
    assert page.tables()[0].rows == [["Asha", "Interest not declared"]]


def test_the_assessor_is_shown_title_and_group_and_nothing_more_until_they_declare(browser):
    _round, [bid] = a_round_of_bids("4321")
    mine = assigned(bid, interest=None)
    browser.sign_in(mine.assessor)

    page = browser.visit(f"/assessments/{mine.ref}")
    assert page.h1 == "Before you see this bid"
    assert page.all("dd") == ["Project 1", bid.organisation.name]
    assert "4,321" not in page.text
    assert browser.fill(expect=422).problems == ["Say whether you have a conflict of interest"]
    page = browser.fill(interest=Interest.NONE.value)
    assert page.h1 == "Score “Project 1”"
    assert "£4,321.00" in page.text and "Friday" in page.text


def test_with_a_conflict_of_interest_the_bid_stays_shut_in_words(browser):
    _round, [bid] = a_round_of_bids("4321")
    mine = assigned(bid, interest=None)
    browser.sign_in(mine.assessor)

    page = browser.submit(f"/assessments/{mine.ref}/interest", interest=Interest.CONFLICT.value, expect=422)
    assert page.problems == ["Say what the conflict of interest is, in a few words."]
    page = browser.fill(interest=Interest.CONFLICT.value, reason="My sister runs it")
    assert page.h1 == "Scoring" and page.links and all(mine.ref not in link.href for link in page.links)

    page = browser.visit(f"/assessments/{mine.ref}", expect=403)
    assert "You declared a conflict of interest in this bid, so you neither see nor score it." in page.text
    assert "4,321" not in page.text


def test_scores_are_saved_part_way_and_submitted_whole(browser):
    round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    first, *rest = round.criteria
    browser.sign_in(mine.assessor)

    page = browser.submit(f"/assessments/{mine.ref}", button="Save and come back later", points_1="4", reason_2="Half a reason")
    assert page.banners == ["Saved. Come back when you like: nobody sees your scores before you submit them."]

    page = browser.submit(f"/assessments/{mine.ref}", button="Submit scores", expect=422)
    assert page.problems[:2] == [f"{first.name}: write the reason for your score", f"{rest[0].name}: give a score"]
    assert len(page.problems) == 2 * len(round.criteria) - 2
    assert page.title.startswith("Error: ")

    whole = {f"points_{c.position}": "3" for c in round.criteria} | {f"reason_{c.position}": "Sound" for c in round.criteria}
    page = browser.fill(whole, button="Submit scores")
    assert page.banners == ["Scores submitted. They no longer change."]
    page = browser.visit(f"/assessments/{mine.ref}")
    assert page.h1 == "Your scores for “Project 1”" and "3 out of 5" in page.text


def test_two_windows_show_both_versions(browser):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    browser.sign_in(mine.assessor)
    other = Browser(browser.app).sign_in(mine.assessor)
    for one in (browser, other):
        one.visit(f"/assessments/{mine.ref}")

    browser.fill(button="Save and come back later", reason_1="First window")
    page = other.fill(button="Save and come back later", reason_1="Second window", expect=409)

    assert "First window" in page.text and "Second window" in page.text


def test_another_s_assessment_is_not_found(browser):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)

    for who in (
        somebody(bid.round, Duty.ASSESSOR),
        somebody(bid.round, Duty.GRANTS_OFFICER),
        a_person(Duty.ASSESSOR, partnership=a_partnership()),
    ):
        Browser(browser.app).sign_in(who).visit(f"/assessments/{mine.ref}", expect=404)
    Browser(browser.app).sign_in(bid.started_by).visit(f"/assessments/{mine.ref}", expect=403)


def test_the_officer_s_pages_never_show_what_was_given(browser):
    _round, [bid] = a_round_of_bids("4000")
    scored(bid, [5], [1])
    browser.sign_in(somebody(bid.round, Duty.GRANTS_OFFICER))

    for path in ("/assessments", f"/assessments/bids/{bid.ref}"):
        page = browser.visit(path)
        assert "scores submitted" in page.text.lower() and "Because of" not in page.text


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_board_costs_the_same_however_long(browser, statements, how_many):
    round, bids = a_round_of_bids(*["1000"] * how_many)
    for bid in bids:
        scored(bid)
    browser.sign_in(somebody(round, Duty.GRANTS_OFFICER))
    browser.visit("/assessments")
    with statements() as made:
        browser.visit("/assessments")
    assert len(made) == BOARD, made


BOARD = 5  # who, the bids, their assessments, the demonstration mark
