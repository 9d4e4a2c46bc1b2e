"""Reminders of reports: each step once, to everybody who acts for the group, and never for one that came."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.db import db
from grants.monitoring import reminders
from grants.work.models import Task
from tests.builders.payments import a_sent, an_agreement, reports

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "step"), [(-15, None), (-14, "soon"), (0, "soon"), (1, "late"), (14, "late"), (15, "very late")]
)
def test_the_step_by_the_day(days: int, step: str | None) -> None:
    assert reminders.step(date(2026, 6, 15), date(2026, 6, 15) + timedelta(days=days)) == step


def test_each_step_is_sent_once_however_often_the_night_comes(app: Flask) -> None:
    report = reports(an_agreement())[0]
    due_on, ref = report.due_on, report.ref
    letters = db.session.scalar(select(func.count()).select_from(Task)) or 0
    for days in (-14, -13, 1, 2, 15, 16):
        with clock.stopped(clock.start_of(due_on + timedelta(days=days)) + timedelta(hours=12)):
            reminders.due(clock.today())
            assert reminders.due(clock.today()) == 0
    events = db.session.scalars(select(Event).where(Event.subject == ref, Event.code == "report.reminded").order_by(Event.id))
    assert [event.facts["step"] for event in events] == ["soon", "late", "very late"]
    assert (db.session.scalar(select(func.count()).select_from(Task)) or 0) > letters


def test_a_report_that_came_is_not_asked_for_again(app: Flask) -> None:
    report = reports(an_agreement())[0]
    a_sent(report, "500")
    with clock.stopped(clock.start_of(report.due_on + DAY) + timedelta(hours=12)):
        owed = [one for one in reports(report.award) if one.state.value == "due" and reminders.step(one.due_on, clock.today())]
        assert reminders.due(clock.today()) == len(owed)
