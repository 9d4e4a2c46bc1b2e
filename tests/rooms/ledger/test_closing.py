"""Closing a period, opening it again, and asking how things stood on one date as known on another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from grants.kernel import clock
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import Bucket
from tests.builders.ledger import POT, a_book, a_move, an_offer

B = Bucket
APRIL, MAY, JUNE = date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)


def on(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def close(through: date) -> None:
    commands.close(queries.book(POT), through=through, by="test")


def reopen(after: date) -> None:
    commands.reopen(queries.book(POT), after=after, by="test")


def free(day: date, known: datetime = queries.ALWAYS) -> Money:
    return queries.as_at(day, known).get((POT, B.FREE), Money(0))


def test_nothing_is_dated_on_or_before_a_close(app: Flask) -> None:
    a_book(on=date(2026, 4, 1))
    close(APRIL)
    with pytest.raises(RuleBroken) as refusal:
        an_offer("10", on=APRIL)
    assert refusal.value.problems == ("That date is in a period that has been closed. Choose a later date.",)
    an_offer("10", on=APRIL + timedelta(1))


def test_a_book_is_not_closed_twice_through_the_same_date(app: Flask) -> None:
    a_book(on=date(2026, 4, 1))
    close(APRIL)
    with pytest.raises(RuleBroken) as refusal:
        close(APRIL)
    assert refusal.value.problems == ("VCS-2026 is already closed through 30 April 2026.",)


def test_opening_again_allows_only_what_is_after_the_date(app: Flask) -> None:
    a_book(on=date(2026, 4, 1))
    close(APRIL)
    close(MAY)
    reopen(APRIL)
    an_offer("10", on=MAY)
    with pytest.raises(RuleBroken):
        an_offer("10", on=APRIL, award="AWD-26-00002")
    assert list(proofs.faults()) == []


def test_as_at_through_closes_is_what_the_transfers_say(app: Flask) -> None:
    with clock.stopped(on(date(2026, 4, 2))):
        a_book(funded="100", on=date(2026, 4, 1))
        an_offer("10", award="A", on=APRIL)
    with clock.stopped(on(date(2026, 5, 2))):
        close(APRIL)
        an_offer("20", award="B", on=MAY)
    with clock.stopped(on(date(2026, 6, 2))):
        close(MAY)
        an_offer("30", award="C", on=JUNE)
    assert [free(day) for day in (date(2026, 3, 31), date(2026, 4, 1), APRIL, MAY, JUNE)] == [
        Money.pounds(pounds) for pounds in (0, 100, 90, 70, 40)
    ]
    assert queries.as_at(queries.EVER) == queries.balances()
    assert list(proofs.faults()) == []


def test_known_on_leaves_out_what_was_entered_later_and_keeps_what_a_reopened_close_said(app: Flask) -> None:
    with clock.stopped(on(date(2026, 4, 2))):
        a_book(funded="100", on=date(2026, 4, 1))
    with clock.stopped(on(date(2026, 5, 2))):
        close(APRIL)
    with clock.stopped(on(date(2026, 5, 10))):
        reopen(date(2026, 4, 1))
        an_offer("25", on=APRIL)  # found late
    known = [clock.end_of(day) for day in (date(2026, 4, 1), date(2026, 5, 9), date(2026, 5, 10))]
    assert [free(APRIL, k) for k in known] == [Money(0), Money.pounds(100), Money.pounds(75)]
    assert list(proofs.faults()) == []


def test_an_entry_is_never_recorded_before_its_book_last_closed_or_opened(app: Flask) -> None:
    """The clock of the machine that enters may lag behind that of the one which closed."""
    with clock.stopped(on(date(2026, 5, 2), 12)):
        a_book(funded="100", on=date(2026, 4, 1))
        close(APRIL)
        reopen(date(2026, 4, 1))
    with clock.stopped(on(date(2026, 5, 2), 11)):
        an_offer("25", on=APRIL)
    (line,) = queries.history("AWD-26-00001")
    assert line.recorded_at > on(date(2026, 5, 2), 12)
    assert list(proofs.faults()) == []


def test_a_close_is_never_earlier_than_what_it_holds(app: Flask) -> None:
    with clock.stopped(on(date(2026, 5, 2), 12)):
        a_book(funded="100", on=date(2026, 4, 1))
    with clock.stopped(on(date(2026, 5, 2), 11)):
        close(APRIL)
    assert queries.book(POT).changed_at == on(date(2026, 5, 2), 12)
    assert list(proofs.faults()) == []


def test_by_owner_as_at_a_date(app: Flask) -> None:
    a_book(funded="100", on=date(2026, 4, 1))
    an_offer("10", award="A", on=APRIL)
    move = a_move("accept", B.OFFERED, B.COMMITTED, 1000, owner="A")
    commands.post(move, key="accept", on=MAY, by="test", source="A")
    then = {(at.owner, at.bucket): amount for at, amount in queries.by_owner([POT], on=APRIL, owners=["A"]).items()}
    now = {(at.owner, at.bucket): amount for at, amount in queries.by_owner([POT], owners=["A"]).items()}
    assert then == {("A", B.OFFERED): Money.pounds(10)}
    assert now == {("A", B.COMMITTED): Money.pounds(10)}
    assert queries.owned("A") == {(POT, B.COMMITTED): Money.pounds(10)}
    assert queries.owned_by(["A", "B"]) == {("A", POT, B.COMMITTED): Money.pounds(10)}


def test_some_books_or_all(app: Flask) -> None:
    a_book(funded="100")
    a_book("HATE-2026", funded="7")
    assert queries.balances(["HATE-2026"]) == {("HATE-2026", B.FREE): Money(700), ("HATE-2026", B.FUNDER): Money(-700)}
    assert queries.as_at(JUNE, books=["HATE-2026"]) == queries.balances(["HATE-2026"])
    assert queries.balances([]) == {}
    assert len(queries.balances()) == 4
