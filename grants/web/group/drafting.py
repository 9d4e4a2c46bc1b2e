"""What the pages of a draft have in common: which pages it has and where they are, saving them, and two people on one page.

Every page is saved by its button. With JavaScript it is saved as somebody types, too (static/saving.js): the same form, sent
with `then=typing`, answered with a few words instead of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from flask import abort, flash, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from grants.applications import queries, rules
from grants.applications.models import Application, State
from grants.applications.policies import change
from grants.applications.rules import About, Gap, Page, Task
from grants.awards import queries as awards
from grants.kernel import clock
from grants.kernel.errors import NotFound, Stale
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.questions.conditions import Known
from grants.questions.document import Document, Section
from grants.questions.easy import LANGUAGE as EASY_READ
from grants.questions.queries import document
from grants.web import easy_read
from grants.web.access import me
from grants.web.forms import HouseForm

ENGLISH = "en"
LANGUAGE = "asks-in"  # in the session: the language in which somebody reads the questions


class Draft(NamedTuple):
    """A draft with all that its pages ask about it, found once a request."""

    application: Application
    questions: Document
    about: About
    known: Known

    @property
    def pages(self) -> list[Section]:
        """The pages that are asked of it, in order."""
        return self.questions.pages_for(self.known)

    @property
    def languages(self) -> list[str]:
        """What else the questions can be read in. Easy Read is chosen for every page at once."""
        return [one for one in self.questions.languages if one != EASY_READ]

    @property
    def tasks(self) -> list[Task]:
        """Its task list."""
        return rules.tasks(self.application, self.questions, self.about)

    @property
    def gaps(self) -> list[Gap]:
        """Everything that stops it being sent."""
        return list(rules.gaps(self.application, self.questions, self.about))

    def beside(self, page: Page, section: str | None = None) -> dict[str, str]:
        """What is wrong with what is there on one page: field -> sentence. What is only missing is not said yet."""
        return {gap.field: gap.sentence for gap in self.gaps if gap.page is page and gap.section == section and gap.started}


def reading(ref: str) -> Draft:
    """A draft that this person may read. In their language, as far as the questions have it."""
    return of(queries.mine(me(), ref))


def of(application: Application) -> Draft:
    """An application that was found already, with all that its pages ask about it."""
    said = document(application.round.question_set)
    if (chosen := request.args.get("in", "")) in (*said.languages, ENGLISH):
        session[LANGUAGE] = chosen
    # Parts that were opened again are known by the set's own keys, so Easy Read does not part them then.
    asked = easy_read.asked(said.worded(session.get(LANGUAGE, ENGLISH)), split=application.reopened is None)
    about = queries.about(application, asked, funded_in=funded_in(application))
    return Draft(application, asked, about, rules.known(application, asked, about))


def funded_in(application: Application) -> Collection[int]:
    """The financial years in which the same fund gave the group something, where the round asks how often it does."""
    round = application.round
    return awards.funded_in(application.organisation, round.pot.stream) if round.terms.frequency else ()


def editing(ref: str, page: Page, section: str | None = None) -> Draft:
    """The same, to work on one page. Away from here goes who may only read, a page that is locked, and what is sent or closed.

    A form is never sent away: the command says why it is not saved, and all that was typed stays on the page.
    """
    application = queries.mine(me(), ref)
    if application.state is not State.DRAFT:
        _away(application)
    if request.method == "POST":
        require(change, me(), application)
    else:
        if not rules.workable(application):
            _away(application)
        if not may(change, me(), application):
            abort(redirect(url_for("applications.check", ref=ref, _anchor=rules.part(page, section)), 303))
    draft = of(application)
    if request.method != "POST":
        there = next((one for one in draft.questions.sections if one.key == section), None) if section else None
        for sentence in rules.locked(application, page, there, lambda: draft.gaps):
            flash(sentence, "important")
            _away(application)
    if page is not Page.QUESTIONS:
        if not any(page_of(one)[0] is page for one in draft.questions.pages):
            raise NotFound()
        if request.method == "GET" and not any(page_of(one)[0] is page for one in draft.pages):
            flash(_(NO_LONGER), "important")
            _away(application)
    return draft


NO_LONGER = mark("That page is no longer asked of you. What you wrote there is kept.")


def _away(application: Application) -> NoReturn:
    if typing():
        answer = jsonify(said=_("Not saved: this application can no longer be changed."), stop=True)
        answer.status_code = 422
        abort(answer)
    abort(redirect(url_for("applications.show", ref=application.ref), 303))


# -- where its pages are ----------------------------------------------------------------------------------------------


def address(ref: str, page: Page, section: str | None, field: str | None = None) -> str:
    """The address of a page of a draft, and of a field on it."""
    if page is Page.QUESTIONS:
        return url_for("drafts.questions", ref=ref, section=section, _anchor=field)
    if page is Page.HOST:
        return url_for("hosting.ask", ref=ref)
    return url_for(f"drafts.{page.value}", ref=ref, _anchor=field)


def page_of(section: Section) -> tuple[Page, str | None]:
    """The page of a section: one of the product's own, or the section's."""
    return (rules.PAGES[section.block], None) if section.block else (Page.QUESTIONS, section.key)


class Line(NamedTuple):
    """A thing that is missing, and where it is put right."""

    sentence: str
    address: str


def lines(ref: str, gaps: Iterable[Gap]) -> list[Line]:
    """What is missing, each with the way to it."""
    return [Line(gap.sentence, address(ref, gap.page, gap.section, gap.field)) for gap in gaps]


def onward(ref: str, page: Page, section: str | None = None) -> ResponseReturnValue:
    """After saving: the next page that is to be done, or the task list where that was asked for."""
    if request.form.get("then") == "list":
        flash(saved_at(clock.now()) + ".")
        return redirect(url_for("applications.show", ref=ref))
    draft = reading(ref)
    tasks = draft.tasks
    here = next((n for n, task in enumerate(tasks) if (task.page, task.section) == (page, section)), -1)
    for task in tasks[here + 1 :]:
        if task.progress is not rules.Progress.LOCKED:
            return redirect(address(ref, task.page, task.section))
    return redirect(url_for("applications.check", ref=ref))


def text_of(application: Application) -> str:
    """What it is called above a page's heading."""
    return application.title or _("Your application")


def clock_time(at: datetime) -> str:
    """14:02, by London's clock."""
    return f"{clock.civil(at):%H:%M}"


def saved_at(at: datetime) -> str:
    """Saved at 14:02."""
    return _("Saved at %(time)s", time=clock_time(at))


def last_saved(application: Application) -> str:
    """Last saved 14:02, with the day where it was another."""
    at = application.saved_at
    if clock.civil(at).date() == clock.today():
        return _("Last saved %(time)s", time=clock_time(at))
    day = clock.civil(at).date()
    return _("Last saved %(time)s on %(day)s", time=clock_time(at), day=f"{day.day} {day:%B %Y}")


# -- saving -----------------------------------------------------------------------------------------------------------


class Both(NamedTuple):
    """One thing that two people changed: its name, what this person sent, what is saved."""

    name: str
    yours: str
    theirs: str


def both_of(stale: Stale) -> list[Both]:
    """Both versions, side by side."""
    names = dict.fromkeys([name for name, _text in (*stale.theirs, *stale.yours)])
    return [Both(name, dict(stale.yours).get(name, ""), dict(stale.theirs).get(name, "")) for name in names]


MET = mark(
    "Somebody else in your group saved this page while you were working on it. Nothing of yours is saved yet. "
    "Compare the two versions below, change yours if you need to, then save to keep yours."
)


def save(form: HouseForm, ref: str, do: Callable[[], Any]) -> tuple[bool, list[Both]]:
    """Try to save: whether it was, and where somebody else was quicker, both versions.

    What this person typed stays in the form, which from now on stands on what is saved: pressing again keeps theirs.
    """
    saved = False
    try:
        with form.reporting():
            do()
            saved = True
    except Stale as stale:
        if not typing():
            form["edition"].data = queries.mine(me(), ref).edition
        form.report(_(MET))
        return False, both_of(stale)
    return saved, []


def typing() -> bool:
    """Was this sent by the script that saves as somebody types?"""
    return request.method == "POST" and request.form.get("then") == "typing"


def typed(
    form: HouseForm, saved: bool, both: Sequence[Both], application: Application, parts: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """The answer to the script: what to say, the edition the page now stands on, and words for parts of the page."""
    if saved:
        said = saved_at(application.saved_at)
        if form.problems:
            said = _("%(saved)s. Not finished: %(why)s.", saved=said, why=form.problems[0].sentence.rstrip("."))
        return jsonify(said=said, edition=application.edition, parts=dict(parts or {}))
    if both:
        return jsonify(said=_("Somebody else saved this page too. Press Save to see both versions."), stop=True), 409
    return jsonify(said=_("Not saved yet: %(why)s.", why=form.problems[0].sentence.rstrip(".")), parts=dict(parts or {})), 422
