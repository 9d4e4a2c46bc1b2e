"""What a document of a group may be, and what keeps one from being removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from grants.files.models import Document, OrganisationDocument, What
from grants.kernel.words import _, mark

NAMES: Mapping[What, str] = {
    What.CONSTITUTION: mark("Constitution or rules"),
    What.ACCOUNTS: mark("Annual accounts"),
    What.SAFEGUARDING: mark("Safeguarding policy"),
    What.INSURANCE: mark("Insurance"),
    What.EQUALITY: mark("Equality policy"),
    What.DATA_PROTECTION: mark("Data protection policy"),
    What.HEALTH_AND_SAFETY: mark("Health and safety policy"),
    What.BANK_STATEMENT: mark("Bank statement"),
    What.OTHER: mark("Something else"),
}
NOT_BEFORE_AWARD = frozenset({What.BANK_STATEMENT})
MUST_RUN_OUT = frozenset({What.INSURANCE})
MOST_A_DAY = 200  # files one person may send in 24 hours: room for any project, none for filling a disk

Keeps = Callable[[Document], Iterable[str]]
_keepers: list[Keeps] = []


def kept_by(keeper: Keeps) -> Keeps:
    """A higher room says why it still needs a document (sentences; none: it does not). A decorator, at import.

    A room that names documents in its rows must declare this: otherwise a group that takes a document off its list takes it
    away from there too.
    """
    _keepers.append(keeper)
    return keeper


def needed(document: Document) -> Iterator[str]:
    """Why a document cannot be removed: every room that still needs it says so."""
    for keeper in _keepers:
        yield from keeper(document)


def unfit(what: What, *, expires_on: date | None, today: date, awarded: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with filing such a document: the field and the sentence."""
    if what in NOT_BEFORE_AWARD and not awarded:
        yield (
            "what",
            _("Do not send bank details yet. We only ask for them after you have been awarded money."),
        )
    if expires_on is None and what in MUST_RUN_OUT:
        yield "expires_on", _("Enter the date your insurance runs out. It is on the certificate.")
    if expires_on is not None and expires_on < today:
        yield "expires_on", _("This has run out already. Send the one that is good today.")
    if expires_on is not None and expires_on.year > today.year + 50:
        yield "expires_on", _("Check the year it runs out")


def unfileable(document: Document, entry: OrganisationDocument | None, organisation_id: int) -> Iterator[str]:
    """Why this document cannot be put on the group's list."""
    if document.removed_at is not None:
        yield _("This file was removed. Choose it again.")
    if document.organisation_id not in (None, organisation_id):
        yield _("This file belongs to another group.")
    if entry is not None:
        yield _("This file is on your list already.")
