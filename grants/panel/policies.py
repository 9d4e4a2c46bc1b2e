"""Who may convene the panel, record its decisions, confirm them, and read it all."""

from __future__ import annotations

from collections.abc import Collection

from grants.applications.models import Application
from grants.assessment.policies import outside, scope
from grants.assessment.rules import acts_for
from grants.kernel.errors import Objection
from grants.kernel.policy import Objections
from grants.kernel.words import _
from grants.panel.models import Panel
from grants.people.duties import Deed, label
from grants.people.models import Duty, Person
from grants.people.policies import apart, needs
from grants.rounds.models import Round


def convene(who: Person, round: Round) -> Objections:
    """A grants officer, or the panel's chair."""
    yield from needs(who, Duty.GRANTS_OFFICER, Duty.PANEL_CHAIR, **scope(round))


def record_decisions(who: Person, panel: Panel) -> Objections:
    """The chair or the minute-taker writes down what was decided."""
    yield from needs(who, Duty.PANEL_CHAIR, Duty.MINUTE_TAKER, **scope(panel.round))


def decide(
    who: Person, panel: Panel, application: Application, *, scored_by: Collection[str], kept_from: bool = False
) -> Objections:
    """Whoever records decisions, unless they act for the group, declared a conflict, or scored it and a setting bars that."""
    yield from record_decisions(who, panel)
    yield from outside(who, application, Duty.PANEL_CHAIR)
    if kept_from and not acts_for(who, application.organisation_id):
        yield Objection(
            _("You declared a conflict of interest in this bid or have yet to score it, so someone else decides."),
            label(Duty.MINUTE_TAKER),
        )
    yield from apart(who, Deed.DECIDE, done={Deed.ASSESS: scored_by})


def confirm(who: Person, panel: Panel, bids: Collection[Application], *, scored_by: Collection[str]) -> Objections:
    """The chair, who acts for none of the groups that applied."""
    yield from needs(who, Duty.PANEL_CHAIR, **scope(panel.round))
    for application in bids:
        yield from outside(who, application, Duty.PANEL_CHAIR)
    yield from apart(who, Deed.DECIDE, done={Deed.ASSESS: scored_by})
