"""Parts of a round with money of their own: each is held, to the penny, from where it comes, and given back to there."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money, total
from grants.ledger import proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty
from grants.rounds import commands, queries, rules
from grants.rounds.models import Round, State
from grants.rounds.rules import STANDARD, Split
from grants.rounds.terms import Terms
from grants.streams.models import Line, Pot
from tests.builders.applications import a_planned_round, closed, officer_of
from tests.builders.lines import a_line, a_pool
from tests.builders.people import a_person
from tests.builders.rounds import at, on_paper
from tests.builders.streams import a_pot

POUNDS = Money.pounds
FREE, RESERVED = Bucket.FREE, Bucket.RESERVED
Moved = tuple[str, At, At, Money]


def split(**parts: str) -> list[Split]:
    """Parts by name, each with its pounds."""
    return [Split(name, None, POUNDS(amount)) for name, amount in parts.items()]


def opened(round: Round) -> Round:
    return commands.open_round(round, hold=total(lot.amount for lot in round.lots), by=officer_of(round))


def decided(round: Round) -> Round:
    closed(round)
    return commands.conclude(round, by=a_person(Duty.PANEL_CHAIR, partnership=round.pot.stream.partnership))


def moved(*owners: str, kind: str) -> list[Moved]:
    """Every move of that kind out of or into these, in order."""
    lines = sorted({line for owner in owners for line in ledger.history(owner)}, key=lambda line: line.id)
    return [(line.kind, line.out_of, line.into, line.amount) for line in lines if line.kind == kind]


def reserve(pot: Pot, into: str, amount: str, line: Line | None = None) -> Moved:
    return ("reserve", At(pot.ref, line.ref if line else "", FREE), At(pot.ref, into, RESERVED), POUNDS(amount))


def unreserve(pot: Pot, out_of: str, amount: str, line: Line | None = None) -> Moved:
    return ("unreserve", At(pot.ref, out_of, RESERVED), At(pot.ref, line.ref if line else "", FREE), POUNDS(amount))


# -- sound parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lots", "sentences"),
    [
        ([], []),
        ([Split("East", "E1", POUNDS(1)), Split("West", "E2", Money(1))], []),
        ([Split("East", None, POUNDS(1)), Split("West", None, POUNDS(1)), Split("North", "", POUNDS(1))], []),
        ([Split("East", "E1", Money(0))], ["“East” must hold more than £0.00."]),
        (
            [Split("East", "E1", POUNDS(1))] * 2,
            ["Two parts of the round are called “East”.", "Two parts of the round are for the same area (E1)."],
        ),
        (
            [Split("East", "E1", POUNDS(1)), Split("East", "E2", Money(-1)), Split("West", "E1", POUNDS(1))],
            [
                "Two parts of the round are called “East”.",
                "Two parts of the round are for the same area (E1).",
                "“East” must hold more than £0.00.",
            ],
        ),
    ],
)  # fmt: skip
def test_parts_have_names_areas_and_money_of_their_own(lots: list[Split], sentences: list[str]) -> None:
    found = rules.unsound(
        title="Safer summers",
        purpose="For small projects.",
        smallest=POUNDS(500),
        largest=POUNDS(10000),
        opens_at=at(date(2026, 6, 1), 9),
        closes_at=at(date(2026, 6, 12)),
        project_starts_on=date(2026, 9, 1),
        project_ends_on=date(2027, 3, 31),
        criteria=STANDARD,
        assessors=2,
        terms=Terms(),
        lots=lots,
    )
    assert list(found) == sentences


def test_a_part_is_found_by_its_ward() -> None:
    round = on_paper(lots=(Split("East", "E1", POUNDS(1)), Split("West", None, POUNDS(1)), Split("North", "", POUNDS(1))))
    found = [queries.lot_of(round, ward) for ward in ("E1", "E2", None, "")]
    assert found == [round.lots[0], None, None, None]


# -- holding ----------------------------------------------------------------------------------------------------------


def test_each_part_holds_its_own_from_the_pot(app: Flask) -> None:
    pot = a_pot("10000")
    round = opened(a_planned_round(pot=pot, lots=split(East="3000", West="2000.50")))
    east, west = round.lots
    assert moved(round.ref, east.ref, west.ref, kind="reserve") == [
        reserve(pot, east.ref, "3000"),
        reserve(pot, west.ref, "2000.50"),
    ]
    assert queries.held_by_lot(round) == {east.ref: POUNDS(3000), west.ref: POUNDS("2000.50")}
    assert [queries.held_by(owner) for owner in (round.ref, east.ref)] == [Money(0), POUNDS(3000)]
    assert (queries.held(round), queries.free(pot)) == (POUNDS("5000.50"), POUNDS("4999.50"))
    assert history(round.ref)[0].sentence == f"Opened the round, holding £5,000.50 from {pot.ref}"


def test_a_round_without_parts_holds_in_its_own_account(app: Flask) -> None:
    pot = a_pot("10000")
    round = a_planned_round(pot=pot)
    commands.open_round(round, hold=POUNDS("5000.50"), by=officer_of(round))
    assert moved(round.ref, kind="reserve") == [reserve(pot, round.ref, "5000.50")]


def test_a_part_with_a_line_takes_from_it_and_the_others_from_the_rounds_own(app: Flask) -> None:
    pot = a_pot("20000")
    east_line, own = a_line(pot, "4000", name="East"), a_line(pot, "6000", name="All")
    lots = split(North="1000", East="3000", South="2000")
    lots[1] = lots[1]._replace(line=east_line.ref)
    for line, left in ((own, POUNDS(6000) + POUNDS(4000)), (None, POUNDS(10000) + POUNDS(4000))):
        planned = a_planned_round(pot=pot, line=line, lots=lots)
        assert queries.holdable(planned) == left
    round = opened(a_planned_round(pot=pot, line=own, lots=lots))
    north, east, south = round.lots
    assert moved(north.ref, east.ref, south.ref, kind="reserve") == [
        reserve(pot, east.ref, "3000", east_line),
        reserve(pot, north.ref, "1000", own),
        reserve(pot, south.ref, "2000", own),
    ]
    left = [ledger.balance(At(pot.ref, owner, FREE)) for owner in ("", east_line.ref, own.ref)]
    assert left == [POUNDS(10000), POUNDS(1000), POUNDS(3000)]


def test_where_every_part_has_a_line_the_pot_itself_is_left_alone_and_not_counted(app: Flask) -> None:
    pot = a_pot("20000")
    lines = [a_line(pot, "4000"), a_line(pot, "2000")]
    lots = [one._replace(line=lines[n].ref) for n, one in enumerate(split(East="3000", West="2000"))]
    lots.append(Split("Centre", None, POUNDS(1000), lines[0].ref))
    planned = a_planned_round(pot=pot, lots=lots)
    assert queries.holdable(planned) == POUNDS(6000)
    east, west, centre = opened(planned).lots
    assert moved(east.ref, west.ref, centre.ref, kind="reserve") == [
        reserve(pot, east.ref, "3000", lines[0]),
        reserve(pot, west.ref, "2000", lines[1]),
        reserve(pot, centre.ref, "1000", lines[0]),
    ]
    assert queries.free(pot) == POUNDS(14000)


def test_one_lines_money_does_not_stand_in_for_anothers_and_nothing_is_held(app: Flask) -> None:
    pot = a_pot("20000")
    rich, poor = a_line(pot, "9000", name="Rich"), a_line(pot, "1000", name="Poor")
    lots = [Split("East", None, POUNDS(2000), rich.ref), Split("West", None, POUNDS("1000.01"), poor.ref)]
    round = a_planned_round(pot=pot, lots=lots)
    with pytest.raises(RuleBroken) as refusal:
        opened(round)
    assert list(refusal.value.problems) == [f"{pot.ref} has £1,000.00 free for {poor.ref}; this needs £1,000.01."]
    db.session.expire_all()
    assert (round.state, queries.held(round), ledger.balance(At(pot.ref, rich.ref, FREE))) == (
        State.PLANNED,
        Money(0),
        POUNDS(9000),
    )


def test_a_pools_money_is_shared_over_the_parts_so_that_each_pot_gives_its_share_once(app: Flask) -> None:
    _pool, (first, second) = a_pool("9000", "1000")
    round = opened(a_planned_round(pot=first, lots=split(East="300.01", North="600", West="99.99")))
    east, north, west = round.lots
    assert moved(east.ref, north.ref, west.ref, kind="reserve") == [
        reserve(first, east.ref, "300.01"),
        reserve(first, north.ref, "599.99"),
        reserve(second, north.ref, "0.01"),
        reserve(second, west.ref, "99.99"),
    ]
    assert [ledger.owned(lot.ref) for lot in round.lots] == [
        {(first.ref, RESERVED): POUNDS("300.01")},
        {(first.ref, RESERVED): POUNDS("599.99"), (second.ref, RESERVED): POUNDS("0.01")},
        {(second.ref, RESERVED): POUNDS("99.99")},
    ]
    assert queries.held_by_lot(round) == {east.ref: POUNDS("300.01"), north.ref: POUNDS(600), west.ref: POUNDS("99.99")}
    assert [queries.free(pot) for pot in (first, second)] == [POUNDS(8100), POUNDS(900)]
    assert list(proofs.faults()) == []


def test_a_pool_is_held_to_its_last_penny_beside_a_line(app: Flask) -> None:
    _pool, (first, second) = a_pool("900", "100")
    line = a_line(first, "400")
    lots = [*split(East="450", West="150"), Split("Centre", None, POUNDS(400), line.ref)]
    planned = a_planned_round(pot=first, smallest="50", lots=lots)
    assert queries.holdable(planned) == POUNDS(1000)
    east, west, centre = opened(planned).lots
    assert moved(east.ref, west.ref, centre.ref, kind="reserve") == [
        reserve(first, centre.ref, "400", line),
        reserve(first, east.ref, "450"),
        reserve(first, west.ref, "50"),
        reserve(second, west.ref, "100"),
    ]
    assert queries.holdable(planned) == Money(0)


def test_a_round_in_parts_opens_with_what_they_add_up_to_and_nothing_else(app: Flask) -> None:
    round = a_planned_round(pot=a_pot("10000"), lots=split(East="3000", West="2000"))
    with pytest.raises(RuleBroken) as refusal:
        commands.open_round(round, hold=POUNDS(4999), by=officer_of(round))
    assert list(refusal.value.problems) == ["The parts of this round add up to £5,000.00, so hold exactly that."]
    assert queries.held(round) == Money(0)


# -- giving back ------------------------------------------------------------------------------------------------------


def given_back(round: Round, amount: str, **promised: Money) -> list[Moved]:
    """The moves that giving back made. `promised`: by the part's name."""
    refs = {lot.name: lot.ref for lot in round.lots}
    commands.give_back(
        round,
        amount=POUNDS(amount),
        promised={refs.get(name, name): kept for name, kept in promised.items()},
        by=officer_of(round),
    )
    lines = [line for owner in (round.ref, *refs.values()) for line in ledger.history(owner)]
    last = max(lines, key=lambda line: line.id).batch_key
    return [(line.kind, line.out_of, line.into, line.amount) for line in ledger.batch(last)]


def test_parts_give_back_in_their_order_and_keep_what_they_have_promised(app: Flask) -> None:
    pot = a_pot("10000")
    round = decided(opened(a_planned_round(pot=pot, lots=split(East="3000", North="1000", West="2000"))))
    east, north, west = round.lots
    assert given_back(round, "2500.01", East=POUNDS(2000), North=POUNDS(500)) == [
        unreserve(pot, east.ref, "1000"),
        unreserve(pot, north.ref, "500"),
        unreserve(pot, west.ref, "1000.01"),
    ]
    assert queries.held_by_lot(round) == {east.ref: POUNDS(2000), north.ref: POUNDS(500), west.ref: POUNDS("999.99")}
    assert history(round.ref)[0].sentence == f"No longer holding £2,500.01, which is free in {pot.ref} again"
    with pytest.raises(RuleBroken) as refusal:
        given_back(round, "1000", East=POUNDS(2000), North=POUNDS(500))
    assert list(refusal.value.problems) == [
        "This round holds £3,499.99 and has promised £2,500.00 of it, so it can give back £999.99."
    ]


def test_a_part_that_promised_all_it_holds_or_more_gives_nothing(app: Flask) -> None:
    pot = a_pot("10000")
    round = decided(opened(a_planned_round(pot=pot, lots=split(East="3000", West="2000"))))
    east, west = round.lots
    assert given_back(round, "500", East=POUNDS(3001)) == [unreserve(pot, west.ref, "500")]
    assert given_back(round, "500", East=POUNDS(2900)) == [
        unreserve(pot, east.ref, "100"),
        unreserve(pot, west.ref, "400"),
    ]


def test_money_goes_back_to_the_line_it_came_from(app: Flask) -> None:
    pot = a_pot("20000")
    line, own = a_line(pot, "4000"), a_line(pot, "6000")
    lots = [Split("East", None, POUNDS(3000), line.ref), Split("West", None, POUNDS(2000))]
    round = decided(opened(a_planned_round(pot=pot, line=own, lots=lots)))
    east, west = round.lots
    assert given_back(round, "5000") == [unreserve(pot, east.ref, "3000", line), unreserve(pot, west.ref, "2000", own)]
    left = [ledger.balance(At(pot.ref, owner, FREE)) for owner in ("", line.ref, own.ref)]
    assert left == [POUNDS(10000), POUNDS(4000), POUNDS(6000)]


def test_a_pools_money_goes_back_to_each_pot(app: Flask) -> None:
    _pool, (first, second) = a_pool("9000", "1000")
    round = decided(opened(a_planned_round(pot=first, lots=split(East="300.01", North="600", West="99.99"))))
    east, north, west = round.lots
    assert given_back(round, "950", East=POUNDS(50)) == [
        unreserve(first, east.ref, "250.01"),
        unreserve(first, north.ref, "599.99"),
        unreserve(second, north.ref, "0.01"),
        unreserve(second, west.ref, "99.99"),
    ]
    assert [queries.free(pot) for pot in (first, second)] == [POUNDS(8950), POUNDS(1000)]
    assert queries.held_by_lot(round) == {east.ref: POUNDS(50), north.ref: Money(0), west.ref: Money(0)}
    assert list(proofs.faults()) == []


def test_a_round_without_parts_gives_back_from_its_own_account(app: Flask) -> None:
    pot = a_pot("10000")
    planned = a_planned_round(pot=pot)
    round = decided(commands.open_round(planned, hold=POUNDS(5000), by=officer_of(planned)))
    assert given_back(round, "3000", **{round.ref: POUNDS(2000)}) == [unreserve(pot, round.ref, "3000")]
    assert queries.held(round) == POUNDS(2000)


def test_nothing_is_given_back_before_the_round_is_decided(app: Flask) -> None:
    round = closed(opened(a_planned_round(pot=a_pot("10000"), lots=split(East="3000"))))
    with pytest.raises(RuleBroken) as refusal:
        given_back(round, "1")
    assert list(refusal.value.problems) == ["This round is not decided yet, so its money may still be needed."]
    assert queries.held(round) == POUNDS(3000)
