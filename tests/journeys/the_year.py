"""A grant from allocation to outcome, told once in the words its people see, and run by two kinds of browser.

It happens on the demonstration, as new facts on top of its own: of the £10,000.00 that VCS-2026 still has free, an officer
makes a round; a youth project and a residents' group apply, two assessors score, the panel decides, and the youth project's
£6,400.01 is offered, accepted, paid in two parts, and reported on. The dates are fixed: December 2026 to March 2027.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from tests.journeys.driver import Driver, Stage

ROUND = "Small grants for lighter evenings"
POT = "VCS-2026"
STREAM = "Voluntary and Community Sector Grant"
OFFICER, FINANCE, APPROVER = "grants@demo.example", "finance@demo.example", "approver@demo.example"
ASSESSORS = {"assessor.one@demo.example": "Neighbourhoods manager"}
ASSESSORS |= {"assessor.two@demo.example": "Voluntary sector development officer"}
PANEL_MEMBER, MINUTES, CHAIR = "panel@demo.example", "minutes@demo.example", "chair@demo.example"
BRIDGE, BRIDGE_CHAIR, MEADOW = "bridge@demo.example", "bridge.chair@demo.example", "meadow@demo.example"
YOUTH, RESIDENTS = "Brinnington Youth Bridge (fictional)", "Meadow Mill Residents (fictional)"
DECLARATION = (
    "What we have said is true as far as we know, our group has agreed to apply, "
    "and we will use the money only for this project"
)
CRITERIA = ("The need for it", "The difference it will make", "A sound and safe plan", "Value for money")

# What the pot's position reads before anything of this happens, and what it must read after each thing that moves money.
BEFORE = {
    "Allocated": "£90,000.00",
    "Free": "£10,000.00",
    "Held": "£26,100.00",
    "Offered": "£12,000.00",
    "Committed": "£18,250.00",
    "Approved for payment": "£2,000.00",
    "Paid": "£21,650.00",
    "of which accounted for": "£9,492.40",
}


class Bid(NamedTuple):
    """What a group writes: the answer to every question, by its label."""

    title: str
    priority: str
    place: str
    pages: Mapping[str, Mapping[str, str]]
    kind: str
    costs: tuple[tuple[str, str], ...]
    total: str
    purpose: str | None = None  # chosen instead of the priority, where the ask is small


def _pages(activity: str, people: str, need: str, fit: str, safe: str, worked: str) -> dict[str, dict[str, str]]:
    return {
        "What you will do": {"What will you do?": activity, "Who will benefit, and about how many people?": people},
        "Why it is needed": {
            "How do you know it is needed?": need,
            "How will it help with the aim you chose?": fit,
        },
        "Running it well": {"How will you keep people safe?": safe, "How will you know it has worked?": worked},
    }


WALKS = Bid(
    "Lantern walks on dark evenings",
    "Anti-Social Behaviour",
    "Brinnington",
    _pages(
        "Every Tuesday we will walk the estate with lanterns and hot chocolate, two leaders and whoever comes.",
        "About 60 young people and their neighbours",
        "People tell us they do not go out after five o'clock. Three of four we asked would come if somebody walked with them.",
        "More people about means fewer places where trouble starts.",
        "Two checked leaders on every walk, a first aider, and a phone that is always on.",
        "We will count who comes and ask fifty households before and after.",
    ),
    "Activities for young people",
    (("Two walk leaders, 11 weeks", "4,400"), ("Lanterns", "1,250.01"), ("Hot chocolate", "750")),
    "£6,400.01",
)
LAMPS = Bid(
    "Lamps for the allotment lane",
    "Anti-Social Behaviour",
    "Reddish",
    _pages(
        "We will put up four lamps on the lane to the allotments.",
        "About 90 households",
        "Two sheds were broken into last month and nobody saw anything.",
        "A lit lane is used, and a lane that is used is safer.",
        "A contractor puts them up, with insurance and a risk assessment.",
        "We will count reports before and after.",
    ),
    "Safer streets, parks and public places",
    (("Four lamps, put up", "4,800"), ("Electrician's check", "450.50")),
    "£5,250.50",
)


def _on(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """December is 2026, the other months 2027; London keeps Greenwich time until the end of March."""
    return datetime(2026 if month == 12 else 2027, month, day, hour, minute, tzinfo=UTC)


def from_allocation_to_outcome(stage: Stage) -> None:
    """The whole journey of the issue's point 6."""
    stage.at(_on(12, 1, 9))
    _position_reads(stage, BEFORE)
    call = _an_officer_plans_and_opens_a_round(stage)
    _a_group_on_a_phone_applies(stage)
    _a_second_group_applies(stage)
    _the_officer_closes_and_gives_the_bids_out(stage, call)
    _two_assessors_score_alone(stage)
    panel = _the_panel_decides_within_what_is_held(stage)
    _the_chair_confirms(stage, panel)
    award = _the_officer_makes_the_offer(stage)
    _the_group_accepts(stage, award)
    _finance_pays(stage, award, number=1, amount="£3,200.01", month=1, day=11, with_refusal=True)
    _position_reads(stage, BEFORE | {"Free": "£0.00", "Held": "£29,699.99", "Committed": "£21,450.00", "Paid": "£24,850.01"})
    report = _the_group_reports(stage, award)
    _the_officer_accepts_the_report(stage, report)
    _finance_pays(stage, award, number=2, amount="£3,200.00", month=3, day=8, with_refusal=False)
    _the_position_shows_it_all(stage, award)
    stage.at(None)


# -- the round --------------------------------------------------------------------------------------------------------


def _an_officer_plans_and_opens_a_round(stage: Stage) -> str:
    officer = stage.person(OFFICER)
    officer.named("home-officer")
    officer.follow("Funding rounds")
    officer.named("rounds-staff")
    officer.follow("Plan a round")
    officer.press("Plan the round", expect=422)
    assert officer.problems == [
        "Choose which money it is from",
        "Choose a plan",
        "Enter a title",
        "Enter what the money is for",
        "Enter the least",
        "Enter the most",
    ]
    officer.choose("Which money is it from?", f"{STREAM}, 2026/27")
    officer.fill("Title", ROUND)
    officer.fill("What is the money for?", "Small grants that make dark evenings safer and kinder.")
    officer.choose(
        "Which plan’s priorities do groups choose from?", "Safer Stockport Partnership Plan 2026–29 (fictional) (to 2029)"
    )
    officer.fill("The least a group can ask for", "250")
    officer.fill("The most a group can ask for", "8,000")
    officer.date("When does it open?", date(2026, 12, 2))
    officer.date("When does it close?", date(2026, 12, 16))
    officer.date("First day a project can start", date(2027, 1, 11))
    officer.date("Last day a project can end", date(2027, 3, 31))
    officer.named("round-plan")
    officer.press("Plan the round")
    assert officer.banners == ["The round is planned. Nobody outside sees it until you announce it or open it."]
    assert officer.h1 == ROUND
    call = officer.ref
    officer.follow("Hold the money and open")
    assert f"{POT} has £10,000.00 free." in officer.text
    officer.fill("How much do you want to hold for this round?", "12,000")
    officer.press("Continue", expect=422)
    assert officer.problems == [f"{POT} has £10,000.00 free, so £12,000.00 cannot be held. Hold £10,000.00 or less."]
    officer.fill("How much do you want to hold for this round?", "10,000")
    officer.press("Continue")
    assert officer.table(f"What this does to {POT}").rows == [
        ["Free now", "£10,000.00"],
        ["Held for this round", "£10,000.00"],
        ["Free afterwards", "£0.00"],
    ]
    officer.named("round-open")
    officer.press("Hold £10,000.00 and open")
    assert officer.banners == ["The round is open. £10,000.00 is held for it."]
    assert officer.says("held for this round now") == "£10,000.00"
    officer.named("round-staff")
    stranger = stage.somebody()
    stranger.visit("/rounds")
    assert f"{ROUND}: opens Wednesday 2 December 2026 at 9am" in stranger.text
    return call


# -- the bids ---------------------------------------------------------------------------------------------------------


def _a_group_on_a_phone_applies(stage: Stage) -> str:
    stage.at(_on(12, 3, 19))
    group = stage.somebody()
    group.visit("/")
    group.named("start")
    group.visit("/rounds")
    group.named("rounds")
    group.follow(ROUND)
    assert "£250.00 to £8,000.00" in group.text
    group.named("round")
    group.sign_in(BRIDGE)
    group.named("home-group")
    group.follow("Apply")
    group.follow(ROUND)
    group.follow("Apply now")
    assert group.h1 == "Check if you can apply"
    group.fill("About how much will you ask for?", "3,200")
    group.press("Check")
    assert (group.h1, f"You are applying for {YOUTH}." in group.text) == ("You can apply", True)
    group.press("Start your application")
    application = group.ref
    assert group.tasks() == {
        "About your project": "Not started",
        "What you will do": "Not started",
        "Why it is needed": "Not started",
        "Running it well": "Not started",
        "What it will cost": "Not started",
        "Check and send": "When the rest is done",
    }
    group.named("application-tasks")
    group.follow("About your project")
    group.fill("Title of your project", WALKS.title)
    group.named("application-place")
    group.press("Save and come back later")
    group.follow("What you will do")
    group.fill("What will you do?", WALKS.pages["What you will do"]["What will you do?"])
    group.named("application-questions")
    group.press("Save and come back later")
    assert [said[:8] for said in group.banners] == ["Saved at"]
    assert [group.tasks()[page] for page in ("About your project", "What you will do")] == ["In progress", "In progress"]
    group.sign_out()

    stage.at(_on(12, 4, 8))
    group = stage.person(BRIDGE)
    group.follow("Your applications")
    assert group.row("Your group’s applications", WALKS.title)["Asks for"] == "£0.00"
    group.named("applications")
    group.follow(WALKS.title)
    assert group.ref == application
    group.follow("Check and send")
    group.press("Send application", expect=422)
    missing = [
        "Choose the priority your project helps with most",
        "Choose where your project will happen",
        "Tell us who will benefit and about how many people",
        "Choose which of these is closest to your project",
        "Tell us how you know it is needed",
        "Tell us how it will help with the aim you chose",
        "Tell us how you will keep people safe",
        "Tell us how you will know it has worked",
        "Add what the project will cost",
    ]
    assert group.problems == [
        "9 things are missing or need changing: see below",
        "Confirm that what you have said is true and that your group has agreed to apply",
    ]
    assert [text for text, _href in group.page.links if text in missing] == missing
    group.named("application-too-early")
    group.follow(missing[0])
    assert (group.h1, group.value("Title of your project")) == ("About your project", WALKS.title)
    _write(group, WALKS)
    group.named("application-check")
    group.tick(DECLARATION)
    group.press("Send application")
    assert (group.h1, application in group.text) == ("We have your application", True)
    group.named("application-sent")
    group.follow("Read what you sent")
    assert (group.h1, WALKS.total in group.text) == (WALKS.title, True)
    group.named("application-read")
    subject, said = stage.mail(BRIDGE)[0]
    assert subject == f"We have your application {application}"
    assert f"We have received {YOUTH}’s application ‘{WALKS.title}’ to {ROUND}." in said
    assert f"Your reference is {application}." in said
    return application


def _a_second_group_applies(stage: Stage) -> None:
    stage.at(_on(12, 9, 20))
    group = stage.person(MEADOW)
    group.follow("Apply")
    group.follow(ROUND)
    group.follow("Apply now")
    group.fill("About how much will you ask for?", "900")
    group.press("Check")
    group.press("Start your application")
    group.follow("About your project")
    _write(group, LAMPS)
    group.tick(DECLARATION)
    group.press("Send application")
    assert group.h1 == "We have your application"


def _write(group: Driver, bid: Bid) -> None:
    """From 'About your project' to 'Check and send', page after page."""
    group.fill("Title of your project", bid.title)
    if bid.purpose:
        group.choose("What is your project mostly about?", bid.purpose)
    else:
        group.choose("Which priority will it help with most?", bid.priority)
    group.choose("Where will it happen?", bid.place)
    group.press("Save and continue")
    for heading, answers in bid.pages.items():
        assert group.h1 == heading
        for label, answer in answers.items():
            group.fill(label, answer)
        if heading == "What you will do":
            group.choose("Which of these is closest to your project?", bid.kind)
        group.press("Save and continue")
    assert group.h1 == "What it will cost"
    for number, (what, amount) in enumerate(bid.costs, 1):
        group.fill(f"What for, line {number}", what)
        group.fill(f"Cost, line {number}", amount)
    group.named("application-costs")
    group.press("Save and continue")
    assert (group.h1, group.table("What it will cost").rows[-1]) == ("Check and send", ["Total", bid.total])


# -- scoring ----------------------------------------------------------------------------------------------------------


def _the_officer_closes_and_gives_the_bids_out(stage: Stage, call: str) -> None:
    stage.at(_on(12, 16, 13))
    officer = stage.person(OFFICER)
    officer.visit(f"/funding-rounds/{call}")
    assert (officer.says("applications sent"), officer.says("asked for")) == ("2", "£11,650.51")
    officer.follow("Close to applications")
    assert [officer.says(key) for key in ("Applications sent", "They ask for", "Drafts that were not sent")] == [
        "2",
        "£11,650.51",
        "0",
    ]
    officer.named("round-close")
    officer.press("Close the round")
    assert officer.banners == ["The round is closed. 2 applications to score; 0 drafts were not sent."]
    officer.follow("Scoring")
    officer.named("scoring-officer")
    for bid in (WALKS, LAMPS):
        officer.visit("/assessments")
        assert officer.row("Who has which bid", bid.title)["Still needed"] == "2"
        officer.follow(bid.title)
        for name in ASSESSORS.values():
            officer.choose("Give it to", name)
            officer.press("Give this bid to the assessor")
            assert officer.banners == [f"{name} has the bid to score."]
        assert [row[0] for row in officer.table("Assessors").rows] == sorted(ASSESSORS.values())
    officer.named("scoring-assign")


def _two_assessors_score_alone(stage: Stage) -> None:
    points = {
        "assessor.one@demo.example": ((WALKS, (5, 4, 4, 4)), (LAMPS, (3, 3, 4, 3))),
        "assessor.two@demo.example": ((WALKS, (4, 4, 4, 5)), (LAMPS, (3, 4, 3, 3))),
    }
    for day, (email, given) in enumerate(points.items(), 17):
        stage.at(_on(12, day, 14))
        assessor = stage.person(email)
        for bid, marks in given:
            assessor.visit("/assessments")
            assert assessor.row("Bids for you to score", bid.title)["Where you are"] == "Interest not declared"
            assessor.follow(bid.title)
            assert (assessor.h1, bid.pages["Why it is needed"]["How do you know it is needed?"] in assessor.text) == (
                "Before you see this bid",
                False,
            )
            if bid is WALKS:
                assessor.named("scoring-interest")
            assessor.choose("Do you have a conflict of interest?", "No, I have no conflict of interest")
            assessor.press("Continue")
            assert (assessor.h1, bid.total in assessor.text) == (f"Score “{bid.title}”", True)
            _score(assessor, marks, forgets=email.startswith("assessor.one") and bid is WALKS)
            assert assessor.banners == ["Scores submitted. They no longer change."]


def _score(assessor: Driver, marks: tuple[int, ...], *, forgets: bool) -> None:
    if forgets:
        for name, points in list(zip(CRITERIA, marks, strict=True))[:3]:
            _give(assessor, name, points)
        assessor.fill(f"Reason for your score on “{CRITERIA[0]}”", "Neighbours said so in their own words.")
        assessor.press("Submit scores", expect=422)
        assert assessor.problems == [
            f"{CRITERIA[1]}: write the reason for your score",
            f"{CRITERIA[2]}: write the reason for your score",
            f"{CRITERIA[3]}: give a score",
            f"{CRITERIA[3]}: write the reason for your score",
        ]
        assert assessor.value(f"Reason for your score on “{CRITERIA[0]}”") == "Neighbours said so in their own words."
        assessor.named("scoring-all-problems")
    for name, points in zip(CRITERIA, marks, strict=True):
        _give(assessor, name, points)
        assessor.fill(f"Reason for your score on “{name}”", f"{name}: clear, and fair for what is asked.")
    assessor.named("scoring")
    assessor.press("Submit scores")


def _give(assessor: Driver, criterion: str, points: int) -> None:
    weight = 30 if criterion in CRITERIA[:2] else 20
    assessor.choose(f"{criterion} ({weight}%)", str(points))


# -- deciding ---------------------------------------------------------------------------------------------------------


def _the_panel_decides_within_what_is_held(stage: Stage) -> str:
    stage.at(_on(1, 4))
    officer = stage.person(OFFICER)
    officer.visit("/panels")
    officer.follow(f"Convene the panel for {ROUND}")
    officer.date("When does the panel meet?", date(2027, 1, 6))
    officer.press("Convene the panel")
    panel = officer.ref

    stage.at(_on(1, 6, 9))
    member = stage.person(PANEL_MEMBER)
    member.follow("Panels")
    member.follow(panel)
    best, second = member.table("Bids, best first").rows
    assert best[:5] == [
        "1",
        f"{WALKS.title} {YOUTH}",
        "Neighbourhoods manager: 86.00 Voluntary sector development officer: 84.00",
        "85.00",
        "£6,400.01",
    ]
    assert second[:5] == [
        "2",
        f"{LAMPS.title} {RESIDENTS}",
        "Neighbourhoods manager: 64.00 Voluntary sector development officer: 66.00",
        "65.00",
        "£5,250.50",
    ]
    assert "The chair or the minute-taker records decisions, and the chair confirms them." in member.text
    member.named("panel-ranking")

    stage.at(_on(1, 6, 10))
    scribe = stage.person(MINUTES)
    scribe.visit(f"/panels/{panel}")
    scribe.follow(WALKS.title)
    scribe.choose("Decision", "Fund in full: £6,400.01")
    scribe.fill("Reason", "Simple, wanted, and well led.")
    scribe.named("panel-decide")
    scribe.press("Record the decision")
    assert scribe.banners == [f"Decision on “{WALKS.title}” recorded."]
    assert (scribe.says("decided so far"), scribe.says("left")) == ("£6,400.01", "£3,599.99")
    scribe.follow(LAMPS.title)
    scribe.choose("Decision", "Fund in part")
    scribe.fill("How much, if in part", "4,000")
    scribe.fill("Reason", "Lamps at the two dark corners first.")
    scribe.press("Record the decision", expect=422)
    assert scribe.problems == [
        "£3,599.99 is left: £10,000.00 is held for this round and other decisions come to £6,400.01. This one needs £4,000.00."
    ]
    scribe.named("panel-too-much")
    scribe.fill("How much, if in part", "3,250.25")
    scribe.press("Record the decision")
    assert (scribe.says("decided so far"), scribe.says("left")) == ("£9,650.26", "£349.74")
    return panel


def _the_chair_confirms(stage: Stage, panel: str) -> None:
    stage.at(_on(1, 6, 15))
    chair = stage.person(CHAIR)
    chair.named("home-chair")
    chair.visit(f"/panels/{panel}")
    chair.follow("Confirm the decisions")
    assert [row[2:] for row in chair.table("Decisions").rows] == [
        ["In full", "£6,400.01"],
        ["In part", "£3,250.25"],
        ["", "£9,650.26"],
    ]
    chair.named("panel-confirm")
    chair.press("Confirm the decisions")
    assert chair.banners == ["Decisions confirmed. Groups that were not funded have been told."]


# -- the agreement ----------------------------------------------------------------------------------------------------


def _the_officer_makes_the_offer(stage: Stage) -> str:
    stage.at(_on(1, 7))
    officer = stage.person(OFFICER)
    officer.follow("Awards")
    officer.named("awards")
    assert officer.row("Decisions to offer", WALKS.title)["Amount"] == "£6,400.01"
    officer.follow(WALKS.title)
    officer.fill("What the money is for", "Lantern walks every Tuesday until the end of March.")
    officer.date("Project starts on", date(2027, 1, 11))
    officer.date("Project ends on", date(2027, 3, 31))
    officer.date("Last day to answer", date(2027, 1, 21))
    officer.fill("First payment", "3,200")
    officer.date("First payment is due on or after", date(2027, 1, 11))
    officer.fill("Second payment (optional)", "3,200")
    officer.date("Second payment is due on or after", date(2027, 3, 8))
    officer.choose("Priority, line 1", "Anti-Social Behaviour")
    officer.fill("Share in %, line 1", "60")
    officer.choose("Priority, line 2", "Youth Offending and Reoffending")
    officer.fill("Share in %, line 2", "33.33")
    officer.fill("Outside the plan", "6.67")
    officer.choose("What is measured, line 1", "People taking part in funded activities")
    officer.fill("Promised, line 1", "60")
    officer.named("award-make")
    officer.press("Make the offer", expect=422)
    assert officer.problems == [
        "The payments come to £6,400.00 and the award is £6,400.01: £0.01 too little.",
        "Say why part of the money is outside the plan.",
    ]
    officer.fill("First payment", "3,200.01")
    officer.fill("Why is that part outside the plan?", "Hot chocolate also serves loneliness")
    officer.press("Make the offer")
    assert officer.banners == ["Offer made. The group has been told and has until 21 January 2027 to answer."]
    assert officer.table("Where the money is now").rows == [["Offered, not answered yet", "£6,400.01"], ["Total", "£6,400.01"]]
    assert [(row[1], row[2]) for row in officer.table("What the money serves").rows] == [
        ("60%", "£3,840.01"),
        ("33.33%", "£2,133.12"),
        ("6.67%", "£426.88"),
        ("100%", "£6,400.01"),
    ]
    officer.named("award-staff")
    award = officer.ref
    _position_reads(stage, BEFORE | {"Free": "£0.00", "Held": "£29,699.99", "Offered": "£18,400.01"})
    return award


def _the_group_accepts(stage: Stage, award: str) -> None:
    stage.at(_on(1, 8, 18))
    subject, said = stage.mail(BRIDGE_CHAIR)[0]
    assert subject == "We are offering you a grant of £6,400.01"
    assert "answer by 21 January 2027" in said
    writer = stage.person(BRIDGE)
    writer.visit(f"/awards/{award}")
    assert (writer.h1, "Accept the offer" in writer.text) == (WALKS.title, False)
    signs = stage.person(BRIDGE_CHAIR)
    signs.named("home-certifier")
    signs.follow("Your grants")
    signs.named("awards-group")
    signs.follow(WALKS.title)
    assert [row[1] for row in signs.table("Payments").rows] == ["£3,200.01", "£3,200.00"]
    signs.named("award-group")
    letter = signs.fetch("Award letter (PDF)")
    assert (letter.status, letter.kind, letter.content[:5]) == (200, "application/pdf", b"%PDF-")
    signs.follow("Accept the offer")
    signs.press("Accept the offer", expect=422)
    assert signs.problems == [
        "Enter your role in the group, for example treasurer",
        "Confirm that you accept the offer and its conditions",
    ]
    signs.named("award-accept")
    signs.fill("Your role in the group", "Chair")
    signs.tick("I have read the offer, and I accept it and its conditions for the group")
    signs.press("Accept the offer")
    assert signs.banners == ["You have accepted the offer. We will now arrange your first payment."]
    assert signs.table("Where the money is now").rows == [["Agreed, not paid yet", "£6,400.01"], ["Total", "£6,400.01"]]
    assert [row[3] for row in signs.table("Payments").rows] == [
        "Can be paid from 11 January 2027",
        "Waits until we accept your report",
    ]


# -- paying -----------------------------------------------------------------------------------------------------------


def _finance_pays(stage: Stage, award: str, *, number: int, amount: str, month: int, day: int, with_refusal: bool) -> None:
    stage.at(_on(month, day, 9))
    if with_refusal:
        _an_administrator_lets_finance_approve(stage)
    finance = stage.person(FINANCE)
    finance.visit("/payments")
    assert finance.row("To raise", f"Instalment {number} to {YOUTH}")["Amount"] == amount
    finance.named("payments")
    finance.follow(f"Instalment {number} to {YOUTH}")
    finance.named("payment-raise")
    finance.press("Raise this payment")
    assert finance.banners == ["Payment raised. A second person has to approve it."]
    payment = finance.ref
    if with_refusal:
        finance.visit(f"/payments/{payment}/approve")
        assert "You cannot approve this payment." in finance.text
        assert [text for text in finance.page.all("li") if "Who could:" in text] == [MAY_NOT_APPROVE]
        finance.named("payment-refused")

    stage.at(_on(month, day, 11))
    approver = stage.person(APPROVER)
    approver.named("home-approver")
    approver.visit(f"/payments/{payment}")
    approver.follow("Approve")
    approver.press(f"Approve {amount}", expect=422)
    assert approver.problems == ["Confirm that you have checked the group, the amount and what had to happen first"]
    approver.tick("I have checked the group, the amount and what had to happen first")
    approver.named("payment-approve")
    approver.press(f"Approve {amount}")
    assert approver.banners == ["Payment approved. Finance can now send the money."]
    assert approver.says("approved for payment") == amount

    stage.at(_on(month, day + 3, 11))
    finance = stage.person(FINANCE)
    finance.visit(f"/payments/{payment}/paid")
    finance.fill("The bank’s reference", f"BACS {number:04}")
    finance.named("payment-record")
    finance.press("Record as paid")
    assert finance.banners == ["Recorded as paid. The group has been told."]
    finance.named("payment")
    assert stage.mail(BRIDGE_CHAIR)[0][0] == f"We have paid you {amount}"


MAY_NOT_APPROVE = "You asked for this payment, so somebody else must approve the payment. Who could: an approver."


def _an_administrator_lets_finance_approve(stage: Stage) -> None:
    """So that what stops them is that they raised it, and not that they lack the duty."""
    boss = stage.person("administrator@demo.example")
    boss.follow("People")
    boss.named("people")
    boss.follow("Finance officer")
    boss.named("person")
    boss.follow("Give a duty")
    boss.choose("Duty", "Approver")
    boss.choose("Partnership", "Safer Stockport Partnership")
    boss.named("duty-give")
    boss.press("Give this duty")
    assert boss.banners == ["Finance officer now has this duty."]
    assert boss.row("Duties", "Approver")["Where"] == "Safer Stockport Partnership"


# -- reporting --------------------------------------------------------------------------------------------------------


def _the_group_reports(stage: Stage, award: str) -> str:
    stage.at(_on(2, 12, 19))
    group = stage.person(BRIDGE)
    group.named("home-group-report")
    group.visit(f"/awards/{award}")
    assert [row[:3] for row in group.table("Reports").rows] == [
        ["Interim report 1", "11 January 2027 to 8 February 2027", "22 February 2027"],
        ["Final report", "9 February 2027 to 31 March 2027", "28 April 2027"],
    ]
    group.follow("Interim report 1")
    group.press("Send report", expect=422)
    assert group.problems == [
        "Enter how much of the grant you spent. If you spent nothing, enter 0.",
        "Tell us what happened",
        "Enter a figure for ‘People taking part in funded activities’. If there were none, enter 0.",
    ]
    group.named("report-all-problems")
    group.fill("How much of the grant did you spend in this time?", "£2,150.75")
    group.fill("What happened?", "Four walks so far. 41 people came, nine of them every week.")
    group.fill("People taking part in funded activities", "41")
    group.named("report")
    group.press("Send report")
    assert group.banners == ["Report sent. We will tell you when we have read it."]
    assert group.says("Spent in this time") == "£2,150.75"
    group.named("report-sent")
    return group.ref


def _the_officer_accepts_the_report(stage: Stage, report: str) -> None:
    stage.at(_on(2, 15))
    officer = stage.person(OFFICER)
    officer.named("home-officer-report")
    officer.visit(f"/reports/{report}/answer")
    assert [row[1:] for row in officer.table("The award’s money now and after accepting").rows] == [
        ["£6,400.01", "£6,400.01"],
        ["£3,200.01", "£3,200.01"],
        ["£0.00", "£2,150.75"],
        ["£0.00", "£2,150.75"],
        ["£3,200.01", "£1,049.26"],
    ]
    assert "Instalment 2 of £3,200.00, due on 8 March 2027, can be raised." in officer.text
    officer.named("report-answer")
    officer.fill("Anything to tell the group (optional)", "Thank you. See you on a Tuesday.")
    officer.press("Accept this report")
    assert officer.banners == ["Report accepted. The group has been told."]


# -- the position -----------------------------------------------------------------------------------------------------


def _position_reads(stage: Stage, expected: Mapping[str, str]) -> None:
    finance = stage.person(FINANCE)
    finance.visit("/position?year=2026/27")
    row = finance.row("Every pot of 2026/27", STREAM)
    assert {column: row[column] for column in expected} == dict(expected)
    assert row["These add up"] == "Yes"


def _the_position_shows_it_all(stage: Stage, award: str) -> None:
    stage.at(_on(3, 12))
    finance = stage.person(FINANCE)
    finance.follow("Position")
    finance.visit("/position?year=2026/27")
    row = finance.row("Every pot of 2026/27", STREAM)
    after = BEFORE | {"Free": "£0.00", "Held": "£29,699.99", "Paid": "£28,050.01", "of which accounted for": "£11,643.15"}
    assert {column: row[column] for column in after} == after
    assert [row[1:] for row in finance.table("Protected commitments, beside the awards made by rounds").rows] == [
        ["Community Safety Grant", "31 March 2027", "£64,000.00", "£0.00"]  # all of it is an award by now
    ]
    finance.named("position")
    finance.visit(f"/position/{POT}/paid")
    assert "Now: £28,050.01." in finance.text
    newest = finance.table("Transfers, newest first").rows[0]
    assert (newest[0], newest[4]) == ("11 Mar 2027", "£3,200.00")
    finance.named("position-behind")
    finance.visit("/position/priorities?year=2026/27")
    assert "These add up" in finance.text
    finance.named("position-priorities")
    finance.visit(f"/awards/{award}")
    assert finance.table("Where the money is now").rows == [
        ["Paid, not accounted for yet", "£4,249.26"],
        ["Paid and accounted for", "£2,150.75"],
        ["Total", "£6,400.01"],
    ]


# -- a stranger -------------------------------------------------------------------------------------------------------


def _register(stranger: Driver, email: str, group: str) -> None:
    stranger.visit("/")
    stranger.follow("Apply")
    stranger.follow("Winter grants for safer streets and people")
    stranger.follow("Apply now")
    stranger.press("Check", expect=422)
    assert stranger.problems == ["Choose the kind of group you are", "Enter about how much you will ask for"]
    stranger.choose("What kind of group are you?", "A club, society or association with a constitution")
    stranger.fill("About how much will you ask for?", "900")
    stranger.press("Check")
    assert stranger.h1 == "You can apply"
    stranger.named("checked")
    stranger.press("Send me a code", expect=422)
    assert stranger.problems == ["Enter your name", "Enter your email address", "Enter the name of your group"]
    stranger.named("register")
    stranger.fill("Your name", "Sam Okafor")
    stranger.fill("Your email address", email)
    stranger.fill("Your group’s name", group)
    stranger.press("Send me a code")
    assert stranger.h1 == "Check your email"


def a_stranger_registers_and_applies_today(stage: Stage) -> None:
    """Somebody nobody knows checks, starts with the code from the mail, and sends an application in one sitting."""
    stage.at(None)
    stranger = stage.somebody()
    _register(stranger, "sam@example.org", "Offerton Bike Kitchen")
    stranger.named("code")
    subject, said = stage.mail("sam@example.org")[0]
    assert subject == "Confirm your email address"
    found = re.search(r"Your code is (\d{3} ?\d{3})", said)
    assert found, said
    stranger.fill("Code", "000 000")
    stranger.press("Confirm", expect=422)
    assert stranger.h1 == "Check your email"
    stranger.fill("Code", found[1])
    stranger.press("Confirm")
    assert stranger.h1 == "Your application"
    stranger.follow("About your project")
    _write(
        stranger,
        LAMPS._replace(
            title="Bike lights for everybody",
            purpose="Safer roads and water, and fewer fires",
            costs=(("Lights", "900"),),
            total="£900.00",
        ),
    )
    stranger.tick(DECLARATION)
    stranger.press("Send application")
    assert stranger.h1 == "We have your application"
    assert stage.mail("sam@example.org")[0][0] == f"We have your application {stranger.ref}"
    stranger.follow("Home")
    assert "Nothing waits for you." in stranger.text
    stranger.named("home-stranger")


def a_link_signs_nobody_in_until_a_button_is_pressed(stage: Stage) -> None:
    """Mail scanners open links; people press buttons."""
    stage.at(None)
    asked = stage.somebody()
    _register(asked, "lee@example.org", "Lee's Lunch Club")
    found = re.search(r"https?://\S+(/sign-in/link/\S+)", stage.mail("lee@example.org")[0][1])
    assert found
    link = found[1]
    scanner = stage.somebody()
    scanner.visit(link)
    assert (scanner.h1, "This registers Lee's Lunch Club and signs you in." in scanner.text) == (
        "Confirm your email address",
        True,
    )
    scanner.named("link")
    scanner.visit("/home")
    assert scanner.h1 == "Sign in"
    person = stage.somebody()
    person.visit(link)
    person.press("Confirm and sign in")
    assert "Lee's Lunch Club" in person.text
    late = stage.somebody()
    late.visit(link, expect=410)
    assert late.h1 == "This link no longer works"
