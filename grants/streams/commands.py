"""Opening streams and pots, and protecting money for a commitment that already stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger.chart import At, Bucket
from grants.ledger.commands import Move
from grants.people.models import Organisation, Partnership, Person
from grants.streams import policies, promises, queries, rules
from grants.streams.models import Allocation, AllocationStatus, AllocationStep, Certainty, Commitment, Line, Pot, Stream

declare(
    {
        "stream.opened": mark("Opened the stream %(name)s (%(code)s)"),
        "pot.opened": mark("Opened the pot for %(year)s: allocation %(allocation)s"),
        "commitment.protected": mark("Protected %(amount)s for %(recipient)s until %(until)s"),
        "commitment.recorded": mark("Protected money for %(recipient)s until %(until)s; the amount is not stated"),
        "allocation.recorded": mark("%(pot)s: %(certainty)s, %(amount)s from %(funder)s, dated %(on)s"),
    }
)


@command
def open_stream(
    *,
    ref: str,
    partnership: Partnership,
    name: str,
    by: Person,
    code: str | None = None,
    voluntary_only: bool = False,
    ring_fence: str | None = None,
    restrictions: str | None = None,
    note: str | None = None,
) -> Stream:
    """Add a named fund of a partnership, still without a pot. Without a code one is made from the reference and name."""
    require(policies.open_stream, by, partnership)
    refs, codes = queries.taken()
    code = code or rules.code_for(ref, name, codes)
    if found := list(rules.unfit_stream(ref, code, name, refs=refs, codes=codes)):
        raise RuleBroken(*found)
    stream = Stream(
        ref=ref,
        code=code,
        partnership=partnership,
        name=name.strip(),
        voluntary_only=voluntary_only,
        ring_fence=ring_fence,
        restrictions=restrictions,
        note=note,
    )
    db.session.add(stream)
    record("stream.opened", stream, by=by, name=stream.name, code=code, voluntary_only=voluntary_only, ring_fence=ring_fence)
    return stream


@command
def open_pot(
    stream: Stream,
    *,
    year: int,
    allocation: Money | None,
    by: Person,
    funders: Sequence[str] = (),
    awaited: bool = False,
    distributor: Organisation | None = None,
    conditions: str | None = None,
    restrictions: str | None = None,
    fictional: bool = False,
    status: str | None = None,
    basis: str | None = None,
    note: str | None = None,
    source: str | None = None,
) -> Pot:
    """Open a stream's pot for a financial year (named by the year it begins in) and its book.

    An allocation is posted from the one funder named, else from 'not stated', dated the pot's first day. None is
    'not stated', or awaited; it is never £0.00.
    """
    require(policies.open_pot, by, stream)
    years = db.session.scalars(select(Pot.year).where(Pot.stream_id == stream.id)).all()
    unknown = [ref for ref in funders if ref not in queries.organisations(funders)]
    if found := list(rules.unfit_pot(stream, year, allocation, awaited=awaited, years=years, unknown=unknown)):
        raise RuleBroken(*found)
    pot = Pot(
        ref=f"{stream.code}-{year}",
        stream=stream,
        year=year,
        starts_on=clock.first_day(year),
        ends_on=clock.last_day(year),
        allocation=allocation,
        allocation_status=_status(allocation, awaited),
        funders=list(funders),
        distributor=distributor,
        conditions=conditions,
        restrictions=restrictions,
        fictional=fictional,
        status=status,
        basis=basis,
        note=note,
        source=source,
    )
    pot.book = ledger.open_book(pot.ref, by=by)
    db.session.add(pot)
    db.session.flush()
    if allocation is not None:
        begin_allocation(
            pot,
            sole_funder(funders),
            certainty=Certainty.CONFIRMED,
            amount=allocation,
            on=pot.starts_on,
            document=source,
            note=note,
            fictional=fictional,
            by=by,
        )
    post_allocation(pot.ref, allocation, funders, on=pot.starts_on, by=by)
    record(
        "pot.opened",
        pot,
        by=by,
        year=clock.year_label(year),
        allocation=pot.allocation_status.value if allocation is None else allocation,
        funders=list(funders),
    )
    return pot


def post_allocation(pot: str, allocation: Money | None, funders: Sequence[str], *, on: date, by: Person) -> None:
    """The pot's money arrives, inside a command that records an event about the pot. Nothing to post: nothing happens."""
    if allocation:
        source = At(pot, funder_account(sole_funder(funders)), Bucket.FUNDER)
        move = Move("allocate", source, At(pot, "", Bucket.FREE), allocation.pence)
        ledger.enter([move], key=f"allocation:{pot}", on=on, by=by.ref, source=pot)


def sole_funder(funders: Sequence[str]) -> str | None:
    """Whose money it is, where one funder is named. Several bodies that commission jointly: not stated which."""
    return funders[0] if len(funders) == 1 else None


def funder_account(funder: str | None) -> str:
    """The ledger's owner for what a funder gives: 'funder:home_office', or 'funder:not-stated'."""
    return f"funder:{funder or 'not-stated'}"


def begin_allocation(
    pot: Pot,
    funder: str | None,
    *,
    certainty: Certainty,
    amount: Money,
    on: date,
    by: Person,
    agreement: str | None = None,
    document: str | None = None,
    note: str | None = None,
    fictional: bool = False,
) -> Allocation:
    """The record of what a funder gives to a pot, with its first step. Posts nothing: whoever calls it does."""
    allocation = Allocation(ref=next_reference("ALC"), pot=pot, funder=funder, agreement=agreement, fictional=fictional)
    allocation.steps.append(
        AllocationStep(certainty=certainty, amount=amount, effective_on=on, document=document, note=note, recorded_by=by.ref)
    )
    db.session.add(allocation)
    record(
        "allocation.recorded",
        allocation,
        by=by,
        pot=pot.ref,
        certainty=certainty,
        amount=amount,
        funder=funder or mark("a funder not stated"),
        on=on,
        document=document,
        agreement=agreement,
    )
    return allocation


def _status(allocation: Money | None, awaited: bool) -> AllocationStatus:
    if allocation is not None:
        return AllocationStatus.CONFIRMED
    return AllocationStatus.AWAITED if awaited else AllocationStatus.NOT_STATED


@command
def passport(
    pot: Pot,
    *,
    recipient: str,
    amount: Money | None,
    protected_from: date,
    protected_until: date | None,
    by: Person,
    approval_basis: str | None = None,
    exemption: str | None = None,
    ref: str | None = None,
    organisation: Organisation | None = None,
    service: str | None = None,
    review_due: date | None = None,
    review_trigger: str | None = None,
    locality: str | None = None,
    kind: str = rules.PASSPORTED,
    pass_through: bool = False,
    line: Line | None = None,
    award: str | None = None,
    follows: Commitment | None = None,
    fictional: bool = False,
    note: str | None = None,
) -> Commitment:
    """Take money off the top of a pot (or of a line of it), without competition, for a commitment that already stands.

    It moves from free to passported, dated the day the protection begins, and the books keep it there until
    `protected_until` has passed. `amount` None is 'not stated' and moves nothing: what is free in the pot is then not known
    until `passporting.state_amount` or `estimate` (R40). Either `approval_basis` (a resolution) or `exemption` (why it was
    not competed for) is needed. `award`: the award whose later year this is, protected until that year is decided.
    """
    require(policies.passport, by, pot)
    found = list(
        rules.unprotectable(
            pot,
            recipient,
            organisation,
            amount,
            protected_from=protected_from,
            protected_until=protected_until,
            review_due=review_due,
            approval_basis=approval_basis,
            exemption=exemption,
            kind=kind,
            undated=award is not None,
            barred=promises.barred(pot) if amount is not None else promises.closed(pot),
        )
    )
    if line is not None and line.pot_id != pot.id:
        found.append(_("%(line)s is not a line of %(pot)s.", line=line.name, pot=pot.ref))
    if found:
        raise RuleBroken(*found)
    commitment = Commitment(
        ref=ref or next_reference("COM"),
        stream=pot.stream,
        pot=pot,
        recipient=recipient.strip(),
        organisation=organisation,
        locality=locality,
        protected="yes",
        kind=kind,
        protected_from=protected_from,
        protected_until=protected_until,
        review_due=review_due,
        review_trigger=review_trigger,
        amount=amount,
        approval_basis=(approval_basis or "").strip() or None,
        exemption=(exemption or "").strip() or None,
        service=(service or "").strip() or None,
        pass_through=pass_through,
        award=award,
        follows=follows,
        fictional=fictional,
        note=note,
    )
    db.session.add(commitment)
    db.session.flush()
    if protected_until is not None:
        ledger.protect(pot.ref, commitment.ref, until=protected_until, by=by)
    said: dict[str, Any] = {
        "recipient": commitment.recipient,
        "until": protected_until or mark("it is decided"),
        "pot": pot.ref,
        "approval_basis": commitment.approval_basis,
        "exemption": commitment.exemption,
    }
    if amount is None:
        record("commitment.recorded", commitment, by=by, **said)
        return commitment
    free = At(pot.ref, line.ref if line else "", Bucket.FREE)
    move = Move("passport", free, At(pot.ref, commitment.ref, Bucket.PASSPORTED), amount.pence)
    ledger.enter([move], key=f"passport:{commitment.ref}", on=protected_from, by=by.ref, source=commitment.ref)
    record("commitment.protected", commitment, by=by, amount=amount, **said)
    return commitment
