"""The documents that go with applications: who reads them besides their group, and why they cannot be taken away once sent."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.orm import joinedload

from grants.applications.models import Answer, Application, Evidence, Snapshot, State
from grants.applications.policies import READ
from grants.applications.rules import workable
from grants.files.models import Document
from grants.files.policies import read_also
from grants.files.rules import kept_by
from grants.kernel.db import db
from grants.kernel.words import _
from grants.people.models import Person
from grants.people.queries import covered
from grants.rounds.models import Round
from grants.streams.models import Pot, Stream


@kept_by
def sent_with(document: Document) -> Iterator[str]:
    """A document that went with something a group sent stays as long as that does; one in a draft while that can be sent."""
    if document.organisation_id is None:
        return
    sent = db.session.scalars(
        select(Application.ref)
        .join(Snapshot, Snapshot.application_id == Application.id)
        .where(
            Application.organisation_id == document.organisation_id,
            cast(Snapshot.content, String).contains(document.ref, autoescape=True),
        )
        .distinct()
        .order_by(Application.ref)
    )
    for ref in sent:
        yield _("It was sent with your application %(ref)s.", ref=ref)
    drafts = db.session.scalars(
        select(Application)
        .where(
            Application.organisation_id == document.organisation_id,
            Application.state == State.DRAFT,
            names_document(document.ref),
        )
        .options(joinedload(Application.round))
        .order_by(Application.ref)
    )
    for draft in drafts:
        if workable(draft):
            yield _("Your application %(ref)s uses it.", ref=draft.ref)


def names_document(ref: str) -> ColumnElement[bool]:
    """Does an application name this document, with its evidence or in an answer?"""
    evidence = select(Evidence.id).where(Evidence.application_id == Application.id, Evidence.document == ref)
    answer = select(Answer.id).where(Answer.application_id == Application.id, Answer.text.contains(ref, autoescape=True))
    return evidence.exists() | answer.exists()


@read_also
def reads(who: Person, document: Document) -> bool:
    """Whoever reads the application a document went with reads the document: its officers, its panel, the auditor."""
    if document.organisation_id is None:
        return False
    named = (
        select(Application.id)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(
            Application.organisation_id == document.organisation_id,
            Application.sends > 0,
            covered(who, Stream.partnership_id, Stream.ref, duties=READ),
            names_document(document.ref),
        )
    )
    return db.session.scalar(named.limit(1)) is not None
