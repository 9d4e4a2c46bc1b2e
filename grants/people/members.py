"""The people of a group: who may look, comment, write or sign changes, ends, or leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.policy import objections, require
from grants.kernel.words import _
from grants.people import policies
from grants.people.commands import act_for, end_duty
from grants.people.models import Duty, Holding, Organisation, Person


def holdings_in(organisation: Organisation, person: Person) -> Sequence[Holding]:
    """What a person holds in a group today. NotFound where that is nothing."""
    found = [held for held in policies.holdings(person) if held.organisation_id == organisation.id]
    if not found:
        raise NotFound()
    return found


@command
def change_right(organisation: Organisation, person: Person, *, duty: Duty, by: Person) -> None:
    """From now on somebody of the group has this right in it and no other. Somebody has to be left who signs."""
    require(policies.change_right, by, organisation, person, duty=duty)
    held = holdings_in(organisation, person)
    if {one.duty for one in held} == {duty}:
        raise RuleBroken(_("They have this right already."), field="duty")
    if duty not in {one.duty for one in held}:
        act_for(person, duty, organisation, given_by=by, by=by)
    _end([one for one in held if one.duty is not duty], by)


@command
def remove(organisation: Organisation, person: Person, *, by: Person) -> None:
    """Somebody has no right in the group any more, from now on: they leave, or somebody who may give their right ends it."""
    held = holdings_in(organisation, person)
    if found := [objection for one in held for objection in objections(policies.end, by, one)]:
        raise Refused(*dict.fromkeys(found))
    _end(held, by)


def _end(held: Sequence[Holding], by: Person) -> None:
    for one in held:
        end_duty(one, on=clock.today() - timedelta(days=1), by=by)
