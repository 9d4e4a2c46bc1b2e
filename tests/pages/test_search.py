"""The search box as people meet it: on every page, over everything they may open and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.errors import Busy
from grants.people.models import Duty
from grants.people.queries import by_email
from grants.search import commands
from grants.search.models import Entry, Kind
from grants.web.staff import search
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.client import Browser
from tests.reading import Page

Statements = Callable[[], AbstractContextManager[list[str]]]
STAFF = "grants@demo.example"


def somebody(app: Flask, email: str) -> Browser:
    person = by_email(email)
    assert person
    return Browser(app).sign_in(person)


def finds(page: Page) -> list[tuple[str, str]]:
    """What each line says it is, and its name."""
    return list(zip(page.all("p", class_="finds__kind"), page.all("h3", class_="finds__title"), strict=True))


def test_the_box_is_on_every_page_of_whoever_signed_in_and_of_nobody_else(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app)
    assert browser.visit("/").find("input", id="masthead-search") == []
    page = browser.sign_in(a_person()).visit("/home")
    assert [e.at["name"] for e in page.find("input", id="masthead-search")] == ["q"]
    assert "Search by name, title or reference" in page.all("label")


def test_a_name_finds_things_with_what_they_are_whose_and_where(demo_app: Flask) -> None:
    page = somebody(demo_app, STAFF).visit("/search?q=lantern")

    assert (page.h1, page.all("h2")[0]) == ("Search", "6 found")
    assert finds(page)[:2] == [
        ("Organisation demo_lantern", "Lantern Women's Support (fictional)"),
        ("Award AWD-26-00002", "Drop-in and court support for women"),
    ]
    assert ("Drop-in and court support for women", "/awards/AWD-26-00002") in page.links


@pytest.mark.parametrize("typed", ["AWD-26-00002", "awd-26-00002", "awd2600002", "+awd+26+00002+"])
def test_a_whole_reference_opens_what_it_names(demo_app: Flask, typed: str) -> None:
    browser = somebody(demo_app, STAFF)
    browser.visit(f"/search?q={typed}")
    assert browser.at == "/awards/AWD-26-00002"


def test_a_reference_of_something_hidden_is_nothing_found_not_a_missing_page(demo_app: Flask) -> None:
    page = somebody(demo_app, "bridge@demo.example").visit("/search?q=AWD-26-00002")
    assert page.all("h2")[0] == "Nothing found"
    assert "A reference can be typed with or without its dashes, like AWD-26-00001." in page.all("li")


def test_a_group_finds_its_own_things_on_its_own_pages(demo_app: Flask) -> None:
    browser = somebody(demo_app, "lantern@demo.example")
    page = browser.visit("/search?q=drop-in")
    assert [kind for kind, _title in finds(page)] == [
        "Award AWD-26-00002",
        "Application APP-26-00002",
        "Report RPT-26-00003",
        "Report RPT-26-00004",
    ]
    assert "/applications/APP-26-00002" in [url for _text, url in page.links]
    for _text, url in [link for link in page.links if link[0].startswith(("Drop-in", "Report"))]:
        browser.visit(url)


@pytest.mark.parametrize(
    "who", ["grants", "finance", "approver", "assessor.two", "chair", "theme", "auditor", "administrator", "lantern", "welcome"]
)
def test_everything_anybody_finds_in_the_demonstration_opens(demo_app: Flask, who: str) -> None:
    """The first of each kind that anything typed finds."""
    browser, opened = somebody(demo_app, f"{who}@demo.example"), set()
    for words in (
        "the",
        "safer",
        "an",
        "drop",
        "pay",
        "rpt",
        "app",
        "panel",
        "fictional",
        "vi",
        "st",
        "agr",
        "own",
        "spl",
        "bch",
    ):
        page = browser.visit(f"/search?q={words}")
        urls = [e.at["href"] for e in page.find("a") if e.inside("h3")]
        for (kind, _title), url in zip(finds(page), urls, strict=True):
            if (kind.rsplit(" ", 1)[0], url.split("/")[1]) not in opened:
                opened.add((kind.rsplit(" ", 1)[0], url.split("/")[1]))
                browser.visit(url)
    assert opened


def test_every_kind_has_a_page_and_a_name(sqlite_app: Flask) -> None:
    assert set(search.CALLED) == set(Kind)
    pages = {endpoint for both in search.PAGES.values() for endpoint in both if endpoint}
    assert pages - set(sqlite_app.view_functions) == set()


def test_many_finds_come_a_page_at_a_time(demo_app: Flask) -> None:
    browser = somebody(demo_app, STAFF)
    first = browser.visit("/search?q=safer").all("h2")[0]
    total = int(first.split()[0])
    pages = -(-total // 20)
    page = browser.visit("/search?q=safer&page=2")
    assert page.all("h2")[0] == f"{total} found Page 2 of {pages}"
    assert len(finds(page)) == 20
    assert finds(browser.visit("/search?q=safer&page=99")) == finds(browser.visit(f"/search?q=safer&page={pages}"))
    assert finds(browser.visit("/search?q=safer&page=x")) == finds(browser.visit("/search?q=safer"))


def test_what_cannot_be_looked_for_is_a_sentence_beside_the_box(sqlite_app: Flask) -> None:
    browser = Browser(sqlite_app).sign_in(a_person())
    page = browser.visit("/search?q=" + "x" * 201, expect=422)
    assert page.problems == ["What you look for must be 200 characters or fewer."]
    assert browser.visit("/search?q=*", expect=422).problems == ["Type at least 2 letters or numbers."]
    assert browser.visit("/search").problems == []


@pytest.mark.parametrize(
    "typed", ["%22*%22+NEAR(", "%3Cscript%3E", "%00ab", "%27%3B+DROP", "a%26b%7Cc", "%F0%9F%99%82%F0%9F%99%82ab"]
)
def test_hostile_words_are_words(sqlite_app: Flask, typed: str) -> None:
    Browser(sqlite_app).sign_in(a_person(Duty.AUDITOR)).visit(f"/search?q={typed}")


def test_what_a_form_changes_is_found_at_once(demo_app: Flask) -> None:
    browser = somebody(demo_app, "administrator@demo.example")
    browser.submit("/people/new", name="Zebedee Quick", email="zebedee@example.org")
    assert [title for _kind, title in finds(browser.visit("/search?q=zebedee"))] == ["Zebedee Quick"]


@pytest.mark.parametrize("trouble", [Busy(), RuntimeError("the index is broken")])
def test_a_form_goes_through_where_the_index_cannot_follow_and_the_next_run_does(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    browser = somebody(demo_app, "administrator@demo.example")

    def fail(most: int) -> int:
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr(commands, "catch_up", fail)
        logging.disable(logging.CRITICAL)
        try:
            browser.submit("/people/new", name="Zebedee Quick", email="zebedee@example.org")
        finally:
            logging.disable(logging.NOTSET)
    assert browser.visit("/search?q=zebedee").all("h2")[0] == "Nothing found"

    assert demo_app.test_cli_runner().invoke(args=["work"]).exit_code == 0

    assert [title for _kind, title in finds(browser.visit("/search?q=zebedee"))] == ["Zebedee Quick"]


def test_the_index_is_made_again_from_the_command_line(demo_app: Flask) -> None:
    before = len(db.session.scalars(select(Entry.id)).all())
    db.session.rollback()
    said = demo_app.test_cli_runner().invoke(args=["work", "--search-afresh"])
    assert f"The search index was made again: {before} entries." in said.output


def test_doctor_says_when_the_index_lags(sqlite_app: Flask) -> None:
    from datetime import timedelta

    from grants import doctor
    from grants.kernel import clock

    with clock.stopped(clock.now() - timedelta(hours=2)):
        an_organisation("Zebra")

    def says() -> tuple[bool, str]:
        return next((one.well, one.says) for one in doctor.examine() if one.what == "search")

    events = commands.behind().events
    assert says() == (False, f"{events} events are not in the search index. Run `flask work` every few minutes.")
    commands.catch_up()
    assert says() == (True, "the index follows what happens")


def test_as_many_statements_for_one_find_as_for_a_page_of_them(sqlite_app: Flask, statements: Statements) -> None:
    an_organisation("Yak")
    for number in range(3):
        an_organisation(f"Zebra {number}")
    browser = Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()))
    commands.catch_up()
    made = []
    for words in ("yak", "zebra"):
        browser.visit(f"/search?q={words}")
        with statements() as seen:
            browser.visit(f"/search?q={words}")
        made.append(len(seen))
    assert made[0] == made[1]
