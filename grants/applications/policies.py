"""Who may apply for a group, and who reads what it sent."""

from __future__ import annotations

from grants.applications.models import Application, ReviewRequest
from grants.kernel.policy import Objections
from grants.people.models import Duty, Organisation, Person
from grants.people.policies import needs
from grants.rounds.models import Round

APPLY = (Duty.APPLICANT, Duty.CERTIFIER)  # in the organisation
LOOKS_AGAIN = frozenset({Duty.PANEL_CHAIR, Duty.GRANTS_OFFICER})  # at a decision, in the partnership
READ = frozenset(
    {Duty.GRANTS_OFFICER, Duty.PANEL_MEMBER, Duty.PANEL_CHAIR, Duty.MINUTE_TAKER, Duty.AUDITOR}
)  # in the partnership


def start(by: Person, organisation: Organisation) -> Objections:
    """Somebody who applies or signs for the group."""
    return needs(by, *APPLY, organisation=organisation)


def rehearse(by: Person, round: Round) -> Objections:
    """Trying a round out with test applications: whoever looks after it."""
    return look_after(by, round)


def look_after(by: Person, round: Round) -> Objections:
    """Opening an application again, exceptions, placing it: a grants officer of the round's partnership and stream."""
    return needs(by, Duty.GRANTS_OFFICER, partnership=round.pot.stream.partnership, stream=round.pot.stream.ref)


def change(by: Person, application: Application) -> Objections:
    """Saving any page of it: the group; of a test, whoever looks after the round; of one typed in for a group, both."""
    if application.rehearsal:
        return rehearse(by, application.round)
    if application.assistance is not None and not any(look_after(by, application.round)):
        return iter(())
    return start(by, application.organisation)


def submit(by: Person, application: Application) -> Objections:
    """Sending it."""
    return change(by, application)


def types_in(by: Person, application: Application) -> bool:
    """Does this person type it in for a group that they do not act for?"""
    return application.assistance is not None and any(start(by, application.organisation))


def answer_review(by: Person, review: ReviewRequest) -> Objections:
    """Answering a request for review: a panel chair or a grants officer of the partnership, in the stream."""
    stream = review.application.round.pot.stream
    return needs(by, *LOOKS_AGAIN, partnership=stream.partnership, stream=stream.ref)


def withdraw(by: Person, application: Application) -> Objections:
    """Taking it back: whoever may change it."""
    return change(by, application)


def conclude(by: Person, application: Application) -> Objections:
    """Recording that the panel has decided: its chair, who confirms the decisions."""
    stream = application.round.pot.stream
    return needs(by, Duty.PANEL_CHAIR, partnership=stream.partnership, stream=stream.ref)
