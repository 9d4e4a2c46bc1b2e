"""Mail is queued in the transaction of what it tells about: both happen, or neither."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import current_app

from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import Base
from grants.kernel.errors import Undisciplined
from grants.kernel.words import _
from grants.notices import templates
from grants.people import commands as people
from grants.people import entry, queries
from grants.people.duties import RIGHTS
from grants.people.kinds import Kind
from grants.people.models import Duty, Organisation, Person
from grants.work import commands as work
from grants.work.models import Kind as TaskKind
from grants.work.models import Task

HOST_ASKED_FOR = timedelta(days=28)  # how long the mail that asks a host is worth sending


@command
def queue(template: str, to: Person | str, about: Base | str, **facts: Any) -> Task:
    """Write an e-mail and put it in the outbox. `to` is a person or an address; `about` what it concerns.

    The template says which facts it needs (notices/templates.py): leaving one out is a mistake in the program.
    """
    name, address = (to.name, to.email) if isinstance(to, Person) else (None, to)
    try:
        subject, text = templates.written(template, name, facts)
    except (KeyError, TypeError) as wrong:
        raise Undisciplined(f"The e-mail {template!r} cannot be written: {wrong}") from wrong
    mail: dict[str, Any] = {"to": address, "name": name, "subject": subject, "text": text, "template": template}
    if "stop" in facts:
        mail["stop"] = templates.address(templates.STOPPED_AT + str(facts["stop"]))
    if template in templates.SECRETS:
        minutes = timedelta(minutes=current_app.extensions["grants"].code_minutes)
        lasting = {"invited": entry.INVITED_FOR, "host asked": HOST_ASKED_FOR}.get(template, minutes)
        mail |= {work.SECRET: True, "until": (clock.now() + lasting).isoformat()}
    return work.add(TaskKind.MAIL, about if isinstance(about, str) else about.root(), mail)


@command
def queue_all(template: str, to: Organisation, about: Base | str, **facts: Any) -> None:
    """The same e-mail to everybody who acts for an organisation today: who writes or signs for it."""
    for person in queries.acting_for(to):
        queue(template, person, about, **facts)


def _link(token: str, next: str | None = None) -> str:
    return templates.address(f"/sign-in/link/{token}" + (f"?next={quote(next, safe='/')}" if next else ""))


@command
def send_way_in(*, email: str, page: str, network: str, browser: str | None = None, next: str | None = None) -> None:
    """Send a link and a code to sign in. To an address nobody has nothing is sent, and nothing else differs."""
    person, sent = entry.ask_to_sign_in(email=email, page=page, network=network, browser=browser)
    if person is not None:
        queue("sign-in", person, person, link=_link(sent.link, next), code=sent.code)


@command
def send_registration(
    *,
    name: str,
    email: str,
    group_name: str,
    charity_number: str | None,
    kind: Kind | None = None,
    is_voluntary: bool | None = None,
    page: str,
    network: str,
    next: str | None = None,
) -> None:
    """Send a link and a code to confirm a registration. Nothing exists until one of them comes back."""
    sent = entry.ask_to_register(
        name=name,
        email=email,
        group_name=group_name,
        charity_number=charity_number,
        kind=kind,
        is_voluntary=is_voluntary,
        page=page,
        network=network,
    )
    queue("registered", email.strip(), "registration", link=_link(sent.link, next), code=sent.code, group=group_name.strip())


@command
def send_takeover(
    *, name: str, email: str, group_said: str, role: str, how_to_check: str | None, page: str, network: str
) -> None:
    """Send a link and a code to somebody who says they took over at a group. The same, whatever group they named."""
    sent = entry.ask_to_take_over(
        name=name, email=email, group_said=group_said, role=role, how_to_check=how_to_check, page=page, network=network
    )
    queue("took over", email.strip(), "registration", link=_link(sent.link), code=sent.code)


@command
def send_invitation(organisation: Organisation, *, name: str, email: str, duty: Duty = Duty.APPLICANT, by: Person) -> None:
    """Ask somebody by e-mail into a group, with a right in it."""
    sent = entry.ask_to_join(organisation, name=name, email=email, duty=duty, by=by)
    right = _(RIGHTS[duty]).lower()
    queue("invited", email.strip(), organisation, link=_link(sent.link), group=organisation.name, asked_by=by.name, right=right)


@command
def welcome(*, name: str, email: str, by: Person) -> Person:
    """An administrator adds somebody, who is told by e-mail how to sign in."""
    person = people.add_person(name=name, email=email, by=by)
    queue("added", person, person, by=by.name)
    return person


@command
def send_head(head: str) -> None:
    """Send the head of the audit chain to the owner, so that it stands somewhere that no intruder here can reach."""
    if address := current_app.extensions["grants"].owner_email:
        queue("sealed", address, "audit", head=head)
