"""What commands cost: each is done a few times, on subjects of its own, and its statements and processor time are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.budget import commands as budget
from grants.budget import rules as budgets
from grants.budget.models import BudgetChange, ChangeKind
from grants.demo.generator import house, texts
from grants.demo.generator.scale import NOW, THIS_YEAR
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.monitoring import commands as monitoring
from grants.panel.models import Decision, Outcome
from grants.papers import reports
from grants.payments import commands as payments
from grants.payments import rules as payment_rules
from grants.payments.models import Payment
from grants.people.models import Duty, Holding, Person
from grants.people.queries import by_email
from grants.search import commands as search
from grants.spending import commands as spending
from grants.spending.models import OwnSpend, SpendState
from grants.strategy.models import Priority
from grants.streams.models import Pot
from tests.benchmarks.measure import Read, noting

TIMES = 5


class Done(NamedTuple):
    """A command: who did it, what it cost the database, and its processor time, as the middle of several."""

    name: str
    who: str
    cost: Read
    ms: float


class Deed(NamedTuple):
    """A command by name, and what does it to the n-th of its subjects."""

    name: str
    who: str
    do: Callable[[int], Any]


def measured(wanted: Callable[[str], bool]) -> Iterator[Done]:
    """Every command. The five of an award's money follow each other on the same awards, so all of them are done."""
    with clock.stopped(NOW):
        for deed in _deeds():
            done = _measured(deed)
            if wanted(deed.name):
                yield done


def _measured(deed: Deed) -> Done:
    spent: list[float] = []
    for n in range(TIMES):
        db.session.remove()
        began = time.process_time()
        with noting() as made:
            deed.do(n)
        spent.append(time.process_time() - began)
    slowest = max(made, key=lambda one: one.seconds)
    cost = Read(len(made), 0, sum(one.seconds for one in made) * 1000, 0, slowest.sql)
    return Done(deed.name, deed.who, cost, sorted(spent)[TIMES // 2] * 1000)


def _deeds() -> Sequence[Deed]:
    waiting = db.session.scalars(
        select(Decision.ref)
        .outerjoin(Award, Award.application_id == Decision.application_id)
        .where(Award.id.is_(None), Decision.outcome != Outcome.REJECT)
        .order_by(Decision.id)
        .limit(TIMES)
    ).all()
    assert len(waiting) == TIMES, "the generated database has too few decisions without an offer"
    made: dict[int, str] = {}
    changes: dict[int, str] = {}
    spends = db.session.scalars(
        select(OwnSpend.ref)
        .join(OwnSpend.pot)
        .where(Pot.year == THIS_YEAR, OwnSpend.state == SpendState.COMMITTED)
        .order_by(OwnSpend.id)
        .limit(TIMES)
    ).all()
    return (
        Deed("offer", Duty.GRANTS_OFFICER, lambda n: made.setdefault(n, _offer(waiting[n]))),
        Deed("accept", "a group", lambda n: _accept(made[n])),
        Deed("raise a payment", Duty.FINANCE_OFFICER, lambda n: _raise(made[n])),
        Deed("approve a payment", Duty.APPROVER, lambda n: _approve(made[n])),
        Deed("record as paid", Duty.FINANCE_OFFICER, lambda n: _record(made[n])),
        Deed("charge own spend", Duty.FINANCE_OFFICER, lambda n: _charge(spends[n])),
        Deed("ask for a virement", Duty.FINANCE_OFFICER, lambda n: changes.setdefault(n, _ask(n))),
        Deed("approve a virement", Duty.APPROVER, lambda n: _agree(changes[n])),
        Deed("position report, as at", Duty.FINANCE_OFFICER, _report),
        Deed("a virement, and the index follows", "the system", _follow),
    )


def _who(duty: Duty) -> Person:
    found = by_email(house.email(duty))
    assert found
    return found


def _offer(ref: str) -> str:
    decision = db.session.scalars(select(Decision).where(Decision.ref == ref)).one()
    round, today = decision.panel.round, clock.today()
    priority = db.session.scalars(select(Priority).where(Priority.id == decision.application.priority_id)).one()
    return awards.offer(
        decision,
        starts_on=round.project_starts_on,
        ends_on=round.project_ends_on,
        answer_by=today + timedelta(days=28),
        instalments=[(decision.amount, max(today, round.project_starts_on), Gate.ACCEPTED)],
        conditions=texts.CONDITIONS,
        shares=[(priority, 10_000, None)],
        targets=[],
        by=_who(Duty.GRANTS_OFFICER),
    ).ref


def _award(ref: str) -> Award:
    return db.session.scalars(select(Award).where(Award.ref == ref)).one()


def _accept(ref: str) -> None:
    award = _award(ref)
    signs = select(Person).join(Holding, Holding.person_id == Person.id)
    held = (Holding.organisation_id == award.organisation_id, Holding.duty == Duty.CERTIFIER)
    person = db.session.scalars(signs.where(*held)).one()
    monitoring.accept_offer(award, signed_as="Secretary", by=person)


def _raise(ref: str) -> None:
    payments.raise_payment(_award(ref).instalments[0], by=_who(Duty.FINANCE_OFFICER))


def _payment(ref: str) -> Payment:
    return db.session.scalars(select(Payment).join(Award).where(Award.ref == ref)).one()


def _approve(ref: str) -> None:
    payment = _payment(ref)
    payments.approve(payment, digest=payment_rules.digest(payment), by=_who(Duty.APPROVER))


def _record(ref: str) -> None:
    day = clock.today()
    payments.record_paid(_payment(ref), paid_on=day, bank_reference="BENCHMARK", by=_who(Duty.FINANCE_OFFICER))


def _charge(ref: str) -> None:
    spend = db.session.scalars(select(OwnSpend).where(OwnSpend.ref == ref)).one()
    facts = {"what": "A month", "document": "BENCHMARK", "net": Money(10_000), "vat": Money(0)}
    spending.charge(spend, charged_on=clock.today(), by=_who(Duty.FINANCE_OFFICER), **facts)


def _ask(n: int) -> str:
    """Between the same two pots, a pound more each time."""
    pot, into = db.session.scalars(select(Pot).where(Pot.year == THIS_YEAR).order_by(Pot.id).limit(2))
    facts = {"reason": "To measure", "document": "BENCHMARK", "amount": Money(100 * (n + 1)), "effective_on": clock.today()}
    return budget.ask(pot, kind=ChangeKind.VIREMENT, into_pot=into, by=_who(Duty.FINANCE_OFFICER), **facts).ref


def _agree(ref: str) -> None:
    change = db.session.scalars(select(BudgetChange).where(BudgetChange.ref == ref)).one()
    budget.approve(change, digest=budgets.digest(change), by=_who(Duty.APPROVER))


def _follow(n: int) -> None:
    """The index follows one more thing that has happened."""
    search.catch_up()
    _ask(TIMES + n)
    search.catch_up()


def _report(_n: int) -> None:
    reports.position_report(THIS_YEAR - 1, on=date(THIS_YEAR - 1, 12, 31))
