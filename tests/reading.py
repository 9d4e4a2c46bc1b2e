"""A page as a person meets it, and the checks every page has to pass. Standard library only.

page = Page(response.text, response.status_code)
page.h1, page.title, page.caption, page.problems, page.banners     what it says of itself
page.all("dd"), page.attributes("a", href="/x"), page.text          elements by tag and attributes, in order
page.links -> [Link(text, href)], page.tables() -> [Table(caption, head, rows)]
page.forms -> [Form]: .method .action .values (what a browser would send unchanged) .buttons .fill(name=value)
page.faults -> everything wrong with the page, as sentences; a good page has none
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NAMELESS = {"hidden", "submit", "button", "image", "reset"}
POINTERS = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "headers", "for", "list")
SLIPS = ("{{", "{%", "&lt;", "&amp;", "&#39;", "&#34;", "<built-in", "object at 0x")  # escaped twice, or never filled in
ONE_OF_EACH = ("main", "title", "h1")


def squeeze(text: str) -> str:
    """Text as a reader sees it: one space between words."""
    return re.sub(r"\s+", " ", text).strip()


@dataclass
class Element:
    """One element: its place in the tree and the text inside it."""

    tag: str
    at: dict[str, str]
    parents: list[Element] = field(repr=False, default_factory=list)
    pieces: list[str] = field(repr=False, default_factory=list)

    @property
    def text(self) -> str:
        return squeeze("".join(self.pieces))

    @property
    def classes(self) -> set[str]:
        return set(self.at.get("class", "").split())

    def inside(self, *tags: str) -> Element | None:
        """The nearest element of these kinds around this one."""
        return next((parent for parent in reversed(self.parents) if parent.tag in tags), None)


class Link(NamedTuple):
    """Where a person can go."""

    text: str
    href: str


class Button(NamedTuple):
    """What a person can press."""

    text: str
    name: str | None
    value: str


class Table(NamedTuple):
    """A table's words, row by row."""

    caption: str
    head: list[str]
    rows: list[list[str]]


@dataclass
class Form:
    """What a browser would send."""

    method: str
    action: str
    values: list[tuple[str, str]]
    names: set[str]
    buttons: list[Button]

    @property
    def given(self) -> dict[str, list[str]]:
        """Every value by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.values:
            found.setdefault(name, []).append(value)
        return found

    def fill(self, **typed: str | list[str] | None) -> dict[str, list[str]]:
        """What is sent after typing these; None leaves a field out. A name the form does not have is an error."""
        if strangers := set(typed) - self.names:
            raise KeyError(f"This form has no {sorted(strangers)}; it has {sorted(self.names)}")
        sent = self.given
        for name, value in typed.items():
            if value is None:
                sent.pop(name, None)
            else:
                sent[name] = [value] if isinstance(value, str) else list(value)
        return sent


class Page(HTMLParser):
    """One page, read from its HTML."""

    def __init__(self, html: str, status: int = 200) -> None:
        super().__init__(convert_charrefs=True)
        self.status, self.html = status, html
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._broken: list[str] = []
        self.feed(html)
        self.close()
        self._broken += [f"<{element.tag}> is never closed" for element in self._open]
        self.faults = list(self._faults())

    # reading

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        doubled = [name for name, times in Counter(name for name, _value in attrs).items() if times > 1]
        self._broken += [f"<{tag}> has {name} twice" for name in doubled]
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self._open))
        self.elements.append(element)
        if tag == "br":
            self.handle_data("\n")  # a reader sees the break
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._open and self._open[-1].tag == tag:
            self._open.pop()
        elif any(element.tag == tag for element in self._open):
            while self._open[-1].tag != tag:
                self._broken.append(f"<{self._open.pop().tag}> is never closed (before </{tag}>)")
            self._open.pop()
        else:
            self._broken.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    # asking

    def find(self, *tags: str, **where: str) -> list[Element]:
        """Elements of these kinds with these attributes. `class_="x"` finds a class among several."""
        css = where.pop("class_", None)
        return [
            e
            for e in self.elements
            if (not tags or e.tag in tags) and where.items() <= e.at.items() and (css is None or css in e.classes)
        ]

    def all(self, tag: str, **where: str) -> list[str]:
        """The texts of elements, in order."""
        return [element.text for element in self.find(tag, **where)]

    def attributes(self, tag: str, **where: str) -> list[dict[str, str]]:
        """The attributes of elements, in order."""
        return [element.at for element in self.find(tag, **where)]

    @property
    def text(self) -> str:
        """All that the body says."""
        return " ".join(self.all("body"))

    @property
    def h1(self) -> str:
        return self.all("h1")[0]

    @property
    def title(self) -> str:
        return self.all("title")[0]

    @property
    def caption(self) -> str:
        return next(iter(self.all("p", class_="govuk-caption-l")), "")

    @property
    def problems(self) -> list[str]:
        """The sentences of the error summary."""
        return [e.text for e in self.find("li") if any("govuk-error-summary" in p.classes for p in e.parents)]

    @property
    def banners(self) -> list[str]:
        """What the page says has just happened."""
        return self.all("p", class_="govuk-notification-banner__heading")

    @property
    def links(self) -> list[Link]:
        return [Link(element.text, element.at["href"]) for element in self.find("a") if "href" in element.at]

    def link(self, text: str) -> str:
        """Where the link with exactly this text leads."""
        found = [href for said, href in self.links if said == text]
        if not found:
            raise LookupError(f"No link {text!r}; there are {[said for said, _href in self.links]}")
        return found[0]

    def tables(self) -> list[Table]:
        """Every table's words."""
        rows: dict[int, list[Element]] = {id(table): [] for table in self.find("table")}
        cells: dict[int, list[str]] = {}
        for element in self.find("tr", "td", "th"):
            around = element.inside("table" if element.tag == "tr" else "tr")
            if around is None:
                continue
            if element.tag == "tr":
                rows[id(around)].append(element)
            else:
                cells.setdefault(id(around), []).append(element.text)
        captions = {id(e.inside("table")): e.text for e in self.find("caption")}
        return [
            Table(
                captions.get(id(table), ""),
                next((cells.get(id(row), []) for row in rows[id(table)] if row.inside("thead")), []),
                [cells.get(id(row), []) for row in rows[id(table)] if not row.inside("thead")],
            )
            for table in self.find("table")
        ]

    @property
    def forms(self) -> list[Form]:
        """Every form with what a browser would send if nothing were changed."""
        return [self._form(form) for form in self.find("form")]

    def _form(self, form: Element) -> Form:
        inside = [
            e for e in self.find("input", "select", "textarea", "button") if e.inside("form") is form and "disabled" not in e.at
        ]
        values = [(e.at["name"], value) for e in inside if e.at.get("name") for value in self._values(e)]
        return Form(
            form.at.get("method", "get").lower(),
            form.at.get("action", ""),
            values,
            {e.at["name"] for e in inside if e.at.get("name")},
            [
                Button(e.text, e.at.get("name"), e.at.get("value", ""))
                for e in inside
                if e.tag == "button" and e.at.get("type", "submit") == "submit"
            ],
        )

    def _values(self, element: Element) -> Iterator[str]:
        if element.tag == "textarea":
            yield "".join(element.pieces).removeprefix("\n")
        elif element.tag == "select":
            options = [e for e in self.find("option") if e.inside("select") is element]
            chosen = [e for e in options if "selected" in e.at] or ([] if "multiple" in element.at else options[:1])
            yield from (e.at.get("value", e.text) for e in chosen)
        elif element.tag == "input":
            kind = element.at.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in element.at:
                    yield element.at.get("value", "on")
            elif kind not in ("submit", "button", "image", "reset", "file"):
                yield element.at.get("value", "")

    # judging

    def _faults(self) -> Iterator[str]:
        yield from self._broken
        self._ids = Counter(e.at["id"] for e in self.elements if "id" in e.at)
        yield from (f"id {name!r} is used {times} times" for name, times in self._ids.items() if times > 1)
        yield from (f"an id is empty or has a space: {name!r}" for name in self._ids if not name or " " in name)
        yield from self._frame()
        yield from self._headings()
        yield from self._labels()
        yield from self._pointers()
        yield from self._names()
        yield from self._tables()
        yield from self._in_line()
        yield from self._forms()
        yield from self._slips()

    def _frame(self) -> Iterator[str]:
        if not any(e.at.get("lang") for e in self.find("html")):
            yield "<html> has no lang"
        for tag in ONE_OF_EACH:
            found = [e for e in self.find(tag) if not e.inside("svg")]
            if len(found) != 1:
                yield f"{len(found)} {tag} elements"
        titles, headings = self.all("title")[:1], self.all("h1")[:1]
        if titles and headings and not titles[0].removeprefix("Error: ").startswith(headings[0]):
            yield f"title {titles[0]!r} does not start with the h1 {headings[0]!r}"
        if titles and titles[0].startswith("Error: ") != bool(self.problems):
            yield "title says Error when the page does not, or the other way round"
        if self.problems and self.status == 200:
            yield "a page with problems answers 200"

    def _headings(self) -> Iterator[str]:
        level = 0
        for heading in self.find("h1", "h2", "h3", "h4", "h5", "h6"):
            now = int(heading.tag[1])
            before_the_page = not heading.inside("main")
            if not heading.text:
                yield f"an empty {heading.tag}"
            if heading.inside("main") and now > level + 1 and level:
                yield f"{heading.tag} {heading.text!r} follows h{level}"
            if not before_the_page and "govuk-error-summary__title" not in heading.classes:
                level = 1 if "govuk-notification-banner__title" in heading.classes else now

    def _labels(self) -> Iterator[str]:
        labels = {e.at.get("for"): e.text for e in self.find("label")}
        for element in self.find("input", "select", "textarea"):
            if element.at.get("type") in NAMELESS:
                continue
            wrapped = element.inside("label")
            said = labels.get(element.at.get("id", "")) or (wrapped and wrapped.text) or element.at.get("aria-label")
            if not said and not element.at.get("aria-labelledby"):
                yield f"{element.tag} {element.at.get('name')!r} has no label"
            if not element.at.get("name") and not element.at.get("form"):
                yield f"{element.tag} {element.at.get('id')!r} has no name"
            if element.at.get("type") in ("radio", "checkbox") and len(self.find("input", name=element.at.get("name", ""))) > 1:
                fieldset = element.inside("fieldset")
                if fieldset is None:
                    yield f"{element.at.get('type')} {element.at.get('name')!r} stands in no fieldset"
        for fieldset in self.find("fieldset"):
            if not any(e.text for e in self.find("legend") if e.inside("fieldset") is fieldset):
                yield "a fieldset has no legend"

    def _pointers(self) -> Iterator[str]:
        for element in self.elements:
            for name in POINTERS:
                yield from (f"{name} points at nothing: {i}" for i in element.at.get(name, "").split() if i not in self._ids)
            href = element.at.get("href", "")
            if element.tag == "a" and href.startswith("#") and href[1:] not in self._ids:
                yield f"link to nothing: {href!r}"
            if element.tag == "a" and "href" not in element.at:
                yield f"a link that leads nowhere: {element.text!r}"
        for element in self.find(class_="govuk-error-message"):
            near = [e for e in self.elements if element.at.get("id") in e.at.get("aria-describedby", "").split()]
            if not near and not element.at.get("id", "").endswith("-error"):
                yield f"nothing says that this message is about it: {element.text!r}"

    def _names(self) -> Iterator[str]:
        for element in self.find("a", "button", "summary"):
            pictures = [e for e in self.find("img") if element in e.parents and e.at.get("alt")]
            if not (element.text or element.at.get("aria-label") or pictures):
                yield f"an empty {element.tag}: {element.at}"
            if element.tag != "summary" and (around := element.inside("a", "button")):
                yield f"a {element.tag} inside a {around.tag}: {element.text!r}"
        for element in self.find("img"):
            if "alt" not in element.at:
                yield f"an image has no alt: {element.at.get('src')}"
        for element in self.find("svg"):
            named = any(e.tag == "title" and e.parents[-1] is element and e.text for e in self.elements)
            if element.at.get("role") == "img" and not (named or element.at.get("aria-label")):
                yield "a picture (svg) has no title"
            if element.at.get("role") != "img" and element.at.get("aria-hidden") != "true":
                yield "a picture (svg) is neither named nor hidden"
        for element in self.elements:
            if re.fullmatch(r"0*[1-9]\d*", element.at.get("tabindex", "")):
                yield f"tabindex {element.at['tabindex']} on <{element.tag}>"
            if element.at.get("role") == "region" and not (element.at.get("aria-label") or element.at.get("aria-labelledby")):
                yield "a region has no name"

    def _tables(self) -> Iterator[str]:
        for table, element in zip(self.tables(), self.find("table"), strict=True):
            if not table.caption and not element.at.get("aria-label"):
                yield f"a table has no caption: {table.head}"
            if not table.head:
                yield f"table {table.caption!r} has no head"
            spans = any(e.at.get("colspan") for e in self.find("td", "th") if e.inside("table") is element)
            for row in table.rows:
                if table.head and not spans and len(row) != len(table.head):
                    yield f"table {table.caption!r} has {len(table.head)} columns and a row of {len(row)}: {row}"
        yield from (
            f"th {e.text!r} has no scope"
            for e in self.find("th")
            if e.at.get("scope") not in ("col", "row", "colgroup", "rowgroup")
        )

    def _in_line(self) -> Iterator[str]:
        for element in self.elements:
            if "style" in element.at:
                yield f"inline style on <{element.tag}>"
            yield from (f"inline script: {name} on <{element.tag}>" for name in element.at if name.startswith("on"))
            if element.tag == "style" or (element.tag == "script" and not element.at.get("src")):
                yield f"inline <{element.tag}>"
            for name in ("href", "src", "action", "formaction"):
                address = element.at.get(name, "")
                if address.lower().startswith(("javascript:", "data:text")):
                    yield f"{name} runs a script on <{element.tag}>"
                if element.tag in ("script", "link", "img", "iframe") and re.match(r"(?:https?:)?//", address):
                    yield f"<{element.tag}> comes from elsewhere: {address}"

    def _forms(self) -> Iterator[str]:
        for element, form in zip(self.find("form"), self.forms, strict=True):
            if "method" not in element.at:
                yield f"a form does not say its method: {form.action or 'this page'}"
            if element.inside("form"):
                yield "a form inside a form"
            if not form.buttons:
                yield f"a form has no button to send it: {form.action or 'this page'}"
            if form.method == "get" and "csrf_token" in form.names:
                yield f"a GET form shows its token: {form.action}"
            if "csrf_token" in form.names and not all(form.given.get("csrf_token", [""])):
                yield f"a form's token is empty: {form.action or 'this page'}"
            if re.match(r"(?:https?:)?//", form.action):
                yield f"a form sends elsewhere: {form.action}"
        for element in self.find("button"):
            if "type" not in element.at:
                yield f"button {element.text!r} does not say its type"

    def _slips(self) -> Iterator[str]:
        for cell in self.find("td", "dd", "th", "p", "li", "h1", "h2", "option"):
            if cell.text in ("None", "nan", "[]", "{}", "()"):
                yield f"<{cell.tag}> reads {cell.text!r}"
        said = self.text
        yield from (
            f"the page shows {slip!r}"
            for slip in ("{{", "{%", "&lt;", "&amp;", "&#39;", "&#34;", "<built-in", "object at 0x")
            if slip in said
        )
        yield from (f"the page shows an unfilled %({name})s" for name in re.findall(r"%\((\w+)\)s", said))
