"""Question sets in the officer's browser, without a script: started, written part by part, published, and met by a group."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.kernel.db import db
from grants.people.models import Duty
from grants.questions import commands, queries, sketch
from grants.questions.document import Document, Kind, ready
from grants.questions.models import QuestionSet, QuestionSetDraft
from tests.builders.applications import a_question_set, a_round, officer_of
from tests.builders.people import a_person
from tests.client import Browser
from tests.reading import Page


def an_officer(app: Flask) -> Browser:
    return Browser(app).sign_in(a_person(Duty.GRANTS_OFFICER))


def a_draft(begin: str = "ward_fund", title: str = "") -> QuestionSetDraft:
    document = ready(begin)
    return commands.start_draft(title=title or document["title"], document=document, by=a_person(Duty.GRANTS_OFFICER))


def now(ref: str) -> sketch.Sketch:
    db.session.rollback()
    return sketch.sketch_of(queries.draft(ref).document)


def problems(page: Page) -> list[str]:
    return page.problems


def test_a_set_is_written_from_nothing_published_and_asked_by_a_round(sqlite_app: Flask) -> None:
    browser = an_officer(sqlite_app)
    browser.submit("/question-sets/new", begin="empty", title="Small sparks")
    assert browser.page and "Nothing is asked yet. Add a page." in browser.page.text
    draft = browser.at
    ref = draft.rsplit("/", 1)[1]

    page = browser.submit(f"{draft}/pages/new", kind="own", title="Your idea", intro="Tell us in your own words.")
    assert "“Your idea” asks nothing yet. Add a question or remove it." in page.text
    browser.submit(f"{draft}/pages/your-idea/add", kind="choice")
    page = browser.fill(label="What kind of place is it?", options="A park\nA street\nA hall")
    assert "What kind of place is it?" in page.text
    browser.submit(f"{draft}/pages/your-idea/add", kind="long")
    browser.fill(label="What will you do?", words="80", hint="Say it as you would to a neighbour.")
    browser.submit(f"{draft}/pages/new", kind="costs")
    page = browser.submit(f"{draft}/pages/new", kind="own", title="You promise")
    browser.submit(f"{draft}/pages/you-promise/add", kind="declaration")
    page = browser.fill(label="We have told the truth")

    found = now(ref)
    assert [(section.key, section.title, section.block) for section in found.sections] == [
        ("your-idea", "Your idea", None),
        ("what-it-will-cost", "What it will cost", "costs"),
        ("you-promise", "You promise", None),
    ]
    place, do, promise = found.questions
    assert [(o.value, o.label) for o in place.options] == [("a-park", "A park"), ("a-street", "A street"), ("a-hall", "A hall")]
    assert (place.key, place.short, place.missing) == (
        "what-kind-of-place-is-it",
        "What kind of place is it",
        "Choose an answer to “What kind of place is it?”",
    )
    assert (do.key, do.words, do.required, do.missing) == ("what-will-you-do", 80, True, "Answer “What will you do?”")
    assert promise.missing == "Confirm this: We have told the truth"

    page = browser.visit(f"{draft}/publish")
    assert "cannot be compared by issue" in page.text
    page = browser.press("Publish")
    assert (page.h1, "Version 1" in page.text, "Not asked yet" in page.text) == ("Small sparks", True, True)
    db.session.rollback()
    published = queries.latest()[0]
    assert Document.model_validate(published.document).title == "Small sparks"
    assert "This draft is published:" in browser.visit(draft).text
    browser.visit(f"{draft}/publish", expect=404)


def test_a_fixed_version_is_copied_into_the_next_one_which_says_what_is_new(sqlite_app: Flask) -> None:
    round = a_round(question_set=a_question_set(ready("local_fund"), title="One Stockport Local Fund"))
    browser, ref = Browser(sqlite_app).sign_in(officer_of(round)), round.question_set.ref
    title = round.title
    page = browser.visit("/question-sets")
    assert ("Fixed for good" in page.text, title in page.text) == (True, True)
    page = browser.visit(f"/question-sets/{ref}")
    assert "Asked only if “Children or adults at risk” is “Yes”." in page.text
    browser.press("Make a new version")
    draft = browser.at
    page = browser.submit(f"{draft}/questions/risks", label="What might go wrong?")
    page = browser.visit(f"{draft}/publish")
    assert "Changed: “What might go wrong?”" in page.text
    assert page.h1 == "Publish version 2"
    browser.press("Publish")
    db.session.rollback()
    versions = queries.versions()["One Stockport Local Fund"]
    assert [(one.version, one.frozen_at is not None) for one in versions] == [(2, False), (1, True)]
    old = queries.document(db.session.get_one(QuestionSet, versions[1].id)).question("risks")
    assert old and old.label == "What could go wrong, and what would you do?"


def test_everything_wrong_with_a_question_is_said_beside_it_and_nothing_typed_is_lost(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.submit(
        f"{path}/pages/plan/questions/new?kind=choices", {"code": "issue"}, expect=422, options="Only one", hint="A hint"
    )
    assert problems(page) == [
        "Enter the question",
    ]
    page = browser.fill(label="Which of these?", expect=422)
    assert problems(page) == [
        "Enter at least two choices, each on a line of its own",
        "Something else in this set has the key issue: use another",
    ]
    assert "A hint" in page.html
    page = browser.fill({"code": ""}, options="One\nTwo\nOne", expect=422)
    assert problems(page) == ["“One” is there twice"]
    browser.fill(options="One\nTwo")
    assert now(draft.ref).question("which-of-these").hint == "A hint"
    page = browser.submit(f"{path}/pages/plan/questions/new?kind=money", label="How much?", least="50", most="10", expect=422)
    assert problems(page) == ["The most must be the least or more"]


def test_a_condition_is_built_with_plain_forms_and_said_in_words(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.submit(f"{path}/when/question/permission", button="Add a condition", of="issue")
    browser.fill(test="any_of", values=["places", "anti-social"])
    browser.fill(button="Add a condition", of="ask")
    page = browser.fill(test="bounds", least="1,000")
    assert "All of these must be so:" in page.text
    page = browser.press("Change to any of these")
    assert "Any of these must be so:" in page.text
    said = now(draft.ref).names.when(now(draft.ref).question("permission").when)
    assert said == (
        "Asked only if “Issue” is “Anti-social behaviour and nuisance” or “Streets, parks and places that feel unsafe” "
        "or what the group asks for is £1,000.00 or more"
    )
    page = browser.press("Add a group")
    assert "has a group of conditions with nothing in it" in page.text
    browser.fill(button="Add a condition", of="stage", into="2")
    page = browser.fill(test="any_of", values=["2"])
    assert now(draft.ref).question("permission").when.any[2].all[0].any_of == ("2",)  # type: ignore[union-attr]
    page = browser.press("Remove Group 1")
    page = browser.press("Remove What the group asks for is £1,000.00 or more")
    page = browser.press(
        "Remove “Issue” is “Anti-social behaviour and nuisance” or “Streets, parks and places that feel unsafe”"
    )
    assert now(draft.ref).question("permission").when is None
    assert "Always." in page.text


def test_a_condition_on_the_size_of_the_ask_takes_its_name_as_the_round_has_it(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.submit(f"{path}/when/page/plan/add?of=tier", test="any_of", expect=422)
    assert problems(page) == ["Say which answers"]
    page = browser.fill(typed="Large grants\n\nMiddle")
    assert "The size of the ask is “large-grants” or “middle”" in page.text


def test_moving_a_question_before_what_it_depends_on_is_said_in_the_officers_english(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    browser.visit(path)
    page = browser.press("Up: “How you will keep people safe”")
    sentence = (
        "“How you will keep people safe” depends on “Children or adults at risk”, which is asked after it. "
        "Move that question up, or change when “How you will keep people safe” is asked."
    )
    assert sentence in page.text
    browser.visit(f"{path}/preview")
    page = browser.visit(f"{path}/publish")
    assert (sentence in page.text, any(b.text == "Publish" for form in page.forms for b in form.buttons)) == (True, False)
    browser.visit(path)
    page = browser.press("Down: “How you will keep people safe”")
    assert sentence not in page.text
    page = browser.press("Up: the page What you will spend it on")
    assert [section.key for section in now(draft.ref).sections][2:4] == ["costs", "different"]


def test_two_officers_who_change_the_same_question_see_both_versions(sqlite_app: Flask) -> None:
    draft = a_draft()
    path = f"/question-sets/drafts/{draft.ref}/questions/activity"
    one, two = an_officer(sqlite_app), an_officer(sqlite_app)
    one.visit(path)
    two.submit(path, label="What do you want to do?", words="100")
    page = one.fill(label="What is your plan?", expect=409)
    table = page.tables()[0]
    assert table.rows[0] == ["Question", "What is your plan?", "What do you want to do?"]
    assert ["How it is answered", "A longer answer, up to 80 words", "A longer answer, up to 100 words"] in table.rows
    one.press("Save the question")
    assert (now(draft.ref).question("activity").label, now(draft.ref).question("activity").words) == ("What is your plan?", 80)


def test_two_officers_who_change_the_same_check_or_condition_see_both_versions(sqlite_app: Flask) -> None:
    draft = a_draft("local_fund")
    path = f"/question-sets/drafts/{draft.ref}"
    one, two = an_officer(sqlite_app), an_officer(sqlite_app)
    one.visit(f"{path}/checks/0")
    two.submit(f"{path}/checks/0", says="End after the start")
    page = one.fill(says="The end is too early", expect=409)
    assert ["What is said", "The end is too early", "End after the start"] in page.tables()[0].rows
    one.visit(f"{path}/when/question/permission/add?of=ask")
    two.submit(f"{path}/questions/permission", hint="Ask them first.")
    page = one.fill(test="bounds", least="5000", expect=409)
    assert ["Hint", "Ask them first.", "Ask them first."] in page.tables()[0].rows


def test_two_officers_who_change_different_questions_do_not_meet(sqlite_app: Flask) -> None:
    draft = a_draft()
    path = f"/question-sets/drafts/{draft.ref}"
    one, two = an_officer(sqlite_app), an_officer(sqlite_app)
    one.visit(f"{path}/questions/activity")
    two.submit(f"{path}/questions/safe", words="70")
    one.fill(words="90")
    assert (now(draft.ref).question("activity").words, now(draft.ref).question("safe").words) == (90, 70)


def test_a_page_is_edited_and_can_be_asked_again_for_each_of_several(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}/pages"
    page = browser.submit(f"{path}/plan", title="Your places", repeat="5", expect=422)
    assert problems(page) == ["Enter what one of them is called, like partner"]
    page = browser.fill(item="place")
    assert "Asked again for each place, up to 5 times." in page.text
    browser.submit(f"{path}/costs", title="Money")
    assert [section.title for section in now(draft.ref).sections][1:4:2] == ["Your places", "Money"]


def test_a_question_comes_from_the_bank_by_one_press(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.visit(f"{path}/pages/plan/add")
    assert "What is the main issue your project deals with?" not in page.text
    browser.press("Add “Volunteers”")
    added = now(draft.ref).section("plan").questions[-1]
    assert (added.key, added.bank, added.wording["en-easy"].label) == (
        "volunteers", "volunteers", "How many people will help for free?",
    )  # fmt: skip


def test_a_question_is_answered_another_way_and_its_key_follows_everywhere(sqlite_app: Flask) -> None:
    draft = a_draft("local_fund")
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    browser.submit(f"{path}/questions/children", {"code": "minors"})
    found = now(draft.ref)
    assert [test.of for q in found.questions if q.when for test in q.when.tests].count("minors") == 2
    assert sketch.faults(found) == []
    browser.submit(f"{path}/questions/starts/kind", kind="short")
    page = browser.fill(words="10")
    assert "cannot compare “Start date”" in page.text
    assert (now(draft.ref).question("starts").bank, now(draft.ref).question("minors").bank) == (None, "children")


def test_removing_a_question_says_what_depends_on_it(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.visit(f"{path}/remove/question/children")
    assert "“How you will keep people safe”" in page.text
    page = browser.press("Remove it")
    assert "depends on a question that is no longer there (children)" in page.text
    page = browser.submit(f"{path}/remove/page/plan", button="Remove it")
    assert "no longer there" not in page.text


def test_sums_and_checks_are_forms_too(sqlite_app: Flask) -> None:
    draft = a_draft("local_fund")
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    browser.submit(
        f"{path}/calculations/new", label="Left to find", money="yes", add=["whole-cost"], less=["ask", "other-money"]
    )
    found = now(draft.ref)
    assert found.names.sum(found.calculations[1]) == "“Whole cost”, less what the group asks for and “Money from elsewhere”"
    says = "The volunteers must be 1,000 or fewer"
    page = browser.submit(
        f"{path}/checks/new", left="volunteers", relation="at most", beside="volunteers", says=says, expect=422
    )
    assert problems(page) == ["Choose what it is set against, or type a number"]
    page = browser.fill(number="1000")
    assert found.names.check(now(draft.ref).checks[2]) == "“Volunteers” is no more than 1,000"
    page = browser.submit(f"{path}/checks/0", right="whole-cost", expect=422)
    assert problems(page) == ["A date can only be set against another date"]
    browser.submit(f"{path}/remove/calculation/left-to-find", button="Remove it")
    browser.submit(f"{path}/remove/check/2", button="Remove it")
    assert (len(now(draft.ref).calculations), len(now(draft.ref).checks)) == (1, 2)


def test_words_in_another_language_are_typed_beneath_the_english_and_what_is_left_is_listed(sqlite_app: Flask) -> None:
    draft = a_draft()
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}"
    page = browser.submit(f"{path}/languages", languages=["en-easy", "cy"])
    assert page.text.count("Not written yet") == 9
    page = browser.visit(f"{path}/languages/cy/question/permission")
    assert "In English: Does the owner of the land or building agree?" in page.text
    page = browser.fill({"label": "A yw’r perchennog yn cytuno?", "choice--yes": "Ydy"}, button="Save and go to the next")
    assert page.h1 == "“Your plan” in Welsh"
    page = browser.visit(path)
    assert "Welsh: 8 pages and questions have no words yet" in page.text
    assert "Easy Read: whole" in page.text
    welsh = now(draft.ref).question("permission").worded("cy")
    assert (welsh.label, [option.label for option in welsh.options][:2]) == (
        "A yw’r perchennog yn cytuno?", ["Ydy", "We have asked and are waiting"],
    )  # fmt: skip


def test_the_preview_asks_what_the_answers_call_for_and_keeps_nothing(sqlite_app: Flask) -> None:
    draft = a_draft("local_fund")
    browser, path = an_officer(sqlite_app), f"/question-sets/drafts/{draft.ref}/preview"
    page = browser.visit(path)
    assert ("Page 1 of 8" in page.text, "What could go wrong" in page.text) == (True, False)
    page = browser.fill({"tier": "large", "stage": "2", "own-account": "no", "language": "en-easy", "ask": "12000"})
    assert ("Page 1 of 14" in page.text, "What could go wrong? What would you do then?" in page.text) == (True, True)
    assert "Who in your group keeps people safe?" not in page.text
    assert "The group can add another partner here, up to 6." in page.text
    page = browser.fill({"children": "yes", "other-money": "500", "whole-cost": "600", "volunteers": "some"})
    assert "“Volunteers” must be a whole number, like 12" in page.text
    assert "Who in your group keeps people safe?" in page.text
    assert "The whole cost must be at least" in page.text
    assert "What you ask for and what comes from elsewhere: £12,500.00" in page.text


@pytest.mark.parametrize(
    "path", ["/question-sets/new", "/question-sets/drafts/{draft}", "/question-sets/drafts/{draft}/pages/plan/add"]
)
def test_only_a_grants_officer_writes(sqlite_app: Flask, path: str) -> None:
    draft = a_draft()
    browser = Browser(sqlite_app).sign_in(a_person(Duty.FINANCE_OFFICER))
    browser.visit(path.format(draft=draft.ref), expect=403)
    assert "Write a new set" not in browser.visit("/question-sets").text


def test_titles_are_not_used_twice(sqlite_app: Flask) -> None:
    a_question_set(title="Standard questions")
    browser = an_officer(sqlite_app)
    page = browser.submit("/question-sets/new", begin="empty", title="Standard questions", expect=422)
    assert problems(page)[0].startswith("There is a question set called “Standard questions” already.")
    browser.fill(title="Others")
    page = browser.submit("/question-sets/new", begin="empty", title="Others", expect=422)
    assert problems(page)[0].startswith("“Others” is being written already: QSD-")
    draft = queries.drafts()[0].ref
    page = browser.submit(f"/question-sets/drafts/{draft}/title", title="Standard questions", expect=422)
    assert problems(page) == ["There is a question set called “Standard questions” already. Use another title."]
    browser.submit(f"/question-sets/drafts/{draft}/put-away", button="Put it away")
    db.session.rollback()
    assert queries.drafts() == []


@pytest.mark.parametrize("how_many", [1, 6])
def test_the_list_costs_the_same_however_many_sets(sqlite_app: Flask, statements: object, how_many: int) -> None:
    round = a_round(question_set=a_question_set(title="Set 0"), hold="1000")
    for n in range(1, how_many):
        a_round(question_set=a_question_set(title=f"Set {n}"), pot=round.pot, hold="1000")
    browser = Browser(sqlite_app).sign_in(officer_of(round))
    browser.visit("/question-sets")
    with statements() as made:  # type: ignore[operator]
        browser.visit("/question-sets")
    # Who is asking and the demonstration's mark: 2. Versions, drafts, rounds: 3.
    assert len(made) == 5


_typed = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["🎈", "مرحبا", "a" * 600, "A\nB", "A\n\nB\nA", "-5", "1e9", "12", "Edition", "ask", "‘Pasted’ “Word” text…"]
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    kind=st.sampled_from(list(Kind)),
    typed=st.dictionaries(
        st.sampled_from(["label", "options", "words", "least", "most", "hint", "short", "missing", "guidance", "code"]), _typed
    ),
)
def test_whatever_is_typed_for_a_question_is_kept_or_answered_in_sentences(
    sqlite_app: Flask, kind: Kind, typed: dict[str, str]
) -> None:
    drafts = queries.drafts()
    ref = drafts[0].ref if drafts else a_draft().ref
    typed = {"label": "What else?", "words": "10", "options": "A\nB"} | typed
    answer = an_officer(sqlite_app).post(f"/question-sets/drafts/{ref}/pages/plan/questions/new?kind={kind}", typed)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert sketch.faults(now(ref)) == []
