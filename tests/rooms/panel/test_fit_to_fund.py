"""What a panel may give money to: committees, lots and their money, pass marks, gates, rules, and what was sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from grants.applications import after
from grants.applications import commands as applications
from grants.applications.models import State
from grants.assessment import commands as scoring
from grants.assessment import queries as assessment
from grants.awards import held as promises
from grants.figures import rounds as figures
from grants.kernel import clock
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.panel import commands
from grants.panel.models import Outcome
from grants.people.models import Duty
from grants.rounds import commands as rounds
from grants.rounds import queries
from grants.rounds.rules import STANDARD, Split
from grants.rounds.terms import Limit, Scoring, Terms, Tier
from tests.builders.applications import officer_of
from tests.builders.awards import a_panel, a_round_of_bids, ago, confirmed, decided, points, scored, somebody
from tests.rooms.panel.test_commands import decide

P = Money.pounds
UNEXCEPTED = "A grants officer must record an exception before this bid can be given money."


def test_a_committee_decides_without_scores_and_nobody_is_asked_for_assessors(app):
    round, [bid] = a_round_of_bids("4000", terms=Terms(scoring=Scoring.COMMITTEE))
    assert assessment.waiting(officer_of(round)) == []
    panel = a_panel(round)

    decided(panel, bid)
    confirmed(panel)

    assert bid.state is State.DECIDED


def test_the_size_of_the_ask_says_how_many_score_it(app):
    tier = Tier(key="all", name="All", least=50_000, most=1_000_000, assessors=1)
    _round, [bid] = a_round_of_bids("4000", terms=Terms(tiers=(tier,)))
    assert not assessment.complete(bid)

    scored(bid, (3,))

    assert assessment.complete(bid)


def _in_lots(*asks):
    round, bids = a_round_of_bids(
        *asks, hold="6000", lots=[Split("East", None, P(3000)), Split("West", None, P(3000))], smallest="1", assessors=1
    )
    for bid in bids:
        scored(bid)
    return round, bids, a_panel(round)


def test_an_unplaced_bid_gets_no_money_and_a_part_keeps_what_it_has_promised(app):
    round, [one, other], panel = _in_lots("2000", "1000")
    east, west = round.lots
    with pytest.raises(RuleBroken) as refused:
        decide(panel, one, Outcome.FULL)
    assert refused.value.problems == ("Say first which part of the round this falls in.",)
    for bid in (one, other):
        applications.place_in_lot(bid, lot=east, by=officer_of(round))
        decided(panel, bid)
    applications.place_in_lot(other, lot=west, by=officer_of(round))
    confirmed(panel)

    assert promises.promised(round) == {east.ref: P(2000), west.ref: P(1000)}
    rounds.give_back(round, amount=P(2500), promised=promises.promised(round), by=officer_of(round))

    assert (queries.held_by(east.ref), queries.held_by(west.ref)) == (P(2000), P("1500"))
    assert [row.held for row in queries.rounds(officer_of(round)) if row.ref == round.ref] == [P(3500)]


def test_a_bid_moved_to_a_part_that_cannot_pay_for_it_stops_the_confirmation(app):
    round, [one, other], panel = _in_lots("2000", "2000")
    for bid, lot in zip((one, other), round.lots, strict=True):
        applications.place_in_lot(bid, lot=lot, by=officer_of(round))
        decided(panel, bid)
    applications.place_in_lot(other, lot=round.lots[0], by=officer_of(round))

    with pytest.raises(RuleBroken) as refused:
        confirmed(panel)

    assert refused.value.problems == (
        "The decisions in East come to £4,000.00 and £3,000.00 is held for it. Change one of them.",
    )


def test_a_decision_on_a_withdrawn_bid_promises_and_counts_nothing(app):
    round, bids = a_round_of_bids(*["1000"] * 6, assessors=1)
    for bid in bids:
        scored(bid)
    panel = a_panel(round)
    for bid in bids:
        decided(panel, bid)
    applications.withdraw(bids[0], by=bids[0].started_by)
    confirmed(panel)

    assert promises.promised(round) == {round.ref: P(5000)}
    found = figures.went(round)
    assert found and found.went and (found.went.funded, found.went.given) == (5, P(5000))


def test_money_is_given_from_the_pass_mark_up_past_every_gate_and_with_exceptions_recorded(app):
    criteria = [STANDARD[0]._replace(gate=3), *STANDARD[1:]]
    terms = Terms(pass_mark=60, limits=(Limit(above=300_000),))
    round, [bid] = a_round_of_bids("4000", criteria=criteria, terms=terms)
    scored(bid, (2, 3), (3, 2))
    panel = a_panel(round)

    with pytest.raises(RuleBroken) as refused:
        decide(panel, bid, Outcome.FULL)

    assert refused.value.problems == (
        "This bid’s average is 50.00. The round gives money from 60 up.",
        "“The need for it” was scored 2.50 on average. The round gives money from 3 up.",
        "This fund does not normally give more than £3,000.00. " + UNEXCEPTED,
    )
    decide(panel, bid, Outcome.REJECT)
    applications.make_exception(bid, rule="limit-1", reason="Two wards", by=officer_of(round))
    with pytest.raises(RuleBroken) as refused:
        decide(panel, bid, Outcome.FULL, edition=1)
    assert len(refused.value.problems) == 2


def _opened_again(bid):
    until = clock.now() + timedelta(days=2)
    return applications.reopen(bid, why="Say more.", until=until, by=officer_of(bid.round))


def test_what_is_not_sent_again_stands_as_it_was_sent(app):
    round, [bid] = a_round_of_bids("4000")
    panel, chair = a_panel(round), somebody(round, Duty.PANEL_CHAIR)
    _opened_again(bid)
    applications.save_costs(bid, lines=[("More", P(9000))], edition=bid.edition, by=bid.started_by)
    with pytest.raises(RuleBroken) as refused:
        commands.confirm(panel, by=chair)
    assert refused.value.problems == (f"“Project 1” ({bid.ref}) was opened again and is not sent again yet.",)
    after.due(clock.today())
    assert bid.state is State.DRAFT

    with clock.stopped(clock.now() + timedelta(days=2)):
        after.due(clock.today())

    assert (bid.state, bid.asked, [(one.what, one.amount) for one in bid.costs]) == (
        State.SUBMITTED, P(4000), [("Cost 1", P(4000))],
    )  # fmt: skip


def test_scores_of_what_was_sent_before_no_longer_count_and_are_given_again(app):
    round, [bid] = a_round_of_bids("4000", assessors=1)
    [old] = scored(bid)
    assert assessment.complete(bid)
    with ago(3):
        _opened_again(bid)
        applications.submit(bid, declared=True, edition=bid.edition, by=bid.started_by)

    [row] = assessment.ranking(round)
    assert (assessment.complete(bid), row.complete, assessment.judged(bid)) == (False, False, [])
    assert [line.ref for line in assessment.waiting(old.assessor)] == [old.ref]
    scoring.submit_scores(old, scores=points(bid, 4), summary=None, edition=old.edition, by=old.assessor)
    assert assessment.complete(bid)
