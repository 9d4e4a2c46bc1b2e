"""The scene of the agreement: it runs on the demonstration, says that it is made up, and leaves every proof in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from grants.agreements import queries
from grants.agreements.rules import Stands
from grants.audit import proofs as audit_proofs
from grants.demo.scenes import agreements as scene
from grants.demo.story import _who
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.streams import allocations, proofs
from grants.streams.models import Allocation, Certainty, Pot
from tests.client import Browser

NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def told(demo_app: Flask) -> Flask:
    """The demonstration with the scene in it, whoever told it."""
    if db.session.scalar(select(scene.Agreement).where(scene.Agreement.name == scene.NAME)) is None:
        scene.tell()
    return demo_app


def test_it_covers_the_years_four_pots_and_next_years_figures_stand_apart(told: Flask) -> None:
    with clock.stopped(NOVEMBER):
        page = queries.agreement_page(_who("finance officer"), scene.agreement().ref)
    assert {line.row.pot: (line.row.certainty, line.row.amount) for line in page.allocations} == {
        "CSG-2026": (Certainty.CONFIRMED, Money.pounds(230000)),
        "VCS-2026": (Certainty.CONFIRMED, Money.pounds(90000)),
        "SVF-2026": (Certainty.CONFIRMED, Money.pounds(160000)),
        "HCF-2026": (Certainty.RECEIVED, Money.pounds(12000)),
        "SEF-2026": (Certainty.CONFIRMED, Money.pounds(4000)),
        "CSG-2027": (Certainty.INDICATIVE, Money.pounds(210000)),
        "VCS-2027": (Certainty.INDICATIVE, Money.pounds(90000)),
    }
    assert (page.confirmed, page.ahead) == (Money.pounds(496000), Money.pounds(300000))
    assert allocations.ahead(["CSG-2027"]) == {"CSG-2027": {Certainty.INDICATIVE: Money.pounds(210000)}}


def test_its_cash_is_received_invoiced_and_overdue(told: Flask) -> None:
    with clock.stopped(NOVEMBER):
        page = queries.agreement_page(_who("finance officer"), scene.agreement().ref)
    assert page.cash == queries.Cash(
        received=Money.pounds(127000),
        invoiced=Money.pounds(115000),
        expected=Money.pounds(90000),
        overdue=Money.pounds(80000),
    )
    assert [row.stands for row in page.payments] == [
        Stands.RECEIVED,
        Stands.RECEIVED,
        Stands.OVERDUE,
        Stands.INVOICED,
        Stands.EXPECTED,
    ]


def test_the_funder_was_one_body_and_is_another(told: Flask) -> None:
    from datetime import date

    agreement = scene.agreement()
    found = [queries.funder_on(agreement, day) for day in (date(2026, 9, 30), date(2026, 10, 1))]
    assert [body.ref for body in found if body] == ["demo_funder", scene.SUCCESSOR]


def test_what_waits_for_the_finance_officer_in_november(told: Flask) -> None:
    with clock.stopped(NOVEMBER):
        said = [one.what for one in queries.waiting(_who("finance officer"))]
    assert said == [
        f"{scene.NAME}: get the data-sharing schedule signed by the head of community safety",
        "Decide how to find £1,000.00 that the funder cut from SEF-2026 and that is not free",
        "Ask the funder for £80,000.00 for SVF-2026, which is overdue",
    ]


def test_every_proof_holds_and_no_money_of_the_year_moved(told: Flask) -> None:
    assert [*proofs.faults(), *ledger_proofs.faults(), *audit_proofs.faults()] == []
    assert ledger.balances(["VCS-2027"]) == {}
    for ref in ("CSG-2026", "VCS-2026", "SVF-2026", "HCF-2026"):
        pot = db.session.scalars(select(Pot).where(Pot.ref == ref)).one()
        assert pot.allocation is not None and pot.allocation > ZERO


def test_everything_made_up_says_so(told: Flask) -> None:
    agreement = scene.agreement()
    assert agreement.fictional and "(fictional)" in agreement.name
    refs = db.session.scalars(select(Allocation).where(Allocation.agreement == agreement.ref)).all()
    assert [one.ref for one in refs if not one.fictional] == []


def test_its_pages_are_read_without_a_fault(told: Flask) -> None:
    finance = _who("finance officer")
    browser = Browser(told).sign_in(finance)
    with clock.stopped(NOVEMBER):
        ref = scene.agreement().ref
        browser.visit("/agreements")
        page = queries.agreement_page(finance, ref)
        paths = [f"/agreements/{ref}", *(f"/agreements/{ref}/{one}/new" for one in ("conditions", "documents", "signatures"))]
        paths += [f"/allocations/{line.row.ref}" for line in page.allocations]
        paths += [f"/funder-payments/{row.ref}" for row in page.payments]
        paths += [f"/shortfalls/{row.ref}{end}" for row in page.shortfalls for end in ("", "/settle")]
        paths += [f"/pots/{line.row.pot}" for line in page.allocations]
        for path in paths:
            browser.visit(path)
