"""Places' pages as staff meet them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask

from grants.people.models import Duty, Partnership
from grants.people.queries import partnership
from grants.places import commands, postcodes, queries
from tests.builders.people import a_group, a_partnership, a_person
from tests.builders.strategy import a_keeper, a_locality
from tests.client import Browser

Statements = Callable[[], AbstractContextManager[list[str]]]


def test_the_tree_shows_each_places_top_issue_and_hotspots(facts_app: Flask) -> None:
    by = a_person(Duty.ASSESSOR, partnership=partnership("safer_stockport_partnership"))
    page = Browser(facts_app).sign_in(by).visit("/places")
    assert page.all("h2")[0] == "Stockport"
    assert any(
        one.startswith(
            "Central Locality; top issue: Domestic Abuse / Violence; hotspot for crime, ASB, hate incidents, OCG and fire risk "
            "Brinnington Neighbourhood"
        )
        for one in page.all("li")
    )


def test_a_place_is_found_by_way_of_what_it_lies_in(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(a_person(Duty.AUDITOR)).visit("/places/brinnington")
    assert (page.h1, page.caption) == ("Brinnington", "Neighbourhood")
    assert [link for link in page.links if link.href.startswith("/places/")][:2] == [
        ("Stockport", "/places/stockport"),
        ("Central", "/places/central"),
    ]
    assert "Partly inferred from the source" in page.text


def test_strangers_and_groups_find_nothing(sqlite_app: Flask) -> None:
    theirs = a_locality(a_partnership())
    stranger = a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    browser = Browser(sqlite_app).sign_in(stranger)
    browser.visit(f"/places/{theirs.ref}", expect=404)
    assert "No places are recorded." in browser.visit("/places").text
    _organisation, applicant, _certifier = a_group()
    Browser(sqlite_app).sign_in(applicant).visit("/places", expect=403)


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_for_1_row_and_30(sqlite_app: Flask, statements: Statements, how_many: int) -> None:
    ours = a_partnership()
    town = a_locality(ours, "Town")
    for _n in range(how_many):
        a_locality(ours, parent=town)
    browser = Browser(sqlite_app).sign_in(a_keeper(ours))
    path = f"/places/{town.ref}"
    with statements() as listed:
        browser.visit("/places")
    with statements() as shown:
        browser.visit(path)
    assert len(listed) == 4  # who is signed in, the partnerships in line, the places, is this the demonstration
    assert len(shown) == 5  # … the place, those around it


# -- wards and localities ----------------------------------------------------------------------------------------------

BRINNINGTON, OFFERTON = "E05015018", "E05015032"


def a_town() -> Partnership:
    ours = a_partnership(area="Stockport")
    for name in ("Central", "Werneth"):
        a_locality(ours, name)
    return ours


def test_the_whole_table_of_wards_is_changed_in_one_form(sqlite_app: Flask) -> None:
    ours = a_town()
    central, werneth = (ref for ref, _name in queries.choices(ours.id))
    browser = Browser(sqlite_app).sign_in(a_keeper(ours))
    path = f"/partnerships/{ours.ref}/wards"
    assert browser.visit("/places").link("Wards and localities of Stockport") == path
    page = browser.visit(path)
    assert "It is not stated which locality these wards lie in: Bramhall North, Bramhall South & Woodford, " in page.text
    page = browser.submit(path, **{BRINNINGTON: central, OFFERTON: werneth, "basis": "Paper 4"})
    assert "The table of wards is changed." in page.text
    lies = queries.localities_of_wards(ours)
    assert {code: one.name for code, one in lies.items()} == {BRINNINGTON: "Central", OFFERTON: "Werneth"}
    assert "Brinnington & Stockport Central (2023)" in page.text and "Paper 4" in page.text
    page = browser.submit(path, expect=422)
    assert page.problems == ["That is what the table says already. Choose another locality for at least one ward."]


def test_a_day_chosen_first_is_the_day_a_change_starts(sqlite_app: Flask) -> None:
    ours = a_town()
    central, werneth = (ref for ref, _name in queries.choices(ours.id))
    by = a_keeper(ours)
    commands.place_wards(ours, placed={OFFERTON: queries.locality(werneth)}, effective_on=date(2026, 6, 1), by=by)
    browser = Browser(sqlite_app).sign_in(by)
    path = f"/partnerships/{ours.ref}/wards"
    browser.submit(f"{path}?as_at=2026-04-01", **{BRINNINGTON: central})
    april = queries.localities_of_wards(ours, on=date(2026, 4, 30))
    assert {code: one.name for code, one in april.items()} == {BRINNINGTON: "Central"}
    page = browser.visit(f"{path}?known_on=2026-04-01")
    assert "As it stood, as known at the end of 1 April 2026." in page.text
    assert not page.find("select")


def test_a_table_drawn_before_somebody_else_changed_it_is_a_page_and_changes_nothing(sqlite_app: Flask) -> None:
    ours = a_town()
    central, werneth = (ref for ref, _name in queries.choices(ours.id))
    by = a_keeper(ours)
    browser = Browser(sqlite_app).sign_in(by)
    path = f"/partnerships/{ours.ref}/wards"
    browser.visit(path)
    commands.place_wards(ours, placed={OFFERTON: queries.locality(werneth)}, effective_on=date(2026, 6, 1), by=by)
    browser.submit(path, edition="0", expect=409, **{OFFERTON: central})
    assert queries.localities_of_wards(ours)[OFFERTON].name == "Werneth"


def test_who_may_not_change_the_table_reads_it_and_strangers_find_nothing(sqlite_app: Flask) -> None:
    ours = a_town()
    path = f"/partnerships/{ours.ref}/wards"
    assessor = Browser(sqlite_app).sign_in(a_person(Duty.ASSESSOR, partnership=ours))
    page = assessor.visit(path)
    assert not page.find("select") and page.text.count("not stated") >= len(postcodes.wards())
    Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())).visit(path, expect=404)
    elsewhere = a_partnership(area="Stoke-on-Trent")
    page = Browser(sqlite_app).sign_in(a_keeper(elsewhere)).visit(f"/partnerships/{elsewhere.ref}/wards")
    assert "We do not have the wards of this area" in page.text


@pytest.mark.parametrize("how_many", [1, 21])
def test_the_table_costs_the_same_for_1_ward_and_21(sqlite_app: Flask, statements: Statements, how_many: int) -> None:
    ours = a_town()
    by = a_keeper(ours)
    place = queries.locality(queries.choices(ours.id)[0][0])
    codes = [ward.code for ward in postcodes.wards()][:how_many]
    commands.place_wards(ours, placed=dict.fromkeys(codes, place), effective_on=date(2026, 4, 1), by=by)
    browser, path = Browser(sqlite_app).sign_in(by), f"/partnerships/{ours.ref}/wards"
    with statements() as made:
        browser.visit(path)
    assert len(made) == 8, made  # who, demonstration, the partnership, those in line, the table, places, what was said, edition


def test_anybody_may_read_whose_data_these_are(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    assert browser.visit("/").link("About the data") == "/about-the-data"
    page = browser.visit("/about-the-data")
    assert page.h1 == "About the data"
    for owner in ("Contains Ordnance Survey data", "Office for National Statistics", "Ministry of Housing", "Royal Mail data"):
        assert owner in page.text


def test_names_of_another_script_and_emoji_survive_being_kept_and_shown(app: Flask) -> None:
    ours = a_town()
    central, _werneth = (ref for ref, _name in queries.choices(ours.id))
    name, basis = "محمد علي", "محمد 👩🏽\u200d🚀 said “yes” – José"
    browser = Browser(app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=ours, name=name))
    typed = basis.replace("José", "Jose\u0301").replace("said", "sa\u00adid")  # as Word and a Mac paste it
    page = browser.submit(f"/partnerships/{ours.ref}/wards", **{BRINNINGTON: central, "basis": typed})
    assert page.all("bdi") == [name]
    assert (said := queries.ward_table(a_keeper(ours), ours.ref).said[0].basis) == basis
    assert said in page.text and f"by {name}" in page.text
