"""A report: a title, how it stands when, and sections of text or table. One value, drawn as CSV or JSON; later as more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure there is none of, and why: 'not stated', 'not known: 19 named awards have no stated amount'. Never nought."""

    reason: str


Cell = Money | Decimal | int | str | bool | date | Unknown | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in files, its word in print, and what it means."""

    key: str
    word: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A section of plain paragraphs."""

    heading: str
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A section of rows. `foot` is the row of totals, if there is one; `notes` stand beneath."""

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[Cell] | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown, independent of how. `as_at` says in words when it stands."""

    title: str
    as_at: str
    sections: Sequence[Text | Table]
    facts: Mapping[str, str] = field(default_factory=dict)


def render(report: Report, format: str) -> str:
    """The report as 'csv' or 'json'. RuleBroken for a format that is not made yet."""
    if format not in RENDERERS:
        raise RuleBroken(_("There is no %(format)s of reports. Choose %(known)s.", format=format, known=", ".join(RENDERERS)))
    return RENDERERS[format](report)


def as_csv(report: Report) -> str:
    """Every table, one after another with an empty line between: a header of column keys, the rows, the totals.

    Money is plain pounds and pence; what is not known says why in its cell. Text stays out.
    """
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    for n, table in enumerate(_tables(report)):
        if n:
            write([])
        write([column.key for column in table.columns])
        for row in (*table.rows, *([table.foot] if table.foot else [])):
            write([_for_csv(cell) for cell in row])
    return out.getvalue()


def as_json(report: Report) -> str:
    """The whole report. Money is a string ('218973.00'); what is not known is null, with the reason in '<column>_reason'."""
    said: dict[str, Any] = {"title": report.title, "as_at": report.as_at, **report.facts, "sections": []}
    for section in report.sections:
        if isinstance(section, Text):
            said["sections"].append({"heading": section.heading, "text": list(section.paragraphs)})
            continue
        said["sections"].append(
            {
                "heading": section.heading,
                "columns": [{"key": c.key, "name": c.word, "meaning": c.meaning} for c in section.columns],
                "rows": [_row(section, row) for row in section.rows],
                "total": _row(section, section.foot) if section.foot else None,
                "notes": list(section.notes),
            }
        )
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


RENDERERS: Mapping[str, Callable[[Report], str]] = {"csv": as_csv, "json": as_json}


def _tables(report: Report) -> Sequence[Table]:
    return [section for section in report.sections if isinstance(section, Table)]


def _row(table: Table, cells: Sequence[Cell]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in zip(table.columns, cells, strict=True):
        row[column.key] = _for_json(cell)
        if isinstance(cell, Unknown):
            row[f"{column.key}_reason"] = cell.reason
    return row


def _for_json(cell: Cell) -> Any:
    if isinstance(cell, Unknown):
        return None
    if isinstance(cell, Money):
        return cell.plain
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date) else cell


def _for_csv(cell: Cell) -> Any:
    if isinstance(cell, Unknown):
        return cell.reason
    said = _for_json(cell)
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"  # a spreadsheet would take it for a formula
    return "" if said is None else said
