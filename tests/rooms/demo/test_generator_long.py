"""A thousand awards, proved on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from grants.demo.generator import build
from grants.kernel.db import db
from tests.conftest import empty


@pytest.fixture
def thousand(app: Flask) -> Iterator[Flask]:
    build.ensure(1_000, 1)
    yield app
    db.session.remove()
    if db.engine.dialect.name == "postgresql":
        empty()


@pytest.mark.long
@pytest.mark.parametrize("command", ["check-ledger", "check-audit"])
def test_a_thousand_awards_are_proved_on_both_engines(thousand: Flask, command: str) -> None:
    answer = thousand.test_cli_runner().invoke(args=[command])
    assert (answer.exit_code, answer.output.count("\n")) == (0, 1), answer.output
