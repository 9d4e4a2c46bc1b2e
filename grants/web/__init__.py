"""Pages: what a person meets in a browser. Nothing below calls anything here."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from grants.settings import Settings

# Every page module, by where trust changes: the open web, a group's own, staff. Each has one blueprint called `area`.
PAGES = (
    "public.home",
    "public.rounds",
    "public.find",
    "public.alerts",
    "public.blank_forms",
    "public.sign_in",
    "public.track",
    "public.health",
    "group.applications",
    "group.drafts",
    "group.groups",
    "group.hosting",
    "group.after",
    "group.awards",
    "group.reports",
    "group.documents",
    "staff.home",
    "staff.people",
    "staff.organisations",
    "staff.takeovers",
    "staff.outbox",
    "staff.history",
    "staff.partnerships",
    "staff.strategies",
    "staff.places",
    "staff.streams",
    "staff.pots",
    "staff.shared",
    "staff.mainstream",
    "staff.agreements",
    "staff.spending_plans",
    "staff.own_spend",
    "staff.passporting",
    "staff.changes",
    "staff.authorities",
    "staff.search",
    "staff.position",
    "staff.rounds",
    "staff.round_terms",
    "staff.rehearsal",
    "staff.exceptions",
    "staff.question_sets",
    "staff.applications",
    "staff.bid_deeds",
    "staff.assisted",
    "staff.assessment",
    "staff.panel",
    "staff.awards",
    "staff.payments",
    "staff.reports",
)


def init_app(app: Flask, settings: Settings) -> None:
    """Hang everything a browser meets on the application, in the order a request meets it."""
    from flask_babel import Babel
    from flask_compress import Compress

    from grants.web import access, easy_read, logs, look

    Babel(app)
    Compress(app)  # styles alone are a fifth of a megabyte otherwise, on a phone on the bus
    logs.register(app, settings)
    access.register(app, settings)
    look.register(app, settings)
    app.register_blueprint(easy_read.area)
    for page in PAGES:
        app.register_blueprint(import_module(f"grants.web.{page}").area)
