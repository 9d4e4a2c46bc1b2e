"""What is few and done by command: the funder's agreement and its cash, the plan, own spend, a line, money carried forward."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from grants.agreements import commands as agreements
from grants.agreements.models import Agreement
from grants.budget import commands as budget
from grants.budget import rules as budgets
from grants.budget.models import ChangeKind
from grants.demo.generator import house, texts
from grants.demo.generator.house import House
from grants.demo.generator.scale import TODAY, at
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money, apportion
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty
from grants.people.queries import organisation
from grants.spending import commands as spending
from grants.spending import plans
from grants.spending.models import SpendKind
from grants.spending.rules import LineFacts
from grants.strategy.models import Priority
from grants.streams import lines
from grants.streams.models import LineKind, Pot, Stream

FINANCE, CHIEF = Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER
OWN = (
    (SpendKind.POST, "Partnership analyst, half time", 2_400_000, 4),
    (SpendKind.RECHARGE, "Mobile camera deployments", 900_000, 2),
    (SpendKind.EVENT, "Safer streets week", 300_000, 1),
)
OWN_SPEND = sum(pence for _kind, _title, pence, _charges in OWN)
CONTINGENCY = 500_000


def agree(house_: House, stream: Stream) -> Agreement:
    """The terms on which the stream's money comes, for all its years."""
    finance, first, last = house_.person(FINANCE), house_.scale.years[0], house_.scale.years[-1]
    with clock.stopped(at(clock.first_day(first), 10)):
        made = agreements.add_agreement(
            partnership=stream.partnership,
            name=f"{stream.name}, terms of the grant",
            funder=organisation(house.FUNDER),
            starts_on=clock.first_day(first),
            ends_on=clock.last_day(last),
            change_limit=Money.pounds(5_000),
            fictional=True,
            by=finance,
        )
        db.session.flush()
        agreements.add_condition(made, text="Send a statement of spending each quarter.", owner="Finance officer", by=finance)
        agreements.add_document(made, title="Grant letter", kept_at="Finance, shared drive", by=finance)
        agreements.add_signature(
            made, what="The agreement", post="Chief finance officer", signs_for="The accountable body", by=finance
        )
        db.session.flush()
    return made


def bring_in(house_: House, agreement: Agreement, pot: Pot) -> None:
    """The pot's allocation goes under the agreement; the funder sends it in two halves."""
    finance, allocation = house_.person(FINANCE), pot.allocations[0]
    with clock.stopped(at(pot.starts_on + timedelta(days=2), 11)):
        agreements.attach(agreement, allocation, by=finance)
        assert pot.allocation
        for half, months in zip(apportion(pot.allocation, (1, 1)), (2, 8), strict=True):
            expected = pot.starts_on + timedelta(days=30 * months)
            payment = agreements.expect_payment(allocation, amount=half, expected_on=expected, by=finance)
            db.session.flush()
            came = expected + timedelta(days=5)
            if came < TODAY:
                with clock.stopped(at(came, 9)):
                    agreements.receive(
                        payment, received=half, received_on=came, bank_reference=f"GRANT {came:%d%m%y}", by=finance
                    )
                    db.session.flush()


def plan(house_: House, agreement: Agreement, pot: Pot, competed: Money) -> str:
    """What the year's money is for, approved by the board and agreed by the funder. Answers with the line for grants."""
    finance = house_.person(FINANCE)
    priority = db.session.scalars(select(Priority).where(Priority.id == house_.priorities[0].id)).one()
    facts = [
        LineFacts(None, pot, "Grants to groups", "Groups, by open call", competed, "Projects in every area", None, priority)
    ]
    facts += [
        LineFacts(None, pot, title, "The council", Money(pence), "As its job description says", None, priority)
        for _kind, title, pence, _charges in OWN
    ]
    day = pot.starts_on + timedelta(days=3)
    with clock.stopped(at(day, 9)):
        made = plans.draft_plan(agreement, year=pot.year, by=finance)
        db.session.flush()
        plans.save_lines(made, facts, edition=made.edition, by=finance)
        db.session.flush()
        plans.resolve(made, resolution=f"Board, {day:%B %Y}, 4 {texts.FICTIONAL}", resolved_on=day, by=finance)
        plans.send(made, sent_on=day, by=finance)
        plans.record_agreed(made, agreed_on=day, said="", by=finance)
        db.session.flush()
    return made.lines[0].line


def spend(house_: House, pot: Pot, chance: Random) -> None:
    """A post, a recharge and an event, charged at even intervals as far as the year has come."""
    finance, chief = house_.person(FINANCE), house_.person(CHIEF)
    for kind, title, pence, charges in OWN:
        priority = db.session.scalars(select(Priority).where(Priority.id == chance.choice(house_.priorities).id)).one()
        with clock.stopped(at(pot.starts_on + timedelta(days=3), 13)):
            planned = spending.plan_spend(
                pot,
                kind=kind,
                title=title,
                payee=f"The council {texts.FICTIONAL}",
                planned=Money(pence),
                starts_on=pot.starts_on,
                ends_on=pot.ends_on,
                approval_basis=f"Board, April {pot.year}, 5 {texts.FICTIONAL}",
                priority=priority,
                fictional=True,
                by=finance,
            )
            db.session.flush()
            spending.commit(planned, resolution=f"Board, April {pot.year}, 5 {texts.FICTIONAL}", by=chief)
            db.session.flush()
        for n in range(charges):
            day = pot.starts_on + timedelta(days=360 * (n + 1) // charges - 10)
            if day >= min(TODAY, pot.ends_on):
                break
            with clock.stopped(at(day, 14)):
                spending.charge(
                    planned,
                    what=f"{title}, {day:%B %Y}",
                    document=f"JNL {pot.ref} {n + 1}",
                    net=Money(pence // charges * 95 // 100),
                    vat=Money(0),
                    charged_on=day,
                    by=finance,
                )
                db.session.flush()


def set_aside(house_: House, pot: Pot) -> None:
    """A line for what nobody foresees."""
    with clock.stopped(at(pot.starts_on + timedelta(days=4), 9)):
        lines.open_line(
            pot, name="Contingency", kind=LineKind.CONTINGENCY, amount=Money(CONTINGENCY), by=house_.person(FINANCE)
        )
        db.session.flush()


def carry_forward(house_: House, before: Pot, pot: Pot) -> None:
    """Part of what last year's pot still has free goes into this year's: asked for, and approved by somebody else."""
    free = ledger.balance(At(before.ref, "", Bucket.FREE))
    if free < Money(10_000):
        return
    with clock.stopped(at(date(pot.year, 4, 7), 10)):
        asked = budget.ask(
            before,
            kind=ChangeKind.CARRY_FORWARD,
            amount=Money(free.pence * 4 // 5),
            effective_on=clock.today(),
            reason="Not needed last year, and the funder lets it be carried",
            document=f"Year-end return {clock.year_label(before.year)}",
            resolution=f"Board, April {pot.year}, 6 {texts.FICTIONAL}",
            into_pot=pot,
            by=house_.person(FINANCE),
        )
        db.session.flush()
        budget.approve(asked, digest=budgets.digest(asked), by=house_.person(CHIEF))
        db.session.flush()
