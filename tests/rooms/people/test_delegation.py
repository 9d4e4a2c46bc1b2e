"""Who may approve how much: the table a partnership starts from, its own rows, and what a refusal says."""

from __future__ import annotations

from datetime import date, time

import pytest
from flask import Flask

from grants.kernel import clock
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import objections
from grants.people import delegation
from grants.people.delegation import What
from grants.people.models import Duty, Partnership, Person
from tests.builders.people import a_partnership, a_person, an_administrator

MAY = date(2026, 5, 1)
AT = clock.deadline(MAY, time(9))


def pounds(typed: str) -> Money:
    return Money.pounds(typed)


def the_chief(partnership: Partnership) -> Person:
    return a_person(Duty.CHIEF_FINANCE_OFFICER, partnership=partnership)


def said(person: Person, what: What, amount: str, partnership: Partnership) -> list[tuple[str, str | None]]:
    return [(o.sentence, o.could) for o in objections(_may, person, what, pounds(amount), partnership)]


def _may(person: Person, what: What, amount: Money, partnership: Partnership):  # type: ignore[no-untyped-def]
    return delegation.may_approve(person, what, amount, partnership)


def test_to_the_penny_of_a_limit_an_approver_may_and_beyond_it_the_refusal_says_who_could(app: Flask) -> None:
    here = a_partnership()
    approver = a_person(Duty.APPROVER, partnership=here)
    assert said(approver, What.VIREMENT, "10000", here) == []
    assert said(approver, What.VIREMENT, "10000.01", here) == [
        (
            "You can approve a virement of up to £10,000.00. This is £10,000.01.",
            (
                "an approver up to £10,000.00; the chief finance officer up to £100,000.00; "
                "the chief finance officer for any amount, with a resolution"
            ),
        )
    ]


def test_somebody_without_a_duty_of_the_table_or_with_it_elsewhere_may_approve_nothing(app: Flask) -> None:
    here, there = a_partnership(), a_partnership()
    elsewhere = a_person(Duty.APPROVER, partnership=there)
    officer = a_person(Duty.FINANCE_OFFICER, partnership=here)
    auditor = a_person(Duty.AUDITOR, partnership=here)
    assert [len(said(one, What.LINE, "1", here)) for one in (elsewhere, officer, auditor)] == [1, 1, 1]


def test_a_resolution_is_needed_only_where_nobody_may_approve_so_much_without_one(app: Flask) -> None:
    here = a_partnership()
    needs = [delegation.needs_resolution(What.WRITE_OFF, pounds(amount), here) for amount in ("500", "10000", "10000.01")]
    assert needs == [False, False, True]


def test_a_row_of_the_partnerships_own_replaces_that_row_from_its_day_and_not_before(app: Flask) -> None:
    here, other = a_partnership(), a_partnership()
    chief, approver = the_chief(here), a_person(Duty.APPROVER, partnership=here)
    with clock.stopped(AT):
        delegation.set_delegation(
            here, what=What.VIREMENT, duty=Duty.APPROVER, up_to=pounds("2500"), effective_on=date(2026, 6, 1), by=chief
        )
        assert said(approver, What.VIREMENT, "2500.01", here) == []
        after = list(delegation.may_approve(approver, What.VIREMENT, pounds("2500.01"), here, on=date(2026, 6, 1)))
        assert [o.sentence for o in after] == ["You can approve a virement of up to £2,500.00. This is £2,500.01."]
        june = delegation.tables([here.id, other.id], date(2026, 6, 1))
    rows = {one: [(s.duty, s.up_to) for s in june[one] if s.what is What.VIREMENT] for one in june}
    chiefs = [(Duty.CHIEF_FINANCE_OFFICER, pounds("100000")), (Duty.CHIEF_FINANCE_OFFICER, None)]
    assert rows == {
        here.id: [(Duty.APPROVER, pounds("2500")), *chiefs],
        other.id: [(Duty.APPROVER, pounds("10000")), *chiefs],
    }


def test_a_row_withdrawn_lets_nobody_approve_under_it(app: Flask) -> None:
    here = a_partnership()
    chief = the_chief(here)
    with clock.stopped(AT):
        delegation.withdraw_delegation(here, what=What.AT_RISK, duty=Duty.CHIEF_FINANCE_OFFICER, effective_on=MAY, by=chief)
        delegation.withdraw_delegation(
            here, what=What.AT_RISK, duty=Duty.CHIEF_FINANCE_OFFICER, resolution=True, effective_on=MAY, by=chief
        )
        assert [could for _sentence, could in said(chief, What.AT_RISK, "1", here)] == [
            "nobody, until the delegation table says who"
        ]
        with pytest.raises(RuleBroken, match="no such row"):
            delegation.withdraw_delegation(here, what=What.AT_RISK, duty=Duty.APPROVER, effective_on=MAY, by=chief)


def test_only_the_chief_finance_officer_changes_the_table_from_today_on(app: Flask) -> None:
    here = a_partnership()
    given = {"what": What.LINE, "duty": Duty.APPROVER, "up_to": pounds("20000")}
    with clock.stopped(AT):
        for who in (an_administrator(), a_person(Duty.APPROVER, partnership=here), the_chief(a_partnership())):
            with pytest.raises(Refused):
                delegation.set_delegation(here, **given, effective_on=MAY, by=who)  # type: ignore[arg-type]
        with pytest.raises(RuleBroken, match="days that have passed"):
            delegation.set_delegation(here, **given, effective_on=date(2026, 4, 30), by=the_chief(here))  # type: ignore[arg-type]
        with pytest.raises(RuleBroken, match="Only a finance officer, an approver or the chief finance officer"):
            delegation.set_delegation(
                here, what=What.LINE, duty=Duty.ASSESSOR, up_to=None, effective_on=MAY, by=the_chief(here)
            )
        with pytest.raises(RuleBroken, match="says so already"):
            delegation.set_delegation(
                here, what=What.LINE, duty=Duty.APPROVER, up_to=pounds("10000"), effective_on=MAY, by=the_chief(here)
            )


def test_every_kind_has_somebody_who_may_approve_it_to_begin_with() -> None:
    assert {step.what for step in delegation.STANDARD} == set(What)
