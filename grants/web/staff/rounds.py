"""Rounds for those who run them: planned, opened with their money held, followed, and closed."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import StopValidation

from grants.applications import queries as applications
from grants.applications.policies import READ
from grants.awards import held as awards
from grants.kernel import clock
from grants.kernel.errors import Objection, Refused, RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, many, mark
from grants.people.duties import label
from grants.people.models import Duty
from grants.people.policies import holds
from grants.questions.queries import document
from grants.rounds import commands, policies, queries, rules
from grants.rounds.models import Round, State
from grants.rounds.rules import STANDARD, Weighed
from grants.strategy.models import Strategy
from grants.streams import promises
from grants.streams.lines import line as line_of
from grants.streams.queries import pot as pot_of
from grants.web import navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    DatePartsField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    OnceKey,
    Required,
    SelectChoice,
    SelectField,
    TextField,
)
from grants.web.public.rounds import when
from grants.web.staff.pots import Change, Deed, confirmed, shown

area = Blueprint("staff_rounds", __name__)
navigation.item(mark("Funding rounds"), "staff_rounds.index", 30, shown=is_staff)

_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.ASCII)


def read_time(typed: str) -> time:
    """12:00 for 'midday', '12 noon', '12pm' and '12:00'. ValueError says how to write it."""
    plain = typed.strip().lower().replace("a.m.", "am").replace("p.m.", "pm")
    if plain in ("midday", "noon", "12 noon", "12 midday"):
        return time(12, 0)
    if plain in ("midnight", "12 midnight"):
        return time(0, 0)
    found = _HOURS.fullmatch(plain)
    if found:
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half or not found[2]:
            hour = 99
        if hour <= 23 and minute <= 59:
            return time(hour, minute)
    raise ValueError(_("Enter a time like 9am, 5:30pm, midday or 23:59"))


class TimeField(TextField):
    """A time of day, kept as typed and read in London."""

    width = 10
    spellcheck = False

    def pre_validate(self, form: Any) -> None:
        """What cannot be read is said here."""
        super().pre_validate(form)
        try:
            read_time(self.data or "midday")
        except ValueError as unread:
            raise StopValidation(str(unread)) from unread


class RoundForm(HouseForm):
    """Everything a round is planned with. Weights stand for the four criteria every round is scored by."""

    pot = SelectField(
        mark("Which money is it from?"), [Required(mark("Choose which money it is from"))], blank=mark("Choose a fund and year")
    )
    title = TextField(
        mark("Title"), [Required(mark("Enter a title"))], description=mark("Groups see this, so use plain words.")
    )
    purpose = LongTextField(
        mark("What is the money for?"),
        [Required(mark("Enter what the money is for"))],
        description=mark("One or two short paragraphs, as you would say it to a group that has never applied for anything."),
    )
    strategy = SelectField(
        mark("Which plan’s priorities do groups choose from?"), [Required(mark("Choose a plan"))], blank=mark("Choose a plan")
    )
    smallest = MoneyField(
        mark("The least a group can ask for"), [Required(mark("Enter the least"))], thing=mark("the least"), least=Money(1)
    )
    largest = MoneyField(
        mark("The most a group can ask for"), [Required(mark("Enter the most"))], thing=mark("the most"), least=Money(1)
    )
    opens_on = DatePartsField(
        mark("When does it open?"), [Required(mark("Enter the day it opens"))], thing=mark("the opening date")
    )
    opens_time = TimeField(mark("At what time does it open?"), [Required(mark("Enter the time it opens"))])
    closes_on = DatePartsField(
        mark("When does it close?"), [Required(mark("Enter the day it closes"))], thing=mark("the closing date")
    )
    closes_time = TimeField(
        mark("At what time does it close?"),
        [Required(mark("Enter the time it closes"))],
        description=mark("Midday on a working day is kindest: somebody is there to help."),
    )
    project_starts_on = DatePartsField(
        mark("First day a project can start"),
        [Required(mark("Enter the first day a project can start"))],
        thing=mark("the first day"),
    )
    project_ends_on = DatePartsField(
        mark("Last day a project can end"),
        [Required(mark("Enter the last day a project can end"))],
        thing=mark("the last day"),
    )
    assessors = IntegerField(
        mark("How many people score each application?"),
        [Required(mark("Enter how many people score each application"))],
        thing=mark("the number of people"),
        least=1,
        most=rules.MOST_ASSESSORS,
        width=2,
    )
    weight_1, weight_2, weight_3, weight_4 = (
        IntegerField(
            one.name, [Required(mark("Enter a weight"))], thing=mark("the weight"), least=1, most=100, width=3, suffix="%"
        )
        for one in STANDARD
    )
    key = OnceKey()

    def instant(self, which: str) -> datetime | None:
        """The opening or closing instant; a clock that does not show that hour, or shows it twice, is said beside the time."""
        at = self[f"{which}_time"]
        try:
            return clock.deadline(self[f"{which}_on"].data, read_time(at.data))
        except ValueError as unreal:
            at.errors = [*at.errors, _(str(unreal))]
            return None

    def criteria(self) -> list[Weighed]:
        """The standard four, weighed as typed."""
        return [one._replace(weight=self[f"weight_{n}"].data) for n, one in enumerate(STANDARD, 1)]


class HoldForm(HouseForm):
    """How much to hold."""

    hold = MoneyField(
        mark("How much do you want to hold for this round?"),
        [Required(mark("Enter how much to hold"))],
        thing=mark("the amount"),
        least=Money(1),
        description=mark("The panel can award up to this. It is taken from what is free and kept for this round."),
    )
    key = OnceKey()


class BackForm(HouseForm):
    """Held money that is not needed."""

    amount = MoneyField(
        mark("How much does the round give back?"),
        [Required(mark("Enter how much"))],
        thing=mark("the amount"),
        least=Money(1),
    )
    key = OnceKey()


class CloseForm(HouseForm):
    """Nothing but the button."""

    key = OnceKey()


@area.get("/funding-rounds")
@staff
def index() -> ResponseReturnValue:
    """Every round this person works with."""
    return render_template(
        "staff_rounds/index.html", rounds=queries.rounds(me()), plans=holds(me(), Duty.GRANTS_OFFICER), when=when
    )


@area.route("/funding-rounds/new", methods=["GET", "POST"])
@staff
def new() -> ResponseReturnValue:
    """Plan a round."""
    if not holds(me(), Duty.GRANTS_OFFICER):
        raise Refused(Objection(_("You do not hold the duty that this needs."), label(Duty.GRANTS_OFFICER)))
    pots, plans = queries.pots(me()), queries.plans(me())
    form = RoundForm(data=_usual())
    form.pot.choices = [SelectChoice(one.ref, _pot_label(one)) for one in pots]
    form.strategy.choices = [SelectChoice(one.ref, _plan_label(one)) for one in plans]
    if form.accepted():
        given: dict[str, Any] = form.data
        opens_at, closes_at = form.instant("opens"), form.instant("closes")
        if opens_at is not None and closes_at is not None:
            with form.reporting():
                source = next(one for one in pots if one.ref == given["pot"])
                planned = commands.plan(
                    pot=pot_of(source.pot),
                    line=line_of(source.ref) if source.line else None,
                    strategy=next(one for one in plans if one.ref == given["strategy"]),
                    title=given["title"],
                    purpose=given["purpose"],
                    smallest=given["smallest"],
                    largest=given["largest"],
                    opens_at=opens_at,
                    closes_at=closes_at,
                    project_starts_on=given["project_starts_on"],
                    project_ends_on=given["project_ends_on"],
                    criteria=form.criteria(),
                    assessors=given["assessors"],
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # @command takes it
                )
                flash(_("The round is planned. Nobody outside sees it until you open it."))
                return redirect(url_for("staff_rounds.show", ref=planned.ref))
    return render_template("staff_rounds/new.html", form=form, criteria=STANDARD, pots=pots, plans=plans), form.status


def _usual() -> dict[str, Any]:
    return {"opens_time": "9am", "closes_time": "midday", "assessors": 2} | {
        f"weight_{n}": one.weight for n, one in enumerate(STANDARD, 1)
    }


def _pot_label(source: queries.Source) -> str:
    label = f"{source.stream}, {clock.year_label(source.year)}"
    return f"{label}: {source.line}" if source.line else label


def _plan_label(plan: Strategy) -> str:
    if plan.ends_on is None:
        return plan.name
    if plan.ends_on < clock.today():
        return _("%(plan)s (ended %(year)s)", plan=plan.name, year=plan.ends_on.year)
    return _("%(plan)s (to %(year)s)", plan=plan.name, year=plan.ends_on.year)


@area.get("/funding-rounds/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """Where a round stands: its money, its dates, what was sent to it, and what can be done next."""
    round = queries.of_staff(me(), ref)
    stream = round.pot.stream
    reads = any(holds(me(), duty, partnership=stream.partnership, stream=stream.ref) for duty in READ)
    return render_template(
        "staff_rounds/show.html",
        round=round,
        held=queries.held(round),
        counts=applications.counts(round),
        bids=applications.submitted(round) if reads else [],
        issues=applications.issue_asked(round) is not None,
        reads=reads,
        status=_status(round),
        opens=round.state is State.PLANNED and may(policies.open_round, me(), round),
        gives_back=round.state is State.DECIDED and may(policies.open_round, me(), round),
        closes=round.state is State.OPEN and clock.now() >= round.closes_at and may(policies.close_round, me(), round),
        questions=document(round.question_set),
        when=when,
    )


def _status(round: Round) -> tuple[str, str, str]:
    """The tag's words and colour, and what is said beside it."""
    if rules.taking(round):
        return _("Open"), "green", f"{rules.left_in_words(round).capitalize()}: {when(round.closes_at)}"
    if rules.to_come(round):
        return _("Opens soon"), "yellow", when(round.opens_at)
    if round.state is State.OPEN:
        return _("To close"), "orange", _("Its closing time has passed.")
    words = {
        State.PLANNED: (_("Planned"), "grey"),
        State.ASSESSING: (_("Being scored"), "blue"),
        State.DECIDED: (_("Decided"), "purple"),
    }
    return *words[round.state], ""


@area.route("/funding-rounds/<ref>/open", methods=["GET", "POST"])
@staff
def open_(ref: str) -> ResponseReturnValue:
    """Hold the money and open it: first what that will do, then the doing."""
    round = queries.of_staff(me(), ref)
    if round.state is not State.PLANNED:
        return redirect(url_for("staff_rounds.show", ref=ref))
    form = HoldForm()
    free = queries.holdable(round)
    effect: tuple[Money, Money, Money] | None = None
    if form.accepted():
        hold: Money = form.data["hold"]
        with form.reporting():
            if request.form.get("then") == "open":
                commands.open_round(round, hold=hold, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
                flash(_("The round is open. %(held)s is held for it.", held=hold))
                return redirect(url_for("staff_rounds.show", ref=ref))
            if found := list(rules.unready(round, hold, queries.holdable(round), barred=promises.barred(round.pot))):
                raise RuleBroken(*found, field="hold")
            effect = (free, hold, free - hold)
    return render_template(
        "staff_rounds/open.html",
        round=round,
        form=form,
        free=queries.holdable(round),
        barred=list(promises.barred(round.pot)),
        effect=effect,
        when=when,
    ), form.status


@area.route("/funding-rounds/<ref>/give-back", methods=["GET", "POST"])
@staff
def give_back(ref: str) -> ResponseReturnValue:
    """Stop holding what a decided round has no more use for: first what that will do, then the doing."""
    round = queries.of_staff(me(), ref)
    there = url_for("staff_rounds.show", ref=ref)
    if round.state is not State.DECIDED:
        return redirect(there)
    held, promised, free = queries.held(round), awards.promised(round), queries.holdable(round)
    left = max(held - promised, Money(0))
    form = BackForm(data={"amount": left or None})
    effect: list[Change] = []
    digest = ""
    if form.accepted():
        amount: Money = form.data["amount"]
        digest = f"{ref}|{amount.pence}"
        with form.reporting():
            if confirmed(digest):
                commands.give_back(round, amount=amount, promised=promised, by=me(), key=once_key())  # type: ignore[call-arg]
                flash(_("The round gave back %(amount)s.", amount=amount))
                return redirect(there)
            if found := list(rules.not_given_back(round, amount, held, promised)):
                raise RuleBroken(*found, field="amount")
            where = round.line.name if round.line else round.pot.ref
            effect = [
                Change(_("Held for this round"), held, held - amount),
                Change(_("Free in %(pot)s", pot=where), free, free + amount),
            ]
    deed = Deed(
        title=_("Give back held money"),
        caption=round.title,
        crumbs=[(_("Funding rounds"), url_for("staff_rounds.index")), (ref, there)],
        back=there,
        button=_("Give back") if effect else _("See what this does"),
        objections=objections(policies.open_round, me(), round),
        says=[
            _(
                "This round holds %(held)s. Its decisions promise %(promised)s that is not offered yet.",
                held=held,
                promised=promised,
            )
        ],
        effect=effect,
        digest=digest,
    )
    return shown(deed, form)


@area.route("/funding-rounds/<ref>/close", methods=["GET", "POST"])
@staff
def close(ref: str) -> ResponseReturnValue:
    """Close it, after being told how many sent and how many did not."""
    round = queries.of_staff(me(), ref)
    form, counts = CloseForm(), applications.counts(round)
    if form.accepted():
        with form.reporting():
            commands.close_round(round, drafts=counts.drafts, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(
                _(
                    "The round is closed. %(sent)s to score; %(drafts)s not sent.",
                    sent=many("%(num)s application", "%(num)s applications", counts.sent),
                    drafts=many("%(num)s draft was", "%(num)s drafts were", counts.drafts),
                )
            )
            return redirect(url_for("staff_rounds.show", ref=ref))
    elif round.state is not State.OPEN:
        return redirect(url_for("staff_rounds.show", ref=ref))
    return render_template(
        "staff_rounds/close.html",
        round=round,
        form=form,
        counts=counts,
        too_early=list(rules.unclosable(round)),
        when=when,
    ), form.status
