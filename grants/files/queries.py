"""Documents for whoever may read them, and what a group keeps here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from grants.files import policies
from grants.files.models import Document, OrganisationDocument, What
from grants.files.store import store
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.policy import may
from grants.people.models import Organisation, Person

SOON = timedelta(days=30)


def document(by: Person, ref: str, *, allowed: bool = False) -> Document:
    """A document this person may read, or NotFound. `allowed`: the page has found that they may, by what it is part of."""
    found = db.session.scalar(
        select(Document).where(Document.ref == ref, Document.removed_at.is_(None)).options(joinedload(Document.organisation))
    )
    if found is None or not (allowed or may(policies.read, by, found, in_vault=_in_vault(found))):
        raise NotFound()
    return found


def _in_vault(document: Document) -> bool:
    """Is it on its group's list, now or once?"""
    return bool(db.session.scalar(select(exists().where(OrganisationDocument.document_id == document.id))))


def documents(refs: Collection[str]) -> Mapping[str, Document]:
    """Documents by reference, for a page that has found that they may be seen. Removed ones are left out. One statement."""
    rows = db.session.scalars(select(Document).where(Document.ref.in_(set(refs)), Document.removed_at.is_(None)))
    return {row.ref: row for row in rows}


def vault(organisation: Organisation) -> Sequence[OrganisationDocument]:
    """What a group keeps here today, in the order of the list of kinds, the newest first. One statement."""
    return vaults([organisation.id])


def vaults(organisation_ids: Collection[int]) -> Sequence[OrganisationDocument]:
    """The same, of several groups."""
    found = db.session.scalars(
        select(OrganisationDocument)
        .where(OrganisationDocument.organisation_id.in_(organisation_ids), OrganisationDocument.ended_at.is_(None))
        .options(joinedload(OrganisationDocument.document), joinedload(OrganisationDocument.organisation))
        .order_by(OrganisationDocument.filed_at.desc(), OrganisationDocument.id.desc())
    )
    kinds = list(What)
    return sorted(found, key=lambda entry: (entry.organisation.name, kinds.index(entry.what)))


def in_vault(organisation: Organisation, what: What) -> OrganisationDocument | None:
    """The group's document of one kind to use in an application: the newest that has not run out, or else the newest."""
    found = [entry for entry in vault(organisation) if entry.what is what]
    today = clock.today()
    return next((entry for entry in found if not entry.run_out(today)), found[0] if found else None)


def entry(by: Person, ref: str) -> OrganisationDocument:
    """The line of a group's list that holds this document, while it stands. NotFound unless this person may change it."""
    found = db.session.scalar(
        select(OrganisationDocument)
        .join(Document)
        .where(Document.ref == ref, OrganisationDocument.ended_at.is_(None))
        .options(joinedload(OrganisationDocument.document), joinedload(OrganisationDocument.organisation))
    )
    if found is None or not may(policies.see_vault, by, found.organisation):
        raise NotFound()
    return found


def lost() -> list[str]:
    """The references of documents that stand and whose content is not in the store: none, unless somebody took it away."""
    kept = store()
    rows = db.session.execute(select(Document.ref, Document.digest).where(Document.removed_at.is_(None)).order_by(Document.id))
    return [ref for ref, digest in rows if not kept.has(digest)]


def due(today: date, within: timedelta = SOON) -> Sequence[OrganisationDocument]:
    """What runs out between today and `within` later, soonest first: what groups are to be reminded of."""
    return db.session.scalars(
        select(OrganisationDocument)
        .where(
            OrganisationDocument.ended_at.is_(None),
            OrganisationDocument.expires_on >= today,
            OrganisationDocument.expires_on <= today + within,
        )
        .options(joinedload(OrganisationDocument.document), joinedload(OrganisationDocument.organisation))
        .order_by(OrganisationDocument.expires_on, OrganisationDocument.id)
    ).all()
