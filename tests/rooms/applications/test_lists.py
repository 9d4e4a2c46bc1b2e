"""What lists leave out and put in: tests, drafts, withdrawn, other groups, other funds; what is copied and frozen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from grants.applications import after, commands, frozen, queries
from grants.applications.models import Application, State
from grants.files.models import What
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused
from grants.kernel.money import Money
from grants.notices import groups
from grants.people.about import Profile
from grants.people.models import Duty
from grants.people.profiles import save_profile
from grants.questions.document import standard
from grants.questions.queries import document
from grants.rounds.models import Round
from grants.rounds.rules import Split
from grants.rounds.terms import Firmness, Limit, Terms
from grants.work.models import Task
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_funded_pot,
    a_planned_round,
    a_question_set,
    a_round,
    a_submitted,
    officer_of,
    priorities_of,
    refused_with,
    sent_off,
)
from tests.builders.drafts import KNOWN, a_full_draft, a_full_round, filled
from tests.builders.files import a_filed
from tests.builders.people import a_group, a_person, an_organisation

P = Money.pounds
DAY, WEEK = timedelta(days=1), timedelta(days=7)


# -- a round's lists --------------------------------------------------------------------------------------------------


def test_a_rounds_lists_tell_drafts_from_what_was_sent_and_withdrawn(app: Flask) -> None:
    lots = [Split("Central", "E05015018", P(3000)), Split("All over", None, P(6000))]
    round = a_round(hold="9000", smallest="1", largest="3000", terms=Terms(asks_postcode=True), lots=lots)

    def bid(postcode: str) -> Application:
        draft = a_complete_draft("1000", round=round)
        save: Any = {"title": "Tea", "priority": draft.priority, "postcode": postcode, "by": draft.started_by}
        return commands.save_place(draft, edition=draft.edition, **save)

    placed, loose, draft, gone, gone_draft = bid(KNOWN), bid("SK7 1AA"), bid(KNOWN), bid(KNOWN), bid(KNOWN)
    for one in (placed, loose, gone):
        sent_off(one)
    for one in (gone, gone_draft):
        commands.withdraw(one, by=one.started_by)
    assert [one.ref for one in queries.submitted(round)] == [placed.ref, loose.ref]
    assert queries.counts(round) == (1, 2, 2, P(2000))
    assert queries.by_lot(round) == {round.lots[0].id: 1}
    assert [one.ref for one in queries.unplaced(round)] == [loose.ref]
    assert queries.drafting(round) == [(draft.organisation.ref, draft.organisation.name)]
    assert queries.tests(round) == []


def _rehearsed(round: Round) -> Application:
    officer = officer_of(round)
    tried = commands.start(round, organisation=an_organisation("Test group"), rehearsal=True, by=officer)
    commands.save_place(tried, title="Try", priority=priorities_of(round)[0], edition=tried.edition, by=officer)
    commands.save_answers(tried, answers=dict(GOOD_ANSWERS), edition=tried.edition, by=officer)
    return commands.save_costs(tried, lines=[("Try", round.smallest)], edition=tried.edition, by=officer)


def test_a_test_application_is_in_no_list_but_the_officers_own(app: Flask) -> None:
    round = a_planned_round()
    tried = _rehearsed(round)
    by = a_person(Duty.APPLICANT, organisation=tried.organisation)
    assert [one.ref for one in queries.tests(round)] == [tried.ref]
    assert (queries.drafting(round), queries.counts(round), queries.live(round, tried.organisation)) == (
        [], (0, 0, 0, P(0)), None,
    )  # fmt: skip
    assert (queries.applications(by), queries.waiting(by), queries.live_of(by, round)) == ([], [], {})
    with pytest.raises(NotFound):
        queries.mine(by, tried.ref)
    with pytest.raises(Refused):
        commands.save_costs(tried, lines=[], edition=tried.edition, by=by)
    assert queries.mine(officer_of(round), tried.ref) is tried
    assert queries.tracked(tried.ref) is None


def test_a_round_is_tried_out_only_before_it_opens_and_only_by_whoever_looks_after_it(sqlite_app: Flask) -> None:
    round, group = a_round(), an_organisation()
    start: Any = {"organisation": group, "rehearsal": True}
    with pytest.raises(Refused):
        commands.start(round, **start, by=a_person(Duty.APPLICANT, organisation=group))
    assert refused_with(lambda: commands.start(round, **start, by=officer_of(round))) == [
        "This round has opened. Try out the next one before it does."
    ]


def test_taking_the_tests_away_leaves_nothing_of_them_and_says_that_it_was_tried_out(app: Flask) -> None:
    round, plain = a_planned_round(), a_planned_round()
    tried = _rehearsed(round)
    officer = officer_of(round)
    commands.save_outcomes(tried, lines=[("feel safe", "all", "", "", "", False)], edition=tried.edition, by=officer)
    with pytest.raises(Refused):
        commands.purge(round, by=a_person(Duty.FINANCE_OFFICER))
    commands.purge(round, by=officer)
    commands.purge(plain, by=officer_of(plain))
    assert db.session.scalars(select(Application)).all() == []
    assert (round.rehearsed_at is None, plain.rehearsed_at is None) == (False, True)


# -- a group's lists --------------------------------------------------------------------------------------------------


def test_a_groups_list_says_what_can_still_be_sent_and_until_when(app: Flask) -> None:
    group, by, _certifier = a_group()
    draft = a_draft(group=group, by=by)
    closes, officer = draft.round.closes_at, officer_of(draft.round)

    def row() -> tuple[State, bool, Any]:
        [one] = queries.applications(by)
        return one.state, one.open, one.closes_at

    assert row() == (State.DRAFT, True, closes)
    with clock.stopped(closes):
        assert (row(), queries.waiting(by)) == ((State.DRAFT, False, closes), [])
    longer: Any = {"organisation": group, "until": closes + DAY, "reason": "No power."}
    commands.give_longer(draft.round, **longer, by=officer)
    with clock.stopped(closes):
        assert row() == (State.DRAFT, True, closes + DAY)
        assert [one.ref for one in queries.waiting(by)] == [draft.ref]
    with clock.stopped(closes + DAY):
        assert (row(), queries.waiting(by)) == ((State.DRAFT, False, closes + DAY), [])
    with clock.stopped(draft.round.opens_at - DAY):
        assert row()[1] is False


def test_what_was_opened_again_waits_on_its_group_until_its_own_day_only(app: Flask) -> None:
    group, by, _certifier = a_group()
    sent = a_submitted(group=group, by=by)
    assert queries.waiting(by) == []
    until = clock.now() + 3 * DAY
    commands.reopen(sent, why="Sign it.", until=until, by=officer_of(sent.round))
    [row] = queries.applications(by)
    assert (row.open, row.closes_at, [one.ref for one in queries.waiting(by)]) == (True, until, [sent.ref])
    with clock.stopped(until):  # its round is still open
        [row] = queries.applications(by)
        assert (row.open, queries.waiting(by)) == (False, [])


def test_a_question_about_what_was_withdrawn_waits_on_nobody(sqlite_app: Flask) -> None:
    sent = a_submitted()
    asked = after.ask(sent, question="How big?", due_on=clock.today() + WEEK, by=officer_of(sent.round))
    assert [one.ref for one in queries.waiting(sent.started_by)] == [asked.ref]
    commands.withdraw(sent, by=sent.started_by)
    assert queries.waiting(sent.started_by) == []


def test_a_group_may_apply_to_another_round_and_again_once_it_withdrew(sqlite_app: Flask) -> None:
    sent = a_submitted()
    other, by, group = a_round(), sent.started_by, sent.organisation
    assert (queries.live(sent.round, group), queries.live(other, group)) == (sent, None)
    assert queries.live_of(by, sent.round) == {group.ref: sent.ref}
    commands.withdraw(sent, by=by)
    assert (queries.live(sent.round, group), queries.live_of(by, sent.round)) == (None, {})


def test_only_what_was_sent_and_stands_can_be_followed_by_its_reference(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    assert queries.tracked(draft.ref) is None
    assert queries.tracked(sent_off(draft).ref) is draft
    officer = officer_of(draft.round)
    assert queries.bid(officer, draft.ref) is draft
    other = a_complete_draft(round=draft.round)
    for who in (officer, a_person(Duty.GRANTS_OFFICER)):
        with pytest.raises(NotFound):
            queries.bid(who, other.ref)
        with pytest.raises(NotFound):
            queries.mine(who, other.ref)


def test_whoever_starts_may_be_told_the_drafts_address_and_until_when(sqlite_app: Flask) -> None:
    round = a_round()
    group, by, _certifier = a_group()
    commands.start(round, organisation=group, tell=True, by=by)
    told = [
        task.facts["to"] for task in db.session.scalars(select(Task)) if task.facts.get("template") == "application started"
    ]
    assert told == [by.email]


# -- last time's words ------------------------------------------------------------------------------------------------


def test_what_can_be_used_again_is_what_the_group_sent_to_this_fund_or_in_answer_to_these_questions(app: Flask) -> None:
    pot, asked = a_funded_pot("90000"), a_question_set()
    group, by, _certifier = a_group()
    mine: Any = {"group": group, "by": by}
    same_fund = a_submitted(round=a_round(pot=pot, question_set=a_question_set(title="Other"), hold="10000"), **mine)
    same_questions = a_submitted(round=a_round(question_set=asked), **mine)
    a_submitted(round=a_round(question_set=a_question_set(title="Third")), **mine)  # neither
    a_submitted(round=a_round(question_set=asked))  # another group's
    a_draft(round=a_round(question_set=asked), **mine)  # never sent
    withdrawn = a_submitted(round=a_round(question_set=asked), **mine)
    commands.withdraw(withdrawn, by=by)
    draft = a_draft(round=a_round(pot=pot, question_set=asked, hold="10000"), **mine)
    assert [one.ref for one in queries.earlier(draft)] == [withdrawn.ref, same_questions.ref, same_fund.ref]


def test_words_are_copied_only_by_the_group_into_a_draft_that_can_be_changed(app: Flask) -> None:
    first = filled(a_full_draft())
    lines = [("feel safer", "all", "20", "May", "a survey", True)]
    commands.save_outcomes(first, lines=lines, edition=first.edition, by=first.started_by)
    sent_off(first)
    round, by = first.round, first.started_by
    next_round = a_full_round(pot=round.pot, question_set=round.question_set, strategy=round.strategy)
    again = a_full_draft(next_round, group=first.organisation, by=by)
    with pytest.raises(Refused):
        commands.copy_earlier(again, before=first, by=officer_of(round))
    with clock.stopped(next_round.closes_at):
        assert refused_with(lambda: commands.copy_earlier(again, before=first, by=by))[0].startswith(
            f"“{next_round.title}” closed on "
        )
    commands.copy_earlier(again, before=first, by=by)
    assert [(one.change, one.much, one.measured, one.kept) for one in again.outcomes] == [
        ("feel safer", "20", "a survey", True)
    ]
    commands.save_outcomes(again, lines=lines, edition=again.edition, by=by)  # as it stands: looked at
    assert sorted(again.copied) == ["answer given", "answer lead", "people", "place"]
    place: Any = {"title": again.title, "purpose": again.purpose, "edition": again.edition, "by": by}
    commands.save_place(again, **place)
    assert sorted(again.copied) == ["answer given", "answer lead", "people"]


# -- what goes with it ------------------------------------------------------------------------------------------------


def test_a_document_is_put_with_an_application_changed_and_taken_away(app: Flask) -> None:
    draft = filled(a_full_draft(), amount="12000")
    by = draft.started_by
    one, two = (a_filed(draft.organisation, by=by).document.ref for _n in range(2))

    def put(ref: str | None) -> tuple[list[tuple[str, str]], int]:
        commands.save_evidence(draft, what=What.CONSTITUTION.value, document=ref, by=by)
        return [(evidence.what, evidence.document) for evidence in draft.evidence], draft.edition

    edition = draft.edition
    assert put(None) == ([], edition)
    assert put(one) == ([("constitution", one)], edition + 1)
    assert put(one) == ([("constitution", one)], edition + 1)  # the same again is no change
    assert put(two) == ([("constitution", two)], edition + 2)
    assert put(None) == ([], edition + 3)


def test_the_digest_is_of_what_is_said_and_not_of_the_order_it_is_kept_in() -> None:
    assert frozen.digest({"title": "Tea", "asked": 1}) == frozen.digest({"asked": 1, "title": "Tea"})
    assert frozen.digest({"title": "Tea", "asked": 1}) != frozen.digest({"title": "Tea", "asked": 2})


def test_a_title_too_long_for_any_form_is_refused_and_one_too_long_to_send_is_kept(sqlite_app: Flask) -> None:
    draft = a_draft()
    save: Any = {"edition": draft.edition, "by": draft.started_by}
    too_long = ["The title is too long to keep. Use 100 characters or fewer."]
    assert refused_with(lambda: commands.save_place(draft, title="x" * 20_001, **save)) == too_long
    assert commands.save_place(draft, title="🙂" * 20_000, **save).title == "🙂" * 20_000


def test_whether_a_group_has_an_account_is_found_where_a_round_or_a_question_asks(sqlite_app: Flask) -> None:
    asked = standard()
    asked["sections"][2]["questions"][0]["when"] = {"all": [{"of": "own-account", "any_of": ["no"]}]}
    draft, plain = a_draft(round=a_round(question_set=a_question_set(asked))), a_draft()
    for one in (draft, plain):
        save_profile(one.organisation, profile=Profile(own_account=False), edition=0, by=one.started_by)
    assert (queries.about(draft).account, queries.about(plain).account) == (False, None)


def test_what_only_some_applications_say_is_frozen_too(sqlite_app: Flask) -> None:
    asked = standard()
    asked["sections"][0]["questions"].append(
        {"key": "plan", "kind": "file", "label": "Plan?", "short": "Plan", "missing": "Add it"}
    )
    lots = [Split("Central", "E05015018", P(5000))]
    terms = Terms(asks_postcode=True, host_needed=True, limits=(Limit(above=100_000, firmness=Firmness.NORMAL),))
    round = a_round(question_set=a_question_set(asked), terms=terms, lots=lots, hold="5000", largest="5000")
    draft = a_complete_draft("1200", round=round)
    by = draft.started_by
    filed = a_filed(draft.organisation, by=by).document
    save_profile(draft.organisation, profile=Profile(own_account=False), edition=0, by=by)
    host, _applicant, signs = a_group("Old Chapel")
    commands.save_place(draft, title="Tea", priority=draft.priority, postcode=KNOWN, edition=draft.edition, by=by)
    commands.save_answers(draft, answers={"plan": filed.ref}, edition=draft.edition, by=by)
    commands.save_evidence(draft, what=What.CONSTITUTION.value, document=filed.ref, by=by)
    question = commands.ask_host(draft, host_name="Old Chapel", host_email=signs.email, by=by)
    groups.answer_host(question, host=host, agreed=True, by=signs)
    said = frozen.read(sent_off(draft).snapshots[0])
    named = (f"{filed.name} ({filed.ref})", [("constitution", filed.ref, filed.name)])
    assert (next(one.answer for one in said.sections[0].answers if one.key == "plan"), said.documents) == named
    assert (said.host, said.lot, said.postcode) == ("Old Chapel", "Central", KNOWN)
    assert said.flags == ["This fund does not normally give more than £1,000.00."]


def test_a_host_that_ended_what_it_agreed_to_is_no_host_of_a_draft(sqlite_app: Flask) -> None:
    draft = a_complete_draft(round=a_round(terms=Terms(host_needed=True)))
    by = draft.started_by
    save_profile(draft.organisation, profile=Profile(own_account=False), edition=0, by=by)
    _host, _applicant, signs = a_group("Old Chapel")
    asked = document(draft.round.question_set)

    def standing() -> tuple[str | None, str | None, bool | None]:
        about = queries.about(draft, asked)
        return about.host, about.host_name, about.account

    assert standing() == (None, None, False)
    question = commands.ask_host(draft, host_name="Old Chapel", host_email=signs.email, by=by)
    assert standing() == ("asked", "Old Chapel", False)
    groups.withdraw_host(question, by=by)
    assert standing() == (None, None, False)


def test_money_that_may_not_go_to_a_group_any_more_is_not_asked_for_at_sending(sqlite_app: Flask) -> None:
    draft = a_complete_draft()
    name = draft.organisation.name
    with unguarded():
        draft.organisation.is_voluntary = False
        db.session.commit()
    said = f"This money is only for voluntary and community groups, and {name} is not recorded as one."
    assert refused_with(lambda: sent_off(draft)) == [f"{said} Contact us if that is wrong."]
