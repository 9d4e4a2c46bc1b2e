"""The award letter is opened and read: its words, its language, its structure and its fonts."""

from __future__ import annotations

from io import BytesIO

import pypdf
import pytest

from grants.awards import commands
from grants.papers import award_letter
from grants.papers.award_letter import day
from tests.builders.applications import priorities_of
from tests.builders.awards import a_decision, an_award, an_indicator, an_offer, signatory_of


def opened(award) -> pypdf.PdfReader:
    """The letter, as a reader opens it."""
    return pypdf.PdfReader(BytesIO(award_letter.draw(award)))


def words(file: pypdf.PdfReader) -> str:
    """All its text, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in file.pages).split())


def tree(node, depth=0):
    """The structure as (depth, tag), in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for kid in node for found in tree(kid, depth)]
    if not isinstance(node, dict) or "/S" not in node:
        return []
    return [(depth, node["/S"]), *tree(node.get("/K", []), depth + 1)]


@pytest.fixture
def offer(app):
    """An offer with two payments, two priorities, something outside the plan and a target."""
    decision = a_decision("1000.01")
    first, second = priorities_of(decision.panel.round)
    shares = [(first, 3333, None), (second, 3333, None), (None, 3334, "A share of the van")]
    targets = [(an_indicator(decision.panel.round), 1250)]
    return an_offer(decision=decision, shares=shares, targets=targets, purpose="Friday football & “hot” tea for <all>")


def test_the_offer_says_all_the_group_needs_to_know(offer):
    said = words(opened(offer))

    for expected in (
        "Fictional: this letter is part of a demonstration. No money is offered or paid.",
        offer.pot.stream.partnership.name,
        "Offer of a grant of £1,000.01",
        f"Reference {offer.ref}",
        f"We are pleased to offer {offer.organisation.name} a grant of £1,000.01 for “Project 1”.",
        "Friday football & “hot” tea for <all>",
        f"Your project runs from {day(offer.starts_on)} to {day(offer.ends_on)}.",
        f"1 {day(offer.instalments[0].due_on)} You accept this offer £500.01",
        f"2 {day(offer.instalments[1].due_on)} We accept your report £500.00",
        "Total £1,000.01",
        "1. Keep receipts for six years.",
        "Safer streets 33.33% £333.30",
        "Outside the plan: A share of the van 33.34% £333.41",
        "Young people taking part: 1,250 people",
        f"accepts or declines by {day(offer.answer_by)} at this address: http://localhost:5000/awards/{offer.ref}",
        f"Write to help@example.org and quote {offer.ref}.",
    ):
        assert expected in said


def test_a_screen_reader_is_told_language_title_and_structure(offer):
    file = opened(offer)
    catalog = file.trailer["/Root"]

    assert catalog["/Lang"] == "en-GB"
    assert catalog["/MarkInfo"]["/Marked"].value is True
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert file.metadata.title == f"Offer of a grant of £1,000.01, {offer.ref}"
    assert file.metadata.author == offer.pot.stream.partnership.name
    found = tree(catalog["/StructTreeRoot"]["/K"])
    headings = [tag for _depth, tag in found if tag in ("/H1", "/H2", "/H3")]
    assert headings == ["/H1", *["/H2"] * 6]
    assert [found.count(line) for line in ((1, "/Table"), (2, "/TR"), (3, "/TH"), (3, "/TD"))] == [2, 8, 7, 21]
    assert [found.count(line) for line in ((1, "/L"), (2, "/LI"), (3, "/LBody"))] == [2, 3, 3]
    for page in file.pages:
        assert page["/Tabs"] == "/S" and "/StructParents" in page


def test_every_font_is_embedded(offer):
    for page in opened(offer).pages:
        for font in page["/Resources"]["/Font"].values():
            assert "/FontFile2" in font.get_object()["/FontDescriptor"].get_object()


def test_the_same_award_gives_the_same_bytes(offer):
    assert award_letter.draw(offer) == award_letter.draw(offer)


def test_once_accepted_it_says_who_signed_and_asks_for_nothing_more(app):
    award = an_award("600", "400")
    said = words(opened(award))

    assert "Grant of £1,000.00: agreement" in said
    assert f"{award.accepted_by.name} signed for the group as Treasurer on {day(award.accepted_at.date())}." in said
    assert "How to accept" not in said


def test_a_declined_offer_s_letter_says_so(app):
    award = an_offer("600", "400")
    commands.decline(award, reason="No", by=signatory_of(award))

    assert "The offer is declined and can no longer be accepted." in words(opened(award))
