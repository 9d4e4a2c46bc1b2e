"""An application as it was sent: everything it says, with the questions' own words, in one piece that has a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from grants.applications.models import Application, Snapshot
from grants.kernel.money import Money
from grants.people.models import Person
from grants.questions.document import Document, Kind


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


def content(application: Application, document: Document, *, by: Person, at: datetime) -> dict[str, Any]:
    """Everything the application says now, complete in itself: nothing in it needs another table to be read."""
    answers = {answer.question: answer.text for answer in application.answers}
    group, round = application.organisation, application.round
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
                        "typed": answers.get(question.key, ""),
                        "answer": question.shown(answers.get(question.key, "")),
                    }
                    for question in section.asked
                ],
            }
            for section in document.pages
        ],
        "declarations": [question.label for question in document.declarations],
        "sent": {"by": by.ref, "name": by.name, "at": at.isoformat()},
    }


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the content, written one way only."""
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def read(snapshot: Snapshot) -> Frozen:
    """A snapshot as pages, letters and lists show it."""
    said = snapshot.content
    group, priority, place = said["group"], said["priority"], said["place"]
    return Frozen(
        ref=said["ref"],
        title=said["title"],
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
        digest=snapshot.digest,
    )
