"""What the database itself refuses, by plain SQL behind the product's back, on both engines."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import Undisciplined
from grants.kernel.money import Money
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import Bucket
from tests.builders.ledger import DAY, POT, a_book, a_move, an_offer

B = Bucket
ENTRY = (
    "ledger_transfer (book_id, from_id, to_id, pence, kind, effective_date, recorded_at, person, source_ref,"
    " batch_key, position, reverses)"
    " SELECT {book}, {a}, {b}, {pence}, '{kind}', '{on}', '{at}', 'x', 'x', 'x', {position}, {reverses}"
)
FREE = (
    "(SELECT id FROM ledger_account WHERE bucket = 'free' AND book_id = (SELECT id FROM ledger_book WHERE code = 'VCS-2026'))"
)
OFFERED = "(SELECT id FROM ledger_account WHERE bucket = 'offered')"
PASSPORTED = "(SELECT id FROM ledger_account WHERE bucket = 'passported')"
ELSEWHERE = (
    "(SELECT id FROM ledger_account WHERE bucket = 'free' AND book_id = (SELECT id FROM ledger_book WHERE code = 'OTHER'))"
)
BOOK = "(SELECT id FROM ledger_book WHERE code = 'VCS-2026')"
OFFER = "(SELECT id FROM ledger_transfer WHERE kind = 'offer')"


def entry(**given: object) -> str:
    """INSERT of a transfer by hand."""
    usual = {
        "book": BOOK,
        "a": FREE,
        "b": OFFERED,
        "pence": 1,
        "kind": "offer",
        "on": "2026-06-01",
        "at": "2999-01-01 00:00:00.000000",
        "position": 0,
        "reverses": "NULL",
    }
    return "INSERT INTO " + ENTRY.format(**usual | given)


ATTACKS = {
    "an entry changed": "UPDATE ledger_transfer SET pence = pence + 1",
    "an entry removed": "DELETE FROM ledger_transfer",
    "an account removed": "DELETE FROM ledger_account",
    "a book removed": "DELETE FROM ledger_book",
    "a close removed": "DELETE FROM ledger_close",
    "a snapshot changed": "UPDATE ledger_snapshot SET pence = 0",
    "an authority changed": "UPDATE ledger_authority SET floor = -1000000",
    "a floor lowered": f"UPDATE ledger_account SET floor = -1000000 WHERE id = {OFFERED}",
    "an authority's floor lowered": f"UPDATE ledger_account SET floor = -1000000 WHERE id = {FREE}",
    "credits lowered": "UPDATE ledger_account SET credits = credits - 1 WHERE credits > 0",
    "debits lowered": "UPDATE ledger_account SET debits = 0 WHERE debits > 0",
    "more taken than is there": f"UPDATE ledger_account SET debits = debits + 1000000 WHERE id = {FREE}",
    "more taken back than was given": "UPDATE ledger_account SET credits = debits + 1 WHERE bucket = 'funder'",
    "an account moved to another owner": "UPDATE ledger_account SET owner = 'me' WHERE bucket = 'offered'",
    "protection shortened": "UPDATE ledger_account SET protected_until = NULL WHERE bucket = 'passported'",
    "an account opened full": f"INSERT INTO ledger_account (book_id, owner, bucket, debits, credits, floor)"
    f" SELECT {BOOK}, 'me', 'free', 0, 100, 0",
    "a book renamed": "UPDATE ledger_book SET code = 'MINE'",
    "a close moved": "UPDATE ledger_close SET through = '2026-01-01'",
    "a date in a closed period": entry(on="2026-04-30"),
    "protected money released": entry(a=PASSPORTED, b=FREE, kind="release passported", on="2026-06-01"),
    "a transfer out of its book": entry(b=ELSEWHERE),
    "a transfer in another's book": entry(book="(SELECT id FROM ledger_book WHERE code = 'OTHER')"),
    "nothing moved": entry(pence=0),
    "a reversal of another amount": entry(a=OFFERED, b=FREE, kind="reverse offer", reverses=OFFER, pence=2),
    "a reversal of nothing": entry(a=OFFERED, b=FREE, kind="reverse offer", reverses=999999),
}
ON_SQLITE = {
    "an entry replaced": "INSERT OR REPLACE INTO ledger_transfer SELECT * FROM ledger_transfer WHERE kind = 'offer'",
    "a snapshot replaced": "INSERT OR REPLACE INTO ledger_snapshot SELECT close_id, bucket, 0 FROM ledger_snapshot",
    "a close replaced": "REPLACE INTO ledger_close SELECT * FROM ledger_close",
    "a book replaced": "REPLACE INTO ledger_book SELECT * FROM ledger_book",
    "an authority replaced": "REPLACE INTO ledger_authority SELECT * FROM ledger_authority",
    "an account replaced by number": "REPLACE INTO ledger_account SELECT * FROM ledger_account",
    "an entry before its book last closed": entry(at="2000-01-01 00:00:00.000000"),
}
ON_POSTGRESQL = {
    "entries truncated": "TRUNCATE ledger_transfer",
    "accounts truncated": "TRUNCATE ledger_account CASCADE",
    "snapshots truncated": "TRUNCATE ledger_snapshot",
    "an entry overwritten": "INSERT INTO ledger_snapshot SELECT * FROM ledger_snapshot"
    " ON CONFLICT (close_id, bucket) DO UPDATE SET pence = 0",
}


def filled() -> None:
    """A book with money offered and set aside, closed through April; and another."""
    a_book(funded="100", on=DAY.replace(month=4, day=1))
    a_book("OTHER")
    commands.authorise(POT, "", limit=Money(500), until=DAY, underwriter="reserves", reason="r", approved_by="s151", by="test")
    commands.post(a_move("passport", B.FREE, B.PASSPORTED, 1000), key="p", on=DAY, by="test", source="COM-1")
    commands.protect(POT, "COM-1", until=DAY.replace(year=2027), by="test")
    commands.close(queries.book(POT), through=DAY.replace(month=4, day=30), by="test")
    an_offer("10")
    db.session.rollback()


def attempt(statement: str) -> None:
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_every_attack_is_refused_and_leaves_the_books_as_they_were(app: Flask) -> None:
    filled()
    sqlite = db.engine.dialect.name == "sqlite"
    attacks = ATTACKS | (ON_SQLITE if sqlite else ON_POSTGRESQL)
    before = queries.balances()
    got_through = []
    for name, statement in attacks.items():
        db.session.rollback()
        try:
            attempt(statement)
            got_through.append(name)
        except DBAPIError:
            pass
    assert got_through == []
    db.session.rollback()
    assert queries.balances() == before
    assert list(proofs.faults()) == []


def test_replacing_an_account_by_its_name_changes_nothing(sqlite_app: Flask) -> None:
    filled()
    before = db.session.execute(text("SELECT * FROM ledger_account ORDER BY id")).all()
    db.session.rollback()
    attempt(
        "INSERT OR REPLACE INTO ledger_account (book_id, owner, bucket, debits, credits, floor)"
        " SELECT book_id, owner, bucket, 0, 0, floor FROM ledger_account WHERE bucket = 'passported'"
    )
    assert db.session.execute(text("SELECT * FROM ledger_account ORDER BY id")).all() == before


def test_without_leave_the_product_itself_cannot_write_outside_a_command(app: Flask) -> None:
    filled()
    with pytest.raises(Undisciplined), db.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_account SET floor = 0 WHERE bucket = 'free'"))


def test_postgresql_records_an_entry_after_its_book_last_closed_whatever_the_clock_said(postgresql_app: Flask) -> None:
    filled()
    attempt(entry(at="2000-01-01 00:00:00.000000"))
    (line,) = queries.batch("x")
    assert line.recorded_at == queries.book(POT).changed_at
