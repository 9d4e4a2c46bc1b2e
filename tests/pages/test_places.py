"""Places' pages as staff meet them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from grants.people.models import Duty
from grants.people.queries import partnership
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
