"""Typing in an application for a group that telephones, writes or calls in: consent first, a reading back before sending."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import assisted, frozen, policies, queries
from grants.applications.assisted import How
from grants.awards import queries as awards
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.policy import objections
from grants.kernel.words import _, mark
from grants.people import commands as people
from grants.people import queries as organisations
from grants.people.kinds import SAID, VOLUNTARY, Kind
from grants.people.models import Organisation
from grants.questions.queries import document
from grants.rounds import queries as rounds
from grants.web.access import me, once_key, staff
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
    choices_of,
)
from grants.web.staff.pots import Deed, shown

area = Blueprint("assisted", __name__)

HOW = {How.TELEPHONE: mark("By telephone"), How.PAPER: mark("On paper"), How.FACE_TO_FACE: mark("Face to face")}


class AssistForm(HouseForm):
    """Who asks, and that they agreed."""

    group = SelectField(
        mark("Which group is it for?"),
        blank=mark("A group that is not in the list"),
        description=mark("Look for it in the list before you add it."),
    )
    name = TextField(mark("Name of a group that is not in the list"), [Characters(200)])
    kind = SelectField(
        mark("What kind of group is it?"),
        blank=mark("Choose for a group that is not in the list"),
        choices=choices_of(Kind, SAID),
    )
    how = RadiosField(
        mark("How do they apply?"), [Required(mark("Choose how they apply"))], choices=choices_of(How, HOW), inline=True
    )
    speaker = TextField(
        mark("Who speaks for the group?"),
        [Required(mark("Enter who speaks for the group")), Characters(assisted.TOLD)],
        description=mark("Their name, what they are in the group, and how to reach them."),
    )
    consent = LongTextField(
        mark("What did they agree to?"),
        [Required(mark("Enter what they agreed to"))],
        rows=3,
        characters=assisted.TOLD,
        description=mark(
            "In their words. For example: “You may type in our application and keep our details to decide on it.”"
        ),
    )
    consent_on = DatePartsField(
        mark("When did they agree?"), [Required(mark("Enter the day they agreed"))], thing=mark("the day they agreed")
    )
    sought = MoneyField(mark("How much do they mean to ask for?"), thing=mark("the amount"))
    key = OnceKey()


class ReadBackForm(HouseForm):
    """To whom it was read and what they said."""

    said = LongTextField(
        mark("To whom did you read it, and what did they say?"),
        [Required(mark("Enter to whom you read it and what they said"))],
        rows=3,
        characters=assisted.TOLD,
    )
    key = OnceKey()


@area.route("/funding-rounds/<ref>/assisted", methods=["GET", "POST"])
@staff
def new(ref: str) -> ResponseReturnValue:
    """Begin one."""
    round = rounds.of_staff(me(), ref)
    known = organisations.assistable()
    form = AssistForm(data={"consent_on": clock.today(), "how": How.TELEPHONE.value})
    form.group.choices = [SelectChoice(one.ref, one.name) for one in known]
    against = objections(policies.look_after, me(), round)
    if form.accepted():
        with form.reporting():
            group = next((one for one in known if one.ref == form.group.data), None)
            begun = _begin(round.ref, group, form)
            if begun:
                flash(_("Now type in what they say. Every page is saved as theirs."))
                return redirect(url_for("applications.show", ref=begun))
    there = url_for("staff_rounds.show", ref=ref)
    return shown(
        Deed(
            title=_("Type in an application for a group"),
            caption=round.title,
            crumbs=[(_("Funding rounds"), url_for("staff_rounds.index")), (ref, there)],
            back=there,
            button=_("Begin"),
            objections=against,
            says=[_("For a group that telephones, writes on paper or calls in. It is asked the same questions as everybody.")],
        ),
        form,
    )


def _begin(round_ref: str, group: Organisation | None, form: AssistForm) -> str | None:
    """The reference of the application that was begun; none where the group is still to be named."""
    if group is None:
        if not form.name.data:
            form.name.errors = [_("Choose the group from the list, or enter its name")]
            return None
        if not form.kind.data:
            form.kind.errors = [_("Choose what kind of group it is")]
            return None
        kind = Kind(form.kind.data)
        group = people.add_organisation(
            name=form.name.data,
            organisation_type=kind.value,
            is_voluntary=kind in VOLUNTARY,
            by=me(),
            key=f"{once_key()} group",  # type: ignore[call-arg]  # @command takes it
        )
    agreed: date = form.consent_on.data
    round = rounds.of_staff(me(), round_ref)
    begun = assisted.assist(
        round,
        organisation=group,
        how=How(form.how.data),
        speaker=form.speaker.data or "",
        consent=form.consent.data or "",
        consent_on=agreed,
        sought=form.sought.data,
        funded_in=awards.funded_in(group, round.pot.stream) if round.terms.frequency else (),
        by=me(),
        key=once_key(),  # type: ignore[call-arg]  # @command takes it
    )
    return begun.ref


@area.route("/applications/<ref>/read-back", methods=["GET", "POST"])
@staff
def read_back(ref: str) -> ResponseReturnValue:
    """The whole of it to read out, and what the group said."""
    application = queries.mine(me(), ref)
    if application.assistance is None:
        raise NotFound()
    form = ReadBackForm()
    if form.accepted():
        with form.reporting():
            assisted.read_back(application, said=form.said.data or "", by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("Recorded. You can send it now."))
            return redirect(url_for("applications.check", ref=ref))
    asked = document(application.round.question_set)
    draft = frozen.of_draft(application, asked, queries.about(application, asked))
    return render_template(
        "bid_deeds/read_back.html",
        application=application,
        form=form,
        parts=frozen.in_words(draft),
        confirmed=draft.declarations,
    ), form.status
