"""The outbox: taken under a lease, sent once, tried again, given up, and never while anything is locked."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select

from grants.kernel import clock, command
from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.work import commands, post, queries
from grants.work.models import Kind, Task

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def settings_stay(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test changes in the settings is put back: on PostgreSQL the application outlives the test."""
    found = request.getfixturevalue("app") if "app" in request.fixturenames else None
    before = found.extensions["grants"] if found else None
    yield
    if found:
        found.extensions["grants"] = before


class Server(socketserver.ThreadingTCPServer):
    """A mail server of a few lines: keeps what it is sent, or refuses as told."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.letters: list[bytes] = []
        self.rcpt = "250 ok"
        self.data = "250 ok"
        self.extensions: list[str] = []
        self.inside: list[bool] = []


class Talk(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                names = ["here", *self.server.extensions]
                for n, name in enumerate(names, 1):
                    self.say(f"250{'-' if n < len(names) else ' '}{name}")
            elif verb == "RCPT":
                self.say(self.server.rcpt)
            elif verb == "DATA":
                self.say("354 go on")
                text = b""
                while (piece := self.rfile.readline()) != b".\r\n":
                    text += piece
                if self.server.data.startswith("250"):
                    self.server.letters.append(text)
                self.say(self.server.data)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def use(app: Flask, server: Server, **more: object) -> None:
    app.extensions["grants"] = app.extensions["grants"].model_copy(
        update={"mail_server": "127.0.0.1", "mail_port": server.server_address[1], "mail_from": "funding@example.org"} | more
    )


def a_mail(to: str = "jo@example.org", **more: object) -> Task:
    facts = {"to": to, "name": "Jo", "subject": "Subject", "text": "Dear Jo\n\n£5 – thank you.\n"} | more

    @command.command
    def write() -> Task:
        return commands.add(Kind.MAIL, "APP-26-00001", facts)

    return write()


def tasks() -> list[Task]:
    db.session.rollback()
    return list(db.session.scalars(select(Task).order_by(Task.id)))


def test_what_is_due_is_sent_once_and_marked(app: Flask, server: Server) -> None:
    use(app, server)
    a_mail("jo@example.org")
    a_mail("al@example.org")

    assert str(commands.run()) == "Sent 2. Could not send 0."
    assert commands.run() == (0, 0, None)

    letters = [message_from_bytes(letter, policy=default) for letter in server.letters]
    assert [letter["To"] for letter in letters] == ["Jo <jo@example.org>", "Jo <al@example.org>"]
    assert letters[0]["From"] == "Community safety funding <funding@example.org>"
    assert letters[0].get_content().replace("\r\n", "\n") == "Dear Jo\n\n£5 – thank you.\n"
    assert all(task.done_at and task.attempts == 1 for task in tasks())


def test_without_a_mail_server_everything_stays_and_the_reason_is_said(app: Flask) -> None:
    a_mail()

    sent, failed, why_not = commands.run()

    assert (sent, failed) == (0, 0)
    assert why_not and "GRANTS_MAIL_SERVER" in why_not
    assert [(task.attempts, task.done_at) for task in tasks()] == [(0, None)]
    assert [letter.state for letter in queries.outbox()[0]] == ["Waiting"]


def test_a_demonstration_sends_nothing_even_with_a_mail_server(app: Flask, server: Server) -> None:
    use(app, server)
    mark("demo", "tests")
    a_mail()

    assert commands.run().sent == 0
    assert server.letters == []


def test_nothing_is_locked_while_the_mail_server_is_talked_to(
    app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(app, server)
    a_mail()
    inside: list[bool] = []
    send = post.Office.send
    monkeypatch.setattr(post.Office, "send", lambda self, m: (inside.append(command.inside()), send(self, m))[1])

    commands.run()

    assert inside == [False]


def test_a_process_that_dies_before_sending_loses_nothing(app: Flask, server: Server) -> None:
    use(app, server)
    with clock.stopped(NOON):
        a_mail()
        assert commands.take() is not None  # and dies
        assert commands.run().sent == 0
    with clock.stopped(NOON + commands.LEASE - timedelta(seconds=1)):
        assert commands.run().sent == 0
    with clock.stopped(NOON + commands.LEASE):
        assert commands.run().sent == 1
    assert len(server.letters) == 1


def test_a_process_that_dies_after_sending_sends_again_under_the_same_message_id(app: Flask, server: Server) -> None:
    use(app, server)
    with clock.stopped(NOON):
        a_mail()
        taken = commands.take()
        assert taken
        with post.office(app.extensions["grants"]) as office:
            office.send(post.letter(taken.facts, app.extensions["grants"], taken.name))  # and dies
    with clock.stopped(NOON + commands.LEASE):
        assert commands.run().sent == 1

    ids = {message_from_bytes(letter, policy=default)["Message-ID"] for letter in server.letters}
    assert (len(server.letters), len(ids)) == (2, 1)


def test_workers_at_once_share_the_work(app: Flask, server: Server) -> None:
    use(app, server)
    for n in range(12):
        a_mail(f"person{n}@example.org")
    db.session.rollback()
    sent: list[int] = []

    def work() -> None:
        with app.app_context():
            try:
                sent.append(commands.run().sent)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    to = [message_from_bytes(letter, policy=default)["To"] for letter in server.letters]
    assert (sum(sent), len(to), len(set(to))) == (12, 12, 12)


def test_what_fails_for_now_is_tried_again_later_and_later(app: Flask, server: Server) -> None:
    use(app, server)
    server.data = "451 try again later"
    with clock.stopped(NOON):
        a_mail()
        assert commands.run() == (0, 1, None)
        assert commands.run() == (0, 0, None)
    assert [(t.attempts, t.not_before, t.trouble) for t in tasks()] == [
        (1, NOON + timedelta(minutes=1), "The mail server refused the message (451): try again later")
    ]
    server.data = "250 ok"
    with clock.stopped(NOON + timedelta(minutes=1)):
        assert commands.run() == (1, 0, None)
    assert [commands.wait_before(n) for n in (1, 2, 5, 30)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=16),
        timedelta(days=1),
    ]


def test_what_keeps_failing_is_given_up_shown_and_can_be_tried_again(app: Flask, server: Server) -> None:
    use(app, server)
    server.data = "451 try again later"
    at = NOON
    with clock.stopped(at):
        a_mail()
    for _try in range(commands.MOST_TRIES + 3):
        with clock.stopped(at):
            commands.run()
        at += timedelta(days=1)

    with clock.stopped(at):
        assert tasks()[0].attempts == commands.MOST_TRIES
        assert [(letter.state, letter.given_up) for letter in queries.outbox()[0]] == [("Not sent", True)]
        assert queries.stuck() == 1
        server.data = "250 ok"
        commands.retry(tasks()[0])
        assert commands.run().sent == 1
        assert queries.stuck() == 0


def test_an_address_that_does_not_exist_is_not_tried_ten_times(app: Flask, server: Server) -> None:
    use(app, server)
    server.rcpt = "550 no such person"
    a_mail()
    a_mail("not an address at all\r\nBcc: everybody@example.org")

    assert commands.run() == (0, 2, None)

    assert [t.trouble for t in tasks()] == [
        "The mail server refused the recipient (550): no such person",
        "The message cannot be written: ValueError.",
    ]
    assert [letter.state for letter in queries.outbox()[0]] == ["Not sent", "Not sent"]


def test_a_server_that_is_not_there_is_a_sentence(app: Flask, server: Server) -> None:
    use(app, server)
    server.shutdown()
    server.server_close()
    a_mail()

    assert commands.run() == (0, 1, None)
    assert tasks()[0].trouble == "The mail server could not be reached: ConnectionRefusedError."


def test_no_mail_goes_unencrypted_to_another_machine(app: Flask, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    use(app, server)
    monkeypatch.setattr(post, "HERE", set())
    a_mail()

    assert commands.run() == (0, 1, None)
    assert server.letters == []
    assert tasks()[0].trouble == "The mail server offers no encryption (STARTTLS), so nothing was sent to it."


def test_a_way_to_sign_in_is_forgotten_once_sent_and_never_sent_too_late(app: Flask, server: Server) -> None:
    use(app, server)
    with clock.stopped(NOON):
        a_mail(secret=True, until=(NOON + timedelta(minutes=20)).isoformat())
        commands.run()
        a_mail(secret=True, until=(NOON + timedelta(minutes=20)).isoformat())
    with clock.stopped(NOON + timedelta(minutes=21)):
        commands.run()

    assert len(server.letters) == 1
    assert ["text" in task.facts for task in tasks()] == [False, False]


def test_the_outbox_page_costs_two_statements(app: Flask, statements) -> None:
    for _n in range(3):
        a_mail()
    with statements() as made:
        rows, count = queries.outbox()
        assert (len(rows), count) == (3, 3)
    assert len(made) == 2
