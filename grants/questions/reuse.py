"""What a group said before, offered again: the answers of an earlier application that fit the questions asked now.

An answer carries over to the question that is the same one of the bank, whatever set it stands in, and to the question of the
same key and kind in a later version of the same set. Days, documents and declarations never are: they are of their time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grants.questions.answers import parts
from grants.questions.document import CHOSEN, Document, Kind, Question, Section

OF_ITS_TIME = frozenset({Kind.DATE, Kind.FILE, Kind.DECLARATION})


def carried(before: Document, said: Mapping[str, Sequence[str]], now: Document) -> dict[str, list[str]]:
    """The answers to offer in `now`: question -> its answers, one unless its section is asked again for each of several.

    `said` are the answers given to `before`, by question. Nothing is shortened: an answer over the new limit says so itself.
    """
    found: dict[str, list[str]] = {}
    for section in now.sections:
        for question in section.asked:
            source = _same(before, question, same_set=before.title == now.title)
            answers = [] if source is None else list(_fitting(question, said.get(source.key, ())))
            if any(answers) and len(answers) <= _room(section):
                found[question.key] = answers
    return found


def _same(before: Document, question: Question, *, same_set: bool) -> Question | None:
    if question.kind in OF_ITS_TIME:
        return None
    if question.bank:
        named = next((one for one in before.questions if one.bank == question.bank and one.kind is question.kind), None)
        if named:
            return named
    same = before.question(question.key) if same_set else None
    return same if same and same.kind is question.kind else None


def _fitting(question: Question, answers: Sequence[str]) -> Iterator[str]:
    """The answers as the question can take them now: a choice that is no longer offered is left out."""
    offered = {option.value for option in question.options}
    for answer in answers:
        yield "\n".join(one for one in parts(answer) if one in offered) if question.kind in CHOSEN else answer.strip()


def _room(section: Section) -> int:
    return section.repeat or 1
