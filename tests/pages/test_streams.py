"""The pages of streams and pots, read as a person meets them, on the real facts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from grants.kernel.money import Money
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import queries as people
from grants.people.models import Duty
from grants.streams import queries
from tests.builders.people import a_group, a_partnership, a_person, an_administrator
from tests.builders.streams import a_commitment, a_pot, a_stream
from tests.client import Browser

SSP = "safer_stockport_partnership"


@pytest.fixture
def officer(facts_app: Flask) -> Browser:
    """A finance officer of the Safer Stockport Partnership, signed in."""
    return Browser(facts_app).sign_in(a_person(Duty.FINANCE_OFFICER, partnership=people.partnership(SSP)))


@pytest.fixture
def auditor(facts_app: Flask) -> Browser:
    """An auditor of the whole installation, signed in."""
    return Browser(facts_app).sign_in(a_person(Duty.AUDITOR))


def test_the_list_shows_every_stream_of_the_persons_partnership_with_its_years(officer: Browser) -> None:
    page = officer.visit("/streams")
    assert page.all("h2")[:1] == ["Safer Stockport Partnership"]
    assert "Voluntary and Community Sector Grant" in page.text
    assert "2020/21 Voluntary and Community Sector Grant: £100,000.00" in page.text
    assert "2006/07 Safer and Stronger Communities Fund (SSCF): not stated" in page.text
    assert "no year is stated" in page.text
    assert "Youth Justice Board" not in page.text


def test_grants_of_the_past_whose_stream_is_not_stated_are_listed_under_their_partnership(auditor: Browser) -> None:
    page = auditor.visit("/streams")
    assert "Independent Sexual Violence Advisors" in page.text
    assert page.text.count("Stream not stated.") == 8


def test_every_stream_and_every_pot_has_a_page_without_a_fault(auditor: Browser) -> None:
    groups = queries.streams_page(an_administrator())
    streams = [stream for group in groups for stream in group.streams]
    pots = [pot.ref for stream in streams for pot in stream.pots]
    assert (len(streams), len(pots)) == (20, 18)
    for stream in streams:
        assert auditor.visit(f"/streams/{stream.ref}").title.startswith(stream.name)
    for pot in pots:
        assert f"Pot {pot}" in auditor.visit(f"/pots/{pot}").text


def test_a_stream_says_who_may_receive_and_what_was_given(officer: Browser) -> None:
    text = officer.visit("/streams/vcs_grant").text
    assert "Voluntary and community organisations only" in text
    assert "Voluntary and community sector only" in text
    assert "Man about a Dog (suicide prevention)" in text
    assert "no priority of a plan" in text
    assert "£0.00" not in text


def test_what_the_safer_and_stronger_communities_fund_was_made_of_and_what_was_protected(officer: Browser) -> None:
    text = officer.visit("/streams/sscf").text
    for said in ("In full", "In part", "Pooled alongside", "Not included", "Rangers (patrol service)", "Due 1 April 2006"):
        assert said in text
    assert text.count("Also a protected commitment; counted once") == 2


def test_a_commitment_of_a_stream_without_a_year_is_on_its_page(officer: Browser) -> None:
    text = officer.visit("/streams/srb_stockport").text
    assert "No year is stated for this stream, so it has no pot." in text
    assert "Area Community Safety coordinator, Adswood and Bridgehall" in text
    assert "Until 31 March 2006" in text


def test_bodies_that_commission_jointly_are_all_named(auditor: Browser) -> None:
    text = auditor.visit("/streams/stoke_da_joint_commissioning").text
    assert "Jointly commissioned" in text
    assert "Stoke-on-Trent City Council, Staffordshire County Council" in text


def test_free_money_of_a_pot_of_the_past_is_not_known_and_says_why(officer: Browser) -> None:
    text = officer.visit("/pots/CSG-2020").text
    assert "Allocated£218,973.00 allocated" in text
    assert "£0.00" not in text
    assert "Freenot known: 8 named awards (examples) have no stated amount" in text


def test_an_allocation_that_is_awaited_says_so(auditor: Browser) -> None:
    text = auditor.visit("/pots/YJBF-2008").text
    assert "Allocation awaiting notification" in text
    assert "Allocatedawaiting notification" in text


# -- who may see and do ----------------------------------------------------------------------------------------------------


def test_a_partnerships_streams_are_not_found_by_another(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(a_person(Duty.FINANCE_OFFICER, partnership=a_partnership()))
    for path in (
        "/streams/vcs_grant",
        "/streams/vcs_grant/pots/new",
        "/pots/VCS-2020",
        "/pots/VCS-2020/protect",
        "/streams/none",
    ):
        browser.visit(path, expect=404)
    assert "No streams are recorded for your partnerships." in browser.visit("/streams").text


def test_a_group_does_not_see_streams(facts_app: Flask) -> None:
    _group, applicant, _certifier = a_group()
    browser = Browser(facts_app).sign_in(applicant)
    for path in ("/streams", "/streams/vcs_grant", "/pots/VCS-2020"):
        browser.visit(path, expect=403)


def test_an_auditor_reads_and_is_told_who_could_act(auditor: Browser) -> None:
    assert "Open a pot for a year" not in auditor.visit("/streams/vcs_grant").text
    assert "Who could: a finance officer." in auditor.visit("/streams/vcs_grant/pots/new").text
    assert "Who could: a finance officer." in auditor.visit("/pots/VCS-2020/protect").text
    answer = auditor.post(
        "/streams/vcs_grant/pots/new",
        {"year": "2027/28", "sure": "not stated", "key": "k" * 24},
    )
    assert answer.status_code == 403


def test_nothing_with_an_amount_is_protected_in_a_pot_whose_free_money_is_not_known(officer: Browser) -> None:
    page = officer.submit("/pots/CSG-2020/protect", FORM, expect=422)
    assert page.problems[-1] == "What is free in CSG-2020 is not known: 8 named awards (examples) have no stated amount."


def test_a_pot_shows_its_history(officer: Browser) -> None:
    text = officer.visit("/pots/VCS-2020").text
    assert "Loaded the pot for 2020/21 from funding_streams.csv: allocation £100,000.00 (Importer)" in text


# -- opening a pot ---------------------------------------------------------------------------------------------------------


def test_a_finance_officer_opens_a_pot(officer: Browser) -> None:
    page = officer.submit(
        "/streams/vcs_grant/pots/new", year="2027/28", sure="confirmed", allocation="60,000", funder="stockport_council"
    )
    assert page.title.startswith("Voluntary and Community Sector Grant, 2027/28")
    assert "Free£60,000.00 free" in page.text
    assert "Funders Stockport Metropolitan Borough Council" in page.text
    assert ledger.balance(At("VCS-2027", "funder:stockport_council", Bucket.FUNDER)) == Money.pounds(-60000)


@pytest.mark.parametrize(
    "typed, problems",
    [
        (
            {"year": "2027/29", "sure": "confirmed"},
            ["Enter a financial year like 2026/27", "Enter the allocation, or say that it is not stated"],
        ),
        ({"year": "2027/28", "sure": "awaited", "allocation": "5"}, ["Clear the allocation, or say that it is confirmed"]),
        ({"year": "2027/28", "sure": "confirmed", "allocation": "-5"}, ["The allocation cannot be less than £0"]),
        (
            {"year": "2020/21", "sure": "not stated"},
            ["Voluntary and Community Sector Grant already has a pot for 2020/21. One stream has one pot in a year."],
        ),
    ],
)
def test_a_pot_that_cannot_be_opened_says_why_and_keeps_what_was_typed(
    officer: Browser, typed: dict[str, str], problems: list[str]
) -> None:
    page = officer.submit("/streams/vcs_grant/pots/new", typed, conditions="Spend it well", expect=422)
    assert page.problems == problems
    assert "Spend it well" in page.text


# -- protecting money ------------------------------------------------------------------------------------------------------

FORM = {
    "recipient": "Patrol service",
    "amount": "2,500",
    "protected_from-day": "1",
    "protected_from-month": "4",
    "protected_from-year": "2026",
    "protected_until-day": "31",
    "protected_until-month": "3",
    "protected_until-year": "2027",
    "approval_basis": "Agreed by the board on 3 March 2026",
}


def test_the_effect_of_protecting_money_is_shown_and_only_the_same_figure_is_confirmed(officer: Browser) -> None:
    a_pot("10000", stream=queries.stream("vcs_grant"))
    page = officer.submit("/pots/VCS-2026/protect", FORM, button="See what this does")
    assert "Free in VCS-2026£10,000.00£7,500.00" in page.text
    assert ledger.balance(At("VCS-2026", "", Bucket.FREE)) == Money.pounds(10000)

    page = officer.fill(amount="3,000", button="Protect £2,500.00")
    assert "Free in VCS-2026£10,000.00£7,000.00" in page.text, "another figure is shown again first"

    page = officer.press("Protect £3,000.00")
    assert "Passported (protected)£3,000.00" in page.text
    assert "1 April 2026 to 31 March 2027" in page.text
    assert ledger.balance(At("VCS-2026", "", Bucket.FREE)) == Money.pounds(7000)


def test_more_than_is_free_is_refused_with_what_is_left(officer: Browser) -> None:
    a_pot("1000", stream=queries.stream("vcs_grant"))
    page = officer.submit("/pots/VCS-2026/protect", FORM, expect=422)
    assert page.problems == ["VCS-2026 has £1,000.00 free; this needs £2,500.00."]


def test_a_statutory_body_cannot_be_given_the_voluntary_sectors_money(officer: Browser) -> None:
    a_pot("10000", stream=queries.stream("vcs_grant"))
    page = officer.submit("/pots/VCS-2026/protect", FORM | {"organisation": "greater_manchester_police"}, expect=422)
    assert page.problems == [
        (
            "Voluntary and Community Sector Grant is only for voluntary and community organisations, and "
            "Greater Manchester Police is not one. Choose another organisation."
        )
    ]


# -- statements --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_however_much_is_on_them(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    stream = a_stream()
    by = a_person(Duty.FINANCE_OFFICER, partnership=stream.partnership)
    for number in range(how_many):
        a_pot("30000", stream=stream, year=2000 + number, by=by)
    pot = queries.pot(f"{stream.code}-2000")
    for _number in range(how_many):
        a_commitment("1", pot=pot, by=by)
    paths = ("/streams", f"/streams/{stream.ref}", f"/pots/{pot.ref}", f"/pots/{pot.ref}/protect")
    browser = Browser(sqlite_app).sign_in(by)
    browser.visit("/streams")

    found = []
    for path in paths:
        with statements() as made:
            browser.visit(path)
        found.append(len(made))

    # the sign-in with its person and what they hold, the demonstration's mark; then the page's own
    assert found == [2 + 4, 2 + 13, 23, 2 + 4]
