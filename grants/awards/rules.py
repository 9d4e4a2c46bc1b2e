"""Whether an offer is sound and can still be answered: its instalments to the penny, its shares to the last basis point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeAlias

from grants.applications.rules import tier
from grants.awards.models import Award, Gate, Instalment, State
from grants.kernel import clock
from grants.kernel.money import Money, apportion, total
from grants.kernel.words import _
from grants.ledger.chart import Bucket
from grants.panel.models import Decision, Outcome
from grants.people.models import Organisation, Person
from grants.strategy.models import Indicator, Priority, Strategy
from grants.streams import rules as streams
from grants.streams.models import Commitment

WHOLE = 10_000  # basis points

Planned: TypeAlias = tuple[Money, date, Gate]
Shared: TypeAlias = tuple[Priority | None, int, str | None]
Promised: TypeAlias = tuple[Indicator, int]
Later: TypeAlias = tuple[int, Money]  # a year after the first, and what it is promised, subject to funding


def offerable(decision: Decision, *, already: str | None, unheld: bool = False) -> Iterator[str]:
    """Everything against making an offer from this decision. `already` is the award made from it, if any.

    `unheld`: another organisation is to hold the money, and it has not said yes.
    """
    if already:
        yield _("An offer has been made from this decision already: %(ref)s.", ref=already)
    if decision.panel.confirmed_at is None:
        yield _("The chair has not confirmed the panel’s decisions yet.")
    if decision.outcome is Outcome.REJECT:
        yield _("The panel did not fund this bid, so there is nothing to offer.")
    if unheld:
        yield _("The organisation that will hold the money has not said yes yet.")
    yield from streams.may_receive(decision.panel.round.pot.stream, decision.application.organisation)


def timely(decision: Decision, *, starts_on: date, ends_on: date, answer_by: date) -> Iterator[str]:
    """What is wrong with the offer's dates. Projects run within their round's days; a group has until tomorrow or later."""
    round = decision.panel.round
    if ends_on < starts_on:
        yield _("The project must end on or after the day it starts.")
    if starts_on < round.project_starts_on or ends_on > round.project_ends_on:
        yield _(
            "The project must run between %(first)s and %(last)s, as the round says.",
            first=_day(round.project_starts_on),
            last=_day(round.project_ends_on),
        )
    if answer_by <= clock.today():
        yield _("The last day to answer must be after today.")


def passportable(
    commitment: Commitment, *, amount: Money, left: Money, stated: bool, already: Sequence[str], group: Organisation | None
) -> Iterator[str]:
    """Everything against making a protected commitment an award. `left`: what is set aside for it and nobody was promised."""
    for ref in already:
        yield _("It is an award already: %(ref)s.", ref=ref)
    if commitment.award:
        yield _("This is a later year of %(award)s. Decide it on the award's page.", award=commitment.award)
    if commitment.ended_on is not None:
        yield _("This commitment has been released.")
    if not stated:
        yield _("Its amount is not stated. Enter the amount, or an estimate, first.")
    elif amount.pence <= 0:
        yield _("Enter an amount of more than £0.00.")
    elif amount > left:
        yield _("%(ref)s has %(left)s set aside; this needs %(needs)s.", ref=commitment.ref, left=str(left), needs=str(amount))
    if group is None:
        yield _("Choose the organisation that is to receive it.")
    else:
        if commitment.organisation is not None and commitment.organisation_id != group.id:
            yield _(
                "This money is protected for %(theirs)s, so it cannot be offered to %(group)s.",
                theirs=commitment.organisation.name,
                group=group.name,
            )
        yield from streams.may_receive(commitment.stream, group)


def lasting(*, starts_on: date, ends_on: date, answer_by: date) -> Iterator[str]:
    """What is wrong with the dates of an offer that no round bounds."""
    if ends_on < starts_on:
        yield _("The project must end on or after the day it starts.")
    if answer_by <= clock.today():
        yield _("The last day to answer must be after today.")


def later(first: int, years: Sequence[Later]) -> Iterator[str]:
    """What is wrong with the later years of an award: each once, in order, after the first, with an amount."""
    named = [year for year, _amount in years]
    for year, amount in years:
        if year <= first:
            yield _(
                "A later year comes after %(first)s; %(year)s does not.",
                first=clock.year_label(first),
                year=clock.year_label(year),
            )
        if named.count(year) > 1:
            yield _("%(year)s is there twice.", year=clock.year_label(year))
        if amount.pence <= 0:
            yield _("%(year)s must be promised more than £0.00.", year=clock.year_label(year))
    if named != sorted(named):
        yield _("Put the later years in order.")


def scheduled(agreed: Money, instalments: Sequence[Planned], *, first: bool = True) -> Iterator[str]:
    """What is wrong with the payments. They are above nought, in date order, and add up to the award (or to one of its
    later years, where `first` is false) to the penny."""
    if not instalments:
        yield _("Plan at least one payment.")
        return
    for number, (amount, _due, _gate) in enumerate(instalments, 1):
        if amount.pence <= 0:
            yield _("Payment %(number)s must be more than £0.00.", number=number)
    come_to = total(amount for amount, _due, _gate in instalments)
    if come_to != agreed:
        difference = agreed - come_to if agreed > come_to else come_to - agreed
        yield _(
            "The payments come to %(come_to)s and the award is %(agreed)s: %(difference)s too %(way)s.",
            come_to=come_to,
            agreed=agreed,
            difference=difference,
            way=_("little") if agreed > come_to else _("much"),
        )
    days = [due for _amount, due, _gate in instalments]
    if days != sorted(days):
        yield _("Each payment must be due on or after the one before it.")
    if first and instalments[0][2] is Gate.REPORT:
        yield _("The first payment cannot wait for a report: there is nothing to report on before it.")


def shared(shares: Sequence[Shared], strategy: Strategy) -> Iterator[str]:
    """What is wrong with the shares. Basis points above nought that sum to 10,000; outside the plan needs a reason."""
    if not shares:
        yield _("Say which priorities the money serves.")
        return
    refs = [priority.ref if priority else None for priority, _points, _reason in shares]
    for priority, points, reason in shares:
        named = priority.title or priority.ref if priority else _("the part outside the plan")
        if points <= 0:
            yield _("The share of %(named)s must be more than 0%%.", named=named)
        if priority is None and not (reason or "").strip():
            yield _("Say why part of the money is outside the plan.")
        if priority and priority.strategy_id != strategy.id:
            yield _("%(named)s is not a priority of %(strategy)s.", named=named, strategy=strategy.name)
        if refs.count(priority.ref if priority else None) > 1:
            yield _("%(named)s is there twice. Put its shares together.", named=named[:1].upper() + named[1:])
    sum_ = sum(points for _priority, points, _reason in shares)
    if sum_ != WHOLE:
        yield _("The shares must add up to 100%%. They add up to %(sum)s%%.", sum=percent(sum_))


def promised(targets: Sequence[Promised]) -> Iterator[str]:
    """What is wrong with the promised targets: one for each indicator, above nought."""
    refs = [indicator.ref for indicator, _value in targets]
    for indicator, value in targets:
        if value <= 0:
            yield _("The target for “%(title)s” must be more than 0.", title=indicator.title)
        if refs.count(indicator.ref) > 1:
            yield _("“%(title)s” has two targets. Keep one.", title=indicator.title)


def percent(points: int) -> str:
    """Basis points as people write them: 3333 is '33.33', 2500 is '25'."""
    return f"{points // 100}.{points % 100:02}".rstrip("0").rstrip(".")


def split(amount: Money, shares: Sequence[int]) -> list[Money]:
    """Each share's pence of an amount, adding up to it exactly (DESIGN section 4)."""
    return apportion(amount, shares)


def answerable(award: Award) -> Iterator[str]:
    """Everything against answering an offer now."""
    if award.state is not State.OFFERED:
        yield _("This offer is %(state)s already.", state=award.state.value)
    elif clock.today() > award.answer_by:
        yield _(
            "This offer was open until %(day)s. Ask the funding team whether it can still be made.", day=_day(award.answer_by)
        )


def signatures(award: Award) -> int:
    """How many people of the group sign: as the size of its ask says, one without sizes or without an application."""
    size = tier(award.application) if award.application else None
    return size.signatures if size else 1


def second(award: Award, by: Person) -> Iterator[str]:
    """Nobody signs for two."""
    if award.first_signed_by_id == by.id:
        yield _("You have signed. Somebody else who signs for your group must sign too, by %(day)s.", day=_day(award.answer_by))


def signed(signed_as: str) -> Iterator[str]:
    """An acceptance says in which post it is signed."""
    if not signed_as.strip():
        yield _("Enter your role in the group, for example treasurer.")
    elif len(signed_as.strip()) > 100:
        yield _("Your role must be 100 characters or fewer.")


def lapsed(award: Award) -> Iterator[str]:
    """Everything against taking back an offer nobody answered."""
    if award.state is not State.OFFERED:
        yield _("This offer is %(state)s already.", state=award.state.value)
    elif clock.today() <= award.answer_by:
        yield _("The group has until %(day)s to answer.", day=_day(award.answer_by))


def came_from(award: Award) -> tuple[str, Bucket]:
    """The owner and bucket an award's offer was made from, and goes back to if nobody takes it."""
    if award.commitment is not None:
        return award.commitment.ref, Bucket.PASSPORTED
    assert award.application is not None
    return award.application.purse, Bucket.RESERVED


def openable(instalment: Instalment) -> Iterator[str]:
    """Everything against saying that what a payment waited for has happened."""
    if instalment.award.state is not State.ACCEPTED:
        yield _("The offer is not accepted, so none of its payments can go ahead.")
    if instalment.gate_met_at:
        yield _("Payment %(number)s waits for nothing any more.", number=instalment.number)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
