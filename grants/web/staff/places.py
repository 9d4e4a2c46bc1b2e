"""The tree of places a partnership works in."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.kernel.words import mark
from grants.places import queries
from grants.strategy import wording
from grants.web import navigation
from grants.web.access import is_staff, me, staff

area = Blueprint("places", __name__)
navigation.item(mark("Places"), "places.index", 80, shown=is_staff)


@area.get("/places")
@staff
def index() -> ResponseReturnValue:
    """Each partnership's places as a tree."""
    return render_template("places/index.html", areas=queries.trees(me()))


@area.get("/places/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One place: what it lies in, what lies in it, and what is known of it."""
    return render_template("places/show.html", found=queries.place(me(), ref), wording=wording)
