"""Changes to budgets that a second person approves, and authorities to spend ahead of the money."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Referenced, stamp
from grants.kernel.money import Money
from grants.people.models import Person
from grants.streams.models import Allocation, Pot


class ChangeKind(StrEnum):
    """What is asked for. `moves` in budget/rules.py says what each posts."""

    VIREMENT = "virement"  # between two pots
    LINE = "move between lines"  # inside one pot
    CONTRIBUTION = "contribution"
    CARRY_FORWARD = "carry forward"
    REPAYMENT = "repayment to funder"
    DEMAND = "demand back"  # paid -> owed back to us
    DEMAND_WITHDRAWN = "demand withdrawn"  # the other way round
    RECOVERY = "recovery"  # what was owed came in
    WRITE_OFF = "write-off"


class ChangeState(StrEnum):
    """Where a change stands. Money moves when it is approved, in the same transaction."""

    ASKED = "waiting for approval"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CHANGE_MOVES: Mapping[ChangeState, Set[ChangeState]] = {
    ChangeState.ASKED: {ChangeState.APPROVED, ChangeState.REFUSED, ChangeState.WITHDRAWN},
    ChangeState.APPROVED: frozenset(),
    ChangeState.REFUSED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
}


class BudgetChange(Referenced):
    """A change to a pot's money that somebody asked for and another person approves (BCH-26-00001)."""

    __tablename__ = "budget_change"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)  # out of which, or whose
    into_pot_id: Mapped[int | None] = mapped_column(ForeignKey("pot.id"), index=True)
    kind: Mapped[ChangeKind]
    owner: Mapped[str]  # ledger owner: '' the pot, a line, a round, a commitment, an award, own spend; or a contribution (CON-)
    bucket: Mapped[str]  # ledger bucket the money leaves
    into_owner: Mapped[str]
    body: Mapped[str | None]  # the funder or partner, an organisation's reference
    amount: Mapped[Money]
    effective_on: Mapped[date]
    reason: Mapped[str]
    document: Mapped[str]  # the source document: minute, letter, invoice
    resolution: Mapped[str | None]
    clears: Mapped[str | None]  # the spending authority whose use it makes good
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.ASKED)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[stamp]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_for: Mapped[str | None]  # the person whose deputy decided
    refused_because: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    pot: Mapped[Pot] = relationship(foreign_keys=[pot_id])
    into_pot: Mapped[Pot | None] = relationship(foreign_keys=[into_pot_id])
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class AuthorityKind(StrEnum):
    """Why a pot may promise more than it holds."""

    AT_RISK = "at risk"  # against an allocation that is not confirmed yet
    OVER_PROGRAMMING = "over-programming"  # because projects underspend


class SpendingAuthority(Referenced):
    """Somebody named allows a pot to promise more than it holds, up to a limit and a date (AUT-26-00001).

    The ledger's floor is the sum of those in force; its date the earliest of theirs.
    """

    __tablename__ = "spending_authority"
    __table_args__ = (
        CheckConstraint("allowed > 0", name="allowed"),
        CheckConstraint("(kind = 'at risk') = (allocation_id IS NOT NULL)", name="against"),
    )

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    kind: Mapped[AuthorityKind]
    allocation_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"), index=True)
    allowed: Mapped[Money]  # the limit; a percentage becomes pounds when granted
    basis_points: Mapped[int | None]  # the percentage it was given as, of the pot's confirmed allocation
    until: Mapped[date]
    underwriter: Mapped[str]  # whose money makes it good
    reason: Mapped[str]
    document: Mapped[str]
    resolution: Mapped[str | None]  # where the delegation table asks for one
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[stamp]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    approved_for: Mapped[str | None]  # the person whose deputy approved
    refused_because: Mapped[str | None]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    pot: Mapped[Pot] = relationship()
    allocation: Mapped[Allocation | None] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told
