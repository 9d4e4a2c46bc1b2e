"""Proofs of `flask check-ledger` about own spend and spending plans: each is one set-based statement of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.spending.models import STANDING, SpendState

_STANDING = ", ".join(f"'{state.value}'" for state in sorted(STANDING))

# What a row means, and the statement that finds it. A column ending in `_pence` is shown in pounds, without the ending.
PROOFS = (
    (
        mark("Own spend %(ref)s is charged %(charged)s in the books, and its charges that stand come to %(net)s net of VAT."),
        """SELECT ref, charged_pence, net_pence FROM (
            SELECT s.ref, coalesce(held.pence, 0) AS charged_pence, coalesce(c.pence, 0) AS net_pence FROM own_spend s
            LEFT JOIN (SELECT a.owner, sum(a.credits - a.debits) AS pence FROM ledger_account a
                WHERE a.bucket IN ('due', 'paid', 'evidenced', 'recoverable', 'written_off') GROUP BY a.owner) held
                ON held.owner = s.ref
            LEFT JOIN (SELECT spend_id, sum(net) AS pence FROM charge WHERE reversed_at IS NULL GROUP BY spend_id) c
                ON c.spend_id = s.id
        ) AS x WHERE charged_pence <> net_pence ORDER BY ref""",
    ),
    (
        mark("Own spend %(ref)s is %(state)s and has %(committed)s committed: its money and its state differ."),
        f"""SELECT ref, state, committed_pence FROM (
            SELECT s.ref, s.state, coalesce(sum(a.credits - a.debits), 0) AS committed_pence
            FROM own_spend s LEFT JOIN ledger_account a ON a.owner = s.ref AND a.bucket IN ('offered', 'committed')
            GROUP BY s.ref, s.state
        ) AS x WHERE committed_pence <> 0 AND state <> '{SpendState.COMMITTED.value}' ORDER BY ref""",
    ),
    (
        mark("The distributor of %(ref)s was handed %(handed)s and its list comes to %(given)s."),
        """SELECT ref, handed_pence, given_pence FROM (
            SELECT s.ref, coalesce(c.pence, 0) AS handed_pence, g.pence AS given_pence FROM own_spend s
            JOIN (SELECT spend_id, sum(amount) AS pence FROM distributed_grant GROUP BY spend_id) g ON g.spend_id = s.id
            LEFT JOIN (SELECT spend_id, sum(net) AS pence FROM charge WHERE reversed_at IS NULL GROUP BY spend_id) c
                ON c.spend_id = s.id
        ) AS x WHERE given_pence > handed_pence ORDER BY ref""",
    ),
    (
        mark("Agreement %(ref)s has %(versions)s versions of its plan for the year beginning April %(year)s that stand."),
        f"""SELECT a.ref, p.year, count(*) AS versions FROM spending_plan p JOIN agreement a ON a.id = p.agreement_id
        WHERE p.state IN ({_STANDING}) GROUP BY a.ref, p.year HAVING count(*) > 1 ORDER BY a.ref, p.year""",
    ),
)


def faults() -> Iterator[str]:
    """Every sentence is something wrong. None means own spend ties to the books, and every plan stands once at most."""
    for sentence, finds in PROOFS:
        for row in db.session.execute(text(finds)).mappings():
            yield _(sentence, **dict(_shown(str(name), value) for name, value in row.items()))


def _shown(name: str, value: object) -> tuple[str, object]:
    return (name.removesuffix("_pence"), str(Money(int(str(value))))) if name.endswith("_pence") else (name, value)
