"""What happened to a thing, in order, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_date
from sqlalchemy import select

from grants.audit.models import Event
from grants.audit.record import SENTENCES
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _

_WHEN = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+\+00:00)?", re.ASCII)  # as `record.plain` writes dates and instants


class Line(NamedTuple):
    """One line of a record's history."""

    at: datetime
    by: str
    sentence: str
    subject: str


def history(*subjects: str, most: int = 200) -> Sequence[Line]:
    """The newest events about these references, newest first."""
    found = db.session.scalars(select(Event).where(Event.subject.in_(subjects)).order_by(Event.id.desc()).limit(most))
    return [Line(e.at, e.by, say(e), e.subject) for e in found]


def say(event: Event) -> str:
    """The event as a sentence."""
    return _(SENTENCES.get(event.code, event.code), **{name: _shown(fact) for name, fact in event.facts.items()})


def _shown(fact: Any) -> Any:
    if isinstance(fact, dict) and set(fact) == {"pence"}:
        return str(Money(fact["pence"]))
    if isinstance(fact, list):
        return ", ".join(str(_shown(f)) for f in fact)
    if isinstance(fact, str) and (when := _WHEN.fullmatch(fact)):
        if when[1] is None:
            return format_date(date.fromisoformat(fact), "d MMMM y", locale="en_GB")
        at = clock.civil(datetime.fromisoformat(fact))
        return f"{format_date(at, 'd MMMM y', locale='en_GB')}, {at:%H:%M}"
    return fact
