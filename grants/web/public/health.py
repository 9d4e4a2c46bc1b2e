"""For a proxy: is the process alive, and can it do its work?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from grants import migrations
from grants.kernel.db import db

area = Blueprint("health", __name__)


@area.get("/healthz")
def healthz() -> Response:
    """The process answers. Asks nothing of the database."""
    return jsonify(ok=True)


@area.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The database answers and is up to date; otherwise 503 and which of the two it is."""
    try:
        there = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(ok=False, why="the database does not answer, or was never migrated"), 503
    if there != migrations.newest():
        return jsonify(ok=False, why="the database is not up to date: run flask db upgrade"), 503
    return jsonify(ok=True)
