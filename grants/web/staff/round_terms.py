"""Setting a planned round up, part by part. Each part is a page of its own; where two officers met, both versions are shown."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.errors import NotFound, Stale
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.places import queries as places
from grants.rounds import commands, policies, queries
from grants.rounds.models import Round, State
from grants.rounds.terms import Scoring
from grants.web.access import me, staff
from grants.web.staff.round_forms import PAGES, Changes, grown
from grants.web.staff.round_words import PARTS, setup_of

area = Blueprint("round_terms", __name__)

MET = mark(
    "Somebody else changed this round while you were working on it. Nothing of yours is saved yet. Compare the two versions "
    "below, change yours if you need to, then save to keep yours."
)
AGAIN = ("wards", "usual")  # buttons that fill the page in


class Both(NamedTuple):
    """One thing that two officers changed: its name, what this one typed, what is saved."""

    name: str
    yours: str
    theirs: str


@area.route("/funding-rounds/<ref>/set-up/<part>", methods=["GET", "POST"])
@staff
def show(ref: str, part: str) -> ResponseReturnValue:
    """One part of a round's set-up, to read and to change."""
    if part not in PAGES:
        raise NotFound()
    round, page = queries.of_staff(me(), ref), PAGES[part]
    require(policies.open_round, me(), round)
    there = url_for("staff_rounds.show", ref=ref, _anchor="set-up")
    if round.state is not State.PLANNED and request.method == "GET":
        return redirect(there)
    form = page.form(round)
    again = request.form.get("then") in AGAIN
    if page.rows:
        again = grown(form[page.rows], page.most, page.usual) or again
    if page.ready:
        page.ready(form, round)
    both: list[Both] = []
    if not again and form.accepted():
        changes = page.read(form, round)
        if changes is not None:
            try:
                with form.reporting():
                    commands.change(round, **changes, edition=form.edition.data, by=me())
                    flash(_("Saved: %(part)s.", part=_(PARTS[part].title)))
                    return redirect(there)
            except Stale:
                round = queries.of_staff(me(), ref)
                both = _both(part, round, changes)
                form.edition.data = round.edition
                form.report(_(MET))
    shown: dict[str, Any] = {"round": round, "form": form, "part": PARTS[part], "both": both, "rows": page.rows}
    if part == "questions":
        shown["editor"] = editor()
    if part == "parts":
        shown["wards"] = len(places.wards(round.pot.stream.partnership))
    if part == "words":
        shown |= {"criteria": list(enumerate(round.criteria, 1)), "scored": round.terms.scoring is Scoring.SCORED}
    return render_template(f"staff_rounds/set_up/{part.replace('-', '_')}.html", **shown), 409 if both else form.status


def _both(part: str, round: Round, changes: Changes) -> list[Both]:
    """What the part says as this officer typed it, and as it is saved now, where the two differ. All of it, where only
    another part of the round was changed."""
    yours = dict(PARTS[part].told(setup_of(round, **changes)))
    theirs = dict(PARTS[part].told(setup_of(round)))
    lines = [Both(name, yours.get(name, ""), theirs.get(name, "")) for name in dict.fromkeys([*theirs, *yours])]
    return [line for line in lines if line.yours != line.theirs] or lines


def editor() -> str | None:
    """Where question sets are written, if that page is there."""
    return url_for("question_sets.index") if "question_sets.index" in current_app.view_functions else None
