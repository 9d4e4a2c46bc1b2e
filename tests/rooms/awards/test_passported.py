"""Protected commitments as awards, and awards over several years: the money goes to them, and comes back to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grants.audit.queries import history
from grants.awards import commands, proofs, queries, years
from grants.awards.models import Award, Gate, State, YearState
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger
from grants.ledger import proofs as ledger_proofs
from grants.ledger.chart import At, Bucket, Move
from grants.ledger.queries import balance, owned
from grants.monitoring import commands as monitoring
from grants.papers.award_letter import draw as letter
from grants.payments import queries as payments
from grants.people.duties import Deed
from grants.people.models import Duty
from grants.streams import passporting
from grants.streams.models import Outcome, Pot
from tests.builders.awards import signatory_of
from tests.builders.passporting import (
    a_finance,
    a_group_s_commitment,
    a_passported_award,
    a_passported_offer,
    an_officer,
    free,
    passported_terms,
    protected,
)
from tests.builders.payments import a_paid, an_accepted, first, reports
from tests.builders.people import a_person, an_organisation
from tests.builders.streams import a_commitment, a_pot, a_stream

P = Money.pounds


def everything_ties() -> list[str]:
    return [*ledger_proofs.faults(), *proofs.faults()]


# -- the way in --------------------------------------------------------------------------------------------------------


def test_a_protected_commitment_becomes_an_award_that_says_it_was_not_competed_for(app: Flask) -> None:
    pot = a_pot("10000")
    commitment = a_group_s_commitment("4000.01", pot=pot)

    award = a_passported_offer(commitment)

    assert (award.from_open_call, award.application, award.decision, award.commitment) == (False, None, None, commitment)
    assert owned(award.ref) == {(pot.ref, Bucket.OFFERED): P("4000.01")}
    assert (protected(commitment), free(pot)) == (P(0), P("5999.99"))
    assert [one.amount for one in award.instalments] == [P("2000.01"), P(2000)]
    assert history(commitment.ref)[0].sentence == f"Offered £4,000.01 of it as the award {award.ref}"
    assert everything_ties() == []


@pytest.mark.parametrize("refuse", ["decline", "lapse"])
def test_an_offer_nobody_takes_goes_back_to_the_commitment_and_never_to_free(app: Flask, refuse: str) -> None:
    commitment = a_group_s_commitment("4000")
    award = a_passported_offer(commitment)
    pot = commitment.pot
    assert pot is not None
    if refuse == "decline":
        commands.decline(award, reason="The service has closed", by=signatory_of(award))
    else:
        with clock.stopped(clock.now() + timedelta(days=20)):
            commands.lapse(award, by=an_officer(pot))

    assert (protected(commitment), free(pot), owned(award.ref)) == (P(4000), P(6000), {})
    again = a_passported_offer(commitment)
    assert (again.state, protected(commitment)) == (State.OFFERED, P(0))
    assert everything_ties() == []


def test_its_payments_and_reports_are_like_any_other_s(app: Flask) -> None:
    award = a_passported_award("4000")
    a_paid(first(award))
    an_accepted(reports(award)[0], "1500")
    assert {bucket: amount for (_book, bucket), amount in owned(award.ref).items()} == {
        Bucket.COMMITTED: P(2000),
        Bucket.PAID: P(500),
        Bucket.EVIDENCED: P(1500),
    }
    assert first(award, 2).gate_met_at is not None
    assert everything_ties() == []


def test_whoever_offered_it_decided_it_and_neither_raises_nor_approves_its_payments(sqlite_app: Flask) -> None:
    commitment = a_group_s_commitment("4000")
    assert commitment.pot is not None
    partnership = commitment.pot.stream.partnership
    both = a_person(Duty.GRANTS_OFFICER, Duty.FINANCE_OFFICER, partnership=partnership)
    award = a_passported_offer(commitment, by=both)
    monitoring.accept_offer(award, signed_as="Treasurer", by=signatory_of(award))
    assert payments.done(award) == {Deed.ASSESS: set(), Deed.DECIDE: {both.ref}}
    with pytest.raises(Refused):
        from grants.payments import commands as pay

        pay.raise_payment(first(award), by=both)
    assert [one.page for one in payments.waiting(both)] == []


def test_everything_against_such_an_offer_is_said_at_once(sqlite_app: Flask) -> None:
    commitment = a_group_s_commitment("4000", organisation=an_organisation("Theirs"))
    with pytest.raises(RuleBroken) as refusal:
        a_passported_offer(
            commitment,
            organisation=an_organisation("Another"),
            amount=P("4000.01"),
            answer_by=clock.today(),
            later_years=[(2026, P(1)), (2028, P(0)), (2027, P(5)), (2027, P(5))],
        )
    assert refusal.value.problems == (
        f"{commitment.ref} has £4,000.00 set aside; this needs £4,000.01.",
        "This money is protected for Theirs, so it cannot be offered to Another.",
        "The last day to answer must be after today.",
        "A later year comes after 2026/27; 2026/27 does not.",
        "2028/29 must be promised more than £0.00.",
        "2027/28 is there twice.",
        "Put the later years in order.",
    )
    award = a_passported_offer(commitment)
    with pytest.raises(RuleBroken) as refusal:
        commands.offer_passported(
            commitment, **passported_terms(commitment, amount=P(1), instalments=[(P(1), clock.today(), Gate.ACCEPTED)])
        )
    assert refusal.value.problems == (
        f"It is an award already: {award.ref}.",
        f"{commitment.ref} has £0.00 set aside; this needs £0.01.".replace("0.01", "1.00"),
    )


def test_a_voluntary_stream_s_protected_money_goes_to_no_statutory_body(sqlite_app: Flask) -> None:
    pot = a_pot(stream=a_stream("VCS", voluntary_only=True))
    commitment = a_commitment("100", pot=pot)
    with pytest.raises(RuleBroken) as refusal:
        a_passported_offer(commitment, organisation=an_organisation("Police", is_voluntary=False))
    assert refusal.value.problems == (
        "VCS is only for voluntary and community organisations, and Police is not one. Choose another organisation.",
    )


def test_the_proof_finds_an_offer_drawn_from_somebody_else_s_protection(app: Flask) -> None:
    pot = a_pot("10000")
    mine, theirs = a_group_s_commitment("1000", pot=pot), a_group_s_commitment("500", pot=pot)
    award = a_passported_offer(mine)
    theft = Move("offer", At(pot.ref, theirs.ref, Bucket.PASSPORTED), At(pot.ref, award.ref, Bucket.OFFERED), 100)
    ledger.post(theft, key="theft", on=clock.today(), by="somebody", source=award.ref)
    astray = Move("lapse", At(pot.ref, award.ref, Bucket.OFFERED), At(pot.ref, "", Bucket.FREE), 50)
    ledger.post(astray, key="astray", on=clock.today(), by="somebody", source=award.ref)
    assert [sentence for sentence in proofs.faults() if "£1,000" not in sentence] == [
        f"Award {award.ref} has £1.00 from {theirs.ref} (passported): it is not where its money comes from.",
        f"The offer {award.ref} lapsed and gave £0.50 to  (free): it came from elsewhere.",
    ]


# -- several years -----------------------------------------------------------------------------------------------------

NEXT = datetime(2027, 4, 20, 10, tzinfo=UTC)


def a_two_year_award() -> tuple[Award, Pot]:
    """£4,000 in 2026/27 and £3,000 promised for 2027/28, with the pot of that year open and £5,000 in it."""
    pot = a_pot("10000")
    award = a_passported_award("4000", pot=pot, later_years=[(2027, P(3000)), (2028, P(2000))])
    return award, a_pot("5000", year=2027, stream=pot.stream)


def decide(award: Award, outcome: Outcome, amount: str | None = None, **facts: object) -> Award:
    """A resolution of January 2027."""
    given: dict[str, object] = {
        "resolution": "Board, 18 January 2027, minute 4",
        "resolved_on": date(2027, 1, 18),
        "reason": "It works",
        "by": an_officer(award.pot),
    } | facts
    if amount:
        given |= {"amount": P(amount), "instalments": [(P(amount), date(2027, 6, 1), Gate.REPORT)]}
    return monitoring.decide_year(award, 2027, outcome=outcome, **given)


def test_a_later_year_moves_no_money_until_its_pot_is_open_and_then_comes_first(app: Flask) -> None:
    pot = a_pot("10000")
    award = a_passported_award("4000", pot=pot, later_years=[(2027, P(3000))])
    by = a_finance(pot)
    assert [(one.year, one.amount, one.state) for one in award.later_years] == [(2027, P(3000), YearState.SUBJECT_TO_FUNDING)]
    assert award.agreed == P(4000)
    with pytest.raises(RuleBroken) as refusal:
        years.protect_year(award, 2027, by=by)
    assert refusal.value.problems == ("The pot for 2027/28 is not open yet.",)
    after = a_pot("2000", year=2027, stream=pot.stream)
    assert [(one.award, one.amount, one.pot) for one in years.first_call(after)] == [(award.ref, P(3000), after.ref)]
    with pytest.raises(RuleBroken) as refusal:
        years.protect_year(award, 2027, by=by)
    assert refusal.value.problems == (f"{after.ref} has £2,000.00 free; this needs £3,000.00.",)

    commitment = years.protect_year(award, 2027, amount=P(2000), by=by)

    assert (commitment.award, protected(commitment), free(after), years.first_call(after)) == (award.ref, P(2000), P(0), [])
    assert everything_ties() == []


def test_kept_it_is_committed_from_the_new_pot_and_asks_for_its_reports(app: Flask) -> None:
    award, after = a_two_year_award()
    commitment = years.protect_year(award, 2027, by=a_finance(award.pot))
    asked = len(reports(award))
    with clock.stopped(NEXT):
        decide(award, Outcome.KEEP, "3000")
    assert owned(award.ref) == {
        (award.pot.ref, Bucket.COMMITTED): P(4000),
        (after.ref, Bucket.COMMITTED): P(3000),
    }
    assert (award.agreed, award.ends_on, protected(commitment), free(after)) == (P(7000), date(2028, 3, 31), P(0), P(2000))
    assert [one.number for one in award.instalments] == [1, 2, 3]
    assert [one.number for one in reports(award)] == list(range(1, asked + 3))
    assert reports(award)[-1].period_end == date(2028, 3, 31)
    assert dict(queries.money_now(award)) == {queries.Stage.COMMITTED: P(7000)}
    assert award.later_years[0].state is YearState.KEPT
    assert everything_ties() == []


def test_the_oldest_year_s_money_is_paid_first(app: Flask) -> None:
    award, after = a_two_year_award()
    years.protect_year(award, 2027, by=a_finance(award.pot))
    with clock.stopped(NEXT):
        decide(award, Outcome.KEEP, "3000")
        a_paid(first(award))
        for number in (1, 2):
            an_accepted(reports(award)[number - 1], "2000")
            a_paid(first(award, number + 1))
    assert dict(owned(award.ref)) == {
        (award.pot.ref, Bucket.EVIDENCED): P(4000),
        (after.ref, Bucket.PAID): P(3000),
    }


def test_tapered_what_is_left_stays_until_the_notice_has_run(app: Flask) -> None:
    award, after = a_two_year_award()
    by = a_finance(award.pot)
    commitment = years.protect_year(award, 2027, by=by)
    facts = {"notice_on": date(2027, 2, 10), "effective_on": date(2027, 5, 9)}
    with clock.stopped(NEXT):
        with pytest.raises(RuleBroken) as refusal:
            decide(award, Outcome.TAPER, "1000", **facts)
        assert refusal.value.problems == (
            "The group was told on 10 February 2027, so it can have less money from 10 May 2027 at the earliest.",
            (
                "Harbour Advice would have less money. Ask them first, and keep what they said in the consultation log: "
                "nothing in it is dated on or before the resolution."
            ),
        )
        passporting.log_consultation(
            commitment, held_on=date(2027, 1, 11), who="Trustees", how="Meeting", said="Hard", by=an_officer(after)
        )
        decide(award, Outcome.TAPER, "1000", **facts | {"effective_on": date(2027, 5, 10)})
        assert (award.agreed, protected(commitment), free(after)) == (P(5000), P(2000), P(2000))
        with pytest.raises(RuleBroken):
            passporting.give_back(commitment, by=by)
    with clock.stopped(datetime(2027, 5, 10, 9, tzinfo=UTC)):
        passporting.give_back(commitment, by=by)
    assert (protected(commitment), free(after)) == (P(0), P(4000))
    assert everything_ties() == []


def test_released_none_of_it_is_ever_committed(app: Flask) -> None:
    award, after = a_two_year_award()
    by = a_finance(award.pot)
    with pytest.raises(RuleBroken) as refusal, clock.stopped(NEXT):
        decide(award, Outcome.KEEP, "3000")
    assert refusal.value.problems == ("2027/28 is not protected in its pot yet, so it can only be released. Protect it first.",)
    commitment = years.protect_year(award, 2027, by=by)
    passporting.log_consultation(
        commitment, held_on=date(2026, 11, 2), who="Trustees", how="Meeting", said="Hard", by=an_officer(after)
    )
    with clock.stopped(NEXT):
        decide(award, Outcome.RELEASE, notice_on=date(2027, 1, 18), effective_on=date(2027, 4, 18))
        assert passporting.give_back(commitment, by=by) == P(3000)
    assert (award.agreed, free(after), award.later_years[0].state) == (P(4000), P(5000), YearState.RELEASED)
    assert everything_ties() == []


def test_a_year_is_decided_on_the_award_and_nowhere_else(sqlite_app: Flask) -> None:
    award, _after = a_two_year_award()
    commitment = years.protect_year(award, 2027, by=a_finance(award.pot))
    with pytest.raises(RuleBroken) as refusal:
        passporting.record_review(
            commitment,
            outcome=Outcome.KEEP,
            resolution="Board",
            resolved_on=clock.today(),
            effective_on=clock.today(),
            reason="r",
            by=an_officer(award.pot),
        )
    assert refusal.value.problems == (f"This is a later year of {award.ref}. Decide it on the award's page.",)


def test_the_letter_says_what_later_years_are_worth(sqlite_app: Flask) -> None:
    from io import BytesIO

    import pypdf

    award = a_passported_offer(a_group_s_commitment("4000"), later_years=[(2027, P(3000))])
    said = " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(letter(award))).pages)
    assert "£3,000.00 in 2027/28, if we get the funding" in " ".join(said.split())
    assert "protected commitment" in said


# -- no sequence reduces what is protected before its day --------------------------------------------------------------


class Protected(RuleBasedStateMachine):
    """Two commitments, a pot of £100 and a year; everything anybody can do, in any order, on five days around its end."""

    def __init__(self) -> None:
        super().__init__()
        db.session.rollback()
        self.day = date(2026, 4, 2)
        with self.at():
            self.pot = a_pot("100")
            self.next = a_pot("100", year=2027, stream=self.pot.stream)
            self.finance, self.officer = a_finance(self.pot), an_officer(self.pot)
            self.commitments = [a_group_s_commitment("30", pot=self.pot), a_group_s_commitment("20", pot=self.pot)]
        self.worth = {one.ref: P(a) for one, a in zip(self.commitments, ("30", "20"), strict=True)}
        self.keys = 0

    def at(self):
        return clock.stopped(datetime(self.day.year, self.day.month, self.day.day, 10, tzinfo=UTC))

    @initialize()
    def begin(self) -> None:
        pass

    def tried(self, do) -> None:
        """Whatever is refused is refused; nothing else goes wrong."""
        self.keys += 1
        with self.at():
            try:
                do()
            except (RuleBroken, Refused):
                db.session.rollback()

    @rule(days=st.sampled_from([1, 90, 300]))
    def time_passes(self, days: int) -> None:
        self.day = min(self.day + timedelta(days), date(2027, 6, 1))

    @rule(which=st.integers(0, 1))
    def offer(self, which: int) -> None:
        self.tried(lambda: a_passported_offer(self.commitments[which], by=self.officer))

    @rule(which=st.integers(0, 1), yes=st.booleans())
    def answer(self, which: int, yes: bool) -> None:
        for ref in queries.of_commitment(self.commitments[which]):
            award = db.session.query(Award).filter_by(ref=ref).one()
            by = signatory_of(award)
            if yes:
                self.tried(lambda award=award, by=by: monitoring.accept_offer(award, signed_as="Chair", by=by))
            else:
                self.tried(lambda award=award, by=by: commands.decline(award, reason="No", by=by))

    @rule(amount=st.integers(1, 6000), door=st.sampled_from(["release", "hold", "vire", "offer", "back"]))
    def somebody_else_wants_it(self, amount: int, door: str) -> None:
        pot, nothing = self.pot.ref, At(self.pot.ref, "", Bucket.FREE)
        aside = At(pot, self.commitments[0].ref, Bucket.PASSPORTED)
        moves = {
            "release": [Move("release passported", aside, nothing, amount)],
            "hold": [Move("reserve", nothing, At(pot, "RND", Bucket.RESERVED), amount)],
            "vire": [
                Move("vire out", nothing, At(pot, self.next.ref, Bucket.VIRED_OUT), amount),
                Move("vire in", At(self.next.ref, pot, Bucket.VIRED_IN), At(self.next.ref, "", Bucket.FREE), amount),
            ],
            "offer": [Move("offer", nothing, At(pot, "OTHER", Bucket.OFFERED), amount)],
            "back": [Move("return", nothing, At(pot, "funder", Bucket.RETURNED), amount)],
        }[door]
        if door == "release" and self.day > date(2027, 3, 31):
            return
        self.tried(lambda: ledger.post(*moves, key=f"k{self.keys}", on=self.day, by="somebody", source="DOOR"))

    @rule(which=st.integers(0, 1), outcome=st.sampled_from(list(Outcome)), amount=st.sampled_from([None, "5", "30"]))
    def review(self, which: int, outcome: Outcome, amount: str | None) -> None:
        self.tried(
            lambda: passporting.record_review(
                self.commitments[which],
                outcome=outcome,
                amount=P(amount) if amount else None,
                resolution="Board",
                resolved_on=self.day,
                effective_on=max(self.day, date(2027, 4, 1)),
                notice_on=None,
                reason="r",
                by=self.officer,
            )
        )

    @rule(which=st.integers(0, 1))
    def give_back(self, which: int) -> None:
        self.tried(lambda: passporting.give_back(self.commitments[which], by=self.finance))

    @invariant()
    def nothing_protected_has_gone_anywhere_but_to_its_own_award(self) -> None:
        db.session.rollback()
        if self.day <= date(2027, 3, 31):
            for commitment in self.commitments:
                held = balance(At(self.pot.ref, commitment.ref, Bucket.PASSPORTED)).pence
                for ref in queries.of_commitment(commitment):
                    held += sum(a.pence for (book, _b), a in owned(ref).items() if book == self.pot.ref)
                assert Money(held) == self.worth[commitment.ref]
        assert everything_ties() == []


def test_no_sequence_reduces_what_is_protected_before_its_day(sqlite_app: Flask) -> None:
    run_state_machine_as_test(
        Protected,
        settings=settings(
            max_examples=6,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
