"""Keeping a funder agreement: what it covers, who gives, what it asks for, what was signed, what has come in."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from grants.agreements import policies, queries, rules
from grants.agreements.models import (
    Agreement,
    AgreementCondition,
    AgreementDocument,
    AgreementFunder,
    AgreementSignature,
    FunderPayment,
)
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.money import ZERO, Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Organisation, Partnership, Person
from grants.streams import allocations
from grants.streams.models import Allocation, Certainty, Pot

declare(
    {
        "agreement.added": mark("Recorded the agreement %(name)s with %(funder)s, %(starts_on)s to %(ends_on)s"),
        "agreement.funder_changed": mark("From %(on)s the money comes from %(funder)s (before: %(before)s): %(reason)s"),
        "agreement.allocation_added": mark("%(pot)s: %(certainty)s, %(amount)s (%(allocation)s)"),
        "agreement.allocation_attached": mark("Now covers the allocation %(allocation)s of %(pot)s"),
        "agreement.condition_added": mark("Condition %(number)s: %(asks)s"),
        "agreement.condition_met": mark("Condition %(number)s was met on %(on)s: %(evidence)s"),
        "agreement.document_added": mark("Paper: %(title)s, kept at %(kept_at)s"),
        "agreement.signature_asked": mark("%(what)s is to be signed by the %(post)s for %(signs_for)s"),
        "agreement.signed": mark("%(what)s was signed on %(on)s by the %(post)s for %(signs_for)s"),
        "funder_payment.expected": mark("%(amount)s for %(pot)s is expected on %(on)s"),
        "agreement.amended": mark("Changed to: %(name)s, %(starts_on)s to %(ends_on)s. Why: %(reason)s"),
        "funder_payment.changed": mark("Now %(amount)s on %(on)s (was %(before)s on %(was)s): %(reason)s"),
        "funder_payment.dropped": mark("%(amount)s is not to come: %(reason)s"),
        "funder_payment.invoiced": mark("Asked the funder for %(amount)s on %(on)s, invoice %(invoice)s"),
        "funder_payment.receipt_undone": mark("%(received)s of %(on)s was not received after all: %(reason)s"),
        "funder_payment.received": mark(
            "%(received)s of %(amount)s came in on %(on)s, bank reference %(bank_reference)s: %(difference)s"
        ),
    }
)


@command
def add_agreement(
    *,
    partnership: Partnership,
    name: str,
    funder: Organisation,
    starts_on: date,
    ends_on: date,
    by: Person,
    funder_reference: str | None = None,
    change_limit: Money | None = None,
    note: str | None = None,
    source: str | None = None,
    fictional: bool = False,
) -> Agreement:
    """Record the terms on which a funder gives. `change_limit`: a plan line changed by more goes back to the funder."""
    require(policies.add, by, partnership)
    if found := list(rules.unfit_agreement(name, starts_on, ends_on, change_limit)):
        raise RuleBroken(*found)
    agreement = Agreement(
        ref=next_reference("AGR"),
        partnership=partnership,
        name=name.strip(),
        funder_reference=(funder_reference or "").strip() or None,
        starts_on=starts_on,
        ends_on=ends_on,
        change_limit=change_limit,
        fictional=fictional,
        note=(note or "").strip() or None,
        source=source,
    )
    agreement.funders.append(
        AgreementFunder(organisation=funder, effective_on=starts_on, reason=_("Named in the agreement."), recorded_by=by.ref)
    )
    db.session.add(agreement)
    record(
        "agreement.added",
        agreement,
        by=by,
        name=agreement.name,
        funder=funder.name,
        starts_on=starts_on,
        ends_on=ends_on,
        change_limit=change_limit,
    )
    return agreement


@command
def amend(
    agreement: Agreement,
    *,
    name: str,
    ends_on: date,
    reason: str,
    by: Person,
    funder_reference: str | None = None,
    change_limit: Money | None = None,
    note: str | None = None,
    edition: int | None = None,
) -> Agreement:
    """Change what an agreement says of itself: the paper that changed it is the reason. Its first day stays."""
    require(policies.keep, by, agreement)
    _current(agreement, edition)
    found = [
        *rules.unfit_agreement(name, agreement.starts_on, ends_on, change_limit),
        *rules.unfit_amendment(agreement, ends_on, reason),
    ]
    if found:
        raise RuleBroken(*found)
    agreement.name, agreement.ends_on, agreement.change_limit = name.strip(), ends_on, change_limit
    agreement.funder_reference = (funder_reference or "").strip() or None
    agreement.note = (note or "").strip() or None
    _touched(agreement)
    record(
        "agreement.amended",
        agreement,
        by=by,
        name=agreement.name,
        starts_on=agreement.starts_on,
        ends_on=ends_on,
        change_limit=change_limit,
        reason=reason.strip(),
    )
    return agreement


@command
def change_funder(
    agreement: Agreement,
    *,
    organisation: Organisation,
    effective_on: date,
    reason: str,
    by: Person,
    edition: int | None = None,
) -> Agreement:
    """From a day on another body gives: a successor, or one that took the fund over. Who gave before stays who gave.

    What is in the books already keeps the name it came under.
    """
    require(policies.keep, by, agreement)
    _current(agreement, edition)
    now = queries.funder_on(agreement, effective_on)
    if found := list(rules.unfit_funder(agreement, organisation.ref, effective_on, reason, now=now.ref if now else None)):
        raise RuleBroken(*found)
    db.session.add(
        AgreementFunder(
            agreement=agreement,
            organisation=organisation,
            effective_on=effective_on,
            reason=reason.strip(),
            recorded_by=by.ref,
        )
    )
    _touched(agreement)
    record(
        "agreement.funder_changed",
        agreement,
        by=by,
        on=effective_on,
        funder=organisation.name,
        before=now.name if now else _("not stated"),
        reason=reason.strip(),
    )
    return agreement


# -- what it covers --------------------------------------------------------------------------------------------------------


@command
def add_allocation(
    agreement: Agreement,
    pot: Pot,
    *,
    certainty: Certainty,
    amount: Money,
    effective_on: date,
    by: Person,
    document: str | None = None,
    note: str | None = None,
) -> Allocation:
    """Money under the agreement for one pot, from whoever gives under it on the day. Confirmed money goes into the books."""
    found = list(rules.outside(agreement, pot.ref, pot.starts_on, pot.ends_on))
    if pot.stream.partnership_id != agreement.partnership_id:
        found.append(_("%(pot)s belongs to another partnership.", pot=pot.ref))
    if found:
        raise RuleBroken(*found)
    giver = queries.funder_on(agreement, max(effective_on, agreement.starts_on))
    allocation = allocations.record_allocation(
        pot,
        certainty=certainty,
        amount=amount,
        effective_on=effective_on,
        funder=giver.ref if giver else None,
        agreement=agreement.ref,
        document=document,
        note=note,
        fictional=agreement.fictional or pot.fictional,
        by=by,
    )
    record(
        "agreement.allocation_added",
        agreement,
        by=by,
        pot=pot.ref,
        certainty=certainty,
        amount=amount,
        allocation=allocation.ref,
    )
    return allocation


@command
def attach(agreement: Agreement, allocation: Allocation, *, by: Person) -> Allocation:
    """Put an allocation that is recorded already (the pot was opened with it) under the agreement it comes from."""
    require(policies.allocate, by, allocation)
    if found := list(rules.does_not_fit(agreement, allocation)):
        raise RuleBroken(*found)
    allocations.put_under(allocation, agreement=agreement.ref, by=by)
    record("agreement.allocation_attached", agreement, by=by, allocation=allocation.ref, pot=allocation.pot.ref)
    return allocation


# -- what it asks for ------------------------------------------------------------------------------------------------------


@command
def add_condition(
    agreement: Agreement, *, text: str, by: Person, due_on: date | None = None, owner: str | None = None
) -> Agreement:
    """Write down a term: what the funder asks for, by when if it says so, and the post that sees to it."""
    require(policies.keep, by, agreement)
    if found := list(rules.unfit_condition(text)):
        raise RuleBroken(*found)
    last = db.session.scalar(
        select(func.max(AgreementCondition.position)).where(AgreementCondition.agreement_id == agreement.id)
    )
    number = (last or 0) + 1
    db.session.add(
        AgreementCondition(
            agreement=agreement,
            position=number,
            text=text.strip(),
            due_on=due_on,
            owner=(owner or "").strip() or None,
        )
    )
    record("agreement.condition_added", agreement, by=by, number=number, asks=text.strip(), due_on=due_on, owner=owner)
    return agreement


@command
def meet_condition(agreement: Agreement, *, number: int, met_on: date, evidence: str, by: Person) -> Agreement:
    """Say that a term is met, and what shows it. `number`: the condition's on the agreement's page."""
    require(policies.keep, by, agreement)
    condition = queries.condition(agreement, number)
    if found := list(rules.unmet(condition, met_on, evidence)):
        raise RuleBroken(*found)
    condition.met_on, condition.evidence = met_on, evidence.strip()
    record("agreement.condition_met", agreement, by=by, number=number, on=met_on, evidence=evidence.strip())
    return agreement


@command
def add_document(agreement: Agreement, *, title: str, kept_at: str, by: Person, dated: date | None = None) -> Agreement:
    """Say what paper there is and where it is kept."""
    require(policies.keep, by, agreement)
    if found := list(rules.unfit_document(title, kept_at)):
        raise RuleBroken(*found)
    db.session.add(
        AgreementDocument(agreement=agreement, title=title.strip(), dated=dated, kept_at=kept_at.strip(), recorded_by=by.ref)
    )
    record("agreement.document_added", agreement, by=by, title=title.strip(), kept_at=kept_at.strip(), dated=dated)
    return agreement


@command
def add_signature(agreement: Agreement, *, what: str, post: str, signs_for: str, by: Person) -> Agreement:
    """Say who has to sign what, for whom."""
    require(policies.keep, by, agreement)
    if found := list(rules.unfit_signature(what, post, signs_for)):
        raise RuleBroken(*found)
    db.session.add(AgreementSignature(agreement=agreement, what=what.strip(), post=post.strip(), signs_for=signs_for.strip()))
    record(
        "agreement.signature_asked",
        agreement,
        by=by,
        what=what.strip(),
        post=post.strip(),
        signs_for=signs_for.strip(),
    )
    return agreement


@command
def record_signed(agreement: Agreement, *, number: int, signed_on: date, by: Person) -> Agreement:
    """Say that a paper was signed. `number`: the signature's on the agreement's page."""
    require(policies.keep, by, agreement)
    signature = queries.signature(agreement, number)
    if found := list(rules.unsignable(signature, signed_on)):
        raise RuleBroken(*found)
    signature.signed_on, signature.recorded_by = signed_on, by.ref
    record(
        "agreement.signed",
        agreement,
        by=by,
        what=signature.what,
        on=signed_on,
        post=signature.post,
        signs_for=signature.signs_for,
    )
    return agreement


# -- its cash --------------------------------------------------------------------------------------------------------------


@command
def expect_payment(allocation: Allocation, *, amount: Money, expected_on: date, by: Person) -> FunderPayment:
    """A sum the funder is to send for an allocation. Cash only: what may be promised is the allocation's business."""
    require(policies.allocate, by, allocation)
    last = allocation.steps[-1]
    if found := list(rules.unexpectable(last.certainty, allocation.agreement, amount)):
        raise RuleBroken(*found)
    return _expect(allocation, amount, expected_on, by)


def _expect(allocation: Allocation, amount: Money, expected_on: date, by: Person) -> FunderPayment:
    payment = FunderPayment(
        ref=next_reference("FPY"),
        agreement=queries.by_ref(allocation.agreement or ""),
        allocation=allocation,
        amount=amount,
        expected_on=expected_on,
        recorded_by=by.ref,
    )
    db.session.add(payment)
    record("funder_payment.expected", payment, by=by, amount=amount, pot=allocation.pot.ref, on=expected_on)
    return payment


@command
def change_expected(
    payment: FunderPayment, *, amount: Money, expected_on: date, reason: str, by: Person, edition: int | None = None
) -> FunderPayment:
    """Another sum, or another day, than was expected before."""
    require(policies.bank, by, payment)
    _current(payment, edition)
    if found := list(rules.unchangeable(payment, amount, expected_on, reason)):
        raise RuleBroken(*found)
    before, was = payment.amount, payment.expected_on
    payment.amount, payment.expected_on = amount, expected_on
    record(
        "funder_payment.changed",
        payment,
        by=by,
        amount=amount,
        on=expected_on,
        before=before,
        was=was,
        reason=reason.strip(),
    )
    return payment


@command
def drop_payment(payment: FunderPayment, *, reason: str, by: Person, edition: int | None = None) -> FunderPayment:
    """Say that a sum is not to come, or not as one sum. Nothing that may be promised changes: that is the allocation's."""
    require(policies.bank, by, payment)
    _current(payment, edition)
    if found := list(rules.undroppable(payment, reason)):
        raise RuleBroken(*found)
    payment.dropped_on, payment.dropped_because = clock.today(), reason.strip()
    record("funder_payment.dropped", payment, by=by, amount=payment.amount, reason=reason.strip())
    return payment


@command
def invoice(
    payment: FunderPayment, *, invoiced_on: date, invoice: str, by: Person, edition: int | None = None
) -> FunderPayment:
    """The funder was asked for the sum."""
    require(policies.bank, by, payment)
    _current(payment, edition)
    if found := list(rules.uninvoiceable(payment, invoiced_on, invoice)):
        raise RuleBroken(*found)
    payment.invoiced_on, payment.invoice = invoiced_on, invoice.strip()
    record("funder_payment.invoiced", payment, by=by, amount=payment.amount, on=invoiced_on, invoice=payment.invoice)
    return payment


class Came(NamedTuple):
    """What a receipt left: the part that is still expected, or what came beyond what was expected."""

    missing: Money
    beyond: Money


def came(payment: FunderPayment, received: Money) -> Came:
    """The difference between what came in and what was expected, one way or the other."""
    return Came(max(ZERO, payment.amount - received), max(ZERO, received - payment.amount))


@command
def receive(
    payment: FunderPayment,
    *,
    received: Money,
    received_on: date,
    bank_reference: str,
    by: Person,
    rest_on: date | None = None,
    edition: int | None = None,
) -> FunderPayment:
    """The money is in the bank. What is missing is expected still, as a payment of its own (on `rest_on`, else on the same
    day as before). Once all that is confirmed on the allocation has come in, the allocation is received."""
    require(policies.bank, by, payment)
    _current(payment, edition)
    if found := list(rules.unreceivable(payment, received, received_on, bank_reference)):
        raise RuleBroken(*found)
    allocation = payment.allocation
    missing, beyond = came(payment, received)
    rest = _expect(allocation, missing, rest_on or payment.expected_on, by) if missing else None
    if rest is not None:
        rest.invoiced_on, rest.invoice = payment.invoiced_on, payment.invoice  # what was asked for is still asked for
    payment.received, payment.received_on = received, received_on
    payment.bank_reference, payment.received_at = bank_reference.strip(), clock.now()
    db.session.flush()
    difference = _("all of it")
    if rest is not None:
        difference = _("%(missing)s is still to come (%(ref)s)", missing=missing, ref=rest.ref)
    elif beyond:
        difference = _("%(beyond)s more than was expected", beyond=beyond)
    record(
        "funder_payment.received",
        payment,
        by=by,
        received=received,
        amount=payment.amount,
        on=received_on,
        bank_reference=payment.bank_reference,
        difference=difference,
    )
    last = allocation.steps[-1]
    if last.certainty is Certainty.CONFIRMED and queries.received(allocation) >= last.amount > ZERO:
        allocations.advance(
            allocation,
            certainty=Certainty.RECEIVED,
            amount=last.amount,
            effective_on=max(received_on, last.effective_on),
            document=_("Bank reference %(reference)s", reference=payment.bank_reference),
            by=by,
        )
    return payment


@command
def undo_receipt(payment: FunderPayment, *, reason: str, by: Person, edition: int | None = None) -> FunderPayment:
    """A receipt was recorded wrongly, or the bank took it back: it is expected again. An allocation that was received by it is
    confirmed again. What was recorded stays in the history; a rest that was expected apart is put right by hand."""
    require(policies.bank, by, payment)
    _current(payment, edition)
    if found := list(rules.undoable(payment, reason)):
        raise RuleBroken(*found)
    received, on = payment.received, payment.received_on
    payment.received = payment.received_on = payment.bank_reference = payment.received_at = None
    db.session.flush()
    record("funder_payment.receipt_undone", payment, by=by, received=received, on=on, reason=reason.strip())
    allocation = payment.allocation
    last = allocation.steps[-1]
    if last.certainty is Certainty.RECEIVED and queries.received(allocation) < last.amount:
        allocations.advance(
            allocation,
            certainty=Certainty.CONFIRMED,
            amount=last.amount,
            effective_on=last.effective_on,
            document=_("%(ref)s was not received after all: %(reason)s", ref=payment.ref, reason=reason.strip()),
            by=by,
        )
    return payment


def _current(row: Agreement | FunderPayment, edition: int | None) -> None:
    if edition is not None and edition != row.edition:
        raise Stale()


def _touched(agreement: Agreement) -> None:
    """A row beneath the agreement changed: forms drawn from it before are out of date."""
    flag_modified(agreement, "name")
