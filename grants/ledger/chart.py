"""The chart of accounts: what a pound can be, and every move that exists. Anything not here cannot happen.

One *book* is one pot. No transfer leaves its book: money that crosses pots goes out through one book's boundary bucket
and in through the other's, in one batch. So every book sums to nought on its own, at every date and as known at every date.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import NamedTuple

from grants.kernel.words import _, mark


class Bucket(StrEnum):
    """What a pound can be. The balance of an account is its credits less its debits."""

    # Sources. The balance is never above nought: minus what came in.
    FUNDER = "funder"  # owner: the funder
    PARTNER = "partner"  # owner: the contributing partner
    BROUGHT_FORWARD = "brought_forward"  # from last year's pot
    VIRED_IN = "vired_in"  # from another pot
    # Uses. The balance is never below its floor, which is nought unless an authority lowered it.
    FREE = "free"  # owner: '' or a line
    RESERVED = "reserved"  # owner: the round
    PASSPORTED = "passported"  # owner: the commitment; protected until a date
    OFFERED = "offered"  # owner from here to WRITTEN_OFF: the award
    COMMITTED = "committed"
    DUE = "due"  # approved for payment, not yet out of the bank: an accrual at year end
    PAID = "paid"  # out of the bank, not yet accounted for by the group
    EVIDENCED = "evidenced"
    RECOVERABLE = "recoverable"  # demanded back, owed to us
    WRITTEN_OFF = "written_off"
    # Ends. Money that has left the pot for good.
    RETURNED = "returned"  # owner: the funder or partner it went back to
    CARRIED_FORWARD = "carried_forward"  # to next year's pot
    VIRED_OUT = "vired_out"  # to another pot


class At(NamedTuple):
    """An account, by what it is: the book's code, whose ('' for the pot itself), which bucket."""

    book: str
    owner: str
    bucket: Bucket


class Move(NamedTuple):
    """One move of money: its kind, the two accounts, and how much in whole pence above nought."""

    kind: str
    out_of: At
    into: At
    pence: int


B = Bucket
SOURCES: Set[Bucket] = frozenset({B.FUNDER, B.PARTNER, B.BROUGHT_FORWARD, B.VIRED_IN})
USES: Set[Bucket] = frozenset(Bucket) - SOURCES
AWARD: Set[Bucket] = frozenset({B.OFFERED, B.COMMITTED, B.DUE, B.PAID, B.EVIDENCED, B.RECOVERABLE, B.WRITTEN_OFF})
CARRIED: Set[Bucket] = frozenset({B.FREE, B.RESERVED, B.PASSPORTED, B.OFFERED, B.COMMITTED, B.DUE})
SET_ASIDE: Set[Bucket] = frozenset({B.FREE, B.RESERVED, B.PASSPORTED})

_CHART: tuple[tuple[str, Set[Bucket], Set[Bucket], str], ...] = (
    # the pot's money arrives and leaves
    ("allocate", {B.FUNDER}, {B.FREE}, mark("Allocated by the funder")),
    ("allocation cut", {B.FREE}, {B.FUNDER}, mark("Allocation cut by the funder")),
    ("contribute", {B.PARTNER}, {B.FREE}, mark("Contributed by a partner")),
    ("contribution withdrawn", {B.FREE}, {B.PARTNER}, mark("Contribution withdrawn")),
    ("return", {B.FREE}, {B.RETURNED}, mark("Repaid to the funder")),
    ("vire out", {B.FREE}, {B.VIRED_OUT}, mark("Vired to another pot")),
    ("vire in", {B.VIRED_IN}, {B.FREE}, mark("Vired from another pot")),
    ("vire line", {B.FREE}, {B.FREE}, mark("Moved between lines")),
    ("carry forward", CARRIED, {B.CARRIED_FORWARD}, mark("Carried forward to next year")),
    ("bring forward", {B.BROUGHT_FORWARD}, CARRIED, mark("Brought forward from last year")),
    # it is set aside
    ("reserve", {B.FREE}, {B.RESERVED}, mark("Held for a round")),
    ("unreserve", {B.RESERVED}, {B.FREE}, mark("No longer held for a round")),
    ("passport", {B.FREE}, {B.PASSPORTED}, mark("Set aside for a protected commitment")),
    ("release passported", {B.PASSPORTED}, {B.FREE}, mark("Released from a protected commitment")),
    # it is promised
    ("offer", SET_ASIDE, {B.OFFERED}, mark("Offered")),
    ("lapse", {B.OFFERED}, SET_ASIDE, mark("Offer lapsed, declined or withdrawn")),  # back where it came from
    ("accept", {B.OFFERED}, {B.COMMITTED}, mark("Offer accepted")),
    ("increase", SET_ASIDE, {B.COMMITTED}, mark("Award increased")),
    ("release", {B.COMMITTED}, SET_ASIDE, mark("Award reduced")),  # a variation downwards, underspend, cancellation
    # it is paid
    ("approve", {B.COMMITTED}, {B.DUE}, mark("Approved for payment")),
    ("unapprove", {B.DUE}, {B.COMMITTED}, mark("Approval for payment withdrawn")),  # or the bank failed it
    ("pay", {B.DUE}, {B.PAID}, mark("Paid")),
    ("bounce", {B.PAID}, {B.DUE}, mark("Sent back by the bank")),
    ("evidence", {B.PAID}, {B.EVIDENCED}, mark("Accounted for")),
    ("disallow", {B.EVIDENCED}, {B.PAID}, mark("Account of spending disallowed")),
    # it comes back
    ("refund", {B.PAID}, {B.FREE}, mark("Handed back without a demand")),
    ("demand", {B.PAID}, {B.RECOVERABLE}, mark("Demanded back")),
    ("demand withdrawn", {B.RECOVERABLE}, {B.PAID}, mark("Demand withdrawn")),
    ("recover", {B.RECOVERABLE}, {B.FREE}, mark("Recovered")),
    ("write off", {B.RECOVERABLE}, {B.WRITTEN_OFF}, mark("Written off")),
)

# The 30 kinds: each with the pairs of buckets it may join. Every kind has its mirror, 'reverse <kind>'.
KINDS: Mapping[str, Set[tuple[Bucket, Bucket]]] = {
    name: frozenset((a, b) for a in out_of for b in into) for name, out_of, into, _words in _CHART
}
IN_WORDS: Mapping[str, str] = {name: words for name, _out, _into, words in _CHART}

# These two must balance inside one batch, or a pound is lost between pots.
PAIRS: Mapping[str, str] = {"vire out": "vire in", "carry forward": "bring forward"}

# The finance officer's figures, each a sum of buckets. `evidenced` is part of `paid`, not beside it.
FIGURES: Mapping[str, Set[Bucket]] = {
    "allocated": frozenset({B.FUNDER}),
    "contributed": frozenset({B.PARTNER}),
    "brought forward": frozenset({B.BROUGHT_FORWARD}),
    "vired in": frozenset({B.VIRED_IN}),
    "free": frozenset({B.FREE}),
    "held": frozenset({B.RESERVED}),
    "passported": frozenset({B.PASSPORTED}),
    "offered": frozenset({B.OFFERED}),
    "committed": frozenset({B.COMMITTED}),
    "due": frozenset({B.DUE}),
    "paid": frozenset({B.PAID, B.EVIDENCED, B.RECOVERABLE, B.WRITTEN_OFF}),
    "repaid": frozenset({B.RETURNED}),
    "carried forward": frozenset({B.CARRIED_FORWARD}),
    "vired out": frozenset({B.VIRED_OUT}),
}
CAME = ("allocated", "contributed", "brought forward", "vired in")  # what came in equals the sum of all the rest

REVERSE = "reverse "


def in_words(kind: str) -> str:
    """A transfer's kind as a person says it: 'Offer accepted', 'Reversed: offer accepted'."""
    words = _(IN_WORDS[kind.removeprefix(REVERSE)])
    return _("Reversed: %(what)s", what=words[:1].lower() + words[1:]) if kind.startswith(REVERSE) else words


# What is left in an account, said to somebody who asked for more.
LEFT: Mapping[Bucket, str] = {
    B.FREE: mark("%(book)s has %(left)s free; this needs %(needs)s."),
    B.RESERVED: mark("%(book)s has %(left)s held for %(owner)s; this needs %(needs)s."),
    B.PASSPORTED: mark("%(book)s has %(left)s set aside for %(owner)s; this needs %(needs)s."),
    B.OFFERED: mark("%(owner)s has %(left)s offered from %(book)s; this needs %(needs)s."),
    B.COMMITTED: mark("%(owner)s has %(left)s committed from %(book)s; this needs %(needs)s."),
    B.DUE: mark("%(owner)s has %(left)s approved for payment from %(book)s; this needs %(needs)s."),
    B.PAID: mark("%(owner)s has %(left)s paid from %(book)s and not yet accounted for; this needs %(needs)s."),
    B.EVIDENCED: mark("%(owner)s has accounted for %(left)s from %(book)s; this needs %(needs)s."),
    B.RECOVERABLE: mark("%(owner)s owes %(left)s back to %(book)s; this needs %(needs)s."),
    B.WRITTEN_OFF: mark("%(owner)s has %(left)s written off in %(book)s; this needs %(needs)s."),
    B.RETURNED: mark("%(left)s of %(book)s has been repaid to %(owner)s; this needs %(needs)s."),
    B.CARRIED_FORWARD: mark("%(left)s of %(book)s has been carried forward for %(owner)s; this needs %(needs)s."),
    B.VIRED_OUT: mark("%(left)s of %(book)s has been vired to %(owner)s; this needs %(needs)s."),
}
LEFT_OF_A_LINE = mark("%(book)s has %(left)s free for %(owner)s; this needs %(needs)s.")
LEFT_UNDER_AUTHORITY = mark(
    "%(book)s can promise %(left)s more under its authority to promise more than it holds; this needs %(needs)s."
)
