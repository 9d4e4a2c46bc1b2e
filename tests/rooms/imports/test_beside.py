"""What stands beside the money, badly written: every fault by row and column, and nothing is loaded."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.imports import commands as imports
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.streams.models import BudgetLine, Pot
from tests.builders.people import an_administrator
from tests.facts import FACTS

BUDGET, AWARDS = "partner_contributions_and_budget_lines", "awards"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """The packaged facts with some cells of one table changed: `changed(table, {(slug, column): cell})`."""

    def change(table: str, cells: dict[tuple[str, str], str]) -> Path:
        place = tmp_path / "facts"
        shutil.copytree(FACTS, place, dirs_exist_ok=True)
        path = place / f"{table}.csv"
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        for (slug, column), cell in cells.items():
            next(row for row in rows if slug in row.values())[column] = cell
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return place

    return change


def test_a_voluntary_only_stream_is_not_said_to_have_paid_anybody_else(sqlite_app: Flask, changed: Callable[..., Path]) -> None:
    """R03: by the kind of recipient the row states, or by the organisation it names."""
    rows = list(csv.DictReader((FACTS / "awards.csv").open(encoding="utf-8")))
    first, second = [row["award_slug"] for row in rows if row["stream_slug"] == "vcs_grant_2020_21"][:2]
    place = changed(AWARDS, {(first, "recipient_type"): "statutory", (second, "recipient_slug"): "greater_manchester_police"})
    said = "This stream is only for voluntary and community organisations. Correct the recipient, or the stream."
    assert [(p.column, p.sentence) for p in imports.check(place).problems] == [
        ("recipient_type", said),
        ("recipient_slug", said),
    ]
    with pytest.raises(RuleBroken):
        imports.load(place, by=an_administrator())
    assert db.session.scalar(select(func.count()).select_from(Pot)) == 0


def test_everything_wrong_with_a_shared_budget_is_named_by_row_and_column(
    sqlite_app: Flask, changed: Callable[..., Path]
) -> None:
    place = changed(
        BUDGET,
        {
            ("st_partner_payments_shared_budget", "amount_status"): "stated",
            ("st_audit_magazine_contributions", "partnership_slug"): "safer_stockport_partnership",
            ("st_expenditure", "line_type"): "balance",
            ("st_balance_use_proposed", "minute_number"): "1/07",
            ("st_balance_use_agreed", "amount_gbp"): "1178.01",
            ("st_laa_money_excluded", "line_type"): "outgoing",
        },
    )
    assert [(p.row, p.column, p.sentence) for p in imports.check(place).problems] == [
        (2, "amount_gbp", "This is blank, but amount_status is ‘stated’. Fill it in, or correct amount_status."),
        (3, "partnership_slug", "This stream is of ‘safer_stockton_partnership’. Correct one of the two."),
        (5, "line_type", "Row 4 states the balance of this stream."),
        (7, "line_type", "Nothing of this minute was proposed for the balance. Add its row, a proposed_use."),
        (7, "amount_gbp", "£1,178.01 is agreed in all, and the balance stated is none. Correct one of the two."),
        (
            8,
            "line_type",
            "‘outgoing’ must be one of: partner_contribution, expenditure, balance, proposed_use, agreed_use, exclusion.",
        ),
    ]
    assert db.session.scalar(select(func.count()).select_from(BudgetLine)) == 0


def test_a_balance_of_a_stream_without_a_year_has_no_book_to_be_in(sqlite_app: Flask, changed: Callable[..., Path]) -> None:
    place = changed(BUDGET, {("st_balance_remaining", "stream_slug"): "srb_stockport"})
    assert [(p.row, p.column) for p in imports.check(place).problems] == [
        (5, "partnership_slug"),
        (5, "stream_slug"),
        (7, "amount_gbp"),
    ]


def test_what_is_not_in_the_minutes_is_never_nought(facts_app: Flask) -> None:
    found = db.session.execute(
        select(BudgetLine.ref, BudgetLine.amount, BudgetLine.amount_status).order_by(BudgetLine.id)
    ).all()
    assert [row.ref for row in found if row.amount is None] == [
        row.ref for row in found if row.amount_status == "not_in_minutes"
    ]
    assert len([row for row in found if row.amount is None]) == 4
