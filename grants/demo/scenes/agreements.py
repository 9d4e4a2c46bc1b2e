"""The agreement the year's money comes under: its terms, papers and payments, and next year's figures, not a promise yet.

Everything here is made up and says so. The terms are of the kind that regional funders really set.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from grants.agreements import commands as agreements
from grants.agreements.models import Agreement
from grants.demo.story import FUNDER, _at, _who
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import Money
from grants.people import commands as people
from grants.people import queries
from grants.people.models import Person
from grants.streams import allocations, lines
from grants.streams import commands as streams
from grants.streams.models import Allocation, Certainty, LineKind, Pot, Stream

NAME = "Regional safety fund agreement 2026 to 2028 (fictional)"
SUCCESSOR = "demo_funder_successor"
EVENINGS = "demo_summer_evenings"
BEGINS, ENDS = date(2026, 4, 1), date(2028, 3, 31)
COVERED = ("CSG-2026", "VCS-2026", "SVF-2026", "HCF-2026")
NEXT_YEAR = (("CSG-2027", "community_safety_grant", "210,000"), ("VCS-2027", "vcs_grant", "90,000"))
POST = "Community safety grants officer"

# What the funder asks for, by when, and the post that sees to it.
TERMS = (
    ("Send the spending plan the board approved before the first payment.", date(2026, 4, 30), "Finance officer"),
    ("Send an update of spending to the end of June.", date(2026, 7, 20), POST),
    ("Send an update of spending to the end of September.", date(2026, 10, 20), POST),
    ("Send an update of spending to the end of December.", date(2027, 1, 20), POST),
    (
        "Say in February what was spent to the end of January and what will be spent by 31 March.",
        date(2027, 2, 12),
        "Finance officer",
    ),
    (
        "Leave no more than £15,000 in all without a project on 31 March. What is above that is repaid.",
        date(2027, 3, 31),
        "Chief finance officer",
    ),
)
MET = (
    (1, date(2026, 4, 24), "Plan sent by email on 24 April 2026; funding folder, paper 3 (fictional)"),
    (2, date(2026, 7, 17), "Update sent on 17 July 2026; funding folder, paper 5 (fictional)"),
    (3, date(2026, 10, 19), "Update sent on 19 October 2026; funding folder, paper 6 (fictional)"),
)


def tell() -> None:
    """April to November 2026: agreed, signed but for one paper, paid in part, and next year's figures in a letter."""
    _agreed()
    _paid()
    _successor()
    _next_year()
    _cut()


def agreement() -> Agreement:
    """The agreement this scene tells of."""
    return db.session.scalars(select(Agreement).where(Agreement.name == NAME)).one()


def _given_to(pot: str) -> Allocation:
    """The money a pot was opened with."""
    return db.session.scalars(
        select(Allocation).join(Allocation.pot).where(Pot.ref == pot).order_by(Allocation.id).limit(1)
    ).one()


def _agreed() -> None:
    finance = _who("finance officer")
    with clock.stopped(_at(4, 7)):
        made = agreements.add_agreement(
            partnership=queries.partnership("safer_stockport_partnership"),
            name=NAME,
            funder=queries.organisation(FUNDER),
            funder_reference="RSF/26/014 (fictional)",
            starts_on=BEGINS,
            ends_on=ENDS,
            change_limit=Money.pounds("5,000"),
            note="Paid in advance, in halves. Made up for the demonstration.",
            fictional=True,
            by=finance,
        )
        for pot in COVERED:
            agreements.attach(made, _given_to(pot), by=finance)
        for asks, due_on, owner in TERMS:
            agreements.add_condition(made, text=asks, due_on=due_on, owner=owner, by=finance)
        agreements.add_document(
            made,
            title="The agreement and its schedule of amounts (fictional)",
            dated=date(2026, 3, 20),
            kept_at="Funding folder 2026, paper 1",
            by=finance,
        )
        for what, post, signs_for in (
            ("The agreement", "Chief finance officer", "the accountable body"),
            ("The agreement", "Director of the fund", "the funder"),
            ("The data-sharing schedule", "Head of community safety", "the accountable body"),
        ):
            agreements.add_signature(made, what=what, post=post, signs_for=signs_for, by=finance)
    with clock.stopped(_at(4, 16)):
        agreements.record_signed(agreement(), number=1, signed_on=date(2026, 4, 8), by=finance)
        agreements.record_signed(agreement(), number=2, signed_on=date(2026, 4, 14), by=finance)
    for number, met_on, evidence in MET:
        with clock.stopped(_at(met_on.month, met_on.day, 14)):
            agreements.meet_condition(agreement(), number=number, met_on=met_on, evidence=evidence, by=finance)


def _paid() -> None:
    """The small fund came at once, the large ones come in halves: one half came, one is asked for, one is late."""
    finance = _who("finance officer")
    with clock.stopped(_at(4, 20)):
        whole = _expected("HCF-2026", "12,000", date(2026, 4, 30), finance)
        first = _expected("CSG-2026", "115,000", date(2026, 5, 15), finance)
        second = _expected("CSG-2026", "115,000", date(2027, 1, 15), finance)
        _expected("SVF-2026", "80,000", date(2026, 10, 15), finance)
        _expected("VCS-2026", "90,000", date(2027, 2, 1), finance)
    with clock.stopped(_at(5, 5)):
        agreements.receive(
            whole,
            received=Money.pounds("12,000"),
            received_on=date(2026, 5, 1),
            bank_reference="RSF 0417 (fictional)",
            by=finance,
        )
    with clock.stopped(_at(5, 18)):
        agreements.receive(
            first,
            received=Money.pounds("115,000"),
            received_on=date(2026, 5, 15),
            bank_reference="RSF 0436 (fictional)",
            by=finance,
        )
    with clock.stopped(_at(11, 10)):
        agreements.invoice(second, invoiced_on=date(2026, 11, 10), invoice="INV-2026-118 (fictional)", by=finance)


def _expected(pot: str, pounds: str, on: date, by: Person):  # type: ignore[no-untyped-def]  # what the command answers
    return agreements.expect_payment(_given_to(pot), amount=Money.pounds(pounds), expected_on=on, by=by)


def _successor() -> None:
    """The mayor's office takes the fund over in the middle of the year. What came before stays the old body's."""
    with clock.stopped(_at(10, 1)):
        people.add_organisation(
            ref=SUCCESSOR,
            name="Regional mayor's safety office (fictional)",
            organisation_type="funder",
            is_voluntary=False,
            fictional=True,
            by=_who("administrator"),
        )
        agreements.change_funder(
            agreement(),
            organisation=queries.organisation(SUCCESSOR),
            effective_on=date(2026, 10, 1),
            reason="The mayor's office took the fund over by order (fictional)",
            by=_who("finance officer"),
        )


def _next_year() -> None:
    """November: figures for 2027/28 in a letter. Nothing can be promised from them until they are confirmed."""
    finance = _who("finance officer")
    with clock.stopped(_at(11, 3)):
        agreements.add_document(
            agreement(),
            title="Letter with figures for 2027/28, not confirmed (fictional)",
            dated=date(2026, 11, 2),
            kept_at="Funding folder 2026, paper 8",
            by=finance,
        )
        for ref, stream, pounds in NEXT_YEAR:
            agreements.add_allocation(
                agreement(),
                _next_pot(ref, stream, finance),
                certainty=Certainty.INDICATIVE,
                amount=Money.pounds(pounds),
                effective_on=clock.first_day(2027),
                document="Letter of 2 November 2026, funding folder 2026, paper 8 (fictional)",
                by=finance,
            )


def _cut() -> None:
    """A small fund is cut in October below what is set aside in it: what is free goes, the rest waits for a decision (R45)."""
    finance = _who("finance officer")
    with clock.stopped(_at(4, 22)):
        stream = streams.open_stream(
            ref=EVENINGS,
            code="SEF",
            partnership=queries.partnership("safer_stockport_partnership"),
            name="Summer evenings fund (fictional)",
            note="Made up for the demonstration, to show a cut.",
            by=finance,
        )
        pot = streams.open_pot(stream, year=2026, allocation=None, awaited=True, fictional=True, by=finance)
        given = agreements.add_allocation(
            agreement(),
            pot,
            certainty=Certainty.CONFIRMED,
            amount=Money.pounds("6,000"),
            effective_on=date(2026, 4, 22),
            document="Email of 21 April 2026, funding folder 2026, paper 4 (fictional)",
            by=finance,
        )
        lines.open_line(pot, name="Next summer", kind=LineKind.CONTINGENCY, amount=Money.pounds("5,000"), by=finance)
    with clock.stopped(_at(10, 12)):
        allocations.advance(
            given,
            certainty=Certainty.CONFIRMED,
            amount=Money.pounds("4,000"),
            effective_on=date(2026, 10, 9),
            document="Letter of 9 October 2026, funding folder 2026, paper 7 (fictional)",
            by=finance,
        )


def _next_pot(ref: str, stream: str, by: Person) -> Pot:
    """Next year's pot, opened without money unless another scene has opened it."""
    there = db.session.scalar(select(Pot).where(Pot.ref == ref))
    return there or streams.open_pot(
        db.session.scalars(select(Stream).where(Stream.ref == stream)).one(),
        year=2027,
        allocation=None,
        awaited=True,
        fictional=True,
        note="The stream is real; its 2027/28 figure is made up for the demonstration.",
        by=by,
    )
