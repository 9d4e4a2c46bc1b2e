"""What a sound round is, and when it takes applications."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.words import _, many, mark
from grants.rounds.models import Round, State
from grants.rounds.terms import Scoring, Terms, untiered

MOST_ASSESSORS = 5


class Weighed(NamedTuple):
    """A criterion as a round is planned: its weight in percent and the highest score it can be given.

    `anchors`: what a score means, in words; `gate`: the least score with which a bid can be funded.
    """

    name: str
    guidance: str
    weight: int
    most: int = 5
    anchors: Mapping[str, str] = {}
    gate: int | None = None


class Split(NamedTuple):
    """A lot as a round is planned: its name, the ward whose postcodes find it, and what it is to hold."""

    name: str
    area: str | None
    amount: Money
    line: str | None = None  # the reference of the line its money comes from


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


def taking(round: Round, at: datetime | None = None, until: datetime | None = None) -> bool:
    """Does it take applications at this instant (now)? From its opening instant up to, not including, its closing instant.

    `until`: a later instant that one group was given; it counts until the round is decided.
    """
    at = at or clock.now()
    if until is not None and round.state in (State.OPEN, State.ASSESSING) and round.opens_at <= at < until:
        return True
    return round.state is State.OPEN and round.opens_at <= at < round.closes_at


def in_grace(round: Round, at: datetime) -> bool:
    """Is it past closing by no more than the grace the round allows? What is sent then is taken, and the history says so."""
    return round.state is State.OPEN and round.closes_at <= at < round.closes_at + timedelta(minutes=round.terms.grace_minutes)


def to_come(round: Round) -> bool:
    """Is it announced, its money held, and its opening instant still ahead?"""
    return round.state is State.OPEN and clock.now() < round.opens_at


def not_taking(round: Round, at: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """The sentence that says why it takes no applications; nothing while it does."""
    at = at or clock.now()
    if taking(round, at, until):
        return
    if round.state is State.PLANNED or at < round.opens_at:
        yield _("“%(round)s” is not open for applications yet.", round=round.title)
    else:
        yield _(
            "“%(round)s” closed on %(when)s, so it takes no more applications.",
            round=round.title,
            when=in_words(until if until is not None and until <= at else round.closes_at),
        )


def usual_closing(day: date) -> datetime:
    """Midday on that day, or where it is no working day on the next: somebody is there to help."""
    while not working(day):
        day += timedelta(days=1)
    return clock.deadline(day, time(12, 0))


def working(day: date) -> bool:
    """Is it a day on which offices in England are open? Weekends and bank holidays are not."""
    import holidays

    return day.weekday() < 5 and day not in holidays.country_holidays("GB", subdiv="ENG", years=day.year)


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
    terms: Terms,
    lots: Sequence[Split] = (),
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
    if (clock.civil(closes_at).hour, clock.civil(closes_at).minute) == (0, 0):
        yield _(
            "Nobody is sure which day midnight belongs to. Close at midday, or at 11:59pm on %(day)s.",
            day=_weekday(clock.civil(closes_at).date() - timedelta(days=1)),
        )
    if project_ends_on < project_starts_on:
        yield _("Projects must end after they start.")
    if project_starts_on < clock.civil(closes_at).date():
        yield _("Projects must start after the round closes: no group knows before then whether it has the money.")
    if not 1 <= assessors <= MOST_ASSESSORS:
        yield _("Between 1 and %(most)s people must score each application.", most=MOST_ASSESSORS)
    if terms.scoring is Scoring.SCORED:
        yield from unweighed(criteria)
    yield from untiered(terms.tiers, smallest, largest)
    yield from _unsplit(lots, largest)


def _weekday(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


Sits = Callable[[Round], Iterable[str]]
_sitting: list[Sits] = []


def split_kept_by(sits: Sits) -> Sits:
    """A higher room says why a round's parts cannot be made anew (sentences; none: they can). A decorator, at import."""
    _sitting.append(sits)
    return sits


def unsplittable(round: Round) -> Iterator[str]:
    """Why a planned round's parts cannot be changed: something sits in one of them."""
    for sits in _sitting:
        yield from sits(round)


def _unsplit(lots: Sequence[Split], largest: Money) -> Iterator[str]:
    for name in sorted({lot.name for lot in lots if [other.name for other in lots].count(lot.name) > 1}):
        yield _("Two parts of the round are called “%(name)s”.", name=name)
    areas = [lot.area for lot in lots if lot.area]
    for area in sorted({one for one in areas if areas.count(one) > 1}):
        yield _("Two parts of the round are for the same area (%(area)s).", area=area)
    for lot in lots:
        if lot.amount <= Money(0):
            yield _("“%(name)s” must hold more than £0.00.", name=lot.name)


def unweighed(criteria: Sequence[Weighed]) -> Iterator[str]:
    """What is wrong with the criteria. Weights are percent and sum to 100."""
    if not criteria:
        yield _("Give the round at least one criterion to score by.")
        return
    for one in criteria:
        if one.weight <= 0 or one.most <= 0:
            yield _("“%(name)s” must have a weight and a highest score above nought.", name=one.name)
        if one.gate is not None and not 0 < one.gate <= one.most:
            yield _("The least score of “%(name)s” must be from 1 to %(most)s.", name=one.name, most=one.most)
        if beyond := sorted(score for score in one.anchors if not (score.isdecimal() and int(score) <= one.most)):
            yield _("“%(name)s” has words for a score of %(score)s, which nobody can give.", name=one.name, score=beyond[0])
    whole = sum(one.weight for one in criteria)
    if whole != 100:
        yield _("The weights must add up to 100. These add up to %(whole)s.", whole=whole)


def unready(round: Round, hold: Money, free: Money, *, barred: Iterable[str]) -> Iterator[str]:
    """What stops so much being held for a round. What else it must have is on the list before it opens (`not_ready`).

    `free` is what its pot (or pool) has free now; `barred` why nothing may be taken from it at all
    (`streams.promises.barred`), without which how much is free is no question.
    """
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
    if round.lots and hold != (whole := total(lot.amount for lot in round.lots)):
        yield _("The parts of this round add up to %(whole)s, so hold exactly that.", whole=whole)


class Ready(NamedTuple):
    """One line of the list before a round opens: what, whether it is there, what to do where it is not.

    `part`: the part of setting it up in which it is put right; empty: none of them (trying it out has pages of its own).
    """

    what: str
    done: bool
    says: str
    must: bool = True
    part: str = ""


def checklist(round: Round, *, evidence_asked: bool = True, strange: Collection[str] = ()) -> list[Ready]:
    """What a round should have before it opens, each with whether it has. Opening is refused while something it must have
    is missing. `evidence_asked`: does its question set ask for the documents its tiers need? `strange`: tiers that its
    questions depend on and that it does not have."""
    terms, scored = round.terms, round.terms.scoring is Scoring.SCORED
    anchored = all(len(one.anchors) > 1 for one in round.criteria)
    weighed = not scored or not any(unweighed([Weighed(c.name, c.guidance, c.weight, c.most) for c in round.criteria]))
    fitting = not any(untiered(terms.tiers, round.smallest, round.largest))
    noted = _("Say what you do with people’s details, and why.")
    paper = _("A size of ask needs documents, but the questions have no page for them.")
    lines = [
        Ready(_("Time to apply"), clock.now() < round.closes_at, _("Its closing time has passed: move it."), part="dates"),
        Ready(_("Sizes of ask"), fitting, _("Together they must cover every amount a group can ask for."), part="sizes"),
        Ready(
            _("Sizes that the questions depend on"),
            not strange,
            _("Its questions depend on sizes it does not have: %(sizes)s.", sizes=", ".join(sorted(strange))),
            must=False,
            part="sizes",
        ),
        Ready(_("Criteria"), weighed, _("Their weights must add up to 100."), part="criteria"),
        Ready(_("A privacy notice"), bool(terms.privacy), noted, part="answers"),
        Ready(_("Who decides"), bool(terms.decided_by), _("Name the panel or committee that decides."), part="answers"),
        Ready(
            _("When applicants will hear"),
            bool(terms.answer_by),
            _("Give the day by which everybody will have an answer."),
            part="answers",
        ),
        Ready(_("Documents asked for"), evidence_asked, paper, part="questions"),
        Ready(
            _("Words for each score"),
            not scored or anchored,
            _("Say what the lowest and highest scores mean."),
            must=False,
            part="words",
        ),
        Ready(
            _("Closing on a working day"),
            working(clock.civil(round.closes_at).date()),
            _("Somebody should be there to help on the last day."),
            must=False,
            part="dates",
        ),
        Ready(_("Tried out"), round.rehearsed_at is not None, _("Fill in a test application as a group would."), must=False),
        Ready(
            _("Where to try instead"),
            bool(terms.instead),
            _("Say where a group that cannot apply could try."),
            must=False,
            part="answers",
        ),
    ]
    return lines


def not_ready(round: Round, *, evidence_asked: bool = True) -> Iterator[str]:
    """What the list still must have."""
    for line in checklist(round, evidence_asked=evidence_asked):
        if line.must and not line.done:
            yield _("%(what)s: %(says)s", what=line.what, says=line.says)


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


def no_permit(round: Round, until: datetime, reason: str) -> Iterator[str]:
    """What stops one group being given longer."""
    if round.state not in (State.OPEN, State.ASSESSING):
        yield _("This round is not open and not being scored, so nobody can send to it.")
    if until <= max(round.closes_at, clock.now()):
        yield _("Choose a time later than now, and later than the round’s own (%(when)s).", when=in_words(round.closes_at))
    if not reason.strip():
        yield _("Enter why this group may send late.")


def unclosable(round: Round) -> Iterator[str]:
    """A round is closed after its closing time: nobody's chance is cut short."""
    if round.state is State.OPEN and clock.now() < round.closes_at:
        yield _("This round takes applications until %(when)s. Close it after that.", when=in_words(round.closes_at))


def days_left(round: Round, closes: datetime | None = None) -> int:
    """Whole days by London's calendar from today to its closing day, or another one: 0 on the day itself."""
    return (clock.civil(closes or round.closes_at).date() - clock.today()).days


def left_in_words(round: Round, closes: datetime | None = None) -> str:
    """'closes today', 'closes tomorrow', 'closes in 12 days'. `closes`: a closing time of one application's own."""
    days = days_left(round, closes)
    if days <= 0:
        return _("closes today")
    if days == 1:
        return _("closes tomorrow")
    return many("closes in %(num)s day", "closes in %(num)s days", days)
