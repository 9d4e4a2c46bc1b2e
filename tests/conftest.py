"""The tests' ground: one migrated database per engine, made once, copied for every test; nothing is mocked.

A test that touches the database takes `app` (SQLite and PostgreSQL, one after the other) or `sqlite_app`. Commits are
real. A SQLite test gets its own copy of the file; on PostgreSQL the tables that a test wrote are emptied after it.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url

from grants import create_app, migrations
from grants.kernel.command import _WRITES, unguarded
from grants.kernel.db import Base, db
from grants.settings import Settings

POSTGRESQL = os.environ.get("GRANTS_TEST_POSTGRESQL", "postgresql+psycopg://root@127.0.0.1:5432/postgres")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


def settings_for(instance: Path, url: str = "", **given: Any) -> Settings:
    """Settings for a test: cheap passwords, cookies over http, fixed keys."""
    base = {
        "instance": instance,
        "database_url": url,
        "secret_key": "tests",
        "event_key": b"tests",
        "password_cost": "cheap",
        "secure_cookies": False,
        "testing": True,
        "owner_email": "help@example.org",
    }
    return Settings(**(base | given))


def quick_place() -> Path:
    """A folder for databases whose every commit need not reach a disk: memory, where there is any. Gone when we are."""
    shelf = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    place = Path(tempfile.mkdtemp(prefix="grants-tests-", dir=shelf))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def _migrated(app: Flask) -> None:
    with app.app_context():
        migrations.upgrade()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def empty_sqlite() -> Path:
    """A migrated SQLite file with nothing in it."""
    instance = quick_place()
    _migrated(create_app(settings_for(instance)))
    return instance / "grants.db"


@contextmanager
def over(app: Flask, template: Path) -> Iterator[Flask]:
    """The application over a fresh copy of a database file, inside its context; its settings are as they were afterwards.

    The application itself is made once a session: its routes and templates are compiled once, its database is new each time.
    """
    target, settings = Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""), app.extensions["grants"]
    with app.app_context():
        for end in ("-wal", "-shm"):
            Path(f"{target}{end}").unlink(missing_ok=True)
        shutil.copy(template, target)
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
            app.extensions["grants"] = settings


@pytest.fixture(scope="session")
def sqlite_session_app() -> Flask:
    return create_app(settings_for(quick_place()))


@pytest.fixture
def sqlite_app(sqlite_session_app: Flask, empty_sqlite: Path) -> Iterator[Flask]:
    """The application over a copy of the empty file, inside its context."""
    with over(sqlite_session_app, empty_sqlite) as app:
        yield app


def postgresql_answers() -> bool:
    """Is there a PostgreSQL? In CI its absence is a failure, never a skip."""
    try:
        create_engine(POSTGRESQL, connect_args={"connect_timeout": 3}).connect().close()
    except Exception:
        if os.environ.get("CI"):
            raise
        return False
    return True


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL database of this worker's own, dropped at the end."""
    if not postgresql_answers():
        pytest.skip("no PostgreSQL answers at GRANTS_TEST_POSTGRESQL")
    name = f"grants_{WORKER}_{os.getpid()}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with unguarded(), admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        # The tests commit thousands of times; what a power cut would lose is of no interest here.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    with unguarded(), admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def postgresql_session_app(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = create_app(settings_for(tmp_path_factory.mktemp("postgresql"), postgresql_url))
    _migrated(app)
    return app


@pytest.fixture
def postgresql_app(postgresql_session_app: Flask) -> Iterator[Flask]:
    """The application over PostgreSQL, inside its context; what the test wrote is removed after it."""
    app = postgresql_session_app
    wrote: set[str] = set()

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        wrote.update(m[1].lower() for m in _WRITES.findall(statement))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with app.app_context():
            yield app
            db.session.remove()
            empty(wrote)
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def empty(tables: set[str] | None = None) -> None:
    """Empty PostgreSQL tables (the named ones, or all), past their guards and in any order."""
    known = set(Base.metadata.tables) if tables is None else tables & set(Base.metadata.tables)
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in sorted(known):
            connection.execute(text(f"DELETE FROM {name}"))


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest) -> Flask:
    """The application, on both engines."""
    found: Flask = request.getfixturevalue(f"{request.param}_app")
    return found


@pytest.fixture
def statements() -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as made: …` then `assert len(made) == 4`. Transaction control is not counted."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        made: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
            if not re.match(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA)", statement):
                made.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting


@pytest.fixture(scope="session")
def demo_sqlite() -> Path:
    """The demonstration, built once for what the code and facts are now, and kept for the next run."""
    from tests.demonstration import kept_demo

    return kept_demo()


@pytest.fixture(scope="session")
def demo_session_app() -> Flask:
    from grants.demo import build

    return create_app(build.settings(settings_for(quick_place())))


@pytest.fixture
def demo_app(demo_session_app: Flask, demo_sqlite: Path) -> Iterator[Flask]:
    """The application over a copy of the demonstration, inside its context."""
    with over(demo_session_app, demo_sqlite) as app:
        yield app


from tests.facts import facts_app, facts_sqlite  # noqa: E402, F401  # fixtures; at the end, because they need the above
