"""What a duty, a person and an address have to be, and what must remain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from grants.kernel.words import _
from grants.people.duties import GROUP, READS_ALL, label
from grants.people.models import Duty, Holding, Organisation, Partnership, Person

SHORTEST = 12  # NCSC: length, not composition


def tidy_email(typed: str) -> str:
    """An address as it is kept and compared: lower case, no spaces around it."""
    return typed.strip().lower()


def bad_person(name: str, email: str) -> Iterator[str]:
    """What is wrong with a new person's name and address."""
    if not name.strip():
        yield _("Enter a name.")
    if not good_email(email):
        yield _("Enter an email address in the correct format, like name@example.com.")


def good_email(email: str) -> bool:
    """Does it look like an address? Whether mail arrives there only sending it can tell."""
    return len(email) <= 254 and bool(re.fullmatch(r"[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]+\.[^@\s.<>,;:\"()]+", email))


def bad_password(password: str) -> Iterator[str]:
    """What is wrong with a new password. Any characters will do; length is what counts."""
    if len(password) < SHORTEST:
        yield _("Use a password of at least %(shortest)s characters. Three random words work well.", shortest=SHORTEST)
    elif len(password) > 256:
        yield _("Use a password of 256 characters or fewer.")
    elif len(set(password)) < 4:
        yield _("Choose a password that is harder to guess.")


def bad_duty(
    person: Person,
    *,
    duty: Duty,
    organisation: Organisation | None,
    partnership: Partnership | None,
    streams: Collection[str],
    starts_on: date,
    ends_on: date | None,
) -> Iterator[str]:
    """Everything wrong with giving this duty to this person there and then."""
    if not person.active:
        yield _("This account was stopped. Open it again before you give it a duty.")
    if duty in GROUP:
        if organisation is None:
            yield _("Choose the organisation this person acts for.")
        if partnership is not None or streams:
            yield _("Somebody who acts for a group holds that duty in the group, not in a partnership or stream.")
    elif organisation is not None:
        yield _("Only an applicant or a certifier acts for an organisation.")
    if duty is Duty.ADMINISTRATOR and streams:
        yield _("An administrator's duty cannot be limited to streams.")
    if ends_on is not None and ends_on < starts_on:
        yield _("The last day must be the first day or later.")
    others = [held for held in person.holdings if _meets(held, starts_on, ends_on)]
    if duty in READS_ALL and any(held.duty not in READS_ALL for held in others):
        yield _("An auditor holds no other duty. End this person's other duties first.")
    if duty not in READS_ALL and any(held.duty in READS_ALL for held in others):
        yield _("This person is an auditor, who holds no other duty.")
    if any(_same(held, duty, organisation, partnership, streams) for held in others):
        yield _("This person is %(duty)s there already.", duty=label(duty))


def _meets(held: Holding, starts_on: date, ends_on: date | None) -> bool:
    """Do the two periods share a day?"""
    return (held.ends_on is None or starts_on <= held.ends_on) and (ends_on is None or held.starts_on <= ends_on)


def _same(
    held: Holding, duty: Duty, organisation: Organisation | None, partnership: Partnership | None, streams: Collection[str]
) -> bool:
    return (
        held.duty is duty
        and held.organisation_id == (organisation.id if organisation else None)
        and held.partnership_id == (partnership.id if partnership else None)
        and set(held.streams) == set(streams)
    )


def nobody_left(remaining: Iterable[Holding]) -> Iterator[str]:
    """The last administrator of the whole installation cannot go. `remaining` is what administrators hold afterwards."""
    if not any(_lasting(held) for held in remaining):
        yield _("This is the last administrator. Make somebody else an administrator first.")


def _lasting(held: Holding) -> bool:
    return held.duty is Duty.ADMINISTRATOR and held.partnership_id is None and held.ends_on is None and held.person.active
