"""A question set as a reader of another language, or of Easy Read, is asked it. Answers are the same answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grants.questions.document import Document, Section

LANGUAGE = "en-easy"


def worded(document: Document, language: str = LANGUAGE) -> Document:
    """The set in a language as far as its words are there, in Easy Read unless told."""
    return _made(document, document.worded(language).sections) if language in document.languages else document


def one_by_one(document: Document) -> Document:
    """One question to a page, the first at its section's own address. What is asked again for each stays together."""
    return _made(document, [page for section in document.sections for page in _pages(section)])


def _pages(section: Section) -> Iterator[Section]:
    questions = section.asked
    if section.repeat or len(questions) < 2:
        yield section
        return
    declared = tuple(one for one in section.questions if one not in questions)
    for n, question in enumerate(questions):
        first, last = n == 0, n == len(questions) - 1
        yield section.model_copy(
            update={
                "key": section.key if first else f"{section.key}-{question.key}",
                "title": question.short,
                "intro": section.intro if first else None,
                "questions": (question, *(declared if last else ())),
            }
        )


def _made(document: Document, sections: Sequence[Section]) -> Document:
    """The document with other sections and nothing worked out before: a copy would keep the pages of the first."""
    fields = {name: getattr(document, name) for name in Document.model_fields}
    return Document.model_construct(**fields | {"sections": tuple(sections)})
