"""Coming in through the pages: passwords, links, codes, registering, forms kept while signed out, and nothing given away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.people import queries
from grants.people.models import Duty, HeldPost, SignIn
from grants.work.models import Task
from tests.builders.people import PASSWORD, a_group, a_person, an_administrator
from tests.client import Browser

WRONG = "The email address or the password is not right. Check both and try again."


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    return Browser(sqlite_app)


@pytest.fixture
def demo(sqlite_app: Flask) -> None:
    mark("demo", "tests")


def newest_mail() -> str:
    text: str = db.session.scalar(select(Task).order_by(Task.id.desc()).limit(1)).facts["text"]
    return text


def link_in(text: str) -> str:
    return next(line for line in text.splitlines() if "/sign-in/link/" in line).removeprefix("http://localhost:5000")


def code_in(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("Your code is ")).rsplit(" ", 1)[1]


def test_somebody_signs_in_with_a_password_and_out_again(browser: Browser) -> None:
    jo = a_person(name="Jo Bloggs", email="jo@example.org", password=PASSWORD)

    page = browser.submit("/sign-in", email="jo@example.org", password=PASSWORD)
    assert (browser.at, page.h1) == ("/home", "What waits for you")
    assert "Jo Bloggs" in page.text
    page = browser.press("Sign out")
    assert (browser.at, page.banners) == ("/", ["You have signed out."])
    assert browser.visit("/home").h1 == "Sign in"
    assert db.session.scalar(select(SignIn.ended_at).where(SignIn.person_id == jo.id)) is not None


def test_a_wrong_password_is_answered_beside_the_form_and_is_not_written_back(browser: Browser) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    answers = []
    for email in ("jo@example.org", "nobody@example.org"):
        page = browser.submit("/sign-in", email=email, password="wrong horse battery", expect=422)
        answers.append(page.problems)
        assert "wrong horse" not in page.html
        assert page.attributes("input", name="email")[0]["value"] == email
    assert answers == [[WRONG], [WRONG]]


def test_an_empty_form_says_what_is_missing(browser: Browser) -> None:
    page = browser.submit("/sign-in", email="", password="", expect=422)
    assert page.problems == ["Enter your email address", "Enter your password"]


def test_too_many_tries_are_a_page_that_says_how_long_to_wait(browser: Browser) -> None:
    for email in ("jo@example.org", "nobody@example.org"):
        if email.startswith("jo"):
            a_person(email=email, password=PASSWORD)
        for _try in range(8):
            browser.submit("/sign-in", email=email, password="wrong horse battery", expect=422)
        page = browser.submit("/sign-in", email=email, password=PASSWORD, expect=429)
        assert "There were too many tries." in page.text
        assert 0 < int(browser.response.headers["Retry-After"]) <= 901


def test_a_browser_that_has_signed_in_before_is_not_shut_out_by_strangers(browser: Browser, sqlite_app: Flask) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    browser.submit("/sign-in", email="jo@example.org", password=PASSWORD)
    browser.press("Sign out")
    stranger = Browser(sqlite_app)
    for _try in range(8):
        stranger.submit("/sign-in", email="jo@example.org", password="wrong horse battery", expect=422)
    stranger.submit("/sign-in", email="jo@example.org", password=PASSWORD, expect=429)

    browser.submit("/sign-in", email="jo@example.org", password=PASSWORD)
    assert browser.at == "/home"


def test_sign_in_comes_back_to_the_page_that_was_asked_for(browser: Browser) -> None:
    person = a_person(Duty.ADMINISTRATOR, email="jo@example.org", password=PASSWORD)

    assert browser.visit(f"/people/{person.ref}?x=1").h1 == "Sign in"
    browser.fill(email="jo@example.org", password=PASSWORD)
    assert browser.at == f"/people/{person.ref}?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "x",
    ],
)
def test_sign_in_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    from urllib.parse import quote

    a_person(email="jo@example.org", password=PASSWORD)
    browser.submit(f"/sign-in?next={quote(elsewhere, safe='')}", email="jo@example.org", password=PASSWORD)
    assert browser.at == "/home"


def test_the_session_before_sign_in_is_not_the_session_after(browser: Browser) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["_user_id"] = "a token somebody else knows"
    browser.submit("/sign-in", email="jo@example.org", password=PASSWORD)

    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] != "a token somebody else knows"


def test_a_cookie_copied_before_sign_out_is_worth_nothing_after(browser: Browser, sqlite_app: Flask) -> None:
    browser.sign_in(a_person())
    cookie = browser.client.get_cookie("session").value
    browser.visit("/home")
    browser.press("Sign out")

    thief = Browser(sqlite_app)
    thief.client.set_cookie("session", cookie)
    assert thief.visit("/home").h1 == "Sign in"


def test_cookies_are_closed_to_scripts_and_other_sites(browser: Browser) -> None:
    a_person(email="jo@example.org", password=PASSWORD)
    browser.visit("/sign-in")
    form = browser.page.forms[0]
    response = browser._open("POST", "/sign-in", data=form.fill(email="jo@example.org", password=PASSWORD))
    cookies = response.headers.getlist("Set-Cookie")
    assert {c.split("=")[0] for c in cookies} == {"session", "browser"}
    assert all("HttpOnly" in c and "SameSite=Lax" in c for c in cookies)


# -- without a password -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_a_code_typed_on_the_page_already_open_signs_in(browser: Browser) -> None:
    a_person(email="jo@example.org")

    page = browser.submit("/sign-in/email?next=/account", email="jo@example.org")
    assert page.h1 == "Check your email"
    assert browser.fill(code="not it", expect=422).problems
    browser.fill(code=" ".join(code_in(newest_mail())))
    assert browser.at == "/account"


@pytest.mark.usefixtures("demo")
def test_opening_the_link_signs_nobody_in_until_the_button_is_pressed(browser: Browser, sqlite_app: Flask) -> None:
    a_person(email="jo@example.org")
    browser.submit("/sign-in/email?next=/account", email="jo@example.org")
    link = link_in(newest_mail())
    scanner, phone = Browser(sqlite_app), Browser(sqlite_app)

    for _time in range(3):
        assert scanner.visit(link).h1 == "Sign in"
    assert db.session.scalar(select(SignIn)) is None
    phone.visit(link)
    phone.press("Sign in")
    assert phone.at == "/account"
    assert scanner.visit(link, expect=410).h1 == "This link no longer works"
    assert browser.visit("/home").h1 == "Sign in"


@pytest.mark.usefixtures("demo")
def test_the_code_is_worth_nothing_in_another_browser(browser: Browser, sqlite_app: Flask) -> None:
    a_person(email="jo@example.org")
    browser.submit("/sign-in/email", email="jo@example.org")
    code = code_in(newest_mail())
    other = Browser(sqlite_app)
    other.submit("/sign-in/email", email="nobody@example.org")

    assert other.fill(code=code, expect=422).problems == [
        "That code is not right. Check the newest email and type the six figures again."
    ]
    assert Browser(sqlite_app).visit("/sign-in/code").h1 == "Get a link and a code by email"


@pytest.mark.usefixtures("demo")
def test_an_address_nobody_has_sees_the_same_pages(browser: Browser, sqlite_app: Flask) -> None:
    a_person(email="jo@example.org")
    seen = []
    for email in ("jo@example.org", "no@example.org"):
        one = Browser(sqlite_app)
        page = one.submit("/sign-in/email", email=email)
        pages = [page.text.replace(email, "")]
        for _try in range(6):
            one.visit("/sign-in/code")
            pages.append(one.fill(code="000 00x", expect=422).text.replace(email, ""))
        seen.append(pages)
    assert seen[0] == seen[1]


def test_without_a_mail_server_nobody_is_told_to_check_their_mail(browser: Browser) -> None:
    assert "Email me a link" not in browser.visit("/sign-in").text
    assert "no mail server has been set up" in browser.visit("/sign-in/email").text
    assert "no mail server has been set up" in browser.visit("/register").text
    assert browser.post("/register", {"name": "Jo", "email": "jo@example.org"}).status_code == 200
    assert db.session.scalar(select(Task)) is None


@pytest.mark.usefixtures("demo")
def test_on_a_demonstration_the_page_leads_to_the_outbox_open_to_everybody(browser: Browser) -> None:
    a_person(email="jo@example.org")
    page = browser.submit("/sign-in/email", email="jo@example.org")
    assert page.link("See the email in the outbox (opens in a new tab)") == "/outbox"
    outbox = browser.visit("/outbox")
    assert "open to everybody" in outbox.text
    browser.visit(next(link.href for link in outbox.links if "/sign-in/link/" in link.href))
    browser.press("Sign in")
    assert browser.at == "/home"


# -- registering ------------------------------------------------------------------------------------------------------

STRANGER = {"name": "Jo Bloggs", "email": "jo@example.org", "group_name": "Youth Bridge", "kind": "unincorporated association"}


@pytest.mark.usefixtures("demo")
def test_a_stranger_registers_a_group_and_acts_for_it_once_the_address_is_confirmed(browser: Browser) -> None:
    page = browser.submit("/register", STRANGER)
    assert page.h1 == "Check your email"
    assert queries.by_email("jo@example.org") is None
    page = browser.fill(code=code_in(newest_mail()))

    assert browser.at == "/home"
    jo = queries.by_email("jo@example.org")
    assert [held.duty for held in jo.holdings] == [Duty.APPLICANT, Duty.CERTIFIER]
    page = browser.visit(f"/organisations/{queries.organisations_of(jo)[0].ref}")
    assert page.h1 == "Youth Bridge"
    assert page.all("dd") == ["Unincorporated association", "Yes", "not stated", "not stated", "not stated"]


@pytest.mark.usefixtures("demo")
def test_registering_with_a_known_address_is_answered_alike(browser: Browser, sqlite_app: Flask) -> None:
    a_person(email="jo@example.org")
    pages = []
    for email in ("jo@example.org", "no@example.org"):
        page = Browser(sqlite_app).submit("/register", STRANGER | {"email": email})
        pages.append((page.text.replace(email, ""), newest_mail().split("/sign-in/link/")[0].split("Your code is")[0]))
    assert pages[0] == pages[1]


@pytest.mark.usefixtures("demo")
def test_a_registration_with_gaps_says_so_and_keeps_what_was_typed(browser: Browser) -> None:
    page = browser.submit("/register", STRANGER | {"kind": None, "email": "jo"}, expect=422)
    assert page.problems == [
        "Enter an email address in the correct format, like name@example.com",
        "Say what kind of group you are",
    ]
    assert page.attributes("input", name="group_name")[0]["value"] == "Youth Bridge"


# -- what was typed while signed out ----------------------------------------------------------------------------------


def ended(browser: Browser) -> None:
    """The sign-in ends while a form is open."""
    with browser.client.session_transaction() as session:
        token = session["_user_id"]
    from grants.people import entry

    entry.sign_out(token)


def invite(browser: Browser, group: str, **typed: str) -> None:
    browser.visit(f"/groups/{group}/people/new")
    ended(browser)
    browser.fill(name="Al Brown", email="al@example.org", duty="applicant", **typed)


def test_a_form_sent_after_the_sign_in_ended_is_shown_again_and_sent_with_one_button(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    commands_password(certifier)
    browser.sign_in(certifier)
    invite(browser, group.ref)

    assert browser.page.h1 == "Sign in"
    assert browser.page.banners == ["You were signed out. What you typed is kept: sign in and it will be shown again."]
    page = browser.fill(email=certifier.email, password=PASSWORD)
    assert (browser.at, page.h1) == ("/held", "What you typed is kept")
    assert sorted(page.all("dd")) == ["Al Brown", "al@example.org", "applicant"]
    page = browser.press("Send it now")
    assert page.banners == ["We have sent Al Brown an email."]
    assert db.session.scalar(select(HeldPost)) is None
    assert browser.visit("/held").banners == ["Nothing you typed is waiting to be sent."]


def commands_password(person: object) -> None:
    from grants.people import commands

    commands.set_password(person, password=PASSWORD, by=person)  # type: ignore[arg-type]


def test_what_one_person_typed_is_never_shown_to_another(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    _other, applicant, _certifier = a_group()
    for person in (applicant, certifier):
        commands_password(person)
    browser.sign_in(certifier)
    invite(browser, group.ref)

    browser.fill(email=applicant.email, password=PASSWORD, expect=404)  # on to the page that was asked for, which is not theirs
    assert browser.at != "/held"
    assert browser.visit("/held").h1 == "What waits for you"


def test_what_was_kept_can_be_thrown_away(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    commands_password(certifier)
    browser.sign_in(certifier)
    invite(browser, group.ref)
    browser.fill(email=certifier.email, password=PASSWORD)

    assert browser.press("Throw it away").banners == ["What you typed was thrown away."]
    assert db.session.scalar(select(HeldPost)) is None


def test_a_held_form_is_gone_after_a_day(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    commands_password(certifier)
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with clock.stopped(noon):
        browser.sign_in(certifier)
        invite(browser, group.ref)
    with clock.stopped(noon + timedelta(days=1, minutes=1)):
        browser.submit("/sign-in", email=certifier.email, password=PASSWORD)
        assert browser.at == "/home"


def test_passwords_and_tokens_are_never_kept(browser: Browser) -> None:
    person = a_person(password=PASSWORD)
    browser.sign_in(person)
    browser.visit("/account")
    ended(browser)
    browser.fill(current_password=PASSWORD, new_password="three random words")
    assert db.session.scalar(select(HeldPost)) is None


def test_a_post_from_another_site_is_neither_done_nor_kept(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    path = f"/groups/{group.ref}/people/new"
    for signed_in in (False, True):
        if signed_in:
            browser.sign_in(certifier)
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            response = browser._apart(
                lambda headers=headers: browser.client.post(
                    path, data={"name": "Al", "email": "al@example.org"}, headers=headers
                )
            )
            assert response.status_code == 400
    assert db.session.scalar(select(HeldPost)) is None
    assert db.session.scalar(select(Task)) is None


def test_a_form_whose_token_is_of_another_session_is_shown_again_filled_in(browser: Browser) -> None:
    group, _applicant, certifier = a_group()
    browser.sign_in(certifier)
    browser.visit(f"/groups/{group.ref}/people/new")
    with browser.client.session_transaction() as session:
        del session["csrf_token"]  # signed in anew in another tab
    page = browser.fill(name="Al Brown", email="al@example.org", duty="applicant")

    assert page.h1 == "What you typed is kept"
    assert browser.press("Send it now").banners == ["We have sent Al Brown an email."]


def test_no_form_is_accepted_without_a_token(browser: Browser) -> None:
    browser.sign_in(an_administrator())
    assert browser.post("/people/PER-26-00001/stop", token=False).status_code == 400
    assert browser.post("/sign-out", token=False).status_code == 400
    assert browser.visit("/home").h1 == "What waits for you"


# -- seen -------------------------------------------------------------------------------------------------------------


def test_a_browser_is_noted_as_seen_at_most_every_five_minutes(browser: Browser) -> None:
    person = a_person()
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def seen() -> datetime:
        at = db.session.scalar(select(SignIn.seen_at).where(SignIn.person_id == person.id))
        db.session.rollback()
        return at

    with clock.stopped(noon):
        browser.sign_in(person)
    with clock.stopped(noon + timedelta(minutes=4)):
        browser.visit("/home")
        assert seen() == noon
    with clock.stopped(noon + timedelta(minutes=6)):
        browser.visit("/home")
        assert seen() == noon + timedelta(minutes=6)


def test_a_sign_in_left_alone_has_ended(browser: Browser) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with clock.stopped(noon):
        browser.sign_in(a_person())
    with clock.stopped(noon + timedelta(minutes=121)):
        assert browser.visit("/home").h1 == "Sign in"
