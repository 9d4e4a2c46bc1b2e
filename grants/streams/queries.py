"""Streams, pots and grants of the past, as the pages read them. 'Not stated' stays apart from £0.00 everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money, total
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.people.models import Organisation, Partnership, Person
from grants.people.queries import covered, within
from grants.places.models import Locality
from grants.strategy.models import Priority, Strategy
from grants.streams import promises, rules
from grants.streams.models import AllocationStatus, Commitment, CommitmentEstimate, Component, PastGrant, Pot, Stream

T = TypeVar("T")

# -- one thing, by its reference ---------------------------------------------------------------------------------------


def stream(ref: str) -> Stream:
    """The stream of this reference. NotFound otherwise."""
    return _one(select(Stream).where(Stream.ref == ref).options(joinedload(Stream.partnership)))


def pot(ref: str) -> Pot:
    """The pot of this reference, with its stream. NotFound otherwise."""
    return _one(select(Pot).where(Pot.ref == ref).options(joinedload(Pot.stream).joinedload(Stream.partnership)))


def commitment(ref: str) -> Commitment:
    """The protected commitment of this reference. NotFound otherwise."""
    found = db.session.scalar(select(Commitment).where(Commitment.ref == ref))
    if found is None:
        raise NotFound()
    return found


def stream_of_staff(by: Person, ref: str) -> Stream:
    """The stream, where the person holds a duty in its partnership. NotFound otherwise."""
    return _one(
        select(Stream)
        .where(Stream.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Stream.partnership))
    )


def pot_of_staff(by: Person, ref: str) -> Pot:
    """The pot, where the person holds a duty in its partnership. NotFound otherwise."""
    return _one(
        select(Pot)
        .join(Pot.stream)
        .where(Pot.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Pot.stream).joinedload(Stream.partnership), joinedload(Pot.distributor), joinedload(Pot.holder))
    )


def _one(asked: Select[T]) -> T:
    found = db.session.scalar(asked)
    if found is None:
        raise NotFound()
    return found


# -- for commands ------------------------------------------------------------------------------------------------------


def taken() -> tuple[set[str], set[str]]:
    """The references and the codes that streams already have."""
    rows = db.session.execute(select(Stream.ref, Stream.code)).all()
    return {row.ref for row in rows}, {row.code for row in rows}


def organisations(refs: Collection[str]) -> dict[str, str]:
    """The names of the organisations among these references."""
    if not refs:
        return {}
    found = db.session.execute(select(Organisation.ref, Organisation.name).where(Organisation.ref.in_(refs)))
    return {row.ref: row.name for row in found}


def organisation_choices() -> Sequence[tuple[str, str]]:
    """Every organisation a form can name, as (reference, name), by name."""
    return [
        (row.ref, row.name)
        for row in db.session.execute(select(Organisation.ref, Organisation.name).order_by(Organisation.name))
    ]


def next_year(stream: Stream) -> int:
    """The first financial year a stream has no pot for yet, from this year on."""
    years = set(db.session.scalars(select(Pot.year).where(Pot.stream_id == stream.id)))
    year = clock.financial_year(clock.today())
    while year in years:
        year += 1
    return year


def unstated(pots: Collection[int] | None = None) -> dict[int, int]:
    """How many grants of the past in each pot have no stated amount, by the pot's id. While any has none, what is free in
    that pot is not known."""
    asked = select(PastGrant.pot_id, func.count()).where(PastGrant.pot_id.is_not(None), promises.nameless())
    if pots is not None:
        asked = asked.where(PastGrant.pot_id.in_(pots))
    return {pot_id: count for pot_id, count in db.session.execute(asked.group_by(PastGrant.pot_id)) if pot_id is not None}


def free_is_known(pot: Pot, unstated: int) -> bool:
    """Is what is free in a pot known? Not while a grant of the past in it has no stated amount (`unstated` of them).

    Otherwise its allocation is stated, or its books begin with a balance its source states (R47).
    """
    if unstated:
        return False
    return pot.allocation is not None or pot.balance_from is not None


# -- the year ----------------------------------------------------------------------------------------------------------


class YearRow(NamedTuple):
    """One pot of a year: what was allocated, its share of all that is stated, and the named awards of the past in it."""

    stream: str
    name: str
    partnership: str
    pot: str
    allocation: Money | None
    status: AllocationStatus
    share: Decimal | None  # per cent of the stated total, one decimal place, half up
    grants: int
    grants_stated: int


def year_page(year: int, partnerships: Collection[int] | None = None) -> Sequence[YearRow]:
    """Every pot of a financial year, stated allocations first, largest first; then by name."""
    counts = (
        select(PastGrant.pot_id, func.count().label("grants"), func.count(PastGrant.amount).label("stated"))
        .group_by(PastGrant.pot_id)
        .subquery()
    )
    asked = (
        select(
            Stream.ref,
            Stream.name,
            Partnership.ref.label("partnership"),
            Pot.ref.label("pot"),
            Pot.allocation,
            Pot.allocation_status,
            func.coalesce(counts.c.grants, 0).label("grants"),
            func.coalesce(counts.c.stated, 0).label("stated"),
        )
        .join(Pot.stream)
        .join(Stream.partnership)
        .outerjoin(counts, counts.c.pot_id == Pot.id)
        .where(Pot.year == year)
    )
    if partnerships is not None:
        asked = asked.where(Stream.partnership_id.in_(partnerships))
    rows = db.session.execute(asked).all()
    whole = total(row.allocation for row in rows if row.allocation is not None)
    found = [
        YearRow(
            row.ref,
            row.name,
            row.partnership,
            row.pot,
            row.allocation,
            row.allocation_status,
            share(row.allocation, whole),
            row.grants,
            row.stated,
        )
        for row in rows
    ]
    return sorted(found, key=lambda r: (r.allocation is None, -(r.allocation.pence if r.allocation else 0), r.name))


def share(part: Money | None, whole: Money) -> Decimal | None:
    """Per cent of the whole, to one decimal place, half up. None where either is nothing to speak of."""
    if part is None or not whole:
        return None
    return (Decimal(part.pence) * 100 / Decimal(whole.pence)).quantize(Decimal("0.1"), ROUND_HALF_UP)


# -- /streams ----------------------------------------------------------------------------------------------------------


class PotCell(NamedTuple):
    """A pot as the list of streams shows it."""

    ref: str
    year: int
    allocation: Money | None
    status: AllocationStatus
    fictional: bool


class StreamRow(NamedTuple):
    """A stream as the list shows it, its pots newest first."""

    ref: str
    code: str
    name: str
    pots: Sequence[PotCell]


class Group(NamedTuple):
    """A partnership's streams, and its grants of the past whose stream is not stated."""

    ref: str
    name: str
    streams: Sequence[StreamRow]
    loose: Sequence[GrantRow]

    @property
    def latest(self) -> int | None:
        """The last year that any of its streams has a pot for, up to this one."""
        this = clock.financial_year(clock.today())
        return max((pot.year for one in self.streams for pot in one.pots if pot.year <= this), default=None)


def streams_page(by: Person) -> Sequence[Group]:
    """Every stream of the person's partnerships, by partnership and name."""
    mine = within(by)
    partnerships = db.session.execute(
        select(Partnership.id, Partnership.ref, Partnership.name).where(Partnership.id.in_(mine)).order_by(Partnership.name)
    ).all()
    pots: dict[int, list[PotCell]] = defaultdict(list)
    for p in db.session.execute(
        select(Pot.stream_id, Pot.ref, Pot.year, Pot.allocation, Pot.allocation_status, Pot.fictional)
        .join(Pot.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Pot.year.desc())
    ):
        pots[p.stream_id].append(PotCell(p.ref, p.year, p.allocation, p.allocation_status, p.fictional))
    streams: dict[int, list[StreamRow]] = defaultdict(list)
    for s in db.session.execute(
        select(Stream.id, Stream.partnership_id, Stream.ref, Stream.code, Stream.name)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Stream.name, Stream.ref)
    ):
        streams[s.partnership_id].append(StreamRow(s.ref, s.code, s.name, pots[s.id]))
    loose: dict[int, list[GrantRow]] = defaultdict(list)
    for row in _grants(PastGrant.stream_id.is_(None), Strategy.partnership_id.in_(within(by))):
        loose[row.partnership or 0].append(row)
    return [Group(p.ref, p.name, streams[p.id], loose[p.id]) for p in partnerships if streams[p.id] or loose[p.id]]


# -- grants of the past ------------------------------------------------------------------------------------------------


class GrantRow(NamedTuple):
    """A grant of the past, as its source states it. `partnership` is whose strategy's priority it served (an id)."""

    ref: str
    project: str
    recipient: str | None
    recipient_type: str
    year: str | None
    issue: str | None
    priority: str | None  # the title of the priority it served
    priority_basis: str
    amount: Money | None
    status: str
    commitment: str | None  # the protected commitment that is the same money, counted once
    pot: str | None
    basis: str | None
    note: str | None
    source: str | None
    partnership: int | None


def _grants(*where: ColumnElement[bool]) -> Sequence[GrantRow]:
    asked = (
        select(
            PastGrant.ref,
            PastGrant.project,
            func.coalesce(Organisation.name, PastGrant.recipient),
            PastGrant.recipient_type,
            PastGrant.fiscal_year,
            PastGrant.issue,
            func.coalesce(Priority.title, Priority.ref),
            PastGrant.priority_basis,
            PastGrant.amount,
            PastGrant.status,
            Commitment.ref,
            Pot.ref,
            PastGrant.basis,
            PastGrant.note,
            PastGrant.source,
            Strategy.partnership_id,
        )
        .outerjoin(PastGrant.organisation)
        .outerjoin(PastGrant.commitment)
        .outerjoin(PastGrant.pot)
        .outerjoin(Priority, Priority.ref == PastGrant.priority)
        .outerjoin(Priority.strategy)
        .where(*where)
        .order_by(PastGrant.id)
    )
    return [GrantRow._make(row) for row in db.session.execute(asked)]


def past_grants(by: Person) -> Sequence[GrantRow]:
    """Every grant of the past of the person's partnerships, in the order of the source. One that stands among the protected
    commitments too is here once."""
    return _grants(
        or_(
            PastGrant.stream_id.in_(select(Stream.id).where(covered(by, Stream.partnership_id, Stream.ref))),
            PastGrant.stream_id.is_(None) & Strategy.partnership_id.in_(within(by)),
        )
    )


# -- /streams/<ref> ----------------------------------------------------------------------------------------------------


class ComponentRow(NamedTuple):
    """A former fund that a pot is made of: in full, in part, pooled alongside, or not included (R38)."""

    pot: str
    year: int
    name: str
    included: str
    amount: Money | None
    passported_year_one: str
    basis: str | None
    note: str | None
    source: str | None


class CommitmentRow(NamedTuple):
    """A protected commitment (R40 to R42). `estimate`: what a finance officer last took its amount to be."""

    ref: str
    pot: str | None
    year: int | None
    recipient: str
    locality: str | None
    protected: str
    kind: str
    protected_from: date | None
    protected_until: date | None
    review_trigger: str | None
    review_due: date | None
    amount: Money | None
    approval_basis: str | None
    fictional: bool
    basis: str | None
    note: str | None
    source: str | None
    estimate: Money | None


class StreamPage(NamedTuple):
    """All that a stream's page shows."""

    stream: Stream
    funders: Sequence[str]
    pots: Sequence[Pot]
    components: Sequence[ComponentRow]
    commitments: Sequence[CommitmentRow]
    grants: Sequence[GrantRow]


def stream_page(by: Person, ref: str) -> StreamPage:
    """One stream: its rules, its pots by year (newest first), what they are made of, what is protected, what was given."""
    found = stream_of_staff(by, ref)
    pots = db.session.scalars(select(Pot).where(Pot.stream_id == found.id).order_by(Pot.year.desc())).all()
    return StreamPage(
        found,
        _names(found.funders),
        pots,
        components(Pot.stream_id == found.id),
        commitments(Commitment.stream_id == found.id),
        _grants(PastGrant.stream_id == found.id),
    )


def components(*where: ColumnElement[bool]) -> Sequence[ComponentRow]:
    """Components of pots, in the order of the source."""
    asked = (
        select(
            Pot.ref,
            Pot.year,
            Component.name,
            Component.included,
            Component.amount,
            Component.passported_year_one,
            Component.basis,
            Component.note,
            Component.source,
        )
        .join(Component.pot)
        .where(*where)
        .order_by(Component.id)
    )
    return [ComponentRow._make(row) for row in db.session.execute(asked)]


def commitments(*where: ColumnElement[bool]) -> Sequence[CommitmentRow]:
    """Protected commitments, in the order they were recorded."""
    estimate = (
        select(CommitmentEstimate.amount)
        .where(CommitmentEstimate.commitment_id == Commitment.id)
        .order_by(CommitmentEstimate.id.desc())
        .limit(1)
        .correlate(Commitment)
        .scalar_subquery()
    )
    asked = (
        select(
            Commitment.ref,
            Pot.ref,
            Pot.year,
            func.coalesce(Organisation.name, Commitment.recipient),
            Locality.name,
            Commitment.protected,
            Commitment.kind,
            Commitment.protected_from,
            Commitment.protected_until,
            Commitment.review_trigger,
            Commitment.review_due,
            Commitment.amount,
            Commitment.approval_basis,
            Commitment.fictional,
            Commitment.basis,
            Commitment.note,
            Commitment.source,
            estimate,
        )
        .outerjoin(Commitment.pot)
        .outerjoin(Commitment.organisation)
        .outerjoin(Locality, Locality.ref == Commitment.locality)
        .where(*where)
        .order_by(Commitment.id)
    )
    return [CommitmentRow._make(row) for row in db.session.execute(asked)]


def _names(refs: Sequence[str]) -> Sequence[str]:
    known = organisations(refs)
    return [known.get(ref, ref) for ref in refs]


# -- /pots/<ref> -------------------------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """A figure of a pot's money, in the finance officer's words. Without an amount, `why` says why it is not known."""

    key: str  # the position's column for it
    word: str
    amount: Money | None
    why: str


class PotPage(NamedTuple):
    """All that a pot's page shows. `spendable`: what is free is known, so money can be taken from it."""

    pot: Pot
    spendable: bool
    funders: Sequence[str]
    figures: Sequence[Figure]
    components: Sequence[ComponentRow]
    commitments: Sequence[CommitmentRow]
    grants: Sequence[GrantRow]


def pot_page(by: Person, ref: str) -> PotPage:
    """One pot: its facts, its money now, what it is made of, what is protected, what was given."""
    found = pot_of_staff(by, ref)
    grants = _grants(PastGrant.pot_id == found.id)
    protected, silent = commitments(Commitment.pot_id == found.id), promises.unstated(found)
    speak = {one.ref for one in protected if one.kind == rules.PASSPORTED}  # for themselves, as `promises.nameless` says
    missing = sum(1 for grant in grants if grant.amount is None and grant.commitment not in speak)
    return PotPage(
        found,
        free_is_known(found, missing) and not silent,
        _names(found.funders),
        money(found, missing, silent),
        components(Component.pot_id == found.id),
        protected,
        grants,
    )


WORDS: Mapping[str, str] = {
    "allocated": mark("allocated"),
    "contributed": mark("contributed"),
    "brought forward": mark("brought forward"),
    "vired in": mark("vired in"),
    "free": mark("free"),
    "held": mark("held"),
    "passported": mark("passported (protected)"),
    "offered": mark("offered"),
    "committed": mark("committed"),
    "due": mark("approved for payment"),
    "paid": mark("paid"),
    "repaid": mark("repaid to funder"),
    "carried forward": mark("carried forward"),
    "vired out": mark("vired out"),
}
ALWAYS_SHOWN = frozenset({"allocated", "free", "held", "passported", "offered", "committed", "due", "paid"})


def money(pot: Pot, unstated: int, silent: Sequence[Commitment] = ()) -> Sequence[Figure]:
    """A pot's money now. Free is not known while a named award of the past in it has no stated amount, nor where the
    allocation is not stated; then nothing is said to be £0.00 either."""
    found = ledger.figures(ledger.balances([pot.ref])).get(pot.ref, {})
    rows = []
    for name, word in WORDS.items():
        amount = found.get(name, Money(0))
        if pot.allocation is None and (name == "allocated" or (name == "free" and pot.balance_from is None)):
            rows.append(Figure(name.replace(" ", "_"), _(word), None, _(pot.allocation_status.value)))
        elif name == "free" and (unstated or silent):
            why = rules.why_not_known(unstated) if unstated else promises.why_silent(silent)
            rows.append(Figure(name.replace(" ", "_"), _(word), None, _("not known: %(why)s", why=why)))
        elif amount or (name in ALWAYS_SHOWN and free_is_known(pot, unstated)):
            rows.append(Figure(name.replace(" ", "_"), _(word), amount, ""))
    return rows
