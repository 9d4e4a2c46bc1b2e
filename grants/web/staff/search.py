"""One box over everything a person may open: its page, and the index kept up with what each form changes."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.errors import Busy
from grants.kernel.words import _, mark
from grants.search import commands, queries, rules
from grants.search.models import Kind
from grants.web.access import me, signed_in
from grants.web.forms import Problem

area = Blueprint("search", __name__)

# Each kind's page: for staff, and for a group's own people or everybody.
PAGES: dict[Kind, tuple[str, str]] = {
    Kind.ORGANISATION: ("organisations.show", "organisations.show"),
    Kind.STREAM: ("streams.show", ""),
    Kind.POT: ("streams.pot", ""),
    Kind.AGREEMENT: ("agreements.show", ""),
    Kind.ROUND: ("staff_rounds.show", "rounds.show"),
    Kind.AWARD: ("awards.show", "awards.show"),
    Kind.APPLICATION: ("bids.show", "applications.show"),
    Kind.COMMITMENT: ("passporting.show", ""),
    Kind.OWN_SPEND: ("own_spend.show", ""),
    Kind.PLAN: ("spending_plans.show", ""),
    Kind.CHANGE: ("changes.show", ""),
    Kind.AUTHORITY: ("authorities.show", ""),
    Kind.PAYMENT: ("payments.show", ""),
    Kind.REPORT: ("reports.show", "reports.show"),
    Kind.PANEL: ("panel.show", ""),
    Kind.PARTNERSHIP: ("partnerships.show", ""),
    Kind.STRATEGY: ("strategies.show", ""),
    Kind.PRIORITY: ("strategies.priority", ""),
    Kind.INDICATOR: ("strategies.indicator", ""),
    Kind.PLACE: ("places.show", ""),
    Kind.PERSON: ("people.show", ""),
}

CALLED: dict[Kind, str] = {
    Kind.ORGANISATION: mark("Organisation"),
    Kind.STREAM: mark("Funding stream"),
    Kind.POT: mark("Pot"),
    Kind.AGREEMENT: mark("Funder agreement"),
    Kind.ROUND: mark("Round"),
    Kind.AWARD: mark("Award"),
    Kind.APPLICATION: mark("Application"),
    Kind.COMMITMENT: mark("Protected commitment"),
    Kind.OWN_SPEND: mark("Own spend"),
    Kind.PLAN: mark("Spending plan"),
    Kind.CHANGE: mark("Budget change"),
    Kind.AUTHORITY: mark("Spending authority"),
    Kind.PAYMENT: mark("Payment"),
    Kind.REPORT: mark("Report"),
    Kind.PANEL: mark("Panel"),
    Kind.PARTNERSHIP: mark("Partnership"),
    Kind.STRATEGY: mark("Strategy"),
    Kind.PRIORITY: mark("Priority"),
    Kind.INDICATOR: mark("Indicator"),
    Kind.PLACE: mark("Place"),
    Kind.PAST_GRANT: mark("Past grant"),
    Kind.PERSON: mark("Person"),
}

AFTER_A_FORM = 500  # events followed while somebody waits for their page; `flask work` reads whatever is left


class Asked(NamedTuple):
    """The form of the page, as far as the layout asks: what is wrong with it."""

    problems: list[Problem]


def address(hit: queries.Hit) -> str:
    """Where a found thing is opened, by the person who found it."""
    staff, others = PAGES[hit.page]
    return url_for(staff if hit.staff else others, ref=hit.opens)


@area.get("/search")
@signed_in
def show() -> ResponseReturnValue:
    """What was found, the likeliest first. A whole reference opens what it names."""
    words = request.args.get("q", "").strip()
    problems = [Problem(sentence, "q") for sentence in rules.unanswerable(words)]
    found = queries.NOTHING if problems else queries.search(me(), words, request.args.get("page", 1, int))
    if found.whole is not None:
        return redirect(address(found.whole))
    return render_template(
        "search/show.html",
        words=words[: rules.LONGEST],
        form=Asked(problems),
        found=found,
        called=lambda kind: _(CALLED[kind]),
        address=address,
        page_url=lambda n: url_for(".show", q=words, page=n),
    ), 422 if problems else 200


@area.after_app_request
def _follow(response: Response) -> Response:
    """After a form: what it changed can be found at once. Whatever fails here is followed by the next run."""
    if request.method == "POST" and response.status_code < 500:
        try:
            commands.catch_up(AFTER_A_FORM)
        except Busy:  # somebody else is writing
            current_app.logger.info("the search index waits for the next run")
        except Exception:
            current_app.logger.exception("the search index was not brought up to date")
    return response
