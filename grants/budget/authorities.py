"""Authorities to promise more than a pot holds: asked for, approved by a second person, ended, and put right as money returns.

The ledger keeps one floor a pot: the limits of the authorities in force added up, until the earliest of their dates. Where
more is used than those in force allow (one of them expired), nothing further can be promised until the pot is back within
them; what is used stays on the exceptions list until a named transfer clears it. `due` says all that to the ledger again every
night.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from grants.audit.record import SYSTEM, declare, record
from grants.budget import policies, rules
from grants.budget.models import AuthorityKind, BudgetChange, ChangeState, SpendingAuthority
from grants.budget.rules import Expected
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken, Stale
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.waiting import Waiting
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.ledger.models import Account, Book
from grants.people import commands as people
from grants.people import delegation
from grants.people.models import Person
from grants.people.queries import covered
from grants.streams import allocations
from grants.streams.models import Allocation, Certainty, Pot, Stream

declare(
    {
        "authority.asked": mark(
            "Asked that %(pot)s may promise %(allowed)s more than it holds (%(kind)s) until %(until)s: %(reason)s"
        ),
        "authority.approved": mark("Approved: %(pot)s may promise %(allowed)s more than it holds until %(until)s"),
        "authority.approved_as_deputy": mark(
            "Approved as deputy for %(deputy_for)s: %(pot)s may promise %(allowed)s more than it holds until %(until)s"
        ),
        "authority.refused": mark("Refused the authority: %(because)s"),
        "authority.withdrawn": mark("Withdrew what was asked for"),
        "authority.ended": mark("Ended the authority: %(because)s"),
    }
)


# -- asking, approving, ending -------------------------------------------------------------------------------------------


@command
def ask_authority(
    pot: Pot,
    *,
    kind: AuthorityKind,
    limit: Money | None = None,
    basis_points: int | None = None,
    until: date,
    underwriter: str,
    reason: str,
    document: str,
    resolution: str | None = None,
    allocation: Allocation | None = None,
    by: Person,
) -> SpendingAuthority:
    """Ask that a pot may promise more than it holds, up to a limit and a day. `basis_points` are of its confirmed allocation.

    At risk: against an `allocation` that is expected or indicative, and up to its amount. Nothing changes until somebody
    else approves.
    """
    require(policies.ask_authority, by, pot)
    allowed = rules.allowed(limit, basis_points, pot.allocation)
    found = list(
        rules.unauthorisable(
            pot,
            kind,
            allowed,
            until=until,
            underwriter=underwriter,
            reason=reason,
            document=document,
            resolution=resolution,
            resolution_needed=_needs_resolution(pot, kind, allowed),
            against=expected(allocation),
        )
    )
    if found:
        raise RuleBroken(*found)
    assert allowed is not None
    asked = SpendingAuthority(
        ref=next_reference("AUT"),
        pot=pot,
        kind=kind,
        allocation=allocation,
        allowed=allowed,
        basis_points=basis_points if limit is None else None,
        until=until,
        underwriter=underwriter.strip(),
        reason=reason.strip(),
        document=document.strip(),
        resolution=(resolution or "").strip() or None,
        asked_by=by,
        asked_at=clock.now(),
    )
    db.session.add(asked)
    record("authority.asked", asked, by=by, pot=pot.ref, allowed=allowed, kind=kind, until=until, reason=asked.reason)
    return asked


@command
def approve_authority(authority: SpendingAuthority, *, digest: str, by: Person) -> SpendingAuthority:
    """A second person's yes to exactly these figures (`rules.digest_of_authority`): the pot's floor is lowered by them."""
    pot = authority.pot
    _undecided(authority)
    steps = delegation.table(pot.stream.partnership)
    require(policies.approve_authority, by, authority, steps)
    found = [
        *rules.changed(digest, rules.digest_of_authority(authority)),
        *rules.unauthorisable(
            pot,
            authority.kind,
            authority.allowed,
            until=authority.until,
            underwriter=authority.underwriter,
            reason=authority.reason,
            document=authority.document,
            resolution=authority.resolution,
            resolution_needed=delegation.resolution_needed(rules.AUTHORISED[authority.kind], authority.allowed, steps),
            against=expected(authority.allocation, but=authority),
        ),
    ]
    if found:
        raise RuleBroken(*found)
    authority.approved_by, authority.approved_at = by, clock.now()
    what = rules.AUTHORISED[authority.kind]
    away = delegation.acts_for(by, what, authority.allowed, pot.stream.partnership, pot.stream.ref)
    authority.approved_for = away.ref if away else None
    people.give_approval(
        what=what.value, subject=authority.ref, digest=digest, pence=authority.allowed, asked_by=authority.asked_by, by=by
    )
    code = "authority.approved_as_deputy" if away else "authority.approved"
    deputy: dict[str, Any] = {"deputy_for": away.name} if away else {}
    record(code, authority, by=by, pot=pot.ref, allowed=authority.allowed, until=authority.until, **deputy)
    db.session.flush()
    settle(pot.ref, by=by)
    return authority


@command
def refuse_authority(authority: SpendingAuthority, *, because: str, by: Person) -> SpendingAuthority:
    """Say no to an authority that was asked for."""
    require(policies.refuse_authority, by, authority)
    _undecided(authority)
    if found := list(rules.refused(because)):
        raise RuleBroken(*found, field="because")
    authority.refused_because = because.strip()
    record("authority.refused", authority, by=by, because=authority.refused_because)
    return authority


@command
def end_authority(authority: SpendingAuthority, *, because: str, by: Person) -> SpendingAuthority:
    """End an authority today. What is used already stays promised, and on the exceptions list, until money clears it."""
    require(policies.end_authority, by, authority)
    if authority.ended_on or authority.refused_because:
        raise RuleBroken(_("This authority is %(state)s already.", state=_(state_of(authority))))
    if found := list(rules.refused(because)):
        raise RuleBroken(*found, field="because")
    _end(authority, because.strip(), by)
    return authority


def _end(authority: SpendingAuthority, because: str, by: Person) -> None:
    authority.ended_on, authority.ended_because = clock.today(), because
    if authority.approved_at is None:
        record("authority.withdrawn", authority, by=by)
        return
    record("authority.ended", authority, by=by, because=because)
    db.session.flush()
    settle(authority.pot.ref, by=by)


@command
def confirm_allocation(
    allocation: Allocation,
    *,
    certainty: Certainty,
    amount: Money,
    effective_on: date,
    document: str | None,
    by: Person,
    note: str | None = None,
    edition: int | None = None,
) -> Allocation:
    """An allocation's next step (`streams.allocations.advance`), and the end of any authority to spend at risk against it.

    Confirmed, the money is there; withdrawn, it will not come. Either way nothing is at risk against it any longer.
    """
    if edition is not None and edition != allocation.edition:
        raise Stale()
    standing = _against(allocation)
    advanced = allocations.advance(
        allocation, certainty=certainty, amount=amount, effective_on=effective_on, document=document, by=by, note=note
    )
    if certainty not in allocations.AHEAD:
        for authority in standing:
            _end(authority, _("%(ref)s is now %(what)s", ref=allocation.ref, what=_(certainty.value)), by)
        db.session.flush()
        settle(allocation.pot.ref, by=by)
    return advanced


def _against(allocation: Allocation) -> Sequence[SpendingAuthority]:
    """The authorities against an allocation that were neither refused nor ended, locked."""
    return db.session.scalars(
        select(SpendingAuthority)
        .where(
            SpendingAuthority.allocation_id == allocation.id,
            SpendingAuthority.ended_on.is_(None),
            SpendingAuthority.refused_because.is_(None),
        )
        .order_by(SpendingAuthority.ref)
        .with_for_update(of=SpendingAuthority)
    ).all()


def _undecided(authority: SpendingAuthority) -> None:
    if authority.approved_at is not None:
        db.session.expire(authority, ["approved_by"])  # while we waited for the row, only its own columns were read again
        assert authority.approved_by is not None
        raise RuleBroken(_("%(name)s approved this already. Nothing more is to be decided.", name=authority.approved_by.name))
    if authority.refused_because or authority.ended_on:
        raise RuleBroken(_("This authority is %(state)s already.", state=_(state_of(authority))))


def _needs_resolution(pot: Pot, kind: AuthorityKind, allowed: Money | None) -> bool:
    if allowed is None:
        return False
    return delegation.needs_resolution(rules.AUTHORISED[kind], allowed, pot.stream.partnership)


def expected(allocation: Allocation | None, *, but: SpendingAuthority | None = None) -> Expected | None:
    """What an at-risk authority would be against."""
    if allocation is None:
        return None
    last = allocation.steps[-1]
    others = [one for one in _against(allocation) if but is None or one.id != but.id]
    return Expected(allocation.pot.ref, last.certainty in allocations.AHEAD, last.amount, total(one.allowed for one in others))


# -- what the ledger is told ---------------------------------------------------------------------------------------------


class Floor(NamedTuple):
    """How far a pot may go below nought (pence, never above nought) and until when. None: no further at all."""

    pence: int
    until: date | None


def standing(today: date, in_force: Sequence[SpendingAuthority], balance: Money) -> Floor:
    """What the ledger's floor has to be: those in force together, until the earliest of their days.

    Where more is used than they allow, no further use at all: a floor cannot stand above the balance, nor below the limit.
    """
    now = [one for one in in_force if one.until >= today]
    limit = total(one.allowed for one in now)
    if now and balance >= -limit:
        return Floor(-limit.pence, min(one.until for one in now))
    return Floor(min(0, balance.pence), None)


@command
def settle(pot: str, *, by: Person | str) -> None:
    """Tell the ledger what a pot's authorities allow now, if it was told anything else. Repeating it does nothing."""
    account = db.session.execute(
        select(Account.credits - Account.debits, Account.floor, Account.floor_until, Account.authority_id)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == pot, Account.owner == "", Account.bucket == Bucket.FREE)
        .with_for_update(of=Account)
    ).first()
    balance, floor, until, authority = account or (0, 0, None, None)
    in_force = _approved(pot)
    wants = standing(clock.today(), in_force, Money(balance))
    if (floor or 0, until) == (wants.pence, wants.until) or (wants == Floor(0, None) and authority is None):
        return
    now = [one for one in in_force if wants.until is not None and one.until >= clock.today()]
    ledger.authorise(
        pot,
        "",
        limit=Money(-wants.pence) if wants.until else Money(0),
        until=wants.until,
        underwriter="; ".join(dict.fromkeys(one.underwriter for one in now)) or _("nobody"),
        reason=", ".join(one.ref for one in now) or _("no authority is in force"),
        approved_by=", ".join(dict.fromkeys(one.approved_by.ref for one in now if one.approved_by)) or SYSTEM,
        by=by,
    )


def _approved(pot: str) -> Sequence[SpendingAuthority]:
    """The approved authorities of a pot that were not ended, expired ones too."""
    return db.session.scalars(
        select(SpendingAuthority)
        .join(SpendingAuthority.pot)
        .where(Pot.ref == pot, SpendingAuthority.approved_at.is_not(None), SpendingAuthority.ended_on.is_(None))
        .order_by(SpendingAuthority.id)
        .options(joinedload(SpendingAuthority.approved_by))
    ).all()


def due(today: date) -> int:
    """The night's duty: every pot that has, or had, an authority is settled for the day. Answers how many it looked at."""
    pots = db.session.scalars(
        select(Book.code)
        .join(Account, Account.book_id == Book.id)
        .where(Account.owner == "", Account.bucket == Bucket.FREE, Account.authority_id.is_not(None))
        .order_by(Book.code)
    ).all()
    assert today == clock.today(), "the night's duties are done for today"
    for pot in pots:
        settle(pot, by=SYSTEM)
    return len(pots)


# -- questions -----------------------------------------------------------------------------------------------------------


def state_of(authority: SpendingAuthority) -> str:
    """'waiting for approval', 'in force', 'expired', 'ended', 'withdrawn' or 'refused': marked, not yet translated."""
    if authority.refused_because:
        return mark("refused")
    if authority.ended_on:
        return mark("ended") if authority.approved_at else mark("withdrawn")
    if authority.approved_at is None:
        return mark("waiting for approval")
    return mark("in force") if authority.until >= clock.today() else mark("expired")


def _whole() -> Select[SpendingAuthority]:
    return (
        select(SpendingAuthority)
        .join(SpendingAuthority.pot)
        .join(Pot.stream)
        .options(
            contains_eager(SpendingAuthority.pot).contains_eager(Pot.stream).joinedload(Stream.partnership),
            joinedload(SpendingAuthority.allocation),
            joinedload(SpendingAuthority.asked_by),
            joinedload(SpendingAuthority.approved_by),
        )
    )


def _read(by: Person) -> ColumnElement[bool]:
    return covered(by, Stream.partnership_id, Stream.ref, duties=policies.READERS)


def authority(by: Person, ref: str) -> SpendingAuthority:
    """An authority over a pot whose money this person looks after or audits. NotFound otherwise."""
    found = db.session.scalar(_whole().where(SpendingAuthority.ref == ref, _read(by)))
    if found is None:
        raise NotFound()
    return found


def listed(by: Person, *, most: int = 200) -> Sequence[SpendingAuthority]:
    """Every authority, newest first. One statement."""
    return db.session.scalars(_whole().where(_read(by)).order_by(SpendingAuthority.id.desc()).limit(most)).all()


def of_pot(pot: Pot) -> Sequence[SpendingAuthority]:
    """A pot's authorities, newest first. One statement."""
    return db.session.scalars(_whole().where(SpendingAuthority.pot_id == pot.id).order_by(SpendingAuthority.id.desc())).all()


class Ahead(NamedTuple):
    """An allocation that is expected or indicative, as a form names it."""

    ref: str
    certainty: Certainty
    amount: Money


def ahead(pot: Pot) -> list[Ahead]:
    """What a pot expects and nobody has confirmed. One statement."""
    return [Ahead(row.ref, row.certainty, row.amount) for row in allocations.of_pot(pot) if row.certainty in allocations.AHEAD]


class Named(NamedTuple):
    """An authority on the exceptions list."""

    ref: str
    kind: AuthorityKind
    allowed: Money
    until: date
    underwriter: str
    state: str


class OverPromised(NamedTuple):
    """A pot that has promised more than it holds: by how much, under what, and what was asked for to clear it."""

    pot: str
    stream: str
    year: int
    used: Money  # how far free is below nought: what must be found
    at_risk: Money  # of it, against money that is expected
    over: Money  # the rest
    clear_by: date
    expired: bool  # nothing in force covers all of it
    authorities: Sequence[Named]
    clearing: Sequence[tuple[str, Money]]  # changes that wait and name one of them


def exceptions(by: Person, year: int | None = None) -> list[OverPromised]:
    """Pots below nought within a person's duties (of one year), those no authority covers first. Three statements at most."""
    return _exceptions(covered(by, Stream.partnership_id, Stream.ref), *([] if year is None else [Pot.year == year]))


def _exceptions(*where: ColumnElement[bool]) -> list[OverPromised]:
    rows = db.session.execute(
        select(Pot.id, Pot.ref, Pot.year, Pot.ends_on, Stream.name, Account.debits - Account.credits)
        .join(Pot.stream)
        .join(Account, Account.book_id == Pot.book_id)
        .where(Account.owner == "", Account.bucket == Bucket.FREE, Account.credits < Account.debits, *where)
    ).all()
    if not rows:
        return []
    named = _standing_over([row.id for row in rows])
    clearing = _clearing([one.ref for each in named.values() for one in each])
    today = clock.today()
    found = []
    for pot_id, ref, year, ends_on, stream, pence in rows:
        theirs, used = named.get(pot_id, []), Money(int(pence))
        risked = min(used, total(one.allowed for one in theirs if one.kind is AuthorityKind.AT_RISK))
        covers = total(one.allowed for one in theirs if one.until >= today)
        waits = [row for one in theirs for row in clearing.get(one.ref, [])]
        found.append(
            OverPromised(ref, stream, year, used, risked, used - risked, ends_on, covers < used, theirs, waits),
        )
    return sorted(found, key=lambda one: (not one.expired, one.clear_by, one.stream, one.pot))


def _standing_over(pots: Collection[int]) -> Mapping[int, list[Named]]:
    rows = db.session.scalars(
        select(SpendingAuthority)
        .where(
            SpendingAuthority.pot_id.in_(pots),
            SpendingAuthority.approved_at.is_not(None),
            SpendingAuthority.ended_on.is_(None),
        )
        .order_by(SpendingAuthority.until, SpendingAuthority.id)
    )
    found: dict[int, list[Named]] = {}
    for one in rows:
        named = Named(one.ref, one.kind, one.allowed, one.until, one.underwriter, state_of(one))
        found.setdefault(one.pot_id, []).append(named)
    return found


def _clearing(refs: Collection[str]) -> Mapping[str, list[tuple[str, Money]]]:
    rows = db.session.execute(
        select(BudgetChange.clears, BudgetChange.ref, BudgetChange.amount)
        .where(BudgetChange.clears.in_(refs), BudgetChange.state == ChangeState.ASKED)
        .order_by(BudgetChange.id)
    )
    found: dict[str, list[tuple[str, Money]]] = {}
    for clears, ref, amount in rows:
        found.setdefault(clears or "", []).append((ref, amount))
    return found


def at_risk(pots: Collection[str]) -> dict[str, Money]:
    """How much of each pot is spent against money that is not confirmed: shown apart until it is. Pots with none are left out.

    What is used counts as at risk first, up to what the authorities against expected money allow. One statement.
    """
    rows = db.session.execute(
        select(Pot.ref, Account.debits - Account.credits, func.sum(SpendingAuthority.allowed))
        .join(Account, Account.book_id == Pot.book_id)
        .join(SpendingAuthority, SpendingAuthority.pot_id == Pot.id)
        .where(
            Pot.ref.in_(pots),
            Account.owner == "",
            Account.bucket == Bucket.FREE,
            Account.credits < Account.debits,
            SpendingAuthority.kind == AuthorityKind.AT_RISK,
            SpendingAuthority.approved_at.is_not(None),
            SpendingAuthority.ended_on.is_(None),
        )
        .group_by(Pot.ref, Account.debits, Account.credits)
    )
    return {ref: min(Money(int(used)), _pounds(allowed)) for ref, used, allowed in rows}


def _pounds(summed: Money | int) -> Money:
    return summed if isinstance(summed, Money) else Money(int(summed))


class Clearable(NamedTuple):
    """An authority that a change may be said to clear."""

    ref: str
    pot: str
    used: Money


def clearable(by: Person) -> list[Clearable]:
    """The authorities behind pots that are over-promised, for a form. Three statements."""
    return [Clearable(one.ref, row.pot, row.used) for row in exceptions(by) for one in row.authorities]


def waiting(by: Person) -> list[Waiting]:
    """The authorities this person can approve, oldest first. Two statements."""
    if not any(held.duty in delegation.MAY_BE_GIVEN for held in by.holdings):
        return []
    asked = db.session.scalars(
        _whole().where(
            _read(by),
            SpendingAuthority.approved_at.is_(None),
            SpendingAuthority.refused_because.is_(None),
            SpendingAuthority.ended_on.is_(None),
        )
    ).all()
    tables = delegation.tables({one.pot.stream.partnership_id for one in asked}) if asked else {}
    found = []
    for one in asked:
        if next(policies.approve_authority(by, one, tables[one.pot.stream.partnership_id]), None) is None:
            what = _("Approve: %(pot)s may promise %(amount)s more than it holds", pot=one.pot.ref, amount=str(one.allowed))
            found.append(Waiting(one.asked_at, what, one.ref, "authorities.show", {"ref": one.ref}))
    return sorted(found, key=lambda one: one.since)
