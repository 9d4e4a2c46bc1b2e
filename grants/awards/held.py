"""What of a round's held money is spoken for, though nobody has been offered it yet."""

from __future__ import annotations

from sqlalchemy import func, select

from grants.awards.models import Award
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.panel.models import Decision, Outcome, Panel
from grants.rounds.models import Round


def promised(round: Round) -> Money:
    """What the panel decided to fund in a round and no award has been made of. It only falls once a round is decided."""
    pence = db.session.scalar(
        select(func.coalesce(func.sum(Decision.amount), 0))
        .join(Decision.panel)
        .outerjoin(Award, Award.application_id == Decision.application_id)
        .where(Panel.round_id == round.id, Decision.outcome != Outcome.REJECT, Award.id.is_(None))
    )
    return pence if isinstance(pence, Money) else Money(int(pence or 0))
