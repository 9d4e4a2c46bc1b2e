"""The outbox page: what was or would be sent, and never a way to sign in as somebody else."""

from __future__ import annotations

import pytest
from flask import Flask

from grants.kernel.marks import mark
from grants.notices import commands as notices
from grants.people.duties import GROUP
from grants.people.models import Duty
from grants.work import commands
from tests.builders.people import a_person, an_administrator
from tests.client import Browser
from tests.rooms.work.test_work import a_mail


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


def test_what_would_be_sent_is_shown_when_no_mail_server_is_set(browser: Browser) -> None:
    a_mail("jo@example.org", subject="Your report is due", text="Dear Jo\n\nhttp://localhost:5000/reports/RPT-26-00001\n")
    browser.sign_in(an_administrator())

    page = browser.visit("/outbox")
    assert "No mail server is set, so nothing is sent." in page.text
    assert page.all("h2")[0] == "Your report is due Waiting"
    assert page.link("http://localhost:5000/reports/RPT-26-00001") == "/reports/RPT-26-00001"


def test_a_way_to_sign_in_is_never_shown_to_an_administrator(browser: Browser) -> None:
    a_person(Duty.APPROVER, email="approver@example.org")
    notices.send_way_in(email="approver@example.org", page="page", network="n")
    browser.sign_in(an_administrator())

    page = browser.visit("/outbox")
    assert "approver@example.org" in page.text
    assert "what it says is not shown" in page.text
    assert "Your code is" not in page.html and "/sign-in/link/" not in page.html


def test_on_a_demonstration_everybody_sees_all_of_it(browser: Browser) -> None:
    mark("demo", "tests")
    a_person(email="jo@example.org")
    notices.send_way_in(email="jo@example.org", page="page", network="n")

    page = browser.visit("/outbox")
    assert "open to everybody" in page.text
    assert "Your code is" in page.text
    assert "Try again" not in page.text


def test_only_administrators_and_auditors_see_a_real_one(browser: Browser) -> None:
    assert browser.visit("/outbox").h1 == "Sign in"
    for duty in Duty:
        if duty in GROUP:
            continue
        browser.sign_in(a_person(duty))
        browser.visit("/outbox", expect=200 if duty in (Duty.ADMINISTRATOR, Duty.AUDITOR) else 403)


def test_what_was_given_up_can_be_tried_again(browser: Browser) -> None:
    a_mail(subject="Lost")
    taken = commands.take()
    assert taken
    commands.give_back(taken, trouble="no such person", for_good=True)
    browser.sign_in(a_person(Duty.AUDITOR))
    assert "Try again" not in browser.visit("/outbox").text
    assert browser.post("/outbox/again", {"mail": "1"}).status_code == 403
    browser.sign_in(an_administrator())
    assert browser.visit("/outbox").all("h2")[0] == "Lost Not sent"

    page = browser.press("Try again Lost")
    assert page.banners == ["It will be tried again."]
    assert page.all("h2")[1].startswith("Lost")
    assert browser.post("/outbox/again", {"mail": "999"}).status_code == 404


@pytest.mark.parametrize("how_many", [1, 8])
def test_the_page_costs_the_same_however_much_was_sent(browser: Browser, statements, how_many: int) -> None:
    for _n in range(how_many):
        a_mail()
    browser.sign_in(an_administrator())
    browser.visit("/outbox")
    with statements() as made:
        browser.visit("/outbox")
    assert len(made) == 4, made  # who is asking, is it a demonstration, how many, the mails
