"""A group's report on its grant: what it was given, what it promised, what it spent and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications.queries import changes_promised
from grants.kernel.policy import may
from grants.kernel.words import _, mark
from grants.monitoring import commands, policies, queries
from grants.monitoring.models import MOVES, Report, State
from grants.monitoring.queries import Measured
from grants.monitoring.rules import COUNTED, SIGNED, STORY_WORDS
from grants.questions.outcomes import question
from grants.web.access import me, signed_in
from grants.web.forms import DecimalField, Edition, HouseForm, IntegerField, MoneyField, Required, WordsField

area = Blueprint("reports", __name__)

SUFFIXES = {"percent": "%", "rate_per_100000": mark("for every 100,000 people"), "percentage_points": mark("percentage points")}
PREFIXES = {"gbp": "£"}


class ReportForm(HouseForm):
    """What every report asks; `form_for` adds a figure for each thing the group promised."""

    spent = MoneyField(
        mark("How much of the grant did you spend in this time?"),
        [Required(mark("Enter how much of the grant you spent. If you spent nothing, enter 0."))],
        thing=mark("what you spent"),
    )
    story = WordsField(
        mark("What happened?"),
        [Required(mark("Tell us what happened"))],
        words=STORY_WORDS,
        rows=8,
        description=mark("In your own words: what you did, who took part, what changed, and anything that did not go to plan."),
    )
    edition = Edition()


def figure_name(number: int) -> str:
    """The input of the nth promise."""
    return f"figure_{number}"


def form_for(report: Report, promises: Sequence[Measured]) -> ReportForm:
    """The report's form, filled in with what was sent before if it came back."""
    fields: dict[str, Any] = {}
    for number, promise in enumerate(promises, 1):
        kind = IntegerField if promise.unit in COUNTED else DecimalField
        fields[figure_name(number)] = kind(
            promise.title,
            [Required(_("Enter a figure for ‘%(what)s’. If there were none, enter 0.", what=promise.title))],
            thing=_("the figure for ‘%(what)s’", what=promise.title),
            least=None if promise.unit in SIGNED else 0,
            most=100 if promise.unit == "percent" else None,
            prefix=PREFIXES.get(promise.unit),
            suffix=_(SUFFIXES[promise.unit]) if promise.unit in SUFFIXES else None,
        )
    given: dict[str, Any] = {figure_name(n): _as_asked(p) for n, p in enumerate(promises, 1) if p.value is not None}
    given |= {"spent": report.spent, "story": report.story, "edition": report.edition}
    form: ReportForm = type("FullReportForm", (ReportForm,), fields)(data=given)
    return form


def _as_asked(promise: Measured) -> Decimal | int | None:
    if promise.value is not None and promise.unit in COUNTED:
        return int(promise.value)
    return promise.value


@area.route("/reports/<ref>", methods=["GET", "POST"])
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """The group writes and sends it here; once it is sent, and for staff, the same page shows what it says."""
    report = queries.report(me(), ref)
    promises = queries.measured(report)
    writes = may(policies.submit_report, me(), report) and State.SUBMITTED in MOVES[report.state]
    form = form_for(report, promises) if writes else None
    if form and form.accepted():
        figures = {p.indicator_id: _exact(form[figure_name(n)].data) for n, p in enumerate(promises, 1)}
        with form.reporting():
            commands.submit_report(
                report,
                spent=form.data["spent"],
                story=form.data["story"],
                readings=figures,
                edition=form.data["edition"],
                by=me(),
            )
            flash(_("Report sent. We will tell you when we have read it."))
            return redirect(url_for(".show", ref=ref))
    elif form is None and request.method == "POST":
        commands.submit_report(report, spent=None, story="", readings={}, edition=report.edition, by=me())
    siblings = queries.siblings(report)
    final = report.number == len(siblings)
    page = render_template(
        "reports/show.html",
        report=report,
        name=queries.named(report.number, final),
        asked=[question(one) for one in changes_promised(report.award.application_id)] if final and form else [],
        money=queries.account(report.award),
        left=queries.left_to_report(report),
        promises=promises,
        form=form,
        figure_name=figure_name,
        states=State,
        overdue=queries.overdue(report),
        answers=may(policies.answer_report, me(), report),
    )
    return page, form.status if form else 200


def _exact(typed: int | Decimal | None) -> Decimal | None:
    return None if typed is None else Decimal(typed)
