"""A pot's own work in the browser: lines, terms, pledges, pools, closing, next year, a shared budget, what stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people import queries as people
from grants.people.models import Duty, Person
from grants.streams import exclusions, lines, mainstream, queries, shared, terms
from grants.streams.models import Pot, Role, Spending
from tests.builders.lines import a_contribution, a_line, a_pledge, a_pool, a_use
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.builders.streams import a_finance_officer, a_pot, a_stream
from tests.client import Browser
from tests.reading import Page

SSP = "safer_stockport_partnership"
POUNDS = Money.pounds
TODAY = {"on-day": "1", "on-month": "6", "on-year": "2026"}


@pytest.fixture
def pot(sqlite_app: Flask) -> Pot:
    """A pot with £10,000.00."""
    return a_pot("10000", stream=a_stream("Community fund"))


@pytest.fixture
def officer(sqlite_app: Flask, pot: Pot) -> Browser:
    """Its finance officer, signed in."""
    return Browser(sqlite_app).sign_in(a_finance_officer(pot.stream.partnership))


def free(pot: str, line: str = "") -> Money:
    db.session.rollback()
    return ledger.balance(At(pot, line, Bucket.FREE))


def agreed(browser: Browser, path: str, form: Mapping[str, str], button: str) -> Page:
    """Send a form, look at what it would do, and press the button that does it."""
    page = browser.submit(path, form)
    assert "Nothing is done yet" in page.text
    return browser.press(button)


def test_a_line_is_opened_with_its_effect_shown_first_and_stands_beside_the_pots_own_money(officer: Browser, pot: Pot) -> None:
    path, ref = f"/pots/{pot.ref}/lines/new", pot.ref
    form = {"name": "Contingency", "kind": "contingency", "amount": "2,500"}
    page = officer.submit(path, form)
    assert f"Free in {ref} itself£10,000.00£7,500.00" in " ".join(page.text.split())
    assert free(ref) == POUNDS(10000)
    page = officer.press("Open the line")
    assert "The line “Contingency” is open." in page.text
    assert f"Opened the line Contingency of {ref} (contingency) with £2,500.00" in page.text
    assert "The pot itselfAnything the pot is for£7,500.00" in page.text
    assert free(ref) == POUNDS(7500)


def test_a_line_of_too_much_is_refused_with_what_is_left_and_what_was_typed_stays(officer: Browser, pot: Pot) -> None:
    page = officer.submit(
        f"/pots/{pot.ref}/lines/new", {"name": "Big", "kind": "contingency", "amount": "10000.01"}, expect=422
    )
    assert page.problems == [f"{pot.ref} has £10,000.00 free; this needs £10,000.01."]
    assert 'value="Big"' in page.html
    assert lines.lines_of(queries.pot(pot.ref)) == []


def test_terms_are_recorded_and_the_earlier_ones_stay(officer: Browser, pot: Pot) -> None:
    path, ref = f"/pots/{pot.ref}/terms", pot.ref
    day = {"effective_on-day": "1", "effective_on-month": "4", "effective_on-year": "2026"}
    officer.submit(path, {"spending": "revenue", "role": "principal", "responsible_officer": "Head of safety"} | day)
    page = officer.submit(
        path, {"spending": "revenue", "role": "agent", "cost_centre": "C77"} | day | {"effective_on-month": "9"}
    )
    assert "What held before that day stays on record." in page.text
    db.session.rollback()
    assert [(row.effective_on, row.role.value) for row in terms.history_of(queries.pot(ref))] == [
        (date(2026, 9, 1), "agent"),
        (date(2026, 4, 1), "principal"),
    ]
    assert "C77" in officer.visit(f"/pots/{ref}").text


def test_a_pledge_is_beside_the_money_until_it_is_confirmed(officer: Browser, pot: Pot) -> None:
    page = officer.submit(f"/pots/{pot.ref}/contributions/new", {"description": "Towards wardens", "amount": "4000"})
    assert "Confirmed and in the pot’s money: £0.00. Pledged and not in it: £4,000.00." in page.text
    assert free(pot.ref) == POUNDS(10000)


def test_a_contribution_is_withdrawn_with_its_effect_shown_first(officer: Browser, pot: Pot) -> None:
    ref, given = pot.ref, a_contribution(pot, "4000").ref
    page = agreed(officer, f"/contributions/{given}/withdraw", TODAY | {"reason": "Cuts"}, "Withdraw £4,000.00")
    assert "The contribution is withdrawn." in page.text
    assert free(ref) == POUNDS(10000)
    pledged = a_pledge(queries.pot(ref), "70").ref
    page = officer.submit(f"/contributions/{pledged}/withdraw", TODAY | {"reason": "Cuts"})
    assert "The contribution is withdrawn." in page.text


def test_a_pot_is_closed_and_opened_again_and_says_so(officer: Browser, pot: Pot) -> None:
    path = f"/pots/{pot.ref}/close"
    page = officer.submit(path, TODAY | {"on-month": "4", "reason": "The funder stopped"})
    assert "Closed to new promises since 1 April 2026." in page.text
    page = officer.submit(f"/pots/{pot.ref}/lines/new", {"name": "Late", "kind": "contingency", "amount": "1"})
    page = officer.press("Open the line", expect=422)
    assert "has been closed to new promises since 1 April 2026" in page.problems[0]
    page = officer.submit(path, {"reason": "A mistake"})
    assert "is open to new promises again." in page.text


def test_a_pool_is_made_of_chosen_pots_and_shows_each_share_and_the_sum(officer: Browser, pot: Pot) -> None:
    other = a_pot("500", stream=a_stream("Second fund", partnership=pot.stream.partnership)).ref
    page = officer.submit(f"/pots/{pot.ref}/pool", {"name": "Both together", "others": [other]})
    assert page.title.startswith("Both together")
    assert "£10,500.00" in page.text
    assert "Both together" in officer.visit(f"/pots/{other}").text
    assert "no other pot of this year" in officer.visit(f"/pots/{pot.ref}/pool").text


def test_what_a_stream_may_not_pay_for_is_on_its_page(officer: Browser, pot: Pot) -> None:
    day = {"effective_on-day": "1", "effective_on-month": "4", "effective_on-year": "2026"}
    page = officer.submit(f"/streams/{pot.stream.ref}/exclusions/new", {"objective": "Lasting equipment"} | day)
    assert "Lasting equipment: no element, so this work needs other funding" in page.text
    page = officer.submit(f"/streams/{pot.stream.ref}/exclusions/new", {"objective": "lasting equipment"} | day, expect=422)
    assert page.problems == ["This stream says so already."]


def test_a_year_is_copied_after_being_shown_and_only_once(officer: Browser, pot: Pot) -> None:
    a_line(pot, "5", name="Contingency")
    other, code, partnership = (
        a_pot("5", stream=a_stream(partnership=pot.stream.partnership)),
        pot.stream.code,
        pot.stream.partnership.ref,
    )
    stream = pot.stream.ref
    page = officer.visit(f"/streams/{stream}/years/2026/copy")
    assert f"{code}-2027" in page.text and "lines: Contingency" in page.text
    page = officer.press("Open 1 for 2027/28")
    assert "1 pot is open for 2027/28." in page.text
    page = officer.visit(f"/partnerships/{partnership}/years/2026/copy")
    assert "There already: left as it is" in page.text
    officer.press("Open 1 for 2027/28")
    db.session.rollback()
    assert queries.pot(f"{other.stream.code}-2027").allocation is None
    assert "There is nothing to open." in officer.visit(f"/partnerships/{partnership}/years/2026/copy").text


def test_a_balance_is_proposed_resolved_and_spent_by_different_people(officer: Browser, pot: Pot, sqlite_app: Flask) -> None:
    ref, partnership = pot.ref, pot.stream.partnership
    page = officer.submit(f"/pots/{ref}/shared/uses/new", {"proposed": "Printing", "amount": "10000"})
    [use] = [row.use.ref for row in shared.sheet(a_finance_officer(partnership), ref).uses]
    minutes = Browser(sqlite_app).sign_in(a_person(Duty.MINUTE_TAKER, partnership=partnership))
    form = {"agreed": "Two documents", "amount": "10000", "resolution": "346/07"} | TODAY
    page = agreed(minutes, f"/uses/{use}/resolve", form, "Record the resolution")
    assert "Printing" in page.text and "Two documents" in page.text
    assert free(ref) == Money(0)
    minutes.visit(f"/uses/{use}/spend")
    assert "You do not hold the duty that this needs." in minutes.visit(f"/uses/{use}/spend").text
    spend = {"amount": "9000", "document": "Invoice 1"} | TODAY | {"on-day": "2"}
    page = agreed(officer, f"/uses/{use}/spend", spend, "Record it as spent")
    assert "£9,000.00 is spent as resolved." in page.text
    assert free(ref) == POUNDS(1000)


def test_more_than_the_balance_is_refused_with_what_is_left(officer: Browser, pot: Pot) -> None:
    use = a_use(pot, "20000").ref
    form = {"agreed": "All of it", "amount": "20000", "resolution": "1"} | TODAY
    page = officer.submit(f"/uses/{use}/resolve", form, expect=422)
    assert page.problems == [f"{pot.ref} has £10,000.00 free; this needs £20,000.00."]


def test_somebody_who_may_not_is_told_who_could(sqlite_app: Flask, pot: Pot) -> None:
    reader = Browser(sqlite_app).sign_in(a_person(Duty.AUDITOR, partnership=pot.stream.partnership))
    for path in ("lines/new", "terms", "contributions/new", "close", "pool"):
        assert "a finance officer" in reader.visit(f"/pots/{pot.ref}/{path}").text
    assert "Look after this pot" not in reader.visit(f"/pots/{pot.ref}").text


def test_another_partnerships_pot_is_not_found(sqlite_app: Flask, pot: Pot) -> None:
    pool, _pots = a_pool("1", "2")
    stranger = Browser(sqlite_app).sign_in(a_finance_officer(a_partnership()))
    for path in (f"/pots/{pot.ref}/lines/new", f"/pots/{pot.ref}/shared", f"/pools/{pool.ref}"):
        stranger.visit(path, expect=404)
    stranger.visit(f"/partnerships/{pot.stream.partnership.ref}/years/2026/copy", expect=404)


# -- on the real facts -----------------------------------------------------------------------------------------------------


def _auditor() -> Person:
    return a_person(Duty.AUDITOR)


def test_stocktons_shared_budget_says_what_its_minutes_do_not_state(facts_app: Flask) -> None:
    auditor = Browser(facts_app).sign_in(_auditor())
    text = " ".join(auditor.visit("/pots/SPB-2007/shared").text.split())
    for words in (
        "Held by Stockton-on-Tees Borough Council",
        "Decided by Safer Stockton Partnership",
        "Balance £0.00",
        "not in minutes",
        "off set printing costs",
        "production of the two pending partnership documents",
        "LAA money excluded from this budget",
    ):
        assert words in text
    assert "free£0.00" in " ".join(auditor.visit("/pots/SPB-2007").text.split()).lower()


def test_the_books_lead_from_the_committed_balance_to_what_was_resolved(facts_app: Flask) -> None:
    auditor = Browser(facts_app).sign_in(_auditor())
    assert "st_balance_use" in auditor.visit("/position/SPB-2007/committed").text
    assert "Agreed: Balance to pay for the production" in auditor.visit("/path/st_balance_use").text
    assert "£0.00" in auditor.visit("/position?year=2007/08").text
    assert "£1,178.00 proposed for" in auditor.visit("/history/st_balance_use").text


def test_the_priority_that_sscf_does_not_pay_for_needs_other_funding(facts_app: Flask) -> None:
    auditor = Browser(facts_app).sign_in(_auditor())
    said = "Needs other funding: Safer and Stronger Communities Fund (SSCF) has no element for “Disadvantaged neighbourhoods”."
    assert said in auditor.visit("/priorities/sscf_disadvantaged_neighbourhoods").text
    page = auditor.visit("/streams/sscf").text
    assert "Disadvantaged neighbourhoods: no element, so this work needs other funding" in page


def test_mainstream_contributions_are_listed_and_one_is_added(facts_app: Flask) -> None:
    partnership = people.partnership(SSP)
    lead = Browser(facts_app).sign_in(a_person(Duty.THEME_LEAD, partnership=partnership))
    page = lead.visit("/mainstream")
    assert "Existing mainstream and other funding Redirected" in " ".join(page.text.split())
    form = {
        "partnership": SSP,
        "organisation": "greater_manchester_police",
        "service": "Beat teams",
        "contribution": "Patrols in the evening",
        "redirected": "y",
        "amount": "",
    }
    page = lead.submit("/mainstream/new", form)
    assert "Beat teams Redirected" in " ".join(page.text.split())
    assert ledger.history("MSC-26-00001") == []


def test_the_seeds_pool_says_not_known_and_never_nought(facts_app: Flask) -> None:
    page = Browser(facts_app).sign_in(_auditor()).visit("/pools/sscf_bcu_pool_2005_06")
    assert "What is free is not known in 2 of these pots." in page.text
    assert page.text.count("not known") == 1 + 2 * 9


# -- the same number of statements whatever the rows -------------------------------------------------------------------------


def test_pages_cost_the_same_however_much_is_on_them(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """With one of everything, and with a dozen: the same statements."""
    pool, pots = a_pool("100000", "1")
    pot, partnership = pots[0], pool.partnership
    by = a_finance_officer(partnership)
    body = an_organisation("Parks", is_voluntary=False)
    paths = [
        f"/pots/{pot.ref}",
        f"/pots/{pot.ref}/shared",
        f"/pools/{pool.ref}",
        f"/streams/{pot.stream.ref}",
        f"/partnerships/{partnership.ref}/years/2026/copy",
        "/mainstream",
    ]
    browser = Browser(sqlite_app).sign_in(by)

    def more(number: int) -> None:
        a_line(pot, "5", by=by)
        a_contribution(pot, "5", organisation=body, by=by)
        a_use(pot, "5", by=by)
        terms.set_terms(pot, spending=Spending.REVENUE, role=Role.PRINCIPAL, cost_centre=f"C{number}", by=by)
        exclusions.exclude(pot.stream, objective=f"Thing {number}", by=by)
        mainstream.add(partnership, organisation=body, service=f"Service {number}", contribution="Work", by=by)
        a_pot("1", stream=a_stream(partnership=partnership), by=by)

    def cost() -> list[int]:
        found = []
        for path in paths:
            browser.visit(path)
            with statements() as made:
                browser.visit(path)
            found.append(len(made))
        return found

    more(0)
    first = cost()
    for number in range(1, 12):
        more(number)
    assert cost() == first
