"""How rounds that are over went, as anybody may read it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from grants.applications import after
from grants.applications.after import Took
from grants.applications.models import Application
from grants.figures import rounds as figures
from grants.kernel import clock
from grants.kernel.money import Money
from grants.panel.models import Panel
from grants.rounds.models import Round
from tests.builders.applications import a_round
from tests.builders.awards import a_panel, a_round_of_bids, confirmed, decided, scored


def test_a_decided_round_says_how_many_applied_were_funded_and_how_long_it_took(app: Flask) -> None:
    round, bids = a_round_of_bids("1000", "2000", "3000", "4000", "500", assessors=1)
    undecided = figures.went(round)
    for bid in bids:
        scored(bid)
    panel = a_panel(round)
    for bid, amount in zip(bids, ("1000", "1500", "0", "0", "0"), strict=True):
        decided(panel, bid, amount)
    assert undecided == figures.went(round)
    confirmed(panel)

    found = figures.went(round)

    assert undecided is not None and (undecided.decided, undecided.went) == (False, None)
    assert found is not None and found.went is not None
    assert found.went[:3] == (5, 2, Money.pounds("2500"))
    assert found.went.rate == Decimal(40)
    assert found.went.days in (2, 3)  # closed 7 days ago, confirmed 4.9 days ago
    assert found.went.took is None


def test_how_long_applying_took_is_published_once_five_groups_said(app: Flask) -> None:
    round, bids = a_round_of_bids("1000", "2000", "3000", "4000", "500", assessors=1)
    later = a_round(pot=round.pot)
    for bid in bids:
        scored(bid)
    confirmed(decided_all(round, bids))
    for bid, took in zip(bids, (Took.MORE, Took.HOUR, Took.HALF_DAY, Took.HALF_DAY, Took.DAY), strict=True):
        assert (figures.went(round).went.took, figures.took_before(later)) == (None, None)  # type: ignore[union-attr]
        after.say_took(bid, took=took, by=bid.started_by)
    assert figures.went(round).went.took is Took.HALF_DAY  # type: ignore[union-attr]
    assert (figures.took_before(later), figures.took_before(round)) == (Took.HALF_DAY, None)


def decided_all(round: Round, bids: Sequence[Application]) -> Panel:
    panel = a_panel(round)
    for bid in bids:
        decided(panel, bid, "0")
    return panel


def test_few_applications_give_no_figures(app: Flask) -> None:
    round, [bid] = a_round_of_bids("1000", assessors=1)
    scored(bid)
    panel = a_panel(round)
    decided(panel, bid)
    confirmed(panel)
    found = figures.went(round)
    assert found is not None and (found.decided, found.few, found.went) == (True, True, None)


@pytest.mark.parametrize("how_many", [1, 4])
def test_the_register_costs_one_statement_whatever_it_holds(app: Flask, statements: Any, how_many: int) -> None:
    rounds = [a_round(hold="500") for _n in range(how_many)]
    year = clock.financial_year(clock.civil(rounds[0].closes_at).date())
    assert (list(figures.years()), figures.went(rounds[0])) == ([], None)
    with clock.stopped(rounds[-1].closes_at), statements() as made:
        found = figures.past(year)
    assert (len(found), len(made)) == (how_many, 1)
    with clock.stopped(rounds[-1].closes_at):
        assert list(figures.years()) == [year]
