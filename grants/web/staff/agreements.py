"""Funder agreements: who gives what, how sure it is, what has come in, and what a cut leaves to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.agreements import commands, policies, queries, rules
from grants.agreements.models import Agreement
from grants.audit.queries import history
from grants.budget import authorities
from grants.kernel import clock
from grants.kernel.errors import Stale
from grants.kernel.money import ZERO, Money, total
from grants.kernel.policy import Policy, may, objections
from grants.kernel.words import _, mark
from grants.people import policies as people_policies
from grants.people import queries as people
from grants.people.duties import READS_ALL
from grants.people.models import Duty, Person
from grants.people.policies import holds_any
from grants.streams import allocations
from grants.streams import policies as stream_policies
from grants.streams import queries as streams
from grants.streams.allocations import Effect
from grants.streams.models import Allocation, Certainty, Pot, Shortfall
from grants.web import navigation
from grants.web.access import me, once_key, staff, who
from grants.web.forms import (
    Characters,
    DatePartsField,
    Edition,
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

area = Blueprint("agreements", __name__)

READERS = {Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER, Duty.APPROVER, Duty.GRANTS_OFFICER} | READS_ALL
navigation.item(mark("Agreements"), "agreements.index", 45, shown=lambda: bool((one := who()) and holds_any(one, READERS)))

SURE = {
    Certainty.EXPECTED: mark("Expected: we count on it, and nothing is in writing"),
    Certainty.INDICATIVE: mark("Indicative: the figure is in writing, and it is not a promise yet"),
    Certainty.CONFIRMED: mark("Confirmed: the funder has promised it"),
    Certainty.RECEIVED: mark("Received: confirmed, and the money is in the bank"),
    Certainty.WITHDRAWN: mark("Withdrawn: the funder gives nothing any more"),
}
FIRST = (Certainty.EXPECTED, Certainty.INDICATIVE, Certainty.CONFIRMED)
PAGES = {"AWD": "awards.show", "COM": "passporting.show", "OWN": "own_spend.show"}  # whose money it is -> where it is shown
SHORT, LONG = Characters(200, mark("Use 200 characters or fewer")), Characters(2000, mark("Use 2,000 characters or fewer"))


# -- forms -----------------------------------------------------------------------------------------------------------------


class AgreementForm(HouseForm):
    """The terms on which a funder gives."""

    partnership = SelectField(mark("For which partnership?"), [Required(mark("Choose the partnership"))])
    name = TextField(mark("What is the agreement called?"), [Required(mark("Enter what the agreement is called")), SHORT])
    funder = SelectField(
        mark("Who gives the money?"), [Required(mark("Choose who gives the money"))], blank=mark("Choose a funder")
    )
    funder_reference = TextField(mark("The funder’s own reference (optional)"), [SHORT], width=20)
    starts_on = DatePartsField(
        mark("When does it begin?"), [Required(mark("Enter the first day"))], thing=mark("the first day")
    )
    ends_on = DatePartsField(mark("When does it end?"), [Required(mark("Enter the last day"))], thing=mark("the last day"))
    change_limit = MoneyField(
        mark("A line of the spending plan may change by this much without asking the funder (optional)"),
        thing=mark("the limit"),
        least=ZERO,
    )
    note = LongTextField(mark("Note (optional)"), [LONG], rows=3)
    key = OnceKey()


class AmendForm(HouseForm):
    """What an agreement says of itself, changed by a paper."""

    name = TextField(mark("What is the agreement called?"), [Required(mark("Enter what the agreement is called")), SHORT])
    funder_reference = TextField(mark("The funder’s own reference (optional)"), [SHORT], width=20)
    ends_on = DatePartsField(mark("When does it end?"), [Required(mark("Enter the last day"))], thing=mark("the last day"))
    change_limit = MoneyField(
        mark("A line of the spending plan may change by this much without asking the funder (optional)"),
        thing=mark("the limit"),
        least=ZERO,
    )
    note = LongTextField(mark("Note (optional)"), [LONG], rows=3)
    reason = TextField(
        mark("What changed it?"),
        [Required(mark("Enter what changed it")), SHORT],
        description=mark("For example, a letter of variation and its date."),
    )
    edition = Edition()
    key = OnceKey()


class FunderForm(HouseForm):
    """Another body gives from a day on."""

    organisation = SelectField(
        mark("Who gives the money from then on?"),
        [Required(mark("Choose who gives the money"))],
        blank=mark("Choose a funder"),
    )
    effective_on = DatePartsField(
        mark("From which day?"), [Required(mark("Enter the day"))], thing=mark("the day of the change")
    )
    reason = TextField(
        mark("Why?"),
        [Required(mark("Enter why the funder changes")), SHORT],
        description=mark(
            "For example, the mayor took over from the police and crime commissioner, and the order that says so."
        ),
    )
    edition = Edition()
    key = OnceKey()


class _MoneyForm(HouseForm):
    """How sure, how much, from when, on what paper."""

    certainty = RadiosField(mark("How sure is it?"), [Required(mark("Choose how sure it is"))], choices=[])
    amount = MoneyField(mark("How much in all?"), [], thing=mark("the amount"), least=ZERO)
    effective_on = DatePartsField(
        mark("From which day does this count?"),
        [Required(mark("Enter the day it counts from"))],
        thing=mark("the day it counts from"),
        description=mark("Confirmed money goes into the books on this day. It may be before today, if that month is open."),
    )
    document = TextField(
        mark("What paper says so?"),
        [Characters(300, mark("Use 300 characters or fewer"))],
        description=mark("For example: letter of 12 March 2026, kept in the funding folder. Not needed for expected money."),
    )
    note = TextField(mark("Note (optional)"), [SHORT])
    key = OnceKey()


class AllocateForm(_MoneyForm):
    """Money under an agreement for one pot."""

    pot = SelectField(mark("Which pot is it for?"), [Required(mark("Choose the pot"))], blank=mark("Choose a pot"))


class PotMoneyForm(_MoneyForm):
    """Money for a pot, without an agreement."""

    funder = SelectField(mark("Who gives the money?"), blank=mark("Not stated"))


class AdvanceForm(_MoneyForm):
    """An allocation's next step."""

    edition = Edition()


class AttachForm(HouseForm):
    """An allocation that is recorded already."""

    allocation = SelectField(
        mark("Which allocation?"), [Required(mark("Choose the allocation"))], blank=mark("Choose an allocation")
    )
    key = OnceKey()


class ConditionForm(HouseForm):
    """What the funder asks for."""

    text = LongTextField(
        mark("What does the funder ask for?"), [Required(mark("Enter what the funder asks for")), LONG], rows=3
    )
    due_on = DatePartsField(mark("By when? (optional)"), thing=mark("the day it is due"))
    owner = TextField(
        mark("Which post sees to it? (optional)"),
        [SHORT],
        description=mark("A post, not a name. For example, finance officer."),
    )
    key = OnceKey()


class MetForm(HouseForm):
    """A term was met."""

    met_on = DatePartsField(mark("When was it met?"), [Required(mark("Enter the day it was met"))], thing=mark("the day"))
    evidence = LongTextField(
        mark("What shows it, and where is that kept?"), [Required(mark("Enter what shows that it was met")), LONG], rows=3
    )
    key = OnceKey()


class DocumentForm(HouseForm):
    """A paper and where it is."""

    title = TextField(mark("What is the paper?"), [Required(mark("Enter what the paper is")), SHORT])
    dated = DatePartsField(mark("What date is on it? (optional)"), thing=mark("the date on the paper"))
    kept_at = TextField(
        mark("Where is it kept?"),
        [Required(mark("Enter where the paper is kept")), Characters(300, mark("Use 300 characters or fewer"))],
        description=mark("A folder, a file number or a web address, so that somebody can find it in five years."),
    )
    key = OnceKey()


class SignatureForm(HouseForm):
    """Who has to sign what."""

    what = TextField(
        mark("What has to be signed?"),
        [Required(mark("Enter what has to be signed")), SHORT],
        description=mark("For example, the agreement, or the year-end statement."),
    )
    post = TextField(mark("Which post signs it?"), [Required(mark("Enter the post that signs it")), SHORT])
    signs_for = TextField(
        mark("For which body?"),
        [Required(mark("Enter the body it is signed for")), SHORT],
        description=mark("For example, the accountable body, the funder, or internal audit."),
    )
    key = OnceKey()


class SignedForm(HouseForm):
    """A paper was signed."""

    signed_on = DatePartsField(
        mark("When was it signed?"), [Required(mark("Enter the day it was signed"))], thing=mark("the day it was signed")
    )
    key = OnceKey()


class ExpectForm(HouseForm):
    """A sum the funder is to send."""

    amount = MoneyField(
        mark("How much is to come?"), [Required(mark("Enter how much is to come"))], thing=mark("the amount"), least=Money(1)
    )
    expected_on = DatePartsField(
        mark("By which day?"), [Required(mark("Enter the day it should be here"))], thing=mark("the day it should be here")
    )
    key = OnceKey()


class ExpectedForm(HouseForm):
    """Another sum or day than was expected."""

    amount = MoneyField(
        mark("How much is to come now?"),
        [Required(mark("Enter how much is to come"))],
        thing=mark("the amount"),
        least=Money(1),
    )
    expected_on = DatePartsField(
        mark("By which day?"), [Required(mark("Enter the day it should be here"))], thing=mark("the day it should be here")
    )
    reason = TextField(mark("Why does it change?"), [Required(mark("Enter why it changes")), SHORT])
    edition = Edition()
    key = OnceKey()


class DropForm(HouseForm):
    """A sum that is not to come."""

    reason = TextField(
        mark("Why is it not to come?"),
        [Required(mark("Enter why it is not to come")), SHORT],
        description=mark("For example, the funder sends it with another payment."),
    )
    edition = Edition()
    key = OnceKey()


class UndoForm(HouseForm):
    """A receipt that was none."""

    reason = TextField(
        mark("What was wrong with it?"),
        [Required(mark("Enter what was wrong with it")), SHORT],
        description=mark("For example, the bank took it back, or it was another funder’s money."),
    )
    edition = Edition()
    key = OnceKey()


class InvoiceForm(HouseForm):
    """The funder was asked for it."""

    invoice = TextField(mark("The invoice’s number"), [Required(mark("Enter the invoice’s number")), SHORT], width=20)
    invoiced_on = DatePartsField(
        mark("When was it sent?"), [Required(mark("Enter the day of the invoice"))], thing=mark("the day of the invoice")
    )
    edition = Edition()
    key = OnceKey()


class ReceiveForm(HouseForm):
    """It is in the bank."""

    received = MoneyField(
        mark("How much came in?"), [Required(mark("Enter how much came in"))], thing=mark("the amount"), least=Money(1)
    )
    received_on = DatePartsField(
        mark("When did it come in?"), [Required(mark("Enter the day it came in"))], thing=mark("the day it came in")
    )
    bank_reference = TextField(
        mark("The bank’s reference"),
        [Required(mark("Enter the bank’s reference for this payment"))],
        width=20,
        description=mark("As it stands on our bank statement."),
    )
    rest_on = DatePartsField(
        mark("If less came in than expected: when is the rest due? (optional)"),
        thing=mark("the day the rest is due"),
        description=mark("Left empty, the rest stays due on the same day as before."),
    )
    edition = Edition()
    key = OnceKey()


class SettleForm(HouseForm):
    """Money was found for a cut."""

    amount = MoneyField(
        mark("How much has been found?"),
        [Required(mark("Enter how much has been found"))],
        thing=mark("the amount"),
        least=Money(1),
    )
    decision = LongTextField(
        mark("What was decided, by whom and when?"),
        [Required(mark("Enter what was decided, by whom and when")), LONG],
        rows=3,
    )
    effective_on = DatePartsField(
        mark("On which day does the money go?"), [Required(mark("Enter the day"))], thing=mark("the day the money goes")
    )
    key = OnceKey()


# -- /agreements -----------------------------------------------------------------------------------------------------------


@area.get("/agreements")
@staff
def index() -> ResponseReturnValue:
    """Every agreement of the person's partnerships, and allocations that stand under none."""
    by = me()
    return render_template(
        "agreements/index.html",
        agreements=queries.index(by),
        unattached=queries.unattached(by),
        may_add=bool(_partnerships(by)),
    )


def _partnerships(by: Person) -> list[SelectChoice]:
    """The partnerships this person may add an agreement for. No statement beyond the list."""
    return [
        SelectChoice(ref, name)
        for ref, name in people.partnership_choices(by)
        if may(policies.add, by, people.partnership(ref))
    ]


def _funders() -> list[SelectChoice]:
    return [SelectChoice(ref, name) for ref, name in streams.organisation_choices()]


@area.route("/agreements/new", methods=["GET", "POST"])
@staff
def new() -> ResponseReturnValue:
    """Record an agreement."""
    by = me()
    form = AgreementForm()
    form.partnership.choices = _partnerships(by)
    form.funder.choices = _funders()
    if form.partnership.choices and form.accepted():
        with form.reporting():
            agreement = commands.add_agreement(
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                partnership=people.partnership(_said(form.partnership)),
                name=form.name.data,
                funder=people.organisation(_said(form.funder)),
                funder_reference=form.funder_reference.data,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                change_limit=form.change_limit.data,
                note=form.note.data,
                by=by,
            )
            flash(_("The agreement is recorded. Add its money, conditions and papers below."))
            return redirect(url_for(".show", ref=agreement.ref))
    cannot = [] if form.partnership.choices else objections(_anywhere, by)
    one = len(form.partnership.choices) == 1
    if one and not form.is_submitted():
        form.partnership.data = form.partnership.choices[0].value
    return render_template("agreements/new.html", form=form, objections=cannot), form.status


def _anywhere(by: Person) -> Any:
    return people_policies.needs(by, Duty.FINANCE_OFFICER)


def _said(field: Any) -> str:
    return str(field.data or "")


@area.get("/agreements/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One agreement: who gives, the money by pot, the cash, the terms, the papers, and what happened."""
    by = me()
    page = queries.agreement_page(by, ref)
    lines = history(*page.parts, most=100)
    return render_template(
        "agreements/show.html",
        page=page,
        agreement=page.agreement,
        keeps=may(policies.keep, by, page.agreement),
        history=lines,
        names=people.names({line.by for line in lines} | {row.recorded_by for row in page.funders}),
        today=clock.today(),
    )


class Frame(NamedTuple):
    """What the page of a plain form says around its fields."""

    title: str
    intro: str
    button: str
    crumbs: list[tuple[str, str]]
    cancel: str
    cannot: str


def _fill(form: HouseForm, frame: Frame, policy: Policy, subject: Any) -> ResponseReturnValue:
    """The page of a form that has only its own fields; whoever may not fill it in is told who could."""
    return (
        render_template("agreements/fill.html", form=form, frame=frame, objections=objections(policy, me(), subject)),
        form.status,
    )


def _of(agreement: Agreement, title: str, intro: str, button: str, anchor: str = "") -> Frame:
    there = url_for(".show", ref=agreement.ref)
    return Frame(
        title,
        intro,
        button,
        [(_("Agreements"), url_for(".index")), (agreement.name, there)],
        there + anchor,
        _("You cannot change this agreement."),
    )


@area.route("/agreements/<ref>/change", methods=["GET", "POST"])
@staff
def amend(ref: str) -> ResponseReturnValue:
    """Change what an agreement says of itself."""
    agreement = queries.agreement(me(), ref)
    form = AmendForm(obj=agreement)
    if form.accepted():
        with form.reporting():
            commands.amend(
                agreement,
                name=form.name.data,
                funder_reference=form.funder_reference.data,
                ends_on=form.ends_on.data,
                change_limit=form.change_limit.data,
                note=form.note.data,
                reason=form.reason.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The agreement is changed. What it said before stays in its history."))
            return redirect(url_for(".show", ref=ref))
    intro = _("For a variation: a longer term, another limit. Who gives the money, the money and the terms are changed apart.")
    return _fill(form, _of(agreement, _("Change the agreement"), intro, _("Change the agreement")), policies.keep, agreement)


@area.route("/agreements/<ref>/funder", methods=["GET", "POST"])
@staff
def change_funder(ref: str) -> ResponseReturnValue:
    """Another body gives from a day on."""
    agreement = queries.agreement(me(), ref)
    form = FunderForm(data={"edition": agreement.edition})
    form.organisation.choices = _funders()
    if form.accepted():
        with form.reporting():
            commands.change_funder(
                agreement,
                organisation=people.organisation(_said(form.organisation)),
                effective_on=form.effective_on.data,
                reason=form.reason.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The change of funder is recorded. Who gave before stays in the history."))
            return redirect(url_for(".show", ref=ref))
    now = queries.funder_on(agreement, clock.today())
    intro = _(
        "Today the money comes from %(funder)s. Money in the books already keeps the name it came under.",
        funder=now.name if now else _("nobody yet"),
    )
    return _fill(form, _of(agreement, _("Change who gives the money"), intro, _("Change the funder")), policies.keep, agreement)


# -- money by pot ----------------------------------------------------------------------------------------------------------


def _choices(certainties: Any) -> list[SelectChoice]:
    return [SelectChoice(one.value, SURE[one]) for one in certainties]


def _whole(form: _MoneyForm) -> bool:
    """What one field says against another."""
    sure = Certainty(_said(form.certainty))
    if form.amount.data is None and sure is not Certainty.WITHDRAWN:
        form.report(fields={"amount": _("Enter how much")})
    if sure in allocations.IN_WRITING and not form.document.data:
        form.report(fields={"document": _("Enter the paper that says so: the letter or email, its date, and where it is kept")})
    return not form.problems


def _step(form: _MoneyForm) -> dict[str, Any]:
    certainty = Certainty(_said(form.certainty))
    amount: Any = form.amount.data
    return {
        "certainty": certainty,
        "amount": ZERO if certainty is Certainty.WITHDRAWN else amount,
        "effective_on": form.effective_on.data,
        "document": form.document.data or None,
    }


def _confirmed(effect: Effect) -> bool:
    """Did the person see exactly this effect, and say yes to it?"""
    return request.form.get("confirm") == effect.token


@area.route("/agreements/<ref>/allocations/new", methods=["GET", "POST"])
@staff
def allocate(ref: str) -> ResponseReturnValue:
    """Money under an agreement for one pot: first the effect is shown, then the same figures are confirmed."""
    agreement = queries.agreement(me(), ref)
    form = AllocateForm(data={"effective_on": agreement.starts_on})
    form.certainty.choices = _choices(FIRST)
    form.pot.choices = [SelectChoice(pot, label) for pot, label in queries.pots_for(me(), agreement)]
    effect: Effect | None = None
    pot: Pot | None = None
    if form.accepted() and _whole(form):
        pot, step = streams.pot_of_staff(me(), _said(form.pot)), _step(form)
        form.report(*allocations.unfit_step(pot, None, **step), *rules.outside(agreement, pot.ref, pot.starts_on, pot.ends_on))
        if not form.problems:
            effect = allocations.first_effect(pot, certainty=step["certainty"], amount=step["amount"])
            if _confirmed(effect):
                effect = None  # refused after all: the form again, not a promise of what it would do
                with form.reporting():
                    made = commands.add_allocation(
                        agreement,
                        pot,
                        **step,
                        note=form.note.data or None,
                        key=once_key(),  # type: ignore[call-arg]  # @command takes it
                        by=me(),
                    )
                    flash(_("The allocation is recorded."))
                    return redirect(url_for(".allocation", ref=made.ref))
    page = render_template(
        "agreements/allocate.html",
        agreement=agreement,
        pot=pot,
        form=form,
        effect=effect,
        step=_step(form) if effect else None,
        objections=objections(policies.keep, me(), agreement),
        title=_("Add money for a pot"),
        caption=agreement.name,
        crumbs=[(_("Agreements"), url_for(".index")), (agreement.name, url_for(".show", ref=ref))],
        cancel=url_for(".show", ref=ref),
    )
    return page, form.status


@area.route("/pots/<ref>/allocations/new", methods=["GET", "POST"])
@staff
def allocate_pot(ref: str) -> ResponseReturnValue:
    """Money for a pot that stands under no agreement yet."""
    pot = streams.pot_of_staff(me(), ref)
    form = PotMoneyForm(data={"effective_on": pot.starts_on})
    form.certainty.choices = _choices(FIRST)
    form.funder.choices = _funders()
    effect: Effect | None = None
    if form.accepted() and _whole(form):
        step = _step(form)
        form.report(*allocations.unfit_step(pot, None, **step))
        if not form.problems:
            effect = allocations.first_effect(pot, certainty=step["certainty"], amount=step["amount"])
            if _confirmed(effect):
                effect = None  # refused after all: the form again, not a promise of what it would do
                with form.reporting():
                    made = allocations.record_allocation(
                        pot,
                        **step,
                        funder=form.funder.data or None,
                        note=form.note.data or None,
                        key=once_key(),  # type: ignore[call-arg]  # @command takes it
                        by=me(),
                    )
                    flash(_("The allocation is recorded."))
                    return redirect(url_for(".allocation", ref=made.ref))
    page = render_template(
        "agreements/allocate.html",
        agreement=None,
        pot=pot,
        form=form,
        effect=effect,
        step=_step(form) if effect else None,
        objections=objections(stream_policies.open_pot, me(), pot.stream),
        title=_("Add money from a funder"),
        caption=_("%(stream)s, %(year)s", stream=pot.stream.name, year=clock.year_label(pot.year)),
        crumbs=[(_("Funding streams"), url_for("streams.index")), (pot.ref, url_for("streams.pot", ref=ref))],
        cancel=url_for("streams.pot", ref=ref),
    )
    return page, form.status


@area.route("/agreements/<ref>/allocations/attach", methods=["GET", "POST"])
@staff
def attach(ref: str) -> ResponseReturnValue:
    """Put an allocation that is recorded already under the agreement it comes from."""
    agreement = queries.agreement(me(), ref)
    form = AttachForm()
    form.allocation.choices = [
        SelectChoice(
            row.ref,
            _(
                "%(stream)s, %(year)s: %(amount)s, %(certainty)s (%(ref)s)",
                stream=row.stream,
                year=clock.year_label(row.year),
                amount=row.amount,
                certainty=_(row.certainty.value),
                ref=row.ref,
            ),
        )
        for row in queries.attachable(me(), agreement)
    ]
    if form.accepted():
        with form.reporting():
            found = allocations.allocation_of_staff(me(), _said(form.allocation))
            commands.attach(agreement, found, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes it
            flash(_("The allocation now stands under this agreement."))
            return redirect(url_for(".show", ref=ref))
    intro = _("An allocation that was recorded before its agreement, for example when the pot was opened. No money moves.")
    frame = _of(agreement, _("Put an allocation under this agreement"), intro, _("Put it under this agreement"))
    return _fill(form, frame, policies.keep, agreement)


@area.get("/allocations/<ref>")
@staff
def allocation(ref: str) -> ResponseReturnValue:
    """One allocation: every step it took, what has come in for it, and what a cut left to be found."""
    by = me()
    page = queries.allocation_page(by, ref)
    found = page.allocation
    lines = history(ref, *(row.ref for row in page.payments), *(row.ref for row in page.shortfalls), most=50)
    return render_template(
        "agreements/allocation.html",
        page=page,
        allocation=found,
        pot=found.pot,
        may_advance=may(policies.allocate, by, found) and bool(allocations.MOVES[page.now.certainty]),
        may_expect=may(policies.allocate, by, found) and found.agreement is not None,
        history=lines,
        names=people.names({line.by for line in lines} | {step.recorded_by for step in page.steps}),
    )


@area.route("/allocations/<ref>/advance", methods=["GET", "POST"])
@staff
def advance(ref: str) -> ResponseReturnValue:
    """An allocation's next step: the effect first (what becomes free, what a cut leaves to be found), then confirmed."""
    found = allocations.allocation_of_staff(me(), ref)
    last = found.steps[-1]
    nexts = [one for one in Certainty if one in allocations.MOVES[last.certainty]]
    form = AdvanceForm(
        data={"edition": found.edition, "amount": last.amount, "effective_on": max(clock.today(), last.effective_on)}
    )
    form.certainty.choices = _choices(nexts)
    effect: Effect | None = None
    if nexts and form.accepted() and _whole(form):
        if form.edition.data != found.edition:
            raise Stale()
        step = _step(form)
        form.report(*allocations.unfit_step(found.pot, last, **step))
        if not form.problems:
            effect = allocations.effect(found, certainty=step["certainty"], amount=step["amount"])
            if _confirmed(effect):
                did, effect = effect, None  # refused after all: the form again, not a promise of what it would do
                with form.reporting():
                    _advance(found, form, step)
                    flash(_advanced(did))
                    return redirect(url_for(".allocation", ref=ref))
    page = render_template(
        "agreements/advance.html",
        allocation=found,
        pot=found.pot,
        last=last,
        form=form,
        over=not nexts,
        effect=effect,
        step=_step(form) if effect else None,
        objections=objections(policies.allocate, me(), found),
    )
    return page, form.status


def _advance(found: Allocation, form: AdvanceForm, step: dict[str, Any]) -> None:
    authorities.confirm_allocation(
        found,
        **step,
        note=form.note.data or None,
        edition=form.edition.data,
        key=once_key(),  # type: ignore[call-arg]  # @command takes it
        by=me(),
    )


def _advanced(effect: Effect) -> str:
    if effect.short:
        return _("The step is recorded. %(short)s is still to be found: somebody has to decide how.", short=effect.short)
    return _("The step is recorded.")


# -- cash ------------------------------------------------------------------------------------------------------------------


@area.route("/allocations/<ref>/payments/new", methods=["GET", "POST"])
@staff
def expect(ref: str) -> ResponseReturnValue:
    """A sum the funder is to send for an allocation."""
    found = allocations.allocation_of_staff(me(), ref)
    page = queries.allocation_page(me(), ref)
    left = max(ZERO, page.now.amount - page.cash.scheduled)
    form = ExpectForm(data={"amount": left or None})
    if form.accepted():
        with form.reporting():
            commands.expect_payment(
                found,
                amount=form.amount.data,
                expected_on=form.expected_on.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The payment is expected. If it is late, it waits for you on your first page."))
            return redirect(url_for(".allocation", ref=ref))
    there = url_for(".allocation", ref=ref)
    frame = Frame(
        _("Expect a payment from the funder"),
        _(
            "%(pot)s: %(amount)s is %(certainty)s; %(scheduled)s of it is in payments already. This is about cash only: it "
            "changes nothing that may be promised.",
            pot=found.pot.ref,
            amount=page.now.amount,
            certainty=_(page.now.certainty.value),
            scheduled=page.cash.scheduled,
        ),
        _("Expect the payment"),
        [(_("Agreements"), url_for(".index")), (ref, there)],
        there,
        _("You cannot record payments from this funder."),
    )
    return _fill(form, frame, policies.allocate, found)


@area.get("/funder-payments/<ref>")
@staff
def payment(ref: str) -> ResponseReturnValue:
    """A sum from the funder, and where it stands."""
    found = queries.payment(me(), ref)
    keeps = may(policies.bank, me(), found)
    lines = history(ref, most=20)
    return render_template(
        "agreements/payment.html",
        payment=found,
        agreement=found.agreement,
        pot=found.allocation.pot,
        stands=rules.stands(found, clock.today()),
        may_invoice=keeps and found.invoiced_on is None and found.received is None and found.dropped_on is None,
        may_receive=keeps and found.received is None and found.dropped_on is None,
        may_undo=keeps and found.received is not None,
        history=lines,
        names=people.names({line.by for line in lines}),
    )


def _of_payment(found: Any, title: str, intro: str, button: str) -> Frame:
    there = url_for(".payment", ref=found.ref)
    return Frame(
        title,
        intro,
        button,
        [
            (_("Agreements"), url_for(".index")),
            (found.agreement.name, url_for(".show", ref=found.agreement.ref)),
            (found.ref, there),
        ],
        there,
        _("You cannot record payments from this funder."),
    )


@area.route("/funder-payments/<ref>/change", methods=["GET", "POST"])
@staff
def change_expected(ref: str) -> ResponseReturnValue:
    """Another sum or day than was expected."""
    found = queries.payment(me(), ref)
    form = ExpectedForm(data={"edition": found.edition, "amount": found.amount, "expected_on": found.expected_on})
    if form.accepted():
        with form.reporting():
            commands.change_expected(
                found,
                amount=form.amount.data,
                expected_on=form.expected_on.data,
                reason=form.reason.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("What is expected is changed."))
            return redirect(url_for(".payment", ref=ref))
    intro = _(
        "%(amount)s for %(pot)s was expected by %(day)s.",
        amount=found.amount,
        pot=found.allocation.pot.ref,
        day=rules.day(found.expected_on),
    )
    frame = _of_payment(found, _("Change what is expected"), intro, _("Change what is expected"))
    return _fill(form, frame, policies.bank, found)


@area.route("/funder-payments/<ref>/drop", methods=["GET", "POST"])
@staff
def drop(ref: str) -> ResponseReturnValue:
    """Say that a sum is not to come."""
    found = queries.payment(me(), ref)
    form = DropForm(data={"edition": found.edition})
    if form.accepted():
        with form.reporting():
            commands.drop_payment(
                found,
                reason=form.reason.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("Recorded: this is not to come. If the funder gives less, record it on the allocation too."))
            return redirect(url_for(".payment", ref=ref))
    intro = _(
        "%(amount)s for %(pot)s. This is about cash only: if the funder gives less than it confirmed, record the allocation’s "
        "next step too.",
        amount=found.amount,
        pot=found.allocation.pot.ref,
    )
    return _fill(form, _of_payment(found, _("A payment is not to come"), intro, _("It is not to come")), policies.bank, found)


@area.route("/funder-payments/<ref>/undo", methods=["GET", "POST"])
@staff
def undo(ref: str) -> ResponseReturnValue:
    """Say that a receipt was none."""
    found = queries.payment(me(), ref)
    form = UndoForm(data={"edition": found.edition})
    if form.accepted():
        with form.reporting():
            commands.undo_receipt(
                found,
                reason=form.reason.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("Recorded. The payment is expected again."))
            return redirect(url_for(".payment", ref=ref))
    intro = _(
        "The payment is expected again, and what was recorded stays in its history. If the rest of it was expected as a "
        "payment of its own, say there that it is not to come."
    )
    return _fill(form, _of_payment(found, _("A receipt was wrong"), intro, _("Take the receipt back")), policies.bank, found)


@area.route("/funder-payments/<ref>/invoice", methods=["GET", "POST"])
@staff
def invoice(ref: str) -> ResponseReturnValue:
    """The funder was asked for the sum."""
    found = queries.payment(me(), ref)
    form = InvoiceForm(data={"edition": found.edition, "invoiced_on": clock.today()})
    if form.accepted():
        with form.reporting():
            commands.invoice(
                found,
                invoiced_on=form.invoiced_on.data,
                invoice=form.invoice.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The invoice is recorded."))
            return redirect(url_for(".payment", ref=ref))
    intro = _("%(amount)s for %(pot)s.", amount=found.amount, pot=found.allocation.pot.ref)
    return _fill(form, _of_payment(found, _("Record the invoice"), intro, _("Record the invoice")), policies.bank, found)


@area.route("/funder-payments/<ref>/receive", methods=["GET", "POST"])
@staff
def receive(ref: str) -> ResponseReturnValue:
    """The money is in the bank: all of it, a part, or more than was expected."""
    found = queries.payment(me(), ref)
    form = ReceiveForm(data={"edition": found.edition, "received": found.amount, "received_on": clock.today()})
    if form.accepted():
        with form.reporting():
            commands.receive(
                found,
                received=form.received.data,
                received_on=form.received_on.data,
                bank_reference=form.bank_reference.data,
                rest_on=form.rest_on.data,
                edition=form.edition.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            missing, beyond = commands.came(found, form.received.data)
            if missing:
                flash(_("Recorded. %(missing)s is still to come, and is expected as a payment of its own.", missing=missing))
            elif beyond:
                flash(
                    _(
                        "Recorded. That is %(beyond)s more than expected: ask the funder for the paper that says so, or send "
                        "it back.",
                        beyond=beyond,
                    )
                )
            else:
                flash(_("Recorded as received."))
            return redirect(url_for(".payment", ref=ref))
    intro = _(
        "%(amount)s for %(pot)s was expected on %(day)s. Enter what the bank statement says, even if it is less or more.",
        amount=found.amount,
        pot=found.allocation.pot.ref,
        day=rules.day(found.expected_on),
    )
    return _fill(form, _of_payment(found, _("Record money received"), intro, _("Record as received")), policies.bank, found)


# -- terms, papers, signatures -----------------------------------------------------------------------------------------------


@area.route("/agreements/<ref>/conditions/new", methods=["GET", "POST"])
@staff
def condition(ref: str) -> ResponseReturnValue:
    """Write down a term."""
    agreement = queries.agreement(me(), ref)
    form = ConditionForm()
    if form.accepted():
        with form.reporting():
            commands.add_condition(
                agreement,
                text=form.text.data,
                due_on=form.due_on.data,
                owner=form.owner.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The condition is recorded."))
            return redirect(url_for(".show", ref=ref, _anchor="conditions"))
    intro = _("One condition at a time, in the agreement’s words or plainer ones. One that comes every quarter is four.")
    return _fill(
        form, _of(agreement, _("Add a condition"), intro, _("Add the condition"), "#conditions"), policies.keep, agreement
    )


@area.route("/agreements/<ref>/conditions/<int:number>/met", methods=["GET", "POST"])
@staff
def meet(ref: str, number: int) -> ResponseReturnValue:
    """Say that a term is met."""
    agreement = queries.agreement(me(), ref)
    term = queries.condition(agreement, number)
    form = MetForm(data={"met_on": clock.today()})
    if form.accepted():
        with form.reporting():
            commands.meet_condition(
                agreement,
                number=number,
                met_on=form.met_on.data,
                evidence=form.evidence.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The condition is met."))
            return redirect(url_for(".show", ref=ref, _anchor="conditions"))
    frame = _of(agreement, _("A condition is met"), term.text, _("Record that it is met"), "#conditions")
    return _fill(form, frame, policies.keep, agreement)


@area.route("/agreements/<ref>/documents/new", methods=["GET", "POST"])
@staff
def document(ref: str) -> ResponseReturnValue:
    """Say what paper there is and where it is kept."""
    agreement = queries.agreement(me(), ref)
    form = DocumentForm()
    if form.accepted():
        with form.reporting():
            commands.add_document(
                agreement,
                title=form.title.data,
                dated=form.dated.data,
                kept_at=form.kept_at.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The paper is recorded."))
            return redirect(url_for(".show", ref=ref, _anchor="documents"))
    intro = _("The paper itself stays where it is kept. This says what it is and where somebody finds it.")
    return _fill(form, _of(agreement, _("Add a paper"), intro, _("Add the paper"), "#documents"), policies.keep, agreement)


@area.route("/agreements/<ref>/signatures/new", methods=["GET", "POST"])
@staff
def signature(ref: str) -> ResponseReturnValue:
    """Say who has to sign what."""
    agreement = queries.agreement(me(), ref)
    form = SignatureForm()
    if form.accepted():
        with form.reporting():
            commands.add_signature(
                agreement,
                what=form.what.data,
                post=form.post.data,
                signs_for=form.signs_for.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("The signature is asked for."))
            return redirect(url_for(".show", ref=ref, _anchor="signatures"))
    intro = _("Posts, not names: whoever holds the post signs.")
    frame = _of(agreement, _("Add a signature"), intro, _("Add the signature"), "#signatures")
    return _fill(form, frame, policies.keep, agreement)


@area.route("/agreements/<ref>/signatures/<int:number>/signed", methods=["GET", "POST"])
@staff
def sign(ref: str, number: int) -> ResponseReturnValue:
    """Say that a paper was signed."""
    agreement = queries.agreement(me(), ref)
    asked = queries.signature(agreement, number)
    form = SignedForm(data={"signed_on": clock.today()})
    if form.accepted():
        with form.reporting():
            commands.record_signed(
                agreement,
                number=number,
                signed_on=form.signed_on.data,
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
                by=me(),
            )
            flash(_("Recorded as signed."))
            return redirect(url_for(".show", ref=ref, _anchor="signatures"))
    intro = _("%(what)s, by the %(post)s for %(body)s.", what=asked.what, post=asked.post, body=asked.signs_for)
    return _fill(
        form, _of(agreement, _("Record a signature"), intro, _("Record as signed"), "#signatures"), policies.keep, agreement
    )


# -- what a cut left ---------------------------------------------------------------------------------------------------------


@area.get("/shortfalls/<ref>")
@staff
def shortfall(ref: str) -> ResponseReturnValue:
    """What the funder cut and was not free, with the ways to find it."""
    found = allocations.shortfall_of_staff(me(), ref)
    lines = history(ref, most=50)
    return render_template(
        "agreements/shortfall.html",
        shortfall=found,
        pot=found.pot,
        allocation=found.allocation,
        places=allocations.places(found.pot),
        pages=PAGES,
        words=streams.WORDS,
        may_settle=bool(found.outstanding) and may(allocations.may_settle, me(), found),
        history=lines,
        names=people.names({line.by for line in lines}),
    )


@area.route("/shortfalls/<ref>/settle", methods=["GET", "POST"])
@staff
def settle(ref: str) -> ResponseReturnValue:
    """Give up money that has come free: first the effect is shown, then the same figures are confirmed."""
    found = allocations.shortfall_of_staff(me(), ref)
    free = allocations.places(found.pot).free
    least = min(found.outstanding, max(ZERO, free))
    form = SettleForm(data={"amount": least or None, "effective_on": clock.today()})
    amount: Any = None
    if form.accepted():
        amount = form.amount.data
        form.report(*allocations.unsettleable(found, amount, form.decision.data))
        if not form.problems and amount > free:
            said = _("%(pot)s has %(free)s free; this needs %(amount)s.", pot=found.pot.ref, free=str(free), amount=str(amount))
            form.report(fields={"amount": said})
        if not form.problems and request.form.get("confirm") == f"{amount.pence}":
            with form.reporting():
                allocations.settle_shortfall(
                    found,
                    amount=amount,
                    decision=form.decision.data,
                    effective_on=form.effective_on.data,
                    key=once_key(),  # type: ignore[call-arg]  # @command takes it
                    by=me(),
                )
                flash(_("Recorded. %(amount)s went from free money.", amount=amount))
                return redirect(url_for(".shortfall", ref=ref))
    page = render_template(
        "agreements/settle.html",
        shortfall=found,
        pot=found.pot,
        free=free,
        amount=None if form.problems else amount,
        form=form,
        objections=objections(allocations.may_settle, me(), found),
    )
    return page, form.status


# -- on a pot's page ---------------------------------------------------------------------------------------------------------


class PotMoney(NamedTuple):
    """A pot's allocations and what cuts left, as the pot's page shows them."""

    rows: Sequence[allocations.Row]
    shortfalls: Sequence[allocations.ShortfallRow]
    may_add: bool

    @property
    def short(self) -> Money:
        """What is still to be found in all."""
        return total(one.outstanding for one in self.shortfalls)


def _pot_money(by: Person, pot: Pot) -> PotMoney:
    return PotMoney(
        allocations.of_pot(pot),
        allocations.shortfalls(Shortfall.pot_id == pot.id, Shortfall.outstanding > ZERO),
        may(stream_policies.open_pot, by, pot.stream),
    )


pot_section("allocations", "streams/pot/allocations.html", _pot_money)
