"""The scene of budget changes: it runs on the demonstration, says that it is made up, and leaves every proof in order."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from grants.audit import proofs as audit_proofs
from grants.budget import authorities, queries
from grants.demo.scenes import budget as scene
from grants.demo.story import _pot, _who
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty
from grants.people.policies import holds
from grants.streams import proofs
from grants.streams.models import Stream
from tests.client import Browser

NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def told(demo_app: Flask) -> Flask:
    """The demonstration with the scene in it, whoever told it."""
    if db.session.scalar(select(Stream.id).where(Stream.ref == scene.STREETS)) is None:
        scene.tell()
    return demo_app


def free(pot: str) -> str:
    return ledger.balance(At(pot, "", Bucket.FREE)).plain


def test_the_virement_has_moved_and_the_one_that_clears_waits(told: Flask) -> None:
    with clock.stopped(NOVEMBER):
        chief = _who("chief finance officer")
        assert [free("SSF-2026"), free("NWK-2026")] == ["-500.00", "4500.00"]
        assert [(row.pot, row.into_pot, row.amount.plain) for row in queries.waiting_rows(chief)] == [
            ("CSG-2026", "SSF-2026", "500.00")
        ]
        [over] = authorities.exceptions(chief, 2026)
        assert [over.pot, over.used, over.expired, over.clear_by] == [
            "SSF-2026",
            Money.pounds("500"),
            False,
            date(2027, 3, 31),
        ]
        assert [amount for _ref, amount in over.clearing] == [Money.pounds("500")]
    assert [*ledger_proofs.faults(), *proofs.faults(), *audit_proofs.faults()] == []


def test_the_chief_finance_officer_approves_for_the_head_of_community_safety_in_august_only(told: Flask) -> None:
    chief = _who("chief finance officer")
    where = {"partnership": _pot("CSG-2026").stream.partnership}
    days = [date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [holds(chief, Duty.APPROVER, on=day, **where) for day in days] == [False, True, True, False]


def test_its_pages_read_well(told: Flask) -> None:
    with clock.stopped(NOVEMBER):
        browser = Browser(told).sign_in(_who("chief finance officer"))
        for path in ("/changes", "/authorities", "/delegation", "/pots/SSF-2026", f"/authorities/{scene.authority().ref}"):
            browser.visit(path)
