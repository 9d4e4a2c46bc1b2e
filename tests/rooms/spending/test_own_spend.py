"""Own spend: planned, committed, charged net of VAT, put right, closed; and what refuses it, with what is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grants.audit import queries as audit
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused, RuleBroken
from grants.kernel.money import Money
from grants.ledger import commands as ledger_commands
from grants.ledger import proofs as ledger_proofs
from grants.ledger import queries as ledger
from grants.ledger.chart import At, Bucket, Move
from grants.people import delegation
from grants.people.delegation import What
from grants.people.models import Approval, Duty
from grants.spending import commands, proofs, queries
from grants.spending.models import OwnSpend, SpendKind, SpendState
from grants.streams import lines
from grants.streams.models import LineKind, Pot
from tests.builders.people import a_person, an_organisation
from tests.builders.spending import a_charge, a_pot_of_this_year, an_own_spend, chief_of, committed
from tests.builders.streams import a_finance_officer, a_pot, a_stream

DAY = timedelta(days=1)


def pounds(amount: str) -> Money:
    return Money.pounds(amount)


def books(pot: Pot, owner: str = "") -> dict[Bucket, Money]:
    """What an owner ('' the pot's free money) has, bucket by bucket; nought is left out."""
    return {at.bucket: amount for at, amount in ledger.by_owner([pot.ref]).items() if at.owner == owner}


def ties(pot: Pot) -> bool:
    return ledger.ties(ledger.figures(ledger.balances([pot.ref]))[pot.ref])


def test_planned_spend_posts_nothing(app: Flask) -> None:
    pot = a_pot_of_this_year("5000")

    spend = an_own_spend("1200", pot=pot)

    assert (spend.ref[:7], spend.state, spend.planned) == (f"OWN-{pot.year % 100:02}-", SpendState.PLANNED, pounds("1200"))
    assert ledger.history(spend.ref) == []
    assert books(pot) == {Bucket.FREE: pounds("5000")}


def test_committing_takes_it_from_free_money_in_one_batch_and_keeps_the_second_persons_yes(app: Flask) -> None:
    pot = a_pot_of_this_year("5000")
    spend = an_own_spend("1200", pot=pot)
    chief = chief_of(pot)

    commands.commit(spend, by=chief)

    assert spend.state is SpendState.COMMITTED
    assert (books(pot), books(pot, spend.ref)) == ({Bucket.FREE: pounds("3800")}, {Bucket.COMMITTED: pounds("1200")})
    assert [(line.kind, line.batch_key) for line in ledger.history(spend.ref)] == [
        ("offer", f"commit:{spend.ref}"),
        ("accept", f"commit:{spend.ref}"),
    ]
    [approval] = db.session.query(Approval).all()
    assert (approval.what, approval.subject, approval.pence) == ("own spend", spend.ref, pounds("1200"))
    assert (approval.asked_by, approval.given_by) == (spend.recorded_by, chief.ref)


def test_whoever_planned_it_does_not_commit_it(app: Flask) -> None:
    pot = a_pot_of_this_year()
    both = a_person(Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER, partnership=pot.stream.partnership)
    spend = an_own_spend(pot=pot, by=both)

    with pytest.raises(Refused) as refused:
        commands.commit(spend, by=both)

    assert [one.sentence for one in refused.value.objections] == ["You planned this, so somebody else has to commit it."]
    assert queries.spend(spend.ref).state is SpendState.PLANNED


def test_an_approver_commits_up_to_their_limit_and_no_further(app: Flask) -> None:
    pot = a_pot_of_this_year("50000")
    approver = a_person(Duty.APPROVER, partnership=pot.stream.partnership)
    within, beyond = an_own_spend("10000", pot=pot), an_own_spend("10000.01", pot=pot)

    commands.commit(within, by=approver)
    with pytest.raises(Refused) as refused:
        commands.commit(beyond, by=approver)

    assert within.state is SpendState.COMMITTED
    assert [one.sentence for one in refused.value.objections] == [
        "You can approve own spend of up to £10,000.00. This is £10,000.01."
    ]


def test_an_officer_with_a_delegation_of_their_own_commits_what_they_planned_up_to_it(app: Flask) -> None:
    pot = a_pot_of_this_year("50000")
    partnership = pot.stream.partnership
    chief = chief_of(pot)
    delegation.set_delegation(
        partnership,
        what=What.OWN_SPEND,
        duty=Duty.FINANCE_OFFICER,
        up_to=pounds("500"),
        effective_on=clock.today(),
        by=chief,
    )
    officer = a_finance_officer(partnership)

    spend = commands.commit(an_own_spend("500", pot=pot, by=officer), by=officer)

    assert spend.state is SpendState.COMMITTED
    with pytest.raises(Refused):
        commands.commit(an_own_spend("500.01", pot=pot, by=officer), by=officer)


def test_beyond_every_limit_a_resolution_is_asked_for(app: Flask) -> None:
    pot = a_pot_of_this_year("500000")
    spend = an_own_spend("100000.01", pot=pot)

    with pytest.raises(RuleBroken) as broken:
        commands.commit(spend, by=chief_of(pot))
    assert broken.value.problems == ("So much can only be committed under a resolution. Enter it, with its date.",)

    commands.commit(spend, resolution="Cabinet, minute 4 of 2 June", by=chief_of(pot))
    assert books(pot, spend.ref) == {Bucket.COMMITTED: pounds("100000.01")}


def test_more_than_is_free_is_refused_with_what_is_left(app: Flask) -> None:
    pot = a_pot_of_this_year("1000")
    spend = an_own_spend("1000.01", pot=pot)

    with pytest.raises(RuleBroken) as broken:
        commands.commit(spend, by=chief_of(pot))

    assert broken.value.problems == (f"{pot.ref} has £1,000.00 free; this needs £1,000.01.",)
    assert (queries.spend(spend.ref).state, books(pot)) == (SpendState.PLANNED, {Bucket.FREE: pounds("1000")})


def test_a_pot_whose_free_money_is_not_known_commits_nothing(app: Flask) -> None:
    pot = a_pot_of_this_year(None)  # type: ignore[arg-type]  # not stated
    spend = an_own_spend(pot=pot)

    with pytest.raises(RuleBroken) as broken:
        commands.commit(spend, by=chief_of(pot))

    assert broken.value.problems == (f"The allocation of {pot.ref} is not stated, so nothing can be taken from it.",)


def test_a_charge_is_net_of_vat_which_never_touches_the_pot(app: Flask) -> None:
    spend = committed("1000")
    pot = spend.pot

    charge = a_charge("250", vat="50", spend=spend)

    assert books(pot, spend.ref) == {Bucket.COMMITTED: pounds("750"), Bucket.EVIDENCED: pounds("250")}
    assert [
        (line.kind, line.amount, line.effective_date, line.source_ref) for line in ledger.batch(f"charge:{charge.ref}")
    ] == [(kind, pounds("250"), clock.today(), charge.ref) for kind in ("approve", "pay", "evidence")]
    assert queries.net_and_vat(queries.charges(spend)) == (pounds("250"), pounds("50"))
    assert ties(pot)


def test_more_than_is_committed_is_not_charged(app: Flask) -> None:
    spend = committed("1000")
    a_charge("999.99", spend=spend)

    with pytest.raises(RuleBroken) as broken:
        a_charge("0.02", spend=spend)

    assert broken.value.problems == (
        f"{spend.ref} has £0.01 committed and not charged; this needs £0.02 net of VAT. Commit more first.",
    )


def test_a_charge_needs_a_document_a_day_that_has_come_and_money_that_was_committed_by_then(app: Flask) -> None:
    spend = committed("1000", on=clock.today())

    with pytest.raises(RuleBroken) as broken:
        a_charge("10", spend=spend, what=" ", document=" ", on=clock.today() + DAY)
    assert broken.value.problems == (
        "Enter what was charged.",
        "Enter the reference of the invoice, journal or payroll. A charge without a document cannot be audited.",
        "The day of the charge cannot be in the future.",
    )

    yesterday = clock.today() - DAY
    with pytest.raises(RuleBroken) as broken:
        a_charge("10", spend=spend, on=yesterday)
    assert "had only £0.00 committed and not charged; this needs £10.00" in broken.value.problems[0]


def test_a_reversed_charge_is_committed_again_and_stays_on_record(app: Flask) -> None:
    spend = committed("1000")
    charge = a_charge("250", vat="50", spend=spend)
    officer = a_finance_officer(spend.pot.stream.partnership)

    commands.reverse_charge(charge, reason="Charged to the wrong pot", by=officer)

    assert books(spend.pot, spend.ref) == {Bucket.COMMITTED: pounds("1000")}
    assert queries.net_and_vat(queries.charges(spend)) == (pounds("0"), pounds("0"))
    assert [one.sentence.partition(":")[0].partition(" net")[0] for one in audit.history(charge.ref)] == [
        "Reversed the charge of £250.00",
        "Reversed the entry charge",
        "Charged £250.00",
    ]
    with pytest.raises(RuleBroken) as broken:
        commands.reverse_charge(charge, reason="Again", by=officer)
    assert broken.value.problems == (f"{charge.ref} has been reversed already.",)


def test_a_commitment_grows_by_whoever_may_approve_the_whole_and_shrinks_by_the_officer(app: Flask) -> None:
    spend = committed("9000", pot=a_pot_of_this_year("20000"))
    partnership = spend.pot.stream.partnership
    approver, officer = a_person(Duty.APPROVER, partnership=partnership), a_finance_officer(partnership)
    a_charge("4000", spend=spend)

    with pytest.raises(Refused):
        commands.change_commitment(spend, to=pounds("10500"), reason="Longer hours", by=approver)
    commands.change_commitment(spend, to=pounds("10000"), reason="Longer hours", by=approver)
    assert books(spend.pot, spend.ref)[Bucket.COMMITTED] == pounds("6000")

    commands.change_commitment(spend, to=pounds("5000"), reason="Left in December", by=officer)
    assert (books(spend.pot, spend.ref)[Bucket.COMMITTED], books(spend.pot)) == (
        pounds("1000"),
        {Bucket.FREE: pounds("15000")},
    )
    with pytest.raises(RuleBroken) as broken:
        commands.change_commitment(spend, to=pounds("3999"), reason="Less", by=officer)
    assert broken.value.problems == (
        f"{spend.ref} has £1,000.00 committed and not charged, so £1,001.00 cannot be given back.",
    )


def test_closing_gives_back_what_was_never_charged_to_where_it_came_from(app: Flask) -> None:
    spend = committed("1000", pot=a_pot_of_this_year("5000"))
    a_charge("400", spend=spend)

    commands.close(spend, by=a_finance_officer(spend.pot.stream.partnership))

    assert spend.state is SpendState.CLOSED
    assert (books(spend.pot), books(spend.pot, spend.ref)) == (
        {Bucket.FREE: pounds("4600")},
        {Bucket.EVIDENCED: pounds("400")},
    )
    with pytest.raises(RuleBroken) as broken:
        a_charge("1", spend=spend)
    assert broken.value.problems[0] == f"{spend.ref} is closed, so this cannot be done."


def test_a_charge_reversed_after_closing_goes_on_to_free_money(app: Flask) -> None:
    spend = committed("1000", pot=a_pot_of_this_year("5000"))
    charge, officer = a_charge("400", spend=spend), a_finance_officer(spend.pot.stream.partnership)
    commands.close(spend, by=officer)

    commands.reverse_charge(charge, reason="Never delivered", by=officer)

    assert (books(spend.pot), books(spend.pot, spend.ref)) == ({Bucket.FREE: pounds("5000")}, {})
    assert list(proofs.faults()) == []


def test_planned_spend_is_cancelled_with_its_reason_and_committed_spend_is_not(app: Flask) -> None:
    planned, promised = an_own_spend(), committed()
    officer = a_finance_officer(planned.pot.stream.partnership)

    assert commands.cancel(planned, reason="Not needed", by=officer).state is SpendState.CANCELLED
    with pytest.raises(RuleBroken):
        commands.cancel(promised, reason="Not needed", by=a_finance_officer(promised.pot.stream.partnership))


def test_a_ring_fenced_stream_pays_no_statutory_body_and_nobody_unnamed(app: Flask) -> None:
    pot = a_pot_of_this_year(stream=a_stream("VCS Grant", voluntary_only=True))
    police = an_organisation("The police", is_voluntary=False)

    with pytest.raises(RuleBroken) as broken:
        an_own_spend(pot=pot, organisation=police)
    assert broken.value.problems == (
        "VCS Grant is only for voluntary and community organisations, and The police is not one. Choose another organisation.",
    )
    with pytest.raises(RuleBroken) as broken:
        an_own_spend(pot=pot)
    assert broken.value.problems == (
        "VCS Grant is only for voluntary and community organisations. Choose which organisation The police is.",
    )
    assert an_own_spend(pot=pot, organisation=an_organisation("Advice charity")).state is SpendState.PLANNED


def test_everything_wrong_with_a_plan_is_said_at_once(app: Flask) -> None:
    pot = a_pot_of_this_year()

    with pytest.raises(RuleBroken) as broken:
        an_own_spend(
            "0",
            pot=pot,
            title=" ",
            payee=" ",
            approval_basis=" ",
            outside_plan=" ",
            ends_on=pot.ends_on + DAY,
            plan_line="PLN-00-1",
        )

    assert len(broken.value.problems) == 7


def test_who_does_not_work_there_plans_and_charges_nothing(app: Flask) -> None:
    spend = committed()
    approver = a_person(Duty.APPROVER, partnership=spend.pot.stream.partnership)

    with pytest.raises(Refused):
        an_own_spend(pot=spend.pot, by=approver)
    with pytest.raises(Refused):
        a_charge(spend=spend, by=approver)


STEPS = st.lists(
    st.tuples(st.sampled_from(["charge", "reverse", "more", "less", "close"]), st.integers(1, 60000), st.integers(0, 12000)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(steps=STEPS)
def test_whatever_is_charged_and_reversed_pots_tie_and_vat_never_touches_them(
    sqlite_app: Flask, steps: list[tuple[str, int, int]]
) -> None:
    spend = committed("500", pot=a_pot_of_this_year("1000"))
    pot, officer, chief = spend.pot, a_finance_officer(spend.pot.stream.partnership), chief_of(spend.pot)
    charges, vat = [], 0
    for what, pence, tax in steps:
        before = ledger.by_owner([pot.ref])
        try:
            if what == "charge":
                charges.append(a_charge(Money(pence).plain, vat=Money(tax).plain, spend=spend, by=officer))
                vat += tax
            elif what == "reverse" and charges:
                one = charges[pence % len(charges)]
                commands.reverse_charge(one, reason="A mistake", by=officer)
                charges.remove(one)
                vat -= one.vat.pence
            elif what in ("more", "less"):
                commands.change_commitment(spend, to=Money(pence), reason="Changed", by=chief if what == "more" else officer)
            elif what == "close":
                commands.close(spend, by=officer)
        except (RuleBroken, Refused):
            assert ledger.by_owner([pot.ref]) == before
        stood, net = queries.standing_of(spend), sum(one.net.pence for one in charges)
        assert (stood.charged, queries.net_and_vat(queries.charges(spend))) == (Money(net), (Money(net), Money(vat)))
        assert ledger.balance(At(pot.ref, "", Bucket.FREE)) + stood.whole == pounds("1000")
        assert ties(pot)
    assert [*proofs.faults(), *ledger_proofs.faults()] == []


@pytest.mark.parametrize("how_many", [1, 3])
def test_lists_cost_the_same_however_much_is_on_them(sqlite_app: Flask, statements, how_many: int) -> None:  # type: ignore[no-untyped-def]
    pot = a_pot_of_this_year("90000")
    for _n in range(how_many):
        a_charge("10", spend=committed("100", pot=pot))
    officer = a_finance_officer(pot.stream.partnership)
    db.session.expire_all()
    _ = officer.holdings, pot.id

    with statements() as made:
        rows = queries.of_pot(officer, pot)

    assert (len(rows), len(made)) == (how_many, 2)
    assert queries.totals(rows) == (Money(0), Money(how_many * 9000), Money(how_many * 1000))


def test_what_money_by_priority_is_told(app: Flask) -> None:
    spend = committed()

    assert queries.shares([spend.ref, "AWD-26-00001"]) == {spend.ref: ""}
    assert queries.titles([spend.ref]) == {spend.ref: ("Analyst’s time", "The police")}
    assert isinstance(spend, OwnSpend) and spend.kind is SpendKind.RECHARGE


def test_what_was_carried_into_next_years_pot_is_charged_there_and_given_back_there(app: Flask) -> None:
    pot = a_pot_of_this_year("5000")
    spend = committed("1000", pot=pot)
    after = a_pot("100", year=pot.year + 1, stream=pot.stream)
    officer = a_finance_officer(pot.stream.partnership)
    gone, come = At(pot.ref, after.ref, Bucket.CARRIED_FORWARD), At(after.ref, pot.ref, Bucket.BROUGHT_FORWARD)
    ledger_commands.post(
        Move("carry forward", At(pot.ref, spend.ref, Bucket.COMMITTED), gone, 60000),
        Move("bring forward", come, At(after.ref, spend.ref, Bucket.COMMITTED), 60000),
        key="carried",
        on=clock.today(),
        by=officer,
        source=spend.ref,
    )

    charge = a_charge("700", spend=spend)
    assert (books(pot, spend.ref), books(after, spend.ref)) == (
        {Bucket.EVIDENCED: pounds("400")},
        {Bucket.EVIDENCED: pounds("300"), Bucket.COMMITTED: pounds("300")},
    )
    commands.close(spend, by=officer)
    commands.reverse_charge(charge, reason="Never delivered", by=officer)

    assert (books(pot), books(after)) == ({Bucket.FREE: pounds("4400")}, {Bucket.FREE: pounds("700")})
    assert [*proofs.faults(), *ledger_proofs.faults()] == []


def test_two_people_committing_at_once_commit_once(app: Flask) -> None:
    pot = a_pot_of_this_year("5000")
    spend = an_own_spend("1000", pot=pot)
    commands.commit(spend, by=chief_of(pot))

    with pytest.raises(RuleBroken) as broken:
        commands.commit(spend, by=chief_of(pot))

    assert broken.value.problems == (
        "This is already committed, so it cannot become committed. Reload the page to see where it stands.",
    )
    assert books(pot) == {Bucket.FREE: pounds("4000")}


def test_a_line_of_the_pot_pays_and_gets_back_what_is_left(app: Flask) -> None:
    pot = a_pot_of_this_year("5000")
    officer = a_finance_officer(pot.stream.partnership)
    line = lines.open_line(pot, name="Small things", kind=LineKind.MICRO_GRANTS, amount=pounds("900"), by=officer)

    with pytest.raises(RuleBroken) as broken:
        committed("900.01", pot=pot, line=line)
    assert broken.value.problems == ("Small things has £900.00 free; this needs £900.01.",)
    spend = committed("800", pot=pot, line=line)
    assert books(pot, line.ref) == {Bucket.FREE: pounds("100")}
    commands.close(spend, by=officer)

    assert (books(pot), books(pot, line.ref)) == ({Bucket.FREE: pounds("4100")}, {Bucket.FREE: pounds("900")})
