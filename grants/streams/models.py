"""Streams of money, their pots by year, what they are made of, protected commitments, and grants of the past."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Referenced, reference
from grants.kernel.money import Money
from grants.ledger.models import Book
from grants.people.models import Organisation, Partnership


class Stream(Referenced):
    """A named fund with its rules. Its reference is the seed slug without the year; `code` begins its pots' references."""

    __tablename__ = "stream"

    code: Mapped[reference]  # VCS
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    name: Mapped[str]
    ring_fence: Mapped[str | None]  # in the source's words
    voluntary_only: Mapped[bool] = mapped_column(default=False)  # only voluntary and community organisations (R03)
    status: Mapped[str | None]  # this and the next four: of a stream without a pot; else each pot has its own
    restrictions: Mapped[str | None]
    funders: Mapped[list[str]] = mapped_column(default=list)  # organisation references, where no year's pot says who
    pool: Mapped[str | None]
    pooling: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership] = relationship()
    pots: Mapped[list[Pot]] = relationship(back_populates="stream", order_by="Pot.year")


class AllocationStatus(StrEnum):
    """How sure the allocation is. 'Not stated' is a value of its own and never £0.00."""

    CONFIRMED = "confirmed"
    NOT_STATED = "not stated"
    AWAITED = "awaiting notification"


class Pot(Referenced):
    """One stream in one financial year (VCS-2026), where money lives. Its reference is also its ledger book's code."""

    __tablename__ = "pot"
    __table_args__ = (
        UniqueConstraint("stream_id", "year"),
        CheckConstraint("(allocation IS NULL) = (allocation_status <> 'confirmed')", name="stated"),
        CheckConstraint("allocation >= 0", name="allocation"),
    )

    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"), unique=True)
    year: Mapped[int]  # the calendar year its financial year begins in
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    allocation: Mapped[Money | None]  # none: not stated
    allocation_status: Mapped[AllocationStatus]
    funders: Mapped[list[str]] = mapped_column(default=list)  # organisation references; none: not stated
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    pool: Mapped[str | None]
    pooling: Mapped[str | None]
    passporting: Mapped[str | None]
    conditions: Mapped[str | None]
    restrictions: Mapped[str | None]
    status: Mapped[str | None]
    fictional: Mapped[bool] = mapped_column(default=False)
    slug: Mapped[str | None] = mapped_column(unique=True)  # of its row in the source
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    stream: Mapped[Stream] = relationship(back_populates="pots")
    book: Mapped[Book] = relationship()
    distributor: Mapped[Organisation | None] = relationship()
    components: Mapped[list[Component]] = relationship(back_populates="pot", order_by="Component.id")
    commitments: Mapped[list[Commitment]] = relationship(back_populates="pot", order_by="Commitment.id")


class Component(Referenced):
    """A former fund that a pot is made of, in full or in part (R38)."""

    __tablename__ = "component"

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    name: Mapped[str]
    included: Mapped[str]  # full, part, pooled, not_included
    amount: Mapped[Money | None]
    passported_year_one: Mapped[str]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    pot: Mapped[Pot] = relationship(back_populates="components")


class Commitment(Referenced):
    """Money for an existing commitment, off the top without competition: "Protected commitment (passported)", R40 to R42."""

    __tablename__ = "commitment"

    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), index=True)
    pot_id: Mapped[int | None] = mapped_column(ForeignKey("pot.id"), index=True)
    recipient: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    locality: Mapped[str | None]  # a locality's reference
    protected: Mapped[str]
    kind: Mapped[str]  # passported, continuing_funding, fixed_term_post …
    protected_from: Mapped[date | None]
    protected_until: Mapped[date | None]
    review_trigger: Mapped[str | None]
    review_due: Mapped[date | None]
    amount: Mapped[Money | None]  # none: not stated
    approval_basis: Mapped[str | None]
    fictional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    stream: Mapped[Stream] = relationship()
    pot: Mapped[Pot | None] = relationship(back_populates="commitments")
    organisation: Mapped[Organisation | None] = relationship()


class PastGrant(Referenced):
    """A fact about money given, as its source states it. No lifecycle, no ledger; an amount that is missing is not stated,
    never nought."""

    __tablename__ = "past_grant"

    stream_id: Mapped[int | None] = mapped_column(ForeignKey("stream.id"), index=True)
    pot_id: Mapped[int | None] = mapped_column(ForeignKey("pot.id"), index=True)
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"))  # the same money, counted once
    fiscal_year: Mapped[str | None]  # as the source writes it: '2020/21', '2014/15-2016/17'
    project: Mapped[str]
    recipient: Mapped[str | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    recipient_type: Mapped[str]
    issue: Mapped[str | None]
    priority: Mapped[str | None]  # a priority's reference
    priority_basis: Mapped[str]
    amount: Mapped[Money | None]
    status: Mapped[str]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    stream: Mapped[Stream | None] = relationship()
    pot: Mapped[Pot | None] = relationship()
    commitment: Mapped[Commitment | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
