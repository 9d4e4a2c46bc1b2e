"""What bids are scored by: weights that add up to 100, a least score that can be reached, words for scores that exist."""

from __future__ import annotations

import pytest

from grants.rounds.rules import Weighed, unweighed


@pytest.mark.parametrize(
    ("criteria", "sentences"),
    [
        ([Weighed("Need", "", 60), Weighed("Value", "", 40)], []),
        ([Weighed("Need", "", 100, 5, {"²": "x"})], ["“Need” has words for a score of ², which nobody can give."]),
        ([], ["Give the round at least one criterion to score by."]),
        ([Weighed("Need", "", 99)], ["The weights must add up to 100. These add up to 99."]),
        ([Weighed("Need", "", 60), Weighed("Value", "", 41)], ["The weights must add up to 100. These add up to 101."]),
        (
            [Weighed("Need", "", 101), Weighed("Value", "", -1)],
            ["“Value” must have a weight and a highest score above nought."],
        ),
        ([Weighed("Need", "", 100, 0)], ["“Need” must have a weight and a highest score above nought."]),
        ([Weighed("Need", "", 100, 1)], []),
        ([Weighed("Need", "", 99), Weighed("Value", "", 1)], []),
        ([Weighed("Need", "", 100, 5, gate=1)], []),
        ([Weighed("Need", "", 100, 5, gate=5)], []),
        ([Weighed("Need", "", 100, 5, gate=0)], ["The least score of “Need” must be from 1 to 5."]),
        ([Weighed("Need", "", 100, 5, gate=6)], ["The least score of “Need” must be from 1 to 5."]),
        ([Weighed("Need", "", 100, 5, {"0": "None", "5": "All of it"})], []),
        ([Weighed("Need", "", 100, 5, {"7": "+", "6": "+"})], ["“Need” has words for a score of 6, which nobody can give."]),
        ([Weighed("Need", "", 100, 5, {"five": "All"})], ["“Need” has words for a score of five, which nobody can give."]),
        (
            [Weighed("Need", "", 0, 0, {"1": "Some"}, gate=1), Weighed("Value", "", 90)],
            [
                "“Need” must have a weight and a highest score above nought.",
                "The least score of “Need” must be from 1 to 0.",
                "“Need” has words for a score of 1, which nobody can give.",
                "The weights must add up to 100. These add up to 90.",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_criteria_is_said_at_once(criteria: list[Weighed], sentences: list[str]) -> None:
    assert list(unweighed(criteria)) == sentences
