"""What the benchmark's gunicorn serves: the product at the generated world's present, and beside it a bare Flask route."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from grants import create_app
from grants.demo.generator.scale import NOW
from grants.kernel import clock
from grants.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

bare = Flask("bare")


@bare.get("/")
def route() -> str:
    """Nothing but Flask."""
    return "<!DOCTYPE html><title>Bare</title>"


# As in `tests.conftest`, which is not imported here: a web process has no pytest in its memory.
product = create_app(
    Settings(
        instance=Path(os.environ["GRANTS_BENCHMARK"]),
        database_url=os.environ["GRANTS_BENCHMARK_URL"],
        secret_key="tests",
        event_key=b"tests",
        secure_cookies=False,
        owner_email="help@example.org",
    )
)


def at_its_present(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Every page answered as on the day the generated world has come to, so that rounds are open and nothing is late."""
    with clock.stopped(NOW):
        answer = product.wsgi_app(environ, start_response)
        try:
            return list(answer)
        finally:
            if close := getattr(answer, "close", None):
                close()


app = DispatcherMiddleware(at_its_present, {"/bare": bare})
