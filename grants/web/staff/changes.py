"""Budget changes: asked for with the effect shown first, approved by a second person who sees it too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from grants.audit.queries import history
from grants.budget import authorities, commands, policies, queries, rules
from grants.budget.models import BudgetChange, ChangeKind, ChangeState
from grants.budget.rules import Wanted
from grants.kernel import clock
from grants.kernel.errors import NotFound, Objection, Refused
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.ledger.chart import Bucket
from grants.people import delegation
from grants.people import queries as people
from grants.people.duties import label
from grants.people.models import Duty, Person
from grants.people.policies import holds_any
from grants.streams import queries as streams
from grants.streams.lines import lines_of
from grants.streams.models import Pot
from grants.web import navigation
from grants.web.access import me, once_key, staff, who
from grants.web.forms import (
    Characters,
    DatePartsField,
    Declaration,
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

area = Blueprint("changes", __name__)


def reads() -> bool:
    """Is the person at the keyboard one who looks after or audits money?"""
    return bool((person := who()) and holds_any(person, policies.READERS))


navigation.item(mark("Budget changes"), "changes.index", 46, shown=reads)

SLUGS = {kind: kind.name.lower().replace("_", "-") for kind in ChangeKind}
BY_SLUG = {slug: kind for kind, slug in SLUGS.items()}


class ChooseForm(HouseForm):
    """What is to change, and in which pot."""

    kind = RadiosField(
        mark("What do you want to ask for?"),
        [Required(mark("Choose what you want to ask for"))],
        choices=[SelectChoice(SLUGS[kind], words) for kind, (words, _hint) in rules.KINDS.items()],
        hints={SLUGS[kind]: hint for kind, (_words, hint) in rules.KINDS.items()},
    )
    pot = SelectField(mark("Which pot is the money in?"), [Required(mark("Choose a pot"))], blank=mark("Choose a pot"))


class ChangeForm(HouseForm):
    """What is asked for. Each kind leaves out what it has no use for."""

    source = SelectField(mark("Which money is it?"), [Required(mark("Choose which money it is"))], blank=mark("Choose one"))
    into_pot = SelectField(
        mark("Which pot does it go to?"), [Required(mark("Choose the pot it goes to"))], blank=mark("Choose a pot")
    )
    into_line = SelectField(mark("Where does it go?"), blank=mark("The pot itself, in no line"))
    body = SelectField(mark("Who does it go back to?"), [Required(mark("Choose who it goes back to"))])
    amount = MoneyField(mark("How much?"), [Required(mark("Enter how much"))], thing=mark("the amount"), least=Money(1))
    effective_on = DatePartsField(
        mark("From which day?"),
        [Required(mark("Enter the day"))],
        description=mark("The day the books show it. It cannot be in a period that is closed."),
        thing=mark("the day"),
    )
    reason = LongTextField(mark("Why?"), [Required(mark("Enter the reason"))], rows=3, characters=rules.LONG)
    document = TextField(
        mark("Source document"),
        [Required(mark("Enter the source document")), Characters(rules.SHORT)],
        description=mark("What it rests on and where it is kept: a minute, a letter, an invoice."),
    )
    resolution = TextField(
        mark("Resolution, where one is needed"),
        [Characters(rules.SHORT)],
        description=mark("Its number or date. The delegation table says when one is needed."),
    )
    clears = SelectField(
        mark("Does it clear what a pot has promised beyond its money?"),
        blank=mark("No"),
        description=mark("Name the authority that allowed it."),
    )
    key = OnceKey()


class ApproveForm(HouseForm):
    """A second person's yes to the figures the page showed: their digest comes back with it."""

    sure = Declaration(
        mark("I have read the source document and checked the pots, the amount and the effect"),
        must=mark("Confirm that you have read the source document and checked the pots, the amount and the effect"),
    )
    digest = HiddenField()
    key = OnceKey()


class RefuseForm(HouseForm):
    """Why not."""

    because = LongTextField(
        mark("Why are you refusing this?"),
        [Required(mark("Say why. Whoever asked will read this."))],
        rows=3,
        characters=rules.LONG,
    )


@area.get("/changes")
@staff
def index() -> ResponseReturnValue:
    """What waits for approval, and what was decided."""
    by = reader()
    waits = queries.waiting_rows(by)
    return render_template(
        "changes/index.html",
        waiting=[row for row in waits if row.asked_by_ref != by.ref],
        mine=[row for row in waits if row.asked_by_ref == by.ref],
        decided=queries.decided_rows(by),
        over=authorities.exceptions(by),
        asks=holds_any(by, policies.ASKERS),
        in_words=rules.kind_in_words,
    )


def reader() -> Person:
    """The person at the keyboard, who looks after or audits money; Refused otherwise."""
    by = me()
    if not holds_any(by, policies.READERS):
        could = label(*(duty for duty in Duty if duty in policies.READERS))
        raise Refused(Objection(_("You do not hold the duty that this needs."), could))
    return by


@area.route("/changes/new", methods=["GET", "POST"])
@staff
def choose() -> ResponseReturnValue:
    """What to ask for, and in which pot."""
    by = reader()
    pots = queries.askable(by)
    asked = request.args.get("pot", "")
    form = ChooseForm(data={"pot": asked if asked in {pot.ref for pot in pots} else None})
    form.pot.choices = [_pot_choice(pot) for pot in pots]
    if form.accepted():
        return redirect(url_for(".ask", kind=form.kind.data, ref=form.pot.data))
    return render_template("changes/choose.html", form=form, pots=pots), form.status


def _pot_choice(pot: Pot) -> SelectChoice:
    return SelectChoice(pot.ref, _("%(ref)s: %(stream)s", ref=pot.ref, stream=pot.stream.name))


@area.route("/changes/new/<kind>/<ref>", methods=["GET", "POST"])
@staff
def ask(kind: str, ref: str) -> ResponseReturnValue:
    """Ask for one kind of change: first the effect is shown, then the same figures are sent to whoever approves."""
    wants, pot = _kind(kind), queries.pot(reader(), ref)
    form: Any = ChangeForm(data={"effective_on": max(clock.today(), pot.starts_on)})
    following = queries.next_pot(pot) if wants is ChangeKind.CARRY_FORWARD else None
    _fit(form, wants, pot)
    effect = want = None
    if form.accepted() and (wants is not ChangeKind.CARRY_FORWARD or following is not None):
        want = _want(form, wants, pot, following)
        form.report(*queries.problems(want))
        if not form.problems:
            if request.form.get("confirm") == rules.token(want):
                with form.reporting():
                    change = _ask(want)
                    flash(_("Asked for. Somebody else has to approve it before any money moves."))
                    return redirect(url_for(".show", ref=change.ref))
            else:
                effect = queries.effect(want)
    page = render_template(
        "changes/ask.html",
        form=form,
        pot=pot,
        kind=wants,
        words=rules.kind_in_words(wants),
        hint=_(rules.KINDS[wants][1]),
        following=following,
        nothing=not form.source.choices,
        needs_next=wants is ChangeKind.CARRY_FORWARD and following is None,
        effect=effect,
        token=rules.token(want) if want and effect else None,
        approvers=delegation.in_words(rules.DELEGATED[wants], delegation.table(pot.stream.partnership)),
        objections=objections(policies.ask, me(), pot),
    )
    return page, form.status


def _kind(slug: str) -> ChangeKind:
    if slug not in BY_SLUG:
        raise NotFound()
    return BY_SLUG[slug]


def _fit(form: Any, kind: ChangeKind, pot: Pot) -> None:
    """Leave out what this kind has no use for, and fill the choices with the pot's own money."""
    if kind is ChangeKind.CONTRIBUTION:
        form.source.choices = [
            SelectChoice(
                f"{Bucket.PARTNER.value}|{one.ref}",
                _("%(partner)s, %(amount)s: %(what)s", partner=one.partner, amount=str(one.amount), what=one.description),
            )
            for one in queries.pledges(pot)
        ]
        del form.amount
    else:
        form.source.choices = [
            SelectChoice(f"{one.bucket.value}|{one.owner}", _source(pot, one))
            for one in queries.holdings_of(pot, rules.LEAVES[kind])
            if one.amount > Money(0)
        ]
    if kind is ChangeKind.VIREMENT:
        form.into_pot.choices = [
            _pot_choice(one)
            for one in queries.askable(me())
            if one.id != pot.id and one.stream.partnership_id == pot.stream.partnership_id
        ]
    else:
        del form.into_pot
    if kind is ChangeKind.LINE:
        form.into_line.choices = [SelectChoice(one.ref, one.name) for one in lines_of(pot)]
    else:
        del form.into_line
    if kind is ChangeKind.REPAYMENT and pot.funders:
        form.body.choices = [SelectChoice(ref, name) for ref, name in streams.organisations(pot.funders).items()]
    else:
        del form.body
    over = authorities.clearable(me()) if kind in rules.CLEARS else []
    if over:
        form.clears.choices = [
            SelectChoice(one.ref, _("%(ref)s: %(pot)s, %(used)s", ref=one.ref, pot=one.pot, used=str(one.used))) for one in over
        ]
    else:
        del form.clears


def _source(pot: Pot, one: queries.Holding) -> str:
    stage = _(rules.STAGES[one.bucket])
    if not one.owner:
        return _("%(pot)s itself: %(stage)s, %(amount)s", pot=pot.ref, stage=stage, amount=str(one.amount))
    title = one.title if one.title == one.owner else f"{one.title} ({one.owner})"
    return _("%(title)s: %(stage)s, %(amount)s", title=title, stage=stage, amount=str(one.amount))


def _want(form: Any, kind: ChangeKind, pot: Pot, following: Pot | None) -> Wanted:
    bucket, owner = form.source.data.split("|", 1)
    into = following
    if "into_pot" in form and form.into_pot.data:
        into = queries.pot(me(), form.into_pot.data)
    amount = form.amount.data if "amount" in form else _pledged(owner)
    return Wanted(
        kind=kind,
        pot=pot,
        amount=amount,
        effective_on=form.effective_on.data,
        reason=form.reason.data,
        document=form.document.data,
        into_pot=into,
        owner=owner,
        bucket=Bucket(bucket),
        into_owner=(form.into_line.data or "") if "into_line" in form else "",
        body=form.body.data if "body" in form else _partner(kind, owner),
        resolution=form.resolution.data or None,
        clears=(form.clears.data or None) if "clears" in form else None,
    )


def _pledged(owner: str) -> Money:
    pledge = queries.contribution(owner)
    return pledge.amount if pledge and pledge.amount else Money(0)


def _partner(kind: ChangeKind, owner: str) -> str | None:
    pledge = queries.contribution(owner) if kind is ChangeKind.CONTRIBUTION else None
    return pledge.organisation.ref if pledge and pledge.organisation else None


def _ask(want: Wanted) -> BudgetChange:
    facts = want._asdict()
    pot = facts.pop("pot")
    return commands.ask(pot, **facts, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes it


@area.get("/changes/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One change: its figures, its effect while it waits, who did what, and what this person can do next."""
    return render_template("changes/show.html", **_whole(queries.change(me(), ref)))


def _whole(change: BudgetChange) -> dict[str, Any]:
    by, want, waits = me(), rules.wanted(change), change.state is ChangeState.ASKED
    steps = delegation.table(change.pot.stream.partnership)
    parties = queries.parties(change)
    lines = history(change.ref, most=20)
    return {
        "change": change,
        "words": rules.kind_in_words(change.kind),
        "owner": _owner(change),
        "into_owner": queries.titles([change.into_owner]).get(change.into_owner, change.into_owner),
        "body": streams.organisations([change.body]).get(change.body, change.body) if change.body else None,
        "stage": _(rules.STAGES[want.bucket]),
        "effect": queries.effect(want) if waits else [],
        "problems": queries.problems(want) if waits else [],
        "digest": rules.digest(change),
        "deputy_for": people.names({change.decided_for}).get(change.decided_for) if change.decided_for else None,
        "may_approve": waits and may(policies.approve, by, change, steps, parties=parties),
        "may_refuse": waits and may(policies.refuse, by, change),
        "may_withdraw": waits and may(policies.withdraw, by, change),
        "objections": objections(policies.approve, by, change, steps, parties=parties) if waits else [],
        "approvers": delegation.in_words(rules.DELEGATED[change.kind], steps),
        "history": lines,
        "names": people.names({line.by for line in lines}),
    }


def _owner(change: BudgetChange) -> str:
    if not change.owner:
        return _("%(pot)s itself", pot=change.pot.ref)
    title = queries.titles([change.owner]).get(change.owner, change.owner)
    return title if title == change.owner else f"{title} ({change.owner})"


@area.route("/changes/<ref>/approve", methods=["GET", "POST"])
@staff
def approve(ref: str) -> ResponseReturnValue:
    """The figures, the effect, and the second person's yes."""
    change = queries.change(me(), ref)
    form = ApproveForm(data={"digest": rules.digest(change)})
    if form.accepted():
        with form.reporting():
            commands.approve(change, digest=form.digest.data, key=once_key(), by=me())  # type: ignore[call-arg]  # @command takes it
            flash(_("Approved. The money has moved."))
            return redirect(url_for(".show", ref=ref))
    if form.status != 200:
        form.digest.data = rules.digest(change)  # the page below shows the figures as they are now
    return render_template("changes/approve.html", form=form, **_whole(change)), form.status


@area.route("/changes/<ref>/refuse", methods=["GET", "POST"])
@staff
def refuse(ref: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    change = queries.change(me(), ref)
    form = RefuseForm()
    if form.accepted():
        with form.reporting():
            commands.refuse(change, because=form.because.data, by=me())
            flash(_("Refused. No money has moved."))
            return redirect(url_for(".show", ref=ref))
    return render_template("changes/refuse.html", form=form, **_whole(change)), form.status


@area.post("/changes/<ref>/withdraw")
@staff
def withdraw(ref: str) -> ResponseReturnValue:
    """Whoever asked thinks again."""
    commands.withdraw(queries.change(me(), ref), by=me())
    flash(_("Withdrawn. No money has moved."))
    return redirect(url_for(".show", ref=ref))


def _of_pot(by: Person, pot: Pot) -> dict[str, Any] | None:
    """Nothing to those who neither look after nor audit money."""
    if not holds_any(by, policies.READERS, partnership=pot.stream.partnership):
        return None
    return {
        "changes": queries.of_pot(by, pot, most=10),
        "authorities": [(one, authorities.state_of(one)) for one in authorities.of_pot(pot)],
        "asks": may(policies.ask, by, pot),
        "in_words": rules.kind_in_words,
    }


pot_section("changes", "streams/pot/changes.html", _of_pot)
