"""A distributor's imported list: every fault by row and column at once, all or nothing, importing again changes nothing."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.imports import commands as imports
from grants.imports.distributed import check
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.spending import commands, proofs, queries
from grants.spending.models import DistributedGrant, OwnSpend, SpendKind
from tests.builders.people import a_person, an_administrator, an_organisation
from tests.builders.spending import a_charge, a_pot_of_this_year, committed
from tests.builders.streams import a_finance_officer, a_stream

COLUMNS = "distributor_reference,recipient,recipient_slug,recipient_type,title,amount_gbp,decided_on,priority_slug"


def a_distribution(handed: str = "1000", *, voluntary_only: bool = True) -> OwnSpend:
    """Money of a voluntary-only stream, handed to a distributor."""
    pot = a_pot_of_this_year("90000", stream=a_stream("VCS Grant", voluntary_only=voluntary_only))
    spend = committed(
        "50000",
        pot=pot,
        kind=SpendKind.DISTRIBUTION,
        payee="Stockport Local Fund",
        organisation=an_organisation("Stockport Local Fund"),
    )
    a_charge(handed, spend=spend)
    return spend


def a_row(n: int = 1, amount: str = "100", kind: str = "voluntary", slug: str = "", on: str | None = None) -> str:
    day = on or clock.first_day(clock.financial_year(clock.today())).isoformat()
    return f"SLF-{n},Group {n},{slug},{kind},Kit,{amount},{day},"


def a_list(*rows: str) -> bytes:
    return "\n".join([COLUMNS, *rows]).encode()


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(DistributedGrant)) or 0


def problems(spend: OwnSpend, *rows: str) -> list[tuple[int | None, str | None, str]]:
    return [(one.row, one.column, one.sentence) for one in check(spend, "list.csv", a_list(*rows)).problems]


def test_a_list_is_kept_and_says_who_decided(app: Flask) -> None:
    spend = a_distribution()
    officer, group = a_finance_officer(spend.pot.stream.partnership), an_organisation("Kit for all", ref="kit_for_all")
    found = check(spend, "list.csv", a_list(a_row(1, "100.50", slug=group.ref), a_row(2, "899.50")))
    assert found.problems == []

    assert commands.import_grants(spend, found.rows, file="list.csv", by=officer) == 2

    rows = queries.given_out(officer, spend=spend)
    assert [(one.distributor_reference, one.amount, one.distributor, one.organisation) for one in rows] == [
        ("SLF-1", Money.pounds("100.50"), "Stockport Local Fund", group.ref),
        ("SLF-2", Money.pounds("899.50"), "Stockport Local Fund", None),
    ]
    assert commands.import_grants(spend, found.rows, file="list.csv", by=officer) == 0
    assert (kept(), queries.given_out_totals(spend)) == (2, (2, Money.pounds("1000")))
    assert list(proofs.faults()) == []


def test_a_statutory_body_is_refused_a_ring_fenced_streams_money_and_every_other_fault_is_named_too(app: Flask) -> None:
    spend = a_distribution()
    council = an_organisation("The council", ref="the_council", is_voluntary=False)
    start, end = (f"{day.day} {day:%B %Y}" for day in (spend.pot.starts_on, spend.pot.ends_on))

    assert problems(
        spend,
        a_row(1, kind="statutory"),
        a_row(2, slug=council.ref),
        a_row(3, on="1999-01-01"),
        a_row(4, amount="10.005"),
        a_row(5, amount="0"),
        a_row(5),
        a_row(7, slug="nobody"),
    ) == [
        (2, "recipient_type", "VCS Grant is only for voluntary and community organisations, and Group 1 is a statutory body."),
        (
            3,
            "recipient_slug",
            "VCS Grant is only for voluntary and community organisations, and Group 2 is not known to be one.",
        ),
        (4, "decided_on", f"This is not in the pot’s year, {start} to {end}."),
        (5, "amount_gbp", "‘10.005’ has a fraction of a penny. Write whole pence, like 1250.50."),
        (6, "amount_gbp", "A grant of nothing is no grant. Enter its amount, or remove the row."),
        (7, "distributor_reference", "This is the same as row 6. Remove one, or correct its reference."),
        (8, "recipient_slug", "There is no organisation nobody."),
    ]


def test_a_list_never_comes_to_more_than_was_handed_out_counting_what_was_imported_before(app: Flask) -> None:
    spend = a_distribution("1000")
    officer = a_finance_officer(spend.pot.stream.partnership)
    commands.import_grants(spend, check(spend, "a.csv", a_list(a_row(1, "600"))).rows, file="a.csv", by=officer)

    assert problems(spend, a_row(2, "400.01")) == [
        (None, "amount_gbp", "The grants come to £1,000.01 and the distributor was handed £1,000.00: £0.01 too much.")
    ]
    assert problems(spend, a_row(1, "600"), a_row(2, "400")) == []


def test_a_row_that_was_imported_before_and_says_otherwise_is_refused(app: Flask) -> None:
    spend = a_distribution()
    officer = a_finance_officer(spend.pot.stream.partnership)
    commands.import_grants(spend, check(spend, "a.csv", a_list(a_row(1, "600"))).rows, file="a.csv", by=officer)
    changed = check(spend, "b.csv", a_list(a_row(1, "500")))

    assert [one.column for one in changed.problems] == ["distributor_reference"]
    with pytest.raises(RuleBroken):
        commands.import_grants(spend, changed.rows, file="b.csv", by=officer)


def test_a_spreadsheet_is_read_like_a_csv_file(app: Flask) -> None:
    spend = a_distribution()
    day = clock.first_day(clock.financial_year(clock.today()))
    content = _xlsx([COLUMNS.split(","), ["SLF-1", "Group 1", None, "voluntary", "Kit", 100.5, day.isoformat(), None]])

    found = check(spend, "List.XLSX", content)

    assert found.problems == []
    assert [(one.amount, one.decided_on) for one in found.rows] == [(Money.pounds("100.50"), day)]
    assert [one.sentence for one in check(spend, "list.xlsx", b"no spreadsheet").problems] == [
        "This spreadsheet could not be read. Save it again as XLSX, or as ‘CSV UTF-8’."
    ]
    assert [one.sentence for one in check(spend, "list.pdf", b"").problems] == ["Choose a CSV file or an XLSX spreadsheet."]


def test_three_bad_rows_in_five_thousand_are_all_named_nothing_is_written_and_it_is_quick(app: Flask, tmp_path: Path) -> None:
    spend = a_distribution("50000")
    rows = [f"{spend.ref},{a_row(n, '10')}" for n in range(5000)]
    rows[9] = f"{spend.ref},{a_row(9, '10', kind='statutory')}"
    rows[2499] = f"{spend.ref},{a_row(2499, '10.001')}"
    rows[4998] = f"{spend.ref},{a_row(4998, '10', on='2019-12-31')}"
    path = tmp_path / "distributed_grants.csv"
    path.write_text("\n".join([f"own_spend,{COLUMNS}", *rows]))

    start = time.monotonic()
    report = imports.check(path)
    with pytest.raises(RuleBroken):
        imports.load(path, by=an_administrator())

    assert [(one.row, one.column) for one in report.problems] == [
        (11, "recipient_type"),
        (2501, "amount_gbp"),
        (5000, "decided_on"),
    ]
    assert kept() == 0
    assert time.monotonic() - start < 10


def test_flask_import_loads_a_list_once(app: Flask, tmp_path: Path) -> None:
    spend = a_distribution("1000")
    path = tmp_path / "distributed_grants.csv"
    path.write_text("\n".join([f"own_spend,{COLUMNS}", *(f"{spend.ref},{a_row(n, '100')}" for n in range(10))]))

    first, second = imports.load(path, by=an_administrator()), imports.load(path, by=an_administrator())

    assert (first.ref is not None, second.ref, kept()) == (True, None, 10)
    path.write_text(f"own_spend,{COLUMNS}\nOWN-99-00001,{a_row(1)}")
    assert [str(one) for one in imports.check(path).problems] == [
        "distributed_grants.csv, row 2, column own_spend: There is no own spend OWN-99-00001."
    ]


def test_only_a_finance_officer_of_the_stream_uploads_a_list_and_only_of_a_distribution(app: Flask) -> None:
    spend = a_distribution()
    other = committed("100", pot=a_pot_of_this_year())
    approver = a_person(Duty.APPROVER, partnership=spend.pot.stream.partnership)

    with pytest.raises(Refused):
        commands.import_grants(spend, [], file="a.csv", by=approver)
    assert [one.sentence for one in check(other, "list.csv", a_list()).problems] == [
        f"{other.ref} is not money given out by a distributor, so it has no list."
    ]


def _xlsx(rows: list[list[object]]) -> bytes:
    """A spreadsheet with one sheet, written by hand."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value: object) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheet = "".join(f"<row>{''.join(cell(one) for one in row)}</row>" for row in rows)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        book.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        )
        book.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}">'
            '<sheets><sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>')
    return made.getvalue()
