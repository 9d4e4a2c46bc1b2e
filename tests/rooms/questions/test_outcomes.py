"""A change told from the work that brings it about, the better question, and the sentence of five parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.questions.outcomes import Outcome, better, faults, question, sentence
from grants.questions.purposes import matching, purpose, purposes
from grants.questions.telling import MOST_READ, Told, told

ENTRIES = [
    tuple(part.strip() for part in line.split("|", 2))
    for line in (Path(__file__).parent / "outcome_entries.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def entries(which: str, kind: str) -> list[str]:
    return [entry for of, what, entry in ENTRIES if (of, what) == (which, kind)]


def wrong(which: str) -> list[str]:
    return [e for e in entries(which, "does") if better(e) is None] + [e for e in entries(which, "change") if better(e)]


def test_of_twenty_entries_the_twelve_activities_are_asked_about_and_the_eight_changes_are_left_alone():
    assert (len(entries("twenty", "does")), len(entries("twenty", "change"))) == (12, 8)
    assert wrong("twenty") == []


def test_entries_the_table_was_mended_by_stay_right():
    assert wrong("tuned") == []


def test_of_entries_never_used_to_mend_the_table_at_least_95_in_100_are_right_and_no_change_is_asked_about():
    held = entries("held", "does") + entries("held", "change")
    assert len(held) >= 80
    assert len(wrong("held")) <= len(held) * 0.05, wrong("held")
    assert [entry for entry in entries("held", "change") if better(entry)] == []


@pytest.mark.parametrize(
    ("entry", "what", "asked"),
    [
        (
            "We will run weekly football sessions.",
            Told.DOING,
            (
                "You told us what you will do: ‘run weekly football sessions’. "
                "What will be different for the young people who come?"
            ),
        ),
        (
            "The grant will pay for a minibus",
            Told.BUYING,
            "You told us what the money will pay for: ‘a minibus’. What will that change for the people who come?",
        ),
        (
            "50 people will be trained in first aid",
            Told.COUNTING,
            (
                "You told us what people will come to or be given: ‘50 people will be trained in first aid’. "
                "What will be different afterwards for the people who are trained, and those they meet?"
            ),
        ),
    ],
)
def test_the_better_question_uses_the_groups_own_words_and_says_what_an_answer_looks_like(entry, what, asked):
    found = better(entry)
    assert found and (found.told, found.question) == (what, asked)
    assert [better(example) for example in found.examples] == [None, None]


@pytest.mark.parametrize(("entry", "theirs"), [
    ("• Weekly drop-in for carers.", "weekly drop-in for carers"),
    ("NSPCC talks in schools", "NSPCC talks in schools"),
    ("1. To provide   hot meals", "provide hot meals"),
    ("Run " + "football, " * 40, "run " + " ".join(["football,"] * 24) + "…"),
])  # fmt: skip
def test_the_groups_words_are_said_back_tidy_and_not_too_many(entry, theirs):
    found = better(entry)
    assert found and found.theirs == theirs


@pytest.mark.parametrize("entry", ["", "   ", "?", "Cynnal grŵp ieuenctid", "🙂🙂", "n/a", "As above", "See attached", "Crime"])
def test_what_is_not_plain_is_left_alone(entry):
    assert better(entry) is None


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_at_all_is_read_without_falling_over(text):
    told(text)
    better(text)
    outcome = Outcome(text, text, text, text, text)
    sentence(outcome)
    question(outcome)
    list(faults(outcome))


def test_a_pasted_book_is_read_only_at_its_beginning():
    book = "Run football sessions " * 50_000
    assert told(book) is Told.DOING
    assert told(" " * MOST_READ + "Fewer young people carry knives") is None


@pytest.mark.parametrize(
    ("outcome", "said", "asked"),
    [
        (
            Outcome(
                "feel safer walking home",
                "young people who come regularly",
                "20 of the 30",
                "March 2028",
                "a short survey at the start and end",
            ),
            (
                "20 of the 30 young people who come regularly will feel safer walking home by March 2028. "
                "We will know from a short survey at the start and end."
            ),
            (
                "You said 20 of the 30 young people who come regularly will feel safer walking home by March 2028. "
                "How many did, and how do you know?"
            ),
        ),
        (
            Outcome(
                "Young people feel safer walking home.",
                "Young people",
                "20 of 30 young people",
                "by March 2028",
                "Short survey",
            ),
            "20 of 30 young people will feel safer walking home by March 2028. We will know from a short survey.",
            "You said 20 of 30 young people will feel safer walking home by March 2028. How many did, and how do you know?",
        ),
        (
            Outcome("Burglary on the estate falls by 10%", "residents", "10%", "2028-03-31", "Police figures"),
            "Burglary on the estate falls by 10%, for residents, by 31 March 2028. We will know from police figures.",
            (
                "You said: ‘Burglary on the estate falls by 10%, for residents, by 31 March 2028’. "
                "Did it happen, how much, and how do you know?"
            ),
        ),
        (
            Outcome("can cope better", "carers", "12 of 20", "Easter 2028", "asking them"),
            "12 of 20 carers will be able to cope better by Easter 2028. We will know by asking them.",
            "You said 12 of 20 carers will be able to cope better by Easter 2028. How many are, and how do you know?",
        ),
        (
            Outcome("Less lonely", "Older people", "half", "the end of the project", "We will ask them"),
            "Half of older people will be less lonely by the end of the project. We will ask them. That is how we will know.",
            "You said half of older people will be less lonely by the end of the project. How many are, and how do you know?",
        ),
        (
            Outcome("Older residents feel less lonely", "Older residents"),
            "Older residents will feel less lonely.",
            "You said older residents will feel less lonely. How many did, and how do you know?",
        ),
        (
            Outcome("a qualification", "young men", "12", "June 2027"),
            "12 young men will have a qualification by June 2027.",
            "You said 12 young men will have a qualification by June 2027. How many do, and how do you know?",
        ),
    ],
)
def test_an_outcome_reads_well_and_becomes_the_final_reports_question(outcome, said, asked):
    assert (sentence(outcome), question(outcome)) == (said, asked)


def test_what_is_missing_is_asked_for_part_by_part():
    assert list(faults(Outcome(" "), asked=("change", "whom"))) == [
        "Tell us what will be different. For example: ‘feel safer walking home’.",
        "Tell us who it will be different for. For example: ‘young people who come every week’.",
    ]
    assert list(faults(Outcome("feel safer", "girls", "lots", "", "survey"))) == [
        "Tell us how many as a number, or a share such as ‘half’. A good guess is enough.",
        "Tell us when it will be different by. For example: ‘March 2028’.",
    ]
    assert list(faults(Outcome("feel safer", "girls", "most", "June", "survey"))) == []


def test_purposes_are_plain_words_with_their_own_keys():
    keys = [one.key for one in purposes()]
    assert len(set(keys)) == len(keys) == 12
    assert keys[-1] == "other" and purpose("street") == purposes()[2] and purpose("nothing") is None
    assert [one.label for one in purposes() if len(one.label.split()) > 9] == []


def test_a_priority_that_shares_words_with_a_purpose_is_suggested_and_nothing_else():
    titles = [
        "Tackling domestic abuse",
        "Preventing anti-social behaviour",
        "Violence against women and girls",
        "Value for money",
    ]
    assert matching(["violence"], titles) == [
        ("Violence against women and girls", ("girls", "violence", "women")),
        ("Tackling domestic abuse", ("abuse", "domestic")),
    ]
    assert matching(["other"], titles) == []
