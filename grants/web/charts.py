"""The flow of a year's money, drawn on the server as SVG: who gave, what it became, where it went.

Pure functions: names and pence in, places out. `ui/flow.html` writes the picture, always with the same figures in a table
beneath. Colours are attributes and classes both, for a picture taken out of its page keeps its colours.

    picture = charts.flow(
        [(_("Given by"), ["Home Office", "Council"]), (_("Stream"), ["VCS Grant"]), (_("Went to"), ["AWD-26-00001", "Free"])],
        [Flow("Home Office", "VCS Grant", Money(…)), …], title=_("Where the money went in 2026/27"))
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from grants.kernel.money import ZERO, Money, total
from grants.kernel.words import _, many

WIDTH, BAR, GAP, TOP, TALL = 960.0, 14.0, 14.0, 28.0, 380.0
LINE, SMALLEST = 18.0, 1.0
COLOURS = ("#1d6f82", "#8a5a00", "#6a3d9a", "#2f6b2f", "#a1324f", "#4a5568")  # --flow-1 … --flow-6 of house.css


class Flow(NamedTuple):
    """So much money out of one name and into another."""

    out_of: str
    into: str
    amount: Money


class Node(NamedTuple):
    """One name in the picture: its bar and the lines of its label."""

    name: str
    lines: Sequence[str]
    amount: Money
    x: float
    y: float
    height: float
    text_x: float
    anchor: str
    colour: int


class Band(NamedTuple):
    """One flow in the picture."""

    flow: Flow
    path: str
    colour: int


class Picture(NamedTuple):
    """All that the template writes."""

    title: str
    description: str
    width: float
    height: float
    headings: Sequence[tuple[str, float, str]]
    nodes: Sequence[Node]
    bands: Sequence[Band]
    flows: Sequence[Flow]

    def fill(self, colour: int) -> str:
        """The colour as an attribute."""
        return COLOURS[colour]


Columns = Sequence[tuple[str, Sequence[str]]]


def flow(columns: Columns, flows: Iterable[Flow], *, title: str, most: int = 12) -> Picture:
    """Place every name once, in columns from left to right, as tall as the larger of what comes in and what goes out.

    Nothing is drawn for flows of nought or less; the table lists them all. A column of more than `most` names shows its
    largest and puts the rest together as "and 7 more".
    """
    asked = list(flows)
    drawn = [one for one in asked if one.amount > ZERO]
    _check(columns, asked)
    columns, drawn = _merged(columns, drawn, most)
    size = sizes([name for _heading, names in columns for name in names], drawn)
    columns = [(heading, [name for name in names if size[name]]) for heading, names in columns]
    columns = [(heading, names) for heading, names in columns if names]
    nodes, height = _nodes(columns, size)
    description = _(
        "%(count)s from left to right. The table beneath has the same figures.",
        count=many("%(num)s flow", "%(num)s flows", len(drawn)),
    )
    return Picture(title, description, WIDTH, height, _headings(columns), list(nodes.values()), _bands(nodes, drawn), asked)


def apart(*columns: Sequence[str]) -> list[dict[str, str]]:
    """Each column's names, made different from those of the columns before it: the same words elsewhere are another place."""
    taken: set[str] = set()
    found = []
    for names in columns:
        column = {}
        for name in names:
            place = name
            while place in taken:
                place += "\u200b"
            column[name] = place
            taken.add(place)
        found.append(column)
    return found


def sizes(names: Sequence[str], flows: Sequence[Flow]) -> dict[str, Money]:
    """The larger of what comes into a name and what goes out of it."""
    return {
        name: max(total(f.amount for f in flows if f.into == name), total(f.amount for f in flows if f.out_of == name))
        for name in names
    }


def _check(columns: Columns, flows: Sequence[Flow]) -> None:
    names = [name for _heading, some in columns for name in some]
    if len(set(names)) != len(names):
        raise ValueError("A name stands in two places of the picture.")
    if strangers := {name for f in flows for name in (f.out_of, f.into)} - set(names):
        raise ValueError(f"In no column of the picture: {sorted(strangers)}")


def _merged(columns: Columns, flows: Sequence[Flow], most: int) -> tuple[Columns, list[Flow]]:
    """Put the smallest names of a crowded column together."""
    renamed: dict[str, str] = {}
    taken = {name for _heading, names in columns for name in names}
    kept: list[tuple[str, list[str]]] = []
    for heading, names in columns:
        size = sizes(names, flows)
        shown = [name for name in names if size[name]]
        if len(shown) > most:
            largest = set(sorted(shown, key=lambda name: (-size[name].pence, name))[: most - 1])
            rest = _("and %(count)s more", count=len(shown) - len(largest))
            while rest in taken:
                rest += "\u200b"  # the same words in another column are another place
            taken.add(rest)
            renamed |= {name: rest for name in shown if name not in largest}
            shown = [name for name in shown if name in largest] + [rest]
        kept.append((heading, shown))
    summed: dict[tuple[str, str], Money] = {}
    for f in flows:
        ends = (renamed.get(f.out_of, f.out_of), renamed.get(f.into, f.into))
        summed[ends] = summed.get(ends, ZERO) + f.amount
    return kept, [Flow(out_of, into, amount) for (out_of, into), amount in summed.items()]


def _x(column: int, count: int) -> float:
    return column * (WIDTH - BAR) / (count - 1) if count > 1 else 0.0


def _headings(columns: Columns) -> list[tuple[str, float, str]]:
    last = len(columns) - 1
    return [
        (heading, _x(n, len(columns)) + (BAR if n == last and n else 0.0), "end" if n == last and n else "start")
        for n, (heading, _names) in enumerate(columns)
    ]


def _nodes(columns: Columns, size: Mapping[str, Money]) -> tuple[dict[str, Node], float]:
    """Bars to one scale; a slot is never lower than its label, so that labels never lie upon each other."""
    largest = max((total(size[name] for name in names).pence for _heading, names in columns), default=0)
    scale = TALL / largest if largest else 0.0
    letters = max(12, int((WIDTH / max(len(columns), 2) - BAR - 16) / 8.4))
    placed: dict[str, Node] = {}
    height = TOP
    for number, (_heading, names) in enumerate(columns):
        x, y, last = _x(number, len(columns)), TOP, number == len(columns) - 1 and number > 0
        for place, name in enumerate(names):
            lines = wrapped(name, letters)
            tall = max(size[name].pence * scale, SMALLEST)
            text_x, anchor = (x - 6, "end") if last else (x + BAR + 6, "start")
            placed[name] = Node(name, lines, size[name], x, y, tall, text_x, anchor, (place + number) % len(COLOURS))
            y += max(tall, LINE * (len(lines) + 1)) + GAP
        height = max(height, y)
    return placed, height


def wrapped(name: str, letters: int) -> list[str]:
    """At most two lines; what does not fit ends in an ellipsis, and the picture's own title has it whole."""
    return textwrap.wrap(name, letters, max_lines=2, placeholder="…") or [name[:letters]]


def _bands(nodes: Mapping[str, Node], flows: Sequence[Flow]) -> list[Band]:
    out, into = dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0.0)
    bands = []
    for one in sorted(flows, key=lambda f: (nodes[f.out_of].x, nodes[f.out_of].y, nodes[f.into].y)):
        a, b = nodes[one.out_of], nodes[one.into]
        thick = max(a.height * one.amount.pence / a.amount.pence, SMALLEST)
        x0, x1 = a.x + BAR, b.x
        y0, y1, middle = a.y + out[a.name], b.y + into[b.name], (x0 + x1) / 2
        out[a.name] += a.height * one.amount.pence / a.amount.pence
        into[b.name] += b.height * one.amount.pence / b.amount.pence
        bands.append(
            Band(
                one,
                f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
                f"V{y1 + thick:.1f}C{middle:.1f} {y1 + thick:.1f} {middle:.1f} {y0 + thick:.1f} {x0:.1f} {y0 + thick:.1f}Z",
                a.colour,
            )
        )
    return bands
