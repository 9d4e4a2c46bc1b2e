"""Own spend: posts, recharges, invoices, equipment, events and money for a distributor, charged to a pot without an award."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import history
from grants.imports import distributed
from grants.imports.readers import LARGEST
from grants.kernel import clock
from grants.kernel.errors import NotFound, Objection
from grants.kernel.money import ZERO, Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, many, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.people import queries as people
from grants.people.delegation import What, resolution_needed, table
from grants.people.models import Person
from grants.spending import commands, policies, queries, rules
from grants.spending.models import OwnSpend, SpendKind, SpendState
from grants.spending.queries import Row, Stands
from grants.streams import queries as streams
from grants.streams.models import Pot
from grants.streams.promises import barred
from grants.web import navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    DatePartsField,
    HouseForm,
    LongTextField,
    MoneyField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
)
from grants.web.staff.streams import pot_section

area = Blueprint("own_spend", __name__)

navigation.item(mark("Own spend"), "own_spend.index", 46, shown=is_staff)

KINDS = {
    SpendKind.POST: mark("A post"),
    SpendKind.RECHARGE: mark("A recharge from another service"),
    SpendKind.PARTNER_INVOICE: mark("A partner’s invoice"),
    SpendKind.EQUIPMENT: mark("Equipment"),
    SpendKind.EVENT: mark("An event"),
    SpendKind.DISTRIBUTION: mark("Money for a distributor to give out"),
}
NAME = Characters(rules.NAME, mark("Use 200 characters or fewer"))
LONG = Characters(rules.WORDS, mark("Use 2,000 characters or fewer"))
SHOWN = 200  # grants given out on a page


class Effect(NamedTuple):
    """What a step does: a line for each figure that changes, now and then; and what is confirmed."""

    rows: Sequence[tuple[str, Money, Money]]
    token: str


# -- forms -------------------------------------------------------------------------------------------------------------


class SpendForm(HouseForm):
    """What own spend is planned."""

    kind = RadiosField(
        mark("What is it?"),
        [Required(mark("Choose what it is"))],
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
    )
    title = TextField(mark("What is it for?"), [Required(mark("Enter what it is for")), NAME])
    payee = TextField(mark("Who is paid?"), [Required(mark("Enter who is paid")), NAME])
    organisation = SelectField(mark("Which organisation is that, if it is one of ours?"), blank=mark("None of these"))
    planned = MoneyField(
        mark("How much, net of VAT?"),
        [Required(mark("Enter how much is planned"))],
        thing=mark("the amount"),
        least=Money(1),
        description=mark("VAT is recovered and never charged to the pot."),
    )
    starts_on = DatePartsField(mark("From"), [Required(mark("Enter the day it begins"))], thing=mark("the first day"))
    ends_on = DatePartsField(mark("Until"), [Required(mark("Enter the day it ends"))], thing=mark("the last day"))
    priority = SelectField(mark("Which priority does it serve?"), blank=mark("None: it lies outside the plan"))
    outside_plan = TextField(mark("If it serves none, why?"), [NAME])
    line = SelectField(mark("Which part of the pot pays?"), blank=mark("The pot’s own free money"))
    plan_line = SelectField(mark("Which line of the spending plan is it measured against?"), blank=mark("No line"))
    approval_basis = TextField(
        mark("What does it rest on?"),
        [
            Required(mark("Enter the resolution or delegation it rests on")),
            Characters(500, mark("Use 500 characters or fewer")),
        ],
        description=mark("For example, a board’s resolution and its date, or the officer’s delegation."),
    )
    key = OnceKey()


class CommitForm(HouseForm):
    """Commit what is planned."""

    resolution = TextField(mark("The resolution that allows it"), [NAME])
    key = OnceKey()


class ChangeForm(HouseForm):
    """How much is to be committed in all."""

    to = MoneyField(
        mark("How much is it to be in all, charged and not charged together?"),
        [Required(mark("Enter how much it is to be in all"))],
        thing=mark("the amount"),
        least=ZERO,
    )
    reason = TextField(mark("Why?"), [Required(mark("Say why")), LONG])
    resolution = TextField(mark("The resolution that allows it, if one is needed"), [NAME])
    key = OnceKey()


class ChargeForm(HouseForm):
    """One invoice, journal or month's pay."""

    what = TextField(mark("What was charged?"), [Required(mark("Enter what was charged")), NAME])
    document = TextField(
        mark("Reference of the invoice, journal or payroll"),
        [Required(mark("Enter the reference of the document")), NAME],
        width=20,
    )
    net = MoneyField(mark("Net of VAT"), [Required(mark("Enter the net amount"))], thing=mark("the net amount"), least=Money(1))
    vat = MoneyField(
        mark("VAT, if there is any"),
        thing=mark("the VAT"),
        least=ZERO,
        description=mark("Kept beside the charge. It is recovered and never touches the pot."),
    )
    charged_on = DatePartsField(
        mark("When was it charged?"), [Required(mark("Enter the day of the charge"))], thing=mark("the day of the charge")
    )
    key = OnceKey()


class ReasonForm(HouseForm):
    """A reason that an auditor will read."""

    reason = LongTextField(mark("Why?"), [Required(mark("Say why")), LONG], rows=3)
    key = OnceKey()


class CloseForm(HouseForm):
    """Nothing but the button."""

    key = OnceKey()


class PlaceForm(HouseForm):
    """Which line of the spending plan."""

    line = SelectField(mark("Which line of the spending plan is it measured against?"), blank=mark("No line"))


class ListForm(HouseForm):
    """A distributor's list; the file itself is not a field, because forms keep only text."""

    key = OnceKey()


# -- lists and one -----------------------------------------------------------------------------------------------------


@area.get("/own-spend")
@staff
def index() -> ResponseReturnValue:
    """Own spend of a year, pot by pot."""
    years = queries.years(me())
    today = clock.financial_year(clock.today())
    try:
        year = clock.read_year(request.args["year"]) if "year" in request.args else today
    except ValueError:
        raise NotFound() from None
    rows = queries.of_year(me(), year)
    return render_template(
        "own_spend/index.html",
        year=year,
        years=sorted({*years, year}, reverse=True),
        pots=queries.pots_of_year(me(), year),
        rows=rows,
        totals=queries.totals(rows),
        kinds=KINDS,
    )


@area.get("/own-spend/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One own spend: what is planned, committed and charged, every charge net and VAT, and what can be done next."""
    spend = queries.spend_of_staff(me(), ref)
    charges = queries.charges(spend)
    stands = queries.standing_of(spend)
    given, lines = _given(spend), history(ref, *(one.ref for one in charges), most=50)
    return render_template(
        "own_spend/show.html",
        spend=spend,
        pot=spend.pot,
        stands=stands,
        charges=charges,
        vat=queries.net_and_vat(charges),
        given=given,
        named=queries.line_names({spend.plan_line} if spend.plan_line else set()),
        history=lines,
        names=people.names({line.by for line in lines} | {spend.recorded_by}),
        kinds=KINDS,
        today=clock.today(),
        cannot=_cannot_commit(spend, spend.planned) if spend.state is SpendState.PLANNED else [],
        may_charge=may(policies.charge, me(), spend),
        may_change=may(policies.charge, me(), spend) or not _cannot_commit(spend, stands.whole),
    )


class GivenOut(NamedTuple):
    """What a distributor's lists say, beside what it was handed."""

    rows: Sequence[queries.GivenRow]
    grants: int
    amount: Money
    handed: Money


def _given(spend: OwnSpend) -> GivenOut | None:
    if spend.kind is not SpendKind.DISTRIBUTION:
        return None
    count, amount = queries.given_out_totals(spend)
    return GivenOut(queries.given_out(spend=spend, most=SHOWN), count, amount, queries.handed_out(spend))


def _cannot_commit(spend: OwnSpend, amount: Money) -> list[Objection]:
    return objections(policies.commit, me(), spend, amount, table(spend.pot.stream.partnership))


@area.route("/pots/<ref>/own-spend/new", methods=["GET", "POST"])
@staff
def new(ref: str) -> ResponseReturnValue:
    """Plan own spend of a pot. Nothing is taken until somebody else commits it."""
    pot = streams.pot_of_staff(me(), ref)
    form = SpendForm(data={"starts_on": max(pot.starts_on, min(clock.today(), pot.ends_on)), "ends_on": pot.ends_on})
    lines = queries.lines_of(pot)
    form.organisation.choices = [SelectChoice(*one) for one in streams.organisation_choices()]
    form.priority.choices = [SelectChoice(*one) for one in queries.priorities_for(pot.stream.partnership, pot.year)]
    form.line.choices = [SelectChoice(line.ref, line.name) for line in lines]
    form.plan_line.choices = _plan_lines(pot)
    if form.accepted():
        with form.reporting():
            spend = commands.plan_spend(  # type: ignore[call-arg]  # @command takes the key
                pot,
                key=once_key(),
                kind=SpendKind(form.kind.data),
                title=form.title.data,
                payee=form.payee.data,
                organisation=people.organisation(form.organisation.data) if form.organisation.data else None,
                planned=form.planned.data,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                priority=queries.priority(form.priority.data),
                outside_plan=form.outside_plan.data,
                line=next((line for line in lines if line.ref == form.line.data), None),
                plan_line=form.plan_line.data,
                approval_basis=form.approval_basis.data,
                by=me(),
            )
            flash(_("Planned as %(ref)s. Somebody else has to commit it.", ref=spend.ref))
            return redirect(url_for(".show", ref=spend.ref))
    page = render_template(
        "own_spend/new.html", pot=pot, form=form, lines=lines, objections=objections(policies.plan_spend, me(), pot)
    )
    return page, form.status


def _plan_lines(pot: Pot) -> list[SelectChoice]:
    return [SelectChoice(one.line, f"{one.project}, {one.provider} ({one.amount})") for one in queries.lines_for([pot.id])]


# -- what is done to one -----------------------------------------------------------------------------------------------


def _confirmed(effect: Effect | None) -> bool:
    return effect is not None and request.form.get("confirm") == effect.token


@area.route("/own-spend/<ref>/commit", methods=["GET", "POST"])
@staff
def commit(ref: str) -> ResponseReturnValue:
    """Commit what is planned: first its effect, then the same figures confirmed."""
    spend = queries.spend_of_staff(me(), ref)
    form = CommitForm()
    free = _free(spend)
    effect: Effect | None = _committed(spend, Stands(ZERO, ZERO), spend.planned, free)
    asked = resolution_needed(What.OWN_SPEND, spend.planned, table(spend.pot.stream.partnership))
    if form.accepted() and _confirmed(effect):
        with form.reporting():
            commands.commit(  # type: ignore[call-arg]  # @command takes the key
                spend, key=once_key(), resolution=form.resolution.data or None, by=me()
            )
            flash(_("%(amount)s is committed.", amount=spend.planned))
            return redirect(url_for(".show", ref=ref))
    found = [*barred(spend.pot)] or [*rules.too_little_free(_purse(spend), free, spend.planned)]
    page = render_template(
        "own_spend/commit.html",
        spend=spend,
        form=form,
        effect=effect,
        needs_resolution=asked,
        cannot=found if spend.state is SpendState.PLANNED else [],
        objections=_cannot_commit(spend, spend.planned),
    )
    return page, form.status


def _free(spend: OwnSpend) -> Money:
    return ledger.left(spend.pot.ref, spend.line.ref if spend.line else "", Bucket.FREE)


def _purse(spend: OwnSpend) -> str:
    return spend.line.name if spend.line else spend.pot.ref


def _committed(spend: OwnSpend, now: Stands, to: Money, free: Money) -> Effect:
    """What it does to free money and to what is committed, when it comes to `to` in all."""
    more = to - now.whole
    return Effect(
        [
            (_("Free in %(purse)s", purse=_purse(spend)), free, free - more),
            (_("Committed and not charged for %(spend)s", spend=spend.ref), now.committed, now.committed + more),
        ],
        f"{to.pence}:{now.whole.pence}",
    )


@area.route("/own-spend/<ref>/change", methods=["GET", "POST"])
@staff
def change(ref: str) -> ResponseReturnValue:
    """Commit more, or give some back: first its effect, then the same figures confirmed."""
    spend = queries.spend_of_staff(me(), ref)
    stands = queries.standing_of(spend)
    form = ChangeForm(data={"to": stands.whole})
    effect = None
    if form.accepted():
        to: Any = form.to.data
        form.report(*_unchangeable(spend, stands, to))
        effect = None if form.problems else _committed(spend, stands, to, _free(spend))
        if _confirmed(effect):
            effect = None  # if it is refused after all, it is worked out again from what is typed
            with form.reporting():
                commands.change_commitment(  # type: ignore[call-arg]  # @command takes the key
                    spend, key=once_key(), to=to, reason=form.reason.data, resolution=form.resolution.data or None, by=me()
                )
                flash(_("It is %(amount)s in all now.", amount=to))
                return redirect(url_for(".show", ref=ref))
    page = render_template(
        "own_spend/change.html",
        spend=spend,
        form=form,
        stands=stands,
        effect=effect,
        objections=[] if spend.state is not SpendState.COMMITTED else _who_changes(spend, stands, form),
    )
    return page, form.status


def _unchangeable(spend: OwnSpend, stands: Stands, to: Money) -> list[str]:
    found = list(rules.not_committed(spend))
    if to == stands.whole:
        found.append(_("It is %(whole)s already. Enter another amount.", whole=str(stands.whole)))
    elif to < stands.whole:
        found += rules.unreleasable(spend, stands.whole - to, stands.committed)
    else:
        found += [*barred(spend.pot)] or [*rules.too_little_free(_purse(spend), _free(spend), to - stands.whole)]
    return found


def _who_changes(spend: OwnSpend, stands: Stands, form: ChangeForm) -> list[Objection]:
    """Less is the officer's to do, more is whoever may approve the whole: the page opens for either."""
    fewer = objections(policies.charge, me(), spend)
    more = _cannot_commit(spend, form.to.data if isinstance(form.to.data, Money) else stands.whole)
    return more if fewer and more else []


@area.route("/own-spend/<ref>/charge", methods=["GET", "POST"])
@staff
def charge(ref: str) -> ResponseReturnValue:
    """Charge a document: first what it leaves, then the same figures confirmed."""
    spend = queries.spend_of_staff(me(), ref)
    stands = queries.standing_of(spend)
    form = ChargeForm(data={"charged_on": clock.today()})
    effect = None
    if form.accepted():
        given = {
            "what": form.what.data,
            "document": form.document.data,
            "net": form.net.data,
            "vat": form.vat.data or ZERO,
            "charged_on": form.charged_on.data,
        }
        then = rules.uncharged_from(ledger.history(spend.ref), spend.ref, given["charged_on"])
        form.report(*rules.unchargeable(spend, **given, left=stands.committed, left_then=then))
        effect = None if form.problems else _charged(spend, stands, given["net"], given["vat"])
        if _confirmed(effect):
            effect = None  # if it is refused after all, it is worked out again from what is typed
            with form.reporting():
                made = commands.charge(spend, key=once_key(), **given, by=me())  # type: ignore[call-arg]  # @command takes the key
                flash(_("%(net)s is charged as %(ref)s.", net=made.net, ref=made.ref))
                return redirect(url_for(".show", ref=ref))
    page = render_template(
        "own_spend/charge.html",
        spend=spend,
        form=form,
        stands=stands,
        effect=effect,
        vat=form.vat.data or ZERO,
        objections=objections(policies.charge, me(), spend),
    )
    return page, form.status


def _charged(spend: OwnSpend, now: Stands, net: Money, vat: Money) -> Effect:
    return Effect(
        [
            (_("Committed and not charged"), now.committed, now.committed - net),
            (_("Charged to %(pot)s", pot=spend.pot.ref), now.charged, now.charged + net),
        ],
        f"{net.pence}:{vat.pence}:{now.charged.pence}",
    )


@area.route("/charges/<ref>/reverse", methods=["GET", "POST"])
@staff
def reverse(ref: str) -> ResponseReturnValue:
    """Put right a charge that was made by mistake."""
    found = queries.charge_of_staff(me(), ref)
    form = ReasonForm()
    if form.accepted():
        with form.reporting():
            commands.reverse_charge(found, key=once_key(), reason=form.reason.data, by=me())  # type: ignore[call-arg]  # @command takes the key
            flash(_("%(ref)s is reversed.", ref=found.ref))
            return redirect(url_for(".show", ref=found.spend.ref))
    page = render_template(
        "own_spend/reverse.html",
        charge=found,
        spend=found.spend,
        form=form,
        objections=objections(policies.charge, me(), found.spend),
    )
    return page, form.status


@area.route("/own-spend/<ref>/close", methods=["GET", "POST"])
@staff
def close(ref: str) -> ResponseReturnValue:
    """It is over: what is left goes back."""
    spend = queries.spend_of_staff(me(), ref)
    stands = queries.standing_of(spend)
    form = CloseForm()
    effect = Effect(
        [
            (_("Free in %(purse)s", purse=_purse(spend)), _free(spend), _free(spend) + stands.committed),
            (_("Committed and not charged"), stands.committed, ZERO),
        ],
        str(stands.committed.pence),
    )

    def do() -> None:
        commands.close(spend, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes the key

    return _ending(spend, form, do, "own_spend/close.html", _("Closed."), effect=effect)


@area.route("/own-spend/<ref>/cancel", methods=["GET", "POST"])
@staff
def cancel(ref: str) -> ResponseReturnValue:
    """Give up what was only planned."""
    spend = queries.spend_of_staff(me(), ref)
    form = ReasonForm()

    def do() -> None:
        commands.cancel(spend, key=once_key(), reason=form.reason.data, by=me())  # type: ignore[call-arg]  # @command takes the key

    return _ending(spend, form, do, "own_spend/cancel.html", _("Cancelled. No money had moved."))


def _ending(
    spend: OwnSpend, form: HouseForm, do: Callable[[], None], template: str, said: str, effect: Effect | None = None
) -> ResponseReturnValue:
    if form.accepted():
        with form.reporting():
            do()
            flash(said)
            return redirect(url_for(".show", ref=spend.ref))
    page = render_template(template, spend=spend, form=form, effect=effect, objections=objections(policies.charge, me(), spend))
    return page, form.status


@area.route("/own-spend/<ref>/plan-line", methods=["GET", "POST"])
@staff
def place(ref: str) -> ResponseReturnValue:
    """Measure it against a line of the spending plan."""
    spend = queries.spend_of_staff(me(), ref)
    form = PlaceForm(data={"line": spend.plan_line})
    form.line.choices = _plan_lines(spend.pot)
    if form.accepted():
        with form.reporting():
            commands.place_spend(spend, line=form.line.data, by=me())
            flash(_("Saved."))
            return redirect(url_for(".show", ref=ref))
    page = render_template("own_spend/place.html", spend=spend, form=form, objections=objections(policies.charge, me(), spend))
    return page, form.status


@area.route("/own-spend/<ref>/list", methods=["GET", "POST"])
@staff
def upload(ref: str) -> ResponseReturnValue:
    """Import a distributor's list: everything wrong is named by row and column, and nothing is kept until nothing is."""
    spend = queries.spend_of_staff(me(), ref)
    form, problems, checked = ListForm(), [], None
    if form.accepted() and may(policies.charge, me(), spend):
        sent = request.files.get("list")
        if sent is None or not sent.filename:
            form.report(_("Choose the distributor’s list"))
        else:
            checked = distributed.check(spend, sent.filename, sent.stream.read(LARGEST + 1))
            problems = list(checked.problems)
        if checked is not None and not problems:
            with form.reporting():
                new = commands.import_grants(spend, checked.rows, file=str(sent and sent.filename), by=me())
                flash(
                    many("1 grant is imported.", "%(num)s grants are imported.", new)
                    if new
                    else _("Everything on this list was here already. Nothing was changed.")
                )
                return redirect(url_for(".show", ref=ref))
        elif problems:
            form.report(
                many(
                    "1 thing on the list has to be put right. Nothing was imported.",
                    "%(num)s things on the list have to be put right. Nothing was imported.",
                    len(problems),
                )
            )
    page = render_template(
        "own_spend/upload.html",
        spend=spend,
        form=form,
        faults=problems,
        given=_given(spend),
        columns=[column for column in distributed.columns() if column.name != distributed.OF],
        objections=objections(policies.charge, me(), spend),
    )
    return page, form.status


# -- on a pot's page ---------------------------------------------------------------------------------------------------


class PotSpend(NamedTuple):
    """A pot's own spend, as the pot's page shows it."""

    rows: Sequence[Row]
    totals: queries.Totals
    kinds: dict[SpendKind, str]
    may_plan: bool


def _of_pot(by: Person, pot: Pot) -> PotSpend:
    rows = queries.of_pot(by, pot)
    return PotSpend(rows, queries.totals(rows), KINDS, may(policies.plan_spend, by, pot))


pot_section("own_spend", "streams/pot/own_spend.html", _of_pot)
