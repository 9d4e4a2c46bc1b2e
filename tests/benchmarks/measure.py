"""What a page costs: statements, rows and buffers in process, processor time and memory through gunicorn."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine

from grants.demo.generator import house
from grants.demo.generator.scale import NOW
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.people import entry
from grants.people.models import Duty
from grants.people.queries import by_email
from tests.benchmarks.pages import GROUP, NOBODY, Examples

TICK = os.sysconf("SC_CLK_TCK")
_CONTROL = re.compile(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA|SET)", re.IGNORECASE)
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)


class NoAnswer(Exception):
    """A page that should answer does not."""


class Statement(NamedTuple):
    """One statement as it was sent."""

    sql: str
    given: Any
    seconds: float  # from sending it to having its answer, the driver's own work included


class Read(NamedTuple):
    """What the statements of a page cost the database."""

    statements: int
    rows: int  # fetched
    ms: float  # the statements' own time
    buffers: int  # pages of 8 KB touched: PostgreSQL only
    slowest: str


# -- in process -------------------------------------------------------------------------------------------------------


def visitor(app: Flask, who: str, found: Examples) -> FlaskClient:
    """A browser signed in as whoever looks at a page."""
    client = app.test_client()
    if who == NOBODY:
        return client
    email = found.group_email if who == GROUP else house.email(Duty(who))
    with app.app_context(), clock.stopped(NOW):
        person = by_email(email)
        assert person, email
        opened = entry.open_sign_in(person, how="password")
        db.session.remove()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = opened.token, True
    return client


def cookie(client: FlaskClient) -> str:
    """The same browser's cookie, for a real server."""
    kept = client.get_cookie("session")
    return f"session={kept.value}" if kept else ""


@contextlib.contextmanager
def noting() -> Iterator[list[Statement]]:
    """Every statement made meanwhile, but for transaction control."""
    made: list[Statement] = []

    def before(connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def after(connection: Connection, _cursor: Any, sql: str, given: Any, *_: Any) -> None:
        if not _CONTROL.match(sql):
            made.append(Statement(sql, given, time.perf_counter() - connection.info["began"]))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield made
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


def look(client: FlaskClient, path: str) -> tuple[list[Statement], bytes]:
    """The statements a page makes, and its body; once everything that is kept between visits is warm."""
    with clock.stopped(NOW):
        try:
            client.get(path)
            with noting() as made:
                answer = client.get(path)
        except Exception as error:  # any fault of any page: it is named, and the rest is measured
            raise NoAnswer(f"{path} failed: {error!r}") from error
    if answer.status_code != 200:
        raise NoAnswer(f"{path} answered {answer.status_code}")
    return made, answer.data


def read(app: Flask, made: list[Statement]) -> Read:
    """Make a page's statements again, one by one, and ask the database what each costs."""
    rows, ms, buffers, slowest = 0, 0.0, 0, (0.0, "")
    with app.app_context(), unguarded(), db.engine.connect() as connection:
        ask = _explained if db.engine.dialect.name == "postgresql" else _timed
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
        for one in made:
            if not _READS.match(one.sql):
                continue
            n, took, touched = ask(connection, one)
            rows, ms, buffers = rows + n, ms + took, buffers + touched
            slowest = max(slowest, (took, one.sql))
        connection.rollback()
    return Read(len(made), rows, ms, buffers, slowest[1])


def _timed(connection: Connection, one: Statement) -> tuple[int, float, int]:
    best, rows = float("inf"), 0
    cursor = connection.connection.cursor()
    for _ in range(3):
        began = time.perf_counter()
        rows = len(cursor.execute(one.sql, one.given).fetchall())
        best = min(best, time.perf_counter() - began)
        if best > 0.5:
            break
    return rows, best * 1000, 0


def _explained(connection: Connection, one: Statement) -> tuple[int, float, int]:
    cursor = connection.connection.cursor()
    plan: Any = None
    for _ in range(2):  # the second is warm
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {one.sql}", one.given)
        plan = cursor.fetchone()[0][0]
        if plan["Execution Time"] > 500:
            break
    top = plan["Plan"]
    touched = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return int(top["Actual Rows"]), plan["Execution Time"] + plan["Planning Time"], touched


# -- through a server -------------------------------------------------------------------------------------------------


class Server(NamedTuple):
    """gunicorn with one worker: its port and the worker's process."""

    port: int
    pid: int

    def get(self, path: str, cookie: str = "") -> tuple[int, bytes]:
        """One request, as a browser that keeps nothing open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    @property
    def processor(self) -> float:
        """Seconds of processor time the worker has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, what: str = "VmRSS") -> float:
        """MB of memory the worker has, or (VmHWM) ever had."""
        found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def cost(self, path: str, cookie: str = "", *, seconds: float) -> float:
        """Milliseconds of processor time for one request, over as many as take so long together, after some to warm up."""
        warm = time.perf_counter()
        for n in range(20):
            status, _body = self.get(path, cookie)
            if status != 200:
                raise NoAnswer(f"{path} answered {status} through gunicorn")
            if n >= 2 and time.perf_counter() - warm > seconds / 2:
                break
        times, began = 0, self.processor
        while (used := self.processor - began) < seconds or times < 3:
            self.get(path, cookie)
            times += 1
        return used / times * 1000


@contextlib.contextmanager
def serving(instance: Path, url: str) -> Iterator[Server]:
    """gunicorn with one worker over a generated database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "-t", "120", "-b", f"127.0.0.1:{port}", "--log-level", "error"]
    process = subprocess.Popen(  # its log of every request is not wanted here
        [*command, "tests.benchmarks.server:app"],
        env=os.environ | {"GRANTS_BENCHMARK": str(instance), "GRANTS_BENCHMARK_URL": url, "PYTHONPATH": "."},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                Server(port, process.pid).get("/bare/")
                break
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield Server(port, int(children[0]))
    finally:
        process.terminate()
        process.wait()


def written(path: Path, found: Any) -> None:
    """Keep the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
