"""A question set's questions as a form: every kind of question a field, every answer read back as the text that is kept.

    form = asking.form(section, said={"need": ["They asked us."]}, edition=application.edition)
    form.tell()                                  # sentences beside answers that are there but wrong; refuses nothing
    if form.accepted():                          # only a page that was lost on its way is refused, never an answer
        commands.save_answers(application, answers=form.answers(), edition=form["edition"].data, by=me())
    {% from "ui/asking.html" import questions %}{{ questions(form) }}

A draft keeps what was typed, right or wrong (31/2/2027, "1.200"): `questions.answers` says how each kind is written down.
A section that is asked again for each of several has its fields as `key`, `key--1`, `key--2`, …; so has a question that takes
several documents. The buttons `then=more` and `then=less-1` add and take away one; the hidden field `n` says how many
the page had.
"""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import has_request_context, request
from wtforms.utils import unset_value

from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.people.models import Organisation
from grants.places import postcodes
from grants.questions import answers
from grants.questions.conditions import Calculation, Known
from grants.questions.document import NO, YES, Document, Kind, Question, Section
from grants.web.fields import Asked, CheckboxesField, LongTextField, RadiosField, SelectField, TextField, WordsField
from grants.web.forms import Edition, HouseForm, SelectChoice
from grants.web.typed import DatePartsField, MoneyField
from grants.web.uploads import UploadField

FEW = 8  # choices that are all in sight; more go into a list
ASK = "ask "  # before a question's key, as an attribute of its form
MANY_WORDS = 200  # a question that may be answered at such length has a taller box


# -- fields -----------------------------------------------------------------------------------------------------------


class KeptText(TextField):
    """A short answer, a number or a postcode: kept as typed."""

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return " ".join((self.data or "").split())


class KeptNumber(KeptText):
    """A whole number, kept as typed."""

    width = 5
    inputmode = "numeric"
    spellcheck = False


class KeptPostcode(KeptText):
    """A postcode. One that can be read is kept as postcodes are written; any other as it was typed."""

    width = 10
    autocomplete = "postal-code"
    spellcheck = False

    @property
    def text(self) -> str:
        typed = super().text
        return str(self.read()) if self.read() else typed

    def read(self) -> postcodes.Postcode | None:
        """The postcode, where it can be read."""
        try:
            return postcodes.read(self.data) if self.data else None
        except ValueError:
            return None

    def amiss(self) -> str | None:
        """Why it cannot be read, and what to type."""
        try:
            postcodes.read(self.data or "")
        except ValueError as unread:
            return str(unread)
        return None

    @property
    def note(self) -> str | None:
        """What is gently said of a postcode that nobody knows. It is no mistake."""
        found = self.read()
        return postcodes.unknown(found) if found else None


class KeptMoney(MoneyField):
    """An amount, kept as typed."""

    def process_data(self, value: Any) -> None:
        self.data = value or ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""

    def _value(self) -> str:
        return str(self.data or "")

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return " ".join((self.data or "").split())

    def amiss(self) -> str | None:
        """Why it cannot be read: of "1.200", whether £1,200 is meant or £1.20."""
        try:
            self.read(self.text)
        except ValueError as unread:
            return str(unread.args[0])
        return None


class KeptWords(WordsField):
    """A long answer: the limit is counted on the page and said before sending, and never loses a word."""

    def pre_validate(self, form: Any) -> None:
        Asked.pre_validate(self, form)

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return self.data or ""


class KeptAddress(LongTextField):
    """An address, a line to each of its lines."""

    autocomplete = "street-address"

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return "\n".join(line.strip() for line in (self.data or "").split("\n") if line.strip())


class KeptRadios(RadiosField):
    """One choice, all of them in sight."""

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return self.data or ""


class KeptSelect(SelectField):
    """One choice out of many."""

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return self.data or ""


class KeptChoices(CheckboxesField):
    """Any number of choices, one to a line."""

    def process_data(self, value: Any) -> None:
        super().process_data(answers.parts(value or ""))

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return "\n".join(self.data)


class KeptDate(DatePartsField):
    """A day as day, month and year. What is no day is kept in the boxes it was typed into."""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """From the text that is kept, or from the three boxes."""
        said = self.default if data is unset_value else data
        super().process(None, None, extra_filters)
        typed = [*str(said or "").split("/", 2), "", "", ""][:3]
        if formdata is not None:
            typed = [(formdata.get(f"{self.name}-{part}") or "").strip() for part in answers.DATE]
            if typed[0] and not typed[1] and not typed[2]:  # the whole of it in the first box
                typed = [*re.split(r"[/.\- ]+", typed[0], maxsplit=2), "", ""][:3]
        self.parts = dict(zip(answers.DATE, (one.replace("/", " ").strip() for one in typed), strict=True))
        self.raw_data = [one for one in self.parts.values() if one]
        self.data = self.text

    @property
    def text(self) -> str:
        """The answer as it is kept: day/month/year, the month as a number where it was named."""
        found = self._found()
        if found is not None:
            return f"{found.day}/{found.month}/{found.year}"
        return "/".join(self.parts.values()) if any(self.parts.values()) else ""

    def _found(self) -> date | None:
        try:
            return self._read() if any(self.parts.values()) else None
        except ValueError:
            return None

    def amiss(self) -> str | None:
        """What is missing of it, or that there is no such day."""
        try:
            self._read()
        except ValueError as unread:
            return str(unread.args[0])
        return None


CONTACT: Mapping[str, tuple[str, str, str]] = {  # the parts of a contact: label, kind of input, what a browser fills in
    "name": (mark("Full name"), "text", "name"),
    "phone": (mark("Telephone number"), "tel", "tel"),
    "email": (mark("Email address"), "email", "email"),
}


class KeptContact(Asked):
    """Somebody to speak to: a name, a telephone number and an e-mail address, in three boxes."""

    look = "contact"
    parts: Mapping[str, str] = {}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """From the three lines that are kept, or from the three boxes."""
        said = self.default if data is unset_value else data
        super().process(None, None, extra_filters)
        typed = [*str(said or "").split("\n"), "", "", ""][:3]
        if formdata is not None:
            typed = [" ".join((formdata.get(f"{self.name}-{part}") or "").split()) for part in CONTACT]
        self.parts = dict(zip(CONTACT, typed, strict=True))
        self.raw_data = [one for one in typed if one]
        self.data = self.text

    @property
    def text(self) -> str:
        """The answer as it is kept."""
        return "\n".join(self.parts.values()) if any(self.parts.values()) else ""

    @property
    def boxes(self) -> list[tuple[str, str, str, str, str]]:
        """Each box: its part, label, kind of input, what a browser fills in, what is typed in it."""
        return [(part, _(label), kind, fills, self.parts[part]) for part, (label, kind, fills) in CONTACT.items()]

    @property
    def anchor(self) -> str:
        return f"{self.id}-name"


class KeptFile(UploadField):
    """One document of an answer that is made of documents."""

    @property
    def text(self) -> str:
        """The document's reference."""
        return self.data.ref if self.data else ""


def field(question: Question, *, first: bool = True) -> Any:
    """The field that asks one question. `first`: of the several of a question that takes several documents."""
    label = question.label if question.required else _("%(label)s (optional)", label=question.label)
    said: dict[str, Any] = {"description": question.hint or ""}
    choices = [SelectChoice(option.value, option.label) for option in question.options]
    if question.kind is Kind.CHOICE and len(choices) > FEW:
        return KeptSelect(label, choices=choices, blank=mark("Choose one"), **said)
    if question.kind is Kind.CHOICE:
        return KeptRadios(label, choices=choices, **said)
    if question.kind is Kind.YES_NO:
        return KeptRadios(label, choices=[SelectChoice(YES, _("Yes")), SelectChoice(NO, _("No"))], inline=True, **said)
    if question.kind is Kind.CHOICES:
        return KeptChoices(label, choices=choices, **said | {"description": question.hint or mark("Choose all that fit.")})
    if question.kind is Kind.SHORT:
        limit = _("Use up to %(most)s words.", most=question.words)
        return KeptText(label, description=f"{question.hint} {limit}" if question.hint else limit)
    if question.kind is Kind.LONG:
        return KeptWords(label, words=question.words or 0, rows=12 if (question.words or 0) > MANY_WORDS else 9, **said)
    if question.kind is Kind.FILE and not first:
        return KeptFile(_("Another document for “%(short)s” (optional)", short=question.short))
    thing: dict[str, Any] = {"thing": f"“{question.short}”"}
    if question.kind is Kind.ADDRESS:
        return KeptAddress(label, rows=5, **said)
    if question.kind is Kind.MONEY:
        return KeptMoney(label, **said, **thing)
    if question.kind is Kind.DATE:
        return KeptDate(label, **said | {"description": question.hint or mark("For example, 27 3 2027.")}, **thing)
    made: dict[Kind, Any] = {
        Kind.NUMBER: KeptNumber,
        Kind.POSTCODE: KeptPostcode,
        Kind.CONTACT: KeptContact,
        Kind.FILE: KeptFile,
    }
    return made[question.kind](label, **said)


# -- forms ------------------------------------------------------------------------------------------------------------


class Asking(NamedTuple):
    """One question on the page, and the fields that ask it: one, or of documents several."""

    question: Question
    fields: Sequence[Any]


class Turn(NamedTuple):
    """One time that the section is asked: which, what it is called ("Partner 2"), its questions."""

    number: int
    title: str | None
    asked: Sequence[Asking]


class SectionForm(HouseForm):
    """The form of one section. Made by `form()`."""

    class Meta(HouseForm.Meta):
        """A question may be called what a form has of its own (`data`, `errors`), so its attribute has another name."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            name = options["name"].removeprefix(ASK)
            return super().bind_field(form, unbound_field, options | {"name": name})

    section: Section
    times: int

    @property
    def turns(self) -> list[Turn]:
        """Each time that the section is asked, in order."""
        item = self.section.item
        return [
            Turn(n, f"{item[:1].upper()}{item[1:]} {n + 1}" if item else None, list(self._asked(n))) for n in range(self.times)
        ]

    def _asked(self, n: int) -> Iterator[Asking]:
        for question in self.section.asked:
            if question.kind is Kind.FILE:
                names = [named(question.key, at) for at in range(question.most or 1)]
                yield Asking(question, [self[ASK + name] for name in names if ASK + name in self._fields])
            else:
                yield Asking(question, [self[ASK + named(question.key, n)]])

    def asking(self, name: str) -> Any:
        """The field with this name."""
        return self[ASK + name]

    @property
    def more(self) -> bool:
        """May one more be added?"""
        return self.section.repeat is not None and self.times < self.section.repeat

    def answers(self) -> dict[str, str | list[str]]:
        """What is kept of what was typed: a text for each question, or of a section asked again a text for each time.

        A time of which nothing was said is not kept, nor one whose button to take it away was pressed.
        """
        found: dict[str, str | list[str]] = {}
        kept = [turn for turn in self.turns if turn.number != _taken_away() and any(_text(one) for one in turn.asked)]
        for n, question in enumerate(self.section.asked):
            said = [_text(turn.asked[n]) for turn in kept]
            found[question.key] = said if self.section.repeat else "".join(said)
        return found

    def tell(self, beside: Mapping[str, str] | None = None) -> SectionForm:
        """Say beside each answer that is there what is wrong with it. `beside`: more sentences, by field."""
        for turn in self.turns:
            for question, fields in turn.asked:
                sentence = wrong(question, fields)
                at = named(question.key, turn.number)
                if sentence := sentence or (beside or {}).get(at):
                    fields[0].errors = [sentence]
        return self

    @property
    def wrong(self) -> list[str]:
        """Everything that is wrong with what was typed, in the order of the page."""
        return [found for turn in self.turns for question, fields in turn.asked if (found := wrong(question, fields))]


def form(
    section: Section,
    said: Mapping[str, Sequence[str]] | None = None,
    *,
    edition: int = 0,
    more: bool = False,
    organisation: Organisation | None = None,
) -> SectionForm:
    """The form that asks a section's questions, filled with the texts that are kept of each question.

    `more`: one empty time beyond those there are; `organisation`: whose the documents are.
    """
    said = said or {}
    times = _times(section, said, more)
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"edition": edition}
    for n in range(times):
        for question in section.asked:
            texts = said.get(question.key, ())
            if question.kind is Kind.FILE:
                refs = answers.parts(texts[0]) if texts else []
                for at in range(min(question.most or 1, _sent(question, len(refs)) + 1)):
                    fields[ASK + named(question.key, at)] = field(question, first=at == 0)
                    data[ASK + named(question.key, at)] = refs[at] if at < len(refs) else None
            else:
                fields[ASK + named(question.key, n)] = field(question)
                data[ASK + named(question.key, n)] = texts[n] if n < len(texts) else ""
    kind = type("Asked", (SectionForm,), fields | {"edition": Edition(), "section": section, "times": times})
    made: SectionForm = kind(data=data)
    for one in made:
        if isinstance(one, UploadField):
            one.organisation = organisation
    return made


def _sent(question: Question, kept: int) -> int:
    """How many documents of a question the page may send beyond the one that is always offered."""
    if not (has_request_context() and request.method == "POST"):
        return kept
    return max([kept, *(n for n in range(question.most or 1) if f"{named(question.key, n)}-kept" in request.form)])


def _times(section: Section, said: Mapping[str, Sequence[str]], more: bool) -> int:
    if section.repeat is None:
        return 1
    if has_request_context() and request.method == "POST" and re.fullmatch(r"\d{1,2}", request.form.get("n", "")):
        times = int(request.form["n"])
    else:
        times = max((len(said.get(question.key, ())) for question in section.asked), default=0) + more
    return max(1, min(times, section.repeat))


def _taken_away() -> int | None:
    """Which of several the pressed button takes away."""
    pressed = request.form.get("then", "") if has_request_context() else ""
    found = re.fullmatch(r"less-(\d{1,2})", pressed)
    return int(found[1]) if found else None


def named(key: str, n: int) -> str:
    """The name of a question's field, the n-th time it is asked."""
    return f"{key}--{n}" if n else key


def _text(asked: Asking) -> str:
    return "\n".join(text for one in asked.fields if (text := one.text))


def wrong(question: Question, fields: Sequence[Any]) -> str | None:
    """What is wrong with an answer that is there, as a sentence without its full stop."""
    text = _text(Asking(question, fields))
    sentence = answers.fault(question, text)
    return (getattr(fields[0], "amiss", lambda: None)() or sentence) if sentence else None


def texts(kept: Sequence[Any]) -> dict[str, list[str]]:
    """An application's answers as `form` takes them: each question's texts, in order."""
    found: dict[str, list[str]] = {}
    for answer in kept:
        found.setdefault(answer.question, []).append(answer.text)
    return found


def sums(document: Document, section: Section, known: Known) -> list[tuple[str, str]]:
    """The calculations that add up what this section asks: what each is called, and what it comes to so far."""
    mine = {question.key for question in section.asked}
    found: list[tuple[str, str]] = []
    for one in document.calculations:
        if mine & {*one.add, *one.less} and (value := one.value(known)) is not None:
            found.append((one.label, _shown(one, value)))
    return found


def _shown(one: Calculation, value: Any) -> str:
    return str(Money(int((value * 100).to_integral_value()))) if one.money else f"{value.normalize():f}"
