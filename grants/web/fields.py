"""The kinds of question a form asks in words, by choosing and by ticking; numbers and dates are in `typed.py`."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

import wtforms
from wtforms import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError

from grants.kernel.words import _, mark


class Required(InputRequired):
    """Something must be typed or chosen; the sentence says what."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)

    def __call__(self, form: Any, field: Any) -> None:
        if any(value for value in field.raw_data or ()):
            return
        field.errors = []
        raise StopValidation(_(self.message))


class Characters:
    """No more than so many characters."""

    def __init__(self, most: int, sentence: str | None = None) -> None:
        self.most, self.sentence = most, sentence

    def __call__(self, form: Any, field: Any) -> None:
        if len(field.data or "") > self.most:
            if self.sentence:
                raise ValidationError(_(self.sentence))
            raise ValidationError(
                _("%(thing)s must be %(most)s characters or fewer", thing=field.label.text.rstrip("?"), most=f"{self.most:,}")
            )


class Asked(wtforms.Field):
    """What every field of ours has: how it looks, and the words for what is asked."""

    look: ClassVar[str] = "text"
    data: Any
    thing: str = ""
    width: int | None = None
    autocomplete: str | None = None
    inputmode: str | None = None
    spellcheck: bool | None = None
    prefix: str | None = None
    suffix: str | None = None

    def __init__(self, label: str = "", validators: Sequence[Any] | None = None, **said: Any) -> None:
        for name in ("thing", "width", "autocomplete", "inputmode", "spellcheck", "prefix", "suffix"):
            if name in said:
                setattr(self, name, said.pop(name))
        super().__init__(label, list(validators or ()), **said)

    @property
    def anchor(self) -> str:
        """The id the error summary leads to."""
        return str(self.id)

    def process_formdata(self, valuelist: list[str]) -> None:
        """What a POST leaves out is empty, whatever the page had filled in."""
        self.data = valuelist[0] if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        """What could not be read is said once; nothing else is said about it."""
        if self.process_errors:
            raise StopValidation

    @property
    def named(self) -> str:
        """The thing asked for, as it stands in the middle of a sentence."""
        return _(self.thing) if self.thing else _("this")

    @property
    def headed(self) -> str:
        """The thing asked for, as it begins a sentence."""
        return self.named[:1].upper() + self.named[1:]


class TextField(Asked, wtforms.StringField):
    """One line of text."""


class EmailField(TextField):
    """An e-mail address, checked for its shape only."""

    look = "email"
    autocomplete = "email"
    spellcheck = False

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+", self.data[:321]):
            raise StopValidation(_("Enter an email address in the correct format, like name@example.com"))


class CodeField(TextField):
    """The figures of a code sent by e-mail; spaces between them do no harm."""

    width = 10
    autocomplete = "one-time-code"
    inputmode = "numeric"
    spellcheck = False

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = re.sub(r"[\s-]", "", valuelist[0]) if valuelist else None


class PasswordField(Asked, wtforms.PasswordField):
    """A password: kept exactly as typed, never written back to the page."""

    look = "password"
    autocomplete = "current-password"


class LongTextField(Asked, wtforms.TextAreaField):
    """Several lines of text, with a limit in characters if there is one."""

    look = "textarea"

    def __init__(self, label: str = "", validators: Any = None, *, rows: int = 5, characters: int | None = None, **said: Any):
        super().__init__(label, validators, **said)
        self.rows, self.characters = rows, characters

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.characters:
            Characters(self.characters)(form, self)


class WordsField(Asked, wtforms.TextAreaField):
    """Several lines of text with a limit in words, counted in the browser and again here."""

    look = "words"

    def __init__(self, label: str = "", validators: Any = None, *, words: int, rows: int = 8, **said: Any):
        super().__init__(label, validators, **said)
        self.words, self.rows = words, rows

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        used = len((self.data or "").split())
        if used > self.words:
            raise StopValidation(
                _(
                    "Use %(most)s words or fewer. You have used %(used)s.",
                    most=f"{self.words:,}",
                    used=f"{used:,}",
                )
            )


class _Choosing(Asked):
    """A field that offers choices and accepts no other."""

    hints: Mapping[str, str]
    data: Any
    raw_data: list[str] | None

    def __init__(
        self,
        label: str = "",
        validators: Any = None,
        *,
        choices: Iterable[SelectChoice] = (),
        hints: Mapping[str, str] | None = None,
        inline: bool = False,
        small: bool = False,
        **said: Any,
    ):
        super().__init__(label, validators, choices=list(choices), **said)
        self.hints, self.inline, self.small = hints or {}, inline, small

    def process_data(self, value: Any) -> None:
        self.data = None if value is None or value == "" else str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = (valuelist[0] if valuelist else "") or None

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and self.data not in {str(c.value) for c in self.choices}:
            raise StopValidation(_("Choose one of the answers on the page"))

    def options(self) -> Iterator[tuple[str, str, bool]]:
        """Value, label and whether it is chosen."""
        for choice in self.choices:
            yield str(choice.value), _(choice.label) if choice.label else "", str(choice.value) == self.data


class SelectField(_Choosing, wtforms.SelectField):
    """One choice from a list. `blank` is the first line, and means nothing chosen."""

    look = "select"

    def __init__(self, label: str = "", validators: Any = None, *, blank: str | None = None, **said: Any):
        super().__init__(label, validators, **said)
        self.blank = blank


class RadiosField(_Choosing, wtforms.SelectField):
    """One choice, all of them in sight."""

    look = "radios"


class CheckboxesField(_Choosing, wtforms.SelectField):
    """Any number of choices, in the order they are offered."""

    look = "checkboxes"

    def process_data(self, value: Any) -> None:
        self.data = [str(one) for one in value or ()]

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(one for one in valuelist if one))

    def pre_validate(self, form: Any) -> None:
        if not set(self.data) <= {str(choice.value) for choice in self.choices}:
            raise StopValidation(_("Choose from the answers on the page"))

    def options(self) -> Iterator[tuple[str, str, bool]]:
        for choice in self.choices:
            yield str(choice.value), _(choice.label) if choice.label else "", str(choice.value) in self.data


class TickField(Asked, wtforms.BooleanField):
    """A single box that may be ticked."""

    look = "tick"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist) and valuelist[0] not in self.false_values


class Declaration(TickField):
    """A single box that must be ticked."""

    def __init__(self, label: str, *, must: str, **said: Any) -> None:
        super().__init__(label, [], **said)
        self.must = must

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            raise StopValidation(_(self.must))


def choices_of(kind: type[Enum], words: Mapping[Any, str] | Callable[[Any], str]) -> list[SelectChoice]:
    """Choices made from an enum, labelled from a table or by a function."""
    say = words if callable(words) else words.__getitem__
    return [SelectChoice(str(one.value), say(one)) for one in kind]


LOST = mark("This page has been open too long or was changed on its way. Check what you typed and send it again")


class OnceKey(wtforms.HiddenField):
    """A random token per form drawn: the command that uses it up works once, however often the button is pressed."""

    look = "hidden"

    def process_data(self, value: Any) -> None:
        self.data = secrets.token_urlsafe(18)

    def process_formdata(self, valuelist: list[str]) -> None:
        sent = valuelist[0] if valuelist else ""
        if not re.fullmatch(r"[\w-]{20,64}", sent, re.ASCII):
            raise ValueError(_(LOST))
        self.data = sent

    def _value(self) -> str:
        return str(self.data)


class Edition(wtforms.HiddenField):
    """The edition an edit form was drawn from."""

    look = "hidden"

    def process_formdata(self, valuelist: list[str]) -> None:
        sent = valuelist[0] if valuelist else ""
        if not re.fullmatch(r"\d{1,9}", sent, re.ASCII):
            raise ValueError(_(LOST))
        self.data = int(sent)

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)
