"""A round's set-up in words: its parts, what each says now, and how far the round is from opening."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from grants.files.models import What
from grants.files.rules import NAMES
from grants.kernel.money import Money, total
from grants.kernel.words import _, many, mark
from grants.people.kinds import SAID
from grants.places import postcodes
from grants.places import queries as places
from grants.questions.models import QuestionSet
from grants.rounds import queries, rules
from grants.rounds.commands import OWN, split_of, weighed_of
from grants.rounds.models import Round
from grants.rounds.rules import Ready, Split, Weighed
from grants.rounds.terms import PAYMENTS, REPORTS, Firmness, Frequency, Helps, Limit, Scoring, Terms, Tier
from grants.strategy.models import Strategy
from grants.web.formats import date as day
from grants.web.formats import when

FIRMNESS: Mapping[Firmness, str] = {Firmness.FIXED: mark("Fixed"), Firmness.NORMAL: mark("Not normally")}
FIRMNESS_MEANS: Mapping[str, str] = {
    Firmness.FIXED.value: mark("Nobody who breaks it can apply. They are told why, and where to try instead."),
    Firmness.NORMAL.value: mark("They can apply, and are told that an officer must make an exception. You record why."),
}
HELPS: Mapping[Helps, str] = {
    Helps.PURPOSE: mark("In plain words: the group says what it is mostly about, and you set the priorities"),
    Helps.PRIORITY: mark("The group chooses one of the plan’s priorities"),
    Helps.NOT_ASKED: mark("It is not asked"),
}
SCORING: Mapping[Scoring, str] = {
    Scoring.SCORED: mark("Scored by assessors, then decided by a panel"),
    Scoring.COMMITTEE: mark("Decided in committee without scoring"),
}

Line = tuple[str, str]


class Setup(NamedTuple):
    """Everything about a round that is set up before it opens: what it has, or what somebody typed."""

    round: Round
    facts: Mapping[str, Any]
    terms: Terms
    criteria: Sequence[Weighed]
    lots: Sequence[Split]
    question_set: QuestionSet
    strategy: Strategy


def setup_of(round: Round, **changed: Any) -> Setup:
    """A round's set-up, with what is about to be changed in place of what it has."""
    now = {name: getattr(round, name) for name in OWN} | changed.pop("facts", {})
    has: dict[str, Any] = {
        "terms": round.terms,
        "criteria": weighed_of(round),
        "lots": split_of(round),
        "question_set": round.question_set,
        "strategy": round.strategy,
    }
    return Setup(round, now, **(has | changed))


class Part(NamedTuple):
    """One part of the set-up: its page's name and title, what it is for, and how it reads."""

    key: str
    title: str
    about: str
    told: Callable[[Setup], Iterator[Line]]


class Standing(NamedTuple):
    """One line of the task list: a part, what it says now in a few words, and the tag beside it."""

    part: Part
    gist: str
    tag: str
    colour: str
    todo: bool


def _dates(it: Setup) -> Iterator[Line]:
    facts = it.facts
    yield _("Title"), facts["title"]
    yield _("What it is for"), facts["purpose"]
    yield _("A group can ask for"), _("%(least)s to %(most)s", least=facts["smallest"], most=facts["largest"])
    yield _("Opens"), when(facts["opens_at"])
    yield _("Closes"), when(facts["closes_at"])
    yield (
        _("Projects run"),
        _("%(start)s to %(end)s", start=day(facts["project_starts_on"]), end=day(facts["project_ends_on"])),
    )
    if it.terms.months_to_deliver:
        yield (
            _("Finished within"),
            many(
                "%(num)s month of the money being received",
                "%(num)s months of the money being received",
                it.terms.months_to_deliver,
            ),
        )


def _who(it: Setup) -> Iterator[Line]:
    terms = it.terms
    yield (
        _("Kinds of group"),
        "\n".join(_(SAID[kind]) for kind in terms.kinds)
        if terms.kinds
        else _("Voluntary and community groups of every kind")
        if it.round.pot.stream.voluntary_only
        else _("Every kind"),
    )
    yield _("A group with no bank account"), _("Names a host organisation") if terms.host_needed else _("Can apply as it is")
    yield _("Where"), "\n".join(_areas(it)) if terms.areas else _("Anywhere in the partnership’s area")
    if terms.area_in_words:
        yield _("In words"), terms.area_in_words


def _areas(it: Setup) -> Iterator[str]:
    wards = postcodes.every_ward()
    named: dict[str, str] = {}
    if any(code not in wards for code in it.terms.areas):
        named = dict(places.choices(it.round.pot.stream.partnership_id))
    for code in it.terms.areas:
        yield wards[code].name if code in wards else named.get(code, code)


def _sizes(it: Setup) -> Iterator[Line]:
    if not it.terms.tiers:
        yield _("Sizes of ask"), _("One for all: nothing depends on how much is asked for")
    for tier in it.terms.tiers:
        yield tier.name, "\n".join(_tier(tier))


def _tier(tier: Tier) -> Iterator[str]:
    yield _("%(least)s to %(most)s", least=Money(tier.least), most=Money(tier.most))
    yield many("%(num)s stage", "%(num)s stages", tier.stages)
    yield many("%(num)s person scores it", "%(num)s people score it", tier.assessors)
    yield many("%(num)s signature of the group", "%(num)s signatures of the group", tier.signatures)
    if tier.evidence:
        yield _("Documents: %(which)s", which=", ".join(evidence_name(one) for one in tier.evidence))
    yield _("What it helps with: %(how)s", how=_(HELPS[tier.helps]))
    yield _("All five parts of what will change") if tier.full_outcomes else _("Only what will change and for whom")
    yield _(PAYMENTS[tier.payments])
    yield _(REPORTS[tier.reports])
    if tier.decided_by:
        yield _("Decided by: %(who)s", who=tier.decided_by)


def evidence_name(what: str) -> str:
    """A kind of document in words; one that is no longer asked for, as it was written."""
    return _(NAMES[What(what)]) if what in set(What) else what


def _limits(it: Setup) -> Iterator[Line]:
    if not (it.terms.limits or it.terms.frequency):
        yield _("Limits"), _("Only the least and the most")
    for n, limit in enumerate(it.terms.limits, 1):
        yield _("Limit %(number)s", number=n), limit_in_words(limit)
    for rule in it.terms.frequency:
        yield _("How often"), frequency_in_words(rule)


def limit_in_words(limit: Limit) -> str:
    """'Not normally above £1,000.00', and where to try instead."""
    bound = Money(limit.above or limit.below or 0)
    if limit.firmness is Firmness.FIXED:
        said = _("Never above %(bound)s", bound=bound) if limit.above else _("Never below %(bound)s", bound=bound)
    else:
        said = _("Not normally above %(bound)s", bound=bound) if limit.above else _("Not normally below %(bound)s", bound=bound)
    return f"{said}. {limit.instead}" if limit.instead else said


def frequency_in_words(rule: Frequency) -> str:
    """'One application in 12 months (fixed)'."""
    if rule.months is not None:
        said = many("One application in %(num)s month", "One application in %(num)s months", rule.months)
    else:
        said = _("Not in two financial years running")
    return f"{said} ({_(FIRMNESS[rule.firmness]).lower()})"


def _not_for(it: Setup) -> Iterator[Line]:
    if not it.terms.not_funded:
        yield _("Questions"), _("Nothing is asked")
    for n, one in enumerate(it.terms.not_funded, 1):
        yield _("Question %(number)s", number=n), f"{one.asks}\n{one.reason}\n{_(FIRMNESS[one.firmness])}"


def _criteria(it: Setup) -> Iterator[Line]:
    yield _("How it is decided"), _(SCORING[it.terms.scoring])
    if it.terms.scoring is Scoring.COMMITTEE:
        return
    yield _("Scored by"), _("%(number)s people each, on their own", number=it.facts["assessors"])
    for one in it.criteria:
        said = _("%(weight)s%%, scored from 0 to %(most)s", weight=one.weight, most=one.most)
        yield one.name, f"{said}; {_('at least %(gate)s to be funded', gate=one.gate)}" if one.gate else said
    if it.terms.pass_mark is not None:
        yield _("Pass mark"), f"{it.terms.pass_mark}%"


def _words(it: Setup) -> Iterator[Line]:
    if it.terms.scoring is Scoring.COMMITTEE:
        yield _("Scores"), _("Not scored: it is decided in committee")
        return
    for one in it.criteria:
        said = [f"{score}: {words}" for score, words in sorted(one.anchors.items(), key=lambda pair: int(pair[0]))]
        yield one.name, "\n".join(said) or _("No words yet")


def _parts(it: Setup) -> Iterator[Line]:
    if not it.lots:
        yield _("Parts"), _("No parts: all its money is together")
        return
    yield _("Together"), str(total(lot.amount for lot in it.lots))
    for lot in it.lots:
        yield lot.name, str(lot.amount)


def _questions(it: Setup) -> Iterator[Line]:
    asked = it.question_set
    yield _("Questions"), _("%(title)s, version %(version)s", title=asked.title, version=asked.version)
    yield _("Where it happens"), _("By postcode") if it.terms.asks_postcode else _("Chosen from the list of places")
    yield _("VAT"), _("Asked about") if it.terms.asks_vat else _("Not asked about")


def _answers(it: Setup) -> Iterator[Line]:
    terms = it.terms
    yield _("Who decides"), terms.decided_by or _("Not said yet")
    yield _("When applicants will hear"), day(date.fromisoformat(terms.answer_by)) if terms.answer_by else _("Not said yet")
    yield _("Privacy notice"), terms.privacy or _("Not written yet")
    yield _("Where to try instead"), terms.instead or _("Not said")
    yield (
        _("After closing"),
        many("%(num)s minute of grace", "%(num)s minutes of grace", terms.grace_minutes)
        if terms.grace_minutes
        else _("No grace"),
    )


def _priorities(it: Setup) -> Iterator[Line]:
    yield _("The plan"), it.strategy.name
    if not it.terms.priorities:
        yield _("Offered"), _("All of its priorities")
        return
    titles = {one.ref: one.title for one in queries.priorities(it.strategy)}
    yield _("Offered"), "\n".join(titles.get(ref, ref) for ref in it.terms.priorities)


PARTS: Mapping[str, Part] = {
    one.key: one
    for one in (
        Part("dates", mark("Dates and amounts"), mark("What it is for, how much, and from when to when."), _dates),
        Part("who", mark("Who may apply"), mark("Which kinds of group, and for which places."), _who),
        Part("sizes", mark("What the size of the ask chooses"), mark("Small asks can be asked for less."), _sizes),
        Part("limits", mark("Limits and how often"), mark("What is too much, too little or too often."), _limits),
        Part("not-for", mark("What the money is not for"), mark("Asked before a group writes anything."), _not_for),
        Part("questions", mark("Questions"), mark("Which questions groups answer."), _questions),
        Part("priorities", mark("Priorities"), mark("Which of the plan’s priorities groups choose from."), _priorities),
        Part("criteria", mark("How it is decided"), mark("Scored against criteria, or decided in committee."), _criteria),
        Part("words", mark("Words for each score"), mark("So that two people mean the same by a 3."), _words),
        Part("parts", mark("Parts with money of their own"), mark("For example the same amount for each ward."), _parts),
        Part(
            "answers",
            mark("Privacy, who decides and when groups will hear"),
            mark("Every round says these before it opens."),
            _answers,
        ),
    )
}


def standings(round: Round, ready: Sequence[Ready]) -> list[Standing]:
    """Every part as the task list shows it."""
    return [_standing(part, setup_of(round), [line for line in ready if line.part == part.key]) for part in PARTS.values()]


def _standing(part: Part, it: Setup, ready: Sequence[Ready]) -> Standing:
    wanting = [line for line in ready if not line.done]
    gist = "; ".join(line.says for line in wanting) or _gist(part.key, it)
    if any(line.must for line in wanting):
        return Standing(part, gist, _("To do"), "blue", True)
    if wanting:
        return Standing(part, gist, _("Worth doing"), "yellow", True)
    return Standing(part, gist, _("Done") if _used(part.key, it) else _("Not used"), "", False)


def _used(key: str, it: Setup) -> bool:
    terms = it.terms
    used = {
        "sizes": bool(terms.tiers),
        "limits": bool(terms.limits or terms.frequency),
        "not-for": bool(terms.not_funded),
        "words": terms.scoring is Scoring.SCORED,
        "parts": bool(it.lots),
    }
    return used.get(key, True)


def _gist(key: str, it: Setup) -> str:
    """A part in one line."""
    terms, facts = it.terms, it.facts
    if key == "dates":
        return _(
            "%(least)s to %(most)s; closes %(closes)s",
            least=facts["smallest"],
            most=facts["largest"],
            closes=when(facts["closes_at"]),
        )
    if key == "who" and terms.kinds:
        return many("%(num)s kind of group", "%(num)s kinds of group", len(terms.kinds))
    if key == "sizes" and terms.tiers:
        return ", ".join(tier.name for tier in terms.tiers)
    if key == "limits":
        return "; ".join([*map(limit_in_words, terms.limits), *map(frequency_in_words, terms.frequency)]) or _("No limits")
    if key == "not-for":
        asked = len(terms.not_funded)
        return many("%(num)s question", "%(num)s questions", asked) if asked else _("Nothing is asked")
    if key == "criteria" and terms.scoring is Scoring.SCORED:
        return many("Scored on %(num)s criterion", "Scored on %(num)s criteria", len(it.criteria))
    if key == "words":
        return _("Every criterion has its words") if terms.scoring is Scoring.SCORED else _("Nothing is scored")
    if key == "parts" and it.lots:
        parts = many("%(num)s part", "%(num)s parts", len(it.lots))
        return f"{parts}, {total(lot.amount for lot in it.lots)}"
    if key == "priorities" and terms.priorities:
        return many("%(num)s priority offered", "%(num)s priorities offered", len(terms.priorities))
    said = dict(PARTS[key].told(it))
    return next(iter(said.values())).replace("\n", "; ")


def missing(round: Round) -> list[Ready]:
    """What the round still must have before it opens."""
    return [line for line in checklist(round) if line.must and not line.done]


def checklist(round: Round) -> list[Ready]:
    """The list before it opens."""
    return rules.checklist(round, evidence_asked=queries.asks_evidence(round), strange=queries.strange_tiers(round))
