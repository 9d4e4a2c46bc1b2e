"""The picture of a year's money: true to scale, never overlapping, drawn for any figures, always with its table."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask, get_template_attribute
from hypothesis import given
from hypothesis import strategies as st

from grants.kernel.money import ZERO, Money, total
from grants.web import charts
from grants.web.charts import Flow, Picture
from tests.pages.sample import LONG, picture, sample
from tests.reading import Page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return sample(tmp_path_factory.mktemp("instance"))


def drawn(site: Flask, made: Picture) -> str:
    with site.test_request_context():
        return str(get_template_attribute("ui/flow.html", "flow_picture")(made))


def two(*flows: tuple[str, str, int]) -> Picture:
    """A picture of two columns: letters into figures."""
    names = [sorted({a for a, _b, _pence in flows}), sorted({b for _a, b, _pence in flows})]
    moved = [Flow(a, b, Money(pence)) for a, b, pence in flows]
    return charts.flow([("From", names[0]), ("To", names[1])], moved, title="Money")


def test_bars_are_to_one_scale_and_bands_fill_them() -> None:
    made = two(("a", "1", 300), ("a", "2", 100), ("b", "2", 200))
    heights = {node.name: node.height for node in made.nodes}
    assert heights["a"] == pytest.approx(2 * heights["b"]) and heights["1"] == heights["2"]
    assert heights["a"] + heights["b"] == pytest.approx(charts.TALL)
    assert {node.name: node.amount for node in made.nodes} == {
        "a": Money(400),
        "b": Money(200),
        "1": Money(300),
        "2": Money(300),
    }


def test_a_flow_of_nothing_is_in_the_table_and_not_in_the_picture(site: Flask) -> None:
    made = two(("a", "1", 500), ("b", "2", 0))
    assert [node.name for node in made.nodes] == ["a", "1"] and len(made.bands) == 1
    assert [one.amount for one in made.flows] == [Money(500), ZERO]


@pytest.mark.parametrize("columns", [[], [("Only", ["a", "b"])], [("From", ["a"]), ("To", ["b"])]])
def test_a_year_in_which_nothing_moved_says_so(site: Flask, columns: list[tuple[str, list[str]]]) -> None:
    html = drawn(site, charts.flow(columns, [], title="Money in 2026/27"))
    assert "<svg" not in html and "No money has moved yet." in html


def test_a_penny_beside_a_million_pounds_can_still_be_seen() -> None:
    made = two(("a", "1", 10**8), ("b", "1", 1))
    assert {node.name: node.height >= 1 for node in made.nodes} == {"a": True, "b": True, "1": True}


def test_a_crowded_column_puts_its_smallest_together_and_loses_no_penny() -> None:
    flows = [Flow("VCS Grant", f"AWD-{n}", Money(n)) for n in range(1, 41)]
    made = charts.flow([("Stream", ["VCS Grant"]), ("Award", [f"AWD-{n}" for n in range(1, 41)])], flows, title="Money", most=5)
    assert [node.name for node in made.nodes] == ["VCS Grant", "AWD-37", "AWD-38", "AWD-39", "AWD-40", "and 36 more"]
    assert total(band.flow.amount for band in made.bands) == total(flow.amount for flow in flows)
    assert len(made.flows) == 40


def test_a_name_in_two_places_or_in_none_is_a_mistake_of_the_page() -> None:
    with pytest.raises(ValueError, match="two places"):
        charts.flow([("From", ["a"]), ("To", ["a"])], [], title="Money")
    with pytest.raises(ValueError, match="In no column"):
        charts.flow([("From", ["a"])], [Flow("a", "b", Money(1))], title="Money")


def test_a_long_name_ends_in_an_ellipsis_and_is_whole_in_the_title() -> None:
    lines = charts.wrapped(LONG, 24)
    assert len(lines) == 2 and all(len(line) <= 24 for line in lines) and lines[-1].endswith("…")
    assert charts.wrapped("x" * 100, 24) and charts.wrapped("", 24) == [""]


def test_the_picture_is_well_formed_named_and_followed_by_the_same_figures(site: Flask) -> None:
    html = drawn(site, picture())
    svg = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    space = "{http://www.w3.org/2000/svg}"
    assert svg.attrib["role"] == "img"
    title, about = svg.attrib["aria-labelledby"].split()
    assert {e.attrib["id"]: e.text for e in svg if "id" in e.attrib} == {
        title: "Where the money went in 2026/27",
        about: "6 flows from left to right. The table beneath has the same figures.",
    }
    painted = svg.findall(f".//{space}path") + svg.findall(f".//{space}rect")
    assert len(painted) == 6 + 6
    for shape in painted:
        number = next(int(name[-1]) for name in shape.attrib["class"].split() if name[-1].isdigit())
        assert shape.attrib["fill"] == charts.COLOURS[number - 1]
    page = Page(f"<html lang='en'><head><title>x</title></head><body><main><h1>x</h1>{html}</main></body></html>")
    assert page.faults == []
    assert page.tables()[0].rows[1] == ["Council", "VCS Grant", "£0.01"]
    assert f"<title>{LONG}: £50,000.00</title>" in html


def test_the_picture_is_small_and_carries_no_style() -> None:
    source = (Path(charts.__file__).parents[1] / "templates" / "ui" / "flow.html").read_text("utf-8")
    assert "style=" not in source and "<style" not in source


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("123456789"), st.integers(0, 10**12)), max_size=30),
    st.integers(2, 12),
)
def test_any_figures_can_be_drawn_without_labels_upon_labels(given_flows: list[tuple[str, str, int]], most: int) -> None:
    flows = [Flow(a, b, Money(pence)) for a, b, pence in given_flows]
    made = charts.flow([("From", list("abcdefgh")), ("To", list("123456789"))], flows, title="Money", most=most)
    for x in {node.x for node in made.nodes}:
        column = [node for node in made.nodes if node.x == x]
        assert len(column) <= most
        for above, below in pairwise(column):
            assert below.y >= above.y + max(above.height, charts.LINE * (len(above.lines) + 1))
        assert column[-1].y + column[-1].height <= made.height
    assert total(band.flow.amount for band in made.bands) == total(flow.amount for flow in flows)
