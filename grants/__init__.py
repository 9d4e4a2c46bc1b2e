"""The grants product. `create_app()` reads top to bottom: settings, database, sign-in, pages, commands."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from grants.settings import Settings, load

ROOT = Path(__file__).parent


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve. Without settings they are read from `instance/` and the environment."""
    settings = settings or load(Path(os.environ.get("GRANTS_INSTANCE") or Path.cwd() / "instance"))
    app = Flask(__name__, instance_path=str(settings.instance.resolve()))
    app.extensions["grants"] = settings

    from grants import cli, rooms, web
    from grants.kernel.db import db, engine_options

    app.config.update(
        TESTING=settings.testing,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.url),
        MAX_CONTENT_LENGTH=settings.upload_megabytes * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch still sends
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],  # how styles and scripts are sent
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "image/svg+xml"],
        BABEL_DEFAULT_LOCALE="en_GB",
        BABEL_DEFAULT_TIMEZONE="Europe/London",
    )
    rooms.load()
    db.init_app(app)
    web.init_app(app, settings)
    cli.init_app(app)
    return app
