"""What an agreement, its funder, conditions, papers and payments must be, and where a payment stands on a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from grants.agreements.models import Agreement, AgreementCondition, AgreementSignature, FunderPayment
from grants.kernel import clock
from grants.kernel.money import ZERO, Money
from grants.kernel.words import _
from grants.streams.models import Allocation, Certainty

SOON = timedelta(days=30)  # a condition due within these days is shown as something to do
BANK_REFERENCE = 35  # characters a bank statement shows
LONGEST_YEARS = 30  # beyond this somebody mistyped a year


class Stands(StrEnum):
    """Where a sum from the funder stands. Worked out from its dates, never kept."""

    EXPECTED = "expected"
    INVOICED = "invoiced"
    OVERDUE = "overdue"
    RECEIVED = "received"
    IN_PART = "received in part"
    OVER = "more than expected"
    DROPPED = "not to come"


def stands(payment: FunderPayment, on: date) -> Stands:
    """Where a payment stands at the end of a day. The part that did not come is a payment of its own."""
    if payment.received is not None:
        if payment.received < payment.amount:
            return Stands.IN_PART
        return Stands.OVER if payment.received > payment.amount else Stands.RECEIVED
    if payment.dropped_on is not None:
        return Stands.DROPPED
    if payment.expected_on < on:
        return Stands.OVERDUE
    return Stands.INVOICED if payment.invoiced_on else Stands.EXPECTED


def day(value: date) -> str:
    """'3 April 2026', for a sentence."""
    return f"{value.day} {value:%B %Y}"


def unfit_agreement(name: str, starts_on: date, ends_on: date, change_limit: Money | None) -> Iterator[str]:
    """What stops an agreement being recorded."""
    if not name.strip():
        yield _("Enter what the agreement is called.")
    if ends_on < starts_on:
        yield _("The agreement must end on or after the day it begins.")
    elif ends_on.year - starts_on.year > LONGEST_YEARS:
        yield _("An agreement of more than %(most)s years is not likely. Check the dates.", most=LONGEST_YEARS)
    if change_limit is not None and change_limit < ZERO:
        yield _("The limit cannot be less than £0.00.")


def unfit_amendment(agreement: Agreement, ends_on: date, reason: str) -> Iterator[str]:
    """What stops an agreement being changed, beside what stops one being recorded."""
    if not reason.strip():
        yield _("Enter what changed it, for example a letter or a variation and its date.")
    for one in agreement.funders:
        if one.effective_on > ends_on:
            yield _("A change of funder is recorded for %(day)s. End the agreement after that.", day=day(one.effective_on))


def unfit_funder(agreement: Agreement, funder: str, effective_on: date, reason: str, *, now: str | None) -> Iterator[str]:
    """What stops another body giving from a day on. `now`: who gives on that day, as far as is known."""
    if not reason.strip():
        yield _("Enter why the funder changes, for example the law or letter that says so.")
    if not agreement.starts_on <= effective_on <= agreement.ends_on:
        yield _(
            "The change must fall within the agreement, from %(start)s to %(end)s.",
            start=day(agreement.starts_on),
            end=day(agreement.ends_on),
        )
    elif funder == now:
        yield _("That body gives the money on that day already. Choose another, or another day.")


def does_not_fit(agreement: Agreement, allocation: Allocation) -> Iterator[str]:
    """What stops an allocation standing under an agreement."""
    pot = allocation.pot
    if pot.stream.partnership_id != agreement.partnership_id:
        yield _("%(pot)s belongs to another partnership.", pot=pot.ref)
    yield from outside(agreement, pot.ref, pot.starts_on, pot.ends_on)


def outside(agreement: Agreement, pot: str, starts_on: date, ends_on: date) -> Iterator[str]:
    """What stops a pot's year standing under an agreement: no day of it is the agreement's."""
    if ends_on < agreement.starts_on or starts_on > agreement.ends_on:
        yield _(
            "The year of %(pot)s lies outside the agreement, which runs from %(start)s to %(end)s.",
            pot=pot,
            start=day(agreement.starts_on),
            end=day(agreement.ends_on),
        )


def unfit_condition(text: str) -> Iterator[str]:
    """What stops a condition being recorded."""
    if not text.strip():
        yield _("Enter what the funder asks for.")


def unmet(condition: AgreementCondition, met_on: date, evidence: str) -> Iterator[str]:
    """What stops a condition being recorded as met."""
    if condition.met_on is not None:
        yield _("This condition was met on %(day)s.", day=day(condition.met_on))
    if met_on > clock.today():
        yield _("The day the condition was met cannot be in the future.")
    if not evidence.strip():
        yield _("Enter what shows that it was met, and where that is kept.")


def unfit_document(title: str, kept_at: str) -> Iterator[str]:
    """What stops a paper being recorded."""
    if not title.strip():
        yield _("Enter what the paper is.")
    if not kept_at.strip():
        yield _("Enter where the paper is kept, so that somebody can find it.")


def unfit_signature(what: str, post: str, signs_for: str) -> Iterator[str]:
    """What stops a signature being asked for."""
    if not what.strip():
        yield _("Enter what has to be signed.")
    if not post.strip():
        yield _("Enter the post that signs it.")
    if not signs_for.strip():
        yield _("Enter the body it is signed for.")


def unsignable(signature: AgreementSignature, signed_on: date) -> Iterator[str]:
    """What stops a signature being recorded."""
    if signature.signed_on is not None:
        yield _("This was signed on %(day)s.", day=day(signature.signed_on))
    if signed_on > clock.today():
        yield _("The day it was signed cannot be in the future.")


def unexpectable(certainty: Certainty, agreement: str | None, amount: Money) -> Iterator[str]:
    """What stops a sum being expected for an allocation, given how sure that is and what it stands under."""
    if agreement is None:
        yield _("Put the allocation under its agreement first: the payment belongs to the agreement.")
    if certainty is Certainty.WITHDRAWN:
        yield _("The funder withdrew this allocation, so nothing is to come for it.")
    if amount <= ZERO:
        yield _("Enter an amount of more than £0.00.")


def over(payment: FunderPayment) -> Iterator[str]:
    """What stops anything more being said of a payment."""
    if payment.received_on is not None:
        yield _("This came in on %(day)s.", day=day(payment.received_on))
    if payment.dropped_on is not None:
        yield _("It was said on %(day)s that this is not to come.", day=day(payment.dropped_on))


def unchangeable(payment: FunderPayment, amount: Money, expected_on: date, reason: str) -> Iterator[str]:
    """What stops an expected sum being changed."""
    yield from over(payment)
    if amount <= ZERO:
        yield _("Enter an amount of more than £0.00.")
    if (amount, expected_on) == (payment.amount, payment.expected_on):
        yield _("This changes nothing: enter another amount or another day.")
    if not reason.strip():
        yield _("Enter why it changes.")


def undoable(payment: FunderPayment, reason: str) -> Iterator[str]:
    """What stops a receipt being taken back."""
    if payment.received_on is None:
        yield _("Nothing has been recorded as received here.")
    if not reason.strip():
        yield _("Enter what was wrong with it.")


def undroppable(payment: FunderPayment, reason: str) -> Iterator[str]:
    """What stops it being said that a sum is not to come."""
    yield from over(payment)
    if not reason.strip():
        yield _("Enter why it is not to come.")


def uninvoiceable(payment: FunderPayment, invoiced_on: date, invoice: str) -> Iterator[str]:
    """What stops an invoice being recorded."""
    if payment.dropped_on is not None:
        yield from over(payment)
    if payment.received is not None:
        yield _("The money has come in, so there is nothing to invoice.")
    if payment.invoiced_on is not None:
        yield _("This was invoiced on %(day)s as %(invoice)s.", day=day(payment.invoiced_on), invoice=payment.invoice)
    if not invoice.strip():
        yield _("Enter the invoice’s number.")
    if invoiced_on > clock.today():
        yield _("The day of the invoice cannot be in the future.")


def unreceivable(payment: FunderPayment, received: Money, received_on: date, bank_reference: str) -> Iterator[str]:
    """What stops money being recorded as received."""
    yield from over(payment)
    if received <= ZERO:
        yield _("Enter an amount of more than £0.00.")
    if received_on > clock.today():
        yield _("The day the money came in cannot be in the future.")
    if not bank_reference.strip():
        yield _("Enter the bank’s reference for this payment.")
    elif len(bank_reference.strip()) > BANK_REFERENCE:
        yield _("The bank’s reference must be %(most)s characters or fewer.", most=BANK_REFERENCE)
