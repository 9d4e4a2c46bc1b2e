"""People who say they took over at a group: an officer checks and answers; the people of the group can object."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.errors import NotFound, Objection, Refused
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.notices import groups as notices
from grants.people import policies, queries
from grants.people.duties import RIGHT_MEANS, RIGHTS, label, right
from grants.people.models import Duty, Organisation, Takeover, TakeoverState
from grants.web.access import me, signed_in, staff
from grants.web.forms import CheckboxesField, HouseForm, LongTextField, RadiosField, Required, SelectChoice

area = Blueprint("takeovers", __name__)

STANDS = {
    TakeoverState.ASKED: (mark("Waiting for a check"), "yellow"),
    TakeoverState.AGREED: (mark("Agreed: the group can object"), "blue"),
    TakeoverState.BEGUN: (mark("Begun"), "green"),
    TakeoverState.REFUSED: (mark("Refused"), "red"),
    TakeoverState.STOPPED: (mark("Stopped: somebody objected"), "red"),
}


class NoForm(HouseForm):
    check_made = LongTextField(
        mark("How did you check, and with whom?"),
        [Required(mark("Say how you checked, and with whom"))],
        rows=3,
        characters=1_000,
        description=mark("For example: phoned the chair on the number in our files on 3 June. Kept with the history."),
    )
    reason = LongTextField(
        mark("What we tell the person"), [Required(mark("Say what we tell the person"))], rows=3, characters=1_000
    )


class YesForm(NoForm):
    duty = RadiosField(
        mark("What will they do?"),
        [Required(mark("Say whether they will write or sign for the group"))],
        choices=[SelectChoice(one.value, RIGHTS[one]) for one in (Duty.CERTIFIER, Duty.APPLICANT)],
        hints={one.value: RIGHT_MEANS[one] for one in (Duty.CERTIFIER, Duty.APPLICANT)},
    )
    ending = CheckboxesField(
        mark("Who stops?"), description=mark("Tick those who have left. Leave the others as they are."), small=True
    )


class ObjectForm(HouseForm):
    objection = LongTextField(
        mark("Why is this not right?"),
        [Required(mark("Say in a few words why this is not right"))],
        rows=3,
        characters=1_000,
    )


@area.get("/take-overs")
@staff
def index() -> ResponseReturnValue:
    """Every request, those that wait first."""
    if not (policies.takes_over(me(), None) or may(policies.see_people, me())):
        raise Refused(Objection(_("You do not hold the duty that this needs."), label(Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR)))
    rows = queries.takeovers()
    return render_template(
        "takeovers/index.html",
        waiting=[one for one in rows if one.state is TakeoverState.ASKED][::-1],
        rows=[(one, _(STANDS[one.state][0])) for one in rows if one.state is not TakeoverState.ASKED],
    )


def _seen(ref: str) -> Takeover:
    found = queries.takeover(ref)
    if not may(policies.see_takeover, me(), found):
        raise NotFound()
    return found


@area.get("/take-overs/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """One request: for officers, with the groups it may mean; for the person and the group, how it stands."""
    found = _seen(ref)
    officer = may(policies.answer_takeover, me(), found)
    search = request.args.get("q", "")[:100] or found.group_said
    words, colour = STANDS[found.state]
    asked = found.state is TakeoverState.ASKED
    before = found.begins_on is not None and clock.today() < found.begins_on
    return render_template(
        "takeovers/show.html",
        takeover=found,
        state=(_(words), colour),
        officer=officer,
        own=found.person_id == me().id,
        sees_all=found.person_id == me().id or may(policies.see_people, me()) or officer,
        right=_(RIGHTS[found.given.duty]) if found.given else None,
        search=search,
        groups=queries.groups_like(search) if officer and asked else [],
        may_answer=officer and asked,
        may_object=found.state is TakeoverState.AGREED and before and may(policies.object_to_takeover, me(), found),
    )


def _group(takeover: Takeover) -> Organisation:
    """The group the officer chose, whose members decide what is offered; 403 where they may not answer for it."""
    group = queries.organisation(request.args.get("group", ""))
    require(policies.answer_takeover, me(), takeover, group)
    return group


@area.route("/take-overs/<ref>/yes", methods=["GET", "POST"])
@signed_in
def agree(ref: str) -> ResponseReturnValue:
    """Yes, after a check."""
    found = _seen(ref)
    require(policies.answer_takeover, me(), found)
    group = _group(found)
    members = [one for one in queries.members(group) if one.ref != found.person.ref]
    form = YesForm()
    form.ending.choices = [SelectChoice(one.ref, f"{one.name}, {_(RIGHTS[held]).lower()}") for one, held in _ranked(members)]
    if form.accepted():
        with form.reporting():
            notices.agree_takeover(
                found,
                organisation=group,
                duty=Duty(form.duty.data),
                check_made=form.check_made.data,
                reason=form.reason.data,
                ending=[queries.person(one) for one in form.ending.data],
                by=me(),
            )
            flash(_("We have told %(name)s and the people of the group.", name=found.person.name))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("takeovers/yes.html", form=form, takeover=found, group=group, members=members), form.status


def _ranked(members: list[queries.Member]) -> list[tuple[queries.Member, Duty]]:
    return [(one, held) for one in members if (held := right(one.duties)) is not None]


@area.route("/take-overs/<ref>/no", methods=["GET", "POST"])
@signed_in
def refuse(ref: str) -> ResponseReturnValue:
    """No, after a check."""
    found = _seen(ref)
    require(policies.answer_takeover, me(), found)
    form = NoForm()
    if form.accepted():
        with form.reporting():
            notices.refuse_takeover(found, check_made=form.check_made.data, reason=form.reason.data, by=me())
            flash(_("We have told %(name)s.", name=found.person.name))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("takeovers/no.html", form=form, takeover=found), form.status


@area.route("/take-overs/<ref>/object", methods=["GET", "POST"])
@signed_in
def object_to(ref: str) -> ResponseReturnValue:
    """Somebody of the group says that it is not right."""
    found = _seen(ref)
    require(policies.object_to_takeover, me(), found)
    form = ObjectForm()
    if form.accepted():
        with form.reporting():
            notices.object_to_takeover(found, objection=form.objection.data, by=me())
            flash(_("Stopped. Nothing changes in your group. Somebody will get in touch with you."))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("takeovers/object.html", form=form, takeover=found), form.status
