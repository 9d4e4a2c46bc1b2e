"""Who asks for a change to a budget, and who may approve it: never the same person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grants.budget import rules
from grants.budget.models import BudgetChange, SpendingAuthority
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people import delegation
from grants.people.delegation import Step
from grants.people.duties import READS_ALL
from grants.people.models import Duty, Person
from grants.people.policies import holdings, needs
from grants.streams.models import Pot

ASKERS = (Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER)
READERS = frozenset({Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER}) | READS_ALL


def ask(who: Person, pot: Pot, into: Pot | None = None) -> Objections:
    """A finance officer of the pot, and of the pot the money goes to."""
    yield from needs(who, *ASKERS, partnership=pot.stream.partnership, stream=pot.stream.ref)
    if into is not None and into.stream_id != pot.stream_id:
        yield from needs(who, *ASKERS, partnership=into.stream.partnership, stream=into.stream.ref)


def approve(who: Person, change: BudgetChange, steps: Sequence[Step], *, parties: Collection[int] = ()) -> Objections:
    """Whoever the delegation table names for so much, other than who asked, without a part in the group it is about.

    `steps`: the table of the pot's partnership. `parties`: ids of the organisations whose money it is.
    """
    yield from _another(who, change.asked_by_id, rules.DELEGATED[change.kind], steps)
    pot = change.pot
    what = rules.DELEGATED[change.kind]
    yield from delegation.unable(who, what, change.amount, steps, pot.stream.partnership, pot.stream.ref)
    into = change.into_pot
    if into is not None and into.stream_id != pot.stream_id:
        theirs = list(delegation.unable(who, what, change.amount, steps, into.stream.partnership, into.stream.ref))
        mine = delegation.unable(who, what, change.amount, steps, pot.stream.partnership, pot.stream.ref)
        if theirs and not list(mine):
            yield Objection(_("Your duty does not cover %(pot)s, where the money goes.", pot=into.ref), theirs[0].could)
    if {held.organisation_id for held in holdings(who)} & set(parties):
        yield Objection(
            _("You act for the group this is about. Somebody with no part in it has to do this."),
            _("somebody else with the same duty"),
        )


def refuse(who: Person, change: BudgetChange) -> Objections:
    """Anybody with a duty that approves there, other than who asked (who withdraws it instead)."""
    yield from _refuse(who, change.pot, change.asked_by_id)


def withdraw(who: Person, change: BudgetChange) -> Objections:
    """Whoever asked."""
    if who.id != change.asked_by_id:
        yield Objection(_("Only whoever asked for this can withdraw it. You can refuse it."), change.asked_by.name)


def ask_authority(who: Person, pot: Pot) -> Objections:
    """A finance officer of the pot."""
    yield from ask(who, pot)


def approve_authority(who: Person, authority: SpendingAuthority, steps: Sequence[Step]) -> Objections:
    """Whoever the delegation table names for so much, other than who asked."""
    what = rules.AUTHORISED[authority.kind]
    stream = authority.pot.stream
    yield from _another(who, authority.asked_by_id, what, steps)
    yield from delegation.unable(who, what, authority.allowed, steps, stream.partnership, stream.ref)


def refuse_authority(who: Person, authority: SpendingAuthority) -> Objections:
    """Anybody with a duty that approves there, other than who asked."""
    yield from _refuse(who, authority.pot, authority.asked_by_id)


def end_authority(who: Person, authority: SpendingAuthority) -> Objections:
    """A finance officer of the pot: ending one early only ever makes the books safer."""
    yield from ask(who, authority.pot)


def _refuse(who: Person, pot: Pot, asked_by: int) -> Objections:
    if who.id == asked_by:
        yield Objection(_("You asked for this. Withdraw it instead."), None)
    duties = (Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER)
    yield from needs(who, *duties, partnership=pot.stream.partnership, stream=pot.stream.ref)


def _another(who: Person, asked_by: int, what: delegation.What, steps: Sequence[Step]) -> Objections:
    if who.id == asked_by:
        yield Objection(_("You asked for this, so somebody else has to approve it."), delegation.in_words(what, steps))
