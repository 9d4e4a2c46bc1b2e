"""Proofs of `flask check-ledger` about pots and what funders give: each is one set-based statement that finds what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.streams.models import Certainty

_IN_THE_BOOKS = f"('{Certainty.CONFIRMED}', '{Certainty.RECEIVED}')"
_STANDS = f"""SELECT a.pot_id, a.id, a.funder, CASE WHEN s.certainty IN {_IN_THE_BOOKS} THEN s.amount ELSE 0 END AS pence
    FROM allocation a JOIN allocation_step s ON s.id = (SELECT max(l.id) FROM allocation_step l WHERE l.allocation_id = a.id)"""

# What a row means, and the statement that finds it. A column ending in `_pence` is shown in pounds, without the ending.
PROOFS = (
    (
        mark(
            "Pot %(ref)s has %(allocation)s confirmed and %(outstanding)s of cuts still to be found, and its book has "
            "%(given)s from its funders."
        ),
        """SELECT p.ref, coalesce(p.allocation, 0) AS allocation_pence, coalesce(s.pence, 0) AS outstanding_pence,
        coalesce(f.pence, 0) AS given_pence FROM pot p
        LEFT JOIN (SELECT pot_id, sum(outstanding) AS pence FROM shortfall GROUP BY pot_id) s ON s.pot_id = p.id
        LEFT JOIN (SELECT book_id, sum(debits - credits) AS pence FROM ledger_account WHERE bucket = 'funder'
            GROUP BY book_id) f ON f.book_id = p.book_id
        WHERE coalesce(p.allocation, 0) + coalesce(s.pence, 0) <> coalesce(f.pence, 0) ORDER BY p.ref""",
    ),
    (
        mark("Pot %(ref)s has %(allocation)s confirmed, and the last steps of its allocations come to %(confirmed)s."),
        f"""SELECT p.ref, coalesce(p.allocation, 0) AS allocation_pence, sum(c.pence) AS confirmed_pence
        FROM pot p JOIN ({_STANDS}) c ON c.pot_id = p.id GROUP BY p.ref, p.allocation
        HAVING coalesce(p.allocation, 0) <> sum(c.pence) ORDER BY p.ref""",
    ),
    (
        mark(
            "In %(ref)s the allocations of %(funder)s come to %(confirmed)s with %(outstanding)s still to be found, and the "
            "book has %(given)s from there."
        ),
        f"""SELECT p.ref, coalesce(c.funder, 'not-stated') AS funder, c.pence AS confirmed_pence,
        c.short AS outstanding_pence, coalesce(f.pence, 0) AS given_pence FROM (
            SELECT pot_id, funder, sum(pence) AS pence, sum(short) AS short FROM (
                SELECT x.pot_id, x.funder, x.pence,
                coalesce((SELECT sum(outstanding) FROM shortfall s WHERE s.allocation_id = x.id), 0) AS short FROM ({_STANDS}) x
            ) y GROUP BY pot_id, funder
        ) c JOIN pot p ON p.id = c.pot_id
        LEFT JOIN (SELECT book_id, owner, debits - credits AS pence FROM ledger_account WHERE bucket = 'funder') f
            ON f.book_id = p.book_id AND f.owner = 'funder:' || coalesce(c.funder, 'not-stated')
        WHERE c.pence + c.short <> coalesce(f.pence, 0) ORDER BY p.ref, funder""",
    ),
    (
        mark("Allocation %(ref)s has no step that says what it is."),
        """SELECT ref FROM allocation a WHERE NOT EXISTS (SELECT 1 FROM allocation_step s WHERE s.allocation_id = a.id)
        ORDER BY ref""",
    ),
    (
        mark("Shortfall %(ref)s has %(outstanding)s still to be found, and the day it was settled says otherwise."),
        """SELECT ref, outstanding AS outstanding_pence FROM shortfall
        WHERE (outstanding = 0) <> (settled_at IS NOT NULL) ORDER BY ref""",
    ),
)


def faults() -> Iterator[str]:
    """Every sentence is something wrong. None means every pot's allocation is what its funders confirmed and its book says."""
    for sentence, finds in PROOFS:
        for row in db.session.execute(text(finds)).mappings():
            yield _(sentence, **dict(_shown(str(name), value) for name, value in row.items()))


def _shown(name: str, value: object) -> tuple[str, object]:
    return (name.removesuffix("_pence"), str(Money(int(str(value))))) if name.endswith("_pence") else (name, value)
