"""Whether a panel can be convened, a decision recorded and a meeting confirmed: within the ask, within the money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.assessment.queries import Judged
from grants.assessment.rules import figure
from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.words import _
from grants.panel.models import Outcome, Panel
from grants.rounds.eligibility import Finding
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState


def convenable(round: Round, held_on: date, *, convened: bool) -> Iterator[str]:
    """Everything against a meeting about this round on this day."""
    if convened:
        yield _("A panel has been convened for this round already.")
    elif round.state is not RoundState.ASSESSING:
        yield _(
            "A panel is convened between a round’s closing and its decision. This round is %(state)s.", state=round.state.value
        )
    if held_on < clock.civil(round.closes_at).date():
        yield _("The panel cannot meet before the round has closed.")


def settled(outcome: Outcome, amount: Money | None, asked: Money) -> Money | None:
    """What the decision gives: in full the ask, on rejection nothing, in part what was named."""
    if outcome is Outcome.FULL:
        return asked
    return Money(0) if outcome is Outcome.REJECT else amount


def decidable(
    panel: Panel,
    application: Application,
    *,
    outcome: Outcome,
    amount: Money | None,
    reason: str,
    asked: Money,
    scored: bool,
    held: Money,
    others: Money,
) -> Iterator[str]:
    """Everything against this decision. `others`: what its other decisions give; `held`: what the round holds."""
    yield from _standing(panel, application)
    if not scored:
        yield _("This bid’s scoring is not complete. It can be decided once every score is in.")
    if not reason.strip():
        yield _("Write the reason for the decision. The group will read it.")
    if outcome is Outcome.FULL and amount is not None and amount != asked:
        yield _("In full means the %(asked)s asked for. To give %(amount)s, choose in part.", asked=asked, amount=amount)
    if outcome is Outcome.REJECT and amount:
        yield _("A bid that is not funded is given nothing. Take the %(amount)s away, or choose in part.", amount=amount)
    if outcome is Outcome.PART and (amount is None or amount.pence <= 0):
        yield _("Enter how much of the %(asked)s to give.", asked=asked)
    elif outcome is Outcome.PART and amount is not None and amount >= asked:
        yield _("In part means less than the %(asked)s asked for. To give all of it, choose in full.", asked=asked)
    gives = settled(outcome, amount, asked)
    if gives and gives + others > held:
        yield beyond(gives, held=held, others=others)


def _standing(panel: Panel, application: Application) -> Iterator[str]:
    if panel.confirmed_at:
        yield _("The chair has confirmed this panel’s decisions, so they no longer change.")
    elif application.round_id != panel.round_id:
        yield _("This bid was made to another round.")
    elif application.state is not ApplicationState.SUBMITTED:
        yield _("This bid is %(state)s, so there is nothing to decide.", state=application.state.value)


def beyond_lot(application: Application, *, gives: Money | None, held: Money, others: Money) -> Iterator[str]:
    """A bid in a part of the round draws on that part's money. `others`: what else is decided in it; `held`: what it holds."""
    if application.round.lots and application.lot is None and gives:
        yield _("Say first which part of the round this falls in.")
    if application.lot is not None and gives and gives + others > held:
        yield _(
            "%(lot)s has %(left)s left for this round. This decision needs %(gives)s.",
            lot=application.lot.name,
            left=max(held - others, Money(0)),
            gives=gives,
        )


def below(round: Round, judged: Sequence[Judged]) -> Iterator[str]:
    """Why a bid with these scores cannot be given money: below the round's pass mark, or a criterion's least score."""
    scored = [one for one in judged if one.given]
    means = {one.name: Fraction(sum(given.points for given in one.given), len(one.given)) for one in scored}
    average = sum((means[one.name] * one.weight / one.most for one in scored), start=Fraction(0))
    mark = round.terms.pass_mark
    if scored and mark is not None and average < mark:
        yield _(
            "This bid’s average is %(average)s. The round gives money from %(mark)s up.", average=figure(average), mark=mark
        )
    for one in scored:
        if one.gate is not None and means[one.name] < one.gate:
            yield _(
                "“%(name)s” was scored %(score)s on average. The round gives money from %(gate)s up.",
                name=one.name,
                score=figure(means[one.name]),
                gate=one.gate,
            )


def unexcepted(application: Application, broken: Iterable[Finding]) -> Iterator[str]:
    """The rules that are *normal*, that it breaks, and that nobody made an exception to."""
    excepted = {one.rule for one in application.exceptions}
    for one in broken:
        if one.rule not in excepted:
            yield _("%(rule)s A grants officer must record an exception before this bid can be given money.", rule=one.sentence)


def beyond_purses(given: Sequence[tuple[str, str | None, Money]], *, held_by: Callable[[str], Money]) -> Iterator[str]:
    """What is decided in each purse is within what it holds. `given`: purse, the part's name if it is one, amount."""
    if not any(lot for _purse, lot, _amount in given):
        return
    for purse, lot in dict.fromkeys((purse, lot) for purse, lot, _amount in given):
        come_to, holds = total(amount for whose, _lot, amount in given if whose == purse), held_by(purse)
        if come_to > holds:
            yield _(
                "The decisions in %(lot)s come to %(come_to)s and %(held)s is held for it. Change one of them.",
                lot=lot or _("no part of the round"),
                come_to=come_to,
                held=holds,
            )


def beyond(gives: Money, *, held: Money, others: Money) -> str:
    """The sentence when the money does not reach, with what is left."""
    return _(
        "%(left)s is left: %(held)s is held for this round and other decisions come to %(others)s. This one needs %(gives)s.",
        left=held - others,
        held=held,
        others=others,
        gives=gives,
    )


def confirmable(
    panel: Panel,
    *,
    undecided: Sequence[tuple[str, str]],
    decided: Iterable[Money],
    held: Money,
    opened: Sequence[tuple[str, str]] = (),
) -> Iterator[str]:
    """Everything that stops the chair confirming. `undecided` names the bids (reference, title) without a decision;
    `opened` those that were opened again and not sent again yet."""
    if panel.confirmed_at:
        yield _("These decisions are confirmed already.")
    if panel.held_on > clock.today():
        yield _("The panel meets on %(day)s. Its decisions can be confirmed from then.", day=f"{panel.held_on:%-d %B %Y}")
    for ref, title in undecided:
        yield _("“%(title)s” (%(ref)s) is not decided yet.", title=title, ref=ref)
    for ref, title in opened:
        yield _("“%(title)s” (%(ref)s) was opened again and is not sent again yet.", title=title, ref=ref)
    come_to = sum((one for one in decided), start=Money(0))
    if come_to > held:
        yield _(
            "The decisions come to %(come_to)s and %(held)s is held for this round. Change one of them.",
            come_to=come_to,
            held=held,
        )
