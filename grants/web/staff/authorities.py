"""Authorities to promise more than a pot holds: the exceptions list, asking, a second person's approval, and ending one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import history
from grants.budget import authorities, policies, queries, rules
from grants.budget.models import AuthorityKind, SpendingAuthority
from grants.kernel.money import Money
from grants.kernel.policy import may, objections
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import delegation
from grants.people import queries as people
from grants.people.policies import holds_any
from grants.streams import allocations
from grants.streams.models import Pot
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    Characters,
    DatePartsField,
    DecimalField,
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
from grants.web.staff.changes import ApproveForm, RefuseForm, reader

area = Blueprint("authorities", __name__)


class AskForm(HouseForm):
    """What a pot may promise beyond what it holds."""

    kind = RadiosField(
        mark("Why may the pot promise more than it holds?"),
        [Required(mark("Choose why the pot may promise more than it holds"))],
        choices=[
            SelectChoice(AuthorityKind.OVER_PROGRAMMING.value, mark("Over-programming")),
            SelectChoice(AuthorityKind.AT_RISK.value, mark("At risk")),
        ],
        hints={
            AuthorityKind.OVER_PROGRAMMING.value: mark("Projects usually spend less than they were promised."),
            AuthorityKind.AT_RISK.value: mark("The money is expected and its letter has not come."),
        },
    )
    limit = MoneyField(mark("Up to how much?"), thing=mark("the limit"), least=Money(1))
    percent = DecimalField(
        mark("Or what percentage of the confirmed allocation?"),
        description=mark("It becomes pounds when it is asked for. Leave it empty if you entered pounds."),
        thing=mark("the percentage"),
        least=Decimal(0),
        most=Decimal(100),
        suffix="%",
    )
    allocation = SelectField(mark("Against which expected allocation?"), blank=mark("Not against one: over-programming"))
    until = DatePartsField(
        mark("Last day"),
        [Required(mark("Enter the last day"))],
        description=mark(
            "After it nothing more can be promised under this authority. What is used must be cleared by year end."
        ),
        thing=mark("the last day"),
    )
    underwriter = TextField(
        mark("Who makes it good if the money does not come?"),
        [Required(mark("Enter who makes it good")), Characters(rules.SHORT)],
        description=mark("For example, a named reserve and who answers for it."),
    )
    reason = LongTextField(mark("Why?"), [Required(mark("Enter the reason"))], rows=3, characters=rules.LONG)
    document = TextField(
        mark("Source document"),
        [Required(mark("Enter the source document")), Characters(rules.SHORT)],
        description=mark("What it rests on and where it is kept: a minute, a letter."),
    )
    resolution = TextField(
        mark("Resolution, where one is needed"),
        [Characters(rules.SHORT)],
        description=mark("Its number or date. The delegation table says when one is needed."),
    )
    key = OnceKey()


class EndForm(HouseForm):
    """Why it ends early."""

    because = LongTextField(
        mark("Why does it end?"),
        [Required(mark("Say why. Whoever asked will read this."))],
        rows=3,
        characters=rules.LONG,
    )


@area.get("/authorities")
@staff
def index() -> ResponseReturnValue:
    """What is promised beyond what pots hold, and every authority to do so."""
    by = reader()
    return render_template(
        "authorities/index.html",
        over=authorities.exceptions(by),
        rows=[(one, authorities.state_of(one)) for one in authorities.listed(by)],
        pots=queries.askable(by) if holds_any(by, policies.ASKERS) else [],
    )


@area.route("/authorities/new/<ref>", methods=["GET", "POST"])
@staff
def ask(ref: str) -> ResponseReturnValue:
    """Ask for one: first what the pot could promise then, then the same figures are sent to whoever approves."""
    pot = queries.pot(reader(), ref)
    form: Any = AskForm(data={"until": pot.ends_on})
    form.allocation.choices = [
        SelectChoice(
            one.ref,
            _("%(ref)s: %(amount)s, %(sure)s", ref=one.ref, amount=str(one.amount), sure=_(one.certainty.value)),
        )
        for one in authorities.ahead(pot)
    ]
    free, effect = ledger.left(pot.ref, "", Bucket.FREE), None
    if form.accepted() and _whole(form):
        facts = _facts(form)
        limit = rules.allowed(facts["limit"], facts["basis_points"], pot.allocation)
        form.report(*_problems(pot, facts, limit))
        if not form.problems and limit is not None:
            if request.form.get("confirm") == str(limit.pence):
                with form.reporting():
                    asked = authorities.ask_authority(pot, **facts, key=once_key(), by=me())  # type: ignore[call-arg]
                    flash(_("Asked for. Somebody else has to approve it before anything more can be promised."))
                    return redirect(url_for(".show", ref=asked.ref))
            else:
                effect = limit
    page = render_template(
        "authorities/ask.html",
        form=form,
        pot=pot,
        balance=ledger.balance(At(pot.ref, "", Bucket.FREE)),
        free=free,
        effect=effect,
        approvers=delegation.in_words(_what(form), delegation.table(pot.stream.partnership)),
        objections=objections(policies.ask_authority, me(), pot),
    )
    return page, form.status


def _what(form: Any) -> delegation.What:
    at_risk = form.kind.data == AuthorityKind.AT_RISK.value
    return rules.AUTHORISED[AuthorityKind.AT_RISK if at_risk else AuthorityKind.OVER_PROGRAMMING]


def _whole(form: Any) -> bool:
    """What one field says against another."""
    if (form.limit.data is None) == (form.percent.data is None):
        form.report(fields={"limit": _("Enter the limit in pounds, or as a percentage, not both")})
    if form.percent.data is not None and (form.percent.data * 100) % 1:
        form.report(fields={"percent": _("Enter the percentage with two decimal places at most")})
    return not form.problems


def _facts(form: Any) -> dict[str, Any]:
    return {
        "kind": AuthorityKind(form.kind.data),
        "limit": form.limit.data,
        "basis_points": None if form.percent.data is None else int(form.percent.data * 100),
        "allocation": allocations.allocation_of_staff(me(), form.allocation.data) if form.allocation.data else None,
        "until": form.until.data,
        "underwriter": form.underwriter.data,
        "reason": form.reason.data,
        "document": form.document.data,
        "resolution": form.resolution.data or None,
    }


def _problems(pot: Pot, facts: dict[str, Any], limit: Money | None) -> list[str]:
    """Say on the form, before anything is done, what the command would refuse."""
    what = rules.AUTHORISED[facts["kind"]]
    needed = limit is not None and delegation.needs_resolution(what, limit, pot.stream.partnership)
    given = {name: facts[name] for name in ("until", "underwriter", "reason", "document", "resolution")}
    against = authorities.expected(facts["allocation"])
    return list(rules.unauthorisable(pot, facts["kind"], limit, **given, resolution_needed=needed, against=against))


@area.get("/authorities/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One authority: who asked, who approved, what is used of it, and what this person can do next."""
    return render_template("authorities/show.html", **_about(authorities.authority(me(), ref)))


def _about(authority: SpendingAuthority) -> dict[str, Any]:
    by, pot, state = me(), authority.pot, authorities.state_of(authority)
    steps = delegation.table(pot.stream.partnership)
    waits = state == "waiting for approval"
    lines = history(authority.ref, most=20)
    free = ledger.balance(At(pot.ref, "", Bucket.FREE))
    return {
        "authority": authority,
        "pot": pot,
        "state": state,
        "free": free,
        "left": ledger.left(pot.ref, "", Bucket.FREE),
        "digest": rules.digest_of_authority(authority),
        "deputy_for": people.names({authority.approved_for}).get(authority.approved_for) if authority.approved_for else None,
        "may_approve": waits and may(policies.approve_authority, by, authority, steps),
        "may_refuse": waits and may(policies.refuse_authority, by, authority),
        "may_end": state in ("waiting for approval", "in force", "expired") and may(policies.end_authority, by, authority),
        "objections": objections(policies.approve_authority, by, authority, steps) if waits else [],
        "history": lines,
        "names": people.names({line.by for line in lines}),
    }


@area.route("/authorities/<ref>/approve", methods=["GET", "POST"])
@staff
def approve(ref: str) -> ResponseReturnValue:
    """The figures, what the pot could promise then, and the second person's yes."""
    authority = authorities.authority(me(), ref)
    form: Any = ApproveForm(data={"digest": rules.digest_of_authority(authority)})
    if form.accepted():
        with form.reporting():
            authorities.approve_authority(authority, digest=form.digest.data, key=once_key(), by=me())  # type: ignore[call-arg]
            flash(_("Approved. The pot can promise more from now on."))
            return redirect(url_for(".show", ref=ref))
    if form.status != 200:
        form.digest.data = rules.digest_of_authority(authority)  # the page below shows the figures as they are now
    return render_template("authorities/approve.html", form=form, **_about(authority)), form.status


@area.route("/authorities/<ref>/refuse", methods=["GET", "POST"])
@staff
def refuse(ref: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    authority = authorities.authority(me(), ref)
    form: Any = RefuseForm()
    if form.accepted():
        with form.reporting():
            authorities.refuse_authority(authority, because=form.because.data, by=me())
            flash(_("Refused. The pot can promise what it holds and no more."))
            return redirect(url_for(".show", ref=ref))
    return render_template("authorities/refuse.html", form=form, **_about(authority)), form.status


@area.route("/authorities/<ref>/end", methods=["GET", "POST"])
@staff
def end(ref: str) -> ResponseReturnValue:
    """End it today."""
    authority = authorities.authority(me(), ref)
    form: Any = EndForm()
    if form.accepted():
        with form.reporting():
            authorities.end_authority(authority, because=form.because.data, by=me())
            flash(_("Ended. Nothing more can be promised under it."))
            return redirect(url_for(".show", ref=ref))
    return render_template("authorities/end.html", form=form, **_about(authority)), form.status
