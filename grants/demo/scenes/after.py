"""After sending: an officer asks a group something and is answered, says why one was not funded, and is asked to look again; an
application is typed in for a group on the telephone."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select

from grants.applications import after, assisted
from grants.applications.after import Ground
from grants.applications.models import Application
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.panel.models import Decision, Outcome
from grants.people import queries
from grants.people.models import Person
from grants.rounds import queries as rounds


def tell() -> None:
    """Told last, so that nothing before it changes its reference."""
    officer = _by("grants@demo.example")
    film = _application("APP-26-00007")
    with clock.stopped(datetime(2026, 11, 20, 10, tzinfo=UTC)):
        asked = after.ask(film, question="How many showings will there be, and where?", due_on=date(2026, 11, 27), by=officer)
        after.ask(film, question="Will the film have subtitles?", due_on=date(2026, 12, 4), by=officer)
    with clock.stopped(datetime(2026, 11, 21, 19, tzinfo=UTC)):
        said = "Four: two in Reddish, one in Brinnington and one online."
        after.answer(asked, text=said, by=_by("welcome@demo.example"))
    refused = db.session.scalars(
        select(Application).join(Decision, Decision.application_id == Application.id).where(Decision.outcome == Outcome.REJECT)
    ).first()
    assert refused
    with clock.stopped(datetime(2026, 6, 20, 10, tzinfo=UTC)):
        after.give_feedback(
            refused, reasons=["money", "difference"], words="Tell us next time what you will count, and how.", by=officer
        )
    with clock.stopped(datetime(2026, 6, 24, 20, tzinfo=UTC)):
        after.ask_review(
            refused,
            ground=Ground.MISSED,
            text="We sent a survey of 80 people with our application, and your reasons do not mention it.",
            by=refused.started_by,
        )


def telephone(ref: str) -> None:
    """A group asks on the telephone for its ward's money. After the round has opened."""
    officer = _by("grants@demo.example")
    begun = assisted.assist(
        rounds.public(ref),
        organisation=queries.organisation("demo_lantern"),
        how=assisted.How.TELEPHONE,
        speaker="The centre's volunteer coordinator, 0161 496 0000",
        consent="“Yes, please type it in, and you may keep our details to decide on it.”",
        consent_on=clock.today(),
        sought=Money.pounds("250"),
        by=officer,
    )
    assert begun.assistance


def _by(email: str) -> Person:
    found = queries.by_email(email)
    assert found
    return found


def _application(ref: str) -> Application:
    return db.session.scalars(select(Application).where(Application.ref == ref)).one()
