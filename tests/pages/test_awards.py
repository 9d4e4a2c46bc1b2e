"""An award from the officer's offer to the group's answer, as pages."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest

from grants.awards import queries
from grants.awards.models import State, YearState
from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.rounds.queries import held
from grants.rounds.terms import Helps, Payments, Terms, Tier
from tests.builders.applications import priorities_of
from tests.builders.awards import a_decision, an_award, an_indicator, an_offer, signatory_of, somebody
from tests.builders.people import a_partnership, a_person
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app) -> Browser:
    return Browser(sqlite_app)


def test_an_offer_may_name_later_years_subject_to_funding(browser):
    decision = a_decision("4000.01")
    officer = somebody(decision.panel.round, Duty.GRANTS_OFFICER)
    year = clock.financial_year(decision.panel.round.project_starts_on) + 1
    typed = {"later-0-year": clock.year_label(year)}
    path = f"/awards/offer/{decision.ref}"
    page = browser.sign_in(officer).submit(path, typed, button="Make the offer", expect=422)
    assert page.problems == ["Enter both the year and the amount, or neither"]

    page = browser.fill({"later-0-amount": "3500"}, button="Make the offer")

    award = queries.of_application(decision.application)
    assert [(y.year, y.amount, y.state) for y in award.later_years] == [
        (year, Money.pounds(3500), YearState.SUBJECT_TO_FUNDING)
    ]
    assert [row[:2] for row in page.tables() if row.caption == "Later years" for row in row.rows] == [
        [clock.year_label(year), f"£3,500.00 in {clock.year_label(year)}, if we get the funding"]
    ]


def test_an_officer_offers_what_the_panel_gave_with_little_to_type(browser):
    decision = a_decision("4000.01")
    round = decision.panel.round
    indicator = an_indicator(round)
    browser.sign_in(somebody(round, Duty.GRANTS_OFFICER))

    assert "Project 1" in browser.visit("/awards").text
    page = browser.submit(
        f"/awards/offer/{decision.ref}",
        {"targets-0-indicator": indicator.ref, "targets-0-value": "40"},
        button="Make the offer",
    )

    award = queries.of_application(decision.application)
    assert page.banners[0].startswith("Offer made. The group has been told and has until ")
    assert (award.agreed, held(round)) == (Money.pounds("4000.01"), Money.pounds("15999.99"))
    assert [i.amount for i in award.instalments] == [Money.pounds("2000.01"), Money.pounds(2000)]
    assert [(s.priority, s.basis_points) for s in award.shares] == [(decision.application.priority, 10_000)]
    assert len(award.conditions) == 5 and award.targets[0].value == 40
    assert browser.visit(f"/awards/offer/{decision.ref}").h1 == award.title  # made already: its page


def test_shares_are_typed_in_percent_with_two_decimals_and_must_add_up(browser):
    decision = a_decision("1000.01")
    first, second = priorities_of(decision.panel.round)
    browser.sign_in(somebody(decision.panel.round, Duty.GRANTS_OFFICER))
    path = f"/awards/offer/{decision.ref}"
    shares = {
        "shares-0-priority": first.ref,
        "shares-0-share": "33.333",
        "shares-1-priority": second.ref,
        "shares-1-share": "33.33",
        "outside": "33.33",
    }

    page = browser.submit(path, shares, button="Make the offer", expect=422)
    assert page.problems == ["Use no more than 2 decimal places, like 33.33"]
    page = browser.fill({"shares-0-share": "33.33"}, button="Make the offer", expect=422)
    assert page.problems == [
        "Say why part of the money is outside the plan.",
        "The shares must add up to 100%. They add up to 99.99%.",
    ]
    page = browser.fill({"outside": "33.34", "outside_reason": "A van shared with another project"}, button="Make the offer")
    served = next(t for t in page.tables() if t.caption == "What the money serves")
    assert served.rows == [
        ["Safer streets", "33.33%", "£333.30"],
        ["Young people", "33.33%", "£333.30"],
        ["Outside the plan: A van shared with another project", "33.34%", "£333.41"],
        ["Total", "100%", "£1,000.01"],
    ]


def test_what_is_half_typed_is_named_beside_its_field(browser):
    decision = a_decision("4000")
    first, second = priorities_of(decision.panel.round)
    browser.sign_in(somebody(decision.panel.round, Duty.GRANTS_OFFICER))

    page = browser.submit(
        f"/awards/offer/{decision.ref}",
        {"second_amount": "", "shares-1-priority": second.ref, "first_amount": "1,000.001"},
        button="Make the offer",
        expect=422,
    )
    assert page.problems == ["The first payment must be in pounds and whole pence, like 1,250.50"]
    page = browser.fill({"first_amount": "4000"}, button="Make the offer", expect=422)
    assert page.problems == [
        "Enter both the amount and the day of the second payment, or neither",
        "Enter both a priority and its share, or neither",
    ]
    assert first.ref


def test_the_group_s_signatory_reads_accepts_and_sees_what_comes_next(browser):
    award = an_offer("3000", "1000")
    browser.sign_in(signatory_of(award))

    assert browser.visit("/awards").h1 == "Your grants"
    page = browser.visit(f"/awards/{award.ref}")
    assert [link.text for link in page.links if "accept" in link.href] == ["Accept the offer"]
    page = browser.submit(f"/awards/{award.ref}/accept", expect=422)
    assert page.problems == [
        "Enter your role in the group, for example treasurer",
        "Confirm that you accept the offer and its conditions",
    ]
    page = browser.fill(signed_as="Treasurer", agree="y")
    assert page.banners == ["You have accepted the offer. We will now arrange your first payment."]
    tables = {t.caption: t.rows for t in page.tables()}
    assert tables["Where the money is now"] == [["Agreed, not paid yet", "£4,000.00"], ["Total", "£4,000.00"]]
    assert [row[3] for row in tables["Payments"]] == [
        f"Can be paid from {award.instalments[0].due_on:%-d %B %Y}",
        "Waits until we accept your report",
    ]
    assert tables["Reports"]
    assert not [link for link in page.links if link.href.endswith(("/accept", "/decline"))]


def test_declining_says_what_it_means_and_wants_a_reason(browser):
    award = an_offer("3000", "1000")
    browser.sign_in(signatory_of(award))

    page = browser.submit(f"/awards/{award.ref}/decline", expect=422)
    assert page.problems == ["Tell us why you are declining, in a few words"]
    page = browser.fill(reason="We found other money")
    assert page.banners == ["You have declined the offer. Thank you for telling us."]
    tables = {t.caption: t.rows for t in page.tables()}
    assert "Where the money is now" not in tables and [row[3] for row in tables["Payments"]] == ["Will not be paid"] * 2
    assert held(award.application.round) == Money.pounds(20000)


def test_those_who_may_not_answer_are_told_who_could(browser):
    award = an_offer("3000", "1000")
    applicant = Browser(browser.app).sign_in(award.application.started_by)

    page = applicant.visit(f"/awards/{award.ref}")
    assert "Somebody who signs for the group must answer by" in page.text
    for path in ("accept", "decline"):
        assert "Somebody who signs for the group" in applicant.visit(f"/awards/{award.ref}/{path}", expect=403).text
        Browser(browser.app).sign_in(somebody(award.application.round, Duty.GRANTS_OFFICER)).visit(
            f"/awards/{award.ref}/{path}", expect=404
        )


def test_an_offer_past_its_day_is_taken_back_by_an_officer(browser):
    award = an_offer("3000", "1000")
    with clock.stopped(clock.start_of(award.answer_by + timedelta(days=1))):
        signs = Browser(browser.app).sign_in(signatory_of(award))
        assert "This offer was open until" in signs.visit(f"/awards/{award.ref}/accept").text
        browser.sign_in(somebody(award.application.round, Duty.GRANTS_OFFICER))
        browser.visit(f"/awards/{award.ref}")
        page = browser.press(f"Take the offer back {award.ref}")
    assert page.banners == ["Offer taken back. £4,000.00 is held for the round again."]
    assert queries.of_application(award.application).state is State.LAPSED


def test_the_letter_is_a_pdf_for_the_group_and_staff_and_nobody_else(browser):
    award = an_award("3000", "1000")
    round = award.application.round
    path = f"/awards/{award.ref}/letter.pdf"

    for who in (award.application.started_by, signatory_of(award), somebody(round, Duty.AUDITOR)):
        response = Browser(browser.app).sign_in(who).fetch(path)
        assert response.mimetype == "application/pdf" and response.headers["Cache-Control"] == "no-store"
        assert award.ref in pypdf.PdfReader(BytesIO(response.data)).metadata.title
    for stranger in (a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()), signatory_of(an_offer("1000"))):
        for address in (path, f"/awards/{award.ref}"):
            Browser(browser.app).sign_in(stranger).visit(address, expect=404)


def test_staff_see_who_did_what_and_may_filter_the_list(browser):
    award = an_award("3000", "1000")
    offer = an_offer("1000")
    auditor = a_person(Duty.AUDITOR)
    browser.sign_in(auditor)

    page = browser.visit("/awards?state=accepted")
    assert award.ref in page.text and offer.ref not in page.text
    assert offer.ref in browser.visit("/awards?state=nonsense").text
    page = browser.visit(f"/awards/{award.ref}")
    assert f"Accepted the offer of £4,000.00, signed as Treasurer ({award.accepted_by.name})" in page.text
    assert "Waits for a report to be accepted" in page.text


def test_a_finance_officer_is_led_to_the_payment(browser):
    award = an_award("3000", "1000")
    browser.sign_in(somebody(award.application.round, Duty.FINANCE_OFFICER))

    page = browser.visit(f"/awards/{award.ref}")

    assert [link.href for link in page.links if "Ask for payment" in link.text] == [
        f"/payments/raise/{award.instalments[0].ref}"
    ]


@pytest.mark.parametrize("payments", [("1000",), ("1000", "1000", "1000")])
def test_an_award_s_page_costs_the_same_however_much_is_on_it(browser, statements, payments):
    award = an_award(*payments)
    browser.sign_in(somebody(award.application.round, Duty.AUDITOR))
    path = f"/awards/{award.ref}"
    browser.visit(path)
    with statements() as made:
        browser.visit(path)
    assert len(made) == PAGE, made


PAGE = 15


def test_an_offer_is_filled_in_as_the_size_of_the_ask_says(sqlite_app) -> None:
    tiers = tuple(
        Tier(key=key, name=key, least=least, most=most, helps=Helps.PURPOSE, payments=payments)
        for key, least, most, payments in (
            ("small", 50_000, 300_000, Payments.AT_ONCE),
            ("large", 300_001, 1_000_000, Payments.HALVES),
        )
    )
    for ask, first, second in (("2000", "2,000", ""), ("4000", "2,000", "2,000")):
        decision = a_decision(ask, terms=Terms(tiers=tiers))
        officer = a_person(Duty.GRANTS_OFFICER, partnership=decision.panel.round.pot.stream.partnership)
        page = Browser(sqlite_app).sign_in(officer).visit(f"/awards/offer/{decision.ref}")
        typed = [page.attributes("input", name=name)[0].get("value", "") for name in ("first_amount", "second_amount")]
        assert typed == [first, second]
        assert "Keeping young people safe" in page.text
