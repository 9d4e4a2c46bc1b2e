"""What goes wrong at a desk: each is a sentence, nothing is lost and nothing is doubled."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.awards import proofs as award_proofs
from grants.awards.models import Award
from grants.budget.models import BudgetChange
from grants.kernel import clock
from grants.kernel.db import Base, db
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger import proofs
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty
from grants.spending import queries as spending
from grants.spending.models import SpendKind
from grants.streams.models import Commitment, Pot
from tests.builders.awards import a_decision
from tests.builders.budget import a_virement, moved
from tests.builders.people import a_person, an_organisation
from tests.builders.spending import a_charge, a_pot_of_this_year, committed
from tests.builders.streams import a_finance_officer, a_stream
from tests.client import Browser
from tests.reading import Page

POUNDS = Money.pounds
LIKE = "The amount must be an amount of money, like 1,250 or 1250.50"


@pytest.fixture(autouse=True)
def proved(sqlite_app: Flask) -> Any:
    """Whatever was refused, the books are proved afterwards."""
    yield
    db.session.rollback()
    assert [*proofs.faults(), *award_proofs.faults()] == []


def desk(app: Flask, pot: Pot, *duties: Duty) -> Browser:
    """Somebody with these duties in the pot's partnership, signed in."""
    return Browser(app).sign_in(a_person(*duties, partnership=pot.stream.partnership))


def free(ref: str) -> Money:
    db.session.rollback()
    return books.balance(At(ref, "", Bucket.FREE))


def how_many(model: type[Base]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# -- money that is not there -------------------------------------------------------------------------------------------


def test_money_that_went_between_the_effect_and_the_yes_is_refused_with_what_is_left(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year("1000")
    ref = pot.ref
    officer = desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    typed = {"recipient": "Patrol", "amount": "600", "approval_basis": "Board, 1 May"}
    assert "£400.00" in officer.submit(f"/pots/{ref}/protect", typed, button="See what this does").text
    moved(pot, "RND-1", "500", Bucket.RESERVED)

    page = officer.fill(button="Protect £600.00", expect=422)

    assert page.problems == [f"{ref} has £500.00 free; this needs £600.00."]
    assert "Patrol" in [e.at.get("value") for e in page.find("input")]
    assert (free(ref), how_many(Commitment)) == (POUNDS("500"), 0)


def test_a_change_that_became_too_large_while_it_waited_is_refused_on_approval_and_still_waits(sqlite_app: Flask) -> None:
    pot, into = a_pot_of_this_year("1000"), a_pot_of_this_year("1000")
    refs = pot.ref, into.ref
    change = a_virement(pot, into, "800").ref
    chief = desk(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    moved(pot, "RND-1", "500", Bucket.RESERVED)

    page = chief.submit(f"/changes/{change}/approve", sure="y", expect=422)

    assert any("£500.00" in sentence for sentence in page.problems), page.problems
    assert [free(ref) for ref in refs] == [POUNDS("500"), POUNDS("1000")]
    assert "waiting for approval" in chief.visit(f"/changes/{change}").text.lower()


# -- figures and dates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("10.005", "The amount must be in pounds and whole pence, like 1,250.50"),
        ("1e3", LIKE),
        ("-5", "The amount cannot be less than £0"),
        ("£1,00", LIKE),
        ("ten", LIKE),
        ("99999999999999999999", "The amount is too large. Check how many noughts you typed"),
    ],
)
def test_an_amount_nobody_can_pay_is_refused_where_it_was_typed(sqlite_app: Flask, typed: str, sentence: str) -> None:
    pot, into = a_pot_of_this_year("1000"), a_pot_of_this_year("1000")
    officer = desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    given = {"source": "free|", "into_pot": into.ref, "amount": typed, "reason": "Fewer bids", "document": "Minute 3"}

    page = officer.submit(f"/changes/new/virement/{pot.ref}", given, expect=422)

    assert page.problems == [sentence]
    assert typed in [e.at.get("value") for e in page.find("input", name="amount")]
    assert how_many(BudgetChange) == 0


def test_a_charge_dated_in_a_closed_month_says_to_choose_a_later_date(sqlite_app: Flask) -> None:
    spend = committed("1000", pot=a_pot_of_this_year("1000"))
    pot, ref = spend.pot, spend.ref
    last = clock.today().replace(day=1) - timedelta(days=1)
    ledger.close(pot.book, through=last, by=a_finance_officer(pot.stream.partnership))
    officer = desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    typed = {"what": "The month before", "document": "JNL 7", "net": "40", "charged_on": last}

    officer.submit(f"/own-spend/{ref}/charge", typed)
    page = officer.fill(expect=422)

    assert page.problems == ["That date is in a period that has been closed. Choose a later date."]
    assert "JNL 7" in [e.at.get("value") for e in page.find("input")]
    officer.fill(typed | {"charged_on": clock.today()})
    officer.fill()
    assert books.balance(At(pot.ref, ref, Bucket.COMMITTED)) == POUNDS("960")


# -- three bad rows in five thousand -----------------------------------------------------------------------------------


def test_three_bad_rows_in_five_thousand_are_all_named_and_nothing_is_written(sqlite_app: Flask) -> None:
    pot = a_pot_of_this_year("90000", stream=a_stream("VCS Grant", voluntary_only=True))
    fund = an_organisation("Local Fund")
    spend = committed("60000", pot=pot, kind=SpendKind.DISTRIBUTION, payee="Local Fund", organisation=fund)
    a_charge("60000", spend=spend)
    officer = desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    day = pot.starts_on.isoformat()
    heading = "distributor_reference,recipient,recipient_slug,recipient_type,title,amount_gbp,decided_on,priority_slug"
    rows = [f"A{n},Group {n},,voluntary,Kit,1.{n % 100:02},{day}," for n in range(5000)]
    bad = list(rows)
    bad[6] = bad[6].replace("voluntary", "statutory")
    bad[2500] = bad[2500].replace(",1.00,", ",1.005,")
    bad[4999] = bad[4999].replace(day, "2026-13-01")

    def send(lines: list[str]) -> Page:
        officer.visit(f"/own-spend/{spend.ref}/list")
        form = officer._form({}, "Check and import")
        sent = {name: one[0] for name, one in form.fill().items() if name in ("key", "csrf_token")}
        file = io.BytesIO("\n".join([heading, *lines]).encode())
        answer = officer.post(f"/own-spend/{spend.ref}/list", sent | {"list": (file, "list.csv")})
        assert answer.status_code == 422
        return Page(answer.text)

    page = send(bad)

    assert page.problems == ["3 things on the list have to be put right. Nothing was imported."]
    assert [row[0] for row in page.tables()[0].rows] == ["8", "2,502", "5,001"]
    assert spending.given_out_totals(spend) == (0, Money(0))


# -- a pot that closes -------------------------------------------------------------------------------------------------


def test_a_pot_closed_while_an_award_is_offered_keeps_what_its_round_held_and_takes_nothing_new(sqlite_app: Flask) -> None:
    decision = a_decision()
    pot = decision.panel.round.pot
    ref, offer, amount = pot.ref, decision.ref, decision.amount
    officer, finance = desk(sqlite_app, pot, Duty.GRANTS_OFFICER), desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    officer.visit(f"/awards/offer/{offer}")
    finance.submit(f"/pots/{ref}/close", on=clock.today(), reason="The fund is being wound up")

    page = officer.fill(button="Make the offer")

    assert page.h1 == "Project 1"
    award = db.session.scalars(select(Award)).one()
    assert books.owned(award.ref) == {(ref, Bucket.OFFERED): amount}
    finance.submit(f"/pots/{ref}/protect", {"recipient": "Patrol", "amount": "6", "approval_basis": "Board"}, expect=422)
    assert finance.page and "has been closed to new promises since" in finance.page.problems[0]


# -- twice, and at once ------------------------------------------------------------------------------------------------


def twice(browser: Browser, button: str) -> None:
    """Press a button twice: both presses send the very same form, and both lead to the same page."""
    form = browser._form({}, button)
    sent = form.fill()
    pressed = next(b for b in form.buttons if b.text == button)
    if pressed.name:
        sent[pressed.name] = [pressed.value]
    answers = [browser._open("POST", form.action or browser.at, data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] in ([302, 302], [303, 303])
    assert answers[0].location == answers[1].location


def test_the_same_form_sent_twice_protects_and_asks_once(sqlite_app: Flask) -> None:
    pot, into = a_pot_of_this_year("1000"), a_pot_of_this_year("1000")
    ref, other = pot.ref, into.ref
    officer = desk(sqlite_app, pot, Duty.FINANCE_OFFICER)
    protect = {"recipient": "Patrol", "amount": "600", "approval_basis": "Board, 1 May"}
    officer.submit(f"/pots/{ref}/protect", protect, button="See what this does")
    twice(officer, "Protect £600.00")
    change = {"source": "free|", "into_pot": other, "amount": "50", "reason": "Fewer bids", "document": "Minute 3"}
    officer.submit(f"/changes/new/virement/{ref}", change, button="See what this does")
    twice(officer, "Ask for approval")

    assert (how_many(Commitment), how_many(BudgetChange), free(ref)) == (1, 1, POUNDS("400"))


def test_two_officers_approving_at_once_move_the_money_once_and_the_other_is_told(sqlite_app: Flask) -> None:
    pot, into = a_pot_of_this_year("1000"), a_pot_of_this_year("1000")
    refs = pot.ref, into.ref
    change = a_virement(pot, into, "300").ref
    seats = [desk(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER) for _ in range(2)]
    forms = []
    for seat in seats:
        page = seat.visit(f"/changes/{change}/approve")
        form = next(f for f in page.forms if any(b.text.startswith("Approve") for b in f.buttons))
        forms.append((form.action or seat.at, form.fill(sure="y")))
    start = Barrier(2)

    def press(n: int) -> tuple[int, str]:
        path, sent = forms[n]
        start.wait()
        answer = seats[n].client.open(
            path, method="POST", data=sent, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        )
        return answer.status_code, answer.text

    db.session.remove()
    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(press, range(2)))

    assert [status for status, _text in answers] == [302, 422]
    assert "is approved, so there is nothing to approve" in answers[1][1]
    assert [free(ref) for ref in refs] == [POUNDS("700"), POUNDS("1300")]
    late = seats[0].visit(f"/changes/{change}/approve")
    assert "This change is approved, so there is nothing to approve." in late.text
