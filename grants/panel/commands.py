"""The panel sits: decisions within what is held for the round, recorded one by one and confirmed together by the chair."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from grants.applications import commands as applications
from grants.applications import queries as sent
from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.applications.rules import flags
from grants.assessment import queries as assessment
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.panel import policies, queries, rules
from grants.panel.models import Decision, Outcome, Panel
from grants.people.models import Person
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.queries import held, held_by

declare(
    {
        "panel.convened": mark("Convened the panel for %(held_on)s"),
        "panel.decided": mark("Decided %(outcome)s, %(amount)s: %(reason)s"),
        "panel.changed": mark("Changed the decision to %(outcome)s, %(amount)s: %(reason)s"),
        "panel.confirmed": mark("Confirmed %(decisions)s decisions coming to %(amount)s"),
    }
)


@command
def convene(round: Round, *, held_on: date, by: Person) -> Panel:
    """Set the panel's day. One panel a round, after it has closed."""
    require(policies.convene, by, round)
    if found := list(rules.convenable(round, held_on, convened=queries.of_round(round) is not None)):
        raise RuleBroken(*found, field="held_on")
    made = Panel(ref=next_reference("PAN"), round=round, held_on=held_on)
    db.session.add(made)
    db.session.flush()
    record("panel.convened", made, by=by, held_on=held_on, round=round.ref)
    return made


@command
def decide(
    panel: Panel,
    *,
    application: Application,
    outcome: Outcome,
    amount: Money | None,
    reason: str,
    edition: int | None,
    funded_in: Collection[int] = (),
    by: Person,
) -> Decision:
    """Record what the panel decided on one bid, or change it until the chair confirms.

    `edition` is that of the decision the form was drawn from, none (or 0) for a first one; a mismatch is Stale. The decisions
    never come to more than the ledger holds for the round: the panel's row is locked, so nobody decides beside us. `funded_in`:
    the financial years in which the same fund gave the group something.
    """
    _hold(application)
    there = queries.decision_on(application)
    mine = [(application.id, application.organisation_id)]
    require(
        policies.decide,
        by,
        panel,
        application,
        scored_by=assessment.assessors_of(application),
        kept_from=bool(assessment.kept_from(by, mine)),
    )
    if (edition or 0) != (there.edition if there else 0):
        raise Stale(_lines(outcome, amount, reason), _lines(there.outcome, there.amount, there.reason) if there else ())
    found = rules.decidable(
        panel,
        application,
        outcome=outcome,
        amount=amount,
        reason=reason,
        asked=application.asked,
        scored=assessment.complete(application),
        held=held(panel.round),
        others=queries.decided_so_far(panel, but=application),
    )
    in_lot = rules.beyond_lot(
        application,
        gives=rules.settled(outcome, amount, application.asked),
        held=held_by(application.purse),
        others=queries.decided_so_far(panel, but=application, lot=application.lot),
    )
    gives = rules.settled(outcome, amount, application.asked)
    unfit: list[str] = []
    if gives:
        broken = flags(application, sent.about(application, funded_in=funded_in))
        unfit = [*rules.below(application.round, assessment.judged(application)), *rules.unexcepted(application, broken)]
    if problems := [*found, *in_lot, *unfit]:
        raise RuleBroken(*problems)
    assert gives is not None
    return _write(there, panel, application, outcome=outcome, amount=gives, reason=reason.strip(), by=by)


@command
def _hold(application: Application) -> None:
    """The group cannot withdraw it meanwhile: the bid's row is read again and locked until this command ends."""


def _write(
    there: Decision | None, panel: Panel, application: Application, *, outcome: Outcome, amount: Money, reason: str, by: Person
) -> Decision:
    code = "panel.changed" if there else "panel.decided"
    decision = there or Decision(ref=next_reference("DEC"), panel=panel, application=application)
    decision.outcome, decision.amount, decision.reason = outcome, amount, reason
    decision.decided_by, decision.decided_at = by.ref, clock.now()
    db.session.add(decision)
    db.session.flush()
    record(code, decision, by=by, outcome=outcome, amount=amount, reason=reason, application=application.ref)
    return decision


def _lines(outcome: Outcome, amount: Money | None, reason: str) -> list[tuple[str, str]]:
    return [
        (_("Decision"), outcome.value),
        (_("Amount"), _("not stated") if amount is None else str(amount)),
        (_("Reason"), reason),
    ]


@command
def confirm(panel: Panel, *, by: Person) -> Panel:
    """The chair makes the decisions final: bids are concluded, the round is decided, and groups not funded are told why."""
    bids = db.session.scalars(
        select(Application)
        .where(Application.round_id == panel.round_id, Application.state == ApplicationState.SUBMITTED)
        .order_by(Application.ref)
    ).all()
    scorers = assessment.scored_by(panel.round)
    require(policies.confirm, by, panel, bids, scored_by={ref for refs in scorers.values() for ref in refs})
    standing = [d for d in panel.decisions if d.application.state is ApplicationState.SUBMITTED]
    gives = [decision.amount for decision in standing]
    holds_now = held(panel.round)
    found = [
        *rules.confirmable(
            panel,
            undecided=queries.undecided(panel),
            decided=gives,
            held=holds_now,
            opened=queries.opened_again(panel),
        ),
        *rules.beyond_purses(
            [(d.application.purse, d.application.lot.name if d.application.lot else None, d.amount) for d in standing],
            held_by=held_by,
        ),
    ]
    if found:
        raise RuleBroken(*found)
    panel.confirmed_at, panel.confirmed_by, panel.held = clock.now(), by, holds_now
    for decision in sorted(standing, key=lambda d: d.application.ref):
        applications.conclude(decision.application, by=by)
        if decision.outcome is Outcome.REJECT:
            bid = decision.application
            notices.queue_all("not funded", bid.organisation, bid, title=bid.title, reason=decision.reason, ref=bid.ref)
    rounds.conclude(panel.round, by=by)
    record("panel.confirmed", panel, by=by, decisions=len(standing), amount=sum(gives, start=Money(0)))
    return panel
