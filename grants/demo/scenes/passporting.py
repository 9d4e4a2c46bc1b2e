"""Protected commitments in the demonstration: one becomes a three-year award, one waits for a decision, one is a post.

The advocates' £64,000, protected in April, is offered to the charity that runs the service, accepted and paid by quarters;
2027/28 and 2028/29 are promised subject to funding. A fund of 2025/26 shows the second year: counselling whose protection has
ended and that nobody has decided, after its clients were asked; and a post paid until March 2027. All of it is made up.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select

from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.demo.story import CONDITIONS, FUNDER, PLAN, _at, _group, _indicator, _pay, _priority, _signs, _who
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.monitoring import commands as monitoring
from grants.people import queries
from grants.people.models import Organisation, Person
from grants.strategy.models import Strategy
from grants.streams import commands as streams
from grants.streams import passporting
from grants.streams.models import Commitment

YEAR, QUARTER = Money.pounds("64,000"), Money.pounds("16,000")
SERVICE = "Independent domestic violence advocates"


def tell() -> None:
    """Told after the year's own scenes, so that nothing before it changes its reference."""
    _three_years(_group("advocates"), _signs("advocates"))
    _second_year()


def _three_years(advocates: Organisation, signs: Person) -> Award:
    """The protected £64,000 as an award: quarterly payments, no scoring, two more years subject to funding."""
    commitment = db.session.scalars(select(Commitment).where(Commitment.amount == YEAR, Commitment.fictional)).one()
    with clock.stopped(_at(4, 8)):
        award = awards.offer_passported(
            commitment,
            organisation=advocates,
            title=SERVICE,
            purpose="Four advocates who stand by people at highest risk of domestic abuse, in court and out of it.",
            starts_on=date(2026, 4, 1),
            ends_on=date(2027, 3, 31),
            answer_by=date(2026, 5, 6),
            instalments=[
                (QUARTER, date(2026, 4, 15), Gate.ACCEPTED),
                (QUARTER, date(2026, 7, 1), Gate.ACCEPTED),
                (QUARTER, date(2026, 10, 1), Gate.ACCEPTED),
                (QUARTER, date(2027, 2, 1), Gate.REPORT),
            ],
            conditions=CONDITIONS,
            shares=[(_priority("domestic_abuse"), 10_000, None)],
            targets=[(_indicator("people_supported"), 400)],
            strategy=db.session.scalars(select(Strategy).where(Strategy.ref == PLAN)).one(),
            later_years=[(2027, YEAR), (2028, Money.pounds("60,000"))],
            by=_who("grants officer"),
        )
    with clock.stopped(_at(4, 14)):
        monitoring.accept_offer(award, signed_as="Director", by=signs)
    for number, on in enumerate((_at(4, 15), _at(7, 1), _at(10, 1)), 1):
        _pay(award, number, on, _who("finance officer"))
    with clock.stopped(_at(11, 12)):
        passporting.log_consultation(
            commitment,
            held_on=date(2026, 11, 11),
            who="Stepping Stones Advocacy’s director and two advocates (fictional)",
            how="A meeting about 2027/28",
            said="Referrals are up by a fifth. With three advocates instead of four, people at medium risk would wait weeks.",
            answered="The board hears this before it decides.",
            by=_who("grants officer"),
        )
    return award


def _second_year() -> None:
    """A fund of 2025/26: what was protected in it now waits for a decision, and a post ends next March."""
    finance = _who("finance officer")
    with clock.stopped(datetime(2026, 4, 7, 9, tzinfo=UTC)):
        stream = streams.open_stream(
            ref="demo_commitments",
            code="CPF",
            partnership=queries.partnership("safer_stockport_partnership"),
            name="Community partnership fund (fictional)",
            note="Made up for the demonstration.",
            by=finance,
        )
        pot = streams.open_pot(
            stream,
            year=2025,
            allocation=Money.pounds("42,000"),
            funders=[FUNDER],
            fictional=True,
            note="Made up for the demonstration.",
            by=finance,
        )
        counselling = streams.passport(
            pot,
            recipient="Safe Harbour Counselling (fictional)",
            organisation=_group("harbour"),
            service="Counselling after hate crime",
            amount=Money.pounds("12,000"),
            protected_from=date(2025, 4, 1),
            protected_until=date(2026, 3, 31),
            approval_basis="Partnership board, 6 March 2025, resolution 9 (fictional)",
            review_trigger="Evaluation of the first year",
            review_due=date(2026, 6, 30),
            fictional=True,
            by=finance,
        )
        streams.passport(
            pot,
            recipient="Area co-ordinator, Brinnington (fictional post)",
            amount=Money.pounds("30,000"),
            protected_from=date(2025, 10, 1),
            protected_until=date(2027, 3, 31),
            approval_basis="Partnership board, 11 September 2025, resolution 4 (fictional)",
            review_trigger="Forward strategy for the area",
            review_due=date(2027, 1, 15),
            locality="brinnington",
            kind="fixed_term_post",
            fictional=True,
            by=finance,
        )
    with clock.stopped(_at(10, 20)):
        passporting.log_consultation(
            counselling,
            held_on=date(2026, 10, 19),
            who="Safe Harbour’s trustees, and eleven people it has counselled (fictional)",
            how="A meeting and a short survey",
            said="Nine of eleven say that they would have had nowhere else to go.",
            answered="The evaluation is with the board in January.",
            by=_who("grants officer"),
        )
