"""The tree of places, which partnerships' facts a member of staff may read, and what lies where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound
from grants.kernel.words import _
from grants.people import partnerships
from grants.people.models import Partnership, Person
from grants.places import postcodes
from grants.places.models import Locality, WardPlaced
from grants.places.postcodes import Found, Postcode, SmallArea, Ward


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


# -- wards and the localities they lie in ------------------------------------------------------------------------------


def wards(partnership: Partnership, vintage: int = postcodes.CURRENT) -> Sequence[Ward]:
    """The wards of a partnership's area, by name; none where the tables do not have its area. No statement."""
    area = postcodes.area_code(partnership.area or "")
    return postcodes.wards(area, vintage) if area else []


def localities_of_wards(
    partnership: Partnership, *, on: date | None = None, known: datetime | None = None
) -> Mapping[str, Locality]:
    """Which locality each ward (by code) lies in at the end of a day (today), as recorded by `known` (now). One statement.

    A ward that is not there is one of which it is not stated.
    """
    asked = (
        select(WardPlaced)
        .options(joinedload(WardPlaced.locality))
        .where(WardPlaced.partnership_id == partnership.id, WardPlaced.effective_on <= (on or clock.today()))
    )
    if known is not None:
        asked = asked.where(WardPlaced.recorded_at <= known)
    newest = {row.ward_code: row for row in db.session.scalars(asked.order_by(WardPlaced.effective_on, WardPlaced.id))}
    return {code: row.locality for code, row in newest.items() if row.locality is not None}


def locality_of(
    partnership: Partnership, place: Postcode | str, *, on: date | None = None, known: datetime | None = None
) -> Locality | None:
    """The locality that a postcode, or a ward by its code, lies in on a day (today). One statement at most.

    None where the postcode is not known or nobody stated it. A postcode's ward of today's boundaries is asked first, then its
    ward of 2014: a table kept before the boundaries changed still answers for its own time.
    """
    if isinstance(place, str):
        codes = [place]
    elif found := postcodes.find(place):
        codes = [found.ward.code, found.ward_2014.code]
    else:
        return None
    table = localities_of_wards(partnership, on=on, known=known)
    return next((table[code] for code in codes if code in table), None)


def lying_in(ward: str, *, on: date | None = None) -> Mapping[int, str]:
    """Where each partnership that says so places a ward (by code) on a day (today): its id -> the locality's reference.

    One statement, for pages that ask of every partnership at once.
    """
    found = db.session.scalars(
        select(WardPlaced)
        .options(joinedload(WardPlaced.locality))
        .where(WardPlaced.ward_code == ward, WardPlaced.effective_on <= (on or clock.today()))
        .order_by(WardPlaced.effective_on, WardPlaced.id)
    )
    newest = {row.partnership_id: row.locality for row in found}
    return {partnership: locality.ref for partnership, locality in newest.items() if locality is not None}


class Line(NamedTuple):
    """A ward in the table: where it lies, and how deprived its small areas are."""

    ward: Ward
    locality: Locality | None  # none: not stated
    small_areas: int
    most_deprived: int  # how many of them are among England's most deprived fifth


class Said(NamedTuple):
    """Something recorded of a ward."""

    ward: str
    vintage: int
    locality: str | None
    effective_on: date
    recorded_at: datetime
    by: str
    basis: str | None


class WardTable(NamedTuple):
    """A partnership's wards with their localities, what was recorded (newest first, 100 at most) and the table's edition."""

    partnership: Partnership
    lines: Sequence[Line]
    not_stated: Sequence[str]  # names of wards
    localities: Sequence[Locality]  # what can be chosen
    said: Sequence[Said]
    edition: int


def ward_table(by: Person, partnership_ref: str, *, on: date | None = None, known: datetime | None = None) -> WardTable:
    """The table a partnership keeps of its wards, on a day (today). NotFound unless this person may read its facts.

    Six statements.
    """
    partnership = db.session.scalar(select(Partnership).where(Partnership.ref == partnership_ref))
    if partnership is None or partnership.id not in partnerships.known(by):
        raise NotFound()
    lies = localities_of_wards(partnership, on=on, known=known)
    areas: dict[str, list[SmallArea]] = {}
    for one in postcodes.small_areas().values():
        areas.setdefault(one.ward, []).append(one)
    lines = [
        Line(ward, lies.get(ward.code), len(mine := areas.get(ward.code, [])), sum(one.imd_decile <= 2 for one in mine))
        for ward in wards(partnership)
    ]
    return WardTable(
        partnership,
        lines,
        [line.ward.name for line in lines if line.locality is None],
        _choosable(partnership),
        _said(partnership),
        ward_edition(partnership),
    )


def _choosable(partnership: Partnership) -> Sequence[Locality]:
    """The partnership's localities; where none is called so, all its places."""
    all_ = db.session.scalars(
        select(Locality).where(Locality.partnership_id == partnership.id).order_by(Locality.name, Locality.id)
    ).all()
    return [one for one in all_ if one.kind == "locality"] or all_


def _said(partnership: Partnership) -> Sequence[Said]:
    rows = db.session.execute(
        select(WardPlaced, Locality.name, Person.name)
        .outerjoin(WardPlaced.locality)
        .outerjoin(Person, Person.ref == WardPlaced.recorded_by)
        .where(WardPlaced.partnership_id == partnership.id)
        .order_by(WardPlaced.id.desc())
        .limit(100)
    )
    known = postcodes.every_ward()
    return [
        Said(
            known[row.ward_code].name if row.ward_code in known else row.ward_code,
            row.vintage,
            locality,
            row.effective_on,
            row.recorded_at,
            who or row.recorded_by,
            row.basis,
        )
        for row, locality, who in rows
    ]


def ward_edition(partnership: Partnership) -> int:
    """A number that grows with every change of the table: what an edit form carries. One statement."""
    newest = db.session.scalar(select(func.max(WardPlaced.id)).where(WardPlaced.partnership_id == partnership.id))
    return newest or 0


class Need(NamedTuple):
    """How deprived the place of a postcode is, for officers: deciles of the Indices of Deprivation 2025, 1 the most."""

    lsoa: str
    lsoa_name: str
    ward: Ward
    imd_decile: int
    crime_decile: int

    @property
    def said(self) -> str:
        """A sentence for an officer's page; never for an applicant's."""
        return _(
            "%(lsoa)s (%(code)s), %(ward)s ward: deprivation decile %(imd)s, crime decile %(crime)s "
            "(2025; 1 is the most deprived)",
            lsoa=self.lsoa_name,
            code=self.lsoa,
            ward=self.ward.name,
            imd=self.imd_decile,
            crime=self.crime_decile,
        )


def need(found: Found) -> Need:
    """How deprived the place of a postcode is. No statement."""
    return Need(found.lsoa, found.lsoa_name, found.ward, found.imd_decile, found.crime_decile)
