"""One client of the HTTP race, a process of its own: signs in, opens its forms, waits for the word, and sends them all.

    python -m tests.journeys.racer http://127.0.0.1:8000 officer@example.org password 1000 RND-26-00001 RND-26-00002 …

Says "ready" when its forms are open and begins when a line comes in; then prints what came of each as JSON. Standard
library only, so that sixteen of them are light.
"""

from __future__ import annotations

import json
import sys
import time
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests.reading import Form, Page


class Stay(HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_args: Any) -> None:
        return None


class Client:
    """A browser without a screen."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = build_opener(Stay, HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, sent: dict[str, list[str]] | None = None) -> tuple[int, str]:
        """The status and the body."""
        data = urlencode(sent, doseq=True).encode() if sent is not None else None
        request = Request(self.base + path, data=data, headers={"Origin": self.base})
        try:
            with self.opener.open(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    def form(self, path: str, field: str) -> Form:
        """The form of a page that has this field."""
        status, body = self.ask(path)
        assert status == 200, f"GET {path} answered {status}"
        return next(form for form in Page(body).forms if field in form.names)


def main(base: str, email: str, password: str, hold: str, *refs: str) -> None:
    client = Client(base)
    sign_in = client.form("/sign-in", "password").fill(email=email, password=password)
    status, _body = client.ask("/sign-in", sign_in)
    assert status in (302, 303), f"signing in answered {status}"
    forms = {}
    for ref in refs:
        form = client.form(f"/funding-rounds/{ref}/open", "hold").fill(hold=hold)
        forms[ref] = form | {"then": ["open"]}  # the button of the page that shows the effect first
    print("ready", flush=True)
    sys.stdin.readline()
    told = []
    for ref, form in forms.items():
        for again in (False, True):  # an impatient finger: the same form twice
            began = time.monotonic()
            status, body = client.ask(f"/funding-rounds/{ref}/open", form)
            seconds = time.monotonic() - began
            problems = list(Page(body, status).problems) if status == 422 else []
            told.append({"ref": ref, "again": again, "status": status, "seconds": seconds, "problems": problems})
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
