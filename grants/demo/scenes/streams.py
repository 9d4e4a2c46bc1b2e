"""Parts of the year's money: lines, a partner's contribution and a pledge, the pots' terms, and one stream's next year."""

from __future__ import annotations

from datetime import UTC, date, datetime

from grants.demo.story import _pot, _priority, _who
from grants.kernel import clock
from grants.kernel.money import Money
from grants.people import commands as people
from grants.people import queries
from grants.streams import lines, mainstream, shared, terms, years
from grants.streams import queries as streams
from grants.streams.models import LineKind, Role, Spending

HOMES = "demo_homes"
POUNDS = Money.pounds
POTS = (
    ("CSG-2026", "CS-4410", "5021"),
    ("VCS-2026", "CS-4420", "5022"),
    ("SVF-2026", "CS-4430", "5023"),
    ("HCF-2026", "CS-4440", "5024"),
)


def _at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def tell() -> None:
    """April to November 2026: how the finance officer keeps the Community Safety Grant apart, and gets next year ready."""
    for scene in (_terms, _lines, _contributions, _mainstream, _next_year):
        scene()


def _terms() -> None:
    """What each pot is in the accounts; from August another post answers for one of them."""
    finance = _who("finance officer")
    with clock.stopped(_at(4, 7)):
        for ref, cost_centre, code in POTS:
            terms.set_terms(
                _pot(ref),
                spending=Spending.REVENUE,
                role=Role.PRINCIPAL,
                responsible_officer="Head of community safety",
                cost_centre=cost_centre,
                subjective_code=code,
                by=finance,
            )
    with clock.stopped(_at(8, 3)):
        terms.set_terms(
            _pot("SVF-2026"),
            spending=Spending.REVENUE,
            role=Role.PRINCIPAL,
            responsible_officer="Violence reduction lead",
            cost_centre="CS-4430",
            subjective_code="5023",
            effective_on=date(2026, 8, 1),
            by=finance,
        )


def _lines() -> None:
    """The grant's free money in parts: something kept back, something for Brinnington, something for very small grants."""
    finance = _who("finance officer")
    with clock.stopped(_at(4, 9)):
        pot = _pot("CSG-2026")
        lines.open_line(pot, name="Contingency", kind=LineKind.CONTINGENCY, amount=POUNDS("5,000"), by=finance)
        lines.open_line(pot, name="Brinnington", kind=LineKind.AREA, locality="brinnington", amount=POUNDS("8,000"), by=finance)
        lines.open_line(pot, name="Micro-grants", kind=LineKind.MICRO_GRANTS, amount=POUNDS("6,000"), by=finance)


def _contributions() -> None:
    """A housing association pays towards the grant; what it says about next spring is only a pledge."""
    finance = _who("finance officer")
    with clock.stopped(_at(5, 5)):
        people.add_organisation(
            ref=HOMES,
            name="Bridgehall Homes (fictional)",
            organisation_type="housing association",
            is_voluntary=False,
            area="Stockport",
            fictional=True,
            by=_who("administrator"),
        )
        homes = queries.organisation(HOMES)
        pledged = shared.pledge(
            _pot("CSG-2026"),
            organisation=homes,
            description="Towards the neighbourhood wardens (fictional)",
            amount=POUNDS("4,000"),
            document="Letter of 1 May 2026 (fictional)",
            by=finance,
        )
    with clock.stopped(_at(5, 12)):
        shared.confirm_contribution(pledged, on=date(2026, 5, 12), by=_who("chief finance officer"))
    with clock.stopped(_at(9, 22)):
        shared.pledge(
            _pot("CSG-2026"),
            organisation=homes,
            description="Towards lighting on the estate, if its board agrees in spring (fictional)",
            amount=POUNDS("2,500"),
            by=finance,
        )


def _mainstream() -> None:
    """What the council's own parks service does for the plan, at no cost to any pot."""
    with clock.stopped(_at(6, 2)):
        mainstream.add(
            queries.partnership("safer_stockport_partnership"),
            organisation=queries.organisation("stockport_parks_management"),
            service="Parks management (fictional entry)",
            contribution="Locks and lights two parks until nine in the evening, on the plan's request",
            framework="Safer Stockport Partnership Plan 2026–29 (fictional)",
            redirected=True,
            priority=_priority("asb").ref,
            fictional=True,
            by=_who("theme lead"),
        )


def _next_year() -> None:
    """In November the grant's pot for 2027/28 is opened from this year's: the same lines and terms, and no money yet."""
    with clock.stopped(_at(11, 3)):
        years.copy_year(
            queries.partnership("safer_stockport_partnership"),
            year=2026,
            stream=streams.stream("community_safety_grant"),
            by=_who("finance officer"),
        )
