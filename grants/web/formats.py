"""How values are written on a page: money, dates as London sees them, numbers and words.

Filters: money, date, short_date, instant, time, iso, year, percent, points, number, listed, sentence, duty, paragraphs, shown.
`{{ value|shown }}` writes any of them rightly and None as "not stated", which is never £0.00.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Date
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any

import flask_babel
from babel.dates import format_date
from flask import Flask, has_app_context
from markupsafe import Markup, escape

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.people import duties
from grants.people.models import Duty
from grants.questions import outcomes


def _day(value: Date, pattern: str) -> str:
    here = flask_babel.get_locale() if has_app_context() else None
    if isinstance(value, datetime):
        value = clock.civil(value).date()
    return format_date(value, pattern, locale=here or "en_GB")


def money(value: Money | None) -> str:
    """£1,250.50; an amount that nobody stated says so."""
    return _("not stated") if value is None else str(value)


def date(value: Date | None) -> str:
    """3 April 2026, in London."""
    return _("not stated") if value is None else _day(value, "d MMMM y")


def short_date(value: Date | None) -> str:
    """3 Apr 2026, which never breaks at a line's end."""
    return _("not stated") if value is None else _day(value, "d MMM y").replace(" ", "\u00a0")


def time(value: datetime) -> str:
    """5:30pm, 9am, midday, midnight: London's clock."""
    at = clock.civil(value)
    if (at.hour, at.minute) in ((0, 0), (12, 0)):
        return _("midnight") if at.hour == 0 else _("midday")
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def instant(value: datetime | None) -> str:
    """3 April 2026 at 5:30pm."""
    return _("not stated") if value is None else _("%(day)s at %(time)s", day=date(value), time=time(value))


def when(value: datetime) -> str:
    """Friday 18 December 2026 at midday: for an opening or a closing time."""
    return _("%(day)s at %(time)s", day=_day(value, "EEEE d MMMM y"), time=time(value))


def iso(value: Date) -> str:
    """For the datetime attribute of <time>."""
    return (clock.civil(value) if isinstance(value, datetime) else value).isoformat()


def year(value: int) -> str:
    """2020/21 for 2020."""
    return clock.year_label(value)


def percent(value: Decimal | int | None, places: int = 0) -> str:
    """21% for Decimal('21.065'); halves go up."""
    if value is None:
        return _("not stated")
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)}%"


def points(value: int) -> str:
    """Basis points as a percentage without needless noughts: 2500 is 25%, 3333 is 33.33%."""
    return f"{(Decimal(value) / 100).normalize():f}%"


def number(value: Decimal | int | None) -> str:
    """1,234 or 12.50: exactly the figures given."""
    return _("not stated") if value is None else f"{value:,}"


def listed(values: Iterable[Any]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    said = [str(value) for value in values]
    if len(said) < 2:
        return "".join(said)
    return _("%(most)s and %(last)s", most=", ".join(said[:-1]), last=said[-1])


def sentence(value: Any) -> str:
    """A state or code as words: 'in_progress' reads 'In progress'."""
    said = str(value.value if isinstance(value, Enum) else value).replace("_", " ").strip()
    return said[:1].upper() + said[1:]


def duty(held: Duty) -> str:
    """A duty as a line of a list names it."""
    return duties.name(held)


def paragraphs(text: str | None) -> Markup:
    """What somebody typed, in paragraphs with its line breaks, each in the direction of its own script, and nothing else."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", (text or "").replace("\r\n", "\n")) if block.strip()]
    lines = (Markup("<br>").join(escape(line) for line in block.split("\n")) for block in blocks)
    return Markup("\n").join(Markup('<p class="govuk-body" dir="auto">{}</p>').format(block) for block in lines)


def shown(value: Any) -> Any:
    """Any value as a page writes it."""
    if value is None:
        return _("not stated")
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Date):
        return date(value)
    if isinstance(value, Enum):
        return sentence(value)
    if isinstance(value, int | Decimal):
        return number(value)
    return whole(str(value))


_REFERENCE = re.compile(r"\b[A-Z]{2,6}-(?:\d{2}-\d{5}|\d{4})\b")


def whole(text: Any) -> Any:
    """Text in which every reference (AWD-26-00001) is kept on one line. What is markup already stays as it is.

    A sentence with one inside is one element, so that a stacked cell does not lay its words out side by side.
    """
    if not isinstance(text, str) or isinstance(text, Markup) or not _REFERENCE.search(text):
        return text
    kept = _REFERENCE.sub(r'<span class="ref">\g<0></span>', str(escape(text)))
    return Markup(kept if _REFERENCE.fullmatch(text) else f"<span>{kept}</span>")


def promise(outcome: Mapping[str, str]) -> str:
    """An outcome of five parts as one sentence."""
    return outcomes.sentence(outcomes.Outcome(**{part: outcome.get(part, "") for part in outcomes.PARTS}))


def boxed(written: str) -> Markup:
    """What a page wrote into a cell, as one element where it is several: a phone sets a cell's parts side by side."""
    inside = str(written).strip()
    return Markup(inside if "<" not in inside or inside.startswith("<div") else f"<div>{inside}</div>")


def columns(given: Sequence[str | tuple[str, str]]) -> list[tuple[str, str]]:
    """Each column's name and kind: '' or 'number'."""
    return [(one, "") if isinstance(one, str) else (one[0], one[1]) for one in given]


_CELL = re.compile(r'<(t[dh])([^>]*?) class="(govuk-table__(?:cell|header))" data-label="">')


def labelled(cells: str, given: Sequence[str | tuple[str, str]]) -> Markup:
    """A row's cells with each column's name written into it, for phones, and figures set to the right."""
    names = iter(columns(given))

    def one(found: re.Match[str]) -> str:
        tag, rest, css = found.groups()
        try:
            name, kind = next(names)
        except StopIteration:
            raise ValueError(f"A row of this table has more cells than its columns {[n for n, _k in columns(given)]}") from None
        numeric = f" {css}--numeric" if kind else ""
        return f'<{tag}{rest} class="{css}{numeric}" data-label="{escape(name)}">'

    return Markup(_CELL.sub(one, str(cells)))  # the cells were escaped where they were written


FILTERS = (
    money,
    date,
    short_date,
    time,
    instant,
    iso,
    year,
    percent,
    points,
    number,
    listed,
    sentence,
    duty,
    paragraphs,
    shown,
    whole,
    promise,
)


def register(app: Flask) -> None:
    """Give the templates these filters."""
    for one in (*FILTERS, boxed, columns, labelled):
        app.jinja_env.filters[one.__name__] = one
    app.jinja_env.globals["_"] = _
