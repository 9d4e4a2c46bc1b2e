"""`flask check-ledger` names what somebody changed behind the product's back, with guards dropped and foreign keys off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text

from grants.kernel import clock, triggers
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import Bucket
from grants.ledger.models import Close
from tests.builders.ledger import DAY, POT, a_book, a_life, an_offer

B = Bucket
APRIL = DAY.replace(month=4)
OFFER = "(SELECT id FROM ledger_transfer WHERE kind = 'offer' AND source_ref = 'AWD-26-00002')"


def filled() -> None:
    """Two books with lives in them, one closed through April."""
    with clock.stopped(clock.start_of(DAY)):
        a_book(funded="100", on=APRIL.replace(day=1))
        a_book("OTHER", funded="50", on=APRIL.replace(day=1))
        a_life("30", on=APRIL.replace(day=20))
        commands.close(queries.book(POT), through=APRIL.replace(day=30), by="test")
    an_offer("12", award="AWD-26-00002")
    assert list(proofs.faults()) == []
    db.session.remove()


@pytest.fixture
def books(app: Flask) -> Iterator[Flask]:
    """The books, whose guards are put back after the test."""
    filled()
    yield app
    guard_again()


def guard_again() -> None:
    db.session.remove()
    with unguarded(), db.engine.begin() as connection:
        triggers.create(connection)


@contextmanager
def _behind_its_back() -> Iterator[list[str]]:
    """Statements run with every guard dropped and foreign keys off, as somebody with the file or the database could."""
    statements: list[str] = []
    yield statements
    db.session.remove()
    with unguarded(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            if connection.dialect.name != "sqlite":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            triggers.drop(connection)
            for statement in statements:
                assert connection.execute(text(statement)).rowcount == 1
            triggers.create(connection)
    db.engine.dispose()


def corrupt(statement: str) -> list[str]:
    with _behind_its_back() as statements:
        statements.append(statement)
    return sorted(proofs.faults())


def test_a_balance_is_named(books: Flask) -> None:
    assert corrupt("UPDATE ledger_account SET credits = credits + 100 WHERE bucket = 'evidenced'") == [
        "Account VCS-2026 AWD-26-00001 evidenced says £0.00 out and £31.00 in, but its transfers are £0.00 out and £30.00 in.",
        "The book VCS-2026 does not sum to nought: it sums to £1.00.",
    ]


def test_a_transfers_amount_is_named(books: Flask) -> None:
    assert corrupt(f"UPDATE ledger_transfer SET pence = 1100 WHERE id = {OFFER}") == [
        "Account VCS-2026 AWD-26-00002 offered says £0.00 out and £12.00 in, but its transfers are £0.00 out and £11.00 in.",
        "Account VCS-2026 free says £42.00 out and £100.00 in, but its transfers are £41.00 out and £100.00 in.",
    ]


def test_a_missing_transfer_is_named_by_the_accounts_it_joined(books: Flask) -> None:
    assert corrupt(f"DELETE FROM ledger_transfer WHERE id = {OFFER}") == [
        "Account VCS-2026 AWD-26-00002 offered says £0.00 out and £12.00 in, but its transfers are £0.00 out and £0.00 in.",
        "Account VCS-2026 free says £42.00 out and £100.00 in, but its transfers are £30.00 out and £100.00 in.",
    ]


def test_a_transfers_book_is_named(books: Flask) -> None:
    number = db.session.scalar(text(f"SELECT {OFFER}"))
    db.session.remove()
    other = "(SELECT id FROM ledger_book WHERE code = 'OTHER')"
    assert corrupt(f"UPDATE ledger_transfer SET book_id = {other} WHERE id = {OFFER}") == [
        f"Transfer {number} (offer:AWD-26-00002, £12.00) is in another book than its accounts."
    ]


def test_a_date_moved_into_a_closed_period_is_named(books: Flask) -> None:
    number = db.session.scalar(text(f"SELECT {OFFER}"))
    db.session.remove()
    named = f"Transfer {number} (offer:AWD-26-00002, £12.00)"
    assert corrupt(f"UPDATE ledger_transfer SET effective_date = '2026-04-15' WHERE id = {OFFER}") == [
        f"{named} is dated inside a period of VCS-2026 that was closed when it was entered."
    ]


def test_a_date_moved_out_of_a_closed_period_is_named(books: Flask) -> None:
    (first, *_) = corrupt("UPDATE ledger_transfer SET effective_date = '2026-05-02' WHERE kind = 'evidence'")
    assert first == (
        "When VCS-2026 was closed through 2026-04-30, evidenced was kept as £30.00; "
        "its transfers now come to £0.00, so one was changed, moved or removed."
    )


def test_other_harm_is_named(books: Flask) -> None:
    found = corrupt("UPDATE ledger_transfer SET kind = 'pay' WHERE kind = 'offer' AND source_ref = 'AWD-26-00002'")
    assert len(found) == 1 and "is of no known kind: pay from free to offered" in found[0]
    found = corrupt("UPDATE ledger_book SET closed_through = NULL WHERE code = 'VCS-2026'")
    assert "The book VCS-2026 is closed through another date than its closes say." in found
    found = corrupt("UPDATE ledger_snapshot SET pence = pence + 1 WHERE bucket = 'free'")
    assert any(fault.startswith("When VCS-2026 was closed through 2026-04-30, free was kept as £70.01") for fault in found)


def test_each_close_is_proved_from_the_one_before_it_whatever_was_opened_again_in_between(books: Flask) -> None:
    """Closed through June, opened again after April, entries in the gap, closed shorter than before and then further on."""
    june, may, july = date(2026, 6, 30), date(2026, 5, 31), date(2026, 7, 31)
    for n, (through, opened_after) in enumerate(((june, APRIL.replace(day=30)), (may, None), (july, june), (july, None))):
        for month in (5, 6, 7):
            an_award = f"AWD-26-1{n}{month:03}"
            book = queries.book(POT)
            day = date(2026, month, 10)
            if book.closed_through is None or day > book.closed_through:
                an_offer("1", award=an_award, on=day)
        commands.close(queries.book(POT), through=through, by="test")
        if opened_after:
            commands.reopen(queries.book(POT), after=opened_after, by="test")
    assert list(proofs.faults()) == []
    for number in db.session.scalars(select(Close.id).order_by(Close.id)).all():
        found = corrupt(f"UPDATE ledger_snapshot SET pence = pence + 1 WHERE bucket = 'free' AND close_id = {number}")
        assert [fault for fault in found if fault.startswith("When VCS-2026 was closed through")]


def test_an_account_removed_is_named(books: Flask) -> None:
    found = corrupt("DELETE FROM ledger_account WHERE owner = 'AWD-26-00002'")
    assert "The book VCS-2026 does not sum to nought: it sums to -£12.00." in found
    assert any("is in another book than its accounts" in fault for fault in found)


def test_a_missing_guard_of_any_room_is_named(books: Flask) -> None:
    with unguarded(), db.engine.begin() as connection:
        on = "" if connection.dialect.name == "sqlite" else " ON {}"
        for name, table in (("ledger_transfer_fits", "ledger_transfer"), ("audit_event_no_update", "audit_event")):
            connection.execute(text(f"DROP TRIGGER {name}" + on.format(table)))
    assert list(proofs.faults()) == [
        "A guard is missing from the database, or switched off: audit_event_no_update.",
        "A guard is missing from the database, or switched off: ledger_transfer_fits.",
    ]


def test_a_guard_switched_off_is_named(postgresql_app: Flask) -> None:
    filled()
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ledger_transfer DISABLE TRIGGER ledger_transfer_fits"))
    try:
        assert list(proofs.faults()) == ["A guard is missing from the database, or switched off: ledger_transfer_fits."]
    finally:
        guard_again()
