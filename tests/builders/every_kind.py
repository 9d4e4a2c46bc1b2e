"""A year with every kind of money in it, made through commands: `everything()` answers the pots it is in."""

from __future__ import annotations

from collections.abc import Sequence

from grants.agreements import commands as agreements
from grants.budget.models import ChangeKind
from grants.kernel import clock
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.spending.models import OwnSpend
from grants.streams import shared
from grants.streams.models import Certainty, Pot
from tests.builders.agreements import a_step, a_sum, an_agreement, an_allocation
from tests.builders.agreements import under as money_under
from tests.builders.awards import an_offer
from tests.builders.budget import a_change, a_virement, an_authority, approved
from tests.builders.lines import a_contribution, a_line, a_minute_taker, a_pledge, a_use
from tests.builders.passporting import a_passported_award
from tests.builders.payments import a_paid, an_accepted, an_approved, first, reports
from tests.builders.payments import an_agreement as an_award
from tests.builders.spending import a_charge, committed
from tests.builders.strategy import a_priority, a_strategy
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

P = Money.pounds


def everything() -> Sequence[Pot]:
    """This year's pots, in which every bucket of the books has money, and last year's and next year's beside the first."""
    award = an_award("3000", "1000")  # of a round that goes on holding money
    pot = award.pot
    partnership = pot.stream.partnership
    _upstream(pot)
    a_paid(first(award))
    an_accepted(reports(award)[0], "1200")
    an_approved(first(award, 2))
    _debts(award.ref, pot)
    offered = an_offer("500")  # of another partnership's round, not answered
    a_commitment("700", pot=pot)
    theme = a_priority(a_strategy(partnership))
    other = a_pot("9000", year=pot.year, stream=a_stream(partnership=partnership))
    a_passported_award("400", pot=other, priority=theme)
    _spent(other)
    a_line(other, "250", name="Micro-grants")
    a_contribution(other, "120")
    a_pledge(other, "60")
    _use(other)
    approved(a_virement(other, pot, "300"))
    approved(a_change(other, ChangeKind.REPAYMENT, "90"))
    _years(other)
    an_authority(other, "100")
    cut = an_allocation("500", pot=a_pot(None, year=pot.year, stream=a_stream(partnership=partnership)))
    a_commitment("450", pot=cut.pot)
    a_step(cut, "300")
    return [pot, other, offered.pot, cut.pot]


def _upstream(pot: Pot) -> None:
    """An agreement, and money of it that came."""
    agreement = an_agreement(partnership=pot.stream.partnership)
    allocation = money_under(agreement, "5000", Certainty.CONFIRMED, pot=pot)
    sent = a_sum(allocation, "5000")
    by = a_finance_officer(pot.stream.partnership)
    agreements.receive(sent, received=P(5000), received_on=clock.today(), bank_reference="BACS 9", by=by)


def _debts(award: str, pot: Pot) -> None:
    """Part of what an award was paid is asked for back, and part of that given up."""
    approved(a_change(pot, ChangeKind.DEMAND, "300", owner=award, bucket=Bucket.PAID))
    approved(a_change(pot, ChangeKind.WRITE_OFF, "100", owner=award, bucket=Bucket.RECOVERABLE))


def _spent(pot: Pot) -> OwnSpend:
    spend = committed("800", pot=pot, on=clock.today())
    a_charge("150", spend=spend, vat="30")
    return spend


def _use(pot: Pot) -> None:
    use = a_use(pot, "110")
    shared.resolve_use(use, agreed="A leaflet", amount=P(110), resolution="346/07", on=clock.today(), by=a_minute_taker(pot))


def _years(pot: Pot) -> None:
    """Money from last year's pot, and money on to next year's."""
    before = a_pot("1000", year=pot.year - 1, stream=pot.stream)
    after = a_pot("1000", year=pot.year + 1, stream=pot.stream)
    approved(a_change(before, ChangeKind.CARRY_FORWARD, "210", into_pot=pot))
    approved(a_change(pot, ChangeKind.CARRY_FORWARD, "220", into_pot=after))
