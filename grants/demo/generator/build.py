"""`flask generate`: fills an empty database, once, and marks it so that nobody takes it for a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import select

from grants import migrations
from grants.demo.generator import house, pots, texts
from grants.demo.generator.house import House
from grants.demo.generator.scale import scale
from grants.kernel import marks
from grants.kernel.bulk import Press
from grants.kernel.db import Base, db
from grants.kernel.errors import RuleBroken
from grants.kernel.words import _
from grants.search import commands as search

MARK = "generated"  # says how many awards and which seed; there from the first row on
WHOLE = "generated whole"  # there once everything is


class Made(NamedTuple):
    """What a run did."""

    fresh: bool  # nothing was done: the same was there already
    awards: int
    seed: int


def ensure(awards: int, seed: int, *, reset: bool = False, say: Callable[[str], object] = lambda _text: None) -> Made:
    """Make a partnership with so many awards, inside an application context.

    RuleBroken where the database holds anything that was not generated; generated otherwise or not to the end, it is
    thrown away only where `reset` says so. The same again does nothing.
    """
    migrations.upgrade()
    name, there = f"{awards} awards, seed {seed}", marks.marked(MARK)
    if there == name and marks.marked(WHOLE) and not reset:
        return Made(False, awards, seed)
    if there is not None:
        if not reset:
            raise RuleBroken(
                _("This database was generated with %(there)s. Add --reset to throw it away and make it again.", there=there)
            )
        db.session.remove()
        migrations.downgrade()
        migrations.upgrade()
    elif full := _full():
        raise RuleBroken(
            _("This database is not empty (%(table)s has rows). Generate into a new one: nothing is mixed.", table=full)
        )
    marks.mark(MARK, name)
    _generate(House(scale(awards), seed, Press()), say)
    say(_("%(entries)s things can be found.", entries=f"{search.rebuild():,}"))
    marks.mark(WHOLE, name)
    db.session.remove()
    return Made(True, awards, seed)


def _full() -> str | None:
    """The first table that has a row."""
    for table in Base.metadata.sorted_tables:
        if db.session.execute(select(table).limit(1)).first():
            return table.name
    return None


def _generate(house_: House, say: Callable[[str], object]) -> None:
    house.found(house_)
    say(_("The partnership, its staff, places and plan."))
    house.gather(house_)
    say(_("%(groups)s groups.", groups=f"{house_.scale.groups:,}"))
    for number in range(house_.scale.streams):
        pots.stream(house_, number)
        db.session.remove()
        done = sum(house_.scale.awards_in(n, year) for n in range(number + 1) for year in house_.scale.years)
        facts = {"stream": texts.stream(number)[2], "done": f"{done:,}", "all": f"{house_.scale.awards:,}"}
        say(_("%(stream)s: %(done)s of %(all)s awards.", **facts))
