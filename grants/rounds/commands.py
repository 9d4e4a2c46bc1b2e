"""Planning a round, opening it with its money held, closing it, and recording that it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.lifecycle import move
from grants.kernel.money import Money, total
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import At, Bucket
from grants.ledger.commands import Move
from grants.people.models import Organisation, Person
from grants.questions import commands as questions
from grants.questions import queries as asked
from grants.questions.document import standard
from grants.questions.models import QuestionSet
from grants.rounds import policies, queries, rules
from grants.rounds.models import MOVES, Criterion, LatePermit, Lot, Round, State
from grants.rounds.rules import STANDARD, Split, Weighed
from grants.rounds.terms import Terms
from grants.strategy.models import Strategy
from grants.streams import promises
from grants.streams.draws import draw
from grants.streams.models import Line, Pot

declare(
    {
        "round.planned": mark("Planned the round “%(title)s” from %(pot)s, for asks of %(smallest)s to %(largest)s"),
        "round.changed": mark("Changed the round before it opened: %(what)s"),
        "round.announced": mark("Announced the round as coming"),
        "round.unannounced": mark("No longer announced"),
        "round.copied": mark("Copied from %(round)s"),
        "round.rehearsed": mark("Tried the round out with a test application, which was taken away again"),
        "round.late_permit": mark("%(group)s may send its application until %(until)s: %(reason)s"),
        "round.opened": mark("Opened the round, holding %(held)s from %(pot)s"),
        "round.gave_back": mark("No longer holding %(amount)s, which is free in %(pot)s again"),
        "round.closed": mark("Closed the round to applications; %(drafts)s drafts were not sent"),
        "round.decided": mark("The panel's decisions are confirmed"),
    }
)


OWN = ("title", "purpose", "smallest", "largest", "opens_at", "closes_at", "project_starts_on", "project_ends_on",
       "assessors")  # fmt: skip


@command
def plan(
    *,
    pot: Pot,
    strategy: Strategy,
    question_set: QuestionSet | None = None,
    title: str,
    purpose: str,
    smallest: Money,
    largest: Money,
    opens_at: datetime,
    closes_at: datetime,
    project_starts_on: date,
    project_ends_on: date,
    line: Line | None = None,
    criteria: Sequence[Weighed] = STANDARD,
    assessors: int = 2,
    terms: Terms | None = None,
    lots: Sequence[Split] = (),
    by: Person,
) -> Round:
    """Plan a call for applications. No money moves; nobody outside sees it until it is opened or announced.

    `line`: the part of the pot its money comes from, where it is not the whole of it. `terms`: everything beyond its dates and
    amounts; what they leave out is filled in as `usual` says. `lots`: its parts with money of their own.
    Without a question set it asks the standard questions, which are added where nobody has yet.
    """
    require(policies.plan, by, pot)
    terms = usual(terms or Terms(), pot, closes_at)
    facts: dict[str, Any] = {
        "title": title.strip(),
        "purpose": purpose.strip(),
        "smallest": smallest,
        "largest": largest,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "project_starts_on": project_starts_on,
        "project_ends_on": project_ends_on,
        "assessors": assessors,
    }
    if found := list(rules.unsound(**facts, criteria=criteria, terms=terms, lots=lots)):
        raise RuleBroken(*found)
    _serves(strategy)
    assert line is None or line.pot_id == pot.id, "a line of another pot"
    planned = Round(
        ref=next_reference("RND"),
        pot=pot,
        line=line,
        strategy=strategy,
        question_set=question_set or _standard(by),
        state=State.PLANNED,
        rules=terms.model_dump(mode="json"),
        criteria=_criteria(criteria),
        **facts,
    )
    db.session.add(planned)
    _split(planned, lots)
    record("round.planned", planned, by=by, title=planned.title, pot=pot.ref, smallest=smallest, largest=largest)
    return planned


def usual(terms: Terms, pot: Pot, closes_at: datetime) -> Terms:
    """The terms with what every round has, where they leave it out: a privacy notice, who decides, when applicants will hear.

    The notice says what UK GDPR Article 13 asks of it: who holds the details, why, on what basis, with whom and how long.
    """
    body = pot.stream.partnership.accountable_body
    owner = body.name if body else pot.stream.partnership.name
    given: dict[str, Any] = {}
    if terms.privacy is None:
        given["privacy"] = _(
            "%(owner)s uses what you tell us to decide on your application, to pay and check grants, and to show what public "
            "money did. We do this as a public task. We share it with the people who assess and decide, and with bodies that "
            "prevent fraud. If you get a grant we publish your group’s name, the amount and what it is for, never your "
            "personal details. We keep applications for the current year and 3 more, and records of payments for 6 more. "
            "You can ask to see or correct what we hold about you.",
            owner=owner,
        )
    if terms.decided_by is None:
        given["decided_by"] = _("A panel of the %(partnership)s", partnership=pot.stream.partnership.name)
    if terms.answer_by is None:
        given["answer_by"] = (clock.civil(closes_at).date() + timedelta(weeks=8)).isoformat()
    return terms.model_copy(update=given)


def _serves(strategy: Strategy) -> None:
    if not queries.priorities(strategy):
        raise RuleBroken(
            _("“%(plan)s” has no priorities to choose from. Choose another plan.", plan=strategy.name), field="strategy"
        )


def _criteria(criteria: Sequence[Weighed]) -> list[Criterion]:
    return [
        Criterion(
            position=n,
            name=one.name,
            guidance=one.guidance,
            weight=one.weight,
            most=one.most,
            anchors=dict(one.anchors),
            gate=one.gate,
        )
        for n, one in enumerate(criteria, 1)
    ]


def _split(round: Round, lots: Sequence[Split]) -> None:
    lines = {line.ref: line for line in round.pot.lines}
    for n, lot in enumerate(lots, 1):
        db.session.add(
            Lot(
                ref=next_reference("LOT"),
                round=round,
                position=n,
                name=lot.name,
                area=lot.area,
                line=lines[lot.line] if lot.line else None,
                amount=lot.amount,
            )
        )


@command
def change(
    round: Round,
    *,
    edition: int,
    facts: dict[str, Any] | None = None,
    terms: Terms | None = None,
    criteria: Sequence[Weighed] | None = None,
    lots: Sequence[Split] | None = None,
    question_set: QuestionSet | None = None,
    strategy: Strategy | None = None,
    by: Person,
) -> Round:
    """Change a round that is only planned; what is left out stays. `facts`: its own columns (title, dates, amounts, assessors).

    Stale where somebody changed it since the page was read.
    """
    require(policies.open_round, by, round)
    if round.state is not State.PLANNED:
        raise RuleBroken(_("This round has opened, so what it asks and allows is fixed. Copy it for the next one."))
    if round.edition != edition:
        raise Stale()
    given = {name: value.strip() if isinstance(value, str) else value for name, value in (facts or {}).items()}
    after = {name: getattr(round, name) for name in OWN} | given
    weighed = criteria if criteria is not None else weighed_of(round)
    now_terms = terms or round.terms
    split = lots if lots is not None else split_of(round)
    if found := list(rules.unsound(**after, criteria=weighed, terms=now_terms, lots=split)):
        raise RuleBroken(*found)
    what = [name for name, value in after.items() if value != getattr(round, name)]
    for name in what:
        setattr(round, name, after[name])
    if terms is not None and terms != round.terms:
        what.append("terms")
        round.rules = terms.model_dump(mode="json")
    if criteria is not None and list(criteria) != weighed_of(round):
        what.append("criteria")
        for gone in list(round.criteria):
            db.session.delete(gone)
        db.session.flush()
        db.session.expire(round, ["criteria"])
        for one in _criteria(criteria):
            db.session.add(one)
            one.round = round
    if lots is not None and list(lots) != split_of(round):
        if found := list(rules.unsplittable(round)):
            raise RuleBroken(*found)
        what.append("parts")
        for lot in list(round.lots):
            db.session.delete(lot)
        db.session.flush()
        db.session.expire(round, ["lots"])
        _split(round, lots)
    if strategy is not None and strategy is not round.strategy:
        _serves(strategy)
        what.append("plan")
        round.strategy = strategy
    if question_set is not None and question_set is not round.question_set:
        what.append("questions")
        round.question_set = question_set
    if what:
        flag_modified(round, "title")  # whatever part of it changed, its edition goes up
        record("round.changed", round, by=by, what=sorted(what))
    return round


def weighed_of(round: Round) -> list[Weighed]:
    """A round's criteria as they are planned."""
    return [Weighed(c.name, c.guidance, c.weight, c.most, dict(c.anchors), c.gate) for c in round.criteria]


def split_of(round: Round) -> list[Split]:
    """A round's lots as they are planned."""
    return [Split(lot.name, lot.area, lot.amount, lot.line.ref if lot.line else None) for lot in round.lots]


@command
def copy(round: Round, *, pot: Pot, by: Person) -> Round:
    """Plan the same round again a year on, from another pot: every date moved a year, the questions and terms as they are."""
    require(policies.plan, by, pot)
    terms = round.terms
    if terms.answer_by:
        terms = terms.model_copy(update={"answer_by": a_year_on(date.fromisoformat(terms.answer_by)).isoformat()})
    made = plan(
        pot=pot,
        strategy=round.strategy,
        question_set=round.question_set,
        title=round.title,
        purpose=round.purpose,
        smallest=round.smallest,
        largest=round.largest,
        opens_at=_moved(round.opens_at),
        closes_at=_moved(round.closes_at),
        project_starts_on=a_year_on(round.project_starts_on),
        project_ends_on=a_year_on(round.project_ends_on),
        criteria=weighed_of(round) or STANDARD,
        assessors=round.assessors,
        terms=terms,
        lots=[lot._replace(line=None) for lot in split_of(round)],
        by=by,
    )
    record("round.copied", made, by=by, round=round.ref)
    return made


def a_year_on(day: date) -> date:
    """The same day of the next year; 28 February for 29."""
    return day.replace(year=day.year + 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def _moved(at: datetime) -> datetime:
    """The same time on a London clock a year on; an hour later where the clocks skip that hour."""
    here = clock.civil(at)
    return datetime.combine(a_year_on(here.date()), here.time(), clock.LONDON).astimezone(UTC)


@command
def announce(round: Round, *, coming: bool, by: Person) -> Round:
    """Show a planned round to everybody as coming, or stop showing it."""
    require(policies.open_round, by, round)
    if round.state is not State.PLANNED:
        raise RuleBroken(_("This round has opened, so everybody sees it already."))
    if round.forecast != coming:
        round.forecast = coming
        record("round.announced" if coming else "round.unannounced", round, by=by)
    return round


@command
def rehearsed(round: Round, *, by: Person) -> Round:
    """Somebody tried it out. Called when a test application is taken away (`applications.commands.purge`)."""
    require(policies.open_round, by, round)
    round.rehearsed_at = clock.now()
    record("round.rehearsed", round, by=by)
    return round


@command
def permit_late(round: Round, *, organisation: Organisation, until: datetime, reason: str, by: Person) -> Round:
    """Let one group send until later than everybody else. The reason stays in the history."""
    require(policies.open_round, by, round)
    if found := list(rules.no_permit(round, until, reason)):
        raise RuleBroken(*found)
    db.session.add(LatePermit(round=round, organisation=organisation, until=until, reason=reason.strip(), given_by=by.ref))
    record("round.late_permit", round, by=by, group=organisation.name, until=until, reason=reason.strip())
    return round


def _standard(by: Person) -> QuestionSet:
    document = standard()
    found = [one for one in asked.latest() if one.title == document["title"]]
    return found[0] if found else questions.add_set(title=document["title"], document=document, by=by)


@command
def open_round(round: Round, *, hold: Money, by: Person) -> Round:
    """Hold the money for it and let applications in from its opening instant; its questions and terms are fixed from here.

    RuleBroken says how much is free where the pot has less, and what the list before opening still misses.
    """
    require(policies.open_round, by, round)
    state = move(MOVES, round.state, State.OPEN)
    if found := [
        *rules.unready(round, hold, queries.holdable(round), barred=promises.barred(round.pot)),
        *rules.not_ready(round, evidence_asked=queries.asks_evidence(round)),
    ]:
        raise RuleBroken(*found)
    round.state = state
    questions.freeze(round.question_set, by=by)
    ledger.enter(_holding(round, hold), key=f"open {round.ref}", on=clock.today(), by=by.ref, source=round.ref)
    record("round.opened", round, by=by, held=hold, pot=round.pot.ref)
    return round


def _holding(round: Round, hold: Money) -> list[Move]:
    """The moves that hold a round's money: in its own account, or each part's in the part's."""
    if not round.lots:
        return _take(round, round.line, round.ref, hold)
    named = [move for lot in round.lots if lot.line for move in _take(round, lot.line, lot.ref, lot.amount)]
    loose = [lot for lot in round.lots if not lot.line]
    if not loose:
        return named
    # What comes from the same place is taken once and shared out, so that each part finds what the one before it left.
    taken = _take(round, round.line, round.ref, total(lot.amount for lot in loose))
    shared: list[Move] = []
    for lot in loose:
        wanted = lot.amount.pence
        while wanted:
            first = taken[0]
            part = min(wanted, first.pence)
            shared.append(first._replace(into=At(first.into.book, lot.ref, Bucket.RESERVED), pence=part))
            taken[0] = first._replace(pence=first.pence - part)
            wanted -= part
            if not taken[0].pence:
                taken.pop(0)
    return named + shared


def _take(round: Round, line: Line | None, owner: str, amount: Money) -> list[Move]:
    book = round.pot.ref
    source, pots = (line.ref, [book]) if line else ("", promises.together(round.pot))
    return draw("reserve", source, Bucket.FREE, (owner, Bucket.RESERVED), amount, pot=book, pots=pots)


@command
def give_back(round: Round, *, amount: Money, promised: Mapping[str, Money], by: Person) -> Round:
    """Stop holding money that a decided round has no more use for: free again in the line or the pots it came from.

    `promised`: what its decisions have promised and nobody has offered yet, by who holds it (the round or a part of it), which
    the caller knows; that much stays held there. A round in parts gives back part by part, in their order.
    """
    require(policies.open_round, by, round)
    if found := list(rules.not_given_back(round, amount, queries.held(round), total(promised.values()))):
        raise RuleBroken(*found)
    ledger.enter(
        _giving(round, amount, promised),
        key=f"give back {round.ref} {next_reference('GVB')}",
        on=clock.today(),
        by=by.ref,
        source=round.ref,
    )
    record("round.gave_back", round, by=by, amount=amount, pot=round.pot.ref)
    return round


def _giving(round: Round, amount: Money, promised: Mapping[str, Money]) -> list[Move]:
    left, moves = amount, []
    for owner, line in [(lot.ref, lot.line or round.line) for lot in round.lots] or [(round.ref, round.line)]:
        part = min(left, max(queries.held_by(owner) - promised.get(owner, Money(0)), Money(0))) if round.lots else left
        if part:
            back = (line.ref if line else "", Bucket.FREE)
            moves += draw("unreserve", owner, Bucket.RESERVED, back, part, pot=round.pot.ref)
            left -= part
    return moves


@command
def close_round(round: Round, *, drafts: int = 0, by: Person) -> Round:
    """Stop taking applications once the closing time has passed, so that scoring can begin.

    `drafts`: how many were begun and not sent, which the page that closes it finds out and the history keeps.
    """
    require(policies.close_round, by, round)
    state = move(MOVES, round.state, State.ASSESSING)
    if found := list(rules.unclosable(round)):
        raise RuleBroken(*found)
    round.state = state
    record("round.closed", round, by=by, drafts=drafts)
    return round


@command
def conclude(round: Round, *, by: Person) -> Round:
    """Every application is decided. Called when the panel's decisions are confirmed."""
    require(policies.conclude, by, round)
    round.state = move(MOVES, round.state, State.DECIDED)
    record("round.decided", round, by=by)
    return round
