"""Budget changes of the year: who may approve what, a virement, a deputy for August, and a pot promised beyond its money.

It has two small funds of its own, made up like every amount here. It runs after the scene of own spend.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from grants.budget import authorities, commands, rules
from grants.budget.models import AuthorityKind, ChangeKind, SpendingAuthority
from grants.demo.story import FUNDER, _at, _pot, _priority, _who
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people import delegation, deputies, queries
from grants.people.delegation import What
from grants.people.models import Duty
from grants.spending import commands as spending
from grants.spending.models import SpendKind
from grants.streams import commands as streams
from grants.streams.models import Pot

STREETS, KIT = "demo_safer_streets", "demo_watch_kit"


def tell() -> None:
    """April to November 2026."""
    _delegated()
    _funds()
    _virement()
    _deputy()
    _over_programmed()


def _delegated() -> None:
    """The chief finance officer lowers what an approver may write off, as the audit asked."""
    with clock.stopped(_at(4, 8)):
        delegation.set_delegation(
            queries.partnership("safer_stockport_partnership"),
            what=What.WRITE_OFF,
            duty=Duty.APPROVER,
            up_to=Money.pounds("250"),
            effective_on=date(2026, 4, 8),
            by=_who("chief finance officer"),
        )


def _funds() -> None:
    with clock.stopped(_at(4, 9)):
        finance = _who("finance officer")
        for ref, code, name, pounds in (
            (STREETS, "SSF", "Safer streets fund (fictional)", "20,000"),
            (KIT, "NWK", "Neighbourhood watch kit fund (fictional)", "3,000"),
        ):
            stream = streams.open_stream(
                ref=ref,
                code=code,
                partnership=queries.partnership("safer_stockport_partnership"),
                name=name,
                note="Made up for the demonstration.",
                by=finance,
            )
            streams.open_pot(stream, year=2026, allocation=Money.pounds(pounds), funders=[FUNDER], fictional=True, by=finance)


def _virement() -> None:
    """£1,500 goes to the kit fund: asked for by the finance officer, approved by the head of community safety."""
    with clock.stopped(_at(6, 10)):
        change = commands.ask(
            _pot("SSF-2026"),
            kind=ChangeKind.VIREMENT,
            into_pot=_pot("NWK-2026"),
            amount=Money.pounds("1,500"),
            effective_on=date(2026, 6, 10),
            reason="More watches asked for kit than it can buy; one street scheme will not go ahead (fictional).",
            document="Email of the board’s chair, 9 June 2026, budget folder, paper 4 (fictional)",
            by=_who("finance officer"),
        )
    with clock.stopped(_at(6, 11)):
        commands.approve(change, digest=rules.digest(change), by=_who("approver"))


def _deputy() -> None:
    """The head of community safety is away in August; the chief finance officer approves for them."""
    approver = _who("approver")
    [held] = [one for one in approver.holdings if one.duty is Duty.APPROVER and one.deputy_for_id is None]
    with clock.stopped(_at(7, 20)):
        deputies.name_deputy(
            held,
            deputy=_who("chief finance officer"),
            starts_on=date(2026, 8, 1),
            ends_on=date(2026, 8, 31),
            reason="annual leave",
            by=approver,
        )


def _over_programmed() -> None:
    """The streets fund may promise £2,000 more than it holds, promised £500 of it, and a change waits that would clear it."""
    finance = _who("finance officer")
    with clock.stopped(_at(9, 7)):
        asked = authorities.ask_authority(
            _pot("SSF-2026"),
            kind=AuthorityKind.OVER_PROGRAMMING,
            limit=Money.pounds("2,000"),
            until=date(2027, 2, 26),
            underwriter="General reserve, chief finance officer (fictional)",
            reason="Street schemes have cost a tenth less than planned in each of three years (fictional).",
            document="Partnership board, 3 September 2026, paper 7 (fictional)",
            by=finance,
        )
    with clock.stopped(_at(9, 8)):
        chief = _who("chief finance officer")
        authorities.approve_authority(asked, digest=rules.digest_of_authority(asked), by=chief)
    with clock.stopped(_at(9, 21)):
        schemes = spending.plan_spend(
            _pot("SSF-2026"),
            kind=SpendKind.RECHARGE,
            title="Street lighting and alley gates (fictional)",
            payee="Highways, recharged (fictional)",
            planned=Money.pounds("19,000"),
            starts_on=date(2026, 9, 21),
            ends_on=date(2027, 3, 31),
            approval_basis="Partnership board, 3 September 2026, resolution 31 (fictional)",
            priority=_priority("crime"),
            fictional=True,
            by=finance,
        )
    with clock.stopped(_at(9, 22)):
        spending.commit(schemes, by=_who("chief finance officer"))
    with clock.stopped(_at(11, 12)):
        commands.ask(
            _pot("CSG-2026"),
            kind=ChangeKind.VIREMENT,
            into_pot=_pot("SSF-2026"),
            amount=Money.pounds("500"),
            effective_on=date(2026, 11, 12),
            reason="To clear what the streets fund has promised beyond its money (fictional).",
            document="Budget monitoring, October 2026, budget folder, paper 9 (fictional)",
            clears=authority().ref,
            by=_who("finance officer"),
        )


def authority() -> SpendingAuthority:
    """The over-programming authority this scene tells of."""
    return db.session.scalars(select(SpendingAuthority).join(SpendingAuthority.pot).where(Pot.ref == "SSF-2026")).one()
