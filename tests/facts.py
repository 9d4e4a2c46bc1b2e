"""The packaged facts, loaded once: `facts_app` is the application over a copy of them, inside its context.

For tests that read or build upon the real streams, strategies and places. Loading them takes a second, so it is done once a
session; a SQLite test gets its own copy of the file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from grants import create_app
from grants.imports import commands as imports
from grants.kernel.db import db
from grants.people import commands as people
from tests.conftest import over, settings_for

FACTS = Path(__file__).parent.parent / "grants" / "demo" / "facts"
SEED = Path(__file__).parent.parent.parent / "shared" / "seed"
IMPORTER = "importer@example.org"


@pytest.fixture(scope="session")
def facts_sqlite(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the packaged facts in it, loaded by an administrator, importer@example.org."""
    instance = tmp_path_factory.mktemp("facts")
    shutil.copy(empty_sqlite, instance / "grants.db")
    app = create_app(settings_for(instance))
    with app.app_context():
        by = people.create_admin(name="Importer", email=IMPORTER, starts_on=date(2015, 1, 1))
        imports.load_directory(FACTS, by=by)
        db.session.remove()
        db.engine.dispose()
    return instance / "grants.db"


@pytest.fixture
def facts_app(sqlite_session_app: Flask, facts_sqlite: Path) -> Iterator[Flask]:
    """The application over the packaged facts, inside its context."""
    with over(sqlite_session_app, facts_sqlite) as app:
        yield app
