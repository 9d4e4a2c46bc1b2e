"""Agreements and what funders give, for tests: `an_agreement_with_money("1000")` has £1,000.00 confirmed for one pot."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from grants.agreements import commands
from grants.agreements.models import Agreement, FunderPayment
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Organisation, Partnership
from grants.streams import allocations
from grants.streams.models import Allocation, Certainty, Pot, Shortfall
from tests.builders.people import a_partnership, an_organisation
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

LETTER = "Letter of 12 March 2026, kept in the funding folder"


def a_funder(name: str = "Regional fund") -> Organisation:
    """A body that gives money to the partnership."""
    return an_organisation(name, is_voluntary=False, organisation_type="funder")


def an_agreement(*, partnership: Partnership | None = None, funder: Organisation | None = None, **facts: Any) -> Agreement:
    """An agreement from April 2026 to March 2028, without money."""
    partnership = partnership or a_partnership()
    by = facts.pop("by", None) or a_finance_officer(partnership)
    given = {"name": "Safety fund agreement", "starts_on": date(2026, 4, 1), "ends_on": date(2028, 3, 31)} | facts
    return commands.add_agreement(partnership=partnership, funder=funder or a_funder(), by=by, **given)


def an_allocation(
    amount: str = "1000", certainty: Certainty = Certainty.CONFIRMED, *, pot: Pot | None = None, **facts: Any
) -> Allocation:
    """Money for a pot (of its own, with nothing else, unless one is given) from a funder not stated."""
    pot = pot or a_pot(None)
    given = {"effective_on": pot.starts_on, "document": LETTER} | facts
    by = given.pop("by", None) or a_finance_officer(pot.stream.partnership)
    return allocations.record_allocation(pot, certainty=certainty, amount=Money.pounds(amount), by=by, **given)


def a_step(allocation: Allocation, amount: str, certainty: Certainty = Certainty.CONFIRMED, **facts: Any) -> Allocation:
    """The allocation's next step, dated as the one before."""
    given = {"effective_on": allocation.steps[-1].effective_on, "document": LETTER} | facts
    by = given.pop("by", None) or a_finance_officer(allocation.pot.stream.partnership)
    return allocations.advance(allocation, certainty=certainty, amount=Money.pounds(amount), by=by, **given)


def under(agreement: Agreement, amount: str = "1000", certainty: Certainty = Certainty.CONFIRMED, **facts: Any) -> Allocation:
    """Money under an agreement, for a pot of its partnership."""
    pot = facts.pop("pot", None) or a_pot(None, stream=a_stream(partnership=agreement.partnership))
    given = {"effective_on": pot.starts_on, "document": LETTER} | facts
    by = given.pop("by", None) or a_finance_officer(agreement.partnership)
    return commands.add_allocation(agreement, pot, certainty=certainty, amount=Money.pounds(amount), by=by, **given)


def a_sum(allocation: Allocation, amount: str = "500", *, expected_on: date = date(2026, 5, 1)) -> FunderPayment:
    """A sum the funder is to send."""
    by = a_finance_officer(allocation.pot.stream.partnership)
    return commands.expect_payment(allocation, amount=Money.pounds(amount), expected_on=expected_on, by=by)


def a_funding(partnership: Partnership) -> dict[str, str]:
    """An agreement with one of everything, by the names the access walk uses: money, a sum owed, a cut not found, a term."""
    agreement = an_agreement(partnership=partnership)
    by = a_finance_officer(partnership)
    allocation = under(agreement, "500", by=by)
    a_commitment("500", pot=allocation.pot, by=by)
    a_step(allocation, "400", by=by)
    commands.add_condition(agreement, text="Send an update", by=by)
    commands.add_signature(agreement, what="The agreement", post="Chief executive", signs_for="The council", by=by)
    payment = a_sum(allocation)
    shortfall = db.session.scalars(select(Shortfall).where(Shortfall.allocation_id == allocation.id)).one()
    return {
        "funding": agreement.ref,
        "allocation": allocation.ref,
        "owed by the funder": payment.ref,
        "shortfall": shortfall.ref,
    }
