"""What is wrong with an answer, kind by kind, and how it is read back: pure rules, no database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grants.questions import answers
from grants.questions.document import Question

OPTIONS = [{"value": "a", "label": "One"}, {"value": "b", "label": "Two"}]
PASTED = "“Quoted” – from Word\x0b•\tone\r\n•\ttwo\u00a0three\u00ad"
RIGHT_TO_LEFT = "نادي الجمعة"
NOT_MONEY = "“What” must be an amount of money, like 1,250 or 1250.50"
NOT_WHOLE = "“What” must be a whole number, like 12"
NO_DAY = "“What” must be a real date, like 27 3 2027"
NO_NUMBER = "“What” needs a full telephone number, like 0161 496 0000"
NO_EMAIL = "“What” needs an email address like name@example.com"


def _question(kind: str, **more: Any) -> Question:
    words = {"words": 3} if kind in ("short", "long") else {}
    options = {"options": OPTIONS} if kind in ("choice", "choices") else {}
    said = {"key": "q", "kind": kind, "label": "What?", "short": "What", "missing": "Say what"}
    return Question.model_validate(said | words | options | more)


@pytest.mark.parametrize(
    ("kind", "answer", "sentence"),
    [
        ("short", "one two three", None),
        ("short", "one two three four", "“What” is 1 word too long: use 3 words or fewer"),
        ("long", "one\n\ntwo\tthree\u00a0four five", "“What” is 2 words too long: use 3 words or fewer"),
        ("long", "⚽ 👩‍👧 🙂", None),
        ("short", RIGHT_TO_LEFT, None),
        ("money", "£1,200.50", None),
        ("money", "1 200.50", None),
        ("money", "0", None),
        ("money", "1.200", NOT_MONEY),
        ("money", "1,20", NOT_MONEY),
        ("money", "£1.005", NOT_MONEY),
        ("money", "1e3", NOT_MONEY),
        ("money", "٣٠٠", NOT_MONEY),
        ("money", "lots 🙂", NOT_MONEY),
        ("money", "-0.01", "“What” must be £0.00 or more"),
        ("number", "1,200", None),
        ("number", "12.0", None),
        ("number", "12.5", NOT_WHOLE),
        ("number", "about forty", NOT_WHOLE),
        ("number", "٣", NOT_WHOLE),
        ("number", "-1", "“What” must be 0 or more"),
        ("date", "9/6/2027", None),
        ("date", "29/2/2028", None),
        ("date", "29/2/2027", NO_DAY),
        ("date", "31/2/2027", NO_DAY),
        ("date", "0/1/2027", NO_DAY),
        ("date", "1/13/2027", NO_DAY),
        ("date", "1/4/27", NO_DAY),
        ("date", "soon", NO_DAY),
        ("date", "٩/٦/٢٠٢٧", NO_DAY),
        ("choice", "b", None),
        ("choice", "c", "Say what"),
        ("choices", "b\na", None),
        ("choices", "b\nc", "Say what"),
        ("yes-no", "yes", None),
        ("yes-no", "maybe", "Say what"),
        ("postcode", "sk1 3xe", None),
        ("postcode", "SK1", "“What” must be a full postcode, like SK1 3XE"),
        ("postcode", "🙂", "“What” must be a full postcode, like SK1 3XE"),
        ("address", PASTED, None),
        ("contact", f"{RIGHT_TO_LEFT}\n0161 496 0000\n", None),
        ("contact", "Jo\n\njo@example.org", None),
        ("contact", "\n0161 496 0000\n", "“What” needs a name"),
        ("contact", "Jo\n\n", "“What” needs a telephone number or an email address"),
        ("contact", "Jo\n12345\n", NO_NUMBER),
        ("contact", "Jo\n1234567890123456\njo@example.org", NO_NUMBER),
        ("contact", "Jo\n\njo at example", NO_EMAIL),
        ("contact", "Jo\n0161 496 0000\njo@", NO_EMAIL),
        ("file", "DOC-26-00001", None),
        ("file", "DOC-26-00001\nDOC-26-00002", "“What” takes at most 1 documents: remove some"),
    ],
)
def test_each_kind_says_what_is_wrong_in_one_sentence(kind: str, answer: str, sentence: str | None) -> None:
    assert answers.fault(_question(kind), answer) == sentence


@pytest.mark.parametrize("kind", ["short", "money", "number", "date", "choice", "yes-no", "postcode", "contact", "file"])
def test_nothing_is_wrong_with_what_is_not_there(kind: str) -> None:
    assert [answers.fault(_question(kind), empty) for empty in ("", " \n ")] == [None, None]


@pytest.mark.parametrize(
    ("kind", "answer", "sentence"),
    [
        ("money", "49.99", "“What” must be £50.00 or more"),
        ("money", "50", None),
        ("money", "£1,000.00", None),
        ("money", "1000.01", "“What” must be £1,000.00 or less"),
        ("number", "49", "“What” must be 50 or more"),
        ("number", "1000", None),
        ("number", "1001", "“What” must be 1000 or less"),
    ],
)
def test_an_amount_and_a_number_lie_between_the_least_and_the_most(kind: str, answer: str, sentence: str | None) -> None:
    assert answers.fault(_question(kind, least=50, most=1000), answer) == sentence


@pytest.mark.parametrize(("count", "sentence"), [(2, None), (3, "“What” takes at most 2 documents: remove some")])
def test_documents_are_no_more_than_the_question_takes(count: int, sentence: str | None) -> None:
    assert answers.fault(_question("file", most=2), "\n".join(f"DOC-26-0000{n}" for n in range(count))) == sentence


def test_five_thousand_words_in_an_answer_of_three_hundred() -> None:
    question = _question("long", words=300)
    assert answers.fault(question, "word " * 300) is None
    assert answers.fault(question, "word " * 5000) == "“What” is 4700 words too long: use 300 words or fewer"


@pytest.mark.parametrize(
    ("kind", "answer", "shown"),
    [
        ("date", "9/6/2027", "9 June 2027"),
        ("date", "31/2/2027", "31/2/2027"),
        ("money", "1 200.5", "£1,200.50"),
        ("money", "1.200", "1.200"),
        ("money", "-5", "-5"),
        ("money", "", ""),
        ("postcode", "sk13xe", "SK1 3XE"),
        ("postcode", "by the shops", "by the shops"),
        ("choice", "b", "Two"),
        ("choices", "b\nc", "Two\nc"),
        ("yes-no", "no", "No"),
        ("yes-no", "maybe", "maybe"),
        ("short", PASTED, PASTED),
    ],
)
def test_an_answer_is_read_back_in_plain_words_and_what_is_wrong_as_it_was_typed(kind: str, answer: str, shown: str) -> None:
    assert answers.shown(_question(kind), answer) == shown


def test_a_day_is_read_only_where_it_is_one() -> None:
    days = [answers.read_date(typed) for typed in (" 9/6/2027 ", "31/2/2027", "9-6-2027", "")]
    assert days == [date(2027, 6, 9), None, None, None]


def test_several_answers_are_parted_without_the_empty_ones() -> None:
    assert (answers.parts("a\n \nb"), answers.several(["The school", " ", "The church"])) == (
        ["a", "b"], "The school; The church",
    )  # fmt: skip
