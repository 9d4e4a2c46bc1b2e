"""What must be so before money is paid, and the digest that ties an approval to exact figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date

from flask_babel import format_date

from grants.awards.models import Instalment
from grants.awards.models import State as AwardState
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.payments.models import Payment

APPROVAL = "payment"  # what the approval record is of
BANK_REFERENCE = 35  # characters a bank statement shows
BECAUSE = 500


def digest(payment: Payment) -> str:
    """The figures a second person approves: award, instalment, amount and payee. Change one and the digest differs."""
    payee = payment.award.organisation
    return digest_of(payment.award.ref, payment.instalment.ref, payment.amount, payee.ref, payee.name)


def digest_of(award: str, instalment: str, amount: Money, payee: str, name: str) -> str:
    """The same from references, for payments written many at a time."""
    figures = [award, instalment, amount.pence, payee, name]
    return hashlib.sha256(json.dumps(figures, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def unraisable(instalment: Instalment, live: Payment | None) -> Iterator[str]:
    """What stands in the way of paying an instalment. `live` is its payment that was not refused, if there is one."""
    award = instalment.award
    if award.state is AwardState.OFFERED:
        yield _("%(group)s has not accepted the offer yet, so nothing can be paid.", group=award.organisation.name)
    elif award.state is not AwardState.ACCEPTED:
        yield _("%(award)s is %(state)s, so nothing can be paid.", award=award.ref, state=award.state.value)
    elif instalment.gate_met_at is None:
        yield _(
            "Instalment %(number)s can be paid once %(gate)s. That has not happened yet.",
            number=instalment.number,
            gate=instalment.gate.value,
        )
    if live is not None:
        yield _(
            "Instalment %(number)s already has a payment, %(payment)s, which is %(state)s.",
            number=instalment.number,
            payment=live.ref,
            state=live.state.value,
        )


def changed(payment: Payment, seen: str) -> Iterator[str]:
    """An approval is of the figures that were read."""
    if seen != digest(payment):
        yield _("The figures changed after this page was drawn. Read them again before you approve.")


def unapproved() -> str:
    """What was approved is not what stands here now."""
    return _("The figures are not the ones that were approved, so this payment cannot be recorded. Tell an approver.")


def unpaid(paid_on: date | None, bank_reference: str, approved_on: date) -> Iterator[str]:
    """What is wrong with what is said of a payment that has left the bank."""
    if paid_on is None:
        yield _("Enter the date the money left the bank.")
    elif paid_on > clock.today():
        yield _("The date the money left the bank cannot be in the future.")
    elif paid_on < approved_on:
        day = format_date(approved_on, "d MMMM y")
        yield _("The money cannot have left the bank before %(day)s, when the payment was approved.", day=day)
    if not bank_reference.strip():
        yield _("Enter the bank’s reference for this payment.")
    elif len(bank_reference.strip()) > BANK_REFERENCE:
        yield _("The bank’s reference must be %(most)s characters or fewer.", most=BANK_REFERENCE)


def unexplained(because: str) -> Iterator[str]:
    """Refusing a payment takes a reason that whoever raised it will read."""
    if not because.strip():
        yield _("Say why you are refusing this payment. Whoever raised it will read this.")
    elif len(because.strip()) > BECAUSE:
        yield _("The reason must be %(most)s characters or fewer.", most=BECAUSE)
