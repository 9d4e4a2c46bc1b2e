"""As at a date, as known on another: money equals replaying every transfer; the facts beside it stand as they did."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import aliased

from grants.agreements import commands as agreements
from grants.figures import at_date, drill, queries, when
from grants.figures.columns import BY_KEY, COLUMNS
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import ZERO, Money, total
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.ledger.models import Account, Transfer
from grants.papers import reports
from grants.streams import allocations
from grants.streams.models import Certainty
from tests.builders.agreements import a_funder, an_agreement, under
from tests.builders.ledger import a_move
from tests.builders.streams import a_finance_officer, a_pot, a_stream

B = Bucket
FIRST = date(2026, 4, 1)
STEPS = [
    ("offer", B.FREE, B.OFFERED),
    ("accept", B.OFFERED, B.COMMITTED),
    ("approve", B.COMMITTED, B.DUE),
    ("pay", B.DUE, B.PAID),
    ("evidence", B.PAID, B.EVIDENCED),
    ("lapse", B.OFFERED, B.FREE),
    ("contribute", B.PARTNER, B.FREE),
    ("reserve", B.FREE, B.RESERVED),
]
posting = st.tuples(st.sampled_from(STEPS), st.integers(1, 90_000), st.integers(0, 40), st.integers(0, 2), st.booleans())
_codes = count(1)


def on(day: int, hour: float = 12) -> datetime:
    """An instant so many days after the first of April 2026."""
    return datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)


def replayed(book_id: int, day: date, known: datetime) -> dict[str, int]:
    """Column -> pence, by adding up every transfer there is, one by one."""
    out, into = aliased(Account), aliased(Account)
    sums: dict[str, int] = defaultdict(int)
    for a, b, pence in db.session.execute(
        select(out.bucket, into.bucket, Transfer.pence)
        .join(out, out.id == Transfer.from_id)
        .join(into, into.id == Transfer.to_id)
        .where(Transfer.book_id == book_id, Transfer.effective_date <= day, Transfer.recorded_at <= known)
    ):
        for column in COLUMNS:
            sign = -1 if column.came else 1
            sums[column.key] += sign * pence * ((b in column.buckets) - (a in column.buckets))
    return sums


@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(posting, max_size=12), st.integers(0, 45), st.integers(0, 45))
def check_replay(postings: list[tuple[tuple[str, Bucket, Bucket], int, int, int, bool]], day: int, known: int) -> None:
    stream = a_stream()
    with clock.stopped(on(0)):
        pot = a_pot("1000", stream=stream)
    book = pot.book
    for number, ((kind, a, b), pence, effective, award, closes) in enumerate(postings):
        with clock.stopped(on(number * 3)):
            move = a_move(
                kind, a, b, pence, book=pot.ref, owner=f"AWD-26-0000{award}" if b not in (B.RESERVED, B.FREE) else None
            )
            try:
                ledger.post(move, key=f"{pot.ref}:{number}", on=FIRST + timedelta(effective), by="test", source=pot.ref)
                if closes:
                    ledger.close(book, through=FIRST + timedelta(effective), by="test")
            except RuleBroken:
                continue
    at, then = FIRST + timedelta(day), clock.end_of(FIRST + timedelta(known))
    row = next(row for row in queries.position(2026, on=at, known=then).rows if row.pot == pot.ref)
    expected = replayed(book.id, at, then)
    assert {key: amount.pence for key, amount in row.figures.items() if amount is not None} == {
        column.key: expected[column.key] for column in COLUMNS
    }
    assert row.ties
    for column in (COLUMNS[(day + known) % len(COLUMNS)], BY_KEY["free"], BY_KEY["paid"]):
        behind = drill.behind(pot.ref, column.key, on=at, known=then)
        assert behind.adds_up, column.key
        assert total(one.amount for one in behind.whose) == behind.figure


def test_the_position_equals_replaying_every_transfer_at_any_date_by_what_was_known_on_any_other(app: Flask) -> None:
    check_replay()


# -- the facts beside the money ---------------------------------------------------------------------------------------


def test_how_sure_an_allocation_was_is_as_at_the_date_and_as_known(app: Flask) -> None:
    with clock.stopped(on(0)):
        agreement = an_agreement()
        allocation = under(agreement, "500", Certainty.INDICATIVE, effective_on=FIRST)
    pot = allocation.pot
    with clock.stopped(on(20)):
        allocations.advance(
            allocation,
            certainty=Certainty.CONFIRMED,
            amount=Money.pounds(450),
            effective_on=FIRST + timedelta(10),
            document="Letter of 11 April",
            by=a_finance_officer(pot.stream.partnership),
        )

    def row(day: int | None = None, known: int | None = None) -> queries.Row:
        found = queries.position(
            2026,
            on=None if day is None else FIRST + timedelta(day),
            known=None if known is None else clock.end_of(FIRST + timedelta(known)),
        )
        return next(row for row in found.rows if row.pot == pot.ref)

    now = row()
    assert (now.stated, now.figures["allocated"], now.indicative) == (True, Money.pounds(450), ZERO)
    assert row(10).figures == now.figures
    before = row(9)
    assert (before.stated, before.figures["free"], before.indicative) == (False, None, Money.pounds(500))
    assert before.why_free == "not known: the allocation is awaiting notification"
    not_heard_yet = row(30, known=19)
    assert (not_heard_yet.stated, not_heard_yet.indicative) == (False, Money.pounds(500))
    assert row(30, known=20).figures["free"] == Money.pounds(450)


def test_the_funder_is_the_one_of_the_agreement_on_that_date(app: Flask) -> None:
    with clock.stopped(on(0)):
        commissioner, mayor = a_funder("Police and Crime Commissioner"), a_funder("Mayor")
        agreement = an_agreement(funder=commissioner)
        under(agreement, "500", effective_on=FIRST)
        by = a_finance_officer(agreement.partnership)
    with clock.stopped(on(40)):
        agreements.change_funder(
            agreement, organisation=mayor, effective_on=FIRST + timedelta(30), reason="Powers moved", by=by
        )

    def givers(day: int, known: int | None = None) -> list[str]:
        then = clock.end_of(FIRST + timedelta(known)) if known is not None else None
        return [one.giver for one in queries.givers(queries.position(2026, on=FIRST + timedelta(day), known=then))]

    assert (givers(29), givers(30), givers(35, known=39), givers(35, known=40)) == (
        ["Police and Crime Commissioner"],
        ["Mayor"],
        ["Police and Crime Commissioner"],
        ["Mayor"],
    )


def test_an_award_as_it_stood_has_its_money_by_stage_and_its_shares_then(app: Flask) -> None:
    from tests.builders.awards import an_award

    award = an_award("1000", "500.01")
    today = clock.today()
    now = at_date.award_at(award)
    assert [(stage.name, str(amount)) for stage, amount in now.money] == [("COMMITTED", "£1,500.01")]
    assert total(one.amount for one in now.served) == now.whole == award.agreed
    offered = at_date.award_at(award, on=today - timedelta(4))
    assert [stage.name for stage, _amount in offered.money] == ["OFFERED"]
    assert at_date.award_at(award, on=today - timedelta(10)).money == []
    assert at_date.award_at(award, known=clock.end_of(today - timedelta(10))).money == []


def test_what_was_known_can_be_asked_up_to_yesterday() -> None:
    with clock.stopped(datetime(2026, 11, 21, 0, 30, tzinfo=UTC)):
        assert list(when.unknowable(None)) == list(when.unknowable(date(2026, 11, 20))) == []
        for late in (date(2026, 11, 21), date(2027, 1, 1)):
            assert list(when.unknowable(late)) == [
                "What was known can be asked up to yesterday, 20 November 2026: a day that is not over may still change."
            ]
    assert when.in_words(None, None) == "As it stands now."
    assert when.in_words(date(2026, 10, 31), None) == "As at the end of 31 October 2026, by all that is recorded now."
    assert (
        when.in_words(date(2026, 10, 31), date(2026, 11, 15))
        == "As at the end of 31 October 2026, as known at the end of 15 November 2026."
    )
    assert when.in_words(None, date(2026, 11, 15)) == "As it stood, as known at the end of 15 November 2026."
    assert when.todays(None, None) is None


def test_a_report_as_known_on_a_day_says_so_and_refuses_today(app: Flask) -> None:
    a_pot("1000")
    asked = {"year": "2026/27", "strategy": None, "format": "json"}
    april, may = datetime(2026, 4, 30, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    said = reports.render("position", as_at=april, known_on=may, **asked)  # type: ignore[arg-type]
    assert '"as_at": "2026-04-30"' in said and '"known_on": "2026-05-01"' in said
    with pytest.raises(RuleBroken) as refusal:
        reports.render("position", as_at=None, known_on=datetime(2999, 1, 1, tzinfo=UTC), **asked)  # type: ignore[arg-type]
    assert refusal.value.problems[0].startswith("What was known can be asked up to yesterday")
