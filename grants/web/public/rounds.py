"""The rounds open now, what each is for and asks, and the page that starts an application. No sign-in to read."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import commands as applications
from grants.applications import queries as mine
from grants.applications.policies import APPLY
from grants.kernel import clock
from grants.kernel.words import _, many, mark
from grants.people.queries import organisations_of
from grants.questions.queries import document
from grants.rounds import queries, rules
from grants.web import navigation
from grants.web.access import me, once_key, signed_in
from grants.web.easy_read import worded
from grants.web.formats import time
from grants.web.forms import HouseForm, OnceKey, RadiosField, Required, SelectChoice

area = Blueprint("rounds", __name__)
navigation.item(mark("Apply"), "rounds.index", 10)


def when(at: datetime) -> str:
    """Friday 18 December 2026 at midday."""
    return _("%(day)s at %(time)s", day=format_date(clock.civil(at), "EEEE d MMMM y", locale="en_GB"), time=time(at))


class StartForm(HouseForm):
    """Which group it is for, where the person acts for several."""

    group = RadiosField(mark("Which group are you applying for?"), [Required(mark("Choose which group you are applying for"))])
    key = OnceKey()


@area.get("/rounds")
def index() -> ResponseReturnValue:
    """What can be applied to now, and what is coming."""
    return render_template("rounds/index.html", rounds=queries.open_rounds(), coming=queries.coming(), when=when)


@area.get("/rounds/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """Everything a group needs to decide whether to apply, and to prepare."""
    round = queries.public(ref)
    return render_template(
        "rounds/show.html",
        round=round,
        taking=rules.taking(round),
        to_come=rules.to_come(round),
        left=rules.left_in_words(round),
        priorities=queries.priorities(round.strategy),
        questions=worded(document(round.question_set)),
        when=when,
        scored=many(
            "%(num)s person reads and scores each application.",
            "%(num)s people read and score each application, each on their own.",
            round.assessors,
        ),
    )


@area.route("/rounds/<ref>/apply", methods=["GET", "POST"])
@signed_in
def apply(ref: str) -> ResponseReturnValue:
    """Start an application, or go to the one the group already has."""
    round = queries.public(ref)
    groups = organisations_of(me(), *APPLY)
    live = mine.live_of(me(), round)
    form = StartForm()
    # A form sent twice finds its first answer by its key, so what was offered is offered still.
    offered = [group for group in groups if form.is_submitted() or group.ref not in live]
    form.group.choices = [SelectChoice(group.ref, group.name) for group in offered]
    if len(form.group.choices) == 1:
        form.group.validators, form.group.data = [], form.group.choices[0].value
    if form.accepted():
        with form.reporting():
            group = next(one for one in groups if one.ref == form.group.data)
            started = applications.start(round, organisation=group, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            return redirect(url_for("applications.show", ref=started.ref))
    elif groups and not offered:
        flash(_("Your group already has an application to this round. Here it is."), "important")
        return redirect(url_for("applications.show", ref=next(iter(live.values()))))
    names = {group.ref: group.name for group in groups}
    return render_template(
        "rounds/apply.html",
        round=round,
        form=form,
        groups=groups,
        live=[(names[group], application) for group, application in live.items()],
        closed=list(rules.not_taking(round)),
    ), form.status
