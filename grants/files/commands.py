"""Documents are kept and removed; a group files, replaces and takes off its own; what nobody needs is swept away."""

from __future__ import annotations

import zlib
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import Select, func, select

from grants.audit.record import SYSTEM, declare, record
from grants.files import policies, rules
from grants.files.intake import Accepted
from grants.files.models import Document, OrganisationDocument, What
from grants.files.store import store
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, means
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Organisation, Person

declare(
    {
        "document.kept": mark("Kept this document (%(media_type)s, %(size)s bytes, %(scanned)s)"),
        "document.filed": mark("Became a document of %(organisation)s"),
        "document.removed": mark("Removed this document"),
        "document.swept": mark("Threw away what was in this document"),
        "vault.filed": mark("Filed %(document)s as %(what)s"),
        "vault.replaced": mark("Replaced %(document)s by %(by_document)s as %(what)s"),
        "vault.ended": mark("Took %(document)s, %(what)s, off the group's documents"),
    }
)
means(
    {
        "files: a document is never changed": mark("What was sent is never changed. Send another file."),
        "files: document is never deleted": mark("What has been recorded is never changed or deleted."),
        "files: organisation_document is never deleted": mark("What has been recorded is never changed or deleted."),
        "uq_organisation_document_document_id": mark("This file is on your list already."),
        "organisation_document.document_id": mark("This file is on your list already."),
    }
)


@command
def keep(accepted: Accepted, *, organisation: Organisation | None = None, by: Person) -> Document:
    """Keep a file that `intake.read` accepted. Its content lies in the store already, so no row is without it."""
    require(policies.keep, by, organisation)
    since = clock.now() - timedelta(days=1)
    sent = db.session.scalar(
        select(func.count()).select_from(Document).where(Document.kept_by_id == by.id, Document.kept_at > since)
    )
    if (sent or 0) >= rules.MOST_A_DAY:
        raise RuleBroken(_("You have sent a lot of files today. Try again tomorrow, or ask us for help."))
    _hold(accepted.digest)
    if not store().has(accepted.digest):  # swept this minute, because nobody else needed it
        store().put(accepted.content, accepted.digest)
    document = Document(
        ref=next_reference("DOC"),
        digest=accepted.digest,
        name=accepted.name,
        media_type=accepted.media_type,
        size=accepted.size,
        organisation=organisation,
        kept_by=by,
        scanned=accepted.scanned,
        kept_at=clock.now(),
    )
    db.session.add(document)
    record(
        "document.kept",
        document,
        by=by,
        personal={"name": accepted.name},
        media_type=accepted.media_type,
        size=accepted.size,
        scanned=accepted.scanned.value,
    )
    return document


@command
def remove(document: Document, *, by: Person) -> None:
    """Nobody can open it from now on; what was in it is swept away after a while. Refused while something needs it."""
    require(policies.remove, by, document)
    if document.removed_at is not None:
        return
    on_list = db.session.scalar(
        select(OrganisationDocument.id).where(
            OrganisationDocument.document_id == document.id, OrganisationDocument.ended_at.is_(None)
        )
    )
    found = [*([_("It is on the group's list of documents. Take it off there.")] if on_list else ()), *rules.needed(document)]
    if found:
        raise RuleBroken(*found)
    _let_go(document, by=by)


def _let_go(document: Document, *, by: Person | str) -> None:
    document.removed_at = clock.now()
    record("document.removed", document, by=by)


# -- what a group keeps here ------------------------------------------------------------------------------------------


@command
def file_in_vault(
    organisation: Organisation,
    *,
    what: What,
    document: Document,
    expires_on: date | None = None,
    awarded: bool = False,
    by: Person,
) -> OrganisationDocument:
    """Put a document on a group's list, for every application from then on. `awarded`: bank papers may be asked for."""
    require(policies.file, by, organisation)
    return _filed(organisation, what=what, document=document, expires_on=expires_on, awarded=awarded, by=by)


def _filed(
    organisation: Organisation, *, what: What, document: Document, expires_on: date | None, awarded: bool, by: Person
) -> OrganisationDocument:
    for field, sentence in rules.unfit(what, expires_on=expires_on, today=clock.today(), awarded=awarded):
        raise RuleBroken(sentence, field=field)
    already = db.session.scalar(select(OrganisationDocument).where(OrganisationDocument.document_id == document.id))
    if found := list(rules.unfileable(document, already, organisation.id)):
        raise RuleBroken(*found, field="file")
    require(policies.remove, by, document)  # only what is theirs to give
    if document.organisation_id is None:
        document.organisation = organisation
        record("document.filed", document, by=by, organisation=organisation.ref)
    entry = OrganisationDocument(
        organisation=organisation, what=what, document=document, expires_on=expires_on, filed_by=by, filed_at=clock.now()
    )
    db.session.add(entry)
    record("vault.filed", organisation, by=by, document=document.ref, what=what.value)
    return entry


@command
def replace(
    entry: OrganisationDocument, *, document: Document, expires_on: date | None = None, awarded: bool = True, by: Person
) -> OrganisationDocument:
    """A newer document of the same kind takes the place of one on the list. The old one goes unless something needs it."""
    require(policies.file, by, entry.organisation)
    _standing(entry)
    newer = _filed(entry.organisation, what=entry.what, document=document, expires_on=expires_on, awarded=awarded, by=by)
    db.session.flush()
    entry.ended_at, entry.replaced_by = clock.now(), newer
    record(
        "vault.replaced",
        entry.organisation,
        by=by,
        document=entry.document.ref,
        by_document=document.ref,
        what=entry.what.value,
    )
    _free(entry.document, by=by)
    return newer


@command
def end(entry: OrganisationDocument, *, by: Person) -> None:
    """Take a document off a group's list. It is removed unless something, an application say, still needs it."""
    require(policies.file, by, entry.organisation)
    _standing(entry)
    entry.ended_at = clock.now()
    record("vault.ended", entry.organisation, by=by, document=entry.document.ref, what=entry.what.value)
    _free(entry.document, by=by)


def _standing(entry: OrganisationDocument) -> None:
    if entry.ended_at is not None:
        raise RuleBroken(_("This document was taken off the list already."))


def _free(document: Document, *, by: Person) -> None:
    if document.removed_at is None and not list(rules.needed(document)):
        _let_go(document, by=by)


# -- sweeping ---------------------------------------------------------------------------------------------------------


def sweep() -> int:
    """Throw away content that no document has needed for a while (`documents_kept_days`). Answers how much was thrown away.

    What lies here without any row (its sender's form never arrived) goes the same way; a document whose form was never sent is
    let go first, after as many days. Safe to run twice or at once.
    """
    settings = current_app.extensions["grants"]
    before = clock.now() - timedelta(days=settings.documents_kept_days)
    for document in db.session.scalars(_without_a_list(before)).all():
        _abandon(document)
    swept = 0
    for lying in list(store().everything()):
        if lying.put_at < before.timestamp():
            swept += _swept(lying.digest, removed_before=before)
    return swept


def _without_a_list(before: datetime) -> Select[Document]:
    listed = select(OrganisationDocument.id).where(OrganisationDocument.document_id == Document.id).exists()
    return select(Document).where(Document.removed_at.is_(None), Document.kept_at < before, ~listed).order_by(Document.id)


@command
def _abandon(document: Document) -> None:
    """Nothing names it: whoever sent it never finished the form it came with."""
    if document.removed_at is None and not any(rules.needed(document)):
        _let_go(document, by=SYSTEM)


@command
def _swept(digest: str, *, removed_before: datetime) -> bool:
    _hold(digest)
    rows = db.session.scalars(select(Document).where(Document.digest == digest)).all()
    if any(row.removed_at is None or row.removed_at >= removed_before for row in rows):
        return False
    for row in rows:
        record("document.swept", row, by=SYSTEM)
    store().drop(digest)
    return True


def _hold(digest: str) -> None:
    """Until this command ends nobody else keeps or sweeps this content. On SQLite only one command writes at a time anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(0x646F63, zlib.crc32(digest.encode()) - 2**31)))
