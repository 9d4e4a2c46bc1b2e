"""Question sets: what is refused, what is fixed, and the standard eight."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.people.models import Duty
from grants.questions import commands, queries
from grants.questions.document import Document, Kind, check, standard, words_in
from tests.builders.applications import a_question_set, a_round
from tests.builders.people import a_person


def test_the_standard_set_asks_eight_questions_with_words_for_each() -> None:
    document = check(standard())
    assert [question.kind for question in document.questions] == [
        Kind.LONG, Kind.SHORT, Kind.CHOICE, Kind.LONG, Kind.LONG, Kind.LONG, Kind.LONG, Kind.DECLARATION,
    ]  # fmt: skip
    assert [section.key for section in document.asking] == ["project", "need", "running"]
    assert [question.key for question in document.declarations] == ["declaration"]
    assert all(150 <= question.words <= 250 for question in document.questions if question.kind is Kind.LONG and question.words)
    assert all(question.hint for question in document.questions if question.kind is not Kind.DECLARATION)
    assert Document.model_validate(document.model_dump(mode="json")) == document


def _broken(**change: Any) -> dict[str, Any]:
    wrong = copy.deepcopy(standard())
    wrong["sections"][0]["questions"][0] |= change
    return wrong


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (_broken(words=None), "a short or long answer has a limit in words, and nothing else has"),
        (_broken(kind="choice", words=None), "a choice has two options or more, and nothing else has any"),
        (_broken(key="Two words"), "String should match pattern"),
        (_broken(key="people"), "two questions have the same key"),
        (_broken(key="edition"), "no question can be called edition"),
        (_broken(surprise=1), "Extra inputs are not permitted"),
        ({"title": "Empty", "sections": []}, "at least 1 item"),
    ],
)
def test_an_unsound_set_is_refused_saying_where(document: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        check(document)
    assert sentence in str(refusal.value)
    assert str(refusal.value).startswith("Question set, at ")


def test_everything_wrong_is_said_at_once() -> None:
    wrong = _broken(words=0, label="")
    with pytest.raises(RuleBroken) as refusal:
        check(wrong)
    assert len(refusal.value.problems) == 2


def test_words_are_counted_as_people_count_them() -> None:
    assert [words_in(text) for text in ("", "  ", "one", "one  two\nthree", "don’t stop")] == [0, 0, 1, 3, 2]


def test_a_choice_is_shown_by_its_label() -> None:
    question = check(standard()).question("kind")
    assert question
    assert question.shown("young-people") == "Activities for young people"


def test_the_same_title_again_is_the_next_version(app: Flask) -> None:
    first, second = a_question_set(title="Small grants"), a_question_set(title="Small grants")
    other = a_question_set(title="Big grants")
    assert [first.version, second.version, other.version] == [1, 2, 1]
    assert [one.ref for one in queries.latest()] == [other.ref, second.ref]


def test_only_a_grants_officer_adds_a_set(app: Flask) -> None:
    with pytest.raises(Refused):
        commands.add_set(title="Mine", document=standard(), by=a_person(Duty.FINANCE_OFFICER))


def test_a_round_that_opens_fixes_its_questions(app: Flask) -> None:
    questions = a_question_set()
    assert questions.frozen_at is None
    round = a_round(question_set=questions)
    fixed = round.question_set.frozen_at
    assert fixed is not None
    a_round(question_set=round.question_set)
    assert questions.frozen_at == fixed


@pytest.mark.parametrize("statement", ["UPDATE question_set SET document = '{}'", "DELETE FROM question_set"])
def test_the_database_refuses_to_change_what_was_asked(app: Flask, statement: str) -> None:
    questions = a_question_set()
    with unguarded(), pytest.raises(DBAPIError):
        db.session.execute(text(statement))
    db.session.rollback()
    assert queries.document(questions).title == "Standard questions"
