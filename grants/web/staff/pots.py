"""What a finance officer does with a pot besides promising from it: lines, terms, contributions, pools, closing, next year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.errors import NotFound, Objection
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, many, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import queries as people
from grants.people.models import Partnership, Person
from grants.places import queries as places
from grants.streams import exclusions, lines, policies, pools, queries, shared, terms, years
from grants.streams.models import ContributionStatus, LineKind, Pot, Role, Spending, Stream
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    Characters,
    CheckboxesField,
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

area = Blueprint("pots", __name__)


class Change(NamedTuple):
    """A line of an effect: a figure now and then. None leaves a cell empty."""

    words: str
    now: Any
    then: Any


class Deed(NamedTuple):
    """What the page of one deed says beside its form. With an effect, `digest` stands for what was shown."""

    title: str
    caption: str
    crumbs: Sequence[tuple[str, str]]
    back: str
    button: str
    objections: Sequence[Objection] = ()
    says: Sequence[str] = ()
    effect: Sequence[Change] = ()
    digest: str = ""


def shown(deed: Deed, form: HouseForm) -> ResponseReturnValue:
    """The page."""
    return render_template("pots/deed.html", deed=deed, form=form), form.status


def confirmed(digest: str) -> bool:
    """Is this the second press, with the same figures as were shown?"""
    return request.form.get("confirm") == digest


def of_pot(pot: Pot) -> dict[str, Any]:
    """The caption, crumbs and way back of a deed about a pot."""
    back = url_for("streams.pot", ref=pot.ref)
    crumbs = [(_("Funding streams"), url_for("streams.index")), (pot.ref, back)]
    return {"caption": f"{pot.stream.name}, {clock.year_label(pot.year)}", "crumbs": crumbs, "back": back}


def of_stream(stream: Stream) -> dict[str, Any]:
    """The same of a deed about a stream."""
    back = url_for("streams.show", ref=stream.ref)
    return {
        "caption": stream.name,
        "crumbs": [(_("Funding streams"), url_for("streams.index")), (stream.name, back)],
        "back": back,
    }


SHORT = Characters(200, mark("Use 200 characters or fewer"))
LONG = Characters(2000, mark("Use 2,000 characters or fewer"))


def free_in(pot: Pot) -> Money:
    """What the pot itself has free: no line's."""
    return ledger.balance(At(pot.ref, "", Bucket.FREE))


# -- lines ---------------------------------------------------------------------------------------------------------------

KINDS = {
    LineKind.PRIORITY: mark("A priority of the plan"),
    LineKind.AREA: mark("An area"),
    LineKind.MICRO_GRANTS: mark("Micro-grants"),
    LineKind.CONTINGENCY: mark("Contingency"),
}


class LineForm(HouseForm):
    """A part of a pot."""

    name = TextField(mark("What is the line called?"), [Required(mark("Enter what the line is called")), SHORT])
    kind = RadiosField(
        mark("What is it for?"),
        [Required(mark("Choose what the line is for"))],
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
    )
    priority = SelectField(mark("Which priority, if it is for one?"), blank=mark("No priority"))
    locality = SelectField(mark("Which area, if it is for one?"), blank=mark("No area"))
    amount = MoneyField(
        mark("How much of the pot’s free money goes to it now? (optional)"), thing=mark("the amount"), least=Money(0)
    )
    key = OnceKey()


@area.route("/pots/<ref>/lines/new", methods=["GET", "POST"])
@staff
def open_line(ref: str) -> ResponseReturnValue:
    """Open a line of a pot, with some of its free money or none yet."""
    pot = queries.pot_of_staff(me(), ref)
    form, free = LineForm(), free_in(pot)
    form.priority.choices = [SelectChoice(*one) for one in lines.serving(pot)]
    form.locality.choices = [SelectChoice(*one) for one in places.choices(pot.stream.partnership_id)]
    effect: list[Change] = []
    digest = ""
    if form.accepted():
        given: dict[str, Any] = {name: form.data[name] for name in ("name", "priority", "locality", "amount")}
        given["kind"] = LineKind(form.data["kind"])
        amount = given["amount"] or Money(0)
        digest = f"{given['name']}|{given['kind']}|{amount.pence}"
        with form.reporting():
            if not amount or confirmed(digest):
                lines.open_line(pot, **given, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes the key
                flash(_("The line “%(name)s” is open.", name=given["name"]))
                return redirect(url_for("streams.pot", ref=ref) + "#lines")
        if not form.problems:
            form.report(*lines.unfit(**given, names=[row.name for row in lines.lines_of(pot)]))
            if amount > free:
                form.report(_("%(pot)s has %(free)s free; this needs %(amount)s.", pot=ref, free=free, amount=amount))
            if not form.problems:
                effect = [
                    Change(_("Free in %(pot)s itself", pot=ref), free, free - amount),
                    Change(_("Free in the line “%(name)s”", name=given["name"]), None, amount),
                ]
    deed = Deed(
        title=_("Open a line"),
        **of_pot(pot),
        button=_("Open the line") if effect else _("Continue"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=[
            _("A line is a part of the pot. Its free money is kept apart from the rest, and a round may hold money from it."),
            _("Free in %(pot)s itself now: %(free)s.", pot=ref, free=free),
        ],
        effect=effect,
        digest=digest,
    )
    return shown(deed, form)


# -- terms ---------------------------------------------------------------------------------------------------------------


class TermsForm(HouseForm):
    """A pot's attributes in the accounts."""

    spending = RadiosField(
        mark("What may the money be spent on?"),
        [Required(mark("Choose what the money may be spent on"))],
        choices=[
            SelectChoice(Spending.REVENUE.value, mark("Revenue")),
            SelectChoice(Spending.CAPITAL.value, mark("Capital")),
            SelectChoice(Spending.EITHER.value, mark("Revenue or capital")),
            SelectChoice(Spending.NOT_STATED.value, mark("Not stated")),
        ],
        hints={
            Spending.REVENUE.value: mark("Pay, services and running costs."),
            Spending.CAPITAL.value: mark("Buildings, equipment and other lasting things."),
        },
    )
    role = RadiosField(
        mark("Whose money is it in the accounts?"),
        [Required(mark("Choose whose money it is"))],
        choices=[
            SelectChoice(Role.PRINCIPAL.value, mark("Our own to decide (principal)")),
            SelectChoice(Role.AGENT.value, mark("Passed on for somebody else (agent)")),
            SelectChoice(Role.NOT_STATED.value, mark("Not stated")),
        ],
    )
    responsible_officer = TextField(
        mark("Who is the senior responsible officer? (optional)"),
        [SHORT],
        description=mark("The post, not the person’s name. For example, Head of community safety."),
    )
    cost_centre = TextField(mark("Cost centre (optional)"), [SHORT], width=10)
    subjective_code = TextField(mark("Subjective code (optional)"), [SHORT], width=10)
    effective_on = DatePartsField(
        mark("From which day?"), [Required(mark("Enter the day from which this holds"))], thing=mark("the day")
    )
    key = OnceKey()


@area.route("/pots/<ref>/terms", methods=["GET", "POST"])
@staff
def set_terms(ref: str) -> ResponseReturnValue:
    """Say what a pot is in the accounts, from a day on."""
    pot = queries.pot_of_staff(me(), ref)
    now = terms.terms_on(pot, max(clock.today(), pot.starts_on))
    form = TermsForm(obj=now, data=None if now else {"effective_on": pot.starts_on})
    if request.method == "GET":
        form.effective_on.data = max(clock.today(), pot.starts_on) if now else pot.starts_on
        if now:
            form.spending.data, form.role.data = now.spending.value, now.role.value
    if form.accepted():
        with form.reporting():
            terms.set_terms(
                pot,
                spending=Spending(form.data["spending"]),
                role=Role(form.data["role"]),
                responsible_officer=form.data["responsible_officer"],
                cost_centre=form.data["cost_centre"],
                subjective_code=form.data["subjective_code"],
                effective_on=form.data["effective_on"],
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes the key
            )
            flash(_("The terms are recorded. What held before that day stays on record."))
            return redirect(url_for("streams.pot", ref=ref) + "#terms")
    deed = Deed(
        title=_("Set the terms"),
        **of_pot(pot),
        button=_("Record the terms"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=[_("What you enter holds from the day you give. Nothing earlier is changed.")],
    )
    return shown(deed, form)


# -- contributions -------------------------------------------------------------------------------------------------------


class PledgeForm(HouseForm):
    """What a partner says it will put in."""

    organisation = SelectField(mark("Which partner?"), blank=mark("Not stated"))
    description = TextField(
        mark("What is it for, or how was it promised?"), [Required(mark("Enter what it is for or how it was promised")), SHORT]
    )
    amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1))
    document = TextField(mark("Letter or other paper (optional)"), [SHORT])
    key = OnceKey()


@area.route("/pots/<ref>/contributions/new", methods=["GET", "POST"])
@staff
def pledge(ref: str) -> ResponseReturnValue:
    """Note a partner's pledge."""
    pot = queries.pot_of_staff(me(), ref)
    form = PledgeForm()
    form.organisation.choices = [SelectChoice(*one) for one in queries.organisation_choices()]
    if form.accepted():
        given = form.data
        with form.reporting():
            shared.pledge(
                pot,
                organisation=people.organisation(given["organisation"]) if given["organisation"] else None,
                description=given["description"],
                amount=given["amount"],
                document=given["document"] or None,
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes the key
            )
            flash(_("The pledge is recorded. It is in the pot’s money once it is confirmed."))
            return redirect(url_for("streams.pot", ref=ref) + "#contributions")
    deed = Deed(
        title=_("Record a pledge"),
        **of_pot(pot),
        button=_("Record the pledge"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=[_("A pledge is shown beside the pot’s money and is not part of it. A second person confirms it.")],
    )
    return shown(deed, form)


class WithdrawForm(HouseForm):
    """A contribution taken back."""

    on = DatePartsField(mark("From which day?"), [Required(mark("Enter the day"))], thing=mark("the day"))
    reason = LongTextField(mark("Why is it withdrawn?"), [Required(mark("Enter why it is withdrawn")), LONG], rows=3)
    key = OnceKey()


@area.route("/contributions/<ref>/withdraw", methods=["GET", "POST"])
@staff
def withdraw(ref: str) -> ResponseReturnValue:
    """A partner takes a contribution back: what is left first, then the doing."""
    contribution = shared.contribution_of_staff(me(), ref)
    pot, amount = contribution.pot, contribution.amount or Money(0)
    form = WithdrawForm(data={"on": clock.today()})
    free, in_books = free_in(pot), contribution.status is ContributionStatus.CONFIRMED
    effect: list[Change] = []
    digest = f"{ref}|{contribution.status}|{amount.pence}"
    if form.accepted():
        with form.reporting():
            if not in_books or confirmed(digest):
                shared.withdraw_contribution(
                    contribution,
                    on=form.data["on"],
                    reason=form.data["reason"],
                    by=me(),
                    key=once_key(),  # type: ignore[call-arg]  # @command takes the key
                )
                flash(_("The contribution is withdrawn."))
                return redirect(url_for("streams.pot", ref=pot.ref) + "#contributions")
        if not form.problems:
            if amount > free:
                form.report(_("%(pot)s has %(free)s free; this needs %(amount)s.", pot=pot.ref, free=free, amount=amount))
            else:
                effect = [Change(_("Free in %(pot)s", pot=pot.ref), free, free - amount)]
    says = [f"{contribution.organisation.name if contribution.organisation else _('Not stated')}: {amount}"]
    if contribution.status is ContributionStatus.WITHDRAWN:
        says.append(_("It is withdrawn already."))
    elif not in_books:
        says.append(_("It was only pledged, so no money moves."))
    deed = Deed(
        title=_("Withdraw a contribution"),
        **of_pot(pot),
        button=_("Withdraw %(amount)s", amount=amount) if effect or not in_books else _("See what this does"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=says,
        effect=effect,
        digest=digest,
    )
    return shown(deed, form)


# -- closing -------------------------------------------------------------------------------------------------------------


class CloseForm(HouseForm):
    """A pot closed to new promises."""

    on = DatePartsField(mark("From which day?"), [Required(mark("Enter the day"))], thing=mark("the day"))
    reason = LongTextField(mark("Why?"), [Required(mark("Enter why")), LONG], rows=3)
    key = OnceKey()


class ReopenForm(HouseForm):
    """A pot opened again."""

    reason = LongTextField(mark("Why?"), [Required(mark("Enter why")), LONG], rows=3)
    key = OnceKey()


@area.route("/pots/<ref>/close", methods=["GET", "POST"])
@staff
def close(ref: str) -> ResponseReturnValue:
    """Close a pot to new promises; or open it again, where it is closed."""
    pot = queries.pot_of_staff(me(), ref)
    closed = pot.closed_on
    form: CloseForm | ReopenForm = ReopenForm() if closed else CloseForm(data={"on": clock.today()})
    if form.accepted():
        given = form.data
        with form.reporting():
            if closed:
                years.reopen_pot(pot, reason=given["reason"], by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
                flash(_("%(pot)s is open to new promises again.", pot=ref))
            else:
                years.close_pot(pot, on=given["on"], reason=given["reason"], by=me(), key=once_key())  # type: ignore[call-arg]
                flash(_("%(pot)s is closed to new promises.", pot=ref))
            return redirect(url_for("streams.pot", ref=ref))
    deed = Deed(
        title=_("Open this pot to new promises again") if closed else _("Close this pot to new promises"),
        **of_pot(pot),
        button=_("Open it again") if closed else _("Close the pot"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=[
            _("Nothing new can then be held, protected or charged. What was promised before is paid and reported as ever.")
            if not closed
            else _("It was closed from %(day)s.", day=f"{closed.day} {closed:%B %Y}")
        ],
    )
    return shown(deed, form)


# -- pools ---------------------------------------------------------------------------------------------------------------


class PoolForm(HouseForm):
    """Pots to draw on together."""

    name = TextField(mark("What is the pool called?"), [Required(mark("Enter what the pool is called")), SHORT])
    others = CheckboxesField(mark("Which other pots does it take in?"))
    key = OnceKey()


@area.route("/pots/<ref>/pool", methods=["GET", "POST"])
@staff
def make_pool(ref: str) -> ResponseReturnValue:
    """Pool a pot with others of its partnership and year."""
    pot = queries.pot_of_staff(me(), ref)
    form, others = PoolForm(), pools.candidates(me(), pot)
    form.others.choices = [SelectChoice(one.ref, f"{one.stream.name} ({one.ref})") for one in others]
    if form.accepted():
        chosen = [one for one in others if one.ref in form.data["others"]]
        with form.reporting():
            pool = pools.make_pool(pot, others=chosen, name=form.data["name"], by=me(), key=once_key())  # type: ignore[call-arg]
            flash(_("The pool is made. Rounds hold from all its pots from now on."))
            return redirect(url_for(".pool", ref=pool.ref))
    says = [
        _(
            "A round on a pot of a pool holds money from all its pots, by what each has free. "
            "Every stream’s share stays on its own pot’s page and in the position."
        )
    ]
    if not others:
        says.append(_("There is no other pot of this year that could be pooled with this one."))
    deed = Deed(
        title=_("Pool this pot with others"),
        **of_pot(pot),
        button=_("Make the pool"),
        objections=objections(policies.look_after_pot, me(), pot),
        says=says,
    )
    return shown(deed, form)


@area.get("/pools/<ref>")
@staff
def pool(ref: str) -> ResponseReturnValue:
    """A pool: each pot's figures, and all of them together."""
    return render_template("pots/pool.html", page=pools.pool_page(me(), ref), words=queries.WORDS, columns=pools.SHOWN)


# -- what a stream may not pay for -----------------------------------------------------------------------------------------


class ExcludeForm(HouseForm):
    """Something a stream has no element for."""

    objective = TextField(
        mark("What may it not pay for?"),
        [Required(mark("Enter what it may not pay for")), SHORT],
        description=mark(
            "For example, disadvantaged neighbourhoods. Priorities whose titles say so are shown as needing other funding."
        ),
    )
    why = TextField(mark("Why not? (optional)"), [SHORT])
    effective_on = DatePartsField(
        mark("From which day?"), [Required(mark("Enter the day from which this holds"))], thing=mark("the day")
    )
    key = OnceKey()


@area.route("/streams/<ref>/exclusions/new", methods=["GET", "POST"])
@staff
def exclude(ref: str) -> ResponseReturnValue:
    """State what a stream may not pay for."""
    stream = queries.stream_of_staff(me(), ref)
    form = ExcludeForm(data={"effective_on": clock.today()})
    if form.accepted():
        given = form.data
        with form.reporting():
            exclusions.exclude(
                stream,
                objective=given["objective"],
                why=given["why"],
                effective_on=given["effective_on"],
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes the key
            )
            flash(_("It is on the stream’s page, and on the priorities it concerns."))
            return redirect(url_for("streams.show", ref=ref))
    deed = Deed(
        title=_("Say what this stream may not pay for"),
        **of_stream(stream),
        button=_("Record it"),
        objections=objections(policies.look_after_stream, me(), stream),
    )
    return shown(deed, form)


# -- next year -------------------------------------------------------------------------------------------------------------


class CopyForm(HouseForm):
    """Nothing to enter: the page shows what would be opened."""

    key = OnceKey()


@area.route("/streams/<ref>/years/<int:year>/copy", methods=["GET", "POST"])
@staff
def copy_stream(ref: str, year: int) -> ResponseReturnValue:
    """Open a stream's next year from this one."""
    stream = queries.stream_of_staff(me(), ref)
    found = objections(policies.look_after_stream, me(), stream)
    return _copying(stream.partnership, year, stream, found, of_stream(stream))


@area.route("/partnerships/<ref>/years/<int:year>/copy", methods=["GET", "POST"])
@staff
def copy_year(ref: str, year: int) -> ResponseReturnValue:
    """Open next year's pots of a whole partnership from this year's."""
    partnership = people.partnership(ref)
    if partnership.id not in people.within(me()):
        raise NotFound()
    there = url_for("streams.index")
    place = {"caption": partnership.name, "crumbs": [(_("Funding streams"), there)], "back": there}
    found = [] if _looks_after_some(me(), partnership, year) else objections(policies.open_stream, me(), partnership)
    return _copying(partnership, year, None, found, place)


def _looks_after_some(who: Person, partnership: Partnership, year: int) -> bool:
    return any(may(policies.look_after_stream, who, one.before.stream) for one in years.copies(partnership, year=year))


def _copying(
    partnership: Partnership, year: int, stream: Stream | None, found: Sequence[Objection], place: dict[str, Any]
) -> ResponseReturnValue:
    form, copies = CopyForm(), years.copies(partnership, year=year, stream=stream)
    if form.accepted():
        with form.reporting():
            opened = years.copy_year(partnership, year=year, stream=stream, by=me())
            flash(
                many(
                    "1 pot is open for %(year)s.",
                    "%(num)s pots are open for %(year)s.",
                    len(opened),
                    year=clock.year_label(year + 1),
                )
                if opened
                else _("Every pot was there already. Nothing was changed.")
            )
            return redirect(place["back"])
    return render_template(
        "pots/copy.html",
        form=form,
        copies=copies,
        objections=found,
        place=place,
        this=clock.year_label(year),
        next=clock.year_label(year + 1),
        to_open=[one for one in copies if not one.there],
    ), form.status


# -- the sections of a pot's page --------------------------------------------------------------------------------------------


def _lines(_by: Person, pot: Pot) -> Any:
    found = lines.parted(pot)
    return found if found.lines else None


def _contributions(_by: Person, pot: Pot) -> Any:
    found = shared.contributions_of(pot)
    return found if found.rows else None


def _shared(_by: Person, pot: Pot) -> Any:
    return shared.is_shared(pot) or None


pot_section("lines", "streams/pot/lines.html", _lines)
pot_section("contributions", "streams/pot/contributions.html", _contributions)
pot_section("shared", "streams/pot/shared.html", _shared)
pot_section("terms", "streams/pot/terms.html", lambda _by, pot: terms.history_of(pot) or None)
