"""The demonstration's spending plan and own spend: it runs on the demonstration, ties, and keeps its money within its pot."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from grants.agreements.models import Agreement
from grants.demo.scenes import agreements, spending
from grants.demo.story import _pot, _who
from grants.figures import plans as figures
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.spending import proofs, queries
from grants.spending.models import PlanState, SpendState


def test_the_demonstrations_plan_stands_is_measured_and_ties(demo_app: Flask) -> None:
    if db.session.scalar(select(Agreement).where(Agreement.name == agreements.NAME)) is None:
        agreements.tell()
    if queries.standing(agreements.agreement(), 2026) is None:
        spending.tell()

    plan = spending.plan()
    found = figures.measured(plan)
    rows = queries.of_pot(_who("finance officer"), _pot("CSG-2026"))

    assert (plan.state, len(plan.lines), found.ties) == (PlanState.AGREED, len(spending.PROJECTS), True)
    assert found.lines[1].spent == Money.pounds("22,200")
    assert found.lines[5].under != []
    assert [one.sent_on is not None for one in queries.updates(plan.agreement, 2026)] == [True, True]
    assert [one.state for one in rows][-1] is SpendState.PLANNED
    assert queries.totals(rows).committed + queries.totals(rows).charged == Money.pounds("88,815.50")
    assert ledger.balance(At("CSG-2026", "", Bucket.FREE)) > Money(0)
    assert [*proofs.faults(), *ledger_proofs.faults()] == []
