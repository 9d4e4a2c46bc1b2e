"""Protected commitments after they are made: what they come to, who was asked, what was resolved, and what goes back to free.

Nothing here happens by date: a commitment stands until a recorded resolution keeps, changes, tapers or releases it (R41).
The books keep its money where it is until its protection has passed; a correction of what it was said to come to reverses
the entry and enters it anew, so that only the difference moves, and only if nobody was promised it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.audit.record import declare, record
from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import ZERO, Money
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, mark
from grants.ledger import commands as ledger
from grants.ledger import queries as books
from grants.ledger.chart import REVERSE, At, Bucket, Move
from grants.people.models import Person
from grants.people.queries import covered
from grants.places.models import Locality
from grants.streams import policies, promises
from grants.streams.draws import draw
from grants.streams.models import (
    AllocationStatus,
    Commitment,
    CommitmentEstimate,
    CommitmentReview,
    Consultation,
    Outcome,
    Pot,
    Stream,
)

declare(
    {
        "commitment.stated": mark("Stated the amount protected for %(recipient)s: %(amount)s (%(document)s)"),
        "commitment.estimated": mark("Estimated the amount protected for %(recipient)s at %(amount)s: %(reason)s"),
        "commitment.placed": mark("Stands in the pot %(pot)s"),
        "commitment.consulted": mark("Asked %(who)s on %(held_on)s (%(how)s)"),
        "commitment.reviewed": mark("Resolved to %(outcome)s it, from %(effective_on)s: %(resolution)s"),
        "commitment.followed": mark("Carries on %(follows)s, as resolved: %(resolution)s"),
        "commitment.freed": mark("Gave back %(amount)s that was still set aside, to free money"),
    }
)

NOTICE_MONTHS = (
    3  # what a group is told in advance before its money is cut: the Compact's principle 4.5, as practice.md B2 has it
)


# -- questions ---------------------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """A commitment's money, in the books. `taken`: all that was set aside for it; `left`: what of that nobody was promised."""

    taken: Money
    left: Money

    @property
    def promised(self) -> Money:
        """What has gone on into an award."""
        return self.taken - self.left


def of_staff(by: Person, ref: str) -> Commitment:
    """A commitment of a stream this person works on. NotFound otherwise."""
    found = db.session.scalar(
        select(Commitment)
        .join(Commitment.stream)
        .where(Commitment.ref == ref, covered(by, Stream.partnership_id, Stream.ref))
        .options(
            joinedload(Commitment.stream).joinedload(Stream.partnership),
            joinedload(Commitment.pot),
            joinedload(Commitment.organisation),
            joinedload(Commitment.follows),
        )
    )
    if found is None:
        raise NotFound()
    return found


def standing(commitment: Commitment) -> Standing:
    """What was set aside for a commitment, and what of it is still there. Two statements."""
    taken = 0
    for line in books.history(commitment.ref):
        kind = line.kind.removeprefix(REVERSE)
        sign = -1 if line.kind.startswith(REVERSE) else 1
        if kind == "passport":
            taken += sign * line.amount.pence
        elif kind == "release passported":
            taken -= sign * line.amount.pence
    left = sum(amount.pence for (_book, bucket), amount in books.owned(commitment.ref).items() if bucket is Bucket.PASSPORTED)
    return Standing(Money(taken), Money(left))


def worth(commitment: Commitment) -> Money | None:
    """What it is taken to come to: its stated amount, else the last estimate. None: not stated."""
    if commitment.amount is not None:
        return commitment.amount
    return commitment.estimates[-1].amount if commitment.estimates else None


def place_of(commitment: Commitment) -> str | None:
    """The name of the place it works in, where one is stated."""
    if commitment.locality is None:
        return None
    return db.session.scalar(select(Locality.name).where(Locality.ref == commitment.locality))


def decided(commitment: Commitment) -> CommitmentReview | None:
    """The resolution that settled it, if there is one."""
    return commitment.reviews[-1] if commitment.reviews else None


def pot_for(commitment: Commitment) -> Pot | None:
    """The pot it stands in; or, carried on before its year's pot was opened, that pot once it is there."""
    if commitment.pot is not None or commitment.protected_from is None:
        return commitment.pot
    return pot_of_year(commitment.stream, clock.financial_year(commitment.protected_from))


def pot_of_year(stream: Stream, year: int) -> Pot | None:
    """A stream's pot of a financial year, if it is open."""
    return db.session.scalar(select(Pot).where(Pot.stream_id == stream.id, Pot.year == year))


def next_year(commitment: Commitment) -> int | None:
    """The year a review decides for: the one after its protection, or after its pot's. None: no year is stated."""
    if commitment.protected_until is not None:
        return clock.financial_year(commitment.protected_until) + 1
    return commitment.pot.year + 1 if commitment.pot is not None else None


def earliest(notice_on: date) -> date:
    """The first day from which a group's money may be less, when it was told on a day."""
    return clock.months_after(notice_on, NOTICE_MONTHS)


def for_a_group(commitment: Commitment) -> bool:
    """Is it a voluntary group's money? An organisation of which nobody has stated what it is counts as one."""
    return commitment.organisation is not None and commitment.organisation.is_voluntary is not False


def cuts(outcome: Outcome, amount: Money | None, now: Money | None) -> bool:
    """Does this outcome leave less money than there is now?"""
    if outcome in (Outcome.TAPER, Outcome.RELEASE):
        return True
    return amount is not None and now is not None and amount < now


# -- what it comes to --------------------------------------------------------------------------------------------------


@command
def state_amount(commitment: Commitment, *, amount: Money, document: str, by: Person) -> Commitment:
    """Enter what was not stated, or correct what was, from a paper. The books follow, up or down, dated today.

    Up: the difference is taken from what is free, and never more than that. Down: only what nobody was promised.
    """
    require(policies.value, by, commitment)
    found = list(_unvaluable(commitment, amount))
    if not document.strip():
        found.append(_("Enter where the amount is stated, for example a letter and its date."))
    if amount == commitment.amount:
        found.append(_("The amount is %(amount)s already.", amount=amount))
    if found:
        raise RuleBroken(*dict.fromkeys(found))
    _place(commitment, by)
    commitment.amount = amount
    _set_aside(commitment, amount, by)
    record("commitment.stated", commitment, by=by, recipient=commitment.recipient, amount=amount, document=document.strip())
    return commitment


@command
def estimate(commitment: Commitment, *, amount: Money, reason: str, by: Person) -> Commitment:
    """A finance officer's estimate of an amount that is not stated: the books protect it until the amount is (R40)."""
    require(policies.value, by, commitment)
    found = list(_unvaluable(commitment, amount))
    if commitment.amount is not None:
        found.append(_("The amount is stated: %(amount)s. Correct that instead.", amount=commitment.amount))
    if not reason.strip():
        found.append(_("Enter how you came to the estimate."))
    if found:
        raise RuleBroken(*dict.fromkeys(found))
    _place(commitment, by)
    commitment.estimates.append(
        CommitmentEstimate(amount=amount, reason=reason.strip(), effective_on=clock.today(), recorded_by=by.ref)
    )
    _set_aside(commitment, amount, by)
    record("commitment.estimated", commitment, by=by, recipient=commitment.recipient, amount=amount, reason=reason.strip())
    return commitment


def unvaluable(commitment: Commitment, amount: Money) -> Iterator[str]:
    """The same rules for a page that shows the effect first, with what is left said as the ledger would."""
    found = list(_unvaluable(commitment, amount))
    yield from found
    pot = pot_for(commitment)
    if found or pot is None:
        return
    stands = standing(commitment)
    free = books.left(pot.ref, _source(commitment), Bucket.FREE)
    if amount - stands.taken > free:
        yield _(
            "%(pot)s has %(free)s free; this needs %(needs)s.", pot=pot.ref, free=str(free), needs=str(amount - stands.taken)
        )


def _unvaluable(commitment: Commitment, amount: Money) -> Iterator[str]:
    pot = pot_for(commitment)
    if amount <= ZERO:
        yield _("Enter an amount of more than £0.00.")
    if commitment.ended_on is not None:
        yield _("This commitment has been released, so its amount no longer changes.")
    elif pot is None:
        yield _("No pot holds this commitment yet. Open the pot of its stream for its year first.")
    elif pot.allocation_status is not AllocationStatus.CONFIRMED and books.left(pot.ref, "", Bucket.FREE) <= ZERO:
        yield _(
            "The allocation of %(pot)s is %(status)s, so nothing can be taken from it.",
            pot=pot.ref,
            status=_(pot.allocation_status.value),
        )
    else:
        stands = standing(commitment)
        if amount < stands.promised:
            yield _(
                "%(promised)s of it has been promised in an award, so it cannot come to less than that.",
                promised=stands.promised,
            )


def _place(commitment: Commitment, by: Person) -> None:
    """A commitment carried on before its pot was opened takes its place in it."""
    pot = pot_for(commitment)
    assert pot is not None  # `_unvaluable` has asked
    if commitment.pot is None:
        commitment.pot = pot
        record("commitment.placed", commitment, by=by, pot=pot.ref)


def _source(commitment: Commitment) -> str:
    """Whose free money it was taken from: '' the pot's own, or a line of it."""
    taken = [line.out_of.owner for line in books.history(commitment.ref) if line.kind == "passport"]
    return taken[-1] if taken else ""


def _set_aside(commitment: Commitment, to: Money, by: Person) -> None:
    """Make what was set aside come to an amount: the difference moves, today or on its pot's first day."""
    assert commitment.pot is not None
    pot, lines = commitment.pot.ref, books.history(commitment.ref)
    aside = At(pot, commitment.ref, Bucket.PASSPORTED)
    difference = to.pence - standing(commitment).taken.pence
    number = len({line.batch_key for line in lines if line.batch_key.startswith(f"passport:{commitment.ref}")}) + 1
    given: dict[str, Any] = {"on": max(clock.today(), commitment.pot.starts_on), "by": by.ref, "source": commitment.ref}
    if commitment.protected_until is not None:
        ledger.protect(pot, commitment.ref, until=commitment.protected_until, by=by)
    if difference > 0:
        up = Move("passport", At(pot, _source(commitment), Bucket.FREE), aside, difference)
        ledger.enter([up], key=f"passport:{commitment.ref}:{number}", **given)
    elif difference < 0:
        moves, undoes = _corrected(lines, -difference)
        ledger.enter(moves, key=f"passport:{commitment.ref}:{number}", reverses=undoes, **given)


def _corrected(lines: Sequence[books.Line], down: int) -> tuple[list[Move], list[int | None]]:
    """Reverse the latest entries that come to at least so many pence, and enter the rest of them anew."""
    undone = {line.reverses for line in lines}
    moves: list[Move] = []
    undoes: list[int | None] = []
    left = down
    for line in sorted(lines, key=lambda one: one.id, reverse=True):
        if left <= 0:
            break
        if line.kind == "passport" and line.id not in undone:
            moves.append(Move(f"{REVERSE}passport", line.into, line.out_of, line.amount.pence))
            undoes.append(line.id)
            left -= line.amount.pence
            last = line
    if left < 0:
        moves.append(Move("passport", last.out_of, last.into, -left))
        undoes.append(None)
    return moves, undoes


# -- who was asked -----------------------------------------------------------------------------------------------------


@command
def log_consultation(
    commitment: Commitment, *, held_on: date, who: str, how: str, said: str, by: Person, answered: str | None = None
) -> Commitment:
    """Keep who was asked before a commitment is decided, how, what they said and what was answered."""
    require(policies.consult, by, commitment)
    found = []
    if held_on > clock.today():
        found.append(_("The day they were asked cannot be in the future."))
    for typed, sentence in (
        (who, _("Enter who was asked.")),
        (how, _("Enter how they were asked, for example a meeting or a letter.")),
        (said, _("Enter what they said.")),
    ):
        if not typed.strip():
            found.append(sentence)
    if found:
        raise RuleBroken(*found)
    commitment.consultations.append(
        Consultation(
            held_on=held_on,
            who=who.strip(),
            how=how.strip(),
            said=said.strip(),
            answered=(answered or "").strip() or None,
            recorded_by=by.ref,
        )
    )
    record("commitment.consulted", commitment, by=by, who=who.strip(), how=how.strip(), held_on=held_on)
    return commitment


# -- what was resolved -------------------------------------------------------------------------------------------------


@command
def record_review(
    commitment: Commitment,
    *,
    outcome: Outcome,
    resolution: str,
    resolved_on: date,
    effective_on: date,
    reason: str,
    by: Person,
    amount: Money | None = None,
    notice_on: date | None = None,
) -> CommitmentReview:
    """Record the resolution on a commitment: it alone keeps, changes, tapers or releases it (R41).

    Kept, changed or tapered: next year's commitment stands in next year's pot. Its money is protected there at once where
    the amount is known and the pot has it; else its amount is 'not stated' and nothing else is promised from that pot until
    it is. `amount` is for the year to come; kept without one is as much as now. Released: what is still set aside goes back
    to free now if its protection has passed and the day has come, else when somebody gives it back (`give_back`).
    """
    require(policies.review, by, commitment)
    now = worth(commitment)
    if outcome is Outcome.KEEP and amount is None:
        amount = now
    found = list(
        unresolvable(
            commitment,
            outcome=outcome,
            amount=amount,
            resolution=resolution,
            resolved_on=resolved_on,
            effective_on=effective_on,
            notice_on=notice_on,
            reason=reason,
        )
    )
    if found:
        raise RuleBroken(*found)
    review = CommitmentReview(
        ref=next_reference("REV"),
        commitment=commitment,
        outcome=outcome,
        amount=amount,
        resolution=resolution.strip(),
        resolved_on=resolved_on,
        effective_on=effective_on,
        notice_on=notice_on,
        reason=reason.strip(),
        recorded_by=by.ref,
    )
    db.session.add(review)
    if outcome is Outcome.RELEASE:
        commitment.ended_on = effective_on
    else:
        review.became = _carried_on(commitment, review, by)
    db.session.flush()
    facts: dict[str, Any] = {"amount": amount, "reason": review.reason, "notice_on": notice_on, "resolved_on": resolved_on}
    for about in (commitment, review):
        record(
            "commitment.reviewed",
            about,
            by=by,
            outcome=outcome,
            effective_on=effective_on,
            resolution=review.resolution,
            **facts,
        )
    if outcome is Outcome.RELEASE and not list(unfreeable(commitment)):
        _free(commitment, by)
    return review


def _carried_on(before: Commitment, review: CommitmentReview, by: Person) -> Commitment:
    """Next year's commitment: in its pot with its money, where both are there; else in line, its amount not stated."""
    year = next_year(before)
    assert year is not None  # `unresolvable` has asked
    pot = pot_of_year(before.stream, year)
    holds = pot is not None and review.amount is not None and not list(promises.barred(pot))
    holds = holds and pot is not None and review.amount is not None and books.left(pot.ref, "", Bucket.FREE) >= review.amount
    after = Commitment(
        ref=next_reference("COM"),
        stream=before.stream,
        pot=pot,
        recipient=before.recipient,
        organisation=before.organisation,
        locality=before.locality,
        protected="yes",
        kind=before.kind,
        protected_from=clock.first_day(year),
        protected_until=clock.last_day(year),
        review_trigger=before.review_trigger,
        review_due=before.review_due and clock.months_after(before.review_due, 12),
        approval_basis=review.resolution,
        exemption=before.exemption,
        service=before.service,
        pass_through=before.pass_through,
        follows=before,
        fictional=before.fictional,
    )
    db.session.add(after)
    db.session.flush()
    if holds:
        after.amount = review.amount
        assert review.amount is not None
        _set_aside(after, review.amount, by)
    record("commitment.followed", after, by=by, follows=before.ref, resolution=review.resolution, amount=after.amount)
    return after


def unresolvable(
    commitment: Commitment,
    *,
    outcome: Outcome,
    amount: Money | None,
    resolution: str,
    resolved_on: date,
    effective_on: date,
    notice_on: date | None,
    reason: str,
) -> Iterator[str]:
    """Everything against recording this resolution, all at once. Cutting a group's money takes notice and asking them."""
    if standing_review := decided(commitment):
        yield _("This has been decided: %(resolution)s.", resolution=standing_review.resolution)
        return
    if commitment.award:
        yield _("This is a later year of %(award)s. Decide it on the award's page.", award=commitment.award)
        return
    now = worth(commitment)
    yield from unsupported(resolution, resolved_on, reason)
    if outcome is not Outcome.RELEASE and next_year(commitment) is None:
        yield _(
            "No year is stated for this commitment, so it cannot be carried on into the next. Release it, or protect it anew."
        )
    yield from _unlike(outcome, amount, now)
    if commitment.protected_until is not None and effective_on <= commitment.protected_until:
        yield _(
            "It is protected until %(until)s, so the resolution takes effect on %(next)s at the earliest.",
            until=_day(commitment.protected_until),
            next=_day(commitment.protected_until + timedelta(days=1)),
        )
    if for_a_group(commitment) and cuts(outcome, amount, now):
        yield from without_notice(notice_on, effective_on)
        if not any(one.held_on <= resolved_on for one in commitment.consultations):
            yield _(
                "%(group)s would have less money. Ask them first, and keep what they said in the consultation log: "
                "nothing in it is dated on or before the resolution.",
                group=commitment.recipient,
            )


def unsupported(resolution: str, resolved_on: date, reason: str) -> Iterator[str]:
    """A decision cites what was resolved, when, and why."""
    if not resolution.strip():
        yield _("Enter the resolution: which body, which meeting, which number.")
    if resolved_on > clock.today():
        yield _("The day of the resolution cannot be in the future.")
    if not reason.strip():
        yield _("Enter the reason.")


def without_notice(notice_on: date | None, effective_on: date) -> Iterator[str]:
    """A group is told three months before it has less (the three-month notice clock)."""
    if notice_on is None:
        yield _("Enter the day the group was told that it will have less money.")
    elif notice_on > clock.today():
        yield _("The day the group was told cannot be in the future.")
    elif effective_on < earliest(notice_on):
        yield _(
            "The group was told on %(told)s, so it can have less money from %(earliest)s at the earliest.",
            told=_day(notice_on),
            earliest=_day(earliest(notice_on)),
        )


def _unlike(outcome: Outcome, amount: Money | None, now: Money | None) -> Iterator[str]:
    """An outcome and an amount that do not go together."""
    if amount is not None and amount <= ZERO:
        yield _("Enter an amount of more than £0.00.")
    elif outcome is Outcome.RELEASE and amount is not None:
        yield _("Released means that there is no amount for the year to come. Take the %(amount)s away.", amount=amount)
    elif outcome is Outcome.KEEP and now is not None and amount != now:
        yield _("Kept means as much as now, %(now)s. To give %(amount)s, choose change or taper.", now=now, amount=amount)
    elif outcome is Outcome.TAPER and amount is None:
        yield _("Enter what it is tapered to.")
    elif outcome is Outcome.TAPER and now is not None and amount is not None and amount >= now:
        yield _("Tapered means less than now, %(now)s. To give %(amount)s, choose keep or change.", now=now, amount=amount)


# -- what goes back ----------------------------------------------------------------------------------------------------


@command
def give_back(commitment: Commitment, *, by: Person) -> Money:
    """Give back what is still set aside for a commitment that was decided, once its protection and any notice have passed."""
    require(policies.value, by, commitment)
    if found := list(unfreeable(commitment)):
        raise RuleBroken(*found)
    return _free(commitment, by)


def unfreeable(commitment: Commitment) -> Iterator[str]:
    """Everything against giving back what is still set aside."""
    review = decided(commitment)
    ended = commitment.ended_on or (review.effective_on if review else None)
    if ended is None:
        yield _("Nobody has decided this commitment, so its money stays where it is.")
    elif clock.today() < ended:
        yield _("What was resolved takes effect on %(day)s. Nothing goes back before then.", day=_day(ended))
    if commitment.award is None and commitment.protected_until is not None and clock.today() <= commitment.protected_until:
        yield _(
            "It is protected until %(until)s. Nothing goes back before that has passed.", until=_day(commitment.protected_until)
        )
    if standing(commitment).left <= ZERO:
        yield _("Nothing is set aside for it any more.")


def _free(commitment: Commitment, by: Person) -> Money:
    assert commitment.pot is not None
    left, into = standing(commitment).left, _source(commitment)
    moves = draw("release passported", commitment.ref, Bucket.PASSPORTED, (into, Bucket.FREE), left, pot=commitment.pot.ref)
    number = len([line for line in books.history(commitment.ref) if line.kind == "release passported"]) + 1
    ledger.enter(moves, key=f"give back:{commitment.ref}:{number}", on=clock.today(), by=by.ref, source=commitment.ref)
    record("commitment.freed", commitment, by=by, amount=left)
    return left


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
