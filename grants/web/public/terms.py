"""A round's terms and questions in the words of its public page. Every sentence is for somebody who has never applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grants.files.rules import NAMES
from grants.kernel.money import Money
from grants.kernel.words import _, many, mark
from grants.people.kinds import SAID, VOLUNTARY, Kind
from grants.questions.conditions import Figure, Test, When
from grants.questions.document import NO, YES, Block, Document
from grants.questions.purposes import purposes
from grants.rounds.models import Round
from grants.rounds.terms import PAYMENTS, REPORTS, Firmness, Frequency, Helps, Tier
from grants.web.formats import date as in_full
from grants.web.formats import listed, sentence

OURS: Mapping[Block, str] = {
    Block.PROJECT: mark("What your project is called, what it helps with and where it will happen."),
    Block.COSTS: mark("What you will spend the money on, line by line. The page adds it up for you."),
    Block.OUTCOMES: mark("What will be different, and for whom."),
    Block.BENEFICIARIES: mark("Who will benefit, and about how many people."),
    Block.MILESTONES: mark("What will happen, and by when."),
    Block.EVIDENCE: mark("The documents we need, if we do not have them yet."),
    Block.HOST: mark("If your group has no bank account: which organisation will hold the money."),
}


def who(round: Round) -> list[str]:
    """Who can apply, one line each; one line where nearly everybody can."""
    kinds = [kind for kind in round.terms.kinds or tuple(Kind) if kind in VOLUNTARY or not round.pot.stream.voluntary_only]
    if not round.terms.kinds or set(kinds) == VOLUNTARY:
        return [who_in_short(round)]
    return [_(SAID[kind]) for kind in kinds]


def who_in_short(round: Round) -> str:
    """Who can apply, in a line."""
    if round.terms.kinds and not set(round.terms.kinds) >= VOLUNTARY:
        return _("Some kinds of group: see below")
    voluntary = round.pot.stream.voluntary_only or set(round.terms.kinds) == VOLUNTARY
    return _("Voluntary and community groups, and charities") if voluntary else _("Groups and organisations of any kind")


def how_much(round: Round) -> Iterator[str]:
    """The bounds of an ask beside the least and the most, and how often a group can have money."""
    for limit in round.terms.limits:
        bound = Money(limit.above or limit.below or 0)
        if limit.above:
            said = mark("We do not give more than %(bound)s.") if limit.firmness is Firmness.FIXED else mark(
                "We do not normally give more than %(bound)s. You can still ask, and say why you need it."
            )  # fmt: skip
        else:
            said = mark("We do not give less than %(bound)s.") if limit.firmness is Firmness.FIXED else mark(
                "We do not normally give less than %(bound)s. You can still ask, and say why."
            )  # fmt: skip
        yield " ".join((_(said, bound=bound), *([limit.instead] if limit.instead else [])))
    for rule in round.terms.frequency:
        yield _often(rule)
    if round.lots:
        yield _(
            "Each part of %(area)s has its own share of the money.", area=round.pot.stream.partnership.area or _("the area")
        )


def _often(rule: Frequency) -> str:
    fixed = rule.firmness is Firmness.FIXED
    if rule.months is None:
        return _("We do not give money to the same group two years running.") if fixed else _(
            "We do not normally give money to the same group two years running."
        )  # fmt: skip
    if fixed:
        return many("A group can apply once in %(num)s month.", "A group can apply once in %(num)s months.", rule.months)
    return many(
        "A group can normally apply once in %(num)s month.", "A group can normally apply once in %(num)s months.", rule.months
    )


def project(round: Round) -> str:
    """When projects run."""
    if months := round.terms.months_to_deliver:
        return many(
            "Finish it within %(num)s month of getting the money.",
            "Finish it within %(num)s months of getting the money.",
            months,
        )
    return _(
        "Starts on or after %(start)s and ends by %(end)s",
        start=in_full(round.project_starts_on),
        end=in_full(round.project_ends_on),
    )


def answer_by(round: Round) -> str | None:
    """The day by which everybody has heard."""
    return in_full(date.fromisoformat(round.terms.answer_by)) if round.terms.answer_by else None


class Size(NamedTuple):
    """What the size of an ask means for a group: `asks` are the amounts, `lines` sentences."""

    asks: str
    lines: Sequence[str]


def asks(tier: Tier) -> str:
    """The amounts of a tier."""
    if tier.least % 100 == 1:  # a penny above where the one before ends
        return _("more than %(least)s, up to %(most)s", least=Money(tier.least - 1), most=Money(tier.most))
    return _("%(least)s to %(most)s", least=Money(tier.least), most=Money(tier.most))


def sizes(round: Round) -> list[Size]:
    """What each tier means, the smallest first. None where the round has no tiers."""
    return [Size(asks(tier), list(_size(tier))) for tier in round.terms.tiers]


def _size(tier: Tier) -> Iterator[str]:
    if tier.stages > 1:
        yield _("There is a second stage: if we like your application, we ask you more before we decide.")
    if tier.evidence:
        yield _("We ask for: %(documents)s.", documents=listed(document(what).lower() for what in tier.evidence))
    if tier.signatures > 1:
        yield _("Two people who sign for your group must sign our offer.")
    if tier.decided_by:
        yield _("%(body)s decides.", body=tier.decided_by)
    yield _(PAYMENTS[tier.payments]) + "."
    yield _("Afterwards you send us: %(reports)s.", reports=_lower(_(REPORTS[tier.reports])))


def document(what: str) -> str:
    """What a kind of document is called."""
    return next((_(name) for kind, name in NAMES.items() if kind.value == what), sentence(what))


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def second_stage(round: Round) -> str | None:
    """The sentence that says from where on there is a second stage."""
    tiers = round.terms.tiers
    first = next((tier for tier in tiers if tier.stages > 1), None)
    if first is None:
        return None
    if first is tiers[0]:
        return _("There is a second stage.")
    before = tiers[tiers.index(first) - 1]
    return _("If you ask for more than %(most)s there is a second stage.", most=Money(before.most))


def not_for(round: Round, firmness: Firmness) -> list[str]:
    """What the money is not for, or not normally."""
    return [one.reason for one in round.terms.not_funded if one.firmness is firmness]


def helps(round: Round) -> list[str]:
    """The purposes in plain words that a group chooses from; none where it chooses from the plan itself."""
    ways = {tier.helps for tier in round.terms.tiers} or {Helps.PRIORITY}
    return [_(one.label) for one in purposes()] if Helps.PURPOSE in ways else []


def chooses_priority(round: Round) -> bool:
    """Does a group of any size choose from the plan's own priorities?"""
    return Helps.PRIORITY in ({tier.helps for tier in round.terms.tiers} or {Helps.PRIORITY})


def only_if(when: When | None, asked: Document, tiers: Sequence[Tier]) -> str:
    """When something is asked, in words: 'Only if you ask for more than £1,000.00'. Empty where it is always asked."""
    said = _condition(when, asked, tiers) if when else ""
    return _("Only if %(so)s.", so=said) if said else ""


def _condition(when: When, asked: Document, tiers: Sequence[Tier]) -> str:
    parts = [
        _test(one, asked, tiers) if isinstance(one, Test) else _condition(one, asked, tiers) for one in (*when.all, *when.any)
    ]
    return (_(" or ") if when.any else _(" and ")).join(dict.fromkeys(part for part in parts if part))


def _test(test: Test, asked: Document, tiers: Sequence[Tier]) -> str:
    values, no = test.any_of or test.none_of, bool(test.none_of)
    if test.of == Figure.STAGE:
        return _("we ask you for a second stage") if ("2" in values) is not no else ""
    if test.of == Figure.TIER:
        fitting = [tier for tier in tiers if (tier.key in values) is not no]
        if fitting and fitting[-1] is tiers[-1] and len(fitting) == 1 and len(tiers) > 1:
            return _("you ask for more than %(most)s", most=Money(tiers[-2].most))
        return _("you ask for %(amounts)s", amounts=_(" or ").join(asks(tier) for tier in fitting))
    if test.of == Figure.KIND:
        kinds = [_lower(_(SAID[kind])) for kind in Kind if kind.name.lower().replace("_", "-") in values]
        return (_("your group is not: %(kinds)s") if no else _("your group is: %(kinds)s")) % {"kinds": _(" or ").join(kinds)}
    if test.of == Figure.ACCOUNT:
        own = (YES in values) is not no
        return _("your group has its own bank account") if own else _("your group has no bank account of its own")
    name, money = _name(test.of, asked)
    if test.answered is not None:
        return (
            _("you answer “%(question)s”", question=name) if test.answered else _("you leave out “%(question)s”", question=name)
        )
    if values:
        question = asked.question(test.of)
        labels = {option.value: option.label for option in question.options} if question else {}
        labels |= {YES: _("Yes"), NO: _("No")} if not labels else {}
        given = _(" or ").join(f"“{labels.get(value, value)}”" for value in values)
        if no:
            return _("you do not answer %(answers)s to “%(question)s”", answers=given, question=name)
        return _("you answer %(answers)s to “%(question)s”", answers=given, question=name)
    return _bounded(test, name, money)


def _name(key: str, asked: Document) -> tuple[str, bool]:
    if key == Figure.ASK:
        return _("what you ask for"), True
    if key == Figure.PEOPLE:
        return _("how many people will benefit"), False
    if key in asked.sums:
        return asked.sums[key].label, asked.sums[key].money
    question = asked.question(key)
    return (question.short, question.kind.value == "money") if question else (key, False)


def _bounded(test: Test, name: str, money: bool) -> str:
    def said(number: Decimal) -> str:
        return str(Money(int(number * 100))) if money else f"{number:f}"

    if test.at_least is not None and test.at_most is not None:
        return _("%(what)s is from %(least)s to %(most)s", what=name, least=said(test.at_least), most=said(test.at_most))
    if test.at_least is not None:
        if money and (test.at_least * 100) % 100 == 1:  # a penny more than a round amount
            return _("%(what)s is more than %(least)s", what=name, least=said(test.at_least - Decimal("0.01")))
        return _("%(what)s is %(least)s or more", what=name, least=said(test.at_least))
    return _("%(what)s is %(most)s or less", what=name, most=said(test.at_most or Decimal(0)))
