"""Protected commitments that became awards, and awards over several years, for tests, through commands.

`a_passported_award("4000")`: of a pot with £10,000 it has £4,000, protected for a voluntary group, offered in two halves and
accepted. The protection runs through the pot's year.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.awards.rules import Planned
from grants.kernel import clock
from grants.kernel.money import Money
from grants.ledger.chart import At, Bucket
from grants.ledger.queries import balance
from grants.monitoring import commands as monitoring
from grants.people.models import Duty, Person
from grants.strategy.models import Priority
from grants.streams.models import Commitment, Pot
from tests.builders.people import a_person, an_organisation
from tests.builders.strategy import a_priority, a_strategy
from tests.builders.streams import a_commitment, a_pot

P = Money.pounds


def an_officer(pot: Pot) -> Person:
    """A grants officer of the pot's partnership."""
    return a_person(Duty.GRANTS_OFFICER, partnership=pot.stream.partnership)


def a_finance(pot: Pot) -> Person:
    """A finance officer of the pot's partnership."""
    return a_person(Duty.FINANCE_OFFICER, partnership=pot.stream.partnership)


def free(pot: Pot) -> Money:
    """What the pot has free."""
    return balance(At(pot.ref, "", Bucket.FREE))


def protected(commitment: Commitment) -> Money:
    """What is set aside for a commitment in its pot and nobody was promised."""
    assert commitment.pot is not None
    return balance(At(commitment.pot.ref, commitment.ref, Bucket.PASSPORTED))


def a_group_s_commitment(amount: str = "4000", *, pot: Pot | None = None, **facts: Any) -> Commitment:
    """Money protected for a voluntary group."""
    group = facts.pop("organisation", None) or an_organisation("Harbour Advice")
    return a_commitment(amount, pot=pot, recipient=group.name, organisation=group, **facts)


def halves(amount: Money, first_due: date, second_due: date) -> Sequence[Planned]:
    """Two payments: half on acceptance, half on a report."""
    half = Money(amount.pence // 2)
    return [(amount - half, first_due, Gate.ACCEPTED), (half, second_due, Gate.REPORT)]


def passported_terms(commitment: Commitment, *, priority: Priority | None = None, **facts: Any) -> dict[str, Any]:
    """Everything `offer_passported` needs: half now and half on a report, all for one priority."""
    pot = commitment.pot
    assert pot is not None
    priority = priority or a_priority(a_strategy(pot.stream.partnership))
    amount: Money = facts.get("amount") or protected(commitment)
    starts = max(pot.starts_on, clock.today())
    ends = max(pot.ends_on, starts + timedelta(days=120))
    return {
        "starts_on": starts,
        "ends_on": ends,
        "answer_by": clock.today() + timedelta(days=14),
        "instalments": halves(amount, starts, starts + timedelta(days=90)),
        "conditions": ["Keep receipts for six years."],
        "shares": [(priority, 10_000, None)],
        "strategy": priority.strategy,
        "by": an_officer(pot),
    } | facts


def a_passported_offer(commitment: Commitment | None = None, **facts: Any) -> Award:
    """A protected commitment offered as an award."""
    commitment = commitment or a_group_s_commitment()
    return awards.offer_passported(commitment, **passported_terms(commitment, **facts))


def a_passported_award(amount: str = "4000", *, pot: Pot | None = None, **facts: Any) -> Award:
    """The same, accepted, and its reports asked for."""
    pot = pot or a_pot()
    offer = a_passported_offer(a_group_s_commitment(amount, pot=pot), **facts)
    signs = a_person(Duty.CERTIFIER, organisation=offer.organisation)
    return monitoring.accept_offer(offer, signed_as="Treasurer", by=signs)
