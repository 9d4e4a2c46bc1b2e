"""`flask check-ledger`: each proof is one set-based statement whose rows are what is wrong, and a sentence to say so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text

from grants.kernel import triggers
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.ledger.chart import KINDS, PAIRS, REVERSE, SOURCES

_KINDS = ", ".join(
    f"('{k}', '{a}', '{b}'), ('{REVERSE}{k}', '{b}', '{a}')" for k, pairs in KINDS.items() for a, b in sorted(pairs)
)
_SOURCES = ", ".join(f"'{b}'" for b in sorted(SOURCES))
_PAIRED = ", ".join(f"'{p}{k}'" for k in PAIRS for p in ("", REVERSE))
_PAIR_KINDS = ", ".join(f"'{p}{k}'" for pair in PAIRS.items() for k in pair for p in ("", REVERSE))
_NET = f"sum(CASE WHEN kind IN ({_PAIRED}) THEN pence ELSE -pence END)"
_JOINED = "FROM pair x JOIN ledger_transfer t ON t.book_id = x.book_id WHERE"
_MOVED = f"SELECT x.id AS close_id, t.from_id, t.to_id, t.pence {_JOINED}"
_MOVED_BACK = f"SELECT x.id AS close_id, t.to_id AS from_id, t.from_id AS to_id, t.pence {_JOINED}"


class Proof(NamedTuple):
    """What a row of `finds` means. Columns ending in `_pence` are shown in pounds, without the ending."""

    fault: str
    finds: str


PROOFS = (
    Proof(
        mark(
            "Account %(book)s %(owner)s %(bucket)s says %(out)s out and %(in)s in, "
            "but its transfers are %(was_out)s out and %(was_in)s in."
        ),
        """SELECT b.code AS book, a.owner, a.bucket, a.debits AS out_pence, a.credits AS in_pence,
        coalesce(d.pence, 0) AS was_out_pence, coalesce(c.pence, 0) AS was_in_pence
        FROM ledger_account a LEFT JOIN ledger_book b ON b.id = a.book_id
        LEFT JOIN (SELECT from_id, sum(pence) AS pence FROM ledger_transfer GROUP BY from_id) d ON d.from_id = a.id
        LEFT JOIN (SELECT to_id, sum(pence) AS pence FROM ledger_transfer GROUP BY to_id) c ON c.to_id = a.id
        WHERE a.debits <> coalesce(d.pence, 0) OR a.credits <> coalesce(c.pence, 0)""",
    ),
    Proof(
        mark("The book %(book)s does not sum to nought: it sums to %(sum)s."),
        """SELECT b.code AS book, sum(a.credits - a.debits) AS sum_pence FROM ledger_account a
        LEFT JOIN ledger_book b ON b.id = a.book_id GROUP BY b.code HAVING sum(a.credits - a.debits) <> 0""",
    ),
    Proof(
        mark(
            "Account %(book)s %(owner)s %(bucket)s has %(balance)s, which nobody allowed, or its floor is nobody's authority."
        ),
        f"""SELECT b.code AS book, a.owner, a.bucket, a.credits - a.debits AS balance_pence FROM ledger_account a
        LEFT JOIN ledger_book b ON b.id = a.book_id LEFT JOIN ledger_authority u ON u.id = a.authority_id
        WHERE a.credits - a.debits < a.floor OR (a.floor IS NULL) <> (a.bucket IN ({_SOURCES}))
        OR (a.floor IS NULL AND a.credits > a.debits)
        OR (a.floor < 0 AND (u.id IS NULL OR u.floor <> a.floor OR u.account_id <> a.id))""",
    ),
    Proof(
        mark("Transfer %(id)s (%(batch)s, %(amount)s) is in another book than its accounts."),
        """SELECT t.id, t.batch_key AS batch, t.pence AS amount_pence FROM ledger_transfer t
        LEFT JOIN ledger_account f ON f.id = t.from_id LEFT JOIN ledger_account g ON g.id = t.to_id
        LEFT JOIN ledger_book b ON b.id = t.book_id
        WHERE b.id IS NULL OR f.id IS NULL OR g.id IS NULL OR f.book_id <> t.book_id OR g.book_id <> t.book_id""",
    ),
    Proof(
        mark("Transfer %(id)s is of no known kind: %(kind)s from %(out)s to %(into)s."),
        f"""WITH allowed(kind, a, b) AS (VALUES {_KINDS}),
        seen AS (SELECT kind, from_id, to_id, min(id) AS id FROM ledger_transfer GROUP BY kind, from_id, to_id)
        SELECT s.id, s.kind, f.bucket AS out, g.bucket AS into_ FROM seen s
        JOIN ledger_account f ON f.id = s.from_id JOIN ledger_account g ON g.id = s.to_id
        WHERE NOT EXISTS (SELECT 1 FROM allowed w WHERE w.kind = s.kind AND w.a = f.bucket AND w.b = g.bucket)""",
    ),
    Proof(
        mark("A virement or carry-forward lost %(lost)s between pots: %(batch)s."),
        f"""SELECT batch_key AS batch, {_NET} AS lost_pence FROM ledger_transfer
        WHERE kind IN ({_PAIR_KINDS}) GROUP BY batch_key HAVING {_NET} <> 0""",
    ),
    Proof(
        mark("Transfer %(id)s (%(batch)s) reverses an entry that is not its mirror."),
        """SELECT r.id, r.batch_key AS batch FROM ledger_transfer r LEFT JOIN ledger_transfer t ON t.id = r.reverses
        WHERE r.reverses IS NOT NULL
        AND (t.id IS NULL OR t.from_id <> r.to_id OR t.to_id <> r.from_id OR t.pence <> r.pence OR t.reverses IS NOT NULL)""",
    ),
    Proof(
        mark("Only part of the entry %(batch)s is reversed."),
        """SELECT DISTINCT t.batch_key AS batch FROM ledger_transfer t LEFT JOIN ledger_transfer r ON r.reverses = t.id
        WHERE t.batch_key IN (SELECT o.batch_key FROM ledger_transfer x JOIN ledger_transfer o ON o.id = x.reverses)
        AND r.id IS NULL AND t.reverses IS NULL""",
    ),
    Proof(
        mark(
            "Transfer %(id)s (%(batch)s, %(amount)s) is dated inside a period of %(book)s that was closed when it was entered."
        ),
        """SELECT DISTINCT t.id, t.batch_key AS batch, t.pence AS amount_pence, b.code AS book FROM ledger_close c
        JOIN ledger_transfer t ON t.book_id = c.book_id AND t.effective_date <= c.through
        AND t.recorded_at > c.closed_at AND (c.reopened_at IS NULL OR t.recorded_at < c.reopened_at)
        JOIN ledger_book b ON b.id = c.book_id""",
    ),
    Proof(
        mark(
            "When %(book)s was closed through %(through)s, %(bucket)s was kept as %(kept)s; "
            "its transfers now come to %(moved)s, so one was changed, moved or removed."
        ),
        # Each close from the one before it, so that every transfer is read once however often its book was closed: what is
        # dated between the two, less what only the one before reached, and what was entered while that was open again.
        f"""WITH pair AS (
            SELECT c.id, c.book_id, c.through, c.closed_at, p.id AS prior_id, p.through AS before, p.closed_at AS was_closed,
            p.reopened_at AS opened FROM ledger_close c LEFT JOIN ledger_close p
            ON p.id = (SELECT max(o.id) FROM ledger_close o WHERE o.book_id = c.book_id AND o.id < c.id)
        ), leg AS (
            {_MOVED} t.effective_date > x.before AND t.effective_date <= x.through AND t.recorded_at <= x.closed_at
            UNION ALL {_MOVED} x.before IS NULL AND t.effective_date <= x.through AND t.recorded_at <= x.closed_at
            UNION ALL {_MOVED_BACK} t.effective_date > x.through AND t.effective_date <= x.before
            AND t.recorded_at <= x.was_closed
            UNION ALL {_MOVED} x.opened <= x.closed_at AND t.effective_date <= x.through AND t.effective_date <= x.before
            AND t.recorded_at > x.was_closed AND t.recorded_at <= x.closed_at
        ), net AS (
            SELECT close_id, from_id AS account_id, -sum(pence) AS pence FROM leg GROUP BY close_id, from_id
            UNION ALL SELECT close_id, to_id, sum(pence) FROM leg GROUP BY close_id, to_id
        ), both_ AS (
            SELECT n.close_id, a.bucket, n.pence AS moved, 0 AS kept FROM net n JOIN ledger_account a ON a.id = n.account_id
            UNION ALL SELECT close_id, bucket, 0, pence FROM ledger_snapshot
            UNION ALL SELECT x.id, s.bucket, s.pence, 0 FROM pair x JOIN ledger_snapshot s ON s.close_id = x.prior_id
        )
        SELECT b.code AS book, c.through, x.bucket, sum(x.kept) AS kept_pence, sum(x.moved) AS moved_pence FROM both_ x
        JOIN ledger_close c ON c.id = x.close_id JOIN ledger_book b ON b.id = c.book_id
        GROUP BY b.code, c.id, c.through, x.bucket HAVING sum(x.kept) <> sum(x.moved)""",
    ),
    Proof(
        mark("The book %(book)s is closed through another date than its closes say."),
        """SELECT b.code AS book FROM ledger_book b
        LEFT JOIN (SELECT book_id, max(through) AS through FROM ledger_close WHERE reopened_at IS NULL GROUP BY book_id) c
        ON c.book_id = b.id
        WHERE coalesce(b.closed_through, '0001-01-01') <> coalesce(c.through, '0001-01-01')""",
    ),
)


def faults() -> Iterator[str]:
    """Every sentence is something wrong with the books, or a guard of any room that is missing. None: they are proved."""
    for proof in PROOFS:
        for row in db.session.execute(text(proof.finds)):
            yield " ".join(_(proof.fault, **{_named(n): _shown(n, v) for n, v in row._mapping.items()}).split())
    for name in triggers.missing(db.session.connection()):
        yield _("A guard is missing from the database, or switched off: %(name)s.", name=name)


def _named(column: str) -> str:
    return column.removesuffix("_pence").rstrip("_")


def _shown(column: str, value: Any) -> Any:
    if column.endswith("_pence"):
        return str(Money(int(value)))
    return int(value) if isinstance(value, Decimal) else value
