"""What pages ask about applications: a group's own, and for staff those that were sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from grants.applications.models import Answer, Application, Assistance, Clarification, CostLine, ReviewRequest, Snapshot, State
from grants.applications.policies import APPLY, LOOKS_AGAIN, READ
from grants.applications.rules import About, closes_at, flags, tier, workable
from grants.files.queries import documents
from grants.kernel import clock
from grants.kernel.db import db, summed
from grants.kernel.errors import NotFound
from grants.kernel.money import Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.people.models import Duty, HostingState, Organisation, Person
from grants.people.policies import READ_OF_GROUP, holds_any
from grants.people.queries import acting_for, acts_for, covered, hosting, said_of
from grants.places.models import Locality
from grants.questions.conditions import Figure
from grants.questions.document import Document, Question
from grants.questions.models import QuestionSet
from grants.questions.outcomes import Outcome
from grants.questions.queries import document
from grants.rounds.eligibility import Finding
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.rules import in_words, left_in_words, split_kept_by
from grants.strategy.models import Priority
from grants.streams.models import Pot, Stream

LIVE = (State.DRAFT, State.SUBMITTED, State.DECIDED)
SENT = (State.SUBMITTED, State.DECIDED)


def _whole() -> Select[Application]:
    return (
        select(Application)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .options(
            contains_eager(Application.round).options(
                contains_eager(Round.pot).contains_eager(Pot.stream).joinedload(Stream.partnership),
                joinedload(Round.strategy),
                joinedload(Round.question_set),
            ),
            joinedload(Application.organisation),
            joinedload(Application.priority),
            joinedload(Application.locality),
            joinedload(Application.snapshot),
            joinedload(Application.lot),
            joinedload(Application.assistance).joinedload(Assistance.officer),
            selectinload(Application.answers),
            selectinload(Application.costs),
            selectinload(Application.reopenings),
        )
    )


def mine(by: Person, ref: str) -> Application:
    """An application of a group this person writes, signs, advises or reads for; a test, or one typed in for a group, of
    whoever looks after its round.

    Any other is NotFound. Whether they may change it is asked of `policies.change`.
    """
    own = Application.organisation_id.in_(acts_for(by, *READ_OF_GROUP)) & Application.rehearsal.is_(False)
    officers = covered(by, Stream.partnership_id, Stream.ref, duties={Duty.GRANTS_OFFICER})
    tried = (Application.rehearsal | Application.assistance.has()) & officers
    found = db.session.scalar(_whole().where(Application.ref == ref, own | tried))
    if found is None:
        raise NotFound()
    return found


def draft(ref: str) -> Application:
    """A draft, whole, for the night's work: not for pages. NotFound unless there is one."""
    found = db.session.scalar(_whole().where(Application.ref == ref, Application.state == State.DRAFT))
    if found is None:
        raise NotFound()
    return found


def changes_promised(application_id: int | None) -> list[Outcome]:
    """What a group said would be different, as it last sent it. One statement; none for a grant that nobody applied for."""
    if application_id is None:
        return []
    said = db.session.scalar(
        select(Snapshot.content).where(Snapshot.application_id == application_id).order_by(Snapshot.number.desc()).limit(1)
    )
    return [Outcome(**one) for one in (said or {}).get("outcomes", ())]


def clarification(ref: str) -> Clarification | None:
    """A question on the record, with its application. Whose it is, the page asks."""
    return db.session.scalar(
        select(Clarification)
        .options(joinedload(Clarification.application).joinedload(Application.organisation))
        .where(Clarification.ref == ref)
    )


def tracked(ref: str) -> Application | None:
    """An application that was sent, opened again or not, as far as anybody may know of it: its round and where it stands."""
    return db.session.scalar(
        _whole().where(
            Application.ref == ref,
            Application.sends > 0,
            Application.state != State.WITHDRAWN,
            Application.rehearsal.is_(False),
        )
    )


def about(application: Application, questions: Document | None = None, *, funded_in: Collection[int] = ()) -> About:
    """What is known of an application's group and partnership beside it: only what its round or its questions ask about."""
    terms, asked = application.round.terms, tier(application)
    questions = questions or document(application.round.question_set)
    held = hosting(application.ref) if terms.host_needed and application.ref else None
    account = said_of(application.organisation).own_account if terms.host_needed or _asks_account(questions) else None
    return About(
        places=has_places(application.round),
        account=account,
        host=held.state.value if held is not None and held.state in STANDING else None,
        host_name=held.host_name if held is not None and held.state in STANDING else None,
        documents=set(documents([one.document for one in application.evidence])) if asked and asked.evidence else (),
        sent_on=sent_on(application.round, application.organisation, but=application),
        funded_in=funded_in,
    )


STANDING = (HostingState.ASKED, HostingState.AGREED, HostingState.DECLINED)


def _asks_account(questions: Document) -> bool:
    """Does any condition ask whether the group has an account of its own?"""
    found = [part.when for part in questions.sections] + [question.when for question in questions.questions]
    return any(test.of == Figure.ACCOUNT for when in found if when for test in when.tests)


def signers(application: Application) -> Sequence[Person]:
    """Who may send it, where only some may: those who sign for its group, once the size of the ask says who signs.

    Nobody where the round has no such sizes, where nobody signs for the group, and for a test.
    """
    there = tier(application)
    if there is None or application.rehearsal:
        return []
    return acting_for(application.organisation, Duty.CERTIFIER)


class Earlier(NamedTuple):
    """An application that a group sent before, whose answers may be used again."""

    ref: str
    title: str
    round: str
    sent_at: datetime


def earlier(application: Application) -> Sequence[Earlier]:
    """What the group sent to the same fund before, or in answer to the same questions, the newest first. One statement."""
    round = application.round
    found = db.session.execute(
        select(Application.ref, Application.title, Round.title, Application.submitted_at)
        .join(Application.round)
        .join(Round.pot)
        .join(Round.question_set)
        .where(
            Application.organisation_id == application.organisation_id,
            Application.id != application.id,
            Application.submitted_at.is_not(None),
            Application.rehearsal.is_(False),
            (Pot.stream_id == round.pot.stream_id) | (QuestionSet.title == round.question_set.title),
        )
        .order_by(Application.submitted_at.desc(), Application.id.desc())
        .limit(5)
    )
    return [Earlier(ref, title or ref, of, at) for ref, title, of, at in found if at]


def sent_on(round: Round, organisation: Organisation, *, but: Application | None = None) -> Sequence[date]:
    """The days on which this group sent applications to the same fund and did not withdraw them, leaving one out."""
    if not round.terms.frequency:
        return []
    found = db.session.scalars(
        select(Application.submitted_at)
        .join(Application.round)
        .join(Round.pot)
        .where(
            Pot.stream_id == round.pot.stream_id,
            Application.organisation_id == organisation.id,
            Application.state != State.WITHDRAWN,
            Application.submitted_at.is_not(None),  # and sent it is, though it may have been opened again
            Application.rehearsal.is_(False),
            Application.id != (but.id if but is not None and but.id else 0),
        )
    )
    return [clock.civil(at).date() for at in found if at]


class Row(NamedTuple):
    """One line of a group's list."""

    ref: str
    title: str | None
    round: str
    round_ref: str
    group: str
    state: State
    asked: Money
    saved_at: datetime
    submitted_at: datetime | None
    closes_at: datetime
    open: bool  # a draft that can still be sent


def applications(by: Person) -> Sequence[Row]:
    """Every application of the groups this person acts for, newest first. One statement."""
    now = clock.now()
    asked = select(summed(CostLine.amount)).where(CostLine.application_id == Application.id).scalar_subquery()
    found = db.session.execute(
        select(
            Application.ref,
            Application.title,
            Application.state,
            Application.saved_at,
            Application.submitted_at,
            Application.until,
            Application.sends,
            Round.title.label("round"),
            Round.ref.label("round_ref"),
            Round.state.label("stands"),
            Round.opens_at,
            Round.closes_at,
            Organisation.name.label("group"),
            asked.label("asked"),
        )
        .join(Application.round)
        .join(Application.organisation)
        .where(Application.organisation_id.in_(acts_for(by, *READ_OF_GROUP)), Application.rehearsal.is_(False))
        .order_by(Application.started_at.desc(), Application.id.desc())
    )
    return [
        Row(
            ref=one.ref,
            title=one.title,
            round=one.round,
            round_ref=one.round_ref,
            group=one.group,
            state=one.state,
            asked=one.asked or Money(0),
            saved_at=one.saved_at,
            submitted_at=one.submitted_at,
            closes_at=one.until or one.closes_at,
            open=one.state is State.DRAFT and _still(now, one.stands, one.opens_at, one.closes_at, one.until, one.sends),
        )
        for one in found
    ]


def _still(now: datetime, round: RoundState, opens: datetime, closes: datetime, until: datetime | None, sends: int) -> bool:
    """May a draft still be sent? As `rules.workable` says, from the columns of a list."""
    if until is not None and (sends or (round in (RoundState.OPEN, RoundState.ASSESSING) and opens <= now < until)):
        return now < until
    return not sends and round is RoundState.OPEN and opens <= now < closes


def live(round: Round, organisation: Organisation) -> Application | None:
    """The application this group already has in this round, unless it was withdrawn."""
    return db.session.scalar(
        select(Application)
        .options(joinedload(Application.organisation))
        .where(Application.round_id == round.id, Application.organisation_id == organisation.id, Application.state.in_(LIVE))
        .where(Application.rehearsal.is_(False))
        .order_by(Application.id)
        .limit(1)
    )


def live_of(by: Person, round: Round) -> dict[str, str]:
    """For the groups this person acts for: organisation reference -> the application it already has in this round."""
    found = db.session.execute(
        select(Organisation.ref, Application.ref)
        .join(Application.organisation)
        .where(
            Application.round_id == round.id,
            Application.organisation_id.in_(acts_for(by, *APPLY)),
            Application.state.in_(LIVE),
            Application.rehearsal.is_(False),
        )
    )
    return {group: ref for group, ref in found}  # noqa: C416 -- rows, which mypy does not take for pairs


class Place(NamedTuple):
    """A place to choose, and how far down the tree it stands."""

    ref: str
    name: str
    depth: int


def places(round: Round) -> list[Place]:
    """The places of the round's partnership, as a tree written in order."""
    found = db.session.execute(
        select(Locality.id, Locality.parent_id, Locality.ref, Locality.name)
        .where(Locality.partnership_id == round.pot.stream.partnership_id)
        .order_by(Locality.name, Locality.id)
    ).all()
    known = {one.id for one in found}
    children: dict[int | None, list[Any]] = {}
    for one in found:
        children.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    chosen: list[Place] = []

    def down(parent: int | None, depth: int) -> None:
        for one in children.get(parent, ()):
            chosen.append(Place(one.ref, one.name, depth))
            down(one.id, depth + 1)

    down(None, 0)
    return chosen


def place(round: Round, ref: str | None) -> Locality | None:
    """The place of the round's partnership with this reference, if there is one."""
    if not ref:
        return None
    return db.session.scalar(
        select(Locality).where(Locality.ref == ref, Locality.partnership_id == round.pot.stream.partnership_id)
    )


def has_places(round: Round) -> bool:
    """Whether the partnership has any places to choose from."""
    return bool(
        db.session.scalar(
            select(select(Locality.id).where(Locality.partnership_id == round.pot.stream.partnership_id).exists())
        )
    )


class Bid(NamedTuple):
    """One application that was sent, as officers and panels list it."""

    id: int
    ref: str
    title: str
    group: str
    group_ref: str
    asked: Money
    priority: str | None
    place: str | None
    state: State
    submitted_at: datetime
    issue: str | None  # what it deals with, as it answered the bank's question: apart from the priority it chose


def issue_asked(round: Round) -> Question | None:
    """The bank's question about the main issue, where the round asks it."""
    return next((one for one in document(round.question_set).questions if one.bank == "issue"), None)


def submitted(round: Round) -> Sequence[Bid]:
    """What was sent to a round and not withdrawn, in the order it came. One statement whatever the number."""
    asked = select(summed(CostLine.amount)).where(CostLine.application_id == Application.id).scalar_subquery()
    question = issue_asked(round)
    found: Sequence[Any] = db.session.execute(
        select(
            Application.id,
            Application.ref,
            Application.title,
            Organisation.name,
            Organisation.ref,
            asked,
            Priority.title,
            Locality.name,
            Application.state,
            Application.submitted_at,
            Answer.text,
        )
        .join(Application.organisation)
        .outerjoin(Application.priority)
        .outerjoin(Application.locality)
        .outerjoin(
            Answer,
            and_(
                Answer.application_id == Application.id,
                Answer.question == (question.key if question else None),
                Answer.repetition == 0,
            ),
        )
        .where(Application.round_id == round.id, Application.state.in_(SENT), Application.rehearsal.is_(False))
        .order_by(Application.submitted_at, Application.ref)
    ).all()
    return [Bid._make((*line, question.shown(answer) if question and answer else None)) for *line, answer in found]


class Counts(NamedTuple):
    """How many applications a round has, by where they stand, and what the sent ones ask for."""

    drafts: int
    sent: int
    withdrawn: int
    asked: Money


def counts(round: Round) -> Counts:
    """For the round's page. One statement."""
    asked = select(summed(CostLine.amount)).where(CostLine.application_id == Application.id).scalar_subquery()
    found = db.session.execute(
        select(Application.state, func.count(), func.sum(asked))
        .where(Application.round_id == round.id, Application.rehearsal.is_(False))
        .group_by(Application.state)
    ).all()
    number = {state: (count, int(pence.pence if isinstance(pence, Money) else pence or 0)) for state, count, pence in found}
    return Counts(
        drafts=number.get(State.DRAFT, (0, 0))[0],
        sent=sum(number.get(state, (0, 0))[0] for state in SENT),
        withdrawn=number.get(State.WITHDRAWN, (0, 0))[0],
        asked=Money(sum(number.get(state, (0, 0))[1] for state in SENT)),
    )


class Flagged(NamedTuple):
    """An application that was sent and breaks rules that are *normal*, and which of them an officer made an exception to."""

    ref: str
    title: str
    group: str
    broken: Sequence[Finding]
    excepted: frozenset[str]

    @property
    def waiting(self) -> bool:
        """Is there a rule that it breaks without an exception?"""
        return any(one.rule not in self.excepted for one in self.broken)


def flagged(round: Round, funded: Mapping[int, Collection[int]] | None = None) -> list[Flagged]:
    """The applications to a round that break a *normal* rule, in the order they came. `funded`: by the organisation's id, the
    financial years in which the same fund gave it something. Constant statements."""
    sent = db.session.scalars(
        select(Application)
        .options(
            joinedload(Application.organisation),
            joinedload(Application.locality),
            selectinload(Application.costs),
            selectinload(Application.exceptions),
        )
        .where(Application.round_id == round.id, Application.state.in_(SENT), Application.rehearsal.is_(False))
        .order_by(Application.submitted_at, Application.ref)
    ).all()
    days: dict[int, list[tuple[int, date]]] = {}
    if round.terms.frequency:
        for group, other, at in db.session.execute(
            select(Application.organisation_id, Application.id, Application.submitted_at)
            .join(Application.round)
            .join(Round.pot)
            .where(
                Pot.stream_id == round.pot.stream_id,
                Application.organisation_id.in_({one.organisation_id for one in sent}),
                Application.state != State.WITHDRAWN,
                Application.submitted_at.is_not(None),
                Application.rehearsal.is_(False),
            )
        ):
            if at:
                days.setdefault(group, []).append((other, clock.civil(at).date()))
    found = []
    for one in sent:
        about = About(
            sent_on=[day for other, day in days.get(one.organisation_id, ()) if other != one.id],
            funded_in=(funded or {}).get(one.organisation_id, ()),
        )
        if broken := flags(one, about):
            excepted = frozenset(made.rule for made in one.exceptions)
            found.append(Flagged(one.ref, one.title or one.ref, one.organisation.name, broken, excepted))
    return found


def by_lot(round: Round) -> dict[int, int]:
    """How many applications that were sent fell into each part of a round, by the part's id. One statement."""
    found = db.session.execute(
        select(Application.lot_id, func.count())
        .where(Application.round_id == round.id, Application.state.in_(SENT), Application.rehearsal.is_(False))
        .where(Application.lot_id.is_not(None))
        .group_by(Application.lot_id)
    )
    return {lot: count for lot, count in found if lot is not None}


@split_kept_by
def tried_out_in_parts(round: Round) -> Iterator[str]:
    """A part that a test application sits in cannot be changed. One statement."""
    tried = select(Application.id).where(Application.round_id == round.id, Application.lot_id.is_not(None))
    if db.session.scalar(tried.limit(1)) is not None:
        yield _("Take the test applications away first.")


def unplaced(round: Round) -> Sequence[Bid]:
    """What was sent to a round in parts and fell into none of them. One statement."""
    there = set(
        db.session.scalars(
            select(Application.ref).where(
                Application.round_id == round.id,
                Application.state.in_(SENT),
                Application.rehearsal.is_(False),
                Application.lot_id.is_(None),
            )
        )
    )
    return [one for one in submitted(round) if one.ref in there] if there else []


def drafting(round: Round) -> list[tuple[str, str]]:
    """The groups with a draft to a round, as (reference, name)."""
    found = db.session.execute(
        select(Organisation.ref, Organisation.name)
        .join(Application, Application.organisation_id == Organisation.id)
        .where(Application.round_id == round.id, Application.state == State.DRAFT, Application.rehearsal.is_(False))
        .order_by(Organisation.name)
        .distinct()
    )
    return [(ref, name) for ref, name in found]


def tests(round: Round) -> Sequence[Application]:
    """The test applications of a round, the newest first."""
    return db.session.scalars(
        select(Application)
        .options(joinedload(Application.organisation))
        .where(Application.round_id == round.id, Application.rehearsal)
        .order_by(Application.id.desc())
    ).all()


def bid(by: Person, ref: str) -> Application:
    """An application that was sent, with its snapshot, for the officer, the panel and the auditor of its partnership.

    Anybody else's, and a draft, is NotFound. Assessors come through `assessment.queries`, which asks what they declared.
    """
    readers = covered(by, Stream.partnership_id, Stream.ref, duties=READ)
    found = db.session.scalar(_whole().where(readers, Application.ref == ref, Application.submitted_at.is_not(None)))
    if found is None or found.snapshot is None:
        raise NotFound()
    return found


def waiting(by: Person) -> list[Waiting]:
    """Drafts of this person's groups that can still be sent, with the days left, and questions they have not answered; and for
    those who answer them, requests to look at a decision again."""
    mine = acts_for(by, *APPLY)
    reviews = _to_look_at(by) if holds_any(by, LOOKS_AGAIN) else []
    return [*reviews, *_to_send(mine), *_to_answer(mine)] if mine else reviews


def _to_look_at(by: Person) -> list[Waiting]:
    found = db.session.execute(
        select(ReviewRequest.ref, ReviewRequest.asked_at, ReviewRequest.due_on, Application.ref, Application.title)
        .join(ReviewRequest.application)
        .join(Application.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(ReviewRequest.answered_at.is_(None), covered(by, Stream.partnership_id, Stream.ref, duties=LOOKS_AGAIN))
        .order_by(ReviewRequest.id)
    )
    return [
        Waiting(
            since=at,
            what=_("Look again at the decision on “%(title)s”, by %(day)s", title=title or bid, day=_day(due)),
            ref=ref,
            page="bid_deeds.second_look",
            args={"ref": bid},
        )
        for ref, at, due, bid, title in found
    ]


def _to_answer(mine: Collection[int]) -> list[Waiting]:
    found = db.session.execute(
        select(Clarification.ref, Clarification.asked_at, Clarification.due_on, Application.ref, Application.title)
        .join(Clarification.application)
        .where(
            Clarification.answered_at.is_(None),
            Application.organisation_id.in_(mine),
            Application.state.in_((State.SUBMITTED, State.DRAFT)),
        )
        .order_by(Clarification.id)
    )
    return [
        Waiting(
            since=at,
            what=_("Answer our question about “%(title)s”, by %(day)s", title=title or bid, day=_day(due)),
            ref=ref,
            page="after.answer",
            args={"ref": bid, "question": ref},
        )
        for ref, at, due, bid, title in found
    ]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _to_send(mine: Collection[int]) -> list[Waiting]:
    found = db.session.scalars(
        select(Application)
        .join(Application.round)
        .options(contains_eager(Application.round))
        .where(Application.organisation_id.in_(mine), Application.state == State.DRAFT, Application.rehearsal.is_(False))
        .where((Round.state == RoundState.OPEN) | Application.until.is_not(None))
        .order_by(Application.started_at, Application.id)
    )
    return [
        Waiting(
            since=one.started_at,
            what=_(
                "Finish and send “%(title)s”: %(round)s %(closes)s, on %(when)s",
                title=one.title or _("your application"),
                round=one.round.title,
                closes=left_in_words(one.round, closes_at(one)),
                when=in_words(closes_at(one)),
            ),
            ref=one.ref,
            page="applications.show",
            args={"ref": one.ref},
        )
        for one in found
        if workable(one)
    ]
