"""Questions on the record, why, a second look by others, how long it took; and applications typed in for a group."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from grants.applications import after, assisted, commands, frozen, progress, queries, rules
from grants.applications.after import Ground, Took
from grants.applications.assisted import How
from grants.applications.models import Application, State, Verdict
from grants.audit.queries import history
from grants.files import queries as files
from grants.files.rules import needed
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused
from grants.people.models import Duty
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.terms import Scoring, Terms
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_round,
    a_submitted,
    mailed,
    officer_of,
    priorities_of,
    refused_with,
)
from tests.builders.awards import a_decision
from tests.builders.files import a_filed
from tests.builders.people import a_group, a_partnership, a_person, an_organisation

DAY, WEEK = timedelta(days=1), timedelta(days=7)
TOO_LONG = "Use 4,000 characters or fewer."


def _ask(sent: Application, question: str = "How big is the hall?", days: int = 7, **facts: Any) -> Any:
    given: dict[str, Any] = {"due_on": clock.today() + days * DAY, "by": officer_of(sent.round)} | facts
    return after.ask(sent, question=question, **given)


# -- questions --------------------------------------------------------------------------------------------------------


def test_a_question_and_its_answer_stay_on_the_record_and_change_nothing_that_was_sent(app: Flask) -> None:
    group, applicant, certifier = a_group()
    sent = a_submitted(group=group, by=applicant)
    digest = sent.snapshots[0].digest
    first, second = _ask(sent, " How big? "), _ask(sent, "And when?")
    due = first.due_on
    assert (
        history(sent.ref)[0].sentence
        == history(first.ref)[0].sentence
        == (f"Asked the group a question, to be answered by {due.day} {due:%B %Y}")
    )
    late = clock.now() + 10 * DAY
    with clock.stopped(late):
        after.answer(first, text=" Sixty people. ", by=certifier)
    assert [(one.question, one.answer, one.answered_by, one.answered_at) for one in after.asked_of(sent)] == [
        ("How big?", "Sixty people.", certifier, late), ("And when?", None, None, None),
    ]  # fmt: skip
    assert second.asked_by is not None
    assert frozen.digest(sent.snapshots[0].content) == digest
    assert len(mailed("question asked")) == 4  # two questions, to each of the two


@pytest.mark.parametrize(
    ("question", "days", "sentences"),
    [
        ("How big?", 1, []),
        ("How big?", 60, []),
        ("How big?", 0, ["Choose a day from tomorrow to 60 days from now."]),
        ("How big?", 61, ["Choose a day from tomorrow to 60 days from now."]),
        (" ", 7, ["Enter what you want to ask."]),
        ("x" * 4000, 7, []),
        ("x" * 4001, 0, [TOO_LONG, "Choose a day from tomorrow to 60 days from now."]),
    ],
)
def test_what_can_be_asked_and_until_when(sqlite_app: Flask, question: str, days: int, sentences: list[str]) -> None:
    sent = a_submitted()
    if sentences:
        assert refused_with(lambda: _ask(sent, question, days)) == sentences
        assert after.asked_of(sent) == []
    else:
        assert _ask(sent, question, days).question == question


def test_only_whoever_looks_after_the_round_asks_and_only_of_what_is_sent_and_not_decided(app: Flask) -> None:
    sent = a_submitted()
    for by in (sent.started_by, a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())):
        with pytest.raises(Refused):
            _ask(sent, by=by)
    said = "Questions can be asked while an application is sent and not decided. This one is {}."
    draft = a_draft(round=sent.round)
    assert refused_with(lambda: _ask(draft)) == [said.format("draft")]
    commands.withdraw(sent, by=sent.started_by)
    assert refused_with(lambda: _ask(sent)) == [said.format("withdrawn")]
    assert refused_with(lambda: _ask(a_decision("4000").application)) == [said.format("decided")]


def test_only_the_group_answers_and_while_there_is_something_to_answer(app: Flask) -> None:
    sent = a_submitted()
    asked = _ask(sent)
    reader = a_person(Duty.READER, organisation=sent.organisation)
    for by in (officer_of(sent.round), reader, a_person(Duty.APPLICANT, organisation=an_organisation())):
        with pytest.raises(Refused):
            after.answer(asked, text="x", by=by)
    by = sent.started_by
    assert refused_with(lambda: after.answer(asked, text=" ", by=by)) == ["Enter your answer."]
    assert refused_with(lambda: after.answer(asked, text="x" * 4001, by=by)) == [TOO_LONG]
    commands.reopen(sent, why="Sign it.", until=clock.now() + WEEK, by=officer_of(sent.round))
    other = a_submitted(round=sent.round)
    theirs = _ask(other)
    commands.withdraw(other, by=other.started_by)
    assert refused_with(lambda: after.answer(theirs, text="x", by=other.started_by)) == [
        "The application is withdrawn now, so there is nothing to answer."
    ]
    assert after.answer(asked, text="x" * 4000, by=by).answered_by is by  # opened again meanwhile


# -- why, and a second look -------------------------------------------------------------------------------------------


def test_everything_wrong_with_feedback_is_said_at_once_and_only_the_rounds_officer_gives_it(sqlite_app: Flask) -> None:
    sent = a_submitted()
    officer = officer_of(sent.round)
    assert refused_with(lambda: after.give_feedback(sent, reasons=[], words="x" * 4001, by=officer)) == [
        "Feedback is given once the decision is confirmed.", "Choose at least one of the reasons.", TOO_LONG,
    ]  # fmt: skip
    bid = a_decision("4000", "0").application
    with pytest.raises(Refused):
        after.give_feedback(bid, reasons=["money"], words="", by=bid.started_by)
    after.give_feedback(bid, reasons=["money", "papers"], words=" Ask again. ", by=officer_of(bid.round))
    found = after.since(bid)
    assert found.feedback
    assert (found.feedback.words, found.reasons) == (
        "Ask again.",
        [
            "There were more good applications than money. Yours was good enough to fund.",
            "A document we asked for was missing or out of date.",
        ],
    )


def test_feedback_is_never_changed(app: Flask) -> None:
    bid = a_decision("4000", "0").application
    after.give_feedback(bid, reasons=["money"], words="Ask again.", by=officer_of(bid.round))
    for statement in ("UPDATE application_feedback SET words = 'x'", "DELETE FROM application_feedback"):
        with unguarded(), pytest.raises(DBAPIError):
            db.session.execute(text(statement))
        db.session.rollback()
    there = after.feedback_on(bid)
    assert there and there.words == "Ask again."


@pytest.mark.parametrize(
    ("said", "sentences"), [(" ", ["Tell us what went wrong."]), ("x" * 4001, [TOO_LONG]), ("x" * 4000, [])]
)
def test_a_second_look_is_asked_for_once_there_is_a_decision_and_in_words(
    sqlite_app: Flask, said: str, sentences: list[str]
) -> None:
    bid = a_decision("4000", "0").application
    ask: Any = {"ground": Ground.RULES, "text": said}
    if sentences:
        assert refused_with(lambda: after.ask_review(bid, **ask, by=bid.started_by)) == sentences
    else:
        assert after.ask_review(bid, **ask, by=bid.started_by).ground == "rules"
        assert after.since(bid).ground == "You did not follow your own published rules"
    sent = a_submitted()
    early = "A decision can be looked at again once there is one."
    assert refused_with(lambda: after.ask_review(sent, ground=Ground.RULES, text="x", by=sent.started_by)) == [early]
    with pytest.raises(Refused):
        after.ask_review(bid, ground=Ground.RULES, text="x", by=officer_of(bid.round))


def test_nobody_who_decided_answers_a_request_and_only_chairs_and_officers_of_the_fund_do(app: Flask) -> None:
    decision = a_decision("4000", "0")
    bid, chair = decision.application, decision.panel.confirmed_by
    partnership = bid.round.pot.stream.partnership
    request = after.ask_review(bid, ground=Ground.FACTS, text="We have a policy.", by=bid.started_by)
    answer: Any = {"verdict": Verdict.NOT_UPHELD, "text": "It stands."}
    assert chair
    deciders = [decision.decided_by, chair.ref]
    took_part = ["You took part in the decision, so somebody else must look at it again."]
    assert refused_with(lambda: after.answer_review(request, **answer, deciders=deciders, by=chair)) == took_part
    for nobody in (
        bid.started_by,
        a_person(Duty.PANEL_MEMBER, partnership=partnership),
        a_person(Duty.MINUTE_TAKER, partnership=partnership),
        a_person(Duty.PANEL_CHAIR, partnership=a_partnership()),
        a_person(Duty.GRANTS_OFFICER, partnership=partnership, streams=["another"]),
    ):
        with pytest.raises(Refused):
            after.answer_review(request, **answer, deciders=deciders, by=nobody)
    other = a_person(Duty.PANEL_CHAIR, partnership=partnership)
    assert refused_with(lambda: after.answer_review(request, **answer | {"text": " "}, deciders=deciders, by=other)) == [
        "Say what you found and what happens now. The group will read it."
    ]
    after.answer_review(request, **answer, deciders=deciders, by=other)
    assert (request.verdict, request.answer, request.answered_by) == (Verdict.NOT_UPHELD, "It stands.", other)
    assert [event.sentence for event in history(request.ref)] == [
        "Answered the request: the decision stands",
        "Asked for the decision to be looked at again: You got a fact about us or our project wrong",
    ]
    answered = ["This request is answered already."]
    assert refused_with(lambda: after.answer_review(request, **answer, deciders=deciders, by=other)) == answered
    assert len(mailed("review answered")) == 1


def test_a_second_look_is_answered_within_twenty_working_days_without_bank_holidays() -> None:
    # After Thursday 25 March 2027 come Good Friday, a weekend and Easter Monday.
    assert [after.working_days_on(date(2027, 3, 25), days) for days in (0, 1, 20)] == [
        date(2027, 3, 25), date(2027, 3, 30), date(2027, 4, 26),
    ]  # fmt: skip


# -- where it is, and how long it took --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "scored", "done"),
    [
        (RoundState.OPEN, True, [True, False, False, False, False]),
        (RoundState.ASSESSING, True, [True, True, False, False, False]),
        (RoundState.DECIDED, True, [True, True, True, False, False]),
        (RoundState.ASSESSING, False, [True, True, False, False]),
    ],
)
def test_the_first_step_that_is_not_done_is_where_it_is_now(state: RoundState, scored: bool, done: list[bool]) -> None:
    terms = Terms(scoring=Scoring.SCORED if scored else Scoring.COMMITTEE, decided_by="The board", answer_by="2027-06-30")
    at = clock.start_of(date(2027, 4, 1))
    round = Round(state=state, closes_at=at + 12 * timedelta(hours=1), rules=terms.model_dump(mode="json"))
    found = progress.steps(Application(round=round, state=State.SUBMITTED, submitted_at=at))
    assert [step.done for step in found] == done
    assert [n for n, step in enumerate(found) if step.now] == [done.index(False)]
    assert [(step.says, step.on) for step in found if "score" not in step.says] == [
        ("We have your application", date(2027, 4, 1)),
        ("The fund closes and we check every application", date(2027, 4, 1)),
        ("The board decides", date(2027, 6, 30)),
        ("We tell you the answer and why", date(2027, 6, 30)),
    ]


def test_how_long_it_took_is_the_groups_to_say_and_may_be_mended(sqlite_app: Flask) -> None:
    sent = a_submitted()
    told = len(history(sent.ref))
    with pytest.raises(Refused):
        after.say_took(sent, took=Took.DAY, by=officer_of(sent.round))
    for took in (Took.DAY, Took.DAY, Took.MORE):
        after.say_took(sent, took=took, by=sent.started_by)
    assert (sent.took, len(history(sent.ref))) == ("more than a day", told + 2)


# -- typed in for a group ---------------------------------------------------------------------------------------------


def _assist(round: Round, **facts: Any) -> Application:
    given: dict[str, Any] = {
        "organisation": an_organisation(), "how": How.PAPER, "speaker": " The chair ", "consent": " Yes. ",
        "consent_on": clock.today(), "by": officer_of(round),
    }  # fmt: skip
    return assisted.assist(round, **given | facts)


@pytest.mark.parametrize(
    ("facts", "sentences"),
    [
        ({"speaker": " "}, ["Enter who speaks for the group, and what they are in it."]),
        ({"consent": " "}, [
            "Enter what they agreed to, for example: “You may type in our application and keep our details.”",
        ]),
        ({"speaker": "x" * 501}, ["Use 500 characters or fewer."]),
        ({"consent": "x" * 501}, ["Use 500 characters or fewer."]),
    ],
)  # fmt: skip
def test_nothing_is_typed_in_without_knowing_who_speaks_and_what_they_agreed_to(
    sqlite_app: Flask, facts: dict[str, Any], sentences: list[str]
) -> None:
    round = a_round()
    assert refused_with(lambda: _assist(round, **facts)) == sentences
    assert db.session.scalars(select(Application)).all() == []


def test_they_agreed_before_it_is_typed_in_and_what_they_said_is_kept(app: Flask) -> None:
    round = a_round()
    tomorrow = clock.today() + DAY
    assert refused_with(lambda: _assist(round, consent_on=tomorrow)) == ["The day they agreed cannot be in the future."]
    begun = _assist(round)
    there = begun.assistance
    assert there
    assert (there.how, there.speaker, there.consent, there.consent_on, there.read_back) == (
        "on paper", "The chair", "Yes.", clock.today(), None,
    )  # fmt: skip
    assert queries.mine(there.officer, begun.ref) is begun
    with pytest.raises(NotFound):
        queries.mine(a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()), begun.ref)


def test_the_rules_for_groups_hold_for_what_is_typed_in(sqlite_app: Flask) -> None:
    sent = a_submitted()
    refusal = refused_with(lambda: _assist(sent.round, organisation=sent.organisation))
    said = "%s already has an application to this round: %s. Carry on with that one, or withdraw it first."
    assert refusal == [said % (sent.organisation.name, sent.ref)]
    with clock.stopped(sent.round.closes_at):
        assert refused_with(lambda: _assist(sent.round))[0].startswith(f"“{sent.round.title}” closed on ")


def test_only_what_was_typed_in_is_read_back_by_an_officer_with_what_the_group_said(app: Flask) -> None:
    begun, draft = _assist(a_round()), a_draft()
    officer = officer_of(begun.round)
    with pytest.raises(Refused):
        assisted.read_back(begun, said="Yes.", by=a_person(Duty.CERTIFIER, organisation=begun.organisation))
    wrong = [refused_with(lambda said=said: assisted.read_back(begun, said=said, by=officer)) for said in (" ", "x" * 501)]
    assert wrong == [["Enter to whom you read it and what they said."], ["Use 500 characters or fewer."]]
    refusal = refused_with(lambda: assisted.read_back(draft, said="Yes.", by=officer_of(draft.round)))
    assert refusal == ["This application was not typed in for the group."]
    assisted.read_back(begun, said=" The chair said yes. ", by=officer)
    there = begun.assistance
    assert there
    assert (there.read_back, there.read_back_on, there.read_back_edition) == (
        "The chair said yes.", clock.today(), begun.edition,
    )  # fmt: skip


def test_a_group_that_can_now_do_it_itself_sends_what_was_typed_in_without_reading_back(app: Flask) -> None:
    begun = _assist(a_round())
    by = a_person(Duty.APPLICANT, organisation=begun.organisation)
    commands.save_place(begun, title="Tea", priority=priorities_of(begun.round)[0], edition=begun.edition, by=by)
    commands.save_answers(begun, answers=dict(GOOD_ANSWERS), edition=begun.edition, by=by)
    commands.save_costs(begun, lines=[("Tea", begun.round.smallest)], edition=begun.edition, by=by)
    assert list(rules.not_read_back(begun, typed_by_officer=False)) == []
    assert commands.submit(begun, declared=True, edition=begun.edition, by=by).state is State.SUBMITTED


# -- documents --------------------------------------------------------------------------------------------------------


def test_nothing_keeps_a_document_that_no_application_of_its_group_names(app: Flask) -> None:
    draft = a_complete_draft()
    entry = a_filed(draft.organisation, by=draft.started_by)
    ref = entry.document.ref
    assert list(needed(entry.document)) == []
    commands.save_evidence(draft, what="constitution", document=ref, by=draft.started_by)
    assert list(needed(entry.document)) == [f"Your application {draft.ref} uses it."]
    with clock.stopped(draft.round.closes_at):
        assert list(needed(entry.document)) == []  # it can no longer be sent
    commands.submit(draft, declared=True, edition=draft.edition, by=draft.started_by)
    commands.withdraw(draft, by=draft.started_by)
    assert list(needed(entry.document)) == [f"It was sent with your application {draft.ref}."]
    assert files.document(draft.started_by, ref).removed_at is None
