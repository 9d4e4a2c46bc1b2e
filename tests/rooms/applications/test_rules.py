"""What the size of an ask chooses, what is missing and what may still be done with a draft: pure rules over plain objects."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from grants.applications import rules
from grants.applications.models import (
    Answer,
    Application,
    Beneficiary,
    CostLine,
    Evidence,
    Milestone,
    Outcome,
    Reopening,
    RuleException,
    Snapshot,
    State,
    Vat,
)
from grants.applications.rules import About, Page, Progress
from grants.kernel import clock
from grants.kernel.money import Money
from grants.people.models import Organisation, Person
from grants.questions.conditions import Figure
from grants.questions.document import Document, check
from grants.rounds.models import Round
from grants.rounds.models import State as RoundState
from grants.rounds.terms import Helps
from grants.rounds.terms import check as check_terms
from grants.streams.models import Pot, Stream
from tests.builders.drafts import everything, terms

P = Money.pounds
NOON = datetime(2026, 6, 15, 11, 0, tzinfo=UTC)  # midday in London
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ASKED = check(everything())
FULL = ("feel safer", "young people", "20 of 30", "March 2028", "a survey")


def _round(**more: Any) -> Round:
    """A round that takes applications until midday on 15 June, over the terms of the round that asks everything."""
    facts = {name: more.pop(name) for name in ("state", "opens_at", "closes_at", "smallest") if name in more}
    said = check_terms(terms() | more).model_dump(mode="json")
    pot = Pot(stream=Stream(voluntary_only=False))
    given: dict[str, Any] = {
        "title": "Summer", "smallest": P(50), "largest": P(30000), "state": RoundState.OPEN, "opens_at": NOON - 30 * DAY,
        "closes_at": NOON,
    }  # fmt: skip
    return Round(pot=pot, rules=said, lots=[], **given | facts)


def _draft(*costs: str, round: Round | None = None, **facts: Any) -> Application:
    given: dict[str, Any] = {
        "state": State.DRAFT, "stage": 1, "sends": 0, "against": {}, "unread": {}, "copied": [], "rehearsal": False,
    }  # fmt: skip
    group = Organisation(name="Friends", organisation_type="registered charity", is_voluntary=True)
    lines = [CostLine(position=n, what=f"Cost {n}", amount=P(one)) for n, one in enumerate(costs, 1)]
    return Application(round=round or _round(), organisation=group, costs=lines, **given | facts)


def _whole(*costs: str, **facts: Any) -> Application:
    """A draft with all that a small ask is asked."""
    given: dict[str, Any] = {
        "title": "Football",
        "purpose": "young-people",
        "postcode": "SK1 3XE",
        "found": {"ward": "E05000001"},
        "against": {"running": "no"},
        "vat": Vat.NO,
        "answers": _said(given="100", begins="1/6/2027", lead="Jo\n0161 496 0000\n"),
        "outcomes": [_outcome("feel safer", "young people")],
        "beneficiaries": [Beneficiary(position=1, whom="Young people", people=40)],
        "milestones": [Milestone(position=1, what="Start", due_on=date(2027, 6, 1))],
    }
    return _draft(*(costs or ("400",)), **given | facts)


def _said(**answers: str) -> list[Answer]:
    return [Answer(question=key, repetition=0, text=text) for key, text in answers.items()]


def _outcome(*parts: str) -> Outcome:
    names = ("change", "whom", "much", "by", "measured")
    return Outcome(position=1, kept=False, **dict(zip(names, (*parts, "", "", "", ""), strict=False)))


def _sentences(draft: Application, document: Document = ASKED, **about: Any) -> list[str]:
    return [gap.sentence for gap in rules.gaps(draft, document, About(**about))]


# -- what the ask chooses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("costs", "sought", "tier"),
    [
        ([], None, "small"),
        ([], "12000", "large"),  # what it means to ask for, while it has no costs
        (["400"], "12000", "small"),  # its costs say it better
        (["10000"], None, "small"),
        (["9999.99", "0.02"], None, "large"),
        (["49.99"], None, "small"),  # below them all
        (["30000.01"], None, "large"),  # above them all
    ],
)
def test_the_tier_is_the_one_the_ask_falls_in(costs: list[str], sought: str | None, tier: str) -> None:
    draft = _draft(*costs, sought=P(sought) if sought else None)
    found = rules.tier(draft)
    assert (found and found.key, rules.helps(draft)) == (tier, {"small": Helps.PURPOSE, "large": Helps.PRIORITY}[tier])


def test_a_round_without_tiers_has_none_and_asks_for_a_priority() -> None:
    draft = _draft("12000", round=_round(tiers=[]))
    assert (rules.tier(draft), rules.helps(draft)) == (None, Helps.PRIORITY)


@pytest.mark.parametrize(
    ("costs", "keys"),
    [
        ("10000", ["about", "money", "partners", "change", "whom", "steps", "papers", "holder", "costs"]),
        ("10000.01", ["about", "money", "partners", "more", "change", "whom", "steps", "papers", "holder", "costs"]),
    ],
)
def test_the_pages_are_those_that_an_ask_of_this_size_is_asked(costs: str, keys: list[str]) -> None:
    draft = _draft(costs)
    assert [page.key for page in ASKED.pages_for(rules.known(draft, ASKED, About()))] == keys


def test_what_is_known_of_a_draft_without_asking() -> None:
    draft = _whole("400", "12000.50", stage=2)
    assert rules.known(draft, ASKED, About(account=False)).figures == {
        Figure.ASK: "12400.50", Figure.TIER: "large", Figure.STAGE: "2", Figure.KIND: "charity", Figure.PEOPLE: "40",
        Figure.ACCOUNT: "no",
    }  # fmt: skip
    bare = _draft(round=_round(tiers=[]))
    bare.organisation.organisation_type = "a sort of club"
    assert rules.known(bare, ASKED, About()).figures == {
        Figure.ASK: "", Figure.TIER: "", Figure.STAGE: "1", Figure.KIND: "", Figure.PEOPLE: "", Figure.ACCOUNT: "",
    }  # fmt: skip
    assert rules.known(bare, ASKED, About(account=True)).figures[Figure.ACCOUNT] == "yes"


def test_several_choices_are_several_answers_and_what_is_not_asked_any_more_is_none() -> None:
    draft = _draft("400", answers=_said(given="a\nb", why="Because"))
    assert rules.known(draft, ASKED, About()).answers == {"given": ["a", "b"]}
    draft = _draft("12000", answers=_said(given="a\nb", why="Because"))
    assert rules.known(draft, ASKED, About()).answers == {"given": ["a", "b"], "why": ["Because"]}


# -- what is missing --------------------------------------------------------------------------------------------------


def test_a_small_ask_with_all_that_it_is_asked_lacks_nothing() -> None:
    assert _sentences(_whole()) == []


def test_an_empty_draft_is_told_everything_page_by_page() -> None:
    assert [(gap.sentence, gap.page, gap.section, gap.field) for gap in rules.gaps(_draft(), ASKED, About(places=True))] == [
        ("Enter a title for your project", Page.PLACE, None, "title"),
        ("Choose what your project is mostly about", Page.PLACE, None, "purpose"),
        ("Enter the postcode of where it will happen", Page.PLACE, None, "postcode"),
        ("Answer “Is it for running costs?”", Page.PLACE, None, "against-running"),
        ("Answer: Money from others?", Page.QUESTIONS, "money", "given"),
        ("Answer: When does it start?", Page.QUESTIONS, "money", "begins"),
        ("Answer: Who runs it?", Page.QUESTIONS, "money", "lead"),
        ("Say what will be different", Page.OUTCOMES, None, "lines-0-change"),
        ("Say who your project is for and how many people", Page.BENEFICIARIES, None, "lines-0-whom"),
        ("Say what will happen and by when", Page.MILESTONES, None, "lines-0-what"),
        ("Add what the project will cost", Page.COSTS, None, "costs-0-what"),
    ]


@pytest.mark.parametrize(
    ("outcome", "small", "large"),
    [
        (FULL, [], []),
        (("feel safer", "young people"), [], [
            "Change 1: say by how much, for example how many people", "Change 1: say by when",
            "Change 1: say how you will know",
        ]),
        ((" ", ""), ["Change 1: say what will be different", "Change 1: say who it will be different for"], [
            "Change 1: say what will be different", "Change 1: say who it will be different for",
            "Change 1: say by how much, for example how many people", "Change 1: say by when",
            "Change 1: say how you will know",
        ]),
    ],
)  # fmt: skip
def test_a_small_ask_says_what_changes_and_for_whom_a_large_one_all_five_parts(
    outcome: tuple[str, ...], small: list[str], large: list[str]
) -> None:
    def wanting(cost: str) -> list[str]:
        draft = _whole(cost, outcomes=[_outcome(*outcome)])
        return [gap.sentence for gap in rules.gaps(draft, ASKED, About()) if gap.page is Page.OUTCOMES]

    assert (wanting("400"), wanting("12000")) == (small, large)


def test_a_large_ask_wants_a_priority_its_reasons_and_its_documents() -> None:
    draft = _whole("12000", outcomes=[_outcome(*FULL)])
    assert _sentences(draft) == [
        "Choose the priority your project helps with most",
        "Answer: Why so much?",
        "Add your document: constitution or rules",
        "Add your document: insurance",
    ]
    draft.priority_id, draft.answers = 1, [*draft.answers, *_said(why="Because")]
    draft.evidence = [Evidence(what="constitution", document="DOC-1"), Evidence(what="insurance", document="DOC-2")]
    assert _sentences(draft, documents={"DOC-1"}) == ["Add your document: insurance"]  # the other cannot be read any more
    assert _sentences(draft, documents={"DOC-1", "DOC-2"}) == []


@pytest.mark.parametrize(
    ("facts", "places", "sentence"),
    [
        ({"title": "x" * 100}, True, None),
        ({"title": "x" * 101}, True, "The title of your project must be 100 characters or fewer"),
        ({"title": "🙂 نادي"}, True, None),
        ({"postcode": None, "found": None}, True, "Enter the postcode of where it will happen"),
        ({"postcode": "M60 9ZZ", "found": None}, True, "Choose the area it will happen in"),
        ({"postcode": "M60 9ZZ", "found": None, "locality_id": 1}, True, None),
        ({"postcode": "M60 9ZZ", "found": None}, False, None),  # nowhere to choose from
        ({"postcode": "by the shops", "found": None}, False,
         "Enter the whole postcode of where it will happen, like SK1 3XE"),
        ({"against": {}}, True, "Answer “Is it for running costs?”"),
        ({"against": {"running": "maybe"}}, True, "Answer “Is it for running costs?”"),
        ({"against": {"running": "yes"}}, True, "We do not pay running costs."),
        ({"vat": None}, True, "Say whether you can claim the VAT back"),
        ({"vat": Vat.NOT_SURE}, True, None),
    ],
)  # fmt: skip
def test_what_is_said_of_the_project_page(facts: dict[str, Any], places: bool, sentence: str | None) -> None:
    assert _sentences(_whole(**facts), places=places) == ([sentence] if sentence else [])


@pytest.mark.parametrize(("places", "there", "wanted"), [(True, None, True), (True, 1, False), (False, None, False)])
def test_where_no_postcode_is_asked_a_place_is_chosen_if_there_are_any(places: bool, there: int | None, wanted: bool) -> None:
    draft = _whole(round=_round(asks_postcode=False), postcode=None, found=None, locality_id=there)
    assert _sentences(draft, places=places) == (["Choose where your project will happen"] if wanted else [])


@pytest.mark.parametrize(
    ("account", "host", "wanted"),
    [
        (True, None, False), (None, None, False), (False, None, True), (False, "declined", True), (False, "asked", False),
        (False, "agreed", False),
    ],
)  # fmt: skip
def test_a_group_without_an_account_has_asked_a_host_before_it_sends(
    account: bool | None, host: str | None, wanted: bool
) -> None:
    draft = _whole(round=_round(host_needed=True))
    assert _sentences(draft, account=account, host=host) == (
        ["Name the organisation that will hold the money"] if wanted else []
    )
    assert _sentences(_whole(), account=False) == []  # the round needs none


def test_what_is_typed_wrong_is_a_sentence_and_what_is_optional_may_be_left_out() -> None:
    wrong = {"given": "1.200", "begins": "31/2/2027", "lead": "نادي\n\n", "earned": "🙂"}
    assert [(gap.sentence, gap.field, gap.started) for gap in rules.gaps(_whole(answers=_said(**wrong)), ASKED, About())] == [
        ("“Money from others” must be an amount of money, like 1,250 or 1250.50", "given", True),
        ("“Money you earn” must be an amount of money, like 1,250 or 1250.50", "earned", True),
        ("“When does it start” must be a real date, like 27 3 2027", "begins", True),
        ("“Who runs it” needs a telephone number or an email address", "lead", True),
    ]


def test_each_of_several_is_asked_everything_and_its_field_says_which() -> None:
    said = everything()
    for question in said["sections"][2]["questions"]:
        question["required"] = True
    partners = [
        Answer(question="partner", repetition=0, text="The school"),
        Answer(question="agreed", repetition=0, text="perhaps"),
        Answer(question="partner", repetition=2, text="The church"),
    ]
    draft = _whole()
    draft.answers = [*draft.answers, *partners]
    assert [(gap.sentence, gap.field) for gap in rules.gaps(draft, check(said), About())] == [
        ("Answer: Name of the partner?", "partner--1"),
        ("Answer: Have they agreed?", "agreed"),
        ("Answer: Have they agreed?", "agreed--1"),
        ("Answer: Have they agreed?", "agreed--2"),
    ]


CHECKS = [
    {"left": "others", "relation": "at most", "right": "ask", "says": "That is more than you ask for", "beside": "given"},
    {"left": "why", "relation": "at least", "right": "ask", "says": "Never said of a small ask", "beside": "why"},
]


@pytest.mark.parametrize(("earned", "sentences"), [("300", []), ("300.01", ["That is more than you ask for"]), ("x", [])])
def test_sums_across_questions_are_checked_where_the_question_stands(earned: str, sentences: list[str]) -> None:
    document = check(everything() | {"checks": CHECKS})
    draft = _whole()
    draft.answers = [*draft.answers, *_said(earned=earned, why="1")]
    found = [
        (gap.sentence, gap.section, gap.field) for gap in rules.gaps(draft, document, About()) if "amount" not in gap.sentence
    ]
    assert found == [(sentence, "money", "given") for sentence in sentences]


@pytest.mark.parametrize(
    ("costs", "sentence"),
    [
        (["49.99"], "You ask for £49.99. The least you can ask for is £50.00"),
        (["50"], None),
        (["5000", "0.01"], "This fund does not give more than £5,000.00"),
        (["30000.01"], "You ask for £30,000.01. The most you can ask for is £30,000.00"),
    ],
)
def test_the_ask_keeps_to_the_rounds_bounds_and_its_firm_limits(costs: list[str], sentence: str | None) -> None:
    limits = [{"above": 500000, "firmness": "fixed", "instead": "Ask elsewhere."}, {"above": 4000, "firmness": "normal"}]
    found = [gap.sentence for gap in rules.uncosted(_round(limits=limits), [P(cost) for cost in costs])]
    assert found == ([sentence] if sentence else [])
    assert [one.rule for one in rules.flags_of_amount(_round(limits=limits), P("40.01"))] == []
    assert [one.rule for one in rules.flags_of_amount(_round(limits=limits), P(50))] == ["limit-2"]


def test_a_page_copied_from_last_time_stops_the_sending_until_it_is_looked_at() -> None:
    draft = _whole(copied=["answer given", "people"])
    assert [(gap.sentence, gap.page, gap.section) for gap in rules.gaps(draft, ASKED, About())] == [
        ("Check “Other money”: it is from last time. Save it if it is still true", Page.QUESTIONS, "money"),
        ("Check “Who it is for”: it is from last time. Save it if it is still true", Page.BENEFICIARIES, None),
    ]


# -- how far it is ----------------------------------------------------------------------------------------------------


def test_the_task_list_says_how_far_each_page_is_and_leaves_out_what_nobody_has_to_do() -> None:
    draft = _draft("40", title="Football", answers=_said(given="100"))
    todo, doing, optional = Progress.NOT_STARTED, Progress.IN_PROGRESS, Progress.OPTIONAL
    assert [(task.title, task.progress) for task in rules.tasks(draft, ASKED, About())] == [
        ("About it", doing), ("Other money", doing), ("Partners", optional), ("What will be different", todo),
        ("Who it is for", todo), ("What happens when", todo), ("What it will cost", doing),
    ]  # fmt: skip
    large = _draft("12000", round=_round(host_needed=True))
    titles = [task.title for task in rules.tasks(large, ASKED, About(account=False))]
    assert titles[-3:] == ["Your documents", "Who holds the money", "What it will cost"]


def test_what_is_done_is_done() -> None:
    draft = _whole()
    draft.answers = [*draft.answers, *_said(partner="The school", agreed="yes")]
    assert {task.progress for task in rules.tasks(draft, ASKED, About())} == {Progress.DONE}


# -- how often --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ([], None),
        ([date(2025, 6, 15)], None),  # twelve months ago to the day
        ([date(2025, 6, 16), date(2024, 1, 1)],
         "A group can apply once in 12 months. Your group last applied on 16 June 2025."),
    ],
)  # fmt: skip
def test_a_group_applies_once_in_so_many_months(sent: list[date], sentence: str | None) -> None:
    draft = _whole(round=_round(frequency=[{"months": 12}]))
    with clock.stopped(NOON):
        assert _sentences(draft, sent_on=sent) == ([sentence] if sentence else [])
        assert rules.flags(draft, About(sent_on=sent)) == []


@pytest.mark.parametrize(("funded", "flagged"), [((), []), ((2024,), []), ((2025,), ["frequency-1"]), ((2026,), [])])
def test_a_group_funded_last_year_is_flagged_where_that_is_not_normal(funded: tuple[int, ...], flagged: list[str]) -> None:
    draft = _whole(round=_round(frequency=[{"consecutive_years": True, "firmness": "normal"}]))
    with clock.stopped(NOON):
        assert _sentences(draft, funded_in=funded) == []
        assert [one.rule for one in rules.flags(draft, About(funded_in=funded))] == flagged


# -- may it still be changed? -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "at", "can"),
    [
        ({}, -MINUTE, True),
        ({}, 0 * DAY, False),
        ({}, -31 * DAY, False),  # not open yet
        ({"until": NOON + DAY}, 0 * DAY, True),
        ({"until": NOON + DAY}, DAY - MINUTE, True),
        ({"until": NOON + DAY}, DAY, False),
        ({"until": NOON + DAY, "sends": 1}, DAY - MINUTE, True),
        ({"until": NOON - DAY, "sends": 1}, -MINUTE, False),  # opened again: only its own day counts, though the round is open
        ({"until": NOON - DAY}, -MINUTE, True),  # an earlier day takes nothing away
        ({"state": State.SUBMITTED}, -MINUTE, False),
        ({"state": State.WITHDRAWN}, -MINUTE, False),
        ({"rehearsal": True}, DAY, True),
    ],
)
def test_until_when_a_draft_may_be_changed(facts: dict[str, Any], at: timedelta, can: bool) -> None:
    draft = _draft(**facts)
    assert rules.workable(draft, NOON + at) is can
    assert (list(rules.closed_to_changes(draft, NOON + at)) == []) is can


@pytest.mark.parametrize(
    ("state", "can"), [(RoundState.PLANNED, False), (RoundState.ASSESSING, True), (RoundState.DECIDED, False)]
)
def test_longer_time_counts_until_the_round_is_decided(state: RoundState, can: bool) -> None:
    round = _round(state=state)
    assert rules.workable(_draft(round=round, until=NOON + DAY), NOON) is can
    assert rules.workable(_draft(round=round), NOON - DAY) is False


def test_why_a_draft_cannot_be_changed_any_more() -> None:
    lost = "Nothing you sent before is lost, and what you just typed is still on this page so that you can copy it."
    sentences = [list(rules.closed_to_changes(draft, NOON + DAY)) for draft in (
        _draft(),
        _draft(until=NOON + MINUTE),
        _draft(until=NOON + MINUTE, sends=1),
        _draft(state=State.WITHDRAWN),
    )]  # fmt: skip
    assert sentences == [
        ["“Summer” closed on 15 June 2026 at midday, so it takes no more applications.", lost],
        ["“Summer” closed on 15 June 2026 at 12:01pm, so it takes no more applications.", lost],
        ["The time to change this application ended on 15 June 2026 at 12:01pm.", lost],
        ["This application is already withdrawn, so it cannot be changed."],
    ]


@pytest.mark.parametrize(
    ("facts", "minutes", "late"),
    [
        ({}, -1, False), ({}, 0, False), ({}, 9, False), ({}, 10, True),
        ({"until": NOON + DAY}, 10, False),
        ({"sends": 1, "until": NOON}, 0, True),  # opened again: it has a day of its own and no grace
        ({"state": State.WITHDRAWN}, 0, True),
    ],
)  # fmt: skip
def test_the_grace_is_for_sending_a_first_time(facts: dict[str, Any], minutes: int, late: bool) -> None:
    draft = _draft(round=_round(grace_minutes=10), **facts)
    assert bool(list(rules.too_late(draft, NOON + minutes * MINUTE))) is late
    assert rules.workable(draft, NOON + 9 * MINUTE) is (facts == {"until": NOON + DAY})


# -- opened again -----------------------------------------------------------------------------------------------------


def _opened_again(*parts: str, **facts: Any) -> Application:
    draft = _whole(sends=1, until=NOON + DAY, **facts)
    draft.reopenings = [Reopening(number=1, why="x", parts=list(parts), until=NOON + DAY)]
    sent = [{"key": one.question, "typed": one.text} for one in draft.answers]
    draft.snapshot = Snapshot(number=1, content={"sections": [{"answers": sent}]})
    return draft


def _locked(draft: Application, page: Page, section: str | None = None) -> list[str]:
    there = ASKED.page(section) if section else None
    return list(rules.locked(draft, page, there, lambda: rules.gaps(draft, ASKED, About())))


def test_only_the_parts_it_was_opened_for_are_done_again() -> None:
    draft = _opened_again("costs", "money")
    stays = ["This part was not opened again, so it stays as you sent it."]
    assert [_locked(draft, *at) for at in ((Page.COSTS,), (Page.QUESTIONS, "money"), (Page.PLACE,), (Page.OUTCOMES,))] == [
        [], [], stays, stays,
    ]  # fmt: skip
    done = {task.title: task.progress for task in rules.tasks(draft, ASKED, About())}
    assert [title for title, progress in done.items() if progress is not Progress.LOCKED] == [
        "Other money",
        "What it will cost",
    ]
    assert _locked(_opened_again(), Page.PLACE) == []  # no parts named: all of it
    assert _locked(_whole(), Page.PLACE) == []


def test_a_part_that_stops_it_being_sent_or_has_changed_since_is_not_locked() -> None:
    draft = _opened_again("costs", title="")
    assert (_locked(draft, Page.PLACE), len(_locked(draft, Page.OUTCOMES))) == ([], 1)
    draft = _opened_again("costs")
    assert len(_locked(draft, Page.QUESTIONS, "money")) == 1
    draft.answers[0].text = "101"
    assert _locked(draft, Page.QUESTIONS, "money") == []


@pytest.mark.parametrize(
    ("state", "why", "until", "sentences"),
    [
        (State.SUBMITTED, "Say more.", NOON + MINUTE, []),
        (State.SUBMITTED, "Say more.", NOON + 60 * DAY, []),
        (State.SUBMITTED, "Say more.", NOON, ["Choose a day from tomorrow to 60 days from now."]),
        (State.SUBMITTED, "Say more.", NOON + 61 * DAY, ["Choose a day from tomorrow to 60 days from now."]),
        (State.SUBMITTED, " ", NOON + DAY, ["Say what the group should change. They will read it."]),
        (State.DECIDED, "Say more.", NOON + DAY, [
            "Only an application that was sent and is not decided can be opened again. This one is decided.",
        ]),
        (State.DRAFT, "Say more.", NOON + DAY, [
            "Only an application that was sent and is not decided can be opened again. This one is draft.",
        ]),
    ],
)  # fmt: skip
def test_what_is_opened_again_was_sent_for_a_reason_and_for_a_while(
    state: State, why: str, until: datetime, sentences: list[str]
) -> None:
    with clock.stopped(NOON):
        assert list(rules.not_reopened(_draft(state=state), why, until)) == sentences


def test_a_second_stage_is_for_asks_that_have_two_and_once() -> None:
    small = {"key": "small", "name": "Small", "least": 5000, "most": 1000000}
    large = {"key": "large", "name": "Large", "least": 1000001, "most": 3000000, "stages": 2}
    round = _round(tiers=[small, large])
    asked_already = "The group was asked for its second stage already."
    assert [list(rules.no_second_stage(draft)) for draft in (
        _draft("10000.01", round=round), _draft("10000", round=round), _draft("10000.01", round=round, stage=2),
        _draft("12000", round=_round(tiers=[])), _draft(round=round),
    )] == [
        [], ["An ask of £10,000.00 has one stage only."], [asked_already], ["An ask of £12,000.00 has one stage only."],
        ["An ask of £0.00 has one stage only."],
    ]  # fmt: skip


# -- who sends it, and in spite of what -------------------------------------------------------------------------------


def test_only_those_who_sign_send_and_everybody_else_is_told_who_they_are() -> None:
    jo, sam, other = Person(id=1, name="Jo"), Person(id=2, name="Sam"), Person(id=3, name="Lee")
    assert [list(rules.unsigned(by, [jo, sam])) for by in (jo, sam, other)] == [
        [], [], ["Only somebody who signs for your group can send this: Jo or Sam. Tell them it is ready."],
    ]  # fmt: skip
    assert list(rules.unsigned(other, [])) == []


@pytest.mark.parametrize(
    ("rule", "reason", "sentences"),
    [
        ("limit-1", "Two wards", []),
        ("limit-1", " ", ["Enter why an exception is made."]),
        ("limit-2", "Two wards", ["This application does not break that rule, or the rule has no exceptions."]),
        ("old", "", [
            "This application does not break that rule, or the rule has no exceptions.",
            "An exception to this rule is recorded already.", "Enter why an exception is made.",
        ]),
    ],
)  # fmt: skip
def test_an_exception_is_to_a_normal_rule_that_is_broken_once_and_for_a_reason(
    rule: str, reason: str, sentences: list[str]
) -> None:
    draft = _draft(exceptions=[RuleException(rule="old", reason="x")])
    assert list(rules.no_exception(draft, rule, reason, {"limit-1"})) == sentences


# -- what can be kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "sentences"),
    [
        ([["x"]] * 12, []),
        ([["x"]] * 13, ["Use 12 lines or fewer."]),
        ([["x" * 1000, ""]], []),
        ([["x"], ["", "x" * 1001]], ["Line 2 is too long to keep. Use 1000 characters or fewer."]),
    ],
)
def test_a_table_has_few_lines_and_none_too_long(lines: list[list[str]], sentences: list[str]) -> None:
    assert list(rules.unsound_lines(lines)) == sentences


def test_every_answer_too_long_to_keep_is_named() -> None:
    typed = {"given": ["x" * 20_000], "partner": ["x", "y" * 20_001], "unknown": ["z" * 20_001]}
    assert list(rules.unkeepable(ASKED, typed)) == [
        "“Name of the partner” is too long to keep: 20,001 characters. Use 20,000 or fewer."
    ]


# -- copied -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "begun"),
    [
        ({}, False), ({"title": " "}, False), ({"title": "x"}, True), ({"copied_from": "APP-1"}, True),
        ({"answers": _said(given="")}, True), ({"outcomes": [_outcome()]}, True),
        ({"beneficiaries": [Beneficiary(people=1)]}, True), ({"milestones": [Milestone(what="x")]}, True),
    ],
)  # fmt: skip
def test_a_draft_in_which_something_was_written_is_begun(facts: dict[str, Any], begun: bool) -> None:
    assert rules.begun(_draft(**facts)) is begun
    assert rules.begun(_draft("1")) is True


@pytest.mark.parametrize(
    ("before", "copied"),
    [
        ({}, True), ({"organisation_id": 8}, False), ({"submitted_at": None}, False), ({"id": 1}, False),
    ],
)  # fmt: skip
def test_only_what_the_same_group_sent_is_copied(before: dict[str, Any], copied: bool) -> None:
    earlier = _draft(**{"id": 2, "organisation_id": 7, "submitted_at": NOON} | before)
    found = list(rules.uncopied(_draft(id=1, organisation_id=7), earlier))
    assert found == ([] if copied else ["Choose one of the applications that your group sent before."])
