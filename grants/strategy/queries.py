"""What pages and higher rooms ask of strategies. Staff questions take `by` and answer only what that person may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.people import partnerships
from grants.people.duties import READS_ALL, STAFF
from grants.people.models import Partnership, Person
from grants.people.policies import holds_any
from grants.strategy import rules
from grants.strategy.models import Indicator, Priority, Strategy

# -- one thing by its reference -----------------------------------------------------------------------------------------


def strategy(ref: str) -> Strategy:
    """A strategy by its reference, with its partnership and predecessor. NotFound unless there is one."""
    found = db.session.scalar(
        select(Strategy).options(joinedload(Strategy.partnership), joinedload(Strategy.predecessor)).where(Strategy.ref == ref)
    )
    if found is None:
        raise NotFound()
    return found


def priority(ref: str) -> Priority:
    """A priority by its reference, with its strategy and the priority above it. NotFound unless there is one."""
    found = db.session.scalar(
        select(Priority)
        .options(joinedload(Priority.strategy).joinedload(Strategy.partnership), joinedload(Priority.parent))
        .where(Priority.ref == ref)
    )
    if found is None:
        raise NotFound()
    return found


def indicator(ref: str) -> Indicator:
    """An indicator by its reference, with its strategy and priority. NotFound unless there is one."""
    found = db.session.scalar(
        select(Indicator)
        .options(
            joinedload(Indicator.partnership),
            joinedload(Indicator.strategy).joinedload(Strategy.partnership),
            joinedload(Indicator.priority),
        )
        .where(Indicator.ref == ref)
    )
    if found is None:
        raise NotFound()
    return found


# -- what a member of staff may read ------------------------------------------------------------------------------------


def readable(by: Person) -> set[int] | None:
    """The partnerships whose strategies this person may read, besides those of no partnership. None: not staff at all."""
    return partnerships.known(by) if holds_any(by, STAFF | READS_ALL) else None


def may_read(strategy: Strategy, known: set[int]) -> bool:
    """A strategy of one's own line of partnerships, or of none (national, regional, another body's)."""
    return strategy.partnership_id is None or strategy.partnership_id in known


def _read(known: set[int]) -> ColumnElement[bool]:
    return or_(Strategy.partnership_id.is_(None), Strategy.partnership_id.in_(known))


def seen(by: Person, ref: str) -> tuple[Strategy, set[int]]:
    """A strategy this person may read, and the partnerships they may. NotFound otherwise. Two statements."""
    known = readable(by)
    found = strategy(ref)
    if known is None or not may_read(found, known):
        raise NotFound()
    return found, known


def seen_priority(by: Person, ref: str) -> tuple[Priority, set[int]]:
    """A priority of a strategy this person may read, and the partnerships they may. NotFound otherwise."""
    known = readable(by)
    found = priority(ref)
    if known is None or not may_read(found.strategy, known):
        raise NotFound()
    return found, known


def seen_indicator(by: Person, ref: str) -> Indicator:
    """An indicator of a strategy or partnership this person may read. NotFound otherwise."""
    known = readable(by)
    found = indicator(ref)
    owner = found.strategy.partnership_id if found.strategy else found.partnership_id
    if known is None or not (owner is None or owner in known):
        raise NotFound()
    return found


# -- the list -----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One line of the list of strategies. `expired`: its last day has passed."""

    ref: str
    name: str
    owner: str | None
    partnership: str | None
    tier: str
    kind: str
    starts_on: date | None
    ends_on: date | None
    status: str
    fictional: bool
    expired: bool
    priorities: int
    indicators: int


def listing(by: Person, *, partnership: str | None = None, tier: str | None = None) -> Sequence[Row]:
    """The strategies this person may read, of one partnership or one tier where asked, newest first. Two statements.

    `partnership` is a reference, or 'none' for those that are nobody's here.
    """
    known = readable(by)
    if known is None:
        return []
    priorities = select(func.count()).where(Priority.strategy_id == Strategy.id).scalar_subquery()
    indicators = select(func.count()).where(Indicator.strategy_id == Strategy.id).scalar_subquery()
    asked = (
        select(Strategy, Partnership.name, priorities, indicators)
        .outerjoin(Strategy.partnership)
        .where(_read(known))
        .order_by(Strategy.ends_on.is_(None), Strategy.ends_on.desc(), Strategy.name)
    )
    if partnership == "none":
        asked = asked.where(Strategy.partnership_id.is_(None))
    elif partnership:
        asked = asked.where(Partnership.ref == partnership)
    if tier:
        asked = asked.where(Strategy.tier == tier)
    today = clock.today()
    return [
        Row(
            s.ref,
            s.name,
            s.owner,
            whose,
            s.tier,
            s.kind,
            s.starts_on,
            s.ends_on,
            s.status,
            s.fictional,
            rules.ended(s, today),
            p,
            i,
        )
        for s, whose, p, i in db.session.execute(asked)
    ]


class Group(NamedTuple):
    """The strategies of one partnership, or of one tier where they are no partnership's."""

    name: str
    rows: list[Row]


def grouped(rows: Sequence[Row]) -> list[Group]:
    """Strategies by partnership, and after them those of no partnership by tier."""
    groups: dict[tuple[bool, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.partnership is None, row.partnership or row.tier), []).append(row)
    return [Group(name, found) for (_none, name), found in sorted(groups.items(), key=lambda one: one[0])]


class Filters(NamedTuple):
    """What the list can be narrowed to."""

    partnerships: list[tuple[str, str]]
    tiers: list[str]


def filters(by: Person) -> Filters:
    """The partnerships with strategies, and the tiers, among what this person may read. Two statements."""
    known = readable(by)
    if known is None:
        return Filters([], [])
    pairs = db.session.execute(
        select(Partnership.ref, Partnership.name, Strategy.tier)
        .select_from(Strategy)
        .outerjoin(Strategy.partnership)
        .where(_read(known))
        .distinct()
    ).all()
    named = sorted({(ref, name) for ref, name, _tier in pairs if ref}, key=lambda one: one[1])
    return Filters(named, sorted({tier for _ref, _name, tier in pairs}))


def successors(strategy: Strategy) -> Sequence[Strategy]:
    """The strategies that say they follow this one."""
    return db.session.scalars(select(Strategy).where(Strategy.predecessor_id == strategy.id).order_by(Strategy.id)).all()


def expiry(strategy: Strategy, later: Sequence[Strategy]) -> str | None:
    """The sentence that points out a plan past its last day and what follows it; None while it runs. `later`: successors."""
    return rules.expiry(strategy, clock.today(), later)


# -- priorities ---------------------------------------------------------------------------------------------------------


class Branch(NamedTuple):
    """A priority with those under it. `incomplete`: it has a lead and nothing under it, where others of its level do (R17)."""

    priority: Priority
    branches: list[Branch]
    incomplete: bool


def tree(strategy: Strategy) -> list[Branch]:
    """A strategy's priorities as a tree; levels in the order the source first names them. One statement."""
    found = db.session.scalars(select(Priority).where(Priority.strategy_id == strategy.id).order_by(Priority.id)).all()
    return grow(found)


def grow(found: Sequence[Priority]) -> list[Branch]:
    """Priorities, in the order they were recorded, as a tree."""
    levels = {level: n for n, level in enumerate(dict.fromkeys(one.level for one in found))}
    under: dict[int | None, list[Priority]] = {}
    for one in sorted(found, key=lambda p: (levels[p.level], p.sort_order, p.id)):
        under.setdefault(one.parent_id, []).append(one)
    divided = {one.level for one in found if one.id in under}

    def branch(one: Priority) -> Branch:
        alone = one.lead is not None and one.id not in under and one.level in divided
        return Branch(one, [branch(child) for child in under.get(one.id, [])], alone)

    return [branch(one) for one in under.get(None, [])]


class Level(NamedTuple):
    """The priorities at the top of a tree that are of one level; `several`: the tree has more than one such level."""

    level: str
    branches: list[Branch]
    several: bool


def by_level(tree: Sequence[Branch]) -> list[Level]:
    """The top of a tree, a level at a time: a plan may hold priorities and, beside them, outcomes."""
    groups: dict[str, list[Branch]] = {}
    for branch in tree:
        groups.setdefault(branch.priority.level, []).append(branch)
    return [Level(level, branches, len(groups) > 1) for level, branches in groups.items()]


def priorities(strategy: Strategy) -> list[tuple[Priority, int]]:
    """A strategy's priorities in the order of its tree, each with its depth: 0 at the top. One statement."""

    def walk(branches: Iterable[Branch], depth: int) -> Iterable[tuple[Priority, int]]:
        for branch in branches:
            yield branch.priority, depth
            yield from walk(branch.branches, depth + 1)

    return list(walk(tree(strategy), 0))


def versions(branches: Sequence[Branch]) -> list[str | None]:
    """The versions a tree holds; None: not stated."""
    return list(dict.fromkeys(branch.priority.version for branch in branches))


def of_level(strategy: Strategy, level: str) -> Sequence[Priority]:
    """A strategy's priorities of one level ('theme', 'priority_area', 'action'), in the order they were recorded."""
    return db.session.scalars(
        select(Priority).where(Priority.strategy_id == strategy.id, Priority.level == level).order_by(Priority.id)
    ).all()


def under(priority: Priority) -> Sequence[Priority]:
    """The priorities directly under one, in their order."""
    return db.session.scalars(
        select(Priority).where(Priority.parent_id == priority.id).order_by(Priority.sort_order, Priority.id)
    ).all()


def indicators_of(strategy: Strategy) -> Sequence[Indicator]:
    """A strategy's indicators, in the order they were recorded."""
    return db.session.scalars(
        select(Indicator)
        .options(joinedload(Indicator.priority))
        .where(Indicator.strategy_id == strategy.id)
        .order_by(Indicator.id)
    ).all()
