"""A spending plan measured against the books: each line's awards and own spend beneath it, and what no line names beside it.

Its totals are the books' own: what is committed and paid in the agreement's pots, line by line and outside the plan together.
Money is as at a date where one is asked for; which line an award or own spend is measured against is today's, as pages say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select

from grants.awards.models import Award
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money, total
from grants.ledger import queries as ledger
from grants.ledger.chart import CAME, FIGURES, SOURCES, At, Bucket
from grants.ledger.queries import ALWAYS
from grants.people.models import Organisation
from grants.spending import queries as spending
from grants.spending.models import OwnSpend, PlanUpdate, SpendingPlan, SpendState
from grants.spending.rules import Stood
from grants.streams.models import Pot

PROMISED = frozenset({Bucket.OFFERED, Bucket.COMMITTED, Bucket.DUE})  # promised, and not yet out of the bank
PAID = FIGURES["paid"]
AWARD, SPEND, OTHER = "award", "own spend", "other"


class Under(NamedTuple):
    """An award or own spend: what it is, who has it, and its money in the plan's pots. `planned`: not committed yet."""

    ref: str
    kind: str
    title: str
    who: str
    pot: str
    planned: Money
    committed: Money
    spent: Money


class LineRow(NamedTuple):
    """One line of the plan: planned, promised and not yet paid, paid, and what that is made of."""

    line: str
    project: str
    provider: str
    pot: str
    priority: str | None
    results: str
    planned: Money
    committed: Money
    spent: Money
    under: Sequence[Under]

    @property
    def left(self) -> Money:
        """What is still to be promised; below nought where more is promised than was planned."""
        return self.planned - self.committed - self.spent

    @property
    def over(self) -> Money:
        """How much more is promised than was planned."""
        return max(ZERO, -self.left)


class PotTie(NamedTuple):
    """How one pot ties: all that came into it is in the plan, outside the plan, or not promised to a project."""

    pot: str
    name: str
    came: Money
    in_plan: Money
    outside: Money
    held: Money  # for rounds
    protected: Money
    free: Money
    gone: Money  # repaid, carried forward, vired out

    @property
    def ties(self) -> bool:
        """Nothing is missing and nothing is there twice."""
        return self.came == self.in_plan + self.outside + self.held + self.protected + self.free + self.gone


class Sums(NamedTuple):
    """What lines, or the money outside them, come to."""

    planned: Money
    committed: Money
    spent: Money

    @property
    def left(self) -> Money:
        """What is still to be promised."""
        return self.planned - self.committed - self.spent


class Measured(NamedTuple):
    """A plan beside the books, now or as at a date."""

    plan: SpendingPlan
    on: date | None
    known: datetime | None
    lines: Sequence[LineRow]
    outside: Sequence[Under]  # money of the agreement's pots that names no line
    pots: Sequence[PotTie]

    @property
    def in_plan(self) -> Sums:
        """All lines together."""
        return _sums(self.lines)

    @property
    def not_in_plan(self) -> Sums:
        """All that names no line. Nothing is planned for it."""
        return _sums(self.outside)._replace(planned=ZERO)

    @property
    def ties(self) -> bool:
        """Every pot ties."""
        return all(pot.ties for pot in self.pots)


def _sums(rows: Iterable[LineRow | Under]) -> Sums:
    found = list(rows)
    return Sums(total(r.planned for r in found), total(r.committed for r in found), total(r.spent for r in found))


def measured(plan: SpendingPlan, *, on: date | None = None, known: datetime | None = None) -> Measured:
    """The plan against the books: now, or at the end of `on`, by what had been recorded at `known`. Four statements.

    The pots are those the agreement gives to in the plan's year, and any other that a line names.
    """
    pots = {pot.ref: pot for pot in spending.pots(plan.agreement, plan.year)} | {line.pot.ref: line.pot for line in plan.lines}
    held = ledger.by_owner(sorted(pots), on=on, known=known or ALWAYS)
    names = {line.line for line in plan.lines}
    children = _children({at.owner for at in held if at.bucket in PROMISED | PAID}, names, held, set(pots))
    beneath: dict[str, list[Under]] = defaultdict(list)
    outside: list[Under] = []
    for line, one in children:
        if line in names:
            beneath[line].append(one)
        elif one.committed or one.spent:
            outside.append(one)
    rows = [
        LineRow(
            line.line,
            line.project,
            line.provider,
            line.pot.ref,
            (line.priority.title or line.priority.ref) if line.priority else None,
            line.results,
            line.amount,
            total(one.committed for one in beneath[line.line]),
            total(one.spent for one in beneath[line.line]),
            beneath[line.line],
        )
        for line in plan.lines
    ]
    placed = {one.ref for ones in beneath.values() for one in ones}
    return Measured(plan, on, known, rows, outside, [_tie(pot, held, placed) for _ref, pot in sorted(pots.items())])


def _children(
    owners: Collection[str], lines: Collection[str], held: Mapping[At, Money], pots: Collection[str]
) -> list[tuple[str, Under]]:
    """(line or '', award or own spend) for whatever has money in the pots or names a line, by reference. Two statements.

    What has money and is neither (it cannot be; a proof would say so) is shown by its reference, so that nothing is lost.
    """
    committed, spent, at_pot = _by_owner(held)
    awards = db.session.execute(
        select(Award.ref, Award.title, Organisation.name, Pot.ref, Award.plan_line)
        .join(Award.organisation)
        .join(Award.pot)
        .where(or_(Award.ref.in_(owners), Award.plan_line.in_(lines)))
        .order_by(Award.ref)
    ).all()
    spends = db.session.execute(
        select(OwnSpend.ref, OwnSpend.title, OwnSpend.payee, Pot.ref, OwnSpend.plan_line, OwnSpend.planned, OwnSpend.state)
        .join(OwnSpend.pot)
        .where(or_(OwnSpend.ref.in_(owners), OwnSpend.plan_line.in_(lines)))
        .order_by(OwnSpend.ref)
    ).all()

    def under(ref: str, kind: str, title: str, who: str, pot: str, planned: Money = ZERO) -> Under:
        place = pot if pot in pots else at_pot.get(ref, pot)
        return Under(ref, kind, title, who, place, planned, committed.get(ref, ZERO), spent.get(ref, ZERO))

    found = [(line or "", under(ref, AWARD, title, who, pot)) for ref, title, who, pot, line in awards]
    found += [
        (line or "", under(ref, SPEND, title, who, pot, planned if state is SpendState.PLANNED else ZERO))
        for ref, title, who, pot, line, planned, state in spends
        if state is not SpendState.CANCELLED
    ]
    known = {one.ref for _line, one in found}
    found += [("", under(ref, OTHER, ref, "", at_pot[ref])) for ref in sorted(owners) if ref not in known]
    return found


def _by_owner(held: Mapping[At, Money]) -> tuple[Mapping[str, Money], Mapping[str, Money], Mapping[str, str]]:
    """What each owner has promised and not paid, what it has paid, and a pot it has money in."""
    committed: dict[str, Money] = {}
    spent: dict[str, Money] = {}
    at_pot: dict[str, str] = {}
    for at, amount in held.items():
        if at.bucket in PROMISED:
            committed[at.owner] = committed.get(at.owner, ZERO) + amount
        elif at.bucket in PAID:
            spent[at.owner] = spent.get(at.owner, ZERO) + amount
        else:
            continue
        at_pot.setdefault(at.owner, at.book)
    return committed, spent, at_pot


def _tie(pot: Pot, held: Mapping[At, Money], placed: Collection[str]) -> PotTie:
    def of(*figures: str) -> Money:
        buckets = {bucket for figure in figures for bucket in FIGURES[figure]}
        amounts = [amount for at, amount in held.items() if at.book == pot.ref and at.bucket in buckets]
        return total(-amount if buckets <= SOURCES else amount for amount in amounts)

    mine = [(at, amount) for at, amount in held.items() if at.book == pot.ref and at.bucket in PROMISED | PAID]
    return PotTie(
        pot.ref,
        pot.stream.name,
        of(*CAME),
        total(amount for at, amount in mine if at.owner in placed),
        total(amount for at, amount in mine if at.owner not in placed),
        of("held"),
        of("passported"),
        of("free"),
        of("repaid", "carried forward", "vired out"),
    )


# -- quarterly updates -------------------------------------------------------------------------------------------------


def stood(found: Measured) -> Mapping[str, Stood]:
    """Each line's figures, as an update freezes them."""
    return {row.line: Stood(row.planned, row.committed, row.spent) for row in found.lines}


class Difference(NamedTuple):
    """One line of an update: what was sent, and what the books say now of the same day. `now` none: the line is gone."""

    line: str
    project: str
    sent: Stood
    now: Stood | None
    said: str | None

    @property
    def differs(self) -> bool:
        """Have the books changed since it was sent?"""
        return self.now is None or (self.now.committed, self.now.spent) != (self.sent.committed, self.sent.spent)


def differences(update: PlanUpdate, found: Measured) -> Sequence[Difference]:
    """What an update said, line by line, beside the books for the same day (`found`: its plan, measured on that day)."""
    now = stood(found)
    names = {row.line: row.project for row in found.lines}
    return [
        Difference(
            line.line,
            names.get(line.line, line.line),
            Stood(line.planned, line.committed, line.spent),
            now.get(line.line),
            line.said,
        )
        for line in update.lines
    ]
