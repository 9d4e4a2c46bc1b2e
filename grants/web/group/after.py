"""What a group does after sending: reads its receipt, follows where it is, answers questions, asks for a second look."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import after, frozen, queries
from grants.applications.after import GROUNDS, Ground, Took
from grants.applications.models import Clarification, State
from grants.kernel.errors import NotFound
from grants.kernel.words import _, mark
from grants.web.access import me, once_key, signed_in
from grants.web.forms import HouseForm, LongTextField, OnceKey, RadiosField, Required, SelectChoice, choices_of

area = Blueprint("after", __name__)


class AnswerForm(HouseForm):
    """An answer to a question."""

    answer = LongTextField(mark("Your answer"), [Required(mark("Enter your answer"))], rows=8, characters=after.TOLD)
    key = OnceKey()


class ReviewForm(HouseForm):
    """What went wrong with a decision."""

    ground = RadiosField(
        mark("What went wrong?"),
        [Required(mark("Choose what went wrong"))],
        choices=choices_of(Ground, GROUNDS),
    )
    text = LongTextField(
        mark("Tell us more"),
        [Required(mark("Tell us what went wrong"))],
        rows=8,
        characters=after.TOLD,
        description=mark("Say which part of your application or of our answer you mean."),
    )
    key = OnceKey()


class TookForm(HouseForm):
    """One question."""

    took = RadiosField(
        mark("How long did it take you, all in all?"),
        [Required(mark("Choose how long it took"))],
        choices=[SelectChoice(one.value, mark(one.value.capitalize())) for one in Took],
        description=mark("Your answer changes nothing for you. It helps us ask for less."),
    )


@area.get("/applications/<ref>/receipt.pdf")
@signed_in
def receipt(ref: str) -> ResponseReturnValue:
    """Exactly what was sent and when."""
    from grants.papers.receipt import draw

    application = queries.mine(me(), ref)
    if application.snapshot is None:
        raise NotFound()
    partnership = application.round.pot.stream.partnership.name
    drawn = draw(frozen.read(application.snapshot), partnership=partnership, number=application.sends)
    response = Response(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{application.ref}-receipt.pdf"'
    return response


@area.route("/applications/<ref>/questions-asked/<question>", methods=["GET", "POST"])
@signed_in
def answer(ref: str, question: str) -> ResponseReturnValue:
    """Answer a question on the record."""
    application = queries.mine(me(), ref)
    asked = _asked(application.ref, question)
    form = AnswerForm()
    if form.accepted():
        with form.reporting():
            after.answer(asked, text=form.answer.data or "", by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(_("Thank you. We have your answer."))
            return redirect(url_for("applications.show", ref=ref))
    return render_template("after/answer.html", application=application, asked=asked, form=form), form.status


def _asked(ref: str, question: str) -> Clarification:
    found = queries.clarification(question)
    if found is None or found.application.ref != ref:
        raise NotFound()
    return found


@area.route("/applications/<ref>/second-look", methods=["GET", "POST"])
@signed_in
def review(ref: str) -> ResponseReturnValue:
    """Ask for the decision to be looked at again."""
    application = queries.mine(me(), ref)
    if application.state is not State.DECIDED or after.review_of(application) is not None:
        return redirect(url_for("applications.show", ref=ref))
    form = ReviewForm()
    if form.accepted():
        with form.reporting():
            made = after.ask_review(
                application,
                ground=Ground(form.ground.data),
                text=form.text.data or "",
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("We will look at it again and answer by %(day)s.", day=f"{made.due_on.day} {made.due_on:%B %Y}"))
            return redirect(url_for("applications.show", ref=ref))
    return render_template("after/review.html", application=application, form=form), form.status


@area.route("/applications/<ref>/time", methods=["GET", "POST"])
@signed_in
def took(ref: str) -> ResponseReturnValue:
    """Say how long it took."""
    application = queries.mine(me(), ref)
    if not application.sends:
        return redirect(url_for("applications.show", ref=ref))
    form = TookForm(data={"took": application.took})
    if form.accepted():
        after.say_took(application, took=Took(form.took.data), by=me())
        flash(_("Thank you."))
        return redirect(url_for("applications.show", ref=ref))
    return render_template("after/took.html", application=application, form=form), form.status
