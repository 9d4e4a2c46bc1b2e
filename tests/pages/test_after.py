"""After sending, on the pages: the receipt, the tracker, questions, an application opened again, one typed in for a group."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from grants.applications import after, assisted, commands, queries
from grants.applications.models import State
from grants.awards import queries as awards
from grants.kernel import clock
from grants.panel import queries as panel
from grants.people.models import Duty
from grants.rounds.terms import Firmness, Frequency, Scoring, Terms
from tests.builders.applications import GOOD_ANSWERS, a_complete_draft, a_round, a_submitted, officer_of, priorities_of
from tests.builders.awards import a_decision, a_panel, a_round_of_bids, decided, scored
from tests.builders.people import a_person, an_organisation
from tests.client import Browser

WEEK = timedelta(days=7)


def test_the_receipt_has_the_exact_answers_and_the_second_they_arrived(sqlite_app: Flask) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    sent = a_submitted()
    assert sent.submitted_at and sent.snapshot
    at, digest = clock.civil(sent.submitted_at), sent.snapshot.digest
    browser = Browser(sqlite_app).sign_in(sent.started_by)
    browser.visit(f"/applications/{sent.ref}")
    answer = browser.fetch(f"/applications/{sent.ref}/receipt.pdf")
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages).split())
    assert f"It reached us at {at:%H:%M:%S} on {at.day} {at:%B %Y}" in text
    assert all(" ".join(said.split()) in text for said in GOOD_ANSWERS.values() if " " in said)
    assert digest in text.replace(" ", "")


def test_what_happens_next_is_this_rounds_own_and_a_reader_is_offered_nothing_to_do(sqlite_app: Flask) -> None:
    sent = a_submitted(round=a_round(terms=Terms(scoring=Scoring.COMMITTEE, decided_by="The ward committee")))
    page = Browser(sqlite_app).sign_in(sent.started_by).visit(f"/applications/{sent.ref}/sent")
    assert "The ward committee decides" in page.text and "score" not in page.text
    offered = {"Withdraw this application", "Tell us how long it took you"}
    for by, there in ((sent.started_by, offered), (a_person(Duty.READER, organisation=sent.organisation), set())):
        page = Browser(sqlite_app).sign_in(by).visit(f"/applications/{sent.ref}")
        assert {link.text for link in page.links} & offered == there


def test_anybody_with_the_reference_sees_the_steps_and_nothing_of_the_application(sqlite_app: Flask) -> None:
    sent = a_submitted(title="A secret project")
    browser = Browser(sqlite_app)
    page = browser.visit(f"/track?ref={sent.ref.lower()}")
    assert "We have your application" in page.text
    assert "A secret project" not in page.text and sent.organisation.name not in page.text
    page = browser.visit("/track?ref=APP-26-99999", expect=404)
    assert "We have no application that was sent with this reference" in page.text


def test_a_question_is_asked_on_one_page_and_answered_on_another(sqlite_app: Flask) -> None:
    sent = a_submitted()
    ref, by, officer = sent.ref, sent.started_by, officer_of(sent.round)
    staff = Browser(sqlite_app).sign_in(officer)
    page = staff.submit(f"/bids/{ref}/ask", button="Ask", question="How big is the hall?")
    assert page.banners == ["We have asked the group."]
    group = Browser(sqlite_app).sign_in(by)
    page = group.visit(f"/applications/{ref}")
    page = group.visit(page.link("Answer this question"))
    assert "How big is the hall?" in page.text
    page = group.fill(button="Send answer", answer="", expect=422)
    assert page.problems == ["Enter your answer"]
    page = group.fill(button="Send answer", answer="It takes 60 people.")
    assert "It takes 60 people." in page.text
    assert "It takes 60 people." in staff.visit(f"/bids/{ref}").text


def test_the_officers_reason_stands_on_the_page_that_was_opened_again(sqlite_app: Flask) -> None:
    sent = a_submitted()
    ref, by, officer = sent.ref, sent.started_by, officer_of(sent.round)
    staff = Browser(sqlite_app).sign_in(officer)
    staff.submit(f"/bids/{ref}/open-again", button="Open again", why="Say how many people.", parts=["project"])
    group = Browser(sqlite_app).sign_in(by)
    assert "Say how many people." in group.visit(f"/applications/{ref}").text
    draft = queries.mine(by, ref)
    commands.save_answers(draft, answers={"people": "Ninety"}, edition=draft.edition, by=by)
    commands.submit(draft, declared=True, edition=draft.edition, by=by)
    page = staff.visit(f"/bids/{ref}/changes")
    assert page.tables()[0].rows == [
        ["What you will do Who will benefit, and about how many people?", GOOD_ANSWERS["people"], "Ninety"]
    ]


def test_what_the_panel_has_decided_on_is_not_opened_again(sqlite_app: Flask) -> None:
    round, [bid] = a_round_of_bids("4000")
    scored(bid)
    decided(a_panel(round), bid)
    staff = Browser(sqlite_app).sign_in(officer_of(round))
    page = staff.submit(f"/bids/{bid.ref}/open-again", button="Open again", why="Say more.", expect=422)
    assert page.problems == ["The panel has recorded a decision on this application, so it cannot be opened again."]


def test_why_and_a_second_look_are_asked_and_answered_on_the_pages(sqlite_app: Flask) -> None:
    bid = a_decision("4000", "0").application
    ref, by, officer = bid.ref, bid.started_by, officer_of(bid.round)
    staff, group = Browser(sqlite_app).sign_in(officer), Browser(sqlite_app).sign_in(by)
    page = staff.submit(f"/bids/{ref}/feedback", button="Send to the group", words="Ask again", expect=422)
    assert page.problems == ["Choose at least one of the reasons."]
    staff.fill(button="Send to the group", reasons=["money"])
    assert "There were more good applications than money" in group.visit(f"/applications/{ref}").text
    page = group.submit(f"/applications/{ref}/second-look", button="Send request", ground="facts", text="We have a policy.")
    assert page.banners[0].startswith("We will look at it again and answer by ")
    page = staff.submit(
        f"/bids/{ref}/second-look", button="Answer the group", verdict="the decision stands", text="We read it."
    )
    assert page.banners == ["We have answered the group."]
    assert "Our decision stays as it is." in group.visit(f"/applications/{ref}").text
    assert group.visit(f"/applications/{ref}/second-look").h1 != "Ask us to look at our decision again"


def test_the_chair_who_confirmed_a_decision_does_not_look_at_it_again(sqlite_app: Flask) -> None:
    decision = a_decision("4000", "0")
    bid, chair = decision.application, decision.panel.confirmed_by
    assert chair and panel.deciders(bid) == {decision.decided_by, chair.ref}
    after.ask_review(bid, ground=after.Ground.FACTS, text="We have a policy.", by=bid.started_by)
    ref = bid.ref
    page = (
        Browser(sqlite_app)
        .sign_in(chair)
        .submit(f"/bids/{ref}/second-look", button="Answer the group", verdict="the decision stands", text="No.", expect=422)
    )
    assert page.problems == ["You took part in the decision, so somebody else must look at it again."]


def test_how_long_it_took_is_asked_once(sqlite_app: Flask) -> None:
    sent = a_submitted()
    group = Browser(sqlite_app).sign_in(sent.started_by)
    page = group.submit(f"/applications/{sent.ref}/time", button="Send", took="1 to 4 hours")
    assert page.banners == ["Thank you."]
    assert queries.mine(sent.started_by, sent.ref).took == "1 to 4 hours"


def test_an_officer_types_in_an_application_for_a_new_group_and_reads_it_back(sqlite_app: Flask) -> None:
    round = a_round()
    officer = officer_of(round)
    staff = Browser(sqlite_app).sign_in(officer)
    form = {"how": "by telephone", "speaker": "The chair, 0161 496 0000", "consent": "Yes, type it in.", "sought": "900"}
    page = staff.submit(f"/funding-rounds/{round.ref}/assisted", form, button="Begin", expect=422)
    assert page.problems == ["Choose the group from the list, or enter its name"]
    page = staff.fill(form, button="Begin", name="Elders together", kind="unincorporated association")
    ref = staff.at.rsplit("/", 1)[1]
    begun = queries.mine(officer, ref)
    assert (begun.organisation.name, begun.organisation.is_voluntary) == ("Elders together", True)
    commands.save_place(begun, title="Tea", priority=priorities_of(round)[0], edition=begun.edition, by=officer)
    commands.save_answers(begun, answers=dict(GOOD_ANSWERS), edition=begun.edition, by=officer)
    commands.save_costs(begun, lines=[("Tea", round.smallest)], edition=begun.edition, by=officer)
    page = staff.submit(f"/applications/{ref}/read-back", button="They said it is right", said="The chair said yes.")
    assert page.h1 == "Check and send"
    staff.fill(button="Send application", declared="y")
    assert queries.bid(officer, ref).state is State.SUBMITTED
    assert "The chair, 0161 496 0000" in staff.visit(f"/bids/{ref}").text


def test_a_group_that_was_funded_last_year_is_stopped_on_every_way_in(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = a_round(terms=Terms(frequency=(Frequency(consecutive_years=True, firmness=Firmness.FIXED),)))
    draft, officer, other = a_complete_draft(round=round), officer_of(round), an_organisation()
    ref, by, address = draft.ref, draft.started_by, f"/funding-rounds/{round.ref}/assisted"
    year = clock.financial_year(clock.today()) - 1
    monkeypatch.setattr(awards, "funded_in", lambda group, stream: {year})
    sentence = "This fund does not give money to the same group two years running, and it funded yours last year."
    group = Browser(sqlite_app).sign_in(by)
    assert sentence in group.visit(f"/applications/{ref}/check").text
    assert sentence in group.fill(button="Send application", declared="y", expect=422).text
    assert queries.mine(by, ref).state is State.DRAFT
    form = {"how": "by telephone", "speaker": "The chair", "consent": "Yes.", "group": other.ref}
    page = Browser(sqlite_app).sign_in(officer).submit(address, form, button="Begin", expect=422)
    assert page.problems == [sentence]


@pytest.mark.parametrize("how_many", [1, 6])
def test_a_sent_application_costs_the_same_however_much_was_asked(sqlite_app: Flask, statements, how_many: int) -> None:  # type: ignore[no-untyped-def]
    sent = a_submitted()
    officer = officer_of(sent.round)
    for n in range(how_many):
        after.ask(sent, question=f"Question {n}", due_on=clock.today() + WEEK, by=officer)
    group = Browser(sqlite_app).sign_in(sent.started_by)
    group.visit("/applications")
    with statements() as made:
        group.visit(f"/applications/{sent.ref}")
    assert len(made) == 12


def test_an_application_typed_in_for_a_group_is_not_anothers(sqlite_app: Flask) -> None:
    round = a_round()
    begun = assisted.assist(
        round, organisation=an_organisation(), how=assisted.How.PAPER, speaker="Chair", consent="Yes",
        consent_on=clock.today(), by=officer_of(round),
    )  # fmt: skip
    stranger = Browser(sqlite_app).sign_in(a_submitted().started_by)
    stranger.visit(f"/applications/{begun.ref}", expect=404)
