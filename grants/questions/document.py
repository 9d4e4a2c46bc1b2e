"""A question set as data: sections of questions, checked once when it is added and read many times after."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from grants.kernel.errors import RuleBroken
from grants.kernel.words import _
from grants.questions.conditions import Calculation, Check, Figure, Key, Known, Part, When

Said = Annotated[str, Field(min_length=1, max_length=1000)]
RESERVED = frozenset({"key", "edition", "then", "csrf-token", "section", "n"})  # what the form that asks it has of its own


class Kind(StrEnum):
    """How a question is answered."""

    SHORT = "short"  # one line
    LONG = "long"  # paragraphs, up to so many words
    MONEY = "money"
    NUMBER = "number"  # a whole number
    DATE = "date"
    CHOICE = "choice"  # one of the options
    CHOICES = "choices"  # any number of them
    YES_NO = "yes-no"
    POSTCODE = "postcode"
    ADDRESS = "address"
    CONTACT = "contact"  # a name, a telephone number, an e-mail address
    FILE = "file"  # documents, up to so many
    DECLARATION = "declaration"  # ticked when the application is sent


WORDED = frozenset({Kind.SHORT, Kind.LONG})
CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES})
NUMBERED = frozenset({Kind.MONEY, Kind.NUMBER})
TYPED = frozenset(Kind) - CHOSEN - {Kind.YES_NO, Kind.FILE, Kind.DECLARATION}  # answered by writing
YES, NO = "yes", "no"


class Block(StrEnum):
    """A page the product has of its own: what it computes on is a table, never an answer (DESIGN section 7.3)."""

    PROJECT = "project"  # what it is called, what it helps with, where
    COSTS = "costs"  # the cost table, whose total is the ask
    OUTCOMES = "outcomes"  # what will be different, for whom, by how much, by when, measured how
    BENEFICIARIES = "beneficiaries"  # who will benefit, and how many
    MILESTONES = "milestones"  # what will happen by when
    EVIDENCE = "evidence"  # the documents that the tier asks for, from the group's own
    HOST = "host"  # who will hold the money for a group that has no account


class Option(Part):
    """One answer of a choice."""

    value: Key
    label: Said


class Wording(Part):
    """A question's words in another language, or in Easy Read."""

    label: Said | None = None
    short: Said | None = None
    hint: Said | None = None
    guidance: Said | None = None
    missing: Said | None = None
    options: Mapping[str, Said] = Field(default_factory=dict)  # value -> label


class Question(Part):
    """One question. `words` is the most words of a short or long answer; `missing` is said when it is left out."""

    key: Key
    kind: Kind
    label: Said
    short: Said  # its name in a list
    hint: Said | None = None
    guidance: Annotated[str, Field(min_length=1, max_length=4000)] | None = None  # more help, folded away
    words: Annotated[int, Field(ge=1, le=5000)] | None = None
    required: bool = True
    missing: Said
    options: tuple[Option, ...] = ()
    least: int | None = None  # of a number; of money, in pounds
    most: int | None = None  # the same; of files, how many
    when: When | None = None  # asked only then
    bank: Key | None = None  # the standard question it is, so that answers can be compared and used again
    wording: Mapping[str, Wording] = Field(default_factory=dict)  # language ('cy', 'en-easy') -> its words

    @model_validator(mode="after")
    def _whole(self) -> Question:
        if (self.kind in WORDED) != (self.words is not None):
            raise ValueError("a short or long answer has a limit in words, and nothing else has")
        if (self.kind in CHOSEN) != (len(self.options) > 1):
            raise ValueError("a choice has two options or more, and nothing else has any")
        if len({option.value for option in self.options}) < len(self.options):
            raise ValueError("two options have the same value")
        if self.key in RESERVED or self.key in set(Figure):
            raise ValueError(f"no question can be called {self.key}")
        if (self.least is not None or self.most is not None) and self.kind not in NUMBERED | {Kind.FILE}:
            raise ValueError("only money, numbers and files have a least and a most")
        if self.least is not None and self.most is not None and self.most < self.least:
            raise ValueError("the most is below the least")
        return self

    def shown(self, answer: str) -> str:
        """An answer as people read it: of a choice, its label."""
        if self.kind in CHOSEN:
            labels = {option.value: option.label for option in self.options}
            return "\n".join(labels.get(one, one) for one in answer.split("\n"))
        if self.kind is Kind.YES_NO:
            return {YES: _("Yes"), NO: _("No")}.get(answer, answer)
        return answer

    def worded(self, language: str) -> Question:
        """The same question in another language, as far as its words are there."""
        if language not in self.wording:
            return self
        said = self.wording[language]
        options = tuple(Option(value=o.value, label=said.options.get(o.value, o.label)) for o in self.options)
        words = {name: getattr(said, name) for name in ("label", "short", "hint", "guidance", "missing") if getattr(said, name)}
        return self.model_copy(update={**words, "options": options})


class SectionWording(Part):
    """A page's words in another language, or in Easy Read."""

    title: Said | None = None
    intro: Said | None = None
    item: Said | None = None


class Section(Part):
    """What is asked on one page: questions, or a page of the product's own. `repeat`: asked again for each of several."""

    key: Key
    title: Said
    intro: Said | None = None
    questions: tuple[Question, ...] = ()
    block: Block | None = None
    when: When | None = None
    repeat: Annotated[int, Field(ge=2, le=20)] | None = None  # at most so often
    item: Said | None = None  # what one of them is called: "partner"
    wording: Mapping[str, SectionWording] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Section:
        if bool(self.questions) == (self.block is not None):
            raise ValueError("a section asks questions or is one of the product's own pages, not both and not neither")
        if (self.repeat is None) != (self.item is None):
            raise ValueError("a section that is asked again says how often and what one of them is called")
        if self.repeat and self.block:
            raise ValueError("the product's own pages are not asked again")
        if self.repeat and any(question.kind in (Kind.DECLARATION, Kind.FILE) for question in self.questions):
            raise ValueError("declarations and files are not asked again for each")
        return self

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions answered while drafting: all but declarations."""
        return tuple(question for question in self.questions if question.kind is not Kind.DECLARATION)

    def worded(self, language: str) -> Section:
        """The same page with its questions in another language, as far as the words are there."""
        said = self.wording.get(language)
        words = {name: getattr(said, name) for name in ("title", "intro", "item") if getattr(said, name, None)}
        return self.model_copy(update={**words, "questions": tuple(one.worded(language) for one in self.questions)})


class Document(Part):
    """A whole question set."""

    title: Said
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    calculations: tuple[Calculation, ...] = ()
    checks: tuple[Check, ...] = ()
    languages: tuple[str, ...] = ()  # beside English

    @model_validator(mode="after")
    def _distinct(self) -> Document:
        blocks = [s.block for s in self.sections if s.block]
        for what, keys in (
            ("sections", [s.key for s in self.sections]),
            ("questions", [q.key for q in self.questions]),
            ("calculations", [c.key for c in self.calculations]),
            ("pages of the product’s own", blocks),
        ):
            if len(set(keys)) < len(keys):
                raise ValueError(f"two {what} have the same key")
        self._named()
        return self

    def _named(self) -> None:
        """Every condition, sum and check names what there is, and a condition only what is asked before."""
        figures = set(Figure)
        there = {question.key for question in self.questions}
        sums = {one.key for one in self.calculations}
        if clash := sums & (there | figures):
            raise ValueError(f"a calculation cannot be called {min(clash)}: something else is")
        for one in self.calculations:
            if lost := {*one.add, *one.less} - there - figures:
                raise ValueError(f"the calculation {one.key} adds {min(lost)}, which nothing asks")
        for check in self.checks:
            if lost := {side for side in (check.left, check.right) if isinstance(side, str)} - there - figures - sums:
                raise ValueError(f"a check compares {min(lost)}, which nothing asks")
            if check.beside not in there:
                raise ValueError(f"a check stands beside {check.beside}, which nothing asks")
        before: set[str] = set()
        for section in self.sections:
            parts: tuple[Section | Question, ...] = (section, *section.questions)
            for part in parts:
                for test in part.when.tests if part.when else ():
                    if test.of not in before | figures | sums:
                        raise ValueError(f"{part.key} depends on {test.of}, which is not asked before it")
                if isinstance(part, Question):
                    before.add(part.key)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def pages(self) -> tuple[Section, ...]:
        """Every page a group may fill in, in order. A set that names no project page begins with one; its costs end it."""
        own = {section.block for section in self.sections}
        return (
            *(() if Block.PROJECT in own else (_page(Block.PROJECT),)),
            *(section for section in self.sections if section.block or section.asked),
            *(() if Block.COSTS in own else (_page(Block.COSTS),)),
        )

    @property
    def asking(self) -> tuple[Section, ...]:
        """The pages that ask questions of the set's own."""
        return tuple(section for section in self.sections if section.asked)

    @cached_property
    def sums(self) -> Mapping[str, Calculation]:
        """The calculations by key."""
        return {one.key: one for one in self.calculations}

    def heard(self, known: Known) -> Known:
        """What is known without the answers to questions that are not asked: those are kept, and count for nothing.

        Questions are gone through in the order asked, so that whoever takes back an answer takes back all that hangs on it.
        """
        said = dict(known.answers)
        there = Known(said, known.figures)
        for section in self.sections:
            on = section.when is None or section.when.holds(there, self.sums)
            for question in section.questions:
                if question.key in said and not (on and (question.when is None or question.when.holds(there, self.sums))):
                    del said[question.key]
        return there

    def pages_for(self, known: Known) -> list[Section]:
        """The pages asked of one application, with only the questions asked of it."""
        found: list[Section] = []
        for page in self.pages:
            if page.when and not page.when.holds(known, self.sums):
                continue
            if page.block:
                found.append(page)
            elif asked := self.asked_for(page, known):
                found.append(page.model_copy(update={"questions": tuple(asked)}))
        return found

    def asked_for(self, section: Section, known: Known) -> list[Question]:
        """The questions of a section asked of one application, declarations left out."""
        return [one for one in section.asked if one.when is None or one.when.holds(known, self.sums)]

    def declared(self, known: Known) -> list[Question]:
        """What is confirmed when this application is sent."""
        return [
            question
            for section in self.sections
            if section.when is None or section.when.holds(known, self.sums)
            for question in section.questions
            if question.kind is Kind.DECLARATION and (question.when is None or question.when.holds(known, self.sums))
        ]

    @property
    def declarations(self) -> tuple[Question, ...]:
        """Everything that may be confirmed when an application is sent."""
        return tuple(question for question in self.questions if question.kind is Kind.DECLARATION)

    def question(self, key: str) -> Question | None:
        """The question with this key, if there is one."""
        return next((question for question in self.questions if question.key == key), None)

    def page(self, key: str) -> Section | None:
        """The page with this key, if there is one."""
        return next((section for section in self.pages if section.key == key), None)

    def block(self, block: Block) -> Section | None:
        """The product's own page of this kind, if the set has it."""
        return next((section for section in self.pages if section.block is block), None)

    def worded(self, language: str) -> Document:
        """The whole set in another language, as far as its words are there."""
        if language not in self.languages:
            return self
        copy = self.model_copy(update={"sections": tuple(section.worded(language) for section in self.sections)})
        copy.__dict__.pop("pages", None)  # worked out before, in the first language
        return copy

    def silent(self, language: str) -> list[Question]:
        """The questions that have no words in a language yet: they would be asked in English."""
        return [question for question in self.questions if language not in question.wording]


def _page(block: Block) -> Section:
    return Section(key=f"our-{block.value}", title=title_of(block), block=block)


def title_of(block: Block) -> str:
    """What the product's own page is called where a set gives it no title."""
    return {
        Block.PROJECT: "About your project",
        Block.COSTS: "What it will cost",
        Block.OUTCOMES: "What will be different",
        Block.BENEFICIARIES: "Who it is for",
        Block.MILESTONES: "What will happen when",
        Block.EVIDENCE: "Your documents",
        Block.HOST: "Who will hold the money",
    }[block]


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


@cache
def _data(name: str) -> Any:
    return json.loads(files("grants.questions").joinpath(f"data/{name}.json").read_text(encoding="utf-8"))


def standard() -> dict[str, Any]:
    """The eight questions a round asks unless it is given others (`data/standard.json`)."""
    return ready("standard")


READY = ("ward_fund", "local_fund", "standard")  # smallest first


def ready(name: str) -> dict[str, Any]:
    """One of the sets that come with the product (`data/NAME.json`), each question of the bank in the bank's words.

    In the file such a question is only `{"bank": KEY}` with whatever this set changes of it.
    """
    found: dict[str, Any] = copy.deepcopy(_data(name))
    kept = {one["key"]: one for one in _data("bank")}
    for section in found["sections"]:
        section["questions"] = [
            (copy.deepcopy(kept[one["bank"]]) if "key" not in one else {}) | one for one in section.get("questions", ())
        ]
    return found


@cache
def bank() -> Sequence[Question]:
    """The bank of standard questions (`data/bank.json`): asked in the same words everywhere, so that answers can be compared
    and used again. Each names itself as its `bank`."""
    return tuple(Question.model_validate(one | {"bank": one["key"]}) for one in _data("bank"))
