"""What pages ask about rounds: the open ones for everybody, all of them for those whose work they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money, total
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.ledger.models import Account
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.people.policies import holds
from grants.people.queries import covered, within
from grants.questions.conditions import Figure
from grants.questions.document import Block
from grants.questions.models import QuestionSet
from grants.questions.queries import document
from grants.rounds.models import LatePermit, Lot, Round, State
from grants.rounds.rules import taking as taking  # also asked for here
from grants.strategy import queries as strategies
from grants.strategy.models import Priority, Strategy
from grants.streams import promises
from grants.streams.models import AllocationStatus, Line, Pot, Stream


class Offered(NamedTuple):
    """One round as the public list shows it."""

    ref: str
    title: str
    purpose: str
    smallest: Money
    largest: Money
    opens_at: datetime
    closes_at: datetime
    partnership: str


def open_rounds() -> Sequence[Offered]:
    """The rounds that take applications now, the first to close first."""
    now = clock.now()
    return _offered(Round.opens_at <= now, Round.closes_at > now, Round.state == State.OPEN)


def coming() -> Sequence[Offered]:
    """The rounds that are announced and will take applications later, the first to open first."""
    announced = (Round.state == State.OPEN) | ((Round.state == State.PLANNED) & Round.forecast)
    return sorted(_offered(Round.opens_at > clock.now(), announced), key=lambda one: one.opens_at)


def giving() -> Sequence[Partnership]:
    """The partnerships that have had a round anybody could see, by name. One statement."""
    had = (
        select(Round.id)
        .join(Round.pot)
        .join(Pot.stream)
        .where(Stream.partnership_id == Partnership.id, (Round.state != State.PLANNED) | Round.forecast)
    )
    return db.session.scalars(select(Partnership).where(had.exists()).order_by(Partnership.name)).all()


def findable() -> Sequence[Round]:
    """The rounds that take applications now or are announced to, with the terms that say for whom. One statement."""
    now = clock.now()
    announced = (Round.state == State.OPEN) | ((Round.state == State.PLANNED) & Round.forecast)
    return db.session.scalars(
        select(Round)
        .join(Round.pot)
        .join(Pot.stream)
        .options(contains_eager(Round.pot).contains_eager(Pot.stream).joinedload(Stream.partnership))
        .where(Round.closes_at > now, announced)
        .order_by(Round.closes_at, Round.ref)
    ).all()


def offered_in(rounds: Sequence[Round]) -> Mapping[str, list[str]]:
    """What each round's projects may help with, by its reference: the titles of the priorities it offers. One statement."""
    found = db.session.execute(
        select(Priority.strategy_id, Priority.ref, Priority.title).where(
            Priority.strategy_id.in_({round.strategy_id for round in rounds}),
            Priority.title.is_not(None),
            Priority.level.in_(OFFERED_LEVELS),
        )
    ).all()
    return {
        round.ref: [
            title
            for plan, ref, title in found
            if title and plan == round.strategy_id and (not round.terms.priorities or ref in round.terms.priorities)
        ]
        for round in rounds
    }


def _offered(*which: Any) -> Sequence[Offered]:
    found = db.session.execute(
        select(
            Round.ref,
            Round.title,
            Round.purpose,
            Round.smallest,
            Round.largest,
            Round.opens_at,
            Round.closes_at,
            Partnership.name,
        )
        .join(Round.pot)
        .join(Pot.stream)
        .join(Stream.partnership)
        .where(*which)
        .order_by(Round.closes_at, Round.ref)
    )
    return [Offered(*line) for line in found]


def _whole() -> Select[Round]:
    return (
        select(Round)
        .join(Round.pot)
        .join(Pot.stream)
        .options(
            contains_eager(Round.pot)
            .contains_eager(Pot.stream)
            .joinedload(Stream.partnership)
            .joinedload(Partnership.accountable_body),
            joinedload(Round.line),
            joinedload(Round.strategy),
            joinedload(Round.question_set),
            selectinload(Round.criteria),
            selectinload(Round.lots).joinedload(Lot.line),
        )
    )


def public(ref: str) -> Round:
    """A round that is open, was, or is announced as coming, with all its page shows; NotFound while it is only planned."""
    found = db.session.scalar(_whole().where(Round.ref == ref, (Round.state != State.PLANNED) | Round.forecast))
    if found is None:
        raise NotFound()
    return found


def of_staff(by: Person, ref: str) -> Round:
    """A round of a partnership, and where their duties are limited a stream, that this person works in; otherwise NotFound."""
    found = db.session.scalar(_whole().where(Round.ref == ref, covered(by, Stream.partnership_id, Stream.ref)))
    if found is None:
        raise NotFound()
    return found


class Row(NamedTuple):
    """One line of the staff list. `held` is what the round holds now: awards offered from it have left."""

    ref: str
    title: str
    state: State
    pot: str
    stream: str
    opens_at: datetime
    closes_at: datetime
    held: Money


def rounds(by: Person) -> Sequence[Row]:
    """Every round this person works with, newest first."""
    left = (
        select(func.coalesce(func.sum(Account.credits - Account.debits), 0))
        .where(
            or_(
                Account.owner == Round.ref, Account.owner.in_(select(Lot.ref).where(Lot.round_id == Round.id).correlate(Round))
            ),
            Account.bucket == Bucket.RESERVED,
        )
        .correlate(Round)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(
            Round.ref,
            Round.title,
            Round.state,
            Pot.ref,
            Stream.name,
            Round.opens_at,
            Round.closes_at,
            left,
        )
        .join(Round.pot)
        .join(Pot.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Round.closes_at.desc(), Round.ref.desc())
    )
    return [Row._make((*line[:-1], Money(int(line[-1])))) for line in found]


def held(round: Round) -> Money:
    """What the round holds now, over its pot and its pool and all its parts."""
    return total([held_by(round.ref), *(held_by_lot(round).values() if round.lots else ())])


def held_by(owner: str) -> Money:
    """What a round or a part of one holds now in an account of its own."""
    there = ledger.owned(owner)
    return total(amount for (_book, bucket), amount in there.items() if bucket is Bucket.RESERVED)


def asks_evidence(round: Round) -> bool:
    """Has its question set a page for the documents its tiers ask for? True where no tier asks for any."""
    needed = any(tier.evidence for tier in round.terms.tiers)
    return not needed or document(round.question_set).block(Block.EVIDENCE) is not None


def strange_tiers(round: Round) -> set[str]:
    """The tiers that its questions depend on and that the round does not have, by key."""
    asked = document(round.question_set)
    conditions = [section.when for section in asked.sections] + [question.when for question in asked.questions]
    tests = [test for when in conditions if when for test in when.tests if test.of == Figure.TIER]
    return {key for test in tests for key in (*test.any_of, *test.none_of)} - {tier.key for tier in round.terms.tiers}


def permit(round: Round, organisation: Organisation) -> datetime | None:
    """Until when this group may send where it was given longer than everybody else."""
    return db.session.scalar(
        select(func.max(LatePermit.until)).where(LatePermit.round_id == round.id, LatePermit.organisation_id == organisation.id)
    )


def permits(round: Round) -> Sequence[LatePermit]:
    """Every group that was given longer, the newest first. One statement."""
    return db.session.scalars(
        select(LatePermit)
        .options(joinedload(LatePermit.organisation))
        .where(LatePermit.round_id == round.id)
        .order_by(LatePermit.id.desc())
    ).all()


def held_by_lot(round: Round) -> dict[str, Money]:
    """What each part of a round holds now, by its reference. One statement."""
    left = func.sum(Account.credits - Account.debits)
    found = db.session.execute(
        select(Account.owner, left)
        .where(Account.owner.in_([lot.ref for lot in round.lots]), Account.bucket == Bucket.RESERVED)
        .group_by(Account.owner)
    )
    return {owner: Money(int(pence)) for owner, pence in found}


def lot_of(round: Round, ward: str | None) -> Lot | None:
    """The part of the round whose area this ward is, if it has one."""
    return next((lot for lot in round.lots if ward and lot.area == ward), None)


def free(pot: Pot) -> Money:
    """What a pot has free now, of which a round may hold all or part."""
    return ledger.balance(At(pot.ref, "", Bucket.FREE))


def holdable(round: Round) -> Money:
    """The most a round may hold now: what is free in its line, or in its pot and pool, and what an authority allows beyond."""
    if named := {lot.line.ref for lot in round.lots if lot.line}:
        lines = total(ledger.left(round.pot.ref, ref, Bucket.FREE) for ref in named)
        loose = any(lot.line is None for lot in round.lots)
        return lines + (_loose(round) if loose else Money(0))
    return _loose(round)


def _loose(round: Round) -> Money:
    if round.line:
        return ledger.left(round.pot.ref, round.line.ref, Bucket.FREE)
    return total(ledger.left(ref, "", Bucket.FREE) for ref in promises.together(round.pot))


class Choice(NamedTuple):
    """A priority that an application may say it serves most."""

    ref: str
    title: str
    depth: int


OFFERED_LEVELS = frozenset(
    {"challenge", "theme", "priority_area", "priority", "objective", "national_objective", "strand", "outcome"}
)


def priorities(strategy: Strategy) -> Sequence[Choice]:
    """What a bid may choose from: the plan's titled themes and priorities in the plan's order, not its actions and measures."""
    chosen: list[Choice] = []
    depths: list[int] = []  # of the chosen ones above, by where they stand in the plan's own tree
    for priority, depth in strategies.priorities(strategy):
        depths = [above for above in depths if above < depth]
        if priority.title and priority.level in OFFERED_LEVELS:
            chosen.append(Choice(priority.ref, priority.title, len(depths)))
            depths.append(depth)
    return chosen


def offered(round: Round) -> Sequence[Choice]:
    """What a bid to this round may choose from: the priorities of its plan, or those of them that the round offers."""
    chosen = round.terms.priorities
    found = priorities(round.strategy)
    return [one._replace(depth=0) for one in found if one.ref in chosen] if chosen else found


class Source(NamedTuple):
    """A pot that a round may be planned from, or a line of one. `ref` is the line's where `line` names it."""

    ref: str
    stream: str
    year: int
    pot: str
    line: str | None


def pots(by: Person) -> Sequence[Source]:
    """The pots of this year and the next whose rounds this person plans, each before its lines, by stream. Where the allocation
    is stated."""
    found = db.session.execute(
        select(Pot.ref, Stream.name, Pot.year, Line.ref, Line.name)
        .join(Pot.stream)
        .outerjoin(Pot.lines)
        .where(
            covered(by, Stream.partnership_id, Stream.ref, duties={Duty.GRANTS_OFFICER}),
            Pot.year >= clock.financial_year(clock.today()),
            Pot.allocation_status == AllocationStatus.CONFIRMED,
        )
        .order_by(Stream.name, Pot.year, Line.id)
    )
    sources: dict[str, Source] = {}
    for pot, stream, year, line, name in found:
        sources.setdefault(pot, Source(pot, stream, year, pot, None))
        if line is not None:
            sources[line] = Source(line, stream, year, pot, name)
    return list(sources.values())


def plans(by: Person) -> Sequence[Strategy]:
    """The plans whose priorities a round may serve: of this person's partnerships or nobody's, the longest to run first."""
    return db.session.scalars(
        select(Strategy)
        .where(
            Strategy.partnership_id.in_(within(by)) | Strategy.partnership_id.is_(None),
            select(Priority.id)
            .where(Priority.strategy_id == Strategy.id, Priority.title.is_not(None), Priority.level.in_(OFFERED_LEVELS))
            .exists(),
        )
        .order_by(Strategy.ends_on.desc().nulls_last(), Strategy.name)
    ).all()


def waiting(by: Person) -> list[Waiting]:
    """Rounds to open and rounds to close, for the grants officers whose they are."""
    now = clock.now()
    found = db.session.scalars(
        _whole().where(
            covered(by, Stream.partnership_id, Stream.ref),
            or_(
                (Round.state == State.PLANNED) & (Round.opens_at <= now),
                (Round.state == State.OPEN) & (Round.closes_at <= now),
            ),
        )
    )
    return [
        Waiting(
            since=one.opens_at if one.state is State.PLANNED else one.closes_at,
            what=_("Open “%(title)s”: its opening time has come", title=one.title)
            if one.state is State.PLANNED
            else _("Close “%(title)s”: its closing time has passed", title=one.title),
            ref=one.ref,
            page="staff_rounds.show",
            args={"ref": one.ref},
        )
        for one in found
        if holds(by, Duty.GRANTS_OFFICER, partnership=one.pot.stream.partnership, stream=one.pot.stream.ref)
    ]


class Asks(NamedTuple):
    """A round that asks a question set."""

    ref: str
    title: str


def asking(by: Person) -> dict[str, list[Asks]]:
    """Which rounds this person works with ask which version of a question set: its reference -> the rounds. One statement."""
    found: dict[str, list[Asks]] = {}
    for questions, ref, title in db.session.execute(
        select(QuestionSet.ref, Round.ref, Round.title)
        .join(Round.question_set)
        .join(Round.pot)
        .join(Pot.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Round.closes_at.desc(), Round.ref)
    ):
        found.setdefault(questions, []).append(Asks(ref, title))
    return found
