"""The pound's path: from £1 picked at random on the position, following links only, to a resolution, an agreement, a payment
and a report where that kind of money has them, and back; for every kind of money there is."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import select

from grants.figures import queries
from grants.figures.columns import COLUMNS
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger.models import Transfer
from grants.people.models import Duty
from tests.builders.every_kind import everything
from tests.builders.people import a_person
from tests.client import Browser
from tests.reading import Page

STEPS = ("/path/", "/awards/", "/payments/", "/panels/", "/reports/", "/pots/", "/agreements/", "/changes/", "/own-spend/")
WITHIN = dict.fromkeys(("accounted_for", "owed_back", "written_off"), "paid")  # these are part of another figure
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


def walk(browser: Browser, label: str, chance: random.Random) -> set[str]:
    """Follow £1 of every figure of a year there and back. Answers the columns that were walked."""
    walked: set[str] = set()
    seen: set[str] = set()
    asked = list(figures(browser.visit(f"/position?year={label}&every=1")))
    chance.shuffle(asked)
    for pot, column, address in asked:  # in any order, one pot for each kind of money
        found = None if column in walked else pick(browser.visit(address), chance)
        if found is None:
            continue
        whose, href = found
        page = browser.visit(href)
        assert HAS.get(column, {"Given by"}) <= set(steps(page)), (pot, column, whose, href, steps(page))
        links = [link.href for link in page.links]
        for link in dict.fromkeys(links):  # every step leads to a page
            if urlsplit(link).path.startswith(STEPS) and link not in seen:
                browser.visit(link)
                seen.add(link)
        back = [urlsplit(link).path for link in links if urlsplit(link).path.startswith("/position/")]
        assert f"/position/{pot}/{WITHIN.get(column, column)}" in back, (pot, column, whose, back)
        assert any(parse_qs(urlsplit(link).query).get("year") == [label] for link in links)
        walked.add(column)
    return walked


def present(year: int) -> set[str]:
    """The columns in which a year has any money."""
    return {c.key for c in COLUMNS if any(row.figures[c.key] for row in queries.position(year).rows)}


def test_any_pound_on_the_demonstrations_position_is_followed_to_its_papers_and_back(demo_app: Flask) -> None:
    browser = Browser(demo_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    assert walk(browser, "2026/27", random.Random(2026)) == present(2026)


def test_any_pound_of_every_kind_of_money_is_followed_to_its_papers_and_back(sqlite_app: Flask) -> None:
    pots = everything()
    year = pots[0].year
    assert present(year) == {c.key for c in COLUMNS}
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    for seed in (1, 2):
        assert walk(browser, clock.year_label(year), random.Random(seed)) == {c.key for c in COLUMNS}
    every_source_and_batch_has_a_page(browser)


def every_source_and_batch_has_a_page(browser: Browser) -> None:
    """Each transfer's source and batch is told, and leads back to the position."""
    for ref in db.session.scalars(select(Transfer.source_ref).group_by(Transfer.source_ref)).all():
        page = browser.visit(f"/path/{ref}")
        assert any(urlsplit(link.href).path.startswith("/position/") for link in page.links), ref
    for key in db.session.scalars(select(Transfer.batch_key).group_by(Transfer.batch_key)).all():
        page = browser.visit(f"/path/{key}")
        assert f"You asked for the entry “{key}”" in page.text
        assert next(t for t in page.tables() if t.caption == "Its transfers").rows


def test_no_transfer_of_the_demonstration_is_without_a_page(demo_app: Flask) -> None:
    browser = Browser(demo_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    every_source_and_batch_has_a_page(browser)
    page = browser.visit("/position/VCS-2026/committed")
    table = next(t for t in page.tables() if t.caption == "Transfers, newest first")
    followed = [link for link in page.links if link.text.startswith("Follow ") and not link.text.startswith("Follow it")]
    assert len(followed) == len(table.rows)
    browser.visit("/path/AWD-26-99999", expect=404)
    browser.visit("/path/nonsense", expect=404)
