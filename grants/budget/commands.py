"""A change to a budget is asked for by one person and approved by another; the money moves with the approval."""

from __future__ import annotations

from datetime import date
from typing import Any

from grants.audit.record import declare, record
from grants.budget import authorities, policies, queries, rules
from grants.budget.models import CHANGE_MOVES, BudgetChange, ChangeKind, ChangeState
from grants.budget.rules import Wanted
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.lifecycle import move
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket
from grants.people import commands as people
from grants.people import delegation
from grants.people.models import Person
from grants.streams import shared
from grants.streams.models import Contribution, ContributionStatus, Pot

declare(
    {
        "change.asked": mark("Asked for %(kind)s of %(amount)s, %(pot)s: %(reason)s"),
        "change.approved": mark("Approved %(kind)s of %(amount)s, %(pot)s; the money has moved"),
        "change.approved_as_deputy": mark(
            "Approved, as deputy for %(deputy_for)s, %(kind)s of %(amount)s, %(pot)s; the money has moved"
        ),
        "change.refused": mark("Refused: %(because)s"),
        "change.withdrawn": mark("Withdrew what was asked for"),
    }
)


@command
def ask(
    pot: Pot,
    *,
    kind: ChangeKind,
    amount: Money | None = None,
    effective_on: date,
    reason: str,
    document: str,
    into_pot: Pot | None = None,
    owner: str = "",
    bucket: Bucket = Bucket.FREE,
    into_owner: str = "",
    body: str | None = None,
    resolution: str | None = None,
    clears: str | None = None,
    by: Person,
) -> BudgetChange:
    """Ask for a change. No money moves until somebody else approves; RuleBroken says everything that stands in its way now.

    `owner` and `bucket`: whose money at which stage leaves (a contribution's reference, for a contribution, whose amount is the
    pledge's). `into_owner`: a line. `body`: the organisation it goes back to. `clears`: the authority it makes good.
    """
    require(policies.ask, by, pot, into_pot)
    pledge = _pledge(pot, owner) if kind is ChangeKind.CONTRIBUTION else None
    if pledge is not None:
        amount, bucket = pledge.amount, Bucket.PARTNER
        body = pledge.organisation.ref if pledge.organisation else None
    want = Wanted(
        kind=kind,
        pot=pot,
        amount=amount or Money(0),
        effective_on=effective_on,
        reason=reason.strip(),
        document=document.strip(),
        into_pot=into_pot if kind in rules.TWO_POTS else None,
        owner=owner,
        bucket=bucket,
        into_owner=into_owner,
        body=body,
        resolution=(resolution or "").strip() or None,
        clears=clears or None,
    )
    if found := queries.problems(want):
        raise RuleBroken(*found)
    asked = BudgetChange(
        ref=next_reference("BCH"),
        **want._asdict() | {"bucket": bucket.value},
        state=ChangeState.ASKED,
        asked_by=by,
        asked_at=clock.now(),
    )
    db.session.add(asked)
    record("change.asked", asked, by=by, kind=kind, amount=want.amount, pot=pot.ref, into=into_pot, reason=want.reason)
    return asked


def _pledge(pot: Pot, ref: str) -> Contribution:
    pledge = queries.contribution(ref)
    if pledge is None or pledge.pot_id != pot.id:
        raise RuleBroken(_("Choose the contribution that has come."), field="owner")
    if pledge.status is not ContributionStatus.PLEDGED or pledge.amount is None:
        raise RuleBroken(_("%(ref)s is %(state)s, not pledged.", ref=ref, state=_(pledge.status.value)), field="owner")
    if there := queries.asked_already(ref):
        raise RuleBroken(_("%(change)s already asks to enter this contribution.", change=there), field="owner")
    return pledge


@command
def approve(change: BudgetChange, *, digest: str, by: Person) -> BudgetChange:
    """The second person's yes to exactly these figures (`rules.digest`, as shown to them): the money moves in this transaction.

    Where it is no longer there, RuleBroken says what is left and the change stays waiting. Whoever comes second is told who
    was first.
    """
    _undecided(change)
    want, what = rules.wanted(change), rules.DELEGATED[change.kind]
    partnership = change.pot.stream.partnership
    steps = delegation.table(partnership)
    require(policies.approve, by, change, steps, parties=queries.parties(change))
    if found := [*rules.changed(digest, rules.digest(change)), *queries.problems(want)]:
        raise RuleBroken(*found)
    away = delegation.acts_for(by, what, change.amount, partnership, change.pot.stream.ref)
    _decide(change, ChangeState.APPROVED, by)
    change.decided_for = away.ref if away else None
    people.give_approval(
        what=what.value, subject=change.ref, digest=digest, pence=change.amount, asked_by=change.asked_by, by=by
    )
    _post(change, want, by)
    said: dict[str, Any] = {"kind": change.kind, "amount": change.amount, "pot": change.pot.ref, "digest": digest}
    said["into"] = change.into_pot
    if away:
        record("change.approved_as_deputy", change, by=by, deputy_for=away.name, **said)
    else:
        record("change.approved", change, by=by, **said)
    for pot in sorted({change.pot.ref, *([change.into_pot.ref] if change.into_pot else [])}):
        authorities.settle(pot, by=by)
    return change


@command
def refuse(change: BudgetChange, *, because: str, by: Person) -> BudgetChange:
    """Say no. No money has moved; it can be asked for again."""
    _undecided(change)
    require(policies.refuse, by, change)
    if found := list(rules.refused(because)):
        raise RuleBroken(*found, field="because")
    _decide(change, ChangeState.REFUSED, by)
    change.refused_because = because.strip()
    record("change.refused", change, by=by, because=change.refused_because)
    return change


@command
def withdraw(change: BudgetChange, *, by: Person) -> BudgetChange:
    """Whoever asked thinks again."""
    _undecided(change)
    require(policies.withdraw, by, change)
    _decide(change, ChangeState.WITHDRAWN, by)
    record("change.withdrawn", change, by=by)
    return change


def _undecided(change: BudgetChange) -> None:
    """Whoever comes second is told who was first: read again, for while we waited for the row only its own columns were."""
    if change.state is not ChangeState.ASKED:
        db.session.expire(change, ["decided_by"])
        raise RuleBroken(rules.decided(change))


def _decide(change: BudgetChange, state: ChangeState, by: Person) -> None:
    change.state = move(CHANGE_MOVES, change.state, state)
    change.decided_by, change.decided_at = by, clock.now()


def _post(change: BudgetChange, want: Wanted, by: Person) -> None:
    """Move the money, inside the approval."""
    if change.kind is ChangeKind.CONTRIBUTION:
        shared.confirm_contribution(_pledged(change), on=change.effective_on, document=change.document, by=by)
        return
    ledger.enter(rules.moves(want), key=f"change:{change.ref}", on=change.effective_on, by=by.ref, source=change.ref)
    if want.bucket is Bucket.FREE:
        # An authority lets a pot promise what it does not hold; it does not let money leave that is not there.
        left = books.balance(At(change.pot.ref, want.owner, Bucket.FREE))
        if left < Money(0):
            raise RuleBroken(rules.too_little(want, left + want.amount))
    if change.kind is ChangeKind.CARRY_FORWARD and want.bucket is Bucket.PASSPORTED:
        _still_protected(change, by)


def _pledged(change: BudgetChange) -> Contribution:
    found = queries.contribution(change.owner)
    assert found is not None
    return found


def _still_protected(change: BudgetChange, by: Person) -> None:
    """What was protected stays so, in next year's book as in this one's."""
    assert change.into_pot is not None
    until = queries.protected_until(change.pot.ref, change.owner)
    there = queries.protected_until(change.into_pot.ref, change.owner)
    if until is not None and (there is None or there < until):
        ledger.protect(change.into_pot.ref, change.owner, until=until, by=by)
