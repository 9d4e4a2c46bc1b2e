"""Organisations: what is known of them, who acts for them, and which roles they have in partnerships."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.files import policies as files
from grants.files import queries as documents
from grants.files import rules as kinds
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import commands, policies, queries
from grants.people.models import Duty, Organisation
from grants.web import navigation
from grants.web.access import is_staff, me, signed_in, staff
from grants.web.forms import Characters, EmailField, HouseForm, Required, TextField

area = Blueprint("organisations", __name__)

SIZE = 25

navigation.item(mark("Organisations"), "organisations.index", 75, shown=is_staff)


class InviteForm(HouseForm):
    name = TextField(mark("Their name"), [Required(mark("Enter their name")), Characters(120)])
    email = EmailField(
        mark("Their email address"),
        [Required(mark("Enter their email address"))],
        description=mark("They get a link with which they say yes. It works for 7 days."),
    )


@area.get("/organisations")
@staff
def index() -> ResponseReturnValue:
    """Every organisation, by name."""
    search, page = request.args.get("q", "")[:100], max(1, request.args.get("page", 1, int))
    rows, count = queries.organisations(search=search, page=page, size=SIZE)
    return render_template(
        "organisations/index.html",
        rows=rows,
        count=count,
        search=search,
        page=page,
        pages=-(-count // SIZE),
        page_url=lambda n: url_for(".index", q=search or None, page=n),
    )


def _seen(ref: str) -> Organisation:
    """An organisation this person may see; 404 otherwise, whether or not it exists."""
    organisation = queries.organisation(ref)
    if not may(policies.see_organisation, me(), organisation):
        raise NotFound()
    return organisation


@area.get("/organisations/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """One organisation."""
    organisation = _seen(ref)
    may_see = may(policies.see_members, me(), organisation)
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        roles=queries.roles_of(organisation),
        may_see=may_see,
        members=queries.members(organisation) if may_see else [],
        invited=queries.invited(organisation) if may_see else [],
        may_invite=may(policies.invite, me(), organisation),
        own=not is_staff(),
        applicant=Duty.APPLICANT,
        sees_documents=may(files.see_vault, me(), organisation),
        documents=documents.vault(organisation) if may(files.see_vault, me(), organisation) else [],
        may_file=may(files.file, me(), organisation),
        names=kinds.NAMES,
        today=clock.today(),
        sees_people=may(policies.see_people, me()),
    )


@area.route("/organisations/<ref>/members/new", methods=["GET", "POST"])
@signed_in
def invite(ref: str) -> ResponseReturnValue:
    """Ask somebody to act for the organisation as an applicant."""
    organisation = _seen(ref)
    require(policies.invite, me(), organisation)
    form = InviteForm()
    if form.accepted():
        with form.reporting():
            notices.send_invitation(organisation, name=form.name.data, email=form.email.data, by=me())
            flash(_("We have sent %(name)s an email.", name=form.name.data))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("organisations/invite.html", form=form, organisation=organisation), form.status


@area.post("/organisations/<ref>/members/<person>/end")
@signed_in
def end(ref: str, person: str) -> ResponseReturnValue:
    """Somebody no longer applies for the organisation, from now on."""
    organisation = _seen(ref)
    require(policies.invite, me(), organisation)
    holding = queries.applicant_of(organisation, queries.person(person))
    commands.end_duty(holding, on=clock.today() - timedelta(days=1), by=me())
    flash(_("They can no longer apply for this organisation."))
    return redirect(url_for(".show", ref=ref), 303)
