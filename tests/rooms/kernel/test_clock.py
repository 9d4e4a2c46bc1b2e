"""London's dates, deadlines and financial years; an hour that comes twice or never is no deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel import clock

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the clocks change


def test_today_is_londons() -> None:
    with clock.stopped(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 1)
    with clock.stopped(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 31)


def test_a_stopped_clock_stands_still_and_goes_on_after() -> None:
    at = datetime(2026, 6, 30, 12, tzinfo=UTC)
    with clock.stopped(at):
        assert clock.now() == clock.now() == at
        with clock.stopped(at + timedelta(1)):
            assert clock.now() == at + timedelta(1)
        assert clock.now() == at
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_clock_is_stopped_only_at_an_instant() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.stopped(datetime(2026, 6, 30)):  # noqa: DTZ001  # that is the point
        pass


def test_a_deadline_is_londons_time_of_day() -> None:
    assert clock.deadline(date(2026, 6, 30), time(17)) == datetime(2026, 6, 30, 16, tzinfo=UTC)
    assert clock.deadline(date(2026, 12, 1), time(17)) == datetime(2026, 12, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at"),
    [(SPRING, time(1)), (SPRING, time(1, 59, 59)), (AUTUMN, time(1)), (AUTUMN, time(1, 30)), (AUTUMN, time(1, 59, 59))],
)
def test_no_deadline_in_the_hour_that_is_missing_or_comes_twice(day: date, at: time) -> None:
    with pytest.raises(ValueError, match="before 1am or after 2am"):
        clock.deadline(day, at)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_deadlines_just_outside_that_hour_stand(day: date) -> None:
    assert clock.civil(clock.deadline(day, time(0, 59, 59))).time() == time(0, 59, 59)
    assert clock.civil(clock.deadline(day, time(2))).time() == time(2)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_day_begins_as_the_day_before_ends(day: date) -> None:
    assert clock.end_of(day) + timedelta(microseconds=1) == clock.start_of(day + timedelta(1))
    assert clock.civil(clock.start_of(day)).date() == clock.civil(clock.end_of(day)).date() == day
    assert clock.end_of(day) - clock.start_of(day) in (
        timedelta(hours=hours) - timedelta(microseconds=1) for hours in (23, 24, 25)
    )


def test_the_days_the_clocks_change_are_an_hour_short_and_an_hour_long() -> None:
    length = [clock.start_of(day + timedelta(1)) - clock.start_of(day) for day in (SPRING, AUTUMN)]
    assert length == [timedelta(hours=23), timedelta(hours=25)]


@given(st.dates(date(1901, 1, 1), date(2199, 1, 1)))
def test_a_day_lies_in_its_financial_year(day: date) -> None:
    year = clock.financial_year(day)
    assert clock.first_day(year) <= day <= clock.last_day(year)
    assert clock.read_year(clock.year_label(year)) == year


def test_financial_years_turn_on_1_april() -> None:
    assert clock.financial_year(date(2021, 3, 31)) == 2020
    assert clock.financial_year(date(2021, 4, 1)) == 2021
    assert (clock.year_label(2020), clock.year_label(1999)) == ("2020/21", "1999/00")
    assert (clock.read_year(" 2020-21 "), clock.read_year("1999/00")) == (2020, 1999)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 6, 5), 1, date(2026, 5, 5)),
        (date(2026, 6, 5), 6, date(2025, 12, 5)),
        (date(2026, 12, 5), 12, date(2025, 12, 5)),
        (date(2026, 1, 5), 1, date(2025, 12, 5)),
        (date(2026, 1, 5), 60, date(2021, 1, 5)),
        (date(2026, 7, 31), 1, date(2026, 6, 30)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 30), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2028, 2, 29), 48, date(2024, 2, 29)),
        (date(2026, 3, 31), 2, date(2026, 1, 31)),
        (date(2026, 11, 30), -3, date(2027, 2, 28)),
    ],
)
def test_so_many_months_back_or_on_is_the_same_day_or_that_months_last(day: date, months: int, before: date) -> None:
    assert clock.months_after(day, -months) == before


@pytest.mark.parametrize("typed", ["2020", "2020/22", "20/21", "2020/2021", "٢٠٢٠/21", "", "1800/01"])
def test_what_is_no_financial_year_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a financial year"):
        clock.read_year(typed)
