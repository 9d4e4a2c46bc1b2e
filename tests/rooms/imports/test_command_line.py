"""`flask import`: a dry run unless told otherwise, every error, and nothing half done."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from grants.kernel.db import db
from grants.streams.models import PastGrant
from tests.builders.people import an_administrator
from tests.facts import FACTS, IMPORTER


def grants() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(PastGrant)) or 0


def test_without_commit_it_only_says_what_it_would_do(sqlite_app: Flask) -> None:
    done = sqlite_app.test_cli_runner().invoke(args=["import", str(FACTS)])
    assert done.exit_code == 0
    assert "awards.csv: 38 rows, all new" in done.output
    assert "meetings.csv: not loaded yet" in done.output
    assert done.output.endswith("Nothing is wrong. This was a dry run; add --commit to write.\n")
    assert grants() == 0


def test_with_commit_it_loads_as_the_administrator(sqlite_app: Flask) -> None:
    an_administrator()
    done = sqlite_app.test_cli_runner().invoke(args=["import", "--commit", str(FACTS)])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Loaded 956 rows as IMP-26-00001.")
    assert grants() == 38


def test_errors_are_all_printed_and_nothing_is_written(facts_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "new" / "awards.csv"
    path.parent.mkdir()
    lines = (FACTS / "awards.csv").read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], "," + lines[1], lines[2].replace("not_stated,funded", "unknown,funded")]))
    done = facts_app.test_cli_runner().invoke(args=["import", "--commit", "--as", IMPORTER, str(path)])
    assert done.exit_code == 1
    assert "awards.csv, row 2: There are 18 cells where the headings name 17." in done.output
    assert "awards.csv, row 3, column amount_status: ‘unknown’ must be one of: stated, not_stated." in done.output
    assert "2 things to put right. Nothing was changed." in done.output
    assert grants() == 38
