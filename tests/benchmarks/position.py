"""How much processor time the position page takes, as a multiple of a bare Flask route's, through the same gunicorn.

    python -m tests.benchmarks.position [requests]

Six pots, 60 awards and three protected commitments on SQLite; one worker; its time is read from /proc before and after.
The aim is 120 at the most.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from grants import create_app, migrations
from grants.kernel.db import db
from grants.people import entry
from grants.people.models import Duty
from tests.builders.ledger import a_life
from tests.builders.people import a_person
from tests.builders.streams import a_commitment, a_pot, a_stream
from tests.conftest import settings_for

AIM = 120
TICK = os.sysconf("SC_CLK_TCK")


def filled(instance: Path) -> str:
    """A database with a year's money in it, and the cookie of a finance officer who has signed in."""
    app = create_app(settings_for(instance))
    with app.app_context():
        migrations.upgrade()
        for number in range(6):
            pot = a_pot("100000", stream=a_stream(f"Stream {number}"))
            if number < 3:
                a_commitment("5000", pot=pot)
            for award in range(10):
                a_life("1000", award=f"AWD-26-{number}{award:04}", book=pot.ref, steps=1 + award % 5)
        opened = entry.open_sign_in(a_person(Duty.FINANCE_OFFICER), how="password")
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = opened.token, True
        cookie = client.get_cookie("session")
        db.session.remove()
        db.engine.dispose()
    assert cookie is not None
    return f"session={cookie.value}"


@contextlib.contextmanager
def serving(instance: Path) -> Iterator[tuple[int, int]]:
    """gunicorn with one worker: its port and the worker's process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "--log-level", "error"]
    server = subprocess.Popen(  # its log of every request is not wanted here
        [*command, "tests.benchmarks.server:app"],
        env=os.environ | {"GRANTS_BENCHMARK": str(instance), "PYTHONPATH": "."},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                get(port, "/bare/")
                break
            time.sleep(0.1)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield port, int(children[0])
    finally:
        server.terminate()
        server.wait()


def get(port: int, path: str, cookie: str = "") -> tuple[int, bytes]:
    """One request, as a browser that keeps nothing open."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def processor(pid: int) -> float:
    """Seconds of processor time a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cost(port: int, pid: int, path: str, times: int, cookie: str = "") -> float:
    """Milliseconds of processor time for one request, over many, after some to warm up."""
    for _ in range(max(10, times // 20)):
        status, body = get(port, path, cookie)
        assert status == 200, (path, status, body[:300])
    began = processor(pid)
    for _ in range(times):
        get(port, path, cookie)
    return (processor(pid) - began) / times * 1000


def main(times: int = 300) -> float:
    """Measure, print and answer with the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder)
        cookie = filled(instance)
        with serving(instance) as (port, pid):
            bare = cost(port, pid, "/bare/", times * 10)
            page = cost(port, pid, "/position?year=2026/27", times, cookie)
            size = len(get(port, "/position?year=2026/27", cookie)[1])
    ratio = page / bare
    print(
        f"position page: {page:.2f} ms of processor time ({size:,} bytes); bare Flask route: {bare:.3f} ms;"
        f" {ratio:.0f} times as much (aim: {AIM} at the most)"
    )
    return ratio


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300) > AIM)
