"""Alembic's door: runs the migrations in the application's own connection, then makes every guard again."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import text

from grants.kernel import triggers
from grants.kernel.command import unguarded
from grants.kernel.db import Base, Exact, Pence, Utc, db


def _plain(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they are stored as, so that a migration never changes with the code."""
    stored = {Pence: "sa.BigInteger()", Utc: "sa.DateTime()", Exact: "sa.String()"}
    return stored.get(type(item), False) if kind == "type" else False


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """SQLite's full-text table and those that it keeps for itself are made by hand, not by comparing."""
    return not (kind == "table" and (name or "").startswith("search_text"))


def run() -> None:
    """Migrate in one transaction. On SQLite foreign keys are off while tables are rebuilt, and checked after."""
    with unguarded(), db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection.dbapi_connection
        if sqlite:
            raw.execute("PRAGMA foreign_keys = OFF")  # only works outside a transaction
        try:
            with connection.begin():
                triggers.drop(connection)
                context.configure(
                    connection=connection,
                    target_metadata=Base.metadata,
                    render_as_batch=sqlite,
                    compare_type=True,
                    render_item=_plain,
                    include_name=_ours,
                )
                context.run_migrations()
                triggers.create(connection)
                if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
                    raise RuntimeError(f"The migration left rows pointing at nothing: {broken[:5]}")
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys = ON")


run()
