"""Budget changes and authorities in the browser: the effect first, a second person, deputies and the delegation table."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from grants.budget import authorities, queries
from grants.kernel import clock
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty, Person
from grants.streams.models import Pot
from grants.web.staff.changes import SLUGS
from tests.builders.budget import a_virement, an_authority, approved, moved, paid, staff, the_chief
from tests.builders.people import an_administrator
from tests.builders.streams import a_pot, a_stream
from tests.client import Browser
from tests.reading import Page

YEAR = clock.financial_year(clock.today())


def pot_of_now(amount: str = "10000", **facts: object) -> Pot:
    return a_pot(amount, year=YEAR, **facts)  # type: ignore[arg-type]


def seat(app: Flask, pot: Pot, *duties: Duty) -> tuple[Browser, Person]:
    person = staff(pot, *duties)
    return Browser(app).sign_in(person), person


def says(page: Page, sentence: str) -> bool:
    """Does the page say this, whatever its markup?"""
    return sentence in page.text


def free(ref: str) -> str:
    return books.balance(At(ref, "", Bucket.FREE)).plain


def test_a_virement_from_the_pots_page_to_the_second_persons_approval(sqlite_app: Flask) -> None:
    pot, into = pot_of_now(), pot_of_now("1000")
    officer, _person = seat(sqlite_app, pot, Duty.FINANCE_OFFICER)
    chief, _chief = seat(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    pots = pot.ref, into.ref

    assert says(officer.visit(f"/pots/{pots[0]}"), "Ask for a budget change")
    page = officer.submit(f"/changes/new?pot={pots[0]}", kind="virement", pot=pots[0])
    assert page.title.startswith("Virement")
    typed = {
        "source": "free|",
        "into_pot": pots[1],
        "amount": "2,500",
        "reason": "Fewer bids than planned",
        "document": "Board minute 12 (fictional)",
    }
    shown = officer.fill(typed, button="See what this does")
    assert says(shown, "Nothing is done yet") and says(shown, "£7,500.00") and says(shown, "£3,500.00")
    assert queries.waiting_rows(_chief) == []
    asked = officer.press("Ask for approval")
    assert says(asked, "Somebody else has to approve it before any money moves")
    assert says(asked, "You asked for this, so somebody else has to approve it.")
    [row] = queries.waiting_rows(_chief)

    assert says(chief.visit("/home"), "Approve: virement of £2,500.00")
    page = chief.submit(f"/changes/{row.ref}/approve", expect=422)
    assert says(page, "Confirm that you have read the source document")
    done = chief.submit(f"/changes/{row.ref}/approve", sure="y")
    assert says(done, "Approved. The money has moved.")
    assert [free(ref) for ref in pots] == ["7500.00", "3500.00"]
    late = chief.visit(f"/changes/{row.ref}/approve")
    assert says(late, "This change is approved, so there is nothing to approve.")


def test_what_is_wrong_is_said_beside_the_form_with_everything_typed_kept(sqlite_app: Flask) -> None:
    pot = pot_of_now("100")
    into = pot_of_now()
    officer, _person = seat(sqlite_app, pot, Duty.FINANCE_OFFICER)
    typed = {"source": "free|", "into_pot": into.ref, "amount": "100.01", "reason": "Kept as typed", "document": "Minute 3"}
    page = officer.submit(f"/changes/new/virement/{pot.ref}", typed, expect=422)
    assert says(page, "£100.00 free; this needs £100.01") and says(page, "Kept as typed")


def test_refused_with_a_reason_and_withdrawn_by_whoever_asked(sqlite_app: Flask) -> None:
    pot, into = pot_of_now(), pot_of_now()
    officer, person = seat(sqlite_app, pot, Duty.FINANCE_OFFICER)
    chief, _chief = seat(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    one, two = a_virement(pot, into, by=person).ref, a_virement(pot, into, by=person).ref
    assert says(chief.submit(f"/changes/{one}/refuse", because="Wait for the audit"), "Refused. No money has moved.")
    officer.visit(f"/changes/{two}")
    assert says(officer.press("Withdraw what I asked for"), "Withdrawn. No money has moved.")
    assert not says(officer.visit("/changes"), "Wait for the audit")


@pytest.mark.parametrize("kind", [slug for slug in SLUGS.values() if slug != "virement"])
def test_every_kind_has_its_form_or_says_why_not(sqlite_app: Flask, kind: str) -> None:
    pot = pot_of_now()
    paid(pot, "AWD-1", "100")
    officer, _person = seat(sqlite_app, pot, Duty.FINANCE_OFFICER)
    officer.visit(f"/changes/new/{kind}/{pot.ref}")
    officer.visit(f"/changes/new/nonsense/{pot.ref}", expect=404)


def test_free_money_is_carried_into_next_years_pot(sqlite_app: Flask) -> None:
    stream = a_stream()
    old, new = a_pot("500", stream=stream, year=YEAR - 1), a_pot("1", stream=stream, year=YEAR)
    officer, _person = seat(sqlite_app, old, Duty.FINANCE_OFFICER)
    typed = {"source": "free|", "amount": "500", "reason": "Underspend", "document": "Outturn report (fictional)"}
    page = officer.submit(f"/changes/new/carry-forward/{old.ref}", typed)
    assert says(page, new.ref) and says(page, "£501.00")


def test_over_programming_from_asking_to_the_exceptions_and_back(sqlite_app: Flask) -> None:
    pot = pot_of_now("1000")
    officer, _person = seat(sqlite_app, pot, Duty.FINANCE_OFFICER)
    chief, _chief = seat(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    ref = pot.ref
    typed = {
        "kind": "over-programming",
        "percent": "10",
        "underwriter": "General reserve, chief finance officer",
        "reason": "Projects underspend",
        "document": "Board minute 12 (fictional)",
    }
    shown = officer.submit(f"/authorities/new/{ref}", typed)
    assert says(shown, "£1,100.00")
    officer.press("Ask for approval")
    [asked] = authorities.listed(_chief)
    assert says(chief.submit(f"/authorities/{asked.ref}/approve", sure="y"), "The pot can promise more from now on.")
    moved(pot, "AWD-1", "1040", Bucket.OFFERED)
    assert says(officer.visit("/authorities"), "£40.00")
    assert says(officer.visit("/changes"), "Pots that have promised more than they hold")
    assert says(officer.visit(f"/pots/{ref}"), "Authorities to promise more than it holds")
    ended = officer.submit(f"/authorities/{asked.ref}/end", because="The reserve is needed elsewhere")
    assert says(ended, "Nothing more can be promised under it.")
    assert says(officer.visit("/authorities"), "no authority")


def test_lists_take_the_same_statements_whatever_their_length(sqlite_app: Flask, statements) -> None:  # type: ignore[no-untyped-def]
    pot, into = pot_of_now(), pot_of_now()
    chief, _person = seat(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    counts = []
    for number in (1, 3):
        for n in range(number):
            a_virement(pot, into, "1")
            approved(a_virement(pot, into, "1"))
            here = pot_of_now("10")
            an_authority(here, "10")
            moved(here, f"AWD-{number}{n}", "15", Bucket.OFFERED)
        chief.visit("/changes")
        with statements() as made:
            chief.visit("/changes")
            chief.visit("/authorities")
            chief.visit("/delegation")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_chief_finance_officer_changes_the_delegation_table_and_everybody_sees_it(sqlite_app: Flask) -> None:
    pot = pot_of_now()
    chief, _person = seat(sqlite_app, pot, Duty.CHIEF_FINANCE_OFFICER)
    approver, _approver = seat(sqlite_app, pot, Duty.APPROVER)
    here = pot.stream.partnership.ref
    assert says(approver.visit(f"/delegation/{here}/change"), "You cannot change this table.")
    page = chief.submit(f"/delegation/{here}/change", what="virement", duty="approver", up_to="2,500")
    assert says(page, "£2,500.00")
    assert says(approver.visit("/delegation"), "£2,500.00")


def test_somebody_going_away_names_a_deputy_on_their_account_page_and_ends_it(sqlite_app: Flask) -> None:
    pot = pot_of_now()
    approver, person = seat(sqlite_app, pot, Duty.APPROVER)
    deputy, other = seat(sqlite_app, pot, Duty.GRANTS_OFFICER)
    names = person.name, other.name
    assert says(approver.visit("/account"), "Name a deputy as approver")
    today = clock.today()
    page = approver.submit(
        f"/people/{person.ref}/duties/1/deputy",
        deputy=other.ref,
        starts_on=today,
        ends_on=date.fromordinal(today.toordinal() + 20),
        reason="annual leave",
    )
    assert says(page, f"{names[1]} acts for {names[0]} as approver")
    assert says(deputy.visit("/account"), f"as deputy for {names[0]}")
    approver.visit("/account")
    approver.press(f"End now {names[1]}")
    assert not says(deputy.visit("/account"), f"as deputy for {names[0]}")


def test_an_administrator_names_one_for_somebody_already_away(sqlite_app: Flask) -> None:
    pot = pot_of_now()
    approver, other = staff(pot, Duty.APPROVER), staff(pot, Duty.GRANTS_OFFICER)
    browser = Browser(sqlite_app).sign_in(an_administrator())
    today = clock.today()
    page = browser.submit(
        f"/people/{approver.ref}/duties/1/deputy", deputy=other.ref, starts_on=today, ends_on=today, reason="sickness"
    )
    assert says(page, f"{other.name} acts for {approver.name}")


def test_nobody_else_finds_a_change(sqlite_app: Flask) -> None:
    pot = pot_of_now()
    change = a_virement(pot, pot_of_now())
    ref, chief = change.ref, the_chief(pot).ref
    officer, _person = seat(sqlite_app, pot, Duty.GRANTS_OFFICER)
    officer.visit(f"/changes/{ref}", expect=404)
    officer.visit("/changes", expect=403)
    officer.visit(f"/people/{chief}/duties/1/deputy", expect=404)
