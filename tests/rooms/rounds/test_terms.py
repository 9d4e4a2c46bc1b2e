"""A round's terms say what they mean: one rule one thing, sizes of ask without gaps, and every fault at once in words."""

from __future__ import annotations

from typing import Any

import pytest

from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.rounds.terms import Firmness, Helps, Limit, Terms, Tier, check, exceeded, fitted, terms_of, untiered
from tests.builders.rounds import a_tier

POUNDS = Money.pounds
SMALL, LARGE = a_tier("small", "50", "1000"), a_tier("large", "1000.01", "5000")


def refused(said: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(RuleBroken) as refusal:
        check(said)
    return tuple(refusal.value.problems)


def data(*tiers: Tier) -> dict[str, Any]:
    return {"tiers": [tier.model_dump(mode="json") for tier in tiers]}


# -- one rule, one thing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, True),
        ({"above": 1000, "below": 2000}, True),
        ({"above": 1000}, False),
        ({"below": 2000}, False),
    ],
)
def test_a_limit_is_above_or_below_and_not_both_or_neither(said: dict[str, Any], fault: bool) -> None:
    if not fault:
        assert check({"limits": [said]}).limits == (Limit(**said),)
        return
    assert refused({"limits": [said]}) == ("a limit is on asks above an amount or below one (limits.0).",)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, True),
        ({"months": 12, "consecutive_years": True}, True),
        ({"months": 12}, False),
        ({"consecutive_years": True}, False),
    ],
)
def test_a_frequency_is_in_months_or_about_years_and_not_both_or_neither(said: dict[str, Any], fault: bool) -> None:
    if not fault:
        [rule] = check({"frequency": [said]}).frequency
        assert (rule.months, rule.consecutive_years, rule.firmness) == (
            said.get("months"),
            "consecutive_years" in said,
            Firmness.FIXED,
        )
        return
    assert refused({"frequency": [said]}) == ("a frequency rule is in months or about consecutive years (frequency.0).",)


def test_a_limit_is_normal_unless_it_is_said_to_be_fixed() -> None:
    assert Limit(above=1).firmness is Firmness.NORMAL


def test_everything_wrong_with_terms_is_said_at_once_and_where() -> None:
    assert refused({"limits": [{}], "frequency": [{}], "pass_mark": 101, "answer_by": "soon"}) == (
        "a limit is on asks above an amount or below one (limits.0).",
        "a frequency rule is in months or about consecutive years (frequency.0).",
        "Input should be less than or equal to 100 (pass_mark).",
        "String should match pattern '^\\d{4}-\\d{2}-\\d{2}$' (answer_by).",
    )


def test_two_things_the_money_is_not_for_have_keys_of_their_own() -> None:
    one = {"key": "belief", "asks": "Is it for a belief?", "reason": "Not for beliefs."}
    assert refused({"not_funded": [one, one | {"asks": "Another?"}]}) == ("Two things the money is not for have the same key.",)
    assert len(check({"not_funded": [one, one | {"key": "rent"}]}).not_funded) == 2


def test_terms_that_were_kept_are_the_terms_that_were_written() -> None:
    terms = Terms(tiers=(SMALL, LARGE), limits=(Limit(above=1),), instead="Ask Sector3.")
    said = terms.model_dump(mode="json")
    assert terms_of(said) == terms
    assert terms_of(said) is terms_of(dict(said))
    assert terms_of(said | {"instead": "Ask somebody else."}).instead == "Ask somebody else."


# -- sizes of ask -----------------------------------------------------------------------------------------------------


def test_only_the_largest_size_of_ask_shows_its_groups_the_priorities() -> None:
    small = SMALL.model_copy(update={"helps": Helps.PRIORITY})
    assert list(untiered((small, LARGE), POUNDS(50), POUNDS(5000))) == [
        (
            "Only the largest size of ask chooses from the priorities. For “Small”, let groups choose a purpose in plain "
            "words: you set the priorities when it is decided."
        )
    ]
    assert list(untiered((small,), POUNDS(50), POUNDS(1000))) == []


def test_sizes_follow_each_other_by_a_penny() -> None:
    assert check(data(SMALL, LARGE)).tiers == (SMALL, LARGE)
    gap, overlap = a_tier("large", "1000.02", "5000"), a_tier("large", "1000", "5000")
    for wrong in (gap, overlap):
        assert refused(data(SMALL, wrong)) == ("The tier Large must start one penny above where Small ends.",)
    assert refused(data(LARGE, SMALL)) == ("The tier Small must start one penny above where Large ends.",)


def test_a_size_does_not_end_below_where_it_starts() -> None:
    assert a_tier("one", "50", "50").holds(POUNDS(50))
    said = data(SMALL)
    said["tiers"][0] |= {"least": 5000, "most": 4999}
    assert refused(said) == ("the tier Small ends below where it starts (tiers.0).",)


def test_two_sizes_have_keys_of_their_own() -> None:
    assert refused(data(SMALL, a_tier("small", "1000.01", "5000"))) == ("Two tiers have the same key.",)


def test_an_ask_falls_in_the_size_that_holds_it_to_the_penny() -> None:
    terms = Terms(tiers=(SMALL, LARGE))
    fell = {amount: terms.tier(POUNDS(amount)) for amount in ("49.99", "50", "1000", "1000.01", "5000", "5000.01")}
    assert fell == {"49.99": None, "50": SMALL, "1000": SMALL, "1000.01": LARGE, "5000": LARGE, "5000.01": None}
    assert terms.tier(None) is None
    assert Terms().tier(POUNDS(50)) is None


def test_sizes_cover_every_ask_from_the_least_to_the_most() -> None:
    assert list(untiered((), POUNDS(50), POUNDS(5000))) == []
    assert list(untiered((SMALL, LARGE), POUNDS(50), POUNDS(5000))) == []
    assert list(untiered((SMALL, LARGE), POUNDS("49.99"), POUNDS("5000.01"))) == [
        "The tier “Small” starts at £50.00. It must start at £49.99, the least a group can ask for.",
        "The tier “Large” ends at £5,000.00. It must end at £5,000.01, the most a group can ask for.",
    ]
    assert list(untiered((SMALL, LARGE), POUNDS("50.01"), POUNDS("4999.99"))) == [
        "The tier “Small” starts at £50.00. It must start at £50.01, the least a group can ask for.",
        "The tier “Large” ends at £5,000.00. It must end at £4,999.99, the most a group can ask for.",
    ]


@pytest.mark.parametrize(
    ("least", "most", "becomes"),
    [
        ("50", "5000", [("small", "50", "1000"), ("large", "1000.01", "5000")]),
        ("20", "9000", [("small", "20", "1000"), ("large", "1000.01", "9000")]),
        ("1000", "5000", [("small", "1000", "1000"), ("large", "1000.01", "5000")]),
        ("1000.01", "5000", [("large", "1000.01", "5000")]),
        ("50", "1000.01", [("small", "50", "1000"), ("large", "1000.01", "1000.01")]),
        ("50", "1000", [("small", "50", "1000")]),
        ("10", "49.99", []),
        ("5000.01", "9000", []),
    ],
)
def test_sizes_are_fitted_to_a_new_least_and_most(least: str, most: str, becomes: list[tuple[str, str, str]]) -> None:
    made = fitted((SMALL, LARGE), POUNDS(least), POUNDS(most))
    assert made == tuple(a_tier(*one) for one in becomes)


# -- where to try instead ---------------------------------------------------------------------------------------------


def test_a_limit_is_passed_by_a_penny_and_not_by_its_own_amount() -> None:
    assert [exceeded(Limit(above=100), Money(pence)) for pence in (99, 100, 101)] == [False, False, True]
    assert [exceeded(Limit(below=100), Money(pence)) for pence in (99, 100, 101)] == [True, False, False]


def test_where_to_try_is_the_first_limits_that_is_passed_and_says_so_or_the_rounds_own() -> None:
    terms = Terms(
        limits=(
            Limit(below=5_000, instead="Ask the small fund."),
            Limit(above=100_000),
            Limit(above=200_000, instead="Ask the big fund."),
            Limit(above=300_000, instead="Ask the lottery."),
        ),
        instead="Ask Sector3.",
    )
    said = {amount: terms.instead_of(POUNDS(amount)) for amount in ("49.99", "50", "1000.01", "2000.01", "3000.01")}
    assert said == {
        "49.99": "Ask the small fund.",
        "50": "Ask Sector3.",
        "1000.01": "Ask Sector3.",
        "2000.01": "Ask the big fund.",
        "3000.01": "Ask the big fund.",
    }
    assert Terms().instead_of(POUNDS(1)) is None
