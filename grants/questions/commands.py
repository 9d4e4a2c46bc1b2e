"""Adding a question set, and fixing it for good when a round opens with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale, means
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Person
from grants.questions import policies, queries
from grants.questions.document import check
from grants.questions.models import QuestionSet, QuestionSetDraft
from grants.questions.sketch import Sketch, faults, kept, sketch_of, titled

declare(
    {
        "questions.added": mark("Added version %(version)s of the question set “%(title)s”, with %(questions)s questions"),
        "questions.draft_started": mark("Began to write the question set “%(title)s”"),
        "questions.draft_changed": mark("Changed the draft: %(what)s"),
        "questions.draft_published": mark("Published the draft as version %(version)s (%(set)s)"),
        "questions.draft_dropped": mark("Put the draft away without publishing it"),
        "questions.frozen": mark("Fixed the question set for good: a round opened with it"),
    }
)

means(
    {
        "uq_question_set_draft_open": mark("This question set is being written already. Open the list to find the draft."),
        "uq_question_set_title_version": mark("Somebody else published this version just now. Look at it and try again."),
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


@command
def start_draft(
    *, title: str, document: Mapping[str, Any] | None = None, copied: QuestionSet | None = None, by: Person
) -> QuestionSetDraft:
    """Begin to write a set: from nothing, from a document, or as the next version of one there is.

    RuleBroken where the title is taken by another set, or the set is being written already.
    """
    require(policies.write, by)
    title = title.strip()
    if not title:
        raise RuleBroken(_("Enter a title"), field="title")
    if found := next((one for one in queries.drafts() if one.title == title), None):
        raise RuleBroken(_("“%(title)s” is being written already: %(ref)s.", title=title, ref=found.ref), field="title")
    if (copied is None or copied.title != title) and title in queries.versions():
        raise RuleBroken(
            _(
                "There is a question set called “%(title)s” already. Use another title, or make a new version of it.",
                title=title,
            ),
            field="title",
        )
    begun = copied.document if copied else document or {}
    draft = QuestionSetDraft(
        ref=next_reference("QSD"),
        title=title,
        document=kept(sketch_of({**begun, "title": title})),
        copied_from=copied.ref if copied else None,
        started_at=clock.now(),
        started_by=by.ref,
        changed_at=clock.now(),
        changed_by=by.ref,
    )
    db.session.add(draft)
    record("questions.draft_started", draft, by=by, title=title)
    return draft


@command
def change_draft(draft: QuestionSetDraft, *, change: Callable[[Sketch], Sketch], what: str, by: Person) -> QuestionSetDraft:
    """Change one part of a set that is being written. `change` is one of `sketch`'s changes, made to the draft as it is now,
    so that two officers who change different parts do not meet; Stale where they changed the same one. `what` is for the
    history."""
    require(policies.write, by)
    _open(draft)
    changed = kept(change(sketch_of(draft.document)))
    if changed != draft.document:
        draft.document, draft.title = changed, changed["title"]
        draft.changed_at, draft.changed_by = clock.now(), by.ref
        record("questions.draft_changed", draft, by=by, what=what)
    return draft


@command
def rename_draft(draft: QuestionSetDraft, *, title: str, by: Person) -> QuestionSetDraft:
    """Give a set that is being written another title: then it is another set. RuleBroken where the title is taken."""
    title = title.strip()
    others = {one.title for one in queries.drafts() if one is not draft}
    if title != draft.title and (title in others or title in queries.versions()):
        raise RuleBroken(
            _("There is a question set called “%(title)s” already. Use another title.", title=title), field="title"
        )
    return change_draft(draft, change=lambda sketch: titled(sketch, title), what=_("its title"), by=by)


@command
def publish(draft: QuestionSetDraft, *, edition: int, by: Person) -> QuestionSet:
    """Make a draft the next version of its set, for rounds to ask. Stale where it is not what the officer read; RuleBroken
    says everything that does not fit together yet."""
    require(policies.write, by)
    _open(draft)
    if draft.edition != edition:
        raise Stale()
    if found := faults(sketch_of(draft.document)):
        raise RuleBroken(*(fault.sentence for fault in found))
    added = add_set(title=draft.title, document=draft.document, by=by)
    draft.published_as = added.ref
    record("questions.draft_published", draft, by=by, version=added.version, set=added.ref)
    return added


@command
def drop_draft(draft: QuestionSetDraft, *, by: Person) -> QuestionSetDraft:
    """Put a draft away. What was written stays in the database and is shown no more."""
    require(policies.write, by)
    _open(draft)
    draft.dropped_at = clock.now()
    record("questions.draft_dropped", draft, by=by)
    return draft


def _open(draft: QuestionSetDraft) -> None:
    if draft.published_as:
        raise RuleBroken(_("This draft is published as %(ref)s. Make a new version to change it.", ref=draft.published_as))
    if draft.dropped_at:
        raise RuleBroken(_("This draft was put away."))
