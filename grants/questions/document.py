"""A question set as data: sections of questions, checked once when it is added and read many times after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from grants.kernel.errors import RuleBroken
from grants.kernel.words import _

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Said = Annotated[str, Field(min_length=1, max_length=1000)]
RESERVED = frozenset({"key", "edition", "then", "csrf_token"})  # what the form that asks it has of its own


class Kind(StrEnum):
    """How a question is answered."""

    SHORT = "short"  # one line
    LONG = "long"  # paragraphs, up to so many words
    CHOICE = "choice"  # one of the options
    DECLARATION = "declaration"  # ticked when the application is sent


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Part):
    """One answer of a choice."""

    value: Key
    label: Said


class Question(_Part):
    """One question. `words` is the most words of a short or long answer; `missing` is said when it is left out."""

    key: Key
    kind: Kind
    label: Said
    short: Said  # its name in a list
    hint: Said | None = None
    words: Annotated[int, Field(ge=1, le=5000)] | None = None
    required: bool = True
    missing: Said
    options: tuple[Option, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Question:
        if (self.kind in (Kind.SHORT, Kind.LONG)) != (self.words is not None):
            raise ValueError("a short or long answer has a limit in words, and nothing else has")
        if (self.kind is Kind.CHOICE) != (len(self.options) > 1):
            raise ValueError("a choice has two options or more, and nothing else has any")
        if len({option.value for option in self.options}) < len(self.options):
            raise ValueError("two options have the same value")
        if self.key in RESERVED:
            raise ValueError(f"no question can be called {self.key}")
        return self

    def shown(self, answer: str) -> str:
        """An answer as people read it: of a choice, its label."""
        return next((option.label for option in self.options if option.value == answer), answer)


class Section(_Part):
    """Questions asked on one page."""

    key: Key
    title: Said
    intro: Said | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions answered while drafting: all but declarations."""
        return tuple(question for question in self.questions if question.kind is not Kind.DECLARATION)


class Document(_Part):
    """A whole question set."""

    title: Said
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Document:
        for what, keys in (("sections", [s.key for s in self.sections]), ("questions", [q.key for q in self.questions])):
            if len(set(keys)) < len(keys):
                raise ValueError(f"two {what} have the same key")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def pages(self) -> tuple[Section, ...]:
        """The sections a group fills in: those that ask more than a declaration."""
        return tuple(section for section in self.sections if section.asked)

    @property
    def declarations(self) -> tuple[Question, ...]:
        """What is confirmed when the application is sent."""
        return tuple(question for question in self.questions if question.kind is Kind.DECLARATION)

    def question(self, key: str) -> Question | None:
        """The question with this key, if there is one."""
        return next((question for question in self.questions if question.key == key), None)

    def page(self, key: str) -> Section | None:
        """The page with this key, if there is one."""
        return next((section for section in self.pages if section.key == key), None)


def words_in(text: str) -> int:
    """How many words, as the page counts them: runs of anything but space."""
    return len(text.split())


def check(document: Mapping[str, Any]) -> Document:
    """The document, checked. RuleBroken says everything that is wrong with it, and where."""
    try:
        return Document.model_validate(document)
    except ValidationError as wrong:
        raise RuleBroken(*_faults(wrong)) from None


def _faults(wrong: ValidationError) -> Iterator[str]:
    for fault in wrong.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in fault["loc"]) or _("the whole set")
        yield _("Question set, at %(where)s: %(what)s.", where=where, what=fault["msg"].removeprefix("Value error, "))


def standard() -> dict[str, Any]:
    """The eight questions a round asks unless it is given others (`data/standard.json`)."""
    found: dict[str, Any] = json.loads(files("grants.questions").joinpath("data/standard.json").read_text(encoding="utf-8"))
    return found
