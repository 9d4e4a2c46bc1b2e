"""What a browser is told about every answer: nothing from elsewhere, nothing inline, nothing kept that is private."""

from __future__ import annotations

from flask import Flask, Response, g, request, session

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FILES = ("static", "look.fetched", "look.brand")


def private() -> bool:
    """Whether this answer may hold what only one person should see. Asks nothing of the database."""
    person = g.get("_login_user")
    return "_user_id" in session or bool(person is not None and person.is_authenticated)


def stamp(response: Response) -> Response:
    """Put the headers on one answer."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint not in FILES:
        if private() or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def register(app: Flask) -> None:
    """Every answer, errors too."""
    app.after_request(stamp)
