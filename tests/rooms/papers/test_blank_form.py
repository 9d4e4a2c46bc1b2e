"""The blank form is opened and read: every kind of question has room to write, conditions are words, its structure is there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import docx
import pypdf
import pytest
from docx.oxml.ns import qn

from grants.papers import blank_form
from grants.papers.blank_form import About, Grid, Heading, Lines, Ticks, Words
from grants.questions.document import READY, Kind, bank, check, ready
from grants.questions.queries import document
from grants.rounds.terms import check as terms_of
from tests.builders.applications import a_planned_round
from tests.builders.funds import a_ward_fund
from tests.rooms.papers.test_award_letter import tree, words

ABOUT = About(
    title="One Stockport Local Fund",
    owner="Stockport Council",
    purpose="For a safer, friendlier place.",
    limits="You can ask for £50 to £3,000.",
    dates=["We must have this form by midday on Friday 26 February 2027."],
    who_may=["A registered charity"],
    send_with=["Your rules"],
    priorities=["Keeping young people safe"],
    kinds=["A registered charity"],
    tiers={"big": "£1,000.01 to £3,000"},
    vat=True,
    signatures=2,
    privacy="We use what you tell us to decide.",
    return_to=["Grants team", "Town Hall, Stockport SK1 3XE"],
)


def question(key: str, kind: str, **facts):
    more = {"words": 60} if kind in ("short", "long") else {}
    if kind in ("choice", "choices"):
        more = {"options": [{"value": "hall", "label": "A hall"}, {"value": "park", "label": "A park"}]}
    return {"key": key, "kind": kind, "label": f"About {key}?", "short": key, "missing": f"Say {key}"} | more | facts


def a_set(*questions, **facts):
    return {"title": "Set", "sections": [{"key": "first", "title": "First part", "questions": list(questions)} | facts]}


def of(said) -> list:
    """The pieces of the set's own first part: from its heading to the next part's."""
    pieces = blank_form.form(check(said), ABOUT).pieces
    first = next(n for n, piece in enumerate(pieces) if piece == Heading("First part", 2))
    last = next(n for n, piece in enumerate(pieces) if n > first and isinstance(piece, Heading) and piece.level == 2)
    return list(pieces[first + 1 : last])


@pytest.fixture(scope="module")
def whole():
    """A set with every kind of question and every page of the product's own."""
    said = a_set(*(question(f"the-{kind.value}", kind.value) for kind in Kind))
    said["sections"] += [
        {"key": f"our-{block}", "title": f"Our {block}", "block": block}
        for block in ("outcomes", "beneficiaries", "milestones", "evidence", "host")
    ]
    said["sections"].append(
        {
            "key": "partners",
            "title": "Partners",
            "repeat": 5,
            "item": "partner",
            "questions": [question("name", "short", words=8)],
        }
    )
    return blank_form.form(check(said), ABOUT)


@pytest.mark.parametrize(
    ("kind", "room"),
    [
        ("short", Lines(6)),
        ("long", Lines(6)),
        ("number", Lines(1)),
        ("postcode", Lines(1)),
        ("address", Lines(4)),
        ("choice", Ticks(["A hall", "A park"])),
        ("choices", Ticks(["A hall", "A park"])),
        ("yes-no", Ticks(["Yes", "No"])),
        ("file", Ticks(["It is with this form"])),
        ("date", Grid(["Day", "Month", "Year"], [("", "", "")], [1, 1, 1])),
    ],
)
def test_each_kind_of_question_has_the_room_it_is_answered_in(kind, room):
    assert of(a_set(question("it", kind)))[-1] == room


def test_room_grows_with_the_limit_and_a_very_long_answer_goes_on_elsewhere():
    said = of(a_set(question("few", "long", words=110), question("many", "long", words=1000, required=False)))
    assert [piece for piece in said if isinstance(piece, Lines)] == [Lines(10), Lines(30)]
    assert said[-2] == Words("You can leave this out. Use up to 1000 words. You may go on on another sheet.", quiet=True)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"all": [{"of": "venue", "any_of": ["hall"]}]}, "you ticked ‘A hall’ in question 9"),
        ({"all": [{"of": "venue", "none_of": ["hall", "park"]}]}, "you did not tick ‘A hall’ or ‘A park’ in question 9"),
        (
            {"any": [{"of": "cost", "at_least": "1000"},
                     {"all": [{"of": "venue", "answered": True}, {"of": "ask", "at_most": "50.50"}]}]},
            "your answer to question 10 is £1,000 or more, or you answered question 9, and you ask us for £50.50 or less",
        ),
        ({"all": [{"of": "tier", "any_of": ["big"]}]}, "you ask us for £1,000.01 to £3,000"),
        ({"all": [{"of": "own-account", "any_of": ["no"]}]}, "your group has no bank account of its own"),
        ({"all": [{"of": "group-kind", "any_of": ["registered charity"]}]}, "your group is a registered charity"),
    ],
)  # fmt: skip
def test_a_condition_says_in_words_when_to_answer(when, said):
    pieces = of(a_set(question("venue", "choice"), question("cost", "money"), question("it", "long", when=when)))
    assert Words(f"Answer this only if {said}.") in pieces


def test_what_is_asked_only_at_a_second_stage_is_not_on_the_form():
    second = {"all": [{"of": "stage", "any_of": ["2"]}]}
    pieces = of(a_set(question("now", "short"), question("later", "short", when=second)))
    assert [piece.words for piece in pieces if isinstance(piece, Heading)] == ["9. About now?"]


def test_a_part_asked_again_for_each_has_room_for_two_and_the_same_numbers(whole):
    said = [piece.words for piece in whole.pieces if isinstance(piece, Heading)]
    at = said.index("Partners")
    assert said[at + 1 : at + 5] == ["Partner 1", "26. About name?", "Partner 2", "26. About name?"]


def test_easy_words_are_used_where_the_set_has_them():
    said = a_set(question("it", "long", wording={"en-easy": {"label": "What will you do?"}}), question("other", "short"))
    said["languages"] = ["en-easy"]
    pieces = blank_form.form(check(said), ABOUT, language="en-easy").pieces
    headings = [piece.words for piece in pieces if isinstance(piece, Heading)]
    assert "9. What will you do?" in headings and "10. About other?" in headings


@pytest.mark.parametrize("large", [False, True])
def test_the_pdf_is_tagged_says_everything_and_has_an_order_of_headings(whole, large):
    file = pypdf.PdfReader(BytesIO(blank_form.as_pdf(whole, large=large)))
    root = file.trailer["/Root"]
    found = tree(root["/StructTreeRoot"]["/K"])
    said = words(file)

    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert file.metadata.title == "Application form: One Stockport Local Fund"
    assert [tag for depth, tag in found if depth == 1 and tag.startswith("/H")][:3] == ["/H1", "/H2", "/H3"]
    assert found.count((1, "/Table")) == sum(isinstance(piece, Grid) for piece in whole.pieces)
    for piece in whole.pieces:
        if isinstance(piece, Heading):
            assert " ".join(piece.words.split()) in said
    assert blank_form.as_pdf(whole, large=large) == blank_form.as_pdf(whole, large=large)


def test_nothing_in_large_print_is_smaller_than_18_points(whole):
    sizes: set[float] = set()

    def seen(text, _matrix, _place, _font, size):
        if text.strip():
            sizes.add(size)

    for page in pypdf.PdfReader(BytesIO(blank_form.as_pdf(whole, large=True))).pages:
        page.extract_text(visitor_text=seen)
    assert min(sizes) == 18
    large = docx.Document(BytesIO(blank_form.as_docx(whole, large=True)))
    assert min(style.font.size.pt for style in large.styles if style.name in USED and style.font.size) == 18


USED = {"Normal", "Heading 1", "Heading 2", "Heading 3", "Footer", "Help", "Tick", "Answer line", "List Bullet"}


def test_the_word_file_has_real_headings_heads_of_tables_ticks_and_its_language(whole):
    file = docx.Document(BytesIO(blank_form.as_docx(whole)))
    levels = [p.style.name for p in file.paragraphs if p.style.name.startswith("Heading")]
    marked = {language.get(qn("w:val")) for language in file.styles.element.iter(qn("w:lang"))}

    assert levels[:3] == ["Heading 1", "Heading 2", "Heading 3"] and levels.count("Heading 1") == 1
    assert len(levels) == sum(isinstance(piece, Heading) for piece in whole.pieces)
    assert (file.core_properties.language, file.core_properties.title, marked) == ("en-GB", whole.title, {"en-GB"})
    assert len(file.tables) == sum(isinstance(piece, Grid) for piece in whole.pieces)
    assert [table for table in file.tables if table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is None] == []
    ticks = [p.text for p in file.paragraphs if p.style.name == "Tick"]
    assert len(ticks) == sum(len(piece.said) for piece in whole.pieces if isinstance(piece, Ticks))
    assert all(text.startswith("☐ ") for text in ticks)
    lines = sum(piece.many for piece in whole.pieces if isinstance(piece, Lines))
    assert sum(p.style.name == "Answer line" for p in file.paragraphs) == lines
    assert {p.style.name for p in file.paragraphs} <= USED


def test_a_pasted_control_letter_does_not_break_the_word_file():
    form = blank_form.form(check(a_set(question("it", "long", hint="Up\x0bdown <b> & ☃"))), ABOUT)
    file = docx.Document(BytesIO(blank_form.as_docx(form)))
    assert any("Updown <b> & ☃" in paragraph.text for paragraph in file.paragraphs)
    blank_form.as_pdf(form)


def test_the_bank_of_standard_questions_can_all_be_put_on_paper():
    said = {"title": "Bank", "sections": [{"key": "all", "title": "All", "questions": [one.model_dump() for one in bank()]}]}
    form = blank_form.form(check(said), ABOUT)
    assert pypdf.PdfReader(BytesIO(blank_form.as_pdf(form))).pages


@pytest.mark.parametrize("name", READY)
def test_the_ready_sets_fit_on_paper_in_both_kinds_of_words(name):
    for language in ("en", "en-easy"):
        form = blank_form.form(check(ready(name)), ABOUT, language=language)
        assert len(pypdf.PdfReader(BytesIO(blank_form.as_pdf(form))).pages) <= 16
        assert docx.Document(BytesIO(blank_form.as_docx(form))).paragraphs


def test_what_is_said_of_a_round_comes_from_its_terms(sqlite_app):
    tier = {"stages": 1, "helps": "purpose", "full_outcomes": False}
    round = a_planned_round(
        smallest="50",
        largest="3000",
        closes_at=datetime(2099, 2, 27, 12, tzinfo=UTC),
        project_starts_on=date(2099, 4, 1),
        project_ends_on=date(2100, 3, 31),
        terms=terms_of({
            "kinds": ["registered charity"],
            "area_in_words": "Stockport",
            "tiers": [
                tier | {"key": "small", "name": "Small", "least": 5000, "most": 100000},
                {"key": "big", "name": "Big", "least": 100001, "most": 300000, "signatures": 2, "evidence": ["constitution"]},
            ],
            "not_funded": [{"key": "land", "asks": "Is it for land?", "reason": "We do not pay for land."}],
            "months_to_deliver": 12,
            "answer_by": "2099-03-20",
            "privacy": "We keep it for six years.",
            "asks_postcode": True,
            "asks_vat": True,
        }),
    )  # fmt: skip
    said = blank_form.about(round, documents={"constitution": "Your constitution"}, places=["Reddish"], return_to=["Town Hall"])

    assert said.limits == "You can ask for £50 to £3,000."
    assert said.dates[1:] == [
        "We must have this form by 27 February 2099 at midday.",
        "You must spend the money within 12 months of getting it.",
        "We will tell you our answer by 20 March 2099.",
    ]
    assert said.who_may == ["A registered charity", "Your project must be in Stockport."]
    assert said.not_for == ["We do not pay for land."]
    assert said.send_with == ["Your constitution (only if you ask us for £1,000.01 to £3,000)"]
    assert (said.two_parts, said.two_sign) == ("£50 to £1,000", "£1,000.01 to £3,000")
    assert (said.five_parts, said.signatures, said.vat, said.places) == (True, 2, True, ())
    assert (said.privacy, said.return_to) == ("We keep it for six years.", ["Town Hall"])
    assert said.priorities[0] == "Keeping young people safe"
    assert blank_form.as_pdf(blank_form.form(document(round.question_set), said))


def test_where_no_ask_needs_all_parts_of_an_outcome_nothing_is_said_of_those_that_do(sqlite_app):
    said = blank_form.about(a_ward_fund(opened=False))
    assert (said.five_parts, said.two_parts) == (False, "")
