"""Rounds with the terms of two real funds, made through commands: `a_local_fund()`, `a_ward_fund(opened=False)`.

The same two funds are typed on the pages in tests/funds.py.
"""

from __future__ import annotations

from typing import Any

from grants.kernel.money import Money
from grants.people.kinds import VOLUNTARY
from grants.places.postcodes import wards
from grants.questions.document import ready
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.rules import Split
from grants.rounds.terms import Firmness, Frequency, Helps, Limit, NotFunded, Payments, Reports, Scoring, Terms, Tier
from grants.streams.models import Pot
from tests.builders.applications import a_funded_pot, a_planned_round, a_question_set, officer_of
from tests.builders.people import a_partnership

ELSEWHERE = "For less than £1,001 ask Sector3."
NOT_NORMALLY = NotFunded(
    key="running-costs", asks="Is it for running costs every year?", reason="Not normally.", firmness=Firmness.NORMAL
)
BELIEF = NotFunded(
    key="belief", asks="Is it for a religious or political purpose?", reason="Not for religious or political purposes."
)


def _pot(pot: Pot | None) -> Pot:
    return pot or a_funded_pot("200000", partnership=a_partnership(area="Stockport"), voluntary_only=False)


def _opened(round: Round, hold: str, opened: bool) -> Round:
    return rounds.open_round(round, hold=Money.pounds(hold), by=officer_of(round)) if opened else round


def a_local_fund(*, pot: Pot | None = None, opened: bool = True, **facts: Any) -> Round:
    """£1,001 to £30,000, a second stage above £10,000."""
    terms = Terms(
        kinds=tuple(sorted(VOLUNTARY)),
        host_needed=True,
        tiers=(
            Tier(key="small", name="Small", least=100_100, most=1_000_000, helps=Helps.PURPOSE, full_outcomes=False),
            Tier(
                key="large",
                name="Large",
                least=1_000_001,
                most=3_000_000,
                stages=2,
                assessors=3,
                signatures=2,
                payments=Payments.HALVES,
                reports=Reports.TWICE,
            ),
        ),
        not_funded=(BELIEF,),
        months_to_deliver=12,
        instead=ELSEWHERE,
        asks_postcode=True,
        asks_vat=True,
    )
    planned = a_planned_round(
        pot=_pot(pot),
        question_set=a_question_set(ready("local_fund"), title="One Stockport Local Fund"),
        terms=terms,
        **{"title": "One Stockport Local Fund", "smallest": "1001", "largest": "30000"} | facts,
    )
    return _opened(planned, "100000", opened)


def a_ward_fund(*, pot: Pot | None = None, opened: bool = True, **facts: Any) -> Round:
    """£3,000 for each of 21 wards, from £50, not normally above £1,000."""
    terms = Terms(
        kinds=tuple(sorted(VOLUNTARY)),
        tiers=(
            Tier(
                key="ward",
                name="Ward grants",
                least=5_000,
                most=300_000,
                assessors=0,
                helps=Helps.PURPOSE,
                full_outcomes=False,
                reports=Reports.SHORT,
            ),
        ),
        limits=(Limit(above=100_000),),
        frequency=(Frequency(months=12), Frequency(consecutive_years=True, firmness=Firmness.NORMAL)),
        not_funded=(NOT_NORMALLY,),
        scoring=Scoring.COMMITTEE,
        asks_postcode=True,
    )
    planned = a_planned_round(
        pot=_pot(pot),
        question_set=a_question_set(ready("ward_fund"), title="Ward Flexibility Funding"),
        terms=terms,
        lots=[Split(ward.name, ward.code, Money.pounds("3000")) for ward in wards()],
        **{"title": "Ward Flexibility Funding", "smallest": "50", "largest": "3000"} | facts,
    )
    return _opened(planned, "63000", opened)
