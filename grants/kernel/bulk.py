"""Many rows at once, written and read by the names people know them by instead of by ids.

A record is a row as a dictionary: a column's value under its name, and another row's reference under the name of the
relationship ('parent', not 'parent_id'). Loading facts and comparing them with what is there both speak in records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, inspect, select, update

from grants.kernel.db import Base, Referenced, db

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
