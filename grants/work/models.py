"""What is to be done after a commit: one kind of row, taken under a lease, so a crash loses nothing and sends nothing twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel.db import Base, Id, key, reference, stamp


class Kind(StrEnum):
    """What a task is. Later pieces add jobs here."""

    MAIL = "mail"


class Task(Base):
    """A piece of work. A mail's facts are its recipient, subject and text; they can be erased after sending."""

    __tablename__ = "work_task"
    __bookkeeping__ = True
    __table_args__ = (Index(None, "done_at", "not_before"),)

    id: Mapped[key]
    kind: Mapped[Kind]
    about: Mapped[str]  # the reference it concerns
    facts: Mapped[dict[str, Any]]
    at: Mapped[stamp]
    not_before: Mapped[stamp]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    trouble: Mapped[str | None]  # why the last attempt failed


class Cursor(Base):
    """How far something that follows the event log has read it (`work/cursors.py`).

    Events commit out of order on PostgreSQL: numbers below `upto` that were not there yet are kept in `missing`, as
    [first, last, when noticed], and looked for again for as long as a command may last.
    """

    __tablename__ = "work_cursor"
    __bookkeeping__ = True

    id: Mapped[key]
    name: Mapped[reference]
    upto: Mapped[int] = mapped_column(Id)
    missing: Mapped[list[Any]]
    at: Mapped[stamp]
