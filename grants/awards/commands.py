"""Offers made from the panel's decisions or of protected commitments, answered by the group; every penny moves with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from grants.audit.record import declare, record
from grants.awards import policies, queries, rules
from grants.awards.models import MOVES, Award, Condition, Gate, Instalment, LaterYear, PromisedTarget, Share, State
from grants.awards.rules import Later, Planned, Promised, Shared
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, means
from grants.kernel.lifecycle import move
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.notices import commands as notices
from grants.panel.models import Decision
from grants.people.models import Organisation, Person
from grants.people.queries import person
from grants.strategy.models import Strategy
from grants.streams import passporting
from grants.streams.draws import draw
from grants.streams.models import Commitment

declare(
    {
        "award.offered": mark("Offered %(amount)s, to be answered by %(answer_by)s"),
        "commitment.offered": mark("Offered %(amount)s of it as the award %(award)s"),
        "award.signed": mark("Signed the offer as %(signed_as)s; somebody else of the group must sign it too"),
        "award.accepted": mark("Accepted the offer of %(amount)s, signed as %(signed_as)s"),
        "award.declined": mark("Declined the offer: %(reason)s"),
        "award.lapsed": mark("Took back the offer, not answered by %(answer_by)s"),
        "award.gate_met": mark("Payment %(number)s may go ahead: %(gate)s"),
    }
)
means({"uq_award_application_id": mark("An offer has been made for this bid already.")})


@command
def offer(
    decision: Decision,
    *,
    starts_on: date,
    ends_on: date,
    answer_by: date,
    instalments: Sequence[Planned],
    conditions: Sequence[str],
    shares: Sequence[Shared],
    targets: Sequence[Promised],
    purpose: str | None = None,
    later_years: Sequence[Later] = (),
    by: Person,
) -> Award:
    """Offer a group what the panel gave it: every penny moves from held for the round to offered, in one batch.

    `instalments`: amount, day due, what must be so first; to the penny. `shares`: priority (none: outside the plan, with a
    reason) and basis points summing to 10,000. `targets`: indicator and what the group promises. `answer_by`: the last day.
    `later_years`: what is promised for years after the pot's, subject to funding; none of that money moves.
    """
    require(policies.offer, by, decision)
    there = queries.of_application(decision.application)
    found = [
        *rules.offerable(decision, already=there.ref if there else None, unheld=queries.unheld(decision.application)),
        *rules.timely(decision, starts_on=starts_on, ends_on=ends_on, answer_by=answer_by),
        *rules.scheduled(decision.amount, instalments),
        *rules.shared(shares, decision.panel.round.strategy),
        *rules.promised(targets),
        *rules.later(decision.panel.round.pot.year, later_years),
    ]
    if found:
        raise RuleBroken(*dict.fromkeys(found))
    application, round = decision.application, decision.panel.round
    award = Award(
        ref=next_reference("AWD"),
        application=application,
        organisation=application.organisation,
        pot=round.pot,
        title=application.title,
        purpose=(purpose or "").strip() or application.title,
        agreed=decision.amount,
        starts_on=starts_on,
        ends_on=ends_on,
        answer_by=answer_by,
        state=State.OFFERED,
        decision=decision.ref,
        offered_by=by.ref,
    )
    _terms(award, conditions, instalments, shares, targets, later_years)
    _enter("offer", award, application.purse, Bucket.RESERVED, award.ref, Bucket.OFFERED, by)
    record("award.offered", award, by=by, amount=award.agreed, answer_by=answer_by, decision=decision.ref, round=round.ref)
    _tell(award)
    return award


@command
def offer_passported(
    commitment: Commitment,
    *,
    organisation: Organisation | None = None,
    amount: Money | None = None,
    title: str | None = None,
    purpose: str | None = None,
    starts_on: date,
    ends_on: date,
    answer_by: date,
    instalments: Sequence[Planned],
    conditions: Sequence[str],
    shares: Sequence[Shared],
    targets: Sequence[Promised] = (),
    strategy: Strategy,
    later_years: Sequence[Later] = (),
    plan_line: str | None = None,
    by: Person,
) -> Award:
    """Make a protected commitment an award: conditions, instalments and monitoring like any other, and no scoring.

    Its money goes from passported to offered, and back to passported if nobody takes it. `organisation`: who receives it,
    where the commitment does not say. `amount`: all that is set aside, unless told. `strategy`: the plan whose priorities
    the shares name. The rest as in `offer`.
    """
    require(policies.offer_passported, by, commitment)
    group = organisation or commitment.organisation
    if group is not None:
        require(policies.no_part, by, group)
    stands = passporting.standing(commitment)
    amount = stands.left if amount is None else amount
    found = [
        *rules.passportable(
            commitment,
            amount=amount,
            left=stands.left,
            stated=passporting.worth(commitment) is not None,
            already=queries.of_commitment(commitment),
            group=group,
        ),
        *rules.lasting(starts_on=starts_on, ends_on=ends_on, answer_by=answer_by),
        *rules.scheduled(amount, instalments),
        *rules.shared(shares, strategy),
        *rules.promised(targets),
        *(rules.later(commitment.pot.year, later_years) if commitment.pot else ()),
    ]
    if found:
        raise RuleBroken(*dict.fromkeys(found))
    assert group is not None and commitment.pot is not None  # `passportable` has asked
    named = (title or "").strip() or commitment.service or commitment.recipient
    award = Award(
        ref=next_reference("AWD"),
        commitment=commitment,
        strategy=strategy,
        organisation=group,
        pot=commitment.pot,
        title=named,
        purpose=(purpose or "").strip() or named,
        agreed=amount,
        starts_on=starts_on,
        ends_on=ends_on,
        answer_by=answer_by,
        state=State.OFFERED,
        plan_line=plan_line,
        offered_by=by.ref,
    )
    _terms(award, conditions, instalments, shares, targets, later_years)
    _enter("offer", award, commitment.ref, Bucket.PASSPORTED, award.ref, Bucket.OFFERED, by)
    record("award.offered", award, by=by, amount=amount, answer_by=answer_by, commitment=commitment.ref)
    record("commitment.offered", commitment, by=by, amount=amount, award=award.ref)
    _tell(award)
    return award


def _terms(
    award: Award,
    conditions: Sequence[str],
    instalments: Sequence[Planned],
    shares: Sequence[Shared],
    targets: Sequence[Promised],
    later_years: Sequence[Later],
) -> None:
    """What the group is to agree to, kept with the award."""
    terms = [text.strip() for text in conditions if text.strip()]
    award.conditions = [Condition(position=n, text=text) for n, text in enumerate(terms, 1)]
    award.instalments = [
        Instalment(ref=next_reference("INS"), number=n, amount=amount, due_on=due_on, gate=gate)
        for n, (amount, due_on, gate) in enumerate(instalments, 1)
    ]
    award.shares = [
        Share(
            series=1,
            position=n,
            priority=priority,
            basis_points=points,
            reason=(reason or "").strip() or None,
            effective_on=clock.today(),
        )
        for n, (priority, points, reason) in enumerate(shares, 1)
    ]
    award.targets = [PromisedTarget(indicator=indicator, value=value) for indicator, value in targets]
    award.later_years = [LaterYear(year=year, amount=promised) for year, promised in later_years]
    db.session.add(award)
    db.session.flush()


def _tell(award: Award) -> None:
    facts = {"ref": award.ref, "title": award.title, "amount": award.agreed}
    notices.queue_all("offer made", award.organisation, award, answer_by=award.answer_by, **facts)


@command
def accept(award: Award, *, signed_as: str, by: Person) -> Award:
    """The group's signatory takes the offer: offered becomes committed, and payments that waited for this may go ahead.

    Where the size of the ask needs two signatures, the first is kept and the offer stands until somebody else signs too.
    Pages call `monitoring.commands.accept_offer`, which also asks for the reports.
    """
    require(policies.accept, by, award)
    if found := [*rules.answerable(award), *rules.second(award, by), *rules.signed(signed_as)]:
        raise RuleBroken(*found)
    if rules.signatures(award) > 1 and award.first_signed_by is None:
        return _sign_first(award, signed_as.strip(), by)
    award.state = move(MOVES, award.state, State.ACCEPTED)
    award.accepted_at, award.accepted_by, award.accepted_as = clock.now(), by, signed_as.strip()
    for instalment in award.instalments:
        if instalment.gate is Gate.ACCEPTED:
            instalment.gate_met_at = clock.now()
    _enter("accept", award, award.ref, Bucket.OFFERED, award.ref, Bucket.COMMITTED, by)
    record("award.accepted", award, by=by, amount=award.agreed, signed_as=signed_as.strip())
    facts = {"ref": award.ref, "title": award.title, "amount": award.agreed}
    notices.queue("offer accepted", person(award.offered_by), award, **facts)
    notices.queue_all("offer accepted", award.organisation, award, **facts)
    return award


def _sign_first(award: Award, signed_as: str, by: Person) -> Award:
    award.first_signed_at, award.first_signed_by, award.first_signed_as = clock.now(), by, signed_as
    record("award.signed", award, by=by, signed_as=signed_as)
    facts = {"ref": award.ref, "title": award.title, "amount": award.agreed, "answer_by": award.answer_by}
    notices.queue_all("second signature", award.organisation, award, person=by.name, **facts)
    return award


@command
def decline(award: Award, *, reason: str, by: Person) -> Award:
    """The group's signatory says no: the money goes back to what is held for the round, or protected for the commitment."""
    require(policies.decline, by, award)
    found = list(rules.answerable(award))
    if not reason.strip():
        found.append(_("Tell us why, in a few words. It helps us plan."))
    if found:
        raise RuleBroken(*found)
    award.state = move(MOVES, award.state, State.DECLINED)
    _give_back(award, by)
    record("award.declined", award, by=by, reason=reason.strip(), amount=award.agreed)
    return award


@command
def lapse(award: Award, *, by: Person) -> Award:
    """Take back an offer whose last day to answer has passed: the money goes back where it came from."""
    require(policies.lapse, by, award)
    if found := list(rules.lapsed(award)):
        raise RuleBroken(*found)
    award.state = move(MOVES, award.state, State.LAPSED)
    _give_back(award, by)
    record("award.lapsed", award, by=by, answer_by=award.answer_by, amount=award.agreed)
    return award


@command
def meet_gate(instalment: Instalment, *, by: Person) -> Instalment:
    """What a payment waited for has happened, so finance may raise it."""
    require(policies.meet_gate, by, instalment)
    if found := list(rules.openable(instalment)):
        raise RuleBroken(*found)
    instalment.gate_met_at = clock.now()
    record("award.gate_met", instalment.award, by=by, number=instalment.number, gate=instalment.gate, instalment=instalment.ref)
    return instalment


def _give_back(award: Award, by: Person) -> None:
    """What nobody takes goes back where it came from: held for the round, or protected for the commitment. Never free."""
    into, to = rules.came_from(award)
    _enter("lapse", award, award.ref, Bucket.OFFERED, into, to, by)


def _enter(kind: str, award: Award, out_of: str, bucket: Bucket, into: str, to: Bucket, by: Person) -> None:
    """Move all that was agreed, in whatever books it is: an award of a pool has money in several."""
    ledger.enter(
        draw(kind, out_of, bucket, (into, to), award.agreed, pot=award.pot.ref),
        key=f"{kind} {award.ref}",
        on=max(clock.today(), award.pot.starts_on),
        by=by.ref,
        source=award.ref,
    )
