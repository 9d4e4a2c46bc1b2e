"""The packaged facts load whole, once, on both engines, and the seed beside the checkout gives the same database."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from grants import create_app
from grants.audit import proofs as audit_proofs
from grants.audit.models import Event
from grants.imports import commands as imports
from grants.kernel.db import Base, db
from grants.kernel.errors import Refused
from grants.kernel.money import Money
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import queries as people
from grants.people.models import Duty, Holder, Organisation, Partnership, PartnershipRole
from grants.places.models import Locality
from grants.strategy.models import Indicator, Priority, PriorityLink, Reading, Strategy, TargetRow
from grants.streams.models import (
    AllocationStatus,
    BalanceUse,
    BudgetLine,
    Commitment,
    Component,
    MainstreamContribution,
    PastGrant,
    Pool,
    Pot,
    Stream,
)
from tests.builders.people import a_person, an_administrator
from tests.conftest import settings_for
from tests.facts import FACTS, SEED

COUNTS: dict[type[Base], int] = {
    Organisation: 80,
    Partnership: 17,
    PartnershipRole: 64,
    Locality: 34,
    Strategy: 67,
    Priority: 169,
    PriorityLink: 86,
    Indicator: 183,
    TargetRow: 11,
    Reading: 154,
    Stream: 20,
    Pot: 18,
    Component: 7,
    Commitment: 6,
    PastGrant: 38,
    Pool: 2,
    MainstreamContribution: 12,
    BudgetLine: 7,
    BalanceUse: 1,
}


def counts() -> dict[type[Base], int]:
    return {model: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTS}


def dump() -> dict[str, list[Any]]:
    """Every row of every table that facts go to, by id."""
    tables = [model.__tablename__ for model in COUNTS] + ["ledger_book", "ledger_account"]
    return {name: [tuple(row) for row in db.session.execute(text(f"SELECT * FROM {name} ORDER BY id"))] for name in tables}


def test_the_facts_load_whole_on_both_engines(app: Flask) -> None:
    by = an_administrator()

    assert imports.check(FACTS).problems == []
    assert counts() == dict.fromkeys(COUNTS, 0), "a check writes nothing"
    done = imports.load(FACTS, by=by)

    assert counts() == COUNTS
    assert done.ref is not None and sum(count.new for count in done.counts) == 937 + 12 + 7
    assert list(ledger_proofs.faults()) == []
    assert list(audit_proofs.faults()) == []


def test_a_check_names_the_files_that_wait_and_those_that_are_not_data(sqlite_app: Flask, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for name in ("meetings.csv", "crosschecks.csv", "requirements.csv", "discrepancies.csv", "README.md"):
        (files / name).write_text("anything")

    report = imports.check(files / "meetings.csv")
    assert report.lines() == ["meetings.csv: not loaded yet"]

    report = imports.check([files])
    assert (report.problems, report.later) == ([], ["meetings.csv"])
    assert report.left_alone == ["README.md", "crosschecks.csv", "discrepancies.csv", "requirements.csv"]


def test_loading_again_changes_nothing(facts_app: Flask) -> None:
    before, events = dump(), db.session.scalar(select(func.count()).select_from(Event))

    again = imports.load(FACTS, by=an_administrator())

    assert (again.ref, {count.new for count in again.counts}) == (None, {0})
    assert again.lines() == ["Everything in these files was here already, unchanged. Nothing was written."]
    assert dump() == before
    assert db.session.scalar(select(func.count()).select_from(Event)) == events


def test_files_one_after_another_give_the_same_database_as_all_at_once(
    facts_app: Flask, empty_sqlite: Path, tmp_path: Path
) -> None:
    whole = dump()
    apart = tmp_path / "apart"
    apart.mkdir()
    (apart / "grants.db").write_bytes(empty_sqlite.read_bytes())
    other = create_app(settings_for(apart))
    with other.app_context():
        by = an_administrator()
        for count in imports.check(FACTS).counts:
            imports.load(FACTS / count.file, by=by)
        assert dump() == whole
        db.session.remove()
        db.engine.dispose()


@pytest.mark.skipif(not SEED.exists(), reason="the source facts are not beside this checkout")
def test_the_seed_gives_the_same_database_as_the_packaged_facts(facts_app: Flask, empty_sqlite: Path, tmp_path: Path) -> None:
    packaged = dump()
    apart = tmp_path / "seed"
    apart.mkdir()
    (apart / "grants.db").write_bytes(empty_sqlite.read_bytes())
    other = create_app(settings_for(apart))
    with other.app_context():
        imports.load(SEED, by=an_administrator())
        assert dump() == packaged
        everything = str(dump())
        names = {row["representative"] for row in csv.DictReader((SEED / "partner_memberships.csv").open(encoding="utf-8"))} - {
            ""
        }
        assert len(names) == 30
        assert [name for name in names if name in everything] == []
        db.session.remove()
        db.engine.dispose()


def test_every_cell_of_a_plain_table_is_kept(facts_app: Flask) -> None:
    """Readings as one example: what is kept, written out again, is the file."""
    rows = list(csv.DictReader((FACTS / "observations.csv").open(encoding="utf-8")))
    kept = db.session.scalars(select(Reading).order_by(Reading.id)).all()
    for row, reading in zip(rows, kept, strict=True):
        assert [
            reading.ref,
            reading.area or "",
            reading.breakdown or "",
            reading.period,
            str(reading.period_start or ""),
            str(reading.period_end or ""),
            "" if reading.value is None else format(reading.value, "f"),
            reading.unit,
            reading.qualifier,
            reading.trend or "",
            "yes" if reading.is_comparator else "no",
            reading.note or "",
            reading.source,
        ] == [
            row["observation_id"],
            row["area"],
            row["breakdown"],
            row["period"],
            row["period_start"],
            row["period_end"],
            row["value"],
            row["unit"],
            row["qualifier"],
            row["trend"],
            row["is_comparator"],
            row["note"].strip(),
            f"{row['source']}, line {row['source_line']}",
        ]


def test_a_role_is_held_by_an_organisation_a_post_a_category_or_a_post_not_stated(facts_app: Flask) -> None:
    found = db.session.execute(
        select(PartnershipRole.holder, func.count().label("number")).group_by(PartnershipRole.holder)
    ).all()
    assert {row.holder: row.number for row in found} == {
        Holder.ORGANISATION: 31 + 15,
        Holder.POST: 12,
        Holder.CATEGORY: 3,
        Holder.NOT_STATED: 3,
    }
    unnamed = select(func.count()).select_from(PartnershipRole).where(PartnershipRole.post_not_stated)
    assert db.session.scalar(unnamed) == 15 + 3


def test_the_stated_allocations_are_in_the_books_from_a_funder_not_stated_on_the_pots_first_day(facts_app: Flask) -> None:
    stated = {"CSG-2020": "218973.00", "VCS-2020": "100000.00", "SVF-2020": "150000.00", "HCF-2020": "10000.00"}
    balances = ledger.by_owner(list(db.session.scalars(select(Pot.ref))))

    shared = {at: balances.pop(at) for at in list(balances) if at.book == "SPB-2007"}
    assert shared == {
        At("SPB-2007", "partner:not-stated", Bucket.PARTNER): Money.pounds(-1178),
        At("SPB-2007", "st_balance_use", Bucket.COMMITTED): Money.pounds(1178),
    }
    assert balances == {
        At(pot, owner, bucket): Money(sign * Money.pounds(amount).pence)
        for pot, amount in stated.items()
        for owner, bucket, sign in (("funder:not-stated", Bucket.FUNDER, -1), ("", Bucket.FREE, 1))
    }
    [line] = ledger.history("funder:not-stated")[:1]
    assert f"{line.effective_date:%-d %B %Y}" == "1 April 2020"


def test_rows_equal_but_for_the_year_are_one_stream_and_a_row_without_a_year_makes_no_pot(facts_app: Flask) -> None:
    pots = db.session.execute(select(Stream.ref, Pot.ref).outerjoin(Stream.pots).order_by(Stream.id, Pot.year)).all()
    assert [pot for stream, pot in pots if stream == "sscf"] == ["SSCF-2005", "SSCF-2006"]
    assert [stream for stream, pot in pots if pot is None] == [
        "srb_stockport",
        "council_mainstream_stockport",
        "stoke_da_joint_commissioning",
    ]
    assert len({stream for stream, _pot in pots}) == 20


def test_not_stated_awaited_and_stated_allocations_stay_apart(facts_app: Flask) -> None:
    found = db.session.execute(
        select(Pot.allocation_status, func.count(), func.count(Pot.allocation)).group_by(Pot.allocation_status)
    )
    assert {status: (pots, stated) for status, pots, stated in found} == {
        AllocationStatus.CONFIRMED: (4, 4),
        AllocationStatus.NOT_STATED: (13, 0),
        AllocationStatus.AWAITED: (1, 0),
    }


def test_six_grants_of_the_past_point_at_their_commitment(facts_app: Flask) -> None:
    found = db.session.execute(select(PastGrant.ref, Commitment.ref).join(PastGrant.commitment).order_by(PastGrant.ref)).all()
    assert [tuple(pair) for pair in found] == [
        ("adswood_bridgehall_post", "adswood_bridgehall_coordinator"),
        ("brinnington_cd_support", "brinnington_community_development"),
        ("dat_2005_06", "dat_sscf_2005_06"),
        ("raid_control_project_2005_06", "raid_control_2005_06"),
        ("rangers_2005_06", "rangers_sscf_2005_06"),
        ("stockton_itss", "stockton_itss_support"),
    ]


def test_only_an_administrator_of_the_whole_installation_loads(facts_app: Flask) -> None:
    officer = a_person(Duty.GRANTS_OFFICER)
    with pytest.raises(Refused) as refused:
        imports.load(FACTS, by=officer)
    assert refused.value.objections[0].could == "an administrator"


def test_each_table_loaded_and_each_pot_has_its_event(facts_app: Flask) -> None:
    found = db.session.execute(select(Event.code, func.count().label("number")).group_by(Event.code))
    codes = {row.code: row.number for row in found}
    assert (codes["facts.loaded"], codes["stream.loaded"], codes["pot.loaded"]) == (13 + 3, 20, 18)
    assert (codes["budget_line.loaded"], codes["use.loaded"], codes["pot.balance_loaded"]) == (7, 1, 1)


def test_two_imports_at_once_load_the_facts_once(app: Flask) -> None:
    by = an_administrator().ref

    def run() -> str | None:
        with app.app_context():
            try:
                return imports.load(FACTS, by=people.person(by)).ref
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        done = [future.result() for future in [pool.submit(run), pool.submit(run)]]

    db.session.rollback()
    assert done.count(None) == 1
    assert counts() == COUNTS
