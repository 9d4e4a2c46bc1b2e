"""The database: what a model is made of, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    event,
    func,
    literal,
)
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column, registry

from grants.kernel import clock
from grants.kernel.money import ZERO, Money


class Pence(TypeDecorator[Money]):
    """Money as a whole number of pence: exact in SQLite, exact in PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.pence

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(int(value))  # PostgreSQL sums arrive as Decimal


class Utc(TypeDecorator[datetime]):
    """Aware datetimes only, stored as naive UTC on every backend."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A measured number exactly as its source wrote it ('21.065', '6.0'), kept as text: SQLite would make it a float."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

key = Annotated[int, mapped_column(Id, primary_key=True)]
reference = Annotated[str, mapped_column(String, unique=True)]
stamp = Annotated[datetime, mapped_column(Utc, default=clock.now)]


class Base(DeclarativeBase):
    """Every model's parent. Plain SQLAlchemy: no `.query`, no `db.Model`, fully typed.

    A model says whose history its changes belong to, and a command that changes it must record an event about that
    subject. `__root__` names the relationship to the parent; a thing with a reference is its own root.
    `__bookkeeping__` tables (counters, leases, the events themselves) need none.
    """

    __root__: ClassVar[str | None] = None
    __bookkeeping__: ClassVar[bool] = False

    registry = registry(  # Flask-SQLAlchemy copies this class, so the map lives on the registry
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            Money: Pence,
            datetime: Utc,
            Decimal: Exact,
            dict[str, Any]: JSON,
            list[Any]: JSON,
            list[str]: JSON,
            # No CHECK lists the members: adding one must not rebuild a table. The enum itself refuses strangers.
            enum.Enum: Enum(
                enum.Enum,
                native_enum=False,
                create_constraint=False,
                length=40,
                values_callable=lambda states: [state.value for state in states],
            ),
        },
    )

    def root(self) -> str:
        """The reference whose history a change of this row belongs to."""
        if self.__root__ is not None:
            return str(getattr(self, self.__root__).root())
        raise NotImplementedError(f"{type(self).__name__} says neither its reference nor its root")


class Referenced(Base):
    """A thing people can name: 'APP-26-00041'. Pages, letters and events use the reference, never the id."""

    __abstract__ = True

    id: Mapped[key]
    ref: Mapped[reference]

    def root(self) -> str:
        return self.ref

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.ref}>"


def summed(column: ColumnElement[Money] | InstrumentedAttribute[Money]) -> ColumnElement[Money]:
    """SUM that answers nothing with £0.00 and is still Money when it comes back."""
    return func.coalesce(func.sum(column), literal(ZERO, Pence))


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


# A dead web host must not keep the hot pot locked until TCP notices, which takes two hours (ledger.md section 0).
POSTGRESQL_OPTIONS = (
    "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c statement_timeout=60s -c timezone=UTC "
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c client_connection_check_interval=5s"
)


def engine_options(url: str | URL) -> dict[str, Any]:
    """How to connect: PostgreSQL gives up rather than hang; SQLite is opened by every thread with its own connection."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 30, "check_same_thread": False}}
    return {"connect_args": {"options": POSTGRESQL_OPTIONS}, "pool_pre_ping": True}


_PRAGMAS: Sequence[str] = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "busy_timeout = 30000")


@event.listens_for(Engine, "connect")
def _sqlite_keeps_its_promises(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # let us, not the driver, say BEGIN
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
