"""Loading organisations, partnerships and their roles from a source, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from grants.audit.record import declare, record
from grants.kernel.bulk import Record, Shape, write
from grants.kernel.command import command
from grants.kernel.words import mark
from grants.people.models import Organisation, Partnership, PartnershipRole, Person

declare({"facts.loaded": mark("Loaded %(rows)s rows from %(file)s")})

ORGANISATIONS = Shape(Organisation)
PARTNERSHIPS = Shape(Partnership, names={"parent": Partnership, "accountable_body": Organisation})
ROLES = Shape(PartnershipRole, key=("partnership", "ordinal"), names={"partnership": Partnership, "organisation": Organisation})


@command
def load(shape: Shape, records: Sequence[Record], *, ref: str, file: str, by: Person) -> None:
    """Add rows that were checked before, as one event of the import `ref`. Who may import is the importer's to say."""
    write(shape, records)
    record("facts.loaded", ref, by=by, covers=(shape.table,), rows=len(records), file=file, table=shape.table)
