"""Taking money out of what an owner holds, wherever its pots are: one award may hold money of a pool, or of several years."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.money import Money, apportion
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.streams.models import Pot


def draw(
    kind: str,
    owner: str,
    bucket: Bucket,
    into: tuple[str, Bucket],
    amount: Money,
    *,
    pot: str,
    pots: Collection[str] | None = None,
) -> list[Move]:
    """The moves that take an amount out of an owner's bucket: the oldest year first, a pool's pots by what each holds.

    `into`: the owner and bucket it goes to, in the same book as it left. `pots` limits which pots may be drawn on; free money
    (owner '') always needs it. Where they hold too little, the rest is asked of `pot`, whose book says what is left.
    """
    drawn = _shared_out(amount, _held(owner, bucket, pots))
    missing = amount.pence - sum(drawn.values())
    if missing:
        drawn[pot] = drawn.get(pot, 0) + missing
    return [Move(kind, At(book, owner, bucket), At(book, *into), pence) for book, pence in sorted(drawn.items()) if pence]


def _held(owner: str, bucket: Bucket, pots: Collection[str] | None) -> list[tuple[int, str, Money]]:
    """(year, pot, what is there) of every pot where the owner has anything in the bucket, oldest first. Two statements."""
    assert owner or pots is not None, "free money belongs to every pot: say which"
    if pots is None:
        found = {book: amount for (book, there), amount in ledger.owned(owner).items() if there is bucket}
    else:
        held = ledger.by_owner(pots, owners=[owner], buckets=[bucket])
        found = {at.book: amount for at, amount in held.items()}
    years = db.session.execute(select(Pot.year, Pot.ref).where(Pot.ref.in_(found)).order_by(Pot.year, Pot.ref))
    return [(year, ref, found[ref]) for year, ref in years if found[ref] > Money(0)]


def _shared_out(amount: Money, held: list[tuple[int, str, Money]]) -> dict[str, int]:
    """How many pence each pot gives. Never more than it has."""
    drawn: dict[str, int] = {}
    wanted = amount.pence
    for _year, rows in groupby(held, key=lambda row: row[0]):
        here = list(rows)
        there = sum(has.pence for _y, _pot, has in here)
        take = min(wanted, there)
        parts = apportion(Money(take), [has.pence for _y, _pot, has in here]) if take else []
        for (_y, ref, _has), part in zip(here, parts, strict=False):
            drawn[ref] = part.pence
        wanted -= take
    return drawn
