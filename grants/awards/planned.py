"""An award measured against a line of the spending plan that its money was approved for."""

from __future__ import annotations

from grants.audit.record import declare, record
from grants.awards.models import Award
from grants.kernel.command import command
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import Objections, require
from grants.kernel.words import _, mark
from grants.people.models import Duty, Person
from grants.people.policies import needs
from grants.spending import queries as spending

declare({"award.placed": mark("Measured against the spending plan’s line %(line)s")})


def may_place(who: Person, award: Award) -> Objections:
    """A finance officer or a grants officer of the pot's stream."""
    stream = award.pot.stream
    yield from needs(who, Duty.FINANCE_OFFICER, Duty.GRANTS_OFFICER, partnership=stream.partnership, stream=stream.ref)


@command
def place_in_plan(award: Award, *, line: str | None, by: Person) -> Award:
    """Measure an award against a line of a spending plan (PLN-…) for its pot or its pool, or against none."""
    require(may_place, by, award)
    pot = spending.pot_of_line(line) if line else None
    if line and pot is None:
        raise RuleBroken(_("There is no such line in a spending plan."))
    if (
        pot is not None
        and pot.id != award.pot_id
        and not (pot.pool and (pot.pool, pot.year) == (award.pot.pool, award.pot.year))
    ):
        raise RuleBroken(_("That line of the spending plan is of %(other)s, not of %(pot)s.", other=pot.ref, pot=award.pot.ref))
    award.plan_line = line or None
    record("award.placed", award, by=by, line=line or _("none"))
    return award
