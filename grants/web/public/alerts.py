"""E-mails about rounds that open: asking for them, saying yes, and stopping them. No account."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.words import _, mark
from grants.questions.purposes import purposes
from grants.rounds import alerts
from grants.rounds.queries import giving
from grants.web import access
from grants.web.forms import CheckboxesField, EmailField, HouseForm, RadiosField, Required, SelectChoice
from grants.web.public.sign_in import can_mail

area = Blueprint("alerts", __name__)

EVERY = "all"


class AlertForm(HouseForm):
    """Where to, whose rounds and what about."""

    email = EmailField(
        mark("Your email address"),
        [Required(mark("Enter your email address"))],
        description=mark("We only use it for this. Every email has a link to stop them."),
    )
    partnership = RadiosField(mark("Whose funds?"))
    purposes = CheckboxesField(
        mark("What about? (optional)"),
        choices=[SelectChoice(one.key, one.label) for one in purposes() if one.key != "other"],
        description=mark("Choose any that fit. Choose none to hear of every fund."),
        small=True,
    )


@area.route("/alerts", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask to be told when a round opens. The answer is the same whether the address is known or not."""
    whose = {one.ref: one for one in giving()}
    form = AlertForm()
    form.partnership.choices = [SelectChoice(ref, one.name) for ref, one in whose.items()]
    form.partnership.choices.append(SelectChoice(EVERY, mark("All of them")))
    if len(whose) < 2 or (form.partnership.data is None and not form.is_submitted()):
        form.partnership.data = EVERY
    if can_mail() and form.accepted():
        with form.reporting():
            alerts.ask(
                email=form.email.data,
                partnership=whose.get(form.partnership.data or EVERY),
                chosen=form.purposes.data,
                network=access.network(),
            )
            return render_template("alerts/asked.html", address=form.email.data, demo=access.on_demo())
    return render_template("alerts/ask.html", form=form, several=len(whose) > 1, can_mail=can_mail()), form.status


@area.route("/alerts/yes/<link>", methods=["GET", "POST"])
def confirm(link: str) -> ResponseReturnValue:
    """Behind the link of the first e-mail: a page with a button. Opening it does nothing, because mail scanners open links."""
    form = HouseForm()
    if form.accepted():
        with form.reporting():
            alert = alerts.confirm(link)
            flash(_("Thank you. We will email you about %(what)s.", what=alerts.in_words(alert)))
            return redirect(url_for("rounds.index"), 303)
    found = alerts.behind(link, alerts.CONFIRM)
    if found is None:
        return render_template("alerts/over.html", form=form), 422 if form.problems else 410
    return render_template("alerts/confirm.html", form=form, what=alerts.in_words(found)), form.status


@area.route("/alerts/stop/<link>", methods=["GET", "POST"])
def stop(link: str) -> ResponseReturnValue:
    """Behind the link of every e-mail: one button that stops them. Pressed twice it says the same."""
    form = HouseForm()
    if form.accepted():
        alerts.stop(link)
        flash(_("You will get no more emails about new funds. We no longer keep your email address for them."))
        return redirect(url_for("rounds.index"), 303)
    return render_template("alerts/stop.html", form=form), form.status
