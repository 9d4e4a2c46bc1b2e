"""A journey's driver without JavaScript: the quality-gate client, which fails any page that has a fault."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import datetime
from urllib.parse import urldefrag, urljoin

from flask import Flask

from grants.kernel import clock
from tests.client import Browser
from tests.journeys.driver import Driver, File, Stage
from tests.reading import Element, Page

FIELDS = ("input", "select", "textarea")
# What a group is never told: the words of those who run the funding.
JARGON = re.compile(r"\b(pots?|ledger|passported|bids?|vired|reserved|decommit\w*)\b", re.I)
STAFF_PATHS = ("/outbox",)


class Reader(Driver):
    """One person with one browser, and what they have typed but not sent."""

    def __init__(self, app: Flask) -> None:
        self.browser = Browser(app)
        self.typed: dict[str, str] = {}

    def visit(self, path: str, *, expect: int = 200) -> None:
        self.typed = {}
        path, _anchor = urldefrag(urljoin(self.browser.at, path))
        self.browser.visit(path.removeprefix(self.browser.app.extensions["grants"].base_url), expect)
        self._in_plain_words()

    def follow(self, link: str) -> None:
        self.visit(self.page.link(link))

    def fetch(self, link: str) -> File:
        answer = self.browser.fetch(self.page.link(link))
        return File(answer.status_code, answer.mimetype, answer.data)

    def fill(self, label: str, text: str, *, group: str | None = None) -> None:
        self.typed[self._field(label, group).at["name"]] = text

    def choose(self, group: str, option: str) -> None:
        radios = [e for e in self.page.find("input", type="radio") if _legend(self.page, e) == group]
        if radios:
            chosen = self._labelled(radios, option)
            self.typed[chosen.at["name"]] = chosen.at["value"]
            return
        field = self._field(group)
        options = [e for e in self.page.find("option") if e.inside("select") is field]
        said = [re.sub(r"^[–\s]+", "", e.text) for e in options]
        assert option in said, f"{group!r} has no {option!r}; it has {said}"
        self.typed[field.at["name"]] = options[said.index(option)].at["value"]

    def tick(self, label: str) -> None:
        box = self._labelled(self.page.find("input", type="checkbox"), label)
        self.typed[box.at["name"]] = box.at.get("value", "on")

    def press(self, button: str, *, expect: int = 200) -> None:
        typed, self.typed = self.typed, {}
        self.browser.fill(typed, button=button, expect=expect)
        self._in_plain_words()

    def _in_plain_words(self) -> None:
        """A page of a group, or of nobody, has none of the words of those who run the funding."""
        menu = {text for text, _href in self.page.links}
        if "Funding rounds" not in menu and not self.path.startswith(STAFF_PATHS):
            assert not (found := JARGON.findall(self.page.text)), f"{self.path} says {found}"

    @property
    def page(self) -> Page:
        assert self.browser.page
        return self.browser.page

    @property
    def path(self) -> str:
        return self.browser.at

    @property
    def text(self) -> str:
        return self.page.all("main")[0]

    def value(self, label: str) -> str:
        field = self._field(label)
        return next((v for f in self.page.forms for name, v in f.values if name == field.at["name"]), "")

    def _field(self, label: str, group: str | None = None) -> Element:
        fields = [e for e in self.page.find(*FIELDS) if group is None or _legend(self.page, e) == group]
        return self._labelled(fields, label)

    def _labelled(self, fields: list[Element], label: str) -> Element:
        labels = {e.at.get("for"): e.text for e in self.page.find("label")}
        found = [e for e in fields if labels.get(e.at.get("id", "")) == label]
        known = [labels.get(e.at.get("id", "")) for e in fields]
        assert found, f"{self.path} asks nothing called {label!r}; it asks {known}"
        return found[0]


def _legend(page: Page, field: Element) -> str | None:
    around = field.inside("fieldset")
    return next((e.text for e in page.find("legend") if e.inside("fieldset") is around), None) if around else None


class Pages(Stage):
    """The application in this process, its clock stopped in this context."""

    def __init__(self, app: Flask) -> None:
        self.app, self._stopped = app, ExitStack()

    def somebody(self) -> Driver:
        return Reader(self.app)

    def at(self, when: datetime | None) -> None:
        self._stopped.close()
        if when is not None:
            self._stopped.enter_context(clock.stopped(when))

    def close(self) -> None:
        """Let the clock run again."""
        self._stopped.close()
