"""Whether anything new may be promised from a pot at all. The ledger says how much; this says whether it can be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.streams.models import AllocationStatus, Commitment, CommitmentEstimate, PastGrant, Pot
from grants.streams.rules import PASSPORTED, why_not_known


def barred(pot: Pot, *, but: Commitment | None = None, leaving: bool = False) -> Iterator[str]:
    """Every reason why nothing new may be taken from a pot's free money now. Inside a command it holds the pot as it is.

    Every command that promises from a pot asks this: holding for a round, offering, protecting, committing own spend, moving
    money out. `but`: a commitment whose own missing amount is being put right. `leaving`: nothing is promised, the money goes
    to next year or back to whoever gave it, as it must once a pot is closed.
    """
    shut = list(closed(pot))
    if not leaving:
        yield from shut
    grants = db.session.scalar(select(func.count()).where(PastGrant.pot_id == pot.id, nameless()))
    if grants:
        yield _("What is free in %(pot)s is not known: %(why)s.", pot=pot.ref, why=why_not_known(grants))
    for commitment in unstated(pot):
        if but is None or commitment.id != but.id:
            yield _(
                "What is free in %(pot)s is not known: the amount protected for %(recipient)s is not stated. Enter the amount, "
                "or a finance officer's estimate with its reason, on the commitment's page (%(ref)s).",
                pot=pot.ref,
                recipient=commitment.recipient,
                ref=commitment.ref,
            )
    if pot.allocation_status is not AllocationStatus.CONFIRMED and ledger.left(pot.ref, "", Bucket.FREE) <= Money(0):
        yield _(
            "The allocation of %(pot)s is %(status)s, so nothing can be taken from it.",
            pot=pot.ref,
            status=_(pot.allocation_status.value),
        )


def nameless() -> ColumnElement[bool]:
    """Grants of the past whose missing amount leaves a pot's free money unknown. One that is a passported commitment's too is
    the same money: the commitment speaks for itself (`unstated`), and an estimate settles both."""
    passported = select(Commitment.id).where(Commitment.kind == PASSPORTED)
    return and_(PastGrant.amount.is_(None), or_(PastGrant.commitment_id.is_(None), PastGrant.commitment_id.not_in(passported)))


def why_silent(commitments: Sequence[Commitment]) -> str:
    """Why commitments whose amounts are not stated leave nothing known (R40), for a sentence that begins 'not known:'."""
    if len(commitments) == 1:
        return _("the amount protected for %(recipient)s is not stated", recipient=commitments[0].recipient)
    return _("the amounts of %(count)s protected commitments are not stated", count=len(commitments))


def closed(pot: Pot) -> Iterator[str]:
    """Why nothing new is promised in a pot at all, with or without an amount. Inside a command it holds the pot as it is."""
    since = db.session.scalar(select(Pot.closed_on).where(Pot.id == pot.id).with_for_update(read=True))
    if since:
        yield _(
            "%(pot)s has been closed to new promises since %(day)s. Choose another pot, or ask a finance officer to open it.",
            pot=pot.ref,
            day=f"{since.day} {since:%B %Y}",
        )


def together(pot: Pot) -> list[str]:
    """The references of the pots that may be drawn on with this one: itself, and those of its pool in the same year (R39).

    A pool's pot that nothing may be taken from now is left out, so that the others stay usable.
    """
    if not pot.pool:
        return [pot.ref]
    others = db.session.scalars(
        select(Pot)
        .where(Pot.pool == pot.pool, Pot.year == pot.year, Pot.id != pot.id)
        .order_by(Pot.ref)
        .options(joinedload(Pot.stream))
    )
    return [pot.ref, *(other.ref for other in others if not any(barred(other)))]


def unstated(pot: Pot) -> list[Commitment]:
    """The pot's passported commitments with neither an amount nor an estimate (R40), still standing.

    One that a review has carried on into the pot's year before the pot was opened stands in line too, first.
    """
    before_its_pot = and_(
        Commitment.pot_id.is_(None),
        Commitment.stream_id == pot.stream_id,
        Commitment.protected_from.between(pot.starts_on, pot.ends_on),
    )
    return list(
        db.session.scalars(
            select(Commitment)
            .where(
                or_(Commitment.pot_id == pot.id, before_its_pot),
                Commitment.kind == PASSPORTED,
                Commitment.amount.is_(None),
                Commitment.ended_on.is_(None),
                ~exists().where(CommitmentEstimate.commitment_id == Commitment.id),
            )
            .order_by(Commitment.ref)
        )
    )
