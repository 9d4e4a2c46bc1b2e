"""When a round takes applications, to the instant; when it may close; and times in words by London's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from grants.kernel import clock
from grants.kernel.money import Money
from grants.rounds import rules
from grants.rounds.models import Round, State
from grants.rounds.rules import STANDARD
from grants.rounds.terms import Scoring, Terms
from tests.builders.rounds import at, on_paper

INSTANT = timedelta(microseconds=1)
OPENS, CLOSES = at(date(2026, 6, 1), 0, 1), at(date(2026, 6, 12))


def unsound(**facts: Any) -> list[str]:
    """What stops a round being planned that differs from a sound one in these facts."""
    given: dict[str, Any] = {
        "title": "Safer summers",
        "purpose": "For small projects.",
        "smallest": Money.pounds(500),
        "largest": Money.pounds(10000),
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "project_starts_on": date(2026, 9, 1),
        "project_ends_on": date(2027, 3, 31),
        "criteria": STANDARD,
        "assessors": 2,
        "terms": Terms(),
    } | facts
    return list(rules.unsound(**given))


# -- dates that a round may have --------------------------------------------------------------------------------------


def test_midnight_is_refused_with_the_day_it_would_end_and_times_beside_it_are_not() -> None:
    said = "Nobody is sure which day midnight belongs to. Close at midday, or at 11:59pm on Saturday 12 December."
    assert unsound(closes_at=at(date(2026, 12, 13), 0, 0), project_starts_on=date(2027, 1, 1)) == [said]
    for hour, minute in ((0, 1), (1, 0), (12, 0), (23, 59)):
        assert unsound(closes_at=at(date(2026, 12, 13), hour, minute), project_starts_on=date(2027, 1, 1)) == []


def test_midnight_is_londons_not_utcs() -> None:
    assert unsound(closes_at=datetime(2026, 7, 1, 23, 0, tzinfo=UTC)) == [
        "Nobody is sure which day midnight belongs to. Close at midday, or at 11:59pm on Wednesday 1 July."
    ]
    assert unsound(closes_at=datetime(2026, 7, 2, 0, 0, tzinfo=UTC)) == []


def test_a_round_closes_after_it_opens_by_any_time_at_all() -> None:
    assert unsound(opens_at=CLOSES) == ["The round must close after it opens."]
    assert unsound(opens_at=CLOSES - INSTANT) == []


def test_projects_may_start_on_the_day_it_closes_and_end_on_the_day_they_start() -> None:
    day = date(2026, 6, 12)
    assert unsound(project_starts_on=day, project_ends_on=day) == []
    assert unsound(project_starts_on=day, project_ends_on=day - timedelta(days=1)) == ["Projects must end after they start."]
    assert unsound(project_starts_on=day - timedelta(days=1)) == [
        "Projects must start after the round closes: no group knows before then whether it has the money."
    ]


def test_the_day_it_closes_is_londons() -> None:
    half_past_midnight = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # on the 2nd in London
    assert unsound(closes_at=half_past_midnight, project_starts_on=date(2026, 7, 2)) == []
    assert len(unsound(closes_at=half_past_midnight, project_starts_on=date(2026, 7, 1))) == 1


def test_one_to_five_people_score_each_application() -> None:
    said = ["Between 1 and 5 people must score each application."]
    assert [unsound(assessors=n) for n in (0, 1, 5, 6)] == [said, [], [], said]


def test_a_least_and_a_most_may_be_the_same_penny() -> None:
    assert unsound(smallest=Money(1), largest=Money(1)) == []


def test_criteria_are_asked_only_where_bids_are_scored() -> None:
    assert unsound(criteria=()) == ["Give the round at least one criterion to score by."]
    assert unsound(criteria=(), terms=Terms(scoring=Scoring.COMMITTEE)) == []


# -- the usual closing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2026, 6, 12), date(2026, 6, 12)),  # a Friday
        (date(2026, 6, 13), date(2026, 6, 15)),
        (date(2026, 6, 14), date(2026, 6, 15)),
        (date(2026, 4, 2), date(2026, 4, 2)),  # the day before Good Friday
        (date(2026, 4, 3), date(2026, 4, 7)),  # over Easter
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 25), date(2026, 12, 29)),  # Boxing Day is a Saturday, so Monday is a holiday
        (date(2027, 12, 25), date(2027, 12, 29)),  # both at a weekend: Monday and Tuesday
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2026, 5, 4), date(2026, 5, 5)),  # early May
        (date(2026, 8, 31), date(2026, 9, 1)),  # England's August
        (date(2026, 8, 3), date(2026, 8, 3)),  # and not Scotland's
        (date(2026, 3, 17), date(2026, 3, 17)),  # nor St Patrick's Day
    ],
)
def test_the_usual_closing_is_midday_on_that_day_or_englands_next_working_day(day: date, closes: date) -> None:
    assert rules.usual_closing(day) == at(closes)


def test_midday_is_by_londons_clock_before_and_after_it_changes() -> None:
    assert rules.usual_closing(date(2026, 3, 27)) == datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert rules.usual_closing(date(2026, 3, 28)) == datetime(2026, 3, 30, 11, tzinfo=UTC)
    assert rules.usual_closing(date(2026, 10, 23)) == datetime(2026, 10, 23, 11, tzinfo=UTC)
    assert rules.usual_closing(date(2026, 10, 24)) == datetime(2026, 10, 26, 12, tzinfo=UTC)


# -- taking applications ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.PLANNED, State.ASSESSING, State.DECIDED])
def test_only_an_open_round_takes_applications(state: State) -> None:
    assert rules.taking(on_paper(), OPENS)
    assert not rules.taking(on_paper(state=state), OPENS)


@pytest.mark.parametrize(
    ("state", "before_opening", "at_opening", "after_closing", "last", "at_its_end"),
    [
        (State.PLANNED, False, False, False, False, False),
        (State.OPEN, False, True, True, True, False),
        (State.ASSESSING, False, True, True, True, False),
        (State.DECIDED, False, False, False, False, False),
    ],
)
def test_a_time_of_ones_own_counts_to_its_last_instant_until_the_round_is_decided(
    state: State, before_opening: bool, at_opening: bool, after_closing: bool, last: bool, at_its_end: bool
) -> None:
    round, until = on_paper(state=state), CLOSES + timedelta(days=3)
    moments = (OPENS - INSTANT, OPENS, CLOSES, until - INSTANT, until)
    assert [rules.taking(round, moment, until) for moment in moments] == [
        before_opening, at_opening, after_closing, last, at_its_end,
    ]  # fmt: skip


def test_a_time_of_ones_own_that_is_earlier_takes_nothing_away() -> None:
    assert rules.taking(on_paper(), CLOSES - INSTANT, CLOSES - timedelta(days=1))


def test_now_is_asked_where_no_instant_is() -> None:
    for moment, taken, sentences in (
        (CLOSES - INSTANT, True, []),
        (CLOSES, False, ["“Safer summers” closed on 12 June 2026 at midday, so it takes no more applications."]),
    ):
        with clock.stopped(moment):
            assert rules.taking(on_paper()) is taken
            assert list(rules.not_taking(on_paper())) == sentences


NOT_YET = "“Safer summers” is not open for applications yet."
CLOSED = "“Safer summers” closed on 12 June 2026 at midday, so it takes no more applications."


@pytest.mark.parametrize(
    ("state", "moment", "until", "sentences"),
    [
        (State.PLANNED, OPENS, None, [NOT_YET]),
        (State.PLANNED, CLOSES, None, [NOT_YET]),
        (State.OPEN, OPENS - INSTANT, None, [NOT_YET]),
        (State.OPEN, OPENS, None, []),
        (State.OPEN, CLOSES - INSTANT, None, []),
        (State.OPEN, CLOSES, None, [CLOSED]),
        (State.ASSESSING, CLOSES + timedelta(days=9), None, [CLOSED]),
        (State.ASSESSING, CLOSES, CLOSES + timedelta(days=3), []),
        (
            State.ASSESSING,
            CLOSES + timedelta(days=3),
            CLOSES + timedelta(days=3),
            ["“Safer summers” closed on 15 June 2026 at midday, so it takes no more applications."],
        ),
        (State.DECIDED, CLOSES + timedelta(days=9), None, [CLOSED]),
        (State.DECIDED, CLOSES + timedelta(days=2), CLOSES + timedelta(days=3), [CLOSED]),  # decided before its own time ended
    ],
)
def test_why_a_round_takes_no_applications(
    state: State, moment: datetime, until: datetime | None, sentences: list[str]
) -> None:
    assert list(rules.not_taking(on_paper(state=state), moment, until)) == sentences


def test_grace_runs_from_the_closing_instant_to_the_minute_and_only_while_the_round_is_open() -> None:
    ten = Terms(grace_minutes=10)
    moments = (CLOSES - INSTANT, CLOSES, CLOSES + timedelta(minutes=10) - INSTANT, CLOSES + timedelta(minutes=10))
    assert [rules.in_grace(on_paper(terms=ten), moment) for moment in moments] == [False, True, True, False]
    assert [rules.in_grace(on_paper(terms=ten, state=State.ASSESSING), moment) for moment in moments] == [False] * 4
    assert not rules.in_grace(on_paper(), CLOSES)


def test_a_round_is_to_come_until_its_opening_instant() -> None:
    with clock.stopped(OPENS - INSTANT):
        assert rules.to_come(on_paper()) and not rules.to_come(on_paper(state=State.PLANNED))
    with clock.stopped(OPENS):
        assert not rules.to_come(on_paper())


# -- closing and staying open for one ---------------------------------------------------------------------------------


def test_a_round_closes_at_its_closing_instant_and_not_before() -> None:
    with clock.stopped(CLOSES - INSTANT):
        assert list(rules.unclosable(on_paper())) == [
            "This round takes applications until 12 June 2026 at midday. Close it after that."
        ]
        assert list(rules.unclosable(on_paper(state=State.ASSESSING))) == []
    with clock.stopped(CLOSES):
        assert list(rules.unclosable(on_paper())) == []


NOBODY = "This round is not open and not being scored, so nobody can send to it."
WHY = "Enter why this group may send late."
LATER = "Choose a time later than now, and later than the round’s own (12 June 2026 at midday)."


@pytest.mark.parametrize(
    ("state", "now", "until", "reason", "sentences"),
    [
        (State.OPEN, OPENS, CLOSES + INSTANT, "Ill", []),
        (State.OPEN, OPENS, CLOSES, "Ill", [LATER]),
        (State.ASSESSING, CLOSES + timedelta(days=2), CLOSES + timedelta(days=2), "Ill", [LATER]),
        (State.ASSESSING, CLOSES + timedelta(days=2), CLOSES + timedelta(days=2) + INSTANT, "Ill", []),
        (State.PLANNED, OPENS, CLOSES + INSTANT, "Ill", [NOBODY]),
        (State.DECIDED, OPENS, CLOSES + INSTANT, "Ill", [NOBODY]),
        (State.DECIDED, OPENS, CLOSES, " ", [NOBODY, LATER, WHY]),
    ],
)  # fmt: skip
def test_who_may_send_late_and_until_when(
    state: State, now: datetime, until: datetime, reason: str, sentences: list[str]
) -> None:
    with clock.stopped(now):
        assert list(rules.no_permit(on_paper(state=state), until, reason)) == sentences


# -- in words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 12, 18, 23, 59, tzinfo=UTC), "18 December 2026 at 11:59pm"),
        (datetime(2026, 12, 18, 0, 0, tzinfo=UTC), "18 December 2026 at midnight"),
        (datetime(2026, 12, 18, 0, 5, tzinfo=UTC), "18 December 2026 at 12:05am"),
        (datetime(2026, 12, 18, 12, 0, tzinfo=UTC), "18 December 2026 at midday"),
        (datetime(2026, 12, 18, 12, 30, tzinfo=UTC), "18 December 2026 at 12:30pm"),
        (datetime(2026, 12, 1, 9, 0, tzinfo=UTC), "1 December 2026 at 9am"),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), "1 July 2026 at midnight"),
        (datetime(2026, 6, 30, 11, 0, tzinfo=UTC), "30 June 2026 at midday"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29 March 2026 at 12:59am"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29 March 2026 at 2am"),  # there is no 1am
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026 at 1:30am"),  # which comes twice
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026 at 1:30am"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "25 October 2026 at 2:30am"),
    ],
)
def test_an_instant_in_words_is_londons(instant: datetime, words: str) -> None:
    assert rules.in_words(instant) == words


def left(round: Round, now: datetime, closes: datetime | None = None) -> tuple[int, str]:
    with clock.stopped(now):
        return rules.days_left(round, closes), rules.left_in_words(round, closes)


def test_days_are_counted_to_the_closing_day_and_never_below_today() -> None:
    round = on_paper()
    assert [left(round, CLOSES - timedelta(days=days)) for days in (12, 2, 1, 0, -1)] == [
        (12, "closes in 12 days"),
        (2, "closes in 2 days"),
        (1, "closes tomorrow"),
        (0, "closes today"),
        (-1, "closes today"),
    ]


def test_a_time_of_ones_own_is_counted_to_instead() -> None:
    assert left(on_paper(), CLOSES, CLOSES + timedelta(days=3)) == (3, "closes in 3 days")


def test_days_are_londons_over_the_clock_change() -> None:
    round = on_paper(opens_at=at(date(2026, 3, 1)), closes_at=at(date(2026, 3, 30), 0, 30))
    assert left(round, at(date(2026, 3, 28), 23, 59)) == (2, "closes in 2 days")
    assert left(round, datetime(2026, 3, 29, 23, 15, tzinfo=UTC)) == (0, "closes today")
