"""What a file is, told from what is in it: never from its name, nor from what the browser says of it.

No library does this rightly on Python 3.11 for the kinds we take (docs/architecture.md), so here is a table of signatures and
one look at the member names of Office files.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

from grants.kernel.words import mark


class Kind(NamedTuple):
    """A kind of file we take: what it is called in an answer's Content-Type, and the endings its name may have."""

    media_type: str
    endings: tuple[str, ...]


JPEG = Kind("image/jpeg", (".jpg", ".jpeg"))
PNG = Kind("image/png", (".png",))
PDF = Kind("application/pdf", (".pdf",))
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
DOC = Kind("application/msword", (".doc",))
XLS = Kind("application/vnd.ms-excel", (".xls",))
ODT = Kind("application/vnd.oasis.opendocument.text", (".odt",))
ODS = Kind("application/vnd.oasis.opendocument.spreadsheet", (".ods",))
TEXT = Kind("text/plain", (".txt",))
CSV = Kind("text/csv", (".csv",))

ARCHIVE = mark("That is a bundle of files (an archive, like a zip). Take the files out of it and send each one by itself.")
PROGRAM = mark("That is a program, not a document. Send a photo, a PDF or a Word file.")
SCRIPT = mark("That is a script, not a document. Send a photo, a PDF or a Word file.")
WEB_PAGE = mark("That is a web page. Print it to a PDF and send that.")
DRAWING = mark("That is a drawing of a kind we do not take (SVG). Save it as a PNG picture or a PDF and send that.")
VIDEO = mark("That is a video. Send a photo, a PDF or a Word file.")
SOUND = mark("That is a sound recording. Send a photo, a PDF or a Word file.")
PICTURE = mark("That is a picture of a kind we do not take. Save it as a JPEG or PNG picture and send that.")
SLIDES = mark("That is a slide show. Save it as a PDF and send that.")
RICH_TEXT = mark("That is a rich text file. Save it as a Word file or a PDF and send that.")
PAGES = mark("That was made on a Mac in a kind of file we cannot open. Save it as a Word file or a PDF and send that.")
BINARY_SHEET = mark(
    "That is a spreadsheet of a kind we do not take. Save it as an Excel file that ends in .xlsx and send that."
)
OTHER = mark(
    "We cannot tell what kind of file that is. Send a photo (JPEG, PNG or HEIC), a PDF, or a Word, Excel or OpenDocument file."
)

HEAD = 4096  # bytes looked at

PICTURES = ("jpeg", "png", "heif", "webp")
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# What a file begins with, and what it then is: a refusal, or a word that `told` looks into further.
_BEGINS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", ARCHIVE),
    (b"PK\x07\x08", ARCHIVE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"\x1f\x9d", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"MSCF", ARCHIVE),
    (b"xar!", ARCHIVE),
    (b"!<arch>", ARCHIVE),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"\xfe\xed\xfa\xce", PROGRAM),
    (b"\xfe\xed\xfa\xcf", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"dex\n", PROGRAM),
    (b"\x00asm", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a Windows shortcut
    (b"#!", SCRIPT),
    (b"\x1aE\xdf\xa3", VIDEO),  # Matroska, WebM
    (b"FLV\x01", VIDEO),
    (b"\x00\x00\x01\xba", VIDEO),
    (b"\x00\x00\x01\xb3", VIDEO),
    (b"0&\xb2u\x8ef\xcf\x11", VIDEO),  # Windows Media
    (b"ID3", SOUND),
    (b"OggS", SOUND),
    (b"fLaC", SOUND),
    (b"#!AMR", SOUND),
    (b"\xff\xfb", SOUND),
    (b"\xff\xf1", SOUND),
    (b"GIF8", PICTURE),
    (b"BM", "bitmap"),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"8BPS", PICTURE),
    (b"\x00\x00\x01\x00", PICTURE),
    (b"{\\rtf", RICH_TEXT),
)
_SCRIPTED = (b"<?php", b"@echo off", b"<script", b"<%")
_WEB = (b"<!doctype html", b"<html", b"<head", b"<body", b"<iframe")


def told(head: bytes) -> str:
    """From a file's first bytes: 'jpeg', 'png', 'heif', 'webp', 'pdf', 'zip', 'ole', 'text', or the refusal's sentence."""
    if head[4:8] == b"ftyp":
        return _of_boxes(head)
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": VIDEO, b"WAVE": SOUND}.get(head[8:12], OTHER)
    if head[257:262] == b"ustar":
        return ARCHIVE
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n\f\x00")
    if bare.startswith(b"%PDF-"):
        return "pdf"
    for beginning, what in sorted(_BEGINS, key=lambda line: -len(line[0])):
        if head.startswith(beginning):
            if what == "bitmap":
                return PICTURE if head[6:10] == b"\x00\x00\x00\x00" and b"\x00" in head[:14] else _of_text(head)
            if what == PROGRAM and beginning == b"MZ" and b"\x00" not in head[:128]:
                return _of_text(head)
            return what
    return _of_text(head)


def _of_boxes(head: bytes) -> str:
    """ISO media files: a phone's photo, or a video."""
    length = min(int.from_bytes(head[:4], "big"), 512)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length, 4))}
    if head[8:12] in (b"avif", b"avis"):
        return PICTURE
    if brands & set(_HEIF):
        return "heif"
    return SOUND if head[8:12] == b"M4A " else VIDEO


def _of_text(head: bytes) -> str:
    """Text, and what is written as text but is none to a browser or a computer."""
    said = head[3:] if head.startswith(b"\xef\xbb\xbf") else head
    if said[:2] in (b"\xff\xfe", b"\xfe\xff"):
        said = said.decode("utf-16", "replace").encode()
    elif b"\x00" in said:
        return VIDEO if said[:1] == b"G" and said[188:189] == b"G" else OTHER
    low = said.lower().lstrip()
    if low.startswith(_SCRIPTED):
        return SCRIPT
    if b"<svg" in low:
        return DRAWING
    if any(sign in low for sign in _WEB) or b"<script" in low:
        return WEB_PAGE
    if any(c < 9 or (13 < c < 32 and c != 27) for c in said):
        return OTHER
    return "text"


# -- old Office files -------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """A stream of an OLE file: where its first sector begins, in bytes."""

    at: int


def ole_entries(whole: bytes) -> dict[str, Entry]:
    """The streams of an old Office file that matter here: directory entries stand at multiples of 128 bytes."""
    found = {}
    size = 1 << min(struct.unpack_from("<H", whole, 30)[0], 16) if len(whole) >= 512 else 512
    for name in OLE_NAMES:
        written = name.encode("utf-16-le")
        at = whole.find(written)
        while at != -1:
            if at % 128 == 0 and whole[at + 64 : at + 66] == struct.pack("<H", len(written) + 2) and at + 128 <= len(whole):
                sector = struct.unpack_from("<I", whole, at + 116)[0]
                found[name] = Entry((sector + 1) * size)
                break
            at = whole.find(written, at + 2)
    return found


OLE_NAMES = (
    "WordDocument",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "EncryptedPackage",
    "VBA",
    "_VBA_PROJECT",
    "_VBA_PROJECT_CUR",
    "Macros",
)


def word_is_locked(whole: bytes, entry: Entry) -> bool:
    """Does an old Word file ask for a password? (MS-DOC 2.5.2: bit fEncrypted of the FIB)"""
    fib = whole[entry.at : entry.at + 12]
    return len(fib) == 12 and fib[:2] == b"\xec\xa5" and bool(fib[11] & 0x01)


def excel_is_locked(whole: bytes, entry: Entry) -> bool:
    """Does an old Excel file ask for a password? (MS-XLS 2.4.117: a FilePass record soon after the first BOF)"""
    at = entry.at
    for _n in range(20):
        if at + 4 > len(whole):
            return False
        record, length = struct.unpack_from("<HH", whole, at)
        if record == 0x2F:
            return True
        at += 4 + length
    return False


def read_head(content: BinaryIO) -> bytes:
    """The first bytes of a file, which then stands at its beginning again."""
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return head
