"""What a small project is for, in plain words a group picks from: no strategy, no codes, no names of wards.

The list is data (`data/purposes.json`), in English: `_()` a label where it is shown. Officers set the shares of each priority
when they decide; `matching` may put the likely priorities first in their list, and sets nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

MOST_CHOSEN = 3  # purposes of one project


class Purpose(NamedTuple):
    """One purpose. `words` are those a priority's title shares with it."""

    key: str
    label: str
    hint: str
    words: frozenset[str]


@lru_cache(maxsize=1)
def purposes() -> tuple[Purpose, ...]:
    """Every purpose, in the order asked; the last is "Something else"."""
    said = json.loads(files("grants.questions").joinpath("data/purposes.json").read_text(encoding="utf-8"))
    return tuple(Purpose(one["key"], one["label"], one["hint"], frozenset(one["words"].split())) for one in said)


def purpose(key: str) -> Purpose | None:
    """The purpose with this key, if there is one."""
    return next((one for one in purposes() if one.key == key), None)


def said(key: str | None) -> str | None:
    """A purpose in the words a group chose it by; the key itself where it is no longer offered."""
    found = purpose(key) if key else None
    return found.label if found else key


def options() -> Sequence[tuple[str, str]]:
    """Keys and labels, as a choice asks them."""
    return [(one.key, one.label) for one in purposes()]


def matching(chosen: Sequence[str], titles: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The priorities' titles that share words with the chosen purposes, most shared first, each with the words it shares.

    A suggestion to show beside the list an officer chooses from: nothing follows from it by itself.
    """
    words = {word for one in purposes() if one.key in chosen for word in one.words}
    found = [(title, tuple(sorted(words & _words_of(title)))) for title in titles]
    return sorted((one for one in found if one[1]), key=lambda one: -len(one[1]))


def _words_of(title: str) -> frozenset[str]:
    said = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", title.lower())
    return frozenset(said) | frozenset(word.removesuffix("s") for word in said)
