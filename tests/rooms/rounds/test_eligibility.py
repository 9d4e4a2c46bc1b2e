"""May this group apply? Every rule refuses whom it should, to the day and the penny, in a whole sentence, and nobody else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.kinds import VOLUNTARY, Kind
from grants.rounds.eligibility import Asker, Finding, findings, needs_host
from grants.rounds.models import Round
from grants.rounds.terms import Firmness, Frequency, Limit, NotFunded, Terms
from tests.builders.rounds import on_paper

FIXED, NORMAL = Firmness.FIXED, Firmness.NORMAL
POUNDS = Money.pounds
DAY = date(2026, 6, 5)


def found(round: Round, *, on: date = DAY, **asker: Any) -> list[Finding]:
    return findings(round, Asker(**asker), on=on)


def every_rule() -> Round:
    """A round with every rule there is."""
    return on_paper(
        voluntary_only=True,
        terms=Terms(
            kinds=(Kind.CHARITY,),
            host_needed=True,
            areas=("E05000777",),
            limits=(Limit(above=100_000), Limit(below=60_000, firmness=FIXED)),
            frequency=(Frequency(months=12), Frequency(consecutive_years=True)),
            not_funded=(NotFunded(key="belief", asks="Is it for a belief?", reason="Not for beliefs."),),
        ),
    )


def test_what_is_not_known_yet_refuses_nobody() -> None:
    round = every_rule()
    assert found(round) == []
    assert not needs_host(round, Asker())


def test_a_rule_that_a_round_does_not_have_refuses_nobody() -> None:
    assert found(
        on_paper(),
        kind=Kind.PRIVATE,
        ask=POUNDS(500),
        places=["E05000999"],
        against=["belief"],
        sent_on=[DAY],
        funded_in={2024, 2025, 2026},
    ) == []  # fmt: skip


def test_fixed_findings_come_before_normal_ones_and_each_in_the_order_of_the_rules() -> None:
    round = on_paper(
        terms=Terms(
            kinds=(Kind.CHARITY,),
            areas=("E05000777",),
            limits=(Limit(above=100_000), Limit(above=200_000, firmness=FIXED)),
            frequency=(Frequency(months=12, firmness=NORMAL), Frequency(consecutive_years=True)),
            not_funded=(
                NotFunded(key="rent", asks="Rent?", reason="Not normally rent.", firmness=NORMAL),
                NotFunded(key="belief", asks="Belief?", reason="Not for beliefs."),
            ),
        )
    )
    broken = found(
        round,
        kind=Kind.PRIVATE,
        ask=POUNDS(3000),
        places=["E05000999"],
        against=["belief", "rent"],
        sent_on=[DAY],
        funded_in=[2025],
    )
    assert [(one.rule, one.refuses) for one in broken] == [
        ("kind", True),
        ("area", True),
        ("limit-2", True),
        ("not-belief", True),
        ("frequency-2", True),
        ("limit-1", False),
        ("not-rent", False),
        ("frequency-1", False),
    ]


# -- kinds of group ---------------------------------------------------------------------------------------------------

LIKE_YOURS = "A group like yours cannot apply to this fund."
SAID_TO = {
    Kind.NO_CONSTITUTION: "To apply to this fund your group needs a constitution: a page of written rules is enough.",
    Kind.SCHOOL: "This fund is not for schools or colleges. A parents’ group or a friends’ group can apply.",
    Kind.PUBLIC: "This fund is not for councils or other public bodies.",
    Kind.PRIVATE: "This fund is not for private companies or businesses.",
    Kind.INDIVIDUAL: "This fund is for groups, so one person cannot apply alone. Find two other people and apply together.",
}


def out_of(round: Round) -> dict[Kind, str]:
    """Which kinds are refused, and what each is told."""
    told = {kind: found(round, kind=kind) for kind in Kind}
    return {kind: one.sentence for kind, findings in told.items() for one in findings}


def test_kinds_that_a_round_does_not_name_are_refused_each_in_words_of_its_own() -> None:
    round = on_paper(terms=Terms(kinds=(Kind.CHARITY, Kind.CIO)))
    assert out_of(round) == {kind: SAID_TO.get(kind, LIKE_YOURS) for kind in Kind if kind not in (Kind.CHARITY, Kind.CIO)}


def test_a_voluntary_only_stream_refuses_the_four_kinds_that_are_not() -> None:
    assert out_of(on_paper(voluntary_only=True)) == {kind: SAID_TO[kind] for kind in set(Kind) - VOLUNTARY}


def test_a_round_cannot_let_in_whom_its_stream_keeps_out() -> None:
    round = on_paper(voluntary_only=True, terms=Terms(kinds=(Kind.PUBLIC, Kind.CHARITY)))
    assert Kind.PUBLIC in out_of(round) and Kind.CHARITY not in out_of(round)
    assert Kind.PUBLIC not in out_of(on_paper(terms=Terms(kinds=(Kind.PUBLIC, Kind.CHARITY))))


def test_a_refused_kind_is_told_where_to_try_instead() -> None:
    round = on_paper(terms=Terms(kinds=(Kind.CHARITY,), instead="Ask Sector3."))
    assert found(round, kind=Kind.PUBLIC) == [Finding("kind", SAID_TO[Kind.PUBLIC], FIXED, "Ask Sector3.")]


@pytest.mark.parametrize(
    ("asked", "account", "needed"),
    [(True, False, True), (True, True, False), (True, None, False), (False, False, False), (False, None, False)],
)
def test_a_host_is_needed_where_the_round_says_so_and_the_group_has_no_account(
    asked: bool, account: bool | None, needed: bool
) -> None:
    assert needs_host(on_paper(terms=Terms(host_needed=asked)), Asker(account=account)) is needed


# -- where ------------------------------------------------------------------------------------------------------------


def test_a_project_is_in_the_area_where_its_ward_or_its_locality_is() -> None:
    round = on_paper(terms=Terms(areas=("E05000777", "brinnington"), instead="Ask Sector3."))
    for inside in (["E05000777"], ["E05000999", "brinnington"], ["E05000777", "elsewhere"]):
        assert found(round, places=inside) == []
    assert found(round, places=["E05000999", "elsewhere"]) == [
        Finding("area", "This fund is for projects in Stockport.", FIXED, "Ask Sector3.")
    ]


@pytest.mark.parametrize(
    ("in_words", "area", "sentence"),
    [
        ("Brinnington and Central", "Stockport", "This fund is for projects in Brinnington and Central."),
        ("Brinnington and Central", None, "This fund is for projects in Brinnington and Central."),
        (None, "Stockport", "This fund is for projects in Stockport."),
        (None, None, "This fund is for projects in some places only, and yours is not in one of them."),
    ],
)
def test_the_area_is_said_in_the_rounds_own_words_or_the_partnerships_and_never_left_open(
    in_words: str | None, area: str | None, sentence: str
) -> None:
    round = on_paper(area=area, terms=Terms(areas=("E05000777",), area_in_words=in_words))
    assert [one.sentence for one in found(round, places=["E05000999"])] == [sentence]


# -- how much ---------------------------------------------------------------------------------------------------------


def test_the_least_and_the_most_are_allowed_and_a_penny_beyond_is_not() -> None:
    round = on_paper(terms=Terms(instead="Ask Sector3."))
    assert [found(round, ask=POUNDS(amount)) for amount in ("500", "10000")] == [[], []]
    assert found(round, ask=POUNDS("499.99")) == [
        Finding("least", "You ask for £499.99. The least you can ask for is £500.00.", FIXED, "Ask Sector3.")
    ]
    assert found(round, ask=POUNDS("10000.01")) == [
        Finding("most", "You ask for £10,000.01. The most you can ask for is £10,000.00.", FIXED, "Ask Sector3.")
    ]


@pytest.mark.parametrize(
    ("limit", "inside", "beyond", "sentence"),
    [
        (Limit(above=100_000), "1000", "1000.01", "This fund does not normally give more than £1,000.00."),
        (Limit(above=100_000, firmness=FIXED), "1000", "1000.01", "This fund does not give more than £1,000.00."),
        (Limit(below=100_000), "1000", "999.99", "This fund does not normally give less than £1,000.00."),
        (Limit(below=100_000, firmness=FIXED), "1000", "999.99", "This fund does not give less than £1,000.00."),
    ],
)
def test_a_limit_holds_to_the_penny_and_says_how_firm_it_is(limit: Limit, inside: str, beyond: str, sentence: str) -> None:
    limit = limit.model_copy(update={"instead": "Ask Sector3."})
    round = on_paper(terms=Terms(limits=(limit,), instead="Ask somebody else."))
    assert found(round, ask=POUNDS(inside)) == []
    assert found(round, ask=POUNDS(beyond)) == [Finding("limit-1", sentence, limit.firmness, "Ask Sector3.")]


def test_a_limit_without_its_own_advice_gives_none() -> None:
    round = on_paper(terms=Terms(limits=(Limit(above=100_000),), instead="Ask somebody else."))
    assert [one.instead for one in found(round, ask=POUNDS(2000))] == [None]


def test_beyond_the_least_and_the_most_no_limit_is_said_beside_them_but_its_advice_is_given() -> None:
    limits = (
        Limit(below=60_000, firmness=FIXED, instead="Ask the small fund."),
        Limit(above=900_000, firmness=FIXED, instead="Ask the big fund."),
    )
    round = on_paper(terms=Terms(limits=limits, instead="Ask somebody else."))
    assert [(one.rule, one.instead) for one in found(round, ask=POUNDS(400))] == [("least", "Ask the small fund.")]
    assert [(one.rule, one.instead) for one in found(round, ask=POUNDS(20000))] == [("most", "Ask the big fund.")]


def test_every_limit_that_is_passed_is_said_by_its_number() -> None:
    round = on_paper(terms=Terms(limits=(Limit(below=60_000), Limit(above=100_000), Limit(above=200_000))))
    assert [one.rule for one in found(round, ask=POUNDS(550))] == ["limit-1"]
    assert [one.rule for one in found(round, ask=POUNDS(1500))] == ["limit-2"]
    assert [one.rule for one in found(round, ask=POUNDS(2500))] == ["limit-2", "limit-3"]


# -- what it is for ---------------------------------------------------------------------------------------------------


def test_what_the_money_is_not_for_is_told_by_the_key_that_was_said_yes_to() -> None:
    belief = NotFunded(key="belief", asks="Is it for a belief?", reason="Not for beliefs.")
    rent = NotFunded(key="rent", asks="Is it for rent?", reason="Not normally for rent.", firmness=NORMAL)
    round = on_paper(terms=Terms(not_funded=(belief, rent), instead="Ask Sector3."))
    assert found(round, against=["something else"]) == []
    assert found(round, against=["belief"]) == [Finding("not-belief", "Not for beliefs.", FIXED, "Ask Sector3.")]
    assert found(round, against=["rent"]) == [Finding("not-rent", "Not normally for rent.", NORMAL, "Ask Sector3.")]


# -- how often --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "last", "on", "too_soon"),
    [
        (12, date(2025, 6, 5), date(2026, 6, 4), True),
        (12, date(2025, 6, 5), date(2026, 6, 5), False),  # the same day a year on
        (12, date(2025, 6, 6), date(2026, 6, 5), True),
        (12, date(2026, 6, 5), date(2026, 6, 5), True),  # today
        (1, date(2026, 5, 5), date(2026, 6, 4), True),
        (1, date(2026, 5, 5), date(2026, 6, 5), False),
        (1, date(2025, 12, 15), date(2026, 1, 14), True),  # over the new year
        (1, date(2025, 12, 15), date(2026, 1, 15), False),
        (6, date(2025, 8, 31), date(2026, 2, 28), True),  # six months before is 28 August
        (6, date(2025, 8, 28), date(2026, 2, 28), False),
        (1, date(2026, 2, 28), date(2026, 3, 31), False),  # March's last day and February's
        (12, date(2024, 2, 29), date(2025, 2, 28), True),
        (12, date(2024, 2, 29), date(2025, 3, 1), False),
        (12, date(2023, 2, 28), date(2024, 2, 29), False),
    ],
)
def test_a_group_applies_once_in_so_many_months_and_again_on_the_same_day(
    months: int, last: date, on: date, too_soon: bool
) -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(months=months),)))
    assert [one.rule for one in found(round, sent_on=[last], on=on)] == ["frequency-1"] * too_soon


def test_the_last_of_the_days_is_said_and_those_long_ago_do_not_count() -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(months=12),), instead="Ask Sector3."))
    assert found(round, sent_on=[]) == []
    assert found(round, sent_on=[date(2020, 1, 1), date(2025, 6, 5)]) == []
    assert found(round, sent_on=[date(2020, 1, 1), date(2025, 12, 1), date(2026, 2, 3), date(2025, 11, 1)]) == [
        Finding(
            "frequency-1", "A group can apply once in 12 months. Your group last applied on 3 February 2026.", FIXED,
            "Ask Sector3.",
        )
    ]  # fmt: skip


def test_one_month_is_said_as_one() -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(months=1),)))
    assert [one.sentence for one in found(round, sent_on=[date(2026, 5, 31)])] == [
        "A group can apply once in 1 month. Your group last applied on 31 May 2026."
    ]


@pytest.mark.parametrize(
    ("years", "on", "too_often"),
    [
        ([2025], date(2026, 4, 1), True),
        ([2025], date(2027, 3, 31), True),
        ([2025], date(2027, 4, 1), False),
        ([2025], date(2026, 3, 31), False),  # still the year in which it was funded
        ([2026], date(2026, 4, 1), False),
        ([2024, 2026], date(2026, 6, 5), False),
        ([2023, 2025], date(2026, 6, 5), True),
        ([], date(2026, 6, 5), False),
    ],
)
def test_two_years_running_are_financial_years(years: list[int], on: date, too_often: bool) -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(consecutive_years=True),)))
    assert [one.rule for one in found(round, funded_in=years, on=on)] == ["frequency-1"] * too_often


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            Frequency(consecutive_years=True),
            "This fund does not give money to the same group two years running, and it funded yours last year.",
        ),
        (
            Frequency(consecutive_years=True, firmness=NORMAL),
            "This fund does not normally give money to the same group two years running, and it funded yours last year.",
        ),
        (Frequency(months=6), "A group can apply once in 6 months. Your group last applied on 4 June 2026."),
        (
            Frequency(months=6, firmness=NORMAL),
            "A group can normally apply once in 6 months. Your group last applied on 4 June 2026.",
        ),
        (
            Frequency(months=1, firmness=NORMAL),
            "A group can normally apply once in 1 month. Your group last applied on 4 June 2026.",
        ),
    ],
)
def test_how_often_is_said_as_firmly_as_the_rule_is(rule: Frequency, sentence: str) -> None:
    round = on_paper(terms=Terms(frequency=(rule,), instead="Ask Sector3."))
    asked = {"funded_in": [2025], "sent_on": [date(2026, 6, 4)]}
    assert found(round, **asked) == [Finding("frequency-1", sentence, rule.firmness, "Ask Sector3.")]


def test_each_rule_of_how_often_asks_only_what_it_is_about() -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(months=12), Frequency(consecutive_years=True, firmness=NORMAL))))
    assert [one.rule for one in found(round, sent_on=[DAY])] == ["frequency-1"]
    assert [one.rule for one in found(round, funded_in=[2025])] == ["frequency-2"]
    assert [one.rule for one in found(round, sent_on=[DAY], funded_in=[2025])] == ["frequency-1", "frequency-2"]


def test_the_day_that_counts_is_todays_in_london() -> None:
    round = on_paper(terms=Terms(frequency=(Frequency(consecutive_years=True),)))
    with clock.stopped(datetime(2027, 3, 31, 22, 30, tzinfo=UTC)):
        assert len(findings(round, Asker(funded_in=[2025]))) == 1
    with clock.stopped(datetime(2027, 3, 31, 23, 30, tzinfo=UTC)):  # already 1 April there
        assert findings(round, Asker(funded_in=[2025])) == []
