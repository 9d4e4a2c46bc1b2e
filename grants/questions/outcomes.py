"""What will change, said in five parts: a better question for an entry that is not one, a sentence of those that are, and what
the final report asks about it. Which entries tell a change is read in `telling`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from grants.kernel.words import _, mark
from grants.questions.telling import (
    BE,
    CAN,
    HAVE,
    MOST_READ,
    WORD,
    Told,
    kind_of,
    phrase,
    plural,
    told,
    verb_at,
    words_known,
)

# -- a better question --------------------------------------------------------------------------------------------------

MOST_SAID = 25  # of the group's own words, said back to it
KEEP = mark("This is the change")  # what a group answers that keeps its words


class Better(NamedTuple):
    """A question back: what the entry tells, the group's own words, the question, and what an answer may look like."""

    told: Told
    theirs: str
    question: str
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.question} {_('For example: %(examples)s', examples=_(' or ').join(f'‘{one}’' for one in self.examples))}"


_TOLD = {
    Told.DOING: mark("You told us what you will do: ‘%(theirs)s’. What will be different for %(people)s?"),
    Told.BUYING: mark("You told us what the money will pay for: ‘%(theirs)s’. What will that change for %(people)s?"),
    Told.COUNTING: mark(
        "You told us what people will come to or be given: ‘%(theirs)s’. What will be different afterwards for %(people)s?"
    ),
}
# Words in an entry -> whom to ask about, and what a change may look like. The first that fits is used.
_EXAMPLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "domestic abuse refuge coercive abusive stalking survivor",
        mark("the people you help"),
        (mark("Women who come to us feel safer and know where to turn"), mark("Children sleep better")),
    ),
    (
        "victim victims",
        mark("the people who have been harmed"),
        (mark("Victims feel listened to and able to move on"), mark("Victims feel safer at home")),
    ),
    (
        "older elderly pensioner lunch tea knitting bingo dementia befriending",
        mark("the people who come"),
        (mark("Older people feel less lonely"), mark("People have made a new friend")),
    ),
    (
        "scam hate awareness leaflet poster talk crime website film",
        mark("the people you reach"),
        (mark("People know how to spot a scam and who to tell"), mark("More people report hate crime")),
    ),
    (
        "carer carers respite",
        mark("the carers"),
        (mark("Carers feel less alone and less tired"), mark("Carers know where to get help")),
    ),
    (
        "parent parents mum dad family families parenting toddler mother father",
        mark("the families"),
        (mark("Parents know where to get help"), mark("Parents feel calmer and families argue less")),
    ),
    (
        "lighting light cctv alley path garden litter planter park street fence gate bench tree mural patrol clean-up lock",
        mark("the people who live there"),
        (mark("People feel safer walking there after dark"), mark("There is less litter and less trouble")),
    ),
    (
        "young youth teenager kid child children girl boy lad pupil school football boxing sport dance mentoring residential",
        mark("the young people who come"),
        (mark("Young people feel safer and have somebody they trust"), mark("Fewer young people get into trouble")),
    ),
    (
        "refugee asylum migrant english esol",
        mark("the people who come"),
        (mark("People can speak enough English to see a doctor"), mark("People feel part of the town")),
    ),
    (
        "drug alcohol recovery prison probation offender gambling homeless sleeper",
        mark("the people you help"),
        (mark("People stay away from drugs"), mark("People keep a home of their own")),
    ),
    (
        "volunteer training train first aid staff",
        mark("the people who are trained, and those they meet"),
        (mark("Volunteers can spot when somebody needs help"), mark("People get help sooner")),
    ),
)
_OTHERWISE = (mark("the people who come"), (mark("People feel less alone"), mark("People feel safer where they live")))


def better(text: str) -> Better | None:
    """A question back to an entry that tells what the group will do, buy or count; None for a change, or what is not plain.

    Ask it once. It never stops anything: a group that answers `KEEP` keeps its words.
    """
    said = told(text)
    if said is None or said is Told.CHANGE or _OF_THEM.match(text):
        return None
    know = words_known()
    words = {form for word in WORD.findall(text.lower()) for form in know.forms(word.removesuffix("'s"))}
    people, examples = next(
        ((people, examples) for about, people, examples in _EXAMPLES if not words.isdisjoint(about.split())), _OTHERWISE
    )
    theirs = _theirs(text)
    return Better(said, theirs, _(_TOLD[said], theirs=theirs, people=_(people)), tuple(_(one) for one in examples))


# How an entry begins that goes on from "they will": the form asks who they are in a box of its own.
_OF_THEM = re.compile(
    r"\s*(?:will )?(?:feel|be able to|become|know|understand|trust|cope|believe|stop|sleep|belong|thrive|recover)\b",
    re.IGNORECASE,
)

_SAYING = re.compile(
    r"^(?:we(?:['’]ll| will| would like to|['’]d like to| want to| plan to| hope to| aim to| are going to|['’]re going to)"
    r"|i(?:['’]ll| will| would like to| want to)|(?:our|the) (?:main )?(?:aim|goal|plan|idea) is to"
    r"|(?:with )?(?:the|this) (?:money|grant|funding) (?:will|would) (?:pay for|be used (?:for|to)|be spent on|cover)"
    r"|to) (?:be )?(?=\w)",
    re.IGNORECASE,
)


def _theirs(text: str) -> str:
    """The group's words as a part of our sentence: no bullet, no "we will", no full stop, and not too many of them."""
    plain = re.sub(r"^[\s•·●▪◦*–—-]+|^\d+[.)]\s+", "", " ".join(text[:MOST_READ].split()))
    plain = _lowered(_SAYING.sub("", plain, count=1).rstrip(" .;,:"))
    words = plain.split()
    return plain if len(words) <= MOST_SAID else " ".join(words[:MOST_SAID]) + "…"


def _lowered(text: str) -> str:
    """With a small first letter, unless the first word is a name of its own, as far as the table can tell."""
    first = text.split(" ", 1)[0]
    know = words_known()
    ordinary = first in ("A", "I") or (
        first[1:].islower() and any(form in know.ordinary or form in know.all for form in know.forms(first.lower()))
    )
    return text[:1].lower() + text[1:] if ordinary else text


# -- an outcome of five parts -------------------------------------------------------------------------------------------

PARTS = ("change", "whom", "much", "by", "measured")


class Outcome(NamedTuple):
    """A change, for whom, how much of it, by when, and how the group will know, as typed. `by` may be an ISO date."""

    change: str  # "feel safer walking home", "Young people feel safer", "Burglary falls"
    whom: str = ""  # "young people who come regularly"
    much: str = ""  # "20 of the 30", "half", "10%"
    by: str = ""  # "March 2028", "2028-03-31"
    measured: str = ""  # "a short survey at the start and end"


_MISSING = {
    "change": mark("Tell us what will be different. For example: ‘feel safer walking home’."),
    "whom": mark("Tell us who it will be different for. For example: ‘young people who come every week’."),
    "much": mark("Tell us how many people, or by how much. A good guess is enough. For example: ‘20 of 30’."),
    "by": mark("Tell us when it will be different by. For example: ‘March 2028’."),
    "measured": mark("Tell us how you will know. For example: ‘a short survey at the start and end’."),
}
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|dozen|half|third|thirds|quarter|quarters|halve|halves|double|doubles|all|every|everyone|everybody|most|none|nobody)\b",
    re.IGNORECASE,
)


def faults(outcome: Outcome, asked: Sequence[str] = PARTS) -> Iterator[str]:
    """What the group still has to say, in the order asked. `asked` names the parts asked for: small asks may ask two."""
    for part in PARTS:
        if part not in asked:
            continue
        if not (said := getattr(outcome, part).strip()):
            yield _(_MISSING[part])
        elif part == "much" and not _NUMBER.search(said):
            yield _("Tell us how many as a number, or a share such as ‘half’. A good guess is enough.")


def sentence(outcome: Outcome) -> str:
    """The outcome as it reads: who will be how different by when, and how the group will know. Missing parts are left out."""
    said = _promise(outcome)
    return " ".join(one for one in (f"{said}." if said else "", _known(outcome.measured)) if one)


def question(outcome: Outcome) -> str:
    """What the final report asks of an accepted outcome."""
    said = _promise(outcome)
    verb = _told_of(outcome)
    if verb is None:
        return _("You said: ‘%(said)s’. Did it happen, how much, and how do you know?", said=said)
    said = _lowered(said)
    if verb.split()[:1] == ["have"]:
        return _("You said %(said)s. How many do, and how do you know?", said=said)
    if verb.split()[:1] == ["be"]:
        return _("You said %(said)s. How many are, and how do you know?", said=said)
    return _("You said %(said)s. How many did, and how do you know?", said=said)


def _promise(outcome: Outcome) -> str:
    """'20 of the 30 young people who come regularly will feel safer walking home by March 2028', with no stop at its end."""
    change, by = _plain(outcome.change), _by(outcome.by)
    who = _who(outcome.much, outcome.whom)
    verb = _told_of(outcome)
    if verb is not None and who:
        said = _("%(who)s will %(verb)s", who=who, verb=verb)
        return _capital(said if _within(by, change) else f"{said} {_('by %(day)s', day=by)}" if by else said)
    parts = [change]
    whom, much = _plain(outcome.whom), _plain(outcome.much)
    if _COUNT.search(much) and whom and not _within(whom, change):
        whom, much = _who(much, whom), ""
    if whom and not _within(whom, change):
        parts.append(_("for %(whom)s", whom=_lowered(re.sub(r"^for ", "", whom, flags=re.IGNORECASE))))
    if much and not _within(much, change):
        parts.append(_lowered(much) if much.lower().startswith("by ") else _("by %(much)s", much=_lowered(much)))
    if by and not _within(by, change):
        parts.append(_("by %(day)s", day=by))
    return _capital(", ".join(part for part in parts if part))


# So many people: not a share, and not "by 10%".
_COUNT = re.compile(r"^(?:about |around )?\d+(?: (?:out )?of (?:the |our )?\d+)?(?: \w+)*$")
_MORE = ("more", "better", "improved", "increased", "greater", "higher")


def _told_of(outcome: Outcome) -> str | None:
    """The change as what people will do or be ("feel safer"), or None where it is told of something else ("burglary falls")."""
    know, change = words_known(), _plain(outcome.change)
    if not change or not outcome.whom.strip():
        return None
    words = change.split()
    plain = [word.lower().replace("’", "'").strip(".,") for word in words]
    first, second = [*plain, ""][:2]
    if know.has("compare", first) and know.has("being", second or first):
        return f"be {_lowered(change)}"  # "less lonely"
    if verb_at(plain) is None and (first in ("a", "an") or (first in _MORE and phrase(plain[1:]).kind == "states")):
        return f"have {_lowered(change)}"  # "a qualification", "more confidence"
    if know.has("less", first) or (know.has("compare", first) and second and kind_of(second)):
        return None
    if plain[0] in ("will", "would", "to"):
        return _to_be(words[1:]) if len(words) > 1 else None
    if plain[0] in BE or plain[0] in HAVE or plain[0] in CAN or plain[0] in ("not", "no", "do", "don't"):
        return _to_be(words)
    if know.any(("become", "folk", "change", "light"), plain[0]) and kind_of(plain[0]) not in ("people", "places"):
        if know.has("change", plain[0]) and not plural(plain[0]) and phrase(plain[1:]).kind in ("states", "places"):
            return None  # "reduce burglary": not theirs to do
        return _to_be(words)
    at = verb_at(plain)
    if at is None or at > 6 or any(know.has("ends", word) and word != "who" for word in plain[:at]):
        return None
    subject = {form for word in plain[:at] for form in know.forms(word)}
    whom = {form for word in WORD.findall(outcome.whom.lower() + " " + outcome.much.lower()) for form in know.forms(word)}
    return _to_be(words[at:]) if subject <= whom and phrase(plain[:at]).kind == "people" else None


def _to_be(words: Sequence[str]) -> str:
    """The words as they stand after "will": feels -> feel, are -> be, can -> be able to, feeling -> feel."""
    first, rest, will = words[0].replace("’", "'").lower(), list(words[1:]), words_known().will
    if first in ("do", "does") and rest[:1] != ["not"]:
        return " ".join([first.removesuffix("es"), *rest])
    if first == "will" and rest:
        return _to_be(rest)
    if first in ("are", "is", "were", "was", "can", "do", "does") and rest[:1] == ["not"]:
        then = will[first]
        return " ".join(["not", *([then] if then else []), *rest[1:]])
    if first in will:
        return " ".join([will[first], *rest]).strip()
    know = words_known()
    lists = ("become", "folk", "change", "does", "part", "perhaps", "helps")
    plain = next((form for form in know.forms(first) if any(form in know.lists[name] for name in lists)), first)
    return " ".join([plain, *rest])


def _who(much: str, whom: str) -> str:
    """'20 of the 30' and 'young people who come' -> '20 of the 30 young people who come'."""
    much, whom = _plain(much), _plain(whom)
    if not much or not whom:
        return much or whom
    if _within(much, whom):
        return whom
    whom = _lowered(re.sub(r"^(?:for|the) ", "", whom, flags=re.IGNORECASE))
    said, they = much.split(), whom.split()
    for n in range(min(len(said), len(they)), 0, -1):  # "20 of 30 young people" + "young people who come"
        if [one.lower() for one in said[-n:]] == [one.lower() for one in they[:n]]:
            return " ".join([*said, *they[n:]])
    if re.search(r"(?:%|half|thirds?|quarters?|percent|per cent)$", much, re.IGNORECASE):
        return _("%(share)s of %(whom)s", share=much, whom=whom)
    if much[-1].isdigit() or (re.search(r"\b(?:all|most|\w+(?:ty|teen)|\w{3,5})$", much) and _NUMBER.search(said[-1])):
        return f"{much} {whom}"
    return f"{much} ({whom})"


_PROMISED = re.compile(r"^(?:we(?:['’]ll| will| plan to| hope to)|i(?:['’]ll| will)|to) ", re.IGNORECASE)


def _known(measured: str) -> str:
    """'short survey' -> 'We will know from a short survey.'; 'asking them' -> 'We will know by asking them.'"""
    said = _plain(measured)
    if not said:
        return ""
    deed = _lowered(_PROMISED.sub("", said, count=1))
    first, second = [*deed.lower().split(), ""][:2]
    if re.match(r"(?:from|by|through|because|when|if) ", deed):
        return _("We will know %(how)s.", how=deed)
    if first.endswith("ing") and kind_of(first) is None:
        return _("We will know by %(how)s.", how=deed)
    if first in words_known().known["asks"] and second and second not in words_known().known["still"]:
        return _("We will %(how)s. That is how we will know.", how=deed)
    if not plural(deed.split()[-1]) and _singular(deed):
        deed = f"{'an' if deed[0] in 'aeiou' else 'a'} {deed}"
    return _("We will know from %(how)s.", how=deed)


def _singular(deed: str) -> bool:
    """Whether it is one countable thing with no article: 'short survey at the start'."""
    words = deed.lower().split()
    run = words[: next((n for n, word in enumerate(words) if words_known().has("ends", word)), len(words))]
    return (
        bool(run)
        and run[-1] in words_known().known["one"]
        and run[0] not in ("a", "an", "the", "our", "each", "every", "one", "their", "your")
    )


def _by(by: str) -> str:
    """'by March 2028' -> 'March 2028'; an ISO date -> '31 March 2028'."""
    said = re.sub(r"^(?:by|before|in|on) ", "", _plain(by), flags=re.IGNORECASE)
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return said[:1].lower() + said[1:] if said.lower().startswith(("the ", "end ")) else said
    return f"{day.day} {day:%B %Y}"


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(" .;,:")


def _within(part: str, whole: str) -> bool:
    return bool(part) and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole, re.IGNORECASE) is not None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
