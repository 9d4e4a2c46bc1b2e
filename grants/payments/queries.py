"""Payments as pages show them: what can be raised, what waits for approval or the bank, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from grants.assessment import queries as assessment
from grants.assessment.models import Assessment
from grants.awards.models import Award, Instalment
from grants.awards.models import State as AwardState
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from grants.panel import queries as panel
from grants.panel.models import Decision, Panel
from grants.payments import policies
from grants.payments.models import Payment, State
from grants.people.duties import Deed
from grants.people.models import Duty, Organisation, Person
from grants.people.queries import acts_for, covered
from grants.streams.models import Pot, Stream

RECENT = 20
SHOWN = 100  # instalments to raise, shown at once: those due first


class Ready(NamedTuple):
    """An instalment that can be raised."""

    ref: str
    award: str
    title: str
    group: str
    pot: str
    number: int
    amount: Money
    due_on: date
    since: datetime | None  # when its gate was met


class Row(NamedTuple):
    """A payment as a list shows it."""

    ref: str
    award: str
    title: str
    group: str
    number: int
    amount: Money
    state: State
    raised_by: str
    raised_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    paid_on: date | None
    bank_reference: str | None


class Stands(NamedTuple):
    """An award's money in the ledger, in the order it is spent."""

    committed: Money
    due: Money
    paid: Money


def _staffed(by: Person, *duties: Duty) -> ColumnElement[bool]:
    """Pots this person works on, in any staff duty or in these."""
    return covered(by, Stream.partnership_id, Stream.ref, duties=set(duties) or None)


def _live() -> ColumnElement[bool]:
    return exists().where(Payment.instalment_id == Instalment.id, Payment.state != State.REFUSED)


def ready(by: Person, most: int | None = None) -> Sequence[Ready]:
    """Instalments that can be raised: the award accepted, the gate met, no payment of it alive. Oldest due first."""
    return [Ready(*line) for line in db.session.execute(_ready().where(_staffed(by)).limit(most))]


def _ready() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Instalment.ref,
            Award.ref,
            Award.title,
            Organisation.name,
            Pot.ref,
            Instalment.number,
            Instalment.amount,
            Instalment.due_on,
            Instalment.gate_met_at,
        )
        .join(Instalment.award)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .where(Award.state == AwardState.ACCEPTED, Instalment.gate_met_at.is_not(None), ~_live())
        .order_by(Instalment.due_on, Instalment.ref)
    )


def _rows() -> Select[*tuple[Any, ...]]:
    raiser, approver = aliased(Person), aliased(Person)
    return (
        select(
            Payment.ref,
            Award.ref,
            Award.title,
            Organisation.name,
            Instalment.number,
            Payment.amount,
            Payment.state,
            raiser.name,
            Payment.raised_at,
            approver.name,
            Payment.approved_at,
            Payment.paid_on,
            Payment.bank_reference,
        )
        .join(Payment.award)
        .join(Payment.instalment)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .join(Payment.raised_by.of_type(raiser))
        .outerjoin(Payment.approved_by.of_type(approver))
    )


def _list(*where: ColumnElement[bool]) -> list[Row]:
    return [Row(*line) for line in db.session.execute(_rows().where(*where).order_by(Payment.id))]


def standing(by: Person, state: State) -> Sequence[Row]:
    """Every payment in a state that waits for somebody, oldest first. One statement."""
    return _list(Payment.state == state, _staffed(by))


def recent(by: Person, most: int = RECENT) -> Sequence[Row]:
    """The latest payments that are over: paid or refused, newest first. One statement."""
    over = _rows().where(Payment.state.in_((State.PAID, State.REFUSED)), _staffed(by)).order_by(Payment.id.desc()).limit(most)
    return [Row(*line) for line in db.session.execute(over)]


def of_award(award: Award) -> Sequence[Row]:
    """Every payment of an award, oldest first. One statement."""
    return _list(Payment.award_id == award.id)


def _around_award() -> tuple[_AbstractLoad, ...]:
    return (
        joinedload(Award.organisation),
        joinedload(Award.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
        joinedload(Award.application),
    )


def payment(by: Person, ref: str) -> Payment:
    """A payment from a pot this person works on. NotFound otherwise."""
    found = db.session.scalar(
        select(Payment)
        .join(Payment.award)
        .join(Award.pot)
        .join(Pot.stream)
        .where(Payment.ref == ref, _staffed(by))
        .options(
            joinedload(Payment.award).options(*_around_award()),
            joinedload(Payment.instalment),
            joinedload(Payment.raised_by),
            joinedload(Payment.approved_by),
        )
    )
    if found is None:
        raise NotFound()
    return found


def instalment(by: Person, ref: str) -> Instalment:
    """An instalment of an award from a pot this person works on. NotFound otherwise."""
    found = db.session.scalar(
        select(Instalment)
        .join(Instalment.award)
        .join(Award.pot)
        .join(Pot.stream)
        .where(Instalment.ref == ref, _staffed(by))
        .options(joinedload(Instalment.award).options(*_around_award()))
    )
    if found is None:
        raise NotFound()
    return found


def live(instalment: Instalment) -> Payment | None:
    """The instalment's payment that was not refused, if there is one."""
    return db.session.scalar(select(Payment).where(Payment.instalment_id == instalment.id, Payment.state != State.REFUSED))


def done(award: Award, raised_by: Person | None = None) -> policies.Done:
    """Who has assessed and decided this award's bid, and who raised the payment: what its approval must be apart from.

    Nobody scored a protected commitment's award: whoever offered it decided it.
    """
    bid = award.application
    found = {
        Deed.ASSESS: assessment.assessors_of(bid) if bid else set(),
        Deed.DECIDE: panel.deciders_of(bid) if bid else {award.offered_by},
    }
    if raised_by is not None:
        found[Deed.RAISE] = {raised_by.ref}
    return found


def stands(award: Award) -> Stands:
    """The award's money as the ledger has it now."""
    held = owned(award.ref)

    def of(*buckets: Bucket) -> Money:
        return Money(sum(amount.pence for (_book, bucket), amount in held.items() if bucket in buckets))

    return Stands(
        of(Bucket.COMMITTED), of(Bucket.DUE), of(Bucket.PAID, Bucket.EVIDENCED, Bucket.RECOVERABLE, Bucket.WRITTEN_OFF)
    )


def _barred(by: Person) -> ColumnElement[bool]:
    """Awards whose payments this person neither raises nor approves: they scored or decided it, or act for the group.

    What `done` says of one award, asked of all at once for a list; a test holds the two together.
    """
    bid = Award.application_id
    scored = exists().where(
        Assessment.application_id == bid, Assessment.assessor_id == by.id, Assessment.submitted_at.is_not(None)
    )
    decided = exists().where(
        Decision.application_id == bid,
        Decision.panel_id == Panel.id,
        or_(Decision.decided_by == by.ref, Panel.confirmed_by_id == by.id),
    )
    offered = and_(bid.is_(None), Award.offered_by == by.ref)
    return or_(scored, decided, offered, Award.organisation_id.in_(acts_for(by)))


def waiting(by: Person) -> list[Waiting]:
    """What this person can raise, approve or record as paid, oldest first."""
    duties = {holding.duty for holding in by.holdings}
    found: list[Waiting] = []
    if Duty.FINANCE_OFFICER in duties:
        there = _staffed(by, Duty.FINANCE_OFFICER)
        due = _ready().where(there, ~_barred(by), Instalment.due_on <= clock.today())
        for one in map(Ready._make, db.session.execute(due)):
            what = _("Raise instalment %(n)s, %(amount)s to %(group)s", n=one.number, amount=one.amount, group=one.group)
            found.append(Waiting(one.since or clock.now(), what, one.ref, "payments.raise_", {"ref": one.ref}))
        for row in _list(Payment.state == State.APPROVED, there):
            what = _("Pay %(amount)s to %(group)s, and record it", amount=row.amount, group=row.group)
            found.append(Waiting(row.approved_at or row.raised_at, what, row.ref, "payments.paid", {"ref": row.ref}))
    if Duty.APPROVER in duties:
        there = _staffed(by, Duty.APPROVER)
        for row in _list(Payment.state == State.RAISED, there, Payment.raised_by_id != by.id, ~_barred(by)):
            what = _("Approve %(amount)s to %(group)s", amount=row.amount, group=row.group)
            found.append(Waiting(row.raised_at, what, row.ref, "payments.show", {"ref": row.ref}))
    return sorted(found, key=lambda one: one.since)
