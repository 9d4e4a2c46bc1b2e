"""The spending plan a board approved for an agreement's money, and own spend: posts, recharges, invoices charged to a pot."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.agreements.models import Agreement
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.money import Money
from grants.people.models import Organisation
from grants.strategy.models import Priority
from grants.streams.models import Line, Pot


class PlanState(StrEnum):
    """Where a version of a spending plan stands."""

    DRAFT = "draft"
    RESOLVED = "approved by the board"
    SENT = "sent to the funder"
    AGREED = "agreed by the funder"
    CHANGED = "changed within the limit"  # under the officer's delegation; the funder is told at the next update
    SUPERSEDED = "superseded"


STANDING: Set[PlanState] = frozenset({PlanState.AGREED, PlanState.CHANGED})  # of an agreement's year, one version at most
PLAN_MOVES: Mapping[PlanState, Set[PlanState]] = {
    PlanState.DRAFT: {PlanState.RESOLVED, PlanState.CHANGED, PlanState.SUPERSEDED},
    PlanState.RESOLVED: {PlanState.SENT, PlanState.SUPERSEDED},
    PlanState.SENT: {PlanState.AGREED, PlanState.DRAFT, PlanState.SUPERSEDED},  # the funder may send it back
    PlanState.AGREED: {PlanState.SUPERSEDED},
    PlanState.CHANGED: {PlanState.SUPERSEDED},
    PlanState.SUPERSEDED: frozenset(),
}


class SpendingPlan(Referenced):
    """One version of what an agreement's money of a year is for (SPL-26-00001). Versions count from 1; one stands at a time."""

    __tablename__ = "spending_plan"
    __table_args__ = (UniqueConstraint("agreement_id", "year", "version"),)

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    year: Mapped[int]  # the calendar year its financial year begins in
    version: Mapped[int]
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    resolution: Mapped[str | None]
    resolved_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    agreed_on: Mapped[date | None]
    funder_said: Mapped[str | None]
    note: Mapped[str | None]  # why this version: what changed, and the reason
    drafted_by: Mapped[str]  # who asked for it; nobody approves what they drafted
    edition: Mapped[int] = mapped_column()

    agreement: Mapped[Agreement] = relationship()
    lines: Mapped[list[PlanLine]] = relationship(back_populates="plan", order_by="PlanLine.position")
    updates: Mapped[list[PlanUpdate]] = relationship(back_populates="plan", order_by="PlanUpdate.through")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class PlanLine(Base):
    """A project of a plan: provider, amount, priority, expected results. `line` names it through every version (PLN-26-00001):
    awards, own spend and updates are measured against that name."""

    __tablename__ = "plan_line"
    __root__ = "plan"
    __table_args__ = (
        UniqueConstraint("plan_id", "line"),
        UniqueConstraint("plan_id", "position"),
        Index(None, "line"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[key]
    plan_id: Mapped[int] = mapped_column(ForeignKey("spending_plan.id"))
    line: Mapped[str]
    position: Mapped[int]
    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"))
    project: Mapped[str]
    provider: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    amount: Mapped[Money]
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))
    results: Mapped[str]

    plan: Mapped[SpendingPlan] = relationship(back_populates="lines")
    pot: Mapped[Pot] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    priority: Mapped[Priority | None] = relationship()


class PlanUpdate(Referenced):
    """What the funder is told of a quarter (SPU-26-00001): each line's spend to its end, as the books stood, and in words."""

    __tablename__ = "plan_update"
    __table_args__ = (UniqueConstraint("plan_id", "through"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("spending_plan.id"))
    through: Mapped[date]
    said: Mapped[str | None]
    sent_on: Mapped[date | None]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    plan: Mapped[SpendingPlan] = relationship(back_populates="updates")
    lines: Mapped[list[PlanUpdateLine]] = relationship(back_populates="update", order_by="PlanUpdateLine.id")


class PlanUpdateLine(Base):
    """One line of a quarterly update, its figures frozen as they were sent (pence)."""

    __tablename__ = "plan_update_line"
    __root__ = "update"
    __table_args__ = (UniqueConstraint("update_id", "line"),)

    id: Mapped[key]
    update_id: Mapped[int] = mapped_column(ForeignKey("plan_update.id"))
    line: Mapped[str]
    planned: Mapped[Money]
    committed: Mapped[Money]
    spent: Mapped[Money]
    said: Mapped[str | None]

    update: Mapped[PlanUpdate] = relationship(back_populates="lines")


class SpendKind(StrEnum):
    """What own spend pays for."""

    POST = "post"
    RECHARGE = "recharge"
    PARTNER_INVOICE = "partner invoice"
    EQUIPMENT = "equipment"
    EVENT = "event"
    DISTRIBUTION = "given out by a distributor"  # a distributor decides, its list of awards is imported (R50)


class SpendState(StrEnum):
    """Where own spend stands."""

    PLANNED = "planned"
    COMMITTED = "committed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


SPEND_MOVES: Mapping[SpendState, Set[SpendState]] = {
    SpendState.PLANNED: {SpendState.COMMITTED, SpendState.CANCELLED},
    SpendState.COMMITTED: {SpendState.CLOSED},
    SpendState.CLOSED: frozenset(),
    SpendState.CANCELLED: frozenset(),
}


class OwnSpend(Referenced):
    """Money charged to a pot without an award (OWN-26-00001): an owner in the ledger like an award, in the same buckets.

    `planned` posts nothing; committing takes it from free money; each charge pays from what is committed.
    """

    __tablename__ = "own_spend"
    __table_args__ = (
        CheckConstraint("planned > 0", name="planned"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("priority_id IS NOT NULL OR outside_plan IS NOT NULL", name="serves"),
    )

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("pot_line.id"))
    plan_line: Mapped[str | None] = mapped_column(index=True)  # PLN-26-00001
    kind: Mapped[SpendKind]
    title: Mapped[str]
    payee: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    planned: Mapped[Money]
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    outside_plan: Mapped[str | None]  # why it serves no priority
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    approval_basis: Mapped[str]  # the resolution or delegation it rests on
    state: Mapped[SpendState] = mapped_column(default=SpendState.PLANNED)
    fictional: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]
    edition: Mapped[int] = mapped_column()

    pot: Mapped[Pot] = relationship()
    line: Mapped[Line | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    priority: Mapped[Priority | None] = relationship()
    charges: Mapped[list[Charge]] = relationship(back_populates="spend", order_by="Charge.id")
    given_out: Mapped[list[DistributedGrant]] = relationship(back_populates="spend", order_by="DistributedGrant.id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class Charge(Referenced):
    """What was actually charged (CHG-26-00001): net of VAT, which is recovered and never touches the pot."""

    __tablename__ = "charge"
    __table_args__ = (
        CheckConstraint("net > 0", name="net"),
        CheckConstraint("vat >= 0", name="vat"),
    )

    spend_id: Mapped[int] = mapped_column(ForeignKey("own_spend.id"), index=True)
    what: Mapped[str]
    document: Mapped[str]  # invoice, journal or payroll reference
    net: Mapped[Money]
    vat: Mapped[Money]
    charged_on: Mapped[date]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]
    reversed_at: Mapped[datetime | None]
    reversed_because: Mapped[str | None]

    spend: Mapped[OwnSpend] = relationship(back_populates="charges")


class DistributedGrant(Base):
    """A grant a distributor gave out of what it was handed, from its imported list: decided by the distributor."""

    __tablename__ = "distributed_grant"
    __root__ = "spend"
    __table_args__ = (UniqueConstraint("spend_id", "distributor_reference"), CheckConstraint("amount > 0", name="amount"))

    id: Mapped[key]
    spend_id: Mapped[int] = mapped_column(ForeignKey("own_spend.id"))
    distributor_reference: Mapped[str]
    recipient: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    recipient_type: Mapped[str]
    title: Mapped[str]
    amount: Mapped[Money]
    decided_on: Mapped[date]
    priority: Mapped[str | None]  # a priority's reference
    file: Mapped[str]
    recorded_at: Mapped[stamp]

    spend: Mapped[OwnSpend] = relationship(back_populates="given_out")
    organisation: Mapped[Organisation | None] = relationship()
