"""Partnerships' pages as staff meet them (R01 to R05)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from grants.people.models import Duty, Holder, PartnershipRole
from grants.people.queries import partnership
from tests.builders import kept
from tests.builders.people import a_group, a_partnership, a_person, an_organisation
from tests.builders.strategy import a_keeper, a_strategy
from tests.client import Browser
from tests.reading import Page

Statements = Callable[[], AbstractContextManager[list[str]]]


def facts_of(page: Page) -> dict[str, str]:
    return dict(zip(page.all("dt"), page.all("dd"), strict=True))


def test_r01_stockport_answers_to_the_stockport_partnership_and_names_no_accountable_body(facts_app: Flask) -> None:
    by = a_person(Duty.THEME_LEAD, partnership=partnership("safer_stockport_partnership"))
    page = Browser(facts_app).sign_in(by).visit("/partnerships/safer_stockport_partnership")
    found = facts_of(page)
    assert (found["Answers to"], found["Accountable body"], found["Statutory basis"]) == (
        "Stockport Partnership",
        "not stated",
        "Crime and Disorder Act 1998 (as amended)",
    )
    assert page.caption == "SSP, Stockport"
    assert ("Stockport Partnership", "/partnerships/stockport_partnership") in page.links


def test_r02_stokes_page_shows_the_six_responsible_authorities_of_its_board(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships/stoke_safer_city_partnership")
    assert facts_of(page)["Accountable body"] == "Stoke-on-Trent City Council"
    assert "Who sits on its board: Stoke-on-Trent Responsible Authorities Group" in page.all("h2")
    authorities = next(table for table in page.tables() if table.caption == "Responsible authority (6)")
    assert len(authorities.rows) == 6
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships/stoke_responsible_authorities_group")
    assert facts_of(page)["Answers to"] == "Stoke-on-Trent Safer City Partnership"
    assert page.tables()[0].caption == "Responsible authority (6)"


def test_r04_categories_stand_without_an_organisation(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships/stoke_safer_city_partnership")
    added = next(table for table in page.tables() if table.caption == "Added value member (5)")
    assert [cells[0] for cells in added.rows if "category" in cells[0]] == [
        "Community members A category, not an organisation",
        "Elected members A category, not an organisation",
        "Service users A category, not an organisation",
    ]


def test_r05_five_theme_leads_are_posts_and_one_is_interim(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships/safer_stockport_partnership")
    leads = next(table for table in page.tables() if table.caption == "Theme lead (5)")
    assert [cells[1].endswith("Interim") for cells in leads.rows] == [False, False, False, False, True]
    assert {cells[2] for cells in leads.rows} == {"2020/21"}


def test_a_seat_known_only_by_a_persons_name_reads_post_not_stated(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships/safer_stockton_partnership")
    members = next(table for table in page.tables() if table.caption.startswith("Member ("))
    assert len([cells for cells in members.rows if cells[0] == "Post not stated"]) == 3


def test_the_two_called_ssp_are_told_apart_by_their_area(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/partnerships")
    (table,) = page.tables()
    assert [cells[:2] for cells in table.rows if "(SSP)" in cells[0]] == [
        ["Safer Stockport Partnership (SSP) Community safety partnership", "Stockport"],
        ["Safer Stockton Partnership (SSP) Community safety partnership", "Stockton-on-Tees"],
    ]


def test_its_streams_and_strategies_are_listed(facts_app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER, partnership=partnership("safer_stockport_partnership"))
    page = Browser(facts_app).sign_in(by).visit("/partnerships/safer_stockport_partnership")
    streams = next(table for table in page.tables() if table.caption == "Streams of money")
    assert ["Safer and Stronger Communities Fund (SSCF)", "2005/06 to 2006/07"] in [cells[:2] for cells in streams.rows]
    strategies = next(table for table in page.tables() if table.caption == "Strategies")
    assert len(strategies.rows) == 14


def test_strangers_and_groups_find_nothing(sqlite_app: Flask) -> None:
    theirs = a_partnership()
    stranger = a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    Browser(sqlite_app).sign_in(stranger).visit(f"/partnerships/{theirs.ref}", expect=404)
    _organisation, applicant, _certifier = a_group()
    Browser(sqlite_app).sign_in(applicant).visit("/partnerships", expect=403)


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_for_1_row_and_30(sqlite_app: Flask, statements: Statements, how_many: int) -> None:
    ours = a_partnership()
    keeper = a_keeper(ours)
    member = an_organisation()
    for n in range(how_many):
        board = a_partnership(parent=ours)
        a_strategy(ours, by=keeper)
        for body in (ours, board):
            role = {"holder": Holder.ORGANISATION, "organisation": member, "role": "member"}
            kept(PartnershipRole(partnership=body, ordinal=n + 1, **role))
    browser = Browser(sqlite_app).sign_in(keeper)
    path = f"/partnerships/{ours.ref}"
    with statements() as listed:
        browser.visit("/partnerships")
    with statements() as shown:
        browser.visit(path)
    assert len(listed) == 4  # who is signed in, the partnerships in line, the list, is this the demonstration
    # … the partnership, its boards, all their roles; the partnerships in line again, its strategies; its other indicators,
    # their readings; its streams
    assert len(shown) == 11
