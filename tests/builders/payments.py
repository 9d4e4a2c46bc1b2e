"""Agreements in progress for tests, through commands: reports sent and answered, instalments raised, approved and paid.

award = an_agreement("3000", "1000")        accepted three days ago, its reports asked for, the second payment on a report
payment = a_paid(first(award))              raised, approved and out of the bank today
report = a_sent(reports(award)[0], "500")   sent by the group; `an_accepted` is answered as well
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from grants.awards.models import Award, Gate, Instalment
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from grants.monitoring import commands as monitoring
from grants.monitoring.models import Report
from grants.payments import commands as payments
from grants.payments.models import Payment
from grants.payments.rules import digest
from grants.people.models import Duty, Person
from tests.builders.awards import ago, an_offer, pounds, signatory_of
from tests.builders.people import a_person


def an_agreement(*amounts: str | Money, gates: Iterable[Gate] = (), by: Person | None = None, **facts: Any) -> Award:
    """An accepted award whose reports were asked for: £2,000 now and £2,000 on a report, or these payments."""
    offer = an_offer(*amounts, gates=gates, **facts)
    with ago(3):
        return monitoring.accept_offer(offer, signed_as="Treasurer", by=by or signatory_of(offer))


def staff_of(award: Award, *duties: Duty, **facts: Any) -> Person:
    """Somebody with these duties in the award's partnership."""
    return a_person(*duties, partnership=award.pot.stream.partnership, **facts)


def first(award: Award, number: int = 1) -> Instalment:
    """The award's first instalment, or a later one."""
    return award.instalments[number - 1]


def reports(award: Award) -> Sequence[Report]:
    """The award's reports in order."""
    return db.session.scalars(select(Report).where(Report.award_id == award.id).order_by(Report.number)).all()


def a_raised(instalment: Instalment, *, by: Person | None = None) -> Payment:
    """Raised by a finance officer."""
    return payments.raise_payment(instalment, by=by or staff_of(instalment.award, Duty.FINANCE_OFFICER))


def an_approved(instalment: Instalment, *, by: Person | None = None) -> Payment:
    """Raised and approved."""
    payment = a_raised(instalment)
    return payments.approve(payment, digest=digest(payment), by=by or staff_of(payment.award, Duty.APPROVER))


def a_paid(instalment: Instalment) -> Payment:
    """Raised, approved and out of the bank today."""
    payment = an_approved(instalment)
    by = staff_of(payment.award, Duty.FINANCE_OFFICER)
    return payments.record_paid(payment, paid_on=clock.today(), bank_reference="BACS 123", by=by)


def figures_of(report: Report, value: str = "12") -> dict[int, Decimal | None]:
    """A figure for everything the award promised."""
    return {target.indicator_id: Decimal(value) for target in report.award.targets}


def a_sent(report: Report, spent: str | Money = "500", *, story: str = "Forty people came.", value: str = "12") -> Report:
    """Sent by the group."""
    return monitoring.submit_report(
        report,
        spent=pounds(spent),
        story=story,
        readings=figures_of(report, value),
        edition=report.edition,
        by=a_person(Duty.APPLICANT, organisation=report.award.organisation),
    )


def an_accepted(report: Report, spent: str | Money = "500", *, by: Person | None = None) -> Report:
    """Sent by the group and accepted by an officer."""
    a_sent(report, spent)
    return monitoring.accept_report(report, answer="Thank you.", by=by or staff_of(report.award, Duty.GRANTS_OFFICER))


def books(award: Award) -> dict[Bucket, str]:
    """The award's money now, by bucket, in pounds; nought is left out."""
    return {bucket: amount.plain for (_book, bucket), amount in owned(award.ref).items()}
