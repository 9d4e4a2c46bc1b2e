"""What a journey needs of a browser, whatever kind it is: one person at one screen, and the stage they all stand on.

`tests/journeys/without_javascript.py` drives the quality-gate client; `tests/browser/conftest.py` drives Chromium on a phone.
A journey is written once against this file, in the words a person sees: links, labels, options and buttons.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from tests.reading import Page, Table

PASSWORD = "demonstration"


class File(NamedTuple):
    """An answer that is no page."""

    status: int
    kind: str
    content: bytes


class Driver(ABC):
    """One person at one screen."""

    # -- going about ----------------------------------------------------------------------------------------------

    @abstractmethod
    def visit(self, path: str, *, expect: int = 200) -> None:
        """Type an address."""

    @abstractmethod
    def follow(self, link: str) -> None:
        """Follow the first link, or link that looks like a button, with exactly this text; from the menu if it is there."""

    @abstractmethod
    def fetch(self, link: str) -> File:
        """Open a link that leads to a file."""

    # -- filling in -----------------------------------------------------------------------------------------------

    @abstractmethod
    def fill(self, label: str, text: str, *, group: str | None = None) -> None:
        """Type into the field with this label, within the group of fields with this legend if one is named."""

    @abstractmethod
    def choose(self, group: str, option: str) -> None:
        """Choose a radio or an entry of a list."""

    @abstractmethod
    def tick(self, label: str) -> None:
        """Tick a box."""

    @abstractmethod
    def press(self, button: str, *, expect: int = 200) -> None:
        """Press the first button with exactly this text. `expect` is the status of the page that comes, after redirects."""

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def page(self) -> Page:
        """The page in hand."""

    @property
    @abstractmethod
    def path(self) -> str:
        """Its address without the site."""

    @property
    @abstractmethod
    def text(self) -> str:
        """All that its main part says, with single spaces."""

    @abstractmethod
    def value(self, label: str) -> str:
        """What stands in the field with this label."""

    def named(self, name: str) -> None:  # noqa: B027  # only a browser takes pictures
        """A page worth a picture."""

    # -- the same for every kind ----------------------------------------------------------------------------------

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Come in through the sign-in page."""
        self.visit("/sign-in")
        self.fill("Email address", email)
        self.fill("Password", password)
        self.press("Sign in")
        assert self.h1 == "What waits for you", (self.h1, self.problems)

    def sign_out(self) -> None:
        """Leave."""
        self.press("Sign out")
        assert self.banners == ["You have signed out."]

    def date(self, group: str, day: date) -> None:
        """Fill in the three parts of a date."""
        for part, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            self.fill(part, str(number), group=group)

    @property
    def ref(self) -> str:
        """The reference in the address: /applications/APP-26-00009/costs is about APP-26-00009."""
        return next(part for part in self.path.partition("?")[0].split("/") if part[3:4] == "-" and part[:3].isupper())

    @property
    def h1(self) -> str:
        return self.page.h1

    @property
    def problems(self) -> list[str]:
        return self.page.problems

    @property
    def banners(self) -> list[str]:
        return self.page.banners

    def table(self, caption: str) -> Table:
        """The table with this caption."""
        found = [table for table in self.page.tables() if table.caption == caption]
        assert found, f"{self.path} has no table {caption!r}; it has {[t.caption for t in self.page.tables()]}"
        return found[0]

    def row(self, caption: str, head: str) -> dict[str, str]:
        """The row of a table that begins with this, by column."""
        table = self.table(caption)
        found = [row for row in table.rows if row[0] == head or row[0].startswith(f"{head} ")]
        assert found, f"{caption!r} has no row {head!r}; it has {[row[0] for row in table.rows]}"
        return dict(zip(table.head, found[0], strict=True))

    def says(self, key: str) -> str:
        """What a list of facts or figures says of this."""
        lists = [(e.tag, e.text) for e in self.page.find("dt", "dd")]
        found = [after[1] for (tag, text), after in pairwise(lists) if tag == "dt" and text == key]
        assert found, f"{self.path} says nothing of {key!r}; it does of {[text for tag, text in lists if tag == 'dt']}"
        return found[0]

    def tasks(self) -> dict[str, str]:
        """A task list: each line and how far it is."""
        names = self.page.all("div", class_="govuk-task-list__name-and-hint")
        return dict(zip(names, self.page.all("div", class_="govuk-task-list__status"), strict=True))


class Stage(ABC):
    """Where people meet: one demonstration, and its clock."""

    @abstractmethod
    def somebody(self) -> Driver:
        """A person at a screen of their own, not signed in."""

    @abstractmethod
    def at(self, when: datetime | None) -> None:
        """Set the clock of whatever serves the pages. None: let it run."""

    def person(self, email: str) -> Driver:
        """Somebody who has signed in."""
        driver = self.somebody()
        driver.sign_in(email)
        return driver

    def mail(self, to: str) -> list[tuple[str, str]]:
        """Subject and text of every e-mail to this address, newest first, as the demonstration's outbox shows them."""
        reader = self.somebody()
        reader.visit("/outbox")
        found: list[tuple[str, str]] = []
        for letter in reader.page.find("section", class_="letter"):
            inside = [e for e in reader.page.elements if letter in e.parents]
            address = next(e.text for e in inside if e.tag == "p")
            if address.startswith(f"To {to}, "):
                subject = next(e.text for e in inside if e.tag == "h2").rsplit(" ", 1)[0]
                said = [e.text for e in inside if "govuk-details__text" in e.classes]
                found.append((subject, said[0] if said else ""))
        return found
