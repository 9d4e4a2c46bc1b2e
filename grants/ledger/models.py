"""The books: accounts with floors the database keeps, transfers nobody can change, closes and authorities."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel import triggers
from grants.kernel.db import Base, Id, key, reference
from grants.ledger.chart import SOURCES
from grants.ledger.guards import FUNCTIONS, guards

_SOURCES = ", ".join(f"'{bucket}'" for bucket in sorted(SOURCES))


class Book(Base):
    """One pot's book, which sums to nought by itself. Its code is the pot's reference (VCS-2026)."""

    __tablename__ = "ledger_book"

    id: Mapped[key]
    code: Mapped[reference]
    closed_through: Mapped[date | None]  # nothing may be dated on or before this
    changed_at: Mapped[datetime | None]  # last closed or reopened; no entry is recorded before it

    def root(self) -> str:
        return self.code


class Account(Base):
    """What one owner has in one bucket of one book: that is its name. The balance is credits less debits, in pence."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("book_id", "owner", "bucket"),
        UniqueConstraint("id", "book_id"),  # so that transfers can prove they stay in the book
        Index(None, "owner"),
        CheckConstraint("debits >= 0 AND credits >= 0", name="counts"),
        CheckConstraint("credits - debits >= floor", name="floor"),  # true when floor is null: a source
        CheckConstraint(
            f"(floor IS NULL) = (bucket IN ({_SOURCES})) AND (floor IS NOT NULL OR credits <= debits)",
            name="source",
        ),
        CheckConstraint("floor IS NULL OR floor >= 0 OR authority_id IS NOT NULL", name="authorised"),
        # With that CHECK, the only floor below nought is the one written in this account's own authority.
        ForeignKeyConstraint(
            ["authority_id", "id", "floor"],
            ["ledger_authority.id", "ledger_authority.account_id", "ledger_authority.floor"],
            use_alter=True,
            name="fk_ledger_account_authority",
        ),
    )

    # A key that is also part of a foreign key does not number itself unless told to.
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"))
    owner: Mapped[str]  # a reference, never an id: AWD-26-00041; '' for the pot itself
    bucket: Mapped[str]
    debits: Mapped[int] = mapped_column(BigInteger, default=0)
    credits: Mapped[int] = mapped_column(BigInteger, default=0)
    floor: Mapped[int | None] = mapped_column(BigInteger)
    authority_id: Mapped[int | None] = mapped_column(Id)
    floor_until: Mapped[date | None]  # the authority's expiry, where posting can see it
    protected_until: Mapped[date | None]  # a passported commitment's protection


class Authority(Base):
    """Somebody allowed a pot to promise more than it holds, down to a floor (pence), until a date. Inserted only."""

    __tablename__ = "ledger_authority"
    __table_args__ = (
        UniqueConstraint("id", "account_id", "floor"),
        CheckConstraint("floor <= 0", name="below"),
    )

    id: Mapped[key]
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    floor: Mapped[int] = mapped_column(BigInteger)  # a percentage is turned into pence when granted
    until: Mapped[date | None]  # none: this row records an end
    underwriter: Mapped[str]
    reason: Mapped[str]
    approved_by: Mapped[str]
    recorded_at: Mapped[datetime]


class Transfer(Base):
    """One move of money. Never changed, never deleted; a mistake is put right by reversing its whole batch."""

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        UniqueConstraint("batch_key", "position"),  # the idempotency key, and what links a batch
        UniqueConstraint("reverses"),  # a transfer is reversed once at most
        ForeignKeyConstraint(
            ["from_id", "book_id"], ["ledger_account.id", "ledger_account.book_id"], name="fk_ledger_transfer_from"
        ),
        ForeignKeyConstraint(
            ["to_id", "book_id"], ["ledger_account.id", "ledger_account.book_id"], name="fk_ledger_transfer_to"
        ),
        CheckConstraint("pence > 0", name="positive"),
        CheckConstraint("from_id <> to_id", name="moves"),
        Index("ix_ledger_transfer_book", "book_id", "effective_date"),
        Index("ix_ledger_transfer_from", "from_id"),
        Index("ix_ledger_transfer_to", "to_id"),
    )

    id: Mapped[key]
    book_id: Mapped[int] = mapped_column(Id)
    from_id: Mapped[int] = mapped_column(Id)
    to_id: Mapped[int] = mapped_column(Id)
    pence: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    effective_date: Mapped[date]
    recorded_at: Mapped[datetime]
    person: Mapped[str]
    source_ref: Mapped[str]
    batch_key: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    reverses: Mapped[int | None] = mapped_column(Id)


class Close(Base):
    """A book was closed through a date, and perhaps opened again."""

    __tablename__ = "ledger_close"

    id: Mapped[key]
    book_id: Mapped[int] = mapped_column(ForeignKey("ledger_book.id"), index=True)
    through: Mapped[date]
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    reopened_at: Mapped[datetime | None]


class Snapshot(Base):
    """What a close found, by bucket (pence). Good for every question asked as known from closed_at until reopened_at."""

    __tablename__ = "ledger_snapshot"

    close_id: Mapped[int] = mapped_column(ForeignKey("ledger_close.id"), primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    pence: Mapped[int] = mapped_column(BigInteger)


triggers.declare(guards, functions=FUNCTIONS)
