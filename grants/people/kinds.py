"""What kind of body an organisation is, in the words a group would use of itself. Kept as `Organisation.organisation_type`.

The facts of the source documents have types of their own; what a group says of itself is always one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from grants.kernel.words import mark


class Kind(StrEnum):
    """A legal form, as far as a funder's rules tell one from another."""

    NO_CONSTITUTION = "group without a constitution"
    ASSOCIATION = "unincorporated association"
    CHARITY = "registered charity"
    CIO = "charitable incorporated organisation"
    CIC = "community interest company"
    COMPANY = "company limited by guarantee"
    SPORTS_CLUB = "community amateur sports club"
    SOCIETY = "cooperative or community benefit society"
    FRIENDLY_SOCIETY = "friendly society"
    HOUSING = "housing association"
    SCHOOL = "school or college"
    PUBLIC = "public body"
    PRIVATE = "private company"
    INDIVIDUAL = "one person"


SAID: Mapping[Kind, str] = {
    Kind.NO_CONSTITUTION: mark("A group of people with no written rules (no constitution)"),
    Kind.ASSOCIATION: mark("A club, society or association with a constitution"),
    Kind.CHARITY: mark("A registered charity"),
    Kind.CIO: mark("A charitable incorporated organisation (CIO)"),
    Kind.CIC: mark("A community interest company (CIC)"),
    Kind.COMPANY: mark("A company limited by guarantee, not for profit"),
    Kind.SPORTS_CLUB: mark("A community amateur sports club"),
    Kind.SOCIETY: mark("A cooperative or community benefit society"),
    Kind.FRIENDLY_SOCIETY: mark("A friendly society"),
    Kind.HOUSING: mark("A housing association"),
    Kind.SCHOOL: mark("A school or college"),
    Kind.PUBLIC: mark("A council or another public body"),
    Kind.PRIVATE: mark("A private company or a business"),
    Kind.INDIVIDUAL: mark("One person, not a group"),
}

VOLUNTARY = frozenset(Kind) - {Kind.SCHOOL, Kind.PUBLIC, Kind.PRIVATE, Kind.INDIVIDUAL}


def kind_of(organisation_type: str | None) -> Kind | None:
    """The kind an organisation is, where what is kept of it is one of these."""
    try:
        return Kind(organisation_type or "")
    except ValueError:
        return None
