"""What is there already and may not be there twice."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from grants.kernel.db import Referenced, db
from grants.kernel.words import _
from grants.strategy.models import Indicator, Priority, PriorityLink, Reading, Strategy


def free(model: type[Referenced], ref: str | None) -> Iterator[str]:
    """A reference chosen by hand is nobody else's."""
    if ref is not None and db.session.scalar(select(model.id).where(model.ref == ref)):
        yield _("%(ref)s is already the reference of another. Choose a different one.", ref=ref)


def not_linked(
    from_strategy: Strategy, from_priority: Priority | None, to_strategy: Strategy, to_priority: Priority | None, link_type: str
) -> Iterator[str]:
    """A link is recorded once."""
    # A null is never equal to a null, so the database's own uniqueness does not see links of whole strategies.
    same = select(PriorityLink.id).where(
        PriorityLink.from_strategy_id == from_strategy.id,
        PriorityLink.from_priority_id == from_priority.id if from_priority else PriorityLink.from_priority_id.is_(None),
        PriorityLink.to_strategy_id == to_strategy.id,
        PriorityLink.to_priority_id == to_priority.id if to_priority else PriorityLink.to_priority_id.is_(None),
        PriorityLink.link_type == link_type.strip(),
    )
    if db.session.scalar(same.limit(1)):
        yield _("That link is already recorded.")


def not_reported(indicator: Indicator, reported_in: str | None, breakdown: str | None) -> Iterator[str]:
    """A report gives one reading of an indicator, or of each part of it."""
    if reported_in is None:
        return
    part = Reading.breakdown == breakdown if breakdown else Reading.breakdown.is_(None)
    same = select(Reading.id).where(Reading.reported_in == reported_in, Reading.indicator_id == indicator.id, part)
    if db.session.scalar(same.limit(1)):
        yield _("%(report)s already has a reading of ‘%(what)s’.", report=reported_in, what=indicator.title)
