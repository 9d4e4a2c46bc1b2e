"""Partnerships: whom they answer to, who sits on them, their boards, strategies and streams."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.figures import partnerships as run
from grants.kernel.words import mark
from grants.people import partnerships
from grants.strategy import measures, queries, wording
from grants.web import navigation
from grants.web.access import is_staff, me, staff

area = Blueprint("partnerships", __name__)
navigation.item(mark("Partnerships"), "partnerships.index", 70, shown=is_staff)


@area.get("/partnerships")
@staff
def index() -> ResponseReturnValue:
    """The partnerships this person may read about."""
    return render_template("partnerships/index.html", rows=partnerships.listing(me()), wording=wording)


@area.get("/partnerships/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One partnership's facts."""
    facts = partnerships.facts(me(), ref)
    return render_template(
        "partnerships/show.html",
        facts=facts,
        partnership=facts.partnership,
        strategies=queries.listing(me(), partnership=ref),
        measures=measures.outside_strategies(facts.partnership.id),
        streams=run.streams(me(), facts.partnership),
        wording=wording,
    )
