"""Each kind of money's way, told step by step from the records of the rooms: for `path`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from grants.agreements.models import Agreement, AgreementSignature, FunderPayment
from grants.awards.models import Award, LaterYear
from grants.budget.models import BudgetChange, ChangeState, SpendingAuthority
from grants.figures import queries
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import total
from grants.kernel.words import _, many
from grants.ledger import queries as ledger
from grants.monitoring.models import Report
from grants.monitoring.models import State as ReportState
from grants.panel.models import Decision, Panel
from grants.payments.models import Payment
from grants.payments.models import State as PaymentState
from grants.people.models import Organisation
from grants.rounds.models import Lot, Round
from grants.spending.models import Charge, OwnSpend, PlanLine, PlanUpdate, PlanUpdateLine, SpendingPlan
from grants.streams.models import (
    Allocation,
    BalanceUse,
    Certainty,
    Commitment,
    Contribution,
    ContributionStatus,
    Pot,
    Shortfall,
)
from grants.streams.models import Line as PotLine

Told = tuple[Pot, str, str, list[tuple[Any, ...]]]  # its pot, what it is, what it is called, (role, says, ref, on, amount) …
Steps = Iterator[tuple[Any, ...]]
SHOWN = 12  # of a kind, where there may be very many


# -- who gave it ------------------------------------------------------------------------------------------------------


def _pots(owner: str, first: Pot) -> list[Pot]:
    """The pots that an owner's money is or was in."""
    refs = {book for book, _bucket in ledger.owned(owner)} - {first.ref}
    return [first, *db.session.scalars(select(Pot).where(Pot.ref.in_(refs)).order_by(Pot.year, Pot.ref))]


def given(pots: Iterable[Pot]) -> Steps:
    """Where the money of some pots came from: allocations with their agreements, contributions, and changes into them."""
    ids = [one.id for one in pots]
    allocations = (
        db.session.scalars(
            select(Allocation)
            .where(Allocation.pot_id.in_(ids))
            .options(joinedload(Allocation.pot), joinedload(Allocation.steps))
            .order_by(Allocation.pot_id, Allocation.id)
        )
        .unique()
        .all()
    )
    names = queries.names(Organisation, {one.funder for one in allocations if one.funder})
    for one in allocations:
        last = one.steps[-1] if one.steps else None
        if last is None or last.certainty is Certainty.WITHDRAWN:
            continue
        who = names.get(one.funder or "", _("A funder not stated"))
        sure, paper = _(last.certainty.value), f" ({last.document})" if last.document else ""
        says = _("%(who)s gave this to %(pot)s: %(sure)s%(paper)s", who=who, pot=one.pot.ref, sure=sure, paper=paper)
        yield "GIVEN", says, one.ref, last.effective_on, last.amount
    for put in db.session.scalars(
        select(Contribution)
        .where(Contribution.pot_id.in_(ids), Contribution.status == ContributionStatus.CONFIRMED)
        .options(joinedload(Contribution.organisation))
        .order_by(Contribution.id)
    ):
        who = put.organisation.name if put.organisation else _("A partner not stated")
        yield "GIVEN", _("%(who)s contributed: %(what)s", who=who, what=put.description), put.ref, put.effective_on, put.amount
    for moved in db.session.scalars(
        select(BudgetChange)
        .where(BudgetChange.into_pot_id.in_(ids), BudgetChange.state == ChangeState.APPROVED, BudgetChange.pot_id.not_in(ids))
        .options(joinedload(BudgetChange.pot))
        .order_by(BudgetChange.id)
    ):
        says = _("%(kind)s from %(pot)s: %(reason)s", kind=_head(moved.kind.value), pot=moved.pot.ref, reason=moved.reason)
        yield "GIVEN", says, moved.ref, moved.effective_on, moved.amount


# -- awards and rounds ------------------------------------------------------------------------------------------------


def award(one: Award) -> Told:
    return one.pot, _("Award"), one.title, [*given(_pots(one.ref, one.pot)), *_award(one), *_changes(one.ref)]


def _award(one: Award) -> Steps:
    """Resolution, agreement, payments and reports of an award."""
    if one.commitment is not None:
        yield from _approved(one.commitment)
    for decision in (
        db.session.scalars(select(Decision).where(Decision.ref == one.decision).options(joinedload(Decision.panel)))
        if one.decision
        else ()
    ):
        says = _(
            "The panel decided on %(ref)s: %(outcome)s. %(reason)s",
            ref=decision.ref,
            outcome=_(decision.outcome.value),
            reason=decision.reason,
        )
        yield "RESOLUTION", says, decision.panel.ref, decision.panel.held_on, decision.amount
    if one.plan_line:
        yield from _planned(one.plan_line)
    for year in db.session.scalars(select(LaterYear).where(LaterYear.award_id == one.id).order_by(LaterYear.year)):
        if year.resolution:
            says = _(
                "%(year)s %(state)s: %(resolution)s",
                year=clock.year_label(year.year),
                state=_(year.state.value),
                resolution=year.resolution,
            )
            yield "RESOLUTION", says, year.commitment, year.resolved_on, year.firm or year.amount
    says = (
        _("Offered to %(group)s and accepted, signed as %(post)s", group=one.organisation.name, post=one.accepted_as or "")
        if one.accepted_at
        else _("Offered to %(group)s: %(state)s", group=one.organisation.name, state=_(one.state.value))
    )
    yield "AGREEMENT", says, one.ref, _day(one.accepted_at or one.offered_at), one.agreed
    for payment in db.session.scalars(
        select(Payment).where(Payment.award_id == one.id, Payment.state != PaymentState.REFUSED).order_by(Payment.id)
    ):
        bank = _(", %(reference)s", reference=payment.bank_reference) if payment.bank_reference else ""
        says = _("Payment %(state)s%(bank)s", state=_(payment.state.value), bank=bank)
        yield "PAYMENT", says, payment.ref, payment.paid_on or _day(payment.raised_at), payment.amount
    for report in db.session.scalars(
        select(Report).where(Report.award_id == one.id, Report.state != ReportState.DUE).order_by(Report.number)
    ):
        says = _("Report %(number)s %(state)s", number=report.number, state=_(report.state.value))
        yield "REPORT", says, report.ref, _day(report.submitted_at), report.spent
    if one.plan_line:
        yield from _updates(PlanUpdateLine.line == one.plan_line)


def round_(one: Round) -> Told:
    return one.pot, _("Round"), one.title, [*given(_pots(one.ref, one.pot)), *_round(one)]


def lot(one: Lot) -> Told:
    """A part of a round: what it was given to hold, then the round's own story."""
    return one.round.pot, _("Part of a round"), one.name, [*given(_pots(one.ref, one.round.pot)), *_round(one.round)]


def _round(one: Round) -> Steps:
    """A round's panel, and the awards made from it, the largest first."""
    says = _("Opened with its rules and criteria: %(state)s", state=_(one.state.value))
    yield "RESOLUTION", says, one.ref, _day(one.opens_at), None
    panel = db.session.scalar(select(Panel).where(Panel.round_id == one.id))
    if panel:
        said = _("confirmed by its chair") if panel.confirmed_at else _("not confirmed yet")
        yield "RESOLUTION", _("The panel met: %(said)s", said=said), panel.ref, panel.held_on, panel.held
    made = (
        select(Award)
        .join(Decision, Decision.ref == Award.decision)
        .join(Decision.panel)
        .where(Panel.round_id == one.id)
        .options(joinedload(Award.organisation))
        .order_by(Award.agreed.desc(), Award.ref)
    )
    for found in db.session.scalars(made.limit(SHOWN)):
        says = _("%(group)s: %(state)s", group=found.organisation.name, state=_(found.state.value))
        yield "AGREEMENT", says, found.ref, _day(found.accepted_at or found.offered_at), found.agreed


# -- commitments ------------------------------------------------------------------------------------------------------


def commitment(one: Commitment) -> Told:
    if one.pot is None:
        raise NotFound()  # it has no money in the books
    steps = [*given(_pots(one.ref, one.pot)), *_approved(one)]
    for made in db.session.scalars(
        select(Award).where(or_(Award.commitment_id == one.id, Award.ref == one.award)).order_by(Award.id)
    ):
        steps += [step for step in _award(made) if step[0] != "RESOLUTION" or made.commitment_id != one.id]
    if not any(step[0] == "AGREEMENT" for step in steps):
        until = _(", protected until %(day)s", day=_words(one.protected_until)) if one.protected_until else ""
        says = _("Set aside for %(who)s%(until)s; no award is made from it yet", who=one.recipient, until=until)
        steps.append(("AGREEMENT", says, one.ref, one.protected_from, one.amount))
    return one.pot, _("Protected commitment (passported)"), one.recipient, [*steps, *_changes(one.ref)]


def _approved(one: Commitment) -> Steps:
    """What approved a commitment, and every review of it."""
    why = [one.approval_basis or _("Approval not stated")]
    if one.exemption:
        why.append(_("Not competed: %(why)s", why=one.exemption))
    yield "RESOLUTION", ". ".join(why), one.ref, one.protected_from, one.amount
    for review in one.reviews:
        says = _(
            "Reviewed: %(outcome)s. %(resolution)s. %(reason)s",
            outcome=_(review.outcome.value),
            resolution=review.resolution,
            reason=review.reason,
        )
        yield "RESOLUTION", says, review.ref, review.resolved_on, review.amount


# -- own spend --------------------------------------------------------------------------------------------------------


def own_spend(one: OwnSpend) -> Told:
    return one.pot, _("Own spend"), one.title, [*given(_pots(one.ref, one.pot)), *_own(one), *_changes(one.ref)]


def _own(one: OwnSpend) -> Steps:
    yield "RESOLUTION", one.approval_basis, one.ref, _day(one.recorded_at), one.planned
    for use in db.session.scalars(select(BalanceUse).where(BalanceUse.spend == one.ref)):
        yield from _use(use)
    if one.plan_line:
        yield from _planned(one.plan_line)
    says = _("%(kind)s with %(payee)s: %(state)s", kind=_head(one.kind.value), payee=one.payee, state=_(one.state.value))
    yield "AGREEMENT", says, one.ref, one.starts_on, one.planned
    charges = db.session.scalars(select(Charge).where(Charge.spend_id == one.id).order_by(Charge.id)).all()
    for charge in charges:
        back = _(" (put back: %(why)s)", why=charge.reversed_because) if charge.reversed_at else ""
        says = _("%(what)s, %(document)s, net of VAT%(back)s", what=charge.what, document=charge.document, back=back)
        yield "PAYMENT", says, charge.ref, charge.charged_on, charge.net
    if stand := [charge for charge in charges if not charge.reversed_at]:
        says = _("Accounted for by the papers of its charges, the last %(document)s", document=stand[-1].document)
        yield "REPORT", says, stand[-1].ref, stand[-1].charged_on, total(charge.net for charge in stand)
    if one.given_out:
        says = many("The distributor’s list: 1 grant", "The distributor’s list: %(num)s grants", len(one.given_out))
        amount = total(grant.amount for grant in one.given_out)
        yield "REPORT", says, one.ref, max(grant.decided_on for grant in one.given_out), amount
    if one.plan_line:
        yield from _updates(PlanUpdateLine.line == one.plan_line)


def _planned(line: str) -> Steps:
    """The board's approval of the plan a line is in."""
    for plan, row in db.session.execute(
        select(SpendingPlan, PlanLine)
        .join(PlanLine, PlanLine.plan_id == SpendingPlan.id)
        .where(PlanLine.line == line, SpendingPlan.resolution.is_not(None))
        .order_by(SpendingPlan.version)
    ):
        says = _(
            "Spending plan, version %(version)s, %(project)s: %(resolution)s",
            version=plan.version,
            project=row.project,
            resolution=plan.resolution,
        )
        yield "RESOLUTION", says, plan.ref, plan.resolved_on, row.amount


def _updates(where: Any) -> Steps:
    """What the funder was told each quarter."""
    for update, line in db.session.execute(
        select(PlanUpdate, PlanUpdateLine)
        .join(PlanUpdateLine, PlanUpdateLine.update_id == PlanUpdate.id)
        .where(where)
        .order_by(PlanUpdate.through)
    ):
        says = _("Update to the funder for the quarter to %(day)s", day=_words(update.through))
        yield "REPORT", says, update.ref, update.sent_on, line.spent


def balance_use(one: BalanceUse) -> Told:
    steps = [*given([one.pot]), *_use(one)]
    if one.agreed:
        says = _("Resolved, and nothing else is needed to commit it: %(what)s", what=one.agreed)
        steps.append(("AGREEMENT", says, one.ref, one.agreed_on, one.agreed_amount))
    for line in ledger.history(one.ref):
        if line.kind == "pay":
            steps.append(
                ("PAYMENT", _("Spent on its paper, which its history names"), one.ref, line.effective_date, line.amount)
            )
        if line.kind == "evidence":
            steps.append(("REPORT", _("Accounted for on the same paper"), one.ref, line.effective_date, line.amount))
    return one.pot, _("Use of a balance"), one.agreed or one.proposed, steps


def _use(one: BalanceUse) -> Steps:
    says = _("Proposed: %(what)s", what=one.proposed)
    yield "RESOLUTION", says, one.ref, one.proposed_on, one.proposed_amount
    if one.agreed:
        minute = _(" (minute %(minute)s)", minute=one.resolution) if one.resolution else ""
        says = _("Agreed: %(what)s%(minute)s", what=one.agreed, minute=minute)
        yield "RESOLUTION", says, one.ref, one.agreed_on, one.agreed_amount


# -- the pot's own money ----------------------------------------------------------------------------------------------


def pot(one: Pot) -> Told:
    title = _("%(stream)s, %(year)s", stream=one.stream.name, year=clock.year_label(one.year))
    return one, _("Pot"), title, [*given([one]), *_upstream(one)]


def allocation(one: Allocation) -> Told:
    title = _("Allocation %(ref)s to %(pot)s", ref=one.ref, pot=one.pot.ref)
    steps: list[tuple[Any, ...]] = [
        (
            "GIVEN" if step.certainty is not Certainty.WITHDRAWN else "RESOLUTION",
            _(
                "%(certainty)s: %(paper)s",
                certainty=_head(step.certainty.value),
                paper=step.document or _("no paper is named"),
            ),
            one.ref,
            step.effective_on,
            step.amount,
        )
        for step in one.steps
    ]
    return one.pot, _("Allocation"), title, [*steps, *_upstream(one.pot)]


def _upstream(one: Pot) -> Steps:
    """A pot's own way: the board's plan, the funder's agreement, what the funder sent, and what it was told."""
    agreements = select(Allocation.agreement).where(Allocation.pot_id == one.id)
    found = list(db.session.scalars(select(Agreement).where(Agreement.ref.in_(agreements)).order_by(Agreement.ref)))
    ids = [agreement.id for agreement in found]
    plans = db.session.scalars(
        select(SpendingPlan)
        .where(SpendingPlan.agreement_id.in_(ids), SpendingPlan.year == one.year, SpendingPlan.resolution.is_not(None))
        .order_by(SpendingPlan.version)
    ).all()
    for plan in plans:
        says = _("Spending plan, version %(version)s: %(resolution)s", version=plan.version, resolution=plan.resolution)
        yield "RESOLUTION", says, plan.ref, plan.resolved_on, None
    for change in _all_changes(one):
        yield from _change(change)
    for agreement in found:
        signed = db.session.scalar(
            select(AgreementSignature.signed_on)
            .where(AgreementSignature.agreement_id == agreement.id)
            .order_by(AgreementSignature.id)
            .limit(1)
        )
        yield "AGREEMENT", agreement.name, agreement.ref, signed or agreement.starts_on, None
    for sent in db.session.scalars(
        select(FunderPayment)
        .join(FunderPayment.allocation)
        .where(Allocation.pot_id == one.id)
        .order_by(FunderPayment.expected_on, FunderPayment.id)
    ):
        says = (
            _("Received from the funder, %(bank)s", bank=sent.bank_reference or _("no bank reference"))
            if sent.received_on
            else _("Expected from the funder")
        )
        yield "PAYMENT", says, sent.ref, sent.received_on or sent.expected_on, sent.received or sent.amount
    for update in db.session.scalars(
        select(PlanUpdate).where(PlanUpdate.plan_id.in_([plan.id for plan in plans])).order_by(PlanUpdate.through)
    ):
        says = _("Update to the funder for the quarter to %(day)s", day=_words(update.through))
        yield "REPORT", says, update.ref, update.sent_on, None


def contribution(one: Contribution) -> Told:
    who = one.organisation.name if one.organisation else _("a partner not stated")
    paper = one.document or one.basis or _("no paper is named")
    steps: list[tuple[Any, ...]] = [
        (
            "GIVEN",
            _("%(who)s: %(what)s (%(status)s)", who=who, what=one.description, status=_(one.status.value)),
            one.ref,
            one.effective_on,
            one.amount,
        ),
        ("AGREEMENT", paper, one.ref, one.effective_on, one.amount),
    ]
    return one.pot, _("Contribution"), one.description, steps


def shortfall(one: Shortfall) -> Told:
    says = one.decision or _(
        "A cut of %(amount)s could not be taken from free money. How it is found is still to be decided.", amount=one.amount
    )
    steps = [*given([one.pot]), ("RESOLUTION", says, one.ref, one.opened_on, one.outstanding)]
    return one.pot, _("Cut not yet absorbed"), _("Cut to %(pot)s", pot=one.pot.ref), steps


def line(one: PotLine) -> Told:
    return one.pot, _("Line of a pot"), one.name, [*given([one.pot]), *_changes(one.ref)]


# -- changes and authorities ------------------------------------------------------------------------------------------


def change(one: BudgetChange) -> Told:
    title = _("%(kind)s of %(amount)s", kind=_head(one.kind.value), amount=one.amount)
    return one.pot, _("Budget change"), title, [*given([one.pot]), *_change(one)]


def _change(one: BudgetChange) -> Steps:
    """What asked for a change and who approved it; its own paper is its agreement."""
    decided = (
        _("%(state)s by %(who)s", state=_(one.state.value), who=one.decided_by.name) if one.decided_by else _(one.state.value)
    )
    says = _(
        "%(kind)s: %(reason)s. %(decided)s",
        kind=_head(one.kind.value),
        reason=one.reason.rstrip("."),
        decided=decided.capitalize(),
    )
    if one.resolution:
        says = _("%(says)s. %(resolution)s", says=says, resolution=one.resolution)
    yield "RESOLUTION", says, one.ref, _day(one.decided_at or one.asked_at), one.amount
    yield "AGREEMENT", one.document, one.ref, one.effective_on, one.amount


def _changes(owner: str) -> Steps:
    """The approved changes to one owner's money: moved, demanded back, written off."""
    for one in db.session.scalars(
        select(BudgetChange)
        .where(or_(BudgetChange.owner == owner, BudgetChange.into_owner == owner), BudgetChange.state == ChangeState.APPROVED)
        .options(joinedload(BudgetChange.decided_by))
        .order_by(BudgetChange.id)
    ):
        yield from _change(one)


def _all_changes(one: Pot) -> list[BudgetChange]:
    """The approved changes out of a pot's own money, newest first."""
    return list(
        db.session.scalars(
            select(BudgetChange)
            .where(BudgetChange.pot_id == one.id, BudgetChange.owner == "", BudgetChange.state == ChangeState.APPROVED)
            .options(joinedload(BudgetChange.decided_by))
            .order_by(BudgetChange.id.desc())
            .limit(SHOWN)
        )
    )


def authority(one: SpendingAuthority) -> Told:
    says = _(
        "%(kind)s until %(day)s, made good by %(who)s: %(reason)s",
        kind=_head(one.kind.value),
        day=_words(one.until),
        who=one.underwriter,
        reason=one.reason,
    )
    steps: list[tuple[Any, ...]] = [
        *given([one.pot]),
        ("RESOLUTION", says, one.ref, _day(one.approved_at), one.allowed),
        ("AGREEMENT", one.document, one.ref, _day(one.asked_at), one.allowed),
    ]
    return one.pot, _("Authority to promise more than there is"), _("Authority over %(pot)s", pot=one.pot.ref), steps


def _head(value: str) -> str:
    """A state or kind at the head of a sentence."""
    said = _(value)
    return said[:1].upper() + said[1:]


def _day(at: datetime | None) -> date | None:
    return clock.civil(at).date() if at else None


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
