"""Dated deputies, so that August works in a team of two: somebody away names who acts for them, from a day to a day.

A deputy holds the duty as the person away does, in the same partnership and streams and under the same limits, and passes it
on to nobody. What is approved by one says whose deputy approved it. A deputy's own part in the matter still counts: nobody
approves what they asked for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Objection, RuleBroken
from grants.kernel.policy import Objections, require
from grants.kernel.words import _, mark
from grants.people import rules
from grants.people.commands import cut_short
from grants.people.duties import READS_ALL, STAFF, label
from grants.people.models import Duty, Holding, Person
from grants.people.policies import holdings, holds_any, needs

declare(
    {
        "deputy.named": mark("Was named deputy for %(deputy_for)s as %(duty)s (%(where)s), %(starts_on)s to %(ends_on)s"),
        "deputy.names": mark("%(deputy)s is their deputy as %(duty)s (%(where)s), %(starts_on)s to %(ends_on)s"),
        "deputy.ended": mark("Acts as deputy for %(deputy_for)s as %(duty)s no longer after %(on)s"),
    }
)

DEPUTISED = (Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER)
LONGEST = 92  # days: three months' leave; longer than that, somebody is given the duty itself
BECAUSE = 200


def may_name(who: Person, held: Holding) -> Objections:
    """Name a deputy for a duty: whoever holds it themselves, or an administrator of where it is held."""
    if held.deputy_for_id is not None:
        yield Objection(_("A deputy cannot pass on what they stand in for."), label(held.duty))
    elif held.person_id != who.id:
        yield from needs(who, Duty.ADMINISTRATOR, partnership=held.partnership)


def may_end(who: Person, held: Holding) -> Objections:
    """End a deputy's time early: the person they act for, the deputy, or an administrator of where the duty is held."""
    if who.id not in (held.deputy_for_id, held.person_id):
        yield from needs(who, Duty.ADMINISTRATOR, partnership=held.partnership)


def unfit(held: Holding, deputy: Person, *, starts_on: date, ends_on: date, reason: str) -> Iterator[str]:
    """Everything wrong with this deputy for this duty in this time."""
    if held.duty not in DEPUTISED:
        yield _("A deputy can be named for %(duties)s. Ask an administrator to give other duties.", duties=label(*DEPUTISED))
    if deputy.id == held.person_id:
        yield _("Nobody is their own deputy. Choose somebody else.")
    elif not holds_any(deputy, STAFF - READS_ALL, partnership=held.partnership):
        yield _("%(name)s holds no duty among those who run this funding. Choose somebody who does.", name=deputy.name)
    if starts_on < clock.today():
        yield _("A deputy cannot act in the past. Choose today or a later day.")
    if ends_on - starts_on >= timedelta(days=LONGEST):
        yield _(
            "A deputy acts for %(most)s days at the most. For longer, an administrator gives somebody the duty itself.",
            most=LONGEST,
        )
    if starts_on < held.starts_on or (held.ends_on is not None and held.ends_on < ends_on):
        yield _("The duty itself is not held on all of these days.")
    if not reason.strip():
        yield _("Say why a deputy is needed, for example annual leave.")
    elif len(reason.strip()) > BECAUSE:
        yield _("The reason must be %(most)s characters or fewer.", most=BECAUSE)
    yield from rules.bad_duty(
        deputy,
        duty=held.duty,
        organisation=None,
        partnership=held.partnership,
        streams=held.streams,
        starts_on=starts_on,
        ends_on=ends_on,
    )


@command
def name_deputy(held: Holding, *, deputy: Person, starts_on: date, ends_on: date, reason: str, by: Person) -> Holding:
    """Somebody acts for whoever holds a duty, from a day through a day, at most 92 days. The reason stays in the history.

    By the holder, or an administrator (for somebody already away); never by the deputy themselves.
    """
    require(may_name, by, held)
    if deputy.id == by.id and held.person_id != by.id:
        raise RuleBroken(_("Nobody names themselves a deputy. Ask another administrator."), field="deputy")
    if found := list(unfit(held, deputy, starts_on=starts_on, ends_on=ends_on, reason=reason)):
        raise RuleBroken(*found)
    acting = Holding(
        duty=held.duty,
        partnership=held.partnership,
        streams=list(held.streams),
        starts_on=starts_on,
        ends_on=ends_on,
        given_by=by,
        deputy_for=held.person,
    )
    deputy.holdings.append(acting)
    said: dict[str, Any] = {"duty": held.duty, "where": held.partnership.ref if held.partnership else "everywhere"}
    days: dict[str, Any] = {"starts_on": starts_on, "ends_on": ends_on}
    personal = {"reason": reason.strip()}  # why somebody is away is theirs: it can be erased
    record("deputy.named", deputy, by=by, personal=personal, deputy_for=held.person.ref, **said, **days)
    record("deputy.names", held.person, by=by, personal=personal, deputy=deputy.ref, **said, **days)
    return acting


@command
def end_deputy(held: Holding, *, by: Person) -> None:
    """The person away is back: their deputy stops acting at once."""
    require(may_end, by, held)
    assert held.deputy_for is not None
    if held.ends_on is not None and held.ends_on < clock.today():
        raise RuleBroken(_("This deputy's time is over already."))
    on = cut_short(held, clock.today() - timedelta(days=1))
    record("deputy.ended", held.person, by=by, deputy_for=held.deputy_for.ref, duty=held.duty, on=on)


# -- for pages ---------------------------------------------------------------------------------------------------------


class Acting(NamedTuple):
    """One deputy: who for whom, as what, when. `number` is the duty's number on the deputy's page."""

    deputy_ref: str
    deputy: str
    number: int
    holder_ref: str
    holder: str
    duty: Duty
    partnership: str | None
    starts_on: date
    ends_on: date | None
    now: bool


def of(person: Person) -> list[Acting]:
    """Who acts, or will act, for a person, and for whom they act: what is over is left out. Two statements."""
    found = db.session.scalars(
        select(Holding)
        .where(
            or_(Holding.person_id == person.id, Holding.deputy_for_id == person.id),
            Holding.deputy_for_id.is_not(None),
            Holding.ends_on >= clock.today(),
        )
        .options(
            joinedload(Holding.person).selectinload(Person.holdings),
            joinedload(Holding.deputy_for),
            joinedload(Holding.partnership),
        )
        .order_by(Holding.starts_on, Holding.id)
    ).unique()
    return [_acting(held) for held in found]


def _acting(held: Holding) -> Acting:
    assert held.deputy_for is not None
    return Acting(
        held.person.ref,
        held.person.name,
        held.person.holdings.index(held) + 1,
        held.deputy_for.ref,
        held.deputy_for.name,
        held.duty,
        held.partnership.name if held.partnership else None,
        held.starts_on,
        held.ends_on,
        held.starts_on <= clock.today(),
    )


def nameable(person: Person) -> list[tuple[int, Holding]]:
    """The duties of a person, by number, for which a deputy can be named today."""
    today = set(holdings(person))
    return [
        (number, held)
        for number, held in enumerate(person.holdings, 1)
        if held in today and held.duty in DEPUTISED and held.deputy_for_id is None
    ]


def held_by(person: Person, number: int) -> Holding:
    """The person's duty of this number, where a deputy can be named for it. NotFound otherwise."""
    for n, held in nameable(person):
        if n == number:
            return held
    raise NotFound()


def choices(held: Holding) -> Sequence[tuple[str, str]]:
    """Who could be a deputy: everybody else active who works in that partnership, as (reference, name). Two statements."""
    people = db.session.scalars(
        select(Person)
        .join(Holding, Holding.person_id == Person.id)
        .where(
            Person.active,
            Person.id != held.person_id,
            Holding.duty.in_(STAFF - READS_ALL),
            or_(Holding.partnership_id.is_(None), Holding.partnership_id == held.partnership_id)
            if held.partnership_id is not None
            else Holding.duty.is_not(None),
        )
        .options(joinedload(Person.holdings))
        .order_by(Person.name, Person.id)
    ).unique()
    return [(one.ref, one.name) for one in people if holds_any(one, STAFF - READS_ALL, partnership=held.partnership)]
