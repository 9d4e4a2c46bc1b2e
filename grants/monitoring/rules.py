"""When reports are due, what a report must say, and how much of it can be accounted for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count, pairwise, takewhile
from typing import NamedTuple

from flask_babel import format_date

from grants.awards.models import Award, Gate, Instalment
from grants.awards.models import State as AwardState
from grants.kernel import clock
from grants.kernel.money import ZERO, Money
from grants.kernel.words import _, many
from grants.monitoring.models import MOVES, Report, State
from grants.rounds.terms import Reports
from grants.strategy import rules as strategy
from grants.strategy.models import Indicator

STORY_WORDS = 400  # the most a group may write
ANSWER_CHARACTERS = 2000  # the most an officer may answer
TO_WRITE = timedelta(days=14)  # from the end of an interim period, or from accepting late, to the day its report is due
TO_CHECK = timedelta(days=14)  # from the day an interim report is due to the instalment that waits for it
FINAL = timedelta(days=28)  # from the end of the project to the day the final report is due
SAID = frozenset({State.SUBMITTED, State.ACCEPTED})  # reports whose figures stand
LARGEST = Decimal(10) ** 15
COUNTED = strategy.WHOLE_UNITS | {"people", "number"}  # whole numbers
SIGNED = frozenset({"percentage_points", "percent_change"})  # can fall below nought


class Planned(NamedTuple):
    """A report to ask for. Both ends of the period belong to it."""

    number: int
    period_start: date
    period_end: date
    due_on: date


def schedule(starts_on: date, ends_on: date, gated: Sequence[date], accepted_on: date) -> list[Planned]:
    """The reports an agreement asks for: one in time for each instalment that waits for a report, and a final one.

    `gated` are the due dates of those instalments. An interim report is due 14 days before its instalment and covers the
    project up to 14 days before that; the final one is due 28 days after the project ends. The periods follow each other
    and cover every day of the project. Nobody is asked for a report less than 14 days after accepting.
    """
    found: list[Planned] = []
    start = starts_on
    for pays in sorted(gated):
        end = max(start, min(pays - TO_CHECK - TO_WRITE, ends_on - timedelta(days=1)))
        found.append(Planned(len(found) + 1, start, end, max(end + TO_WRITE, accepted_on + TO_WRITE)))
        start = min(end + timedelta(days=1), ends_on)
    return [*found, Planned(len(found) + 1, start, ends_on, max(ends_on + FINAL, accepted_on + TO_WRITE))]


def between(reports: Reports, starts_on: date, ends_on: date, gated: Sequence[date]) -> list[date]:
    """Days to hand to `schedule` beside `gated`, so that reports come as often as the size of the ask says: half way through
    the project, or at the end of each quarter but the last. Not where an instalment waits for a report there anyway.
    """
    had = [pays - TO_CHECK - TO_WRITE for pays in gated]  # the last days of the periods that those cover
    wanted: list[date] = []
    if reports is Reports.TWICE and not had:
        wanted = [starts_on + (ends_on - starts_on) // 2]
    elif reports is Reports.QUARTERLY:
        ends = (clock.months_after(starts_on, 3 * n) - timedelta(days=1) for n in count(1))
        quarters = takewhile(lambda end: end + TO_WRITE < ends_on, ends)
        wanted = [end for begin, end in pairwise([starts_on, *quarters]) if not any(begin < one <= end for one in had)]
    return [end + TO_CHECK + TO_WRITE for end in wanted]


def left_to_report(award: Award, others: Collection[Report]) -> Money:
    """What of the agreed amount no other standing report has spent yet."""
    said = sum((report.spent.pence for report in others if report.spent and report.state in SAID), 0)
    return Money(award.agreed.pence - said)


def unready(
    report: Report, *, spent: Money | None, story: str, readings: Mapping[int, Decimal | None], left: Money
) -> Iterator[str]:
    """Everything that stops a report being sent, all at once. `left` is what is left of the award to report."""
    if spent is None:
        yield _("Enter how much of the grant you spent. If you spent nothing, enter 0.")
    elif spent < ZERO:
        yield _("What you spent cannot be less than £0.00.")
    elif spent > left:
        yield _(
            "You entered %(spent)s, and %(left)s of your %(agreed)s grant is left to report on. "
            "Enter only what you spent from this grant.",
            spent=spent,
            left=left,
            agreed=report.award.agreed,
        )
    words = len(story.split())
    if not words:
        yield _("Tell us what happened.")
    elif words > STORY_WORDS:
        yield _("Use %(most)s words or fewer to tell us what happened. You have used %(used)s.", most=STORY_WORDS, used=words)
    promised = {target.indicator_id: target for target in report.award.targets}
    for indicator_id, target in promised.items():
        yield from unmeasured(report, target.indicator, readings.get(indicator_id))
    if set(readings) - set(promised):
        yield _("You gave a figure for something this grant did not promise to measure. Reload the page and try again.")


def unmeasured(report: Report, indicator: Indicator, value: Decimal | None) -> Iterator[str]:
    """What is wrong with one figure, in words that name it: what strategy asks of every reading, asked of the group."""
    what = indicator.title
    if value is None:
        yield _("Enter a figure for ‘%(what)s’. If there were none, enter 0.", what=what)
        return
    yield from strategy.readable(
        indicator,
        value=value,
        unit=indicator.unit,
        qualifier="exact",
        trend=None,
        period=str(report.number),
        period_start=report.period_start,
        period_end=report.period_end,
    )
    if not value.is_finite():
        return
    if value < 0 and indicator.unit not in strategy.NEVER_NEGATIVE | SIGNED:
        yield _("‘%(what)s’ cannot be less than nought.", what=what)
    if indicator.unit in COUNTED - strategy.WHOLE_UNITS and value != value.to_integral_value():
        yield _("‘%(what)s’ is counted in whole numbers.", what=what)
    if abs(value) >= LARGEST:
        yield _("The figure for ‘%(what)s’ is too large. Check how many noughts you typed.", what=what)
    elif indicator.unit == "gbp" and value != round(value, 2):
        yield _("The figure for ‘%(what)s’ is in pounds and whole pence.", what=what)


def unschedulable(award: Award, asked: Collection[Report]) -> Iterator[str]:
    """Reports are asked for once."""
    if asked:
        yield _("%(award)s has already been asked for its reports.", award=award.ref)


def unsendable(report: Report, others: Collection[Report]) -> Iterator[str]:
    """Reports are sent under an agreement that stands, in order, and not again once they are with us."""
    if report.award.state is not AwardState.ACCEPTED:
        yield _("This grant is not in progress, so there is nothing to report on.")
    elif State.SUBMITTED not in MOVES[report.state]:
        yield _("This report has already been sent. We will tell you if we need anything more.")
    elif earlier := [other for other in others if other.number < report.number and other.state is State.DUE]:
        yield _(
            "Send your report on %(start)s to %(end)s first.",
            start=format_date(earlier[0].period_start, "d MMMM y"),
            end=format_date(earlier[0].period_end, "d MMMM y"),
        )


def unanswered(answer: str, *, needed: bool) -> Iterator[str]:
    """What an officer writes to the group."""
    if needed and not answer.strip():
        yield _("Say what the group needs to change. They will read it.")
    if len(answer) > ANSWER_CHARACTERS:
        over = len(answer) - ANSWER_CHARACTERS
        yield many(
            "Your answer is %(num)s character too long. Make it shorter.",
            "Your answer is %(num)s characters too long. Make it shorter.",
            over,
        )


def accountable(*, reported: Money, accounted: Money, waiting: Money) -> Money:
    """How much can be moved from paid to accounted for.

    `reported` is all that accepted reports say was spent, `accounted` what of it is in the books already, `waiting` what
    has been paid and is not accounted for. What a report spent beyond what was paid waits for the next payment or report.
    """
    return max(ZERO, min(reported - accounted, waiting))


def waiting_instalment(award: Award) -> Instalment | None:
    """The instalment that the next accepted report opens."""
    return next((one for one in award.instalments if one.gate is Gate.REPORT and one.gate_met_at is None), None)
