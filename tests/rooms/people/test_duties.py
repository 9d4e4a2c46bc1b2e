"""Duties: what is held where and when, who may give them, and the pairs one person may not join."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.policy import objections
from grants.people import commands, duties, policies, queries
from grants.people.duties import SEPARATED, SEPARATED_BY_SETTING, Deed
from grants.people.models import Duty, Holding
from grants.people.policies import apart, holds, needs
from tests.builders.people import a_group, a_partnership, a_person, an_administrator, an_organisation


def test_every_duty_says_what_it_is_and_does() -> None:
    assert len(Duty) == 15
    assert set(duties.LABELS) == set(duties.DOES) == set(Duty)
    assert set(Duty) == duties.GROUP | duties.STAFF | duties.READS_ALL


def test_a_duty_in_a_partnership_counts_there_only(app: Flask) -> None:
    here, there = a_partnership(), a_partnership()
    officer = a_person(Duty.GRANTS_OFFICER, partnership=here)

    assert holds(officer, Duty.GRANTS_OFFICER, partnership=here)
    assert not holds(officer, Duty.GRANTS_OFFICER, partnership=there)
    assert not holds(officer, Duty.FINANCE_OFFICER, partnership=here)
    assert queries.within(officer) == {here.id}


def test_a_duty_in_streams_counts_in_those_only(app: Flask) -> None:
    here = a_partnership()
    assessor = a_person(Duty.ASSESSOR, partnership=here, streams=["vcs", "youth"])

    assert holds(assessor, Duty.ASSESSOR, partnership=here, stream="vcs")
    assert not holds(assessor, Duty.ASSESSOR, partnership=here, stream="alcohol")
    assert queries.streams_of(assessor) == {"vcs", "youth"}


def test_a_duty_without_a_place_covers_the_whole_installation(app: Flask) -> None:
    one, other = a_partnership(), a_partnership()
    officer = a_person(Duty.FINANCE_OFFICER)

    assert holds(officer, Duty.FINANCE_OFFICER, partnership=other, stream="vcs")
    assert queries.within(officer) == {one.id, other.id}
    assert queries.streams_of(officer) is None


def test_a_group_duty_counts_in_its_group_and_shows_no_partnership(app: Flask) -> None:
    a_partnership()
    mine, applicant, certifier = a_group()
    other = an_organisation()

    assert holds(applicant, Duty.APPLICANT, organisation=mine)
    assert not holds(applicant, Duty.APPLICANT, organisation=other)
    assert not holds(applicant, Duty.CERTIFIER, organisation=mine)
    assert queries.within(certifier) == set()
    assert queries.acts_for(certifier) == {mine.id}
    assert [p.id for p in queries.acting_for(mine)] == sorted([applicant.id, certifier.id])


def test_a_duty_counts_from_its_first_day_through_its_last(app: Flask) -> None:
    first, last = date(2026, 4, 1), date(2026, 6, 30)
    person = a_person(Duty.ASSESSOR, starts_on=first, ends_on=last)

    held = {day: holds(person, Duty.ASSESSOR, on=day) for day in (first - timedelta(1), first, last, last + timedelta(1))}
    assert list(held.values()) == [False, True, True, False]


def test_what_a_person_holds_costs_no_statement_once_loaded(app: Flask, statements) -> None:
    place = a_partnership()
    person = queries.person(a_person(Duty.ASSESSOR, Duty.PANEL_MEMBER, partnership=place).ref)
    assert place.id

    with statements() as made:
        assert holds(person, Duty.PANEL_MEMBER, partnership=place)
        assert not objections(needs, person, Duty.FINANCE_OFFICER, Duty.ASSESSOR, partnership=place)
        assert queries.within(person) == {place.id}

    assert made == []


def test_a_refusal_is_one_objection_that_names_who_could(app: Flask) -> None:
    place = a_partnership()
    found = objections(
        needs, a_person(Duty.ASSESSOR, partnership=place), Duty.FINANCE_OFFICER, Duty.APPROVER, partnership=place
    )

    assert found == [("You do not hold the duty that this needs.", "a finance officer or an approver")]


def test_a_refusal_elsewhere_says_that_the_duty_is_limited(app: Flask) -> None:
    found = objections(needs, a_person(Duty.ASSESSOR, partnership=a_partnership()), Duty.ASSESSOR, partnership=a_partnership())

    assert found == [("You hold this duty, but not here: it is limited to another place, stream or date.", "an assessor")]


@pytest.mark.parametrize("duty", list(Duty))
def test_an_auditor_satisfies_no_need(app: Flask, duty: Duty) -> None:
    auditor = a_person(Duty.AUDITOR)

    assert len(objections(needs, auditor, duty)) == 1
    assert len(objections(needs, auditor, *Duty)) == 1


def test_an_auditor_sees_every_partnership(app: Flask) -> None:
    here = a_partnership()

    assert queries.within(a_person(Duty.AUDITOR)) == {here.id}


def test_a_person_whose_account_was_stopped_holds_nothing(app: Flask) -> None:
    person = a_person(Duty.ASSESSOR)
    commands.stop(person, by=an_administrator())

    assert not holds(person, Duty.ASSESSOR)


# -- giving and ending ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", [d for d in Duty if d is not Duty.ADMINISTRATOR])
def test_only_administrators_give_duties(app: Flask, duty: Duty) -> None:
    group = an_organisation()
    giver = a_person(duty, organisation=group)
    somebody = a_person()

    with pytest.raises(Refused):
        commands.give_duty(somebody, duty=Duty.ASSESSOR, starts_on=date(2026, 1, 1), by=giver)
    with pytest.raises(Refused):
        commands.give_duty(somebody, duty=Duty.APPLICANT, organisation=group, starts_on=date(2026, 1, 1), by=giver)
    assert queries.person(somebody.ref).holdings == []


@pytest.mark.parametrize("duty", list(Duty))
def test_nobody_gives_themselves_a_duty(app: Flask, duty: Duty) -> None:
    administrator = a_person(Duty.ADMINISTRATOR)

    with pytest.raises(Refused) as refused:
        commands.give_duty(administrator, duty=duty, organisation=None, starts_on=date(2026, 1, 1), by=administrator)
    assert "Nobody gives themselves a duty." in str(refused.value)
    assert [held.duty for held in queries.person(administrator.ref).holdings] == [Duty.ADMINISTRATOR]


def test_the_database_itself_refuses_a_duty_given_to_oneself(app: Flask) -> None:
    person = a_person()
    db.session.rollback()

    with unguarded(), pytest.raises(IntegrityError, match="given_by_another"):
        db.session.add(Holding(person=person, given_by=person, duty=Duty.APPROVER, starts_on=date(2026, 1, 1)))
        db.session.flush()
    db.session.rollback()


def test_a_partnerships_administrator_gives_duties_there_only(app: Flask) -> None:
    here, there = a_partnership(), a_partnership()
    administrator = a_person(Duty.ADMINISTRATOR, partnership=here)
    somebody = a_person()

    commands.give_duty(somebody, duty=Duty.ASSESSOR, partnership=here, starts_on=date(2026, 1, 1), by=administrator)
    for place in (there, None):
        with pytest.raises(Refused):
            commands.give_duty(
                somebody, duty=Duty.PANEL_MEMBER, partnership=place, starts_on=date(2026, 1, 1), by=administrator
            )
    with pytest.raises(Refused):
        commands.give_duty(somebody, duty=Duty.ADMINISTRATOR, partnership=here, starts_on=date(2026, 1, 1), by=administrator)
    assert [h.duty for h in queries.person(somebody.ref).holdings] == [Duty.ASSESSOR]


@pytest.mark.parametrize("other", [d for d in Duty if d is not Duty.AUDITOR])
def test_an_auditor_holds_no_other_duty(app: Flask, other: Duty) -> None:
    group = an_organisation()
    administrator = an_administrator()
    where = {"organisation": group} if other in duties.GROUP else {}
    auditor, busy = a_person(Duty.AUDITOR), a_person(other, organisation=group)

    with pytest.raises(RuleBroken, match="auditor"):
        commands.give_duty(auditor, duty=other, starts_on=date(2026, 1, 1), by=administrator, **where)
    with pytest.raises(RuleBroken, match="auditor"):
        commands.give_duty(busy, duty=Duty.AUDITOR, starts_on=date(2026, 1, 1), by=administrator)


def test_an_auditors_other_duty_may_follow_when_the_first_has_ended(app: Flask) -> None:
    person = a_person(Duty.AUDITOR, ends_on=date(2026, 3, 31))

    commands.give_duty(person, duty=Duty.ASSESSOR, starts_on=date(2026, 4, 1), by=an_administrator())

    assert [h.duty for h in queries.person(person.ref).holdings] == [Duty.AUDITOR, Duty.ASSESSOR]


def test_everything_wrong_with_a_duty_is_said_at_once(app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        commands.give_duty(
            a_person(),
            duty=Duty.APPLICANT,
            streams=["vcs"],
            starts_on=date(2026, 2, 1),
            ends_on=date(2026, 1, 1),
            by=an_administrator(),
        )
    assert list(broken.value.problems) == [
        "Choose the organisation this person acts for.",
        "Somebody who acts for a group holds that duty in the group, not in a partnership or stream.",
        "The last day must be the first day or later.",
    ]


def test_the_same_duty_is_not_given_twice_at_once(app: Flask) -> None:
    person = a_person(Duty.ASSESSOR)

    with pytest.raises(RuleBroken, match="an assessor there already"):
        commands.give_duty(person, duty=Duty.ASSESSOR, starts_on=date(2026, 1, 1), by=an_administrator())


def test_a_duty_given_and_ended_stands_in_the_history(app: Flask) -> None:
    administrator, person = an_administrator(), a_person()
    with clock.stopped(clock.start_of(date(2026, 5, 1))):
        held = commands.give_duty(person, duty=Duty.ASSESSOR, starts_on=date(2026, 5, 1), by=administrator)
        commands.end_duty(held, on=date(2026, 5, 31), by=administrator)

    assert [(line.sentence, line.by) for line in history(person.ref)][:2] == [
        ("Is no longer assessor (everywhere) after 31 May 2026", administrator.ref),
        ("Was made assessor (everywhere) from 1 May 2026", administrator.ref),
    ]
    assert holds(person, Duty.ASSESSOR, on=date(2026, 5, 31))
    assert not holds(person, Duty.ASSESSOR, on=date(2026, 6, 1))


def test_what_was_done_under_a_duty_stands_so_it_cannot_end_in_the_past(app: Flask) -> None:
    person = a_person(Duty.ASSESSOR)

    with pytest.raises(RuleBroken, match="cannot end in the past"):
        commands.end_duty(person.holdings[0], on=clock.today() - timedelta(days=2), by=an_administrator())


def test_ending_is_never_a_way_to_make_a_duty_longer(app: Flask) -> None:
    ending = clock.today() + timedelta(days=3)
    person = a_person(Duty.ASSESSOR, ends_on=ending)

    with pytest.raises(RuleBroken, match="Give it again"):
        commands.end_duty(person.holdings[0], on=ending + timedelta(days=1), by=an_administrator())


def test_a_certifier_takes_applicants_off_their_own_group_and_nothing_else(app: Flask) -> None:
    group, applicant, certifier = a_group()
    other_group, other_applicant, other_certifier = a_group()

    with pytest.raises(Refused):
        commands.end_duty(other_applicant.holdings[0], on=clock.today(), by=certifier)
    with pytest.raises(RuleBroken, match="Nobody else signs"):
        commands.end_duty(certifier.holdings[0], on=clock.today(), by=certifier)
    commands.end_duty(applicant.holdings[0], on=clock.today() - timedelta(days=1), by=certifier)

    assert [m.ref for m in queries.members(group)] == [certifier.ref]
    assert {m.ref for m in queries.members(other_group)} == {other_applicant.ref, other_certifier.ref}


# -- the last administrator -------------------------------------------------------------------------------------------


def test_the_last_administrator_cannot_go(app: Flask) -> None:
    first = an_administrator()

    with pytest.raises(RuleBroken, match="last administrator"):
        commands.end_duty(first.holdings[0], on=clock.today(), by=first)
    assert queries.person(first.ref).holdings[0].ends_on is None


def test_one_of_two_administrators_can_go_and_then_no_more(app: Flask) -> None:
    first, second = an_administrator(), a_person(Duty.ADMINISTRATOR)

    commands.end_duty(first.holdings[0], on=clock.today(), by=second)
    with pytest.raises(RuleBroken, match="last administrator"):
        commands.end_duty(second.holdings[0], on=clock.today(), by=first)


def test_an_administrator_who_will_end_or_has_only_a_partnership_is_not_enough(app: Flask) -> None:
    first = an_administrator()
    a_person(Duty.ADMINISTRATOR, ends_on=clock.today() + timedelta(days=30))
    a_person(Duty.ADMINISTRATOR, partnership=a_partnership())

    with pytest.raises(RuleBroken, match="last administrator"):
        commands.end_duty(first.holdings[0], on=clock.today(), by=first)


def test_the_last_administrators_account_cannot_be_stopped(app: Flask) -> None:
    first, second = an_administrator(), a_person(Duty.ADMINISTRATOR)
    commands.end_duty(first.holdings[0], on=clock.today(), by=second)

    with pytest.raises(RuleBroken, match="last administrator"):
        commands.stop(second, by=first)
    with pytest.raises(RuleBroken, match="your own account"):
        commands.stop(second, by=second)
    assert queries.person(second.ref).active


def test_there_is_one_first_administrator(app: Flask) -> None:
    an_administrator()

    with pytest.raises(RuleBroken, match="already"):
        commands.create_admin(name="Another", email="another@example.org")


# -- pairs one person may not join on the same award --------------------------------------------------------------------

BARRED = [
    (Deed.ASSESS, Deed.RAISE),
    (Deed.ASSESS, Deed.APPROVE),
    (Deed.DECIDE, Deed.RAISE),
    (Deed.DECIDE, Deed.APPROVE),
    (Deed.CHECK_BANK, Deed.APPROVE),
    (Deed.RAISE, Deed.APPROVE),
]


def test_the_pairs_are_those_the_issue_names() -> None:
    assert {frozenset(pair) for pair in SEPARATED} == {frozenset(pair) for pair in BARRED}
    assert {frozenset(pair) for pair in SEPARATED_BY_SETTING} == {frozenset({Deed.ASSESS, Deed.DECIDE})}


@pytest.mark.parametrize("pair", BARRED, ids=lambda pair: " and ".join(pair))
def test_one_person_does_not_do_both(sqlite_app: Flask, pair: tuple[Deed, Deed]) -> None:
    person, other = a_person(), a_person()
    for did, would in (pair, pair[::-1]):
        assert len(objections(apart, person, would, done={did: {person.ref}})) == 1
        assert objections(apart, other, would, done={did: {person.ref}}) == []
        assert objections(apart, person, would, done={}) == []


ALLOWED = [
    (one, other)
    for one in Deed
    for other in Deed
    if frozenset({one, other}) not in {frozenset(pair) for pair in BARRED} and {one, other} != {Deed.ASSESS, Deed.DECIDE}
]


@pytest.mark.parametrize("pair", ALLOWED, ids=lambda pair: " and ".join(pair))
def test_one_person_may_do_any_other_two_things(sqlite_app: Flask, pair: tuple[Deed, Deed]) -> None:
    person = a_person()

    assert objections(apart, person, pair[1], done={pair[0]: {person.ref}}) == []


def test_who_scored_may_decide_unless_the_owner_says_otherwise(sqlite_app: Flask) -> None:
    person = a_person()
    done = {Deed.ASSESS: {person.ref}}

    assert objections(apart, person, Deed.DECIDE, done=done) == []
    settings = sqlite_app.extensions["grants"]
    sqlite_app.extensions["grants"] = settings.model_copy(update={"assessors_may_decide": False})
    assert [o.sentence for o in objections(apart, person, Deed.DECIDE, done=done)] == [
        "You scored the application behind this award, so somebody else must decide it."
    ]


def test_every_bar_is_said_at_once(sqlite_app: Flask) -> None:
    person = a_person()
    done = {deed: {person.ref} for deed in Deed}

    assert [o.sentence for o in objections(apart, person, Deed.APPROVE, done=done)] == [
        "You scored the application behind this award, so somebody else must approve the payment.",
        "You took part in deciding this award, so somebody else must approve the payment.",
        "You checked the bank details for this award, so somebody else must approve the payment.",
        "You asked for this payment, so somebody else must approve the payment.",
    ]


def test_the_policies_of_people_refuse_everybody_else(app: Flask) -> None:
    group, applicant, certifier = a_group()
    somebody = a_person(Duty.GRANTS_OFFICER)

    assert objections(policies.look_after, somebody) != []
    assert objections(policies.invite, applicant, group, duty=Duty.APPLICANT) != []
    assert objections(policies.invite, applicant, group, duty=Duty.ADVISER) == []
    assert objections(policies.invite, somebody, group) != []
    assert objections(policies.invite, certifier, group) == []
    assert objections(policies.invite, certifier, an_organisation()) != []
    assert objections(policies.set_password, an_administrator(), somebody) != []
