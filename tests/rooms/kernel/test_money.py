"""Money is whole pence, read as people type it, shared out to the penny."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.money import LARGEST, ZERO, Money, apportion, total

pence = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1250", 125000),
        ("1,250", 125000),
        ("£1,250.5", 125050),
        (" £ 1250.50 ", 125050),
        ("-£5", -500),
        ("£-5", -500),
        ("0.07", 7),
        (3, 300),
        ("1,234,567.89", 123456789),
    ],
)
def test_it_reads_what_a_person_types(typed: str | int, amount: int) -> None:
    assert Money.pounds(typed) == Money(amount)


@pytest.mark.parametrize(
    "typed", ["", "£", "1.234", "12,50", "1,2345", "ten", "1e3", "1 000", "１２", "1..0", "--1", "1.5p", "100000000001"]
)
def test_it_refuses_what_is_no_amount(typed: str) -> None:
    with pytest.raises(ValueError):
        Money.pounds(typed)


@pytest.mark.parametrize("wrong", [1.5, "1", None, True])
def test_it_holds_only_whole_pence(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong)  # type: ignore[arg-type]


@given(st.integers(-LARGEST, LARGEST))
def test_what_it_writes_it_reads(amount: int) -> None:
    assert Money.pounds(str(Money(amount))) == Money(amount)
    assert Money.pounds(Money(amount).plain) == Money(amount)


@given(st.lists(pence, max_size=20))
def test_sums_are_the_sums_of_their_pence(amounts: list[int]) -> None:
    assert total(Money(p) for p in amounts) == Money(sum(amounts))
    assert (total([]), bool(ZERO), -Money(5) + Money(5) - ZERO) == (ZERO, False, ZERO)


shares = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)


@given(pence, shares)
def test_parts_are_exactly_the_whole_and_each_within_a_penny_of_its_share(amount: int, parts: list[int]) -> None:
    split = apportion(Money(amount), parts)
    assert total(split) == Money(amount)
    assert len(split) == len(parts)
    for part, share in zip(split, parts, strict=True):
        assert abs(part.pence * sum(parts) - amount * share) < sum(parts)
        assert not (share == 0 and part)


@given(pence, shares)
def test_an_amount_owed_is_split_as_the_same_amount_held(amount: int, parts: list[int]) -> None:
    assert apportion(Money(-amount), parts) == [-part for part in apportion(Money(amount), parts)]


@given(st.integers(0, 10**6), st.integers(1, 10**6), shares)
def test_a_larger_share_never_gets_less(amount: int, _more: int, parts: list[int]) -> None:
    split = apportion(Money(amount), parts)
    for n, one in enumerate(parts):
        for m, other in enumerate(parts):
            if one > other:
                assert split[n] >= split[m]


def test_ties_go_to_the_earlier_share() -> None:
    assert apportion(Money(100), [1, 1, 1]) == [Money(34), Money(33), Money(33)]
    assert apportion(Money(1), [5000, 5000]) == [Money(1), Money(0)]
    assert apportion(Money(5), [3333, 3333, 3334]) == [Money(2), Money(1), Money(2)]


@pytest.mark.parametrize("parts", [[], [0, 0], [1, -1, 5]])
def test_shares_that_are_none_are_refused(parts: list[int]) -> None:
    with pytest.raises(ValueError):
        apportion(Money(1), parts)
