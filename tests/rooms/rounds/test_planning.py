"""Planning a round, changing it while it is planned, copying it a year on, showing it as coming, and longer time for one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.questions.document import standard
from grants.rounds import commands, queries
from grants.rounds.models import Criterion, Lot, Round, State
from grants.rounds.rules import STANDARD, Split, Weighed
from grants.rounds.terms import Limit, Terms
from grants.strategy import commands as strategies
from tests.builders.applications import a_funded_pot, a_plan, a_planned_round, a_question_set, a_round, closed, officer_of
from tests.builders.lines import a_line
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.builders.rounds import a_tier, at

POUNDS = Money.pounds
SPRING = datetime(2026, 5, 5, 9, tzinfo=UTC)
DATED: dict[str, Any] = {
    "opens_at": at(date(2026, 6, 1), 0, 1),
    "closes_at": at(date(2026, 7, 10)),
    "project_starts_on": date(2026, 9, 1),
    "project_ends_on": date(2027, 3, 31),
}
EAST, WEST = Split("East", "E05000777", POUNDS(3000)), Split("West", "E05000778", POUNDS("2000.50"))
GATED = [
    Weighed("Need", "Who needs it?", 70, 5, {"0": "Nobody", "5": "Everybody"}, 2),
    Weighed("Value", "Is it fair?", 30, 10),
]


def changed(round: Round, **what: Any) -> Round:
    return commands.change(round, edition=round.edition, by=officer_of(round), **what)


def refused(round: Round, **what: Any) -> tuple[str, ...]:
    with pytest.raises(RuleBroken) as refusal:
        changed(round, **what)
    return tuple(refusal.value.problems)


def said_of(round: Round) -> list[str]:
    """What happened to it since it was planned, newest first."""
    return [line.sentence for line in history(round.ref)][:-1]


def afresh(round: Round) -> Round:
    """As the database has it."""
    db.session.expire_all()
    return round


# -- planning ---------------------------------------------------------------------------------------------------------


def test_a_round_is_planned_as_it_was_said(app: Flask) -> None:
    pot = a_funded_pot()
    line = a_line(pot, "8000", name="Brinnington")
    terms = Terms(
        privacy="Ours.", decided_by="The board", answer_by="2026-08-01", tiers=(a_tier("all", "500", "10000"),),
        limits=(Limit(above=100_000, instead="Ask Sector3."),),
    )  # fmt: skip
    round = afresh(
        a_planned_round(
            pot=pot, line=line, title=" Safer summers ", purpose=" For lights. ", assessors=3, criteria=GATED, terms=terms,
            lots=[EAST, WEST._replace(line=line.ref)], **DATED,
        )
    )  # fmt: skip
    assert (round.title, round.purpose, round.assessors, round.line, round.state) == (
        "Safer summers", "For lights.", 3, line, State.PLANNED,
    )  # fmt: skip
    assert {name: getattr(round, name) for name in DATED} == DATED
    assert round.terms == terms
    assert commands.weighed_of(round) == GATED
    assert commands.split_of(round) == [EAST, WEST._replace(line=line.ref)]
    assert [line.sentence for line in history(round.ref)] == [
        f"Planned the round “Safer summers” from {pot.ref}, for asks of £500.00 to £10,000.00"
    ]
    assert queries.held(round) == Money(0)


def test_a_round_is_not_planned_with_unsound_terms_or_parts(sqlite_app: Flask) -> None:
    terms = Terms(tiers=(a_tier("all", "500", "9000"),))
    with pytest.raises(RuleBroken) as refusal:
        a_planned_round(terms=terms, lots=[EAST, EAST._replace(area=None)])
    assert list(refusal.value.problems) == [
        "The tier “All” ends at £9,000.00. It must end at £10,000.00, the most a group can ask for.",
        "Two parts of the round are called “East”.",
    ]
    assert db.session.query(Round).count() == 0


@pytest.mark.parametrize("duty", [Duty.FINANCE_OFFICER, Duty.PANEL_CHAIR, Duty.ADMINISTRATOR])
def test_only_a_grants_officer_plans_a_round(sqlite_app: Flask, duty: Duty) -> None:
    pot = a_funded_pot()
    with pytest.raises(Refused):
        a_planned_round(pot=pot, by=a_person(duty, partnership=pot.stream.partnership))


def test_without_questions_of_its_own_a_round_asks_the_standard_ones_which_are_added_once(app: Flask) -> None:
    facts = DATED | {"title": "One", "purpose": "For lights.", "smallest": POUNDS(500), "largest": POUNDS(1000)}
    pot = a_funded_pot()
    officer = a_person(Duty.GRANTS_OFFICER, partnership=pot.stream.partnership)
    one, other = (commands.plan(pot=pot, strategy=a_plan(), by=officer, **facts) for _n in range(2))
    assert one.question_set is other.question_set
    assert one.question_set.title == standard()["title"]
    assert commands.weighed_of(one) == [*STANDARD]


def test_what_every_round_has_is_filled_in_where_its_terms_leave_it_out(app: Flask) -> None:
    partnership = a_partnership(name="Safer Stockport")
    round = a_planned_round(pot=a_funded_pot(partnership=partnership), **DATED)
    assert round.terms == Terms(
        privacy=(
            "Safer Stockport uses what you tell us to decide on your application, to pay and check grants, and to show what "
            "public money did. We do this as a public task. We share it with the people who assess and decide, and with bodies "
            "that prevent fraud. If you get a grant we publish your group’s name, the amount and what it is for, never your "
            "personal details. We keep applications for the current year and 3 more, and records of payments for 6 more. "
            "You can ask to see or correct what we hold about you."
        ),
        decided_by="A panel of the Safer Stockport",
        answer_by="2026-09-04",
    )


def test_the_privacy_notice_names_the_body_that_accounts_for_the_money(app: Flask) -> None:
    council = an_organisation("Stockport Council", is_voluntary=False)
    partnership = a_partnership(name="Safer Stockport", accountable_body=council)
    round = a_planned_round(pot=a_funded_pot(partnership=partnership))
    assert (round.terms.privacy or "").startswith("Stockport Council uses what you tell us")
    assert round.terms.decided_by == "A panel of the Safer Stockport"


def test_what_the_terms_say_already_is_left_alone(sqlite_app: Flask) -> None:
    said = {"privacy": "Ours.", "decided_by": "The board", "answer_by": "2026-08-01"}
    for name, value in said.items():
        kept = a_planned_round(terms=Terms(**{name: value}), **DATED).terms
        assert getattr(kept, name) == value
        assert all(getattr(kept, other) not in (None, said[other]) for other in said if other != name)


def test_eight_weeks_from_closing_are_counted_from_londons_day(sqlite_app: Flask) -> None:
    round = a_planned_round(**DATED | {"closes_at": at(date(2026, 7, 10), 0, 30)})  # the 9th still by UTC
    assert round.terms.answer_by == "2026-09-04"


# -- changing ---------------------------------------------------------------------------------------------------------


def test_what_is_left_out_of_a_change_stays(app: Flask) -> None:
    round = a_planned_round(title="Old", criteria=GATED, lots=[EAST, WEST], terms=Terms(instead="Ask Sector3."), **DATED)
    terms, edition = round.terms, round.edition
    changed(round, facts={"title": "New", "smallest": POUNDS(600)})
    afresh(round)
    assert (round.title, round.smallest, round.largest, round.assessors) == ("New", POUNDS(600), POUNDS(10000), 2)
    assert {name: getattr(round, name) for name in DATED} == DATED
    assert (round.terms, commands.weighed_of(round), commands.split_of(round)) == (terms, GATED, [EAST, WEST])
    assert round.edition == edition + 1
    assert said_of(round) == ["Changed the round before it opened: smallest, title"]


def test_every_part_of_a_round_is_changed_in_one_piece_and_named(app: Flask) -> None:
    round = a_planned_round(**DATED)
    terms = round.terms.model_copy(update={"instead": "Ask Sector3."})
    strategy, asked = a_plan(partnership=round.pot.stream.partnership), a_question_set(title="Other questions")
    changed(round, facts={"assessors": 3}, terms=terms, criteria=GATED, lots=[EAST], strategy=strategy, question_set=asked)
    afresh(round)
    assert (round.assessors, round.terms, commands.weighed_of(round), commands.split_of(round)) == (3, terms, GATED, [EAST])
    assert (round.strategy, round.question_set) == (strategy, asked)
    assert said_of(round) == ["Changed the round before it opened: assessors, criteria, parts, plan, questions, terms"]


def test_criteria_and_parts_are_put_in_the_place_of_the_old_ones_which_are_gone(app: Flask) -> None:
    round = a_planned_round(criteria=GATED, lots=[EAST, WEST], **DATED)
    old = {lot.ref for lot in round.lots}
    changed(round, criteria=GATED[::-1], lots=[WEST])
    afresh(round)
    assert [(one.position, one.name) for one in round.criteria] == [(1, "Value"), (2, "Need")]
    assert [(one.position, one.name) for one in round.lots] == [(1, "West")]
    assert not old & {lot.ref for lot in round.lots}
    assert [db.session.query(one).count() for one in (Criterion, Lot)] == [2, 1]
    changed(round, lots=[])
    assert afresh(round).lots == [] and db.session.query(Lot).count() == 0


@pytest.mark.parametrize(
    "criteria",
    [
        [GATED[0]._replace(gate=3), GATED[1]],
        [GATED[0]._replace(anchors={"0": "No one", "5": "Everybody"}), GATED[1]],
        [GATED[0]._replace(guidance="Who?"), GATED[1]],
        [GATED[0], GATED[1]._replace(most=5)],
    ],
)
def test_one_word_of_a_criterion_is_a_change(sqlite_app: Flask, criteria: list[Weighed]) -> None:
    round = a_planned_round(criteria=GATED)
    changed(round, criteria=criteria)
    assert commands.weighed_of(afresh(round)) == criteria
    assert said_of(round) == ["Changed the round before it opened: criteria"]


def test_where_nothing_is_different_nothing_is_recorded_and_the_edition_stays(app: Flask) -> None:
    round = a_planned_round(criteria=GATED, lots=[EAST, WEST], **DATED)
    before = (round.edition, [one.id for one in round.criteria], [one.ref for one in round.lots])
    changed(
        round,
        facts={"title": round.title, "smallest": POUNDS(500)} | DATED,
        terms=round.terms,
        criteria=GATED,
        lots=[EAST, WEST],
        strategy=round.strategy,
        question_set=round.question_set,
    )
    changed(round)
    afresh(round)
    assert (round.edition, [one.id for one in round.criteria], [one.ref for one in round.lots]) == before
    assert said_of(round) == []


@pytest.mark.parametrize("what", [{"criteria": GATED}, {"lots": [EAST]}, {"terms": Terms(instead="Ask Sector3.")}])
def test_whatever_was_changed_meanwhile_a_page_drawn_before_is_stale(app: Flask, what: dict[str, Any]) -> None:
    round = a_planned_round(title="Old")
    drawn = round.edition
    changed(round, **what)
    with pytest.raises(Stale):
        commands.change(round, edition=drawn, facts={"title": "New"}, by=officer_of(round))
    assert afresh(round).title == "Old"
    changed(round, facts={"title": "New"})
    assert afresh(round).title == "New"


def test_a_change_leaves_a_round_sound_together_with_what_stays(app: Flask) -> None:
    round = a_planned_round(terms=Terms(tiers=(a_tier("all", "500", "10000"),)), lots=[EAST], **DATED)
    edition = round.edition
    assert refused(round, facts={"largest": POUNDS(9000)}) == (
        "The tier “All” ends at £10,000.00. It must end at £9,000.00, the most a group can ask for.",
    )
    assert refused(round, facts={"title": "", "closes_at": DATED["opens_at"]}, criteria=[], lots=[EAST, EAST]) == (
        "Enter a title for the round.",
        "The round must close after it opens.",
        "Give the round at least one criterion to score by.",
        "Two parts of the round are called “East”.",
        "Two parts of the round are for the same area (E05000777).",
    )
    bare = strategies.add_strategy(name="Bare plan", by=officer_of(round))
    assert refused(round, strategy=bare) == ("“Bare plan” has no priorities to choose from. Choose another plan.",)
    afresh(round)
    assert (round.largest, round.edition, said_of(round)) == (POUNDS(10000), edition, [])


def test_what_an_open_round_asks_and_allows_is_fixed(app: Flask) -> None:
    round = a_round(title="Old")
    fixed = ("This round has opened, so what it asks and allows is fixed. Copy it for the next one.",)
    assert refused(round, facts={"title": "New"}) == fixed
    assert refused(closed(round), facts={"title": "New"}) == fixed
    assert afresh(round).title == "Old"


def test_only_an_officer_of_the_round_changes_announces_or_copies_it(sqlite_app: Flask) -> None:
    round, stranger = a_planned_round(), a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    for deed in (
        lambda: commands.change(round, edition=round.edition, facts={"title": "New"}, by=stranger),
        lambda: commands.announce(round, coming=True, by=stranger),
        lambda: commands.copy(round, pot=round.pot, by=stranger),
        lambda: commands.permit_late(
            round, organisation=an_organisation(), until=clock.now() + timedelta(days=90), reason="Ill", by=stranger
        ),
    ):
        with pytest.raises(Refused):
            deed()


# -- a year on --------------------------------------------------------------------------------------------------------


def test_a_copy_is_the_same_round_a_year_on_from_another_pot(app: Flask) -> None:
    pot = a_funded_pot()
    line = a_line(pot, "8000")
    terms = Terms(limits=(Limit(above=100_000),), grace_minutes=10, answer_by="2026-08-07", instead="Ask Sector3.")
    questions = a_question_set(title="Our own questions")
    facts: dict[str, Any] = {"title": "Safer summers", "purpose": "For lights.", "assessors": 3, "question_set": questions}
    lots = [EAST, WEST._replace(line=line.ref)]
    with clock.stopped(SPRING):
        round = a_planned_round(pot=pot, line=line, criteria=GATED, lots=lots, terms=terms, **facts, **DATED)
    other = a_funded_pot(partnership=pot.stream.partnership)
    made = afresh(commands.copy(round, pot=other, by=officer_of(round)))
    assert made.ref != round.ref and made.state is State.PLANNED
    assert (made.pot, made.line, made.strategy) == (other, None, round.strategy)
    assert {name: getattr(made, name) for name in facts} == facts
    assert (made.smallest, made.largest) == (POUNDS(500), POUNDS(10000))
    assert {name: getattr(made, name) for name in DATED} == {
        "opens_at": at(date(2027, 6, 1), 0, 1),
        "closes_at": at(date(2027, 7, 10)),
        "project_starts_on": date(2027, 9, 1),
        "project_ends_on": date(2028, 3, 31),
    }
    assert made.terms == round.terms.model_copy(update={"answer_by": "2027-08-07"})
    assert commands.weighed_of(made) == GATED
    assert commands.split_of(made) == [EAST, WEST]  # a line is another year's
    assert [one.sentence for one in history(made.ref)] == [
        f"Copied from {round.ref}",
        f"Planned the round “Safer summers” from {other.ref}, for asks of £500.00 to £10,000.00",
    ]
    assert said_of(round) == []


def test_a_round_that_is_over_is_copied_as_it_was_and_nothing_of_how_it_went(app: Flask) -> None:
    round = closed(a_round())
    made = commands.copy(round, pot=a_funded_pot(partnership=round.pot.stream.partnership), by=officer_of(round))
    assert (made.state, made.forecast, made.rehearsed_at) == (State.PLANNED, False, None)
    assert queries.held(made) == Money(0)


@pytest.mark.parametrize(
    ("day", "after"),
    [
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2028, 2, 28), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2027, 2, 14), date(2028, 2, 14)),
        (date(2028, 3, 29), date(2029, 3, 29)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_year_on_is_the_same_day_and_28_february_for_29(day: date, after: date) -> None:
    assert commands.a_year_on(day) == after


def test_a_copys_times_are_the_same_on_a_london_clock_whatever_it_did_between(sqlite_app: Flask) -> None:
    times = {"opens_at": at(date(2026, 3, 30), 9), "closes_at": at(date(2026, 10, 26), 17, 30)}
    round = a_planned_round(
        **times, project_starts_on=date(2026, 12, 1), project_ends_on=date(2028, 2, 29), terms=Terms(answer_by="2028-02-29")
    )
    made = commands.copy(round, pot=round.pot, by=officer_of(round))
    assert (made.opens_at, made.closes_at) == (at(date(2027, 3, 30), 9), at(date(2027, 10, 26), 17, 30))
    assert (made.project_ends_on, made.terms.answer_by) == (date(2029, 2, 28), "2029-02-28")
    assert [one.utcoffset() for one in map(clock.civil, (times["opens_at"], made.opens_at))] == [timedelta(hours=1)] * 2


def test_a_time_that_the_clocks_skip_a_year_on_comes_an_hour_later(sqlite_app: Flask) -> None:
    round = a_planned_round(opens_at=at(date(2026, 3, 28), 1, 30), closes_at=at(date(2026, 5, 29)))  # fmt: skip
    made = commands.copy(round, pot=round.pot, by=officer_of(round))
    assert made.opens_at == at(date(2027, 3, 28), 2, 30)


# -- announced, and longer for one ------------------------------------------------------------------------------------


def test_a_planned_round_is_shown_as_coming_and_no_longer_shown(app: Flask) -> None:
    round = a_planned_round(opens_at=clock.now() + timedelta(days=2))
    officer = officer_of(round)
    for coming, seen in ((True, [round.ref]), (True, [round.ref]), (False, []), (False, [])):
        commands.announce(round, coming=coming, by=officer)
        assert [one.ref for one in queries.coming()] == seen
    assert said_of(round) == ["No longer announced", "Announced the round as coming"]
    with pytest.raises(NotFound):
        queries.public(round.ref)
    commands.announce(round, coming=True, by=officer)
    assert queries.public(round.ref).ref == round.ref


def test_an_open_round_is_seen_already(sqlite_app: Flask) -> None:
    round = a_round()
    with pytest.raises(RuleBroken) as refusal:
        commands.announce(round, coming=True, by=officer_of(round))
    assert list(refusal.value.problems) == ["This round has opened, so everybody sees it already."]


def test_one_group_is_given_longer_for_a_reason_and_the_longest_counts(app: Flask) -> None:
    with clock.stopped(SPRING):
        round = a_round(opens_at=SPRING, closes_at=at(date(2026, 5, 29)))
        officer, group, other = officer_of(round), an_organisation("Lights On"), an_organisation()
        longer, shorter = at(date(2026, 6, 5)), at(date(2026, 6, 2))
        commands.permit_late(round, organisation=group, until=longer, reason=" The chair is ill ", by=officer)
        commands.permit_late(round, organisation=group, until=shorter, reason="Less is enough", by=officer)
        assert (queries.permit(round, group), queries.permit(round, other)) == (longer, None)
        assert queries.permit(a_round(pot=round.pot), group) is None
        assert [(one.organisation, one.until, one.reason, one.given_by) for one in queries.permits(round)] == [
            (group, shorter, "Less is enough", officer.ref),
            (group, longer, "The chair is ill", officer.ref),
        ]
    assert said_of(round)[:2] == [
        "Lights On may send its application until 2 June 2026, 12:00: Less is enough",
        "Lights On may send its application until 5 June 2026, 12:00: The chair is ill",
    ]


def test_longer_than_everybody_is_later_than_the_round_and_has_a_reason(app: Flask) -> None:
    with clock.stopped(SPRING):
        round = a_round(opens_at=SPRING, closes_at=at(date(2026, 5, 29)))
        group = an_organisation()
        with pytest.raises(RuleBroken) as refusal:
            commands.permit_late(round, organisation=group, until=round.closes_at, reason=" ", by=officer_of(round))
        assert list(refusal.value.problems) == [
            "Choose a time later than now, and later than the round’s own (29 May 2026 at midday).",
            "Enter why this group may send late.",
        ]
        assert queries.permits(round) == []
