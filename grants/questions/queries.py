"""Reading question sets. A document is checked once a process; what a round opened with never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.questions.document import Document
from grants.questions.models import QuestionSet, QuestionSetDraft

_kept: dict[str, Document] = {}  # what a document says -> the same, checked
MOST = 64


def document(questions: QuestionSet) -> Document:
    """The set's document, ready to ask."""
    name = repr(questions.document)
    if name not in _kept:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[name] = Document.model_validate(questions.document)
    return _kept[name]


def question_set(ref: str) -> QuestionSet:
    """The set with this reference, or NotFound."""
    found = db.session.scalar(select(QuestionSet).where(QuestionSet.ref == ref))
    if found is None:
        raise NotFound()
    return found


def latest() -> Sequence[QuestionSet]:
    """The newest version of each set, by title: what a new round may choose from."""
    found: dict[str, QuestionSet] = {}
    for one in db.session.scalars(select(QuestionSet).order_by(QuestionSet.title, QuestionSet.version)):
        found[one.title] = one
    return list(found.values())


def versions() -> Mapping[str, Sequence[QuestionSet]]:
    """Every version of every set: title -> its versions, newest first. One statement."""
    found: dict[str, list[QuestionSet]] = {}
    for one in db.session.scalars(select(QuestionSet).order_by(QuestionSet.title, QuestionSet.version.desc())):
        found.setdefault(one.title, []).append(one)
    return found


def drafts() -> Sequence[QuestionSetDraft]:
    """The sets that are being written, by title."""
    still = (QuestionSetDraft.published_as.is_(None), QuestionSetDraft.dropped_at.is_(None))
    return db.session.scalars(select(QuestionSetDraft).where(*still).order_by(QuestionSetDraft.title)).all()


def draft(ref: str) -> QuestionSetDraft:
    """The draft with this reference, open or not, or NotFound."""
    found = db.session.scalar(select(QuestionSetDraft).where(QuestionSetDraft.ref == ref))
    if found is None:
        raise NotFound()
    return found
