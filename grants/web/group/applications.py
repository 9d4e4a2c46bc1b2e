"""A group's applications: the list, the task list of a draft, its pages saved one by one, and what was sent."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import after, commands, frozen, policies, progress, queries, rules
from grants.applications.models import Application, State
from grants.applications.policies import change
from grants.awards import queries as awards
from grants.files import rules as papers
from grants.files.models import What
from grants.files.queries import documents
from grants.kernel import clock
from grants.kernel.errors import NotFound, RuleBroken, Stale
from grants.kernel.policy import may, require
from grants.kernel.words import _, many, mark
from grants.panel import queries as panel
from grants.people import policies as rights
from grants.people import queries as people
from grants.people import remarks
from grants.people.hosting import stands
from grants.people.policies import READ_OF_GROUP
from grants.people.queries import acts_for
from grants.questions import outcomes as telling
from grants.questions.answers import parts, shown
from grants.questions.document import Block, Kind, Question, Section
from grants.questions.purposes import purpose
from grants.rounds.eligibility import needs_host
from grants.rounds.rules import left_in_words
from grants.web import asking, navigation
from grants.web.access import me, once_key, signed_in, who
from grants.web.formats import short_date, when
from grants.web.forms import Edition, HouseForm, LongTextField, OnceKey, RadiosField, Required, SelectChoice, TickField
from grants.web.group import drafting

area = Blueprint("applications", __name__)
navigation.item(
    mark("Your applications"),
    "applications.index",
    20,
    shown=lambda: (person := who()) is not None and bool(acts_for(person, *READ_OF_GROUP)),
)


# -- forms ------------------------------------------------------------------------------------------------------------


class SendForm(HouseForm):
    """The declaration, and the edition that was read."""

    declared = TickField()
    key = OnceKey()
    edition = Edition()


class WithdrawForm(HouseForm):
    """Nothing but the button."""

    key = OnceKey()


class CopyForm(HouseForm):
    """Which earlier application to begin with."""

    before = RadiosField(mark("Which one?"), [Required(mark("Choose the application to copy from"))], choices=[], small=True)
    key = OnceKey()


class RemarkForm(HouseForm):
    """A comment on a part."""

    text = LongTextField(mark("Your comment"), [Required(mark("Write your comment"))], rows=3, characters=remarks.LONGEST)
    key = OnceKey()


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
            edits=may(change, me(), application),
            acts=may(policies.start, me(), application.organisation),
        )
    return _task_list(drafting.of(application))


def _task_list(draft: drafting.Draft, form: CopyForm | None = None) -> ResponseReturnValue:
    application = draft.application
    tasks, edits = draft.tasks, may(change, me(), application)
    taking = rules.workable(application)
    offered = queries.earlier(application) if edits and taking and not rules.begun(application) else []
    if offered and form is None:
        form = CopyForm(data={"before": offered[0].ref})
    if form is not None:
        form.before.choices = [SelectChoice(one.ref, _("%(title)s, sent %(day)s", title=one.title, day=short_date(one.sent_at)))
                               for one in offered]  # fmt: skip
    said = people.remarks(application.ref, open_only=True)
    return render_template(
        "applications/show.html",
        application=application,
        round=application.round,
        reopened=application.reopened,
        taking=taking,
        closed=list(rules.closed_to_changes(application)),
        tasks=[(task, drafting.address(application.ref, task.page, task.section)) for task in tasks],
        copied={rules.part(*drafting.page_of(one)) for one in draft.pages if rules.from_last_time(application, one)},
        part=rules.part,
        done=sum(task.progress in (rules.Progress.DONE, rules.Progress.LOCKED) for task in tasks),
        needed=sum(task.progress is not rules.Progress.OPTIONAL for task in tasks),
        ready=not any(task.gaps for task in tasks),
        left=left_in_words(application.round, rules.closes_at(application)),
        closes=rules.closes_at(application),
        last_saved=drafting.last_saved(application),
        edits=edits,
        form=form,
        remarked={one.part for one in said},
        languages=draft.languages,
        when=when,
    ), form.status if form else 200


@area.post("/applications/<ref>/copy")
@signed_in
def copy(ref: str) -> ResponseReturnValue:
    """Begin with what the group said in an application it sent before."""
    draft = drafting.reading(ref)
    form = CopyForm()
    offered = queries.earlier(draft.application)
    form.before.choices = [SelectChoice(one.ref, one.title) for one in offered]
    if form.accepted():
        with form.reporting():
            before = queries.mine(me(), form.before.data)
            commands.copy_earlier(draft.application, before=before, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(_("Copied. Look at each part, change what is different this time, and save it. Costs are never copied."))
            return redirect(url_for("applications.show", ref=ref))
    return _task_list(drafting.reading(ref), form)


# -- comments of the group --------------------------------------------------------------------------------------------


@area.route("/applications/<ref>/comments/<part>", methods=["GET", "POST"])
@signed_in
def comment(ref: str, part: str) -> ResponseReturnValue:
    """The comments on one part, and a box for another."""
    draft = drafting.reading(ref)
    application = draft.application
    found = next((one for one in draft.pages if rules.part(*drafting.page_of(one)) == part), None)
    if found is None:
        raise NotFound()
    form = RemarkForm()
    comments = may(rights.remark, me(), application.organisation)
    if form.accepted():
        with form.reporting():
            remarks.remark(
                application.ref,
                organisation=application.organisation,
                part=part,
                text=form.text.data,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("Your comment is kept."))
            return redirect(url_for("applications.comment", ref=ref, part=part))
    return render_template(
        "applications/comment.html",
        application=application,
        section=found,
        part=part,
        form=form if comments else None,
        forms=[form] if comments else [],
        said=people.remarks(application.ref, part),
        settles=may(change, me(), application),
        text_of=drafting.text_of(application),
    ), form.status


@area.post("/applications/<ref>/comments/<part>/<remark>/done")
@signed_in
def settle(ref: str, part: str, remark: str) -> ResponseReturnValue:
    """A comment is dealt with."""
    application = queries.mine(me(), ref)
    found = next((one for one in people.remarks(application.ref, part) if one.ref == remark), None)
    if found is None:
        raise NotFound()
    try:
        remarks.settle(found, by=me())
        flash(_("The comment is dealt with."))
    except RuleBroken as broken:
        flash(str(broken), "important")
    return redirect(url_for("applications.comment", ref=ref, part=part))


# -- checking and sending ---------------------------------------------------------------------------------------------


@area.get("/applications/<ref>/check")
@signed_in
def check(ref: str) -> ResponseReturnValue:
    """Everything on one page, what is missing with links to it, and the declaration."""
    draft = drafting.reading(ref)
    if draft.application.state is not State.DRAFT:
        return redirect(url_for("applications.show", ref=ref))
    return _checked(draft, SendForm(data={"edition": draft.application.edition}))


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
                    funded_in=drafting.funded_in(application),
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # @command takes it
                )
                if application.rehearsal:
                    flash(_("It would have been sent. This was a test, so nothing was."))
                    return redirect(url_for("applications.show", ref=ref))
                return redirect(url_for("applications.sent", ref=ref))
        except Stale:
            draft = drafting.reading(ref)
            form.edition.data = draft.application.edition
            form.report(_("Somebody else in your group changed it after you opened this page. Read it again, then send it."))
            return _checked(draft, form, 409)
    draft = drafting.reading(ref)
    if draft.application.state is not State.DRAFT:
        return redirect(url_for("applications.show", ref=ref))
    return _checked(draft, form)


def _checked(draft: drafting.Draft, form: SendForm, status: int | None = None) -> ResponseReturnValue:
    application, asked = draft.application, draft.questions
    edits, workable = may(change, me(), application), rules.workable(application)
    missing = drafting.lines(application.ref, draft.gaps)
    declared = asked.declared(draft.known)
    if form.is_submitted():
        _point(form, missing, declared)
    form.declared.label.text = declared[0].label if len(declared) == 1 else _("I confirm all of these")
    there = rules.tier(application)
    names = documents([one.document for one in application.evidence]) if application.evidence else {}
    return render_template(
        "applications/check.html",
        application=application,
        round=application.round,
        terms=application.round.terms,
        tier=there,
        full=there is None or there.full_outcomes,
        purpose=purpose(application.purpose) if application.purpose else None,
        places=draft.about.places,
        helps=rules.helps(application).value,
        form=form if edits else None,
        forms=[form] if edits else [],
        missing=missing if edits else [],
        closed=[] if workable else list(rules.closed_to_changes(application)),
        edits=edits and workable,
        unsigned=_unsigned(application) if edits and workable else [],
        flags=rules.flags(application, draft.about),
        declared=declared,
        closes=rules.closes_at(application),
        hosted=stands(draft.about.host, draft.about.host_name or "") if draft.about.host else "",
        host_asked=needs_host(application.round, rules.asker(application, draft.about)),
        documents=[(_(papers.NAMES[What(one.what)]), names.get(one.document)) for one in application.evidence
                   if one.what in set(What)],
        parts=[_shown_part(draft, one) for one in draft.pages],
        reads=lambda one: telling.sentence(telling.Outcome(one.change, one.whom, one.much, one.by, one.measured)),
        everybody=sum(one.people for one in application.beneficiaries) if asked.block(Block.BENEFICIARIES) else 0,
        when=when,
        day=lambda said: date.fromisoformat(said),
    ), status or form.status  # fmt: skip


def _unsigned(application: Application) -> list[str]:
    """Why this person may not send it, where somebody signs. For what is typed in, the reading back stands for a signature."""
    if policies.types_in(me(), application):
        return []
    return list(rules.unsigned(me(), queries.signers(application)))


class Shown(NamedTuple):
    """One part as it is read before sending: where it is changed, and of questions what was answered."""

    section: Section
    part: str
    address: str
    turns: Sequence[tuple[str | None, Sequence[tuple[Question, str, str]]]]  # what it is called; question, answer, its field
    sums: Sequence[tuple[str, str]]
    copied: bool  # it is from last time, and nobody has saved it since


def _shown_part(draft: drafting.Draft, section: Section) -> Shown:
    page, key = drafting.page_of(section)
    said = asking.texts(draft.application.answers)
    turns: list[tuple[str | None, list[tuple[Question, str, str]]]] = []
    if not section.block:
        times = max([1, *(len(said.get(one.key, ())) for one in section.asked)]) if section.repeat else 1
        files = _files([one for one in section.asked if one.kind is Kind.FILE], said)
        for n in range(times):
            answers = []
            for question in section.asked:
                texts = said.get(question.key, [])
                text = texts[n] if n < len(texts) else ""
                if question.kind is Kind.FILE:
                    read = "\n".join(files.get(ref, ref) for ref in parts(text))
                else:
                    read = shown(question, text)
                answers.append((question, read, asking.named(question.key, n)))
            title = section.item and f"{section.item[:1].upper()}{section.item[1:]} {n + 1}"
            turns.append((title or None, answers))
    address = drafting.address(draft.application.ref, page, key)
    sums = asking.sums(draft.questions, section, draft.known)
    return Shown(section, rules.part(page, key), address, turns, sums, rules.from_last_time(draft.application, section))


def _files(questions: Sequence[Question], said: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The names of the documents that answer these questions."""
    refs = [ref for one in questions for text in said.get(one.key, ()) for ref in parts(text)]
    return {ref: found.name for ref, found in documents(refs).items()} if refs else {}


def _point(form: SendForm, missing: Sequence[drafting.Line], declared: Sequence[Question]) -> None:
    """What the command said of pages is listed with links, and of the box beside it: the summary keeps the rest."""
    linked = {line.sentence for line in missing}
    unticked = {question.missing for question in declared}
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
    steps = progress.steps(application)
    return render_template("applications/confirmation.html", application=application, steps=steps, when=when)


@area.route("/applications/<ref>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(ref: str) -> ResponseReturnValue:
    """Take it back, after being told what that means."""
    application = queries.mine(me(), ref)
    require(policies.withdraw, me(), application)
    form = WithdrawForm()
    if form.accepted():
        with form.reporting():
            commands.withdraw(application, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(_("The application is withdrawn."))
            return redirect(url_for("applications.show", ref=ref))
    elif application.state not in (State.DRAFT, State.SUBMITTED):
        return redirect(url_for("applications.show", ref=ref))
    return render_template(
        "applications/withdraw.html", application=application, form=form, text_of=drafting.text_of(application)
    ), form.status
