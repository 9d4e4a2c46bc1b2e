"""The position page: every figure of a year in words, drilled to its transfers, for the same number of statements."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from flask import Flask

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger.chart import Bucket
from grants.papers import reports
from grants.people.models import Duty
from grants.people.queries import partnership
from tests.builders.awards import an_award
from tests.builders.every_kind import everything
from tests.builders.ledger import DAY, a_move
from tests.builders.people import a_group, a_partnership, a_person
from tests.builders.streams import a_commitment, a_pot, a_stream
from tests.client import Browser

B = Bucket
Statements = Callable[[], AbstractContextManager[list[str]]]
NINETEEN = "not known: 19 named awards (examples) have no stated amount"


def offers(pot: str, first: int, last: int) -> None:
    """Awards of £10 each."""
    moves = [a_move("offer", B.FREE, B.OFFERED, 1000, book=pot, owner=f"AWD-26-{n:05}") for n in range(first, last)]
    ledger.post(*moves, key=f"offers:{first}", on=DAY, by="test", source=pot)


def test_every_column_is_shown_with_its_meaning_and_the_totals(sqlite_app: Flask) -> None:
    pot = a_pot("10000", stream=a_stream("Youth Fund"))
    a_commitment("1000", pot=pot, recipient="Patrol service")
    offers(pot.ref, 1, 3)
    page = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER)).visit("/position?year=2026/27&every=1")
    assert page.h1 == "Position for 2026/27"
    (table, protected, *_rest) = page.tables()
    assert table.head == [
        "Stream",
        "Allocated",
        "Contributed",
        "Brought forward",
        "Vired in",
        "Free",
        "Held",
        "Passported (protected)",
        "Offered",
        "Committed",
        "Approved for payment",
        "Paid",
        "of which accounted for",
        "of which owed back to us",
        "of which written off",
        "Repaid to funder",
        "Carried forward",
        "Vired out",
        "These add up",
    ]
    nought = "£0.00"
    figures = ["£10,000.00", nought, nought, nought, "£8,980.00", nought, "£1,000.00", "£20.00", *[nought] * 9, "Yes"]
    assert table.rows == [["Youth Fund", *figures], ["Total of 1 stream", *figures]]
    assert protected.rows[0][0].startswith("Patrol service (COM-")
    assert protected.rows[0][3:] == ["£1,000.00", "£1,000.00"]
    meanings = page.find("dl")[-1].text
    assert "FreeNot yet set aside or promised: it can still be used." in meanings


def test_2020_21_lists_what_is_not_stated_and_never_calls_it_free(facts_app: Flask) -> None:
    by = a_person(Duty.FINANCE_OFFICER, partnership=partnership("safer_stockport_partnership"))
    page = Browser(facts_app).sign_in(by).visit("/position?year=2020/21")
    table = page.tables()[0]
    allocated, free = table.head.index("Allocated"), table.head.index("Free")
    assert [(row[0], row[allocated]) for row in table.rows] == [
        ("Community Safety Grant", "£218,973.00"),
        ("Serious Violence Fund", "£150,000.00"),
        ("Voluntary and Community Sector Grant", "£100,000.00"),
        ("Hate Crime Fund", "£10,000.00"),
        ("Children Affected by Domestic Abuse (CADA) fund", "not stated"),
        ("Funding via the Domestic Abuse Bill", "not stated"),
        ("Perpetrator Programme", "not stated"),
        ("Total of 4 streams", "£478,973.00"),
    ]
    assert [row[free] for row in table.rows] == [
        "not known: 8 named awards (examples) have no stated amount",
        *["not known: 4 named awards (examples) have no stated amount"] * 2,
        "not known: 3 named awards (examples) have no stated amount",
        *["not known: the allocation is not stated"] * 3,
        NINETEEN,
    ]
    assert "3 streams have no stated allocation. They are listed, and left out of the totals." in page.text
    assert [cell for row in table.rows for cell in row].count("£478,973.00") == 1  # allocated, in total


def test_the_page_the_report_and_the_files_have_the_same_figures(facts_app: Flask) -> None:
    browser = Browser(facts_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    table = browser.visit("/position?year=2020/21&every=1").tables()[0]
    printed = reports.render("position", year="2020/21", as_at=None, strategy=None, format="csv")
    assert browser.fetch("/position.csv?year=2020/21").text == printed
    rows = list(csv.reader(io.StringIO(printed)))

    def shown(cell: str) -> str:
        return str(Money.pounds(cell)) if cell[:1].isdigit() else cell

    assert [[shown(cell) for cell in row[1:]] for row in rows[1:]] == [row[:-1] for row in table.rows]
    said = json.loads(reports.render("position", year="2020/21", as_at=None, strategy=None, format="json"))
    assert json.loads(browser.fetch("/position.json?year=2020/21").text) == said
    total = said["sections"][0]["total"]
    assert (total["allocated"], total["free"], total["free_reason"]) == ("478973.00", None, NINETEEN)


def test_every_figure_leads_to_the_transfers_behind_it_which_add_up(sqlite_app: Flask) -> None:
    pot = a_pot("10000", stream=a_stream("Youth Fund"))
    offers(pot.ref, 1, 4)
    lapse = a_move("lapse", B.OFFERED, B.FREE, 1000, book=pot.ref, owner="AWD-26-00001")
    ledger.post(lapse, key="lapse", on=DAY, by="test", source="AWD-26-00001")
    ref = pot.ref
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    links = {link.text: link.href for link in browser.visit("/position?year=2026/27").links if f"/position/{ref}/" in link.href}
    page = browser.visit(links["£20.00"])
    assert (page.h1, page.caption) == ("Offered: Youth Fund", ref)
    assert "It is made of 4 transfers, which add up to it." in page.text
    whose, transfers = page.tables()
    assert [row[:2] for row in whose.rows] == [["AWD-26-00002", "£10.00"], ["AWD-26-00003", "£10.00"]]
    assert [row[1:5] for row in transfers.rows] == [
        ["Offer lapsed, declined or withdrawn", "offered: AWD-26-00001", "free", "-£10.00"],
        ["Offered", "free", "offered: AWD-26-00003", "£10.00"],
        ["Offered", "free", "offered: AWD-26-00002", "£10.00"],
        ["Offered", "free", "offered: AWD-26-00001", "£10.00"],
    ]
    assert "It is made of 1 transfer, which adds up to it." in browser.visit(f"/position/{ref}/allocated").text
    for link in browser.visit("/position?year=2026/27").links:
        if f"/position/{ref}/" in link.href:
            assert "add up to it" in (text := browser.visit(link.href).text) or "adds up to it" in text, link.href


def test_as_at_a_date_by_typing_it_or_by_its_address(sqlite_app: Flask) -> None:
    pot = a_pot("10000")
    offers(pot.ref, 1, 2)
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    before = "/position?year=2026/27&as_at=2026-04-30"
    typed = "/position?year=2026/27&as_at-day=30&as_at-month=4&as_at-year=2026"
    assert browser.visit(before).tables()[0].rows == browser.visit(typed).tables()[0].rows
    page = browser.visit(before)
    assert "As at the end of 30 April 2026, by all that is recorded now." in page.text
    assert page.tables()[0].rows[0][2] == "£10,000.00"
    assert browser.visit(f"/position/{pot.ref}/offered?as_at=2026-04-30").tables() == []
    wrong = browser.visit("/position?year=2026/27&as_at-day=31&as_at-month=2&as_at-year=2026", expect=422)
    assert len(wrong.problems) == 1
    for address in ("/position?year=2026/28", "/position?year=x", "/position?as_at=x", "/position/NONE-2026/free"):
        browser.visit(address, expect=404)
    browser.visit(f"/position/{pot.ref}/nonsense", expect=404)


def test_it_costs_the_same_number_of_statements_for_one_award_and_for_thirty(sqlite_app: Flask, statements: Statements) -> None:
    pot = a_pot("10000")
    by = a_person(Duty.FINANCE_OFFICER)
    offers(pot.ref, 1, 2)
    browser = Browser(sqlite_app).sign_in(by)
    counts = []
    for first, last in ((2, 3), (3, 31)):
        offers(pot.ref, first, last)
        for address in ("/position?year=2026/27", "/position/priorities?year=2026/27", f"/position/{pot.ref}/offered"):
            browser.visit(address)
            with statements() as made:
                browser.visit(address)
            counts.append(len(made))
    assert counts[:3] == counts[3:]
    a_pot("500", stream=a_stream("Another"))
    with statements() as made:
        browser.visit("/position?year=2026/27")
    assert len(made) == counts[0]


def test_an_applicant_and_a_stranger_see_nothing_and_another_partnerships_officer_only_their_own(sqlite_app: Flask) -> None:
    pot = a_pot("10000")
    mine = pot.stream.partnership
    _organisation, applicant, _certifier = a_group()
    for address in ("/position", "/position.csv", "/position/priorities", f"/position/{pot.ref}/free"):
        page = Browser(sqlite_app).sign_in(applicant).visit(address, expect=403)
        assert "This page is for the people who run the funding." in page.text
    assert Browser(sqlite_app).visit("/position").h1 == "Sign in"
    other = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER, partnership=a_partnership()))
    assert pot.ref not in other.visit("/position?year=2026/27").text
    other.visit(f"/position/{pot.ref}/free", expect=404)
    own = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER, partnership=mine))
    assert own.visit("/position?year=2026/27").tables()[0].rows[-1][1] == "£10,000.00"
    db.session.rollback()


def test_the_picture_has_the_years_money_and_leaves_out_what_is_not_known(facts_app: Flask) -> None:
    by = a_person(Duty.FINANCE_OFFICER)
    page = Browser(facts_app).sign_in(by).visit("/position?year=2020/21")
    flows = next(t for t in page.tables() if t.caption == "Where the money of 2020/21 came from, and what it is")
    assert flows.rows == [
        ["Funder not stated", "Community Safety Grant", "£218,973.00"],
        ["Funder not stated", "Hate Crime Fund", "£10,000.00"],
        ["Funder not stated", "Serious Violence Fund", "£150,000.00"],
        ["Funder not stated", "Voluntary and Community Sector Grant", "£100,000.00"],
    ]


# -- as known on, and what stands beside ------------------------------------------------------------------------------


def test_as_known_on_a_day_is_shown_downloaded_and_drilled_and_today_is_refused_with_a_sentence(sqlite_app: Flask) -> None:
    with clock.stopped(datetime(2026, 4, 2, tzinfo=UTC)):
        pot = a_pot("10000")
    with clock.stopped(datetime(2026, 6, 1, tzinfo=UTC)):
        offers(pot.ref, 1, 2)
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    asked = "year=2026/27&as_at=2026-05-31&known_on=2026-05-31"
    page = browser.visit(f"/position?{asked}")
    assert "As at the end of 31 May 2026, as known at the end of 31 May 2026. Money, allocations" in page.text
    assert page.tables()[0].rows[0][2] == "£10,000.00"
    drilled = next(link.href for link in page.links if f"/position/{pot.ref}/free" in link.href)
    assert "Then: £10,000.00. It is made of 1 transfer" in browser.visit(drilled).text
    said = json.loads(browser.fetch(f"/position.json?{asked}").text)
    assert (said["as_at"], said["known_on"], said["sections"][0]["total"]["free"]) == ("2026-05-31", "2026-05-31", "10000.00")
    later = browser.visit("/position?year=2026/27&as_at=2026-05-31&known_on=2026-06-01")
    assert later.tables()[0].rows[0][2] == "£9,990.00"
    today = clock.today().isoformat()
    for address in (f"/position?year=2026/27&known_on={today}", f"/position/priorities?year=2026/27&known_on={today}"):
        refused = browser.visit(address, expect=422)
        assert refused.problems[0].startswith("What was known can be asked up to yesterday")
        assert "As it stands now." in refused.text
    browser.fetch(f"/position.csv?known_on={today}", expect=404)


def test_columns_that_are_all_nought_are_named_and_can_be_shown(sqlite_app: Flask) -> None:
    a_pot("10000")
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    page = browser.visit("/position?year=2026/27")
    assert page.tables()[0].head == [
        "Stream",
        "Allocated",
        "Free",
        "Held",
        "Passported (protected)",
        "Offered",
        "Committed",
        "Approved for payment",
        "Paid",
        "These add up",
    ]
    assert "All nought this year, and not shown: contributed, brought forward, vired in, of which accounted for" in page.text
    every = next(link.href for link in page.links if link.text == "Show every column")
    assert len(browser.visit(every).tables()[0].head) == 19


def test_everything_to_be_put_right_stands_first_and_what_is_not_confirmed_stands_apart(sqlite_app: Flask) -> None:
    everything()
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    page = browser.visit(f"/position?year={clock.year_label(clock.financial_year(clock.today()))}")
    assert "Put right before the year ends Cut not yet absorbed: £150.00 of" in page.text
    apart = next(table for table in page.tables() if table.caption == "Not confirmed, and in no total")
    assert [(row[2], row[3]) for row in apart.rows] == [("Pledged", "£60.00")]
    with_lines = next(link.href for link in page.links if link.text == "Show the lines of each pot")
    table = browser.visit(with_lines).tables()[0]
    assert [row[0] for row in table.rows if row[0].startswith("Line: ")] == ["Line: Micro-grants", "Line: In no line"]
    pages = [link.href for link in page.links]
    for link in dict.fromkeys(pages):
        if link.startswith(("/allocations/", "/shortfalls/", "/commitments/", "/path/")):
            browser.visit(link)


def test_what_is_promised_to_what_and_which_priorities_it_serves_is_drawn_with_its_table(sqlite_app: Flask) -> None:
    award = an_award("1000", "500.01")
    year = clock.year_label(award.pot.year)
    page = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER)).visit(f"/position/priorities?year={year}")
    table = next(t for t in page.tables() if t.caption.startswith(f"What the money of {year} is promised to"))
    name = f"{award.title} ({award.ref})"
    assert table.rows[0] == [award.pot.stream.name, name, "£1,500.01"]
    assert sum(Money.pounds(row[2]).pence for row in table.rows if row[0] == name) == 150_001
    assert "The picture is wider than this screen: move it sideways to see all of it." in page.text


def test_an_award_a_priority_a_strategy_and_a_stream_are_shown_as_at_a_date(sqlite_app: Flask) -> None:
    award = an_award("1000", "500.01")
    theme = next(share.priority for share in award.shares if share.priority)
    day = (clock.today() - timedelta(4)).isoformat()
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    page = browser.visit(f"/awards/{award.ref}?as_at={day}")
    then = {table.caption: table.rows for table in page.tables()}
    assert then["Where the money was then"] == [["Offered, not answered yet", "£1,500.01"], ["Total", "£1,500.01"]]
    assert then["What it served then"][-1] == ["Total", "100%", "£1,500.01"]
    assert "Where the money was then" not in [table.caption for table in browser.visit(f"/awards/{award.ref}").tables()]
    served = next(
        t for t in browser.visit(f"/priorities/{theme.ref}?as_at={day}").tables() if t.caption == "Awards and own spend"
    )
    assert served.rows[-1][4] == "£1,500.01"  # all of it offered then
    whole = next(
        t
        for t in browser.visit(f"/strategies/{theme.strategy.ref}?as_at={day}").tables()
        if t.caption == "What each priority is served with"
    )
    assert whole.rows[0][2] == "£1,500.01"
    stream = award.pot.stream.ref
    money = next(t for t in browser.visit(f"/streams/{stream}?as_at={day}").tables() if t.caption == "Money by year")
    assert money.rows[0][money.head.index("Offered")] == "£1,500.01"
    for address in (
        f"/awards/{award.ref}",
        f"/priorities/{theme.ref}",
        f"/strategies/{theme.strategy.ref}",
        f"/streams/{stream}",
    ):
        browser.visit(f"{address}?known_on={clock.today().isoformat()}", expect=422)


def test_the_position_costs_at_most_twelve_statements(sqlite_app: Flask, statements: Statements) -> None:
    everything()
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    year = clock.year_label(clock.financial_year(clock.today()))
    for query, most in (("", 12), ("&as_at=2026-10-31&known_on=2026-11-01", 12)):
        browser.visit(f"/position?year={year}{query}")
        with statements() as made:
            browser.visit(f"/position?year={year}{query}")
        assert len(made) <= most, made
