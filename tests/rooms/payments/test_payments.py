"""Payments: one person raises, another approves, the bank pays; every refusal says why and who could."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from grants.assessment.queries import assessors_of
from grants.audit.queries import history
from grants.audit.record import record
from grants.awards.models import Gate
from grants.awards.proofs import faults as award_faults
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import objections
from grants.ledger.chart import Bucket
from grants.ledger.models import Transfer
from grants.ledger.proofs import faults as ledger_faults
from grants.panel.queries import deciders_of
from grants.payments import commands, policies, queries, rules
from grants.payments.models import Payment, State
from grants.people.duties import GROUP, Deed
from grants.people.models import Approval, Duty, Person
from grants.people.policies import apart
from grants.people.queries import person
from grants.work.models import Task
from tests.builders import kept
from tests.builders.awards import an_offer
from tests.builders.payments import (
    a_paid,
    a_raised,
    an_accepted,
    an_agreement,
    an_approved,
    books,
    first,
    reports,
    staff_of,
)
from tests.builders.people import a_person


def proved() -> list[str]:
    return [*ledger_faults(), *award_faults()]


def also(who: Person, duty: Duty) -> Person:
    """Give somebody another duty, everywhere."""
    from grants.people.commands import give_duty
    from tests.builders.people import LONG_AGO, an_administrator

    give_duty(who, duty=duty, starts_on=LONG_AGO, by=an_administrator())
    return who


@command
def tampered(payment: Payment) -> None:
    """Behind everybody's back, a penny less."""
    payment.amount = Money(payment.amount.pence - 1)
    record("test.built", payment, by="test")


def whys(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str | None]]:
    return [tuple(objection) for objection in refused.value.objections]


# -- the way of a payment ---------------------------------------------------------------------------------------------


def test_a_payment_is_raised_approved_and_paid_and_the_books_follow(app):
    award = an_agreement("3000", "1000")
    payment = a_raised(first(award))
    assert (payment.state, payment.amount) == (State.RAISED, Money.pounds(3000))
    assert books(award) == {Bucket.COMMITTED: "4000.00"}

    approver = staff_of(award, Duty.APPROVER)
    commands.approve(payment, digest=rules.digest(payment), by=approver)
    assert (payment.state, payment.approved_by) == (State.APPROVED, approver)
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.DUE: "3000.00"}
    [approval] = db.session.scalars(select(Approval).where(Approval.subject == payment.ref))
    assert (approval.what, approval.asked_by, approval.given_by, approval.pence) == (
        "payment",
        payment.raised_by.ref,
        approver.ref,
        Money.pounds(3000),
    )

    commands.record_paid(payment, paid_on=clock.today(), bank_reference=" BACS 7 ", by=staff_of(award, Duty.FINANCE_OFFICER))
    assert (payment.state, payment.bank_reference) == (State.PAID, "BACS 7")
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "3000.00"}
    assert [line.sentence.split()[0] for line in history(payment.ref)] == ["Recorded", "Approved", "Approved", "Raised"]
    mails = [task.facts for task in db.session.scalars(select(Task)) if task.facts.get("template") == "payment sent"]
    assert mails != [] and all("£3,000.00" in mail["text"] for mail in mails)
    assert proved() == []


def test_a_refused_payment_moves_nothing_and_can_be_raised_again(app):
    award = an_agreement("3000", "1000")
    payment = a_raised(first(award))
    commands.refuse(payment, because=" The bank details are out of date. ", by=staff_of(award, Duty.APPROVER))
    assert (payment.state, payment.refused_because) == (State.REFUSED, "The bank details are out of date.")
    assert books(award) == {Bucket.COMMITTED: "4000.00"}
    assert a_raised(first(award)).state is State.RAISED


def test_two_instalments_pay_the_whole_award(app):
    award = an_agreement("3000", "999.99")
    a_paid(first(award))
    an_accepted(reports(award)[0], "3000")
    a_paid(first(award, 2))
    an_accepted(reports(award)[1], "999.99")
    assert books(award) == {Bucket.EVIDENCED: "3999.99"}
    assert proved() == []


# -- what cannot be ---------------------------------------------------------------------------------------------------


def test_nothing_is_paid_before_the_offer_is_accepted(app):
    offer = an_offer()
    with pytest.raises(RuleBroken) as broken:
        a_raised(first(offer))
    assert broken.value.problems == (f"{offer.organisation.name} has not accepted the offer yet, so nothing can be paid.",)


def test_an_instalment_that_waits_for_a_report_cannot_be_raised_before_it(app):
    award = an_agreement()
    with pytest.raises(RuleBroken) as broken:
        a_raised(first(award, 2))
    assert broken.value.problems == ("Instalment 2 can be paid once a report is accepted. That has not happened yet.",)
    an_accepted(reports(award)[0])
    assert a_raised(first(award, 2)).state is State.RAISED


def test_an_instalment_has_one_payment_alive(app):
    award = an_agreement()
    payment = a_raised(first(award))
    for state in ("raised", "approved", "paid"):
        with pytest.raises(RuleBroken) as broken:
            a_raised(first(award))
        assert broken.value.problems == (f"Instalment 1 already has a payment, {payment.ref}, which is {state}.",)
        if state == "raised":
            commands.approve(payment, digest=rules.digest(payment), by=staff_of(award, Duty.APPROVER))
        elif state == "approved":
            by = staff_of(award, Duty.FINANCE_OFFICER)
            commands.record_paid(payment, paid_on=clock.today(), bank_reference="B", by=by)


def test_the_database_itself_refuses_a_second_payment_alive(app):
    award = an_agreement()
    payment = a_raised(first(award))
    with pytest.raises(RuleBroken) as broken:
        kept(
            Payment(
                ref="PAY-99-00001",
                award=award,
                instalment=first(award),
                amount=Money(1),
                raised_by=payment.raised_by,
                raised_at=clock.now(),
            )
        )
    assert broken.value.problems == ("This instalment has just been raised by somebody else. Reload the page to see it.",)


def test_pressing_twice_is_pressing_once(app):
    award = an_agreement("3000", "1000")
    finance, approver = staff_of(award, Duty.FINANCE_OFFICER), staff_of(award, Duty.APPROVER)
    once = commands.raise_payment(first(award), key="a", by=finance)
    assert commands.raise_payment(first(award), key="a", by=finance) is once
    digest = rules.digest(once)
    assert commands.approve(once, digest=digest, key="b", by=approver) is once
    assert commands.approve(once, digest=digest, key="b", by=approver) is once
    for _twice in range(2):
        commands.record_paid(once, paid_on=clock.today(), bank_reference="B", key="c", by=finance)
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "3000.00"}
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert proved() == []


def test_without_a_key_a_second_approval_is_refused_in_words(app):
    award = an_agreement()
    payment = an_approved(first(award))
    with pytest.raises(RuleBroken, match="already approved"):
        commands.approve(payment, digest=rules.digest(payment), by=staff_of(award, Duty.APPROVER))


def test_an_approval_is_of_the_figures_that_were_read(app):
    award = an_agreement()
    payment = a_raised(first(award))
    approver = staff_of(award, Duty.APPROVER)
    read = rules.digest(payment)
    tampered(payment)
    with pytest.raises(RuleBroken) as broken:
        commands.approve(payment, digest=read, by=approver)
    assert broken.value.problems == ("The figures changed after this page was drawn. Read them again before you approve.",)
    assert payment.state is State.RAISED
    assert books(award) == {Bucket.COMMITTED: "4000.00"}
    assert db.session.scalars(select(Approval)).all() == []


def test_figures_changed_after_approval_are_not_paid(app):
    award = an_agreement()
    payment = an_approved(first(award))
    tampered(payment)
    with pytest.raises(RuleBroken) as broken:
        by = staff_of(award, Duty.FINANCE_OFFICER)
        commands.record_paid(payment, paid_on=clock.today(), bank_reference="B", by=by)
    assert broken.value.problems == (
        "The figures are not the ones that were approved, so this payment cannot be recorded. Tell an approver.",
    )
    assert Bucket.PAID not in books(award)


@pytest.mark.parametrize(
    ("days", "reference", "problems"),
    [
        (1, "B", ("The date the money left the bank cannot be in the future.",)),
        (-1, "B", ("The money cannot have left the bank before {today}, when the payment was approved.",)),
        (None, " ", ("Enter the date the money left the bank.", "Enter the bank’s reference for this payment.")),
        (0, "x" * 36, ("The bank’s reference must be 35 characters or fewer.",)),
    ],
)
def test_what_the_bank_cannot_have_done_is_refused(sqlite_app, days, reference, problems):
    payment = an_approved(first(an_agreement()))
    today = clock.today()
    with pytest.raises(RuleBroken) as broken:
        commands.record_paid(
            payment,
            paid_on=None if days is None else today + timedelta(days=days),
            bank_reference=reference,
            by=staff_of(payment.award, Duty.FINANCE_OFFICER),
        )
    assert broken.value.problems == tuple(p.format(today=f"{today.day} {today:%B %Y}") for p in problems)
    assert payment.state is State.APPROVED


def test_a_payment_can_be_recorded_days_after_the_bank_sent_it(app):
    award = an_agreement("3000", "1000")
    payment = an_approved(first(award))
    sent = clock.today()
    with clock.stopped(clock.now() + timedelta(days=5)):
        commands.record_paid(payment, paid_on=sent, bank_reference="B", by=staff_of(award, Duty.FINANCE_OFFICER))
    last = db.session.scalars(select(Transfer).order_by(Transfer.id.desc()).limit(1)).one()
    assert (last.kind, last.effective_date, payment.paid_on) == ("pay", sent, sent)


def test_nothing_is_paid_before_it_is_approved_nor_refused_after(app):
    award = an_agreement()
    payment = a_raised(first(award))
    with pytest.raises(RuleBroken, match="already raised"):
        by = staff_of(award, Duty.FINANCE_OFFICER)
        commands.record_paid(payment, paid_on=clock.today(), bank_reference="B", by=by)
    approver = staff_of(award, Duty.APPROVER)
    commands.approve(payment, digest=rules.digest(payment), by=approver)
    with pytest.raises(RuleBroken, match="already approved"):
        commands.refuse(payment, because="Too late", by=approver)


def test_refusing_says_why(app):
    award = an_agreement()
    payment = a_raised(first(award))
    for because, said in (
        ("  ", "Say why you are refusing this payment. Whoever raised it will read this."),
        ("x" * 501, "The reason must be 500 characters or fewer."),
    ):
        with pytest.raises(RuleBroken) as broken:
            commands.refuse(payment, because=because, by=staff_of(award, Duty.APPROVER))
        assert broken.value.problems == (said,)


# -- who may not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", sorted(set(Duty) - GROUP - {Duty.FINANCE_OFFICER}))
def test_only_a_finance_officer_raises_and_records(sqlite_app, duty):
    award = an_agreement()
    by = a_person(duty)
    with pytest.raises(Refused) as refused:
        commands.raise_payment(first(award), by=by)
    assert [could for _why, could in whys(refused)] == ["a finance officer"]
    payment = an_approved(first(award))
    with pytest.raises(Refused) as refused:
        commands.record_paid(payment, paid_on=clock.today(), bank_reference="B", by=by)
    assert [could for _why, could in whys(refused)] == ["a finance officer"]


@pytest.mark.parametrize("duty", sorted(set(Duty) - GROUP - {Duty.APPROVER}))
def test_only_an_approver_approves_and_refuses(sqlite_app, duty):
    award = an_agreement()
    by = a_person(duty)
    payment = a_raised(first(award))
    with pytest.raises(Refused) as refused:
        commands.approve(payment, digest=rules.digest(payment), by=by)
    assert [could for _why, could in whys(refused)] == ["an approver"]
    with pytest.raises(Refused) as refused:
        commands.refuse(payment, because="No", by=by)
    assert [could for _why, could in whys(refused)] == ["an approver"]


def test_duties_in_another_partnership_or_stream_do_not_pay_here(app):
    award, other = an_agreement(), an_agreement()
    payment = a_raised(first(award))
    elsewhere = staff_of(other, Duty.FINANCE_OFFICER, Duty.APPROVER)
    wrong_stream = staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER, streams=[other.pot.stream.ref])
    for by in (elsewhere, wrong_stream):
        with pytest.raises(Refused):
            commands.approve(payment, digest=rules.digest(payment), by=by)
        with pytest.raises(Refused):
            commands.raise_payment(first(award), by=by)
        with pytest.raises(NotFound):
            queries.payment(by, payment.ref)
        with pytest.raises(NotFound):
            queries.instalment(by, first(award).ref)
        assert [row.award for row in queries.ready(by)] == [other.ref] * (by is elsewhere)
        assert queries.standing(by, State.RAISED) == []


def test_who_raised_a_payment_does_not_approve_it(app):
    award = an_agreement()
    both = staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER)
    payment = commands.raise_payment(first(award), by=both)
    with pytest.raises(Refused) as refused:
        commands.approve(payment, digest=rules.digest(payment), by=both)
    assert whys(refused) == [("You asked for this payment, so somebody else must approve the payment.", "an approver")]
    assert books(award) == {Bucket.COMMITTED: "4000.00"}


def test_who_raised_one_payment_may_approve_another(app):
    award = an_agreement("2000", "2000", gates=[Gate.ACCEPTED, Gate.ACCEPTED])
    both = staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER)
    commands.raise_payment(first(award), by=both)
    other = a_raised(first(award, 2))
    assert commands.approve(other, digest=rules.digest(other), by=both).state is State.APPROVED


@pytest.mark.parametrize(
    ("deed", "why"),
    [("assess", "You scored the application behind this award"), ("decide", "You took part in deciding this award")],
)
def test_who_assessed_or_decided_a_bid_neither_raises_nor_approves_its_payments(app, deed, why):
    award = an_agreement()
    done = assessors_of(award.application) if deed == "assess" else deciders_of(award.application)
    assert done != set()
    payment = None
    for ref in sorted(done):
        by = also(also(person(ref), Duty.FINANCE_OFFICER), Duty.APPROVER)
        with pytest.raises(Refused) as refused:
            commands.raise_payment(first(award), by=by)
        assert whys(refused) == [(f"{why}, so somebody else must ask for the payment.", "a finance officer")]
        payment = payment or a_raised(first(award))
        with pytest.raises(Refused) as refused:
            commands.approve(payment, digest=rules.digest(payment), by=by)
        assert whys(refused) == [(f"{why}, so somebody else must approve the payment.", "an approver")]


def test_who_checked_the_bank_details_does_not_approve(sqlite_app):
    """No bank pages yet: the pair is tested on its policy."""
    award = an_agreement()
    payment = a_raised(first(award))
    by = staff_of(award, Duty.APPROVER)
    why = ("You checked the bank details for this award, so somebody else must approve the payment.", "an approver")
    assert [tuple(o) for o in apart(by, Deed.APPROVE, done={Deed.CHECK_BANK: {by.ref}})] == [why]
    assert [tuple(o) for o in objections(policies.approve, by, payment, done={Deed.CHECK_BANK: {by.ref}})] == [why]


@pytest.mark.parametrize("duty", [Duty.APPLICANT, Duty.CERTIFIER])
def test_nobody_raises_or_approves_a_payment_to_their_own_group(app, duty):
    award = an_agreement()
    by = staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER, duty, organisation=award.organisation)
    why = (
        f"You act for {award.organisation.name}, which this pays. Somebody with no part in the group has to do this.",
        "somebody else with the same duty",
    )
    with pytest.raises(Refused) as refused:
        commands.raise_payment(first(award), by=by)
    assert whys(refused) == [why]
    payment = a_raised(first(award))
    with pytest.raises(Refused) as refused:
        commands.approve(payment, digest=rules.digest(payment), by=by)
    assert whys(refused) == [why]


def test_every_objection_is_told_at_once(app):
    award = an_agreement()
    by = also(person(sorted(assessors_of(award.application))[0]), Duty.FINANCE_OFFICER)
    payment = commands.raise_payment(first(award), by=staff_of(award, Duty.FINANCE_OFFICER))
    found = objections(policies.approve, by, payment, done=queries.done(award, by))
    assert [one.sentence for one in found] == [
        "You do not hold the duty that this needs.",
        "You scored the application behind this award, so somebody else must approve the payment.",
        "You asked for this payment, so somebody else must approve the payment.",
    ]


# -- what pages show --------------------------------------------------------------------------------------------------


def test_what_can_be_raised_is_listed_oldest_due_first_and_leaves_the_list_when_raised(app):
    award = an_agreement("1000", "1000", "1000", gates=[Gate.ACCEPTED, Gate.REPORT, Gate.ACCEPTED])
    finance = staff_of(award, Duty.FINANCE_OFFICER)
    assert [(one.number, one.amount) for one in queries.ready(finance)] == [(1, Money.pounds(1000)), (3, Money.pounds(1000))]
    payment = a_raised(first(award))
    assert [one.number for one in queries.ready(finance)] == [3]
    commands.refuse(payment, because="No", by=staff_of(award, Duty.APPROVER))
    assert [one.number for one in queries.ready(finance)] == [1, 3]


def test_what_waits_is_told_to_whoever_can_do_it(app):
    award = an_agreement()
    instalment = first(award)
    finance, approver = staff_of(award, Duty.FINANCE_OFFICER), staff_of(award, Duty.APPROVER)
    with clock.stopped(clock.start_of(instalment.due_on)):
        assert [(one.ref, one.page) for one in queries.waiting(finance)] == [(instalment.ref, "payments.raise_")]
    payment = a_raised(instalment)
    assert [(one.ref, one.page) for one in queries.waiting(approver)] == [(payment.ref, "payments.show")]
    assert queries.waiting(finance) == []
    commands.approve(payment, digest=rules.digest(payment), by=approver)
    assert queries.waiting(approver) == []
    assert [(one.ref, one.page) for one in queries.waiting(finance)] == [(payment.ref, "payments.paid")]
    assert queries.waiting(staff_of(award, Duty.GRANTS_OFFICER)) == []


def test_nothing_is_on_the_list_of_somebody_who_may_not_do_it(app):
    award = an_agreement()
    payment = a_raised(first(award))
    group = staff_of(award, Duty.APPROVER, Duty.APPLICANT, organisation=award.organisation)
    raiser = also(payment.raised_by, Duty.APPROVER)
    earlier = sorted(assessors_of(award.application) | deciders_of(award.application))
    assert len(earlier) == 4  # two assessors, the minute-taker, the chair
    for who in (group, raiser, *(also(person(ref), Duty.APPROVER) for ref in earlier)):
        assert objections(policies.approve, who, payment, done=queries.done(award, raiser)) != []
        assert [one for one in queries.waiting(who) if one.ref == payment.ref] == []
    assert [one.ref for one in queries.waiting(staff_of(award, Duty.APPROVER))] == [payment.ref]


def test_lists_cost_the_same_for_one_payment_and_three(app, statements):
    award = an_agreement("1000", "1000", "1000", "1000", "1000", gates=[Gate.ACCEPTED] * 5)
    by = staff_of(award, Duty.FINANCE_OFFICER)

    def cost() -> int:
        assert by.holdings
        with statements() as made:
            queries.ready(by), queries.standing(by, State.RAISED), queries.standing(by, State.APPROVED), queries.recent(by)
        return len(made)

    a_raised(first(award))
    a_paid(first(award, 2))
    assert cost() == 4
    a_paid(first(award, 3))
    an_approved(first(award, 4))
    a_raised(first(award, 5))
    assert cost() == 4


def test_the_digest_covers_who_is_paid_for_what_and_how_much(sqlite_app):
    payment = a_raised(first(an_agreement()))
    before = rules.digest(payment)
    assert before == rules.digest(payment)
    payment.amount = Money(payment.amount.pence + 1)
    changed = {rules.digest(payment)}
    payment.amount = Money(payment.amount.pence - 1)
    payment.award.organisation.name = "Another group"
    changed.add(rules.digest(payment))
    db.session.rollback()
    assert before not in changed and len(changed) == 2
