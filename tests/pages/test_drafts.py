"""The pages of a draft beyond the questions: every page of the product's own, saved as it is typed, read by some and written by
others, begun with last time's words; and whatever is typed wrong."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from grants.applications import commands, frozen, queries, rules
from grants.applications.models import Application, State
from grants.files.models import What
from grants.files.queries import vault
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.money import Money
from grants.people.models import Duty, Person
from tests.builders.applications import a_complete_draft, a_round, a_submitted, officer_of
from tests.builders.drafts import UNKNOWN, a_full_draft, a_full_round, filled
from tests.builders.files import a_pdf
from tests.builders.people import a_group, a_person
from tests.client import Browser

SOURCE = Path(__file__).parents[2] / "grants"


def _of(app: Flask, draft: Application) -> Browser:
    return Browser(app).sign_in(draft.started_by)


def _errors(browser: Browser) -> list[str]:
    assert browser.page
    return [one.removeprefix("Error: ") for one in browser.page.all("p", class_="govuk-error-message")]


def _typing(browser: Browser, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What the script that saves as somebody types sends, and what it is told."""
    response = browser.post(path, fields | {"then": "typing"})
    return response.status_code, response.get_json()


# -- the pages --------------------------------------------------------------------------------------------------------


def test_a_small_ask_from_the_first_page_to_the_receipt(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    ref, browser = draft.ref, _of(sqlite_app, draft)
    page = browser.visit(f"/applications/{ref}")
    assert "You have finished 0 of 6 parts" in page.text  # nobody has to have partners

    page = browser.submit(
        f"/applications/{ref}/place",
        {"title": "Friday football", "purpose": "young-people", "postcode": "sk13xe", "against-running": "no"},
        button="Save and continue",
    )
    assert page.h1 == "Other money"
    typed = {"given": "£1,200.50", "earned": "50", "begins-day": "1", "begins-month": "June", "begins-year": "2027",
             "lead-name": "Jo", "lead-email": "jo@example.org"}  # fmt: skip
    assert browser.fill(typed, button="Save and continue").h1 == "Partners"
    assert browser.press("Save and continue").h1 == "What will be different"
    page = browser.fill({"lines-0-change": "feel safer", "lines-0-whom": "young people who come"}, button="Save and continue")
    assert page.h1 == "Who it is for"
    page = browser.fill({"lines-0-whom": "Young people", "lines-0-people": "1,200"}, button="Save and continue")
    assert page.h1 == "What happens when"
    page = browser.fill({"lines-0-what": "First session", "lines-0-due_on": date(2027, 6, 1)}, button="Save and continue")
    assert page.h1 == "What it will cost"
    page = browser.fill({"costs-0-what": "Hall", "costs-0-amount": "400", "vat": "no"}, button="Save and continue")
    assert page.h1 == "Check and send"
    assert "Before you can send it" not in page.text
    for said in ("1 June 2027", "Money from elsewhere: £1,250.50", "Young people who come will feel safer.", "1,200",
                 "We keep it for six years.", "The partnership’s panel will decide.",
                 "You will hear by 30 June 2027.", "Our group has agreed"):  # fmt: skip
        assert said in page.text, said
    page = browser.fill(button="Send application", expect=422)
    assert page.problems == ["Confirm that it is true"]
    assert browser.fill(button="Send application", declared="y").h1 == "We have your application"
    sent = queries.mine(draft.started_by, ref)
    assert sent.snapshot
    said = frozen.read(sent.snapshot)
    assert (said.beneficiaries, said.milestones) == ([("Young people", 1200)], [("First session", date(2027, 6, 1))])
    page = browser.visit(f"/applications/{ref}")
    assert "Young people who come will feel safer." in page.text


def test_a_postcode_nobody_knows_is_no_mistake_and_asks_for_the_area(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    ref, browser = draft.ref, _of(sqlite_app, draft)
    page = browser.submit(f"/applications/{ref}/place", {"title": "Football", "postcode": UNKNOWN}, button="Save and continue")
    assert browser.at.startswith(f"/applications/{ref}/place")
    assert _errors(browser) == []
    chosen = page.attributes("select", name="locality")
    assert len(chosen) == 1
    value = next(one["value"] for one in page.attributes("option") if one["value"])
    page = browser.fill({"locality": value}, button="Save and continue")
    assert page.h1 == "Other money"
    assert draft.locality and draft.locality.ref == value
    page = browser.submit(f"/applications/{ref}/place", {"postcode": "by the shops"}, button="Save and come back later")
    browser.visit(f"/applications/{ref}/place")
    assert _errors(browser) == ["Enter a whole postcode, like SK1 3XE"]


def test_what_the_money_is_not_for_is_said_at_once_with_the_reason(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    browser = _of(sqlite_app, draft)
    browser.submit(
        f"/applications/{draft.ref}/place", {"title": "X", "against-running": "yes"}, button="Save and come back later"
    )
    browser.visit(f"/applications/{draft.ref}/place")
    assert _errors(browser) == ["We do not pay running costs."]


def test_asking_for_more_tells_that_more_is_asked_and_asking_for_less_keeps_what_was_written(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    ref, browser = draft.ref, _of(sqlite_app, draft)
    page = browser.submit(f"/applications/{ref}/costs", {"costs-0-amount": "10,000.01"}, button="Save and add more lines")
    assert page.banners == ["You now ask for more than £10,000, so there are a few more questions. The list shows them."]
    assert browser.visit(f"/applications/{ref}/questions/more").h1 == "More"
    browser.fill(why="Because.", button="Save and come back later")
    page = browser.submit(f"/applications/{ref}/costs", {"costs-0-amount": "20,000.01"}, button="Save and add more lines")
    assert "This fund does not normally give more than £20,000.00. You can still ask." in page.text
    page = browser.visit(f"/applications/{ref}/check")
    assert "You can send it, but know this" in page.text
    page = browser.submit(f"/applications/{ref}/costs", {"costs-0-amount": "400"}, button="Save and add more lines")
    assert page.banners == [
        "You now ask for £10,000 or less, so there are fewer questions. What you wrote in the others is kept."
    ]
    browser.visit(f"/applications/{ref}/questions/more")
    assert browser.at == f"/applications/{ref}"
    assert "Because." in {answer.text for answer in draft.answers}
    page = browser.submit(f"/applications/{ref}/costs", {"costs-0-amount": "30,000.01"}, button="Save and add more lines")
    assert "You ask for £30,000.01. The most you can ask for is £30,000.00." in page.text


def test_what_is_sent_from_a_page_that_is_asked_no_longer_is_kept(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft(), amount="12000")
    ref, browser = draft.ref, _of(sqlite_app, draft)
    browser.visit(f"/applications/{ref}/questions/more")
    lines, edition = [("Hall", Money.pounds("400"))], draft.edition
    commands.save_costs(draft, lines=lines, edition=edition, by=draft.started_by)
    browser.fill(why="Typed in another tab", button="Save and continue")
    assert "Typed in another tab" in {answer.text for answer in draft.answers}
    small = a_round()
    other = commands.start(small, organisation=draft.organisation, by=draft.started_by)
    for page in ("outcomes", "people", "milestones", "documents", "questions/our-costs"):
        browser.visit(f"/applications/{other.ref}/{page}", expect=404)


def test_an_activity_is_asked_about_once_and_the_group_may_keep_its_words(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    ref, browser = draft.ref, _of(sqlite_app, draft)
    typed = {"lines-0-change": "We will run ten football sessions", "lines-0-whom": "young people"}
    page = browser.submit(f"/applications/{ref}/outcomes", typed, button="Save and continue")
    assert page.h1 == "What will be different"
    assert "You told us what you will do" in page.text
    page = browser.press("This is the change: keep my words")
    assert page.h1 == "Who it is for"
    assert [(one.change, one.kept) for one in draft.outcomes] == [("We will run ten football sessions", True)]
    assert "You told us" not in browser.visit(f"/applications/{ref}/outcomes").text

    browser.fill({"lines-0-change": "We will hold a party"}, button="Save and continue")
    page = browser.fill({"lines-0-change": "Neighbours know each other"}, button="Save and continue")
    assert page.h1 == "Who it is for"
    assert [(one.change, one.kept) for one in draft.outcomes] == [("Neighbours know each other", False)]


def test_outcomes_are_added_and_taken_away_and_read_back(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft(), amount="12000")
    ref, browser = draft.ref, _of(sqlite_app, draft)
    page = browser.visit(f"/applications/{ref}/outcomes")
    page = browser.fill(
        {"lines-0-much": "20 of 30", "lines-0-by": "March 2028", "lines-0-measured": "a short survey"},
        button="Save and add another change",
    )
    assert "20 of 30 young people will feel safer by March 2028. We will know from a short survey." in page.text
    page = browser.fill({"lines-1-change": "sleep better"}, button="Save and continue")
    page = browser.visit(f"/applications/{ref}/outcomes")
    assert "Change 2: say who it will be different for" in _errors(browser)
    page = browser.press("Save and take this change away number 1")
    assert [one.change for one in draft.outcomes] == ["sleep better"]


def test_a_section_asked_again_for_each_of_several(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    ref, browser = draft.ref, _of(sqlite_app, draft)
    browser.submit(
        f"/applications/{ref}/questions/partners", partner="The school", agreed="yes", button="Save and add another partner"
    )
    page = browser.fill({"partner--1": "The church"}, button="Save and continue")
    assert page.h1 == "What will be different"
    assert [(a.question, a.repetition, a.text) for a in draft.answers if a.text] == [
        ("partner", 0, "The school"), ("agreed", 0, "yes"), ("partner", 1, "The church"),
    ]  # fmt: skip
    page = browser.visit(f"/applications/{ref}/check")
    assert "Partner 2" in page.text
    browser.visit(f"/applications/{ref}/questions/partners")
    browser.press("Save and take away this partner Partner 1")
    assert [a.text for a in draft.answers if a.question == "partner"] == ["The church"]


def test_what_is_said_of_the_second_of_several_is_shown_and_sent_as_the_seconds(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    ref, browser = draft.ref, _of(sqlite_app, draft)
    path = f"/applications/{ref}/questions/partners"
    browser.submit(path, partner="The school", button="Save and add another partner")
    browser.fill({"partner--1": "The church", "agreed--1": "yes"}, button="Save and come back later")
    page = browser.visit(path)
    ticked = [one["name"] for one in page.attributes("input", type="radio") if "checked" in one]
    assert ticked == ["agreed--1"]


def test_a_document_is_sent_here_and_kept_for_the_next_time(sqlite_app: Flask) -> None:
    group, by, _certifier = a_group()
    draft = filled(a_full_draft(group=group, by=by), amount="12000")
    ref, browser = draft.ref, _of(sqlite_app, draft)
    page = browser.visit(f"/applications/{ref}/documents")
    assert [label for label in page.all("label") if label in ("Constitution or rules", "Insurance")] == [
        "Constitution or rules", "Insurance",
    ]  # fmt: skip
    sent: dict[str, Any] = {
        "document-constitution": (io.BytesIO(a_pdf("Rules")), "rules.pdf"),
        "document-insurance": (io.BytesIO(a_pdf("Insured")), "insurance.pdf"),
    }
    page = browser.fill(sent, button="Save and continue", expect=422)
    assert page.problems == ["Enter the date your insurance runs out. It is on the certificate"]
    page = browser.fill({"expires-document-insurance": clock.today() + timedelta(days=90)}, button="Save and continue")
    assert page.h1 == "What it will cost"
    assert {one.what for one in draft.evidence} == {"constitution", "insurance"}
    assert {one.what for one in vault(group)} == {What.CONSTITUTION, What.INSURANCE}

    commands.withdraw(draft, by=by)
    again = filled(a_full_draft(draft.round, group=group, by=by), amount="12000")
    page = browser.visit(f"/applications/{again.ref}/documents")
    kept = {one.what: one.document.ref for one in vault(group)}
    page = browser.fill(
        {"use-document-constitution": kept[What.CONSTITUTION], "use-document-insurance": kept[What.INSURANCE]},
        button="Save and continue",
    )
    assert {one.document for one in again.evidence} == set(kept.values())
    assert [g for g in rules.gaps(again, _questions(again), queries.about(again)) if g.page is rules.Page.EVIDENCE] == []


def _questions(draft: Application) -> Any:
    from grants.questions.queries import document

    return document(draft.round.question_set)


# -- saved as it is typed ---------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_and_pressing_save_then_meets_nobody(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    ref, browser = draft.ref, _of(sqlite_app, draft)
    path = f"/applications/{ref}/outcomes"
    browser.visit(path)
    edition = draft.edition
    for change in ("feel", "feel safe", "feel safer"):
        fields = {"edition": str(edition), "lines-0-change": change, "lines-0-whom": "young people"}
        status, said = _typing(browser, path, fields)
        assert (status, said["said"]) == (200, f"Saved at {clock.civil(draft.saved_at):%H:%M}")
        edition = said["edition"]
    assert said["parts"] == {"reads-0": "Young people will feel safer."}
    # An answer that got lost on its way: the same words again, on the edition before, are no quarrel.
    assert _typing(browser, path, fields | {"edition": str(edition - 1)})[0] == 200
    response = browser.post(path, fields | {"edition": str(edition), "lines-0-change": "feel much safer", "then": "next"})
    assert response.status_code == 302
    assert [one.change for one in draft.outcomes] == ["feel much safer"]


def test_typing_tells_the_total_and_what_a_larger_sum_brings(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    browser = _of(sqlite_app, draft)
    path = f"/applications/{draft.ref}/costs"
    fields = {"edition": str(draft.edition), "costs-0-what": "Hall", "costs-0-amount": "12000", "vat": "no"}
    _status, said = _typing(browser, path, fields)
    assert said["parts"]["total"] == "£12,000.00"
    assert said["parts"]["told"].startswith("You now ask for more than £10,000")
    status, said = _typing(browser, path, fields | {"edition": str(said["edition"]), "costs-0-amount": "12,00x"})
    assert (status, re.sub(r"\d\d:\d\d", "14:02", said["said"])) == (
        200,
        "Saved at 14:02. Not finished: The cost must be an amount of money, like 1,250 or 1250.50.",
    )
    assert (draft.asked, draft.unread) == (Money(0), {"costs": [[0, {"what": "Hall", "amount": "12,00x"}]]})


def test_a_line_that_cannot_be_read_is_kept_as_it_was_typed_until_it_can(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    browser = _of(sqlite_app, draft)
    path = f"/applications/{draft.ref}/costs"
    lines = {"costs-0-what": "", "costs-0-amount": "", "costs-1-what": "Hall", "costs-1-amount": "12,00x"}
    lines |= {"costs-2-what": "Paint", "costs-2-amount": "80"}
    page = browser.submit(path, lines | {"vat": "no"}, button="Save and continue", expect=422)
    assert page.problems == ["The cost must be an amount of money, like 1,250 or 1250.50"]
    assert page.banners == ["Saved. The lines marked below are not finished."]
    assert (draft.asked, [one.what for one in draft.costs]) == (Money.pounds("80"), ["Paint"])
    phone = _of(sqlite_app, draft)
    page = phone.visit(path)  # another day, on another phone
    assert [one["value"] for one in page.attributes("input", name="costs-0-amount")] == ["12,00x"]
    assert "The cost must be an amount of money, like 1,250 or 1250.50" in page.text
    page = phone.visit(f"/applications/{draft.ref}/check")
    assert page.link("Line 1 is not finished. Finish it or empty it").endswith("/costs#costs-0-what")
    phone.submit(path, {"costs-0-amount": "500"}, button="Save and continue")
    assert (draft.asked, draft.unread, [one.what for one in draft.costs]) == (Money.pounds("580"), {}, ["Hall", "Paint"])


def test_half_a_line_and_no_date_are_kept_too_and_somebody_quicker_sees_both(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    browser, other = _of(sqlite_app, draft), _of(sqlite_app, draft)
    path = f"/applications/{draft.ref}/milestones"
    other.visit(path)
    date_ = {"lines-0-due_on-day": "31", "lines-0-due_on-month": "2", "lines-0-due_on-year": "2027"}
    browser.submit(path, {"lines-0-what": "We open"} | date_, button="Save and continue", expect=422)
    assert draft.unread["milestones"] == [
        [0, {"what": "We open", "due_on-day": "31", "due_on-month": "2", "due_on-year": "2027"}]
    ]
    page = other.fill({"lines-0-what": "We start"}, button="Save and continue", expect=409)
    assert ["Line 1, not finished", "We open 31 2 2027"] in [[row[0], row[-1]] for table in page.tables() for row in table.rows]
    path = f"/applications/{draft.ref}/people"
    browser.submit(path, {"lines-0-whom": "Neighbours", "lines-0-people": "some"}, button="Save and continue", expect=422)
    page = browser.fill({"lines-0-whom": "", "lines-0-people": ""}, button="Save and continue")
    assert set(draft.unread) == {"milestones"}


def test_typing_over_somebody_else_stops_and_a_closed_round_says_so(sqlite_app: Flask) -> None:
    draft = a_complete_draft(round=a_round(closes_at=clock.now() + timedelta(hours=1)))
    browser, path = _of(sqlite_app, draft), f"/applications/{draft.ref}/questions/need"
    edition = str(draft.edition)
    commands.save_answers(draft, answers={"need": "Theirs"}, edition=draft.edition, by=draft.started_by)
    status, said = _typing(browser, path, {"edition": edition, "need": "Mine"})
    assert (status, said["stop"]) == (409, True)
    with clock.stopped(draft.round.closes_at):
        status, said = _typing(browser, path, {"edition": str(draft.edition), "need": "Mine"})
    assert status == 422
    assert said["said"].startswith("Not saved yet: ")
    assert {answer.text for answer in draft.answers if answer.question == "need"} == {"Theirs"}
    commands.withdraw(draft, by=draft.started_by)
    assert _typing(browser, path, {"edition": "1", "need": "Mine"})[1] == {
        "said": "Not saved: this application can no longer be changed.",
        "stop": True,
    }


def test_two_people_on_any_page_see_both_versions(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    by, browser = draft.started_by, _of(sqlite_app, draft)

    def change(page: str) -> Any:
        edition = draft.edition
        if page == "outcomes":
            lines = [("feel proud", "all", "", "", "", False)]
            return commands.save_outcomes(draft, lines=lines, edition=edition, by=by)
        if page == "people":
            return commands.save_beneficiaries(draft, lines=[("All", 9)], edition=edition, by=by)
        return commands.save_milestones(draft, lines=[("Trip", date(2027, 7, 1))], edition=edition, by=by)

    for page, typed in (
        ("outcomes", {"lines-0-change": "sleep better"}),
        ("people", {"lines-0-people": "50"}),
        ("milestones", {"lines-0-what": "Party"}),
    ):
        browser.visit(f"/applications/{draft.ref}/{page}")
        change(page)
        shown = browser.fill(typed, button="Save and continue", expect=409)
        assert shown.tables()[0].caption == "Your version and the one now saved"
        assert browser.press("Save my version").h1 != shown.h1
    assert [one.change for one in draft.outcomes] == ["sleep better"]
    assert [one.people for one in draft.beneficiaries] == [50]
    assert [one.what for one in draft.milestones] == ["Party"]


# -- who reads, who writes, who sends ---------------------------------------------------------------------------------


def test_readers_read_advisers_comment_and_neither_changes(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    ref = draft.ref
    reader = Browser(sqlite_app).sign_in(a_person(Duty.READER, organisation=draft.organisation))
    adviser = Browser(sqlite_app).sign_in(a_person(Duty.ADVISER, organisation=draft.organisation))
    page = reader.visit(f"/applications/{ref}")
    assert "You can read it, but not change it." in page.text
    reader.visit(f"/applications/{ref}/costs")
    assert reader.at == f"/applications/{ref}/check"
    assert "Send your application" not in reader.page.text  # type: ignore[union-attr]
    for one in (reader, adviser):
        assert one.post(f"/applications/{ref}/costs", {"edition": "99"}).status_code == 403
        assert one.post(f"/applications/{ref}/submit", {"edition": "99", "declared": "y"}).status_code in (403, 422)
    adviser.submit(f"/applications/{ref}/comments/costs", text="Is the hall not free?", button="Add a comment")
    assert "There are comments" in _of(sqlite_app, draft).visit(f"/applications/{ref}").text
    writer = _of(sqlite_app, draft)
    assert "Is the hall not free?" in writer.visit(f"/applications/{ref}/costs").text
    page = writer.visit(f"/applications/{ref}/comments/costs")
    assert "Is the hall not free?" in page.text
    writer.press(next(b.text for f in page.forms for b in f.buttons if b.text.startswith("This is dealt with")))
    assert "There are comments" not in writer.visit(f"/applications/{ref}").text
    assert draft.state is State.DRAFT


def test_where_somebody_signs_for_the_group_they_send(sqlite_app: Flask) -> None:
    group, by, certifier = a_group()
    draft = filled(a_full_draft(group=group, by=by))
    page = Browser(sqlite_app).sign_in(by).visit(f"/applications/{draft.ref}/check")
    sentence = f"Only somebody who signs for your group can send this: {certifier.name}. Tell them it is ready."
    assert sentence in page.text
    with pytest.raises(RuleBroken, match="Only somebody who signs"):
        commands.submit(draft, declared=True, edition=draft.edition, by=by)
    browser = Browser(sqlite_app).sign_in(certifier)
    assert (
        browser.submit(f"/applications/{draft.ref}/check", declared="y", button="Send application").h1
        == "We have your application"
    )


def test_a_test_application_is_filled_in_as_a_group_does_and_never_sent(sqlite_app: Flask) -> None:
    from grants.rounds.terms import check
    from tests.builders.applications import a_planned_round, a_question_set
    from tests.builders.drafts import everything, terms
    from tests.builders.people import an_organisation

    round = a_planned_round(
        smallest="50", largest="30000", terms=check(terms()), question_set=a_question_set(everything(), title="Tried")
    )
    officer = officer_of(round)
    draft = filled(commands.start(round, organisation=an_organisation(), rehearsal=True, by=officer))
    browser = Browser(sqlite_app).sign_in(officer)
    assert "Test application" in browser.visit(f"/applications/{draft.ref}/costs").text
    page = browser.submit(f"/applications/{draft.ref}/check", declared="y", button="Send application")
    assert page.banners == ["It would have been sent. This was a test, so nothing was."]
    assert (draft.state, draft.snapshot) == (State.DRAFT, None)


# -- last time's words, and opened again ------------------------------------------------------------------------------


def _sent(draft: Application, by: Person) -> Application:
    return commands.submit(draft, declared=True, edition=draft.edition, by=by)


def test_last_times_application_is_copied_without_its_costs_and_checked_part_by_part(sqlite_app: Flask) -> None:
    first = filled(a_full_draft())
    by, group = first.started_by, first.organisation
    _sent(first, by)
    pot = first.round.pot
    again = a_full_draft(
        a_full_round(pot=pot, question_set=first.round.question_set, strategy=first.round.strategy), group=group, by=by
    )
    browser = Browser(sqlite_app).sign_in(by)
    page = browser.visit(f"/applications/{again.ref}")
    assert "Start from an application you sent before?" in page.text
    page = browser.press("Copy it into this one")
    assert page.text.count("From last time: check it is still true") == 4
    assert "Start from an application" not in page.text
    assert (again.title, again.purpose, list(again.costs)) == ("Friday football", "young-people", [])
    assert ([one.change for one in again.outcomes], [one.people for one in again.beneficiaries]) == (["feel safer"], [40])
    assert {a.question: a.text for a in again.answers} == {"given": "100", "lead": "Jo Bloggs\n0161 496 0000"}
    about = queries.about(again)
    unchecked = [g.sentence for g in rules.gaps(again, _questions(again), about) if "from last time" in g.sentence]
    assert "Check “Who it is for”: it is from last time. Save it if it is still true" in unchecked
    browser.visit(f"/applications/{again.ref}/people")
    browser.press("Save and continue")
    unchecked = [g.sentence for g in rules.gaps(again, _questions(again), about) if "“Who it is for”" in g.sentence]
    assert unchecked == []
    with pytest.raises(RuleBroken, match="begun this application already"):
        commands.copy_earlier(again, before=first, by=by)
    with pytest.raises(RuleBroken, match="that your group sent before"):
        other = a_full_draft(first.round)
        commands.copy_earlier(other, before=first, by=other.started_by)


def test_opened_again_only_what_was_opened_is_done_again_and_the_reason_stands_on_the_page(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft())
    by, ref = draft.started_by, draft.ref
    _sent(draft, by)
    officer = officer_of(draft.round)
    commands.reopen(draft, why="The hall is dearer.", parts=["costs"], until=clock.now() + timedelta(days=5), by=officer)
    browser = _of(sqlite_app, draft)
    page = browser.visit(f"/applications/{ref}")
    assert "The hall is dearer." in page.text
    assert page.text.count("Stays as you sent it") == 6
    assert "The hall is dearer." in browser.visit(f"/applications/{ref}/costs").text
    browser.fill({"costs-0-amount": "450"}, button="Save and continue")
    browser.visit(f"/applications/{ref}/people")
    assert browser.at == f"/applications/{ref}"
    page = browser.submit(f"/applications/{ref}/check", declared="y", button="Send application")
    assert page.h1 == "We have your application"
    assert [one.content["asked"] for one in draft.snapshots] == [40000, 45000]


# -- whatever is typed ------------------------------------------------------------------------------------------------

PASTED = "\u201cQuoted\u201d \u2013 from Word\x0b\u2022\tone\r\n\u2022\ttwo\u00a0\u00ad"
RIGHT_TO_LEFT = "نادي الجمعة لكرة القدم"
UNCLEAR = "“Money from others” is not clear. If you mean £1,200, type 1,200. If you mean £1.20, type 1.20"


@pytest.mark.parametrize(
    ("field", "typed", "shown", "sentence"),
    [
        ("given", "£1,200.50", "£1,200.50", None),
        ("given", "1.200", "1.200", UNCLEAR),
        ("given", "twelve", "twelve", "“Money from others” must be an amount of money, like 1,250 or 1250.50"),
        ("begins", ("31", "2", "2027"), ("31", "2", "2027"), "“When does it start” must be a real date, like 27 3 2027"),
        ("lead-name", RIGHT_TO_LEFT, RIGHT_TO_LEFT, "“Who runs it” needs a telephone number or an email address"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_kept_and_said_beside_it(
    sqlite_app: Flask, field: str, typed: Any, shown: Any, sentence: str | None
) -> None:
    draft = a_full_draft()
    path = f"/applications/{draft.ref}/questions/money"
    browser = _of(sqlite_app, draft)
    names = [f"{field}-{part}" for part in ("day", "month", "year")] if isinstance(typed, tuple) else [field]
    values = list(typed) if isinstance(typed, tuple) else [typed]
    browser.submit(path, dict(zip(names, values, strict=True)), button="Save and continue")
    page = browser.visit(path)
    assert [page.attributes("input", name=name)[0]["value"] for name in names] == (
        list(shown) if isinstance(shown, tuple) else [shown]
    )
    assert _errors(browser) == ([sentence] if sentence else [])


def test_pasted_text_emoji_and_five_thousand_words_are_kept(sqlite_app: Flask) -> None:
    draft = filled(a_full_draft(), amount="12000")
    path = f"/applications/{draft.ref}/questions/more"
    browser = _of(sqlite_app, draft)
    for typed, kept in (
        (PASTED, "“Quoted” – from Word\n•\tone\n•\ttwo"),
        (f"⚽ {RIGHT_TO_LEFT} 👩‍👧", f"⚽ {RIGHT_TO_LEFT} 👩‍👧"),
        ("word " * 3_999 + "word", ("word " * 3_999 + "word")),
    ):
        page = browser.submit(path, why=typed, button="Save and continue")
        page = browser.visit(path)
        assert page.find("textarea", name="why")[0].text.split() == kept.split()
    assert _errors(browser) == ["“Why so much” is 3900 words too long: use 100 words or fewer"]
    page = browser.submit(path, why="word " * 5_000, button="Save and continue", expect=422)
    assert page.problems == ["“Why so much” is too long to keep: 24,999 characters. Use 20,000 or fewer."]
    assert len(page.find("textarea", name="why")[0].text.split()) == 5_000


def test_a_date_that_is_none_and_a_number_in_words_stay_on_their_page(sqlite_app: Flask) -> None:
    draft = a_full_draft()
    browser = _of(sqlite_app, draft)
    typed = {"lines-0-what": "Party", "lines-0-due_on-day": "31", "lines-0-due_on-month": "2", "lines-0-due_on-year": "2027"}
    page = browser.submit(f"/applications/{draft.ref}/milestones", typed, button="Save and continue", expect=422)
    assert page.problems == ["The date must be a real date, like 27 3 2027"]
    assert page.attributes("input", name="lines-0-due_on-day")[0]["value"] == "31"
    page = browser.submit(f"/applications/{draft.ref}/people", {"lines-0-whom": "All", "lines-0-people": "about forty"},
                          button="Save and continue", expect=422)  # fmt: skip
    assert page.problems == ["How many people must be a whole number, like 12"]
    assert page.attributes("input", name="lines-0-people")[0]["value"] == "about forty"


def test_going_back_after_sending_changes_nothing_and_leads_to_what_was_sent(sqlite_app: Flask) -> None:
    draft = a_submitted()
    browser = _of(sqlite_app, draft)
    before = draft.edition
    for path in ("place", "costs", "questions/need", "check"):
        browser.visit(f"/applications/{draft.ref}/{path}")
        assert browser.at == f"/applications/{draft.ref}"
    response = browser.post(f"/applications/{draft.ref}/costs", {"edition": "1", "costs-0-what": "Boat", "costs-0-amount": "1"})
    assert response.status_code == 303
    db.session.expire_all()
    assert draft.edition == before


# -- words, weight, cost ----------------------------------------------------------------------------------------------

NEVER = re.compile(r"\b(returns?|variations?|claims?|instal?lments?|passport(ed|ing)?)\b", re.IGNORECASE)
ALLOWED = re.compile(r"claim (back money you have spent|the VAT back)|can claim the VAT back", re.IGNORECASE)
OURS = ("applications", "after", "hosting", "groups", "documents", "track", "my_awards", "bids", "easy_read")


def test_applicants_pages_never_use_words_that_only_offices_use() -> None:
    found = []
    for folder in OURS:
        for path in sorted((SOURCE / "templates" / folder).glob("*.html")):
            for said in re.findall(r'_\(\s*"([^"]*)"', path.read_text("utf-8")):
                if NEVER.search(ALLOWED.sub("", said)):
                    found.append((path.name, said))
    for name in ("drafts", "drafting", "applications", "after", "documents", "groups", "hosting"):
        for said in re.findall(r'(?:_|mark)\(\s*"([^"]*)"', (SOURCE / "web" / "group" / f"{name}.py").read_text("utf-8")):
            if NEVER.search(ALLOWED.sub("", said)):
                found.append((name, said))
    assert found == []


def test_no_page_of_a_draft_is_heavy(sqlite_app: Flask) -> None:
    import gzip

    draft = filled(a_full_draft(), amount="12000")
    browser = _of(sqlite_app, draft)
    for path in ("", "/place", "/questions/money", "/outcomes", "/people", "/milestones", "/documents", "/costs", "/check"):
        html = browser.fetch(f"/applications/{draft.ref}{path}").data
        assert len(gzip.compress(html)) < 9_000, path
    assert (SOURCE / "static" / "saving.js").stat().st_size < 6_000


@pytest.mark.parametrize("how_many", [1, 10])
def test_pages_cost_the_same_however_many_lines_they_have(sqlite_app: Flask, statements: Any, how_many: int) -> None:
    draft = filled(a_full_draft())
    by = draft.started_by
    lines = [("feel safer", "young people", "", "", "", False)] * how_many
    commands.save_outcomes(draft, lines=lines, edition=draft.edition, by=by)
    commands.save_beneficiaries(draft, lines=[("All", n) for n in range(how_many)], edition=draft.edition, by=by)
    commands.save_milestones(draft, lines=[("Trip", date(2027, 7, 1))] * how_many, edition=draft.edition, by=by)
    ref, browser = draft.ref, Browser(sqlite_app).sign_in(by)
    browser.visit("/applications")
    cost = {}
    for path in ("", "/place", "/outcomes", "/people", "/milestones", "/check"):
        with statements() as made:
            browser.visit(f"/applications/{ref}{path}")
        cost[path] = len(made)
    assert cost == {"": 12, "/place": 13, "/outcomes": 12, "/people": 9, "/milestones": 10, "/check": 12}
