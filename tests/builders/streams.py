"""Streams and pots for tests, opened through commands: `a_pot("1000")` has £1,000.00 free."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people.models import Duty, Partnership, Person
from grants.streams import commands
from grants.streams.models import Commitment, Pot, Stream
from tests.builders.people import a_partnership, a_person

_numbers = count(1)


def a_finance_officer(partnership: Partnership) -> Person:
    """A finance officer of the partnership."""
    return a_person(Duty.FINANCE_OFFICER, partnership=partnership)


def a_stream(name: str | None = None, *, partnership: Partnership | None = None, **facts: Any) -> Stream:
    """A stream without pots, that anybody may receive from unless `voluntary_only=` says otherwise."""
    number = next(_numbers)
    partnership = partnership or db.session.scalar(select(Partnership).order_by(Partnership.id).limit(1)) or a_partnership()
    facts.setdefault("ref", f"stream_{number}")
    by = facts.pop("by", None) or a_finance_officer(partnership)
    return commands.open_stream(name=name or f"Fund {number}", partnership=partnership, by=by, **facts)


def a_pot(allocation: str | None = "10000", *, year: int = 2026, stream: Stream | None = None, **facts: Any) -> Pot:
    """A pot with an allocation in pounds; None: not stated."""
    stream = stream or a_stream()
    by = facts.pop("by", None) or a_finance_officer(stream.partnership)
    return commands.open_pot(
        stream, year=year, allocation=None if allocation is None else Money.pounds(allocation), by=by, **facts
    )


def a_commitment(amount: str = "1000", *, pot: Pot | None = None, **facts: Any) -> Commitment:
    """Money of a pot protected for its whole year."""
    pot = pot or a_pot()
    given = {
        "recipient": "Patrol service",
        "protected_from": pot.starts_on,
        "protected_until": pot.ends_on,
        "approval_basis": "Agreed by the board on 3 March",
        "review_due": date(pot.year + 1, 1, 31),
    } | facts
    by = given.pop("by", None) or a_finance_officer(pot.stream.partnership)
    return commands.passport(pot, amount=Money.pounds(amount), by=by, **given)
