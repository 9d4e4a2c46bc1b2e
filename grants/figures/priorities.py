"""What was given for a priority before: grants of the past as their sources state them. Money in the books is in `served`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Organisation
from grants.strategy.models import Priority
from grants.streams.models import PastGrant, Stream


class Given(NamedTuple):
    """A grant of the past that named this priority. What a source does not state is None, never nought."""

    ref: str
    project: str
    recipient: str | None
    year: str | None
    stream: str | None
    amount: Money | None
    basis: str  # how sure it is that it served this priority


def past_grants(priority: Priority) -> Sequence[Given]:
    """The grants of the past that served a priority, in the order of the source. One statement."""
    rows = db.session.execute(
        select(
            PastGrant.ref,
            PastGrant.project,
            func.coalesce(Organisation.name, PastGrant.recipient),
            PastGrant.fiscal_year,
            Stream.name,
            PastGrant.amount,
            PastGrant.priority_basis,
        )
        .outerjoin(PastGrant.organisation)
        .outerjoin(PastGrant.stream)
        .where(PastGrant.priority == priority.ref)
        .order_by(PastGrant.id)
    )
    return [Given(*row) for row in rows]
