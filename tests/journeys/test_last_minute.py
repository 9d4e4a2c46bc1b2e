"""The last minute before closing: two hundred groups press Send, twice each, through one gunicorn; none is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from grants.applications.frozen import digest
from grants.applications.models import Application, Snapshot, State
from grants.audit.models import Event
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.people import commands as people
from grants.people.models import Duty
from grants.rounds.models import Round
from grants.work.models import Task
from tests.builders.applications import a_complete_draft, a_round
from tests.builders.people import LONG_AGO, PASSWORD, a_person, an_administrator, an_organisation
from tests.conftest import empty
from tests.journeys.test_http_race import ROOT, serving

GROUPS, CLIENTS = 200, 10


@pytest.mark.long
def test_two_hundred_groups_send_in_the_last_minute_and_each_is_sent_once(app: Flask) -> None:
    round = a_round(hold="20000")
    given: list[tuple[str, list[str]]] = []
    for _number in range(CLIENTS):
        volunteer = a_person(password=PASSWORD)
        refs = []
        for _n in range(GROUPS // CLIENTS):
            group = an_organisation()
            people.give_duty(volunteer, duty=Duty.APPLICANT, organisation=group, starts_on=LONG_AGO, by=an_administrator())
            refs.append(a_complete_draft(round=round, group=group, by=volunteer).ref)
        given.append((volunteer.email, refs))
    round_id = round.id
    db.session.remove()
    db.engine.dispose()
    try:
        with serving(app) as (base, _log), ExitStack() as stack:
            racing = [stack.enter_context(_client(base, *one)) for one in given]
            for one in racing:
                assert one.stdout and one.stderr
                assert one.stdout.readline() == "ready\n", one.stderr.read()
            closes = clock.now() + timedelta(seconds=60)
            with unguarded():  # the clock of the server's processes is nobody's to stop, so the closing time comes to it
                db.session.execute(update(Round).where(Round.id == round_id).values(closes_at=closes))
                db.session.commit()
            for one in racing:
                assert one.stdin
                one.stdin.write("go\n")
                one.stdin.flush()
            told = [line for one in racing for line in json.loads(one.communicate(timeout=300)[0])]
        worst = max(line["seconds"] for line in told)
        last = max(line["at"] for line in told) - closes.timestamp() + 60
        print(f"{len(told)} presses on {db.engine.dialect.name} in {last:.0f} s; the slowest took {worst:.1f} s")
        end = closes.timestamp()
        in_time = {line["ref"] for line in told if line["at"] < end - 1}  # pressed when there was no doubt
        too_late = {line["ref"] for line in told} - {line["ref"] for line in told if line["at"] < end}
        assert {line["status"] for line in told if line["ref"] in in_time} == {302}
        assert {line["status"] for line in told if line["ref"] in too_late} <= {422}
        there = db.session.scalars(select(Application).where(Application.round_id == round_id)).all()
        sent = [one for one in there if one.state is State.SUBMITTED]
        assert len(there) == GROUPS
        assert in_time <= {one.ref for one in sent} <= {one.ref for one in there} - too_late
        assert all(one.submitted_at and one.submitted_at < closes for one in sent)
        kept = db.session.scalars(select(Snapshot)).all()
        assert sorted(one.application_id for one in kept) == sorted(one.id for one in sent)
        assert all(digest(one.content) == one.digest for one in kept)
        events = db.session.scalar(select(func.count()).select_from(Event).where(Event.code == "application.submitted"))
        mails = db.session.scalars(select(Task)).all()
        assert events == len(sent)
        assert sum(one.facts.get("template") == "application received" for one in mails) == len(sent)
    finally:
        db.session.remove()
        if db.engine.dialect.name == "postgresql":
            empty()


class _client:
    """A sending process for one volunteer, ended whatever happens."""

    def __init__(self, base: str, email: str, refs: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.sender", base, email, PASSWORD, *refs],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
