"""The scene of protected commitments, on a copy of the demonstration."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from grants.audit import proofs as history
from grants.awards import proofs as award_proofs
from grants.awards import reconsider
from grants.awards.models import Award
from grants.awards.reconsider import Section
from grants.demo.scenes import passporting as scene
from grants.demo.story import _who
from grants.kernel.db import db
from grants.ledger import proofs
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from tests.builders.passporting import P


@pytest.fixture
def told(demo_app: Flask) -> Flask:
    """The demonstration with this scene in it, whether or not the story tells it already."""
    if not db.session.scalar(select(Award.id).where(Award.commitment_id.is_not(None))):
        scene.tell()
    return demo_app


def test_the_advocates_protected_money_is_an_award_paid_by_quarters_and_promised_on(told: Flask) -> None:
    award = db.session.scalars(select(Award).where(Award.title == scene.SERVICE)).one()
    assert {bucket: amount for (_book, bucket), amount in owned(award.ref).items()} == {
        Bucket.COMMITTED: P(16000),
        Bucket.PAID: P(48000),
    }
    assert [(one.year, one.amount) for one in award.later_years] == [(2027, P(64000)), (2028, P(60000))]
    assert [*proofs.faults(), *award_proofs.faults(), *history.faults()] == []


def test_the_real_and_the_made_up_commitments_stand_where_they_should(told: Flask) -> None:
    page = reconsider.reconsider(_who("finance officer"))
    found = {section: [one.recipient for one in rows] for section, rows in page.sections.items()}
    needed = ["Drug Action Team", "Rangers (patrol service)", "Safe Harbour Counselling (fictional)"]
    assert sorted(found[Section.NEEDED]) == needed
    assert "Area co-ordinator, Brinnington (fictional post)" in found[Section.OTHER]
    assert any(one.recipient.startswith("Independent domestic violence") for one in page.sections[Section.SOON])
    assert [(one.year, one.amount) for one in page.later] == [(2027, P(64000)), (2028, P(60000))]
