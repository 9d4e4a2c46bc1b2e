"""What is to be scored, by whom; and the ranking, once scoring is complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from grants.applications.documents import names_document
from grants.applications.models import Application, CostLine
from grants.applications.models import State as ApplicationState
from grants.assessment import rules
from grants.assessment.models import Assessment, Interest
from grants.assessment.policies import READERS
from grants.assessment.rules import Given, Weighed, acts_for
from grants.files.models import Document
from grants.files.policies import read_also
from grants.kernel.db import db, summed
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.people.models import Duty, Organisation, Person
from grants.people.queries import covered, holders
from grants.rounds.models import Criterion, Round
from grants.rounds.models import State as RoundState
from grants.streams.models import Pot, Stream

STANDING = (ApplicationState.SUBMITTED, ApplicationState.DECIDED)


class Stage(StrEnum):
    """How far one assessor is with one bid."""

    TO_DECLARE = "interest not declared"
    CONFLICT = "conflict of interest"
    TO_SCORE = "not scored yet"
    STARTED = "scoring started"
    SUBMITTED = "scores submitted"


class View(NamedTuple):
    """One assessor's part in a bid. `worth` is from 0 to 100, and none until the bid's scoring is complete."""

    assessment: str
    assessor: str
    assessor_ref: str
    stage: Stage
    worth: Fraction | None


class Ranked(NamedTuple):
    """One bid of a round, in order of merit; without place and average until its scoring is complete."""

    application_id: int
    ref: str
    title: str
    group: str
    organisation_id: int
    asked: Money
    place: int | None
    tied: bool
    average: Fraction | None
    views: Sequence[View]
    submitted: int
    needed: int

    @property
    def complete(self) -> bool:
        """Enough independent scores are in."""
        return self.submitted >= self.needed


class Bid(NamedTuple):
    """A bid on the officer's board."""

    ref: str
    title: str
    group: str
    round: str
    round_title: str
    assessors: Sequence[View]
    needed: int

    @property
    def missing(self) -> int:
        """How many more assessors it takes."""
        return max(0, self.needed - sum(view.stage is not Stage.CONFLICT for view in self.assessors))


class Mine(NamedTuple):
    """One line of an assessor's list: of the bid no more than its title and group."""

    ref: str
    title: str
    group: str
    round_title: str
    stage: Stage
    saved_at: datetime | None


class Reason(NamedTuple):
    """What one assessor gave on one criterion, for the panel."""

    assessor: str
    points: int
    reason: str


class Judged(NamedTuple):
    """One criterion of a bid and what each assessor gave."""

    name: str
    weight: int
    most: int
    given: Sequence[Reason]
    gate: int | None = None  # a bid scored below this on it cannot be funded


def stage_of(assessment: Assessment) -> Stage:
    """How far this assessment is."""
    if assessment.interest is Interest.CONFLICT:
        return Stage.CONFLICT
    if assessment.interest is Interest.NOT_DECLARED:
        return Stage.TO_DECLARE
    if rules.stands(assessment):
        return Stage.SUBMITTED
    return Stage.STARTED if assessment.saved_at else Stage.TO_SCORE


def own(by: Person, ref: str) -> Assessment:
    """This person's own assessment, with its bid and criteria. NotFound for anybody else's."""
    found = db.session.scalar(
        select(Assessment)
        .where(Assessment.ref == ref, Assessment.assessor_id == by.id)
        .options(
            selectinload(Assessment.scores),
            joinedload(Assessment.application).options(
                joinedload(Application.organisation),
                joinedload(Application.snapshot),
                joinedload(Application.round).options(
                    selectinload(Round.criteria), joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership)
                ),
            ),
        )
    )
    if not found:
        raise NotFound
    return found


def given(assessment: Assessment) -> dict[int, Given]:
    """What was kept so far, by criterion."""
    return {score.criterion_id: (score.points, score.reason) for score in assessment.scores}


def mine(by: Person) -> Sequence[Mine]:
    """Every bid this person was given in rounds not yet decided, those to be scored first."""
    found = db.session.scalars(
        select(Assessment)
        .join(Assessment.application)
        .join(Application.round)
        .where(
            Assessment.assessor_id == by.id,
            Application.state == ApplicationState.SUBMITTED,
            Round.state == RoundState.ASSESSING,
        )
        .order_by(Assessment.submitted_at.is_not(None), Assessment.ref)
        .options(
            joinedload(Assessment.application).options(joinedload(Application.organisation), joinedload(Application.round))
        )
    )
    return [
        Mine(
            a.ref,
            a.application.title or "",
            a.application.organisation.name,
            a.application.round.title,
            stage_of(a),
            a.saved_at,
        )
        for a in found
    ]


def bid(by: Person, ref: str) -> Application:
    """A bid by its reference, for staff in whose scope its round is. NotFound otherwise."""
    found = db.session.scalar(
        select(Application)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(Application.ref == ref, _read(by), Application.state != ApplicationState.DRAFT)
        .options(
            joinedload(Application.organisation),
            joinedload(Application.round).joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
        )
    )
    if not found:
        raise NotFound
    return found


def board(by: Person) -> Sequence[Bid]:
    """Every bid in rounds being assessed within this officer's scope, with who has it; those lacking assessors first."""
    bids = [
        Bid(a.ref, a.title or "", a.organisation.name, a.round.ref, a.round.title, (), rules.needed(a.round, a.asked))
        for a in _in_hand(by)
    ]
    views = _views([one.ref for one in bids])
    bids = [one._replace(assessors=views[one.ref]) for one in bids]
    return sorted(bids, key=lambda one: (not one.missing, one.ref))


def assigned(application: Application) -> Sequence[View]:
    """Who has this bid and how far they are; never what they gave."""
    return _views([application.ref])[application.ref]


def candidates(application: Application) -> Sequence[Person]:
    """Those this bid could be given to: assessors in its scope, outside the group, who do not have it yet."""
    stream, has = application.round.pot.stream, {view.assessor_ref for view in assigned(application)}
    everybody = holders(Duty.ASSESSOR, partnership=stream.partnership, stream=stream.ref)
    return [person for person in everybody if not any(rules.assignable(application, person, already=has))]


def ranking(round: Round) -> Sequence[Ranked]:
    """Every bid of a round still standing, best first, then those whose scoring is not complete; ties shown as ties.

    What an assessor gave shows only where the bid's scoring is complete. Conflicts count for nothing. Four statements.
    """
    asked = select(summed(CostLine.amount)).where(CostLine.application_id == Application.id).scalar_subquery()
    bids = db.session.execute(
        select(Application.id, Application.ref, Application.title, Organisation.name, Organisation.id, asked)
        .join(Application.organisation)
        .where(Application.round_id == round.id, Application.state.in_(STANDING))
        .order_by(Application.ref)
    ).all()
    weights = select(Criterion.id, Criterion.weight, Criterion.most).where(Criterion.round_id == round.id)
    counts = {id: (weight, most) for id, weight, most in db.session.execute(weights)}
    assessments = db.session.scalars(
        select(Assessment)
        .join(Assessment.application)
        .where(Application.round_id == round.id)
        .order_by(Assessment.ref)
        .options(joinedload(Assessment.assessor), contains_eager(Assessment.application), selectinload(Assessment.scores))
    )
    by_bid: dict[int, list[Assessment]] = defaultdict(list)
    for assessment in assessments:
        by_bid[assessment.application_id].append(assessment)
    return _in_order([_ranked(bid, rules.needed(round, bid[5] or Money(0)), by_bid[bid.id], counts) for bid in bids])


def _ranked(bid: Any, needed: int, assessments: Sequence[Assessment], counts: Mapping[int, tuple[int, int]]) -> Ranked:
    id, ref, title, group, organisation, asked = bid
    worths = {a.ref: _worth(a, counts) for a in assessments if stage_of(a) is Stage.SUBMITTED}
    complete = len(worths) >= needed
    return Ranked(
        application_id=id,
        ref=ref,
        title=title or ref,
        group=group,
        organisation_id=organisation,
        asked=asked or Money(0),
        place=None,
        tied=False,
        average=rules.average(list(worths.values())) if complete else None,
        views=[
            View(a.ref, a.assessor.name, a.assessor.ref, stage_of(a), worths.get(a.ref) if complete else None)
            for a in assessments
        ],
        submitted=len(worths),
        needed=needed,
    )


def _worth(assessment: Assessment, counts: Mapping[int, tuple[int, int]]) -> Fraction:
    return rules.worth(Weighed(s.points or 0, *counts[s.criterion_id]) for s in assessment.scores)


def _in_order(rows: Sequence[Ranked]) -> Sequence[Ranked]:
    averages = [row.average for row in rows if row.average is not None]
    where = dict(zip(averages, rules.places(averages), strict=True))
    placed = [
        row._replace(place=where[row.average], tied=averages.count(row.average) > 1) for row in rows if row.average is not None
    ]
    return [*sorted(placed, key=lambda row: (row.place or 0, row.ref)), *(row for row in rows if row.average is None)]


def judged(application: Application) -> Sequence[Judged]:
    """Each criterion of a bid with every assessor's score and reason; nothing until its scoring is complete."""
    found = db.session.scalars(
        select(Assessment)
        .join(Assessment.application)
        .where(*_counting(application))
        .order_by(Assessment.ref)
        .options(joinedload(Assessment.assessor), selectinload(Assessment.scores))
    ).all()
    if not found or len(found) < rules.needed(application.round, application.asked):
        return []
    return [
        Judged(
            c.name,
            c.weight,
            c.most,
            [Reason(a.assessor.name, s.points or 0, s.reason) for a in found for s in a.scores if s.criterion_id == c.id],
            c.gate,
        )
        for c in application.round.criteria
    ]


def summaries(application: Application) -> Sequence[tuple[str, str]]:
    """Each assessor's closing words on a bid whose scoring is complete."""
    found = db.session.execute(
        select(Person.name, Assessment.summary)
        .join(Assessment.assessor)
        .join(Assessment.application)
        .where(*_counting(application))
        .order_by(Assessment.ref)
    ).all()
    enough = len(found) >= rules.needed(application.round, application.asked)
    return [(name, said) for name, said in found if said] if enough else []


def complete(application: Application) -> bool:
    """Are enough independent scores in? Always, where a committee decides without scoring."""
    found = select(func.count()).select_from(Assessment).join(Assessment.application).where(*_counting(application))
    return (db.session.scalar(found) or 0) >= rules.needed(application.round, application.asked)


def _counting(application: Application) -> Sequence[ColumnElement[bool]]:
    """Scores that count: submitted, without a conflict, of what was sent last."""
    return (Assessment.application_id == application.id, Assessment.interest == Interest.NONE, ~_unscored())


def _unscored() -> ColumnElement[bool]:
    """Not submitted, or of what was sent before it was sent again."""
    return or_(Assessment.submitted_at.is_(None), Assessment.submitted_at < Application.submitted_at)


def assessors_of(application: Application) -> set[str]:
    """The references of those who scored a bid, for the rule that some deeds need different people."""
    return set(
        db.session.scalars(
            select(Person.ref)
            .join(Assessment, Assessment.assessor_id == Person.id)
            .where(Assessment.application_id == application.id, Assessment.submitted_at.is_not(None))
        )
    )


def scored_by(round: Round) -> Mapping[int, set[str]]:
    """The same for every bid of a round at once, by the bid's id."""
    found: dict[int, set[str]] = defaultdict(set)
    for application_id, person in db.session.execute(
        select(Assessment.application_id, Person.ref)
        .join(Assessment.assessor)
        .join(Assessment.application)
        .where(Application.round_id == round.id, Assessment.submitted_at.is_not(None))
    ):
        found[application_id].add(person)
    return found


def kept_from(by: Person, applications: Iterable[tuple[int, int]]) -> set[int]:
    """Of these bids (id and organisation's id), those this person must not see at the panel.

    Because they declared a conflict of interest, act for the group, or have yet to score it themselves.
    """
    pairs = list(applications)
    closed = set(
        db.session.scalars(
            select(Assessment.application_id)
            .join(Assessment.application)
            .where(
                Assessment.assessor_id == by.id,
                Assessment.application_id.in_([application for application, _group in pairs]),
                or_(Assessment.interest == Interest.CONFLICT, _unscored()),
            )
        )
    )
    return closed | {application for application, group in pairs if acts_for(by, group)}


def waiting(by: Person) -> list[Waiting]:
    """For an assessor the bids to declare on and score; for a grants officer the bids that lack assessors."""
    found = [
        Waiting(
            a.assigned_at,
            _("Score the bid “%(title)s”", title=a.application.title or a.application.ref),
            a.ref,
            "assessment.show",
            {"ref": a.ref},
        )
        for a in _to_score(by)
    ]
    if not any(h.duty is Duty.GRANTS_OFFICER for h in by.holdings):
        return found
    for application, have in db.session.execute(_given_out(by)):
        if have < rules.needed(application.round, application.asked):
            since, title = application.submitted_at or application.started_at, application.title or ""
            ref = application.ref
            found.append(
                Waiting(since, _("Assign assessors to “%(title)s”", title=title), ref, "assessment.assign", {"ref": ref})
            )
    return found


def _given_out(by: Person) -> Select[Application, int]:
    """Bids this officer gives out, each with how many people have it, conflicts apart."""
    have = (
        select(func.count())
        .where(Assessment.application_id == Application.id, Assessment.interest != Interest.CONFLICT)
        .scalar_subquery()
    )
    return (
        select(Application, have)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(
            covered(by, Stream.partnership_id, Stream.ref, duties=frozenset({Duty.GRANTS_OFFICER})),
            Round.state == RoundState.ASSESSING,
            Application.state == ApplicationState.SUBMITTED,
        )
        .order_by(Application.ref)
        .options(contains_eager(Application.round), selectinload(Application.costs))
    )


def _to_score(by: Person) -> Sequence[Assessment]:
    return db.session.scalars(
        select(Assessment)
        .join(Assessment.application)
        .where(
            Assessment.assessor_id == by.id,
            _unscored(),
            Assessment.interest != Interest.CONFLICT,
            Application.state == ApplicationState.SUBMITTED,
        )
        .order_by(Assessment.assigned_at, Assessment.ref)
        .options(joinedload(Assessment.application))
    ).all()


def _read(by: Person) -> ColumnElement[bool]:
    return covered(by, Stream.partnership_id, Stream.ref, duties=READERS)


def _in_hand(by: Person) -> Sequence[Application]:
    return db.session.scalars(
        select(Application)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(
            _read(by),
            Round.state == RoundState.ASSESSING,
            Application.state == ApplicationState.SUBMITTED,
        )
        .order_by(Application.ref)
        .options(
            joinedload(Application.organisation),
            selectinload(Application.costs),
            joinedload(Application.round).joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
        )
    ).all()


def _views(refs: Sequence[str]) -> Mapping[str, Sequence[View]]:
    found: dict[str, list[View]] = defaultdict(list)
    rows = db.session.execute(
        select(Application.ref, Assessment)
        .join(Assessment.application)
        .where(Application.ref.in_(refs))
        .order_by(Assessment.ref)
        .options(joinedload(Assessment.assessor), contains_eager(Assessment.application))
    )
    for ref, assessment in rows:
        found[ref].append(View(assessment.ref, assessment.assessor.name, assessment.assessor.ref, stage_of(assessment), None))
    return found


@read_also
def reads(who: Person, document: Document) -> bool:
    """An assessor reads the documents of a bid that they were given and declared no conflict in."""
    if document.organisation_id is None:
        return False
    mine = (
        select(Assessment.id)
        .join(Assessment.application)
        .where(
            Assessment.assessor_id == who.id,
            Assessment.interest == Interest.NONE,
            Application.organisation_id == document.organisation_id,
            names_document(document.ref),
        )
    )
    return db.session.scalar(mine.limit(1)) is not None
