"""What we must not hold, and what we could not open: DBS certificates and locked PDFs.

Why no DBS certificates: what is in them may be passed on only to those who need it for their duties (Police Act 1997,
section 124), and may not be kept longer than the decision needs (Revised code of practice for Disclosure and Barring Service
registered persons, November 2015; DBS, Handling of DBS certificate information). A funder needs to know that checks were
made, and when.
"""

from __future__ import annotations

import logging
import re
from typing import BinaryIO

from grants.files import kinds
from grants.files.kinds import Kind
from grants.kernel.words import _

MOST_READ = 8 * 1024 * 1024  # bytes of a PDF whose words are looked at; certificates are small
MOST_PAGES = 3
MOST_WORDS = 200_000  # characters

_WORD = re.compile(r"[a-z]+|\d+")
_CHECKED = {"dbs", "crb"}
_CERTIFICATE = {"certificate", "certificates", "cert", "certs", "disclosure", "enhanced", "check", "result"}
_ABOUT = {"policy", "policies", "procedure", "procedures", "log", "register", "statement", "list", "tracker", "guidance"}
_PICTURE_OR_PDF = re.compile(r"\.(jpe?g|png|hei[cf]|webp|pdf|tiff?|gif|bmp)\Z", re.IGNORECASE)

# Headings of a certificate. A policy that says what is written down of certificates has the weak ones, never the strong.
_STRONG = (
    "police records of convictions",
    "countersignatory details",
    "registered person details",
    "applicant personal details",
    "none recorded",
)
_WEAK = ("employment details", "position applied for", "date of issue", "surname", "date of birth")


def _refusal() -> str:
    return _(
        "That looks like a DBS certificate. Do not send it: it holds private facts about a person that we must not keep. "
        "We do not need the certificate number either. Tell us only that checks were made, and the date."
    )


def named_as_certificate(name: str) -> str | None:
    """The refusal, where a file's name says that it is somebody's DBS certificate. A DBS policy is welcome."""
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.split(r"[/\\]", name)[-1]).lower()
    words = set(_WORD.findall(stem))
    if words & _ABOUT:
        return None
    said = {"disclosure", "barring"} <= words or bool(words & _CHECKED)
    if said and (words & _CERTIFICATE or _PICTURE_OR_PDF.search(name)):
        return _refusal()
    return None


def certificate(content: BinaryIO, kind: Kind) -> str | None:
    """The refusal, where the words in a file are those of a DBS certificate. A photo's words are not read."""
    words = ""
    if kind == kinds.PDF:
        words = _words_of_pdf(content)
    elif kind == kinds.DOCX:
        words = _words_of_docx(content)
    elif kind in (kinds.TEXT, kinds.CSV):
        content.seek(0)
        words = content.read(MOST_WORDS).decode("utf-8", "replace")
    content.seek(0)
    said = " ".join(words.lower().split())
    strong, weak = (sum(sign in said for sign in signs) for signs in (_STRONG, _WEAK))
    if "disclosure and barring service" in said and "certificate number" in said and strong and strong + weak >= 3:
        return _refusal()
    return None


def _words_of_docx(content: BinaryIO) -> str:
    import zipfile

    content.seek(0)
    try:
        with zipfile.ZipFile(content) as bundle, bundle.open("word/document.xml") as member:
            written = member.read(MOST_WORDS * 10).decode("utf-8", "replace")
    except Exception:  # it was unpacked once already; what cannot be read has no words
        return ""
    return re.sub(r"<[^>]*>", "", re.sub(r"</w:p>", " ", written))[:MOST_WORDS]


def _words_of_pdf(content: BinaryIO) -> str:
    import pypdf

    content.seek(0)
    if len(content.read(MOST_READ + 1)) > MOST_READ:
        return ""
    content.seek(0)
    said: list[str] = []
    try:
        reader = _quietly(content)
        if reader.is_encrypted:
            reader.decrypt("")
        for number, page in enumerate(reader.pages):
            if number == MOST_PAGES:
                break
            found = page.get("/Contents")
            streams = found.get_object() if found is not None else None
            parts = streams if isinstance(streams, pypdf.generic.ArrayObject) else [streams]
            if sum(len(getattr(one.get_object(), "_data", b"")) for one in parts if one is not None) > 500_000:
                continue  # a drawing, not a certificate
            said.append(page.extract_text()[:MOST_WORDS])
    except Exception:  # whatever a strange PDF brings about, it has no words then
        pass
    return " ".join(said)


def pdf_is_locked(content: BinaryIO) -> bool:
    """Can it be opened only with a password? One that merely forbids printing or changing opens without, and is taken."""
    content.seek(0)
    whole = content.read()
    content.seek(0)
    if b"/Encrypt" not in whole:
        return False
    from pypdf import PasswordType

    try:
        reader = _quietly(content)
        locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except Exception:  # ciphers that cannot be tried here: it cannot be shown to open
        locked = True
    content.seek(0)
    return bool(locked)


def _quietly(content: BinaryIO):  # type: ignore[no-untyped-def]
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # strange PDFs are nothing for our log
    return pypdf.PdfReader(content, strict=False)
