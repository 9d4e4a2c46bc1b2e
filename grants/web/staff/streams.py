"""Funding streams and their pots: rules, money, what is protected, past grants; a finance officer opens and protects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import queries as people
from grants.people.models import Person
from grants.strategy import wording as facts_wording
from grants.streams import commands, exclusions, policies, pools, promises, queries, rules, wording
from grants.streams.models import Pot
from grants.web import asat, navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    DatePartsField,
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


class Effect(NamedTuple):
    """What protecting an amount would do to a pot's free money."""

    free: Money
    amount: Money

    @property
    def left(self) -> Money:
        """What would still be free."""
        return self.free - self.amount


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


class ProtectForm(HouseForm):
    """Money set aside for a commitment that already stands."""

    recipient = TextField(
        mark("Who or what is the money protected for?"),
        [Required(mark("Enter who or what the money is protected for")), Characters(200, mark("Use 200 characters or fewer"))],
    )
    organisation = SelectField(mark("Which organisation is that, if it is one of ours?"), blank=mark("None of these"))
    amount = MoneyField(
        mark("How much?"), [Required(mark("Enter how much is protected"))], thing=mark("the amount"), least=Money(1)
    )
    protected_from = DatePartsField(
        mark("Protected from"), [Required(mark("Enter the day the protection begins"))], thing=mark("the first day")
    )
    protected_until = DatePartsField(
        mark("Protected until"), [Required(mark("Enter the last day of the protection"))], thing=mark("the last day")
    )
    approval_basis = TextField(
        mark("What approved it?"),
        [Required(mark("Enter what approved it")), Characters(500, mark("Use 500 characters or fewer"))],
        description=mark("For example, a decision of the board and its date."),
    )
    review_due = DatePartsField(mark("When is it reviewed? (optional)"), thing=mark("the day of the review"))
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
    lines = history(ref, *(one.ref for one in page.commitments), most=50)
    return render_template(
        "streams/pot.html",
        page=page,
        pot=page.pot,
        stream=page.pot.stream,
        sections=_sections(page.pot),
        pool=pools.pool(page.pot.pool) if page.pot.pool else None,
        may_look_after=may(policies.look_after_pot, me(), page.pot),
        may_protect=may(policies.passport, me(), page.pot),
        history=lines,
        names=people.names({line.by for line in lines}),
        wording=wording,
        facts=facts_wording,
    )


@area.route("/pots/<ref>/protect", methods=["GET", "POST"])
@staff
def protect(ref: str) -> ResponseReturnValue:
    """Protect money of a pot: first the effect is shown, then the same figures are confirmed."""
    found = queries.pot_of_staff(me(), ref)
    form = ProtectForm(data={"protected_from": found.starts_on, "protected_until": found.ends_on})
    form.organisation.choices = _organisations()
    free = ledger.balance(At(found.ref, "", Bucket.FREE))
    effect = None
    if form.accepted() and _protectable(found, form, free):
        amount: Any = form.amount.data
        effect = Effect(free, amount)
        if request.form.get("confirm") == str(effect.amount.pence):
            shown, effect = effect, None
            with form.reporting():
                commands.passport(found, key=once_key(), **_typed(form), by=me())  # type: ignore[call-arg]  # @command takes the key
                flash(_("%(amount)s is protected.", amount=shown.amount))
                return redirect(url_for(".pot", ref=ref))
    page = render_template(
        "streams/protect.html",
        pot=found,
        stream=found.stream,
        form=form,
        free=free,
        effect=effect,
        objections=objections(policies.passport, me(), found),
    )
    return page, form.status


def _protectable(pot: Pot, form: ProtectForm, free: Money) -> bool:
    """Say on the form, before anything is done, what the command would refuse."""
    found = list(rules.unprotectable(pot, **_typed(form), barred=promises.barred(pot)))
    amount: Any = form.amount.data
    if not found and amount > free:
        found = [_("%(pot)s has %(free)s free; this needs %(amount)s.", pot=pot.ref, free=str(free), amount=str(amount))]
    form.report(*found)
    return not found


def _typed(form: ProtectForm) -> dict[str, Any]:
    return {
        "recipient": form.recipient.data,
        "organisation": people.organisation(form.organisation.data) if form.organisation.data else None,
        "amount": form.amount.data,
        "protected_from": form.protected_from.data,
        "protected_until": form.protected_until.data,
        "approval_basis": form.approval_basis.data,
        "review_due": form.review_due.data,
    }


def _organisations() -> list[SelectChoice]:
    return [SelectChoice(ref, name) for ref, name in queries.organisation_choices()]


pot_section("commitments", "streams/pot/commitments.html", lambda _by, _pot: ())
