"""Starting, saving page by page, sending and withdrawing an application, and recording that it is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants.applications import frozen, policies, queries, rules
from grants.applications.frozen import content, digest
from grants.applications.models import (
    MOVES,
    Answer,
    Application,
    Beneficiary,
    CostLine,
    Evidence,
    Milestone,
    Outcome,
    Reopening,
    RuleException,
    Snapshot,
    State,
    Vat,
)
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
from grants.notices import groups as letters
from grants.people import hosting as hosts
from grants.people.models import Hosting, Organisation, Person
from grants.people.queries import hosting
from grants.places import postcodes
from grants.places import queries as places
from grants.places.models import Locality
from grants.questions import reuse
from grants.questions.answers import read_postcode
from grants.questions.document import Block, Document
from grants.questions.queries import document
from grants.rounds import commands as rounds
from grants.rounds import queries as calls
from grants.rounds.eligibility import findings
from grants.rounds.models import Lot, Round
from grants.strategy.models import Priority

declare(
    {
        "application.started": mark("Started an application from %(group)s to %(round)s"),
        "application.saved": mark("Saved “%(part)s”"),
        "application.submitted": mark("Sent the application, asking for %(asked)s"),
        "application.sent_in_grace": mark("It arrived %(late)s after closing, within the round’s grace"),
        "application.tried_out": mark("Sent as a test; nothing of it is kept"),
        "application.purged": mark("Took away %(count)s test applications"),
        "application.exception": mark("Exception made to “%(rule)s”: %(reason)s"),
        "application.reopened": mark("Opened again until %(until)s: %(why)s"),
        "application.second_stage": mark("Asked for its second stage until %(until)s: %(why)s"),
        "application.extended": mark("May be sent until %(until)s"),
        "application.copied": mark("Copied the answers of %(before)s"),
        "application.placed": mark("Placed in %(lot)s"),
        "application.withdrawn": mark("Withdrew the application"),
        "application.decided": mark("The panel's decision is confirmed"),
    }
)

GRACE = timedelta(minutes=1)  # a page that arrived in time is never late because our own queue was long


@command
def start(
    round: Round,
    *,
    organisation: Organisation,
    sought: Money | None = None,
    against: Mapping[str, str] | None = None,
    funded_in: Collection[int] = (),
    account: bool | None = None,
    rehearsal: bool = False,
    tell: bool = False,
    by: Person,
) -> Application:
    """Begin a group's application to a round. One live application from a group to a round.

    `sought`: what the group means to ask for; `against`: what it answered to the round's own questions before starting;
    `funded_in`: the financial years in which the same fund gave it something; `account`: whether it has one of its own.
    `rehearsal`: an officer tries the round out, whether it is open or not; what comes of it is taken away again.
    `tell`: send whoever starts it the draft's address, so that they can carry on from any device.
    """
    if rehearsal:
        require(policies.rehearse, by, round)
    else:
        require(policies.start, by, organisation)
    draft = begin(
        round,
        organisation=organisation,
        sought=sought,
        against=against,
        funded_in=funded_in,
        account=account,
        rehearsal=rehearsal,
        by=by,
    )
    if tell:
        closes = draft.until or round.closes_at
        notices.queue(
            "application started", by, draft, ref=draft.ref, group=organisation.name, round=round.title, closes=closes
        )
    return draft


def begin(
    round: Round,
    *,
    organisation: Organisation,
    sought: Money | None = None,
    against: Mapping[str, str] | None = None,
    funded_in: Collection[int] = (),
    account: bool | None = None,
    rehearsal: bool = False,
    by: Person,
) -> Application:
    """The same, inside a command that has asked who may: `start`, or `assisted.assist`."""
    until = calls.permit(round, organisation)
    about = rules.About(account=account, sent_on=queries.sent_on(round, organisation), funded_in=funded_in)
    draft = Application(
        round=round,
        organisation=organisation,
        state=State.DRAFT,
        rehearsal=rehearsal,
        sought=sought,
        against=dict(against or {}),
        copied=[],
        until=until,
        answers=[],
        costs=[],
        sends=0,
    )
    broken = findings(round, rules.asker(draft, about))
    closed = rules.unrehearsable(round) if rehearsal else rules.ineligible(round, organisation, until=until)
    if found := [*closed, *rules.refused(broken), *rules.already(queries.live(round, organisation))]:
        raise RuleBroken(*found)
    now = clock.now()
    draft.ref, draft.started_by, draft.started_at, draft.saved_at = next_reference("APP"), by, now, now
    db.session.add(draft)
    record("application.started", draft, by=by, group=organisation.ref, round=round.ref)
    return draft


@command
def copy_earlier(application: Application, *, before: Application, by: Person) -> Application:
    """Begin a draft with what the group said in an application it sent earlier: title, purpose, outcomes, people, answers.

    Never its costs: prices change. Every page that was copied has to be looked at and saved before the draft is sent.
    """
    require(policies.change, by, application)
    if found := [*rules.closed_to_changes(application), *rules.uncopied(application, before)]:
        raise RuleBroken(*found)
    now, then = document(application.round.question_set), document(before.round.question_set)
    said: dict[str, list[str]] = {}
    for answer in before.answers:
        said.setdefault(answer.question, []).append(answer.text)
    carried = reuse.carried(then, said, now)
    application.title, application.purpose = before.title, before.purpose
    copied = [rules.Page.PLACE.value]
    edition = _touched(application)
    for key, texts in carried.items():
        for n, text in enumerate(texts):
            db.session.add(Answer(application=application, question=key, repetition=n, text=text, edition=edition))
    copied += [rules.copied_answer(key) for key in carried]
    if now.block(Block.OUTCOMES) and before.outcomes:
        copied.append(rules.Page.OUTCOMES.value)
        for one in before.outcomes:
            said_so = {name: getattr(one, name) for name in ("position", "change", "whom", "much", "by", "measured", "kept")}
            db.session.add(Outcome(application=application, **said_so))
    if now.block(Block.BENEFICIARIES) and before.beneficiaries:
        copied.append(rules.Page.BENEFICIARIES.value)
        for who in before.beneficiaries:
            db.session.add(Beneficiary(application=application, position=who.position, whom=who.whom, people=who.people))
    application.copied_from, application.copied = before.ref, copied
    record("application.copied", application, by=by, before=before.ref)
    db.session.flush()
    db.session.expire(application, ["answers", "outcomes", "beneficiaries"])
    return application


@command
def save_place(
    application: Application,
    *,
    title: str,
    priority: Priority | None = None,
    purpose: str | None = None,
    locality: Locality | None = None,
    postcode: str | None = None,
    against: Mapping[str, str] | None = None,
    edition: int,
    by: Person,
) -> Application:
    """Keep what the project is called, what it helps with most and where it happens; any of them may still be empty.

    A postcode that is known finds the ward, and through the partnership's own table the locality; a part of the round whose
    ward it is becomes the application's. `against`: answers to what the round asks about what the money is not for.
    """
    _changing(application, by, rules.Page.PLACE)
    chosen = application.round.terms.priorities
    if priority is not None and (
        priority.strategy_id != application.round.strategy_id or (chosen and priority.ref not in chosen)
    ):
        raise RuleBroken(_("Choose a priority from the list."), field="priority")
    if locality is not None and locality.partnership_id != application.round.pot.stream.partnership_id:
        raise RuleBroken(_("Choose a place from the list."), field="locality")
    if len(title) > rules.KEPT:
        raise RuleBroken(_("The title is too long to keep. Use %(most)s characters or fewer.", most=rules.TITLE), field="title")
    asked = {one.key for one in application.round.terms.not_funded}
    said = dict(application.against) | {key: answer for key, answer in (against or {}).items() if key in asked}
    postcode = (postcode or "").strip() or None
    found = _found(postcode) if postcode != application.postcode or not application.found else application.found
    if found and found.get("ward") and postcode:
        locality = places.locality_of(application.round.pot.stream.partnership, found["ward"]) or locality
    now = (application.title or "", application.priority, application.locality, application.purpose, application.postcode)
    after = (title, priority, locality, purpose, postcode)
    if (*now, application.against) == (*after, said):
        return _checked(application, [rules.Page.PLACE.value], rules.Page.PLACE, by)
    if application.place_edition > edition:
        raise Stale(_place(title, priority, locality, postcode), _place(*now[:3], application.postcode))
    application.title, application.priority, application.locality = title, priority, locality
    if (postcode, found) != (application.postcode, application.found):
        _into_lot(application, found)
    application.purpose, application.postcode, application.found, application.against = purpose, postcode, found, said
    application.place_edition = _touched(application)
    _unmark(application, [rules.Page.PLACE.value])
    record("application.saved", application, by=by, part=rules.Page.PLACE)
    return application


def _into_lot(application: Application, found: Mapping[str, Any] | None) -> None:
    """Another postcode finds another part of the round, or none. Where it finds nothing, only an officer's word stands."""
    before, now = (calls.lot_of(application.round, (one or {}).get("ward")) for one in (application.found, found))
    if found or application.lot is before:
        application.lot = now


def _found(postcode: str | None) -> dict[str, Any] | None:
    """What the tables say of a postcode, with the vintage of each, as it is kept. None where they do not know it."""
    read = read_postcode(postcode or "")
    there = postcodes.find(read) if read else None
    if there is None:
        return None
    return {
        "postcode": str(there.postcode),
        "ward": there.ward.code,
        "ward_name": there.ward.name,
        "ward_vintage": there.ward.vintage,
        "lsoa": there.lsoa,
        "lsoa_vintage": 2021,
        "imd_decile": there.imd_decile,
        "imd_vintage": 2025,
    }


def _place(title: str, priority: Priority | None, locality: Locality | None, postcode: str | None) -> list[tuple[str, str]]:
    return [
        (_("Title of your project"), title),
        (_("Priority"), (priority.title or "") if priority else ""),
        (_("Where it will happen"), locality.name if locality else postcode or ""),
    ]


@command
def place_in_lot(application: Application, *, lot: Lot, by: Person) -> Application:
    """An officer says which part of the round an application falls in, where its postcode did not."""
    require(policies.look_after, by, application.round)
    if lot.round_id != application.round_id or application.state is State.DECIDED:
        raise RuleBroken(_("Choose a part of this round, before the application is decided."))
    application.lot = lot
    flag_modified(application, "lot_id")
    record("application.placed", application, by=by, lot=lot.name)
    return application


@command
def save_answers(
    application: Application, *, answers: Mapping[str, str | Sequence[str]], edition: int, by: Person
) -> Application:
    """Keep answers as typed: empty, unfinished or too long. Stale where another member has changed one since.

    Of a question that is asked again for each of several, all its answers, in order.
    """
    questions = document(application.round.question_set)
    typed = {key: [said] if isinstance(said, str) else list(said) for key, said in answers.items()}
    asked = {question.key: question for question in questions.questions}
    for section in {_section_of(questions, key) for key in typed}:
        _changing(application, by, rules.Page.QUESTIONS, section)
    if found := list(rules.unkeepable(questions, typed)):
        raise RuleBroken(*found)
    kept = {(answer.question, answer.repetition): answer for answer in application.answers}
    wanted = {(key, n): text for key, texts in typed.items() for n, text in enumerate(texts)}
    gone = [at for at in kept if at[0] in typed and at not in wanted]
    # Of several, an empty answer before another is kept too: each says something of its own partner, and stays in its place.
    last = {key: max((n for n, text in enumerate(texts) if text), default=0) for key, texts in typed.items()}
    changed = {
        at: text for at, text in wanted.items() if (text != kept[at].text if at in kept else text or at[1] < last[at[0]])
    }
    marks = [rules.copied_answer(key) for key in typed]
    if not changed and not gone:
        return _checked(application, marks, rules.Page.QUESTIONS, by)
    if newer := [at for at in (*changed, *gone) if at in kept and kept[at].edition > edition]:
        raise Stale(
            [(asked[at[0]].short, asked[at[0]].shown(changed.get(at, ""))) for at in newer],
            [(asked[at[0]].short, asked[at[0]].shown(kept[at].text)) for at in newer],
        )
    now = _touched(application)
    for at, text in changed.items():
        if at in kept:
            kept[at].text, kept[at].edition = text, now
        else:
            db.session.add(Answer(application=application, question=asked[at[0]].key, repetition=at[1], text=text, edition=now))
    for at in gone:
        db.session.delete(kept[at])
    _unmark(application, marks)
    record(
        "application.saved",
        application,
        by=by,
        part=rules.Page.QUESTIONS,
        questions=sorted({at[0] for at in (*changed, *gone)}),
    )
    if gone:
        db.session.flush()
        db.session.expire(application, ["answers"])
    return application


def _section_of(questions: Document, key: str) -> str:
    return next(section.key for section in questions.sections if any(one.key == key for one in section.questions))


@command
def save_costs(
    application: Application,
    *,
    lines: Sequence[tuple[str, Money]],
    vat: Vat | None = None,
    unread: Sequence[rules.Unread] = (),
    edition: int,
    by: Person,
) -> Application:
    """Keep the whole cost table, in this order, and whether VAT can be claimed back. The sum may still be too small or too
    large to send. `unread`: lines that cannot be read yet, kept as they were typed."""
    _changing(application, by, rules.Page.COSTS)
    lines = [(what.strip(), amount) for what, amount in lines]
    if found := [*rules.unsound_costs(lines), *rules.unsound_unread(unread, rules.Page.COSTS)]:
        raise RuleBroken(*found)
    now, before = [(cost.what, cost.amount) for cost in application.costs], rules.unread(application, rules.Page.COSTS)
    if (now, application.vat, before) == (lines, vat or application.vat, list(unread)):
        return application
    if application.costs_edition > edition:
        raise Stale(_costs(lines, unread), _costs(now, before))
    _keep_unread(application, rules.Page.COSTS, unread)
    # Lines are changed in their places: a position is unique, and an insert may come before a delete.
    for position, (what, amount) in enumerate(lines, 1):
        if position <= len(application.costs):
            application.costs[position - 1].what, application.costs[position - 1].amount = what, amount
        else:
            db.session.add(CostLine(application=application, position=position, what=what, amount=amount))
    for gone in application.costs[len(lines) :]:
        db.session.delete(gone)
    application.vat = vat or application.vat
    application.costs_edition = _touched(application)
    record("application.saved", application, by=by, part=rules.Page.COSTS, asked=total(amount for _what, amount in lines))
    db.session.flush()
    db.session.expire(application, ["costs"])
    return application


def _costs(lines: Sequence[tuple[str, Money]], unread: Sequence[rules.Unread]) -> list[tuple[str, str]]:
    said = [(_("Cost %(number)s", number=n), f"{what}: {amount}") for n, (what, amount) in enumerate(lines, 1)]
    return [*said, *rules.not_finished(unread), (_("Total"), str(total(amount for _what, amount in lines)))]


def _keep_unread(application: Application, page: rules.Page, lines: Sequence[rules.Unread]) -> None:
    others = {name: kept for name, kept in application.unread.items() if name != page.value}
    application.unread = others | ({page.value: [[one.place, dict(one.said)] for one in lines]} if lines else {})


@command
def save_outcomes(
    application: Application, *, lines: Sequence[tuple[str, str, str, str, str, bool]], edition: int, by: Person
) -> Application:
    """Keep what will be different: the change, for whom, by how much, by when, measured how; and whether the group was asked
    for a change rather than an activity and kept its words."""
    rows = [dict(zip(("change", "whom", "much", "by", "measured", "kept"), line, strict=True)) for line in lines]
    return _save_lines(application, Outcome, rows, rules.Page.OUTCOMES, "outcomes_edition", edition, by)


@command
def save_beneficiaries(
    application: Application,
    *,
    lines: Sequence[tuple[str, int]],
    unread: Sequence[rules.Unread] = (),
    edition: int,
    by: Person,
) -> Application:
    """Keep who it is for and how many of them. `unread`: lines that cannot be read yet, kept as they were typed."""
    if any(not 0 <= people <= rules.PEOPLE for _whom, people in lines):
        raise RuleBroken(_("Enter a number of people from 0 to %(most)s.", most=f"{rules.PEOPLE:,}"))
    rows = [{"whom": whom, "people": people} for whom, people in lines]
    return _save_lines(application, Beneficiary, rows, rules.Page.BENEFICIARIES, "beneficiaries_edition", edition, by, unread)


@command
def save_milestones(
    application: Application,
    *,
    lines: Sequence[tuple[str, date]],
    unread: Sequence[rules.Unread] = (),
    edition: int,
    by: Person,
) -> Application:
    """Keep what will have happened by when. `unread`: lines that cannot be read yet, kept as they were typed."""
    rows = [{"what": what, "due_on": due_on} for what, due_on in lines]
    return _save_lines(application, Milestone, rows, rules.Page.MILESTONES, "milestones_edition", edition, by, unread)


def _save_lines(
    application: Application,
    kind: type[Outcome] | type[Beneficiary] | type[Milestone],
    rows: Sequence[dict[str, Any]],
    page: rules.Page,
    of: str,
    edition: int,
    by: Person,
    unread: Sequence[rules.Unread] = (),
) -> Application:
    """Keep the whole of a table, in this order."""
    _changing(application, by, page)
    texts = [[value for value in row.values() if isinstance(value, str)] for row in rows]
    if found := [*rules.unsound_lines(texts), *rules.unsound_unread(unread, page)]:
        raise RuleBroken(*found)
    before = rules.unread(application, page)
    name = {Outcome: "outcomes", Beneficiary: "beneficiaries", Milestone: "milestones"}[kind]
    there: list[Any] = list(getattr(application, name))
    columns = list(rows[0]) if rows else []
    now = [{column: getattr(one, column) for column in columns} for one in there]
    if (now, len(there), before) == (list(rows), len(rows), list(unread)):
        return _checked(application, [page.value], page, by)
    if getattr(application, of) > edition:
        theirs = _told([{c: getattr(one, c) for c in _columns(kind)} for one in there])
        raise Stale([*_told(rows), *rules.not_finished(unread)], [*theirs, *rules.not_finished(before)])
    _keep_unread(application, page, unread)
    for n, row in enumerate(rows):
        if n < len(there):
            for column, value in row.items():
                setattr(there[n], column, value)
        else:
            db.session.add(kind(application=application, position=n + 1, **row))
    for gone in there[len(rows) :]:
        db.session.delete(gone)
    setattr(application, of, _touched(application))
    _unmark(application, [page.value])
    record("application.saved", application, by=by, part=page)
    db.session.flush()
    db.session.expire(application, [name])
    return application


def _columns(kind: type[Any]) -> list[str]:
    return [one.key for one in kind.__table__.columns if one.key not in ("id", "application_id", "position")]


def _told(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [
        (_("Line %(number)s", number=n), ", ".join(str(one) for one in row.values() if one != "" and not isinstance(one, bool)))
        for n, row in enumerate(rows, 1)
    ]


@command
def save_evidence(application: Application, *, what: str, document: str | None, by: Person) -> Application:
    """Put one of the group's documents with the application, or take it away again (none). `document`: its reference."""
    _changing(application, by, rules.Page.EVIDENCE)
    there = next((one for one in application.evidence if one.what == what), None)
    if document is None:
        if there is None:
            return application
        db.session.delete(there)
    elif there is None:
        db.session.add(Evidence(application=application, what=what, document=document))
    elif there.document == document:
        return application
    else:
        there.document = document
    _touched(application)
    record("application.saved", application, by=by, part=rules.Page.EVIDENCE)
    db.session.flush()
    db.session.expire(application, ["evidence"])
    return application


@command
def ask_host(application: Application, *, host_name: str, host_email: str, by: Person) -> Hosting:
    """Ask another organisation by e-mail to hold the money, while this is a draft; once it is sent, only where one said no or
    no longer holds it."""
    lost = (before := hosting(application.ref)) is not None and before.state not in hosts.LASTING_STATES
    if lost and application.state in (State.SUBMITTED, State.DECIDED):
        require(policies.change, by, application)
    else:
        _changing(application, by, rules.Page.HOST)
    return letters.mail_host(
        hosts.begin(application.organisation, about=application.ref, host_name=host_name, host_email=host_email, by=by), by=by
    )


@command
def submit(
    application: Application,
    *,
    declared: bool,
    edition: int,
    by: Person,
    arrived: datetime | None = None,
    funded_in: Collection[int] = (),
) -> Application:
    """Send it: freeze everything it says with a digest, and mail a receipt to everybody who acts for the group.

    It counts from the instant it reached the server (`arrived`, at most a minute ago), not from when its turn came.
    RuleBroken lists all that is missing; Stale means another member changed it since the page was read. A test application
    is sent as far as everything being checked; nothing is frozen.
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
    about = queries.about(application, questions, funded_in=funded_in)
    missing = [gap.sentence for gap in rules.gaps(application, questions, about)]
    if not declared:
        missing.extend(one.missing for one in questions.declared(rules.known(application, questions, about)))
    typed_in = policies.types_in(by, application)
    missing.extend(rules.not_read_back(application, typed_by_officer=typed_in))
    if not typed_in:  # the reading back stands for a signature
        missing.extend(rules.unsigned(by, queries.signers(application)))
    late = list(rules.too_late(application, at))
    barred = [] if late else list(rules.barred(application.round, application.organisation))
    if found := [*late[:1], *barred, *dict.fromkeys(missing)]:
        raise RuleBroken(*found)
    if application.edition != edition:
        raise Stale()
    if application.rehearsal:  # it stays a draft, so that nobody reads, scores or counts it
        application.saved_at = at
        flag_modified(application, "saved_at")
        record("application.tried_out", application, by=by)
        return application
    application.state, application.submitted_at, application.saved_at = state, at, at
    said = content(application, questions, about, by=by, at=at)
    application.sends += 1
    db.session.add(Snapshot(application=application, number=application.sends, content=said, digest=digest(said), at=at))
    record("application.submitted", application, by=by, asked=application.asked, digest=digest(said))
    if application.sends == 1 and application.until is None and at >= application.round.closes_at:
        record("application.sent_in_grace", application, by=by, late=str(at - application.round.closes_at).split(".")[0])
    db.session.flush()
    db.session.expire(application, ["snapshot", "snapshots"])
    sent = frozen.read(application.snapshots[-1])
    notices.queue_all(
        "application received",
        application.organisation,
        application,
        ref=application.ref,
        title=application.title,
        group=application.organisation.name,
        round=application.round.title,
        closes=rules.closes_at(application),
        sent_at=at,
        said=[(one.label, one.answer) for _part, answers in frozen.in_words(sent) for one in answers if one.answer.strip()],
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
def reopen(application: Application, *, why: str, parts: Sequence[str] = (), until: datetime, by: Person) -> Application:
    """Let the group change what it sent: only the named parts (keys of its pages; none: all), until a day of its own.

    What was sent stays beside it, so that the difference can be shown. The group is told, with the reason.
    """
    require(policies.look_after, by, application.round)
    if found := [*rules.kept_as_sent(application), *rules.not_reopened(application, why, until)]:
        raise RuleBroken(*found)
    return _open_again(application, why=why, parts=parts, until=until, second_stage=False, by=by)


@command
def give_longer(round: Round, *, organisation: Organisation, until: datetime, reason: str, by: Person) -> None:
    """Let one group send until later than everybody else: what it has begun, or begins now. The reason stays in the history."""
    rounds.permit_late(round, organisation=organisation, until=until, reason=reason, by=by)
    begun = queries.live(round, organisation)
    if begun is not None and begun.state is State.DRAFT and not begun.sends:
        _extend(begun, until=until, by=by)


@command
def _extend(application: Application, *, until: datetime, by: Person) -> None:
    """Never to an earlier time. What was mailed back since its time had passed is mailed back again if it misses this one."""
    if until > rules.closes_at(application):
        application.until, application.given_back_at = until, None
        record("application.extended", application, by=by, until=until)


@command
def ask_second_stage(application: Application, *, why: str, until: datetime, by: Person) -> Application:
    """Ask a group whose ask has two stages for the rest of its application, until a day of its own."""
    require(policies.look_after, by, application.round)
    if found := [
        *rules.kept_as_sent(application),
        *rules.not_reopened(application, why, until),
        *rules.no_second_stage(application),
    ]:
        raise RuleBroken(*found)
    application.stage = 2
    return _open_again(application, why=why, parts=(), until=until, second_stage=True, by=by)


def _open_again(
    application: Application, *, why: str, parts: Sequence[str], until: datetime, second_stage: bool, by: Person
) -> Application:
    application.state = move(MOVES, application.state, State.DRAFT)
    application.until = until
    db.session.add(
        Reopening(
            application=application,
            number=application.sends,
            second_stage=second_stage,
            why=why.strip(),
            parts=list(parts),
            until=until,
            opened_by=by.ref,
        )
    )
    code = "application.second_stage" if second_stage else "application.reopened"
    record(code, application, by=by, until=until, why=why.strip())
    db.session.flush()
    db.session.expire(application, ["reopenings"])
    notices.queue_all(
        "application opened again",
        application.organisation,
        application,
        ref=application.ref,
        title=application.title or application.ref,
        why=why.strip(),
        until=until,
        second_stage=second_stage,
    )
    return application


@command
def make_exception(
    application: Application, *, rule: str, reason: str, funded_in: Collection[int] = (), by: Person
) -> Application:
    """Record that this application may go on in spite of a rule that is *normal*. `funded_in`: as for `start`."""
    require(policies.look_after, by, application.round)
    flagged = {one.rule for one in rules.flags(application, queries.about(application, funded_in=funded_in))}
    if found := list(rules.no_exception(application, rule, reason, flagged)):
        raise RuleBroken(*found)
    db.session.add(RuleException(application=application, rule=rule, reason=reason.strip(), made_by=by.ref))
    record("application.exception", application, by=by, rule=rule, reason=reason.strip())
    return application


@command
def purge(round: Round, *, by: Person) -> Round:
    """Take every test application of a round away, with all that was typed into it. The history keeps that there were some."""
    require(policies.rehearse, by, round)
    tests = db.session.scalars(
        select(Application).where(Application.round_id == round.id, Application.rehearsal).order_by(Application.ref)
    ).all()
    for one in tests:
        for kind in (Answer, CostLine, Outcome, Beneficiary, Milestone, Evidence):
            for line in db.session.scalars(select(kind).where(kind.application_id == one.id)):
                db.session.delete(line)
        db.session.flush()
        db.session.delete(one)
        record("application.purged", one, by=by, count=1)
    if tests:
        rounds.rehearsed(round, by=by)
    return round


@command
def conclude(application: Application, *, by: Person) -> Application:
    """The panel has decided. Called when its decisions are confirmed."""
    require(policies.conclude, by, application)
    application.state = move(MOVES, application.state, State.DECIDED)
    record("application.decided", application, by=by)
    return application


def _changing(application: Application, by: Person, page: rules.Page, section: str | None = None) -> None:
    require(policies.change, by, application)
    asked = document(application.round.question_set)
    there = next((one for one in asked.sections if one.key == section), None) if section else None
    locked = rules.locked(application, page, there, lambda: rules.gaps(application, asked, queries.about(application, asked)))
    if found := [*rules.closed_to_changes(application), *locked]:
        raise RuleBroken(*found)


def _checked(application: Application, marks: Sequence[str], page: rules.Page, by: Person) -> Application:
    """A page was saved as it stands: what was copied into it is still true."""
    if not set(marks).isdisjoint(application.copied):
        _touched(application)
        _unmark(application, marks)
        record("application.saved", application, by=by, part=page)
    return application


def _unmark(application: Application, marks: Sequence[str]) -> None:
    application.copied = [one for one in application.copied if one not in marks]


def _touched(application: Application) -> int:
    """Mark the application as saved now, and say which edition this makes it."""
    application.saved_at = clock.now()
    flag_modified(application, "saved_at")  # even in the same instant as before, the edition must go up
    return application.edition + 1
