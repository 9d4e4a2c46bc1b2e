"""Rounds for those who run them: planned, opened with their money held, followed, and closed."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications import queries as applications
from grants.applications.commands import give_longer
from grants.applications.policies import READ
from grants.awards import held as promised_awards
from grants.awards import queries as awards
from grants.kernel import clock
from grants.kernel.errors import Objection, Refused, RuleBroken
from grants.kernel.money import Money, total
from grants.kernel.policy import may, objections, require
from grants.kernel.words import _, many, mark
from grants.people import queries as people
from grants.people.duties import label
from grants.people.models import Duty
from grants.people.policies import holds
from grants.rounds import commands, policies, queries, rules
from grants.rounds.models import Lot, Round, State
from grants.rounds.terms import Firmness
from grants.streams import promises
from grants.streams.lines import line as line_of
from grants.streams.queries import organisation_choices
from grants.streams.queries import pot as pot_of
from grants.web import navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.formats import when
from grants.web.forms import (
    Characters,
    DatePartsField,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    Required,
    SelectChoice,
    SelectField,
)
from grants.web.staff.pots import Change, Deed, confirmed, shown
from grants.web.staff.round_forms import Basics, Source, TimeField, plan_label, read_time, usual_dates, which_pot
from grants.web.staff.round_words import PARTS, checklist, missing, setup_of, standings

area = Blueprint("staff_rounds", __name__)
navigation.item(mark("Funding rounds"), "staff_rounds.index", 30, shown=is_staff)


class RoundForm(Source, Basics):
    """Everything a round is planned with. The rest is set up on pages of its own."""

    key = OnceKey()


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
    form = RoundForm(data=usual_dates())
    form.pot.choices = [SelectChoice(one.ref, _pot_label(one)) for one in pots]
    form.strategy.choices = [SelectChoice(one.ref, plan_label(one)) for one in plans]
    if form.accepted() and (facts := form.facts()) is not None:
        with form.reporting():
            source = next(one for one in pots if one.ref == form.pot.data)
            planned = commands.plan(
                pot=pot_of(source.pot),
                line=line_of(source.ref) if source.line else None,
                strategy=next(one for one in plans if one.ref == form.strategy.data),
                **facts,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("The round is planned. Nobody outside sees it until you announce it or open it."))
            return redirect(url_for("staff_rounds.show", ref=planned.ref))
    return render_template("staff_rounds/new.html", form=form, pots=pots, plans=plans), form.status


def _pot_label(source: queries.Source) -> str:
    label = f"{source.stream}, {clock.year_label(source.year)}"
    return f"{label}: {source.line}" if source.line else label


@area.get("/funding-rounds/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """Where a round stands: its money, its dates, what was sent to it, and what can be done next."""
    round = queries.of_staff(me(), ref)
    stream = round.pot.stream
    reads = any(holds(me(), duty, partnership=stream.partnership, stream=stream.ref) for duty in READ)
    looks_after = may(policies.open_round, me(), round)
    planned = round.state is State.PLANNED
    ready = checklist(round) if planned else []
    exceptions = _exceptions(round) if reads and not planned else []
    return render_template(
        "staff_rounds/show.html",
        round=round,
        held=queries.held(round),
        counts=applications.counts(round),
        bids=applications.submitted(round) if reads else [],
        issues=applications.issue_asked(round) is not None,
        reads=reads,
        status=_status(round),
        plans=planned and looks_after,
        gives_back=round.state is State.DECIDED and looks_after,
        closes=round.state is State.OPEN and clock.now() >= round.closes_at and looks_after,
        permits=round.state in (State.OPEN, State.ASSESSING) and looks_after,
        permitted=[] if planned else queries.permits(round),
        copies=not planned and looks_after,
        ready=ready,
        parts=standings(round, ready) if planned else [],
        told=[(part, list(part.told(setup_of(round)))) for part in PARTS.values()],
        lots=_lots(round) if round.lots and not planned else [],
        unplaced=applications.unplaced(round) if round.lots and reads else [],
        exceptions=exceptions,
        when=when,
    )


def _exceptions(round: Round) -> list[applications.Flagged]:
    """What was sent and breaks a rule that is *normal*. Asked only where the round has one."""
    terms = round.terms
    firm = [rule.firmness for rules_of in (terms.limits, terms.frequency, terms.not_funded) for rule in rules_of]
    if Firmness.NORMAL not in firm:
        return []
    return applications.flagged(round, awards.funded_years(round.pot.stream))


def _lots(round: Round) -> list[tuple[Lot, Money, int]]:
    """The parts with what each holds now and how many applications fell into it."""
    held, sent = queries.held_by_lot(round), applications.by_lot(round)
    return [(lot, held.get(lot.ref, Money(0)), sent.get(lot.id, 0)) for lot in round.lots]


def _status(round: Round) -> tuple[str, str, str]:
    """The tag's words and colour, and what is said beside it."""
    if rules.taking(round):
        return _("Open"), "green", f"{rules.left_in_words(round).capitalize()}: {when(round.closes_at)}"
    if rules.to_come(round):
        return _("Opens soon"), "yellow", when(round.opens_at)
    if round.state is State.OPEN:
        return _("To close"), "orange", _("Its closing time has passed.")
    if round.state is State.PLANNED and round.forecast:
        return _("Announced"), "yellow", _("It is to open on %(when)s.", when=when(round.opens_at))
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
    whole = total(lot.amount for lot in round.lots)
    form = HoldForm(data={"hold": whole or None})
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
            if found := [f"{line.what}: {line.says}" for line in missing(round)]:
                raise RuleBroken(*found)
            effect = (free, hold, free - hold)
    return render_template(
        "staff_rounds/open.html",
        round=round,
        form=form,
        whole=whole,
        free=queries.holdable(round),
        barred=list(promises.barred(round.pot)),
        missing=missing(round),
        effect=effect,
        when=when,
    ), form.status


class CopyForm(HouseForm):
    """From which money."""

    pot = which_pot()
    key = OnceKey()


@area.route("/funding-rounds/<ref>/copy", methods=["GET", "POST"])
@staff
def copy(ref: str) -> ResponseReturnValue:
    """Plan the same round again, a year on."""
    round = queries.of_staff(me(), ref)
    pots = [one for one in queries.pots(me()) if one.line is None]
    form = CopyForm()
    form.pot.choices = [SelectChoice(one.ref, _pot_label(one)) for one in pots]
    if form.accepted():
        with form.reporting():
            made = commands.copy(round, pot=pot_of(form.pot.data), by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("Copied from %(round)s, with every date moved on a year. Check the dates and the amounts.", round=ref))
            return redirect(url_for("staff_rounds.show", ref=made.ref))
    return render_template(
        "staff_rounds/copy.html", round=round, form=form, pots=pots, objections=objections(policies.open_round, me(), round)
    ), form.status


@area.post("/funding-rounds/<ref>/announce")
@staff
def announce(ref: str) -> ResponseReturnValue:
    """Show a planned round to everybody as coming, or stop showing it."""
    round, coming = queries.of_staff(me(), ref), request.form.get("coming") == "yes"
    try:
        commands.announce(round, coming=coming, by=me())
        flash(
            _("Everybody can now see that it is coming, and when it opens.")
            if coming
            else _("It is no longer announced. Nobody outside sees it.")
        )
    except RuleBroken as broken:
        flash(" ".join(broken.problems), "important")
    return redirect(url_for("staff_rounds.show", ref=ref))


class LateForm(HouseForm):
    """Which group, until when, and why."""

    group = SelectField(mark("Which group?"), [Required(mark("Choose the group"))], blank=mark("Choose a group"))
    until_on = DatePartsField(mark("Until which day?"), [Required(mark("Enter the day"))], thing=mark("the day"))
    until_time = TimeField(mark("Until what time?"), [Required(mark("Enter the time"))])
    reason = LongTextField(
        mark("Why?"),
        [Required(mark("Enter why")), Characters(1000)],
        rows=3,
        description=mark("It stays in the round’s history and in its register of late permits."),
    )
    key = OnceKey()


@area.route("/funding-rounds/<ref>/late-permits/new", methods=["GET", "POST"])
@staff
def permit(ref: str) -> ResponseReturnValue:
    """Let one group send later than everybody else."""
    round = queries.of_staff(me(), ref)
    require(policies.open_round, me(), round)
    form = LateForm(data={"until_time": "midday"})
    begun = applications.drafting(round)
    others = [one for one in organisation_choices() if one not in begun]
    form.group.choices = [
        *(SelectChoice(key, _("%(group)s (has begun)", group=name)) for key, name in begun),
        *(SelectChoice(key, name) for key, name in others),
    ]
    if form.accepted():
        try:
            until = clock.deadline(form.until_on.data, read_time(form.until_time.data))
        except ValueError as unreal:
            form.until_time.errors = [_(str(unreal))]
        else:
            with form.reporting():
                group = people.organisation(form.group.data)
                give_longer(
                    round,
                    organisation=group,
                    until=until,
                    reason=form.reason.data,
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # @command takes it
                )
                flash(_("%(group)s may send until %(until)s.", group=group.name, until=rules.in_words(until)))
                return redirect(url_for("staff_rounds.show", ref=ref, _anchor="late-permits"))
    return render_template(
        "staff_rounds/permit.html", round=round, form=form, permitted=queries.permits(round), when=when
    ), form.status


@area.route("/funding-rounds/<ref>/give-back", methods=["GET", "POST"])
@staff
def give_back(ref: str) -> ResponseReturnValue:
    """Stop holding what a decided round has no more use for: first what that will do, then the doing."""
    round = queries.of_staff(me(), ref)
    there = url_for("staff_rounds.show", ref=ref)
    if round.state is not State.DECIDED:
        return redirect(there)
    held, by_purse, free = queries.held(round), promised_awards.promised(round), queries.holdable(round)
    promised = total(by_purse.values())
    left = max(held - promised, Money(0))
    form = BackForm(data={"amount": left or None})
    effect: list[Change] = []
    digest = ""
    if form.accepted():
        amount: Money = form.data["amount"]
        digest = f"{ref}|{amount.pence}"
        with form.reporting():
            if confirmed(digest):
                commands.give_back(round, amount=amount, promised=by_purse, by=me(), key=once_key())  # type: ignore[call-arg]
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
