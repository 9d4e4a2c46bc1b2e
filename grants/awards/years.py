"""Awards over several years: what is promised subject to funding takes first call on its year's pot, and is then decided.

A later year is a promise without money. Once its year's pot is open, a finance officer protects it there, before anything
else is promised (`protect_year`); a recorded resolution then keeps it, tapers it or releases it (`decide_year`). Nothing
becomes firm or ends by date alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.awards import policies, rules
from grants.awards.models import YEAR_MOVES, Award, Gate, Instalment, LaterYear, State, YearState
from grants.awards.rules import Planned
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.lifecycle import move
from grants.kernel.money import ZERO, Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.streams import commands as streams
from grants.streams import passporting
from grants.streams.draws import draw
from grants.streams.models import Commitment, Outcome, Pot, Stream

declare(
    {
        "award.year_protected": mark("Protected %(amount)s for %(year)s in %(pot)s, as %(commitment)s"),
        "award.year_kept": mark("%(year)s is firm: %(amount)s, by %(resolution)s"),
        "award.year_tapered": mark(
            "%(year)s is tapered from %(promised)s to %(amount)s from %(effective_on)s, by %(resolution)s"
        ),
        "award.year_released": mark("%(year)s ends: %(promised)s is released from %(effective_on)s, by %(resolution)s"),
        "commitment.year_decided": mark("%(year)s of %(award)s was decided: %(outcome)s, by %(resolution)s"),
    }
)
_BECOMES = {Outcome.KEEP: YearState.KEPT, Outcome.TAPER: YearState.TAPERED, Outcome.RELEASE: YearState.RELEASED}
_SAID = {
    Outcome.KEEP: "award.year_kept",
    Outcome.TAPER: "award.year_tapered",
    Outcome.RELEASE: "award.year_released",
}


# -- questions ---------------------------------------------------------------------------------------------------------


class Promised(NamedTuple):
    """A later year of an award that stands, as lists show it. `pot`: of that year, once it is open."""

    award: str
    title: str
    group: str
    stream: str
    year: int
    amount: Money
    state: YearState
    pot: str | None
    commitment: str | None


def _promised() -> Any:
    return (
        select(
            Award.ref,
            Award.title,
            Organisation.name,
            Stream.name,
            LaterYear.year,
            LaterYear.amount,
            LaterYear.state,
            _next.c.ref,
            LaterYear.commitment,
        )
        .join(LaterYear.award)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .outerjoin(_next, and_(_next.c.stream_id == Stream.id, _next.c.year == LaterYear.year))
        .where(Award.state.in_((State.OFFERED, State.ACCEPTED)))
        .order_by(LaterYear.year, Award.ref)
    )


_next = select(Pot.ref, Pot.stream_id, Pot.year).subquery()


def open_years(by: Person) -> Sequence[Promised]:
    """Every later year still subject to funding, or protected and not decided, in a person's scope. One statement."""
    still = LaterYear.state.in_((YearState.SUBJECT_TO_FUNDING, YearState.PROTECTED))
    asked = _promised().where(still, covered(by, Stream.partnership_id, Stream.ref))
    return [Promised(*row) for row in db.session.execute(asked)]


def first_call(pot: Pot) -> Sequence[Promised]:
    """The later years of awards that come before anything else in a pot, and are not protected in it yet. One statement."""
    asked = _promised().where(
        LaterYear.state == YearState.SUBJECT_TO_FUNDING, LaterYear.year == pot.year, Stream.id == pot.stream_id
    )
    return [Promised(*row) for row in db.session.execute(asked)]


def of_award(award: Award, year: int) -> LaterYear:
    """A later year of an award. NotFound where it has no such year."""
    found = next((one for one in award.later_years if one.year == year), None)
    if found is None:
        raise NotFound()
    return found


def commitment_of(later: LaterYear) -> Commitment | None:
    """The protected commitment in that year's pot."""
    if later.commitment is None:
        return None
    return db.session.scalar(
        select(Commitment)
        .where(Commitment.ref == later.commitment)
        .options(joinedload(Commitment.pot), joinedload(Commitment.stream).joinedload(Stream.partnership))
    )


# -- protecting it first -----------------------------------------------------------------------------------------------


@command
def protect_year(award: Award, year: int, *, by: Person, amount: Money | None = None) -> Commitment:
    """Set a later year's money aside in that year's pot, before anything else is promised from it (the first call).

    `amount`: as promised, or less where the pot has less; then it can only be tapered to that. Never more than is free.
    """
    require(policies.protect_year, by, award)
    later = of_award(award, year)
    amount = later.amount if amount is None else amount
    pot = passporting.pot_of_year(award.pot.stream, year)
    if found := list(unprotectable(award, later, pot, amount)):
        raise RuleBroken(*found)
    assert pot is not None and award.accepted_at is not None
    signed = clock.civil(award.accepted_at).date()
    commitment = streams.passport(
        pot,
        recipient=award.organisation.name,
        organisation=award.organisation,
        service=award.title,
        amount=amount,
        protected_from=pot.starts_on,
        protected_until=None,
        approval_basis=_("Agreement %(ref)s, signed on %(day)s", ref=award.ref, day=f"{signed.day} {signed:%B %Y}"),
        review_trigger=_("Keep, taper or release %(year)s of %(ref)s", year=clock.year_label(year), ref=award.ref),
        award=award.ref,
        follows=award.commitment,
        fictional=pot.fictional,
        by=by,
    )
    later.state, later.commitment = move(YEAR_MOVES, later.state, YearState.PROTECTED), commitment.ref
    record(
        "award.year_protected",
        award,
        by=by,
        year=clock.year_label(year),
        amount=amount,
        pot=pot.ref,
        commitment=commitment.ref,
    )
    return commitment


def unprotectable(award: Award, later: LaterYear, pot: Pot | None, amount: Money) -> Iterator[str]:
    """Everything against setting a later year's money aside now."""
    if award.state is not State.ACCEPTED:
        yield _("%(award)s is %(state)s, so its later years are not protected.", award=award.ref, state=award.state.value)
    if later.state is not YearState.SUBJECT_TO_FUNDING:
        yield _("%(year)s is %(state)s already.", year=clock.year_label(later.year), state=_(later.state.value))
    if pot is None:
        yield _("The pot for %(year)s is not open yet.", year=clock.year_label(later.year))
    if amount > later.amount:
        yield _(
            "%(year)s was promised %(amount)s, so no more than that is protected.",
            year=clock.year_label(later.year),
            amount=later.amount,
        )


# -- and deciding it ---------------------------------------------------------------------------------------------------


@command
def decide_year(
    award: Award,
    year: int,
    *,
    outcome: Outcome,
    resolution: str,
    resolved_on: date,
    reason: str,
    by: Person,
    amount: Money | None = None,
    instalments: Sequence[Planned] = (),
    notice_on: date | None = None,
    effective_on: date | None = None,
    ends_on: date | None = None,
) -> Award:
    """Record what was resolved for a later year. Pages call `monitoring.commands.decide_year`, which also asks for reports.

    Kept or tapered: the money goes from protected to committed in that year's pot, the award is raised by it and gets the
    year's instalments. What a taper or a release leaves goes back to free once the break notice has run, when somebody gives
    it back. `effective_on`: the day from which the group has less, three months after `notice_on` at the earliest. `ends_on`:
    the project's new last day, else the pot's.
    """
    require(policies.decide_year, by, award)
    later = of_award(award, year)
    commitment = commitment_of(later)
    if outcome is Outcome.KEEP and amount is None:
        amount = later.amount
    found = list(
        undecidable(
            award,
            later,
            commitment,
            outcome=outcome,
            amount=amount,
            resolution=resolution,
            resolved_on=resolved_on,
            reason=reason,
            instalments=instalments,
            notice_on=notice_on,
            effective_on=effective_on,
        )
    )
    if found:
        raise RuleBroken(*dict.fromkeys(found))
    later.state = move(YEAR_MOVES, later.state, _BECOMES[outcome])
    later.firm, later.resolution, later.resolved_on = amount, resolution.strip(), resolved_on
    later.notice_on, later.ends_on = notice_on, effective_on
    if commitment is not None:
        if amount is not None:
            _commit(award, commitment, amount, instalments, ends_on, by)
        _wind_down(commitment, outcome, effective_on, by)
        record(
            "commitment.year_decided",
            commitment,
            by=by,
            year=clock.year_label(year),
            award=award.ref,
            outcome=outcome,
            resolution=later.resolution,
        )
    record(
        _SAID[outcome],
        award,
        by=by,
        year=clock.year_label(year),
        amount=amount,
        promised=later.amount,
        effective_on=effective_on,
        notice_on=notice_on,
        resolution=later.resolution,
        reason=reason.strip(),
    )
    return award


def _commit(
    award: Award, commitment: Commitment, amount: Money, instalments: Sequence[Planned], ends_on: date | None, by: Person
) -> None:
    assert commitment.pot is not None
    pot = commitment.pot
    moves = draw("increase", commitment.ref, Bucket.PASSPORTED, (award.ref, Bucket.COMMITTED), amount, pot=pot.ref)
    key = f"increase {award.ref} {pot.year}"
    ledger.enter(moves, key=key, on=max(clock.today(), pot.starts_on), by=by.ref, source=award.ref)
    award.agreed = award.agreed + amount
    award.ends_on = max(award.ends_on, ends_on or pot.ends_on)
    for n, (part, due_on, gate) in enumerate(instalments, len(award.instalments) + 1):
        award.instalments.append(
            Instalment(
                ref=next_reference("INS"),
                number=n,
                amount=part,
                due_on=due_on,
                gate=gate,
                gate_met_at=clock.now() if gate is Gate.ACCEPTED else None,
            )
        )
    db.session.flush()


def _wind_down(commitment: Commitment, outcome: Outcome, effective_on: date | None, by: Person) -> None:
    """What a taper or a release leaves stays set aside until the notice has run; then somebody gives it back."""
    left = passporting.standing(commitment).left
    if outcome is Outcome.KEEP or not left:
        return
    assert effective_on is not None and commitment.pot is not None
    commitment.ended_on = effective_on
    if effective_on > clock.today():
        ledger.protect(commitment.pot.ref, commitment.ref, until=effective_on - timedelta(days=1), by=by)


def undecidable(
    award: Award,
    later: LaterYear,
    commitment: Commitment | None,
    *,
    outcome: Outcome,
    amount: Money | None,
    resolution: str,
    resolved_on: date,
    reason: str,
    instalments: Sequence[Planned],
    notice_on: date | None,
    effective_on: date | None,
) -> Iterator[str]:
    """Everything against recording this for a later year, all at once."""
    year = clock.year_label(later.year)
    if award.state is not State.ACCEPTED:
        yield _("%(award)s is %(state)s, so its later years are not decided.", award=award.ref, state=award.state.value)
    if outcome not in _BECOMES:
        yield _("Choose keep, taper or release.")
        return
    if _BECOMES[outcome] not in YEAR_MOVES[later.state]:
        if later.state is YearState.SUBJECT_TO_FUNDING:
            yield _("%(year)s is not protected in its pot yet, so it can only be released. Protect it first.", year=year)
        else:
            yield _("%(year)s is %(state)s already.", year=year, state=_(later.state.value))
        return
    yield from passporting.unsupported(resolution, resolved_on, reason)
    if outcome is Outcome.RELEASE:
        if amount is not None:
            yield _("Released means that there is no amount for %(year)s. Take the %(amount)s away.", year=year, amount=amount)
    else:
        yield from _payable(award, later, commitment, outcome, amount, instalments)
    if outcome is not Outcome.KEEP:
        if effective_on is None:
            yield _("Enter the day from which the group has less money.")
        else:
            yield from passporting.without_notice(notice_on, effective_on)
        asked = commitment is not None and any(one.held_on <= resolved_on for one in commitment.consultations)
        if commitment is not None and passporting.for_a_group(commitment) and not asked:
            yield _(
                "%(group)s would have less money. Ask them first, and keep what they said in the consultation log: "
                "nothing in it is dated on or before the resolution.",
                group=award.organisation.name,
            )


def _payable(
    award: Award,
    later: LaterYear,
    commitment: Commitment | None,
    outcome: Outcome,
    amount: Money | None,
    instalments: Sequence[Planned],
) -> Iterator[str]:
    """What is wrong with the amount and the payments of a year that goes on."""
    left = passporting.standing(commitment).left if commitment else ZERO
    year = clock.year_label(later.year)
    if amount is None or amount <= ZERO:
        yield _("Enter what %(year)s is tapered to.", year=year)
        return
    if outcome is Outcome.KEEP and amount != later.amount:
        yield _("Kept means as promised, %(promised)s. To give %(amount)s, choose taper.", promised=later.amount, amount=amount)
    if outcome is Outcome.TAPER and amount >= later.amount:
        yield _("Tapered means less than promised, %(promised)s. To give that, choose keep.", promised=later.amount)
    if amount > left:
        yield _("%(left)s is protected for %(year)s; this needs %(needs)s.", left=left, year=year, needs=amount)
    yield from rules.scheduled(amount, instalments, first=False)
    if instalments and award.instalments and instalments[0][1] < award.instalments[-1].due_on:
        yield _("The first payment of %(year)s must be due on or after the last one before it.", year=year)
