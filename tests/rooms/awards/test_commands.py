"""Every penny of a decision is offered, and goes where the group's answer sends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from grants.audit.queries import history
from grants.awards import commands, proofs, queries, rules
from grants.awards.models import Gate, State
from grants.kernel import clock
from grants.kernel.command import unguarded
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken
from grants.kernel.money import Money, total
from grants.ledger import proofs as ledger_proofs
from grants.ledger.chart import Bucket
from grants.ledger.queries import owned
from grants.notices import groups
from grants.people.about import Profile
from grants.people.duties import GROUP
from grants.people.models import Duty
from grants.people.profiles import save_profile
from grants.people.queries import person
from grants.rounds.queries import held
from grants.rounds.terms import Terms
from grants.work.models import Task
from tests.builders.applications import priorities_of
from tests.builders.awards import (
    a_decision,
    a_panel,
    a_round_of_bids,
    an_award,
    an_indicator,
    an_offer,
    confirmed,
    decided,
    scored,
    signatory_of,
    somebody,
    terms,
)
from tests.builders.people import a_group, a_partnership, a_person, an_organisation

P = Money.pounds


def everything_ties():
    """The books and every award are proved."""
    return [*ledger_proofs.faults(), *proofs.faults()] == []


def mail(template):
    """Who was sent this, in order."""
    return [t.facts["to"] for t in db.session.scalars(select(Task).order_by(Task.id)) if t.facts.get("template") == template]


def test_an_offer_moves_every_penny_from_held_to_offered(app):
    decision = a_decision("4000.01", hold="10000")

    award = an_offer(decision=decision)

    book = award.pot.ref
    assert owned(award.ref) == {(book, Bucket.OFFERED): P("4000.01")}
    assert held(award.application.round) == P("5999.99")
    assert [(i.number, i.amount, i.gate, i.gate_met_at) for i in award.instalments] == [
        (1, P("2000.01"), Gate.ACCEPTED, None),
        (2, P("2000"), Gate.REPORT, None),
    ]
    assert (award.agreed, award.state, award.decision) == (P("4000.01"), State.OFFERED, decision.ref)
    assert mail("offer made") == [award.application.started_by.email]
    assert everything_ties()


def test_offers_empty_what_was_decided_exactly(app):
    round, bids = a_round_of_bids("4000", "3000.33", "2999.67", hold="10000")
    for bid in bids:
        scored(bid)
    panel = a_panel(round)
    decisions = [decided(panel, bid) for bid in bids]
    confirmed(panel)

    for decision in decisions:
        an_offer(decision=decision)

    assert held(round) == Money(0)
    assert everything_ties()


def test_the_signatory_accepts_and_the_first_payment_may_go_ahead(app):
    award = an_offer("3000", "1000")
    by = signatory_of(award)

    commands.accept(award, signed_as=" Treasurer ", by=by)

    assert owned(award.ref) == {(award.pot.ref, Bucket.COMMITTED): P(4000)}
    assert (award.state, award.accepted_by, award.accepted_as) == (State.ACCEPTED, by, "Treasurer")
    assert [bool(i.gate_met_at) for i in award.instalments] == [True, False]
    assert history(award.ref)[0].sentence == "Accepted the offer of £4,000.00, signed as Treasurer"
    assert sorted(mail("offer accepted")) == sorted(
        [p.email for p in (by, award.application.started_by)] + [person(award.offered_by).email]
    )
    assert everything_ties()


def test_declining_gives_the_money_back_to_the_round(app):
    award = an_offer("3000", "1000")

    with pytest.raises(RuleBroken, match="Tell us why"):
        commands.decline(award, reason=" ", by=signatory_of(award))
    commands.decline(award, reason="We found other money", by=signatory_of(award))

    assert owned(award.ref) == {} and held(award.application.round) == P(20000)
    assert award.state is State.DECLINED
    assert history(award.ref)[0].sentence == "Declined the offer: We found other money"
    with pytest.raises(RuleBroken, match="declined already"):
        commands.accept(award, signed_as="Treasurer", by=signatory_of(award))
    assert everything_ties()


def test_an_offer_nobody_answered_is_taken_back_only_after_its_day(app):
    award = an_offer("3000", "1000")
    officer = somebody(award.application.round, Duty.GRANTS_OFFICER)

    with pytest.raises(RuleBroken, match="The group has until"):
        commands.lapse(award, by=officer)
    with clock.stopped(clock.start_of(award.answer_by + timedelta(days=1))):
        with pytest.raises(RuleBroken, match="This offer was open until"):
            commands.accept(award, signed_as="Treasurer", by=signatory_of(award))
        assert [w.page for w in queries.waiting(officer)] == ["awards.show"]
        commands.lapse(award, by=officer)
        assert queries.waiting(officer) == []

    assert owned(award.ref) == {} and held(award.application.round) == P(20000) and award.state is State.LAPSED
    assert everything_ties()


def test_the_last_day_to_answer_counts_in_full(sqlite_app):
    award = an_offer("3000", "1000")

    with clock.stopped(clock.end_of(award.answer_by)):
        commands.accept(award, signed_as="Treasurer", by=signatory_of(award))


@pytest.mark.parametrize("duty", [d for d in Duty if d is not Duty.GRANTS_OFFICER and d not in GROUP])
def test_only_a_grants_officer_offers_and_takes_back(sqlite_app, duty):
    decision = a_decision("4000")
    other = somebody(decision.panel.round, duty)

    with pytest.raises(Refused) as refused:
        commands.offer(decision, **terms(decision, by=other))
    assert [o.could for o in refused.value.objections] == ["a grants officer"]
    award = an_offer(decision=decision)
    with pytest.raises(Refused):
        commands.lapse(award, by=other)


def test_an_officer_who_acts_for_the_group_offers_it_nothing(sqlite_app):
    decision = a_decision("4000")
    member = a_person(Duty.GRANTS_OFFICER, Duty.APPLICANT, organisation=decision.application.organisation)

    with pytest.raises(Refused, match="so someone else has to do this"):
        commands.offer(decision, **terms(decision, by=member))


def test_only_those_who_sign_for_the_group_answer(app):
    award = an_offer("3000", "1000")
    applicant = award.application.started_by
    stranger = a_person(Duty.CERTIFIER, organisation=an_organisation())
    officer = somebody(award.application.round, Duty.GRANTS_OFFICER)

    for by in (applicant, stranger, officer):
        for answer in (
            lambda by=by: commands.accept(award, signed_as="Chair", by=by),
            lambda by=by: commands.decline(award, reason="No", by=by),
        ):
            with pytest.raises(Refused) as refused:
                answer()
            assert [o.could for o in refused.value.objections] == ["somebody who signs for the group"]
    with pytest.raises(RuleBroken, match="Enter your role in the group"):
        commands.accept(award, signed_as=" ", by=signatory_of(award))


def test_everything_wrong_with_an_offer_is_said_at_once(app):
    decision = a_decision("4000")
    round = decision.panel.round
    first, second = priorities_of(round)
    wrong = {
        "starts_on": round.project_starts_on - timedelta(days=1),
        "answer_by": clock.today(),
        "instalments": [(P("2000"), round.project_starts_on, Gate.ACCEPTED), (P("1999.99"), clock.today(), Gate.REPORT)],
        "shares": [(first, 3333, None), (second, 3333, None), (None, 3333, " ")],
        "targets": [(an_indicator(round, "Sessions"), 0)],
    }

    with pytest.raises(RuleBroken) as broken:
        commands.offer(decision, **terms(decision, **wrong))

    first_day, last_day = (rules._day(d) for d in (round.project_starts_on, round.project_ends_on))
    assert broken.value.problems == (
        f"The project must run between {first_day} and {last_day}, as the round says.",
        "The last day to answer must be after today.",
        "The payments come to £3,999.99 and the award is £4,000.00: £0.01 too little.",
        "Each payment must be due on or after the one before it.",
        "Say why part of the money is outside the plan.",
        "The shares must add up to 100%. They add up to 99.99%.",
        "The target for “Sessions” must be more than 0.",
    )
    assert held(round) == P(20000)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (lambda r: {"instalments": []}, "Plan at least one payment."),
        (
            lambda r: {"instalments": [(P(4001), r.project_starts_on, Gate.ACCEPTED)]},
            "The payments come to £4,001.00 and the award is £4,000.00: £1.00 too much.",
        ),
        (
            lambda r: {"instalments": [(P(4000), r.project_starts_on, Gate.REPORT)]},
            "The first payment cannot wait for a report: there is nothing to report on before it.",
        ),
        (lambda r: {"shares": []}, "Say which priorities the money serves."),
        (
            lambda r: {"shares": [(priorities_of(r)[0], 5000, None)] * 2},
            "Safer streets is there twice. Put its shares together.",
        ),
        (lambda r: {"ends_on": r.project_starts_on - timedelta(days=1)}, "The project must end on or after the day it starts."),
    ],
)
def test_each_thing_wrong_with_an_offer_has_its_sentence(sqlite_app, changes, says):
    decision = a_decision("4000")

    with pytest.raises(RuleBroken) as broken:
        commands.offer(decision, **terms(decision, **changes(decision.panel.round)))

    assert says in broken.value.problems


def test_a_priority_of_another_plan_is_refused(sqlite_app):
    decision = a_decision("4000")
    other = priorities_of(a_decision("4000").panel.round)[0]

    with pytest.raises(RuleBroken, match="is not a priority of Safer together"):
        commands.offer(decision, **terms(decision, shares=[(other, 10_000, None)]))


def test_nothing_is_offered_twice_nor_before_the_chair_confirmed_nor_on_a_rejection(app):
    decision = a_decision("4000")
    award = an_offer(decision=decision)
    with pytest.raises(RuleBroken, match=f"An offer has been made from this decision already: {award.ref}"):
        commands.offer(decision, **terms(decision))

    round, [bid] = a_round_of_bids("4000")
    scored(bid)
    panel = a_panel(round)
    pending = decided(panel, bid, "0")
    with pytest.raises(RuleBroken) as broken:
        commands.offer(pending, **terms(pending, instalments=[]))
    assert broken.value.problems[:2] == (
        "The chair has not confirmed the panel’s decisions yet.",
        "The panel did not fund this bid, so there is nothing to offer.",
    )


def test_pressing_offer_twice_makes_one_award(app):
    decision = a_decision("4000")
    given = terms(decision)

    first = commands.offer(decision, key="one form", **given)

    assert commands.offer(decision, key="one form", **given) is first
    assert held(decision.panel.round) == P(16000)


def test_a_report_opens_the_payment_that_waited_for_it(app):
    award = an_award("3000", "1000")
    officer = somebody(award.application.round, Duty.GRANTS_OFFICER)
    paid_first, waits = award.instalments

    commands.meet_gate(waits, by=officer)

    assert waits.gate_met_at and history(award.ref)[0].sentence == "Payment 2 may go ahead: a report is accepted"
    for again in (paid_first, waits):
        with pytest.raises(RuleBroken, match="waits for nothing any more"):
            commands.meet_gate(again, by=officer)
    with pytest.raises(Refused):
        commands.meet_gate(waits, by=signatory_of(award))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pence=st.integers(1, 10**9), cuts=st.sets(st.integers(1, 9999), max_size=7))
def test_a_priority_s_pence_always_add_up_to_the_award(pence, cuts):
    shares = [b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), rules.WHOLE], strict=True)]

    parts = rules.split(Money(pence), shares)

    assert total(parts) == Money(pence)
    for share, part in zip(shares, parts, strict=True):
        assert abs(part.pence * rules.WHOLE - pence * share) < rules.WHOLE  # within a penny of its exact share


def test_what_an_award_serves_is_shown_to_the_penny(app):
    decision = a_decision("1000.01")
    first, second = priorities_of(decision.panel.round)
    award = an_offer(decision=decision, shares=[(first, 3333, None), (second, 3333, None), (None, 3334, "Shared van")])

    found = queries.served(award)

    assert [(s.title, s.basis_points, s.amount, s.reason) for s in found] == [
        ("Safer streets", 3333, P("333.30"), None),
        ("Young people", 3333, P("333.30"), None),
        ("Outside the plan", 3334, P("333.41"), "Shared van"),
    ]


def test_an_award_is_seen_by_its_group_and_by_staff_in_scope_and_by_nobody_else(app):
    award = an_offer("3000", "1000")
    round = award.application.round
    seen_by = (
        award.application.started_by,
        signatory_of(award),
        *(somebody(round, d) for d in (Duty.AUDITOR, Duty.FINANCE_OFFICER)),
    )

    for one in seen_by:
        assert queries.award(one, award.ref) is award
    group = an_offer("300", "700").organisation
    for stranger in (
        a_person(Duty.CERTIFIER, organisation=group),
        a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()),
        somebody(round, Duty.GRANTS_OFFICER, streams=("other",)),
        a_person(),
    ):
        with pytest.raises(NotFound):
            queries.award(stranger, award.ref)
    with pytest.raises(NotFound):
        queries.own(somebody(round, Duty.AUDITOR), award.ref)
    assert [row.ref for row in queries.mine(seen_by[0])] == [award.ref]
    assert [row.ref for row in queries.listed(seen_by[2]).rows] == [award.ref]
    assert queries.listed(seen_by[2], state=State.ACCEPTED).rows == []


def test_what_waits_moves_from_officer_to_signatory(app):
    decision = a_decision("4000")
    officer = somebody(decision.panel.round, Duty.GRANTS_OFFICER)
    group = decision.application.organisation
    signs = a_person(Duty.CERTIFIER, organisation=group)

    assert [(w.what, w.ref, w.page) for w in queries.waiting(officer)] == [
        (f"Offer £4,000.00 to {group.name}", decision.ref, "awards.make")
    ]
    assert queries.waiting(signs) == []
    award = an_offer(decision=decision)
    assert queries.waiting(officer) == []
    assert [(w.what, w.ref, w.page) for w in queries.waiting(signs)] == [
        ("Answer the offer of £4,000.00 for “Project 1”", award.ref, "awards.show")
    ]
    assert queries.waiting(award.application.started_by) == []
    commands.accept(award, signed_as="Chair", by=signs)
    assert queries.waiting(signs) == []


def test_proofs_name_what_does_not_tie(app):
    award = an_award("3000", "1000")
    assert list(proofs.faults()) == []

    spoil = {
        f"UPDATE award SET agreed = 400001 WHERE ref = '{award.ref}'": [
            (
                f"Award {award.ref} stands at £4,000.01, "
                "but its offers and increases less its lapses and releases come to £4,000.00."
            ),
            f"The payments of award {award.ref} come to £4,000.00, and it is £4,000.01.",
        ],
        f"UPDATE award SET state = 'declined' WHERE ref = '{award.ref}'": [
            f"Award {award.ref} stands at £0.00, but its offers and increases less its lapses and releases come to £4,000.00.",
            f"Award {award.ref} is declined and has £0.00 on offer and £4,000.00 further on: its money and its state differ.",
        ],
        "UPDATE award_share SET basis_points = 9999": [
            f"The shares of award {award.ref} (set 1) come to 9999 basis points and not 10,000."
        ],
        "DELETE FROM award_share": [f"The shares of award {award.ref} (set 1) come to 0 basis points and not 10,000."],
    }
    for statement, says in spoil.items():
        with unguarded():
            db.session.rollback()
            db.session.execute(text(statement))
            assert list(proofs.faults()) == says
            db.session.rollback()


def test_the_page_s_statements_do_not_grow_with_what_is_on_it(sqlite_app, statements):
    counts = []
    for payments in (("1000",), ("1000", "1000", "1000")):
        award = an_offer(*payments)
        reader = signatory_of(award)
        db.session.expire_all()
        with statements() as made:
            found = queries.award(reader, award.ref)
            queries.money_now(found)
            queries.served(found)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_nothing_is_offered_before_the_organisation_that_will_hold_the_money_says_yes(app):
    decision = a_decision(terms=Terms(host_needed=True))
    application, by = decision.application, decision.application.started_by
    host, _applicant, signs = a_group("Old Chapel")
    asked = groups.ask_host(application.organisation, about=application.ref, host_name=host.name, host_email=signs.email, by=by)
    save_profile(application.organisation, profile=Profile(own_account=False), edition=0, by=by)
    with pytest.raises(RuleBroken, match="has not said yes yet"):
        an_offer(decision=decision)
    groups.answer_host(asked, host=host, agreed=True, by=signs)
    assert an_offer(decision=decision).agreed == decision.amount
