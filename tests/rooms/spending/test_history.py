"""Own spend and what distributors gave stand in the funding history, each sum of money once."""

from __future__ import annotations

from flask import Flask

from grants.figures.history import history
from grants.kernel.money import Money
from grants.spending import commands
from grants.spending.models import SpendKind
from grants.spending.rules import GrantFacts
from tests.builders.people import an_organisation
from tests.builders.spending import a_charge, a_pot_of_this_year, an_own_spend, committed
from tests.builders.streams import a_finance_officer


def test_own_spend_is_given_at_what_it_comes_to_and_a_distribution_as_its_list(app: Flask) -> None:
    pot = a_pot_of_this_year("90000")
    officer, fund, group = a_finance_officer(pot.stream.partnership), an_organisation("Local fund"), an_organisation("Kit")
    spend = committed("500", pot=pot)
    a_charge("100", spend=spend)
    commands.change_commitment(spend, to=Money.pounds("400"), reason="Less", by=officer)
    an_own_spend("70", pot=pot)
    handed = committed("1000", pot=pot, kind=SpendKind.DISTRIBUTION, payee="Local fund", organisation=fund)
    a_charge("300", spend=handed)
    row = GrantFacts(2, "LF-1", "Kit", "voluntary", "Balls", Money.pounds("120"), pot.starts_on, group.ref)
    commands.import_grants(handed, [row], file="list.csv", by=officer)

    found = [(one.ref, one.recipient, one.amount, one.via, one.past) for one in history(officer)]

    assert found == [
        ("LF-1", "Kit", Money.pounds("120"), "Local fund", False),
        (spend.ref, "The police", Money.pounds("400"), None, False),
    ]
    assert [one.ref for one in history(officer, organisation=group)] == ["LF-1"]
    assert [one.ref for one in history(officer, organisation=fund)] == []
    assert len(history(officer, stream=pot.stream)) == 2
