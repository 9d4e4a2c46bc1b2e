"""A group's own pages: about itself, its people, a host that says yes on its phone, somebody who took over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.people import commands, queries
from grants.people.about import Income, PolicyHeld
from grants.people.kinds import Kind
from grants.people.models import Duty
from grants.work.models import Task
from tests.builders.applications import a_draft
from tests.builders.people import a_group, a_person, an_administrator
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


@pytest.fixture
def demo(sqlite_app: Flask) -> None:
    mark("demo", "tests")  # mail can be read here, so the pages that send it are open


def newest(template: str) -> str:
    found = [
        task.facts["text"] for task in db.session.scalars(select(Task).order_by(Task.id)) if task.facts["template"] == template
    ]
    return found[-1]


def path_in(text: str, start: str) -> str:
    line = next(line for line in text.splitlines() if start in line)
    return start + line.partition(start)[2]


def test_a_group_says_what_it_is_once_on_one_page(browser: Browser) -> None:
    group, applicant, _certifier = a_group("Welcome Table", organisation_type=None, is_voluntary=None)
    browser.sign_in(applicant)
    page = browser.visit(browser.visit("/home").link("About your group Welcome Table"))
    assert page.h1 == "About your group"

    page = browser.fill(
        kind="unincorporated association",
        does="We cook a meal every week.",
        postcode="sk5 6xx",
        address="1 High Street",
        home_address="y",
        income="£1,001 to £10,000",
        own_account="no",
        policies=["safeguarding", "equality"],
        safeguarding_post="Secretary",
        safeguarding_agreed_on=date(2026, 3, 9),
    )

    assert page.banners == ["Saved. Your applications use this from now on."]
    said = queries.said_of(queries.organisation(group.ref))
    assert (said.kind, said.income, said.own_account, said.postcode) == (Kind.ASSOCIATION, Income.TO_10_000, False, "SK5 6XX")
    assert said.policies == (PolicyHeld.SAFEGUARDING, PolicyHeld.EQUALITY) and said.home_address
    page = browser.submit(f"/groups/{group.ref}/profile", telephone="0161 496 0000")  # everything else is filled in
    assert queries.said_of(queries.organisation(group.ref)).income is Income.TO_10_000
    assert queries.said_of(queries.organisation(group.ref)).safeguarding_agreed_on == date(2026, 3, 9)


def test_what_is_wrong_stands_beside_its_field_and_everything_typed_is_kept(browser: Browser) -> None:
    group, applicant, _certifier = a_group()
    browser.sign_in(applicant)

    page = browser.submit(f"/groups/{group.ref}/profile", charity_number="12", started="1066", does="Meals", expect=422)

    assert page.problems == [
        "Enter the year your group started, with 4 figures, not after 2026.",
        "Enter a charity number of 6 or 7 figures, like 1090095. In Scotland it begins with SC, like SC042386.",
    ]
    assert page.attributes("input", name="charity_number")[0]["value"] == "12"


def test_of_two_who_have_the_page_open_the_second_sees_both_versions(browser: Browser, sqlite_app: Flask) -> None:
    group, applicant, certifier = a_group()
    other = Browser(sqlite_app).sign_in(certifier)
    browser.sign_in(applicant)
    for one in (browser, other):
        one.visit(f"/groups/{group.ref}/profile")
    other.fill(telephone="0161 111 1111")

    page = browser.fill(telephone="0161 222 2222", expect=409)

    assert ["Telephone", "0161 222 2222", "0161 111 1111"] in page.tables()[0].rows
    assert queries.said_of(queries.organisation(group.ref)).telephone == "0161 111 1111"


def test_somebody_leaves_a_group_by_themselves(browser: Browser) -> None:
    group, applicant, _certifier = a_group("Bridge")
    browser.sign_in(applicant)
    browser.visit(f"/groups/{group.ref}/people")
    page = browser.press("Leave this group")
    assert page.banners == ["You have left Bridge."]
    browser.visit(f"/groups/{group.ref}/people", expect=404)


# -- a host -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_a_host_that_is_new_here_registers_from_the_link_and_then_says_yes(browser: Browser, sqlite_app: Flask) -> None:
    draft = a_draft()
    group = draft.organisation
    browser.sign_in(queries.acting_for(group, Duty.APPLICANT)[0])
    page = browser.submit(f"/applications/{draft.ref}/host", host_name="Old Chapel", host_email="chapel@example.org")
    assert page.banners == ["We have sent Old Chapel an email."]

    host = Browser(sqlite_app)
    page = host.visit(path_in(newest("host asked"), "/hosting/asked/"))
    assert page.h1 == f"Will you hold the money for {group.name}?"
    host.submit(
        page.link("Register it first"),
        name="Sam",
        email="sam@example.org",
        group_name="Old Chapel Trust",
        kind="registered charity",
    )
    page = host.fill(code=newest("registered").split("Your code is ")[1][:6])
    assert page.h1 == f"Will you hold the money for {group.name}?"
    assert len(page.all("li")) >= 5
    page = host.fill(answer="yes")
    assert page.banners == [f"Thank you. We have told {group.name}."]

    assert queries.agreed_host(draft.ref).name == "Old Chapel Trust"
    assert "Said yes" in browser.visit(f"/applications/{draft.ref}/host").text
    assert "no longer work" not in host.visit(path_in(newest("host asked"), "/hosting/asked/")).text
    Browser(sqlite_app).sign_in(a_group()[1]).visit(f"/hostings/{queries.hosting(draft.ref).ref}", expect=404)


def test_a_host_may_say_no_and_must_choose(browser: Browser, sqlite_app: Flask) -> None:
    draft = a_draft()
    _host, _a, signs = a_group("Old Chapel")
    browser.sign_in(queries.acting_for(draft.organisation, Duty.APPLICANT)[0])
    browser.submit(f"/applications/{draft.ref}/host", host_name="Old Chapel", host_email=signs.email)
    answer = Browser(sqlite_app).sign_in(signs)
    page = answer.visit(answer.visit("/home").link(f"Say whether you will hold the money for {draft.organisation.name}"))
    answer.visit(page.link("Answer"))
    assert answer.fill(answer=None, expect=422).problems == ["Choose yes or no"]
    answer.fill(answer="no", reason="No time")
    page = browser.visit(f"/applications/{draft.ref}/host")
    assert "did not say yes" in page.text and page.h1 == "Who will hold the money for you?"


# -- somebody who took over -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_a_new_treasurer_is_let_in_after_a_check_and_the_groups_people_may_stop_it(browser: Browser, sqlite_app: Flask) -> None:
    group, applicant, certifier = a_group("Brinnington Youth Bridge", charity_number="1090095")
    page = browser.visit(browser.visit("/sign-in").link("I have taken over from somebody at my group"))
    page = browser.fill(name="Jo", email="jo@example.org", group_said="1090095", role="Treasurer", how_to_check="Minutes")
    assert page.h1 == "Check your email" and "Brinnington" not in page.text
    page = browser.fill(code=newest("took over").split("Your code is ")[1][:6])
    assert "You told us that you have taken over at a group" in page.text
    request = queries.takeovers()[0]
    assert "Brinnington" not in browser.visit(f"/take-overs/{request.ref}").text

    officer = Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER))
    page = officer.visit(officer.visit("/home").link("Check whether Jo took over at a group"))
    page = officer.visit(page.link("Say yes for this group Brinnington Youth Bridge"))
    page = officer.fill(check_made="", duty="group certifier", reason="The chair said so.", expect=422)
    assert page.problems == ["Say how you checked, and with whom"]
    page = officer.fill(
        check_made="Rang the chair", duty="group certifier", ending=[certifier.ref], reason="The chair said so."
    )
    assert page.banners == ["We have told Jo and the people of the group."]

    member = Browser(sqlite_app).sign_in(applicant)
    page = member.visit(path_in(newest("takeover told"), "/take-overs/"))
    assert "Rang the chair" not in page.text and "jo@example.org" not in page.text
    member.visit(page.link("This is wrong: stop it"))
    page = member.fill(objection="We do not know Jo")
    assert page.banners == ["Stopped. Nothing changes in your group. Somebody will get in touch with you."]
    with clock.stopped(clock.now() + timedelta(days=6)):
        assert queries.acts_for(queries.by_email("jo@example.org")) == set()
        assert queries.acts_for(queries.person(certifier.ref)) == {group.id}
    assert "We do not know Jo" in officer.visit(f"/take-overs/{request.ref}").text
    assert "We do not know Jo" not in browser.visit(f"/take-overs/{request.ref}").text


def test_the_lists_of_people_and_requests_cost_the_same_however_long(browser: Browser, statements) -> None:
    from tests.builders.people import LONG_AGO, a_takeover

    group, _applicant, certifier = a_group()
    officer = a_person(Duty.GRANTS_OFFICER)
    costs = []
    for _n in range(2):
        one = a_person(Duty.READER, organisation=group)
        commands.give_duty(one, duty=Duty.ADVISER, organisation=group, starts_on=LONG_AGO, by=an_administrator())
        a_takeover()
        browser.sign_in(certifier)
        with statements() as people:
            browser.visit(f"/groups/{group.ref}/people")
        browser.sign_in(officer)
        with statements() as requests:
            browser.visit("/take-overs")
        costs.append((len(people), len(requests)))
    assert costs[0] == costs[1]
