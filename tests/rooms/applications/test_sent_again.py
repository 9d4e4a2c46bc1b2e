"""Sent once, opened again, asked for a second stage, not sent in time: what stands, what is shown and what never changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from grants.applications import after, commands, frozen, queries, rules
from grants.applications.models import Application, State, Vat
from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken, Stale
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.people.queries import person
from grants.questions.document import standard
from grants.questions.queries import document
from grants.rounds.rules import in_words
from grants.rounds.terms import Helps, Terms, Tier
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_draft,
    a_place,
    a_question_set,
    a_round,
    a_submitted,
    mailed,
    officer_of,
    priorities_of,
    refused_with,
    sent_off,
)
from tests.builders.drafts import KNOWN, a_full_draft, a_full_round, filled
from tests.builders.people import a_group, a_person

P = Money.pounds
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def _answers(draft: Application, **answers: str | list[str]) -> Application:
    return commands.save_answers(draft, answers=answers, edition=draft.edition, by=draft.started_by)


def _costs(draft: Application, *lines: tuple[str, str]) -> Application:
    costs = [(what, P(amount)) for what, amount in lines]
    return commands.save_costs(draft, lines=costs, edition=draft.edition, by=draft.started_by)


def _open_again(sent: Application, *parts: str, days: int = 7) -> Application:
    return commands.reopen(sent, why="Say more.", parts=parts, until=clock.now() + days * DAY, by=officer_of(sent.round))


# -- sent once, by those who may --------------------------------------------------------------------------------------


def test_however_many_members_press_send_at_once_it_is_sent_once_and_one_receipt_goes_to_each(app: Flask) -> None:
    group, by, certifier = a_group()
    draft = a_complete_draft(group=group, by=by)
    ref, edition, people, start = draft.ref, draft.edition, (by.ref, certifier.ref), Barrier(4)
    db.session.rollback()

    def press(n: int) -> list[str]:
        with app.app_context():
            try:
                sender = person(people[n % 2])
                found = queries.mine(sender, ref)
                start.wait()
                return [commands.submit(found, declared=True, edition=edition, by=sender).ref]
            except (RuleBroken, Stale):
                return []
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert [ref for sent in pool.map(press, range(4)) for ref in sent] == [ref]
    assert [one.number for one in queries.mine(by, ref).snapshots] == [1]
    assert sorted(mail["to"] for mail in mailed("application received")) == sorted([by.email, certifier.email])


def test_what_is_declared_is_confirmed_and_every_declaration_is_named(app: Flask) -> None:
    draft = filled(a_full_draft())
    assert refused_with(lambda: sent_off(draft, declared=False)) == [
        "Confirm that it is true", "Confirm that your group has agreed",
    ]  # fmt: skip
    assert (draft.state, draft.sends) == (State.DRAFT, 0)
    sent = sent_off(draft)
    assert frozen.read(sent.snapshots[0]).declarations == ["What we say is true", "Our group has agreed"]


def test_where_sizes_of_ask_say_who_signs_only_those_entitled_send(app: Flask) -> None:
    group, by, certifier = a_group()
    other = a_person(Duty.CERTIFIER, organisation=group, name="Sam")
    draft = filled(a_full_draft(group=group, by=by))
    elsewhere = a_group()[2]
    names = " or ".join(one.name for one in queries.signers(draft))
    assert {one.ref for one in queries.signers(draft)} == {certifier.ref, other.ref}
    assert refused_with(lambda: sent_off(draft)) == [
        f"Only somebody who signs for your group can send this: {names}. Tell them it is ready."
    ]
    for nobody in (elsewhere, a_person(Duty.READER, organisation=group), a_person(Duty.ADVISER, organisation=group)):
        with pytest.raises(Refused):
            sent_off(draft, by=nobody)
    assert sent_off(draft, by=other).state is State.SUBMITTED


def test_where_nobody_signs_for_the_group_or_no_size_says_so_whoever_applies_sends(sqlite_app: Flask) -> None:
    alone = filled(a_full_draft())
    assert (queries.signers(alone), sent_off(alone).state) == ([], State.SUBMITTED)
    group, by, _certifier = a_group()
    plain = a_complete_draft(group=group, by=by)
    assert (queries.signers(plain), sent_off(plain).state) == ([], State.SUBMITTED)


def test_everything_against_sending_is_said_at_once_and_why_it_is_late_comes_first(sqlite_app: Flask) -> None:
    group, by, certifier = a_group()
    draft = filled(a_full_draft(group=group, by=by))
    _answers(draft, given="1.200")
    wrong = [
        "“Money from others” must be an amount of money, like 1,250 or 1250.50",
        "Confirm that it is true",
        "Confirm that your group has agreed",
        f"Only somebody who signs for your group can send this: {certifier.name}. Tell them it is ready.",
    ]
    assert refused_with(lambda: sent_off(draft, declared=False)) == wrong
    closes = draft.round.closes_at
    with clock.stopped(closes):
        late = f"“{draft.round.title}” closed on {in_words(closes)}, so it takes no more applications."
        assert refused_with(lambda: sent_off(draft, declared=False)) == [late, *wrong]


@pytest.mark.parametrize(("late", "counts"), [(60, True), (61, False)])
def test_when_it_arrived_counts_for_a_minute_and_a_time_to_come_never(app: Flask, late: int, counts: bool) -> None:
    draft = a_complete_draft()
    arrived = draft.round.closes_at - timedelta(seconds=1)
    with clock.stopped(arrived + timedelta(seconds=late)):
        if counts:
            assert sent_off(draft, arrived=arrived).submitted_at == arrived
        else:
            assert refused_with(lambda: sent_off(draft, arrived=arrived))[0].startswith(f"“{draft.round.title}” closed on ")
    if counts:
        return
    with clock.stopped(draft.round.closes_at), pytest.raises(RuleBroken):
        sent_off(draft, arrived=draft.round.closes_at + MINUTE)
    with clock.stopped(arrived):
        assert sent_off(draft, arrived=arrived + MINUTE).submitted_at == arrived


# -- what was sent never changes --------------------------------------------------------------------------------------


def test_what_was_sent_says_the_same_whatever_becomes_of_the_draft_and_its_group(app: Flask) -> None:
    sent = sent_off(filled(a_full_draft()))
    first, said = sent.snapshots[0], dict(sent.snapshots[0].content)
    told = frozen.in_words(frozen.read(first))
    _open_again(sent)
    by = sent.started_by
    _answers(sent, given="999", lead="Sam\n0161 496 0001\n")
    _costs(sent, ("Boat", "900"))
    commands.save_outcomes(sent, lines=[("sail", "sailors", "", "", "", False)], edition=sent.edition, by=by)
    commands.save_beneficiaries(sent, lines=[("Sailors", 2)], edition=sent.edition, by=by)
    commands.save_milestones(sent, lines=[("Launch", date(2027, 7, 1))], edition=sent.edition, by=by)
    commands.save_place(sent, title="Sailing", purpose="young-people", postcode="SK2 5AA", edition=sent.edition, by=by)
    sent_off(sent)
    db.session.expire_all()
    assert sent.snapshots[0].content == said
    assert frozen.digest(sent.snapshots[0].content) == sent.snapshots[0].digest == first.digest
    assert frozen.in_words(frozen.read(sent.snapshots[0])) == told
    assert (frozen.read(sent.snapshots[1]).title, [one.number for one in sent.snapshots]) == ("Sailing", [1, 2])
    assert [one.change for one in queries.changes_promised(sent.id)] == ["sail"]


def test_everything_that_was_sent_is_read_back_part_by_part(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    _answers(draft, partner=["The school", "نادي 🙂"], agreed=["yes", "no"], earned="50.5")
    sent = sent_off(draft)
    found = [
        (part, [(one.label, one.answer) for one in said]) for part, said in frozen.in_words(frozen.read(sent.snapshots[0]))
    ]
    assert found == [
        ("The project", [
            ("Title", "Friday football"), ("Group", sent.organisation.name), ("You ask for", "£400.00"),
            ("What it is mostly about", "Keeping young people safe"), ("Postcode", KNOWN), ("Is it for running costs?", "No"),
        ]),
        ("Other money", [
            ("Money from others?", "£100.00"), ("Money you earn?", "£50.50"), ("When does it start?", "1 June 2027"),
            ("Who runs it?", "Jo Bloggs\n0161 496 0000\n"),
        ]),
        ("Partners", [("Name of the partner?", "The school\n\nنادي 🙂"), ("Have they agreed?", "Yes\n\nNo")]),
        ("What will be different", [("Change 1", "Young people will feel safer.")]),
        ("Who it is for", [("Young people", "40")]),
        ("What will happen when", [("First session", "1 June 2027")]),
        ("What it will cost", [("Hall", "£400.00"), ("Total", "£400.00"), ("Can you claim the VAT back?", "No")]),
    ]  # fmt: skip


# -- opened again -----------------------------------------------------------------------------------------------------


def test_every_page_that_was_not_opened_again_is_locked_and_every_one_that_was_is_not(app: Flask) -> None:
    sent = sent_off(filled(a_full_draft()))
    _open_again(sent, "costs", "people")
    by = sent.started_by
    stays = ["This part was not opened again, so it stays as you sent it."]
    line: Any = {"edition": sent.edition, "by": by}
    locked = [
        lambda: commands.save_place(sent, title="Sailing", **line),
        lambda: _answers(sent, given="1"),
        lambda: commands.save_outcomes(sent, lines=[], **line),
        lambda: commands.save_milestones(sent, lines=[], **line),
        lambda: commands.save_evidence(sent, what="constitution", document="DOC-1", by=by),
        lambda: commands.ask_host(sent, host_name="Chapel", host_email="chapel@example.org", by=by),
    ]
    assert [refused_with(attempt) for attempt in locked] == [stays] * 6
    _costs(sent, ("Hall", "450"))
    commands.save_beneficiaries(sent, lines=[("Young people", 41)], edition=sent.edition, by=by)
    sent_off(sent)
    assert [tuple(one) for one in frozen.difference(*sent.snapshots)] == [
        ("The project", "You ask for", "£400.00", "£450.00"),
        ("Who it is for", "Young people", "40", "41"),
        ("What it will cost", "Hall", "£400.00", "£450.00"),
        ("What it will cost", "Total", "£400.00", "£450.00"),
    ]


def test_the_difference_shows_what_is_gone_last_and_tells_lines_of_one_name_apart(app: Flask) -> None:
    draft = a_complete_draft()
    _costs(draft, ("Hall", "500"), ("Hall", "300"), ("Tea", "20"))
    sent_off(draft)
    _open_again(draft)
    _costs(draft, ("Hall", "600"), ("Hall", "300"))
    sent_off(draft)
    assert [tuple(one) for one in frozen.difference(*draft.snapshots)] == [
        ("The project", "You ask for", "£820.00", "£900.00"),
        ("What it will cost", "Hall", "£500.00", "£600.00"),
        ("What it will cost", "Total", "£820.00", "£900.00"),
        ("What it will cost", "Tea", "£20.00", ""),
    ]


def test_whoever_is_asked_to_do_it_again_is_told_why_and_until_when_and_the_history_keeps_it(app: Flask) -> None:
    sent = a_submitted()
    until = clock.now() + 7 * DAY
    officer, at = officer_of(sent.round), clock.civil(until)
    commands.reopen(sent, why=" Say more. ", parts=["need"], until=until, by=officer)
    [one] = sent.reopenings
    assert (one.number, one.why, one.parts, one.until, one.opened_by, one.second_stage) == (
        1, "Say more.", ["need"], until, officer.ref, False,
    )  # fmt: skip
    assert history(sent.ref)[0].sentence == f"Opened again until {at.day} {at:%B %Y}, {at:%H:%M}: Say more."
    assert [mail["to"] for mail in mailed("application opened again")] == [sent.started_by.email]
    assert sent.reopened is one
    sent_off(sent)
    assert sent.reopened is None


@pytest.mark.parametrize("closed", [False, True])
def test_what_is_opened_again_is_changed_and_sent_until_its_own_time_and_not_a_minute_later(app: Flask, closed: bool) -> None:
    sent = a_submitted()
    start = sent.round.closes_at + MINUTE if closed else clock.now()
    with clock.stopped(start):
        _open_again(sent, days=3)
    until = start + 3 * DAY
    with clock.stopped(until):
        over = f"The time to change this application ended on {in_words(until)}."
        assert refused_with(lambda: sent_off(sent)) == [over]
        assert refused_with(lambda: _answers(sent, need="x"))[0] == over
    with clock.stopped(until - MINUTE):
        _answers(sent, need="They asked again")
        assert sent_off(sent).sends == 2


def test_withdrawn_and_decided_applications_are_not_opened_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    commands.withdraw(sent, by=sent.started_by)
    refusal = "Only an application that was sent and is not decided can be opened again. This one is withdrawn."
    assert refused_with(lambda: _open_again(sent)) == [refusal]
    assert (sent.state, sent.reopenings) == (State.WITHDRAWN, [])


def test_an_application_opened_again_can_be_withdrawn(sqlite_app: Flask) -> None:
    sent = a_submitted()
    _open_again(sent)
    commands.withdraw(sent, by=sent.started_by)
    assert (sent.state, len(sent.snapshots), queries.submitted(sent.round)) == (State.WITHDRAWN, 1, [])


# -- a second stage ---------------------------------------------------------------------------------------------------


def _two_stages(ask: str = "6000") -> Application:
    """Sent at its first stage; asks above £5,000 have two."""
    asked = standard()
    asked["sections"][2]["when"] = {"all": [{"of": "stage", "any_of": ["2"]}]}
    tiers = (
        Tier(key="small", name="Small", least=50_000, most=500_000, helps=Helps.NOT_ASKED),
        Tier(key="large", name="Large", least=500_001, most=1_000_000, stages=2),
    )
    draft = a_complete_draft(ask, round=a_round(question_set=a_question_set(asked), terms=Terms(tiers=tiers)))
    _answers(draft, safe="", worked="")
    return sent_off(draft)


def _invited(sent: Application, days: int = 7) -> Application:
    until = clock.now() + days * DAY
    return commands.ask_second_stage(sent, why="Well done. Tell us how.", until=until, by=officer_of(sent.round))


def test_a_second_stage_is_only_above_its_size(app: Flask) -> None:
    assert refused_with(lambda: _invited(_two_stages("5000"))) == ["An ask of £5,000.00 has one stage only."]
    sent = _invited(_two_stages("5000.01"))
    assert (sent.state, sent.stage, sent.reopenings[0].second_stage) == (State.DRAFT, 2, True)


def test_nobody_comes_to_the_second_stage_without_being_asked(app: Flask) -> None:
    sent = _two_stages()
    already = ["This application is already submitted, so it cannot be changed."]
    assert refused_with(lambda: _answers(sent, safe="Checks.")) == already
    with pytest.raises(Refused):
        commands.ask_second_stage(sent, why="Us!", until=clock.now() + DAY, by=sent.started_by)
    _open_again(sent)  # opened again is not asked for its second stage
    asked = document(sent.round.question_set)
    assert [page.key for page in asked.pages_for(rules.known(sent, asked, rules.About()))] == [
        "our-project", "project", "need", "our-costs",
    ]  # fmt: skip


def test_a_second_stage_is_sent_within_its_time(app: Flask) -> None:
    sent = _invited(_two_stages(), days=7)
    until = sent.until
    assert until
    _answers(sent, safe="Checks.", worked="We count.")
    with clock.stopped(until):
        assert refused_with(lambda: sent_off(sent)) == [f"The time to change this application ended on {in_words(until)}."]
    with clock.stopped(until - MINUTE):
        assert (sent_off(sent).sends, frozen.read(sent.snapshots[-1]).stage) == (2, 2)


# -- not sent again ---------------------------------------------------------------------------------------------------


def test_what_is_not_sent_again_in_time_stands_as_it_was_sent(app: Flask) -> None:
    round = a_full_round()
    partnership = round.pot.stream.partnership
    first, other = a_place("Reddish", partnership=partnership), a_place("Marple", partnership=partnership)
    draft = filled(a_full_draft(round))
    by = draft.started_by
    youth, streets = priorities_of(round)[1], priorities_of(round)[0]
    kept: Any = {"postcode": "M60 9ZZ", "against": {"running": "no"}, "by": by}
    commands.save_place(draft, title="Football", purpose="young-people", priority=youth, locality=first,
                        edition=draft.edition, **kept)  # fmt: skip
    sent = sent_off(draft)
    assert after.stand_again(sent) is False
    _open_again(sent, days=3)
    commands.save_place(sent, title="Sailing", purpose="something-else", priority=streets, locality=other,
                        edition=sent.edition, **kept | {"postcode": KNOWN})  # fmt: skip
    _costs(sent, ("Boat", "300"), ("Sail", "200"))
    assert sent.until
    with clock.stopped(sent.until - MINUTE):
        assert (after.due(clock.today()), after.stand_again(sent), sent.state) == (0, False, State.DRAFT)
    with clock.stopped(sent.until):
        assert (after.due(clock.today()), sent.state) == (0, State.SUBMITTED)
        after.due(clock.today())
    db.session.expire_all()
    assert (sent.title, sent.priority, sent.purpose) == ("Football", youth, "young-people")
    assert (sent.locality, sent.postcode, sent.found) == (first, "M60 9ZZ", None)
    assert ([(one.position, one.what, one.amount) for one in sent.costs], sent.sends) == ([(1, "Hall", P(400))], 1)
    assert [event.sentence for event in history(sent.ref)].count(
        "It was not sent again in time, so what was sent before stands"
    ) == 1
    assert mailed("not sent in time") == []
    [bid] = queries.submitted(round)
    assert (bid.title, bid.priority, bid.place, bid.asked) == ("Football", youth.title, "Reddish", P(400))


def test_what_stands_again_can_be_opened_once_more_and_asked_for_its_second_stage_once_more(app: Flask) -> None:
    sent = _invited(_two_stages(), days=3)
    for times in (1, 2):
        assert (sent.state, sent.stage, len(sent.reopenings)) == (State.DRAFT, 2, times)
        assert sent.until
        with clock.stopped(sent.until):
            after.due(clock.today())
            assert (sent.state, sent.stage, sent.sends) == (State.SUBMITTED, 1, 1)
            if times == 1:
                _invited(sent, days=3)
    _open_again(sent)
    assert [(one.number, one.second_stage) for one in sent.reopenings] == [(1, True), (1, True), (1, False)]
    assert sent.reopened is sent.reopenings[2]


def test_what_was_sent_before_is_not_mailed_back_when_it_is_not_sent_again_after_its_round_closed(app: Flask) -> None:
    sent = a_submitted()
    with clock.stopped(sent.round.closes_at + MINUTE):
        _open_again(sent, days=3)
    assert sent.until
    with clock.stopped(sent.until):
        assert (after.due(clock.today()), sent.state, sent.given_back_at) == (0, State.SUBMITTED, None)
    assert mailed("not sent in time") == []


# -- never sent -------------------------------------------------------------------------------------------------------


def longer_for(draft: Application, until: datetime) -> None:
    facts = {"organisation": draft.organisation, "until": until, "reason": "No power."}
    commands.give_longer(draft.round, **facts, by=officer_of(draft.round))


def test_only_a_draft_that_can_no_longer_be_sent_is_mailed_back_and_once_for_each_time_it_was_given(app: Flask) -> None:
    group, by, certifier = a_group()
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)), group=group, by=by)
    empty, longer = a_draft(round=draft.round), a_draft(round=draft.round)
    sent, withdrawn = a_submitted(round=draft.round), a_draft(round=draft.round)
    commands.withdraw(withdrawn, by=withdrawn.started_by)
    closes = draft.round.closes_at
    longer_for(longer, closes + DAY)
    with clock.stopped(closes - MINUTE):
        assert (after.due(clock.today()), after.give_back(draft)) == (0, False)
    with clock.stopped(closes):
        assert [after.due(clock.today()) for _night in range(2)] == [2, 0]
        assert after.give_back(draft) is False
        assert sorted(mail["to"] for mail in mailed("not sent in time")) == sorted(
            [by.email, certifier.email, empty.started_by.email]
        )
        longer_for(draft, closes + DAY)
        assert after.due(clock.today()) == 0
    with clock.stopped(closes + DAY):
        assert [after.due(clock.today()) for _night in range(2)] == [2, 0]
    assert [event.sentence for event in history(draft.ref)].count(
        "Mailed what was written to the group: it was not sent in time"
    ) == 2
    assert (draft.state, sent.given_back_at, withdrawn.given_back_at) == (State.DRAFT, None, None)
    assert {answer.question: answer.text for answer in draft.answers} == dict(GOOD_ANSWERS)


# -- two people on one page -------------------------------------------------------------------------------------------

LINES: Any = {
    "outcomes": (commands.save_outcomes, [("feel safer", "all", "20", "May", "a survey", True)],
                 [("sleep better", "all", "", "", "", False)],
                 [("Line 1", "feel safer, all, 20, May, a survey")], [("Line 1", "sleep better, all")]),
    "people": (commands.save_beneficiaries, [("All", 1), ("None", 0)], [("All", 2)],
               [("Line 1", "All, 1"), ("Line 2", "None, 0")], [("Line 1", "All, 2")]),
    "milestones": (commands.save_milestones, [("Party", date(2027, 7, 1))], [],
                   [("Line 1", "Party, 2027-07-01")], []),
}  # fmt: skip


@pytest.mark.parametrize("page", LINES)
def test_two_members_on_one_table_see_both_versions_and_neither_is_lost(app: Flask, page: str) -> None:
    save, theirs, mine, said_theirs, said_mine = LINES[page]
    draft = filled(a_full_draft())
    by, drawn = draft.started_by, draft.edition
    save(draft, lines=theirs, edition=drawn, by=by)
    with pytest.raises(Stale) as stale:
        save(draft, lines=mine, edition=drawn, by=by)
    assert (list(stale.value.yours), list(stale.value.theirs)) == (said_mine, said_theirs)
    edition = draft.edition
    assert save(draft, lines=theirs, edition=drawn, by=by).edition == edition  # the same words are no quarrel
    save(draft, lines=mine, edition=edition, by=by)
    name = {"people": "beneficiaries"}.get(page, page)
    assert len(getattr(draft, name)) == len(mine)


def test_two_members_on_the_place_see_all_of_both_versions(app: Flask) -> None:
    draft = filled(a_full_draft())
    by, drawn, priority = draft.started_by, draft.edition, priorities_of(draft.round)[0]
    commands.save_place(draft, title="Sailing", priority=priority, postcode="M60 9ZZ", edition=drawn, by=by)
    with pytest.raises(Stale) as stale:
        commands.save_place(draft, title="Dance", postcode=KNOWN, edition=drawn, by=by)
    assert (stale.value.yours, stale.value.theirs) == (
        [("Title of your project", "Dance"), ("Priority", ""), ("Where it will happen", KNOWN)],
        [("Title of your project", "Sailing"), ("Priority", "Safer streets"), ("Where it will happen", "M60 9ZZ")],
    )
    assert draft.title == "Sailing"


def test_two_members_on_an_answer_read_choices_by_their_labels_and_see_what_was_taken_away(app: Flask) -> None:
    draft = a_complete_draft()
    by, drawn = draft.started_by, draft.edition
    commands.save_answers(draft, answers={"kind": "", "people": "Ninety"}, edition=drawn, by=by)
    with pytest.raises(Stale) as stale:
        commands.save_answers(draft, answers={"kind": "families", "people": "Fifty", "need": "New"}, edition=drawn, by=by)
    asked = document(draft.round.question_set)
    labels = {key: asked.question(key) for key in ("kind", "people")}
    assert stale.value.yours == [
        (one.short, one.shown(said)) for one, said in zip(labels.values(), ("families", "Fifty"), strict=True) if one
    ]
    assert stale.value.theirs == [(one.short, said) for one, said in zip(labels.values(), ("", "Ninety"), strict=True) if one]


def test_an_answer_given_for_one_of_several_stays_that_ones(app: Flask) -> None:
    draft = filled(a_full_draft())
    _answers(draft, partner=["The school", "The church"], agreed=["", "yes"])
    kept = {(one.question, one.repetition): one.text for one in draft.answers if one.question in ("partner", "agreed")}
    assert kept == {("partner", 0): "The school", ("partner", 1): "The church", ("agreed", 0): "", ("agreed", 1): "yes"}
    read = dict(frozen.of_draft(draft, document(draft.round.question_set), rules.About()).sections[1].answers[1]._asdict())
    assert read["answer"] == "\n\nYes"
    _answers(draft, partner=["The church"], agreed=["yes"])
    kept = {(one.question, one.repetition): one.text for one in draft.answers if one.question in ("partner", "agreed")}
    assert kept == {("partner", 0): "The church", ("agreed", 0): "yes"}


@pytest.mark.parametrize("people", [-1, 1_000_001])
def test_how_many_people_is_a_number_that_can_be(sqlite_app: Flask, people: int) -> None:
    draft = a_full_draft()
    attempt = lambda: commands.save_beneficiaries(draft, lines=[("All", people)], edition=draft.edition, by=draft.started_by)  # noqa: E731
    assert refused_with(attempt) == ["Enter a number of people from 0 to 1,000,000."]
    commands.save_beneficiaries(draft, lines=[("All", 1_000_000), ("None", 0)], edition=draft.edition, by=draft.started_by)
    assert [one.people for one in draft.beneficiaries] == [1_000_000, 0]


def test_whether_vat_can_be_claimed_back_stays_as_it_was_said_until_it_is_said_otherwise(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    _costs(draft, ("Hall", "500"))
    assert draft.vat is Vat.NO
    lines: Any = {"lines": [("Hall", P(500))], "edition": draft.edition, "by": draft.started_by}
    assert commands.save_costs(draft, vat=Vat.NOT_SURE, **lines).vat is Vat.NOT_SURE
