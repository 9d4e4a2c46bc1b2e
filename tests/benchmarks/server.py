"""What the benchmark's gunicorn serves: the product, and beside it a bare Flask application with one route."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from grants import create_app
from tests.conftest import settings_for

bare = Flask("bare")


@bare.get("/")
def route() -> str:
    """Nothing but Flask."""
    return "<!DOCTYPE html><title>Bare</title>"


product = create_app(settings_for(Path(os.environ["GRANTS_BENCHMARK"]), testing=False))
app = DispatcherMiddleware(product, {"/bare": bare})
