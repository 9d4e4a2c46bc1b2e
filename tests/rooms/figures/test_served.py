"""What promised money serves: awards by their shares, own spend by its priority, commitments through their awards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from random import Random

import pytest
from flask import Flask

from grants.figures import history, queries, served
from grants.figures.served import COLUMNS, OUTSIDE
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money, total
from grants.people.models import Duty
from grants.streams.models import PastGrant
from tests.builders.awards import an_award
from tests.builders.passporting import a_passported_award
from tests.builders.people import a_partnership, a_person
from tests.builders.spending import a_charge, committed
from tests.builders.strategy import a_priority, a_strategy
from tests.builders.streams import a_commitment, a_pot

Statements = Callable[[], AbstractContextManager[list[str]]]
P = Money.pounds


def sums(rows: list[served.Serves], ref: str) -> dict[str, str]:
    """What one row says, without noughts, in pounds."""
    row = next(row for row in rows if row.ref == ref)
    return {key: amount.plain for key, amount in row.figures.items() if amount}


def test_own_spend_serves_its_priority_or_nothing_and_commitments_what_their_award_serves(app: Flask) -> None:
    pot = a_pot("10000")
    theme = a_priority(a_strategy(pot.stream.partnership))
    named = committed("1000", pot=pot, priority=theme, outside_plan=None, on=clock.today())
    a_charge("300.01", spend=named)
    committed("200", pot=pot, on=clock.today())
    a_commitment("500", pot=pot)
    a_passported_award("4000", pot=pot, priority=theme)
    found = queries.position(pot.year)
    rows = list(served.by_priority(found))
    assert [row.ref for row in rows] == [theme.ref, OUTSIDE]
    assert sums(rows, theme.ref) == {"committed": "4699.99", "paid": "300.01"}
    assert sums(rows, OUTSIDE) == {"passported": "500.00", "committed": "200.00"}
    for column in COLUMNS:
        assert total(row.figures[column.key] for row in rows) == (found.total[column.key] or ZERO)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_by_priority_and_outside_the_plan_is_the_position_to_the_penny_whatever_is_promised(app: Flask, seed: int) -> None:
    chance = Random(seed)
    pots = [a_pot("50000") for _n in range(2)]
    plan = a_strategy(pots[0].stream.partnership)
    themes = [a_priority(plan) for _n in range(3)]
    for _n in range(6):
        amount, pot = Money(chance.randint(3, 300_000)), chance.choice(pots)
        if chance.random() < 0.5:
            priority = chance.choice([None, *themes])
            facts = {"outside_plan": "No theme" if priority is None else None, "priority": priority}
            spend = committed(amount.plain, pot=pot, on=clock.today(), **facts)
            a_charge(Money(chance.randint(1, amount.pence)).plain, spend=spend)
        else:
            one = chance.randint(1, 9_999)
            parts = [(themes[0], one, None), (themes[1], 10_000 - one, None)]
            a_passported_award(amount.plain, pot=pot, priority=themes[0], shares=parts, strategy=themes[0].strategy)
    found = queries.position(2026)
    money = served.promised(found)
    rows = served.by_priority(found, money)
    for column in COLUMNS:
        assert total(row.figures[column.key] for row in rows) == total(row.figures[column.key] or ZERO for row in found.rows)


def test_a_priority_shows_in_pounds_what_it_is_served_with_now_and_at_a_date(app: Flask) -> None:
    award = an_award("1000", "500.01")
    theme = next(share.priority for share in award.shares if share.priority)
    by = a_person(Duty.GRANTS_OFFICER, partnership=award.pot.stream.partnership)
    (one,) = served.serving(by, theme)
    points = sum(share.basis_points for share in award.shares if share.priority is theme)
    assert (one.ref, one.basis_points, one.whole) == (award.ref, points, Money(award.agreed.pence * points // 10_000))
    (row,) = served.by_strategy(by, theme.strategy)
    assert (row.ref, row.figures["committed"]) == (theme.ref, one.whole)
    earlier = clock.today() - timedelta(4)
    assert [str(line.figures["offered"]) for line in served.serving(by, theme, on=earlier)] == [str(one.whole)]
    assert served.serving(by, theme, on=clock.today() - timedelta(10)) == []
    assert served.by_strategy(by, theme.strategy, known=clock.end_of(clock.today() - timedelta(10))) == []
    stranger = a_person(Duty.GRANTS_OFFICER, partnership=a_partnership())
    assert served.serving(stranger, theme) == []


def test_the_same_statements_for_one_award_and_for_more(app: Flask, statements: Statements) -> None:
    pot = a_pot("50000")
    theme = a_priority(a_strategy(pot.stream.partnership))
    by = a_person(Duty.GRANTS_OFFICER, partnership=pot.stream.partnership)
    counts = []
    for more in (1, 3):
        for _n in range(more):
            committed("10", pot=pot, priority=theme, outside_plan=None, on=clock.today())
            a_passported_award("100", pot=pot, priority=theme)
        with statements() as made:
            found = queries.position(pot.year)
            served.by_priority(found)
            served.serving(by, theme)
            served.by_strategy(by, theme.strategy)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_a_passported_award_and_the_past_grant_of_its_commitment_are_one_sum_of_money(app: Flask) -> None:
    award = a_passported_award("4000")
    with unguarded():
        db.session.add(
            PastGrant(
                ref="rangers",
                stream_id=award.pot.stream_id,
                commitment_id=award.commitment_id,
                project="Rangers",
                recipient_type="voluntary",
                priority_basis="not stated",
                status="funded",
            )
        )
        db.session.commit()
    given = history.history(a_person(Duty.GRANTS_OFFICER), stream=award.pot.stream)
    assert [(one.ref, one.amount) for one in given] == [(award.ref, P(4000))]
