"""Every sentence a person reads goes through `_()`, so that it can be put into another language."""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import has_app_context


def _(text: str, **facts: Any) -> str:
    """The sentence in the reader's language, with `%(name)s` filled in."""
    if has_app_context():
        return str(flask_babel.gettext(text, **facts))
    return text % facts if facts else text


def mark(text: str) -> str:
    """Mark a sentence for translation where it is declared; `_()` it where it is shown."""
    return text


def many(one: str, more: str, number: int, **facts: Any) -> str:
    """'1 award' or '3 awards': `%(num)s` is the number."""
    if has_app_context():
        return str(flask_babel.ngettext(one, more, number, **facts))
    return (one if number == 1 else more) % ({"num": number} | facts)
