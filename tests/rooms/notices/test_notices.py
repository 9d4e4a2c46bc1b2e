"""The e-mails: every template reads well, goes out with its transaction, and leads to a page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from inspect import signature
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Undisciplined
from grants.kernel.money import Money
from grants.notices import templates
from grants.notices.commands import queue, queue_all, send_head
from grants.work.models import Task
from tests.builders.people import a_group, a_person

FACTS: dict[str, Any] = {
    "ref": "AWD-26-00001",
    "title": "Youth nights",
    "group": "Bridge",
    "round": "Autumn grants",
    "closes": datetime(2026, 9, 30, 11, 0, tzinfo=UTC),
    "amount": Money(450000),
    "answer_by": date(2026, 11, 1),
    "reason": "The panel liked it but had no money left.",
    "date": date(2026, 11, 20),
    "due_on": date(2027, 1, 31),
    "because": "Tell us how many people came.",
    "answer": "Well done.",
    "link": "http://localhost:5000/sign-in/link/abc",
    "code": "012345",
    "asked_by": "Jo",
    "by": "Jo",
    "head": "0f" * 32,
    "right": "can write",
    "person": "Al Brown",
    "may": "can write and sign",
    "begins_on": date(2026, 12, 4),
    "stops": ["Jo Bloggs"],
    "again": False,
    "host": "Old Chapel",
    "asked_for": "APP-26-00001",
    "agreed": True,
    "terms": ["You keep the receipts."],
    "why": "Please say more about who it is for.",
    "until": datetime(2026, 10, 30, 11, 0, tzinfo=UTC),
    "second_stage": False,
    "sent_at": datetime(2026, 9, 29, 11, 0, tzinfo=UTC),
    "said": [("What will you do?", "We will play football.")],
    "application": "APP-26-00001",
    "question": "How many people can the hall hold?",
    "reasons": ["It was not clear enough why the project is needed."],
    "words": "Tell us what people told you.",
    "upheld": True,
    "what": "every fund on this site",
    "on": date(2027, 1, 31),
    "purpose": "For small projects.",
    "least": Money(50000),
    "most": Money(1000000),
    "whose": "The partnership",
    "stop": "1-abc",
}
NEEDED = {
    "sign-in",
    "registered",
    "application received",
    "offer made",
    "offer accepted",
    "not funded",
    "payment sent",
    "report due",
    "report returned",
    "report accepted",
}


def written(name: str) -> tuple[str, str]:
    wanted = signature(templates.TEMPLATES[name]).parameters
    return templates.written(name, "Jo Bloggs", {fact: FACTS[fact] for fact in wanted})


def test_every_e_mail_the_rooms_need_is_there() -> None:
    assert set(templates.TEMPLATES) >= NEEDED


@pytest.mark.parametrize("name", sorted(templates.TEMPLATES))
def test_every_e_mail_reads_well(sqlite_app: Flask, name: str) -> None:
    subject, text = written(name)

    assert 10 < len(subject) < 100 and "\n" not in subject
    assert text.startswith("Dear Jo Bloggs\n\n") and text.endswith("For help, write to help@example.org.\n")
    assert not re.search(r"%\(|None|\{|pot\b|ledger|passported", subject + text)
    assert name == "sealed" or "http://localhost:5000/" in text


@pytest.mark.parametrize("name", sorted(templates.SECRETS))
def test_codes_and_links_stand_on_lines_of_their_own(sqlite_app: Flask, name: str) -> None:
    _subject, text = written(name)
    lines = text.splitlines()
    assert FACTS["link"] in lines
    assert name in ("invited", "host asked") or "Your code is 012345" in lines


def test_an_offer_says_how_much_by_when_and_where(sqlite_app: Flask) -> None:
    subject, text = written("offer made")
    assert subject == "We are offering you a grant of £4,500.00"
    assert "answer by 1 November 2026" in text
    assert "http://localhost:5000/awards/AWD-26-00001" in text


def test_a_receipt_names_the_time_in_london(sqlite_app: Flask) -> None:
    assert "Applications close at midday on 30 September 2026." in written("application received")[1]


def test_mail_and_what_it_tells_of_happen_together_or_not_at_all(app: Flask) -> None:
    person = a_person()

    @command
    def fails() -> None:
        queue("report due", person, "RPT-26-00001", ref="RPT-26-00001", title="Youth nights", due_on=date(2027, 1, 31))
        db.session.flush()
        raise RuleBroken("No.")

    with pytest.raises(RuleBroken):
        fails()
    assert db.session.scalar(select(Task)) is None


def test_a_missing_fact_or_an_unknown_template_is_the_programmers_mistake(app: Flask) -> None:
    for template, facts in (("offer made", {"ref": "AWD-26-00001"}), ("no such thing", {})):
        with pytest.raises(Undisciplined):
            queue(template, "jo@example.org", "AWD-26-00001", **facts)
    assert db.session.scalar(select(Task)) is None


def test_everybody_who_acts_for_a_group_is_told(app: Flask) -> None:
    group, applicant, certifier = a_group()
    a_group()

    queue_all("report accepted", group, "RPT-26-00001", ref="RPT-26-00001", title="Youth nights")

    assert {task.facts["to"] for task in db.session.scalars(select(Task))} == {applicant.email, certifier.email}


def test_a_line_break_in_a_title_cannot_forge_a_header(app: Flask) -> None:
    queue(
        "report due",
        "jo@example.org",
        "RPT-26-00001",
        ref="RPT-26-00001",
        title="x\nBcc: all@example.org",
        due_on=date(2027, 1, 31),
    )

    assert "\n" not in db.session.scalar(select(Task)).facts["subject"]


def test_the_head_of_the_chain_is_sent_to_the_owner(app: Flask) -> None:
    send_head("0f" * 32)

    assert [task.facts["to"] for task in db.session.scalars(select(Task))] == ["help@example.org"]
