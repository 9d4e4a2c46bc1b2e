"""A group says what it spent and what changed; an officer answers; what it spent becomes accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from grants.applications.rules import tier
from grants.audit.record import declare, record
from grants.awards import commands as awards
from grants.awards import years
from grants.awards.models import Award, Gate
from grants.awards.models import State as AwardState
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.lifecycle import move
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.monitoring import policies, queries, rules
from grants.monitoring.models import MOVES, Report, ReportReading, State
from grants.notices import commands as notices
from grants.people.models import Person
from grants.strategy import commands as strategy
from grants.streams.draws import draw
from grants.streams.models import Outcome

declare(
    {
        "report.asked": mark("Asked for this report by %(due_on)s, on %(period_start)s to %(period_end)s"),
        "report.submitted": mark("Sent the report: %(spent)s spent"),
        "report.returned": mark("Asked for more: %(because)s"),
        "report.accepted": mark("Accepted the report: %(accounted)s accounted for"),
        "award.accounted": mark("%(amount)s accounted for, from reports accepted before the money was paid"),
    }
)


@command
def accept_offer(award: Award, *, signed_as: str, by: Person) -> Award:
    """The group signs: the offer becomes an award, and its reports are asked for, in one transaction.

    The first of two signatures asks for nothing yet. The reports are those that instalments wait for, the final one, and as
    many between as the size of the ask says.
    """
    awards.accept(award, signed_as=signed_as, by=by)
    if award.state is not AwardState.ACCEPTED:
        return award
    asked = db.session.scalars(select(Report).where(Report.award_id == award.id)).all()
    if found := list(rules.unschedulable(award, asked)):
        raise RuleBroken(*found)
    gated = [instalment.due_on for instalment in award.instalments if instalment.gate is Gate.REPORT]
    size = tier(award.application) if award.application else None
    asks = rules.between(size.reports, award.starts_on, award.ends_on, gated) if size else []
    _ask(award, rules.schedule(award.starts_on, award.ends_on, [*gated, *asks], clock.today()), 0, by)
    return award


def _ask(award: Award, schedule: Sequence[rules.Planned], already: int, by: Person) -> None:
    """Ask for reports, numbered on from those already asked for."""
    for planned in schedule:
        report = Report(
            ref=next_reference("RPT"),
            award=award,
            number=already + planned.number,
            period_start=planned.period_start,
            period_end=planned.period_end,
            due_on=planned.due_on,
        )
        db.session.add(report)
        record(
            "report.asked",
            report,
            by=by,
            award=award,
            due_on=report.due_on,
            period_start=report.period_start,
            period_end=report.period_end,
        )


@command
def decide_year(award: Award, year: int, *, outcome: Outcome, by: Person, **facts: Any) -> Award:
    """Record what was resolved for a later year of an award (`awards.years.decide_year`, whose facts these are).

    A year that goes on asks for its reports too: from the day after the last one's period, in time for each instalment
    that waits for one, and at its end.
    """
    ended_on = award.ends_on
    years.decide_year(award, year, outcome=outcome, by=by, **facts)
    if award.ends_on > ended_on:
        asked = len(db.session.scalars(select(Report).where(Report.award_id == award.id)).all())
        gated = [one.due_on for one in award.instalments if one.gate is Gate.REPORT and one.due_on > ended_on]
        _ask(award, rules.schedule(ended_on + timedelta(days=1), award.ends_on, gated, clock.today()), asked, by)
    return award


@command
def submit_report(
    report: Report,
    *,
    spent: Money | None,
    story: str,
    readings: Mapping[int, Decimal | None],
    edition: int,
    by: Person,
) -> Report:
    """Send a report, or send again one that came back. `spent` is in this report's period; readings are by indicator id."""
    require(policies.submit_report, by, report)
    _hold(report.award)  # two reports of one award are not added up at the same time
    if edition != report.edition:
        raise Stale(
            yours=[(_("Spent"), str(spent)), (_("What happened"), story)],
            theirs=[(_("Spent"), str(report.spent)), (_("What happened"), report.story or "")],
        )
    others = [other for other in queries.siblings(report) if other.id != report.id]
    if found := list(rules.unsendable(report, others)):
        raise RuleBroken(*found)
    left = rules.left_to_report(report.award, others)
    if found := list(rules.unready(report, spent=spent, story=story, readings=readings, left=left)):
        raise RuleBroken(*found)
    report.state = move(MOVES, report.state, State.SUBMITTED)
    report.spent, report.story = spent, story.strip()
    report.submitted_at, report.submitted_by = clock.now(), by.ref
    kept = {reading.indicator_id: reading for reading in report.readings}
    for target in report.award.targets:
        value = readings[target.indicator_id]
        assert value is not None
        if target.indicator_id in kept:
            kept[target.indicator_id].value = value
        else:
            report.readings.append(ReportReading(indicator=target.indicator, value=value))
    record("report.submitted", report, by=by, spent=spent)
    return report


@command
def return_report(report: Report, *, because: str, edition: int | None = None, by: Person) -> Report:
    """Ask the group for more, in words they will read. Nothing of the report is lost."""
    require(policies.return_report, by, report)
    _same(report, edition)
    if found := list(rules.unanswered(because, needed=True)):
        raise RuleBroken(*found, field="because")
    report.state = move(MOVES, report.state, State.RETURNED)
    _answered(report, because, by)
    record("report.returned", report, by=by, because=because.strip())
    notices.queue_all(
        "report returned", report.award.organisation, report, ref=report.ref, title=report.award.title, because=because.strip()
    )
    return report


@command
def accept_report(report: Report, *, answer: str = "", edition: int | None = None, by: Person) -> Report:
    """Accept a report: its spend becomes accounted for, its figures count towards the plan, and the instalment that
    waited for it opens. Spend beyond what has been paid is carried: it is accounted for when the money is paid or with
    the next report.
    """
    require(policies.accept_report, by, report)
    _same(report, edition)
    award = report.award
    _hold(award)
    if found := list(rules.unanswered(answer, needed=False)):
        raise RuleBroken(*found, field="answer")
    report.state = move(MOVES, report.state, State.ACCEPTED)
    _answered(report, answer, by)
    db.session.flush()  # so that the award's account counts this report as accepted
    amount = _account_for(award, key=f"evidence:{report.ref}", source=report.ref, by=by)
    area = queries.area_of(award)
    for reading in report.readings:
        strategy.record_reading(
            reading.indicator,
            value=reading.value,
            period=f"{report.period_start:%Y-%m-%d}/{report.period_end:%Y-%m-%d}",
            period_start=report.period_start,
            period_end=report.period_end,
            area=area,
            unit=reading.indicator.unit,
            reported_in=report.ref,
            by=by,
        )
    if instalment := rules.waiting_instalment(award):
        awards.meet_gate(instalment, by=by)
    record("report.accepted", report, by=by, accounted=amount, carried=(report.spent or Money(0)) - amount)
    notices.queue_all("report accepted", award.organisation, report, ref=report.ref, title=award.title, answer=report.answer)
    return report


@command
def account_for(award: Award, *, source: str, by: Person) -> Money:
    """When money is paid that accepted reports have already shown spent, account for it at once. Called by payments."""
    amount = _account_for(award, key=f"evidence:{source}", source=source, by=by)
    if amount:
        record("award.accounted", award, by=by, amount=amount, payment=source)
    return amount


def _account_for(award: Award, *, key: str, source: str, by: Person) -> Money:
    money = queries.account(award)
    amount = rules.accountable(reported=money.reported, accounted=money.accounted, waiting=money.unaccounted)
    if amount:
        moves = draw("evidence", award.ref, Bucket.PAID, (award.ref, Bucket.EVIDENCED), amount, pot=award.pot.ref)
        ledger.enter(moves, key=key, on=clock.today(), by=by.ref, source=source)
    return amount


@command
def _hold(award: Award) -> None:
    """Nobody else decides on this award's reports until this command ends: its row is read again and locked."""


def _same(report: Report, edition: int | None) -> None:
    """What is answered is what was read. Without an edition no page was."""
    if edition is not None and edition != report.edition:
        raise Stale(theirs=[(_("Where it stands"), report.state.value), (_("Spent"), str(report.spent))])


def _answered(report: Report, answer: str, by: Person) -> None:
    report.answer, report.answered_at, report.answered_by = answer.strip() or None, clock.now(), by.ref
