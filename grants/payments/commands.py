"""An instalment is raised by one person, approved by another, and recorded when the money has left the bank."""

from __future__ import annotations

from datetime import date

from grants.audit.record import declare, record
from grants.awards.models import Instalment
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, means
from grants.kernel.lifecycle import move
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import mark
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.monitoring import commands as monitoring
from grants.notices import commands as notices
from grants.payments import policies, queries, rules
from grants.payments.models import MOVES, Payment, State
from grants.people import commands as people
from grants.people import queries as people_queries
from grants.people.delegation import deputy_of
from grants.people.models import Duty, Person
from grants.streams.draws import draw

declare(
    {
        "payment.raised": mark("Raised a payment of %(amount)s, instalment %(number)s of %(award)s, to %(payee)s"),
        "payment.approved": mark("Approved the payment of %(amount)s"),
        "payment.approved_as_deputy": mark("Approved the payment of %(amount)s, as deputy for %(deputy_for)s"),
        "payment.refused": mark("Refused the payment: %(because)s"),
        "payment.paid": mark("Recorded %(amount)s as paid on %(paid_on)s, bank reference %(bank_reference)s"),
    }
)

_TWICE = mark("This instalment has just been raised by somebody else. Reload the page to see it.")
means({"uq_payment_instalment_id_live": _TWICE, "UNIQUE constraint failed: payment.instalment_id": _TWICE})


@command
def raise_payment(instalment: Instalment, *, by: Person) -> Payment:
    """Ask for an instalment to be paid, whole. A second person has to approve it before any money is due."""
    award = instalment.award
    require(policies.raise_payment, by, instalment, done=queries.done(award))
    if found := list(rules.unraisable(instalment, queries.live(instalment))):
        raise RuleBroken(*found)
    payment = Payment(
        ref=next_reference("PAY"),
        award=award,
        instalment=instalment,
        amount=instalment.amount,
        raised_by=by,
        raised_at=clock.now(),
    )
    db.session.add(payment)
    record(
        "payment.raised",
        payment,
        by=by,
        amount=payment.amount,
        number=instalment.number,
        award=award,
        payee=award.organisation,
    )
    return payment


@command
def approve(payment: Payment, *, digest: str, by: Person) -> Payment:
    """The second person's yes to exact figures (`rules.digest`, as shown to them): the money becomes due."""
    award = payment.award
    require(policies.approve, by, payment, done=queries.done(award, payment.raised_by))
    payment.state = move(MOVES, payment.state, State.APPROVED)
    if found := list(rules.changed(payment, digest)):
        raise RuleBroken(*found)
    payment.approved_by, payment.approved_at = by, clock.now()
    people.give_approval(
        what=rules.APPROVAL,
        subject=payment.ref,
        digest=digest,
        pence=payment.amount,
        asked_by=payment.raised_by,
        by=by,
    )
    _enter("approve", payment, Bucket.COMMITTED, Bucket.DUE, on=clock.today(), by=by)
    stream = award.pot.stream
    if away := deputy_of(by, {Duty.APPROVER}, stream.partnership, stream.ref):
        record("payment.approved_as_deputy", payment, by=by, amount=payment.amount, digest=digest, deputy_for=away.name)
    else:
        record("payment.approved", payment, by=by, amount=payment.amount, digest=digest)
    return payment


@command
def refuse(payment: Payment, *, because: str, by: Person) -> Payment:
    """Say no to a raised payment. No money has moved; the instalment can be raised again."""
    require(policies.refuse, by, payment)
    if found := list(rules.unexplained(because)):
        raise RuleBroken(*found, field="because")
    payment.state = move(MOVES, payment.state, State.REFUSED)
    payment.refused_because = because.strip()
    record("payment.refused", payment, by=by, because=payment.refused_because)
    return payment


@command
def record_paid(payment: Payment, *, paid_on: date | None, bank_reference: str, by: Person) -> Payment:
    """The money has left the bank: it is paid, and the group is told. The approval must stand for these very figures."""
    require(policies.record_paid, by, payment)
    now_paid = move(MOVES, payment.state, State.PAID)
    assert payment.approved_at
    approved_on = clock.civil(payment.approved_at).date()
    if found := list(rules.unpaid(paid_on, bank_reference, approved_on)):
        raise RuleBroken(*found)
    assert paid_on
    if not people_queries.approved(rules.APPROVAL, payment.ref, rules.digest(payment)):
        raise RuleBroken(rules.unapproved())
    payment.state, payment.paid_on, payment.bank_reference = now_paid, paid_on, bank_reference.strip()
    _enter("pay", payment, Bucket.DUE, Bucket.PAID, on=paid_on, by=by)
    monitoring.account_for(payment.award, source=payment.ref, by=by)
    record(
        "payment.paid",
        payment,
        by=by,
        amount=payment.amount,
        paid_on=paid_on,
        bank_reference=payment.bank_reference,
    )
    award = payment.award
    notices.queue_all(
        "payment sent", award.organisation, payment, ref=award.ref, title=award.title, amount=payment.amount, date=paid_on
    )
    return payment


def _enter(kind: str, payment: Payment, out_of: Bucket, into: Bucket, *, on: date, by: Person) -> None:
    owner = payment.award.ref
    moves = draw(kind, owner, out_of, (owner, into), payment.amount, pot=payment.award.pot.ref)
    ledger.enter(moves, key=f"{kind}:{payment.ref}", on=on, by=by.ref, source=payment.ref)
