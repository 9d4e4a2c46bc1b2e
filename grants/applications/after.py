"""After an application is sent: questions asked and answered on the record, feedback from agreed reasons, a review that was
asked for, how long it took, and drafts that were never sent given back to those who wrote them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.applications import documents as documents  # registers what keeps and who reads them
from grants.applications import policies, queries
from grants.applications.frozen import in_words, of_draft
from grants.applications.models import MOVES, Application, Clarification, CostLine, Feedback, ReviewRequest, State, Verdict
from grants.applications.progress import Step, steps
from grants.applications.rules import Page, no_second_stage, not_finished, unread, workable
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.lifecycle import move
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people.hosting import stands
from grants.people.models import Hosting, Person
from grants.people.queries import hosting
from grants.questions.purposes import purposes
from grants.questions.queries import document
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.rules import working
from grants.strategy.models import Priority

declare(
    {
        "clarification.asked": mark("Asked the group a question, to be answered by %(due_on)s"),
        "clarification.answered": mark("Answered the question"),
        "application.feedback": mark("Feedback given: %(reasons)s"),
        "review.asked": mark("Asked for the decision to be looked at again: %(ground)s"),
        "review.answered": mark("Answered the request: %(verdict)s"),
        "application.took": mark("Said how long it took: %(took)s"),
        "application.stands_again": mark("It was not sent again in time, so what was sent before stands"),
        "application.given_back": mark("Mailed what was written to the group: it was not sent in time"),
    }
)

TOLD = 4000  # characters of a question, an answer, feedback
REVIEW_DAYS = 20  # working days: to ask after feedback or decision, and to answer


class Took(StrEnum):
    """How long an application took, all in all, as the group says."""

    HOUR = "less than an hour"
    HALF_DAY = "1 to 4 hours"
    DAY = "about a day"
    MORE = "more than a day"


WITHIN: Mapping[Took, str] = {
    Took.HOUR: mark("less than an hour"),
    Took.HALF_DAY: mark("4 hours or less"),
    Took.DAY: mark("a day or less"),
    Took.MORE: mark("more than a day"),
}
REASONS: Mapping[str, str] = {
    "money": mark("There were more good applications than money. Yours was good enough to fund."),
    "need": mark("It was not clear enough why the project is needed."),
    "difference": mark("It was not clear enough what would be different, and how you would know."),
    "people": mark("It was not clear enough who it is for, or how you would reach them."),
    "plan": mark("It was not clear enough how and when things would be done."),
    "costs": mark("Some costs were not explained, or seemed high for what would be done."),
    "safe": mark("It was not clear enough how people would be kept safe."),
    "fit": mark("It did not fit what this fund is for as well as others did."),
    "place": mark("Too few people in the area would benefit."),
    "papers": mark("A document we asked for was missing or out of date."),
    "elsewhere": mark("Somebody else already does this in the same place."),
}


class Ground(StrEnum):
    """What a group says went wrong. A different view of how good the application is, is no ground."""

    FACTS = "facts"
    RULES = "rules"
    INTEREST = "interest"
    MISSED = "missed"


GROUNDS: Mapping[Ground, str] = {
    Ground.FACTS: mark("You got a fact about us or our project wrong"),
    Ground.RULES: mark("You did not follow your own published rules"),
    Ground.INTEREST: mark("Somebody who decided had an interest in it"),
    Ground.MISSED: mark("You did not look at something we sent"),
}


# -- questions on the record ------------------------------------------------------------------------------------------


@command
def ask(application: Application, *, question: str, due_on: date, by: Person) -> Clarification:
    """Ask the group something about what it sent. It stays on the record with its answer; what was sent is not changed."""
    require(policies.look_after, by, application.round)
    if found := list(_unaskable(application, question, due_on)):
        raise RuleBroken(*found)
    asked = Clarification(
        ref=next_reference("CLA"), application=application, question=question.strip(), asked_by=by, asked_at=clock.now(),
        due_on=due_on,
    )  # fmt: skip
    db.session.add(asked)
    record("clarification.asked", asked, by=by, due_on=due_on)
    record("clarification.asked", application, by=by, due_on=due_on)
    notices.queue_all(
        "question asked", application.organisation, application, ref=asked.ref, application=application.ref,
        title=application.title or application.ref, question=asked.question, due_on=due_on,
    )  # fmt: skip
    return asked


def _unaskable(application: Application, question: str, due_on: date) -> Iterator[str]:
    if application.state is not State.SUBMITTED:
        yield _("Questions can be asked while an application is sent and not decided. This one is %(state)s.",
                state=application.state.value)  # fmt: skip
    if not question.strip():
        yield _("Enter what you want to ask.")
    elif len(question) > TOLD:
        yield _("Use %(most)s characters or fewer.", most=f"{TOLD:,}")
    if not clock.today() < due_on <= clock.today() + timedelta(days=60):
        yield _("Choose a day from tomorrow to 60 days from now.")


@command
def answer(clarification: Clarification, *, text: str, by: Person) -> Clarification:
    """The group answers, once. A late answer is kept as well, and says when it came."""
    require(policies.change, by, clarification.application)
    if clarification.answered_at is not None:
        raise RuleBroken(_("This question is answered already."))
    if clarification.application.state not in (State.SUBMITTED, State.DRAFT):
        raise RuleBroken(_("The application is %(state)s now, so there is nothing to answer.",
                           state=clarification.application.state.value))  # fmt: skip
    if not text.strip():
        raise RuleBroken(_("Enter your answer."), field="answer")
    if len(text) > TOLD:
        raise RuleBroken(_("Use %(most)s characters or fewer.", most=f"{TOLD:,}"), field="answer")
    clarification.answer, clarification.answered_by, clarification.answered_at = text.strip(), by, clock.now()
    record("clarification.answered", clarification, by=by)
    return clarification


def asked_of(application: Application) -> Sequence[Clarification]:
    """Every question about an application, oldest first. One statement."""
    return db.session.scalars(
        select(Clarification)
        .options(joinedload(Clarification.asked_by), joinedload(Clarification.answered_by))
        .where(Clarification.application_id == application.id)
        .order_by(Clarification.id)
    ).all()


# -- feedback and review ----------------------------------------------------------------------------------------------


@command
def give_feedback(application: Application, *, reasons: Sequence[str], words: str, by: Person) -> Application:
    """Say why, from the agreed reasons and in words of the officer's own, once the decision is confirmed. Given once."""
    require(policies.look_after, by, application.round)
    there = feedback_on(application)
    if found := list(_unsayable(application, there, reasons, words)):
        raise RuleBroken(*found)
    db.session.add(Feedback(application=application, reasons=list(reasons), words=words.strip(), given_by=by.ref))
    record("application.feedback", application, by=by, reasons=[_(REASONS[one]) for one in reasons])
    notices.queue_all(
        "feedback", application.organisation, application, ref=application.ref, title=application.title or application.ref,
        reasons=[_(REASONS[one]) for one in reasons], words=words.strip(),
    )  # fmt: skip
    return application


def _unsayable(application: Application, there: Feedback | None, reasons: Sequence[str], words: str) -> Iterator[str]:
    if application.state is not State.DECIDED:
        yield _("Feedback is given once the decision is confirmed.")
    if there is not None:
        yield _("Feedback was given already.")
    if not reasons or not set(reasons) <= set(REASONS):
        yield _("Choose at least one of the reasons.")
    if len(words) > TOLD:
        yield _("Use %(most)s characters or fewer.", most=f"{TOLD:,}")


def feedback_on(application: Application) -> Feedback | None:
    """The feedback a group was given, if any. One statement."""
    return db.session.scalar(select(Feedback).where(Feedback.application_id == application.id))


@command
def ask_review(application: Application, *, ground: Ground, text: str, by: Person) -> ReviewRequest:
    """Ask for a decision to be looked at again, on one of the grounds there are, once."""
    require(policies.change, by, application)
    if found := list(_unreviewable(application, text)):
        raise RuleBroken(*found)
    made = ReviewRequest(
        ref=next_reference("RVW"), application=application, ground=ground.value, text=text.strip(), asked_by=by,
        asked_at=clock.now(), due_on=working_days_on(clock.today(), REVIEW_DAYS),
    )  # fmt: skip
    db.session.add(made)
    record("review.asked", made, by=by, ground=_(GROUNDS[ground]))
    return made


def _unreviewable(application: Application, text: str) -> Iterator[str]:
    if application.state is not State.DECIDED:
        yield _("A decision can be looked at again once there is one.")
    if review_of(application) is not None:
        yield _("You have asked for this already.")
    if not text.strip():
        yield _("Tell us what went wrong.")
    elif len(text) > TOLD:
        yield _("Use %(most)s characters or fewer.", most=f"{TOLD:,}")


@command
def answer_review(
    review: ReviewRequest, *, verdict: Verdict, text: str, deciders: Collection[str], by: Person
) -> ReviewRequest:
    """Answer it: somebody other than those who decided says whether the ground holds, and what follows.

    `deciders`: the references of who recorded the decision and who confirmed it.
    """
    require(policies.answer_review, by, review)
    if by.ref in deciders:
        raise RuleBroken(_("You took part in the decision, so somebody else must look at it again."))
    if review.answered_at is not None:
        raise RuleBroken(_("This request is answered already."))
    if not text.strip():
        raise RuleBroken(_("Say what you found and what happens now. The group will read it."), field="text")
    review.verdict, review.answer, review.answered_by, review.answered_at = verdict, text.strip(), by, clock.now()
    record("review.answered", review, by=by, verdict=verdict)
    application = review.application
    notices.queue_all(
        "review answered", application.organisation, application, ref=application.ref,
        title=application.title or application.ref, upheld=verdict is Verdict.UPHELD, answer=review.answer,
    )  # fmt: skip
    return review


def review_of(application: Application) -> ReviewRequest | None:
    """The review that was asked for, if any. One statement."""
    return db.session.scalar(
        select(ReviewRequest)
        .options(joinedload(ReviewRequest.asked_by), joinedload(ReviewRequest.answered_by))
        .where(ReviewRequest.application_id == application.id)
    )


def working_days_on(day: date, days: int) -> date:
    """So many working days later."""
    while days:
        day += timedelta(days=1)
        days -= working(day)
    return day


class Since(NamedTuple):
    """Everything that happened to an application since it was sent."""

    steps: Sequence[Step]
    asked: Sequence[Clarification]
    feedback: Feedback | None
    reasons: Sequence[str]
    review: ReviewRequest | None
    ground: str
    second_stage: bool  # may the group be asked for one?
    host: Hosting | None  # where somebody was asked to hold the money
    hosted: str  # how that stands


def since(application: Application) -> Since:
    """For the group's page and the officer's alike. Three statements, four where a group may need a host."""
    feedback, review = feedback_on(application), review_of(application)
    host = hosting(application.ref) if application.round.terms.host_needed else None
    return Since(
        steps(application),
        asked_of(application),
        feedback,
        [_(REASONS[one]) for one in feedback.reasons if one in REASONS] if feedback else [],
        review,
        _(GROUNDS[Ground(review.ground)]) if review else "",
        not any(no_second_stage(application)),
        host,
        stands(host.state, host.host.name if host.host else host.host_name) if host else "",
    )


# -- how long it took -------------------------------------------------------------------------------------------------


@command
def say_took(application: Application, *, took: Took, by: Person) -> Application:
    """The one question after sending: how long it took. Published for a round once enough groups have said."""
    require(policies.start, by, application.organisation)
    if application.sends and application.took != took.value:
        application.took = took.value
        record("application.took", application, by=by, took=took)
    return application


# -- drafts that were not sent ----------------------------------------------------------------------------------------


def due(today: date) -> int:
    """Mail every draft that missed its round's closing time back to its group, once. Answers with how many."""
    given = 0
    for ref in _missed():
        given += bool(give_back(queries.draft(ref)))
    for ref in _not_sent_again():
        stand_again(queries.draft(ref))
    return given


def _not_sent_again() -> Sequence[str]:
    return db.session.scalars(
        select(Application.ref)
        .where(
            Application.state == State.DRAFT,
            Application.rehearsal.is_(False),
            Application.sends > 0,
            Application.until <= clock.now(),
        )
        .order_by(Application.ref)
    ).all()


@command
def stand_again(application: Application) -> bool:
    """It was opened again and its time ended without its being sent again: what was sent before stands, as it was sent.

    What the product computes on (title, what it helps with, place, costs, part of the round, stage) is put back; answers stay
    as they were typed since.
    """
    if application.state is not State.DRAFT or not application.sends or application.rehearsal or workable(application):
        return False
    sent = application.snapshots[-1].content
    for line in list(application.costs):
        db.session.delete(line)
    db.session.flush()
    db.session.expire(application, ["costs"])
    for position, cost in enumerate(sent["costs"], 1):
        db.session.add(CostLine(application=application, position=position, what=cost["what"], amount=Money(cost["pence"])))
    lots = {lot.ref: lot for lot in application.round.lots}
    application.title, application.stage = sent["title"], sent.get("stage", 1)
    priority, place = ((sent[name] or {}).get("ref") for name in ("priority", "place"))
    application.priority = db.session.scalar(select(Priority).where(Priority.ref == priority)) if priority else None
    application.purpose = next((one.key for one in purposes() if one.label == sent.get("purpose")), sent.get("purpose"))
    application.locality = queries.place(application.round, place)
    application.postcode, application.found = sent.get("postcode"), sent.get("found")
    application.lot = lots.get(sent["lot"]["ref"]) if sent.get("lot") else None
    application.state = move(MOVES, application.state, State.SUBMITTED)
    record("application.stands_again", application, by="system")
    return True


def _missed() -> Sequence[str]:
    return db.session.scalars(
        select(Application.ref)
        .join(Application.round)
        .where(
            Application.state == State.DRAFT,
            Application.rehearsal.is_(False),
            Application.given_back_at.is_(None),
            Application.sends == 0,
            Round.state.in_((RoundState.OPEN, RoundState.ASSESSING)),
            Round.closes_at <= clock.now(),
        )
        .order_by(Application.ref)
    ).all()


@command
def give_back(application: Application) -> bool:
    """Mail a draft that can no longer be sent to its group, with everything typed into it. Once; nothing of it is lost here."""
    if application.given_back_at is not None or workable(application) or application.state is not State.DRAFT:
        return False
    application.given_back_at = clock.now()
    record("application.given_back", application, by="system")
    asked = document(application.round.question_set)
    said = in_words(of_draft(application, asked, queries.about(application, asked)))
    notices.queue_all(
        "not sent in time", application.organisation, application, ref=application.ref,
        title=application.title or _("your application"), round=application.round.title,
        said=[
            *((one.label, one.answer) for _part, answers in said for one in answers if one.answer.strip()),
            *(line for page in Page for line in not_finished(unread(application, page))),
        ],
    )  # fmt: skip
    return True
