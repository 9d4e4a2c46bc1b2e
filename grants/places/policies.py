"""Who may say which wards lie in which locality."""

from __future__ import annotations

from grants.kernel.policy import Objections
from grants.people.models import Duty, Partnership, Person
from grants.people.policies import needs


def place_wards(who: Person, partnership: Partnership) -> Objections:
    """Change which wards lie in which locality: a grants officer or an administrator of the partnership."""
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.ADMINISTRATOR, partnership=partnership)
