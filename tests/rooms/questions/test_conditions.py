"""When a question is asked and what sums come to: pure rules over what is known of a draft, no database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from grants.kernel.errors import RuleBroken
from grants.questions.conditions import Calculation, Check, Figure, Known, Test, When
from grants.questions.document import Document, check

SUMS = {"all-money": Calculation(key="all-money", label="All of it", add=("given", "earned", "ask"), less=("spent",))}


def _known(figures: dict[Figure, str] | None = None, **said: str | list[str]) -> Known:
    answers = {key.replace("_", "-"): [text] if isinstance(text, str) else text for key, text in said.items()}
    return Known(answers, figures or {})


def _question(key: str, kind: str = "yes-no", **more: Any) -> dict[str, Any]:
    words = {"words": 50} if kind in ("short", "long") else {}
    options = {"options": [{"value": value, "label": value} for value in ("young", "old", "all")]} if "choice" in kind else {}
    return {"key": key, "kind": kind, "label": f"{key}?", "short": key, "missing": f"Say {key}"} | words | options | more


def _set(*questions: dict[str, Any], **more: Any) -> Document:
    return check({"title": "T", "sections": [{"key": "one", "title": "One", "questions": list(questions)}]} | more)


def _asked(document: Document, known: Known) -> list[str]:
    return [question.key for page in document.pages_for(known) for question in page.questions]


# -- one test ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "said", "holds"),
    [
        ({"any_of": ["young"]}, ["young"], True),
        ({"any_of": ["young", "old"]}, ["old"], True),
        ({"any_of": ["young"]}, ["old", "young"], True),  # one of several choices is enough
        ({"any_of": ["young"]}, ["old"], False),
        ({"any_of": ["young"]}, [], False),
        ({"none_of": ["young"]}, ["old"], True),
        ({"none_of": ["young"]}, ["old", "young"], False),
        ({"none_of": ["young"]}, [], True),
        ({"answered": True}, ["x"], True),
        ({"answered": True}, [" ", ""], False),
        ({"answered": True}, [], False),
        ({"answered": False}, [], True),
        ({"answered": False}, [" "], True),
        ({"answered": False}, ["x"], False),
        ({"at_least": 10}, ["10"], True),
        ({"at_least": 10}, ["9.99"], False),
        ({"at_least": 10}, ["£1,000"], True),
        ({"at_least": 10}, ["4", "6"], True),  # of a section asked again for each, the sum
        ({"at_least": 10}, [], False),
        ({"at_least": 10}, ["about ten"], False),
        ({"at_least": 10}, ["50", "lots"], False),  # part of it cannot be read
        ({"at_most": 10}, ["10"], True),
        ({"at_most": 10}, ["10.01"], False),
        ({"at_most": 10}, [], False),  # not known is not little
        ({"at_least": 5, "at_most": 10}, ["5"], True),
        ({"at_least": 5, "at_most": 10}, ["4"], False),
        ({"at_least": 5, "at_most": 10}, ["11"], False),
    ],
)
def test_a_condition_on_an_answer(test: dict[str, Any], said: list[str], holds: bool) -> None:
    assert Test(of="given", **test).holds(_known(given=said), {}) is holds


@pytest.mark.parametrize(
    ("figures", "holds"),
    [({Figure.TIER: "large"}, True), ({Figure.TIER: "small"}, False), ({Figure.TIER: ""}, False), ({}, False)],
)
def test_a_condition_on_what_the_product_knows(figures: dict[Figure, str], holds: bool) -> None:
    assert Test(of="tier", any_of=("large",)).holds(_known(figures), {}) is holds


def test_no_answer_can_pass_for_a_figure() -> None:
    assert Test(of="tier", any_of=("large",)).holds(_known({Figure.TIER: "small"}, tier="large"), {}) is False


@pytest.mark.parametrize(
    ("test", "said", "holds"),
    [
        ({"at_least": 500}, {"given": "£500"}, True),
        ({"at_least": 500}, {"given": "£500", "spent": "0.01"}, False),
        ({"at_least": 500}, {"earned": "100", "given": "400"}, True),
        ({"at_most": 500}, {"given": "500"}, True),
        ({"at_most": 500}, {}, False),  # nothing of the sum is answered
    ],
)
def test_a_condition_on_a_calculation(test: dict[str, Any], said: dict[str, str], holds: bool) -> None:
    assert Test(of="all-money", **test).holds(_known(**said), SUMS) is holds


@pytest.mark.parametrize("given", [{}, {"any_of": ["a"], "none_of": ["b"]}, {"answered": True, "at_least": 1}])
def test_a_condition_tests_exactly_one_thing(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a condition tests one thing: any_of, none_of, at_least or at_most, or answered"):
        Test(of="given", **given)


# -- several together -------------------------------------------------------------------------------------------------

YOUNG, LARGE, ASKED = ({"of": "whom", "any_of": ["young"]}, {"of": "ask", "at_least": 1000}, {"of": "why", "answered": True})


@pytest.mark.parametrize(
    ("when", "held"),
    [
        # what holds: nothing, young, large, young and large, large and why, all three
        ({}, [True] * 6),
        ({"all": [YOUNG, LARGE]}, [False, False, False, True, False, True]),
        ({"any": [YOUNG, LARGE]}, [False, True, True, True, True, True]),
        ({"all": [LARGE, {"any": [YOUNG, ASKED]}]}, [False, False, False, True, True, True]),
        ({"any": [YOUNG, {"all": [LARGE, ASKED]}]}, [False, True, False, True, True, True]),
        ({"all": [{"all": [{"any": [ASKED]}]}]}, [False, False, False, False, True, True]),
    ],
)
def test_all_and_any_of_them_however_deep(when: dict[str, Any], held: list[bool]) -> None:
    large = {Figure.ASK: "1000"}
    cases = [
        _known(), _known(whom="young"), _known(large), _known(large, whom="young"), _known(large, why="x"),
        _known(large, whom="young", why="x"),
    ]  # fmt: skip
    assert [When.model_validate(when).holds(known, {}) for known in cases] == held


def test_all_beside_any_is_refused_and_every_test_in_it_is_found() -> None:
    with pytest.raises(ValueError, match="a condition is all of its parts or any of them; put one inside the other for both"):
        When.model_validate({"all": [YOUNG], "any": [LARGE]})
    deep = When.model_validate({"any": [YOUNG, {"all": [LARGE, {"any": [ASKED]}]}]})
    assert [test.of for test in deep.tests] == ["whom", "ask", "why"]


# -- sums -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "said", "value"),
    [
        ({}, {}, None),
        ({Figure.ASK: "1200.50"}, {}, "1200.50"),
        ({Figure.ASK: "1200.50"}, {"given": "£99.50", "spent": "300"}, "1000"),
        ({}, {"spent": "300"}, "-300"),
        ({}, {"given": ["10", "20.01"]}, "30.01"),
        ({Figure.ASK: "5"}, {"given": "lots"}, "5"),  # what cannot be read counts as nothing yet
        ({}, {"given": "lots"}, None),
    ],
)
def test_a_sum_adds_and_takes_away_exactly(figures: dict[Figure, str], said: dict[str, Any], value: str | None) -> None:
    assert SUMS["all-money"].value(_known(figures, **said)) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("relation", "kept"),
    [("equal", [False, True, False]), ("at most", [True, True, False]), ("at least", [False, True, True])],
)
def test_a_check_is_broken_only_by_what_is_known(relation: str, kept: list[bool]) -> None:
    one = Check(left="given", relation=relation, right="all-money", says="No", beside="given")
    against = {"all-money": Calculation(key="all-money", label="Ask", add=("ask",))}
    ask = {Figure.ASK: "100"}
    assert [not one.broken(_known(ask, given=said), against) for said in ("99.99", "100", "100.01")] == kept
    unknown = [_known(ask), _known(given="100"), _known(ask, given="lots"), _known()]
    assert [one.broken(known, against) for known in unknown] == [False] * 4


def test_a_check_against_a_number_and_between_days() -> None:
    enough = Check.model_validate({"left": "given", "relation": "at least", "right": "50", "says": "No", "beside": "given"})
    assert [enough.broken(_known(given=said), {}) for said in ("49.99", "50")] == [True, False]
    order = Check(left="ends", relation="at least", right="starts", says="No", beside="ends")
    days = [("1/4/2027", "31/3/2027"), ("1/4/2027", "1/4/2027"), ("31/1/2027", "1/2/2027"), ("1/4/2027", "31/2/2027")]
    assert [order.broken(_known(starts=one, ends=two), {}) for one, two in days] == [True, False, False, False]


# -- what is asked ----------------------------------------------------------------------------------------------------

YES = {"all": [{"of": "first", "any_of": ["yes"]}]}
AT = "Question set, at sections.0.questions.0"


def test_a_question_and_a_page_are_asked_only_when_their_condition_holds() -> None:
    more = {"key": "more", "title": "More", "when": YES, "questions": [_question("whole")]}
    first = {"key": "one", "title": "One", "questions": [_question("first"), _question("second", when=YES)]}
    document = check({"title": "T", "sections": [first, more]})
    assert _asked(document, _known(first="no")) == ["first"]
    assert _asked(document, _known(first="yes")) == ["first", "second", "whole"]
    assert [page.key for page in document.pages_for(_known())] == ["our-project", "one", "our-costs"]


def test_a_page_none_of_whose_questions_is_asked_is_not_there() -> None:
    more = {"key": "more", "title": "More", "questions": [_question("second", when=YES), _question("third", when=YES)]}
    document = check({"title": "T", "sections": [{"key": "one", "title": "One", "questions": [_question("first")]}, more]})
    assert [page.key for page in document.pages_for(_known(first="no"))] == ["our-project", "one", "our-costs"]


def test_what_is_confirmed_depends_on_conditions_too() -> None:
    def sure(key: str, **more: Any) -> dict[str, Any]:
        return _question(key, "declaration", **more)

    document = check({
        "title": "T",
        "sections": [
            {"key": "one", "title": "One", "questions": [_question("first"), sure("true"), sure("checked", when=YES)]},
            {"key": "two", "title": "Two", "when": YES, "questions": [sure("host")]},
        ],
    })  # fmt: skip
    assert [one.key for one in document.declared(_known(first="no"))] == ["true"]
    assert [one.key for one in document.declared(_known(first="yes"))] == ["true", "checked", "host"]
    assert [page.key for page in document.pages_for(_known(first="yes"))] == ["our-project", "one", "our-costs"]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (([_question("one", when={"all": [{"of": "two", "answered": True}]}), _question("two")], {}),
         "one depends on two, which is not asked before it"),
        (([_question("one", when={"any": [{"all": [{"of": "one", "answered": True}]}]})], {}),
         "one depends on one, which is not asked before it"),
        (([_question("one")], {"calculations": [{"key": "one", "label": "Sum", "add": ["ask"]}]}),
         "a calculation cannot be called one: something else is"),
        (([_question("one")], {"calculations": [{"key": "ask", "label": "Sum", "add": ["one"]}]}),
         "a calculation cannot be called ask: something else is"),
        (([_question("one")], {"calculations": [{"key": "sum", "label": "Sum", "add": ["one"], "less": ["two"]}]}),
         "the calculation sum adds two, which nothing asks"),
        (([_question("one")], {"checks": [{"left": "two", "relation": "equal", "right": 1, "says": "No", "beside": "one"}]}),
         "a check compares two, which nothing asks"),
        (([_question("one")], {"checks": [{"left": "one", "relation": "equal", "right": 1, "says": "No", "beside": "two"}]}),
         "a check stands beside two, which nothing asks"),
        (([_question("tier")], {}), "no question can be called tier"),
        (([_question("one", "choice", options=[{"value": "a", "label": "A"}, {"value": "a", "label": "B"}])], {}),
         "two options have the same value"),
        (([_question("one", "number", least=5, most=4)], {}), "the most is below the least"),
        (([_question("one", least=5)], {}), "only money, numbers and files have a least and a most"),
    ],
)  # fmt: skip
def test_a_set_that_names_what_is_not_there_is_refused(document: tuple[list[Any], dict[str, Any]], sentence: str) -> None:
    questions, more = document
    with pytest.raises(RuleBroken) as refusal:
        _set(*questions, **more)
    assert refusal.value.problems[0].removesuffix(f": {sentence}.") in ("Question set, at the whole set", AT)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"repeat": 3}, "a section that is asked again says how often and what one of them is called"),
        ({"item": "partner"}, "a section that is asked again says how often and what one of them is called"),
        ({"repeat": 3, "item": "cost", "block": "costs", "questions": []}, "the product's own pages are not asked again"),
        ({"repeat": 3, "item": "partner", "questions": [_question("sure", "declaration")]},
         "declarations and files are not asked again for each"),
        ({"block": "costs"}, "a section asks questions or is one of the product's own pages, not both and not neither"),
        ({"questions": []}, "a section asks questions or is one of the product's own pages, not both and not neither"),
    ],
)  # fmt: skip
def test_an_unsound_page_is_refused(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        check({"title": "T", "sections": [{"key": "one", "title": "One", "questions": [_question("one")]} | section]})
    assert refusal.value.problems[0] == f"Question set, at sections.0: {sentence}."


@pytest.mark.parametrize(("repeat", "sound"), [(1, False), (2, True), (20, True), (21, False)])
def test_a_page_is_asked_again_two_to_twenty_times(repeat: int, sound: bool) -> None:
    page = {"key": "one", "title": "One", "item": "partner", "repeat": repeat, "questions": [_question("one")]}
    if sound:
        assert check({"title": "T", "sections": [page]}).sections[0].repeat == repeat
    else:
        with pytest.raises(RuleBroken, match=r"^Question set, at sections.0.repeat: "):
            check({"title": "T", "sections": [page]})


def test_the_order_of_pages_is_the_sets_own_with_the_products_around_it() -> None:
    own = {"key": "mine", "title": "Mine", "block": "costs"}
    document = check({"title": "T", "sections": [own, {"key": "one", "title": "One", "questions": [_question("first")]}]})
    assert [page.key for page in document.pages] == ["our-project", "mine", "one"]


# -- what is hidden ---------------------------------------------------------------------------------------------------


def test_an_answer_to_a_question_that_is_not_asked_counts_for_nothing() -> None:
    document = _set(
        _question("first"),
        _question("amount", "money", when=YES),
        _question("why", "short", when={"all": [{"of": "amount", "at_least": 100}]}),
        _question("thanks", "short", when={"all": [{"of": "why", "answered": True}]}),
        calculations=[{"key": "total", "label": "Total", "add": ["amount", "ask"]}],
    )
    said: dict[str, str | list[str]] = {"amount": "500", "why": "Because", "thanks": "Yes"}
    ask = {Figure.ASK: "200"}
    there = document.heard(_known(ask, first="yes", **said))
    assert (_asked(document, there), document.sums["total"].value(there)) == (
        ["first", "amount", "why", "thanks"],
        Decimal(700),
    )
    there = document.heard(_known(ask, first="no", **said))
    assert (_asked(document, there), document.sums["total"].value(there)) == (["first"], Decimal(200))
    assert there == _known(ask, first="no")


def test_nothing_on_a_page_that_is_not_asked_counts() -> None:
    document = check({
        "title": "T",
        "sections": [
            {"key": "one", "title": "One", "questions": [_question("first")]},
            {"key": "two", "title": "Two", "when": YES, "questions": [_question("second")]},
            {"key": "three", "title": "Three", "questions": [
                _question("third", when={"all": [{"of": "second", "any_of": ["yes"]}]}),
            ]},
        ],
    })  # fmt: skip
    assert _asked(document, document.heard(_known(first="no", second="yes"))) == ["first"]
    assert _asked(document, document.heard(_known(first="yes", second="yes"))) == ["first", "second", "third"]
