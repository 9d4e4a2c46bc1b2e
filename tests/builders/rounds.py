"""Rounds that no database has seen, for their rules: `on_paper(terms=Terms(host_needed=True), largest="3000")`."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Partnership
from grants.rounds.models import Criterion, Lot, Round, State
from grants.rounds.rules import STANDARD, Split, Weighed
from grants.rounds.terms import Helps, Tier, check
from grants.streams.models import Pot, Stream


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """That time on a London clock."""
    return clock.deadline(day, time(hour, minute))


def on_paper(
    *,
    smallest: str = "500",
    largest: str = "10000",
    voluntary_only: bool = False,
    area: str | None = "Stockport",
    criteria: tuple[Weighed, ...] = tuple(STANDARD),
    lots: tuple[Split, ...] = (),
    terms: Any = None,
    **facts: Any,
) -> Round:
    """An open round for asks of £500 to £10,000, from one minute past midnight on 1 June 2026 to midday on Friday 12 June.

    `terms`: Terms, or what they say as data.
    """
    said = terms if isinstance(terms, dict) else terms.model_dump(mode="json") if terms else {}
    stream = Stream(voluntary_only=voluntary_only, partnership=Partnership(name="Safer Stockport", area=area))
    given: dict[str, Any] = {
        "ref": "RND-26-00001",
        "title": "Safer summers",
        "state": State.OPEN,
        "opens_at": at(date(2026, 6, 1), 0, 1),
        "closes_at": at(date(2026, 6, 12)),
        "project_starts_on": date(2026, 9, 1),
        "project_ends_on": date(2027, 3, 31),
        "assessors": 2,
    } | facts
    return Round(
        pot=Pot(ref="VCS-2026", stream=stream),
        smallest=Money.pounds(smallest),
        largest=Money.pounds(largest),
        rules=check(said).model_dump(mode="json"),
        criteria=[
            Criterion(
                position=n, name=c.name, guidance=c.guidance, weight=c.weight, most=c.most, anchors=dict(c.anchors), gate=c.gate
            )
            for n, c in enumerate(criteria, 1)
        ],
        lots=[Lot(position=n, name=lot.name, area=lot.area, amount=lot.amount) for n, lot in enumerate(lots, 1)],
        **given,
    )


def a_tier(key: str, least: str, most: str, **facts: Any) -> Tier:
    """A size of ask, in pounds, both included. Its groups choose a purpose in plain words."""
    given = {"helps": Helps.PURPOSE} | facts
    return Tier(key=key, name=key.title(), least=Money.pounds(least).pence, most=Money.pounds(most).pence, **given)
