"""People, their duties and their groups, through the pages."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.people import commands, queries
from grants.people.models import Duty
from grants.web.formats import date as date_in_words
from grants.work.models import Task
from tests.builders.people import PASSWORD, a_group, a_partnership, a_person, an_administrator, an_organisation
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


@pytest.fixture
def admin(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app).sign_in(an_administrator())


def test_an_administrator_adds_somebody_who_is_told_and_gives_them_a_duty(admin: Browser) -> None:
    place = a_partnership(name="Safer Stockport Partnership")
    page = admin.submit("/people/new", name="Finance officer", email="finance@example.org")
    assert page.h1 == "Finance officer"
    assert page.banners == ["Finance officer was added. Give them a duty now."]
    ref = admin.at.rsplit("/", 1)[1]

    page = admin.submit(f"/people/{ref}/duties/new", duty="finance officer", partnership=place.ref, starts_on=date(2026, 4, 1))
    assert page.tables()[0].rows == [
        [
            "Finance officer Keeps the money: allocations, commitments, the position, and asks for payments.",
            "Safer Stockport Partnership",
            "1 April 2026",
            "no end",
            "First administrator",
            "End finance officer Name a deputy as finance officer",
        ]
    ]
    assert [task.facts["to"] for task in db.session.scalars(select(Task))] == ["finance@example.org"]


def test_pressing_twice_adds_one_person(admin: Browser) -> None:
    admin.visit("/people/new")
    form = admin.page.forms[-1]
    sent = form.fill(name="Jo", email="jo@example.org")
    first, second = (admin._open("POST", "/people/new", data=sent) for _ in range(2))

    assert first.location == second.location
    assert queries.everybody()[1] == 2


def test_what_is_wrong_with_a_duty_is_said_on_the_form(admin: Browser) -> None:
    person = a_person()
    page = admin.submit(f"/people/{person.ref}/duties/new", duty="", expect=422)
    assert page.problems == ["Choose a duty"]
    page = admin.fill(duty="applicant", starts_on=date(2026, 4, 1), ends_on=date(2026, 3, 1), expect=422)
    assert page.problems == ["Choose the organisation this person acts for.", "The last day must be the first day or later."]
    page = admin.fill(duty="applicant", organisation="ORG-99-99999", expect=422)
    assert "There is no organisation with this reference." in page.problems


def test_an_administrator_ends_a_duty(admin: Browser) -> None:
    person = a_person(Duty.ASSESSOR)
    page = admin.submit(f"/people/{person.ref}/duties/1/end", on=clock.today())
    assert page.banners == ["The duty ends."]
    assert queries.person(person.ref).holdings[0].ends_on == clock.today()


def test_the_last_administrator_is_told_why_not(admin: Browser) -> None:
    page = admin.submit(f"/people/{an_administrator().ref}/duties/1/end", on=clock.today(), expect=422)
    assert page.problems == ["This is the last administrator. Make somebody else an administrator first."]


def test_nobody_reaches_the_page_to_give_themselves_a_duty(admin: Browser) -> None:
    me = an_administrator()
    assert "Give a duty" not in admin.visit(f"/people/{me.ref}").text
    page = admin.visit(f"/people/{me.ref}/duties/new", expect=403)
    assert "Nobody gives themselves a duty." in page.text


def test_a_stopped_account_is_signed_out_at_once(admin: Browser, sqlite_app: Flask) -> None:
    person = a_person(Duty.ASSESSOR)
    other = Browser(sqlite_app).sign_in(person)
    other.visit("/home")

    admin.visit(f"/people/{person.ref}")
    assert admin.press("Stop this account").banners == ["This account is stopped. Whoever used it is signed out."]
    assert other.visit("/home").h1 == "Sign in"
    assert admin.press("Open this account again").banners == ["This account is open again."]


def test_people_are_found_by_name_or_address_and_a_percent_sign_is_just_that(admin: Browser) -> None:
    a_person(name="Ann Smith", email="ann@example.org")
    a_person(name="Bob 100% Jones", email="bob@example.org")

    def found(typed: str) -> list[str]:
        tables = admin.visit(f"/people?q={typed}").tables()
        return [row[0] for row in tables[0].rows] if tables else []

    assert found("SMITH") == ["Ann Smith"]
    assert found("bob@") == ["Bob 100% Jones"]
    assert found("100%25") == ["Bob 100% Jones"]
    assert found("nobody") == []


@pytest.mark.parametrize("how_many", [1, 6])
def test_the_people_page_costs_the_same_however_many_there_are(admin: Browser, statements, how_many: int) -> None:
    for _n in range(how_many):
        a_person(Duty.ASSESSOR, Duty.PANEL_MEMBER)
    admin.visit("/people")
    with statements() as made:
        admin.visit("/people")
    assert len(made) == 5, made  # who is asking, is it a demonstration, how many, the people, what they hold


@pytest.mark.parametrize("how_many", [1, 6])
def test_a_persons_page_costs_the_same_however_much_they_hold(admin: Browser, statements, how_many: int) -> None:
    path = f"/people/{a_person(*list(Duty)[4 : 4 + how_many]).ref}"
    admin.visit(path)
    with statements() as made:
        admin.visit(path)
    assert len(made) == 6, made  # who is asking, is it a demonstration, the person, what they hold, with places, their deputies


def test_only_administrators_and_auditors_see_people(browser: Browser) -> None:
    somebody = a_person()
    officer = a_person(Duty.GRANTS_OFFICER)
    browser.sign_in(officer)
    assert "Who could: An administrator or an auditor." in browser.visit("/people", expect=403).text
    browser.visit(f"/people/{somebody.ref}", expect=404)
    assert browser.visit(f"/people/{officer.ref}").h1 == officer.name
    browser.sign_in(a_person(Duty.AUDITOR))
    assert "Add a person" not in browser.visit("/people").text
    assert "Stop this account" not in browser.visit(f"/people/{somebody.ref}").text
    browser.visit("/people/new", expect=403)


def test_everybody_sets_a_password_of_their_own(browser: Browser, sqlite_app: Flask) -> None:
    jo = a_person(email="jo@example.org")
    browser.sign_in(jo)
    assert browser.submit("/account", new_password="short", expect=422).problems == [
        "Use a password of at least 12 characters. Three random words work well."
    ]
    assert browser.submit("/account", new_password=PASSWORD).banners[0].startswith("Your password is set.")
    page = browser.submit("/account", current_password="wrong", new_password="three random words", expect=422)
    assert page.problems == ["That is not your current password."]
    other = Browser(sqlite_app).sign_in(jo)
    browser.submit("/account", current_password=PASSWORD, new_password="three random words")
    assert other.visit("/home").h1 == "Sign in"
    assert browser.visit("/account").h1 == "Your account"


# -- organisations ----------------------------------------------------------------------------------------------------


def test_what_is_not_known_of_an_organisation_is_not_stated(admin: Browser) -> None:
    body = an_organisation("Pure Innovations", organisation_type=None, is_voluntary=None, fictional=False)
    page = admin.visit(f"/organisations/{body.ref}")
    assert page.all("dd") == ["not stated"] * 5
    rows = admin.visit("/organisations?q=pure").tables()[0].rows
    assert rows == [["Pure Innovations", "not stated", "not stated", "not stated", "0"]]


def test_a_certifier_adds_somebody_who_says_yes_and_takes_them_off_again(browser: Browser, sqlite_app: Flask) -> None:
    group, _applicant, certifier = a_group("Bridge")
    browser.sign_in(certifier)
    page = browser.submit(f"/groups/{group.ref}/people/new", name="Al Brown", email="al@example.org", duty="group adviser")
    assert page.tables()[1].rows[0][:3] == ["Al Brown", "al@example.org", "Can look and comment"]
    text = db.session.scalar(select(Task)).facts["text"]
    link = next(line for line in text.splitlines() if "/sign-in/link/" in line).removeprefix("http://localhost:5000")

    al = Browser(sqlite_app)
    assert al.visit(link).h1 == "Act for Bridge"
    al.press("Say yes and sign in")
    page = browser.visit(f"/groups/{group.ref}/people")
    assert ["Al Brown", "al@example.org", "Can look and comment"] in [row[:3] for row in page.tables()[0].rows]
    page = browser.submit(page.link("Change or end Al Brown"), duty="group reader")
    assert ["Al Brown", "al@example.org", "Can look"] in [row[:3] for row in page.tables()[0].rows]
    browser.visit(page.link("Change or end Al Brown"))
    page = browser.press("End what they can do Al Brown")
    assert "Al Brown" not in str(page.tables()[0].rows)
    al.visit(f"/organisations/{group.ref}", expect=404)


def test_an_applicant_sees_members_and_asks_in_only_to_look_or_comment_and_other_groups_are_not_there(browser: Browser) -> None:
    group, applicant, certifier = a_group()
    other, _a, _c = a_group()
    browser.sign_in(applicant)
    page = browser.visit(f"/organisations/{group.ref}")
    assert certifier.name in page.text
    page = browser.visit(f"/groups/{group.ref}/people/new")
    assert [one["value"] for one in page.attributes("input", name="duty")] == ["group reader", "group adviser"]
    browser.visit(f"/organisations/{other.ref}", expect=404)
    browser.visit("/organisations", expect=403)
    assert browser.post(f"/groups/{group.ref}/people/{certifier.ref}/end").status_code == 403
    assert browser.post(f"/groups/{other.ref}/people/{_a.ref}/end").status_code == 404


def test_staff_see_an_organisation_but_only_some_see_who_acts_for_it(browser: Browser) -> None:
    group, applicant, _certifier = a_group()
    browser.sign_in(a_person(Duty.ASSESSOR))
    assert applicant.email not in browser.visit(f"/organisations/{group.ref}").text
    browser.sign_in(a_person(Duty.GRANTS_OFFICER))
    assert applicant.email in browser.visit(f"/organisations/{group.ref}").text


@pytest.mark.parametrize("how_many", [1, 5])
def test_organisation_pages_cost_the_same_however_many(admin: Browser, statements, how_many: int) -> None:
    group, *_people = a_group()
    for _n in range(how_many):
        an_organisation()
        a_person(Duty.APPLICANT, organisation=group)
    for path, cost in (("/organisations", 4), (f"/organisations/{group.ref}", 6)):  # who, demonstration, and its own
        admin.visit(path)
        with statements() as made:
            admin.visit(path)
        assert len(made) == cost, (path, made)


# -- history ----------------------------------------------------------------------------------------------------------


def test_what_happened_to_a_person_reads_in_words(admin: Browser) -> None:
    person = a_person(Duty.ASSESSOR)
    commands.end_duty(person.holdings[0], on=clock.today(), by=an_administrator())
    page = admin.visit(f"/history/{person.ref}")
    assert [row[:2] for row in page.tables()[0].rows] == [
        [f"Is no longer assessor (everywhere) after {date_in_words(clock.today())}", "First administrator"],
        ["Was made assessor (everywhere) from 1 January 2015", "First administrator"],
        ["Registered", person.name],
    ]
    assert "the newest events, which are not sealed yet" in page.text


def test_history_is_for_those_who_may_read_all_and_ones_own(browser: Browser, admin: Browser) -> None:
    person, other = a_person(Duty.ASSESSOR), a_person()
    browser.sign_in(person)
    browser.visit(f"/history/{other.ref}", expect=403)
    assert browser.visit(f"/history/{person.ref}").h1 == f"What happened to {person.ref}"
    admin.visit("/history/NO-SUCH-REF", expect=404)


def test_a_limited_duty_reads_the_history_of_its_own_records_only(browser: Browser) -> None:
    from tests.builders.applications import a_round

    round = a_round()
    here, elsewhere = round.pot.stream.partnership, a_partnership()
    for place, expect in ((here, 200), (elsewhere, 404)):
        for duty in (Duty.GRANTS_OFFICER, Duty.AUDITOR, Duty.ADMINISTRATOR):
            browser.sign_in(a_person(duty, partnership=place))
            for ref in (round.ref, round.pot.ref, round.pot.stream.ref):
                browser.visit(f"/history/{ref}", expect=expect)
    browser.sign_in(a_person(Duty.ASSESSOR, partnership=here))
    browser.visit(f"/history/{round.ref}", expect=403)
