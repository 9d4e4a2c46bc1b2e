"""Reports: asked for with the agreement, sent by the group, answered by an officer, and what that does to the money."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from grants.audit.queries import history
from grants.awards import commands as awards
from grants.awards.models import Award, Gate
from grants.awards.models import State as AwardState
from grants.awards.proofs import faults as award_faults
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money
from grants.ledger.chart import Bucket
from grants.ledger.proofs import faults as ledger_faults
from grants.monitoring import commands, queries
from grants.monitoring.models import Report, State
from grants.people.models import Duty
from grants.strategy import commands as strategy
from grants.strategy.models import Reading
from grants.work.models import Task
from tests.builders.awards import a_decision, an_indicator, an_offer, signatory_of, somebody
from tests.builders.payments import (
    a_paid,
    a_sent,
    an_accepted,
    an_agreement,
    books,
    figures_of,
    first,
    reports,
    staff_of,
)
from tests.builders.people import a_person, an_organisation


def mails(*templates: str) -> list[str]:
    """Whom mail of these kinds goes to."""
    found = [task.facts for task in db.session.scalars(select(Task).order_by(Task.id))]
    return [mail["to"] for mail in found if mail.get("template") in templates]


def proved() -> list[str]:
    return [*ledger_faults(), *award_faults()]


# -- asked for --------------------------------------------------------------------------------------------------------


def test_accepting_an_offer_asks_for_its_reports_in_the_same_breath(app):
    award = an_agreement("3000", "1000")
    assert award.state is AwardState.ACCEPTED
    asked = reports(award)
    assert [(report.number, report.state) for report in asked] == [(1, State.DUE), (2, State.DUE)]
    assert asked[0].period_start == award.starts_on
    assert asked[0].due_on == first(award, 2).due_on - timedelta(days=14)
    assert (asked[1].period_start, asked[1].period_end) == (asked[0].period_end + timedelta(days=1), award.ends_on)
    assert asked[1].due_on == award.ends_on + timedelta(days=28)
    assert [line.sentence.startswith("Asked for this report") for line in history(asked[0].ref)] == [True]


def test_who_does_not_sign_for_the_group_accepts_nothing_and_nothing_is_asked(app):
    offer = an_offer()
    with pytest.raises(Refused) as refused:
        commands.accept_offer(offer, signed_as="Treasurer", by=somebody(offer.application.round, Duty.GRANTS_OFFICER))
    assert [objection.could for objection in refused.value.objections] == ["somebody who signs for the group"]
    assert (offer.state, list(reports(offer))) == (AwardState.OFFERED, [])


def test_an_offer_accepted_without_its_post_asks_for_nothing(app):
    offer = an_offer()
    with pytest.raises(RuleBroken) as broken:
        commands.accept_offer(offer, signed_as=" ", by=signatory_of(offer))
    assert broken.value.problems == ("Enter your role in the group, for example treasurer.",)
    assert (offer.state, list(reports(offer))) == (AwardState.OFFERED, [])


# -- sent -------------------------------------------------------------------------------------------------------------


def test_a_group_sends_its_report(app):
    report = a_sent(reports(an_agreement())[0], "512.34", story="  Forty came.  ", value="40")
    assert (report.state, report.spent, report.story) == (State.SUBMITTED, Money.pounds("512.34"), "Forty came.")
    assert [reading.value for reading in report.readings] == [Decimal(40)]
    assert history(report.ref)[0].sentence == "Sent the report: £512.34 spent"


def test_everything_wrong_with_a_report_is_said_at_once_and_nothing_is_kept(app):
    award = an_agreement("3000", "1000")
    report = reports(award)[0]
    by = signatory_of(award)
    with pytest.raises(RuleBroken) as broken:
        commands.submit_report(report, spent=None, story=" ", readings={}, edition=report.edition, by=by)
    assert broken.value.problems == (
        "Enter how much of the grant you spent. If you spent nothing, enter 0.",
        "Tell us what happened.",
        "Enter a figure for ‘Young people taking part’. If there were none, enter 0.",
    )
    assert (report.state, report.spent, report.readings) == (State.DUE, None, [])


@pytest.mark.parametrize(
    ("unit", "typed", "sentence"),
    [
        ("percent", "100.01", "‘Measured’ is a percentage, so it cannot be more than 100."),
        ("percent", "-1", "‘Measured’ cannot be less than nought."),
        ("count", "1.5", "‘Measured’ is counted in whole numbers."),
        ("people", "1.5", "‘Measured’ is counted in whole numbers."),
        ("people", "-1", "‘Measured’ cannot be less than nought."),
        ("gbp", "1.005", "The figure for ‘Measured’ is in pounds and whole pence."),
        ("count", "1000000000000000", "The figure for ‘Measured’ is too large. Check how many noughts you typed."),
        ("count", "NaN", "Enter ‘Measured’ as a number."),
    ],
)
def test_a_figure_that_cannot_be_is_refused_in_words(sqlite_app, unit, typed, sentence):
    report = reports(an_agreement_measured_in(unit))[0]
    with pytest.raises(RuleBroken) as broken:
        a_sent(report, value=typed)
    assert broken.value.problems == (sentence,)


@pytest.mark.parametrize(
    ("unit", "typed"), [("percent", "100"), ("percent", "33.3333"), ("percentage_points", "-2.5"), ("count", "0")]
)
def test_figures_are_kept_exactly(app, unit, typed):
    report = a_sent(reports(an_agreement_measured_in(unit))[0], value=typed)
    db.session.expire_all()
    assert report.readings[0].value == Decimal(typed)


def an_agreement_measured_in(unit: str) -> Award:
    """An agreement whose only promise is measured in this unit."""
    decision = a_decision()
    indicator = an_indicator(decision.panel.round, "Measured", unit)
    return an_agreement(decision=decision, targets=[(indicator, 40)])


def test_a_report_cannot_spend_more_than_is_left_of_the_grant(app):
    award = an_agreement("3000", "1000")
    a_sent(reports(award)[0], "2500")
    with pytest.raises(RuleBroken) as broken:
        a_sent(reports(award)[1], "1500.01")
    assert broken.value.problems[0] == (
        "You entered £1,500.01, and £1,500.00 of your £4,000.00 grant is left to report on. "
        "Enter only what you spent from this grant."
    )
    assert a_sent(reports(award)[1], "1500").state is State.SUBMITTED


def test_less_than_nothing_and_too_many_words_are_refused(app):
    report = reports(an_agreement())[0]
    with pytest.raises(RuleBroken) as broken:
        a_sent(report, Money(-1), story="word " * 401)
    assert broken.value.problems == (
        "What you spent cannot be less than £0.00.",
        "Use 400 words or fewer to tell us what happened. You have used 401.",
    )


def test_reports_are_sent_in_order_and_once(app):
    award = an_agreement()
    interim, final = reports(award)
    with pytest.raises(RuleBroken, match="first"):
        a_sent(final)
    a_sent(interim)
    with pytest.raises(RuleBroken) as broken:
        a_sent(interim)
    assert broken.value.problems == ("This report has already been sent. We will tell you if we need anything more.",)


def test_a_figure_for_something_never_promised_is_refused(app):
    award = an_agreement()
    report = reports(award)[0]
    strange = an_indicator(award.application.round, "Something else")
    with pytest.raises(RuleBroken) as broken:
        commands.submit_report(
            report,
            spent=Money(1),
            story="Well.",
            readings=figures_of(report) | {strange.id: Decimal(1)},
            edition=report.edition,
            by=signatory_of(award),
        )
    assert broken.value.problems == (
        "You gave a figure for something this grant did not promise to measure. Reload the page and try again.",
    )


def test_a_report_changed_meanwhile_is_shown_beside_what_was_typed(app):
    award = an_agreement()
    report = reports(award)[0]
    drawn_from = report.edition
    a_sent(report, "100", story="One of us sent it.")
    with pytest.raises(Stale) as stale:
        commands.submit_report(
            report,
            spent=Money.pounds(200),
            story="The other did too.",
            readings=figures_of(report),
            edition=drawn_from,
            by=signatory_of(award),
        )
    assert stale.value.yours[:2] == [("Spent", "£200.00"), ("What happened", "The other did too.")]
    assert stale.value.theirs[:2] == [("Spent", "£100.00"), ("What happened", "One of us sent it.")]
    assert report.spent == Money.pounds(100)


def test_only_the_group_writes_its_report_and_only_it_and_staff_see_it(app):
    award = an_agreement()
    report = reports(award)[0]
    stranger = a_person(Duty.APPLICANT, organisation=an_organisation())
    for person in (stranger, a_person(Duty.GRANTS_OFFICER)):
        with pytest.raises(Refused) as refused:
            commands.submit_report(report, spent=Money(0), story="x", readings={}, edition=report.edition, by=person)
        assert [objection.could for objection in refused.value.objections] == [
            "an applicant or somebody who signs for the group"
        ]
    with pytest.raises(NotFound):
        queries.report(stranger, report.ref)
    assert queries.mine(signatory_of(award), report.ref) is report
    assert queries.of_staff(staff_of(award, Duty.FINANCE_OFFICER), report.ref) is report
    with pytest.raises(NotFound):
        queries.of_staff(signatory_of(award), report.ref)


# -- answered ---------------------------------------------------------------------------------------------------------


def test_a_report_sent_back_is_changed_and_sent_again(app):
    award = an_agreement()
    report = a_sent(reports(award)[0], "500", value="12")
    officer = staff_of(award, Duty.GRANTS_OFFICER)
    commands.return_report(report, because="Tell us how many came.", edition=report.edition, by=officer)
    assert (report.state, report.answer, report.answered_by) == (State.RETURNED, "Tell us how many came.", officer.ref)
    assert report.story == "Forty people came."
    a_sent(report, "450", value="40")
    assert (report.state, report.spent) == (State.SUBMITTED, Money.pounds(450))
    assert [reading.value for reading in report.readings] == [Decimal(40)]
    assert len(mails("report returned")) == len(set(mails("report returned"))) > 0


def test_sending_back_says_why(app):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    with pytest.raises(RuleBroken) as broken:
        commands.return_report(report, because="  ", by=staff_of(award, Duty.GRANTS_OFFICER))
    assert broken.value.problems == ("Say what the group needs to change. They will read it.",)
    assert report.state is State.SUBMITTED


@pytest.mark.parametrize("duty", [Duty.FINANCE_OFFICER, Duty.APPROVER, Duty.ASSESSOR, Duty.AUDITOR, Duty.ADMINISTRATOR])
def test_only_a_grants_officer_answers(sqlite_app, duty):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    by = a_person(duty)
    for answer in (lambda: commands.accept_report(report, by=by), lambda: commands.return_report(report, because="x", by=by)):
        with pytest.raises(Refused) as refused:
            answer()
        assert [objection.could for objection in refused.value.objections] == ["a grants officer"]


def test_an_officer_of_another_partnership_answers_nothing(app):
    award = an_agreement()
    other = an_agreement()
    report = a_sent(reports(award)[0])
    with pytest.raises(Refused):
        commands.accept_report(report, by=staff_of(other, Duty.GRANTS_OFFICER))
    with pytest.raises(NotFound):
        queries.of_staff(staff_of(other, Duty.GRANTS_OFFICER), report.ref)


def test_an_officer_who_acts_for_the_group_does_not_answer_it(app):
    award = an_agreement()
    both = a_person(
        Duty.GRANTS_OFFICER, Duty.APPLICANT, partnership=award.pot.stream.partnership, organisation=award.organisation
    )
    report = a_sent(reports(award)[0])
    with pytest.raises(Refused) as refused:
        commands.accept_report(report, by=both)
    assert refused.value.objections[0].sentence == (
        f"You act for {award.organisation.name}, so another grants officer has to answer its report."
    )


def test_accepting_a_report_accounts_for_its_spend_keeps_its_figures_and_opens_the_next_payment(app):
    award = an_agreement("3000", "1000")
    a_paid(first(award))
    report = a_sent(reports(award)[0], "2500", value="12")
    commands.accept_report(report, answer="Thank you.", edition=report.edition, by=staff_of(award, Duty.GRANTS_OFFICER))
    assert report.state is State.ACCEPTED
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "500.00", Bucket.EVIDENCED: "2500.00"}
    kept = db.session.scalars(select(Reading).where(Reading.reported_in == report.ref)).all()
    assert [(one.value, one.period_start, one.period_end, one.unit) for one in kept] == [
        (Decimal(12), report.period_start, report.period_end, "people")
    ]
    assert first(award, 2).gate_met_at is not None
    assert history(report.ref)[0].sentence == "Accepted the report: £2,500.00 accounted for"
    assert mails("report accepted") != []
    assert proved() == []


def test_spend_beyond_what_was_paid_is_carried_and_accounted_for_when_it_is_paid(app):
    award = an_agreement("3000", "1000")
    a_paid(first(award))
    an_accepted(reports(award)[0], "3600")
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.EVIDENCED: "3000.00"}
    a_paid(first(award, 2))
    assert books(award) == {Bucket.PAID: "400.00", Bucket.EVIDENCED: "3600.00"}
    an_accepted(reports(award)[1], "400")
    assert books(award) == {Bucket.EVIDENCED: "4000.00"}
    assert proved() == []


def test_a_report_before_any_payment_accounts_for_nothing_yet(app):
    award = an_agreement("3000", "1000")
    an_accepted(reports(award)[0], "100")
    assert books(award) == {Bucket.COMMITTED: "4000.00"}
    assert history(reports(award)[0].ref)[0].sentence == "Accepted the report: £0.00 accounted for"
    a_paid(first(award))
    assert books(award) == {Bucket.COMMITTED: "1000.00", Bucket.PAID: "2900.00", Bucket.EVIDENCED: "100.00"}
    assert proved() == []


def test_a_report_is_accepted_once(app):
    award = an_agreement()
    a_paid(first(award))
    report = an_accepted(reports(award)[0], "500")
    with pytest.raises(RuleBroken, match="already accepted"):
        commands.accept_report(report, by=staff_of(award, Duty.GRANTS_OFFICER))
    assert books(award)[Bucket.EVIDENCED] == "500.00"


def test_a_report_nobody_sent_is_not_accepted(app):
    award = an_agreement()
    with pytest.raises(RuleBroken, match="already due"):
        commands.accept_report(reports(award)[0], by=staff_of(award, Duty.GRANTS_OFFICER))


def test_what_is_answered_is_what_was_read(app):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    officer = staff_of(award, Duty.GRANTS_OFFICER)
    read = report.edition
    commands.return_report(report, because="More, please.", edition=read, by=officer)
    a_sent(report, "1")
    with pytest.raises(Stale):
        commands.accept_report(report, edition=read, by=officer)
    assert report.state is State.SUBMITTED


def test_accepting_is_all_or_nothing(app):
    """Where a reading cannot be kept, no money is accounted for and no payment opens."""
    award = an_agreement()
    a_paid(first(award))
    report = a_sent(reports(award)[0])
    officer = staff_of(award, Duty.GRANTS_OFFICER)
    reading = report.readings[0]
    strategy.record_reading(
        reading.indicator, value=reading.value, period="2026/27", reported_in=report.ref, by=a_person(Duty.GRANTS_OFFICER)
    )
    with pytest.raises(RuleBroken):
        commands.accept_report(report, by=officer)
    assert report.state is State.SUBMITTED
    assert Bucket.EVIDENCED not in books(award)
    assert first(award, 2).gate_met_at is None


def test_each_report_opens_one_payment(app):
    award = an_agreement("2000", "1000", "1000", gates=[Gate.ACCEPTED, Gate.REPORT, Gate.REPORT])
    assert len(reports(award)) == 3
    an_accepted(reports(award)[0], "10")
    assert [one.gate_met_at is not None for one in award.instalments] == [True, True, False]
    an_accepted(reports(award)[1], "10")
    assert [one.gate_met_at is not None for one in award.instalments] == [True, True, True]
    an_accepted(reports(award)[2], "10")


# -- what waits -------------------------------------------------------------------------------------------------------


def test_the_group_is_told_which_report_it_owes_and_by_when(app):
    award = an_agreement()
    by = signatory_of(award)
    due = queries.waiting(by)
    assert [(one.ref, one.page, one.args) for one in due] == [
        (reports(award)[0].ref, "reports.show", {"ref": reports(award)[0].ref})
    ]
    assert due[0].what.startswith(f"Tell us how ‘{award.title}’ is going by ")
    with clock.stopped(clock.start_of(reports(award)[0].due_on + timedelta(days=1))):
        late = queries.waiting(by)
        assert [one.what.startswith("Your report on ") for one in late] == [True]
    a_sent(reports(award)[0])
    assert [one.ref for one in queries.waiting(by)] == [reports(award)[1].ref]


def test_a_report_that_came_back_waits_for_the_group_and_one_sent_for_the_officer(app):
    award = an_agreement()
    report = a_sent(reports(award)[0])
    officer, by = staff_of(award, Duty.GRANTS_OFFICER), signatory_of(award)
    assert [(one.ref, one.page) for one in queries.waiting(officer)] == [(report.ref, "report_checks.answer")]
    assert queries.waiting(staff_of(an_agreement(), Duty.GRANTS_OFFICER)) == []
    assert queries.waiting(staff_of(award, Duty.FINANCE_OFFICER)) == []
    commands.return_report(report, because="More.", by=officer)
    assert queries.waiting(officer) == []
    assert f"Your report on ‘{award.title}’ came back: we need something more from you" in [
        one.what for one in queries.waiting(by)
    ]


def test_an_awards_reports_for_its_page(app, statements):
    award = an_agreement()
    a_sent(reports(award)[0], "12.50")
    with statements() as made:
        lines = queries.of_award(award)
    assert [(line.name, line.state, line.spent, line.overdue) for line in lines] == [
        ("Interim report 1", State.SUBMITTED, Money.pounds("12.50"), False),
        ("Final report", State.DUE, None, False),
    ]
    assert len(made) == 2  # the award again, after the command; its reports


def test_reports_of_a_declined_offer_do_not_exist(app):
    offer = an_offer()
    awards.decline(offer, reason="We folded.", by=signatory_of(offer))
    assert db.session.scalars(select(Report)).all() == []
