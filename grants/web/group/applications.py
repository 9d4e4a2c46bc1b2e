"""A group's applications: the list, the task list of a draft, its pages saved one by one, and what was sent."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications import after, commands, frozen, queries, rules
from grants.applications.models import Application, State
from grants.applications.policies import APPLY
from grants.applications.rules import Gap, Page, Task
from grants.awards import queries as awards
from grants.kernel import clock
from grants.kernel.errors import NotFound, Stale
from grants.kernel.money import Money, total
from grants.kernel.words import _, many, mark
from grants.panel import queries as panel
from grants.people.queries import acts_for
from grants.questions.answers import too_long
from grants.questions.document import Document, Kind, Question, Section
from grants.questions.queries import document
from grants.rounds.queries import Choice, priorities
from grants.rounds.rules import left_in_words, not_taking
from grants.strategy.queries import priorities as priorities_of
from grants.web import easy_read, navigation
from grants.web.access import me, once_key, signed_in, who
from grants.web.fields import Asked
from grants.web.forms import (
    Edition,
    FormField,
    HouseForm,
    MoneyField,
    OnceKey,
    RadiosField,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
    WordsField,
)
from grants.web.public.rounds import when

area = Blueprint("applications", __name__)
navigation.item(
    mark("Your applications"),
    "applications.index",
    20,
    shown=lambda: (person := who()) is not None and bool(acts_for(person, *APPLY)),
)

BLANKS = 3  # empty cost lines offered under those that are filled in
FEW = 8  # choices that are all in sight; more go into a list


# -- forms ------------------------------------------------------------------------------------------------------------


class DraftWords(WordsField):
    """A long answer in a draft: the limit is counted on the page and said before sending, and never loses a word."""

    def pre_validate(self, form: Any) -> None:
        Asked.pre_validate(self, form)


class DraftText(TextField):
    """A short answer in a draft."""


class PlaceForm(HouseForm):
    """What the project is called, what it helps with and where."""

    title = TextField(
        mark("Title of your project"), description=mark("A few words, for example ‘Friday football in the park’."), width=None
    )
    priority = SelectField(mark("Which priority will it help with most?"), blank=mark("Choose a priority"))
    locality = SelectField(mark("Where will it happen?"), blank=mark("Choose a place"))
    edition = Edition()


class CostRow(Row):
    """One line of the cost table; a line with nothing in it is not there."""

    what = TextField(mark("What for"))
    amount = MoneyField(mark("Cost"), thing=mark("the cost"), least=Money(1))

    def validate(self, extra_validators: Any = None) -> bool:
        """A line is whole or empty."""
        if not super().validate(extra_validators):
            return False
        what, amount = self.data["what"] or "", self.data["amount"]
        if what and amount is None:
            self.amount.errors = [_("Enter how much “%(what)s” costs", what=what)]
        if amount is not None and not what:
            self.what.errors = [_("Say what the %(amount)s is for", amount=amount)]
        if len(what) > rules.WHAT:
            self.what.errors = [_("Use %(most)s characters or fewer", most=rules.WHAT)]
        return not (self.what.errors or self.amount.errors)


class CostsForm(HouseForm):
    """The cost table."""

    costs = Rows(FormField(CostRow), max_entries=rules.LINES)
    edition = Edition()

    def lines(self) -> list[tuple[str, Money]]:
        """The lines that are filled in and can be read."""
        return [
            (row.what.data, row.amount.data)
            for row in self.costs.entries
            if row.what.data and isinstance(row.amount.data, Money)
        ]


class SendForm(HouseForm):
    """The declaration, and the edition that was read."""

    declared = TickField()
    key = OnceKey()
    edition = Edition()


class WithdrawForm(HouseForm):
    """Nothing but the button."""

    key = OnceKey()


def section_form(section: Section, **data: Any) -> HouseForm:
    """The form that asks one section's questions, each as its kind is asked."""
    fields: dict[str, Any] = {question.key: _field(question) for question in section.asked}
    made: HouseForm = type("SectionForm", (HouseForm,), fields | {"edition": Edition()})(data=data or None)
    return made


def _field(question: Question) -> Any:
    label = question.label if question.required else _("%(label)s (optional)", label=question.label)
    if question.kind is Kind.CHOICE:
        choices = [SelectChoice(option.value, option.label) for option in question.options]
        return RadiosField(label, description=question.hint or "", choices=choices)
    if question.kind is Kind.SHORT:
        limit = _("Use up to %(most)s words.", most=question.words)
        return DraftText(label, description=f"{question.hint} {limit}" if question.hint else limit)
    rows = 12 if (question.words or 0) > 200 else 9
    return DraftWords(label, description=question.hint or "", words=question.words or rules.KEPT, rows=rows)


# -- where one is -----------------------------------------------------------------------------------------------------


def _address(ref: str, page: Page, section: str | None, field: str | None = None) -> str:
    """The address of a page of a draft, and of a field on it."""
    if page is Page.QUESTIONS:
        return url_for("applications.questions", ref=ref, section=section, _anchor=field)
    return url_for(f"applications.{page.value}", ref=ref, _anchor=field)


class Line(NamedTuple):
    """A thing that is missing, and where it is put right."""

    sentence: str
    address: str


def _lines(ref: str, gaps: Iterable[Gap]) -> list[Line]:
    return [Line(gap.sentence, _address(ref, gap.page, gap.section, gap.field)) for gap in gaps]


def _draft(ref: str) -> Application:
    """The person's own draft to work on; one that was sent, or whose round has closed, goes to its own page."""
    application = queries.mine(me(), ref)
    if application.state is not State.DRAFT or (request.method == "GET" and not rules.workable(application)):
        _away(application)
    return application


def _away(application: Application) -> NoReturn:
    abort(redirect(url_for("applications.show", ref=application.ref), 303))


def _asked(application: Application) -> Document:
    """The questions in this reader's words. Parts opened again are known by the set's own keys."""
    return easy_read.asked(document(application.round.question_set), split=application.reopened is None)


def _tasks(application: Application) -> list[Task]:
    questions = _asked(application)
    return rules.tasks(application, questions, queries.about(application, questions))


def _onward(application: Application, after: str) -> ResponseReturnValue:
    """After saving: the next page, or the task list where that was asked for."""
    if request.form.get("then") == "list":
        flash(_("Saved."))
        return redirect(url_for("applications.show", ref=application.ref))
    pages = _asked(application).asking
    stops = [url_for("applications.place", ref=application.ref)]
    stops += [url_for("applications.questions", ref=application.ref, section=page.key) for page in pages]
    stops += [url_for("applications.costs", ref=application.ref), url_for("applications.check", ref=application.ref)]
    return redirect(stops[stops.index(after) + 1])


class Both(NamedTuple):
    """One thing that two people changed: its name, what this person sent, what is saved."""

    name: str
    yours: str
    theirs: str


def _both(stale: Stale) -> list[Both]:
    names = dict.fromkeys([name for name, _text in (*stale.theirs, *stale.yours)])
    return [Both(name, dict(stale.yours).get(name, ""), dict(stale.theirs).get(name, "")) for name in names]


def _save(form: HouseForm, ref: str, save: Callable[[], Any]) -> tuple[bool, list[Both]]:
    """Try to save: whether it was, and where somebody else was quicker, both versions.

    What this person typed stays in the form, which from now on stands on what is saved: pressing again keeps theirs.
    """
    saved = False
    try:
        with form.reporting():
            save()
            saved = True
    except Stale as stale:
        form.edition.data = queries.mine(me(), ref).edition
        form.report(
            _(
                "Somebody else in your group saved this page while you were working on it. Nothing of yours is saved yet. "
                "Compare the two versions below, change yours if you need to, then save to keep yours."
            )
        )
        return False, _both(stale)
    return saved, []


# -- the list and the task list ---------------------------------------------------------------------------------------


@area.get("/applications")
@signed_in
def index() -> ResponseReturnValue:
    """All the group's applications, newest first."""
    return render_template("applications/index.html", applications=queries.applications(me()), when=when)


@area.get("/applications/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """A draft's task list; or, once sent, exactly what was sent."""
    application = queries.mine(me(), ref)
    if application.snapshot is not None and application.state is not State.DRAFT:
        return render_template(
            "applications/sent.html",
            application=application,
            sent=frozen.read(application.snapshot),
            when=when,
            decision=panel.decided(application),
            award=awards.of_application(application),
            since=after.since(application),
        )
    tasks = _tasks(application)
    return render_template(
        "applications/show.html",
        application=application,
        round=application.round,
        taking=rules.workable(application),
        closed=list(not_taking(application.round)),
        tasks=[(task, _address(ref, task.page, task.section)) for task in tasks],
        done=sum(not task.gaps for task in tasks),
        ready=not any(task.gaps for task in tasks),
        left=left_in_words(application.round),
        when=when,
    )


# -- the pages of a draft ---------------------------------------------------------------------------------------------


@area.route("/applications/<ref>/place", methods=["GET", "POST"])
@signed_in
def place(ref: str) -> ResponseReturnValue:
    """What the project is called, the priority it helps with, and where it happens."""
    application = _draft(ref)
    offered, places = priorities(application.round.strategy), queries.places(application.round)
    form = PlaceForm(
        data={
            "title": application.title,
            "priority": application.priority and application.priority.ref,
            "locality": application.locality and application.locality.ref,
            "edition": application.edition,
        }
    )
    form.priority.choices = _indented(offered)
    form.locality.choices = [SelectChoice(one.ref, _in_tree(one.name, one.depth)) for one in places]
    both: list[Both] = []
    if form.accepted():
        saved, both = _save(form, ref, lambda: _save_place(application, form))
        if saved:
            if len(form.title.data or "") > rules.TITLE:
                flash(
                    _("Saved. Your title is over %(most)s characters: shorten it before you send.", most=rules.TITLE),
                    "important",
                )
            return _onward(application, url_for("applications.place", ref=ref))
    return render_template(
        "applications/place.html", application=application, form=form, places=places, both=both, text_of=_text_of(application)
    ), 409 if both else form.status


def _save_place(application: Application, form: PlaceForm) -> None:
    chosen = next((one for one, _depth in priorities_of(application.round.strategy) if one.ref == form.priority.data), None)
    commands.save_place(
        application,
        title=form.title.data or "",
        priority=chosen,
        locality=queries.place(application.round, form.locality.data),
        edition=form.edition.data,
        by=me(),
    )


def _in_tree(name: str, depth: int) -> str:
    return "\u2003" * depth + name


def _indented(offered: Sequence[Choice]) -> list[SelectChoice]:
    return [SelectChoice(one.ref, _in_tree(one.title, one.depth)) for one in offered]


def _text_of(application: Application) -> str:
    return application.title or _("Your application")


@area.route("/applications/<ref>/questions/<section>", methods=["GET", "POST"])
@signed_in
def questions(ref: str, section: str) -> ResponseReturnValue:
    """One section of the questions. Answers are saved as they are, finished or not."""
    application = _draft(ref)
    asked = _asked(application)
    page = asked.page(section)
    if page is None:
        raise NotFound()
    answers = {answer.question: answer.text for answer in application.answers}
    form = section_form(page, **answers, edition=application.edition)
    both: list[Both] = []
    if form.accepted():
        typed = {question.key: form[question.key].data or "" for question in page.asked}
        saved, both = _save(
            form, ref, lambda: commands.save_answers(application, answers=typed, edition=form["edition"].data, by=me())
        )
        if saved:
            for over in _over(page, typed):
                flash(_("Saved. %(sentence)s before you send.", sentence=over), "important")
            return _onward(application, url_for("applications.questions", ref=ref, section=section))
    return render_template(
        "applications/questions.html",
        application=application,
        section=page,
        form=form,
        over=[] if form.is_submitted() else _over(page, answers),
        both=both,
        text_of=_text_of(application),
    ), 409 if both else form.status


def _over(page: Section, typed: dict[str, str]) -> list[str]:
    return [sentence for question in page.asked if (sentence := too_long(question, typed.get(question.key, "")))]


@area.route("/applications/<ref>/costs", methods=["GET", "POST"])
@signed_in
def costs(ref: str) -> ResponseReturnValue:
    """The cost table. Lines are added by asking for more of them, so that it works without JavaScript."""
    application = _draft(ref)
    form = CostsForm(
        data={
            "costs": [{"what": cost.what, "amount": cost.amount} for cost in application.costs],
            "edition": application.edition,
        }
    )
    both: list[Both] = []
    more = request.form.get("then") == "more"
    if form.accepted():
        lines = form.lines()
        saved, both = _save(
            form, ref, lambda: commands.save_costs(application, lines=lines, edition=form.edition.data, by=me())
        )
        if saved and more:
            return redirect(url_for("applications.costs", ref=ref, more=1, _anchor=f"costs-{len(lines)}-what"))
        if saved:
            return _onward(application, url_for("applications.costs", ref=ref))
    asked = total(amount for _what, amount in form.lines()) if form.is_submitted() else application.asked
    _offer_blanks(form, BLANKS if more or not form.is_submitted() else 0)
    over = [gap.sentence for gap in rules.uncosted(application.round, [asked] if asked else [])]
    return render_template(
        "applications/costs.html",
        application=application,
        round=application.round,
        form=form,
        asked=asked,
        wrong=over if asked else [],
        both=both,
        text_of=_text_of(application),
    ), 409 if both else form.status


def _offer_blanks(form: CostsForm, most: int) -> None:
    empty = sum(not (row.what.data or row.amount.data or row.amount.raw_data) for row in form.costs.entries)
    while len(form.costs.entries) < rules.LINES and empty < most:
        form.costs.append_entry()
        empty += 1


# -- checking and sending ---------------------------------------------------------------------------------------------


@area.get("/applications/<ref>/check")
@signed_in
def check(ref: str) -> ResponseReturnValue:
    """Everything on one page, what is missing with links to it, and the declaration."""
    application = queries.mine(me(), ref)
    if application.state is not State.DRAFT:
        return redirect(url_for("applications.show", ref=ref))
    return _checked(application, SendForm(data={"edition": application.edition}))


@area.route("/applications/<ref>/submit", methods=["GET", "POST"])
@signed_in
def submit(ref: str) -> ResponseReturnValue:
    """Send it. It counts from the instant it reached us."""
    arrived = clock.now()
    application = queries.mine(me(), ref)
    form = SendForm()
    if not form.is_submitted():
        return redirect(url_for("applications.check", ref=ref))
    if form.accepted():
        try:
            with form.reporting():
                commands.submit(
                    application,
                    declared=bool(form.declared.data),
                    edition=form.edition.data,
                    arrived=arrived,
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # @command takes it
                )
                return redirect(url_for("applications.sent", ref=ref))
        except Stale:
            application = queries.mine(me(), ref)
            form.edition.data = application.edition
            form.report(_("Somebody else in your group changed it after you opened this page. Read it again, then send it."))
            return _checked(application, form, 409)
    application = queries.mine(me(), ref)
    if application.state is not State.DRAFT:
        return redirect(url_for("applications.show", ref=ref))
    return _checked(application, form)


def _checked(application: Application, form: SendForm, status: int | None = None) -> ResponseReturnValue:
    asked = _asked(application)
    gaps = list(rules.gaps(application, asked, queries.about(application, asked)))
    missing = _lines(application.ref, gaps)
    if form.is_submitted():
        _point(form, missing, asked)
    form.declared.label.text = " ".join(question.label for question in asked.declarations)
    answers = {answer.question: answer.text for answer in application.answers}
    return render_template(
        "applications/check.html",
        application=application,
        round=application.round,
        form=form,
        missing=missing,
        closed=list(not_taking(application.round)),
        sections=[
            (
                section,
                [(question, question.shown(answers.get(question.key, ""))) for question in section.asked],
            )
            for section in asked.asking
        ],
        address=lambda page, section=None, field=None: _address(application.ref, Page(page), section, field),
        when=when,
    ), status or form.status


def _point(form: SendForm, missing: Sequence[Line], asked: Document) -> None:
    """What the command said of pages is listed with links, and of the box beside it: the summary keeps the rest."""
    linked = {line.sentence for line in missing}
    unticked = {question.missing for question in asked.declarations}
    said = list(form.form_errors)
    if any(sentence in unticked for sentence in said):
        form.declared.errors = [sentence for sentence in said if sentence in unticked]
    form.form_errors = [sentence for sentence in said if sentence not in linked | unticked]
    if linked & set(said):
        form.form_errors.append(
            many(
                "1 thing is missing or needs changing: see below",
                "%(num)s things are missing or need changing: see below",
                len(missing),
            )
        )


@area.get("/applications/<ref>/sent")
@signed_in
def sent(ref: str) -> ResponseReturnValue:
    """It has arrived: the reference, what happens next, and a way to read it again."""
    application = queries.mine(me(), ref)
    if application.submitted_at is None:
        return redirect(url_for("applications.show", ref=ref))
    return render_template("applications/confirmation.html", application=application, round=application.round, when=when)


@area.route("/applications/<ref>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(ref: str) -> ResponseReturnValue:
    """Take it back, after being told what that means."""
    application = queries.mine(me(), ref)
    form = WithdrawForm()
    if form.accepted():
        with form.reporting():
            commands.withdraw(application, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(_("The application is withdrawn."))
            return redirect(url_for("applications.show", ref=ref))
    elif application.state not in (State.DRAFT, State.SUBMITTED):
        return redirect(url_for("applications.show", ref=ref))
    return render_template(
        "applications/withdraw.html", application=application, form=form, text_of=_text_of(application)
    ), form.status
