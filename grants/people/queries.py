"""What is asked about people, organisations, partnerships and who may see what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.words import _
from grants.people.about import ASKED, KEPT, Part, PolicyHeld, Profile
from grants.people.duties import ACTS, READS_ALL, STAFF
from grants.people.kinds import Kind, kind_of
from grants.people.models import (
    Approval,
    Duty,
    Holding,
    Hosting,
    HostingState,
    Organisation,
    OrganisationProfile,
    Partnership,
    PartnershipRole,
    Person,
    Registration,
    Remark,
    Takeover,
)
from grants.people.policies import everywhere, holdings, holds
from grants.people.rules import tidy_email, tidy_number

# -- who may see what -------------------------------------------------------------------------------------------------


def within(by: Person) -> set[int]:
    """The ids of the partnerships where a person holds any staff duty or audits. Every staff query begins with this.

    One statement for somebody whose duty covers the whole installation, none for anybody else.
    """
    held = [h for h in holdings(by) if h.duty in STAFF | READS_ALL]
    if any(h.partnership_id is None for h in held):
        return set(db.session.scalars(select(Partnership.id)))
    return {h.partnership_id for h in held if h.partnership_id is not None}


def streams_of(by: Person) -> set[str] | None:
    """The references of the streams a person's staff duties are limited to; None when any of them is not limited."""
    held = [h for h in holdings(by) if h.duty in STAFF | READS_ALL]
    if any(not h.streams for h in held):
        return None
    return {stream for h in held for stream in h.streams}


def covered(
    by: Person,
    partnership_id: InstrumentedAttribute[int],
    stream_ref: InstrumentedAttribute[str] | None = None,
    *,
    duties: frozenset[Duty] | set[Duty] | None = None,
) -> ColumnElement[bool]:
    """The condition that a row lies within a person's staff duties: `where(covered(by, Stream.partnership_id, Stream.ref))`.

    Exact where `within` and `streams_of` together are not: all of one partnership and one stream of another.
    """
    asked = (STAFF | READS_ALL) if duties is None else duties
    found: list[ColumnElement[bool]] = []
    for held in holdings(by):
        if held.duty not in asked:
            continue
        here: list[ColumnElement[bool]] = []
        if held.partnership_id is not None:
            here.append(partnership_id == held.partnership_id)
        if held.streams and stream_ref is not None:
            here.append(stream_ref.in_(held.streams))
        if not here:
            return true()
        found.append(and_(*here))
    return or_(*found) if found else false()


def acts_for(by: Person, *duties: Duty) -> set[int]:
    """The ids of the organisations a person acts for today: writes or signs, unless other duties are asked for.

    `acts_for(by, *READ_OF_GROUP)` answers with those they may only look at too. No statement.
    """
    asked = duties or tuple(ACTS)
    return {h.organisation_id for h in holdings(by) if h.duty in asked and h.organisation_id is not None}


def organisations_of(by: Person, *duties: Duty) -> Sequence[Organisation]:
    """The organisations a person acts for today (or has one of these duties in), by name."""
    mine = acts_for(by, *duties)
    return (
        db.session.scalars(select(Organisation).where(Organisation.id.in_(mine)).order_by(Organisation.name)).all()
        if mine
        else []
    )


# -- one thing by its reference ---------------------------------------------------------------------------------------


def person(ref: str) -> Person:
    """The person, with what they hold. NotFound otherwise."""
    found = db.session.scalar(select(Person).where(Person.ref == ref).options(selectinload(Person.holdings)))
    if found is None:
        raise NotFound()
    return found


def organisation(ref: str) -> Organisation:
    """The organisation. NotFound otherwise."""
    found = db.session.scalar(select(Organisation).where(Organisation.ref == ref))
    if found is None:
        raise NotFound()
    return found


def partnership(ref: str) -> Partnership:
    """The partnership. NotFound otherwise."""
    found = db.session.scalar(select(Partnership).where(Partnership.ref == ref))
    if found is None:
        raise NotFound()
    return found


def by_email(email: str) -> Person | None:
    """Whoever has this address, if anybody does."""
    return db.session.scalar(select(Person).where(Person.email == tidy_email(email)).options(selectinload(Person.holdings)))


def importer(email: str | None = None) -> Person:
    """The administrator in whose name files are loaded: the one named, or the only one there is. RuleBroken otherwise."""
    if email:
        found = by_email(email)
        if found is None or not everywhere(found, Duty.ADMINISTRATOR):
            raise RuleBroken(_("%(email)s is not an administrator's email address.", email=email))
        return found
    everyone = [one for one in holders(Duty.ADMINISTRATOR) if everywhere(one, Duty.ADMINISTRATOR)]
    if not everyone:
        raise RuleBroken(_("There is no administrator yet. Run `flask create-admin` first."))
    if len(everyone) > 1:
        raise RuleBroken(_("There are several administrators. Say which one imports with --as and their email address."))
    return everyone[0]


def approved(what: str, subject: str, digest: str) -> Approval | None:
    """The second person's yes to exactly these figures, if it was given."""
    return db.session.scalar(
        select(Approval).where(Approval.what == what, Approval.subject == subject, Approval.digest == digest)
    )


def names(refs: Sequence[str] | set[str]) -> dict[str, str]:
    """The names behind people's references, for showing who did something. One statement."""
    if not refs:
        return {}
    rows = db.session.execute(select(Person.ref, Person.name).where(Person.ref.in_(set(refs))))
    return {row.ref: row.name for row in rows}


# -- who acts for whom ------------------------------------------------------------------------------------------------


def _today() -> ColumnElement[bool]:
    day = clock.today()
    return and_(Holding.starts_on <= day, or_(Holding.ends_on.is_(None), Holding.ends_on >= day))


def assistable() -> Sequence[Organisation]:
    """The groups an application can be typed in for, by name: whoever is recorded as voluntary or as some kind of group."""
    return db.session.scalars(
        select(Organisation)
        .where(Organisation.is_voluntary | Organisation.organisation_type.in_([kind.value for kind in Kind]))
        .order_by(Organisation.name, Organisation.id)
    ).all()


def acting_for(organisation: Organisation, *duties: Duty) -> Sequence[Person]:
    """Everybody who writes or signs for an organisation today (or holds one of these duties): whom mail goes to. By name."""
    asked = duties or tuple(ACTS)
    return (
        db.session.scalars(
            select(Person)
            .join(Holding, Holding.person_id == Person.id)
            .where(Holding.organisation_id == organisation.id, Holding.duty.in_(asked), Person.active, _today())
            .order_by(Person.name, Person.id)
        )
        .unique()
        .all()
    )


def holders(duty: Duty, *, partnership: Partnership | None = None, stream: str | None = None) -> Sequence[Person]:
    """Everybody who holds a duty today in a partnership (and stream), by name: whom work can be given to."""
    found = (
        db.session.scalars(
            select(Person)
            .join(Holding, Holding.person_id == Person.id)
            .where(Holding.duty == duty, Person.active, _today())
            .options(selectinload(Person.holdings))
            .order_by(Person.name, Person.id)
        )
        .unique()
        .all()
    )
    return [one for one in found if holds(one, duty, partnership=partnership, stream=stream)]


# -- pages ------------------------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """A line of the people page."""

    ref: str
    name: str
    email: str
    active: bool
    duties: list[Duty]


def everybody(*, search: str = "", page: int = 1, size: int = 50) -> tuple[list[Listed], int]:
    """A page of people by name with the duties they hold today, and how many there are in all. Three statements."""
    where: list[ColumnElement[bool]] = []
    if search.strip():
        like = f"%{_escaped(search.strip().lower())}%"
        where.append(or_(func.lower(Person.name).like(like, escape="\\"), Person.email.like(like, escape="\\")))
    count = db.session.scalar(select(func.count()).select_from(Person).where(*where)) or 0
    found = db.session.scalars(
        select(Person)
        .where(*where)
        .options(selectinload(Person.holdings))
        .order_by(Person.name, Person.id)
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    return [Listed(p.ref, p.name, p.email, p.active, list(dict.fromkeys(h.duty for h in holdings(p)))) for p in found], count


def _escaped(typed: str) -> str:
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Held(NamedTuple):
    """One duty on a person's page. `number` counts a person's duties from the first ever given: none is ever deleted."""

    number: int
    duty: Duty
    organisation: str | None
    organisation_ref: str | None
    partnership: str | None
    partnership_ref: str | None
    streams: list[str]
    starts_on: date
    ends_on: date | None
    given_by: str | None
    now: bool
    over: bool
    deputy_for: str | None


def held_by(person: Person) -> list[Held]:
    """All the duties a person holds, held and will hold, the newest first. One statement."""
    day = clock.today()
    found = db.session.scalars(
        select(Holding)
        .where(Holding.person_id == person.id)
        .options(
            joinedload(Holding.organisation),
            joinedload(Holding.partnership),
            joinedload(Holding.given_by),
            joinedload(Holding.deputy_for),
        )
        .order_by(Holding.id)
    )
    return [
        Held(
            number,
            h.duty,
            h.organisation.name if h.organisation else None,
            h.organisation.ref if h.organisation else None,
            h.partnership.name if h.partnership else None,
            h.partnership.ref if h.partnership else None,
            h.streams,
            h.starts_on,
            h.ends_on,
            h.given_by.name if h.given_by else None,
            h.starts_on <= day and (h.ends_on is None or day <= h.ends_on),
            h.ends_on is not None and h.ends_on < day,
            h.deputy_for.name if h.deputy_for else None,
        )
        for number, h in enumerate(found, 1)
    ][::-1]


def holding_of(person: Person, number: int) -> Holding:
    """A person's duty by its number, counted from the first they were given. NotFound otherwise."""
    if not 1 <= number <= len(person.holdings):
        raise NotFound()
    return person.holdings[number - 1]


class Member(NamedTuple):
    """Somebody who has a right in an organisation, on its page. `since` is the first day of the oldest they hold today."""

    ref: str
    name: str
    email: str
    duties: list[Duty]
    since: date


def members(organisation: Organisation) -> list[Member]:
    """Who has which rights in an organisation today, by name. One statement."""
    rows = db.session.execute(
        select(Person.ref, Person.name, Person.email, Holding.duty, Holding.starts_on)
        .join(Holding, Holding.person_id == Person.id)
        .where(Holding.organisation_id == organisation.id, Person.active, _today())
        .order_by(Person.name, Person.id, Holding.starts_on, Holding.id)
    )
    found: dict[str, Member] = {}
    for ref, name, email, duty, since in rows:
        found.setdefault(ref, Member(ref, name, email, [], since)).duties.append(duty)
    return list(found.values())


class Invited(NamedTuple):
    """Somebody asked to join an organisation who has not answered yet."""

    name: str
    email: str
    ends_on: date
    duty: Duty


def invited(organisation: Organisation) -> list[Invited]:
    """Who was asked into an organisation and has not answered. One statement."""
    rows = db.session.execute(
        select(Registration.name, Registration.email, Registration.ends_at, Registration.duty)
        .where(
            Registration.organisation_id == organisation.id,
            Registration.used_at.is_(None),
            Registration.ends_at > clock.now(),
        )
        .order_by(Registration.id)
    )
    return [Invited(name, email, clock.civil(ends_at).date(), duty or Duty.APPLICANT) for name, email, ends_at, duty in rows]


# -- what a group says of itself --------------------------------------------------------------------------------------


def profile(organisation: Organisation) -> OrganisationProfile | None:
    """The group's profile, where one was ever saved."""
    return db.session.scalar(select(OrganisationProfile).where(OrganisationProfile.organisation_id == organisation.id))


def standing(organisation: Organisation, profile: OrganisationProfile | None) -> Profile:
    """What stands of a group today, from its two rows."""
    kept = {part.value: getattr(profile, part.value) for part in KEPT} if profile is not None else {}
    if profile is not None:
        kept["policies"] = tuple(one for one in PolicyHeld if one.value in profile.policies)
    return Profile(
        kind=kind_of(organisation.organisation_type),
        charity_number=organisation.charity_number,
        company_number=organisation.company_number,
        **kept,
    )


def said_of(organisation: Organisation) -> Profile:
    """Everything a group says of itself, as one value. One statement."""
    return standing(organisation, profile(organisation))


def profile_gaps(organisation: Organisation, needed: Iterable[Part | PolicyHeld]) -> list[str]:
    """What a round needs of a group that it has not said: one sentence each, in the profile's order. One statement.

    `Part.OWN_ACCOUNT` needs an answer, yes or no; a `PolicyHeld` needs that policy or insurance ticked.
    """
    asked, known = set(needed), said_of(organisation)
    missing: list[str] = []
    for part in Part:
        if part in asked and part in ASKED and getattr(known, part.value) in (None, "", ()):
            missing.append(_(ASKED[part]))
    return missing + [_(ASKED[one]) for one in PolicyHeld if one in asked and one not in known.policies]


# -- hosts, people who took over, comments ----------------------------------------------------------------------------


def hosting(about: str) -> Hosting | None:
    """The question about who holds the money for an application, where it was asked: the newest. One statement."""
    return db.session.scalar(select(Hosting).where(Hosting.about == about).order_by(Hosting.id.desc()).limit(1))


def agreed_host(about: str) -> Organisation | None:
    """The body that said yes to holding the money for an application, and still stands by it. One statement."""
    return db.session.scalar(
        select(Organisation)
        .join(Hosting, Hosting.host_id == Organisation.id)
        .where(Hosting.about == about, Hosting.state == HostingState.AGREED)
        .order_by(Hosting.id.desc())
        .limit(1)
    )


def hosting_of(ref: str) -> Hosting:
    """One question about holding money, with both bodies. NotFound otherwise."""
    found = db.session.scalar(
        select(Hosting)
        .where(Hosting.ref == ref)
        .options(joinedload(Hosting.group), joinedload(Hosting.host), joinedload(Hosting.answered_by))
    )
    if found is None:
        raise NotFound()
    return found


def hostings_for(by: Person) -> Sequence[Hosting]:
    """Questions that wait for this person's answer, asked at their own address and of nobody else. One statement."""
    return db.session.scalars(
        select(Hosting)
        .where(Hosting.host_email == by.email, Hosting.state == HostingState.ASKED)
        .options(joinedload(Hosting.group))
        .order_by(Hosting.id)
    ).all()


def takeover(ref: str) -> Takeover:
    """One request of somebody who took over at a group. NotFound otherwise."""
    found = db.session.scalar(
        select(Takeover)
        .where(Takeover.ref == ref)
        .options(
            joinedload(Takeover.person),
            joinedload(Takeover.organisation),
            joinedload(Takeover.answered_by),
            joinedload(Takeover.objected_by),
        )
    )
    if found is None:
        raise NotFound()
    return found


def takeovers(*, waiting_only: bool = False) -> Sequence[Takeover]:
    """Requests of people who took over, the newest first; those nobody answered, the oldest first. One statement."""
    found = select(Takeover).options(joinedload(Takeover.person), joinedload(Takeover.organisation))
    if waiting_only:
        found = found.where(Takeover.answered_at.is_(None)).order_by(Takeover.asked_at, Takeover.id)
    else:
        found = found.order_by(Takeover.asked_at.desc(), Takeover.id.desc()).limit(100)
    return db.session.scalars(found).all()


def takeovers_of(person: Person) -> Sequence[Takeover]:
    """What a person asked because they took over at a group, the newest first. One statement."""
    return db.session.scalars(select(Takeover).where(Takeover.person_id == person.id).order_by(Takeover.id.desc())).all()


def groups_like(typed: str) -> Sequence[Organisation]:
    """The organisations whose name, other name or number somebody may have meant, at most ten. One statement."""
    plain = typed.strip().lower()
    if not plain:
        return []
    words = [word for word in plain.split() if len(word) > 2][:5] or [plain]
    named = and_(*(func.lower(Organisation.name).like(f"%{_escaped(word)}%", escape="\\") for word in words))
    number = tidy_number(plain)
    found = select(Organisation).where(
        or_(named, Organisation.charity_number == number, Organisation.company_number == number, Organisation.ref == typed)
    )
    return db.session.scalars(found.order_by(Organisation.name, Organisation.id).limit(10)).all()


def remark(ref: str) -> Remark:
    """One comment. NotFound otherwise."""
    found = db.session.scalar(
        select(Remark).where(Remark.ref == ref).options(joinedload(Remark.made_by), joinedload(Remark.organisation))
    )
    if found is None:
        raise NotFound()
    return found


def remarks(about: str, part: str | None = None, *, open_only: bool = False) -> Sequence[Remark]:
    """The comments on an application (on one part of it), the oldest first, with who made and settled them. One statement."""
    found = select(Remark).where(Remark.about == about)
    if part is not None:
        found = found.where(Remark.part == part)
    if open_only:
        found = found.where(Remark.settled_at.is_(None))
    return db.session.scalars(
        found.options(joinedload(Remark.made_by), joinedload(Remark.settled_by)).order_by(Remark.id)
    ).all()


# -- organisations ----------------------------------------------------------------------------------------------------


class OrganisationRow(NamedTuple):
    """A line of the organisations page."""

    ref: str
    name: str
    organisation_type: str | None
    area: str | None
    is_voluntary: bool | None
    fictional: bool
    members: int


def organisations(*, search: str = "", page: int = 1, size: int = 50) -> tuple[list[OrganisationRow], int]:
    """A page of organisations by name, and how many there are in all. Two statements."""
    where: list[ColumnElement[bool]] = []
    if search.strip():
        like = f"%{_escaped(search.strip().lower())}%"
        where.append(
            or_(func.lower(Organisation.name).like(like, escape="\\"), func.lower(Organisation.ref).like(like, escape="\\"))
        )
    count = db.session.scalar(select(func.count()).select_from(Organisation).where(*where)) or 0
    acting = (
        select(func.count(func.distinct(Holding.person_id)))
        .where(Holding.organisation_id == Organisation.id, _today())
        .correlate(Organisation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Organisation.ref,
            Organisation.name,
            Organisation.organisation_type,
            Organisation.area,
            Organisation.is_voluntary,
            Organisation.fictional,
            acting,
        )
        .where(*where)
        .order_by(Organisation.name, Organisation.id)
        .offset((page - 1) * size)
        .limit(size)
    )
    return [OrganisationRow(*row) for row in rows], count


class RoleRow(NamedTuple):
    """A role an organisation has, or had, in a partnership."""

    partnership_ref: str
    partnership: str
    role: str
    post: str | None
    period: str | None


def roles_of(organisation: Organisation) -> list[RoleRow]:
    """The roles an organisation has in partnerships, by partnership and in the source's order. One statement."""
    rows = db.session.execute(
        select(Partnership.ref, Partnership.name, PartnershipRole.role, PartnershipRole.post, PartnershipRole.period)
        .join(PartnershipRole.partnership)
        .where(PartnershipRole.organisation_id == organisation.id)
        .order_by(Partnership.name, PartnershipRole.ordinal)
    )
    return [RoleRow(*row) for row in rows]


def partnerships_of(by: Person) -> Sequence[Partnership]:
    """The partnerships where a person holds any staff duty or audits, by name."""
    return db.session.scalars(select(Partnership).where(Partnership.id.in_(within(by))).order_by(Partnership.name)).all()


def partnership_choices(by: Person) -> list[tuple[str, str]]:
    """The partnerships a person may name in a form, as (reference, name)."""
    rows = db.session.execute(
        select(Partnership.ref, Partnership.name).where(Partnership.id.in_(within(by))).order_by(Partnership.name)
    )
    return [(ref, name) for ref, name in rows]
