"""The outbox: every e-mail, whether it went, and what it says. On a demonstration, where nothing is sent, open to everybody."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.people import policies
from grants.web import navigation
from grants.web.access import me, on_demo, signed_in, who
from grants.work import commands, queries

area = Blueprint("outbox", __name__)

SIZE = 25


def _offered() -> bool:
    person = who()
    return person is not None and may(policies.see_outbox, person)


navigation.item(mark("Outbox"), "outbox.show", 95, shown=_offered)


@area.get("/outbox")
def show() -> ResponseReturnValue:
    """Every e-mail, newest first. A way to sign in is shown on a demonstration only."""
    demo = on_demo()
    if not demo:
        require(policies.see_outbox, me())
    page = max(1, request.args.get("page", 1, int))
    letters, count = queries.outbox(page=page, size=SIZE)
    return render_template(
        "outbox/show.html",
        letters=letters,
        page=page,
        pages=-(-count // SIZE),
        page_url=lambda n: url_for(".show", page=n),
        demo=demo,
        sends=bool(current_app.extensions["grants"].mail_server) and not demo,
        may_retry=_offered() and may(policies.look_after, me()),
        base=current_app.extensions["grants"].base_url.rstrip("/"),
    )


@area.post("/outbox/again")
@signed_in
def again() -> ResponseReturnValue:
    """Try once more what was given up."""
    require(policies.look_after, me())
    task = queries.task(request.form.get("mail", 0, int))
    commands.retry(task)
    flash(_("It will be tried again."))
    return redirect(url_for(".show"), 303)
