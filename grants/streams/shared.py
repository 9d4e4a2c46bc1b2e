"""Partners' contributions, and a shared budget: its balance, what was proposed for it and what was resolved (R46, R47)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.models import Event
from grants.audit.record import declare, record
from grants.kernel import clock, lifecycle
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket, Move
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.streams import policies, queries
from grants.streams.models import BalanceUse, BudgetLine, Contribution, ContributionStatus, Pot, Stream
from grants.streams.promises import barred

declare(
    {
        "contribution.pledged": mark("%(partner)s pledged %(amount)s to %(pot)s: %(description)s"),
        "contribution.confirmed": mark("Confirmed %(amount)s of %(partner)s for %(pot)s"),
        "contribution.withdrawn": mark("Withdrew %(amount)s of %(partner)s from %(pot)s: %(reason)s"),
        "use.proposed": mark("Proposed %(amount)s of the balance of %(pot)s for: %(proposed)s"),
        "use.resolved": mark("Resolved (%(resolution)s) %(amount)s of the balance of %(pot)s for: %(agreed)s"),
        "use.carried_out": mark("Spent %(amount)s as resolved, %(document)s; %(back)s went back to the balance"),
    }
)

CONTRIBUTION_MOVES: Mapping[ContributionStatus, Set[ContributionStatus]] = {
    ContributionStatus.NOT_STATED: {ContributionStatus.PLEDGED, ContributionStatus.WITHDRAWN},
    ContributionStatus.PLEDGED: {ContributionStatus.CONFIRMED, ContributionStatus.WITHDRAWN},
    ContributionStatus.CONFIRMED: {ContributionStatus.WITHDRAWN},
    ContributionStatus.WITHDRAWN: frozenset(),
}


# -- contributions -----------------------------------------------------------------------------------------------------


def contribution_of_staff(by: Person, ref: str) -> Contribution:
    """The contribution, where the person works with its pot. NotFound otherwise."""
    found = db.session.scalar(
        select(Contribution)
        .join(Contribution.pot)
        .join(Pot.stream)
        .where(Contribution.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Contribution.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
        .options(joinedload(Contribution.organisation))
    )
    if found is None:
        raise NotFound()
    return found


class Contributions(NamedTuple):
    """What partners put into a pot. Only confirmed money is in the books; what is pledged is shown beside it."""

    rows: Sequence[Contribution]
    confirmed: Money
    pledged: Money


def contributions_of(pot: Pot) -> Contributions:
    """A pot's contributions in the order they were recorded. One statement."""
    rows = db.session.scalars(
        select(Contribution)
        .where(Contribution.pot_id == pot.id)
        .options(joinedload(Contribution.organisation))
        .order_by(Contribution.id)
    ).all()
    return Contributions(rows, _sum(rows, ContributionStatus.CONFIRMED), _sum(rows, ContributionStatus.PLEDGED))


def _sum(rows: Sequence[Contribution], status: ContributionStatus) -> Money:
    return total(row.amount for row in rows if row.status is status and row.amount is not None)


@command
def pledge(
    pot: Pot,
    *,
    organisation: Organisation | None,
    description: str,
    amount: Money,
    by: Person,
    effective_on: date | None = None,
    document: str | None = None,
    note: str | None = None,
) -> Contribution:
    """Note what a partner says it will put into a pot. Nothing is in the books until somebody else confirms it."""
    require(policies.look_after_pot, by, pot)
    found = []
    if not description.strip():
        found.append(_("Enter what the contribution is for, or how it was promised."))
    if amount <= Money(0):
        found.append(_("Enter an amount of more than £0.00."))
    if found:
        raise RuleBroken(*found)
    pledged = Contribution(
        ref=next_reference("CON"),
        pot=pot,
        organisation=organisation,
        description=description.strip(),
        amount=amount,
        status=ContributionStatus.PLEDGED,
        effective_on=effective_on,
        document=document,
        note=note,
    )
    db.session.add(pledged)
    record(
        "contribution.pledged",
        pledged,
        by=by,
        partner=_partner(pledged),
        amount=amount,
        pot=pot.ref,
        description=pledged.description,
    )
    return pledged


@command
def confirm_contribution(contribution: Contribution, *, on: date, by: Person, document: str | None = None) -> Contribution:
    """A pledge becomes money of the pot. Who may confirm it, and that it is not who asked, the command that calls has asked."""
    contribution.status = lifecycle.move(CONTRIBUTION_MOVES, contribution.status, ContributionStatus.CONFIRMED)
    pot, amount = contribution.pot, contribution.amount
    assert amount is not None
    contribution.effective_on = on
    contribution.document = document or contribution.document
    ledger.enter(
        [Move("contribute", _source(contribution), At(pot.ref, "", Bucket.FREE), amount.pence)],
        key=f"confirm {contribution.ref}",
        on=on,
        by=by.ref,
        source=contribution.ref,
    )
    record("contribution.confirmed", contribution, by=by, partner=_partner(contribution), amount=amount, pot=pot.ref)
    return contribution


@command
def withdraw_contribution(contribution: Contribution, *, on: date, reason: str, by: Person) -> Contribution:
    """A partner takes its contribution back. RuleBroken says what is left where it has been promised already."""
    require(policies.look_after_pot, by, contribution.pot)
    if not reason.strip():
        raise RuleBroken(_("Enter why it is withdrawn."), field="reason")
    was = contribution.status
    contribution.status = lifecycle.move(CONTRIBUTION_MOVES, was, ContributionStatus.WITHDRAWN)
    pot, amount = contribution.pot, contribution.amount or Money(0)
    if was is ContributionStatus.CONFIRMED:
        if contribution.effective_on and on < contribution.effective_on:
            raise RuleBroken(_("It cannot be withdrawn before the day it was confirmed for."), field="on")
        ledger.enter(
            [Move("contribution withdrawn", At(pot.ref, "", Bucket.FREE), _source(contribution), amount.pence)],
            key=f"withdraw {contribution.ref}",
            on=on,
            by=by.ref,
            source=contribution.ref,
        )
    record(
        "contribution.withdrawn",
        contribution,
        by=by,
        partner=_partner(contribution),
        amount=amount,
        pot=pot.ref,
        reason=reason.strip(),
    )
    return contribution


def _source(contribution: Contribution) -> At:
    partner = contribution.organisation.ref if contribution.organisation else "not-stated"
    return At(contribution.pot.ref, f"partner:{partner}", Bucket.PARTNER)


def _partner(contribution: Contribution) -> str:
    return contribution.organisation.name if contribution.organisation else _("A partner that is not named")


# -- a balance and its use ---------------------------------------------------------------------------------------------


def use_of_staff(by: Person, ref: str) -> BalanceUse:
    """The proposal, where the person works with its pot. NotFound otherwise."""
    found = db.session.scalar(
        select(BalanceUse)
        .join(BalanceUse.pot)
        .join(Pot.stream)
        .where(BalanceUse.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(BalanceUse.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    )
    if found is None:
        raise NotFound()
    return found


@command
def propose_use(pot: Pot, *, proposed: str, amount: Money, by: Person, on: date | None = None) -> BalanceUse:
    """Note a suggestion for a balance. No money moves: only a resolution spends or carries over a balance."""
    require(policies.look_after_pot, by, pot)
    found = []
    if not proposed.strip():
        found.append(_("Enter what it is proposed for."))
    if amount <= Money(0):
        found.append(_("Enter an amount of more than £0.00."))
    if found:
        raise RuleBroken(*found)
    use = BalanceUse(
        ref=next_reference("USE"), pot=pot, proposed=proposed.strip(), proposed_amount=amount, proposed_on=on or clock.today()
    )
    db.session.add(use)
    record("use.proposed", use, by=by, amount=amount, pot=pot.ref, proposed=use.proposed)
    return use


@command
def resolve_use(use: BalanceUse, *, agreed: str, amount: Money, resolution: str, on: date, by: Person) -> BalanceUse:
    """Record what was resolved, beside what was proposed. The money is committed to it from that day, and free no longer."""
    require(policies.resolve_use, by, use)
    found = []
    if use.agreed is not None:
        found.append(_("%(use)s was resolved already (%(resolution)s).", use=use.ref, resolution=use.resolution or ""))
    if not agreed.strip():
        found.append(_("Enter what was agreed."))
    if not resolution.strip():
        found.append(_("Enter the resolution, for example the number of its minute."))
    if amount <= Money(0):
        found.append(_("Enter an amount of more than £0.00."))
    if found := found or list(barred(use.pot)):
        raise RuleBroken(*found)
    use.agreed, use.agreed_amount, use.agreed_on, use.resolution = agreed.strip(), amount, on, resolution.strip()
    ledger.enter(committing(use.pot.ref, use.ref, amount), key=f"resolve {use.ref}", on=on, by=by.ref, source=use.ref)
    record("use.resolved", use, by=by, amount=amount, pot=use.pot.ref, agreed=use.agreed, resolution=use.resolution)
    return use


def committing(pot: str, use: str, amount: Money) -> list[Move]:
    """Free money becomes committed to a use, as it would to an award."""
    offered = At(pot, use, Bucket.OFFERED)
    return [
        Move("offer", At(pot, "", Bucket.FREE), offered, amount.pence),
        Move("accept", offered, At(pot, use, Bucket.COMMITTED), amount.pence),
    ]


@command
def carry_out_use(use: BalanceUse, *, amount: Money, on: date, document: str, by: Person) -> BalanceUse:
    """Spend what was resolved, on an invoice: it is paid and accounted for at once, and what is not needed is free again.

    Whoever recorded the resolution does not spend it.
    """
    require(policies.carry_out_use, by, use, resolved_by(use))
    pot = use.pot.ref
    left = books.owned(use.ref).get((pot, Bucket.COMMITTED), Money(0))
    found = []
    if not document.strip():
        found.append(_("Enter the invoice or other paper it was spent on."))
    if amount <= Money(0):
        found.append(_("Enter an amount of more than £0.00."))
    if amount > left:
        found.append(_("%(use)s has %(left)s committed; this needs %(needs)s.", use=use.ref, left=left, needs=amount))
    if use.agreed_on and on < use.agreed_on:
        found.append(_("It was not spent before it was resolved."))
    if found:
        raise RuleBroken(*found)
    step = [At(pot, use.ref, bucket) for bucket in (Bucket.COMMITTED, Bucket.DUE, Bucket.PAID, Bucket.EVIDENCED)]
    moves = [Move(kind, a, b, amount.pence) for kind, a, b in zip(("approve", "pay", "evidence"), step, step[1:], strict=False)]
    back = left - amount
    if back:
        moves.append(Move("release", step[0], At(pot, "", Bucket.FREE), back.pence))
    ledger.enter(moves, key=f"carry out {use.ref}", on=on, by=by.ref, source=use.ref)
    record("use.carried_out", use, by=by, amount=amount, document=document.strip(), back=back)
    return use


def resolved_by(use: BalanceUse) -> list[str]:
    """Who recorded the resolution."""
    return list(db.session.scalars(select(Event.by).where(Event.subject == use.ref, Event.code == "use.resolved")))


# -- /pots/<ref>/shared --------------------------------------------------------------------------------------------------


class UseRow(NamedTuple):
    """A proposal and what became of it: how much is committed to it, and spent."""

    use: BalanceUse
    committed: Money
    spent: Money


class Sheet(NamedTuple):
    """A shared budget: what its papers state, partners' contributions, spend and the balance in the books."""

    pot: Pot
    holder: str | None  # who holds the money
    decider: str  # whose decisions spend it
    lines: Sequence[BudgetLine]
    kept_out: Sequence[BudgetLine]  # of other streams of the partnership: money that is not in this budget
    contributions: Contributions
    uses: Sequence[UseRow]
    figures: Mapping[str, Money]
    known: bool

    @property
    def balance(self) -> Money:
        """What is left to decide on."""
        return self.figures.get("free", Money(0))


def sheet(by: Person, ref: str) -> Sheet:
    """One pot as a shared budget. The same statements however much is in it."""
    return sheet_of(queries.pot_of_staff(by, ref))


def sheet_of(pot: Pot) -> Sheet:
    """The same, of a pot that was found."""
    lines = db.session.scalars(
        select(BudgetLine).where(BudgetLine.stream_id == pot.stream_id, BudgetLine.pot_id == pot.id).order_by(BudgetLine.id)
    ).all()
    kept_out = db.session.scalars(
        select(BudgetLine)
        .join(BudgetLine.stream)
        .where(
            BudgetLine.kind == "exclusion",
            BudgetLine.stream_id != pot.stream_id,
            Stream.partnership_id == pot.stream.partnership_id,
            BudgetLine.minute.in_({line.minute for line in lines}),
        )
        .options(joinedload(BudgetLine.stream))
        .order_by(BudgetLine.id)
    ).all()
    uses = db.session.scalars(select(BalanceUse).where(BalanceUse.pot_id == pot.id).order_by(BalanceUse.id)).all()
    owned = books.owned_by([use.ref for use in uses])
    figures = books.figures(books.balances([pot.ref])).get(pot.ref, {})
    missing = queries.unstated([pot.id]).get(pot.id, 0)
    nought = Money(0)
    return Sheet(
        pot,
        pot.holder.name if pot.holder else None,
        pot.stream.partnership.name,
        [line for line in lines if line.kind != "exclusion"],
        [*(line for line in lines if line.kind == "exclusion"), *kept_out],
        contributions_of(pot),
        [
            UseRow(
                use,
                owned.get((use.ref, pot.ref, Bucket.COMMITTED), nought),
                total(owned.get((use.ref, pot.ref, bucket), nought) for bucket in (Bucket.PAID, Bucket.EVIDENCED)),
            )
            for use in uses
        ],
        figures,
        queries.free_is_known(pot, missing),
    )


def is_shared(pot: Pot) -> bool:
    """Is it a partnership's shared budget: held by one body, decided by another, or with lines of a budget?"""
    if pot.holder_id is not None or pot.balance_from is not None:
        return True
    return db.session.scalar(select(BudgetLine.id).where(BudgetLine.pot_id == pot.id).limit(1)) is not None
