"""Asking for e-mails about new funds, and stopping them, through the pages."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.rounds import alerts
from grants.rounds.models import Alert
from tests.builders.applications import a_round
from tests.client import Browser
from tests.pages.test_sign_in import newest_mail


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    mark("demo", "tests")
    return Browser(sqlite_app)


def link(text: str, what: str) -> str:
    return next(line for line in text.splitlines() if f"/alerts/{what}/" in line).removeprefix("http://localhost:5000")


def test_somebody_asks_says_yes_is_told_and_stops_it(browser: Browser) -> None:
    page = browser.submit("/alerts", email="jo@example.org", purposes=["street"])
    assert page.h1 == "Check your email"
    yes = link(newest_mail(), "yes")
    browser.visit(yes)
    assert db.session.scalar(select(Alert.confirmed_at)) is None  # looking is not saying yes
    page = browser.press("Yes, email me")
    assert page.banners == ["Thank you. We will email you about funds for: a safer street or park."]
    round = a_round(title="Lights")
    alerts.due()
    mail = newest_mail()
    assert f"/rounds/{round.ref}" in mail
    browser.visit(link(mail, "stop"))
    page = browser.press("Stop these emails")
    assert page.banners == ["You will get no more emails about new funds. We no longer keep your email address for them."]
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 0
    assert browser.visit(yes, expect=410).h1 == "That link no longer works"


def test_a_wrong_address_is_kept_as_typed(browser: Browser) -> None:
    page = browser.submit("/alerts", email="jo at home", expect=422)
    assert page.problems == ["Enter an email address in the correct format, like name@example.com"]
    assert page.attributes("input", name="email")[0]["value"] == "jo at home"
