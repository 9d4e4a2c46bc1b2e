"""What a change to a budget posts, what stands in its way, and the digest that ties an approval to exact figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from grants.budget.models import AuthorityKind, BudgetChange, ChangeKind, ChangeState, SpendingAuthority
from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _, mark
from grants.ledger import chart
from grants.ledger.chart import CARRIED, At, Bucket, Move
from grants.people.delegation import What
from grants.streams.models import Pot, Spending

LONG = 1000  # characters of a reason
SHORT = 300  # of a document, a resolution, an underwriter

K, B = ChangeKind, Bucket

# What the delegation table calls each kind.
DELEGATED: Mapping[ChangeKind, What] = {
    K.VIREMENT: What.VIREMENT,
    K.LINE: What.LINE,
    K.CONTRIBUTION: What.CONTRIBUTION,
    K.CARRY_FORWARD: What.CARRY_FORWARD,
    K.REPAYMENT: What.REPAYMENT,
    K.DEMAND: What.DEMAND,
    K.DEMAND_WITHDRAWN: What.DEMAND,
    K.RECOVERY: What.RECOVERY,
    K.WRITE_OFF: What.WRITE_OFF,
}
AUTHORISED: Mapping[AuthorityKind, What] = {
    AuthorityKind.AT_RISK: What.AT_RISK,
    AuthorityKind.OVER_PROGRAMMING: What.OVER_PROGRAMMING,
}

# The buckets each kind may take money out of. The chart has the moves; this says which of them a person may ask for.
LEAVES: Mapping[ChangeKind, frozenset[Bucket]] = {
    K.VIREMENT: frozenset({B.FREE}),
    K.LINE: frozenset({B.FREE}),
    K.CONTRIBUTION: frozenset({B.PARTNER}),
    K.CARRY_FORWARD: frozenset(CARRIED),
    K.REPAYMENT: frozenset({B.FREE}),
    K.DEMAND: frozenset({B.PAID}),
    K.DEMAND_WITHDRAWN: frozenset({B.RECOVERABLE}),
    K.RECOVERY: frozenset({B.RECOVERABLE, B.PAID}),  # what was demanded, or what a group hands back unasked
    K.WRITE_OFF: frozenset({B.RECOVERABLE}),
}
CLEARS = frozenset({K.VIREMENT, K.LINE, K.CONTRIBUTION, K.RECOVERY})  # what brings free money in, and so can clear a debt
TWO_POTS = frozenset({K.VIREMENT, K.CARRY_FORWARD})

KINDS: Mapping[ChangeKind, tuple[str, str]] = {  # as a choice and its hint
    K.VIREMENT: (mark("Virement"), mark("Free money moves from one pot to another of the same partnership.")),
    K.LINE: (mark("Move between lines"), mark("Free money moves between a pot and its lines, or between two lines.")),
    K.CONTRIBUTION: (mark("Partner’s contribution"), mark("Money that a partner pledged has come, and becomes the pot’s.")),
    K.CARRY_FORWARD: (mark("Carry forward"), mark("Money of any stage goes on in next year’s pot of the same stream.")),
    K.REPAYMENT: (mark("Repayment to the funder"), mark("Free money goes back to whoever gave it.")),
    K.DEMAND: (mark("Demand back"), mark("Money that was paid is asked for again, and owed to us.")),
    K.DEMAND_WITHDRAWN: (mark("Withdraw a demand"), mark("Money that was asked for again is not owed after all.")),
    K.RECOVERY: (mark("Recovery"), mark("Money that was owed to us, or is handed back, has come in.")),
    K.WRITE_OFF: (mark("Write-off"), mark("Money owed to us will not come: we stop asking for it.")),
}
STAGES: Mapping[Bucket, str] = {
    B.FUNDER: mark("allocated"),
    B.PARTNER: mark("contributed"),
    B.BROUGHT_FORWARD: mark("brought forward"),
    B.VIRED_IN: mark("vired in"),
    B.FREE: mark("free"),
    B.RESERVED: mark("held"),
    B.PASSPORTED: mark("passported (protected)"),
    B.OFFERED: mark("offered"),
    B.COMMITTED: mark("committed"),
    B.DUE: mark("approved for payment"),
    B.PAID: mark("paid, not yet accounted for"),
    B.EVIDENCED: mark("accounted for"),
    B.RECOVERABLE: mark("owed back to us"),
    B.WRITTEN_OFF: mark("written off"),
    B.RETURNED: mark("repaid to funder"),
    B.CARRIED_FORWARD: mark("carried forward"),
    B.VIRED_OUT: mark("vired out"),
}


def kind_in_words(kind: ChangeKind) -> str:
    """'Carry forward'."""
    return _(KINDS[kind][0])


class Wanted(NamedTuple):
    """What is asked for, before or after it is a row. `owner` of a contribution is its reference (CON-26-00001)."""

    kind: ChangeKind
    pot: Pot
    amount: Money
    effective_on: date
    reason: str
    document: str
    into_pot: Pot | None = None
    owner: str = ""
    bucket: Bucket = Bucket.FREE
    into_owner: str = ""
    body: str | None = None
    resolution: str | None = None
    clears: str | None = None


def wanted(change: BudgetChange) -> Wanted:
    """What a change that was asked for wants."""
    return Wanted(
        kind=change.kind,
        pot=change.pot,
        amount=change.amount,
        effective_on=change.effective_on,
        reason=change.reason,
        document=change.document,
        into_pot=change.into_pot,
        owner=change.owner,
        bucket=Bucket(change.bucket),
        into_owner=change.into_owner,
        body=change.body,
        resolution=change.resolution,
        clears=change.clears,
    )


def moves(want: Wanted) -> list[Move]:
    """What it posts, in one batch. What crosses pots leaves the one book and enters the other to the penny."""
    book, pence = want.pot.ref, want.amount.pence
    source, free = At(book, want.owner, want.bucket), At(book, "", B.FREE)
    if want.kind is K.CONTRIBUTION:
        return [Move("contribute", At(book, f"partner:{want.body or 'not-stated'}", B.PARTNER), free, pence)]
    if want.kind in TWO_POTS:
        assert want.into_pot is not None
        into = want.into_pot.ref
        if want.kind is K.VIREMENT:
            return [
                Move("vire out", source, At(book, into, B.VIRED_OUT), pence),
                Move("vire in", At(into, book, B.VIRED_IN), At(into, want.into_owner, B.FREE), pence),
            ]
        whose = want.into_owner if want.bucket is B.FREE else want.owner
        return [
            Move("carry forward", source, At(book, into, B.CARRIED_FORWARD), pence),
            Move("bring forward", At(into, book, B.BROUGHT_FORWARD), At(into, whose, want.bucket), pence),
        ]
    kind, to = {
        K.LINE: ("vire line", At(book, want.into_owner, B.FREE)),
        K.REPAYMENT: ("return", At(book, f"funder:{want.body or 'not-stated'}", B.RETURNED)),
        K.DEMAND: ("demand", At(book, want.owner, B.RECOVERABLE)),
        K.DEMAND_WITHDRAWN: ("demand withdrawn", At(book, want.owner, B.PAID)),
        K.RECOVERY: ("recover" if want.bucket is B.RECOVERABLE else "refund", free),
        K.WRITE_OFF: ("write off", At(book, want.owner, B.WRITTEN_OFF)),
    }[want.kind]
    return [Move(kind, source, to, pence)]


def token(want: Wanted) -> str:
    """What somebody saw the effect of, so that what they confirm is the same."""
    posted = [f"{move.kind} {'|'.join(move.out_of)} {'|'.join(move.into)} {move.pence}" for move in moves(want)]
    return _digest(*posted, want.effective_on.isoformat())


def digest(change: BudgetChange) -> str:
    """The figures a second person approves. Change any of them and the digest differs, so an earlier approval falls."""
    return _digest(
        change.ref,
        change.kind,
        change.pot.ref,
        change.into_pot.ref if change.into_pot else "",
        change.owner,
        change.bucket,
        change.into_owner,
        change.body,
        change.amount.pence,
        change.effective_on.isoformat(),
        change.resolution,
        change.clears,
    )


def digest_of_authority(authority: SpendingAuthority) -> str:
    """The same of an authority."""
    return _digest(
        authority.ref,
        authority.kind,
        authority.pot.ref,
        authority.allocation.ref if authority.allocation else "",
        authority.allowed.pence,
        authority.until.isoformat(),
        authority.underwriter,
        authority.resolution,
    )


def _digest(*figures: str | int | None) -> str:
    return hashlib.sha256(json.dumps(figures, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


# -- what stands in the way ----------------------------------------------------------------------------------------------


class Facts(NamedTuple):
    """What is so when it is asked, found by `queries.facts`."""

    there: Money  # what the account it leaves has
    lines: frozenset[str]  # the lines of its pot
    into_lines: frozenset[str]  # the lines of the pot it goes to
    spending: Spending  # may the pot's money buy lasting things, or pay for running?
    into_spending: Spending
    barred: tuple[str, ...]  # why nothing may be taken from the pot's free money
    body_known: bool  # the organisation named exists
    resolution_needed: bool
    clears: str | None  # the pot of the authority it is said to clear


def unfit(want: Wanted, facts: Facts) -> Iterator[str]:
    """Everything that stops it, all at once."""
    yield from _incomplete(want, facts)
    yield from _misdated(want)
    yield from _misplaced(want, facts)
    if want.into_pot is not None:
        yield from _two_pots(want, want.into_pot, facts)
    yield from facts.barred
    if want.kind is not K.CONTRIBUTION and want.amount > Money(0) and facts.there < want.amount:
        yield too_little(want, facts.there)
    if want.clears:
        yield from _clears(want, facts)


def too_little(want: Wanted, there: Money) -> str:
    """What is left, said to somebody who asked for more."""
    sentence = chart.LEFT_OF_A_LINE if want.bucket is B.FREE and want.owner else chart.LEFT[want.bucket]
    left = str(max(there, Money(0)))
    return _(sentence, book=want.pot.ref, owner=want.owner, left=left, needs=str(want.amount))


def _incomplete(want: Wanted, facts: Facts) -> Iterator[str]:
    if want.amount <= Money(0):
        yield _("Enter an amount of more than £0.00.")
    yield from unexplained(want.reason, want.document)
    if facts.resolution_needed and not (want.resolution or "").strip():
        yield _(
            "%(what)s of %(amount)s needs a resolution. Enter its number or date.",
            what=kind_in_words(want.kind),
            amount=str(want.amount),
        )
    if len(want.resolution or "") > SHORT:
        yield _("The resolution must be %(most)s characters or fewer.", most=SHORT)
    if want.kind is K.REPAYMENT and want.body and not facts.body_known:
        yield _("There is no organisation %(ref)s. Choose the funder it goes back to.", ref=want.body)
    if want.bucket not in LEAVES[want.kind]:
        yield _("%(what)s cannot take money that is %(stage)s.", what=kind_in_words(want.kind), stage=_(STAGES[want.bucket]))


def unexplained(reason: str, document: str) -> Iterator[str]:
    """A reason, and the paper it rests on: both are read by whoever approves and by the auditor."""
    if not reason.strip():
        yield _("Enter the reason.")
    elif len(reason.strip()) > LONG:
        yield _("The reason must be %(most)s characters or fewer.", most=LONG)
    if not document.strip():
        yield _("Enter the source document, for example a minute, a letter or an invoice.")
    elif len(document.strip()) > SHORT:
        yield _("The source document must be %(most)s characters or fewer.", most=SHORT)


def _misdated(want: Wanted) -> Iterator[str]:
    today = clock.today()
    pots = [want.pot, *([want.into_pot] if want.into_pot else [])]
    last = max([today, *(pot.starts_on for pot in pots)])  # money of a year that is still to come is dated its first day
    if want.effective_on > last:
        yield _("The date cannot be after %(last)s.", last=day_in_words(last))
    if want.effective_on < want.pot.starts_on:
        yield _(
            "The date cannot be before %(first)s, when the year of %(pot)s begins.",
            first=day_in_words(want.pot.starts_on),
            pot=want.pot.ref,
        )
    for pot in pots:
        if pot.book.closed_through and want.effective_on <= pot.book.closed_through:
            yield _(
                "The books of %(pot)s are closed up to %(day)s. Choose a later date, or ask for them to be opened again.",
                pot=pot.ref,
                day=day_in_words(pot.book.closed_through),
            )


def _misplaced(want: Wanted, facts: Facts) -> Iterator[str]:
    if want.bucket is B.FREE and want.owner and want.owner not in facts.lines:
        yield _("%(line)s is not a line of %(pot)s.", line=want.owner, pot=want.pot.ref)
    if want.kind in (K.LINE, K.VIREMENT, K.CARRY_FORWARD) and want.into_owner:
        into = want.pot if want.kind is K.LINE else want.into_pot
        if want.into_owner not in (facts.lines if want.kind is K.LINE else facts.into_lines) and into is not None:
            yield _("%(line)s is not a line of %(pot)s.", line=want.into_owner, pot=into.ref)
    if want.kind is K.LINE and want.owner == want.into_owner:
        yield _("Choose two different lines.")
    if want.kind in TWO_POTS and want.into_pot is None:
        yield _("Choose the pot the money goes to.")


def _two_pots(want: Wanted, into: Pot, facts: Facts) -> Iterator[str]:
    pot = want.pot
    if pot.id == into.id:
        yield _("Choose two different pots.")
    elif want.kind is K.CARRY_FORWARD:
        if into.stream_id != pot.stream_id or into.year != pot.year + 1:
            yield _(
                "Money of %(pot)s is carried into the pot of the same stream for %(year)s. To move it to another, ask for a "
                "virement.",
                pot=pot.ref,
                year=clock.year_label(pot.year + 1),
            )
    else:
        yield from _ring_fenced(pot, into, facts)


def _ring_fenced(pot: Pot, into: Pot, facts: Facts) -> Iterator[str]:
    if pot.stream.partnership_id != into.stream.partnership_id:
        yield _("The two pots belong to different partnerships. Money moves between them only as a grant or a repayment.")
    if pot.stream.voluntary_only and not into.stream.voluntary_only:
        yield _(
            "%(stream)s is only for voluntary and community organisations, and %(other)s is not, so its money cannot go there. "
            "Only whoever gave it could agree to that: ask them to change the terms, or repay it to them.",
            stream=pot.stream.name,
            other=into.stream.name,
        )
    if facts.spending is Spending.CAPITAL and facts.into_spending is Spending.REVENUE:
        yield _(
            "%(pot)s is capital money and %(into)s is revenue. Capital money cannot pay for running costs.",
            pot=pot.ref,
            into=into.ref,
        )


def _clears(want: Wanted, facts: Facts) -> Iterator[str]:
    into = want.into_pot or want.pot
    if want.kind not in CLEARS:
        yield _("Only a change that brings free money in can clear what was promised beyond it.")
    elif facts.clears is None:
        yield _("There is no authority %(ref)s.", ref=want.clears)
    elif facts.clears != into.ref:
        yield _("%(ref)s is about %(pot)s, and this money goes to %(into)s.", ref=want.clears, pot=facts.clears, into=into.ref)
    elif want.kind is K.LINE and want.into_owner:
        yield _("Only the pot’s own free money is promised beyond what it holds: move the money from a line to the pot.")


def decided(change: BudgetChange) -> str:
    """Said to whoever comes second."""
    assert change.state is not ChangeState.ASKED
    by = change.decided_by or change.asked_by
    said = {
        ChangeState.APPROVED: mark("%(name)s approved this change on %(when)s. Nothing more is to be decided."),
        ChangeState.REFUSED: mark("%(name)s refused this change on %(when)s. Nothing more is to be decided."),
        ChangeState.WITHDRAWN: mark("%(name)s withdrew this change on %(when)s. Nothing more is to be decided."),
    }[change.state]
    assert change.decided_at is not None
    here = clock.civil(change.decided_at)
    return _(said, name=by.name, when=_("%(day)s at %(time)s", day=day_in_words(here.date()), time=f"{here:%H:%M}"))


def changed(seen: str, now: str) -> Iterator[str]:
    """An approval is of the figures that were read."""
    if seen != now:
        yield _("The figures changed after this page was drawn. Read them again before you approve.")


def refused(because: str) -> Iterator[str]:
    """Refusing takes a reason that whoever asked will read."""
    if not because.strip():
        yield _("Say why. Whoever asked will read this.")
    elif len(because.strip()) > LONG:
        yield _("The reason must be %(most)s characters or fewer.", most=LONG)


def day_in_words(day: date) -> str:
    """3 March 2027."""
    return f"{day.day} {day:%B %Y}"


# -- authorities ---------------------------------------------------------------------------------------------------------


def allowed(limit: Money | None, basis_points: int | None, allocation: Money | None) -> Money | None:
    """The limit in pounds: as it was given, or that percentage of the pot's confirmed allocation, pence rounded down."""
    if limit is not None:
        return limit
    if basis_points is None or allocation is None:
        return None
    return Money(allocation.pence * basis_points // 10_000)


class Expected(NamedTuple):
    """The allocation an at-risk authority is against: what it is now, and what other authorities against it allow."""

    pot: str
    ahead: bool  # expected or indicative, not confirmed and not withdrawn
    amount: Money
    taken: Money


def unauthorisable(
    pot: Pot,
    kind: AuthorityKind,
    limit: Money | None,
    *,
    until: date,
    underwriter: str,
    reason: str,
    document: str,
    resolution: str | None,
    resolution_needed: bool,
    against: Expected | None,
) -> Iterator[str]:
    """Everything that stops a pot being authorised to promise more than it holds."""
    if limit is None and pot.allocation is None:
        yield _("The allocation of %(pot)s is not confirmed, so a percentage of it is not known. Enter pounds.", pot=pot.ref)
    elif limit is None or limit <= Money(0):
        yield _("Enter a limit of more than £0.00.")
    if until < clock.today():
        yield _("The last day cannot have passed.")
    elif until > pot.ends_on:
        yield _(
            "The last day must be in the pot’s year: it ends on %(end)s, and what is used must be cleared by then.",
            end=day_in_words(pot.ends_on),
        )
    yield from unexplained(reason, document)
    if not underwriter.strip():
        yield _("Enter who makes it good if the money does not come.")
    elif len(underwriter.strip()) > SHORT:
        yield _("Who makes it good must be %(most)s characters or fewer.", most=SHORT)
    if resolution_needed and not (resolution or "").strip():
        yield _("An authority for %(amount)s needs a resolution. Enter its number or date.", amount=str(limit))
    if kind is AuthorityKind.AT_RISK:
        yield from _not_against(pot, limit, against)
    elif against is not None:
        yield _("Over-programming is not against one allocation. Leave the allocation out.")
    elif not pot.allocation:
        yield _("%(pot)s has no confirmed allocation. Money that is expected is spent at risk: ask for that.", pot=pot.ref)


def _not_against(pot: Pot, limit: Money | None, against: Expected | None) -> Iterator[str]:
    if against is None:
        yield _("Choose the allocation that is expected.")
        return
    if against.pot != pot.ref:
        yield _("That allocation is for another pot.")
    if not against.ahead:
        yield _("That allocation is not expected or indicative any more, so nothing is spent at risk against it.")
    elif limit is not None and limit + against.taken > against.amount:
        yield _(
            "%(amount)s is expected and %(taken)s of it may be spent at risk already. The limit can be %(left)s at the most.",
            amount=str(against.amount),
            taken=str(against.taken),
            left=str(max(Money(0), against.amount - against.taken)),
        )
