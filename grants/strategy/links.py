"""How strategies and priorities stand to each other, as the page of one end shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from grants.kernel.db import db
from grants.strategy import queries
from grants.strategy.models import Priority, PriorityLink, Strategy


class End(NamedTuple):
    """One end of a link: a strategy, or one priority of it. `open`: this person may open its page."""

    strategy: Strategy
    priority: Priority | None
    open: bool


class Line(NamedTuple):
    """One link: our end, the other end, and why it is there."""

    here: End
    there: End
    link: PriorityLink


class Links(NamedTuple):
    """The links of one strategy or priority, each group of one kind, in the order first recorded."""

    out: list[tuple[str, list[Line]]]
    into: list[tuple[str, list[Line]]]


def of_strategy(strategy: Strategy, known: set[int]) -> Links:
    """How a strategy and its priorities stand to others. A link inside the strategy shows once, going out. One statement."""
    found = _links(or_(PriorityLink.from_strategy_id == strategy.id, PriorityLink.to_strategy_id == strategy.id))
    return _sorted(found, known, lambda link: link.from_strategy_id == strategy.id)


def of_priority(priority: Priority, known: set[int]) -> Links:
    """How one priority stands to others. One statement."""
    found = _links(or_(PriorityLink.from_priority_id == priority.id, PriorityLink.to_priority_id == priority.id))
    return _sorted(found, known, lambda link: link.from_priority_id == priority.id)


def _links(which: ColumnElement[bool]) -> Sequence[PriorityLink]:
    return db.session.scalars(
        select(PriorityLink)
        .options(
            joinedload(PriorityLink.from_strategy),
            joinedload(PriorityLink.from_priority),
            joinedload(PriorityLink.to_strategy),
            joinedload(PriorityLink.to_priority),
        )
        .where(which)
        .order_by(PriorityLink.id)
    ).all()


def _sorted(found: Sequence[PriorityLink], known: set[int], goes_out: Callable[[PriorityLink], bool]) -> Links:
    out: dict[str, list[Line]] = {}
    into: dict[str, list[Line]] = {}
    for link in found:
        start = End(link.from_strategy, link.from_priority, queries.may_read(link.from_strategy, known))
        end = End(link.to_strategy, link.to_priority, queries.may_read(link.to_strategy, known))
        if goes_out(link):
            out.setdefault(link.link_type, []).append(Line(start, end, link))
        else:
            into.setdefault(link.link_type, []).append(Line(end, start, link))
    return Links(list(out.items()), list(into.items()))
