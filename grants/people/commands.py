"""People are added, given duties and have them ended; organisations and partnerships are added; second persons approve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from grants.audit.record import SYSTEM, declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import Objection, Refused, RuleBroken, means
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people import passwords, policies, rules
from grants.people.models import (
    Approval,
    Duty,
    Holder,
    Holding,
    Organisation,
    Partnership,
    PartnershipRole,
    Person,
    SignIn,
)

declare(
    {
        "person.first": mark("Made the first administrator, from the server"),
        "person.registered": mark("Registered"),
        "person.added": mark("Added this person"),
        "person.password_set": mark("Set a password"),
        "person.stopped": mark("Stopped this account"),
        "person.opened": mark("Opened this account again"),
        "duty.given": mark("Was made %(duty)s (%(where)s) from %(starts_on)s"),
        "duty.ended": mark("Is no longer %(duty)s (%(where)s) after %(on)s"),
        "organisation.added": mark("Added this organisation"),
        "organisation.member": mark("%(person)s was made %(duty)s here"),
        "organisation.member_ended": mark("%(person)s is no longer %(duty)s here after %(on)s"),
        "partnership.added": mark("Added this partnership"),
        "partnership.role_added": mark("Added the role %(role)s, held by %(holder)s"),
        "approval.given": mark("Approved as a second person: %(what)s of %(amount)s, asked for by %(asked_by)s"),
    }
)
means(
    {
        "uq_person_email": mark("Somebody already has this email address."),
        "person.email": mark("Somebody already has this email address."),
        "uq_organisation_ref": mark("There is an organisation with this reference already."),
        "organisation.ref": mark("There is an organisation with this reference already."),
        "uq_partnership_ref": mark("There is a partnership with this reference already."),
        "partnership.ref": mark("There is a partnership with this reference already."),
        "uq_approval_what": mark("This was approved already."),
        "approval.what": mark("This was approved already."),
        "ck_approval_two_people": mark("A second person has to approve what you asked for."),
        "ck_holding_given_by_another": mark("Nobody gives themselves a duty."),
    }
)


# -- people -----------------------------------------------------------------------------------------------------------


def create_admin(*, name: str, email: str, password: str | None = None, starts_on: date | None = None) -> Person:
    """The first person of an installation: an administrator, who gives everybody else their duties. Only once."""
    return _first(name=name, email=email, kept=_kept(password), starts_on=starts_on or clock.today())


@command
def _first(*, name: str, email: str, kept: str | None, starts_on: date) -> Person:
    if any(held.person.active for held in _administrators()):
        raise RuleBroken(_("There is an administrator already. They can make others administrators on the people page."))
    person = new_person(name=name, email=email, kept=kept)
    record("person.first", person, by=SYSTEM, personal={"name": person.name, "email": person.email})
    _hold(person, Duty.ADMINISTRATOR, starts_on=starts_on, given_by=None, by=SYSTEM)
    return person


def register(*, name: str, email: str, password: str | None = None, by: Person | None = None, **once: Any) -> Person:
    """Somebody registers themselves (or `by` does it for them) and can sign in. They hold no duty yet."""
    return _register(name=name, email=email, kept=_kept(password), by=by, **once)


@command
def _register(*, name: str, email: str, kept: str | None, by: Person | None) -> Person:
    person = new_person(name=name, email=email, kept=kept)
    record("person.registered", person, by=by or person, personal={"name": person.name, "email": person.email})
    return person


@command
def add_person(*, name: str, email: str, by: Person) -> Person:
    """An administrator adds somebody, who signs in with a link sent by email until they set a password."""
    require(policies.look_after, by)
    person = new_person(name=name, email=email, kept=None)
    record("person.added", person, by=by, personal={"name": person.name, "email": person.email})
    return person


def new_person(*, name: str, email: str, kept: str | None = None) -> Person:
    """A new row, inside a command that records an event about it. RuleBroken where name or address will not do."""
    if problems := list(rules.bad_person(name, email)):
        raise RuleBroken(*problems)
    address = rules.tidy_email(email)
    if db.session.scalar(select(Person.id).where(Person.email == address)):
        raise RuleBroken(_("Somebody already has this email address."), field="email")
    person = Person(ref=next_reference("PER"), name=name.strip(), email=address, password_hash=kept, holdings=[])
    db.session.add(person)
    return person


def _kept(password: str | None) -> str | None:
    if password is None:
        return None
    if problems := list(rules.bad_password(password)):
        raise RuleBroken(*problems, field="new_password")
    return passwords.hashed(password)


def set_password(person: Person, *, password: str, by: Person, keep: SignIn | None = None) -> None:
    """A person sets their own password. Every other browser they are signed in with is signed out (`keep`: not this one)."""
    require(policies.set_password, by, person)
    _set_password(person, kept=_kept(password), keep=keep, by=by)


@command
def _set_password(person: Person, *, kept: str | None, keep: SignIn | None, by: Person) -> None:
    require(policies.set_password, by, person)
    person.password_hash = kept
    _sign_out_everywhere(person, keep=keep)
    record("person.password_set", person, by=by)


def _sign_out_everywhere(person: Person, *, keep: SignIn | None = None) -> None:
    theirs = update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None))
    if keep is not None:
        theirs = theirs.where(SignIn.id != keep.id)
    db.session.execute(theirs.values(ended_at=clock.now()))


@command
def stop(person: Person, *, by: Person) -> None:
    """Nobody signs in with this account any more and what it holds counts for nothing, from now on."""
    require(policies.look_after, by)
    if not person.active:
        raise RuleBroken(_("This account was stopped already."))
    if person.id == by.id:
        raise RuleBroken(_("You cannot stop your own account. Ask another administrator."))
    remaining = _administrators()
    person.active = False
    if any(held.person_id == person.id for held in remaining) and (left := list(rules.nobody_left(remaining))):
        raise RuleBroken(*left)
    _sign_out_everywhere(person)
    _end_deputies(person, clock.today() - timedelta(days=1), by=by)
    record("person.stopped", person, by=by)


@command
def reopen(person: Person, *, by: Person) -> None:
    """A stopped account works again, with the duties it still holds."""
    require(policies.look_after, by)
    if person.active:
        raise RuleBroken(_("This account is open already."))
    person.active = True
    record("person.opened", person, by=by)


# -- duties -----------------------------------------------------------------------------------------------------------


@command
def give_duty(
    person: Person,
    *,
    duty: Duty,
    organisation: Organisation | None = None,
    partnership: Partnership | None = None,
    streams: Sequence[str] = (),
    starts_on: date,
    ends_on: date | None = None,
    by: Person,
) -> Holding:
    """Give somebody a duty: in an organisation (groups), a partnership, named streams of it, or everywhere; dated.

    `streams` are stream references, `ends_on` the last day. Nobody gives themselves one (issue 2, point 3).
    """
    require(policies.give, by, person, duty=duty, partnership=partnership)
    found = list(
        rules.bad_duty(
            person,
            duty=duty,
            organisation=organisation,
            partnership=partnership,
            streams=streams,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    if found:
        raise RuleBroken(*found)
    return _hold(
        person,
        duty,
        organisation=organisation,
        partnership=partnership,
        streams=streams,
        starts_on=starts_on,
        ends_on=ends_on,
        given_by=by,
        by=by,
    )


def _hold(
    person: Person,
    duty: Duty,
    *,
    organisation: Organisation | None = None,
    partnership: Partnership | None = None,
    streams: Sequence[str] = (),
    starts_on: date,
    ends_on: date | None = None,
    given_by: Person | None,
    by: Person | str,
) -> Holding:
    holding = Holding(
        duty=duty,
        organisation=organisation,
        partnership=partnership,
        streams=sorted(set(streams)),
        starts_on=starts_on,
        ends_on=ends_on,
        given_by=given_by,
    )
    person.holdings.append(holding)
    where = _where(holding)
    record("duty.given", person, by=by, duty=duty, where=where, starts_on=starts_on, ends_on=ends_on, streams=holding.streams)
    if organisation is not None:
        record("organisation.member", organisation, by=by, duty=duty, person=person.ref)
    return holding


def _where(holding: Holding) -> str:
    """The references of where a duty is held: one word, fit for an event."""
    place = holding.organisation or holding.partnership
    return " ".join([place.ref if place else "everywhere", *holding.streams])


def act_for(
    person: Person,
    duty: Duty,
    organisation: Organisation,
    *,
    starts_on: date | None = None,
    given_by: Person | None,
    by: Person | str,
) -> Holding:
    """Inside a command: somebody has a right in a group, from today unless a day is named, because it asked them in, they
    registered it, or an officer checked that they took over."""
    first = starts_on or clock.today()
    found = list(
        rules.bad_duty(
            person, duty=duty, organisation=organisation, partnership=None, streams=(), starts_on=first, ends_on=None
        )
    )
    if found:
        raise RuleBroken(*found)
    return _hold(person, duty, organisation=organisation, starts_on=first, given_by=given_by, by=by)


@command
def end_duty(holding: Holding, *, on: date, by: Person) -> None:
    """A duty is held through `on` and not after: today or later, or yesterday to end it at once."""
    require(policies.end, by, holding)
    today = clock.today()
    if on < today - timedelta(days=1):
        raise RuleBroken(
            _("A duty cannot end in the past: what was done under it stands. Choose today or a later day."), field="on"
        )
    if holding.ends_on is not None and holding.ends_on < today:
        raise RuleBroken(_("This duty has ended already."))
    if holding.ends_on is not None and on > holding.ends_on:
        raise RuleBroken(_("This duty ends before that day. Give it again to make it last longer."), field="on")
    remaining = _administrators() if holding.duty is Duty.ADMINISTRATOR else []
    if holding.duty is Duty.CERTIFIER and not policies.everywhere(by, Duty.ADMINISTRATOR):
        _somebody_signs(holding)
    holding.ends_on = on
    _end_deputies(holding.person, on, by=by, of=holding)
    if holding.duty is Duty.ADMINISTRATOR and holding.partnership_id is None and (left := list(rules.nobody_left(remaining))):
        raise RuleBroken(*left)
    where = _where(holding)
    record("duty.ended", holding.person, by=by, duty=holding.duty, where=where, on=on)
    if holding.organisation is not None:
        record("organisation.member_ended", holding.organisation, by=by, duty=holding.duty, person=holding.person.ref, on=on)


def _somebody_signs(leaving: Holding) -> None:
    """Within a group, the last person who signs for it stays until somebody else does."""
    others = (
        select(Holding)
        .join(Holding.person)
        .where(
            Holding.organisation_id == leaving.organisation_id,
            Holding.duty == Duty.CERTIFIER,
            Holding.person_id != leaving.person_id,
            Holding.starts_on <= clock.today(),
            Holding.ends_on.is_(None),
            Person.active,
        )
    )
    if not db.session.scalars(others.order_by(Holding.id).with_for_update(of=Holding)).all():
        raise RuleBroken(_("Nobody else signs for the group. Give somebody else that right first."))


def cut_short(holding: Holding, on: date) -> date:
    """A holding ends on a day at the latest, inside a command that records it; one that had not begun never began."""
    holding.ends_on = min(holding.ends_on or on, on)
    return holding.ends_on


def _end_deputies(person: Person, on: date, *, by: Person, of: Holding | None = None) -> None:
    """Whoever acts for somebody stops when that person's duty does (`of`: one duty; otherwise all)."""
    acting = select(Holding).where(Holding.deputy_for_id == person.id, Holding.ends_on > on).order_by(Holding.id)
    if of is not None:
        acting = acting.where(Holding.duty == of.duty, Holding.partnership_id.is_not_distinct_from(of.partnership_id))
    for held in db.session.scalars(acting):
        cut_short(held, on)
        record("duty.ended", held.person, by=by, duty=held.duty, where=_where(held), on=on)


def _administrators() -> list[Holding]:
    """What administrators of the whole installation hold, locked, so that two of them cannot remove each other at once."""
    held = select(Holding).where(Holding.duty == Duty.ADMINISTRATOR, Holding.partnership_id.is_(None)).order_by(Holding.id)
    return list(db.session.scalars(held.with_for_update().execution_options(populate_existing=True)))


# -- organisations and partnerships -----------------------------------------------------------------------------------


@command
def add_organisation(
    *,
    name: str,
    organisation_type: str | None = None,
    is_voluntary: bool | None = None,
    charity_number: str | None = None,
    by: Person,
    ref: str | None = None,
    fictional: bool = False,
    other_names: Iterable[str] = (),
    sector: str | None = None,
    area: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Organisation:
    """Add a body: a partner, funder, applicant or recipient. Without `ref` it gets ORG-26-00001. None means not stated."""
    require(policies.add_organisation, by)
    if not name.strip():
        raise RuleBroken(_("Enter the organisation's name."), field="name")
    organisation = Organisation(
        ref=ref or next_reference("ORG"),
        name=name.strip(),
        other_names=list(other_names),
        sector=sector,
        organisation_type=organisation_type,
        area=area,
        is_voluntary=is_voluntary,
        charity_number=charity_number,
        fictional=fictional,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(organisation)
    record("organisation.added", organisation, by=by, source=source)
    return organisation


@command
def add_partnership(
    *,
    ref: str,
    name: str,
    kind: str,
    short_name: str | None = None,
    area: str | None = None,
    parent: Partnership | None = None,
    accountable_body: Organisation | None = None,
    statutory_basis: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
    by: Person,
) -> Partnership:
    """Add a body the owner runs money for, under the slug that tells it from others of the same short name."""
    require(policies.add_partnership, by)
    partnership = Partnership(
        ref=ref,
        name=name,
        short_name=short_name,
        kind=kind,
        area=area,
        parent=parent,
        accountable_body=accountable_body,
        statutory_basis=statutory_basis,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(partnership)
    record("partnership.added", partnership, by=by, source=source)
    return partnership


@command
def add_role(
    partnership: Partnership,
    *,
    ordinal: int,
    role: str,
    holder: Holder,
    organisation: Organisation | None = None,
    post: str | None = None,
    post_not_stated: bool = False,
    interim: bool = False,
    period: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
    by: Person,
) -> PartnershipRole:
    """Add a typed, dated role in a partnership, held by an organisation, a post or a category; never by a named person."""
    require(policies.add_partnership, by)
    if holder is Holder.ORGANISATION and organisation is None:
        raise RuleBroken(_("Say which organisation holds this role."))
    added = PartnershipRole(
        partnership=partnership,
        ordinal=ordinal,
        role=role,
        holder=holder,
        organisation=organisation,
        post=post,
        post_not_stated=post_not_stated,
        interim=interim,
        period=period,
        starts_on=starts_on,
        ends_on=ends_on,
        basis=basis,
        note=note,
        source=source,
    )
    db.session.add(added)
    held_by = organisation.ref if organisation else post or holder.value
    record("partnership.role_added", partnership, by=by, role=role, holder=held_by)
    return added


# -- a second person --------------------------------------------------------------------------------------------------


@command
def give_approval(*, what: str, subject: str, digest: str, pence: Money | int, asked_by: Person, by: Person) -> Approval:
    """A second person's yes to exactly these figures (DESIGN section 7, point 5). Who may is for the caller's policy."""
    if asked_by.id == by.id:
        raise Refused(Objection(_("You asked for this, so somebody else has to approve it."), None))
    amount = pence if isinstance(pence, Money) else Money(pence)
    approval = Approval(what=what, subject=subject, digest=digest, pence=amount, asked_by=asked_by.ref, given_by=by.ref)
    db.session.add(approval)
    db.session.flush()
    record("approval.given", subject, by=by, what=what, amount=amount, asked_by=asked_by.ref, digest=digest)
    return approval
