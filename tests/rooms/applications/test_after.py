"""After sending: opened again with the difference shown, questions on the record, feedback, a second look, drafts given back;
and applications an officer types in for a group."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from grants.applications import after, assisted, commands, frozen, progress, queries, rules
from grants.applications.after import Ground, Took
from grants.applications.assisted import How
from grants.applications.models import Application, State, Verdict
from grants.assessment import queries as assessment
from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.notices import groups
from grants.people.models import Duty
from grants.questions import purposes
from grants.questions.document import standard
from grants.questions.queries import document
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.terms import Helps, Terms, Tier
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_planned_round,
    a_question_set,
    a_round,
    a_submitted,
    mailed,
    officer_of,
    priorities_of,
)
from tests.builders.awards import a_decision
from tests.builders.drafts import KNOWN, a_full_draft, a_full_round, filled
from tests.builders.funds import a_ward_fund
from tests.builders.people import a_group, a_person, an_organisation

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def test_what_the_panel_decided_on_is_not_opened_again(app: Flask) -> None:
    bid = a_decision().application
    refused = "The panel has recorded a decision on this application, so it cannot be opened again."
    for again in (commands.reopen, commands.ask_second_stage):
        with pytest.raises(RuleBroken) as refusal:
            again(bid, why="More.", until=clock.now() + WEEK, by=officer_of(bid.round))  # type: ignore[operator]
        assert refused in refusal.value.problems


def test_an_application_opened_again_takes_only_the_named_parts_and_shows_what_changed(app: Flask) -> None:
    sent = a_submitted()
    officer, by, first = officer_of(sent.round), sent.started_by, sent.snapshot
    assert first
    commands.reopen(sent, why="Say how many people.", parts=["project"], until=clock.now() + WEEK, by=officer)
    assert (sent.state, sent.reopened and sent.reopened.why) == (State.DRAFT, "Say how many people.")
    assert "Say how many people." in mailed("application opened again")[0]["text"]
    with pytest.raises(RuleBroken, match="This part was not opened again, so it stays as you sent it"):
        commands.save_answers(sent, answers={"need": "Changed"}, edition=sent.edition, by=by)
    commands.save_answers(sent, answers={"people": "Ninety"}, edition=sent.edition, by=by)
    commands.submit(sent, declared=True, edition=sent.edition, by=by)
    assert [one.number for one in sent.snapshots] == [1, 2]
    assert sent.snapshot and sent.snapshot.number == 2
    assert [tuple(one) for one in frozen.difference(*sent.snapshots)] == [
        ("What you will do", "Who will benefit, and about how many people?", GOOD_ANSWERS["people"], "Ninety")
    ]
    assert frozen.digest(sent.snapshots[0].content) == first.digest


def test_what_is_opened_again_has_a_day_of_its_own_even_after_its_round_closed(app: Flask) -> None:
    sent = a_submitted(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    officer, by = officer_of(sent.round), sent.started_by
    later = sent.round.closes_at + timedelta(hours=2)
    with clock.stopped(later):
        commands.reopen(sent, why="Sign it.", until=later + WEEK, by=officer)
        commands.save_answers(sent, answers={"people": "Ninety"}, edition=sent.edition, by=by)
    with clock.stopped(later + WEEK), pytest.raises(RuleBroken, match="The time to change this application ended on"):
        commands.submit(sent, declared=True, edition=sent.edition, by=by)
    with clock.stopped(later + timedelta(days=1)):
        assert commands.submit(sent, declared=True, edition=sent.edition, by=by).state is State.SUBMITTED


def test_an_application_opened_again_can_still_be_followed_by_its_reference(app: Flask) -> None:
    sent = a_submitted()
    commands.reopen(sent, why="Sign it.", until=clock.now() + WEEK, by=officer_of(sent.round))
    assert queries.tracked(sent.ref) is sent
    commands.withdraw(sent, by=sent.started_by)
    assert queries.tracked(sent.ref) is None


def test_who_may_open_again_and_what(app: Flask) -> None:
    sent = a_submitted()
    with pytest.raises(Refused):
        commands.reopen(sent, why="x", until=clock.now() + WEEK, by=sent.started_by)
    with pytest.raises(RuleBroken) as refusal:
        commands.reopen(sent, why=" ", until=clock.now() + timedelta(days=90), by=officer_of(sent.round))
    assert list(refusal.value.problems) == [
        "Say what the group should change. They will read it.",
        "Choose a day from tomorrow to 60 days from now.",
    ]


def test_a_part_that_a_larger_ask_adds_is_not_locked_while_it_is_wanted_or_begun(app: Flask) -> None:
    asked = standard()
    asked["sections"][2]["when"] = {"all": [{"of": "tier", "any_of": ["large"]}]}
    small = Tier(key="small", name="Small", least=50_000, most=150_000, helps=Helps.NOT_ASKED)
    large = Tier(key="large", name="Large", least=150_001, most=1_000_000)
    draft = a_complete_draft(round=a_round(question_set=a_question_set(asked), terms=Terms(tiers=(small, large))))
    by = draft.started_by
    commands.save_answers(draft, answers={"safe": "", "worked": ""}, edition=draft.edition, by=by)
    sent = commands.submit(draft, declared=True, edition=draft.edition, by=by)
    commands.reopen(sent, why="You may ask for more.", parts=["costs"], until=clock.now() + WEEK, by=officer_of(sent.round))
    commands.save_costs(sent, lines=[("Hall", sent.round.largest)], edition=sent.edition, by=by)
    commands.save_answers(sent, answers={"safe": "C", "worked": "We count."}, edition=sent.edition, by=by)
    commands.save_answers(sent, answers={"safe": "Checks."}, edition=sent.edition, by=by)
    with pytest.raises(RuleBroken, match="This part was not opened again"):
        commands.save_answers(sent, answers={"people": "Ninety"}, edition=sent.edition, by=by)
    assert commands.submit(sent, declared=True, edition=sent.edition, by=by).sends == 2


def _two_stages() -> Application:
    asked = standard()
    asked["sections"][2]["when"] = {"all": [{"of": "stage", "any_of": ["2"]}]}
    tier = Tier(key="large", name="Large", least=50_000, most=1_000_000, stages=2)
    round = a_round(question_set=a_question_set(asked), terms=Terms(tiers=(tier,)))
    draft = a_complete_draft(round=round)
    commands.save_answers(draft, answers={"safe": "", "worked": ""}, edition=draft.edition, by=draft.started_by)
    return commands.submit(draft, declared=True, edition=draft.edition, by=draft.started_by)


def test_a_second_stage_asks_what_the_first_did_not(app: Flask) -> None:
    sent = _two_stages()
    by = sent.started_by
    commands.ask_second_stage(sent, why="Well done. Tell us how.", until=clock.now() + WEEK, by=officer_of(sent.round))
    with pytest.raises(RuleBroken) as refusal:
        commands.submit(sent, declared=True, edition=sent.edition, by=by)
    assert list(refusal.value.problems) == ["Tell us how you will keep people safe", "Tell us how you will know it has worked"]
    commands.save_answers(sent, answers={"safe": "Checks.", "worked": "We count."}, edition=sent.edition, by=by)
    commands.submit(sent, declared=True, edition=sent.edition, by=by)
    assert (sent.stage, sent.sends, frozen.read(sent.snapshot).stage if sent.snapshot else 0) == (2, 2, 2)
    with pytest.raises(RuleBroken, match="The group was asked for its second stage already"):
        commands.ask_second_stage(sent, why="Again", until=clock.now() + WEEK, by=officer_of(sent.round))


def test_an_ask_with_one_stage_has_no_second(sqlite_app: Flask) -> None:
    sent = a_submitted()
    with pytest.raises(RuleBroken, match="has one stage only"):
        commands.ask_second_stage(sent, why="More", until=clock.now() + WEEK, by=officer_of(sent.round))


def test_a_question_is_asked_and_answered_once_on_the_record(app: Flask) -> None:
    sent = a_submitted()
    officer, by = officer_of(sent.round), sent.started_by
    asked = after.ask(sent, question="How big is the hall?", due_on=clock.today() + WEEK, by=officer)
    assert "How big is the hall?" in mailed("question asked")[0]["text"]
    after.answer(asked, text="Sixty people.", by=by)
    with pytest.raises(RuleBroken, match="answered already"):
        after.answer(asked, text="Seventy.", by=by)
    [one] = after.asked_of(sent)
    assert (one.question, one.answer, one.answered_by) == ("How big is the hall?", "Sixty people.", by)
    with pytest.raises(Refused):
        after.answer(asked, text="x", by=a_person(Duty.APPLICANT, organisation=an_organisation()))


def test_a_question_waits_for_the_group_and_a_request_for_those_who_look_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    asked = after.ask(sent, question="How big?", due_on=clock.today() + WEEK, by=officer_of(sent.round))
    [one] = queries.waiting(sent.started_by)
    day = clock.today() + WEEK
    assert (one.ref, one.what) == (asked.ref, f"Answer our question about “Friday football”, by {day.day} {day:%B %Y}")
    after.answer(asked, text="Sixty people.", by=sent.started_by)
    bid = a_decision("4000", "0").application
    made = after.ask_review(bid, ground=Ground.FACTS, text="We have a policy.", by=bid.started_by)
    assert [one.ref for one in queries.waiting(officer_of(bid.round))] == [made.ref]
    assert queries.waiting(sent.started_by) == queries.waiting(officer_of(sent.round)) == []


def test_feedback_comes_from_the_agreed_reasons_once_there_is_a_decision(app: Flask) -> None:
    decision = a_decision("4000", "0")
    bid = decision.application
    officer = officer_of(bid.round)
    with pytest.raises(RuleBroken, match="Choose at least one of the reasons"):
        after.give_feedback(bid, reasons=["no such"], words="", by=officer)
    after.give_feedback(bid, reasons=["money", "costs"], words="Ask again in spring.", by=officer)
    text = mailed("feedback")[0]["text"]
    assert "- There were more good applications than money. Yours was good enough to fund." in text
    assert "Ask again in spring." in text
    with pytest.raises(RuleBroken, match="given already"):
        after.give_feedback(bid, reasons=["money"], words="", by=officer)
    with pytest.raises(RuleBroken, match="once the decision is confirmed"):
        after.give_feedback(a_submitted(round=a_round(pot=bid.round.pot)), reasons=["money"], words="", by=officer)


def test_a_group_asks_for_a_second_look_once_and_is_answered(app: Flask) -> None:
    bid = a_decision("4000", "0").application
    by = bid.started_by
    asked = after.ask_review(bid, ground=Ground.FACTS, text="We have a safeguarding policy.", by=by)
    assert asked.due_on == after.working_days_on(clock.today(), 20)
    with pytest.raises(RuleBroken, match="asked for this already"):
        after.ask_review(bid, ground=Ground.RULES, text="Again", by=by)
    recorded = officer_of(bid.round)
    with pytest.raises(RuleBroken, match="You took part in the decision"):
        after.answer_review(asked, verdict=Verdict.UPHELD, text="Yes.", deciders=[recorded.ref], by=recorded)
    after.answer_review(asked, verdict=Verdict.UPHELD, text="We will look.", deciders=["PER-1"], by=officer_of(bid.round))
    assert "You were right, and we will put it right." in mailed("review answered")[0]["text"]


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    assert after.working_days_on(date(2026, 12, 23), 3) == date(2026, 12, 30)  # 24, 29, 30: the 28th is Boxing Day's


def test_a_draft_that_missed_the_closing_time_is_mailed_back_whole_and_once(app: Flask) -> None:
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    other = a_submitted(round=draft.round)
    assert after.due(clock.today()) == 0
    with clock.stopped(draft.round.closes_at):
        assert after.due(clock.today()) == 1
        assert after.due(clock.today()) == 0
    [mail] = mailed("not sent in time")
    assert f"How do you know it is needed?\n{GOOD_ANSWERS['need']}" in mail["text"]
    assert "Cost 1\n£1,200.00" in mail["text"]
    assert history(other.ref)[0].sentence.startswith("Sent the application")


def test_what_is_mailed_back_leaves_nothing_out(app: Flask) -> None:
    draft = filled(a_full_draft(a_full_round(closes_at=clock.now() + timedelta(hours=1))))
    with clock.stopped(draft.round.closes_at):
        assert after.due(clock.today()) == 1
    [mail] = mailed("not sent in time")
    for said in (
        f"What it is mostly about\n{purposes.said(draft.purpose)}",
        f"Postcode\n{KNOWN}",
        "Young people\n40",
        "First session\n1 June 2027",
        "Hall\n£400.00",
        "Can you claim the VAT back?\nNo",
    ):
        assert said in mail["text"]
    draft_read = frozen.of_draft(draft, document(draft.round.question_set), queries.about(draft))
    assert list(draft_read.declarations) == ["What we say is true", "Our group has agreed"]


def test_a_receipt_by_email_says_exactly_what_arrived_and_when(sqlite_app: Flask) -> None:
    sent = a_submitted()
    [mail] = mailed("application received")
    assert f"What will you do?\n{GOOD_ANSWERS['activity']}" in mail["text"]
    assert f"/applications/{sent.ref}/receipt.pdf" in mail["text"]
    assert sent.submitted_at


def test_steps_say_where_an_application_is_and_when_the_answer_comes(sqlite_app: Flask) -> None:
    sent = a_submitted()
    found = progress.steps(sent)
    assert [(step.done, step.now) for step in found] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
        (False, False),
    ]
    assert found[-1].on is not None
    assert found[-1].on.isoformat() == sent.round.terms.answer_by
    assert [step.done for step in progress.steps(a_decision("4000").application)] == [True] * 5


def test_how_long_it_took_is_said_after_sending(sqlite_app: Flask) -> None:
    draft = a_draft()
    assert after.say_took(draft, took=Took.HOUR, by=draft.started_by).took is None
    sent = a_submitted(round=draft.round)
    assert after.say_took(sent, took=Took.DAY, by=sent.started_by).took == "about a day"


# -- typed in for a group ---------------------------------------------------------------------------------------------


def _assisted(round: Round | None = None) -> Application:
    round = round or a_round()
    officer = officer_of(round)
    group = an_organisation("Elders together")
    begun = assisted.assist(
        round, organisation=group, how=How.TELEPHONE, speaker="The secretary, 0161 496 0000", consent="Yes, type it in.",
        consent_on=clock.today(), by=officer,
    )  # fmt: skip
    commands.save_place(begun, title="Tea", priority=priorities_of(round)[0], locality=None, edition=begun.edition, by=officer)
    commands.save_answers(begun, answers=dict(GOOD_ANSWERS), edition=begun.edition, by=officer)
    commands.save_costs(begun, lines=[("Tea", begun.round.smallest)], edition=begun.edition, by=officer)
    return begun


def test_what_an_officer_types_in_is_read_back_before_it_is_sent_and_again_after_a_change(app: Flask) -> None:
    begun = _assisted()
    assert begun.assistance
    officer = begun.assistance.officer
    sentence = "Read the application back to the group, and record what it said, before you send it"
    with pytest.raises(RuleBroken, match=sentence):
        commands.submit(begun, declared=True, edition=begun.edition, by=officer)
    assisted.read_back(begun, said="The secretary said yes.", by=officer)
    commands.save_answers(begun, answers={"people": "Forty-one"}, edition=begun.edition, by=officer)
    with pytest.raises(RuleBroken, match=sentence):
        commands.submit(begun, declared=True, edition=begun.edition, by=officer)
    assisted.read_back(begun, said="Yes, forty-one.", by=officer)
    commands.submit(begun, declared=True, edition=begun.edition, by=officer)
    assert begun.snapshot
    assert begun.snapshot.content["assisted"] == {"how": "by telephone", "officer": officer.ref}


def test_only_the_rounds_officers_type_in_and_only_with_consent(app: Flask) -> None:
    round = a_round()
    given: dict[str, Any] = {"organisation": an_organisation(), "how": How.PAPER, "speaker": "", "consent": ""}
    with pytest.raises(Refused):
        assisted.assist(round, **given, consent_on=clock.today(), by=a_person(Duty.FINANCE_OFFICER))
    with pytest.raises(RuleBroken) as refusal:
        assisted.assist(round, **given, consent_on=clock.today() + WEEK, by=officer_of(round))
    assert len(refusal.value.problems) == 3
    begun = _assisted()
    with pytest.raises(NotFound):
        queries.mine(a_person(Duty.ASSESSOR), begun.ref)
    with pytest.raises(Refused):
        commands.save_answers(begun, answers={"people": "x"}, edition=begun.edition, by=a_person(Duty.ASSESSOR))


def test_a_colleague_reads_back_too_and_the_reading_back_stands_for_the_groups_signature(app: Flask) -> None:
    tier = Tier(key="any", name="Any", least=50_000, most=1_000_000)
    begun = _assisted(a_round(terms=Terms(tiers=(tier,))))
    a_person(Duty.CERTIFIER, organisation=begun.organisation)
    colleague = officer_of(begun.round)
    with pytest.raises(RuleBroken) as refusal:
        commands.submit(begun, declared=True, edition=begun.edition, by=colleague)
    assert list(refusal.value.problems) == [
        "Read the application back to the group, and record what it said, before you send it"
    ]
    assisted.read_back(begun, said="Yes.", by=colleague)
    assert commands.submit(begun, declared=True, edition=begun.edition, by=colleague).state is State.SUBMITTED


def test_an_officer_does_for_the_group_all_that_it_does_after_sending_too(app: Flask) -> None:
    begun = _assisted()
    assert begun.assistance
    officer = begun.assistance.officer
    held = commands.ask_host(begun, host_name="Old Chapel", host_email="host@example.org", by=officer)
    assert (held.about, held.group) == (begun.ref, begun.organisation)
    assisted.read_back(begun, said="Yes.", by=officer)
    commands.submit(begun, declared=True, edition=begun.edition, by=officer)
    with pytest.raises(RuleBroken, match="already submitted, so it cannot be changed"):
        commands.ask_host(begun, host_name="New Chapel", host_email="new@example.org", by=officer)
    asked = after.ask(begun, question="How big?", due_on=clock.today() + WEEK, by=officer)
    assert after.answer(asked, text="Sixty people.", by=officer).answered_by is officer
    assert commands.withdraw(begun, by=officer).state is State.WITHDRAWN


# -- who holds the money, once it is sent -----------------------------------------------------------------------------


def test_a_host_that_no_longer_holds_the_money_can_be_followed_by_another_after_sending(app: Flask) -> None:
    sent = a_submitted(round=a_round(terms=Terms(host_needed=True)))
    group, by = sent.organisation, sent.started_by
    host, _applicant, signs = a_group("Old Chapel")
    with pytest.raises(RuleBroken, match="already submitted, so it cannot be changed"):
        commands.ask_host(sent, host_name="Old Chapel", host_email=signs.email, by=by)
    first = groups.ask_host(group, about=sent.ref, host_name="Old Chapel", host_email=signs.email, by=by)
    groups.answer_host(first, host=host, agreed=True, by=signs)
    assert after.since(sent).hosted == "Old Chapel has agreed to hold the money."
    with pytest.raises(RuleBroken, match="already submitted, so it cannot be changed"):
        commands.ask_host(sent, host_name="New Chapel", host_email="new@example.org", by=by)
    groups.withdraw_host(first, because="We move away.", by=signs)
    assert after.since(sent).hosted == "Old Chapel no longer holds the money for you."
    commands.ask_host(sent, host_name="New Chapel", host_email="new@example.org", by=by)
    assert after.since(sent).hosted == "You have asked New Chapel. We wait for their answer."


# -- longer for one group ---------------------------------------------------------------------------------------------


def test_longer_time_counts_until_the_round_is_decided_and_is_never_shorter(app: Flask) -> None:
    draft = a_draft()
    round, officer = draft.round, officer_of(draft.round)
    later = round.closes_at + WEEK
    with pytest.raises(RuleBroken) as refusal:
        commands.give_longer(round, organisation=draft.organisation, until=later, reason=" ", by=officer)
    assert (list(refusal.value.problems), draft.until) == (["Enter why this group may send late."], None)
    commands.give_longer(round, organisation=draft.organisation, until=later, reason="No power all week.", by=officer)
    commands.give_longer(round, organisation=draft.organisation, until=later - DAY, reason="Sooner.", by=officer)
    assert (draft.until, rules.closes_at(draft)) == (later, later)
    assert rules.workable(draft, round.closes_at)
    round.state = RoundState.DECIDED
    assert not rules.workable(draft, round.closes_at)


# -- trying a round out -----------------------------------------------------------------------------------------------


def test_a_test_application_is_asked_everything_and_leaves_nothing(app: Flask) -> None:
    round = a_planned_round()
    officer, group = officer_of(round), an_organisation("Test group")
    tried = commands.start(round, organisation=group, rehearsal=True, by=officer)
    with pytest.raises(RuleBroken) as refusal:
        commands.submit(tried, declared=True, edition=tried.edition, by=officer)
    assert len(refusal.value.problems) == 10
    commands.save_place(tried, title="Try", priority=priorities_of(round)[0], edition=tried.edition, by=officer)
    commands.save_answers(tried, answers=dict(GOOD_ANSWERS), edition=tried.edition, by=officer)
    commands.save_costs(tried, lines=[("Try", round.smallest)], edition=tried.edition, by=officer)
    commands.submit(tried, declared=True, edition=tried.edition, by=officer)
    assert (tried.state, tried.snapshot, queries.counts(round).drafts) == (State.DRAFT, None, 0)
    assert mailed("application received") == []
    commands.purge(round, by=officer)
    assert db.session.scalars(select(Application)).all() == []
    assert round.rehearsed_at is not None
    assert assessment.waiting(officer) == []
    assert document(round.question_set).title == "Standard questions"


def test_a_part_that_a_test_application_sits_in_is_not_changed(app: Flask) -> None:
    round = a_ward_fund(opened=False)
    officer = officer_of(round)
    tried = commands.start(round, organisation=an_organisation("Test group"), rehearsal=True, by=officer)
    with unguarded():
        tried.lot = round.lots[0]
        db.session.commit()
    fewer = rounds.split_of(round)[1:]
    with pytest.raises(RuleBroken, match="Take the test applications away first"):
        rounds.change(round, lots=fewer, edition=round.edition, by=officer)
    commands.purge(round, by=officer)
    assert len(rounds.change(round, lots=fewer, edition=round.edition, by=officer).lots) == 20
