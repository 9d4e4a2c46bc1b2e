"""Sealing: what happened is chained, so that a change made behind the product's back shows."""

from __future__ import annotations

from sqlalchemy import insert, select, text

from grants.audit.models import Event, Seal, Sealed
from grants.audit.record import SYSTEM, chain, declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.words import mark

declare({"audit.sealed": mark("Sealed %(events)s events")})

NOTHING = "0" * 64  # what the first seal stands on
MOST = 10_000


@command
def seal() -> Seal | None:
    """Chain every event not yet sealed, oldest first. None when there is nothing new. Safe to run twice or at once.

    The event that says so belongs to the next seal.
    """
    if db.engine.dialect.name == "postgresql":  # on SQLite commands queue anyway
        db.session.execute(text("LOCK TABLE audit_seal IN SHARE ROW EXCLUSIVE MODE"))
    tip = db.session.scalar(select(Seal).order_by(Seal.id.desc()).limit(1))
    waiting = db.session.execute(
        select(Event.id, Event.uid, Event.digest, Event.code)
        .outerjoin(Sealed, Sealed.event_id == Event.id)
        .where(Sealed.event_id.is_(None))
        .order_by(Event.id)
        .limit(MOST)
    ).all()
    if all(event.code == "audit.sealed" for event in waiting):
        return None
    previous = tip.digest if tip else NOTHING
    done = Seal(
        at=clock.now(),
        events=len(waiting),
        previous=previous,
        digest=chain(previous, [(event.uid, event.digest) for event in waiting]),
    )
    db.session.add(done)
    db.session.flush()
    db.session.execute(insert(Sealed), [{"event_id": event.id, "seal_id": done.id} for event in waiting])
    record("audit.sealed", f"SEAL-{done.id}", by=SYSTEM, events=len(waiting))
    return done
