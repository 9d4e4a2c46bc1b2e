"""Awards: a promise with recipient, amount, pot, agreement, instalments and the priorities its money serves."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.applications.models import Application
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.money import Money
from grants.people.models import Organisation, Person
from grants.strategy.models import Indicator, Priority, Strategy
from grants.streams.models import Commitment, Pot


class State(StrEnum):
    """Where an award stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"  # the group said no
    LAPSED = "lapsed"  # nobody answered in time
    CLOSED = "closed"


MOVES: Mapping[State, Set[State]] = {
    State.OFFERED: {State.ACCEPTED, State.DECLINED, State.LAPSED},
    State.ACCEPTED: {State.CLOSED},
    State.DECLINED: frozenset(),
    State.LAPSED: frozenset(),
    State.CLOSED: frozenset(),
}


class Award(Referenced):
    """A promise to a group (AWD-26-00001). Its money is in the ledger under its reference; `agreed` is what was offered."""

    __tablename__ = "award"
    __table_args__ = (
        Index(None, "state"),  # few wait for an answer, most are accepted or closed
        CheckConstraint("agreed > 0", name="agreed"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("(application_id IS NULL) <> (commitment_id IS NULL)", name="way_in"),
        CheckConstraint("(application_id IS NULL) = (decision IS NULL)", name="decided"),
    )

    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), unique=True)
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"), index=True)  # passported: no competition
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    title: Mapped[str]
    purpose: Mapped[str]
    agreed: Mapped[Money]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    answer_by: Mapped[date]  # the last day to accept
    state: Mapped[State] = mapped_column(default=State.OFFERED)
    decision: Mapped[str | None]  # the panel's decision, DEC-26-00001
    strategy_id: Mapped[int | None] = mapped_column(
        ForeignKey("strategy.id")
    )  # whose priorities it serves, where no round says
    plan_line: Mapped[str | None] = mapped_column(index=True)  # the line of the spending plan it is measured against
    offered_by: Mapped[str]
    offered_at: Mapped[stamp]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_as: Mapped[str | None]  # the post the signatory gave
    # Where the size of the ask needs two signatures: the first, which accepts nothing by itself.
    first_signed_at: Mapped[datetime | None]
    first_signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    first_signed_as: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    application: Mapped[Application | None] = relationship()
    commitment: Mapped[Commitment | None] = relationship()
    strategy: Mapped[Strategy | None] = relationship()
    organisation: Mapped[Organisation] = relationship()
    pot: Mapped[Pot] = relationship()
    later_years: Mapped[list[LaterYear]] = relationship(back_populates="award", order_by="LaterYear.year")
    accepted_by: Mapped[Person | None] = relationship(foreign_keys=accepted_by_id)
    first_signed_by: Mapped[Person | None] = relationship(foreign_keys=first_signed_by_id)
    conditions: Mapped[list[Condition]] = relationship(back_populates="award", order_by="Condition.position")
    instalments: Mapped[list[Instalment]] = relationship(back_populates="award", order_by="Instalment.number")
    shares: Mapped[list[Share]] = relationship(back_populates="award", order_by="Share.position")
    targets: Mapped[list[PromisedTarget]] = relationship(back_populates="award", order_by="PromisedTarget.id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told

    @property
    def from_open_call(self) -> bool:
        """Was it competed for? A protected commitment's award was not, and its page, letter and open data say so."""
        return self.commitment_id is None

    @property
    def plan(self) -> Strategy:
        """The plan whose priorities it serves: its round's, or the one named where no round says."""
        if self.application is not None:
            return self.application.round.strategy
        assert self.strategy is not None  # `offer_passported` asks for it
        return self.strategy


class YearState(StrEnum):
    """What a later year of an award is. Nothing becomes firm or ends by date alone."""

    SUBJECT_TO_FUNDING = "subject to funding"
    PROTECTED = "protected in its pot"  # the new pot is open and its money is set aside first
    KEPT = "kept"
    TAPERED = "tapered"
    RELEASED = "released"


YEAR_MOVES: Mapping[YearState, Set[YearState]] = {
    YearState.SUBJECT_TO_FUNDING: {YearState.PROTECTED, YearState.RELEASED},
    YearState.PROTECTED: {YearState.KEPT, YearState.TAPERED, YearState.RELEASED},
    YearState.KEPT: frozenset(),
    YearState.TAPERED: frozenset(),
    YearState.RELEASED: frozenset(),
}


class LaterYear(Base):
    """A year after an award's first: promised subject to funding, then first call on that year's pot, then firm or less."""

    __tablename__ = "award_year"
    __root__ = "award"
    __table_args__ = (UniqueConstraint("award_id", "year"), Index(None, "state"), CheckConstraint("amount > 0", name="amount"))

    id: Mapped[key]
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    year: Mapped[int]
    amount: Mapped[Money]  # as promised in the agreement
    state: Mapped[YearState] = mapped_column(default=YearState.SUBJECT_TO_FUNDING)
    commitment: Mapped[str | None]  # the protected commitment in that year's pot
    firm: Mapped[Money | None]  # what was kept or tapered to
    resolution: Mapped[str | None]
    resolved_on: Mapped[date | None]
    notice_on: Mapped[date | None]  # the day the group was told of a taper or an end
    ends_on: Mapped[date | None]  # the day it takes effect: the break notice's last day

    award: Mapped[Award] = relationship(back_populates="later_years")


class Condition(Base):
    """A term of the agreement, in plain words."""

    __tablename__ = "award_condition"
    __root__ = "award"
    __table_args__ = (UniqueConstraint("award_id", "position"),)

    id: Mapped[key]
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    position: Mapped[int]
    text: Mapped[str]

    award: Mapped[Award] = relationship(back_populates="conditions")


class Gate(StrEnum):
    """What must be so before an instalment can be paid."""

    ACCEPTED = "the offer is accepted"
    REPORT = "a report is accepted"


class Instalment(Referenced):
    """A scheduled payment (INS-26-00001). An award's instalments add up to what was agreed."""

    __tablename__ = "instalment"
    __table_args__ = (UniqueConstraint("award_id", "number"), CheckConstraint("amount > 0", name="amount"))

    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    amount: Mapped[Money]
    due_on: Mapped[date]
    gate: Mapped[Gate]
    gate_met_at: Mapped[datetime | None]

    award: Mapped[Award] = relationship(back_populates="instalments")

    def root(self) -> str:
        return self.award.ref


class Share(Base):
    """How much of an award's money serves a priority, in basis points that sum to 10,000 for each edition.

    Never overwritten: a change is a new edition with its own effective date. Without a priority the part is outside
    the plan, with a reason. Pence are apportioned when reading (DESIGN section 4).
    """

    __tablename__ = "award_share"
    __root__ = "award"
    __table_args__ = (
        UniqueConstraint("award_id", "series", "position"),
        CheckConstraint("basis_points > 0 AND basis_points <= 10000", name="points"),
        CheckConstraint("priority_id IS NOT NULL OR reason IS NOT NULL", name="reason"),
    )

    id: Mapped[key]
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    series: Mapped[int]  # 1, 2, … each a complete set
    position: Mapped[int]
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"), index=True)
    basis_points: Mapped[int]
    reason: Mapped[str | None]
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]

    award: Mapped[Award] = relationship(back_populates="shares")
    priority: Mapped[Priority | None] = relationship()


class PromisedTarget(Base):
    """What the group promised to achieve, measured by an indicator."""

    __tablename__ = "promised_target"
    __root__ = "award"
    __table_args__ = (UniqueConstraint("award_id", "indicator_id"), CheckConstraint("value >= 0", name="target"))

    id: Mapped[key]
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    value: Mapped[int]

    award: Mapped[Award] = relationship(back_populates="targets")
    indicator: Mapped[Indicator] = relationship()
