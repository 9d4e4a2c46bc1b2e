"""As it stood when, as known when: what a page or a report may be asked, and how it says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from grants.kernel import clock
from grants.kernel.words import _


def unknowable(known_on: date | None) -> Iterator[str]:
    """Why a page cannot be shown as known on a date: only days that are over give the same answer every time (ledger.md 4)."""
    if known_on is not None and known_on >= clock.today():
        yield _(
            "What was known can be asked up to yesterday, %(day)s: a day that is not over may still change.",
            day=_day(clock.today() - timedelta(days=1)),
        )


def in_words(on: date | None, known_on: date | None) -> str:
    """'As it stands now.', 'As at the end of 31 October 2026, as known at the end of 15 November 2026.'"""
    if on is None and known_on is None:
        return _("As it stands now.")
    at = _("As at the end of %(day)s", day=_day(on)) if on else _("As it stood")
    if known_on is None:
        return _("%(at)s, by all that is recorded now.", at=at)
    return _("%(at)s, as known at the end of %(day)s.", at=at, day=_day(known_on))


def todays(on: date | None, known_on: date | None) -> str | None:
    """What is not as at the date: said on every page that looks back."""
    if on is None and known_on is None:
        return None
    return _(
        "Money, allocations and how sure they were, who the funder was, shares, estimates, terms and closing are as at then. "
        "Everything else, such as names, states and amounts not stated, is as it is today."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
