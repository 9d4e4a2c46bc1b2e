"""Marks on the database itself, such as 'filled by the demonstration', which `flask serve` refuses."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from grants.kernel.command import command
from grants.kernel.db import Base, db, key, reference, stamp


class Mark(Base):
    """One mark: a name and what it says."""

    __tablename__ = "kernel_mark"
    __bookkeeping__ = True

    id: Mapped[key]
    name: Mapped[reference]
    says: Mapped[str]
    at: Mapped[stamp]


def marked(name: str) -> str | None:
    """What the database is marked with under this name, if it is."""
    return db.session.scalar(select(Mark.says).where(Mark.name == name))


@command
def mark(name: str, says: str) -> None:
    """Mark the database, once and for all."""
    db.session.add(Mark(name=name, says=says))
