"""Two real funds are set up from an officer's sign-in to an open round, through the pages alone."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.kinds import Kind
from grants.people.models import Duty, Person
from grants.rounds import queries
from grants.rounds.eligibility import Asker, findings
from grants.rounds.models import Round, State
from grants.rounds.terms import Firmness, Frequency, Helps, Limit, Reports, Scoring
from grants.streams.models import Pot
from tests.builders.applications import a_funded_pot, a_plan
from tests.builders.people import a_partnership, a_person
from tests.client import Browser
from tests.funds import SECTOR3, one_stockport, opened, set_up, ward_flexibility


def _ground() -> tuple[Pot, str, Person]:
    partnership = a_partnership(area="Stockport")
    pot = a_funded_pot("200000", partnership=partnership, voluntary_only=False)
    return pot, a_plan(partnership=partnership).ref, a_person(Duty.GRANTS_OFFICER, partnership=partnership)


def _round(ref: str) -> Round:
    return db.session.scalars(select(Round).where(Round.ref == ref)).one()


def test_one_stockport_local_fund_is_set_up_and_opened_through_the_pages(sqlite_app: Flask) -> None:
    pot, plan, officer = _ground()
    browser = Browser(sqlite_app).sign_in(officer)
    fund = one_stockport(pot.ref, plan)
    ref = set_up(browser, fund)
    opened(browser, ref, fund)

    round = _round(ref)
    terms = round.terms
    assert (round.state, queries.held(round)) == (State.OPEN, Money.pounds("100000"))
    assert (terms.months_to_deliver, terms.host_needed, terms.grace_minutes, terms.pass_mark) == (12, True, 10, 60)
    assert [(t.key, t.least, t.most, t.stages, t.helps, t.full_outcomes, t.signatures) for t in terms.tiers] == [
        ("small", 100_100, 1_000_000, 1, Helps.PURPOSE, False, 1),
        ("large", 1_000_001, 3_000_000, 2, Helps.PRIORITY, True, 2),
    ]
    assert [(c.weight, c.gate, len(c.anchors)) for c in round.criteria] == [
        (40, None, 6), (30, None, 6), (20, 2, 6), (10, None, 6),
    ]  # fmt: skip

    def out(**facts: object) -> list[tuple[str, str | None]]:
        return [(one.rule, one.instead) for one in findings(round, Asker(**facts)) if one.refuses]  # type: ignore[arg-type]

    assert out(kind=Kind.NO_CONSTITUTION, ask=Money.pounds("1001")) == []
    assert out(kind=Kind.PRIVATE) == [("kind", SECTOR3)]
    assert out(ask=Money.pounds("800")) == [("least", SECTOR3)]
    assert [rule for rule, _where in out(against=[one.key for one in terms.not_funded])] == [
        f"not-{one.key}" for one in terms.not_funded
    ]


def test_ward_flexibility_funding_is_set_up_and_opened_through_the_pages(sqlite_app: Flask) -> None:
    pot, plan, officer = _ground()
    browser = Browser(sqlite_app).sign_in(officer)
    fund = ward_flexibility(pot.ref, plan)
    ref = set_up(browser, fund)
    opened(browser, ref, fund)

    round = _round(ref)
    terms = round.terms
    assert (round.state, queries.held(round)) == (State.OPEN, Money.pounds("63000"))
    assert {lot.amount for lot in round.lots} == {Money.pounds("3000")}
    assert len({lot.area for lot in round.lots}) == len(round.lots) == 21
    assert set(queries.held_by_lot(round).values()) == {Money.pounds("3000")}
    assert terms.scoring is Scoring.COMMITTEE
    assert terms.limits == (Limit(above=100_000, firmness=Firmness.NORMAL),)
    assert terms.frequency == (
        Frequency(months=12, firmness=Firmness.FIXED),
        Frequency(consecutive_years=True, firmness=Firmness.NORMAL),
    )
    assert [one.firmness for one in terms.not_funded] == [Firmness.NORMAL]
    assert [(tier.assessors, tier.reports) for tier in terms.tiers] == [(0, Reports.SHORT)]
    flagged = findings(round, Asker(kind=Kind.ASSOCIATION, ask=Money.pounds("1200")))
    assert [(one.rule, one.refuses) for one in flagged] == [("limit-1", False)]
