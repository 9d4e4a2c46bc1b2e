"""R03 wherever money is promised: a statutory body is refused a fund for voluntary and community organisations."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from grants.applications import rules as applications
from grants.audit.record import record
from grants.awards import rules as awards
from grants.kernel.command import command
from grants.kernel.errors import RuleBroken
from grants.people.models import Organisation
from grants.streams import rules
from tests.builders.applications import a_funded_pot, a_planned_round
from tests.builders.awards import a_decision
from tests.builders.people import an_administrator, an_organisation
from tests.builders.streams import a_commitment, a_pot, a_stream

SAID = "Fund is only for voluntary and community organisations, and The Police is not one. Choose another organisation."


def the_police() -> Organisation:
    return an_organisation("The Police", is_voluntary=False)


def test_it_may_not_apply(sqlite_app: Flask) -> None:
    round = a_planned_round(pot=a_funded_pot("1000", voluntary_only=True))
    assert "only for voluntary and community groups" in list(applications.ineligible(round, the_police()))[-1]


def test_it_may_not_be_protected_money(sqlite_app: Flask) -> None:
    pot = a_pot("1000", stream=a_stream("Fund", voluntary_only=True))
    with pytest.raises(RuleBroken) as broken:
        a_commitment("10", pot=pot, organisation=the_police())
    assert broken.value.problems == (SAID,)


def test_it_may_not_be_offered_an_award_even_where_it_became_statutory_after_it_applied(sqlite_app: Flask) -> None:
    decision = a_decision(pot=a_funded_pot("20000", voluntary_only=True))
    group = decision.application.organisation
    assert list(awards.offerable(decision, already=None)) == []
    corrected(group)
    [said] = awards.offerable(decision, already=None)
    assert said == next(rules.may_receive(decision.panel.round.pot.stream, group))


@command
def corrected(group: Organisation) -> Any:
    group.is_voluntary = False
    record("organisation.added", group, by=an_administrator(), source=None)


def test_a_stream_open_to_any_refuses_nobody(sqlite_app: Flask) -> None:
    assert list(rules.may_receive(a_stream("Open"), the_police())) == []
