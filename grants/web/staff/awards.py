"""Awards: the list, one award's page for its group and for staff, its letter, and the officer's offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications.models import Application
from grants.applications.policies import READ
from grants.applications.rules import tier
from grants.audit.queries import history
from grants.awards import commands, policies, queries
from grants.awards.models import Award, Gate, Instalment, LaterYear, State
from grants.awards.rules import percent
from grants.kernel import clock
from grants.kernel.money import Money, total
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.monitoring import queries as monitoring
from grants.panel import queries as panels
from grants.panel.models import Decision
from grants.payments import policies as payment_policies
from grants.payments import queries as payments
from grants.payments.models import State as PaymentState
from grants.people.policies import holds_any
from grants.people.queries import acts_for, names
from grants.questions.purposes import matching, said
from grants.rounds.models import Round
from grants.rounds.terms import PAYMENTS, REPORTS, Payments
from grants.strategy import queries as strategy
from grants.strategy.models import Indicator, Priority
from grants.strategy.wording import measure
from grants.web import asat, navigation
from grants.web.access import is_staff, me, once_key, signed_in, staff, who
from grants.web.forms import (
    DatePartsField,
    DecimalField,
    FormField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    OnceKey,
    Required,
    Row,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
)

area = Blueprint("awards", __name__)

ANSWER_IN = timedelta(days=28)
LIKELY = 3  # priorities suggested beside a purpose
CONDITIONS = (
    mark("Spend the money only on what this letter says it is for."),
    mark("Tell us before you change what you do, when or where."),
    mark("Keep receipts for six years and show them to us if we ask."),
    mark("Send us the reports we ask for, on time."),
    mark("Pay back what you have not spent when the project ends."),
)
SHARES, TARGETS, LATER = 4, 3, 3

navigation.item(mark("Awards"), "awards.index", 50, shown=is_staff)
navigation.item(
    mark("Your grants"),
    "awards.index",
    30,
    shown=lambda: (one := who()) is not None and not is_staff() and bool(acts_for(one)),
)


class ShareRow(Row):
    """One priority and its share of the money."""

    priority = SelectField(mark("Priority"), blank="")
    share = DecimalField(mark("Share in %"), thing=mark("the share"), least=0, most=100, suffix="%")


class TargetRow(Row):
    """One promise."""

    indicator = SelectField(mark("What is measured"), blank="")
    value = IntegerField(mark("Promised"), thing=mark("the promise"), least=0)


class LaterRow(Row):
    """A year after the first, subject to funding."""

    year = TextField(mark("Financial year"), width=10)
    amount = MoneyField(mark("Amount"), thing=mark("the amount"), least=Money(1))


class OfferForm(HouseForm):
    """Everything the group will agree to."""

    purpose = LongTextField(
        mark("What the money is for"),
        [Required(mark("Write what the money is for"))],
        rows=3,
        characters=1000,
        description=mark("One or two sentences for the letter."),
    )
    starts_on = DatePartsField(
        mark("Project starts on"), [Required(mark("Enter the day the project starts"))], thing=mark("the first day")
    )
    ends_on = DatePartsField(
        mark("Project ends on"), [Required(mark("Enter the day the project ends"))], thing=mark("the last day")
    )
    answer_by = DatePartsField(
        mark("Last day to answer"),
        [Required(mark("Enter the last day to answer"))],
        thing=mark("the last day to answer"),
        description=mark("After this day the offer can be taken back."),
    )
    first_amount = MoneyField(
        mark("First payment"), [Required(mark("Enter the first payment"))], thing=mark("the first payment")
    )
    first_due = DatePartsField(
        mark("First payment is due on or after"),
        [Required(mark("Enter when the first payment is due"))],
        thing=mark("the day of the first payment"),
    )
    second_amount = MoneyField(mark("Second payment (optional)"), thing=mark("the second payment"))
    second_due = DatePartsField(mark("Second payment is due on or after"), thing=mark("the day of the second payment"))
    conditions = LongTextField(
        mark("Conditions"), rows=8, characters=4000, description=mark("One on each line, in plain words.")
    )
    shares = Rows(FormField(ShareRow), min_entries=SHARES, max_entries=SHARES)
    outside = DecimalField(
        mark("Outside the plan"), thing=mark("the share outside the plan"), least=0, most=100, suffix="%",
        description=mark("The part of the money that serves none of the priorities, if any."),
    )  # fmt: skip
    outside_reason = TextField(mark("Why is that part outside the plan?"))
    targets = Rows(FormField(TargetRow), min_entries=TARGETS, max_entries=TARGETS)
    later = Rows(FormField(LaterRow), min_entries=LATER, max_entries=LATER)
    key = OnceKey()


@area.get("/awards")
@signed_in
def index() -> ResponseReturnValue:
    """A group's own awards; for staff every award in their scope, filtered by state, and decisions still to be offered."""
    person = me()
    state = next((one for one in State if one.value == request.args.get("state")), None)
    return render_template(
        "awards/index.html",
        mine=queries.mine(person) if acts_for(person) else None,
        listed=queries.listed(person, state=state, after=request.args.get("after")) if is_staff() else None,
        to_offer=queries.to_offer(person) if is_staff() else (),
        state=state,
        states=list(State),
        on_first_page="after" not in request.args,
    )


@area.get("/awards/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """What was agreed, where the money is now, what comes next: for the group and for staff alike."""
    person = me()
    award = queries.award(person, ref)
    paid = {row.number: row for row in payments.of_award(award) if row.state is not PaymentState.REFUSED}
    reports = monitoring.of_award(award)
    lines, money = history(award.ref, most=50), queries.money_now(award)
    ours = award.organisation_id in acts_for(person)
    dates, status = asat.of_award(award, staff=not ours)
    page = render_template(
        "awards/show.html",
        **dates,
        award=award,
        ours=ours,
        money=money,
        all_of_it=total(amount for _stage, amount in money),
        reads_bid=ours or holds_any(person, READ),
        instalments=[(one, standing(one, paid.get(one.number), ours)) for one in award.instalments],
        served=queries.served(award),
        percent=percent,
        reports=reports,
        history=lines,
        names={} if ours else names({line.by for line in lines}),
        may_answer=may(policies.accept, person, award) and award.state is State.OFFERED and clock.today() <= award.answer_by,
        may_lapse=may(policies.lapse, person, award) and award.state is State.OFFERED and clock.today() > award.answer_by,
        raisable=_raisable(award, paid, ours),
        late=award.state is State.OFFERED and clock.today() > award.answer_by,
        plainly=plainly,
        measure=lambda one: measure(Decimal(one.value), one.indicator.unit),
    )
    return page, status


def standing(one: Instalment, paid: payments.Row | None, ours: bool) -> str:
    """Where a payment is, in words for the group or for staff."""
    if paid and paid.state is PaymentState.PAID:
        return _("Paid on %(day)s", day=_day(paid.paid_on))
    if paid:
        return _("Approved, on its way") if paid.state is PaymentState.APPROVED else _("Being checked before it is paid")
    if one.award.state in (State.DECLINED, State.LAPSED):
        return _("Will not be paid")
    if one.gate_met_at:
        return _("Can be paid from %(day)s", day=_day(one.due_on))
    if one.gate is Gate.REPORT:
        return _("Waits until we accept your report") if ours else _("Waits for a report to be accepted")
    return _("Waits until you accept the offer") if ours else _("Waits for the offer to be accepted")


def plainly(one: LaterYear) -> str:
    """A later year in the letter's own plain words."""
    from grants.papers.award_letter import in_plain_words

    return in_plain_words(one)


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"


def _raisable(award: Award, paid: dict[int, Any], ours: bool) -> Sequence[Instalment]:
    open_ = [one for one in award.instalments if one.gate_met_at and one.number not in paid]
    if ours or award.state is not State.ACCEPTED or not open_:
        return []
    done = payments.done(award)
    return [one for one in open_ if may(payment_policies.raise_payment, me(), one, done=done)]


@area.get("/awards/<ref>/letter.pdf")
@signed_in
def letter(ref: str) -> ResponseReturnValue:
    """The award letter, drawn now from the award as it stands."""
    from grants.papers.award_letter import draw

    award = queries.award(me(), ref)
    response = Response(draw(award), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{award.ref}.pdf"'
    return response


@area.post("/awards/<ref>/lapse")
@staff
def lapse(ref: str) -> ResponseReturnValue:
    """Take back an offer nobody answered in time."""
    award = queries.award(me(), ref)
    commands.lapse(award, by=me())
    if award.from_open_call:
        flash(_("Offer taken back. %(amount)s is held for the round again.", amount=award.agreed))
    else:
        flash(_("Offer taken back. %(amount)s is protected for the commitment again.", amount=award.agreed))
    return redirect(url_for("awards.show", ref=ref))


@area.route("/awards/offer/<ref>", methods=["GET", "POST"])
@staff
def make(ref: str) -> ResponseReturnValue:
    """Make an offer from one of the panel's decisions, filled in with what usually fits."""
    decision = panels.decision(me(), ref)
    require(policies.offer, me(), decision)
    if there := queries.of_application(decision.application):
        flash(_("An offer has been made already."), "notice")
        return redirect(url_for("awards.show", ref=there.ref))
    round = decision.panel.round
    priorities = {one.ref: (one, depth) for one, depth in strategy.priorities(round.strategy) if one.title}
    indicators = {one.ref: one for one in strategy.indicators_of(round.strategy)}
    form: Any = OfferForm(data=_usual(decision, round))
    for entry in form.shares.entries:
        entry.form.priority.choices = [
            SelectChoice(ref, "– " * depth + (one.title or ref)) for ref, (one, depth) in priorities.items()
        ]
    for entry in form.targets.entries:
        entry.form.indicator.choices = [SelectChoice(ref, one.title) for ref, one in indicators.items()]
    if form.accepted() and _whole(form):
        with form.reporting():
            award = commands.offer(
                decision,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                answer_by=form.answer_by.data,
                instalments=_payments(form),
                conditions=(form.conditions.data or "").splitlines(),
                shares=_shares(form, {ref: one for ref, (one, _depth) in priorities.items()}),
                targets=_targets(form, indicators),
                purpose=form.purpose.data,
                later_years=later_years(form),
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # the command decorator's own
            )
            flash(_("Offer made. The group has been told and has until %(day)s to answer.", day=_day(award.answer_by)))
            return redirect(url_for("awards.show", ref=award.ref))
    page = render_template(
        "awards/make.html",
        decision=decision,
        bid=decision.application,
        round=round,
        indicators=indicators,
        form=form,
        usual=(PAYMENTS[size.payments], REPORTS[size.reports]) if (size := tier(decision.application)) else None,
        about=said(decision.application.purpose),
        likely=likely_priorities(decision.application, [one.title or "" for one, _depth in priorities.values()]),
    )
    return page, form.status


def likely_priorities(bid: Application, titles: Sequence[str]) -> list[str]:
    """Priorities that share words with the purpose a group chose in plain words: to look at first, and nothing more."""
    return [title for title, _shared in matching([bid.purpose] if bid.purpose else [], titles)][:LIKELY]


def _usual(decision: Decision, round: Round) -> dict[str, Any]:
    """What an offer usually says: the bid's own priority, the payments its size of ask has (two halves without one), the
    round's days."""
    bid, size = decision.application, tier(decision.application)
    half = Money(0) if size and size.payments is Payments.AT_ONCE else Money(decision.amount.pence // 2)
    starts, ends = round.project_starts_on, round.project_ends_on
    return {
        "purpose": bid.title,
        "starts_on": starts,
        "ends_on": ends,
        "answer_by": clock.today() + ANSWER_IN,
        "first_amount": decision.amount - half,
        "first_due": max(clock.today(), starts - timedelta(days=14)),
        "second_amount": half or None,
        "second_due": starts + (ends - starts) // 2 if half else None,
        "conditions": "\n".join(_(text) for text in CONDITIONS),
        "shares": [{"priority": bid.priority.ref, "share": Decimal(100)}] if bid.priority else [],
    }


def _whole(form: Any) -> bool:
    """What no single field can tell of this offer."""
    beside = incomplete(form)
    if (form.second_amount.data is None) != (form.second_due.data is None):
        missing = "second_due" if form.second_amount.data else "second_amount"
        beside[missing] = _("Enter both the amount and the day of the second payment, or neither")
    if beside:
        form.report(fields=beside)
    return not beside


def incomplete(form: Any) -> dict[str, str]:
    """What no single field of any offer can tell: halves of a pair, years, shares finer than a hundredth of a percent."""
    beside: dict[str, str] = {}
    for entry in form.shares.entries:
        row = entry.form
        if bool(row.priority.data) != bool(row.share.data):
            name = row.share.name if row.priority.data else row.priority.name
            beside[name] = _("Enter both a priority and its share, or neither")
    for field in (*(entry.form.share for entry in form.shares.entries), form.outside):
        if isinstance(field.data, Decimal) and field.data * 100 % 1:
            beside[field.name] = _("Use no more than 2 decimal places, like 33.33")
    for entry in form.targets.entries:
        row = entry.form
        if bool(row.indicator.data) != (row.value.data is not None):
            name = row.value.name if row.indicator.data else row.indicator.name
            beside[name] = _("Enter both what is measured and the promise, or neither")
    for entry in form.later.entries:
        row = entry.form
        if bool(row.year.data) != (row.amount.data is not None):
            name = row.amount.name if row.year.data else row.year.name
            beside[name] = _("Enter both the year and the amount, or neither")
        elif row.year.data:
            try:
                clock.read_year(row.year.data)
            except ValueError:
                beside[row.year.name] = _("Enter a financial year like 2027/28")
    return beside


def later_years(form: Any) -> list[tuple[int, Money]]:
    """The years after the first, as typed and found whole."""
    rows = [entry.form for entry in form.later.entries]
    return [(clock.read_year(row.year.data), row.amount.data) for row in rows if row.year.data]


def _payments(form: Any) -> list[tuple[Money, Any, Gate]]:
    found = [(form.first_amount.data, form.first_due.data, Gate.ACCEPTED)]
    if form.second_amount.data is not None:
        found.append((form.second_amount.data, form.second_due.data, Gate.REPORT))
    return found


def _shares(form: Any, priorities: dict[str, Priority]) -> list[tuple[Priority | None, int, str | None]]:
    rows = [entry.form for entry in form.shares.entries]
    found: list[tuple[Priority | None, int, str | None]] = [
        (priorities[row.priority.data], int(row.share.data * 100), None) for row in rows if row.priority.data
    ]
    if form.outside.data:
        found.append((None, int(form.outside.data * 100), form.outside_reason.data))
    return found


def _targets(form: Any, indicators: dict[str, Indicator]) -> list[tuple[Indicator, int]]:
    rows = [entry.form for entry in form.targets.entries]
    return [(indicators[row.indicator.data], row.value.data) for row in rows if row.indicator.data]
