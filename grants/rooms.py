"""The rooms of the house, lowest first. The order is the import order that the import-linter contract keeps."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

ROOMS = (
    "audit",
    "work",
    "people",
    "files",
    "notices",
    "places",
    "ledger",
    "strategy",
    "streams",
    "agreements",
    "spending",
    "questions",
    "rounds",
    "applications",
    "assessment",
    "panel",
    "awards",
    "monitoring",
    "payments",
    "budget",
    "figures",
    "search",
    "papers",
    "imports",
    "demo",
)


def load() -> None:
    """Import every room's models and guards, so that the database's description is whole."""
    import_module("grants.kernel.references")
    import_module("grants.kernel.marks")
    for room in ROOMS:
        if find_spec(f"grants.{room}.models"):
            import_module(f"grants.{room}.models")
