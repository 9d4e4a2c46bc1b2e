"""Every event carries a keyed digest; sealing chains them; what is altered, removed or added afterwards is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from grants.audit import proofs, queries
from grants.audit.commands import seal
from grants.audit.models import Detail, Event, Seal, Sealed
from grants.audit.record import SYSTEM, declare, plain, record
from grants.kernel import triggers
from grants.kernel.command import command, unguarded
from grants.kernel.db import db
from grants.kernel.errors import Undisciplined
from grants.kernel.money import Money

declare({"test.happened": "%(what)s for %(amount)s", "test.listed": "Named %(who)s"})


@command
def happen(what: str = "It happened", subject: str = "AWD-26-00001", amount: str = "10", personal: Any = None) -> None:
    record("test.happened", subject, by="PER-26-00001", personal=personal, what=what, amount=Money.pounds(amount))


def event_id(number: int) -> int:
    db.session.rollback()
    return db.session.scalars(select(Event.id).order_by(Event.id)).all()[number]


def first_seal() -> int:
    db.session.rollback()
    return db.session.scalars(select(Seal.id).order_by(Seal.id)).all()[0]


def behind_its_back(*statements: str) -> None:
    """Statements run with every guard dropped and foreign keys off; the guards are put back, as somebody careful would."""
    db.session.remove()
    with unguarded(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            if connection.dialect.name != "sqlite":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            triggers.drop(connection)
            for statement in statements:
                connection.execute(text(statement))
            triggers.create(connection)
    db.engine.dispose()


@pytest.fixture
def sealed(app: Flask) -> Iterator[Flask]:
    """Three events, sealed in two batches; and one not yet sealed. The last seal's own event waits too."""
    happen("First")
    happen("Second", personal={"email": "ann@example.org"})
    assert seal()
    happen("Third")
    assert seal()
    happen("Fourth")
    assert list(proofs.faults()) == []
    yield app


def test_an_event_reads_as_a_sentence_with_money_in_pounds(app: Flask) -> None:
    happen("Paid", amount="1250.5")

    @command
    def listed() -> None:
        record("test.listed", "AWD-26-00001", by=SYSTEM, who=["Ann", Money(100)])

    listed()
    assert [(line.by, line.sentence) for line in queries.history("AWD-26-00001")] == [
        ("system", "Named Ann, £1.00"),
        ("PER-26-00001", "Paid for £1,250.50"),
    ]
    assert queries.history("AWD-26-00002") == []


def test_facts_are_codes_and_values_never_objects() -> None:
    assert [
        plain(f) for f in (Money(5), date(2026, 4, 1), datetime(2026, 4, 1, tzinfo=UTC), Decimal("21.065"), {"a": [1]})
    ] == [
        {"pence": 5},
        "2026-04-01",
        "2026-04-01T00:00:00+00:00",
        "21.065",
        {"a": [1]},
    ]
    with pytest.raises(Undisciplined):
        plain(1.5)


def test_what_is_sealed_is_sealed_once(sealed: Flask) -> None:
    assert seal()
    assert seal() is None
    db.session.rollback()
    assert db.session.query(Sealed).count() == db.session.query(Event).count() - 1  # the last seal's own event waits


def test_two_who_seal_at_once_make_one_chain(app: Flask) -> None:
    for n in range(20):
        happen(f"Event {n}")
    db.session.remove()

    def work() -> None:
        with app.app_context():
            seal()
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(proofs.faults()) == []
    assert db.session.query(Sealed).count() >= 20


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET by = 'somebody else'",
        "DELETE FROM audit_event",
        "UPDATE audit_seal SET digest = ''",
        "DELETE FROM audit_sealed",
    ],
)
def test_the_database_refuses_to_change_the_history(sealed: Flask, statement: str) -> None:
    with pytest.raises(DBAPIError), unguarded(), db.engine.begin() as connection:
        connection.execute(text(statement.replace(" by ", ' "by" ')))
    assert list(proofs.faults()) == []


@pytest.mark.parametrize(
    "change",
    [
        "\"by\" = 'PER-26-00009'",
        "subject = 'AWD-26-00009'",
        "code = 'test.listed'",
        "at = '2020-01-01 00:00:00.000000'",
        'facts = \'{"what": "First", "amount": {"pence": 999}}\'',
        "uid = 'another'",
        "command = 'another'",
    ],
)
def test_an_altered_event_is_named(sealed: Flask, change: str) -> None:
    altered = event_id(0)
    behind_its_back(f"UPDATE audit_event SET {change} WHERE id = {altered}")
    assert f"Event {altered} (" in "".join(found := list(proofs.faults()))
    assert all("was altered" in fault for fault in found)


def test_an_altered_event_whose_digest_was_made_to_fit_another_is_named(sealed: Flask) -> None:
    first, last = event_id(0), event_id(-1)
    behind_its_back(f"UPDATE audit_event SET digest = (SELECT digest FROM audit_event WHERE id = {last}) WHERE id = {first}")
    assert list(proofs.faults()) == [
        f"Event {first} (test.happened, AWD-26-00001) was altered, or was not recorded by this system.",
        f"Seal {first_seal()} does not hold what it sealed: an event in it was altered.",
    ]


def test_a_removed_event_is_named(sealed: Flask) -> None:
    removed = event_id(0)
    behind_its_back(f"DELETE FROM audit_event WHERE id = {removed}")
    assert list(proofs.faults()) == [f"Event {removed} was removed after it was sealed."]


def test_an_event_removed_with_every_trace_of_it_is_named_by_its_seal(sealed: Flask) -> None:
    removed = event_id(0)
    behind_its_back(
        f"DELETE FROM audit_sealed WHERE event_id = {removed}",
        f"DELETE FROM audit_event WHERE id = {removed}",
    )
    assert list(proofs.faults()) == [f"Seal {first_seal()} held 2 events and now holds 1: events were removed or added."]


def test_an_added_event_is_named(sealed: Flask) -> None:
    behind_its_back(
        'INSERT INTO audit_event (uid, at, "by", code, subject, facts, command, digest)'
        " SELECT 'forged', at, \"by\", code, subject, facts, command, digest FROM audit_event"
        f" WHERE id = {event_id(0)}"
    )
    forged = event_id(-1)
    assert list(proofs.faults()) == [
        f"Event {forged} (test.happened, AWD-26-00001) was altered, or was not recorded by this system."
    ]


def test_an_event_slipped_into_a_seal_is_named(sealed: Flask) -> None:
    slipped = event_id(-1)
    seal_id = first_seal()
    behind_its_back(f"INSERT INTO audit_sealed (event_id, seal_id) VALUES ({slipped}, {seal_id})")
    assert list(proofs.faults()) == [f"Seal {seal_id} held 2 events and now holds 3: events were removed or added."]


def test_a_seal_removed_or_altered_is_named(sealed: Flask) -> None:
    first = first_seal()
    behind_its_back(f"UPDATE audit_seal SET digest = 'x' WHERE id = {first}")
    assert any("does not follow the seal before it" in fault for fault in proofs.faults())
    behind_its_back(f"DELETE FROM audit_sealed WHERE seal_id = {first}", f"DELETE FROM audit_seal WHERE id = {first}")
    assert any("does not follow the seal before it" in fault for fault in proofs.faults())


def test_without_the_key_nobody_can_forge(sealed: Flask) -> None:
    settings = sealed.extensions["grants"]
    kept = settings.event_key
    try:
        object.__setattr__(settings, "event_key", b"another")
        assert len(list(proofs.faults())) >= db.session.query(Event).count()
    finally:
        object.__setattr__(settings, "event_key", kept)


def test_erasing_what_is_personal_leaves_the_chain_provable(sealed: Flask) -> None:
    assert db.session.scalar(select(Detail.facts)) == {"email": "ann@example.org"}

    @command
    def erase() -> None:
        db.session.delete(db.session.scalars(select(Detail)).one())

    erase()
    db.session.rollback()
    assert db.session.scalar(select(Detail.facts)) is None
    assert list(proofs.faults()) == []


def test_personal_values_altered_are_named_and_never_stand_in_the_event(sealed: Flask) -> None:
    assert "ann@example.org" not in str([(e.facts, e.digest, e.detail_digest) for e in db.session.scalars(select(Event))])
    personal = db.session.scalar(select(Detail.event_id))
    behind_its_back('UPDATE audit_detail SET facts = \'{"email": "bob@example.org"}\'')
    assert list(proofs.faults()) == [f"The personal part of event {personal} was altered."]


def test_a_missing_guard_is_named(sealed: Flask) -> None:
    db.session.remove()
    with unguarded(), db.engine.begin() as connection:
        on = "" if connection.dialect.name == "sqlite" else " ON audit_event"
        connection.execute(text(f"DROP TRIGGER audit_event_no_delete{on}"))
    try:
        assert list(proofs.faults()) == ["A guard is missing from the database: audit_event_no_delete."]
    finally:
        db.session.remove()
        with unguarded(), db.engine.begin() as connection:
            triggers.create(connection)
