"""A round's terms as data: who may apply, how much, how often, what the size of the ask chooses, and what is said of it all.

One validated document beside the round's own columns, set up through pages and fixed when the round opens. Each rule is either
*fixed* (whoever breaks it is refused, with the reason and where to try instead) or *normal* ("not normally": the group may
apply, and an officer records the exception or there is none). Amounts are whole pence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.people.kinds import Kind
from grants.questions.conditions import Key, Part

Said = Annotated[str, Field(min_length=1, max_length=2000)]
Pence = Annotated[int, Field(gt=0)]


class Firmness(StrEnum):
    """How firm a rule is."""

    FIXED = "fixed"
    NORMAL = "normal"


class Helps(StrEnum):
    """How a group says what its project helps with."""

    PURPOSE = "purpose"  # in plain words; an officer sets the priorities' shares
    PRIORITY = "priority"  # from the strategy itself
    NOT_ASKED = "not asked"


class Payments(StrEnum):
    """How a grant of a tier is usually paid."""

    AT_ONCE = "at once"
    HALVES = "in two halves"
    QUARTERLY = "quarterly"
    AFTER = "after spending"


class Reports(StrEnum):
    """What is usually asked for afterwards."""

    SHORT = "three sentences and a number"
    FULL = "one report at the end"
    TWICE = "a report half way and one at the end"
    QUARTERLY = "a report each quarter"


class Scoring(StrEnum):
    """How applications are decided."""

    SCORED = "scored by assessors, decided by a panel"
    COMMITTEE = "decided in committee without scoring"


class Tier(Part):
    """What the size of the ask chooses, in one setting. From `least` to `most`, pence, both included."""

    key: Key
    name: Said
    least: Pence
    most: Pence
    stages: Annotated[int, Field(ge=1, le=2)] = 1
    assessors: Annotated[int, Field(ge=0, le=5)] = 2
    signatures: Annotated[int, Field(ge=1, le=2)] = 1
    evidence: tuple[str, ...] = ()  # what kinds of document (`files.models.What`) must be there before sending
    helps: Helps = Helps.PRIORITY
    full_outcomes: bool = True  # all five parts of an outcome; small asks may be asked only what and for whom
    payments: Payments = Payments.AT_ONCE
    reports: Reports = Reports.FULL
    decided_by: Said | None = None  # where it is not the round's own

    @model_validator(mode="after")
    def _whole(self) -> Tier:
        if self.most < self.least:
            raise ValueError(f"the tier {self.name} ends below where it starts")
        return self

    def holds(self, ask: Money) -> bool:
        """Is an ask of this size in it?"""
        return self.least <= ask.pence <= self.most


class Limit(Part):
    """A bound on the ask beside the round's own least and most, and what to do beyond it."""

    above: Pence | None = None  # more than this …
    below: Pence | None = None  # … or less than this is out
    firmness: Firmness = Firmness.NORMAL
    instead: Said | None = None  # where to try

    @model_validator(mode="after")
    def _one(self) -> Limit:
        if (self.above is None) == (self.below is None):
            raise ValueError("a limit is on asks above an amount or below one")
        return self


class Frequency(Part):
    """How often one group may have money from the round's fund."""

    months: Annotated[int, Field(ge=1, le=60)] | None = None  # one application in so many months
    consecutive_years: bool = False  # or: not in the financial year after one in which it was funded
    firmness: Firmness = Firmness.FIXED

    @model_validator(mode="after")
    def _one(self) -> Frequency:
        if (self.months is None) == (not self.consecutive_years):
            raise ValueError("a frequency rule is in months or about consecutive years")
        return self


class NotFunded(Part):
    """Something the money is not for. `asks` is put to the group as a yes-or-no question; yes breaks the rule."""

    key: Key
    asks: Said
    reason: Said
    firmness: Firmness = Firmness.FIXED


class Terms(Part):
    """All of a round's terms. What is left out is what a simple round has."""

    kinds: tuple[Kind, ...] = ()  # who may apply; empty: whoever the stream may give to
    host_needed: bool = False  # a group without an account of its own names a host organisation
    areas: tuple[str, ...] = ()  # codes of wards, or references of places, that must benefit; empty: all of the partnership's
    area_in_words: Said | None = None
    priorities: tuple[str, ...] = ()  # those offered; empty: all of the plan's
    tiers: tuple[Tier, ...] = ()
    limits: tuple[Limit, ...] = ()
    frequency: tuple[Frequency, ...] = ()
    not_funded: tuple[NotFunded, ...] = ()
    months_to_deliver: Annotated[int, Field(ge=1, le=60)] | None = None  # after the money is received
    scoring: Scoring = Scoring.SCORED
    pass_mark: Annotated[int, Field(ge=0, le=100)] | None = None  # percent of the whole
    privacy: Said | None = None
    decided_by: Said | None = None  # a body, in words
    answer_by: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None  # when applicants will have heard
    instead: Said | None = None  # where to try for whoever is refused
    grace_minutes: Annotated[int, Field(ge=0, le=120)] = 0
    asks_postcode: bool = False  # where it happens, by postcode instead of from a list
    asks_vat: bool = False  # whether the group can claim VAT back

    @model_validator(mode="after")
    def _tiered(self) -> Terms:
        if len({tier.key for tier in self.tiers}) < len(self.tiers):
            raise ValueError("two tiers have the same key")
        for before, after in zip(self.tiers, self.tiers[1:], strict=False):
            if after.least != before.most + 1:
                raise ValueError(f"the tier {after.name} must start one penny above where {before.name} ends")
        if len({one.key for one in self.not_funded}) < len(self.not_funded):
            raise ValueError("two things the money is not for have the same key")
        return self

    def tier(self, ask: Money | None) -> Tier | None:
        """The tier an ask falls in; none where the round has none or it is outside them all."""
        return next((tier for tier in self.tiers if ask is not None and tier.holds(ask)), None)

    def instead_of(self, ask: Money) -> str | None:
        """Where to try with an ask that a limit keeps out, or with any that is refused."""
        broken = (limit for limit in self.limits if exceeded(limit, ask) and limit.instead)
        return next((limit.instead for limit in broken), self.instead)


PAYMENTS: Mapping[Payments, str] = {
    Payments.AT_ONCE: mark("One payment before you start"),
    Payments.HALVES: mark("Two payments: one before you start, one after your first report"),
    Payments.QUARTERLY: mark("A payment each quarter"),
    Payments.AFTER: mark("You claim back money you have spent"),
}
REPORTS: Mapping[Reports, str] = {
    Reports.SHORT: mark("Three sentences and a number when you have finished"),
    Reports.FULL: mark("One report when you have finished"),
    Reports.TWICE: mark("A report half way and one when you have finished"),
    Reports.QUARTERLY: mark("A report each quarter"),
}


def exceeded(limit: Limit, ask: Money) -> bool:
    """Is an ask beyond this limit?"""
    return (limit.above is not None and ask.pence > limit.above) or (limit.below is not None and ask.pence < limit.below)


_kept: dict[str, Terms] = {}  # what terms say -> the same, checked
MOST_KEPT = 64


def terms_of(said: Mapping[str, Any]) -> Terms:
    """Terms as they are kept, ready to ask. Checked once a process."""
    name = repr(said)
    if name not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[name] = Terms.model_validate(said)
    return _kept[name]


def check(terms: Mapping[str, Any]) -> Terms:
    """The terms, checked. RuleBroken says everything that is wrong with them, and where."""
    try:
        return Terms.model_validate(terms)
    except ValidationError as wrong:
        raise RuleBroken(*_faults(wrong)) from None


def _faults(wrong: ValidationError) -> Iterator[str]:
    for fault in wrong.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in fault["loc"])
        said = fault["msg"].removeprefix("Value error, ")
        yield _("%(what)s (%(where)s).", what=said, where=where) if where else f"{said[:1].upper()}{said[1:]}."


def untiered(tiers: Sequence[Tier], smallest: Money, largest: Money) -> Iterator[str]:
    """What is wrong with the tiers: together they cover every ask from the least to the most, and only the largest shows its
    groups the plan's priorities."""
    if not tiers:
        return
    for tier in tiers[:-1]:
        if tier.helps is Helps.PRIORITY:
            yield _(
                "Only the largest size of ask chooses from the priorities. For “%(name)s”, let groups choose a purpose in "
                "plain words: you set the priorities when it is decided.",
                name=tier.name,
            )
    if tiers[0].least != smallest.pence:
        yield _(
            "The tier “%(name)s” starts at %(starts)s. It must start at %(least)s, the least a group can ask for.",
            name=tiers[0].name,
            starts=Money(tiers[0].least),
            least=smallest,
        )
    if tiers[-1].most != largest.pence:
        yield _(
            "The tier “%(name)s” ends at %(ends)s. It must end at %(most)s, the most a group can ask for.",
            name=tiers[-1].name,
            ends=Money(tiers[-1].most),
            most=largest,
        )


def fitted(tiers: Sequence[Tier], smallest: Money, largest: Money) -> tuple[Tier, ...]:
    """The tiers over a new least and most: the first starts at the one, the last ends at the other, those outside go."""
    inside = [tier for tier in tiers if tier.most >= smallest.pence and tier.least <= largest.pence]
    if not inside:
        return ()
    inside[0] = inside[0].model_copy(update={"least": smallest.pence})
    inside[-1] = inside[-1].model_copy(update={"most": largest.pence})
    return tuple(inside)
