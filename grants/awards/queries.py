"""Awards as pages and higher rooms ask for them: one by its reference, a group's own, all in a person's scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from grants.applications.models import Application
from grants.applications.queries import about
from grants.applications.rules import asker
from grants.awards import rules
from grants.awards.models import Award, PromisedTarget, Share, State
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from grants.panel.models import Decision, Outcome, Panel
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.people.policies import holds
from grants.people.queries import acts_for, agreed_host, covered
from grants.rounds.eligibility import needs_host
from grants.rounds.models import Round
from grants.strategy.models import Strategy
from grants.streams.models import Commitment, Pot, Stream


class Row(NamedTuple):
    """One line of a list of awards."""

    ref: str
    title: str
    group: str
    stream: str
    agreed: Money
    state: State
    starts_on: date
    ends_on: date
    answer_by: date


class ToOffer(NamedTuple):
    """A confirmed decision that still waits for its offer."""

    decision: str
    application: str
    title: str
    group: str
    amount: Money
    since: datetime


class Served(NamedTuple):
    """A priority (or what is outside the plan) with its share of an award's money, in basis points and in pence."""

    priority: str | None
    title: str
    reason: str | None
    basis_points: int
    amount: Money


class Stage(StrEnum):
    """The stages of an award's money, named as the ledger's buckets, in words a group and an officer both read."""

    OFFERED = "offered, not answered yet"
    COMMITTED = "agreed, not paid yet"
    DUE = "approved for payment, on its way"
    PAID = "paid, not accounted for yet"
    EVIDENCED = "paid and accounted for"
    RECOVERABLE = "to be paid back"
    WRITTEN_OFF = "no longer asked for"


def award(by: Person, ref: str) -> Award:
    """An award by its reference, for the group's own people and for staff in whose scope it is. NotFound otherwise."""
    mine = Award.organisation_id.in_(acts_for(by))
    found = db.session.scalar(_whole().join(Award.pot).join(Pot.stream).where(Award.ref == ref, or_(mine, _within(by))))
    if not found:
        raise NotFound
    return found


def own(by: Person, ref: str) -> Award:
    """The same for the group's own people only, whatever else they are."""
    found = award(by, ref)
    if found.organisation_id not in acts_for(by):
        raise NotFound
    return found


def award_of_staff(by: Person, ref: str) -> Award:
    """The same for staff only, in whose scope it is: a group's own people are told that there is no such page."""
    found = db.session.scalar(_whole().join(Award.pot).join(Pot.stream).where(Award.ref == ref, _within(by)))
    if not found:
        raise NotFound
    return found


def plans(partnership: Partnership) -> Sequence[Strategy]:
    """The partnership's plans that run today, the newest first: whose priorities an award without a round may serve."""
    day = clock.today()
    return db.session.scalars(
        select(Strategy)
        .where(
            Strategy.partnership_id == partnership.id,
            or_(Strategy.starts_on.is_(None), Strategy.starts_on <= day),
            or_(Strategy.ends_on.is_(None), Strategy.ends_on >= day),
        )
        .order_by(Strategy.starts_on.desc().nulls_last(), Strategy.ref)
    ).all()


def of_application(application: Application) -> Award | None:
    """The award a bid became, if it did."""
    return db.session.scalar(select(Award).where(Award.application_id == application.id))


def funded_in(organisation: Organisation, stream: Stream) -> set[int]:
    """The financial years (by the one they begin in) in which a fund gave this organisation something. One statement."""
    return funded_years(stream, organisation).get(organisation.id, set())


def of_commitment(commitment: Commitment) -> Sequence[str]:
    """The references of the awards a protected commitment has become and that stand: offered, accepted or closed."""
    return db.session.scalars(
        select(Award.ref)
        .where(Award.commitment_id == commitment.id, Award.state.not_in((State.DECLINED, State.LAPSED)))
        .order_by(Award.ref)
    ).all()


def mine(by: Person) -> Sequence[Row]:
    """The awards and offers of this person's groups, newest first."""
    return _rows(_list().where(Award.organisation_id.in_(acts_for(by))).order_by(Award.offered_at.desc(), Award.ref.desc()))


PAGE = 50  # awards shown at once


class Listed(NamedTuple):
    """One page of awards, and the award after which the next page goes on, where there is more."""

    rows: Sequence[Row]
    after: str | None


def listed(by: Person, *, state: State | None = None, after: str | None = None) -> Listed:
    """Awards in this person's scope as staff, newest first, of one state or all: a page, or the one after an award.

    It goes on from the award and not from a count, so that no page reads what it does not show. NotFound without such one.
    """
    question = _list().where(_within(by))
    if state:
        question = question.where(Award.state == state)
    if after:
        there = select(Award.id).join(Award.pot).join(Pot.stream).where(Award.ref == after, _within(by))
        last = db.session.scalar(there)
        if last is None:
            raise NotFound()
        question = question.where(Award.id < last)
    rows = _rows(question.order_by(Award.id.desc()).limit(PAGE + 1))
    return Listed(rows[:PAGE], rows[PAGE - 1].ref if len(rows) > PAGE else None)


def _list() -> Any:
    return (
        select(
            Award.ref, Award.title, Organisation.name, Stream.name, Award.agreed, Award.state,
            Award.starts_on, Award.ends_on, Award.answer_by,
        )
        .join(Award.organisation)
        .join(Award.pot)
        .join(Pot.stream)
    )  # fmt: skip


def _rows(question: Any) -> Sequence[Row]:
    return [Row(*line) for line in db.session.execute(question)]


def _whole() -> Select[Award]:
    return select(Award).options(
        joinedload(Award.organisation),
        joinedload(Award.accepted_by),
        joinedload(Award.first_signed_by),
        joinedload(Award.application).options(
            joinedload(Application.round).joinedload(Round.strategy), joinedload(Application.organisation)
        ),
        joinedload(Award.commitment),
        joinedload(Award.strategy),
        joinedload(Award.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
        selectinload(Award.later_years),
        selectinload(Award.conditions),
        selectinload(Award.instalments),
        selectinload(Award.shares).joinedload(Share.priority),
        selectinload(Award.targets).joinedload(PromisedTarget.indicator),
    )


def money_now(award: Award) -> Sequence[tuple[Stage, Money]]:
    """Where an award's money is now, stage by stage, without the empty ones. While it stands they add up to what was agreed."""
    found: dict[Bucket, int] = defaultdict(int)
    for (_book, bucket), amount in owned(award.ref).items():  # of a pool, or of several years: money in several books
        found[bucket] += amount.pence
    return [
        (Stage[bucket.name], Money(found[bucket])) for bucket in Bucket if bucket.name in Stage.__members__ and found[bucket]
    ]


def served(award: Award, amount: Money | None = None) -> Sequence[Served]:
    """The priorities an amount of this award (all of it) serves today, each with its pence, adding up exactly."""
    shares = shares_on(award, clock.today())
    pence = rules.split(award.agreed if amount is None else amount, [share.basis_points for share in shares])
    return [
        Served(
            share.priority.ref if share.priority else None,
            (share.priority.title or share.priority.ref) if share.priority else _("Outside the plan"),
            share.reason,
            share.basis_points,
            part,
        )
        for share, part in zip(shares, pence, strict=True)
    ]


def shares_on(award: Award, day: date) -> Sequence[Share]:
    """The set of shares in force on a day: the last one effective by then, or else the first there was."""
    effective = [share.series for share in award.shares if share.effective_on <= day]
    series = max(effective) if effective else 1
    return [share for share in award.shares if share.series == series]


def to_offer(by: Person) -> Sequence[ToOffer]:
    """Confirmed decisions in this person's scope that have no offer yet, oldest first."""
    question = (
        select(Decision.ref, Application.ref, Application.title, Organisation.name, Decision.amount, Panel.confirmed_at)
        .join(Decision.panel)
        .join(Decision.application)
        .join(Application.organisation)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .outerjoin(Award, Award.application_id == Application.id)
        .where(
            _within(by),
            Panel.confirmed_at.is_not(None),
            Decision.outcome != Outcome.REJECT,
            Award.id.is_(None),
        )
        .order_by(Panel.confirmed_at, Decision.ref)
    )
    return [
        ToOffer(d, a, title or a, g, amount, since or clock.now())
        for d, a, title, g, amount, since in db.session.execute(question)
    ]


def waiting(by: Person) -> list[Waiting]:
    """For the group's signatory the offers to answer; for a grants officer the decisions to offer and offers past their day."""
    found = [
        Waiting(
            one.offered_at,
            _("Answer the offer of %(agreed)s for “%(title)s”", agreed=one.agreed, title=one.title),
            one.ref,
            "awards.show",
            {"ref": one.ref},
        )
        for one in _to_answer(by)
    ]
    if not any(h.duty is Duty.GRANTS_OFFICER for h in by.holdings):
        return found
    found += [
        Waiting(
            one.since,
            _("Offer %(amount)s to %(group)s", amount=one.amount, group=one.group),
            one.decision,
            "awards.make",
            {"ref": one.decision},
        )
        for one in to_offer(by)
    ]
    for one in _past_answer(by):
        if holds(by, Duty.GRANTS_OFFICER, partnership=one.pot.stream.partnership, stream=one.pot.stream.ref):
            what = _("Nobody answered the offer for “%(title)s” in time", title=one.title)
            found.append(Waiting(clock.start_of(one.answer_by), what, one.ref, "awards.show", {"ref": one.ref}))
    return found


def _to_answer(by: Person) -> Sequence[Award]:
    return db.session.scalars(
        select(Award)
        .where(
            Award.organisation_id.in_(acts_for(by, Duty.CERTIFIER)),
            Award.state == State.OFFERED,
            Award.answer_by >= clock.today(),
            Award.first_signed_by_id.is_distinct_from(by.id),
        )
        .order_by(Award.offered_at, Award.ref)
    ).all()


def _past_answer(by: Person) -> Sequence[Award]:
    return db.session.scalars(
        select(Award)
        .join(Award.pot)
        .join(Pot.stream)
        .where(_within(by), Award.state == State.OFFERED, Award.answer_by < clock.today())
        .order_by(Award.answer_by, Award.ref)
        .options(joinedload(Award.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    ).all()


def _within(by: Person) -> ColumnElement[bool]:
    return covered(by, Stream.partnership_id, Stream.ref)


def funded_years(stream: Stream, organisation: Organisation | None = None) -> dict[int, set[int]]:
    """The financial years in which a fund gave something to each organisation (by its id), or to one. One statement."""
    given = Award.state.in_((State.ACCEPTED, State.CLOSED))
    asked = select(Award.organisation_id, Pot.year).join(Award.pot).where(Pot.stream_id == stream.id, given)
    if organisation is not None:
        asked = asked.where(Award.organisation_id == organisation.id)
    found: dict[int, set[int]] = {}
    for group, year in db.session.execute(asked.distinct()):
        found.setdefault(group, set()).add(year)
    return found


def unheld(application: Application) -> bool:
    """Must another organisation hold the money, and has none said yes to it that still stands by it?"""
    if not application.round.terms.host_needed:
        return False
    asked = asker(application, about(application))
    return needs_host(application.round, asked) and agreed_host(application.ref) is None
