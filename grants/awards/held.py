"""What of a round's held money is spoken for, though nobody has been offered it yet."""

from __future__ import annotations

from sqlalchemy import func, select

from grants.applications.models import Application
from grants.applications.queries import SENT
from grants.awards.models import Award
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.panel.models import Decision, Outcome, Panel
from grants.rounds.models import Lot, Round


def promised(round: Round) -> dict[str, Money]:
    """What the panel decided to fund in a round and no award has been made of, by who holds the money: the round, or a part
    of it. It only falls once a round is decided."""
    found = db.session.execute(
        select(func.coalesce(Lot.ref, round.ref), func.sum(Decision.amount))
        .join(Decision.panel)
        .join(Decision.application)
        .outerjoin(Application.lot)
        .outerjoin(Award, Award.application_id == Decision.application_id)
        .where(
            Panel.round_id == round.id,
            Decision.outcome != Outcome.REJECT,
            Application.state.in_(SENT),
            Award.id.is_(None),
        )
        .group_by(Lot.ref)
    )
    return {owner: pence if isinstance(pence, Money) else Money(int(pence)) for owner, pence in found}
