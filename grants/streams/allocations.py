"""What a funder gives to a pot: expected, indicative, confirmed, received, cut, and what a cut leaves to be found.

Only confirmed money is in the books. A raise posts the difference. A cut takes what is free in the pot; where more was cut
than is free, the rest stays with whom it was promised to and stands as a `Shortfall` until somebody decides (R45): a decision
to take, never an error, and never settled by a date. Steps are only added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import flag_modified

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import Utc, db
from grants.kernel.errors import NotFound, RuleBroken, Stale
from grants.kernel.money import ZERO, Money, total
from grants.kernel.policy import Objections, require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger_commands
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.ledger.models import Account, Book
from grants.people.models import Duty, Organisation, Person
from grants.people.policies import needs
from grants.people.queries import covered
from grants.streams import commands, policies, queries
from grants.streams.commands import funder_account
from grants.streams.models import Allocation, AllocationStatus, AllocationStep, Certainty, Line, Pot, Shortfall, Stream

declare(
    {
        "allocation.advanced": mark("%(pot)s: now %(certainty)s, %(amount)s, dated %(on)s (was %(was)s, %(before)s)"),
        "allocation.under_agreement": mark("Put under the agreement %(agreement)s"),
        "pot.allocation_changed": mark("The allocation is now %(allocation)s (was %(before)s)"),
        "pot.money_noted": mark("%(amount)s is %(certainty)s (%(allocation_ref)s); the allocation stays as it was"),
        "shortfall.opened": mark("The funder took away %(cut)s: %(taken)s was free, %(outstanding)s is still to be found"),
        "shortfall.given_back": mark("The funder gave back %(amount)s: %(outstanding)s is still to be found"),
        "shortfall.settled": mark("Found %(amount)s, %(outstanding)s is still to be found. Decided: %(decision)s"),
    }
)

CONFIRMED = frozenset({Certainty.CONFIRMED, Certainty.RECEIVED})  # what is in the books
AHEAD = frozenset({Certainty.EXPECTED, Certainty.INDICATIVE})  # what is shown apart
MOVES: Mapping[Certainty, frozenset[Certainty]] = {
    Certainty.EXPECTED: AHEAD | {Certainty.CONFIRMED, Certainty.WITHDRAWN},
    Certainty.INDICATIVE: frozenset({Certainty.INDICATIVE, Certainty.CONFIRMED, Certainty.WITHDRAWN}),
    Certainty.CONFIRMED: CONFIRMED | {Certainty.WITHDRAWN},
    Certainty.RECEIVED: CONFIRMED | {Certainty.WITHDRAWN},
    Certainty.WITHDRAWN: frozenset(),
}
IN_WRITING = frozenset({Certainty.INDICATIVE, Certainty.CONFIRMED, Certainty.WITHDRAWN})  # nothing less than a paper says so
PROMISED = (Bucket.PASSPORTED, Bucket.OFFERED, Bucket.COMMITTED, Bucket.DUE)  # not free, and not paid yet
DECIDERS = (Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER)


# -- what a step would do ----------------------------------------------------------------------------------------------


class Effect(NamedTuple):
    """What a step does to a pot's money. Every amount is £0.00 or more; at most one side of it is above that."""

    free: Money  # what is free in the pot before it
    raised: Money  # becomes free
    given_back: Money  # an open shortfall is that much less: what was cut and never taken
    taken: Money  # cut, out of what is free
    short: Money  # cut, and not free: still to be found
    allocation: Money | None  # the pot's confirmed allocation before it; none: not stated
    then: Money | None  # and after it

    @property
    def left(self) -> Money:
        """What is free in the pot after it."""
        return self.free + self.raised - self.taken

    @property
    def moves(self) -> bool:
        """Does it change anything in the books, or what is promised beyond them?"""
        return bool(self.raised or self.given_back or self.taken or self.short)

    @property
    def token(self) -> str:
        """What a person confirms: where the figures have changed since, it differs."""
        return f"{self.raised.pence}:{self.given_back.pence}:{self.taken.pence}:{self.short.pence}"


def weigh(before: Money, after: Money, *, free: Money, short: Money, allocation: Money | None, confirmed: bool) -> Effect:
    """What moving one allocation's confirmed amount from `before` to `after` does.

    `free` is what the pot has free now (below nought under an authority: nothing can be taken); `short` what is still to be
    found of earlier cuts of this allocation; `confirmed`: the step leaves the pot with a stated allocation.
    """
    more = Money(max(0, (after - before).pence))
    less = Money(max(0, (before - after).pence))
    back = min(more, short)
    taken = min(less, max(ZERO, free))
    then = (allocation or ZERO) + after - before if allocation is not None or confirmed else None
    return Effect(free, more - back, back, taken, less - taken, allocation, then)


def confirmed_amount(step: AllocationStep | None) -> Money:
    """How much of an allocation is in the books: nothing while it is only expected or indicative."""
    return step.amount if step is not None and step.certainty in CONFIRMED else ZERO


def effect(allocation: Allocation, *, certainty: Certainty, amount: Money) -> Effect:
    """What a next step would do now. Three statements; nothing is held."""
    pot, last = allocation.pot, allocation.steps[-1]
    still = total(one.outstanding for one in _open(allocation))
    return weigh(
        confirmed_amount(last),
        amount if certainty in CONFIRMED else ZERO,
        free=ledger.balance(At(pot.ref, "", Bucket.FREE)),
        short=still,
        allocation=pot.allocation,
        confirmed=certainty in CONFIRMED,
    )


def first_effect(pot: Pot, *, certainty: Certainty, amount: Money) -> Effect:
    """The same for an allocation that is not recorded yet."""
    return weigh(
        ZERO,
        amount if certainty in CONFIRMED else ZERO,
        free=ledger.balance(At(pot.ref, "", Bucket.FREE)),
        short=ZERO,
        allocation=pot.allocation,
        confirmed=certainty in CONFIRMED,
    )


# -- what is allowed ---------------------------------------------------------------------------------------------------


def may_settle(who: Person, shortfall: Shortfall) -> Objections:
    """A finance officer or the chief finance officer, where the pot's stream is."""
    stream = shortfall.pot.stream
    yield from needs(who, *DECIDERS, partnership=stream.partnership, stream=stream.ref)


def unfit_step(
    pot: Pot, last: AllocationStep | None, *, certainty: Certainty, amount: Money, effective_on: date, document: str | None
) -> Iterator[str]:
    """What stops an allocation's next step (or, without a `last`, its first)."""
    if last is None and certainty is Certainty.WITHDRAWN:
        yield _("An allocation begins as expected, indicative, confirmed or received.")
    if last is not None and certainty not in MOVES[last.certainty]:
        yield _(
            "This allocation is %(now)s, so it cannot become %(to)s. Record it as another allocation, or as withdrawn.",
            now=_(last.certainty.value),
            to=_(certainty.value),
        )
    elif last is not None and (certainty, amount) == (last.certainty, last.amount):
        yield _("This changes nothing: the allocation is %(now)s, %(amount)s already.", now=_(certainty.value), amount=amount)
    if amount < ZERO:
        yield _("The allocation cannot be less than £0.00.")
    if certainty in IN_WRITING and not (document or "").strip():
        yield _("Enter the paper that says so: the letter or email, its date, and where it is kept.")
    if abs(clock.financial_year(effective_on) - pot.year) > 2:
        yield _("%(day)s is far from the pot’s year, %(year)s. Check the date.", day=_day(effective_on), year=_year(pot))
    elif last is not None and last.certainty in CONFIRMED and effective_on < last.effective_on:
        yield _(
            "The step before this one is dated %(day)s, and money has moved on it. Date this one on that day or after it.",
            day=_day(last.effective_on),
        )
    closed, was = pot.book.closed_through, confirmed_amount(last)
    changes = (amount if certainty in CONFIRMED else ZERO) != was
    if changes and closed is not None and effective_on <= closed:
        yield _(
            "The books of %(pot)s are closed up to %(day)s. Choose a later date, or ask for them to be opened again.",
            pot=pot.ref,
            day=_day(closed),
        )


def unsettleable(shortfall: Shortfall, amount: Money, decision: str) -> Iterator[str]:
    """What stops money from being given up for a shortfall. That it is free, the books say themselves."""
    if not decision.strip():
        yield _("Enter what was decided, by whom and when.")
    if shortfall.outstanding == ZERO:
        yield _("Everything of this cut has been found already.")
    elif amount <= ZERO:
        yield _("Enter an amount of more than £0.00.")
    elif amount > shortfall.outstanding:
        yield _("Only %(left)s is still to be found; this is %(amount)s.", left=shortfall.outstanding, amount=amount)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _year(pot: Pot) -> str:
    return clock.year_label(pot.year)


# -- commands ----------------------------------------------------------------------------------------------------------


@command
def record_allocation(
    pot: Pot,
    *,
    certainty: Certainty,
    amount: Money,
    effective_on: date,
    by: Person,
    funder: str | None = None,
    agreement: str | None = None,
    document: str | None = None,
    note: str | None = None,
    fictional: bool = False,
) -> Allocation:
    """Say that a funder (an organisation's reference; none: not stated) gives, or may give, money to a pot.

    Confirmed or received money becomes the pot's free money, dated `effective_on`. Expected and indicative money is shown
    apart from every total and posts nothing.
    """
    require(policies.open_pot, by, pot.stream)
    _hold(pot)
    found = list(
        unfit_step(pot, None, certainty=certainty, amount=amount, effective_on=effective_on, document=document),
    )
    if funder is not None and funder not in queries.organisations([funder]):
        found.append(_("There is no organisation %(ref)s. Add the funder as an organisation first.", ref=funder))
    if found:
        raise RuleBroken(*found)
    allocation = commands.begin_allocation(
        pot,
        funder,
        certainty=certainty,
        amount=amount,
        on=effective_on,
        agreement=agreement,
        document=(document or "").strip() or None,
        note=note,
        fictional=fictional,
        by=by,
    )
    before = pot.allocation
    did = weigh(
        ZERO,
        confirmed_amount(allocation.steps[-1]),
        free=ZERO,
        short=ZERO,
        allocation=before,
        confirmed=certainty in CONFIRMED,
    )
    if funder is not None and funder not in pot.funders:
        pot.funders = [*pot.funders, funder]
    _carry_out(allocation, did, on=effective_on, by=by, cut=ZERO)
    if certainty in AHEAD and pot.allocation is None:
        pot.allocation_status = AllocationStatus.AWAITED
    if did.then == before:
        record("pot.money_noted", pot, by=by, amount=amount, certainty=certainty, allocation_ref=allocation.ref)
    return allocation


@command
def advance(
    allocation: Allocation,
    *,
    certainty: Certainty,
    amount: Money,
    effective_on: date,
    document: str | None,
    by: Person,
    note: str | None = None,
    edition: int | None = None,
) -> Allocation:
    """Record an allocation's next step: surer, a changed amount, or withdrawn (then the amount is £0.00).

    A raise of confirmed money first gives back what is still to be found of earlier cuts, the rest becomes free. A cut takes
    what is free in the pot, never more; what is not free is recorded all the same and opens a shortfall. `edition`: of the
    allocation a form was drawn from.
    """
    pot = allocation.pot
    require(policies.open_pot, by, pot.stream)
    if edition is not None and edition != allocation.edition:
        raise Stale()
    _hold(pot)
    if certainty is Certainty.WITHDRAWN:
        amount = ZERO
    last = allocation.steps[-1]
    if found := list(unfit_step(pot, last, certainty=certainty, amount=amount, effective_on=effective_on, document=document)):
        raise RuleBroken(*found)
    before, after = confirmed_amount(last), amount if certainty in CONFIRMED else ZERO
    still = _open(allocation, hold=True)
    did = weigh(
        before,
        after,
        free=_free(pot) if after < before else ZERO,
        short=total(one.outstanding for one in still),
        allocation=pot.allocation,
        confirmed=certainty in CONFIRMED,
    )
    db.session.add(
        AllocationStep(
            allocation=allocation,
            certainty=certainty,
            amount=amount,
            effective_on=effective_on,
            document=(document or "").strip() or None,
            note=note,
            recorded_by=by.ref,
        )
    )
    flag_modified(allocation, "pot_id")  # a step more: forms drawn before it are out of date
    record(
        "allocation.advanced",
        allocation,
        by=by,
        pot=pot.ref,
        certainty=certainty,
        amount=amount,
        on=effective_on,
        was=last.certainty,
        before=last.amount,
        document=document,
    )
    _carry_out(allocation, did, on=effective_on, by=by, cut=before - after if after < before else ZERO)
    return allocation


def _carry_out(allocation: Allocation, did: Effect, *, on: date, by: Person, cut: Money) -> None:
    """Give back, post and open what a step does, inside the command that recorded the step about the allocation."""
    pot = allocation.pot
    _give_back(allocation, did.given_back, by)
    reference = next_reference("SHF") if did.short else None
    source, free = At(pot.ref, funder_account(allocation.funder), Bucket.FUNDER), At(pot.ref, "", Bucket.FREE)
    key = f"allocation:{allocation.ref}:{len(allocation.steps)}"
    if did.raised:
        _enter(Move("allocate", source, free, did.raised.pence), key, on, by, allocation.ref)
    if did.taken:
        _enter(Move("allocation cut", free, source, did.taken.pence), key, on, by, allocation.ref)
    if reference:
        shortfall = Shortfall(
            ref=reference,
            pot=pot,
            allocation=allocation,
            amount=did.short,
            outstanding=did.short,
            opened_on=clock.today(),
        )
        db.session.add(shortfall)
        record("shortfall.opened", shortfall, by=by, cut=cut, taken=did.taken, outstanding=did.short, pot=pot.ref)
    if did.then != did.allocation:
        pot.allocation = did.then
        pot.allocation_status = AllocationStatus.CONFIRMED
        before = did.allocation if did.allocation is not None else _("not stated")
        record("pot.allocation_changed", pot, by=by, allocation=did.then, before=before, allocation_ref=allocation.ref)


def _enter(move: Move, key: str, on: date, by: Person, source: str) -> None:
    ledger_commands.enter([move], key=key, on=on, by=by.ref, source=source)


def _give_back(allocation: Allocation, amount: Money, by: Person) -> None:
    """The funder relents: the newest cut is undone first. What was never taken needs no posting."""
    for shortfall in reversed(_open(allocation, hold=True)):
        back = min(amount, shortfall.outstanding)
        if not back:
            break
        amount -= back
        shortfall.outstanding -= back
        if not shortfall.outstanding:
            shortfall.settled_at = clock.now()
            shortfall.decision = shortfall.decision or _("The funder gave it back.")
        record("shortfall.given_back", shortfall, by=by, amount=back, outstanding=shortfall.outstanding)


@command
def settle_shortfall(
    shortfall: Shortfall, *, amount: Money, decision: str, by: Person, effective_on: date | None = None
) -> Shortfall:
    """Give up money that has come free in the pot for a cut that could not be taken: wholly or in part, by a decision.

    The books refuse, with what is left, where the pot has too little free (an authority in force counts). Dated today unless
    told otherwise.
    """
    require(may_settle, by, shortfall)
    if found := list(unsettleable(shortfall, amount, decision)):
        raise RuleBroken(*found)
    pot, allocation = shortfall.pot, shortfall.allocation
    source, free = At(pot.ref, funder_account(allocation.funder), Bucket.FUNDER), At(pot.ref, "", Bucket.FREE)
    key = f"shortfall:{shortfall.ref}:{shortfall.outstanding.pence}"  # what is outstanding only ever falls
    move = Move("allocation cut", free, source, amount.pence)
    _enter(move, key, effective_on or clock.today(), by, shortfall.ref)
    shortfall.outstanding -= amount
    shortfall.decision = "\n".join(said for said in (shortfall.decision, decision.strip()) if said)
    if not shortfall.outstanding:
        shortfall.settled_at = clock.now()
    record(
        "shortfall.settled",
        shortfall,
        by=by,
        amount=amount,
        outstanding=shortfall.outstanding,
        decision=decision.strip(),
        pot=pot.ref,
    )
    return shortfall


@command
def put_under(allocation: Allocation, *, agreement: str, by: Person) -> Allocation:
    """Name the funder agreement (its reference) an allocation stands under. The agreement's room has checked that it fits."""
    require(policies.open_pot, by, allocation.pot.stream)
    if allocation.agreement is not None:
        raise RuleBroken(_("%(ref)s is under the agreement %(there)s already.", ref=allocation.ref, there=allocation.agreement))
    allocation.agreement = agreement
    record("allocation.under_agreement", allocation, by=by, agreement=agreement)
    return allocation


def _hold(pot: Pot) -> None:
    """Read the pot again, locked: two steps of one pot wait for each other."""
    db.session.refresh(pot, with_for_update=db.engine.dialect.name != "sqlite" and {"of": Pot})


def _free(pot: Pot) -> Money:
    """What is free in the pot itself now, held until the command ends, so that a cut takes neither more nor less than that.

    It is the first account a cut touches in the books' own order, so nobody can be waiting for us behind it.
    """
    found = db.session.scalar(
        select(Account.credits - Account.debits)
        .join(Book, Book.id == Account.book_id)
        .where(Book.code == pot.ref, Account.owner == "", Account.bucket == Bucket.FREE)
        .with_for_update(of=Account)
    )
    return Money(found or 0)


# -- questions ---------------------------------------------------------------------------------------------------------


def _open(allocation: Allocation, *, hold: bool = False) -> list[Shortfall]:
    """The allocation's shortfalls that still want finding, the oldest first; to be changed: read again and held."""
    asked = (
        select(Shortfall).where(Shortfall.allocation_id == allocation.id, Shortfall.outstanding > ZERO).order_by(Shortfall.id)
    )
    if hold:
        asked = asked.with_for_update(of=Shortfall).execution_options(populate_existing=True)
    return list(db.session.scalars(asked))


class Row(NamedTuple):
    """An allocation as a table shows it: what it is now is its last step."""

    ref: str
    pot: str
    year: int
    stream: str
    funder: str | None  # the organisation's name
    agreement: str | None
    certainty: Certainty
    amount: Money
    effective_on: date
    document: str | None
    fictional: bool


def latest(*where: ColumnElement[bool], on: date | None = None, known: datetime | None = None) -> Select[*tuple[int, int]]:
    """(allocation id, id of the step that stands): now, or at the end of a date as known at an instant."""
    asked = select(AllocationStep.allocation_id.label("allocation_id"), func.max(AllocationStep.id).label("step_id"))
    if on is not None:
        asked = asked.where(AllocationStep.effective_on <= on)
    if known is not None:
        asked = asked.where(AllocationStep.recorded_at <= literal(known, Utc()))
    return asked.where(*where).group_by(AllocationStep.allocation_id)


def rows(*where: ColumnElement[bool]) -> Sequence[Row]:
    """Allocations with what they are now, by year, stream and order of recording. One statement."""
    stands = latest().subquery()
    asked = (
        select(
            Allocation.ref,
            Pot.ref,
            Pot.year,
            Stream.name,
            func.coalesce(Organisation.name, Allocation.funder),
            Allocation.agreement,
            AllocationStep.certainty,
            AllocationStep.amount,
            AllocationStep.effective_on,
            AllocationStep.document,
            Allocation.fictional,
        )
        .join(stands, stands.c.allocation_id == Allocation.id)
        .join(AllocationStep, AllocationStep.id == stands.c.step_id)
        .join(Allocation.pot)
        .join(Pot.stream)
        .outerjoin(Organisation, Organisation.ref == Allocation.funder)
        .where(*where)
        .order_by(Pot.year, Stream.name, Allocation.id)
    )
    return [Row._make(row) for row in db.session.execute(asked)]


def of_pot(pot: Pot) -> Sequence[Row]:
    """A pot's allocations, as its page shows them. One statement."""
    return rows(Allocation.pot_id == pot.id)


def stood(on: date, known: datetime, pots: Collection[str] | None = None) -> Mapping[str, Mapping[Certainty, Money]]:
    """Pot -> certainty -> amount, at the end of a date as known at an instant. Withdrawn money is left out. One statement."""
    stands = latest(on=on, known=known).subquery()
    asked = (
        select(Pot.ref, AllocationStep.certainty, func.sum(AllocationStep.amount))
        .join(stands, stands.c.step_id == AllocationStep.id)
        .join(Allocation, Allocation.id == AllocationStep.allocation_id)
        .join(Pot, Pot.id == Allocation.pot_id)
        .where(AllocationStep.certainty != Certainty.WITHDRAWN)
        .group_by(Pot.ref, AllocationStep.certainty)
    )
    if pots is not None:
        asked = asked.where(Pot.ref.in_(pots))
    found: dict[str, dict[Certainty, Money]] = {}
    for ref, certainty, amount in db.session.execute(asked):
        found.setdefault(ref, {})[certainty] = amount
    return found


def ahead(pots: Collection[str] | None = None) -> Mapping[str, Mapping[Certainty, Money]]:
    """Pot -> expected and indicative money now, which no total may hold. One statement."""
    every = stood(date.max, clock.now(), pots)
    return {ref: kept for ref, found in every.items() if (kept := {one: found[one] for one in found if one in AHEAD})}


def allocation_of_staff(by: Person, ref: str) -> Allocation:
    """The allocation, where the person holds a duty over its pot's stream. NotFound otherwise."""
    found = db.session.scalar(
        select(Allocation)
        .join(Allocation.pot)
        .join(Pot.stream)
        .where(Allocation.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(joinedload(Allocation.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    )
    if found is None:
        raise NotFound()
    return found


class ShortfallRow(NamedTuple):
    """What was cut beyond what was free, as a table shows it."""

    ref: str
    pot: str
    allocation: str
    agreement: str | None
    amount: Money
    outstanding: Money
    opened_on: date
    settled_at: datetime | None
    decision: str | None


def shortfalls(*where: ColumnElement[bool]) -> Sequence[ShortfallRow]:
    """Shortfalls, those still to be found first, then the newest. One statement."""
    asked = (
        select(
            Shortfall.ref,
            Pot.ref,
            Allocation.ref,
            Allocation.agreement,
            Shortfall.amount,
            Shortfall.outstanding,
            Shortfall.opened_on,
            Shortfall.settled_at,
            Shortfall.decision,
        )
        .join(Shortfall.pot)
        .join(Pot.stream)
        .join(Shortfall.allocation)
        .where(*where)
        .order_by(Shortfall.settled_at.is_not(None), Shortfall.id.desc())
    )
    return [ShortfallRow._make(row) for row in db.session.execute(asked)]


def shortfall_of_staff(by: Person, ref: str) -> Shortfall:
    """The shortfall, where the person holds a duty over its pot's stream. NotFound otherwise."""
    found = db.session.scalar(
        select(Shortfall)
        .join(Shortfall.pot)
        .join(Pot.stream)
        .where(Shortfall.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(
            joinedload(Shortfall.pot).joinedload(Pot.stream).joinedload(Stream.partnership),
            joinedload(Shortfall.allocation),
        )
    )
    if found is None:
        raise NotFound()
    return found


class Places(NamedTuple):
    """Where money for a shortfall could come from, in its own pot: what is free, in a line, or held for a round; and who the
    rest is promised to."""

    free: Money  # what a settlement could take today, with what an authority allows
    lines: Sequence[tuple[str, str, Money]]  # (reference, name, free)
    held: Sequence[tuple[str, Money]]  # (the round's reference, held)
    promised: Sequence[tuple[str, Bucket, Money]]  # (award, commitment or own spend, how far it is, how much)


def places(pot: Pot) -> Places:
    """The ways out that a shortfall's page offers, with their figures. Three statements."""
    found = ledger.by_owner([pot.ref], buckets=[Bucket.FREE, Bucket.RESERVED, *PROMISED])
    lines = db.session.execute(select(Line.ref, Line.name).where(Line.pot_id == pot.id))
    names = {line.ref: line.name for line in lines}
    return Places(
        ledger.left(pot.ref, "", Bucket.FREE),
        [
            (at.owner, names.get(at.owner, at.owner), amount)
            for at, amount in sorted(found.items())
            if at.bucket is Bucket.FREE and at.owner and amount > ZERO
        ],
        [(at.owner, amount) for at, amount in sorted(found.items()) if at.bucket is Bucket.RESERVED],
        [(at.owner, at.bucket, amount) for at, amount in sorted(found.items()) if at.bucket in PROMISED],
    )


class Late(NamedTuple):
    """An allocation that is not confirmed though its pot's year has begun."""

    ref: str
    pot: str
    certainty: Certainty
    amount: Money
    starts_on: date


def late(today: date, *where: ColumnElement[bool]) -> Sequence[Late]:
    """Expected and indicative allocations of pots whose year has begun. One statement."""
    stands = latest().subquery()
    asked = (
        select(Allocation.ref, Pot.ref, AllocationStep.certainty, AllocationStep.amount, Pot.starts_on)
        .join(stands, stands.c.allocation_id == Allocation.id)
        .join(AllocationStep, AllocationStep.id == stands.c.step_id)
        .join(Allocation.pot)
        .join(Pot.stream)
        .where(and_(AllocationStep.certainty.in_(AHEAD), Pot.starts_on <= today), *where)
        .order_by(Pot.starts_on, Allocation.id)
    )
    return [Late._make(row) for row in db.session.execute(asked)]
