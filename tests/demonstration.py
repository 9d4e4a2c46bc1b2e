"""The demonstration database for tests: built once per content hash of the package, shared by every worker and run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import grants
from grants import create_app
from grants.demo import build
from grants.kernel.db import db

PACKAGE = Path(grants.__file__).parent
HOUR = 3600
COUNTS = {".py", ".csv", ".json", ".sql"}  # pages and styles do not change what is in the database


def fingerprint() -> str:
    """Of everything that could change the demonstration, and of the day it opens its last round on."""
    from grants.kernel import clock

    digest = hashlib.sha256(clock.today().isoformat().encode())
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in COUNTS and "web" not in p.relative_to(PACKAGE).parts):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def kept_demo() -> Path:
    """The file, made if it is not there yet. The first worker makes it; the others wait."""
    from tests.conftest import quick_place, settings_for

    shelf = Path(tempfile.gettempdir()) / f"grants-demo-{os.getuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    kept = shelf / f"{fingerprint()}.db"
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in shelf.glob("*.db"):
                if old.stat().st_mtime < time.time() - HOUR:  # a younger one may be in use by a run over other code
                    old.unlink()
            place = quick_place()
            app = create_app(build.settings(settings_for(place)))
            with app.app_context():
                build.ensure()
                db.session.remove()
                db.engine.dispose()
            with sqlite3.connect(place / "demo.db") as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copy(place / "demo.db", shelf / "new")
            os.replace(shelf / "new", kept)
    return kept
