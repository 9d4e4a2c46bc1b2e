"""The blank form of a round: to print and fill in by hand, or to fill in with a word processor. No sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications.queries import places
from grants.files.rules import NAMES
from grants.kernel.errors import NotFound
from grants.kernel.words import _
from grants.questions.queries import document
from grants.rounds import queries
from grants.settings import Settings

area = Blueprint("blank_forms", __name__)
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@area.get("/rounds/<ref>/form.<ending>")
def form(ref: str, ending: str) -> ResponseReturnValue:
    """The form, drawn now. `?print=large` is in 18 points; `?words=easy` in easy words, where the questions have them."""
    from grants.papers import blank_form

    if ending not in TYPES:
        raise NotFound()
    round = queries.public(ref)
    settings: Settings = current_app.extensions["grants"]
    email = settings.owner_email
    about = blank_form.about(
        round,
        places=[one.name for one in places(round)],
        documents={what.value: _(name) for what, name in NAMES.items()},
        return_to=[settings.owner_name, *([email] if email else [])],
        online=settings.base_url.rstrip("/") + url_for("rounds.show", ref=round.ref),
        ask=_("If you need help with this form, or want it in another way, email %(email)s.", email=email) if email else "",
    )
    large = request.args.get("print") == "large"
    easy = request.args.get("words") == "easy"
    blank = blank_form.form(document(round.question_set), about, language="en-easy" if easy else "en")
    drawn = blank_form.as_pdf(blank, large=large) if ending == "pdf" else blank_form.as_docx(blank, large=large)
    name = "-".join([round.ref, "form", *(["easy"] if easy else []), *(["large-print"] if large else [])])
    answer = Response(drawn, mimetype=TYPES[ending])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer
