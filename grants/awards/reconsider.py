"""The re-consideration list: every protected commitment, what it holds, who was asked, and what must be decided (R41, R42).

Nothing is ended or renewed here, nor by any date: the list says what waits for a recorded resolution.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from grants.awards import years
from grants.awards.models import Award, State, YearState
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import ZERO, Money
from grants.kernel.waiting import Waiting
from grants.kernel.words import _, mark
from grants.ledger import queries as ledger
from grants.ledger.chart import Bucket
from grants.people.models import Duty, Person
from grants.people.policies import holds
from grants.people.queries import covered
from grants.places.models import Locality
from grants.streams import passporting
from grants.streams.models import Commitment, CommitmentReview, Pot, Stream
from grants.streams.rules import PASSPORTED

SOON, VERY_SOON = 6, 3  # months before its end that a commitment is shown, and waits on somebody
STALE = timedelta(days=731)  # a decision nobody took for two years, about no money, waits on nobody's first page any more


class Section(StrEnum):
    """Where a commitment stands in the list."""

    NEEDED = mark("Decision needed")
    SOON = mark("Ending soon")
    PROTECTED = mark("Protected now")
    OTHER = mark("Fixed-term posts, continued projects and on-going services")
    DECIDED = mark("Decided")


class Became(NamedTuple):
    """An award a commitment became."""

    ref: str
    state: State


class Row(NamedTuple):
    """A commitment as the list shows it."""

    ref: str
    recipient: str
    service: str | None
    locality: str | None
    stream: str
    stream_ref: str
    pot: str | None
    kind: str
    pass_through: bool
    fictional: bool
    protected_until: date | None
    next_year: int | None  # the year a resolution decides for
    next_pot: str | None  # that year's pot, once it is open
    review_trigger: str | None
    review_due: date | None
    amount: Money | None  # stated, or as estimated; none: not stated
    estimated: bool
    left: Money  # set aside, and nobody was promised it
    awards: Sequence[Became]
    consultations: int
    review: CommitmentReview | None
    in_line: bool  # carried on, and its pot is not open yet
    section: Section
    needed: bool  # its end has passed, and nobody has decided
    within: bool  # it ends within three months


class Page(NamedTuple):
    """The whole list, by section, and the later years of awards that wait."""

    sections: Mapping[Section, Sequence[Row]]
    later: Sequence[years.Promised]
    years: Sequence[int]  # every year a resolution decides for, for the filter


def reconsider(by: Person, year: int | None = None) -> Page:
    """Every protected commitment in a person's scope, or those whose next year is `year`. A constant number of statements."""
    rows = _rows(by)
    found: dict[Section, list[Row]] = {section: [] for section in Section}
    for row in rows:
        if year is None or row.next_year == year:
            found[row.section].append(row)
    later = [one for one in years.open_years(by) if year is None or one.year == year]
    return Page(found, later, sorted({row.next_year for row in rows if row.next_year is not None}))


def _rows(by: Person) -> Sequence[Row]:
    commitments = db.session.scalars(
        select(Commitment)
        .join(Commitment.stream)
        .where(covered(by, Stream.partnership_id, Stream.ref), Commitment.award.is_(None))
        .options(
            joinedload(Commitment.stream),
            joinedload(Commitment.pot),
            joinedload(Commitment.organisation),
            selectinload(Commitment.estimates),
            selectinload(Commitment.reviews),
            selectinload(Commitment.consultations),
        )
        .order_by(Commitment.protected_until.is_(None), Commitment.protected_until, Commitment.ref)
    ).all()
    if not commitments:
        return []
    held = _left([one.ref for one in commitments])
    awards = _awards([one.id for one in commitments])
    pots = {
        (stream_id, year): ref
        for stream_id, year, ref in db.session.execute(
            select(Pot.stream_id, Pot.year, Pot.ref).where(Pot.stream_id.in_({one.stream_id for one in commitments}))
        )
    }
    stated = {one.locality for one in commitments if one.locality}
    named = db.session.execute(select(Locality.ref, Locality.name).where(Locality.ref.in_(stated)))
    places = {row.ref: row.name for row in named}
    return [_row(one, held, awards, pots, places) for one in commitments]


def _row(
    one: Commitment,
    held: Mapping[str, Money],
    awards: Mapping[int, Sequence[Became]],
    pots: Mapping[tuple[int, int], str],
    places: Mapping[str, str],
) -> Row:
    section, needed, within = stands(one)
    next_year = passporting.next_year(one)
    return Row(
        ref=one.ref,
        recipient=one.organisation.name if one.organisation else one.recipient,
        service=one.service,
        locality=places.get(one.locality or ""),
        stream=one.stream.name,
        stream_ref=one.stream.ref,
        pot=one.pot.ref if one.pot else None,
        kind=one.kind,
        pass_through=one.pass_through,
        fictional=one.fictional,
        protected_until=one.protected_until,
        next_year=next_year,
        next_pot=pots.get((one.stream_id, next_year)) if next_year is not None else None,
        review_trigger=one.review_trigger,
        review_due=one.review_due,
        amount=passporting.worth(one),
        estimated=one.amount is None and bool(one.estimates),
        left=held.get(one.ref, ZERO),
        awards=awards.get(one.id, ()),
        consultations=len(one.consultations),
        review=passporting.decided(one),
        in_line=one.pot is None and one.follows_id is not None,
        section=section,
        needed=needed,
        within=within,
    )


def stands(one: Commitment) -> tuple[Section, bool, bool]:
    """Its section; whether its end has passed undecided; whether it ends within three months."""
    today = clock.today()
    if one.reviews or one.ended_on is not None:
        return Section.DECIDED, False, False
    ends = one.protected_until
    needed = ends is not None and ends < today
    within = ends is not None and not needed and ends <= clock.months_after(today, VERY_SOON)
    if one.kind != PASSPORTED:
        return Section.OTHER, needed, within
    if needed:
        return Section.NEEDED, True, False
    if ends is not None and ends <= clock.months_after(today, SOON):
        return Section.SOON, False, within
    return Section.PROTECTED, False, False


def _left(refs: Collection[str]) -> Mapping[str, Money]:
    found: dict[str, int] = defaultdict(int)
    for (owner, _book, bucket), amount in ledger.owned_by(refs).items():
        if bucket is Bucket.PASSPORTED:
            found[owner] += amount.pence
    return {owner: Money(pence) for owner, pence in found.items()}


def _awards(ids: Collection[int]) -> Mapping[int, Sequence[Became]]:
    found: dict[int, list[Became]] = defaultdict(list)
    asked = select(Award.commitment_id, Award.ref, Award.state).where(Award.commitment_id.in_(ids)).order_by(Award.ref)
    for commitment_id, ref, state in db.session.execute(asked):
        if commitment_id is not None:
            found[commitment_id].append(Became(ref, state))
    return found


def awards_of(one: Commitment) -> Sequence[Became]:
    """The awards a commitment became, or whose later year it is."""
    asked = select(Award.ref, Award.state).where(or_(Award.commitment_id == one.id, Award.ref == (one.award or "")))
    return [Became(*row) for row in db.session.execute(asked.order_by(Award.ref))]


# -- for the pot's page ------------------------------------------------------------------------------------------------


class FirstCall(NamedTuple):
    """What comes before anything new in a pot: later years of awards not protected yet, and commitments carried on."""

    years: Sequence[years.Promised]
    in_line: Sequence[Commitment]
    amount: Money  # of the years; what stands in line may have no amount


def first_call(pot: Pot) -> FirstCall:
    """The promises that have first call on a pot and are not protected in it yet. Two statements."""
    promised = years.first_call(pot)
    in_line = db.session.scalars(
        select(Commitment)
        .where(
            Commitment.pot_id.is_(None),
            Commitment.stream_id == pot.stream_id,
            Commitment.protected_from.between(pot.starts_on, pot.ends_on),
            Commitment.ended_on.is_(None),
        )
        .order_by(Commitment.ref)
    ).all()
    return FirstCall(promised, in_line, Money(sum(one.amount.pence for one in promised)))


# -- what waits --------------------------------------------------------------------------------------------------------


def waiting(by: Person) -> list[Waiting]:
    """For officers of a stream: commitments to re-consider, from three months before they end; years of awards to protect
    or decide; and, for finance, what nobody has stated in a pot that is open."""
    duties = {holding.duty for holding in by.holdings}
    if not duties & {Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER}:
        return []
    found = [*_to_reconsider(by), *_years(by, finance=Duty.FINANCE_OFFICER in duties)]
    return sorted(found, key=lambda one: (one.since, one.ref))


def _to_reconsider(by: Person) -> list[Waiting]:
    horizon = clock.months_after(clock.today(), VERY_SOON)
    decided = select(CommitmentReview.commitment_id)
    asked = (
        select(Commitment)
        .join(Commitment.stream)
        .where(
            covered(by, Stream.partnership_id, Stream.ref),
            Commitment.award.is_(None),
            Commitment.ended_on.is_(None),
            Commitment.id.not_in(decided),
            Commitment.protected_until <= horizon,
            Commitment.protected_until >= clock.today() - STALE,
        )
        .options(joinedload(Commitment.stream).joinedload(Stream.partnership), joinedload(Commitment.organisation))
        .order_by(Commitment.protected_until, Commitment.ref)
    )
    lines = []
    for one in db.session.scalars(asked):
        stream = one.stream
        duties = (Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER)
        if not any(holds(by, duty, partnership=stream.partnership, stream=stream.ref) for duty in duties):
            continue
        assert one.protected_until is not None
        shown_from = clock.months_after(one.protected_until, -VERY_SOON)
        what = _(
            "Re-consider %(recipient)s: protected until %(day)s",
            recipient=one.organisation.name if one.organisation else one.recipient,
            day=f"{one.protected_until.day} {one.protected_until:%B %Y}",
        )
        lines.append(Waiting(clock.start_of(shown_from), what, one.ref, "passporting.show", {"ref": one.ref}))
    return lines


def _years(by: Person, *, finance: bool) -> list[Waiting]:
    lines = []
    for one in years.open_years(by):
        if one.pot is None:
            continue
        year = clock.year_label(one.year)
        if one.state is YearState.SUBJECT_TO_FUNDING and finance:
            what = _("Protect %(amount)s for %(year)s of “%(title)s”", amount=one.amount, year=year, title=one.title)
        elif one.state is YearState.PROTECTED:
            what = _("Decide %(year)s of “%(title)s”: keep, taper or release", year=year, title=one.title)
        else:
            continue
        args = {"ref": one.award, "year": one.year}
        page = "passporting.protect_year" if one.state is YearState.SUBJECT_TO_FUNDING else "passporting.decide_year"
        since = min(clock.now(), clock.start_of(clock.months_after(clock.first_day(one.year), -VERY_SOON)))
        lines.append(Waiting(since, what, one.award, page, args))
    return lines
