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
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import commands, duties, entry, policies, queries
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
    OnceKey,
    PasswordField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
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
            had=had,
        ),
        form.status,
    )
