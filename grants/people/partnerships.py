"""What is known of partnerships: public facts, for the staff of a partnership and of those above and below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.people import queries
from grants.people.models import Partnership, PartnershipRole, Person


def known(by: Person) -> set[int]:
    """The partnerships whose public facts a person may read: their own, and those above and below in line. Ids."""
    own = queries.within(by)
    if not own:
        return set()
    rows = db.session.execute(select(Partnership.id, Partnership.parent_id)).all()
    parents: dict[int, int | None] = {row.id: row.parent_id for row in rows}
    found = set(own)
    for start in own:
        at = parents.get(start)
        while at is not None and at not in found:
            found.add(at)
            at = parents.get(at)
    below = set(own)
    while below:
        below = {one for one, parent in parents.items() if parent in below and one not in found}
        found |= below
    return found


def listing(by: Person) -> Sequence[Partnership]:
    """Every partnership this person may read about, with its parent and accountable body, by area and name. Two statements."""
    return db.session.scalars(
        select(Partnership)
        .options(joinedload(Partnership.parent), joinedload(Partnership.accountable_body))
        .where(Partnership.id.in_(known(by)))
        .order_by(Partnership.area, Partnership.name)
    ).all()


class Facts(NamedTuple):
    """A partnership's page: itself, the boards under it with how many roles each, and its roles grouped by kind."""

    partnership: Partnership
    children: Sequence[Partnership]
    roles: list[tuple[str, list[PartnershipRole]]]
    board_roles: list[tuple[Partnership, list[tuple[str, list[PartnershipRole]]]]]
    known: set[int]


def facts(by: Person, ref: str) -> Facts:
    """All the facts of one partnership. NotFound unless this person may read them. Four statements."""
    readable = known(by)
    found = db.session.scalar(
        select(Partnership)
        .options(joinedload(Partnership.parent), joinedload(Partnership.accountable_body))
        .where(Partnership.ref == ref)
    )
    if found is None or found.id not in readable:
        raise NotFound()
    children = db.session.scalars(select(Partnership).where(Partnership.parent_id == found.id).order_by(Partnership.name)).all()
    bodies = {found.id, *(child.id for child in children)}
    roles = db.session.scalars(
        select(PartnershipRole)
        .options(joinedload(PartnershipRole.organisation))
        .where(PartnershipRole.partnership_id.in_(bodies))
        .order_by(PartnershipRole.ordinal)
    ).all()
    return Facts(
        found,
        children,
        _by_kind([role for role in roles if role.partnership_id == found.id]),
        [(child, _by_kind([role for role in roles if role.partnership_id == child.id])) for child in children],
        readable,
    )


def _by_kind(roles: Sequence[PartnershipRole]) -> list[tuple[str, list[PartnershipRole]]]:
    """Roles of one kind together, in the order the source names the kinds."""
    groups: dict[str, list[PartnershipRole]] = {}
    for role in roles:
        groups.setdefault(role.role, []).append(role)
    return list(groups.items())


def holding(partnership_ref: str, role: str) -> Sequence[PartnershipRole]:
    """Everybody who holds one kind of role in a partnership, in the source's order (R02)."""
    return db.session.scalars(
        select(PartnershipRole)
        .join(PartnershipRole.partnership)
        .options(joinedload(PartnershipRole.organisation))
        .where(Partnership.ref == partnership_ref, PartnershipRole.role == role)
        .order_by(PartnershipRole.ordinal)
    ).all()
