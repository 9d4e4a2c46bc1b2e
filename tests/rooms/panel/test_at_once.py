"""Two people who record decisions at the same moment cannot together give more than is held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from grants.applications.models import Application
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.panel import queries
from grants.panel.models import Outcome, Panel
from grants.people.models import Duty, Person
from tests.builders.awards import somebody
from tests.rooms.panel.test_commands import decide, sitting


def test_exactly_as_many_decisions_as_the_money_allows_succeed(app):
    panel, bids = sitting("3000", "3000", "3000", "3000", hold="7000")
    people = [somebody(panel.round, Duty.MINUTE_TAKER) for _bid in bids]
    named = [(panel.ref, bid.ref, person.ref) for bid, person in zip(bids, people, strict=True)]
    db.session.rollback()
    together = Barrier(len(named))

    def record(panel_ref: str, bid_ref: str, person_ref: str) -> str:
        with app.app_context():
            one = db.session.scalar(select(Panel).where(Panel.ref == panel_ref))
            bid = db.session.scalar(select(Application).where(Application.ref == bid_ref))
            by = db.session.scalar(select(Person).where(Person.ref == person_ref))
            together.wait(10)
            try:
                decide(one, bid, Outcome.FULL, by=by)
            except RuleBroken as broken:
                return str(broken)
            finally:
                db.session.remove()
            return "recorded"

    with ThreadPoolExecutor(len(named)) as pool:
        said = list(pool.map(lambda given: record(*given), named))

    assert said.count("recorded") == 2
    left = (
        "£1,000.00 is left: £7,000.00 is held for this round and other decisions come to £6,000.00. This one needs £3,000.00."
    )
    assert [one for one in said if one != "recorded"] == [left] * 2
    assert queries.decided_so_far(panel) == Money.pounds(6000)
