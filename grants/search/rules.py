"""Words as they are kept and as they are asked for: without case, accents or punctuation, so that nothing typed can do harm."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from grants.kernel.words import _

LONGEST = 200  # letters typed
SHORTEST = 2
MOST_KEPT = 400  # words of one entry

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "&": " and "})
_COUNTED = re.compile(r"[a-z]{2,5}\d{7}")  # AWD-26-00001, as a counter gives them


def fold(text: str | None) -> list[str]:
    """The plain words of a text: “Siân’s café & club” is sians, cafe, and, club."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text or "").casefold()).translate(_PLAIN)
    bare = "".join(letter for letter in _APOSTROPHES.sub("", plain) if unicodedata.category(letter) != "Mn")
    return _WORD.findall(bare)


def compact(ref: str) -> str:
    """A reference as one word: AWD-26-00001 is awd2600001."""
    return "".join(fold(ref))


def reference(typed: str) -> str | None:
    """What was typed, as one word, where it is a reference that a counter gave, in any case, with or without its dashes."""
    words = fold(typed)
    found = "".join(words)
    of_a_pot = bool(words) and len(words[-1]) == 4  # S615-2026: the year of a pot, not a counter's number
    return found if _COUNTED.fullmatch(found) and len(words) <= 3 and not of_a_pot else None


def kept(*texts: str | None, but: Iterable[str] = ()) -> str:
    """The words of some texts, each once, as an entry keeps them."""
    found = dict.fromkeys(word for text in texts for word in fold(text))
    for word in but:
        found.pop(word, None)
    return " ".join(list(found)[:MOST_KEPT])


def unanswerable(typed: str) -> Iterator[str]:
    """Why nothing can be looked for."""
    if len(typed) > LONGEST:
        yield _("What you look for must be %(most)s characters or fewer.", most=LONGEST)
    elif typed.strip() and sum(map(len, fold(typed))) < SHORTEST:
        yield _("Type at least %(least)s letters or numbers.", least=SHORTEST)
