"""Protected commitments as pages: the list, what is entered, asked, resolved and offered, each with its effect first."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from grants.awards import queries as awards
from grants.awards import years
from grants.kernel import clock
from grants.people.models import Duty
from grants.streams import commands, passporting, queries
from grants.streams.models import Outcome
from tests.builders.passporting import P, a_finance, a_group_s_commitment, a_passported_award, an_officer, free, protected
from tests.builders.people import a_partnership, a_person
from tests.builders.strategy import a_priority, a_strategy
from tests.builders.streams import a_commitment, a_pot, a_stream
from tests.client import Browser

AFTER = datetime(2027, 4, 20, 10, tzinfo=UTC)


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


def rows(page, caption):
    return next((table.rows for table in page.tables() if table.caption == caption), [])


def test_the_real_commitments_are_listed_with_the_review_that_decides_them(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(a_person(Duty.AUDITOR))
    page = browser.visit("/commitments")
    assert [row[1:] for row in rows(page, "Decision needed")] == [
        ["SSCF-2005", "31 Mar 2006", "Second year of the SSCF due 1 Apr 2006", "SSCF-2006", "not stated", "Decision needed"]
    ] * 2
    assert [row[0].split(" Passported")[0] for row in rows(page, "Decision needed")] == [
        "Drug Action Team",
        "Rangers (patrol service)",
    ]
    others = {
        row[0]: (row[2], row[3], row[6]) for row in rows(page, "Fixed-term posts, continued projects and on-going services")
    }
    found = {
        name: said for key, said in others.items() for name in ("coordinator", "Raid Control", "Brinnington") if name in key
    }
    assert found["coordinator"] == ("31 Mar 2006", "SRB forward strategy due 31 Mar 2006", "Decision needed")
    assert found["Raid Control"] == ("31 Mar 2006", "Evaluation of the project", "Decision needed")
    assert found["Brinnington"] == ("no end stated", "not stated", "No end stated")

    page = browser.visit("/commitments?year=2006/07")
    assert [row[4] for row in rows(page, "Decision needed")] == ["SSCF-2006", "SSCF-2006"]
    page = browser.visit("/commitments/rangers_sscf_2005_06")
    assert "It neither ends nor renews by itself." in page.text


def test_an_estimate_shows_its_effect_and_then_protects(browser: Browser) -> None:
    pot = a_pot("10000")
    one = commands.passport(
        pot,
        recipient="Rangers",
        amount=None,
        protected_from=pot.starts_on,
        protected_until=pot.ends_on,
        approval_basis="Board",
        by=a_finance(pot),
    )
    browser.sign_in(a_finance(pot))
    assert "nothing else can be promised from it" in browser.visit(f"/commitments/{one.ref}").text
    assert "not known: the amount protected for Rangers is not stated" in browser.visit(f"/pots/{pot.ref}").text
    path = f"/commitments/{one.ref}/amount"
    page = browser.submit(path, how="estimate", amount="10000.01", because="Guess", expect=422)
    assert page.problems == [f"{pot.ref} has £10,000.00 free; this needs £10,000.01."]
    page = browser.submit(path, how="estimate", amount="2500", because="Last year and 3%")
    assert rows(page, "What this does") == [
        [f"Free in {pot.ref}", "£10,000.00", "£7,500.00"],
        ["Protected for Rangers", "–", "£2,500.00"],
    ]
    assert protected(one) == P(0)
    page = browser.press("Protect £2,500.00")
    assert page.banners == ["£2,500.00 is protected for Rangers."]
    assert (protected(one), free(pot)) == (P(2500), P(7500))
    assert rows(page, "Estimates")[0][1:] == ["£2,500.00", "Last year and 3%"]


def test_money_can_be_protected_before_its_amount_is_stated(browser: Browser) -> None:
    pot = a_pot("10000")
    browser.sign_in(a_finance(pot))
    path = f"/pots/{pot.ref}/protect"
    page = browser.submit(path, recipient="Patrols", expect=422)
    assert page.problems == [
        "Enter what approved it, for example a board's decision and its date, or why it was not competed for."
    ]
    page = browser.fill(exemption="Only they can do it", service="Night patrols")
    assert rows(page, "What this does")[1] == ["Protected for Patrols", "–", "not stated"]
    page = browser.press("Protect it, amount not stated")
    assert page.banners == ["It is protected; its amount is not stated."]
    [one] = queries.pot_page(a_person(Duty.AUDITOR), pot.ref).commitments
    assert (one.recipient, one.amount) == ("Patrols", None)


def test_a_cut_is_refused_until_the_group_was_asked_and_told_and_shows_what_it_does(browser: Browser) -> None:
    pot = a_pot("10000")
    one = a_group_s_commitment("4000", pot=pot)
    with clock.stopped(AFTER):
        a_pot("9000", year=2027, stream=pot.stream)
        browser.sign_in(an_officer(pot))
        path = f"/commitments/{one.ref}/review"
        typed = {
            "outcome": "taper",
            "amount": "3000",
            "resolution": "Board, minute 9",
            "resolved_on": date(2027, 1, 18),
            "reason": "Less to give",
            "notice_on": date(2027, 2, 20),
            "effective_on": date(2027, 5, 1),
        }
        page = browser.submit(path, typed, expect=422)
        assert page.problems == [
            "The group was told on 20 February 2027, so it can have less money from 20 May 2027 at the earliest.",
            (
                "Harbour Advice would have less money. Ask them first, and keep what they said in the consultation log: "
                "nothing in it is dated on or before the resolution."
            ),
        ]
        page = browser.submit(
            f"/commitments/{one.ref}/consult", held_on=date(2027, 1, 11), who="Trustees", how="A meeting", said="It is hard"
        )
        assert rows(page, "Consultation log") == [["11 January 2027", "Trustees A meeting", "It is hard", "–"]]
        page = browser.submit(path, typed | {"effective_on": date(2027, 5, 20)})
        assert rows(page, "What this does") == [
            ["Protected for Harbour Advice, this year", "£4,000.00", "£4,000.00"],
            ["Protected for Harbour Advice, 2027/28", "–", "£3,000.00"],
            [f"Free in {pot.stream.code}-2027", "£9,000.00", "£6,000.00"],
        ]
        page = browser.press("Record it")
        assert page.banners == ["The resolution is recorded."]
        assert "Three months run until 20 May 2027. Notice is running" in page.text
        assert "This has been decided: Board, minute 9." in browser.visit(path).text


def test_what_is_released_is_given_back_by_a_press(browser: Browser) -> None:
    pot = a_pot("1000")
    one = a_commitment("600", pot=pot)
    with clock.stopped(datetime(2027, 2, 1, 10, tzinfo=UTC)):
        passporting.record_review(
            one,
            outcome=Outcome.RELEASE,
            resolution="Board",
            resolved_on=date(2027, 1, 18),
            effective_on=date(2027, 4, 1),
            reason="Over",
            by=an_officer(pot),
        )
    with clock.stopped(AFTER):
        browser.sign_in(a_finance(pot))
        browser.visit(f"/commitments/{one.ref}")
        page = browser.press(f"Give back £600.00 to free money {one.ref}")
        assert page.banners == ["£600.00 is free again."]
        assert free(pot) == P(1000)


def test_a_commitment_is_offered_as_an_award_with_quarterly_payments_and_later_years(browser: Browser) -> None:
    pot = a_pot("10000")
    one = a_group_s_commitment("4000.01", pot=pot, service="Advice sessions")
    priority = a_priority(a_strategy(pot.stream.partnership))
    browser.sign_in(an_officer(pot))
    typed = {
        "ends_on": date(2027, 9, 30),
        "shares-0-priority": priority.ref,
        "shares-0-share": "100",
        "later-0-year": "2027/28",
        "later-0-amount": "3000",
    }
    page = browser.submit(f"/commitments/{one.ref}/offer", typed, button="See the payments")
    assert [row[1] for row in rows(page, "Payments")] == ["£1,000.01", "£1,000.00", "£1,000.00", "£1,000.00"]
    page = browser.press("Make the offer")
    assert page.banners == [f"Offer made. {one.organisation.name} has been told."]
    assert "Not from an open call: protected commitment" in page.text
    assert rows(page, "Later years")[0][:2] == ["2027/28", "£3,000.00 in 2027/28, if we get the funding"]
    [ref] = awards.of_commitment(one)
    browser = Browser(browser.app).sign_in(a_person(Duty.CERTIFIER, organisation=one.organisation))
    assert "£3,000.00 in 2027/28, if we get the funding" in browser.visit(f"/awards/{ref}").text
    assert "£3,000.00 in 2027/28, if we get the funding" in browser.visit(f"/awards/{ref}/accept").text


def test_a_later_year_is_protected_first_and_decided_with_its_payments(browser: Browser) -> None:
    pot = a_pot("10000")
    award = a_passported_award("4000", pot=pot, later_years=[(2027, P(3000))])
    both = a_person(Duty.FINANCE_OFFICER, Duty.GRANTS_OFFICER, partnership=pot.stream.partnership)
    browser.sign_in(both)
    assert "The pot for 2027/28 is not open yet." in browser.visit(f"/awards/{award.ref}/years/2027/protect").text
    after = a_pot("5000", year=2027, stream=pot.stream)
    page = browser.visit(f"/pots/{after.ref}")
    assert "First call: £3,000.00 is promised from this pot, subject to funding, and not protected yet." in page.text
    page = browser.submit(f"/awards/{award.ref}/years/2027/protect", button="See what this does")
    assert rows(page, "What this does")[0] == [f"Free in {after.ref}", "£5,000.00", "£2,000.00"]
    page = browser.press("Protect £3,000.00")
    assert page.banners == ["£3,000.00 is protected for 2027/28."]
    with clock.stopped(AFTER):
        browser.sign_in(both)
        page = browser.submit(
            f"/awards/{award.ref}/years/2027/decide",
            outcome="keep",
            resolution="Board, minute 9",
            resolved_on=date(2027, 1, 18),
            reason="It works",
            payments="3",
        )
        assert [row[1] for row in rows(page, "Payments")] == ["£1,000.00"] * 3
        page = browser.press("Record it")
    assert page.banners == ["The resolution for 2027/28 is recorded."]
    assert rows(page, "Later years")[0][1] == "£3,000.00 in 2027/28: confirmed"
    assert years.first_call(after) == []


def test_officers_are_told_three_months_before_it_ends(browser: Browser) -> None:
    pot = a_pot("10000")
    one = a_group_s_commitment("4000", pot=pot)
    officer = an_officer(pot)
    with clock.stopped(datetime(2026, 12, 30, 10, tzinfo=UTC)):
        assert "Re-consider" not in browser.sign_in(officer).visit("/home").text
    with clock.stopped(datetime(2026, 12, 31, 10, tzinfo=UTC)):
        page = browser.sign_in(officer).visit("/home")
    assert [link.text for link in page.links if link.href == f"/commitments/{one.ref}"] == [
        "Re-consider Harbour Advice: protected until 31 March 2027"
    ]


def test_another_partnership_s_commitments_are_not_there(browser: Browser) -> None:
    one = a_commitment()
    browser.sign_in(a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()))
    browser.visit(f"/commitments/{one.ref}", expect=404)
    assert one.recipient not in browser.visit("/commitments").text


@pytest.mark.parametrize("how_many", [1, 12])
def test_the_list_and_a_commitment_cost_the_same_however_many_there_are(browser: Browser, statements, how_many: int) -> None:
    pot = a_pot("100000", stream=a_stream())
    for _n in range(how_many):
        one = a_group_s_commitment("100", pot=pot)
        passporting.log_consultation(one, held_on=clock.today(), who="W", how="H", said="S", by=an_officer(pot))
    browser.sign_in(an_officer(pot))
    found = []
    for path in ("/commitments", f"/commitments/{one.ref}"):
        browser.visit(path)
        with statements() as made:
            browser.visit(path)
        found.append(len(made))
    assert found == [2 + 9, 2 + 11]
