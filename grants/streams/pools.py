"""Pools: pots of one partnership and year that awards draw on together, each pot's share its own in the books (R39)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.people.models import Person
from grants.people.queries import covered, within
from grants.streams import policies, queries
from grants.streams.models import Pool, Pot, Stream

declare(
    {
        "pool.made": mark("Made the pool %(name)s of %(pots)s"),
        "pot.pooled": mark("Joined the pool %(name)s: awards draw on its pots together"),
    }
)


@command
def make_pool(pot: Pot, *, others: Sequence[Pot], name: str, by: Person, note: str | None = None) -> Pool:
    """Pool a pot with others of its partnership and year: rounds hold from all of them from now on, by what is free in each.

    What was promised before stays where it is.
    """
    together = sorted({one.ref: one for one in (pot, *others)}.values(), key=lambda one: one.ref)
    for one in together:
        require(policies.look_after_pot, by, one)
    if found := list(unfit(together, name)):
        raise RuleBroken(*found)
    pool = Pool(ref=next_reference("POL"), partnership=pot.stream.partnership, name=name.strip(), note=note)
    db.session.add(pool)
    for one in together:
        one.pool = pool.ref
        record("pot.pooled", one, by=by, name=pool.name, pool=pool.ref)
    record("pool.made", pool, by=by, name=pool.name, pots=[one.ref for one in together])
    return pool


def unfit(pots: Sequence[Pot], name: str) -> Iterator[str]:
    """What stops these pots being pooled. A ring-fence would be worth nothing if a pool let its money out past it."""
    if not name.strip():
        yield _("Enter the pool's name.")
    if len(pots) < 2:
        yield _("Choose at least one more pot to pool with this one.")
    if len({one.year for one in pots}) > 1 or len({one.stream.partnership_id for one in pots}) > 1:
        yield _("The pots of a pool are of one partnership and one year.")
    if len({one.stream.voluntary_only for one in pots}) > 1:
        yield _(
            "%(pots)s cannot be pooled: some are only for voluntary and community organisations and some are not.",
            pots=", ".join(one.ref for one in pots),
        )
    for one in pots:
        if one.pool:
            yield _("%(pot)s is in a pool already.", pot=one.ref)
        if one.closed_on:
            yield _("%(pot)s is closed to new promises.", pot=one.ref)


# -- /pools/<ref> ------------------------------------------------------------------------------------------------------


class Share(NamedTuple):
    """One pot of a pool and its figures. `known`: what is free in it is known."""

    pot: Pot
    known: bool
    figures: Mapping[str, Money]


class PoolPage(NamedTuple):
    """A pool: each stream's share in its own figures, and the sum of them. `unknown`: pots whose figures are not in the sum."""

    pool: Pool
    shares: Sequence[Share]
    streams: Sequence[Stream]  # streams that name the pool without a year
    total: Mapping[str, Money]
    unknown: int


SHOWN = ("allocated", "contributed", "free", "held", "passported", "offered", "committed", "due", "paid")


def pool(ref: str) -> Pool:
    """The pool of this reference. NotFound otherwise."""
    found = db.session.scalar(select(Pool).where(Pool.ref == ref).options(joinedload(Pool.partnership)))
    if found is None:
        raise NotFound()
    return found


def pool_page(by: Person, ref: str) -> PoolPage:
    """One pool of a partnership the person works in, its pots by name. The same statements however many there are."""
    found = pool(ref)
    if found.partnership_id not in within(by):
        raise NotFound()
    pots = db.session.scalars(
        select(Pot)
        .join(Pot.stream)
        .where(Pot.pool == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Pot.stream))
        .order_by(Stream.name, Pot.year)
    ).all()
    streams = db.session.scalars(select(Stream).where(Stream.pool == ref).order_by(Stream.name)).all()
    figures = ledger.figures(ledger.balances([one.ref for one in pots]))
    missing = queries.unstated([one.id for one in pots])
    shares = [
        Share(one, queries.free_is_known(one, missing.get(one.id, 0)), figures.get(one.ref, dict.fromkeys(SHOWN, Money(0))))
        for one in pots
    ]
    known = [share for share in shares if share.known]
    return PoolPage(
        found,
        shares,
        streams,
        {name: total(share.figures[name] for share in known) for name in SHOWN},
        len(shares) - len(known),
    )


def names(by: Person) -> dict[str, str]:
    """Every pool of the person's partnerships: its name by its reference."""
    rows = db.session.execute(select(Pool.ref, Pool.name).where(Pool.partnership_id.in_(within(by))))
    return {row.ref: row.name for row in rows}


def candidates(by: Person, pot: Pot) -> Sequence[Pot]:
    """The other pots this one could be pooled with."""
    return db.session.scalars(
        select(Pot)
        .join(Pot.stream)
        .where(
            Pot.id != pot.id,
            Pot.year == pot.year,
            Pot.pool.is_(None),
            Pot.closed_on.is_(None),
            Stream.partnership_id == pot.stream.partnership_id,
            Stream.voluntary_only == pot.stream.voluntary_only,
            covered(by, Stream.partnership_id, Stream.ref),
        )
        .options(joinedload(Pot.stream))
        .order_by(Stream.name)
    ).all()
