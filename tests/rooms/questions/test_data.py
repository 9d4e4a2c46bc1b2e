"""The bank and the sets that come with the product: sound, in plain words, and no more than a small ask deserves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.questions.conditions import NOTHING, Figure, Known, number
from grants.questions.document import CHOSEN, READY, TYPED, WORDED, Block, Document, Kind, bank, check, ready, words_in

SETS = {name: check(ready(name)) for name in READY}
SMALL = {Figure.ASK: "500", Figure.TIER: "ward", Figure.STAGE: "1", Figure.ACCOUNT: "yes"}
LARGE = {Figure.ASK: "12000", Figure.TIER: "large", Figure.STAGE: "2", Figure.ACCOUNT: "no"}


def test_the_bank_has_words_in_easy_read_for_every_question() -> None:
    assert len(bank()) == 29
    assert len({question.key for question in bank()}) == 29
    for question in bank():
        assert question.bank == question.key
        easy = question.wording["en-easy"]
        assert easy.label and easy.missing, question.key
        assert set(easy.options) <= {option.value for option in question.options}
        assert words_in(question.label) <= 14, question.key
        assert not question.missing.endswith("."), question.key


@pytest.mark.parametrize("name", READY)
def test_a_set_that_comes_with_the_product_can_be_read_back_as_it_was(name: str) -> None:
    document = SETS[name]
    assert Document.model_validate(document.model_dump(mode="json")) == document
    kept = {question.key: question for question in bank()}
    for question in document.questions:
        if question.bank:
            assert question.kind is kept[question.bank].kind, question.key


def test_both_funds_are_whole_in_easy_read() -> None:
    assert [SETS[name].silent("en-easy") for name in ("ward_fund", "local_fund")] == [[], []]
    easy = SETS["ward_fund"].worded("en-easy")
    assert [section.title for section in easy.asking] == ["Your plan"]
    assert easy.question("safe").hint == "For example: checks on helpers, first aid, and who to talk to if you are worried."  # type: ignore[union-attr]


def test_a_small_ask_is_asked_little() -> None:
    known = Known({"children": ["yes"]}, SMALL)
    pages = SETS["ward_fund"].pages_for(known)
    assert [page.block or page.key for page in pages] == [Block.PROJECT, "plan", Block.OUTCOMES, Block.COSTS]
    typed = [question for page in pages for question in page.questions if question.kind in TYPED]
    assert [question.key for question in typed] == ["activity", "starts", "safe"]
    assert all((question.words or 0) <= 80 for question in typed)


@pytest.mark.parametrize(
    ("figures", "pages"),
    [(SMALL | {Figure.TIER: "small"}, 8), (LARGE | {Figure.STAGE: "1", Figure.ACCOUNT: "yes"}, 11), (LARGE, 14)],
)
def test_the_local_fund_asks_more_of_larger_asks_and_at_the_second_stage(figures: dict[Figure, str], pages: int) -> None:
    assert len(SETS["local_fund"].pages_for(Known({}, figures))) == pages


def test_the_local_fund_checks_its_days_and_its_sums() -> None:
    document = SETS["local_fund"]

    def broken(**said: str) -> list[str]:
        known = Known({key: [answer] for key, answer in said.items()}, {Figure.ASK: "12000"})
        return [check.beside for check in document.checks if check.broken(known, document.sums)]

    assert broken() == []
    assert broken(starts="1/4/2027", ends="31/3/2027") == ["ends"]
    assert broken(starts="31/3/2027", ends="1/4/2027") == []
    assert broken(starts="soon", ends="1/4/2027") == []
    assert broken(**{"whole-cost": "£12,499.99", "other-money": "500"}) == ["whole-cost"]
    assert broken(**{"whole-cost": "£12,500", "other-money": "500"}) == []
    assert document.sums["all-money"].value(NOTHING) is None
    assert document.sums["all-money"].value(Known({"other-money": ["500.50"]}, {Figure.ASK: "12000"})) == Decimal("12500.50")


_typed = st.one_of(
    st.text(alphabet="0123456789 £,./-aé٣", max_size=12),
    st.sampled_from(
        ["yes", "no", "places", "1", "0", "-1", "£1,200.50", "31/2/2027", "1/4/2027", "NaN", "1e999999", "٣", "large", "a\nb"]
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(name=st.sampled_from(READY), data=st.data())
def test_no_answers_whatever_stop_a_set_from_being_asked(name: str, data: st.DataObject) -> None:
    document = SETS[name]
    keys = st.sampled_from([question.key for question in document.questions] + ["unknown"])
    known = Known(
        data.draw(st.dictionaries(keys, st.lists(_typed, max_size=2), max_size=8)),
        data.draw(st.dictionaries(st.sampled_from(Figure), _typed)),
    )
    pages = document.pages_for(known)
    for page in pages:
        assert bool(page.block) != bool(page.questions)
        for question in page.questions:
            assert question.kind is not Kind.DECLARATION
            assert (question.kind in WORDED) == (question.words is not None)
            assert (question.kind in CHOSEN) == bool(question.options)
    assert [page.key for page in pages] == [page.key for page in document.pages if page.key in {one.key for one in pages}]
    document.declared(known)
    for one in document.checks:
        one.broken(known, document.sums)
    for sum_ in document.calculations:
        sum_.value(known)


@pytest.mark.parametrize(
    "typed", ["1e9999999", "1E5", "NaN", "Infinity", "1.200", "1,20", "1,2000", ",5", "1_000", "1234567890123", "--1", ""]
)
def test_a_number_that_nobody_writes_so_is_none(typed: str) -> None:
    assert number(typed) is None
    assert [number(one) for one in ("£1,200.50", "1 200", "-3")] == [Decimal("1200.50"), Decimal(1200), Decimal(-3)]
