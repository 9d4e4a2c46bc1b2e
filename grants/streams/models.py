"""Streams of money and their pots by year: allocations, lines, pools, contributions, protected commitments, past grants.

Facts that change are rows with the day they take effect and the instant they were recorded, never overwritten, so that a page
can show them as at a date.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, reference, stamp
from grants.kernel.errors import means
from grants.kernel.money import Money
from grants.kernel.words import mark
from grants.ledger.models import Book
from grants.people.models import Organisation, Partnership

_NEVER = mark("What has been recorded is never changed or deleted.")


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
    exclusions: Mapped[list[Exclusion]] = relationship(back_populates="stream", order_by="Exclusion.id")


class Exclusion(Base):
    """What a stream has no element for (R44): work for it is shown as needing other funding."""

    __tablename__ = "stream_exclusion"
    __root__ = "stream"

    id: Mapped[key]
    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), index=True)
    objective: Mapped[str]  # disadvantaged neighbourhoods
    priority: Mapped[str | None]  # a priority's reference, where one stands for the objective
    why: Mapped[str | None]
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]
    source: Mapped[str | None]

    stream: Mapped[Stream] = relationship(back_populates="exclusions")


class AllocationStatus(StrEnum):
    """How sure the allocation is. 'Not stated' is a value of its own and never £0.00."""

    CONFIRMED = "confirmed"
    NOT_STATED = "not stated"
    AWAITED = "awaiting notification"  # nothing known yet, or expected or indicative only (see `Allocation`)


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
    allocation: Mapped[Money | None]  # what is confirmed, over all its allocations; none: not stated
    allocation_status: Mapped[AllocationStatus]
    funders: Mapped[list[str]] = mapped_column(default=list)  # organisation references; none: not stated
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    holder_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id")
    )  # who holds the money, where others decide (R46)
    balance_from: Mapped[date | None]  # its books begin with a balance its source states, not with an allocation (R47)
    closed_on: Mapped[date | None]  # closed to new promises from this day; what was promised before goes on
    pool: Mapped[str | None]  # a pool's reference (R39)
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
    distributor: Mapped[Organisation | None] = relationship(foreign_keys=[distributor_id])
    holder: Mapped[Organisation | None] = relationship(foreign_keys=[holder_id])
    terms: Mapped[list[PotTerms]] = relationship(back_populates="pot", order_by="PotTerms.id")
    allocations: Mapped[list[Allocation]] = relationship(back_populates="pot", order_by="Allocation.id")
    lines: Mapped[list[Line]] = relationship(back_populates="pot", order_by="Line.id")
    contributions: Mapped[list[Contribution]] = relationship(back_populates="pot", order_by="Contribution.id")
    components: Mapped[list[Component]] = relationship(back_populates="pot", order_by="Component.id")
    commitments: Mapped[list[Commitment]] = relationship(back_populates="pot", order_by="Commitment.id")


class Spending(StrEnum):
    """May the money buy lasting things, or pay for running?"""

    REVENUE = "revenue"
    CAPITAL = "capital"
    EITHER = "revenue or capital"
    NOT_STATED = "not stated"


class Role(StrEnum):
    """Whose money it is in the accounts: our own to decide (principal), or passed through for another (agent). CIPFA Code."""

    PRINCIPAL = "principal"
    AGENT = "agent"
    NOT_STATED = "not stated"


class PotTerms(Base):
    """A pot's attributes in the accounts from a day on. Never overwritten: a change is a new row."""

    __tablename__ = "pot_terms"
    __root__ = "pot"
    __table_args__ = (Index(None, "pot_id"),)

    id: Mapped[key]
    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"))
    spending: Mapped[Spending] = mapped_column(default=Spending.NOT_STATED)
    role: Mapped[Role] = mapped_column(default=Role.NOT_STATED)
    responsible_officer: Mapped[str | None]  # a post: who answers for it (GovS 015)
    cost_centre: Mapped[str | None]
    subjective_code: Mapped[str | None]
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    pot: Mapped[Pot] = relationship(back_populates="terms")


class Certainty(StrEnum):
    """How sure money from a funder is. Only confirmed money is in totals; received money is confirmed and in the bank."""

    EXPECTED = "expected"
    INDICATIVE = "indicative"  # a figure in writing, not yet a promise
    CONFIRMED = "confirmed"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"


class Allocation(Referenced):
    """One funder's money for one pot (ALC-26-00001). What it is now is its last step; earlier steps stay."""

    __tablename__ = "allocation"

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    funder: Mapped[str | None]  # an organisation's reference; none: not stated
    agreement: Mapped[str | None] = mapped_column(index=True)  # a funder agreement's reference
    fictional: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[int] = mapped_column()

    pot: Mapped[Pot] = relationship(back_populates="allocations")
    steps: Mapped[list[AllocationStep]] = relationship(back_populates="allocation", order_by="AllocationStep.id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class AllocationStep(Base):
    """What an allocation became on a day, on what paper."""

    __tablename__ = "allocation_step"
    __root__ = "allocation"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    id: Mapped[key]
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocation.id"), index=True)
    certainty: Mapped[Certainty]
    amount: Mapped[Money]
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]
    document: Mapped[str | None]  # the letter, its date, where it is kept
    note: Mapped[str | None]

    allocation: Mapped[Allocation] = relationship(back_populates="steps")


triggers.declare(lambda: triggers.insert_only("allocation_step", "streams"))
means({f"streams: allocation_step is never {done}": _NEVER for done in ("changed", "deleted")})


class Shortfall(Referenced):
    """A funder cut more than was free (SHF-26-00001): a decision to take, never an error (R45), until its money is found."""

    __tablename__ = "shortfall"
    __table_args__ = (CheckConstraint("outstanding >= 0 AND outstanding <= amount", name="outstanding"),)

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocation.id"))
    amount: Mapped[Money]  # what could not be taken from free money on the day of the cut
    outstanding: Mapped[Money]  # what is still to find
    opened_on: Mapped[date]
    settled_at: Mapped[datetime | None]
    decision: Mapped[str | None]  # what was resolved, and by whom

    pot: Mapped[Pot] = relationship()
    allocation: Mapped[Allocation] = relationship()


class LineKind(StrEnum):
    """What a part of a pot is for."""

    PRIORITY = "priority"
    AREA = "area"
    MICRO_GRANTS = "micro-grants"
    CONTINGENCY = "contingency"


class Line(Referenced):
    """A part of a pot (LIN-26-00001). Its free money is in the pot's book under its own reference."""

    __tablename__ = "pot_line"
    __table_args__ = (UniqueConstraint("pot_id", "name"),)

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"))
    name: Mapped[str]
    kind: Mapped[LineKind]
    priority: Mapped[str | None]  # a priority's reference
    locality: Mapped[str | None]  # a locality's reference

    pot: Mapped[Pot] = relationship(back_populates="lines")


class Pool(Referenced):
    """Pots that awards draw on together; each pot's share stays its own in the books (R39). Its pots name it."""

    __tablename__ = "pool"

    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    name: Mapped[str]
    note: Mapped[str | None]

    partnership: Mapped[Partnership] = relationship()


class ContributionStatus(StrEnum):
    """Only confirmed money is in the books."""

    PLEDGED = "pledged"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    NOT_STATED = "not stated"


class Contribution(Referenced):
    """What a partner puts into a pot (CON-26-00001)."""

    __tablename__ = "contribution"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # none: not stated who
    description: Mapped[str]
    amount: Mapped[Money | None]  # none: not stated
    status: Mapped[ContributionStatus]
    effective_on: Mapped[date | None]
    document: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    pot: Mapped[Pot] = relationship(back_populates="contributions")
    organisation: Mapped[Organisation | None] = relationship()


class BudgetLine(Referenced):
    """A line of a shared budget as its minutes state it (R46, R47): a fact that posts nothing by itself."""

    __tablename__ = "budget_line"

    stream_id: Mapped[int] = mapped_column(ForeignKey("stream.id"), index=True)
    pot_id: Mapped[int | None] = mapped_column(ForeignKey("pot.id"), index=True)
    kind: Mapped[str]  # partner_contribution, expenditure, balance, proposed_use, agreed_use, exclusion
    description: Mapped[str]
    amount: Mapped[Money | None]
    amount_status: Mapped[str]
    minute: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    stream: Mapped[Stream] = relationship()
    pot: Mapped[Pot | None] = relationship()


class BalanceUse(Referenced):
    """What was proposed for a remaining balance, and what was resolved: both kept (USE-26-00001, R47)."""

    __tablename__ = "balance_use"
    __table_args__ = (
        CheckConstraint("proposed_amount > 0", name="proposed"),
        CheckConstraint("agreed_amount > 0", name="agreed"),
    )

    pot_id: Mapped[int] = mapped_column(ForeignKey("pot.id"), index=True)
    proposed: Mapped[str]
    proposed_amount: Mapped[Money]
    proposed_on: Mapped[date | None]
    agreed: Mapped[str | None]
    agreed_amount: Mapped[Money | None]
    agreed_on: Mapped[date | None]
    resolution: Mapped[str | None]  # the minute that agreed it: 346/07
    spend: Mapped[str | None]  # the own spend that carried it out
    source: Mapped[str | None]

    pot: Mapped[Pot] = relationship()


class MainstreamContribution(Referenced):
    """What a service does for the plan from its own budget (R51), or existing resources redirected to it (R52).

    Shown beside the money and never added to it.
    """

    __tablename__ = "mainstream_contribution"

    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    service: Mapped[str]
    contribution: Mapped[str]
    framework: Mapped[str | None]
    redirected: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[str | None]  # a priority's reference
    amount: Mapped[Money | None]  # an estimate, never in a total
    fictional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership | None] = relationship()
    organisation: Mapped[Organisation] = relationship()


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
    amount: Mapped[Money | None]  # none: not stated; an estimate may stand in for it (`CommitmentEstimate`)
    approval_basis: Mapped[str | None]  # the resolution that approved it
    exemption: Mapped[str | None]  # why it was not competed: the exemption's reason
    service: Mapped[str | None]  # what is paid for, where `recipient` says who
    pass_through: Mapped[bool] = mapped_column(default=False)  # we only hand it on, as agent
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"))  # last year's commitment that this carries on
    award: Mapped[str | None] = mapped_column(index=True)  # the award whose later year it protects
    ended_on: Mapped[date | None]  # released by a review; nothing ends by date alone
    fictional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    stream: Mapped[Stream] = relationship()
    pot: Mapped[Pot | None] = relationship(back_populates="commitments")
    organisation: Mapped[Organisation | None] = relationship()
    follows: Mapped[Commitment | None] = relationship(remote_side="Commitment.id")
    estimates: Mapped[list[CommitmentEstimate]] = relationship(back_populates="commitment", order_by="CommitmentEstimate.id")
    reviews: Mapped[list[CommitmentReview]] = relationship(
        back_populates="commitment", order_by="CommitmentReview.id", foreign_keys="CommitmentReview.commitment_id"
    )
    consultations: Mapped[list[Consultation]] = relationship(back_populates="commitment", order_by="Consultation.id")


class CommitmentEstimate(Base):
    """What a finance officer takes an amount not stated to be, and why. The books protect it until the amount is stated."""

    __tablename__ = "commitment_estimate"
    __root__ = "commitment"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    id: Mapped[key]
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"), index=True)
    amount: Mapped[Money]
    reason: Mapped[str]
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    commitment: Mapped[Commitment] = relationship(back_populates="estimates")


class Outcome(StrEnum):
    """What a review resolved for a commitment (R41)."""

    KEEP = "keep"
    CHANGE = "change"
    TAPER = "taper"
    RELEASE = "release"


class CommitmentReview(Referenced):
    """A recorded resolution on a commitment (REV-26-00001). It alone keeps, changes, tapers or releases it."""

    __tablename__ = "commitment_review"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"), index=True)
    outcome: Mapped[Outcome]
    amount: Mapped[Money | None]  # for the year to come; none: not stated, or released
    resolution: Mapped[str]
    resolved_on: Mapped[date]
    effective_on: Mapped[date]  # the day from which less is paid: three months after notice where a group's money is cut
    notice_on: Mapped[date | None]  # the day the group was told
    reason: Mapped[str]
    became_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"))  # next year's commitment
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    commitment: Mapped[Commitment] = relationship(back_populates="reviews", foreign_keys=[commitment_id])
    became: Mapped[Commitment | None] = relationship(foreign_keys=[became_id])


class Consultation(Base):
    """One entry of the log kept before a group's money is cut: who was asked, how, what they said, what was answered."""

    __tablename__ = "consultation"
    __root__ = "commitment"

    id: Mapped[key]
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"), index=True)
    held_on: Mapped[date]
    who: Mapped[str]
    how: Mapped[str]
    said: Mapped[str]
    answered: Mapped[str | None]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    commitment: Mapped[Commitment] = relationship(back_populates="consultations")


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
