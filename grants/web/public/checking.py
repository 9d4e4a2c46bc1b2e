"""What somebody says of their group before there is an account: carried in a signed value, kept nowhere, and used at the start.

The value says what kind of group it is, about how much it needs and what it answered to the round's own questions; never who
they are. It travels in the page's address, so it lives through signing in, registering and the link in an e-mail.
"""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from flask import current_app, flash, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from grants.applications import commands as applications
from grants.applications import queries as mine
from grants.applications.models import Application
from grants.applications.policies import APPLY
from grants.applications.rules import barred
from grants.awards import queries as awards
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money
from grants.kernel.words import mark
from grants.people import entry
from grants.people.kinds import SAID, VOLUNTARY, Kind, kind_of
from grants.people.models import Organisation, Person
from grants.people.profiles import save_profile
from grants.people.queries import organisations_of, profile, said_of
from grants.places import postcodes
from grants.places import queries as places
from grants.questions.document import NO, YES
from grants.rounds import queries
from grants.rounds.eligibility import Asker, Finding, findings
from grants.rounds.models import Round
from grants.rounds.terms import Firmness
from grants.web.access import me
from grants.web.forms import HouseForm, MoneyField, PostcodeField, RadiosField, Required, SelectChoice

LASTS = 30 * 24 * 3600  # seconds
YES_OR_NO = (SelectChoice(YES, mark("Yes")), SelectChoice(NO, mark("No")))


class Said(NamedTuple):
    """What was said. `once` is new for each check, so that starting twice with it starts one application."""

    round: str
    kind: Kind | None = None
    account: bool | None = None
    sought: Money | None = None
    ward: str | None = None
    against: Mapping[str, str] = {}
    once: str = ""
    group: str = ""  # a keyed mark of the name of the group that registers, by which it is known again


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.extensions["grants"].secret_key, salt="said before there is an account")


def packed(said: Said) -> str:
    """The signed value."""
    return str(
        _signer().dumps(
            {
                "r": said.round,
                "k": said.kind.name if said.kind else "",
                "b": said.account,
                "s": said.sought.pence if said.sought else None,
                "w": said.ward or "",
                "n": dict(said.against),
                "o": said.once or secrets.token_urlsafe(9),
                "g": said.group,
            }
        )
    )


def unpacked(value: str | None, ref: str) -> Said | None:
    """What was said for this round, or none where the value is another round's, too old or not ours."""
    try:
        found: Any = _signer().loads(value or "", max_age=LASTS)
    except BadData:
        return None
    if found.get("r") != ref:
        return None
    kind = Kind[found["k"]] if found.get("k") in Kind.__members__ else None
    sought = Money(found["s"]) if found.get("s") else None
    return Said(ref, kind, found["b"], sought, found["w"] or None, found["n"], found["o"], found["g"])


def mark_of(group: str) -> str:
    """By which a group that registers is known again without naming it."""
    return entry.hashed("group that starts", " ".join(group.lower().split()))[:16]


def asker(round: Round, said: Said) -> Asker:
    """What was said, as the round's rules see it. One statement where the round is for some areas only."""
    return Asker(
        kind=said.kind,
        account=said.account,
        ask=said.sought,
        places=_places(round, said.ward) if round.terms.areas and said.ward else (),
        against=[key for key, answer in said.against.items() if answer == YES],
    )


def _places(round: Round, ward: str) -> list[str]:
    locality = places.locality_of(round.pot.stream.partnership, ward)
    return [ward, *([locality.ref] if locality else [])]


def standing(round: Round, group: Organisation, said: Said) -> list[Finding]:
    """Every rule that this group would break, with what is known of it here. A constant number of statements."""
    out = [Finding("voluntary", sentence, Firmness.FIXED, round.terms.instead) for sentence in barred(round, group)]
    return out or findings(
        round,
        asker(round, said)._replace(
            kind=kind_of(group.organisation_type) or said.kind,
            sent_on=mine.sent_on(round, group),
            funded_in=awards.funded_in(group, round.pot.stream) if round.terms.frequency else (),
        ),
    )


# -- what a round asks ------------------------------------------------------------------------------------------------


def asks_kind(round: Round) -> bool:
    """Do the round's rules depend on what kind of group asks?"""
    return bool(round.terms.kinds) or round.pot.stream.voluntary_only


def kinds(round: Round) -> Sequence[Kind]:
    """Who may apply."""
    allowed = round.terms.kinds or tuple(Kind)
    return [kind for kind in allowed if kind in VOLUNTARY or not round.pot.stream.voluntary_only]


def check_form(round: Round, person: Person | None, data: Mapping[str, Any] | None = None) -> HouseForm:
    """The questions that this round's rules need, without those whose answer is known of somebody who has signed in."""
    fields: dict[str, Any] = {}
    if asks_kind(round) and known_kind(person) is None:
        fields["kind"] = RadiosField(
            mark("What kind of group are you?"),
            [Required(mark("Choose the kind of group you are"))],
            choices=[SelectChoice(kind.name.lower(), SAID[kind]) for kind in Kind],
            description=mark("Choose the one that fits best. You do not need to be a charity."),
            small=True,
        )
    fields["sought"] = MoneyField(
        mark("About how much will you ask for?"),
        [Required(mark("Enter about how much you will ask for"))],
        thing=mark("how much you will ask for"),
        least=Money(1),
        description=mark("A good guess is fine. You can change it later."),
    )
    if round.terms.areas:
        fields["postcode"] = PostcodeField(
            mark("Where will it happen?"),
            [],
            description=mark("The postcode of the place, for example SK1 3XE. Leave it empty if you are not sure."),
            thing=mark("the postcode"),
        )
    if round.terms.host_needed and known_account(person) is None:
        fields["account"] = RadiosField(
            mark("Has your group its own bank account?"),
            [Required(mark("Say whether your group has its own bank account"))],
            choices=list(YES_OR_NO),
            description=mark("In the group’s name, with two people who sign. If not, another organisation can hold the money."),
            inline=True,
        )
    for one in round.terms.not_funded:
        fields[f"not-{one.key}"] = RadiosField(
            one.asks, [Required(mark("Choose yes or no"))], choices=list(YES_OR_NO), inline=True
        )
    made: HouseForm = type("CheckForm", (HouseForm,), fields)(data=dict(data) if data else None)
    return made


def known_kind(person: Person | None) -> Kind | None:
    """The kind of the one group that somebody acts for, where it is known."""
    groups = organisations_of(person, *APPLY) if person is not None else ()
    return kind_of(groups[0].organisation_type) if len(groups) == 1 else None


def known_account(person: Person | None) -> bool | None:
    """Has the one group that somebody acts for a bank account, as its profile says?"""
    groups = organisations_of(person, *APPLY) if person is not None else ()
    return said_of(groups[0]).own_account if len(groups) == 1 else None


def read(round: Round, form: HouseForm, person: Person | None) -> Said:
    """What the form says. The postcode is looked up here and only its ward goes on."""
    typed: Mapping[str, Any] = form.data
    postcode = typed.get("postcode")
    found = postcodes.find(postcode) if postcode else None
    return Said(
        round.ref,
        kind=Kind[typed["kind"].upper()] if typed.get("kind") else known_kind(person),
        account={YES: True, NO: False}[typed["account"]] if typed.get("account") else _account(round, person),
        sought=typed["sought"],
        ward=found.ward.code if found else None,
        against={one.key: typed[f"not-{one.key}"] for one in round.terms.not_funded},
    )


def _account(round: Round, person: Person | None) -> bool | None:
    return known_account(person) if round.terms.host_needed else None


def shown(said: Said) -> dict[str, Any]:
    """What was said, as the form shows it again."""
    return {
        "kind": said.kind.name.lower() if said.kind else None,
        "sought": said.sought,
        "account": {True: YES, False: NO}.get(said.account) if said.account is not None else None,
    } | {f"not-{key}": answer for key, answer in said.against.items()}


# -- starting ---------------------------------------------------------------------------------------------------------


def begin(round: Round, group: Organisation, said: Said | None, *, key: str | None) -> Application:
    """Start the group's application with what was said, or answer with the one it has. RuleBroken says why not."""
    live = mine.live_of(me(), round)
    if group.ref in live:
        return mine.mine(me(), live[group.ref])
    started = applications.start(
        round,
        organisation=group,
        sought=said.sought if said else None,
        against=said.against if said else None,
        account=said.account if said else None,
        funded_in=awards.funded_in(group, round.pot.stream),
        tell=True,
        by=me(),
        key=key,  # type: ignore[call-arg]  # @command takes it
    )
    if said is not None and said.account is not None:
        _keep_account(group, said.account)
    return started


def _keep_account(group: Organisation, account: bool) -> None:
    """What was said of the bank account goes into the group's profile, where it says nothing of it yet."""
    kept = profile(group)
    if kept is None or kept.own_account is None:
        known = said_of(group)
        with suppress(Refused, RuleBroken, Stale):  # somebody who may not change the profile still starts
            save_profile(group, profile=replace(known, own_account=account), edition=kept.edition if kept else 0, by=me())


def landed(onward: str | None) -> str | None:
    """Where somebody goes who just came in: into the draft they came to start, where nothing more is to be asked.

    Inside the POST that signed them in, so that nothing is written by looking. Anything in the way is said on the page that
    starts an application, where all they said is kept.
    """
    for ref, said in _starting(onward):
        try:
            round = queries.public(ref)
            groups = [one for one in organisations_of(me(), *APPLY) if not said.group or known_again(one, said)]
            if len(groups) == 1:
                started = begin(round, groups[0], said, key=f"{me().ref}:{said.once}")
                return url_for("applications.show", ref=started.ref)
        except RuleBroken as broken:
            for problem in broken.problems:
                flash(problem, "important")
        except (NotFound, Refused):
            break
    return onward


def start_page(onward: str | None) -> str | None:
    """The page on which somebody on the way into a draft said who they are, to go back to it."""
    for ref, said in _starting(onward):
        return url_for("rounds.start", ref=ref, said=packed(said))
    return None


def known_again(group: Organisation, said: Said) -> bool:
    """Is it the group that was registered with what was said?"""
    return hmac.compare_digest(mark_of(group.name), said.group)


def _starting(onward: str | None) -> Iterator[tuple[str, Said]]:
    parts = urlsplit(onward or "")
    found = re.fullmatch(r"/rounds/([\w-]{1,40})/apply", parts.path, re.ASCII)
    value = parse_qs(parts.query).get("said", [""])[0]
    if found and (said := unpacked(value, found[1])):
        yield found[1], said
