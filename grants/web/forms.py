"""Forms: what a person typed, read strictly, kept as typed, and answered in sentences.

How a page module uses it
-------------------------
    class CostForm(HouseForm):
        purpose = TextField(mark("What will you spend it on?"), [Required(mark("Enter what you will spend it on"))])
        amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the cost"), most=Money(500000))
        key = OnceKey()                      # create, submit and pay forms; form.key.data goes to the command
        edition = Edition()                  # edit forms; form.edition.data goes to the command

    form = CostForm()                        # reads the request; CostForm(obj=cost) or CostForm(data={...}) fills it in
    if form.accepted():                      # a POST, and every field valid
        with form.reporting():               # a RuleBroken becomes sentences on this form, and the page below is shown again
            commands.add_cost(..., by=me())
            return redirect(url_for(...))
    return render_template("...", form=form), form.status       # 200, or 422 with everything typed kept

Fields (label, [validators], hint as `description=`, and):
    TextField(width=2|3|4|5|10|20|30, autocomplete=, inputmode=, prefix=, suffix=)
    EmailField, CodeField (six figures), PasswordField(autocomplete="current-password"|"new-password")
    LongTextField(rows=5, characters=None), WordsField(words=250, rows=8)
    MoneyField(thing=, least=Money|None, most=Money|None) -> Money | None   (refuses negatives; zero only if least allows)
    IntegerField(thing=, least=, most=, suffix=) -> int | None, DecimalField(thing=, least=, most=, suffix=) -> Decimal | None
    PostcodeField(thing=) -> Postcode | None    (any case and spaces, O for 0; kept as typed; one not known is not refused here)
    DatePartsField(thing=) -> date | None    ('the date' by default; the sentence names the missing part)
    SelectField(choices=[SelectChoice(value, label)], blank="Choose a stream") -> str | None
    RadiosField(choices=, hints={value: hint}, inline=False, small=False) -> str | None
    CheckboxesField(choices=, hints=, small=False) -> list[str]
    Declaration("I confirm …", must="Confirm that …") -> bool, TickField("…") -> bool
    UploadField() -> Document | None; see web/uploads.py: a refused form keeps its file
    OnceKey, Edition; Rows(FormField-able Row subclass, min_entries=, max_entries=) for tables of inputs
Validators: Required(sentence), Characters(most, sentence); any wtforms validator works, with our sentence in `message=`.
Choices are `SelectChoice` (re-exported); `choices_of(EnumClass, words)` makes them from an enum.
Texts declared in a class body go through `mark()`; the form puts them into the reader's language when it is made.
"""

# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

import wtforms
from flask import Flask, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import FormField, SelectChoice
from wtforms.meta import DefaultMeta

from grants.kernel.errors import RuleBroken
from grants.kernel.words import _
from grants.web.fields import (
    Asked,
    Characters,
    CheckboxesField,
    CodeField,
    Declaration,
    Edition,
    EmailField,
    LongTextField,
    OnceKey,
    PasswordField,
    RadiosField,
    Required,
    SelectField,
    TextField,
    TickField,
    WordsField,
    choices_of,
)
from grants.web.typed import DatePartsField, DecimalField, IntegerField, MoneyField, PostcodeField
from grants.web.uploads import UploadField

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")  # Word's soft line break among them
# What comes along when text is pasted and nobody meant to type: soft hyphens, zero-width spaces, the place of a picture,
# characters that turn the direction of everything after them. Joiners stay: emoji and several scripts are spelt with them.
_UNMEANT = re.compile(
    r"[\x80-\x9f\xad\u034f\u115f\u1160\u180e\u200b\u202a-\u202e\u2060-\u2069\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\uffff]"
)
_ODD_SPACE = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BULLET = re.compile(r"[\uf0a7\uf0b7\uf0d8\uf0fc\uf06e\uf076]")  # Word's bullets, out of fonts that only Word has
_SPACES = " \t\r\n"
_UNSEEN = f"{_SPACES}\u200c\u200d\u200e\u200f\ufe0e\ufe0f"


def tidy(typed: str) -> str:
    """What a person meant to type: no character that cannot be seen, one kind of line end and space, none at either end.

    Quotation marks, dashes, emoji and every script stay as typed; letters with accents are kept in one piece (NFC), so that
    the same name is the same text whatever it was typed on. What holds nothing to see is empty.
    """
    text = _CONTROL.sub("", _LINE_END.sub("\n", typed))
    text = _BULLET.sub("•", _ODD_SPACE.sub(" ", _UNMEANT.sub("", text)))
    text = unicodedata.normalize("NFC", text).strip(_SPACES)
    return text if text.strip(_UNSEEN) else ""


class Problem(NamedTuple):
    """A sentence of the error summary and the input it leads to, if it has one."""

    sentence: str
    anchor: str | None


class Row(wtforms.Form):
    """One line of a table of inputs: `costs = Rows(FormField(CostRow), min_entries=5, max_entries=40)`."""

    class Meta(DefaultMeta):
        locales: ClassVar[Any] = False

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        _in_words(self)


class Rows(wtforms.FieldList):
    """A table of inputs. Line numbers sent by a browser are read strictly."""

    look = "rows"

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            if found := re.match(re.escape(prefix) + r"-(\d{1,3})(?:-|\Z)", name, re.ASCII):
                yield int(found[1])


class HouseForm(FlaskForm):
    """What every form is made of. See the sheet at the top of this module."""

    class Meta(FlaskForm.Meta):
        locales: ClassVar[Any] = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """A POST is read as a POST even when it is empty; files and JSON are never taken for text."""
            if formdata is not None and not isinstance(formdata, Mapping):  # flask-wtf's own mark for "the request's"
                if not form.is_submitted():
                    return None
                formdata = request.form
            if formdata is None:
                return None
            secret = {name for name, field in form._fields.items() if isinstance(field, wtforms.PasswordField)}
            return MultiDict(
                (name, _CONTROL.sub("", value) if name in secret else tidy(value))
                for name, value in MultiDict(formdata).items(multi=True)
                if isinstance(value, str)
            )

    form_errors: list[str]

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        _in_words(self)

    def accepted(self) -> bool:
        """Sent, and everything on it is in order."""
        return bool(self.validate_on_submit())

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Say on this form what rule the command found broken."""
        try:
            yield
        except RuleBroken as broken:
            self.report(*broken.problems, fields=broken.fields)

    def report(self, *problems: str, fields: Mapping[str, str] | None = None) -> None:
        """Put sentences on the form: beside the field they are about, or in the summary."""
        beside = dict(fields or {})
        named = {field.name: field for field in flat(self)} | {field.short_name: field for field in self}
        for name, sentence in list(beside.items()):
            if name in named and getattr(named[name], "look", "") not in ("hidden", "rows"):
                named[name].errors = [*named[name].errors, sentence]
            else:
                del beside[name]
        already = [*beside.values(), *self.form_errors]
        self.form_errors = [*self.form_errors, *(p for p in [*problems, *(fields or {}).values()] if p not in already)]

    @property
    def problems(self) -> list[Problem]:
        """Every sentence for the error summary, in the order of the page."""
        return [*(Problem(sentence, None) for sentence in dict.fromkeys(self.form_errors)), *_problems(flat(self))]

    @property
    def status(self) -> int:
        """What the page answers with: 422 when something on it needs putting right."""
        return 422 if self.problems else 200


def flat(fields: Iterable[Any]) -> Iterator[Any]:
    """Every field that is one input, through rows and sub-forms, in order; a table of rows comes before its rows."""
    for field in fields:
        if isinstance(field, wtforms.FieldList):
            yield field
            yield from flat(field.entries)
        elif isinstance(field, wtforms.FormField):
            yield from flat(field)
        else:
            yield field


def _problems(fields: Iterable[Any]) -> Iterator[Problem]:
    for field in fields:
        hidden = isinstance(field, wtforms.HiddenField)
        for sentence in list(field.errors)[: None if isinstance(field, wtforms.FieldList) else 1]:
            if isinstance(sentence, str) and sentence:
                yield Problem(sentence, None if hidden else getattr(field, "anchor", field.id))


def problems(*forms: Any) -> list[Problem]:
    """What stands in the error summary of a page with these forms."""
    found = [problem for form in forms for problem in getattr(form, "problems", ()) if isinstance(problem, Problem)]
    return list(dict.fromkeys(found))


def _in_words(form: Any) -> None:
    for field in form:
        if field.label.text:
            field.label.text = _(field.label.text)
        if field.description:
            field.description = _(field.description)


LOOKS: Sequence[tuple[type[wtforms.Field], str]] = (
    (wtforms.HiddenField, "hidden"),
    (wtforms.PasswordField, "password"),
    (wtforms.TextAreaField, "textarea"),
    (wtforms.BooleanField, "tick"),
    (wtforms.Field, "text"),
)


def look(field: wtforms.Field) -> str:
    """Which macro draws this field."""
    return str(getattr(field, "look", None) or next(name for kind, name in LOOKS if isinstance(field, kind)))


def uploads(form: Any) -> bool:
    """Does this form send files?"""
    return any(look(field) == "file" for field in flat(form))


def register(app: Flask) -> None:
    """Teach the templates the few words the form macros need."""
    app.jinja_env.filters["look"] = look
    app.jinja_env.filters["uploads"] = uploads
    app.jinja_env.globals["problems_of"] = problems


__all__ = [
    "Asked",
    "Characters",
    "CheckboxesField",
    "CodeField",
    "DatePartsField",
    "DecimalField",
    "Declaration",
    "Edition",
    "EmailField",
    "FormField",
    "HouseForm",
    "IntegerField",
    "LongTextField",
    "MoneyField",
    "OnceKey",
    "PasswordField",
    "PostcodeField",
    "Problem",
    "RadiosField",
    "Required",
    "Row",
    "Rows",
    "SelectChoice",
    "SelectField",
    "TextField",
    "TickField",
    "UploadField",
    "WordsField",
    "choices_of",
    "problems",
]
