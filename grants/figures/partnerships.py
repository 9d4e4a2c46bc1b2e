"""What a partnership runs: the streams on its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from grants.kernel.db import db
from grants.people.models import Partnership, Person
from grants.people.queries import covered
from grants.streams.models import Pot, Stream


class Run(NamedTuple):
    """A stream of a partnership, and the first and last year it has money for (none: no year stated)."""

    ref: str
    name: str
    first: int | None
    last: int | None


def streams(by: Person, partnership: Partnership) -> Sequence[Run]:
    """The streams of a partnership that lie within a person's duties, by name. One statement."""
    rows = db.session.execute(
        select(Stream.ref, Stream.name, func.min(Pot.year), func.max(Pot.year))
        .outerjoin(Stream.pots)
        .where(Stream.partnership_id == partnership.id, covered(by, Stream.partnership_id, Stream.ref))
        .group_by(Stream.id, Stream.ref, Stream.name)
        .order_by(Stream.name, Stream.ref)
    )
    return [Run(*row) for row in rows]
