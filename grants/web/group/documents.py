"""A group's own documents: sent once, used in every application, replaced when they run out. And every document's download."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.files import commands, names, policies, queries, rules
from grants.files.models import What
from grants.kernel import clock
from grants.kernel.errors import Objection, Refused
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people import queries as people
from grants.people.duties import ACTS, label
from grants.people.models import Duty, Organisation
from grants.people.policies import holds_any
from grants.web import navigation
from grants.web.access import me, once_key, signed_in, who
from grants.web.forms import DatePartsField, HouseForm, OnceKey, RadiosField, Required, SelectChoice, SelectField, UploadField
from grants.web.uploads import serve

area = Blueprint("documents", __name__)

ASKED = [kind for kind in What if kind not in rules.NOT_BEFORE_AWARD]


def _of_a_group() -> bool:
    person = who()
    return person is not None and holds_any(person, ACTS)


navigation.item(mark("Documents"), "documents.index", 30, shown=_of_a_group)


class ReplaceForm(HouseForm):
    file = UploadField(mark("The new document"), [Required(mark("Choose the new document"))])
    expires_on = DatePartsField(
        mark("When does it run out?"),
        thing=mark("the date it runs out"),
        description=mark("Leave this blank if it does not run out. Insurance always does."),
    )
    key = OnceKey()


class FileForm(HouseForm):
    group = SelectField(mark("Which group is it for?"), [Required(mark("Choose the group"))], blank=mark("Choose a group"))
    what = RadiosField(
        mark("What is it?"),
        [Required(mark("Choose what it is"))],
        choices=[SelectChoice(kind.value, rules.NAMES[kind]) for kind in ASKED],
        small=True,
    )
    file = UploadField(mark("The document"), [Required(mark("Choose the document"))])
    expires_on = DatePartsField(
        mark("When does it run out?"),
        thing=mark("the date it runs out"),
        description=mark("Leave this blank if it does not run out. Insurance always does."),
    )
    key = OnceKey()


def _groups() -> Sequence[Organisation]:
    """The groups this person acts for; nobody's: refused."""
    found = people.organisations_of(me(), Duty.APPLICANT, Duty.CERTIFIER)
    if not found:
        raise Refused(Objection(_("You do not act for a group."), label(Duty.APPLICANT, Duty.CERTIFIER)))
    return found


@area.get("/documents")
@signed_in
def index() -> ResponseReturnValue:
    """What the person's groups keep here."""
    groups = _groups()
    entries = queries.vaults([group.id for group in groups])
    return render_template(
        "documents/index.html",
        groups=[(group, [entry for entry in entries if entry.organisation_id == group.id]) for group in groups],
        names=rules.NAMES,
        sized=names.in_words,
        today=clock.today(),
        soon=clock.today() + queries.SOON,
    )


@area.route("/documents/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    """Send a document and say what it is."""
    groups = {group.ref: group for group in _groups()}
    asked = request.args.get("group", "")
    form = FileForm(data={"group": asked if asked in groups else None})
    if len(groups) == 1:
        del form.group
    else:
        form.group.choices = [SelectChoice(ref, group.name) for ref, group in groups.items()]
    if form.accepted():
        with form.reporting():
            assert form.file.data  # required
            commands.file_in_vault(
                groups[form.group.data] if "group" in form else next(iter(groups.values())),
                what=What(form.what.data),
                document=form.file.data,
                expires_on=form.expires_on.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("%(name)s is kept. You can use it in every application.", name=form.file.data.name))
            return redirect(url_for(".index"), 303)
    return render_template("documents/new.html", form=form), form.status


@area.get("/documents/<ref>")
@signed_in
def show(ref: str) -> Response:
    """A document, to be saved."""
    return serve(queries.document(me(), ref))


@area.route("/documents/<ref>/replace", methods=["GET", "POST"])
@signed_in
def replace(ref: str) -> ResponseReturnValue:
    """Send a newer one."""
    entry = queries.entry(me(), ref)
    require(policies.file, me(), entry.organisation)
    form = ReplaceForm()
    form.file.organisation = entry.organisation
    if form.accepted():
        with form.reporting():
            assert form.file.data  # required
            commands.replace(
                entry,
                document=form.file.data,
                expires_on=form.expires_on.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("%(name)s is kept in place of the old one.", name=form.file.data.name))
            return redirect(_list(entry.organisation), 303)
    return render_template(
        "documents/replace.html", form=form, entry=entry, names=rules.NAMES, back=_list(entry.organisation)
    ), (form.status)


@area.route("/documents/<ref>/remove", methods=["GET", "POST"])
@signed_in
def remove(ref: str) -> ResponseReturnValue:
    """Take one off the list."""
    entry = queries.entry(me(), ref)
    require(policies.file, me(), entry.organisation)
    back = _list(entry.organisation)
    if request.method == "POST":
        commands.end(entry, by=me())
        flash(_("The document was taken off the list."))
        return redirect(back, 303)
    return render_template("documents/remove.html", entry=entry, names=rules.NAMES, back=back)


def _list(organisation: Organisation) -> str:
    """Where the list is that the person came from: their own groups', or for staff the organisation's page."""
    if _of_a_group():
        return url_for(".index")
    return url_for("organisations.show", ref=organisation.ref)
