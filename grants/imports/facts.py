"""The set of files being checked together, read cell by cell, beside what the database already holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from grants.imports.cells import text
from grants.imports.readers import Problem, Row, Sheet, read
from grants.imports.tables import LATER, NOT_DATA, TABLES, Table
from grants.kernel.bulk import Key, Record, Shape, there
from grants.kernel.words import _
from grants.people import loading as people
from grants.streams import loading as streams
from grants.streams import loading_beside as beside

UNKNOWN: Any = ...  # a cell that could not be read: rules about it wait until it is put right


class Kept:
    """What the database holds, read table by table when it is first asked for."""

    def __init__(self) -> None:
        self._read: dict[str, dict[Key, Record]] = {}
        self._keys: dict[str, set[str]] = {}

    def records(self, shape: Shape) -> dict[Key, Record]:
        """Every row of a table, by its key."""
        if shape.table not in self._read:
            self._read[shape.table] = there(shape)
        return self._read[shape.table]

    def keys(self, table: str) -> set[str]:
        """What a reference to a table may name."""
        if table not in self._keys:
            if table == "funding_streams":
                self._keys[table] = {key[0] for key in self.records(streams.STREAMS)} | set(self.pots)
            else:
                self._keys[table] = {key[0] for key in self.records(KEPT[table])}
        return self._keys[table]

    def record(self, table: str, key: str) -> Record | None:
        """The row a reference names."""
        return self.records(KEPT[table]).get((key,))

    @cached_property
    def pots(self) -> dict[str, Record]:
        """Pots by the slug of their row in the source."""
        return {pot["slug"]: pot for pot in self.records(streams.POTS).values() if pot["slug"]}

    @cached_property
    def posts(self) -> set[str]:
        """The posts that hold a role."""
        return {role["post"] for role in self.records(people.ROLES).values() if role["post"]}


KEPT = {name: table.shape for name, table in TABLES.items() if table.shape} | {
    "stream_components": streams.COMPONENTS,
    "passported_commitments": streams.COMMITMENTS,
    "awards": streams.PAST_GRANTS,
    "mainstream_contributions": beside.MAINSTREAM,
    "partner_contributions_and_budget_lines": beside.BUDGET_LINES,
}


class Facts:
    """The files of one import: their sheets by table, what is wrong with them so far, and what is not loaded."""

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.problems: list[Problem] = []
        self.unread: set[str] = set()  # tables whose file could not be read: nothing is said about references to them
        self.later: list[str] = []
        self.left_alone: list[str] = []
        self.kept = Kept()

    def rows(self, table: str) -> Sequence[Row]:
        """The table's rows in this set."""
        return self.sheets[table].rows if table in self.sheets else ()

    @cached_property
    def by_key(self) -> dict[str, dict[str, Row]]:
        """The rows of every table in this set, by key. Of two with one key, the first."""
        found: dict[str, dict[str, Row]] = {}
        for name, sheet in self.sheets.items():
            rows = found.setdefault(name, {})
            if column := TABLES[name].key:
                for row in sheet.rows:
                    if key := row.cells.get(column, "").strip():
                        rows.setdefault(key, row)
        return found

    def known(self, table: str, key: str) -> bool:
        """Is there such a row, in this set or in the database?"""
        return table in self.unread or key in self.by_key.get(table, ()) or key in self.kept.keys(table)

    def fact(self, table: str, key: str, column: str) -> Any:
        """What a row says in a column, in this set or else in the database; UNKNOWN where nobody can tell."""
        if row := self.by_key.get(table, {}).get(key):
            return row[column] if row.sound(column) else UNKNOWN
        record = self.kept.record(table, key)
        return UNKNOWN if record is None else record[TABLES[table].by_name[column].kept_as]

    def problem(self, table: str, row: Row | None, column: str | None, sentence: str) -> Problem:
        """Something to put right in a file of this set."""
        return Problem(self.sheets[table].file, row.number if row else None, column, sentence)


def gather(paths: Sequence[Path] | Path) -> Facts:
    """Read files and directories, and every cell of what can be loaded. Writes nothing."""
    facts = Facts()
    for path in _files([paths] if isinstance(paths, Path) else paths, facts):
        name = path.stem
        if path.suffix.lower() == ".md" or (path.suffix.lower() == ".csv" and name in NOT_DATA) or path.name.startswith("."):
            facts.left_alone.append(path.name)
        elif path.suffix.lower() != ".csv":
            facts.problems.append(_about(path, _("Only CSV files can be loaded. In a spreadsheet, save it as ‘CSV UTF-8’.")))
        elif name in LATER:
            facts.later.append(path.name)
        elif name not in TABLES:
            facts.problems.append(
                _about(
                    path, _("No table has this name. Name the file for its table: %(names)s.", names=", ".join(sorted(TABLES)))
                )
            )
        elif name in facts.sheets or name in facts.unread:
            facts.problems.append(_about(path, _("There are two files for this table. Import one of them.")))
        else:
            _take(path, TABLES[name], facts)
    return facts


def _files(paths: Sequence[Path], facts: Facts) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (inside for inside in sorted(path.iterdir()) if inside.is_file())
        elif path.is_file():
            yield path
        else:
            facts.problems.append(_about(path, _("There is no such file or directory.")))


def _about(path: Path, sentence: str) -> Problem:
    return Problem(path.name, None, None, sentence)


def _take(path: Path, table: Table, facts: Facts) -> None:
    sheet, problems = read(path)
    facts.problems += problems
    if sheet is None:
        facts.unread.add(table.name)
        return
    facts.sheets[table.name] = sheet
    read_cells(table, sheet, facts)


def read_cells(table: Table, sheet: Sheet, facts: Facts) -> None:
    """Every cell of a sheet of this set, and what is wrong with its headings."""
    for column in table.columns:
        if column.name not in sheet.columns and not column.optional:
            sentence = (
                _("This column is missing. Add it; its cells may be blank.")
                if not column.required
                else _("This column is missing.")
            )
            facts.problems.append(facts.problem(table.name, None, column.name, sentence))
    for heading in dict.fromkeys(sheet.columns):
        if heading and heading not in table.by_name:
            sentence = _("This column is not known. Correct its heading, or remove it.")
            facts.problems.append(facts.problem(table.name, None, heading, sentence))
    for row in sheet.rows:
        _read_cells(table, row, facts)


def _read_cells(table: Table, row: Row, facts: Facts) -> None:
    whole = not row.bad  # of a ragged row nothing can be said cell by cell
    for column in table.columns:
        cell = row.cells.get(column.name)
        if cell is None:
            row.bad.add(column.name)
            continue
        cell = cell.strip()
        row.values[column.name] = [] if column.blank == () else None
        if not whole:
            continue
        if not cell:
            if column.required:
                row.bad.add(column.name)
                facts.problems.append(facts.problem(table.name, row, column.name, _("This is blank. Fill it in.")))
            continue
        try:
            text(cell)
            row.values[column.name] = column.read(cell)
        except ValueError as error:
            row.bad.add(column.name)
            facts.problems.append(facts.problem(table.name, row, column.name, str(error)))
