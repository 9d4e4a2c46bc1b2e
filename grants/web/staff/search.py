"""Pages still to be written."""

from __future__ import annotations

from flask import Blueprint

area = Blueprint("search", __name__)
