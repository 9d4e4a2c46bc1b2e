"""People, the organisations and partnerships they act for, the duties they hold, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Base, Referenced, key, reference, stamp
from grants.kernel.money import Money
from grants.people.about import Income, PaidStaff, Volunteers


class Duty(StrEnum):
    """What a person may be asked to do. Duties decide buttons and columns; `people/duties.py` says the rest."""

    APPLICANT = "applicant"  # in an organisation
    CERTIFIER = "group certifier"  # in an organisation: signs for it
    READER = "group reader"  # in an organisation: reads its applications
    ADVISER = "group adviser"  # in an organisation: reads them and comments, for example for an infrastructure body
    ASSESSOR = "assessor"
    PANEL_MEMBER = "panel member"
    PANEL_CHAIR = "panel chair"
    MINUTE_TAKER = "minute-taker"
    GRANTS_OFFICER = "grants officer"
    THEME_LEAD = "theme lead"
    FINANCE_OFFICER = "finance officer"
    APPROVER = "approver"
    CHIEF_FINANCE_OFFICER = "chief finance officer"
    AUDITOR = "auditor"  # reads all, changes nothing
    ADMINISTRATOR = "administrator"


class Person(Referenced):
    """Somebody who can sign in (PER-26-00001). In the demonstration, a post."""

    __tablename__ = "person"

    name: Mapped[str]
    email: Mapped[reference]  # lower case; the sign-in name
    password_hash: Mapped[str | None]  # none: signs in by e-mail only
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[stamp]

    holdings: Mapped[list[Holding]] = relationship(
        back_populates="person", order_by="Holding.id", foreign_keys="Holding.person_id"
    )


class Organisation(Referenced):
    """A body: partner, funder, applicant, recipient. Seed slugs are references; groups that register get ORG-26-00001."""

    __tablename__ = "organisation"

    name: Mapped[str]
    other_names: Mapped[list[str]] = mapped_column(default=list)  # as a source writes it
    sector: Mapped[str | None]
    organisation_type: Mapped[str | None]
    area: Mapped[str | None]
    is_voluntary: Mapped[bool | None]  # none: not stated
    charity_number: Mapped[str | None]
    company_number: Mapped[str | None]
    fictional: Mapped[bool] = mapped_column(default=False)  # made up for the demonstration
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]


class OrganisationProfile(Base):
    """What a group says of itself, once, for every application. Written by `people/profiles.py` only."""

    __tablename__ = "organisation_profile"
    __root__ = "organisation"

    id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    address: Mapped[str | None]
    postcode: Mapped[str | None]
    home_address: Mapped[bool] = mapped_column(default=False)  # somebody's home: never published
    telephone: Mapped[str | None]
    website: Mapped[str | None]
    started: Mapped[int | None]
    does: Mapped[str | None]
    income: Mapped[Income | None]
    paid_staff: Mapped[PaidStaff | None]
    volunteers: Mapped[Volunteers | None]
    policies: Mapped[list[str]] = mapped_column(default=list)  # `about.Held`
    safeguarding_post: Mapped[str | None]
    safeguarding_agreed_on: Mapped[date | None]
    own_account: Mapped[bool | None]  # in the group's name, signed for by two unrelated people; never more than that
    saved_at: Mapped[stamp]
    saved_by: Mapped[str]
    edition: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": edition}  # noqa: RUF012 -- how SQLAlchemy is told


class Partnership(Referenced):
    """A body the owner runs money for. Its slug decides which: two are called SSP."""

    __tablename__ = "partnership"

    name: Mapped[str]
    short_name: Mapped[str | None]
    kind: Mapped[str]
    area: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    accountable_body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    statutory_basis: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    parent: Mapped[Partnership | None] = relationship(remote_side="Partnership.id", back_populates="children")
    children: Mapped[list[Partnership]] = relationship(back_populates="parent", order_by="Partnership.name")
    accountable_body: Mapped[Organisation | None] = relationship()
    roles: Mapped[list[PartnershipRole]] = relationship(back_populates="partnership", order_by="PartnershipRole.ordinal")


class Holder(StrEnum):
    """Who a role in a partnership is held by."""

    ORGANISATION = "organisation"
    POST = "post"  # of an organisation
    CATEGORY = "category"  # community members, service users
    NOT_STATED = "post not stated"  # the source gives only a person's name, which is not kept


class PartnershipRole(Base):
    """A typed, dated role in a partnership (R02, R04, R05). `ordinal` is its place in the source: rows may look alike."""

    __tablename__ = "partnership_role"
    __root__ = "partnership"
    __table_args__ = (
        UniqueConstraint("partnership_id", "ordinal"),
        CheckConstraint("holder <> 'organisation' OR organisation_id IS NOT NULL", name="held"),
    )

    id: Mapped[key]
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    ordinal: Mapped[int]
    role: Mapped[str]
    holder: Mapped[Holder]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    post: Mapped[str | None]  # the post, or the category's name
    post_not_stated: Mapped[bool] = mapped_column(default=False)  # a person held it and the source names no post
    interim: Mapped[bool] = mapped_column(default=False)
    period: Mapped[str | None]  # as the source writes it
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership] = relationship(back_populates="roles")
    organisation: Mapped[Organisation | None] = relationship()


class Holding(Base):
    """A duty a person holds: in an organisation (applicants) or a partnership, perhaps only in named streams, dated.

    Neither organisation nor partnership: in the whole installation. Given and ended by commands in `people/commands.py`.
    """

    __tablename__ = "holding"
    __root__ = "person"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "organisation_id"),
        CheckConstraint("given_by_id IS NULL OR given_by_id <> person_id", name="given_by_another"),
        CheckConstraint("organisation_id IS NULL OR partnership_id IS NULL", name="one_place"),
    )

    id: Mapped[key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    duty: Mapped[Duty]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"))
    streams: Mapped[list[str]] = mapped_column(default=list)  # stream references; none: all
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day it is held; before `starts_on`: it was taken back before it began
    # none: `flask create-admin`, or a group that registered itself
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[stamp]
    deputy_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # whose duty it is, while they are away

    person: Mapped[Person] = relationship(back_populates="holdings", foreign_keys=[person_id])
    deputy_for: Mapped[Person | None] = relationship(foreign_keys=[deputy_for_id])
    given_by: Mapped[Person | None] = relationship(foreign_keys=[given_by_id])
    organisation: Mapped[Organisation | None] = relationship()
    partnership: Mapped[Partnership | None] = relationship()


class SignIn(Base):
    """A signed-in browser. The cookie carries a token; here is only its hash, so a stolen table signs nobody in."""

    __tablename__ = "sign_in"
    __bookkeeping__ = True

    id: Mapped[key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[reference]
    started_at: Mapped[stamp]
    seen_at: Mapped[stamp]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    how: Mapped[str]  # password or e-mail

    person: Mapped[Person] = relationship()


class WayIn:
    """A link and a code sent to an address. The link works in any browser, where a button must be pressed (mail scanners
    follow links); the code only on the page that asked. Either works once, and not for long."""

    id: Mapped[key]
    page_hash: Mapped[reference]  # the page that asked, known by its cookie
    link_hash: Mapped[reference]
    code_hash: Mapped[str]
    sent_at: Mapped[stamp]
    ends_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # wrong codes typed
    used_at: Mapped[datetime | None]


class SignInCode(WayIn, Base):
    """An e-mailed way to sign in. An address nobody has gets the same row, so that it gets the same answers."""

    __tablename__ = "sign_in_code"
    __bookkeeping__ = True

    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)  # none: nobody has that address

    person: Mapped[Person | None] = relationship()


class Registration(WayIn, Base):
    """Somebody said they act for a group. Nothing else exists until the owner of the address confirms it."""

    __tablename__ = "registration"
    __bookkeeping__ = True

    name: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    # a new group:
    group_name: Mapped[str | None]
    charity_number: Mapped[str | None]
    is_voluntary: Mapped[bool | None]
    organisation_type: Mapped[str | None]
    # or a member that a group asked to join:
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    duty: Mapped[Duty | None]  # none: an applicant
    # or somebody who took over at a group that only they know of (`group_name`, `charity_number` as they typed it):
    taking_over: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str | None]
    how_to_check: Mapped[str | None]

    organisation: Mapped[Organisation | None] = relationship()
    invited_by: Mapped[Person | None] = relationship()


class TakeoverState(StrEnum):
    """Where a request for access to a group stands."""

    ASKED = "asked"
    AGREED = "agreed"  # an officer checked and said yes; members may object until it begins
    BEGUN = "begun"
    REFUSED = "refused"
    STOPPED = "stopped"  # a member objected


class Takeover(Referenced):
    """Somebody says they have taken over at a group (TKO-26-00001). Moved by `people/takeovers.py` only."""

    __tablename__ = "takeover"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    group_said: Mapped[str]  # a name or a number, as typed
    role: Mapped[str]  # at the group, as typed
    how_to_check: Mapped[str | None]
    asked_at: Mapped[stamp]
    state: Mapped[TakeoverState] = mapped_column(default=TakeoverState.ASKED)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)  # which an officer found
    check_made: Mapped[str | None]  # how, and with whom
    reason: Mapped[str | None]  # of the answer, as the person reads it
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    begins_on: Mapped[date | None]
    given_id: Mapped[int | None] = mapped_column(ForeignKey("holding.id"))
    ended: Mapped[list[Any]] = mapped_column(default=list)  # the ids of the duties that end as this begins
    objection: Mapped[str | None]
    objected_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    objected_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    organisation: Mapped[Organisation | None] = relationship()
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    objected_by: Mapped[Person | None] = relationship(foreign_keys=[objected_by_id])
    given: Mapped[Holding | None] = relationship()


class HostingState(StrEnum):
    """Where the question whether one body will hold another's money stands."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    ENDED = "ended"


class Hosting(Referenced):
    """One organisation holds the money for a group with no account (HST-26-00001). Moved by `people/hosting.py` only."""

    __tablename__ = "hosting"
    __table_args__ = (CheckConstraint("host_id IS NULL OR host_id <> group_id", name="two_bodies"),)

    about: Mapped[str] = mapped_column(index=True)  # the reference of an application
    group_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    host_name: Mapped[str]  # as the group wrote it
    host_email: Mapped[str] = mapped_column(index=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)  # which answered
    link_hash: Mapped[reference]
    state: Mapped[HostingState] = mapped_column(default=HostingState.ASKED)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[stamp]
    terms: Mapped[list[str]]  # what holding the money means, as the page said it
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # of a no, or of an end
    ended_at: Mapped[datetime | None]

    group: Mapped[Organisation] = relationship(foreign_keys=[group_id])
    host: Mapped[Organisation | None] = relationship(foreign_keys=[host_id])
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])


class Remark(Referenced):
    """A comment within a group on a part of its application (RMK-26-00001). It belongs to the application's history."""

    __tablename__ = "remark"

    about: Mapped[str] = mapped_column(index=True)  # the reference of an application
    part: Mapped[str] = mapped_column(default="")  # a page or section; empty: all of it
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    text: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[stamp]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=[made_by_id])
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id])

    def root(self) -> str:
        return self.about


class Attempt(Base):
    """One try at signing in, for the throttle: by address typed or by where from, each as a keyed hash."""

    __tablename__ = "sign_in_attempt"
    __bookkeeping__ = True
    __table_args__ = (Index(None, "whose", "at"),)

    id: Mapped[key]
    whose: Mapped[str]
    at: Mapped[stamp]


class HeldPost(Base):
    """A form that arrived signed out: kept a day and shown again, filled in, after sign-in (DESIGN section 7, point 4)."""

    __tablename__ = "held_post"
    __bookkeeping__ = True

    id: Mapped[key]
    token_hash: Mapped[reference]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # whose sign-in had ended, where that is known
    path: Mapped[str]
    fields: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    at: Mapped[stamp]


class Delegation(Base):
    """Up to how much a duty may approve of one kind of thing, in a partnership, from a day on. Never overwritten."""

    __tablename__ = "delegation"
    __root__ = "partnership"
    __table_args__ = (CheckConstraint("up_to > 0", name="up_to"),)

    id: Mapped[key]
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    what: Mapped[str]  # virement, carry forward, write-off, own spend …
    duty: Mapped[Duty]
    up_to: Mapped[Money | None]  # none: any amount
    resolution: Mapped[bool] = mapped_column(default=False)  # a resolution must be cited too
    withdrawn: Mapped[bool] = mapped_column(default=False)  # from this day on the duty may not approve it at all
    effective_on: Mapped[date]
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    partnership: Mapped[Partnership] = relationship()


class Approval(Base):
    """A second person's yes to exact figures. A changed figure changes the digest, so an earlier approval falls."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("what", "subject", "digest"), CheckConstraint("asked_by <> given_by", name="two_people"))

    id: Mapped[key]
    what: Mapped[str]  # payment, virement, write-off …; later bank change
    subject: Mapped[str]  # reference
    digest: Mapped[str]
    pence: Mapped[Money]
    asked_by: Mapped[str]
    given_by: Mapped[str]
    given_at: Mapped[stamp]

    def root(self) -> str:
        return self.subject
