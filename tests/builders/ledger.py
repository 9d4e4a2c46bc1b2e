"""Books with money in them."""

from __future__ import annotations

from datetime import date

from grants.kernel.money import Money
from grants.ledger import commands, queries
from grants.ledger.chart import AWARD, At, Bucket, Move
from grants.ledger.models import Book

DAY = date(2026, 5, 1)
POT = "VCS-2026"


def at(bucket: Bucket, owner: str | None = None, *, book: str = POT) -> At:
    """An account of a book, with the owner that such an account usually has."""
    usual = {Bucket.FREE: "", Bucket.RESERVED: "RND-26-00001", Bucket.PASSPORTED: "COM-1"}
    whose = "AWD-26-00001" if bucket in AWARD else usual.get(bucket, "funder:home-office")
    return At(book, whose if owner is None else owner, bucket)


def a_move(kind: str, out_of: Bucket, into: Bucket, pence: int, *, book: str = POT, owner: str | None = None) -> Move:
    """One move between the usual owners of two buckets; `owner` names the award, round or commitment instead."""

    def place(bucket: Bucket) -> At:
        own = None if bucket in (Bucket.FREE, Bucket.FUNDER, Bucket.PARTNER, Bucket.RETURNED) else owner
        return at(bucket, own, book=book)

    return Move(kind, place(out_of), place(into), pence)


def a_book(code: str = POT, *, funded: str = "1000", on: date = DAY) -> Book:
    """A book; unless `funded` is '0', with that many pounds free."""
    commands.open_book(code, by="test")
    if pence := Money.pounds(funded).pence:
        move = a_move("allocate", Bucket.FUNDER, Bucket.FREE, pence, book=code)
        commands.post(move, key=f"allocate:{code}", on=on, by="test", source=code)
    return queries.book(code)


def an_offer(pounds: str, *, award: str = "AWD-26-00001", book: str = POT, on: date = DAY) -> None:
    """An award offered straight from what is free."""
    pence = Money.pounds(pounds).pence
    move = a_move("offer", Bucket.FREE, Bucket.OFFERED, pence, book=book, owner=award)
    commands.post(move, key=f"offer:{award}", on=on, by="test", source=award)


def a_life(pounds: str, *, award: str = "AWD-26-00001", book: str = POT, on: date = DAY, steps: int = 5) -> None:
    """An award taken from free as far as accounted for, or fewer steps of that, in one batch."""
    way = (
        ("offer", Bucket.FREE, Bucket.OFFERED),
        ("accept", Bucket.OFFERED, Bucket.COMMITTED),
        ("approve", Bucket.COMMITTED, Bucket.DUE),
        ("pay", Bucket.DUE, Bucket.PAID),
        ("evidence", Bucket.PAID, Bucket.EVIDENCED),
    )
    pence = Money.pounds(pounds).pence
    moves = [a_move(kind, a, b, pence, book=book, owner=award) for kind, a, b in way[:steps]]
    commands.post(*moves, key=f"life:{award}:{steps}", on=on, by="test", source=award)
