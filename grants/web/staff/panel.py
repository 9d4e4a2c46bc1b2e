"""The panel's workbench: bids in order of merit, decisions within what is held, and the chair's confirmation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications.frozen import read
from grants.assessment import queries as assessment
from grants.assessment.policies import READERS
from grants.assessment.rules import figure
from grants.awards.queries import funded_in
from grants.kernel import clock
from grants.kernel.errors import Objection, Refused
from grants.kernel.money import Money
from grants.kernel.policy import may, objections, require
from grants.kernel.words import _, mark
from grants.panel import commands, policies, queries
from grants.panel.models import Outcome
from grants.panel.queries import Item
from grants.people.duties import label
from grants.people.models import Duty
from grants.people.policies import holds_any
from grants.people.queries import names
from grants.rounds import queries as rounds
from grants.web import navigation
from grants.web.access import me, staff, who
from grants.web.forms import (
    DatePartsField,
    Edition,
    HouseForm,
    LongTextField,
    MoneyField,
    RadiosField,
    Required,
    SelectChoice,
)

area = Blueprint("panel", __name__)

navigation.item(mark("Panels"), "panel.index", 45, shown=lambda: (one := who()) is not None and holds_any(one, READERS))


class ConveneForm(HouseForm):
    """The panel's day."""

    held_on = DatePartsField(
        mark("When does the panel meet?"), [Required(mark("Enter the day the panel meets"))], thing=mark("the day")
    )


class DecideForm(HouseForm):
    """What the panel decided on one bid."""

    outcome = RadiosField(mark("Decision"), [Required(mark("Choose what the panel decided"))])
    amount = MoneyField(mark("How much, if in part"), thing=mark("the amount"))
    reason = LongTextField(
        mark("Reason"),
        [Required(mark("Write the reason for the decision. The group will read it"))],
        rows=5,
        characters=4000,
        description=mark("The group will read this. Say what was good, and what would have made it better."),
    )
    edition = Edition()


@area.get("/panels")
@staff
def index() -> ResponseReturnValue:
    """Panels, and rounds that still need one."""
    return render_template("panel/index.html", panels=queries.panels(me()))


@area.route("/panels/new/<ref>", methods=["GET", "POST"])
@staff
def convene(ref: str) -> ResponseReturnValue:
    """Set the day of a round's panel."""
    round = rounds.of_staff(me(), ref)
    require(policies.convene, me(), round)
    form: Any = ConveneForm()
    if form.accepted():
        with form.reporting():
            made = commands.convene(round, held_on=form.held_on.data, by=me())
            flash(_("Panel convened."))
            return redirect(url_for("panel.show", ref=made.ref))
    return render_template("panel/convene.html", round=round, form=form), form.status


@area.get("/panels/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """Every bid ranked, with its scores, ask and decision; what is held, decided and left."""
    panel = queries.panel(me(), ref)
    items = queries.agenda(panel)
    return render_template(
        "panel/show.html",
        panel=panel,
        items=items,
        sums=queries.sums(panel, items),
        hidden=_hidden(items),
        records=may(policies.record_decisions, me(), panel),
        chairs=may(policies.confirm, me(), panel, [], scored_by=()),
        figure=figure,
        decided_by=names([panel.confirmed_by.ref]).get(panel.confirmed_by.ref) if panel.confirmed_by else None,
    )


def _hidden(items: Any) -> set[int]:
    return assessment.kept_from(me(), [(item.bid.application_id, item.bid.organisation_id) for item in items])


@area.route("/panels/<ref>/bids/<bid_ref>", methods=["GET", "POST"])
@staff
def decide(ref: str, bid_ref: str) -> ResponseReturnValue:
    """One bid on screen: what it says, what it was given and why, and the decision."""
    panel = queries.panel(me(), ref)
    bid = queries.bid(panel, bid_ref)
    items = queries.agenda(panel)
    item: Item = next(one for one in items if one.bid.ref == bid_ref)
    if item.bid.application_id in _hidden([item]):
        raise Refused(
            Objection(
                _("You act for this group, declared a conflict of interest in this bid, or have yet to score it."),
                label(Duty.PANEL_CHAIR, Duty.MINUTE_TAKER),
            )
        )
    form: Any = DecideForm(data=_drawn(item))
    form.outcome.choices = [
        SelectChoice(Outcome.FULL.value, _("Fund in full: %(asked)s", asked=item.bid.asked)),
        SelectChoice(Outcome.PART.value, _("Fund in part")),
        SelectChoice(Outcome.REJECT.value, _("Do not fund")),
    ]
    if form.accepted():
        with form.reporting():
            outcome = Outcome(form.outcome.data)
            commands.decide(
                panel,
                application=bid,
                outcome=outcome,
                amount=form.amount.data,
                reason=form.reason.data,
                edition=form.edition.data,
                funded_in=funded_in(bid.organisation, panel.round.pot.stream) if panel.round.terms.frequency else (),
                by=me(),
            )
            flash(_("Decision on “%(title)s” recorded.", title=item.bid.title))
            return redirect(url_for("panel.show", ref=ref))
    return render_template("panel/decide.html", **_about(panel, bid, item, items), form=form), form.status


def _drawn(item: Item) -> dict[str, Any]:
    if item.outcome is None:
        return {"edition": 0}
    amount = item.amount if item.outcome is Outcome.PART else None
    return {"outcome": item.outcome.value, "amount": amount, "reason": item.reason, "edition": item.edition}


def _about(panel: Any, bid: Any, item: Item, items: Any) -> dict[str, Any]:
    sums = queries.sums(panel, items)
    against = objections(policies.decide, me(), panel, bid, scored_by=assessment.assessors_of(bid))
    return {
        "panel": panel,
        "bid": bid,
        "item": item,
        "sent": read(bid.snapshot) if bid.snapshot else None,
        "judged": assessment.judged(bid),
        "summaries": assessment.summaries(bid),
        "left": sums.left + (item.amount or Money(0)),
        "held": sums.held,
        "open": panel.confirmed_at is None and item.bid.complete,
        "objections": against,
        "figure": figure,
    }


@area.route("/panels/<ref>/confirm", methods=["GET", "POST"])
@staff
def confirm(ref: str) -> ResponseReturnValue:
    """The chair looks at all the decisions once more and makes them final."""
    panel = queries.panel(me(), ref)
    items = queries.agenda(panel)
    form = HouseForm()
    if form.accepted():
        with form.reporting():
            commands.confirm(panel, by=me())
            flash(_("Decisions confirmed. Groups that were not funded have been told."))
            return redirect(url_for("panel.show", ref=ref))
    page = render_template(
        "panel/confirm.html",
        panel=panel,
        items=items,
        sums=queries.sums(panel, items),
        undecided=queries.undecided(panel),
        objections=objections(policies.confirm, me(), panel, [], scored_by=()),
        too_early=panel.held_on > clock.today(),
        form=form,
    )
    return page, form.status
