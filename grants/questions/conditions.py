"""When a question is asked, and sums over answers: data that a set carries, worked out from what is known of a draft.

What is known is `Known`: every answer by its question, and the figures the product itself knows of the application (what it
asks for, its tier, its group's kind). A condition names what it tests; a sum adds answers and figures. Nothing here is code
that an officer writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


DAY = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*", re.ASCII)  # a date's answer, as it is kept
AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,2})?", re.ASCII)  # no exponents: “1e9999999” is a number that nothing can hold
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


class Part(BaseModel):
    """A piece of a question set: never changed, and nothing in it unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(StrEnum):
    """What the product knows of an application without asking."""

    ASK = "ask"  # pounds: the cost lines added up, or what the group said it means to ask for
    TIER = "tier"  # the key of the tier that the ask falls in
    STAGE = "stage"  # 1, or 2 for a second stage
    KIND = "group-kind"  # the group's kind (`people.kinds.Kind`)
    PEOPLE = "all-people"  # how many people the beneficiaries' table adds up to
    ACCOUNT = "own-account"  # yes or no: has the group a bank account of its own?


class Known(NamedTuple):
    """What is known of a draft. Answers: question -> its answers (several of a choice, or of a repeated section)."""

    answers: Mapping[str, Sequence[str]]
    figures: Mapping[Figure, str]

    def of(self, name: str) -> Sequence[str]:
        """What is known under a name, a figure's before a question's."""
        if name in set(Figure):
            found = self.figures.get(Figure(name), "")
            return (found,) if found else ()
        return [one for one in self.answers.get(name, ()) if one.strip()]


NOTHING = Known({}, {})


class Test(Part):
    """One thing that must be so of a question's answer or of a figure. Exactly one of the tests is given."""

    __test__ = False  # pytest takes classes called Test for its own

    of: Key
    any_of: tuple[str, ...] = ()  # the answer, or one of several, is one of these
    none_of: tuple[str, ...] = ()  # no answer is one of these
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    answered: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Test:
        given = [bool(self.any_of), bool(self.none_of), self.at_least is not None or self.at_most is not None,
                 self.answered is not None]  # fmt: skip
        if sum(given) != 1:
            raise ValueError("a condition tests one thing: any_of, none_of, at_least or at_most, or answered")
        return self

    def holds(self, known: Known, calculations: Mapping[str, Calculation]) -> bool:
        """Is it so?"""
        found = known.of(self.of)
        if self.answered is not None:
            return bool(found) is self.answered
        if self.any_of:
            return bool(set(found) & set(self.any_of))
        if self.none_of:
            return not set(found) & set(self.none_of)
        value = calculations[self.of].value(known) if self.of in calculations else _number(found)
        if value is None:
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class When(Part):
    """A condition: all of these, or any of them; a condition may hold others. An empty one always holds."""

    all: tuple[Test | When, ...] = ()
    any: tuple[Test | When, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> When:
        if self.all and self.any:
            raise ValueError("a condition is all of its parts or any of them; put one inside the other for both")
        return self

    def holds(self, known: Known, calculations: Mapping[str, Calculation]) -> bool:
        """Is it so?"""
        if self.any:
            return any(one.holds(known, calculations) for one in self.any)
        return all(one.holds(known, calculations) for one in self.all)

    @property
    def tests(self) -> Iterator[Test]:
        """Every test in it, however deep."""
        for one in (*self.all, *self.any):
            if isinstance(one, Test):
                yield one
            else:
                yield from one.tests


class Calculation(Part):
    """A sum that is worked out and shown: answers in money or numbers, and figures, added or taken away."""

    key: Key
    label: Annotated[str, Field(min_length=1, max_length=200)]
    add: Annotated[tuple[Key, ...], Field(min_length=1)]
    less: tuple[Key, ...] = ()
    money: bool = True

    def value(self, known: Known) -> Decimal | None:
        """The sum, or none while nothing of it is answered. What cannot be read counts as nothing yet."""
        found = [(sign, _number(known.of(name))) for names, sign in ((self.add, 1), (self.less, -1)) for name in names]
        if all(number is None for _sign, number in found):
            return None
        return sum((sign * number for sign, number in found if number is not None), Decimal(0))


class Relation(StrEnum):
    """What must be so between two sums."""

    EQUAL = "equal"
    AT_MOST = "at most"
    AT_LEAST = "at least"


class Check(Part):
    """Arithmetic across questions: one sum against another or a number. `says` is the sentence when it is not so."""

    left: Key  # a question, a figure or a calculation
    relation: Relation
    right: Key | Decimal
    says: Annotated[str, Field(min_length=1, max_length=300)]
    beside: Key  # the question whose field the sentence stands beside

    def broken(self, known: Known, calculations: Mapping[str, Calculation]) -> bool:
        """Is it known not to be so? What is not answered yet breaks nothing."""
        left, right = self._side(self.left, known, calculations), self._side(self.right, known, calculations)
        if left is None or right is None:
            return False
        kept = {Relation.EQUAL: left == right, Relation.AT_MOST: left <= right, Relation.AT_LEAST: left >= right}
        return not kept[self.relation]

    @staticmethod
    def _side(side: str | Decimal, known: Known, calculations: Mapping[str, Calculation]) -> Decimal | None:
        if isinstance(side, Decimal):
            return side
        return calculations[side].value(known) if side in calculations else _number(known.of(side))


def _number(found: Sequence[str]) -> Decimal | None:
    """The answers added up, money in pounds; none where nothing is there or something cannot be read. A day counts as its
    number, so that a check can say which of two comes first."""
    numbers = [number(one) if "/" not in one else _day(one) for one in found]
    read = [one for one in numbers if one is not None]
    return sum(read, Decimal(0)) if numbers and len(read) == len(numbers) else None


def _day(typed: str) -> Decimal | None:
    found = DAY.fullmatch(typed)
    try:
        return Decimal(date(int(found[3]), int(found[2]), int(found[1])).toordinal()) if found else None
    except ValueError:
        return None


def number(typed: str) -> Decimal | None:
    """A number or an amount as people write it ('£1,200.50', '1 200'), or none: '1.200' and '1,20' may be two things each."""
    plain = "".join(typed.split()).removeprefix("£")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    return Decimal(plain) if AMOUNT.fullmatch(plain) else None
