"""Journeys: the product's main job from end to end, told once and run by several kinds of browser."""

import pytest

pytest.register_assert_rewrite("tests.journeys.driver", "tests.journeys.the_year")
