"""The look: our markup is the design system's, pages read well without its files, colours read, errors keep the place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ChainableUndefined, Environment, PackageLoader, PrefixLoader
from werkzeug.datastructures import MultiDict

from grants import assets
from grants.kernel.money import Money
from grants.web import headers, look, navigation
from grants.web.forms import Problem
from tests.pages.sample import REFUSALS, Sample, sample
from tests.reading import Page, squeeze

STATIC = Path(look.__file__).parents[1] / "static"


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    return sample(tmp_path)


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


# the same markup as the design system's


class Tokens(HTMLParser):
    """HTML without the differences nobody can see: spaces, the order of attributes and of classes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {n: sorted(v.split()) if n == "class" and v else (v or "") for n, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if said := squeeze(data):
            self.found.append(said)


ENGINE = Environment(
    loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    autoescape=True,
    undefined=ChainableUndefined,
)


def govuk(component: str, **params: Any) -> list[Any]:
    """What the design system's own macro writes."""
    module: Any = ENGINE.get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module
    macro = "govuk" + "".join(part.title() for part in component.split("-"))
    return Tokens(re.sub(r"<svg.*?</svg>", "", str(getattr(module, macro)(params)), flags=re.S)).found


def ours(macro: str, *about: Any, file: str = "form", inside: str | None = None, **said: Any) -> list[Any]:
    """What our macro writes."""
    draw = get_template_attribute(f"ui/{file}.html", macro)
    return Tokens(str(draw(*about, **said, **({"caller": lambda: inside} if inside else {})))).found


def text(said: str) -> dict[str, str]:
    return {"text": said}


ITEMS = {
    "size": [
        {"value": "s", "text": "Small", "hint": text("Fewer than ten people")},
        {"value": "l", "text": "Large"},
    ],
    "themes": [{"value": "a", "text": "Domestic abuse"}, {"value": "b", "text": "Young people"}],
}
LEGEND = "govuk-fieldset__legend--m"


def fields(wrong: bool) -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any]]]:
    """Each field, our options, the design system's macro, and its parameters."""
    hint = {"hint": text("As in its rules.")}
    red = " govuk-input--error" if wrong else ""
    yield "name", {}, "input", {"label": text("What is your group called?"), **hint}
    yield (
        "name",
        {"width": 20, "label_size": "m"},
        "input",
        {
            "label": {**text("What is your group called?"), "classes": "govuk-label--m"},
            "classes": "govuk-input--width-20",
            **hint,
        },
    )
    yield "email", {}, "input", {"label": text("Email address"), "type": "email", "spellcheck": False, "autocomplete": "email"}
    yield (
        "amount",
        {},
        "input",
        {
            "label": text("How much are you asking for?"),
            "hint": text("Up to £10,000."),
            "prefix": text("£"),
            "classes": "govuk-input--width-10",
            "inputmode": "decimal",
            "spellcheck": False,
            "value": "12",
        },
    )
    yield (
        "reading",
        {},
        "input",
        {
            "label": text("Reading"),
            "suffix": text("%"),
            "classes": "govuk-input--width-10",
            "inputmode": "decimal",
            "spellcheck": False,
        },
    )
    yield "password", {}, "password-input", {"label": text("Password")}
    yield "why", {}, "character-count", {"label": text("What will you do?"), "maxwords": 5, "rows": 8, "value": "A <b> thing"}
    yield "notes", {"hint": "More"}, "character-count", {"label": text("Anything else?"), "maxlength": 20, "hint": text("More")}
    yield (
        "fund",
        {},
        "select",
        {
            "label": text("Which fund?"),
            "items": [
                {"value": "", "text": "Choose a fund"},
                {"value": "vcs", "text": "Voluntary and Community Sector Grant", "selected": True},
                {"value": "sv", "text": "Serious Violence Duty"},
            ],
        },
    )
    for options, classes in (({}, ""), ({"inline": True}, "govuk-radios--inline"), ({"small": True}, "govuk-radios--small")):
        yield (
            "size",
            options,
            "radios",
            {
                "idPrefix": "size",
                "fieldset": {"legend": {**text("How big?"), "classes": LEGEND}},
                "items": ITEMS["size"],
                **({"classes": classes} if classes else {}),
                "value": "l",
            },
        )
    yield (
        "themes",
        {"hint": "All that fit"},
        "checkboxes",
        {
            "idPrefix": "themes",
            "fieldset": {"legend": {**text("Which themes?"), "classes": LEGEND}},
            "items": ITEMS["themes"],
            "hint": text("All that fit"),
            "values": ["a"],
        },
    )
    yield (
        "truthful",
        {},
        "checkboxes",
        {
            "idPrefix": "truthful",
            "items": [{"value": "y", "text": "I confirm that the answers are true"}],
        },
    )
    yield (
        "starts",
        {"hint": "Like 27 3 2027"},
        "date-input",
        {
            "id": "starts",
            "namePrefix": "starts",
            "hint": text("Like 27 3 2027"),
            "fieldset": {"legend": {**text("When does it start?"), "classes": LEGEND}},
            "items": [
                {
                    "name": name,
                    "classes": f"govuk-input--width-{width}" + (red if name != "day" else ""),
                    **({"value": "27"} if name == "day" else {}),
                }
                for name, width, colour, given in (("day", 2, "", {"value": "27"}), ("month", 2, red, {}), ("year", 4, red, {}))
            ],
        },
    )


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("number", range(len(list(fields(False)))))
def test_each_field_is_written_as_the_design_system_writes_it(site: Flask, number: int, wrong: bool) -> None:
    typed = {"amount": "12", "why": "A <b> thing", "fund": "vcs", "size": "l", "themes": "a", "starts-day": "27"}
    with site.test_request_context():
        form = Sample(formdata=MultiDict(typed))
        name, options, component, params = list(fields(wrong))[number]
        field = form[name]
        field.errors = ["No good"] if wrong else []
        named = {"id": name, "name": name} | params | ({"errorMessage": text("No good")} if wrong else {})
        assert ours("field", field, **options) == govuk(component, **named)


def blocks() -> Iterator[tuple[list[Any], list[Any]]]:
    """Our blocks and the design system's."""
    yield ours("button", "Save"), govuk("button", text="Save", preventDoubleClick=True)
    yield (
        ours("button", "Delete", kind="warning", name="act", value="delete"),
        govuk("button", text="Delete", classes="govuk-button--warning", name="act", value="delete", preventDoubleClick=True),
    )
    yield (
        ours("button", "Start", kind="secondary", href="/x"),
        govuk("button", text="Start", href="/x", classes="govuk-button--secondary"),
    )
    yield (
        ours("error_summary", [Problem("Enter it", "a"), Problem("Closed", None)], file="blocks"),
        govuk("error-summary", titleText="There is a problem", errorList=[{"text": "Enter it", "href": "#a"}, text("Closed")]),
    )
    yield ours("tag", "Sent", "green", file="blocks"), govuk("tag", text="Sent", classes="govuk-tag--green")
    yield ours("inset", "Read", file="blocks"), govuk("inset-text", text="Read")
    yield ours("warning", "Mind", file="blocks"), govuk("warning-text", text="Mind")
    yield ours("details", "How", inside="So", file="blocks"), govuk("details", summaryText="How", text="So")
    yield ours("banner", "Saved", "success", file="blocks"), govuk("notification-banner", text="Saved", type="success")
    yield ours("banner", "Note", file="blocks"), govuk("notification-banner", text="Note")
    action = {"href": "/x", "text": "Change", "visuallyHiddenText": "the title"}
    line = get_template_attribute("ui/blocks.html", "line")
    lines = line("Title", "Club", href="/x", about="the title") + line("Ask", Money(100))
    title = {"key": text("Title"), "value": text("Club"), "actions": {"items": [action]}}
    rows = [title, {"key": text("Ask"), "value": text("£1.00")}]
    yield ours("summary_list", inside=lines, file="blocks"), govuk("summary-list", rows=rows)
    pages = [{"number": n, "href": f"/{n}", **({"current": True} if n == 2 else {})} for n in (1, 2, 3)]
    yield (
        ours("pagination", 2, 3, "/{}".format, file="blocks"),
        govuk("pagination", previous={"href": "/1"}, next={"href": "/3"}, items=pages, landmarkLabel="Pages"),
    )


@pytest.mark.parametrize("number", range(12))
def test_each_block_is_written_as_the_design_system_writes_it(site: Flask, number: int) -> None:
    with site.test_request_context():
        mine, theirs = list(blocks())[number]
        assert mine == theirs


def test_a_table_is_the_design_systems_with_its_columns_named_in_every_cell(site: Flask) -> None:
    with site.test_request_context():
        cell = get_template_attribute("ui/table.html", "cell")
        html = get_template_attribute("ui/table.html", "table")(
            "Awards",
            ["Award", ("Amount", "number")],
            [Money(100), None],
            caller=lambda amount: cell("A<1>", head=True) + cell(amount),
        )
    mine = re.sub(r' (?:role|data-label)="[^"]*"', "", html).replace(" stacked", "")
    theirs = govuk(
        "table",
        caption="Awards",
        captionClasses="govuk-table__caption--m",
        head=[text("Award"), {"text": "Amount", "format": "numeric"}],
        firstCellIsHeader=True,
        rows=[[text("A<1>"), {"text": said, "format": "numeric"}] for said in ("£1.00", "not stated")],
    )
    assert Tokens(mine).found == theirs
    assert re.findall(r'data-label="([^"]*)"', html) == ["Award", "Amount"] * 2


def test_a_row_longer_than_its_columns_is_a_mistake_of_the_page(site: Flask) -> None:
    with site.test_request_context(), pytest.raises(ValueError, match="more cells than its columns"):
        cell = get_template_attribute("ui/table.html", "cell")
        get_template_attribute("ui/table.html", "table")("A", ["One"], [1], caller=lambda _row: cell(1) + cell(2))


# pages


def test_the_page_owns_nothing_that_the_layout_owns(client: FlaskClient) -> None:
    page = Page(client.get("/").text)
    assert page.faults == []
    assert (page.h1, page.caption) == ("Apply for a <grant>", "APP-26-00041")
    assert page.title == "Apply for a <grant> – Community safety funding"
    assert page.links[0] == ("Skip to main content", "#main-content")
    assert page.find("link", rel="stylesheet")[0].at["href"].startswith("/vendor/govuk-frontend.min.css?v=")


def test_what_was_done_is_said_once_on_the_next_page(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["_flashes"] = [("message", "Saved."), ("important", "The round closes today."), ("message", "Sent.")]
    assert Page(client.get("/").text).banners == ["The round closes today.", "Saved.", "Sent."]
    assert Page(client.get("/").text).banners == []


def test_pages_pass_without_the_design_systems_files(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find", lambda _instance: None)
    page = Page(client.get("/").text)
    assert page.faults == []
    assert [re.sub(r"\?.*", "", sheet.at["href"]) for sheet in page.find("link", rel="stylesheet")] == [
        "/static/plain.css",
        "/brand.css",
        "/static/house.css",
    ]
    assert client.get("/vendor/govuk-frontend.min.css").status_code == 404


def test_navigation_shows_what_this_person_may_see(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in ("_items", "_footer"):
        monkeypatch.setattr(navigation, registry, {})
    navigation.doors(client.application, sign_in="home", sign_out="private", name=lambda: "Priya Shah")
    navigation.item("Private", "private", 2)
    navigation.item("Start", "home", 1)
    navigation.item("Hidden", "private_too", 3)
    navigation.item("Brand", "look.brand", 4, shown=lambda: False)
    page = Page(client.get("/").text)
    assert [(e.text, e.at.get("aria-current")) for e in page.find("a", class_="govuk-service-navigation__link")] == [
        ("Start", "true"),
        ("Private", None),
    ]
    assert page.all("span", class_="masthead__who") == ["Priya Shah"]
    assert (page.forms[0].action, page.forms[0].method, page.forms[0].names) == ("/private", "post", {"csrf_token"})


# colours

PAIRS = [
    ("ink", "paper", 7),
    ("ink", "wash", 7),
    ("quiet", "paper", 4.5),
    ("quiet", "wash", 4.5),
    ("focus-ink", "focus", 4.5),
    ("link", "paper", 4.5),
    ("link", "wash", 4.5),
    ("error", "paper", 4.5),
    ("good", "paper", 4.5),
    ("brand-text", "brand", 4.5),
    ("paper", "brand-strong", 4.5),
    ("paper", "brand-dark", 4.5),
    ("edge", "paper", 3),
    *((f"flow-{n}", "paper", 3.0) for n in range(1, 7)),
]


@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_every_colour_can_be_read_on_its_ground(one: str, other: str, least: float) -> None:
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (STATIC / "house.css").read_text("utf-8")))
    assert look.contrast(tokens[one], tokens[other]) >= least


@given(st.integers(0, 0xFFFFFF))
def test_whatever_colour_the_owner_chooses_words_on_it_can_be_read(number: int) -> None:
    made = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", look.brand_css(f"#{number:06x}")))
    assert look.contrast(made["brand"], made["brand-text"]) >= 4.5
    assert look.contrast(made["brand-strong"], "#ffffff") >= 4.5
    assert look.contrast(made["brand-dark"], "#ffffff") >= 4.5
    assert look.contrast(made["govuk-brand-colour"], "#ffffff") >= 4.5


def test_words_on_the_picture_of_money_can_be_read_over_its_bands() -> None:
    from grants.web.charts import COLOURS

    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (STATIC / "house.css").read_text("utf-8")))
    assert [tokens[f"flow-{n}"] for n in range(1, 7)] == list(COLOURS)
    for colour in COLOURS:
        over = "#" + "".join(f"{round(int(colour[i : i + 2], 16) * 0.45 + 255 * 0.55):02x}" for i in (1, 3, 5))
        assert look.contrast(over, tokens["ink"]) >= 4.5


def test_the_owners_name_and_colour_come_from_settings(tmp_path: Path) -> None:
    whose = {"service_name": "Safer Somewhere", "owner_name": "Somewhere Council", "brand_colour": "#ffcc00"}
    client = sample(tmp_path, **whose).test_client()
    page = Page(client.get("/").text)
    assert page.title.endswith("Safer Somewhere") and "Run by Somewhere Council." in page.text
    css = client.get(page.find("link", rel="stylesheet")[1].at["href"])
    assert css.mimetype == "text/css" and "--brand:#ffcc00;--brand-text:#000000" in css.text


# headers


def test_every_answer_forbids_what_is_inline_or_from_elsewhere(client: FlaskClient) -> None:
    for address in ("/", "/refuse/403", "/refuse/500", "/static/house.css", "/brand.css", "/nowhere"):
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == headers.POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers
    assert "max-age" in client.get("/", base_url="https://localhost").headers["Strict-Transport-Security"]
    assert "unsafe" not in headers.POLICY and "*" not in headers.POLICY and "http" not in headers.POLICY


def test_private_pages_are_kept_nowhere_and_versioned_files_for_a_year(client: FlaskClient) -> None:
    assert client.get("/private").headers["Cache-Control"] == "no-store"
    assert client.get("/refuse/403").headers["Cache-Control"] == "no-store"
    page = Page(client.get("/").text)
    files = [e.at["href"] for e in page.find("link")] + [e.at["src"] for e in page.find("script")]
    assert len(files) == 7
    for address in files:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert client.get("/static/house.css").headers["Cache-Control"] == "public, max-age=300"


def test_only_the_two_files_are_served_from_the_vendors_folder(client: FlaskClient) -> None:
    for name in ("VERSION", "LICENCE", "../__init__.py", "%2e%2e/__init__.py", "x"):
        assert client.get(f"/vendor/{name}").status_code == 404


# error pages


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503])
def test_every_error_page_says_what_to_do_and_leads_back(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/refuse/{status}", headers={"Referer": "http://localhost/rounds?page=2"})
    page = Page(answer.text, answer.status_code)
    assert (page.status, page.faults) == (status, [])
    assert page.link("Go back to where you were") == "/rounds?page=2"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert Page(client.get(f"/refuse/{status}").text, status).link("Go to the start") == "/"


def test_a_refusal_gives_every_reason_and_who_could(client: FlaskClient) -> None:
    page = Page(client.get("/refuse/403").text, 403)
    said = ["Only a grants officer can open a round. Who could: Grants officer.", "You applied to it."]
    assert [line for line in page.all("li") if line in said] == said


def test_a_clash_shows_both_versions(client: FlaskClient) -> None:
    page = Page(client.post("/refuse/409").text, 409)
    assert page.h1 == "That request could not be read"  # no token: nothing else is even looked at
    page = Page(client.get("/refuse/409?a=b").text, 409)
    assert page.tables()[0].rows == [["Title", "mine", "theirs"], ["Ask", "£2.00", "£1.00"]]
    assert page.link("Open what is saved now and make your change again") == "/refuse/409?a=b"


def test_waiting_times_are_told_to_programs_too(client: FlaskClient) -> None:
    assert client.get("/refuse/429").headers["Retry-After"] == "300"
    assert client.get("/refuse/503").headers["Retry-After"] == "5"
    assert client.post("/private").status_code == 405 and "GET" in client.post("/private").headers["Allow"]


def test_a_page_about_a_fault_asks_nothing_and_gives_a_reference(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> bool:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(navigation, "_items", {})
    navigation.item("Home", "home", 1, shown=broken)
    for status in (500, 503):
        assert Page(client.get(f"/refuse/{status}").text, status).faults == []
    reference = Page(client.get("/refuse/500").text, 500).all("strong")[-1]
    assert re.fullmatch(r"[0-9a-f]{12}", reference) and reference in caplog.text


def test_when_the_error_page_fails_too_there_is_still_a_page(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.application.jinja_env.globals, "page_context", None)
    answer = client.get("/refuse/403")
    assert (answer.status_code, "You cannot do this" in answer.text, "NoneType" in answer.text) == (403, True, False)


EVIL = [
    "http://evil.example/x",
    "https://localhost.evil.example/",
    "//evil.example",
    "http://localhost//evil.example",
    "javascript:alert(1)",
    "http://localhost/\\evil.example",
    "/\t/evil.example",
    "http://[",
    "data:text/html,x",
    "http://localhost@evil.example/",
    "ftp://localhost/x",
]


@pytest.mark.parametrize("came_from", EVIL)
def test_the_way_back_never_leads_elsewhere(client: FlaskClient, came_from: str) -> None:
    page = Page(client.get("/refuse/404", headers={"Referer": came_from}).text, 404)
    assert page.faults == [] and page.link("Go to the start") == "/"


def test_every_refusal_of_the_kernel_has_its_page() -> None:
    assert {403, 404, 409, 422, 429, 503} <= set(REFUSALS)
