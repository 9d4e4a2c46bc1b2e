"""The two dates that a page of money may be asked for: as at, and as known on. A GET: nothing is changed by asking.

then = asat.asked()                      reads ?as_at=2026-10-31&known_on=2026-11-15, or the parts a person typed
queries.position(year, on=then.on, known=then.known)
{% from "position/when.html" import when %}{{ when(then.form, url) }} {{ then.words }}    url_for(…, **then.query)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import request

from grants.awards.models import Award
from grants.figures import at_date as at_dates
from grants.figures import queries as positions
from grants.figures import when
from grants.figures.columns import COLUMNS
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO
from grants.kernel.words import mark
from grants.people.models import Person
from grants.web.forms import DatePartsField, HouseForm, SelectChoice

DATES = ("as_at", "known_on")


class WhenForm(HouseForm):
    """As it stood when, as known when."""

    as_at = DatePartsField(
        mark("As at (optional)"),
        thing=mark("the date"),
        description=mark("For example, 31 10 2026. Leave empty for how it stands now."),
    )
    known_on = DatePartsField(
        mark("As known on (optional)"),
        thing=mark("the date it was known"),
        description=mark("Leaves out what was entered later. Any day up to yesterday."),
    )


class Then(NamedTuple):
    """What was asked. A date that cannot be answered is not in it; the form says why."""

    form: Any
    on: date | None
    known_on: date | None

    @property
    def known(self) -> datetime | None:
        return clock.end_of(self.known_on) if self.known_on else None

    @property
    def asked(self) -> bool:
        return bool(self.on or self.known_on)

    @property
    def query(self) -> dict[str, Any]:
        """For addresses: nothing where nothing was asked."""
        dates = zip(DATES, (self.on, self.known_on), strict=True)
        return {name: day.isoformat() for name, day in dates if day}

    @property
    def words(self) -> str:
        return when.in_words(self.on, self.known_on)

    @property
    def todays(self) -> str | None:
        return when.todays(self.on, self.known_on)


def asked(
    form: type[WhenForm] = WhenForm, *, choices: Mapping[str, Sequence[SelectChoice]] | None = None, **shown: Any
) -> Then:
    """The form and the dates the address asks for. NotFound for a date that is none. `choices` of the form's other fields."""
    try:
        given = {name: date.fromisoformat(request.args[name]) for name in DATES if request.args.get(name)}
    except ValueError:
        raise NotFound() from None
    typed = any(request.args.get(f"{name}-{part}") for name in DATES for part in ("day", "month", "year"))
    made = form(request.args if typed else None, data=shown | given, meta={"csrf": False})
    for name, given_choices in (choices or {}).items():
        made[name].choices = list(given_choices)
    if typed and not made.validate():
        return Then(made, None, None)
    late = list(when.unknowable(made.known_on.data))
    if late:
        made.report(fields={"known_on": late[0]})
        return Then(made, None, None)
    return Then(made, made.as_at.data, made.known_on.data)


def of_award(award: Award, *, staff: bool) -> tuple[dict[str, Any], int]:
    """What an award's page needs to show it as it stood, and the status it answers with. Only staff are shown it."""
    if not staff:
        return {"then": None}, 200
    then = asked()
    at_date = at_dates.award_at(award, on=then.on, known=then.known) if then.asked else None
    return {"then": then, "form": then.form, "at_date": at_date}, then.form.status


def of_stream(stream: str, *, by: Person) -> tuple[dict[str, Any], int]:
    """What a stream's page needs to show its pots' money as it stood, and the status it answers with."""
    then = asked()
    money = positions.of_stream(stream, by=by, on=then.on, known=then.known)
    shown = [c for c in COLUMNS if any(row.figures[c.key] != ZERO for _year, row in money)]
    return {"then": then, "form": then.form, "money": money, "columns": shown}, then.form.status
