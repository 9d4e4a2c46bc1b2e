"""A file becomes rows of cells, each with its place, or a list of what is wrong with it. Nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from grants.kernel.words import _

LARGEST = 20 * 1024 * 1024  # bytes


class Problem(NamedTuple):
    """One thing to put right: where, as a spreadsheet counts (the headings are row 1), and a sentence saying what to do."""

    file: str
    row: int | None
    column: str | None
    sentence: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row:
            place.append(_("row %(row)s", row=self.row))
        if self.column:
            place.append(_("column %(column)s", column=self.column))
        return f"{', '.join(place)}: {self.sentence}"


@dataclass
class Row:
    """One row: its cells as written, what they were read as, and the columns that could not be read."""

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)

    def sound(self, *columns: str) -> bool:
        """Could all of these columns be read?"""
        return self.bad.isdisjoint(columns)

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)


@dataclass
class Sheet:
    """A file of rows, with the columns its heading names."""

    file: str
    columns: Sequence[str]
    rows: list[Row]


def read(path: Path) -> tuple[Sheet | None, list[Problem]]:
    """The rows of a CSV file, and what is wrong with the file itself. No sheet where it cannot be read at all."""
    try:
        if path.stat().st_size > LARGEST:
            return None, [Problem(path.name, None, None, _("The file is larger than 20 MB. Split it."))]
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        return None, [Problem(path.name, None, None, _("The file could not be read (%(why)s).", why=why))]
    return read_text(path.name, content)


def read_text(name: str, content: bytes) -> tuple[Sheet | None, list[Problem]]:
    """The same of a CSV file's bytes."""

    def wrong(sentence: str, row: int | None = None, column: str | None = None) -> Problem:
        return Problem(name, row, column, sentence)

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [wrong(_("This is not UTF-8 text. In a spreadsheet, save it again as ‘CSV UTF-8’."), line)]
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return None, [
            wrong(_("This is not a CSV file (%(why)s). Look for a quotation mark that is never closed.", why=str(error)))
        ]
    if not lines or not any(lines[0]):
        return None, [wrong(_("The file has no headings. The first row must name the columns."), 1)]
    columns = [cell.strip() for cell in lines[0]]
    problems = [
        wrong(_("The heading of column %(n)s is blank. Name it or remove it.", n=n), 1)
        for n, c in enumerate(columns, 1)
        if not c
    ]
    for column in dict.fromkeys(c for c in columns if c and columns.count(c) > 1):
        problems.append(wrong(_("Two columns have this heading. Remove one."), 1, column))
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue  # an empty line is nobody's row
        row = Row(number, dict(zip(columns, cells, strict=False)))
        if len(cells) != len(columns):
            row.bad.update(columns)
            problems.append(
                wrong(
                    _(
                        "There are %(cells)s cells where the headings name %(columns)s. "
                        "A cell with a comma in it needs quotation marks round it.",
                        cells=len(cells),
                        columns=len(columns),
                    ),
                    number,
                )
            )
        rows.append(row)
    return Sheet(name, columns, rows), problems
