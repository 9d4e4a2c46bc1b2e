"""Funding streams and their pots: rules, money, what is protected, past grants; a finance officer opens and protects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.people import queries as people
from grants.people.models import Person
from grants.strategy import wording as facts_wording
from grants.streams import commands, exclusions, policies, pools, queries, wording
from grants.streams.lines import LinesOfPot
from grants.streams.models import Pot
from grants.streams.shared import Contributions
from grants.web import asat, navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
)

area = Blueprint("streams", __name__)
navigation.item(mark("Funding streams"), "streams.index", 40, shown=is_staff)

CONFIRMED, NOT_STATED, AWAITED = "confirmed", "not stated", "awaited"


class Section(NamedTuple):
    """A part of a pot's page: its id on the page, its heading in the contents list, its template and what that shows."""

    name: str
    title: str
    template: str
    found: Any


_TITLES = {  # in the order of the page
    "allocations": mark("Allocations"),
    "lines": mark("Lines"),
    "contributions": mark("Contributions from partners"),
    "shared": mark("Shared budget"),
    "commitments": mark("Protected commitments"),
    "own_spend": mark("Own spend"),
    "changes": mark("Changes and authorities"),
    "terms": mark("Terms"),
}
_SECTIONS: dict[str, tuple[str, Callable[[Person, Pot], Any]]] = {}


def pot_section(name: str, template: str, query: Callable[[Person, Pot], Any]) -> None:
    """Give a pot's page a section: called once at import by the page module whose subject it is.

    `template` sees `pot`, `page` and, as `section`, what the query answers; a query that answers None leaves it out.
    """
    _SECTIONS[name] = (template, query)


def _sections(pot: Pot) -> list[Section]:
    known = [(name, _(title), *_SECTIONS[name]) for name, title in _TITLES.items() if name in _SECTIONS]
    answered = [Section(name, title, template, query(me(), pot)) for name, title, template, query in known]
    return [section for section in answered if section.found is not None]


class PotForm(HouseForm):
    """A stream's pot for a year."""

    year = TextField(
        mark("Which financial year?"),
        [Required(mark("Enter the financial year"))],
        width=10,
        description=mark("For example, 2026/27. It runs from 1 April to 31 March."),
    )
    sure = RadiosField(
        mark("How sure is the allocation?"),
        [Required(mark("Choose how sure the allocation is"))],
        choices=[
            SelectChoice(CONFIRMED, mark("Confirmed")),
            SelectChoice(AWAITED, mark("Awaiting notification")),
            SelectChoice(NOT_STATED, mark("Not stated")),
        ],
        hints={CONFIRMED: mark("Enter the amount below. It becomes free money, dated the first day of the year.")},
    )
    allocation = MoneyField(mark("Allocation, if it is confirmed"), thing=mark("the allocation"), least=Money(0))
    funder = SelectField(mark("Who gives the money?"), blank=mark("Not stated"))
    conditions = LongTextField(
        mark("Conditions, if there are any"), [Characters(2000, mark("Use 2,000 characters or fewer"))], rows=3
    )
    key = OnceKey()


@area.get("/streams")
@staff
def index() -> ResponseReturnValue:
    """Every stream of the person's partnerships, with its years."""
    return render_template("streams/index.html", groups=queries.streams_page(me()), wording=wording, facts=facts_wording)


@area.get("/streams/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One stream: its rules, pots, components, protected commitments and grants of the past."""
    page = queries.stream_page(me(), ref)
    dates, status = asat.of_stream(ref, by=me())
    shown = render_template(
        "streams/show.html",
        **dates,
        page=page,
        stream=page.stream,
        excluded=exclusions.exclusions_of(page.stream),
        may_open=may(policies.open_pot, me(), page.stream),
        wording=wording,
        facts=facts_wording,
    )
    return shown, status


@area.route("/streams/<ref>/pots/new", methods=["GET", "POST"])
@staff
def open_pot(ref: str) -> ResponseReturnValue:
    """Open a stream's pot for a year."""
    stream = queries.stream_of_staff(me(), ref)
    form = PotForm(data={"year": clock.year_label(queries.next_year(stream))})
    form.funder.choices = _organisations()
    if form.accepted() and _whole(form):
        allocation: Any = form.allocation.data
        with form.reporting():
            pot = commands.open_pot(  # type: ignore[call-arg]  # @command takes the key
                stream,
                key=once_key(),
                year=clock.read_year(form.year.data),
                allocation=allocation if form.sure.data == CONFIRMED else None,
                awaited=form.sure.data == AWAITED,
                funders=[form.funder.data] if form.funder.data else [],
                conditions=form.conditions.data or None,
                by=me(),
            )
            flash(_("The pot for %(year)s is open.", year=clock.year_label(pot.year)))
            return redirect(url_for(".pot", ref=pot.ref))
    page = render_template(
        "streams/open_pot.html", stream=stream, form=form, objections=objections(policies.open_pot, me(), stream)
    )
    return page, form.status


def _whole(form: PotForm) -> bool:
    """What one field says against another."""
    try:
        clock.read_year(form.year.data)
    except ValueError:
        form.report(fields={"year": _("Enter a financial year like 2026/27")})
    allocation: Any = form.allocation.data
    if form.sure.data == CONFIRMED and allocation is None:
        form.report(fields={"allocation": _("Enter the allocation, or say that it is not stated")})
    if form.sure.data != CONFIRMED and allocation is not None:
        form.report(fields={"allocation": _("Clear the allocation, or say that it is confirmed")})
    return not form.problems


@area.get("/pots/<ref>")
@staff
def pot(ref: str) -> ResponseReturnValue:
    """One pot: its facts, its money now, and what was taken from it."""
    page = queries.pot_page(me(), ref)
    sections = _sections(page.pot)
    about = [one.ref for one in page.commitments] + [ref for section in sections for ref in _named(section.found)]
    lines = history(ref, *about, most=50)
    return render_template(
        "streams/pot.html",
        page=page,
        pot=page.pot,
        stream=page.pot.stream,
        sections=sections,
        pool=pools.pool(page.pot.pool) if page.pot.pool else None,
        may_look_after=may(policies.look_after_pot, me(), page.pot),
        may_protect=may(policies.passport, me(), page.pot),
        history=lines,
        names=people.names({line.by for line in lines}),
        wording=wording,
        facts=facts_wording,
    )


def _named(found: Any) -> list[str]:
    """The references of the lines and contributions that a section shows: their history is the pot's too."""
    return [str(row.ref) for row in found.rows if row.ref] if isinstance(found, LinesOfPot | Contributions) else []


def _organisations() -> list[SelectChoice]:
    return [SelectChoice(ref, name) for ref, name in queries.organisation_choices()]
