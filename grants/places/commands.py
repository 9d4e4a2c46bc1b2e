"""What changes of places: the table of wards and localities that a partnership keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from grants.audit.record import declare, record
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, Stale
from grants.kernel.policy import require
from grants.kernel.words import _, mark
from grants.people.models import Partnership, Person
from grants.places import policies, postcodes, queries, rules
from grants.places.models import Locality, WardPlaced

declare(
    {
        "ward.placed": mark("From %(effective_on)s, the ward %(ward)s (%(code)s, %(vintage)s) lies in %(locality)s"),
        "ward.taken_out": mark(
            "From %(effective_on)s, it is not stated which locality the ward %(ward)s (%(code)s, %(vintage)s) lies in"
        ),
    }
)


@command
def place_wards(
    partnership: Partnership,
    *,
    placed: Mapping[str, Locality | None],
    effective_on: date,
    basis: str | None = None,
    edition: int | None = None,
    by: Person,
) -> None:
    """From a day on, wards (by code) lie in localities; None: not stated. What was said before stays on the record.

    Wards that lie there already on that day are passed over; one event for each of the others. `edition` is what
    `queries.ward_table` said when the form was drawn: Stale where the table has changed since. RuleBroken where nothing
    would change, or a ward or a locality is not the partnership's.
    """
    require(policies.place_wards, by, partnership)
    if edition is not None and edition != queries.ward_edition(partnership):
        raise Stale()
    if found := list(rules.unplaceable(partnership, placed, effective_on)):
        raise RuleBroken(*found)
    stands = queries.localities_of_wards(partnership, on=effective_on)
    changed = {code: locality for code, locality in placed.items() if stands.get(code) != locality}
    if not changed:
        raise RuleBroken(_("That is what the table says already. Choose another locality for at least one ward."))
    for code, locality in changed.items():
        ward = postcodes.every_ward()[code]
        row = WardPlaced(
            partnership=partnership,
            ward_code=code,
            vintage=ward.vintage,
            locality=locality,
            effective_on=effective_on,
            basis=(basis or "").strip() or None,
            recorded_by=by.ref,
        )
        db.session.add(row)
        said: dict[str, Any] = {
            "ward": ward.name,
            "code": code,
            "vintage": ward.vintage,
            "effective_on": effective_on,
            "basis": row.basis,
        }
        if locality is None:
            record("ward.taken_out", partnership, by=by, **said)
        else:
            record("ward.placed", partnership, by=by, locality=locality.name, locality_ref=locality.ref, **said)
