"""Generated databases to measure on: made once for each engine and size, kept, and copied for each run."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from grants import create_app, migrations
from grants.demo.generator import build
from grants.kernel.command import unguarded
from grants.kernel.db import db
from tests.conftest import POSTGRESQL, settings_for

SHELF = Path(tempfile.gettempdir()) / f"grants-benchmarks-{os.getuid()}"
SEED = 1
GENERATOR = Path(build.__file__).parent


class Database(NamedTuple):
    """A copy of a generated database that a run may change, and the folder beside it."""

    engine: str
    awards: int
    url: str  # '': the instance's own SQLite file
    instance: Path

    def app(self) -> Flask:
        """The product over it."""
        return create_app(settings_for(self.instance, self.url))


@contextmanager
def generated(engine: str, awards: int, *, fresh: bool, say: Callable[[str], object]) -> Iterator[Database]:
    """A database with so many awards on 'sqlite' or 'postgresql'; the one kept for the generator as it is, or made now."""
    SHELF.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SHELF) as folder:
        instance = Path(folder)
        made = _sqlite if engine == "sqlite" else _postgresql
        with made(awards, instance, fresh, say) as url:
            yield Database(engine, awards, url, instance)


def fingerprint() -> str:
    """Of the generator and of the tables it fills."""
    digest = hashlib.sha256((migrations.newest() or "").encode())
    for path in sorted([*GENERATOR.glob("*.py"), *Path(migrations.HERE, "versions").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _fill(app: Flask, awards: int, say: Callable[[str], object]) -> None:
    with app.app_context():
        build.ensure(awards, SEED, say=say)
        db.session.remove()
        db.engine.dispose()
        if db.engine.dialect.name == "sqlite":
            with sqlite3.connect(db.engine.url.database or "") as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            file.close()
        else:  # what autovacuum has done within minutes; SQLite has nothing of the kind
            with unguarded(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SET statement_timeout = 0"))
                connection.execute(text("VACUUM ANALYZE"))
            db.engine.dispose()


@contextmanager
def _sqlite(awards: int, instance: Path, fresh: bool, say: Callable[[str], object]) -> Iterator[str]:
    kept = SHELF / f"{awards}-{fingerprint()}.db"
    if fresh or not kept.exists():
        for old in SHELF.glob(f"{awards}-*.db"):
            old.unlink()
        _fill(create_app(settings_for(instance)), awards, say)
        shutil.move(instance / "grants.db", kept)
        for end in ("-wal", "-shm"):
            (instance / f"grants.db{end}").unlink(missing_ok=True)
    shutil.copy(kept, instance / "grants.db")
    yield ""


@contextmanager
def _postgresql(awards: int, instance: Path, fresh: bool, say: Callable[[str], object]) -> Iterator[str]:
    kept, copy = f"grants_bench_{awards}_{fingerprint()}", f"grants_bench_{os.getpid()}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")

    def url(name: str) -> str:
        return make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)

    with unguarded(), admin.connect() as connection:
        there = set(connection.scalars(text("SELECT datname FROM pg_database WHERE datname LIKE 'grants_bench_%'")))
        if fresh or kept not in there:
            for old in sorted(name for name in there if name.startswith(f"grants_bench_{awards}_")):
                connection.execute(text(f"DROP DATABASE {old} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {kept}_part"))
            _fill(create_app(settings_for(instance, url(f"{kept}_part"))), awards, say)
            connection.execute(text(f"ALTER DATABASE {kept}_part RENAME TO {kept}"))
        connection.execute(text(f"CREATE DATABASE {copy} TEMPLATE {kept}"))
    try:
        yield url(copy)
    finally:
        with unguarded(), admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)"))
        admin.dispose()
