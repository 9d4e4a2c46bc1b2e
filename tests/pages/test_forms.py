"""The form layer: what is typed is read strictly, kept as typed, and answered in sentences; no input breaks it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.places.postcodes import Postcode
from grants.web.forms import HouseForm, IntegerField, MoneyField, PostcodeField, Required, TextField, problems, tidy
from tests.pages.sample import RIGHT, Sample, sample
from tests.reading import Page

FILLERS = "\u115f\u1160\u3164\uffa0"  # letters by name, with nothing to see in them


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return sample(tmp_path_factory.mktemp("instance"))


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


def visit(client: FlaskClient) -> Page:
    page = Page(client.get("/").text)
    assert page.faults == []
    return page


def send(client: FlaskClient, **changed: Any) -> tuple[int, Page | None]:
    """The sample form filled in rightly but for what is changed; None leaves a field out."""
    typed = visit(client).forms[0].given | RIGHT | {name.replace("__", "-"): value for name, value in changed.items()}
    answer = client.post("/", data={name: value for name, value in typed.items() if value is not None})
    if answer.status_code == 302:
        return 302, None
    page = Page(answer.text, answer.status_code)
    assert page.faults == []
    return answer.status_code, page


def refused(client: FlaskClient, **changed: Any) -> list[str]:
    status, page = send(client, **changed)
    assert status == 422 and page
    return page.problems


def test_what_is_typed_rightly_is_read_exactly(client: FlaskClient) -> None:
    assert send(client)[0] == 302
    read = client.application.extensions["last"]
    costs = read.pop("costs")
    assert [(line["what"], line["amount"], line["kind"]) for line in costs] == [("Hall", Money(2050), None), ("", None, None)]
    assert len(read.pop("key")) == 24 and read.pop("csrf_token")
    assert read == {
        "name": "The Youth Club",
        "email": "a@example.org",
        "password": " kept as typed ",
        "code": "123456",
        "amount": Money(125050),
        "people": 1200,
        "reading": Decimal("21.065"),
        "starts": date(2027, 3, 27),
        "why": "Five words and no more",
        "notes": "one\ntwo",
        "fund": "vcs",
        "size": "s",
        "themes": ["b", "a"],
        "truthful": True,
        "news": False,
        "edition": 3,
    }


def test_an_empty_form_says_everything_at_once_and_each_sentence_leads_to_its_field(client: FlaskClient) -> None:
    page = visit(client)
    answer = client.post(
        "/", data={"csrf_token": page.forms[0].given["csrf_token"], "key": page.forms[0].given["key"], "edition": "3"}
    )
    page = Page(answer.text, answer.status_code)
    assert (page.status, page.faults) == (422, [])
    assert page.problems == [
        "Enter the name of your group",
        "Enter your email address",
        "Enter your password",
        "Enter how much you are asking for",
        "Enter how many will take part",
        "Enter the reading",
        "Enter the date it starts",
        "Enter what you will do",
        "Choose a fund",
        "Choose how big",
        "Choose at least one theme",
        "Confirm that the answers are true",
    ]
    inputs = {e.at.get("id") for e in page.find("input", "select", "textarea")}
    for said in page.problems:
        assert page.link(said).removeprefix("#") in inputs


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,250.505", "The amount must be in pounds and whole pence, like 1,250.50"),
        ("1.200", "The amount is not clear. If you mean £1,200, type 1,200. If you mean £1.20, type 1.20"),
        ("£1.250", "The amount is not clear. If you mean £1,250, type 1,250. If you mean £1.25, type 1.25"),
        ("1.255", "The amount must be in pounds and whole pence, like 1,250.50"),
        (
            "1.200,5",
            "The amount must have a comma between thousands and a point before pence. If you mean £1,200.50, type 1,200.50",
        ),
        (
            "1.200.000",
            "The amount must have a comma between thousands and a point before pence. If you mean £1,200,000, type 1,200,000",
        ),
        ("-5", "The amount cannot be less than £0"),
        ("-£5.00", "The amount cannot be less than £0"),
        ("0", "The amount must be £0.01 or more"),
        ("10000.01", "The amount must be £10,000.00 or less"),
        ("9" * 5000, "The amount is too large. Check how many noughts you typed"),
        ("12,50", "The amount must be an amount of money, like 1,250 or 1250.50"),
        ("a lot", "The amount must be an amount of money, like 1,250 or 1250.50"),
        ("١٢٣", "The amount must be an amount of money, like 1,250 or 1250.50"),
        ("²", "The amount must be an amount of money, like 1,250 or 1250.50"),
        ("1e3", "The amount must be an amount of money, like 1,250 or 1250.50"),
        ("   ", "Enter how much you are asking for"),
        ("\x00", "Enter how much you are asking for"),
    ],
)
def test_money_that_cannot_be_read_exactly_is_refused_and_kept(client: FlaskClient, typed: str, said: str) -> None:
    status, page = send(client, amount=typed)
    assert page and (status, page.problems) == (422, [said])
    assert page.forms[0].given["amount"] == [typed.strip(" \x00")]


@pytest.mark.parametrize(
    "typed", ["1250.50", "£1250.50", "1,250.50", " £ 1,250.50 ", "1250.5", "£1 250.50", "£1\u202f250.50\u200b"]
)
def test_money_is_read_as_people_write_it(client: FlaskClient, typed: str) -> None:
    assert send(client, amount=typed)[0] == 302
    assert client.application.extensions["last"]["amount"] == Money(125050)


@pytest.mark.parametrize(
    ("day", "month", "year", "said", "leads_to"),
    [
        ("", "3", "2027", "The start date must include a day", "day"),
        ("27", "", "2027", "The start date must include a month", "month"),
        ("27", "3", "", "The start date must include a year", "year"),
        ("", "", "2027", "The start date must include a day and a month", "day"),
        ("", "", "", "Enter the date it starts", "day"),
        ("31", "February", "2027", "The start date must be a real date, like 27 3 2027", "day"),
        ("30", "2", "2027", "The start date must be a real date, like 27 3 2027", "day"),
        ("x", "3", "2027", "The start date must be a real date, like 27 3 2027", "day"),
        ("27", "13", "2027", "The start date must be a real date, like 27 3 2027", "day"),
        ("27", "٣", "2027", "The start date must be a real date, like 27 3 2027", "month"),
        ("27", "3", "27", "The start date must have a year of 4 figures, like 2027", "year"),
        ("27", "3", "9" * 4999, "The start date must have a year of 4 figures, like 2027", "year"),
        ("27", "3", "0000", "The start date must be a real date, like 27 3 2027", "day"),
        ("27", "3", "1234", "The start date must be between 1900 and 2200", "year"),
    ],
)
def test_a_date_says_which_part_is_wrong(
    client: FlaskClient, day: str, month: str, year: str, said: str, leads_to: str
) -> None:
    status, page = send(client, starts__day=day, starts__month=month, starts__year=year)
    assert page and (status, page.problems) == (422, [said])
    assert page.link(said) == f"#starts-{leads_to}"
    assert [page.forms[0].given[f"starts-{part}"] for part in ("day", "month", "year")] == [[day], [month], [year]]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("“We’re” ready – aren’t we…", "“We’re” ready – aren’t we…"),  # Word's own marks stay
        ("com\xadmuni\u200bty\ufeff\u2060 garden", "community garden"),
        ("one\xa0two\u2009three\u3000four", "one two three four"),
        ("first\vsecond\u2028third\r\nfourth\x85fifth", "first\nsecond\nthird\nfourth\nfifth"),
        ("\uf0b7 a bullet", "• a bullet"),
        ("Cafe\u0301", "Café"),
        ("محمد", "محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that is part of the spelling
        ("👩🏽\u200d🚀 and 🏳️\u200d🌈", "👩🏽\u200d🚀 and 🏳️\u200d🌈"),
        ("\u202eevil\u2066", "evil"),  # nothing turns the page after it round
        ("\u200f\u200d \ufe0f\u3164", ""),
    ],
)
def test_pasted_text_is_kept_as_it_was_meant(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@given(st.text())
def test_text_once_tidied_stays_as_it_is_and_no_letter_is_lost(typed: str) -> None:
    once = tidy(typed)
    assert tidy(once) == once
    letters = [c for c in unicodedata.normalize("NFC", typed) if unicodedata.category(c)[0] in "LN" and c not in FILLERS]
    assert [c for c in once if unicodedata.category(c)[0] in "LN"] == letters


def test_a_name_in_another_script_and_emoji_come_back_as_they_were_typed(client: FlaskClient) -> None:
    name = "نادي محمد للشباب 👩🏽\u200d🚀"
    assert send(client, name=name)[0] == 302
    assert client.application.extensions["last"]["name"] == name
    status, page = send(client, name=name, amount="?")
    assert page and status == 422
    assert page.forms[0].given["name"] == [name]


def test_an_answer_of_5000_words_is_counted_refused_and_kept_whole(client: FlaskClient) -> None:
    answer = "كلمة 🎉\u00a0“word”\n" * 1666 + "two more"
    status, page = send(client, why=answer)
    assert page and (status, page.problems) == (422, ["Use 5 words or fewer. You have used 5,000."])
    assert page.forms[0].given["why"] == [answer.replace("\u00a0", " ")]


class Where(HouseForm):
    postcode = PostcodeField("What is the postcode?", [Required("Enter a postcode")])


@pytest.mark.parametrize(
    ("typed", "read", "said"),
    [
        ("sk1  3xe", Postcode("SK1", "3XE"), []),
        ("SKI 3XE", Postcode("SK1", "3XE"), []),
        ("SK1 9ZZ", Postcode("SK1", "9ZZ"), []),  # nobody knows it: not a mistake of the form
        ("SK1", None, ["Enter the whole postcode, like SK1 3XE. SK1 is only the first half"]),
        ("near the park", None, ["Enter a whole postcode, like SK1 3XE"]),
        (" ", None, ["Enter a postcode"]),
    ],
)
def test_a_postcode_is_read_forgivingly_and_kept_as_typed(
    site: Flask, typed: str, read: Postcode | None, said: list[str]
) -> None:
    with site.test_request_context(method="POST", data={"postcode": typed}):
        form = Where(meta={"csrf": False})
        form.accepted()
        assert (form.postcode.data, [one.sentence for one in problems(form)]) == (read, said)
        assert form.postcode._value() == typed.strip()
    with site.test_request_context():
        assert Where(data={"postcode": Postcode("SK1", "3XE")}).postcode._value() == "SK1 3XE"


def test_a_date_lacking_a_part_altogether_is_a_sentence(client: FlaskClient) -> None:
    assert refused(client, starts__month=None) == ["The start date must include a month"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"people": "1.5"}, "The number must be a whole number, like 12"),
        ({"people": "0"}, "The number must be 1 or more"),
        ({"people": "9" * 5000}, "The number must be a whole number, like 12"),
        ({"reading": "lots"}, "The reading must be a number, like 12 or 12.5"),
        ({"reading": "NaN"}, "The reading must be a number, like 12 or 12.5"),
        ({"reading": "1e999999"}, "The reading must be a number, like 12 or 12.5"),
        ({"email": "nobody"}, "Enter an email address in the correct format, like name@example.com"),
        ({"why": "six words are one too many"}, "Use 5 words or fewer. You have used 6."),
        ({"notes": "n" * 21}, "Anything else must be 20 characters or fewer"),
        ({"fund": "another"}, "Choose one of the answers on the page"),
        ({"fund": ""}, "Choose a fund"),
        ({"size": "\x00x"}, "Choose one of the answers on the page"),
        ({"themes": ["a", "z"]}, "Choose from the answers on the page"),
        ({"truthful": "false"}, "Confirm that the answers are true"),
        ({"costs__0__amount": "?"}, "The cost must be an amount of money, like 1,250 or 1250.50"),
    ],
)
def test_each_kind_of_mistake_has_its_sentence(client: FlaskClient, changed: dict[str, Any], said: str) -> None:
    assert refused(client, **changed) == [said]


def test_a_broken_rule_is_said_beside_its_field_or_in_the_summary_with_everything_typed_kept(client: FlaskClient) -> None:
    status, page = send(client, name="broken")
    assert page and (status, page.problems) == (422, ["The fund has closed.", "There is £10.00 left."])
    assert page.link("There is £10.00 left.") == "#amount"
    assert page.all("p", id="amount-error") == ["Error: There is £10.00 left."]
    assert page.forms[0].given["amount"] == ["£1,250.50"] and page.forms[0].given["name"] == ["broken"]
    assert page.forms[0].given["themes"] == ["a", "b"] and page.forms[0].given["password"] == [""]


def test_a_rule_about_a_field_the_form_does_not_have_is_said_in_the_summary(site: Flask) -> None:
    with site.test_request_context(method="POST", data={}):
        form = Sample()
        with form.reporting():
            raise RuleBroken("The pot has closed.", field="pot")
        assert (problems(form), form.status) == ([("The pot has closed.", None)], 422)


def test_a_form_sent_twice_carries_the_same_key_and_each_form_drawn_a_new_one(client: FlaskClient) -> None:
    first, second = (visit(client).forms[0].given["key"] for _ in range(2))
    assert first != second
    _status, page = send(client, key=first, name="")
    assert page and page.forms[0].given["key"] == first


@pytest.mark.parametrize(
    "changed", [{"key": None}, {"key": "short"}, {"edition": None}, {"edition": "9" * 40}, {"edition": "-1"}]
)
def test_a_form_that_lost_its_key_or_edition_asks_to_be_sent_again(client: FlaskClient, changed: dict[str, Any]) -> None:
    status, page = send(client, **changed)
    assert page and status == 422
    assert page.problems == [
        "This page has been open too long or was changed on its way. Check what you typed and send it again"
    ]
    assert send(client, key=page.forms[0].given["key"], edition=page.forms[0].given["edition"])[0] == 302


def test_a_post_without_a_token_changes_nothing_and_says_so(client: FlaskClient) -> None:
    answer = client.post("/", data=RIGHT)
    page = Page(answer.text, answer.status_code)
    assert (page.status, page.h1, page.faults) == (400, "That request could not be read", [])


def test_an_empty_post_is_not_a_visit(site: Flask) -> None:
    class Prefilled(HouseForm):
        name = TextField("Name", [Required("Enter a name")])

    with site.test_request_context(method="POST", data={}):
        form = Prefilled(data={"name": "filled in"})
        assert form.name.data == "" and not form.accepted()


def test_json_and_files_are_never_taken_for_text(site: Flask) -> None:
    for sent in ({"json": [1, 2]}, {"json": "x"}, {"data": {"name": (__import__("io").BytesIO(b"x"), "x.txt")}}):
        with site.test_request_context(method="POST", **sent):
            assert problems(Sample())[:0] == [] and not Sample().accepted()


def test_values_given_by_the_page_are_shown_as_a_person_would_type_them(site: Flask) -> None:
    class Given(HouseForm):
        whole = MoneyField("Whole")
        part = MoneyField("Part")
        none = MoneyField("None")
        count = IntegerField("Count")

    with site.test_request_context():
        form = Given(data={"whole": Money.pounds(1250), "part": Money(125050), "none": None, "count": 0})
        assert [f._value() for f in (form.whole, form.part, form.none, form.count)] == ["1,250", "1,250.50", "", "0"]


def test_forms_whose_fields_share_names_keep_apart_by_prefix(site: Flask) -> None:
    class Reason(HouseForm):
        reason = TextField("Reason", [Required("Enter a reason")])

    with site.test_request_context(method="POST", data={"b-reason": "Because"}):
        a, b = Reason(prefix="a"), Reason(prefix="b")
        a.accepted(), b.accepted()
        assert problems(a, b)[:1] == [("Enter a reason", "a-reason")] and b.reason.data == "Because"


STRANGE = ["key", "edition", "news", "costs-0-kind", "costs-1-amount", "costs", "starts", "costs-²-what", "costs-99999999-what"]
FIGURES = ["²", "١٢", "٣", "-0", "1e9", "9" * 5000, "£", ".", "-", "NaN", "None"]
MARKS = ["\x00", "<b>", '"', "\n\n", "\ud7ff", "\u202e"]
NAMES = [*RIGHT, *STRANGE]
JUNK = st.one_of(st.text(max_size=40), st.sampled_from(FIGURES + MARKS), st.integers().map(str))


@given(typed=st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), st.lists(JUNK, max_size=3), max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_can_be_sent_breaks_a_form_or_its_page(site: Flask, typed: dict[str, list[str]]) -> None:
    client = site.test_client()
    first = Page(client.get("/").text).forms[0].given
    sent = {"csrf_token": first["csrf_token"], "key": first["key"], "edition": first["edition"]} | RIGHT | typed
    sent["csrf_token"] = first["csrf_token"]
    answer = client.post("/", data=sent)
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        page = Page(answer.text, 422)
        assert [fault for fault in page.faults if not re.match(r"the page shows", fault)] == []


def test_every_sentence_of_the_form_layer_can_be_translated() -> None:
    folder = Path(__file__).parents[2] / "grants" / "web"
    bare = list(_raised(folder / "fields.py")) + list(_raised(folder / "typed.py"))
    assert bare == []


def _raised(path: Path) -> Iterator[str]:
    source = path.read_text("utf-8")
    yield from re.findall(r'(?:ValueError|StopValidation|ValidationError)\(f?"[^"]*"', source)
