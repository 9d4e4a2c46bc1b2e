"""The panel's workbench: every bid of the round ranked, what was decided, and what money is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from grants.applications.models import Application
from grants.applications.models import State as ApplicationState
from grants.applications.rules import kept_as_sent_by
from grants.assessment import queries as assessment
from grants.assessment.policies import READERS, scope
from grants.assessment.queries import STANDING, Ranked
from grants.kernel import clock
from grants.kernel.db import db, summed
from grants.kernel.errors import NotFound
from grants.kernel.money import Money, total
from grants.kernel.waiting import Waiting
from grants.kernel.words import _
from grants.panel.models import Decision, Outcome, Panel
from grants.people.models import Duty, Person
from grants.people.policies import holds
from grants.people.queries import covered
from grants.rounds.models import Lot, Round
from grants.rounds.models import State as RoundState
from grants.rounds.queries import held
from grants.streams.models import Pot, Stream


class Item(NamedTuple):
    """One bid on the workbench, with its decision if there is one."""

    bid: Ranked
    decision: str | None
    outcome: Outcome | None
    amount: Money | None
    reason: str | None
    edition: int | None


class Sums(NamedTuple):
    """The round's money: asked for, held when the panel sat, decided so far, and left."""

    asked: Money
    held: Money
    decided: Money
    left: Money


class Line(NamedTuple):
    """A panel on the list of panels; or a round that still needs one (no reference)."""

    ref: str | None
    round: str
    round_title: str
    held_on: date | None
    bids: int
    confirmed_at: datetime | None


def panel(by: Person, ref: str) -> Panel:
    """A panel by its reference, for staff in whose scope its round is. NotFound otherwise."""
    found = db.session.scalar(
        select(Panel)
        .join(Panel.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(Panel.ref == ref, _read(by))
        .options(joinedload(Panel.round).joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    )
    if not found:
        raise NotFound
    return found


def of_round(round: Round) -> Panel | None:
    """The panel of a round, if it was convened."""
    return db.session.scalar(select(Panel).where(Panel.round_id == round.id))


def bid(panel: Panel, ref: str) -> Application:
    """A bid on this panel's agenda. NotFound otherwise."""
    found = db.session.scalar(
        select(Application)
        .where(Application.ref == ref, Application.round_id == panel.round_id, Application.state.in_(STANDING))
        .options(joinedload(Application.organisation), joinedload(Application.snapshot))
    )
    if not found:
        raise NotFound
    return found


def agenda(panel: Panel) -> Sequence[Item]:
    """Every bid of the round, best first, with its decision. The ranking's statements and one more."""
    decisions = {d.application_id: d for d in db.session.scalars(select(Decision).where(Decision.panel_id == panel.id))}
    return [_item(row, decisions.get(row.application_id)) for row in assessment.ranking(panel.round)]


def _item(row: Ranked, decision: Decision | None) -> Item:
    if decision is None:
        return Item(row, None, None, None, None, None)
    return Item(row, decision.ref, decision.outcome, decision.amount, decision.reason, decision.edition)


def sums(panel: Panel, items: Sequence[Item]) -> Sums:
    """The round's money as the panel sees it: what it holds now, or held when the decisions were confirmed."""
    decided = total(item.amount for item in items if item.amount)
    whole = held(panel.round) if panel.held is None else panel.held
    return Sums(total(item.bid.asked for item in items), whole, decided, whole - decided)


def decided_so_far(panel: Panel, *, but: Application | None = None, lot: Lot | None = None) -> Money:
    """What the decisions on bids still standing come to, leaving one out; of one part of the round, where it is named."""
    found = db.session.scalar(
        select(summed(Decision.amount))
        .join(Decision.application)
        .where(Decision.panel_id == panel.id, Application.state.in_(STANDING), Application.id != (but.id if but else 0))
        .where(*([Application.lot_id == lot.id] if lot else []))
    )
    return found or Money(0)


def decision_on(application: Application) -> Decision | None:
    """The decision on a bid, if there is one."""
    return db.session.scalar(select(Decision).where(Decision.application_id == application.id))


@kept_as_sent_by
def decided_as_sent(application: Application) -> Iterator[str]:
    """What the panel decided was decided on what the group sent, so that is not opened again. One statement."""
    if decision_on(application) is not None:
        yield _("The panel has recorded a decision on this application, so it cannot be opened again.")


def decision(by: Person, ref: str) -> Decision:
    """A decision by its reference, for staff in whose scope it is. NotFound otherwise."""
    found = db.session.scalar(
        select(Decision).where(Decision.ref == ref).options(joinedload(Decision.panel), joinedload(Decision.application))
    )
    if not found:
        raise NotFound
    panel(by, found.panel.ref)
    return found


def decided(application: Application) -> Decision | None:
    """The decision on a bid once the chair has confirmed it; before that the group is told nothing."""
    return db.session.scalar(
        select(Decision).join(Decision.panel).where(Decision.application_id == application.id, Panel.confirmed_at.is_not(None))
    )


def deciders(application: Application) -> set[str]:
    """The references of who recorded the decision on a bid and of who confirmed it."""
    found = decision_on(application)
    if found is None:
        return set()
    chair = found.panel.confirmed_by
    return {found.decided_by, *([chair.ref] if chair else [])}


def undecided(panel: Panel) -> Sequence[tuple[str, str]]:
    """The bids (reference, title) still to be decided."""
    found = db.session.execute(
        select(Application.ref, Application.title)
        .outerjoin(Decision, Decision.application_id == Application.id)
        .where(Application.round_id == panel.round_id, Application.state == ApplicationState.SUBMITTED, Decision.id.is_(None))
        .order_by(Application.ref)
    )
    return [(ref, title or "") for ref, title in found]


def opened_again(panel: Panel) -> Sequence[tuple[str, str]]:
    """The bids (reference, title) that were sent, opened again and not sent again yet."""
    found = db.session.execute(
        select(Application.ref, Application.title)
        .where(
            Application.round_id == panel.round_id,
            Application.state == ApplicationState.DRAFT,
            Application.sends > 0,
            Application.rehearsal.is_(False),
        )
        .order_by(Application.ref)
    )
    return [(ref, title or "") for ref, title in found]


def deciders_of(application: Application) -> set[str]:
    """The references of those who recorded or confirmed a bid's decision, for deeds that need different people."""
    found = db.session.execute(
        select(Decision.decided_by, Person.ref)
        .join(Decision.panel)
        .outerjoin(Person, Person.id == Panel.confirmed_by_id)
        .where(Decision.application_id == application.id)
    )
    return {ref for row in found for ref in row if ref}


def panels(by: Person) -> Sequence[Line]:
    """The panels in this person's scope and the rounds that need one, newest first."""
    found = db.session.execute(
        select(Panel, Round)
        .select_from(Round)
        .join(Round.pot)
        .join(Pot.stream)
        .outerjoin(Panel, Panel.round_id == Round.id)
        .where(_read(by), Round.state.in_((RoundState.ASSESSING, RoundState.DECIDED)))
        .order_by(Round.closes_at.desc(), Round.ref)
    ).all()
    bids = select(Application.round_id, func.count()).where(Application.state.in_(STANDING)).group_by(Application.round_id)
    counts = {round_id: number for round_id, number in db.session.execute(bids)}  # noqa: C416 -- rows are not typed pairs
    return [
        Line(p.ref if p else None, r.ref, r.title, p.held_on if p else None, counts.get(r.id, 0), p.confirmed_at if p else None)
        for p, r in found
    ]


def waiting(by: Person) -> list[Waiting]:
    """For the chair the panels to confirm; for chair and minute-taker the bids to decide once the meeting's day has come."""
    found: list[Waiting] = []
    if not any(h.duty in (Duty.PANEL_CHAIR, Duty.MINUTE_TAKER) for h in by.holdings):
        return found
    for one in _unconfirmed(by):
        where = scope(one.round)
        chair, minutes = holds(by, Duty.PANEL_CHAIR, **where), holds(by, Duty.MINUTE_TAKER, **where)
        since, left = clock.deadline(one.held_on, time(9)), len(undecided(one))
        if left and (chair or minutes):
            found.append(
                Waiting(
                    since,
                    _("Record the panel’s decisions on “%(title)s”", title=one.round.title),
                    one.ref,
                    "panel.show",
                    {"ref": one.ref},
                )
            )
        elif chair:
            found.append(
                Waiting(
                    since,
                    _("Confirm the panel’s decisions on “%(title)s”", title=one.round.title),
                    one.ref,
                    "panel.show",
                    {"ref": one.ref},
                )
            )
    return found


def _read(by: Person) -> ColumnElement[bool]:
    return covered(by, Stream.partnership_id, Stream.ref, duties=READERS)


def _unconfirmed(by: Person) -> Sequence[Panel]:
    return db.session.scalars(
        select(Panel)
        .join(Panel.round)
        .join(Round.pot)
        .join(Pot.stream)
        .where(_read(by), Panel.confirmed_at.is_(None), Panel.held_on <= clock.today())
        .order_by(Panel.held_on, Panel.ref)
        .options(joinedload(Panel.round).joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    ).all()
