"""An officer answers a group's report: accepts it, or asks for more."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.policy import may
from grants.kernel.words import _, mark
from grants.monitoring import commands, policies, queries
from grants.monitoring.models import State
from grants.monitoring.rules import ANSWER_CHARACTERS, waiting_instalment
from grants.people.queries import names
from grants.web.access import me, staff
from grants.web.forms import Edition, HouseForm, LongTextField, Required

area = Blueprint("report_checks", __name__)


class AcceptForm(HouseForm):
    """Accepting needs no words; the group reads them where there are some."""

    answer = LongTextField(mark("Anything to tell the group (optional)"), rows=3, characters=ANSWER_CHARACTERS)
    edition = Edition()


class ReturnForm(HouseForm):
    """Asking for more needs words the group will read."""

    because = LongTextField(
        mark("What does the group need to change?"),
        [Required(mark("Say what the group needs to change. They will read it."))],
        rows=5,
        characters=ANSWER_CHARACTERS,
        description=mark("The group gets these words by email and sees them on its report."),
    )
    edition = Edition()


@area.route("/reports/<ref>/answer", methods=["GET", "POST"])
@staff
def answer(ref: str) -> ResponseReturnValue:
    """What the group says it spent and did, beside what was paid and promised; and what accepting it would do."""
    report = queries.of_staff(me(), ref)
    accepting = AcceptForm(prefix="accept", data={"edition": report.edition})
    returning = ReturnForm(prefix="return", data={"edition": report.edition})
    if request.form.get("do") == "return":
        if returning.accepted():
            with returning.reporting():
                commands.return_report(report, because=returning.because.data, edition=returning.edition.data, by=me())
                flash(_("Sent back. The group has been told what is needed."))
                return redirect(url_for("reports.show", ref=ref))
    elif accepting.accepted():
        with accepting.reporting():
            commands.accept_report(report, answer=accepting.answer.data or "", edition=accepting.edition.data, by=me())
            flash(_("Report accepted. The group has been told."))
            return redirect(url_for("reports.show", ref=ref))
    money = queries.account(report.award)
    siblings = queries.siblings(report)
    page = render_template(
        "report_checks/answer.html",
        report=report,
        name=queries.named(report.number, report.number == len(siblings)),
        money=money,
        moves=queries.would_account_for(report, money),
        opens=waiting_instalment(report.award),
        promises=queries.measured(report),
        sender=names([report.submitted_by] if report.submitted_by else []).get(report.submitted_by or ""),
        accepting=accepting,
        returning=returning,
        forms=[accepting, returning],
        waits=report.state is State.SUBMITTED,
        objections=list(policies.answer_report(me(), report)),
        may_answer=may(policies.answer_report, me(), report),
    )
    return page, max(accepting.status, returning.status)
