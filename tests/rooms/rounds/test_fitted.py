"""Sizes of ask go on covering everything from the least to the most, whatever these become."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from grants.kernel.money import Money
from grants.rounds.terms import Helps, Tier, fitted, untiered


@given(
    some.lists(some.integers(1, 1000), min_size=2, max_size=6, unique=True).map(sorted),
    some.tuples(some.integers(1, 1200), some.integers(1, 1200)).map(sorted),
)
def test_fitted_sizes_cover_a_new_least_and_most_without_gaps_or_are_none(ends: list[int], whole: list[int]) -> None:
    tiers = [
        Tier(key=f"t{n}", name=f"T{n}", least=below + 1, most=above, helps=Helps.PURPOSE)
        for n, (below, above) in enumerate(pairwise(ends))
    ]
    least, most = (Money(pence) for pence in whole)
    made = fitted(tiers, least, most)
    assert list(untiered(made, least, most)) == []
    assert all(after.least == before.most + 1 for before, after in pairwise(made))
    assert all(tier.least <= tier.most for tier in made)
    outside = most.pence <= ends[0] or least.pence > ends[-1]
    assert (made == ()) is outside
