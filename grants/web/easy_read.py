"""Easy Read: larger words with more room, one idea to a sentence, one question to a page.

Anybody may turn it on for their browser: it is a cookie, so it works signed out, on every page and without JavaScript. The
questions are asked in easy words of their own (`en-easy`) where their set has them; the pages' own sentences come from
`easy_read.json`, which a test holds against the pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from grants.kernel.words import easier, mark
from grants.questions import easy as questions
from grants.questions.document import Document
from grants.web import navigation
from grants.web.forms import HouseForm

area = Blueprint("easy_read", __name__)
navigation.footer(mark("Easy Read"), "easy_read.choose", 5)
COOKIE, EASY = "look", "easy"
KEPT = timedelta(days=400)


def easy() -> bool:
    """Whether this browser reads in Easy Read."""
    return request.cookies.get(COOKIE) == EASY


def worded(document: Document) -> Document:
    """The questions in this reader's words."""
    return questions.worded(document) if easy() else document


def asked(document: Document, *, split: bool = True) -> Document:
    """The same, and in Easy Read one question to a page. `split=False` where pages must have the keys of the set: parts that
    were opened again."""
    said = worded(document)
    return questions.one_by_one(said) if split and easy() else said


class ChooseForm(HouseForm):
    """The button, and the page to go back to."""

    back = HiddenField()


@area.route("/easy-read", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """What it is; turn it on or off for this browser, and go back to the page one came from."""
    form = ChooseForm(data={"back": request.args.get("back") or urlsplit(request.referrer or "/").path})
    form.back.data = _ours(form.back.data or "")
    if not form.accepted():
        return render_template("easy_read/choose.html", form=form), form.status
    answer = redirect(form.back.data, 303)
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    if request.form.get("easy") == "on":
        answer.set_cookie(COOKIE, EASY, max_age=KEPT, httponly=True, samesite="Lax", secure=secure)
    else:
        answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)
    return answer


def _ours(address: str) -> str:
    """The page it was chosen on: a path of ours, or the first page."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and "\\" not in address
    return address if ours and address.isprintable() else "/"


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """The pages' own sentences in easier words."""
    said: dict[str, str] = json.loads(files("grants.web").joinpath("easy_read.json").read_text(encoding="utf-8"))
    return said


def _before() -> None:
    easier.set(words() if easy() else {})


def _after(_error: BaseException | None) -> None:
    easier.set({})


def register(app: Flask) -> None:
    """Every page of a reader who chose it says its sentences in easier words."""
    app.before_request(_before)
    app.teardown_request(_after)
    app.jinja_env.globals["easy"] = easy
