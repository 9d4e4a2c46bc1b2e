"""Events are inserted only. Personal values sit apart, where erasing them leaves the event provable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, key, reference, stamp


class Event(Base):
    """One thing that happened. `facts` are codes and values, never a sentence; `digest` is keyed, so nobody without the
    event key can forge one."""

    __tablename__ = "audit_event"
    __bookkeeping__ = True
    __table_args__ = (Index(None, "subject", "id"), Index(None, "command"))

    id: Mapped[key]
    uid: Mapped[reference]
    at: Mapped[stamp]
    by: Mapped[str]  # a person's reference, or 'system'
    code: Mapped[str]
    subject: Mapped[str]  # the reference of what it happened to
    facts: Mapped[dict[str, Any]]
    command: Mapped[str]  # the same for all that one command did
    detail_digest: Mapped[str | None]
    digest: Mapped[str]

    detail: Mapped[Detail | None] = relationship(back_populates="event", lazy="raise")


class Detail(Base):
    """The personal or secret part of an event. May be erased; its salted digest stays in the event."""

    __tablename__ = "audit_detail"
    __bookkeeping__ = True

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    salt: Mapped[str]
    facts: Mapped[dict[str, Any]]

    event: Mapped[Event] = relationship(back_populates="detail")


class Seal(Base):
    """A link of the chain: what was sealed together, and the seal before it."""

    __tablename__ = "audit_seal"
    __bookkeeping__ = True

    id: Mapped[key]
    at: Mapped[datetime]
    events: Mapped[int]
    previous: Mapped[str]
    digest: Mapped[str]


class Sealed(Base):
    """Which events a seal holds. Events commit out of order, so a seal names its members instead of a range."""

    __tablename__ = "audit_sealed"
    __bookkeeping__ = True

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("audit_seal.id"), index=True)


triggers.declare(
    lambda: [guard for table in ("audit_event", "audit_seal", "audit_sealed") for guard in triggers.insert_only(table, "audit")]
)
