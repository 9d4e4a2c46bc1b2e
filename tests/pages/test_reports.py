"""Reports as pages: a group writes on its phone, an officer answers beside the money."""

from __future__ import annotations

import pytest

from grants.applications import commands as applications
from grants.kernel import clock
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.monitoring import commands
from grants.monitoring.models import State
from grants.people.models import Duty
from grants.questions.outcomes import Outcome, question
from tests.builders.applications import a_complete_draft, a_round, closed
from tests.builders.awards import (
    DAY,
    a_decision,
    a_panel,
    ago,
    an_indicator,
    confirmed,
    decided,
    scored,
    signatory_of,
)
from tests.builders.payments import a_paid, a_sent, an_accepted, an_agreement, books, first, reports, staff_of
from tests.builders.people import a_person, an_organisation
from tests.client import Browser


@pytest.fixture
def browser(sqlite_app) -> Browser:
    return Browser(sqlite_app)


def test_a_group_sends_a_report_and_an_officer_accepts_it(browser):
    award = an_agreement("3000", "1000")
    a_paid(first(award))
    report = reports(award)[0]
    browser.sign_in(a_person(Duty.APPLICANT, organisation=award.organisation))

    page = browser.visit(f"/reports/{report.ref}")
    assert page.h1 == f"Interim report 1 on ‘{award.title}’"
    assert page.all("dd")[:2] == ["£4,000.00", "£3,000.00"]
    assert "Young people taking part: 40" in page.text
    page = browser.fill(expect=422)
    assert page.problems == [
        "Enter how much of the grant you spent. If you spent nothing, enter 0.",
        "Tell us what happened",
        "Enter a figure for ‘Young people taking part’. If there were none, enter 0.",
    ]
    page = browser.fill(spent="2,500", story="Forty people came.", figure_1="12")
    assert page.banners == ["Report sent. We will tell you when we have read it."]
    assert "Forty people came." in page.text
    assert (report.state, report.spent) == (State.SUBMITTED, Money.pounds(2500))

    browser.sign_in(staff_of(award, Duty.GRANTS_OFFICER))
    page = browser.visit(f"/reports/{report.ref}/answer")
    assert [row for table in page.tables() for row in table.rows if row[0] in ("Accounted for", "Paid, not accounted for")] == [
        ["Accounted for", "£0.00", "£2,500.00"],
        ["Paid, not accounted for", "£3,000.00", "£500.00"],
    ]
    assert "Instalment 2 of £1,000.00" in page.text
    page = browser.fill({"accept-answer": "Thank you."}, button="Accept this report")
    assert page.banners == ["Report accepted. The group has been told."]
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "500.00", Bucket.EVIDENCED: "2500.00"}


def test_what_was_typed_is_kept_where_it_cannot_be_right(browser):
    award = an_agreement()
    report = reports(award)[0]
    browser.sign_in(signatory_of(award))
    page = browser.submit(f"/reports/{report.ref}", spent="4000.01", story="It went well.\n\nReally.", figure_1="7", expect=422)
    [problem] = page.problems
    assert problem == (
        "You entered £4,000.01, and £4,000.00 of your £4,000.00 grant is left to report on. "
        "Enter only what you spent from this grant."
    )
    form = next(form for form in page.forms if "spent" in form.given).given
    assert (form["spent"], form["figure_1"]) == (["4000.01"], ["7"])
    assert [text.replace("\r", "").strip() for text in form["story"]] == ["It went well.\n\nReally."]
    page = browser.fill(spent="4.001", figure_1="1.5", expect=422)
    assert page.problems == [
        "What you spent must be in pounds and whole pence, like 1,250.50",
        "The figure for ‘Young people taking part’ must be a whole number, like 12",
    ]


def test_a_percentage_is_asked_for_as_one(browser):
    decision = a_decision()
    award = an_agreement(decision=decision, targets=[(an_indicator(decision.panel.round, "Feel safer", "percent"), 60)])
    report = reports(award)[0]
    browser.sign_in(signatory_of(award))
    page = browser.submit(f"/reports/{report.ref}", spent="0", story="Well.", figure_1="100.1", expect=422)
    assert page.problems == ["The figure for ‘Feel safer’ must be between 0 and 100"]
    assert "You promised 60%." in page.text
    browser.fill(figure_1="66.6")
    assert [str(reading.value) for reading in report.readings] == ["66.6"]


def test_an_officer_sends_a_report_back_and_the_group_changes_it(browser):
    award = an_agreement()
    report = a_sent(reports(award)[0], "500")
    browser.sign_in(staff_of(award, Duty.GRANTS_OFFICER))
    page = browser.submit(f"/reports/{report.ref}/answer", {"return-because": " "}, button="Send back to the group", expect=422)
    assert page.problems == ["Say what the group needs to change. They will read it."]
    page = browser.fill({"return-because": "How many came?"}, button="Send back to the group")
    assert page.banners == ["Sent back. The group has been told what is needed."]

    browser.sign_in(signatory_of(award))
    page = browser.visit(f"/reports/{report.ref}")
    assert "What we need from you How many came?" in page.text
    form = next(form for form in page.forms if "spent" in form.given).given
    assert (form["spent"], form["figure_1"]) == (["500"], ["12"])
    browser.fill(figure_1="40")
    assert report.state is State.SUBMITTED


def test_a_report_sent_by_somebody_else_meanwhile_shows_both_versions(browser):
    award = an_agreement()
    report = reports(award)[0]
    browser.sign_in(signatory_of(award))
    browser.visit(f"/reports/{report.ref}")
    a_sent(report, "100", story="One of us sent it.")
    commands.return_report(report, because="More.", by=staff_of(award, Duty.GRANTS_OFFICER))
    page = browser.fill(spent="200", story="The other typed this.", figure_1="1", expect=409)
    assert ["What happened", "The other typed this.", "One of us sent it."] in page.tables()[0].rows
    assert report.spent == Money.pounds(100)


def test_a_report_already_sent_is_read_not_written_and_a_late_post_is_refused_in_words(browser):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    browser.sign_in(signatory_of(award))
    page = browser.visit(f"/reports/{report.ref}")
    assert "Send report" not in page.text and "Forty people came." in page.text
    answer = browser.post(f"/reports/{report.ref}", {"spent": "1"})
    assert answer.status_code == 422
    assert "This report has already been sent. We will tell you if we need anything more." in answer.text


def test_staff_read_a_report_but_do_not_write_it(browser):
    award = an_agreement()
    report = reports(award)[0]
    browser.sign_in(staff_of(award, Duty.GRANTS_OFFICER))
    page = browser.visit(f"/reports/{report.ref}")
    assert "It has not been sent yet." in page.text and "Send report" not in page.text
    assert browser.post(f"/reports/{report.ref}", {"spent": "1"}).status_code == 403


def test_who_has_no_part_in_it_finds_no_report(browser):
    report = reports(an_agreement())[0]
    browser.sign_in(a_person(Duty.APPLICANT, organisation=an_organisation()))
    browser.visit(f"/reports/{report.ref}", expect=404)
    browser.visit(f"/reports/{report.ref}/answer", expect=403)
    browser.sign_in(staff_of(an_agreement(), Duty.GRANTS_OFFICER))
    browser.visit(f"/reports/{report.ref}", expect=404)
    browser.visit(f"/reports/{report.ref}/answer", expect=404)


def test_who_may_not_answer_reads_why_and_who_could(browser):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    browser.sign_in(a_person(Duty.AUDITOR))
    page = browser.visit(f"/reports/{report.ref}/answer")
    assert "As an auditor you can read everything, but change nothing. Who could: a grants officer." in page.text
    assert "Accept this report" not in page.text
    sent = {"do": "accept", "accept-edition": str(report.edition)}
    assert browser.post(f"/reports/{report.ref}/answer", sent).status_code == 403


def test_the_officer_sees_that_spend_beyond_what_was_paid_is_carried(browser):
    award = an_agreement("3000", "1000")
    a_paid(first(award))
    report = a_sent(reports(award)[0], "3600")
    browser.sign_in(staff_of(award, Duty.GRANTS_OFFICER))
    page = browser.visit(f"/reports/{report.ref}/answer")
    assert "£3,000.00 becomes accounted for." in page.text
    assert "£600.00 of what it spent is more than has been paid" in page.text


def test_the_final_report_shows_what_was_measured_before(browser):
    award = an_agreement()
    an_accepted(reports(award)[0], "500")
    browser.sign_in(signatory_of(award))
    page = browser.visit(f"/reports/{reports(award)[1].ref}")
    assert page.h1 == f"Final report on ‘{award.title}’"
    assert "You promised 40. Last time you told us 12." in page.text


@pytest.mark.parametrize("path", ["/reports/{ref}", "/reports/{ref}/answer"])
def test_a_report_costs_the_same_for_one_promise_and_three(browser, statements, path):
    made_by = []
    for how_many in (1, 3):
        decision = a_decision()
        promises = [(an_indicator(decision.panel.round, f"Promise {n}", "count"), 10) for n in range(how_many)]
        award = an_agreement(decision=decision, targets=promises)
        report = a_sent(reports(award)[0])
        browser.sign_in(staff_of(award, Duty.GRANTS_OFFICER))
        browser.visit(path.format(ref=report.ref))
        with statements() as made:
            browser.visit(path.format(ref=report.ref))
        made_by.append(len(made))
    assert made_by[0] == made_by[1]


def test_each_change_a_group_promised_is_a_question_of_its_final_report(browser):
    now = clock.now()
    with ago(29):
        round = a_round(hold="20000", opens_at=now - 30 * DAY, closes_at=now - 7 * DAY)
        bid = a_complete_draft("4000", round=round)
        change = ("feel safer walking home", "Young people who come", "20 of 30", "March 2028", "A short survey", False)
        applications.save_outcomes(bid, lines=[change], edition=bid.edition, by=bid.started_by)
        applications.submit(bid, declared=True, edition=bid.edition, by=bid.started_by)
    closed(round)
    scored(bid)
    panel = a_panel(round)
    decision = decided(panel, bid)
    confirmed(panel)
    award = an_agreement(decision=decision)
    browser.sign_in(signatory_of(award))
    interim, final = (report.ref for report in reports(award))
    asked = question(Outcome(*change[:5]))
    assert asked not in browser.visit(f"/reports/{interim}").text
    assert asked in browser.visit(f"/reports/{final}").all("li")
