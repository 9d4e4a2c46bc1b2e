"""What was given before: grants of the past and awards in one list, each sum of money once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, or_, select, union_all

from grants.awards.models import Award
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Organisation, Person
from grants.people.queries import covered, within
from grants.strategy.models import Priority, Strategy
from grants.streams.models import PastGrant, Pot, Stream


class Given(NamedTuple):
    """A grant of the past, or an award. A past grant that also stands among the protected commitments is here once."""

    ref: str
    past: bool
    what: str
    recipient: str | None
    stream: str | None
    year: str | None  # as its source writes it
    amount: Money | None  # none: not stated, never nought
    state: str


def history(by: Person, *, organisation: Organisation | None = None, stream: Stream | None = None) -> Sequence[Given]:
    """Everything given within a person's duties: to one organisation, from one stream, or at all; newest year first.

    One statement. Money promised to a protected commitment is the past grant that points at it: six of the 38 do, and
    38 stays 38. Where a commitment has become an award here, the award stands for both.
    """
    mine: ColumnElement[bool] = covered(by, Stream.partnership_id, Stream.ref)
    loose = and_(PastGrant.stream_id.is_(None), Strategy.partnership_id.in_(within(by)))
    past = (
        select(
            PastGrant.ref.label("ref"),
            literal("past").label("kind"),
            PastGrant.project.label("what"),
            func.coalesce(Organisation.name, PastGrant.recipient).label("recipient"),
            Stream.name.label("stream"),
            PastGrant.fiscal_year.label("year"),
            PastGrant.amount.label("amount"),
            PastGrant.status.label("state"),
        )
        .outerjoin(PastGrant.stream)
        .outerjoin(PastGrant.organisation)
        .outerjoin(Priority, Priority.ref == PastGrant.priority)
        .outerjoin(Priority.strategy)
        .where(or_(mine, loose), ~exists().where(Award.commitment_id == PastGrant.commitment_id))
    )
    awards = (
        select(
            Award.ref,
            literal("award"),
            Award.title,
            Organisation.name,
            Stream.name,
            cast(Pot.year, String),
            Award.agreed,
            cast(Award.state, String),
        )
        .join(Award.pot)
        .join(Pot.stream)
        .join(Award.organisation)
        .where(mine)
    )
    if organisation is not None:
        past = past.where(PastGrant.organisation_id == organisation.id)
        awards = awards.where(Award.organisation_id == organisation.id)
    if stream is not None:
        past = past.where(PastGrant.stream_id == stream.id)
        awards = awards.where(Pot.stream_id == stream.id)
    both = union_all(past, awards).subquery()
    rows = db.session.execute(select(both).order_by(both.c.year.desc().nulls_last(), both.c.ref))
    return [
        Given(
            row.ref,
            row.kind == "past",
            row.what,
            row.recipient,
            row.stream,
            row.year if row.kind == "past" or row.year is None else clock.year_label(int(row.year)),
            row.amount,
            row.state,
        )
        for row in rows
    ]
