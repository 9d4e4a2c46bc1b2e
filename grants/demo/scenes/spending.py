"""The year's spending plan and what is paid without a grant: a post, an analyst, an invoice with VAT, an event, a distributor.

Everything here is made up and says so. It runs after the agreement's scene, whose dates it keeps: the plan goes to the funder
on 24 April, updates on 17 July and 19 October.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from grants.awards.models import Award, State
from grants.awards.planned import place_in_plan
from grants.demo.scenes import agreements
from grants.demo.story import _at, _pot, _priority, _who
from grants.figures import plans as figures
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people import commands as people
from grants.people import queries as people_queries
from grants.people.models import Organisation
from grants.spending import commands, plans, queries
from grants.spending.models import OwnSpend, SpendingPlan, SpendKind
from grants.spending.rules import GrantFacts, LineFacts

DISTRIBUTOR = "demo_distributor"
POLICE = "Police analysis service (fictional)"
YEAR = 2026


class Project(NamedTuple):
    """A line of the plan: its project, provider, pot, amount in pounds, priority and what is expected of it."""

    project: str
    provider: str
    pot: str
    pounds: str
    priority: str | None
    results: str


PROJECTS = (
    Project(
        "Independent domestic violence advocates (fictional amount)",
        "Existing service",
        "CSG-2026",
        "64,000",
        "domestic_abuse",
        "320 people at high risk supported; fewer of them harmed again within a year",
    ),
    Project(
        "Domestic abuse coordinator (fictional)",
        "The council",
        "CSG-2026",
        "46,000",
        "domestic_abuse",
        "One coordinated response; every agency’s referrals followed up",
    ),
    Project(
        "Crime and disorder analyst (fictional)",
        POLICE,
        "CSG-2026",
        "24,000",
        None,
        "A quarterly picture of crime for the board; hot spots named within a month",
    ),
    Project(
        "Night-time economy marshals (fictional)",
        "Town centre partnership (fictional)",
        "CSG-2026",
        "18,000",
        "crime",
        "Marshals on 40 nights; fewer assaults in the town centre than last year",
    ),
    Project(
        "Community safety week (fictional)",
        "The council",
        "CSG-2026",
        "3,500",
        "asb",
        "Ten events in ten places; 600 people asked what makes them feel safe",
    ),
    Project(
        "Voluntary and community grants",
        "Groups chosen by the panel",
        "VCS-2026",
        "85,000",
        None,
        "Eight groups or more; what each promised is reported",
    ),
    Project(
        "Small grants against hate crime",
        "Groups chosen by the panel",
        "HCF-2026",
        "12,000",
        "hate_crime",
        "Five small projects; more hate crime reported by those it harms",
    ),
    Project(
        "Work with young people against violence (fictional)",
        "To be chosen",
        "SVF-2026",
        "120,000",
        "young_people_soc",
        "150 young people reached before they are hurt or hurt somebody",
    ),
)


class Plan(NamedTuple):
    """Own spend as the scene tells it: under which project, what it is, in pounds, and the months charged."""

    project: int
    kind: SpendKind
    title: str
    payee: str
    pounds: str
    charged: tuple[tuple[int, int, str, str, str], ...]  # month, day, document, net, VAT


SPENT = (
    Plan(
        1,
        SpendKind.POST,
        "Domestic abuse coordinator (post, fictional)",
        "The council’s payroll",
        "44,400",
        tuple((month, 28, f"PAY {month:02}/26 (fictional)", "3,700", "0") for month in (5, 6, 7, 8, 9, 10)),
    ),
    Plan(
        2,
        SpendKind.RECHARGE,
        "Police analyst, two days a week (fictional)",
        POLICE,
        "22,000",
        ((7, 9, "RCH 0117 (fictional)", "5,500", "0"), (10, 8, "RCH 0164 (fictional)", "5,500", "0")),
    ),
    Plan(
        3,
        SpendKind.PARTNER_INVOICE,
        "Night-time marshals, summer and winter (fictional)",
        "Town centre partnership (fictional)",
        "16,500",
        ((6, 29, "TCP-204 (fictional)", "4,125", "825"), (9, 28, "TCP-231 (fictional)", "4,125", "825")),
    ),
    Plan(
        4,
        SpendKind.EVENT,
        "Community safety week (fictional)",
        "Several suppliers",
        "3,200",
        ((9, 21, "CSW 1 to 6 (fictional)", "2,715.50", "331.40"),),
    ),
)
GIVEN_OUT = (
    ("LF-01", "Reddish Knitters (fictional)", "Safe evenings for older people", "450.00", date(2026, 7, 14)),
    ("LF-02", "Adswood Allotments (fictional)", "A gate that locks", "380.50", date(2026, 7, 14)),
    ("LF-03", "Bredbury Boxing (fictional)", "Mentors on Fridays", "720.00", date(2026, 9, 8)),
)
CHANGED = {2: Money.pounds("22,000"), 3: Money.pounds("26,000")}  # the analyst's line and the marshals', in the next version
UPDATES = (
    (date(2026, 6, 30), date(2026, 7, 17), "Everything that was to begin has begun. The panel has chosen its groups."),
    (date(2026, 9, 30), date(2026, 10, 19), "On course. Marshals cost less than planned in the summer."),
)


def tell() -> None:
    """April to November 2026."""
    _planned()
    _distributor()
    _spent()
    _placed()
    _given_out()
    _reported()
    _asked()
    _second_version()


def plan() -> SpendingPlan:
    """The plan this scene tells of."""
    found = queries.standing(agreements.agreement(), YEAR)
    assert found
    return found


def _planned() -> None:
    """The board approves it on 21 April, the funder agrees on 6 May."""
    finance = _who("finance officer")
    with clock.stopped(_at(4, 17)):
        draft = plans.draft_plan(agreements.agreement(), year=YEAR, by=finance)
        facts = [
            LineFacts(
                None,
                _pot(one.pot),
                one.project,
                one.provider,
                Money.pounds(one.pounds),
                one.results,
                None,
                _priority(one.priority) if one.priority else None,
            )
            for one in PROJECTS
        ]
        plans.save_lines(draft, facts, edition=draft.edition, by=finance)
    with clock.stopped(_at(4, 22)):
        plans.resolve(
            draft, resolution="Partnership board, resolution 22 (fictional)", resolved_on=date(2026, 4, 21), by=finance
        )
    with clock.stopped(_at(4, 24)):
        plans.send(draft, sent_on=date(2026, 4, 24), by=finance)
    with clock.stopped(_at(5, 6)):
        plans.record_agreed(
            draft, agreed_on=date(2026, 5, 6), said="Agreed. Tell us in October how the marshals went. (fictional)", by=finance
        )


def _distributor() -> None:
    with clock.stopped(_at(4, 24)):
        people.add_organisation(
            ref=DISTRIBUTOR,
            name="Stockport local fund (fictional)",
            organisation_type="registered charity",
            is_voluntary=True,
            area="Stockport",
            fictional=True,
            by=_who("administrator"),
        )


def _line(project: int) -> str:
    return plan().lines[project].line


def _spent() -> None:
    """Planned by the finance officer, committed by the chief finance officer, charged month by month."""
    finance = _who("finance officer")
    for one in SPENT:
        spend = _commit(one)
        for month, day, document, net, vat in one.charged:
            with clock.stopped(_at(month, day, 15)):
                commands.charge(
                    spend,
                    what=f"{one.title.removesuffix(' (fictional)')}, {clock.today():%B}",
                    document=document,
                    net=Money.pounds(net),
                    vat=Money.pounds(vat),
                    charged_on=clock.today(),
                    by=finance,
                )
    week = next(spend for spend in _all() if spend.kind is SpendKind.EVENT)
    with clock.stopped(_at(10, 12)):
        commands.close(week, by=finance)


def _commit(one: Plan) -> OwnSpend:
    finance, project = _who("finance officer"), PROJECTS[one.project]
    with clock.stopped(_at(5, 7)):
        spend = commands.plan_spend(
            _pot(project.pot),
            kind=one.kind,
            title=one.title,
            payee=one.payee,
            planned=Money.pounds(one.pounds),
            starts_on=date(2026, 4, 1),
            ends_on=date(2027, 3, 31),
            approval_basis="Partnership board, 21 April 2026, resolution 22 (fictional)",
            priority=_priority(project.priority) if project.priority else None,
            outside_plan=None if project.priority else "Serves every priority of the plan",
            plan_line=_line(one.project),
            fictional=True,
            by=finance,
        )
    with clock.stopped(_at(5, 8)):
        return commands.commit(spend, by=_who("chief finance officer"))


def _all() -> list[OwnSpend]:
    return list(db.session.scalars(select(OwnSpend).where(OwnSpend.fictional).order_by(OwnSpend.id)))


def _placed() -> None:
    """Every award of the year is measured against the line it was approved under."""
    by_pot = {PROJECTS[n].pot: _line(n) for n in range(len(PROJECTS)) if PROJECTS[n].pot != "CSG-2026"}
    awards = db.session.scalars(select(Award).where(Award.state.in_([State.OFFERED, State.ACCEPTED])).order_by(Award.ref))
    for award in awards.all():
        line = by_pot.get(award.pot.ref) or (_line(0) if award.commitment_id and award.pot.ref == "CSG-2026" else None)
        if line and award.plan_line is None:
            with clock.stopped(max(award.offered_at, _at(5, 6, 15))):
                place_in_plan(award, line=line, by=_who("finance officer"))


def _given_out() -> None:
    """A local fund is handed £1,600 for very small grants; it decides, and sends its list twice a year."""
    finance = _who("finance officer")
    fund: Organisation = people_queries.organisation(DISTRIBUTOR)
    with clock.stopped(_at(5, 11)):
        spend = commands.plan_spend(
            _pot("CSG-2026"),
            kind=SpendKind.DISTRIBUTION,
            title="Very small grants, given out by the local fund (fictional)",
            payee=fund.name,
            organisation=fund,
            planned=Money.pounds("3,200"),
            starts_on=date(2026, 5, 11),
            ends_on=date(2027, 3, 31),
            approval_basis="Partnership board, 21 April 2026, resolution 23 (fictional)",
            priority=_priority("asb"),
            fictional=True,
            by=finance,
        )
    with clock.stopped(_at(5, 12)):
        commands.commit(spend, by=_who("approver"))
    with clock.stopped(_at(5, 15)):
        commands.charge(
            spend,
            what="First half, handed to the fund",
            document="SLF 26/1 (fictional)",
            net=Money.pounds("1,600"),
            vat=Money(0),
            charged_on=clock.today(),
            by=finance,
        )
    with clock.stopped(_at(10, 5)):
        rows = [
            GrantFacts(n, ref, recipient, "voluntary", title, Money.pounds(pounds), decided_on)
            for n, (ref, recipient, title, pounds, decided_on) in enumerate(GIVEN_OUT, 2)
        ]
        commands.import_grants(spend, rows, file="local fund, April to September 2026 (fictional).csv", by=finance)


def _reported() -> None:
    """The funder is told of two quarters, each with the figures as the books stood."""
    for through, sent_on, said in UPDATES:
        with clock.stopped(_at(sent_on.month, sent_on.day)):
            stands = plan()
            plans.write_update(
                stands,
                through=through,
                figures=figures.stood(figures.measured(stands, on=through)),
                words={_line(1): "The coordinator began in April.", _line(3): "Marshals were out on 14 nights a quarter."},
                said=said,
                sent_on=sent_on,
                by=_who("finance officer"),
            )


def _asked() -> None:
    """In November the finance officer plans to buy radios, and nobody has committed the money yet."""
    with clock.stopped(_at(11, 19)):
        commands.plan_spend(
            _pot("CSG-2026"),
            kind=SpendKind.EQUIPMENT,
            title="Radios for the marshals (fictional)",
            payee="A supplier (fictional)",
            planned=Money.pounds("1,450"),
            starts_on=date(2026, 11, 16),
            ends_on=date(2027, 3, 31),
            approval_basis="Officer’s delegation, 19 November 2026 (fictional)",
            priority=_priority("crime"),
            plan_line=_line(3),
            fictional=True,
            by=_who("finance officer"),
        )


def _second_version() -> None:
    """The marshals need more and the analyst less: one line is over the funder's limit, so the draft must go back."""
    finance = _who("finance officer")
    with clock.stopped(_at(11, 20)):
        draft = plans.draft_plan(
            agreements.agreement(),
            year=YEAR,
            note="The town centre asked for marshals on 20 more nights (fictional)",
            by=finance,
        )
        facts = [
            LineFacts(
                line.line,
                line.pot,
                line.project,
                line.provider,
                CHANGED.get(n, line.amount),
                line.results,
                line.organisation,
                line.priority,
            )
            for n, line in enumerate(draft.lines)
        ]
        plans.save_lines(draft, facts, edition=draft.edition, by=finance)
