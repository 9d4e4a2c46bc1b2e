"""References people can read out on the telephone: APP-26-00041. Kind, year the financial year begins in, own counter."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped

from grants.kernel import clock
from grants.kernel.db import Base, db, key, reference


class Counter(Base):
    """The last number given for a kind in a year. Gaps are allowed; numbers are never given twice."""

    __tablename__ = "kernel_counter"
    __bookkeeping__ = True
    __table_args__ = (UniqueConstraint("kind", "year"),)

    id: Mapped[key]
    kind: Mapped[str]
    year: Mapped[int]
    last: Mapped[int]


class OnceKey(Base):
    """A form that was already acted on, and what came of it: pressing twice is pressing once."""

    __tablename__ = "kernel_once_key"
    __bookkeeping__ = True

    id: Mapped[key]
    key: Mapped[reference]
    entity: Mapped[str | None]  # the table of what the command answered with
    reference: Mapped[str | None]


def next_reference(kind: str) -> str:
    """The next reference of a kind, in today's financial year. Inside a command, after its subjects are locked."""
    year = clock.financial_year(clock.today())
    connection = db.session.connection()
    bump = (
        update(Counter).where(Counter.kind == kind, Counter.year == year).values(last=Counter.last + 1).returning(Counter.last)
    )
    number = connection.scalar(bump)
    if number is None:  # the first of its year; somebody else may be opening the same counter
        upsert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        connection.execute(upsert(Counter).values(kind=kind, year=year, last=0).on_conflict_do_nothing())
        number = connection.scalar(bump)
    return f"{kind}-{year % 100:02}-{number:05}"
