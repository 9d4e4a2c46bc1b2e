"""The rounds a group can apply to, as anybody reads them, and the page that starts an application."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from grants.applications.models import Application
from grants.kernel import clock
from grants.kernel.db import db
from grants.people import commands as people
from grants.people.models import Duty
from tests.builders.applications import a_draft, a_funded_pot, a_plan, a_planned_round, a_round, closed
from tests.builders.people import LONG_AGO, a_group, a_person, an_administrator, an_organisation
from tests.client import Browser

JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_anybody_reads_what_is_open_without_signing_in(sqlite_app: Flask) -> None:
    with clock.stopped(JUNE):
        round = a_round(title="Safer summers", closes_at=datetime(2026, 6, 19, 11, tzinfo=UTC))
        a_round(title="Winter nights", opens_at=JUNE + timedelta(days=3))
        a_planned_round(title="Secret")
        browser = Browser(sqlite_app)
        page = browser.visit("/rounds")
        assert page.all("h2", class_="govuk-heading-m") == ["Safer summers"]
        assert "Closes Friday 19 June 2026 at midday" in page.text
        assert "Winter nights: opens Thursday 4 June 2026 at 10am" in page.text
        assert "Secret" not in page.text
        page = browser.visit(f"/rounds/{round.ref}")
    assert page.h1 == "Safer summers"
    assert "Closes in 18 days: Friday 19 June 2026 at midday" in page.text
    assert "Voluntary and community groups, and charities" in page.text
    assert "£500.00 to £10,000.00" in page.text
    assert page.text.count("What will you do?") == 1
    assert "Up to 250 words." in page.text
    assert "The need for it (30%)" in page.text
    assert "2 people read and score each application, each on their own." in page.text
    assert page.link("Apply now") == f"/rounds/{round.ref}/check"


def test_nothing_open_says_so(sqlite_app: Flask) -> None:
    assert "Nothing is open for applications today." in Browser(sqlite_app).visit("/rounds").text


def test_a_planned_round_is_nobodys_to_see_and_a_closed_one_says_it_is(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    browser.visit(f"/rounds/{a_planned_round().ref}", expect=404)
    over = closed(a_round())
    with clock.stopped(over.closes_at):
        page = browser.visit(f"/rounds/{over.ref}")
    assert "It takes no more applications." in page.text
    assert "Apply now" not in page.text


def test_applying_signed_out_leads_to_the_sign_in_page(sqlite_app: Flask) -> None:
    round = a_round()
    response = Browser(sqlite_app).client.get(f"/rounds/{round.ref}/apply")
    assert response.status_code == 303
    assert response.location == f"/sign-in?next=/rounds/{round.ref}/apply"


def test_a_group_starts_its_application_once(sqlite_app: Flask) -> None:
    round = a_round(title="Safer summers")
    _group, applicant, _certifier = a_group("Friends of the Park")
    browser = Browser(sqlite_app).sign_in(applicant)
    page = browser.visit(f"/rounds/{round.ref}/apply")
    assert "You are applying for Friends of the Park." in page.text
    sent = page.forms[-1].fill()
    page = browser.press("Start")
    assert page.h1 == "Your application"
    first = browser.at
    again = browser.client.post(f"/rounds/{round.ref}/apply", data=sent)
    assert (again.status_code, again.location) == (302, first)
    page = browser.visit(f"/rounds/{round.ref}/apply")
    assert browser.at == first
    assert page.banners == ["Your group already has an application to this round. Here it is."]


def test_somebody_who_acts_for_two_groups_chooses(sqlite_app: Flask) -> None:
    round = a_round()
    first, second = an_organisation("First group"), an_organisation("Second group")
    person = a_person(Duty.APPLICANT, organisation=first)
    people.give_duty(person, duty=Duty.APPLICANT, organisation=second, starts_on=LONG_AGO, by=an_administrator())
    browser = Browser(sqlite_app).sign_in(person)
    page = browser.submit(f"/rounds/{round.ref}/apply", expect=422, button="Start")
    assert page.problems == ["Choose which group you are applying for"]
    browser.fill(group=second.ref)
    page = browser.visit(f"/rounds/{round.ref}/apply")
    assert "Second group already has an application here:" in page.text
    assert "You are applying for" not in page.text


def test_somebody_without_a_group_is_told_what_to_do(sqlite_app: Flask) -> None:
    page = Browser(sqlite_app).sign_in(a_person()).visit(f"/rounds/{a_round().ref}/apply")
    assert "To apply, you need to act for a group." in page.text
    assert [form.action for form in page.forms] == ["/search", "/sign-out"]


def test_a_council_is_told_kindly_that_it_cannot_apply(sqlite_app: Flask) -> None:
    council = an_organisation("Borough Council", is_voluntary=False)
    browser = Browser(sqlite_app).sign_in(a_person(Duty.APPLICANT, organisation=council))
    path = f"/rounds/{a_round().ref}/apply"
    page = browser.visit(path)
    assert "This money is only for voluntary and community groups, and Borough Council is not recorded as one." in page.text
    assert "Start" not in [button.text for form in page.forms for button in form.buttons]
    assert (browser.post(path, {"key": "x"}).status_code, db.session.scalars(select(Application)).all()) == (422, [])


@pytest.mark.parametrize("how_many", [1, 30])
def test_the_public_pages_cost_the_same_however_many_rounds(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    pot = a_funded_pot()
    plan = a_plan(*[f"Priority {n}" for n in range(how_many)])
    for _n in range(how_many):
        round = a_round(pot=pot, strategy=plan, hold="500")
    browser, ref = Browser(sqlite_app), round.ref
    browser.visit("/rounds")
    with statements() as made:
        page = browser.visit("/rounds")
    assert len(page.all("h2", class_="govuk-heading-m")) == how_many
    index = len(made)
    with statements() as made:
        browser.visit(f"/rounds/{ref}")
    # Both ask whether this is the demonstration; then: open, to come, years that are over; the round, its criteria and lots,
    # its plan's priorities, and how long applying took before.
    assert (index, len(made)) == (4, 6)


def test_a_draft_of_another_group_changes_nothing_here(sqlite_app: Flask) -> None:
    draft = a_draft()
    _group, other, _certifier = a_group()
    page = Browser(sqlite_app).sign_in(other).visit(f"/rounds/{draft.round.ref}/apply")
    assert draft.ref not in page.text
