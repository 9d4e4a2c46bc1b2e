"""Assessors are given bids, declare before they see, and score alone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grants.applications import commands as applications
from grants.assessment import commands, queries
from grants.assessment.models import Interest
from grants.assessment.queries import Stage
from grants.audit.queries import history
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.people.duties import GROUP
from grants.people.models import Duty
from tests.builders.applications import a_round, a_submitted
from tests.builders.awards import a_panel, a_round_of_bids, assigned, confirmed, decided, points, scored, somebody
from tests.builders.people import a_partnership, a_person


def test_an_officer_gives_a_bid_to_an_assessor_and_the_history_says_so(app):
    _round, [bid] = a_round_of_bids("4000")
    assessor = somebody(bid.round, Duty.ASSESSOR, name="Asha")

    made = commands.assign(bid, assessor=assessor, by=somebody(bid.round, Duty.GRANTS_OFFICER))

    assert made.ref.startswith("ASM-") and made.interest is Interest.NOT_DECLARED
    assert [view.assessor for view in queries.assigned(bid)] == ["Asha"]
    assert history(bid.ref)[0].sentence == f"Gave the bid to {assessor.ref} to score"
    assert history(made.ref)[0].sentence == f"Given {bid.ref} to score"


@pytest.mark.parametrize("duty", [d for d in Duty if d not in (Duty.GRANTS_OFFICER, *GROUP)])
def test_nobody_but_a_grants_officer_gives_bids_out(sqlite_app, duty):
    _round, [bid] = a_round_of_bids("4000")

    with pytest.raises(Refused) as refused:
        commands.assign(bid, assessor=somebody(bid.round, Duty.ASSESSOR), by=somebody(bid.round, duty))

    assert [o.could for o in refused.value.objections] == ["a grants officer"]


def test_everything_against_an_assessor_is_said_at_once(app):
    _round, [bid] = a_round_of_bids("4000")
    applicant = bid.started_by

    with pytest.raises(RuleBroken) as broken:
        commands.assign(bid, assessor=applicant, by=somebody(bid.round, Duty.GRANTS_OFFICER))

    stream = bid.round.pot.stream.name
    assert broken.value.problems == (
        f"{applicant.name} is not an assessor for {stream}. Give them the duty first.",
        f"{applicant.name} acts for {bid.organisation.name}, which made this bid. Choose another assessor.",
    )


def test_a_bid_is_not_given_to_the_same_assessor_twice(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    assessor = assigned(bid, interest=None).assessor

    with pytest.raises(RuleBroken, match="has this bid already"):
        commands.assign(bid, assessor=assessor, by=somebody(bid.round, Duty.GRANTS_OFFICER))


def test_an_assessor_of_another_partnership_or_stream_is_not_an_assessor_here(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    officer = somebody(bid.round, Duty.GRANTS_OFFICER)

    for other in (a_person(Duty.ASSESSOR, partnership=a_partnership()), somebody(bid.round, Duty.ASSESSOR, streams=("other",))):
        with pytest.raises(RuleBroken, match="is not an assessor for"):
            commands.assign(bid, assessor=other, by=officer)


def test_bids_are_given_out_only_after_the_round_has_closed(sqlite_app):
    bid = a_submitted("1200", round=a_round())

    with pytest.raises(RuleBroken, match="This round is open"):
        commands.assign(bid, assessor=somebody(bid.round, Duty.ASSESSOR), by=somebody(bid.round, Duty.GRANTS_OFFICER))


def test_nothing_can_be_scored_before_an_interest_is_declared(app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid, interest=None)

    with pytest.raises(Refused) as refused:
        commands.save_scores(mine, scores=points(bid, 3), summary=None, edition=mine.edition, by=mine.assessor)

    assert [o.sentence for o in refused.value.objections] == [
        "Say whether you have a conflict of interest before you are shown this bid."
    ]


def test_a_conflict_of_interest_shuts_the_assessor_out_for_good(app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid, interest=Interest.CONFLICT)

    with pytest.raises(Refused) as refused:
        commands.submit_scores(mine, scores=points(bid, 3), summary=None, edition=mine.edition, by=mine.assessor)
    assert [(o.sentence, o.could) for o in refused.value.objections] == [
        (
            "You declared a conflict of interest in this bid, so you neither see nor score it. Someone else will.",
            "another assessor",
        )
    ]
    with pytest.raises(RuleBroken, match="It stands: someone else scores it"):
        commands.declare_interest(mine, interest=Interest.NONE, by=mine.assessor)
    assert queries.waiting(mine.assessor) == []


def test_a_conflict_needs_its_reason(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid, interest=None)

    with pytest.raises(RuleBroken, match="Say what the conflict of interest is"):
        commands.declare_interest(mine, interest=Interest.CONFLICT, reason=" ", by=mine.assessor)


def test_nobody_declares_or_scores_for_somebody_else(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    other = somebody(bid.round, Duty.ASSESSOR, Duty.GRANTS_OFFICER, Duty.PANEL_CHAIR)

    for attempt in (
        lambda: commands.declare_interest(mine, interest=Interest.CONFLICT, reason="x", by=other),
        lambda: commands.save_scores(mine, scores={}, summary=None, edition=mine.edition, by=other),
        lambda: commands.submit_scores(mine, scores=points(bid, 1), summary=None, edition=mine.edition, by=other),
    ):
        with pytest.raises(Refused, match=f"Only {mine.assessor.name}"):
            attempt()
    with pytest.raises(NotFound):
        queries.own(other, mine.ref)


def test_scores_kept_part_way_are_there_again_and_every_gap_is_named_on_submitting(app):
    round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    first, second, *rest = round.criteria

    part = {first.id: (4, ""), second.id: (None, "Half a reason")}
    commands.save_scores(mine, scores=part, summary=" So far so good ", edition=mine.edition, by=mine.assessor)
    again = queries.own(mine.assessor, mine.ref)
    assert queries.given(again) == part and again.summary == "So far so good" and again.submitted_at is None

    with pytest.raises(RuleBroken) as broken:
        commands.submit_scores(again, scores=part, summary=None, edition=again.edition, by=mine.assessor)
    assert broken.value.problems == (
        f"{first.name}: write the reason for your score.",
        f"{second.name}: give a score from 0 to {second.most}.",
        *(
            s
            for c in rest
            for s in (f"{c.name}: give a score from 0 to {c.most}.", f"{c.name}: write the reason for your score.")
        ),
    )


def test_a_score_off_its_scale_is_refused_and_what_was_kept_stays(app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    commands.save_scores(mine, scores=points(bid, 3), summary=None, edition=mine.edition, by=mine.assessor)

    for wrong in (-1, 6):
        with pytest.raises(RuleBroken, match="between 0 and 5"):
            commands.save_scores(mine, scores=points(bid, wrong, 3), summary=None, edition=mine.edition, by=mine.assessor)

    assert queries.given(queries.own(mine.assessor, mine.ref)) == points(bid, 3)


def test_two_windows_do_not_overwrite_each_other(app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    drawn = mine.edition
    commands.save_scores(mine, scores=points(bid, 4), summary="First window", edition=drawn, by=mine.assessor)

    with pytest.raises(Stale) as stale:
        commands.save_scores(mine, scores=points(bid, 1), summary="Second window", edition=drawn, by=mine.assessor)

    assert dict(stale.value.yours)["Overall"] == "Second window" and dict(stale.value.theirs)["Overall"] == "First window"
    assert queries.given(queries.own(mine.assessor, mine.ref)) == points(bid, 4)


def test_submitted_scores_no_longer_change(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    mine, _other = scored(bid, [3], [4])

    with pytest.raises(RuleBroken, match="so they no longer change"):
        commands.save_scores(mine, scores=points(bid, 5), summary=None, edition=mine.edition, by=mine.assessor)


def test_scoring_ends_when_the_group_withdraws(sqlite_app):
    _round, [bid] = a_round_of_bids("4000")
    mine = assigned(bid)
    applications.withdraw(bid, by=bid.started_by)

    with pytest.raises(RuleBroken, match="This bid is withdrawn, so its scoring has ended"):
        commands.save_scores(mine, scores=points(bid, 5), summary=None, edition=mine.edition, by=mine.assessor)


def test_nobody_is_shown_a_score_until_enough_are_in(app):
    round, [bid] = a_round_of_bids("4000")
    first = assigned(bid)
    second = assigned(bid)
    commands.submit_scores(first, scores=points(bid, 5), summary="Yes", edition=first.edition, by=first.assessor)

    [row] = queries.ranking(round)
    assert (row.complete, row.average, row.place, [view.worth for view in row.views]) == (False, None, None, [None, None])
    assert [view.stage for view in row.views] == [Stage.SUBMITTED, Stage.TO_SCORE]
    assert queries.judged(bid) == [] and queries.summaries(bid) == []

    commands.submit_scores(second, scores=points(bid, 0), summary="No", edition=second.edition, by=second.assessor)
    [row] = queries.ranking(round)
    assert (row.average, row.place, [view.worth for view in row.views]) == (Fraction(50), 1, [Fraction(100), Fraction(0)])
    assert queries.summaries(bid) == [(first.assessor.name, "Yes"), (second.assessor.name, "No")]
    assert [(r.points, r.reason) for r in queries.judged(bid)[0].given] == [
        (5, f"Because of {round.criteria[0].name}"),
        (0, f"Because of {round.criteria[0].name}"),
    ]


def test_a_conflict_found_late_takes_the_scores_out_of_the_average(app):
    round, [bid] = a_round_of_bids("4000")
    first, _second = scored(bid, [5], [1])
    commands.declare_interest(first, interest=Interest.CONFLICT, reason="My brother joined them", by=first.assessor)

    [row] = queries.ranking(round)
    assert (row.complete, row.submitted, row.average) == (False, 1, None)

    third = assigned(bid)
    commands.submit_scores(third, scores=points(bid, 3), summary=None, edition=third.edition, by=third.assessor)
    [row] = queries.ranking(round)
    assert row.average == Fraction(40)


def test_equal_averages_share_their_place(sqlite_app):
    round, bids = a_round_of_bids("1000", "2000", "3000", "4000", "5000")
    for bid, (one, other) in zip(bids[:4], [(3, 3), (5, 5), (2, 4), (1, 1)], strict=True):
        scored(bid, [one], [other])

    found = [(row.place, row.tied, row.ref) for row in queries.ranking(round)]

    assert found == [
        (1, False, bids[1].ref),
        (2, True, bids[0].ref),
        (2, True, bids[2].ref),
        (4, False, bids[3].ref),
        (None, False, bids[4].ref),
    ]


def test_the_ranking_costs_the_same_for_one_bid_and_four(sqlite_app, statements):
    counts = []
    for asks in (["1000"], ["1000", "2000", "3000", "4000"]):
        round, bids = a_round_of_bids(*asks)
        for bid in bids:
            scored(bid)
        with statements() as made:
            queries.ranking(round)
        counts.append(len(made))

    assert counts == [5, 5]  # the round again after the last command, its bids, weights, assessments with people, scores


def test_the_first_page_of_each_lists_what_waits(app):
    _round, [bid] = a_round_of_bids("4000")
    officer = somebody(bid.round, Duty.GRANTS_OFFICER)
    assert [(w.what, w.ref, w.page) for w in queries.waiting(officer)] == [
        ("Assign assessors to “Project 1”", bid.ref, "assessment.assign")
    ]
    first, second = assigned(bid), assigned(bid)
    assert queries.waiting(officer) == []
    assert [(w.what, w.ref) for w in queries.waiting(first.assessor)] == [("Score the bid “Project 1”", first.ref)]

    panel = a_panel(bid.round)
    for one in (first, second):
        commands.submit_scores(one, scores=points(bid, 3), summary=None, edition=one.edition, by=one.assessor)
    assert queries.waiting(first.assessor) == []
    decided(panel, bid)
    confirmed(panel)
    assert queries.mine(first.assessor) == []


def test_assessors_of_a_bid_are_those_who_scored_it(app):
    _round, [bid] = a_round_of_bids("4000")
    found = scored(bid)
    assigned(bid, interest=Interest.CONFLICT)

    assert queries.assessors_of(bid) == {one.assessor.ref for one in found}
