"""Error pages: what happened, what to do, and the way back to where the person was. Never what went wrong inside."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from grants.kernel.errors import Busy, NotFound, Refused, RuleBroken, Stale, TooMany
from grants.kernel.words import _, mark
from grants.web import navigation

TITLES = {
    400: mark("That request could not be read"),
    403: mark("You cannot do this"),
    404: mark("Page not found"),
    405: mark("That cannot be done here"),
    409: mark("Somebody else changed this"),
    413: mark("That is too large to send"),
    422: mark("This cannot be done as it stands"),
    429: mark("Too many tries"),
    500: mark("Sorry, something went wrong"),
    503: mark("Sorry, we are busy"),
}
OTHERWISE = mark("This could not be done")
QUIET = (500, 503)  # these pages ask nothing of the database: it may be what is broken


def _local(address: str | None) -> str | None:
    """The path and query of an address on this site, or None: nobody is ever sent elsewhere."""
    if not address or any(ord(c) < 33 or c == "\\" for c in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.netloc and (parts.netloc != request.host or parts.scheme not in ("http", "https")):
        return None
    if parts.scheme and not parts.netloc:
        return None
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def place() -> str | None:
    """Where the person was before this went wrong."""
    came_from = _local(request.referrer)
    if came_from and (request.method != "GET" or came_from != request.full_path.rstrip("?")):
        return came_from
    return None


def page(status: int, **facts: Any) -> Response:
    """The page for one kind of trouble. If even that cannot be drawn, a plain one that leans on nothing."""
    if status in QUIET:
        navigation.quiet()
    template = f"errors/{status}.html" if status in TITLES else "errors/other.html"
    title = _(TITLES.get(status, OTHERWISE))
    try:
        body = render_template(template, title=title, status=status, place=place(), **facts)
    except Exception:
        current_app.logger.exception("the %s page could not be drawn", status)
        body = _bare(title, facts.get("request_id", ""))
    return make_response(body, status)


def _bare(title: str, request_id: str) -> str:
    reference = f"<p>{escape(request_id)}</p>" if request_id else ""
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(_('Try again later. What you saved is kept.'))}</p>{reference}"
        f'<p><a href="/">{escape(_("Go to the start"))}</a></p></main></body></html>'
    )


def refused(error: Refused) -> ResponseReturnValue:
    """403, with every reason and who could do it."""
    return page(403, objections=list(error.objections))


def broken(error: RuleBroken) -> ResponseReturnValue:
    """422, where no form was there to say it."""
    return page(422, sentences=list(error.problems))


def missing(_error: NotFound) -> ResponseReturnValue:
    """404: not there, or not this person's to see."""
    return page(404)


def stale(error: Stale | StaleDataError) -> ResponseReturnValue:
    """409, with both versions side by side."""
    yours, theirs = list(getattr(error, "yours", ())), list(getattr(error, "theirs", ()))
    labels = dict.fromkeys([label for label, _value in (*theirs, *yours)])
    lines = [(label, dict(yours).get(label, ""), dict(theirs).get(label, "")) for label in labels]
    return page(409, lines=lines, here=_local(request.full_path.rstrip("?")))


def too_many(error: TooMany) -> ResponseReturnValue:
    """429, with how long to wait."""
    response = page(429, sentence=error.sentence)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def busy(_error: Busy) -> ResponseReturnValue:
    """503: nothing was changed, try again in a moment."""
    response = page(503)
    response.headers["Retry-After"] = "5"
    return response


def forged(_error: CSRFError) -> ResponseReturnValue:
    """400: a form that did not come from a page of ours, or came after the sign-in ended."""
    return page(400, from_form=True)


def any_other(error: HTTPException) -> ResponseReturnValue:
    """Whatever Flask itself refuses."""
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, InternalServerError):
        return failed(error)
    response = page(status, **_nothing_more(status))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _nothing_more(status: int) -> dict[str, Any]:
    """What a page wants to know and a bare HTTP error cannot say."""
    known: dict[int, dict[str, Any]] = {
        400: {"from_form": False},
        403: {"objections": []},
        409: {"lines": [], "here": None},
        413: {"most": (current_app.config.get("MAX_CONTENT_LENGTH") or 0) // 1024**2},
        422: {"sentences": []},
        429: {"sentence": None},
    }
    return known.get(status, {})


def failed(_error: InternalServerError) -> ResponseReturnValue:
    """500, with the reference under which the log has the rest."""
    request_id = str(g.get("request_id") or "")
    if not request_id:
        request_id = secrets.token_hex(6)
        current_app.logger.error("shown to the person as %s", request_id)
    return page(500, request_id=request_id)


def register(app: Flask) -> None:
    """Map every way of saying no to its page."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(RuleBroken, broken)
    app.register_error_handler(NotFound, missing)
    app.register_error_handler(Stale, stale)
    app.register_error_handler(StaleDataError, stale)
    app.register_error_handler(TooMany, too_many)
    app.register_error_handler(Busy, busy)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, any_other)
