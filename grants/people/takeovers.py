"""Somebody who took over at a group is let in after a check, when those who had access have gone.

What they ask never says whether the group is here or who is in it. An officer looks for the group, makes a check of their own
and answers. A yes begins some days later, so that the people of the group, who are told at once, can object and stop it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import select

from grants.audit.record import SYSTEM, declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.waiting import Waiting
from grants.kernel.words import _, mark
from grants.people import policies, queries
from grants.people.commands import act_for, cut_short
from grants.people.duties import ACTS
from grants.people.models import Duty, Holding, Organisation, Person, Registration, Takeover, TakeoverState
from grants.people.policies import READ_OF_GROUP

declare(
    {
        "takeover.asked": mark("Said that they have taken over at a group, and asked to act for it"),
        "takeover.agreed": mark("Checked this and said yes for %(organisation)s: it begins on %(begins_on)s"),
        "takeover.refused": mark("Checked this and said no"),
        "takeover.stopped": mark("Objected, so nothing begins and nothing ends"),
        "takeover.begun": mark("Began: nobody objected"),
        "organisation.takeover": mark("%(person)s will act for this group from %(begins_on)s (%(takeover)s)"),
        "organisation.takeover_stopped": mark("Objected to %(takeover)s: %(person)s will not act for this group"),
        "duty.restored": mark("Is %(duty)s (%(where)s) as before, because somebody objected to %(takeover)s"),
    }
)

OBJECT_WITHIN = timedelta(days=5)


def begin_asking(person: Person, row: Registration) -> Takeover:
    """Inside a command: the address was confirmed, so the request exists and waits for an officer."""
    takeover = Takeover(
        ref=next_reference("TKO"),
        person=person,
        group_said=row.group_name or "",
        role=row.role or "",
        how_to_check=row.how_to_check,
        ended=[],
    )
    db.session.add(takeover)
    personal = {"group": takeover.group_said, "role": takeover.role, "how_to_check": takeover.how_to_check}
    record("takeover.asked", takeover, by=person, personal=personal)
    return takeover


@command
def agree(
    takeover: Takeover,
    *,
    organisation: Organisation,
    duty: Duty,
    check_made: str,
    reason: str,
    ending: Collection[Person] = (),
    by: Person,
) -> Takeover:
    """Yes, after a check: they write or sign for the group from five days on, and whoever is named in `ending` then stops.

    Where nobody speaks for the group today nobody can object, and it begins at once.
    """
    _answer(takeover, check_made, reason, by, organisation)
    if duty not in ACTS:
        raise RuleBroken(_("Say whether they will write or sign for the group."), field="duty")
    if any(one.id == takeover.person_id for one in ending):
        raise RuleBroken(_("The person who takes over cannot be among those who stop."))
    today = clock.today()
    begins_on = today + OBJECT_WITHIN if queries.acting_for(organisation) else today
    takeover.organisation, takeover.state, takeover.begins_on = organisation, TakeoverState.AGREED, begins_on
    takeover.given = act_for(takeover.person, duty, organisation, starts_on=begins_on, given_by=by, by=by)
    takeover.ended = [kept for one in ending for kept in _stop(one, organisation, begins_on, by)]
    db.session.flush()
    record("takeover.agreed", takeover, by=by, organisation=organisation.ref, begins_on=begins_on, personal=_said(takeover))
    record(
        "organisation.takeover",
        organisation,
        by=by,
        person=takeover.person.ref,
        begins_on=begins_on,
        takeover=takeover.ref,
    )
    return takeover


def _answer(takeover: Takeover, check_made: str, reason: str, by: Person, organisation: Organisation | None) -> None:
    require(policies.answer_takeover, by, takeover, organisation)
    if takeover.state is not TakeoverState.ASKED:
        raise RuleBroken(_("This was answered already."))
    if not check_made.strip():
        raise RuleBroken(_("Say how you checked, and with whom."), field="check_made")
    if not reason.strip():
        raise RuleBroken(_("Give the reason. The person will read it."), field="reason")
    takeover.check_made, takeover.reason = check_made.strip(), reason.strip()
    takeover.answered_by, takeover.answered_at = by, clock.now()


def _said(takeover: Takeover) -> dict[str, str | None]:
    return {"check_made": takeover.check_made, "reason": takeover.reason}


def _stop(person: Person, organisation: Organisation, begins_on: date, by: Person) -> list[list[str | int | None]]:
    """End what somebody holds in the group the day before; answers with what is needed to take it back."""
    last, kept = begins_on - timedelta(days=1), []
    for held in person.holdings:
        if held.organisation_id == organisation.id and (held.ends_on is None or held.ends_on > last):
            kept.append([held.id, held.ends_on.isoformat() if held.ends_on else None])
            cut_short(held, last)
            record("duty.ended", person, by=by, duty=held.duty, where=organisation.ref, on=last)
            record("organisation.member_ended", organisation, by=by, duty=held.duty, person=person.ref, on=last)
    return kept


@command
def refuse(takeover: Takeover, *, check_made: str, reason: str, by: Person) -> Takeover:
    """No, after a check. Nothing changes in any group."""
    _answer(takeover, check_made, reason, by, None)
    takeover.state = TakeoverState.REFUSED
    record("takeover.refused", takeover, by=by, personal=_said(takeover))
    return takeover


@command
def object_to(takeover: Takeover, *, objection: str, by: Person) -> Takeover:
    """Somebody of the group says that this is not right: nothing begins, and what was to end goes on."""
    require(policies.object_to_takeover, by, takeover)
    if takeover.state is not TakeoverState.AGREED or takeover.begins_on is None or clock.today() >= takeover.begins_on:
        raise RuleBroken(_("This can no longer be stopped here. Write to us if something is wrong."))
    if not objection.strip():
        raise RuleBroken(_("Say in a few words why this is not right."), field="objection")
    organisation, given = takeover.organisation, takeover.given
    assert organisation and given
    takeover.state, takeover.objection = TakeoverState.STOPPED, objection.strip()
    takeover.objected_by, takeover.objected_at = by, clock.now()
    on = cut_short(given, takeover.begins_on - timedelta(days=1))
    record("duty.ended", takeover.person, by=by, duty=given.duty, where=organisation.ref, on=on)
    _restore(takeover, organisation, by)
    record("takeover.stopped", takeover, by=by, personal={"objection": takeover.objection})
    record("organisation.takeover_stopped", organisation, by=by, person=takeover.person.ref, takeover=takeover.ref)
    return takeover


def _restore(takeover: Takeover, organisation: Organisation, by: Person) -> None:
    ends = {int(number): date.fromisoformat(on) if on else None for number, on in takeover.ended}
    for held in db.session.scalars(select(Holding).where(Holding.id.in_(ends)).order_by(Holding.id)):
        held.ends_on = ends[held.id]
        record("duty.restored", held.person, by=by, duty=held.duty, where=organisation.ref, takeover=takeover.ref)


@command
def begin(takeover: Takeover) -> bool:
    """Its day has come and nobody objected. Answers whether it began just now."""
    if takeover.state is not TakeoverState.AGREED or takeover.begins_on is None or takeover.begins_on > clock.today():
        return False
    takeover.state = TakeoverState.BEGUN
    record("takeover.begun", takeover, by=SYSTEM)
    return True


def agreed_until(day: date) -> Sequence[Takeover]:
    """Those agreed to and not stopped that begin on a day or before, in order."""
    return db.session.scalars(
        select(Takeover).where(Takeover.state == TakeoverState.AGREED, Takeover.begins_on <= day).order_by(Takeover.id)
    ).all()


def told(organisation: Organisation) -> Sequence[Person]:
    """Whom to tell: everybody with a right in the group; where nobody has one today, whoever ever had."""
    if now := queries.acting_for(organisation, *READ_OF_GROUP):
        return now
    once = select(Person).join(Holding, Holding.person_id == Person.id).where(Holding.organisation_id == organisation.id)
    return db.session.scalars(once.where(Person.active).order_by(Person.name, Person.id)).unique().all()


def waiting(by: Person) -> list[Waiting]:
    """What waits for this person: for officers, requests nobody answered; for a group's people, what they may still stop."""
    found: list[Waiting] = []
    if policies.takes_over(by, None):
        for one in queries.takeovers(waiting_only=True):
            if one.person_id != by.id:
                said = _("Check whether %(name)s took over at a group", name=one.person.name)
                found.append(Waiting(one.asked_at, said, one.ref, "takeovers.show", {"ref": one.ref}))
    if mine := queries.acts_for(by):
        stoppable = select(Takeover).where(
            Takeover.organisation_id.in_(mine),
            Takeover.state == TakeoverState.AGREED,
            Takeover.begins_on > clock.today(),
            Takeover.person_id != by.id,
        )
        for one in db.session.scalars(stoppable.order_by(Takeover.id)):
            assert one.answered_at
            said = _("Somebody new will act for your group: object if this is wrong")
            found.append(Waiting(one.answered_at, said, one.ref, "takeovers.show", {"ref": one.ref}))
    return found
