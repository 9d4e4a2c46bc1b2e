"""A group answers an offer: accepts it, signed by somebody who signs for the group, or declines it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.awards import commands, policies, queries
from grants.awards.models import State
from grants.awards.rules import answerable, second, signatures
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.monitoring import commands as monitoring
from grants.papers.award_letter import in_plain_words as plainly
from grants.web.access import me, signed_in
from grants.web.forms import Characters, Declaration, HouseForm, LongTextField, Required, TextField

area = Blueprint("my_awards", __name__)


class AcceptForm(HouseForm):
    """A signature: who they are in the group, and that they agree."""

    signed_as = TextField(
        mark("Your role in the group"),
        [Required(mark("Enter your role in the group, for example treasurer")), Characters(100)],
        description=mark("For example, treasurer or chair."),
        width=20,
        autocomplete="organization-title",
    )
    agree = Declaration(
        mark("I have read the offer, and I accept it and its conditions for the group"),
        must=mark("Confirm that you accept the offer and its conditions"),
    )


class DeclineForm(HouseForm):
    """A reason, which helps us plan."""

    reason = LongTextField(
        mark("Why are you declining?"),
        [Required(mark("Tell us why you are declining, in a few words"))],
        rows=4,
        characters=1000,
        description=mark("For example, you found other money or can no longer run the project."),
    )


@area.route("/awards/<ref>/accept", methods=["GET", "POST"])
@signed_in
def accept(ref: str) -> ResponseReturnValue:
    """The offer in short, and a signature."""
    award = queries.own(me(), ref)
    require(policies.accept, me(), award)
    form = AcceptForm()
    if form.accepted():
        with form.reporting():
            monitoring.accept_offer(award, signed_as=form.signed_as.data or "", by=me())
            if award.state is State.ACCEPTED:
                flash(_("You have accepted the offer. We will now arrange your first payment."))
            else:
                flash(_("Thank you. You have signed. We have asked the others who sign for your group."))
            return redirect(url_for("awards.show", ref=ref))
    closed = [*answerable(award), *(second(award, me()) if award.state is State.OFFERED else ())]
    page = render_template(
        "my_awards/accept.html", award=award, closed=closed, two=signatures(award) > 1, plainly=plainly, form=form
    )
    return page, form.status


@area.route("/awards/<ref>/decline", methods=["GET", "POST"])
@signed_in
def decline(ref: str) -> ResponseReturnValue:
    """Say no, and why."""
    award = queries.own(me(), ref)
    require(policies.decline, me(), award)
    form = DeclineForm()
    if form.accepted():
        with form.reporting():
            commands.decline(award, reason=form.reason.data or "", by=me())
            flash(_("You have declined the offer. Thank you for telling us."))
            return redirect(url_for("awards.show", ref=ref))
    page = render_template("my_awards/decline.html", award=award, closed=list(answerable(award)), form=form)
    return page, form.status
