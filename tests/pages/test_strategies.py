"""Strategies' pages as staff meet them: on the source's own facts, and at the same cost for 1 row and 30."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from grants.people.models import Duty, Person
from grants.people.queries import partnership
from grants.strategy import commands
from tests.builders.people import a_group, a_partnership, a_person
from tests.builders.strategy import a_keeper, a_priority, a_source_reading, a_strategy, a_target_row, an_indicator
from tests.client import Browser
from tests.reading import Page

Statements = Callable[[], AbstractContextManager[list[str]]]


def an_officer_of_stockport() -> Person:
    return a_person(Duty.GRANTS_OFFICER, partnership=partnership("safer_stockport_partnership"))


def row(page: Page, first: str) -> list[str]:
    """The cells of the row whose first cell begins so."""
    return next(cells for table in page.tables() for cells in table.rows if cells[0].startswith(first))


# -- the list -----------------------------------------------------------------------------------------------------------


def test_staff_find_strategies_by_partnership_and_tier(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(an_officer_of_stockport())
    page = browser.visit("/strategies")
    assert [table.caption for table in page.tables()] == [
        "Safer Stockport Partnership (14)",
        "Stockport Drug Action Team (1)",
        "Stockport Partnership (4)",
        "Local partnership (13)",
        "National (12)",
        "Regional (14)",
    ]
    assert row(page, "Safer Stockport Partnership Plan 2018/21")[3] == "1 April 2018 to 31 March 2021 Ended Current"
    page = browser.visit("/strategies?partnership=none&tier=regional")
    assert [table.caption for table in page.tables()] == ["Regional (14)"]


def test_an_owner_nobody_stated_is_not_stated(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(a_person(Duty.AUDITOR))
    assert row(browser.visit("/strategies"), "Ending Gang and Youth Violence")[1] == "not stated"


def test_a_filter_that_finds_nothing_says_so(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app).sign_in(a_person(Duty.AUDITOR))
    assert "No strategy is recorded here." in browser.visit("/strategies?tier=none-such").text


def test_a_group_may_not_read_strategies(sqlite_app: Flask) -> None:
    _organisation, applicant, _certifier = a_group()
    plan = a_strategy()
    browser = Browser(sqlite_app).sign_in(applicant)
    for path in ("/strategies", f"/strategies/{plan.ref}", f"/strategies/{plan.ref}/targets"):
        browser.visit(path, expect=403)


def test_a_strategy_of_another_partnership_is_not_found(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(an_officer_of_stockport())
    for path in (
        "/strategies/scp_strategy_2017_20",
        "/strategies/scp_strategy_2017_20/targets",
        "/priorities/laa_ni_52",
        "/indicators/so_crimes_reported",
        "/strategies/nothing",
    ):
        browser.visit(path, expect=404)


# -- one strategy -------------------------------------------------------------------------------------------------------


def test_the_plan_of_2018_21_points_out_that_it_has_ended(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/ssp_plan_2018_21")
    assert (
        "This plan ended on 31 March 2021. A newer plan is in preparation: One Safer Stockport Plan (new SSP Plan)."
        in page.text
    )
    assert ("One Safer Stockport Plan (new SSP Plan)", "/strategies/one_safer_stockport_plan") in page.links
    assert "Partly inferred from the source: 001_21c3dd096c35aefe.txt, SSP Plan 2018-21, line 60." in page.text


def test_its_tree_holds_five_themes_with_leads_and_fourteen_areas(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/ssp_plan_2018_21")
    items = page.all("li")
    themes = [one for one in items if "Theme, lead:" in one]
    assert [one.split(" Theme, lead:")[0] for one in themes] == [
        "1 Public Safety and Protection",
        "2 Protecting Vulnerable People",
        "3 Serious and Organised Crime",
        "4 Transforming Justice",
        "5 Radicalisation and Extremism Incomplete",
    ]
    assert themes[4].endswith("Head of Safeguarding and Learning, SMBC (interim Prevent Lead), nothing stands under it yet")
    areas = [one for one in items if one[:4].strip().replace(".", "").isdigit() and one[1] == "."]
    assert len(areas) == 14


def test_indicators_keep_their_qualifier_their_own_unit_and_comparisons_apart(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/ssp_plan_2018_21")
    assert row(page, "Residents who feel")[3] == "92% December 2020 (Wave 6), Stockport Compare Greater Manchester: 88%"
    assert row(page, "Covid-related breaches")[3].startswith("about 70 a week")
    assert row(page, "Proceeds of Crime Act")[3].startswith("over £400,000.00")
    assert row(page, "Incident demand")[3].startswith("down, in words only")


def test_targets_show_their_kind_and_status_and_the_date_as_written(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/sk_cdd_reduction_strategy_2005_08")
    assert row(page, "Recorded crime: Domestic burglary")[1:3] == [
        "3,515 in 2003/04",
        "Down by 30% to 2,461, by 31 March 2008 Kind: percent change. Status: set",
    ]
    assert ("The printed table of targets", "/strategies/sk_cdd_reduction_strategy_2005_08/targets") in page.links


def test_links_are_grouped_by_kind_and_show_whole_strategies(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/ssp_plan_2018_21")
    assert "From this strategy" in page.all("h3")
    assert {table.caption for table in page.tables()} >= {"Aligned to"}


# -- the table of targets -----------------------------------------------------------------------------------------------


def test_the_psa1_table_is_printed_as_in_the_source(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/strategies/sk_cdd_reduction_strategy_2005_08/targets")
    (table,) = page.tables()
    assert table.head == ["Crime category", "2003/04 level", "Target % reduction", "Target level", "Level worked out"]
    assert [cells[1:4] for cells in table.rows] == [
        ["1,890", "30", "1,323"],
        ["3,884", "25", "2,913"],
        ["864", "20", "691"],
        ["3,515", "30", "2,461"],
        ["422", "10", "380"],
        ["461", "20", "369"],
        ["7,214", "20", "5,771"],
        ["735", "10", "662"],
        ["2,560", "5", "2,432"],
        ["525", "20", "420"],
        ["22,070", "21 21.065 before rounding", "17,421"],
    ]
    assert table.rows[3] == [
        "Domestic burglary (incl. attempts) National list: Domestic burglary",
        "3,515",
        "30",
        "2,461",
        "2,461 2,460.5 before rounding",
    ]
    assert table.rows[-1][4] == "17,422 sum of the rows; 1 from the stated total"
    assert "The rows add up to 17,422; the stated total is 17,421. The difference is 1." in page.all("li")
    assert "The stated total is a reduction of 21.065%, shown as 21%." in page.all("li")


def test_a_plan_without_a_printed_table_says_so_and_lists_what_is_to_be_set(sqlite_app: Flask) -> None:
    plan = a_strategy()
    an_indicator(plan, title="Attrition", target_kind="to_be_set", target_status="to_be_set")
    page = Browser(sqlite_app).sign_in(a_keeper()).visit(f"/strategies/{plan.ref}/targets")
    assert "The source of this strategy prints no table of targets." in page.text
    assert "Attrition Baseline to be established" in page.all("li")


# -- priorities and indicators ------------------------------------------------------------------------------------------


def test_a_priority_shows_what_it_is_part_of_and_what_was_given_for_it(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(an_officer_of_stockport()).visit("/priorities/ssp_domestic_abuse")
    assert (page.h1, page.caption) == ("Domestic Abuse", "Priority area 2.2")
    assert ("2 Protecting Vulnerable People", "/priorities/ssp_protecting_vulnerable_people") in page.links
    grants = next(table for table in page.tables() if table.caption == "Past grants")
    assert {cells[4] for cells in grants.rows} == {"not stated"}  # never £0.00


def test_a_priority_without_a_title_says_so(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/priorities/laa_ni_52")
    assert page.h1 == "Title not stated (laa_ni_52)"


def test_an_indicator_lists_every_reading_with_comparisons_apart(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/indicators/so_prison_release_treatment")
    ours, theirs = page.tables()
    assert (ours.caption, theirs.caption) == ("Readings", "Comparisons: other areas, never added to ours")
    assert [cells[2] for cells in theirs.rows] == ["England", "West Midlands"]
    assert len(ours.rows) == 2


# -- the cost of a page -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_for_1_row_and_30(sqlite_app: Flask, statements: Statements, how_many: int) -> None:
    ours = a_partnership()
    keeper = a_keeper(ours)
    plan, other = a_strategy(ours, by=keeper), a_strategy(None, by=keeper)
    theme = a_priority(plan, title="Theme", by=keeper)
    for n in range(how_many):
        a_strategy(ours, by=keeper)
        area = a_priority(plan, parent=theme, title=f"Area {n}", by=keeper)
        aim = {"baseline_value": Decimal(10), "target_kind": "percent_change", "target_change_pct": Decimal(-10)}
        measured = an_indicator(plan, priority=theme, by=keeper, **aim)
        a_source_reading(measured, "5", period_start=date(2020, 1, 1), period_end=date(2020, 12, 31))
        a_source_reading(measured, "6", is_comparator=True)
        a_target_row(measured, n + 1, 9)
        commands.link(plan, from_priority=theme, to_strategy=other, link_type=f"aligned_to_{n}", by=keeper)
        commands.link(other, to_strategy=plan, to_priority=area, link_type="informs", by=keeper)
    browser = Browser(sqlite_app).sign_in(keeper)
    refs = (plan.ref, theme.ref, measured.ref)
    costs = {}
    for path in (
        "/strategies",
        f"/strategies/{refs[0]}",
        f"/strategies/{refs[0]}/targets",
        f"/priorities/{refs[1]}",
        f"/indicators/{refs[2]}",
    ):
        with statements() as made:
            browser.visit(path)
        costs[path.replace(refs[0], "S").replace(refs[1], "P").replace(refs[2], "I")] = len(made)
    # each begins with who is signed in and the partnerships in line, and ends with whether this is the demonstration
    assert costs == {
        "/strategies": 6,  # … the strategies; the partnerships in line again and what the list can be narrowed to
        "/strategies/S": 13,  # … successors, tree, links, indicators, readings, printed table, what is served
        "/strategies/S/targets": 6,  # … the strategy, its table, what is to be set
        "/priorities/P": 13,  # … those under it, links, indicators, readings, past grants, exclusions, money
        "/indicators/I": 5,  # … the indicator, its readings
    }
