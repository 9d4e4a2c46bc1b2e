"""Groups are told when a document they filed is about to run out: once each, unless a newer one of its kind is there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from grants.audit.record import SYSTEM, declare, record
from grants.files import queries
from grants.files.models import OrganisationDocument
from grants.files.rules import NAMES
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.references import OnceKey
from grants.kernel.words import mark
from grants.notices.commands import queue_all

declare({"document.runs_out": mark("Told the group that its %(what)s runs out on %(on)s")})


def due(today: date) -> int:
    """The night's duty. Answers how many documents a group was told of."""
    name = f"{__name__}.tell"
    wanted = {str(entry.id): entry for entry in queries.due(today)}
    done = set(db.session.scalars(select(OnceKey.key).where(OnceKey.key.in_([f"{name}:{key}" for key in wanted]))))
    waiting = [(key, entry) for key, entry in wanted.items() if f"{name}:{key}" not in done]
    return sum(tell(entry, key=key) for key, entry in waiting)  # type: ignore[call-arg]  # @command takes it: once, whoever runs


@command
def tell(entry: OrganisationDocument) -> bool:
    """Tell everybody who acts for the group. One that was replaced or taken away meanwhile is left alone."""
    entry = db.session.scalars(
        select(OrganisationDocument).where(OrganisationDocument.id == entry.id).with_for_update(of=OrganisationDocument)
    ).one()
    newest = queries.in_vault(entry.organisation, entry.what)
    if entry.ended_at is not None or newest is None or newest.id != entry.id:
        return False
    assert entry.expires_on
    what, group = NAMES[entry.what], entry.organisation
    queue_all("document runs out", group, group, group=group.name, what=what, on=entry.expires_on)
    record("document.runs_out", entry.document, by=SYSTEM, what=what, on=entry.expires_on)
    return True
