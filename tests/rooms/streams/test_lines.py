"""Lines, pools and rounds on them: money is parted and drawn to the penny, and given back to where it came from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.audit import queries as audit
from grants.audit.record import record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money, total
from grants.ledger import proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty
from grants.rounds import commands as rounds
from grants.rounds import queries as round_queries
from grants.rounds.models import Round
from grants.streams import lines, pools, queries, years
from grants.streams.draws import draw
from grants.streams.models import LineKind, Pot
from tests.builders.applications import a_planned_round, officer_of
from tests.builders.lines import a_line, a_pool
from tests.builders.people import a_partnership, a_person
from tests.builders.streams import a_finance_officer, a_pot, a_stream

POUNDS = Money.pounds


def free(pot: str, line: str = "") -> Money:
    return ledger.balance(At(pot, line, Bucket.FREE))


# -- lines ---------------------------------------------------------------------------------------------------------------


def test_a_line_takes_its_money_from_the_pots_own(app: Flask) -> None:
    with clock.stopped(datetime(2026, 5, 4, tzinfo=UTC)):
        pot = a_pot("10000")
        opened = a_line(pot, "2500", name="Contingency")

    assert opened.ref == "LIN-26-00001"
    parted = lines.parted(pot)
    assert (parted.own, parted.all, [(row.name, row.free) for row in parted.lines]) == (
        POUNDS(7500),
        POUNDS(10000),
        [("Contingency", POUNDS(2500))],
    )
    [moved] = ledger.history(opened.ref)
    assert (moved.kind, moved.effective_date) == ("vire line", date(2026, 5, 4))
    assert audit.history(opened.ref)[0].sentence == f"Opened the line Contingency of {pot.ref} (contingency) with £2,500.00"


def test_a_line_opened_before_its_pots_year_is_dated_the_pots_first_day(sqlite_app: Flask) -> None:
    with clock.stopped(datetime(2026, 3, 2, tzinfo=UTC)):
        opened = a_line(a_pot("10000"), "1")
    assert ledger.history(opened.ref)[0].effective_date == date(2026, 4, 1)


def test_a_line_of_more_than_is_free_is_refused_with_what_is_left_and_nothing_is_kept(app: Flask) -> None:
    pot = a_pot("100")
    with pytest.raises(RuleBroken) as broken:
        a_line(pot, "100.01")
    assert broken.value.problems == (f"{pot.ref} has £100.00 free; this needs £100.01.",)
    assert lines.lines_of(pot) == []


@pytest.mark.parametrize(
    "facts, sentences",
    [
        ({"name": " "}, ["Enter the line's name."]),
        ({"name": "contingency"}, ["This pot has a line called “contingency” already. Choose another name."]),
        ({"kind": LineKind.PRIORITY}, ["Choose the priority the line is for."]),
        ({"kind": LineKind.AREA}, ["Choose the area the line is for."]),
    ],
)
def test_an_unfit_line_is_refused_in_a_sentence(sqlite_app: Flask, facts: dict[str, Any], sentences: list[str]) -> None:
    pot = a_pot("100")
    a_line(pot, name="Contingency")
    with pytest.raises(RuleBroken) as broken:
        a_line(pot, **({"name": "Another"} | facts))
    assert list(broken.value.problems) == sentences


def test_only_a_finance_officer_of_the_partnership_opens_a_line(sqlite_app: Flask) -> None:
    pot = a_pot("100")
    for stranger in (a_person(Duty.GRANTS_OFFICER, partnership=pot.stream.partnership), a_finance_officer(a_partnership())):
        with pytest.raises(Refused):
            a_line(pot, by=stranger)


@command
def moved(pot: Pot, out_of: str, into: str, pounds: str, key_: str = "moved") -> None:
    by = a_finance_officer(pot.stream.partnership)
    lines.move(pot, out_of=out_of, into=into, amount=POUNDS(pounds), on=pot.starts_on, key=key_, source=pot.ref, by=by)
    record("line.opened", pot, by=by, name="", pot=pot.ref, kind="", amount=POUNDS(pounds))


def test_money_moves_between_lines_and_back_to_the_pot_and_never_more_than_a_line_has(app: Flask) -> None:
    with clock.stopped(datetime(2026, 4, 1, 9, tzinfo=UTC)):
        pot = a_pot("1000")
        first, second = a_line(pot, "300").ref, a_line(pot, "200").ref
    moved(pot, first, second, "50", "one")
    moved(pot, second, "", "250", "two")
    assert (free(pot.ref), free(pot.ref, first), free(pot.ref, second)) == (POUNDS(750), POUNDS(250), Money(0))
    with pytest.raises(RuleBroken) as broken:
        moved(pot, first, second, "250.01", "three")
    assert broken.value.problems == (f"{pot.ref} has £250.00 free for {first}; this needs £250.01.",)
    with pytest.raises(RuleBroken, match="Choose two different lines"):
        moved(pot, first, first, "1", "four")
    elsewhere = a_line(a_pot("10")).ref
    with pytest.raises(NotFound):
        moved(pot, "", elsewhere, "1", "five")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shares=st.lists(st.integers(min_value=1, max_value=9_999_999), min_size=1, max_size=5))
def test_whatever_the_lines_they_and_the_pots_own_come_to_all_that_is_free(sqlite_app: Flask, shares: list[int]) -> None:
    pot = a_pot("500000")
    for pence in shares:
        a_line(pot, str(Money(pence)))
    parted = lines.parted(pot)
    assert parted.own + total(row.free for row in parted.lines) == parted.all == POUNDS(500000)
    assert [row.free.pence for row in parted.lines] == shares
    assert ledger.balances([pot.ref])[pot.ref, Bucket.FREE] == POUNDS(500000)


# -- a round on a line -----------------------------------------------------------------------------------------------------


def opened(planned: Round, pounds: str) -> Round:
    return rounds.open_round(planned, hold=POUNDS(pounds), by=officer_of(planned))


def test_a_round_on_a_line_holds_the_lines_money_and_gives_back_to_the_line(app: Flask) -> None:
    pot = a_pot("50000")
    line = a_line(pot, "8000", name="Brinnington")
    planned = a_planned_round(pot=pot, line=line)
    with pytest.raises(RuleBroken) as broken:
        opened(planned, "8000.01")
    assert broken.value.problems == ("Brinnington has £8,000.00 free, so £8,000.01 cannot be held. Hold £8,000.00 or less.",)

    opened(planned, "6000")
    assert (free(pot.ref), free(pot.ref, line.ref), round_queries.held(planned)) == (POUNDS(42000), POUNDS(2000), POUNDS(6000))

    officer = officer_of(planned)
    with pytest.raises(RuleBroken, match="This round is not decided yet"):
        rounds.give_back(planned, amount=POUNDS(1), promised={}, by=officer)
    with clock.stopped(planned.closes_at + timedelta(days=1)):
        rounds.close_round(planned, by=officer)
        decide(planned)
        with pytest.raises(RuleBroken) as broken:
            rounds.give_back(planned, amount=POUNDS("4000.01"), promised={planned.ref: POUNDS(2000)}, by=officer)
        assert broken.value.problems == (
            "This round holds £6,000.00 and has promised £2,000.00 of it, so it can give back £4,000.00.",
        )
        rounds.give_back(planned, amount=POUNDS(4000), promised={planned.ref: POUNDS(2000)}, by=officer)
    assert (free(pot.ref), free(pot.ref, line.ref), round_queries.held(planned)) == (POUNDS(42000), POUNDS(6000), POUNDS(2000))
    assert list(proofs.faults()) == []


def decide(round: Round) -> None:
    rounds.conclude(round, by=a_person(Duty.PANEL_CHAIR, partnership=round.pot.stream.partnership))


# -- pools -----------------------------------------------------------------------------------------------------------------


def test_a_round_on_a_pooled_pot_holds_from_every_pot_by_what_is_free_and_gives_back_to_each(app: Flask) -> None:
    pool, pots = a_pool("9000", "1000", name="Two funds together")
    refs = [pot.ref for pot in pots]
    planned = opened(a_planned_round(pot=pots[0]), "1000")
    assert ledger.owned(planned.ref) == {(refs[0], Bucket.RESERVED): POUNDS(900), (refs[1], Bucket.RESERVED): POUNDS(100)}
    assert round_queries.held(planned) == POUNDS(1000)
    assert [row.held for row in round_queries.rounds(officer_of(planned))] == [POUNDS(1000)]

    page = pools.pool_page(a_finance_officer(pool.partnership), pool.ref)
    assert [(share.pot.ref, share.figures["free"], share.figures["held"]) for share in page.shares] == [
        (refs[0], POUNDS(8100), POUNDS(900)),
        (refs[1], POUNDS(900), POUNDS(100)),
    ]
    assert (page.total["allocated"], page.total["free"], page.total["held"], page.unknown) == (
        POUNDS(10000),
        POUNDS(9000),
        POUNDS(1000),
        0,
    )
    with clock.stopped(planned.closes_at + timedelta(days=1)):
        rounds.close_round(planned, by=officer_of(planned))
        decide(planned)
        rounds.give_back(planned, amount=POUNDS(1000), promised={}, by=officer_of(planned))
    assert [free(ref) for ref in refs] == [POUNDS(9000), POUNDS(1000)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.lists(st.integers(min_value=1, max_value=10**9), min_size=2, max_size=4),
    data=st.data(),
)
def test_each_pots_share_of_a_draw_adds_up_to_the_penny_and_is_never_more_than_it_has(
    sqlite_app: Flask, held: list[int], data: st.DataObject
) -> None:
    _pool, pots = a_pool(*(str(Money(pence)) for pence in held))
    wanted = data.draw(st.integers(min_value=1, max_value=sum(held)))
    refs = [pot.ref for pot in pots]
    moves = draw("reserve", "", Bucket.FREE, ("RND", Bucket.RESERVED), Money(wanted), pot=refs[0], pots=refs)
    taken = {move.out_of.book: move.pence for move in moves}
    assert sum(taken.values()) == wanted
    assert all(taken.get(ref, 0) <= has for ref, has in zip(refs, held, strict=True))
    whole = sum(held)
    assert all(abs(taken.get(ref, 0) - wanted * has / whole) < 1 for ref, has in zip(refs, held, strict=True))


def test_what_cannot_be_pooled_is_said_at_once(sqlite_app: Flask) -> None:
    pot = a_pot("100", stream=a_stream(voluntary_only=True))
    by = a_finance_officer(pot.stream.partnership)
    other = a_pot("100", year=2027, stream=a_stream(partnership=pot.stream.partnership))
    years.close_pot(other, on=clock.today(), reason="Spent", by=by)
    with pytest.raises(RuleBroken) as broken:
        pools.make_pool(pot, others=[other], name=" ", by=by)
    assert broken.value.problems == (
        "Enter the pool's name.",
        "The pots of a pool are of one partnership and one year.",
        f"{pot.ref}, {other.ref} cannot be pooled: some are only for voluntary and community organisations and some are not.",
        f"{other.ref} is closed to new promises.",
    )
    with pytest.raises(RuleBroken, match="Choose at least one more pot"):
        pools.make_pool(pot, others=[pot], name="Alone", by=by)
    made, pooled = a_pool("1", "2")
    with pytest.raises(RuleBroken, match=f"{pooled[0].ref} is in a pool already"):
        pools.make_pool(pooled[0], others=pooled[1:], name="Again", by=a_finance_officer(made.partnership))


def test_a_pool_of_another_partnership_is_not_found(sqlite_app: Flask) -> None:
    pool, _pots = a_pool("1", "2")
    with pytest.raises(NotFound):
        pools.pool_page(a_finance_officer(a_partnership()), pool.ref)


@pytest.mark.parametrize("how_many", [2, 12])
def test_a_pools_page_costs_the_same_however_many_pots(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    pool, _pots = a_pool(*["100"] * how_many)
    ref, officer = pool.ref, a_finance_officer(pool.partnership)
    db.session.expire_all()
    officer = officer.holdings[0].person
    with statements() as made:
        pools.pool_page(officer, ref)
    assert len(made) == 5


def test_the_seeds_pool_is_two_streams_on_one_page_and_neither_says_nought(facts_app: Flask) -> None:
    """R39: SSCF and BCU appear as one pool with two lines."""
    page = pools.pool_page(a_person(Duty.AUDITOR), "sscf_bcu_pool_2005_06")
    assert [share.pot.ref for share in page.shares] == ["BCU-2005", "SSCF-2005"]
    assert (page.unknown, [share.known for share in page.shares]) == (2, [False, False])
    assert page.pool.name == "Basic Command Unit (BCU) funding and Safer and Stronger Communities Fund (SSCF), 2005/06"
    assert queries.pot("BCU-2005").pool == queries.pot("SSCF-2005").pool == page.pool.ref
