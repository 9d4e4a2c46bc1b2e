"""The life of one award, in bulk: offered, answered, paid, reported on and closed, as far as it has come by now."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from grants.audit.record import Said, declare
from grants.awards.models import Award, Condition, Gate, Instalment, LaterYear, PromisedTarget, Share, State
from grants.demo.generator import texts
from grants.demo.generator.books import Books
from grants.demo.generator.house import Group, House, Named
from grants.demo.generator.scale import THIS_YEAR, TODAY, at
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import mark
from grants.ledger.chart import Bucket
from grants.monitoring import rules as monitoring
from grants.monitoring.models import Report, ReportReading
from grants.monitoring.models import State as ReportState
from grants.payments import rules as payments
from grants.payments.models import Payment
from grants.payments.models import State as PaymentState
from grants.people.models import Approval, Duty
from grants.strategy.models import Reading

declare({"generated.closed": mark("Closed the award: everything is accounted for")})

TO_ANSWER = timedelta(days=28)


class Promise(NamedTuple):
    """What is offered to whom, out of which account."""

    group: Group
    title: str
    purpose: str
    pence: int
    priority: Named
    locality: Named | None
    offered: date
    starts: date
    ends: date
    source: tuple[str, Bucket]  # whose money: a round's, or a protected commitment's
    application: int | None
    decision: str | None
    commitment: int | None


class _NotYet(Exception):
    """The next step lies in the future."""


class Life:
    """One award. Every step has its day; the first that lies ahead of now, and all after it, have not happened."""

    def __init__(self, house: House, books: Books, pot: int, line: str, chance: Random, said: list[Said]) -> None:
        self.house, self.books, self.pot, self.line, self.chance, self.said = house, books, pot, line, chance, said
        self.press = house.press
        self.officer, self.finance = house.who(Duty.GRANTS_OFFICER), house.who(Duty.FINANCE_OFFICER)
        self.approver = house.who(Duty.APPROVER)

    def live(self, promise: Promise) -> None:
        """Write the award and all that has become of it."""
        self.promise, self.ref = promise, self.press.ref("AWD", promise.offered)
        self.row: dict[str, Any] = {"state": State.OFFERED, "edition": 1}
        self.plan = self._schedule()
        self.paid: dict[int, dict[str, Any]] = {}  # instalment's number -> its payment, as far as it has come
        self.met: dict[int, datetime] = {}  # instalment's number -> when its gate opened
        self.reports: list[dict[str, Any]] = []
        self.refs = [self.press.ref("INS", promise.offered) for _one in self.plan]
        self._move("offer", promise.source, Bucket.OFFERED, promise.pence, at(promise.offered), self.officer)
        facts = {"amount": Money(promise.pence), "answer_by": promise.offered + TO_ANSWER}
        self._say("award.offered", self.ref, self.officer, at(promise.offered), **facts)
        with suppress(_NotYet):
            self._answer()
        self._write()

    # -- what happens, in order ---------------------------------------------------------------------------------------

    def _answer(self) -> None:
        offered, fate, group = self.promise.offered, self.chance.random(), self.promise.group
        amount = Money(self.promise.pence)
        if fate < 0.03:
            when = self._on(offered + timedelta(days=self.chance.randint(3, 20)), 14)
            self.row["state"] = State.DECLINED
            self._move("lapse", Bucket.OFFERED, self.promise.source, self.promise.pence, when, group.person)
            reason = "We have found the money elsewhere."
            self._say("award.declined", self.ref, group.person, when, reason=reason, amount=amount)
            return
        if fate < 0.05:
            when = self._on(offered + TO_ANSWER + timedelta(days=2), 11)
            self.row["state"] = State.LAPSED
            self._move("lapse", Bucket.OFFERED, self.promise.source, self.promise.pence, when, self.officer)
            self._say("award.lapsed", self.ref, self.officer, when, answer_by=offered + TO_ANSWER, amount=amount)
            return
        when = self._on(offered + timedelta(days=self.chance.randint(2, 18)), self.chance.randint(9, 20))
        self.row |= {
            "state": State.ACCEPTED,
            "accepted_at": when,
            "accepted_by_id": group.person.id,
            "accepted_as": "Secretary",
            "edition": 2,
        }
        self._move("accept", Bucket.OFFERED, Bucket.COMMITTED, self.promise.pence, when, group.person)
        self._say("award.accepted", self.ref, group.person, when, amount=amount, signed_as="Secretary")
        self.met[1] = when
        self._run(when)

    def _run(self, accepted: datetime) -> None:
        gated = [due for _amount, due, gate in self.plan if gate is Gate.REPORT]
        for asked in monitoring.schedule(self.promise.starts, self.promise.ends, gated, accepted.date()):
            ref = self.press.ref("RPT", accepted.date())
            self.reports.append({"ref": ref, **asked._asdict(), "state": ReportState.DUE, "edition": 1})
            days = {"due_on": asked.due_on, "period_start": asked.period_start, "period_end": asked.period_end}
            self._say("report.asked", ref, self.promise.group.person, accepted, award=self.ref, **days)
        day, received, accounted = accepted.date(), 0, 0
        for number, (amount, due, _gate) in enumerate(self.plan, 1):
            day = self._pay(number, amount, max(due, day))
            received += amount.pence
            last = number == len(self.plan)
            spent = self.promise.pence - accounted if last else (received - accounted) * self.chance.randint(60, 95) // 100
            day = self._report(number, spent, day)
            accounted += spent
        if self.chance.random() < 0.9:
            when = self._on(day + timedelta(days=200), 12)
            self.row |= {"state": State.CLOSED, "edition": 3}
            self._say("generated.closed", self.ref, self.officer, when)

    def _pay(self, number: int, amount: Money, from_day: date) -> date:
        """Raised, approved and out of the bank; the days between are working practice."""
        raised = self._on(from_day + timedelta(days=self.chance.randint(1, 4)), 10)
        ref, group = self.press.ref("PAY", raised.date()), self.promise.group
        payment: dict[str, Any] = {"ref": ref, "amount": amount, "raised_by_id": self.finance.id, "raised_at": raised}
        self.paid[number] = payment | {"state": PaymentState.RAISED, "edition": 1}
        facts = {"amount": amount, "number": number, "award": self.ref, "payee": group.ref}
        self._say("payment.raised", ref, self.finance, raised, **facts)
        approved = self._on(raised.date() + timedelta(days=self.chance.randint(0, 3)), 15)
        seal = payments.digest_of(self.ref, self.refs[number - 1], amount, group.ref, group.name)
        self.paid[number] |= {"state": PaymentState.APPROVED, "edition": 2}
        self.paid[number] |= {"approved_by_id": self.approver.id, "approved_at": approved}
        self.press.add(
            Approval,
            what=payments.APPROVAL,
            subject=ref,
            digest=seal,
            pence=amount,
            asked_by=self.finance.ref,
            given_by=self.approver.ref,
            given_at=approved,
        )
        self._move("approve", Bucket.COMMITTED, Bucket.DUE, amount.pence, approved, self.approver, source=ref)
        self._say("payment.approved", ref, self.approver, approved, amount=amount, digest=seal)
        paid_on = approved.date() + timedelta(days=self.chance.randint(2, 5))
        known, bank = self._on(paid_on + timedelta(days=self.chance.randint(0, 2)), 11), f"BACS {paid_on:%d%m%y}"
        self.paid[number] |= {"state": PaymentState.PAID, "paid_on": paid_on, "bank_reference": bank, "edition": 3}
        self._move("pay", Bucket.DUE, Bucket.PAID, amount.pence, known, self.finance, source=ref, on=paid_on)
        self._say("payment.paid", ref, self.finance, known, amount=amount, paid_on=paid_on, bank_reference=bank)
        return paid_on

    def _report(self, number: int, spent: int, from_day: date) -> date:
        """The group reports, the officer accepts, the money is accounted for and the next payment's gate opens."""
        report, group = self.reports[number - 1], self.promise.group
        sent = self._on(max(from_day, report["due_on"] - timedelta(days=self.chance.randint(0, 9))), 19)
        measured = Decimal(self.chance.randint(3, 90))
        report |= {"spent": Money(spent), "story": texts.STORY, "submitted_at": sent, "submitted_by": group.person.ref}
        report |= {"state": ReportState.SUBMITTED, "edition": 2, "value": measured}
        self._say("report.submitted", report["ref"], group.person, sent, spent=Money(spent))
        done = self._on(sent.date() + timedelta(days=self.chance.randint(2, 12)), 14)
        report |= {"state": ReportState.ACCEPTED, "answered_at": done, "answered_by": self.officer.ref, "edition": 3}
        if spent:
            self._move("evidence", Bucket.PAID, Bucket.EVIDENCED, spent, done, self.officer, source=report["ref"])
        facts = {"accounted": Money(spent), "carried": Money(0)}
        self._say("report.accepted", report["ref"], self.officer, done, **facts)
        self._measure(report, measured, done)
        if number < len(self.plan):
            self.met[number + 1] = done
            gate = {"number": number + 1, "gate": Gate.REPORT, "instalment": self.refs[number]}
            self._say("award.gate_met", self.ref, self.officer, done, **gate)
        return done.date()

    def _measure(self, report: dict[str, Any], value: Decimal, when: datetime) -> None:
        indicator, ref = self._indicator(), self.press.ref("RDG", when.date())
        period = f"{report['period_start']}/{report['period_end']}"
        self.press.add(
            Reading,
            ref=ref,
            indicator_id=indicator.id,
            area=self.promise.locality.name if self.promise.locality else None,
            period=period,
            period_start=report["period_start"],
            period_end=report["period_end"],
            value=value,
            unit="count",
            qualifier="exact",
            reported_in=report["ref"],
        )
        facts = {"value": value, "indicator": indicator.name, "period": period, "reported_in": report["ref"]}
        self._say("reading.recorded", ref, self.officer, when, **facts)

    # -- what is written ----------------------------------------------------------------------------------------------

    def _write(self) -> None:
        promise = self.promise
        award = self.press.add(
            Award,
            ref=self.ref,
            application_id=promise.application,
            commitment_id=promise.commitment,
            organisation_id=promise.group.id,
            pot_id=self.pot,
            title=promise.title,
            purpose=promise.purpose,
            agreed=Money(promise.pence),
            starts_on=promise.starts,
            ends_on=promise.ends,
            answer_by=promise.offered + TO_ANSWER,
            decision=promise.decision,
            strategy_id=self.house.strategy.id if promise.commitment else None,
            plan_line=None if promise.commitment else self.line,
            offered_by=self.officer.ref,
            offered_at=at(promise.offered),
            **self.row,
        )
        for position, term in enumerate(texts.CONDITIONS, 1):
            self.press.add(Condition, award_id=award, position=position, text=term)
        for number, ((amount, due, gate), ref) in enumerate(zip(self.plan, self.refs, strict=True), 1):
            instalment = self.press.add(
                Instalment,
                ref=ref,
                award_id=award,
                number=number,
                amount=amount,
                due_on=due,
                gate=gate,
                gate_met_at=self.met.get(number),
            )
            if number in self.paid:
                self.press.add(Payment, award_id=award, instalment_id=instalment, **self.paid[number])
        self._serve(award)
        self.press.add(PromisedTarget, award_id=award, indicator_id=self._indicator().id, value=self.chance.randint(10, 200))
        for report in self.reports:
            value = report.pop("value", None)
            made = self.press.add(Report, award_id=award, **report)
            if value is not None:
                self.press.add(ReportReading, report_id=made, indicator_id=self._indicator().id, value=value)
        accepted = self.row["state"] is State.ACCEPTED
        if accepted and clock.financial_year(promise.starts) == THIS_YEAR and self.chance.random() < 0.05:
            self.press.add(LaterYear, award_id=award, year=THIS_YEAR + 1, amount=Money(promise.pence))

    def _serve(self, award: int) -> None:
        """Whose priorities the money serves: mostly one, sometimes two, now and then partly outside the plan."""
        fate, main = self.chance.random(), self.promise.priority
        other = self.house.priorities[(self.house.priorities.index(main) + 5) % len(self.house.priorities)]
        shares: Sequence[tuple[int | None, int, str | None]] = [(main.id, 10_000, None)]
        if fate < 0.4:
            shares = [(main.id, 7_000, None), (other.id, 3_000, None)]
        elif fate < 0.43:
            shares = [(main.id, 6_667, None), (None, 3_333, "Core costs that no priority names")]
        for position, (priority, points, reason) in enumerate(shares, 1):
            self.press.add(
                Share,
                award_id=award,
                series=1,
                position=position,
                priority_id=priority,
                basis_points=points,
                reason=reason,
                effective_on=self.promise.offered,
                recorded_at=at(self.promise.offered),
            )

    # -- within -------------------------------------------------------------------------------------------------------

    def _schedule(self) -> list[tuple[Money, date, Gate]]:
        """One payment of small awards, two of most, three of large ones; the last of them before the project ends."""
        parts = 1 if self.promise.pence < 300_000 else 2 if self.promise.pence < 1_200_000 else 3
        days, each = (self.promise.ends - self.promise.starts).days, self.promise.pence // parts
        return [
            (
                Money(self.promise.pence - each * (parts - 1) if number == 0 else each),
                self.promise.starts + timedelta(days=days * number // parts),
                Gate.REPORT if number else Gate.ACCEPTED,
            )
            for number in range(parts)
        ]

    def _indicator(self) -> Named:
        return self.house.indicators[self.promise.priority.id % len(self.house.indicators)]

    def _on(self, day: date, hour: int) -> datetime:
        """The instant of the next step, unless it has not come yet."""
        if day > TODAY - timedelta(days=1):
            raise _NotYet
        return at(day, hour)

    def _move(
        self,
        kind: str,
        out_of: Bucket | tuple[str, Bucket],
        into: Bucket | tuple[str, Bucket],
        pence: int,
        when: datetime,
        by: Named,
        *,
        source: str | None = None,
        on: date | None = None,
    ) -> None:
        self.books.move(
            kind,
            (self.ref, out_of) if isinstance(out_of, Bucket) else out_of,
            (self.ref, into) if isinstance(into, Bucket) else into,
            pence,
            on=on or when.date(),
            recorded=when,
            by=by.ref,
            source=source or self.ref,
            key=f"{kind}:{source}" if source else f"{kind} {self.ref}",
        )

    def _say(self, code: str, subject: str, by: Named, when: datetime, **facts: Any) -> None:
        self.said.append(Said(code, subject, by.ref, when, facts))
