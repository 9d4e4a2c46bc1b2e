"""Adding a question set, and fixing it for good when a round opens with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import mark
from grants.people.models import Person
from grants.questions import policies
from grants.questions.document import check
from grants.questions.models import QuestionSet

declare(
    {
        "questions.added": mark("Added version %(version)s of the question set “%(title)s”, with %(questions)s questions"),
        "questions.frozen": mark("Fixed the question set for good: a round opened with it"),
    }
)


@command
def add_set(*, title: str, document: Mapping[str, Any], by: Person) -> QuestionSet:
    """Keep a new version of a question set. RuleBroken says everything that is wrong with the document."""
    require(policies.add_set, by)
    checked = check(document)
    last = db.session.scalar(select(func.max(QuestionSet.version)).where(QuestionSet.title == title))
    added = QuestionSet(
        ref=next_reference("QST"), title=title, version=(last or 0) + 1, document=checked.model_dump(mode="json")
    )
    db.session.add(added)
    record("questions.added", added, by=by, title=title, version=added.version, questions=len(checked.questions))
    return added


@command
def freeze(questions: QuestionSet, *, by: Person) -> None:
    """A round opens with it, so it is what groups were asked. Called by `rounds.commands.open_round`, which asks who may."""
    if questions.frozen_at is None:
        questions.frozen_at = clock.now()
        record("questions.frozen", questions, by=by)
