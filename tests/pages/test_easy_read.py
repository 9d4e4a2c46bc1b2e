"""Easy Read: anybody turns it on for their browser; words are easier, questions come one by one, and answers stay the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from grants.questions.document import bank, check, standard
from grants.questions.easy import one_by_one, worded
from grants.web.easy_read import words
from tests.builders.applications import a_complete_draft, a_round
from tests.client import Browser

SOURCE = Path(__file__).parent.parent.parent / "grants"
NAMES = re.compile(r"%\((\w+)\)s")


def turned_on(browser: Browser, back: str = "/rounds") -> Any:
    """The browser, reading in Easy Read, and the page it went back to."""
    return browser.submit(f"/easy-read?back={back}", button="Turn on Easy Read")


def test_a_group_turns_it_on_where_it_reads_and_off_again(sqlite_app: Flask) -> None:
    round = a_round()
    browser = Browser(sqlite_app)
    page = browser.visit(f"/rounds/{round.ref}")
    assert "easy" not in page.attributes("html")[0].get("class", "").split()
    assert "Who will benefit, and about how many people?" in page.text

    page = browser.submit(page.link("Show this in Easy Read"), button="Turn on Easy Read")

    assert page.h1 == round.title
    assert "easy" in page.attributes("html")[0]["class"].split()
    assert "Who is it for?" in page.text and "Who will benefit, and about how many people?" not in page.text
    assert "How we decide" in page.all("h2") and "How we choose" not in page.text

    page = browser.submit(page.link("Turn off Easy Read"), button="Turn off Easy Read")
    assert "How we choose" in page.all("h2")
    assert "easy" not in page.attributes("html")[0].get("class", "").split()


def test_a_draft_is_asked_one_question_to_a_page_and_keeps_every_answer(sqlite_app: Flask) -> None:
    draft = a_complete_draft(round=a_round())
    browser = Browser(sqlite_app).sign_in(draft.started_by)
    turned_on(browser)
    page = browser.visit(f"/applications/{draft.ref}")
    links = [link.text for link in page.links if "/questions/" in link.href]
    assert links == [
        "What you will do", "Who will benefit", "Kind of activity", "How you know it is needed", "How it helps your aim",
        "How you will keep people safe", "How you will know it worked",
    ]  # fmt: skip

    page = browser.visit(page.link("Who will benefit"))
    assert page.h1 == "Who will benefit" and page.all("label")[1:] == ["Who is it for?"]
    page = browser.fill(button="Save and continue", people="Forty children")
    assert page.h1 == "Kind of activity"

    page = browser.visit(f"/applications/{draft.ref}/check")
    assert "Forty children" in page.text and "free football session" in page.text
    assert page.problems == []


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "rounds", "/a\nb", ""]
)
def test_it_goes_back_only_to_pages_of_ours(sqlite_app: Flask, back: str) -> None:
    browser = Browser(sqlite_app)
    answer = browser.post("/easy-read", {"back": back, "easy": "on"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def sentences(*where: str) -> dict[str, str]:
    """Every sentence that the product says there, and the file that says it."""
    found: dict[str, str] = {}
    for path in (one for place in where for one in [SOURCE / place, *(SOURCE / place).rglob("*.*")]):
        if path.suffix == ".html":
            said = re.findall(r"_\(\s*\"((?:[^\"\\]|\\.)*)\"", path.read_text("utf-8"))
        elif path.suffix == ".py":
            calls = [one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Call)]
            marked = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id in ("_", "mark", "many")]
            said = [one.value for call in marked for one in call.args if isinstance(one, ast.Constant)]
        else:
            continue
        found |= {one.replace("%%", "%"): str(path.relative_to(SOURCE)) for one in said if isinstance(one, str)}
    return found


def longest(sentence: str) -> int:
    """The words of the longest part between stops."""
    return max(len(one.split()) for one in re.split(r"[.?:] ", NAMES.sub("it", sentence)))


ROOMS = ("files", "places", "people", "questions", "rounds", "applications")
GROUPS_READ = (
    *(f"templates/{one}" for one in ("after", "alerts", "applications", "documents", "easy_read", "errors", "find", "groups",
                                     "home", "hosting", "my_awards", "public", "rounds", "sign_in", "track")),
    "web/group", "web/public", "web/fields.py", "web/uploads.py", "files", "places/postcodes.py", "people/entry.py",
    "people/hosting.py", "questions/outcomes.py", "rounds/eligibility.py",
)  # fmt: skip
LAW = ("Contains Ordnance Survey data", "Source: Office for National Statistics", "Pages are built with the GOV.UK",
       "Staff see the ward")  # fmt: skip


def test_every_easy_sentence_stands_for_one_on_a_page_and_is_short() -> None:
    said = sentences("templates", "web", *ROOMS)
    assert [one for one in words() if one not in said] == []
    for one, instead in words().items():
        assert set(NAMES.findall(one)) >= set(NAMES.findall(instead)), one
        assert longest(instead) <= 15, one


def test_no_long_sentence_of_a_groups_pages_is_without_easy_words() -> None:
    long = {one: where for one, where in sentences(*GROUPS_READ).items() if longest(one) > 14 and not one.startswith(LAW)}
    assert {one: where for one, where in long.items() if one not in words()} == {}


def test_a_set_in_easy_words_forgets_what_was_worked_out_of_the_first() -> None:
    first = check(standard())
    assert [page.key for page in first.pages] == ["our-project", "project", "need", "running", "our-costs"]
    easy = one_by_one(worded(first))
    assert [page.key for page in easy.pages] == [
        "our-project", "project", "project-people", "project-kind", "need", "need-fit", "running", "running-worked",
        "our-costs",
    ]  # fmt: skip
    assert easy.pages[2].questions[0].label == "Who is it for?"
    assert [one.key for one in easy.declarations] == ["declaration"]
    assert first.pages[1].questions[1].label == "Who will benefit, and about how many people?"


def test_every_standard_question_has_easy_words_of_its_own() -> None:
    assert check(standard()).silent("en-easy") == []
    assert [one.key for one in bank() if "en-easy" not in one.wording] == []
