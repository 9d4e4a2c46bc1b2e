"""Many rows at once, written and read by the names people know them by instead of by ids.

A record is a row as a dictionary: a column's value under its name, and another row's reference under the name of the
relationship ('parent', not 'parent_id'). Loading facts and comparing them with what is there both speak in records.

A `Press` is for far more rows than memory should hold: it numbers them itself and writes them in chunks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnDefault, Dialect, Table, bindparam, func, insert, inspect, select, text, update
from sqlalchemy.types import TypeEngine

from grants.kernel import clock, command
from grants.kernel.db import Base, Referenced, db
from grants.kernel.references import Counter

Record = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Shape:
    """How one table's rows are known: by which names, and which of its names are references to other tables."""

    model: type[Base]
    key: tuple[str, ...] = ("ref",)
    names: Mapping[str, type[Referenced]] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The table's name."""
        return str(self.model.__tablename__)

    def key_of(self, record: Record) -> Key:
        """What tells this record from every other."""
        return tuple(record[name] for name in self.key)


def there(shape: Shape) -> dict[Key, Record]:
    """Every row of the table as a record, by its key. One statement, and one for each table it names."""
    refs = {model: _refs(model) for model in set(shape.names.values())}
    plain = [c.key for c in inspect(shape.model).column_attrs if c.key != "id" and c.key.removesuffix("_id") not in shape.names]
    columns = [getattr(shape.model, name) for name in plain]
    by_id = inspect(shape.model).local_table.c.id
    named = [getattr(shape.model, f"{name}_id") for name in shape.names]
    found: dict[Key, Record] = {}
    for row in db.session.execute(select(*columns, *named).order_by(by_id)):
        record: Record = dict(zip(plain, row, strict=False))
        for (name, model), other in zip(shape.names.items(), row[len(plain) :], strict=True):
            record[name] = None if other is None else refs[model][other]
        found[shape.key_of(record)] = record
    return found


def write(shape: Shape, records: Sequence[Record]) -> None:
    """Insert records, inside a command that records an event covering the table. They may refer to each other."""
    if not records:
        return
    later = {name for name, model in shape.names.items() if model is shape.model}
    ids = {model: _ids(model) for name, model in shape.names.items() if name not in later}
    rows = []
    for record in records:
        row = {name: value for name, value in record.items() if name not in shape.names}
        for name, model in shape.names.items():
            other = record.get(name)
            row[f"{name}_id"] = None if other is None or name in later else ids[model][other]
        rows.append(row)
    db.session.execute(insert(shape.model), rows)
    for name in sorted(later):
        _join(shape, name, records)


def _join(shape: Shape, name: str, records: Sequence[Record]) -> None:
    """Rows of one table that refer to each other are joined once all are there, so their order does not matter."""
    joined = [record for record in records if record.get(name) is not None]
    if not joined:
        return
    ids = _ids(shape.names[name])
    change = (
        update(shape.model)
        .where(inspect(shape.model).local_table.c.id == bindparam("this"))
        .values({f"{name}_id": bindparam("other")})
    )
    db.session.connection().execute(change, [{"this": ids[r["ref"]], "other": ids[r[name]]} for r in joined])


def _refs(model: type[Referenced]) -> dict[int, str]:
    return {row.id: row.ref for row in db.session.execute(select(model.id, model.ref))}


def _ids(model: type[Referenced]) -> dict[str, int]:
    return {row.ref: row.id for row in db.session.execute(select(model.id, model.ref))}


CHUNK = 20_000  # rows a press holds before it writes them


class Press:
    """Rows of any tables, numbered before they are written, so that they may name each other without being read back.

    `add` keeps a row, `flush` writes what is kept: parents before children, each table by executemany. It must be inside a
    command, which must record an event covering the tables in `wrote`. `settle` hands the numbering back to the database, so
    that ordinary commands may follow; `begin` takes it again. Nobody else may write meanwhile.
    """

    def __init__(self) -> None:
        self.wrote: set[str] = set()  # every table written so far
        self._forms: dict[type[Base], _Form] = {}
        self._rows: dict[Table, list[Record]] = defaultdict(list)
        self._kept = 0
        self._last: dict[Table, int] = {}
        self._counters: dict[tuple[str, int], int] = {}

    def begin(self) -> None:
        """Number on from what the database holds now, with nothing kept."""
        self._rows, self._kept = defaultdict(list), 0
        self._last.clear()
        self._counters = {
            (c.kind, c.year): c.last for c in db.session.execute(select(Counter.kind, Counter.year, Counter.last))
        }

    def ref(self, kind: str, day: date) -> str:
        """The next reference of a kind, as `next_reference` would have given it on that day."""
        year = clock.financial_year(day)
        number = self._counters[kind, year] = self._counters.get((kind, year), 0) + 1
        return f"{kind}-{year % 100:02}-{number:05}"

    def add(self, model: type[Base], **given: Any) -> int:
        """Keep a row and answer with its id (nought: it has none). Columns left out take their plain default, or nothing."""
        form = self._forms.get(model) or self._form(model)
        row, number = form.blank | given, 0
        if form.numbered:
            if form.table not in self._last:
                self._last[form.table] = db.session.scalar(select(func.max(form.table.c.id))) or 0
            number = row["id"] = self._last[form.table] = self._last[form.table] + 1
        self._rows[form.table].append(row)
        self._kept += 1
        return number

    @property
    def full(self) -> bool:
        """Is it time to flush? Asked between things that belong together."""
        return self._kept >= CHUNK

    def flush(self) -> None:
        """Write every row that is kept."""
        kept, self._rows, self._kept = self._rows, defaultdict(list), 0
        if not kept:
            return
        self.wrote.update(table.name for table in kept)
        for table in Base.metadata.sorted_tables:
            pour(table, kept.get(table, []))

    def settle(self) -> None:
        """Write the rest, and let the database and `next_reference` number on from here."""
        self.flush()
        connection = db.session.connection()
        there = {(c.kind, c.year) for c in db.session.execute(select(Counter.kind, Counter.year))}
        for (kind, year), last in sorted(self._counters.items()):
            if (kind, year) in there:
                connection.execute(update(Counter).where(Counter.kind == kind, Counter.year == year).values(last=last))
            else:
                connection.execute(insert(Counter), {"kind": kind, "year": year, "last": last})
        if connection.dialect.name == "postgresql":
            for table in self._last:
                name = table.name
                highest = text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
                connection.execute(highest)

    def _form(self, model: type[Base]) -> _Form:
        table = inspect(model).local_table
        assert isinstance(table, Table)
        blank = {c.name: _plain(c.default) for c in table.columns if c.name != "id"}
        if "edition" in blank and blank["edition"] is None:
            blank["edition"] = 1  # what SQLAlchemy's version counter begins with
        form = self._forms[model] = _Form(table, blank, "id" in table.columns)
        return form


@dataclass(frozen=True)
class _Form:
    """A table, and a row of it with nothing filled in."""

    table: Table
    blank: Record
    numbered: bool


def pour(table: Table, rows: Sequence[Record]) -> None:
    """Insert rows of one table the quickest way its engine has, inside a command that records an event covering it.

    All rows have the keys of the first. PostgreSQL copies them: five times as quick as inserting, and its guards look at every
    row all the same.
    """
    if not rows:
        return
    connection, names = db.session.connection(), [*rows[0]]
    make = [_made(table.c[name].type, connection.dialect) for name in names]
    values = ([to(row[name]) if to else row[name] for name, to in zip(names, make, strict=True)] for row in rows)
    columns = ", ".join(map(connection.dialect.identifier_preparer.quote, names))
    if connection.dialect.name == "postgresql":
        command.wrote(table.name)
        with connection.connection.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
            for value in values:
                copy.write_row(value)
        return
    marks = ", ".join("?" for _name in names)
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", [tuple(value) for value in values])


def _made(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value into what the driver takes."""
    made: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return made


def _plain(default: Any) -> Any:
    """A default that is a value, or the empty list; an instant has to be given."""
    if not isinstance(default, ColumnDefault):
        return None
    if default.is_callable:
        return [] if default.arg.__name__ == "list" else None
    return default.arg
