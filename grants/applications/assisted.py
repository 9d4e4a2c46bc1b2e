"""The assisted route: an officer types in what a group says by telephone or sends on paper, as agreed, and reads it back.

The application is the group's in every way: the same questions, rules and history. What differs is on the record beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from grants.applications import commands, policies
from grants.applications.models import Application, Assistance
from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people.models import Organisation, Person
from grants.rounds.models import Round

declare(
    {
        "application.assisted": mark("Typed in for the group (%(how)s); it agreed on %(consent_on)s"),
        "application.read_back": mark("Read back to the group, which said that it is right"),
    }
)

TOLD = 500  # characters of who spoke and what they agreed to


class How(StrEnum):
    """How a group applies without doing it online itself."""

    TELEPHONE = "by telephone"
    PAPER = "on paper"
    FACE_TO_FACE = "face to face"


@command
def assist(
    round: Round,
    *,
    organisation: Organisation,
    how: How,
    speaker: str,
    consent: str,
    consent_on: date,
    sought: Money | None = None,
    funded_in: Collection[int] = (),
    by: Person,
) -> Application:
    """Begin an application for a group that speaks or writes to us. `speaker`: who, and what they are in the group;
    `consent`: what they agreed to, as it was said or written."""
    require(policies.look_after, by, round)
    if found := list(_unagreed(speaker, consent, consent_on)):
        raise RuleBroken(*found)
    begun = commands.begin(round, organisation=organisation, sought=sought, funded_in=funded_in, by=by)
    personal: dict[str, Any] = {"speaker": speaker.strip(), "consent": consent.strip()}
    db.session.add(
        Assistance(application=begun, how=how.value, consent_on=consent_on, officer=by, recorded_at=clock.now(), **personal)
    )
    record("application.assisted", begun, by=by, how=how, consent_on=consent_on, personal=personal)
    return begun


def _unagreed(speaker: str, consent: str, consent_on: date) -> Iterator[str]:
    if not speaker.strip():
        yield _("Enter who speaks for the group, and what they are in it.")
    if not consent.strip():
        yield _("Enter what they agreed to, for example: “You may type in our application and keep our details.”")
    if max(len(speaker), len(consent)) > TOLD:
        yield _("Use %(most)s characters or fewer.", most=TOLD)
    if consent_on > clock.today():
        yield _("The day they agreed cannot be in the future.")


@command
def read_back(application: Application, *, said: str, by: Person) -> Application:
    """The whole of it was read back, and the group said it is right. A later change has to be read back again."""
    require(policies.look_after, by, application.round)
    there = application.assistance
    if there is None:
        raise RuleBroken(_("This application was not typed in for the group."))
    if not said.strip():
        raise RuleBroken(_("Enter to whom you read it and what they said."), field="said")
    if len(said) > TOLD:
        raise RuleBroken(_("Use %(most)s characters or fewer.", most=TOLD), field="said")
    there.read_back, there.read_back_on, there.read_back_edition = said.strip(), clock.today(), application.edition
    record("application.read_back", application, by=by, personal={"said": said.strip()})
    return application
