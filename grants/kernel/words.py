"""Every sentence a person reads goes through `_()`, so that it can be put into another language, or into easier words."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import flask_babel
from flask import has_app_context

# Sentences in easier words, for a reader who chose Easy Read: the sentence as written -> what is said instead.
easier: ContextVar[Mapping[str, str]] = ContextVar("easier", default=MappingProxyType({}))


def _(text: str, **facts: Any) -> str:
    """The sentence in the reader's language, with `%(name)s` filled in."""
    text = easier.get().get(text, text)
    if has_app_context():
        return str(flask_babel.gettext(text, **facts))
    return text % facts if facts else text


def mark(text: str) -> str:
    """Mark a sentence for translation where it is declared; `_()` it where it is shown."""
    return text


def many(one: str, more: str, number: int, **facts: Any) -> str:
    """'1 award' or '3 awards': `%(num)s` is the number."""
    said = easier.get()
    one, more = said.get(one, one), said.get(more, more)
    if has_app_context():
        return str(flask_babel.ngettext(one, more, number, **facts))
    return (one if number == 1 else more) % ({"num": number} | facts)
