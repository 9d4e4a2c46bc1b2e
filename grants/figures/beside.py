"""What stands beside the books of a year's pots, as it stood: how sure their money is, what is not stated, what is open.

Nothing here is in a total. Rows with an effective date and a recorded time are read as at the date asked; a cut's outstanding
sum, a pledge and whether an amount is stated show today's value, and the pages say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Date, String, and_, cast, func, literal, null, or_, select, union_all

from grants.agreements.models import Agreement, AgreementFunder
from grants.budget.models import SpendingAuthority
from grants.kernel import clock
from grants.kernel.db import Utc, db
from grants.kernel.money import ZERO, Money, total
from grants.ledger.queries import ALWAYS, EVER
from grants.people.models import Organisation
from grants.streams.models import (
    Allocation,
    AllocationStep,
    Certainty,
    Commitment,
    CommitmentEstimate,
    Contribution,
    ContributionStatus,
    Line,
    Pool,
    Pot,
    PotTerms,
    Shortfall,
)
from grants.streams.rules import PASSPORTED

FIRM = frozenset({Certainty.CONFIRMED, Certainty.RECEIVED})


class Allocated(NamedTuple):
    """One allocation as it stood. `giver`: the funder of its agreement on that date; else the funder it names."""

    ref: str
    pot: str
    funder: str | None  # as the ledger's owner names it
    giver: str | None
    agreement: str | None
    certainty: Certainty
    amount: Money
    document: str | None


class Protected(NamedTuple):
    """A commitment of the pots. `amount`: none, not stated; then `estimate` is what finance takes it to be, if anything."""

    ref: str
    recipient: str
    pot: str
    stream: str
    kind: str
    amount: Money | None
    estimate: Money | None
    left: Money  # still set aside, not yet offered
    until: date | None
    ended: bool
    fictional: bool

    @property
    def not_known(self) -> bool:
        """Is what it takes from the pot not known? (R40)"""
        return self.kind == PASSPORTED and self.amount is None and self.estimate is None and not self.ended


class Kind(StrEnum):
    """What a loose fact is."""

    SHORTFALL = "cut not yet absorbed"
    PLEDGE = "pledged"
    AT_RISK = "at risk"
    OVER = "over-programming"
    LINE = "line"
    POOL = "pool"


class Loose(NamedTuple):
    """A fact of a pot that no figure of the books holds."""

    kind: Kind
    pot: str
    ref: str
    name: str
    amount: Money | None
    on: date | None  # opened, pledged for, or the last day of an authority
    who: str | None  # the partner, the underwriter, the allocation cut


class Beside(NamedTuple):
    """All of it for some pots."""

    allocations: Sequence[Allocated]
    commitments: Sequence[Protected]
    loose: Sequence[Loose]
    terms: Mapping[str, PotTerms]

    def of(self, kind: Kind, pot: str | None = None) -> list[Loose]:
        """The loose facts of one kind, of one pot or all."""
        return [one for one in self.loose if one.kind is kind and pot in (None, one.pot)]

    def sure(self, pot: str, *how: Certainty) -> Money:
        """What is allocated to a pot in these ways."""
        return total(one.amount for one in self.allocations if one.pot == pot and one.certainty in how)

    @property
    def not_confirmed(self) -> Sequence[Allocated]:
        """What is expected or indicative only."""
        return [one for one in self.allocations if one.certainty in (Certainty.EXPECTED, Certainty.INDICATIVE)]


def beside(
    pots: Collection[str], left: Mapping[tuple[str, str], Money], *, on: date | None = None, known: datetime | None = None
) -> Beside:
    """The facts of some pots at the end of `on` (today's), by what had been recorded at `known`. Four statements.

    `left`: (pot, commitment) -> what the books still set aside for it.
    """
    return Beside(
        _allocations(pots, on, known), _commitments(pots, left, on, known), _loose(pots, on, known), _terms(pots, on, known)
    )


def _allocations(pots: Collection[str], on: date | None, known: datetime | None) -> list[Allocated]:
    """Each allocation's last step by then, with the agreement's funder by then. One statement."""
    step, giver, then = AllocationStep, AgreementFunder, literal(known or ALWAYS, Utc())
    rows = db.session.execute(
        select(
            Allocation.ref,
            Pot.ref,
            Allocation.funder,
            Organisation.ref,
            Allocation.agreement,
            step.certainty,
            step.amount,
            step.document,
        )
        .join(Allocation.pot)
        .join(Allocation.steps)
        .outerjoin(Agreement, Agreement.ref == Allocation.agreement)
        .outerjoin(
            giver,
            and_(
                giver.agreement_id == Agreement.id,
                giver.effective_on <= (on or clock.today()),
                giver.recorded_at <= then,
            ),
        )
        .outerjoin(Organisation, Organisation.id == giver.organisation_id)
        .where(Pot.ref.in_(pots), step.effective_on <= (on or EVER), step.recorded_at <= then)
        .order_by(Pot.ref, Allocation.id, step.id, giver.effective_on, giver.id)
    )
    return list({row[0]: Allocated(*row) for row in rows}.values())  # the last row of each says how it stood


def _commitments(
    pots: Collection[str], left: Mapping[tuple[str, str], Money], on: date | None, known: datetime | None
) -> list[Protected]:
    """The commitments of the pots, each with its last estimate by then. One statement.

    One that a review carried on into the pot's year before the pot was opened is among them (`streams.promises.unstated`).
    """
    before_its_pot = and_(
        Commitment.pot_id.is_(None),
        Commitment.stream_id == Pot.stream_id,
        Commitment.protected_from.between(Pot.starts_on, Pot.ends_on),
    )
    estimate = CommitmentEstimate
    last = (
        select(estimate.amount)
        .where(
            estimate.commitment_id == Commitment.id,
            estimate.effective_on <= (on or EVER),
            estimate.recorded_at <= literal(known or ALWAYS, Utc()),
        )
        .order_by(estimate.id.desc())
        .limit(1)
        .correlate(Commitment)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Commitment.ref,
            func.coalesce(Organisation.name, Commitment.recipient),
            Pot.ref,
            Commitment.kind,
            Commitment.amount,
            last,
            Commitment.protected_until,
            Commitment.ended_on,
            Commitment.fictional,
        )
        .join(Pot, or_(Commitment.pot_id == Pot.id, before_its_pot))
        .outerjoin(Commitment.organisation)
        .where(Pot.ref.in_(pots))
        .order_by(Pot.ref, Commitment.ref)
    )
    day = on or clock.today()
    return [
        Protected(
            ref=ref,
            recipient=recipient,
            pot=pot,
            stream="",
            kind=kind,
            amount=amount,
            estimate=estimated if amount is None else None,
            left=left.get((pot, ref), ZERO),
            until=until,
            ended=ended is not None and ended <= day,
            fictional=fictional,
        )
        for ref, recipient, pot, kind, amount, estimated, until, ended, fictional in rows
    ]


def _loose(pots: Collection[str], on: date | None, known: datetime | None) -> list[Loose]:
    """Cuts, pledges, authorities in force, lines and pools of the pots. One statement."""
    day, then = on or clock.today(), literal(known or ALWAYS, Utc())
    no_day, no_money, no_text = cast(null(), Date), cast(null(), Shortfall.outstanding.type), cast(null(), String)

    def said(kind: Kind | Any, *facts: Any) -> Any:
        word = literal(kind.value) if isinstance(kind, Kind) else kind
        return select(word.label("kind"), Pot.ref.label("pot"), *facts).where(Pot.ref.in_(pots))

    cut, pledge, power = Shortfall, Contribution, SpendingAuthority
    cuts = said(Kind.SHORTFALL, cut.ref, no_text, cut.outstanding, cut.opened_on, Allocation.ref)
    pledges = said(Kind.PLEDGE, pledge.ref, pledge.description, pledge.amount, pledge.effective_on, Organisation.name)
    powers = said(cast(power.kind, String), power.ref, power.reason, power.allowed, power.until, power.underwriter)
    lines = said(Kind.LINE, Line.ref, Line.name, no_money, no_day, cast(Line.kind, String))
    pools = said(Kind.POOL, Pool.ref, Pool.name, no_money, no_day, Pool.note)
    rows = db.session.execute(
        union_all(
            cuts.join(cut, cut.pot_id == Pot.id)
            .join(cut.allocation)
            .where(cut.outstanding > ZERO, cut.opened_on <= (on or EVER)),
            pledges.join(pledge, pledge.pot_id == Pot.id)
            .outerjoin(pledge.organisation)
            .where(pledge.status == ContributionStatus.PLEDGED),
            powers.join(power, power.pot_id == Pot.id).where(
                power.approved_at <= then,
                power.refused_because.is_(None),
                or_(power.ended_on.is_(None), power.ended_on > day),
            ),
            lines.join(Line, Line.pot_id == Pot.id),
            pools.join(Pool, Pool.ref == Pot.pool),
        )
    )
    found = [Loose(Kind(kind), *rest) for kind, *rest in rows]
    return sorted(found, key=lambda one: (one.pot, one.kind, one.ref))


def _terms(pots: Collection[str], on: date | None, known: datetime | None) -> Mapping[str, PotTerms]:
    """Each pot's terms in the accounts by then. One statement."""
    rows = db.session.execute(
        select(Pot.ref, PotTerms)
        .join(PotTerms.pot)
        .where(
            Pot.ref.in_(pots),
            PotTerms.effective_on <= (on or EVER),
            PotTerms.recorded_at <= literal(known or ALWAYS, Utc()),
        )
        .order_by(PotTerms.effective_on, PotTerms.id)
    )
    return {row[0]: row[1] for row in rows}


# -- what a pot has promised beyond what it holds ---------------------------------------------------------------------


class Beyond(NamedTuple):
    """More is promised from a pot than it holds: so much against money not confirmed, so much as over-programming."""

    pot: str
    name: str
    over: Money
    at_risk: Money
    over_programming: Money
    authorities: Sequence[Loose]
    covered: bool  # those in force allow all of it


def beyond(found: Beside, free: Mapping[str, Money], names: Mapping[str, str], on: date | None) -> list[Beyond]:
    """Every pot whose own free account is below nought: those that no authority in force covers first, then the largest sum.

    What an authority to spend at risk allows is used first; what lies beyond it is over-programming (`budget.authorities`).
    """
    day, said = on or clock.today(), []
    below = sorted(((amount, pot) for pot, amount in free.items() if amount < ZERO), key=lambda one: (one[0], one[1]))
    for amount, pot in below:
        risk = found.of(Kind.AT_RISK, pot)
        at_risk = min(-amount, total(one.amount or ZERO for one in risk))
        powers = [*risk, *found.of(Kind.OVER, pot)]
        in_force = total(one.amount or ZERO for one in powers if one.on and one.on >= day)
        said.append(Beyond(pot, names[pot], -amount, at_risk, -amount - at_risk, powers, in_force >= -amount))
    return sorted(said, key=lambda one: one.covered)


def by_pot(commitments: Sequence[Protected]) -> Mapping[str, list[Protected]]:
    """Commitments under the pot they are in."""
    found: dict[str, list[Protected]] = defaultdict(list)
    for one in commitments:
        found[one.pot].append(one)
    return found
