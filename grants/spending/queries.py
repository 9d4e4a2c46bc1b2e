"""Own spend and spending plans as pages, higher rooms and commands ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from grants.agreements.models import Agreement
from grants.kernel import clock
from grants.kernel.db import db, summed
from grants.kernel.errors import NotFound
from grants.kernel.money import Money, total
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import FIGURES, Bucket
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.people.queries import covered, within
from grants.spending import rules
from grants.spending.models import (
    STANDING,
    Charge,
    DistributedGrant,
    OwnSpend,
    PlanLine,
    PlanState,
    PlanUpdate,
    SpendingPlan,
    SpendKind,
    SpendState,
)
from grants.spending.rules import Given
from grants.strategy.models import Priority, Strategy
from grants.streams.models import Allocation, AllocationStep, Certainty, Line, Pot, Stream

NOUGHT = Money(0)

# -- own spend: one, and many ------------------------------------------------------------------------------------------


class Stands(NamedTuple):
    """The money of one owner in the books: promised and not yet charged, charged, and which pots it is in."""

    committed: Money
    charged: Money
    pots: Sequence[str] = ()

    @property
    def whole(self) -> Money:
        """All that was promised and not given back."""
        return self.committed + self.charged


_CHARGED = FIGURES["paid"] | {Bucket.DUE}


def stands(owners: Collection[str]) -> Mapping[str, Stands]:
    """What each owner has in the books now; nothing: £0.00 and £0.00. One statement."""
    held: dict[str, list[tuple[str, Bucket, Money]]] = defaultdict(list)
    if owners:
        for (owner, book, bucket), amount in ledger.owned_by(owners).items():
            held[owner].append((book, bucket, amount))
    return {owner: _stands(held[owner]) for owner in owners}


def _stands(held: Iterable[tuple[str, Bucket, Money]]) -> Stands:
    rows = list(held)
    return Stands(
        total(amount for _book, bucket, amount in rows if bucket in (Bucket.OFFERED, Bucket.COMMITTED)),
        total(amount for _book, bucket, amount in rows if bucket in _CHARGED),
        sorted({book for book, _bucket, _amount in rows}),
    )


def standing_of(spend: OwnSpend) -> Stands:
    """What one own spend has in the books now."""
    return stands([spend.ref])[spend.ref]


def spend(ref: str) -> OwnSpend:
    """The own spend of this reference. NotFound otherwise."""
    return _one_spend(OwnSpend.ref == ref)


def spend_of_staff(by: Person, ref: str) -> OwnSpend:
    """The own spend, where the person holds a staff duty over its stream. NotFound otherwise."""
    return _one_spend(OwnSpend.ref == ref, covered(by, Stream.partnership_id, Stream.ref))


def _one_spend(*where: ColumnElement[bool]) -> OwnSpend:
    found = db.session.scalar(
        select(OwnSpend)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .where(*where)
        .options(
            joinedload(OwnSpend.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
            joinedload(OwnSpend.line),
            joinedload(OwnSpend.organisation),
            joinedload(OwnSpend.priority),
        )
    )
    if found is None:
        raise NotFound()
    return found


def charge_of_staff(by: Person, ref: str) -> Charge:
    """A charge, where the person holds a staff duty over its stream. NotFound otherwise."""
    found = db.session.scalar(
        select(Charge)
        .join(Charge.spend)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .where(Charge.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(
            joinedload(Charge.spend).joinedload(OwnSpend.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
            joinedload(Charge.spend).joinedload(OwnSpend.line),
            joinedload(Charge.spend).joinedload(OwnSpend.organisation),
        )
    )
    if found is None:
        raise NotFound()
    return found


class Row(NamedTuple):
    """An own spend as a list shows it. `planned` posts nothing; `committed` is not charged yet; `charged` is net of VAT."""

    ref: str
    kind: SpendKind
    title: str
    payee: str
    pot: str
    stream: str
    year: int
    line: str | None
    plan_line: str | None
    priority: str | None
    starts_on: date
    ends_on: date
    state: SpendState
    fictional: bool
    planned: Money
    stands: Stands


def _rows(asked: Select[OwnSpend]) -> list[Row]:
    found = db.session.scalars(
        asked.options(
            joinedload(OwnSpend.pot).joinedload(Pot.stream), joinedload(OwnSpend.line), joinedload(OwnSpend.priority)
        ).order_by(Pot.ref, OwnSpend.ref)
    ).all()
    money = stands([one.ref for one in found])
    return [
        Row(
            one.ref,
            one.kind,
            one.title,
            one.payee,
            one.pot.ref,
            one.pot.stream.name,
            one.pot.year,
            one.line.name if one.line else None,
            one.plan_line,
            (one.priority.title or one.priority.ref) if one.priority else None,
            one.starts_on,
            one.ends_on,
            one.state,
            one.fictional,
            one.planned,
            money[one.ref],
        )
        for one in found
    ]


class Totals(NamedTuple):
    """What a list of own spend comes to: still planned, promised and not charged, charged."""

    planned: Money
    committed: Money
    charged: Money


def totals(rows: Collection[Row]) -> Totals:
    """`planned` counts only what is not committed yet: nothing is counted twice."""
    return Totals(
        total(row.planned for row in rows if row.state is SpendState.PLANNED),
        total(row.stands.committed for row in rows),
        total(row.stands.charged for row in rows),
    )


def of_pot(by: Person, pot: Pot) -> Sequence[Row]:
    """Own spend of a pot within a person's duties. Two statements."""
    return _rows(_staffed(by).where(OwnSpend.pot_id == pot.id))


def of_year(by: Person, year: int) -> Sequence[Row]:
    """Own spend of every pot of a year within a person's duties. Two statements."""
    return _rows(_staffed(by).where(Pot.year == year))


def years(by: Person) -> Sequence[int]:
    """The years with pots within a person's duties, newest first."""
    return db.session.scalars(
        select(Pot.year)
        .join(Pot.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .group_by(Pot.year)
        .order_by(Pot.year.desc())
    ).all()


def pots_of_year(by: Person, year: int) -> Sequence[tuple[str, str]]:
    """(reference, stream's name) of every pot of a year within a person's duties, by name."""
    rows = db.session.execute(
        select(Pot.ref, Stream.name)
        .join(Pot.stream)
        .where(Pot.year == year, covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Stream.name, Pot.ref)
    )
    return [(row.ref, row.name) for row in rows]


def _staffed(by: Person) -> Select[OwnSpend]:
    return select(OwnSpend).join(OwnSpend.pot).join(Pot.stream).where(covered(by, Stream.partnership_id, Stream.ref))


def charges(spend: OwnSpend) -> Sequence[Charge]:
    """Every charge of an own spend, oldest first, reversed ones too. One statement."""
    return db.session.scalars(select(Charge).where(Charge.spend_id == spend.id).order_by(Charge.charged_on, Charge.id)).all()


class Vat(NamedTuple):
    """What was charged and not reversed: net of VAT, which is what the pot paid, and the VAT, which is recovered elsewhere."""

    net: Money
    vat: Money

    @property
    def gross(self) -> Money:
        """What the invoices came to."""
        return self.net + self.vat


def net_and_vat(found: Collection[Charge]) -> Vat:
    """Net and VAT of the charges that stand."""
    stand = [one for one in found if one.reversed_at is None]
    return Vat(total(one.net for one in stand), total(one.vat for one in stand))


def handed_out(spend: OwnSpend) -> Money:
    """What has been charged and not reversed, net: what a distributor was handed. One statement."""
    return (
        db.session.scalar(select(summed(Charge.net)).where(Charge.spend_id == spend.id, Charge.reversed_at.is_(None))) or NOUGHT
    )


def lines_of(pot: Pot) -> Sequence[Line]:
    """The parts of a pot, by name."""
    return db.session.scalars(select(Line).where(Line.pot_id == pot.id).order_by(Line.name)).all()


def priorities_for(partnership: Partnership, year: int) -> Sequence[tuple[str, str]]:
    """(reference, title) of the priorities of a partnership's plans that run in a year, in the plans' order. One statement."""
    rows = db.session.execute(
        select(Priority.ref, Priority.code, Priority.title)
        .join(Priority.strategy)
        .where(
            Strategy.partnership_id == partnership.id,
            Priority.title.is_not(None),
            or_(Strategy.starts_on.is_(None), Strategy.starts_on <= clock.last_day(year)),
            or_(Strategy.ends_on.is_(None), Strategy.ends_on >= clock.first_day(year)),
        )
        .order_by(Strategy.starts_on.desc(), Strategy.id, Priority.sort_order, Priority.id)
    )
    return [(ref, " ".join(filter(None, (code, title)))) for ref, code, title in rows]


def priority(ref: str | None) -> Priority | None:
    """The priority of this reference; None for none."""
    return db.session.scalar(select(Priority).where(Priority.ref == ref)) if ref else None


# -- what other rooms ask of own spend ---------------------------------------------------------------------------------


def shares(owners: Collection[str]) -> Mapping[str, str]:
    """Own spend reference -> the reference of the priority all its money serves, '' outside the plan.

    Of these owners only those that are own spend: money by priority asks about every owner in the books. One statement.
    """
    if not owners:
        return {}
    rows = db.session.execute(select(OwnSpend.ref, Priority.ref).outerjoin(OwnSpend.priority).where(OwnSpend.ref.in_(owners)))
    return {ref: priority or "" for ref, priority in rows}


def titles(owners: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Own spend reference -> (what it is for, who is paid), of those owners that are own spend. One statement."""
    if not owners:
        return {}
    rows = db.session.execute(select(OwnSpend.ref, OwnSpend.title, OwnSpend.payee).where(OwnSpend.ref.in_(owners)))
    return {ref: (title, payee) for ref, title, payee in rows}


# -- what a distributor gave out ---------------------------------------------------------------------------------------


class GivenRow(NamedTuple):
    """A grant a distributor gave, as its page and the funding history show it: decided by the distributor."""

    distributor_reference: str
    recipient: str
    organisation: str | None
    recipient_type: str
    title: str
    amount: Money
    decided_on: date
    priority: str | None
    file: str
    spend: str
    distributor: str
    pot: str
    stream: str
    year: int


def given_out(
    by: Person | None = None,
    *,
    spend: OwnSpend | None = None,
    organisation: Organisation | None = None,
    stream: Stream | None = None,
    most: int | None = None,
) -> Sequence[GivenRow]:
    """Grants given out by distributors: of one own spend, to one organisation, from one stream, or all within a person's
    duties; newest decision first. One statement."""
    asked = (
        select(
            DistributedGrant.distributor_reference,
            DistributedGrant.recipient,
            Organisation.ref,
            DistributedGrant.recipient_type,
            DistributedGrant.title,
            DistributedGrant.amount,
            DistributedGrant.decided_on,
            DistributedGrant.priority,
            DistributedGrant.file,
            OwnSpend.ref,
            OwnSpend.payee,
            Pot.ref,
            Stream.name,
            Pot.year,
        )
        .join(DistributedGrant.spend)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .outerjoin(DistributedGrant.organisation)
        .order_by(DistributedGrant.decided_on.desc(), DistributedGrant.distributor_reference)
    )
    if by is not None:
        asked = asked.where(covered(by, Stream.partnership_id, Stream.ref))
    if spend is not None:
        asked = asked.where(DistributedGrant.spend_id == spend.id)
    if organisation is not None:
        asked = asked.where(DistributedGrant.organisation_id == organisation.id)
    if stream is not None:
        asked = asked.where(Pot.stream_id == stream.id)
    if most is not None:
        asked = asked.limit(most)
    return [GivenRow._make(row) for row in db.session.execute(asked)]


def given_out_totals(spend: OwnSpend) -> tuple[int, Money]:
    """How many grants a distributor's imported lists hold, and what they come to. One statement."""
    count, amount = db.session.execute(
        select(func.count(), summed(DistributedGrant.amount)).where(DistributedGrant.spend_id == spend.id)
    ).one()
    return count, amount


def given_before(spend: OwnSpend) -> Mapping[str, DistributedGrant]:
    """The grants already imported for a distribution, by the distributor's reference. One statement."""
    rows = db.session.scalars(
        select(DistributedGrant).where(DistributedGrant.spend_id == spend.id).options(joinedload(DistributedGrant.organisation))
    )
    return {row.distributor_reference: row for row in rows}


class Known(NamedTuple):
    """An organisation a list may name: its reference, and whether it is a voluntary one (none: not stated)."""

    id: int
    is_voluntary: bool | None


def known_organisations(refs: Collection[str]) -> Mapping[str, Known]:
    """The organisations among these references. One statement."""
    if not refs:
        return {}
    rows = db.session.execute(
        select(Organisation.ref, Organisation.id, Organisation.is_voluntary).where(Organisation.ref.in_(refs))
    )
    return {ref: Known(id, is_voluntary) for ref, id, is_voluntary in rows}


def known_priorities(refs: Collection[str]) -> set[str]:
    """The priorities among these references. One statement."""
    return set(db.session.scalars(select(Priority.ref).where(Priority.ref.in_(refs)))) if refs else set()


# -- spending plans ----------------------------------------------------------------------------------------------------


def plan_of_staff(by: Person, ref: str) -> SpendingPlan:
    """A version of a spending plan, where the person holds a staff duty in the agreement's partnership. NotFound otherwise."""
    found = db.session.scalar(
        _plans().join(SpendingPlan.agreement).where(SpendingPlan.ref == ref, Agreement.partnership_id.in_(within(by)))
    )
    if found is None:
        raise NotFound()
    return found


def agreement_of_staff(by: Person, ref: str) -> Agreement:
    """A funder agreement, where the person holds a staff duty in its partnership. NotFound otherwise."""
    found = db.session.scalar(
        select(Agreement)
        .where(Agreement.ref == ref, Agreement.partnership_id.in_(within(by)))
        .options(joinedload(Agreement.partnership))
    )
    if found is None:
        raise NotFound()
    return found


def _plans() -> Select[SpendingPlan]:
    return select(SpendingPlan).options(
        joinedload(SpendingPlan.agreement).joinedload(Agreement.partnership),
        selectinload(SpendingPlan.lines).options(
            joinedload(PlanLine.pot).joinedload(Pot.stream),
            joinedload(PlanLine.organisation),
            joinedload(PlanLine.priority),
        ),
    )


def versions(agreement: Agreement, year: int) -> Sequence[SpendingPlan]:
    """Every version of an agreement's plan for a year, the first one first. Two statements."""
    asked = _plans().where(SpendingPlan.agreement_id == agreement.id, SpendingPlan.year == year).order_by(SpendingPlan.version)
    return db.session.scalars(asked).all()


def standing(agreement: Agreement, year: int) -> SpendingPlan | None:
    """The one version that stands for a year, if any does. Two statements."""
    asked = _plans().where(
        SpendingPlan.agreement_id == agreement.id, SpendingPlan.year == year, SpendingPlan.state.in_(STANDING)
    )
    return db.session.scalars(asked.order_by(SpendingPlan.version.desc()).limit(1)).first()


def under_way(agreement: Agreement, year: int) -> SpendingPlan | None:
    """The version on its way to standing, if there is one: at most one at a time."""
    return db.session.scalar(
        select(SpendingPlan)
        .where(
            SpendingPlan.agreement_id == agreement.id,
            SpendingPlan.year == year,
            SpendingPlan.state.not_in([*STANDING, PlanState.SUPERSEDED]),
        )
        .order_by(SpendingPlan.version.desc())
        .limit(1)
    )


def last_agreed(plan: SpendingPlan) -> SpendingPlan | None:
    """The last version before this one that the funder agreed: what changes are measured from. Two statements."""
    asked = _plans().where(
        SpendingPlan.agreement_id == plan.agreement_id,
        SpendingPlan.year == plan.year,
        SpendingPlan.version < plan.version,
        SpendingPlan.agreed_on.is_not(None),
        SpendingPlan.sent_on.is_not(None),
    )
    return db.session.scalars(asked.order_by(SpendingPlan.version.desc()).limit(1)).first()


def before(plan: SpendingPlan) -> SpendingPlan | None:
    """The version just before this one. Two statements."""
    asked = _plans().where(
        SpendingPlan.agreement_id == plan.agreement_id, SpendingPlan.year == plan.year, SpendingPlan.version < plan.version
    )
    return db.session.scalars(asked.order_by(SpendingPlan.version.desc()).limit(1)).first()


def names_before(plan: SpendingPlan) -> set[str]:
    """Every lasting name a line of this plan has had, in any version. One statement."""
    return set(
        db.session.scalars(
            select(PlanLine.line)
            .join(PlanLine.plan)
            .where(SpendingPlan.agreement_id == plan.agreement_id, SpendingPlan.year == plan.year)
        )
    )


def given(agreement: Agreement, year: int) -> Sequence[Given]:
    """What an agreement gives each pot of a year: confirmed, and beside it indicative and expected. One statement.

    An allocation is what its last step says it is.
    """
    latest = select(func.max(AllocationStep.id)).group_by(AllocationStep.allocation_id)
    rows = db.session.execute(
        select(Pot.ref, AllocationStep.certainty, AllocationStep.amount)
        .join(Allocation.pot)
        .join(Allocation.steps)
        .where(Allocation.agreement == agreement.ref, Pot.year == year, AllocationStep.id.in_(latest))
        .order_by(Pot.ref)
    )
    found: dict[str, dict[Certainty, Money]] = defaultdict(dict)
    for pot, certainty, amount in rows:
        found[pot][certainty] = found[pot].get(certainty, NOUGHT) + amount
    return [
        Given(
            pot,
            of.get(Certainty.CONFIRMED, NOUGHT) + of.get(Certainty.RECEIVED, NOUGHT),
            of.get(Certainty.INDICATIVE, NOUGHT),
            of.get(Certainty.EXPECTED, NOUGHT),
        )
        for pot, of in found.items()
    ]


def planned(plan: SpendingPlan) -> Mapping[str, Money]:
    """What a plan's lines come to, by pot. No statement once the lines are loaded."""
    found: dict[str, Money] = {}
    for line in plan.lines:
        found[line.pot.ref] = found.get(line.pot.ref, NOUGHT) + line.amount
    return found


def pots(agreement: Agreement, year: int) -> Sequence[Pot]:
    """The pots of a year that an agreement gives money to, whatever is confirmed of it. One statement."""
    return db.session.scalars(
        select(Pot)
        .where(Pot.year == year, exists().where(Allocation.pot_id == Pot.id, Allocation.agreement == agreement.ref))
        .options(joinedload(Pot.stream))
        .order_by(Pot.ref)
    ).all()


def plan_years(agreement: Agreement) -> Sequence[int]:
    """The years an agreement gives money for, earliest first. One statement."""
    return db.session.scalars(
        select(Pot.year)
        .join(Allocation, Allocation.pot_id == Pot.id)
        .where(Allocation.agreement == agreement.ref)
        .group_by(Pot.year)
        .order_by(Pot.year)
    ).all()


class PlanRow(NamedTuple):
    """A version of a plan as the agreement's page lists it."""

    ref: str
    year: int
    version: int
    state: PlanState
    lines: int
    amount: Money
    resolved_on: date | None
    sent_on: date | None
    agreed_on: date | None
    note: str | None


def plans(agreement: Agreement) -> Sequence[PlanRow]:
    """Every version of an agreement's plans, the newest year and version first. One statement."""
    rows = db.session.execute(
        select(
            SpendingPlan.ref,
            SpendingPlan.year,
            SpendingPlan.version,
            SpendingPlan.state,
            func.count(PlanLine.id),
            summed(PlanLine.amount),
            SpendingPlan.resolved_on,
            SpendingPlan.sent_on,
            SpendingPlan.agreed_on,
            SpendingPlan.note,
        )
        .outerjoin(SpendingPlan.lines)
        .where(SpendingPlan.agreement_id == agreement.id)
        .group_by(SpendingPlan.id)
        .order_by(SpendingPlan.year.desc(), SpendingPlan.version.desc())
    )
    return [PlanRow._make(row) for row in rows]


class LineChoice(NamedTuple):
    """A line of a standing plan that an award or own spend of a pot may be measured against."""

    line: str
    project: str
    provider: str
    amount: Money
    pot: str


def lines_for(pots: Collection[int]) -> Sequence[LineChoice]:
    """The lines of standing plans for these pots (by id), and of plans on their way where none stands. One statement.

    Each line once, as its newest version of those says.
    """
    rows = db.session.execute(
        select(PlanLine.line, PlanLine.project, PlanLine.provider, PlanLine.amount, Pot.ref)
        .join(PlanLine.plan)
        .join(PlanLine.pot)
        .where(PlanLine.pot_id.in_(pots), SpendingPlan.state != PlanState.SUPERSEDED)
        .order_by(SpendingPlan.version, PlanLine.position)
    )
    found = {row.line: LineChoice(*row) for row in rows}
    return list(found.values())


def pot_of_line(line: str) -> Pot | None:
    """The pot of a plan's line, as the newest version that is not superseded says; None: there is no such line."""
    return db.session.scalar(
        select(Pot)
        .join(PlanLine, PlanLine.pot_id == Pot.id)
        .join(PlanLine.plan)
        .where(PlanLine.line == line, SpendingPlan.state != PlanState.SUPERSEDED)
        .order_by(SpendingPlan.version.desc())
        .limit(1)
    )


class LineSaid(NamedTuple):
    """What a line of a plan is called, and the version that says so."""

    plan: str
    project: str


def line_names(lines: Collection[str]) -> Mapping[str, LineSaid]:
    """Lasting name of a line -> its plan (the newest version) and its project. One statement."""
    if not lines:
        return {}
    rows = db.session.execute(
        select(PlanLine.line, SpendingPlan.ref, PlanLine.project)
        .join(PlanLine.plan)
        .where(PlanLine.line.in_(lines))
        .order_by(SpendingPlan.version)
    )
    return {line: LineSaid(plan, project) for line, plan, project in rows}


# -- quarterly updates -------------------------------------------------------------------------------------------------


def updates(agreement: Agreement, year: int) -> Sequence[PlanUpdate]:
    """Every quarterly update of a year's plan, whatever version it was written of, with its lines. Two statements."""
    return db.session.scalars(
        select(PlanUpdate)
        .join(PlanUpdate.plan)
        .where(SpendingPlan.agreement_id == agreement.id, SpendingPlan.year == year)
        .options(selectinload(PlanUpdate.lines), joinedload(PlanUpdate.plan))
        .order_by(PlanUpdate.through)
    ).all()


def update_to(plan: SpendingPlan, through: date) -> PlanUpdate | None:
    """The update of a plan's year to a day, if one was written of any version."""
    return db.session.scalar(
        select(PlanUpdate)
        .join(PlanUpdate.plan)
        .where(
            SpendingPlan.agreement_id == plan.agreement_id,
            SpendingPlan.year == plan.year,
            PlanUpdate.through == through,
        )
        .options(selectinload(PlanUpdate.lines))
    )


def update_of_staff(by: Person, ref: str) -> PlanUpdate:
    """A quarterly update, where the person holds a staff duty in the agreement's partnership. NotFound otherwise."""
    found = db.session.scalar(
        select(PlanUpdate)
        .join(PlanUpdate.plan)
        .join(SpendingPlan.agreement)
        .where(PlanUpdate.ref == ref, Agreement.partnership_id.in_(within(by)))
        .options(selectinload(PlanUpdate.lines), joinedload(PlanUpdate.plan))
    )
    if found is None:
        raise NotFound()
    return found


# -- what waits --------------------------------------------------------------------------------------------------------


def waiting(by: Person) -> list[Waiting]:
    """Plans to carry on, quarters to tell the funder of, own spend to commit or to close. Four statements at most."""
    duties = {held.duty for held in by.holdings}
    if not duties & {Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER}:
        return []
    found = _spend_waiting(by)
    if Duty.FINANCE_OFFICER in duties:
        found += _plans_waiting(by)
    return sorted(found, key=lambda one: one.since)


def _since(day: date) -> datetime:
    return clock.deadline(day, time(0))


def _plans_waiting(by: Person) -> list[Waiting]:
    mine = covered(by, Agreement.partnership_id, duties={Duty.FINANCE_OFFICER})
    rows = db.session.execute(
        select(SpendingPlan, Agreement.name)
        .join(SpendingPlan.agreement)
        .where(mine, SpendingPlan.state != PlanState.SUPERSEDED)
        .order_by(SpendingPlan.ref)
    ).all()
    sent = {
        (agreement_id, through)
        for agreement_id, through in db.session.execute(
            select(SpendingPlan.agreement_id, PlanUpdate.through).join(PlanUpdate.plan).where(PlanUpdate.sent_on.is_not(None))
        )
    }
    found = []
    for plan, agreement in rows:
        year, page, args = clock.year_label(plan.year), "spending_plans.show", {"ref": plan.ref}
        if plan.state is PlanState.DRAFT:
            what = _("Take the %(year)s spending plan of %(agreement)s to the board", year=year, agreement=agreement)
            found.append(Waiting(_since(clock.first_day(plan.year)), what, plan.ref, page, args))
        elif plan.state is PlanState.RESOLVED:
            what = _("Send the %(year)s spending plan of %(agreement)s to the funder", year=year, agreement=agreement)
            found.append(Waiting(_since(plan.resolved_on or clock.today()), what, plan.ref, page, args))
        elif plan.state in STANDING:
            for end in rules.quarters_over(plan.year, clock.today()):
                if (plan.agreement_id, end) not in sent:
                    what = _(
                        "Tell the funder of %(agreement)s how the quarter to %(end)s went",
                        agreement=agreement,
                        end=rules.day(end),
                    )
                    found.append(
                        Waiting(
                            _since(end), what, plan.ref, "spending_plans.write", {"ref": plan.ref, "through": end.isoformat()}
                        )
                    )
    return found


def _spend_waiting(by: Person) -> list[Waiting]:
    today = clock.today()
    asks = and_(OwnSpend.state == SpendState.PLANNED, OwnSpend.starts_on <= today)
    ends = and_(OwnSpend.state == SpendState.COMMITTED, OwnSpend.ends_on < today)
    approves = covered(by, Stream.partnership_id, Stream.ref, duties={Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER})
    finance = covered(by, Stream.partnership_id, Stream.ref, duties={Duty.FINANCE_OFFICER})
    rows = db.session.scalars(
        select(OwnSpend)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .where(or_(and_(asks, or_(approves, finance)), and_(ends, finance)))
        .options(joinedload(OwnSpend.pot))
        .order_by(OwnSpend.ref)
    ).all()
    left = stands([one.ref for one in rows if one.state is SpendState.COMMITTED])
    found = []
    for one in rows:
        args = {"ref": one.ref}
        if one.state is SpendState.PLANNED:
            what = _("Commit %(amount)s for ‘%(title)s’, or cancel it: it was to begin", amount=one.planned, title=one.title)
            found.append(Waiting(_since(one.starts_on), what, one.ref, "own_spend.show", args))
        elif left[one.ref].committed:
            what = _(
                "Charge or give back %(amount)s of ‘%(title)s’, which has ended",
                amount=left[one.ref].committed,
                title=one.title,
            )
            found.append(Waiting(_since(one.ends_on), what, one.ref, "own_spend.show", args))
    return found
