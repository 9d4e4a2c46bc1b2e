"""What stops a ward from being put into a locality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from grants.kernel import clock
from grants.kernel.words import _
from grants.people.models import Partnership
from grants.places import postcodes
from grants.places.models import Locality

AHEAD = timedelta(days=366)


def unplaceable(partnership: Partnership, placed: Mapping[str, Locality | None], effective_on: date) -> Iterator[str]:
    """Everything against putting wards (by code) into localities of a partnership from a day on."""
    known = postcodes.every_ward()
    for code, locality in placed.items():
        ward = known.get(code)
        if ward is None:
            yield _("%(code)s is not the code of a ward we know.", code=code)
            continue
        if ward.area_name.casefold() != (partnership.area or "").casefold():
            yield _("%(ward)s is not a ward of %(name)s.", ward=ward.name, name=partnership.name)
        if locality is not None and locality.partnership_id != partnership.id:
            yield _("%(locality)s is not a place of %(name)s.", locality=locality.name, name=partnership.name)
        if effective_on.year < ward.vintage:
            yield _("%(ward)s has its boundaries since %(year)s. Choose a later day.", ward=ward.name, year=str(ward.vintage))
    if effective_on > clock.today() + AHEAD:
        yield _("Choose a day no later than a year from today.")
