"""People and their duties, for administrators; and everybody's own account."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from grants.kernel import clock
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import may, objections, require
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import commands, delegation, deputies, duties, entry, policies, queries
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.streams.queries import streams_page
from grants.web import navigation
from grants.web.access import me, network, once_key, signed_in, staff, who
from grants.web.forms import (
    Characters,
    CheckboxesField,
    DatePartsField,
    EmailField,
    HouseForm,
    MoneyField,
    OnceKey,
    PasswordField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
)

area = Blueprint("people", __name__)

SIZE = 50
SEERS = {Duty.ADMINISTRATOR, Duty.AUDITOR}

navigation.item(mark("People"), "people.index", 90, shown=lambda: bool((p := who()) and policies.holds_any(p, SEERS)))


class PersonForm(HouseForm):
    name = TextField(mark("Name, or post"), [Required(mark("Enter a name")), Characters(120)])
    email = EmailField(
        mark("Email address"), [Required(mark("Enter an email address"))], description=mark("They sign in with it.")
    )
    key = OnceKey()


class DutyForm(HouseForm):
    duty = SelectField(mark("Duty"), [Required(mark("Choose a duty"))], blank=mark("Choose a duty"))
    organisation = TextField(
        mark("Organisation"),
        [Characters(80)],
        width=20,
        description=mark("Only for somebody who acts for a group: its reference, like ORG-26-00001."),
    )
    partnership = SelectField(
        mark("Partnership"),
        blank=mark("Everywhere"),
        description=mark("For a duty among the people who run the funding."),
    )
    streams = CheckboxesField(
        mark("Only in these streams"), description=mark("Tick none for all of the partnership’s streams."), small=True
    )
    starts_on = DatePartsField(mark("First day"), [Required(mark("Enter the first day"))], thing=mark("the first day"))
    ends_on = DatePartsField(
        mark("Last day (optional)"),
        description=mark("Leave it empty for as long as they are needed."),
        thing=mark("the last day"),
    )
    key = OnceKey()


class EndForm(HouseForm):
    on = DatePartsField(
        mark("Last day"),
        [Required(mark("Enter the last day"))],
        description=mark("The duty still counts on this day. To end it at once, enter yesterday."),
        thing=mark("the last day"),
    )


class DeputyForm(HouseForm):
    """Who acts for somebody who is away."""

    deputy = SelectField(mark("Who acts as deputy?"), [Required(mark("Choose who acts as deputy"))], blank=mark("Choose one"))
    starts_on = DatePartsField(mark("First day"), [Required(mark("Enter the first day"))], thing=mark("the first day"))
    ends_on = DatePartsField(
        mark("Last day"),
        [Required(mark("Enter the last day"))],
        description=mark("Not more than 92 days. You can end it sooner."),
        thing=mark("the last day"),
    )
    reason = TextField(
        mark("Why?"),
        [Required(mark("Say why a deputy is needed")), Characters(deputies.BECAUSE)],
        description=mark("For example, annual leave. It is kept with the history, and can be erased."),
    )
    key = OnceKey()


class DelegationForm(HouseForm):
    """One row of the delegation table."""

    what = SelectField(mark("What is approved?"), [Required(mark("Choose what is approved"))], blank=mark("Choose one"))
    duty = SelectField(mark("Which duty may approve it?"), [Required(mark("Choose a duty"))], blank=mark("Choose one"))
    withdrawn = TickField(mark("It may no longer approve this"))
    up_to = MoneyField(
        mark("Up to how much?"),
        description=mark("Leave it empty for any amount."),
        thing=mark("the limit"),
        least=Money(1),
    )
    resolution = TickField(mark("Only where a resolution is cited"))
    effective_on = DatePartsField(mark("From which day?"), [Required(mark("Enter the day"))], thing=mark("the day"))
    key = OnceKey()


class PasswordForm(HouseForm):
    current_password = PasswordField(mark("Your current password"))
    new_password = PasswordField(  # names that say 'password' are never held
        mark("New password"),
        [Required(mark("Enter a new password"))],
        description=mark("At least 12 characters. Three random words work well."),
        autocomplete="new-password",
    )


@area.get("/people")
@staff
def index() -> ResponseReturnValue:
    """Everybody, by name, with what they hold."""
    require(policies.see_people, me())
    search, page = request.args.get("q", "")[:100], max(1, request.args.get("page", 1, int))
    rows, count = queries.everybody(search=search, page=page, size=SIZE)
    return render_template(
        "people/index.html",
        rows=rows,
        count=count,
        search=search,
        page=page,
        pages=-(-count // SIZE),
        page_url=lambda n: url_for(".index", q=search or None, page=n),
        may_add=may(policies.look_after, me()),
    )


@area.route("/people/new", methods=["GET", "POST"])
@staff
def add() -> ResponseReturnValue:
    """Add somebody, who is told by e-mail."""
    require(policies.look_after, me())
    form = PersonForm()
    if form.accepted():
        with form.reporting():
            person = notices.welcome(name=form.name.data, email=form.email.data, by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("%(name)s was added. Give them a duty now.", name=person.name))
            return redirect(url_for(".show", ref=person.ref), 303)
    return render_template("people/add.html", form=form), form.status


@area.get("/people/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """One person: what they hold, held and will hold."""
    person = _seen(ref)
    return render_template(
        "people/show.html",
        person=person,
        held=queries.held_by(person),
        does=duties.does,
        may_give=may(policies.give_any, me(), person),
        may_stop=may(policies.look_after, me()) and person.id != me().id,
        may_end={number: may(policies.end, me(), h) for number, h in enumerate(person.holdings, 1)},
        deputised={n for n, h in deputies.nameable(person) if may(deputies.may_name, me(), h)},
        acting=deputies.of(person),
        own=person.id == me().id,
    )


def _seen(ref: str) -> Person:
    """A person whose page this one may see; 404 otherwise, whether or not they exist."""
    person = queries.person(ref)
    if not may(policies.see_person, me(), person):
        raise NotFound()
    return person


@area.route("/people/<ref>/duties/new", methods=["GET", "POST"])
@staff
def give(ref: str) -> ResponseReturnValue:
    """Give a duty."""
    person = _seen(ref)
    require(policies.give_any, me(), person)
    form = DutyForm(data={"starts_on": clock.today()})
    groups = streams_page(me())
    form.duty.choices = [SelectChoice(duty.value, duty.value.capitalize()) for duty in Duty]
    form.partnership.choices = [SelectChoice(r, name) for r, name in queries.partnership_choices(me())]
    form.streams.choices = [SelectChoice(s.ref, s.name) for group in groups for s in group.streams]
    if form.accepted():
        with form.reporting():
            assert form.starts_on.data
            home = {s.ref: group.ref for group in groups for s in group.streams}
            strange = [s for s in form.streams.data if home[s] != (form.partnership.data or home[s])]
            if strange:
                form.report(fields={"streams": _("Choose streams of the partnership you chose.")})
            else:
                commands.give_duty(
                    person,
                    duty=Duty(form.duty.data),
                    organisation=_organisation(form.organisation.data),
                    partnership=_partnership(form.partnership.data),
                    streams=form.streams.data,
                    starts_on=form.starts_on.data,
                    ends_on=form.ends_on.data,
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # the decorator's
                )
                flash(_("%(name)s now has this duty.", name=person.name))
                return redirect(url_for(".show", ref=ref), 303)
    about = [(duty.value.capitalize(), duties.does(duty)) for duty in Duty]
    return render_template("people/give.html", form=form, person=person, about=about), form.status


def _organisation(ref: str | None) -> Organisation | None:
    try:
        return queries.organisation(ref) if ref else None
    except NotFound:
        raise RuleBroken(_("There is no organisation with this reference."), field="organisation") from None


def _partnership(ref: str | None) -> Partnership | None:
    return queries.partnership(ref) if ref else None


@area.route("/people/<ref>/duties/<int:number>/end", methods=["GET", "POST"])
@staff
def end(ref: str, number: int) -> ResponseReturnValue:
    """End a duty on a day."""
    person = _seen(ref)
    holding = queries.holding_of(person, number)
    require(policies.end, me(), holding)
    form = EndForm(data={"on": clock.today()})
    if form.accepted():
        assert form.on.data
        with form.reporting():
            commands.end_duty(holding, on=form.on.data, by=me())
            flash(_("The duty ends."))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("people/end.html", form=form, person=person, holding=holding), form.status


@area.route("/people/<ref>/duties/<int:number>/deputy", methods=["GET", "POST"])
@staff
def deputy(ref: str, number: int) -> ResponseReturnValue:
    """Name who acts for somebody while they are away."""
    person = _seen(ref)
    holding = deputies.held_by(person, number)
    require(deputies.may_name, me(), holding)
    form: Any = DeputyForm(data={"starts_on": clock.today()})
    form.deputy.choices = [SelectChoice(one, name) for one, name in deputies.choices(holding)]
    if form.accepted():
        with form.reporting():
            deputies.name_deputy(
                holding,
                deputy=queries.person(form.deputy.data),
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                reason=form.reason.data,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # the decorator's
            )
            flash(_("The deputy is named."))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("people/deputy.html", form=form, person=person, holding=holding), form.status


@area.post("/people/<ref>/duties/<int:number>/end-deputy")
@staff
def end_deputy(ref: str, number: int) -> ResponseReturnValue:
    """The person is back: their deputy stops acting at once."""
    holding = queries.holding_of(queries.person(ref), number)
    if holding.deputy_for is None or not may(deputies.may_end, me(), holding):
        raise NotFound()
    deputies.end_deputy(holding, by=me())
    flash(_("The deputy acts no longer."))
    return redirect(url_for(".account"), 303)


@area.get("/delegation")
@staff
def delegation_table() -> ResponseReturnValue:
    """Who may approve how much of what, in every partnership where this person works."""
    found = queries.partnerships_of(me())
    tables = delegation.tables([one.id for one in found])
    return render_template(
        "people/delegation.html",
        tables=[(one, tables[one.id], may(delegation.change, me(), one)) for one in found],
        said=delegation.SAID,
        label=duties.label,
    )


@area.route("/delegation/<ref>/change", methods=["GET", "POST"])
@staff
def change_delegation(ref: str) -> ResponseReturnValue:
    """Set a row of a partnership's table, or take it out: the chief finance officer."""
    found = next((one for one in queries.partnerships_of(me()) if one.ref == ref), None)
    if found is None:
        raise NotFound()
    form: Any = DelegationForm(data={"effective_on": clock.today()})
    form.what.choices = [SelectChoice(what.value, what.value.capitalize()) for what in delegation.What]
    form.duty.choices = [SelectChoice(duty.value, duty.value.capitalize()) for duty in delegation.MAY_BE_GIVEN]
    if form.accepted():
        row: dict[str, Any] = {
            "what": form.what.data,
            "duty": Duty(form.duty.data),
            "resolution": form.resolution.data,
            "effective_on": form.effective_on.data,
            "by": me(),
            "key": once_key(),
        }
        with form.reporting():
            if form.withdrawn.data:
                delegation.withdraw_delegation(found, **row)
            else:
                delegation.set_delegation(found, up_to=form.up_to.data, **row)
            flash(_("The delegation table is changed."))
            return redirect(url_for(".delegation_table"), 303)
    page = render_template(
        "people/change_delegation.html", form=form, partnership=found, objections=objections(delegation.change, me(), found)
    )
    return page, form.status


@area.post("/people/<ref>/stop")
@staff
def stop(ref: str) -> ResponseReturnValue:
    """Stop an account at once."""
    commands.stop(_seen(ref), by=me())
    flash(_("This account is stopped. Whoever used it is signed out."))
    return redirect(url_for(".show", ref=ref), 303)


@area.post("/people/<ref>/open")
@staff
def reopen(ref: str) -> ResponseReturnValue:
    """Open a stopped account again."""
    commands.reopen(_seen(ref), by=me())
    flash(_("This account is open again."))
    return redirect(url_for(".show", ref=ref), 303)


@area.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> ResponseReturnValue:
    """What is kept of the person at the keyboard, and their password."""
    form: Any = PasswordForm()
    had = me().password_hash is not None
    if not had:
        del form.current_password
    if form.accepted():
        with form.reporting():
            entry.change_password(
                me(),
                current=form.current_password.data if had else None,
                new=form.new_password.data,
                network=network(),
                keep=current_user.sign_in,
                by=me(),
            )
            flash(_("Your password is set. Every other browser where you were signed in is signed out."))
            return redirect(url_for(".account"), 303)
    return (
        render_template(
            "people/account.html",
            form=form,
            person=me(),
            held=[line for line in queries.held_by(me()) if not line.over],
            nameable=deputies.nameable(me()),
            acting=deputies.of(me()),
            had=had,
        ),
        form.status,
    )
