"""Authorities to promise more than a pot holds: asked, approved, used, expired, cleared; at risk until confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.audit.models import Event
from grants.budget import authorities, rules
from grants.budget.models import AuthorityKind, ChangeKind
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket, Move
from grants.ledger.proofs import faults
from grants.people.models import Duty
from grants.streams import allocations
from grants.streams.models import Allocation, Certainty, Pot
from tests.builders.budget import (
    PAPER,
    a_change,
    a_virement,
    an_authority,
    approved,
    asked_authority,
    moved,
    staff,
    the_chief,
)
from tests.builders.streams import a_pot, a_stream


def on(day: date) -> datetime:
    return clock.deadline(day, time(9))


MAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def _in_may() -> Iterator[None]:
    with clock.stopped(on(MAY)):
        yield


def free(pot: Pot) -> str:
    return books.balance(At(pot.ref, "", Bucket.FREE)).plain


def left(pot: Pot) -> str:
    return books.left(pot.ref, "", Bucket.FREE).plain


def promise(pot: Pot, amount: str, owner: str = "AWD-1") -> None:
    moved(pot, owner, amount, Bucket.OFFERED)


def used(pot: Pot) -> list[tuple[str, str, str, bool]]:
    by = the_chief(pot)
    return [(one.pot, one.used.plain, one.at_risk.plain, one.expired) for one in authorities.exceptions(by)]


def test_by_default_no_pot_promises_a_penny_more_than_it_holds(app: Flask) -> None:
    pot = a_pot("1000")
    with pytest.raises(RuleBroken, match=r"has £1,000.00 free; this needs £1,000.01"):
        promise(pot, "1000.01")


def test_an_authority_lets_a_pot_go_below_to_the_penny_once_approved_and_not_before(app: Flask) -> None:
    pot = a_pot("1000")
    asked = asked_authority(pot, "50")
    assert left(pot) == "1000.00"
    authorities.approve_authority(asked, digest=rules.digest_of_authority(asked), by=the_chief(pot))
    assert left(pot) == "1050.00"
    with pytest.raises(RuleBroken, match=r"can promise £1,050.00 more under its authority"):
        promise(pot, "1050.01")
    promise(pot, "1050")
    assert [free(pot), used(pot)] == ["-50.00", [(pot.ref, "50.00", "0.00", False)]]


def test_the_asker_does_not_approve_nor_an_approver_whom_the_table_does_not_name(app: Flask) -> None:
    pot = a_pot("1000")
    both = staff(pot, Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER)
    asked = asked_authority(pot, by=both)
    for who, says in ((both, "You asked for this"), (staff(pot, Duty.APPROVER), "do not hold the duty")):
        with pytest.raises(Refused, match=says):
            authorities.approve_authority(asked, digest=rules.digest_of_authority(asked), by=who)


def test_a_percentage_becomes_pounds_when_it_is_asked_for(app: Flask) -> None:
    pot = a_pot("1234.56")
    by = staff(pot, Duty.FINANCE_OFFICER)
    given: dict[str, Any] = {"kind": AuthorityKind.OVER_PROGRAMMING, "until": pot.ends_on, "underwriter": "Reserve"} | PAPER
    asked = authorities.ask_authority(pot, basis_points=1000, by=by, **given)
    assert [asked.allowed.plain, asked.basis_points] == ["123.45", 1000]
    with pytest.raises(RuleBroken, match="a percentage of it is not known"):
        authorities.ask_authority(a_pot(None), basis_points=1000, by=by, **given)


def test_everything_wrong_with_an_authority_is_said_at_once(app: Flask) -> None:
    pot = a_pot("1000")
    with pytest.raises(RuleBroken) as refused:
        asked_authority(pot, "100000.01", until=date(2027, 4, 1), underwriter=" ", reason="", document="")
    assert refused.value.problems == (
        "The last day must be in the pot’s year: it ends on 31 March 2027, and what is used must be cleared by then.",
        "Enter the reason.",
        "Enter the source document, for example a minute, a letter or an invoice.",
        "Enter who makes it good if the money does not come.",
        "An authority for £100,000.01 needs a resolution. Enter its number or date.",
    )


def test_two_in_force_add_up_until_the_earliest_of_their_days_and_then_only_the_other_counts(app: Flask) -> None:
    pot = a_pot("1000")
    an_authority(pot, "300", until=date(2026, 5, 31))
    an_authority(pot, "200", until=date(2026, 6, 30))
    assert left(pot) == "1500.00"
    promise(pot, "1100")
    with clock.stopped(on(date(2026, 6, 1))):
        assert left(pot) == "0.00"  # past the earliest date nothing, until the night has added up those that still count
        authorities.due(clock.today())
        assert left(pot) == "100.00"  # 200 allowed, 100 used
        promise(pot, "100", "AWD-2")
    assert used(pot) == [(pot.ref, "200.00", "0.00", False)]


def test_after_it_expires_nothing_further_is_promised_and_the_floor_rises_as_money_returns(app: Flask) -> None:
    pot = a_pot("1000")
    an_authority(pot, "300", until=date(2026, 5, 31))
    promise(pot, "1250")
    with clock.stopped(on(date(2026, 6, 1))):
        with pytest.raises(RuleBroken):
            promise(pot, "0.01", "AWD-2")
        assert used(pot) == [(pot.ref, "250.00", "0.00", True)]
        assert [authorities.due(clock.today()), authorities.due(clock.today())] == [1, 1]
        back = Move("lapse", At(pot.ref, "AWD-1", Bucket.OFFERED), At(pot.ref, "", Bucket.FREE), 10000)
        ledger.post(back, key="lapse", on=clock.today(), by="test", source="AWD-1")
        with pytest.raises(RuleBroken):
            promise(pot, "0.01", "AWD-2")
        authorities.due(clock.today())
        assert [free(pot), left(pot)] == ["-150.00", "0.00"]
    assert list(faults()) == []


def test_with_more_used_than_the_one_still_in_force_allows_it_waits_until_the_pot_is_back_within_it(app: Flask) -> None:
    pot = a_pot("1000")
    an_authority(pot, "300", until=date(2026, 5, 31))
    an_authority(pot, "100", until=date(2026, 6, 30))
    promise(pot, "1250")
    with clock.stopped(on(date(2026, 6, 1))):
        authorities.due(clock.today())
        assert [left(pot), used(pot)] == ["0.00", [(pot.ref, "250.00", "0.00", True)]]
        approved(a_virement(a_pot("1000"), pot, "200"))
        assert [free(pot), left(pot)] == ["-50.00", "50.00"]


def test_a_named_transfer_clears_what_was_used_and_it_leaves_the_list(app: Flask) -> None:
    pot, other = a_pot("1000"), a_pot("1000")
    authority = an_authority(pot, "300")
    promise(pot, "1250")
    with pytest.raises(RuleBroken, match=f"{authority.ref} is about {pot.ref}, and this money goes to"):
        a_virement(pot, other, "1", clears=authority.ref)
    with pytest.raises(RuleBroken, match="There is no authority AUT-99"):
        a_virement(other, pot, "250", clears="AUT-99")
    change = a_virement(other, pot, "250", clears=authority.ref)
    [row] = authorities.exceptions(the_chief(pot))
    assert [row.clear_by, [one.ref for one in row.authorities], row.clearing] == [
        date(2027, 3, 31),
        [authority.ref],
        [(change.ref, Money.pounds("250"))],
    ]
    approved(change)
    assert [free(pot), used(pot), left(pot)] == ["0.00", [], "300.00"]


def test_an_authority_to_promise_is_none_to_send_money_away(app: Flask) -> None:
    pot, other = a_pot("1000"), a_pot()
    an_authority(pot, "300")
    with pytest.raises(RuleBroken, match=r"has £1,000.00 free; this needs £1,000.01"):
        a_virement(pot, other, "1000.01")
    promise(pot, "1100")
    with pytest.raises(RuleBroken, match=r"has £0.00 free; this needs £1.00"):
        a_change(pot, ChangeKind.REPAYMENT, "1")


def test_ended_early_it_allows_nothing_more_and_says_why(app: Flask) -> None:
    pot = a_pot("1000")
    authority = an_authority(pot, "300")
    promise(pot, "1100")
    by = staff(pot, Duty.FINANCE_OFFICER)
    with pytest.raises(RuleBroken, match="Say why"):
        authorities.end_authority(authority, because="", by=by)
    authorities.end_authority(authority, because="The reserve is needed elsewhere", by=by)
    assert [left(pot), used(pot)] == ["0.00", [(pot.ref, "100.00", "0.00", True)]]
    with pytest.raises(RuleBroken, match="ended already"):
        authorities.end_authority(authority, because="again", by=by)


def test_refused_it_allows_nothing_and_is_not_approved_afterwards(app: Flask) -> None:
    pot = a_pot("1000")
    asked = asked_authority(pot)
    authorities.refuse_authority(asked, because="Not this year", by=the_chief(pot))
    with pytest.raises(RuleBroken, match="refused already"):
        authorities.approve_authority(asked, digest=rules.digest_of_authority(asked), by=the_chief(pot))
    assert left(pot) == "1000.00"


# -- at risk -------------------------------------------------------------------------------------------------------------


def expecting(amount: str = "5000", certainty: Certainty = Certainty.INDICATIVE) -> tuple[Pot, Allocation]:
    """A pot with nothing but a funder's letter that names a figure."""
    stream = a_stream()
    pot = a_pot(None, stream=stream, awaited=True)
    allocation = allocations.record_allocation(
        pot,
        certainty=certainty,
        amount=Money.pounds(amount),
        effective_on=MAY,
        document="Email of 2 May (fictional)",
        by=staff(pot, Duty.FINANCE_OFFICER),
    )
    return pot, allocation


def at_risk(pot: Pot, allocation: Allocation, limit: str = "2000", **facts: Any) -> None:
    an_authority(pot, limit, kind=AuthorityKind.AT_RISK, allocation=allocation, **facts)


def test_money_that_is_only_indicative_is_spent_at_risk_up_to_a_limit_and_a_day(app: Flask) -> None:
    pot, allocation = expecting()
    with pytest.raises(RuleBroken):
        promise(pot, "0.01")
    at_risk(pot, allocation, until=date(2026, 6, 30))
    promise(pot, "1500")
    assert [used(pot), authorities.at_risk([pot.ref])] == [
        [(pot.ref, "1500.00", "1500.00", False)],
        {pot.ref: Money.pounds("1500")},
    ]
    with pytest.raises(RuleBroken):
        promise(pot, "500.01", "AWD-2")


def test_at_risk_never_goes_beyond_what_is_expected_nor_without_an_allocation(app: Flask) -> None:
    pot, allocation = expecting("5000")
    at_risk(pot, allocation, "3000")
    with pytest.raises(RuleBroken, match=r"£5,000.00 is expected and £3,000.00 .* The limit can be £2,000.00 at the most"):
        at_risk(pot, allocation, "2000.01")
    with pytest.raises(RuleBroken, match="Choose the allocation that is expected"):
        asked_authority(pot, "1", kind=AuthorityKind.AT_RISK)
    with pytest.raises(RuleBroken, match="has no confirmed allocation"):
        asked_authority(pot, "1")
    with pytest.raises(RuleBroken, match="for another pot"):
        asked_authority(a_pot(), "1", kind=AuthorityKind.AT_RISK, allocation=allocation)


def test_when_the_letter_comes_nothing_is_at_risk_any_more(app: Flask) -> None:
    pot, allocation = expecting()
    at_risk(pot, allocation)
    promise(pot, "1500")
    authorities.confirm_allocation(
        allocation,
        certainty=Certainty.CONFIRMED,
        amount=Money.pounds("5000"),
        effective_on=MAY,
        document="Grant letter, 4 May (fictional)",
        by=staff(pot, Duty.FINANCE_OFFICER),
    )
    assert [free(pot), left(pot), used(pot), authorities.at_risk([pot.ref])] == ["3500.00", "3500.00", [], {}]


def test_less_came_than_was_spent_at_risk_and_the_rest_is_an_exception_nobody_authorised(app: Flask) -> None:
    pot, allocation = expecting()
    at_risk(pot, allocation)
    promise(pot, "1500")
    authorities.confirm_allocation(
        allocation,
        certainty=Certainty.CONFIRMED,
        amount=Money.pounds("1000"),
        effective_on=MAY,
        document="Grant letter, 4 May (fictional)",
        by=staff(pot, Duty.FINANCE_OFFICER),
    )
    assert [free(pot), left(pot), used(pot)] == ["-500.00", "0.00", [(pot.ref, "500.00", "0.00", True)]]
    assert list(faults()) == []


def test_exceptions_take_the_same_statements_whatever_their_number(app: Flask, statements) -> None:  # type: ignore[no-untyped-def]
    first = a_pot("10")
    by = the_chief(first)
    counts = []
    for number in (1, 3):
        for n in range(number):
            pot = a_pot("10")
            an_authority(pot, "10")
            promise(pot, "15", f"AWD-{number}-{n}")
        assert by.holdings
        with statements() as made:
            found = authorities.exceptions(by, 2026)
            authorities.at_risk([one.pot for one in found])
            authorities.listed(by)
            authorities.waiting(by)
        counts.append(len(made))
    assert [len(found), counts[0] == counts[1], authorities.exceptions(by, 2025)] == [4, True, []]


def test_flask_deadlines_settles_what_expired_and_again_does_nothing_more(sqlite_app: Flask) -> None:
    pot = a_pot("1000")
    an_authority(pot, "300", until=date(2026, 5, 31))
    promise(pot, "1250")
    said = "1 pots with an authority to promise more than they hold were settled."
    with clock.stopped(on(date(2026, 6, 1))):
        ran = [sqlite_app.test_cli_runner().invoke(args=["deadlines"]) for _n in range(2)]
        assert [(one.exit_code, one.output.splitlines()[0]) for one in ran] == [(0, said), (0, said)]
    ends = select(func.count()).select_from(Event).where(Event.code == "ledger.authority_ended")
    assert db.session.scalar(ends) == 1
