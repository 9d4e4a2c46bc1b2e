"""Whether a bid can be assigned, declared on and scored; and what scores are worth, exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.assessment.models import Assessment, Interest
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.people.models import Duty, Person
from grants.people.policies import READ_OF_GROUP, holds
from grants.people.queries import acts_for as groups
from grants.rounds.models import Criterion, Round
from grants.rounds.models import State as RoundState
from grants.rounds.terms import Scoring

Given: TypeAlias = tuple[int | None, str]  # points, or none yet; and the reason, perhaps empty


class Weighed(NamedTuple):
    """What an assessor gave on one criterion, and what the criterion counts."""

    points: int
    weight: int
    most: int


def worth(given: Iterable[Weighed]) -> Fraction:
    """One assessor's scores as a figure from 0 to 100, exactly: each criterion counts its own weight and no more.

    Weights are percent and sum to 100; the incumbents multiply a weight by how many parts its criterion has (features.md D1).
    """
    return sum((Fraction(one.points * one.weight, one.most) for one in given), start=Fraction(0))


def average(worths: Sequence[Fraction]) -> Fraction | None:
    """The plain mean of independent scores, exactly; none when there are none."""
    return sum(worths, start=Fraction(0)) / len(worths) if worths else None


def places(averages: Sequence[Fraction]) -> list[int]:
    """Each average's place, best first; equal averages share the better place (1, 2, 2, 4)."""
    return [1 + sum(other > one for other in averages) for one in averages]


def assignable(application: Application, assessor: Person, *, already: Collection[str]) -> Iterator[str]:
    """Everything against giving a bid to an assessor. `already` holds the references of those who have it."""
    round, stream = application.round, application.round.pot.stream
    if application.state is not ApplicationState.SUBMITTED:
        yield _("This bid is %(state)s, so there is nothing to score.", state=application.state.value)
    elif round.state is not RoundState.ASSESSING:
        yield _(
            "Bids are assigned between a round’s closing and its decision. This round is %(state)s.", state=round.state.value
        )
    if not assessor.active or not holds(assessor, Duty.ASSESSOR, partnership=stream.partnership, stream=stream.ref):
        yield _("%(name)s is not an assessor for %(stream)s. Give them the duty first.", name=assessor.name, stream=stream.name)
    if acts_for(assessor, application.organisation_id):
        yield _(
            "%(name)s acts for %(group)s, which made this bid. Choose another assessor.",
            name=assessor.name,
            group=application.organisation.name,
        )
    if assessor.ref in already:
        yield _("%(name)s has this bid already.", name=assessor.name)


def acts_for(person: Person, organisation_id: int) -> bool:
    """Has this person any part in the organisation today, be it only to advise it?"""
    return organisation_id in groups(person, *READ_OF_GROUP)


def declarable(assessment: Assessment, interest: Interest, reason: str) -> Iterator[str]:
    """Everything against this declaration. A conflict may be declared late; it is never taken back here."""
    if interest is Interest.NOT_DECLARED:
        yield _("Say whether you have a conflict of interest.")
    if interest is Interest.CONFLICT and not reason:
        yield _("Say what the conflict of interest is, in a few words.")
    if assessment.interest is Interest.CONFLICT:
        yield _("You have declared a conflict of interest in this bid. It stands: someone else scores it.")
    elif assessment.interest is interest:
        yield _("You have declared this already.")
    yield from undecided(assessment)


def needed(round: Round, asked: Money) -> int:
    """How many must score a bid that asks for so much: as the size of the ask says, or the round; nobody before a committee."""
    if round.terms.scoring is Scoring.COMMITTEE:
        return 0
    tier = round.terms.tier(asked)
    return tier.assessors if tier else round.assessors


def stands(assessment: Assessment) -> bool:
    """Are its scores in, and of what the group sent last?"""
    at, sent = assessment.submitted_at, assessment.application.submitted_at
    return at is not None and (sent is None or at >= sent)


def undecided(assessment: Assessment) -> Iterator[str]:
    """Scores and declarations stop when the panel's decisions are confirmed or the group withdraws."""
    state = assessment.application.state
    if state is not ApplicationState.SUBMITTED:
        yield _("This bid is %(state)s, so its scoring has ended.", state=state.value)


def keepable(criteria: Sequence[Criterion], scores: Mapping[int, Given]) -> Iterator[str]:
    """What cannot be kept even part way: a score off its scale, or for a criterion this round does not have."""
    known = {criterion.id for criterion in criteria}
    if set(scores) - known:
        yield _("A score was sent for something this round is not scored on. Reload the page.")
    for criterion in criteria:
        points, _reason = scores.get(criterion.id, (None, ""))
        if points is not None and not 0 <= points <= criterion.most:
            yield _("%(name)s: the score must be between 0 and %(most)s.", name=criterion.name, most=criterion.most)


def unfinished(criteria: Sequence[Criterion], scores: Mapping[int, Given]) -> Iterator[str]:
    """Everything that stops scores being submitted whole."""
    for criterion in criteria:
        points, reason = scores.get(criterion.id, (None, ""))
        if points is None:
            yield _("%(name)s: give a score from 0 to %(most)s.", name=criterion.name, most=criterion.most)
        if not reason.strip():
            yield _("%(name)s: write the reason for your score.", name=criterion.name)
    yield from keepable(criteria, scores)


def figure(value: Fraction) -> str:
    """A worth or an average as pages print it: two places, halves up ('66.67'). Order and ties go by the exact value."""
    hundredths = (value * 200 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02}"
