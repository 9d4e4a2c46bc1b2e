"""What the facts of a stream or pot allow: who may receive from it, when a pot may be opened, what may be protected."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _, many
from grants.people.models import Organisation
from grants.streams.models import Pot, Stream

PASSPORTED = "passported"
# The kinds of commitment (R42): what is set aside is the same money; what ends it, and what is asked of it, differ.
KINDS = (PASSPORTED, "continuing_funding", "fixed_term_post", "mainstream_funding", "continued_support")
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}", re.ASCII)
_REF = re.compile(r"[a-z][a-z0-9_]{1,79}", re.ASCII)
_SMALL_WORDS = frozenset({"and", "for", "from", "in", "of", "on", "the", "to", "via"})


def code_for(ref: str, name: str, taken: Collection[str]) -> str:
    """The short code a stream's pots are called by (VCS, for VCS-2026), the same each time from the same facts.

    The reference's first word, where the name says it in capitals (SSCF) or its initials begin with it (vcs: Voluntary
    and Community Sector); otherwise the initials of the reference (CSG). A code already taken gets the next number.
    """
    words = [word for word in ref.lower().split("_") if word]
    first = words[0].upper()
    initials = "".join(w[0] for w in re.findall(r"[A-Za-z]+", name) if w.lower() not in _SMALL_WORDS).upper()
    if first in re.findall(r"\b[A-Z]{2,6}\b", name) or (2 <= len(first) <= 6 and initials.startswith(first)):
        code = first
    elif len(words) == 1:
        code = first[:4]
    else:
        code = "".join(word[0] for word in words if word not in _SMALL_WORDS).upper()[:6]
    if not _CODE.fullmatch(code):
        code = f"F{code}"[:6]
    number, free = 1, code
    while free in taken:
        number += 1
        free = f"{code}{number}"
    return free


def only_voluntary(ring_fence: str | None) -> bool:
    """Does a ring-fence, in the source's words, say that only voluntary and community organisations may receive? (R03)"""
    said = (ring_fence or "").lower()
    return "voluntary" in said and "only" in said


def redirects(service: str, contribution: str) -> bool:
    """Do a source's words turn existing resources to a priority, without any new money? (R52)"""
    said = f"{service}: {contribution}".lower()
    return any(words in said for words in ("flex their resources", "redirect", "existing mainstream"))


def may_receive(stream: Stream, organisation: Organisation) -> Iterator[str]:
    """Why an organisation cannot be given this stream's money (R03). Nothing: it can."""
    if not stream.voluntary_only or organisation.is_voluntary:
        return
    if organisation.is_voluntary is None:
        yield _(
            "%(stream)s is only for voluntary and community organisations, and it is not stated whether %(group)s is one. "
            "Choose another organisation, or ask an administrator to say.",
            stream=stream.name,
            group=organisation.name,
        )
    else:
        yield _(
            "%(stream)s is only for voluntary and community organisations, and %(group)s is not one. "
            "Choose another organisation.",
            stream=stream.name,
            group=organisation.name,
        )


def unfit_stream(ref: str, code: str, name: str, *, refs: Collection[str], codes: Collection[str]) -> Iterator[str]:
    """What stops a stream being opened under this reference and code, given those that are taken."""
    if not name.strip():
        yield _("Enter the stream's name.")
    if not _REF.fullmatch(ref):
        yield _("The reference %(ref)s must be small letters, figures and underscores, beginning with a letter.", ref=ref)
    elif ref in refs:
        yield _("There is already a stream with the reference %(ref)s. Choose another.", ref=ref)
    if not _CODE.fullmatch(code):
        yield _("The code %(code)s must be 2 to 12 capital letters and figures, beginning with a letter.", code=code)
    elif code in codes:
        yield _("There is already a stream with the code %(code)s. Choose another.", code=code)


def unfit_pot(
    stream: Stream,
    year: int,
    allocation: Money | None,
    *,
    awaited: bool,
    years: Collection[int],
    unknown: Collection[str],
) -> Iterator[str]:
    """What stops a pot being opened: `years` are those that have one, `unknown` the funders that are not organisations here."""
    if not 1990 <= year <= clock.financial_year(clock.today()) + 10:
        yield _("%(year)s is not a year a pot can be opened for. Enter a financial year like 2026/27.", year=year)
    elif year in years:
        yield _(
            "%(stream)s already has a pot for %(year)s. One stream has one pot in a year.",
            stream=stream.name,
            year=clock.year_label(year),
        )
    if allocation is not None and allocation < Money(0):
        yield _("The allocation cannot be less than £0.00.")
    if allocation is not None and awaited:
        yield _("An allocation that is awaited has no amount yet. Leave the amount out, or say that it is confirmed.")
    for ref in unknown:
        yield _("There is no organisation %(ref)s. Add the funder as an organisation first.", ref=ref)


def why_not_known(count: int) -> str:
    """'19 named awards (examples) have no stated amount': said wherever free money is not known."""
    return many(
        "1 named award (an example) has no stated amount", "%(num)s named awards (examples) have no stated amount", count
    )


def unprotectable(
    pot: Pot,
    recipient: str,
    organisation: Organisation | None,
    amount: Money | None,
    *,
    protected_from: date,
    protected_until: date | None,
    review_due: date | None,
    approval_basis: str | None,
    barred: Iterable[str],
    exemption: str | None = None,
    kind: str = PASSPORTED,
    undated: bool = False,
) -> Iterator[str]:
    """What stops money of a pot being protected for an existing commitment (R40 to R42).

    `amount` None: not stated. `barred`: why nothing may be promised from the pot at all, as `promises.barred` says it.
    `undated`: a later year of an award, protected until it is decided and not until a day.
    """
    if not recipient.strip():
        yield _("Enter who or what the money is protected for.")
    if not (approval_basis or "").strip() and not (exemption or "").strip():
        yield _("Enter what approved it, for example a board's decision and its date, or why it was not competed for.")
    if amount is not None and amount <= Money(0):
        yield _("Enter an amount of more than £0.00.")
    if kind not in KINDS:
        yield _("Choose what kind of commitment it is.")
    if protected_until is None:
        if kind == PASSPORTED and not undated:
            yield _("Enter the last day of the protection.")
    elif protected_until < protected_from:
        yield _("The protection must end on or after the day it begins.")
    if not pot.starts_on <= protected_from <= pot.ends_on:
        yield _(
            "The protection must begin within the pot's year, from %(start)s to %(end)s.",
            start=f"{pot.starts_on.day} {pot.starts_on:%B %Y}",
            end=f"{pot.ends_on.day} {pot.ends_on:%B %Y}",
        )
    if review_due and review_due < protected_from:
        yield _("The review must fall on or after the day the protection begins.")
    yield from barred
    if organisation is not None:
        yield from may_receive(pot.stream, organisation)
