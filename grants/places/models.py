"""Places: the tree of localities a partnership works in, and which wards it says lie in which."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel import triggers
from grants.kernel.db import Base, Referenced, key, stamp
from grants.kernel.errors import means
from grants.kernel.words import mark
from grants.people.models import Partnership


class Locality(Referenced):
    """A named place in a partnership's area (R89), in a tree: borough, locality, neighbourhood."""

    __tablename__ = "locality"

    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("locality.id"), index=True)
    top_issue: Mapped[str | None]
    hotspot_for: Mapped[list[str]] = mapped_column(default=list)
    targeting: Mapped[str | None]
    basis: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str | None]

    partnership: Mapped[Partnership] = relationship()
    parent: Mapped[Locality | None] = relationship(remote_side="Locality.id", back_populates="children")
    children: Mapped[list[Locality]] = relationship(back_populates="parent", order_by="Locality.name")


class WardPlaced(Base):
    """From a day on, a partnership says that a ward lies in one of its localities. Never overwritten: the newest row counts.

    The ward's name is not kept here: its code names it, in the tables of `postcodes`, with the boundaries of `vintage`.
    """

    __tablename__ = "ward_placed"
    __root__ = "partnership"
    __table_args__ = (Index(None, "partnership_id", "ward_code", "effective_on"),)

    id: Mapped[key]
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    ward_code: Mapped[str]
    vintage: Mapped[int]
    locality_id: Mapped[int | None] = mapped_column(ForeignKey("locality.id"), index=True)  # none: not stated from then on
    effective_on: Mapped[date]
    basis: Mapped[str | None]  # who says so: a paper, a decision; none: not stated
    recorded_at: Mapped[stamp]
    recorded_by: Mapped[str]

    partnership: Mapped[Partnership] = relationship()
    locality: Mapped[Locality | None] = relationship()


triggers.declare(lambda: triggers.insert_only("ward_placed", "places"))
_NEVER = mark("What was said of a ward is never changed or deleted. Say what holds now, from a day on.")
means({f"places: ward_placed is never {done}": _NEVER for done in ("changed", "deleted")})
