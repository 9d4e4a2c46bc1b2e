"""How moves are entered: netted by account, applied in one order, refused with what is left. Commands call `enter`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from grants.kernel import clock
from grants.kernel import command as kernel
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.ledger import chart
from grants.ledger.chart import KINDS, PAIRS, REVERSE, SOURCES, At, Bucket, Move
from grants.ledger.models import Account, Book, Transfer

WROTE = ("ledger_account", "ledger_transfer")  # what entering moves writes; an event about the source covers them
FEW = 8  # beyond this many accounts, finding them first and applying in one executemany is quicker

# Built once: SQLAlchemy then spends its time on the row, not on the statement.
_book = select(Book.id).where(Book.code == bindparam("book")).scalar_subquery()
_new_balance = Account.credits + bindparam("c") - Account.debits - bindparam("d")
_APPLY = (
    update(Account)
    .where(
        Account.book_id == _book,
        Account.owner == bindparam("whose"),
        Account.bucket == bindparam("which"),
        # A source has no floor. A floor below nought counts only while its authority lasts.
        Account.floor.is_(None)
        | (_new_balance >= 0)
        | (bindparam("c") >= bindparam("d"))
        | ((_new_balance >= Account.floor) & (Account.floor_until >= bindparam("on"))),
    )
    .values(debits=Account.debits + bindparam("d"), credits=Account.credits + bindparam("c"))
)
_CHANGED = select(Book.changed_at).where(Book.id == Account.book_id).scalar_subquery()
_APPLY_ONE = _APPLY.returning(Account.id, Account.book_id, _CHANGED.label("changed_at"))
_INSERT = insert(Transfer)
_NAMED = tuple_(Book.code, Account.owner, Account.bucket).in_(bindparam("wanted", expanding=True))
_FIND = (
    select(Book.code, Account.owner, Account.bucket, Account.id, Account.book_id, Book.changed_at)
    .join(Book, Book.id == Account.book_id)
    .where(_NAMED)
)
_LEFT = (
    select(Book.code, Account.owner, Account.bucket, Account.credits - Account.debits, Account.floor, Account.floor_until)
    .join(Book, Book.id == Account.book_id)
    .where(_NAMED)
)


class _Found(NamedTuple):
    """An account the moves touch, as the database knows it."""

    id: int
    book_id: int
    changed_at: datetime | None


_Change = Sequence[tuple[At, tuple[int, int]]]  # account -> debits and credits, netted over the batch, in lock order


def enter(moves: Sequence[Move], *, key: str, on: date, by: str, source: str, reverses: Sequence[int | None] = ()) -> None:
    """The body of `post`, for a command of a higher room to call inside its own transaction.

    `reverses`: for each move the transfer it undoes, or None; a correction undoes an entry and enters it anew in one batch,
    so that only the difference needs to be there. `by` is the person's reference. The caller must record an event about
    `source`, or the command will not commit.
    """
    _sound(moves)
    kernel.owes(source, covers=WROTE)
    change: dict[At, list[int]] = defaultdict(lambda: [0, 0])
    for move in moves:
        change[move.out_of][0] += move.pence
        change[move.into][1] += move.pence
    # One conditional statement an account, always in name order as Python sorts it, so that everybody queues in the same
    # order and nobody deadlocks. What one batch does to an account is netted first: only where it ends counts.
    netted = [(place, (d, c)) for place, (d, c) in sorted(change.items())]
    at = (_apply_few if len(netted) <= FEW else _apply_many)(netted, on)
    now = _now(at.values())
    db.session.connection().execute(
        _INSERT,
        [
            {
                "book_id": at[move.out_of].book_id,
                "from_id": at[move.out_of].id,
                "to_id": at[move.into].id,
                "pence": move.pence,
                "kind": move.kind,
                "effective_date": on,
                "recorded_at": now,
                "person": by,
                "source_ref": source,
                "batch_key": key,
                "position": n,
                "reverses": reverses[n] if reverses else None,
            }
            for n, move in enumerate(moves)
        ],
    )


def _sound(moves: Sequence[Move]) -> None:
    """What a programmer may get wrong; a person never meets these."""
    assert moves, "no moves"
    for kind, out_of, into, pence in moves:
        assert type(pence) is int and pence > 0, f"{kind}: whole pence above nought, not {pence!r}"
        assert out_of.book == into.book, f"{kind} leaves the book {out_of.book}"
        reversing = kind.startswith(REVERSE)
        pair = (into.bucket, out_of.bucket) if reversing else (out_of.bucket, into.bucket)
        assert pair in KINDS[kind.removeprefix(REVERSE)], f"{kind}: {out_of.bucket} to {into.bucket}"
    for out, back in PAIRS.items():
        for prefix in ("", REVERSE):
            gone = sum(m.pence for m in moves if m.kind == prefix + out)
            come = sum(m.pence for m in moves if m.kind == prefix + back)
            assert gone == come, f"{out} {gone} but {back} {come}"


def _rows(change: _Change, on: date) -> list[dict[str, Any]]:
    return [{"book": p.book, "whose": p.owner, "which": p.bucket, "d": d, "c": c, "on": on} for p, (d, c) in change]


def _apply_few(change: _Change, on: date) -> dict[At, _Found]:
    """Two accounts, two statements: the ids come back with the update. An account not met before costs two more."""
    apply, at = db.session.connection().execute, {}
    for (place, _change), row in zip(change, _rows(change, on), strict=True):
        found = apply(_APPLY_ONE, row).first()
        if found is None:
            open_accounts([place])  # or another has just opened it; either way, try again
            found = apply(_APPLY_ONE, row).first()
        if found is None:
            raise RuleBroken(*_what_is_left(change, on))
        at[place] = _Found(*found)
    return at


def _apply_many(change: _Change, on: date) -> dict[At, _Found]:
    """Many accounts: find them, open those not met before, and apply every change in one executemany, still in order."""
    connection, wanted = db.session.connection(), {"wanted": [tuple(place) for place, _change in change]}

    def find() -> dict[At, _Found]:
        rows = connection.execute(_FIND, wanted)
        return {At(r.code, r.owner, Bucket(r.bucket)): _Found(r.id, r.book_id, r.changed_at) for r in rows}

    at = find()
    if missing := [place for place, _change in change if place not in at]:
        open_accounts(missing)
        at = find()
    if connection.execute(_APPLY, _rows(change, on)).rowcount != len(change):
        raise RuleBroken(*_what_is_left(change, on))
    return at


def open_accounts(places: Sequence[At]) -> None:
    """Open accounts not met before. Two commands may open the same one: sorted, they wait in order, the second finds it."""
    connection = db.session.connection()
    upsert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    codes = {p.book for p in places}
    rows = db.session.execute(select(Book.code, Book.id).where(Book.code.in_(codes)))
    books = {row.code: row.id for row in rows}
    if strange := codes - set(books):
        raise RuleBroken(*(_("There is no book %(code)s.", code=code) for code in sorted(strange)))
    values = [
        {
            "book_id": books[p.book],
            "owner": p.owner,
            "bucket": p.bucket.value,
            "debits": 0,
            "credits": 0,
            "floor": None if p.bucket in SOURCES else 0,
        }
        for p in places
    ]
    connection.execute(upsert(Account).on_conflict_do_nothing(), values)


def _what_is_left(change: _Change, on: date) -> list[str]:
    """A sentence for every account that has too little."""
    rows = db.session.connection().execute(_LEFT, {"wanted": [tuple(place) for place, _change in change]})
    stands = {At(code, owner, Bucket(bucket)): (pence, floor, until) for code, owner, bucket, pence, floor, until in rows}
    said = []
    for place, (d, c) in change:
        pence, floor, until = stands.get(place, (0, 0, None))
        below = floor if floor and until and until >= on else 0
        if place.bucket not in SOURCES and pence + c - d < min(below, pence):
            said.append(_left(place, Money(pence - below), Money(d - c), under_authority=below < 0))
    return said or [_("There is not enough money left for this.")]


def _left(at: At, left: Money, needs: Money, *, under_authority: bool) -> str:
    sentence = chart.LEFT[at.bucket]
    if at.bucket is Bucket.FREE and at.owner:
        sentence = chart.LEFT_OF_A_LINE
    if under_authority:
        sentence = chart.LEFT_UNDER_AUTHORITY
    return _(sentence, book=at.book, owner=at.owner, left=str(left), needs=str(needs))


def _now(found: Iterable[_Found]) -> datetime:
    """When this is recorded: after the locks are held, and never before its books last closed or reopened."""
    instants: list[datetime] = [f.changed_at for f in found if f.changed_at]
    return max([clock.now(), *instants])
