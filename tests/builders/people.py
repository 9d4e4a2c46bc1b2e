"""People, organisations and partnerships for tests, made through commands: `a_person(Duty.ASSESSOR, partnership=ssp)`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import count

from sqlalchemy import select

from grants.kernel.command import command
from grants.kernel.db import db
from grants.people import commands, entry, queries
from grants.people.duties import GROUP
from grants.people.models import Duty, Holding, Organisation, Partnership, Person, Takeover

LONG_AGO = date(2015, 1, 1)  # duties in tests are held whatever day the clock is stopped at
PASSWORD = "correct horse battery"

_numbers = count(1)


def an_administrator() -> Person:
    """The first administrator, made when first asked for."""
    found = db.session.scalar(
        select(Person)
        .join(Holding, Holding.person_id == Person.id)
        .where(Holding.duty == Duty.ADMINISTRATOR, Holding.partnership_id.is_(None), Holding.given_by_id.is_(None))
        .limit(1)
    )
    return found or commands.create_admin(name="First administrator", email="first@example.org", starts_on=LONG_AGO)


def a_person(
    *duties: Duty,
    organisation: Organisation | None = None,
    partnership: Partnership | None = None,
    streams: Sequence[str] = (),
    name: str | None = None,
    email: str | None = None,
    password: str | None = None,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
) -> Person:
    """Somebody who holds these duties there. Group duties need an `organisation`; without a `partnership`, everywhere."""
    number = next(_numbers)
    administrator = an_administrator()

    @command
    def make() -> Person:
        person = commands.register(
            name=name or f"Person {number}", email=email or f"person{number}@example.org", password=password
        )
        db.session.flush()
        for duty in duties:
            group = duty in GROUP
            commands.give_duty(
                person,
                duty=duty,
                organisation=organisation if group else None,
                partnership=None if group else partnership,
                streams=() if group else streams,
                starts_on=starts_on,
                ends_on=ends_on,
                by=administrator,
            )
        return person

    return make()


def an_organisation(name: str | None = None, **facts: object) -> Organisation:
    """A voluntary group, unless `is_voluntary=` says otherwise."""
    number = next(_numbers)
    given = {"organisation_type": "charitable incorporated organisation", "is_voluntary": True, "fictional": True} | facts
    return commands.add_organisation(name=name or f"Group {number}", by=an_administrator(), **given)  # type: ignore[arg-type]


def a_group(name: str | None = None, **facts: object) -> tuple[Organisation, Person, Person]:
    """An organisation, somebody who applies for it and somebody who signs for it."""
    organisation = an_organisation(name, **facts)
    return (
        organisation,
        a_person(Duty.APPLICANT, organisation=organisation),
        a_person(Duty.CERTIFIER, organisation=organisation),
    )


def a_partnership(ref: str | None = None, **facts: object) -> Partnership:
    """A community safety partnership."""
    number = next(_numbers)
    given = {"name": f"Partnership {number}", "kind": "community safety partnership"} | facts
    return commands.add_partnership(ref=ref or f"partnership-{number}", by=an_administrator(), **given)  # type: ignore[arg-type]


def a_takeover(person: Person | None = None, *, group: str = "The old name", role: str = "Treasurer") -> Takeover:
    """Somebody confirmed their address and says that they took over at a group."""
    somebody = person or a_person()
    page = entry.token()
    sent = entry.ask_to_take_over(
        name=somebody.name,
        email=somebody.email,
        group_said=group,
        role=role,
        how_to_check="Ask the chair",
        page=page,
        network=page,
    )
    entry.open_with_link(sent.link)
    return queries.takeovers_of(somebody)[0]
