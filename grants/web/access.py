"""Who is asking: the signed-in person, the pages that need one, and what becomes of a form that arrives signed out.

    @area.get("/reports/<ref>")
    @signed_in                      signed out: to the sign-in page and back; a POST is kept a day and shown again
    def show(ref): … me() …

    @staff                          the same, and any staff duty or auditor; else a 403 that names who could

Whether somebody may do a thing is asked of the room's policy, by the command; never here.
"""

# mypy: allow-subclassing-any
# flask-login ships no types

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn, ParamSpec
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from grants.kernel.errors import Busy, Objection, Refused
from grants.kernel.marks import marked
from grants.kernel.words import _
from grants.people import entry
from grants.people.duties import READS_ALL, STAFF, label
from grants.people.models import Duty, Person, SignIn
from grants.people.policies import holds_any
from grants.settings import Settings
from grants.web import errors, navigation

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

HELD = "held"  # the cookie of a form that arrived signed out
BROWSER = "browser"  # the cookie of a browser that has signed in before
SECRET = ("password", "code", "csrf_token", HELD)  # never held, whatever the form

csrf = CSRFProtect()


class Visitor(UserMixin):
    """The person behind this request, as flask-login knows them: by the token in the cookie."""

    def __init__(self, token: str, sign_in: SignIn) -> None:
        self.token, self.sign_in = token, sign_in
        self.person: Person = sign_in.person
        self.ref = self.person.ref  # kept apart, so that a log line asks nothing of the database
        self.sign_in_id, self.due_a_look = sign_in.id, entry.stale(sign_in)

    @property
    def name(self) -> str:
        return self.person.name

    def get_id(self) -> str:
        return self.token


def who() -> Person | None:
    """The signed-in person, or None."""
    return current_user.person if current_user.is_authenticated else None


def me() -> Person:
    """The signed-in person; nobody: to the sign-in page and back."""
    return who() or to_sign_in()


def to_sign_in() -> NoReturn:
    """Send the browser to sign in, and back here."""
    abort(redirect(url_for("sign_in.show", next=_here()), 303))


def _here() -> str:
    """The page to come back to: this one, or for a form the page it stands on."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    return same_site(request.referrer) or request.path


def same_site(url: str | None) -> str | None:
    """The path of an address of this site, or None for anything else: what `?next=` may hold."""
    if not url or any(ord(c) < 33 for c in url) or "\\" in url:
        return None
    parts = urlsplit(url)
    if (parts.scheme or parts.netloc) and (parts.scheme not in ("http", "https") or parts.netloc != request.host):
        return None
    if not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def signed_in(view: View[P]) -> View[P]:
    """The page is for people who have signed in."""

    @wraps(view)
    def asked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        me()
        return view(*args, **kwargs)

    asked.needs_sign_in = True  # type: ignore[attr-defined]  # read by _guard, before the form's token is checked
    return asked


def staff(view: View[P]) -> View[P]:
    """The page is for people with any staff duty, and for auditors."""

    @wraps(view)
    def asked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not is_staff():
            raise Refused(Objection(_("This page is for the people who run the funding."), label(Duty.GRANTS_OFFICER)))
        return view(*args, **kwargs)

    return signed_in(asked)


def is_staff() -> bool:
    """Has the person at the keyboard any staff duty, or an auditor's?"""
    person = who()
    return person is not None and holds_any(person, STAFF | READS_ALL)


def once_key() -> str | None:
    """The form's once-key, tied to who sent it."""
    key = request.form.get("key")
    return f"{me().ref}:{key}" if key else None


def on_demo() -> bool:
    """Was this database filled by the demonstration? Asked once a request."""
    if "on_demo" not in g:
        g.on_demo = marked("demo") is not None
    return bool(g.on_demo)


def network() -> str:
    """Where the request came from (the proxies named in the settings are believed, no others)."""
    return request.remote_addr or "unknown"


# -- coming in and going out ------------------------------------------------------------------------------------------


def come_in(opened: entry.Opened) -> None:
    """Make this browser a signed-in one. Nothing of the session before is kept, so none planted there is."""
    found = entry.signed_in(opened.token)
    assert found
    session.clear()
    login_user(Visitor(opened.token, found))
    g.browser_cookie = entry.browser_cookie(found.person, request.cookies.get(BROWSER))


def go_out() -> None:
    """End the sign-in and forget the session."""
    if current_user.is_authenticated:
        entry.sign_out(current_user.token)
    logout_user()
    session.clear()


def _load(token: str) -> Visitor | None:
    found = entry.signed_in(token)
    return Visitor(token, found) if found is not None and found.person.active else None


# -- a form that arrives signed out -----------------------------------------------------------------------------------


def _guard() -> ResponseReturnValue | None:
    """Before every view: keep a form that arrives signed out; refuse one that did not come from a page of ours."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in ("GET", "HEAD", "OPTIONS", "TRACE") or view is None:
        return None
    if getattr(view, "needs_sign_in", False) and not current_user.is_authenticated:
        if not _from_here():
            abort(400)
        kept = _hold()
        response = redirect(url_for("sign_in.show", next=_here()), 303)
        if kept:
            flash(_("You were signed out. What you typed is kept: sign in and it will be shown again."), "important")
        return response
    try:
        csrf.protect()
    except CSRFError as error:
        return _forged(error)
    return None


def _from_here() -> bool:
    """Did a page of ours send this? Browsers say so in Origin or Sec-Fetch-Site; what says nothing is no browser."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _hold() -> bool:
    """Keep what was typed for a day, tied to this browser, and to the person where their ended sign-in still tells."""
    fields = {name: request.form.getlist(name) for name in request.form if not any(secret in name.lower() for secret in SECRET)}
    if not fields:
        return False
    token = str(session.get("_user_id") or "")
    person_id = current_user.person.id if current_user.is_authenticated else entry.whose(token) if token else None
    g.held_cookie = entry.hold(path=request.full_path.rstrip("?"), fields=fields, person_id=person_id, network=network())
    return True


def _forged(error: CSRFError) -> ResponseReturnValue:
    """The form's token is not this browser's: it is shown again, filled in, to whoever is signed in."""
    if current_user.is_authenticated and _from_here() and _hold():
        flash(
            _("You signed in again after this page was opened, so nothing was sent yet. Check what you typed and send it."),
            "notice",
        )
        return redirect(url_for("sign_in.held"), 303)
    return errors.forged(error)


def _cookie(response: Response, name: str, value: str, lasting: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lasting,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _after(response: Response) -> Response:
    """Cookies of the request, the form that went through after all, and the note that this browser was seen."""
    if value := g.pop("held_cookie", None):
        _cookie(response, HELD, value, entry.HELD_FOR)
    if value := g.pop("browser_cookie", None):
        _cookie(response, BROWSER, value, timedelta(days=400))
    # what was refused is not looked into again: of a form that was too large nothing can be read
    again = request.form.get(HELD) if request.method == "POST" and response.status_code < 400 else None
    if again and again == request.cookies.get(HELD):
        entry.drop_held(again)
        response.delete_cookie(HELD)
    visitor = g.get("_login_user")
    if isinstance(visitor, Visitor) and visitor.due_a_look and response.status_code < 500:
        try:
            entry.seen(visitor.sign_in_id)
        except Busy:  # somebody else is writing: it will be noted next time
            current_app.logger.info("sign-in not noted as seen")
    return response


def _phase() -> tuple[str, str] | None:
    return (_("Demonstration"), _("The groups, the amounts from 2026 on and what happened are made up.")) if on_demo() else None


def register(app: Flask, settings: Settings) -> None:
    """Hang sign-in, the guard and the cookies on the application."""
    if settings.proxies:
        fixed: Any = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]  # how Flask says to do it
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # _guard asks, after it has kept what arrives signed out
    csrf.init_app(app)
    login = LoginManager(app)
    login.session_protection = "basic"
    login.user_loader(_load)
    app.before_request(_guard)
    app.after_request(_after)
    navigation.doors(
        app, sign_in="sign_in.show", sign_out="sign_in.out", name=lambda: person.name if (person := who()) else None
    )
    navigation.phase(app, _phase)
