"""A spending plan's way: drafted, resolved, sent, agreed by the funder; then changed within its limit, or sent round again.

Versions of one agreement's year never overlap: at most one stands, at most one is on its way. What a command needs from the
figures (a room above) is handed to it by the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from grants.agreements.models import Agreement
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.lifecycle import move
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.delegation import What, resolution_needed, table
from grants.people.models import Person
from grants.spending import policies, queries, rules
from grants.spending.models import PLAN_MOVES, STANDING, PlanLine, PlanState, PlanUpdate, PlanUpdateLine, SpendingPlan
from grants.spending.rules import Change, LineFacts, Stood

declare(
    {
        "plan.drafted": mark("Drafted version %(version)s of the %(year)s spending plan of %(agreement)s"),
        "plan.lines": mark("Set %(lines)s lines, %(amount)s in all"),
        "plan.resolved": mark("The board approved it on %(resolved_on)s: %(resolution)s"),
        "plan.sent": mark("Sent to the funder on %(sent_on)s"),
        "plan.agreed": mark("The funder agreed on %(agreed_on)s: %(said)s"),
        "plan.sent_back": mark("The funder sent it back on %(on)s: %(said)s"),
        "plan.changed": mark("Stands from %(on)s under delegation, the largest change %(moved)s: %(reason)s"),
        "plan.superseded": mark("No longer stands: version %(version)s does"),
        "plan.given_up": mark("Given up before it stood: %(reason)s"),
        "plan.update_written": mark("Wrote the update to %(through)s: %(spent)s spent"),
        "plan.update_sent": mark("Sent the update to %(through)s on %(sent_on)s: %(spent)s spent"),
    }
)

MOST_LINES = 200


@command
def draft_plan(agreement: Agreement, *, year: int, by: Person, note: str | None = None) -> SpendingPlan:
    """Begin the plan of an agreement's year, without lines; or, where one stands, a new version copied from it.

    `year` is the calendar year the financial year begins in. A new version says why (`note`).
    """
    require(policies.draft_plan, by, agreement)
    _alone(agreement)
    stands, under_way = queries.standing(agreement, year), queries.under_way(agreement, year)
    found = []
    if under_way is not None:
        found.append(
            _(
                "Version %(version)s (%(ref)s) is %(state)s. Carry it on, or give it up, before you begin another.",
                version=under_way.version,
                ref=under_way.ref,
                state=_(under_way.state.value),
            )
        )
    if not clock.financial_year(agreement.starts_on) <= year <= clock.financial_year(agreement.ends_on):
        found.append(_("%(agreement)s does not run in %(year)s.", agreement=agreement.name, year=clock.year_label(year)))
    if stands is not None:
        found += rules.unexplained(note or "")
    if found:
        raise RuleBroken(*found)
    every = queries.versions(agreement, year)
    plan = SpendingPlan(
        ref=next_reference("SPL"),
        agreement=agreement,
        year=year,
        version=max((one.version for one in every), default=0) + 1,
        note=(note or "").strip() or None,
        drafted_by=by.ref,
    )
    db.session.add(plan)
    for line in stands.lines if stands else ():
        plan.lines.append(
            PlanLine(
                line=line.line,
                position=line.position,
                pot=line.pot,
                project=line.project,
                provider=line.provider,
                organisation=line.organisation,
                amount=line.amount,
                priority=line.priority,
                results=line.results,
            )
        )
    record(
        "plan.drafted",
        plan,
        by=by,
        version=plan.version,
        year=clock.year_label(year),
        agreement=agreement.ref,
        copied_from=stands.ref if stands else None,
        note=plan.note,
    )
    return plan


@command
def save_lines(plan: SpendingPlan, lines: Sequence[LineFacts], *, edition: int, by: Person) -> SpendingPlan:
    """Set a draft's lines as typed: those with a lasting name are changed, those without get one, those left out are dropped.

    A draft may still come to more than its pots are given; its page says by how much, and that stops it going to the board.
    """
    require(
        policies.draft_plan, by, plan.agreement, {line.pot.stream for line in plan.lines} | {one.pot.stream for one in lines}
    )
    found = [*_draft_only(plan), *rules.unfit_lines(lines, year=plan.year, known=queries.names_before(plan))]
    if len(lines) > MOST_LINES:
        found.append(_("A plan has %(most)s lines or fewer.", most=MOST_LINES))
    if found:
        raise RuleBroken(*found)
    if plan.edition != edition:
        raise Stale(_as_read(lines), [(line.project, f"{line.amount}, {line.provider}") for line in plan.lines])
    there = {line.line: line for line in plan.lines}
    kept = {one.line for one in lines if one.line}
    for n, line in enumerate(plan.lines, 1):
        if line.line in kept:
            line.position = -n  # out of the way: places are unique
        else:
            db.session.delete(line)
    db.session.flush()
    db.session.expire(plan, ["lines"])
    for position, one in enumerate(lines, 1):
        row = there.get(one.line or "")
        if row is None:
            row = PlanLine(line=one.line or next_reference("PLN"))
            plan.lines.append(row)
        row.position, row.pot, row.project, row.provider = position, one.pot, one.project.strip(), one.provider.strip()
        row.organisation, row.amount, row.priority, row.results = (
            one.organisation,
            one.amount,
            one.priority,
            one.results.strip(),
        )
    plan.drafted_by = by.ref
    record("plan.lines", plan, by=by, lines=len(lines), amount=total(one.amount for one in lines))
    return plan


def _as_read(lines: Sequence[LineFacts]) -> list[tuple[str, str]]:
    return [(one.project, f"{one.amount}, {one.provider}") for one in lines]


@command
def resolve(plan: SpendingPlan, *, resolution: str, resolved_on: date | None, by: Person) -> SpendingPlan:
    """Record that the board approved it. The lines of each pot must be within what the agreement gives it."""
    require(policies.carry, by, plan)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.RESOLVED)
    found = [*rules.empty(plan), *rules.unresolved(resolution, resolved_on), *_beyond(plan)]
    if found:
        raise RuleBroken(*found)
    plan.resolution, plan.resolved_on = resolution.strip(), resolved_on
    record("plan.resolved", plan, by=by, resolution=plan.resolution, resolved_on=resolved_on)
    return plan


@command
def send(plan: SpendingPlan, *, sent_on: date | None, by: Person) -> SpendingPlan:
    """Record that it went to the funder, who pays only on it."""
    require(policies.carry, by, plan)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.SENT)
    found = [
        *rules.out_of_order(sent_on, plan.resolved_on, what=_("it was sent"), before=_("when the board approved it")),
        *_beyond(plan),
    ]
    if found:
        raise RuleBroken(*found)
    plan.sent_on = sent_on
    record("plan.sent", plan, by=by, sent_on=sent_on)
    return plan


@command
def record_agreed(plan: SpendingPlan, *, agreed_on: date | None, said: str, by: Person) -> SpendingPlan:
    """The funder agreed: this version stands, and the one that stood before does so no longer."""
    require(policies.carry, by, plan)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.AGREED)
    found = [
        *rules.out_of_order(agreed_on, plan.sent_on, what=_("the funder agreed"), before=_("when it was sent")),
        *_beyond(plan),
    ]
    if found:
        raise RuleBroken(*found)
    plan.agreed_on, plan.funder_said = agreed_on, said.strip() or None
    _stand(plan, by)
    record("plan.agreed", plan, by=by, agreed_on=agreed_on, said=plan.funder_said or _("nothing more"))
    return plan


@command
def record_sent_back(plan: SpendingPlan, *, on: date | None, said: str, by: Person) -> SpendingPlan:
    """The funder sent it back with its words: it is a draft again, and goes to the board again."""
    require(policies.carry, by, plan)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.DRAFT)
    found = list(rules.out_of_order(on, plan.sent_on, what=_("the funder answered"), before=_("when it was sent")))
    if not said.strip():
        found.append(_("Enter what the funder said. Whoever changes the plan will read this."))
    if found:
        raise RuleBroken(*found)
    plan.funder_said, plan.sent_on, plan.resolved_on, plan.resolution = said.strip(), None, None, None
    record("plan.sent_back", plan, by=by, on=on, said=plan.funder_said)
    return plan


def changed(plan: SpendingPlan) -> list[Change]:
    """How a version differs from the last one the funder agreed, line by line: many small steps are one large one."""
    return rules.changes(queries.last_agreed(plan), plan, plan.agreement.change_limit)


def moved(found: Sequence[Change]) -> Money:
    """The largest amount by which a line moves."""
    return max((Money(abs(one.by.pence)) for one in found), default=Money(0))


@command
def let_stand(plan: SpendingPlan, *, reason: str, by: Person, resolution: str | None = None) -> SpendingPlan:
    """A change within the agreement's limit stands at once, under delegation. The funder is told at the next update."""
    differs = changed(plan)
    steps = table(plan.agreement.partnership)
    require(policies.let_stand, by, plan, moved(differs), steps)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.CHANGED)
    found = [*rules.empty(plan), *rules.unexplained(reason), *_beyond(plan)]
    if queries.last_agreed(plan) is None:
        found.append(_("The funder has agreed no version of this plan yet, so it must go to the board and the funder."))
    else:
        found += rules.goes_back(differs, plan.agreement.change_limit)
    if resolution_needed(What.PLAN_CHANGE, moved(differs), steps) and not (resolution or "").strip():
        found.append(_("So large a change can only be made under a resolution. Enter it, with its date."))
    if found:
        raise RuleBroken(*found)
    plan.agreed_on, plan.sent_on, plan.note = clock.today(), None, reason.strip()
    plan.resolution = (resolution or "").strip() or None
    _stand(plan, by)
    record("plan.changed", plan, by=by, on=plan.agreed_on, reason=plan.note, moved=moved(differs), resolution=plan.resolution)
    return plan


@command
def give_up(plan: SpendingPlan, *, reason: str, by: Person) -> SpendingPlan:
    """End a version that never stood. What stands goes on standing."""
    require(policies.carry, by, plan)
    found = list(rules.unexplained(reason))
    if plan.state in STANDING:
        found.append(_("This version stands. Draft a new version to change it."))
    if found:
        raise RuleBroken(*found)
    plan.state = move(PLAN_MOVES, plan.state, PlanState.SUPERSEDED)
    record("plan.given_up", plan, by=by, reason=reason.strip())
    return plan


# -- quarterly updates -------------------------------------------------------------------------------------------------


@command
def write_update(
    plan: SpendingPlan,
    *,
    through: date,
    figures: Mapping[str, Stood],
    words: Mapping[str, str],
    said: str,
    sent_on: date | None,
    by: Person,
) -> PlanUpdate:
    """Write what the funder is told of a quarter, or write it again; with `sent_on` it is sent and never changes any more.

    `figures` are each line's, as the books stood at the end of `through` (`figures.plans`); they are kept as they are now.
    """
    require(policies.carry, by, plan)
    _alone(plan.agreement)
    there = queries.update_to(plan, through)
    found = list(rules.untimely(plan, through, there))
    if plan.state not in STANDING:
        found.append(_("Only the version that stands is reported on."))
    if set(figures) != {line.line for line in plan.lines}:
        found.append(_("The lines changed after this page was drawn. Read them again before you send."))
    if sent_on is not None:
        found += rules.out_of_order(sent_on, through, what=_("it was sent"), before=_("the end of the quarter"))
    found += [
        _("What is said of %(line)s must be %(most)s characters or fewer.", line=line, most=f"{rules.WORDS:,}")
        for line, text in words.items()
        if len(text) > rules.WORDS
    ]
    if found:
        raise RuleBroken(*found)
    update = there
    if update is None:
        update = PlanUpdate(ref=next_reference("SPU"), plan=plan, through=through, recorded_by=by.ref)
        db.session.add(update)
    for old in list(update.lines):
        db.session.delete(old)
    db.session.flush()
    db.session.expire(update, ["lines"])
    update.plan, update.said, update.sent_on = plan, said.strip() or None, sent_on
    update.recorded_at, update.recorded_by = clock.now(), by.ref
    for line in plan.lines:
        stood = figures[line.line]
        update.lines.append(
            PlanUpdateLine(
                line=line.line,
                planned=stood.planned,
                committed=stood.committed,
                spent=stood.spent,
                said=words.get(line.line, "").strip() or None,
            )
        )
    spent = total(stood.spent for stood in figures.values())
    if sent_on is None:
        record("plan.update_written", update, by=by, through=through, spent=spent, plan=plan.ref)
    else:
        record("plan.update_sent", update, by=by, through=through, spent=spent, sent_on=sent_on, plan=plan.ref)
    record("plan.update_sent" if sent_on else "plan.update_written", plan, by=by, through=through, spent=spent, sent_on=sent_on)
    return update


# -- within ------------------------------------------------------------------------------------------------------------


def _alone(agreement: Agreement) -> None:
    """One command at a time over an agreement's plans: what stands is decided by one of them."""
    db.session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())


def _beyond(plan: SpendingPlan) -> list[str]:
    return list(rules.beyond(queries.planned(plan), queries.given(plan.agreement, plan.year)))


def _draft_only(plan: SpendingPlan) -> list[str]:
    if plan.state is PlanState.DRAFT:
        return []
    return [
        _(
            "Version %(version)s is %(state)s, so its lines are not changed. Draft a new version.",
            version=plan.version,
            state=_(plan.state.value),
        )
    ]


def _stand(plan: SpendingPlan, by: Person) -> None:
    """The version that stood before stands no longer."""
    _alone(plan.agreement)
    for one in queries.versions(plan.agreement, plan.year):
        if one.id != plan.id and one.state in STANDING:
            one.state = move(PLAN_MOVES, one.state, PlanState.SUPERSEDED)
            record("plan.superseded", one, by=by, version=plan.version)
