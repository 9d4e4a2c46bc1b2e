"""Budget changes and authorities for tests: `a_virement(pot, into, "500")` waits, `approved(it)` has moved."""

from __future__ import annotations

from datetime import date
from itertools import count, pairwise
from typing import Any

from grants.budget import authorities, commands, rules
from grants.budget.models import AuthorityKind, BudgetChange, ChangeKind, SpendingAuthority
from grants.kernel import clock
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.people.models import Duty, Person
from grants.streams.models import Pot
from tests.builders.people import a_person

PAPER = {"reason": "Fewer bids than planned", "document": "Email of the board’s chair, 3 May (fictional)"}
_numbers = count(1)
BETWEEN = {
    (Bucket.FREE, Bucket.OFFERED): "offer",
    (Bucket.OFFERED, Bucket.COMMITTED): "accept",
    (Bucket.COMMITTED, Bucket.DUE): "approve",
    (Bucket.DUE, Bucket.PAID): "pay",
    (Bucket.FREE, Bucket.RESERVED): "reserve",
    (Bucket.PAID, Bucket.RECOVERABLE): "demand",
}


def staff(pot: Pot, *duties: Duty) -> Person:
    """Somebody with these duties in the pot's partnership."""
    return a_person(*duties, partnership=pot.stream.partnership)


def the_chief(pot: Pot) -> Person:
    """The chief finance officer of the pot's partnership."""
    return staff(pot, Duty.CHIEF_FINANCE_OFFICER)


def a_change(pot: Pot, kind: ChangeKind, amount: str | None = "500", *, by: Person | None = None, **facts: Any) -> BudgetChange:
    """Asked for by a finance officer, today."""
    given = {"effective_on": max(clock.today(), pot.starts_on)} | PAPER | facts
    pounds = None if amount is None else Money.pounds(amount)
    return commands.ask(pot, kind=kind, amount=pounds, by=by or staff(pot, Duty.FINANCE_OFFICER), **given)


def a_virement(pot: Pot, into: Pot, amount: str = "500", **facts: Any) -> BudgetChange:
    """Asked for, from one pot to another."""
    return a_change(pot, ChangeKind.VIREMENT, amount, into_pot=into, **facts)


def approved(change: BudgetChange, *, by: Person | None = None) -> BudgetChange:
    """By the chief finance officer."""
    return commands.approve(change, digest=rules.digest(change), by=by or the_chief(change.pot))


def asked_authority(pot: Pot, limit: str = "2000", *, by: Person | None = None, **facts: Any) -> SpendingAuthority:
    """Over-programming asked for, until the end of the pot's year."""
    given: dict[str, Any] = {"kind": AuthorityKind.OVER_PROGRAMMING, "until": pot.ends_on, "underwriter": "General reserve"}
    given |= PAPER | facts
    return authorities.ask_authority(pot, limit=Money.pounds(limit), by=by or staff(pot, Duty.FINANCE_OFFICER), **given)


def an_authority(pot: Pot, limit: str = "2000", *, by: Person | None = None, **facts: Any) -> SpendingAuthority:
    """Asked for and approved by the chief finance officer."""
    asked = asked_authority(pot, limit, **facts)
    return authorities.approve_authority(asked, digest=rules.digest_of_authority(asked), by=by or the_chief(pot))


def moved(pot: Pot, owner: str, amount: str, *way: Bucket, on: date | None = None) -> None:
    """Free money of a pot moved to an owner along a way of buckets, straight in the books."""
    pence, steps = Money.pounds(amount).pence, [Bucket.FREE, *way]
    places = [At(pot.ref, "" if bucket is Bucket.FREE else owner, bucket) for bucket in steps]
    moves = [Move(BETWEEN[a.bucket, b.bucket], a, b, pence) for a, b in pairwise(places)]
    ledger.post(*moves, key=f"test:{next(_numbers)}", on=on or clock.today(), by="test", source=owner)


def paid(pot: Pot, owner: str, amount: str) -> None:
    """Paid to an owner."""
    moved(pot, owner, amount, Bucket.OFFERED, Bucket.COMMITTED, Bucket.DUE, Bucket.PAID)
