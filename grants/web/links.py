"""Where a reference is shown: on its own page, or where its path is told. Nothing in the books is without a page."""

from __future__ import annotations

import re

from flask import current_app, url_for

from grants.assessment.policies import READERS as PANEL_READERS
from grants.budget.policies import READERS as BUDGET_READERS
from grants.people.models import Duty
from grants.people.policies import holds_any
from grants.web.access import me

PAGES = {  # the kind of a reference -> where it is shown; what has no page of its own is told on its path
    "AWD": "awards.show",
    "DOC": "documents.show",
    "PAY": "payments.show",
    "RND": "staff_rounds.show",
    "QST": "question_sets.show",
    "QSD": "question_sets.draft",
    "RPT": "reports.show",
    "PAN": "panel.show",
    "COM": "passporting.show",
    "OWN": "own_spend.show",
    "SPL": "spending_plans.show",
    "SPU": "spending_plans.update",
    "AGR": "agreements.show",
    "ALC": "agreements.allocation",
    "FPY": "agreements.payment",
    "SHF": "agreements.shortfall",
    "POL": "pots.pool",
    "BCH": "changes.show",
    "AUT": "authorities.show",
}
ONLY_FOR = {
    "question_sets.draft": (Duty.GRANTS_OFFICER,),
    "panel.show": PANEL_READERS,
    "changes.show": BUDGET_READERS,
    "authorities.show": BUDGET_READERS,
}
POT = re.compile(r"[A-Z][A-Z0-9]{1,11}-\d{4}", re.ASCII)


def page_of(ref: str | None, kind: str | None = None) -> str | None:
    """The address of a reference, for somebody who may open it; None where there is no reference.

    `kind`: how references of its kind begin ('COM'), where this one, from a source's file, does not.
    """
    if not ref:
        return None
    prefix = kind or (ref[:3] if ref[3:4] == "-" else "")
    endpoint = "streams.pot" if POT.fullmatch(ref) else PAGES.get(prefix, "")
    if endpoint in current_app.view_functions and (endpoint not in ONLY_FOR or holds_any(me(), ONLY_FOR[endpoint])):
        return url_for(endpoint, ref=ref)
    return url_for("position.path", ref=ref)
