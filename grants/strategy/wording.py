"""How the figures of a strategy are said: readings in their own unit with their qualifier, baselines, targets, dates."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import flask_babel
from babel.dates import format_date
from flask import has_app_context

from grants.kernel.words import _, mark


def day(value: date) -> str:
    """31 March 2021."""
    here = flask_babel.get_locale() if has_app_context() else None
    return format_date(value, "d MMMM y", locale=here or "en_GB")


def plain(value: Decimal) -> str:
    """The figure exactly as its source states it, with commas: 17,421 or 0.6667."""
    return f"{value:,f}"


def _nth(value: Decimal) -> str:
    number = plain(value)
    if value != value.to_integral_value() or int(value) % 100 in (11, 12, 13):
        return f"{number}th"
    return number + {1: "st", 2: "nd", 3: "rd"}.get(int(value) % 10, "th")


_UNITS = {
    "count": mark("%(value)s"),
    "text": mark("%(value)s"),
    "score": mark("a score of %(value)s"),
    "percent": mark("%(value)s%%"),
    "percent_change": mark("%(value)s%% change"),
    "percent_above_england": mark("%(value)s%% above England"),
    "percentage_points": mark("%(value)s percentage points"),
    "gbp": mark("£%(value)s"),
    "fraction": mark("%(value)s of the whole"),
    "rate_per_100000": mark("%(value)s per 100,000 people"),
    "count_per_month": mark("%(value)s a month"),
    "count_per_week": mark("%(value)s a week"),
    "rank": mark("%(nth)s"),
    "rank_lowest": mark("%(nth)s lowest"),
    "rank_highest": mark("%(nth)s highest"),
    "rank_worst": mark("%(nth)s worst"),
    "rank_worst_of_326": mark("%(nth)s worst of 326"),
}
_QUALIFIED = {
    "exact": mark("%(figure)s"),
    "approx": mark("about %(figure)s"),
    "over": mark("over %(figure)s"),
    "under": mark("under %(figure)s"),
    "within": mark("within %(figure)s"),
    "estimate": mark("%(figure)s (estimate)"),
}
_TRENDS = {
    "up": mark("up"),
    "down": mark("down"),
    "level": mark("level"),
    "down_then_up": mark("down, then up"),
    "up_then_down": mark("up, then down"),
    "above_comparator": mark("above the comparison"),
    "below_comparator": mark("below the comparison"),
    "above_agreed": mark("above what was agreed"),
}
_BASES = {
    "stated": mark("stated in the source"),
    "part_inferred": mark("partly inferred from the source"),
    "inferred": mark("inferred from the source"),
    "derived": mark("worked out from the source"),
    "fictional": mark("made up for the demonstration"),
}
_BASELINES = {
    "not_applicable": mark("no baseline"),
    "to_be_established": mark("baseline to be established"),
    "not_stated": mark("not stated"),
}
_DIRECTIONS = {
    "down": mark("lower is better"),
    "up": mark("higher is better"),
    "monitor": mark("watched, neither way is better"),
}
_KINDS = {
    "none": mark("no target"),
    "percent_change": mark("percent change"),
    "absolute": mark("a figure to reach"),
    "threshold": mark("a threshold"),
    "year_on_year": mark("year on year"),
    "milestone": mark("a milestone"),
    "direction_only": mark("direction only"),
    "comparative": mark("a comparison"),
    "to_be_set": mark("to be set"),
}
_STATUSES = {
    "none": mark("no target"),
    "set": mark("set"),
    "to_be_set": mark("to be set"),
    "direction_only": mark("direction only"),
    "exceeded": mark("exceeded"),
    "on_track": mark("on track"),
}


def runs(starts_on: date | None, ends_on: date | None) -> str:
    """'1 April 2018 to 31 March 2021', or as much of it as is stated."""
    if starts_on and ends_on:
        return _("%(first)s to %(last)s", first=day(starts_on), last=day(ends_on))
    if starts_on:
        return _("from %(first)s, end not stated", first=day(starts_on))
    return _("until %(last)s, start not stated", last=day(ends_on)) if ends_on else _("not stated")


def spaced(code: str) -> str:
    """A code of a free vocabulary as words: 'contributes_to' reads 'contributes to'."""
    return code.replace("_", " ")


def trend(code: str) -> str:
    """Which way it went, in words."""
    return _(_TRENDS[code]) if code in _TRENDS else spaced(code)


def basis(code: str | None) -> str:
    """How sure a fact is: stated, partly inferred, inferred, or worked out."""
    return _(_BASES.get(code or "", mark("source not stated")))


def direction(code: str) -> str:
    """Which way is better."""
    return _(_DIRECTIONS[code]) if code in _DIRECTIONS else spaced(code)


def target_kind(code: str) -> str:
    """What kind of target it is."""
    return _(_KINDS[code]) if code in _KINDS else spaced(code)


def target_status(code: str) -> str:
    """How the target stands."""
    return _(_STATUSES[code]) if code in _STATUSES else spaced(code)


def measure(value: Decimal, unit: str) -> str:
    """A value in a unit: '92%', '£400,000', '3rd lowest', '8 per 100,000 people'. An unknown unit is named after it."""
    if unit == "yes_no" and value in (0, 1):
        return _("yes") if value else _("no")
    if unit not in _UNITS:
        return f"{plain(value)} {spaced(unit)}"
    return _(_UNITS[unit], value=plain(value), nth=_nth(value))


def reading(value: Decimal | None, unit: str, qualifier: str, went: str | None = None) -> str:
    """One reading as a report must say it (R32): its figure, its own unit, its qualifier; or in words which way it went."""
    if value is None:
        return _("%(trend)s, in words only", trend=trend(went)) if went else _("in words only")
    if qualifier == "within" and unit == "rank_worst_of_326":
        return _("within the worst %(value)s of 326", value=plain(value))
    said = measure(value, unit)
    return _(_QUALIFIED[qualifier], figure=said) if qualifier in _QUALIFIED else f"{spaced(qualifier)} {said}"


def baseline(value: Decimal | None, unit: str, when: str | None, status: str) -> str:
    """'3,515 in 2003/04', 'baseline to be established', 'not stated (2004/05)', or none."""
    if value is not None:
        said = _("%(figure)s in %(period)s", figure=measure(value, unit), period=period(when)) if when else measure(value, unit)
        return _("%(figure)s (inferred)", figure=said) if status == "inferred" else said
    said = _(_BASELINES[status]) if status in _BASELINES else spaced(status)
    return f"{said} ({period(when)})" if when else said


def target(
    kind: str, status: str, *, way: str, unit: str, change: Decimal | None, value: Decimal | None, until: str | None
) -> str:
    """What is aimed at, in words (R19): 'down by 30% to 2,461, by 31 March 2008'."""
    if kind == "none":
        return _("No target")
    said = _aim(kind, way, unit, change, value)
    if status == "to_be_set" and kind != "to_be_set":
        said = _("%(aim)s (figure to be set)", aim=said)
    if not until:
        return said
    if until == "annual":
        return _("%(aim)s, each year", aim=said) if kind != "year_on_year" else said
    return _("%(aim)s, by %(when)s", aim=said, when=written(until))


def _aim(kind: str, way: str, unit: str, change: Decimal | None, value: Decimal | None) -> str:
    figure = measure(value, unit) if value is not None else None
    by = (
        None
        if change is None
        else _("down by %(n)s%%", n=plain(-change))
        if change < 0
        else _("up by %(n)s%%", n=plain(change))
    )
    if kind == "percent_change" and by:
        return _("%(by)s to %(figure)s", by=by, figure=figure) if figure else by
    if kind == "year_on_year":
        return _("%(by)s each year", by=by) if by else _("Year on year, no figure")
    if kind == "threshold" and figure:
        return _("at most %(figure)s", figure=figure) if way == "down" else _("at least %(figure)s", figure=figure)
    if kind in ("absolute", "milestone") and figure:
        return _("reach %(figure)s", figure=figure)
    if kind == "milestone":
        return _("A milestone")
    if kind == "comparative":
        return _("Against a comparison")
    if kind == "to_be_set":
        return _("Target to be set")
    return {"down": _("To go down, no figure"), "up": _("To go up, no figure")}.get(way, _("To be watched"))


def period(said: str) -> str:
    """A period as its source writes it; one written as two ISO days, in words."""
    days = re.fullmatch(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)", said)
    return runs(date.fromisoformat(days[1]), date.fromisoformat(days[2])) if days else written(said)


def written(until: str) -> str:
    """A target's date as its source writes it (R26): a whole day in words; '2008' and '2005-12' as they are."""
    return day(date.fromisoformat(until)) if re.fullmatch(r"\d{4}-\d\d-\d\d", until) else until
