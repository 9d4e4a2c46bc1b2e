"""Lines, pools, contributions and shared budgets for tests, made through commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

from grants.kernel.money import Money
from grants.people.models import Duty, Organisation, Person
from grants.streams import lines, pools, shared
from grants.streams.models import BalanceUse, Contribution, Line, LineKind, Pool, Pot
from tests.builders.people import a_person, an_organisation
from tests.builders.streams import a_finance_officer, a_pot, a_stream

_numbers = count(1)


def a_line(pot: Pot, amount: str | None = None, *, name: str | None = None, by: Person | None = None, **facts: Any) -> Line:
    """A contingency line of a pot, unless `kind=` says otherwise, with this much of its free money."""
    return lines.open_line(
        pot,
        name=name or f"Line {next(_numbers)}",
        kind=facts.pop("kind", LineKind.CONTINGENCY),
        amount=Money.pounds(amount) if amount else None,
        by=by or a_finance_officer(pot.stream.partnership),
        **facts,
    )


def a_pool(*allocations: str, year: int = 2026, **facts: Any) -> tuple[Pool, list[Pot]]:
    """A pool of pots with these allocations in pounds, of streams of one partnership."""
    first = a_stream()
    pots = [a_pot(allocations[0], stream=first, year=year)]
    pots += [a_pot(one, stream=a_stream(partnership=first.partnership), year=year) for one in allocations[1:]]
    by = a_finance_officer(first.partnership)
    return pools.make_pool(pots[0], others=pots[1:], name=facts.pop("name", "A pool"), by=by, **facts), pots


def a_pledge(pot: Pot, amount: str = "4000", *, organisation: Organisation | None = None, **facts: Any) -> Contribution:
    """What a partner has said it will put in."""
    return shared.pledge(
        pot,
        organisation=organisation or an_organisation("Riverside Homes", is_voluntary=False),
        description=facts.pop("description", "Towards the warden scheme"),
        amount=Money.pounds(amount),
        by=facts.pop("by", None) or a_finance_officer(pot.stream.partnership),
        **facts,
    )


def a_contribution(pot: Pot, amount: str = "4000", *, on: date | None = None, **facts: Any) -> Contribution:
    """A partner's money, confirmed and in the books."""
    pledged = a_pledge(pot, amount, **facts)
    return shared.confirm_contribution(pledged, on=on or pot.starts_on, by=a_finance_officer(pot.stream.partnership))


def a_use(pot: Pot, amount: str = "1178", **facts: Any) -> BalanceUse:
    """A suggestion for a pot's balance."""
    return shared.propose_use(
        pot,
        proposed=facts.pop("proposed", "To offset printing costs"),
        amount=Money.pounds(amount),
        by=facts.pop("by", None) or a_finance_officer(pot.stream.partnership),
        **facts,
    )


def a_minute_taker(pot: Pot, *, streams: Sequence[str] = ()) -> Person:
    """Somebody who takes the minutes of the pot's partnership."""
    return a_person(Duty.MINUTE_TAKER, partnership=pot.stream.partnership, streams=streams)
