"""Who may approve how much of what: a partnership's delegation table, as data, and the one it starts from.

The table is rows, never overwritten: the newest row for a kind, a duty and 'with or without a resolution' is the one in force
on a day. Where a partnership has said nothing of a row, the row of `STANDARD` stands. `STANDARD` is ours, made to be changed:
it follows the shape of councils' financial regulations (an officer, the chief finance officer, then members by resolution),
not any one council's figures. A partnership's own chief finance officer changes it (`set_delegation`); an administrator, who
decides no money, cannot.

Asking and approving are always two people, whatever the table says: that is `people.commands.give_approval`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import Objection, RuleBroken, means
from grants.kernel.money import Money
from grants.kernel.policy import Objections, require
from grants.kernel.words import _, mark
from grants.people.duties import READS_ALL, label
from grants.people.models import Delegation, Duty, Partnership, Person
from grants.people.policies import holdings, holds, holds_any, in_own_right

declare(
    {
        "delegation.set": mark(
            "From %(effective_on)s, %(duty)s may approve %(what)s up to %(up_to)s (resolution: %(resolution)s)"
        ),
        "delegation.withdrawn": mark(
            "From %(effective_on)s, %(duty)s may no longer approve %(what)s (resolution: %(resolution)s)"
        ),
    }
)
means({"ck_delegation_up_to": mark("Enter a limit of more than £0.00, or say that there is none.")})


class What(StrEnum):
    """What can be approved by delegation. The values are kept in rows and shown on pages."""

    VIREMENT = "virement"
    LINE = "move between lines"
    CONTRIBUTION = "contribution"
    CARRY_FORWARD = "carry forward"
    REPAYMENT = "repayment to funder"
    DEMAND = "demand back"
    RECOVERY = "recovery"
    WRITE_OFF = "write-off"
    OVER_PROGRAMMING = "over-programming"
    AT_RISK = "at risk"
    OWN_SPEND = "own spend"
    PLAN_CHANGE = "spending plan change"


SAID: Mapping[What, str] = {  # as it stands in 'may approve …'
    What.VIREMENT: mark("a virement"),
    What.LINE: mark("a move between lines"),
    What.CONTRIBUTION: mark("a partner’s contribution"),
    What.CARRY_FORWARD: mark("a carry-forward"),
    What.REPAYMENT: mark("a repayment to a funder"),
    What.DEMAND: mark("a demand for money back"),
    What.RECOVERY: mark("a recovery"),
    What.WRITE_OFF: mark("a write-off"),
    What.OVER_PROGRAMMING: mark("over-programming"),
    What.AT_RISK: mark("spending at risk"),
    What.OWN_SPEND: mark("own spend"),
    What.PLAN_CHANGE: mark("a change of the spending plan"),
}
MAY_BE_GIVEN = (Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER)


class Step(NamedTuple):
    """One row of the table: a duty may approve one kind up to an amount (None: any), perhaps only with a resolution."""

    what: What
    duty: Duty
    up_to: Money | None
    resolution: bool = False
    since: date | None = None  # none: from `STANDARD`

    def covers(self, amount: Money) -> bool:
        """Is an amount within it?"""
        return self.up_to is None or amount <= self.up_to


def _usual(what: What, approver: str | None, chief: str | None, above: bool = True) -> list[Step]:
    steps = [Step(what, Duty.APPROVER, Money.pounds(approver))] if approver else []
    steps.append(Step(what, Duty.CHIEF_FINANCE_OFFICER, Money.pounds(chief) if chief else None))
    return [*steps, Step(what, Duty.CHIEF_FINANCE_OFFICER, None, True)] if chief and above else steps


STANDARD: Sequence[Step] = (
    *_usual(What.VIREMENT, "10000", "100000"),
    *_usual(What.LINE, "10000", "100000"),
    *_usual(What.CONTRIBUTION, "10000", None),
    *_usual(What.CARRY_FORWARD, "10000", "100000"),
    *_usual(What.REPAYMENT, "10000", "100000"),
    *_usual(What.DEMAND, "10000", None),
    *_usual(What.RECOVERY, "100000", None),
    *_usual(What.WRITE_OFF, "500", "10000"),
    *_usual(What.OVER_PROGRAMMING, None, "100000"),
    *_usual(What.AT_RISK, None, "100000"),
    *_usual(What.OWN_SPEND, "10000", "100000"),
    *_usual(What.PLAN_CHANGE, "10000", "100000"),
)


# -- reading it --------------------------------------------------------------------------------------------------------

_Key = tuple[str, Duty, bool]


def table(partnership: Partnership, on: date | None = None) -> list[Step]:
    """The whole table of a partnership on a day (today), by kind, the smallest limit first. One statement."""
    return tables([partnership.id], on)[partnership.id]


def tables(partnerships: Collection[int], on: date | None = None) -> Mapping[int, list[Step]]:
    """The tables of several partnerships, by their ids. One statement."""
    day = on or clock.today()
    rows = db.session.scalars(
        select(Delegation)
        .where(Delegation.partnership_id.in_(partnerships), Delegation.effective_on <= day)
        .order_by(Delegation.effective_on, Delegation.id)
    )
    said: dict[int, dict[_Key, Delegation]] = defaultdict(dict)
    for row in rows:
        said[row.partnership_id][row.what, row.duty, row.resolution] = row
    return {one: _whole(said[one]) for one in partnerships}


def _whole(said: Mapping[_Key, Delegation]) -> list[Step]:
    standing = {(step.what.value, step.duty, step.resolution): step for step in STANDARD}
    steps = [step for key, step in standing.items() if key not in said]
    steps += [
        Step(What(row.what), row.duty, row.up_to, row.resolution, row.effective_on)
        for row in said.values()
        if not row.withdrawn
    ]
    order = list(What)
    return sorted(steps, key=lambda s: (order.index(s.what), s.resolution, s.up_to is None, s.up_to or Money(0), s.duty.value))


def fitting(what: What | str, amount: Money, steps: Sequence[Step]) -> list[Step]:
    """The rows under which an amount can be approved: those that ask no resolution, or where none reaches, those that do."""
    reach = [step for step in steps if step.what == what and step.covers(amount)]
    return [step for step in reach if not step.resolution] or reach


def needs_resolution(what: What | str, amount: Money, partnership: Partnership, *, on: date | None = None) -> bool:
    """Must a resolution be cited for so much? Also where nobody may approve it at all without one."""
    return resolution_needed(what, amount, table(partnership, on))


def resolution_needed(what: What | str, amount: Money, steps: Sequence[Step]) -> bool:
    """The same, of a table already read."""
    return all(step.resolution for step in fitting(what, amount, steps))


def may_approve(
    person: Person,
    what: What | str,
    amount: Money,
    partnership: Partnership,
    stream: str | None = None,
    *,
    on: date | None = None,
) -> Objections:
    """Nothing where the table lets the person approve so much there; otherwise one objection that names who could.

    `stream` is the stream's reference. That the person is not the one who asked is for the caller. One statement.
    """
    yield from unable(person, what, amount, table(partnership, on), partnership, stream)


def unable(
    person: Person, what: What | str, amount: Money, steps: Sequence[Step], partnership: Partnership, stream: str | None = None
) -> Objections:
    """The same, of a table already read: no statement."""
    what = What(what)
    held = [step for step in steps if step.what is what and holds(person, step.duty, partnership=partnership, stream=stream)]
    if any(step in held for step in fitting(what, amount, steps)):
        return
    if held:
        most = max((step.up_to or Money(0) for step in held), default=Money(0))
        yield Objection(
            _(
                "You can approve %(what)s of up to %(most)s. This is %(amount)s.",
                what=_(SAID[what]),
                most=str(most),
                amount=str(amount),
            ),
            in_words(what, steps),
        )
    elif holds_any(person, READS_ALL):
        yield Objection(_("As an auditor you can read everything, but change nothing."), in_words(what, steps))
    else:
        yield Objection(_("You do not hold the duty that approves %(what)s.", what=_(SAID[what])), in_words(what, steps))


def in_words(what: What | str, steps: Sequence[Step]) -> str:
    """Who may approve one kind: 'an approver up to £10,000.00; the chief finance officer for any amount, with a resolution'."""
    said = [_step(step) for step in steps if step.what == what]
    return "; ".join(said) or _("nobody, until the delegation table says who")


def _step(step: Step) -> str:
    if step.up_to is None and step.resolution:
        return _("%(who)s for any amount, with a resolution", who=label(step.duty))
    if step.up_to is None:
        return _("%(who)s for any amount", who=label(step.duty))
    if step.resolution:
        return _("%(who)s up to %(most)s, with a resolution", who=label(step.duty), most=str(step.up_to))
    return _("%(who)s up to %(most)s", who=label(step.duty), most=str(step.up_to))


def acts_for(
    person: Person, what: What | str, amount: Money, partnership: Partnership, stream: str | None = None
) -> Person | None:
    """Whose deputy the person is when they approve this; None where a duty of their own lets them."""
    duties = {step.duty for step in fitting(what, amount, table(partnership))}
    return deputy_of(person, duties, partnership, stream)


def deputy_of(person: Person, duties: Collection[Duty], partnership: Partnership, stream: str | None = None) -> Person | None:
    """Whom the person stands in for today where they hold these duties only as a deputy; None where one is their own."""
    if any(in_own_right(person, duty, partnership=partnership, stream=stream) for duty in duties):
        return None
    there = (
        held.deputy_for
        for held in holdings(person)
        if held.deputy_for_id is not None
        and held.duty in duties
        and held.partnership_id in (None, partnership.id)
        and (stream is None or not held.streams or stream in held.streams)
    )
    return next(there, None)


# -- changing it -------------------------------------------------------------------------------------------------------


def change(who: Person, partnership: Partnership) -> Objections:
    """Change the table: the chief finance officer, in their own right. A deputy cannot widen what they stand in for."""
    if not in_own_right(who, Duty.CHIEF_FINANCE_OFFICER, partnership=partnership):
        if holds(who, Duty.CHIEF_FINANCE_OFFICER, partnership=partnership):
            yield Objection(_("A deputy cannot change the delegation table."), label(Duty.CHIEF_FINANCE_OFFICER))
        else:
            yield Objection(_("You do not hold the duty that this needs."), label(Duty.CHIEF_FINANCE_OFFICER))


@command
def set_delegation(
    partnership: Partnership,
    *,
    what: What | str,
    duty: Duty,
    up_to: Money | None,
    resolution: bool = False,
    effective_on: date,
    by: Person,
) -> Delegation:
    """From a day on, a duty may approve one kind up to an amount (None: any); `resolution`: only where one is cited.

    It replaces the row of the same kind, duty and `resolution`. Today or later: what was approved before was approved under
    the table of its day.
    """
    return _add(partnership, What(what), duty, up_to, resolution, effective_on, by, withdrawn=False)


@command
def withdraw_delegation(
    partnership: Partnership, *, what: What | str, duty: Duty, resolution: bool = False, effective_on: date, by: Person
) -> Delegation:
    """From a day on, a duty may no longer approve one kind (with, or without, a resolution)."""
    return _add(partnership, What(what), duty, None, resolution, effective_on, by, withdrawn=True)


def _add(
    partnership: Partnership,
    what: What,
    duty: Duty,
    up_to: Money | None,
    resolution: bool,
    effective_on: date,
    by: Person,
    *,
    withdrawn: bool,
) -> Delegation:
    require(change, by, partnership)
    stands = [s for s in table(partnership, effective_on) if (s.what, s.duty, s.resolution) == (what, duty, resolution)]
    if found := list(_unfit(duty, up_to, effective_on, stands, withdrawn=withdrawn)):
        raise RuleBroken(*found)
    row = Delegation(
        partnership=partnership,
        what=what.value,
        duty=duty,
        up_to=up_to,
        resolution=resolution,
        withdrawn=withdrawn,
        effective_on=effective_on,
        recorded_by=by.ref,
    )
    db.session.add(row)
    facts: dict[str, Any] = {
        "what": what,
        "duty": duty,
        "resolution": "yes" if resolution else "no",
        "effective_on": effective_on,
    }
    if withdrawn:
        record("delegation.withdrawn", partnership, by=by, **facts)
    else:
        record("delegation.set", partnership, by=by, up_to="any amount" if up_to is None else up_to, **facts)
    return row


def _unfit(duty: Duty, up_to: Money | None, effective_on: date, stands: Sequence[Step], *, withdrawn: bool) -> Iterator[str]:
    if duty not in MAY_BE_GIVEN:
        yield _("Only %(who)s can be given approvals.", who=label(*MAY_BE_GIVEN))
    if up_to is not None and up_to <= Money(0):
        yield _("Enter a limit of more than £0.00, or say that there is none.")
    if effective_on < clock.today():
        yield _("The table cannot be changed for days that have passed. Choose today or a later day.")
    if withdrawn and not stands:
        yield _("There is no such row in the table on that day.")
    if not withdrawn and stands and stands[0].up_to == up_to:
        yield _("The table says so already.")
