"""Who may add a question set and who may fix it for good."""

from __future__ import annotations

from grants.kernel.policy import Objections
from grants.people.models import Duty, Person
from grants.people.policies import needs


def add_set(by: Person) -> Objections:
    """A grants officer of any partnership: a set belongs to nobody until a round opens with it."""
    return needs(by, Duty.GRANTS_OFFICER)


def write(by: Person) -> Objections:
    """The same: drafts belong to nobody either."""
    return needs(by, Duty.GRANTS_OFFICER)
