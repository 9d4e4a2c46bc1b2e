"""Where an application is, for anybody who has its reference: the steps and their days, and nothing of what it says."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from grants.applications import progress, queries
from grants.kernel.words import _, mark
from grants.web import navigation

area = Blueprint("track", __name__)
navigation.footer(mark("Where is my application?"), "track.show", 5)


@area.get("/track")
def show() -> ResponseReturnValue:
    """A box for the reference, and the steps where there is such an application."""
    typed = "".join(request.args.get("ref", "").split()).upper()[:40]
    found = queries.tracked(typed) if typed else None
    return render_template(
        "track/show.html",
        typed=typed,
        found=found,
        steps=progress.steps(found) if found else [],
        missing=_("We have no application that was sent with this reference. Check it and try again.")
        if typed and found is None
        else None,
    ), 404 if typed and found is None else 200
