"""The register of rounds, what each is for and asks, whether a group can apply, and the page that starts an application."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from grants.applications import after
from grants.applications import queries as mine
from grants.applications.policies import APPLY
from grants.figures import rounds as figures
from grants.kernel import clock
from grants.kernel.words import _, many, mark
from grants.notices import commands as notices
from grants.people import entry
from grants.people.kinds import SAID, Kind
from grants.people.models import Organisation
from grants.people.queries import organisations_of
from grants.places import postcodes
from grants.questions.document import Block
from grants.questions.queries import document
from grants.rounds import queries, rules
from grants.rounds.eligibility import findings, needs_host
from grants.rounds.models import Round, State
from grants.rounds.terms import Firmness, Scoring
from grants.web import access, navigation
from grants.web.access import me, once_key, signed_in, who
from grants.web.easy_read import worded
from grants.web.formats import when
from grants.web.forms import (
    Characters,
    EmailField,
    HouseForm,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
    TextField,
)
from grants.web.public import checking, terms
from grants.web.public.checking import Said

area = Blueprint("rounds", __name__)
navigation.item(mark("Apply"), "rounds.index", 10)

PAGE, ADDRESS = "asked", "asked_for"  # as the page that takes the code knows them


class StartForm(HouseForm):
    """Which group it is for, where the person acts for several."""

    group = RadiosField(mark("Which group are you applying for?"), [Required(mark("Choose which group you are applying for"))])
    key = OnceKey()


class WhoForm(HouseForm):
    """Who starts, for somebody we do not know yet."""

    name = TextField(mark("Your name"), [Required(mark("Enter your name")), Characters(120)], autocomplete="name")
    email = EmailField(
        mark("Your email address"),
        [Required(mark("Enter your email address"))],
        description=mark("We send a code to it, to check that it is yours."),
    )
    group_name = TextField(
        mark("Your group’s name"),
        [Required(mark("Enter the name of your group")), Characters(200)],
        description=mark("As people know it. If your group has a constitution, the name in there."),
        autocomplete="organization",
    )
    kind = RadiosField(
        mark("What kind of group are you?"),
        [Required(mark("Choose the kind of group you are"))],
        choices=[SelectChoice(kind.name.lower(), SAID[kind]) for kind in Kind],
        description=mark("Choose the one that fits best. You do not need to be a charity."),
        small=True,
    )


# -- the register -----------------------------------------------------------------------------------------------------


@area.get("/rounds")
def index() -> ResponseReturnValue:
    """What can be applied to now, what is coming, and how those that are over went, a year at a time. Constant statements."""
    years = figures.years()
    asked = request.args.get("year", "")
    year = next((one for one in years if str(one) == asked), years[0] if years else None)
    return render_template(
        "rounds/index.html",
        rounds=queries.open_rounds(),
        coming=queries.coming(),
        past=figures.past(year) if year is not None else [],
        year=year,
        years=years,
        few=figures.FEW,
        days=_days,
        when=when,
    )


def _days(count: int) -> str:
    return many("%(num)s day", "%(num)s days", count)


@area.get("/rounds/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """Everything a group needs to decide whether to apply, and to prepare."""
    round = queries.public(ref)
    person = who()
    until = _until(round, organisations_of(person, *APPLY)) if person else None
    taking, closes = rules.taking(round, until=until), until or round.closes_at
    over = not taking and not round.forecast and clock.now() >= round.closes_at
    offered = queries.offered(round) if terms.chooses_priority(round) else []
    asked = worded(document(round.question_set))
    return render_template(
        "rounds/show.html",
        round=round,
        taking=taking,
        to_come=not over and clock.now() < round.opens_at,
        before=figures.took_before(round),
        within=after.WITHIN,
        went=figures.went(round) if over or clock.now() >= round.closes_at else None,
        days=_days,
        few=figures.FEW,
        left=rules.left_in_words(round, closes),
        closes=closes,
        priorities=offered,
        helps=terms.helps(round),
        questions=asked,
        pages=[page for page in asked.pages if _met(page.block, round)],
        terms=terms,
        sizes=terms.sizes(round),
        never=terms.not_for(round, Firmness.FIXED),
        rarely=terms.not_for(round, Firmness.NORMAL),
        committee=round.terms.scoring is Scoring.COMMITTEE,
        when=when,
        scored=many(
            "%(num)s person reads and scores each application.",
            "%(num)s people read and score each application, each on their own.",
            round.assessors,
        ),
    )


def _met(block: Block | None, round: Round) -> bool:
    """Is a page of the product's own met by any group in this round?"""
    if block is Block.HOST:
        return round.terms.host_needed
    return block is not Block.EVIDENCE or any(tier.evidence for tier in round.terms.tiers)


# -- can we apply? ----------------------------------------------------------------------------------------------------


@area.route("/rounds/<ref>/check", methods=["GET", "POST"])
def check(ref: str) -> ResponseReturnValue:
    """What this round's rules need to know, and at once whether the group can apply, and if not why and where to try."""
    round = queries.public(ref)
    said = checking.unpacked(request.args.get("said"), ref)
    if said is not None and request.method == "GET" and "change" not in request.args:
        return _checked(round, said)
    form = checking.check_form(round, who(), _given(said))
    if form.accepted():
        said = checking.read(round, form, who())
        postcode = form.data.get("postcode")
        if postcode and said.ward is None:
            flash(_(postcodes.unknown(postcode) or ""), "important")
        return redirect(url_for(".check", ref=ref, said=checking.packed(said)), 303)
    person = who()
    closed = list(rules.not_taking(round, until=_until(round, organisations_of(person, *APPLY) if person else ())))
    return render_template("rounds/check.html", round=round, form=form, closed=closed), form.status


def _until(round: Round, groups: Sequence[Organisation]) -> datetime | None:
    """The latest time that any of these groups was given, where the round takes nothing from others any more."""
    if rules.taking(round):
        return None
    return max((until for group in groups if (until := queries.permit(round, group))), default=None)


def _given(said: Said | None) -> dict[str, object]:
    """What the form shows filled in: what was said before, or in "Which fund fits us?"."""
    if said is not None:
        return checking.shown(said)
    from grants.web.public.find import asked_in

    asked = asked_in(request.args)
    before = Said("", kind=asked.kind, account=asked.account, sought=asked.sought)
    return checking.shown(before) if request.args else {}


def _checked(round: Round, said: Said) -> ResponseReturnValue:
    person = who()
    groups = organisations_of(person, *APPLY) if person else ()
    one = groups[0] if len(groups) == 1 else None
    until = _until(round, groups)
    found = checking.standing(round, one, said) if one else findings(round, checking.asker(round, said))
    refused = [finding for finding in found if finding.refuses]
    start = StartForm() if one and not refused else None
    if start is not None:
        del start.group
    return render_template(
        "rounds/checked.html",
        round=round,
        refused=refused,
        flagged=[finding for finding in found if not finding.refuses],
        instead=list(dict.fromkeys(finding.instead for finding in refused if finding.instead)),
        host=needs_host(round, checking.asker(round, said)),
        second=bool((tier := round.terms.tier(said.sought)) and tier.stages > 1),
        closed=list(rules.not_taking(round, until=until)),
        taking=rules.taking(round, until=until),
        closes=until or round.closes_at,
        start=start,
        group=one,
        value=checking.packed(said),
        stranger=_stranger(round, said) if person is None else None,
        longer=person is None and round.state in (State.OPEN, State.ASSESSING) and clock.now() >= round.closes_at,
        find=url_for(
            "find.results" if said.kind else "find.ask",
            kind=said.kind.name.lower() if said.kind else None,
            sought=said.sought.plain if said.sought else None,
            ward=said.ward,
        ),
        when=when,
    )


# -- starting ---------------------------------------------------------------------------------------------------------


@area.route("/rounds/<ref>/start", methods=["GET", "POST"])
def start(ref: str) -> ResponseReturnValue:
    """Who somebody is, asked of those who have not signed in; a code by e-mail takes them into the draft itself.

    The page that says they can apply asks it too, and sends it here.
    """
    round = queries.public(ref)
    said = checking.unpacked(request.args.get("said"), ref)
    if said is None:
        return redirect(url_for(".check", ref=ref), 303)
    onward = url_for(".apply", ref=ref, said=checking.packed(said))
    if who() is not None:
        return redirect(onward, 303)
    if not rules.taking(round) or any(one.refuses for one in findings(round, checking.asker(round, said))):
        return redirect(url_for(".check", ref=ref, said=checking.packed(said)), 303)
    form = _who_form(said)
    if _can_mail() and form.accepted():
        kind = said.kind or Kind[form.kind.data.upper()]
        told = said._replace(kind=kind, group=checking.mark_of(form.group_name.data))
        if barred := [one for one in findings(round, checking.asker(round, told)) if one.refuses]:
            form.report(*(one.sentence for one in barred))
        else:
            with form.reporting():
                return _sent(form, kind, url_for(".apply", ref=ref, said=checking.packed(told)))
    return render_template("rounds/start.html", round=round, form=form, stranger=_stranger(round, said, form)), form.status


class Stranger(NamedTuple):
    """What the pages on which somebody says who they are show, beside the form."""

    form: WhoForm
    action: str
    said_kind: str | None
    change: str
    sign_in: str
    can_mail: bool


def _stranger(round: Round, said: Said, form: WhoForm | None = None) -> Stranger:
    value = checking.packed(said)
    return Stranger(
        form or _who_form(said),
        action=url_for(".start", ref=round.ref, said=value),
        said_kind=_(SAID[said.kind]) if said.kind else None,
        change=url_for(".check", ref=round.ref, said=value, change=1),
        sign_in=url_for("sign_in.email", next=url_for(".apply", ref=round.ref, said=value)),
        can_mail=_can_mail(),
    )


def _who_form(said: Said) -> WhoForm:
    form = WhoForm(data={"kind": said.kind.name.lower() if said.kind else None})
    if said.kind is not None:
        del form.kind
    return form


def _can_mail() -> bool:
    return bool(current_app.extensions["grants"].mail_server) or access.on_demo()


def _sent(form: WhoForm, kind: Kind, onward: str) -> ResponseReturnValue:
    page = entry.token()
    notices.send_registration(
        name=form.name.data,
        email=form.email.data,
        group_name=form.group_name.data,
        charity_number=None,
        kind=kind,
        page=page,
        network=access.network(),
        next=onward,
    )
    session[PAGE], session[ADDRESS] = page, form.email.data
    return redirect(url_for("sign_in.register_code", next=onward), 303)


@area.route("/rounds/<ref>/apply", methods=["GET", "POST"])
@signed_in
def apply(ref: str) -> ResponseReturnValue:
    """Start an application, or go to the one the group already has."""
    round = queries.public(ref)
    said = checking.unpacked(request.args.get("said"), ref)
    groups = organisations_of(me(), *APPLY)
    live = mine.live_of(me(), round)
    form = StartForm()
    # A form sent twice finds its first answer by its key, so what was offered is offered still.
    offered = [group for group in groups if form.is_submitted() or group.ref not in live]
    form.group.choices = [SelectChoice(group.ref, group.name) for group in offered]
    if len(form.group.choices) == 1:
        form.group.validators, form.group.data = [], form.group.choices[0].value
    if form.accepted():
        with form.reporting():
            group = next(one for one in groups if one.ref == form.group.data)
            started = checking.begin(round, group, said, key=once_key())
            return redirect(url_for("applications.show", ref=started.ref))
    elif groups and not offered:
        flash(_("Your group already has an application to this round. Here it is."), "important")
        return redirect(url_for("applications.show", ref=next(iter(live.values()))))
    names = {group.ref: group.name for group in groups}
    found = checking.standing(round, offered[0], said or Said(ref)) if len(offered) == 1 else []
    return render_template(
        "rounds/apply.html",
        round=round,
        form=form,
        groups=groups,
        live=[(names[group], application) for group, application in live.items()],
        closed=list(rules.not_taking(round, until=_until(round, offered))),
        refused=[one for one in found if one.refuses],
        flagged=[one for one in found if not one.refuses],
        instead=list(dict.fromkeys(one.instead for one in found if one.refuses and one.instead)),
        change=url_for(".check", ref=ref, said=checking.packed(said), change=1) if said else url_for(".check", ref=ref),
    ), form.status
