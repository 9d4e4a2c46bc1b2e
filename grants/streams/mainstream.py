"""What services do for a plan from their own budgets (R51), and existing resources redirected to it (R52).

Shown beside the money and never added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import or_, select

from grants.audit.record import declare, record
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people.models import Organisation, Partnership, Person
from grants.people.queries import within
from grants.strategy.models import Priority
from grants.streams import policies
from grants.streams.models import MainstreamContribution

declare({"mainstream.added": mark("Recorded what %(service)s contributes from its own budget: %(contribution)s")})


@command
def add(
    partnership: Partnership,
    *,
    organisation: Organisation,
    service: str,
    contribution: str,
    by: Person,
    framework: str | None = None,
    redirected: bool = False,
    priority: str | None = None,
    amount: Money | None = None,
    fictional: bool = False,
    note: str | None = None,
    source: str | None = None,
) -> MainstreamContribution:
    """Record a service's own contribution. An amount is an estimate: it is shown, and is in no total."""
    require(policies.look_after_partnership, by, partnership)
    found = []
    if not service.strip():
        found.append(_("Enter the service."))
    if not contribution.strip():
        found.append(_("Enter what it contributes."))
    if amount is not None and amount < Money(0):
        found.append(_("Enter an amount of £0.00 or more, or leave it out."))
    if found:
        raise RuleBroken(*found)
    added = MainstreamContribution(
        ref=next_reference("MSC"),
        partnership=partnership,
        organisation=organisation,
        service=service.strip(),
        contribution=contribution.strip(),
        framework=framework or None,
        redirected=redirected,
        priority=priority or None,
        amount=amount,
        fictional=fictional,
        note=note,
        source=source,
    )
    db.session.add(added)
    record("mainstream.added", added, by=by, service=added.service, contribution=added.contribution, redirected=redirected)
    return added


class MainstreamRow(NamedTuple):
    """One contribution as the page shows it. `partnership` none: its source does not say whose."""

    ref: str
    partnership: str | None
    partnership_name: str | None
    organisation: str
    service: str
    contribution: str
    framework: str | None
    redirected: bool
    priority: str | None
    amount: Money | None
    fictional: bool
    basis: str | None
    note: str | None
    source: str | None


def mainstream_page(by: Person) -> Sequence[MainstreamRow]:
    """Every contribution of the person's partnerships, and those of no partnership in particular. One statement."""
    model = MainstreamContribution
    rows = db.session.execute(
        select(
            model.ref,
            Partnership.ref,
            Partnership.name,
            Organisation.name,
            model.service,
            model.contribution,
            model.framework,
            model.redirected,
            Priority.title,
            model.amount,
            model.fictional,
            model.basis,
            model.note,
            model.source,
        )
        .outerjoin(model.partnership)
        .join(model.organisation)
        .outerjoin(Priority, Priority.ref == model.priority)
        .where(or_(model.partnership_id.is_(None), model.partnership_id.in_(within(by))))
        .order_by(Partnership.name.is_(None), Partnership.name, model.id)
    )
    return [MainstreamRow._make(row) for row in rows]
