"""Who keeps agreements and the funder's payments: a finance officer of the partnership."""

from __future__ import annotations

from grants.agreements.models import Agreement, FunderPayment
from grants.kernel.policy import Objections
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import needs
from grants.streams.models import Allocation


def add(who: Person, partnership: Partnership) -> Objections:
    """A finance officer of the partnership."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=partnership)


def keep(who: Person, agreement: Agreement) -> Objections:
    """Say what an agreement says: the same person as may add one."""
    yield from add(who, agreement.partnership)


def allocate(who: Person, allocation: Allocation) -> Objections:
    """A finance officer whose duty covers the stream of the allocation's pot."""
    stream = allocation.pot.stream
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)


def bank(who: Person, payment: FunderPayment) -> Objections:
    """Say what was invoiced and what came in: a finance officer over the stream the money is for."""
    yield from allocate(who, payment.allocation)
