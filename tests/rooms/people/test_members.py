"""Who may look, comment, write or sign in a group, who may say so, and comments on an application."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from grants.assessment.rules import acts_for as has_a_part
from grants.audit.models import Event
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.notices import commands as notices
from grants.people import entry, members, queries, remarks
from grants.people.models import Duty, Organisation, Person
from grants.people.policies import READ_OF_GROUP
from grants.work.models import Task
from tests.builders.people import a_group, a_person, an_administrator


def rights(group: Organisation) -> dict[str, list[Duty]]:
    return {one.ref: one.duties for one in queries.members(group)}


def joined(group: Organisation, duty: Duty, by: Person) -> Person:
    """Somebody asked in with a right, who said yes."""
    notices.send_invitation(group, name="Al", email="al@example.org", duty=duty, by=by)
    text = db.session.scalars(select(Task).order_by(Task.id.desc())).first().facts["text"]
    opened = entry.open_with_link(text.split("/sign-in/link/")[1].split()[0])
    return queries.person(opened.person.ref)


@pytest.mark.parametrize("duty", READ_OF_GROUP)
def test_who_signs_asks_somebody_in_with_any_right(app: Flask, duty: Duty) -> None:
    group, _applicant, certifier = a_group()

    al = joined(group, duty, certifier)

    assert rights(group)[al.ref] == [duty]
    assert [one.ref for one in queries.organisations_of(al, *READ_OF_GROUP)] == [group.ref]


def test_who_writes_asks_people_in_to_look_and_comment_and_no_more(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    for duty in (Duty.APPLICANT, Duty.CERTIFIER):
        with pytest.raises(Refused):
            notices.send_invitation(group, name="Al", email="al@example.org", duty=duty, by=applicant)

    adviser = joined(group, Duty.ADVISER, applicant)

    members.change_right(group, adviser, duty=Duty.READER, by=applicant)
    assert rights(group)[adviser.ref] == [Duty.READER]
    for duty in (Duty.APPLICANT, Duty.CERTIFIER):
        with pytest.raises(Refused):
            members.change_right(group, adviser, duty=duty, by=applicant)
    for somebody in (adviser, a_group()[2]):
        with pytest.raises(Refused):
            notices.send_invitation(group, name="Bo", email="bo@example.org", duty=Duty.READER, by=somebody)


def test_a_right_is_changed_by_who_signs_never_by_oneself_and_somebody_always_signs(app: Flask) -> None:
    group, applicant, certifier = a_group()
    with pytest.raises(Refused):
        members.change_right(group, certifier, duty=Duty.READER, by=certifier)
    with pytest.raises(Refused):
        members.change_right(group, certifier, duty=Duty.READER, by=applicant)
    with pytest.raises(RuleBroken, match="Nobody else signs"):
        members.remove(group, certifier, by=certifier)

    members.change_right(group, applicant, duty=Duty.CERTIFIER, by=certifier)
    members.remove(group, certifier, by=certifier)

    assert rights(group) == {applicant.ref: [Duty.CERTIFIER]}
    with pytest.raises(RuleBroken, match="Nobody else signs"):
        members.remove(group, queries.person(applicant.ref), by=queries.person(applicant.ref))


def test_somebody_leaves_one_group_and_stays_in_the_other(app: Flask) -> None:
    group, _a, _c = a_group()
    other, _a2, _c2 = a_group()
    adviser = a_person(Duty.ADVISER, organisation=group)
    from grants.people import commands
    from tests.builders.people import LONG_AGO

    commands.give_duty(adviser, duty=Duty.ADVISER, organisation=other, starts_on=LONG_AGO, by=an_administrator())
    adviser = queries.person(adviser.ref)

    members.remove(group, adviser, by=adviser)

    assert queries.acts_for(queries.person(adviser.ref), *READ_OF_GROUP) == {other.id}


def test_looking_and_advising_is_no_speaking_for_the_group_but_bars_from_scoring_its_bids(app: Flask) -> None:
    group, applicant, certifier = a_group()
    adviser = a_person(Duty.ADVISER, organisation=group)

    assert queries.acts_for(adviser) == set()
    assert [one.ref for one in queries.acting_for(group)] == sorted([applicant.ref, certifier.ref], key=_by_name(group))
    assert has_a_part(adviser, group.id)


def _by_name(group: Organisation):
    order = [one.ref for one in queries.members(group)]
    return order.index


# -- comments ---------------------------------------------------------------------------------------------------------


def test_an_adviser_comments_a_reader_does_not_and_what_was_said_can_be_erased(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    adviser, reader = (a_person(duty, organisation=group) for duty in (Duty.ADVISER, Duty.READER))
    with pytest.raises(Refused):
        remarks.remark("APP-26-00001", organisation=group, text="Hm", by=reader)
    with pytest.raises(RuleBroken, match="Write your comment"):
        remarks.remark("APP-26-00001", organisation=group, text=" ", by=adviser)

    made = remarks.remark("APP-26-00001", organisation=group, part="costs", text="Who drives the van?", by=adviser)
    remarks.remark("APP-26-00002", organisation=group, text="Another", by=adviser)

    assert [(one.text, one.part, one.made_by.ref) for one in queries.remarks("APP-26-00001")] == [
        ("Who drives the van?", "costs", adviser.ref)
    ]
    assert queries.remarks("APP-26-00001", "story") == []
    event = db.session.scalars(select(Event).where(Event.code == "remark.made", Event.subject == "APP-26-00001")).one()
    assert "van" not in str(event.facts)
    with pytest.raises(Refused):
        remarks.settle(made, by=reader)
    remarks.settle(made, by=applicant)
    assert queries.remarks("APP-26-00001", open_only=True) == []
    with pytest.raises(RuleBroken, match="already"):
        remarks.settle(made, by=adviser)
