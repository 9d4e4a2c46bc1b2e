"""Where an application is, in plain words and with the day each step is expected: the same for the group and for anybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from grants.applications.models import Application, State
from grants.kernel import clock
from grants.kernel.words import _
from grants.rounds.models import State as RoundState
from grants.rounds.terms import Scoring


class Step(NamedTuple):
    """One step. `on`: when it happened, or is expected; none where nobody can say."""

    says: str
    done: bool
    on: date | None
    now: bool = False


def steps(application: Application) -> list[Step]:
    """Every step from sending to the answer; the first that is not done is where it is now."""
    round, terms = application.round, application.round.terms
    answer_by = date.fromisoformat(terms.answer_by) if terms.answer_by else None
    sent, decided = application.submitted_at, application.state is State.DECIDED
    scored = terms.scoring is Scoring.SCORED
    closed = round.state in (RoundState.ASSESSING, RoundState.DECIDED)
    found = [
        Step(_("We have your application"), sent is not None, _day(sent)),
        Step(_("The fund closes and we check every application"), closed, _day(round.closes_at)),
        *(
            [Step(_("People read and score every application, each on their own"), round.state is RoundState.DECIDED, None)]
            if scored
            else []
        ),
        Step(_("%(who)s decides", who=terms.decided_by or _("The panel")), decided, None if decided else answer_by),
        Step(_("We tell you the answer and why"), decided, None if decided else answer_by),
    ]
    at = next((n for n, step in enumerate(found) if not step.done), None)
    return [step._replace(now=n == at) for n, step in enumerate(found)]


def _day(at: datetime | None) -> date | None:
    return clock.civil(at).date() if at else None
