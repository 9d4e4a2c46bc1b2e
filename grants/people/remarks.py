"""Comments within a group on the parts of its application, until somebody says they are dealt with."""

from __future__ import annotations

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.people import policies
from grants.people.models import Organisation, Person, Remark

declare({"remark.made": mark("Wrote a comment for the group"), "remark.settled": mark("Dealt with a comment of the group")})

LONGEST = 2_000  # characters


@command
def remark(about: str, *, organisation: Organisation, part: str = "", text: str, by: Person) -> Remark:
    """Comment on a part of the application `about` (all of it: no part) of the group `organisation`, whose it must be."""
    require(policies.remark, by, organisation)
    if not text.strip():
        raise RuleBroken(_("Write your comment."), field="text")
    if len(text) > LONGEST:
        raise RuleBroken(_("Write your comment in %(most)s characters or fewer.", most=f"{LONGEST:,}"), field="text")
    made = Remark(ref=next_reference("RMK"), about=about, part=part, organisation=organisation, text=text.strip(), made_by=by)
    db.session.add(made)
    record("remark.made", about, by=by, part=part, remark=made.ref, personal={"text": made.text})
    return made


@command
def settle(remark: Remark, *, by: Person) -> Remark:
    """A comment was dealt with. It stays to be read."""
    require(policies.settle, by, remark)
    if remark.settled_at is not None:
        raise RuleBroken(_("This comment was dealt with already."))
    remark.settled_by, remark.settled_at = by, clock.now()
    record("remark.settled", remark, by=by, part=remark.part, remark=remark.ref)
    return remark
