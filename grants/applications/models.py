"""Applications: what a group asks for, drafted over days, and the frozen content assessors read."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.money import Money, total
from grants.people.models import Organisation, Person
from grants.places.models import Locality
from grants.rounds.models import Lot, Round
from grants.strategy.models import Priority


class State(StrEnum):
    """Where an application stands, in the words a group reads."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"


MOVES: Mapping[State, Set[State]] = {
    State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
    State.SUBMITTED: {State.WITHDRAWN, State.DECIDED, State.DRAFT},  # opened again, or asked for its second stage
    State.DECIDED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


class Vat(StrEnum):
    """Can the group claim the VAT back that it pays?"""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not sure"


class Application(Referenced):
    """What one organisation asks of one round (APP-26-00001). Saved a page at a time; submitting freezes a snapshot.

    What the product computes on is columns and tables here (ask, place, outcomes); everything else is an answer.
    """

    __tablename__ = "application"
    __table_args__ = (
        Index(None, "state"),  # few wait to be scored, most are decided
        CheckConstraint("state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="handed_in"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str | None]
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority.id"))  # the one it serves most
    purpose: Mapped[str | None]  # in plain words (`questions.purposes`), where the tier asks that instead of a priority
    locality_id: Mapped[int | None] = mapped_column(ForeignKey("locality.id"))
    postcode: Mapped[str | None]  # of where most of it happens, as typed
    found: Mapped[dict[str, Any] | None]  # what the postcode says, with its vintages, when it was saved
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("round_lot.id"))  # the part of the round its place falls in
    sought: Mapped[Money | None]  # what the group said it means to ask for, before its costs say it
    against: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the money is not for: key -> yes or no, as answered
    vat: Mapped[Vat | None]
    # Lines of its tables that cannot be read yet: page -> each one's place among them and all that was typed, by field.
    unread: Mapped[dict[str, Any]] = mapped_column(default=dict)
    copied_from: Mapped[str | None]  # the earlier application whose answers it began with
    copied: Mapped[list[str]] = mapped_column(default=list)  # keys of the pages that say what that one said, not yet checked
    stage: Mapped[int] = mapped_column(default=1)  # 2 once it was asked for its second stage
    until: Mapped[datetime | None]  # it may be worked on until then, whatever the round's own closing time
    rehearsal: Mapped[bool] = mapped_column(default=False)  # an officer tries the round out; taken away again
    took: Mapped[str | None]  # how long it took, as the group says (`after.Took`)
    given_back_at: Mapped[datetime | None]  # it was not sent in time, and what was written was mailed to the group
    sends: Mapped[int] = mapped_column(default=0)  # how often it was sent: the number of its last snapshot
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[stamp]
    saved_at: Mapped[stamp]
    submitted_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column()
    # The edition that last changed each page, so that two people working on different pages are not in each other's way.
    place_edition: Mapped[int] = mapped_column(default=0)
    costs_edition: Mapped[int] = mapped_column(default=0)
    outcomes_edition: Mapped[int] = mapped_column(default=0)
    beneficiaries_edition: Mapped[int] = mapped_column(default=0)
    milestones_edition: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship()
    organisation: Mapped[Organisation] = relationship()
    priority: Mapped[Priority | None] = relationship()
    locality: Mapped[Locality | None] = relationship()
    lot: Mapped[Lot | None] = relationship()
    started_by: Mapped[Person] = relationship()
    answers: Mapped[list[Answer]] = relationship(back_populates="application", order_by="Answer.repetition, Answer.id")
    costs: Mapped[list[CostLine]] = relationship(back_populates="application", order_by="CostLine.position")
    outcomes: Mapped[list[Outcome]] = relationship(back_populates="application", order_by="Outcome.position")
    beneficiaries: Mapped[list[Beneficiary]] = relationship(back_populates="application", order_by="Beneficiary.position")
    milestones: Mapped[list[Milestone]] = relationship(back_populates="application", order_by="Milestone.position")
    evidence: Mapped[list[Evidence]] = relationship(back_populates="application", order_by="Evidence.id")
    assistance: Mapped[Assistance | None] = relationship(back_populates="application")
    exceptions: Mapped[list[RuleException]] = relationship(back_populates="application", order_by="RuleException.id")
    reopenings: Mapped[list[Reopening]] = relationship(back_populates="application", order_by="Reopening.id")
    # The ledger has a Snapshot too, so this one is named in full. Every one that was sent, and the last of them.
    snapshots: Mapped[list[Snapshot]] = relationship(
        "grants.applications.models.Snapshot",
        back_populates="application",
        order_by="grants.applications.models.Snapshot.number",
    )
    snapshot: Mapped[Snapshot | None] = relationship(
        "grants.applications.models.Snapshot",
        primaryjoin="and_(grants.applications.models.Snapshot.application_id == Application.id, "
        "grants.applications.models.Snapshot.number == Application.sends)",
        viewonly=True,
        uselist=False,
    )

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told

    @property
    def asked(self) -> Money:
        """What it asks for: its cost lines added up."""
        return total(cost.amount for cost in self.costs)

    @property
    def purse(self) -> str:
        """Whose account in the ledger holds the money it could be given: its part of the round, or the round."""
        return self.lot.ref if self.lot else self.round.ref

    @property
    def reopened(self) -> Reopening | None:
        """How it was opened again, while it is."""
        last = self.reopenings[-1] if self.reopenings else None
        return last if last is not None and last.number == self.sends and self.state is State.DRAFT else None


class Answer(Base):
    """One question's answer, as typed."""

    __tablename__ = "answer"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "question", "repetition"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    question: Mapped[str]  # its key in the question set
    repetition: Mapped[int] = mapped_column(default=0)  # of a section asked again for each of several: which
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


class Outcome(Base):
    """A change the group means to bring about: what, for whom, by how much, by when, measured how. Each as typed."""

    __tablename__ = "application_outcome"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "position"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    position: Mapped[int]
    change: Mapped[str]
    whom: Mapped[str]
    much: Mapped[str]
    by: Mapped[str]
    measured: Mapped[str]
    kept: Mapped[bool] = mapped_column(default=False)  # asked for a change rather than an activity, the group kept its words

    application: Mapped[Application] = relationship(back_populates="outcomes")


class Beneficiary(Base):
    """Some of the people it is for, and how many."""

    __tablename__ = "application_beneficiary"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "position"), CheckConstraint("people >= 0", name="people"))

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    position: Mapped[int]
    whom: Mapped[str]
    people: Mapped[int]

    application: Mapped[Application] = relationship(back_populates="beneficiaries")


class Milestone(Base):
    """Something that will have happened by a day."""

    __tablename__ = "application_milestone"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "position"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    position: Mapped[int]
    what: Mapped[str]
    due_on: Mapped[date]

    application: Mapped[Application] = relationship(back_populates="milestones")


class Evidence(Base):
    """A document of the group's that goes with the application, and what it shows. One of each kind."""

    __tablename__ = "application_evidence"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "what"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    what: Mapped[str]  # the kind of document (`files.models.What`)
    document: Mapped[str]  # its reference

    application: Mapped[Application] = relationship(back_populates="evidence")


class RuleException(Base):
    """An officer's recorded exception to a rule that is *normal*: this application may go on in spite of it. Never changed."""

    __tablename__ = "rule_exception"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "rule"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    rule: Mapped[str]  # as `rounds.eligibility.Finding` names it
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[stamp]

    application: Mapped[Application] = relationship(back_populates="exceptions")


class Reopening(Base):
    """An application that was sent was opened again, or asked for its second stage: why, which parts, until when."""

    __tablename__ = "application_reopening"
    __root__ = "application"

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    number: Mapped[int]  # of the snapshot that stood when it was opened again: the same twice where it was not sent in between
    second_stage: Mapped[bool] = mapped_column(default=False)
    why: Mapped[str]
    parts: Mapped[list[str]]  # keys of the pages to do again; none: all
    until: Mapped[datetime]
    opened_by: Mapped[str]
    opened_at: Mapped[stamp]

    application: Mapped[Application] = relationship(back_populates="reopenings")


class Clarification(Referenced):
    """A question about what was sent, and its answer, on the record (CLA-26-00001). What was sent is not changed by it."""

    __tablename__ = "clarification"
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    question: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[stamp]
    due_on: Mapped[date]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])


class Feedback(Base):
    """Why, in reasons everybody is given alike and an officer's own words. Given once, never changed."""

    __tablename__ = "application_feedback"
    __root__ = "application"

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    reasons: Mapped[list[str]]  # keys of `after.REASONS`
    words: Mapped[str]
    given_by: Mapped[str]
    given_at: Mapped[stamp]

    application: Mapped[Application] = relationship()


class Verdict(StrEnum):
    """What came of a request to look at a decision again."""

    UPHELD = "the request was right"
    NOT_UPHELD = "the decision stands"


class ReviewRequest(Referenced):
    """A group asks for a decision to be looked at again, on a ground there is (RVW-26-00001)."""

    __tablename__ = "review_request"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    ground: Mapped[str]  # of `after.Ground`
    text: Mapped[str]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[stamp]
    due_on: Mapped[date]  # answered by then
    verdict: Mapped[Verdict | None]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])


class Assistance(Base):
    """A phone or paper application that an officer typed in: who gave it, that they agreed, and that it was read back."""

    __tablename__ = "assistance"
    __root__ = "application"

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    how: Mapped[str]  # by telephone, on paper, face to face
    speaker: Mapped[str]  # who spoke or wrote for the group, and what they are in it
    consent: Mapped[str]  # what they agreed to, as it was recorded
    consent_on: Mapped[date]
    officer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[stamp]
    read_back: Mapped[str | None]  # to whom it was read back, and what they said
    read_back_on: Mapped[date | None]
    read_back_edition: Mapped[int | None]  # of the application: a later change has to be read back again

    application: Mapped[Application] = relationship(back_populates="assistance")
    officer: Mapped[Person] = relationship()


class Snapshot(Base):
    """The content as it was submitted, with its digest. Assessors read this and nothing else. Never changed.

    One for each time it was sent, numbered from 1; the last is the application's.
    """

    __tablename__ = "application_snapshot"
    __root__ = "application"
    __table_args__ = (UniqueConstraint("application_id", "number"),)

    id: Mapped[key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    number: Mapped[int] = mapped_column(default=1)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str]
    at: Mapped[stamp]

    application: Mapped[Application] = relationship(back_populates="snapshots")


triggers.declare(
    lambda: [
        guard
        for table in ("application_snapshot", "rule_exception", "application_reopening", "application_feedback")
        for guard in triggers.insert_only(table, "applications")
    ]
)
