"""Several people at once pay an instalment once; and whatever the plan and the reports, the books tie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from grants.awards.models import Award, Gate
from grants.awards.proofs import faults as award_faults
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.ledger.models import Transfer
from grants.ledger.proofs import faults as ledger_faults
from grants.ledger.queries import owned
from grants.monitoring import commands as monitoring
from grants.monitoring.models import State as ReportState
from grants.payments import commands, queries, rules
from grants.payments.models import Payment, State
from grants.people.models import Duty
from grants.people.queries import person
from tests.builders.payments import a_raised, a_sent, an_agreement, an_approved, books, first, reports, staff_of

MANY = 8


def at_once(app: Flask, *does: Callable[[], Any]) -> list[Any]:
    """Run each in its own thread with its own connection, all let go together: what each gave or raised."""
    db.session.rollback()
    go, gave = Barrier(len(does)), [None] * len(does)

    def run(n: int) -> None:
        with app.app_context():
            try:
                go.wait()
                gave[n] = does[n]()
            except Exception as error:  # told to the test
                gave[n] = error
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=(n,)) for n in range(len(does))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave


def refusals(gave: list[Any]) -> list[Any]:
    return [one for one in gave if isinstance(one, Exception)]


def test_many_approvers_at_once_approve_once(app):
    award = an_agreement("3000", "1000")
    payment = a_raised(first(award))
    ref, digest, approvers = payment.ref, rules.digest(payment), [staff_of(award, Duty.APPROVER).ref for _n in range(MANY)]

    def approve(who: str) -> Callable[[], str]:
        return lambda: commands.approve(queries.payment(person(who), ref), digest=digest, by=person(who)).ref

    gave = at_once(app, *map(approve, approvers))
    assert gave.count(ref) == 1
    assert [type(one) for one in refusals(gave)] == [RuleBroken] * (MANY - 1)
    assert {one.problems[0].split(",")[0] for one in refusals(gave)} == {"This is already approved"}
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.DUE: "3000.00"}
    assert [*ledger_faults(), *award_faults()] == []


def test_many_officers_at_once_raise_an_instalment_once(app):
    award = an_agreement()
    instalment, finance = first(award).ref, [staff_of(award, Duty.FINANCE_OFFICER).ref for _n in range(MANY)]

    def ask(who: str) -> Callable[[], str]:
        return lambda: commands.raise_payment(queries.instalment(person(who), instalment), by=person(who)).ref

    gave = at_once(app, *map(ask, finance))
    assert [type(one) for one in refusals(gave)] == [RuleBroken] * (MANY - 1)
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1


def test_one_button_pressed_by_many_fingers_pays_once_and_everybody_is_told_so(app):
    award = an_agreement("3000", "1000")
    payment = an_approved(first(award))
    ref, who = payment.ref, staff_of(award, Duty.FINANCE_OFFICER).ref

    def pay() -> str:
        by = person(who)
        return commands.record_paid(
            queries.payment(by, ref), paid_on=clock.today(), bank_reference="BACS 1", key="one", by=by
        ).ref

    assert at_once(app, *[pay] * MANY) == [ref] * MANY
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "3000.00"}
    assert db.session.scalar(select(func.count()).select_from(Transfer).where(Transfer.kind == "pay")) == 1


def test_two_reports_at_once_do_not_spend_the_same_pound_twice(app):
    award = an_agreement("3000", "1000")
    interim, final = reports(award)
    a_sent(interim, "1")
    officer = staff_of(award, Duty.GRANTS_OFFICER)
    monitoring.return_report(interim, because="Again, please.", by=officer)
    refs = [interim.ref, final.ref]

    def send(ref: str) -> Callable[[], str]:
        def do() -> str:
            [report] = [one for one in reports(db.session.get_one(Award, award_id)) if one.ref == ref]
            return a_sent(report, "3000").ref

        return do

    award_id = award.id
    gave = at_once(app, *map(send, refs))
    assert [type(one) for one in refusals(gave)] == [RuleBroken]
    assert "£1,000.00 of your £4,000.00 grant is left" in refusals(gave)[0].problems[0]


# -- whatever the plan ------------------------------------------------------------------------------------------------


ACTS = ("raise", "approve", "refuse", "pay", "send", "return", "accept")


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[int], list[Gate], list[tuple[str, int]]]:
    """Instalments in pence with what each waits for, and what people try to do next, in any order, with any spend."""
    amounts = draw(st.lists(st.integers(50_000 // 3, 300_000), min_size=1, max_size=3))
    gates = [Gate.ACCEPTED, *[draw(st.sampled_from(Gate)) for _one in amounts[1:]]]
    acts = draw(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 400_000)), max_size=30))
    return amounts, gates, acts


def _carry_out(plan: tuple[list[int], list[Gate], list[tuple[str, int]]]) -> None:
    amounts, gates, acts = plan
    amounts[0] += max(0, 50_000 - sum(amounts))  # the builders' round gives £500 or more
    award = an_agreement(*map(Money, amounts), gates=gates)
    finance, approver = staff_of(award, Duty.FINANCE_OFFICER), staff_of(award, Duty.APPROVER)
    officer = staff_of(award, Duty.GRANTS_OFFICER)

    def payment(state: State) -> Payment | None:
        waits = select(Payment).where(Payment.award_id == award.id, Payment.state == state).order_by(Payment.id)
        return db.session.scalar(waits)

    def do(act: str, pence: int) -> None:
        if act == "raise":
            commands.raise_payment(award.instalments[pence % len(award.instalments)], by=finance)
        elif act == "approve" and (one := payment(State.RAISED)):
            commands.approve(one, digest=rules.digest(one), by=approver)
        elif act == "refuse" and (one := payment(State.RAISED)):
            commands.refuse(one, because="Not now", by=approver)
        elif act == "pay" and (one := payment(State.APPROVED)):
            commands.record_paid(one, paid_on=clock.today(), bank_reference="B", by=finance)
        elif act == "send":
            a_sent(reports(award)[pence % len(reports(award))], Money(pence))
        elif sent := [one for one in reports(award) if one.state is ReportState.SUBMITTED]:
            if act == "return":
                monitoring.return_report(sent[0], because="More", by=officer)
            elif act == "accept":
                monitoring.accept_report(sent[0], by=officer)

    for act, pence in acts:
        with contextlib.suppress(RuleBroken):
            do(act, pence)
            note(f"{act} {pence}: {books(award)}")
        held = {bucket: amount.pence for (_book, bucket), amount in owned(award.ref).items()}
        assert sum(held.values()) == sum(amounts)
        said = [one.spent.pence for one in reports(award) if one.spent and one.state is ReportState.ACCEPTED]
        out = held.get(Bucket.PAID, 0) + held.get(Bucket.EVIDENCED, 0)
        assert held.get(Bucket.EVIDENCED, 0) == min(sum(said), out)  # every accepted pound that was paid, and no other
    paid = db.session.scalars(select(Payment).where(Payment.award_id == award.id, Payment.state == State.PAID)).all()
    assert sum(one.amount.pence for one in paid) == held_out(award)
    assert [*ledger_faults(), *award_faults()] == []


def held_out(award: Award) -> int:
    """All that has left the bank for an award, in pence."""
    return sum(
        amount.pence for (_book, bucket), amount in owned(award.ref).items() if bucket in (Bucket.PAID, Bucket.EVIDENCED)
    )


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(plan=plans())
def test_whatever_people_do_the_books_tie_and_nothing_unpaid_is_accounted_for(app, plan):
    _carry_out(plan)


@pytest.mark.long
@settings(max_examples=150, deadline=timedelta(minutes=2), suppress_health_check=QUIET)
@given(plan=plans())
def test_whatever_many_people_do_the_books_tie(app, plan):
    _carry_out(plan)
