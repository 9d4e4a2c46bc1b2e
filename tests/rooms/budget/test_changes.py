"""Every kind of budget change: what it posts, who approves, what is refused, and that nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.budget import commands, queries, rules
from grants.budget.models import ChangeKind, ChangeState
from grants.kernel import clock
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket, Move
from grants.ledger.proofs import faults
from grants.payments import commands as payments
from grants.payments import rules as payment_rules
from grants.people import deputies
from grants.people.models import Duty
from grants.streams import lines, shared, terms, years
from grants.streams.models import ContributionStatus, LineKind, Pot, Role, Spending
from tests.builders.budget import a_change, a_virement, approved, moved, paid, staff, the_chief
from tests.builders.payments import a_raised, an_agreement, first, staff_of
from tests.builders.people import a_partnership, an_organisation
from tests.builders.streams import a_commitment, a_pot, a_stream

MAY = clock.deadline(date(2026, 5, 4), time(9))


@pytest.fixture(autouse=True)
def _in_may() -> Iterator[None]:
    with clock.stopped(MAY):
        yield


def has(pot: Pot, owner: str = "", bucket: Bucket = Bucket.FREE) -> str:
    return books.balance(At(pot.ref, owner, bucket)).plain


def ties(*pots: Pot) -> bool:
    figures = books.figures(books.balances([pot.ref for pot in pots]))
    return all(books.ties(of_one) for of_one in figures.values()) and list(faults()) == []


def test_a_virement_moves_nothing_until_approved_and_then_both_books_tie(app: Flask) -> None:
    pot, into = a_pot("10000"), a_pot("1000")
    change = a_virement(pot, into, "2500")
    assert [has(pot), has(into), change.state] == ["10000.00", "1000.00", ChangeState.ASKED]
    assert [(row.stage, row.before.plain, row.after.plain) for row in queries.effect(rules.wanted(change))] == [
        ("free", "10000.00", "7500.00"),
        ("vired out", "0.00", "2500.00"),
        ("vired in", "0.00", "2500.00"),
        ("free", "1000.00", "3500.00"),
    ]
    approved(change)
    assert [has(pot), has(into), change.state] == ["7500.00", "3500.00", ChangeState.APPROVED]
    assert ties(pot, into)


def test_the_asker_never_approves_and_an_approver_only_within_the_table(app: Flask) -> None:
    pot, into = a_pot("50000"), a_pot()
    both = staff(pot, Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.CHIEF_FINANCE_OFFICER)
    change = a_virement(pot, into, "10000.01", by=both)
    with pytest.raises(Refused, match="You asked for this"):
        approved(change, by=both)
    with pytest.raises(Refused, match=r"up to £10,000.00. This is £10,000.01"):
        approved(change, by=staff(pot, Duty.APPROVER))
    with pytest.raises(Refused, match="do not hold the duty that approves a virement"):
        approved(change, by=staff(pot, Duty.FINANCE_OFFICER))
    assert [has(pot), approved(change).state] == ["50000.00", ChangeState.APPROVED]


def test_above_the_chief_finance_officers_limit_a_resolution_is_cited(app: Flask) -> None:
    pot, into = a_pot("250000"), a_pot()
    with pytest.raises(RuleBroken, match="needs a resolution"):
        a_virement(pot, into, "100000.01")
    approved(a_virement(pot, into, "100000.01", resolution="Board 12/26 (fictional)"))
    assert has(pot) == "149999.99"


def test_money_that_went_meanwhile_refuses_the_approval_with_what_is_left_and_it_stays_waiting(app: Flask) -> None:
    pot, into = a_pot("1000"), a_pot()
    change = a_virement(pot, into, "800")
    moved(pot, "AWD-1", "300", Bucket.OFFERED)
    with pytest.raises(RuleBroken, match=r"has £700.00 free; this needs £800.00"):
        approved(change)
    assert [change.state, has(pot)] == [ChangeState.ASKED, "700.00"]


def test_a_changed_figure_voids_what_was_read(app: Flask) -> None:
    change = a_virement(a_pot(), a_pot())
    with pytest.raises(RuleBroken, match="The figures changed"):
        commands.approve(change, digest="another", by=the_chief(change.pot))


def test_the_second_to_decide_is_told_who_was_first(app: Flask) -> None:
    change = a_virement(a_pot(), a_pot())
    first = the_chief(change.pot)
    approved(change, by=first)
    with pytest.raises(RuleBroken, match=f"{first.name} approved this change on 4 May 2026 at 09:00"):
        commands.refuse(change, because="too late", by=the_chief(change.pot))


def test_refused_and_withdrawn_move_nothing(app: Flask) -> None:
    pot = a_pot("1000")
    asker = staff(pot, Duty.FINANCE_OFFICER)
    one, two = a_virement(pot, a_pot(), by=asker), a_virement(pot, a_pot(), by=asker)
    with pytest.raises(Refused, match="Withdraw it instead"):
        commands.refuse(one, because="No", by=asker)
    with pytest.raises(RuleBroken, match="Say why"):
        commands.refuse(one, because=" ", by=the_chief(pot))
    commands.refuse(one, because="Wait for the audit", by=the_chief(pot))
    with pytest.raises(Refused, match="Only whoever asked"):
        commands.withdraw(two, by=the_chief(pot))
    commands.withdraw(two, by=asker)
    assert [one.state, two.state, has(pot)] == [ChangeState.REFUSED, ChangeState.WITHDRAWN, "1000.00"]


def test_everything_wrong_is_said_at_once(app: Flask) -> None:
    pot, into = a_pot("100"), a_pot()
    with pytest.raises(RuleBroken) as refused:
        a_virement(pot, into, "101", reason=" ", document="", effective_on=date(2026, 5, 5))
    assert refused.value.problems == (
        "Enter the reason.",
        "Enter the source document, for example a minute, a letter or an invoice.",
        "The date cannot be after 4 May 2026.",
        f"{pot.ref} has £100.00 free; this needs £101.00.",
    )


def test_a_date_in_a_closed_year_is_refused_with_a_sentence(app: Flask) -> None:
    pot, into = a_pot(), a_pot()
    ledger.close(into.book, through=date(2026, 4, 30), by="test")
    with pytest.raises(RuleBroken, match=f"The books of {into.ref} are closed up to 30 April 2026"):
        a_virement(pot, into, effective_on=date(2026, 4, 30))


def test_money_for_voluntary_groups_alone_does_not_leave_for_a_stream_that_is_not(app: Flask) -> None:
    fenced, other = a_pot(stream=a_stream(voluntary_only=True)), a_pot()
    with pytest.raises(RuleBroken, match="Only whoever gave it could agree to that"):
        a_virement(fenced, other)
    assert a_virement(other, fenced).state is ChangeState.ASKED


def test_capital_money_does_not_become_revenue_nor_leave_its_partnership(app: Flask) -> None:
    pot, into = a_pot(), a_pot()
    abroad = a_pot(stream=a_stream(partnership=a_partnership()))
    for one, spending in ((pot, Spending.CAPITAL), (into, Spending.REVENUE)):
        terms.set_terms(one, spending=spending, role=Role.PRINCIPAL, by=staff(one, Duty.FINANCE_OFFICER))
    with pytest.raises(RuleBroken, match="Capital money cannot pay for running costs"):
        a_virement(pot, into)
    with pytest.raises(Refused):
        a_virement(pot, abroad)


def test_money_that_is_not_known_does_not_leave_and_a_closed_pot_only_gives_back_or_carries_on(app: Flask) -> None:
    pot, into = a_pot("1000"), a_pot()
    years.close_pot(pot, on=date(2026, 5, 1), reason="The year is over (fictional)", by=staff(pot, Duty.FINANCE_OFFICER))
    with pytest.raises(RuleBroken, match="closed to new promises"):
        a_virement(pot, into)
    approved(a_change(pot, ChangeKind.REPAYMENT, "400"))
    assert [has(pot), has(pot, "funder:not-stated", Bucket.RETURNED)] == ["600.00", "400.00"]


def test_money_moves_between_a_pot_and_its_lines(app: Flask) -> None:
    pot = a_pot("1000")
    line = lines.open_line(pot, name="Contingency", kind=LineKind.CONTINGENCY, by=staff(pot, Duty.FINANCE_OFFICER))
    approved(a_change(pot, ChangeKind.LINE, "300", into_owner=line.ref))
    assert [has(pot), has(pot, line.ref)] == ["700.00", "300.00"]
    approved(a_change(pot, ChangeKind.LINE, "50", owner=line.ref))
    assert [has(pot), has(pot, line.ref)] == ["750.00", "250.00"]
    with pytest.raises(RuleBroken, match="Choose two different lines"):
        a_change(pot, ChangeKind.LINE, "1", owner=line.ref, into_owner=line.ref)
    with pytest.raises(RuleBroken, match="is not a line of"):
        a_change(a_pot(), ChangeKind.LINE, "1", into_owner=line.ref)
    assert ties(pot)


def test_a_partners_pledge_becomes_money_once_a_second_person_says_it_came(app: Flask) -> None:
    pot = a_pot("1000")
    by = staff(pot, Duty.FINANCE_OFFICER)
    partner = an_organisation("Homes (fictional)")
    pledged = shared.pledge(pot, organisation=partner, description="For cameras", amount=Money.pounds("250"), by=by)
    change = a_change(pot, ChangeKind.CONTRIBUTION, None, owner=pledged.ref)
    with pytest.raises(RuleBroken, match="already asks to enter this contribution"):
        a_change(pot, ChangeKind.CONTRIBUTION, None, owner=pledged.ref)
    assert [change.amount.plain, has(pot)] == ["250.00", "1000.00"]
    approved(change)
    assert [pledged.status, has(pot), ties(pot)] == [ContributionStatus.CONFIRMED, "1250.00", True]


def test_a_debt_is_demanded_withdrawn_recovered_and_written_off(app: Flask) -> None:
    pot = a_pot("1000")
    paid(pot, "AWD-1", "600")
    approved(a_change(pot, ChangeKind.DEMAND, "500", owner="AWD-1", bucket=Bucket.PAID))
    approved(a_change(pot, ChangeKind.DEMAND_WITHDRAWN, "100", owner="AWD-1", bucket=Bucket.RECOVERABLE))
    approved(a_change(pot, ChangeKind.RECOVERY, "150", owner="AWD-1", bucket=Bucket.RECOVERABLE))
    approved(a_change(pot, ChangeKind.WRITE_OFF, "200", owner="AWD-1", bucket=Bucket.RECOVERABLE))
    approved(a_change(pot, ChangeKind.RECOVERY, "30", owner="AWD-1", bucket=Bucket.PAID))
    stages = (Bucket.PAID, Bucket.RECOVERABLE, Bucket.WRITTEN_OFF)
    assert [has(pot), *(has(pot, "AWD-1", bucket) for bucket in stages)] == ["580.00", "170.00", "50.00", "200.00"]
    with pytest.raises(RuleBroken, match=r"AWD-1 owes £50.00 back to"):
        a_change(pot, ChangeKind.WRITE_OFF, "50.01", owner="AWD-1", bucket=Bucket.RECOVERABLE)
    with pytest.raises(RuleBroken, match="Write-off cannot take money that is paid"):
        a_change(pot, ChangeKind.WRITE_OFF, "1", owner="AWD-1", bucket=Bucket.PAID)
    assert ties(pot)


def test_money_of_every_stage_goes_on_in_next_years_pot_with_its_owner_and_its_protection(app: Flask) -> None:
    stream = a_stream()
    old, new = a_pot("5000", stream=stream, year=2025), a_pot("1000", stream=stream, year=2026)
    commitment = a_commitment("900", pot=old, protected_until=date(2026, 6, 30))
    moved(old, "RND-1", "100", Bucket.RESERVED)
    moved(old, "AWD-1", "200", Bucket.OFFERED, Bucket.COMMITTED)
    for owner, bucket, amount in (
        ("", Bucket.FREE, "1000"),
        ("RND-1", Bucket.RESERVED, "100"),
        ("AWD-1", Bucket.COMMITTED, "200"),
        (commitment.ref, Bucket.PASSPORTED, "900"),
    ):
        approved(a_change(old, ChangeKind.CARRY_FORWARD, amount, into_pot=new, owner=owner, bucket=bucket))
        assert has(new, owner, bucket) == {"": "2000.00"}.get(owner, f"{amount}.00")
    release = Move("release passported", At(new.ref, commitment.ref, Bucket.PASSPORTED), At(new.ref, "", Bucket.FREE), 1)
    with pytest.raises(RuleBroken, match="protected until its review date"):
        ledger.post(release, key="release", on=date(2026, 6, 30), by="test", source=commitment.ref)
    assert ties(old, new)


def test_money_is_carried_only_into_next_years_pot_of_the_same_stream(app: Flask) -> None:
    stream = a_stream()
    old, later = a_pot(stream=stream, year=2025), a_pot(stream=stream, year=2027)
    for into in (later, a_pot(year=2026)):
        with pytest.raises(RuleBroken, match="is carried into the pot of the same stream for 2026/27"):
            a_change(old, ChangeKind.CARRY_FORWARD, "1", into_pot=into)


def test_a_deputy_approves_in_august_and_it_says_for_whom(app: Flask) -> None:
    pot, into = a_pot(), a_pot()
    approver, chief = staff(pot, Duty.APPROVER), the_chief(pot)
    asker, officer = staff(pot, Duty.FINANCE_OFFICER), staff(pot, Duty.GRANTS_OFFICER)
    held = approver.holdings[0]
    deputies.name_deputy(
        held, deputy=officer, starts_on=date(2026, 8, 1), ends_on=date(2026, 8, 31), reason="annual leave", by=approver
    )
    with clock.stopped(clock.deadline(date(2026, 8, 12), time(9))):
        change = approved(a_virement(pot, into, by=asker), by=officer)
        another = approved(a_virement(pot, into, by=asker), by=chief)
    assert [change.decided_for, another.decided_for] == [approver.ref, None]
    assert f"as deputy for {approver.name}" in history(change.ref, most=5)[0].sentence + history(change.ref, most=5)[1].sentence
    with clock.stopped(clock.deadline(date(2026, 9, 1), time(9))), pytest.raises(Refused):
        approved(a_virement(pot, into, by=asker), by=officer)


def test_the_same_form_sent_twice_asks_once_and_approves_once(app: Flask) -> None:
    pot, into = a_pot("1000"), a_pot()
    asker, chief = staff(pot, Duty.FINANCE_OFFICER), the_chief(pot)
    once = [a_virement(pot, into, "600", by=asker, key="form-1") for _n in range(2)]
    assert once[0].ref == once[1].ref
    digest = rules.digest(once[0])
    for _n in range(2):
        commands.approve(once[0], digest=digest, by=chief, key="form-2")  # type: ignore[call-arg]
    assert has(pot) == "400.00"


def test_pages_show_only_the_changes_of_ones_own_streams_in_a_constant_number_of_statements(app: Flask, statements) -> None:  # type: ignore[no-untyped-def]
    pot, into = a_pot("100000"), a_pot()
    by, stranger = the_chief(pot), staff(a_pot(stream=a_stream(partnership=a_partnership())), Duty.FINANCE_OFFICER)
    counts = []
    for number in (1, 3):
        for _n in range(number):
            approved(a_virement(pot, into, "1"))
            asked = a_virement(pot, into, "1")
        assert len(by.holdings) == 1
        with statements() as made:
            queries.waiting_rows(by)
            queries.decided_rows(by)
            waits = queries.waiting(by)
            queries.of_pot(by, pot)
            queries.holdings_of(pot)
        counts.append(len(made))
    assert counts[0] == counts[1]
    assert [len(waits), len(queries.waiting_rows(by)), len(queries.waiting_rows(stranger))] == [4, 4, 0]
    with pytest.raises(NotFound):
        queries.change(stranger, asked.ref)


def test_a_payment_approved_by_a_deputy_says_for_whom(app: Flask) -> None:
    with clock.stopped(clock.deadline(date(2026, 11, 12), time(9))):
        award = an_agreement()
        payment = a_raised(first(award))
        approver, officer = staff_of(award, Duty.APPROVER), staff_of(award, Duty.THEME_LEAD)
        today = clock.today()
        deputies.name_deputy(
            approver.holdings[0], deputy=officer, starts_on=today, ends_on=today, reason="annual leave", by=approver
        )
        payments.approve(payment, digest=payment_rules.digest(payment), by=officer)
        said = [line.sentence for line in history(payment.ref, most=9) if "deputy" in line.sentence]
    assert said == [f"Approved the payment of £2,000.00, as deputy for {approver.name}"]
