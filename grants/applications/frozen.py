"""An application as it was sent: everything it says, with the questions' own words, in one piece that has a digest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from grants.applications.models import Application, Snapshot
from grants.applications.rules import About, flags, known
from grants.files.queries import documents
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.people.models import Organisation, Person
from grants.questions import outcomes, purposes
from grants.questions.answers import parts as each
from grants.questions.answers import shown
from grants.questions.document import Document, Kind, Question, Section
from grants.rounds.models import Round

OUTCOME = ("change", "whom", "much", "by", "measured")  # an outcome's parts


class Answered(NamedTuple):
    """One question and its answer, as read. `answer` is empty where an optional question was left out."""

    key: str
    label: str
    answer: str
    long: bool


class Part(NamedTuple):
    """One section of the questions."""

    title: str
    answers: Sequence[Answered]


class Cost(NamedTuple):
    """One line of the cost table."""

    what: str
    amount: Money


class Frozen(NamedTuple):
    """The snapshot, read back for a page."""

    ref: str
    title: str
    group: str
    group_type: str | None
    charity_number: str | None
    voluntary: bool | None
    round: str
    priority: str | None
    strategy: str
    place: str | None
    asked: Money
    costs: Sequence[Cost]
    sections: Sequence[Part]
    declarations: Sequence[str]
    sent_by: str
    sent_at: datetime
    digest: str
    purpose: str | None = None  # in words
    lot: str | None = None
    vat: str | None = None
    stage: int = 1
    outcomes: Sequence[Mapping[str, str]] = ()
    beneficiaries: Sequence[tuple[str, int]] = ()
    milestones: Sequence[tuple[str, date]] = ()
    documents: Sequence[tuple[str, str, str]] = ()  # what it is, its reference, what it is called
    flags: Sequence[str] = ()  # rules that are not normally broken, and were
    against: Sequence[tuple[str, str]] = ()  # what was asked of what the money is not for, and what was answered
    host: str | None = None
    postcode: str | None = None


def content(application: Application, document: Document, about: About, *, by: Person, at: datetime) -> dict[str, Any]:
    """Everything the application says now, complete in itself: nothing in it needs another table to be read.

    What a simple application does not have is not there, so that what it says stays short.
    """
    group, round = application.organisation, application.round
    there = known(application, document, about)
    pages = [page for page in document.pages_for(there) if not page.block]
    names = _names(application, pages)
    return _plain(application, pages, names, by=by, at=at, group=group, round=round) | {
        "declarations": [question.label for question in document.declared(there)],
        **{name: said for name, said in _beside(application, about, names).items() if said},
    }


def _names(application: Application, pages: Sequence[Section]) -> Mapping[str, str]:
    """What the documents that go with it are called: by reference."""
    asked = {question.key for page in pages for question in page.asked if question.kind is Kind.FILE}
    refs = [one.document for one in application.evidence]
    refs += [ref for answer in application.answers if answer.question in asked for ref in each(answer.text)]
    return {ref: kept.name for ref, kept in documents(refs).items()} if refs else {}


def _read(question: Question, text: str, names: Mapping[str, str]) -> str:
    if question.kind is Kind.FILE:
        return "\n".join(f"{names[ref]} ({ref})" if ref in names else ref for ref in each(text))
    return shown(question, text)


def _beside(application: Application, about: About, names: Mapping[str, str]) -> dict[str, Any]:
    """What only some applications say."""
    terms = application.round.terms
    return {
        "purpose": purposes.said(application.purpose),
        "found": application.found,
        "postcode": application.postcode,
        "lot": application.lot and {"ref": application.lot.ref, "name": application.lot.name},
        "vat": application.vat and application.vat.value,
        "stage": application.stage if application.stage > 1 else None,
        "outcomes": [
            {"change": o.change, "whom": o.whom, "much": o.much, "by": o.by, "measured": o.measured}
            for o in application.outcomes
        ],
        "beneficiaries": [{"whom": one.whom, "people": one.people} for one in application.beneficiaries],
        "milestones": [{"what": one.what, "due": one.due_on.isoformat()} for one in application.milestones],
        "documents": [
            {"what": one.what, "ref": one.document, "name": names.get(one.document, one.document)}
            for one in application.evidence
        ],
        "flags": [{"rule": one.rule, "says": one.sentence} for one in flags(application, about)],
        "against": [
            {"asked": one.asks, "answer": application.against[one.key]}
            for one in terms.not_funded
            if one.key in application.against
        ],
        "host": about.host_name,
        "assisted": application.assistance
        and {"how": application.assistance.how, "officer": application.assistance.officer.ref},
    }


def _plain(
    application: Application,
    pages: Sequence[Section],
    names: Mapping[str, str],
    *,
    by: Person,
    at: datetime,
    group: Organisation,
    round: Round,
) -> dict[str, Any]:
    said: dict[str, list[str]] = {}
    for answer in application.answers:
        said.setdefault(answer.question, []).append(answer.text)
    return {
        "form": 1,
        "ref": application.ref,
        "round": {"ref": round.ref, "title": round.title},
        "questions": {"ref": round.question_set.ref, "version": round.question_set.version},
        "title": application.title,
        "group": {
            "ref": group.ref,
            "name": group.name,
            "type": group.organisation_type,
            "charity_number": group.charity_number,
            "voluntary": group.is_voluntary,
        },
        "priority": application.priority and {"ref": application.priority.ref, "title": application.priority.title},
        "strategy": {"ref": round.strategy.ref, "name": round.strategy.name},
        "place": application.locality and {"ref": application.locality.ref, "name": application.locality.name},
        "project": {"starts": round.project_starts_on.isoformat(), "ends": round.project_ends_on.isoformat()},
        "asked": application.asked.pence,
        "costs": [{"what": cost.what, "pence": cost.amount.pence} for cost in application.costs],
        "sections": [
            {
                "title": section.title,
                "answers": [
                    {
                        "key": question.key,
                        "kind": question.kind.value,
                        "question": question.label,
                        "typed": "\n\n".join(said.get(question.key, [""])),
                        "answer": "\n\n".join(_read(question, text, names) for text in said.get(question.key, [""])),
                    }
                    for question in section.asked
                ],
            }
            for section in pages
        ],
        "sent": {"by": by.ref, "name": by.name, "at": at.isoformat()},
    }


def in_words(sent: Frozen) -> list[tuple[str, list[Answered]]]:
    """Everything that was sent, part by part, as it is read: for the receipt, the e-mail and what differs between sendings."""

    def line(label: str, answer: object, *, long: bool = False) -> Answered:
        return Answered("", label, "" if answer is None else str(answer), long)

    project = [
        line(_("Title"), sent.title),
        line(_("Group"), sent.group),
        line(_("You ask for"), sent.asked),
        *([line(_("What it helps with most"), sent.priority)] if sent.priority else []),
        *([line(_("What it is mostly about"), sent.purpose)] if sent.purpose else []),
        *([line(_("Where it will happen"), sent.place)] if sent.place else []),
        *([line(_("Postcode"), sent.postcode)] if sent.postcode else []),
        *(line(asked, _(answer.capitalize())) for asked, answer in sent.against),
        *([line(_("Who will hold the money"), sent.host)] if sent.host else []),
    ]
    parts = [(_("The project"), project)]
    parts += [(part.title, list(part.answers)) for part in sent.sections]
    if sent.outcomes:
        said = [outcomes.sentence(outcomes.Outcome(**dict(one))) for one in sent.outcomes]
        parts.append((_("What will be different"), [line(_("Change %(n)s", n=n), one) for n, one in enumerate(said, 1)]))
    if sent.beneficiaries:
        parts.append((_("Who it is for"), [line(whom, f"{people:,}") for whom, people in sent.beneficiaries]))
    if sent.milestones:
        parts.append((_("What will happen when"), [line(what, f"{due.day} {due:%B %Y}") for what, due in sent.milestones]))
    parts.append((_("What it will cost"), [*(line(one.what, one.amount) for one in sent.costs), line(_("Total"), sent.asked)]))
    if sent.vat:
        parts[-1][1].append(line(_("Can you claim the VAT back?"), _(sent.vat.capitalize())))
    if sent.documents:
        parts.append(
            (_("Your documents"), [line(_(what.capitalize()), f"{name} ({ref})") for what, ref, name in sent.documents])
        )
    return parts


class Changed(NamedTuple):
    """One thing that differs between two sendings."""

    part: str
    label: str
    before: str
    after: str


def difference(before: Snapshot, after: Snapshot) -> list[Changed]:
    """What a group changed between two sendings, in the order of what it sent last; what is gone comes at the end."""

    def lines(snapshot: Snapshot) -> dict[tuple[str, str, int], str]:
        found: dict[tuple[str, str, int], str] = {}
        for part, answers in in_words(read(snapshot)):
            times: Counter[str] = Counter()  # two cost lines may be called the same
            for one in answers:
                found[part, one.label, times[one.label]] = one.answer
                times[one.label] += 1
        return found

    old, new = lines(before), lines(after)
    found = [Changed(*at[:2], old.get(at, ""), now) for at, now in new.items() if old.get(at, "") != now]
    return found + [Changed(*at[:2], was, "") for at, was in old.items() if at not in new and was.strip()]


def of_draft(application: Application, document: Document, about: About) -> Frozen:
    """A draft as it would be read if it were sent now, to be read back or given back to those who wrote it; with no digest."""
    return _of(content(application, document, about, by=application.started_by, at=clock.now()), digest="")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the content, written one way only."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def read(snapshot: Snapshot) -> Frozen:
    """A snapshot as pages, letters and lists show it."""
    return _of(snapshot.content, digest=snapshot.digest)


def _of(said: Mapping[str, Any], *, digest: str) -> Frozen:
    group, priority, place = said["group"], said["priority"], said["place"]
    return Frozen(
        ref=said["ref"],
        title=said["title"] or "",
        group=group["name"],
        group_type=group["type"],
        charity_number=group["charity_number"],
        voluntary=group["voluntary"],
        round=said["round"]["title"],
        priority=priority and priority["title"],
        strategy=said["strategy"]["name"],
        place=place and place["name"],
        asked=Money(said["asked"]),
        costs=[Cost(one["what"], Money(one["pence"])) for one in said["costs"]],
        sections=[
            Part(
                section["title"],
                [Answered(one["key"], one["question"], one["answer"], one["kind"] == Kind.LONG) for one in section["answers"]],
            )
            for section in said["sections"]
        ],
        declarations=said["declarations"],
        sent_by=said["sent"]["name"],
        sent_at=datetime.fromisoformat(said["sent"]["at"]),
        digest=digest,
        purpose=said.get("purpose"),
        lot=said["lot"]["name"] if said.get("lot") else None,
        vat=said.get("vat"),
        stage=said.get("stage", 1),
        outcomes=said.get("outcomes", ()),
        beneficiaries=[(one["whom"], one["people"]) for one in said.get("beneficiaries", ())],
        milestones=[(one["what"], date.fromisoformat(one["due"])) for one in said.get("milestones", ())],
        documents=[(one["what"], one["ref"], one.get("name", one["ref"])) for one in said.get("documents", ())],
        flags=[one["says"] for one in said.get("flags", ())],
        against=[(one["asked"], one["answer"]) for one in said.get("against", ())],
        host=said.get("host"),
        postcode=said.get("postcode"),
    )
