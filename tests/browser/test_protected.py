"""A protected commitment over two years in Chromium on a phone, with JavaScript: axe on every kind of page met."""

from __future__ import annotations

from tests.browser.conftest import Phones
from tests.journeys import protected


def test_a_protected_commitment_in_its_first_year_and_its_second(stage: Phones) -> None:
    protected.two_years(stage)
