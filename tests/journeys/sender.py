"""One client of the last minute, a process of its own: signs in, reads what it will send, waits, and presses Send twice.

    python -m tests.journeys.sender http://127.0.0.1:8000 volunteer@example.org password APP-26-00001 APP-26-00002 …

Says "ready" when its forms are open and begins when a line comes in; then prints what came of each press as JSON. Every
application is sent by two browsers of the same person at once, as a double click does.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.racer import Client


def main(base: str, email: str, password: str, *refs: str) -> None:
    client = Client(base)
    sign_in = client.form("/sign-in", "password").fill(email=email, password=password)
    status, _body = client.ask("/sign-in", sign_in)
    assert status in (302, 303), f"signing in answered {status}"
    forms = {ref: client.form(f"/applications/{ref}/check", "declared").fill(declared="y") for ref in refs}
    print("ready", flush=True)
    sys.stdin.readline()
    told = []
    with ThreadPoolExecutor(2) as hands:

        def press(ref: str) -> dict[str, object]:
            began, at = time.monotonic(), time.time()
            status, body = client.ask(f"/applications/{ref}/submit", forms[ref])
            return {
                "ref": ref,
                "at": at,
                "status": status,
                "seconds": time.monotonic() - began,
                "body": body if status > 399 else "",
            }

        for ref in refs:
            told += [one.result() for one in [hands.submit(press, ref), hands.submit(press, ref)]]
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
