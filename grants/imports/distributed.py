"""A distributor's list of the grants it gave out: read from CSV or XLSX, every cell and row checked, by row and column at once.

One checker for both ways in: the page of the money it was handed, and `flask import distributed_grants.csv`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from grants.imports.facts import Facts, read_cells
from grants.imports.readers import LARGEST, Problem, Row, Sheet, read_text
from grants.imports.tables import TABLES, Column
from grants.kernel.errors import NotFound
from grants.kernel.words import _
from grants.spending import commands as spending
from grants.spending import queries
from grants.spending.models import OwnSpend
from grants.spending.rules import GrantFacts

TABLE = "distributed_grants"
OF = "own_spend"  # the column that says which distribution a row is of; a page knows


class Checked(NamedTuple):
    """A list that was read: its rows, and everything wrong with it. With problems, nothing of it may be kept."""

    rows: Sequence[GrantFacts]
    problems: Sequence[Problem]


def check(spend: OwnSpend, name: str, content: bytes) -> Checked:
    """Read a distributor's list, as it was uploaded to the page of its money, and check it against all that is known.

    `name` is the file's: its ending says how it is read. Reads only.
    """
    facts = Facts()
    sheet, problems = _sheet(name, content)
    facts.problems += problems
    if sheet is None:
        return Checked((), facts.problems)
    facts.sheets[TABLE] = sheet
    if OF not in sheet.columns:
        for row in sheet.rows:
            row.cells[OF] = spend.ref
        sheet.columns = [*sheet.columns, OF]
    read_cells(TABLES[TABLE], sheet, facts)
    rows = []
    for row in sheet.rows:
        if row.sound(OF) and row[OF] != spend.ref:
            facts.problems.append(facts.problem(TABLE, row, OF, _("This list is for %(spend)s.", spend=spend.ref)))
        if found := grant(row):
            rows.append(found)
    facts.problems += _problems(facts, spending.wrong_in_list(spend, rows), {row.number: row for row in sheet.rows})
    return Checked(rows, sorted(facts.problems, key=lambda one: one.row or 0))


def columns() -> Sequence[Column]:
    """The columns such a list has, for saying so beside the form."""
    return TABLES[TABLE].columns


def grant(row: Row) -> GrantFacts | None:
    """A row as the spending room knows it; None where one of the cells it needs could not be read."""
    needed = ("distributor_reference", "recipient", "recipient_type", "title", "amount_gbp", "decided_on")
    if not row.sound(*needed) or any(row[column] is None for column in needed):
        return None
    return GrantFacts(
        row.number,
        row["distributor_reference"],
        row["recipient"],
        row["recipient_type"],
        row["title"],
        row["amount_gbp"],
        row["decided_on"],
        row["recipient_slug"] if row.sound("recipient_slug") else None,
        None,  # whether it is a voluntary one: the checker looks
        row["priority_slug"] if row.sound("priority_slug") else None,
    )


def _problems(facts: Facts, wrong: Sequence[Any], rows: Mapping[int, Row]) -> Iterator[Problem]:
    for one in wrong:
        yield facts.problem(TABLE, rows.get(one.row) if one.row is not None else None, one.column, one.sentence)


# -- for `flask import` ------------------------------------------------------------------------------------------------


def lists_fit_their_distributions(facts: Facts) -> Iterator[Problem]:
    """Every row is of money that was handed to a distributor, and fits its ring-fence, its year and its sum."""
    grouped: dict[str, list[Row]] = {}
    for row in facts.rows(TABLE):
        if row.sound(OF) and row[OF]:
            grouped.setdefault(row[OF], []).append(row)
    for ref, rows in grouped.items():
        try:
            spend = queries.spend(ref)
        except NotFound:
            for row in rows:
                yield facts.problem(TABLE, row, OF, _("There is no own spend %(ref)s.", ref=ref))
            continue
        made = [found for row in rows if (found := grant(row))]
        yield from _problems(facts, spending.wrong_in_list(spend, made), {row.number: row for row in rows})


# -- the file ----------------------------------------------------------------------------------------------------------


def _sheet(name: str, content: bytes) -> tuple[Sheet | None, list[Problem]]:
    """The rows of an uploaded file."""
    ending = Path(name).suffix.lower()
    if len(content) > LARGEST:
        return None, [Problem(name, None, None, _("The file is larger than 20 MB. Split it."))]
    if ending not in _READERS:
        return None, [Problem(name, None, None, _("Choose a CSV file or an XLSX spreadsheet."))]
    return _READERS[ending](name, content)


def _workbook(name: str, content: bytes) -> tuple[Sheet | None, list[Problem]]:
    """The first sheet of a spreadsheet, every cell as it would be written in a CSV file. Nothing is worked out."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError):
        return None, [
            Problem(name, None, None, _("This spreadsheet could not be read. Save it again as XLSX, or as ‘CSV UTF-8’."))
        ]
    if not lines or not any(_written(cell) for cell in lines[0]):
        return None, [Problem(name, 1, None, _("The file has no headings. The first row must name the columns."))]
    columns = [_written(cell).strip() for cell in lines[0]]
    while columns and not columns[-1]:
        columns.pop()
    problems = [
        Problem(name, 1, column, _("Two columns have this heading. Remove one."))
        for column in dict.fromkeys(c for c in columns if c and columns.count(c) > 1)
    ]
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        written = [_written(cell) for cell in cells[: len(columns)]]
        if any(cell.strip() for cell in written):
            rows.append(Row(number, dict(zip(columns, written, strict=False))))
    return Sheet(name, columns, rows), problems


def _written(cell: Any) -> str:
    """A spreadsheet's cell as text: dates year first, whole numbers without a point, money with its pence."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return "" if cell is None else str(cell)


_READERS: Mapping[str, Callable[[str, bytes], tuple[Sheet | None, list[Problem]]]] = {".csv": read_text, ".xlsx": _workbook}

__all__: Sequence[str] = ("Checked", "check", "columns", "grant", "lists_fit_their_distributions")
