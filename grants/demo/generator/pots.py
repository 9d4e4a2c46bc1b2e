"""One stream and its pots, year after year: pots, rounds and panels by command, what they bring about in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from sqlalchemy import select

from grants.agreements.models import Agreement
from grants.applications.models import State as ApplicationState
from grants.audit.record import Said, record, record_many
from grants.demo.generator import bids, books, deals, house, texts
from grants.demo.generator.bids import Ask, Call, Desk
from grants.demo.generator.books import Books
from grants.demo.generator.house import House, Named
from grants.demo.generator.lives import Life, Promise
from grants.demo.generator.scale import NOW, THIS_YEAR, TODAY, at
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.panel import commands as panels
from grants.people.models import Duty, Partnership
from grants.rounds import commands as rounds
from grants.rounds.models import Round
from grants.rounds.rules import Weighed
from grants.streams import commands as streams
from grants.streams.models import Commitment, Pot, Stream

ROOM = 1_000_000  # pence that stay free in every pot beyond what is planned
CRITERIA = (
    Weighed("The need for it", "How well the group shows that people need this.", 50),
    Weighed("Value for money", "Whether the costs are clear, fair and needed.", 50),
)


class Season(NamedTuple):
    """A round's days, each as month and day of the financial year; its projects end with the year."""

    name: str
    opens: tuple[int, int]
    closes: tuple[int, int]
    panel: tuple[int, int]
    starts: tuple[int, int]
    share: int  # of the pot's competed awards, in percent


SPRING = Season("Spring", (4, 13), (5, 15), (6, 10), (7, 6), 50)
SUMMER = Season("Summer", (6, 15), (7, 17), (8, 20), (9, 21), 30)
LATE_SUMMER = Season("Late summer", (7, 20), (8, 28), (10, 29), (11, 23), 30)  # this year's: its offers are fresh
AUTUMN = Season("Autumn", (9, 7), (10, 9), (11, 24), (1, 4), 20)
WINTER = Season("Winter", (11, 2), (12, 4), (1, 12), (2, 8), 0)
FEW = 12  # competed awards of a pot, up to which one round gives them all


WAITING = 3  # funded bids of the last round whose offer has still to be written


class Planned(NamedTuple):
    """A round before it is opened: its season, its bids, and how many of those funded are offered their award by now."""

    season: Season
    asks: list[Ask]
    offered: int

    @property
    def gives(self) -> int:
        """Pence."""
        return sum(ask.given for ask in self.asks)


def stream(house: House, number: int) -> None:
    """A stream with every year's pot. One command: all of it or none of it."""
    _stream(house, number)


@command
def _stream(house: House, number: int) -> None:
    ref, code, name = texts.stream(number)
    with clock.stopped(at(clock.first_day(house.scale.years[0]), 9)):
        made = streams.open_stream(
            ref=ref,
            code=code,
            name=name,
            partnership=db.session.scalars(select(Partnership).where(Partnership.ref == "generated_partnership")).one(),
            by=house.person(Duty.FINANCE_OFFICER),
        )
    db.session.flush()
    terms, pots = deals.agree(house, made), list[Pot]()
    for year in house.scale.years:
        pots.append(_Year(house, made, number, year).run(terms, pots[-1] if pots else None))
    _close(house, pots)


def _close(house: House, pots: Sequence[Pot]) -> None:
    """The books are closed month by month, once everything has been entered."""
    house.press.begin()
    finance = house.who(Duty.FINANCE_OFFICER).ref
    said = [said for pot in pots for said in books.close(house.press, pot.book, pot.year, finance)]
    house.press.settle()
    record_many(said, covers=house.press.wrote)
    db.session.flush()


class _Year:
    """One pot."""

    def __init__(self, house: House, stream: Stream, number: int, year: int) -> None:
        self.house, self.stream, self.number, self.year = house, stream, number, year
        self.chance = house.random("pot", number, year)
        self.said: list[Said] = []
        self.awards = house.scale.awards_in(number, year)
        self.protected = [5_000 * self.chance.randint(200, 900) for _n in range(max(self.awards // 20, self.awards > 3))]

    def run(self, terms: Agreement, before: Pot | None) -> Pot:
        """From the letter that brings the money to the last thing that has happened to it."""
        planned = self._plan()
        competed = sum(one.gives + one.gives // 20 + 500_000 for one in planned)
        needs = competed + sum(self.protected) + deals.OWN_SPEND + deals.CONTINGENCY
        self.pot = self._open(Money(-(-(needs + ROOM) // 100_000) * 100_000))
        deals.bring_in(self.house, terms, self.pot)
        self.line = deals.plan(self.house, terms, self.pot, Money(competed))
        deals.spend(self.house, self.pot, self.chance)
        deals.set_aside(self.house, self.pot)
        if before:
            deals.carry_forward(self.house, before, self.pot)
        opened = [(one, self._open_round(one)) for one in planned]
        db.session.flush()
        self.house.press.begin()
        self.books = Books(self.house.press, self.pot.book)
        self.life = Life(self.house, self.books, self.pot.id, self.line, self.chance, self.said)
        for n, pence in enumerate(self.protected):
            self._protect(n, pence)
        for one, (call, round) in opened:
            self._judge(one, call, round)
        self.books.write()
        self.house.press.settle()
        self._tell()
        db.session.flush()
        return self.pot

    # -- by command ---------------------------------------------------------------------------------------------------

    def _open(self, allocation: Money) -> Pot:
        with clock.stopped(at(date(self.year, 4, 3))):
            pot = streams.open_pot(
                self.stream,
                year=self.year,
                allocation=allocation,
                funders=[house.FUNDER],
                fictional=True,
                by=self.house.person(Duty.FINANCE_OFFICER),
            )
        db.session.flush()
        return pot

    def _plan(self) -> list[Planned]:
        competed = self.awards - len(self.protected)
        past = [SPRING] if competed <= FEW else [SPRING, SUMMER, AUTUMN]
        seasons = [SPRING, LATE_SUMMER] if self.year == THIS_YEAR else past
        whole, left, planned = sum(one.share for one in seasons), competed, []
        for one in seasons:
            winners = left if one is seasons[-1] else competed * one.share // whole
            left -= winners
            extra = WAITING if one is LATE_SUMMER else 0
            planned.append(Planned(one, self._asks(winners + extra), winners))
        if self.year == THIS_YEAR:
            planned.append(Planned(AUTUMN, self._asks(max(2, competed // 4)), 0))
            if self.number % 4 == 0:
                planned.append(Planned(WINTER, self._asks(max(2, competed // 4)), 0))
        return planned

    def _asks(self, winners: int) -> list[Ask]:
        return bids.asks(self.chance, self.house.scale.groups, winners)

    def _open_round(self, planned: Planned) -> tuple[Call, Round]:
        season, officer = planned.season, self.house.person(Duty.GRANTS_OFFICER)
        opens, closes, met, starts = (
            date(self.year + (month < 4), month, day)
            for month, day in (season.opens, season.closes, season.panel, season.starts)
        )
        ends = clock.last_day(self.year)
        title = f"{season.name} grants {clock.year_label(self.year)}, {self.stream.name}"
        with clock.stopped(at(opens, 6)):
            round = rounds.plan(
                pot=self.pot,
                strategy=house.plan(self.house),
                question_set=house.question_set(self.house),
                title=title,
                purpose="Grants for groups whose work makes the area safer and helps people who have been harmed.",
                smallest=bids.SMALLEST,
                largest=bids.LARGEST,
                opens_at=clock.deadline(opens, time(9)),
                closes_at=clock.deadline(closes, time(12)),
                project_starts_on=starts,
                project_ends_on=ends,
                criteria=CRITERIA,
                assessors=1,
                by=officer,
            )
            db.session.flush()
            hold = Money(-(-(planned.gives + planned.gives // 50) // 10_000) * 10_000 + 100_000)
            rounds.open_round(round, hold=hold, by=officer)
            db.session.flush()
        panel = None
        if at(closes, 14) < NOW:
            with clock.stopped(at(closes, 14)):
                rounds.close_round(round, by=officer)
        if met <= TODAY:
            panel = self._convene(round, closes, met, hold, planned)
        criteria = [(one.id, one.most) for one in round.criteria]
        return Call(Named(round.id, round.ref, title), criteria, opens, closes, panel, starts, ends), round

    def _convene(self, round: Round, closes: date, met: date, hold: Money, planned: Planned) -> tuple[int, str, date]:
        """The panel meets and its chair confirms; its decisions follow in bulk, each with its own event."""
        chair = self.house.person(Duty.PANEL_CHAIR)
        with clock.stopped(at(closes + timedelta(days=2), 10)):
            panel = panels.convene(round, held_on=met, by=self.house.person(Duty.GRANTS_OFFICER))
        with clock.stopped(at(met, 15)):
            panel.held, panel.confirmed_at, panel.confirmed_by = hold, clock.now(), chair
            rounds.conclude(round, by=chair)
            record("panel.confirmed", panel, by=chair, decisions=len(planned.asks), amount=Money(planned.gives))
        db.session.flush()
        return panel.id, panel.ref, met

    # -- in bulk ------------------------------------------------------------------------------------------------------

    def _judge(self, planned: Planned, call: Call, round: Round) -> None:
        """Every bid of a round, and the awards that come of it."""
        desk, open_still = Desk(self.house, call, self.chance, self.said), at(call.closes, 14) >= NOW
        to_offer = planned.offered
        for n, ask in enumerate(planned.asks):
            state = self._state(call, ask, n, open_still=open_still)
            scored = call.panel is not None or n % 2 == 0
            won = desk.receive(ask, state=state, scored=scored and not open_still)
            if won and to_offer:
                to_offer -= 1
                offered = call.panel[2] + timedelta(days=self.chance.randint(3, 6)) if call.panel else call.closes
                self.life.live(
                    Promise(
                        won.group,
                        won.title,
                        won.activity,
                        won.pence,
                        won.priority,
                        won.locality,
                        offered,
                        call.starts,
                        call.ends,
                        (call.round.ref, Bucket.RESERVED),
                        won.application,
                        won.decision,
                        None,
                    )
                )
            if self.house.press.full:
                self.house.press.flush()

    @staticmethod
    def _state(call: Call, ask: Ask, n: int, *, open_still: bool) -> ApplicationState:
        if open_still:
            return ApplicationState.SUBMITTED if n % 2 else ApplicationState.DRAFT
        if call.panel:
            return ApplicationState.DECIDED
        return ApplicationState.WITHDRAWN if n % 20 == 19 else ApplicationState.SUBMITTED

    def _protect(self, n: int, pence: int) -> None:
        """Money off the top of the pot for a service that already stands, and its award."""
        begins, ends = clock.first_day(self.year), clock.last_day(self.year)
        group, ref = self.house.group(self.chance.randrange(self.house.scale.groups)), self.house.press.ref("COM", begins)
        finance, recorded = self.house.who(Duty.FINANCE_OFFICER), at(date(self.year, 4, 3), 11)
        number = self.house.press.add(
            Commitment,
            ref=ref,
            stream_id=self.stream.id,
            pot_id=self.pot.id,
            recipient=group.name,
            organisation_id=group.id,
            service=f"Existing service {n + 1}",
            protected="yes",
            kind="passported",
            protected_from=begins,
            protected_until=ends,
            review_due=date(self.year + 1, 1, 31),
            review_trigger="Before next year's money is shared out",
            amount=Money(pence),
            approval_basis=f"Partnership board, March {self.year}, resolution {n + 1} {texts.FICTIONAL}",
            fictional=True,
        )
        self.books.open(ref, Bucket.PASSPORTED, protected_until=ends)
        given = {"on": begins, "recorded": recorded, "by": finance.ref, "source": ref, "key": f"passport:{ref}"}
        self.books.move("passport", ("", Bucket.FREE), (ref, Bucket.PASSPORTED), pence, **given)  # type: ignore[arg-type]
        facts = {"amount": Money(pence), "recipient": group.name, "until": ends, "pot": self.pot.ref}
        self.said.append(Said("commitment.protected", ref, finance.ref, recorded, facts))
        priority = self.chance.choice(self.house.priorities)
        offered = date(self.year, 4, 8)
        source = (ref, Bucket.PASSPORTED)
        title = f"Existing service {n + 1} {clock.year_label(self.year)}"
        promise = Promise(
            group, title, title, pence, priority, None, offered, offered + timedelta(days=23), ends, source, None, None, number
        )
        self.life.live(promise)

    def _tell(self) -> None:
        """The pot's events, in the order in which things happened."""
        record_many(sorted(self.said, key=lambda one: one.at), covers=self.house.press.wrote | {"ledger_account"})
        self.said.clear()
