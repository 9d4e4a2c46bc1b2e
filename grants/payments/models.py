"""Payments: an instalment raised by one person, approved by another, and recorded as out of the bank."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.awards.models import Award, Instalment
from grants.kernel.db import Referenced, stamp
from grants.kernel.money import Money
from grants.people.models import Person


class State(StrEnum):
    """Where a payment stands. Approved is the ledger's 'due': the 31 March accrual."""

    RAISED = "raised"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"


MOVES: Mapping[State, Set[State]] = {
    State.RAISED: {State.APPROVED, State.REFUSED},
    State.APPROVED: {State.PAID},
    State.PAID: frozenset(),
    State.REFUSED: frozenset(),
}


class Payment(Referenced):
    """One payment of an instalment (PAY-26-00001). Only one that is not refused may exist for an instalment."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "state"),  # few wait, many are paid
        Index(
            "uq_payment_instalment_id_live",
            "instalment_id",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), index=True)
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"))
    amount: Mapped[Money]
    state: Mapped[State] = mapped_column(default=State.RAISED)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[stamp]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    bank_reference: Mapped[str | None]
    refused_because: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    award: Mapped[Award] = relationship()
    instalment: Mapped[Instalment] = relationship()
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told
