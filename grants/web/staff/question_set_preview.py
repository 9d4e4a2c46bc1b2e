"""A question set as a group meets it: every page that one application would be asked, by the answers and figures typed here.

Nothing typed is kept. The product's own pages are said in words; documents are not uploaded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import render_template, request
from flask.typing import ResponseReturnValue

from grants.kernel.words import _
from grants.people.kinds import SAID as KINDS_OF_GROUP
from grants.questions import said
from grants.questions.conditions import Figure, Known
from grants.questions.document import CHOSEN, NO, YES, Document, Kind, Question
from grants.questions.said import BLOCKS, LANGUAGES
from grants.questions.sketch import SketchSection
from grants.web import asking
from grants.web.forms import HouseForm, IntegerField, MoneyField, SelectChoice, SelectField


class Shown(NamedTuple):
    """One page of the preview."""

    title: str
    intro: str | None
    block: str | None
    form: asking.SectionForm | None
    documents: Sequence[str]
    sums: Sequence[tuple[str, str]]
    again: tuple[str, int] | None  # what it is asked again for, and how often at most


def preview(document: Document, back: str) -> ResponseReturnValue:
    form = _figures_form(document)
    form.validate_on_submit()
    language = form.data.get("language") or ""
    figures = {
        Figure(name): str(value.pence / 100 if name == Figure.ASK else value)
        for name, value in form.data.items()
        if name in set(Figure) and value
    }
    answers = {question.key: _typed(question) for question in document.questions}
    known = document.heard(Known(answers, {Figure.STAGE: "1", Figure.ACCOUNT: YES} | figures))
    pages: list[Shown] = []
    for section in document.worded(language).pages_for(known):
        questions = tuple(question for question in section.questions if question.kind is not Kind.FILE)
        asked = section.model_copy(update={"questions": questions, "repeat": None, "item": None})
        pages.append(
            Shown(
                section.title,
                section.intro,
                _(BLOCKS[section.block]) if section.block else None,
                asking.form(asked, answers).tell() if asked.questions else None,
                [question.label for question in section.questions if question.kind is Kind.FILE],
                [] if section.block else asking.sums(document, section, known),
                (section.item, section.repeat) if section.item and section.repeat else None,
            )
        )
    declared = document.worded(language).declared(known)
    broken = [check.says for check in document.checks if check.broken(known, document.sums)]
    return render_template(
        "question_sets/preview.html",
        document=document,
        form=form,
        pages=pages,
        declared=declared,
        broken=broken,
        back=back,
        language=language,
    ), 200


def _typed(question: Question) -> list[str]:
    """What was typed into the preview for a question, read as a draft reads it."""
    if request.method != "POST" or question.kind in (Kind.FILE, Kind.DECLARATION):
        return []
    one = SketchSection(key="one", title="one", questions=(question,))
    said_ = asking.form(one).answers().get(question.key) or ""
    return [said_] if isinstance(said_, str) and said_ else list(said_) if not isinstance(said_, str) else []


def _figures_form(document: Document) -> HouseForm:
    """What the set's conditions ask of an application beside its answers: only these are offered."""
    conditions = [one for section in document.sections for one in (section.when, *(q.when for q in section.questions)) if one]
    tests = [test for one in conditions for test in one.tests]
    named = {test.of for test in tests} | {name for one in document.calculations for name in (*one.add, *one.less)}
    named |= {side for one in document.checks for side in (one.left, one.right) if isinstance(side, str)}
    fields: dict[str, Any] = {}
    if Figure.TIER in named:
        tiers = dict.fromkeys(value for one in tests if one.of == Figure.TIER for value in (*one.any_of, *one.none_of))
        fields[Figure.TIER] = SelectField(
            _("Size of the ask"), choices=[SelectChoice(t, t) for t in tiers], blank=_("Any other")
        )
    if Figure.STAGE in named:
        fields[Figure.STAGE] = SelectField(_("Stage"), choices=values(Figure.STAGE, said.Names([])))
    if Figure.KIND in named:
        fields[Figure.KIND] = SelectField(_("Kind of group"), choices=values(Figure.KIND, said.Names([])), blank=_("Any other"))
    if Figure.ACCOUNT in named:
        fields[Figure.ACCOUNT] = SelectField(
            _("Has it a bank account of its own?"), choices=values(Figure.ACCOUNT, said.Names([]))
        )
    if Figure.ASK in named:
        fields[Figure.ASK] = MoneyField(_("What it asks for"), thing=_("the amount"))
    if Figure.PEOPLE in named:
        fields[Figure.PEOPLE] = IntegerField(_("How many people benefit"), thing=_("the number"), least=0)
    if document.languages:
        choices = [SelectChoice(one, LANGUAGES.get(one, one)) for one in document.languages]
        fields["language"] = SelectField(_("Language"), choices=choices, blank=_("English"))
    made: HouseForm = type("FiguresForm", (HouseForm,), fields)()
    return made


def values(of: str, names: said.Names) -> list[SelectChoice]:
    """The answers that a condition on a question or figure chooses from; none where it is a number or anything may be typed."""
    question = names.questions.get(of)
    if (question and question.kind is Kind.YES_NO) or of == Figure.ACCOUNT:
        return [SelectChoice(YES, _("Yes")), SelectChoice(NO, _("No"))]
    if question and question.kind in CHOSEN:
        return [SelectChoice(option.value, option.label) for option in question.options]
    if of == Figure.STAGE:
        return [SelectChoice("1", _("The first stage")), SelectChoice("2", _("The second stage"))]
    if of == Figure.KIND:
        return [SelectChoice(kind.value, words) for kind, words in KINDS_OF_GROUP.items()]
    return []
