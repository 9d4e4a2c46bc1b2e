"""Loading what stands beside the pots' money: pools, exclusions, mainstream contributions, and shared budgets' lines and uses.

A shared budget's paper states a balance and not what made it up. Its pot's books begin with that balance, as one contribution
of partners that are not stated, and what was resolved for it is committed (R46, R47).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel.bulk import Record, Shape, write
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.words import mark
from grants.ledger import commands as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.people.models import Organisation, Partnership, PartnershipRole, Person
from grants.streams.models import BalanceUse, BudgetLine, Exclusion, MainstreamContribution, Pool, Pot, Stream
from grants.streams.shared import committing

declare(
    {
        "budget_line.loaded": mark("Loaded from %(file)s, minute %(minute)s: %(description)s"),
        "pot.balance_loaded": mark(
            "The books begin with the balance %(amount)s, as minute %(minute)s states it, from %(file)s"
        ),
        "pot.shared": mark("A shared budget of the partnership, from %(file)s"),
        "use.loaded": mark("Loaded from %(file)s: %(amount)s proposed for %(proposed)s; resolved (%(resolution)s): %(agreed)s"),
    }
)

POOLS = Shape(Pool, names={"partnership": Partnership})
EXCLUSIONS = Shape(Exclusion, key=("stream", "objective"), names={"stream": Stream})
MAINSTREAM = Shape(MainstreamContribution, names={"partnership": Partnership, "organisation": Organisation})
BUDGET_LINES = Shape(BudgetLine, names={"stream": Stream, "pot": Pot})
USES = Shape(BalanceUse, names={"pot": Pot})
NOT_STATED = "partner:not-stated"
HOLDER = "budget_holder"  # the role in the partnership of whoever holds its budget


@command
def load_budget_lines(records: Sequence[Record], *, file: str, by: Person) -> None:
    """Add budget lines that were checked before. A stated balance is where its pot's books begin.

    The papers give no day for a balance, so the books have it on the last day of the pot's year: by then it was so.
    """
    write(BUDGET_LINES, records)
    for line in records:
        record(
            "budget_line.loaded",
            line["ref"],
            by=by,
            covers=("budget_line",),
            file=file,
            minute=line["minute"] or "—",
            description=line["description"],
        )
    balances = {line["pot"]: line for line in records if line["kind"] == "balance" and line["amount"]}
    for ref, pot in sorted(_pots(line["pot"] for line in records if line["kind"] != "exclusion").items()):
        pot.holder = pot.holder or _holder(pot)
        balance = balances.get(ref)
        if balance:
            pot.balance_from = pot.ends_on
            free = At(ref, "", Bucket.FREE)
            move = Move("contribute", At(ref, NOT_STATED, Bucket.PARTNER), free, balance["amount"].pence)
            ledger.enter([move], key=f"balance:{balance['ref']}", on=pot.ends_on, by=by.ref, source=balance["ref"])
        record(
            "pot.balance_loaded" if balance else "pot.shared",
            pot,
            by=by,
            amount=balance["amount"] if balance else None,
            minute=balance["minute"] or "—" if balance else None,
            file=file,
        )


@command
def load_uses(records: Sequence[Record], *, file: str, by: Person) -> None:
    """Add what was proposed for balances and what was resolved, both as they stand; what was resolved is committed."""
    write(USES, records)
    pots = _pots(use["pot"] for use in records)
    for use in records:
        if use["agreed_amount"]:
            day: date = use["agreed_on"] or pots[use["pot"]].ends_on
            moves = committing(use["pot"], use["ref"], use["agreed_amount"])
            ledger.enter(moves, key=f"resolve {use['ref']}", on=day, by=by.ref, source=use["ref"])
        record(
            "use.loaded",
            use["ref"],
            by=by,
            covers=("balance_use",),
            file=file,
            amount=use["proposed_amount"],
            proposed=use["proposed"],
            resolution=use["resolution"] or "—",
            agreed=use["agreed"] or "—",
        )


def _pots(refs: Iterable[str | None]) -> dict[str, Pot]:
    wanted = {ref for ref in refs if ref}
    found = db.session.scalars(
        select(Pot).where(Pot.ref.in_(wanted)).options(joinedload(Pot.stream).joinedload(Stream.partnership))
    )
    return {pot.ref: pot for pot in found}


def _holder(pot: Pot) -> Organisation | None:
    """Who holds a shared budget: whose role in the partnership says so, else its accountable body."""
    partnership = pot.stream.partnership
    held = db.session.scalar(
        select(Organisation)
        .join(PartnershipRole, PartnershipRole.organisation_id == Organisation.id)
        .where(PartnershipRole.partnership_id == partnership.id, PartnershipRole.role == HOLDER)
        .order_by(PartnershipRole.ordinal)
        .limit(1)
    )
    return held or partnership.accountable_body
