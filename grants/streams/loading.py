"""Loading streams, pots, components, commitments and past grants from a source; stated allocations go to the books."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.bulk import Record, Shape, write
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.words import mark
from grants.ledger import commands as ledger
from grants.people.models import Organisation, Partnership, Person
from grants.streams.commands import begin_allocation, post_allocation, sole_funder
from grants.streams.models import Certainty, Commitment, Component, PastGrant, Pot, Stream

declare(
    {
        "stream.loaded": mark("Loaded the stream %(name)s from %(file)s"),
        "pot.loaded": mark("Loaded the pot for %(year)s from %(file)s: allocation %(allocation)s"),
    }
)

STREAMS = Shape(Stream, names={"partnership": Partnership})
POTS = Shape(Pot, names={"stream": Stream, "distributor": Organisation})
COMPONENTS = Shape(Component, names={"pot": Pot})
COMMITMENTS = Shape(Commitment, names={"stream": Stream, "pot": Pot, "organisation": Organisation})
PAST_GRANTS = Shape(PastGrant, names={"stream": Stream, "pot": Pot, "commitment": Commitment, "organisation": Organisation})


@command
def load_streams(records: Sequence[Record], *, file: str, by: Person) -> None:
    """Add streams that were checked before, each with an event of its own."""
    write(STREAMS, records)
    for stream in records:
        record("stream.loaded", stream["ref"], by=by, covers=("stream",), name=stream["name"], file=file)


@command
def load_pots(records: Sequence[Record], *, file: str, by: Person) -> None:
    """Add pots that were checked before: each gets its book, and its allocation, where stated, is recorded with the
    source's own words and posted on its first day."""
    books = {pot["ref"]: ledger.open_book(pot["ref"], by=by) for pot in records}
    db.session.flush()
    write(POTS, [pot | {"book_id": books[pot["ref"]].id} for pot in records])
    there = {pot.ref: pot for pot in db.session.scalars(select(Pot).where(Pot.ref.in_(books)))}
    for pot in records:
        if pot["allocation"] is not None:
            begin_allocation(
                there[pot["ref"]],
                sole_funder(pot["funders"]),
                certainty=Certainty.CONFIRMED,
                amount=pot["allocation"],
                on=pot["starts_on"],
                document=pot.get("source"),
                note=pot.get("basis"),
                by=by,
            )
        post_allocation(pot["ref"], pot["allocation"], pot["funders"], on=pot["starts_on"], by=by)
        record(
            "pot.loaded",
            pot["ref"],
            by=by,
            covers=("pot",),
            year=clock.year_label(pot["year"]),
            file=file,
            allocation=pot["allocation_status"].value if pot["allocation"] is None else pot["allocation"],
        )
