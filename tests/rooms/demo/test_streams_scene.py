"""The scene of lines, contributions, terms and next year, told over the demonstration."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select

from grants.audit import proofs as audit_proofs
from grants.demo.scenes import streams as scene
from grants.demo.story import _pot
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import proofs
from grants.streams import lines, shared, terms
from grants.streams.models import Pool, Pot

POUNDS = Money.pounds


def test_the_years_money_in_parts(demo_app: Flask) -> None:
    if not lines.lines_of(_pot("CSG-2026")):
        scene.tell()
    pot = _pot("CSG-2026")
    assert [(row.name, row.serves) for row in lines.lines_of(pot)] == [
        ("Contingency", None),
        ("Brinnington", "Brinnington"),
        ("Micro-grants", None),
    ]
    found = shared.contributions_of(pot)
    assert (found.confirmed, found.pledged) == (POUNDS(4000), POUNDS(2500))
    svf = _pot("SVF-2026")
    officers = [terms.terms_on(svf, day).responsible_officer for day in (date(2026, 7, 31), date(2026, 8, 1))]  # type: ignore[union-attr]
    assert officers == ["Head of community safety", "Violence reduction lead"]
    copied = _pot("CSG-2027")
    assert [(row.name, row.free) for row in lines.lines_of(copied)] == [
        ("Contingency", Money(0)),
        ("Brinnington", Money(0)),
        ("Micro-grants", Money(0)),
    ]
    assert (copied.allocation, copied.pool) == (None, None)
    assert db.session.scalars(select(Pot.ref).join(Pool, Pool.ref == Pot.pool).order_by(Pot.ref)).all() == [
        "BCU-2005",
        "SSCF-2005",
    ]
    assert (list(proofs.faults()), list(audit_proofs.faults())) == ([], [])
