"""Places: the tree of localities a partnership works in."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.kernel.db import Referenced
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
