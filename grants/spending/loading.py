"""Loading a distributor's list from a file of facts, many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from grants.kernel.bulk import Record, Shape
from grants.kernel.command import command
from grants.people.models import Organisation, Person
from grants.spending import commands, queries
from grants.spending.models import DistributedGrant, OwnSpend
from grants.spending.rules import GrantFacts

DISTRIBUTED = Shape(
    DistributedGrant, key=("spend", "distributor_reference"), names={"spend": OwnSpend, "organisation": Organisation}
)


@command
def load_grants(records: Sequence[Record], *, file: str, by: Person) -> None:
    """Add grants that were checked before, as one event about each distribution they are of."""
    for ref, rows in groupby(sorted(records, key=lambda one: str(one["spend"])), key=lambda one: str(one["spend"])):
        commands.add_grants(
            queries.spend(ref),
            [
                GrantFacts(
                    0,
                    row["distributor_reference"],
                    row["recipient"],
                    row["recipient_type"],
                    row["title"],
                    row["amount"],
                    row["decided_on"],
                    row["organisation"],
                    None,
                    row["priority"],
                )
                for row in rows
            ],
            file=file,
            by=by,
        )
