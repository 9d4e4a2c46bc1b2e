"""Documents kept, read, removed and swept; a group's own list; the virus scanner; on both engines."""

from __future__ import annotations

import contextvars
import io
import os
import socketserver
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from grants import doctor
from grants.audit.models import Event
from grants.files import commands, intake, policies, queries, rules, scanner
from grants.files.models import Document, OrganisationDocument, Scan, What
from grants.files.store import Disk, digest_of, store
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.policy import may
from grants.people import queries as people
from grants.people.duties import ACTS
from grants.people.models import Duty
from tests.builders.files import a_document, a_filed, a_pdf, accepted
from tests.builders.people import a_group, a_person

TODAY = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """A store of the test's own."""
    name = "app" if "app" in request.fixturenames else "sqlite_app"
    app: Flask = request.getfixturevalue(name)
    before = app.extensions["grants"]
    app.extensions["grants"] = before.model_copy(update={"documents": str(tmp_path / "documents")})
    yield
    app.extensions["grants"] = before


def lying() -> list[str]:
    return [one.digest for one in store().everything()]


def said_of(ref: str) -> list[str]:
    return [event.code for event in events(ref)]


def events(ref: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.subject == ref).order_by(Event.id)))


# -- keeping ----------------------------------------------------------------------------------------------------------


def test_a_document_is_kept_once_however_often_it_is_sent_and_its_name_is_told_to_nobody_else(app: Flask):
    group, applicant, certifier = a_group()
    first = a_document(applicant, organisation=group, content=a_pdf("Rules"), name="rules of Jane Smith.pdf")
    second = a_document(certifier, organisation=group, content=first_content(first), name="again.pdf")
    assert (first.ref[:4], first.media_type, first.scanned, first.digest) == (
        "DOC-", "application/pdf", Scan.NOT_SCANNED, second.digest,
    )  # fmt: skip
    assert lying() == [first.digest]
    [kept] = events(first.ref)
    assert (kept.code, kept.facts) == (
        "document.kept",
        {"media_type": "application/pdf", "size": first.size, "scanned": "not scanned"},
    )


def first_content(document: Document) -> bytes:
    with store().open(document.digest) as content:
        return content.read()


def test_a_stranger_keeps_nothing_for_a_group_and_an_officer_helps_it(app: Flask):
    group, _applicant, _certifier = a_group()
    with pytest.raises(Refused):
        a_document(a_person(), organisation=group)
    assert a_document(a_person(Duty.GRANTS_OFFICER), organisation=group).organisation == group


def test_a_crash_between_content_and_row_leaves_no_row_and_the_content_is_swept_later(app: Flask, monkeypatch):
    person = a_person()
    found = accepted()
    monkeypatch.setattr(commands, "record", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        commands.keep(found, by=person)
    monkeypatch.undo()
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0
    assert lying() == [found.digest]
    assert commands.sweep() == 0  # its form may still be on its way
    _age(found.digest)
    assert (commands.sweep(), lying()) == (1, [])


def test_content_swept_while_its_form_was_on_its_way_is_laid_down_again(app: Flask):
    person = a_person()
    found = accepted()
    store().drop(found.digest)
    kept = commands.keep(found, by=person)
    assert (lying(), queries.lost()) == ([kept.digest], [])


def test_nobody_fills_the_disk_in_a_day(app: Flask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_A_DAY", 2)
    person = a_person()
    with clock.stopped(TODAY):
        a_document(person), a_document(person)
        with pytest.raises(RuleBroken, match="You have sent a lot of files today"):
            a_document(person)
    with clock.stopped(TODAY + timedelta(days=1, seconds=1)):
        a_document(person)


def test_the_database_refuses_to_change_or_delete_a_document(app: Flask):
    group, applicant, _certifier = a_group()
    document = a_filed(group, by=applicant).document
    for statement in ("UPDATE document SET digest = 'x'", "DELETE FROM document", "DELETE FROM organisation_document"):
        with unguarded(), pytest.raises((DBAPIError, IntegrityError)):
            db.session.execute(text(statement))
        db.session.rollback()
    assert db.session.scalar(select(Document.digest)) == document.digest


# -- reading and removing ---------------------------------------------------------------------------------------------


def test_a_document_is_read_by_its_sender_its_group_and_whom_a_room_lets(app: Flask, monkeypatch):
    group, applicant, certifier = a_group()
    document = a_document(applicant, organisation=group)
    officer, stranger, assessor = a_person(Duty.GRANTS_OFFICER), a_person(), a_person(Duty.ASSESSOR)

    def readers() -> list[bool]:
        found = []
        for who in (applicant, certifier, officer, assessor, stranger):
            try:
                found.append(queries.document(who, document.ref) == document)
            except NotFound:
                found.append(False)
        return found

    assert readers() == [True, True, False, False, False]
    commands.file_in_vault(group, what=What.CONSTITUTION, document=document, by=applicant)
    assert readers() == [True, True, True, False, False]
    monkeypatch.setattr(policies, "_readers", [lambda who, one: who.id == assessor.id and one.ref == document.ref])
    assert readers() == [True, True, True, True, False]
    assert queries.document(stranger, document.ref, allowed=True) == document


def test_what_is_removed_is_gone_for_everybody_at_once_and_its_content_after_a_while(app: Flask):
    person = a_person()
    document = a_document(person)
    ref, digest = document.ref, document.digest
    commands.remove(document, by=person)
    commands.remove(document, by=person)
    with pytest.raises(NotFound):
        queries.document(person, ref, allowed=True)
    assert dict(queries.documents([ref])) == {}
    _age(digest)
    assert commands.sweep() == 0
    with clock.stopped(clock.now() + timedelta(days=31)):
        assert (commands.sweep(), commands.sweep()) == (1, 0)
    assert (lying(), said_of(ref)) == ([], ["document.kept", "document.removed", "document.swept"])


def test_the_sweep_never_takes_what_another_document_still_names(app: Flask):
    group, person, _certifier = a_group()
    gone = a_document(person, content=CONTENT)
    stays = a_filed(group, by=person, content=CONTENT).document
    assert gone.digest == stays.digest
    commands.remove(gone, by=person)
    _age(stays.digest)
    with clock.stopped(clock.now() + timedelta(days=4000)):
        assert commands.sweep() == 0
    assert (lying(), queries.lost()) == ([stays.digest], [])


def test_what_came_with_a_form_that_was_never_sent_is_let_go_and_what_something_names_is_not(app: Flask, monkeypatch):
    person = a_person()
    left, used = (a_document(person, content=a_pdf(text)) for text in ("Left", "Used"))
    monkeypatch.setattr(rules, "_keepers", [lambda one: ["An application uses it."] if one.ref == used.ref else []])
    for document in (left, used):
        _age(document.digest)
    with clock.stopped(clock.now() + timedelta(days=29)):
        assert (commands.sweep(), left.removed_at) == (0, None)
    with clock.stopped(clock.now() + timedelta(days=31)):
        assert (commands.sweep(), left.removed_at, used.removed_at) == (0, clock.now(), None)
    with clock.stopped(clock.now() + timedelta(days=62)):
        assert (commands.sweep(), lying()) == (1, [used.digest])


CONTENT = a_pdf("The same")


def test_what_a_room_needs_is_not_removed(app: Flask, monkeypatch):
    person = a_person()
    document = a_document(person)
    monkeypatch.setattr(rules, "_keepers", [lambda one: [f"{one.ref} is part of an application."]])
    with pytest.raises(RuleBroken, match="is part of an application"):
        commands.remove(document, by=person)
    assert document.removed_at is None
    with pytest.raises(Refused):
        commands.remove(document, by=a_person())


def _age(digest: str) -> None:
    """As if it had been put there two months ago."""
    folder = store()
    assert isinstance(folder, Disk)
    at = folder._path(digest).stat().st_mtime - 61 * 86_400
    os.utime(folder._path(digest), (at, at))


@pytest.mark.long
def test_keeping_and_sweeping_the_same_content_at_once_never_leaves_a_row_without_it(app: Flask):
    person = a_person()
    digest, trouble = "", []
    for _round in range(10):
        document = a_document(person, content=CONTENT)
        digest = document.digest
        commands.remove(document, by=person)
        _age(digest)
        later = clock.now() + timedelta(days=31)
        found = accepted(CONTENT)
        _age(digest)

        def run(do: Callable[[], object], later: datetime = later) -> None:
            def inside() -> None:
                with app.app_context(), clock.stopped(later):
                    try:
                        do()
                    except Exception as fault:
                        trouble.append(fault)

            contextvars.Context().run(inside)

        def keep(found: intake.Accepted = found, ref: str = person.ref) -> object:
            return commands.keep(found, by=people.person(ref))

        threads = [threading.Thread(target=run, args=(do,)) for do in (keep, commands.sweep, commands.sweep)]
        db.session.rollback()
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        assert (trouble, queries.lost()) == ([], [])
        for document in db.session.scalars(select(Document).where(Document.removed_at.is_(None))).all():
            commands.remove(document, by=person)


# -- the store --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sqlite_app")
def test_content_is_readable_by_its_owner_only_and_half_of_it_is_never_there(tmp_path: Path):
    disk = Disk(tmp_path / "store")
    content = io.BytesIO(b"words")
    digest = digest_of(content)

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("the disk is full")
            return super().read(2)

    with pytest.raises(OSError, match="the disk is full"):
        disk.put(Failing(b"words"), digest)
    assert [path for path in disk.folder.rglob("*") if path.is_file()] == []
    disk.put(content, digest)
    path = disk.folder / digest[:2] / digest[2:4] / digest
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(disk.folder.stat().st_mode)) == (
        b"words",
        0o600,
        0o700,
    )
    for bad in ("../../secret", "A" * 64, digest + "\n"):
        with pytest.raises(ValueError, match="is no digest"):
            disk.open(bad)


# -- what a group keeps here ------------------------------------------------------------------------------------------


def test_a_document_filed_once_is_found_again_with_the_day_it_runs_out(app: Flask, statements):
    with clock.stopped(TODAY):
        group, applicant, certifier = a_group()
        today = clock.today()
        rules_, insurance = (
            a_filed(group, by=applicant),
            a_filed(group, by=certifier, what=What.INSURANCE, expires_on=today + timedelta(days=20)),
        )
        assert list(queries.vault(group)) == [rules_, insurance]
        assert queries.in_vault(group, What.INSURANCE) == insurance
        assert queries.in_vault(group, What.ACCOUNTS) is None
        assert list(queries.due(today)) == [insurance]
        assert (insurance.run_out(today + timedelta(days=20)), insurance.run_out(today + timedelta(days=21))) == (False, True)
        a_filed(group, by=applicant, what=What.EQUALITY)
        db.session.rollback()
        with statements() as made:
            assert [entry.document.name for entry in queries.vaults([group.id])] == ["rules.pdf"] * 3
        assert len(made) == 2  # the group itself is read again first


def test_the_newest_that_has_not_run_out_is_used(app: Flask):
    with clock.stopped(TODAY):
        group, applicant, _certifier = a_group()
        longer = a_filed(group, by=applicant, what=What.INSURANCE, expires_on=clock.today() + timedelta(days=300))
        a_filed(group, by=applicant, what=What.INSURANCE, expires_on=clock.today() + timedelta(days=3))
    with clock.stopped(TODAY + timedelta(days=10)):
        assert queries.in_vault(group, What.INSURANCE) == longer


@pytest.mark.parametrize(
    "what, days, said",
    [
        (What.INSURANCE, None, "Enter the date your insurance runs out"),
        (What.INSURANCE, -1, "This has run out already"),
        (What.CONSTITUTION, 40_000, "Check the year"),
        (What.BANK_STATEMENT, None, "Do not send bank details yet"),
    ],
)
def test_what_is_not_good_is_not_filed(app: Flask, what: What, days: int | None, said: str):
    with clock.stopped(TODAY):
        group, applicant, _certifier = a_group()
        expires = None if days is None else clock.today() + timedelta(days=days)
        with pytest.raises(RuleBroken, match=said):
            a_filed(group, by=applicant, what=what, expires_on=expires)
        assert list(queries.vault(group)) == []


def test_a_bank_statement_is_filed_once_money_was_awarded(app: Flask):
    group, applicant, _certifier = a_group()
    filed = commands.file_in_vault(group, what=What.BANK_STATEMENT, document=a_document(applicant), awarded=True, by=applicant)
    assert filed.document.organisation == group


def test_nobody_files_anothers_document_or_for_another_group(app: Flask):
    group, applicant, _certifier = a_group()
    other, stranger, _c = a_group()
    theirs, nobodys = a_document(stranger, organisation=other), a_document(stranger)
    with pytest.raises(RuleBroken, match="belongs to another group"):
        commands.file_in_vault(group, what=What.OTHER, document=theirs, by=applicant)
    with pytest.raises(Refused):
        commands.file_in_vault(group, what=What.OTHER, document=nobodys, by=applicant)
    with pytest.raises(Refused):
        commands.file_in_vault(group, what=What.OTHER, document=nobodys, by=stranger)
    filed = commands.file_in_vault(other, what=What.OTHER, document=nobodys, by=stranger)
    with pytest.raises(RuleBroken, match="on your list already"):
        commands.file_in_vault(other, what=What.OTHER, document=filed.document, by=stranger)


def test_a_newer_one_takes_an_old_ones_place_and_the_past_stays_told(app: Flask):
    group, applicant, certifier = a_group()
    old = a_filed(group, by=applicant)
    old_ref = old.document.ref
    newer = commands.replace(old, document=a_document(certifier, content=a_pdf("New rules")), by=certifier)
    assert list(queries.vault(group)) == [newer]
    assert (old.replaced_by, old.ended_at is None, old.document.removed_at is None) == (newer, False, False)
    with pytest.raises(RuleBroken, match="taken off the list already"):
        commands.end(old, by=applicant)
    with pytest.raises(NotFound):
        queries.entry(applicant, old_ref)
    assert [code for code in said_of(group.ref) if code.startswith("vault")] == ["vault.filed", "vault.filed", "vault.replaced"]


def test_what_an_application_still_needs_stays_when_it_is_taken_off_the_list(app: Flask, monkeypatch):
    group, applicant, _certifier = a_group()
    one, two = a_filed(group, by=applicant), a_filed(group, by=applicant, what=What.OTHER)
    needed = one.document.ref
    monkeypatch.setattr(rules, "_keepers", [lambda document: ["Needed."] if document.ref == needed else []])
    commands.end(one, by=applicant)
    commands.end(two, by=applicant)
    assert list(queries.vault(group)) == []
    assert (one.document.removed_at is None, two.document.removed_at is None) == (True, False)


def test_who_sees_what_a_group_keeps(app: Flask):
    group, applicant, certifier = a_group()
    _other, stranger, _c = a_group()
    others = [duty for duty in Duty if duty not in ACTS]  # somebody who only looks or advises sees none of it
    seeing = {duty: may(policies.see_vault, a_person(duty, organisation=group), group) for duty in others}
    assert {duty for duty, sees in seeing.items() if sees} == policies.VAULT_READERS
    assert [may(policies.see_vault, who, group) for who in (applicant, certifier, stranger)] == [True, True, False]
    assert [may(policies.file, who, group) for who in (applicant, a_person(Duty.AUDITOR), stranger)] == [True, False, False]


# -- viruses ----------------------------------------------------------------------------------------------------------

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


class Clamd(socketserver.BaseRequestHandler):
    """Speaks clamd's protocol: zPING and zINSTREAM."""

    def handle(self) -> None:
        command = self._until_zero()
        if command == b"zPING":
            self.request.sendall(b"PONG\0")
        elif command == b"zINSTREAM":
            content = b""
            while length := struct.unpack(">I", self._exactly(4))[0]:
                content += self._exactly(length)
            self.server.seen.append(len(content))
            if self.server.dumb:
                return
            self.request.sendall(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")

    def _until_zero(self) -> bytes:
        said = b""
        while not said.endswith(b"\0"):
            said += self._exactly(1)
        return said[:-1]

    def _exactly(self, many: int) -> bytes:
        said = b""
        while len(said) < many:
            if not (piece := self.request.recv(many - len(said))):
                raise ConnectionError
            said += piece
        return said


@contextmanager
def clamd(app: Flask, path: Path | None = None, *, dumb: bool = False) -> Iterator[list[int]]:
    kind = socketserver.ThreadingUnixStreamServer if path else socketserver.ThreadingTCPServer
    with kind(str(path) if path else ("127.0.0.1", 0), Clamd) as server:
        server.seen, server.dumb = [], dumb
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = str(path) if path else f"127.0.0.1:{server.server_address[1]}"
        before = app.extensions["grants"]
        app.extensions["grants"] = before.model_copy(update={"clamav_socket": address})
        try:
            yield server.seen
        finally:
            app.extensions["grants"] = before
            server.shutdown()
            thread.join()


def test_a_clean_file_is_kept_as_clean_and_a_virus_never_lies_here(sqlite_app: Flask):
    much = b"Our rules. " * 20_000
    with clamd(sqlite_app) as seen:
        kept = a_document(a_person(), content=much, name="rules.txt")
        with pytest.raises(RuleBroken, match="A virus was found in that file"):
            accepted(much + EICAR, name="rules.txt")
    assert (kept.scanned, seen, lying()) == (Scan.CLEAN, [len(much), len(much) + len(EICAR)], [kept.digest])


def test_the_scanner_is_reached_by_a_path_too_and_doctor_says_so(sqlite_app: Flask, tmp_path: Path):
    def finding() -> tuple[bool, str]:
        return next((one.well, one.says) for one in doctor.examine() if one.what == "virus scanner")

    assert finding() == (True, "off: GRANTS_CLAMAV_SOCKET is empty, files are not scanned")
    with clamd(sqlite_app, path := tmp_path / "clamd.sock"):
        assert finding() == (True, f"{path} answers")
        assert accepted().scanned is Scan.CLEAN


@pytest.mark.parametrize("dumb", [True, False])
def test_while_the_scanner_does_not_answer_no_file_is_taken(sqlite_app: Flask, tmp_path: Path, dumb: bool):
    if dumb:
        with clamd(sqlite_app, dumb=True), pytest.raises(RuleBroken, match="Try again in a few minutes"):
            accepted()
    else:
        before = sqlite_app.extensions["grants"]
        sqlite_app.extensions["grants"] = before.model_copy(update={"clamav_socket": str(tmp_path / "nothing")})
        assert scanner.answers(str(tmp_path / "nothing")) == "[Errno 2] No such file or directory"
        with pytest.raises(RuleBroken, match="Try again in a few minutes"):
            accepted()
        well, says = next((one.well, one.says) for one in doctor.examine() if one.what == "virus scanner")
        assert (well, "no file can be sent" in says) == (False, True)
    assert lying() == []


def test_doctor_names_a_document_whose_content_is_gone(sqlite_app: Flask):
    def finding() -> doctor.Finding:
        return next(one for one in doctor.examine() if one.what == "documents")

    document = a_document(a_person())
    assert finding().well
    store().drop(document.digest)
    assert (finding().well, document.ref in finding().says) == (False, True)


def test_rows_of_the_list_belong_to_the_groups_history(app: Flask):
    group, applicant, _certifier = a_group()
    a_filed(group, by=applicant)
    [entry] = db.session.scalars(select(OrganisationDocument)).all()
    assert entry.root() == group.ref
