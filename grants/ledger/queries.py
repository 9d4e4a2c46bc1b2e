"""Questions to the books: balances now, and as they stood on a date, as known on another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Date,
    Select,
    String,
    TextClause,
    bindparam,
    case,
    func,
    literal,
    select,
    text,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from grants.kernel import clock
from grants.kernel.db import Utc, db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.ledger.chart import CAME, FIGURES, SOURCES, At, Bucket
from grants.ledger.models import Account, Book, Transfer

EVER = date(9999, 12, 31)
ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)

Balances = Mapping[tuple[str, Bucket], Money]  # (book code, bucket) -> balance; sources are negative; nought is left out


def book(code: str) -> Book:
    """The book of that code. NotFound if there is none."""
    if found := db.session.scalar(select(Book).where(Book.code == code)):
        return found
    raise NotFound()


class Line(NamedTuple):
    """One transfer, with the two accounts it joins. `reverses` is the id of the transfer it undoes."""

    id: int
    book: str
    kind: str
    out_of: At
    into: At
    amount: Money
    effective_date: date
    recorded_at: datetime
    person: str
    source_ref: str
    batch_key: str
    reverses: int | None


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Transfer.id,
            Book.code,
            Transfer.kind,
            _FROM.owner,
            _FROM.bucket,
            _TO.owner,
            _TO.bucket,
            Transfer.pence,
            Transfer.effective_date,
            Transfer.recorded_at,
            Transfer.person,
            Transfer.source_ref,
            Transfer.batch_key,
            Transfer.reverses,
        )
        .join(_FROM, _FROM.id == Transfer.from_id)
        .join(_TO, _TO.id == Transfer.to_id)
        .join(Book, Book.id == Transfer.book_id)
    )


_FROM, _TO = aliased(Account), aliased(Account)
_BATCH = _lines().where(Transfer.batch_key == bindparam("key")).order_by(Transfer.position)
_ONE_SIDE = _FROM.bucket.in_(bindparam("buckets", expanding=True)) != _TO.bucket.in_(bindparam("buckets", expanding=True))
_UP_TO = (
    Transfer.book_id == select(Book.id).where(Book.code == bindparam("book")).scalar_subquery(),
    Transfer.effective_date <= bindparam("on"),
    Transfer.recorded_at <= bindparam("known", type_=Utc()),
    _ONE_SIDE,  # what moves between the buckets changes nothing
)
_BEHIND = (
    _lines()
    .where(*_UP_TO)
    .order_by(Transfer.effective_date.desc(), Transfer.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_INTO = case((_TO.bucket.in_(bindparam("buckets", expanding=True)), Transfer.pence), else_=-Transfer.pence)
_SUM_BEHIND = (
    select(func.count(), func.coalesce(func.sum(_INTO), 0))
    .select_from(Transfer)
    .join(_FROM, _FROM.id == Transfer.from_id)
    .join(_TO, _TO.id == Transfer.to_id)
    .where(*_UP_TO)
)


def _read(statement: Select[*tuple[Any, ...]], **given: Any) -> Sequence[Line]:
    return [
        Line(i, code, kind, At(code, a, Bucket(b)), At(code, c, Bucket(d)), Money(pence), *rest)
        for i, code, kind, a, b, c, d, pence, *rest in db.session.execute(statement, given)
    ]


def batch(key: str) -> Sequence[Line]:
    """Everything entered under a batch key, in order."""
    return _read(_BATCH, key=key)


def history(owner: str) -> Sequence[Line]:
    """Every move an award, round, commitment or funder had a part in, in order of date."""
    # Two indexed halves. Written as OR, PostgreSQL reads the whole table: 102 ms against 0.4 ms over a million transfers.
    out = select(Transfer.id).join(Account, Account.id == Transfer.from_id).where(Account.owner == owner)
    into = select(Transfer.id).join(Account, Account.id == Transfer.to_id).where(Account.owner == owner)
    own = union(out, into).subquery()
    return _read(_lines().join(own, own.c.id == Transfer.id).order_by(Transfer.effective_date, Transfer.id))


def behind(
    book: str, buckets: Collection[Bucket], *, on: date = EVER, known: datetime = ALWAYS, most: int = 100, skip: int = 0
) -> Sequence[Line]:
    """The transfers in or out of some buckets of a book, dated up to `on` and recorded up to `known`, newest date first."""
    given = {"book": book, "buckets": [b.value for b in buckets], "on": on, "known": known}
    return _read(_BEHIND, **given, most=most, skip=skip)


def sum_behind(book: str, buckets: Collection[Bucket], *, on: date = EVER, known: datetime = ALWAYS) -> tuple[int, Money]:
    """How many transfers those are in all, and what they come to: what went in less what came out."""
    given = {"book": book, "buckets": [b.value for b in buckets], "on": on, "known": known}
    count, pence = db.session.execute(_SUM_BEHIND, given).one()
    return count, Money(int(pence))


# -- balances ---------------------------------------------------------------------------------------------------------

_NOW = """SELECT b.code, a.bucket, sum(a.credits - a.debits) FROM ledger_account a JOIN ledger_book b ON b.id = a.book_id
    {only} GROUP BY b.code, a.bucket"""

# From each book's last close that was standing on the day it was known, plus what came after. Exact, not approximate:
# while a close stands nothing can be dated inside it, so what it kept is what replaying every transfer would give.
# Only accounts that moved are joined: 2 rows an account, not 2 rows a transfer.
_AS_AT = """
    WITH start AS (
        SELECT b.id AS book_id, b.code,
               (SELECT c.id FROM ledger_close c WHERE c.book_id = b.id AND c.through <= :on AND c.closed_at <= :known
                AND (c.reopened_at IS NULL OR c.reopened_at > :known) ORDER BY c.through DESC, c.id DESC LIMIT 1) AS close_id
        FROM ledger_book b {only}
    ), since AS (
        SELECT start.book_id, start.code, start.close_id, coalesce(c.through, :dawn) AS through
        FROM start LEFT JOIN ledger_close c ON c.id = start.close_id
    ), moved AS (
        SELECT t.from_id, t.to_id, t.pence FROM since JOIN ledger_transfer t ON t.book_id = since.book_id
        WHERE t.effective_date > since.through AND t.effective_date <= :on AND t.recorded_at <= :known
    ), net AS (
        SELECT from_id AS account_id, -sum(pence) AS pence FROM moved GROUP BY from_id
        UNION ALL SELECT to_id, sum(pence) FROM moved GROUP BY to_id
    )
    SELECT code, bucket, sum(pence) FROM (
        SELECT b.code, a.bucket, net.pence FROM net
        JOIN ledger_account a ON a.id = net.account_id JOIN ledger_book b ON b.id = a.book_id
        UNION ALL
        SELECT since.code, s.bucket, s.pence FROM since JOIN ledger_snapshot s ON s.close_id = since.close_id
    ) AS x GROUP BY code, bucket
    """
_WHEN = (bindparam("on", type_=Date), bindparam("known", type_=Utc()), bindparam("dawn", date.min, type_=Date))
_BOOKS = bindparam("books", expanding=True, type_=String)


def _both(statement: str, *given: Any) -> tuple[TextClause, TextClause]:
    """The statement over every book, and over some."""
    whole = text(statement.format(only=""))
    some = text(statement.format(only="WHERE b.code IN :books")).bindparams(_BOOKS)
    return (whole.bindparams(*given), some.bindparams(*given)) if given else (whole, some)


_NOW_ALL, _NOW_SOME = _both(_NOW)
_AS_AT_ALL, _AS_AT_SOME = _both(_AS_AT, *_WHEN)


def balances(books: Collection[str] | None = None) -> Balances:
    """Every balance now, by book and bucket, from the running totals; of every book, or of some."""
    return _by_bucket(_NOW_ALL, _NOW_SOME, books)


def as_at(on: date, known: datetime = ALWAYS, books: Collection[str] | None = None) -> Balances:
    """Every balance at the end of the date `on`, by what had been recorded up to the instant `known`."""
    return _by_bucket(_AS_AT_ALL, _AS_AT_SOME, books, on=on, known=known)


def _by_bucket(whole: TextClause, some: TextClause, books: Collection[str] | None, **given: Any) -> Balances:
    if books is not None and not books:
        return {}
    statement, given = (whole, given) if books is None else (some, given | {"books": sorted(books)})
    rows = db.session.execute(statement, given)
    return {(code, Bucket(bucket)): Money(int(pence)) for code, bucket, pence in rows if pence}


def by_owner(
    books: Collection[str] | Select[str],
    *,
    on: date | None = None,
    known: datetime = ALWAYS,
    owners: Collection[str] | Select[str] | None = None,
    buckets: Collection[Bucket] | None = None,
) -> Mapping[At, Money]:
    """Every balance of some books by account: now, or at the end of `on` as known at `known`. Nought is left out.

    Books and owners are named one by one, or by a statement that finds them where there may be very many.
    """
    if on is None and known == ALWAYS:
        statement = select(Book.code, Account.owner, Account.bucket, Account.credits - Account.debits)
        statement = statement.join(Book, Book.id == Account.book_id)
    else:
        there = (
            Transfer.book_id.in_(select(Book.id).where(Book.code.in_(books))),
            Transfer.effective_date <= (on or EVER),
            Transfer.recorded_at <= literal(known, Utc()),
        )
        legs = union_all(
            select(Transfer.from_id.label("account_id"), (-Transfer.pence).label("pence")).where(*there),
            select(Transfer.to_id, Transfer.pence).where(*there),
        ).subquery()
        statement = (
            select(Book.code, Account.owner, Account.bucket, func.sum(legs.c.pence))
            .join(Account, Account.id == legs.c.account_id)
            .join(Book, Book.id == Account.book_id)
            .group_by(Book.code, Account.owner, Account.bucket)
        )
    statement = statement.where(Book.code.in_(books))
    if isinstance(owners, Select):  # joined: as IN, SQLite tries every owner in every book, 16 s for 100,000 awards
        named = owners.distinct().subquery()
        statement = statement.join(named, named.c[0] == Account.owner)
    elif owners is not None:
        statement = statement.where(Account.owner.in_(owners))
    if buckets is not None:
        statement = statement.where(Account.bucket.in_([bucket.value for bucket in buckets]))
    rows = db.session.execute(statement)
    return {At(code, owner, Bucket(bucket)): Money(int(pence)) for code, owner, bucket, pence in rows if pence}


def owned(owner: str) -> Mapping[tuple[str, Bucket], Money]:
    """What an owner (an award, a round, a commitment) has in every book and bucket, now. Nought is left out."""
    rows = db.session.execute(
        select(Book.code, Account.bucket, Account.credits - Account.debits)
        .join(Book, Book.id == Account.book_id)
        .where(Account.owner == owner)
    )
    return {(code, Bucket(bucket)): Money(pence) for code, bucket, pence in rows if pence}


def owned_by(owners: Collection[str]) -> Mapping[tuple[str, str, Bucket], Money]:
    """The same for many owners at once: (owner, book, bucket) -> balance now."""
    rows = db.session.execute(
        select(Account.owner, Book.code, Account.bucket, Account.credits - Account.debits)
        .join(Book, Book.id == Account.book_id)
        .where(Account.owner.in_(owners))
    )
    return {(owner, code, Bucket(bucket)): Money(pence) for owner, code, bucket, pence in rows if pence}


def balance(at: At) -> Money:
    """What one account has now: credits less debits, £0.00 for one never opened."""
    found = db.session.scalar(
        select(Account.credits - Account.debits)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == at.book, Account.owner == at.owner, Account.bucket == at.bucket)
    )
    return Money(found or 0)


def left(code: str, owner: str, bucket: Bucket) -> Money:
    """What could still be taken from an account today: its balance, and what an authority in force allows beyond it."""
    row = db.session.execute(
        select(Account.credits - Account.debits, Account.floor, Account.floor_until)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == code, Account.owner == owner, Account.bucket == bucket)
    ).first()
    if row is None:
        return Money(0)
    pence, floor, until = row
    return Money(pence - (floor or 0) if until and until >= clock.today() else max(0, pence))


_CLOSING = text(
    """SELECT a.bucket, sum(x.pence) FROM (
        SELECT from_id AS account_id, -pence AS pence FROM ledger_transfer WHERE book_id = :book AND effective_date <= :through
        UNION ALL SELECT to_id, pence FROM ledger_transfer WHERE book_id = :book AND effective_date <= :through
    ) AS x JOIN ledger_account a ON a.id = x.account_id GROUP BY a.bucket"""
).bindparams(bindparam("book", type_=BigInteger), bindparam("through", type_=Date))


def closing_balances(book_id: int, through: date) -> Iterator[tuple[str, int]]:
    """(bucket, pence) of a book at the end of a date, from its transfers alone."""
    for bucket, pence in db.session.execute(_CLOSING, {"book": book_id, "through": through}):
        yield bucket, int(pence)


# -- the finance officer's figures ------------------------------------------------------------------------------------


def figures(found: Balances) -> Mapping[str, Mapping[str, Money]]:
    """Book code -> figure -> amount. Every one is nought or more, but for `free` under an over-programming authority."""
    nought = Money(0)
    return {
        code: {
            figure: Money(sum((-1 if b in SOURCES else 1) * found.get((code, b), nought).pence for b in buckets))
            for figure, buckets in FIGURES.items()
        }
        for code in sorted({code for code, _bucket in found})
    }


def ties(of_one_book: Mapping[str, Money]) -> bool:
    """The identity of one pot, at any date: what came in is what it is now."""
    came = sum(of_one_book[f].pence for f in CAME)
    return came == sum(amount.pence for f, amount in of_one_book.items() if f not in CAME)
