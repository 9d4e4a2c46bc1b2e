"""Which pages are measured, who looks at them, and where in a generated database."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.sql import Select

from grants.agreements.models import Agreement
from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.awards.models import Award, Instalment, State
from grants.budget.models import BudgetChange
from grants.demo.generator.scale import THIS_YEAR
from grants.kernel import clock
from grants.kernel.db import db
from grants.monitoring.models import Report
from grants.monitoring.models import State as ReportState
from grants.panel.models import Panel
from grants.payments.models import Payment
from grants.payments.models import State as PaymentState
from grants.people.duties import GROUP as IN_A_GROUP
from grants.people.models import Duty, Holding, Organisation, Person
from grants.places.models import Locality
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.spending.models import Charge, OwnSpend, SpendingPlan
from grants.strategy.models import Indicator, Priority, Strategy
from grants.streams.models import Commitment, Pot, Stream

YEAR = clock.year_label(THIS_YEAR)
LAST_YEAR = clock.year_label(THIS_YEAR - 1)
NOBODY = "nobody"
GROUP = "a group"


class Examples(NamedTuple):
    """References of things that pages are about: of each, one of the busiest."""

    pot: str
    stream: str
    award: str  # accepted, with the most instalments
    application: str  # of the group, decided
    bid: str  # waiting to be scored
    round: str  # decided
    assessing: str
    open: str
    panel: str
    payment: str
    report: str
    organisation: str
    person: str
    strategy: str
    priority: str
    indicator: str
    locality: str
    commitment: str
    agreement: str
    plan: str
    own_spend: str
    change: str
    group_email: str


class Page(NamedTuple):
    """One page: what it is called here, who looks, and its path."""

    name: str
    who: str  # a duty, GROUP or NOBODY
    path: Callable[[Examples], str]


FINANCE, OFFICER, CHAIR, LEAD = Duty.FINANCE_OFFICER, Duty.GRANTS_OFFICER, Duty.PANEL_CHAIR, Duty.THEME_LEAD
ADMINISTRATOR, AUDITOR, APPROVER, ASSESSOR = Duty.ADMINISTRATOR, Duty.AUDITOR, Duty.APPROVER, Duty.ASSESSOR

PAGES = (
    Page("public start", NOBODY, lambda _e: "/"),
    Page("public rounds", NOBODY, lambda _e: "/rounds"),
    Page("public round", NOBODY, lambda e: f"/rounds/{e.open}"),
    *(Page(f"home, {who}", who, lambda _e: "/home") for who in (*Duty,) if who not in IN_A_GROUP),
    Page("home, group", GROUP, lambda _e: "/home"),
    Page("position", FINANCE, lambda _e: f"/position?year={YEAR}"),
    Page("position, all years", FINANCE, lambda _e: "/position"),
    Page("position as at", FINANCE, lambda _e: f"/position?year={LAST_YEAR}&as_at={THIS_YEAR - 1}-12-31"),
    Page("position drill", FINANCE, lambda e: f"/position/{e.pot}/committed"),
    Page("by priority", FINANCE, lambda _e: f"/position/priorities?year={YEAR}"),
    Page("position CSV", FINANCE, lambda _e: f"/position.csv?year={YEAR}"),
    Page("path of an award", FINANCE, lambda e: f"/path/{e.award}"),
    Page("awards", OFFICER, lambda _e: "/awards"),
    Page("award", OFFICER, lambda e: f"/awards/{e.award}"),
    Page("award, group", GROUP, lambda e: f"/awards/{e.award}"),
    Page("history of an award", AUDITOR, lambda e: f"/history/{e.award}"),
    Page("staff rounds", OFFICER, lambda _e: "/funding-rounds"),
    Page("round with its submissions", OFFICER, lambda e: f"/funding-rounds/{e.assessing}"),
    Page("round decided", OFFICER, lambda e: f"/funding-rounds/{e.round}"),
    Page("bid", OFFICER, lambda e: f"/bids/{e.bid}"),
    Page("assessments", ASSESSOR, lambda _e: "/assessments"),
    Page("panels", CHAIR, lambda _e: "/panels"),
    Page("panel", CHAIR, lambda e: f"/panels/{e.panel}"),
    Page("payments", APPROVER, lambda _e: "/payments"),
    Page("payment", APPROVER, lambda e: f"/payments/{e.payment}"),
    Page("report", OFFICER, lambda e: f"/reports/{e.report}"),
    Page("applications, group", GROUP, lambda _e: "/applications"),
    Page("application, group", GROUP, lambda e: f"/applications/{e.application}"),
    Page("streams", FINANCE, lambda _e: "/streams"),
    Page("stream", FINANCE, lambda e: f"/streams/{e.stream}"),
    Page("pot", FINANCE, lambda e: f"/pots/{e.pot}"),
    Page("agreements", FINANCE, lambda _e: "/agreements"),
    Page("strategies", LEAD, lambda _e: "/strategies"),
    Page("strategy", LEAD, lambda e: f"/strategies/{e.strategy}"),
    Page("priority", LEAD, lambda e: f"/priorities/{e.priority}"),
    Page("indicator", LEAD, lambda e: f"/indicators/{e.indicator}"),
    Page("places", LEAD, lambda _e: "/places"),
    Page("place", LEAD, lambda e: f"/places/{e.locality}"),
    Page("organisations", ADMINISTRATOR, lambda _e: "/organisations"),
    Page("organisation", ADMINISTRATOR, lambda e: f"/organisations/{e.organisation}"),
    Page("people", ADMINISTRATOR, lambda _e: "/people"),
    Page("person", ADMINISTRATOR, lambda e: f"/people/{e.person}"),
    Page("outbox", ADMINISTRATOR, lambda _e: "/outbox"),
    Page("search", FINANCE, lambda _e: "/search?q=boxing"),
    Page("own spend", FINANCE, lambda _e: "/own-spend"),
    Page("own spend of a post", FINANCE, lambda e: f"/own-spend/{e.own_spend}"),
    Page("commitments to re-consider", OFFICER, lambda _e: "/commitments"),
    Page("budget changes", FINANCE, lambda _e: "/changes"),
    Page("budget change", FINANCE, lambda e: f"/changes/{e.change}"),
    Page("agreement", FINANCE, lambda e: f"/agreements/{e.agreement}"),
    Page("spending plan", FINANCE, lambda e: f"/spending-plans/{e.plan}"),
    Page("commitment", FINANCE, lambda e: f"/commitments/{e.commitment}"),
)


def examples() -> Examples:
    """Find them. Inside an application context."""
    award = _first(
        select(Award.id)
        .join(Instalment)
        .where(Award.state == State.ACCEPTED, Award.application_id.is_not(None))
        .group_by(Award.id)
        .order_by(func.count().desc(), Award.id)
    )
    pot = _first(select(Pot.id).join(Award).where(Pot.year == THIS_YEAR).group_by(Pot.id).order_by(func.count().desc(), Pot.id))
    organisation = _first(select(Award.organisation_id).where(Award.id == award))
    person = _first(select(Holding.person_id).where(Holding.organisation_id == organisation))
    return Examples(
        pot=_first(select(Pot.ref).where(Pot.id == pot)),
        stream=_first(select(Stream.ref).join(Pot).where(Pot.id == pot)),
        award=_first(select(Award.ref).where(Award.id == award)),
        application=_first(select(Application.ref).join(Award).where(Award.id == award)),
        bid=_first(select(Application.ref).where(Application.state == ApplicationState.SUBMITTED)),
        round=_busiest(RoundState.DECIDED),
        assessing=_busiest(RoundState.ASSESSING),
        open=_busiest(RoundState.OPEN),
        panel=_first(
            select(Panel.ref).join(Round).join(Application).group_by(Panel.id).order_by(func.count().desc(), Panel.id)
        ),
        payment=_first(select(Payment.ref).where(Payment.state == PaymentState.PAID).order_by(Payment.id.desc())),
        report=_first(select(Report.ref).where(Report.state == ReportState.ACCEPTED).order_by(Report.id.desc())),
        organisation=_first(select(Organisation.ref).where(Organisation.id == organisation)),
        person=_first(select(Person.ref).where(Person.id == person)),
        strategy=_first(select(Strategy.ref)),
        priority=_first(select(Priority.ref).where(Priority.parent_id.is_not(None)).order_by(Priority.id)),
        indicator=_first(select(Indicator.ref).order_by(Indicator.id)),
        locality=_first(select(Locality.ref).where(Locality.parent_id.is_not(None)).order_by(Locality.id)),
        commitment=_first(select(Commitment.ref).order_by(Commitment.id.desc())),
        agreement=_first(select(Agreement.ref).order_by(Agreement.id)),
        plan=_first(select(SpendingPlan.ref).order_by(SpendingPlan.id.desc())),
        own_spend=_first(select(OwnSpend.ref).join(Charge).group_by(OwnSpend.id).order_by(func.count().desc(), OwnSpend.id)),
        change=_first(select(BudgetChange.ref).order_by(BudgetChange.id)),
        group_email=_first(select(Person.email).where(Person.id == person)),
    )


def _first(asked: Select[tuple[str]]) -> str:
    found = db.session.scalar(asked.limit(1))
    assert found is not None, asked
    return found


def _busiest(state: RoundState) -> str:
    return _first(
        select(Round.ref)
        .join(Application)
        .where(Round.state == state)
        .group_by(Round.id)
        .order_by(func.count().desc(), Round.id)
    )
