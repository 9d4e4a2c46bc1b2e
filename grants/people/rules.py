"""What a duty, a person and an address have to be, and what must remain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from grants.kernel.words import _
from grants.people.duties import GROUP, READS_ALL, label
from grants.people.models import Duty, Holding, Organisation, Partnership, Person

# Register numbers by form only: none has a check figure that can be worked out (practice, C2).
CHARITY = re.compile(r"\d{6,7}|SC\d{6}|(NIC)?1\d{5}", re.ASCII)  # England and Wales, Scotland, Northern Ireland
COMPANY = re.compile(
    r"\d{8}|(SC|NI|OC|SO|NC|LP|SL|NL|FC|NF|OE|IP|SP|NP|RS|RC|SR|NR|CE|CS|R0|AC)\d{6}|(IP|SP|NP)\d{5}R", re.ASCII
)


def tidy_number(typed: str | None) -> str | None:
    """A register number without spaces and in capitals; None for nothing."""
    return re.sub(r"[\s.-]", "", typed or "").upper() or None


def tidy_company(typed: str | None) -> str | None:
    """A company number as Companies House writes it: 8 signs, with noughts in front where somebody left them out."""
    plain = tidy_number(typed)
    return plain.zfill(8) if plain and re.fullmatch(r"\d{5,7}", plain, re.ASCII) else plain


def bad_charity_number(typed: str | None) -> Iterator[str]:
    """What is wrong with a charity number, by its form alone: whether a register knows it is not asked."""
    plain = tidy_number(typed)
    if plain and not CHARITY.fullmatch(plain):
        yield _("Enter a charity number of 6 or 7 figures, like 1090095. In Scotland it begins with SC, like SC042386.")


def bad_company_number(typed: str | None) -> Iterator[str]:
    """What is wrong with a company number, by its form alone."""
    plain = tidy_company(typed)
    if plain and not COMPANY.fullmatch(plain):
        yield _("Enter a company number of 8 signs, like 01234567 or SC123456.")


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
        yield _("Only somebody of a group holds a duty in an organisation.")
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
