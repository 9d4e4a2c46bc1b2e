"""The pages of spending plans: drafted line by line, to the board and the funder, changed, measured, reported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask

from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.spending import commands, queries
from grants.spending.models import PlanState
from tests.builders.applications import a_funded_pot
from tests.builders.awards import a_decision, an_award
from tests.builders.people import a_partnership, a_person
from tests.builders.spending import a_charge, a_draft, a_line, a_pot_of_this_year, a_standing_plan, an_agreement, committed
from tests.builders.streams import a_finance_officer, a_pot
from tests.client import Browser


def test_a_plan_is_drafted_resolved_sent_and_agreed_in_the_browser(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year()
    agreement = an_agreement((pot, "8000"))
    officer = Browser(sqlite_app).sign_in(a_finance_officer(agreement.partnership))

    page = officer.submit(f"/agreements/{agreement.ref}/plans/new", year=clock.year_label(pot.year))
    ref = officer.at.split("/")[2]
    assert page.all("h1") == ["Lines of the spending plan"]
    line = {"project": "Advocates", "provider": "A service", "amount": "8,000.01", "results": "Fewer repeats", "pot": pot.ref}
    page = officer.fill({f"lines-0-{name}": value for name, value in line.items()}, button="Save the lines")
    assert f"The lines of {pot.ref} come to £8,000.01 and the agreement gives it £8,000.00: £0.01 too much." in page.text
    page = officer.submit(f"/spending-plans/{ref}/lines", {"lines-0-amount": "8,000"}, button="Save the lines")
    assert "too much" not in page.text
    officer.submit(f"/spending-plans/{ref}/resolve", resolution="Board, minute 12", resolved_on=clock.today())
    officer.submit(f"/spending-plans/{ref}/send", sent_on=clock.today())
    page = officer.submit(f"/spending-plans/{ref}/answer", answer="agreed", on=clock.today(), said="Well done")

    assert "The funder agreed: version 1 stands." in page.text
    assert queries.plan_of_staff(a_finance_officer(agreement.partnership), ref).state is PlanState.AGREED
    assert "Version 1" in officer.visit(f"/agreements/{agreement.ref}/plans").text


def test_lines_are_added_changed_and_dropped_without_a_script_and_what_is_wrong_keeps_what_was_typed(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "9000")), [a_line(pot, "4000"), a_line(pot, "3000", "Patrols")])
    officer = a_finance_officer(plan.agreement.partnership)
    browser = Browser(sqlite_app).sign_in(officer)
    names = [one.line for one in plan.lines]

    page = browser.submit(
        f"/spending-plans/{plan.ref}/lines",
        {"lines-2-project": "Lights", "lines-2-amount": "500"},
        button="Save the lines",
        expect=422,
    )
    assert page.problems == ["Enter who provides ‘Lights’.", "Enter what results are expected of ‘Lights’."]
    browser.fill(
        {"lines-0-drop": "y", "lines-1-amount": "3500", "lines-2-provider": "Us", "lines-2-results": "Safer paths"},
        button="Save and add more lines",
    )

    after = queries.plan_of_staff(officer, plan.ref).lines
    assert [(one.project, one.amount) for one in after] == [("Patrols", Money.pounds(3500)), ("Lights", Money.pounds(500))]
    assert after[0].line == names[1]


def test_two_people_editing_one_draft_see_both_versions(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "9000")), [a_line(pot, "4000")])
    one, other = (Browser(sqlite_app).sign_in(a_finance_officer(plan.agreement.partnership)) for _n in range(2))
    path = f"/spending-plans/{plan.ref}/lines"
    one.visit(path)
    other.submit(path, {"lines-0-amount": "4100"}, button="Save the lines")

    page = one.fill({"lines-0-amount": "4200"}, button="Save the lines", expect=409)
    assert "£4,200.00, A service" in page.text and "£4,100.00, A service" in page.text
    one.press("Save my version")

    assert queries.plan_of_staff(a_finance_officer(plan.agreement.partnership), plan.ref).lines[0].amount == Money.pounds(4200)


def test_a_new_version_shows_what_changed_and_whether_it_goes_back(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"), change_limit="1000")
    partnership = first.agreement.partnership
    officer = Browser(sqlite_app).sign_in(a_finance_officer(partnership))
    approver = Browser(sqlite_app).sign_in(a_person(Duty.APPROVER, partnership=partnership))
    officer.submit(f"/agreements/{first.agreement.ref}/plans/new", note="Pay award", year=clock.year_label(pot.year))
    ref = officer.at.split("/")[2]

    page = officer.submit(f"/spending-plans/{ref}/lines", {"lines-0-amount": "7000.01"}, button="Save the lines")
    assert "which is £1,000.01 more. That is over the agreement’s limit of £1,000.00" in page.text
    officer.submit(f"/spending-plans/{ref}/lines", {"lines-0-amount": "7000"}, button="Save the lines")
    assert "You do not hold the duty that approves" in officer.visit(f"/spending-plans/{ref}/let-stand").text
    page = approver.submit(f"/spending-plans/{ref}/let-stand", reason="Pay award")

    assert "Version 2 stands. Tell the funder in the next update." in page.text
    assert "Superseded" in approver.visit(f"/spending-plans/{first.ref}").text


def test_a_version_is_given_up_and_every_step_out_of_turn_says_so(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "9000")), [a_line(pot, "4000")])
    officer = Browser(sqlite_app).sign_in(a_finance_officer(plan.agreement.partnership))

    assert "not its next step" in officer.visit(f"/spending-plans/{plan.ref}/send").text
    assert "This version is given up." in officer.submit(f"/spending-plans/{plan.ref}/give-up", reason="Not now").text
    for step in ("resolve", "send", "answer", "give-up", "let-stand"):
        officer.visit(f"/spending-plans/{plan.ref}/{step}")
    assert "its lines are not changed" in officer.visit(f"/spending-plans/{plan.ref}/lines").text


def test_a_plan_beside_the_books_and_as_at_a_date_with_its_updates(sqlite_app: Flask) -> None:
    pot = a_pot(year=2025)
    plan = a_standing_plan(pot, a_line(pot, "5000"))
    browser = Browser(sqlite_app).sign_in(a_finance_officer(plan.agreement.partnership))
    spend = committed("1000", pot=pot, plan_line=plan.lines[0].line, on=date(2025, 4, 10))
    charge = a_charge("100", spend=spend, on=date(2025, 5, 31))
    loose = committed("70", pot=pot, title="Loose", on=date(2025, 4, 10))

    now = browser.visit(f"/spending-plans/{plan.ref}").text
    assert spend.ref in now and loose.ref in now and "£900.00" in now
    then = browser.visit(f"/spending-plans/{plan.ref}?as_at=2025-04-30").text
    assert "£1,000.00" in then and "£900.00" not in then

    path = f"/spending-plans/{plan.ref}/updates/2025-06-30"
    page = browser.submit(path, {"lines-0-said": "Two months’ pay", "said": "On course"})
    assert "The update is saved. It is not sent yet." in page.text
    page = browser.submit(path, sent_on=date(2025, 7, 2))
    assert "The update is sent." in page.text and "Two months’ pay" in page.text and "Differs" not in page.text
    update = browser.at

    commands.reverse_charge(charge, reason="Wrong", on=date(2025, 6, 2), by=a_finance_officer(plan.agreement.partnership))
    assert "committed £1,000.00, paid £0.00" in browser.visit(update).text
    browser.visit(path)
    assert browser.at == update
    browser.visit(f"/spending-plans/{plan.ref}/updates/2025-07-31", expect=404)
    browser.visit(f"/spending-plans/{plan.ref}/updates/nonsense", expect=404)


def test_an_award_is_put_under_a_line(sqlite_app: Flask) -> None:
    pot = a_funded_pot("90000")
    award = an_award("1000", decision=a_decision("1000", pot=pot))
    plan = a_standing_plan(pot)
    browser = Browser(sqlite_app).sign_in(a_finance_officer(pot.stream.partnership))

    browser.submit(f"/awards/{award.ref}/plan-line", line=plan.lines[0].line)

    assert award.ref in browser.visit(f"/spending-plans/{plan.ref}").text


def test_another_partnerships_officer_finds_nothing(sqlite_app: Flask) -> None:
    plan = a_standing_plan(a_pot_of_this_year())
    stranger = Browser(sqlite_app).sign_in(a_finance_officer(a_partnership()))

    for path in (f"/spending-plans/{plan.ref}", f"/agreements/{plan.agreement.ref}/plans", f"/spending-plans/{plan.ref}/lines"):
        stranger.visit(path, expect=404)


@pytest.mark.parametrize("how_many", [1, 3])
def test_a_plans_page_costs_the_same_however_much_is_on_it(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    pot = a_pot_of_this_year("90000")
    plan = a_standing_plan(pot, *(a_line(pot, "1000", f"Project {n}") for n in range(how_many)))
    for line in plan.lines:
        a_charge("10", spend=committed("100", pot=pot, plan_line=line.line))
        committed("50", pot=pot)
    officer = Browser(sqlite_app).sign_in(a_finance_officer(plan.agreement.partnership))
    officer.visit(f"/spending-plans/{plan.ref}")

    with statements() as made:
        page = officer.visit(f"/spending-plans/{plan.ref}")

    assert (page.text.count("Measured against PLN-"), len(made)) == (how_many, 15)
