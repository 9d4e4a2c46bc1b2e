"""Opening streams and pots and protecting money: who may, what is refused, and what the books say after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.audit import queries as audit
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger_commands
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket
from grants.ledger.commands import Move
from grants.people.duties import GROUP
from grants.people.models import Duty
from grants.streams import commands, queries, rules
from grants.streams.models import AllocationStatus, Commitment, PastGrant, Pot
from tests.builders import kept
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream


def test_a_pot_opens_with_its_book_and_its_allocation_from_the_funder_on_its_first_day(app: Flask) -> None:
    funder = an_organisation("Home Office")
    stream = a_stream("Voluntary and Community Sector Grant", ref="vcs_grant")

    pot = a_pot("100000", stream=stream, year=2026, funders=[funder.ref])

    assert (pot.ref, pot.book.code, pot.allocation_status) == ("VCS-2026", "VCS-2026", AllocationStatus.CONFIRMED)
    assert (pot.starts_on, pot.ends_on) == (date(2026, 4, 1), date(2027, 3, 31))
    assert ledger.by_owner(["VCS-2026"]) == {
        At("VCS-2026", f"funder:{funder.ref}", Bucket.FUNDER): Money.pounds(-100000),
        At("VCS-2026", "", Bucket.FREE): Money.pounds(100000),
    }
    assert [line.effective_date for line in ledger.history(f"funder:{funder.ref}")] == [date(2026, 4, 1)]
    assert audit.history(pot.ref)[0].sentence == "Opened the pot for 2026/27: allocation £100,000.00"


@pytest.mark.parametrize(
    "facts, status",
    [({}, AllocationStatus.NOT_STATED), ({"awaited": True}, AllocationStatus.AWAITED)],
)
def test_an_allocation_that_is_not_stated_or_awaited_posts_nothing(
    sqlite_app: Flask, facts: dict[str, Any], status: AllocationStatus
) -> None:
    pot = a_pot(None, **facts)
    assert (pot.allocation, pot.allocation_status) == (None, status)
    assert ledger.balances([pot.ref]) == {}


def test_an_allocation_of_nought_is_stated(sqlite_app: Flask) -> None:
    pot = a_pot("0")
    assert (pot.allocation, pot.allocation_status) == (Money(0), AllocationStatus.CONFIRMED)
    assert ledger.balances([pot.ref]) == {}


def test_everything_wrong_with_a_pot_is_said_at_once_and_nothing_is_opened(app: Flask) -> None:
    stream = a_stream("Hate Crime Fund")
    a_pot(stream=stream, year=2026)
    with pytest.raises(RuleBroken) as broken:
        commands.open_pot(
            stream,
            year=2026,
            allocation=Money.pounds(-1),
            funders=["nobody"],
            awaited=True,
            by=a_finance_officer(stream.partnership),
        )
    assert broken.value.problems == (
        "Hate Crime Fund already has a pot for 2026/27. One stream has one pot in a year.",
        "The allocation cannot be less than £0.00.",
        "An allocation that is awaited has no amount yet. Leave the amount out, or say that it is confirmed.",
        "There is no organisation nobody. Add the funder as an organisation first.",
    )
    assert db.session.scalar(select(func.count()).select_from(Pot)) == 1


def test_a_pot_far_away_in_time_is_refused(sqlite_app: Flask) -> None:
    with pytest.raises(RuleBroken, match="3026 is not a year a pot can be opened for"):
        a_pot(year=3026)


def test_a_stream_opens_once_under_its_reference_and_code(app: Flask) -> None:
    stream = a_stream("Hate Crime Fund", ref="hate_crime_fund")
    assert stream.code == "HCF"
    with pytest.raises(RuleBroken) as broken:
        a_stream("Hate Crime Fund", ref="hate_crime_fund", code="HCF")
    assert broken.value.problems == (
        "There is already a stream with the reference hate_crime_fund. Choose another.",
        "There is already a stream with the code HCF. Choose another.",
    )
    with pytest.raises(RuleBroken) as broken:
        a_stream("  ", ref="Not A Slug", code="x")
    assert broken.value.problems == (
        "Enter the stream's name.",
        "The reference Not A Slug must be small letters, figures and underscores, beginning with a letter.",
        "The code x must be 2 to 12 capital letters and figures, beginning with a letter.",
    )


@pytest.mark.parametrize(
    "ref, name, code",
    [
        ("sscf", "Safer and Stronger Communities Fund (SSCF)", "SSCF"),
        ("bcu_stockport", "Basic Command Unit (BCU) funding", "BCU"),
        ("vcs_grant", "Voluntary and Community Sector Grant", "VCS"),
        ("community_safety_grant", "Community Safety Grant", "CSG"),
        ("childrens_fund_stockport", "Children's Fund (Stockport)", "CFS"),
        ("lottery", "Lottery", "LOTT"),
        ("2020_fund", "2020 fund", "F2F"),
    ],
)
def test_a_streams_code_is_made_the_same_way_each_time(ref: str, name: str, code: str) -> None:
    assert rules.code_for(ref, name, set()) == code
    assert rules.code_for(ref, name, {code, f"{code}2"}) == f"{code}3"


# -- who may -------------------------------------------------------------------------------------------------------------

DEEDS: dict[str, Callable[..., Any]] = {
    "open a stream": lambda by, pot: a_stream(partnership=pot.stream.partnership, by=by),
    "open a pot": lambda by, pot: a_pot(stream=pot.stream, year=2027, by=by),
    "protect money": lambda by, pot: a_commitment(pot=pot, by=by),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("duty", sorted(set(Duty) - GROUP - {Duty.FINANCE_OFFICER}))
def test_only_a_finance_officer_of_the_partnership_may(sqlite_app: Flask, deed: str, duty: Duty) -> None:
    pot = a_pot()
    with pytest.raises(Refused) as refused:
        DEEDS[deed](a_person(duty, partnership=None if duty is Duty.ADMINISTRATOR else pot.stream.partnership), pot)
    assert [objection.could for objection in refused.value.objections] == ["a finance officer"]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_finance_officer_of_another_partnership_may_not(sqlite_app: Flask, deed: str) -> None:
    pot = a_pot()
    with pytest.raises(Refused):
        DEEDS[deed](a_finance_officer(a_partnership()), pot)


def test_a_finance_officer_of_one_stream_opens_pots_of_that_stream_only(sqlite_app: Flask) -> None:
    first, second = a_stream(), a_stream()
    officer = a_person(Duty.FINANCE_OFFICER, partnership=first.partnership, streams=[first.ref])
    assert a_pot(stream=first, by=officer).year == 2026
    with pytest.raises(Refused):
        a_pot(stream=second, by=officer)


def test_what_lies_in_another_partnership_is_not_found(sqlite_app: Flask) -> None:
    pot = a_pot()
    stranger = a_finance_officer(a_partnership())
    with pytest.raises(NotFound):
        queries.pot_page(stranger, pot.ref)
    with pytest.raises(NotFound):
        queries.stream_page(stranger, pot.stream.ref)
    assert queries.streams_page(stranger) == []


# -- protecting money ----------------------------------------------------------------------------------------------------


def test_protected_money_leaves_free_and_stays_put_until_the_day_has_passed(app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_commitment("2500", pot=pot)

    assert ledger.owned(commitment.ref) == {(pot.ref, Bucket.PASSPORTED): Money.pounds(2500)}
    assert ledger.balance(At(pot.ref, "", Bucket.FREE)) == Money.pounds(7500)
    assert ledger.history(commitment.ref)[0].effective_date == pot.starts_on
    assert audit.history(commitment.ref)[0].sentence == "Protected £2,500.00 for Patrol service until 31 March 2027"
    move = Move("release passported", At(pot.ref, commitment.ref, Bucket.PASSPORTED), At(pot.ref, "", Bucket.FREE), 250000)
    with pytest.raises(RuleBroken):
        ledger_commands.post(move, key="too soon", on=date(2026, 9, 1), by="test", source=commitment.ref)
    ledger_commands.post(move, key="after", on=date(2027, 4, 1), by="test", source=commitment.ref)
    assert ledger.owned(commitment.ref) == {}


def test_more_than_is_free_is_refused_with_what_is_left_and_nothing_is_kept(app: Flask) -> None:
    pot = a_pot("1000")
    a_commitment("600", pot=pot)
    with pytest.raises(RuleBroken) as broken:
        a_commitment("400.01", pot=pot)
    assert broken.value.problems == (f"{pot.ref} has £400.00 free; this needs £400.01.",)
    assert db.session.scalar(select(func.count()).select_from(Commitment)) == 1


def test_everything_wrong_with_a_protection_is_said_at_once(sqlite_app: Flask) -> None:
    stream = a_stream("VCS", voluntary_only=True)
    pot = a_pot(None, stream=stream)
    with pytest.raises(RuleBroken) as broken:
        a_commitment(
            "0",
            pot=pot,
            recipient=" ",
            approval_basis="",
            organisation=an_organisation("City Council", is_voluntary=False),
            protected_from=date(2026, 3, 31),
            protected_until=date(2026, 3, 30),
            review_due=date(2026, 3, 1),
        )
    assert broken.value.problems == (
        "Enter who or what the money is protected for.",
        "Enter what approved it, for example a board's decision and its date, or why it was not competed for.",
        "Enter an amount of more than £0.00.",
        "The protection must end on or after the day it begins.",
        "The protection must begin within the pot's year, from 1 April 2026 to 31 March 2027.",
        "The review must fall on or after the day the protection begins.",
        f"The allocation of {pot.ref} is not stated, so nothing can be taken from it.",
        ("VCS is only for voluntary and community organisations, and City Council is not one. Choose another organisation."),
    )


def test_nothing_is_taken_from_a_pot_whose_free_money_is_not_known(sqlite_app: Flask) -> None:
    pot = a_pot("1000")
    kept(
        PastGrant(
            ref="named_award",
            stream=pot.stream,
            pot=pot,
            project="Named award",
            recipient_type="not_stated",
            priority_basis="none",
            amount=None,
            status="funded",
        )
    )
    with pytest.raises(RuleBroken) as broken:
        a_commitment("1", pot=pot)
    assert broken.value.problems == (
        f"What is free in {pot.ref} is not known: 1 named award (an example) has no stated amount.",
    )


def test_pressing_twice_protects_once(app: Flask) -> None:
    pot = a_pot("1000")
    first = a_commitment("600", pot=pot, key="pressed")
    second = a_commitment("600", pot=pot, key="pressed")
    assert first.ref == second.ref == f"COM-{clock.financial_year(clock.today()) % 100:02}-00001"
    assert ledger.balance(At(pot.ref, "", Bucket.FREE)) == Money.pounds(400)


# -- who may receive (R03) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "voluntary_only, is_voluntary, refused",
    [
        (True, True, []),
        (False, False, []),
        (False, None, []),
        (
            True,
            False,
            ["The Fund is only for voluntary and community organisations, and A Body is not one. Choose another organisation."],
        ),
        (
            True,
            None,
            [
                (
                    "The Fund is only for voluntary and community organisations, and it is not stated whether A Body is one. "
                    "Choose another organisation, or ask an administrator to say."
                )
            ],
        ),
    ],
)
def test_a_voluntary_sector_stream_accepts_only_the_voluntary_sector(
    sqlite_app: Flask, voluntary_only: bool, is_voluntary: bool | None, refused: list[str]
) -> None:
    stream = a_stream("The Fund", voluntary_only=voluntary_only)
    body = an_organisation("A Body", is_voluntary=is_voluntary)
    assert list(rules.may_receive(stream, body)) == refused


def test_of_the_real_bodies_owls_may_receive_the_voluntary_sector_grant_and_a_statutory_body_may_not(facts_app: Flask) -> None:
    from grants.people.queries import organisation

    stream = queries.stream("vcs_grant")
    assert stream.voluntary_only
    assert list(rules.may_receive(stream, organisation("owls"))) == []
    assert len(list(rules.may_receive(stream, organisation("greater_manchester_police")))) == 1


def test_the_demonstration_years_pot_belongs_to_the_same_stream_as_2020_21s(facts_app: Flask) -> None:
    stream = queries.stream("vcs_grant")
    pot = a_pot("60000", stream=stream, year=2026, fictional=True)
    assert pot.ref == "VCS-2026"
    assert [p.ref for p in queries.stream_page(a_finance_officer(stream.partnership), "vcs_grant").pots] == [
        "VCS-2026",
        "VCS-2020",
    ]


# -- the same number of statements whatever the rows -----------------------------------------------------------------------


@pytest.mark.parametrize("how_many", [1, 30])
def test_pages_cost_the_same_however_much_is_on_them(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    stream = a_stream()
    officer = a_finance_officer(stream.partnership)
    for number in range(how_many):
        a_pot(stream=a_stream(partnership=stream.partnership), by=officer)
        a_pot("30000", stream=stream, year=2000 + number, by=officer)
    pot = queries.pot(f"{stream.code}-2000")
    for _number in range(how_many):
        a_commitment("1", pot=pot, by=officer)
    ref, code = stream.ref, pot.ref
    db.session.expire_all()
    officer = officer.holdings[0].person

    with statements() as listing:
        queries.streams_page(officer)
    with statements() as one:
        queries.stream_page(officer, ref)
    with statements() as single:
        queries.pot_page(officer, code)

    assert (len(listing), len(one), len(single)) == (4, 5, 6)
