"""Who may open a stream or a pot and protect money: a finance officer of the partnership."""

from __future__ import annotations

from collections.abc import Collection

from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.duties import label
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import holds, needs
from grants.streams.models import BalanceUse, Commitment, Pot, Stream


def open_stream(who: Person, partnership: Partnership) -> Objections:
    """A finance officer of the partnership whose money it is."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=partnership)


def open_pot(who: Person, stream: Stream) -> Objections:
    """A finance officer of the stream's partnership, whose duty covers the stream."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)


def look_after_pot(who: Person, pot: Pot) -> Objections:
    """Its lines, terms, contributions and pool, and closing it to new promises: the same person as may open it."""
    yield from open_pot(who, pot.stream)


def look_after_stream(who: Person, stream: Stream) -> Objections:
    """Say what a stream may not pay for, and copy its year: the same person as may open its pots."""
    yield from open_pot(who, stream)


def look_after_partnership(who: Person, partnership: Partnership) -> Objections:
    """Record what services contribute from their own budgets: a finance officer or a theme lead of the partnership."""
    yield from needs(who, Duty.FINANCE_OFFICER, Duty.THEME_LEAD, partnership=partnership)


def resolve_use(who: Person, use: BalanceUse) -> Objections:
    """Record what was resolved for a balance: a finance officer, or whoever takes the partnership's minutes."""
    stream = use.pot.stream
    yield from needs(who, Duty.FINANCE_OFFICER, Duty.MINUTE_TAKER, partnership=stream.partnership, stream=stream.ref)


def carry_out_use(who: Person, use: BalanceUse, resolved_by: Collection[str]) -> Objections:
    """Spend a balance as it was resolved: a finance officer who did not record the resolution."""
    yield from look_after_pot(who, use.pot)
    if who.ref in resolved_by:
        yield Objection(_("You recorded the resolution, so somebody else spends the money."), label(Duty.FINANCE_OFFICER))


def passport(who: Person, pot: Pot) -> Objections:
    """The same person as may open the pot."""
    yield from open_pot(who, pot.stream)


def value(who: Person, commitment: Commitment) -> Objections:
    """State what a commitment comes to, estimate it, and give back what it no longer needs: a finance officer of its stream."""
    yield from open_pot(who, commitment.stream)


def consult(who: Person, commitment: Commitment) -> Objections:
    """Keep the consultation log: whoever works with the groups of the stream, or its money."""
    stream = commitment.stream
    yield from needs(
        who, Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER, Duty.THEME_LEAD, partnership=stream.partnership, stream=stream.ref
    )


def review(who: Person, commitment: Commitment) -> Objections:
    """Record a resolution on a commitment: a grants officer or a finance officer of its stream, who has no part in the group.

    The resolution is the authority; the person keeps it.
    """
    stream = commitment.stream
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER, partnership=stream.partnership, stream=stream.ref)
    group = commitment.organisation
    if group is not None and any(holds(who, duty, organisation=group) for duty in (Duty.APPLICANT, Duty.CERTIFIER)):
        yield Objection(
            _("You act for %(group)s, whose money this is, so someone else has to do this.", group=group.name),
            label(Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER),
        )
