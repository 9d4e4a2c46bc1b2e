"""The pages of a draft, saved one by one: the project, each section of the questions, costs, outcomes, people, what happens
when, and documents. Who will hold the money has its own module."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from grants.applications import commands, queries, rules
from grants.applications.models import Application, Vat
from grants.applications.rules import Page
from grants.files import commands as files
from grants.files import rules as papers
from grants.files.models import OrganisationDocument, What
from grants.files.queries import vault
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.money import Money, total
from grants.kernel.words import _, mark
from grants.people import queries as people_of
from grants.questions import outcomes as telling
from grants.questions.document import NO, YES, Block, Section
from grants.questions.purposes import purposes
from grants.rounds.queries import Choice, offered
from grants.rounds.terms import Firmness, Helps, Tier
from grants.strategy.queries import priorities as priorities_of
from grants.web import asking
from grants.web.access import me, signed_in
from grants.web.formats import short_date
from grants.web.forms import (
    DatePartsField,
    Edition,
    FormField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    RadiosField,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    UploadField,
    tidy,
)
from grants.web.group.drafting import NO_LONGER, Both, Draft, editing, onward, save, text_of, typed, typing

area = Blueprint("drafts", __name__)

BLANKS = 3  # empty lines offered under those that are filled in


def _page(
    name: str, draft: Draft, page: Page, form: HouseForm, both: Sequence[Both], section: Section | None = None, **more: Any
) -> ResponseReturnValue:
    """One page of a draft, with what all of them show."""
    application = draft.application
    block = next((one for one, its in rules.PAGES.items() if its is page), None)
    found = section or (draft.questions.block(block) if block else None)
    key = section.key if section and not block else None
    status = 409 if both else form.status if form.is_submitted() else 200
    return render_template(
        f"applications/{name}.html",
        application=application,
        round=application.round,
        form=form,
        forms=[form] if form.is_submitted() else [],  # what is wrong with what was kept is said beside it, and is no refusal
        both=both,
        title=found.title if found else "",
        intro=found.intro if found else None,
        text_of=text_of(application),
        copied=found is not None and rules.from_last_time(application, found),
        part=rules.part(page, key),
        said=people_of.remarks(application.ref, rules.part(page, key), open_only=True),
        reopened=application.reopened,
        languages=draft.languages,
        **more,
    ), status


# -- the project ------------------------------------------------------------------------------------------------------


def _place_form(draft: Draft) -> HouseForm:
    """What the project is called, what it helps with, where it happens, and whether it is something the money is not for."""
    application, terms = draft.application, draft.application.round.terms
    how = rules.helps(application)
    fields: dict[str, Any] = {
        "title": TextField(
            mark("Title of your project"),
            description=mark("A few words, for example ‘Friday football in the park’."),
        )
    }
    data: dict[str, Any] = {"title": application.title, "edition": application.edition}
    if how is Helps.PRIORITY:
        fields["priority"] = SelectField(
            mark("Which priority will it help with most?"),
            blank=mark("Choose a priority"),
            choices=_indented(offered(application.round)),
        )
        data["priority"] = application.priority and application.priority.ref
    elif how is Helps.PURPOSE:
        fields["purpose"] = RadiosField(
            mark("What is your project mostly about?"),
            choices=[SelectChoice(one.key, one.label) for one in purposes()],
            hints={one.key: _(one.hint) for one in purposes() if one.hint},
        )
        data["purpose"] = application.purpose
    if terms.asks_postcode:
        fields["postcode"] = asking.KeptPostcode(
            mark("Postcode of where most of it will happen"),
            description=mark("Where the activity is, not where you live. For example, the hall or the park."),
        )
        data["postcode"] = application.postcode or ""
    if draft.about.places:
        places = queries.places(application.round)
        fields["locality"] = SelectField(
            mark("Which area is that in?") if terms.asks_postcode else mark("Where will it happen?"),
            blank=mark("Choose a place"),
            choices=[SelectChoice(one.ref, _in_tree(one.name, one.depth)) for one in places],
        )
        data["locality"] = application.locality and application.locality.ref
    for one in terms.not_funded:
        choices = [SelectChoice(YES, mark("Yes")), SelectChoice(NO, mark("No"))]
        fields[f"against-{one.key}"] = RadiosField(one.asks, choices=choices, inline=True)
        data[f"against-{one.key}"] = application.against.get(one.key)
    made: HouseForm = type("PlaceForm", (HouseForm,), fields | {"edition": Edition()})(data=data)
    return made


@area.route("/applications/<ref>/place", methods=["GET", "POST"])
@signed_in
def place(ref: str) -> ResponseReturnValue:
    """What the project is called, what it helps with, and where it happens."""
    draft = editing(ref, Page.PLACE)
    application = draft.application
    form = _place_form(draft)
    both: list[Both] = []
    saved = False
    if form.accepted():
        saved, both = save(form, ref, lambda: _save_place(application, form))
        if saved and not typing():
            if len(form.title.data or "") > rules.TITLE:
                flash(
                    _("Saved. Your title is over %(most)s characters: shorten it before you send.", most=rules.TITLE),
                    "important",
                )
            if _nowhere(application, form):
                return redirect(url_for("drafts.place", ref=ref, area=1, _anchor="locality"))
            return onward(ref, Page.PLACE)
    if typing():
        return typed(form, saved, both, application)
    _tell_place(draft, form)
    return _page("place", draft, Page.PLACE, form, both, choose=_choose(draft, form), terms=application.round.terms)


def _save_place(application: Application, form: HouseForm) -> None:
    said = {name: field.data for name, field in form._fields.items()}
    chosen = next((one for one, _depth in priorities_of(application.round.strategy) if one.ref == said.get("priority")), None)
    commands.save_place(
        application,
        title=said["title"] or "",
        priority=chosen if "priority" in said else application.priority,
        purpose=said.get("purpose", application.purpose),
        locality=queries.place(application.round, said["locality"]) if said.get("locality") else None,
        postcode=form["postcode"].text if "postcode" in said else application.postcode,
        against={
            one.key: said[f"against-{one.key}"] for one in application.round.terms.not_funded if said[f"against-{one.key}"]
        },
        edition=said["edition"],
        by=me(),
    )


def _nowhere(application: Application, form: HouseForm) -> bool:
    """Was a postcode typed that nobody knows, so that the area is still to be chosen from the list?"""
    return "locality" in form and bool(application.postcode) and not application.found and application.locality is None


def _choose(draft: Draft, form: HouseForm) -> bool:
    """Is the area asked for in a list? Always where there is no postcode to find it by."""
    application = draft.application
    if "locality" not in form:
        return False
    if not application.round.terms.asks_postcode or (form.is_submitted() and form.locality.data):
        return True
    return bool(application.postcode and not application.found)


def _tell_place(draft: Draft, form: HouseForm) -> None:
    """Beside what is there, what is wrong with it."""
    application = draft.application
    if form.is_submitted():
        return
    for name, sentence in draft.beside(Page.PLACE).items():
        if name in form and name == "title" and len(application.title or "") > rules.TITLE:
            form[name].errors = [sentence]
    if "postcode" in form and form.postcode.data and (sentence := form.postcode.amiss()):
        form.postcode.errors = [sentence]
    for one in application.round.terms.not_funded:
        if application.against.get(one.key) == YES and one.firmness is Firmness.FIXED:
            instead = application.round.terms.instead
            form[f"against-{one.key}"].errors = [f"{one.reason} {instead}" if instead else one.reason]


def _in_tree(name: str, depth: int) -> str:
    return "\u2003" * depth + name


def _indented(offered: Sequence[Choice]) -> list[SelectChoice]:
    return [SelectChoice(one.ref, _in_tree(one.title, one.depth)) for one in offered]


# -- the questions ----------------------------------------------------------------------------------------------------


@area.route("/applications/<ref>/questions/<section>", methods=["GET", "POST"])
@signed_in
def questions(ref: str, section: str) -> ResponseReturnValue:
    """One section of the questions. Answers are saved as they are, finished or not, right or wrong."""
    draft = editing(ref, Page.QUESTIONS, section)
    page = next((one for one in draft.pages if one.key == section and not one.block), None)
    if page is None:
        page = draft.questions.page(section)
        if page is None or page.block:
            raise NotFound()
        if request.method == "GET":  # what is sent from a page that was asked a moment ago is kept all the same
            flash(_(NO_LONGER), "important")
            return redirect(url_for("applications.show", ref=ref))
    application = draft.application
    form = asking.form(
        page,
        asking.texts(application.answers),
        edition=application.edition,
        more="more" in request.args,
        organisation=None if application.rehearsal else application.organisation,
    )
    both: list[Both] = []
    saved = False
    if form.accepted():
        given = form.answers()
        saved, both = save(
            form, ref, lambda: commands.save_answers(application, answers=given, edition=form["edition"].data, by=me())
        )
        if saved and not typing():
            return _after_questions(ref, page, form)
    if typing():
        return typed(form, saved, both, application)
    if not form.is_submitted():
        form.tell(draft.beside(Page.QUESTIONS, section))
    return _page("questions", draft, Page.QUESTIONS, form, both, page, sums=asking.sums(draft.questions, page, draft.known))


def _after_questions(ref: str, page: Section, form: asking.SectionForm) -> ResponseReturnValue:
    """On to the next page; or back to this one, where one was added or taken away."""
    then = request.form.get("then", "")
    if then == "more":
        at = asking.named(page.asked[0].key, sum(1 for turn in form.turns if turn.number < form.times))
        return redirect(url_for("drafts.questions", ref=ref, section=page.key, more=1, _anchor=at))
    if then.startswith("less-"):
        return redirect(url_for("drafts.questions", ref=ref, section=page.key))
    for sentence in form.wrong:
        flash(_("Saved. %(sentence)s before you send.", sentence=sentence), "important")
    if then != "list" and (brought := _brought(ref, page)):
        flash(_("Your answer brings one more question."), "important")
        return redirect(url_for("drafts.questions", ref=ref, section=page.key, _anchor=brought))
    return onward(ref, Page.QUESTIONS, page.key)


def _brought(ref: str, before: Section) -> str | None:
    """The first question that is asked on this page only because of what was just answered on it, and has no answer yet."""
    draft = editing(ref, Page.QUESTIONS, before.key)
    now = next((one for one in draft.pages if one.key == before.key), None)
    shown = {question.key for question in before.asked}
    answered = {answer.question for answer in draft.application.answers if answer.text.strip()}
    return next((one.key for one in now.asked if one.key not in shown | answered), None) if now and not now.repeat else None


# -- tables of lines --------------------------------------------------------------------------------------------------


def _lines(application: Application, page: Page, whole: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the lines of a table hold, with an empty one wherever a line stands that cannot be read (`_show_unread`)."""
    found = list(whole)
    for one in rules.unread(application, page):
        found.insert(one.place, {})
    return found


def _show_unread(rows: Any, application: Application, page: Page) -> None:
    """The lines that cannot be read, as they were typed, and beside each what is wrong with it."""
    if request.method == "POST":
        return
    for one in rules.unread(application, page):
        row = rows.entries[min(one.place, len(rows.entries) - 1)]
        row.process(MultiDict({f"{row.name}-{name}": text for name, text in one.said.items()}))
        row.validate(row)


def _whole(row: Any) -> bool:
    """Is there something in a line, and can all of it be read?"""
    return _written(row) and not any(field.errors for field in row)


def _unread(rows: Any) -> list[rules.Unread]:
    found = []
    for place, row in enumerate([one for one in rows.entries if _written(one)]):
        if not _whole(row):
            start = f"{row.name}-"
            said = {name.removeprefix(start): tidy(text) for name, text in request.form.items() if name.startswith(start)}
            found.append(rules.Unread(place, {name: text for name, text in said.items() if text}))
    return found


def _save_table(
    form: HouseForm, rows: Any, application: Application, keep: Callable[[Sequence[rules.Unread]], None]
) -> tuple[bool, list[Both], bool]:
    """Save a table: lines that can be read, and those that cannot as they were typed, so that no line is ever lost.

    Whether it was saved; both versions, where somebody was quicker; and whether its person goes on to another page.
    """
    whole = form.accepted()
    lines_only = set(form.errors) == {rows.name} and not any(isinstance(one, str) for one in rows.errors)
    if not whole and not (form.is_submitted() and lines_only):
        return False, [], False
    saved, both = save(form, application.ref, lambda: keep(_unread(rows)))
    if not saved or typing():
        return saved, both, False
    if whole or request.form.get("then") == "list":
        return True, [], True
    form["edition"].data = application.edition
    flash(_("Saved. The lines marked below are not finished."), "important")
    return True, [], False


# -- costs ------------------------------------------------------------------------------------------------------------

VAT: Sequence[tuple[Vat, str]] = (
    (Vat.YES, mark("Yes")),
    (Vat.NO, mark("No")),
    (Vat.NOT_SURE, mark("We are not sure")),
)


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
    """The cost table, and whether the group can claim the VAT back."""

    costs = Rows(FormField(CostRow), max_entries=rules.LINES)
    vat = RadiosField(
        mark("Can you claim the VAT back?"),
        description=mark("If you can, leave VAT out of the costs above. If your group is not registered for VAT, choose No."),
        choices=[SelectChoice(kind.value, words) for kind, words in VAT],
    )
    edition = Edition()

    def lines(self) -> list[tuple[str, Money]]:
        """The lines that are filled in and can be read."""
        return [(row.what.data, row.amount.data) for row in self.costs.entries if _whole(row)]


@area.route("/applications/<ref>/costs", methods=["GET", "POST"])
@signed_in
def costs(ref: str) -> ResponseReturnValue:
    """The cost table, whose total is what is asked for. Lines are added without JavaScript."""
    draft = editing(ref, Page.COSTS)
    application = draft.application
    form = CostsForm(
        data={
            "costs": _lines(
                application, Page.COSTS, [{"what": cost.what, "amount": cost.amount} for cost in application.costs]
            ),
            "vat": application.vat and application.vat.value,
            "edition": application.edition,
        }
    )
    if not application.round.terms.asks_vat:
        del form.vat
    _show_unread(form.costs, application, Page.COSTS)
    before = _size(draft)
    more = request.form.get("then") == "more"

    def keep(unread: Sequence[rules.Unread]) -> None:
        vat = Vat(form.vat.data) if "vat" in form and form.vat.data else None
        lines = form.lines()
        commands.save_costs(application, lines=lines, vat=vat, unread=unread, edition=form.edition.data, by=me())

    saved, both, done = _save_table(form, form.costs, application, keep)
    if done:
        if told := _told(before, _size(editing(ref, Page.COSTS))):
            flash(told, "important")
        if more:
            return redirect(url_for("drafts.costs", ref=ref, more=1, _anchor=f"costs-{len(form.lines())}-what"))
        return onward(ref, Page.COSTS)
    asked = total(amount for _what, amount in form.lines()) if form.is_submitted() else application.asked
    wrong = [f"{gap.sentence}." for gap in rules.uncosted(application.round, [asked])] if asked else []
    flags = [one.sentence for one in rules.flags_of_amount(application.round, asked)] if asked and not wrong else []
    if typing():
        told = _told(before, _size(editing(ref, Page.COSTS))) if saved else None
        parts = {"total": str(asked), "wrong": " ".join(wrong), "flags": " ".join(flags)}
        return typed(form, saved, both, application, parts | ({"told": told} if told else {}))
    _offer_blanks(form.costs, BLANKS if more or not form.is_submitted() else 0)
    return _page("costs", draft, Page.COSTS, form, both, asked=asked, wrong=wrong, flags=flags)


class Size(NamedTuple):
    """How much is asked for, and so how much is asked of the group."""

    tier: Tier | None
    asked: int  # questions and pages


def _size(draft: Draft) -> Size:
    tier = rules.tier(draft.application)
    pages = sum(len(page.asked) or 1 for page in draft.pages) + (len(tier.evidence) if tier else 0)
    return Size(tier if draft.application.costs or draft.application.sought else None, pages)


def _told(before: Size, after: Size) -> str | None:
    """What a sum that grew past a bound, or fell below it, changes in the form, as a sentence."""
    if before.tier is None or after.tier is None or before.tier.key == after.tier.key or before.asked == after.asked:
        return None
    if after.tier.least > before.tier.least:
        bound = Money(after.tier.least - 1) if (after.tier.least - 1) % 100 == 0 else Money(after.tier.least)
        said = _("You now ask for more than %(bound)s,", bound=_plain(bound))
    else:
        said = _("You now ask for %(bound)s or less,", bound=_plain(Money(after.tier.most)))
    if after.asked > before.asked:
        return _("%(now)s so there are a few more questions. The list shows them.", now=said)
    return _("%(now)s so there are fewer questions. What you wrote in the others is kept.", now=said)


def _plain(amount: Money) -> str:
    return str(amount).removesuffix(".00")


def _offer_blanks(rows: Any, most: int) -> None:
    """So many empty lines under those that are filled in."""
    empty = sum(1 for row in rows.entries if not _written(row))
    while len(rows.entries) < rows.max_entries and empty < most:
        rows.append_entry()
        empty += 1


def _written(row: Any) -> bool:
    return any(field.data or (getattr(field, "raw_data", None) and any(field.raw_data)) for field in row)


# -- outcomes ---------------------------------------------------------------------------------------------------------

SAID: Sequence[tuple[str, str, str, int]] = (  # part, label, hint, lines
    ("change", mark("What will be different?"), mark("For example: feel safer walking home."), 2),
    ("whom", mark("Who will it be different for?"), mark("For example: young people who come every week."), 2),
    ("much", mark("How many of them, or by how much?"), mark("A good guess is enough. For example: 20 of 30."), 1),
    ("by", mark("By when?"), mark("For example: March 2028."), 1),
    ("measured", mark("How will you know?"), mark("For example: a short survey at the start and the end."), 2),
)


def _outcomes_form(draft: Draft, full: bool) -> HouseForm:
    fields: dict[str, Any] = {
        part: LongTextField(label, description=hint, rows=lines) if lines > 1 else TextField(label, description=hint)
        for part, label, hint, lines in SAID
        if full or part in ("change", "whom")
    }
    row = type("OutcomeRow", (Row,), fields)
    rows = Rows(FormField(row), max_entries=rules.FEW_LINES)
    kind = type("OutcomesForm", (HouseForm,), {"lines": rows, "edition": Edition()})
    lines = [{part: getattr(one, part) for part in fields} for one in draft.application.outcomes]
    made: HouseForm = kind(data={"lines": lines, "edition": draft.application.edition})
    return made


class Told(NamedTuple):
    """One outcome on its page: its inputs, how it reads, and a better question where it tells of an activity."""

    row: Any
    reads: str
    better: telling.Better | None


@area.route("/applications/<ref>/outcomes", methods=["GET", "POST"])
@signed_in
def outcomes(ref: str) -> ResponseReturnValue:
    """What will be different. What is an activity rather than a change is asked about once; the group may keep its words."""
    draft = editing(ref, Page.OUTCOMES)
    application = draft.application
    there = rules.tier(application)
    form = _outcomes_form(draft, there is None or there.full_outcomes)
    then = request.form.get("then", "")
    both: list[Both] = []
    saved = False
    if form.accepted():
        lines = _outcome_lines(application, form, then)
        saved, both = save(
            form, ref, lambda: commands.save_outcomes(application, lines=lines, edition=form.edition.data, by=me())
        )
        if saved and not typing():
            if then == "more":
                return redirect(url_for("drafts.outcomes", ref=ref, more=1, _anchor=f"lines-{len(lines)}-change"))
            if then.startswith("less-"):
                return redirect(url_for("drafts.outcomes", ref=ref))
            asked = next((n for n, line in enumerate(lines) if not line[5] and telling.better(line[0])), None)
            if asked is not None and then != "list":
                return redirect(url_for("drafts.outcomes", ref=ref, _anchor=f"lines-{asked}-better"))
            return onward(ref, Page.OUTCOMES)
    if typing():
        reads = {f"reads-{n}": _reads(row) for n, row in enumerate(form.lines.entries)}
        return typed(form, saved, both, application, reads)
    _offer_blanks(form.lines, 1 if not form.lines.entries or "more" in request.args else 0)
    kept = {one.change for one in application.outcomes if one.kept}
    if not form.is_submitted():
        _tell_rows(form, draft.beside(Page.OUTCOMES))
    told = [
        Told(row, _reads(row), None if (row.change.data or "") in kept else telling.better(row.change.data or ""))
        for row in form.lines.entries
    ]
    return _page("outcomes", draft, Page.OUTCOMES, form, both, told=told, keep=_(telling.KEEP), most=rules.FEW_LINES)


def _outcome_lines(application: Application, form: HouseForm, then: str) -> list[tuple[str, str, str, str, str, bool]]:
    """The outcomes as they are kept. One that was asked about and still reads so keeps its words from now on."""
    there = list(application.outcomes)
    found: list[tuple[str, str, str, str, str, bool]] = []
    for n, row in enumerate(form.lines.entries):
        said = {part: (getattr(there[n], part) if n < len(there) else "") for part in telling.PARTS}
        said |= {name: (value or "").strip() for name, value in row.data.items() if name in said}
        if then == f"less-{n}" or not any((value or "").strip() for name, value in row.data.items() if name in said):
            continue
        already = any(one.kept and one.change == said["change"] for one in there)
        asked = not typing() and (then == f"keep-{n}" or request.form.get(f"lines-{n}-asked") is not None)
        kept = already or (asked and telling.better(said["change"]) is not None)
        found.append((said["change"], said["whom"], said["much"], said["by"], said["measured"], kept))
    return found


def _reads(row: Any) -> str:
    """How an outcome reads, once its change and whom it is for are there."""
    said = {name: (value or "") for name, value in row.data.items() if name in telling.PARTS}
    return telling.sentence(telling.Outcome(**said)) if said.get("change") and said.get("whom") else ""


def _tell_rows(form: HouseForm, beside: dict[str, str]) -> None:
    for row in form.lines.entries:
        for field in row:
            if field.name in beside and any(_written(one) for one in form.lines.entries):
                field.errors = [beside[field.name]]


# -- people -----------------------------------------------------------------------------------------------------------


class PeopleRow(Row):
    """Some of the people it is for, and how many; a line with nothing in it is not there."""

    whom = TextField(mark("Who"))
    people = IntegerField(mark("How many"), thing=mark("how many people"), least=0, most=rules.PEOPLE)

    def validate(self, extra_validators: Any = None) -> bool:
        """A line is whole or empty."""
        if not super().validate(extra_validators):
            return False
        whom, people = self.data["whom"] or "", self.data["people"]
        if whom and people is None:
            self.people.errors = [_("Enter how many “%(whom)s” there are. A good guess is enough", whom=whom)]
        if people is not None and not whom:
            self.whom.errors = [_("Say who the %(people)s people are", people=f"{people:,}")]
        return not (self.whom.errors or self.people.errors)


class PeopleForm(HouseForm):
    """Who it is for."""

    lines = Rows(FormField(PeopleRow), max_entries=rules.FEW_LINES)
    edition = Edition()

    def filled(self) -> list[tuple[str, int]]:
        """The lines that are filled in and can be read."""
        return [(row.whom.data, row.people.data) for row in self.lines.entries if _whole(row)]


@area.route("/applications/<ref>/people", methods=["GET", "POST"])
@signed_in
def people(ref: str) -> ResponseReturnValue:
    """Who it is for, and how many of them. It adds itself up."""
    draft = editing(ref, Page.BENEFICIARIES)
    application = draft.application
    lines = [{"whom": one.whom, "people": one.people} for one in application.beneficiaries]
    form = PeopleForm(data={"lines": _lines(application, Page.BENEFICIARIES, lines), "edition": application.edition})
    _show_unread(form.lines, application, Page.BENEFICIARIES)
    more = request.form.get("then") == "more"

    def keep(unread: Sequence[rules.Unread]) -> None:
        lines = form.filled()
        commands.save_beneficiaries(application, lines=lines, unread=unread, edition=form.edition.data, by=me())

    saved, both, done = _save_table(form, form.lines, application, keep)
    if done:
        if more:
            return redirect(url_for("drafts.people", ref=ref, more=1, _anchor=f"lines-{len(form.filled())}-whom"))
        return onward(ref, Page.BENEFICIARIES)
    everybody = f"{sum(number for _whom, number in form.filled()) if form.is_submitted() else _all(application):,}"
    if typing():
        return typed(form, saved, both, application, {"total": everybody})
    _offer_blanks(form.lines, 2 if more or not form.is_submitted() else 0)
    return _page("people", draft, Page.BENEFICIARIES, form, both, everybody=everybody)


def _all(application: Application) -> int:
    return sum(one.people for one in application.beneficiaries)


# -- what will happen when --------------------------------------------------------------------------------------------


class MilestoneRow(Row):
    """Something that will have happened by a day; one with nothing in it is not there."""

    what = TextField(mark("What will happen"), description=mark("For example: the first session."))
    due_on = DatePartsField(mark("By when"), thing=mark("the date"), description=mark("For example, 27 3 2027."))

    def validate(self, extra_validators: Any = None) -> bool:
        """It is whole or empty."""
        if not super().validate(extra_validators):
            return False
        what, due = self.data["what"] or "", self.data["due_on"]
        if what and due is None:
            self.due_on.errors = [_("Enter the date by which it will happen")]
        if due is not None and not what:
            self.what.errors = [_("Say what will happen by then")]
        return not (self.what.errors or self.due_on.errors)


class MilestonesForm(HouseForm):
    """What will happen by when."""

    lines = Rows(FormField(MilestoneRow), max_entries=rules.FEW_LINES)
    edition = Edition()

    def filled(self) -> list[tuple[str, date]]:
        """Those that are filled in and can be read, soonest first."""
        found = [(row.what.data, row.due_on.data) for row in self.lines.entries if _whole(row)]
        return sorted(found, key=lambda one: one[1])


@area.route("/applications/<ref>/milestones", methods=["GET", "POST"])
@signed_in
def milestones(ref: str) -> ResponseReturnValue:
    """What will have happened by when."""
    draft = editing(ref, Page.MILESTONES)
    application = draft.application
    lines = [{"what": one.what, "due_on": one.due_on} for one in application.milestones]
    form = MilestonesForm(data={"lines": _lines(application, Page.MILESTONES, lines), "edition": application.edition})
    _show_unread(form.lines, application, Page.MILESTONES)
    more = request.form.get("then") == "more"

    def keep(unread: Sequence[rules.Unread]) -> None:
        lines = form.filled()
        commands.save_milestones(application, lines=lines, unread=unread, edition=form.edition.data, by=me())

    saved, both, done = _save_table(form, form.lines, application, keep)
    if done:
        if more:
            return redirect(url_for("drafts.milestones", ref=ref, more=1, _anchor=f"lines-{len(form.filled())}-what"))
        return onward(ref, Page.MILESTONES)
    if typing():
        return typed(form, saved, both, application)
    _offer_blanks(form.lines, 2 if more or not form.is_submitted() else 0)
    return _page("milestones", draft, Page.MILESTONES, form, both)


# -- documents --------------------------------------------------------------------------------------------------------

NEW = "new"  # instead of a document that the group keeps with us


class Wanted(NamedTuple):
    """One kind of document that is asked for: its words, the fields that ask for it, and what is with the application now."""

    what: What
    name: str
    use: Any
    upload: Any
    expires: Any
    now: str | None


def _documents_form(draft: Draft, kept: Sequence[OrganisationDocument]) -> tuple[HouseForm, list[Wanted]]:
    application, today = draft.application, clock.today()
    there = rules.tier(application)
    given = {one.what: one.document for one in application.evidence}
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {"edition": application.edition}
    kinds = [What(one) for one in (there.evidence if there else ()) if one in set(What)]
    for what in kinds:
        at, name = rules.evidence_field(what.value), _(papers.NAMES[what])
        ours = [one for one in kept if one.what is what and not one.run_out(today)]
        if ours:
            offered = [SelectChoice(one.document.ref, _called(one)) for one in ours]
            fields[f"use-{at}"] = RadiosField(name, choices=[*offered, SelectChoice(NEW, _("Send another"))])
            chosen = given.get(what.value)
            data[f"use-{at}"] = chosen if chosen in {one.document.ref for one in ours} else None
        fields[at] = UploadField(_("Send another: %(name)s", name=name) if ours else name)
        if what in papers.MUST_RUN_OUT:
            fields[f"expires-{at}"] = DatePartsField(mark("When does it run out?"), thing=mark("the date it runs out"))
    form: HouseForm = type("DocumentsForm", (HouseForm,), fields | {"edition": Edition()})(data=data)
    names = {one.document.ref: one.document.name for one in kept}
    wanted: list[Wanted] = []
    for what in kinds:
        at = rules.evidence_field(what.value)
        form[at].organisation = None if application.rehearsal else application.organisation
        ref = given.get(what.value)
        wanted.append(
            Wanted(
                what,
                _(papers.NAMES[what]),
                form._fields.get(f"use-{at}"),
                form[at],
                form._fields.get(f"expires-{at}"),
                names.get(ref, ref) if ref else None,
            )
        )
    return form, wanted


def _called(one: OrganisationDocument) -> str:
    if one.expires_on:
        return _("Use %(name)s, which runs out on %(day)s", name=one.document.name, day=short_date(one.expires_on))
    return _("Use %(name)s, which you sent on %(day)s", name=one.document.name, day=short_date(one.filed_at))


@area.route("/applications/<ref>/documents", methods=["GET", "POST"])
@signed_in
def documents(ref: str) -> ResponseReturnValue:
    """The documents that an ask of this size needs: one that the group keeps with us and that has not run out, or a new one."""
    draft = editing(ref, Page.EVIDENCE)
    application = draft.application
    kept = vault(application.organisation)
    form, wanted = _documents_form(draft, kept)
    if form.accepted():
        saved = [_save_document(application, form, one, kept) for one in wanted]
        if all(saved):
            return onward(ref, Page.EVIDENCE)
    return _page("documents", draft, Page.EVIDENCE, form, [], wanted=wanted)


def _save_document(application: Application, form: HouseForm, one: Wanted, kept: Sequence[OrganisationDocument]) -> bool:
    """Put one document with the application; a new one goes on the group's list too, for the next time."""
    chosen = one.use.data if one.use is not None else NEW
    sent = one.upload.data
    expires = one.expires.data if one.expires is not None else None
    saved = False
    with form.reporting():
        if sent is None and chosen not in (None, NEW):
            commands.save_evidence(application, what=one.what.value, document=chosen, by=me())
        elif sent is not None:
            if not application.rehearsal and sent.ref not in {there.document.ref for there in kept}:
                if one.expires is not None and expires is None:
                    one.expires.errors = [_("Enter the date your insurance runs out. It is on the certificate")]
                    return False
                files.file_in_vault(application.organisation, what=one.what, document=sent, expires_on=expires, by=me())
            commands.save_evidence(application, what=one.what.value, document=sent.ref, by=me())
        saved = True
    return saved


# -- looked at before there is a draft ---------------------------------------------------------------------------------


def blank(draft: Draft, block: Block) -> HouseForm | None:
    """The empty form of a page of the product's own, as a new draft meets it. None of the host's, which is a conversation."""
    if block is Block.PROJECT:
        return _place_form(draft)
    if block is Block.EVIDENCE:
        return _documents_form(draft, ())[0]
    if block is Block.OUTCOMES:
        asked = rules.tier(draft.application)
        form = _outcomes_form(draft, asked is None or asked.full_outcomes)
    elif block in (Block.COSTS, Block.BENEFICIARIES, Block.MILESTONES):
        form = {Block.COSTS: CostsForm, Block.BENEFICIARIES: PeopleForm, Block.MILESTONES: MilestonesForm}[block]()
        if block is Block.COSTS and not draft.application.round.terms.asks_vat:
            del form.vat
    else:
        return None
    form["costs" if block is Block.COSTS else "lines"].append_entry()
    return form
