"""The first page of the site, for anybody, and what it says of its own accessibility and of others' data."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.kernel.words import mark
from grants.rounds.queries import coming, open_rounds
from grants.web import navigation
from grants.web.access import on_demo, who

area = Blueprint("public", __name__)
navigation.footer(mark("About the data"), "public.data", 20)


@area.get("/")
def start() -> ResponseReturnValue:
    """What this is, which rounds take applications now, and the ways in."""
    return render_template("public/start.html", rounds=open_rounds(), coming=coming(), person=who(), demo=on_demo())


@area.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """How far everybody can use these pages, and whom to tell where not."""
    return render_template("public/accessibility.html")


@area.get("/about-the-data")
def data() -> ResponseReturnValue:
    """Whose data of postcodes and areas these pages use, and on what terms."""
    return render_template("public/data.html")
