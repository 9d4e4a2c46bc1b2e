"""Monitoring: a group's account of what it spent and what changed, and the officer's answer."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.awards.models import Award
from grants.kernel.db import Base, Referenced, key
from grants.kernel.money import Money
from grants.strategy.models import Indicator


class State(StrEnum):
    """Where a report stands."""

    DUE = "due"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # more is needed; the group sends it again
    ACCEPTED = "accepted"


MOVES: Mapping[State, Set[State]] = {
    State.DUE: {State.SUBMITTED},
    State.SUBMITTED: {State.RETURNED, State.ACCEPTED},
    State.RETURNED: {State.SUBMITTED},
    State.ACCEPTED: frozenset(),
}


class Report(Referenced):
    """One report an award owes (RPT-26-00001), asked for when the offer is accepted."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("award_id", "number"),
        Index(None, "state"),  # few wait, many are accepted
        CheckConstraint("spent >= 0", name="spent"),
        CheckConstraint("state = 'due' OR (spent IS NOT NULL AND submitted_at IS NOT NULL)", name="handed_in"),
    )

    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"))
    number: Mapped[int]
    period_start: Mapped[date]
    period_end: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[State] = mapped_column(default=State.DUE)
    spent: Mapped[Money | None]  # in this period
    story: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None]
    answer: Mapped[str | None]  # what the officer said on returning or accepting it
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    award: Mapped[Award] = relationship()
    readings: Mapped[list[ReportReading]] = relationship(back_populates="report", order_by="ReportReading.id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class ReportReading(Base):
    """What the group measured in the report's period, against a target it promised."""

    __tablename__ = "report_reading"
    __root__ = "report"
    __table_args__ = (UniqueConstraint("report_id", "indicator_id"),)

    id: Mapped[key]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    value: Mapped[Decimal]

    report: Mapped[Report] = relationship(back_populates="readings")
    indicator: Mapped[Indicator] = relationship()
