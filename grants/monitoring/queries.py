"""Reports as pages show them: one report, an award's reports, and what waits on whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from flask_babel import format_date
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from grants.awards.models import Award, PromisedTarget
from grants.awards.models import State as AwardState
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO, Money
from grants.kernel.policy import may
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from grants.monitoring import policies, rules
from grants.monitoring.models import Report, ReportReading, State
from grants.people.models import Duty, Person
from grants.people.queries import acts_for, covered
from grants.places.models import Locality
from grants.streams.models import Pot, Stream


class Line(NamedTuple):
    """One report of an award, for the award's page."""

    ref: str
    number: int
    name: str
    period_start: date
    period_end: date
    due_on: date
    state: State
    spent: Money | None
    overdue: bool


class Measured(NamedTuple):
    """A promise, and what was measured against it."""

    indicator_id: int
    title: str
    unit: str
    promised: int
    value: Decimal | None  # none: not reported yet
    before: Decimal | None  # what the last accepted report before this one measured; none: nothing


class Account(NamedTuple):
    """An award's money, as a report's reader needs it. Every figure but `agreed` and `reported` is the ledger's."""

    agreed: Money
    committed: Money
    due: Money
    paid: Money  # in all, accounted for or not
    unaccounted: Money  # paid and not accounted for
    accounted: Money
    reported: Money  # spent, by every accepted report


def named(number: int, last: bool) -> str:
    """What a report is called: the last one is the final report."""
    return _("Final report") if last else _("Interim report %(number)s", number=number)


def _whole() -> Select[Report]:
    return select(Report).options(
        joinedload(Report.award).options(
            joinedload(Award.organisation),
            joinedload(Award.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
            joinedload(Award.application),
            selectinload(Award.targets).joinedload(PromisedTarget.indicator),
            selectinload(Award.instalments),
        ),
        selectinload(Report.readings),
    )


def _theirs(by: Person) -> ColumnElement[bool]:
    """Awards of the organisations this person acts for."""
    return Award.organisation_id.in_(acts_for(by))


def _staffed(by: Person) -> ColumnElement[bool]:
    """Awards from the pots this person works on."""
    return covered(by, Stream.partnership_id, Stream.ref)


def report(by: Person, ref: str) -> Report:
    """A report this person may read: of their own group, or of a pot they work on. NotFound otherwise."""
    statement = _whole().join(Report.award).join(Award.pot).join(Pot.stream).where(Report.ref == ref)
    found = db.session.scalar(statement.where(or_(_theirs(by), _staffed(by))))
    if found is None:
        raise NotFound()
    return found


def mine(by: Person, ref: str) -> Report:
    """A report of a group this person acts for. NotFound otherwise."""
    found = db.session.scalar(_whole().join(Report.award).where(Report.ref == ref, _theirs(by)))
    if found is None:
        raise NotFound()
    return found


def of_staff(by: Person, ref: str) -> Report:
    """A report on a pot this person works on. NotFound otherwise."""
    statement = _whole().join(Report.award).join(Award.pot).join(Pot.stream)
    found = db.session.scalar(statement.where(Report.ref == ref, _staffed(by)))
    if found is None:
        raise NotFound()
    return found


def of_award(award: Award) -> Sequence[Line]:
    """An award's reports in order. One statement."""
    found = db.session.scalars(select(Report).where(Report.award_id == award.id).order_by(Report.number)).all()
    return [
        Line(
            r.ref,
            r.number,
            named(r.number, r.number == len(found)),
            r.period_start,
            r.period_end,
            r.due_on,
            r.state,
            r.spent,
            overdue(r),
        )
        for r in found
    ]


def siblings(report: Report) -> Sequence[Report]:
    """Every report of the same award, in order, this one among them."""
    return db.session.scalars(select(Report).where(Report.award_id == report.award_id).order_by(Report.number)).all()


def overdue(report: Report) -> bool:
    """Has its day passed without it being sent?"""
    return report.state in (State.DUE, State.RETURNED) and clock.today() > report.due_on


def area_of(award: Award) -> str | None:
    """The name of the place an award works in: its bid's, or its protected commitment's. None: not stated."""
    if award.application is not None:
        return award.application.locality.name if award.application.locality else None
    place = award.commitment.locality if award.commitment else None
    return db.session.scalar(select(Locality.name).where(Locality.ref == place)) if place else None


def left_to_report(report: Report) -> Money:
    """What of the agreed amount is left for this report to account for."""
    return rules.left_to_report(report.award, [other for other in siblings(report) if other.id != report.id])


def account(award: Award) -> Account:
    """The award's money, from the ledger. Two statements."""
    held = owned(award.ref)

    def of(*buckets: Bucket) -> Money:
        return Money(sum(amount.pence for (_book, bucket), amount in held.items() if bucket in buckets))

    reported = db.session.scalar(
        select(func.sum(Report.spent)).where(Report.award_id == award.id, Report.state == State.ACCEPTED)
    )
    return Account(
        agreed=award.agreed,
        committed=of(Bucket.COMMITTED),
        due=of(Bucket.DUE),
        paid=of(Bucket.PAID, Bucket.EVIDENCED, Bucket.RECOVERABLE, Bucket.WRITTEN_OFF),
        unaccounted=of(Bucket.PAID),
        accounted=of(Bucket.EVIDENCED),
        reported=reported or ZERO,
    )


def would_account_for(report: Report, money: Account) -> Money:
    """What accepting this report would move to accounted for."""
    return rules.accountable(
        reported=money.reported + (report.spent or ZERO), accounted=money.accounted, waiting=money.unaccounted
    )


def measured(report: Report) -> Sequence[Measured]:
    """Each promise of the award, with this report's figure and the last accepted one before it. One statement."""
    earlier = db.session.execute(
        select(ReportReading.indicator_id, ReportReading.value)
        .join(ReportReading.report)
        .where(Report.award_id == report.award_id, Report.number < report.number, Report.state == State.ACCEPTED)
        .order_by(Report.number)
    )
    before = {line.indicator_id: line.value for line in earlier}
    here = {reading.indicator_id: reading.value for reading in report.readings}
    return [
        Measured(t.indicator_id, one.title, one.unit, t.value, here.get(one.id), before.get(one.id))
        for t in report.award.targets
        for one in (t.indicator,)
    ]


def waiting(by: Person) -> list[Waiting]:
    """Reports this person owes or has to answer, oldest first."""
    return sorted([*_owed(by), *_to_check(by)], key=lambda one: one.since)


def _owed(by: Person) -> list[Waiting]:
    """The next report of each of their groups' awards, and any that came back."""
    groups = acts_for(by)
    if not groups:
        return []
    found = db.session.execute(
        select(Report, Award.title, Award.accepted_at)
        .join(Report.award)
        .where(
            Award.organisation_id.in_(groups),
            Award.state == AwardState.ACCEPTED,
            Report.state.in_((State.DUE, State.RETURNED)),
        )
        .order_by(Report.award_id, Report.number)
    ).all()
    first: dict[int, int] = {}
    lines = []
    for report, title, accepted_at in found:
        nearest = first.setdefault(report.award_id, report.number)
        if report.state is State.RETURNED:
            what = _("Your report on ‘%(title)s’ came back: we need something more from you", title=title)
            lines.append(Waiting(report.answered_at or clock.now(), what, report.ref, "reports.show", {"ref": report.ref}))
        elif report.number == nearest or report.due_on <= clock.today():
            day = format_date(report.due_on, "d MMMM y")
            said = (
                _("Your report on ‘%(title)s’ was due on %(day)s", title=title, day=day)
                if overdue(report)
                else _("Tell us how ‘%(title)s’ is going by %(day)s", title=title, day=day)
            )
            lines.append(Waiting(_since(accepted_at, report), said, report.ref, "reports.show", {"ref": report.ref}))
    return lines


def _since(accepted_at: datetime | None, report: Report) -> datetime:
    return max(accepted_at or clock.now(), clock.start_of(report.period_start))


def _to_check(by: Person) -> list[Waiting]:
    if not any(holding.duty is Duty.GRANTS_OFFICER for holding in by.holdings):
        return []
    found = db.session.scalars(
        _whole()
        .join(Report.award)
        .join(Award.pot)
        .join(Pot.stream)
        .where(Report.state == State.SUBMITTED, _staffed(by))
        .order_by(Report.submitted_at)
    ).all()
    return [
        Waiting(
            report.submitted_at or clock.now(),
            _("Check the report on ‘%(title)s’ from %(group)s", title=report.award.title, group=report.award.organisation.name),
            report.ref,
            "report_checks.answer",
            {"ref": report.ref},
        )
        for report in found
        if may(policies.answer_report, by, report)
    ]
