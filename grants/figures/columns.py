"""The columns of the position: DESIGN section 4 in the finance officer's words, each with one sentence of what it means."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from grants.kernel.words import mark
from grants.ledger.chart import FIGURES, SOURCES, Bucket


class Column(NamedTuple):
    """A column: its name in addresses and files, its word, its meaning, the buckets it sums, and what it is a part of."""

    key: str
    word: str
    meaning: str
    buckets: Set[Bucket]
    part_of: str | None = None

    @property
    def came(self) -> bool:
        """Is it money that came in? Then the books hold it as a minus."""
        return self.buckets <= SOURCES


def _column(key: str, word: str, meaning: str) -> Column:
    return Column(key, word, meaning, FIGURES[key.replace("_", " ")])


def _part(key: str, word: str, meaning: str, bucket: Bucket) -> Column:
    return Column(key, word, meaning, frozenset({bucket}), "paid")


COLUMNS = (
    _column("allocated", mark("Allocated"), mark("What the funder has given the pot for this year, less any cut.")),
    _column("contributed", mark("Contributed"), mark("What partners have put in on top.")),
    _column("brought_forward", mark("Brought forward"), mark("Money from last year's pot.")),
    _column("vired_in", mark("Vired in"), mark("Money moved here from another pot.")),
    _column("free", mark("Free"), mark("Not yet set aside or promised: it can still be used.")),
    _column("held", mark("Held"), mark("Set aside for a round, and not yet offered to anybody.")),
    _column(
        "passported",
        mark("Passported (protected)"),
        mark("Set aside for a commitment that already stands, and protected until its review."),
    ),
    _column("offered", mark("Offered"), mark("Offered to a group, which has not yet accepted.")),
    _column("committed", mark("Committed"), mark("Accepted by a group, and not yet approved for payment.")),
    _column(
        "due", mark("Approved for payment"), mark("Approved, and not yet out of the bank: on 31 March this is what is accrued.")
    ),
    _column("paid", mark("Paid"), mark("Out of the bank, less what came back.")),
    _part(
        "accounted_for",
        mark("of which accounted for"),
        mark("Paid, and shown by the group's accepted report to be spent."),
        Bucket.EVIDENCED,
    ),
    _part("owed_back", mark("of which owed back to us"), mark("Paid, and asked for back."), Bucket.RECOVERABLE),
    _part("written_off", mark("of which written off"), mark("Paid, and given up as lost."), Bucket.WRITTEN_OFF),
    _column("repaid", mark("Repaid to funder"), mark("Given back to whoever gave it.")),
    _column("carried_forward", mark("Carried forward"), mark("Moved on to next year's pot.")),
    _column("vired_out", mark("Vired out"), mark("Moved to another pot.")),
)
BY_KEY: Mapping[str, Column] = {column.key: column for column in COLUMNS}
WHOLE = tuple(column for column in COLUMNS if column.part_of is None)  # these add up: what came in is what it is now
CAME = tuple(column for column in WHOLE if column.came)
BECAME = tuple(column for column in WHOLE if not column.came)
AWARDED = ("offered", "committed", "due", "paid")  # what awards hold, and so what serves priorities
