"""One question for the box: what may this person open whose words begin like these?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, and_, case, collate, false, func, literal, literal_column, or_, select, text, true
from sqlalchemy.orm import InstrumentedAttribute

from grants.agreements import queries as agreements
from grants.agreements.models import Agreement
from grants.applications.models import Application
from grants.applications.policies import READ
from grants.assessment.models import Assessment, Interest
from grants.budget import policies as budget
from grants.kernel.db import db
from grants.people import partnerships
from grants.people.duties import READS_ALL, STAFF
from grants.people.models import Duty, Person
from grants.people.policies import holds_any
from grants.people.queries import acts_for, covered
from grants.search.models import Entry, Kind, Sight
from grants.search.rules import compact, fold, reference

SIZE = 20
COUNTED = 1000  # no further: nobody turns so many pages


class Hit(NamedTuple):
    """One found thing, and on whose page it is shown. `staff`: the staff's; otherwise the group's own, or everybody's."""

    kind: Kind
    ref: str
    page: Kind
    opens: str
    title: str
    note: str | None
    staff: bool


class Found(NamedTuple):
    """A page of what was found, and how many things there are in all. `more`: there are more than were counted."""

    words: str
    hits: Sequence[Hit]
    total: int
    more: bool
    page: int
    pages: int
    whole: Hit | None  # what a whole reference names


NOTHING = Found("", (), 0, False, 1, 0, None)


def search(by: Person, words: str, page: int = 1) -> Found:
    """What a person may open that has, for every word typed, a word that begins so. Things named so come first.

    The same number of statements however much is found: what the person may see (at most two), the count, the page.
    A whole reference (AWD-26-00001, or a pot's VCS-2026) also answers with the one thing that it names.
    """
    counted = reference(words)
    asked = [counted] if counted else fold(words)
    if not asked:
        return NOTHING._replace(words=words)
    staff = _staff(by)
    matched, named = _matching(asked, prefix=counted is None)
    here = and_(matched, or_(staff, _own(by), Entry.announced))
    enough = select(literal(1)).where(here).limit(COUNTED + 1).subquery()
    total = db.session.scalar(select(func.count()).select_from(enough)) or 0
    more, total = total > COUNTED, min(total, COUNTED)
    pages = -(-total // SIZE)
    page = max(1, min(page, pages))
    rank = case((Entry.bare == "".join(asked), 0), (named, 1), else_=2)
    rows = db.session.execute(
        select(Entry.kind, Entry.ref, Entry.page, Entry.opens, Entry.title, Entry.note, case((staff, 1), else_=0), rank)
        .where(here)
        .order_by(rank, Entry.place, _plainly(Entry.named), Entry.id)
        .offset((page - 1) * SIZE)
        .limit(SIZE)
    ).all()
    hits = [Hit(row.kind, row.ref, row.page, row.opens, row.title, row.note, bool(row[-2])) for row in rows]
    return Found(words, hits, total, more, page, pages, _whole(hits, asked, counted is not None))


def _whole(hits: Sequence[Hit], asked: Sequence[str], counted: bool) -> Hit | None:
    """The thing whose reference was typed; or the only thing that has the part whose reference was typed."""
    typed = "".join(asked)
    exact = [hit for hit in hits if typed[-1].isdigit() and compact(hit.ref) == typed]
    if not exact and counted and len(hits) == 1:
        return hits[0]
    return exact[0] if len(exact) == 1 else None


def _matching(words: Sequence[str], *, prefix: bool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Two conditions: every word is somewhere in the entry; every word is in its reference or title."""
    if db.engine.dialect.name == "sqlite":
        said = " ".join(f'"{word}"{"*" if prefix else ""}' for word in words)
        return _in_sqlite("anywhere", said), _in_sqlite("in_name", f"named : ({said})")
    lexemes: ColumnElement[Any] = literal_column("search_entry.lexemes")

    def asked(weight: str) -> ColumnElement[bool]:
        marks = ("*" if prefix else "") + weight
        query = " & ".join(f"'{word}'{':' if marks else ''}{marks}" for word in words)
        return lexemes.op("@@")(func.to_tsquery(literal_column("'simple'"), query))

    return asked(""), asked("A")


def _in_sqlite(name: str, said: str) -> ColumnElement[bool]:
    matching: Select[tuple[Any]] = select(literal_column("rowid")).select_from(text("search_text"))
    return Entry.id.in_(matching.where(text(f"search_text MATCH :{name}").bindparams(**{name: said})))


def _plainly(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Ordered by its letters' numbers, as SQLite does, so that both engines answer alike."""
    return collate(column, "C") if db.engine.dialect.name == "postgresql" else cast(ColumnElement[str], column)


def _own(by: Person) -> ColumnElement[bool]:
    """What the groups a person acts for may open."""
    mine = acts_for(by)
    return Entry.organisation_id.in_(mine) if mine else false()


def _staff(by: Person) -> ColumnElement[bool]:
    """What a person may open as staff: for each sight what its pages ask."""
    if not holds_any(by, STAFF | READS_ALL):
        return false()
    partnership_id = cast(InstrumentedAttribute[int], Entry.partnership_id)
    stream = cast(InstrumentedAttribute[str], Entry.stream)
    sees_people = holds_any(by, {Duty.ADMINISTRATOR, Duty.AUDITOR})
    known = partnerships.known(by)
    return case(
        (Entry.sight == Sight.STREAM, covered(by, partnership_id, stream)),
        (Entry.sight == Sight.PARTNERSHIP, covered(by, partnership_id)),
        (Entry.sight == Sight.AGREEMENT, Entry.ref.in_(select(Agreement.ref).where(agreements.mine(by)))),
        (Entry.sight == Sight.BUDGET, covered(by, partnership_id, stream, duties=budget.READERS)),
        (Entry.sight == Sight.BIDS, and_(covered(by, partnership_id, stream, duties=READ), ~_kept_from(by))),
        (Entry.sight == Sight.FACTS, or_(Entry.partnership_id.is_(None), Entry.partnership_id.in_(known))),
        (Entry.sight == Sight.STAFF, true()),
        (Entry.sight == Sight.PEOPLE, true() if sees_people else false()),
        else_=false(),
    )


def _kept_from(by: Person) -> ColumnElement[bool]:
    """Bids of groups the person acts for, and those in which they declared a conflict of interest."""
    conflicts = (
        select(Application.ref)
        .join(Assessment, Assessment.application_id == Application.id)
        .where(Assessment.assessor_id == by.id, Assessment.interest == Interest.CONFLICT)
    )
    barred = Entry.ref.in_(conflicts)
    mine = acts_for(by)
    return or_(barred, and_(Entry.organisation_id.is_not(None), Entry.organisation_id.in_(mine))) if mine else barred
