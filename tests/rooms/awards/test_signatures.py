"""Where the size of the ask needs two signatures, an offer is accepted by the second, which is somebody else's."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask
from sqlalchemy import select

from grants.audit.queries import history
from grants.awards import commands, queries
from grants.awards.models import Award, State
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.monitoring import commands as monitoring
from grants.papers.award_letter import draw
from grants.rounds.terms import Payments, Reports, Terms, Tier
from grants.work.models import Task
from tests.builders.awards import a_decision, an_offer, signatory_of
from tests.builders.payments import reports
from tests.rooms.papers.test_award_letter import words


def offered(**size: Any) -> Award:
    """An offer to an ask whose size says so."""
    tier = Tier(key="any", name="Any", least=50_000, most=1_000_000, **size)
    return an_offer(decision=a_decision(terms=Terms(tiers=(tier,))))


def test_the_first_signature_accepts_nothing_and_the_second_is_somebody_elses(app: Flask) -> None:
    offer = offered(signatures=2)
    first, other = signatory_of(offer), signatory_of(offer)
    monitoring.accept_offer(offer, signed_as="Chair", by=first)
    assert (offer.state, offer.accepted_by, offer.first_signed_by, list(reports(offer))) == (State.OFFERED, None, first, [])
    assert queries.money_now(offer) == [(queries.Stage.OFFERED, offer.agreed)]
    letters = [(one.facts["to"], one.facts["subject"]) for one in db.session.scalars(select(Task).order_by(Task.id))]
    subject = "One more signature for the offer of £4,000.00"
    assert {to for to, said in letters if said == subject} >= {first.email, other.email}
    with pytest.raises(RuleBroken, match="Somebody else who signs for your group must sign too"):
        monitoring.accept_offer(offer, signed_as="Chair", by=first)
    asked = [[one.ref for one in queries.waiting(person)] for person in (first, other)]
    assert asked == [[], [offer.ref]]

    monitoring.accept_offer(offer, signed_as="Treasurer", by=other)
    assert (offer.state, offer.accepted_by, offer.accepted_as, offer.first_signed_as) == (
        State.ACCEPTED, other, "Treasurer", "Chair",
    )  # fmt: skip
    assert queries.money_now(offer) == [(queries.Stage.COMMITTED, offer.agreed)]
    assert [event.sentence for event in history(offer.ref) if "igned" in event.sentence] == [
        "Accepted the offer of £4,000.00, signed as Treasurer",
        "Signed the offer as Chair; somebody else of the group must sign it too",
    ]
    assert f"{first.name} signed as Chair too." in words(pypdf.PdfReader(BytesIO(draw(offer))))


def test_one_signature_is_enough_where_the_size_says_so_and_what_was_signed_once_can_be_declined(app: Flask) -> None:
    once = offered()
    assert monitoring.accept_offer(once, signed_as="Chair", by=signatory_of(once)).state is State.ACCEPTED
    offer = offered(signatures=2)
    monitoring.accept_offer(offer, signed_as="Chair", by=signatory_of(offer))
    assert commands.decline(offer, reason="We found other money.", by=signatory_of(offer)).state is State.DECLINED


def test_a_first_signature_does_not_keep_an_offer_open(sqlite_app: Flask) -> None:
    offer = offered(signatures=2)
    monitoring.accept_offer(offer, signed_as="Chair", by=signatory_of(offer))
    other = signatory_of(offer)
    with (
        clock.stopped(clock.start_of(offer.answer_by) + timedelta(days=1, hours=12)),
        pytest.raises(RuleBroken, match="open until"),
    ):
        monitoring.accept_offer(offer, signed_as="Treasurer", by=other)


@pytest.mark.parametrize(("how_often", "number"), [(Reports.SHORT, 2), (Reports.FULL, 2), (Reports.TWICE, 2)])
def test_reports_that_a_payment_waits_for_are_not_asked_for_twice(sqlite_app: Flask, how_often: Reports, number: int) -> None:
    offer = offered(reports=how_often)
    monitoring.accept_offer(offer, signed_as="Chair", by=signatory_of(offer))
    assert len(reports(offer)) == number


def test_reports_come_as_often_as_the_size_of_the_ask_says(app: Flask) -> None:
    tier = Tier(key="any", name="Any", least=50_000, most=1_000_000, payments=Payments.AT_ONCE, reports=Reports.TWICE)
    offer = an_offer("4000", decision=a_decision(terms=Terms(tiers=(tier,))))
    monitoring.accept_offer(offer, signed_as="Chair", by=signatory_of(offer))
    half = offer.starts_on + (offer.ends_on - offer.starts_on) // 2
    assert [(one.period_start, one.period_end) for one in reports(offer)] == [
        (offer.starts_on, half),
        (half + timedelta(days=1), offer.ends_on),
    ]
