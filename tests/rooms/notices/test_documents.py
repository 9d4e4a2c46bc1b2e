"""A group is told once that a document it keeps here runs out, and never of one it has replaced."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from grants.audit.models import Event
from grants.files.models import What
from grants.kernel import clock
from grants.kernel.db import db
from grants.notices import documents
from grants.work.models import Task
from tests.builders.files import a_filed
from tests.builders.people import a_group

DAY = timedelta(days=1)


def letters() -> list[tuple[str, str]]:
    return [(task.facts["to"], task.facts["subject"]) for task in db.session.scalars(select(Task).order_by(Task.id))]


def test_everybody_who_acts_is_told_a_month_before_and_once(app: Flask) -> None:
    group, applicant, certifier = a_group("Vale Walkers")
    today = clock.today()
    filed = a_filed(group, by=applicant, what=What.INSURANCE, expires_on=today + 30 * DAY)
    assert documents.due(today - DAY) == 0
    assert (documents.due(today), documents.due(today), documents.due(today + 5 * DAY)) == (1, 0, 0)
    on = f"{filed.expires_on.day} {filed.expires_on:%B %Y}"  # type: ignore[union-attr]
    assert sorted(letters()) == sorted(
        (one.email, f"Insurance of Vale Walkers: good until {on}") for one in (applicant, certifier)
    )
    told = db.session.scalars(select(Event).where(Event.code == "document.runs_out")).all()
    assert [event.subject for event in told] == [filed.document.ref]


def test_a_newer_document_of_the_kind_is_not_asked_for(app: Flask) -> None:
    group, applicant, _certifier = a_group()
    today = clock.today()
    for days in (10, 400):
        a_filed(group, by=applicant, what=What.INSURANCE, expires_on=today + days * DAY)
    assert (documents.due(today), letters()) == (0, [])
