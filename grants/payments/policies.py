"""Who may raise, approve, refuse and record a payment; and who may not because of what else they did."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from grants.awards.models import Award, Instalment
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.payments.models import Payment
from grants.people.duties import Deed
from grants.people.models import Duty, Person
from grants.people.policies import apart, holds, needs

Done = Mapping[Deed, Collection[str]]  # who has already done what on this award


def raise_payment(who: Person, instalment: Instalment, *, done: Done) -> Objections:
    """A finance officer of the pot who neither assessed nor decided the bid, and has no part in the group."""
    yield from _works_there(who, Duty.FINANCE_OFFICER, instalment.award)
    yield from apart(who, Deed.RAISE, done=done)
    yield from _no_part(who, instalment.award)


def approve(who: Person, payment: Payment, *, done: Done) -> Objections:
    """An approver of the pot: a second person, who neither assessed nor decided the bid, and has no part in the group."""
    yield from _works_there(who, Duty.APPROVER, payment.award)
    yield from apart(who, Deed.APPROVE, done=done)
    yield from _no_part(who, payment.award)


def refuse(who: Person, payment: Payment) -> Objections:
    """An approver of the pot."""
    yield from _works_there(who, Duty.APPROVER, payment.award)


def record_paid(who: Person, payment: Payment) -> Objections:
    """A finance officer of the pot."""
    yield from _works_there(who, Duty.FINANCE_OFFICER, payment.award)


def _works_there(who: Person, duty: Duty, award: Award) -> Objections:
    stream = award.pot.stream
    yield from needs(who, duty, partnership=stream.partnership, stream=stream.ref)


def _no_part(who: Person, award: Award) -> Objections:
    group = award.organisation
    if any(holds(who, duty, organisation=group) for duty in (Duty.APPLICANT, Duty.CERTIFIER)):
        yield Objection(
            _("You act for %(group)s, which this pays. Somebody with no part in the group has to do this.", group=group.name),
            could=_("somebody else with the same duty"),
        )
