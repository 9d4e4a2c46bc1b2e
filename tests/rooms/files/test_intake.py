"""What is taken, what is refused and in which words, and that nothing but the picture is left of a photo."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from grants.files import intake, kinds, names
from grants.kernel.errors import RuleBroken
from tests.builders import files
from tests.builders.files import a_docx, a_pdf, a_photo, a_zip, an_odt, an_ole, an_xlsx

pytestmark = pytest.mark.usefixtures("sqlite_app")


def read(content: bytes, name: str | None = "file") -> intake.Accepted:
    return intake.read(io.BytesIO(content), name)


def refusal(content: bytes, name: str = "file") -> str:
    with pytest.raises(RuleBroken) as said:
        read(content, name)
    [sentence] = said.value.problems
    return sentence


# -- photos -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, name, kept",
    [
        ("HEIF", "IMG_0042.HEIC", "IMG_0042.jpg"),
        ("JPEG", "garden.jpeg", "garden.jpeg"),
        ("PNG", "screen.png", "screen.png"),
        ("WEBP", "from a chat.webp", "from a chat.jpg"),
    ],
)
def test_a_photo_is_kept_without_place_camera_words_or_colour_notes(kind: str, name: str, kept: str):
    from PIL import Image

    sent = a_photo(kind)
    assert files.CAMERA.encode() in sent and b"Secret place" in sent  # what is to go is there
    found = read(sent, name)
    content = found.content.read()
    assert (found.name, found.media_type) == (kept, "image/png" if kind == "PNG" else "image/jpeg")
    assert [
        sign for sign in (b"Secret", b"Exif", b"eXIf", b"xmpmeta", b"ICC_PROFILE", b"iCCP", b"GPS") if sign in content
    ] == []
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.getexif() == {}
        assert {"exif", "xmp", "icc_profile", "comment"} & set(picture.info) == set()
        assert picture.size == (60, 40)
    assert found.size == len(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_taken_sideways_is_turned_upright_before_its_notes_go(kind: str):
    from PIL import Image

    with Image.open(read(a_photo(kind, turned=6)).content) as picture:
        assert picture.size == (40, 60)
        top, bottom = (picture.convert("RGB").getpixel((20, y)) for y in (5, 55))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]  # red was left, and is now above


def test_a_large_photo_is_made_as_small_as_small_print_allows():
    from PIL import Image

    with Image.open(read(a_photo(size=(5000, 2000))).content) as picture:
        assert picture.size == (3500, 1400)


def test_a_phones_file_of_several_pictures_is_kept_as_its_first():
    from PIL import Image

    out = io.BytesIO()
    files.a_picture((90, 60)).save(out, format="MPO", save_all=True, append_images=[files.a_picture((10, 10))])
    with Image.open(read(out.getvalue(), "IMG_1.JPG").content) as picture:
        assert (picture.format, picture.size, getattr(picture, "n_frames", 1)) == ("JPEG", (90, 60), 1)


def test_a_picture_of_far_too_many_points_is_refused_before_it_is_drawn():
    out = io.BytesIO()
    from PIL import Image

    Image.new("1", (20_000, 20_000)).save(out, format="PNG")
    assert len(out.getvalue()) < 100_000
    assert refusal(out.getvalue()).startswith("That picture is too large.")


@pytest.mark.parametrize("kind", ["HEIF", "JPEG", "PNG"])
def test_half_a_photo_is_called_damaged(kind: str):
    sent = a_photo(kind, size=(400, 300))
    assert (
        refusal(sent[: len(sent) // 2]) == "That picture is damaged and cannot be opened. Take it again, or send another one."
    )


def test_a_web_page_hidden_behind_a_photo_is_gone():
    found = read(a_photo() + b"<script>alert(1)</script>")
    assert b"<script>" not in found.content.read()


# -- documents --------------------------------------------------------------------------------------------------------

WORD = an_ole("WordDocument", first=b"\xec\xa5" + bytes(10))
EXCEL = an_ole("Workbook", first=b"\x09\x08\x10\x00" + bytes(16) + b"\x42\x00\x02\x00\xb0\x04" + bytes(300))


@pytest.mark.parametrize(
    "content, sent, kept, media_type",
    [
        (a_pdf(), "rules.docx", "rules.pdf", "application/pdf"),
        (b"\xef\xbb\xbf" + a_pdf(), "rules.pdf", "rules.pdf", "application/pdf"),
        (a_docx(), "rules.pdf", "rules.docx", kinds.DOCX.media_type),
        (an_xlsx(), "accounts", "accounts.xlsx", kinds.XLSX.media_type),
        (an_odt(), "rules.odt", "rules.odt", kinds.ODT.media_type),
        (an_odt("spreadsheet"), "accounts.ods", "accounts.ods", kinds.ODS.media_type),
        (WORD, "rules.doc", "rules.doc", "application/msword"),
        (EXCEL, "accounts.xls", "accounts.xls", "application/vnd.ms-excel"),
        ("Zoë’s café: £5".encode(), "notes.text", "notes.txt", "text/plain"),
        ("Zoë’s café: £5".encode("cp1252"), "notes", "notes.txt", "text/plain"),
        ("a,b\n1,2\n".encode("utf-16"), "list.CSV", "list.csv", "text/csv"),
        (b"BMX club: our rules", "rules.txt", "rules.txt", "text/plain"),
        (b"MZ is how we begin our meetings", "notes.txt", "notes.txt", "text/plain"),
    ],
)
def test_what_a_file_is_is_told_from_what_is_in_it_and_its_name_made_to_agree(
    content: bytes, sent: str, kept: str, media_type: str
):
    found = read(content, sent)
    assert (found.name, found.media_type, found.content.read()) == (kept, media_type, content)


def test_a_pdf_that_only_forbids_changes_is_taken():
    assert read(a_pdf(owner="secret"), "insurance.pdf").name == "insurance.pdf"


VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(64)
QUICKTIME = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + bytes(64)
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
LOCKED_WORD = an_ole("WordDocument", first=b"\xec\xa5" + bytes(8) + b"\x00\x01")
LOCKED_EXCEL = an_ole("Workbook", first=b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00\x06\x00" + bytes(6))
MACRO_TYPES = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
LOCKED_ODT = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"


@pytest.mark.parametrize(
    "content, name, said",
    [
        (b"", "empty.pdf", "That file is empty."),
        (VIDEO, "holiday.jpg", "That is a video. Send a photo, a PDF or a Word file."),
        (QUICKTIME, "IMG_1.MOV", "That is a video."),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a.pdf", "That is a video."),
        (b"ID3\x04\x00" + bytes(20), "a.pdf", "That is a sound recording."),
        (PROGRAM, "rules.pdf", "That is a program, not a document."),
        (PROGRAM, "photo.jpg", "That is a program, not a document."),
        (b"\x7fELF" + bytes(60), "rules", "That is a program, not a document."),
        (a_zip({"AndroidManifest.xml": b"x"}), "rules.docx", "That is a program, not a document."),
        (b"#!/bin/sh\nrm -rf /\n", "rules.txt", "That is a script, not a document."),
        (b"<?php system($_GET[0]);", "rules.txt", "That is a script, not a document."),
        (b"@echo off\r\ndel *.*", "rules.txt", "That is a script, not a document."),
        (b"WScript.Echo(1)", "rules.VBS", "That is a script, not a document."),
        (b"  <!DOCTYPE html><p>Hello", "rules.pdf", "That is a web page. Print it to a PDF"),
        (b"Hello <script>alert(1)</script>", "rules.txt", "That is a web page."),
        (SVG, "logo.png", "That is a drawing of a kind we do not take (SVG)."),
        (a_zip({"rules.pdf": b"x"}), "rules.docx", "That is a bundle of files (an archive, like a zip)."),
        (b"PK\x05\x06" + bytes(18), "empty.zip", "That is a bundle of files"),
        (b"Rar!\x1a\x07\x00", "a.pdf", "That is a bundle of files"),
        (b"7z\xbc\xaf\x27\x1c", "a.pdf", "That is a bundle of files"),
        (b"\x1f\x8b\x08\x00", "a.pdf", "That is a bundle of files"),
        (bytes(257) + b"ustar\x0000", "a.pdf", "That is a bundle of files"),
        (a_docx(word__vbaProject_dot_bin=b"x"), "rules.docx", "That file has macros (small programs) in it."),
        (a_zip({"[Content_Types].xml": MACRO_TYPES, "xl/workbook.xml": b""}), "a.xlsx", "That file has macros"),
        (an_odt(Basic__Standard__Module1_dot_xml=b"x"), "rules.odt", "That file has macros"),
        (an_ole("WordDocument", "Macros"), "rules.doc", "That file has macros"),
        (an_ole("Workbook", "_VBA_PROJECT_CUR"), "a.xls", "That file has macros"),
        (an_ole("EncryptedPackage"), "rules.docx", "That file is locked with a password."),
        (LOCKED_WORD, "rules.doc", "That file is locked with a password."),
        (LOCKED_EXCEL, "a.xls", "That file is locked with a password."),
        (an_odt(**{"META-INF__manifest_dot_xml": LOCKED_ODT}), "rules.odt", "That file is locked with a password."),
        (a_pdf(password="secret"), "rules.pdf", "That PDF is locked with a password."),
        (a_zip({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b""}), "a.pptx", "That is a slide show."),
        (an_ole("PowerPoint Document"), "a.ppt", "That is a slide show."),
        (an_ole("Something Else"), "a.msg", "We cannot tell what kind of file that is."),
        (a_zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b""}), "a.xlsx", "That is a spreadsheet of a kind"),
        (a_zip({"Index/Document.iwa": b""}), "a.pages", "That was made on a Mac"),
        (b"{\\rtf1 hello}", "a.doc", "That is a rich text file."),
        (b"GIF89a" + bytes(20), "a.jpg", "That is a picture of a kind we do not take."),
        (b"\x00\x01\x02\x03" * 100, "a.pdf", "We cannot tell what kind of file that is."),
        (a_docx()[:3000], "rules.docx", "That file is damaged and cannot be opened."),
    ],
)
def test_each_thing_that_is_not_taken_has_a_sentence_of_its_own(content: bytes, name: str, said: str):
    sentence = refusal(content, name)
    assert sentence[: len(said)] == said


def test_what_is_refused_is_not_kept(sqlite_app: Flask):
    before = set(Path(sqlite_app.extensions["grants"].documents_folder).rglob("*"))
    refusal(PROGRAM, "rules.pdf")
    refusal(a_pdf("other words", password="secret"))
    assert set(Path(sqlite_app.extensions["grants"].documents_folder).rglob("*")) == before


def test_forty_megabytes_are_refused_by_what_they_are():
    much = bytes(40 * 1024 * 1024)
    assert refusal(VIDEO + much, "party.mp4") == "That is a video. Send a photo, a PDF or a Word file."
    assert refusal(b"%PDF-1.7" + much, "scan.pdf") == (
        "That file is 40 MB. Send one of 30 MB or less: a photo of the pages, or only the pages that matter."
    )


# -- bombs ------------------------------------------------------------------------------------------------------------

BOMB = "That file would unpack to far more than a document holds"


def test_an_office_file_that_says_it_unpacks_to_far_too_much_is_refused():
    bomb = a_docx(word__media__image1_dot_png=bytes(60 * 1024 * 1024))
    assert len(bomb) < 200_000
    assert refusal(bomb)[: len(BOMB)] == BOMB


def test_an_office_file_that_lies_about_how_much_it_unpacks_to_is_refused():
    """Its directory says ten bytes; what comes out is 60 MB."""
    honest = a_docx(word__media__image1_dot_png=bytes(60 * 1024 * 1024))
    lying = honest.replace((60 * 1024 * 1024).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    assert refusal(lying) == ("That file is damaged and cannot be opened. Save it again, or save it as a PDF, and send that.")


def test_an_office_file_of_ten_thousand_members_is_refused():
    out = io.BytesIO(an_xlsx())
    with zipfile.ZipFile(out, "a") as bundle:
        for number in range(5001):
            bundle.writestr(f"xl/{number}", b"")
    assert refusal(out.getvalue())[: len(BOMB)] == BOMB


# -- DBS certificates -------------------------------------------------------------------------------------------------

CERTIFICATE = "\n".join(
    (
        "Enhanced Certificate",
        "Disclosure and Barring Service",
        "Certificate Number 001234567890  Date of Issue: 1 May 2026",
        "Applicant Personal Details  Surname: SMITH",
        "Employment Details  Position applied for: VOLUNTEER",
        "Police Records of Convictions, Cautions, Reprimands and Warnings: NONE RECORDED",
    )
)
POLICY = "\n".join(
    (
        "How we check volunteers",
        "We ask the Disclosure and Barring Service for a certificate. We write down the date of issue of a certificate,",
        "the surname, the position applied for and the certificate number.",
    )
)
NOT_KEPT = "That looks like a DBS certificate. Do not send it"


@pytest.mark.parametrize("write", [a_pdf, a_docx, str.encode])
def test_a_dbs_certificate_is_known_by_its_words_and_a_policy_about_them_is_taken(write):
    assert refusal(write(CERTIFICATE), "scan")[: len(NOT_KEPT)] == NOT_KEPT
    assert read(write(POLICY), "safeguarding").size == len(write(POLICY))


@pytest.mark.parametrize(
    "name", ["DBS certificate.jpg", "jane_dbs.HEIC", "JaneDbsCheck.pdf", "Enhanced DBS Certificate Jane.docx", "scan/crb.png"]
)
def test_a_dbs_certificate_is_known_by_its_name(name: str):
    assert refusal(a_photo(), name)[: len(NOT_KEPT)] == NOT_KEPT


@pytest.mark.parametrize("name", ["DBS policy.pdf", "dbs-register.xlsx", "handbsome.jpg", "DBS checks.xlsx", "certificate.pdf"])
def test_other_names_are_no_dbs_certificates(name: str):
    assert read(a_pdf(), name).media_type == "application/pdf"


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent, kept",
    [
        ("", "document.pdf"),
        (None, "document.pdf"),
        (".pdf", "document.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\jo\\rules.PDF", "rules.pdf"),
        ("rules\u202efdp.exe", "rulesfdp.pdf"),
        ("rules.exe.pdf", "rules.pdf"),
        ("rules.pdf.exe", "rules.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
        ("CON.pdf", "document CON.pdf"),
        ("com1.txt.pdf", "document com1.txt.pdf"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("Zoë’s plan für 2026.pdf", "Zoë’s plan für 2026.pdf"),
        ("خطة.pdf", "خطة.pdf"),
        ("🌻.pdf", "🌻.pdf"),
        ("...", "document.pdf"),
        ('a<b>c:"d|e?f*.pdf', "abcdef.pdf"),
    ],
)
def test_hostile_names_are_cleaned(sent: str | None, kept: str):
    assert read(a_pdf(), sent).name == kept


@given(st.text(max_size=400))
def test_a_kept_name_is_always_short_plain_and_safe(sent: str):
    kept = names.clean(sent, (".pdf",))
    assert 5 <= len(kept) <= names.LONGEST
    assert kept.endswith(".pdf") and not kept.startswith((".", " ", "-"))
    assert set(kept) & set('/\\<>:"|?*%') == set()
    assert [c for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")] == []
    assert names._RESERVED.match(kept.split(".")[0]) is None
    assert names.clean(kept, (".pdf",)) == kept


@given(st.binary(max_size=5000))
def test_any_bytes_are_taken_or_refused_in_a_sentence(content: bytes):
    beginnings = (
        b"",
        b"PK\x03\x04",
        b"%PDF-1.7\n/Encrypt 1 0 R",
        b"\xff\xd8\xff",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x00\x00\x00\x20ftypheic",
    )
    for beginning in beginnings:
        what = kinds.told((beginning + content)[: kinds.HEAD])
        assert isinstance(what, str) and what
        if beginning or what != "text":
            try:
                intake._looked_at(io.BytesIO(beginning + content), "x")
            except RuleBroken as said:
                assert str(said).endswith(".")
