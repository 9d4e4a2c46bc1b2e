"""Structured logs: one JSON line for every request and one for every failure, each with the request's id.

Never a personal value and never a secret: the path is the route's template, a person is their reference, and a failure is
its kind and where in the code it happened. What the exception says is left out unless it is our own, because database errors
quote what was typed.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from jinja2 import TemplateError
from werkzeug.routing import BuildError

from grants.kernel.errors import Undisciplined
from grants.settings import Settings

HEADER = "X-Request-ID"
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
QUIET = frozenset({"static", "look.fetched", "look.brand", "health.healthz", "health.readyz"})
PLAIN = (Undisciplined, TemplateError, BuildError, AttributeError, NameError, ImportError)  # say nothing anybody typed

log = structlog.get_logger("grants")


def request_id() -> str:
    """This request's id: the one a proxy gave, if it is fit to be written down, or a new one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _SAFE.fullmatch(given) else uuid4().hex
    return str(g.request_id)


def route() -> str:
    """The template of the path ('/awards/<ref>'): the path itself may hold the secret of an e-mailed link."""
    return request.url_rule.rule if request.url_rule else "none"


def _begin() -> None:
    g.began = time.perf_counter()
    request_id()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if request.endpoint not in QUIET:
        log.info(
            "request",
            id=request_id(),
            method=request.method,
            route=route(),
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
            person=getattr(g.get("_login_user"), "ref", None),
        )
    return response


def failure(error: BaseException) -> dict[str, Any]:
    """What may be written down about an exception: its kind, where it came from, and its words if they are ours."""
    frames = [
        f"{frame.filename.rsplit('/site-packages/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        kinds.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or cause.__context__
    return {"kind": kinds, "says": str(error) if isinstance(error, PLAIN) else None, "where": frames[-15:]}


def _failed(exc_info: Any) -> None:
    log.error("failure", id=request_id(), method=request.method, route=route(), **failure(exc_info[1]))


class _Json(logging.Handler):
    """Whatever libraries log, in the same shape and as sparing: the message's template, never its arguments' tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        found = failure(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        said = str(record.msg) if record.exc_info else record.getMessage()
        log.log(record.levelno, said, logger=record.name, **found)


def register(app: Flask, settings: Settings) -> None:
    """Log every request of the application, and its failures, as JSON on standard error. Tests log nothing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL if settings.testing else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _Json()
    app.logger.handlers[:] = [handler]
    app.logger.propagate = False
    app.before_request(_begin)
    app.after_request(_end)
    app.log_exception = _failed  # type: ignore[method-assign]  # Flask's own writes the path and the exception's words
