"""Who may make an offer, answer it, take it back, and see an award."""

from __future__ import annotations

from grants.assessment.policies import outside, scope
from grants.awards.models import Award, Instalment
from grants.kernel.policy import Objections
from grants.panel.models import Decision
from grants.people.models import Duty, Person
from grants.people.policies import needs


def offer(who: Person, decision: Decision) -> Objections:
    """A grants officer of the round's stream, who does not act for the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, **scope(decision.panel.round))
    yield from outside(who, decision.application, Duty.GRANTS_OFFICER)


def accept(who: Person, award: Award) -> Objections:
    """Only somebody who signs for the group."""
    yield from needs(who, Duty.CERTIFIER, organisation=award.organisation)


def decline(who: Person, award: Award) -> Objections:
    """Only somebody who signs for the group."""
    yield from accept(who, award)


def lapse(who: Person, award: Award) -> Objections:
    """A grants officer of the stream, who does not act for the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, partnership=award.pot.stream.partnership, stream=award.pot.stream.ref)
    yield from outside(who, award.application, Duty.GRANTS_OFFICER)


def meet_gate(who: Person, instalment: Instalment) -> Objections:
    """Whoever answers the group's reports: a grants officer or the theme's lead."""
    award = instalment.award
    stream = award.pot.stream
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.THEME_LEAD, partnership=stream.partnership, stream=stream.ref)
    yield from outside(who, award.application, Duty.GRANTS_OFFICER)
