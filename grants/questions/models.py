"""Question sets: what a round asks, as one validated document that never changes once a round has opened with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel import triggers
from grants.kernel.db import Referenced, stamp


class QuestionSet(Referenced):
    """One version of a set (QST-26-00001). `document` is checked by `questions/document.py`."""

    __tablename__ = "question_set"
    __table_args__ = (UniqueConstraint("title", "version"),)

    title: Mapped[str]
    version: Mapped[int]
    document: Mapped[dict[str, Any]]
    frozen_at: Mapped[datetime | None]


STILL_OPEN = "published_as IS NULL AND dropped_at IS NULL"


class QuestionSetDraft(Referenced):
    """A set that is being written (QSD-26-00001), by any officer in turn. Publishing makes it the next version of its title.

    `document` is a `questions.sketch.Sketch`: it may have gaps. A round never asks a draft.
    """

    __tablename__ = "question_set_draft"
    __table_args__ = (
        Index(  # a set is written once at a time
            "uq_question_set_draft_open",
            "title",
            unique=True,
            sqlite_where=text(STILL_OPEN),
            postgresql_where=text(STILL_OPEN),
        ),
    )

    title: Mapped[str]
    document: Mapped[dict[str, Any]]
    copied_from: Mapped[str | None]  # the reference of the version it began as
    started_at: Mapped[stamp]
    started_by: Mapped[str]  # a person's reference
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    published_as: Mapped[str | None]  # the reference of the version it became
    dropped_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told

    @property
    def open(self) -> bool:
        """May it still be changed?"""
        return self.published_as is None and self.dropped_at is None


def _fixed() -> list[triggers.Guard]:
    """What a set asks is never changed, and no set is deleted: a correction is a new version."""
    what = "document, title, version, ref"
    return [
        *triggers.never_deleted("question_set", "questions"),
        triggers.Guard(
            "question_set_fixed",
            "question_set",
            f"CREATE TRIGGER question_set_fixed BEFORE UPDATE OF {what} ON question_set "
            "BEGIN SELECT RAISE(ABORT, 'questions: question_set is never changed'); END",
            f"CREATE TRIGGER question_set_fixed BEFORE UPDATE OF {what} ON question_set "
            "FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse()",
        ),
    ]


triggers.declare(_fixed)
