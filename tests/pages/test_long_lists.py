"""Lists that may be of any length: a page at a time, each thing once, nothing read that is not shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select

from grants.awards import queries
from grants.awards.models import Award, Gate
from grants.kernel.db import db
from grants.payments import queries as payments
from grants.people.models import Duty
from grants.people.queries import by_email
from grants.web.staff import home
from tests.builders.payments import an_agreement, staff_of
from tests.client import Browser
from tests.reading import Page

OFFICER = "grants@demo.example"


@pytest.fixture
def officer(demo_app: Flask) -> Browser:
    person = by_email(OFFICER)
    assert person
    return Browser(demo_app).sign_in(person)


def shown(page: Page, refs: list[str]) -> list[str]:
    return [ref for ref in refs if ref in page.text]


def test_awards_are_shown_a_page_at_a_time_each_once_newest_first(officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    every = list(db.session.scalars(select(Award.ref).order_by(Award.id.desc())))
    assert len(every) > 4
    found, path = list[str](), "/awards"
    while path:
        page = officer.visit(path)
        assert ("Newest awards" in page.text) == (path != "/awards")
        here = shown(page, every)
        assert 1 <= len(here) <= 2
        found += here
        path = f"/awards?after={here[-1]}" if "Older awards" in page.text else ""
    assert found == every


def test_a_page_of_awards_after_one_that_is_not_there_is_not_found(officer: Browser) -> None:
    officer.visit("/awards?after=AWD-99-99999", expect=404)


def test_a_page_of_awards_reads_no_more_rows_than_it_shows(
    officer: Browser, monkeypatch: pytest.MonkeyPatch, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    person = by_email(OFFICER)
    assert person
    for size in (1, 3):
        monkeypatch.setattr(queries, "PAGE", size)
        with statements() as made:
            listed = queries.listed(person)
        assert (len(listed.rows), len(made)) == (size, 1)
        assert "LIMIT" in made[0]


def test_home_shows_the_oldest_things_and_says_how_many_more_there_are(
    officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = by_email(OFFICER)
    assert person
    every = home.waiting(person)
    monkeypatch.setattr(home, "ROOMS", [*home.ROOMS, *home.ROOMS])  # twice as much
    assert len(every) > 1
    monkeypatch.setattr(home, "MOST", 1)
    page = officer.visit("/home")
    assert every[0].ref in page.text
    assert f"{2 * len(every) - 1} more things wait." in page.text


def test_payments_to_raise_are_shown_as_far_as_a_page_goes_and_it_says_that_there_are_more(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = an_agreement("1000", "1000", gates=[Gate.ACCEPTED, Gate.ACCEPTED])
    browser = Browser(sqlite_app).sign_in(staff_of(award, Duty.FINANCE_OFFICER))
    assert "due first" not in browser.visit("/payments").text
    monkeypatch.setattr(payments, "SHOWN", 1)
    page = browser.visit("/payments")
    assert "These are the 1 that are due first." in page.text
    assert [link for link in page.html.split('"') if link.startswith("/payments/raise/")] == [
        f"/payments/raise/{award.instalments[0].ref}"
    ]
