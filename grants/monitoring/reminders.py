"""Groups are reminded of reports: two weeks before one is due, the day after, and two weeks late. Each step once."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.record import SYSTEM, declare, record
from grants.awards.models import Award
from grants.awards.models import State as AwardState
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.references import OnceKey
from grants.kernel.words import mark
from grants.monitoring.models import Report, State
from grants.notices import commands as notices

declare({"report.reminded": mark("Reminded the group that this report is due on %(due_on)s (%(step)s)")})

AHEAD = timedelta(days=14)
LATER = timedelta(days=14)


def step(due_on: date, today: date) -> str | None:
    """Which reminder a report that has not come is at: 'soon', 'late', 'very late', or none yet."""
    if today > due_on + LATER:
        return "very late"
    if today > due_on:
        return "late"
    return "soon" if today >= due_on - AHEAD else None


def due(today: date) -> int:
    """The night's duty: remind every group whose report has reached a step it was not reminded of. Answers how many."""
    owed = db.session.scalars(
        select(Report)
        .join(Report.award)
        .where(Report.state == State.DUE, Report.due_on <= today + AHEAD, Award.state == AwardState.ACCEPTED)
        .options(joinedload(Report.award).joinedload(Award.organisation))
        .order_by(Report.due_on, Report.id)
    ).all()
    wanted = {f"{report.ref}:{reached}": report for report in owed if (reached := step(report.due_on, today))}
    name = f"{__name__}.remind"
    done = set(db.session.scalars(select(OnceKey.key).where(OnceKey.key.in_([f"{name}:{key}" for key in wanted]))))
    waiting = [(report.id, key) for key, report in wanted.items() if f"{name}:{key}" not in done]
    for report_id, key in waiting:
        remind(report_id, step=key.partition(":")[2], key=key)  # type: ignore[call-arg]  # @command takes it: once, whoever runs
    return len(waiting)


@command
def remind(report_id: int, *, step: str) -> None:
    """Tell everybody who acts for the group that the report is due. One that came meanwhile is left alone."""
    report = db.session.scalar(select(Report).where(Report.id == report_id).with_for_update(of=Report))
    if report is None or report.state is not State.DUE:
        return
    award = report.award
    notices.queue_all("report due", award.organisation, report, ref=report.ref, title=award.title, due_on=report.due_on)
    record("report.reminded", report, by=SYSTEM, due_on=report.due_on, step=step)
