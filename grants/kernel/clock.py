"""The one place the product asks what time it is. Instants are UTC; dates and deadlines are London's."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_stopped_at: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _stopped_at.get() or datetime.now(UTC)


def today() -> date:
    """Today's date in London."""
    return now().astimezone(LONDON).date()


def civil(at: datetime) -> datetime:
    """The same instant as a London clock on the wall shows it."""
    return at.astimezone(LONDON)


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Hold the clock at an aware instant, for tests and for building the demonstration."""
    if at.tzinfo is None:
        raise ValueError("The clock is stopped at an instant with a time zone.")
    token = _stopped_at.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _stopped_at.reset(token)


def deadline(day: date, at: time) -> datetime:
    """The instant a London date and time name. ValueError in the hour that is missing or comes twice when clocks change."""
    early = datetime.combine(day, at, LONDON).replace(fold=0)
    late = early.replace(fold=1)
    if early.utcoffset() != late.utcoffset():
        raise ValueError("The clocks change in that hour. Choose a time before 1am or after 2am.")
    return early.astimezone(UTC)


def start_of(day: date) -> datetime:
    """The first instant of a London date."""
    return deadline(day, time(0, 0))


def end_of(day: date) -> datetime:
    """The last whole microsecond of a London date, for questions asked 'as known at the end of that day'."""
    return start_of(day + timedelta(days=1)) - timedelta(microseconds=1)


# A financial year runs from 1 April to 31 March and is named by the calendar year it begins in.


def financial_year(day: date) -> int:
    """2020 for any day from 1 April 2020 to 31 March 2021."""
    return day.year if day >= date(day.year, 4, 1) else day.year - 1


def months_after(day: date, months: int) -> date:
    """The same day some months on (or back), or that month's last: three months after 30 November is 28 February."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def year_label(year: int) -> str:
    """'2020/21' for 2020."""
    return f"{year}/{(year + 1) % 100:02}"


def read_year(typed: str) -> int:
    """2020 for '2020/21'. ValueError for anything that is not one financial year."""
    found = re.fullmatch(r"(\d{4})[/-](\d{2})", typed.strip(), re.ASCII)
    if not found or (int(found[1]) + 1) % 100 != int(found[2]) or not 1900 <= int(found[1]) <= 2200:
        raise ValueError(f"{typed!r} is not a financial year like 2020/21.")
    return int(found[1])


def first_day(year: int) -> date:
    """1 April."""
    return date(year, 4, 1)


def last_day(year: int) -> date:
    """31 March of the calendar year after."""
    return date(year + 1, 3, 31)
