"""What scores are worth: exact, and never more than their stated weight."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from grants.assessment.rules import Weighed, average, places, worth


def test_weights_of_35_40_15_10_stay_35_40_15_10_whatever_the_scales():
    """The incumbents made these 10.3, 82.4, 4.4 and 2.9 (features.md D1)."""
    weights, scales = (35, 40, 15, 10), (5, 10, 3, 7)
    for n, weight in enumerate(weights):
        only = [Weighed(most if n == m else 0, w, most) for m, (w, most) in enumerate(zip(weights, scales, strict=True))]
        assert worth(only) == weight
    assert worth(Weighed(most, w, most) for w, most in zip(weights, scales, strict=True)) == 100


def test_a_third_stays_a_third():
    assert worth([Weighed(1, 100, 3)]) == Fraction(100, 3)
    assert average([Fraction(100, 3), Fraction(0), Fraction(200, 3)]) == Fraction(100, 3)
    assert average([]) is None


@st.composite
def scores(draw: st.DrawFn) -> list[Weighed]:
    """A round's criteria, their weights summing to 100, each scored on its scale."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=5)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    return [Weighed(draw(st.integers(0, most)), weight, most) for weight in weights for most in [draw(st.integers(1, 10))]]


@given(scores())
def test_any_scores_are_worth_between_0_and_100_and_all_the_points_100(given):
    assert 0 <= worth(given) <= 100
    assert worth(one._replace(points=one.most) for one in given) == 100


@given(scores(), st.randoms())
def test_the_order_of_entry_does_not_matter(given, random):
    shuffled = list(given)
    random.shuffle(shuffled)
    assert worth(shuffled) == worth(given)


@given(scores(), st.integers(2, 5))
def test_splitting_a_criterion_into_equal_parts_changes_nothing(given, parts):
    [first, *rest] = given
    if first.weight % parts:
        return
    split = [first._replace(weight=first.weight // parts)] * parts
    assert worth([*split, *rest]) == worth(given)


@given(st.lists(st.fractions(0, 100, max_denominator=30), max_size=8))
def test_the_average_is_exact_and_lies_between_its_parts(worths):
    mean = average(worths)
    if mean is not None:
        assert mean * len(worths) == sum(worths) and min(worths) <= mean <= max(worths)


@given(st.lists(st.fractions(0, 3, max_denominator=3), max_size=8))
def test_places_are_shared_by_equals_and_only_by_equals(averages):
    found = places(averages)
    for one, place in zip(averages, found, strict=True):
        assert place == 1 + len([other for other in averages if other > one])
    assert len(set(found)) == len(set(averages))
