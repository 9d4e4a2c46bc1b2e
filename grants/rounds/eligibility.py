"""Can this group apply to this round? Asked before there is an account, again when it starts, and again when it sends.

Every finding is a sentence for the group. A *fixed* one refuses, and says where to try instead; a *normal* one lets the group
apply and tells it that an officer must make an exception.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _, many, mark
from grants.people.kinds import VOLUNTARY, Kind
from grants.rounds.models import Round
from grants.rounds.terms import Firmness, Frequency, exceeded


class Asker(NamedTuple):
    """What is known of who asks, and for what. Whatever is not known yet is none or empty, and refuses nobody."""

    kind: Kind | None = None
    account: bool | None = None  # has it a bank account of its own?
    ask: Money | None = None
    places: Collection[str] = ()  # codes and references of where the project happens: its ward, its locality
    against: Collection[str] = ()  # keys of what the money is not for, to which the group said yes
    sent_on: Sequence[date] = ()  # days it sent applications to the same fund before
    funded_in: Collection[int] = ()  # financial years in which the same fund gave it something


class Finding(NamedTuple):
    """One rule that is broken. `rule` names it in an officer's recorded exception."""

    rule: str
    sentence: str
    firmness: Firmness
    instead: str | None = None

    @property
    def refuses(self) -> bool:
        """Does it keep the group out?"""
        return self.firmness is Firmness.FIXED


def findings(round: Round, asker: Asker, *, on: date | None = None) -> list[Finding]:
    """Every rule that this asker breaks, the fixed ones first."""
    on = on or clock.today()
    found = [
        *_kind(round, asker),
        *_place(round, asker),
        *_amount(round, asker),
        *_purposes(round, asker),
        *_frequency(round, asker, on),
    ]
    return sorted(found, key=lambda one: not one.refuses)


def needs_host(round: Round, asker: Asker) -> bool:
    """Must somebody else hold the money? Where the round says so and the group has no account of its own."""
    return round.terms.host_needed and asker.account is False


def _kind(round: Round, asker: Asker) -> Iterator[Finding]:
    terms = round.terms
    voluntary_only = round.pot.stream.voluntary_only
    if asker.kind is not None:
        out = (terms.kinds and asker.kind not in terms.kinds) or (voluntary_only and asker.kind not in VOLUNTARY)
        if out:
            said = _KIND_OUT.get(asker.kind, mark("A group like yours cannot apply to this fund."))
            yield Finding("kind", _(said), Firmness.FIXED, terms.instead)


_KIND_OUT = {
    Kind.PRIVATE: mark("This fund is not for private companies or businesses."),
    Kind.INDIVIDUAL: mark(
        "This fund is for groups, so one person cannot apply alone. Find two other people and apply together."
    ),
    Kind.PUBLIC: mark("This fund is not for councils or other public bodies."),
    Kind.SCHOOL: mark("This fund is not for schools or colleges. A parents’ group or a friends’ group can apply."),
    Kind.NO_CONSTITUTION: mark("To apply to this fund your group needs a constitution: a page of written rules is enough."),
}


def _place(round: Round, asker: Asker) -> Iterator[Finding]:
    terms = round.terms
    if terms.areas and asker.places and not set(terms.areas) & set(asker.places):
        where = terms.area_in_words or round.pot.stream.partnership.area
        said = _("This fund is for projects in %(area)s.", area=where) if where else _(
            "This fund is for projects in some places only, and yours is not in one of them."
        )  # fmt: skip
        yield Finding("area", said, Firmness.FIXED, terms.instead)


def _amount(round: Round, asker: Asker) -> Iterator[Finding]:
    if asker.ask is None:
        return
    terms = round.terms
    if asker.ask < round.smallest:
        sentence = _("You ask for %(asked)s. The least you can ask for is %(least)s", asked=asker.ask, least=round.smallest)
        yield Finding("least", f"{sentence}.", Firmness.FIXED, terms.instead_of(asker.ask))
    elif asker.ask > round.largest:
        sentence = _("You ask for %(asked)s. The most you can ask for is %(most)s", asked=asker.ask, most=round.largest)
        yield Finding("most", f"{sentence}.", Firmness.FIXED, terms.instead_of(asker.ask))
    else:
        for number, limit in enumerate(terms.limits, 1):
            if not exceeded(limit, asker.ask):
                continue
            bound = Money(limit.above or limit.below or 0)
            if limit.firmness is Firmness.FIXED:
                said = (
                    _("This fund does not give more than %(bound)s.", bound=bound)
                    if limit.above
                    else _("This fund does not give less than %(bound)s.", bound=bound)
                )
            else:
                said = (
                    _("This fund does not normally give more than %(bound)s.", bound=bound)
                    if limit.above
                    else _("This fund does not normally give less than %(bound)s.", bound=bound)
                )
            yield Finding(f"limit-{number}", said, limit.firmness, limit.instead)


def _purposes(round: Round, asker: Asker) -> Iterator[Finding]:
    for one in round.terms.not_funded:
        if one.key in asker.against:
            yield Finding(f"not-{one.key}", one.reason, one.firmness, round.terms.instead)


def _frequency(round: Round, asker: Asker, on: date) -> Iterator[Finding]:
    for number, rule in enumerate(round.terms.frequency, 1):
        if sentence := _too_often(rule, asker, on):
            yield Finding(f"frequency-{number}", sentence, rule.firmness, round.terms.instead)


def _too_often(rule: Frequency, asker: Asker, on: date) -> str | None:
    if rule.months is not None:
        recent = [day for day in asker.sent_on if day > clock.months_after(on, -rule.months)]
        if recent:
            one, more = _ONCE_IN[rule.firmness]
            return many(one, more, rule.months, day=f"{max(recent).day} {max(recent):%B %Y}")
        return None
    if clock.financial_year(on) - 1 in asker.funded_in:
        return _(_TWO_YEARS[rule.firmness])
    return None


_ONCE_IN = {
    Firmness.FIXED: (
        mark("A group can apply once in %(num)s month. Your group last applied on %(day)s."),
        mark("A group can apply once in %(num)s months. Your group last applied on %(day)s."),
    ),
    Firmness.NORMAL: (
        mark("A group can normally apply once in %(num)s month. Your group last applied on %(day)s."),
        mark("A group can normally apply once in %(num)s months. Your group last applied on %(day)s."),
    ),
}
_TWO_YEARS = {
    Firmness.FIXED: mark("This fund does not give money to the same group two years running, and it funded yours last year."),
    Firmness.NORMAL: mark(
        "This fund does not normally give money to the same group two years running, and it funded yours last year."
    ),
}
