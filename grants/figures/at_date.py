"""One award as it stood: its money by stage at a date, and what that served by the shares in force then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from grants.awards.models import Award
from grants.awards.queries import Stage
from grants.figures.served import OUTSIDE, shares, split, titles
from grants.kernel.money import ZERO, Money, total
from grants.kernel.words import _
from grants.ledger import queries as ledger
from grants.ledger.chart import AWARD
from grants.ledger.queries import ALWAYS


class Served(NamedTuple):
    """A priority (without a reference: outside the plan), its basis points then, and the pence of the money then."""

    ref: str | None
    title: str
    basis_points: int
    amount: Money


class Then(NamedTuple):
    """An award's money as it stood, adding up to `whole`."""

    money: Sequence[tuple[Stage, Money]]
    served: Sequence[Served]
    whole: Money


def award_at(award: Award, *, on: date | None = None, known: datetime | None = None) -> Then:
    """An award's money by stage at the end of `on`, by what had been recorded at `known`, over all its pots. Four statements.

    Shares are divided as the position divides them: each pot's and stage's balance once, by largest remainder.
    """
    books = {book for book, _bucket in ledger.owned(award.ref)}
    held = ledger.by_owner(books, on=on, known=known or ALWAYS, owners=[award.ref], buckets=AWARD)
    parts = shares([award.ref], on=on, known=known).get(award.ref, ())
    stages: dict[Stage, Money] = {}
    pence: dict[str, Money] = defaultdict(lambda: ZERO)
    for at, balance in held.items():
        stage = Stage[at.bucket.name]
        stages[stage] = stages.get(stage, ZERO) + balance
        for ref, amount in split(balance, parts):
            pence[ref] += amount
    points: dict[str, int] = defaultdict(int)
    for part in parts:
        points[part.priority] += part.basis_points
    named = titles(set(points) - {OUTSIDE})
    served = [
        Served(ref or None, named.get(ref) or _("Outside the plan"), basis_points, pence[ref])
        for ref, basis_points in sorted(
            points.items(), key=lambda one: (one[0] == OUTSIDE, list(named).index(one[0]) if one[0] else 0)
        )
    ]
    return Then([(stage, stages[stage]) for stage in Stage if stage in stages], served, total(stages.values()))
