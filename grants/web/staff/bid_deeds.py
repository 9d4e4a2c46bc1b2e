"""What officers do with an application that was sent: ask the group, open it again, ask for more, say why, look again."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import after, commands, frozen, policies, queries, rules
from grants.applications.after import REASONS
from grants.applications.models import Application, Verdict
from grants.kernel import clock
from grants.kernel.errors import Objection
from grants.kernel.policy import objections
from grants.kernel.words import _, mark
from grants.panel import queries as panel
from grants.questions.queries import document
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    CheckboxesField,
    DatePartsField,
    HouseForm,
    LongTextField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
)
from grants.web.staff.pots import Deed, shown

area = Blueprint("bid_deeds", __name__)


class AskForm(HouseForm):
    """A question on the record."""

    question = LongTextField(
        mark("What do you want to ask?"),
        [Required(mark("Enter what you want to ask"))],
        rows=6,
        characters=after.TOLD,
        description=mark("The group reads this as you write it. Ask one thing at a time."),
    )
    due_on = DatePartsField(
        mark("Answer by"), [Required(mark("Enter the day to answer by"))], thing=mark("the day to answer by")
    )
    key = OnceKey()


def _until() -> DatePartsField:
    return DatePartsField(mark("Until the end of"), [Required(mark("Enter the last day"))], thing=mark("the last day"))


class ReopenForm(HouseForm):
    """Which parts, why and until when."""

    why = LongTextField(
        mark("What should the group change?"),
        [Required(mark("Say what the group should change"))],
        rows=6,
        characters=after.TOLD,
        description=mark("The group reads this on the page and by email."),
    )
    parts = CheckboxesField(
        mark("Which parts should they do again?"),
        description=mark("Everything else stays as it was sent. Leave all empty to open every part."),
    )
    until_on = _until()
    key = OnceKey()


class SecondStageForm(HouseForm):
    """What is wanted and until when."""

    why = LongTextField(
        mark("What do you want to say to the group?"),
        [Required(mark("Say what you want to know"))],
        rows=6,
        characters=after.TOLD,
        description=mark("Say that the first part went well, and what the second part is for."),
    )
    until_on = _until()
    key = OnceKey()


class FeedbackForm(HouseForm):
    """The agreed reasons, and words of one's own."""

    reasons = CheckboxesField(
        mark("Why was it decided so?"),
        choices=[SelectChoice(key, said) for key, said in REASONS.items()],
        description=mark("The same reasons are used for every group. Choose all that apply."),
    )
    words = LongTextField(
        mark("In your own words (optional)"),
        rows=6,
        characters=after.TOLD,
        description=mark("Say something that would help this group next time."),
    )
    key = OnceKey()


class VerdictForm(HouseForm):
    """What came of a request to look again."""

    verdict = RadiosField(
        mark("Was the group right?"),
        [Required(mark("Choose whether the group was right"))],
        choices=[
            SelectChoice(Verdict.UPHELD.value, mark("Yes: something went wrong")),
            SelectChoice(Verdict.NOT_UPHELD.value, mark("No: the decision stands")),
        ],
    )
    text = LongTextField(
        mark("What did you find, and what happens now?"),
        [Required(mark("Say what you found and what happens now"))],
        rows=8,
        characters=after.TOLD,
    )
    key = OnceKey()


def _deed(application: Application, title: str, button: str, against: Sequence[Objection], *says: str) -> Deed:
    there = url_for("bids.show", ref=application.ref)
    return Deed(
        title=title,
        caption=f"{application.ref} · {application.organisation.name}",
        crumbs=[
            (application.round.title, url_for("staff_rounds.show", ref=application.round.ref)),
            (application.ref, there),
        ],
        back=there,
        button=button,
        objections=against,
        says=says,
    )


def _end_of(day: date) -> datetime:
    """11:59pm on that day in London."""
    return clock.deadline(day, time(23, 59))


@area.route("/bids/<ref>/ask", methods=["GET", "POST"])
@staff
def ask(ref: str) -> ResponseReturnValue:
    """Ask the group something, on the record."""
    application = queries.bid(me(), ref)
    form = AskForm(data={"due_on": clock.today() + timedelta(days=7)})
    against = objections(policies.look_after, me(), application.round)
    if form.accepted():
        with form.reporting():
            after.ask(application, question=form.question.data or "", due_on=form.due_on.data, by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("We have asked the group."))
            return redirect(url_for("bids.show", ref=ref))
    return shown(_deed(application, _("Ask the group a question"), _("Ask"), against), form)


@area.route("/bids/<ref>/open-again", methods=["GET", "POST"])
@staff
def reopen(ref: str) -> ResponseReturnValue:
    """Let the group change what it sent."""
    application = queries.bid(me(), ref)
    form = ReopenForm(data={"until_on": clock.today() + timedelta(days=7)})
    form.parts.choices = [SelectChoice(key, title) for key, title in _parts(application)]
    against = objections(policies.look_after, me(), application.round)
    if form.accepted():
        with form.reporting():
            commands.reopen(
                application,
                why=form.why.data or "",
                parts=form.parts.data,
                until=_end_of(form.until_on.data),
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("The application is open again. We have told the group."))
            return redirect(url_for("staff_rounds.show", ref=application.round.ref))
    says = _("Until it is sent again, nobody can score it. What was sent is kept, and you will see what changed.")
    return shown(_deed(application, _("Open the application again"), _("Open again"), against, says), form)


def _parts(application: Application) -> list[tuple[str, str]]:
    """The pages of this application, as `rules.locked` names them."""
    questions = document(application.round.question_set)
    return [
        (task.section or task.page.value, task.title)
        for task in rules.tasks(application, questions, queries.about(application, questions))
    ]


@area.route("/bids/<ref>/second-stage", methods=["GET", "POST"])
@staff
def second_stage(ref: str) -> ResponseReturnValue:
    """Ask the group for its second stage."""
    application = queries.bid(me(), ref)
    form = SecondStageForm(data={"until_on": clock.today() + timedelta(days=28)})
    against = objections(policies.look_after, me(), application.round)
    if form.accepted():
        with form.reporting():
            commands.ask_second_stage(
                application,
                why=form.why.data or "",
                until=_end_of(form.until_on.data),
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("We have asked the group for its second stage."))
            return redirect(url_for("staff_rounds.show", ref=application.round.ref))
    return shown(_deed(application, _("Ask for the second stage"), _("Ask for it"), against), form)


@area.get("/bids/<ref>/changes")
@staff
def changes(ref: str) -> ResponseReturnValue:
    """What the group changed each time it sent again."""
    application = queries.bid(me(), ref)
    sent = list(application.snapshots)
    reopened = {one.number: one for one in application.reopenings}
    pairs = [(before, now, reopened.get(before.number), frozen.difference(before, now)) for before, now in pairwise(sent)]
    return render_template("bid_deeds/changes.html", application=application, pairs=pairs[::-1])


@area.route("/bids/<ref>/feedback", methods=["GET", "POST"])
@staff
def feedback(ref: str) -> ResponseReturnValue:
    """Say why, from the agreed reasons."""
    application = queries.bid(me(), ref)
    form = FeedbackForm()
    against = objections(policies.look_after, me(), application.round)
    if form.accepted():
        with form.reporting():
            after.give_feedback(
                application,
                reasons=form.reasons.data,
                words=form.words.data or "",
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("We have told the group why."))
            return redirect(url_for("bids.show", ref=ref))
    return shown(_deed(application, _("Say why it was decided so"), _("Send to the group"), against), form)


@area.route("/bids/<ref>/second-look", methods=["GET", "POST"])
@staff
def second_look(ref: str) -> ResponseReturnValue:
    """Answer a request to look at a decision again."""
    application = queries.bid(me(), ref)
    asked = after.review_of(application)
    if asked is None or asked.answered_at is not None:
        return redirect(url_for("bids.show", ref=ref))
    form = VerdictForm()
    against = objections(policies.answer_review, me(), asked)
    if form.accepted():
        with form.reporting():
            after.answer_review(
                asked,
                verdict=Verdict(form.verdict.data),
                text=form.text.data or "",
                deciders=panel.deciders(application),
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("We have answered the group."))
            return redirect(url_for("bids.show", ref=ref))
    said = [_("%(ground)s. Answer by %(day)s.", ground=_(after.GROUNDS[after.Ground(asked.ground)]),
              day=f"{asked.due_on.day} {asked.due_on:%B %Y}"), asked.text]  # fmt: skip
    return shown(_deed(application, _("Look at the decision again"), _("Answer the group"), against, *said), form)
