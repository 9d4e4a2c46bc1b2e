"""The position of a year: its columns, its totals, its dates; what awards' money serves; what was given before."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from random import Random

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from grants.figures import drill, history, queries, served
from grants.figures.columns import AWARDED, BECAME, BY_KEY, CAME, COLUMNS
from grants.figures.served import OUTSIDE, Part
from grants.kernel import clock
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import ZERO, Money, total
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import AWARD, FIGURES, At, Bucket
from grants.papers import report as paper
from grants.papers import reports
from grants.papers.report import Column, Report, Table, Text, Unknown
from grants.people.models import Duty
from grants.people.queries import partnership
from grants.streams.queries import stream
from tests.builders.ledger import DAY, a_life, a_move
from tests.builders.people import a_partnership, a_person
from tests.builders.streams import a_commitment, a_pot, a_stream

B = Bucket
Statements = Callable[[], AbstractContextManager[list[str]]]


def figures(row: queries.Row, *keys: str) -> list[str]:
    return [str(row.figures[key]) for key in keys]


def test_the_columns_are_the_ledgers_figures_and_three_parts_of_paid() -> None:
    assert {c.key.replace("_", " ") for c in (*CAME, *BECAME)} == set(FIGURES)
    assert [c.key for c in COLUMNS if c.part_of] == ["accounted_for", "owed_back", "written_off"]
    assert all(BY_KEY[c.part_of].buckets > c.buckets for c in COLUMNS if c.part_of)
    assert len({c.meaning for c in COLUMNS}) == len(COLUMNS)
    assert frozenset().union(*(BY_KEY[key].buckets for key in AWARDED)) == AWARD


def test_every_column_of_a_pot_and_the_total(app: Flask) -> None:
    pot = a_pot("10000")
    a_commitment("1000", pot=pot)
    for number, steps in enumerate((1, 2, 3, 4, 5), 1):
        a_life(str(number), award=f"AWD-26-0000{number}", book=pot.ref, steps=steps)
    moves = [
        a_move("contribute", B.PARTNER, B.FREE, 50000, book=pot.ref, owner="partner:council"),
        a_move("reserve", B.FREE, B.RESERVED, 2000, book=pot.ref),
        a_move("demand", B.PAID, B.RECOVERABLE, 300, book=pot.ref, owner="AWD-26-00004"),
        a_move("write off", B.RECOVERABLE, B.WRITTEN_OFF, 100, book=pot.ref, owner="AWD-26-00004"),
        a_move("return", B.FREE, B.RETURNED, 700, book=pot.ref),
    ]
    ledger.post(*moves, key="more", on=DAY, by="test", source=pot.ref)
    a_pot("500", stream=a_stream("Another"))
    a_pot(None, stream=a_stream("Not stated"))
    a_pot("9", year=2027)

    found = queries.position(2026)
    assert [(row.stated, row.ties) for row in found.rows] == [(True, True), (True, True), (False, True)]
    assert {key: str(amount) for key, amount in found.rows[0].figures.items()} == {
        "allocated": "£10,000.00",
        "contributed": "£500.00",
        "brought_forward": "£0.00",
        "vired_in": "£0.00",
        "free": "£9,458.00",
        "held": "£20.00",
        "passported": "£1,000.00",
        "offered": "£1.00",
        "committed": "£2.00",
        "due": "£3.00",
        "paid": "£9.00",
        "accounted_for": "£5.00",
        "owed_back": "£2.00",
        "written_off": "£1.00",
        "repaid": "£7.00",
        "carried_forward": "£0.00",
        "vired_out": "£0.00",
    }
    assert (str(found.total["allocated"]), str(found.total["free"]), found.left_out) == ("£10,500.00", "£9,958.00", 1)
    assert (found.rows[2].figures["allocated"], found.rows[2].figures["free"]) == (None, None)
    assert [(p.amount, p.left) for p in queries.protected(found)] == [(Money.pounds(1000), Money.pounds(1000))]


def test_a_year_is_looked_at_as_at_a_date_and_as_known_on_another(app: Flask) -> None:
    with clock.stopped(datetime(2026, 4, 2, tzinfo=UTC)):
        pot = a_pot("10000")
    with clock.stopped(datetime(2026, 6, 1, tzinfo=UTC)):
        a_life("10", book=pot.ref, on=date(2026, 5, 1), steps=1)

    def free(on: date | None, known: datetime | None = None) -> Money | None:
        return queries.position(2026, on=on, known=known).rows[0].figures["free"]

    assert free(None) == free(date(2026, 5, 1)) == Money.pounds(9990)
    assert free(date(2026, 4, 30)) == Money.pounds(10000)
    assert free(date(2026, 5, 1), clock.end_of(date(2026, 5, 31))) == Money.pounds(10000)
    assert free(None, clock.end_of(date(2026, 5, 31))) == Money.pounds(10000)
    assert free(date(2026, 3, 31)) == ZERO
    behind = drill.behind(pot.ref, "free", on=date(2026, 5, 1), known=clock.end_of(date(2026, 5, 31)))
    assert (behind.transfers, behind.sum, behind.adds_up) == (1, Money.pounds(10000), True)


def test_each_figure_is_the_sum_of_the_transfers_behind_it(app: Flask) -> None:
    pot = a_pot("10000")
    for number, steps in enumerate((1, 3, 5), 1):
        a_life(str(number), award=f"AWD-26-0000{number}", book=pot.ref, steps=steps)
    for column in COLUMNS:
        behind = drill.behind(pot.ref, column.key)
        assert behind.adds_up, column
        assert total(behind.signed(line) for line in behind.lines) == behind.figure
        assert len(behind.lines) == behind.transfers
    assert [line.kind for line in drill.behind(pot.ref, "paid").lines] == ["pay"]  # accounting for it moves nothing in or out
    with pytest.raises(NotFound):
        drill.behind(pot.ref, "nonsense")
    with pytest.raises(NotFound):
        drill.behind("NONE-2026", "free")


def test_a_long_list_of_transfers_comes_in_pages(app: Flask) -> None:
    pot = a_pot("10000")
    moves = [a_move("offer", B.FREE, B.OFFERED, 1, book=pot.ref, owner=f"AWD-{n}") for n in range(150)]
    ledger.post(*moves, key="many", on=DAY, by="test", source=pot.ref)
    pages = [drill.behind(pot.ref, "offered", page=page) for page in (1, 2, 3)]
    assert [len(page.lines) for page in pages] == [100, 50, 0]
    assert {(page.transfers, page.sum, page.adds_up) for page in pages} == {(150, Money(150), True)}


def test_the_same_number_of_statements_however_many_streams_and_awards(app: Flask, statements: Statements) -> None:
    pot = a_pot("10000")
    a_life("1", book=pot.ref)
    with statements() as one:
        queries.position(2026)
    for number in range(4):
        more = a_pot("100", stream=a_stream(f"Stream {number}"))
        a_life("1", award=f"AWD-26-9000{number}", book=more.ref)
    with statements() as many:
        queries.position(2026)
    assert len(one) == len(many) == 7


def test_only_the_pots_within_a_persons_duties(app: Flask) -> None:
    mine, theirs = a_pot("100"), a_pot("200", stream=a_stream(partnership=a_partnership()))
    by = a_person(Duty.FINANCE_OFFICER, partnership=mine.stream.partnership)
    assert [row.pot for row in queries.position(2026, by=by).rows] == [mine.ref]
    other = a_stream("Another", partnership=mine.stream.partnership)
    a_pot("300", stream=other)
    limited = a_person(Duty.FINANCE_OFFICER, partnership=mine.stream.partnership, streams=[other.ref])
    assert [row.stream for row in queries.position(2026, by=limited).rows] == [other.ref]
    assert queries.years(by) == [2026]
    with pytest.raises(NotFound):
        drill.behind(theirs.ref, "free", by=by)


def test_the_year_shown_first_is_todays_or_the_nearest_before_it() -> None:
    with clock.stopped(datetime(2026, 11, 21, tzinfo=UTC)):
        assert [queries.this_year(years) for years in ([2027, 2026, 2020], [2027, 2020], [2028], [])] == [
            2026,
            2020,
            2028,
            2026,
        ]


# -- the facts of 2020/21 -----------------------------------------------------------------------------------------------


def test_2020_21_free_is_never_known_as_long_as_amounts_are_not_stated(facts_app: Flask) -> None:
    found = queries.position(2020)
    assert [(row.pot, figures(row, "allocated", "free")) for row in found.rows if row.stated] == [
        ("CSG-2020", ["£218,973.00", "None"]),
        ("SVF-2020", ["£150,000.00", "None"]),
        ("VCS-2020", ["£100,000.00", "None"]),
        ("HCF-2020", ["£10,000.00", "None"]),
    ]
    assert (str(found.total["allocated"]), found.total["free"], found.left_out) == ("£478,973.00", None, 3)
    assert found.why_free == "not known: 19 named awards (examples) have no stated amount"
    said = json.loads(reports.render("position", year="2020/21", as_at=None, strategy=None, format="json"))
    (table,) = said["sections"]
    assert [(row["pot"], row["allocated"], row["free"]) for row in table["rows"]][:4] == [
        ("CSG-2020", "218973.00", None),
        ("SVF-2020", "150000.00", None),
        ("VCS-2020", "100000.00", None),
        ("HCF-2020", "10000.00", None),
    ]
    assert table["rows"][4]["allocated_reason"] == "not stated"
    assert (table["total"]["free"], table["total"]["free_reason"]) == (None, found.why_free)
    assert "478973.00" not in [table["total"]["free"], *(row["free"] for row in table["rows"])]
    behind = drill.behind("CSG-2020", "free")
    assert (behind.figure, behind.adds_up) == (None, False)


def test_38_past_grants_stay_38_though_six_are_commitments_too(facts_app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER)
    given_before = history.history(by)
    assert len(given_before) == len({one.ref for one in given_before}) == 38
    assert all(one.past for one in given_before)
    ssp = a_person(Duty.GRANTS_OFFICER, partnership=partnership("safer_stockport_partnership"))
    grants = history.history(ssp, stream=stream("community_safety_grant"))
    assert [(one.year, one.amount) for one in grants] == [("2020/21", None)] * 8
    assert len(history.history(ssp)) < 38


def test_targets_are_reported_as_printed_with_the_difference_explained(facts_app: Flask) -> None:
    said = json.loads(
        reports.render("targets", year=None, as_at=None, strategy="sk_cdd_reduction_strategy_2005_08", format="json")
    )
    assert (said["stated_total"], said["sum_of_rows"], said["difference"], said["exact_reduction_percent"]) == (
        "17421",
        "17422",
        "1",
        "21.065",
    )


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("position", {}, "Say which year: --year 2020/21."),
        ("position", {"year": "2020"}, "'2020' is not a financial year like 2020/21."),
        ("position", {"year": "2020/21", "format": "xlsx"}, "There is no xlsx of reports. Choose csv, json."),
        ("targets", {}, "Say which strategy: --strategy SLUG."),
        ("targets", {"strategy": "none"}, "There is no strategy none."),
        ("nonsense", {}, "There is no report called nonsense."),
    ],
)
def test_a_report_that_cannot_be_made_says_why(sqlite_app: Flask, name: str, given: dict[str, str], sentence: str) -> None:
    asked = {"year": None, "as_at": None, "strategy": None, "format": "csv"} | given
    with pytest.raises(RuleBroken) as refusal:
        reports.render(name, **asked)  # type: ignore[arg-type]
    assert refusal.value.problems == (sentence,)


def test_a_report_is_the_same_in_every_format() -> None:
    table = Table(
        "A table",
        [Column("what", "What"), Column("amount", "Amount"), Column("day", "Day")],
        [["=1+1", Money(125050), date(2026, 4, 1)], ['a, "b"', Unknown("not stated"), None]],
        foot=["Total", Money(-5), None],
    )
    report = Report("A report", "now", [Text("Words", ["One."]), table, table])
    assert paper.render(report, "csv") == (
        'what,amount,day\r\n\'=1+1,1250.50,2026-04-01\r\n"a, ""b""",not stated,\r\nTotal,-0.05,\r\n'
        "\r\n"
        'what,amount,day\r\n\'=1+1,1250.50,2026-04-01\r\n"a, ""b""",not stated,\r\nTotal,-0.05,\r\n'
    )
    said = json.loads(paper.render(report, "json"))
    assert said["sections"][0] == {"heading": "Words", "text": ["One."]}
    assert said["sections"][1]["rows"] == [
        {"what": "=1+1", "amount": "1250.50", "day": "2026-04-01"},
        {"what": 'a, "b"', "amount": None, "amount_reason": "not stated", "day": None},
    ]


# -- by priority --------------------------------------------------------------------------------------------------------

PRIORITIES = ("", "p1", "p2", "p3")
points = st.lists(st.integers(1, 9_998), max_size=5).map(
    lambda cuts: [b - a for a, b in zip(sorted({0, *cuts}), [*sorted(cuts and {*cuts}), 10_000], strict=True)]
)
shares = st.tuples(points, st.randoms(use_true_random=False)).map(
    lambda drawn: [Part(drawn[1].choice(PRIORITIES), p) for p in drawn[0]]
)
held = st.dictionaries(
    st.builds(
        At, st.sampled_from(["A-2026", "B-2026"]), st.sampled_from(["AWD-1", "AWD-2", "OWN"]), st.sampled_from(sorted(AWARD))
    ),
    st.integers(1, 10**9).map(Money),
    max_size=20,
)


@given(held, shares, shares)
def test_by_priority_and_outside_the_plan_is_all_of_it_to_the_penny(
    balances: dict[At, Money], one: list[Part], other: list[Part]
) -> None:
    split = served.apportioned(balances, {"AWD-1": one, "AWD-2": other})
    for column in served.COLUMNS:
        whole = sum(amount.pence for at, amount in balances.items() if at.bucket in column.buckets)
        assert sum(pence for (_ref, key), pence in split.items() if key == column.key) == whole
    own = sum(amount.pence for at, amount in balances.items() if at.owner == "OWN")
    assert sum(pence for (ref, _key), pence in split.items() if ref == OUTSIDE) >= own


def test_awards_money_is_apportioned_by_the_shares_in_force(app: Flask) -> None:
    from tests.builders.awards import an_award

    award = an_award("1000", "500.01")
    year = award.pot.year
    found = queries.position(year)
    rows = served.by_priority(found)
    for column in served.COLUMNS:
        assert total(row.figures[column.key] for row in rows) == found.total[column.key]
    parts = [(share.priority.ref if share.priority else "", share.basis_points) for share in award.shares]
    assert sum(points for _ref, points in parts) == 10_000
    assert {row.ref for row in rows} == {ref for ref, _points in parts} | {OUTSIDE}
    assert found.total["committed"] == award.agreed
    (line,) = history.history(a_person(Duty.GRANTS_OFFICER), organisation=award.organisation)
    assert (line.ref, line.past, line.amount, line.state) == (award.ref, False, award.agreed, "accepted")


def test_random_moves_keep_every_position_tied(app: Flask) -> None:
    pot, pick = a_pot("1000"), Random(7)
    for n in range(25):
        kind, a, b = pick.choice(
            [("offer", B.FREE, B.OFFERED), ("lapse", B.OFFERED, B.FREE), ("accept", B.OFFERED, B.COMMITTED)]
        )
        move = a_move(kind, a, b, pick.randint(1, 9_000), book=pot.ref)
        try:
            ledger.post(move, key=f"k{n}", on=DAY, by="test", source=pot.ref)
        except RuleBroken:
            continue
    found = queries.position(2026)
    assert found.ties
    assert found.rows[0].figures["free"] == books.balance(At(pot.ref, "", B.FREE))
