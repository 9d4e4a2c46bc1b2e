"""Assessment: who scores which bid, what they declared, and their independent scores with reasons."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.applications.models import Application
from grants.kernel.db import Base, Referenced, key, stamp
from grants.people.models import Person
from grants.rounds.models import Criterion


class Interest(StrEnum):
    """What an assessor declared before being shown a bid."""

    NOT_DECLARED = "not declared"
    NONE = "no conflict of interest"
    CONFLICT = "conflict of interest"  # sees and scores nothing of it


class Assessment(Referenced):
    """One assessor's independent view of one bid (ASM-26-00001). Nobody sees another's until both are in."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("application_id", "assessor_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    assessor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    assigned_by: Mapped[str]
    assigned_at: Mapped[stamp]
    interest: Mapped[Interest] = mapped_column(default=Interest.NOT_DECLARED)
    interest_reason: Mapped[str | None]
    summary: Mapped[str | None]
    saved_at: Mapped[datetime | None]  # scores were last kept, part way or whole
    submitted_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column()

    application: Mapped[Application] = relationship()
    assessor: Mapped[Person] = relationship()
    scores: Mapped[list[Score]] = relationship(back_populates="assessment", order_by="Score.criterion_id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class Score(Base):
    """A score against one criterion, with its reason. Until it is submitted either may still be missing."""

    __tablename__ = "score"
    __root__ = "assessment"
    __table_args__ = (UniqueConstraint("assessment_id", "criterion_id"), CheckConstraint("points >= 0", name="points"))

    id: Mapped[key]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    points: Mapped[int | None]  # nought to the criterion's most
    reason: Mapped[str]  # empty: not written yet

    assessment: Mapped[Assessment] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()
