"""A lifecycle is a table of the moves that exist. Anything not in the table cannot happen."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import TypeVar

from grants.kernel.errors import RuleBroken
from grants.kernel.words import _

S = TypeVar("S", bound=StrEnum)


def move(moves: Mapping[S, Set[S]], now: S, to: S) -> S:
    """The new state, or RuleBroken naming both."""
    if to not in moves.get(now, frozenset()):
        raise RuleBroken(
            _(
                "This is already %(now)s, so it cannot become %(to)s. Reload the page to see where it stands.",
                now=now.value.replace("_", " "),
                to=to.value.replace("_", " "),
            )
        )
    return to
