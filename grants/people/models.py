"""People, the organisations and partnerships they act for, the duties they hold, and how they sign in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Base, Referenced, key, reference, stamp
from grants.kernel.money import Money


class Duty(StrEnum):
    """What a person may be asked to do. Duties decide buttons and columns; `people/duties.py` says the rest."""

    APPLICANT = "applicant"  # in an organisation
    CERTIFIER = "group certifier"  # in an organisation: signs for it
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
    fictional: Mapped[bool] = mapped_column(default=False)  # made up for the demonstration
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]


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
    # or a member that a group's certifier asked to join:
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organisation: Mapped[Organisation | None] = relationship()
    invited_by: Mapped[Person | None] = relationship()


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
