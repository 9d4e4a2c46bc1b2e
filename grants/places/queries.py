"""The tree of places, and which partnerships' facts a member of staff may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.people import partnerships
from grants.people.models import Person
from grants.places.models import Locality


class Branch(NamedTuple):
    """A place with the places inside it."""

    place: Locality
    branches: list[Branch]


class Area(NamedTuple):
    """A partnership with its places, each inside another or at the top, and how many there are in all."""

    ref: str
    name: str
    area: str | None
    branches: list[Branch]
    places: int


def trees(by: Person) -> Sequence[Area]:
    """Every place this person may read about, as one tree for each partnership, by the partnership's area. Two statements."""
    found = db.session.scalars(
        select(Locality)
        .options(joinedload(Locality.partnership))
        .where(Locality.partnership_id.in_(partnerships.known(by)))
        .order_by(Locality.name)
    ).all()
    owners = {place.partnership.id: place.partnership for place in found}
    return [
        Area(owner.ref, owner.name, owner.area, grow(mine), len(mine))
        for owner in sorted(owners.values(), key=lambda p: (p.area or "", p.name))
        if (mine := [place for place in found if place.partnership_id == owner.id])
    ]


def grow(places: Sequence[Locality], top: int | None = None) -> list[Branch]:
    """The places under one (or under none of those given), each with its own beneath, in the order given."""
    here = {place.id for place in places}
    under: dict[int | None, list[Locality]] = {}
    for place in places:
        under.setdefault(place.parent_id if place.parent_id in here or place.parent_id == top else None, []).append(place)

    def branch(place: Locality) -> Branch:
        return Branch(place, [branch(one) for one in under.get(place.id, [])])

    return [branch(place) for place in under.get(top, [])]


class Place(NamedTuple):
    """A place's page: itself, what it lies in (the widest first), and what lies in it."""

    place: Locality
    within: list[Locality]
    branches: list[Branch]


def place(by: Person, ref: str) -> Place:
    """One place and its surroundings. NotFound unless its partnership's facts may be read. Three statements."""
    found = locality(ref)
    if found.partnership_id not in partnerships.known(by):
        raise NotFound()
    all_ = db.session.scalars(
        select(Locality).where(Locality.partnership_id == found.partnership_id).order_by(Locality.name)
    ).all()
    over = {one.id: one for one in all_}
    within: list[Locality] = []
    at = found.parent_id
    while at in over and over[at] not in within:
        within.insert(0, over[at])
        at = over[at].parent_id
    return Place(found, within, grow(all_, found.id))


def locality(ref: str) -> Locality:
    """A place by its reference. NotFound unless there is one."""
    found = db.session.scalar(select(Locality).options(joinedload(Locality.partnership)).where(Locality.ref == ref))
    if found is None:
        raise NotFound()
    return found


def of_kind(partnership_ref: str, kind: str) -> Sequence[Locality]:
    """A partnership's places of one kind ('locality', 'neighbourhood'), by name."""
    return db.session.scalars(
        select(Locality).where(Locality.partnership.has(ref=partnership_ref), Locality.kind == kind).order_by(Locality.name)
    ).all()


def choices(partnership_id: int) -> Sequence[tuple[str, str]]:
    """The places of a partnership as (reference, name), for choosing one."""
    return [
        (ref, name)
        for ref, name in db.session.execute(
            select(Locality.ref, Locality.name).where(Locality.partnership_id == partnership_id).order_by(Locality.name)
        )
    ]
