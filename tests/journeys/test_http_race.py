"""Sixteen people at sixteen browsers take money from one pot through one gunicorn: exactly the affordable number succeed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import proofs
from grants.ledger.chart import At, Bucket
from grants.ledger.queries import balance
from grants.people.models import Duty
from grants.rounds.models import Round, State
from tests.builders.applications import a_funded_pot, a_plan, a_planned_round, a_question_set
from tests.builders.people import PASSWORD, a_person
from tests.conftest import empty

ROOT = Path(__file__).parents[2]
PROCESSES, EACH, AFFORDS, HOLD = 16, 3, 20, 1000  # 48 rounds ask for £1,000; the pot has £20,500
PATIENCE = 60.0  # seconds for a process to get ready


def _read(process: subprocess.Popen[str], said: Queue[str]) -> None:
    assert process.stdout
    for line in process.stdout:
        said.put(line)


@contextmanager
def serving(app: Flask) -> Iterator[tuple[str, list[str]]]:
    """One gunicorn over this database, on a free port of this machine only: its address, and what it wrote to its log."""
    settings = app.extensions["grants"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRANTS_")} | {
        "GRANTS_INSTANCE": str(settings.instance),
        "GRANTS_DATABASE_URL": settings.url,
        "GRANTS_SECRET_KEY": settings.secret_key,
        "GRANTS_EVENT_KEY": settings.event_key.decode(),
        "GRANTS_PASSWORD_COST": "cheap",
        "GRANTS_SECURE_COOKIES": "false",
        "GRANTS_OWNER_EMAIL": "help@example.org",
    }
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "8", "-b", "127.0.0.1:0", "wsgi:app"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said: Queue[str] = Queue()
    reader = Thread(target=_read, args=(server, said), daemon=True)
    reader.start()
    log: list[str] = []
    try:
        yield _address(server, said, log), log
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        reader.join(timeout=10)
        while not said.empty():
            log.append(said.get())


def _address(server: subprocess.Popen[str], said: Queue[str], log: list[str]) -> str:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and server.poll() is None:
        try:
            log.append(said.get(timeout=1))
        except Empty:
            continue
        if found := re.search(r"Listening at: (http://127\.0\.0\.1:\d+)", log[-1]):
            return found[1]
    raise AssertionError(f"gunicorn did not come up:\n{''.join(log)}")


@contextmanager
def clients(base: str, given: list[tuple[str, list[str]]]) -> Iterator[list[subprocess.Popen[str]]]:
    """A process for each officer with the rounds they will open."""
    made = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.racer", base, email, PASSWORD, str(HOLD), *refs],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for email, refs in given
    ]  # fmt: skip
    try:
        yield made
    finally:
        for process in made:
            if process.poll() is None:
                process.kill()
            process.communicate()


def a_crowd() -> tuple[str, list[tuple[str, list[str]]]]:
    """One pot, an officer for each client, and the rounds each will open: the pot's reference, and e-mails with references."""
    pot = a_funded_pot(str(AFFORDS * HOLD + 500))
    partnership = pot.stream.partnership
    plan, questions = a_plan(partnership=partnership), a_question_set()
    planner = a_person(Duty.GRANTS_OFFICER, partnership=partnership)
    given = []
    for _client in range(PROCESSES):
        officer = a_person(Duty.GRANTS_OFFICER, partnership=partnership, password=PASSWORD)
        rounds = [a_planned_round(pot=pot, strategy=plan, question_set=questions, by=planner) for _n in range(EACH)]
        given.append((officer.email, [round.ref for round in rounds]))
    return pot.ref, given


@pytest.mark.long
def test_sixteen_officers_open_rounds_from_one_pot_over_http(app: Flask) -> None:
    pot, given = a_crowd()
    db.session.remove()
    db.engine.dispose()
    try:
        with serving(app) as (base, log), clients(base, given) as racing:
            for one in racing:
                assert one.stdout and one.stderr
                assert one.stdout.readline() == "ready\n", one.stderr.read()
            began = time.monotonic()
            for one in racing:
                assert one.stdin
                one.stdin.write("go\n")
                one.stdin.flush()
            told = [line for one in racing for line in json.loads(one.communicate(timeout=300)[0])]
            took = time.monotonic() - began
        worst = max(line["seconds"] for line in told)
        print(
            f"\n  {PROCESSES} clients, {len(told)} POSTs through one gunicorn, {AFFORDS} of {PROCESSES * EACH} affordable, "
            f"{db.engine.dialect.name}: worst wait {worst * 1000:,.0f} ms, all in {took:.1f} s"
        )

        firsts, seconds = [line for line in told if not line["again"]], [line for line in told if line["again"]]
        assert Counter(line["status"] for line in firsts) == {302: AFFORDS, 422: PROCESSES * EACH - AFFORDS}
        # Pressed again, every button answers as it did the first time, and moves nothing more.
        assert {line["ref"]: line["status"] for line in seconds} == {line["ref"]: line["status"] for line in firsts}
        for line in told:
            if line["status"] == 422:
                assert len(line["problems"]) == 1
                assert f"{pot} has £500.00 free" in line["problems"][0]
        assert "database is locked" not in "".join(log) and "Traceback" not in "".join(log)
        assert worst < 30

        opened = db.session.scalars(select(Round).where(Round.state == State.OPEN)).all()
        assert {round.ref for round in opened} == {line["ref"] for line in firsts if line["status"] == 302}
        assert balance(At(pot, "", Bucket.FREE)) == Money.pounds(500)
        assert [balance(At(pot, round.ref, Bucket.RESERVED)) for round in opened] == [Money.pounds(HOLD)] * AFFORDS
        assert list(proofs.faults()) == []
    finally:
        db.session.remove()
        if db.engine.dialect.name == "postgresql":
            empty()  # the server wrote tables this process knows nothing of
