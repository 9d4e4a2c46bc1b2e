"""Where a reference is shown: on its own page, or where its path is told. Nothing in the books is without a page."""

from __future__ import annotations

import re

from flask import current_app, url_for

from grants.assessment.policies import READERS as PANEL_READERS
from grants.people.policies import holds_any
from grants.web.access import me

PAGES = {  # the kind of a reference -> where it is shown; what has no page of its own is told on its path
    "AWD": "awards.show",
    "PAY": "payments.show",
    "RND": "staff_rounds.show",
    "RPT": "reports.show",
    "PAN": "panel.show",
    "COM": "passporting.show",
    "REV": "passporting.review",
    "OWN": "own_spend.show",
    "SPL": "spending_plans.show",
    "SPU": "spending_plans.update",
    "AGR": "agreements.show",
    "ALC": "agreements.allocation",
    "SHF": "agreements.shortfall",
    "BCH": "changes.show",
    "AUT": "authorities.show",
    "POL": "pots.pool",
}
POT = re.compile(r"[A-Z][A-Z0-9]{1,11}-\d{4}", re.ASCII)


def page_of(ref: str | None) -> str | None:
    """The address of a reference, for somebody who may open it; None where there is no reference."""
    if not ref:
        return None
    endpoint = "streams.pot" if POT.fullmatch(ref) else PAGES.get(ref[:3], "") if ref[3:4] == "-" else ""
    if endpoint == "panel.show" and not holds_any(me(), PANEL_READERS):
        endpoint = ""  # the round's path tells what was decided
    if endpoint in current_app.view_functions and _takes(endpoint) == {"ref"}:
        return url_for(endpoint, ref=ref)
    return url_for("position.path", ref=ref)


def _takes(endpoint: str) -> set[str]:
    return {name for rule in current_app.url_map.iter_rules(endpoint) for name in rule.arguments}
