"""Proofs of `flask check-ledger` about awards: each is one set-based statement whose rows are what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from grants.awards.models import State
from grants.awards.rules import WHOLE
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.ledger.chart import AWARD, REVERSE

_STANDS = ", ".join(f"'{state}'" for state in (State.OFFERED, State.ACCEPTED, State.CLOSED))
_GIVEN = ", ".join(f"'{kind}'" for kind in ("offer", "increase", f"{REVERSE}lapse", f"{REVERSE}release"))
_TAKEN = ", ".join(f"'{kind}'" for kind in ("lapse", "release", f"{REVERSE}offer", f"{REVERSE}increase"))
_BUCKETS = ", ".join(f"'{bucket}'" for bucket in sorted(AWARD))

# What a row means, and the statement that finds it. A column ending in `_pence` is shown in pounds, without the ending.
PROOFS = (
    (
        mark(
            "Award %(ref)s stands at %(agreed)s, but its offers and increases less its lapses and releases come to %(moved)s."
        ),
        f"""SELECT ref, agreed_pence, moved_pence FROM (
            SELECT w.ref, CASE WHEN w.state IN ({_STANDS}) THEN w.agreed ELSE 0 END AS agreed_pence,
            coalesce(given.pence, 0) - coalesce(taken.pence, 0) AS moved_pence FROM award w
            LEFT JOIN (SELECT a.owner, sum(t.pence) AS pence FROM ledger_transfer t JOIN ledger_account a ON a.id = t.to_id
                WHERE t.kind IN ({_GIVEN}) GROUP BY a.owner) given ON given.owner = w.ref
            LEFT JOIN (SELECT a.owner, sum(t.pence) AS pence FROM ledger_transfer t JOIN ledger_account a ON a.id = t.from_id
                WHERE t.kind IN ({_TAKEN}) GROUP BY a.owner) taken ON taken.owner = w.ref
        ) AS x WHERE agreed_pence <> moved_pence ORDER BY ref""",
    ),
    (
        mark(
            "Award %(ref)s is %(state)s and has %(offered)s on offer and %(beyond)s further on: its money and its state differ."
        ),
        f"""SELECT ref, state, offered_pence, beyond_pence FROM (
            SELECT w.ref, w.state,
            coalesce(sum(CASE WHEN a.bucket = 'offered' THEN a.credits - a.debits END), 0) AS offered_pence,
            coalesce(sum(CASE WHEN a.bucket <> 'offered' THEN a.credits - a.debits END), 0) AS beyond_pence
            FROM award w LEFT JOIN ledger_account a ON a.owner = w.ref AND a.bucket IN ({_BUCKETS})
            GROUP BY w.ref, w.state
        ) AS x WHERE (state = '{State.OFFERED}') <> (offered_pence > 0)
        OR (beyond_pence > 0 AND state NOT IN ('{State.ACCEPTED}', '{State.CLOSED}')) ORDER BY ref""",
    ),
    (
        mark("The payments of award %(ref)s come to %(come_to)s, and it is %(agreed)s."),
        """SELECT w.ref, w.agreed AS agreed_pence, coalesce(sum(i.amount), 0) AS come_to_pence FROM award w
        LEFT JOIN instalment i ON i.award_id = w.id GROUP BY w.ref, w.agreed
        HAVING coalesce(sum(i.amount), 0) <> w.agreed ORDER BY w.ref""",
    ),
    (
        mark("The shares of award %(ref)s (set %(series)s) come to %(points)s basis points and not 10,000."),
        f"""SELECT w.ref, coalesce(s.series, 1) AS series, coalesce(sum(s.basis_points), 0) AS points FROM award w
        LEFT JOIN award_share s ON s.award_id = w.id GROUP BY w.ref, s.series HAVING coalesce(sum(s.basis_points), 0) <> {WHOLE}
        ORDER BY w.ref, s.series""",
    ),
    (
        mark("Award %(ref)s has %(drawn)s from %(owner)s (%(bucket)s): it is not where its money comes from."),
        """SELECT w.ref, f.owner, f.bucket, sum(t.pence) AS drawn_pence FROM ledger_transfer t
        JOIN ledger_account f ON f.id = t.from_id JOIN ledger_account g ON g.id = t.to_id JOIN award w ON w.ref = g.owner
        LEFT JOIN commitment c ON c.ref = f.owner
        WHERE t.kind IN ('offer', 'increase') AND (
            (f.bucket = 'passported' AND (c.id IS NULL OR (c.id <> coalesce(w.commitment_id, -1)
                AND coalesce(c.award, '') <> w.ref)))
            OR (t.kind = 'offer' AND w.commitment_id IS NOT NULL AND f.bucket <> 'passported'))
        GROUP BY w.ref, f.owner, f.bucket ORDER BY w.ref, f.owner""",
    ),
    (
        mark("The offer %(ref)s lapsed and gave %(gave)s to %(owner)s (%(bucket)s): it came from elsewhere."),
        """SELECT w.ref, g.owner, g.bucket, sum(t.pence) AS gave_pence FROM ledger_transfer t
        JOIN ledger_account f ON f.id = t.from_id JOIN ledger_account g ON g.id = t.to_id JOIN award w ON w.ref = f.owner
        LEFT JOIN commitment c ON c.id = w.commitment_id
        WHERE t.kind = 'lapse' AND (
            (c.id IS NOT NULL AND (g.bucket <> 'passported' OR g.owner <> c.ref))
            OR (c.id IS NULL AND g.bucket = 'passported'))
        GROUP BY w.ref, g.owner, g.bucket ORDER BY w.ref, g.owner""",
    ),
)


def faults() -> Iterator[str]:
    """Every sentence is something wrong.

    None means every award ties to the books, to its payments and to its priorities, and that what was protected for a
    commitment went to its own award and came back to it.
    """
    for sentence, finds in PROOFS:
        for row in db.session.execute(text(finds)).mappings():
            yield _(sentence, **dict(_shown(str(name), value) for name, value in row.items()))


def _shown(name: str, value: object) -> tuple[str, object]:
    return (name.removesuffix("_pence"), str(Money(int(str(value))))) if name.endswith("_pence") else (name, value)
