"""A planned round's pages: its parts, the list before it opens, the preview, test applications, and what officers settle."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from grants.applications import commands as applications
from grants.applications.models import Application
from grants.applications.queries import mine
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty, Organisation
from grants.rounds import commands, queries
from grants.rounds.models import Round, State
from grants.rounds.terms import Firmness, Limit, Tier
from tests.builders.applications import (
    GOOD_ANSWERS,
    a_complete_draft,
    a_place,
    a_planned_round,
    a_round,
    officer_of,
    priorities_of,
)
from tests.builders.funds import a_local_fund, a_ward_fund
from tests.builders.people import a_partnership, a_person, an_organisation
from tests.client import Browser

BENCH = {"title": "A bench", "purpose": "street", "postcode": "ZZ1 1ZZ"}


def _again(ref: str) -> Round:
    db.session.rollback()
    return db.session.scalars(select(Round).where(Round.ref == ref)).one()


def test_of_two_officers_who_change_a_part_the_second_sees_both_and_may_save_hers(sqlite_app: Flask) -> None:
    round = a_planned_round()
    ref, officer = round.ref, officer_of(round)
    here = f"/funding-rounds/{ref}/set-up/answers"
    browser = Browser(sqlite_app).sign_in(officer)
    browser.visit(here)
    commands.change(round, edition=round.edition, terms=round.terms.model_copy(update={"decided_by": "The board"}), by=officer)
    page = browser.fill({"decided_by": "The committee"}, button="Save", expect=409)
    both = page.tables()[0]
    assert (both.head, both.rows) == (
        ["Part", "What you typed", "What is saved now"],
        [["Who decides", "The committee", "The board"]],
    )
    assert _again(ref).terms.decided_by == "The board"
    browser.press("Save my version")
    assert _again(ref).terms.decided_by == "The committee"


def test_sizes_are_added_and_taken_away_and_always_cover_what_can_be_asked_for(sqlite_app: Flask) -> None:
    round = a_planned_round(smallest="500", largest="10000")
    ref = round.ref
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    browser.visit(f"/funding-rounds/{ref}/set-up/sizes")
    for _n in range(3):
        browser.press("Add a size")
    names = {f"sizes-{n}-name": name for n, name in enumerate(["Small", "Middling", "Large"])}
    page = browser.fill(names | {"sizes-0-most": "400", "sizes-1-most": "2,000.50"}, button="Save", expect=422)
    assert page.problems == ["Enter more than the size before it, and less than £10,000.00, the most for the round"]
    assert _again(ref).terms.tiers == ()
    page = browser.fill({"sizes-0-most": "1000"}, button="Take away size 1")
    assert [at["value"] for at in page.attributes("input") if at["name"].endswith("-name")] == ["Middling", "Large"]
    browser.press("Save")
    found = [(t.key, t.least, t.most) for t in _again(ref).terms.tiers]
    assert found == [("middling", 50_000, 200_050), ("large", 200_051, 1_000_000)]

    browser.submit(f"/funding-rounds/{ref}/set-up/dates", {"smallest": "250", "largest": "1,500"}, button="Save")
    assert [(t.key, t.least, t.most) for t in _again(ref).terms.tiers] == [("middling", 25_000, 150_000)]


def test_a_limit_says_whether_it_is_firm_and_its_words_reach_the_task_list(sqlite_app: Flask) -> None:
    round = a_planned_round()
    ref = round.ref
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    browser.visit(f"/funding-rounds/{ref}/set-up/limits")
    browser.press("Add a limit")
    page = browser.fill({"limits-0-amount": "", "months": "0"}, button="Save", expect=422)
    assert page.problems == ["Enter the amount", "The number of months must be between 1 and 60"]
    page = browser.fill(
        {"limits-0-amount": "1000", "limits-0-firmness": "fixed", "months": "12", "months_firmness": "normal"}, button="Save"
    )
    assert "Never above £1,000.00; One application in 12 months (not normally)" in page.text
    assert _again(ref).terms.limits == (Limit(above=100_000, firmness=Firmness.FIXED),)


def test_weights_that_do_not_add_up_are_kept_as_typed_and_a_committee_needs_none(sqlite_app: Flask) -> None:
    round = a_planned_round()
    ref = round.ref
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    page = browser.submit(f"/funding-rounds/{ref}/set-up/criteria", {"criteria-0-weight": "20"}, button="Save", expect=422)
    assert page.problems == ["The weights must add up to 100. These add up to 90."]
    browser.fill({"scoring": "decided in committee without scoring"}, button="Save")
    assert [one.weight for one in _again(ref).criteria] == [30, 30, 20, 20]
    page = browser.visit(f"/funding-rounds/{ref}/set-up/words")
    assert "nothing is scored" in page.text


def test_a_round_that_lacks_something_is_not_opened_and_the_list_leads_to_where_it_is_mended(sqlite_app: Flask) -> None:
    round = a_planned_round(smallest="500", largest="10000")
    ref, officer = round.ref, officer_of(round)
    tier = Tier(key="all", name="All", least=50_000, most=1_000_000, evidence=("insurance",))
    commands.change(round, edition=round.edition, terms=round.terms.model_copy(update={"tiers": (tier,)}), by=officer)
    browser = Browser(sqlite_app).sign_in(officer)
    wanted = "A size of ask needs documents, but the questions have no page for them."
    assert wanted in browser.visit(f"/funding-rounds/{ref}").text
    page = browser.submit(f"/funding-rounds/{ref}/open", hold="1000", expect=422)
    assert page.problems == [f"Documents asked for: {wanted}"]
    assert page.link("Put it right Documents asked for") == f"/funding-rounds/{ref}/set-up/questions"
    assert _again(ref).state is State.PLANNED


def test_the_preview_asks_what_the_size_the_stage_and_the_account_choose(sqlite_app: Flask) -> None:
    round = a_local_fund(opened=False)
    browser = Browser(sqlite_app).sign_in(officer_of(round))

    def pages(query: str) -> list[str]:
        page = browser.visit(f"/funding-rounds/{round.ref}/preview?{query}")
        return [heading.partition(" ")[2] for heading in page.all("h2") if heading[0].isdigit()]

    small, large = pages("as-ask=2000"), pages("as-ask=20000")
    assert set(small) < set(large)
    assert set(large) < set(pages("as-ask=20000&as-stage=2"))
    page = browser.visit(f"/funding-rounds/{round.ref}/preview?as-ask=20000&as-stage=x", expect=422)
    assert page.problems == ["Choose one of the answers on the page"]
    assert set(pages("as-ask=2000&as-account=no")) - set(small) == {"Who will hold the money"}
    page = browser.visit(f"/funding-rounds/{round.ref}/preview?as-ask=900&as-kind=private+company")
    assert "This fund is not for private companies or businesses." in page.text
    assert "The least you can ask for is £1,001.00. For less than £1,001 ask Sector3." in page.text


def test_an_officer_tries_a_round_out_as_a_test_group_and_takes_it_away(sqlite_app: Flask) -> None:
    round = a_planned_round()
    ref, officer = round.ref, officer_of(round)
    browser = Browser(sqlite_app).sign_in(officer)
    page = browser.submit(f"/funding-rounds/{ref}/rehearse", sought="900", button="Start")
    test = db.session.scalars(select(Application)).one()
    assert (browser.at, test.rehearsal, test.organisation.fictional) == (f"/applications/{test.ref}", True, True)
    assert "This is a test application." in page.banners[0]
    applications.save_place(test, title="A try", priority=priorities_of(round)[0], edition=test.edition, by=officer)
    applications.save_answers(test, answers=GOOD_ANSWERS, edition=test.edition, by=officer)
    applications.save_costs(test, lines=[("Balls", Money.pounds("900"))], edition=test.edition, by=officer)
    page = browser.submit(f"/applications/{test.ref}/check", declared="y", button="Send application")
    assert page.banners == ["It would have been sent. This was a test, so nothing was."]
    assert page.link("Back") == f"/funding-rounds/{ref}/rehearse"
    browser.submit(f"/funding-rounds/{ref}/rehearse", sought="800", button="Start")
    assert db.session.scalars(select(Organisation.name).where(Organisation.ref.like("test_%"))).all() == [
        "Test group (not real)"
    ]
    elsewhere = Browser(sqlite_app).sign_in(a_person(Duty.GRANTS_OFFICER, partnership=a_partnership()))
    elsewhere.visit(f"/applications/{test.ref}", expect=404)

    browser.visit(f"/funding-rounds/{ref}/rehearse")
    page = browser.press("Take the test applications away")
    assert "Last tried out" in page.text
    assert db.session.scalars(select(Application)).all() == []
    assert _again(ref).rehearsed_at is not None


def test_a_round_is_announced_and_no_longer_and_copied_for_the_next_year(sqlite_app: Flask) -> None:
    round = a_planned_round(title="Safer summers")
    ref, closes = round.ref, clock.civil(round.closes_at)
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    stranger = Browser(sqlite_app)
    browser.visit(f"/funding-rounds/{ref}")
    browser.press("Announce it as coming")
    stranger.visit(f"/rounds/{ref}")
    browser.press("Stop announcing it")
    stranger.visit(f"/rounds/{ref}", expect=404)

    page = browser.submit(f"/funding-rounds/{ref}/copy", pot=round.pot.ref, button="Plan the copy")
    assert page.banners[0].startswith(f"Copied from {ref}, with every date moved on a year.")
    made = _again(browser.at.rpartition("/")[2])
    then = clock.civil(made.closes_at)
    assert (made.title, then.year, then.month, then.hour) == ("Safer summers", closes.year + 1, closes.month, closes.hour)


def test_one_group_is_given_longer_for_a_reason_that_stays_in_the_register(sqlite_app: Flask) -> None:
    round = a_round()
    group = an_organisation("Late Bloomers")
    until = clock.civil(round.closes_at + timedelta(days=3)).date()
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    facts = {"group": group.ref, "until_on": until, "until_time": "5pm", "reason": "Their hall was flooded."}
    browser.submit(f"/funding-rounds/{round.ref}/late-permits/new", facts | {"reason": ""}, expect=422)
    page = browser.fill(facts, button="Give this group longer")
    register = next(table for table in page.tables() if table.caption == "Late permits")
    assert [row[0] for row in register.rows] == ["Late Bloomers"]
    assert register.rows[0][2] == "Their hall was flooded."
    assert queries.permit(_again(round.ref), group) == clock.deadline(until, time(17))


def test_a_group_that_is_given_longer_sends_what_it_has_begun_or_begins_after_the_closing_time(sqlite_app: Flask) -> None:
    round = a_round()
    draft, officer, closes = a_complete_draft(round=round), officer_of(round), round.closes_at
    new, by, ref = an_organisation("Late Bloomers"), draft.started_by, draft.ref
    fresh = a_person(Duty.APPLICANT, organisation=new)
    until = clock.civil(closes + timedelta(days=3)).date()
    facts = {"until_on": until, "until_time": "5pm", "reason": "Their hall was flooded."}
    address, begin = f"/funding-rounds/{round.ref}/late-permits/new", f"/rounds/{round.ref}/apply"
    with clock.stopped(closes + timedelta(hours=1)):
        assert "takes no more applications" in Browser(sqlite_app).sign_in(fresh).visit(begin).text
        for group in (draft.organisation.ref, new.ref):
            Browser(sqlite_app).sign_in(officer).submit(address, facts | {"group": group}, button="Give this group longer")
        begun = mine(by, ref)
        applications.submit(begun, declared=True, edition=begun.edition, by=by)
        browser = Browser(sqlite_app).sign_in(fresh)
        browser.submit(begin, button="Start")
        assert browser.at.startswith("/applications/APP-")


def _asked_a_ward() -> Application:
    """£1,200 from a fund that does not normally give more than £1,000, with a postcode that no table knows."""
    round = a_ward_fund()
    somewhere = a_place(partnership=round.pot.stream.partnership)
    group = an_organisation(organisation_type="registered charity")
    by = a_person(Duty.APPLICANT, organisation=group)
    bid = applications.start(round, organisation=group, sought=Money.pounds("1200"), against={"running-costs": "no"}, by=by)
    applications.save_place(bid, **BENCH, locality=somewhere, edition=bid.edition, by=by)
    said = {"activity": "A bench.", "issue": "places", "starts": "1/5/2027", "permission": "own", "children": "no"}
    applications.save_answers(bid, answers=said, edition=bid.edition, by=by)
    line = ("People stop and talk", "Neighbours", "", "", "", False)
    applications.save_outcomes(bid, lines=[line], edition=bid.edition, by=by)
    applications.save_costs(bid, lines=[("Bench", Money.pounds("1200"))], edition=bid.edition, by=by)
    return applications.submit(bid, declared=True, edition=bid.edition, by=by)


def test_an_application_beyond_a_rule_that_is_not_firm_waits_for_an_exception_and_for_its_part(sqlite_app: Flask) -> None:
    bid = _asked_a_ward()
    ref, round = bid.ref, bid.round.ref
    browser = Browser(sqlite_app).sign_in(officer_of(bid.round))
    page = browser.visit(f"/funding-rounds/{round}")
    waiting = next(table for table in page.tables() if table.caption == "Applications that need an exception")
    assert waiting.rows[0][2:] == ["This fund does not normally give more than £1,000.00.", "Not yet"]
    assert "Not in any part of the round yet" in page.text

    page = browser.submit(
        f"/bids/{ref}/exceptions/limit-1", reason="The only bench on the hill.", button="Record the exception"
    )
    assert "The only bench on the hill." in page.text
    browser.visit(f"/bids/{ref}/exceptions/limit-2", expect=404)
    lot = _again(round).lots[3]
    page = browser.submit(f"/bids/{ref}/part", lot=lot.ref, button="Save")
    assert f"It falls in {lot.name}." in page.text
    page = browser.visit(f"/funding-rounds/{round}")
    assert "Not in any part of the round yet" not in page.text
    rows = {row[0]: row[-1] for table in page.tables() if table.caption == "Parts of the round" for row in table.rows}
    assert {name for name, count in rows.items() if count == "1"} == {lot.name}


def test_only_the_priorities_that_a_round_offers_can_be_chosen(sqlite_app: Flask) -> None:
    round = a_planned_round()
    ref, officer = round.ref, officer_of(round)
    first, second = priorities_of(round)
    browser = Browser(sqlite_app).sign_in(officer)
    browser.submit(f"/funding-rounds/{ref}/set-up/priorities", {"offered": [second.ref]}, button="Save")
    round = _again(ref)
    assert [one.ref for one in queries.offered(round)] == [second.ref]
    test = applications.start(round, organisation=an_organisation(), rehearsal=True, by=officer)
    with pytest.raises(RuleBroken, match="Choose a priority from the list"):
        applications.save_place(test, title="A try", priority=first, edition=test.edition, by=officer)
    applications.save_place(test, title="A try", priority=second, edition=test.edition, by=officer)
