"""`flask doctor`: what is wrong with this installation and how to mend it."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import inspect, text

from grants.kernel.db import db
from grants.settings import Settings


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    well: bool
    says: str


def examine() -> Iterator[Finding]:
    """Look at everything; nothing is changed."""
    settings: Settings = current_app.extensions["grants"]
    unsafe = settings.unsafe()
    yield Finding("settings", not unsafe, " ".join(unsafe) or "safe for production")
    yield _secrets(settings)
    database = _database()
    yield database
    if database.well:
        yield _search()
        yield _documents(settings)
    yield _scanner(settings)
    yield _assets()
    yield _mail(settings)
    yield _clock()


def _secrets(settings: Settings) -> Finding:
    for name in ("secret", "event.key"):
        file = settings.instance / name
        if file.exists() and file.stat().st_mode & 0o077:
            return Finding("secrets", False, f"{file} can be read by others. Run: chmod 600 {file}")
    return Finding("secrets", True, f"kept in {settings.instance}, readable by their owner only")


def _database() -> Finding:
    from grants import migrations

    try:
        with db.engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            version = (
                connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else None
            )
    except Exception as error:  # whatever is wrong with a database, the answer is the same sentence
        return Finding("database", False, f"cannot be reached ({type(error).__name__}). Check GRANTS_DATABASE_URL.")
    if version != migrations.newest():
        return Finding("database", False, "is not up to date. Run: flask db upgrade")
    return Finding("database", True, f"{db.engine.dialect.name}, up to date")


def _search() -> Finding:
    from grants.kernel import clock
    from grants.search import commands

    behind = commands.behind()
    if behind.since is not None and clock.now() - behind.since > timedelta(hours=1):
        return Finding(
            "search", False, f"{behind.events} events are not in the search index. Run `flask work` every few minutes."
        )
    return Finding("search", True, "the index follows what happens")


def _assets() -> Finding:
    from grants import assets

    if assets.find(Path(current_app.instance_path)):
        return Finding("assets", True, "the design system's files are there")
    return Finding("assets", False, "pages use our own plain style. Run: flask assets")


def _documents(settings: Settings) -> Finding:
    from grants.files import queries

    folder = settings.documents_folder
    settings.instance.mkdir(parents=True, exist_ok=True)
    if not os.access(folder if folder.exists() else folder.parent, os.W_OK):
        return Finding("documents", False, f"{folder} cannot be written to. Give it to the account that serves the site.")
    if lost := queries.lost():
        return Finding("documents", False, f"{len(lost)} files are missing in {folder}, the first {lost[0]}. Restore a copy.")
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < 1024**3:
        return Finding("documents", False, f"less than 1 GB is free for {folder}. Make room.")
    return Finding("documents", True, f"kept in {folder}, all there, {free // 1024**3} GB free")


def _scanner(settings: Settings) -> Finding:
    from grants.files import scanner

    if not settings.clamav_socket:
        return Finding("virus scanner", True, "off: GRANTS_CLAMAV_SOCKET is empty, files are not scanned")
    if trouble := scanner.answers(settings.clamav_socket):
        return Finding("virus scanner", False, f"{settings.clamav_socket} does not answer ({trouble}): no file can be sent.")
    return Finding("virus scanner", True, f"{settings.clamav_socket} answers")


def _mail(settings: Settings) -> Finding:
    if not settings.mail_server:
        return Finding("mail", False, "GRANTS_MAIL_SERVER is empty: nothing is sent; the outbox page shows what would be.")
    try:
        socket.create_connection((settings.mail_server, settings.mail_port), timeout=5).close()
    except OSError as error:
        return Finding("mail", False, f"{settings.mail_server}:{settings.mail_port} does not answer ({error}).")
    return Finding("mail", True, f"{settings.mail_server}:{settings.mail_port} answers")


def _clock() -> Finding:
    if time.time() < 1_767_225_600:  # 1 January 2026, before this was written
        return Finding("clock", False, "the computer's clock is wrong. Set it; deadlines depend on it.")
    return Finding("clock", True, "plausible")
