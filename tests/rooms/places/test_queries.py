"""Places are trees, one for each partnership; what is known of partnerships is read by their own staff and those in line."""

from __future__ import annotations

import pytest
from flask import Flask

from grants.kernel.errors import NotFound
from grants.people import partnerships
from grants.people.models import Duty, Holder
from grants.places import queries
from tests.builders.people import a_group, a_partnership, a_person
from tests.builders.strategy import a_locality


def names(branches: list[queries.Branch]) -> list[object]:
    return [(one.place.name, names(one.branches)) if one.branches else one.place.name for one in branches]


def test_each_partnerships_places_are_a_tree(app: Flask) -> None:
    ours = a_partnership(area="Town")
    town = a_locality(ours, "Town", kind="borough")
    east = a_locality(ours, "East", parent=town)
    a_locality(ours, "Quay", parent=east, kind="neighbourhood")
    a_locality(ours, "West", parent=town)
    a_locality(a_partnership(), "Elsewhere")

    (area,) = queries.trees(a_person(Duty.ASSESSOR, partnership=ours))
    assert (area.area, area.places, names(area.branches)) == ("Town", 4, [("Town", [("East", ["Quay"]), "West"])])


def test_a_places_page_knows_what_it_lies_in_and_what_lies_in_it(sqlite_app: Flask) -> None:
    ours = a_partnership()
    town = a_locality(ours, "Town")
    east = a_locality(ours, "East", parent=town)
    quay = a_locality(ours, "Quay", parent=east)
    found = queries.place(a_person(Duty.AUDITOR), east.ref)
    assert ([one.ref for one in found.within], names(found.branches)) == ([town.ref], ["Quay"])
    assert [one.ref for one in queries.place(a_person(Duty.AUDITOR), quay.ref).within] == [town.ref, east.ref]


def test_a_place_of_strangers_is_not_found(sqlite_app: Flask) -> None:
    theirs = a_locality(a_partnership())
    _organisation, applicant, _certifier = a_group()
    for by in (a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()), applicant):
        with pytest.raises(NotFound):
            queries.place(by, theirs.ref)
        assert queries.trees(by) == []


def test_x66_stockport_has_nine_localities(facts_app: Flask) -> None:
    assert len(queries.of_kind("safer_stockport_partnership", "locality")) == 9


def test_r89_the_town_centre_and_brinnington_sit_in_central(facts_app: Flask) -> None:
    found = queries.place(a_person(Duty.AUDITOR), "central")
    assert [one.place.ref for one in found.branches] == ["brinnington", "stockport_town_centre"]
    assert [one.ref for one in found.within] == ["stockport"]


def test_the_facts_hold_three_trees_of_34_places(facts_app: Flask) -> None:
    found = queries.trees(a_person(Duty.AUDITOR))
    assert [(area.area, area.places, len(area.branches)) for area in found] == [
        ("Stockport", 15, 1),
        ("Stockton-on-Tees", 4, 1),
        ("Stoke-on-Trent", 15, 1),
    ]


def test_x76_stoke_has_six_responsible_authorities(facts_app: Flask) -> None:
    found = partnerships.holding("stoke_responsible_authorities_group", "responsible_authority")
    assert len(found) == 6
    assert {one.holder for one in found} == {Holder.ORGANISATION}


def test_r01_parents_and_accountable_bodies(facts_app: Flask) -> None:
    by = a_person(Duty.AUDITOR)
    stockport = partnerships.facts(by, "safer_stockport_partnership").partnership
    assert stockport.parent
    assert (stockport.parent.name, stockport.accountable_body) == ("Stockport Partnership", None)
    stoke = partnerships.facts(by, "stoke_safer_city_partnership")
    assert stoke.partnership.accountable_body
    assert stoke.partnership.accountable_body.name == "Stoke-on-Trent City Council"
    assert [child.ref for child in stoke.children] == ["stoke_responsible_authorities_group"]


def test_r04_three_categories_add_value_without_an_organisation(facts_app: Flask) -> None:
    found = partnerships.holding("stoke_safer_city_partnership", "added_value_member")
    assert [one.post for one in found if one.holder is Holder.CATEGORY] == [
        "community members",
        "elected members",
        "service users",
    ]
    assert len(found) == 5


def test_r05_five_theme_leads_one_of_them_interim(facts_app: Flask) -> None:
    found = partnerships.holding("safer_stockport_partnership", "theme_lead")
    assert [(one.period, one.interim) for one in found] == [("2020/21", False)] * 4 + [("2020/21", True)]
    assert all(one.organisation and one.post for one in found)


def test_three_members_of_stockton_are_held_by_a_post_not_stated(facts_app: Flask) -> None:
    facts = partnerships.facts(a_person(Duty.AUDITOR), "safer_stockton_partnership")
    held = [one for _role, roles in facts.roles for one in roles if one.holder is Holder.NOT_STATED]
    assert (len(held), {one.organisation for one in held}) == (3, {None})


def test_two_partnerships_are_called_ssp_and_the_area_tells_them_apart(facts_app: Flask) -> None:
    found = [one for one in partnerships.listing(a_person(Duty.AUDITOR)) if one.short_name == "SSP"]
    assert [(one.area, one.ref) for one in found] == [
        ("Stockport", "safer_stockport_partnership"),
        ("Stockton-on-Tees", "safer_stockton_partnership"),
    ]


def test_one_reads_of_ones_own_partnership_and_of_those_above_and_below(app: Flask) -> None:
    top = a_partnership()
    middle = a_partnership(parent=top)
    board = a_partnership(parent=middle)
    sister = a_partnership(parent=top)
    by = a_person(Duty.THEME_LEAD, partnership=middle)
    assert partnerships.known(by) == {top.id, middle.id, board.id}
    assert [one.ref for one in partnerships.listing(by)] == [top.ref, middle.ref, board.ref]
    with pytest.raises(NotFound):
        partnerships.facts(by, sister.ref)
    with pytest.raises(NotFound):
        partnerships.facts(by, "nobody")
