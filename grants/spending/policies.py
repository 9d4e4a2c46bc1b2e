"""Who may plan and spend a pot's own money, and who may carry a spending plan to the board and the funder."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grants.agreements.models import Agreement
from grants.kernel.errors import Objection
from grants.kernel.money import Money
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.people.delegation import Step, What, fitting, in_words, unable
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import holds, needs
from grants.spending.models import OwnSpend, SpendingPlan
from grants.streams.models import Pot, Stream

# -- own spend ---------------------------------------------------------------------------------------------------------


def plan_spend(who: Person, pot: Pot) -> Objections:
    """A finance officer of the pot's stream."""
    yield from needs(who, Duty.FINANCE_OFFICER, partnership=pot.stream.partnership, stream=pot.stream.ref)


def charge(who: Person, spend: OwnSpend) -> Objections:
    """Charge, put a charge right, give money back, close or cancel: whoever may plan it."""
    yield from plan_spend(who, spend.pot)


def commit(who: Person, spend: OwnSpend, amount: Money, steps: Sequence[Step]) -> Objections:
    """Whoever the delegation table lets approve so much, and not the person who planned it.

    Only an officer's own delegation, where the partnership gave finance officers one, lets them commit what they planned.
    `steps` is the partnership's table; `amount` all that would be committed.
    """
    stream = spend.pot.stream
    yield from unable(who, What.OWN_SPEND, amount, steps, stream.partnership, stream.ref)
    if who.ref == spend.recorded_by and not _own(who, What.OWN_SPEND, amount, steps, stream.partnership, stream.ref):
        yield Objection(_("You planned this, so somebody else has to commit it."), in_words(What.OWN_SPEND, steps))


def _own(
    who: Person, what: What, amount: Money, steps: Sequence[Step], partnership: Partnership, stream: str | None = None
) -> bool:
    """Is so much within a finance officer's own delegation, so that nobody else need approve it?"""
    own = any(step.duty is Duty.FINANCE_OFFICER for step in fitting(what, amount, steps))
    return own and holds(who, Duty.FINANCE_OFFICER, partnership=partnership, stream=stream)


# -- spending plans ----------------------------------------------------------------------------------------------------


def draft_plan(who: Person, agreement: Agreement, streams: Collection[Stream] = ()) -> Objections:
    """A finance officer of the agreement's partnership, whose duty covers every stream the plan spends from."""
    if not streams:
        yield from needs(who, Duty.FINANCE_OFFICER, partnership=agreement.partnership)
    for stream in streams:
        if found := list(needs(who, Duty.FINANCE_OFFICER, partnership=agreement.partnership, stream=stream.ref)):
            yield from found
            return


def carry(who: Person, plan: SpendingPlan) -> Objections:
    """Edit it, record the board's resolution, send it, record the funder's answer, write its updates."""
    yield from draft_plan(who, plan.agreement, {line.pot.stream for line in plan.lines})


def let_stand(who: Person, plan: SpendingPlan, moved: Money, steps: Sequence[Step]) -> Objections:
    """Let a change within the limit stand at once: the delegation table says who, and not the person who drafted it.

    `moved` is the largest amount by which a line moves.
    """
    partnership = plan.agreement.partnership
    yield from unable(who, What.PLAN_CHANGE, moved, steps, partnership)
    if who.ref == plan.drafted_by and not _own(who, What.PLAN_CHANGE, moved, steps, partnership):
        yield Objection(_("You drafted this version, so somebody else has to approve it."), in_words(What.PLAN_CHANGE, steps))
