"""The first page of the site, for anybody, and what it says of its own accessibility."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.rounds.queries import coming, open_rounds
from grants.web.access import on_demo, who

area = Blueprint("public", __name__)


@area.get("/")
def start() -> ResponseReturnValue:
    """What this is, which rounds take applications now, and the ways in."""
    return render_template("public/start.html", rounds=open_rounds(), coming=coming(), person=who(), demo=on_demo())


@area.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """How far everybody can use these pages, and whom to tell where not."""
    return render_template("public/accessibility.html")
