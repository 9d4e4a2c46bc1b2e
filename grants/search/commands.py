"""The index follows the event log: what an event is about is read again from its own room's rows, and its entry written anew.

Nothing is lost by failing: whatever one run does not read, the next one does, and reading a thing twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update

from grants.kernel.command import command
from grants.kernel.db import db
from grants.search.models import Entry, Kind
from grants.search.rules import compact, fold, kept
from grants.search.sources import PARTS, SOURCES, Draft, Source, Which, of_table, rows, sources_of
from grants.work import cursors

NAME = "search"
AT_ONCE = 500  # events read, or rows written, by one command

Values = dict[str, Any]
_PLACES = {kind: place for place, kind in enumerate(Kind)}


def behind() -> cursors.Behind:
    """How many events the index has not followed yet, and since when. One statement."""
    return cursors.behind(NAME)


def catch_up(most: int | None = None) -> int:
    """Follow what has happened since the last run, up to so many events (None: all). Safe to run twice or at once.

    Returns how many events were read. Each step is a command of its own.
    """
    read = 0
    while (most is None or read < most) and behind().events:
        if not (step := _follow()):
            break
        read += step
    return read


def rebuild() -> int:
    """Make the whole index again while it is in use; returns how many entries there are. Many short commands.

    What happens meanwhile is followed afterwards, from the event that was the newest when this began.
    """
    newest = cursors.newest()
    for source in SOURCES:
        for ids in _slices(source):
            _write_slice(source, ids)
        _forget(source)
    _finish(newest)
    catch_up()
    return db.session.scalar(select(func.count()).select_from(Entry)) or 0


@command
def _follow() -> int:
    """The next events: their subjects' entries are written anew."""
    events = cursors.read(NAME, AT_ONCE)
    refs: dict[Source, set[str]] = defaultdict(set)
    whole: dict[str, Source] = {}
    parts: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if source := of_table(str(event.facts.get("table", ""))):
            whole[source.kind] = source
        prefix = event.subject.split("-")[0]
        if prefix in PARTS:
            parts[prefix].add(event.subject)
            continue
        for source in sources_of(event.subject):
            refs[source].add(event.subject)
    for prefix, subjects in parts.items():
        for source, of_part in _wholes(prefix, subjects):
            refs[source] |= of_part
    for source, subjects in refs.items():
        if source.kind not in whole:
            _write(source, source.model.ref.in_(subjects), subjects)
    for source in whole.values():
        for ids in _slices(source):
            _write_slice(source, ids)
    return len(events)


def _wholes(prefix: str, subjects: set[str]) -> Iterator[tuple[Source, set[str]]]:
    """What some parts stand on the pages of."""
    part, parent_id, whole = PARTS[prefix]
    found = set(
        db.session.scalars(select(whole.ref).join(part, parent_id == whole.id).where(part.ref.in_(subjects)).distinct())
    )
    yield next(source for source in SOURCES if source.model is whole), found


def _slices(source: Source) -> Iterator[list[int]]:
    """The ids of a source's rows, so many at a time."""
    last = 0
    while ids := list(
        db.session.scalars(select(source.model.id).where(source.model.id > last).order_by(source.model.id).limit(AT_ONCE))
    ):
        yield ids
        last = ids[-1]


@command
def _write_slice(source: Source, ids: list[int]) -> None:
    """Some rows of a source; a command of its own, unless one is under way."""
    which = rows(source.model, ids)
    _write(source, which, set(db.session.scalars(select(source.model.ref).where(which))))


@command
def _forget(source: Source) -> None:
    """Entries of things that are no longer there."""
    gone = Entry.ref.not_in(select(source.model.ref))
    db.session.execute(delete(Entry).where(Entry.kind == source.kind, gone))


@command
def _finish(newest: int) -> None:
    cursors.skip_to(NAME, newest)


def _write(source: Source, which: Which, refs: Iterable[str]) -> None:
    """The entries of these things as their rows are now: new ones in, changed ones changed, others out."""
    wanted = {draft.ref: _values(draft) for draft in source.drafts(which)}
    there = _there(source.kind, refs)
    new = [values for ref, values in wanted.items() if ref not in there]
    changed = [{**values, "this": there[ref][0]} for ref, values in wanted.items() if ref in there and there[ref][1] != values]
    gone = [id_ for ref, (id_, _values) in there.items() if ref not in wanted]
    if new:
        db.session.execute(insert(Entry), new)
    if changed:
        table = cast(Table, Entry.__table__)
        columns: Values = {column.key: bindparam(column.key) for column in table.columns if column.key != "id"}
        db.session.connection().execute(update(table).where(table.c.id == bindparam("this")).values(columns), changed)
    if gone:
        db.session.execute(delete(Entry).where(Entry.id.in_(gone)))


def _there(kind: Kind, refs: Iterable[str]) -> Mapping[str, tuple[int, Values]]:
    """What the index has of these things now."""
    columns = [column for column in Entry.__table__.columns if column.key != "id"]
    found = db.session.execute(select(Entry.id, *columns).where(Entry.kind == kind, Entry.ref.in_(list(refs))))
    there = {}
    for id_, *rest in found:
        values = {column.key: value for column, value in zip(columns, rest, strict=True)}
        there[values["ref"]] = (id_, values)
    return there


def _values(draft: Draft) -> Values:
    name = [*dict.fromkeys([compact(draft.ref), *fold(draft.ref), *fold(draft.title)])]
    page, opens = draft.opens or (draft.kind, draft.ref)
    known = [word for word in (*draft.words, opens) if word]
    wholes = [compact(word) for word in known if len(word) < 20]  # a reference is also kept as one word
    return {
        "kind": draft.kind,
        "ref": draft.ref,
        "bare": compact(draft.ref),
        "page": page,
        "opens": opens,
        "place": _PLACES[draft.kind],
        "title": draft.title,
        "note": draft.note,
        "named": " ".join(name),
        "other": kept(draft.note, *known, " ".join(wholes), but=name),
        "sight": draft.sight,
        "partnership_id": draft.partnership_id,
        "stream": draft.stream,
        "organisation_id": draft.organisation_id,
        "announced": draft.announced,
    }
