"""Agreements: who gives on a date, what is under them, what they ask for, and the cash that is expected and comes in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from grants.agreements import commands, queries, rules
from grants.agreements.models import Agreement, FunderPayment
from grants.agreements.rules import Stands
from grants.audit import proofs as audit_proofs
from grants.audit import queries as audit
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import ZERO, Money
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.people.models import Duty
from grants.streams import proofs
from grants.streams.models import Certainty
from tests.builders.agreements import a_funder, a_step, a_sum, an_agreement, an_allocation, under
from tests.builders.people import a_partnership, a_person
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

MAY = datetime(2026, 5, 20, 9, tzinfo=UTC)


@pytest.fixture
def agreement(app: Flask) -> Agreement:
    """An agreement from April 2026 to March 2028, without money."""
    return an_agreement(name="Safety fund")


def its_officer(agreement: Agreement) -> Any:
    return a_finance_officer(agreement.partnership)


def sound() -> bool:
    return [*proofs.faults(), *ledger_proofs.faults(), *audit_proofs.faults()] == []


# -- who gives ---------------------------------------------------------------------------------------------------------


def test_an_agreement_is_recorded_with_its_first_funder(app: Flask) -> None:
    funder = a_funder("Home Office")
    agreement = an_agreement(name=" Safety fund ", funder=funder)
    assert (agreement.ref[:4], agreement.name) == ("AGR-", "Safety fund")
    assert queries.funder_on(agreement, date(2026, 4, 1)) is funder
    assert queries.funder_on(agreement, date(2026, 3, 31)) is None
    assert audit.history(agreement.ref)[0].sentence == (
        "Recorded the agreement Safety fund with Home Office, 1 April 2026 to 31 March 2028"
    )


def test_everything_wrong_with_an_agreement_is_said_at_once(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        an_agreement(name=" ", ends_on=date(2026, 3, 31), change_limit=Money(-1))
    assert broken.value.problems == (
        "Enter what the agreement is called.",
        "The agreement must end on or after the day it begins.",
        "The limit cannot be less than £0.00.",
    )


def test_who_gives_is_answered_by_date_and_by_what_was_known(app: Flask) -> None:
    commissioner, mayor = a_funder("The commissioner"), a_funder("The mayor")
    with clock.stopped(datetime(2026, 4, 1, 9, tzinfo=UTC)):
        agreement = an_agreement(funder=commissioner)
    with clock.stopped(datetime(2026, 12, 1, 9, tzinfo=UTC)):
        commands.change_funder(
            agreement,
            organisation=mayor,
            effective_on=date(2026, 10, 1),
            reason="The mayor took over",
            by=its_officer(agreement),
        )
    before, after = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)

    def who(on: date, known: datetime) -> str | None:
        found = queries.funder_on(agreement, on, known)
        return found.name if found else None

    assert who(date(2026, 9, 30), after) == "The commissioner"
    assert who(date(2026, 10, 1), after) == "The mayor"
    assert [row.name for row in queries.funders(agreement)] == ["The commissioner", "The mayor"]
    assert queries.funders_on(date(2026, 9, 30))[agreement.ref] == (commissioner.ref, "The commissioner")
    assert queries.funders_on(date(2027, 1, 1))[agreement.ref] == (mayor.ref, "The mayor")
    assert who(date(2026, 10, 1), before) == "The commissioner"


def test_money_after_the_change_comes_from_the_successor_and_what_is_in_the_books_keeps_its_name(app: Flask) -> None:
    commissioner, mayor = a_funder("The commissioner"), a_funder("The mayor")
    agreement = an_agreement(funder=commissioner)
    pot = a_pot(None, stream=a_stream(partnership=agreement.partnership))
    under(agreement, "500", pot=pot)
    commands.change_funder(
        agreement, organisation=mayor, effective_on=date(2026, 10, 1), reason="Law", by=its_officer(agreement)
    )
    under(agreement, "200", pot=pot, effective_on=date(2026, 11, 1))
    assert [line.amount for line in ledger.history(f"funder:{commissioner.ref}")] == [Money.pounds(500)]
    assert [line.amount for line in ledger.history(f"funder:{mayor.ref}")] == [Money.pounds(200)]
    assert sound()


@pytest.mark.parametrize(
    "on, reason, said",
    [
        (date(2028, 4, 1), "Law", "The change must fall within the agreement, from 1 April 2026 to 31 March 2028."),
        (date(2026, 5, 1), "Law", "That body gives the money on that day already. Choose another, or another day."),
        (date(2026, 5, 1), " ", "Enter why the funder changes, for example the law or letter that says so."),
    ],
)
def test_a_change_of_funder_that_cannot_be_is_refused(sqlite_app: Flask, on: date, reason: str, said: str) -> None:
    funder = a_funder()
    agreement = an_agreement(funder=funder)
    with pytest.raises(RuleBroken) as broken:
        commands.change_funder(agreement, organisation=funder, effective_on=on, reason=reason, by=its_officer(agreement))
    assert said in broken.value.problems
    assert len(queries.funders(agreement)) == 1


def test_a_change_drawn_before_another_is_out_of_date(sqlite_app: Flask) -> None:
    agreement = an_agreement()
    edition = agreement.edition
    facts = {"effective_on": date(2026, 6, 1), "reason": "Law", "edition": edition, "by": its_officer(agreement)}
    commands.change_funder(agreement, organisation=a_funder(), **facts)
    with pytest.raises(Stale):
        commands.change_funder(agreement, organisation=a_funder(), **facts)


def test_who_gave_is_never_changed_behind_the_products_back(agreement: Agreement) -> None:
    for statement in ("UPDATE agreement_funder SET reason = 'x'", "DELETE FROM agreement_funder"):
        with unguarded(), pytest.raises(Exception, match="agreement_funder"), db.engine.begin() as connection:
            connection.execute(text(statement))


# -- what is under it --------------------------------------------------------------------------------------------------


def test_money_under_an_agreement_covers_pots_and_years(agreement: Agreement) -> None:
    stream = a_stream(partnership=agreement.partnership)
    this, following = a_pot(None, stream=stream), a_pot(None, stream=stream, year=2027)
    under(agreement, "500", pot=this)
    under(agreement, "450", Certainty.INDICATIVE, pot=following)
    page = queries.agreement_page(its_officer(agreement), agreement.ref)
    assert [(line.row.pot, line.row.amount) for line in page.allocations] == [
        (this.ref, Money.pounds(500)),
        (following.ref, Money.pounds(450)),
    ]
    assert (page.confirmed, page.ahead) == (Money.pounds(500), Money.pounds(450))
    assert sound()


def test_a_pot_of_another_year_or_partnership_does_not_fit(agreement: Agreement) -> None:
    late = a_pot(None, stream=a_stream(partnership=agreement.partnership), year=2028)
    with pytest.raises(RuleBroken) as broken:
        under(agreement, "5", pot=late)
    assert broken.value.problems == (
        f"The year of {late.ref} lies outside the agreement, which runs from 1 April 2026 to 31 March 2028.",
    )
    other = a_pot(None, stream=a_stream(partnership=a_partnership()))
    with pytest.raises(RuleBroken, match="belongs to another partnership"):
        under(agreement, "5", pot=other)


def test_an_allocation_is_put_under_one_agreement_once_and_no_money_moves(agreement: Agreement) -> None:
    pot = a_pot("500", stream=a_stream(partnership=agreement.partnership))
    by = its_officer(agreement)
    [row] = queries.attachable(by, agreement)
    from grants.streams.allocations import allocation_of_staff

    allocation = allocation_of_staff(by, row.ref)
    commands.attach(agreement, allocation, by=by)
    assert (allocation.agreement, queries.attachable(by, agreement), queries.unattached(by)) == (agreement.ref, [], [])
    with pytest.raises(RuleBroken) as broken:
        commands.attach(an_agreement(partnership=agreement.partnership), allocation, by=by)
    assert broken.value.problems == (f"{allocation.ref} is under the agreement {agreement.ref} already.",)
    assert ledger.history("funder:not-stated")[0].amount == Money.pounds(500)
    assert pot.allocation == Money.pounds(500)
    assert sound()


# -- what it asks for --------------------------------------------------------------------------------------------------


def test_conditions_are_numbered_and_met_with_evidence(agreement: Agreement) -> None:
    by = its_officer(agreement)
    with clock.stopped(MAY):
        commands.add_condition(agreement, text="Send the plan", due_on=date(2026, 4, 30), owner="Finance officer", by=by)
        commands.add_condition(agreement, text="Paid in advance", by=by)
        commands.meet_condition(agreement, number=2, met_on=date(2026, 5, 1), evidence="Bank statement", by=by)
        page = queries.agreement_page(by, agreement.ref)
        assert [(row.number, row.text, row.met_on, row.late) for row in page.conditions] == [
            (1, "Send the plan", None, True),
            (2, "Paid in advance", date(2026, 5, 1), False),
        ]
        with pytest.raises(RuleBroken) as broken:
            commands.meet_condition(agreement, number=2, met_on=date(2026, 5, 21), evidence=" ", by=by)
        assert broken.value.problems == (
            "This condition was met on 1 May 2026.",
            "The day the condition was met cannot be in the future.",
            "Enter what shows that it was met, and where that is kept.",
        )
        with pytest.raises(NotFound):
            commands.meet_condition(agreement, number=3, met_on=date(2026, 5, 1), evidence="x", by=by)
    assert sound()


def test_signatures_are_asked_for_and_recorded_once(agreement: Agreement) -> None:
    by = its_officer(agreement)
    commands.add_signature(agreement, what="The agreement", post="Chief executive", signs_for="The council", by=by)
    commands.record_signed(agreement, number=1, signed_on=date(2026, 4, 2), by=by)
    with pytest.raises(RuleBroken) as broken:
        commands.record_signed(agreement, number=1, signed_on=date(2026, 4, 3), by=by)
    assert broken.value.problems == ("This was signed on 2 April 2026.",)
    assert audit.history(agreement.ref)[0].sentence == (
        "The agreement was signed on 2 April 2026 by the Chief executive for The council"
    )


def test_empty_words_are_refused_in_sentences(agreement: Agreement) -> None:
    by = its_officer(agreement)
    deeds: dict[str, Callable[[], object]] = {
        "Enter what the funder asks for.": lambda: commands.add_condition(agreement, text=" ", by=by),
        "Enter what the paper is. Enter where the paper is kept, so that somebody can find it.": lambda: commands.add_document(
            agreement, title="", kept_at=" ", by=by
        ),
        "Enter what has to be signed. Enter the post that signs it. Enter the body it is signed for.": lambda: (
            commands.add_signature(agreement, what="", post="", signs_for="", by=by)
        ),
    }
    for said, deed in deeds.items():
        with pytest.raises(RuleBroken) as broken:
            deed()
        assert " ".join(broken.value.problems) == said


# -- cash --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts, on, stands",
    [
        ({}, date(2026, 5, 1), Stands.EXPECTED),
        ({}, date(2026, 5, 2), Stands.OVERDUE),
        ({"invoiced_on": date(2026, 4, 20)}, date(2026, 5, 1), Stands.INVOICED),
        ({"invoiced_on": date(2026, 4, 20)}, date(2026, 5, 2), Stands.OVERDUE),
        ({"received": Money.pounds(500)}, date(2026, 6, 1), Stands.RECEIVED),
        ({"received": Money(49999)}, date(2026, 6, 1), Stands.IN_PART),
        ({"received": Money(50001)}, date(2026, 6, 1), Stands.OVER),
    ],
)
def test_where_a_payment_stands_is_worked_out_from_its_dates(facts: dict[str, Any], on: date, stands: Stands) -> None:
    payment = FunderPayment(amount=Money.pounds(500), expected_on=date(2026, 5, 1), **facts)
    assert rules.stands(payment, on) is stands


def test_a_part_that_comes_in_leaves_the_rest_expected_and_nothing_is_counted_twice(agreement: Agreement) -> None:
    by = its_officer(agreement)
    allocation = under(agreement, "1000")
    with clock.stopped(MAY):
        payment = a_sum(allocation, "600", expected_on=date(2026, 5, 1))
        commands.receive(payment, received=Money.pounds(450), received_on=date(2026, 5, 19), bank_reference="BACS 1", by=by)
        page = queries.agreement_page(by, agreement.ref)
    assert [(row.amount, row.received, row.stands) for row in page.payments] == [
        (Money.pounds(600), Money.pounds(450), Stands.IN_PART),
        (Money.pounds(150), None, Stands.OVERDUE),
    ]
    assert page.cash == queries.Cash(Money.pounds(450), ZERO, ZERO, Money.pounds(150))
    assert page.allocations[0].unscheduled == Money.pounds(400)
    assert allocation.steps[-1].certainty is Certainty.CONFIRMED
    assert audit.history(payment.ref)[0].sentence == (
        "£450.00 of £600.00 came in on 19 May 2026, bank reference BACS 1: £150.00 is still to come (FPY-26-00002)"
    )
    assert sound()


def test_once_all_that_is_confirmed_has_come_in_the_allocation_is_received(agreement: Agreement) -> None:
    by = its_officer(agreement)
    allocation = under(agreement, "1000")
    for pounds in ("600", "400"):
        commands.receive(
            a_sum(allocation, pounds),
            received=Money.pounds(pounds),
            received_on=date(2026, 5, 2),
            bank_reference="BACS",
            by=by,
        )
    assert [step.certainty for step in allocation.steps] == [Certainty.CONFIRMED, Certainty.RECEIVED]
    a_step(allocation, "1200", effective_on=date(2026, 6, 1))
    assert allocation.steps[-1].certainty is Certainty.CONFIRMED
    assert sound()


def test_money_for_what_is_only_indicative_comes_in_and_confirms_nothing(agreement: Agreement) -> None:
    by = its_officer(agreement)
    allocation = under(agreement, "300", Certainty.INDICATIVE)
    payment = a_sum(allocation, "300")
    commands.receive(payment, received=Money.pounds(300), received_on=date(2026, 5, 2), bank_reference="BACS", by=by)
    assert (allocation.steps[-1].certainty, allocation.pot.allocation) == (Certainty.INDICATIVE, None)
    assert ledger.balances([allocation.pot.ref]) == {}


def test_everything_wrong_with_a_receipt_is_said_at_once(agreement: Agreement) -> None:
    by = its_officer(agreement)
    payment = a_sum(under(agreement, "1000"), "500")
    with clock.stopped(MAY), pytest.raises(RuleBroken) as broken:
        commands.receive(payment, received=ZERO, received_on=date(2026, 5, 21), bank_reference="", by=by)
    assert broken.value.problems == (
        "Enter an amount of more than £0.00.",
        "The day the money came in cannot be in the future.",
        "Enter the bank’s reference for this payment.",
    )
    assert payment.received is None


def test_pressing_twice_receives_once_and_expects_the_rest_once(agreement: Agreement) -> None:
    by = its_officer(agreement)
    payment = a_sum(under(agreement, "1000"), "500")
    for _again in range(2):
        commands.receive(
            payment,
            received=Money.pounds(200),
            received_on=date(2026, 5, 2),
            bank_reference="BACS",
            key="pressed",  # type: ignore[call-arg]  # @command takes it
            by=by,
        )
    assert db.session.scalar(select(func.count()).select_from(FunderPayment)) == 2


def test_what_cannot_be_expected_or_invoiced_is_refused(agreement: Agreement) -> None:
    by = its_officer(agreement)
    loose = an_allocation("100", pot=a_pot(None, stream=a_stream(partnership=agreement.partnership)))
    with pytest.raises(RuleBroken, match="Put the allocation under its agreement first"):
        a_sum(loose)
    allocation = under(agreement, "100")
    payment = a_sum(allocation, "100")
    commands.invoice(payment, invoiced_on=date(2026, 4, 20), invoice="INV-7", by=by)
    with pytest.raises(RuleBroken) as broken:
        commands.invoice(payment, invoiced_on=date(2026, 4, 21), invoice="INV-8", by=by)
    assert broken.value.problems == ("This was invoiced on 20 April 2026 as INV-7.",)


# -- who may, and what waits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", [Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER, Duty.GRANTS_OFFICER, Duty.AUDITOR])
def test_only_a_finance_officer_keeps_agreements(sqlite_app: Flask, duty: Duty) -> None:
    agreement = an_agreement()
    payment = a_sum(under(agreement, "100"), "100")
    by = a_person(duty, partnership=agreement.partnership)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: an_agreement(partnership=agreement.partnership, by=by),
        lambda: commands.change_funder(agreement, organisation=a_funder(), effective_on=date(2026, 5, 1), reason="x", by=by),
        lambda: under(agreement, "5", by=by),
        lambda: commands.add_condition(agreement, text="x", by=by),
        lambda: commands.add_document(agreement, title="x", kept_at="x", by=by),
        lambda: commands.add_signature(agreement, what="x", post="x", signs_for="x", by=by),
        lambda: commands.expect_payment(payment.allocation, amount=Money(1), expected_on=date(2026, 5, 1), by=by),
        lambda: commands.invoice(payment, invoiced_on=date(2026, 5, 1), invoice="x", by=by),
        lambda: commands.receive(payment, received=Money(1), received_on=date(2026, 5, 1), bank_reference="x", by=by),
    )
    for deed in deeds:
        with pytest.raises(Refused):
            deed()


def test_what_lies_in_another_partnership_is_not_found(agreement: Agreement) -> None:
    payment = a_sum(under(agreement, "100"), "100")
    stranger = a_finance_officer(a_partnership())
    with pytest.raises(NotFound):
        queries.agreement(stranger, agreement.ref)
    with pytest.raises(NotFound):
        queries.payment(stranger, payment.ref)
    assert (queries.index(stranger), queries.waiting(stranger)) == ([], [])


def test_what_waits_is_dated_by_what_it_waits_for_and_goes_when_it_is_done(agreement: Agreement) -> None:
    by = its_officer(agreement)
    payment = a_sum(under(agreement, "500"), "500", expected_on=date(2026, 5, 1))
    commands.add_condition(agreement, text="Soon", due_on=date(2026, 6, 19), by=by)
    commands.add_condition(agreement, text="Later", due_on=date(2026, 6, 20), by=by)
    with clock.stopped(MAY):
        assert [(one.ref, one.page) for one in queries.waiting(by)] == [
            (payment.ref, "agreements.payment"),
            (agreement.ref, "agreements.show"),
        ]
        commands.receive(payment, received=Money.pounds(500), received_on=date(2026, 5, 20), bank_reference="B", by=by)
        commands.meet_condition(agreement, number=1, met_on=date(2026, 5, 20), evidence="x", by=by)
        assert queries.waiting(by) == []


def test_a_cut_waits_for_finance_officer_approver_and_chief(agreement: Agreement) -> None:
    allocation = under(agreement, "500")
    a_commitment("500", pot=allocation.pot)
    a_step(allocation, "400")
    for duty in (Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER):
        somebody = a_person(duty, partnership=agreement.partnership)
        assert [one.page for one in queries.waiting(somebody)][-1:] == ["agreements.shortfall"]
    assert queries.waiting(a_person(Duty.GRANTS_OFFICER, partnership=agreement.partnership)) == []


def test_the_questions_cost_the_same_however_much_there_is(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    agreement = an_agreement()
    by = its_officer(agreement)
    costs = []
    for times in (1, 10):
        for n in range(times):
            a_sum(under(agreement, "500", by=by), "100")
            commands.add_condition(agreement, text=f"Condition {n}", by=by)
        cost = []
        for ask in (
            lambda: queries.index(by),
            lambda: queries.agreement_page(by, agreement.ref),
            lambda: queries.waiting(by),
        ):
            db.session.rollback()
            assert by.holdings
            with statements() as made:
                ask()
            cost.append(len(made))
        costs.append(cost)
    assert costs[0] == costs[1]


# -- put right -------------------------------------------------------------------------------------------------------------


def test_what_is_expected_changes_or_is_not_to_come_and_leaves_the_totals(agreement: Agreement) -> None:
    by = its_officer(agreement)
    allocation = under(agreement, "1000")
    first, second = a_sum(allocation, "500"), a_sum(allocation, "500", expected_on=date(2026, 10, 1))
    commands.change_expected(first, amount=Money.pounds(1000), expected_on=date(2026, 5, 10), reason="One sum after all", by=by)
    commands.drop_payment(second, reason="Comes with the first", by=by)
    with clock.stopped(datetime(2026, 11, 1, 9, tzinfo=UTC)):
        page = queries.agreement_page(by, agreement.ref)
        assert [(row.amount, row.stands) for row in page.payments] == [
            (Money.pounds(1000), Stands.OVERDUE),
            (Money.pounds(500), Stands.DROPPED),
        ]
        assert page.cash == queries.Cash(ZERO, ZERO, ZERO, Money.pounds(1000))
        assert [one.ref for one in queries.waiting(by)] == [first.ref]
    assert audit.history(first.ref)[0].sentence == (
        "Now £1,000.00 on 10 May 2026 (was £500.00 on 1 May 2026): One sum after all"
    )
    for deed in (
        lambda: commands.receive(second, received=Money(1), received_on=date(2026, 5, 1), bank_reference="x", by=by),
        lambda: commands.invoice(second, invoiced_on=date(2026, 5, 1), invoice="x", by=by),
        lambda: commands.drop_payment(second, reason="x", by=by),
        lambda: commands.change_expected(second, amount=Money(1), expected_on=date(2026, 5, 1), reason="x", by=by),
    ):
        with pytest.raises(RuleBroken, match="that this is not to come"):
            deed()
    assert sound()


def test_the_rest_of_what_was_invoiced_is_still_invoiced(agreement: Agreement) -> None:
    by = its_officer(agreement)
    payment = a_sum(under(agreement, "1000"), "600")
    commands.invoice(payment, invoiced_on=date(2026, 4, 20), invoice="INV-7", by=by)
    commands.receive(payment, received=Money.pounds(1), received_on=date(2026, 4, 30), bank_reference="B", by=by)
    assert [(row.amount, row.invoice) for row in queries.agreement_page(by, agreement.ref).payments] == [
        (Money.pounds(600), "INV-7"),
        (Money.pounds(599), "INV-7"),
    ]


def test_an_agreement_is_changed_by_a_paper_and_what_it_said_stays_in_its_history(agreement: Agreement) -> None:
    by = its_officer(agreement)
    edition = agreement.edition
    facts: dict[str, Any] = {"name": "Safety fund", "reason": "Variation of 1 May", "by": by, "edition": edition}
    commands.amend(agreement, ends_on=date(2029, 3, 31), change_limit=Money.pounds(5000), **facts)
    assert (agreement.ends_on, agreement.change_limit) == (date(2029, 3, 31), Money.pounds(5000))
    assert audit.history(agreement.ref)[0].sentence == (
        "Changed to: Safety fund, 1 April 2026 to 31 March 2029. Why: Variation of 1 May"
    )
    with pytest.raises(Stale):
        commands.amend(agreement, ends_on=date(2030, 3, 31), **facts)
    with pytest.raises(RuleBroken) as broken:
        commands.amend(agreement, name=" ", ends_on=date(2026, 3, 1), reason="", by=by)
    assert broken.value.problems == (
        "Enter what the agreement is called.",
        "The agreement must end on or after the day it begins.",
        "Enter what changed it, for example a letter or a variation and its date.",
        "A change of funder is recorded for 1 April 2026. End the agreement after that.",
    )


def test_a_receipt_that_was_none_is_taken_back_and_the_allocation_is_only_confirmed_again(agreement: Agreement) -> None:
    by = its_officer(agreement)
    allocation = under(agreement, "500")
    payment = a_sum(allocation, "500")
    with pytest.raises(RuleBroken) as broken:
        commands.undo_receipt(payment, reason=" ", by=by)
    assert broken.value.problems == ("Nothing has been recorded as received here.", "Enter what was wrong with it.")
    commands.receive(payment, received=Money.pounds(500), received_on=date(2026, 5, 2), bank_reference="B", by=by)
    commands.undo_receipt(payment, reason="The bank took it back", by=by)
    assert [step.certainty for step in allocation.steps] == [Certainty.CONFIRMED, Certainty.RECEIVED, Certainty.CONFIRMED]
    assert (payment.received, allocation.pot.allocation) == (None, Money.pounds(500))
    assert audit.history(payment.ref)[0].sentence == ("£500.00 of 2 May 2026 was not received after all: The bank took it back")
    commands.receive(payment, received=Money.pounds(500), received_on=date(2026, 5, 9), bank_reference="C", by=by)
    assert allocation.steps[-1].certainty is Certainty.RECEIVED
    assert sound()
