"""Lines: parts of a pot for a priority, an area, micro-grants or contingency, each with free money of its own in the books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket, Move
from grants.people.models import Person
from grants.people.queries import covered
from grants.places.models import Locality
from grants.strategy.models import Priority, Strategy
from grants.streams import policies
from grants.streams.models import Line, LineKind, Pot, Stream
from grants.streams.promises import barred

declare({"line.opened": mark("Opened the line %(name)s of %(pot)s (%(kind)s) with %(amount)s")})


# -- questions ---------------------------------------------------------------------------------------------------------


class LineRow(NamedTuple):
    """A line of a pot: what it is for, and its free money now. `ref` '' is the pot's own, which no line has."""

    ref: str
    name: str
    kind: LineKind | None
    serves: str | None  # the priority's title or the area's name
    free: Money


def lines_of(pot: Pot) -> Sequence[LineRow]:
    """A pot's lines in the order they were opened. Two statements."""
    rows = db.session.execute(
        select(Line.ref, Line.name, Line.kind, Priority.title, Locality.name)
        .outerjoin(Priority, Priority.ref == Line.priority)
        .outerjoin(Locality, Locality.ref == Line.locality)
        .where(Line.pot_id == pot.id)
        .order_by(Line.id)
    ).all()
    free = books.by_owner([pot.ref], buckets=[Bucket.FREE])
    return [
        LineRow(ref, name, kind, priority or place, free.get(At(pot.ref, ref, Bucket.FREE), Money(0)))
        for ref, name, kind, priority, place in rows
    ]


class LinesOfPot(NamedTuple):
    """How a pot's free money is parted: what no line has, its lines, and all of it together."""

    own: Money
    lines: Sequence[LineRow]
    all: Money

    @property
    def rows(self) -> Sequence[LineRow]:
        """The pot itself, then its lines."""
        return [LineRow("", _("The pot itself"), None, None, self.own), *self.lines]


def parted(pot: Pot) -> LinesOfPot:
    """The pot's free money by line, which adds up to the pot's free money to the penny."""
    found = books.by_owner([pot.ref], buckets=[Bucket.FREE])
    return LinesOfPot(found.get(At(pot.ref, "", Bucket.FREE), Money(0)), lines_of(pot), total(found.values()))


def line(ref: str) -> Line:
    """The line of this reference. NotFound otherwise."""
    found = db.session.scalar(select(Line).where(Line.ref == ref))
    if found is None:
        raise NotFound()
    return found


def line_of_staff(by: Person, ref: str) -> Line:
    """The line, where the person works with its pot. NotFound otherwise."""
    found = db.session.scalar(
        select(Line)
        .join(Line.pot)
        .join(Pot.stream)
        .where(Line.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Line.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    )
    if found is None:
        raise NotFound()
    return found


def choices(by: Person) -> list[tuple[str, str, str]]:
    """Every line of the pots a person works with, as (reference, pot, name)."""
    rows = db.session.execute(
        select(Line.ref, Pot.ref, Line.name)
        .join(Line.pot)
        .join(Pot.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref))
        .order_by(Pot.ref, Line.name)
    )
    return [(ref, pot, name) for ref, pot, name in rows]


def serving(pot: Pot) -> list[tuple[str, str]]:
    """The priorities a line of the pot may be for, as (reference, title): of plans that reach into its year."""
    rows = db.session.execute(
        select(Priority.ref, Priority.title, Strategy.name)
        .join(Priority.strategy)
        .where(
            Strategy.partnership_id == pot.stream.partnership_id,
            Priority.title.is_not(None),
            or_(Strategy.ends_on.is_(None), Strategy.ends_on >= pot.starts_on),
            or_(Strategy.starts_on.is_(None), Strategy.starts_on <= pot.ends_on),
        )
        .order_by(Strategy.name, Priority.id)
    )
    return [(ref, f"{title} ({plan})") for ref, title, plan in rows]


# -- commands ----------------------------------------------------------------------------------------------------------


@command
def open_line(
    pot: Pot,
    *,
    name: str,
    kind: LineKind,
    by: Person,
    priority: str | None = None,
    locality: str | None = None,
    amount: Money | None = None,
) -> Line:
    """Give a part of a pot a name, and move free money of the pot to it, dated today or the pot's first day if that is later.

    `priority` and `locality` are references. RuleBroken says what is free where the pot has less.
    """
    require(policies.look_after_pot, by, pot)
    names = db.session.scalars(select(Line.name).where(Line.pot_id == pot.id)).all()
    if found := [
        *unfit(name, kind, priority, locality, amount, names=names),
        *(barred(pot) if amount else ()),
    ]:
        raise RuleBroken(*found)
    opened = Line(
        ref=next_reference("LIN"), pot=pot, name=name.strip(), kind=kind, priority=priority or None, locality=locality or None
    )
    db.session.add(opened)
    db.session.flush()
    if amount:
        ledger.enter(
            [_between(pot, "", opened.ref, amount)],
            key=f"open {opened.ref}",
            on=max(clock.today(), pot.starts_on),
            by=by.ref,
            source=opened.ref,
        )
    record(
        "line.opened",
        opened,
        by=by,
        name=opened.name,
        pot=pot.ref,
        kind=kind,
        amount=Money(0) if amount is None else amount,
    )
    return opened


def unfit(
    name: str, kind: LineKind, priority: str | None, locality: str | None, amount: Money | None, *, names: Sequence[str]
) -> Iterator[str]:
    """What stops a line being opened beside those of these `names`."""
    if not name.strip():
        yield _("Enter the line's name.")
    elif name.strip().casefold() in {one.casefold() for one in names}:
        yield _("This pot has a line called “%(name)s” already. Choose another name.", name=name.strip())
    if kind is LineKind.PRIORITY and not priority:
        yield _("Choose the priority the line is for.")
    if kind is LineKind.AREA and not locality:
        yield _("Choose the area the line is for.")
    if amount is not None and amount < Money(0):
        yield _("Enter an amount of £0.00 or more.")


def move(pot: Pot, *, out_of: str, into: str, amount: Money, on: date, key: str, source: str, by: Person) -> None:
    """Post a move of free money between a pot ('') and its lines, or between two lines, inside a command that has asked who may
    and records an event about `source`. RuleBroken says what the one it leaves has left.
    """
    if out_of == into:
        raise RuleBroken(_("Choose two different lines."))
    there = set(db.session.scalars(select(Line.ref).where(Line.pot_id == pot.id)))
    if {out_of, into} - there - {""}:
        raise NotFound()
    ledger.enter([_between(pot, out_of, into, amount)], key=key, on=on, by=by.ref, source=source)


def _between(pot: Pot, out_of: str, into: str, amount: Money) -> Move:
    return Move("vire line", At(pot.ref, out_of, Bucket.FREE), At(pot.ref, into, Bucket.FREE), amount.pence)
