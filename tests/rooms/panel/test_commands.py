"""The panel decides within what is held for the round, and the chair confirms."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from grants.applications import commands as applications
from grants.applications.models import State as ApplicationState
from grants.assessment.models import Interest
from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money
from grants.panel import commands, queries
from grants.panel.models import Decision, Outcome
from grants.people.duties import GROUP
from grants.people.models import Duty
from grants.rounds.models import State as RoundState
from grants.rounds.queries import held
from grants.work.models import Task
from tests.builders.applications import a_round
from tests.builders.awards import a_panel, a_round_of_bids, ago, assigned, confirmed, decided, scored, somebody
from tests.builders.people import a_partnership, a_person


def sitting(*asks, hold="20000"):
    """A panel about a round whose bids are all scored."""
    round, bids = a_round_of_bids(*asks, hold=hold)
    for bid in bids:
        scored(bid)
    return a_panel(round), bids


def decide(panel, bid, outcome, amount=None, *, by=None, edition=None, reason="Good"):
    """As `commands.decide`, by a minute-taker unless told."""
    return commands.decide(
        panel,
        application=bid,
        outcome=outcome,
        amount=None if amount is None else Money.pounds(amount),
        reason=reason,
        edition=edition,
        by=by or somebody(panel.round, Duty.MINUTE_TAKER),
    )


def test_a_panel_is_convened_once_after_the_round_has_closed(app):
    panel, _bids = sitting("4000")
    officer = somebody(panel.round, Duty.GRANTS_OFFICER)

    with pytest.raises(RuleBroken, match="convened for this round already"):
        commands.convene(panel.round, held_on=clock.today(), by=officer)
    open_round = a_round()
    with pytest.raises(RuleBroken) as broken:
        commands.convene(open_round, held_on=clock.today(), by=somebody(open_round, Duty.GRANTS_OFFICER))
    assert broken.value.problems == (
        "A panel is convened between a round’s closing and its decision. This round is open.",
        "The panel cannot meet before the round has closed.",
    )


def test_in_full_means_the_ask_and_in_part_less_of_it(app):
    panel, [one, other, third] = sitting("4000", "3000", "2000")

    assert decide(panel, one, Outcome.FULL).amount == Money.pounds(4000)
    assert decide(panel, other, Outcome.PART, "1500.50").amount == Money.pounds("1500.50")
    assert decide(panel, third, Outcome.REJECT).amount == Money(0)
    assert [(i.bid.ref, i.outcome, i.amount) for i in queries.agenda(panel)] == [
        (one.ref, Outcome.FULL, Money.pounds(4000)),
        (other.ref, Outcome.PART, Money.pounds("1500.50")),
        (third.ref, Outcome.REJECT, Money(0)),
    ]
    assert queries.sums(panel, queries.agenda(panel)) == tuple(map(Money.pounds, ("9000", "20000", "5500.50", "14499.50")))


@pytest.mark.parametrize(
    ("outcome", "amount", "says"),
    [
        (Outcome.PART, None, "Enter how much of the £4,000.00 to give."),
        (Outcome.PART, "0", "Enter how much of the £4,000.00 to give."),
        (Outcome.PART, "4000", "In part means less than the £4,000.00 asked for. To give all of it, choose in full."),
        (Outcome.PART, "4000.01", "In part means less than the £4,000.00 asked for. To give all of it, choose in full."),
        (Outcome.FULL, "3999.99", "In full means the £4,000.00 asked for. To give £3,999.99, choose in part."),
        (Outcome.REJECT, "1", "A bid that is not funded is given nothing. Take the £1.00 away, or choose in part."),
    ],
)
def test_an_amount_that_does_not_fit_the_decision_is_refused(sqlite_app, outcome, amount, says):
    panel, [bid] = sitting("4000")

    with pytest.raises(RuleBroken) as broken:
        decide(panel, bid, outcome, amount)

    assert broken.value.problems == (says,)


def test_a_decision_needs_its_reason_and_all_the_scores(app):
    round, [bid] = a_round_of_bids("4000")
    panel = a_panel(round)

    with pytest.raises(RuleBroken) as broken:
        decide(panel, bid, Outcome.FULL, reason=" \n")

    assert broken.value.problems == (
        "This bid’s scoring is not complete. It can be decided once every score is in.",
        "Write the reason for the decision. The group will read it.",
    )


def test_decisions_never_come_to_more_than_is_held_and_the_refusal_says_what_is_left(app):
    panel, [one, other] = sitting("4000", "3000", hold="5000")
    first = decide(panel, one, Outcome.FULL)

    with pytest.raises(RuleBroken) as broken:
        decide(panel, other, Outcome.FULL)
    assert broken.value.problems == (
        "£1,000.00 is left: £5,000.00 is held for this round and other decisions come to £4,000.00. This one needs £3,000.00.",
    )
    decide(panel, other, Outcome.PART, "1000")
    with pytest.raises(RuleBroken, match=r"£1,000\.00 is left"):
        decide(panel, other, Outcome.PART, "1000.01", edition=1)
    decide(panel, one, Outcome.PART, "2000", edition=first.edition)  # its own amount is not counted against it
    decide(panel, other, Outcome.FULL, edition=1)
    assert queries.decided_so_far(panel) == Money.pounds(5000)


def test_a_withdrawn_bid_gives_its_money_back_to_the_panel(app):
    panel, [one, other] = sitting("4000", "3000", hold="5000")
    decide(panel, one, Outcome.FULL)
    applications.withdraw(one, by=one.started_by)

    decide(panel, other, Outcome.FULL)
    confirmed(panel)

    assert [item.bid.ref for item in queries.agenda(panel)] == [other.ref]
    assert one.state is ApplicationState.WITHDRAWN


def test_two_people_recording_at_once_do_not_overwrite_each_other(app):
    panel, [bid] = sitting("4000")
    decision = decide(panel, bid, Outcome.FULL, reason="Strong")

    for drawn_from in (None, decision.edition + 1):
        with pytest.raises(Stale) as stale:
            decide(panel, bid, Outcome.PART, "100", edition=drawn_from, reason="Weak")
        assert stale.value.theirs == [("Decision", "full"), ("Amount", "£4,000.00"), ("Reason", "Strong")]
        assert stale.value.yours == [("Decision", "part"), ("Amount", "£100.00"), ("Reason", "Weak")]
    decide(panel, bid, Outcome.PART, "100", edition=decision.edition, reason="Weak after all")
    assert [line.sentence for line in history(decision.ref)] == [
        "Changed the decision to part, £100.00: Weak after all",
        "Decided full, £4,000.00: Strong",
    ]


@pytest.mark.parametrize("duty", [d for d in Duty if d not in (Duty.PANEL_CHAIR, Duty.MINUTE_TAKER, *GROUP)])
def test_only_the_chair_and_the_minute_taker_record_decisions(sqlite_app, duty):
    panel, [bid] = sitting("4000")

    with pytest.raises(Refused) as refused:
        decide(panel, bid, Outcome.FULL, by=somebody(panel.round, duty))

    assert [o.could for o in refused.value.objections] == ["the panel chair or the minute-taker"]


def test_nobody_decides_on_a_bid_of_their_own_group_nor_where_they_declared_a_conflict(app):
    panel, [bid] = sitting("4000")
    member = a_person(Duty.PANEL_CHAIR, Duty.APPLICANT, organisation=bid.organisation)
    torn = assigned(bid, interest=Interest.CONFLICT, assessor=somebody(panel.round, Duty.ASSESSOR, Duty.PANEL_CHAIR)).assessor

    with pytest.raises(Refused) as refused:
        decide(panel, bid, Outcome.FULL, by=member)
    assert [(o.sentence, o.could) for o in refused.value.objections] == [
        (f"You act for {bid.organisation.name}, which made this bid, so someone else has to do this.", "the panel chair")
    ]
    with pytest.raises(Refused, match="You declared a conflict of interest in this bid"):
        decide(panel, bid, Outcome.FULL, by=torn)


def test_who_scored_a_bid_may_decide_on_it_only_where_the_setting_says_so(app):
    round, [bid] = a_round_of_bids("4000")
    both = somebody(round, Duty.ASSESSOR, Duty.PANEL_CHAIR)
    from grants.assessment import commands as assessment
    from tests.builders.awards import points

    mine = assigned(bid, assessor=both)
    with ago(6):
        assessment.submit_scores(mine, scores=points(bid, 3), summary=None, edition=mine.edition, by=both)
    other = assigned(bid)
    with ago(6):
        assessment.submit_scores(other, scores=points(bid, 3), summary=None, edition=other.edition, by=other.assessor)
    panel = a_panel(round)
    settings = app.extensions["grants"]
    try:
        app.extensions["grants"] = settings.model_copy(update={"assessors_may_decide": False})
        for attempt in (lambda: decide(panel, bid, Outcome.FULL, by=both), lambda: confirmed(panel, by=both)):
            with pytest.raises(Refused) as refused:
                attempt()
            assert [(o.sentence, o.could) for o in refused.value.objections] == [
                ("You scored the application behind this award, so somebody else must decide it.", "a panel member")
            ]
    finally:
        app.extensions["grants"] = settings
    decide(panel, bid, Outcome.FULL, by=both)
    confirmed(panel, by=both)


def test_the_chair_confirms_and_everybody_is_told(app):
    panel, [funded, not_funded] = sitting("4000", "3000")
    decided(panel, funded)
    decided(panel, not_funded, "0")
    chair = somebody(panel.round, Duty.PANEL_CHAIR)

    confirmed(panel, by=chair)

    assert (panel.confirmed_by, panel.held, panel.round.state) == (chair, Money.pounds(20000), RoundState.DECIDED)
    assert (funded.state, not_funded.state) == (ApplicationState.DECIDED, ApplicationState.DECIDED)
    sent = [t.facts for t in db.session.scalars(select(Task)) if t.facts["template"] == "not funded"]
    assert [mail["to"] for mail in sent] == [not_funded.started_by.email]
    assert "Well run and needed" in sent[0]["text"]
    assert queries.deciders_of(funded) == {chair.ref, queries.decision_on(funded).decided_by}
    assert held(panel.round) == Money.pounds(20000)  # nothing moves until it is offered


def test_confirming_names_every_bid_still_to_be_decided(app):
    panel, [one, other] = sitting("4000", "3000")
    chair = somebody(panel.round, Duty.PANEL_CHAIR)

    with pytest.raises(RuleBroken) as broken:
        commands.confirm(panel, by=chair)

    assert broken.value.problems == (
        f"“Project 1” ({one.ref}) is not decided yet.",
        f"“Project 2” ({other.ref}) is not decided yet.",
    )
    assert panel.confirmed_at is None and one.state is ApplicationState.SUBMITTED


def test_a_panel_is_not_confirmed_before_its_day_nor_twice_nor_changed_after(app):
    panel, [bid] = sitting("4000")
    decision = decided(panel, bid)
    chair = somebody(panel.round, Duty.PANEL_CHAIR)

    with ago(6), pytest.raises(RuleBroken, match="Its decisions can be confirmed from then"):
        commands.confirm(panel, by=chair)
    commands.confirm(panel, by=chair)
    with pytest.raises(RuleBroken, match="confirmed already"):
        commands.confirm(panel, by=chair)
    with pytest.raises(RuleBroken, match="so they no longer change"):
        decide(panel, bid, Outcome.PART, "1", edition=decision.edition)


def test_only_a_chair_confirms_and_not_one_of_a_group_that_applied(app):
    panel, [bid] = sitting("4000")
    decided(panel, bid)

    with pytest.raises(Refused) as refused:
        commands.confirm(panel, by=somebody(panel.round, Duty.MINUTE_TAKER, Duty.PANEL_MEMBER, Duty.GRANTS_OFFICER))
    assert [o.could for o in refused.value.objections] == ["the panel chair"]
    with pytest.raises(Refused, match=f"You act for {bid.organisation.name}"):
        commands.confirm(panel, by=a_person(Duty.PANEL_CHAIR, Duty.CERTIFIER, organisation=bid.organisation))


def test_a_panel_elsewhere_is_not_found(sqlite_app):
    panel, [bid] = sitting("4000")

    for stranger in (
        a_person(Duty.PANEL_CHAIR, partnership=a_partnership()),
        bid.started_by,
        somebody(panel.round, Duty.ASSESSOR),
    ):
        with pytest.raises(NotFound):
            queries.panel(stranger, panel.ref)
    assert queries.panel(somebody(panel.round, Duty.AUDITOR), panel.ref) is panel


def test_what_waits_for_chair_and_minute_taker(app):
    panel, [bid] = sitting("4000")
    chair, minutes = (somebody(panel.round, duty) for duty in (Duty.PANEL_CHAIR, Duty.MINUTE_TAKER))
    title = panel.round.title

    assert [w.what for w in queries.waiting(chair)] == [f"Record the panel’s decisions on “{title}”"]
    assert [w.what for w in queries.waiting(minutes)] == [f"Record the panel’s decisions on “{title}”"]
    decided(panel, bid)
    assert [w.what for w in queries.waiting(chair)] == [f"Confirm the panel’s decisions on “{title}”"]
    assert queries.waiting(minutes) == []
    confirmed(panel)
    assert queries.waiting(chair) == []


def test_a_decision_is_hidden_from_the_group_until_it_is_confirmed(sqlite_app):
    panel, [bid] = sitting("4000")
    decided(panel, bid)
    assert queries.decided(bid) is None
    confirmed(panel)
    assert isinstance(queries.decided(bid), Decision)
