"""The demonstration: built through commands, tying to the penny, and the same every time up to its last round."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from grants.audit import proofs as history
from grants.audit.models import Event
from grants.awards import proofs as award_proofs
from grants.awards.models import Award
from grants.demo import build
from grants.kernel import clock, marks
from grants.kernel.db import db
from grants.ledger import proofs, queries
from grants.ledger.chart import Bucket
from grants.payments.models import Payment
from grants.people.models import Organisation, Person
from grants.rounds import queries as rounds
from grants.rounds.models import Round
from grants.rounds.rules import working
from grants.strategy import rules
from grants.strategy.models import Strategy
from grants.streams import proofs as stream_proofs


def test_its_books_and_its_history_are_proved(demo_app: Flask):
    assert [*proofs.faults(), *stream_proofs.faults(), *award_proofs.faults(), *history.faults()] == []


def test_the_voluntary_grant_of_the_year_stands_as_the_story_tells(demo_app: Flask):
    found = Counter()
    for (book, bucket), money in queries.balances(["VCS-2026"]).items():
        assert book == "VCS-2026"
        found[bucket] += money if isinstance(money, int) else money.pence
    assert {bucket: pence for bucket, pence in found.items() if pence} == {
        Bucket.FUNDER: -90_000_00,
        Bucket.FREE: 10_000_00,
        Bucket.RESERVED: 26_100_00,  # 6,100 left of the first call, 20,000 for the one open now
        Bucket.OFFERED: 12_000_00,
        Bucket.COMMITTED: 18_250_00,
        Bucket.DUE: 2_000_00,
        Bucket.PAID: 12_157_60,
        Bucket.EVIDENCED: 9_492_40,
    }


def test_a_protected_commitment_stands_beside_the_competitive_awards(demo_app: Flask):
    found = queries.balances(["CSG-2026"])
    pence = {bucket: money if isinstance(money, int) else money.pence for (_book, bucket), money in found.items()}
    assert pence.get(Bucket.PASSPORTED, 0) == 0  # the £64,000 protected in April is an award by now: three quarters of it paid
    advocates = db.session.scalars(select(Award).where(Award.commitment_id.is_not(None))).one()
    assert {bucket: amount.pence for (_book, bucket), amount in queries.owned(advocates.ref).items()} == {
        Bucket.COMMITTED: 16_000_00,
        Bucket.PAID: 48_000_00,
    }


def test_every_award_payment_and_stage_is_there_to_be_seen(demo_app: Flask):
    states = Counter(state.value for state in db.session.scalars(select(Award.state)))
    assert states == {"accepted": 5, "offered": 1}
    payments = Counter(state.value for state in db.session.scalars(select(Payment.state)))
    assert payments == {"paid": 7, "approved": 1, "raised": 1}


def test_a_stranger_can_apply_today_and_for_at_least_28_days_to_midday_on_a_working_day(demo_app: Flask):
    taking = [
        r
        for r in db.session.scalars(select(Round).where(Round.state == "open").order_by(Round.id))
        if r.opens_at <= clock.now() < r.closes_at
    ]
    assert [r.title for r in taking] == ["Winter grants for safer streets and people", "Ward Flexibility Funding"]
    opened = clock.civil(taking[0].opens_at).date()
    closes = [clock.civil(round.closes_at) for round in taking]
    assert [(one.hour, one.minute, working(one.date())) for one in closes] == [(12, 0, True)] * 2
    assert timedelta(days=28) <= closes[0].date() - opened <= timedelta(days=33)


def test_each_ward_has_its_own_small_sum_and_a_round_is_announced_for_later(demo_app: Flask):
    wards = db.session.scalars(select(Round).where(Round.title == "Ward Flexibility Funding")).one()
    assert len(wards.lots) == 21
    assert {money.pence for lot in wards.lots for money in queries.owned(lot.ref).values()} == {3_000_00}
    assert [one.title for one in rounds.coming()] == ["Spring and summer activities for young people"]


def test_the_product_itself_points_out_that_the_old_plan_has_expired(demo_app: Flask):
    old = db.session.scalars(select(Strategy).where(Strategy.ref == "ssp_plan_2018_21")).one()
    assert "ended on 31 March 2021" in str(rules.expiry(old, clock.today()))


def test_what_is_made_up_says_so(demo_app: Flask):
    groups = db.session.scalars(select(Organisation).where(Organisation.ref.startswith("demo_", autoescape=True))).all()
    assert len(groups) >= 7
    assert [g.name for g in groups if not (g.fictional and g.name.endswith("(fictional)"))] == []
    assert db.session.scalars(select(Strategy.name).where(Strategy.fictional)).all() == [
        "Safer Stockport Partnership Plan 2026–29 (fictional)"
    ]


def test_nobody_in_it_is_a_person_by_name(demo_app: Flask):
    assert {p.email.split("@")[1] for p in db.session.scalars(select(Person))} == {"demo.example"}


def test_the_history_of_the_year_is_dated_within_it(demo_app: Flask):
    first, last = db.session.execute(select(func.min(Event.at), func.max(Event.at))).one()
    assert clock.civil(first).date().isoformat() == "2026-04-01"
    assert clock.civil(last).date() == clock.today()


def test_asking_for_it_again_changes_nothing(demo_app: Flask):
    before = db.session.scalar(select(func.count()).select_from(Event))
    assert build.ensure().fresh is False
    assert db.session.scalar(select(func.count()).select_from(Event)) == before
    assert marks.marked(build.MARK)
