"""Applications: drafted over days without losing a word, sent once and whole, frozen with a digest."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from grants.applications import commands, frozen, queries, rules
from grants.applications.models import Application, State
from grants.applications.rules import Page, Progress
from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money, total
from grants.people.models import Duty, Person
from grants.people.queries import organisation, person
from grants.questions.document import bank, check, standard
from grants.questions.queries import document
from grants.rounds.queries import public
from grants.work.models import Kind, Task
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_funded_pot,
    a_place,
    a_plan,
    a_planned_round,
    a_question_set,
    a_round,
    a_submitted,
    closed,
    officer_of,
    priorities_of,
)
from tests.builders.people import a_group, a_partnership, a_person, an_organisation

POUNDS = Money.pounds


def _gaps(draft: Application, *, places: bool = False) -> list[str]:
    return [gap.sentence for gap in rules.gaps(draft, document(draft.round.question_set), rules.About(places=places))]


def _answers(draft: Application) -> dict[str, str]:
    return {answer.question: answer.text for answer in draft.answers}


# -- starting ---------------------------------------------------------------------------------------------------------


def test_a_group_starts_an_application(app: Flask) -> None:
    round = a_round()
    group, applicant, certifier = a_group("Friends of the Park")
    draft = commands.start(round, organisation=group, by=applicant)
    assert (draft.state, draft.organisation.name, draft.started_by.ref) == (State.DRAFT, "Friends of the Park", applicant.ref)
    assert queries.mine(certifier, draft.ref) is draft


def test_pressing_start_twice_starts_one(app: Flask) -> None:
    round = a_round()
    group, applicant, _certifier = a_group()
    once: Any = {"key": "one form"}
    first = commands.start(round, organisation=group, by=applicant, **once)
    second = commands.start(round, organisation=group, by=applicant, **once)
    assert first is second


def test_a_group_has_one_live_application_in_a_round(app: Flask) -> None:
    draft = a_draft(group=an_organisation("Friends of the Park"))
    with pytest.raises(RuleBroken) as refusal:
        commands.start(draft.round, organisation=draft.organisation, by=draft.started_by)
    assert str(refusal.value) == (
        f"Friends of the Park already has an application to this round: {draft.ref}. "
        "Carry on with that one, or withdraw it first."
    )
    commands.withdraw(draft, by=draft.started_by)
    assert commands.start(draft.round, organisation=draft.organisation, by=draft.started_by).ref != draft.ref


def test_however_many_members_press_start_at_once_one_application_begins(app: Flask) -> None:
    round = a_round()
    group, applicant, _certifier = a_group()
    refs = (round.ref, group.ref, applicant.ref)

    def press(_n: int) -> str | None:
        with app.app_context():
            try:
                return commands.start(public(refs[0]), organisation=organisation(refs[1]), by=person(refs[2])).ref
            except RuleBroken:
                return None
            finally:
                db.session.remove()

    db.session.rollback()
    with ThreadPoolExecutor(6) as pool:
        begun = [ref for ref in pool.map(press, range(6)) if ref]
    assert len(begun) == 1
    assert len(db.session.scalars(select(Application)).all()) == 1


@pytest.mark.parametrize("voluntary", [False, None])
def test_money_for_voluntary_groups_is_for_them_only(sqlite_app: Flask, voluntary: bool | None) -> None:
    council = an_organisation("Borough Council", is_voluntary=voluntary)
    by = a_person(Duty.APPLICANT, organisation=council)
    with pytest.raises(RuleBroken) as refusal:
        commands.start(a_round(), organisation=council, by=by)
    assert str(refusal.value) == (
        "This money is only for voluntary and community groups, and Borough Council is not recorded as one. "
        "Contact us if that is wrong."
    )
    assert commands.start(a_round(voluntary_only=False), organisation=council, by=by).organisation is council


def test_a_round_that_is_not_open_cannot_be_applied_to(sqlite_app: Flask) -> None:
    group, applicant, _certifier = a_group()
    planned = a_planned_round(title="Next year")
    with pytest.raises(RuleBroken) as refusal:
        commands.start(planned, organisation=group, by=applicant)
    assert list(refusal.value.problems) == ["“Next year” is not open for applications yet."]
    over = closed(a_round(title="Last year"))
    with pytest.raises(RuleBroken) as refusal:
        commands.start(over, organisation=group, by=applicant)
    assert str(refusal.value).startswith("“Last year” closed on ")


def test_only_somebody_who_acts_for_the_group_starts_saves_and_sends(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    edition = draft.edition
    strangers = [
        a_person(Duty.APPLICANT, organisation=an_organisation()),
        a_person(Duty.ADMINISTRATOR),
        a_person(Duty.GRANTS_OFFICER),
    ]
    for by in strangers:
        for attempt in (
            lambda by=by: commands.start(draft.round, organisation=draft.organisation, by=by),
            lambda by=by: commands.save_answers(draft, answers={"people": "x"}, edition=edition, by=by),
            lambda by=by: commands.save_costs(draft, lines=[], edition=edition, by=by),
            lambda by=by: commands.save_place(draft, title="x", priority=None, locality=None, edition=edition, by=by),
            lambda by=by: commands.submit(draft, declared=True, edition=edition, by=by),
            lambda by=by: commands.withdraw(draft, by=by),
        ):
            with pytest.raises(Refused):
                attempt()
        with pytest.raises(NotFound):
            queries.mine(by, draft.ref)


# -- drafting ---------------------------------------------------------------------------------------------------------


def test_a_draft_keeps_what_is_typed_even_unfinished_or_too_long(app: Flask) -> None:
    draft = a_draft()
    long = "word " * 262
    commands.save_answers(draft, answers={"activity": long.strip(), "people": ""}, edition=draft.edition, by=draft.started_by)
    assert _answers(draft) == {"activity": long.strip()}
    assert "“What you will do” is 12 words too long: use 250 words or fewer" in _gaps(draft)
    commands.save_answers(draft, answers={"activity": ""}, edition=draft.edition, by=draft.started_by)
    assert _answers(draft) == {"activity": ""}
    assert _gaps(draft).count("Tell us what you will do") == 1


def test_an_answer_too_large_for_any_form_is_refused(sqlite_app: Flask) -> None:
    draft = a_draft()
    with pytest.raises(RuleBroken) as refusal:
        commands.save_answers(draft, answers={"need": "x" * 20_001}, edition=draft.edition, by=draft.started_by)
    assert list(refusal.value.problems) == [
        "“How you know it is needed” is too long to keep: 20,001 characters. Use 20,000 or fewer."
    ]


def test_saving_the_same_again_changes_nothing(sqlite_app: Flask) -> None:
    draft = a_complete_draft("100", "200")
    before, told = draft.edition, len(history(draft.ref))
    commands.save_answers(draft, answers=dict(GOOD_ANSWERS), edition=1, by=draft.started_by)
    commands.save_costs(draft, lines=[("Cost 1", POUNDS(100)), ("Cost 2", POUNDS(200))], edition=1, by=draft.started_by)
    commands.save_place(draft, title="Friday football", priority=draft.priority, locality=None, edition=1, by=draft.started_by)
    assert (draft.edition, len(history(draft.ref))) == (before, told)


def test_a_priority_of_another_plan_and_a_place_elsewhere_are_refused(sqlite_app: Flask) -> None:
    draft = a_draft()
    other = a_plan()
    with pytest.raises(RuleBroken) as refusal:
        commands.save_place(
            draft, title="", priority=other.priorities[0], locality=None, edition=draft.edition, by=draft.started_by
        )
    assert refusal.value.fields == {"priority": "Choose a priority from the list."}
    elsewhere = a_place(partnership=a_partnership())
    with pytest.raises(RuleBroken) as refusal:
        commands.save_place(draft, title="", priority=None, locality=elsewhere, edition=draft.edition, by=draft.started_by)
    assert refusal.value.fields == {"locality": "Choose a place from the list."}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([("", POUNDS(5))], "Say what cost 1 is for."),
        ([("x" * 201, POUNDS(5))], "What cost 1 is for must be 200 characters or fewer."),
        ([("Hall", POUNDS(5)), ("Free", Money(0))], "Cost 2 must be more than £0.00."),
        ([("Thing", POUNDS(5))] * 41, "Use 40 cost lines or fewer: put small things together."),
    ],
)
def test_an_unsound_cost_line_is_refused(sqlite_app: Flask, lines: list[tuple[str, Money]], sentence: str) -> None:
    draft = a_draft()
    with pytest.raises(RuleBroken) as refusal:
        commands.save_costs(draft, lines=lines, edition=draft.edition, by=draft.started_by)
    assert list(refusal.value.problems) == [sentence]


def test_cost_lines_are_changed_added_and_taken_away_in_order(app: Flask) -> None:
    draft = a_draft()
    for lines in (
        [("Hall", POUNDS(300)), ("Coach", POUNDS(500)), ("Balls", POUNDS(50))],
        [("Coach", POUNDS(500)), ("Balls", POUNDS("49.99"))],
        [("Coach", POUNDS(500)), ("Balls", POUNDS("49.99")), ("Hall", POUNDS(300)), ("Tea", POUNDS(1))],
        [],
    ):
        commands.save_costs(draft, lines=lines, edition=draft.edition, by=draft.started_by)
        assert [(cost.what, cost.amount) for cost in draft.costs] == lines
        assert draft.asked == total(amount for _what, amount in lines)


LINES = st.lists(
    st.tuples(st.text("abc ", min_size=1, max_size=9).filter(str.strip), st.integers(1, 10**9).map(Money)), max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=LINES, after=LINES)
def test_whatever_lines_follow_which_the_table_is_the_last_and_the_sum_is_exact(
    sqlite_app: Flask, before: list[tuple[str, Money]], after: list[tuple[str, Money]]
) -> None:
    draft = db.session.scalar(select(Application).limit(1)) or a_draft()
    for lines in (before, after):
        commands.save_costs(draft, lines=lines, edition=draft.edition, by=draft.started_by)
    assert [(cost.position, cost.what, cost.amount) for cost in draft.costs] == [
        (n, what.strip(), amount) for n, (what, amount) in enumerate(after, 1)
    ]
    assert draft.asked.pence == sum(amount.pence for _what, amount in after)


# -- two members at once ----------------------------------------------------------------------------------------------


def test_two_members_on_the_same_answer_see_both_versions(app: Flask) -> None:
    draft = a_draft()
    by = draft.started_by
    other = a_person(Duty.CERTIFIER, organisation=draft.organisation)
    drawn = draft.edition
    commands.save_answers(draft, answers={"people": "Forty children"}, edition=drawn, by=other)
    with pytest.raises(Stale) as stale:
        commands.save_answers(draft, answers={"people": "Fifty children", "kind": "families"}, edition=drawn, by=by)
    assert stale.value.yours == [("Who will benefit", "Fifty children")]
    assert stale.value.theirs == [("Who will benefit", "Forty children")]
    assert _answers(draft) == {"people": "Forty children"}
    commands.save_answers(draft, answers={"people": "Fifty children"}, edition=draft.edition, by=by)
    assert _answers(draft) == {"people": "Fifty children"}


def test_two_members_on_different_pages_are_not_in_each_others_way(app: Flask) -> None:
    draft = a_draft()
    by, drawn = draft.started_by, draft.edition
    other = a_person(Duty.CERTIFIER, organisation=draft.organisation)
    commands.save_answers(draft, answers={"people": "Forty"}, edition=drawn, by=other)
    commands.save_answers(draft, answers={"need": "They asked"}, edition=drawn, by=by)
    commands.save_costs(draft, lines=[("Hall", POUNDS(600))], edition=drawn, by=by)
    commands.save_place(draft, title="Football", priority=None, locality=None, edition=drawn, by=other)
    assert _answers(draft) == {"people": "Forty", "need": "They asked"}
    assert (draft.title, draft.asked) == ("Football", POUNDS(600))


def test_two_members_on_costs_or_title_see_both_versions(sqlite_app: Flask) -> None:
    draft = a_draft()
    by, drawn = draft.started_by, draft.edition
    commands.save_costs(draft, lines=[("Hall", POUNDS(600))], edition=drawn, by=by)
    with pytest.raises(Stale) as stale:
        commands.save_costs(draft, lines=[("Coach", POUNDS(700))], edition=drawn, by=by)
    assert (stale.value.yours, stale.value.theirs) == (
        [("Cost 1", "Coach: £700.00"), ("Total", "£700.00")],
        [("Cost 1", "Hall: £600.00"), ("Total", "£600.00")],
    )
    commands.save_place(draft, title="Football", priority=None, locality=None, edition=drawn, by=by)
    with pytest.raises(Stale) as stale:
        commands.save_place(draft, title="Dance", priority=None, locality=None, edition=drawn, by=by)
    assert stale.value.yours[0] == ("Title of your project", "Dance")
    assert stale.value.theirs[0] == ("Title of your project", "Football")


def test_the_edition_goes_up_even_in_the_same_instant(sqlite_app: Flask) -> None:
    with clock.stopped(clock.now()):
        draft = a_draft()
        drawn = draft.edition
        commands.save_answers(draft, answers={"people": "Forty"}, edition=drawn, by=draft.started_by)
        assert draft.edition == drawn + 1
        with pytest.raises(Stale):
            commands.save_answers(draft, answers={"people": "Fifty"}, edition=drawn, by=draft.started_by)


# -- what is missing --------------------------------------------------------------------------------------------------


def test_an_empty_draft_lists_everything_that_is_missing_with_its_place(sqlite_app: Flask) -> None:
    draft = a_draft()
    wanting = list(rules.gaps(draft, document(draft.round.question_set), rules.About(places=True)))
    assert [(gap.sentence, gap.page, gap.section, gap.field) for gap in wanting] == [
        ("Enter a title for your project", Page.PLACE, None, "title"),
        ("Choose the priority your project helps with most", Page.PLACE, None, "priority"),
        ("Choose where your project will happen", Page.PLACE, None, "locality"),
        ("Tell us what you will do", Page.QUESTIONS, "project", "activity"),
        ("Tell us who will benefit and about how many people", Page.QUESTIONS, "project", "people"),
        ("Choose which of these is closest to your project", Page.QUESTIONS, "project", "kind"),
        ("Tell us how you know it is needed", Page.QUESTIONS, "need", "need"),
        ("Tell us how it will help with the aim you chose", Page.QUESTIONS, "need", "fit"),
        ("Tell us how you will keep people safe", Page.QUESTIONS, "running", "safe"),
        ("Tell us how you will know it has worked", Page.QUESTIONS, "running", "worked"),
        ("Add what the project will cost", Page.COSTS, None, "costs-0-what"),
    ]


def test_the_task_list_says_how_far_each_page_is(sqlite_app: Flask) -> None:
    draft = a_draft()
    by = draft.started_by

    def progress() -> list[Progress]:
        return [task.progress for task in rules.tasks(draft, document(draft.round.question_set), rules.About())]

    todo, doing, done = Progress.NOT_STARTED, Progress.IN_PROGRESS, Progress.DONE
    assert progress() == [todo, todo, todo, todo, todo]
    commands.save_place(draft, title="Football", priority=None, locality=None, edition=draft.edition, by=by)
    commands.save_answers(
        draft,
        answers={"activity": "x", "need": "x", "fit": "x", "safe": "x " * 151, "worked": "x"},
        edition=draft.edition,
        by=by,
    )
    commands.save_costs(draft, lines=[("Hall", POUNDS("499.99"))], edition=draft.edition, by=by)
    assert progress() == [doing, doing, done, doing, doing]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("499.99", "You ask for £499.99. The least you can ask for is £500.00"),
        ("500", None),
        ("10000", None),
        ("10000.01", "You ask for £10,000.01. The most you can ask for is £10,000.00"),
    ],
)
def test_the_sum_must_lie_between_the_least_and_the_most(sqlite_app: Flask, amount: str, sentence: str | None) -> None:
    draft = a_complete_draft(amount, round=a_round(smallest="500", largest="10000"))
    assert _gaps(draft) == ([sentence] if sentence else [])


def test_an_optional_question_may_be_left_out(sqlite_app: Flask) -> None:
    asked = copy.deepcopy(standard())
    asked["sections"][1]["questions"][0]["required"] = False
    draft = a_complete_draft(round=a_round(question_set=a_question_set(asked)), answers={"need": ""})
    assert _gaps(draft) == []


# -- sending ----------------------------------------------------------------------------------------------------------


def test_sending_lists_everything_missing_and_changes_nothing(app: Flask) -> None:
    draft = a_complete_draft("100", answers={"need": "", "kind": ""}, title=" ")
    with pytest.raises(RuleBroken) as refusal:
        commands.submit(draft, declared=False, edition=draft.edition, by=draft.started_by)
    assert list(refusal.value.problems) == [
        "Enter a title for your project",
        "Choose which of these is closest to your project",
        "Tell us how you know it is needed",
        "You ask for £100.00. The least you can ask for is £500.00",
        "Confirm that what you have said is true and that your group has agreed to apply",
    ]
    db.session.expire_all()
    assert (draft.state, draft.submitted_at, draft.snapshot) == (State.DRAFT, None, None)


def test_a_sent_application_is_frozen_whole(app: Flask) -> None:
    partnership = a_partnership()
    place = a_place("Brinnington", partnership=partnership)
    round = a_round(pot=a_funded_pot(partnership=partnership), title="Safer summers")
    group = an_organisation("Friends of the Park", charity_number="1234567")
    draft = a_complete_draft("700", "500.50", round=round, group=group, place=place, priority=priorities_of(round)[1])
    sent = commands.submit(draft, declared=True, edition=draft.edition, by=draft.started_by)
    assert sent.state is State.SUBMITTED
    assert sent.snapshot
    said = frozen.read(sent.snapshot)
    assert (said.ref, said.title, said.group, said.charity_number, said.voluntary) == (
        draft.ref, "Friday football", "Friends of the Park", "1234567", True,
    )  # fmt: skip
    assert (said.round, said.priority, said.place, said.asked) == (
        "Safer summers", "Young people", "Brinnington", POUNDS("1200.50"),
    )  # fmt: skip
    assert said.costs == [("Cost 1", POUNDS(700)), ("Cost 2", POUNDS("500.50"))]
    assert [(a.label, a.answer) for part in said.sections for a in part.answers][:3] == [
        ("What will you do?", GOOD_ANSWERS["activity"]),
        ("Who will benefit, and about how many people?", GOOD_ANSWERS["people"]),
        ("Which of these is closest to your project?", "Activities for young people"),
    ]
    assert len(said.declarations) == 1
    assert (said.sent_by, said.sent_at) == (draft.started_by.name, sent.submitted_at)
    assert frozen.digest(sent.snapshot.content) == sent.snapshot.digest == said.digest
    assert history(sent.ref)[0].sentence == "Sent the application, asking for £1,200.50"


def test_the_digest_tells_any_change(sqlite_app: Flask) -> None:
    sent = a_submitted()
    assert sent.snapshot
    content = copy.deepcopy(sent.snapshot.content)
    assert frozen.digest(content) == sent.snapshot.digest
    content["sections"][0]["answers"][0]["typed"] += " "
    assert frozen.digest(content) != sent.snapshot.digest


def test_a_snapshot_is_never_changed(app: Flask) -> None:
    sent = a_submitted()
    for statement in ("UPDATE application_snapshot SET digest = 'x'", "DELETE FROM application_snapshot"):
        with unguarded(), pytest.raises(DBAPIError):
            db.session.execute(text(statement))
        db.session.rollback()
    assert sent.snapshot.digest == frozen.digest(sent.snapshot.content)


def test_everybody_of_the_group_gets_a_receipt_with_the_reference(app: Flask) -> None:
    group, applicant, certifier = a_group()
    sent = a_submitted(group=group, by=applicant)
    mails = db.session.scalars(select(Task).where(Task.kind == Kind.MAIL, Task.about == sent.ref).order_by(Task.id)).all()
    assert sorted(mail.facts["to"] for mail in mails) == sorted([applicant.email, certifier.email])
    assert {mail.facts["subject"] for mail in mails} == {f"We have your application {sent.ref}"}


def test_pressing_send_twice_sends_once(app: Flask) -> None:
    draft = a_complete_draft()
    once: Any = {"key": "one form"}
    edition, by = draft.edition, draft.started_by
    first = commands.submit(draft, declared=True, edition=edition, by=by, **once)
    second = commands.submit(draft, declared=True, edition=edition, by=by, **once)
    assert first is second
    assert len(db.session.scalars(select(Task).where(Task.about == draft.ref)).all()) == 1


def test_what_another_member_changed_meanwhile_must_be_read_before_it_is_sent(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    read = draft.edition
    commands.save_answers(draft, answers={"people": "Forty-one"}, edition=read, by=draft.started_by)
    with pytest.raises(Stale):
        commands.submit(draft, declared=True, edition=read, by=draft.started_by)
    assert draft.state is State.DRAFT


def test_a_submission_in_the_last_second_counts_and_one_at_the_stroke_does_not(app: Flask) -> None:
    draft = a_complete_draft()
    by, edition, closes = draft.started_by, draft.edition, draft.round.closes_at
    with clock.stopped(closes), pytest.raises(RuleBroken) as refusal:
        commands.submit(draft, declared=True, edition=edition, by=by)
    assert f"“{draft.round.title}” closed on " in str(refusal.value)
    last = closes - timedelta(seconds=1)
    with clock.stopped(last):
        assert commands.submit(draft, declared=True, edition=edition, by=by).submitted_at == last


def test_a_page_that_arrived_in_time_counts_though_its_turn_came_late(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    by, edition, closes = draft.started_by, draft.edition, draft.round.closes_at
    arrived = closes - timedelta(seconds=1)
    with clock.stopped(closes + timedelta(minutes=2)), pytest.raises(RuleBroken):
        commands.submit(draft, declared=True, edition=edition, by=by, arrived=arrived)
    with clock.stopped(closes + timedelta(seconds=20)):
        assert commands.submit(draft, declared=True, edition=edition, by=by, arrived=arrived).submitted_at == arrived


def test_nothing_is_saved_after_closing_and_the_reason_is_kind(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    by, edition = draft.started_by, draft.edition
    with clock.stopped(draft.round.closes_at):
        for attempt in (
            lambda: commands.save_answers(draft, answers={"people": "x"}, edition=edition, by=by),
            lambda: commands.save_costs(draft, lines=[], edition=edition, by=by),
            lambda: commands.save_place(draft, title="x", priority=None, locality=None, edition=edition, by=by),
        ):
            with pytest.raises(RuleBroken) as refusal:
                attempt()
            assert refusal.value.problems[0].startswith(f"“{draft.round.title}” closed on ")
            assert refusal.value.problems[1:] == (
                "Nothing you sent before is lost, and what you just typed is still on this page so that you can copy it.",
            )
    assert _answers(draft) == dict(GOOD_ANSWERS)


def test_a_sent_application_cannot_be_changed_or_sent_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    with pytest.raises(RuleBroken) as refusal:
        commands.save_answers(sent, answers={"people": "x"}, edition=sent.edition, by=sent.started_by)
    assert list(refusal.value.problems) == ["This application is already submitted, so it cannot be changed."]
    with pytest.raises(RuleBroken):
        commands.submit(sent, declared=True, edition=sent.edition, by=sent.started_by)


# -- afterwards -------------------------------------------------------------------------------------------------------


def _chair(sent: Application) -> Person:
    return a_person(Duty.PANEL_CHAIR, partnership=sent.round.pot.stream.partnership)


def test_a_group_withdraws_until_the_decision(app: Flask) -> None:
    sent = a_submitted()
    commands.withdraw(sent, by=sent.started_by)
    assert sent.state is State.WITHDRAWN
    assert sent.snapshot is not None
    decided = a_submitted()
    commands.conclude(decided, by=_chair(decided))
    with pytest.raises(RuleBroken):
        commands.withdraw(decided, by=decided.started_by)


def test_only_the_chair_records_the_decision(sqlite_app: Flask) -> None:
    sent = a_submitted()
    for by in (officer_of(sent.round), sent.started_by):
        with pytest.raises(Refused):
            commands.conclude(sent, by=by)
    assert commands.conclude(sent, by=_chair(sent)).state is State.DECIDED


@pytest.mark.parametrize("duty", [Duty.GRANTS_OFFICER, Duty.PANEL_MEMBER, Duty.PANEL_CHAIR, Duty.MINUTE_TAKER, Duty.AUDITOR])
def test_those_who_decide_and_audit_read_what_was_sent_there(sqlite_app: Flask, duty: Duty) -> None:
    sent, draft = a_submitted(), a_complete_draft()
    here = a_person(duty, partnership=sent.round.pot.stream.partnership)
    elsewhere = a_person(duty, partnership=a_partnership())
    assert queries.bid(here, sent.ref).snapshot is sent.snapshot
    with pytest.raises(NotFound):
        queries.bid(elsewhere, sent.ref)
    with pytest.raises(NotFound):
        queries.bid(a_person(duty, partnership=draft.round.pot.stream.partnership), draft.ref)


@pytest.mark.parametrize("duty", [Duty.ASSESSOR, Duty.FINANCE_OFFICER, Duty.ADMINISTRATOR])
def test_an_assessor_does_not_come_in_by_this_door(sqlite_app: Flask, duty: Duty) -> None:
    sent = a_submitted()
    with pytest.raises(NotFound):
        queries.bid(a_person(duty, partnership=sent.round.pot.stream.partnership), sent.ref)


def test_bids_are_listed_in_the_order_they_came_with_what_they_ask(app: Flask) -> None:
    round = a_round()
    first = a_submitted("700", "50.25", round=round, title="First")
    second = a_submitted("900", round=round, title="Second")
    a_draft(round=round)
    taken_back = a_submitted(round=round)
    commands.withdraw(taken_back, by=taken_back.started_by)
    found = queries.submitted(round)
    assert [(one.ref, one.title, one.group, one.asked) for one in found] == [
        (first.ref, "First", first.organisation.name, POUNDS("750.25")),
        (second.ref, "Second", second.organisation.name, POUNDS(900)),
    ]
    assert queries.counts(round) == (1, 2, 1, POUNDS("1650.25"))


def test_bids_are_listed_with_the_issue_they_deal_with_apart_from_their_priority(app: Flask) -> None:
    document = standard()
    issue = next(one for one in bank() if one.key == "issue").model_dump(mode="json")
    document["sections"][0]["questions"].append(issue | {"required": False})
    round = a_round(question_set=a_question_set(document))
    a_submitted(round=round, answers={"issue": "places"})
    a_submitted(round=round)
    assert [one.issue for one in queries.submitted(round)] == ["Streets, parks and places that feel unsafe", None]
    plain = a_round()
    a_submitted(round=plain)
    assert ([one.issue for one in queries.submitted(plain)], queries.issue_asked(plain)) == ([None], None)


def test_a_draft_waits_on_its_group_with_the_days_left(sqlite_app: Flask) -> None:
    group, applicant, certifier = a_group()
    draft = a_draft(round=a_round(title="Safer summers"), group=group, by=applicant)
    found = queries.waiting(certifier)
    assert [(one.ref, one.page, one.args) for one in found] == [(draft.ref, "applications.show", {"ref": draft.ref})]
    assert found[0].what.startswith("Finish and send “your application”: Safer summers closes in 14 days, on ")
    assert queries.waiting(a_person(Duty.APPLICANT, organisation=an_organisation())) == []
    with clock.stopped(draft.round.closes_at):
        assert queries.waiting(certifier) == []


@pytest.mark.parametrize("how_many", [1, 30])
def test_reading_costs_the_same_however_long_an_application_is(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    draft = a_complete_draft(*["100"] * how_many)
    by, ref = draft.started_by, draft.ref
    assert by.holdings
    db.session.expire(draft)
    with statements() as made:
        found = queries.mine(by, ref)
        assert len(found.costs) == how_many
        assert rules.tasks(found, document(found.round.question_set), rules.About())
        assert len(queries.applications(by)) == 1
    assert len(made) == 5  # the application, its answers, its costs, how it was opened again; the list


def test_the_standard_questions_have_a_page_for_every_gap() -> None:
    questions = check(standard())
    assert {question.key for section in questions.pages for question in section.asked} == set(GOOD_ANSWERS)
