"""Agreements as the pages read them: who gives on a date, what is expected and has come in, what waits for somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import joinedload

from grants.agreements import rules
from grants.agreements.models import (
    Agreement,
    AgreementCondition,
    AgreementDocument,
    AgreementFunder,
    AgreementSignature,
    FunderPayment,
)
from grants.agreements.rules import Stands
from grants.kernel import clock
from grants.kernel.db import Utc, db
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO, Money, total
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger.queries import ALWAYS
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.people.policies import holds_any
from grants.people.queries import covered
from grants.streams import allocations
from grants.streams.models import Allocation, AllocationStep, Pot, Shortfall, Stream

T = TypeVar("T")

MOST_PAYMENTS = 500

# -- one thing by its reference -----------------------------------------------------------------------------------------


def mine(by: Person, *duties: Duty) -> ColumnElement[bool]:
    """Agreements within a person's staff duties (any, or these): of a partnership they hold without a limit, or with money of
    a stream they hold."""
    asked = set(duties) or None
    allocated = (
        exists()
        .where(Allocation.agreement == Agreement.ref, Allocation.pot_id == Pot.id, Pot.stream_id == Stream.id)
        .where(covered(by, Stream.partnership_id, Stream.ref, duties=asked))
    )
    # A duty limited to streams names stream references, which no agreement has: only unlimited duties are left.
    return or_(covered(by, Agreement.partnership_id, Agreement.ref, duties=asked), allocated)


def agreement(by: Person, ref: str) -> Agreement:
    """The agreement, where it is within the person's duties. NotFound otherwise."""
    return _one(select(Agreement).where(Agreement.ref == ref, mine(by)).options(joinedload(Agreement.partnership)))


def payment(by: Person, ref: str) -> FunderPayment:
    """A sum from a funder, where the person holds a duty over the stream it is for. NotFound otherwise."""
    return _one(
        select(FunderPayment)
        .join(FunderPayment.allocation)
        .join(Allocation.pot)
        .join(Pot.stream)
        .where(FunderPayment.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(
            joinedload(FunderPayment.agreement),
            joinedload(FunderPayment.allocation)
            .joinedload(Allocation.pot)
            .joinedload(Pot.stream)
            .joinedload(Stream.partnership),
        )
    )


def _one(asked: Select[T]) -> T:
    found = db.session.scalar(asked)
    if found is None:
        raise NotFound()
    return found


def by_ref(ref: str) -> Agreement:
    """The agreement of this reference, for a command. NotFound otherwise."""
    found: Agreement = _one(select(Agreement).where(Agreement.ref == ref))
    return found


def condition(of: Agreement, number: int) -> AgreementCondition:
    """An agreement's condition by its number on the page, from 1. NotFound otherwise."""
    found: AgreementCondition = _one(
        select(AgreementCondition).where(AgreementCondition.agreement_id == of.id, AgreementCondition.position == number)
    )
    return found


def signature(of: Agreement, number: int) -> AgreementSignature:
    """An agreement's signature by its number on the page, from 1 in the order they were asked for. NotFound otherwise."""
    if not 1 <= number <= len(of.signatures):
        raise NotFound()
    return of.signatures[number - 1]


# -- who gives ------------------------------------------------------------------------------------------------------------


def funder_on(agreement: Agreement, on: date, known: datetime = ALWAYS) -> Organisation | None:
    """Who gives under an agreement on a day, as known at an instant. None before its first funder was known."""
    return db.session.scalar(
        select(Organisation)
        .join(AgreementFunder, AgreementFunder.organisation_id == Organisation.id)
        .where(
            AgreementFunder.agreement_id == agreement.id,
            AgreementFunder.effective_on <= on,
            AgreementFunder.recorded_at <= literal(known, Utc()),
        )
        # The latest day that has come; said again for the same day, what was said last.
        .order_by(AgreementFunder.effective_on.desc(), AgreementFunder.id.desc())
        .limit(1)
    )


def funders_on(on: date, known: datetime = ALWAYS) -> Mapping[str, tuple[str, str]]:
    """Every agreement's funder on a day as (reference, name), by the agreement's reference. One statement."""
    found: dict[str, tuple[str, str]] = {}
    for ref, body, name in db.session.execute(
        select(Agreement.ref, Organisation.ref, Organisation.name)
        .join(AgreementFunder, AgreementFunder.agreement_id == Agreement.id)
        .join(Organisation, Organisation.id == AgreementFunder.organisation_id)
        .where(AgreementFunder.effective_on <= on, AgreementFunder.recorded_at <= literal(known, Utc()))
        .order_by(AgreementFunder.effective_on, AgreementFunder.id)
    ):
        found[ref] = (body, name)
    return found


# -- money from the funder -------------------------------------------------------------------------------------------------


class PaymentRow(NamedTuple):
    """A sum from the funder, and where it stands today."""

    ref: str
    pot: str
    allocation: str
    amount: Money
    expected_on: date
    invoiced_on: date | None
    invoice: str | None
    received_on: date | None
    received: Money | None
    bank_reference: str | None
    stands: Stands


class Cash(NamedTuple):
    """What the funder was to send, in sums that never overlap: received + invoiced + expected + overdue."""

    received: Money
    invoiced: Money  # asked for and not due yet
    expected: Money  # neither asked for nor due yet
    overdue: Money  # its day has passed, asked for or not

    @property
    def to_come(self) -> Money:
        """All that has not come in."""
        return self.invoiced + self.expected + self.overdue

    @property
    def scheduled(self) -> Money:
        """Received and to come."""
        return self.received + self.to_come


def cash(rows: Collection[PaymentRow]) -> Cash:
    """The totals of some payments."""

    def of(*which: Stands) -> Money:
        return total(row.amount for row in rows if row.stands in which)

    return Cash(
        total(row.received for row in rows if row.received is not None),
        of(Stands.INVOICED),
        of(Stands.EXPECTED),
        of(Stands.OVERDUE),
    )


def payments(*where: ColumnElement[bool]) -> Sequence[PaymentRow]:
    """Sums from funders, the earliest expected first. One statement."""
    asked = (
        select(FunderPayment, Pot.ref, Allocation.ref)
        .join(FunderPayment.allocation)
        .join(Allocation.pot)
        .join(Pot.stream)
        .where(*where)
        .order_by(FunderPayment.expected_on, FunderPayment.id)
        .limit(MOST_PAYMENTS)
    )
    today = clock.today()
    return [
        PaymentRow(
            one.ref,
            pot,
            allocation,
            one.amount,
            one.expected_on,
            one.invoiced_on,
            one.invoice,
            one.received_on,
            one.received,
            one.bank_reference,
            rules.stands(one, today),
        )
        for one, pot, allocation in db.session.execute(asked)
    ]


def received(allocation: Allocation) -> Money:
    """All that has come in for an allocation."""
    amounts = db.session.scalars(
        select(FunderPayment.received).where(FunderPayment.allocation_id == allocation.id, FunderPayment.received.is_not(None))
    )
    return total(amount for amount in amounts if amount is not None)


# -- /agreements -----------------------------------------------------------------------------------------------------------


class AgreementRow(NamedTuple):
    """An agreement as the list shows it. Confirmed and not yet confirmed money are never added together."""

    ref: str
    name: str
    partnership: str
    funder: str | None  # who gives today, or who gave last or will first
    starts_on: date
    ends_on: date
    fictional: bool
    confirmed: Money
    ahead: Money  # expected or indicative
    cash: Cash
    short: Money  # cut, and still to be found
    to_do: int  # conditions not met


def index(by: Person) -> Sequence[AgreementRow]:
    """Every agreement within the person's duties, the newest first. Seven statements, however many there are."""
    agreements = db.session.execute(
        select(
            Agreement.ref,
            Agreement.name,
            Partnership.name,
            Agreement.starts_on,
            Agreement.ends_on,
            Agreement.fictional,
        )
        .join(Agreement.partnership)
        .where(mine(by))
        .order_by(Agreement.starts_on.desc(), Agreement.name, Agreement.id)
    ).all()
    scope = covered(by, Stream.partnership_id, Stream.ref)
    givers = funders_on(date.max)
    today = funders_on(clock.today())
    money: dict[str, list[allocations.Row]] = {}
    for row in allocations.rows(Allocation.agreement.is_not(None), scope):
        money.setdefault(row.agreement or "", []).append(row)
    paid: dict[str, list[PaymentRow]] = {}
    pay = payments(scope)
    attached = db.session.execute(select(Allocation.ref, Allocation.agreement).where(Allocation.agreement.is_not(None)))
    under = {row.ref: row.agreement for row in attached}
    for one in pay:
        paid.setdefault(under.get(one.allocation) or "", []).append(one)
    short: dict[str, Money] = {}
    for gap in allocations.shortfalls(Shortfall.outstanding > ZERO, scope):
        short[gap.agreement or ""] = short.get(gap.agreement or "", ZERO) + gap.outstanding
    counted = db.session.execute(
        select(Agreement.ref, func.count().label("unmet"))
        .join(AgreementCondition, AgreementCondition.agreement_id == Agreement.id)
        .where(AgreementCondition.met_on.is_(None))
        .group_by(Agreement.ref)
    )
    unmet = {row.ref: row.unmet for row in counted}
    return [
        AgreementRow(
            ref,
            name,
            partnership,
            (today.get(ref) or givers.get(ref) or (None, None))[1],
            starts_on,
            ends_on,
            fictional,
            total(row.amount for row in money.get(ref, ()) if row.certainty in allocations.CONFIRMED),
            total(row.amount for row in money.get(ref, ()) if row.certainty in allocations.AHEAD),
            cash(paid.get(ref, ())),
            short.get(ref, ZERO),
            unmet.get(ref, 0),
        )
        for ref, name, partnership, starts_on, ends_on, fictional in agreements
    ]


def unattached(by: Person) -> Sequence[allocations.Row]:
    """Allocations that stand under no agreement, of years that are not over: what could still be put under one."""
    return allocations.rows(
        Allocation.agreement.is_(None), Pot.ends_on >= clock.today(), covered(by, Stream.partnership_id, Stream.ref)
    )


def attachable(by: Person, to: Agreement) -> Sequence[allocations.Row]:
    """Allocations that could stand under this agreement: of its partnership, of a year it covers, under none yet."""
    return allocations.rows(
        Allocation.agreement.is_(None),
        Stream.partnership_id == to.partnership_id,
        Pot.ends_on >= to.starts_on,
        Pot.starts_on <= to.ends_on,
        covered(by, Stream.partnership_id, Stream.ref),
    )


def pots_for(by: Person, to: Agreement) -> Sequence[tuple[str, str]]:
    """(reference, label) of the pots that money could be given to under an agreement."""
    found = db.session.execute(
        select(Pot.ref, Stream.name, Pot.year)
        .join(Pot.stream)
        .where(
            Stream.partnership_id == to.partnership_id,
            Pot.ends_on >= to.starts_on,
            Pot.starts_on <= to.ends_on,
            covered(by, Stream.partnership_id, Stream.ref),
        )
        .order_by(Pot.year, Stream.name)
    )
    return [(ref, f"{name}, {clock.year_label(year)} ({ref})") for ref, name, year in found]


# -- /agreements/<ref> -----------------------------------------------------------------------------------------------------


class FunderRow(NamedTuple):
    """Who gives from a day on, why, and when that was recorded and by whom."""

    ref: str
    name: str
    effective_on: date
    reason: str
    recorded_at: datetime
    recorded_by: str


class ConditionRow(NamedTuple):
    """A term, and whether it is met, due or late today."""

    number: int
    text: str
    due_on: date | None
    owner: str | None
    met_on: date | None
    evidence: str | None
    late: bool


class SignatureRow(NamedTuple):
    """What has to be signed by whom."""

    number: int
    what: str
    post: str
    signs_for: str
    signed_on: date | None
    late: bool  # the agreement has begun and it is not signed


class AllocationLine(NamedTuple):
    """An allocation on its agreement's page, with its cash."""

    row: allocations.Row
    cash: Cash

    @property
    def unscheduled(self) -> Money:
        """Confirmed, and not in any payment received or to come."""
        given = self.row.amount if self.row.certainty in allocations.CONFIRMED else ZERO
        return max(ZERO, given - self.cash.scheduled)


class AgreementPage(NamedTuple):
    """All that an agreement's page shows. Totals are of what this person may see."""

    agreement: Agreement
    funder: Organisation | None
    funders: Sequence[FunderRow]
    allocations: Sequence[AllocationLine]
    confirmed: Money
    ahead: Money
    payments: Sequence[PaymentRow]
    cash: Cash
    conditions: Sequence[ConditionRow]
    documents: Sequence[AgreementDocument]
    signatures: Sequence[SignatureRow]
    shortfalls: Sequence[allocations.ShortfallRow]
    whole: bool  # nothing under the agreement is kept from this person

    @property
    def parts(self) -> list[str]:
        """The references whose history is shown here. The agreement's own names all its money: it is for who may see all."""
        return [
            *([self.agreement.ref] if self.whole else []),
            *(line.row.ref for line in self.allocations),
            *(row.ref for row in self.payments),
            *(row.ref for row in self.shortfalls),
        ]


def agreement_page(by: Person, ref: str) -> AgreementPage:
    """One agreement. A constant number of statements."""
    found = agreement(by, ref)
    today = clock.today()
    scope = covered(by, Stream.partnership_id, Stream.ref)
    paid = payments(FunderPayment.agreement_id == found.id, scope)
    by_allocation: dict[str, list[PaymentRow]] = {}
    for row in paid:
        by_allocation.setdefault(row.allocation, []).append(row)
    lines = [
        AllocationLine(row, cash(by_allocation.get(row.ref, ())))
        for row in allocations.rows(Allocation.agreement == ref, scope)
    ]
    return AgreementPage(
        found,
        funder_on(found, min(max(today, found.starts_on), found.ends_on)),
        funders(found),
        lines,
        total(line.row.amount for line in lines if line.row.certainty in allocations.CONFIRMED),
        total(line.row.amount for line in lines if line.row.certainty in allocations.AHEAD),
        paid,
        cash(paid),
        [_condition(one, today) for one in found.conditions],
        found.documents,
        [
            SignatureRow(
                n,
                one.what,
                one.post,
                one.signs_for,
                one.signed_on,
                one.signed_on is None and found.starts_on <= today,
            )
            for n, one in enumerate(found.signatures, 1)
        ],
        allocations.shortfalls(Allocation.agreement == ref, scope),
        db.session.scalar(select(func.count()).where(Allocation.agreement == ref)) == len(lines),
    )


def _condition(one: AgreementCondition, today: date) -> ConditionRow:
    late = one.met_on is None and one.due_on is not None and one.due_on < today
    return ConditionRow(one.position, one.text, one.due_on, one.owner, one.met_on, one.evidence, late)


def funders(of: Agreement) -> Sequence[FunderRow]:
    """Who gave, gives and will give, by day. One statement."""
    found = db.session.execute(
        select(
            Organisation.ref,
            Organisation.name,
            AgreementFunder.effective_on,
            AgreementFunder.reason,
            AgreementFunder.recorded_at,
            AgreementFunder.recorded_by,
        )
        .join(AgreementFunder.organisation)
        .where(AgreementFunder.agreement_id == of.id)
        .order_by(AgreementFunder.effective_on, AgreementFunder.id)
    )
    return [FunderRow._make(row) for row in found]


# -- /allocations/<ref> ----------------------------------------------------------------------------------------------------


class AllocationPage(NamedTuple):
    """All that an allocation's page shows."""

    allocation: Allocation
    now: AllocationStep
    steps: Sequence[AllocationStep]  # the newest first
    funder: str | None
    agreement: tuple[str, str] | None  # reference and name
    payments: Sequence[PaymentRow]
    cash: Cash
    shortfalls: Sequence[allocations.ShortfallRow]


def allocation_page(by: Person, ref: str) -> AllocationPage:
    """One allocation: every step it took, its cash, and what a cut left to be found."""
    found = allocations.allocation_of_staff(by, ref)
    steps = list(found.steps)
    paid = payments(FunderPayment.allocation_id == found.id)
    under = db.session.execute(select(Agreement.ref, Agreement.name).where(Agreement.ref == found.agreement)).first()
    return AllocationPage(
        found,
        steps[-1],
        steps[::-1],
        db.session.scalar(select(Organisation.name).where(Organisation.ref == found.funder)),
        (under.ref, under.name) if under else None,
        paid,
        cash(paid),
        allocations.shortfalls(Shortfall.allocation_id == found.id),
    )


# -- what waits ------------------------------------------------------------------------------------------------------------

SHORTFALL_DUTIES = (Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER)


def waiting(by: Person) -> list[Waiting]:
    """Overdue money, conditions due, unsigned papers, money not confirmed in a year that has begun, and shortfalls."""
    found: list[Waiting] = []
    if holds_any(by, {Duty.FINANCE_OFFICER}):
        found += _for_finance(by)
    if holds_any(by, set(SHORTFALL_DUTIES)):
        there = covered(by, Stream.partnership_id, Stream.ref, duties=set(SHORTFALL_DUTIES))
        for gap in allocations.shortfalls(Shortfall.outstanding > ZERO, there):
            what = _(
                "Decide how to find %(amount)s that the funder cut from %(pot)s and that is not free",
                amount=gap.outstanding,
                pot=gap.pot,
            )
            found.append(Waiting(clock.start_of(gap.opened_on), what, gap.ref, "agreements.shortfall", {"ref": gap.ref}))
    return sorted(found, key=lambda one: (one.since, one.ref))


def _for_finance(by: Person) -> list[Waiting]:
    today = clock.today()
    there = covered(by, Stream.partnership_id, Stream.ref, duties={Duty.FINANCE_OFFICER})
    whole = mine(by, Duty.FINANCE_OFFICER)
    found: list[Waiting] = []
    for owed in payments(
        FunderPayment.received_on.is_(None), FunderPayment.dropped_on.is_(None), FunderPayment.expected_on < today, there
    ):
        what = _("Ask the funder for %(amount)s for %(pot)s, which is overdue", amount=owed.amount, pot=owed.pot)
        found.append(Waiting(clock.start_of(owed.expected_on), what, owed.ref, "agreements.payment", {"ref": owed.ref}))
    for late in allocations.late(today, there):
        what = _(
            "Get %(amount)s for %(pot)s confirmed: its year has begun and it is only %(certainty)s",
            amount=late.amount,
            pot=late.pot,
            certainty=_(late.certainty.value),
        )
        found.append(Waiting(clock.start_of(late.starts_on), what, late.ref, "agreements.allocation", {"ref": late.ref}))
    conditions = db.session.execute(
        select(Agreement.ref, Agreement.name, AgreementCondition.text, AgreementCondition.due_on)
        .join(AgreementCondition.agreement)
        .where(
            AgreementCondition.met_on.is_(None),
            AgreementCondition.due_on <= today + rules.SOON,
            whole,
        )
        .order_by(AgreementCondition.due_on, AgreementCondition.id)
    )
    for ref, name, asks, due_on in conditions:
        assert due_on is not None  # nought is never due
        said = _("Meet a condition of %(name)s by %(day)s: %(asks)s", name=name, day=rules.day(due_on), asks=_short(asks))
        found.append(Waiting(clock.start_of(min(due_on, today)), said, ref, "agreements.show", {"ref": ref}))
    papers = db.session.execute(
        select(Agreement.ref, Agreement.name, AgreementSignature.what, AgreementSignature.post, Agreement.starts_on)
        .join(AgreementSignature.agreement)
        .where(and_(AgreementSignature.signed_on.is_(None), Agreement.starts_on <= today), whole)
        .order_by(Agreement.starts_on, AgreementSignature.id)
    )
    for ref, name, paper, post, starts_on in papers:
        said = _("%(name)s: get %(what)s signed by the %(post)s", what=_lower(paper), post=_lower(post), name=name)
        found.append(Waiting(clock.start_of(starts_on), said, ref, "agreements.show", {"ref": ref}))
    return found


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77].rstrip() + "…"


def _lower(text: str) -> str:
    """As it stands within a sentence, unless it is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
