"""Question sets: what a round asks, as one validated document that never changes once a round has opened with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from grants.kernel import triggers
from grants.kernel.db import Referenced


class QuestionSet(Referenced):
    """One version of a set (QST-26-00001). `document` is checked by `questions/document.py`."""

    __tablename__ = "question_set"
    __table_args__ = (UniqueConstraint("title", "version"),)

    title: Mapped[str]
    version: Mapped[int]
    document: Mapped[dict[str, Any]]
    frozen_at: Mapped[datetime | None]


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
