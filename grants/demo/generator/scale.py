"""How large each part is for a number of awards, and when it all happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import NamedTuple

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)  # the generated world's present: nothing in it is later
TODAY = NOW.date()
BEGAN = date(2022, 4, 1)  # the first day of its first financial year
THIS_YEAR = 2026
MOST_STREAMS = 50


class Scale(NamedTuple):
    """The size of every part."""

    awards: int
    streams: int
    years: tuple[int, ...]  # each named by the calendar year it begins in
    groups: int

    @property
    def pots(self) -> int:
        """A pot for each stream and year."""
        return self.streams * len(self.years)

    def awards_in(self, stream: int, year: int) -> int:
        """How many awards a pot gives; over every pot they come to `awards` exactly. Streams count from nought."""
        number = stream * len(self.years) + self.years.index(year)
        return self.awards // self.pots + (number < self.awards % self.pots)


def scale(awards: int) -> Scale:
    """A pot gives some hundreds of awards a year; a partnership has up to fifty streams and five years behind it."""
    streams = min(MOST_STREAMS, max(2, awards // 2_000 + 1))
    years = range(THIS_YEAR - 4, THIS_YEAR + 1) if awards >= 500 else range(THIS_YEAR - 1, THIS_YEAR + 1)
    return Scale(awards, streams, tuple(years), max(14, awards // 3))


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """An instant on a day, in UTC; between 1 and 22 o'clock it is that day in London too."""
    return datetime.combine(day, time(hour, minute), UTC)
