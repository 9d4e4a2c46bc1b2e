"""Which fund fits us? Five plain questions over every open and coming round. No account, and nothing kept."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.people.kinds import SAID, Kind
from grants.places import postcodes
from grants.places.queries import lying_in
from grants.questions.document import NO, YES
from grants.questions.purposes import matching, purpose, purposes
from grants.rounds import queries, rules
from grants.rounds.eligibility import Asker, Finding, findings, needs_host
from grants.rounds.models import Round
from grants.rounds.terms import Helps
from grants.web.formats import when
from grants.web.forms import HouseForm, MoneyField, PostcodeField, RadiosField, Required, SelectChoice

area = Blueprint("find", __name__)

OTHER = "other"


class FindForm(HouseForm):
    """The five questions."""

    kind = RadiosField(
        mark("1. What kind of group are you?"),
        [Required(mark("Choose the kind of group you are"))],
        choices=[SelectChoice(kind.name.lower(), SAID[kind]) for kind in Kind],
        description=mark("Choose the one that fits best. You do not need to be a charity."),
        small=True,
    )
    postcode = PostcodeField(
        mark("2. Where will it happen?"),
        description=mark("The postcode of the place, for example SK1 3XE. Leave it empty if you are not sure."),
        thing=mark("the postcode"),
    )
    sought = MoneyField(
        mark("3. About how much do you need?"),
        description=mark("A good guess is fine. Leave it empty if you do not know yet."),
        thing=mark("how much you need"),
        least=Money(1),
    )
    about = RadiosField(
        mark("4. What is it mostly about?"),
        choices=[SelectChoice(one.key, one.label) for one in purposes()],
        small=True,
    )
    account = RadiosField(
        mark("5. Has your group its own bank account?"),
        choices=[SelectChoice(YES, mark("Yes")), SelectChoice(NO, mark("No")), SelectChoice("", mark("Not sure"))],
        description=mark("In the group’s name, with two people who sign."),
        small=True,
    )


class Fit(NamedTuple):
    """A round, how it fits, and what to know of it. `helps`: what was chosen is something it is for, as far as words tell."""

    round: Round
    refused: Sequence[Finding]
    flagged: Sequence[Finding]
    host: bool
    helps: bool
    instead: Sequence[str]
    link: str


class Asked(NamedTuple):
    """What the address of the results says: nothing that tells who asks."""

    kind: Kind | None
    ward: str | None
    sought: Money | None
    about: str | None
    account: bool | None

    @property
    def args(self) -> dict[str, Any]:
        """As the address carries it on."""
        return {
            name: value
            for name, value in (
                ("kind", self.kind.name.lower() if self.kind else ""),
                ("ward", self.ward or ""),
                ("about", self.about or ""),
                ("sought", self.sought.plain if self.sought else ""),
                ("account", {True: YES, False: NO}[self.account] if self.account is not None else ""),
            )
            if value
        }


def asked_in(args: Mapping[str, str]) -> Asked:
    """What an address says; what cannot be read is as good as not said."""
    kind, ward, about = args.get("kind", "").upper(), args.get("ward", ""), args.get("about", "")
    try:
        sought = Money.pounds(args.get("sought", ""))
    except ValueError:
        sought = Money(0)
    return Asked(
        Kind[kind] if kind in Kind.__members__ else None,
        ward if ward in postcodes.every_ward() else None,
        sought if sought > Money(0) else None,
        about if purpose(about) else None,
        {YES: True, NO: False}.get(args.get("account", "")),
    )


@area.route("/find", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """The five questions. What is typed goes into the address of the answer, the postcode as its ward."""
    before = asked_in(request.args)
    form = FindForm(data=before.args | {"sought": before.sought})
    if form.accepted():
        ward = None
        if form.postcode.data:
            there = postcodes.find(form.postcode.data)
            ward = there.ward.code if there else None
            if there is None:
                flash(
                    _("We do not know that postcode, so we have not used it. It may be new, or outside this area."), "important"
                )
        said = Asked(
            Kind[form.kind.data.upper()],
            ward,
            form.sought.data,
            form.about.data,
            {YES: True, NO: False}.get(form.account.data or ""),
        )
        return redirect(url_for(".results", **said.args), 303)
    return render_template("find/ask.html", form=form), form.status


@area.get("/find/results")
def results() -> ResponseReturnValue:
    """Every open and coming round, by how it fits. Four statements, whatever their number."""
    asked = asked_in(request.args)
    if asked.kind is None:
        return redirect(url_for(".ask"), 303)
    rounds = queries.findable()
    helps = queries.offered_in(rounds) if rounds and asked.about else {}
    near = lying_in(asked.ward) if asked.ward else {}
    now = clock.now()
    fits = [_fit(round, asked, helps.get(round.ref, ()), near) for round in rounds]
    to_come = sorted(
        (one for one in fits if one.round.opens_at > now or rules.to_come(one.round)), key=lambda f: f.round.opens_at
    )
    open_now = [one for one in fits if rules.taking(one.round)]
    fitting = [one for one in open_now if not one.refused and not one.flagged]
    return render_template(
        "find/results.html",
        asked=asked,
        fitting=sorted(fitting, key=lambda one: not one.helps),
        flagged=[one for one in open_now if one.flagged and not one.refused],
        refused=[one for one in open_now if one.refused],
        coming=to_come,
        change=url_for(".ask", **asked.args),
        about=purpose(asked.about) if asked.about else None,
        ward=postcodes.every_ward()[asked.ward].area_name if asked.ward else None,
        when=when,
    )


def asks_purpose(round: Round, sought: Money | None) -> bool:
    """Does a group that asks for so much choose from the plain purposes, all of which the round is for?"""
    tiers = [round.terms.tier(sought)] if sought else round.terms.tiers
    return any(tier is not None and tier.helps is Helps.PURPOSE for tier in tiers)


def _fit(round: Round, asked: Asked, titles: Sequence[str], near: Mapping[int, str]) -> Fit:
    locality = near.get(round.pot.stream.partnership_id)
    asker = Asker(
        kind=asked.kind,
        account=asked.account,
        ask=asked.sought,
        places=[one for one in (asked.ward, locality) if one],
    )
    found: Sequence[Finding] = findings(round, asker)
    refused = [one for one in found if one.refuses]
    chosen = [asked.about] if asked.about and asked.about != OTHER else []
    carried: dict[str, Any] = {
        name: value for name, value in asked.args.items() if name in ("kind", "sought", "account", "ward")
    }
    return Fit(
        round,
        refused,
        [one for one in found if not one.refuses],
        needs_host(round, asker),
        bool(chosen) and (asks_purpose(round, asked.sought) or bool(matching(chosen, titles))),
        list(dict.fromkeys(one.instead for one in refused if one.instead)),
        url_for("rounds.check", ref=round.ref, **carried),
    )
