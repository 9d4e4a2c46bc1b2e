"""The harness itself, at two tiny sizes: what it measures must not grow with the number of awards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as harness
from tests.benchmarks import database, measure
from tests.benchmarks.pages import PAGES, examples

CONSTANT = ("position", "awards", "pot", "by priority", "panel", "payments")


def counted(awards: int) -> dict[str, int]:
    """Page -> the statements it makes, in process."""
    with database.generated("sqlite", awards, fresh=False, say=lambda _said: None) as one:
        app = one.app()
        with app.app_context():
            there = examples()
        found = {}
        for page in PAGES:
            if page.name in CONSTANT:
                made, body = measure.look(measure.visitor(app, page.who, there), page.path(there))
                cost = measure.read(app, made)
                assert len(body) > 1_000
                assert cost.rows > 0
                found[page.name] = cost.statements
        return found


def test_pages_make_as_many_statements_for_many_awards_as_for_few() -> None:
    few = counted(30)
    assert set(few) == set(CONSTANT)
    assert counted(90) == few


def test_one_command_prints_the_table_and_keeps_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "figures.json"
    asked = ["--engine", "sqlite", "--only", "public start", "--only", "offer", "--seconds", "0.02", "--json", str(kept)]
    assert harness.main(asked) == 0
    found = json.loads(kept.read_text())
    assert [one["what"] for one in found] == ["public start", "offer", "memory of the web process, MB"]
    assert all(one["statements"] > 0 and one["times_bare"] > 0 for one in found[:2])
    assert "public start" in capsys.readouterr().out


def test_a_page_that_does_not_answer_is_named_and_the_rest_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = PAGES[0]._replace(name="broken", path=lambda _e: "/no-such-page")
    monkeypatch.setattr(harness, "PAGES", (broken, PAGES[0]))
    asked = ["--engine", "sqlite", "--only", "broken", "--only", "public start", "--seconds", "0.02"]
    assert harness.main([*asked, "--json", str(tmp_path / "figures.json")]) == 1
    said = capsys.readouterr().out
    assert "broken: /no-such-page answered 404" in said
    assert "public start" in said
