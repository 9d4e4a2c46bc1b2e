"""What the database refuses by itself. Each room declares its triggers here; a migration re-creates them all.

Alembic's batch mode on SQLite rebuilds a table and drops its triggers in silence, so they are never left to one
migration: after every upgrade `create` runs again, and `missing` is one of the proofs of `flask check-ledger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text


class Guard(NamedTuple):
    """One trigger: its name, its table, and the statement that makes it on each engine ('' where it needs none)."""

    name: str
    table: str
    sqlite: str
    postgresql: str


class _Room(NamedTuple):
    guards: Callable[[], Iterable[Guard]]
    functions: Sequence[str]  # PostgreSQL functions, as CREATE OR REPLACE


_rooms: list[_Room] = []


def declare(guards: Callable[[], Iterable[Guard]], *, functions: Sequence[str] = ()) -> None:
    """Called once by each room that has guards."""
    _rooms.append(_Room(guards, functions))


def insert_only(table: str, token: str) -> list[Guard]:
    """Refuse UPDATE, DELETE and TRUNCATE of a table, on both engines."""
    return [_refuse(table, "UPDATE", token), _refuse(table, "DELETE", token)]


def never_deleted(table: str, token: str) -> list[Guard]:
    """Refuse DELETE and TRUNCATE of a table, on both engines."""
    return [_refuse(table, "DELETE", token)]


def _refuse(table: str, what: str, token: str) -> Guard:
    name = f"{table}_no_{what.lower()}"
    done = {"UPDATE": "changed", "DELETE": "deleted"}[what]
    when = "DELETE OR TRUNCATE" if what == "DELETE" else what
    return Guard(
        name,
        table,
        f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{token}: {table} is never {done}'); END",
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse()",
    )


_REFUSE = """CREATE OR REPLACE FUNCTION kernel_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'LG001'; END $$"""


def all_guards() -> Iterator[Guard]:
    """Every guard of every room."""
    for room in _rooms:
        yield from room.guards()


def create(connection: Connection) -> None:
    """Drop and make every guard again whose table is there. Run after each upgrade."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text(_REFUSE))
        for room in _rooms:
            for function in room.functions:
                connection.execute(text(function))  # text(), not a driver string: the functions hold % signs
    tables = set(inspect(connection).get_table_names())
    for guard in all_guards():
        if guard.table in tables:
            on = "" if sqlite else f" ON {guard.table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard.name}{on}"))
            if makes := guard.sqlite if sqlite else guard.postgresql:
                connection.execute(text(makes))


def drop(connection: Connection) -> None:
    """Take every guard away, so that a downgrade can remove tables."""
    sqlite = connection.dialect.name == "sqlite"
    tables = set(inspect(connection).get_table_names())
    for guard in all_guards():
        if guard.table in tables:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard.name}" + ("" if sqlite else f" ON {guard.table}")))


def missing(connection: Connection) -> list[str]:
    """The guards that are not there, or are switched off."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        there = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    else:
        there = set(
            connection.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"))
        )
    return [g.name for g in all_guards() if (g.sqlite if sqlite else g.postgresql) and g.name not in there]
