"""Who may make an offer, answer it, take it back, and see an award."""

from __future__ import annotations

from grants.assessment.policies import outside, scope
from grants.assessment.rules import acts_for
from grants.awards.models import Award, Instalment
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.panel.models import Decision
from grants.people.duties import label
from grants.people.models import Duty, Organisation, Person
from grants.people.policies import needs
from grants.streams.models import Commitment


def offer(who: Person, decision: Decision) -> Objections:
    """A grants officer of the round's stream, who does not act for the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, **scope(decision.panel.round))
    yield from outside(who, decision.application, Duty.GRANTS_OFFICER)


def offer_passported(who: Person, commitment: Commitment) -> Objections:
    """A grants officer of the stream, who does not act for the organisation it is protected for."""
    stream = commitment.stream
    yield from needs(who, Duty.GRANTS_OFFICER, partnership=stream.partnership, stream=stream.ref)
    if commitment.organisation is not None:
        yield from no_part(who, commitment.organisation)


def protect_year(who: Person, award: Award) -> Objections:
    """A finance officer of the stream: it is money off the top of a pot."""
    stream = award.pot.stream
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)
    yield from no_part(who, award.organisation)


def decide_year(who: Person, award: Award) -> Objections:
    """Record what was resolved for a later year: a grants officer or a finance officer who has no part in the group."""
    stream = award.pot.stream
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)
    yield from no_part(who, award.organisation)


def accept(who: Person, award: Award) -> Objections:
    """Only somebody who signs for the group."""
    yield from needs(who, Duty.CERTIFIER, organisation=award.organisation)


def decline(who: Person, award: Award) -> Objections:
    """Only somebody who signs for the group."""
    yield from accept(who, award)


def lapse(who: Person, award: Award) -> Objections:
    """A grants officer of the stream, who does not act for the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, partnership=award.pot.stream.partnership, stream=award.pot.stream.ref)
    yield from no_part(who, award.organisation)


def meet_gate(who: Person, instalment: Instalment) -> Objections:
    """Whoever answers the group's reports: a grants officer or the theme's lead."""
    award = instalment.award
    stream = award.pot.stream
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.THEME_LEAD, partnership=stream.partnership, stream=stream.ref)
    yield from no_part(who, award.organisation)


def no_part(who: Person, group: Organisation) -> Objections:
    """Nobody deals with the award of an organisation they act for."""
    if acts_for(who, group.id):
        yield Objection(
            _("You act for %(group)s, which this money goes to, so someone else has to do this.", group=group.name),
            label(Duty.GRANTS_OFFICER),
        )
