"""The pound's path: from any reference of the books to who gave, who resolved, what was agreed, paid and reported, and back.

`path(by, ref)` takes the reference of a transfer's source or owner, a pot's, or a batch's key. Nothing in the books is
without one: a source no room knows is told from its transfers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, select

from grants.agreements.models import FunderPayment
from grants.awards.models import Award, Instalment
from grants.budget.models import BudgetChange, SpendingAuthority
from grants.figures import told
from grants.figures.columns import WHOLE
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.words import mark
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.ledger.models import Transfer
from grants.ledger.queries import Line
from grants.monitoring.models import Report
from grants.panel.models import Decision, Panel
from grants.payments.models import Payment
from grants.people.models import Person
from grants.people.queries import covered
from grants.rounds.models import Lot, Round
from grants.spending.models import Charge, OwnSpend
from grants.streams.models import (
    Allocation,
    BalanceUse,
    Commitment,
    CommitmentReview,
    Contribution,
    Pot,
    Shortfall,
    Stream,
)
from grants.streams.models import Line as PotLine

M = TypeVar("M")


class Role(StrEnum):
    """What a step of the way is."""

    GIVEN = mark("Given by")
    RESOLUTION = mark("Resolution")
    AGREEMENT = mark("Agreement")
    PAYMENT = mark("Payment")
    REPORT = mark("Report")


class Step(NamedTuple):
    """One step: what happened in words, the paper or record that shows it, when, and how much."""

    role: Role
    says: str
    ref: str | None = None  # what a page shows
    on: date | None = None
    amount: Money | None = None


class Place(NamedTuple):
    """Where money of it stands now: a figure of the position."""

    pot: str
    column: str
    word: str
    amount: Money


class Story(NamedTuple):
    """The way of some money, in order, and where it is now."""

    ref: str
    title: str
    kind: str
    pot: str  # where the way back leads
    year: int
    steps: Sequence[Step]
    places: Sequence[Place]
    moves: Sequence[Line]  # the transfers of it, in order of date; of a batch, the batch
    entry: str | None  # the batch's key, where one was asked for

    def of(self, role: Role) -> Sequence[Step]:
        return [step for step in self.steps if step.role == role]


MOST = 100  # transfers shown


def path(by: Person, ref: str) -> Story:
    """The way of the money that a reference or a batch's key names. NotFound outside the duties or for nothing known."""
    if story := _known(by, ref):
        return story
    lines = ledger.batch(ref) or _entered_for(ref) or ledger.history(ref)
    if not lines:
        raise NotFound()
    story = _known(by, lines[0].source_ref) or _plain(by, lines)
    return story._replace(moves=lines[:MOST], entry=ref if lines[0].batch_key == ref else None)


def _known(by: Person, ref: str) -> Story | None:
    found = FINDERS[ref[:3]](ref) if ref[3:4] == "-" and ref[:3] in FINDERS else None
    found = found or _pot(ref) or _one(select(Commitment), Commitment.ref == ref) or _of_use(ref)  # or a slug of the facts
    return _story(by, found) if found is not None else None


def _story(by: Person, found: object) -> Story:
    """Whoever's story it is, told by its kind, if its pot is within the duties."""
    teller = next(tell for kind, tell in TELLERS.items() if isinstance(found, kind))
    pot, kind, title, steps = teller(found)
    mine = db.session.scalar(
        select(Pot.year).join(Pot.stream).where(Pot.id == pot.id, covered(by, Stream.partnership_id, Stream.ref))
    )
    if mine is None:
        raise NotFound()
    ref = str(found.ref)  # type: ignore[attr-defined]
    places: Sequence[Place] = ()
    moves: Sequence[Line] = ()
    if not isinstance(found, Pot):
        places, moves = _places(ledger.owned(ref)), ledger.history(ref)[:MOST] or _entered_for(ref)
    places = places or _places(ledger.balances([pot.ref]))
    return Story(ref, title, kind, pot.ref, mine, [Step(Role[role], *rest) for role, *rest in steps], places, moves, None)


def _places(balances: Mapping[tuple[str, Bucket], Money]) -> Sequence[Place]:
    """The figures of the position that some balances are part of, in the position's order."""
    summed: dict[tuple[str, int], Money] = {}
    for (book, bucket), amount in balances.items():
        for number, column in enumerate(WHOLE):
            if bucket in column.buckets:
                summed[book, number] = summed.get((book, number), Money(0)) + (-amount if column.came else amount)
    return [
        Place(book, WHOLE[number].key, WHOLE[number].word, amount)
        for (book, number), amount in sorted(summed.items())
        if amount
    ]


def _entered_for(ref: str) -> Sequence[Line]:
    """The first transfers whose source is this reference."""
    keys = db.session.scalars(
        select(Transfer.batch_key)
        .where(Transfer.source_ref == ref)
        .group_by(Transfer.batch_key)
        .order_by(Transfer.batch_key)
        .limit(5)
    ).all()
    return [line for key in keys for line in ledger.batch(key)][:MOST]


def _plain(by: Person, lines: Sequence[Line]) -> Story:
    """A source that no room knows: who entered it, on which day, and where its money stands."""
    pot = _pot(lines[0].book)
    if pot is None:
        raise NotFound()
    story = _story(by, pot)
    return story._replace(ref=lines[0].source_ref, title=lines[0].source_ref)


# -- whose money a reference is about ---------------------------------------------------------------------------------


def _one(asked: Select[M], *where: ColumnElement[bool]) -> M | None:
    return db.session.scalar(asked.where(*where).limit(1))


def _pot(ref: str) -> Pot | None:
    return _one(select(Pot), Pot.ref == ref)


def _by_ref(model: type[M]) -> Callable[[str], M | None]:
    return lambda ref: _one(select(model), model.ref == ref)  # type: ignore[attr-defined]


def _through(model: type[M], *path: Callable[[M], object | None]) -> Callable[[str], object | None]:
    """What a record belongs to: a payment to its award, a charge to its own spend."""

    def find(ref: str) -> object | None:
        found = _by_ref(model)(ref)
        return path[0](found) if found is not None else None

    return find


def _of_decision(ref: str) -> object | None:
    return _one(select(Award), Award.decision == ref) or _one(
        select(Round).join(Panel, Panel.round_id == Round.id).join(Decision, Decision.panel_id == Panel.id), Decision.ref == ref
    )


def _of_panel(ref: str) -> object | None:
    return _one(select(Round).join(Panel, Panel.round_id == Round.id), Panel.ref == ref)


def _of_agreement(ref: str) -> object | None:
    return _one(select(Allocation).order_by(Allocation.id), Allocation.agreement == ref)


def _of_use(ref: str) -> object | None:
    use = _by_ref(BalanceUse)(ref)
    return (use and use.spend and _by_ref(OwnSpend)(use.spend)) or use


FINDERS: Mapping[str, Callable[[str], object | None]] = {
    "AWD": _by_ref(Award),
    "INS": _through(Instalment, lambda one: one.award),
    "PAY": _through(Payment, lambda one: one.award),
    "RPT": _through(Report, lambda one: one.award),
    "DEC": _of_decision,
    "PAN": _of_panel,
    "RND": _by_ref(Round),
    "LOT": _by_ref(Lot),
    "COM": _by_ref(Commitment),
    "REV": _through(CommitmentReview, lambda one: one.commitment),
    "OWN": _by_ref(OwnSpend),
    "CHG": _through(Charge, lambda one: one.spend),
    "USE": _of_use,
    "ALC": _by_ref(Allocation),
    "AGR": _of_agreement,
    "FPY": _through(FunderPayment, lambda one: one.allocation),
    "SHF": _by_ref(Shortfall),
    "CON": _by_ref(Contribution),
    "LIN": _by_ref(PotLine),
    "BCH": _by_ref(BudgetChange),
    "AUT": _by_ref(SpendingAuthority),
}
TELLERS: Mapping[type, Callable[..., told.Told]] = {
    Award: told.award,
    Commitment: told.commitment,
    OwnSpend: told.own_spend,
    Round: told.round_,
    Lot: told.lot,
    BalanceUse: told.balance_use,
    Allocation: told.allocation,
    Shortfall: told.shortfall,
    Contribution: told.contribution,
    PotLine: told.line,
    BudgetChange: told.change,
    SpendingAuthority: told.authority,
    Pot: told.pot,
}
