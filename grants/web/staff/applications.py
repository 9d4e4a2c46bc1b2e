"""What a group sent, as officers, panels and auditors read it. Assessors read the same through their own page."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.applications import after, frozen, policies, queries
from grants.kernel.errors import NotFound
from grants.kernel.policy import may
from grants.web.access import me, staff
from grants.web.staff import exceptions

area = Blueprint("bids", __name__)


@area.get("/bids/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """The snapshot, exactly as it was sent, with the digest that proves it."""
    application = queries.bid(me(), ref)
    if application.snapshot is None:
        raise NotFound()
    content = application.snapshot.content
    return render_template(
        "bids/show.html",
        application=application,
        sent=frozen.read(application.snapshot),
        since=after.since(application),
        looks_after=may(policies.look_after, me(), application.round),
        whole=frozen.digest(content) == application.snapshot.digest,
        broken=exceptions.broken(application),
        settles=exceptions.settles(application),
    )
