"""Parts of a question set in an officer's words: how a question is answered, when it is asked, what a sum adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from grants.kernel.money import Money
from grants.kernel.words import _, many, mark
from grants.people.kinds import SAID as KINDS_OF_GROUP
from grants.questions.conditions import Calculation, Check, Figure, Relation, Test, When
from grants.questions.document import CHOSEN, NO, YES, Block, Kind, Question, Section

KINDS: Mapping[Kind, str] = {
    Kind.SHORT: mark("One line"),
    Kind.LONG: mark("A longer answer"),
    Kind.MONEY: mark("An amount of money"),
    Kind.NUMBER: mark("A whole number"),
    Kind.DATE: mark("A date"),
    Kind.CHOICE: mark("One choice"),
    Kind.CHOICES: mark("Any number of choices"),
    Kind.YES_NO: mark("Yes or no"),
    Kind.POSTCODE: mark("A postcode"),
    Kind.ADDRESS: mark("An address"),
    Kind.CONTACT: mark("A person to contact"),
    Kind.FILE: mark("Documents"),
    Kind.DECLARATION: mark("A declaration"),
}
KIND_HINTS: Mapping[Kind, str] = {
    Kind.SHORT: mark("With a limit in words, for example 20."),
    Kind.LONG: mark("Sentences or paragraphs, with a limit in words."),
    Kind.CONTACT: mark("A name, a telephone number and an email address."),
    Kind.FILE: mark("One or several, from the group’s own documents or a new one."),
    Kind.DECLARATION: mark("A box that is ticked when the application is sent. It is not on a page of its own."),
}
BLOCKS: Mapping[Block, str] = {
    Block.PROJECT: mark("What the project is called, what it helps with and where it happens"),
    Block.COSTS: mark("The cost table: its total is what the group asks for"),
    Block.OUTCOMES: mark("What will be different: each one becomes a question in the final report"),
    Block.BENEFICIARIES: mark("Who will benefit, and how many people"),
    Block.MILESTONES: mark("What will happen by when"),
    Block.EVIDENCE: mark("The documents that the size of the ask calls for"),
    Block.HOST: mark("Who will hold the money for a group that has no bank account"),
}
FIGURES: Mapping[Figure, str] = {
    Figure.ASK: mark("what the group asks for"),
    Figure.TIER: mark("the size of the ask"),
    Figure.STAGE: mark("the stage"),
    Figure.KIND: mark("the kind of group"),
    Figure.PEOPLE: mark("how many people will benefit"),
    Figure.ACCOUNT: mark("a bank account of its own"),
}
RELATIONS: Mapping[Relation, str] = {
    Relation.EQUAL: mark("is the same as"),
    Relation.AT_MOST: mark("is no more than"),
    Relation.AT_LEAST: mark("is no less than"),
}
LANGUAGES: Mapping[str, str] = {"cy": mark("Welsh"), "en-easy": mark("Easy Read")}
COUNTED = (Figure.ASK, Figure.PEOPLE, Figure.STAGE)  # figures that are numbers


class Names:
    """What everything that a condition, sum or check may name is called. Made once for a page."""

    def __init__(self, questions: Sequence[Question], calculations: Sequence[Calculation] = ()) -> None:
        self.questions = {question.key: question for question in questions}
        self.calculations = {one.key: one for one in calculations}

    def of(self, name: str) -> str:
        """“Kind of activity”, or the product's own figure in words."""
        if name in set(Figure):
            return _(FIGURES[Figure(name)])
        if name in self.questions:
            return f"“{self.questions[name].short}”"
        if name in self.calculations:
            return f"“{self.calculations[name].label}”"
        return _("a question that is no longer there (%(key)s)", key=name)

    def value(self, name: str, value: str) -> str:
        """An answer as people read it."""
        question = self.questions.get(name)
        if question and question.kind in CHOSEN | {Kind.YES_NO}:
            return f"“{question.shown(value)}”"
        if name == Figure.ACCOUNT:
            return {YES: _("yes"), NO: _("no")}.get(value, value)
        if name == Figure.KIND:
            return next((f"“{_(words)}”" for kind, words in KINDS_OF_GROUP.items() if kind == value), f"“{value}”")
        return f"“{value}”"

    def amount(self, name: str, amount: Decimal) -> str:
        """A number as it is said of what it belongs to: pounds, or a plain number."""
        question, sum_ = self.questions.get(name), self.calculations.get(name)
        if name == Figure.ASK or (question and question.kind is Kind.MONEY) or (sum_ and sum_.money):
            return str(Money(int(amount * 100)))
        return f"{amount.normalize():,f}"

    def test(self, test: Test) -> str:
        """“Kind of activity” is “Young people”."""
        if test.of == Figure.ACCOUNT and test.any_of in ((YES,), (NO,)):
            has = test.any_of == (YES,)
            return _("the group has a bank account of its own") if has else _("the group has no bank account of its own")
        name = self.of(test.of)
        if test.answered is not None:
            return _("%(name)s is answered", name=name) if test.answered else _("%(name)s is not answered", name=name)
        either = _(" or ")
        if test.any_of:
            return _("%(name)s is %(values)s", name=name, values=either.join(self.value(test.of, v) for v in test.any_of))
        if test.none_of:
            return _("%(name)s is not %(values)s", name=name, values=either.join(self.value(test.of, v) for v in test.none_of))
        bounds = []
        if test.at_least is not None:
            bounds.append(_("%(amount)s or more", amount=self.amount(test.of, test.at_least)))
        if test.at_most is not None:
            bounds.append(_("%(amount)s or less", amount=self.amount(test.of, test.at_most)))
        return _("%(name)s is %(values)s", name=name, values=_(" and ").join(bounds))

    def when(self, when: When | None) -> str | None:
        """Asked only if …, as one sentence without its full stop; none where it is always asked."""
        if when is None or not (when.all or when.any):
            return None
        return _("Asked only if %(what)s", what=self._parts(when))

    def _parts(self, when: When) -> str:
        said = [self.test(one) if isinstance(one, Test) else f"({self._parts(one)})" for one in (*when.all, *when.any)]
        return (_(" or ") if when.any else _(" and ")).join(said) or _("nothing yet")

    def sum(self, sum_: Calculation) -> str:
        """“Wages” plus “Rent”, less “Income”."""
        added = _(" plus ").join(self.of(one) for one in sum_.add)
        if not sum_.less:
            return added
        return _("%(added)s, less %(less)s", added=added, less=_(" and ").join(self.of(one) for one in sum_.less))

    def check(self, check: Check) -> str:
        """“End date” is no less than “Start date”."""
        right = self.of(check.right) if isinstance(check.right, str) else self.amount(check.left, check.right)
        return _(
            "%(left)s %(relation)s %(right)s", left=self.of(check.left), relation=_(RELATIONS[check.relation]), right=right
        )


def answered(question: Question) -> str:
    """How a question is answered, with its limits: 'A longer answer, up to 80 words'."""
    return ", ".join(_limits(question))


def _limits(question: Question) -> Iterator[str]:
    yield _(KINDS[question.kind])
    if question.words:
        yield many("up to %(num)s word", "up to %(num)s words", question.words)
    if question.kind is Kind.FILE:
        yield many("at most %(num)s", "at most %(num)s", question.most or 1)
    else:
        names = Names([question])
        if question.least is not None:
            yield _("%(amount)s or more", amount=names.amount(question.key, Decimal(question.least)))
        if question.most is not None:
            yield _("%(amount)s or less", amount=names.amount(question.key, Decimal(question.most)))
    if not question.required:
        yield _("may be left out")


def lines(part: Question | Section | Calculation | Check, names: Names) -> list[tuple[str, str]]:
    """A part of a set as label and text, to show two versions of it side by side."""
    if isinstance(part, Calculation):
        return [(_("Sum"), part.label), (_("What it adds"), names.sum(part))]
    if isinstance(part, Check):
        return [(_("Check"), names.check(part)), (_("What is said"), part.says), (_("Beside"), names.of(part.beside))]
    if isinstance(part, Question):
        found = [
            (_("Question"), part.label),
            (_("Short name"), part.short),
            (_("How it is answered"), answered(part)),
            (_("Choices"), "\n".join(option.label for option in part.options)),
            (_("Hint"), part.hint or ""),
            (_("More help"), part.guidance or ""),
            (_("If it is left out"), part.missing),
        ]
    else:
        found = [
            (_("Title"), part.title),
            (_("Introduction"), part.intro or ""),
            (_("Asked again"), str(part.repeat or "")),
            (_("One of them"), part.item or ""),
        ]
    found += [(_("When it is asked"), names.when(part.when) or _("Always"))]
    for language, words in part.wording.items():
        said = words.model_dump(exclude_none=True)
        found += [(_(LANGUAGES.get(language, language)), "\n".join(str(one) for one in said.values() if isinstance(one, str)))]
    return [(label, text) for label, text in found if text]
