"""Long papers keep their structure over pages, and no letter turns into an empty box."""

from __future__ import annotations

from io import BytesIO

import pypdf

from grants.papers.tagged import Paper, fonts, readable
from tests.rooms.papers.test_award_letter import tree


def test_what_runs_over_pages_stays_one_element_and_a_repeated_head_is_said_once():
    paper = Paper("Long", author="Us", subject="Length", foot="A foot")
    paper.heading("Long")
    paper.items(["Words " * 150] * 12, numbered=True)
    paper.table(["When", ("How much", "number")], [["1 April", "£1.00"]] * 90, [60, 60])
    file = pypdf.PdfReader(BytesIO(paper.bytes()))

    found = tree(file.trailer["/Root"]["/StructTreeRoot"]["/K"])

    assert len(file.pages) > 3
    assert [found.count((1, tag)) for tag in ("/H1", "/L", "/Table")] == [1, 1, 1]
    assert [found.count(line) for line in ((2, "/LI"), (2, "/TR"), (3, "/TH"), (3, "/TD"))] == [12, 91, 2, 180]
    assert file.trailer["/Root"]["/StructTreeRoot"]["/ParentTreeNextKey"] == len(file.pages)


def test_every_marked_sequence_is_closed_on_its_page():
    paper = Paper("Marks", author="Us", subject="Marks", foot="A foot")
    paper.heading("Marks")
    paper.text("Words " * 2000)
    for page in pypdf.PdfReader(BytesIO(paper.bytes())).pages:
        drawn = page.get_contents().get_data().decode("latin-1")
        assert drawn.count(" BDC") + drawn.count(" BMC") == drawn.count("EMC") > 1


def test_letters_the_font_lacks_are_written_as_the_nearest_it_has():
    fonts()
    assert readable("Tŷ Cŵn – £5 “to” café\u200b") == "Ty Cwn – £5 “to” café"
    assert readable("漢") == "?"
