"""Every kind of error: each by file, row and column, all at once, and nothing changed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.audit.models import Event
from grants.imports import commands as imports
from grants.imports.facts import gather
from grants.imports.plan import days_of
from grants.imports.readers import Problem
from grants.imports.tables import TABLES
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.people.models import Organisation
from grants.streams import queries as streams
from tests.builders.people import an_administrator
from tests.facts import FACTS

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a table's file: the packaged row with this key, with some cells changed, once for each set of changes.

    `key` chooses the packaged row (the first by default). The new row's own key is 'new', 'new2' … unless it is changed.
    """
    place = tmp_path / "files"
    place.mkdir()

    def make(table: str, *changes: dict[str, str], like: str | None = None) -> Path:
        with (FACTS / f"{table}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        key = TABLES[table].key
        row = next(r for r in rows if like is None or r[key or ""] == like)
        path = place / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
            for number, change in enumerate(changes, 1):
                own = {key: f"new{number if number > 1 else ''}"} if key else {}
                writer.writerow(row | own | change)
        return path

    return make


def problems(*paths: Path) -> list[tuple[str, int | None, str | None, str]]:
    """What a check finds; and a load of the same refuses it all and changes nothing."""
    before = db.session.scalar(select(func.count()).select_from(Event))
    found = list(imports.check(paths).problems)
    if found:
        with pytest.raises(RuleBroken) as broken:
            imports.load(paths, by=an_administrator())
        assert broken.value.problems == tuple(str(problem) for problem in found)
        assert db.session.scalar(select(func.count()).select_from(Event)) == before
    return [(p.file, p.row, p.column, p.sentence) for p in found]


# -- the file itself -----------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_utf_8_says_how_to_save_it(facts_app: Flask, write: Write) -> None:
    path = write("partner_organisations", {"name": "Caf"})
    path.write_bytes(path.read_bytes().replace(b"Caf", b"Caf\xe9"))
    assert problems(path) == [
        ("partner_organisations.csv", 2, None, "This is not UTF-8 text. In a spreadsheet, save it again as ‘CSV UTF-8’.")
    ]


def test_nothing_is_said_about_references_to_a_file_that_cannot_be_read(facts_app: Flask, write: Write) -> None:
    unreadable = write("partner_organisations", {})
    unreadable.write_bytes(b"\xff\xfe\x00")
    naming = write("partnerships", {"accountable_body": "somebody_new"})
    assert [problem[0] for problem in problems(unreadable, naming)] == ["partner_organisations.csv"]


def test_a_spreadsheets_mark_at_the_start_of_the_file_is_not_part_of_the_first_heading(facts_app: Flask, write: Write) -> None:
    path = write("partner_organisations", {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert problems(path) == []


@pytest.mark.parametrize(
    "content, row, sentence",
    [
        ("", 1, "The file has no headings. The first row must name the columns."),
        (
            'a,b\n"never closed,1\n',
            None,
            "This is not a CSV file (unexpected end of data). Look for a quotation mark that is never closed.",
        ),
    ],
)
def test_a_file_that_is_no_table_says_so(
    facts_app: Flask, tmp_path: Path, content: str, row: int | None, sentence: str
) -> None:
    path = tmp_path / "localities.csv"
    path.write_text(content)
    assert problems(path) == [("localities.csv", row, None, sentence)]


def test_a_file_of_an_unknown_name_is_an_error(facts_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "organizations.csv"
    path.write_text("a\n1\n")
    assert problems(path) == [
        ("organizations.csv", None, None, f"No table has this name. Name the file for its table: {', '.join(sorted(TABLES))}.")
    ]


def test_a_spreadsheet_file_is_asked_for_as_csv(facts_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "awards.xlsx"
    path.write_bytes(b"PK")
    assert problems(path) == [
        ("awards.xlsx", None, None, "Only CSV files can be loaded. In a spreadsheet, save it as ‘CSV UTF-8’.")
    ]


def test_a_file_that_is_not_there_and_two_of_one_table_are_errors(facts_app: Flask, write: Write, tmp_path: Path) -> None:
    path = write("localities", {})
    twin = tmp_path / "localities.csv"
    twin.write_bytes(path.read_bytes())
    assert problems(path, twin, tmp_path / "gone.csv") == [
        ("gone.csv", None, None, "There is no such file or directory."),
        ("localities.csv", None, None, "There are two files for this table. Import one of them."),
    ]


def test_missing_unknown_blank_and_repeated_columns_are_named_all_at_once(facts_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "localities.csv"
    path.write_text("locality_slug,partnership_slug,Name,kind,kind,,parent_locality_slug,top_issue,hotspot_for,targeting\n")
    file = "localities.csv"
    assert problems(path) == [
        (file, None, "name", "This column is missing."),
        (file, None, "basis", "This column is missing. Add it; its cells may be blank."),
        (file, None, "note", "This column is missing. Add it; its cells may be blank."),
        (file, None, "source", "This column is missing. Add it; its cells may be blank."),
        (file, None, "source_line", "This column is missing. Add it; its cells may be blank."),
        (file, None, "Name", "This column is not known. Correct its heading, or remove it."),
        (file, 1, None, "The heading of column 6 is blank. Name it or remove it."),
        (file, 1, "kind", "Two columns have this heading. Remove one."),
    ]


def test_a_ragged_row_is_named_by_its_row(facts_app: Flask, write: Write) -> None:
    path = write("localities", {}, {})
    path.write_text(path.read_text() + "\n" + "new3,safer_stockport_partnership,North, or South,area,,,,,stated,,,1\n")
    [(file, row, column, sentence)] = problems(path)
    assert (file, row, column) == ("localities.csv", 5, None)
    assert sentence == (
        "There are 13 cells where the headings name 12. A cell with a comma in it needs quotation marks round it."
    )


# -- cells ---------------------------------------------------------------------------------------------------------------

CELLS = [
    ("localities", "name", "", "This is blank. Fill it in."),
    ("localities", "locality_slug", "", "This is blank. Fill it in."),
    (
        "localities",
        "locality_slug",
        "North Reddish",
        "‘North Reddish’ is not a reference. Use small letters, figures and underscores.",
    ),
    ("localities", "name", "Nor\x00th", "This holds a character that cannot be kept. Type it again."),
    ("localities", "basis", "guessed", "‘guessed’ must be one of: stated, part_inferred, inferred, derived."),
    ("localities", "source_line", "twelve", "‘twelve’ is not a whole number. Write it in figures."),
    ("strategies", "start_date", "01/04/2005", "‘01/04/2005’ is not a date. Write it like 2020-04-01."),
    ("strategies", "start_date", "2005-02-30", "‘2005-02-30’ is not a date. Write it like 2020-04-01."),
    ("strategies", "end_date", "2004-03-31", "This is before 2005-04-01. Correct one of the two."),
    ("strategies", "tier", "local", "‘local’ must be one of: local_partnership, regional, national."),
    ("priorities", "sort_order", "-1", "‘-1’ is not a whole number. Write it in figures."),
    ("partner_organisations", "is_voluntary_sector", "Y", "‘Y’ must be yes or no."),
    ("indicators", "baseline_value", "1,890", "‘1,890’ is not a number. Write it in figures, like 12 or 0.6667."),
    ("indicators", "baseline_value", "1e3", "‘1e3’ is not a number. Write it in figures, like 12 or 0.6667."),
    ("indicators", "baseline_value", "NaN", "‘NaN’ is not a number. Write it in figures, like 12 or 0.6667."),
    ("indicators", "target_change_pct", "-130", "‘-130’ falls by more than 100 per cent, which nothing can."),
    ("indicators", "direction", "sideways", "‘sideways’ must be one of: up, down, monitor."),
    ("observations", "is_comparator", "", "This is blank. Fill it in."),
    ("observations", "period_end", "", "Give both days of the period, or neither."),
]


@pytest.mark.parametrize("table, column, cell, sentence", CELLS)
def test_a_bad_cell_says_what_to_write(
    facts_app: Flask, write: Write, table: str, column: str, cell: str, sentence: str
) -> None:
    assert problems(write(table, {column: cell})) == [(f"{table}.csv", 2, column, sentence)]


@pytest.mark.parametrize(
    "cell, sentence",
    [
        ("-100.00", "‘-100.00’ is less than nought. An amount cannot be."),
        ("100.005", "‘100.005’ has a fraction of a penny. Write whole pence, like 1250.50."),
        ("about 100", "‘about 100’ is not an amount of money. Write it like 1250.50."),
        ("1e5", "‘1e5’ is not an amount of money. Write it like 1250.50."),
        ("99999999999999999999", "‘99999999999999999999’ is not an amount of money. Write it like 1250.50."),
    ],
)
def test_bad_money_says_what_to_write(facts_app: Flask, write: Write, cell: str, sentence: str) -> None:
    path = write("awards", {"amount_gbp": cell, "amount_status": "stated"})
    assert problems(path) == [("awards.csv", 2, "amount_gbp", sentence)]


def test_a_cell_that_looks_like_a_formula_is_only_text(facts_app: Flask, write: Write) -> None:
    path = write("partner_organisations", {"name": "=HYPERLINK(A1)", "name_as_in_seed": "+1; @SUM(A1)"})
    assert problems(path) == []
    imports.load(path, by=an_administrator())
    kept = db.session.scalar(select(Organisation).where(Organisation.ref == "new"))
    assert kept is not None
    assert (kept.name, kept.other_names) == ("=HYPERLINK(A1)", ["+1", "@SUM(A1)"])


# -- rows together -------------------------------------------------------------------------------------------------------


def test_a_key_given_twice_names_the_row_before(facts_app: Flask, write: Write) -> None:
    path = write("localities", {}, {"locality_slug": "other"}, {"locality_slug": "new"})
    assert problems(path) == [
        ("localities.csv", 4, "locality_slug", "This is the same as row 2. Remove one, or correct its key.")
    ]


def test_two_links_that_say_the_same_are_one_too_many(facts_app: Flask, write: Write) -> None:
    path = write("priority_links", {"link_type": "delivers"}, {"link_type": "delivers"})
    assert problems(path) == [("priority_links.csv", 3, None, "This is the same as row 2. Remove one, or correct its key.")]


MISSING = "There is no ‘nowhere’ in {}.csv, here or in the database. Correct it, or add the row."


@pytest.mark.parametrize(
    "table, column, refers",
    [(t.name, c.name, c.refers) for t in TABLES.values() for c in t.columns if c.refers],
)
def test_every_reference_must_lead_somewhere(facts_app: Flask, write: Write, table: str, column: str, refers: str) -> None:
    changes = {column: "nowhere"} | ({"priority_basis": "stated"} if table == "awards" else {})
    assert (f"{table}.csv", 2, column, MISSING.format(refers)) in problems(write(table, changes))


def test_a_reference_may_lead_to_another_row_of_the_same_set(facts_app: Flask, write: Write) -> None:
    organisations = write("partner_organisations", {"organisation_slug": "a_new_body"})
    partnerships = write("partnerships", {"accountable_body": "a_new_body", "parent_partnership_slug": "new2"}, {})
    assert problems(organisations, partnerships) == []


CIRCLE = "Following this upwards leads back to this same row. Break the circle."


@pytest.mark.parametrize(
    "table, column",
    [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.tree],
)
def test_nothing_is_its_own_parent_nor_its_parents_parent(facts_app: Flask, write: Write, table: str, column: str) -> None:
    path = write(table, {column: "new"}, {column: "new3"}, {column: "new2"}, {column: ""})
    assert problems(path) == [(f"{table}.csv", row, column, CIRCLE) for row in (2, 3, 4)]


def test_a_priority_stays_in_its_parents_strategy_and_version(facts_app: Flask, write: Write) -> None:
    path = write(
        "priorities",
        {"parent_priority_slug": "ssp_public_safety"},
        {"parent_priority_slug": "new3", "strategy_slug": "ssp_plan_2018_21", "version": "2021"},
        {"strategy_slug": "ssp_plan_2018_21", "version": "2019-10"},
    )
    assert problems(path) == [
        (
            "priorities.csv",
            2,
            "parent_priority_slug",
            "‘ssp_public_safety’ is of another strategy. Choose a parent of the same one.",
        ),
        (
            "priorities.csv",
            2,
            "parent_priority_slug",
            "‘ssp_public_safety’ is of another version. Choose a parent of the same one.",
        ),
        ("priorities.csv", 3, "parent_priority_slug", "‘new3’ is of another version. Choose a parent of the same one."),
    ]


def test_a_locality_stays_in_its_parents_partnership(facts_app: Flask, write: Write) -> None:
    path = write("localities", {"partnership_slug": "safer_stockton_partnership", "parent_locality_slug": "stockport"})
    assert problems(path) == [
        ("localities.csv", 2, "parent_locality_slug", "‘stockport’ is of another partnership. Choose a parent of the same one.")
    ]


def test_a_priority_named_beside_a_strategy_is_one_of_its_own(facts_app: Flask, write: Write) -> None:
    link = write("priority_links", {"from_priority_slug": "ssp_public_safety"})
    assert problems(link) == [
        (
            "priority_links.csv",
            2,
            "from_priority_slug",
            "This priority belongs to ‘ssp_plan_2018_21’. Name that strategy, or another priority.",
        )
    ]


def test_a_link_joins_two_different_things(facts_app: Flask, write: Write) -> None:
    path = write("priority_links", {"to_strategy_slug": "sk_cdd_reduction_strategy_2005_08", "to_priority_slug": ""})
    assert problems(path) == [("priority_links.csv", 2, "to_strategy_slug", "This links a thing to itself. Correct one end.")]


def test_figures_are_there_exactly_when_their_status_says_so(facts_app: Flask, write: Write) -> None:
    awards = write(
        "awards",
        {"amount_gbp": "", "amount_status": "stated"},
        {"amount_gbp": "0.00", "amount_status": "not_stated"},
        {"priority_slug": "ssp_crime", "priority_basis": "none"},
    )
    blank = "This is blank, but {0} is ‘{1}’. Fill it in, or correct {0}."
    filled = "This is filled in, but {0} is ‘{1}’. Clear it, or correct {0}."
    assert problems(awards) == [
        ("awards.csv", 2, "amount_gbp", blank.format("amount_status", "stated")),
        ("awards.csv", 3, "amount_gbp", filled.format("amount_status", "not_stated")),
        ("awards.csv", 4, "priority_slug", filled.format("priority_basis", "none")),
    ]


def test_a_reading_in_words_has_no_value_and_a_percentage_is_from_0_to_100(facts_app: Flask, write: Write) -> None:
    path = write("observations", {"qualifier": "qualitative"}, {"unit": "percent", "value": "100.1"}, {"value": ""})
    assert problems(path) == [
        (
            "observations.csv",
            2,
            "value",
            "This is filled in, but qualifier is ‘qualitative’. Clear it, or correct qualifier.",
        ),
        ("observations.csv", 3, "value", "A percentage is from 0 to 100. Correct it, or its unit."),
        ("observations.csv", 4, "value", "This is blank, but qualifier is ‘exact’. Fill it in, or correct qualifier."),
    ]


def test_a_printed_target_agrees_with_its_indicator(facts_app: Flask, write: Write) -> None:
    path = write("psa1_targets", {"indicator_slug": "psa1_theft_of_cycle", "crime_category": "Theft of cycle", "row": "12"})
    assert problems(path) == [
        ("psa1_targets.csv", 2, column, f"The indicator's {other} is {said}. Correct one of the two.")
        for column, other, said in (
            ("baseline_2003_04", "baseline_value", 422),
            ("target_reduction_pct", "target_change_pct", -10),
            ("target_level_stated", "target_value", 380),
        )
    ]


def test_a_role_is_held_by_somebody(facts_app: Flask, write: Write) -> None:
    path = write("partner_memberships", {"organisation_slug": "", "post": "", "representative": ""})
    assert problems(path)[0] == (
        "partner_memberships.csv",
        2,
        "organisation_slug",
        "Say who holds the role: an organisation, a post, or a category of people in the column post.",
    )


def test_a_lead_that_may_be_a_persons_name_is_refused(facts_app: Flask, write: Write) -> None:
    path = write(
        "priorities", {"lead": "Alex Example, Area Manager"}, {"lead": "Superintendent, GMP"}, {"lead": "Offenders Group"}
    )
    [(file, row, column, sentence)] = problems(path)
    assert (file, row, column) == ("priorities.csv", 2, "lead")
    assert sentence.startswith("This may hold a person's name, which is not kept. Write the post only")


# -- streams -------------------------------------------------------------------------------------------------------------


def test_a_streams_year_slug_and_days_agree(facts_app: Flask, write: Write) -> None:
    path = write(
        "funding_streams",
        {"stream_slug": "new_fund_2021_22"},
        {"stream_slug": "other_fund", "fiscal_year": "2020/22"},
        like="vcs_grant_2020_21",
    )
    assert problems(path) == [
        ("funding_streams.csv", 2, "fiscal_year", "The slug ends in 2021/22. Write that year here, or correct the slug."),
        ("funding_streams.csv", 3, "fiscal_year", "‘2020/22’ is not a financial year. Write it like 2020/21."),
    ]


def test_a_stream_without_a_year_has_nothing_a_pot_would_have(facts_app: Flask, write: Write) -> None:
    path = write("funding_streams", {"stream_slug": "new_fund", "fiscal_year": ""}, like="vcs_grant_2020_21")
    only = "Only a stream with a year has this. Fill in fiscal_year, or clear this."
    assert problems(path) == [
        ("funding_streams.csv", 2, column, only) for column in ("start_date", "end_date", "allocation_gbp", "distributor_slug")
    ]


def test_rows_of_one_stream_agree_and_are_different_years(facts_app: Flask, write: Write) -> None:
    later = {"fiscal_year": "2021/22", "start_date": "", "end_date": ""}
    path = write(
        "funding_streams",
        {"stream_slug": "new_fund_2020_21"},
        later | {"stream_slug": "new_fund_2021_22", "name": "Another name"},
        later | {"stream_slug": "new_fund"},
        like="vcs_grant_2020_21",
    )
    assert problems(path) == [
        ("funding_streams.csv", 3, "name", "Row 2 is the same stream in another year and says otherwise. Make the two agree."),
        (
            "funding_streams.csv",
            4,
            "fiscal_year",
            "Row 3 is the same stream in the same year. One stream has one pot in a year.",
        ),
    ]


def test_a_new_year_of_a_stream_that_is_there_makes_only_a_pot(facts_app: Flask, write: Write) -> None:
    path = write(
        "funding_streams",
        {"stream_slug": "vcs_grant_2021_22", "fiscal_year": "2021/22", "start_date": "", "end_date": "", "note": "Next year"},
        like="vcs_grant_2020_21",
    )
    assert problems(path) == []
    imports.load(path, by=an_administrator())
    pot = streams.pot("VCS-2021")
    assert (pot.stream.ref, pot.slug, str(pot.allocation), str(pot.starts_on)) == (
        "vcs_grant",
        "vcs_grant_2021_22",
        "£100,000.00",
        "2021-04-01",
    )


def test_components_belong_to_a_stream_with_a_year(facts_app: Flask, write: Write) -> None:
    path = write("stream_components", {"stream_slug": "srb_stockport"})
    assert problems(path) == [
        ("stream_components.csv", 2, "stream_slug", "This stream has no year, so it has no components. Name one with a year.")
    ]


def test_a_grant_that_no_page_would_show_is_refused(facts_app: Flask, write: Write) -> None:
    path = write(
        "awards",
        {"stream_slug": "", "priority_slug": "", "priority_basis": "none"},
        {"stream_slug": "", "priority_slug": "ecm_stay_safe"},
        like="stoke_isva",
    )
    first = problems(path)[0]
    assert first == (
        "awards.csv",
        2,
        "stream_slug",
        "Name the stream, or a priority of a strategy that a partnership owns, so that it can be found.",
    )


# -- what is there -------------------------------------------------------------------------------------------------------


def test_facts_are_never_overwritten(facts_app: Flask, write: Write) -> None:
    path = write(
        "funding_streams",
        {"stream_slug": "hate_crime_fund_2020_21", "allocation_gbp": "10000.01", "ring_fence": "", "status": "planned"},
        like="hate_crime_fund_2020_21",
    )
    says = "This row is already here and says ‘{}’. Facts are not overwritten: make the cell the same, or leave the row out."
    assert problems(path) == [
        ("funding_streams.csv", 2, "ring_fence", says.format("hate crime")),
        ("funding_streams.csv", 2, "allocation_gbp", says.format("10000.00")),
        ("funding_streams.csv", 2, "status", says.format("awarded")),
    ]


def test_everything_that_is_wrong_in_a_set_is_said_at_once(facts_app: Flask, write: Write) -> None:
    first = write("localities", {"name": "", "kind": "", "partnership_slug": "nowhere"})
    second = write("awards", {"amount_gbp": "-1"}, {"recipient_type": "?"})
    assert [problem[:3] for problem in problems(first, second)] == [
        ("awards.csv", 2, "amount_gbp"),
        ("awards.csv", 3, "recipient_type"),
        ("localities.csv", 2, "name"),
        ("localities.csv", 2, "kind"),
        ("localities.csv", 2, "partnership_slug"),
    ]


def test_a_problem_reads_as_a_sentence_with_its_place() -> None:
    assert str(Problem("awards.csv", 5, "amount_gbp", "This is blank. Fill it in.")) == (
        "awards.csv, row 5, column amount_gbp: This is blank. Fill it in."
    )


def test_gathering_reads_files_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "localities.csv").write_text("locality_slug\nnorth\n")
    assert [row.values["locality_slug"] for row in gather(tmp_path).rows("localities")] == ["north"]


@pytest.mark.parametrize(
    "period, days",
    [
        ("2005", ("2005-01-01", "2005-12-31")),
        ("2007-12-04", ("2007-12-04", "2007-12-04")),
        ("2020/21", ("2020-04-01", "2021-03-31")),
        ("2017-20", ("2017-01-01", "2020-12-31")),
        ("2020-17", ("None", "None")),
        ("2007-13-40", ("None", "None")),
        ("spring", ("None", "None")),
        (None, ("None", "None")),
    ],
)
def test_a_role_is_dated_by_the_days_its_source_speaks_of(period: str | None, days: tuple[str, str]) -> None:
    assert tuple(map(str, days_of(period))) == days
