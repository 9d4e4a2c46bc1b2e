"""Scoring: an officer gives bids out; an assessor declares, reads one bid beside its criteria, and scores it alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications.frozen import read
from grants.assessment import commands, policies, queries, rules
from grants.assessment.models import Assessment, Interest
from grants.assessment.rules import Given
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.people.models import Duty
from grants.people.policies import holds, holds_any
from grants.people.queries import person
from grants.web import navigation
from grants.web.access import me, staff, who
from grants.web.forms import (
    Edition,
    HouseForm,
    IntegerField,
    LongTextField,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
)

area = Blueprint("assessment", __name__)

SCORES = {Duty.ASSESSOR, Duty.GRANTS_OFFICER, Duty.AUDITOR}
FEW = 10  # beyond this many points a score is typed, not chosen

navigation.item(mark("Scoring"), "assessment.index", 40, shown=lambda: (one := who()) is not None and holds_any(one, SCORES))


class AssignForm(HouseForm):
    """Who shall score this bid."""

    assessor = SelectField(mark("Give it to"), [Required(mark("Choose an assessor"))], blank=mark("Choose an assessor"))


class DeclareForm(HouseForm):
    """Asked before anything of the bid is shown."""

    interest = RadiosField(
        mark("Do you have a conflict of interest?"),
        [Required(mark("Say whether you have a conflict of interest"))],
    )
    reason = LongTextField(
        mark("What is it?"),
        rows=3,
        characters=500,
        description=mark("Only if you have one. For example, a relative works for the group."),
    )


@area.get("/assessments")
@staff
def index() -> ResponseReturnValue:
    """What this person is to score, and for officers and auditors who has which bid."""
    person = me()
    return render_template(
        "assessment/index.html",
        mine=queries.mine(person) if holds(person, Duty.ASSESSOR) else None,
        board=queries.board(person) if holds_any(person, {Duty.GRANTS_OFFICER, Duty.AUDITOR}) else None,
    )


@area.route("/assessments/bids/<ref>", methods=["GET", "POST"])
@staff
def assign(ref: str) -> ResponseReturnValue:
    """Who has a bid and how far they are; the officer gives it to one more."""
    bid = queries.bid(me(), ref)
    form = AssignForm()
    candidates = queries.candidates(bid)
    form.assessor.choices = [SelectChoice(one.ref, one.name) for one in candidates]
    if form.accepted():
        with form.reporting():
            chosen = person(form.assessor.data)
            commands.assign(bid, assessor=chosen, by=me())
            flash(_("%(name)s has the bid to score.", name=chosen.name))
            return redirect(url_for("assessment.assign", ref=ref))
    page = render_template(
        "assessment/assign.html",
        bid=bid,
        needed=rules.needed(bid.round, bid.asked),
        has=queries.assigned(bid),
        candidates=candidates,
        may_assign=may(policies.assign, me(), bid),
        form=form,
    )
    return page, form.status


@area.route("/assessments/<ref>/interest", methods=["GET", "POST"])
@staff
def declare(ref: str) -> ResponseReturnValue:
    """The assessor sees title and group, and says whether they have a conflict of interest. Or finds one later."""
    mine = queries.own(me(), ref)
    require(policies.declare, me(), mine)
    late = mine.interest is Interest.NONE
    form = DeclareForm(data={"interest": Interest.CONFLICT.value} if late else None)
    form.interest.choices = [
        SelectChoice(Interest.NONE.value, _("No, I have no conflict of interest")),
        SelectChoice(Interest.CONFLICT.value, _("Yes, I have a conflict of interest")),
    ][late:]
    if form.accepted():
        with form.reporting():
            found = Interest(form.interest.data)
            commands.declare_interest(mine, interest=found, reason=form.reason.data or "", by=me())
            if found is Interest.CONFLICT:
                flash(_("Thank you. Somebody else will score this bid."))
                return redirect(url_for("assessment.index"))
            return redirect(url_for("assessment.show", ref=ref))
    return render_template("assessment/declare.html", mine=mine, late=late, form=form), form.status


@area.route("/assessments/<ref>", methods=["GET", "POST"])
@staff
def show(ref: str) -> ResponseReturnValue:
    """The bid beside its criteria: scores are kept part way or handed in whole."""
    mine = queries.own(me(), ref)
    if mine.interest is Interest.NOT_DECLARED:
        return redirect(url_for("assessment.declare", ref=ref))
    require(policies.read_bid, me(), mine)
    whole = request.form.get("do") == "submit"
    form = form_for(mine, whole=whole)
    stands = rules.stands(mine)
    if not stands and form.accepted():
        do = commands.submit_scores if whole else commands.save_scores
        with form.reporting():
            do(mine, scores=_scores(mine, form), summary=form.summary.data, edition=form.edition.data, by=me())
            if whole:
                flash(_("Scores submitted. They no longer change."))
                return redirect(url_for("assessment.index"))
            flash(_("Saved. Come back when you like: nobody sees your scores before you submit them."))
            return redirect(url_for("assessment.show", ref=ref))
    snapshot = mine.application.snapshot
    page = render_template(
        "assessment/show.html",
        mine=mine,
        stands=stands,
        criteria=mine.application.round.criteria,
        given=queries.given(mine),
        sent=read(snapshot) if snapshot else None,
        form=form,
    )
    return page, form.status


def form_for(mine: Assessment, *, whole: bool) -> HouseForm:
    """A score and a reason for each criterion; all of them needed only when they are handed in."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"summary": mine.summary, "edition": mine.edition}
    kept = queries.given(mine)
    for criterion in mine.application.round.criteria:
        n, name = criterion.position, criterion.name
        need = [Required(_("%(name)s: give a score", name=name))] if whole else []
        asked = _("%(name)s (%(weight)s%%)", name=name, weight=criterion.weight)
        if criterion.most <= FEW:
            choices = [SelectChoice(str(p), str(p)) for p in range(criterion.most + 1)]
            fields[f"points_{n}"] = RadiosField(asked, need, choices=choices, inline=True)
        else:
            fields[f"points_{n}"] = IntegerField(asked, need, thing=_("the score"), least=0, most=criterion.most)
        why = [Required(_("%(name)s: write the reason for your score", name=name))] if whole else []
        fields[f"reason_{n}"] = LongTextField(_("Reason for your score on “%(name)s”", name=name), why, rows=4, characters=4000)
        data[f"points_{n}"], data[f"reason_{n}"] = kept.get(criterion.id, (None, ""))
    fields["summary"] = LongTextField(
        mark("Overall (optional)"), rows=4, characters=4000, description=mark("What the panel should know that no score says.")
    )
    fields["edition"] = Edition()
    form: HouseForm = type("ScoresForm", (HouseForm,), fields)(data=data)
    return form


def _scores(mine: Assessment, form: Any) -> Mapping[int, Given]:
    found: dict[int, Given] = {}
    for criterion in mine.application.round.criteria:
        points = form[f"points_{criterion.position}"].data
        reason = form[f"reason_{criterion.position}"].data or ""
        found[criterion.id] = (None if points in (None, "") else int(points), reason)
    return found
