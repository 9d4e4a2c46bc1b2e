"""A set being written: what changes what, what is said of gaps, what is Stale, and that a published version stays."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.people.models import Duty, Person
from grants.questions import commands, queries, sketch
from grants.questions.conditions import Test as One
from grants.questions.conditions import When
from grants.questions.document import Block, Document, Kind, Option, bank, ready
from grants.questions.sketch import SketchSection, faults, key_of, mark_of, options_of, sketch_of
from tests.builders.applications import a_question_set, a_round
from tests.builders.people import a_person

LOCAL = sketch_of(ready("local_fund"))
VOLUNTEERS = next(one for one in bank() if one.key == "volunteers")


def an_officer() -> Person:
    return a_person(Duty.GRANTS_OFFICER)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("What will you do?", "what-will-you-do"),
        ("Which of the 9 areas will it help?", "which-of-the-9-areas-will-it"),
        ("  100 days: who’s in?", "days-whos-in"),
        ("Où aura-t-il lieu ?", "ou-aura-t-il-lieu"),
        ("你好", "question"),
        ("Edition", "edition-2"),
        ("Ask", "ask-2"),
    ],
)
def test_keys_are_made_from_labels(label: str, key: str) -> None:
    assert key_of(label, LOCAL.taken) == key
    assert key_of(label, LOCAL.taken | {key}) not in LOCAL.taken | {key}


def test_a_choice_keeps_its_key_while_it_is_the_same_choice() -> None:
    before = (Option(value="a", label="A park"), Option(value="b", label="A street"))
    assert [o.value for o in options_of("A street\nA park", before)] == ["b", "a"]
    assert [o.value for o in options_of("A park \n\n A  road ", before)] == ["a", "b"]
    assert [o.value for o in options_of("A park\nA street\nA hall", before)] == ["a", "b", "a-hall"]
    assert [o.value for o in options_of("A hall", before)] == ["a-hall"]


def _when(test: One) -> When:
    return When(all=(test,))


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (
            One(of="after", answered=True),
            (
                "“Start date” depends on “When the money ends”, which is asked after it. "
                "Move that question up, or change when “Start date” is asked."
            ),
        ),
        (
            One(of="gone", answered=True),
            "“Start date” depends on a question that is no longer there (gone). Change when it is asked.",
        ),
        (
            One(of="issue", any_of=("litter",)),
            "“Start date” is asked only if “Issue” is “litter”. “litter” is not one of its answers.",
        ),
        (
            One(of="activity", at_least=Decimal(3)),
            "“Start date” is asked only if “What you will do” is 3 or more. That is not answered with a number.",
        ),
        (One(of="ask", at_least=Decimal(1000)), None),
        (One(of="all-money", at_most=Decimal(1000)), None),
    ],
)
def test_a_condition_that_cannot_be_is_said_in_words(test: One, sentence: str | None) -> None:
    question = LOCAL.question("starts").model_copy(update={"when": _when(test)})
    changed = sketch.change_question(LOCAL, "starts", mark_of(LOCAL.question("starts")), question)
    assert [fault.sentence for fault in faults(changed)] == ([sentence] if sentence else [])


def test_gaps_are_said_all_at_once_and_beside_what_they_are_about() -> None:
    broken = sketch.remove(LOCAL, "question", "starts", mark_of(LOCAL.question("starts")))
    broken = sketch.with_section(broken, SketchSection(key="new", title="New page"))
    broken = sketch.with_section(broken, SketchSection(key="money-again", title="Costs again", block=Block.COSTS))
    broken = sketch.with_question(
        broken, "partners", VOLUNTEERS.model_copy(update={"key": "files", "kind": Kind.FILE, "least": None, "most": 2})
    )
    assert [(fault.part, fault.key, fault.sentence) for fault in faults(broken)] == [
        (
            "question",
            "files",
            "“Volunteers” cannot be on a page that is asked again for each partner. Move it to another page.",
        ),
        ("page", "new", "“New page” asks nothing yet. Add a question or remove it."),
        ("page", "money-again", "“Costs again” is in this set twice. Remove one of them."),
        (
            "check",
            "0",
            (
                "The check “The end date must be on or after the start date” cannot compare a question that is no longer there "
                "(starts). Change it or remove it."
            ),
        ),
    ]


def test_what_has_no_faults_is_a_document(app: Flask) -> None:
    for name in ("ward_fund", "local_fund", "standard"):
        assert faults(sketch_of(ready(name))) == []
        assert Document.model_validate(sketch.kept(sketch_of(ready(name)))).title == ready(name)["title"]


def test_what_a_set_asks_of_a_group_is_counted() -> None:
    assert sketch.effort(sketch_of(ready("ward_fund"))) == (5, 3, 80)
    assert sketch.effort(LOCAL) == (14, 17, 120)


def test_a_new_page_comes_before_the_declarations() -> None:
    added = sketch.with_section(LOCAL, SketchSection(key="new", title="New"))
    assert [section.key for section in added.sections][-2:] == ["new", "declaration"]


def test_a_question_moves_within_its_page_and_over_its_edge() -> None:
    moved = sketch.move(LOCAL, "question", "issue", -1)
    assert [q.key for q in moved.section("plan").questions][:2] == ["issue", "activity"]
    moved = sketch.move(moved, "question", "issue", -1)
    assert moved == sketch.move(LOCAL, "question", "issue", -1)
    moved = sketch.move(LOCAL, "question", "ends", 1)
    assert next(q.key for q in moved.section("need").questions) == "ends"
    assert sketch.move(moved, "question", "ends", -1) == LOCAL


_moves = st.lists(
    st.tuples(
        st.sampled_from([("page", section.key) for section in LOCAL.sections] + [("question", q.key) for q in LOCAL.questions]),
        st.sampled_from([-1, 1]),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(moves=_moves)
def test_moving_loses_nothing_and_what_is_left_without_faults_can_be_asked(moves: list[tuple[tuple[str, str], int]]) -> None:
    moved = LOCAL
    for (what, key), by in moves:
        moved = sketch.move(moved, what, key, by)
    assert sorted(q.key for q in moved.questions) == sorted(q.key for q in LOCAL.questions)
    assert sorted(section.key for section in moved.sections) == sorted(section.key for section in LOCAL.sections)
    if not faults(moved):
        Document.model_validate(sketch.kept(moved))


def test_conditions_are_changed_where_they_stand() -> None:
    one, two, three = One(of="ask", at_least=Decimal(1)), One(of="stage", any_of=("2",)), One(of="tier", any_of=("large",))
    when = sketch.add_to(sketch.add_to(sketch.add_to(None, (), one), (), When()), (1,), two)
    when = sketch.joined(sketch.add_to(when, (1,), three), (1,), "any")
    assert when == When(all=(one, When(any=(two, three))))
    assert sketch.joined(when, (), "any") == When(any=(one, When(any=(two, three))))
    assert sketch.without(when, (1, 0)) == When(all=(one, When(any=(three,))))
    with pytest.raises(NotFound):
        sketch.add_to(when, (0,), two)


def test_the_same_part_changed_by_two_is_stale_and_says_both(app: Flask) -> None:
    by = an_officer()
    draft = commands.start_draft(title="Local", document=ready("local_fund"), by=by)
    question = LOCAL.question("risks")
    was = mark_of(question)

    def say(label: str) -> None:
        change = partial(sketch.change_question, key="risks", was=was, question=question.model_copy(update={"label": label}))
        commands.change_draft(draft, change=change, what="risks", by=by)

    say("One?")
    with pytest.raises(Stale) as both:
        say("Two?")
    assert (dict(both.value.yours)["Question"], dict(both.value.theirs)["Question"]) == ("Two?", "One?")
    say("One?")  # saying the same twice is no quarrel
    assert sketch_of(draft.document).question("risks").label == "One?"
    with pytest.raises(Stale):
        change = partial(sketch.remove, what="question", key="risks", was=was)
        commands.change_draft(draft, change=change, what="risks", by=by)


def test_a_draft_is_published_once_as_it_was_read(app: Flask) -> None:
    by = an_officer()
    first = a_question_set(ready("ward_fund"), title="Wards", by=by)
    draft = commands.start_draft(title="Wards", copied=first, by=by)
    with pytest.raises(RuleBroken, match="is being written already"):
        commands.start_draft(title="Wards", copied=first, by=by)
    edition = draft.edition
    commands.change_draft(draft, change=partial(sketch.from_bank, page="plan", question=VOLUNTEERS), what="more", by=by)
    with pytest.raises(Stale):
        commands.publish(draft, edition=edition, by=by)
    second = commands.publish(draft, edition=draft.edition, by=by)
    assert (second.title, second.version, first.document["title"]) == ("Wards", 2, "Ward Flexibility Funding")
    assert queries.document(second).question("volunteers")
    assert queries.document(first).question("volunteers") is None
    with pytest.raises(RuleBroken, match="is published as QST-"):
        commands.change_draft(draft, change=partial(sketch.titled, title="Other"), what="title", by=by)
    assert queries.drafts() == []


def test_a_draft_with_gaps_is_not_published(app: Flask) -> None:
    by = an_officer()
    draft = commands.start_draft(title="Empty", by=by)
    with pytest.raises(RuleBroken, match="Nothing is asked yet"):
        commands.publish(draft, edition=draft.edition, by=by)
    commands.drop_draft(draft, by=by)
    assert queries.drafts() == []


def test_the_database_keeps_one_open_draft_of_a_set(app: Flask) -> None:
    by = an_officer()
    commands.drop_draft(commands.start_draft(title="Wards", by=by), by=by)
    draft = commands.start_draft(title="Wards", by=by)
    names = "title, document, started_at, started_by, changed_at, changed_by, edition"
    again = (
        f"INSERT INTO question_set_draft (ref, {names}) SELECT 'QSD-26-99999', {names} FROM question_set_draft WHERE ref = :ref"
    )
    with unguarded(), pytest.raises(DBAPIError, match=r"(?i)unique"):
        db.session.execute(text(again), {"ref": draft.ref})
    db.session.rollback()


def test_only_grants_officers_write(app: Flask) -> None:
    with pytest.raises(Refused):
        commands.start_draft(title="Mine", by=a_person(Duty.FINANCE_OFFICER))


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_published_is_never_changed_whether_a_round_asked_it_or_not(app: Flask, asked: bool) -> None:
    by = an_officer()
    draft = commands.start_draft(title="Wards", document=ready("ward_fund"), by=by)
    published = commands.publish(draft, edition=draft.edition, by=by)
    if asked:
        a_round(question_set=published)
    with unguarded(), pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE question_set SET document = '{}'"))
    db.session.rollback()
    assert queries.document(published).title == "Wards"
