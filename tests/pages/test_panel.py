"""The panel's workbench, its decisions and the chair's confirmation, as pages."""

from __future__ import annotations

import pytest

from grants.assessment.models import Interest
from grants.kernel import clock
from grants.people.models import Duty
from tests.builders.awards import a_panel, a_round_of_bids, ago, an_offer, assigned, confirmed, decided, scored, somebody
from tests.builders.people import a_person
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app) -> Browser:
    return Browser(sqlite_app)


def sitting(*asks, hold="20000"):
    round, bids = a_round_of_bids(*asks, hold=hold)
    for n, bid in enumerate(bids):
        scored(bid, [5 - n], [4 - n])
    return a_panel(round), bids


def test_an_officer_convenes_the_panel_from_the_list(browser):
    round, _bids = a_round_of_bids("4000")
    browser.sign_in(somebody(round, Duty.GRANTS_OFFICER))

    page = browser.visit("/panels")
    assert "Convene the panel" in page.text
    page = browser.submit(f"/panels/new/{round.ref}", expect=422)
    assert page.problems == ["Enter the day the panel meets"]
    with ago(2):
        day = clock.today()
    page = browser.fill(held_on=day)
    assert page.banners == ["Panel convened."] and page.h1 == f"Panel on “{round.title}”"


def test_the_workbench_ranks_every_bid_beside_the_money(browser):
    panel, [one, _other] = sitting("4000", "3000", hold="5000")
    decided(panel, one)
    browser.sign_in(somebody(panel.round, Duty.PANEL_MEMBER))

    page = browser.visit(f"/panels/{panel.ref}")

    assert page.all("dd")[:4] == ["£5,000.00", "£7,000.00", "£4,000.00", "£1,000.00"]
    rows = page.tables()[0].rows
    assert [(r[0], r[3], r[4], r[5], r[6]) for r in rows] == [
        ("1", "90.00", "£4,000.00", "In full", "£4,000.00"),
        ("2", "70.00", "£3,000.00", "Not decided", "–"),
    ]
    assert "100.00" in rows[0][2] and "80.00" in rows[0][2]


def test_the_minute_taker_records_and_is_told_what_is_left(browser):
    panel, [one, other] = sitting("4000", "3000", hold="5000")
    decided(panel, one)
    browser.sign_in(somebody(panel.round, Duty.MINUTE_TAKER))
    path = f"/panels/{panel.ref}/bids/{other.ref}"

    page = browser.visit(path)
    assert "£1,000.00 of £5,000.00 held for this round" in page.text
    assert "Because of" in page.text  # the scorers' reasons
    page = browser.submit(path, outcome="full", reason="Strong", expect=422)
    assert page.problems == [
        "£1,000.00 is left: £5,000.00 is held for this round and other decisions come to £4,000.00. This one needs £3,000.00."
    ]
    page = browser.submit(path, outcome="part", amount="1000", reason="As far as the money goes")
    assert page.banners == ["Decision on “Project 2” recorded."]
    assert page.all("dd")[3] == "£0.00"


def test_the_chair_confirms_once_everything_is_decided(browser):
    panel, [one, other] = sitting("4000", "3000")
    decided(panel, one)
    browser.sign_in(somebody(panel.round, Duty.PANEL_CHAIR))
    assert f"Project 2 ({other.ref})" in browser.visit(f"/panels/{panel.ref}/confirm").text

    decided(panel, other, "0")
    page = browser.submit(f"/panels/{panel.ref}/confirm")
    assert page.banners == ["Decisions confirmed. Groups that were not funded have been told."]
    assert "Confirm the decisions" not in [b.text for f in page.forms for b in f.buttons]
    assert browser.visit(f"/panels/{panel.ref}/confirm").text.count("These decisions are confirmed already.") == 1


def test_who_is_kept_from_a_bid_sees_neither_its_scores_nor_its_page(browser):
    panel, [one, other] = sitting("4000", "3000")
    torn = assigned(one, interest=Interest.CONFLICT, assessor=somebody(panel.round, Duty.ASSESSOR, Duty.PANEL_MEMBER)).assessor
    member = a_person(Duty.PANEL_MEMBER, Duty.APPLICANT, organisation=one.organisation)

    for who in (torn, member):
        browser = Browser(browser.app).sign_in(who)
        rows = browser.visit(f"/panels/{panel.ref}").tables()[0].rows
        assert rows[0][0] == "Not shown" and "£4,000.00" not in " ".join(rows[0])
        assert rows[1][3] == "70.00"
        browser.visit(f"/panels/{panel.ref}/bids/{one.ref}", expect=403)
        browser.visit(f"/panels/{panel.ref}/bids/{other.ref}")


def test_readers_are_told_who_records_and_others_find_nothing(browser):
    panel, [bid] = sitting("4000")

    for duty, status in (
        (Duty.AUDITOR, 200),
        (Duty.PANEL_MEMBER, 200),
        (Duty.GRANTS_OFFICER, 200),
        (Duty.ASSESSOR, 404),
        (Duty.FINANCE_OFFICER, 404),
        (Duty.THEME_LEAD, 404),
    ):
        one = Browser(browser.app).sign_in(somebody(panel.round, duty))
        for path in (f"/panels/{panel.ref}", f"/panels/{panel.ref}/bids/{bid.ref}", f"/panels/{panel.ref}/confirm"):
            page = one.visit(path, expect=status)
            assert "Record the decision" not in page.text
    confirmed_page = (
        Browser(browser.app).sign_in(somebody(panel.round, Duty.AUDITOR)).visit(f"/panels/{panel.ref}/bids/{bid.ref}")
    )
    assert "As an auditor you can read everything, but change nothing." in confirmed_page.text


def test_after_confirmation_the_figures_stand_still(browser):
    panel, [bid] = sitting("4000", hold="5000")
    decision = decided(panel, bid)
    confirmed(panel)
    an_offer(decision=decision)
    browser.sign_in(somebody(panel.round, Duty.PANEL_MEMBER))

    assert browser.visit(f"/panels/{panel.ref}").all("dd")[:4] == ["£5,000.00", "£4,000.00", "£4,000.00", "£1,000.00"]


@pytest.mark.parametrize("how_many", [1, 4])
def test_the_workbench_costs_the_same_for_every_number_of_bids(browser, statements, how_many):
    panel, bids = sitting(*["1000"] * how_many)
    for bid in bids:
        decided(panel, bid)
    browser.sign_in(somebody(panel.round, Duty.PANEL_MEMBER))
    browser.visit(f"/panels/{panel.ref}")
    with statements() as made:
        browser.visit(f"/panels/{panel.ref}")
    assert len(made) == WORKBENCH, made


WORKBENCH = 13
