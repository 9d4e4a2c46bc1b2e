"""Which fund fits us, can we apply, and starting by e-mail: as somebody meets them who has no account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.applications.models import Application
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.kernel.money import Money
from grants.people import queries as people
from grants.people.models import Duty, Organisation
from grants.rounds import queries
from grants.rounds.models import Round
from grants.rounds.terms import Terms, check
from grants.web.public import checking
from grants.work.models import Task
from tests.builders.applications import a_funded_pot, a_plan, a_round
from tests.builders.awards import a_panel, a_round_of_bids, confirmed, decided, scored
from tests.builders.people import a_group, a_partnership, a_person
from tests.client import Browser
from tests.funds import one_stockport, opened, set_up, ward_flexibility
from tests.pages.test_sign_in import code_in, link_in, newest_mail

LOCAL = {
    "kinds": ["group without a constitution", "registered charity", "unincorporated association"],
    "host_needed": True,
    "limits": [{"above": 1_000_000, "firmness": "normal"}],
    "not_funded": [
        {"key": "wages", "asks": "Is it to pay wages you pay already?", "reason": "We do not pay wages that you pay already."},
        {"key": "church", "asks": "Is it for worship?", "reason": "We do not normally pay for worship.", "firmness": "normal"},
    ],
    "instead": "Try Ward Flexibility Funding for less than £1,000.",
    "tiers": [
        {"key": "small", "name": "Smaller", "least": 100_100, "most": 1_000_000, "helps": "purpose", "full_outcomes": False},
        {"key": "large", "name": "Larger", "least": 1_000_001, "most": 3_000_000, "stages": 2, "helps": "purpose"},
    ],
}


def local_terms(**more: Any) -> Terms:
    return check(LOCAL | more)


def a_local_fund(**facts: Any) -> Round:
    given = {"title": "Local Fund", "smallest": "1001", "largest": "30000", "terms": local_terms()} | facts
    return a_round(**given)


@pytest.fixture
def browser(sqlite_app: Flask) -> Browser:
    mark("demo", "tests")  # so that its outbox is the letter box
    return Browser(sqlite_app)


def answers(**more: Any) -> dict[str, Any]:
    return {"kind": "association", "sought": "2,000", "account": "yes", "not-wages": "no", "not-church": "no"} | more


# -- which fund fits us? ----------------------------------------------------------------------------------------------


def test_five_answers_show_what_fits_what_might_and_what_does_not_with_where_to_try(browser: Browser) -> None:
    a_local_fund()
    a_round(title="Anything goes", strategy=a_plan("Safer streets"))
    a_round(title="Later on", opens_at=clock.now() + timedelta(days=3))
    page = browser.submit("/find", kind="no_constitution", sought="600", about="street", account="no", postcode="SK1 3XE")
    assert browser.at == "/find/results?kind=no_constitution&ward=E05014230&about=street&sought=600.00&account=no" or (
        "SK1" not in browser.at.upper()
    )
    assert page.all("h2", class_="govuk-heading-m") == ["You can apply", "These do not fit", "Opening later"]
    assert page.all("h3", class_="govuk-heading-s") == ["Anything goes", "Local Fund"]
    assert "It can help with “A safer street or park”." in page.text
    assert "The least you can ask for is £1,001.00." in page.text
    assert "Try instead: Try Ward Flexibility Funding for less than £1,000." in page.text
    assert "It fits your group." in page.text


def test_a_large_ask_may_be_made_but_is_not_normal(browser: Browser) -> None:
    a_local_fund()
    page = browser.submit("/find", kind="charity", sought="£12,000.00")
    assert page.all("h2", class_="govuk-heading-m") == ["You can ask, but we do not normally say yes"]
    assert "This fund does not normally give more than £10,000.00." in page.text
    page = browser.visit(page.link("Change your answers"))
    assert page.attributes("input", name="sought")[0]["value"] == "12,000"


def test_a_business_is_told_kindly_and_nothing_is_kept(browser: Browser, statements: Any) -> None:
    a_local_fund()
    browser.visit("/find")
    with statements() as made:
        page = browser.fill(kind="private")
    assert "This fund is not for private companies or businesses." in page.text
    writes = [one for one in made if one.split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert [one for one in writes if "work_cursor" not in one and "search_" not in one] == []  # the index follows every POST


def test_what_cannot_be_read_in_an_address_is_as_good_as_not_said(browser: Browser) -> None:
    a_local_fund()
    page = browser.visit("/find/results?kind=charity&sought=x&ward=E1&about=zzz&account=perhaps")
    assert page.all("h2", class_="govuk-heading-m") == ["You can apply"]
    assert browser.visit("/find/results?kind=nonsense").h1 == "Which fund fits us?"


@pytest.mark.parametrize("how_many", [1, 12])
def test_the_answer_costs_the_same_however_many_rounds(browser: Browser, statements: Any, how_many: int) -> None:
    pot = a_funded_pot()
    for _n in range(how_many):
        a_round(pot=pot, hold="500")
    at = "/find/results?kind=charity&about=street&ward=E05014230"
    browser.visit(at)
    with statements() as made:
        browser.visit(at)
    assert len(made) == 3  # demonstration, rounds, their priorities; a ward that is not known is not looked up


# -- can we apply? ----------------------------------------------------------------------------------------------------


def test_a_check_asks_only_what_the_rules_need(browser: Browser) -> None:
    plain, local = a_round(), a_local_fund()
    browser.visit(f"/rounds/{plain.ref}/check")
    assert browser.page and [form.names for form in browser.page.forms][-1] >= {"kind", "sought"}
    assert "account" not in browser.page.forms[-1].names
    page = browser.visit(f"/rounds/{local.ref}/check")
    assert set(page.forms[-1].names) - {"csrf_token"} == {"kind", "sought", "account", "not-wages", "not-church"}
    page = browser.fill(expect=422)
    assert page.problems == [
        "Choose the kind of group you are",
        "Enter about how much you will ask for",
        "Say whether your group has its own bank account",
        "Choose yes or no",
        "Choose yes or no",
    ]


@pytest.mark.parametrize(
    ("said", "heading", "sentence"),
    [
        ({}, "You can apply", "You do not have to do it all at once."),
        ({"sought": "900"}, "You cannot apply to this fund", "The least you can ask for is £1,001.00."),
        ({"not-wages": "yes"}, "You cannot apply to this fund", "We do not pay wages that you pay already."),
        ({"kind": "private"}, "You cannot apply to this fund", "This fund is not for private companies or businesses."),
        ({"not-church": "yes"}, "You can ask, but read this first", "We do not normally pay for worship."),
        ({"sought": "12000"}, "You can ask, but read this first", "For this much there is a second stage"),
        ({"account": "no"}, "You can apply", "another organisation must hold the money for you"),
    ],
)
def test_the_answer_comes_at_once_with_the_reason(browser: Browser, said: dict[str, str], heading: str, sentence: str) -> None:
    page = browser.submit(f"/rounds/{a_local_fund().ref}/check", answers(**said))
    assert page.h1 == heading
    assert sentence in page.text
    assert ("Start your application" in page.text) is (heading != "You cannot apply to this fund")
    assert ("Where to try instead" in page.text) is (heading == "You cannot apply to this fund")
    page = browser.visit(page.link("Change your answers"))
    assert page.attributes("input", name="not-wages", value=said.get("not-wages", "no"))[0].get("checked") is not None


def test_what_was_said_of_one_round_is_nothing_to_another_and_cannot_be_made_up(browser: Browser) -> None:
    one, other = a_local_fund(), a_local_fund(title="Another")
    value = checking.packed(checking.Said(one.ref, sought=Money.pounds("2000")))
    assert browser.visit(f"/rounds/{one.ref}/check?said={value}").h1 == "You can apply"
    assert browser.visit(f"/rounds/{other.ref}/check?said={value}").h1 == "Check if you can apply"
    assert browser.visit(f"/rounds/{one.ref}/check?said={value[:-2]}").h1 == "Check if you can apply"


def test_somebody_signed_in_is_not_asked_what_is_known(browser: Browser) -> None:
    round = a_local_fund()
    group, applicant, _certifier = a_group(organisation_type="registered charity")
    browser.sign_in(applicant)
    page = browser.visit(f"/rounds/{round.ref}/check")
    assert "kind" not in page.forms[-1].names
    page = browser.fill(answers() | {"kind": None} if "kind" in page.forms[-1].names else _without(answers(), "kind"))
    page = browser.press("Start your application")
    assert page.h1 == "Your application"
    started = db.session.scalars(select(Application)).one()
    assert (started.sought, started.against) == (Money.pounds("2000"), {"wages": "no", "church": "no"})
    assert people.said_of(group).own_account is True
    assert "own_account" not in page.text
    assert "account" not in browser.visit(f"/rounds/{round.ref}/check").forms[-1].names


def _without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


# -- starting by e-mail -----------------------------------------------------------------------------------------------


def started(browser: Browser, **facts: Any) -> str:
    """Checked, and asked for a code by e-mail; answers with the round's reference."""
    round = a_local_fund()
    page = browser.submit(f"/rounds/{round.ref}/check", answers(account="no"))
    assert page.h1 == "You can apply"
    browser.fill({"name": "Jo Bloggs", "email": "jo@example.org", "group_name": "Friends of the Park"} | facts)
    return round.ref


def test_a_stranger_types_a_code_and_is_in_the_draft(browser: Browser) -> None:
    ref = started(browser)
    page = browser.fill(code=code_in(newest_mail()))
    assert page.h1 == "Your application"
    draft = db.session.scalars(select(Application)).one()
    assert browser.at == f"/applications/{draft.ref}"
    assert (draft.round.ref, draft.sought, draft.against["wages"]) == (ref, Money.pounds("2000"), "no")
    assert (draft.organisation.name, draft.organisation.organisation_type) == (
        "Friends of the Park",
        "unincorporated association",
    )
    assert people.said_of(draft.organisation).own_account is False
    assert f"/applications/{draft.ref}" in newest_mail()


def test_the_link_does_the_same_elsewhere_and_nothing_starts_a_second_draft(browser: Browser, sqlite_app: Flask) -> None:
    ref = started(browser)
    phone = Browser(sqlite_app)
    phone.visit(link_in(newest_mail()))
    page = phone.press("Confirm and sign in")
    assert page.h1 == "Your application"
    first = phone.at
    page = browser.fill(code=code_in(_mail("Confirm your email address")), expect=422)
    assert page.problems == ["That code no longer works. Ask for a new email."]
    assert page.link("Ask for another email").startswith(f"/rounds/{ref}/start?said=")
    # They sign in on the computer as well, with what they said before.
    value = page.link("Ask for another email").partition("said=")[2]
    browser.submit(f"/sign-in/email?next=/rounds/{ref}/apply?said={value}", email="jo@example.org")
    browser.fill(code=code_in(newest_mail()))
    assert browser.at == first
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1


def _mail(subject: str) -> str:
    return next(t.facts["text"] for t in db.session.scalars(select(Task).order_by(Task.id)) if t.facts["subject"] == subject)


def test_registering_the_same_group_again_makes_no_second_one(browser: Browser) -> None:
    started(browser)
    browser.fill(code=code_in(newest_mail()))
    browser.press("Sign out")
    started(browser, group_name="friends of  the park")
    page = browser.fill(code=code_in(newest_mail()))
    assert page.h1 == "Your application"
    assert db.session.scalar(select(func.count()).select_from(Organisation).where(Organisation.name.ilike("friends%"))) == 1


def test_a_kind_that_cannot_apply_never_gets_as_far_as_a_code(browser: Browser) -> None:
    round = a_local_fund()
    value = checking.packed(checking.Said(round.ref, sought=Money.pounds("2000")))
    browser.visit(f"/rounds/{round.ref}/start?said={value}")
    page = browser.fill(name="Jo", email="jo@example.org", group_name="Jo Ltd", kind="private", expect=422)
    assert page.problems == ["This fund is not for private companies or businesses."]
    assert page.attributes("input", name="group_name")[0]["value"] == "Jo Ltd"
    assert browser.visit(f"/rounds/{round.ref}/start").h1 == "Check if you can apply"


def test_a_group_that_is_refused_when_it_starts_is_told_why_and_keeps_what_it_said(browser: Browser) -> None:
    round = a_local_fund()
    _group, applicant, _certifier = a_group(organisation_type="private company", is_voluntary=True)
    value = checking.packed(checking.Said(round.ref, sought=Money.pounds("2000"), once="x"))
    browser.sign_in(applicant)
    page = browser.visit(f"/rounds/{round.ref}/apply?said={value}")
    assert "This fund is not for private companies or businesses." in page.text
    assert page.attributes("button", type="submit") and "Start" not in [b.text for f in page.forms for b in f.buttons]
    assert browser.visit(page.link("Change your answers")).attributes("input", name="sought")[0]["value"] == "2,000"


def test_a_body_that_is_no_voluntary_group_is_told_at_once_whatever_its_kind(browser: Browser) -> None:
    round = a_local_fund(pot=a_funded_pot("200000", partnership=a_partnership(area="Stockport"), voluntary_only=True))
    group, applicant, _certifier = a_group(organisation_type=None, is_voluntary=False)
    page = browser.sign_in(applicant).submit(f"/rounds/{round.ref}/check", answers(), button="Check")
    assert page.h1 == "You cannot apply to this fund"
    assert f"This money is only for voluntary and community groups, and {group.name} is not recorded as one." in page.text


def test_a_button_pressed_twice_starts_one_application_and_writes_once(browser: Browser) -> None:
    round = a_local_fund()
    _group, applicant, _certifier = a_group(organisation_type="registered charity")
    browser.sign_in(applicant)
    page = browser.submit(f"/rounds/{round.ref}/check", _without(answers(), "kind"))
    form = page.forms[-1]
    sent = form.fill()
    answers_ = [browser._open("POST", form.action, data=sent).location for _n in range(2)]
    assert answers_[0] == answers_[1]
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1
    assert db.session.scalar(select(func.count()).select_from(Task).where(Task.about == answers_[0].rpartition("/")[2])) == 1


def test_somebody_who_acts_for_nobody_is_told_what_to_do(browser: Browser) -> None:
    round = a_local_fund()
    browser.sign_in(a_person())
    value = checking.packed(checking.Said(round.ref))
    assert "Your sign-in does not act for one yet." in browser.visit(f"/rounds/{round.ref}/start?said={value}").text


# -- the round's page and its paper -----------------------------------------------------------------------------------


def test_the_rounds_page_says_all_its_terms_in_plain_words(browser: Browser) -> None:
    page = browser.visit(f"/rounds/{a_local_fund().ref}")
    for said in (
        "A group of people with no written rules (no constitution)",
        "another organisation can hold the money for you",
        "We do not normally give more than £10,000.00.",
        "If you ask for more than £10,000.00 there is a second stage.",
        "We do not pay wages that you pay already.",
        "Not normally. You can still ask, and say why you need it: We do not normally pay for worship.",
        "A safer street or park",
        "If you ask for £1,001.00 to £10,000.00 One payment before you start.",
        "Afterwards you send us: one report when you have finished.",
        "How we use what you tell us",
    ):
        assert said in page.text, said


def test_the_register_says_what_is_over_and_how_it_went(browser: Browser) -> None:
    round, bids = a_round_of_bids("1000", "2000", "3000", "4000", "500", assessors=1, title="Autumn")
    page = browser.visit("/rounds")
    assert page.all("h3", class_="govuk-heading-s") == ["Being decided now"]
    for bid in bids:
        scored(bid)
    panel = a_panel(round)
    for bid, amount in zip(bids, ("1000", "1500", "0", "0", "0"), strict=True):
        decided(panel, bid, amount)
    confirmed(panel)
    page = browser.visit("/rounds")
    assert page.tables()[0].rows[0][:5] == ["Autumn", "5", "2", "40%", "£2,500.00"]
    assert "Success rate 40%" in browser.visit(f"/rounds/{round.ref}").text


@pytest.fixture
def two_funds(sqlite_app: Flask) -> dict[str, str]:
    """The two real funds, set up on the pages and open."""
    partnership = a_partnership(area="Stockport")
    officer = Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=partnership))
    plan = a_plan("Safer streets", partnership=partnership).ref
    found = {}
    for name, fund_of in (("local", one_stockport), ("ward", ward_flexibility)):
        fund = fund_of(a_funded_pot("200000", partnership=partnership, voluntary_only=False).ref, plan)
        found[name] = set_up(officer, fund)
        opened(officer, found[name], fund)
    return found


def test_two_real_funds_are_told_apart_by_five_answers(two_funds: dict[str, str], browser: Browser) -> None:
    rounds = [queries.public(two_funds[name]) for name in ("local", "ward")]
    local, ward = (round.title for round in rounds)
    opens = max(round.opens_at for round in rounds) + timedelta(hours=1)

    def told(**said: Any) -> dict[str, list[str]]:
        page = browser.submit("/find", postcode="SK1 3XE", **said)
        heads = page.find("h2", "h3")
        found: dict[str, list[str]] = {}
        for one in heads:
            if one.tag == "h2":
                found[one.text] = []
            elif found:
                found[list(found)[-1]].append(one.text)
        return {head: names for head, names in found.items() if names}

    with clock.stopped(opens):
        assert told(kind="no_constitution", sought="500", account="no") == {
            "You can apply": [ward],
            "These do not fit": [local],
        }
        assert told(kind="charity", sought="2000") == {
            "You can apply": [local],
            "You can ask, but we do not normally say yes": [ward],
        }
        assert told(kind="charity", sought="12000") == {"You can apply": [local], "These do not fit": [ward]}
        assert told(kind="private", sought="500") == {"These do not fit": [local, ward]}


def test_the_real_funds_pages_say_their_rules_and_name_no_ward(two_funds: dict[str, str], browser: Browser) -> None:
    page = browser.visit(f"/rounds/{two_funds['ward']}")
    for said in (
        "Each part of Stockport has its own share of the money.",
        "We do not normally give more than £1,000.00.",
        "A group can apply once in 12 months.",
        "We do not normally give money to the same group two years running.",
        "Applications are not scored. They are decided at a meeting.",
        "Afterwards you send us: three sentences and a number when you have finished.",
    ):
        assert said in page.text, said
    assert "Brinnington" not in page.text
    page = browser.visit(f"/rounds/{two_funds['local']}")
    for said in (
        "Finish it within 12 months of getting the money.",
        "If you ask for more than £10,000.00 there is a second stage.",
        "Two people who sign for your group must sign our offer.",
        "What each score means",
    ):
        assert said in page.text, said
    page = browser.submit(f"/rounds/{two_funds['local']}/check", {"kind": "charity", "sought": "800"}, expect=422)
    answered = {name: "no" for name in page.forms[-1].names if name.startswith("not-")} | {"account": "yes"}
    page = browser.fill(answered)
    assert page.h1 == "You cannot apply to this fund"
    assert "Sector3" in page.text
