"""A spending plan's way to the board and the funder, what may not be in it, and what may change without them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from flask import Flask

from grants.awards.planned import place_in_plan
from grants.figures import plans as figures
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import NotFound, Refused, RuleBroken, Stale
from grants.kernel.money import Money, total
from grants.ledger import queries as ledger
from grants.people.models import Duty
from grants.spending import commands, plans, proofs, queries, rules
from grants.spending.models import PlanState, SpendingPlan
from grants.spending.rules import LineFacts
from grants.streams.models import Certainty
from tests.builders.applications import a_funded_pot
from tests.builders.awards import a_decision, an_award, an_offer
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.builders.spending import (
    a_charge,
    a_draft,
    a_line,
    a_pot_of_this_year,
    a_standing_plan,
    agreed,
    allocated,
    an_agreement,
    an_own_spend,
    chief_of,
    committed,
)
from tests.builders.streams import a_commitment, a_finance_officer, a_pot, a_stream

DAY = timedelta(days=1)


def pounds(amount: str) -> Money:
    return Money.pounds(amount)


def typed(plan: SpendingPlan, **to: str) -> list[LineFacts]:
    """The plan's lines as its page shows them, with other amounts for some projects; '0' leaves a line out."""
    return [
        LineFacts(
            one.line,
            one.pot,
            one.project,
            one.provider,
            pounds(to.get(one.project, one.amount.plain)),
            one.results,
            one.organisation,
            one.priority,
        )
        for one in plan.lines
        if to.get(one.project) != "0"
    ]


def test_a_plan_goes_to_the_board_and_the_funder_and_stands(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000")), [a_line(pot, "6000"), a_line(pot, "4000", "Patrols")])
    assert (plan.version, plan.state, [one.line[:4] for one in plan.lines]) == (1, PlanState.DRAFT, ["PLN-", "PLN-"])

    agreed(plan)

    assert queries.standing(plan.agreement, plan.year) == plan
    assert (plan.state, plan.agreed_on, plan.funder_said) == (PlanState.AGREED, clock.today(), "Agreed")
    assert list(proofs.faults()) == []


def test_the_lines_of_a_pot_never_come_to_more_than_its_agreement_gives_it_and_indicative_money_is_said_apart(
    app: Flask,
) -> None:
    pot = a_pot_of_this_year()
    agreement = an_agreement((pot, "10000"))
    allocated(agreement, pot, "2500", Certainty.INDICATIVE)
    plan = a_draft(agreement, [a_line(pot, "6000"), a_line(pot, "4000.01", "Patrols")])
    officer = a_finance_officer(agreement.partnership)

    with pytest.raises(RuleBroken) as broken:
        plans.resolve(plan, resolution="Board", resolved_on=clock.today(), by=officer)

    assert broken.value.problems == (
        (
            f"The lines of {pot.ref} come to £10,000.01 and the agreement gives it £10,000.00: £0.01 too much. "
            "Another £2,500.00 is indicative or expected; it does not count until it is confirmed."
        ),
    )
    assert queries.plan_of_staff(officer, plan.ref).state is PlanState.DRAFT


def test_a_cut_before_the_funder_answers_stops_the_plan(app: Flask) -> None:
    pot = a_pot_of_this_year()
    agreement = an_agreement((pot, "5000"))
    plan = a_draft(agreement, [a_line(pot, "5000")])
    other = a_pot_of_this_year(stream=a_stream(partnership=agreement.partnership))
    officer = a_finance_officer(agreement.partnership)
    plans.save_lines(plan, [*typed(plan), a_line(other, "1")], edition=plan.edition, by=officer)

    with pytest.raises(RuleBroken) as broken:
        plans.resolve(plan, resolution="Board", resolved_on=clock.today(), by=officer)

    assert broken.value.problems == (
        f"The lines of {other.ref} come to £1.00 and the agreement gives it £0.00: £1.00 too much.",
    )


def test_the_funder_sends_it_back_with_its_words_and_it_is_a_draft_again(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000")), [a_line(pot, "6000")])
    officer, today = a_finance_officer(plan.agreement.partnership), clock.today()
    plans.resolve(plan, resolution="Board, minute 12", resolved_on=today, by=officer)
    plans.send(plan, sent_on=today, by=officer)

    plans.record_sent_back(plan, on=today, said="Say what patrols are for", by=officer)

    assert (plan.state, plan.funder_said, plan.resolution) == (PlanState.DRAFT, "Say what patrols are for", None)
    agreed(plan)
    assert queries.standing(plan.agreement, plan.year) == plan


def test_a_new_version_is_copied_with_its_lines_lasting_names_and_only_one_is_on_its_way(app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"), a_line(pot, "4000", "Patrols"))
    officer = a_finance_officer(first.agreement.partnership)

    with pytest.raises(RuleBroken) as broken:
        plans.draft_plan(first.agreement, year=first.year, by=officer)
    assert broken.value.problems == ("Say why. An auditor will read this.",)
    second = plans.draft_plan(first.agreement, year=first.year, note="Patrols end in June", by=officer)

    assert (second.version, [(one.line, one.amount) for one in second.lines]) == (
        2,
        [(one.line, one.amount) for one in first.lines],
    )
    with pytest.raises(RuleBroken) as broken:
        plans.draft_plan(first.agreement, year=first.year, note="Another", by=officer)
    assert broken.value.problems == (
        f"Version 2 ({second.ref}) is draft. Carry it on, or give it up, before you begin another.",
    )
    plans.give_up(second, reason="Thought better of it", by=officer)
    assert queries.standing(first.agreement, first.year) == first


@pytest.mark.parametrize("amount", ["7000", "5000"])
def test_a_change_within_the_limit_stands_at_once_under_somebody_elses_delegation(app: Flask, amount: str) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"), change_limit="1000")
    partnership = first.agreement.partnership
    officer, approver = a_finance_officer(partnership), a_person(Duty.APPROVER, partnership=partnership)
    second = a_draft(first.agreement, typed(first, Advocates=amount), note="Pay award", by=officer)

    with pytest.raises(Refused):
        plans.let_stand(second, reason="Pay award", by=officer)
    plans.let_stand(second, reason="Pay award", by=approver)

    assert (second.state, second.agreed_on) == (PlanState.CHANGED, clock.today())
    assert queries.standing(first.agreement, first.year) == second
    assert queries.plan_of_staff(officer, first.ref).state is PlanState.SUPERSEDED
    assert list(proofs.faults()) == []


def test_nobody_lets_stand_what_they_drafted(app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"))
    both = a_person(Duty.FINANCE_OFFICER, Duty.APPROVER, partnership=first.agreement.partnership)
    second = a_draft(first.agreement, typed(first, Advocates="6500"), note="Pay award", by=both)

    with pytest.raises(Refused) as refused:
        plans.let_stand(second, reason="Pay award", by=both)

    assert [one.sentence for one in refused.value.objections] == [
        "You drafted this version, so somebody else has to approve it."
    ]


def test_a_change_over_the_limit_goes_back_and_the_sentences_name_each_line_and_by_how_much(app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "4000"), a_line(pot, "2000", "Patrols"), a_line(pot, "900", "Events"))
    chief = chief_of(pot)
    lines = [*typed(first, Advocates="5000.01", Patrols="0", Events="0"), a_line(pot, "1000.01", "Lights")]
    second = a_draft(first.agreement, lines, note="A new project")

    with pytest.raises(RuleBroken) as broken:
        plans.let_stand(second, reason="A new project", by=chief)

    advocates, patrols, lights = first.lines[0].line, first.lines[1].line, second.lines[1].line
    goes_back = "That is over the agreement’s limit of £1,000.00, so it goes back to the board and the funder."
    assert broken.value.problems == (
        f"‘Advocates’ ({advocates}) goes from £4,000.00 to £5,000.01, which is £1,000.01 more. {goes_back}",
        f"‘Lights’ ({lights}) is new, at £1,000.01. {goes_back}",
        f"‘Patrols’ ({patrols}) is dropped, from £2,000.00. {goes_back}",
    )
    agreed(second)
    assert queries.standing(first.agreement, first.year) == second


def test_without_a_stated_limit_every_change_of_money_goes_back(app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"), change_limit=None)
    second = a_draft(first.agreement, typed(first, Advocates="6000.01"), note="A penny")

    with pytest.raises(RuleBroken) as broken:
        plans.let_stand(second, reason="A penny", by=chief_of(pot))

    assert broken.value.problems[0].endswith(
        "The agreement states no limit, so every change of money goes back to the board and the funder."
    )


def test_many_small_steps_are_one_large_one(app: Flask) -> None:
    pot = a_pot_of_this_year()
    first = a_standing_plan(pot, a_line(pot, "6000"), change_limit="1000")
    second = a_draft(first.agreement, typed(first, Advocates="6900"), note="One")
    plans.let_stand(second, reason="One", by=chief_of(pot))
    third = a_draft(first.agreement, typed(second, Advocates="7000.01"), note="Two")

    with pytest.raises(RuleBroken) as broken:
        plans.let_stand(third, reason="Two", by=chief_of(pot))

    assert "goes from £6,000.00 to £7,000.01, which is £1,000.01 more" in broken.value.problems[0]


def test_a_first_version_never_stands_without_the_funder(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000"), change_limit="100000"), [a_line(pot, "10")])

    with pytest.raises(RuleBroken) as broken:
        plans.let_stand(plan, reason="Quickly", by=chief_of(pot))

    assert (
        "The funder has agreed no version of this plan yet, so it must go to the board and the funder." in broken.value.problems
    )


def test_two_people_editing_one_draft_do_not_overwrite_each_other(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000")), [a_line(pot, "6000")])
    officer, edition = a_finance_officer(plan.agreement.partnership), plan.edition
    plans.save_lines(plan, typed(plan, Advocates="5000"), edition=edition, by=officer)

    with pytest.raises(Stale):
        plans.save_lines(plan, typed(plan, Advocates="4000"), edition=edition, by=officer)

    assert [one.amount for one in queries.plan_of_staff(officer, plan.ref).lines] == [pounds("5000")]


def test_everything_wrong_with_lines_is_said_at_once(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000")))
    last_year = a_pot(year=pot.year - 1, stream=pot.stream)
    wrong = [a_line(pot, "0", " ", provider=" ", results=" "), a_line(last_year, "1", line="PLN-00-00001")]

    with pytest.raises(RuleBroken) as broken:
        plans.save_lines(plan, wrong, edition=plan.edition, by=a_finance_officer(plan.agreement.partnership))

    assert len(broken.value.problems) == 6


def test_another_partnerships_officers_neither_see_nor_draft(app: Flask) -> None:
    pot = a_pot_of_this_year()
    plan = a_draft(an_agreement((pot, "10000")))
    stranger = a_finance_officer(a_partnership())

    with pytest.raises(NotFound):
        queries.plan_of_staff(stranger, plan.ref)
    with pytest.raises(Refused):
        plans.draft_plan(plan.agreement, year=pot.year + 1, by=stranger)


# -- measured against the books ----------------------------------------------------------------------------------------


def test_a_plan_is_measured_against_awards_and_own_spend_and_ties_to_its_pots_books(app: Flask) -> None:
    pot = a_funded_pot("90000")
    agreement = an_agreement((pot, "10000"), change_limit="1000")
    plan = agreed(a_draft(agreement, [a_line(pot, "6000"), a_line(pot, "4000", "Patrols")]))
    advocates, patrols = (one.line for one in plan.lines)
    officer = a_finance_officer(agreement.partnership)
    award = an_award("3000", "1000", decision=a_decision("4000", pot=pot))
    loose, group = an_offer(decision=a_decision("2000", pot=pot)), an_organisation("Advice charity")
    place_in_plan(award, line=advocates, by=officer)
    with clock.stopped(clock.start_of(max(pot.starts_on, clock.today() - 5 * DAY))):
        post = committed("5000", pot=pot, plan_line=patrols, organisation=group)
    an_own_spend("700", pot=pot, plan_line=patrols, organisation=group)
    a_commitment("1500", pot=pot)
    a_charge("1200", vat="240", spend=post)

    found = figures.measured(plan)

    assert [(one.committed, one.spent, one.left, one.over) for one in found.lines] == [
        (pounds("4000"), pounds("0"), pounds("2000"), pounds("0")),
        (pounds("3800"), pounds("1200"), pounds("-1000"), pounds("1000")),
    ]
    assert [[(one.ref, one.planned) for one in line.under] for line in found.lines] == [
        [(award.ref, pounds("0"))],
        [(post.ref, pounds("0")), ("OWN" + post.ref[3:-1] + "2", pounds("700"))],
    ]
    assert [(one.ref, one.committed) for one in found.outside] == [(loose.ref, pounds("2000"))]
    [tie] = found.pots
    assert (tie.in_plan, tie.outside, tie.protected, tie.ties) == (pounds("9000"), pounds("2000"), pounds("1500"), True)
    book = ledger.figures(ledger.balances([pot.ref]))[pot.ref]
    whole = found.in_plan.committed + found.not_in_plan.committed
    assert whole == total(book[name] for name in ("offered", "committed", "due"))
    assert found.in_plan.spent + found.not_in_plan.spent == book["paid"]
    assert found.ties


def test_a_plan_is_measured_as_at_a_date(app: Flask) -> None:
    pot = a_pot(year=2025)
    plan = a_standing_plan(pot, a_line(pot, "5000"))
    spend = committed("1000", pot=pot, plan_line=plan.lines[0].line, on=date(2025, 4, 10))
    a_charge("100", spend=spend, on=date(2025, 5, 31))
    a_charge("200", spend=spend, on=date(2025, 8, 31))

    [june] = figures.measured(plan, on=date(2025, 6, 30)).lines
    [september] = figures.measured(plan, on=date(2025, 9, 30)).lines
    [before] = figures.measured(plan, on=date(2025, 4, 9)).lines

    assert (june.committed, june.spent) == (pounds("900"), pounds("100"))
    assert (september.committed, september.spent) == (pounds("700"), pounds("300"))
    assert (before.committed, before.spent) == (pounds("0"), pounds("0"))


@pytest.mark.parametrize("how_many", [1, 3])
def test_measuring_costs_the_same_however_much_is_measured(
    sqlite_app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], how_many: int
) -> None:
    pot = a_pot_of_this_year("90000")
    plan = a_standing_plan(pot, *(a_line(pot, "1000", f"Project {n}") for n in range(how_many)))
    for line in plan.lines:
        a_charge("10", spend=committed("100", pot=pot, plan_line=line.line))
    officer = a_finance_officer(plan.agreement.partnership)
    db.session.expire_all()
    plan = queries.plan_of_staff(officer, plan.ref)

    with statements() as made:
        found = figures.measured(plan)

    assert (len(found.lines), len(made)) == (how_many, 4)


# -- quarterly updates -------------------------------------------------------------------------------------------------


def test_an_update_is_frozen_as_the_books_stood_and_a_later_change_shows_as_a_difference(app: Flask) -> None:
    pot = a_pot(year=2025)
    plan = a_standing_plan(pot, a_line(pot, "5000"))
    line, officer, june = plan.lines[0].line, a_finance_officer(plan.agreement.partnership), date(2025, 6, 30)
    spend = committed("1000", pot=pot, plan_line=line, on=date(2025, 4, 10))
    charge = a_charge("100", spend=spend, on=date(2025, 5, 31))

    update = plans.write_update(
        plan,
        through=june,
        figures=figures.stood(figures.measured(plan, on=june)),
        words={line: "Two months’ pay"},
        said="On course",
        sent_on=clock.today(),
        by=officer,
    )
    assert [(one.planned, one.committed, one.spent, one.said) for one in update.lines] == [
        (pounds("5000"), pounds("900"), pounds("100"), "Two months’ pay")
    ]
    [same] = figures.differences(update, figures.measured(plan, on=june))
    assert same.differs is False

    commands.reverse_charge(charge, reason="Another pot’s", on=date(2025, 6, 1), by=officer)
    [now] = figures.differences(update, figures.measured(plan, on=june))

    assert (now.differs, now.sent.spent, now.now and now.now.spent) == (True, pounds("100"), pounds("0"))
    with pytest.raises(RuleBroken) as broken:
        plans.write_update(
            plan,
            through=june,
            figures=figures.stood(figures.measured(plan, on=june)),
            words={},
            said="",
            sent_on=None,
            by=officer,
        )
    assert broken.value.problems[0].startswith("The update to 30 June 2025 was sent on ")


def test_an_update_is_written_again_until_it_is_sent_and_only_for_a_quarter_that_is_over(app: Flask) -> None:
    pot = a_pot(year=2025)
    plan = a_standing_plan(pot, a_line(pot, "5000"))
    line, officer = plan.lines[0].line, a_finance_officer(plan.agreement.partnership)

    def write(through: date, words: str = "", sent_on: date | None = None) -> None:
        stood = figures.stood(figures.measured(plan, on=through))
        plans.write_update(plan, through=through, figures=stood, words={line: words}, said="", sent_on=sent_on, by=officer)

    write(date(2025, 6, 30), "First")
    write(date(2025, 6, 30), "Second")
    [update] = queries.updates(plan.agreement, 2025)
    assert [(one.said, update.sent_on) for one in update.lines] == [("Second", None)]
    with pytest.raises(RuleBroken) as broken:
        write(date(2025, 7, 31))
    assert broken.value.problems == ("31 July 2025 is not the end of a quarter of 2025/26.",)
    with clock.stopped(clock.start_of(date(2025, 8, 1))), pytest.raises(RuleBroken) as broken:
        write(date(2025, 9, 30))
    assert "The quarter ends on 30 September 2025. Write its update after that." in broken.value.problems


def test_what_waits_on_a_finance_officer_and_an_approver(app: Flask) -> None:
    pot = a_pot(year=2025)
    plan = a_standing_plan(pot, a_line(pot, "5000"))
    officer = a_finance_officer(plan.agreement.partnership)
    approver = a_person(Duty.APPROVER, partnership=plan.agreement.partnership)
    ended, asked = committed("1000", pot=pot, on=date(2025, 4, 10)), an_own_spend("200", pot=pot)

    with clock.stopped(clock.start_of(date(2026, 4, 2))):
        waits, his = queries.waiting(officer), queries.waiting(approver)

    assert [(one.ref, one.page) for one in waits] == [
        (asked.ref, "own_spend.show"),
        *[(plan.ref, "spending_plans.write")] * 3,
        (ended.ref, "own_spend.show"),
        (plan.ref, "spending_plans.write"),
    ]
    assert [one.ref for one in his] == [asked.ref]


def test_an_award_is_placed_only_under_a_line_of_its_own_pot(app: Flask) -> None:
    pot = a_funded_pot("90000")
    award = an_award("1000", decision=a_decision("1000", pot=pot))
    other = a_pot(year=pot.year, stream=a_stream(partnership=pot.stream.partnership))
    plan = a_standing_plan(other)
    officer = a_finance_officer(pot.stream.partnership)

    with pytest.raises(RuleBroken) as broken:
        place_in_plan(award, line=plan.lines[0].line, by=officer)
    assert broken.value.problems == (f"That line of the spending plan is of {other.ref}, not of {pot.ref}.",)
    with pytest.raises(RuleBroken):
        place_in_plan(award, line="PLN-99-00001", by=officer)
    with pytest.raises(Refused):
        place_in_plan(award, line=None, by=a_person(Duty.ASSESSOR, partnership=pot.stream.partnership))


def test_a_line_of_another_pot_is_that_line_dropped_and_a_new_one(app: Flask) -> None:
    pot = a_pot_of_this_year()
    other = a_pot_of_this_year(stream=a_stream(partnership=pot.stream.partnership))
    agreement = an_agreement((pot, "5000"), (other, "5000"))
    first = agreed(a_draft(agreement, [a_line(pot, "3000")]))
    moved = a_draft(agreement, [a_line(other, "3000", line=first.lines[0].line)], note="Other pot")

    found = rules.changes(first, moved, pounds("1000"))

    assert [(one.pot, one.was, one.now, one.over) for one in found] == [
        (other.ref, None, pounds("3000"), True),
        (pot.ref, pounds("3000"), None, True),
    ]
    assert an_organisation("Unused").ref
