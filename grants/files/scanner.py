"""ClamAV, where there is one: each file is read to it over its socket before it is kept (clamd(8), INSTREAM)."""

from __future__ import annotations

import socket
import struct
from typing import BinaryIO

from flask import current_app

from grants.files.models import Scan
from grants.kernel.errors import RuleBroken
from grants.kernel.words import _
from grants.settings import Settings

PATIENCE = 60.0  # seconds
_PIECE = 64 * 1024


class NoAnswer(Exception):
    """The scanner is set, and does not answer."""


def scan(content: BinaryIO) -> Scan:
    """Have a file looked at. Not scanned where no scanner is set; RuleBroken where it is not clean or cannot be looked at."""
    settings: Settings = current_app.extensions["grants"]
    if not settings.clamav_socket:
        return Scan.NOT_SCANNED
    try:
        said = _asked(settings.clamav_socket, b"zINSTREAM\0", content)
    except NoAnswer as trouble:
        current_app.logger.warning("the virus scanner does not answer: %s", trouble)
        raise RuleBroken(
            _("We cannot check files for viruses at the moment, so we did not take this one. Try again in a few minutes.")
        ) from None
    if said.endswith(" FOUND"):
        raise RuleBroken(_("A virus was found in that file, so we did not take it. Scan your device, then send another copy."))
    if not said.endswith(" OK"):
        current_app.logger.warning("the virus scanner said: %s", said[:200])
        raise RuleBroken(_("We could not check that file for viruses, so we did not take it. Save it as a PDF and send that."))
    return Scan.CLEAN


def answers(address: str) -> str | None:
    """None where the scanner answers; otherwise what went wrong. For `flask doctor`."""
    try:
        said = _asked(address, b"zPING\0", None)
    except NoAnswer as trouble:
        return str(trouble)
    return None if said == "PONG" else said[:100]


def _asked(address: str, command: bytes, content: BinaryIO | None) -> str:
    try:
        with _connected(address) as line:
            line.sendall(command)
            if content is not None:
                content.seek(0)
                while piece := content.read(_PIECE):
                    line.sendall(struct.pack(">I", len(piece)) + piece)
                line.sendall(struct.pack(">I", 0))
                content.seek(0)
            said = b""
            while not said.endswith(b"\0") and len(said) < 4096 and (piece := line.recv(1024)):
                said += piece
    except (OSError, ValueError) as trouble:
        raise NoAnswer(str(trouble) or type(trouble).__name__) from trouble
    if not said:
        raise NoAnswer("it ended without an answer")
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(address: str) -> socket.socket:
    """A line to `host:port`, or to a socket in the file system."""
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
