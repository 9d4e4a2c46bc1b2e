"""What a proxy asks, and what is written to the logs."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from grants import create_app
from grants.kernel.command import unguarded
from grants.kernel.db import db
from tests.builders.people import PASSWORD, a_person
from tests.client import Browser
from tests.conftest import settings_for


def test_the_process_answers_without_asking_the_database(sqlite_app: Flask, statements) -> None:
    browser = Browser(sqlite_app)
    with statements() as made:
        assert browser.fetch("/healthz").json == {"ok": True}
    assert made == []


def test_it_is_ready_when_the_database_is_up_to_date(app: Flask) -> None:
    assert Browser(app).fetch("/readyz").json == {"ok": True}


def test_it_is_not_ready_with_an_old_database(sqlite_app: Flask) -> None:
    with unguarded():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        db.session.commit()
    answer = Browser(sqlite_app).fetch("/readyz", expect=503).json
    assert answer == {"ok": False, "why": "the database is not up to date: run flask db upgrade"}


def test_it_is_not_ready_without_a_database(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        assert Browser(app).fetch("/readyz", expect=503).json["ok"] is False
    gone = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path}/no/such/folder/x.db"))
    with gone.app_context():
        assert Browser(gone).fetch("/readyz", expect=503).json["ok"] is False


# -- logs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def logged(empty_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An application that logs as in production, and what it wrote."""
    import shutil

    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    shutil.copy(empty_sqlite, tmp_path / "grants.db")
    app = create_app(settings_for(tmp_path, testing=False))

    @app.get("/fails/<secret>")
    def fails(secret: str) -> str:
        raise ValueError(f"the password was {secret}")

    with app.app_context():
        yield app, lambda: [json.loads(line) for line in said.getvalue().splitlines()], said
        db.session.remove()
        db.engine.dispose()
    create_app(settings_for(tmp_path))  # logging is the process's: quiet again


def test_one_line_a_request_with_its_template_and_the_persons_reference(logged) -> None:
    app, lines, said = logged
    jo = a_person(name="Jo Bloggs", email="jo@example.org", password=PASSWORD)
    browser = Browser(app)
    browser.submit("/sign-in", email="jo@example.org", password=PASSWORD)
    browser.visit("/sign-in/link/a-secret-token", expect=410)

    seen = [(line["method"], line["route"], line["status"], line["person"]) for line in lines() if line["event"] == "request"]
    assert seen == [
        ("GET", "/sign-in", 200, None),
        ("POST", "/sign-in", 303, jo.ref),
        ("GET", "/home", 200, jo.ref),
        ("GET", "/sign-in/link/<token>", 410, None),
    ] or seen[-1] == ("GET", "/sign-in/link/<token>", 410, jo.ref)
    for personal in ("Jo Bloggs", "jo@example.org", PASSWORD, "a-secret-token"):
        assert personal not in said.getvalue()
    assert all(line["ms"] >= 0 and len(line["id"]) == 32 for line in lines() if line["event"] == "request")


def test_a_failure_is_logged_under_the_id_the_person_is_shown_and_says_nothing_typed(logged) -> None:
    app, lines, said = logged
    browser = Browser(app)
    response = browser._open("GET", "/fails/hunter2hunter2")

    failure = next(line for line in lines() if line["event"] == "failure")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] == failure["id"]
    assert failure["id"] in response.text
    assert (failure["route"], failure["kind"], failure["says"]) == ("/fails/<secret>", ["builtins.ValueError"], None)
    assert failure["where"][-1].endswith("fails")
    assert "hunter2" not in said.getvalue() + response.text


def test_a_database_error_does_not_quote_what_was_typed(logged) -> None:
    app, _lines, said = logged

    @app.get("/breaks")
    def breaks() -> str:
        db.session.execute(text("SELECT :x FROM no_such_table"), {"x": "private words"})
        return ""

    Browser(app)._open("GET", "/breaks")
    assert "OperationalError" in said.getvalue()
    assert "private words" not in said.getvalue()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("proxy-0123456789abcdef", True), ("short", False), ("x" * 65, False), ("two words here", False), ('"}{"a":"', False)],
)
def test_a_proxys_request_id_is_kept_if_it_is_fit_to_write_down(sqlite_app: Flask, given: str, kept: bool) -> None:
    response = sqlite_app.test_client().get("/healthz", headers={"X-Request-ID": given})
    assert (response.headers["X-Request-ID"] == given) is kept
    assert response.headers["X-Request-ID"]
