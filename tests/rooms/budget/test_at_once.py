"""Two approvers at once approve once, and whatever is asked in whatever order the books tie and every identity holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import NamedTuple

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.budget import authorities, commands, queries, rules
from grants.budget.models import ChangeKind, ChangeState
from grants.kernel import clock
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.ledger import queries as books
from grants.ledger.chart import At, Bucket
from grants.ledger.proofs import faults
from grants.people.models import Duty, Person
from grants.people.queries import person
from grants.streams import lines, shared
from grants.streams.models import LineKind, Pot
from grants.streams.proofs import faults as stream_faults
from tests.builders.budget import PAPER, a_virement, an_authority, asked_authority, moved, paid, staff, the_chief
from tests.builders.people import an_organisation
from tests.builders.streams import a_pot, a_stream
from tests.rooms.payments.test_at_once import at_once, refusals

MANY = 4


def test_many_approvers_at_once_approve_once_and_the_others_are_told_who(app: Flask) -> None:
    pot, into = a_pot("1000"), a_pot()
    change = a_virement(pot, into, "600")
    chiefs = [the_chief(pot) for _n in range(MANY)]
    ref, digest, names, refs = change.ref, rules.digest(change), {one.name for one in chiefs}, [one.ref for one in chiefs]
    book = pot.ref

    def approve(who: str) -> Callable[[], str]:
        return lambda: commands.approve(queries.change(person(who), ref), digest=digest, by=person(who)).ref

    gave = at_once(app, *map(approve, refs))
    assert gave.count(ref) == 1
    assert [type(one) for one in refusals(gave)] == [RuleBroken] * (MANY - 1)
    said = {one.problems[0].split(" approved this change on ")[0] for one in refusals(gave)}
    assert [len(said), said <= names] == [1, True]
    assert books.balance(At(book, "", Bucket.FREE)).plain == "400.00"


def test_two_changes_at_once_for_the_same_money_give_it_once(app: Flask) -> None:
    pot, into = a_pot("1000"), a_pot()
    changes = [a_virement(pot, into, "600") for _n in range(2)]
    chief, given_ = the_chief(pot).ref, [(one.ref, rules.digest(one)) for one in changes]
    book = pot.ref

    def approve(ref: str, digest: str) -> Callable[[], str]:
        return lambda: commands.approve(queries.change(person(chief), ref), digest=digest, by=person(chief)).ref

    gave = at_once(app, *(approve(*one) for one in given_))
    assert [type(one) for one in refusals(gave)] == [RuleBroken]
    assert refusals(gave)[0].problems == (f"{book} has £400.00 free; this needs £600.00.",)
    states = sorted(queries.change(person(chief), ref).state for ref, _digest in given_)
    assert states == [ChangeState.APPROVED, ChangeState.ASKED]
    assert books.balance(At(book, "", Bucket.FREE)).plain == "400.00"


def test_two_approvers_of_an_authority_at_once_lower_the_floor_once(app: Flask) -> None:
    pot = a_pot("1000")
    asked = asked_authority(pot, "300")
    ref, digest, refs, book = asked.ref, rules.digest_of_authority(asked), [the_chief(pot).ref for _n in range(2)], pot.ref

    def approve(who: str) -> Callable[[], str]:
        return lambda: authorities.approve_authority(authorities.authority(person(who), ref), digest=digest, by=person(who)).ref

    gave = at_once(app, *map(approve, refs))
    assert [gave.count(ref), [type(one) for one in refusals(gave)]] == [1, [RuleBroken]]
    assert refusals(gave)[0].problems[0].endswith("approved this already. Nothing more is to be decided.")
    assert books.left(book, "", Bucket.FREE).plain == "1300.00"


# -- any order -----------------------------------------------------------------------------------------------------------

KINDS = st.sampled_from(list(ChangeKind))
STEPS = st.lists(
    st.tuples(KINDS, st.integers(0, 3), st.integers(0, 40), st.integers(1, 60_000), st.booleans()), min_size=1, max_size=14
)


class World(NamedTuple):
    """What a sequence of changes works on."""

    pots: list[Pot]
    line: str
    pledge: str
    asker: Person
    chief: Person


def world() -> World:
    """Two streams over two years, one with a line, an over-programming authority, an award in two years, and a pledge."""
    one, other = a_stream(), a_stream()
    pots = [a_pot("900", stream=s, year=year) for s in (one, other) for year in (2025, 2026)]
    by = staff(pots[0], Duty.FINANCE_OFFICER)
    line = lines.open_line(pots[1], name="Contingency", kind=LineKind.CONTINGENCY, amount=Money.pounds("100"), by=by)
    pledge = shared.pledge(pots[3], organisation=an_organisation(), description="Cameras", amount=Money.pounds("77.77"), by=by)
    an_authority(pots[1], "150")
    paid(pots[0], "AWD-1", "200")
    moved(pots[1], "AWD-1", "880", Bucket.OFFERED, Bucket.COMMITTED)
    moved(pots[2], "RND-1", "300", Bucket.RESERVED)
    return World(pots, line.ref, pledge.ref, by, the_chief(pots[0]))


def went(here: World, step: tuple[ChangeKind, int, int, int, bool]) -> bool:
    """Ask for, and approve, one change drawn from where money is; whether it was done."""
    kind, at, which, pence, backwards = step
    pots = here.pots
    pot = pots[at]
    there = [one for one in queries.holdings_of(pot, rules.LEAVES[kind]) if one.amount > Money(0)]
    if kind is ChangeKind.CONTRIBUTION:
        pot, owner, bucket = pots[3], here.pledge, Bucket.PARTNER
    elif not there:
        return False
    else:
        source = there[which % len(there)]
        owner, bucket = source.owner, source.bucket
    line = here.line if pot is pots[1] and kind is ChangeKind.LINE and owner == "" else ""
    into = {
        ChangeKind.VIREMENT: pots[(at + 1 + which) % 4],
        ChangeKind.CARRY_FORWARD: pots[at ^ 1],
    }.get(kind)
    facts = {"into_pot": into, "owner": owner, "bucket": bucket, "into_owner": line} | PAPER
    try:
        asked = commands.ask(
            pot,
            kind=kind,
            amount=Money(pence),
            effective_on=date(2026, 5, 4),
            by=here.asker,
            **facts,  # type: ignore[arg-type]
        )
        if backwards:
            commands.refuse(asked, because="Not now", by=here.chief)
        else:
            commands.approve(asked, digest=rules.digest(asked), by=here.chief)
    except RuleBroken:
        return False
    return not backwards


def whole(pots: list[Pot]) -> int:
    """What the pots hold in all that has neither come nor gone between them, in pence: changes among them keep it."""
    figures = books.figures(books.balances([pot.ref for pot in pots]))
    assert all(books.ties(of_one) for of_one in figures.values())
    between = ("brought forward", "vired in", "carried forward", "vired out")
    signs = {"brought forward": 1, "vired in": 1, "carried forward": -1, "vired out": -1}
    return sum(signs[name] * of_one[name].pence for of_one in figures.values() for name in between)


def check(steps: list[tuple[ChangeKind, int, int, int, bool]]) -> None:
    with clock.stopped(clock.deadline(date(2026, 5, 4), time(9))):
        here = world()
        pots = here.pots
        for step in steps:
            went(here, step)
            assert whole(pots) == 0
            for pot in pots:
                for one in queries.holdings_of(pot):
                    least = -15_000 if pot is pots[1] and (one.owner, one.bucket) == ("", Bucket.FREE) else 0
                    assert one.amount.pence >= least
    assert [*faults(), *stream_faults()] == []


_QUICK = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@settings(max_examples=4, **_QUICK)  # type: ignore[arg-type]
@given(steps=STEPS)
def test_in_any_order_of_changes_the_books_tie_and_nothing_is_lost_between_pots(
    sqlite_app: Flask, steps: list[tuple[ChangeKind, int, int, int, bool]]
) -> None:
    check(steps)


@pytest.mark.long
@settings(max_examples=40, **_QUICK)  # type: ignore[arg-type]
@given(steps=STEPS)
def test_in_any_order_of_changes_the_books_tie_on_both_engines(
    app: Flask, steps: list[tuple[ChangeKind, int, int, int, bool]]
) -> None:
    check(steps)
