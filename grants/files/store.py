"""Where the content of documents lies: by its digest, so that the same file twice is kept once and none is ever changed.

The interface is small on purpose: an S3-compatible store can stand in for the disk. Nothing here knows rows.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from flask import current_app

from grants.settings import Settings

_DIGEST = re.compile(r"[0-9a-f]{64}\Z", re.ASCII)
_PIECE = 1024 * 1024


class Lying(NamedTuple):
    """Content that lies in the store, and when it was last put there (seconds since 1970)."""

    digest: str
    put_at: float


class Store(Protocol):
    """What a store can do."""

    def put(self, content: BinaryIO, digest: str) -> None:
        """Keep content under its digest, whole or not at all. Putting it again says only that it is wanted again."""

    def open(self, digest: str) -> BinaryIO:
        """Read content. FileNotFoundError where it is not there."""

    def has(self, digest: str) -> bool:
        """Is it there?"""

    def drop(self, digest: str) -> None:
        """Throw it away; nothing happens where it is not there."""

    def everything(self) -> Iterator[Lying]:
        """All that lies here."""


def digest_of(content: BinaryIO) -> str:
    """The sha-256 of what can be read from the beginning, in hex; it stands at the beginning again afterwards."""
    content.seek(0)
    made = hashlib.sha256()
    while piece := content.read(_PIECE):
        made.update(piece)
    content.seek(0)
    return made.hexdigest()


class Disk:
    """A folder: ab/cd/<digest>, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, digest: str) -> Path:
        if not _DIGEST.match(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self.folder / digest[:2] / digest[2:4] / digest

    def put(self, content: BinaryIO, digest: str) -> None:
        """Written beside its place, made sure of, and put there in one step: after a crash it is there whole or not."""
        path = self._path(digest)
        try:
            os.utime(path)
            return
        except FileNotFoundError:
            pass
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(prefix=".half-", dir=path.parent)  # 0600 by itself
        try:
            with os.fdopen(handle, "wb") as file:
                content.seek(0)
                shutil.copyfileobj(content, file, _PIECE)
                file.flush()
                os.fsync(file.fileno())
            os.replace(half, path)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise
        for folder in (path.parent, path.parent.parent, self.folder):
            _sync(folder)

    def open(self, digest: str) -> BinaryIO:
        return self._path(digest).open("rb")

    def has(self, digest: str) -> bool:
        return self._path(digest).exists()

    def drop(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def everything(self) -> Iterator[Lying]:
        """All that lies here. Halves that a crash left behind a day ago are thrown away on the way."""
        for path in sorted(self.folder.glob("*/*/*")):
            try:
                put_at = path.stat().st_mtime
            except FileNotFoundError:
                continue
            if _DIGEST.match(path.name):
                yield Lying(path.name, put_at)
            elif path.name.startswith(".half-") and put_at < time.time() - 86_400:
                path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make sure that a name written into a folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store() -> Store:
    """The store of this installation."""
    settings: Settings = current_app.extensions["grants"]
    return Disk(settings.documents_folder)
