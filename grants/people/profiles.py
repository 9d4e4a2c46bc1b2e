"""A group says who it is once, and every application uses it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people import policies, queries, rules
from grants.people.about import (
    HELD,
    INCOME,
    KEPT,
    NAMED,
    PAID_STAFF,
    PERSONAL,
    VOLUNTEERS,
    Income,
    PaidStaff,
    Part,
    PolicyHeld,
    Profile,
    Volunteers,
)
from grants.people.kinds import SAID, VOLUNTARY, Kind
from grants.people.models import Organisation, OrganisationProfile, Person

declare({"organisation.profile": mark("Changed what the group says of itself: %(what)s")})

TEXTS = ("address", "postcode", "telephone", "website", "does", "safeguarding_post")
LONGEST = 200  # characters in the sentence that says what the group does


@command
def save_profile(organisation: Organisation, *, profile: Profile, edition: int, by: Person) -> OrganisationProfile:
    """A group says what it is. `edition` is that of the profile the form was drawn from, 0 where there was none.

    RuleBroken says everything that cannot be right; Stale, with both versions, where somebody else saved meanwhile. A kind
    that is named decides whether the group is voluntary; none named leaves what is known of it as it is.
    """
    require(policies.save_profile, by, organisation)
    kept = queries.profile(organisation)
    before = queries.standing(organisation, kept)
    given = tidied(profile)
    if edition != (kept.edition if kept else 0):
        raise Stale(yours=list(told(given)), theirs=list(told(before)))
    if found := list(bad_profile(given)):
        broken = RuleBroken(*(sentence for _part, sentence in found))
        broken.fields = {part.value: sentence for part, sentence in found}
        raise broken
    if kept is None:
        kept = OrganisationProfile(organisation=organisation, policies=[], saved_by=by.ref)
        db.session.add(kept)
    _write(organisation, kept, given)
    kept.saved_at, kept.saved_by = clock.now(), by.ref
    db.session.flush()
    if changed := [part for part in Part if getattr(before, part.value) != getattr(given, part.value)]:
        what = ", ".join(_(NAMED[part]) for part in changed)
        facts = {part.value: getattr(given, part.value) for part in changed if part not in PERSONAL}
        personal = {part.value: getattr(given, part.value) for part in changed if part in PERSONAL}
        record("organisation.profile", organisation, by=by, personal=personal or None, what=what, said=facts)
    else:
        record("organisation.profile", organisation, by=by, what=_("nothing"))
    return kept


def _write(organisation: Organisation, kept: OrganisationProfile, given: Profile) -> None:
    if given.kind is not None:
        organisation.organisation_type = given.kind.value
        organisation.is_voluntary = given.kind in VOLUNTARY
    organisation.charity_number, organisation.company_number = given.charity_number, given.company_number
    for part in KEPT:
        value = getattr(given, part.value)
        setattr(kept, part.value, [one.value for one in value] if part is Part.POLICIES else value)


def tidied(profile: Profile) -> Profile:
    """The same as it is kept: nothing for empty text, numbers as their registers write them."""
    text: dict[str, Any] = {
        name: (value.strip() if name == "address" else " ".join(value.split())) or None
        for name in TEXTS
        if (value := getattr(profile, name)) is not None
    }
    if website := text.get("website"):
        text["website"] = website if re.match(r"https?://", website, re.I) else f"https://{website}"
    if postcode := text.get("postcode"):
        plain = re.sub(r"\s", "", postcode).upper()
        text["postcode"] = f"{plain[:-3]} {plain[-3:]}"
    text["charity_number"] = rules.tidy_number(profile.charity_number)
    text["company_number"] = rules.tidy_company(profile.company_number)
    return replace(profile, **text, policies=tuple(one for one in PolicyHeld if one in profile.policies))


def bad_profile(profile: Profile) -> Iterator[tuple[Part, str]]:
    """Everything in a profile that cannot be right, and where. Nothing has to be said, and no register is asked."""
    today = clock.today()
    for sentence in rules.bad_charity_number(profile.charity_number):
        yield Part.CHARITY_NUMBER, sentence
    for sentence in rules.bad_company_number(profile.company_number):
        yield Part.COMPANY_NUMBER, sentence
    if profile.postcode and not re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", profile.postcode, re.ASCII):
        yield Part.POSTCODE, _("Enter a full postcode, like SK1 3XE.")
    if profile.telephone and not re.fullmatch(r"\+?[\d ()./-]{9,20}", profile.telephone, re.ASCII):
        yield Part.TELEPHONE, _("Enter a telephone number, like 0161 496 0000.")
    if profile.website and not re.fullmatch(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?", profile.website, re.I):
        yield Part.WEBSITE, _("Enter a web address, like www.example.org.uk.")
    if profile.started is not None and not 1500 <= profile.started <= today.year:
        yield Part.STARTED, _("Enter the year your group started, with 4 figures, not after %(year)s.", year=today.year)
    if profile.does and len(profile.does) > LONGEST:
        yield Part.DOES, _("Say what your group does in %(most)s characters or fewer.", most=LONGEST)
    if profile.home_address and not profile.address:
        yield Part.ADDRESS, _("Enter the address, or take the tick away from “This is somebody’s home”.")
    if PolicyHeld.SAFEGUARDING not in profile.policies and (profile.safeguarding_post or profile.safeguarding_agreed_on):
        yield Part.POLICIES, _("Tick “A safeguarding policy”, or empty who leads on it and when it was agreed.")
    if profile.safeguarding_agreed_on is not None and profile.safeguarding_agreed_on > today:
        yield Part.SAFEGUARDING_AGREED_ON, _("The day your safeguarding policy was agreed must be today or earlier.")


def told(profile: Profile) -> Iterator[tuple[str, str]]:
    """A profile line by line, in words: what was said and what it is called."""
    for part in Part:
        yield _(NAMED[part]), in_words(part, getattr(profile, part.value))


def in_words(part: Part, value: Any) -> str:
    """What stands in one part of a profile, as a person reads it; empty for nothing."""
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, Kind):
        return _(SAID[value])
    if isinstance(value, Income):
        return _(INCOME[value])
    if isinstance(value, PaidStaff):
        return _(PAID_STAFF[value])
    if isinstance(value, Volunteers):
        return _(VOLUNTEERS[value])
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return ", ".join(_(HELD[one]) for one in value) if part is Part.POLICIES else str(value)
