"""The quality-gate client: visits pages as a browser without JavaScript would, and fails any page that has a fault.

    browser = Browser(app).sign_in(person)              through a real row of `sign_in`
    page = browser.visit("/people")                     follows redirects; `expect=404` for another status
    page = browser.submit("/people/new", name="Jo", email="jo@example.org")
        GETs the page, fills in the form that has these fields (hidden ones as they stand), POSTs it, follows redirects.
        Dates may be dates, files a pair of content and name;
        `{"starts_on-day": "1"}` for names that are no Python names; `button="Send"` when there are several.
    browser.press("Sign out")                           the button on the page in hand
    browser.fetch("/awards/AWD-26-00001/letter.pdf")    an answer that is no page

Every page is read by tests/reading.py, and its faults fail the test. Each request runs in a context of its own, as in a server;
a stopped clock stays stopped. What the test had loaded is forgotten afterwards, so that it reads what the request wrote.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from grants.kernel import clock
from grants.kernel.db import db
from grants.people import entry
from grants.people.models import Person
from tests.reading import Form, Page

T = TypeVar("T")
Sent = tuple[BinaryIO, str]  # a file and what it is called
Typed = str | list[str] | date | Sent | None

HTML = "text/html"
MOST_REDIRECTS = 6


class Browser:
    """One browser with its own cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.at = "/"
        self.page: Page | None = None
        self.response: TestResponse | None = None
        self._known: tuple[str, str] | None = None  # the session's secret and a token made of it

    # -- who ------------------------------------------------------------------------------------------------------

    def sign_in(self, person: Person) -> Browser:
        """Sign a person in, as the sign-in page would."""
        opened = entry.open_sign_in(person, how="password")
        with self.client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = opened.token, True
        return self

    def sign_out(self) -> Browser:
        """Forget every cookie, as closing a private window does."""
        self.client = self.app.test_client()
        return self

    # -- pages ----------------------------------------------------------------------------------------------------

    def visit(self, path: str, expect: int = 200) -> Page:
        """Open a page."""
        return self._read(self._open("GET", path), expect)

    def submit(
        self,
        path: str,
        fields: Mapping[str, Typed] | None = None,
        *,
        expect: int = 200,
        button: str | None = None,
        **typed: Typed,
    ) -> Page:
        """Open a page, fill in its form and send it."""
        self.visit(path)
        return self.fill(fields, expect=expect, button=button, **typed)

    def fill(
        self, fields: Mapping[str, Typed] | None = None, *, expect: int = 200, button: str | None = None, **typed: Typed
    ) -> Page:
        """Fill in the form on the page in hand and send it."""
        given = {**(fields or {}), **typed}
        form = self._form(given, button)
        sent = form.fill(**_parts(form, given))
        pressed = next((b for b in form.buttons if button is None or b.text == button), None)
        if pressed is not None and pressed.name:
            sent[pressed.name] = [pressed.value]
        path = form.action or self.at
        assert form.method == "post", f"The form of {self.at} does not POST"
        return self._read(self._open("POST", path, data=sent), expect)

    def press(self, button: str, *, expect: int = 200) -> Page:
        """Press a button on the page in hand, changing nothing that is typed there."""
        return self.fill(button=button, expect=expect)

    def fetch(self, path: str, expect: int = 200) -> TestResponse:
        """An answer that is no page: a file, or JSON. Redirects are not followed."""
        response = self._open("GET", path)
        assert response.status_code == expect, f"GET {path} answered {response.status_code}"
        return response

    def post(self, path: str, data: Mapping[str, Any] | None = None, *, token: bool = True) -> TestResponse:
        """A bare POST, with a valid token unless told otherwise. Redirects are not followed."""
        sent = dict(data or {})
        if token:
            sent["csrf_token"] = self._token()
        return self._open("POST", path, data=sent)

    # -- within ---------------------------------------------------------------------------------------------------

    def _token(self) -> str:
        """A form token of this browser's session."""

        def make() -> str:
            from flask_wtf.csrf import generate_csrf

            with self.client.session_transaction() as session:
                kept = dict(session)
            if self._known and self._known[0] == kept.get("csrf_token"):
                return self._known[1]
            with self.app.test_request_context():
                from flask import session as inside

                inside.update(kept)
                token: str = generate_csrf()
                made = dict(inside)
            with self.client.session_transaction() as session:
                session.update(made)
            self._known = (made["csrf_token"], token)
            return token

        return self._apart(make)

    def _form(self, given: Mapping[str, Typed], button: str | None) -> Form:
        assert self.page, "Visit a page first"
        forms = [
            f
            for f in self.page.forms
            if f.method == "post" and (button == "Sign out" or urlsplit(f.action).path != "/sign-out")
        ]
        fitting = [
            form
            for form in forms
            if all(name in form.names or f"{name}-day" in form.names for name in given)
            and (button is None or any(b.text == button for b in form.buttons))
        ]
        assert fitting, f"{self.at} has no form with {sorted(given)}{f' and a button {button!r}' if button else ''}: {forms}"
        assert len(fitting) == 1 or button or given, f"{self.at} has several forms: say which button"
        return fitting[0]

    def _open(self, method: str, path: str, data: Any = None) -> TestResponse:
        headers = {"Referer": f"http://localhost{self.at}", "Sec-Fetch-Site": "same-origin"}
        if method == "POST":
            headers["Origin"] = "http://localhost"
        db.session.rollback()
        response = self._apart(lambda: self.client.open(path, method=method, data=data, headers=headers))
        db.session.rollback()
        self.response = response
        return response

    def _read(self, response: TestResponse, expect: int) -> Page:
        hops = 0
        while response.status_code in (301, 302, 303, 307, 308):
            to = response.location
            assert urlsplit(to).netloc in ("", "localhost"), f"Sent to another site: {to}"
            hops += 1
            assert hops < MOST_REDIRECTS, f"Sent round in circles: {to}"
            response = self._open("GET", to)
        self.at = response.request.full_path.rstrip("?") if response.request.query_string else response.request.path
        said = response.text if response.mimetype == HTML else ""
        assert response.status_code == expect, f"{self.at} answered {response.status_code}, not {expect}: {_gist(said)}"
        assert response.mimetype == HTML, f"{self.at} is {response.mimetype}: use fetch()"
        page = Page(said, response.status_code)
        secrets = [at["name"] for at in page.attributes("input", type="password") if "password" not in at["name"]]
        assert not secrets, f"{self.at}: {secrets} would be kept if it arrived signed out: its name must say 'password'"
        assert not page.faults, f"{self.at}: {page.faults}"
        self.page = page
        return page

    @staticmethod
    def _apart(do: Callable[[], T]) -> T:
        """In a context of its own, as a server's thread: nothing of the test's is seen there but a stopped clock."""
        stopped = clock._stopped_at.get()

        def run() -> T:
            if stopped is None:
                return do()
            with clock.stopped(stopped):
                return do()

        return contextvars.Context().run(run)


def _parts(form: Form, given: Mapping[str, Typed]) -> dict[str, Any]:
    """Dates as their three fields."""
    sent: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, date):
            sent |= {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}
        elif isinstance(value, tuple):
            sent[name] = [value]
        else:
            sent[name] = value
    return sent


def _gist(html: str) -> str:
    if not html:
        return ""
    page = Page(html)
    return page.text[:600]
