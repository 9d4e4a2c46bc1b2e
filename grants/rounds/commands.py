"""Planning a round, opening it with its money held, closing it, and recording that it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

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
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.people.models import Person
from grants.questions import commands as questions
from grants.questions import queries as asked
from grants.questions.document import standard
from grants.questions.models import QuestionSet
from grants.rounds import policies, queries, rules
from grants.rounds.models import MOVES, Criterion, Round, State
from grants.rounds.rules import STANDARD, Weighed
from grants.strategy.models import Strategy
from grants.streams import promises
from grants.streams.draws import draw
from grants.streams.models import Line, Pot

declare(
    {
        "round.planned": mark("Planned the round “%(title)s” from %(pot)s, for asks of %(smallest)s to %(largest)s"),
        "round.opened": mark("Opened the round, holding %(held)s from %(pot)s"),
        "round.gave_back": mark("No longer holding %(amount)s, which is free in %(pot)s again"),
        "round.closed": mark("Closed the round to applications; %(drafts)s drafts were not sent"),
        "round.decided": mark("The panel's decisions are confirmed"),
    }
)


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
    by: Person,
) -> Round:
    """Plan a call for applications. No money moves; nobody outside sees it until it is opened.

    `line`: the part of the pot its money comes from, where it is not the whole of it.
    Without a question set it asks the standard questions, which are added where nobody has yet.
    """
    require(policies.plan, by, pot)
    if found := list(
        rules.unsound(
            title=title,
            purpose=purpose,
            smallest=smallest,
            largest=largest,
            opens_at=opens_at,
            closes_at=closes_at,
            project_starts_on=project_starts_on,
            project_ends_on=project_ends_on,
            criteria=criteria,
            assessors=assessors,
        )
    ):
        raise RuleBroken(*found)
    assert line is None or line.pot_id == pot.id, "a line of another pot"
    if not queries.priorities(strategy):
        raise RuleBroken(
            _("“%(plan)s” has no priorities to choose from. Choose another plan.", plan=strategy.name), field="strategy"
        )
    planned = Round(
        ref=next_reference("RND"),
        pot=pot,
        line=line,
        strategy=strategy,
        question_set=question_set or _standard(by),
        title=title.strip(),
        purpose=purpose.strip(),
        smallest=smallest,
        largest=largest,
        opens_at=opens_at,
        closes_at=closes_at,
        project_starts_on=project_starts_on,
        project_ends_on=project_ends_on,
        assessors=assessors,
        state=State.PLANNED,
        criteria=[
            Criterion(position=n, name=one.name, guidance=one.guidance, weight=one.weight, most=one.most)
            for n, one in enumerate(criteria, 1)
        ],
    )
    db.session.add(planned)
    record("round.planned", planned, by=by, title=planned.title, pot=pot.ref, smallest=smallest, largest=largest)
    return planned


def _standard(by: Person) -> QuestionSet:
    document = standard()
    found = [one for one in asked.latest() if one.title == document["title"]]
    return found[0] if found else questions.add_set(title=document["title"], document=document, by=by)


@command
def open_round(round: Round, *, hold: Money, by: Person) -> Round:
    """Hold the money for it and let applications in from its opening instant; its questions are fixed from here.

    RuleBroken says how much is free where the pot has less.
    """
    require(policies.open_round, by, round)
    state = move(MOVES, round.state, State.OPEN)
    if found := list(rules.unready(round, hold, queries.holdable(round), barred=promises.barred(round.pot))):
        raise RuleBroken(*found)
    round.state = state
    questions.freeze(round.question_set, by=by)
    book = round.pot.ref
    source, pots = (round.line.ref, [book]) if round.line else ("", promises.together(round.pot))
    ledger.enter(
        draw("reserve", source, Bucket.FREE, (round.ref, Bucket.RESERVED), hold, pot=book, pots=pots),
        key=f"open {round.ref}",
        on=clock.today(),
        by=by.ref,
        source=round.ref,
    )
    record("round.opened", round, by=by, held=hold, pot=book)
    return round


@command
def give_back(round: Round, *, amount: Money, promised: Money, by: Person) -> Round:
    """Stop holding money that a decided round has no more use for: free again in the line or the pots it came from.

    `promised`: what its decisions have promised and nobody has offered yet, which the caller knows; that much stays held.
    """
    require(policies.open_round, by, round)
    if found := list(rules.not_given_back(round, amount, queries.held(round), promised)):
        raise RuleBroken(*found)
    back = (round.line.ref if round.line else "", Bucket.FREE)
    ledger.enter(
        draw("unreserve", round.ref, Bucket.RESERVED, back, amount, pot=round.pot.ref),
        key=f"give back {round.ref} {next_reference('GVB')}",
        on=clock.today(),
        by=by.ref,
        source=round.ref,
    )
    record("round.gave_back", round, by=by, amount=amount, pot=round.pot.ref)
    return round


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
