"""What a round must have before it opens, line by line; and what stops so much being held, or given back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from grants.kernel import clock
from grants.kernel.money import Money
from grants.rounds import rules
from grants.rounds.models import Round, State
from grants.rounds.rules import STANDARD, Split, Weighed
from grants.rounds.terms import Scoring, Terms
from grants.streams.models import Line
from tests.builders.rounds import a_tier, at, on_paper

POUNDS = Money.pounds
ANCHORED = tuple(one._replace(anchors={"0": "Nothing", "5": "All of it"}) for one in STANDARD)
COMPLETE = {
    "privacy": "We keep what you tell us for three years.",
    "decided_by": "The panel",
    "answer_by": "2026-08-07",
    "instead": "Ask Sector3.",
}
CLOSES = at(date(2026, 6, 12))


def complete(*, but: dict[str, Any] | None = None, **facts: Any) -> Round:
    """A planned round with all it should have. `but`: what its terms say otherwise."""
    given: dict[str, Any] = {"state": State.PLANNED, "criteria": ANCHORED, "rehearsed_at": at(date(2026, 5, 1))} | facts
    return on_paper(terms=Terms(**(COMPLETE | (but or {}))), **given)


def missing(round: Round, **about: Any) -> list[tuple[str, str, bool, str]]:
    """The lines that are not done: what, what to do, whether it must be, in which part of setting up."""
    with clock.stopped(CLOSES - timedelta(days=20)):
        return [(line.what, line.says, line.must, line.part) for line in rules.checklist(round, **about) if not line.done]


def not_ready(round: Round, **about: Any) -> list[str]:
    with clock.stopped(CLOSES - timedelta(days=20)):
        return list(rules.not_ready(round, **about))


def test_a_round_with_all_it_should_have_misses_nothing() -> None:
    assert missing(complete()) == [] and not_ready(complete()) == []


def test_the_list_is_the_same_for_every_round() -> None:
    assert [(line.what, line.must) for line in rules.checklist(complete())] == [
        ("Time to apply", True),
        ("Sizes of ask", True),
        ("Sizes that the questions depend on", False),
        ("Criteria", True),
        ("A privacy notice", True),
        ("Who decides", True),
        ("When applicants will hear", True),
        ("Documents asked for", True),
        ("Words for each score", False),
        ("Closing on a working day", False),
        ("Tried out", False),
        ("Where to try instead", False),
    ]


MUST = [
    (
        complete(closes_at=CLOSES - timedelta(days=21)),
        {},
        ("Time to apply", "Its closing time has passed: move it.", True, "dates"),
    ),
    (
        complete(but={"tiers": (a_tier("one", "500", "9000"),)}),
        {},
        ("Sizes of ask", "Together they must cover every amount a group can ask for.", True, "sizes"),
    ),
    (
        complete(criteria=(ANCHORED[0]._replace(weight=99),)),
        {},
        ("Criteria", "Their weights must add up to 100.", True, "criteria"),
    ),
    (
        complete(but={"privacy": None}),
        {},
        ("A privacy notice", "Say what you do with people’s details, and why.", True, "answers"),
    ),
    (
        complete(but={"decided_by": None}),
        {},
        ("Who decides", "Name the panel or committee that decides.", True, "answers"),
    ),
    (
        complete(but={"answer_by": None}),
        {},
        ("When applicants will hear", "Give the day by which everybody will have an answer.", True, "answers"),
    ),
    (
        complete(),
        {"evidence_asked": False},
        ("Documents asked for", "A size of ask needs documents, but the questions have no page for them.", True, "questions"),
    ),
]
SHOULD = [
    (
        complete(),
        {"strange": {"large", "huge"}},
        (
            "Sizes that the questions depend on",
            "Its questions depend on sizes it does not have: huge, large.",
            False,
            "sizes",
        ),
    ),
    (
        complete(criteria=(*ANCHORED[:3], ANCHORED[3]._replace(anchors={"5": "All of it"}))),
        {},
        ("Words for each score", "Say what the lowest and highest scores mean.", False, "words"),
    ),
    (
        complete(closes_at=CLOSES + timedelta(days=1)),
        {},
        ("Closing on a working day", "Somebody should be there to help on the last day.", False, "dates"),
    ),
    (complete(rehearsed_at=None), {}, ("Tried out", "Fill in a test application as a group would.", False, "")),
    (
        complete(but={"instead": None}),
        {},
        ("Where to try instead", "Say where a group that cannot apply could try.", False, "answers"),
    ),
]


@pytest.mark.parametrize(("round", "about", "line"), MUST + SHOULD, ids=[line[0] for _round, _about, line in MUST + SHOULD])
def test_each_thing_that_is_missing_is_one_line_that_says_what_to_do(
    round: Round, about: dict[str, Any], line: tuple[str, str, bool, str]
) -> None:
    assert missing(round, **about) == [line]


@pytest.mark.parametrize(("round", "about", "line"), MUST, ids=[line[0] for _round, _about, line in MUST])
def test_what_it_must_have_stops_it_opening(round: Round, about: dict[str, Any], line: tuple[str, str, bool, str]) -> None:
    assert not_ready(round, **about) == [f"{line[0]}: {line[1]}"]


def test_what_it_only_should_have_does_not() -> None:
    round = complete(but={"instead": None}, criteria=tuple(STANDARD), rehearsed_at=None, closes_at=CLOSES + timedelta(days=1))
    assert [what for what, *_rest in missing(round, strange={"large"})] == [line[0] for _round, _about, line in SHOULD]
    assert not_ready(round) == []


def test_a_committee_needs_neither_criteria_nor_words_for_them() -> None:
    committee = {"scoring": Scoring.COMMITTEE}
    for criteria in ((), (Weighed("Need", "", 10),)):
        assert missing(complete(but=committee, criteria=criteria)) == []


def test_a_round_has_time_to_apply_up_to_its_closing_instant() -> None:
    for moment, done in ((CLOSES - timedelta(microseconds=1), True), (CLOSES, False)):
        with clock.stopped(moment):
            assert rules.checklist(complete())[0].done is done


def test_the_closing_day_is_londons() -> None:
    sunday_night, monday = at(date(2026, 6, 14), 23, 59), at(date(2026, 6, 15), 0, 30)
    assert [what for what, *_rest in missing(complete(closes_at=sunday_night))] == ["Closing on a working day"]
    assert missing(complete(closes_at=monday)) == []  # it is Sunday still by UTC


# -- how much is held -------------------------------------------------------------------------------------------------


def unready(round: Round, hold: str, free: str, *barred: str) -> list[str]:
    return list(rules.unready(round, POUNDS(hold), POUNDS(free), barred=barred))


def test_all_that_is_free_can_be_held_and_not_a_penny_more() -> None:
    assert unready(on_paper(), "1000", "1000") == []
    assert unready(on_paper(), "1000.01", "1000") == [
        "VCS-2026 has £1,000.00 free, so £1,000.01 cannot be held. Hold £1,000.00 or less."
    ]
    assert unready(on_paper(line=Line(name="Brinnington")), "1000.01", "1000") == [
        "Brinnington has £1,000.00 free, so £1,000.01 cannot be held. Hold £1,000.00 or less."
    ]


def test_what_is_held_is_at_least_what_one_group_may_ask() -> None:
    assert unready(on_paper(), "500", "1000") == []
    assert unready(on_paper(), "499.99", "1000") == ["Hold at least £500.00: that is the least a group may ask for."]


def test_why_a_pot_gives_nothing_is_said_instead_of_what_it_has_free() -> None:
    assert unready(on_paper(), "1000", "0", "The pot is closed.", "And not known.") == ["The pot is closed.", "And not known."]


def test_a_round_in_parts_holds_exactly_what_they_add_up_to() -> None:
    round = on_paper(lots=(Split("East", None, POUNDS(3000)), Split("West", None, POUNDS("2000.50"))))
    assert unready(round, "5000.50", "9000") == []
    for hold in ("5000.49", "5000.51"):
        assert unready(round, hold, "9000") == ["The parts of this round add up to £5,000.50, so hold exactly that."]


# -- how much is given back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "amount", "held", "promised", "sentences"),
    [
        (State.DECIDED, "1000", "3000", "2000", []),
        (State.DECIDED, "0.01", "3000", "2000", []),
        (State.DECIDED, "0", "3000", "2000", ["Enter an amount of more than £0.00."]),
        (
            State.DECIDED, "1000.01", "3000", "2000",
            ["This round holds £3,000.00 and has promised £2,000.00 of it, so it can give back £1,000.00."],
        ),
        (
            State.DECIDED, "1", "3000", "4000",
            ["This round holds £3,000.00 and has promised £4,000.00 of it, so it can give back £0.00."],
        ),
        (State.ASSESSING, "1000", "3000", "2000", ["This round is not decided yet, so its money may still be needed."]),
        (
            State.OPEN, "0", "3000", "2000",
            ["This round is not decided yet, so its money may still be needed.", "Enter an amount of more than £0.00."],
        ),
    ],
)  # fmt: skip
def test_what_is_promised_stays_held(state: State, amount: str, held: str, promised: str, sentences: list[str]) -> None:
    said = rules.not_given_back(on_paper(state=state), POUNDS(amount), POUNDS(held), POUNDS(promised))
    assert list(said) == sentences
