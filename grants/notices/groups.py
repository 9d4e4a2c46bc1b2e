"""What groups and hosts are told as access changes hands and money finds a holder: done and told in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.references import OnceKey
from grants.kernel.words import _
from grants.notices import templates
from grants.notices.commands import queue, queue_all
from grants.people import hosting, queries, takeovers
from grants.people.duties import RIGHTS
from grants.people.models import Duty, Holding, Hosting, HostingState, Organisation, Person, Takeover

# -- access that changes hands ----------------------------------------------------------------------------------------


@command
def agree_takeover(
    takeover: Takeover,
    *,
    organisation: Organisation,
    duty: Duty,
    check_made: str,
    reason: str,
    ending: Collection[Person] = (),
    by: Person,
) -> Takeover:
    """Say yes to somebody who took over, and tell them and everybody of the group at once."""
    whom = takeovers.told(organisation)
    takeovers.agree(takeover, organisation=organisation, duty=duty, check_made=check_made, reason=reason, ending=ending, by=by)
    _tell(takeover, whom, again=False)
    assert takeover.reason
    queue(
        "takeover yes",
        takeover.person,
        takeover,
        ref=takeover.ref,
        group=organisation.name,
        begins_on=takeover.begins_on,
        reason=takeover.reason,
    )
    return takeover


def _tell(takeover: Takeover, whom: Collection[Person], *, again: bool) -> None:
    assert takeover.organisation and takeover.given
    numbers = [int(number) for number, _on in takeover.ended]
    stops = db.session.scalars(
        select(Person.name).join(Holding, Holding.person_id == Person.id).where(Holding.id.in_(numbers)).order_by(Person.name)
    )
    facts = {
        "ref": takeover.ref,
        "group": takeover.organisation.name,
        "person": takeover.person.name,
        "may": _(RIGHTS[takeover.given.duty]).lower(),
        "begins_on": takeover.begins_on,
        "stops": list(dict.fromkeys(stops)),
        "again": again,
    }
    for one in whom:
        if one.id != takeover.person_id:
            queue("takeover told", one, takeover, **facts)


@command
def refuse_takeover(takeover: Takeover, *, check_made: str, reason: str, by: Person) -> Takeover:
    """Say no to somebody who says they took over, and tell them why."""
    takeovers.refuse(takeover, check_made=check_made, reason=reason, by=by)
    queue("takeover no", takeover.person, takeover, ref=takeover.ref, reason=takeover.reason)
    return takeover


@command
def object_to_takeover(takeover: Takeover, *, objection: str, by: Person) -> Takeover:
    """Stop it, and tell whoever was to act, the officers, and the rest of the group."""
    takeovers.object_to(takeover, objection=objection, by=by)
    assert takeover.organisation
    officers = [*queries.holders(Duty.GRANTS_OFFICER), *([takeover.answered_by] if takeover.answered_by else [])]
    whom = {one.id: one for one in (takeover.person, *takeovers.told(takeover.organisation), *officers)}
    for one in whom.values():
        if one.id != by.id:
            facts = {"group": takeover.organisation.name, "person": takeover.person.name}
            queue("takeover stopped", one, takeover, ref=takeover.ref, **facts)
    return takeover


def takeovers_due(today: date) -> int:
    """The night's duty: tell each group again the day before somebody new begins, and note those that began. How many told."""
    told = 0
    for takeover in takeovers.agreed_until(today + timedelta(days=1)):
        name = f"{__name__}._again:{takeover.ref}"
        if db.session.scalar(select(OnceKey.id).where(OnceKey.key == name)) is None:
            _again(takeover, key=takeover.ref)  # type: ignore[call-arg]  # @command takes it: once, whoever runs
            told += 1
        takeovers.begin(takeover)
    return told


@command
def _again(takeover: Takeover) -> None:
    if takeover.begins_on and takeover.begins_on > clock.today() and takeover.organisation:
        _tell(takeover, takeovers.told(takeover.organisation), again=True)


# -- hosts ------------------------------------------------------------------------------------------------------------


@command
def ask_host(group: Organisation, *, about: str, host_name: str, host_email: str, by: Person) -> Hosting:
    """Ask another body by e-mail to hold a group's money. The mail is the same whether or not that body is here."""
    return mail_host(hosting.ask_host(group, about=about, host_name=host_name, host_email=host_email, by=by), by=by)


def mail_host(made: hosting.Asked, *, by: Person) -> Hosting:
    """The e-mail that asks, inside a command that made the question."""
    asked, link = made
    queue(
        "host asked",
        asked.host_email,
        asked,
        link=templates.address(f"/hosting/asked/{link}"),
        group=asked.group.name,
        host=asked.host_name,
        asked_by=by.name,
        asked_for=asked.about,
    )
    return asked


@command
def answer_host(
    asked: Hosting, *, host: Organisation, agreed: bool, reason: str = "", link: str | None = None, by: Person
) -> Hosting:
    """Say yes or no for the host. The group is told, and the host gets what it agreed to in writing."""
    hosting.answer_host(asked, host=host, agreed=agreed, reason=reason, link=link, by=by)
    queue_all("host answered", asked.group, asked, ref=asked.ref, host=host.name, agreed=agreed, reason=asked.reason)
    if agreed:
        queue_all("host confirmed", host, asked, ref=asked.ref, group=asked.group.name, terms=asked.terms)
    return asked


@command
def withdraw_host(asked: Hosting, *, because: str = "", by: Person) -> Hosting:
    """Take the question back or end what was agreed; both bodies are told where it had been agreed."""
    agreed = asked.state is HostingState.AGREED
    hosting.withdraw_host(asked, because=because, by=by)
    if agreed and asked.host is not None:
        for body in (asked.group, asked.host):
            facts = {"group": asked.group.name, "host": asked.host.name, "reason": asked.reason}
            queue_all("host ended", body, asked, ref=asked.ref, **facts)
    return asked
