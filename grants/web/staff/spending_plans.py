"""Spending plans: lines, the board, the funder, what changed, how each line stands against the books, and quarterly updates."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.agreements.models import Agreement
from grants.audit.queries import history
from grants.awards import planned as award_plans
from grants.awards import queries as awards
from grants.figures import plans as figures
from grants.kernel import clock
from grants.kernel.errors import NotFound, Stale
from grants.kernel.money import ZERO
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.people import queries as people
from grants.people.delegation import What, resolution_needed, table
from grants.spending import plans, policies, queries, rules
from grants.spending.models import STANDING, PlanState, PlanUpdate, SpendingPlan
from grants.spending.rules import LineFacts
from grants.streams import queries as streams
from grants.streams.models import Pot
from grants.web import asat
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    Characters,
    DatePartsField,
    Edition,
    FormField,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    RadiosField,
    Required,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
)

area = Blueprint("spending_plans", __name__)

BLANKS = 3  # empty lines offered under those that are filled in
NAME = Characters(rules.NAME, mark("Use 200 characters or fewer"))
LONG = Characters(rules.WORDS, mark("Use 2,000 characters or fewer"))
AGREED, SENT_BACK = "agreed", "sent back"


# -- forms -------------------------------------------------------------------------------------------------------------


class BeginForm(HouseForm):
    """The plan of a year; of a year whose plan stands, a new version and why."""

    year = SelectField(mark("Which financial year?"), [Required(mark("Choose the financial year"))])
    note = LongTextField(
        mark("If a plan of that year stands already, why is it changed?"),
        [LONG],
        rows=3,
        description=mark("Leave empty for a first version."),
    )
    key = OnceKey()


class LineRow(Row):
    """One line of a plan. A line with nothing in it is not there."""

    line = TextField()
    project = TextField(mark("Project"), [NAME])
    provider = TextField(mark("Who provides it"), [NAME])
    organisation = SelectField(mark("Which organisation is that, if it is one of ours?"), blank=mark("None of these"))
    pot = SelectField(mark("Which pot pays?"))
    amount = MoneyField(mark("Amount"), thing=mark("the amount"), least=ZERO)
    priority = SelectField(mark("Which priority does it serve?"), blank=mark("No priority"))
    results = LongTextField(mark("What results are expected?"), [LONG], rows=2)
    drop = TickField(mark("Drop this line"))

    @property
    def is_blank(self) -> bool:
        """Nobody typed anything here."""
        return not (self.project.data or self.provider.data or self.results.data or self.amount.data)


class LinesForm(HouseForm):
    """A draft's lines."""

    lines = Rows(FormField(LineRow), max_entries=plans.MOST_LINES)
    edition = Edition()


class ResolveForm(HouseForm):
    """What the board resolved."""

    resolution = TextField(mark("Which resolution?"), [Required(mark("Enter the resolution")), NAME])
    resolved_on = DatePartsField(
        mark("When was it resolved?"),
        [Required(mark("Enter the day of the resolution"))],
        thing=mark("the day of the resolution"),
    )
    key = OnceKey()


class SendForm(HouseForm):
    """When it went to the funder."""

    sent_on = DatePartsField(
        mark("When was it sent?"), [Required(mark("Enter the day it was sent"))], thing=mark("the day it was sent")
    )
    key = OnceKey()


class AnswerForm(HouseForm):
    """What the funder said, and when."""

    answer = RadiosField(
        mark("What did the funder answer?"),
        [Required(mark("Choose what the funder answered"))],
        choices=[SelectChoice(AGREED, mark("It agreed")), SelectChoice(SENT_BACK, mark("It sent the plan back"))],
        hints={
            AGREED: mark("This version stands from now on."),
            SENT_BACK: mark("It becomes a draft again and goes to the board again."),
        },
    )
    on = DatePartsField(mark("When?"), [Required(mark("Enter the day of the answer"))], thing=mark("the day of the answer"))
    said = LongTextField(mark("In its words"), [LONG], rows=4)
    key = OnceKey()


class LetStandForm(HouseForm):
    """A change within the limit."""

    reason = LongTextField(mark("Why is the plan changed?"), [Required(mark("Say why the plan is changed")), LONG], rows=3)
    resolution = TextField(mark("The resolution that allows it, if one is needed"), [NAME])
    key = OnceKey()


class GiveUpForm(HouseForm):
    """Why a version is given up."""

    reason = LongTextField(mark("Why?"), [Required(mark("Say why")), LONG], rows=3)
    key = OnceKey()


class UpdateRow(Row):
    """What is said of one line."""

    line = TextField()
    said = LongTextField(mark("What happened"), [LONG], rows=2)


class UpdateForm(HouseForm):
    """What the funder is told of a quarter."""

    lines = Rows(FormField(UpdateRow), max_entries=plans.MOST_LINES)
    said = LongTextField(mark("The quarter as a whole"), [LONG], rows=4)
    sent_on = DatePartsField(
        mark("When was it sent?"),
        thing=mark("the day it was sent"),
        description=mark("Leave empty to save it without sending. What is sent never changes any more."),
    )


class PlaceForm(HouseForm):
    """Which line of the spending plan."""

    line = SelectField(mark("Which line of the spending plan is it measured against?"), blank=mark("No line"))


# -- lists and one -----------------------------------------------------------------------------------------------------


@area.get("/agreements/<ref>/plans")
@staff
def index(ref: str) -> ResponseReturnValue:
    """Every version of an agreement's spending plans."""
    agreement = queries.agreement_of_staff(me(), ref)
    return render_template(
        "spending_plans/index.html",
        agreement=agreement,
        plans=queries.plans(agreement),
        may_draft=may(policies.draft_plan, me(), agreement),
    )


@area.route("/agreements/<ref>/plans/new", methods=["GET", "POST"])
@staff
def new(ref: str) -> ResponseReturnValue:
    """Begin the plan of a year, or a new version of one that stands."""
    agreement = queries.agreement_of_staff(me(), ref)
    years = _years(agreement)
    asked = request.args.get("year", "")
    form = BeginForm(data={"year": asked if asked in years else (years[0] if years else None)})
    form.year.choices = [SelectChoice(year, year) for year in years]
    if form.accepted():
        with form.reporting():
            plan = plans.draft_plan(  # type: ignore[call-arg]  # @command takes the key
                agreement, key=once_key(), year=clock.read_year(form.year.data), note=form.note.data or None, by=me()
            )
            return redirect(url_for(".lines" if not plan.lines else ".show", ref=plan.ref))
    page = render_template(
        "spending_plans/new.html", agreement=agreement, form=form, objections=objections(policies.draft_plan, me(), agreement)
    )
    return page, form.status


def _years(agreement: Agreement) -> list[str]:
    """The years an agreement runs in, those with money first, the latest first."""
    runs = range(clock.financial_year(agreement.starts_on), clock.financial_year(agreement.ends_on) + 1)
    paid = set(queries.plan_years(agreement))
    return [clock.year_label(year) for year in sorted(runs, key=lambda year: (year not in paid, -year))]


@area.get("/spending-plans/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One version: its lines against the books, what is outside the plan, what changed, its way so far, its updates."""
    plan = queries.plan_of_staff(me(), ref)
    then = asat.asked()
    differs = plans.changed(plan) if plan.version > 1 else []
    limit = plan.agreement.change_limit
    given = queries.given(plan.agreement, plan.year)
    updates = queries.updates(plan.agreement, plan.year)
    back = list(rules.goes_back(differs, limit))
    lines = history(plan.ref, *(one.ref for one in updates), most=50)
    page = render_template(
        "spending_plans/show.html",
        plan=plan,
        agreement=plan.agreement,
        found=figures.measured(plan, on=then.on, known=then.known),
        then=then,
        form=then.form,
        given=given,
        planned=queries.planned(plan),
        beyond=list(rules.beyond(queries.planned(plan), given)),
        versions=[one for one in queries.plans(plan.agreement) if one.year == plan.year],
        changes=differs,
        goes_back=back,
        within=plan.version > 1 and not back and bool(differs) and queries.last_agreed(plan) is not None,
        updates=updates,
        quarters=_quarters(plan, updates),
        may_carry=may(policies.carry, me(), plan),
        cannot_stand=objections(policies.let_stand, me(), plan, plans.moved(differs), table(plan.agreement.partnership)),
        history=lines,
        names=people.names({line.by for line in lines} | {plan.drafted_by}),
    )
    return page, then.form.status


class Quarter(NamedTuple):
    """A quarter of the plan's year: over or not, and its update if one was written."""

    through: date
    over: bool
    update: PlanUpdate | None


def _quarters(plan: SpendingPlan, updates: Sequence[PlanUpdate]) -> list[Quarter]:
    written = {one.through: one for one in updates}
    return [Quarter(end, end <= clock.today(), written.get(end)) for end in rules.quarters(plan.year)]


# -- a draft's lines ---------------------------------------------------------------------------------------------------


@area.route("/spending-plans/<ref>/lines", methods=["GET", "POST"])
@staff
def lines(ref: str) -> ResponseReturnValue:
    """Edit a draft's lines, without a script: empty lines at the end add more, a tick drops one."""
    plan = queries.plan_of_staff(me(), ref)
    pots = {pot.ref: pot for pot in queries.pots(plan.agreement, plan.year)} | {line.pot.ref: line.pot for line in plan.lines}
    form = _lines_form(plan, pots)
    both: list[tuple[str, str, str]] = []
    if form.accepted():
        try:
            with form.reporting():
                plans.save_lines(plan, _typed(form, pots), edition=form.edition.data, by=me())
                if request.form.get("then") != "more":
                    flash(_("The lines are saved."))
                    return redirect(url_for(".show", ref=ref))
                return redirect(url_for(".lines", ref=ref, _anchor="more"))
        except Stale as stale:
            both = _both(stale)
            form.edition.data = queries.plan_of_staff(me(), ref).edition
            form.report(
                _(
                    "Somebody else saved these lines while you were working on them. Nothing of yours is saved yet. Compare "
                    "the two versions below, change yours if you need to, then save to keep yours."
                )
            )
    page = render_template(
        "spending_plans/lines.html",
        plan=plan,
        form=form,
        both=both,
        given=queries.given(plan.agreement, plan.year),
        objections=objections(policies.draft_plan, me(), plan.agreement, {pot.stream for pot in pots.values()}),
    )
    return page, 409 if both else form.status


def _lines_form(plan: SpendingPlan, pots: Mapping[str, Pot]) -> LinesForm:
    filled = [
        {
            "line": line.line,
            "project": line.project,
            "provider": line.provider,
            "organisation": line.organisation.ref if line.organisation else None,
            "pot": line.pot.ref,
            "amount": line.amount,
            "priority": line.priority.ref if line.priority else None,
            "results": line.results,
        }
        for line in plan.lines
    ]
    form = LinesForm(data={"lines": [*filled, *({} for _n in range(BLANKS))], "edition": plan.edition})
    organisations = [SelectChoice(*one) for one in streams.organisation_choices()]
    priorities = [SelectChoice(*one) for one in queries.priorities_for(plan.agreement.partnership, plan.year)]
    paying = [SelectChoice(ref, f"{pot.stream.name} ({ref})") for ref, pot in sorted(pots.items())]
    for entry in form.lines.entries:
        entry.form.organisation.choices, entry.form.priority.choices = organisations, priorities
        entry.form.pot.choices = paying
    return form


def _typed(form: LinesForm, pots: Mapping[str, Pot]) -> list[LineFacts]:
    found = []
    for entry in form.lines.entries:
        row = entry.form
        if row.is_blank or row.drop.data or row.pot.data not in pots:
            continue
        found.append(
            LineFacts(
                row.line.data or None,
                pots[row.pot.data],
                row.project.data or "",
                row.provider.data or "",
                row.amount.data or ZERO,
                row.results.data or "",
                people.organisation(row.organisation.data) if row.organisation.data else None,
                queries.priority(row.priority.data),
            )
        )
    return found


def _both(stale: Stale) -> list[tuple[str, str, str]]:
    """(line, yours, theirs) of what two people typed."""
    names = dict.fromkeys([name for name, _said in (*stale.theirs, *stale.yours)])
    return [(name, dict(stale.yours).get(name, ""), dict(stale.theirs).get(name, "")) for name in names]


# -- the board and the funder ------------------------------------------------------------------------------------------


def _step(
    ref: str, form: HouseForm, wanted: frozenset[PlanState], template: str, do: Callable[[SpendingPlan], str], **shown: Any
) -> ResponseReturnValue:
    """A page that carries a plan one step on, and back to the plan."""
    plan = queries.plan_of_staff(me(), ref)
    if form.accepted():
        with form.reporting():
            flash(do(plan))
            return redirect(url_for(".show", ref=ref))
    page = render_template(
        template,
        plan=plan,
        form=form,
        wrong=plan.state not in wanted,
        beyond=list(rules.beyond(queries.planned(plan), queries.given(plan.agreement, plan.year))),
        objections=objections(policies.carry, me(), plan),
        **shown,
    )
    return page, form.status


@area.route("/spending-plans/<ref>/resolve", methods=["GET", "POST"])
@staff
def resolve(ref: str) -> ResponseReturnValue:
    """Record the board's resolution."""
    form = ResolveForm()

    def do(plan: SpendingPlan) -> str:
        plans.resolve(plan, resolution=form.resolution.data, resolved_on=form.resolved_on.data, by=me())
        return _("The board’s resolution is recorded. Send the plan to the funder next.")

    return _step(ref, form, frozenset({PlanState.DRAFT}), "spending_plans/resolve.html", do)


@area.route("/spending-plans/<ref>/send", methods=["GET", "POST"])
@staff
def send(ref: str) -> ResponseReturnValue:
    """Record that it went to the funder."""
    form = SendForm(data={"sent_on": clock.today()})

    def do(plan: SpendingPlan) -> str:
        plans.send(plan, sent_on=form.sent_on.data, by=me())
        return _("Recorded as sent.")

    return _step(ref, form, frozenset({PlanState.RESOLVED}), "spending_plans/send.html", do)


@area.route("/spending-plans/<ref>/answer", methods=["GET", "POST"])
@staff
def answer(ref: str) -> ResponseReturnValue:
    """Record what the funder answered."""
    form = AnswerForm(data={"on": clock.today()})

    def do(plan: SpendingPlan) -> str:
        said = form.said.data or ""
        if form.answer.data == AGREED:
            plans.record_agreed(plan, agreed_on=form.on.data, said=said, by=me())
            return _("The funder agreed: version %(version)s stands.", version=plan.version)
        plans.record_sent_back(plan, on=form.on.data, said=said, by=me())
        return _("The plan is a draft again.")

    return _step(ref, form, frozenset({PlanState.SENT}), "spending_plans/answer.html", do)


@area.route("/spending-plans/<ref>/let-stand", methods=["GET", "POST"])
@staff
def let_stand(ref: str) -> ResponseReturnValue:
    """Let a change within the limit stand at once, under delegation."""
    plan = queries.plan_of_staff(me(), ref)
    form = LetStandForm(data={"reason": plan.note})
    differs = plans.changed(plan)
    steps = table(plan.agreement.partnership)
    if form.accepted():
        with form.reporting():
            plans.let_stand(plan, reason=form.reason.data, resolution=form.resolution.data or None, by=me())
            flash(_("Version %(version)s stands. Tell the funder in the next update.", version=plan.version))
            return redirect(url_for(".show", ref=ref))
    page = render_template(
        "spending_plans/let_stand.html",
        plan=plan,
        form=form,
        changes=differs,
        goes_back=list(rules.goes_back(differs, plan.agreement.change_limit)),
        never=queries.last_agreed(plan) is None,
        needs_resolution=resolution_needed(What.PLAN_CHANGE, plans.moved(differs), steps),
        objections=objections(policies.let_stand, me(), plan, plans.moved(differs), steps),
    )
    return page, form.status


@area.route("/spending-plans/<ref>/give-up", methods=["GET", "POST"])
@staff
def give_up(ref: str) -> ResponseReturnValue:
    """End a version that never stood."""
    form = GiveUpForm()

    def do(plan: SpendingPlan) -> str:
        plans.give_up(plan, reason=form.reason.data, by=me())
        return _("This version is given up. What stands goes on standing.")

    under_way = frozenset({PlanState.DRAFT, PlanState.RESOLVED, PlanState.SENT})
    return _step(ref, form, under_way, "spending_plans/give_up.html", do)


# -- quarterly updates -------------------------------------------------------------------------------------------------


@area.route("/spending-plans/<ref>/updates/<through>", methods=["GET", "POST"])
@staff
def write(ref: str, through: str) -> ResponseReturnValue:
    """Write what the funder is told of a quarter, with each line's figures as the books stood at its end."""
    plan = queries.plan_of_staff(me(), ref)
    try:
        end = date.fromisoformat(through)
    except ValueError:
        raise NotFound() from None
    if end not in rules.quarters(plan.year):
        raise NotFound()
    there = queries.update_to(plan, end)
    if there is not None and there.sent_on is not None:
        abort(redirect(url_for(".update", ref=there.ref), 303))
    found = figures.measured(plan, on=end)
    before = {line.line: line.said for line in there.lines} if there else {}
    form = UpdateForm(
        data={
            "lines": [{"line": row.line, "said": before.get(row.line)} for row in found.lines],
            "said": there.said if there else None,
        }
    )
    if form.accepted():
        with form.reporting():
            words = {entry.form.line.data: entry.form.said.data or "" for entry in form.lines.entries}
            made = plans.write_update(
                plan,
                through=end,
                figures=figures.stood(found),
                words=words,
                said=form.said.data or "",
                sent_on=form.sent_on.data,
                by=me(),
            )
            flash(_("The update is sent.") if made.sent_on else _("The update is saved. It is not sent yet."))
            return redirect(url_for(".update", ref=made.ref))
    page = render_template(
        "spending_plans/write.html",
        plan=plan,
        through=end,
        found=found,
        form=form,
        rows=list(zip(found.lines, form.lines.entries, strict=False)),
        over=end <= clock.today(),
        stands=plan.state in STANDING,
        objections=objections(policies.carry, me(), plan),
    )
    return page, form.status


@area.get("/plan-updates/<ref>")
@staff
def update(ref: str) -> ResponseReturnValue:
    """What was sent of a quarter, and what the books say now of the same day."""
    found = queries.update_of_staff(me(), ref)
    plan = queries.plan_of_staff(me(), found.plan.ref)
    now = figures.measured(plan, on=found.through)
    return render_template(
        "spending_plans/update.html",
        update=found,
        plan=plan,
        rows=figures.differences(found, now),
        now=now,
        names=people.names({found.recorded_by}),
        may_carry=may(policies.carry, me(), plan),
    )


# -- an award's line ---------------------------------------------------------------------------------------------------


@area.route("/awards/<ref>/plan-line", methods=["GET", "POST"])
@staff
def place_award(ref: str) -> ResponseReturnValue:
    """Measure an award against a line of the spending plan."""
    award = awards.award_of_staff(me(), ref)
    form = PlaceForm(data={"line": award.plan_line})
    form.line.choices = [
        SelectChoice(one.line, f"{one.project}, {one.provider} ({one.amount})") for one in queries.lines_for([award.pot_id])
    ]
    if form.accepted():
        with form.reporting():
            award_plans.place_in_plan(award, line=form.line.data, by=me())
            flash(_("Saved."))
            return redirect(url_for("awards.show", ref=ref))
    page = render_template(
        "spending_plans/place.html", award=award, form=form, objections=objections(award_plans.may_place, me(), award)
    )
    return page, form.status
