"""The table a partnership keeps of its wards and localities: never overwritten, read as at a day and as known at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text

from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken, Stale
from grants.people.duties import READS_ALL, STAFF
from grants.people.models import Duty, Partnership, Person
from grants.places import commands, queries
from grants.places.models import Locality, WardPlaced
from grants.places.postcodes import read
from tests.builders.people import a_partnership, a_person
from tests.builders.strategy import a_locality

BRINNINGTON, OFFERTON, OLD_BRINNINGTON = "E05015018", "E05015032", "E05000783"
TOWN_HALL = read("SK1 3XE")
AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def a_town() -> tuple[Partnership, Locality, Locality, Person]:
    """A partnership whose wards are known, two of its localities, and its grants officer."""
    ours = a_partnership(area="Stockport")
    places = a_locality(ours, "Central"), a_locality(ours, "Werneth")
    return ours, *places, a_person(Duty.GRANTS_OFFICER, partnership=ours)


def events(ours: Partnership) -> list[tuple[str, str, str | None]]:
    found = db.session.scalars(select(Event).where(Event.subject == ours.ref, Event.code.like("ward.%")).order_by(Event.id))
    return [(one.code, one.facts["ward"], one.facts.get("locality")) for one in found]


def test_a_ward_lies_in_a_locality_from_a_day_and_what_was_said_before_stays(app: Flask) -> None:
    ours, central, werneth, officer = a_town()
    with clock.stopped(AT):
        commands.place_wards(
            ours, placed={BRINNINGTON: central, OFFERTON: werneth}, effective_on=MAY, basis=" Paper 4 ", by=officer
        )
    with clock.stopped(AT.replace(day=20)):
        # Offerton lies there already and is passed over.
        commands.place_wards(ours, placed={BRINNINGTON: None, OFFERTON: werneth}, effective_on=JUNE, by=officer)

    assert queries.locality_of(ours, TOWN_HALL, on=date(2026, 4, 30)) is None
    assert queries.locality_of(ours, TOWN_HALL, on=date(2026, 5, 31)) == central
    assert queries.locality_of(ours, TOWN_HALL, on=JUNE) is None
    assert queries.locality_of(ours, TOWN_HALL, on=JUNE, known=AT.replace(day=19)) == central
    assert queries.localities_of_wards(ours, on=JUNE) == {OFFERTON: werneth}
    assert queries.locality_of(ours, OFFERTON, on=JUNE) == werneth
    assert queries.locality_of(a_partnership(area="Stockport"), TOWN_HALL, on=MAY) is None
    assert queries.locality_of(ours, read("SK9 1AA"), on=MAY) is None
    rows = db.session.scalars(select(WardPlaced).order_by(WardPlaced.id)).all()
    assert [(row.ward_code, row.vintage, row.basis) for row in rows] == [
        (BRINNINGTON, 2023, "Paper 4"),
        (OFFERTON, 2023, "Paper 4"),
        (BRINNINGTON, 2023, None),
    ]
    assert events(ours) == [
        ("ward.placed", "Brinnington & Stockport Central", "Central"),
        ("ward.placed", "Offerton", "Werneth"),
        ("ward.taken_out", "Brinnington & Stockport Central", None),
    ]


def test_a_table_of_the_wards_before_answers_for_its_own_time(sqlite_app: Flask) -> None:
    ours, central, werneth, officer = a_town()
    commands.place_wards(ours, placed={OLD_BRINNINGTON: werneth}, effective_on=date(2019, 4, 1), by=officer)
    commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=date(2023, 5, 8), by=officer)
    assert queries.locality_of(ours, TOWN_HALL, on=date(2020, 1, 1)) == werneth
    assert queries.locality_of(ours, TOWN_HALL, on=date(2024, 1, 1)) == central


def test_only_a_grants_officer_or_an_administrator_of_the_partnership_changes_it(sqlite_app: Flask) -> None:
    ours, central, _werneth, _officer = a_town()
    others = (STAFF | READS_ALL) - {Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR}
    strangers = [a_person(duty, partnership=ours) for duty in sorted(others)]
    for who in [*strangers, a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())]:
        with pytest.raises(Refused):
            commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=MAY, by=who)
    administrator = a_person(Duty.ADMINISTRATOR, partnership=ours)
    commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=MAY, by=administrator)
    assert queries.localities_of_wards(ours, on=MAY) == {BRINNINGTON: central}


def test_everything_against_it_is_said_at_once_and_nothing_is_kept(app: Flask) -> None:
    ours, central, _werneth, officer = a_town()
    theirs = a_locality(a_partnership(), "Elsewhere")
    with clock.stopped(AT), pytest.raises(RuleBroken) as refused:
        commands.place_wards(
            ours, placed={"E05099999": central, BRINNINGTON: theirs}, effective_on=date(2028, 1, 1), by=officer
        )
    assert refused.value.problems == (
        "E05099999 is not the code of a ward we know.",
        f"Elsewhere is not a place of {ours.name}.",
        "Choose a day no later than a year from today.",
    )
    with pytest.raises(RuleBroken, match="has its boundaries since 2023"):
        commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=date(2022, 1, 1), by=officer)
    with pytest.raises(RuleBroken, match="is not a ward of"):
        stoke = a_partnership(area="Stoke-on-Trent")
        commands.place_wards(
            stoke, placed={BRINNINGTON: None}, effective_on=MAY, by=a_person(Duty.GRANTS_OFFICER, partnership=stoke)
        )
    with pytest.raises(RuleBroken, match="That is what the table says already"):
        commands.place_wards(ours, placed={BRINNINGTON: None}, effective_on=MAY, by=officer)
    assert events(ours) == []


def test_a_table_somebody_else_changed_is_not_changed_unseen(app: Flask) -> None:
    ours, central, werneth, officer = a_town()
    drawn = queries.ward_edition(ours)
    commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=MAY, edition=drawn, by=officer)
    with pytest.raises(Stale):
        commands.place_wards(ours, placed={BRINNINGTON: werneth}, effective_on=MAY, edition=drawn, by=officer)
    assert queries.localities_of_wards(ours, on=MAY) == {BRINNINGTON: central}


@pytest.mark.parametrize("statement", ["UPDATE ward_placed SET vintage = 2014", "DELETE FROM ward_placed"])
def test_the_database_itself_keeps_what_was_said(app: Flask, statement: str) -> None:
    ours, central, _werneth, officer = a_town()
    commands.place_wards(ours, placed={BRINNINGTON: central}, effective_on=MAY, by=officer)
    with unguarded(), pytest.raises(Exception, match=r"never|refuses"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_x66_no_document_says_which_ward_lies_in_a_locality_so_no_fact_does(facts_app: Flask) -> None:
    ours = db.session.scalars(select(Partnership).where(Partnership.ref == "safer_stockport_partnership")).one()
    assert len(queries.wards(ours)) == 21
    assert queries.localities_of_wards(ours) == {}
