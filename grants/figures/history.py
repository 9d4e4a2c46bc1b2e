"""What was given: grants of the past, awards, own spend and what distributors gave, in one list, each sum of money once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, null, or_, select, union_all

from grants.awards.models import Award
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger.chart import AWARD
from grants.ledger.models import Account
from grants.people.models import Organisation, Person
from grants.people.queries import covered, within
from grants.spending.models import DistributedGrant, OwnSpend, SpendKind, SpendState
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
    via: str | None = None  # the distributor who decided it


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
            cast(null(), String).label("via"),
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
            null(),
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
    both = union_all(past, awards, *_without_awards(mine, organisation, stream)).subquery()
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
            row.via,
        )
        for row in rows
    ]


def _without_awards(
    mine: ColumnElement[bool], organisation: Organisation | None, stream: Stream | None
) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """Own spend that was committed, at what it comes to in the books; and, for money handed to a distributor, its own list."""
    comes_to = (
        select(func.coalesce(func.sum(Account.credits - Account.debits), 0))
        .where(Account.owner == OwnSpend.ref, Account.bucket.in_(sorted(AWARD)))
        .scalar_subquery()
    )
    spent = (
        select(
            OwnSpend.ref,
            literal("own spend"),
            OwnSpend.title,
            func.coalesce(Organisation.name, OwnSpend.payee),
            Stream.name,
            cast(Pot.year, String),
            comes_to,
            cast(OwnSpend.state, String),
            null(),
        )
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .outerjoin(OwnSpend.organisation)
        .where(
            mine,
            OwnSpend.state.in_([SpendState.COMMITTED, SpendState.CLOSED]),
            OwnSpend.kind != SpendKind.DISTRIBUTION,
        )
    )
    given = (
        select(
            DistributedGrant.distributor_reference,
            literal("given out"),
            DistributedGrant.title,
            func.coalesce(Organisation.name, DistributedGrant.recipient),
            Stream.name,
            cast(Pot.year, String),
            DistributedGrant.amount,
            literal("given"),
            OwnSpend.payee,
        )
        .join(DistributedGrant.spend)
        .join(OwnSpend.pot)
        .join(Pot.stream)
        .outerjoin(DistributedGrant.organisation)
        .where(mine)
    )
    if organisation is not None:
        spent = spent.where(OwnSpend.organisation_id == organisation.id)
        given = given.where(DistributedGrant.organisation_id == organisation.id)
    if stream is not None:
        spent, given = spent.where(Pot.stream_id == stream.id), given.where(Pot.stream_id == stream.id)
    return spent, given
