"""What a sound round is, and when it takes applications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _, many, mark
from grants.rounds.models import Round, State

MOST_ASSESSORS = 5


class Weighed(NamedTuple):
    """A criterion as a round is planned: its weight in percent and the highest score it can be given."""

    name: str
    guidance: str
    weight: int
    most: int = 5


STANDARD: Sequence[Weighed] = (
    Weighed(
        mark("The need for it"),
        mark("How well the group shows that people need this, and that it serves the priority it chose."),
        30,
    ),
    Weighed(
        mark("The difference it will make"),
        mark("How many people will benefit and how much, and how the group will know."),
        30,
    ),
    Weighed(
        mark("A sound and safe plan"),
        mark("Whether the group can do what it says, in the time, and keep people safe."),
        20,
    ),
    Weighed(
        mark("Value for money"),
        mark("Whether the costs are clear, fair and needed for what will be done."),
        20,
    ),
)


def taking(round: Round, at: datetime | None = None) -> bool:
    """Does it take applications at this instant (now)? From its opening instant up to, not including, its closing instant."""
    at = at or clock.now()
    return round.state is State.OPEN and round.opens_at <= at < round.closes_at


def to_come(round: Round) -> bool:
    """Is it announced, its money held, and its opening instant still ahead?"""
    return round.state is State.OPEN and clock.now() < round.opens_at


def not_taking(round: Round, at: datetime | None = None) -> Iterator[str]:
    """The sentence that says why it takes no applications; nothing while it does."""
    at = at or clock.now()
    if taking(round, at):
        return
    if round.state is State.PLANNED or at < round.opens_at:
        yield _("“%(round)s” is not open for applications yet.", round=round.title)
    else:
        yield _(
            "“%(round)s” closed on %(when)s, so it takes no more applications.",
            round=round.title,
            when=in_words(min(round.closes_at, at)),
        )


def in_words(at: datetime) -> str:
    """18 December 2026 at 11:59pm, by London's clock."""
    here = clock.civil(at)
    minutes = f":{here.minute:02}" if here.minute else ""
    hour = {(0, 0): _("midnight"), (12, 0): _("midday")}.get((here.hour, here.minute))
    hour = hour or f"{here.hour % 12 or 12}{minutes}{'am' if here.hour < 12 else 'pm'}"
    return _("%(day)s at %(hour)s", day=f"{here.day} {here:%B %Y}", hour=hour)


def unsound(
    *,
    title: str,
    purpose: str,
    smallest: Money,
    largest: Money,
    opens_at: datetime,
    closes_at: datetime,
    project_starts_on: date,
    project_ends_on: date,
    criteria: Sequence[Weighed],
    assessors: int,
) -> Iterator[str]:
    """Everything that stops a round being planned like this."""
    if not title.strip():
        yield _("Enter a title for the round.")
    if not purpose.strip():
        yield _("Enter what the money is for.")
    if smallest <= Money(0):
        yield _("The least a group may ask for must be more than £0.00.")
    if largest < smallest:
        yield _("The most a group may ask for (%(most)s) is below the least (%(least)s).", most=largest, least=smallest)
    if closes_at <= opens_at:
        yield _("The round must close after it opens.")
    if project_ends_on < project_starts_on:
        yield _("Projects must end after they start.")
    if project_starts_on < clock.civil(closes_at).date():
        yield _("Projects must start after the round closes: no group knows before then whether it has the money.")
    if not 1 <= assessors <= MOST_ASSESSORS:
        yield _("Between 1 and %(most)s people must score each application.", most=MOST_ASSESSORS)
    yield from unweighed(criteria)


def unweighed(criteria: Sequence[Weighed]) -> Iterator[str]:
    """What is wrong with the criteria. Weights are percent and sum to 100."""
    if not criteria:
        yield _("Give the round at least one criterion to score by.")
        return
    for one in criteria:
        if one.weight <= 0 or one.most <= 0:
            yield _("“%(name)s” must have a weight and a highest score above nought.", name=one.name)
    whole = sum(one.weight for one in criteria)
    if whole != 100:
        yield _("The weights must add up to 100. These add up to %(whole)s.", whole=whole)


def unready(round: Round, hold: Money, free: Money, *, barred: Iterable[str]) -> Iterator[str]:
    """Everything that stops a round opening with so much held.

    `free` is what its pot (or pool) has free now; `barred` why nothing may be taken from it at all
    (`streams.promises.barred`), without which how much is free is no question.
    """
    if clock.now() >= round.closes_at:
        yield _("This round's closing time, %(when)s, has passed. Plan a new round.", when=in_words(round.closes_at))
    if hold < round.smallest:
        yield _("Hold at least %(least)s: that is the least a group may ask for.", least=round.smallest)
    if found := [*barred]:
        yield from found
    elif hold > free:
        yield _(
            "%(pot)s has %(free)s free, so %(hold)s cannot be held. Hold %(free)s or less.",
            pot=round.line.name if round.line else round.pot.ref,
            free=free,
            hold=hold,
        )
    yield from unweighed([Weighed(one.name, one.guidance, one.weight, one.most) for one in round.criteria])


def not_given_back(round: Round, amount: Money, held: Money, promised: Money) -> Iterator[str]:
    """What stops a round's money being given back: it may still be needed."""
    if round.state is not State.DECIDED:
        yield _("This round is not decided yet, so its money may still be needed.")
    if amount <= Money(0):
        yield _("Enter an amount of more than £0.00.")
    elif amount > held - promised:
        yield _(
            "This round holds %(held)s and has promised %(promised)s of it, so it can give back %(left)s.",
            held=held,
            promised=promised,
            left=max(held - promised, Money(0)),
        )


def unclosable(round: Round) -> Iterator[str]:
    """A round is closed after its closing time: nobody's chance is cut short."""
    if round.state is State.OPEN and clock.now() < round.closes_at:
        yield _("This round takes applications until %(when)s. Close it after that.", when=in_words(round.closes_at))


def days_left(round: Round) -> int:
    """Whole days by London's calendar from today to its closing day: 0 on the day itself."""
    return (clock.civil(round.closes_at).date() - clock.today()).days


def left_in_words(round: Round) -> str:
    """'closes today', 'closes tomorrow', 'closes in 12 days'."""
    days = days_left(round)
    if days <= 0:
        return _("closes today")
    if days == 1:
        return _("closes tomorrow")
    return many("closes in %(num)s day", "closes in %(num)s days", days)
