"""The database people have is the database the models describe: columns, keys, CHECKs, indexes and guards, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine, make_url

from grants import create_app, migrations
from grants.audit import proofs as history
from grants.awards import proofs as award_proofs
from grants.demo import build
from grants.kernel import triggers
from grants.kernel.command import unguarded
from grants.kernel.db import Base, db
from grants.ledger import proofs
from tests.conftest import POSTGRESQL, WORKER, postgresql_answers, settings_for


def _described(engine: Engine) -> dict[str, Any]:
    """Everything the inspector can say of a database's tables, in an order that does not matter."""
    eye = inspect(engine)
    found = {}
    for table in sorted(set(eye.get_table_names()) - {"alembic_version"}):
        found[table] = {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in eye.get_columns(table)),
            "key": eye.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
                for f in eye.get_foreign_keys(table)
            ),
            "unique": sorted(tuple(u["column_names"]) for u in eye.get_unique_constraints(table)),
            "indexes": sorted((str(i["name"]), tuple(i["column_names"]), bool(i["unique"])) for i in eye.get_indexes(table)),
            "checks": sorted((str(c["name"]), " ".join(c["sqltext"].split())) for c in eye.get_check_constraints(table)),
        }
    return found


def _scratch(engine: str, tmp_path: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'scratch.db'}"
    if not postgresql_answers():
        pytest.skip("no PostgreSQL answers at GRANTS_TEST_POSTGRESQL")
    name = f"grants_scratch_{WORKER}"
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with unguarded(), admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)


def test_the_migrated_database_is_what_the_models_describe(app: Flask, tmp_path: Path):
    scratch = create_engine(_scratch(db.engine.dialect.name, tmp_path))
    with unguarded():
        Base.metadata.create_all(scratch)
    migrated, described = _described(db.engine), _described(scratch)
    scratch.dispose()
    assert sorted(migrated) == sorted(described)
    for table in described:
        assert migrated[table] == described[table], table


def test_every_guard_is_there_after_a_migration(app: Flask):
    assert triggers.missing(db.session.connection()) == []
    assert len({guard.name for guard in triggers.all_guards()}) == len(list(triggers.all_guards()))


@pytest.mark.parametrize("engine", [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.long)])
def test_up_down_and_up_again_with_the_demonstration_in_it(engine: str, tmp_path: Path):
    settings = build.settings(settings_for(tmp_path)).model_copy(update={"database_url": _scratch(engine, tmp_path)})
    app = create_app(settings)
    with app.app_context():
        build.ensure()
        assert [*proofs.faults(), *award_proofs.faults(), *history.faults()] == []
        before = _described(db.engine)
        db.session.remove()
        migrations.downgrade()
        assert _described(db.engine) == {}
        migrations.upgrade()
        assert _described(db.engine) == before
        assert triggers.missing(db.session.connection()) == []
        build.ensure()
        assert [*proofs.faults(), *award_proofs.faults(), *history.faults()] == []
        db.session.remove()
        db.engine.dispose()


def test_a_migration_that_leaves_rows_pointing_at_nothing_is_refused(sqlite_app: Flask):
    raw = db.engine.raw_connection()
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("INSERT INTO pot (ref, stream_id, book_id, year, starts_on, ends_on, allocation_status, funders, fictional)"
                " VALUES ('X', 99, 99, 2026, '2026-04-01', '2027-03-31', 'not stated', '[]', 0)")  # fmt: skip
    raw.commit()
    raw.close()
    db.engine.dispose()
    with pytest.raises(RuntimeError, match="pointing at nothing"):
        migrations.upgrade()
