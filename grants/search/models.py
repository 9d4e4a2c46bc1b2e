"""What the search box looks through: one row for each thing people can open, kept by following the event log.

A row is a copy and never a source. Its words are folded (`search/rules.py`) before they are kept, so that both engines hold,
and are asked for, the same plain words: SQLite in an FTS5 table beside this one, PostgreSQL in a column made of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from grants.kernel import triggers
from grants.kernel.db import Base, Id, key


class Kind(StrEnum):
    """What a found thing is, in the order in which equally good finds are shown."""

    ORGANISATION = "organisation"
    STREAM = "funding stream"
    POT = "pot"
    AGREEMENT = "funder agreement"
    ROUND = "round"
    AWARD = "award"
    APPLICATION = "application"
    COMMITMENT = "protected commitment"
    OWN_SPEND = "own spend"
    PLAN = "spending plan"
    CHANGE = "budget change"
    AUTHORITY = "spending authority"
    PAYMENT = "payment"
    REPORT = "report"
    PANEL = "panel"
    PARTNERSHIP = "partnership"
    STRATEGY = "strategy"
    PRIORITY = "priority"
    INDICATOR = "indicator"
    PLACE = "place"
    PAST_GRANT = "past grant"
    PERSON = "person"


class Sight(StrEnum):
    """Which staff may open a thing's page: what that page's own query asks. A group's own people are `organisation_id`."""

    STREAM = "stream"  # a staff duty in its partnership and stream
    PARTNERSHIP = "partnership"  # a staff duty in its partnership
    AGREEMENT = "agreement"  # the same without a limit, or a duty in a stream that has its money
    BUDGET = "budget"  # a duty that reads budget changes in its partnership and stream
    BIDS = "bids"  # a duty that reads bids in its partnership and stream
    FACTS = "facts"  # a staff duty in its partnership's line, or the thing is nobody's
    STAFF = "staff"  # any staff duty
    PEOPLE = "people"  # an administrator's or an auditor's duty
    NOBODY = "nobody"  # no staff


class Entry(Base):
    """One thing that can be found and opened."""

    __tablename__ = "search_entry"
    __bookkeeping__ = True
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: Mapped[key]
    kind: Mapped[Kind]
    ref: Mapped[str] = mapped_column(index=True)
    bare: Mapped[str]  # the same as one folded word: awd2600001
    page: Mapped[Kind]  # whose page it is shown on: its own kind's, or that of the thing it belongs to
    opens: Mapped[str]  # the reference in that page's address
    place: Mapped[int]  # its kind's place in the order
    title: Mapped[str]
    note: Mapped[str | None]  # whose it is and of what, under the title
    named: Mapped[str]  # folded words of its reference and title
    other: Mapped[str]  # folded words of everything else it may be found by
    sight: Mapped[Sight]
    partnership_id: Mapped[int | None] = mapped_column(Id)
    stream: Mapped[str | None]
    organisation_id: Mapped[int | None] = mapped_column(Id)  # the group whose own people may open it
    announced: Mapped[bool]  # anybody may open it


# The words on each engine. Also said by the migration, word for word; `tests/test_migrations.py` holds the two together.
SQLITE = [
    """CREATE VIRTUAL TABLE search_text USING fts5 (named, other, content='search_entry', content_rowid='id',
    tokenize='unicode61 remove_diacritics 0', prefix='2 3')""",
]
POSTGRESQL = [
    """ALTER TABLE search_entry ADD COLUMN lexemes tsvector GENERATED ALWAYS AS
    (setweight(to_tsvector('simple', named), 'A') || setweight(to_tsvector('simple', other), 'B')) STORED""",
    """CREATE INDEX ix_search_entry_lexemes ON search_entry USING gin (lexemes)""",
]
TABLE = "search_text"  # on SQLite, with tables of FTS5's own whose names begin with this

_made: Any = DDL  # SQLAlchemy gives it no types
for _statement in SQLITE:
    event.listen(Entry.__table__, "after_create", _made(_statement).execute_if(dialect="sqlite"))
for _statement in POSTGRESQL:
    event.listen(Entry.__table__, "after_create", _made(_statement).execute_if(dialect="postgresql"))


def _follows(name: str, when: str, *does: str) -> triggers.Guard:
    """SQLite: the FTS5 table follows the rows it is made of."""
    body = " ".join(f"{one};" for one in does)
    return triggers.Guard(name, "search_entry", f"CREATE TRIGGER {name} AFTER {when} ON search_entry BEGIN {body} END", "")


_IN = "INSERT INTO search_text (rowid, named, other) VALUES (new.id, new.named, new.other)"
_OUT = "INSERT INTO search_text (search_text, rowid, named, other) VALUES ('delete', old.id, old.named, old.other)"

triggers.declare(
    lambda: [
        _follows("search_entry_in", "INSERT", _IN),
        _follows("search_entry_out", "DELETE", _OUT),
        _follows("search_entry_change", "UPDATE OF named, other", _OUT, _IN),
    ]
)
