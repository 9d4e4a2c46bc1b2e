"""Any sequence of moves, with crashes between statements, keeps every identity; so does any date and any known-on date.

The default run is short and the same every time; `-m long` explores. Small domains, so that edges are met.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import event

from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands, proofs, queries
from grants.ledger.chart import AWARD, CARRIED, KINDS, SOURCES, At, Move
from grants.ledger.chart import Bucket as B
from tests.conftest import empty

YEARS = ("VCS-2026", "VCS-2027", "HATE-2026")
START = date(2026, 4, 1)
PAIRED = ("vire out", "vire in", "carry forward", "bring forward", "vire line")
OWNER = {B.FUNDER: "GMCA", B.PARTNER: "POLICE", B.RESERVED: "R-1", B.PASSPORTED: "PC-1", B.RETURNED: "GMCA"}
WITHIN = sorted((k, a, b) for k, pairs in KINDS.items() for a, b in pairs if k not in PAIRED)
LIFE = (
    ("offer", B.FREE, B.OFFERED),
    ("accept", B.OFFERED, B.COMMITTED),
    ("approve", B.COMMITTED, B.DUE),
    ("pay", B.DUE, B.PAID),
    ("evidence", B.PAID, B.EVIDENCED),
)
pence = st.integers(1, 50_000)
days = st.sampled_from([START + timedelta(n) for n in (0, 1, 29, 30, 31, 60)])
books = st.sampled_from(YEARS)
awards = st.sampled_from(("AWD-1", "AWD-2"))
crashes = st.none() | st.integers(0, 14)


class Crash(BaseException):
    """The process dies here."""


class Books(RuleBasedStateMachine):
    """The books, and beside them what ought to be so."""

    fresh: ClassVar[Callable[[], None]]

    def __init__(self) -> None:
        super().__init__()
        type(self).fresh()
        self.n = 0
        self.crash_at: int | None = None
        self.model: defaultdict[At, int] = defaultdict(int)
        self.log: list[tuple[str, B, int, date, datetime]] = []  # every leg, for replays
        self.floor: dict[str, tuple[int, date]] = {}
        self.closed: dict[str, date] = {}
        self.protected: dict[tuple[str, str], date] = {}
        self.done: dict[str, Sequence[Move]] = {}
        self.undone: set[str] = set()
        self.seen: list[datetime] = []  # instants to ask 'as known on'
        event.listen(db.engine, "before_cursor_execute", self._maybe_crash)
        for code in YEARS:
            commands.open_book(code, by="test")

    def teardown(self) -> None:
        event.remove(db.engine, "before_cursor_execute", self._maybe_crash)
        db.session.rollback()

    def _maybe_crash(self, *_: Any) -> None:
        if self.crash_at is not None:
            self.crash_at -= 1
            if self.crash_at < 0:
                self.crash_at = None
                raise Crash

    # -- posting, with what ought to happen worked out beside it ------------------------------------------------------

    def expected(self, moves: Sequence[Move], on: date) -> str | None:
        """None if it should be done, else why not."""
        change: Counter[At] = Counter()
        for m in moves:
            if self.closed.get(m.out_of.book, date.min) >= on:
                return "closed"
            if m.kind == "release passported" and self.protected.get((m.out_of.book, m.out_of.owner), date.min) >= on:
                return "protected"
            change[m.out_of] -= m.pence
            change[m.into] += m.pence
        for place, delta in change.items():
            after = self.model[place] + delta
            if place.bucket in SOURCES:
                if after > 0:
                    return "source"
            elif after < 0 and delta < 0:
                lowered = place.bucket is B.FREE and place.owner == ""
                floor, until = self.floor.get(place.book, (0, date.min)) if lowered else (0, date.min)
                if after < floor or until < on:
                    return "floor"
        return None

    def do(self, moves: Sequence[Move], on: date, crash: int | None = None, *, reverses: str = "") -> bool:
        key = f"b{self.n}"
        self.n += 1
        why = self.expected(moves, on)

        def act() -> None:
            if reverses:
                commands.reverse(reverses, key=key, on=on, by="test", source="s")
            else:
                commands.post(*moves, key=key, on=on, by="test", source="s")

        self.crash_at = crash
        try:
            act()
        except Crash:
            return False
        except RuleBroken as refusal:
            assert why and refusal.problems, (moves, on)
            return False
        finally:
            self.crash_at = None
        assert why is None, (why, moves, on)
        act()  # the form sent twice does nothing more
        lines = queries.batch(key)
        assert [(t.kind, t.out_of, t.into, t.amount.pence) for t in lines] == [tuple(m) for m in moves]
        for m, line in zip(moves, lines, strict=True):
            self.model[m.out_of] -= m.pence
            self.model[m.into] += m.pence
            self.log.append((m.out_of.book, m.out_of.bucket, -m.pence, on, line.recorded_at))
            self.log.append((m.into.book, m.into.bucket, m.pence, on, line.recorded_at))
        self.seen.append(lines[-1].recorded_at)
        self.done[key] = moves
        return True

    def owner(self, bucket: B, award: str) -> str:
        return award if bucket in AWARD else OWNER.get(bucket, "")

    @initialize(amounts=st.tuples(*[st.integers(10_000, 200_000)] * 3))
    def funded(self, amounts: Sequence[int]) -> None:
        for code, amount in zip(YEARS, amounts, strict=True):
            self.do([Move("allocate", At(code, "GMCA", B.FUNDER), At(code, "", B.FREE), amount)], START)

    @rule(book=books, award=awards, what=st.sampled_from(WITHIN), amount=pence, on=days, crash=crashes)
    def move(self, book: str, award: str, what: tuple[str, B, B], amount: int, on: date, crash: int | None) -> None:
        kind, a, b = what
        here = self.model[At(book, self.owner(a, award), a)]
        if a not in SOURCES and here > 0 and amount % 3:
            amount = min(amount, here)  # mostly moves that can be done
        self.do([Move(kind, At(book, self.owner(a, award), a), At(book, self.owner(b, award), b), amount)], on, crash)

    @rule(data=st.data(), part=st.integers(1, 3), on=days, crash=crashes)
    def next_move(self, data: st.DataObject, part: int, on: date, crash: int | None) -> None:
        """Only from where money is: without this, the far end of the chart is hardly ever reached."""
        places = sorted(place for place, amount in self.model.items() if amount > 0)
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        if nexts := [(k, b) for k, a, b in WITHIN if a is place.bucket]:
            kind, into = data.draw(st.sampled_from(nexts))
            owner = place.owner if into in AWARD and place.bucket in AWARD else self.owner(into, "AWD-1")
            amount = max(1, self.model[place] // part)
            self.do([Move(kind, place, At(place.book, owner, into), amount)], on, crash)

    @rule(book=books, award=awards, amount=pence, on=days, crash=crashes, so_far=st.integers(1, 5))
    def a_life(self, book: str, award: str, amount: int, on: date, crash: int | None, so_far: int) -> None:
        """An award, all the way or part of it: from there the single moves can take it anywhere."""
        steps = [
            Move(k, At(book, self.owner(a, award), a), At(book, self.owner(b, award), b), amount) for k, a, b in LIFE[:so_far]
        ]
        self.do(steps, on, crash)

    @rule(book=books, amount=st.integers(1, 900), many=st.integers(9, 12), on=days, crash=crashes)
    def many_offers(self, book: str, amount: int, many: int, on: date, crash: int | None) -> None:
        """Beyond eight accounts the batch goes another way."""
        free = At(book, "", B.FREE)
        self.do([Move("offer", free, At(book, f"AWD-{n}", B.OFFERED), amount) for n in range(many)], on, crash)

    @rule(one=books, other=books, amount=pence, on=days, crash=crashes)
    def vire(self, one: str, other: str, amount: int, on: date, crash: int | None) -> None:
        if one != other:
            out = Move("vire out", At(one, "", B.FREE), At(one, other, B.VIRED_OUT), amount)
            self.do([out, Move("vire in", At(other, one, B.VIRED_IN), At(other, "", B.FREE), amount)], on, crash)

    @rule(bucket=st.sampled_from(sorted(CARRIED)), award=awards, on=days, crash=crashes, part=st.integers(1, 3))
    def carry(self, bucket: B, award: str, on: date, crash: int | None, part: int) -> None:
        one, other, who = YEARS[0], YEARS[1], self.owner(bucket, award)
        if (amount := self.model[At(one, who, bucket)] // part) > 0:
            out = Move("carry forward", At(one, who, bucket), At(one, who, B.CARRIED_FORWARD), amount)
            into = Move("bring forward", At(other, who, B.BROUGHT_FORWARD), At(other, who, bucket), amount)
            self.do([out, into], on, crash)

    @rule(data=st.data(), on=days, crash=crashes)
    def undo(self, data: st.DataObject, on: date, crash: int | None) -> None:
        whole = [k for k in self.done if k not in self.undone]
        if whole:
            key = data.draw(st.sampled_from(whole))
            back = [Move(f"reverse {m.kind}", m.into, m.out_of, m.pence) for m in self.done[key]]
            if self.do(back, on, crash, reverses=key):
                self.undone |= {key, f"b{self.n - 1}"}

    @rule(book=books, limit=st.integers(0, 60_000), until=st.none() | days)
    def over_programme(self, book: str, limit: int, until: date | None) -> None:
        now = self.model[At(book, "", B.FREE)]
        try:
            commands.authorise(
                book, "", limit=Money(limit), until=until, underwriter="reserves", reason="r", approved_by="s151", by="test"
            )
        except RuleBroken:
            assert until and now < -limit
        else:
            assert until is None or now >= -limit
            self.floor[book] = (-limit, until) if until else (min(0, now), date.min)

    @rule(book=books, limit=st.integers(1, 60_000), until=days, share=st.integers(1, 4), on=days, crash=crashes)
    def promise_more(self, book: str, limit: int, until: date, share: int, on: date, crash: int | None) -> None:
        """Use an authority, all of it or a penny beyond, before or after it expires."""
        self.over_programme(book, limit, until)
        floor, _until = self.floor.get(book, (0, None))
        if (amount := self.model[At(book, "", B.FREE)] - floor * (share > 1) + (share == 4)) > 0:
            self.do([Move("offer", At(book, "", B.FREE), At(book, "AWD-1", B.OFFERED), amount)], on, crash)

    @rule(book=books, until=days)
    def protect(self, book: str, until: date) -> None:
        try:
            commands.protect(book, "PC-1", until=until, by="test")
        except RuleBroken:
            assert self.protected[book, "PC-1"] > until
        else:
            self.protected[book, "PC-1"] = until

    @rule(book=books, amount=pence, until=days, on=days)
    def passport_and_release(self, book: str, amount: int, until: date, on: date) -> None:
        self.do([Move("passport", At(book, "", B.FREE), At(book, "PC-1", B.PASSPORTED), amount)], START + timedelta(60))
        self.protect(book, until)
        self.do([Move("release passported", At(book, "PC-1", B.PASSPORTED), At(book, "", B.FREE), 1)], on)

    @rule(book=books, through=days, crash=crashes)
    def close(self, book: str, through: date, crash: int | None) -> None:
        found = queries.book(book)
        self.crash_at = crash
        try:
            commands.close(found, through=through, by="test")
        except Crash:
            return
        except RuleBroken:
            assert self.closed.get(book, date.min) >= through
            return
        finally:
            self.crash_at = None
        assert self.closed.get(book, date.min) < through
        self.closed[book] = through

    @rule(book=books, after=days)
    def reopen(self, book: str, after: date) -> None:
        commands.reopen(queries.book(book), after=after, by="test")
        if through := queries.book(book).closed_through:
            self.closed[book] = through
            assert through <= after
        else:
            self.closed.pop(book, None)

    # -- what must always be so ---------------------------------------------------------------------------------------

    @invariant()
    def identities(self) -> None:
        db.session.rollback()
        found = queries.balances()
        model: Counter[tuple[str, B]] = Counter()
        for (book, _owner, bucket), amount in self.model.items():
            model[book, bucket] += amount
        assert dict(found) == {k: Money(v) for k, v in model.items() if v}
        for code, figures in queries.figures(found).items():
            assert queries.ties(figures), (code, figures)
            assert all(v >= Money(0) for f, v in figures.items() if f != "free"), figures
        for out, back in ((B.VIRED_OUT, B.VIRED_IN), (B.CARRIED_FORWARD, B.BROUGHT_FORWARD)):
            assert sum(v.pence for (_, b), v in found.items() if b in (out, back)) == 0
        assert list(proofs.faults()) == []

    @precondition(lambda self: self.seen)
    @rule(on=days, pick=st.integers(0, 10_000))
    def as_at_equals_replay(self, on: date, pick: int) -> None:
        for known in (self.seen[pick % len(self.seen)], queries.ALWAYS):
            want: Counter[tuple[str, B]] = Counter()
            for book, bucket, amount, effective, recorded in self.log:
                if effective <= on and recorded <= known:
                    want[book, bucket] += amount
            found = queries.as_at(on, known)
            assert dict(found) == {k: Money(v) for k, v in want.items() if v}
            assert all(queries.ties(f) for f in queries.figures(found).values())
            owned: Counter[tuple[str, B]] = Counter()
            for place, balance in queries.by_owner(YEARS, on=on, known=known).items():
                owned[place.book, place.bucket] += balance.pence
            assert {k: Money(v) for k, v in owned.items() if v} == dict(found)


@pytest.fixture
def machine(app: Flask, empty_sqlite: Path) -> Iterator[type[Books]]:
    """The machine on this engine, which starts every sequence with empty tables."""

    def fresh() -> None:
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()
            path = Path(db.engine.url.database or "")
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            shutil.copy(empty_sqlite, path)
        else:
            empty()

    yield type("TheBooks", (Books,), {"fresh": staticmethod(fresh)})


def _run(machine: type[Books], **how: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None, **how),
    )


def test_the_identities_hold_whatever_is_done(machine: type[Books]) -> None:
    _run(machine, max_examples=8, stateful_step_count=20, derandomize=True)


@pytest.mark.long
def test_the_identities_hold_whatever_is_done_for_long(machine: type[Books]) -> None:
    _run(machine, max_examples=150, stateful_step_count=30)
