"""Who may keep, read and remove documents. Whose a document is decides; higher rooms may let more people read."""

from __future__ import annotations

from collections.abc import Callable

from grants.files.models import Document
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.duties import ACTS, label
from grants.people.models import Duty, Organisation, Person
from grants.people.policies import holdings, holds_any, needs

# Staff who read what groups keep here: those who check groups and those who answer for the money.
VAULT_READERS = frozenset({Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER, Duty.AUDITOR})

Reader = Callable[[Person, Document], bool]
_readers: list[Reader] = []


def read_also(reader: Reader) -> Reader:
    """A higher room says who else may read a document (an assessor, the application's files). A decorator, at import."""
    _readers.append(reader)
    return reader


def keep(who: Person, organisation: Organisation | None = None) -> Objections:
    """Send a file. For a group: its own people, or a grants officer who helps it; for nobody yet: whoever has signed in."""
    if organisation is None:
        if not who.active:
            yield Objection(_("This account was stopped."))
    elif not _acts_for(who, organisation.id):
        yield from needs(who, Duty.APPLICANT, Duty.CERTIFIER, Duty.GRANTS_OFFICER, organisation=organisation)


def file(who: Person, organisation: Organisation) -> Objections:
    """Put a document on a group's list, replace it or take it off: the group's own people, or a grants officer for them."""
    yield from keep(who, organisation)


def see_vault(who: Person, organisation: Organisation) -> Objections:
    """See what a group keeps here: its own people, and staff who check groups or answer for the money."""
    if not _acts_for(who, organisation.id) and not holds_any(who, VAULT_READERS):
        yield Objection(_("You do not act for this organisation."), label(Duty.APPLICANT, Duty.CERTIFIER))


def read(who: Person, document: Document, *, in_vault: bool) -> Objections:
    """Open a document: who sent it, its group's people, staff if the group keeps it here, and whom a room lets."""
    if document.kept_by_id == who.id and who.active:
        return
    if document.organisation_id is not None and _acts_for(who, document.organisation_id):
        return
    if in_vault and holds_any(who, VAULT_READERS):
        return
    if any(reader(who, document) for reader in _readers):
        return
    yield Objection(_("This file is not yours to read."))


def remove(who: Person, document: Document) -> Objections:
    """Remove a document: who sent it while it is nobody's, or its group's people."""
    if document.organisation is not None:
        yield from keep(who, document.organisation)
    elif document.kept_by_id != who.id:
        yield Objection(_("Only the person who sent this file can remove it."))


def _acts_for(who: Person, organisation_id: int) -> bool:
    return any(held.duty in ACTS and held.organisation_id == organisation_id for held in holdings(who))
