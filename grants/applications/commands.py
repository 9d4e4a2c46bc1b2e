"""Starting, saving page by page, sending and withdrawing an application, and recording that it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants.applications import policies, queries, rules
from grants.applications.frozen import content, digest
from grants.applications.models import MOVES, Answer, Application, CostLine, Snapshot, State
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
from grants.notices import commands as notices
from grants.people.models import Organisation, Person
from grants.places.models import Locality
from grants.questions.queries import document
from grants.rounds.models import Round
from grants.strategy.models import Priority

declare(
    {
        "application.started": mark("Started an application from %(group)s to %(round)s"),
        "application.saved": mark("Saved “%(part)s”"),
        "application.submitted": mark("Sent the application, asking for %(asked)s"),
        "application.withdrawn": mark("Withdrew the application"),
        "application.decided": mark("The panel's decision is confirmed"),
    }
)

GRACE = timedelta(minutes=1)  # a page that arrived in time is never late because our own queue was long


@command
def start(round: Round, *, organisation: Organisation, by: Person) -> Application:
    """Begin a group's application to a round. One live application from a group to a round."""
    require(policies.start, by, organisation)
    if found := [*rules.ineligible(round, organisation), *rules.already(queries.live(round, organisation))]:
        raise RuleBroken(*found)
    now = clock.now()
    started = Application(
        ref=next_reference("APP"),
        round=round,
        organisation=organisation,
        state=State.DRAFT,
        started_by=by,
        started_at=now,
        saved_at=now,
    )
    db.session.add(started)
    record("application.started", started, by=by, group=organisation.ref, round=round.ref)
    return started


@command
def save_place(
    application: Application, *, title: str, priority: Priority | None, locality: Locality | None, edition: int, by: Person
) -> Application:
    """Keep what the project is called, the priority it serves most and where it happens; any of them may still be empty."""
    _changing(application, by)
    if priority is not None and priority.strategy_id != application.round.strategy_id:
        raise RuleBroken(_("Choose a priority from the list."), field="priority")
    if locality is not None and locality.partnership_id != application.round.pot.stream.partnership_id:
        raise RuleBroken(_("Choose a place from the list."), field="locality")
    if len(title) > rules.KEPT:
        raise RuleBroken(_("The title is too long to keep. Use %(most)s characters or fewer.", most=rules.TITLE), field="title")
    now = (application.title or "", application.priority, application.locality)
    if now == (title, priority, locality):
        return application
    if application.place_edition > edition:
        raise Stale(_place(title, priority, locality), _place(*now))
    application.title, application.priority, application.locality = title, priority, locality
    application.place_edition = _touched(application)
    record("application.saved", application, by=by, part=rules.Page.PLACE)
    return application


def _place(title: str, priority: Priority | None, locality: Locality | None) -> list[tuple[str, str]]:
    return [
        (_("Title of your project"), title),
        (_("Priority"), (priority.title or "") if priority else ""),
        (_("Where it will happen"), locality.name if locality else ""),
    ]


@command
def save_answers(application: Application, *, answers: Mapping[str, str], edition: int, by: Person) -> Application:
    """Keep answers as typed: empty, unfinished or too long. Stale where another member has changed one since."""
    _changing(application, by)
    questions = document(application.round.question_set)
    asked = {question.key: question for question in questions.questions}
    if found := list(rules.unkeepable(questions, answers)):
        raise RuleBroken(*found)
    kept = {answer.question: answer for answer in application.answers}
    changed = {key: text for key, text in answers.items() if text != (kept[key].text if key in kept else "")}
    if not changed:
        return application
    if newer := [key for key in changed if key in kept and kept[key].edition > edition]:
        raise Stale(
            [(asked[key].short, asked[key].shown(changed[key])) for key in newer],
            [(asked[key].short, asked[key].shown(kept[key].text)) for key in newer],
        )
    now = _touched(application)
    for key, text in changed.items():
        if key in kept:
            kept[key].text, kept[key].edition = text, now
        else:
            db.session.add(Answer(application=application, question=asked[key].key, text=text, edition=now))
    record("application.saved", application, by=by, part=rules.Page.QUESTIONS, questions=sorted(changed))
    return application


@command
def save_costs(application: Application, *, lines: Sequence[tuple[str, Money]], edition: int, by: Person) -> Application:
    """Keep the whole cost table, in this order. The sum may still be too small or too large to send."""
    _changing(application, by)
    lines = [(what.strip(), amount) for what, amount in lines]
    if found := list(rules.unsound_costs(lines)):
        raise RuleBroken(*found)
    now = [(cost.what, cost.amount) for cost in application.costs]
    if now == lines:
        return application
    if application.costs_edition > edition:
        raise Stale(_costs(lines), _costs(now))
    # Lines are changed in their places: a position is unique, and an insert may come before a delete.
    for position, (what, amount) in enumerate(lines, 1):
        if position <= len(application.costs):
            application.costs[position - 1].what, application.costs[position - 1].amount = what, amount
        else:
            db.session.add(CostLine(application=application, position=position, what=what, amount=amount))
    for gone in application.costs[len(lines) :]:
        db.session.delete(gone)
    application.costs_edition = _touched(application)
    record("application.saved", application, by=by, part=rules.Page.COSTS, asked=total(amount for _what, amount in lines))
    db.session.flush()
    db.session.expire(application, ["costs"])
    return application


def _costs(lines: Sequence[tuple[str, Money]]) -> list[tuple[str, str]]:
    said = [(_("Cost %(number)s", number=n), f"{what}: {amount}") for n, (what, amount) in enumerate(lines, 1)]
    return [*said, (_("Total"), str(total(amount for _what, amount in lines)))]


@command
def submit(
    application: Application, *, declared: bool, edition: int, by: Person, arrived: datetime | None = None
) -> Application:
    """Send it: freeze everything it says with a digest, and mail a receipt to everybody who acts for the group.

    It counts from the instant it reached the server (`arrived`, at most a minute ago), not from when its turn came.
    RuleBroken lists all that is missing; Stale means another member changed it since the page was read.
    """
    require(policies.submit, by, application)
    now = clock.now()
    at = arrived if arrived is not None and now - GRACE <= arrived <= now else now
    # The round is locked too, shared among senders, so that it cannot be closed between the question and the answer.
    db.session.scalar(
        select(Round)
        .where(Round.id == application.round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    state = move(MOVES, application.state, State.SUBMITTED)
    questions = document(application.round.question_set)
    missing = [gap.sentence for gap in rules.gaps(application, questions, places=queries.has_places(application.round))]
    if not declared:
        missing.extend(question.missing for question in questions.declarations)
    if found := [*rules.ineligible(application.round, application.organisation, at), *missing]:
        raise RuleBroken(*found)
    if application.edition != edition:
        raise Stale()
    said = content(application, questions, by=by, at=at)
    application.state, application.submitted_at, application.saved_at = state, at, at
    db.session.add(Snapshot(application=application, content=said, digest=digest(said), at=at))
    record("application.submitted", application, by=by, asked=application.asked, digest=digest(said))
    notices.queue_all(
        "application received",
        application.organisation,
        application,
        ref=application.ref,
        title=application.title,
        group=application.organisation.name,
        round=application.round.title,
        closes=application.round.closes_at,
    )
    return application


@command
def withdraw(application: Application, *, by: Person) -> Application:
    """Take it back, at any time before it is decided. What was sent stays readable."""
    require(policies.withdraw, by, application)
    application.state = move(MOVES, application.state, State.WITHDRAWN)
    record("application.withdrawn", application, by=by)
    return application


@command
def conclude(application: Application, *, by: Person) -> Application:
    """The panel has decided. Called when its decisions are confirmed."""
    require(policies.conclude, by, application)
    application.state = move(MOVES, application.state, State.DECIDED)
    record("application.decided", application, by=by)
    return application


def _changing(application: Application, by: Person) -> None:
    require(policies.change, by, application)
    if found := list(rules.closed_to_changes(application)):
        raise RuleBroken(*found)


def _touched(application: Application) -> int:
    """Mark the application as saved now, and say which edition this makes it."""
    application.saved_at = clock.now()
    flag_modified(application, "saved_at")  # even in the same instant as before, the edition must go up
    return application.edition + 1
