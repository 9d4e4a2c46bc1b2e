"""A document somebody sent, named by what is in it, and what a group keeps here to be used again."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.triggers import Guard, never_deleted
from grants.people.models import Organisation, Person


class Scan(StrEnum):
    """Whether somebody looked for viruses in it before it was kept. What is not clean is never kept."""

    CLEAN = "clean"
    NOT_SCANNED = "not scanned"  # no scanner is set


class Document(Referenced):
    """A file that was sent and kept (DOC-26-00001). The row stays for good; what was in it goes once nobody needs it."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    digest: Mapped[str] = mapped_column(index=True)  # sha-256 of what is kept, in hex: where the store has it
    name: Mapped[str]  # cleaned; its ending says what it is
    media_type: Mapped[str]
    size: Mapped[int]  # bytes
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)  # whose it is
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kept_at: Mapped[stamp]
    scanned: Mapped[Scan]
    removed_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    kept_by: Mapped[Person] = relationship()


class What(StrEnum):
    """What a group is asked for again and again. `rules.NAMES` has the words."""

    CONSTITUTION = "constitution"
    ACCOUNTS = "annual accounts"
    SAFEGUARDING = "safeguarding policy"
    INSURANCE = "insurance"
    EQUALITY = "equality policy"
    DATA_PROTECTION = "data protection policy"
    HEALTH_AND_SAFETY = "health and safety policy"
    BANK_STATEMENT = "bank statement"  # never before an award
    OTHER = "other"


class OrganisationDocument(Base):
    """A document a group filed once, to be used in every application. Ended rows stay, so that the past can be told."""

    __tablename__ = "organisation_document"
    __root__ = "organisation"

    id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    what: Mapped[What]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    expires_on: Mapped[date | None]  # the last day it is good for; none: it does not run out
    filed_at: Mapped[stamp]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_document.id"))

    organisation: Mapped[Organisation] = relationship()
    document: Mapped[Document] = relationship()
    filed_by: Mapped[Person] = relationship()
    replaced_by: Mapped[OrganisationDocument | None] = relationship(remote_side="OrganisationDocument.id")

    def run_out(self, today: date) -> bool:
        """Is it past the last day it is good for?"""
        return self.expires_on is not None and self.expires_on < today


_FIXED = ("digest", "name", "media_type", "size", "kept_by_id")
_OTHERWISE = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in _FIXED)


def _guards() -> list[Guard]:
    """Rows are never deleted, and what a document is never changes."""
    return [
        *never_deleted("document", "files"),
        *never_deleted("organisation_document", "files"),
        Guard(
            "document_fixed",
            "document",
            f"CREATE TRIGGER document_fixed BEFORE UPDATE ON document WHEN {_OTHERWISE}"
            " BEGIN SELECT RAISE(ABORT, 'files: a document is never changed'); END",
            f"CREATE TRIGGER document_fixed BEFORE UPDATE ON document FOR EACH ROW WHEN ({_OTHERWISE})"
            " EXECUTE FUNCTION kernel_refuse()",
        ),
    ]


triggers.declare(_guards)
