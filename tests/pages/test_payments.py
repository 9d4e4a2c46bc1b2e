"""Payments as pages: raised, approved by a second person, recorded; every way it is refused in words."""

from __future__ import annotations

import re

import pytest

from grants.awards.models import Gate
from grants.kernel import clock
from grants.ledger.chart import Bucket
from grants.payments import rules
from grants.payments.models import State
from grants.people.models import Duty
from tests.builders.payments import a_paid, a_raised, an_agreement, an_approved, books, first, staff_of
from tests.builders.people import a_person
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app) -> Browser:
    return Browser(sqlite_app)


def test_finance_raises_an_approver_approves_finance_records(browser):
    award = an_agreement("3000", "1000")
    group = award.organisation.name
    finance, approver = staff_of(award, Duty.FINANCE_OFFICER), staff_of(award, Duty.APPROVER)

    browser.sign_in(finance)
    page = browser.visit("/payments")
    assert [table.caption for table in page.tables()] == ["To raise"]
    assert [row[1:4] for row in page.tables()[0].rows] == [[group, award.ref, "£3,000.00"]]

    page = browser.visit(f"/payments/raise/{first(award).ref}")
    assert page.h1 == f"Raise a payment of £3,000.00 to {group}"
    assert page.tables()[0].rows == [
        ["Committed", "£4,000.00", "£1,000.00"],
        ["Approved for payment, not yet out of the bank", "£0.00", "£3,000.00"],
        ["Paid", "£0.00", "£0.00"],
    ]
    page = browser.press("Raise this payment")
    assert page.banners == ["Payment raised. A second person has to approve it."]
    assert page.h1 == f"Payment of £3,000.00 to {group}"
    assert "You do not hold the duty that this needs. Who could: an approver." in page.text
    [ref] = re.findall(r"PAY-\d\d-\d{5}", page.caption or "")

    browser.sign_in(approver)
    page = browser.submit(f"/payments/{ref}/approve", expect=422)
    assert page.problems == ["Confirm that you have checked the group, the amount and what had to happen first"]
    page = browser.submit(f"/payments/{ref}/approve", sure="y")
    assert page.banners == ["Payment approved. Finance can now send the money."]
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.DUE: "3000.00"}

    browser.sign_in(finance)
    page = browser.submit(f"/payments/{ref}/paid", bank_reference="", expect=422)
    assert page.problems == ["Enter the bank’s reference for this payment"]
    page = browser.submit(f"/payments/{ref}/paid", bank_reference="BACS 0042")
    assert page.banners == ["Recorded as paid. The group has been told."]
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "3000.00"}
    page = browser.visit("/payments")
    assert [(table.caption, table.rows[0][4:]) for table in page.tables()] == [
        ("The latest payments", ["Paid", clock.today().strftime("%-d %b %Y"), "BACS 0042"])
    ]


def test_an_approver_refuses_with_a_reason(browser):
    award = an_agreement()
    payment = a_raised(first(award))
    browser.sign_in(staff_of(award, Duty.APPROVER))
    page = browser.submit(f"/payments/{payment.ref}/refuse", because=" ", expect=422)
    assert page.problems == ["Say why you are refusing this payment. Whoever raised it will read this."]
    page = browser.submit(f"/payments/{payment.ref}/refuse", because="Wrong account.")
    assert page.banners == ["Payment refused. No money has moved."]
    assert "Wrong account." in page.all("dd")


def test_pressing_approve_twice_approves_once(browser):
    award = an_agreement("3000", "1000")
    payment = a_raised(first(award))
    browser.sign_in(staff_of(award, Duty.APPROVER))
    page = browser.visit(f"/payments/{payment.ref}/approve")
    sent = next(form for form in page.forms if "digest" in form.given).fill(sure="y")
    answers = [browser.client.post(f"/payments/{payment.ref}/approve", data=sent) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.DUE: "3000.00"}


def test_an_approval_of_other_figures_is_refused_and_the_page_shows_the_right_ones(browser):
    award = an_agreement("3000", "1000")
    payment = a_raised(first(award))
    browser.sign_in(staff_of(award, Duty.APPROVER))
    page = browser.submit(f"/payments/{payment.ref}/approve", sure="y", digest="0" * 64, expect=422)
    assert page.problems == ["The figures changed after this page was drawn. Read them again before you approve."]
    assert rules.digest(payment) in [form.given.get("digest", [""])[0] for form in page.forms]
    assert books(award) == {Bucket.COMMITTED: "4000.00"}


def test_the_raiser_sees_why_they_cannot_approve_and_who_could(browser):
    award = an_agreement()
    both = staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER)
    payment = a_raised(first(award), by=both)
    browser.sign_in(both)
    sentence = "You asked for this payment, so somebody else must approve the payment."
    page = browser.visit(f"/payments/{payment.ref}/approve")
    assert sentence in page.text and "Approve £" not in [button.text for form in page.forms for button in form.buttons]
    answer = browser.post(f"/payments/{payment.ref}/approve", {"digest": rules.digest(payment), "sure": "y", "key": "k" * 24})
    assert answer.status_code == 403 and sentence in answer.text
    assert payment.state is State.RAISED


def test_an_instalment_that_cannot_be_raised_says_why(browser):
    award = an_agreement()
    browser.sign_in(staff_of(award, Duty.FINANCE_OFFICER))
    page = browser.visit(f"/payments/raise/{first(award, 2).ref}")
    assert "Instalment 2 can be paid once a report is accepted. That has not happened yet." in page.text
    assert "Raise this payment" not in page.text
    a_raised(first(award))
    page = browser.visit(f"/payments/raise/{first(award).ref}")
    assert "This instalment is already being paid:" in page.text


def test_who_works_elsewhere_or_not_at_all_sees_nothing(browser):
    award, other = an_agreement(), an_agreement()
    payment = a_raised(first(award))
    browser.sign_in(staff_of(other, Duty.FINANCE_OFFICER, Duty.APPROVER))
    for path in (f"/payments/{payment.ref}", f"/payments/{payment.ref}/approve", f"/payments/raise/{first(award).ref}"):
        browser.visit(path, expect=404)
    assert payment.ref not in browser.visit("/payments").text
    browser.sign_in(a_person(Duty.APPLICANT, organisation=award.organisation))
    browser.visit("/payments", expect=403)
    browser.visit(f"/payments/{payment.ref}", expect=403)


def test_an_auditor_reads_everything_and_changes_nothing(browser):
    award = an_agreement()
    payment = an_approved(first(award))
    browser.sign_in(a_person(Duty.AUDITOR))
    browser.visit("/payments")
    page = browser.visit(f"/payments/{payment.ref}/paid")
    assert "A finance officer of this stream records payments." in page.text
    today = clock.today()
    answer = browser.post(
        f"/payments/{payment.ref}/paid",
        {
            "bank_reference": "B",
            "paid_on-day": str(today.day),
            "paid_on-month": str(today.month),
            "paid_on-year": str(today.year),
            "key": "k" * 24,
        },
    )
    assert answer.status_code == 403 and "As an auditor you can read everything, but change nothing." in answer.text


def test_nothing_to_pay_says_so(browser):
    browser.sign_in(a_person(Duty.FINANCE_OFFICER))
    page = browser.visit("/payments")
    assert page.tables() == []
    assert "Nothing waits to be raised." in page.text and "Nothing has been paid or refused yet." in page.text


@pytest.mark.parametrize(
    "path", ["/payments", "/payments/{payment}", "/payments/{payment}/approve", "/payments/raise/{instalment}"]
)
def test_a_page_costs_the_same_for_one_payment_and_many(browser, statements, path):
    award = an_agreement(*["500"] * 8, gates=[Gate.ACCEPTED] * 8)
    payment = a_raised(first(award))
    an_approved(first(award, 2))
    a_paid(first(award, 3))
    at = path.format(payment=payment.ref, instalment=first(award, 8).ref)
    browser.sign_in(staff_of(award, Duty.FINANCE_OFFICER, Duty.APPROVER))
    browser.visit(at)
    with statements() as made:
        browser.visit(at)
    few = len(made)
    a_raised(first(award, 4))
    an_approved(first(award, 5))
    a_paid(first(award, 6))
    a_paid(first(award, 7))
    with statements() as made:
        browser.visit(at)
    assert len(made) == few
