"""How often a group applies, who is given longer, which part of a round it falls in, in spite of which rules: both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from grants.applications import after, commands, queries
from grants.applications.models import Application, State
from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty, Organisation
from grants.places.commands import place_wards
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.rules import Split, in_words
from grants.rounds.terms import Firmness, Frequency, Limit, Terms
from tests.builders.applications import (
    a_complete_draft,
    a_draft,
    a_funded_pot,
    a_place,
    a_question_set,
    a_round,
    a_submitted,
    closed,
    officer_of,
    refused_with,
    sent_off,
)
from tests.builders.drafts import KNOWN, UNKNOWN
from tests.builders.people import a_group, a_partnership, a_person

P = Money.pounds
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CENTRAL, MANOR = "E05015018", "E05015028"  # wards: of SK1 3XE, and of SK2 5AA


# -- how often --------------------------------------------------------------------------------------------------------


def _two_rounds() -> tuple[Round, Round]:
    """Two rounds of one fund, to which a group applies once a year."""
    pot, asked = a_funded_pot(), a_question_set()
    once = Terms(frequency=(Frequency(months=12),), instead="Try Sector3.")
    first = a_round(pot=pot, question_set=asked, hold="10000")
    return first, a_round(pot=pot, question_set=asked, strategy=first.strategy, hold="10000", terms=once)


def _too_soon() -> str:
    day = clock.today()
    said = f"{day.day} {day:%B %Y}"
    return f"A group can apply once in 12 months. Your group last applied on {said}. Try Sector3."


def test_how_often_a_group_applies_is_asked_when_it_starts(app: Flask) -> None:
    first, second = _two_rounds()
    sent = a_submitted(round=first)
    by, group = sent.started_by, sent.organisation
    assert refused_with(lambda: commands.start(second, organisation=group, by=by)) == [_too_soon()]
    commands.withdraw(sent, by=by)
    assert commands.start(second, organisation=group, by=by).state is State.DRAFT


def test_and_again_when_it_sends_and_a_draft_does_not_count(app: Flask) -> None:
    first, second = _two_rounds()
    one = a_complete_draft(round=first)
    by, group = one.started_by, one.organisation
    two = a_complete_draft(round=second, group=group, by=by)
    sent_off(one)
    assert refused_with(lambda: sent_off(two)) == [_too_soon()]
    commands.withdraw(one, by=by)
    assert sent_off(two).state is State.SUBMITTED


def test_an_application_opened_again_was_sent_all_the_same(app: Flask) -> None:
    first, second = _two_rounds()
    sent = a_submitted(round=first)
    commands.reopen(sent, why="Sign it.", until=clock.now() + DAY, by=officer_of(first))
    by, group = sent.started_by, sent.organisation
    assert refused_with(lambda: commands.start(second, organisation=group, by=by)) == [_too_soon()]


def test_what_is_opened_again_is_not_in_its_own_way(app: Flask) -> None:
    _first, second = _two_rounds()
    sent = a_submitted(round=second)
    commands.reopen(sent, why="Sign it.", until=clock.now() + DAY, by=officer_of(second))
    assert sent_off(sent).sends == 2


def test_another_fund_and_another_group_are_not_counted(sqlite_app: Flask) -> None:
    first, second = _two_rounds()
    a_submitted(round=first)
    elsewhere = a_submitted()
    assert queries.sent_on(second, elsewhere.organisation) == []
    assert a_draft(round=second, group=elsewhere.organisation, by=elsewhere.started_by).state is State.DRAFT


def test_what_happened_in_the_years_before_is_asked_at_the_start_and_at_sending(sqlite_app: Flask) -> None:
    terms = Terms(frequency=(Frequency(consecutive_years=True, firmness=Firmness.FIXED),))
    round, last = a_round(terms=terms), clock.financial_year(clock.today()) - 1
    group, by, _certifier = a_group()
    sentence = "This fund does not give money to the same group two years running, and it funded yours last year."
    assert refused_with(lambda: commands.start(round, organisation=group, funded_in=[last], by=by)) == [sentence]
    draft = a_complete_draft(round=round, group=group, by=by)
    assert refused_with(lambda: sent_off(draft, funded_in=[last])) == [sentence]
    assert sent_off(draft, funded_in=[last - 1]).state is State.SUBMITTED


# -- given longer -----------------------------------------------------------------------------------------------------


def _permitted(round: Round, group: Organisation) -> Round:
    until = round.closes_at + 2 * DAY
    return rounds.permit_late(round, organisation=group, until=until, reason="Their computer broke.", by=officer_of(round))


def test_a_group_given_longer_starts_and_sends_until_its_time_and_not_a_minute_later(app: Flask) -> None:
    round = a_round()
    group, by, _certifier = a_group()
    _permitted(round, group)
    until = round.closes_at + 2 * DAY
    closed(round)
    with clock.stopped(round.closes_at + DAY):
        draft = a_complete_draft(round=round, group=group, by=by)
        assert draft.until == until
    with clock.stopped(until):
        over = f"“{round.title}” closed on {in_words(until)}, so it takes no more applications."
        assert refused_with(lambda: sent_off(draft)) == [over]
        assert (
            refused_with(lambda: commands.save_answers(draft, answers={"need": "x"}, edition=draft.edition, by=by))[0] == over
        )
    with clock.stopped(until - MINUTE):
        assert sent_off(draft).state is State.SUBMITTED


def test_nobody_else_is_given_longer_and_nobody_starts_after_that_time(app: Flask) -> None:
    round = a_round()
    group, by, _certifier = a_group()
    other, elsewhere, _certifier = a_group()
    _permitted(round, group)
    with clock.stopped(round.closes_at + DAY):
        over = f"“{round.title}” closed on {in_words(round.closes_at)}, so it takes no more applications."
        assert refused_with(lambda: commands.start(round, organisation=other, by=elsewhere)) == [over]
    until = round.closes_at + 2 * DAY
    with clock.stopped(until):
        over = f"“{round.title}” closed on {in_words(until)}, so it takes no more applications."
        assert refused_with(lambda: commands.start(round, organisation=group, by=by)) == [over]


def test_a_draft_begun_before_is_given_longer_once_an_officer_says_so(app: Flask) -> None:
    draft = a_complete_draft()
    until = draft.round.closes_at + DAY
    at = clock.civil(until)
    facts = {"organisation": draft.organisation, "until": until, "reason": "No power all week."}
    with pytest.raises(Refused):
        commands.give_longer(draft.round, **facts, by=draft.started_by)
    commands.give_longer(draft.round, **facts, by=officer_of(draft.round))
    assert history(draft.ref)[0].sentence == f"May be sent until {at.day} {at:%B %Y}, {at:%H:%M}"
    with clock.stopped(until - MINUTE):
        assert sent_off(draft).state is State.SUBMITTED
    commands.give_longer(draft.round, **facts | {"until": until + DAY}, by=officer_of(draft.round))
    assert (draft.state, draft.until) == (State.SUBMITTED, until)


@pytest.mark.parametrize("minutes", [9, 10])
def test_what_arrives_within_the_rounds_grace_is_taken_and_the_history_says_so(app: Flask, minutes: int) -> None:
    draft = a_complete_draft(round=a_round(terms=Terms(grace_minutes=10)))
    with clock.stopped(draft.round.closes_at + minutes * MINUTE):
        if minutes == 10:
            assert refused_with(lambda: sent_off(draft))[0].startswith(f"“{draft.round.title}” closed on ")
            return
        sent_off(draft)
    assert history(draft.ref)[0].sentence == "It arrived 0:09:00 after closing, within the round’s grace"
    in_time = a_submitted()
    assert history(in_time.ref)[0].sentence == "Sent the application, asking for £1,200.00"


# -- which part of a round --------------------------------------------------------------------------------------------


def _in_parts(**facts: Any) -> Round:
    lots = [Split("Central", CENTRAL, P(3000)), Split("Manor", MANOR, P(3000)), Split("All over", None, P(3000))]
    given: dict[str, Any] = {
        "smallest": "1",
        "largest": "3000",
        "hold": "9000",
        "terms": Terms(asks_postcode=True),
        "lots": lots,
    }
    return a_round(**given | facts)


def _placed(draft: Application, postcode: str | None, **facts: Any) -> str | None:
    by = draft.started_by
    commands.save_place(draft, **{"title": "Tea", "postcode": postcode, "edition": draft.edition, "by": by} | facts)
    return draft.lot.name if draft.lot else None


def test_a_postcode_finds_its_ward_and_the_ward_its_part_of_the_round(app: Flask) -> None:
    draft = a_draft(round=_in_parts())
    assert _placed(draft, " sk13xe ") == "Central"
    assert draft.found == {
        "postcode": "SK1 3XE", "ward": CENTRAL, "ward_name": "Brinnington & Stockport Central",
        "ward_vintage": draft.found["ward_vintage"], "lsoa": draft.found["lsoa"], "lsoa_vintage": 2021,
        "imd_decile": draft.found["imd_decile"], "imd_vintage": 2025,
    }  # fmt: skip
    assert (draft.postcode, draft.purse) == ("sk13xe", draft.round.lots[0].ref)
    assert _placed(draft, "SK2 5AA") == "Manor"
    assert _placed(draft, "SK7 1AA") is None  # a ward that is no part of it
    assert draft.purse == draft.round.ref


@pytest.mark.parametrize("postcode", [UNKNOWN, "by the shops", None])
def test_a_postcode_that_finds_nothing_leaves_no_part_behind_that_another_found(app: Flask, postcode: str | None) -> None:
    draft = a_draft(round=_in_parts())
    assert _placed(draft, KNOWN) == "Central"
    assert _placed(draft, postcode) is None
    assert (draft.found, draft.postcode) == (None, postcode)


def test_where_a_postcode_finds_no_part_an_officer_says_which_and_the_history_keeps_it(app: Flask) -> None:
    draft = a_draft(round=_in_parts())
    assert _placed(draft, UNKNOWN) is None
    officer, lots = officer_of(draft.round), draft.round.lots
    with pytest.raises(Refused):
        commands.place_in_lot(draft, lot=lots[2], by=draft.started_by)
    elsewhere = _in_parts().lots[0]
    wrong = ["Choose a part of this round, before the application is decided."]
    assert refused_with(lambda: commands.place_in_lot(draft, lot=elsewhere, by=officer)) == wrong
    assert draft.lot is None
    commands.place_in_lot(draft, lot=lots[2], by=officer)
    assert (draft.purse, history(draft.ref)[0].sentence) == (lots[2].ref, "Placed in All over")


@pytest.mark.parametrize(("postcode", "part"), [("SK7 1AA", "All over"), (UNKNOWN, "All over"), (KNOWN, "Central")])
def test_an_officers_word_stands_until_a_postcode_says_otherwise(app: Flask, postcode: str, part: str) -> None:
    draft = a_draft(round=_in_parts())
    assert _placed(draft, postcode) == (None if part == "All over" else part)
    commands.place_in_lot(draft, lot=draft.round.lots[2], by=officer_of(draft.round))
    assert _placed(draft, postcode, title="Coffee") == "All over"
    assert _placed(draft, "SK2 5AA") == "Manor"


def test_what_stands_again_draws_on_the_part_that_it_was_sent_in(app: Flask) -> None:
    draft = a_complete_draft(round=_in_parts())
    officer = officer_of(draft.round)
    assert _placed(draft, KNOWN, priority=draft.priority) == "Central"
    sent_off(draft)
    until = clock.now() + DAY
    commands.reopen(draft, why="Say where.", until=until, by=officer)
    assert _placed(draft, "SK2 5AA", priority=draft.priority) == "Manor"
    with clock.stopped(until):
        after.due(clock.today())
    assert (draft.state, draft.lot and draft.lot.name, queries.by_lot(draft.round)) == (
        State.SUBMITTED, "Central", {draft.round.lots[0].id: 1},
    )  # fmt: skip


def test_a_decided_application_is_not_placed_any_more(sqlite_app: Flask) -> None:
    sent = a_submitted(round=a_round(hold="6000", smallest="1", largest="3000", lots=[Split("All", None, P(6000))]))
    chair = a_person(Duty.PANEL_CHAIR, partnership=sent.round.pot.stream.partnership)
    commands.conclude(sent, by=chair)
    attempt = lambda: commands.place_in_lot(sent, lot=sent.round.lots[0], by=officer_of(sent.round))  # noqa: E731
    assert refused_with(attempt) == ["Choose a part of this round, before the application is decided."]


def test_the_partnerships_own_table_says_in_which_locality_a_ward_lies(app: Flask) -> None:
    partnership = a_partnership(area="Stockport")
    draft = a_draft(round=_in_parts(pot=a_funded_pot(partnership=partnership)))
    table, chosen = a_place("Lancashire Hill", partnership=partnership), a_place("Reddish", partnership=partnership)
    place_wards(partnership, placed={CENTRAL: table}, effective_on=clock.today(), by=officer_of(draft.round))
    _placed(draft, KNOWN, locality=chosen)
    assert draft.locality is table
    _placed(draft, "SK2 5AA", locality=chosen)  # the table does not say
    assert draft.locality is chosen


# -- in spite of a rule -----------------------------------------------------------------------------------------------


def test_an_exception_to_a_normal_rule_is_recorded_once_with_who_and_why(app: Flask) -> None:
    terms = Terms(limits=(Limit(above=100_000), Limit(above=500_000, firmness=Firmness.FIXED)))
    sent = a_submitted("1200", round=a_round(terms=terms))
    officer = officer_of(sent.round)
    with pytest.raises(Refused):
        commands.make_exception(sent, rule="limit-1", reason="Two wards", by=sent.started_by)
    neither = ["This application does not break that rule, or the rule has no exceptions."]
    for rule in ("limit-2", "kind", "frequency-1"):
        assert refused_with(lambda rule=rule: commands.make_exception(sent, rule=rule, reason="x", by=officer)) == neither
    assert refused_with(lambda: commands.make_exception(sent, rule="limit-1", reason=" ", by=officer)) == [
        "Enter why an exception is made."
    ]
    [flagged] = queries.flagged(sent.round)
    assert (flagged.ref, [one.rule for one in flagged.broken], flagged.waiting) == (sent.ref, ["limit-1"], True)
    commands.make_exception(sent, rule="limit-1", reason=" Two wards ", by=officer)
    db.session.expire_all()
    assert [(one.rule, one.reason, one.made_by) for one in sent.exceptions] == [("limit-1", "Two wards", officer.ref)]
    assert history(sent.ref)[0].sentence == "Exception made to “limit-1”: Two wards"
    [flagged] = queries.flagged(sent.round)
    assert (flagged.excepted, flagged.waiting) == ({"limit-1"}, False)
    assert refused_with(lambda: commands.make_exception(sent, rule="limit-1", reason="Again", by=officer)) == [
        "An exception to this rule is recorded already."
    ]


def test_years_running_are_flagged_and_excepted_by_the_years_the_fund_gave(sqlite_app: Flask) -> None:
    terms = Terms(frequency=(Frequency(consecutive_years=True, firmness=Firmness.NORMAL),))
    sent = a_submitted(round=a_round(terms=terms))
    officer, last = officer_of(sent.round), clock.financial_year(clock.today()) - 1
    assert queries.flagged(sent.round) == []
    assert [one.ref for one in queries.flagged(sent.round, {sent.organisation_id: {last}})] == [sent.ref]
    with pytest.raises(RuleBroken):
        commands.make_exception(sent, rule="frequency-1", reason="A new project", by=officer)
    made = commands.make_exception(sent, rule="frequency-1", reason="A new project", funded_in={last}, by=officer)
    assert [one.rule for one in made.exceptions] == ["frequency-1"]


def test_a_normal_rule_about_how_often_flags_the_second_and_not_the_withdrawn(sqlite_app: Flask) -> None:
    pot, asked = a_funded_pot(), a_question_set()
    often = Terms(frequency=(Frequency(months=12, firmness=Firmness.NORMAL),))
    first = a_submitted(round=a_round(pot=pot, question_set=asked, hold="10000"))
    by, group = first.started_by, first.organisation
    again = a_round(pot=pot, question_set=asked, strategy=first.round.strategy, hold="10000", terms=often)
    second = a_submitted(round=again, group=group, by=by)
    assert [one.ref for one in queries.flagged(again)] == [second.ref]
    commands.withdraw(first, by=by)
    assert queries.flagged(again) == []


def test_what_the_money_is_not_for_is_asked_at_the_start_and_at_sending(sqlite_app: Flask) -> None:
    running = {"key": "running", "asks": "Is it for rent?", "reason": "We do not pay rent."}
    round = a_round(terms=Terms.model_validate({"not_funded": [running], "instead": "Try Sector3."}))
    group, by, _certifier = a_group()
    said = ["We do not pay rent. Try Sector3."]
    assert refused_with(lambda: commands.start(round, organisation=group, against={"running": "yes"}, by=by)) == said
    draft = a_complete_draft(round=round, group=group, by=by)
    commands.save_place(draft, title="Tea", priority=draft.priority, against={"running": "yes", "other": "yes"},
                        edition=draft.edition, by=by)  # fmt: skip
    assert draft.against == {"running": "yes"}  # and nothing that the round does not ask
    assert refused_with(lambda: sent_off(draft)) == said


def test_only_priorities_that_the_round_offers_are_chosen(sqlite_app: Flask) -> None:
    draft = a_draft()
    streets, youth = draft.round.strategy.priorities
    group, by, _certifier = a_group()
    narrow = a_round(strategy=draft.round.strategy, terms=Terms(priorities=(youth.ref,)))
    other = a_draft(round=narrow, group=group, by=by)
    attempt: Any = {"title": "Tea", "edition": other.edition, "by": by}
    assert refused_with(lambda: commands.save_place(other, priority=streets, **attempt)) == ["Choose a priority from the list."]
    assert commands.save_place(other, priority=youth, **attempt).priority is youth


def test_whoever_looks_after_the_round_and_nobody_else_makes_exceptions_and_opens_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    partnership = sent.round.pot.stream.partnership
    nobody = [
        a_person(Duty.FINANCE_OFFICER, partnership=partnership),
        a_person(Duty.PANEL_CHAIR, partnership=partnership),
        a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()),
        a_person(Duty.GRANTS_OFFICER, partnership=partnership, streams=["another"]),
    ]
    until = clock.now() + DAY
    for by in nobody:
        for attempt in (
            lambda by=by: commands.make_exception(sent, rule="limit-1", reason="x", by=by),
            lambda by=by: commands.reopen(sent, why="x", until=until, by=by),
            lambda by=by: commands.ask_second_stage(sent, why="x", until=until, by=by),
            lambda by=by: commands.give_longer(sent.round, organisation=sent.organisation, until=until, reason="x", by=by),
        ):
            with pytest.raises(Refused):
                attempt()
