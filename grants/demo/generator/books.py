"""One pot's money in bulk: moves are written in the order they were recorded, and the book is closed month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, text

from grants.audit.record import Said
from grants.demo.generator.scale import NOW, TODAY, at
from grants.kernel import clock
from grants.kernel.bulk import Press
from grants.kernel.db import db
from grants.ledger.chart import KINDS, SOURCES, Bucket
from grants.ledger.models import Account, Book, Close, Snapshot, Transfer

CLOSES = 15  # month ends after which a book is closed, from the first of its year: late reports come in until then
AFTER = timedelta(days=9)  # a month is closed this many days after it has ended

_TOTALS = text(
    """UPDATE ledger_account SET
    debits = (SELECT coalesce(sum(t.pence), 0) FROM ledger_transfer t WHERE t.from_id = ledger_account.id),
    credits = (SELECT coalesce(sum(t.pence), 0) FROM ledger_transfer t WHERE t.to_id = ledger_account.id)
    WHERE book_id = :book"""
)


class Kept(NamedTuple):
    """One move, until it is written."""

    recorded_at: datetime
    on: date
    kind: str
    from_id: int
    to_id: int
    pence: int
    person: str
    source: str
    key: str


class Books:
    """The book of one pot."""

    def __init__(self, press: Press, book: Book) -> None:
        self.press, self.code, self.id = press, book.code, book.id
        rows = db.session.execute(select(Account.owner, Account.bucket, Account.id).where(Account.book_id == book.id))
        self._accounts = {(owner, Bucket(bucket)): number for owner, bucket, number in rows}
        self._kept: list[Kept] = []

    def open(self, owner: str, bucket: Bucket, *, protected_until: date | None = None) -> int:
        """An account's id; it is opened, empty, where it is not there yet."""
        if found := self._accounts.get((owner, bucket)):
            return found
        made = self._accounts[owner, bucket] = self.press.add(
            Account,
            book_id=self.id,
            owner=owner,
            bucket=bucket.value,
            floor=None if bucket in SOURCES else 0,
            protected_until=protected_until,
        )
        return made

    def move(
        self,
        kind: str,
        out_of: tuple[str, Bucket],
        into: tuple[str, Bucket],
        pence: int,
        *,
        on: date,
        recorded: datetime,
        by: str,
        source: str,
        key: str,
    ) -> None:
        """Keep one move, a batch of its own, named by its key."""
        assert (out_of[1], into[1]) in KINDS[kind] and pence > 0, (kind, out_of, into, pence)
        self._kept.append(Kept(recorded, on, kind, self.open(*out_of), self.open(*into), pence, by, source, key))

    def write(self) -> None:
        """Write the moves in the order in which they were recorded, then bring the running totals up to them."""
        for one in sorted(self._kept):
            self.press.add(
                Transfer,
                book_id=self.id,
                from_id=one.from_id,
                to_id=one.to_id,
                pence=one.pence,
                kind=one.kind,
                effective_date=one.on,
                recorded_at=one.recorded_at,
                person=one.person,
                source_ref=one.source,
                batch_key=one.key,
                position=0,
            )
            if self.press.full:
                self.press.flush()
        self._kept = []
        self.press.flush()
        db.session.connection().execute(_TOTALS, {"book": self.id})


def close(press: Press, book: Book, year: int, by: str) -> Iterator[Said]:
    """Close a book for every month end that is past, each with what stood then: as if somebody had done it each time."""
    ends = [end for end in _month_ends(year) if at(end + AFTER) <= NOW]
    if not ends:
        return
    flows, balances = _flows(book.id), defaultdict[str, int](int)
    for end in ends:
        for day in [day for day in flows if day <= end]:
            for bucket, pence in flows.pop(day):
                balances[bucket] += pence
        closed = at(end + AFTER)
        number = press.add(Close, book_id=book.id, through=end, closed_at=closed, closed_by=by)
        for bucket, pence in sorted(balances.items()):
            press.add(Snapshot, close_id=number, bucket=bucket, pence=pence)
        yield Said("ledger.closed", book.code, by, closed, {"through": end})
    book.closed_through, book.changed_at = ends[-1], at(ends[-1] + AFTER)


def _month_ends(year: int) -> list[date]:
    first = clock.first_day(year)
    starts = [date(first.year + (first.month + n) // 12, (first.month + n) % 12 + 1, 1) for n in range(CLOSES)]
    return [start - timedelta(days=1) for start in starts if start <= TODAY]


def _flows(book_id: int) -> dict[date, list[tuple[str, int]]]:
    """Day -> what each bucket gained on it, over every transfer of the book."""
    found: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for side, sign in ((Transfer.to_id, 1), (Transfer.from_id, -1)):
        rows = db.session.execute(
            select(Transfer.effective_date, Account.bucket, func.sum(Transfer.pence))
            .join(Account, Account.id == side)
            .where(Transfer.book_id == book_id)
            .group_by(Transfer.effective_date, Account.bucket)
        )
        for day, bucket, pence in rows:
            found[day].append((bucket, sign * int(pence)))
    return found
