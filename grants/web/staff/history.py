"""What happened to a record, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from grants.agreements import queries as agreements
from grants.applications import queries as applications
from grants.audit.queries import history
from grants.awards import queries as awards
from grants.kernel.errors import NotFound
from grants.kernel.policy import may, require
from grants.kernel.words import _
from grants.monitoring import queries as monitoring
from grants.panel import queries as panel
from grants.payments import queries as payments
from grants.people import policies, queries
from grants.people.models import Person
from grants.rounds import queries as rounds
from grants.streams import allocations, lines, pools, shared
from grants.streams import queries as streams
from grants.web.access import me, signed_in, who

area = Blueprint("history", __name__)

MOST = 200


def _person(by: Person, ref: str) -> Person:
    found = queries.person(ref)
    if not may(policies.see_person, by, found):
        raise NotFound()
    return found


def _agreement(by: Person, ref: str) -> None:
    """Its history names all its money: for those whose duties cover all of it."""
    if not agreements.agreement_page(by, ref).whole:
        raise NotFound()


# How a record is found by somebody whose duty is limited: each raises NotFound outside their scope.
READERS: dict[str, Callable[[Person, str], Any]] = {
    "AGR": _agreement,
    "ALC": allocations.allocation_of_staff,
    "APP": applications.bid,
    "AWD": awards.award,
    "FPY": agreements.payment,
    "CON": shared.contribution_of_staff,
    "LIN": lines.line_of_staff,
    "PAN": panel.panel,
    "PAY": payments.payment,
    "PER": _person,
    "POL": pools.pool_page,
    "RND": rounds.of_staff,
    "RPT": monitoring.of_staff,
    "SHF": allocations.shortfall_of_staff,
    "USE": shared.use_of_staff,
}
OTHERWISE = (streams.pot_of_staff, streams.stream_of_staff, shared.use_of_staff)  # their references are slugs


def _in_scope(by: Person, ref: str) -> None:
    """NotFound unless the record is one this person may read."""
    if policies.see_all_history(by):
        return
    if reader := READERS.get(ref.split("-")[0]):
        reader(by, ref)
        return
    for reader in OTHERWISE:
        try:
            reader(by, ref)
        except NotFound:
            continue
        return
    raise NotFound()


def history_of(ref: str) -> str | None:
    """For a record's page: where its history is, for somebody who may read it."""
    person = who()
    return url_for("history.show", ref=ref) if person is not None and may(policies.see_history, person) else None


@area.record_once
def _offer(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["history_of"] = history_of


@area.get("/history/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """The newest events about a reference, newest first. Everybody may read their own."""
    if ref != me().ref:
        require(policies.see_history, me())
        _in_scope(me(), ref)
    lines = history(ref, most=MOST)
    if not lines:
        raise NotFound()
    people = queries.names({line.by for line in lines})
    return render_template(
        "history/show.html",
        ref=ref,
        lines=[(line, people.get(line.by, _("The system") if line.by == "system" else line.by)) for line in lines],
        most=MOST,
    )
