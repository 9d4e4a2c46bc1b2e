"""A group without a bank account names a body that will hold its money, and that body says yes or no itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import Objection, Refused, RuleBroken
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.waiting import Waiting
from grants.kernel.words import _, mark
from grants.people import entry, policies, queries, rules
from grants.people.models import Hosting, HostingState, Organisation, Person

declare(
    {
        "hosting.asked": mark("Asked another organisation to hold the money for %(about)s"),
        "hosting.agreed": mark("%(host)s said yes to holding the money"),
        "hosting.declined": mark("%(host)s said no to holding the money"),
        "hosting.ended": mark("Ended this: nobody holds the money under it"),
    }
)

# What saying yes means. Kept with the answer, word for word as it was shown.
TERMS = (
    mark("The money is paid into your organisation’s bank account."),
    mark("You pay it out only for what the grant is for."),
    mark("You keep the receipts, and show them to us if we ask."),
    mark("You sign the grant agreement too, and answer to us for the money."),
    mark("Money that is left over, or was spent on something else, is paid back."),
)
LASTING_STATES = (HostingState.ASKED, HostingState.AGREED)
STANDS: Mapping[HostingState, str] = {
    HostingState.ASKED: mark("You have asked %(host)s. We wait for their answer."),
    HostingState.AGREED: mark("%(host)s has agreed to hold the money."),
    HostingState.DECLINED: mark("%(host)s said no."),
    HostingState.ENDED: mark("%(host)s no longer holds the money for you."),
}


def stands(state: HostingState | str, name: str) -> str:
    """How the question to the body of that name stands, said to the group."""
    return _(STANDS[HostingState(state)], host=name)


class Asked(NamedTuple):
    """A question that was asked, and the secret of the link that leads to it."""

    hosting: Hosting
    link: str


@command
def ask_host(group: Organisation, *, about: str, host_name: str, host_email: str, by: Person) -> Asked:
    """A group asks another body to hold the money for its application `about`. Whether that body is here is not said.

    That `about` is the group's own application is for the caller to know. Answers with the secret of the e-mailed link.
    """
    require(policies.ask_host, by, group)
    return begin(group, about=about, host_name=host_name, host_email=host_email, by=by)


def begin(group: Organisation, *, about: str, host_name: str, host_email: str, by: Person) -> Asked:
    """The same, inside a command that has asked who may: `ask_host`, or that of the application which it is about."""
    found = []
    if not host_name.strip():
        found.append(_("Enter the name of the organisation."))
    if not rules.good_email(rules.tidy_email(host_email)):
        found.append(_("Enter an email address in the correct format, like name@example.com."))
    elif rules.tidy_email(host_email) in {one.email for one in queries.acting_for(group)}:
        found.append(_("That is the address of somebody in your own group. Enter one at the other organisation."))
    standing = queries.hosting(about)
    if standing is not None and standing.state in LASTING_STATES:
        found.append(_("You have asked %(host)s already. Take that back first.", host=standing.host_name))
    if found:
        raise RuleBroken(*found)
    entry.try_once("host", group.ref)
    link = entry.token()
    hosting = Hosting(
        ref=next_reference("HST"),
        about=about,
        group=group,
        host_name=" ".join(host_name.split()),
        host_email=rules.tidy_email(host_email),
        link_hash=entry.hashed("host", link),
        asked_by=by,
        terms=[_(term) for term in TERMS],
    )
    db.session.add(hosting)
    personal = {"host": hosting.host_name, "email": hosting.host_email}
    record("hosting.asked", hosting, by=by, about=about, group=group.ref, personal=personal)
    return Asked(hosting, link)


def behind_link(link: str) -> Hosting | None:
    """The question behind an e-mailed link, if there is one."""
    return db.session.scalar(select(Hosting).where(Hosting.link_hash == entry.hashed("host", link)))


def asked_of(by: Person, hosting: Hosting, link: str | None = None) -> bool:
    """Was this person asked: at their own address, or by the link that was sent?"""
    return by.email == hosting.host_email or (link is not None and hosting.link_hash == entry.hashed("host", link))


@command
def answer_host(
    hosting: Hosting, *, host: Organisation, agreed: bool, reason: str = "", link: str | None = None, by: Person
) -> Hosting:
    """Somebody who signs for the host, and was asked, says yes or no. `link` is the e-mail's secret, if they came by it."""
    require(policies.answer_host, by, hosting, host)
    if not asked_of(by, hosting, link):
        raise Refused(Objection(_("Open the link in the email that asked you, and answer there.")))
    if hosting.state is not HostingState.ASKED:
        raise RuleBroken(_("This was answered already, or taken back."))
    if host.id == hosting.group_id:
        raise RuleBroken(_("A group cannot hold the money for itself."), field="host")
    if agreed and queries.said_of(host).own_account is False:
        raise RuleBroken(
            _("Your organisation’s profile says that it has no bank account of its own, so it cannot hold this money."),
            field="answer",
        )
    hosting.host, hosting.answered_by, hosting.answered_at = host, by, clock.now()
    hosting.state = HostingState.AGREED if agreed else HostingState.DECLINED
    hosting.reason = reason.strip() or None
    personal = {"reason": hosting.reason} if hosting.reason else None
    record(
        "hosting.agreed" if agreed else "hosting.declined",
        hosting,
        by=by,
        host=host.ref,
        about=hosting.about,
        terms=hosting.terms,
        personal=personal,
    )
    return hosting


@command
def withdraw_host(hosting: Hosting, *, because: str = "", by: Person) -> Hosting:
    """The group takes its question back, or either of the two ends what was agreed, with a reason."""
    require(policies.end_hosting, by, hosting)
    if hosting.state not in LASTING_STATES:
        raise RuleBroken(_("This has ended already."))
    if hosting.state is HostingState.AGREED and not because.strip():
        raise RuleBroken(_("Say why, so that the others know."), field="because")
    hosting.state, hosting.ended_at = HostingState.ENDED, clock.now()
    hosting.reason = because.strip() or None
    personal = {"reason": hosting.reason} if hosting.reason else None
    record("hosting.ended", hosting, by=by, about=hosting.about, personal=personal)
    return hosting


def waiting(by: Person) -> list[Waiting]:
    """What waits for this person: questions asked at their address."""
    return [
        Waiting(
            one.asked_at,
            _("Say whether you will hold the money for %(group)s", group=one.group.name),
            one.ref,
            "hosting.show",
            {"ref": one.ref},
        )
        for one in queries.hostings_for(by)
    ]
