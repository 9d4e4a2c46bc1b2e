"""The ways the product says no. Each becomes a page that says what to do (web/errors.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Objection(NamedTuple):
    """Why a person may not do something, and which duty could."""

    sentence: str
    could: str | None = None


class Refused(Exception):
    """This person may not do this. Becomes a 403 page with every reason and who could do it."""

    def __init__(self, *objections: Objection) -> None:
        super().__init__(" ".join(o.sentence for o in objections))
        self.objections = objections


class RuleBroken(Exception):
    """The facts do not allow this. Becomes sentences beside the form (422), with everything typed kept."""

    def __init__(self, *problems: str, field: str | None = None) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems
        self.fields = {field: problems[0]} if field and problems else {}


class NotFound(Exception):
    """There is no such thing, or it is not this person's to see (404: the two are never told apart)."""


class Stale(Exception):
    """Somebody else changed it since this form was drawn (409). Both versions are shown."""

    def __init__(self, yours: Sequence[tuple[str, str]] = (), theirs: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__("Somebody else changed this while you were working on it.")
        self.yours, self.theirs = yours, theirs


class TooMany(Exception):
    """Too many tries in too short a time (429)."""

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.sentence, self.retry_after = sentence, retry_after


class Busy(Exception):
    """Nothing was changed; too many people at once (503 with Retry-After)."""


class Undisciplined(RuntimeError):
    """The programmer, not the person at the keyboard, has broken a rule of the house."""


# What a constraint or trigger means in words: its name or token -> the sentence. Each room adds its own.
IN_WORDS: dict[str, str] = {}


def means(words: dict[str, str]) -> None:
    """Say what database refusals mean: constraint name, SQLSTATE or trigger token -> sentence."""
    IN_WORDS.update(words)
