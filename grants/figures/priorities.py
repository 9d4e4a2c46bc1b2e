"""What was given for a priority: grants of the past as their sources state them, and the awards whose money serves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from grants.awards.models import Award, Share
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Organisation, Person
from grants.people.queries import within
from grants.strategy.models import Priority
from grants.streams.models import PastGrant, Pot, Stream


class Given(NamedTuple):
    """A grant of the past that named this priority. What a source does not state is None, never nought."""

    ref: str
    project: str
    recipient: str | None
    year: str | None
    stream: str | None
    amount: Money | None
    basis: str  # how sure it is that it served this priority


class Serving(NamedTuple):
    """An award part of whose money serves this priority, in basis points."""

    ref: str
    title: str
    group: str
    basis_points: int


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


def awards(by: Person, priority: Priority) -> Sequence[Serving]:
    """The awards within a person's duties whose latest shares name a priority. One statement, or two for the installation.

    What each share comes to in pounds is a question of money at a date; when the page of allocation against strategy
    is built, it answers here.
    """
    latest = select(func.max(Share.series)).where(Share.award_id == Award.id).correlate(Award).scalar_subquery()
    rows = db.session.execute(
        select(Award.ref, Award.title, Organisation.name, Share.basis_points)
        .join(Share.award)
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
        .where(Share.priority_id == priority.id, Share.series == latest, Stream.partnership_id.in_(within(by)))
        .order_by(Award.ref)
    )
    return [Serving(*row) for row in rows]
