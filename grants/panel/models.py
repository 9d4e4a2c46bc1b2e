"""The panel: its meeting about a round, and its decision on each bid."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.applications.models import Application
from grants.kernel.db import Referenced, stamp
from grants.kernel.money import Money
from grants.people.models import Person
from grants.rounds.models import Round


class Outcome(StrEnum):
    """What the panel may decide on a bid."""

    FULL = "full"
    PART = "part"
    REJECT = "reject"


class Panel(Referenced):
    """The panel's meeting about a round (PAN-26-00001). Decisions may change until the chair confirms them."""

    __tablename__ = "panel"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    held_on: Mapped[date]
    held: Mapped[Money | None]  # what the round held when the decisions were confirmed: offers empty it after that
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    round: Mapped[Round] = relationship()
    confirmed_by: Mapped[Person | None] = relationship()
    decisions: Mapped[list[Decision]] = relationship(back_populates="panel", order_by="Decision.id")


class Decision(Referenced):
    """What was decided on one bid (DEC-26-00001), with the reason the group will read."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("(amount = 0) = (outcome = 'reject')", name="outcome"),
    )

    panel_id: Mapped[int] = mapped_column(ForeignKey("panel.id"), index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    outcome: Mapped[Outcome]
    amount: Mapped[Money]
    reason: Mapped[str]
    decided_by: Mapped[str]  # the person who recorded it
    decided_at: Mapped[stamp]
    edition: Mapped[int] = mapped_column()

    panel: Mapped[Panel] = relationship(back_populates="decisions")
    application: Mapped[Application] = relationship()

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told
