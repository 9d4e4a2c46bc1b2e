"""Who may open a stream or a pot and protect money: a finance officer of the partnership."""

from __future__ import annotations

from collections.abc import Collection

from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.duties import label
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import needs
from grants.streams.models import BalanceUse, Pot, Stream


def open_stream(who: Person, partnership: Partnership) -> Objections:
    """A finance officer of the partnership whose money it is."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=partnership)


def open_pot(who: Person, stream: Stream) -> Objections:
    """A finance officer of the stream's partnership, whose duty covers the stream."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)


def look_after_pot(who: Person, pot: Pot) -> Objections:
    """Its lines, terms, contributions and pool, and closing it to new promises: the same person as may open it."""
    yield from open_pot(who, pot.stream)


def look_after_stream(who: Person, stream: Stream) -> Objections:
    """Say what a stream may not pay for, and copy its year: the same person as may open its pots."""
    yield from open_pot(who, stream)


def look_after_partnership(who: Person, partnership: Partnership) -> Objections:
    """Record what services contribute from their own budgets: a finance officer or a theme lead of the partnership."""
    yield from needs(who, Duty.FINANCE_OFFICER, Duty.THEME_LEAD, partnership=partnership)


def resolve_use(who: Person, use: BalanceUse) -> Objections:
    """Record what was resolved for a balance: a finance officer, or whoever takes the partnership's minutes."""
    stream = use.pot.stream
    yield from needs(who, Duty.FINANCE_OFFICER, Duty.MINUTE_TAKER, partnership=stream.partnership, stream=stream.ref)


def carry_out_use(who: Person, use: BalanceUse, resolved_by: Collection[str]) -> Objections:
    """Spend a balance as it was resolved: a finance officer who did not record the resolution."""
    yield from look_after_pot(who, use.pot)
    if who.ref in resolved_by:
        yield Objection(_("You recorded the resolution, so somebody else spends the money."), label(Duty.FINANCE_OFFICER))


def passport(who: Person, pot: Pot) -> Objections:
    """The same person as may open the pot."""
    yield from open_pot(who, pot.stream)
