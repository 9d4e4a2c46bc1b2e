"""However decisions are made and changed, they never come to more than is held."""

from __future__ import annotations

from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.panel import queries
from grants.panel.models import Outcome
from grants.people.models import Duty
from grants.rounds.queries import held
from tests.builders.awards import a_panel, a_round_of_bids, scored, somebody
from tests.rooms.panel.test_commands import decide

ASKS = ("1", "2", "3")  # pounds, with 4 held: small enough for the edges to come up often


class Deciding(RuleBasedStateMachine):
    """Three bids, four pounds, and somebody who keeps changing their mind. The model is a dictionary."""

    made: ClassVar[tuple] = ()
    numbers: ClassVar[count] = count()

    @initialize()
    def sit(self) -> None:
        if not Deciding.made:
            round, bids = a_round_of_bids(*ASKS, hold="4", smallest="1", largest="10", assessors=1)
            for bid in bids:
                scored(bid)
            Deciding.made = (a_panel(round), bids, somebody(round, Duty.MINUTE_TAKER))
        self.panel, self.bids, self.by = Deciding.made
        self.model = {
            n: (queries.decision_on(bid).amount if queries.decision_on(bid) else None) for n, bid in enumerate(self.bids)
        }

    @rule(n=st.sampled_from(range(3)), outcome=st.sampled_from(Outcome), pence=st.integers(0, 301))
    def decide(self, n: int, outcome: Outcome, pence: int) -> None:
        ask = Money.pounds(ASKS[n])
        amount = Money(pence) if outcome is Outcome.PART else None
        gives = {Outcome.FULL: ask, Outcome.PART: Money(pence), Outcome.REJECT: Money(0)}[outcome]
        others = sum((m for k, m in self.model.items() if m and k != n), start=Money(0))
        sound = (outcome is not Outcome.PART or Money(0) < gives < ask) and others + gives <= Money.pounds(4)
        there = queries.decision_on(self.bids[n])
        if sound:
            decide(self.panel, self.bids[n], outcome, amount and amount.plain, edition=there and there.edition, by=self.by)
            self.model[n] = gives
        else:
            with pytest.raises(RuleBroken):
                decide(self.panel, self.bids[n], outcome, amount and amount.plain, edition=there and there.edition, by=self.by)

    @invariant()
    def within(self) -> None:
        if hasattr(self, "model"):
            come_to = sum((m for m in self.model.values() if m), start=Money(0))
            assert queries.decided_so_far(self.panel) == come_to <= held(self.panel.round)


def test_decisions_never_exceed_what_is_held_under_any_order(app):
    Deciding.made = ()
    run_state_machine_as_test(
        Deciding,
        settings=settings(max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)),
    )
