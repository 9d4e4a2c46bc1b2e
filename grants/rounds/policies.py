"""Who plans, opens and closes rounds: a grants officer of the partnership and of the stream."""

from __future__ import annotations

from grants.kernel.policy import Objections
from grants.people.models import Duty, Person
from grants.people.policies import needs
from grants.rounds.models import Round
from grants.streams.models import Pot


def plan(by: Person, pot: Pot) -> Objections:
    """Plan a round of this pot."""
    return needs(by, Duty.GRANTS_OFFICER, partnership=pot.stream.partnership, stream=pot.stream.ref)


def open_round(by: Person, round: Round) -> Objections:
    """Open it, holding its money."""
    return plan(by, round.pot)


def close_round(by: Person, round: Round) -> Objections:
    """Close it once its time has passed."""
    return plan(by, round.pot)


def conclude(by: Person, round: Round) -> Objections:
    """Record that its panel has decided: the chair, who confirms the panel's decisions."""
    return needs(by, Duty.PANEL_CHAIR, partnership=round.pot.stream.partnership, stream=round.pot.stream.ref)
