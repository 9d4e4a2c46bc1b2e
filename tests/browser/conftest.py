"""A real browser against a real server: Debian's Chromium at a phone's width, axe on every page it meets.

`stage` is a demonstration with a clock and people at phones (`tests/journeys/driver.py` says what they can do); `visitor()`
opens one more phone on it. Every page met is judged: axe with every rule on, no sideways scroll, nothing in the console, no
request that leaves the site. With GRANTS_SHOTS=1, pages with a name are pictured at both widths in `tests/shots`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import pytest

from tests.client import Typed
from tests.funds import Fund
from tests.journeys.driver import Driver, File, Stage
from tests.reading import Page

playwright = (
    pytest.importorskip("playwright.sync_api")
    if not os.environ.get("CI")
    else __import__("playwright.sync_api", fromlist=["x"])
)

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "tests" / "shots"
PHONE, DESK = {"width": 375, "height": 740}, {"width": 1280, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
STARTED = """() => !document.querySelector('link[rel="modulepreload"]')
    || [...document.querySelectorAll('[data-module]')].every(e => e.hasAttribute(`data-${e.dataset.module}-init`))"""
MENU_SET = """() => {
    const menu = document.querySelector('.govuk-js-service-navigation-toggle');
    return !menu || !document.querySelector('link[rel="modulepreload"]') || menu.hidden === innerWidth > 640;
}"""
# What a page is made of, part by part: every kind of element within every kind of parent, with what it says of itself besides
# words, names and addresses. Two pages made of the same give axe the same to find.
MADE_OF = """() => [document.querySelector('header'), document.body].map(part => [...new Set([...part.querySelectorAll('*')]
    .filter(e => part !== document.body || !e.closest('header'))
    .map(e => [e.parentElement, e].map(x => x.tagName + '.' + x.className + [...x.attributes]
        .map(a => /^(role|type|hidden|scope|disabled|open|aria-(?!labelledby|describedby|controls|label$).*)$/.test(a.name)
            ? `[${a.name}=${a.value}]` : `[${a.name}]`).sort().join('')).join('>')))].sort().join('\\n'))"""
AXE = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


def chromium() -> str:
    """Where Chromium is. In CI its absence is a failure, never a skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium")
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
def browser_engine() -> Iterator[Any]:
    """One Chromium for the session."""
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(instance: Path, demo: Path, command: Callable[[int], list[str]]) -> Iterator[str]:
    """A server over a copy of the demonstration, on a free port of this machine; ended by process id."""
    shutil.copy(demo, instance / "demo.db")
    port = _free_port()
    env = os.environ | {
        "GRANTS_INSTANCE": str(instance),
        "GRANTS_PASSWORD_COST": "cheap",
        "GRANTS_SECRET_KEY": "tests",
        "GRANTS_EVENT_KEY": "tests",
        "GRANTS_SIGN_IN_TRIES_FROM": "1000",
        "GRANTS_SIGN_IN_TRIES": "1000",
    }
    with (instance / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", *command(port)], cwd=ROOT, env=env, stdout=log, stderr=log)
        url = f"http://localhost:{port}"
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{url}/healthz", timeout=1)
                    break
                except OSError:
                    if server.poll() is not None:
                        pytest.fail((instance / "log").read_text())
                    time.sleep(0.1)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory, demo_sqlite: Path) -> Iterator[str]:
    """`flask demo` itself."""
    with served(tmp_path_factory.mktemp("served"), demo_sqlite, lambda port: ["flask", "demo", "--port", str(port)]) as url:
        yield url


class Visitor(Driver):
    """One person with one browser: a phone by default. Every page met is judged."""

    judged: ClassVar[set[str]] = set()
    pictured: ClassVar[set[str]] = set()

    def __init__(self, engine: Any, url: str, *, javascript: bool = True) -> None:
        self.url, self.javascript = url, javascript
        self.context = engine.new_context(viewport=PHONE, locale="en-GB", timezone_id="Europe/London")
        if not javascript:  # every script of the site's arrives empty, and it has no other; axe still has its own way in
            self.context.route("**/*.js*", lambda route: route.fulfill(content_type="text/javascript", body=""))
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(15_000)
        self.trouble: list[str] = []
        self._read: Page | None = None  # the page in hand, once somebody has read it
        self.met: set[str] = set()  # addresses without their query
        self.tab.on("console", self._heard)
        self.tab.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        self.tab.on("requestfailed", lambda r: self.trouble.append(f"failed: {r.url} {r.failure}"))
        self.tab.on(
            "request", lambda r: None if r.url.startswith((url, "data:")) else self.trouble.append(f"left the site: {r.url}")
        )

    def _heard(self, message: Any) -> None:
        # A browser logs every answer of 400 and above as an error; a refused form answers 422, and that is meant.
        if message.type == "error" and not re.search(r"status of (4\d\d)", message.text):
            self.trouble.append(f"console: {message.text}")

    # -- going about ----------------------------------------------------------------------------------------------

    def visit(self, path: str, *, expect: int = 200) -> None:
        answer = self.tab.goto(urljoin(self.url, path))
        assert answer.status == expect, (path, answer.status, self.tab.inner_text("main")[:500])
        self.judge()

    def follow(self, link: str) -> None:
        found = self._pressable(link)
        with self.tab.expect_navigation(wait_until="load"):
            found.click()
        self.judge()

    def _pressable(self, link: str) -> Any:
        """The link, or the link that is drawn as a button, perhaps behind the menu's button."""
        found = (
            self.tab.get_by_role("link", name=link, exact=True, include_hidden=True)
            .or_(self.tab.locator("a[role=button]").filter(has_text=re.compile(rf"^\s*{re.escape(link)}\s*$")))
            .first
        )
        if not found.is_visible():
            menu = self.tab.get_by_role("button", name="Menu", exact=True)
            if menu.is_visible():
                menu.click()
        section = self.tab.locator(".menu__section:not([open])").filter(has=found)
        if not found.is_visible() and section.count():
            section.locator("summary").click()
        return found

    def fetch(self, link: str) -> File:
        answer = self.context.request.get(urljoin(self.url, self._pressable(link).get_attribute("href")))
        return File(answer.status, answer.headers["content-type"].partition(";")[0], answer.body())

    # -- filling in -----------------------------------------------------------------------------------------------

    def fill(self, label: str, text: str, *, group: str | None = None) -> None:
        around = self.tab.get_by_role("group", name=group, exact=True).first if group else self.tab
        around.get_by_label(label, exact=True).first.fill(text)

    def choose(self, group: str, option: str) -> None:
        radios = self.tab.get_by_role("group", name=group, exact=True)
        if radios.count():
            radios.first.get_by_label(option, exact=True).check()
            return
        field = self.tab.get_by_label(group, exact=True).first
        said = [re.sub(r"^[–\s]+", "", text.strip()) for text in field.locator("option").all_text_contents()]
        field.select_option(index=said.index(option))

    def tick(self, label: str) -> None:
        self.tab.get_by_label(label, exact=True).check()

    def type(self, typed: Mapping[str, Typed]) -> None:
        """Fill in fields by their names, as `tests/funds.py` has them. None leaves one as it is."""
        for name, said in typed.items():
            if said is None:
                continue
            if isinstance(said, date):
                for part in ("day", "month", "year"):
                    self.tab.locator(f'[name="{name}-{part}"]').fill(str(getattr(said, part)))
                continue
            fields = self.tab.locator(f'main [name="{name}"]')
            kind = fields.first.evaluate("field => field.type")
            if kind == "radio":
                fields.and_(self.tab.locator(f'[value="{said}"]')).check()
            elif kind == "checkbox":
                wanted = said if isinstance(said, list) else [said]
                for one in fields.all():
                    one.set_checked(one.get_attribute("value") in wanted)
            elif kind == "select-one":
                fields.select_option(value=str(said))
            else:
                fields.fill(str(said))

    def set_up(self, fund: Fund, **instead: Typed) -> str:
        """A whole round typed on the pages, part by part, by an officer who has signed in. Its address."""
        self.visit("/funding-rounds/new")
        self.type({**fund.new, **instead})
        self.press("Plan the round")
        here = self.path.partition("?")[0].partition("#")[0]
        for part in fund.parts:
            self.visit(f"{here}/set-up/{part.key}")
            for button in part.press:
                self.type(part.filling)
                self.press(button)
            self.type(part.typed)
            self.press("Save")
            assert self.h1 == fund.new["title"], (part.key, self.problems)
        return here

    def press(self, button: str, *, expect: int = 200) -> None:
        with self.tab.expect_navigation(wait_until="load") as came:
            self.tab.get_by_role("button", name=button, exact=True).and_(self.tab.locator("button")).first.click()
        answer = came.value
        assert answer.status == expect, (button, answer.status, self.tab.inner_text("main")[:500])
        self.judge()

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        if self._read is None:
            self._read = Page(self.tab.content())
        return self._read

    @property
    def path(self) -> str:
        return str(self.tab.url).removeprefix(self.url)

    @property
    def text(self) -> str:
        return " ".join(str(self.tab.inner_text("main")).split())

    def value(self, label: str) -> str:
        return str(self.tab.get_by_label(label, exact=True).first.input_value())

    # -- judging --------------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """axe with every rule, no sideways scroll at a phone's width, no trouble in the console.

        axe looks at everything new: a page (by its address without references) or a masthead made of other parts than before.
        """
        from axe_playwright_python.base import AXE_SCRIPT

        self._read = None
        if self.javascript:
            self.tab.wait_for_function(STARTED)
        assert self.trouble == [], (self.tab.url, self.trouble)
        self.met.add(urlsplit(self.tab.url).path)
        masthead, rest = self.tab.evaluate(MADE_OF)
        page = re.sub(r"(?<=/)[^/]*[\d_][^/]*", "*", urlsplit(self.tab.url).path)
        seen = {hashlib.sha256(f"{part}".encode()).hexdigest() for part in (masthead, page + rest)}
        if not seen <= self.judged:
            self.judged |= seen
            self.tab.evaluate(AXE_SCRIPT)
            found = self.tab.evaluate(AXE)
            assert not found, f"{self.tab.url}: " + "; ".join(
                f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:300]}" for v in found
            )
        wide = self.tab.evaluate(SIDEWAYS)
        assert wide <= 0, f"{self.tab.url} scrolls sideways by {wide} px"

    def named(self, name: str) -> None:
        """A page worth looking at: once, that it fits a desk too, and pictures at both widths where they are asked for."""
        if name in self.pictured:
            return
        self.pictured.add(name)
        if os.environ.get("GRANTS_SHOTS"):
            SHOTS.mkdir(exist_ok=True)
            self.tab.screenshot(path=SHOTS / f"{name}-375.png", full_page=True)
            self.fits_a_desk(SHOTS / f"{name}-1280.png")
        else:
            self.fits_a_desk()

    def fits_a_desk(self, picture: Path | None = None) -> None:
        """At a desk's width nothing scrolls sideways either."""
        self._resize(DESK)
        wide = self.tab.evaluate(SIDEWAYS)
        if picture:
            self.tab.screenshot(path=picture, full_page=True)
        self._resize(PHONE)
        assert wide <= 0, f"{self.tab.url} scrolls sideways by {wide} px on a desk"

    def _resize(self, size: Any) -> None:
        """Another screen; the menu follows a moment later."""
        self.tab.set_viewport_size(size)
        self.tab.wait_for_function(MENU_SET)


class Phones(Stage):
    """Phones on one demonstration, whose server is told the time through a file."""

    def __init__(self, engine: Any, url: str, clock: Path) -> None:
        self.engine, self.url, self.clock = engine, url, clock
        self.lent: list[Visitor] = []
        self.idle: list[Visitor] = []

    def somebody(self) -> Visitor:
        """A phone that remembers nothing but the site's styles and scripts."""
        phone = self.idle.pop() if self.idle else Visitor(self.engine, self.url)
        phone.context.clear_cookies()
        self.lent.append(phone)
        return phone

    def at(self, when: datetime | None) -> None:
        """Everybody has gone home since, and given their phone back."""
        self.clock.write_text(when.isoformat() if when else "")
        self.idle += self.lent
        self.lent = []

    def close(self) -> None:
        for phone in self.idle + self.lent:
            phone.context.close()


@pytest.fixture(scope="module")
def demo_stage(browser_engine: Any, tmp_path_factory: pytest.TempPathFactory, demo_sqlite: Path) -> Iterator[Phones]:
    """The demonstration served by tests/browser/served.py."""
    instance = tmp_path_factory.mktemp("stage")
    clock = instance / "clock"
    clock.write_text("")
    with served(instance, demo_sqlite, lambda port: ["tests.browser.served", str(port), str(clock)]) as url:
        phones = Phones(browser_engine, url, clock)
        yield phones
        phones.close()


@pytest.fixture
def stage(demo_stage: Phones) -> Iterator[Phones]:
    """The same for every test of a module; the clock runs, and every phone is put away afterwards."""
    yield demo_stage
    demo_stage.at(None)


@pytest.fixture
def visitor(browser_engine: Any, demo_server: str) -> Iterator[Callable[[], Visitor]]:
    """`visitor()` opens another person's phone on `flask demo`."""
    opened: list[Visitor] = []

    def open_() -> Visitor:
        opened.append(Visitor(browser_engine, demo_server))
        return opened[-1]

    yield open_
    for one in opened:
        one.context.close()
