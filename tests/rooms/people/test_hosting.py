"""A body that will hold a group's money says yes or no itself, whether or not it was here before."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from grants.audit.models import Event
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.notices import groups
from grants.people import commands, hosting, queries
from grants.people.about import Profile
from grants.people.models import Duty, Hosting, HostingState, Organisation, Person
from grants.people.profiles import save_profile
from grants.work.models import Task
from tests.builders.people import LONG_AGO, a_group, a_person, an_administrator

ABOUT = "APP-26-00001"


def asked(group: Organisation, by: Person, email: str = "host@example.org") -> tuple[Hosting, str]:
    made = groups.ask_host(group, about=ABOUT, host_name="Old Chapel", host_email=email, by=by)
    return made, letters("host asked")[-1]["text"].split("/hosting/asked/")[1].split()[0]


def letters(template: str) -> list[dict[str, str]]:
    return [task.facts for task in db.session.scalars(select(Task).order_by(Task.id)) if task.facts["template"] == template]


def test_whoever_has_the_link_and_signs_for_the_host_says_yes_and_both_are_told(app: Flask) -> None:
    group, applicant, certifier = a_group("Welcome Table")
    host, _host_applicant, host_certifier = a_group("Old Chapel")
    made, link = asked(group, applicant)
    assert (made.ref[:4], queries.agreed_host(ABOUT)) == ("HST-", None)
    assert hosting.behind_link(link).ref == made.ref and hosting.behind_link("wrong") is None

    groups.answer_host(made, host=host, agreed=True, link=link, by=host_certifier)

    assert queries.agreed_host(ABOUT).ref == host.ref
    assert queries.hosting(ABOUT).state is HostingState.AGREED
    assert sorted(one["to"] for one in letters("host answered")) == sorted([applicant.email, certifier.email])
    assert all(term in letters("host confirmed")[0]["text"] for term in made.terms) and len(made.terms) == 5
    event = db.session.scalars(select(Event).where(Event.code == "hosting.agreed")).one()
    assert event.facts["terms"] == made.terms


def test_nobody_answers_who_was_not_asked_does_not_sign_or_is_of_the_group(app: Flask) -> None:
    group, applicant, certifier = a_group()
    host, host_applicant, host_certifier = a_group()
    made, link = asked(group, applicant)
    both = a_person(Duty.CERTIFIER, organisation=host)
    commands.give_duty(both, duty=Duty.READER, organisation=group, starts_on=LONG_AGO, by=an_administrator())
    for somebody, secret in (
        (host_certifier, None),
        (host_certifier, "wrong"),
        (host_applicant, link),
        (certifier, link),
        (queries.person(both.ref), link),
    ):
        with pytest.raises(Refused):
            groups.answer_host(made, host=host, agreed=True, link=secret, by=somebody)
    assert queries.hosting(ABOUT).state is HostingState.ASKED


def test_somebody_asked_at_their_own_address_finds_it_among_what_waits(app: Flask) -> None:
    group, applicant, _certifier = a_group("Welcome Table")
    host, _a, host_certifier = a_group()
    made, _link = asked(group, applicant, email=host_certifier.email.upper())

    assert [one.what for one in hosting.waiting(host_certifier)] == ["Say whether you will hold the money for Welcome Table"]
    groups.answer_host(made, host=host, agreed=False, reason="We have no time", by=host_certifier)

    assert hosting.waiting(host_certifier) == []
    assert queries.agreed_host(ABOUT) is None
    assert "We have no time" in letters("host answered")[0]["text"]
    assert letters("host confirmed") == []


def test_after_a_no_another_is_asked_but_not_while_one_stands(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    host, _a, host_certifier = a_group()
    made, link = asked(group, applicant)
    with pytest.raises(RuleBroken, match="You have asked Old Chapel already"):
        asked(group, applicant)
    groups.answer_host(made, host=host, agreed=False, link=link, by=host_certifier)

    second, _link = asked(group, applicant)

    assert queries.hosting(ABOUT).ref == second.ref
    with pytest.raises(RuleBroken, match="answered already"):
        groups.answer_host(made, host=host, agreed=True, link=link, by=host_certifier)


def test_either_side_ends_what_was_agreed_with_a_reason_and_both_hear(app: Flask) -> None:
    group, applicant, certifier = a_group()
    host, _a, host_certifier = a_group()
    made, link = asked(group, applicant)
    groups.answer_host(made, host=host, agreed=True, link=link, by=host_certifier)
    with pytest.raises(RuleBroken, match="Say why"):
        groups.withdraw_host(made, by=host_certifier)
    with pytest.raises(Refused):
        groups.withdraw_host(made, because="No", by=a_person(Duty.GRANTS_OFFICER))

    groups.withdraw_host(made, because="We are closing", by=host_certifier)

    assert queries.agreed_host(ABOUT) is None
    assert {certifier.email, host_certifier.email} <= {one["to"] for one in letters("host ended")}


def test_a_question_taken_back_is_answered_by_nobody(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    host, _a, host_certifier = a_group()
    made, link = asked(group, applicant)

    groups.withdraw_host(made, by=applicant)

    assert letters("host ended") == []
    with pytest.raises(RuleBroken, match="taken back"):
        groups.answer_host(made, host=host, agreed=True, link=link, by=host_certifier)


def test_a_host_that_says_it_has_no_account_cannot_say_yes(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    host, _a, host_certifier = a_group()
    save_profile(host, profile=Profile(own_account=False), edition=0, by=host_certifier)
    made, link = asked(group, applicant)
    with pytest.raises(RuleBroken, match="no bank account"):
        groups.answer_host(made, host=queries.organisation(host.ref), agreed=True, link=link, by=host_certifier)


def test_everything_wrong_with_a_question_is_said_at_once_and_only_the_group_asks(app: Flask) -> None:
    group, applicant, certifier = a_group()
    with pytest.raises(RuleBroken) as broken:
        groups.ask_host(group, about=ABOUT, host_name=" ", host_email="no address", by=applicant)
    assert len(broken.value.problems) == 2
    with pytest.raises(RuleBroken, match="your own group"):
        groups.ask_host(group, about=ABOUT, host_name="Us", host_email=certifier.email, by=applicant)
    for somebody in (a_group()[1], a_person(Duty.ADVISER, organisation=group), a_person(Duty.GRANTS_OFFICER)):
        with pytest.raises(Refused):
            asked(group, somebody)


def test_no_row_holds_the_link_as_it_was_sent(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    made, link = asked(group, applicant)
    assert link not in {str(value) for value in vars(made).values()}
