"""The look in a real browser: axe finds nothing, no page scrolls sideways, no other host is asked, scripts only add."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from grants import assets
from tests.pages.sample import sample

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def chromium(browser_engine: Any) -> Any:
    """The session's own Chromium: a thread can drive only one."""
    return browser_engine


@pytest.fixture(params=["design system", "plain"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sample page, served with and without the design system's files."""
    if request.param == "plain":
        monkeypatch.setattr(assets, "find", lambda _instance: None)
    server = make_server("127.0.0.1", 0, sample(tmp_path), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(chromium: Any, address: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = chromium.new_context(viewport={"width": width, "height": 800}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: None if request.url.startswith(address) else said.append(request.url))
    page.goto(address)
    for state in ("blank", "in error"):
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(state, v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.get_by_role("button", name="Save and continue").click()
    page.wait_for_function("document.activeElement.className === 'govuk-error-summary'")  # by the script, once loaded
    page.get_by_role("link", name="Enter the date it starts").click()
    page.wait_for_function("document.activeElement.id === 'starts-day'")
    assert [line for line in said if "422" not in line] == []
    page.context.close()


def test_without_scripts_every_part_is_still_there(chromium: Any, address: str) -> None:
    page = chromium.new_context(viewport={"width": 375, "height": 800}, java_script_enabled=False).new_page()
    page.goto(address)
    assert page.get_by_text("You can enter up to 5 words").is_visible()
    assert page.get_by_role("button", name="Show password").count() == 0
    page.get_by_label("What is your group called?").fill("The Youth Club")
    page.get_by_role("button", name="Save and continue").click()
    assert page.title().startswith("Error: Apply for a <grant>")
    assert page.get_by_label("What is your group called?").input_value() == "The Youth Club"
    page.context.close()


def test_on_a_phone_each_cell_carries_its_columns_name(chromium: Any, address: str) -> None:
    page = chromium.new_context(viewport={"width": 375, "height": 800}).new_page()
    page.goto(address)
    cell = page.locator("table.stacked td").first
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == '"Group"'
    assert cell.bounding_box()["width"] > 250
    scroll = page.locator(".scroll").first
    scroll.focus()
    assert scroll.evaluate("e => e === document.activeElement && e.getAttribute('aria-label').startsWith('Position')")
    page.context.close()
