"""Bids scored, decided, offered and accepted, for tests, through commands: `an_award("3000", "1000")` has two payments.

Everything before the test happened in the last month, so that the test itself runs today: the round opened 30 days ago and
closed 7 days ago, the panel met 5 days ago, the offer was made 4 days ago and may be answered for another 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

from grants.applications.models import Application
from grants.assessment import commands as assessment
from grants.assessment.models import Assessment, Interest
from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.panel import commands as panels
from grants.panel import queries
from grants.panel.models import Decision, Outcome, Panel
from grants.people.models import Duty, Person
from grants.rounds.models import Round
from grants.rounds.rules import Weighed
from grants.strategy import commands as strategies
from grants.strategy.models import Indicator
from tests.builders.applications import a_round, a_submitted, closed, priorities_of
from tests.builders.people import a_person

DAY = timedelta(days=1)


def ago(days: float) -> AbstractContextManager[None]:
    """The clock, so many days before now."""
    return clock.stopped(clock.now() - timedelta(days=days))


def pounds(amount: str | Money) -> Money:
    """'1,200' or Money, as Money."""
    return amount if isinstance(amount, Money) else Money.pounds(amount)


def somebody(round: Round, *duties: Duty, **facts: Any) -> Person:
    """A person who holds these duties for the round's partnership."""
    return a_person(*duties, partnership=round.pot.stream.partnership, **facts)


def a_round_of_bids(
    *asks: str | Money, hold: str | Money = "20000", criteria: Sequence[Weighed] | None = None, assessors: int = 2, **facts: Any
) -> tuple[Round, list[Application]]:
    """A closed round and a bid for each ask, nobody's scored yet."""
    given = facts | ({"criteria": criteria} if criteria else {})
    now = clock.now()
    with ago(29):
        round = a_round(hold=hold, assessors=assessors, opens_at=now - 30 * DAY, closes_at=now - 7 * DAY, **given)
        bids = [a_submitted(ask, round=round, title=f"Project {n}") for n, ask in enumerate(asks or ("4000",), 1)]
    closed(round)
    return round, bids


def assigned(bid: Application, *, interest: Interest | None = Interest.NONE, assessor: Person | None = None) -> Assessment:
    """The bid given to an assessor, who has declared (no) conflict of interest; or nothing yet, with `interest=None`."""
    with ago(6.5):
        found = assessment.assign(
            bid, assessor=assessor or somebody(bid.round, Duty.ASSESSOR), by=somebody(bid.round, Duty.GRANTS_OFFICER)
        )
        if interest:
            assessment.declare_interest(found, interest=interest, reason="My sister runs it", by=found.assessor)
    return found


def points(bid: Application, *given: int) -> dict[int, tuple[int | None, str]]:
    """These points on the round's criteria in order, the last one for all that follow, each with a reason."""
    criteria = bid.round.criteria
    spread = [*given, *[given[-1]] * len(criteria)]
    return {c.id: (spread[n], f"Because of {c.name}") for n, c in enumerate(criteria)}


def scored(bid: Application, *views: Sequence[int]) -> list[Assessment]:
    """The bid scored by as many assessors as its round asks for; `views` are each one's points (all 3)."""
    found = []
    for given in views or ((3,),) * bid.round.assessors:
        one = assigned(bid)
        with ago(6):
            assessment.submit_scores(
                one, scores=points(bid, *given), summary="A sound bid", edition=one.edition, by=one.assessor
            )
        found.append(one)
    return found


def a_panel(round: Round) -> Panel:
    """The panel of a round, which met five days ago."""
    with ago(6):
        return panels.convene(round, held_on=clock.today() + DAY, by=somebody(round, Duty.GRANTS_OFFICER))


def decided(panel: Panel, bid: Application, amount: str | Money | None = None, *, by: Person | None = None) -> Decision:
    """A decision recorded: in full, in part where an amount below the ask is named, none for an amount of nought."""
    gives = bid.asked if amount is None else pounds(amount)
    outcome = Outcome.REJECT if not gives else Outcome.FULL if gives == bid.asked else Outcome.PART
    there = queries.decision_on(bid)
    with ago(5):
        return panels.decide(
            panel,
            application=bid,
            outcome=outcome,
            amount=gives if outcome is Outcome.PART else None,
            reason="Well run and needed",
            edition=there.edition if there else None,
            by=by or somebody(panel.round, Duty.MINUTE_TAKER),
        )


def confirmed(panel: Panel, *, by: Person | None = None) -> Panel:
    """The chair confirms."""
    with ago(4.9):
        return panels.confirm(panel, by=by or somebody(panel.round, Duty.PANEL_CHAIR))


def a_decision(ask: str | Money = "4000", amount: str | Money | None = None, **facts: Any) -> Decision:
    """A confirmed decision on the only bid of a round."""
    round, [bid] = a_round_of_bids(ask, **facts)
    scored(bid)
    panel = a_panel(round)
    decision = decided(panel, bid, amount)
    confirmed(panel)
    return decision


def an_indicator(round: Round, title: str = "Young people taking part", unit: str = "people") -> Indicator:
    """Something the round's plan measures."""
    return strategies.add_indicator(
        round.strategy, title=title, unit=unit, direction="up", by=somebody(round, Duty.GRANTS_OFFICER)
    )


def terms(decision: Decision, *payments: str | Money, gates: Iterable[Gate] = (), **facts: Any) -> dict[str, Any]:
    """Everything an offer needs: half now and half on a report, all for the first priority, one target."""
    round = decision.panel.round
    half = Money(decision.amount.pence // 2)
    amounts = [pounds(one) for one in payments] or [decision.amount - half, half]
    when = list(gates) or [Gate.ACCEPTED, *[Gate.REPORT] * (len(amounts) - 1)]
    starts: date = round.project_starts_on
    return {
        "starts_on": starts,
        "ends_on": round.project_ends_on,
        "answer_by": clock.today() + 14 * DAY,
        "instalments": [(amount, starts + n * 90 * DAY, when[n]) for n, amount in enumerate(amounts)],
        "conditions": ["Keep receipts for six years.", "Tell us before you change what the money is for."],
        "shares": [(priorities_of(round)[0], 10_000, None)],
        "targets": [(an_indicator(round), 40)],
        "by": somebody(round, Duty.GRANTS_OFFICER),
    } | facts


def an_offer(*payments: str | Money, decision: Decision | None = None, gates: Iterable[Gate] = (), **facts: Any) -> Award:
    """An offer not answered yet: of £4,000 in two halves, or of these payments."""
    if decision is None:
        decision = a_decision(total(pounds(one) for one in payments)) if payments else a_decision()
    with ago(4):
        return awards.offer(decision, **terms(decision, *payments, gates=gates, **facts))


def signatory_of(award: Award) -> Person:
    """Somebody who signs for the group."""
    return a_person(Duty.CERTIFIER, organisation=award.organisation)


def an_award(*payments: str | Money, by: Person | None = None, **facts: Any) -> Award:
    """An offer that its group accepted, without the reports that `monitoring.accept_offer` asks for."""
    offer = an_offer(*payments, **facts)
    with ago(3):
        return awards.accept(offer, signed_as="Treasurer", by=by or signatory_of(offer))
