"""The pages of own spend, as a finance officer and an approver meet them."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Duty
from grants.spending import queries
from grants.spending.models import SpendKind, SpendState
from tests.builders.people import a_person, an_organisation
from tests.builders.spending import a_charge, a_pot_of_this_year, an_own_spend, committed
from tests.builders.streams import a_finance_officer, a_stream
from tests.client import Browser


def test_a_recharge_is_planned_committed_by_another_charged_with_vat_apart_and_closed(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year("5000")
    partnership = pot.stream.partnership
    officer = Browser(sqlite_app).sign_in(a_finance_officer(partnership))
    approver = Browser(sqlite_app).sign_in(a_person(Duty.APPROVER, partnership=partnership))

    page = officer.submit(
        f"/pots/{pot.ref}/own-spend/new",
        kind="recharge",
        title="Analyst",
        payee="The police",
        planned="1,200",
        outside_plan="Every priority",
        approval_basis="Board, resolution 7",
    )
    spend = queries.spend(officer.at.rsplit("/", 1)[1])
    assert (page.all("h1"), spend.state) == (["Analyst"], SpendState.PLANNED)
    assert "You do not hold the duty that approves own spend." in page.text

    page = approver.visit(f"/own-spend/{spend.ref}/commit")
    assert f"Free in {pot.ref}" in page.text and "£3,800.00" in page.text
    page = approver.press("Commit £1,200.00")
    assert "£1,200.00 is committed." in page.text

    page = officer.submit(f"/own-spend/{spend.ref}/charge", what="April", document="INV 1", net="200", vat="40")
    assert "£40.00 of VAT is kept beside it and touches no pot." in page.text
    assert queries.standing_of(spend).charged == Money(0)
    page = officer.press("Charge £200.00")
    assert "£240.00" in page.text
    assert queries.standing_of(spend) == (Money.pounds(1000), Money.pounds(200), [pot.ref])

    page = officer.submit(f"/own-spend/{spend.ref}/change", to="900", reason="Fewer days")
    page = officer.press("Confirm")
    assert "It is £900.00 in all now." in page.text

    officer.visit(f"/own-spend/{spend.ref}/close")
    page = officer.press("Close it and give back what is left")
    assert "Closed." in page.text
    assert "£4,800.00" in officer.visit(f"/pots/{pot.ref}").text


def test_more_than_is_committed_is_said_beside_the_form_with_everything_typed_kept(sqlite_app: Flask) -> None:
    spend = committed("100")
    officer = Browser(sqlite_app).sign_in(a_finance_officer(spend.pot.stream.partnership))

    page = officer.submit(f"/own-spend/{spend.ref}/charge", what="April", document="INV 1", net="100.01", expect=422)

    assert page.problems == [
        f"{spend.ref} has £100.00 committed and not charged; this needs £100.01 net of VAT. Commit more first."
    ]


def test_a_charge_is_reversed_and_stays_on_the_page(sqlite_app: Flask) -> None:
    charge = a_charge("40", spend=committed("100"))
    officer = Browser(sqlite_app).sign_in(a_finance_officer(charge.spend.pot.stream.partnership))

    page = officer.submit(f"/charges/{charge.ref}/reverse", reason="Wrong pot")

    assert "Reversed: Wrong pot" in page.text
    assert "has been reversed already" in officer.visit(f"/charges/{charge.ref}/reverse").text


def test_planned_spend_is_cancelled_on_its_page(sqlite_app: Flask) -> None:
    spend = an_own_spend()
    officer = Browser(sqlite_app).sign_in(a_finance_officer(spend.pot.stream.partnership))

    assert "Cancelled. No money had moved." in officer.submit(f"/own-spend/{spend.ref}/cancel", reason="Not needed").text
    for path in ("cancel", "commit", "change", "charge", "close", "plan-line", "list"):
        officer.visit(f"/own-spend/{spend.ref}/{path}")


def test_a_distributors_list_is_uploaded_and_its_faults_are_named_first(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year("5000", stream=a_stream("VCS Grant", voluntary_only=True))
    spend = committed(
        "2000", pot=pot, kind=SpendKind.DISTRIBUTION, payee="Local Fund", organisation=an_organisation("Local Fund")
    )
    a_charge("500", spend=spend)
    officer = Browser(sqlite_app).sign_in(a_finance_officer(pot.stream.partnership))
    heading = "distributor_reference,recipient,recipient_slug,recipient_type,title,amount_gbp,decided_on,priority_slug"
    day = pot.starts_on.isoformat()

    def send(*rows: str) -> str:
        officer.visit(f"/own-spend/{spend.ref}/list")
        form = officer._form({}, "Check and import")
        sent = {name: one[0] for name, one in form.fill().items() if name in ("key", "csrf_token")}
        content = io.BytesIO("\n".join([heading, *rows]).encode())
        return officer.post(f"/own-spend/{spend.ref}/list", sent | {"list": (content, "list.csv")}).text

    bad = send(f"A1,The council,,statutory,Kit,100,{day},", f"A2,Group,,voluntary,Kit,9.999,{day},")
    assert "2 things on the list have to be put right. Nothing was imported." in bad
    assert "The council is a statutory body" in bad and "has a fraction of a penny" in bad
    assert queries.given_out_totals(spend) == (0, Money(0))

    send(f"A1,Group,,voluntary,Kit,100,{day},")
    page = officer.visit(f"/own-spend/{spend.ref}")
    assert "1 grant is imported." in page.text
    assert "via Local Fund, A1" in page.text and "Given out, decided by Local Fund" in page.text
    assert queries.given_out_totals(spend) == (1, Money.pounds(100))


@pytest.mark.parametrize("how_many", [1, 3])
def test_the_years_list_and_the_pots_section_cost_the_same_however_much_is_on_them(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    pot = a_pot_of_this_year("9000")
    for _n in range(how_many):
        a_charge("10", spend=committed("100", pot=pot))
    officer = Browser(sqlite_app).sign_in(a_finance_officer(pot.stream.partnership))
    officer.visit("/own-spend")

    with statements() as made:
        page = officer.visit(f"/own-spend?year={clock.year_label(pot.year)}")

    assert (page.text.count("Analyst’s time"), len(made)) == (how_many, 7)
    assert f"OWN-{pot.year % 100:02}-00001" in officer.visit(f"/pots/{pot.ref}").text
