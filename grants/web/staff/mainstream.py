"""What services contribute from their own budgets, and resources redirected to a priority: never added to the money."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.errors import Objection, Refused
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.people import queries as people
from grants.people.duties import label
from grants.people.models import Duty
from grants.people.policies import holds
from grants.strategy import wording as facts_wording
from grants.streams import mainstream, queries
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    Characters,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    Required,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
)
from grants.web.staff.pots import SHORT, Deed, shown

area = Blueprint("mainstream", __name__)
LONG = Characters(2000, mark("Use 2,000 characters or fewer"))
ADDS = (Duty.FINANCE_OFFICER, Duty.THEME_LEAD)


class MainstreamForm(HouseForm):
    """A service's own contribution."""

    partnership = SelectField(
        mark("Which partnership’s plan does it serve?"), [Required(mark("Choose a partnership"))], blank=mark("Choose one")
    )
    organisation = SelectField(
        mark("Which organisation contributes?"), [Required(mark("Choose an organisation"))], blank=mark("Choose one")
    )
    service = TextField(mark("Which service?"), [Required(mark("Enter the service")), SHORT])
    contribution = LongTextField(mark("What does it contribute?"), [Required(mark("Enter what it contributes")), LONG], rows=3)
    framework = TextField(mark("Under what plan or law? (optional)"), [SHORT])
    redirected = TickField(mark("Existing resources are redirected to a priority, without any new money"))
    amount = MoneyField(
        mark("About how much is it worth? (optional)"),
        thing=mark("the amount"),
        least=Money(0),
        description=mark("An estimate. It is shown, and is in no total."),
    )
    key = OnceKey()


@area.get("/mainstream")
@staff
def index() -> ResponseReturnValue:
    """Every contribution, by partnership."""
    rows = mainstream.mainstream_page(me())
    groups = [(name, list(here)) for name, here in groupby(rows, key=lambda row: row.partnership_name)]
    return render_template("mainstream/index.html", groups=groups, facts=facts_wording, may_add=_adds())


def _adds() -> bool:
    return any(holds(me(), duty) for duty in ADDS)


@area.route("/mainstream/new", methods=["GET", "POST"])
@staff
def add() -> ResponseReturnValue:
    """Record one."""
    if not _adds():
        raise Refused(Objection(_("You do not hold the duty that this needs."), label(*ADDS)))
    form = MainstreamForm()
    form.partnership.choices = [SelectChoice(*one) for one in people.partnership_choices(me())]
    form.organisation.choices = [SelectChoice(*one) for one in queries.organisation_choices()]
    if form.accepted():
        given = form.data
        with form.reporting():
            mainstream.add(
                people.partnership(given["partnership"]),
                organisation=people.organisation(given["organisation"]),
                service=given["service"],
                contribution=given["contribution"],
                framework=given["framework"],
                redirected=bool(given["redirected"]),
                amount=given["amount"],
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes the key
            )
            flash(_("The contribution is recorded."))
            return redirect(url_for(".index"))
    there = url_for(".index")
    deed = Deed(
        title=_("Record a mainstream contribution"),
        caption=_("Beside the money"),
        crumbs=[(_("Funding streams"), url_for("streams.index")), (_("Mainstream contributions"), there)],
        back=there,
        button=_("Record the contribution"),
        says=[_("What a service does for the plan from its own budget. It is never added to the streams’ money.")],
    )
    return shown(deed, form)
