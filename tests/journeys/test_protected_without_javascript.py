"""A protected commitment over two years, page by page, without JavaScript: every page passes the quality gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from grants.awards import proofs as awards
from grants.ledger import proofs as ledger
from tests.journeys import protected
from tests.journeys.without_javascript import Pages


@pytest.fixture
def stage(demo_app: Flask) -> Iterator[Pages]:
    """The demonstration, and a clock the journey sets."""
    pages = Pages(demo_app)
    yield pages
    pages.close()


def test_a_protected_commitment_in_its_first_year_and_its_second(stage: Pages) -> None:
    protected.two_years(stage)
    assert [*ledger.faults(), *awards.faults()] == []
