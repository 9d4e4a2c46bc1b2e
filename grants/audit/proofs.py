"""`flask check-audit`: every event is as it was recorded, every seal holds what it sealed, and the chain is whole.

What cannot be shown: that the newest events, not yet sealed, were removed. Sealing often keeps that window short.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from grants.audit.commands import NOTHING
from grants.audit.models import Detail, Event, Seal, Sealed
from grants.audit.record import SAID, chain, digest_of, digest_of_detail
from grants.kernel import triggers
from grants.kernel.db import db
from grants.kernel.words import _


def faults() -> Iterator[str]:
    """Every sentence is something wrong. None means the history is proved."""
    yield from _altered()
    yield from _chain()
    for name in triggers.missing(db.session.connection()):
        if name.startswith("audit_"):
            yield _("A guard is missing from the database: %(name)s.", name=name)


def _altered() -> Iterator[str]:
    rows = db.session.execute(  # by column: making an object of each of millions of events takes longer than proving them
        select(*(getattr(Event, name) for name in ("id", "digest", *SAID)), Detail.salt, Detail.facts.label("personal"))
        .outerjoin(Detail, Detail.event_id == Event.id)
        .order_by(Event.id)
        .execution_options(yield_per=1000)
    )
    for event in rows:
        salt, facts = event.salt, event.personal
        if digest_of(event) != event.digest:
            yield _(
                "Event %(id)s (%(code)s, %(subject)s) was altered, or was not recorded by this system.",
                id=event.id,
                code=event.code,
                subject=event.subject,
            )
        if salt is not None and digest_of_detail(salt, facts) != event.detail_digest:
            yield _("The personal part of event %(id)s was altered.", id=event.id)


def _chain() -> Iterator[str]:
    previous = NOTHING
    for seal in db.session.scalars(select(Seal).order_by(Seal.id)):
        if seal.previous != previous:
            yield _("Seal %(id)s does not follow the seal before it: one was removed or altered.", id=seal.id)
        members = db.session.execute(
            select(Sealed.event_id, Event.uid, Event.digest)
            .outerjoin(Event, Event.id == Sealed.event_id)
            .where(Sealed.seal_id == seal.id)
            .order_by(Sealed.event_id)
        ).all()
        gone = [m.event_id for m in members if m.uid is None]
        for event_id in gone:
            yield _("Event %(id)s was removed after it was sealed.", id=event_id)
        if len(members) != seal.events:
            yield _(
                "Seal %(id)s held %(then)s events and now holds %(now)s: events were removed or added.",
                id=seal.id,
                then=seal.events,
                now=len(members),
            )
        elif not gone and chain(seal.previous, [(m.uid, m.digest) for m in members]) != seal.digest:
            yield _("Seal %(id)s does not hold what it sealed: an event in it was altered.", id=seal.id)
        previous = seal.digest
