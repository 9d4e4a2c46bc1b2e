"""What waits on a person: one line of their first page."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Waiting(NamedTuple):
    """Something this person can do now. `page` and `args` name the page where it is done."""

    since: datetime
    what: str
    ref: str
    page: str
    args: dict[str, Any]
