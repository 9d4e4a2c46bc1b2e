"""Opening a round, closing it, and recording that it is decided: what stops it is said at once, and then nothing changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import queries as ledger
from grants.people.models import Duty
from grants.questions.document import ready
from grants.rounds import commands, queries
from grants.rounds.models import Round, State
from grants.rounds.terms import Terms
from tests.builders.applications import a_planned_round, a_question_set, a_round, closed, officer_of
from tests.builders.people import a_person
from tests.builders.rounds import a_tier, at

POUNDS = Money.pounds
SPRING = datetime(2026, 5, 5, 9, tzinfo=UTC)
CLOSES = at(date(2026, 5, 29))
INSTANT = timedelta(microseconds=1)


def planned(**facts: object) -> Round:
    with clock.stopped(SPRING):
        return a_planned_round(opens_at=SPRING, closes_at=CLOSES, **facts)  # type: ignore[arg-type]


def not_opened(round: Round, hold: str) -> list[str]:
    """Why it is not opened. It stays planned, with nothing held and nothing in its history but that it was planned."""
    with pytest.raises(RuleBroken) as refusal:
        commands.open_round(round, hold=POUNDS(hold), by=officer_of(round))
    db.session.expire_all()
    assert (round.state, ledger.owned(round.ref), len(history(round.ref))) == (State.PLANNED, {}, 1)
    return list(refusal.value.problems)


def test_a_round_opens_to_its_closing_instant_and_then_it_is_to_be_moved(app: Flask) -> None:
    late, in_time = planned(), planned()
    with clock.stopped(CLOSES):
        assert not_opened(late, "500") == ["Time to apply: Its closing time has passed: move it."]
    with clock.stopped(CLOSES - INSTANT):
        assert commands.open_round(in_time, hold=POUNDS(500), by=officer_of(in_time)).state is State.OPEN


def test_everything_that_stops_it_is_said_at_once_what_it_holds_first(app: Flask) -> None:
    tier = a_tier("all", "500", "10000", evidence=("insurance",))
    round = planned(allocation="400", terms=Terms(tiers=(tier,)))
    with clock.stopped(CLOSES):
        assert not_opened(round, "450") == [
            "Hold at least £500.00: that is the least a group may ask for.",
            f"{round.pot.ref} has £400.00 free, so £450.00 cannot be held. Hold £400.00 or less.",
            "Time to apply: Its closing time has passed: move it.",
            "Documents asked for: A size of ask needs documents, but the questions have no page for them.",
        ]


def test_documents_are_asked_for_where_a_size_needs_them(sqlite_app: Flask) -> None:
    terms = Terms(tiers=(a_tier("all", "500", "10000", evidence=("insurance",)),))
    assert not queries.asks_evidence(planned(terms=terms))
    assert queries.asks_evidence(planned(terms=Terms(tiers=(a_tier("all", "500", "10000"),))))
    assert queries.asks_evidence(planned())
    asks = a_question_set(ready("local_fund"), title="With documents")
    assert queries.asks_evidence(planned(terms=terms, question_set=asks))


def test_sizes_that_its_questions_depend_on_and_it_does_not_have_are_strange(sqlite_app: Flask) -> None:
    asks = a_question_set(ready("local_fund"), title="Depends on the large size")
    small, large = a_tier("small", "500", "2000"), a_tier("large", "2000.01", "10000")
    assert queries.strange_tiers(planned(question_set=asks)) == {"large"}
    assert queries.strange_tiers(planned(question_set=asks, terms=Terms(tiers=(small, large)))) == set()
    assert queries.strange_tiers(planned()) == set()


def test_what_it_asks_is_fixed_from_its_opening(app: Flask) -> None:
    round = planned()
    assert round.question_set.frozen_at is None
    with clock.stopped(SPRING):
        commands.open_round(round, hold=POUNDS(500), by=officer_of(round))
    db.session.expire_all()
    assert round.question_set.frozen_at == SPRING


def test_a_round_does_not_close_before_its_time_and_nothing_changes(app: Flask) -> None:
    with clock.stopped(SPRING):
        round = a_round(opens_at=SPRING, closes_at=CLOSES)
    officer, before = officer_of(round), history(round.ref)
    with clock.stopped(CLOSES - INSTANT), pytest.raises(RuleBroken) as refusal:
        commands.close_round(round, by=officer)
    assert list(refusal.value.problems) == ["This round takes applications until 29 May 2026 at midday. Close it after that."]
    db.session.expire_all()
    assert (round.state, history(round.ref)) == (State.OPEN, before)
    with clock.stopped(CLOSES):
        assert commands.close_round(round, by=officer).state is State.ASSESSING


def test_a_round_goes_one_way_only(app: Flask) -> None:
    def broken(deed: object, round: Round, **facts: object) -> list[str]:
        with pytest.raises(RuleBroken) as refusal:
            deed(round, by=both, **facts)  # type: ignore[operator]
        return list(refusal.value.problems)

    round = planned()
    both = a_person(Duty.GRANTS_OFFICER, Duty.PANEL_CHAIR, partnership=round.pot.stream.partnership)
    reload = "Reload the page to see where it stands."
    with clock.stopped(SPRING):
        assert broken(commands.close_round, round) == [f"This is already planned, so it cannot become assessing. {reload}"]
        assert broken(commands.conclude, round) == [f"This is already planned, so it cannot become decided. {reload}"]
        commands.open_round(round, hold=POUNDS(500), by=both)
        again = broken(commands.open_round, round, hold=POUNDS(500))
        assert again == [f"This is already open, so it cannot become open. {reload}"]
        assert broken(commands.conclude, round) == [f"This is already open, so it cannot become decided. {reload}"]
    closed(round, by=both)
    commands.conclude(round, by=both)
    assert broken(commands.close_round, round) == [f"This is already decided, so it cannot become assessing. {reload}"]
    assert [line.sentence for line in history(round.ref)][:3] == [
        "The panel's decisions are confirmed",
        "Closed the round to applications; 0 drafts were not sent",
        f"Opened the round, holding £500.00 from {round.pot.ref}",
    ]


def test_an_officer_closes_a_round_and_the_chair_says_that_it_is_decided(sqlite_app: Flask) -> None:
    round = a_round()
    officer, chair = officer_of(round), a_person(Duty.PANEL_CHAIR, partnership=round.pot.stream.partnership)
    with clock.stopped(round.closes_at):
        with pytest.raises(Refused):
            commands.close_round(round, by=chair)
        commands.close_round(round, by=officer)
    with pytest.raises(Refused):
        commands.conclude(round, by=officer)
    assert commands.conclude(round, by=chair).state is State.DECIDED
