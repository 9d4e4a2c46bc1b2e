"""The name a file is kept under: short, plain, safe on every computer, with the ending that says what it really is."""

from __future__ import annotations

import re
import unicodedata

from grants.kernel.words import _

LONGEST = 100  # characters, ending and all
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)\Z", re.IGNORECASE)
_FORBIDDEN = set('<>:"|?*%')  # Windows refuses most of these; a percent sign confuses addresses
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


def clean(sent: str, endings: tuple[str, ...], *, otherwise: str | None = None) -> str:
    """The name to keep a file under. `endings` are those its content allows ('.jpg', '.jpeg'), the usual one first.

    Folders, control and direction marks, and what some system refuses are left out; nothing left: `otherwise`, or 'file'.
    """
    stem, ending = _apart(_plain(re.split(r"[/\\]", sent)[-1]))
    kept = ending.lower() if ending.lower() in endings else endings[0]
    # payload.exe.pdf is no harm, but its name lies to whoever has endings hidden
    while (inner := _apart(stem))[1] and (inner[1].lower() in _MISLEADING or inner[1].lower() in endings):
        stem = inner[0]
    stem = _trimmed(stem) or otherwise or _("file")
    if _RESERVED.match(stem.split(".")[0].rstrip()):
        stem = f"{otherwise or _('file')} {stem}"
    return _trimmed(stem[: LONGEST - len(kept)]) + kept


_MISLEADING = frozenset(
    f".{ending}"
    for ending in (
        *("exe", "com", "scr", "bat", "cmd", "ps1", "vbs", "js", "jse", "hta", "msi", "pif", "lnk", "jar", "sh", "php"),
        *("html", "htm", "svg", "apk", "dll", "docm", "xlsm"),
    )
)


def _plain(name: str) -> str:
    said = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    # Cc: control; Cf: direction overrides, zero-width; Co, Cs, Cn: of no meaning; Zl, Zp: line ends
    seen = (" " if unicodedata.category(c).startswith("Z") else c for c in said if not _invisible(c) and c not in _FORBIDDEN)
    return re.sub(r" +", " ", "".join(seen))


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn")


def _apart(name: str) -> tuple[str, str]:
    """'report' and '.pdf'."""
    found = _ENDING.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def _trimmed(stem: str) -> str:
    return stem.strip(" .-_~")


def in_words(size: int) -> str:
    """'212 KB', '1.4 MB': a size as people say it."""
    if size < 1000 * 1024:
        return _("%(size)s KB", size=max(1, round(size / 1024)))
    return _("%(size)s MB", size=f"{size / 1024**2:.1f}".removesuffix(".0"))
