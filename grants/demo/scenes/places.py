"""Which wards lie in which locality: by name alone, because the documents name nine localities and no ward of any of them.

So wards such as Offerton, whose name is no locality's, stay as the documents leave them: not stated.
"""

from __future__ import annotations

from grants.demo.story import _at, _who
from grants.kernel import clock
from grants.people import queries as people
from grants.places import commands, queries

BASIS = "By name alone, made up for the demonstration: no document says which wards lie in which locality"


def tell() -> None:
    """2 April 2026."""
    with clock.stopped(_at(4, 2)):
        partnership = people.partnership("safer_stockport_partnership")
        localities = queries.of_kind(partnership.ref, "locality")
        commands.place_wards(
            partnership,
            placed={
                ward.code: locality
                for ward in queries.wards(partnership)
                for locality in localities
                if locality.name in ward.name
            },
            effective_on=clock.today(),
            basis=BASIS,
            by=_who("grants officer"),
        )
