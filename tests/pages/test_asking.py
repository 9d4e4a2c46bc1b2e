"""A question set's questions as a form: every kind asked, read back as it is kept, and kept whatever was typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from grants.questions.document import Kind, Question, Section, bank
from grants.web import asking
from grants.web.forms import problems

OPTIONS = [{"value": "a", "label": "One"}, {"value": "b", "label": "Two"}]


def _question(kind: str, key: str = "q", **more: Any) -> Question:
    words = {"words": 100} if kind in ("short", "long") else {}
    options = {"options": OPTIONS} if kind in ("choice", "choices") else {}
    said = {"key": key, "kind": kind, "label": "What?", "short": "What", "missing": "Say what"}
    return Question.model_validate(said | words | options | more)


def _section(*questions: Question, **more: Any) -> Section:
    return Section(key="s", title="A section", questions=questions, **more)


def _posted(app: Flask, section: Section, typed: dict[str, Any]) -> asking.SectionForm:
    with app.test_request_context("/", method="POST", data=MultiDict({"edition": "0", **typed})):
        return asking.form(section)


def _answer(app: Flask, question: Question, typed: dict[str, Any]) -> Any:
    with app.test_request_context("/", method="POST", data=MultiDict({"edition": "0", **typed})):
        return asking.form(_section(question)).answers()[question.key]


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "sentence"),
    [
        ("short", {"q": "A hall"}, "A hall", None),
        ("long", {"q": "One\r\n\r\nTwo"}, "One\n\nTwo", None),
        ("long", {"q": "word " * 101}, ("word " * 101).strip(), "“What” is 1 word too long: use 100 words or fewer"),
        ("money", {"q": "£1,200.50"}, "£1,200.50", None),
        ("money", {"q": "1.200"}, "1.200", "“What” is not clear. If you mean £1,200, type 1,200. If you mean £1.20, type 1.20"),
        ("money", {"q": "lots"}, "lots", "“What” must be an amount of money, like 1,250 or 1250.50"),
        ("number", {"q": "1,000"}, "1,000", None),
        ("number", {"q": "about forty"}, "about forty", "“What” must be a whole number, like 12"),
        ("date", {"q-day": "9", "q-month": "6", "q-year": "2027"}, "9/6/2027", None),
        ("date", {"q-day": "9", "q-month": "June", "q-year": "2027"}, "9/6/2027", None),
        ("date", {"q-day": "9/6/2027", "q-month": "", "q-year": ""}, "9/6/2027", None),
        ("date", {"q-day": "31", "q-month": "2", "q-year": "2027"}, "31/2/2027", "“What” must be a real date, like 27 3 2027"),
        ("date", {"q-day": "31", "q-month": "", "q-year": ""}, "31//", "“What” must include a month and a year"),
        ("choice", {"q": "b"}, "b", None),
        ("choices", {"q": ["b", "a"]}, "b\na", None),
        ("yes-no", {"q": "no"}, "no", None),
        ("postcode", {"q": "sk1 3xe"}, "SK1 3XE", None),
        ("postcode", {"q": "by the shops"}, "by the shops", "Enter a whole postcode, like SK1 3XE"),
        ("address", {"q": "1 High Street\r\n Offerton "}, "1 High Street\nOfferton", None),
        (
            "contact",
            {"q-name": "Jo Bloggs", "q-phone": "", "q-email": "jo@example.org"},
            "Jo Bloggs\n\njo@example.org",
            None,
        ),
        ("contact", {"q-name": "Jo"}, "Jo\n\n", "“What” needs a telephone number or an email address"),
    ],
)  # fmt: skip
def test_every_kind_is_kept_as_typed_and_says_what_is_wrong(
    sqlite_app: Flask, kind: str, typed: dict[str, Any], kept: str, sentence: str | None
) -> None:
    question = _question(kind)
    assert _answer(sqlite_app, question, typed) == kept
    with sqlite_app.test_request_context("/"):
        shown = asking.form(_section(question), {"q": [kept]}).tell()
        assert shown.answers() == {"q": kept}
        assert [problem.sentence for problem in problems(shown)] == ([sentence] if sentence else [])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.FILE, Kind.DECLARATION)])
def test_what_is_left_empty_is_empty_and_nothing_is_said(sqlite_app: Flask, kind: Kind) -> None:
    question = _question(kind.value)
    assert _answer(sqlite_app, question, {}) == ""
    with sqlite_app.test_request_context("/"):
        assert problems(asking.form(_section(question), {}).tell()) == []


TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn"]), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TYPED, TYPED, TYPED)
def test_no_date_or_contact_however_wrong_changes_between_showing_and_saving(
    sqlite_app: Flask, one: str, two: str, three: str
) -> None:
    for kind, parts in (("date", ("day", "month", "year")), ("contact", ("name", "phone", "email"))):
        question = _question(kind)
        boxes = {f"q-{part}": typed for part, typed in zip(parts, (one, two, three), strict=True)}
        kept = _answer(sqlite_app, question, boxes)
        with sqlite_app.test_request_context("/"):
            again = asking.form(_section(question), {"q": [kept]})
            assert again.answers()["q"] == kept


def test_a_question_may_be_called_what_a_form_has_of_its_own(sqlite_app: Flask) -> None:
    keys = ("data", "errors", "validate", "process", "times", "problems")
    section = _section(*(_question("short", key) for key in keys))
    form = _posted(sqlite_app, section, {key: key.upper() for key in keys})
    assert form.answers() == {key: key.upper() for key in keys}


def test_a_section_asked_again_keeps_each_and_drops_what_is_empty_or_taken_away(sqlite_app: Flask) -> None:
    section = _section(_question("short", "who"), _question("yes-no", "sure"), repeat=4, item="partner")
    typed = {"n": "3", "who": "One", "sure": "yes", "who--1": "", "who--2": "Three", "sure--2": "no"}
    form = _posted(sqlite_app, section, typed)
    assert [turn.title for turn in form.turns] == ["Partner 1", "Partner 2", "Partner 3"]
    with sqlite_app.test_request_context("/", method="POST", data=typed):
        assert asking.form(section).answers() == {"who": ["One", "Three"], "sure": ["yes", "no"]}
    with sqlite_app.test_request_context("/", method="POST", data=typed | {"then": "less-0"}):
        assert asking.form(section).answers() == {"who": ["Three"], "sure": ["no"]}
    with sqlite_app.test_request_context("/"):
        assert [asking.form(section, {"who": ["One"] * 4}, more=more).times for more in (False, True)] == [4, 4]
        assert [asking.form(section, {"who": ["One"]}, more=more).times for more in (False, True)] == [1, 2]
    for lie in ("0", "99", "x", "-1"):
        assert 1 <= _posted(sqlite_app, section, {"n": lie}).times <= 4


def test_the_banks_questions_can_all_be_asked(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context("/"):
        section = _section(*(one.model_copy(update={"when": None}) for one in bank() if one.kind is not Kind.DECLARATION))
        form = asking.form(section)
        html = sqlite_app.jinja_env.from_string(
            '{% from "ui/asking.html" import questions %}{{ questions(form) }}'
        ).render(form=form)  # fmt: skip
        for question in section.asked:
            assert f'"{question.key}' in html
