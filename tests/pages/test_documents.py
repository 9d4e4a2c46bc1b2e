"""Sending files through pages: a refused form keeps its file, what is kept is only ever saved, and a group's list."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from grants.files import queries
from grants.files.models import Document, What
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.models import Duty
from tests.builders.files import CAMERA, a_document, a_filed, a_pdf, a_photo
from tests.builders.people import a_group, a_person
from tests.client import Browser
from tests.reading import Page
from tests.rooms.files.test_files import clamd


@pytest.fixture
def site(sqlite_app: Flask, tmp_path: Path) -> Iterator[Flask]:
    before = sqlite_app.extensions["grants"]
    sqlite_app.extensions["grants"] = before.model_copy(update={"documents": str(tmp_path / "documents")})
    yield sqlite_app
    sqlite_app.extensions["grants"] = before


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(Document)) or 0


def photo(name: str = "garden.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(a_photo()), name


def facts(page: Page) -> list[list[str]]:
    return page.tables()[0].rows


def test_a_refused_form_keeps_its_file_and_sends_it_the_second_time(site: Flask):
    group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    page = browser.submit("/documents/new", what="insurance", file=photo("IMG_1.HEIC"), expect=422)
    assert page.problems == ["Enter the date your insurance runs out. It is on the certificate."]
    assert "IMG_1.jpg (1 KB) is kept." in page.text
    runs_out = date(clock.today().year + 1, 3, 31)
    page = browser.fill(expires_on=runs_out)
    assert (browser.at, kept()) == ("/documents", 1)
    [filed] = queries.vault(group)
    assert (filed.what, filed.expires_on, filed.document.name, filed.document.kept_by) == (
        What.INSURANCE, runs_out, "IMG_1.jpg", applicant,
    )  # fmt: skip
    assert "IMG_1.jpg is kept. You can use it in every application." in page.text


def test_a_refused_file_loses_nothing_of_what_was_typed(site: Flask):
    _group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    video = io.BytesIO(b"\x00\x00\x00\x20ftypisom" + bytes(40 * 1024 * 1024))
    page = browser.submit(
        "/documents/new", {"what": "other", "expires_on": date(2031, 2, 3), "file": (video, "party.jpg")}, expect=422
    )
    assert page.problems == ["That is a video. Send a photo, a PDF or a Word file."]
    [form] = [form for form in page.forms if "what" in form.names]
    assert (form.given["what"], form.given["expires_on-year"], form.given["file-kept"]) == (["other"], ["2031"], [""])
    assert kept() == 0


def test_a_refused_file_leaves_the_one_that_was_kept_before(site: Flask):
    _group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    browser.submit("/documents/new", file=photo(), expect=422)
    page = browser.fill(what="other", file=(io.BytesIO(b"MZ\x90\x00" + bytes(200)), "new.pdf"), expect=422)
    assert page.problems == ["That is a program, not a document. Send a photo, a PDF or a Word file."]
    assert "garden.jpg (1 KB) is kept." in page.text
    browser.fill()
    assert [one.name for one in db.session.scalars(select(Document))] == ["garden.jpg"]


def test_a_kept_file_can_be_taken_out_of_the_form_or_another_put_in_its_place(site: Flask):
    group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    browser.submit("/documents/new", file=photo(), expect=422)
    page = browser.fill({"file-remove": "y"}, what="other", expect=422)
    assert (page.problems, "is kept" in page.text) == (["Choose the document"], False)
    browser.fill(file=photo("one.jpg"), what="", expect=422)
    browser.fill(file=photo("two.jpg"), what="other")
    assert [entry.document.name for entry in queries.vault(group)] == ["two.jpg"]


def test_a_kept_file_is_the_senders_own_whatever_is_written_in_the_hidden_field(site: Flask):
    _group, applicant, _certifier = a_group()
    other, stranger, _c = a_group()
    browser = Browser(site).sign_in(applicant)
    page = browser.submit("/documents/new", file=photo(), expect=422)
    [token] = next(form for form in page.forms if "what" in form.names).given["file-kept"]
    theirs = Browser(site).sign_in(stranger)
    for forged in (token, token[:-2], "DOC-26-00001", "['DOC-26-00001', 'x']"):
        page = theirs.submit("/documents/new", {"file-kept": forged, "what": "other"}, expect=422)
        assert page.problems[0].startswith("This page has been open too long or was changed on its way")
    assert list(queries.vault(other)) == []


def test_pressing_twice_files_it_once(site: Flask):
    group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    page = browser.submit("/documents/new", file=photo(), expect=422)
    sent = next(form for form in page.forms if "what" in form.names).fill(what="other")
    answers = [browser.post("/documents/new", sent, token=False).status_code for _n in range(2)]
    assert (answers, len(queries.vault(group))) == ([303, 303], 1)


def test_while_the_scanner_is_silent_the_form_is_kept(site: Flask):
    _group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    with clamd(site, dumb=True):
        page = browser.submit("/documents/new", what="other", file=photo(), expect=422)
    assert page.problems == [
        "We cannot check files for viruses at the moment, so we did not take this one. Try again in a few minutes."
    ]
    browser.fill(file=photo())
    assert kept() == 1


def test_a_request_that_is_far_too_large_has_a_page_that_says_what_to_do(site: Flask):
    _group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    most = site.config["MAX_CONTENT_LENGTH"]
    page = browser.submit("/documents/new", file=(io.BytesIO(bytes(most)), "a.mp4"), expect=413)
    assert "Everything sent at once must be 64 MB or less." in page.text
    assert "Go back: what you typed is still there." in page.text


def test_a_document_is_only_ever_saved_and_never_opened_in_the_page(site: Flask):
    group, applicant, _certifier = a_group()
    filed = a_filed(group, by=applicant, content=a_photo("HEIF"), name="Zoë\u202e's garden.heic")
    answer = Browser(site).sign_in(applicant).fetch(f"/documents/{filed.document.ref}")
    assert CAMERA.encode() not in answer.data and len(answer.data) == filed.document.size
    said = {
        name: answer.headers[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control", "Content-Length")
    }
    assert said == {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Length": str(filed.document.size),
    }
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename=\"Zoe's garden.jpg\"; filename*=UTF-8''Zo%C3%AB%27s%20garden.jpg"
    )
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_group_replaces_and_removes_what_it_keeps(site: Flask):
    group, applicant, certifier = a_group()
    filed = a_filed(group, by=applicant)
    ref = filed.document.ref
    browser = Browser(site).sign_in(certifier)
    page = browser.submit(f"/documents/{ref}/replace", file=(io.BytesIO(a_pdf("New")), "new rules.pdf"))
    assert "new rules.pdf is kept in place of the old one." in page.text
    assert [row[0] for row in facts(page)] == ["Constitution or rules"]
    browser.visit(f"/documents/{ref}/replace", expect=404)
    [newer] = queries.vault(group)
    browser.visit(f"/documents/{newer.document.ref}/remove")
    page = browser.press("Remove it")
    assert "You have not sent any documents yet." in page.text
    browser.fetch(f"/documents/{newer.document.ref}", expect=404)


def test_somebody_of_two_groups_says_which_it_is_for(site: Flask):
    from grants.people import commands
    from tests.builders.people import LONG_AGO, an_administrator

    group, applicant, _certifier = a_group("Bridge")
    other, _a, _c = a_group("Signal")
    commands.give_duty(applicant, duty=Duty.APPLICANT, organisation=other, starts_on=LONG_AGO, by=an_administrator())
    browser = Browser(site).sign_in(applicant)
    page = browser.submit("/documents/new", what="other", file=photo(), expect=422)
    assert page.problems == ["Choose the group"]
    browser.fill(group=other.ref)
    assert ([len(queries.vault(one)) for one in (group, other)]) == [0, 1]


def test_staff_see_a_groups_documents_on_its_page(site: Flask):
    group, applicant, _certifier = a_group()
    a_filed(group, by=applicant, what=What.INSURANCE, expires_on=date(clock.today().year + 1, 3, 31))
    for duty, sees, changes in ((Duty.GRANTS_OFFICER, True, True), (Duty.AUDITOR, True, False), (Duty.ASSESSOR, False, False)):
        page = Browser(site).sign_in(a_person(duty)).visit(f"/organisations/{group.ref}")
        assert ("rules.pdf" in page.text, "Replace" in page.text) == (sees, changes)


def test_what_was_typed_signed_out_shows_no_signs_of_our_own(site: Flask):
    _group, applicant, _certifier = a_group()
    browser = Browser(site).sign_in(applicant)
    browser.submit("/documents/new", file=photo(), expect=422)
    with browser.client.session_transaction() as session:
        del session["_user_id"]
    browser.fill(what="other")
    browser.sign_in(applicant)
    page = browser.visit("/held")
    assert ("File kept" in page.text, "Other" in page.text or "other" in page.text) == (False, True)
    browser.press("Send it now")
    assert (browser.at, kept()) == ("/documents", 1)


def test_a_field_shows_a_document_given_to_it_and_files_of_other_fields_are_not_taken(site: Flask):
    from grants.web.forms import HouseForm, TextField, UploadField

    class Plan(HouseForm):
        title = TextField("Title")
        plan = UploadField("Plan")

    document = a_document(a_person())

    def read() -> ResponseReturnValue:
        form = Plan(data={"plan": document.ref}, meta={"csrf": False})
        return f"{form.title.data!r} {form.plan.data.ref if form.plan.data else None}"

    with site.test_request_context():
        assert read() == f"None {document.ref}"
    with site.test_request_context(
        method="POST", data={"title": (io.BytesIO(b"x"), "x.txt"), "elsewhere": (io.BytesIO(b"x"), "x")}
    ):
        assert read() == "'' None"
