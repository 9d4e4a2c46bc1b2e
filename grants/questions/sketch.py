"""A question set while it is being written: the same document with gaps allowed, changed one part at a time.

Every question in it is sound by itself; what does not fit together yet (a page that asks nothing, a condition on a question
that is asked later) is said in words by `faults` and bars only its publication. Every change takes the sketch as it is now and
answers with the next; a change of a part says what the part was when the officer opened it, and is `Stale` when it is not that.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError, model_validator

from grants.kernel.errors import NotFound, RuleBroken, Stale
from grants.kernel.words import _
from grants.questions import said
from grants.questions.conditions import Calculation, Check, Figure, Part, Test, When
from grants.questions.document import (
    CHOSEN,
    NO,
    NUMBERED,
    RESERVED,
    TYPED,
    YES,
    Block,
    Document,
    Kind,
    Option,
    Question,
    Section,
    SectionWording,
    Wording,
)

Path = tuple[int, ...]  # where in a condition: the second part of the first group is (0, 1)


class SketchSection(Section):
    """A page that may ask nothing yet."""

    @model_validator(mode="after")
    def _whole(self) -> SketchSection:
        return self


class Sketch(Part):
    """A question set that may not be whole yet."""

    title: str
    sections: tuple[SketchSection, ...] = ()
    calculations: tuple[Calculation, ...] = ()
    checks: tuple[Check, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def parts(self) -> list[SketchSection | Question]:
        """Every page and question, in the order asked, each page before its questions."""
        found: list[SketchSection | Question] = []
        for section in self.sections:
            found += [section, *section.questions]
        return found

    @property
    def names(self) -> said.Names:
        """What its questions and calculations are called."""
        return said.Names(self.questions, self.calculations)

    @property
    def taken(self) -> frozenset[str]:
        """Every key that a new question or calculation cannot have."""
        return frozenset({*RESERVED, *Figure, *(q.key for q in self.questions), *(c.key for c in self.calculations)})

    def section(self, key: str) -> SketchSection:
        """The page with this key, or NotFound."""
        found = next((section for section in self.sections if section.key == key), None)
        if found is None:
            raise NotFound()
        return found

    def question(self, key: str) -> Question:
        """The question with this key, or NotFound."""
        found = next((question for question in self.questions if question.key == key), None)
        if found is None:
            raise NotFound()
        return found

    def home(self, key: str) -> SketchSection:
        """The page that asks a question."""
        return next(section for section in self.sections if any(question.key == key for question in section.questions))

    def before(self, key: str) -> list[Question]:
        """The questions asked before this page or question: what it may depend on."""
        found: list[Question] = []
        for section in self.sections:
            if section.key == key:
                return found
            for question in section.questions:
                if question.key == key:
                    return found
                found.append(question)
        return found

    def depending(self, key: str) -> list[str]:
        """What names a question: the pages, questions, sums and checks that would lose it."""
        found = [f"“{_called(part)}”" for part in self.parts if part.when and any(test.of == key for test in part.when.tests)]
        found += [f"“{one.label}”" for one in self.calculations if key in (*one.add, *one.less)]
        return found + [f"“{one.says}”" for one in self.checks if key in (one.left, one.right, one.beside)]


def sketch_of(document: Mapping[str, Any]) -> Sketch:
    """A set as it is kept, whole or not, ready to be changed."""
    return Sketch.model_validate(document)


def kept(sketch: Sketch) -> dict[str, Any]:
    """A sketch as it is kept."""
    return sketch.model_dump(mode="json")


def mark_of(part: BaseModel | None) -> str:
    """A few characters that are the same only while a part is."""
    return hashlib.sha256((part.model_dump_json() if part else "").encode()).hexdigest()[:16]


# -- keys and words made from labels ----------------------------------------------------------------------------------


def key_of(label: str, taken: Collection[str], spare: str = "question") -> str:
    """A key made from a label: “What will you do?” -> what-will-you-do, with a number where that is taken."""
    plain = unicodedata.normalize("NFKD", label.replace("’", "").replace("'", "")).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "-", plain)).strip("-")
    stem = words[:32].rsplit("-", 1)[0] if len(words) > 32 and "-" in words[:32] else words[:32]
    stem = stem.strip("-") or spare
    number = 1
    while (found := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return found


def short_of(label: str) -> str:
    """A short name where the officer gives none: the question without its mark."""
    plain = label.strip().rstrip("?.:").strip()
    return plain if len(plain) <= 60 else plain[:57].rsplit(" ", 1)[0] + "…"


def missing_of(kind: Kind, label: str) -> str:
    """What is said when an answer is left out, where the officer does not say it."""
    plain = label.strip().rstrip(".")
    if kind is Kind.DECLARATION:
        return _("Confirm this: %(label)s", label=plain)
    if kind in CHOSEN or kind is Kind.YES_NO:
        return _("Choose an answer to “%(label)s”", label=plain)
    if kind is Kind.FILE:
        return _("Add a document for “%(label)s”", label=plain)
    return _("Answer “%(label)s”", label=plain)


def options_of(lines: str, before: Sequence[Option]) -> tuple[Option, ...]:
    """Choices typed one to a line. A choice keeps its key while its words stay, or while only one line of the list changed."""
    labels = [" ".join(line.split()) for line in lines.split("\n") if line.strip()]
    known = {option.label: option.value for option in before}
    found: list[Option] = []
    for n, label in enumerate(labels):
        used = {option.value for option in found}
        value = known.get(label)
        if value is None and len(labels) == len(before) and before[n].label not in labels:
            value = before[n].value
        if value is None or value in used:
            value = key_of(label, used | set(known.values()), "choice")
        found.append(Option(value=value, label=label))
    return tuple(found)


# -- changes ----------------------------------------------------------------------------------------------------------


def _stale(mine: BaseModel, theirs: BaseModel, sketch: Sketch) -> Stale:
    def shown(part: BaseModel) -> list[tuple[str, str]]:
        return said.lines(part, sketch.names) if isinstance(part, (Question, Section, Calculation, Check)) else []

    return Stale(shown(mine), shown(theirs))


def _same(was: str, now: BaseModel, mine: BaseModel, sketch: Sketch) -> None:
    if was != mark_of(now) and mine != now:
        raise _stale(mine, now, sketch)


def titled(sketch: Sketch, title: str) -> Sketch:
    """Under another title."""
    return sketch.model_copy(update={"title": title})


def with_section(sketch: Sketch, section: SketchSection, *, after: str | None = None) -> Sketch:
    """One more page: at the end, before the declarations if the set ends with them, or after another."""
    places = [n for n, one in enumerate(sketch.sections, 1) if one.key == after]
    at = places[0] if places else len(sketch.sections)
    while not places and at and sketch.sections[at - 1].questions and not sketch.sections[at - 1].asked:
        at -= 1
    sections = (*sketch.sections[:at], section, *sketch.sections[at:])
    return sketch.model_copy(update={"sections": sections})


def _sections(sketch: Sketch, change: Callable[[SketchSection], SketchSection]) -> Sketch:
    return sketch.model_copy(update={"sections": tuple(change(section) for section in sketch.sections)})


def change_section(sketch: Sketch, key: str, was: str, **facts: Any) -> Sketch:
    """Other facts of a page: title, intro, repeat, item, when, wording. Its questions stay."""
    now = sketch.section(key)
    changed = now.model_copy(update=facts)
    # What is asked on it is another part: somebody who adds a question meanwhile is in nobody's way.
    bare = {"questions": ()}
    _same(was, now.model_copy(update=bare), changed.model_copy(update=bare), sketch)
    return _sections(sketch, lambda section: changed if section.key == key else section)


def mark_of_section(section: Section) -> str:
    """The mark of a page without its questions."""
    return mark_of(section.model_copy(update={"questions": ()}))


def with_question(sketch: Sketch, page: str, question: Question) -> Sketch:
    """One more question at the end of a page."""
    section = sketch.section(page)
    if section.block:
        raise RuleBroken(_("That page is one of the product’s own and takes no questions."))
    if question.key in sketch.taken:
        raise RuleBroken(_("There is already a question with the key %(key)s in this set.", key=question.key))
    changed = section.model_copy(update={"questions": (*section.questions, question)})
    return _sections(sketch, lambda one: changed if one.key == page else one)


def from_bank(sketch: Sketch, page: str, question: Question) -> Sketch:
    """A standard question in the bank's words, in the languages of this set."""
    key = question.key if question.key not in sketch.taken else key_of(question.key, sketch.taken)
    return with_question(sketch, page, question.model_copy(update={"key": key}))


def change_question(sketch: Sketch, key: str, was: str, question: Question) -> Sketch:
    """A question as it is now written. Where its key changes, everything that names it follows."""
    now = sketch.question(key)
    _same(was, now, question, sketch)
    if question.key != key:
        if question.key in sketch.taken:
            raise RuleBroken(_("There is already a question with the key %(key)s in this set.", key=question.key))
        sketch = _renamed(sketch, key, question.key)

    def changed(section: SketchSection) -> SketchSection:
        questions = tuple(question if one.key in (key, question.key) else one for one in section.questions)
        return section.model_copy(update={"questions": questions})

    return _sections(sketch, changed)


def _renamed(sketch: Sketch, old: str, new: str) -> Sketch:
    def name(key: str) -> str:
        return new if key == old else key

    def when(one: When | None) -> When | None:
        if one is None:
            return None
        return one.model_copy(
            update={
                side: tuple(
                    part.model_copy(update={"of": name(part.of)}) if isinstance(part, Test) else when(part)
                    for part in getattr(one, side)
                )
                for side in ("all", "any")
            }
        )

    def section(one: SketchSection) -> SketchSection:
        questions = tuple(
            question.model_copy(update={"key": name(question.key), "when": when(question.when)}) for question in one.questions
        )
        return one.model_copy(update={"questions": questions, "when": when(one.when)})

    calculations = tuple(
        one.model_copy(update={"add": tuple(map(name, one.add)), "less": tuple(map(name, one.less))})
        for one in sketch.calculations
    )
    checks = tuple(
        one.model_copy(
            update={
                "left": name(one.left),
                "right": name(one.right) if isinstance(one.right, str) else one.right,
                "beside": name(one.beside),
            }
        )
        for one in sketch.checks
    )
    return _sections(sketch, section).model_copy(update={"calculations": calculations, "checks": checks})


def move(sketch: Sketch, what: str, key: str, by: int) -> Sketch:
    """A page, or a question, one place up (-1) or down (1). A question at the edge of its page goes to the next."""
    if what == "page":
        return sketch.model_copy(update={"sections": _swapped(sketch.sections, sketch.section(key), by)})
    question, home = sketch.question(key), sketch.home(key)
    at = home.questions.index(question) + by
    if 0 <= at < len(home.questions):
        moved = home.model_copy(update={"questions": _swapped(home.questions, question, by)})
        return _sections(sketch, lambda one: moved if one.key == home.key else one)
    pages = [section for section in sketch.sections if not section.block]
    there = pages.index(home) + by
    if not 0 <= there < len(pages):
        return sketch
    into = pages[there]
    filled = (question, *into.questions) if by > 0 else (*into.questions, question)
    left = home.model_copy(update={"questions": tuple(one for one in home.questions if one.key != key)})
    gained = into.model_copy(update={"questions": filled})
    return _sections(sketch, lambda one: {home.key: left, into.key: gained}.get(one.key, one))


def _swapped(row: tuple[Any, ...], one: Any, by: int) -> tuple[Any, ...]:
    at = row.index(one)
    there = at + by
    if not 0 <= there < len(row):
        return row
    found = list(row)
    found[at], found[there] = found[there], found[at]
    return tuple(found)


def remove(sketch: Sketch, what: str, key: str, was: str) -> Sketch:
    """A page with its questions, or a question, taken away. `was`: what it was when the officer saw it."""
    part: Section | Question = sketch.section(key) if what == "page" else sketch.question(key)
    if was != mark_of(part):
        raise Stale([], said.lines(part, sketch.names))
    if what == "page":
        return sketch.model_copy(update={"sections": tuple(one for one in sketch.sections if one.key != key)})
    return _sections(sketch, lambda one: one.model_copy(update={"questions": tuple(q for q in one.questions if q.key != key)}))


def with_languages(sketch: Sketch, languages: Sequence[str]) -> Sketch:
    """The languages it is asked in beside English. The words of one that is left out are kept."""
    return sketch.model_copy(update={"languages": tuple(languages)})


def put_words(sketch: Sketch, language: str, what: str, key: str, was: str, words: Wording | SectionWording) -> Sketch:
    """A page's or a question's words in a language; none of them take it back to English."""
    part: Section | Question = sketch.section(key) if what == "page" else sketch.question(key)
    wording = {name: said_ for name, said_ in part.wording.items() if name != language}
    if any(words.model_dump().values()):
        wording[language] = words
    if what == "page":
        return change_section(sketch, key, was, wording=wording)
    return change_question(sketch, key, was, sketch.question(key).model_copy(update={"wording": wording}))


def silent(sketch: Sketch, language: str) -> list[tuple[str, SketchSection | Question]]:
    """The pages and questions that have no words in a language yet: ("page"|"question", which)."""
    found: list[tuple[str, SketchSection | Question]] = []
    for section in sketch.sections:
        if not section.block and not section.wording.get(language):
            found.append(("page", section))
        found += [("question", question) for question in section.questions if language not in question.wording]
    return found


# -- when something is asked ------------------------------------------------------------------------------------------


def set_when(sketch: Sketch, what: str, key: str, was: str, when: When | None) -> Sketch:
    """When a page or a question is asked; none: always."""
    if when is not None and not (when.all or when.any):
        when = None
    if what == "page":
        return change_section(sketch, key, was, when=when)
    return change_question(sketch, key, was, sketch.question(key).model_copy(update={"when": when}))


def add_to(when: When | None, at: Path, part: Test | When) -> When:
    """The condition with one more part, at its top or in one of its groups."""
    return _within(when or When(), at, lambda parts: [*parts, part])


def without(when: When, at: Path) -> When:
    """The condition without one of its parts."""
    return _within(when, at[:-1], lambda parts: [one for n, one in enumerate(parts) if n != at[-1]])


def joined(when: When, at: Path, how: str) -> When:
    """The condition, or one of its groups, as all of its parts or any of them."""
    if not at:
        parts = (*when.all, *when.any)
        return When(any=parts) if how == "any" else When(all=parts)
    return _within(
        when,
        at[:-1],
        lambda parts: [joined(one, (), how) if n == at[-1] and isinstance(one, When) else one for n, one in enumerate(parts)],
    )


def _within(when: When, at: Path, change: Callable[[list[Test | When]], list[Test | When]]) -> When:
    parts = [*when.all, *when.any]
    if at:
        group = parts[at[0]] if at[0] < len(parts) else None
        if not isinstance(group, When):
            raise NotFound()
        parts[at[0]] = _within(group, at[1:], change)
    else:
        parts = change(parts)
    return When(any=tuple(parts)) if when.any else When(all=tuple(parts))


# -- sums and checks --------------------------------------------------------------------------------------------------


def put_calculation(sketch: Sketch, key: str | None, calculation: Calculation, was: str = "") -> Sketch:
    """A sum, new or changed."""
    if key is None:
        return sketch.model_copy(update={"calculations": (*sketch.calculations, calculation)})
    now = next((one for one in sketch.calculations if one.key == key), None)
    if now is None:
        raise NotFound()
    _same(was, now, calculation, sketch)
    return sketch.model_copy(
        update={"calculations": tuple(calculation if one.key == key else one for one in sketch.calculations)}
    )


def put_check(sketch: Sketch, number: int | None, check: Check, was: str = "") -> Sketch:
    """A check across questions, new or changed."""
    if number is None:
        return sketch.model_copy(update={"checks": (*sketch.checks, check)})
    if number >= len(sketch.checks):
        raise NotFound()
    _same(was, sketch.checks[number], check, sketch)
    return sketch.model_copy(update={"checks": tuple(check if n == number else c for n, c in enumerate(sketch.checks))})


def drop_sum(sketch: Sketch, what: str, key: str) -> Sketch:
    """Without a calculation (by key) or a check (by number)."""
    if what == "calculation":
        return sketch.model_copy(update={"calculations": tuple(one for one in sketch.calculations if one.key != key)})
    return sketch.model_copy(update={"checks": tuple(one for n, one in enumerate(sketch.checks) if str(n) != key)})


# -- what is still wrong ----------------------------------------------------------------------------------------------


class Effort(NamedTuple):
    """What a set asks of a group at most, whatever its answers."""

    pages: int
    typed: int  # questions that are answered by writing
    longest: int  # the most words of an answer that has to be given


def effort(sketch: Sketch) -> Effort:
    """How much a set asks, for the officer who is about to publish it. The product's own pages count as pages only."""
    required = [question.words or 0 for question in sketch.questions if question.required]
    return Effort(
        sum(1 for section in sketch.sections if section.block or section.asked),
        sum(1 for question in sketch.questions if question.kind in TYPED),
        max(required, default=0),
    )


class Fault(NamedTuple):
    """What does not fit together yet: the part it is about ("set", "page", "question", "calculation", "check") and which."""

    part: str
    key: str
    sentence: str


def faults(sketch: Sketch) -> list[Fault]:
    """Everything that bars publication, in the order of the page. None: `Document` takes it."""
    found = [*_of_the_set(sketch), *_of_conditions(sketch), *_of_sums(sketch)]
    if not found:
        try:
            Document.model_validate(kept(sketch))
        except ValidationError as wrong:
            found = [Fault("set", "", f["msg"].removeprefix("Value error, ")) for f in wrong.errors(include_url=False)]
    return found


def _of_the_set(sketch: Sketch) -> Iterator[Fault]:
    if not sketch.sections:
        yield Fault("set", "", _("Nothing is asked yet. Add a page."))
    blocks: set[Block] = set()
    for section in sketch.sections:
        if not section.block and not section.questions:
            yield Fault("page", section.key, _("“%(page)s” asks nothing yet. Add a question or remove it.", page=section.title))
        if section.block in blocks:
            yield Fault("page", section.key, _("“%(page)s” is in this set twice. Remove one of them.", page=section.title))
        blocks |= {section.block} if section.block else set()
        for question in section.questions if section.repeat else ():
            if question.kind in (Kind.FILE, Kind.DECLARATION):
                yield Fault(
                    "question",
                    question.key,
                    _(
                        "“%(question)s” cannot be on a page that is asked again for each %(item)s. Move it to another page.",
                        question=question.short,
                        item=section.item or _("of several"),
                    ),
                )


def _of_conditions(sketch: Sketch) -> Iterator[Fault]:
    everywhere = {question.key for question in sketch.questions}
    before: dict[str, Question] = {}
    for part in sketch.parts:
        what = "question" if isinstance(part, Question) else "page"
        for sentence in _of_one(part, sketch, before, everywhere):
            yield Fault(what, part.key, sentence)
        if isinstance(part, Question):
            before[part.key] = part


def _of_one(
    part: Section | Question, sketch: Sketch, before: Mapping[str, Question], everywhere: Collection[str]
) -> Iterator[str]:
    called, names = _called(part), sketch.names
    for test in part.when.tests if part.when else ():
        if test.of not in before and test.of in everywhere:
            yield _(
                "“%(part)s” depends on %(other)s, which is asked after it. "
                "Move that question up, or change when “%(part)s” is asked.",
                part=called,
                other=names.of(test.of),
            )
        elif test.of not in before and test.of not in set(Figure) and test.of not in names.calculations:
            yield _("“%(part)s” depends on %(other)s. Change when it is asked.", part=called, other=names.of(test.of))
        elif sentence := _unfit(test, names):
            yield _("“%(part)s” is asked only if %(test)s. %(why)s", part=called, test=names.test(test), why=sentence)
    if part.when and any(isinstance(one, When) and not (one.all or one.any) for one in (*part.when.all, *part.when.any)):
        yield _("“%(part)s” has a group of conditions with nothing in it. Add to the group or remove it.", part=called)


def _unfit(test: Test, names: said.Names) -> str | None:
    """Why a test can never be so, although what it names is there."""
    question = names.questions.get(test.of)
    bounded = test.at_least is not None or test.at_most is not None
    if bounded and not countable(test.of, names):
        return _("That is not answered with a number.")
    if question and (offered := answers_of(question)) is not None:
        lost = [value for value in (*test.any_of, *test.none_of) if value not in offered]
        if lost:
            return _("“%(value)s” is not one of its answers.", value=lost[0])
    return None


def answers_of(question: Question) -> frozenset[str] | None:
    """The answers that a question offers; none where anything can be typed."""
    if question.kind in CHOSEN:
        return frozenset(option.value for option in question.options)
    return frozenset({YES, NO}) if question.kind is Kind.YES_NO else None


def countable(name: str, names: said.Names) -> bool:
    """Is it a number or an amount: something to add up or to set a bound on?"""
    if name in names.calculations or name in said.COUNTED:
        return True
    return name in names.questions and names.questions[name].kind in NUMBERED


def comparable(name: str, names: said.Names) -> bool:
    """The same, or a day: something that can be set against another."""
    return countable(name, names) or (name in names.questions and names.questions[name].kind is Kind.DATE)


def _of_sums(sketch: Sketch) -> Iterator[Fault]:
    names = sketch.names
    for one in sketch.calculations:
        for name in (*one.add, *one.less):
            if name in names.calculations or not countable(name, names):
                yield Fault(
                    "calculation",
                    one.key,
                    _("“%(sum)s” cannot add up %(name)s. Change what it adds.", sum=one.label, name=names.of(name)),
                )
    for n, check in enumerate(sketch.checks):
        for side in (check.left, check.right):
            if not isinstance(side, Decimal) and not comparable(side, names):
                yield Fault(
                    "check",
                    str(n),
                    _(
                        "The check “%(says)s” cannot compare %(name)s. Change it or remove it.",
                        says=check.says,
                        name=names.of(side),
                    ),
                )
        if check.beside not in names.questions:
            yield Fault(
                "check",
                str(n),
                _("The check “%(says)s” stands beside %(name)s. Change it.", says=check.says, name=names.of(check.beside)),
            )


def _called(part: Section | Question) -> str:
    return part.short if isinstance(part, Question) else part.title
