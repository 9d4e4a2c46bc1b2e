"""Applications: what a group asks for, drafted over days, and the frozen content assessors read."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.money import Money, total
from grants.people.models import Organisation, Person
from grants.places.models import Locality
from grants.rounds.models import Round
from grants.strategy.models import Priority


class State(StrEnum):
    """Where an application stands, in the words a group reads."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"


MOVES: Mapping[State, Set[State]] = {
    State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
    State.SUBMITTED: {State.WITHDRAWN, State.DECIDED},
    State.DECIDED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


class Application(Referenced):
    """What one organisation asks of one round (APP-26-00001). Saved a page at a time; submitting freezes a snapshot."""

    __tablename__ = "application"
    __table_args__ = (
        Index(None, "state"),  # few wait to be scored, most are decided
        CheckConstraint("state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="handed_in"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str | None]
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))  # the one it serves most
    locality_id: Mapped[int | None] = mapped_column(ForeignKey("locality.id"))
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[stamp]
    saved_at: Mapped[stamp]
    submitted_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column()
    # The edition that last changed each page, so that two people working on different pages are not in each other's way.
    place_edition: Mapped[int] = mapped_column(default=0)
    costs_edition: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()
    priority: Mapped[Priority | None] = relationship()
    locality: Mapped[Locality | None] = relationship()
    started_by: Mapped[Person] = relationship()
    answers: Mapped[list[Answer]] = relationship(back_populates="application", order_by="Answer.id")
    costs: Mapped[list[CostLine]] = relationship(back_populates="application", order_by="CostLine.position")
    # The ledger has a Snapshot too, so this one is named in full.
    snapshot: Mapped[Snapshot | None] = relationship("grants.applications.models.Snapshot", back_populates="application")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told

    @property
    def asked(self) -> Money:
        """What it asks for: its cost lines added up."""
        return total(cost.amount for cost in self.costs)


class Answer(Base):
    """One question's answer, as typed."""

    __tablename__ = "answer"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "question"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    question: Mapped[str]  # its key in the question set
    text: Mapped[str]
    edition: Mapped[int]  # of the application, when it was last changed

    application: Mapped[Application] = relationship(back_populates="answers")


class CostLine(Base):
    """One line of the cost table."""

    __tablename__ = "cost_line"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "position"), CheckConstraint("amount > 0", name="amount"))

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    position: Mapped[int]
    what: Mapped[str]
    amount: Mapped[Money]

    application: Mapped[Application] = relationship(back_populates="costs")


class Snapshot(Base):
    """The content as it was submitted, with its digest. Assessors read this and nothing else. Never changed."""

    __tablename__ = "application_snapshot"
    __root__ = "application"

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str]
    at: Mapped[stamp]

    application: Mapped[Application] = relationship(back_populates="snapshot")


triggers.declare(lambda: triggers.insert_only("application_snapshot", "applications"))
