"""Protected commitments: the re-consideration list, one commitment, what is done with it, and the later years of awards.

Every page that moves money shows what it does first, then asks to confirm the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from textwrap import shorten
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import history
from grants.awards import commands as awards
from grants.awards import policies as award_policies
from grants.awards import queries as award_queries
from grants.awards import reconsider, years
from grants.awards.models import Award, Gate, YearState
from grants.awards.rules import Planned
from grants.kernel import clock
from grants.kernel.money import Money, apportion
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.monitoring import commands as monitoring
from grants.people import queries as people
from grants.people.models import Person
from grants.strategy import queries as strategies
from grants.strategy import wording as facts_wording
from grants.strategy.models import Strategy
from grants.streams import commands, passporting, policies, promises, queries, rules, wording
from grants.streams.models import Commitment, Outcome, Pot
from grants.web import navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    DatePartsField,
    DecimalField,
    FormField,
    HouseForm,
    IntegerField,
    LongTextField,
    MoneyField,
    OnceKey,
    RadiosField,
    Required,
    Rows,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
)
from grants.web.staff import awards as award_pages
from grants.web.staff.streams import pot_section

area = Blueprint("passporting", __name__)

navigation.item(mark("Protected commitments"), "passporting.index", 46, shown=is_staff)

STATED, NOT_STATED = "stated", "not stated"
ESTIMATE = "estimate"
OUTCOMES = (
    SelectChoice(Outcome.KEEP.value, mark("Keep it, as much as now")),
    SelectChoice(Outcome.CHANGE.value, mark("Change it")),
    SelectChoice(Outcome.TAPER.value, mark("Taper it")),
    SelectChoice(Outcome.RELEASE.value, mark("Release it")),
)
HINTS = {
    Outcome.KEEP.value: mark("It is protected again in next year’s pot."),
    Outcome.CHANGE.value: mark("Another amount, another service or another term."),
    Outcome.TAPER.value: mark("Less next year, on the way to an end."),
    Outcome.RELEASE.value: mark("It ends. What is still set aside goes back to free money."),
}
WAYS = (
    ("1", mark("In one payment")),
    ("2", mark("In 2 payments")),
    ("4", mark("In 4 payments")),
    ("12", mark("In 12 payments")),
)
LONG = 2000


class Effect(NamedTuple):
    """A line of what something does: a figure now and then. None: there is none."""

    figure: str
    now: Money | None
    then: Money | None


class ProtectForm(HouseForm):
    """Money set aside for a commitment that already stands."""

    recipient = TextField(
        mark("Who or what is the money protected for?"),
        [Required(mark("Enter who or what the money is protected for")), Characters(200, mark("Use 200 characters or fewer"))],
    )
    organisation = SelectField(mark("Which organisation is that, if it is one of ours?"), blank=mark("None of these"))
    service = TextField(
        mark("What is paid for? (optional)"), [Characters(200, mark("Use 200 characters or fewer"))],
        description=mark("For example, a patrol service or a post."),
    )  # fmt: skip
    kind = RadiosField(
        mark("What kind of commitment is it?"),
        choices=[SelectChoice(one, wording.kind(one)) for one in rules.KINDS],
        default=rules.PASSPORTED,
        small=True,
    )
    amount = MoneyField(
        mark("How much?"),
        thing=mark("the amount"),
        least=Money(1),
        description=mark(
            "Leave it empty if the amount is not stated: then nothing else can be promised from this pot until it is."
        ),
    )
    protected_from = DatePartsField(
        mark("Protected from"), [Required(mark("Enter the day the protection begins"))], thing=mark("the first day")
    )
    protected_until = DatePartsField(
        mark("Protected until"), thing=mark("the last day"), description=mark("Every kind but an on-going service has one.")
    )
    approval_basis = TextField(
        mark("What approved it?"),
        [Characters(500, mark("Use 500 characters or fewer"))],
        description=mark("For example, a decision of the board and its date."),
    )
    exemption = TextField(
        mark("Or why was it not competed for?"),
        [Characters(500, mark("Use 500 characters or fewer"))],
        description=mark("The reason for the exemption, if no decision approved it."),
    )
    review_due = DatePartsField(mark("When is it reviewed? (optional)"), thing=mark("the day of the review"))
    review_trigger = TextField(
        mark("What review decides it? (optional)"), [Characters(200, mark("Use 200 characters or fewer"))]
    )
    line = SelectField(mark("Which line of the pot is it from?"), blank=mark("No line"))
    pass_through = TickField(mark("We only hand this money on, as agent"))
    key = OnceKey()


class AmountForm(HouseForm):
    """What a commitment comes to: from a paper, or as estimated."""

    how = RadiosField(
        mark("Where does the amount come from?"),
        [Required(mark("Choose where the amount comes from"))],
        choices=[
            SelectChoice(STATED, mark("It is stated in a paper")),
            SelectChoice(ESTIMATE, mark("I estimate it, until it is stated")),
        ],
    )
    amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1))
    because = LongTextField(
        mark("Which paper, or how did you come to the estimate?"),
        [Required(mark("Enter which paper, or how you came to the estimate")), Characters(LONG)],
        rows=3,
    )
    key = OnceKey()


class ConsultForm(HouseForm):
    """One entry of the consultation log."""

    held_on = DatePartsField(
        mark("When were they asked?"), [Required(mark("Enter when they were asked"))], thing=mark("the day")
    )
    who = TextField(
        mark("Who was asked?"), [Required(mark("Enter who was asked")), Characters(200, mark("Use 200 characters or fewer"))]
    )
    how = TextField(
        mark("How were they asked?"),
        [Required(mark("Enter how they were asked")), Characters(200, mark("Use 200 characters or fewer"))],
        description=mark("For example, a meeting or a letter."),
    )
    said = LongTextField(mark("What did they say?"), [Required(mark("Enter what they said")), Characters(LONG)], rows=4)
    answered = LongTextField(mark("What was answered? (optional)"), [Characters(LONG)], rows=3)
    key = OnceKey()


class ResolveForm(HouseForm):
    """What was resolved for the year to come."""

    outcome = RadiosField(
        mark("What was resolved?"), [Required(mark("Choose what was resolved"))], choices=list(OUTCOMES), hints=HINTS
    )
    amount = MoneyField(
        mark("How much for the year to come?"), thing=mark("the amount"), least=Money(1),
        description=mark("Leave it empty if it is kept as it is, released, or not stated."),
    )  # fmt: skip
    resolution = TextField(
        mark("Which resolution?"),
        [Required(mark("Enter the resolution")), Characters(300, mark("Use 300 characters or fewer"))],
        description=mark("Which body, which meeting, which number."),
    )
    resolved_on = DatePartsField(
        mark("When was it resolved?"), [Required(mark("Enter when it was resolved"))], thing=mark("the day of the resolution")
    )
    reason = LongTextField(mark("Why?"), [Required(mark("Enter the reason")), Characters(LONG)], rows=3)
    notice_on = DatePartsField(
        mark("When was the group told that it has less? (if it has)"), thing=mark("the day the group was told")
    )
    effective_on = DatePartsField(mark("From which day?"), thing=mark("the day"))
    key = OnceKey()


class OfferForm(HouseForm):
    """A protected commitment as an award: what the organisation will agree to."""

    organisation = SelectField(mark("Who receives it?"), [Required(mark("Choose who receives it"))], blank=mark("Choose one"))
    title = TextField(mark("What is the award called?"), [Required(mark("Enter what the award is called")), Characters(150)])
    purpose = LongTextField(
        mark("What is the money for?"), [Required(mark("Write what the money is for"))], rows=3, characters=1000
    )
    amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1))
    starts_on = DatePartsField(mark("Starts on"), [Required(mark("Enter the first day"))], thing=mark("the first day"))
    ends_on = DatePartsField(mark("Ends on"), [Required(mark("Enter the last day"))], thing=mark("the last day"))
    answer_by = DatePartsField(
        mark("Last day to answer"), [Required(mark("Enter the last day to answer"))], thing=mark("the last day to answer")
    )
    payments = RadiosField(
        mark("How is it paid?"),
        [Required(mark("Choose how it is paid"))],
        choices=[SelectChoice(number, words) for number, words in WAYS],
        inline=True,
    )
    first_due = DatePartsField(
        mark("First payment is due on or after"),
        [Required(mark("Enter when the first payment is due"))],
        thing=mark("the day of the first payment"),
        description=mark("The others follow evenly until the last day."),
    )
    on_report = TickField(mark("Each payment after the first waits for a report"))
    conditions = LongTextField(
        mark("Conditions"), rows=8, characters=4000, description=mark("One on each line, in plain words.")
    )
    shares = Rows(FormField(award_pages.ShareRow), min_entries=award_pages.SHARES, max_entries=award_pages.SHARES)
    outside = DecimalField(mark("Outside the plan"), thing=mark("the share outside the plan"), least=0, most=100, suffix="%")
    outside_reason = TextField(mark("Why is that part outside the plan?"))
    targets = Rows(FormField(award_pages.TargetRow), min_entries=award_pages.TARGETS, max_entries=award_pages.TARGETS)
    later = Rows(FormField(award_pages.LaterRow), min_entries=award_pages.LATER, max_entries=award_pages.LATER)
    key = OnceKey()


class ProtectYearForm(HouseForm):
    """A later year's money, set aside first."""

    amount = MoneyField(
        mark("How much is set aside?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1)
    )
    key = OnceKey()


class DecideYearForm(ResolveForm):
    """What was resolved for a later year of an award, and how it is paid."""

    payments = IntegerField(
        mark("In how many equal payments?"), thing=mark("the number of payments"), least=1, most=12, width=2
    )
    first_due = DatePartsField(mark("First payment is due on or after"), thing=mark("the day of the first payment"))
    on_report = TickField(mark("Each payment waits for a report"))


# -- the list ----------------------------------------------------------------------------------------------------------


@area.get("/commitments")
@staff
def index() -> ResponseReturnValue:
    """Every protected commitment, by what must be decided: all, or for one year to come."""
    try:
        year = clock.read_year(request.args.get("year", ""))
    except ValueError:
        year = None
    page = reconsider.reconsider(me(), year)
    return render_template(
        "passporting/index.html",
        page=page,
        year=year,
        Section=reconsider.Section,
        wording=wording,
        PROTECTED=YearState.PROTECTED,
    )


@area.get("/commitments/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One commitment: its facts and money, what it became, who was asked, what was resolved, and what can be done now."""
    one = passporting.of_staff(me(), ref)
    stands = passporting.standing(one)
    review, award = passporting.decided(one), reconsider.awards_of(one)
    lines = history(ref, most=50)
    section, needed, within = reconsider.stands(one)
    year = passporting.next_year(one)
    notice = review.notice_on if review else None
    return render_template(
        "passporting/show.html",
        one=one,
        stands=stands,
        worth=passporting.worth(one),
        section=section,
        needed=needed,
        within=within,
        review=review,
        awards=award,
        next_year=year,
        next_pot=passporting.pot_of_year(one.stream, year) if year is not None else None,
        locality=passporting.place_of(one),
        notice_ends=passporting.earliest(notice) if notice else None,
        today=clock.today(),
        for_a_group=passporting.for_a_group(one),
        may_value=may(policies.value, me(), one) and one.ended_on is None and not one.award,
        may_consult=may(policies.consult, me(), one),
        may_review=may(policies.review, me(), one) and review is None and one.ended_on is None and not one.award,
        may_offer=may(award_policies.offer_passported, me(), one) and bool(stands.left) and not one.award
        and not award_queries.of_commitment(one),
        may_give_back=may(policies.value, me(), one) and not list(passporting.unfreeable(one)),
        history=lines,
        names=people.names({line.by for line in lines} | {entry.recorded_by for entry in one.consultations}),
        wording=wording,
        facts=facts_wording,
    )  # fmt: skip


# -- protecting --------------------------------------------------------------------------------------------------------


@area.route("/pots/<ref>/protect", methods=["GET", "POST"])
@staff
def protect(ref: str) -> ResponseReturnValue:
    """Protect money of a pot: first the effect is shown, then the same figures are confirmed."""
    pot = queries.pot_of_staff(me(), ref)
    form = ProtectForm(data={"protected_from": pot.starts_on, "protected_until": pot.ends_on, "kind": rules.PASSPORTED})
    form.organisation.choices = _organisations()
    lines = {one.ref: one for one in pot.lines}
    form.line.choices = [SelectChoice(line.ref, line.name) for line in pot.lines]
    free = ledger.left(pot.ref, form.line.data or "", Bucket.FREE)
    effect: Sequence[Effect] = ()
    if form.accepted():
        amount: Any = form.amount.data
        if request.form.get("confirm") == _confirms(amount):
            with form.reporting():
                commands.passport(pot, key=once_key(), line=lines.get(form.line.data or ""), **_typed(form), by=me())  # type: ignore[call-arg]  # @command takes the key
                said = (
                    _("%(amount)s is protected.", amount=amount) if amount else _("It is protected; its amount is not stated.")
                )
                flash(said)
                return redirect(url_for("streams.pot", ref=ref, _anchor="commitments"))
        elif _protectable(pot, form, free):
            effect = [
                Effect(_("Free in %(pot)s", pot=pot.ref), free, free - amount if amount else None),
                Effect(_("Protected for %(recipient)s", recipient=form.recipient.data), None, amount),
            ]
    page = render_template(
        "passporting/protect.html",
        pot=pot,
        stream=pot.stream,
        form=form,
        free=free,
        effect=effect,
        confirms=_confirms(form.amount.data),
        objections=objections(policies.passport, me(), pot),
    )
    return page, form.status


def _confirms(amount: Money | None) -> str:
    return NOT_STATED if amount is None else str(amount.pence)


def _protectable(pot: Pot, form: Any, free: Money) -> bool:
    """Say on the form, before anything is done, what the command would refuse."""
    amount = form.amount.data
    typed = _typed(form)
    asked = {
        name: typed[name] for name in ("recipient", "organisation", "amount", "protected_from", "protected_until", "review_due")
    }
    asked |= {name: typed[name] for name in ("approval_basis", "exemption", "kind")}
    barred = promises.barred(pot) if amount is not None else promises.closed(pot)
    found = list(rules.unprotectable(pot, **asked, barred=barred))
    if not found and amount is not None and amount > free:
        found = [_("%(pot)s has %(free)s free; this needs %(amount)s.", pot=pot.ref, free=str(free), amount=str(amount))]
    form.report(*found)
    return not found


def _typed(form: Any) -> dict[str, Any]:
    return {
        "recipient": form.recipient.data,
        "organisation": people.organisation(form.organisation.data) if form.organisation.data else None,
        "service": form.service.data,
        "kind": form.kind.data,
        "amount": form.amount.data,
        "protected_from": form.protected_from.data,
        "protected_until": form.protected_until.data,
        "approval_basis": form.approval_basis.data,
        "exemption": form.exemption.data,
        "review_due": form.review_due.data,
        "review_trigger": form.review_trigger.data or None,
        "pass_through": form.pass_through.data,
    }


def _organisations() -> list[SelectChoice]:
    return [SelectChoice(ref, name) for ref, name in queries.organisation_choices()]


# -- what is done with one ---------------------------------------------------------------------------------------------


@area.route("/commitments/<ref>/amount", methods=["GET", "POST"])
@staff
def amount(ref: str) -> ResponseReturnValue:
    """State the amount, or estimate it: what that does to the pot first, then confirmed."""
    one = passporting.of_staff(me(), ref)
    worth, stands, pot = passporting.worth(one), passporting.standing(one), passporting.pot_for(one)
    form = AmountForm(data={"how": STATED if one.amount is not None else None})
    effect: Sequence[Effect] = ()
    typed: Any = form.amount.data
    if form.accepted():
        if request.form.get("confirm") == _confirms(typed):
            with form.reporting():
                if form.how.data == STATED:
                    passporting.state_amount(one, amount=typed, document=form.because.data or "", by=me(), key=once_key())  # type: ignore[call-arg]
                else:
                    passporting.estimate(one, amount=typed, reason=form.because.data or "", by=me(), key=once_key())  # type: ignore[call-arg]
                flash(_("%(amount)s is protected for %(recipient)s.", amount=typed, recipient=one.recipient))
                return redirect(url_for(".show", ref=ref))
        else:
            form.report(*passporting.unvaluable(one, typed))
            if not form.problems and pot is not None:
                free = ledger.left(pot.ref, "", Bucket.FREE)
                difference = typed - stands.taken
                effect = [
                    Effect(_("Free in %(pot)s", pot=pot.ref), free, free - difference),
                    Effect(_("Protected for %(recipient)s", recipient=one.recipient), worth, typed),
                ]
    page = render_template(
        "passporting/amount.html",
        one=one,
        pot=pot,
        worth=worth,
        form=form,
        effect=effect,
        confirms=_confirms(typed),
        objections=objections(policies.value, me(), one),
    )
    return page, form.status


@area.route("/commitments/<ref>/consult", methods=["GET", "POST"])
@staff
def consult(ref: str) -> ResponseReturnValue:
    """Keep who was asked, how, what they said and what was answered."""
    one = passporting.of_staff(me(), ref)
    form: Any = ConsultForm()
    if form.accepted():
        with form.reporting():
            passporting.log_consultation(
                one,
                held_on=form.held_on.data,
                who=form.who.data,
                how=form.how.data,
                said=form.said.data,
                answered=form.answered.data,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # the command decorator's own
            )
            flash(_("Kept in the consultation log."))
            return redirect(url_for(".show", ref=ref, _anchor="consultations"))
    page = render_template("passporting/consult.html", one=one, form=form, objections=objections(policies.consult, me(), one))
    return page, form.status


@area.route("/commitments/<ref>/review", methods=["GET", "POST"])
@staff
def review(ref: str) -> ResponseReturnValue:
    """Record what was resolved: its effect first, then confirmed."""
    one = passporting.of_staff(me(), ref)
    worth, stands = passporting.worth(one), passporting.standing(one)
    year = passporting.next_year(one)
    after = one.protected_until + timedelta(days=1) if one.protected_until else None
    form: Any = ResolveForm(data={"effective_on": after})
    effect: Sequence[Effect] = ()
    typed = _resolved(form)
    if form.accepted() and _dated(form):
        found = list(passporting.unresolvable(one, **typed | {"amount": _settled(typed, worth)}))
        if request.form.get("confirm") == _digest(typed):
            with form.reporting():
                passporting.record_review(one, **typed, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes the key
                flash(_("The resolution is recorded."))
                return redirect(url_for(".show", ref=ref))
        else:
            form.report(*found)
            if not form.problems:
                effect = _review_effect(one, typed["outcome"], _settled(typed, worth), stands, year)
    page = render_template(
        "passporting/review.html",
        one=one,
        worth=worth,
        stands=stands,
        next_year=year,
        form=form,
        effect=effect,
        confirms=_digest(typed) if effect else None,
        for_a_group=passporting.for_a_group(one),
        months=passporting.NOTICE_MONTHS,
        objections=objections(policies.review, me(), one),
        closed=_closed(one),
    )
    return page, form.status


def _closed(one: Commitment) -> str | None:
    """Why there is nothing to decide here."""
    if done := passporting.decided(one):
        return _("This has been decided: %(resolution)s.", resolution=done.resolution)
    if one.award:
        return _("This is a later year of %(award)s. Decide it on the award’s page.", award=one.award)
    return None


def _resolved(form: Any) -> dict[str, Any]:
    outcome = form.outcome.data
    return {
        "outcome": Outcome(outcome) if outcome in [one.value for one in Outcome] else None,
        "amount": form.amount.data,
        "resolution": form.resolution.data or "",
        "resolved_on": form.resolved_on.data,
        "effective_on": form.effective_on.data,
        "notice_on": form.notice_on.data,
        "reason": form.reason.data or "",
    }


def _dated(form: Any) -> bool:
    if form.effective_on.data is None:
        form.report(fields={"effective_on": _("Enter the day from which it takes effect")})
    return not form.problems


def _settled(typed: dict[str, Any], worth: Money | None) -> Money | None:
    given: Money | None = typed["amount"]
    return worth if typed["outcome"] is Outcome.KEEP and given is None else given


def _digest(typed: dict[str, Any]) -> str:
    """What is confirmed is what was shown: everything the effect depends on."""
    shown = (typed["outcome"], typed["amount"], typed["effective_on"])
    return "|".join("" if one is None else str(one) for one in shown)


def _review_effect(
    one: Commitment, outcome: Outcome, settled: Money | None, stands: passporting.Standing, year: int | None
) -> Sequence[Effect]:
    found = [Effect(_("Protected for %(recipient)s, this year", recipient=one.recipient), stands.left, stands.left)]
    if outcome is Outcome.RELEASE:
        gone = one.protected_until is None or clock.today() > one.protected_until
        return [found[0]._replace(then=Money(0) if gone else stands.left)]
    assert year is not None
    label = clock.year_label(year)
    pot = passporting.pot_of_year(one.stream, year)
    found.append(Effect(_("Protected for %(recipient)s, %(year)s", recipient=one.recipient, year=label), None, settled))
    if pot is not None and settled is not None:
        free = ledger.left(pot.ref, "", Bucket.FREE)
        found.append(Effect(_("Free in %(pot)s", pot=pot.ref), free, free - settled if settled <= free else free))
    return found


@area.post("/commitments/<ref>/give-back")
@staff
def give_back(ref: str) -> ResponseReturnValue:
    """What is still set aside for a decided commitment goes back to free money."""
    one = passporting.of_staff(me(), ref)
    given: Any = passporting.give_back(one, by=me())
    flash(_("%(amount)s is free again.", amount=given))
    return redirect(url_for(".show", ref=ref))


# -- as an award -------------------------------------------------------------------------------------------------------


@area.route("/commitments/<ref>/offer", methods=["GET", "POST"])
@staff
def offer(ref: str) -> ResponseReturnValue:
    """Offer a protected commitment as an award: its payments shown first, then confirmed."""
    one = passporting.of_staff(me(), ref)
    there = award_queries.of_commitment(one)
    if there:
        return redirect(url_for("awards.show", ref=there[0]))
    stands, plans = passporting.standing(one), _plans(one)
    plan = next((found for found in plans if found.ref == request.args.get("plan")), plans[0] if plans else None)
    form: Any = OfferForm(data=_usual(one, stands.left))
    form.organisation.choices = _organisations()
    priorities = {p.ref: (p, depth) for p, depth in strategies.priorities(plan) if p.title} if plan else {}
    indicators = {one.ref: one for one in strategies.indicators_of(plan)} if plan else {}
    for entry in form.shares.entries:
        entry.form.priority.choices = [
            SelectChoice(key, "– " * depth + shorten(p.title or key, 60, placeholder=" …"))
            for key, (p, depth) in priorities.items()
        ]
    for entry in form.targets.entries:
        entry.form.indicator.choices = [
            SelectChoice(key, shorten(found.title, 60, placeholder=" …")) for key, found in indicators.items()
        ]
    payments: Sequence[Planned] = ()
    if plan is not None and form.accepted() and _whole(form):
        planned = _payments(form)
        if request.form.get("confirm") == _confirms(form.amount.data):
            with form.reporting():
                award = awards.offer_passported(
                    one,
                    organisation=people.organisation(form.organisation.data),
                    amount=form.amount.data,
                    title=form.title.data,
                    purpose=form.purpose.data,
                    starts_on=form.starts_on.data,
                    ends_on=form.ends_on.data,
                    answer_by=form.answer_by.data,
                    instalments=planned,
                    conditions=(form.conditions.data or "").splitlines(),
                    shares=award_pages._shares(form, {key: p for key, (p, _depth) in priorities.items()}),
                    targets=award_pages._targets(form, indicators),
                    strategy=plan,
                    later_years=award_pages.later_years(form),
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # the command decorator's own
                )
                flash(_("Offer made. %(group)s has been told.", group=award.organisation.name))
                return redirect(url_for("awards.show", ref=award.ref))
        else:
            payments = planned
    page = render_template(
        "passporting/offer.html",
        one=one,
        stands=stands,
        plan=plan,
        plans=plans,
        form=form,
        payments=payments,
        confirms=_confirms(form.amount.data),
        indicators=indicators,
        objections=objections(award_policies.offer_passported, me(), one),
    )
    return page, form.status


def _plans(one: Commitment) -> Sequence[Strategy]:
    """The partnership's plans that run now, the newest first."""
    return award_queries.plans(one.stream.partnership)


def _usual(one: Commitment, left: Money) -> dict[str, Any]:
    """What such an offer usually says: the commitment's own words and days, four payments, our usual conditions."""
    assert one.pot is None or one.pot.ends_on
    starts = max(one.protected_from or clock.today(), clock.today())
    named = one.service or one.recipient
    return {
        "organisation": one.organisation.ref if one.organisation else None,
        "title": named,
        "purpose": named,
        "amount": left or None,
        "starts_on": one.protected_from or clock.today(),
        "ends_on": one.protected_until or (one.pot.ends_on if one.pot else None),
        "answer_by": clock.today() + award_pages.ANSWER_IN,
        "payments": "4",
        "first_due": starts,
        "conditions": "\n".join(_(text) for text in award_pages.CONDITIONS),
    }


def spread(amount: Money, number: int, first: date, last: date, *, on_report: bool, after_first: bool = True) -> list[Planned]:
    """Equal payments, the odd pence first, evenly from the first day due towards the last day of the money."""
    days = max((last - first).days, 0) // number
    parts = apportion(amount, [1] * number)
    return [
        (part, first + timedelta(days=days * n), Gate.REPORT if on_report and (n or not after_first) else Gate.ACCEPTED)
        for n, part in enumerate(parts)
    ]


def _payments(form: Any) -> list[Planned]:
    return spread(
        form.amount.data,
        int(form.payments.data),
        form.first_due.data,
        form.ends_on.data,
        on_report=bool(form.on_report.data),
    )


def _whole(form: Any) -> bool:
    """What no single field can tell of this offer."""
    beside = award_pages.incomplete(form)
    if form.ends_on.data and form.first_due.data and form.first_due.data > form.ends_on.data:
        beside["first_due"] = _("The first payment must be due by the last day")
    if beside:
        form.report(fields=beside)
    return not beside


# -- later years of an award -------------------------------------------------------------------------------------------


def _award(ref: str) -> Award:
    return award_queries.award_of_staff(me(), ref)


@area.route("/awards/<ref>/years/<int:year>/protect", methods=["GET", "POST"])
@staff
def protect_year(ref: str, year: int) -> ResponseReturnValue:
    """Set a later year's money aside in its pot, before anything new: its effect first, then confirmed."""
    award = _award(ref)
    later = years.of_award(award, year)
    pot = passporting.pot_of_year(award.pot.stream, year)
    form = ProtectYearForm(data={"amount": later.amount})
    effect: Sequence[Effect] = ()
    typed: Any = form.amount.data
    if form.accepted():
        found = list(years.unprotectable(award, later, pot, typed))
        if pot is not None and not found:
            free = ledger.left(pot.ref, "", Bucket.FREE)
            found = list(promises.barred(pot))
            if not found and typed > free:
                found = [_("%(pot)s has %(free)s free; this needs %(needs)s.", pot=pot.ref, free=str(free), needs=str(typed))]
            effect = [
                Effect(_("Free in %(pot)s", pot=pot.ref), free, free - typed),
                Effect(_("Protected for %(year)s of %(award)s", year=clock.year_label(year), award=ref), None, typed),
            ]
        if found:
            form.report(*found)
            effect = ()
        elif request.form.get("confirm") == _confirms(typed):
            with form.reporting():
                years.protect_year(award, year, amount=typed, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
                flash(_("%(amount)s is protected for %(year)s.", amount=typed, year=clock.year_label(year)))
                return redirect(url_for("awards.show", ref=ref, _anchor="later"))
    page = render_template(
        "passporting/protect_year.html",
        award=award,
        later=later,
        pot=pot,
        form=form,
        effect=effect,
        confirms=_confirms(typed),
        objections=objections(award_policies.protect_year, me(), award),
    )
    return page, form.status


@area.route("/awards/<ref>/years/<int:year>/decide", methods=["GET", "POST"])
@staff
def decide_year(ref: str, year: int) -> ResponseReturnValue:
    """Record what was resolved for a later year: its effect first, then confirmed."""
    award = _award(ref)
    later = years.of_award(award, year)
    commitment = years.commitment_of(later)
    left = passporting.standing(commitment).left if commitment else Money(0)
    starts = max(clock.first_day(year), award.instalments[-1].due_on if award.instalments else clock.first_day(year))
    form: Any = DecideYearForm(data={"payments": 2, "first_due": starts})
    form.outcome.choices = [choice for choice in OUTCOMES if choice.value != Outcome.CHANGE.value]
    effect: Sequence[Effect] = ()
    payments: Sequence[Planned] = ()
    typed = _resolved(form)
    settled = later.amount if typed["outcome"] is Outcome.KEEP and typed["amount"] is None else typed["amount"]
    if form.accepted():
        if settled is not None and typed["outcome"] is not Outcome.RELEASE:
            payments = spread(
                settled,
                form.payments.data or 1,
                form.first_due.data or starts,
                clock.last_day(year),
                on_report=bool(form.on_report.data),
                after_first=False,
            )
        given = typed | {"amount": settled, "instalments": payments}
        if request.form.get("confirm") == _digest(typed):
            with form.reporting():
                monitoring.decide_year(award, year, by=me(), key=once_key(), **given)
                flash(_("The resolution for %(year)s is recorded.", year=clock.year_label(year)))
                return redirect(url_for("awards.show", ref=ref, _anchor="later"))
        else:
            form.report(*years.undecidable(award, later, commitment, **given))
            if not form.problems:
                effect = _year_effect(award, typed["outcome"], settled, left)
    page = render_template(
        "passporting/decide_year.html",
        award=award,
        later=later,
        commitment=commitment,
        left=left,
        form=form,
        effect=effect,
        payments=payments if effect else (),
        confirms=_digest(typed) if effect else None,
        months=passporting.NOTICE_MONTHS,
        objections=objections(award_policies.decide_year, me(), award),
    )
    return page, form.status


def _year_effect(award: Award, outcome: Outcome, settled: Money | None, left: Money) -> Sequence[Effect]:
    goes = Money(0) if outcome is Outcome.RELEASE or settled is None else settled
    return [
        Effect(_("Agreed in %(award)s", award=award.ref), award.agreed, award.agreed + goes),
        Effect(_("Protected and not decided"), left, Money(0)),
        Effect(_("Goes back to free money once the notice has run"), None, left - goes),
    ]


# -- on the pot's page -------------------------------------------------------------------------------------------------


def _of_pot(_by: Person, pot: Pot) -> reconsider.FirstCall:
    return reconsider.first_call(pot)


pot_section("commitments", "passporting/pot.html", _of_pot)
