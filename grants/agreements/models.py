"""Funder agreements: terms over one or more pots and years, who gives, what is expected and received, who signs what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.errors import means
from grants.kernel.money import Money
from grants.kernel.words import mark
from grants.people.models import Organisation, Partnership
from grants.streams.models import Allocation


class Agreement(Referenced):
    """The terms on which a funder gives (AGR-26-00001). Its allocations name it, pot by pot."""

    __tablename__ = "agreement"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates"),)

    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    name: Mapped[str]
    funder_reference: Mapped[str | None]  # what the funder calls it
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    change_limit: Mapped[Money | None]  # a plan line changed by more goes back to the funder; none: not stated
    fictional: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]
    source: Mapped[str | None]
    edition: Mapped[int] = mapped_column()

    partnership: Mapped[Partnership] = relationship()
    funders: Mapped[list[AgreementFunder]] = relationship(back_populates="agreement", order_by="AgreementFunder.id")
    conditions: Mapped[list[AgreementCondition]] = relationship(
        back_populates="agreement", order_by="AgreementCondition.position"
    )
    documents: Mapped[list[AgreementDocument]] = relationship(back_populates="agreement", order_by="AgreementDocument.id")
    signatures: Mapped[list[AgreementSignature]] = relationship(back_populates="agreement", order_by="AgreementSignature.id")
    payments: Mapped[list[FunderPayment]] = relationship(back_populates="agreement", order_by="FunderPayment.id")

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class AgreementFunder(Base):
    """Who gives under an agreement from a day on. A successor (a mayor after a commissioner) is a new row; the old stays."""

    __tablename__ = "agreement_funder"
    __root__ = "agreement"

    id: Mapped[key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    effective_on: Mapped[date]
    reason: Mapped[str]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    agreement: Mapped[Agreement] = relationship(back_populates="funders")
    organisation: Mapped[Organisation] = relationship()


triggers.declare(lambda: triggers.insert_only("agreement_funder", "agreements"))
_NEVER = mark("What has been recorded is never changed or deleted.")
means({f"agreements: agreement_funder is never {done}": _NEVER for done in ("changed", "deleted")})


class AgreementCondition(Base):
    """A term the funder sets: what it says, when it falls due, who sees to it (a post), and when it was met."""

    __tablename__ = "agreement_condition"
    __root__ = "agreement"
    __table_args__ = (UniqueConstraint("agreement_id", "position"),)

    id: Mapped[key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    position: Mapped[int]
    text: Mapped[str]
    due_on: Mapped[date | None]
    owner: Mapped[str | None]  # a post
    met_on: Mapped[date | None]
    evidence: Mapped[str | None]

    agreement: Mapped[Agreement] = relationship(back_populates="conditions")


class AgreementDocument(Base):
    """A paper of the agreement: what it is, its date, and where it is kept."""

    __tablename__ = "agreement_document"
    __root__ = "agreement"

    id: Mapped[key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    title: Mapped[str]
    dated: Mapped[date | None]
    kept_at: Mapped[str]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    agreement: Mapped[Agreement] = relationship(back_populates="documents")


class AgreementSignature(Base):
    """Who must sign what under the agreement (a post, for whom), and the day it was signed."""

    __tablename__ = "agreement_signature"
    __root__ = "agreement"

    id: Mapped[key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    what: Mapped[str]  # the agreement, a claim, the year-end statement
    post: Mapped[str]
    signs_for: Mapped[str]  # the accountable body, the funder, internal audit
    signed_on: Mapped[date | None]
    recorded_by: Mapped[str | None]

    agreement: Mapped[Agreement] = relationship(back_populates="signatures")


class FunderPayment(Referenced):
    """A sum the funder is to send (FPY-26-00001): expected, perhaps invoiced, received; overdue when its day has passed.

    Cash only: what may be promised is the allocation's business.
    """

    __tablename__ = "funder_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(received_on IS NULL) = (received IS NULL)", name="received"),
        CheckConstraint("dropped_on IS NULL OR received_on IS NULL", name="dropped"),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocation.id"), index=True)
    amount: Mapped[Money]
    expected_on: Mapped[date]
    invoiced_on: Mapped[date | None]
    invoice: Mapped[str | None]
    received_on: Mapped[date | None]
    received: Mapped[Money | None]
    bank_reference: Mapped[str | None]
    dropped_on: Mapped[date | None]  # the day it was said that it will not come, or not as one sum
    dropped_because: Mapped[str | None]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]
    received_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column()

    agreement: Mapped[Agreement] = relationship(back_populates="payments")
    allocation: Mapped[Allocation] = relationship()

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told
