"""What funders give: only confirmed money is in the books; a cut takes what is free, and the rest waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from grants.audit import proofs as audit_proofs
from grants.audit import queries as audit
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import ZERO, Money
from grants.ledger import commands as ledger_commands
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.ledger.commands import Move
from grants.people.duties import GROUP
from grants.people.models import Duty
from grants.streams import allocations, proofs, queries
from grants.streams.models import Allocation, AllocationStatus, AllocationStep, Certainty, Pot, Shortfall
from tests.builders.agreements import a_funder, a_step, an_allocation
from tests.builders.people import a_partnership, a_person
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

CONFIRMED, INDICATIVE, EXPECTED = Certainty.CONFIRMED, Certainty.INDICATIVE, Certainty.EXPECTED
RECEIVED, WITHDRAWN = Certainty.RECEIVED, Certainty.WITHDRAWN


def free(pot: Pot) -> Money:
    return ledger.balance(At(pot.ref, "", Bucket.FREE))


def given_by_funders(pot: Pot) -> Money:
    return -ledger.balances([pot.ref]).get((pot.ref, Bucket.FUNDER), ZERO)


def the_shortfall() -> Shortfall:
    return db.session.scalars(select(Shortfall)).one()


def sound() -> bool:
    return [*proofs.faults(), *ledger_proofs.faults(), *audit_proofs.faults()] == []


# -- only confirmed money is in the books -----------------------------------------------------------------------------------


def test_a_pot_opened_with_an_allocation_has_it_on_record_as_confirmed(app: Flask) -> None:
    funder = a_funder()
    pot = a_pot("1000", funders=[funder.ref], note="Made up")

    [row] = allocations.of_pot(pot)

    assert (row.certainty, row.amount, row.effective_on, row.funder) == (
        CONFIRMED,
        Money.pounds(1000),
        pot.starts_on,
        funder.name,
    )
    assert [line.batch_key for line in ledger.history(f"funder:{funder.ref}")] == [f"allocation:{pot.ref}"]
    assert sound()


def test_a_pot_without_a_stated_allocation_has_none_on_record(sqlite_app: Flask) -> None:
    assert allocations.of_pot(a_pot(None)) == []
    assert allocations.of_pot(a_pot(None, awaited=True)) == []


@pytest.mark.parametrize("certainty", [EXPECTED, INDICATIVE])
def test_expected_and_indicative_money_is_shown_apart_and_posts_nothing(app: Flask, certainty: Certainty) -> None:
    pot = a_pot(None)
    an_allocation("600", certainty, pot=pot)

    assert (pot.allocation, pot.allocation_status) == (None, AllocationStatus.AWAITED)
    assert ledger.balances([pot.ref]) == {}
    assert allocations.ahead([pot.ref]) == {pot.ref: {certainty: Money.pounds(600)}}
    assert sound()


def test_it_becomes_free_money_on_the_day_the_confirmation_says(app: Flask) -> None:
    funder = a_funder()
    pot = a_pot(None, awaited=True)
    allocation = an_allocation("600", EXPECTED, pot=pot, funder=funder.ref, document=None)
    a_step(allocation, "650", INDICATIVE)
    a_step(allocation, "700", CONFIRMED, effective_on=date(2026, 5, 12))

    assert (pot.allocation, pot.allocation_status, free(pot)) == (
        Money.pounds(700),
        AllocationStatus.CONFIRMED,
        Money.pounds(700),
    )
    assert [(line.effective_date, line.amount) for line in ledger.history(f"funder:{funder.ref}")] == [
        (date(2026, 5, 12), Money.pounds(700))
    ]
    assert [(step.certainty, step.amount) for step in allocation.steps] == [
        (EXPECTED, Money.pounds(600)),
        (INDICATIVE, Money.pounds(650)),
        (CONFIRMED, Money.pounds(700)),
    ]
    assert pot.funders == [funder.ref]
    assert audit.history(allocation.ref)[0].sentence == (
        f"{pot.ref}: now confirmed, £700.00, dated 12 May 2026 (was indicative, £650.00)"
    )
    assert sound()


def test_receiving_it_moves_nothing(sqlite_app: Flask) -> None:
    allocation = an_allocation("600")
    a_step(allocation, "600", RECEIVED)
    assert (allocation.pot.allocation, free(allocation.pot)) == (Money.pounds(600), Money.pounds(600))
    assert sound()


def test_two_funders_of_one_pot_are_added_up(app: Flask) -> None:
    pot = a_pot("1000")
    one, other = a_funder(), a_funder()
    an_allocation("200", pot=pot, funder=one.ref)
    an_allocation("300", INDICATIVE, pot=pot, funder=other.ref)
    assert (pot.allocation, free(pot)) == (Money.pounds(1200), Money.pounds(1200))
    assert pot.funders == [one.ref, other.ref]
    assert sound()


def test_what_it_was_on_a_day_and_as_known_at_an_instant_stays_answerable(app: Flask) -> None:
    pot = a_pot(None)
    with clock.stopped(datetime(2026, 4, 10, 9, tzinfo=UTC)):
        allocation = an_allocation("600", INDICATIVE, pot=pot, effective_on=date(2026, 4, 1))
    with clock.stopped(datetime(2026, 5, 12, 9, tzinfo=UTC)):
        a_step(allocation, "700", CONFIRMED, effective_on=date(2026, 4, 20))

    def said(on: date, known: datetime) -> object:
        return allocations.stood(on, known, [pot.ref])

    before, after = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    assert said(date(2026, 4, 30), before) == {pot.ref: {INDICATIVE: Money.pounds(600)}}
    assert said(date(2026, 4, 30), after) == {pot.ref: {CONFIRMED: Money.pounds(700)}}
    assert said(date(2026, 4, 19), after) == {pot.ref: {INDICATIVE: Money.pounds(600)}}
    assert said(date(2026, 3, 31), after) == {}
    assert -ledger.as_at(date(2026, 4, 30), after, [pot.ref])[(pot.ref, Bucket.FUNDER)] == Money.pounds(700)


# -- raised and cut ---------------------------------------------------------------------------------------------------------


def test_a_raise_posts_the_difference(app: Flask) -> None:
    allocation = an_allocation("600")
    a_step(allocation, "600.01", effective_on=date(2026, 7, 1))
    pot = allocation.pot
    assert (pot.allocation, free(pot), given_by_funders(pot)) == (Money(60001), Money(60001), Money(60001))
    assert [line.amount for line in ledger.history("funder:not-stated")] == [Money.pounds(600), Money(1)]
    assert sound()


def test_a_cut_of_what_is_free_is_taken_and_nothing_waits(app: Flask) -> None:
    allocation = an_allocation("600")
    a_step(allocation, "250")
    pot = allocation.pot
    assert (pot.allocation, free(pot), given_by_funders(pot)) == (Money.pounds(250), Money.pounds(250), Money.pounds(250))
    assert db.session.scalar(select(func.count()).select_from(Shortfall)) == 0
    assert sound()


def test_a_cut_below_what_is_promised_is_recorded_takes_what_is_free_and_opens_a_decision(app: Flask) -> None:
    allocation = an_allocation("1000")
    pot = allocation.pot
    commitment = a_commitment("700", pot=pot)

    effect = allocations.effect(allocation, certainty=CONFIRMED, amount=Money.pounds(500))
    a_step(allocation, "500")

    assert (effect.taken, effect.short, effect.left, effect.then) == (
        Money.pounds(300),
        Money.pounds(200),
        ZERO,
        Money.pounds(500),
    )
    shortfall = the_shortfall()
    assert (shortfall.ref[:4], shortfall.amount, shortfall.outstanding) == ("SHF-", Money.pounds(200), Money.pounds(200))
    assert (pot.allocation, free(pot), given_by_funders(pot)) == (Money.pounds(500), ZERO, Money.pounds(700))
    assert ledger.owned(commitment.ref) == {(pot.ref, Bucket.PASSPORTED): Money.pounds(700)}
    assert audit.history(shortfall.ref)[0].sentence == (
        "The funder took away £500.00: £300.00 was free, £200.00 is still to be found"
    )
    assert sound()


def test_a_cut_where_nothing_is_free_posts_nothing_and_is_recorded_all_the_same(app: Flask) -> None:
    allocation = an_allocation("700")
    a_commitment("700", pot=allocation.pot)
    a_step(allocation, "0", WITHDRAWN)
    assert the_shortfall().outstanding == Money.pounds(700)
    assert (allocation.pot.allocation, given_by_funders(allocation.pot)) == (ZERO, Money.pounds(700))
    assert sound()


def test_what_the_funder_gives_back_is_taken_off_what_is_to_be_found_first(app: Flask) -> None:
    allocation = an_allocation("1000")
    pot = allocation.pot
    a_commitment("700", pot=pot)
    a_step(allocation, "500")
    a_step(allocation, "650")
    assert (the_shortfall().outstanding, free(pot), pot.allocation) == (Money.pounds(50), ZERO, Money.pounds(650))
    assert sound()
    a_step(allocation, "800")
    shortfall = the_shortfall()
    assert (shortfall.outstanding, free(pot), pot.allocation) == (ZERO, Money.pounds(100), Money.pounds(800))
    assert shortfall.settled_at is not None
    assert sound()


def test_a_cut_under_an_authority_takes_only_money_that_is_there(app: Flask) -> None:
    allocation = an_allocation("1000")
    pot = allocation.pot
    ledger_commands.authorise(
        pot.ref,
        "",
        limit=Money.pounds(500),
        until=date(2027, 3, 31),
        underwriter="The council",
        reason="Projects underspend",
        approved_by="PER-1",
        by="test",
    )
    a_commitment("1100", pot=pot)
    assert free(pot) == Money.pounds(-100)
    a_step(allocation, "900")
    assert (free(pot), the_shortfall().outstanding) == (Money.pounds(-100), Money.pounds(100))
    assert sound()


def test_confirming_pays_back_what_was_promised_ahead_of_it(app: Flask) -> None:
    pot = a_pot("100")
    ahead = an_allocation("500", INDICATIVE, pot=pot)
    ledger_commands.authorise(
        pot.ref,
        "",
        limit=Money.pounds(500),
        until=date(2027, 3, 31),
        underwriter="The council",
        reason="The letter comes in May",
        approved_by="PER-1",
        by="test",
    )
    a_commitment("400", pot=pot)
    assert free(pot) == Money.pounds(-300)
    a_step(ahead, "500", CONFIRMED)
    assert (free(pot), pot.allocation) == (Money.pounds(200), Money.pounds(600))
    assert sound()


# -- the decision -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def short(app: Flask) -> Shortfall:
    """£200.00 still to be found in a pot where £700.00 is promised."""
    allocation = an_allocation("1000")
    a_commitment("700", pot=allocation.pot)
    a_step(allocation, "500")
    return the_shortfall()


def freed(pot: Pot, pounds: str, key: str = "freed") -> None:
    """Money comes into a pot's free money from a partner."""
    move = Move(
        "contribute", At(pot.ref, "partner:x", Bucket.PARTNER), At(pot.ref, "", Bucket.FREE), Money.pounds(pounds).pence
    )
    ledger_commands.post(move, key=key, on=date(2026, 6, 1), by="test", source=pot.ref)


def test_it_is_settled_wholly_or_in_part_by_a_recorded_decision(short: Shortfall) -> None:
    pot = short.pot
    by = a_finance_officer(pot.stream.partnership)
    freed(pot, "250")
    allocations.settle_shortfall(short, amount=Money.pounds(80), decision="Board, 3 June, minute 4", by=by)
    assert (short.outstanding, short.settled_at, free(pot)) == (Money.pounds(120), None, Money.pounds(170))
    assert sound()
    allocations.settle_shortfall(short, amount=Money.pounds(120), decision="Board, 1 July, minute 9", by=by)
    assert (short.outstanding, free(pot), given_by_funders(pot)) == (ZERO, Money.pounds(50), Money.pounds(500))
    assert short.decision == "Board, 3 June, minute 4\nBoard, 1 July, minute 9"
    assert short.settled_at is not None
    assert audit.history(short.ref)[0].sentence == (
        "Found £120.00, £0.00 is still to be found. Decided: Board, 1 July, minute 9"
    )
    assert sound()


def test_it_is_refused_with_what_is_free_and_nothing_is_kept(short: Shortfall) -> None:
    pot = short.pot
    by = a_finance_officer(pot.stream.partnership)
    freed(pot, "50")
    with pytest.raises(RuleBroken) as broken:
        allocations.settle_shortfall(short, amount=Money.pounds(51), decision="Board", by=by)
    assert broken.value.problems == (f"{pot.ref} has £50.00 free; this needs £51.00.",)
    assert (short.outstanding, free(pot)) == (Money.pounds(200), Money.pounds(50))


def test_everything_wrong_with_a_settlement_is_said_at_once(short: Shortfall) -> None:
    by = a_finance_officer(short.pot.stream.partnership)
    with pytest.raises(RuleBroken) as broken:
        allocations.settle_shortfall(short, amount=Money.pounds(201), decision=" ", by=by)
    assert broken.value.problems == (
        "Enter what was decided, by whom and when.",
        "Only £200.00 is still to be found; this is £201.00.",
    )


def test_pressing_twice_settles_once(short: Shortfall) -> None:
    by = a_finance_officer(short.pot.stream.partnership)
    freed(short.pot, "200")
    for _again in range(2):
        allocations.settle_shortfall(short, amount=Money.pounds(100), decision="Board", by=by, key="pressed")  # type: ignore[call-arg]
    assert (short.outstanding, free(short.pot)) == (Money.pounds(100), Money.pounds(100))


def test_a_named_authority_is_a_way_out_too(short: Shortfall) -> None:
    pot = short.pot
    ledger_commands.authorise(
        pot.ref,
        "",
        limit=Money.pounds(200),
        until=date(2027, 3, 31),
        underwriter="The council",
        reason="The cut came in the year",
        approved_by="PER-1",
        by="test",
    )
    by = a_person(Duty.CHIEF_FINANCE_OFFICER, partnership=pot.stream.partnership)
    allocations.settle_shortfall(
        short, amount=Money.pounds(200), decision="Chief finance officer", by=by, effective_on=date(2026, 6, 1)
    )
    assert (short.outstanding, free(pot)) == (ZERO, Money.pounds(-200))
    assert sound()


def test_the_ways_out_are_named_with_their_figures(short: Shortfall) -> None:
    pot = short.pot
    freed(pot, "30")
    move = Move("reserve", At(pot.ref, "", Bucket.FREE), At(pot.ref, "RND-26-00009", Bucket.RESERVED), 1000)
    ledger_commands.post(move, key="held", on=date(2026, 6, 1), by="test", source=pot.ref)
    found = allocations.places(pot)
    assert (found.free, list(found.lines), list(found.held)) == (Money.pounds(20), [], [("RND-26-00009", Money.pounds(10))])
    assert [(bucket, amount) for _ref, bucket, amount in found.promised] == [(Bucket.PASSPORTED, Money.pounds(700))]


# -- refused, in sentences ----------------------------------------------------------------------------------------------------


def test_a_date_in_a_closed_period_is_refused_and_nothing_is_kept(app: Flask) -> None:
    allocation = an_allocation("600")
    pot = allocation.pot
    ledger_commands.close(pot.book, through=date(2026, 4, 30), by="test")
    with pytest.raises(RuleBroken) as broken:
        a_step(allocation, "700", effective_on=date(2026, 4, 30))
    assert broken.value.problems == (
        (f"The books of {pot.ref} are closed up to 30 April 2026. Choose a later date, or ask for them to be opened again."),
    )
    assert (len(allocation.steps), pot.allocation) == (1, Money.pounds(600))
    a_step(allocation, "700", effective_on=date(2026, 5, 1))
    assert pot.allocation == Money.pounds(700)


def test_even_a_cut_that_posts_nothing_is_not_dated_in_a_closed_period(sqlite_app: Flask) -> None:
    allocation = an_allocation("600")
    a_commitment("600", pot=allocation.pot)
    ledger_commands.close(allocation.pot.book, through=date(2026, 4, 30), by="test")
    with pytest.raises(RuleBroken, match="closed up to 30 April 2026"):
        a_step(allocation, "500", effective_on=date(2026, 4, 2))


def test_what_is_only_expected_may_be_dated_in_a_closed_period(sqlite_app: Flask) -> None:
    pot = a_pot("600")
    ledger_commands.close(pot.book, through=date(2026, 4, 30), by="test")
    an_allocation("100", EXPECTED, pot=pot, effective_on=date(2026, 4, 2))
    assert pot.allocation == Money.pounds(600)


def test_everything_wrong_with_a_step_is_said_at_once(sqlite_app: Flask) -> None:
    allocation = an_allocation("600", effective_on=date(2026, 5, 1))
    with pytest.raises(RuleBroken) as broken:
        a_step(allocation, "500", INDICATIVE, document=" ", effective_on=date(2026, 4, 30))
    assert broken.value.problems == (
        "This allocation is confirmed, so it cannot become indicative. Record it as another allocation, or as withdrawn.",
        "Enter the paper that says so: the letter or email, its date, and where it is kept.",
        "The step before this one is dated 1 May 2026, and money has moved on it. Date this one on that day or after it.",
    )


@pytest.mark.parametrize(
    "amount, facts, said",
    [
        ("600", {}, "This changes nothing: the allocation is confirmed, £600.00 already."),
        ("500", {"effective_on": date(2031, 1, 1)}, "1 January 2031 is far from the pot’s year, 2026/27. Check the date."),
        ("500", {"document": None}, "Enter the paper that says so: the letter or email, its date, and where it is kept."),
    ],
)
def test_a_step_that_cannot_be_is_refused_in_a_sentence(
    sqlite_app: Flask, amount: str, facts: dict[str, object], said: str
) -> None:
    with pytest.raises(RuleBroken) as broken:
        a_step(an_allocation("600"), amount, **facts)
    assert broken.value.problems == (said,)


def test_what_is_withdrawn_is_over(sqlite_app: Flask) -> None:
    allocation = an_allocation("600", INDICATIVE)
    a_step(allocation, "0", WITHDRAWN)
    assert (allocation.pot.allocation, allocation.steps[-1].amount) == (None, ZERO)
    with pytest.raises(RuleBroken, match="is withdrawn, so it cannot become confirmed"):
        a_step(allocation, "600", CONFIRMED)
    assert sound()


def test_a_funder_nobody_knows_is_refused(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        an_allocation("600", funder="nobody")
    assert broken.value.problems == ("There is no organisation nobody. Add the funder as an organisation first.",)


def test_a_form_drawn_before_the_last_step_is_out_of_date(sqlite_app: Flask) -> None:
    allocation = an_allocation("600")
    edition = allocation.edition
    a_step(allocation, "700", edition=edition)
    with pytest.raises(Stale):
        a_step(allocation, "800", edition=edition)


@pytest.mark.parametrize("duty", sorted(set(Duty) - GROUP - {Duty.FINANCE_OFFICER}))
def test_only_a_finance_officer_records_what_a_funder_gives(sqlite_app: Flask, duty: Duty) -> None:
    allocation = an_allocation("600")
    partnership = allocation.pot.stream.partnership
    somebody = a_person(duty, partnership=None if duty is Duty.ADMINISTRATOR else partnership)
    for deed in (
        lambda: a_step(allocation, "700", by=somebody),
        lambda: an_allocation("1", pot=allocation.pot, by=somebody),
        lambda: allocations.put_under(allocation, agreement="AGR-26-00001", by=somebody),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert [objection.could for objection in refused.value.objections] == ["a finance officer"]


def test_what_lies_in_another_partnership_is_not_found(short: Shortfall) -> None:
    stranger = a_finance_officer(a_partnership())
    with pytest.raises(NotFound):
        allocations.allocation_of_staff(stranger, short.allocation.ref)
    with pytest.raises(NotFound):
        allocations.shortfall_of_staff(stranger, short.ref)


def test_a_step_is_never_changed_or_deleted_even_behind_the_products_back(app: Flask) -> None:
    an_allocation("600")
    for statement in ("UPDATE allocation_step SET amount = 1", "DELETE FROM allocation_step"):
        with unguarded(), pytest.raises(Exception, match="allocation_step"), db.engine.begin() as connection:
            connection.execute(text(statement))


# -- the proofs find what is wrong --------------------------------------------------------------------------------------------


def planted(statement: str) -> list[str]:
    with unguarded(), db.engine.begin() as connection:
        connection.execute(text(statement))
    return list(proofs.faults())


def test_a_pots_allocation_that_is_not_the_books_is_found(app: Flask) -> None:
    allocation = an_allocation("600")
    ref = allocation.pot.ref
    db.session.rollback()
    assert planted("UPDATE pot SET allocation = 60001") == [
        f"Pot {ref} has £600.01 confirmed and £0.00 of cuts still to be found, and its book has £600.00 from its funders.",
        f"Pot {ref} has £600.01 confirmed, and the last steps of its allocations come to £600.00.",
    ]


def test_a_shortfall_that_is_not_the_books_is_found(short: Shortfall) -> None:
    ref, pot = short.ref, short.pot.ref
    db.session.rollback()
    assert planted("UPDATE shortfall SET outstanding = 0") == [
        f"Pot {pot} has £500.00 confirmed and £0.00 of cuts still to be found, and its book has £700.00 from its funders.",
        (
            f"In {pot} the allocations of not-stated come to £500.00 with £0.00 still to be found, and the book has £700.00 "
            "from there."
        ),
        f"Shortfall {ref} has £0.00 still to be found, and the day it was settled says otherwise.",
    ]


# -- any order of steps, and two at once ------------------------------------------------------------------------------------


@pytest.fixture
def many(sqlite_app: Flask) -> Iterator[Flask]:
    """One partnership for many examples: each opens a pot of its own."""
    yield sqlite_app


AMOUNT = st.sampled_from([0, 1, 100, 250, 700, 1000])
STEP = st.one_of(
    st.tuples(st.sampled_from(["step"]), st.integers(0, 1), st.sampled_from(list(Certainty)), AMOUNT),
    st.tuples(st.sampled_from(["promise", "free", "settle"]), st.just(0), st.just(CONFIRMED), AMOUNT),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=12))
def test_any_order_of_steps_keeps_the_allocation_the_shortfalls_and_the_books_together(
    many: Flask, steps: list[tuple[str, int, Certainty, int]]
) -> None:
    stream = a_stream()
    by = a_finance_officer(stream.partnership)
    pot = a_pot("500", stream=stream, by=by)
    theirs: list[Allocation] = [db.session.scalars(select(Allocation).where(Allocation.pot_id == pot.id)).one()]
    promised = 0
    for n, (what, which, certainty, pence) in enumerate(steps):
        amount = Money(pence)
        if what == "step" and which >= len(theirs):
            if certainty is not WITHDRAWN:
                theirs.append(an_allocation(str(amount.plain), certainty, pot=pot, by=by))
        elif what == "step":
            before, there = theirs[which].steps[-1], free(pot)
            cut = allocations.confirmed_amount(before) - (amount if certainty in allocations.CONFIRMED else ZERO)
            try:
                a_step(theirs[which], amount.plain, certainty, by=by)
            except RuleBroken as broken:  # only ever about the step itself, never about money
                assert all("cannot become" in said or "changes nothing" in said for said in broken.problems)
            else:
                if cut > ZERO:
                    assert free(pot) == there - min(cut, there), "a cut takes what is free and never more"
        elif what == "promise" and ZERO < amount <= free(pot):
            a_commitment(amount.plain, pot=pot, by=by)
            promised += pence
        elif what == "free" and pence:
            freed(pot, amount.plain, key=f"{pot.ref}:{n}")
        elif what == "settle":
            for gap in db.session.scalars(select(Shortfall).where(Shortfall.pot_id == pot.id)).all():
                if (least := min(gap.outstanding, free(pot))) > ZERO:
                    allocations.settle_shortfall(gap, amount=least, decision="Board", by=by)
        db.session.rollback()
        short = db.session.scalar(select(func.coalesce(func.sum(Shortfall.outstanding), 0)).where(Shortfall.pot_id == pot.id))
        still = short if isinstance(short, Money) else Money(int(short or 0))
        confirmed = sum(
            (allocations.confirmed_amount(one.steps[-1]) for one in theirs),
            start=ZERO,
        )
        assert pot.allocation == confirmed
        assert confirmed + still == given_by_funders(pot)
        assert ledger.balances([pot.ref]).get((pot.ref, Bucket.PASSPORTED), ZERO) == Money(promised)
        assert free(pot) >= ZERO
    assert list(proofs.faults()) == []


def test_a_cut_and_a_promise_at_once_never_make_the_cut_an_error(app: Flask) -> None:
    allocation = an_allocation("1000")
    pot, by = allocation.pot, a_finance_officer(allocation.pot.stream.partnership)
    ref, pot_ref, person = allocation.ref, pot.ref, by.ref
    ready, failed = Barrier(2), []

    def at_once(deed: str) -> None:
        from grants.people.queries import person as found

        with app.app_context():
            try:
                who = found(person)
                ready.wait(10)
                if deed == "cut":
                    one = allocations.allocation_of_staff(who, ref)
                    a_step(one, "0.01", by=who)
                else:
                    for _n in range(5):
                        a_commitment("150", pot=queries.pot(pot_ref), by=who)
            except RuleBroken as broken:
                failed.append((deed, broken.problems))
            finally:
                db.session.remove()

    db.session.remove()
    threads = [Thread(target=at_once, args=(deed,)) for deed in ("cut", "promise")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [deed for deed, _said in failed if deed == "cut"] == []
    pot = queries.pot(pot_ref)
    assert pot.allocation == Money(1)
    assert sound()


def test_a_settlement_and_a_raise_at_once_count_each_pound_once(short: Shortfall, app: Flask) -> None:
    pot = short.pot
    freed(pot, "100")
    by = a_finance_officer(pot.stream.partnership)
    ref, allocation, person, pot_ref = short.ref, short.allocation.ref, by.ref, pot.ref
    ready = Barrier(2)

    def at_once(deed: str) -> None:
        from grants.people.queries import person as found

        for attempt in range(2):
            with app.app_context():
                try:
                    who = found(person)
                    one = allocations.allocation_of_staff(who, allocation)
                    gap = allocations.shortfall_of_staff(who, ref)
                    if not attempt:
                        ready.wait(60)
                    if deed == "settle":
                        allocations.settle_shortfall(gap, amount=Money.pounds(100), decision="Board", by=who)
                    else:
                        a_step(one, "600", by=who)
                    return
                except Stale:  # "somebody else changed this while you were working on it": look, and do it again
                    continue
                finally:
                    db.session.remove()

    db.session.remove()
    threads = [Thread(target=at_once, args=(deed,)) for deed in ("settle", "raise")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    pot = queries.pot(pot_ref)
    assert (the_shortfall().outstanding, pot.allocation, given_by_funders(pot)) == (ZERO, Money.pounds(600), Money.pounds(600))
    assert sound()


def test_money_of_nought_from_another_funder_is_noted(app: Flask) -> None:
    pot = a_pot("1000")
    other = a_funder()
    an_allocation("0", pot=pot, funder=other.ref)
    assert (pot.allocation, pot.funders) == (Money.pounds(1000), [other.ref])
    assert sound()


def test_a_list_costs_one_statement_however_long(sqlite_app: Flask, statements: object) -> None:
    pot = queries.pot(a_pot("1000").ref)
    with statements() as few:  # type: ignore[operator]
        allocations.of_pot(pot)
    for _n in range(12):
        an_allocation("1", INDICATIVE, pot=pot)
    pot = queries.pot(pot.ref)
    with statements() as many_:  # type: ignore[operator]
        assert len(allocations.of_pot(pot)) == 13
    assert (len(few), len(many_)) == (1, 1)


def test_steps_are_kept_in_the_order_they_were_recorded(sqlite_app: Flask) -> None:
    allocation = an_allocation("600", EXPECTED, document=None)
    a_step(allocation, "600", INDICATIVE)
    assert db.session.scalars(select(AllocationStep.certainty).order_by(AllocationStep.id)).all() == [EXPECTED, INDICATIVE]


def test_what_the_source_states_is_on_record_in_its_own_words_and_what_it_does_not_state_is_not(facts_app: Flask) -> None:
    stated = db.session.execute(
        select(Pot.ref, Pot.allocation, Pot.starts_on, Pot.source).where(Pot.allocation.is_not(None)).order_by(Pot.ref)
    ).all()
    found = [
        (row.pot, row.amount, row.effective_on, row.document)
        for row in sorted(allocations.rows(), key=lambda row: row.pot)
        if row.certainty is CONFIRMED
    ]
    assert found == [tuple(row) for row in stated]
    assert len(found) == len(allocations.rows()) > 0
    assert list(proofs.faults()) == []
