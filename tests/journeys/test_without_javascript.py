"""The whole year and a stranger's first day, page by page, without JavaScript: every page passes the quality gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.journeys import the_year
from tests.journeys.without_javascript import Pages


@pytest.fixture
def stage(demo_app: Flask) -> Iterator[Pages]:
    """The demonstration, and a clock the journey sets."""
    pages = Pages(demo_app)
    yield pages
    pages.close()


def test_from_allocation_to_outcome(stage: Pages) -> None:
    the_year.from_allocation_to_outcome(stage)


def test_a_stranger_registers_and_applies_today(stage: Pages) -> None:
    the_year.a_stranger_registers_and_applies_today(stage)


def test_a_link_signs_nobody_in_until_a_button_is_pressed(stage: Pages) -> None:
    the_year.a_link_signs_nobody_in_until_a_button_is_pressed(stage)
