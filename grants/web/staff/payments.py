"""Paying: what can be raised, what waits for a second person, what has to leave the bank, and what was done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from grants.kernel import clock
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.payments import commands, policies, queries, rules
from grants.payments.models import Payment, State
from grants.people.duties import READS_ALL
from grants.people.models import Duty
from grants.people.policies import holds_any
from grants.web import navigation
from grants.web.access import me, once_key, staff, who
from grants.web.forms import DatePartsField, Declaration, HouseForm, LongTextField, OnceKey, Required, TextField

area = Blueprint("payments", __name__)

PAYERS = {Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER} | READS_ALL
navigation.item(mark("Payments"), "payments.index", 50, shown=lambda: bool((person := who()) and holds_any(person, PAYERS)))


class RaiseForm(HouseForm):
    """A button that works once."""

    key = OnceKey()


class ApproveForm(HouseForm):
    """A second person's yes to the figures the page showed: their digest comes back with it."""

    sure = Declaration(
        mark("I have checked the group, the amount and what had to happen first"),
        must=mark("Confirm that you have checked the group, the amount and what had to happen first"),
    )
    digest = HiddenField()
    key = OnceKey()


class PaidForm(HouseForm):
    """What the bank says of it."""

    paid_on = DatePartsField(
        mark("When did the money leave the bank?"),
        [Required(mark("Enter the date the money left the bank"))],
        thing=mark("the date the money left the bank"),
    )
    bank_reference = TextField(
        mark("The bank’s reference"),
        [Required(mark("Enter the bank’s reference for this payment"))],
        width=20,
        description=mark("As it stands on our bank statement."),
    )
    key = OnceKey()


class RefuseForm(HouseForm):
    """Why not."""

    because = LongTextField(
        mark("Why are you refusing this payment?"),
        [Required(mark("Say why you are refusing this payment. Whoever raised it will read this."))],
        rows=3,
        characters=rules.BECAUSE,
    )


@area.get("/payments")
@staff
def index() -> ResponseReturnValue:
    """Everything this person may see of payments, the oldest first where somebody has to act."""
    by = me()
    ready = queries.ready(by, queries.SHOWN + 1)
    return render_template(
        "payments/index.html",
        ready=ready[: queries.SHOWN],
        more_ready=len(ready) > queries.SHOWN,
        raised=queries.standing(by, State.RAISED),
        approved=queries.standing(by, State.APPROVED),
        recent=queries.recent(by),
        today=clock.today(),
        raises=holds_any(by, {Duty.FINANCE_OFFICER}),
        approves=holds_any(by, {Duty.APPROVER}),
    )


@area.route("/payments/raise/<ref>", methods=["GET", "POST"])
@staff
def raise_(ref: str) -> ResponseReturnValue:
    """An instalment, what its award has in the books, and the button that asks for it to be paid."""
    instalment = queries.instalment(me(), ref)
    form = RaiseForm()
    if form.accepted():
        with form.reporting():
            payment = commands.raise_payment(instalment, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes it
            flash(_("Payment raised. A second person has to approve it."))
            return redirect(url_for(".show", ref=payment.ref))
    live = queries.live(instalment)
    page = render_template(
        "payments/raise.html",
        instalment=instalment,
        award=instalment.award,
        stands=queries.stands(instalment.award),
        live=live,
        faults=list(rules.unraisable(instalment, live)),
        objections=objections(policies.raise_payment, me(), instalment, done=queries.done(instalment.award)),
        form=form,
    )
    return page, form.status


@area.get("/payments/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One payment: its figures, who did what to it and when, and what this person can do next."""
    payment = queries.payment(me(), ref)
    return render_template("payments/show.html", **_whole(payment))


def _whole(payment: Payment) -> dict[str, Any]:
    award = payment.award
    done = queries.done(award, payment.raised_by)
    return {
        "payment": payment,
        "award": award,
        "stands": queries.stands(award),
        "digest": rules.digest(payment),
        "states": State,
        "may_approve": payment.state is State.RAISED and may(policies.approve, me(), payment, done=done),
        "may_refuse": payment.state is State.RAISED and may(policies.refuse, me(), payment),
        "may_record": payment.state is State.APPROVED and may(policies.record_paid, me(), payment),
        "objections": objections(policies.approve, me(), payment, done=done) if payment.state is State.RAISED else [],
    }


@area.route("/payments/<ref>/approve", methods=["GET", "POST"])
@staff
def approve(ref: str) -> ResponseReturnValue:
    """The figures, what approving does to the award's money, and the second person's yes."""
    payment = queries.payment(me(), ref)
    form = ApproveForm(data={"digest": rules.digest(payment)})
    if form.accepted():
        with form.reporting():
            commands.approve(payment, digest=form.digest.data, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes it
            flash(_("Payment approved. Finance can now send the money."))
            return redirect(url_for(".show", ref=ref))
    if form.status != 200:
        form.digest.data = rules.digest(payment)  # the page below shows the figures as they are now
    return render_template("payments/approve.html", form=form, **_whole(payment)), form.status


@area.route("/payments/<ref>/paid", methods=["GET", "POST"])
@staff
def paid(ref: str) -> ResponseReturnValue:
    """Say that the money has left the bank."""
    payment = queries.payment(me(), ref)
    form = PaidForm(data={"paid_on": clock.today()})
    if form.accepted():
        with form.reporting():
            commands.record_paid(
                payment,
                paid_on=form.paid_on.data,
                bank_reference=form.bank_reference.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("Recorded as paid. The group has been told."))
            return redirect(url_for(".show", ref=ref))
    return render_template("payments/paid.html", form=form, **_whole(payment)), form.status


@area.route("/payments/<ref>/refuse", methods=["GET", "POST"])
@staff
def refuse(ref: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    payment = queries.payment(me(), ref)
    form = RefuseForm()
    if form.accepted():
        with form.reporting():
            commands.refuse(payment, because=form.because.data, by=me())
            flash(_("Payment refused. No money has moved."))
            return redirect(url_for(".show", ref=ref))
    return render_template("payments/refuse.html", form=form, **_whole(payment)), form.status
