"""The only code that moves money.

Nothing here asks who may: the room that calls knows whose money it is and has asked. Every command leaves an event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel import command as kernel
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.ledger.chart import REVERSE, At, Bucket, Move
from grants.ledger.models import Account, Authority, Book, Close, Snapshot, Transfer
from grants.ledger.posting import WROTE, enter, open_accounts
from grants.ledger.queries import batch, closing_balances
from grants.people.models import Person

__all__ = ["At", "Move", "authorise", "close", "enter", "open_book", "post", "protect", "reopen", "reverse"]

declare(
    {
        "ledger.opened": mark("Opened the book"),
        "ledger.posted": mark("Entered %(amount)s: %(kinds)s"),
        "ledger.reversed": mark("Reversed the entry %(batch)s, %(amount)s"),
        "ledger.authorised": mark("Authorised to promise up to %(limit)s more than it holds until %(until)s: %(reason)s"),
        "ledger.authority_ended": mark("Ended the authority to promise more than it holds: %(reason)s"),
        "ledger.protected": mark("Protected the money set aside for %(owner)s until %(until)s"),
        "ledger.closed": mark("Closed the book through %(through)s"),
        "ledger.reopened": mark("Opened the book again for dates after %(after)s"),
    }
)


@command
def open_book(code: str, *, by: Person | str) -> Book:
    """A new, empty book for a pot; `code` is the pot's reference."""
    book = Book(code=code)
    db.session.add(book)
    record("ledger.opened", book, by=by)
    return book


# -- moving money -----------------------------------------------------------------------------------------------------


def post(*moves: Move, key: str, on: date, by: Person | str, source: str) -> None:
    """Move money: every move or none, effective on a date. The same key twice is the same deed, done once.

    RuleBroken says what is left where there is too little, and refuses a date in a closed period.
    """
    _once(key, [*moves], lambda: _post(*moves, batch_key=key, on=on, by=by, source=source))


@command
def _post(*moves: Move, batch_key: str, on: date, by: Person | str, source: str) -> None:
    enter(moves, key=batch_key, on=on, by=by if isinstance(by, str) else by.ref, source=source)
    _say("ledger.posted", moves, source, by)


def reverse(batch_key: str, *, key: str, on: date, by: Person | str, source: str) -> None:
    """Put a mistake right: the whole batch, the other way round. Money that has since moved on must come back first."""
    done = batch(batch_key)
    if not done:
        raise RuleBroken(_("There is no entry %(key)s.", key=batch_key))
    if done[0].reverses:
        raise RuleBroken(_("A reversal is not reversed; enter it again."))
    moves = [Move(f"{REVERSE}{t.kind}", t.into, t.out_of, t.amount.pence) for t in done]
    ids = [t.id for t in done]
    _once(key, moves, lambda: _reverse(batch_key, moves, ids, new_key=key, on=on, by=by, source=source))


@command
def _reverse(
    batch_key: str, moves: Sequence[Move], ids: Sequence[int], *, new_key: str, on: date, by: Person | str, source: str
) -> None:
    enter(moves, key=new_key, on=on, by=by if isinstance(by, str) else by.ref, source=source, reverses=ids)
    _say("ledger.reversed", moves, source, by, batch=batch_key)


def _once(key: str, moves: Sequence[Move], do: Callable[[], None]) -> None:
    """The same key twice is the same deed: answer as the first time, never do it again.

    Also after a refusal: our own first attempt may be what took the money. Inside another command that one's key answers.
    """
    try:
        do()
    except RuleBroken:
        if kernel.inside() or [Move(t.kind, t.out_of, t.into, t.amount.pence) for t in batch(key)] != [*moves]:
            raise


def _say(code: str, moves: Sequence[Move], source: str, by: Person | str, **facts: Any) -> None:
    kinds = sorted({move.kind for move in moves})
    amount = Money(sum(move.pence for move in moves))
    books = sorted({move.out_of.book for move in moves})
    record(code, source, by=by, covers=WROTE, kinds=kinds, amount=amount, books=books, **facts)


# -- what may be promised, and until when -----------------------------------------------------------------------------


@command
def authorise(
    book: str,
    owner: str,
    *,
    limit: Money,
    until: date | None,
    underwriter: str,
    reason: str,
    approved_by: str,
    by: Person | str,
) -> None:
    """Over-programming: let a pot (or a line) promise up to `limit` more than it holds, until a date. No date ends that.

    `underwriter` says whose money would make it good. An end leaves what is already over-promised visible until money returns.
    A new authority takes the place of the one before it, also while the balance is below nought.
    """
    if db.session.scalar(select(Book.id).where(Book.code == book)) is None:
        raise NotFound()
    open_accounts([At(book, owner, Bucket.FREE)])  # a pot that was given nothing yet may be spent from at risk
    account = db.session.execute(
        select(Account.id, Account.credits - Account.debits)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == book, Account.owner == owner, Account.bucket == Bucket.FREE)
        .with_for_update(of=Account)
    ).first()
    if account is None:
        raise NotFound()
    account_id, balance = account
    floor = -limit.pence if until else min(0, balance)  # a floor cannot rise above the balance
    if balance < floor:
        raise RuleBroken(
            _("%(book)s has already promised %(pounds)s more than it holds.", book=book, pounds=str(Money(-balance)))
        )
    connection = db.session.connection()
    given = {
        "account_id": account_id,
        "floor": floor,
        "until": until,
        "underwriter": underwriter,
        "reason": reason,
        "approved_by": approved_by,
        "recorded_at": clock.now(),
    }
    authority = connection.execute(insert(Authority).values(given).returning(Authority.id)).scalar_one()
    connection.execute(
        update(Account).where(Account.id == account_id).values(authority_id=authority, floor=floor, floor_until=until)
    )
    record(
        "ledger.authorised" if until else "ledger.authority_ended",
        book,
        by=by,
        covers=("ledger_account", "ledger_authority"),
        limit=limit,
        until=until,
        reason=reason,
        underwriter=underwriter,
        approved_by=approved_by,
    )


@command
def protect(book: str, owner: str, *, until: date, by: Person | str) -> None:
    """Nobody may release this commitment's money before `until` has passed. A date once given can move on, never back."""
    open_accounts([At(book, owner, Bucket.PASSPORTED)])
    moved = db.session.connection().execute(
        update(Account)
        .where(
            Account.book_id == select(Book.id).where(Book.code == book).scalar_subquery(),
            Account.owner == owner,
            Account.bucket == Bucket.PASSPORTED,
            Account.protected_until.is_(None) | (Account.protected_until <= until),
        )
        .values(protected_until=until)
    )
    if not moved.rowcount:
        raise RuleBroken(_("%(owner)s is already protected for longer.", owner=owner))
    record("ledger.protected", book, by=by, covers=("ledger_account",), owner=owner, until=until)


# -- closing ----------------------------------------------------------------------------------------------------------


@command
def close(book: Book, *, through: date, by: Person | str) -> None:
    """Nothing more may be dated on or before `through`; what stood then is kept, and can be proved."""
    if book.closed_through and book.closed_through >= through:
        closed = f"{book.closed_through:%-d %B %Y}"
        raise RuleBroken(_("%(book)s is already closed through %(date)s.", book=book.code, date=closed))
    latest = db.session.scalar(select(func.max(Transfer.recorded_at)).where(Transfer.book_id == book.id))
    closed_at = max(filter(None, (clock.now(), latest, book.changed_at)))
    connection = db.session.connection()
    who = by if isinstance(by, str) else by.ref
    given = {"book_id": book.id, "through": through, "closed_by": who, "closed_at": closed_at}
    close_id = connection.execute(insert(Close).values(given).returning(Close.id)).scalar_one()
    stood = [{"close_id": close_id, "bucket": b, "pence": pence} for b, pence in closing_balances(book.id, through)]
    if stood:
        connection.execute(insert(Snapshot), stood)
    book.closed_through, book.changed_at = through, closed_at
    record("ledger.closed", book, by=by, covers=("ledger_close", "ledger_snapshot"), through=through)


@command
def reopen(book: Book, *, after: date, by: Person | str) -> None:
    """Let entries be dated after `after` again. Closes past it stay true for what was known before now."""
    # Strictly after the last change, so that nothing entered now can seem to have been known when the book was closed.
    latest = book.changed_at + timedelta(microseconds=1) if book.changed_at else clock.now()
    book.changed_at = max(clock.now(), latest)
    db.session.connection().execute(
        update(Close)
        .where(Close.book_id == book.id, Close.through > after, Close.reopened_at.is_(None))
        .values(reopened_at=book.changed_at)
    )
    book.closed_through = db.session.scalar(
        select(func.max(Close.through)).where(Close.book_id == book.id, Close.reopened_at.is_(None))
    )
    record("ledger.reopened", book, by=by, covers=("ledger_close",), after=after)
