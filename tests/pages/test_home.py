"""The first page of the site and the first page after sign-in."""

from __future__ import annotations

import pytest
from flask import Flask

from grants.kernel.marks import mark
from grants.people import commands
from grants.people.duties import GROUP, name
from grants.people.models import Duty
from tests.builders.people import LONG_AGO, a_group, a_partnership, a_person, an_administrator, an_organisation
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


def test_anybody_is_told_what_this_is_and_how_to_come_in(browser: Browser) -> None:
    page = browser.visit("/")
    assert page.h1 == "Community safety funding"
    assert page.link("Register your group") == "/register"
    assert "No round is open at the moment." in page.text
    assert browser.visit("/accessibility").h1 == "Accessibility"


def test_a_demonstration_says_so_on_every_page(browser: Browser) -> None:
    assert "Demonstration" not in browser.visit("/").text
    mark("demo", "tests")
    for path in ("/", "/sign-in", "/accessibility"):
        assert "Demonstration" in browser.visit(path).text
    assert browser.visit("/").link("See the outbox") == "/outbox"


@pytest.mark.parametrize("duty", list(Duty))
def test_everybody_is_told_that_nothing_waits_and_what_their_duty_is(browser: Browser, duty: Duty) -> None:
    group, *_ = a_group("Bridge")
    place = a_partnership(name="Safer Stockport Partnership")
    browser.sign_in(a_person(duty, organisation=group, partnership=place))

    page = browser.visit("/home")
    assert page.h1 == "What waits for you"
    assert "Nothing waits for you." in page.text
    assert f"{name(duty)}, {'Bridge' if duty in GROUP else place.name}:" in page.text


def test_somebody_without_a_duty_is_told_how_to_get_one(browser: Browser) -> None:
    browser.sign_in(a_person())
    page = browser.visit("/home")
    assert "You hold no duty yet." in page.text
    assert page.link("Register your group") == "/register"


def test_every_link_of_the_first_page_leads_somewhere(browser: Browser) -> None:
    _group, applicant, _certifier = a_group("Bridge")
    for person in (applicant, an_administrator(), a_person(Duty.FINANCE_OFFICER), a_person(Duty.GRANTS_OFFICER), a_person()):
        browser.sign_in(person)
        for link in {link.href for link in browser.visit("/home").links if link.href.startswith("/")}:
            browser.visit(link)


def test_the_administrator_hears_of_mail_that_could_not_be_sent(browser: Browser) -> None:
    from grants.work import commands
    from tests.rooms.work.test_work import a_mail

    browser.sign_in(an_administrator())
    assert "could not be sent" not in browser.visit("/home").text
    a_mail()
    taken = commands.take()
    assert taken
    commands.give_back(taken, trouble="no such person", for_good=True)
    assert "1 email could not be sent." in browser.visit("/home").text


def test_the_first_page_costs_the_same_however_much_waits(browser: Browser, statements) -> None:
    from tests.builders.applications import a_draft, a_round

    round = a_round()
    _group, applicant, _certifier = a_group()
    costs = []
    for waiting in (1, 2, 3):
        other = an_organisation()
        commands.give_duty(applicant, duty=Duty.APPLICANT, organisation=other, starts_on=LONG_AGO, by=an_administrator())
        a_draft(round=round, group=other, by=applicant)
        browser.sign_in(applicant)
        assert len(browser.visit("/home").tables()[0].rows) == waiting
        with statements() as made:
            browser.visit("/home")
        costs.append(len(made))
    assert costs == [12, 12, 12]  # who is asking, what they hold, is it a demonstration, and what each room says waits
