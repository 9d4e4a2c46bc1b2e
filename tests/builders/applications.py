"""Question sets, rounds and applications for tests, made through commands: `a_submitted("1200", round=a_round(hold="5000"))`.

`a_round()` is open now and closes in a fortnight; `officer_of(round)` is a grants officer who may work with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from grants.applications import commands
from grants.applications.models import Application
from grants.applications.rules import helps
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty, Organisation, Partnership, Person
from grants.places.models import Locality
from grants.questions import commands as questions
from grants.questions.document import standard
from grants.questions.models import QuestionSet
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.terms import Helps
from grants.strategy import commands as strategies
from grants.strategy.models import Priority, Strategy
from grants.streams import commands as streams
from grants.streams.models import Pot
from grants.work.models import Task
from tests.builders import kept
from tests.builders.people import a_partnership, a_person, an_organisation

FORTNIGHT = timedelta(days=14)
GOOD_ANSWERS: Mapping[str, str] = {
    "activity": "We will run a free football session at the park every Friday from 6pm to 8pm.",
    "people": "About 40 young people aged 11 to 16.",
    "kind": "young-people",
    "need": "Young people told us there is nothing to do on Friday nights.",
    "fit": "Young people who are busy and known to us cause less trouble.",
    "safe": "Two checked coaches at every session, first aid and insurance.",
    "worked": "We will count who comes and ask them and the neighbours.",
}

_numbers = count(1)


def _money(amount: str | Money) -> Money:
    return amount if isinstance(amount, Money) else Money.pounds(amount)


def a_question_set(
    document: Mapping[str, Any] | None = None, *, title: str = "Standard questions", by: Person | None = None
) -> QuestionSet:
    """The standard eight questions, unless a `document` says otherwise."""
    return questions.add_set(title=title, document=document or standard(), by=by or a_person(Duty.GRANTS_OFFICER))


def a_funded_pot(
    allocation: str | Money | None = "50000", *, partnership: Partnership | None = None, voluntary_only: bool = True
) -> Pot:
    """A stream's pot of this financial year with its allocation posted."""
    number = next(_numbers)
    partnership = partnership or a_partnership()
    finance = a_person(Duty.FINANCE_OFFICER, partnership=partnership)
    stream = streams.open_stream(
        ref=f"community_fund_{number}", code=f"CF{number}", partnership=partnership, name=f"Community fund {number}",
        voluntary_only=voluntary_only, by=finance,
    )  # fmt: skip
    year = clock.financial_year(clock.today())
    return streams.open_pot(stream, year=year, allocation=None if allocation is None else _money(allocation), by=finance)


def a_plan(*titles: str, partnership: Partnership | None = None) -> Strategy:
    """A strategy with priorities to choose from."""
    officer = a_person(Duty.GRANTS_OFFICER, partnership=partnership)
    plan = strategies.add_strategy(name="Safer together", partnership=partnership, by=officer)
    for title in titles or ("Safer streets", "Young people"):
        strategies.add_priority(plan, title=title, by=officer)
    return plan


def a_place(name: str = "Brinnington", *, partnership: Partnership, parent: Locality | None = None) -> Locality:
    """A locality of the partnership."""
    return kept(Locality(ref=f"place-{next(_numbers)}", partnership=partnership, name=name, kind="area", parent=parent))


def officer_of(round: Round) -> Person:
    """A grants officer of the round's partnership."""
    return a_person(Duty.GRANTS_OFFICER, partnership=round.pot.stream.partnership)


def a_planned_round(
    *,
    pot: Pot | None = None,
    allocation: str | Money = "50000",
    voluntary_only: bool = True,
    by: Person | None = None,
    **facts: Any,
) -> Round:
    """A round for asks of £500 to £10,000, planned to open yesterday and close in a fortnight."""
    pot = pot or a_funded_pot(allocation, voluntary_only=voluntary_only)
    partnership = pot.stream.partnership
    now = clock.now()
    ends = clock.civil(now + FORTNIGHT).date()
    given: dict[str, Any] = {
        "title": f"Round {next(_numbers)}",
        "purpose": "For small projects that make our streets safer.",
        "smallest": "500",
        "largest": "10000",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + FORTNIGHT,
        "project_starts_on": ends + timedelta(days=60),
        "project_ends_on": ends + timedelta(days=360),
    } | facts
    given["smallest"], given["largest"] = _money(given["smallest"]), _money(given["largest"])
    return rounds.plan(
        pot=pot,
        strategy=given.pop("strategy", None) or a_plan(partnership=partnership),
        question_set=given.pop("question_set", None) or a_question_set(),
        by=by or a_person(Duty.GRANTS_OFFICER, partnership=partnership),
        **given,
    )


def a_round(*, hold: str | Money = "20000", by: Person | None = None, **facts: Any) -> Round:
    """A round that is open and holds its money."""
    round = a_planned_round(by=by, **facts)
    return rounds.open_round(round, hold=_money(hold), by=by or officer_of(round))


def a_closed_round(*, hold: str | Money = "20000", **facts: Any) -> Round:
    """A round past its closing time, closed, with nothing sent to it."""
    round = a_round(hold=hold, **facts)
    return closed(round)


def closed(round: Round, *, by: Person | None = None) -> Round:
    """The round, closed at its closing instant."""
    by = by or officer_of(round)
    with clock.stopped(round.closes_at):
        return rounds.close_round(round, by=by)


def applicant_of(application: Application) -> Person:
    """Whoever started it."""
    return application.started_by


def priorities_of(round: Round) -> Sequence[Priority]:
    """The priorities a bid to this round chooses from."""
    return db.session.scalars(select(Priority).where(Priority.strategy_id == round.strategy_id).order_by(Priority.id)).all()


def a_draft(*, round: Round | None = None, group: Organisation | None = None, by: Person | None = None) -> Application:
    """A draft with nothing in it, of a voluntary group."""
    round = round or a_round()
    group = group or an_organisation()
    return commands.start(round, organisation=group, by=by or a_person(Duty.APPLICANT, organisation=group))


def a_complete_draft(
    *amounts: str | Money,
    round: Round | None = None,
    group: Organisation | None = None,
    by: Person | None = None,
    title: str = "Friday football",
    priority: Priority | None = None,
    place: Locality | None = None,
    answers: Mapping[str, str] | None = None,
) -> Application:
    """A draft that can be sent as it stands, asking for these amounts (£1,200.00)."""
    draft = a_draft(round=round, group=group, by=by)
    by = draft.started_by
    partnership = draft.round.pot.stream.partnership_id
    place = place or db.session.scalar(
        select(Locality).where(Locality.partnership_id == partnership).order_by(Locality.id).limit(1)
    )
    commands.save_place(
        draft,
        title=title,
        priority=priority or priorities_of(draft.round)[0],
        purpose="young-people" if helps(draft) is Helps.PURPOSE else None,
        locality=place,
        edition=draft.edition,
        by=by,
    )
    commands.save_answers(draft, answers=dict(GOOD_ANSWERS) | dict(answers or {}), edition=draft.edition, by=by)
    lines = [(f"Cost {n}", _money(amount)) for n, amount in enumerate(amounts or ("1200",), 1)]
    return commands.save_costs(draft, lines=lines, edition=draft.edition, by=by)


def a_submitted(*amounts: str | Money, **facts: Any) -> Application:
    """An application that was sent, asking for these amounts (£1,200.00). Takes what `a_complete_draft` takes."""
    draft = a_complete_draft(*amounts, **facts)
    return commands.submit(draft, declared=True, edition=draft.edition, by=draft.started_by)


def sent_off(draft: Application, **facts: Any) -> Application:
    """Declared and sent, by whoever started it."""
    return commands.submit(draft, **{"declared": True, "edition": draft.edition, "by": draft.started_by} | facts)


def refused_with(attempt: Callable[[], Any]) -> list[str]:
    """What a command that is refused says, all of it."""
    with pytest.raises(RuleBroken) as refused:
        attempt()
    return list(refused.value.problems)


def mailed(template: str) -> list[dict[str, Any]]:
    """The e-mails of one kind that wait to be sent, the first first."""
    found = db.session.scalars(select(Task).order_by(Task.id))
    return [task.facts for task in found if task.facts.get("template") == template]
