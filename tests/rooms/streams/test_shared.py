"""Contributions, a balance and its use, terms, exclusions, closing a pot, copying a year."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.audit import proofs as audit_proofs
from grants.audit import queries as audit
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.people.models import Duty, Person
from grants.people.queries import person
from grants.rounds import commands as rounds
from grants.rounds import queries as round_queries
from grants.streams import exclusions, lines, mainstream, pools, queries, shared, terms, years
from grants.streams.models import (
    AllocationStatus,
    ContributionStatus,
    Line,
    Pot,
    Role,
    Spending,
)
from tests.builders.applications import a_funded_pot, a_planned_round, officer_of
from tests.builders.awards import a_decision, an_offer
from tests.builders.lines import a_contribution, a_line, a_minute_taker, a_pledge, a_pool, a_use
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

POUNDS = Money.pounds


def free(pot: Pot) -> Money:
    return ledger.balance(At(pot.ref, "", Bucket.FREE))


# -- contributions ---------------------------------------------------------------------------------------------------------


def test_a_pledge_is_shown_beside_the_money_and_never_in_it(app: Flask) -> None:
    pot = a_pot("1000")
    pledged = a_pledge(pot, "4000")
    found = shared.contributions_of(pot)
    assert (found.pledged, found.confirmed, free(pot)) == (POUNDS(4000), Money(0), POUNDS(1000))
    assert (
        audit.history(pledged.ref)[0].sentence == f"Riverside Homes pledged £4,000.00 to {pot.ref}: Towards the warden scheme"
    )


def test_a_confirmed_contribution_is_the_pots_own_free_money_from_the_partner(app: Flask) -> None:
    pot = a_pot("1000")
    homes = an_organisation("Homes", is_voluntary=False)
    given = a_contribution(pot, "4000", organisation=homes, on=date(2026, 6, 1))
    assert given.status is ContributionStatus.CONFIRMED
    assert ledger.by_owner([pot.ref])[At(pot.ref, f"partner:{homes.ref}", Bucket.PARTNER)] == POUNDS(-4000)
    assert (free(pot), shared.contributions_of(pot).confirmed) == (POUNDS(5000), POUNDS(4000))
    assert ledger.figures(ledger.balances([pot.ref]))[pot.ref]["contributed"] == POUNDS(4000)
    with pytest.raises(RuleBroken, match="This is already confirmed"):
        shared.confirm_contribution(given, on=date(2026, 6, 1), by=a_finance_officer(pot.stream.partnership))
    assert list(proofs.faults()) == []


def test_a_contribution_is_withdrawn_from_what_is_left_and_no_more(app: Flask) -> None:
    pot = a_pot("0")
    given = a_contribution(pot, "4000")
    by = a_finance_officer(pot.stream.partnership)
    a_commitment("3000", pot=pot)
    with pytest.raises(RuleBroken) as broken:
        shared.withdraw_contribution(given, on=date(2026, 9, 1), reason="Cuts", by=by)
    assert broken.value.problems == (f"{pot.ref} has £1,000.00 free; this needs £4,000.00.",)
    assert given.status is ContributionStatus.CONFIRMED
    a_contribution(pot, "3000")
    shared.withdraw_contribution(given, on=date(2026, 9, 1), reason="Cuts", by=by)
    assert (given.status, free(pot)) == (ContributionStatus.WITHDRAWN, Money(0))
    with pytest.raises(RuleBroken, match="already withdrawn"):
        shared.withdraw_contribution(given, on=date(2026, 9, 1), reason="Cuts", by=by)


def test_a_pledge_is_withdrawn_without_a_move(sqlite_app: Flask) -> None:
    pledged = a_pledge(a_pot("10"))
    shared.withdraw_contribution(
        pledged, on=date(2026, 9, 1), reason="Changed plans", by=a_finance_officer(pledged.pot.stream.partnership)
    )
    assert pledged.status is ContributionStatus.WITHDRAWN
    assert ledger.history(pledged.ref) == []


def test_a_pledge_needs_an_amount_and_what_it_is_for(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken) as broken:
        a_pledge(a_pot("10"), "0", description=" ")
    assert len(broken.value.problems) == 2


def test_contributions_of_another_partnership_are_not_found(sqlite_app: Flask) -> None:
    pledged = a_pledge(a_pot("10"))
    with pytest.raises(NotFound):
        shared.contribution_of_staff(a_finance_officer(a_partnership()), pledged.ref)


# -- a balance and its use -------------------------------------------------------------------------------------------------


def test_a_balance_is_spent_only_as_resolved_and_the_proposal_stays(app: Flask) -> None:
    """R47: proposed for one use, resolved for another, spent: £0.00 after."""
    pot = a_pot("0")
    a_contribution(pot, "1178")
    use = a_use(pot, "1178")
    assert free(pot) == POUNDS(1178), "a proposal moves nothing"
    clerk, officer = a_minute_taker(pot), a_finance_officer(pot.stream.partnership)

    shared.resolve_use(
        use, agreed="To produce two documents", amount=POUNDS(1178), resolution="346/07", on=date(2026, 12, 4), by=clerk
    )
    assert (use.proposed, use.agreed, use.resolution) == ("To offset printing costs", "To produce two documents", "346/07")
    assert free(pot) == Money(0)
    assert ledger.owned(use.ref) == {(pot.ref, Bucket.COMMITTED): POUNDS(1178)}
    with pytest.raises(RuleBroken) as broken:
        shared.resolve_use(use, agreed="Something else", amount=POUNDS(1), resolution="347/07", on=date(2026, 12, 5), by=clerk)
    assert broken.value.problems == (f"{use.ref} was resolved already (346/07).",)

    with pytest.raises(RuleBroken) as broken:
        shared.carry_out_use(use, amount=POUNDS("1178.01"), on=date(2026, 12, 3), document=" ", by=officer)
    assert broken.value.problems == (
        "Enter the invoice or other paper it was spent on.",
        f"{use.ref} has £1,178.00 committed; this needs £1,178.01.",
        "It was not spent before it was resolved.",
    )
    shared.carry_out_use(use, amount=POUNDS("1100"), on=date(2026, 12, 20), document="Invoice 12", by=officer)
    assert ledger.owned(use.ref) == {(pot.ref, Bucket.EVIDENCED): POUNDS(1100)}
    assert free(pot) == POUNDS(78), "what was not needed is free again"
    sheet = shared.sheet(officer, pot.ref)
    assert [(row.committed, row.spent) for row in sheet.uses] == [(Money(0), POUNDS(1100))]
    assert (list(proofs.faults()), list(audit_proofs.faults())) == ([], [])


def test_whoever_recorded_the_resolution_does_not_spend_it(sqlite_app: Flask) -> None:
    pot = a_pot("100")
    use, officer = a_use(pot, "100"), a_finance_officer(pot.stream.partnership)
    shared.resolve_use(use, agreed="Printing", amount=POUNDS(100), resolution="12", on=date(2026, 5, 1), by=officer)
    with pytest.raises(Refused) as refused:
        shared.carry_out_use(use, amount=POUNDS(100), on=date(2026, 5, 2), document="Invoice", by=officer)
    assert [str(one.sentence) for one in refused.value.objections] == [
        "You recorded the resolution, so somebody else spends the money."
    ]


def test_no_more_than_the_balance_is_resolved(app: Flask) -> None:
    pot = a_pot("100")
    use = a_use(pot, "200")
    with pytest.raises(RuleBroken) as broken:
        shared.resolve_use(
            use, agreed="Printing", amount=POUNDS("100.01"), resolution="12", on=date(2026, 5, 1), by=a_minute_taker(pot)
        )
    assert broken.value.problems == (f"{pot.ref} has £100.00 free; this needs £100.01.",)
    assert use.agreed is None


@pytest.mark.parametrize("how_many", [1, 25])
def test_a_shared_budgets_page_costs_the_same_however_much_is_in_it(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    pot = a_pot("100000")
    officer = a_finance_officer(pot.stream.partnership)
    for _n in range(how_many):
        a_use(pot, "1", by=officer)
        a_pledge(pot, "1", organisation=an_organisation(), by=officer)
    ref = pot.ref
    db.session.expire_all()
    officer = officer.holdings[0].person
    with statements() as made:
        shared.sheet(officer, ref)
    assert len(made) == 8


# -- terms -----------------------------------------------------------------------------------------------------------------


def test_terms_are_kept_by_day_and_by_what_was_known(app: Flask) -> None:
    pot = a_pot("100")
    by = a_finance_officer(pot.stream.partnership)
    with clock.stopped(datetime(2026, 4, 2, 9, tzinfo=UTC)):
        terms.set_terms(pot, spending=Spending.REVENUE, role=Role.PRINCIPAL, responsible_officer="Head of safety", by=by)
    with clock.stopped(datetime(2026, 9, 1, 9, tzinfo=UTC)):
        terms.set_terms(
            pot,
            spending=Spending.REVENUE,
            role=Role.AGENT,
            responsible_officer="Head of safety",
            cost_centre="C123",
            effective_on=date(2026, 7, 1),
            by=by,
        )

    def role(on: date, known: datetime | None = None) -> Role | None:
        found = terms.terms_on(pot, on, known)
        return found.role if found else None

    assert role(date(2026, 3, 31)) is None
    assert role(date(2026, 6, 30)) is Role.PRINCIPAL
    assert role(date(2026, 7, 1)) is Role.AGENT
    assert role(date(2026, 7, 1), datetime(2026, 8, 31, tzinfo=UTC)) is Role.PRINCIPAL, "as it was known in August"
    assert [row.effective_on for row in terms.history_of(pot)] == [date(2026, 7, 1), date(2026, 4, 1)]
    assert audit.history(pot.ref)[0].sentence == (
        "From 1 July 2026: revenue, agent, answered for by Head of safety, cost centre C123"
    )


def test_terms_that_change_nothing_or_begin_before_the_pot_are_refused(sqlite_app: Flask) -> None:
    pot = a_pot("100")
    by = a_finance_officer(pot.stream.partnership)
    same: dict[str, Any] = {"spending": Spending.CAPITAL, "role": Role.PRINCIPAL, "cost_centre": " C1 "}
    terms.set_terms(pot, **same, by=by)
    with pytest.raises(RuleBroken, match="in force on that day already"):
        terms.set_terms(pot, **same | {"cost_centre": "C1"}, by=by)
    with pytest.raises(RuleBroken, match="on or after 1 April 2026"):
        terms.set_terms(pot, **same, effective_on=date(2026, 3, 31), by=by)


# -- exclusions and mainstream contributions ---------------------------------------------------------------------------------


def test_what_a_stream_may_not_pay_for_is_said_once(app: Flask) -> None:
    stream = a_stream()
    by = a_finance_officer(stream.partnership)
    exclusions.exclude(stream, objective="Lasting equipment", why="Revenue only", by=by)
    with pytest.raises(RuleBroken, match="This stream says so already"):
        exclusions.exclude(stream, objective="lasting equipment", by=by)
    with pytest.raises(RuleBroken, match="Enter what the stream may not pay for"):
        exclusions.exclude(stream, objective=" ", by=by)
    assert [one.objective for one in exclusions.excluded(by)] == ["Lasting equipment"]
    assert exclusions.excluded(a_finance_officer(a_partnership())) == []


def test_a_services_own_contribution_is_beside_the_money_and_never_in_it(app: Flask) -> None:
    pot = a_pot("100")
    partnership = pot.stream.partnership
    lead = a_person(Duty.THEME_LEAD, partnership=partnership)
    body = an_organisation("Parks", is_voluntary=False)
    with pytest.raises(RuleBroken) as broken:
        mainstream.add(partnership, organisation=body, service=" ", contribution="", by=lead)
    assert broken.value.problems == ("Enter the service.", "Enter what it contributes.")
    mainstream.add(
        partnership, organisation=body, service="Wardens", contribution="Patrols", amount=POUNDS(500), redirected=True, by=lead
    )
    [row] = mainstream.mainstream_page(lead)
    assert (row.organisation, row.redirected, row.amount) == ("Parks", True, POUNDS(500))
    assert free(pot) == POUNDS(100)
    assert mainstream.mainstream_page(a_finance_officer(a_partnership())) == []


# -- closing ---------------------------------------------------------------------------------------------------------------


def test_a_closed_pot_promises_nothing_new_and_refuses_nothing_else(app: Flask) -> None:
    pot = a_pot("10000")
    planned = a_planned_round(pot=pot)
    by = a_finance_officer(pot.stream.partnership)
    given = a_contribution(pot, "10")
    with clock.stopped(datetime(2026, 11, 2, tzinfo=UTC)):
        years.close_pot(pot, on=date(2026, 11, 1), reason="The funder closed the fund", by=by)
    said = (
        f"{pot.ref} has been closed to new promises since 1 November 2026. "
        "Choose another pot, or ask a finance officer to open it."
    )
    for promise in (
        lambda: a_commitment("1", pot=pot),
        lambda: rounds.open_round(planned, hold=POUNDS(1000), by=officer_of(planned)),
        lambda: a_line(pot, "1"),
    ):
        with pytest.raises(RuleBroken) as broken:
            promise()
        assert broken.value.problems == (said,)
    shared.withdraw_contribution(given, on=clock.today(), reason="Taken back", by=by)
    years.reopen_pot(pot, reason="It was a mistake", by=by)
    assert audit.history(pot.ref)[0].sentence == "Open to new promises again: It was a mistake"
    a_commitment("1", pot=pot)


def test_what_a_closed_pot_already_holds_for_a_round_is_still_offered(app: Flask) -> None:
    decision = a_decision(pot=a_funded_pot("50000"))
    pot = decision.panel.round.pot
    years.close_pot(pot, on=clock.today(), reason="The funder stopped", by=a_finance_officer(pot.stream.partnership))
    award = an_offer(decision=decision)
    assert ledger.owned(award.ref) == {(pot.ref, Bucket.OFFERED): decision.amount}


def test_a_pot_is_closed_once_with_a_reason_and_not_ahead_of_time(sqlite_app: Flask) -> None:
    pot = a_pot("1")
    by = a_finance_officer(pot.stream.partnership)
    with pytest.raises(RuleBroken) as broken:
        years.close_pot(pot, on=date(2999, 1, 1), reason=" ", by=by)
    assert broken.value.problems == (
        "The day cannot be in the future. Close the pot on the day it closes.",
        "Enter why it is closed.",
    )
    with pytest.raises(RuleBroken, match="is open"):
        years.reopen_pot(pot, reason="Why not", by=by)
    years.close_pot(pot, on=clock.today(), reason="Over", by=by)
    with pytest.raises(RuleBroken, match="is closed already"):
        years.close_pot(pot, on=clock.today(), reason="Over", by=by)


def test_a_pot_closed_while_a_round_is_being_opened_gives_a_sentence_and_nothing_half_done(app: Flask) -> None:
    """Both at once, many times over: either the round is open with its money, or the pot is closed and nothing is held."""
    pot = a_pot("10000")
    planned = a_planned_round(pot=pot)
    closer, opener = a_finance_officer(pot.stream.partnership).ref, officer_of(planned).ref
    ref, round_ref = pot.ref, planned.ref
    db.session.commit()
    said: dict[str, list[str]] = {"close": [], "open": []}
    start = threading.Barrier(2)

    def run(name: str, do: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                do()
            except RuleBroken as broken:
                said[name] += broken.problems
            finally:
                db.session.remove()

    def close() -> object:
        return years.close_pot(queries.pot(ref), on=clock.today(), reason="Cut", by=person(closer))

    def open_() -> object:
        by: Person = person(opener)
        return rounds.open_round(round_queries.of_staff(by, round_ref), hold=POUNDS(1000), by=by)

    threads = [threading.Thread(target=run, args=pair) for pair in (("close", close), ("open", open_))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    db.session.rollback()
    held = ledger.owned(round_ref).get((ref, Bucket.RESERVED), Money(0))
    assert said["close"] == []
    assert queries.pot(ref).closed_on is not None
    assert held == (Money(0) if said["open"] else POUNDS(1000))
    assert all("has been closed to new promises since" in sentence for sentence in said["open"])
    assert (list(proofs.faults()), list(audit_proofs.faults())) == ([], [])


# -- last year's into next year ----------------------------------------------------------------------------------------------


def test_a_year_is_copied_awaited_and_without_money_once(app: Flask) -> None:
    funder = an_organisation("Home Office", is_voluntary=False)
    stream = a_stream("Fund")
    partnership, by = stream.partnership, a_finance_officer(stream.partnership)
    pot = a_pot("9000", stream=stream, funders=[funder.ref], distributor=funder, conditions="Report each quarter")
    other = a_pot("500", stream=a_stream("Other", partnership=partnership))
    there = a_pot("7", stream=a_stream("There", partnership=partnership))
    a_pot("8", year=2027, stream=there.stream)
    terms.set_terms(pot, spending=Spending.REVENUE, role=Role.PRINCIPAL, cost_centre="C9", by=by)
    a_line(pot, "400", name="Contingency")
    pools.make_pool(pot, others=[other], name="Together", by=by)

    effect = years.copies(partnership, year=2026)
    assert [(one.ref, one.there) for one in effect] == [
        (f"{stream.code}-2027", False),
        (f"{other.stream.code}-2027", False),
        (f"{there.stream.code}-2027", True),
    ]
    opened = years.copy_year(partnership, year=2026, by=by)
    assert opened == [f"{stream.code}-2027", f"{other.stream.code}-2027"]
    made = queries.pot(opened[0])
    assert (made.allocation, made.allocation_status, made.funders) == (None, AllocationStatus.AWAITED, [funder.ref])
    assert (made.distributor, made.conditions, made.starts_on) == (funder, "Report each quarter", date(2027, 4, 1))
    assert ledger.balances([made.ref]) == {}
    copied = terms.terms_on(made, made.starts_on)
    assert copied is not None and (copied.cost_centre, copied.effective_on) == ("C9", date(2027, 4, 1))
    assert [(row.name, row.free) for row in lines.lines_of(made)] == [("Contingency", Money(0))]
    pool = pools.pool_page(by, made.pool or "")
    assert ([share.pot.ref for share in pool.shares], pool.pool.name) == (sorted(opened), "Together")
    assert made.pool != queries.pot(pot.ref).pool
    assert audit.history(made.ref)[0].sentence in (
        f"Opened from {pot.ref} with its terms and lines (1), without money",
        "Joined the pool Together: awards draw on its pots together",
    )

    assert years.copy_year(partnership, year=2026, by=by) == []
    assert db.session.scalar(select(func.count()).select_from(Pot).where(Pot.year == 2027)) == 3
    assert db.session.scalar(select(func.count()).select_from(Line)) == 2
    assert list(proofs.faults()) == []


def test_one_stream_is_copied_alone_and_only_by_those_who_look_after_it(sqlite_app: Flask) -> None:
    stream, other = a_stream("One"), a_stream("Two")
    a_pot("1", stream=stream)
    a_pot("1", stream=other)
    limited = a_person(Duty.FINANCE_OFFICER, partnership=stream.partnership, streams=[stream.ref])
    with pytest.raises(Refused):
        years.copy_year(stream.partnership, year=2026, stream=other, by=limited)
    assert years.copy_year(stream.partnership, year=2026, by=limited) == [f"{stream.code}-2027"]
    assert years.copy_year(stream.partnership, year=2026, stream=stream, by=limited) == []
    with pytest.raises(Refused):
        years.copy_year(stream.partnership, year=2026, by=a_person(Duty.GRANTS_OFFICER, partnership=stream.partnership))


def test_a_pool_is_copied_whole_even_where_one_of_its_pots_is_there_already(sqlite_app: Flask) -> None:
    pool, pots = a_pool("1", "2")
    by = a_finance_officer(pool.partnership)
    years.copy_year(pool.partnership, year=2026, stream=pots[0].stream, by=by)
    first = queries.pot(f"{pots[0].stream.code}-2027")
    assert first.pool is None, "a pool of one is no pool"
    years.copy_year(pool.partnership, year=2026, by=by)
    second = queries.pot(f"{pots[1].stream.code}-2027")
    assert queries.pot(first.ref).pool == second.pool is not None
