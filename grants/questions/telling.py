"""Telling a change in people or places from the work that brings it about, in what a group typed.

Groups asked "what will change?" mostly answer with what they will do, buy or count. A table of words
(`data/outcome_words.toml`) and one way of reading them:

1. The entry is cut into clauses, at stops and commas and at words like "so that". One clause that tells a change is enough: "We
   will run boxing sessions so that fewer young people offend" is left alone.
2. Openings that say nothing ("Our aim is to", "The money will pay for") are cut off, and remembered.
3. What then stands first decides. A verb of doing ("run", "hire") is work. A verb of changing ("reduce") is a change, unless it
   is done to the group's own things ("improve our hall"). A verb of helping ("support people to …") is what the helped will do.
4. People, a place or a state ("burglary") of which something is told make a change, unless it is only that they came or were
   given something ("50 people will be trained").
5. Without a verb, "fewer", "safer" and the like make a change, unless of the group's own things ("more sessions"); such things
   and timetables make work ("12 workshops", "judo on Tuesdays").
6. Work "to reduce crime" is a change too; "workshops about reducing crime" and "for people who want to stop" are not.
7. What fits none of this is left alone. Asking about a true change is worse than missing some work. Asking is help and never a
   bar: the group may keep its words.

A word of six letters or more that is not in the table is read as the one a single slip away. The words are English: an entry in
another language is left alone. Nothing here reads the database or a request.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple


class Told(StrEnum):
    """What an entry tells."""

    CHANGE = "change"  # something different for people or a place
    DOING = "doing"  # what the group will do
    BUYING = "buying"  # what the money buys
    COUNTING = "counting"  # how many come, or what they are given


# -- the words ----------------------------------------------------------------------------------------------------------


class Words:
    """The table, ready to ask. A word is known by any of its forms: running, orgnising, parties."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.lists = {
            name: frozenset(said.split()) for part in ("verbs", "nouns", "small") for name, said in table[part].items()
        }
        openings = table["openings"]
        self.shapes = re.compile("|".join(f"(?:{shape})(?= |$)" for shape in openings["shapes"]))
        self.plain = frozenset(openings["plain"].split())
        self.phrases = _longest_first(openings["phrases"])
        self.buys = _longest_first(openings["buys"])
        joined = "|".join(re.escape(one) for one in table["joined"]["phrases"])
        self.joined = re.compile(rf"\b(?:{joined})\b")
        self.known = {name: frozenset(said.split()) for name, said in table["known"].items()}
        self.will: dict[str, str] = table["will"]
        self.ordinary = frozenset(table["ordinary"]["words"].split())
        self.work = {verb: frozenset(said.split()) for verb, said in table["work"].items()}
        self.all = frozenset().union(*self.lists.values(), self.plain)
        self.long: dict[str, list[str]] = {}  # by their first letter
        for word in sorted(word for word in self.all if len(word) >= 5):
            self.long.setdefault(word[0], []).append(word)

    @lru_cache(maxsize=5000)  # noqa: B019 -- there is one table, and it lives as long as the process
    def forms(self, word: str) -> tuple[str, ...]:
        """The plain forms a word may have, itself first. One that is not known at all is taken for the nearest that is."""
        forms = tuple(_plain_forms(word))
        if len(word) >= 6 and self.all.isdisjoint(forms):
            typed = (form for form in forms if len(form) >= 6 and not (word.endswith("ed") and form.endswith("e")))
            near = (meant for form in typed for meant in self.long.get(form[0], ()) if _one_slip(form, meant))
            forms = (*forms, *islice(near, 1))
        return forms

    def has(self, name: str, word: str) -> bool:
        """Whether the word, in any form, is in the list."""
        return not self.lists[name].isdisjoint(self.forms(word))

    def any(self, names: Iterable[str], word: str) -> bool:
        """Whether it is in any of the lists."""
        return any(self.has(name, word) for name in names)


@lru_cache(maxsize=1)
def words_known() -> Words:
    """The table, read once."""
    return Words(tomllib.loads(files("grants.questions").joinpath("data/outcome_words.toml").read_text(encoding="utf-8")))


def _longest_first(phrases: Sequence[str]) -> list[list[str]]:
    return sorted((phrase.split() for phrase in phrases), key=len, reverse=True)


def _plain_forms(word: str) -> Iterator[str]:
    yield word
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    if word.endswith("es") and len(word) > 3:
        yield word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        yield word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            yield stem
            yield stem + "e"
            if stem[-1:] == stem[-2:-1]:
                yield stem[:-1]
            if ending == "ed" and stem.endswith("i"):
                yield stem[:-1] + "y"


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter too many, too few, wrong, or swapped with the next is all that parts them."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    a, b = typed[at:], meant[at:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


# -- reading an entry ---------------------------------------------------------------------------------------------------

_STOPS = re.compile(
    r"[.;:!?]+(?=\s|$)|[\n,()•·●▪◦*|]|\s[-–—]\s"
    r"|\b(?:so that|so as to|so|which means|meaning that|meaning|in order that|resulting in|leading to|because|therefore)\b"
)
WORD = re.compile(r"\d[\d,.]*%?|[^\W\d_]+(?:['-][^\W\d_]+)*")
_MORE_THAN = re.compile(
    r"\b(?:or more|more than|at least|up to|less than|fewer than|over|about|around|and more|much more)\b(?=\s+\d|\s*$)"
)
MOST_READ = 5000  # letters of an entry
SOMEBODY = ("people", "places", "states")  # what a change can happen to


def told(text: str) -> Told | None:
    """What an entry tells, or None where it is not plain. Only the first `MOST_READ` letters are read."""
    know = words_known()
    typed = text[:MOST_READ].lower()
    plain = know.joined.sub(lambda found: found[0].replace(" ", "-"), _MORE_THAN.sub(" ", typed.replace("’", "'")))
    found: list[Told] = []
    for clause in _STOPS.split(plain):
        said = _clause([word.removesuffix("'s") for word in WORD.findall(clause or "")])
        if said is Told.CHANGE:
            return said
        found += [said] if said else []
    return found[0] if found else None


def _clause(words: list[str]) -> Told | None:
    words, meant, buys = _opened(words)
    if not words:
        return None
    verb = _verb_first(words, meant)
    said = _deed(words) if verb else _of_somebody(words)
    if said is None and not verb and verb_at(words, sure=True) is None:
        said = _thing(words)
    if said is None and meant and not verb and phrase(words).kind not in SOMEBODY:
        said = Told.DOING  # "We will" and a word that is not in the table
    if said is not Told.CHANGE and _purpose(words):
        return Told.CHANGE
    return Told.BUYING if buys and said is not Told.CHANGE else said


def _opened(words: list[str]) -> tuple[list[str], bool, bool]:
    """The words after every opening; whether one said "we will"; whether one said what money buys."""
    know, meant, buys = words_known(), False, False

    def starts(phrases: list[list[str]]) -> list[str] | None:
        return next((one for one in phrases if words[: len(one)] == one), None)

    while words:
        if shape := know.shapes.match(" ".join(words)):
            words, meant = (
                words[len(shape[0].split()) :],
                meant or not shape[0].startswith(("by", "at", "in", "after", "within")),
            )
        elif (bought := starts(know.buys)) and (meant or buys or len(bought) > 1 or words[1:2] in (["for"], ["to"])):
            words, buys = words[len(bought) :], True
            words = words[1:] if words[:1] in (["for"], ["towards"], ["on"]) else words
        elif phrase := starts(know.phrases):
            words, meant = words[len(phrase) :], meant or phrase[0] not in ("there", "our", "as", "this", "which")
        elif words[0] in know.plain:
            meant = meant or words[0] not in ("that", "and", "also", "so", "then", "be", "by")
            words = words[1:]
        elif words[0].isdigit() and words[1:2] and words[1] in know.plain:
            words = words[1:]  # a numbered list
        else:
            break
    return words, meant, buys


class Phrase(NamedTuple):
    """A run of words about one thing."""

    kind: str | None  # ours, vague, people, places or states: what its last known noun is
    compare: bool  # "fewer", "safer" stands in it
    being: bool  # what people can be stands in it: "safe streets"
    length: int


def kind_of(word: str) -> str | None:
    """What a noun is."""
    return next((kind for kind in ("ours", "states", "people", "places", "vague") if words_known().has(kind, word)), None)


def phrase(words: Sequence[str]) -> Phrase:
    """The words that stand first, up to a preposition. "Half of the women" and "the number of crimes" go on past "of"."""
    has, kind, compare, being = words_known().has, None, False, False
    for n, word in enumerate(words):
        if has("ends", word) or has("said", word):
            if word == "of" and n and (kind is None or words_known().has("measures", words[n - 1])):
                rest = phrase(words[n + 1 :])
                return Phrase(rest.kind, compare or rest.compare, being or rest.being, n + 1 + rest.length)
            return Phrase(kind, compare, being, n)
        compare, being = compare or has("compare", word), being or has("being", word)
        kind = kind_of(word) or kind
    return Phrase(kind, compare, being, len(words))


HEADS = ("does", "part", "change", "perhaps", "helps", "become")  # verbs an entry may begin with
BE = ("is", "are", "be", "been", "being", "was", "were", "isn't", "aren't", "wasn't", "weren't")
HAVE = ("have", "has", "had", "haven't", "hasn't")
CAN = ("can", "could", "would", "able")


def _verb_first(words: Sequence[str], meant: bool) -> bool:
    """Whether a clause begins with what somebody will do."""
    know, first, second = words_known(), words[0], words[1] if len(words) > 1 else ""
    if second == "of" or know.has("said", second):
        return False  # "use of drugs falls", "help is easier to find"
    if first.endswith("ed"):
        return know.has("change", first)  # "reduced isolation"
    if plural(first):
        return False  # "walks for men"
    if know.any(HEADS, first):
        return meant or not (first.endswith("ing") and know.has("states", first))
    unknown = first.endswith("ing") and not know.has("nothing", first) and kind_of(first) is None
    return unknown and verb_at(words) is None  # "drumming with teenagers"; not "gambling debts are paid off"


def plural(word: str) -> bool:
    """Whether it looks like several: sessions, not class."""
    return word.endswith("s") and not word.endswith("ss")


def _past(words: Sequence[str]) -> Sequence[str]:
    """The words after those that only colour them: not, also, up."""
    while words and words_known().has("passed", words[0]):
        words = words[1:]
    return words


def _deed(words: Sequence[str], person: bool = False) -> Told | None:
    """What words that begin with a verb tell. `person`: whoever does it is who the work is for, and not the group."""
    know, verb, rest = words_known(), words[0], _past(words[1:])
    of, counted = phrase(rest[1:] if person and know.has("going", verb) else rest), Told.COUNTING if person else Told.DOING
    ours = of.kind == "ours" or (of.kind == "vague" and not person)
    if any(know.forms(one)[-1] in know.work.get(form, ()) for form in know.forms(verb) for one in rest[:3]):
        return Told.DOING
    if know.has("helps", verb) and _helped(words):
        return Told.CHANGE
    if know.has("change", verb):
        return Told.DOING if ours else Told.CHANGE
    if know.has("perhaps", verb) and not know.has("helps", verb) and not ours and (of.compare or of.kind in SOMEBODY):
        return Told.CHANGE
    if know.has("part", verb):
        return counted
    if know.has("become", verb) and (person or not know.has("does", verb)):
        return counted if ours else Told.CHANGE
    if person and know.has("folk", verb):
        return counted if ours else Told.CHANGE
    if person and (know.has("light", verb) or not know.any(("does", "helps"), verb)):
        return counted if ours else Told.CHANGE
    if know.any(("does", "helps"), verb):
        return Told.DOING
    return Told.DOING if verb.endswith("ing") else None


def _helped(words: Sequence[str]) -> bool:
    """Whether people are helped to a change: "help older people feel less lonely", "give them the confidence to say no"."""
    know = words_known()
    at = next((n for n, word in enumerate(words[1:9], 1) if know.any(("people", "places"), word) or know.has("ends", word)), 0)
    if not at or know.has("ends", words[at]):
        return False
    after = list(words[at + 1 :])
    while after and (after[0] == "and" or know.has("people", after[0])):
        after = after[1:]
    after = list(_past(after[1:] if after[:1] == ["to"] else after))
    if not after:
        return False
    if know.any(("become", "folk", "change", "perhaps"), after[0]):
        return _deed(after, person=True) is Told.CHANGE
    of = phrase(after)
    given = (
        know.has("states", after[0])
        or (of.compare and words[0].startswith("mak"))
        or (of.kind == "states" and words[0].startswith(("giv", "gave")))
    )
    return given or (of.kind not in ("ours", "vague") and know.any(("compare", "being"), after[0]))


def _of_somebody(words: Sequence[str]) -> Told | None:
    """What is told of people, a place, a state or the group's own things; None where there is no verb."""
    know = words_known()
    at = verb_at(words)
    if at is None:
        return None
    who = phrase(words[:at]).kind
    if who is None and (words[0][0].isdigit() or know.has("quantity", words[0])):
        who = "people"
    if who != "ours" and any(word in know.lists["less"] for word in words[:3]):
        return Told.CHANGE
    work = any(know.has("workers", word) for word in words[:at]) and not know.has("ends", words[0])
    somebody, tail, helping, can = who in SOMEBODY and not work, list(words[at:]), "", False
    while tail and know.any(("said", "passed"), tail[0]):
        helping, can, tail = (tail[0] if know.has("said", tail[0]) else helping), can or tail[0] in CAN, tail[1:]
    if tail[:2] == ["able", "to"]:
        helping, can, tail = "", True, list(_past(tail[2:]))
    if not tail:
        return None
    doing = know.any((*HEADS, "folk"), tail[0])
    done = tail[0] in know.lists["done"] and helping not in HAVE and not know.has("become", tail[0])
    if done and (helping in BE or not know.any(HEADS, tail[0])):
        return Told.CHANGE if who == "states" or _purpose(tail) else Told.COUNTING
    if helping in HAVE and not (doing and tail[0].endswith(("ed", "en", "ade", "ld", "nt", "ot"))):
        counted = phrase(tail).kind == "ours" or know.has("part", tail[0])
        return Told.COUNTING if counted else Told.CHANGE if somebody else None
    if helping in BE and not (doing and tail[0].endswith("ing")):
        return Told.CHANGE if somebody or (who is None and know.any(("being", "compare"), tail[0])) else None
    said = _deed(tail, person=somebody)
    if said in (Told.COUNTING, Told.DOING) and somebody and not know.lists["instead"].isdisjoint(tail):
        return Told.CHANGE
    if work and said is None and know.has("folk", tail[0]):
        return Told.DOING  # "our volunteers will walk the streets"
    if said is Told.DOING and can and somebody:
        return Told.COUNTING if phrase(tail[1:]).kind == "ours" else Told.CHANGE
    return said


def verb_at(words: Sequence[str], *, sure: bool = False) -> int | None:
    """Where the verb that tells something of the first words stands, passing over "who leave abusive partners" and "we see".

    "Women fleeing violence" may tell something and may not: `sure` leaves such a verb out.
    """
    know, at, maybe = words_known(), 1, None
    while at < len(words):
        word, before = words[at], words[at - 1]
        if word in ("who", "that", "which", "whose") or (word in ("we", "they", "you") and not know.has("ends", before)):
            at += 1
            while at < len(words) - 1 and know.any(("said", "passed"), words[at]):
                at += 1
            at += 1
            continue
        if word in ("where", "when"):
            break
        if know.has("said", word) or _finite(words, at):
            return at
        modifies = word.endswith("ing") and know.has("people", before) and know.any((*HEADS, "folk"), word)
        if maybe is None and (modifies or word in know.lists["done"]):
            maybe = at
        at += 1
    return None if sure else maybe


def _finite(words: Sequence[str], at: int) -> bool:
    """Whether the word is what somebody does, and not part of a name for something ("carers support group")."""
    know, word, before = words_known(), words[at], words[at - 1]
    after = words[at + 1] if at + 1 < len(words) else ""
    if word.endswith(("ing", "ed")) or not know.any((*HEADS, "folk"), word):
        return False
    if before in ("a", "an", "the", "to", "of", "for", "in", "on", "at", "our", "their", "and", "or", "his", "her"):
        return False
    if kind_of(word) is None or know.has("become", word):
        return True
    people = know.any(("people", "passed"), before) or plural(before) or phrase(words).kind == "people"
    return (
        people
        and not plural(word)
        and bool(after)
        and kind_of(after) is None
        and (know.has("folk", word) or not know.has("ends", after))
    )


def _changed(word: str) -> bool:
    """Reduced, halved, improved."""
    return word.endswith("ed") and words_known().has("change", word)


def _thing(words: Sequence[str]) -> Told | None:
    """What words without a verb tell."""
    know, first = words_known(), phrase(words)
    compare = next((n for n, word in enumerate(words[:4]) if know.has("compare", word)), None)
    if compare is not None and words[compare] in know.lists["less"]:
        return Told.CHANGE
    if compare is not None:
        of = phrase(words[compare + 1 :])
        kind = of.kind if of.length else phrase(words[compare + 2 :]).kind
        last = words[compare + of.length] if of.length else ""
        return Told.DOING if kind in ("ours", "vague") or know.has("workers", last) else Told.CHANGE
    if first.kind in SOMEBODY and (first.being or "where" in words or any(_changed(word) for word in words)):
        return Told.CHANGE
    if first.kind in ("ours", "vague") or any(know.any(("ours", "timetable"), word) for word in words):
        return Told.DOING
    for_whom = (
        words[first.length : first.length + 1] in (["for"], ["with"]) and phrase(words[first.length + 1 :]).kind == "people"
    )
    return Told.DOING if first.kind is None and first.length and for_whom else None


def _purpose(words: Sequence[str]) -> bool:
    """Whether work is said to be for a change: "… to reduce crime", "… and improve confidence"; not "about reducing crime"."""
    know = words_known()
    for at in range(1, len(words) - 1):
        tail = _past(words[at + 1 :])
        if not tail or plural(tail[0]):
            continue
        faint = know.has("faint", tail[0])
        if words[at] == "to" and not know.has("topic", words[at - 1]) and not faint:
            if know.any(("change", "perhaps", "become", "helps"), tail[0]) and _deed(tail) is Told.CHANGE:
                return True
        elif (
            words[at] in ("and", "by", "while", "for", "thereby") and know.has("change", tail[0]) and _deed(tail) is Told.CHANGE
        ):
            return True
    return False
