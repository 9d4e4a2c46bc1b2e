"""Protected commitments: what is not stated, what cannot be reallocated, and what only a resolution changes (R40 to R42)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from grants.awards import proofs as award_proofs
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger import proofs as ledger_proofs
from grants.ledger.chart import At, Bucket, Move
from grants.people.models import Duty
from grants.streams import commands, passporting, promises
from grants.streams.models import Commitment, Outcome, Pot
from tests.builders.applications import a_planned_round, officer_of
from tests.builders.passporting import a_finance, a_group_s_commitment, an_officer, free, protected
from tests.builders.people import a_person, an_organisation
from tests.builders.streams import a_commitment, a_pot, a_stream

P = Money.pounds
IN_THE_YEAR = datetime(2026, 11, 2, 10, tzinfo=UTC)
AFTER_IT = datetime(2027, 4, 20, 10, tzinfo=UTC)


def everything_ties() -> bool:
    return [*ledger_proofs.faults(), *award_proofs.faults()] == []


def the_pot(ref: str) -> Pot:
    return db.session.scalars(select(Pot).where(Pot.ref == ref)).one()


def the_commitment(ref: str) -> Commitment:
    return db.session.scalars(select(Commitment).where(Commitment.ref == ref)).one()


def asked(commitment: Commitment, held_on: date) -> None:
    """One entry in its consultation log."""
    passporting.log_consultation(
        commitment,
        held_on=held_on,
        who="The group's trustees",
        how="A meeting",
        said="Half the clients would wait longer.",
        by=an_officer(commitment.pot),
    )


def resolved(
    commitment: Commitment, outcome: Outcome, amount: str | None = None, **facts: object
) -> passporting.CommitmentReview:
    """A resolution of 18 January 2027 that takes effect after the protected year, told in good time."""
    given = {
        "resolution": "Partnership board, 18 January 2027, minute 9",
        "resolved_on": date(2027, 1, 18),
        "effective_on": date(2027, 5, 1),
        "notice_on": date(2027, 1, 20),
        "reason": "The review said so",
        "by": facts.pop("by", None) or an_officer(commitment.pot),
    } | facts
    return passporting.record_review(commitment, outcome=outcome, amount=P(amount) if amount else None, **given)


# -- not stated (R40) --------------------------------------------------------------------------------------------------


def test_while_an_amount_is_not_stated_nothing_else_is_promised_from_the_pot(app: Flask) -> None:
    pot = a_pot("10000")
    by = a_finance(pot)
    commitment = commands.passport(
        pot,
        recipient="Rangers",
        amount=None,
        protected_from=pot.starts_on,
        protected_until=pot.ends_on,
        exemption="The service cannot be interrupted",
        by=by,
    )
    why = (
        f"What is free in {pot.ref} is not known: the amount protected for Rangers is not stated. Enter the amount, "
        f"or a finance officer's estimate with its reason, on the commitment's page ({commitment.ref})."
    )
    assert (commitment.amount, free(pot), list(promises.barred(pot))) == (None, P(10000), [why])
    round = a_planned_round(pot=pot)
    with pytest.raises(RuleBroken) as refusal:
        from grants.rounds import commands as rounds

        rounds.open_round(round, hold=P(5000), by=officer_of(round))
    assert refusal.value.problems == (why,)
    with pytest.raises(RuleBroken) as refusal:
        a_commitment("1", pot=pot)
    assert refusal.value.problems == (why,)

    passporting.estimate(commitment, amount=P(2500), reason="Last year's costs and 3%", by=by)

    assert (free(pot), protected(commitment), list(promises.barred(pot))) == (P(7500), P(2500), [])
    assert (commitment.amount, passporting.worth(commitment)) == (None, P(2500))
    assert everything_ties()


def test_the_real_rangers_and_drug_action_team_bar_the_real_pot_until_they_are_estimated(facts_app: Flask) -> None:
    from grants.streams import allocations

    pot = the_pot("SSCF-2005")
    rangers, team = the_commitment("rangers_sscf_2005_06"), the_commitment("dat_sscf_2005_06")
    assert [one.ref for one in promises.unstated(pot)] == sorted([rangers.ref, team.ref])
    by = a_finance(pot)
    with pytest.raises(RuleBroken) as refusal:
        passporting.estimate(rangers, amount=P(40000), reason="The patrol's wage bill", by=by)
    assert refusal.value.problems == ("The allocation of SSCF-2005 is not stated, so nothing can be taken from it.",)

    allocations_of(pot, "120000", by, allocations)
    said = list(promises.barred(the_pot("SSCF-2005")))
    assert len(said) == 2 and all("is not known" in sentence for sentence in said)
    passporting.estimate(the_commitment(rangers.ref), amount=P(40000), reason="The patrol's wage bill", by=by)
    assert len(list(promises.barred(the_pot("SSCF-2005")))) == 1
    passporting.estimate(the_commitment(team.ref), amount=P(35000), reason="The team's bid", by=by)
    assert (list(promises.barred(the_pot("SSCF-2005"))), free(pot)) == ([], P(45000))


def allocations_of(pot: Pot, pounds: str, by: object, allocations: object) -> None:
    """An allocation confirmed for a pot that had none."""
    from grants.streams.models import Certainty

    allocations.record_allocation(  # type: ignore[attr-defined]
        pot, funder=None, certainty=Certainty.CONFIRMED, amount=P(pounds), effective_on=pot.starts_on, document="Letter", by=by
    )


# -- stated, up and down -----------------------------------------------------------------------------------------------


def test_a_stated_amount_replaces_the_estimate_and_moves_only_the_difference(app: Flask) -> None:
    with clock.stopped(IN_THE_YEAR):
        pot = a_pot("10000")
        by = a_finance(pot)
        commitment = a_commitment("3000", pot=pot)
        for amount, left in (("3500", "6500"), ("3200", "6800"), ("3300.01", "6699.99"), ("100", "9900")):
            passporting.state_amount(commitment, amount=P(amount), document=f"Letter saying {amount}", by=by)
            assert (commitment.amount, protected(commitment), free(pot)) == (P(amount), P(amount), P(left))
            assert passporting.standing(commitment) == (P(amount), P(amount))
        with pytest.raises(RuleBroken) as refusal:
            passporting.state_amount(commitment, amount=P("10000.01"), document="Letter", by=by)
        assert refusal.value.problems == (f"{pot.ref} has £9,900.00 free; this needs £9,900.01.",)
        assert everything_ties()


def test_what_is_wrong_with_an_amount_is_said(sqlite_app: Flask) -> None:
    pot = a_pot("1000")
    commitment = a_commitment("600", pot=pot)
    by = a_finance(pot)
    for call, problems in (
        (lambda: passporting.state_amount(commitment, amount=P(600), document="L", by=by), ("The amount is £600.00 already.",)),
        (
            lambda: passporting.state_amount(commitment, amount=P(0), document=" ", by=by),
            ("Enter an amount of more than £0.00.", "Enter where the amount is stated, for example a letter and its date."),
        ),
        (
            lambda: passporting.estimate(commitment, amount=P(5), reason="", by=by),
            ("The amount is stated: £600.00. Correct that instead.", "Enter how you came to the estimate."),
        ),
    ):
        with pytest.raises(RuleBroken) as refusal:
            call()
        assert refusal.value.problems == problems
    with pytest.raises(Refused):
        passporting.state_amount(commitment, amount=P(500), document="L", by=an_officer(pot))


# -- in the protected year nothing reallocates it ----------------------------------------------------------------------


def test_no_door_leads_protected_money_anywhere_in_its_year(app: Flask) -> None:
    with clock.stopped(IN_THE_YEAR):
        pot, other = a_pot("1000"), a_pot("1")
        commitment = a_group_s_commitment("1000", pot=pot)
        aside, nothing = At(pot.ref, commitment.ref, Bucket.PASSPORTED), At(pot.ref, "", Bucket.FREE)
        doors = (
            [Move("release passported", aside, nothing, 1)],
            [Move("reserve", nothing, At(pot.ref, "RND-26-00009", Bucket.RESERVED), 1)],
            [
                Move("vire out", nothing, At(pot.ref, other.ref, Bucket.VIRED_OUT), 1),
                Move("vire in", At(other.ref, pot.ref, Bucket.VIRED_IN), At(other.ref, "", Bucket.FREE), 1),
            ],
            [Move("offer", nothing, At(pot.ref, "AWD-26-00009", Bucket.OFFERED), 1)],
            [Move("return", nothing, At(pot.ref, "funder", Bucket.RETURNED), 1)],
        )
        for n, moves in enumerate(doors):
            with pytest.raises(RuleBroken) as refusal:
                ledger.post(*moves, key=f"door {n}", on=clock.today(), by="somebody", source="DOOR")
            assert refusal.value.problems == (
                ("That commitment is protected until its review date.",)
                if n == 0
                else (f"{pot.ref} has £0.00 free; this needs £0.01.",)
            )
        with pytest.raises(RuleBroken):
            passporting.give_back(commitment, by=a_finance(pot))
        with pytest.raises(RuleBroken):
            a_commitment("0.01", pot=pot)
        assert protected(commitment) == P(1000)


def test_the_hate_crime_fund_is_refused_by_exactly_a_penny(facts_app: Flask) -> None:
    pot = the_pot("HCF-2020")
    assert pot.allocation == P(10000)
    unstated = list(promises.barred(pot))
    fresh = a_pot("10000", year=2027, stream=pot.stream)
    a_commitment("4000", pot=fresh)
    with pytest.raises(RuleBroken) as refusal:
        a_commitment("6000.01", pot=fresh)
    assert refusal.value.problems == (f"{fresh.ref} has £6,000.00 free; this needs £6,000.01.",)
    a_commitment("6000", pot=fresh)
    assert free(fresh) == P(0)
    with pytest.raises(RuleBroken) as refusal:
        a_commitment("0.01", pot=fresh)
    assert refusal.value.problems == (f"{fresh.ref} has £0.00 free; this needs £0.01.",)
    assert isinstance(unstated, list)


# -- the second year (R41) ---------------------------------------------------------------------------------------------


def test_kept_it_is_protected_again_in_next_year_s_pot(app: Flask) -> None:
    pot = a_pot("10000")
    after = a_pot("9000", year=2027, stream=pot.stream)
    commitment = a_group_s_commitment("4000", pot=pot)
    with clock.stopped(AFTER_IT):
        review = resolved(commitment, Outcome.KEEP)
    became = review.became
    assert became is not None
    assert (review.amount, became.amount, became.pot_id, became.follows_id) == (P(4000), P(4000), after.id, commitment.id)
    assert (protected(became), free(after), protected(commitment)) == (P(4000), P(5000), P(4000))
    assert (became.protected_from, became.protected_until, became.review_due) == (
        date(2027, 4, 1),
        date(2028, 3, 31),
        date(2028, 1, 31),
    )
    with pytest.raises(RuleBroken) as refusal, clock.stopped(AFTER_IT):
        resolved(commitment, Outcome.RELEASE)
    assert refusal.value.problems == ("This has been decided: Partnership board, 18 January 2027, minute 9.",)
    assert everything_ties()


def test_kept_where_the_next_pot_has_too_little_it_stands_in_line_and_bars_the_pot(app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_group_s_commitment("4000", pot=pot)
    with clock.stopped(AFTER_IT):
        review = resolved(commitment, Outcome.KEEP)
        became = review.became
        assert became is not None and (became.pot, became.amount, review.amount) == (None, None, P(4000))
        after = a_pot("4000", year=2027, stream=pot.stream)
        with pytest.raises(RuleBroken):
            a_commitment("1", pot=after)
        passporting.state_amount(became, amount=P(4000), document="Minute 9", by=a_finance(pot))
    assert (became.pot_id, protected(became), free(after)) == (after.id, P(4000), P(0))


def test_a_group_s_money_is_cut_only_after_asking_and_three_months_notice(app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_group_s_commitment("4000", pot=pot)
    with clock.stopped(AFTER_IT):
        with pytest.raises(RuleBroken) as refusal:
            resolved(commitment, Outcome.TAPER, "3000", effective_on=date(2027, 4, 19))
        assert refusal.value.problems == (
            "The group was told on 20 January 2027, so it can have less money from 20 April 2027 at the earliest.",
            (
                "Harbour Advice would have less money. Ask them first, and keep what they said in the consultation log: "
                "nothing in it is dated on or before the resolution."
            ),
        )
        asked(commitment, date(2027, 1, 19))  # the day after the resolution: too late
        with pytest.raises(RuleBroken):
            resolved(commitment, Outcome.TAPER, "3000")
        asked(commitment, date(2027, 1, 18))
        review = resolved(commitment, Outcome.TAPER, "3000", effective_on=date(2027, 4, 20))
    assert (review.amount, review.became is not None) == (P(3000), True)


def test_released_it_goes_back_to_free_once_its_protection_and_notice_have_passed(app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_group_s_commitment("4000", pot=pot)
    with clock.stopped(datetime(2027, 2, 1, 10, tzinfo=UTC)):
        asked(commitment, date(2027, 1, 10))
        with pytest.raises(RuleBroken) as refusal:
            resolved(commitment, Outcome.RELEASE, notice_on=date(2026, 11, 1), effective_on=date(2027, 3, 31))
        assert refusal.value.problems == (
            "It is protected until 31 March 2027, so the resolution takes effect on 1 April 2027 at the earliest.",
        )
        resolved(commitment, Outcome.RELEASE)
        assert (protected(commitment), commitment.ended_on) == (P(4000), date(2027, 5, 1))
    by = a_finance(pot)
    with clock.stopped(AFTER_IT), pytest.raises(RuleBroken) as refusal:
        passporting.give_back(commitment, by=by)
    assert refusal.value.problems == ("What was resolved takes effect on 1 May 2027. Nothing goes back before then.",)
    with clock.stopped(datetime(2027, 5, 1, 10, tzinfo=UTC)):
        assert passporting.give_back(commitment, by=by) == P(4000)
        assert (protected(commitment), free(pot)) == (P(0), P(10000))
        with pytest.raises(RuleBroken):
            passporting.give_back(commitment, by=by)
    assert everything_ties()


def test_a_statutory_service_needs_a_resolution_and_no_notice(app: Flask) -> None:
    pot = a_pot("10000")
    police = an_organisation("Police", is_voluntary=False)
    commitment = a_commitment("4000", pot=pot, organisation=police)
    with clock.stopped(AFTER_IT):
        with pytest.raises(RuleBroken) as refusal:
            resolved(commitment, Outcome.RELEASE, resolution=" ", reason="", notice_on=None, effective_on=date(2027, 4, 1))
        assert refusal.value.problems == (
            "Enter the resolution: which body, which meeting, which number.",
            "Enter the reason.",
        )
        resolved(commitment, Outcome.RELEASE, notice_on=None, effective_on=date(2027, 4, 1))
    assert (protected(commitment), free(pot)) == (P(0), P(10000))


@pytest.mark.parametrize(
    "outcome, amount, problem",
    [
        (Outcome.KEEP, "3999", "Kept means as much as now, £4,000.00. To give £3,999.00, choose change or taper."),
        (Outcome.TAPER, "4000", "Tapered means less than now, £4,000.00. To give £4,000.00, choose keep or change."),
        (Outcome.TAPER, None, "Enter what it is tapered to."),
        (Outcome.RELEASE, "1", "Released means that there is no amount for the year to come. Take the £1.00 away."),
    ],
)
def test_an_outcome_and_its_amount_go_together(sqlite_app: Flask, outcome: Outcome, amount: str | None, problem: str) -> None:
    pot = a_pot("10000")
    commitment = a_commitment("4000", pot=pot)
    with clock.stopped(AFTER_IT), pytest.raises(RuleBroken) as refusal:
        resolved(commitment, outcome, amount)
    assert refusal.value.problems == (problem,)


def test_a_person_of_the_group_does_not_record_what_was_resolved(sqlite_app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_group_s_commitment("4000", pot=pot)
    both = a_person(Duty.GRANTS_OFFICER, Duty.CERTIFIER, organisation=commitment.organisation, partnership=None)
    with clock.stopped(AFTER_IT), pytest.raises(Refused) as refusal:
        resolved(commitment, Outcome.KEEP, by=both)
    assert [one.sentence for one in refusal.value.objections] == [
        "You act for Harbour Advice, whose money this is, so someone else has to do this."
    ]


def test_money_of_a_line_goes_back_to_the_line(app: Flask) -> None:
    from grants.streams import lines
    from grants.streams.models import LineKind

    pot = a_pot("10000", stream=a_stream())
    by = a_finance(pot)
    line = lines.open_line(pot, name="Kept back", kind=LineKind.CONTINGENCY, amount=P(5000), by=by)
    commitment = a_commitment("4000", pot=pot, line=line, by=by)
    assert (free(pot), balance_of(pot, line.ref)) == (P(5000), P(1000))
    with clock.stopped(AFTER_IT):
        resolved(commitment, Outcome.RELEASE, notice_on=None, effective_on=date(2027, 4, 1))
    assert (free(pot), balance_of(pot, line.ref)) == (P(5000), P(5000))


def balance_of(pot: Pot, line: str) -> Money:
    from grants.ledger.queries import balance

    return balance(At(pot.ref, line, Bucket.FREE))


def test_three_months_on_is_the_same_day_or_the_month_s_last() -> None:
    assert [passporting.earliest(day) for day in (date(2026, 11, 30), date(2027, 1, 20), date(2026, 12, 31))] == [
        date(2027, 2, 28),
        date(2027, 4, 20),
        date(2027, 3, 31),
    ]
