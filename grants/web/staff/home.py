"""The first page after sign-in: what waits on this person, oldest first, and what their duties let them do."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from grants.agreements import queries as agreements
from grants.applications import queries as applications
from grants.assessment import queries as assessment
from grants.awards import queries as awards
from grants.awards import reconsider
from grants.budget import authorities as spending_authorities
from grants.budget import queries as budget
from grants.kernel.waiting import Waiting
from grants.kernel.words import _, mark
from grants.monitoring import queries as monitoring
from grants.panel import queries as panel
from grants.payments import queries as payments
from grants.people import duties, hosting, queries, takeovers
from grants.people.models import Duty, Person
from grants.people.policies import READ_OF_GROUP, everywhere, holds
from grants.rounds import queries as rounds
from grants.spending import queries as spending
from grants.web import navigation
from grants.web.access import me, signed_in, who
from grants.work.queries import stuck

area = Blueprint("home", __name__)

ROOMS = (
    agreements,
    spending,
    rounds,
    applications,
    assessment,
    panel,
    awards,
    reconsider,
    monitoring,
    payments,
    budget,
    spending_authorities,
    takeovers,
    hosting,
)

MOST = 100  # things that wait, shown at once: the oldest

navigation.item(mark("Home"), "home.show", 0, shown=lambda: who() is not None)


@area.get("/home")
@signed_in
def show() -> ResponseReturnValue:
    """What waits, oldest first, or that nothing does."""
    person = me()
    held = [(line, duties.does(line.duty)) for line in queries.held_by(person) if line.now]
    found = waiting(person)
    letters = stuck() if everywhere(person, Duty.ADMINISTRATOR) else 0
    return render_template(
        "home/show.html",
        person=person,
        waiting=found[:MOST],
        further=max(0, len(found) - MOST),
        held=held,
        groups=queries.organisations_of(person, *READ_OF_GROUP),
        writes=queries.acts_for(person),
        applies=holds(person, Duty.APPLICANT) or holds(person, Duty.CERTIFIER),
        stuck=letters,
        asked=queries.takeovers_of(person) if not held else [],
        title=_("What waits for you"),
    )


def waiting(person: Person) -> list[Waiting]:
    """Everything every room says waits on this person, oldest first."""
    return sorted((one for room in ROOMS for one in room.waiting(person)), key=lambda one: (one.since, one.ref))
