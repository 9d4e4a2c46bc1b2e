"""The pages of agreements and allocations, as a finance officer and others meet them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from grants.agreements import commands as agreements
from grants.agreements.models import Agreement, FunderPayment
from grants.budget.models import AuthorityKind
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty, Person
from grants.streams import proofs
from grants.streams.models import Allocation, AllocationStep, Certainty, Pot, Shortfall
from tests.builders.agreements import a_funder, a_step, a_sum, an_agreement, an_allocation, under
from tests.builders.budget import an_authority
from tests.builders.people import a_partnership, a_person
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream
from tests.client import Browser

Statements = Callable[[], AbstractContextManager[list[str]]]
LETTER = "Letter of 12 May, funding folder"


@pytest.fixture
def agreement(sqlite_app: Flask) -> Agreement:
    """An agreement from April 2026 to March 2028."""
    return an_agreement(name="Regional safety fund")


@pytest.fixture
def officer(agreement: Agreement, sqlite_app: Flask) -> Browser:
    """A finance officer of its partnership, signed in."""
    return Browser(sqlite_app).sign_in(a_finance_officer(agreement.partnership))


def its_pot(agreement: Agreement, allocation: str | None = None, **facts: object) -> Pot:
    return a_pot(allocation, stream=a_stream("Community fund", partnership=agreement.partnership), **facts)  # type: ignore[arg-type]


def free(pot: Pot) -> Money:
    return ledger.balance(At(pot.ref, "", Bucket.FREE))


def step(certainty: str, amount: str, on: date, document: str = LETTER) -> dict[str, str | list[str] | date | None]:
    return {"certainty": certainty, "amount": amount, "effective_on": on, "document": document}


# -- an agreement ------------------------------------------------------------------------------------------------------


def test_an_agreement_is_added_and_shown_with_all_it_says(sqlite_app: Flask) -> None:
    partnership, funder = a_partnership(), a_funder("Home Office")
    browser = Browser(sqlite_app).sign_in(a_finance_officer(partnership))

    page = browser.submit(
        "/agreements/new",
        name="Safety fund 2026 to 2028",
        funder=funder.ref,
        funder_reference="SF/26/014",
        starts_on=date(2026, 4, 1),
        ends_on=date(2028, 3, 31),
        change_limit="5,000",
    )

    assert page.title.startswith("Safety fund 2026 to 2028")
    for said in ("Home Office", "1 April 2026 to 31 March 2028", "SF/26/014", "£5,000.00", partnership.name):
        assert said in page.text
    assert "Safety fund 2026 to 2028" in browser.visit("/agreements").text


def test_every_refusal_is_a_sentence_and_keeps_what_was_typed(sqlite_app: Flask) -> None:
    partnership, funder = a_partnership(), a_funder()
    browser = Browser(sqlite_app).sign_in(a_finance_officer(partnership))
    page = browser.submit(
        "/agreements/new", name="Fund", funder=funder.ref, starts_on=date(2026, 4, 1), ends_on=date(2026, 3, 31), expect=422
    )
    assert "The agreement must end on or after the day it begins." in page.text
    assert page.attributes("input", name="name")[0]["value"] == "Fund"
    page = browser.submit("/agreements/new", expect=422)
    for said in (
        "Enter what the agreement is called",
        "Choose who gives the money",
        "Enter the first day",
        "Enter the last day",
    ):
        assert said in page.text


def test_a_successor_gives_from_a_day_on_and_who_gave_before_stays(agreement: Agreement, officer: Browser) -> None:
    mayor = a_funder("The mayor")
    page = officer.submit(
        f"/agreements/{agreement.ref}/funder",
        organisation=mayor.ref,
        effective_on=date(2026, 10, 1),
        reason="The mayor took over from the commissioner",
    )
    assert "Who gave, gives and will give" in page.text
    assert "The mayor took over from the commissioner" in page.text
    assert "Regional fund" in page.text


def test_conditions_papers_and_signatures_are_kept_and_met(agreement: Agreement, officer: Browser) -> None:
    there = f"/agreements/{agreement.ref}"
    with clock.stopped(datetime(2026, 5, 1, 9, tzinfo=UTC)):
        officer.submit(
            f"{there}/conditions/new", text="Send a quarterly update", due_on=date(2026, 4, 20), owner="Finance officer"
        )
        officer.submit(f"{there}/documents/new", title="The agreement", dated=date(2026, 3, 12), kept_at="Funding folder 14")
        page = officer.submit(f"{there}/signatures/new", what="The agreement", post="Chief executive", signs_for="The council")
        for said in ("Send a quarterly update", "Late", "Funding folder 14", "Chief executive", "Not signed"):
            assert said in page.text
        officer.submit(f"{there}/conditions/1/met", met_on=date(2026, 4, 30), evidence="Email of 30 April")
        page = officer.submit(f"{there}/signatures/1/signed", signed_on=date(2026, 4, 2))
        for said in ("Met", "Email of 30 April", "2 Apr 2026"):
            assert said in page.text
        assert "Not signed" not in page.text
        page = officer.submit(f"{there}/conditions/1/met", met_on=date(2026, 4, 30), evidence="Again", expect=422)
        assert "This condition was met on 30 April 2026." in page.text


# -- money -------------------------------------------------------------------------------------------------------------


def test_money_is_added_with_its_effect_shown_first(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    there = f"/agreements/{agreement.ref}/allocations/new"

    page = officer.submit(there, pot=pot.ref, **step("confirmed", "1,000", date(2026, 4, 1)))

    assert "What this does to" in page.text and "£1,000.00" in page.text
    assert db.session.scalars(select(Allocation)).all() == []
    page = officer.press("Confirm and record")
    assert "£1,000.00 for Community fund, 2026/27" in page.title
    assert free(pot) == Money.pounds(1000)
    assert agreement.ref in officer.visit(f"/pots/{pot.ref}").text


def test_expected_money_says_that_the_books_do_not_change(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    page = officer.submit(
        f"/agreements/{agreement.ref}/allocations/new", pot=pot.ref, **step("expected", "900", date(2026, 4, 1), "")
    )
    assert "The books do not change: the money is expected." in page.text
    officer.press("Confirm and record")
    assert free(pot) == ZERO
    text = officer.visit(f"/agreements/{agreement.ref}").text
    assert "expected or indicative, in no total£900.00" in text
    assert "confirmed£0.00" in text


def test_a_paper_is_asked_for_beside_its_field(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    page = officer.submit(
        f"/agreements/{agreement.ref}/allocations/new",
        pot=pot.ref,
        **step("indicative", "900", date(2026, 4, 1), ""),
        expect=422,
    )
    assert "Enter the paper that says so: the letter or email, its date, and where it is kept" in page.text
    assert page.attributes("input", name="amount")[0]["value"] == "900"


def test_an_allocation_recorded_before_is_put_under_the_agreement(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement, "500")
    [allocation] = db.session.scalars(select(Allocation)).all()
    assert "Money under no agreement" in officer.visit("/agreements").text
    page = officer.submit(f"/agreements/{agreement.ref}/allocations/attach", allocation=allocation.ref)
    assert pot.ref in page.text and "£500.00" in page.text
    assert allocation.agreement == agreement.ref


def test_money_for_a_pot_without_an_agreement(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement, "500")
    officer.submit(f"/pots/{pot.ref}/allocations/new", **step("confirmed", "50", date(2026, 6, 1)))
    officer.press("Confirm and record")
    assert free(pot) == Money.pounds(550)


def test_a_step_shows_what_becomes_free_and_a_cut_what_is_left_to_find(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    allocation = under(agreement, "1000", pot=pot)
    a_commitment("700", pot=pot)
    there = f"/allocations/{allocation.ref}/advance"

    page = officer.submit(there, **step("confirmed", "500", date(2026, 6, 1)))

    assert "£300.00 of the cut is free and is taken. £200.00 is set aside or promised and stays where it is" in page.text
    assert db.session.scalars(select(Shortfall)).all() == []
    page = officer.press("Confirm and record")
    assert "The step is recorded. £200.00 is still to be found: somebody has to decide how." in page.text
    gap = db.session.scalars(select(Shortfall)).one()
    for path in (f"/pots/{pot.ref}", f"/agreements/{agreement.ref}", f"/allocations/{allocation.ref}"):
        assert gap.ref in officer.visit(path).text
    assert "Cut: £200.00 to be found" in officer.visit("/agreements").text


def test_figures_that_changed_since_they_were_shown_are_shown_again(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    allocation = under(agreement, "1000", pot=pot)
    officer.submit(f"/allocations/{allocation.ref}/advance", **step("confirmed", "500", date(2026, 6, 1)))
    a_commitment("700", pot=pot)
    page = officer.press("Confirm and record")
    assert "£200.00 is set aside or promised and stays where it is" in page.text
    assert len(db.session.scalars(select(AllocationStep)).all()) == 1
    officer.press("Confirm and record")
    assert pot.allocation == Money.pounds(500)


def test_a_form_drawn_before_another_step_is_a_page_that_says_so(agreement: Agreement, officer: Browser) -> None:
    allocation = under(agreement, "1000")
    officer.submit(f"/allocations/{allocation.ref}/advance", **step("confirmed", "1500", date(2026, 6, 1)))
    a_step(allocation, "1200")
    officer.press("Confirm and record", expect=409)


def test_a_date_in_a_closed_period_is_a_sentence(agreement: Agreement, officer: Browser) -> None:
    from grants.ledger import commands as ledger_commands

    allocation = under(agreement, "1000")
    ledger_commands.close(allocation.pot.book, through=date(2026, 4, 30), by="test")
    page = officer.submit(f"/allocations/{allocation.ref}/advance", **step("confirmed", "1500", date(2026, 4, 30)), expect=422)
    assert f"The books of {allocation.pot.ref} are closed up to 30 April 2026." in page.text


def test_a_cut_is_settled_with_the_effect_first(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement)
    allocation = under(agreement, "1000", pot=pot)
    a_commitment("700", pot=pot)
    a_step(allocation, "500")
    gap = db.session.scalars(select(Shortfall)).one()
    an_allocation("150", pot=pot)
    there = f"/shortfalls/{gap.ref}"

    text = officer.visit(there).text
    assert "£200.00 cut from" in text and "Free in the pot now: £150.00" in text
    assert "Whom the pot’s money is promised to" in text and "Passported (protected)£700.00" in text.replace(" £", "£")
    page = officer.submit(f"{there}/settle", amount="151", decision="Board, 3 June", effective_on=date(2026, 6, 3), expect=422)
    assert f"{pot.ref} has £150.00 free; this needs £151.00." in page.text
    page = officer.submit(f"{there}/settle", amount="150", decision="Board, 3 June", effective_on=date(2026, 6, 3))
    assert gap.outstanding == Money.pounds(200)
    page = officer.press("Give up £150.00")
    assert "Board, 3 June" in page.text
    assert (gap.outstanding, free(pot)) == (Money.pounds(50), ZERO)
    assert list(proofs.faults()) == []


# -- cash --------------------------------------------------------------------------------------------------------------


def test_a_payment_is_expected_invoiced_received_in_part_and_the_rest_still_expected(
    agreement: Agreement, officer: Browser
) -> None:
    allocation = under(agreement, "1000")
    with clock.stopped(datetime(2026, 5, 20, 9, tzinfo=UTC)):
        officer.submit(f"/allocations/{allocation.ref}/payments/new", amount="600", expected_on=date(2026, 5, 15))
        payment = db.session.scalars(select(FunderPayment)).one()
        there = f"/funder-payments/{payment.ref}"
        assert "Overdue" in officer.visit(there).text
        assert "overdue£600.00" in officer.visit(f"/agreements/{agreement.ref}").text
        officer.submit(f"{there}/invoice", invoice="INV-1", invoiced_on=date(2026, 5, 16))
        page = officer.submit(f"{there}/receive", received="450", received_on=date(2026, 5, 19), bank_reference="BACS 1")
        assert "Recorded. £150.00 is still to come, and is expected as a payment of its own." in page.text
        assert "Received in part" in page.text
        text = officer.visit(f"/agreements/{agreement.ref}").text
        assert "received£450.00" in text
        assert "overdue£150.00" in text


def test_more_than_expected_says_so(agreement: Agreement, officer: Browser) -> None:
    payment = a_sum(under(agreement, "1000"), "500")
    page = officer.submit(
        f"/funder-payments/{payment.ref}/receive",
        received="510",
        received_on=date(2026, 5, 2),
        bank_reference="BACS 2",
    )
    assert "That is £10.00 more than expected" in page.text
    assert "More than expected" in page.text


def test_once_everything_has_come_in_the_allocation_is_received(agreement: Agreement, officer: Browser) -> None:
    allocation = under(agreement, "500")
    payment = a_sum(allocation, "500")
    officer.submit(
        f"/funder-payments/{payment.ref}/receive", received="500", received_on=date(2026, 5, 2), bank_reference="BACS 3"
    )
    assert allocation.steps[-1].certainty is Certainty.RECEIVED
    page = officer.submit(f"/funder-payments/{payment.ref}/undo", reason="The bank took it back")
    assert "The payment is expected again." in page.text and "Record money received" in page.text
    assert allocation.steps[-1].certainty is Certainty.CONFIRMED
    assert "Bank reference BACS 3" in officer.visit(f"/allocations/{allocation.ref}").text


# -- who may -----------------------------------------------------------------------------------------------------------


def test_others_read_and_are_told_who_could_change(agreement: Agreement, sqlite_app: Flask) -> None:
    allocation = under(agreement, "500")
    approver = Browser(sqlite_app).sign_in(a_person(Duty.APPROVER, partnership=agreement.partnership))
    assert "Add money for a pot" not in approver.visit(f"/agreements/{agreement.ref}").text
    for path in (
        f"/agreements/{agreement.ref}/funder",
        f"/agreements/{agreement.ref}/allocations/new",
        f"/allocations/{allocation.ref}/advance",
        "/agreements/new",
    ):
        assert "Who could: a finance officer." in approver.visit(path).text


def test_another_partnerships_agreement_is_not_there(agreement: Agreement, sqlite_app: Flask) -> None:
    allocation = under(agreement, "500")
    payment = a_sum(allocation)
    stranger = Browser(sqlite_app).sign_in(a_finance_officer(a_partnership()))
    for path in (
        f"/agreements/{agreement.ref}",
        f"/agreements/{agreement.ref}/funder",
        f"/allocations/{allocation.ref}",
        f"/funder-payments/{payment.ref}",
        f"/pots/{allocation.pot.ref}/allocations/new",
    ):
        stranger.visit(path, expect=404)
    assert "Regional safety fund" not in stranger.visit("/agreements").text


def test_an_officer_of_one_stream_sees_only_that_streams_money(agreement: Agreement, sqlite_app: Flask) -> None:
    one, other = under(agreement, "500"), under(agreement, "700")
    officer = a_person(Duty.FINANCE_OFFICER, partnership=agreement.partnership, streams=[one.pot.stream.ref])
    browser = Browser(sqlite_app).sign_in(officer)
    text = browser.visit(f"/agreements/{agreement.ref}").text
    assert (one.ref in text, other.ref in text) == (True, False)
    assert "confirmed£500.00" in text
    browser.visit(f"/allocations/{other.ref}", expect=404)


# -- what waits, and what it costs -------------------------------------------------------------------------------------


def test_what_is_late_waits_for_the_finance_officer_and_a_cut_for_the_chief_too(
    agreement: Agreement, officer: Browser, sqlite_app: Flask
) -> None:
    by = a_finance_officer(agreement.partnership)
    allocation = under(agreement, "500")
    a_sum(allocation, "500", expected_on=date(2026, 5, 1))
    under(agreement, "80", Certainty.INDICATIVE)
    agreements.add_condition(agreement, text="Send an update", due_on=date(2026, 6, 20), by=by)
    agreements.add_signature(agreement, what="The agreement", post="Chief executive", signs_for="the council", by=by)
    a_commitment("500", pot=allocation.pot)
    a_step(allocation, "400")
    chief = Browser(sqlite_app).sign_in(a_person(Duty.CHIEF_FINANCE_OFFICER, partnership=agreement.partnership))
    with clock.stopped(datetime(2026, 6, 1, 9, tzinfo=UTC)):
        text = officer.visit("/home").text
        for said in (
            f"Ask the funder for £500.00 for {allocation.pot.ref}, which is overdue",
            "confirmed: its year has begun and it is only indicative",
            "Meet a condition of Regional safety fund by 20 June 2026: Send an update",
            "Regional safety fund: get the agreement signed by the chief executive",
            f"Decide how to find £100.00 that the funder cut from {allocation.pot.ref} and that is not free",
        ):
            assert said in text
        text = chief.visit("/home").text
        assert "Decide how to find £100.00" in text
        assert "which is overdue" not in text
    with clock.stopped(datetime(2026, 4, 1, 9, tzinfo=UTC)):
        assert "Send an update" not in officer.visit("/home").text


def _grow(agreement: Agreement, by: Person, times: int) -> None:
    for n in range(times):
        allocation = under(agreement, "500", by=by)
        a_sum(allocation, "100")
        a_commitment("400", pot=allocation.pot, by=by)
        a_step(allocation, "300", by=by)
        agreements.add_condition(agreement, text=f"Condition {n}", due_on=date(2026, 5, 1), by=by)
        agreements.add_document(agreement, title=f"Paper {n}", kept_at="Folder", by=by)
        agreements.add_signature(agreement, what=f"Paper {n}", post="Officer", signs_for="The council", by=by)


def test_the_pages_cost_the_same_however_much_they_show(
    agreement: Agreement, sqlite_app: Flask, statements: Statements
) -> None:
    by = a_finance_officer(agreement.partnership)
    browser = Browser(sqlite_app).sign_in(by)
    costs = []
    for times in (1, 8):
        _grow(agreement, by, times)
        cost = []
        for path in ("/agreements", f"/agreements/{agreement.ref}", "/home"):
            with statements() as made:
                browser.visit(path)
            cost.append(len(made))
        costs.append(cost)
    assert costs[0] == costs[1]


# -- put right -------------------------------------------------------------------------------------------------------------


def test_an_agreement_is_extended_and_an_expected_sum_changed_or_dropped(agreement: Agreement, officer: Browser) -> None:
    page = officer.submit(f"/agreements/{agreement.ref}/change", ends_on=date(2029, 3, 31), reason="Variation of 1 May 2026")
    assert "1 April 2026 to 31 March 2029" in page.text
    payment = a_sum(under(agreement, "1000"), "500")
    there = f"/funder-payments/{payment.ref}"
    page = officer.submit(f"{there}/change", amount="600", expected_on=date(2026, 9, 1), reason="Their letter")
    assert "£600.00 from the funder" in page.title
    page = officer.submit(f"{there}/drop", reason="Sent with another payment")
    assert "Not to come" in page.text and "Sent with another payment" in page.text
    assert "Record money received" not in page.text


def test_confirming_ends_an_authority_to_spend_at_risk_against_it(agreement: Agreement, officer: Browser) -> None:
    pot = its_pot(agreement, "100")
    allocation = under(agreement, "900", Certainty.INDICATIVE, pot=pot)
    authority = an_authority(pot, "300", kind=AuthorityKind.AT_RISK, allocation=allocation)
    a_commitment("350", pot=pot)
    assert "Ask for an authority to spend at risk" in officer.visit(f"/allocations/{allocation.ref}").text
    page = officer.submit(f"/allocations/{allocation.ref}/advance", **step("confirmed", "900", date(2026, 6, 1)))
    assert "An authority to spend at risk against this money ends with this step." in page.text
    officer.press("Confirm and record")
    assert authority.ended_on is not None
    assert free(pot) == Money.pounds(650)
    assert list(proofs.faults()) == []
