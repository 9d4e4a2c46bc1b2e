"""When reports are due and how much they account for: no database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.money import ZERO, Money
from grants.monitoring.rules import Planned, accountable, between, schedule
from grants.rounds.terms import Reports

APRIL = date(2026, 4, 1)
MARCH = date(2027, 3, 31)


def test_a_report_is_due_in_time_for_the_instalment_that_waits_for_it_and_one_at_the_end():
    assert schedule(APRIL, MARCH, [date(2026, 10, 1)], accepted_on=date(2026, 3, 20)) == [
        Planned(1, APRIL, date(2026, 9, 3), date(2026, 9, 17)),
        Planned(2, date(2026, 9, 4), MARCH, date(2027, 4, 28)),
    ]


def test_an_award_paid_at_once_owes_only_a_final_report():
    assert schedule(APRIL, MARCH, [], accepted_on=date(2026, 3, 20)) == [Planned(1, APRIL, MARCH, date(2027, 4, 28))]


def ends(reports: Reports, *gated: date) -> list[date]:
    """The last days of the periods that are reported on."""
    days = [*gated, *between(reports, APRIL, MARCH, gated)]
    return [planned.period_end for planned in schedule(APRIL, MARCH, days, accepted_on=APRIL)]


def test_reports_come_half_way_or_each_quarter_where_no_instalment_waits_for_one_there():
    assert ends(Reports.SHORT) == ends(Reports.FULL) == [MARCH]
    assert ends(Reports.TWICE) == [date(2026, 9, 30), MARCH]
    assert ends(Reports.TWICE, date(2026, 8, 1)) == [date(2026, 7, 4), MARCH]
    quarters = [date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)]
    assert ends(Reports.QUARTERLY) == [*quarters, MARCH]
    assert ends(Reports.QUARTERLY, date(2026, 10, 1)) == [quarters[0], date(2026, 9, 3), quarters[2], MARCH]
    assert between(Reports.QUARTERLY, APRIL, date(2026, 7, 14), []) == []
    assert len(between(Reports.QUARTERLY, APRIL, date(2026, 7, 15), [])) == 1


def test_every_instalment_that_waits_for_a_report_has_one():
    dues = [date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 4)]
    assert [planned.due_on for planned in schedule(APRIL, MARCH, dues, accepted_on=APRIL)] == [
        date(2026, 6, 17),
        date(2026, 9, 17),
        date(2026, 12, 21),
        date(2027, 4, 28),
    ]


def test_a_group_that_accepts_late_is_not_asked_for_a_report_at_once():
    assert [planned.due_on for planned in schedule(APRIL, MARCH, [date(2026, 5, 1)], accepted_on=date(2026, 6, 1))] == [
        date(2026, 6, 15),
        date(2027, 4, 28),
    ]


@given(
    start=st.dates(date(2026, 1, 1), date(2026, 1, 31)),
    length=st.integers(0, 60),
    gates=st.lists(st.integers(-40, 90), max_size=4),
    accepted=st.integers(-30, 90),
)
def test_the_periods_follow_each_other_and_cover_the_project(start, length, gates, accepted):
    end = start + timedelta(days=length)
    found = schedule(start, end, [start + timedelta(days=n) for n in gates], start + timedelta(days=accepted))
    assert [planned.number for planned in found] == list(range(1, len(gates) + 2))
    assert (found[0].period_start, found[-1].period_end) == (start, end)
    assert all(planned.period_start <= planned.period_end <= planned.due_on for planned in found)
    lengths = [(one.period_start, (one.period_end - one.period_start).days) for one in found]
    covered = {first + timedelta(days=n) for first, days in lengths for n in range(days + 1)}
    assert covered == {start + timedelta(days=n) for n in range(length + 1)}


@pytest.mark.parametrize(
    ("reported", "accounted", "waiting", "moves"),
    [
        (500, 0, 1000, 500),  # less than was paid
        (1500, 0, 1000, 1000),  # more than was paid: the rest is carried
        (1500, 1000, 200, 200),  # part of what was carried can be accounted for
        (1500, 1000, 900, 500),  # all of it
        (1500, 1500, 900, 0),
        (0, 0, 1000, 0),
        (500, 0, 0, 0),
    ],
)
def test_spend_is_accounted_for_as_far_as_it_was_paid(reported, accounted, waiting, moves):
    found = accountable(reported=Money(reported), accounted=Money(accounted), waiting=Money(waiting))
    assert found == Money(moves)


def test_nothing_is_ever_accounted_for_backwards():
    assert accountable(reported=Money(1), accounted=Money(5), waiting=Money(9)) == ZERO
