"""Access handed on when those who had it have gone: asked without learning anything, checked, told, and stopped in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken, TooMany
from grants.notices import commands as notices
from grants.notices import groups
from grants.people import commands, entry, queries, takeovers
from grants.people.models import Duty, Organisation, Person, Takeover, TakeoverState
from grants.work.models import Task
from tests.builders.people import a_group, a_person, a_takeover, an_administrator

CHECK = {"check_made": "Phoned the chair on the number in our files", "reason": "The chair confirmed it."}


def mails(template: str) -> list[str]:
    rows = db.session.scalars(select(Task).order_by(Task.id))
    return [task.facts["to"] for task in rows if task.facts["template"] == template]


def agreed(takeover: Takeover, group: Organisation, *ending: Person, by: Person) -> Takeover:
    return groups.agree_takeover(takeover, organisation=group, duty=Duty.CERTIFIER, ending=ending, by=by, **CHECK)


def test_nothing_waits_until_the_address_is_confirmed_and_then_officers_have_it(app: Flask) -> None:
    officer, administrator = a_person(Duty.GRANTS_OFFICER), an_administrator()
    facts = {"name": "Jo", "email": "jo@example.org", "role": "Treasurer", "how_to_check": None, "network": "n"}
    notices.send_takeover(group_said="Bridge", page="page", **facts)  # type: ignore[arg-type]
    assert takeovers.waiting(officer) == []

    text = db.session.scalars(select(Task)).one().facts["text"]
    opened = entry.open_with_code(page="page", code=text.split("Your code is ")[1][:6], network="n")

    assert opened.person.holdings == []
    assert [one.what for one in takeovers.waiting(officer)] == ["Check whether Jo took over at a group"]
    assert [one.ref for one in takeovers.waiting(administrator)] == [one.ref for one in queries.takeovers()]
    assert takeovers.waiting(a_person(Duty.FINANCE_OFFICER)) == []


def test_a_group_that_is_here_and_one_that_is_not_are_answered_alike(app: Flask) -> None:
    a_group("Bridge")
    texts = []
    for group in ("Bridge", "No such group"):
        facts = {"name": "Jo", "email": "jo@example.org", "role": "Treasurer", "how_to_check": None, "network": "n"}
        notices.send_takeover(group_said=group, page=group, **facts)  # type: ignore[arg-type]
        text = db.session.scalars(select(Task).order_by(Task.id.desc())).first().facts["text"]
        texts.append("\n".join(line for line in text.splitlines() if "link/" not in line and "code is" not in line))
    assert texts[0] == texts[1] and "Bridge" not in texts[0]


def test_only_so_many_ask(app: Flask) -> None:
    facts = {"name": "Jo", "email": "jo@example.org", "role": "Treasurer", "how_to_check": None, "network": "n"}
    with pytest.raises(TooMany):
        for number in range(100):
            notices.send_takeover(group_said="Bridge", page=str(number), **facts)  # type: ignore[arg-type]
    assert db.session.scalar(select(func.count()).select_from(Task)) == app.extensions["grants"].sign_in_tries


def test_a_yes_begins_days_later_and_everybody_of_the_group_hears_twice(app: Flask) -> None:
    group, applicant, certifier = a_group("Bridge")
    adviser = a_person(Duty.ADVISER, organisation=group)
    officer, jo = a_person(Duty.GRANTS_OFFICER), a_person(name="Jo")
    everybody = sorted([applicant.email, certifier.email, adviser.email])
    takeover = a_takeover(jo, group="Bridge")

    agreed(takeover, group, certifier, by=officer)

    assert sorted(mails("takeover told")) == everybody
    assert mails("takeover yes") == [jo.email]
    begins_on = clock.today() + timedelta(days=5)
    assert queries.acts_for(queries.person(jo.ref)) == set()
    assert queries.acts_for(queries.person(certifier.ref)) == {group.id}
    for days in (3, 4, 4):
        with clock.stopped(clock.now() + timedelta(days=days)):
            groups.takeovers_due(clock.today())
    assert sorted(mails("takeover told")) == sorted(everybody * 2)
    with clock.stopped(clock.now() + timedelta(days=5)):
        groups.takeovers_due(clock.today())
        assert clock.today() == begins_on
        assert queries.acts_for(queries.person(jo.ref), Duty.CERTIFIER) == {group.id}
        assert queries.acts_for(queries.person(certifier.ref)) == set()
        assert queries.takeover(takeover.ref).state is TakeoverState.BEGUN
        assert sorted(mails("takeover told")) == sorted(everybody * 2)


def test_an_objection_stops_it_restores_whoever_was_to_stop_and_tells_the_officers(app: Flask) -> None:
    group, applicant, certifier = a_group("Bridge")
    officer, colleague, jo = a_person(Duty.GRANTS_OFFICER), a_person(Duty.GRANTS_OFFICER), a_person(name="Jo")
    takeover = agreed(a_takeover(jo), group, certifier, by=officer)
    assert [one.what for one in takeovers.waiting(applicant)] == [
        "Somebody new will act for your group: object if this is wrong"
    ]
    for somebody in (jo, officer, a_person(Duty.ADVISER, organisation=group), a_group()[1]):
        with pytest.raises(Refused):
            groups.object_to_takeover(takeover, objection="No", by=somebody)
    with pytest.raises(RuleBroken, match="why this is not right"):
        groups.object_to_takeover(takeover, objection=" ", by=applicant)

    groups.object_to_takeover(takeover, objection="We never heard of Jo", by=applicant)

    assert {officer.email, colleague.email, jo.email, certifier.email} <= set(mails("takeover stopped"))
    with clock.stopped(clock.now() + timedelta(days=9)):
        groups.takeovers_due(clock.today())
        assert queries.acts_for(queries.person(jo.ref)) == set()
        assert queries.acts_for(queries.person(certifier.ref)) == {group.id}
    assert queries.takeover(takeover.ref).state is TakeoverState.STOPPED
    with pytest.raises(RuleBroken, match="no longer be stopped"):
        groups.object_to_takeover(queries.takeover(takeover.ref), objection="Again", by=applicant)


def test_once_it_has_begun_it_is_not_stopped_by_a_late_objection(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    takeover = agreed(a_takeover(), group, by=a_person(Duty.GRANTS_OFFICER))
    with clock.stopped(clock.now() + timedelta(days=5)), pytest.raises(RuleBroken, match="no longer be stopped"):
        groups.object_to_takeover(takeover, objection="Late", by=applicant)


def test_where_nobody_is_left_it_begins_at_once_and_those_who_once_acted_are_told(app: Flask) -> None:
    group, applicant, certifier = a_group()
    for one in (applicant, certifier):
        commands.end_duty(one.holdings[0], on=clock.today() - timedelta(days=1), by=an_administrator())
    jo = a_person()

    agreed(a_takeover(jo), group, by=a_person(Duty.GRANTS_OFFICER))

    assert queries.acts_for(queries.person(jo.ref)) == {group.id}
    assert sorted(mails("takeover told")) == sorted([applicant.email, certifier.email])


def test_a_no_tells_the_reason_and_changes_nothing(app: Flask) -> None:
    jo, officer = a_person(), a_person(Duty.GRANTS_OFFICER)
    takeover = a_takeover(jo)
    with pytest.raises(RuleBroken, match="how you checked"):
        groups.refuse_takeover(takeover, check_made="", reason="No.", by=officer)

    groups.refuse_takeover(takeover, check_made="Phoned the chair", reason="The chair does not know you.", by=officer)

    assert mails("takeover no") == [jo.email]
    text = db.session.scalars(select(Task).order_by(Task.id.desc())).first().facts["text"]
    assert "The chair does not know you." in text
    with pytest.raises(RuleBroken, match="answered already"):
        agreed(queries.takeover(takeover.ref), a_group()[0], by=officer)


def test_nobody_answers_for_themselves_or_for_their_own_group_or_without_the_duty(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    jo = a_person()
    takeover = a_takeover(jo)
    officer_of_group = a_person(Duty.GRANTS_OFFICER)
    commands.give_duty(officer_of_group, duty=Duty.READER, organisation=group, starts_on=clock.today(), by=an_administrator())
    for somebody in (
        jo,
        applicant,
        a_person(Duty.FINANCE_OFFICER),
        a_person(Duty.AUDITOR),
        queries.person(officer_of_group.ref),
    ):
        with pytest.raises(Refused):
            agreed(takeover, group, by=somebody)
    own = a_takeover(a_person(Duty.GRANTS_OFFICER))
    with pytest.raises(Refused):
        groups.refuse_takeover(own, check_made="x", reason="y", by=own.person)
    assert queries.takeover(takeover.ref).state is TakeoverState.ASKED
