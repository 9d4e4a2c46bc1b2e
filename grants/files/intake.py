"""Reading what somebody sends, before anything is decided and outside any command: the database waits for no file.

accepted = intake.read(request.files["plan"].stream, request.files["plan"].filename)      raises RuleBroken, says what to do
document = commands.keep(accepted, organisation=group, by=me())
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from grants.files import kinds, names, pictures, private, scanner
from grants.files.kinds import Kind
from grants.files.models import Scan
from grants.files.store import digest_of, store
from grants.kernel.errors import RuleBroken
from grants.kernel.words import _

LARGEST = 30 * 1024 * 1024  # bytes of one file
MOST_MEMBERS = 5000  # of an Office file
MOST_INSIDE = 300 * 1024 * 1024  # bytes, all members unpacked
MOST_TIMES = 200  # how much larger than the file itself, once there is 10 MB of it
LITTLE = 10 * 1024 * 1024
_PIECE = 256 * 1024
_SCRIPTS = re.compile(r"\.(jse?|mjs|vb[es]|ws[fh]?|psm?1|bat|cmd|sh|py|php\d?|pl|rb|hta|reg|applescript)\Z", re.IGNORECASE)


class Accepted(NamedTuple):
    """A file that may be kept: made harmless where it was a photo, and lying in the store already."""

    content: BinaryIO
    digest: str
    name: str
    media_type: str
    size: int  # bytes
    scanned: Scan


def read(content: BinaryIO, name: str | None) -> Accepted:
    """Look at a file, make a photo harmless, scan it and lay it in the store. RuleBroken says what is wrong and what to do.

    `name` is what the sender's computer calls it: it decides nothing about what the file is.
    """
    sent = name or ""
    size = _size(content)
    if size == 0:
        raise RuleBroken(_("That file is empty. Choose another one."))
    if size > LARGEST:
        raise RuleBroken(_too_large(content, size))
    if refusal := private.named_as_certificate(sent):
        raise RuleBroken(refusal)
    kept, kind = _looked_at(content, sent)
    if refusal := private.certificate(kept, kind):
        raise RuleBroken(refusal)
    scanned = scanner.scan(kept)
    digest = digest_of(kept)
    store().put(kept, digest)
    kept.seek(0)
    usual = _("photo") if kind in (kinds.JPEG, kinds.PNG) else _("document")
    return Accepted(kept, digest, names.clean(sent, kind.endings, otherwise=usual), kind.media_type, _size(kept), scanned)


def _size(content: BinaryIO) -> int:
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


def _too_large(content: BinaryIO, size: int) -> str:
    """What to do about a file that is too large depends on what it is."""
    what = kinds.told(kinds.read_head(content))
    if what in (kinds.VIDEO, kinds.SOUND, kinds.ARCHIVE, kinds.PROGRAM):
        return _(what)
    return _(
        "That file is %(size)s. Send one of %(most)s MB or less: a photo of the pages, or only the pages that matter.",
        size=names.in_words(size),
        most=LARGEST // 1024**2,
    )


def _looked_at(content: BinaryIO, name: str) -> tuple[BinaryIO, Kind]:
    """What is to be kept, and what it is."""
    what = kinds.told(kinds.read_head(content))
    if what in kinds.PICTURES:
        drawn, png = pictures.redrawn(content, what)
        return io.BytesIO(drawn), kinds.PNG if png else kinds.JPEG
    if what == "zip":
        return content, _office(content)
    if what == "ole":
        return content, _old_office(content)
    if what == "pdf":
        if private.pdf_is_locked(content):
            raise RuleBroken(
                _("That PDF is locked with a password. Open it, print it to a new PDF without a password, and send that.")
            )
        return content, kinds.PDF
    if what == "text":
        return content, _text(content, name)
    raise RuleBroken(_(what))


def _text(content: BinaryIO, name: str) -> Kind:
    if _SCRIPTS.search(name):
        raise RuleBroken(_(kinds.SCRIPT))
    content.seek(0)
    while piece := content.read(_PIECE):
        if b"\x00" in piece and not piece.startswith((b"\xff\xfe", b"\xfe\xff")) and not _wide(content):
            raise RuleBroken(_(kinds.OTHER))
    content.seek(0)
    return kinds.CSV if name.lower().endswith(".csv") else kinds.TEXT


def _wide(content: BinaryIO) -> bool:
    """Is it text of two bytes a character?"""
    at = content.tell()
    content.seek(0)
    mark = content.read(2)
    content.seek(at)
    return mark in (b"\xff\xfe", b"\xfe\xff")


# -- Office files -----------------------------------------------------------------------------------------------------


def _locked() -> RuleBroken:
    return RuleBroken(_("That file is locked with a password. Save it without a password and send that."))


def _macros() -> RuleBroken:
    return RuleBroken(_("That file has macros (small programs) in it. Save it as a PDF, or without macros, and send that."))


def _damaged() -> RuleBroken:
    return RuleBroken(_("That file is damaged and cannot be opened. Save it again, or save it as a PDF, and send that."))


def _office(content: BinaryIO) -> Kind:
    """Which Office file a zip is; RuleBroken for every other zip, for macros, passwords, and for bombs."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as bundle:
            members = bundle.infolist()
            kind = _which_office(bundle, {one.filename for one in members})
            if any(one.flag_bits & 1 for one in members):
                raise _locked()
            _unpack(bundle, members, _size_of(content))
            return kind
    except RuleBroken:
        raise
    except Exception as fault:  # hostile bytes bring about anything
        raise _damaged() from fault


def _size_of(content: BinaryIO) -> int:
    at = content.tell()
    size = content.seek(0, io.SEEK_END)
    content.seek(at)
    return size


def _which_office(bundle: zipfile.ZipFile, there: set[str]) -> Kind:
    low = {name.lower() for name in there}
    if any(name.rsplit("/", 1)[-1] in ("vbaproject.bin", "vbadata.xml") for name in low):
        raise _macros()
    if "[content_types].xml" in low:
        if "xl/workbook.bin" in low:
            raise RuleBroken(_(kinds.BINARY_SHEET))
        if any(name.startswith("ppt/") for name in low):
            raise RuleBroken(_(kinds.SLIDES))
        types = _little(bundle, next(name for name in there if name.lower() == "[content_types].xml")).lower()
        if b"macroenabled" in types:
            raise _macros()
        if "word/document.xml" in low:
            return kinds.DOCX
        if "xl/workbook.xml" in low:
            return kinds.XLSX
    elif "mimetype" in there:
        said = _little(bundle, "mimetype").decode("ascii", "replace").strip()
        found = {kinds.ODT.media_type: kinds.ODT, kinds.ODS.media_type: kinds.ODS}.get(said)
        if found:
            if any(name.startswith(("basic/", "scripts/")) and not name.endswith("/") for name in low):
                raise _macros()
            if "META-INF/manifest.xml" in there and b"encryption-data" in _little(bundle, "META-INF/manifest.xml"):
                raise _locked()
            return found
        if "presentation" in said:
            raise RuleBroken(_(kinds.SLIDES))
    elif "index/document.iwa" in low or "index.zip" in low:
        raise RuleBroken(_(kinds.PAGES))
    elif "androidmanifest.xml" in low or "meta-inf/manifest.mf" in low:
        raise RuleBroken(_(kinds.PROGRAM))
    raise RuleBroken(_(kinds.ARCHIVE))


def _little(bundle: zipfile.ZipFile, name: str) -> bytes:
    with bundle.open(name) as member:
        return member.read(1024 * 1024)


def _unpack(bundle: zipfile.ZipFile, members: list[zipfile.ZipInfo], size: int) -> None:
    """Unpack it once, piece by piece, counting what really comes out: what it says of itself is only the first test."""
    bomb = RuleBroken(
        _("That file would unpack to far more than a document holds, so we did not open it. Save it as a PDF and send that.")
    )
    most = min(MOST_INSIDE, max(LITTLE, size * MOST_TIMES))
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > most:
        raise bomb
    came = 0
    for piece in _pieces(bundle, members):
        came += len(piece)
        if came > most:
            raise bomb


def _pieces(bundle: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[bytes]:
    for one in members:
        with bundle.open(one) as member:
            while piece := member.read(_PIECE):
                yield piece


def _old_office(content: BinaryIO) -> Kind:
    content.seek(0)
    whole = content.read(LARGEST + 1)
    content.seek(0)
    there = kinds.ole_entries(whole)
    if "EncryptedPackage" in there:
        raise _locked()
    if there.keys() & {"VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"}:
        raise _macros()
    if "PowerPoint Document" in there:
        raise RuleBroken(_(kinds.SLIDES))
    if word := there.get("WordDocument"):
        if kinds.word_is_locked(whole, word):
            raise _locked()
        return kinds.DOC
    if sheet := there.get("Workbook") or there.get("Book"):
        if kinds.excel_is_locked(whole, sheet):
            raise _locked()
        return kinds.XLS
    raise RuleBroken(_(kinds.OTHER))
