"""The demonstration as `flask demo` serves it, with a clock that a journey sets. For tests only: the product has no such door.

    python -m tests.browser.served PORT CLOCK

serves the demonstration of the instance folder that the environment names. While the file CLOCK holds an instant, every request
is answered at that instant; while it is empty the clock runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from waitress import serve

from grants import create_app
from grants.demo import build
from grants.kernel import clock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def at_the_clock(app: WSGIApplication, file: Path) -> WSGIApplication:
    """The application, each request of it at the instant that the file holds."""

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said = file.read_text()
        with clock.stopped(datetime.fromisoformat(said)) if said else nullcontext():
            answer = app(environ, start_response)
            try:
                return list(answer)
            finally:
                if close := getattr(answer, "close", None):
                    close()

    return answered


if __name__ == "__main__":
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    settings = build.settings(create_app().extensions["grants"], port)
    serve(at_the_clock(create_app(settings).wsgi_app, file), host="127.0.0.1", port=port, threads=8)
