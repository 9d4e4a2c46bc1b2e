"""A partnership's shared budget: who pays in, what was spent, the balance, what was proposed for it and what was resolved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.strategy import wording as facts_wording
from grants.streams import policies, queries, shared
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    DatePartsField,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    Required,
    TextField,
)
from grants.web.staff.pots import LONG, SHORT, Change, Deed, confirmed, free_in, of_pot, shown

area = Blueprint("shared", __name__)

KINDS = {
    "partner_contribution": mark("Partners pay in"),
    "expenditure": mark("Spent"),
    "balance": mark("Balance"),
    "proposed_use": mark("Proposed for the balance"),
    "agreed_use": mark("Resolved for the balance"),
    "exclusion": mark("Kept out"),
}


class ProposeForm(HouseForm):
    """A suggestion for a balance."""

    proposed = LongTextField(mark("What is it proposed for?"), [Required(mark("Enter what it is proposed for")), LONG], rows=3)
    amount = MoneyField(
        mark("How much of the balance?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1)
    )
    key = OnceKey()


class ResolveForm(HouseForm):
    """What was resolved."""

    agreed = LongTextField(mark("What was agreed?"), [Required(mark("Enter what was agreed")), LONG], rows=3)
    amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1))
    resolution = TextField(
        mark("Which resolution?"),
        [Required(mark("Enter the resolution")), SHORT],
        description=mark("For example, the number of its minute."),
        width=20,
    )
    on = DatePartsField(mark("On which day?"), [Required(mark("Enter the day of the resolution"))], thing=mark("the day"))
    key = OnceKey()


class SpendForm(HouseForm):
    """A balance spent as it was resolved."""

    amount = MoneyField(
        mark("How much was spent?"), [Required(mark("Enter how much was spent"))], thing=mark("the amount"), least=Money(1)
    )
    document = TextField(
        mark("Invoice or other paper"), [Required(mark("Enter the invoice or other paper it was spent on")), SHORT]
    )
    on = DatePartsField(mark("On which day?"), [Required(mark("Enter the day"))], thing=mark("the day"))
    key = OnceKey()


@area.get("/pots/<ref>/shared")
@staff
def show(ref: str) -> ResponseReturnValue:
    """A pot as a shared budget."""
    sheet = shared.sheet(me(), ref)
    return render_template(
        "shared/show.html",
        sheet=sheet,
        pot=sheet.pot,
        kinds=KINDS,
        facts=facts_wording,
        may_propose=may(policies.look_after_pot, me(), sheet.pot),
        resolves={row.use.ref for row in sheet.uses if may(policies.resolve_use, me(), row.use)},
    )


@area.route("/pots/<ref>/shared/uses/new", methods=["GET", "POST"])
@staff
def propose(ref: str) -> ResponseReturnValue:
    """Note a suggestion for the balance."""
    pot = queries.pot_of_staff(me(), ref)
    form = ProposeForm()
    if form.accepted():
        with form.reporting():
            shared.propose_use(
                pot,
                proposed=form.data["proposed"],
                amount=form.data["amount"],
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes the key
            )
            flash(_("The proposal is recorded. No money has moved."))
            return redirect(url_for(".show", ref=ref))
    deed = Deed(
        title=_("Propose a use for the balance"),
        **of_pot(pot) | {"back": url_for(".show", ref=ref)},
        button=_("Record the proposal"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=[
            _("Free in %(pot)s: %(free)s.", pot=ref, free=free_in(pot)),
            _("A proposal moves nothing. A balance is spent only by a recorded resolution."),
        ],
    )
    return shown(deed, form)


@area.route("/uses/<ref>/resolve", methods=["GET", "POST"])
@staff
def resolve(ref: str) -> ResponseReturnValue:
    """Record what was resolved: the effect first, then the doing."""
    use = shared.use_of_staff(me(), ref)
    pot = use.pot
    form = ResolveForm(data={"agreed": use.proposed, "amount": use.proposed_amount, "on": clock.today()})
    free = free_in(pot)
    effect: list[Change] = []
    digest = ""
    if form.accepted():
        given: dict[str, Any] = {name: form.data[name] for name in ("agreed", "amount", "resolution", "on")}
        digest = f"{ref}|{given['amount'].pence}"
        with form.reporting():
            if confirmed(digest):
                shared.resolve_use(use, **given, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes the key
                flash(_("The resolution is recorded beside the proposal. %(amount)s is committed.", amount=given["amount"]))
                return redirect(url_for(".show", ref=pot.ref))
        if not form.problems:
            if given["amount"] > free:
                form.report(
                    _("%(pot)s has %(free)s free; this needs %(amount)s.", pot=pot.ref, free=free, amount=given["amount"])
                )
            else:
                effect = [
                    Change(_("Balance of %(pot)s", pot=pot.ref), free, free - given["amount"]),
                    Change(_("Committed as resolved"), None, given["amount"]),
                ]
    deed = Deed(
        title=_("Record what was resolved"),
        **of_pot(pot) | {"back": url_for(".show", ref=pot.ref)},
        button=_("Record the resolution") if effect else _("See what this does"),
        objections=objections(policies.resolve_use, me(), use),
        says=[
            _("Proposed: %(proposed)s, %(amount)s. This stays on record.", proposed=use.proposed, amount=use.proposed_amount)
        ],
        effect=effect,
        digest=digest,
    )
    return shown(deed, form)


@area.route("/uses/<ref>/spend", methods=["GET", "POST"])
@staff
def carry_out(ref: str) -> ResponseReturnValue:
    """Spend a balance as it was resolved: the effect first, then the doing."""
    use = shared.use_of_staff(me(), ref)
    pot = use.pot
    left = ledger.owned(ref).get((pot.ref, Bucket.COMMITTED), Money(0))
    form = SpendForm(data={"amount": left, "on": clock.today()})
    effect: list[Change] = []
    digest = ""
    if form.accepted():
        given: dict[str, Any] = {name: form.data[name] for name in ("amount", "document", "on")}
        digest = f"{ref}|{given['amount'].pence}"
        with form.reporting():
            if confirmed(digest):
                shared.carry_out_use(use, **given, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes the key
                flash(_("%(amount)s is spent as resolved.", amount=given["amount"]))
                return redirect(url_for(".show", ref=pot.ref))
        if not form.problems:
            if given["amount"] > left:
                form.report(
                    _("%(use)s has %(left)s committed; this needs %(needs)s.", use=ref, left=left, needs=given["amount"])
                )
            else:
                effect = [
                    Change(_("Committed as resolved"), left, Money(0)),
                    Change(_("Spent and accounted for"), None, given["amount"]),
                    Change(_("Free again"), None, left - given["amount"]),
                ]
    deed = Deed(
        title=_("Spend the balance as resolved"),
        **of_pot(pot) | {"back": url_for(".show", ref=pot.ref)},
        button=_("Record it as spent") if effect else _("See what this does"),
        objections=objections(policies.carry_out_use, me(), use, shared.resolved_by(use)),
        says=[
            _("Resolved (%(resolution)s): %(agreed)s.", resolution=use.resolution, agreed=use.agreed)
            if use.agreed
            else _("Nothing is resolved yet, so nothing can be spent.")
        ],
        effect=effect,
        digest=digest,
    )
    return shown(deed, form)
