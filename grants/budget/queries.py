"""What pages ask about budget changes: what is asked, what it would do, what a pot's money is and whose, what waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from grants.awards.models import Award
from grants.budget import policies, rules
from grants.budget.models import BudgetChange, ChangeKind, ChangeState, SpendingAuthority
from grants.budget.rules import STAGES, Facts, Wanted
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import SOURCES, At, Bucket
from grants.ledger.models import Account, Book
from grants.people import delegation
from grants.people.models import Organisation, Person
from grants.people.queries import covered
from grants.rounds.models import Lot, Round
from grants.spending.models import OwnSpend
from grants.streams import promises
from grants.streams.models import (
    BalanceUse,
    Commitment,
    Contribution,
    ContributionStatus,
    Line,
    Pot,
    Spending,
    Stream,
)
from grants.streams.terms import terms_on

# -- one of them ---------------------------------------------------------------------------------------------------------


def _whole() -> Select[BudgetChange]:
    return (
        select(BudgetChange)
        .join(BudgetChange.pot)
        .join(Pot.stream)
        .options(
            contains_eager(BudgetChange.pot).contains_eager(Pot.stream).joinedload(Stream.partnership),
            contains_eager(BudgetChange.pot).joinedload(Pot.book),
            joinedload(BudgetChange.into_pot).joinedload(Pot.stream).joinedload(Stream.partnership),
            joinedload(BudgetChange.into_pot).joinedload(Pot.book),
            joinedload(BudgetChange.asked_by),
            joinedload(BudgetChange.decided_by),
        )
    )


def _read(by: Person) -> ColumnElement[bool]:
    return covered(by, Stream.partnership_id, Stream.ref, duties=policies.READERS)


def change(by: Person, ref: str) -> BudgetChange:
    """A change of a pot whose money this person looks after or audits. NotFound otherwise."""
    found = db.session.scalar(_whole().where(BudgetChange.ref == ref, _read(by)))
    if found is None:
        raise NotFound()
    return found


def pot(by: Person, ref: str) -> Pot:
    """A pot whose money this person looks after or audits, with its book. NotFound otherwise."""
    found = db.session.scalar(_pots().where(Pot.ref == ref, _read(by)))
    if found is None:
        raise NotFound()
    return found


def _pots() -> Select[Pot]:
    return (
        select(Pot)
        .join(Pot.stream)
        .options(contains_eager(Pot.stream).joinedload(Stream.partnership), joinedload(Pot.book))
        .order_by(Pot.year.desc(), Stream.name, Pot.ref)
    )


def askable(by: Person) -> Sequence[Pot]:
    """The pots for which this person may ask for changes, newest year first."""
    duties = frozenset(policies.ASKERS)
    return db.session.scalars(_pots().where(covered(by, Stream.partnership_id, Stream.ref, duties=duties))).all()


# -- lists ---------------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One change as a list shows it."""

    ref: str
    kind: ChangeKind
    pot: str
    into_pot: str | None
    amount: Money
    effective_on: date
    reason: str
    state: ChangeState
    clears: str | None
    asked_by: str
    asked_by_ref: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_for: str | None


_ASKER, _DECIDER, _INTO, _HOLDER = aliased(Person), aliased(Person), aliased(Pot), aliased(Person)


def _list(*where: ColumnElement[bool]) -> Any:
    return (
        select(
            BudgetChange.ref,
            BudgetChange.kind,
            Pot.ref,
            _INTO.ref,
            BudgetChange.amount,
            BudgetChange.effective_on,
            BudgetChange.reason,
            BudgetChange.state,
            BudgetChange.clears,
            _ASKER.name,
            _ASKER.ref,
            BudgetChange.asked_at,
            _DECIDER.name,
            BudgetChange.decided_at,
            _HOLDER.name,
        )
        .join(BudgetChange.pot)
        .join(Pot.stream)
        .join(_ASKER, _ASKER.id == BudgetChange.asked_by_id)
        .outerjoin(_INTO, _INTO.id == BudgetChange.into_pot_id)
        .outerjoin(_DECIDER, _DECIDER.id == BudgetChange.decided_by_id)
        .outerjoin(_HOLDER, _HOLDER.ref == BudgetChange.decided_for)
        .where(*where)
    )


def waiting_rows(by: Person) -> list[Row]:
    """The changes that wait for approval, oldest first. One statement."""
    found = _list(_read(by), BudgetChange.state == ChangeState.ASKED).order_by(BudgetChange.asked_at, BudgetChange.id)
    return [Row._make(row) for row in db.session.execute(found)]


def decided_rows(by: Person, *, most: int = 100) -> list[Row]:
    """The changes that were decided, newest first. One statement."""
    found = _list(_read(by), BudgetChange.state != ChangeState.ASKED)
    return [Row._make(row) for row in db.session.execute(found.order_by(BudgetChange.id.desc()).limit(most))]


def of_pot(by: Person, pot: Pot, *, most: int = 50) -> list[Row]:
    """A pot's changes, in or out of it, newest first. One statement."""
    here = or_(BudgetChange.pot_id == pot.id, BudgetChange.into_pot_id == pot.id)
    return [Row._make(row) for row in db.session.execute(_list(here).order_by(BudgetChange.id.desc()).limit(most))]


# -- whose money a pot is ------------------------------------------------------------------------------------------------


class Holding(NamedTuple):
    """What one owner has at one stage in a pot."""

    owner: str  # '' the pot itself
    title: str
    bucket: Bucket
    amount: Money


def holdings_of(pot: Pot, buckets: Collection[Bucket] | None = None) -> list[Holding]:
    """Everything that stands in a pot's book at these stages (all uses), by stage and owner. Two statements."""
    wanted = set(Bucket) - SOURCES if buckets is None else set(buckets)
    found = ledger.by_owner([pot.ref], buckets=wanted)
    named = titles({at.owner for at in found})
    order = list(Bucket)
    rows = [Holding(at.owner, named.get(at.owner, at.owner), at.bucket, amount) for at, amount in found.items()]
    return sorted(rows, key=lambda row: (order.index(row.bucket), row.owner != "", row.title, row.owner))


def titles(owners: Collection[str]) -> dict[str, str]:
    """What the owners of money in the books are called: awards, rounds, lines, commitments, own spend. One statement."""
    refs = {ref for ref in owners if ref}
    bare = {ref.partition(":")[2] for ref in refs if ":" in ref}
    if not refs:
        return {}
    kinds = (
        select(Award.ref, Award.title).where(Award.ref.in_(refs)),
        select(Round.ref, Round.title).where(Round.ref.in_(refs)),
        select(Lot.ref, Lot.name).where(Lot.ref.in_(refs)),
        select(Line.ref, Line.name).where(Line.ref.in_(refs)),
        select(Commitment.ref, Commitment.recipient).where(Commitment.ref.in_(refs)),
        select(OwnSpend.ref, OwnSpend.title).where(OwnSpend.ref.in_(refs)),
        select(BalanceUse.ref, func.coalesce(BalanceUse.agreed, BalanceUse.proposed)).where(BalanceUse.ref.in_(refs)),
        select(literal("funder:") + Organisation.ref, Organisation.name).where(Organisation.ref.in_(bare)),
        select(literal("partner:") + Organisation.ref, Organisation.name).where(Organisation.ref.in_(bare)),
    )
    return {row[0]: row[1] for row in db.session.execute(union_all(*kinds))}


class Pledge(NamedTuple):
    """A partner's contribution that is not in the books yet."""

    ref: str
    partner: str
    description: str
    amount: Money


def pledges(pot: Pot) -> list[Pledge]:
    """What partners pledged to a pot, with an amount, oldest first. One statement."""
    rows = db.session.execute(
        select(Contribution.ref, Organisation.name, Contribution.description, Contribution.amount)
        .outerjoin(Contribution.organisation)
        .where(
            Contribution.pot_id == pot.id,
            Contribution.status == ContributionStatus.PLEDGED,
            Contribution.amount.is_not(None),
        )
        .order_by(Contribution.id)
    )
    return [Pledge(ref, name or _("not stated who"), text, amount or Money(0)) for ref, name, text, amount in rows]


def contribution(ref: str) -> Contribution | None:
    """A contribution by its reference."""
    return db.session.scalar(select(Contribution).where(Contribution.ref == ref))


# -- what it would do ----------------------------------------------------------------------------------------------------


class EffectRow(NamedTuple):
    """One account before and after a change. Sources (allocated, contributed, …) are shown as what came in."""

    pot: str
    stage: str
    owner: str
    before: Money
    after: Money


def effect(want: Wanted) -> list[EffectRow]:
    """What a change does to every account it touches, in the order of the books. Two statements."""
    change: dict[At, int] = {}
    for move in rules.moves(want):
        change[move.out_of] = change.get(move.out_of, 0) - move.pence
        change[move.into] = change.get(move.into, 0) + move.pence
    now = ledger.by_owner({at.book for at in change}, owners={at.owner for at in change})
    named = titles({at.owner for at in change})
    rows = []
    for at in sorted(change, key=lambda at: (at.book != want.pot.ref, at.book, list(Bucket).index(at.bucket), at.owner)):
        sign = -1 if at.bucket in SOURCES else 1
        before = now.get(at, Money(0)).pence
        rows.append(
            EffectRow(
                at.book,
                _(STAGES[at.bucket]),
                named.get(at.owner, at.owner),
                Money(sign * before),
                Money(sign * (before + change[at])),
            )
        )
    return rows


def facts(want: Wanted) -> Facts:
    """What is so now, for `rules.unfit`. Inside a command it holds the pots as they are."""
    pot, into = want.pot, want.into_pot
    free_leaves = want.bucket is Bucket.FREE and want.kind in (
        ChangeKind.VIREMENT,
        ChangeKind.CARRY_FORWARD,
        ChangeKind.REPAYMENT,
    )
    leaving = want.kind in (ChangeKind.CARRY_FORWARD, ChangeKind.REPAYMENT)
    return Facts(
        there=ledger.balance(At(pot.ref, want.owner, want.bucket)),
        lines=_lines(pot),
        into_lines=_lines(into) if into is not None else frozenset(),
        spending=_spending(pot, want.effective_on),
        into_spending=_spending(into, want.effective_on) if into is not None else Spending.NOT_STATED,
        barred=tuple(promises.barred(pot, leaving=leaving)) if free_leaves else (),
        body_known=want.body is None or _exists(want.body),
        resolution_needed=delegation.needs_resolution(rules.DELEGATED[want.kind], want.amount, pot.stream.partnership),
        clears=_cleared(want.clears),
    )


def _lines(pot: Pot) -> frozenset[str]:
    return frozenset(db.session.scalars(select(Line.ref).where(Line.pot_id == pot.id)))


def _spending(pot: Pot, on: date) -> Spending:
    terms = terms_on(pot, on=on)
    return terms.spending if terms else Spending.NOT_STATED


def _exists(organisation: str) -> bool:
    return db.session.scalar(select(Organisation.id).where(Organisation.ref == organisation)) is not None


def _cleared(authority: str | None) -> str | None:
    if not authority:
        return None
    return db.session.scalar(
        select(Pot.ref).join(SpendingAuthority, SpendingAuthority.pot_id == Pot.id).where(SpendingAuthority.ref == authority)
    )


def problems(want: Wanted) -> list[str]:
    """Everything that stands in the way of a change now."""
    if want.kind in rules.TWO_POTS and want.into_pot is None:
        return [_("Choose the pot the money goes to.")]
    return list(dict.fromkeys(rules.unfit(want, facts(want))))


def asked_already(contribution: str) -> str | None:
    """The change that already asks to enter a contribution, if one waits."""
    return db.session.scalar(
        select(BudgetChange.ref).where(
            BudgetChange.kind == ChangeKind.CONTRIBUTION,
            BudgetChange.owner == contribution,
            BudgetChange.state == ChangeState.ASKED,
        )
    )


def protected_until(book: str, owner: str) -> date | None:
    """Until when the books protect what is set aside for a commitment."""
    return db.session.scalar(
        select(Account.protected_until)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == book, Account.owner == owner, Account.bucket == Bucket.PASSPORTED)
    )


def parties(change: BudgetChange) -> set[int]:
    """The organisations whose money a change moves: an award's group, a commitment's recipient, a payee. One statement."""
    if not change.owner:
        return set()
    kinds = (
        select(Award.organisation_id).where(Award.ref == change.owner),
        select(Commitment.organisation_id).where(Commitment.ref == change.owner),
        select(OwnSpend.organisation_id).where(OwnSpend.ref == change.owner),
    )
    ids: set[int | None] = set(db.session.scalars(union_all(*kinds)))
    return {one for one in ids if one is not None}


# -- what waits ----------------------------------------------------------------------------------------------------------


def waiting(by: Person) -> list[Waiting]:
    """The changes this person can approve, oldest first: within their delegation, and not asked by them. Three statements."""
    if not any(held.duty in delegation.MAY_BE_GIVEN for held in by.holdings):
        return []
    asked = db.session.scalars(_whole().where(_read(by), BudgetChange.state == ChangeState.ASKED)).all()
    tables = delegation.tables({one.pot.stream.partnership_id for one in asked}) if asked else {}
    found: list[Waiting] = []
    for one in asked:
        steps = tables[one.pot.stream.partnership_id]
        if next(policies.approve(by, one, steps), None) is None:
            what = _("Approve: %(kind)s of %(amount)s, %(pot)s", kind=one.kind.value, amount=str(one.amount), pot=one.pot.ref)
            found.append(Waiting(one.asked_at, what, one.ref, "changes.show", {"ref": one.ref}))
    return sorted(found, key=lambda one: one.since)


def may_read(by: Person) -> bool:
    """Does this person look after or audit anybody's money?"""
    return any(held.duty in policies.READERS for held in by.holdings)


def next_pot(pot: Pot) -> Pot | None:
    """The pot of the same stream in the next year."""
    return db.session.scalar(_pots().where(Pot.stream_id == pot.stream_id, Pot.year == pot.year + 1))
