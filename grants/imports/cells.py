"""What a cell may hold. Each reader answers with the value, or raises ValueError with a sentence saying what to do.

A cell that looks like a formula is only text here: nothing is ever worked out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _

Reader = Callable[[str], Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SLUG = re.compile(r"[a-z0-9_]{1,80}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_AMOUNT = re.compile(r"£?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)


def text(cell: str) -> str:
    """Words, as they are written."""
    if _CONTROL.search(cell):
        raise ValueError(_("This holds a character that cannot be kept. Type it again."))
    if len(cell) > 10_000:
        raise ValueError(_("This is longer than 10,000 characters. Shorten it."))
    return cell


def slug(cell: str) -> str:
    """A reference: small letters, figures and underscores."""
    if not _SLUG.fullmatch(cell):
        raise ValueError(_("‘%(cell)s’ is not a reference. Use small letters, figures and underscores.", cell=_short(cell)))
    return cell


def slugs(cell: str) -> list[str]:
    """References with semicolons between."""
    return [slug(part.strip()) for part in cell.split(";") if part.strip()]


def words(cell: str) -> list[str]:
    """Words with semicolons between."""
    return [text(part.strip()) for part in cell.split(";") if part.strip()]


def day(cell: str) -> date:
    """A date written year first."""
    try:
        if not _DAY.fullmatch(cell):
            raise ValueError
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(_("‘%(cell)s’ is not a date. Write it like 2020-04-01.", cell=_short(cell))) from None


def year(cell: str) -> int:
    """A financial year, as the calendar year it begins in."""
    try:
        return clock.read_year(cell)
    except ValueError:
        raise ValueError(_("‘%(cell)s’ is not a financial year. Write it like 2020/21.", cell=_short(cell))) from None


def money(cell: str) -> Money:
    """Pounds and whole pence, nought or more."""
    if cell.lstrip("£ ").startswith("-"):
        raise ValueError(_("‘%(cell)s’ is less than nought. An amount cannot be.", cell=_short(cell)))
    found = _AMOUNT.fullmatch(cell)
    if found and len(found[3] or "") > 3:
        raise ValueError(_("‘%(cell)s’ has a fraction of a penny. Write whole pence, like 1250.50.", cell=_short(cell)))
    try:
        return Money.pounds(cell)
    except ValueError:
        raise ValueError(_("‘%(cell)s’ is not an amount of money. Write it like 1250.50.", cell=_short(cell))) from None


def number(cell: str) -> Decimal:
    """A number, exactly as it is written; a plus sign is allowed."""
    if not _NUMBER.fullmatch(cell):
        raise ValueError(_("‘%(cell)s’ is not a number. Write it in figures, like 12 or 0.6667.", cell=_short(cell)))
    return Decimal(cell)


def change(cell: str) -> Decimal:
    """A change in per cent: nothing falls by more than all of it."""
    found = number(cell)
    if found < -100:
        raise ValueError(_("‘%(cell)s’ falls by more than 100 per cent, which nothing can.", cell=_short(cell)))
    return found


def whole(cell: str) -> int:
    """A whole number, nought or more."""
    if not _WHOLE.fullmatch(cell):
        raise ValueError(_("‘%(cell)s’ is not a whole number. Write it in figures.", cell=_short(cell)))
    return int(cell)


def yes_no(cell: str) -> bool:
    """yes or no."""
    if cell not in ("yes", "no"):
        raise ValueError(_("‘%(cell)s’ must be yes or no.", cell=_short(cell)))
    return cell == "yes"


def one_of(*allowed: str) -> Reader:
    """One of these words."""

    def read(cell: str) -> str:
        if cell not in allowed:
            raise ValueError(_("‘%(cell)s’ must be one of: %(allowed)s.", cell=_short(cell), allowed=", ".join(allowed)))
        return cell

    return read


def _short(cell: str) -> str:
    shown = _CONTROL.sub("?", cell)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
