"""Dated deputies: August in a team of two."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.people import commands, delegation, deputies, queries
from grants.people.delegation import What
from grants.people.models import Duty, Holding, Partnership, Person
from tests.builders.people import a_partnership, a_person, an_administrator

JULY = clock.deadline(date(2026, 7, 20), time(9))
AUGUST = {"starts_on": date(2026, 8, 1), "ends_on": date(2026, 8, 31), "reason": "annual leave"}


def noon(day: date) -> datetime:
    return clock.deadline(day, time(12))


def two() -> tuple[Partnership, Person, Person]:
    """An approver and somebody who asks: the whole team."""
    here = a_partnership()
    return here, a_person(Duty.APPROVER, partnership=here), a_person(Duty.GRANTS_OFFICER, partnership=here)


def named(approver: Person, deputy: Person, **facts: Any) -> Holding:
    with clock.stopped(JULY):
        return deputies.name_deputy(approver.holdings[0], deputy=deputy, **(AUGUST | {"by": approver} | facts))


def can(person: Person, here: Partnership, day: date) -> bool:
    with clock.stopped(noon(day)):
        return not list(delegation.may_approve(person, What.VIREMENT, Money.pounds("10000"), here))


def test_with_the_approver_away_their_deputy_approves_from_the_first_to_the_last_of_august_and_no_day_more(app: Flask) -> None:
    here, approver, officer = two()
    named(approver, officer)
    days = [date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [can(officer, here, day) for day in days] == [False, True, True, False]
    with clock.stopped(noon(date(2026, 8, 9))):
        stood_in = delegation.acts_for(officer, What.VIREMENT, Money.pounds("5"), here)
        assert stood_in is not None and stood_in.ref == approver.ref
        assert delegation.acts_for(approver, What.VIREMENT, Money.pounds("5"), here) is None


def test_a_deputy_is_named_in_both_peoples_history_and_only_the_erasable_part_says_why(app: Flask) -> None:
    here, approver, officer = two()
    named(approver, officer)
    said = [
        next(line.sentence for line in history(one.ref, most=10) if "eputy" in line.sentence) for one in (officer, approver)
    ]
    assert said == [
        f"Was named deputy for {approver.ref} as approver ({here.ref}), 1 August 2026 to 31 August 2026",
        f"{officer.ref} is their deputy as approver ({here.ref}), 1 August 2026 to 31 August 2026",
    ]


def test_nobody_names_themselves_nor_somebody_who_does_not_work_here_nor_for_more_than_92_days(app: Flask) -> None:
    here, approver, officer = two()
    stranger = a_person()
    administrator = an_administrator()
    for given, says in (
        ({"deputy": approver}, "Nobody is their own deputy"),
        ({"deputy": stranger}, "holds no duty among those"),
        ({"deputy": administrator, "by": administrator}, "Nobody names themselves"),
        ({"deputy": officer, "ends_on": date(2026, 11, 1)}, "92 days at the most"),
        ({"deputy": officer, "ends_on": date(2026, 7, 31)}, "last day must be the first day or later"),
        ({"deputy": officer, "starts_on": date(2026, 7, 19)}, "cannot act in the past"),
        ({"deputy": officer, "reason": " "}, "Say why"),
    ):
        with pytest.raises(RuleBroken, match=says):
            named(approver, **given)  # type: ignore[arg-type]
    assert named(approver, officer, ends_on=date(2026, 10, 31)).ends_on == date(2026, 10, 31)
    assert can(officer, here, date(2026, 10, 31))


def test_a_deputy_cannot_pass_it_on_and_cannot_change_the_delegation_table(app: Flask) -> None:
    here = a_partnership()
    chief = a_person(Duty.CHIEF_FINANCE_OFFICER, partnership=here)
    officer, other = a_person(Duty.GRANTS_OFFICER, partnership=here), a_person(Duty.GRANTS_OFFICER, partnership=here)
    acting = named(chief, officer)
    with clock.stopped(noon(date(2026, 8, 3))):
        with pytest.raises(Refused, match="cannot pass on"):
            deputies.name_deputy(acting, deputy=other, **(AUGUST | {"starts_on": date(2026, 8, 4)}), by=officer)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="A deputy cannot change the delegation table"):
            delegation.set_delegation(
                here, what=What.LINE, duty=Duty.APPROVER, up_to=None, effective_on=date(2026, 8, 3), by=officer
            )


def test_an_administrator_names_one_for_somebody_already_away_and_nobody_else_does(app: Flask) -> None:
    here, approver, officer = two()
    with pytest.raises(Refused):
        named(approver, officer, by=a_person(Duty.FINANCE_OFFICER, partnership=here))
    named(approver, officer, by=an_administrator())
    assert can(officer, here, date(2026, 8, 1))


def test_back_early_the_person_ends_it_at_once(app: Flask) -> None:
    here, approver, officer = two()
    acting = named(approver, officer)
    with clock.stopped(noon(date(2026, 8, 10))):
        assert [(one.deputy, one.holder, one.now) for one in deputies.of(approver)] == [(officer.name, approver.name, True)]
        with pytest.raises(Refused):
            deputies.end_deputy(acting, by=a_person(Duty.FINANCE_OFFICER, partnership=here))
        deputies.end_deputy(acting, by=approver)
        assert deputies.of(officer) == []
        with pytest.raises(RuleBroken, match="over already"):
            deputies.end_deputy(acting, by=approver)
    assert not can(officer, here, date(2026, 8, 10))


@pytest.mark.parametrize("how", ["duty ended", "account stopped"])
def test_when_the_persons_own_duty_ends_their_deputy_stops_too(app: Flask, how: str) -> None:
    here, approver, officer = two()
    named(approver, officer)
    with clock.stopped(noon(date(2026, 8, 10))):
        if how == "duty ended":
            commands.end_duty(approver.holdings[0], on=date(2026, 8, 15), by=an_administrator())
        else:
            commands.stop(approver, by=an_administrator())
    ended = {"duty ended": [True, False], "account stopped": [False, False]}[how]
    assert [can(officer, here, date(2026, 8, day)) for day in (15, 16)] == ended


def test_the_page_says_whose_deputy_a_duty_is(app: Flask) -> None:
    _here, approver, officer = two()
    named(approver, officer)
    assert [(held.duty, held.deputy_for) for held in queries.held_by(officer)] == [
        (Duty.APPROVER, approver.name),
        (Duty.GRANTS_OFFICER, None),
    ]
