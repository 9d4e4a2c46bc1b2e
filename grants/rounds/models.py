"""Rounds: one call for applications with its money, questions, criteria and dates."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.money import Money
from grants.people.models import Organisation, Partnership
from grants.questions.models import QuestionSet
from grants.rounds.terms import Terms, terms_of
from grants.strategy.models import Strategy
from grants.streams.models import Line, Pot


class State(StrEnum):
    """Where a round stands. It takes applications while it is open and its closing instant has not passed."""

    PLANNED = "planned"
    OPEN = "open"
    ASSESSING = "assessing"
    DECIDED = "decided"


MOVES: Mapping[State, Set[State]] = {
    State.PLANNED: {State.OPEN},
    State.OPEN: {State.ASSESSING},
    State.ASSESSING: {State.DECIDED},
    State.DECIDED: frozenset(),
}


class Round(Referenced):
    """A call (RND-26-00001). What it may award is held from its pot in the ledger, owner its reference."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="dates"),
        CheckConstraint("smallest > 0 AND largest >= smallest", name="asks"),
    )

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)  # of a pool: the pot that leads it
    line_id: Mapped[int | None] = mapped_column(ForeignKey("pot_line.id"))  # the line its money comes from, where one is named
    strategy_id: Mapped[int] = mapped_column(ForeignKey("strategy.id"))  # whose priorities bids choose from
    question_set_id: Mapped[int] = mapped_column(ForeignKey("question_set.id"))
    title: Mapped[str]
    purpose: Mapped[str]
    smallest: Mapped[Money]  # what may be asked for
    largest: Mapped[Money]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    project_starts_on: Mapped[date]  # projects run between these days
    project_ends_on: Mapped[date]
    assessors: Mapped[int] = mapped_column(default=2)  # how many must score each bid, where no tier says otherwise
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)  # checked by `rounds/terms.py`; fixed when the round opens
    forecast: Mapped[bool] = mapped_column(default=False)  # planned, and announced as coming before it can open
    rehearsed_at: Mapped[datetime | None]  # an application was tried out and taken away again
    state: Mapped[State] = mapped_column(default=State.PLANNED)
    edition: Mapped[int] = mapped_column()

    pot: Mapped[Pot] = relationship()
    line: Mapped[Line | None] = relationship()
    strategy: Mapped[Strategy] = relationship()
    question_set: Mapped[QuestionSet] = relationship()
    criteria: Mapped[list[Criterion]] = relationship(back_populates="round", order_by="Criterion.position")
    lots: Mapped[list[Lot]] = relationship(back_populates="round", order_by="Lot.position")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told

    @property
    def terms(self) -> Terms:
        """Its terms, ready to ask."""
        return terms_of(self.rules)


class Criterion(Base):
    """One thing bids are scored on. `weight` is percent; a round's weights sum to 100. Frozen when the round opens."""

    __tablename__ = "criterion"
    __root__ = "round"
    __table_args__ = (UniqueConstraint("round_id", "position"), CheckConstraint("weight > 0 AND most > 0", name="counts"))

    id: Mapped[key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    name: Mapped[str]
    guidance: Mapped[str]
    weight: Mapped[int]
    most: Mapped[int]  # the highest score
    anchors: Mapped[dict[str, Any]] = mapped_column(default=dict)  # score -> what it means in words
    gate: Mapped[int | None]  # a bid scored below this on it cannot be funded

    round: Mapped[Round] = relationship(back_populates="criteria")


class Lot(Referenced):
    """A part of a round with money of its own (LOT-26-00001): a ward's £3,000. It holds in its own account in the ledger."""

    __tablename__ = "round_lot"
    __table_args__ = (UniqueConstraint("round_id", "position"), CheckConstraint("amount > 0", name="amount"))

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    name: Mapped[str]
    area: Mapped[str | None]  # the ward's code, by which a postcode finds it
    line_id: Mapped[int | None] = mapped_column(ForeignKey("pot_line.id"))  # where its money comes from, if not the round's own
    amount: Mapped[Money]  # what it is to hold when the round opens

    round: Mapped[Round] = relationship(back_populates="lots")
    line: Mapped[Line | None] = relationship()

    def root(self) -> str:
        """It comes and goes with the round's set-up, so its history is the round's."""
        return self.round.root()


class LatePermit(Base):
    """One group may send to a round until later than everybody else, for a reason. Never changed: a longer one is another."""

    __tablename__ = "late_permit"
    __root__ = "round"

    id: Mapped[key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    until: Mapped[datetime]
    reason: Mapped[str]
    given_by: Mapped[str]
    given_at: Mapped[stamp]

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Alert(Base):
    """Somebody asked to be told when a round opens: an address and what about, and nothing more. Gone when they stop it."""

    __tablename__ = "round_alert"
    __bookkeeping__ = True  # a stranger's address belongs in no history

    id: Mapped[key]
    email: Mapped[str] = mapped_column(index=True)  # lower case
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"))  # none: every partnership's
    purposes: Mapped[list[str]] = mapped_column(default=list)  # keys of `questions.purposes`; none: whatever it is for
    asked_at: Mapped[stamp]
    confirmed_at: Mapped[datetime | None]  # by the owner of the address; nothing is sent before

    partnership: Mapped[Partnership | None] = relationship()


triggers.declare(lambda: triggers.insert_only("late_permit", "rounds"))
