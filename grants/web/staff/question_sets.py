"""Question sets for the officers who write them: read as a table, copied into a draft, changed part by part, published.

A published version never changes (the database refuses it); a draft is one document that several officers may change, each part
by itself: whoever saves a part that somebody else changed meanwhile is shown both versions (409), nothing typed is lost.
"""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from grants.kernel.errors import NotFound, Stale
from grants.kernel.policy import may, require
from grants.kernel.words import _, many, mark
from grants.people.models import Duty
from grants.people.policies import holds
from grants.questions import commands, policies, queries, said, sketch
from grants.questions.conditions import Calculation, Check, Figure, Relation, Test, When
from grants.questions.document import (
    CHOSEN,
    NUMBERED,
    READY,
    WORDED,
    Block,
    Document,
    Kind,
    Question,
    SectionWording,
    Wording,
    bank,
    ready,
    title_of,
)
from grants.questions.models import QuestionSetDraft
from grants.questions.said import BLOCKS, KIND_HINTS, KINDS, LANGUAGES
from grants.questions.sketch import Fault, Sketch, SketchSection, mark_of, mark_of_section
from grants.rounds import queries as rounds
from grants.web import navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    HouseForm,
    LongTextField,
    SelectChoice,
    TextField,
)
from grants.web.staff import question_set_preview as previewed
from grants.web.staff.question_set_forms import (
    CalculationForm,
    CheckForm,
    KindForm,
    LanguagesForm,
    LoneForm,
    PageForm,
    PublishForm,
    QuestionForm,
    RemoveForm,
    StartForm,
    TestForm,
    TitleForm,
    Was,
    WhenForm,
)
from grants.web.staff.round_forms import kept_key

area = Blueprint("question_sets", __name__)
navigation.item(mark("Question sets"), "question_sets.index", 31, shown=lambda: is_staff() and holds(me(), Duty.GRANTS_OFFICER))

EMPTY, OWN = "empty", "own"
KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
EXPLAINED: Mapping[str, str] = {
    "ward_fund": mark("For small sums: four pages, eighty words at most for any answer."),
    "local_fund": mark("For £1,001 to £30,000 in two sizes, with a second stage for the larger ones."),
    "standard": mark("The eight questions a round asks unless it is given others."),
}


# -- the list, and a version ------------------------------------------------------------------------------------------


@area.get("/question-sets")
@staff
def index() -> ResponseReturnValue:
    """Every set with its versions, and what is being written."""
    versions = queries.versions()
    return render_template(
        "question_sets/index.html",
        versions=versions,
        drafts=queries.drafts(),
        writes=may(policies.write, me()),
        used=rounds.asking(me()),
        form=LoneForm(),
    )


@area.route("/question-sets/new", methods=["GET", "POST"])
@staff
def new() -> ResponseReturnValue:
    """A new set: from nothing, from one that comes with the product, or like one there is."""
    require(policies.write, me())
    form, latest = StartForm(), queries.latest()
    titles = {name: ready(name)["title"] for name in READY}
    form.begin.choices = [
        SelectChoice(EMPTY, _("Nothing")),
        *(SelectChoice(name, title) for name, title in titles.items()),
        *(SelectChoice(one.ref, _("%(title)s, version %(version)s", title=one.title, version=one.version)) for one in latest),
    ]
    form.begin.hints = {EMPTY: _("An empty set, to which you add pages and questions.")} | {
        name: _("Comes ready made. %(what)s", what=_(EXPLAINED[name])) for name in READY
    }
    if form.accepted():
        begin, title = form.data["begin"], form.data["title"] or titles.get(form.data["begin"], "")
        document = ready(begin) if begin in titles else None
        copied = next((one for one in latest if one.ref == begin), None)
        with form.reporting():
            if copied is not None:
                document = {**copied.document, "title": title}
            draft = commands.start_draft(title=title, document=document, by=me(), key=once_key())  # type: ignore[call-arg]
            return redirect(url_for(".draft", ref=draft.ref))
    return render_template("question_sets/new.html", form=form), form.status


@area.get("/question-sets/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One version, to read."""
    questions = queries.question_set(ref)
    whole = queries.document(questions)
    return render_template(
        "question_sets/show.html",
        set=questions,
        document=whole,
        names=said.Names(whole.questions, whole.calculations),
        answered=said.answered,
        blocks=BLOCKS,
        used=rounds.asking(me()).get(questions.ref, []),
        languages=LANGUAGES,
        writes=may(policies.write, me()),
        writing=next((one for one in queries.drafts() if one.title == questions.title), None),
        form=LoneForm(),
    )


@area.post("/question-sets/<ref>/new-version")
@staff
def new_version(ref: str) -> ResponseReturnValue:
    """Copy a version into a draft; where its set is being written already, lead there."""
    questions, form = queries.question_set(ref), LoneForm()
    require(policies.write, me())
    open_ = next((one for one in queries.drafts() if one.title == questions.title), None)
    if open_ is None and form.accepted():
        open_ = commands.start_draft(title=questions.title, copied=questions, by=me(), key=once_key())  # type: ignore[call-arg]
    return redirect(url_for(".draft", ref=open_.ref) if open_ else url_for(".show", ref=ref))


# -- a draft ----------------------------------------------------------------------------------------------------------


class _Drawn(NamedTuple):
    """A draft and what it says."""

    draft: QuestionSetDraft
    sketch: Sketch


def _drawn(ref: str, *, to_change: bool = True) -> _Drawn:
    """The draft for an officer who may write; one that is published or put away cannot be changed and is not found."""
    require(policies.write, me())
    found = queries.draft(ref)
    if to_change and not found.open:
        raise NotFound()
    return _Drawn(found, sketch.sketch_of(found.document))


@area.route("/question-sets/drafts/<ref>", methods=["GET", "POST"])
@staff
def draft(ref: str) -> ResponseReturnValue:
    """All of a draft: its pages and questions in order, each with what can be done to it and what is wrong with it."""
    drawn = _drawn(ref, to_change=False)
    if not drawn.draft.open:
        return render_template("question_sets/over.html", draft=drawn.draft)
    form = HouseForm()
    pressed = re.fullmatch(r"(page|question) (up|down) ([a-z0-9-]{1,40})", request.form.get("then", ""), re.ASCII)
    if pressed and form.accepted():
        what, way, key = pressed.groups()
        change = partial(sketch.move, what=what, key=key, by=-1 if way == "up" else 1)
        commands.change_draft(drawn.draft, change=change, what=_("the order"), by=me())
        return redirect(url_for(".draft", ref=ref, _anchor=f"{what}-{key}"))
    faults = sketch.faults(drawn.sketch)
    return render_template(
        "question_sets/draft.html",
        draft=drawn.draft,
        sketch=drawn.sketch,
        names=drawn.sketch.names,
        answered=said.answered,
        blocks=BLOCKS,
        faults=faults,
        beside=_beside(faults),
        languages=LANGUAGES,
        silent={language: len(sketch.silent(drawn.sketch, language)) for language in drawn.sketch.languages},
        form=form,
    ), form.status


def _beside(faults: Sequence[Fault]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(f"{fault.part}-{fault.key}", []).append(fault.sentence)
    return found


def _save(form: HouseForm, draft: QuestionSetDraft, change: Callable[[Sketch], Sketch], what: str) -> Stale | bool:
    """Change the draft: True where it is saved, the two versions where somebody else changed the same part, else False."""
    saved = False
    try:
        with form.reporting():
            commands.change_draft(draft, change=change, what=what, by=me())
            saved = True
    except Stale as stale:
        form.report(
            _(
                "Somebody else changed this while you were working on it. Nothing of yours is saved yet. Compare the two "
                "versions below, change yours if you need to, then save to keep yours."
            )
        )
        return stale
    return saved


def _both(stale: Stale | bool) -> list[tuple[str, str, str]]:
    """(what, yours, theirs) of a part that two people changed."""
    if not isinstance(stale, Stale):
        return []
    labels = dict.fromkeys([label for label, _text in (*stale.theirs, *stale.yours)])
    return [(label, dict(stale.yours).get(label, ""), dict(stale.theirs).get(label, "")) for label in labels]


def _now(ref: str) -> Sketch:
    """The draft as it is saved now, read again."""
    return sketch.sketch_of(queries.draft(ref).document)


def _back(ref: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for(".draft", ref=ref, _anchor=anchor))


@area.route("/question-sets/drafts/<ref>/title", methods=["GET", "POST"])
@staff
def title(ref: str) -> ResponseReturnValue:
    """Another title: then it becomes a set of its own."""
    drawn = _drawn(ref)
    form = TitleForm(data={"title": drawn.draft.title})
    if form.accepted():
        with form.reporting():
            commands.rename_draft(drawn.draft, title=form.data["title"], by=me())
            return _back(ref)
    return render_template("question_sets/title.html", form=form, draft=drawn.draft), form.status


# -- pages ------------------------------------------------------------------------------------------------------------


@area.route("/question-sets/drafts/<ref>/pages/new", methods=["GET", "POST"])
@staff
def new_page(ref: str) -> ResponseReturnValue:
    """One more page: questions of one's own, or a page of the product's."""
    drawn = _drawn(ref)
    there = {section.block for section in drawn.sketch.sections}
    form = PageForm()
    offered = [block for block in Block if block not in there]
    form.kind.choices = [
        SelectChoice(OWN, _("Questions that you write")),
        *(SelectChoice(b.value, title_of(b)) for b in offered),
    ]
    form.kind.hints = {b.value: _(BLOCKS[b]) for b in offered}
    if form.accepted():
        kind = form.data["kind"]
        block = None if kind == OWN else Block(kind)
        made = _page_made(form, drawn.sketch, block)
        if made is not None and _save(form, drawn.draft, partial(sketch.with_section, section=made), made.title):
            return _back(ref, f"page-{made.key}")
    return render_template("question_sets/page.html", form=form, draft=drawn.draft, page=None, both=[]), form.status


def _page_made(form: PageForm, now: Sketch, block: Block | None, key: str | None = None) -> SketchSection | None:
    """The page as it was typed, or none with sentences on the form."""
    given = form.data
    if not given["title"] and not block:
        form.report(fields={"title": _("Enter a title for the page")})
    if block and (given["repeat"] or given["item"]):
        form.report(fields={"repeat": _("Only a page of your own questions can be asked again")})
    elif given["repeat"] and not given["item"]:
        form.report(fields={"item": _("Enter what one of them is called, like partner")})
    elif given["item"] and not given["repeat"]:
        form.report(fields={"repeat": _("Enter how often it may be asked again")})
    if form.problems:
        return None
    title = given["title"] or title_of(block or Block.PROJECT)
    return SketchSection(
        key=key or sketch.key_of(title, {section.key for section in now.sections}, "page"),
        title=title,
        intro=given["intro"] or None,
        block=block,
        repeat=given["repeat"],
        item=given["item"] or None,
    )


@area.route("/question-sets/drafts/<ref>/pages/<key>", methods=["GET", "POST"])
@staff
def page(ref: str, key: str) -> ResponseReturnValue:
    """A page's title, introduction and whether it is asked again."""
    drawn = _drawn(ref)
    section = drawn.sketch.section(key)
    form = PageForm(data=section.model_dump(include={"title", "intro", "repeat", "item"}) | {"was": mark_of_section(section)})
    del form.kind
    if section.block:
        del form.repeat, form.item
    both: list[tuple[str, str, str]] = []
    if form.accepted():
        given = {"repeat": None, "item": None} | form.data
        if not given["title"]:
            form.report(fields={"title": _("Enter a title for the page")})
        if bool(given["repeat"]) != bool(given["item"]):
            name = "item" if given["repeat"] else "repeat"
            says = {
                "item": _("Enter what one of them is called, like partner"),
                "repeat": _("Enter how often it may be asked again"),
            }
            form.report(fields={name: says[name]})
        if not form.problems:
            facts: dict[str, Any] = {name: given[name] or None for name in ("title", "intro", "repeat", "item")}
            change = partial(sketch.change_section, key=key, was=given["was"], **facts)
            done = _save(form, drawn.draft, change, section.title)
            if done is True:
                return _back(ref, f"page-{key}")
            both = _both(done)
            form.was.data = mark_of_section(_now(ref).section(key))
    shown = render_template("question_sets/page.html", form=form, draft=drawn.draft, page=section, both=both)
    return shown, 409 if both else form.status


# -- questions --------------------------------------------------------------------------------------------------------


def _kinds(form: KindForm) -> KindForm:
    form.kind.choices = [SelectChoice(kind.value, words) for kind, words in KINDS.items()]
    form.kind.hints = {kind.value: _(words) for kind, words in KIND_HINTS.items()}
    return form


@area.route("/question-sets/drafts/<ref>/pages/<key>/add", methods=["GET", "POST"])
@staff
def add(ref: str, key: str) -> ResponseReturnValue:
    """One more question: choose how it is answered, or take one from the bank by one press."""
    drawn = _drawn(ref)
    section = drawn.sketch.section(key)
    if section.block:
        raise NotFound()
    form = _kinds(KindForm())
    taken = next((one for one in bank() if one.key == request.form.get("bank")), None)
    if taken is not None:
        del form.kind
        if form.accepted() and _save(form, drawn.draft, partial(sketch.from_bank, page=key, question=taken), taken.short):
            flash(_("“%(question)s” is added.", question=taken.label))
            return _back(ref, f"page-{key}")
        form = _kinds(KindForm(formdata=None))
    elif form.accepted():
        return redirect(url_for(".new_question", ref=ref, key=key, kind=form.data["kind"]))
    there = {question.bank for question in drawn.sketch.questions}
    return render_template(
        "question_sets/add.html",
        form=form,
        draft=drawn.draft,
        page=section,
        bank=[one for one in bank() if one.key not in there],
        answered=said.answered,
    ), form.status


@area.route("/question-sets/drafts/<ref>/pages/<key>/questions/new", methods=["GET", "POST"])
@staff
def new_question(ref: str, key: str) -> ResponseReturnValue:
    """Write a question of the kind in the address."""
    drawn = _drawn(ref)
    section, kind = drawn.sketch.section(key), _kind(request.args.get("kind"))
    if kind is None:
        return redirect(url_for(".add", ref=ref, key=key))
    form = _question_form(kind, None)
    if form.accepted():
        made = _question_made(form, kind, drawn.sketch, None)
        if made is not None and _save(form, drawn.draft, partial(sketch.with_question, page=key, question=made), made.short):
            return _back(ref, f"question-{made.key}")
    return _question_page(form, drawn, section, kind, None, [])


@area.route("/question-sets/drafts/<ref>/questions/<key>", methods=["GET", "POST"])
@staff
def question(ref: str, key: str) -> ResponseReturnValue:
    """Change a question; `kind` in the address answers it another way, keeping what both have."""
    drawn = _drawn(ref)
    now = drawn.sketch.question(key)
    kind = _kind(request.args.get("kind")) or now.kind
    form, both = _question_form(kind, now), []
    if form.accepted():
        made = _question_made(form, kind, drawn.sketch, now)
        if made is not None:
            change = partial(sketch.change_question, key=key, was=form.data["was"], question=made)
            done = _save(form, drawn.draft, change, made.short)
            if done is True:
                return _back(ref, f"question-{made.key}")
            both = _both(done)
            form.was.data = mark_of(_now(ref).question(key))
    return _question_page(form, drawn, drawn.sketch.home(key), kind, now, both)


@area.route("/question-sets/drafts/<ref>/questions/<key>/kind", methods=["GET", "POST"])
@staff
def kind(ref: str, key: str) -> ResponseReturnValue:
    """Answer a question another way."""
    drawn = _drawn(ref)
    now = drawn.sketch.question(key)
    form = _kinds(KindForm(data={"kind": now.kind.value}))
    if form.accepted():
        return redirect(url_for(".question", ref=ref, key=key, kind=form.data["kind"]))
    return render_template("question_sets/kind.html", form=form, draft=drawn.draft, question=now), form.status


def _kind(typed: str | None) -> Kind | None:
    return Kind(typed) if typed in set(Kind) else None


def _question_form(kind: Kind, now: Question | None) -> QuestionForm:
    data: dict[str, Any] = {"required": True, "was": mark_of(now)}
    if now is not None:
        data |= now.model_dump(include={"label", "words", "least", "most", "required", "hint", "guidance", "short", "missing"})
        data |= {"options": "\n".join(option.label for option in now.options), "code": now.key}
    form = QuestionForm(data=data)
    gone = {"options"} if kind not in CHOSEN else set()
    gone |= {"words"} if kind not in WORDED else set()
    gone |= {"least", "most"} if kind not in NUMBERED | {Kind.FILE} else set()
    gone |= {"least"} if kind is Kind.FILE else set()
    gone |= {"required", "guidance"} if kind is Kind.DECLARATION else set()
    for name in gone:
        delattr(form, name)
    if kind is Kind.FILE:
        form.most.label.text, form.most.width = _("How many documents at most?"), 2
    elif kind is Kind.MONEY:
        form.least.prefix = form.most.prefix = "£"
    if kind is Kind.DECLARATION:
        form.label.label.text = _("What people confirm")
        form.label.description = _("One sentence, said by the group: We have…")
    return form


def _question_made(form: QuestionForm, kind: Kind, now: Sketch, before: Question | None) -> Question | None:
    """The question as it was typed, or none with sentences beside what is wrong."""
    given = {"options": "", "words": None, "least": None, "most": None, "required": True, "guidance": ""} | form.data
    options = sketch.options_of(given["options"], before.options if before else ())
    labels = [option.label for option in options]
    if kind in CHOSEN and len(options) < 2:
        form.report(fields={"options": _("Enter at least two choices, each on a line of its own")})
    elif len(set(labels)) < len(labels):
        form.report(fields={"options": _("“%(choice)s” is there twice", choice=max(labels, key=labels.count))})
    elif len(labels) > 60:
        form.report(fields={"options": _("Use 60 choices or fewer")})
    elif any(len(label) > 1000 for label in labels):
        form.report(fields={"options": _("Each choice must be 1,000 characters or fewer")})
    if None not in (given["least"], given["most"]) and given["most"] < given["least"]:
        form.report(fields={"most": _("The most must be the least or more")})
    if kind is Kind.FILE and given["most"] is not None and not 1 <= given["most"] <= 10:
        form.report(fields={"most": _("The number of documents must be between 1 and 10")})
    taken = now.taken - {before.key if before else ""}
    key = given["code"] or (before.key if before else sketch.key_of(given["label"], taken))
    if not KEY.fullmatch(key):
        form.report(
            fields={"code": _("The key must begin with a letter and have only small letters, figures and dashes, up to 40")}
        )
    elif key in taken:
        form.report(fields={"code": _("Something else in this set has the key %(key)s: use another", key=key)})
    if form.problems:
        return None
    try:
        return Question(
            key=key,
            kind=kind,
            label=given["label"],
            short=given["short"] or sketch.short_of(given["label"]),
            missing=given["missing"] or sketch.missing_of(kind, given["label"]),
            hint=given["hint"] or None,
            guidance=given["guidance"] or None,
            words=given["words"],
            required=given["required"],
            options=options if kind in CHOSEN else (),
            least=given["least"],
            most=given["most"],
            when=before.when if before else None,
            bank=before.bank
            if before and (before.kind, before.label, before.options) == (kind, given["label"], options)
            else None,
            wording=before.wording if before else {},
        )
    except ValidationError as wrong:  # nothing the form knows of: said as it is
        form.report(*(fault["msg"].removeprefix("Value error, ") for fault in wrong.errors(include_url=False)))
        return None


def _question_page(
    form: QuestionForm, drawn: _Drawn, page: SketchSection, kind: Kind, now: Question | None, both: list[tuple[str, str, str]]
) -> ResponseReturnValue:
    more = {form["code"], form["short"], form["missing"], *(form[name] for name in ("guidance",) if name in form)}
    shown = render_template(
        "question_sets/question.html",
        form=form,
        draft=drawn.draft,
        page=page,
        question=now,
        kind=_(KINDS[kind]),
        both=both,
        names=drawn.sketch.names,
        open=any(field.errors for field in more),
    )
    return shown, 409 if both else form.status


@area.route("/question-sets/drafts/<ref>/remove/<any(page, question):what>/<key>", methods=["GET", "POST"])
@staff
def remove(ref: str, what: str, key: str) -> ResponseReturnValue:
    """Take a page or a question away, after being told what depends on it."""
    drawn = _drawn(ref)
    part = drawn.sketch.section(key) if what == "page" else drawn.sketch.question(key)
    form = RemoveForm(data={"was": mark_of(part)})
    if form.accepted():
        called = part.short if isinstance(part, Question) else part.title
        change = partial(sketch.remove, what=what, key=key, was=form.data["was"])
        commands.change_draft(drawn.draft, change=change, what=_("removed “%(part)s”", part=called), by=me())
        flash(_("“%(part)s” is removed.", part=called))
        return _back(ref)
    keys = [key] if isinstance(part, Question) else [one.key for one in part.questions]
    mine = {f"“{part.title}”", *(f"“{one.short}”" for one in part.questions)} if isinstance(part, SketchSection) else set()
    depending = dict.fromkeys(name for one in keys for name in drawn.sketch.depending(one) if name not in mine)
    return render_template(
        "question_sets/remove.html", form=form, draft=drawn.draft, part=part, what=what, key=key, depending=list(depending)
    ), form.status


# -- when something is asked ------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One part of a condition, as the page lists it."""

    path: str
    text: str
    group: Sequence[Line] | None = None
    any: bool = False


def _lines(when: When | None, names: said.Names, path: str = "") -> list[Line]:
    found = []
    for n, part in enumerate((*when.all, *when.any) if when else ()):
        at = f"{path}.{n}" if path else str(n)
        if isinstance(part, Test):
            found.append(Line(at, _upper(names.test(part))))
        else:
            found.append(Line(at, "", _lines(part, names, at), bool(part.any)))
    return found


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _path(typed: str | None) -> tuple[int, ...]:
    if not re.fullmatch(r"(\d{1,3}(\.\d{1,3}){0,3})?", typed or "", re.ASCII):
        raise NotFound()
    return tuple(int(one) for one in typed.split(".")) if typed else ()


def _named(now: Sketch, which: Callable[[str], bool], before: str | None = None) -> list[SelectChoice]:
    """What a condition, sum or check may name, as choices: questions in order, then figures, then sums."""
    questions = now.before(before) if before else [q for q in now.questions if q.kind is not Kind.DECLARATION]
    keys = [
        *(q.key for q in questions if q.kind is not Kind.DECLARATION),
        *(figure.value for figure in Figure),
        *now.names.calculations,
    ]
    return [SelectChoice(key, _upper(now.names.of(key).strip("“”"))) for key in keys if which(key)]


def _part(drawn: _Drawn, what: str, key: str) -> tuple[SketchSection | Question, str]:
    """A page or a question of the draft, and its mark."""
    if what == "page":
        section = drawn.sketch.section(key)
        return section, mark_of_section(section)
    found = drawn.sketch.question(key)
    return found, mark_of(found)


@area.route("/question-sets/drafts/<ref>/when/<any(page, question):what>/<key>", methods=["GET", "POST"])
@staff
def when(ref: str, what: str, key: str) -> ResponseReturnValue:
    """When a page or a question is asked: the conditions in words, each with a button, and one more."""
    drawn = _drawn(ref)
    part, was = _part(drawn, what, key)
    names = drawn.sketch.names
    form = WhenForm(data={"was": was})
    form.of.choices = _named(drawn.sketch, lambda name: True, before=key)
    lines = _lines(part.when, names)
    groups = [line for line in lines if line.group is not None]
    form.into.choices = [
        SelectChoice("", _("The list itself")),
        *(SelectChoice(g.path, _group(n)) for n, g in enumerate(groups, 1)),
    ]
    if form.accepted():
        then = request.form.get("then", "")
        if then == "add":
            if form.data["of"]:
                return redirect(url_for(".test", ref=ref, what=what, key=key, of=form.data["of"], at=form.data["into"] or None))
            form.report(fields={"of": _("Choose what it depends on")})
        elif (changed := _pressed(part.when, then)) is not part.when:
            change = partial(sketch.set_when, what=what, key=key, was=form.data["was"], when=changed)
            commands.change_draft(drawn.draft, change=change, what=_("when “%(part)s” is asked", part=_called(part)), by=me())
            return redirect(url_for(".when", ref=ref, what=what, key=key))
    return render_template(
        "question_sets/when.html",
        form=form,
        draft=drawn.draft,
        part=part,
        called=_called(part),
        what=what,
        lines=lines,
        groups={group.path: _group(n) for n, group in enumerate(groups, 1)},
        any=bool(part.when and part.when.any),
        faults=[fault.sentence for fault in sketch.faults(drawn.sketch) if (fault.part, fault.key) == (what, key)],
    ), form.status


def _called(part: SketchSection | Question) -> str:
    return part.short if isinstance(part, Question) else part.title


def _group(n: int) -> str:
    return _("Group %(number)s", number=n)


def _pressed(now: When | None, then: str) -> When | None:
    """The condition after a button of the list was pressed."""
    verb, _space, where = then.partition(" ")
    at = _path(where)
    if verb == "group":
        return sketch.add_to(now, (), When())
    if now is not None and verb == "remove" and at:
        return sketch.without(now, at)
    if now is not None and verb in ("all", "any"):
        return sketch.joined(now, at, verb)
    return now


TESTS: Mapping[str, str] = {
    "any_of": mark("The answer is one of these"),
    "none_of": mark("The answer is none of these"),
    "bounds": mark("The number is between these"),
    "answered": mark("It is answered"),
    "not answered": mark("It is not answered"),
}


@area.route("/question-sets/drafts/<ref>/when/<any(page, question):what>/<key>/add", methods=["GET", "POST"])
@staff
def test(ref: str, what: str, key: str) -> ResponseReturnValue:
    """One more condition, on what was chosen."""
    drawn = _drawn(ref)
    part, was = _part(drawn, what, key)
    of, at = request.args.get("of", ""), _path(request.args.get("at"))
    if of not in {choice.value for choice in _named(drawn.sketch, lambda name: True, before=key)}:
        return redirect(url_for(".when", ref=ref, what=what, key=key))
    form = _test_form(of, drawn.sketch, was)
    if form.accepted() and (made := _test_made(form, of)) is not None:
        change = partial(sketch.set_when, what=what, key=key, was=form.data["was"], when=sketch.add_to(part.when, at, made))
        done = _save(form, drawn.draft, change, _("when “%(part)s” is asked", part=_called(part)))
        if done is True:
            return redirect(url_for(".when", ref=ref, what=what, key=key))
        if isinstance(done, Stale):
            raise done
    return render_template(
        "question_sets/test.html",
        form=form,
        draft=drawn.draft,
        called=_called(part),
        what=what,
        key=key,
        of=_upper(drawn.sketch.names.of(of)),
    ), form.status


def _test_form(of: str, now: Sketch, was: str) -> TestForm:
    names = now.names
    values = previewed.values(of, names)
    counted = sketch.countable(of, names) and of != Figure.STAGE
    form = TestForm(data={"was": was, "test": "any_of" if values or of == Figure.TIER else "bounds" if counted else "answered"})
    tests = ["any_of", "none_of"] if values or of == Figure.TIER else ["bounds"] if counted else []
    form.test.choices = [SelectChoice(one, TESTS[one]) for one in [*tests, "answered", "not answered"]]
    form.values.choices = values
    if not values:
        del form.values
    if of != Figure.TIER:
        del form.typed
    else:
        form.typed.description = _("As the round names its sizes. For example: small")
    if not counted:
        del form.least, form.most
    elif "£" in names.amount(of, Decimal(1)):
        form.least.prefix = form.most.prefix = "£"
    return form


def _test_made(form: TestForm, of: str) -> Test | None:
    given = {"values": [], "typed": "", "least": None, "most": None} | form.data
    chosen = given["test"]
    if chosen in ("any_of", "none_of"):
        offered = [str(choice.value) for choice in form.values.choices] if "values" in form else []
        values = [one for one in offered if one in given["values"]] or [
            kept_key(None, line, ()) for line in given["typed"].split("\n") if line.strip()
        ]
        if not values:
            form.report(fields={"values" if "values" in form else "typed": _("Say which answers")})
            return None
        return Test(of=of, any_of=tuple(values)) if chosen == "any_of" else Test(of=of, none_of=tuple(values))
    if chosen == "bounds":
        if given["least"] is None and given["most"] is None:
            form.report(fields={"least": _("Enter the least, the most, or both")})
            return None
        if None not in (given["least"], given["most"]) and given["most"] < given["least"]:
            form.report(fields={"most": _("The most must be the least or more")})
            return None
        return Test(of=of, at_least=given["least"], at_most=given["most"])
    return Test(of=of, answered=chosen == "answered")


# -- sums and checks --------------------------------------------------------------------------------------------------


@area.route("/question-sets/drafts/<ref>/calculations/new", methods=["GET", "POST"], defaults={"key": None})
@area.route("/question-sets/drafts/<ref>/calculations/<key>", methods=["GET", "POST"])
@staff
def calculation(ref: str, key: str | None) -> ResponseReturnValue:
    """A sum, new or changed."""
    drawn = _drawn(ref)
    now = next((one for one in drawn.sketch.calculations if one.key == key), None)
    if key and now is None:
        raise NotFound()
    data: dict[str, Any] = now.model_dump(include={"label", "add", "less"}) if now else {}
    form = CalculationForm(data=data | {"money": "yes" if now is None or now.money else "no", "was": mark_of(now)})
    names = drawn.sketch.names
    form.add.choices = form.less.choices = _named(
        drawn.sketch, lambda name: sketch.countable(name, names) and name not in names.calculations and name != Figure.STAGE
    )
    if form.accepted():
        given = form.data
        if set(given["add"]) & set(given["less"]):
            form.report(fields={"less": _("Something cannot be both added and taken away")})
        else:
            made = Calculation(
                key=key or sketch.key_of(given["label"], drawn.sketch.taken, "sum"),
                label=given["label"],
                add=tuple(given["add"]),
                less=tuple(given["less"]),
                money=given["money"] == "yes",
            )
            done = _save(
                form, drawn.draft, partial(sketch.put_calculation, key=key, calculation=made, was=given["was"]), made.label
            )
            if done is True:
                return _back(ref, "sums")
            if isinstance(done, Stale):
                raise done
    return render_template("question_sets/calculation.html", form=form, draft=drawn.draft, calculation=now), form.status


@area.route("/question-sets/drafts/<ref>/checks/new", methods=["GET", "POST"], defaults={"number": None})
@area.route("/question-sets/drafts/<ref>/checks/<int:number>", methods=["GET", "POST"])
@staff
def check(ref: str, number: int | None) -> ResponseReturnValue:
    """A check across questions, new or changed."""
    drawn = _drawn(ref)
    if number is not None and number >= len(drawn.sketch.checks):
        raise NotFound()
    now = drawn.sketch.checks[number] if number is not None else None
    data: dict[str, Any] = now.model_dump(mode="json", include={"left", "relation", "says", "beside"}) if now else {}
    if now is not None:
        data |= {"right": now.right} if isinstance(now.right, str) else {"number": now.right}
    form = CheckForm(data=data | {"was": mark_of(now)})
    names = drawn.sketch.names
    form.left.choices = form.right.choices = _named(drawn.sketch, lambda name: sketch.comparable(name, names))
    form.beside.choices = _named(drawn.sketch, lambda name: name in names.questions)
    if form.accepted():
        given = form.data
        if (given["right"] is None) == (given["number"] is None):
            form.report(fields={"right": _("Choose what it is set against, or type a number")})
        elif _is_day(given["left"], names) != (given["right"] is not None and _is_day(given["right"], names)):
            form.report(fields={"right": _("A date can only be set against another date")})
        else:
            made = Check(
                left=given["left"],
                relation=Relation(given["relation"]),
                right=given["right"] or given["number"],
                says=given["says"].rstrip("."),
                beside=given["beside"],
            )
            done = _save(form, drawn.draft, partial(sketch.put_check, number=number, check=made, was=given["was"]), made.says)
            if done is True:
                return _back(ref, "sums")
            if isinstance(done, Stale):
                raise done
    return render_template("question_sets/check.html", form=form, draft=drawn.draft, check=now), form.status


def _is_day(name: str, names: said.Names) -> bool:
    return name in names.questions and names.questions[name].kind is Kind.DATE


@area.route("/question-sets/drafts/<ref>/remove/<any(calculation, check):what>/<key>", methods=["GET", "POST"])
@staff
def remove_sum(ref: str, what: str, key: str) -> ResponseReturnValue:
    """Take a calculation or a check away."""
    drawn = _drawn(ref)
    names = drawn.sketch.names
    found = {f"calculation {one.key}": (one, one.label, names.sum(one)) for one in drawn.sketch.calculations}
    found |= {f"check {n}": (one, one.says, names.check(one)) for n, one in enumerate(drawn.sketch.checks)}  # type: ignore[misc]
    if f"{what} {key}" not in found:
        raise NotFound()
    part, called, says = found[f"{what} {key}"]
    form = RemoveForm(data={"was": mark_of(part)})
    if form.accepted():
        if form.data["was"] != mark_of(part):
            raise Stale()
        change = partial(sketch.drop_sum, what=what, key=key)
        commands.change_draft(drawn.draft, change=change, what=_("removed “%(part)s”", part=called), by=me())
        return _back(ref, "sums")
    depending = drawn.sketch.depending(key) if what == "calculation" else []
    return render_template(
        "question_sets/remove_sum.html", form=form, draft=drawn.draft, called=called, says=_upper(says), depending=depending
    ), form.status


# -- languages --------------------------------------------------------------------------------------------------------


@area.route("/question-sets/drafts/<ref>/languages", methods=["GET", "POST"])
@staff
def languages(ref: str) -> ResponseReturnValue:
    """The languages of a set, and for each of them what has no words yet."""
    drawn = _drawn(ref)
    form = LanguagesForm(data={"languages": drawn.sketch.languages})
    if form.accepted():
        change = partial(sketch.with_languages, languages=form.data["languages"])
        if _save(form, drawn.draft, change, _("its languages")) is True:
            return redirect(url_for(".languages", ref=ref))
    silent = {
        language: {part.key for _what, part in sketch.silent(drawn.sketch, language)} for language in drawn.sketch.languages
    }
    parts = [
        (what, part)
        for section in drawn.sketch.sections
        for what, part in (*([("page", section)] if not section.block else []), *(("question", q) for q in section.questions))
    ]
    return render_template(
        "question_sets/languages.html",
        form=form,
        draft=drawn.draft,
        asked=drawn.sketch.languages,
        parts=parts,
        silent=silent,
        languages=LANGUAGES,
    ), form.status


@area.route("/question-sets/drafts/<ref>/languages/<language>/<any(page, question):what>/<key>", methods=["GET", "POST"])
@staff
def words(ref: str, language: str, what: str, key: str) -> ResponseReturnValue:
    """A page's or a question's words in one language, each beneath the English."""
    drawn = _drawn(ref)
    if language not in LANGUAGES:
        raise NotFound()
    part, was = _part(drawn, what, key)
    form = _words_form(part, language, was)
    if form.accepted():
        given = form.data
        put: Wording | SectionWording
        if isinstance(part, Question):
            choices = {option.value: given[f"choice--{option.value}"] for option in part.options}
            plain = {name: given[name] or None for name in Wording.model_fields if name in given}
            put = Wording(**plain, options={value: text for value, text in choices.items() if text})
        else:
            put = SectionWording(**{name: given[name] or None for name in SectionWording.model_fields if name in given})
        change = partial(sketch.put_words, language=language, what=what, key=key, was=given["was"], words=put)
        done = _save(
            form, drawn.draft, change, _("%(language)s of “%(part)s”", language=_(LANGUAGES[language]), part=_called(part))
        )
        if done is True:
            return redirect(_next_silent(ref, language))
        if isinstance(done, Stale):
            raise done
    return render_template(
        "question_sets/words.html",
        form=form,
        draft=drawn.draft,
        called=_called(part),
        language=_(LANGUAGES[language]),
        fields=[field for field in form if getattr(field, "look", "") != "hidden" and field.short_name != "csrf_token"],
    ), form.status


def _next_silent(ref: str, language: str) -> str:
    """After one part its language's next that has no words, or the list."""
    left = sketch.silent(_now(ref), language)
    if request.form.get("then") == "next" and left:
        what, part = left[0]
        return url_for(".words", ref=ref, language=language, what=what, key=part.key)
    return url_for(".languages", ref=ref)


def _words_form(part: SketchSection | Question, language: str, was: str) -> HouseForm:
    """A field for each text that the English has, with the English as its hint."""
    there = part.wording.get(language)
    if isinstance(part, Question):
        named = {
            "label": _("The question"),
            "hint": _("Hint"),
            "guidance": _("More help"),
            "missing": _("What is said if it is left out"),
            "short": _("Short name"),
        }
    else:
        named = {"title": _("Title of the page"), "intro": _("Introduction"), "item": _("What one of them is called")}
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"was": was}
    for name, label in named.items():
        if english := getattr(part, name):
            fields[name] = LongTextField(
                label, [Characters(1000)], rows=2, description=_("In English: %(words)s", words=english)
            )
            data[name] = getattr(there, name, None) or ""
    for option in part.options if isinstance(part, Question) else ():
        name = f"choice--{option.value}"
        fields[name] = TextField(_("The choice “%(choice)s”", choice=option.label), [Characters(1000)])
        data[name] = there.options.get(option.value, "") if isinstance(there, Wording) else ""
    made: HouseForm = type("WordsForm", (HouseForm,), fields | {"was": Was()})(data=data)
    return made


# -- publishing -------------------------------------------------------------------------------------------------------


@area.route("/question-sets/drafts/<ref>/publish", methods=["GET", "POST"])
@staff
def publish(ref: str) -> ResponseReturnValue:
    """Make it the next version, after reading what is new in it."""
    drawn = _drawn(ref)
    before = next((one for one in queries.latest() if one.title == drawn.draft.title), None)
    form = PublishForm(data={"edition": drawn.draft.edition})
    if form.accepted() and form.data["edition"].isdigit():
        with form.reporting():
            edition = int(form.data["edition"])
            added = commands.publish(drawn.draft, edition=edition, by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("Version %(version)s is published. Choose it for a round to ask it.", version=added.version))
            return redirect(url_for(".show", ref=added.ref))
    return render_template(
        "question_sets/publish.html",
        form=form,
        draft=drawn.draft,
        sketch=drawn.sketch,
        version=before.version + 1 if before else 1,
        before=before,
        differences=list(_differences(queries.document(before), drawn.sketch)) if before else [],
        faults=sketch.faults(drawn.sketch),
        advice=list(_advice(drawn.sketch)),
        effort=sketch.effort(drawn.sketch),
    ), form.status


def _differences(before: Document, now: Sketch) -> Iterator[str]:
    old, new = {q.key: q for q in before.questions}, {q.key: q for q in now.questions}
    for key, one in new.items():
        if key not in old:
            yield _("New: “%(question)s”", question=one.label)
        elif one != old[key]:
            yield _("Changed: “%(question)s”", question=one.label)
    for key, one in old.items():
        if key not in new:
            yield _("No longer asked: “%(question)s”", question=one.label)
    if [s.model_dump(exclude={"questions"}) for s in before.sections] != [
        s.model_dump(exclude={"questions"}) for s in now.sections
    ]:
        yield _("The pages, or their order or words, are not the same.")
    if (before.calculations, before.checks) != (now.calculations, now.checks):
        yield _("The sums or checks are not the same.")


def _advice(now: Sketch) -> Iterator[str]:
    """What may be meant, but is worth a thought before it is fixed for good."""
    if not any(question.kind is Kind.DECLARATION for question in now.questions):
        yield _("Nothing is confirmed when the application is sent: there is no declaration.")
    if not any(question.bank == "issue" for question in now.questions):
        yield _("The bank’s question about the main issue is not asked, so these applications cannot be compared by issue.")
    for language in now.languages:
        if left := len(sketch.silent(now, language)):
            yield many(
                "%(num)s page or question has no words in %(language)s yet and will be asked in English.",
                "%(num)s pages and questions have no words in %(language)s yet and will be asked in English.",
                left,
                language=_(LANGUAGES[language]),
            )


@area.route("/question-sets/drafts/<ref>/put-away", methods=["GET", "POST"])
@staff
def put_away(ref: str) -> ResponseReturnValue:
    """Give a draft up."""
    drawn = _drawn(ref)
    form = LoneForm()
    if form.accepted():
        commands.drop_draft(drawn.draft, by=me())
        flash(_("The draft of “%(title)s” is put away.", title=drawn.draft.title))
        return redirect(url_for(".index"))
    return render_template("question_sets/put_away.html", form=form, draft=drawn.draft), form.status


# -- as a group meets it ----------------------------------------------------------------------------------------------


@area.route("/question-sets/<ref>/preview", methods=["GET", "POST"])
@staff
def preview(ref: str) -> ResponseReturnValue:
    """A version as a group meets it. Nothing typed here is kept."""
    questions = queries.question_set(ref)
    return previewed.preview(queries.document(questions), url_for(".show", ref=ref))


@area.route("/question-sets/drafts/<ref>/preview", methods=["GET", "POST"])
@staff
def preview_draft(ref: str) -> ResponseReturnValue:
    """A draft as a group meets it, as far as it fits together."""
    drawn = _drawn(ref)
    back = url_for(".draft", ref=ref)
    if found := sketch.faults(drawn.sketch):
        return render_template("question_sets/preview_not_yet.html", back=back, faults=found, caption=drawn.draft.title)
    return previewed.preview(Document.model_validate(drawn.draft.document), back)
