"""Assigning bids, declaring interests, and scoring independently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from grants.applications.models import Application
from grants.assessment import policies, rules
from grants.assessment.models import Assessment, Interest, Score
from grants.assessment.queries import given
from grants.assessment.rules import Given
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale, means
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Person

declare(
    {
        "assessment.assigned": mark("Gave the bid to %(assessor)s to score"),
        "assessment.assigned to": mark("Given %(application)s to score"),
        "assessment.declared": mark("Declared %(interest)s"),
        "assessment.saved": mark("Kept scores part way"),
        "assessment.submitted": mark("Submitted scores"),
    }
)
means({"uq_assessment_application_id": mark("This assessor has the bid already.")})


@command
def assign(application: Application, *, assessor: Person, by: Person) -> Assessment:
    """Give a bid to an assessor. Refused for somebody without the duty in its stream, or who acts for the group.

    More than the round asks for may be assigned, for when one is ill or conflicted.
    """
    require(policies.assign, by, application)
    already = set(
        db.session.scalars(
            select(Person.ref)
            .join(Assessment, Assessment.assessor_id == Person.id)
            .where(Assessment.application_id == application.id)
        )
    )
    if found := list(rules.assignable(application, assessor, already=already)):
        raise RuleBroken(*found, field="assessor")
    made = Assessment(
        ref=next_reference("ASM"),
        application=application,
        assessor=assessor,
        assigned_by=by.ref,
        interest=Interest.NOT_DECLARED,
    )
    db.session.add(made)
    db.session.flush()
    record("assessment.assigned to", made, by=by, application=application.ref)
    record("assessment.assigned", application, by=by, assessor=assessor.ref, assessment=made.ref)
    return made


@command
def declare_interest(assessment: Assessment, *, interest: Interest, reason: str = "", by: Person) -> Assessment:
    """The assessor says whether they have a conflict of interest, before being shown the bid, or later when one is found.

    With a conflict they see and score nothing of it, and what they may have given counts for nothing.
    """
    require(policies.declare, by, assessment)
    if found := list(rules.declarable(assessment, interest, reason.strip())):
        raise RuleBroken(*found)
    assessment.interest = interest
    assessment.interest_reason = reason.strip() or None
    record("assessment.declared", assessment, by=by, interest=interest)
    return assessment


@command
def save_scores(
    assessment: Assessment, *, scores: Mapping[int, Given], summary: str | None, edition: int, by: Person
) -> Assessment:
    """Keep scores part way: by criterion id, points (or none yet) and the reason as far as it is written."""
    _open(assessment, summary, scores, edition, by)
    if found := list(rules.keepable(assessment.application.round.criteria, scores)):
        raise RuleBroken(*found)
    _keep(assessment, scores, summary)
    record("assessment.saved", assessment, by=by)
    return assessment


@command
def submit_scores(
    assessment: Assessment, *, scores: Mapping[int, Given], summary: str | None, edition: int, by: Person
) -> Assessment:
    """Hand the scores in whole: every criterion scored on its scale, with a reason. They do not change after that."""
    _open(assessment, summary, scores, edition, by)
    if found := list(rules.unfinished(assessment.application.round.criteria, scores)):
        raise RuleBroken(*found)
    _keep(assessment, scores, summary)
    assessment.submitted_at = clock.now()
    record("assessment.submitted", assessment, by=by)
    return assessment


def _open(assessment: Assessment, summary: str | None, scores: Mapping[int, Given], edition: int, by: Person) -> None:
    require(policies.score, by, assessment)
    if rules.stands(assessment):
        raise RuleBroken(_("You have submitted your scores for this bid, so they no longer change."))
    if found := list(rules.undecided(assessment)):
        raise RuleBroken(*found)
    if edition != assessment.edition:
        raise Stale(list(_lines(assessment, scores, summary)), list(_lines(assessment, given(assessment), assessment.summary)))


def _lines(assessment: Assessment, scores: Mapping[int, Given], summary: str | None) -> Iterator[tuple[str, str]]:
    for criterion in assessment.application.round.criteria:
        points, reason = scores.get(criterion.id, (None, ""))
        yield criterion.name, f"{'' if points is None else points} {reason}".strip()
    yield _("Overall"), summary or ""


def _keep(assessment: Assessment, scores: Mapping[int, Given], summary: str | None) -> None:
    there = {score.criterion_id: score for score in assessment.scores}
    for criterion in assessment.application.round.criteria:
        points, reason = scores.get(criterion.id, (None, ""))
        if criterion.id in there:
            there[criterion.id].points, there[criterion.id].reason = points, reason.strip()
        elif points is not None or reason.strip():
            db.session.add(Score(assessment=assessment, criterion=criterion, points=points, reason=reason.strip()))
    assessment.summary = (summary or "").strip() or None
    assessment.saved_at = clock.now()
