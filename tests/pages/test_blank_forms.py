"""Anybody may take a round's blank form away, in every way the round's page offers."""

from __future__ import annotations

from io import BytesIO

import docx
import pypdf
from flask import Flask

from tests.builders.applications import a_place, a_planned_round, a_round
from tests.client import Browser


def test_every_form_that_the_rounds_page_offers_is_there_and_asks_what_the_round_asks(sqlite_app: Flask) -> None:
    round = a_round(title="Safer summers")
    a_place("Reddish", partnership=round.pot.stream.partnership)
    browser = Browser(sqlite_app)
    page = browser.visit(f"/rounds/{round.ref}")
    offered = [
        "To print (PDF)",
        "To print, in large print (PDF)",
        "To fill in on a computer (Word)",
        "To fill in on a computer, in large print (Word)",
    ]
    names = []
    for link in offered:
        answer = browser.client.get(page.link(link))
        names.append(answer.headers["Content-Disposition"].removeprefix("attachment; filename="))
        if answer.mimetype == "application/pdf":
            said = " ".join(one.extract_text() for one in pypdf.PdfReader(BytesIO(answer.data)).pages)
        else:
            said = " ".join(one.text for one in docx.Document(BytesIO(answer.data)).paragraphs)
        assert "Application form: Safer summers" in " ".join(said.split())
        assert "What will you do?" in said and "Reddish" in said
    assert names == [
        f'"{round.ref}-form.pdf"',
        f'"{round.ref}-form-large-print.pdf"',
        f'"{round.ref}-form.docx"',
        f'"{round.ref}-form-large-print.docx"',
    ]


def test_a_planned_rounds_form_is_nobodys_to_see_and_there_are_two_kinds_of_file(sqlite_app: Flask) -> None:
    client = Browser(sqlite_app).client
    assert client.get(f"/rounds/{a_planned_round().ref}/form.pdf").status_code == 404
    assert client.get(f"/rounds/{a_round().ref}/form.exe").status_code == 404
