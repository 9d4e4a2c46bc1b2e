"""Who may open a stream or a pot and protect money: a finance officer of the partnership."""

from __future__ import annotations

from grants.kernel.policy import Objections
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import needs
from grants.streams.models import Pot, Stream


def open_stream(who: Person, partnership: Partnership) -> Objections:
    """A finance officer of the partnership whose money it is."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=partnership)


def open_pot(who: Person, stream: Stream) -> Objections:
    """A finance officer of the stream's partnership, whose duty covers the stream."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)


def passport(who: Person, pot: Pot) -> Objections:
    """The same person as may open the pot."""
    yield from open_pot(who, pot.stream)
