"""The transfers behind a figure of the position, and whose it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, union_all

from grants.awards.models import Award
from grants.figures.columns import BY_KEY, Column
from grants.figures.queries import Row, bare, names, one_pot
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.ledger import queries as ledger
from grants.ledger.chart import SOURCES, Bucket
from grants.ledger.queries import ALWAYS, EVER, Line
from grants.people.models import Organisation, Person
from grants.rounds.models import Lot, Round
from grants.spending.models import OwnSpend
from grants.streams.models import BalanceUse, Commitment
from grants.streams.models import Line as PotLine


class Whose(NamedTuple):
    """So much of a figure stands in one owner's account: an award, a round, a line, a funder; '' the pot's own."""

    owner: str
    name: str  # what the owner is called, where it is known
    bucket: Bucket
    amount: Money

    @property
    def own(self) -> bool:
        """Has the owner a path of its own, or is it the pot's? Funders, partners and other pots only gave or took."""
        return bool(self.owner) and self.bucket not in SOURCES | {Bucket.RETURNED, Bucket.CARRIED_FORWARD, Bucket.VIRED_OUT}


class Behind(NamedTuple):
    """A figure, whose it is, and one page of the transfers it is made of. `adds_up`: they come to the figure."""

    row: Row
    year: int
    column: Column
    figure: Money | None
    transfers: int  # how many there are in all
    sum: Money
    lines: Sequence[Line]
    people: Mapping[str, str]  # who entered them: reference -> name
    whose: Sequence[Whose]  # the largest first

    @property
    def adds_up(self) -> bool:
        return self.figure is not None and self.sum == self.figure

    def signed(self, line: Line) -> Money:
        """What a transfer does to the figure."""
        grows = (line.into.bucket in self.column.buckets) != self.column.came
        return line.amount if grows else -line.amount


MOST = 100  # transfers on a page


def behind(
    pot: str,
    column: str,
    *,
    by: Person | None = None,
    on: date | None = None,
    known: datetime | None = None,
    page: int = 1,
) -> Behind:
    """The transfers behind one figure of one pot, newest first, and what they all come to. NotFound outside the duties."""
    if column not in BY_KEY:
        raise NotFound()
    asked = BY_KEY[column]
    year, row = one_pot(pot, by=by, on=on, known=known)
    upto, then = on or EVER, known or ALWAYS
    count, net = ledger.sum_behind(pot, asked.buckets, on=upto, known=then)
    lines = ledger.behind(pot, asked.buckets, on=upto, known=then, most=MOST, skip=(page - 1) * MOST)
    people = names(Person, {line.person for line in lines})
    held = ledger.by_owner([pot], on=on, known=then, buckets=asked.buckets)
    called = titles({bare(at.owner) for at in held})
    whose = [
        Whose(bare(at.owner), called.get(bare(at.owner), ""), at.bucket, -amount if asked.came else amount)
        for at, amount in sorted(held.items(), key=lambda one: (-abs(one[1].pence), one[0]))
    ]
    return Behind(row, year, asked, row.figures[column], count, -net if asked.came else net, lines, people, whose)


def titles(refs: Collection[str]) -> Mapping[str, str]:
    """What each owner of money is called, by its reference. One statement."""
    given = sorted(ref for ref in refs if ref)
    asked = [
        select(Award.ref, Award.title),
        select(Commitment.ref, Commitment.recipient),
        select(OwnSpend.ref, OwnSpend.title),
        select(Round.ref, Round.title),
        select(Lot.ref, Lot.name),
        select(PotLine.ref, PotLine.name),
        select(BalanceUse.ref, func.coalesce(BalanceUse.agreed, BalanceUse.proposed)),
        select(Organisation.ref, Organisation.name),
    ]
    if not given:
        return {}
    narrowed = [one.where(one.selected_columns[0].in_(given)) for one in asked]
    return {row[0]: row[1] for row in db.session.execute(union_all(*narrowed))}
