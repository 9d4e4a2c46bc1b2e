"""The pound's path: from £1 picked at random on the position, following links only, to a resolution, an agreement, a payment
and a report where that kind of money has them, and back; for every kind of money there is."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from grants.figures import queries
from grants.figures.columns import COLUMNS
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger.models import Transfer
from grants.people.models import Duty
from grants.streams.models import Pot
from tests.builders.people import a_person
from tests.client import Browser
from tests.reading import Page

YEARS = ("2026/27",)
HAS = {  # the kind of money -> the steps that its path must have
    "held": {"Given by", "Resolution"},
    "passported": {"Given by", "Resolution", "Agreement"},
    "offered": {"Given by", "Resolution", "Agreement"},
    "committed": {"Given by", "Resolution", "Agreement"},
    "due": {"Given by", "Resolution", "Agreement", "Payment"},
    "paid": {"Given by", "Resolution", "Agreement", "Payment"},
    "accounted_for": {"Given by", "Resolution", "Agreement", "Payment", "Report"},
    "owed_back": {"Given by", "Resolution", "Agreement", "Payment"},
    "written_off": {"Given by", "Resolution", "Agreement", "Payment"},
}


def figures(page: Page) -> Iterator[tuple[str, str, str]]:
    """(pot, column, address) of every figure a position links to."""
    for link in page.links:
        parts = urlsplit(link.href).path.split("/")
        if len(parts) == 4 and parts[1] == "position" and parts[2] != "priorities":
            yield parts[2], parts[3], link.href


def pick(page: Page, chance: random.Random) -> tuple[str, str] | None:
    """£1 of a figure: whose it is, and where its path is told. The larger an owner's part, the likelier it is picked."""
    table = next((t for t in page.tables() if t.caption == "Whose it is"), None)
    if table is None:
        return None
    links = {link.text.removeprefix("Follow it").strip(): link.href for link in page.links if link.text.startswith("Follow it")}
    weights = [abs(Money.pounds(row[1]).pence) for row in table.rows]
    (row,) = chance.choices(table.rows, weights)
    return row[0], links[row[0]]


def steps(page: Page) -> Mapping[str, int]:
    """How many steps of each kind a path has."""
    table = next(t for t in page.tables() if t.caption == "The way of this money")
    return {row[0]: sum(other[0] == row[0] for other in table.rows) for row in table.rows}


@pytest.mark.parametrize("seed", [1, 2])
def test_any_pound_on_the_position_is_followed_to_its_papers_and_back(demo_app: Flask, seed: int) -> None:
    browser, chance = Browser(demo_app).sign_in(a_person(Duty.FINANCE_OFFICER)), random.Random(seed)
    walked: set[str] = set()
    for label in YEARS:
        position = browser.visit(f"/position?year={label}&every=1")
        for pot, column, address in list(figures(position)):
            found = pick(browser.visit(address), chance)
            if found is None:
                continue
            _whose, href = found
            page = browser.visit(href)
            assert HAS.get(column, {"Given by"}) <= set(steps(page)), (pot, column, href)
            links = [link.href for link in page.links]
            for link in links:  # every step leads to a page
                if urlsplit(link).path.startswith(("/path/", "/awards/", "/payments/", "/panels/", "/reports/", "/pots/")):
                    browser.visit(link)
            back = [link for link in links if urlsplit(link).path.startswith("/position/")]
            assert back, href
            assert any(urlsplit(link).path == f"/position/{pot}/{column}" for link in back) or column in (
                "accounted_for",
                "owed_back",
                "written_off",
            ), (pot, column, back)
            assert any(parse_qs(urlsplit(link).query).get("year") == [label] for link in links)
            walked.add(column)
    assert walked >= {c.key for c in COLUMNS if any(row.figures[c.key] for row in queries.position(2026).rows)}


def test_no_transfers_source_is_without_a_page(demo_app: Flask) -> None:
    browser = Browser(demo_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    for ref in db.session.scalars(select(Transfer.source_ref).group_by(Transfer.source_ref)).all():
        page = browser.visit(f"/path/{ref}")
        assert any(urlsplit(link.href).path.startswith("/position/") for link in page.links), ref
    for key in db.session.scalars(select(Transfer.batch_key).group_by(Transfer.batch_key)).all():
        assert f"You asked for the entry “{key}”" in browser.visit(f"/path/{key}").text
    for pot in db.session.scalars(select(Pot.ref).where(Pot.year == 2026)).all():
        for column in COLUMNS:
            page = browser.visit(f"/position/{pot}/{column.key}")
            table = next((t for t in page.tables() if t.caption == "Transfers, newest first"), None)
            shown = sum(link.text.startswith("Follow ") and not link.text.startswith("Follow it") for link in page.links)
            assert shown == (len(table.rows) if table else 0)
    browser.visit("/path/AWD-26-99999", expect=404)
    browser.visit("/path/nonsense", expect=404)
