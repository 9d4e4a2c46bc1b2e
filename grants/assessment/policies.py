"""Who may assign bids, declare an interest, score, and read the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grants.applications.models import Application
from grants.assessment.models import Assessment, Interest
from grants.assessment.rules import acts_for
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.duties import label
from grants.people.models import Duty, Person
from grants.people.policies import holds, needs
from grants.rounds.models import Round

READERS = frozenset({Duty.GRANTS_OFFICER, Duty.PANEL_MEMBER, Duty.PANEL_CHAIR, Duty.MINUTE_TAKER, Duty.AUDITOR})


def scope(round: Round) -> Mapping[str, Any]:
    """Where a duty must be held to count for this round."""
    return {"partnership": round.pot.stream.partnership, "stream": round.pot.stream.ref}


def outside(who: Person, application: Application, could: Duty) -> Objections:
    """Nobody deals with a bid of an organisation they act for."""
    if acts_for(who, application.organisation_id):
        yield Objection(
            _(
                "You act for %(group)s, which made this bid, so someone else has to do this.",
                group=application.organisation.name,
            ),
            label(could),
        )


def assign(who: Person, application: Application) -> Objections:
    """A grants officer of the round's stream, who does not act for the group."""
    yield from needs(who, Duty.GRANTS_OFFICER, **scope(application.round))
    yield from outside(who, application, Duty.GRANTS_OFFICER)


def declare(who: Person, assessment: Assessment) -> Objections:
    """Only the assessor it was given to, while they are one."""
    if assessment.assessor_id != who.id:
        yield Objection(_("Only %(name)s can declare an interest here.", name=assessment.assessor.name), label(Duty.ASSESSOR))
        return
    yield from needs(who, Duty.ASSESSOR, **scope(assessment.application.round))
    yield from outside(who, assessment.application, Duty.ASSESSOR)


def read_bid(who: Person, assessment: Assessment) -> Objections:
    """The assessor sees the bid only after declaring no conflict of interest."""
    yield from declare(who, assessment)
    if assessment.interest is Interest.CONFLICT:
        yield Objection(
            _("You declared a conflict of interest in this bid, so you neither see nor score it. Someone else will."),
            _("another assessor"),
        )
    if assessment.interest is Interest.NOT_DECLARED:
        yield Objection(_("Say whether you have a conflict of interest before you are shown this bid."), label(Duty.ASSESSOR))


def score(who: Person, assessment: Assessment) -> Objections:
    """Whoever may read it as its assessor may score it."""
    yield from read_bid(who, assessment)


def read_ranking(who: Person, round: Round) -> Objections:
    """The officer, the panel and the auditor read what bids were given, once their scoring is complete."""
    if not holds(who, Duty.AUDITOR, **scope(round)):
        yield from needs(who, *sorted(READERS), **scope(round))
