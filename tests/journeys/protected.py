"""A protected commitment in its first year and its second, told once and run by two kinds of browser (R40, R41).

It happens on the demonstration. December 2026: a patrol is protected in SVF-2026 before anybody says what it costs, so nothing
is known of what is free and an officer's round is refused, until the finance officer enters an estimate. April 2027: it has
neither ended nor renewed by itself; it stands among what must be decided, its group is asked and told, less is resolved, and
next year's pot protects that much first.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.journeys.driver import Driver, Stage

FINANCE, OFFICER = "finance@demo.example", "grants@demo.example"
STREAM, POT, NEXT_POT = "Serious Violence Fund", "SVF-2026", "SVF-2027"
GROUP = "Meadow Mill Residents (fictional)"
PATROL = "Evening patrol"
PLAN = "Safer Stockport Partnership Plan 2026–29 (fictional) (to 2029)"
UNKNOWN = (
    f"What is free in {POT} is not known: the amount protected for {PATROL} is not stated. Enter the amount, or a finance "
    "officer's estimate with its reason, on the commitment's page"
)
NOT_ASKED = (
    f"{PATROL} would have less money. Ask them first, and keep what they said in the consultation log: "
    "nothing in it is dated on or before the resolution."
)


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, tzinfo=UTC)


def two_years(stage: Stage) -> None:
    """Both years, the second upon the first."""
    stage.at(_at(2026, 12, 1))
    finance = stage.person(FINANCE)
    ref = _a_patrol_is_protected_before_its_amount_is_stated(finance)
    _nothing_is_known_of_what_is_free(finance)
    call = _a_round_is_refused(stage.person(OFFICER), ref)
    _an_estimate_is_entered_with_its_reason(finance, ref)
    _the_round_holds_its_money(stage.person(OFFICER), call)
    _in_its_protected_year_nothing_can_be_resolved_for_it(finance, ref)

    stage.at(_at(2027, 4, 6))
    finance = stage.person(FINANCE)
    _it_has_neither_ended_nor_renewed_by_itself(finance, ref)
    _less_for_a_group_takes_asking_and_notice(finance, ref)
    _next_years_pot_is_opened(finance)
    follows = _the_resolution_is_recorded(finance, ref)
    _next_years_pot_protects_it(finance, follows)

    stage.at(_at(2027, 7, 7))
    _what_is_left_goes_back_once_the_notice_has_run(stage.person(FINANCE), ref)


# -- the first year ----------------------------------------------------------------------------------------------------


def _a_patrol_is_protected_before_its_amount_is_stated(finance: Driver) -> str:
    finance.follow("Funding streams")
    finance.follow(STREAM)
    finance.follow(POT)
    assert finance.row("Money now", "Free") == {"Figure": "Free", "Amount": "£160,000.00 free"}
    finance.follow("Protect money for a commitment")
    finance.press("See what this does", expect=422)
    assert finance.problems == ["Enter who or what the money is protected for"]
    finance.fill("Who or what is the money protected for?", PATROL)
    finance.choose("Which organisation is that, if it is one of ours?", GROUP)
    finance.fill("What is paid for? (optional)", "Two wardens, Friday and Saturday evenings")
    finance.press("See what this does", expect=422)
    assert len(finance.problems) == 1, finance.problems  # neither a decision nor a reason for no competition
    finance.fill("What approved it?", "Partnership board, 26 November 2026, resolution 14 (fictional)")
    finance.press("See what this does")
    assert finance.table("What this does").rows == [
        [f"Free in {POT}", "£160,000.00", "not stated"],
        [f"Protected for {PATROL}", "–", "not stated"],
    ]
    finance.named("protect-not-stated")
    finance.press("Protect it, amount not stated")
    assert finance.banners == ["It is protected; its amount is not stated."]
    finance.follow("Every protected commitment, and what must be decided")
    finance.named("commitments")
    finance.follow(GROUP)
    assert (finance.h1, finance.says("Amount")) == (PATROL, "not stated")
    return finance.ref


def _nothing_is_known_of_what_is_free(finance: Driver) -> None:
    finance.follow(POT)
    assert finance.row("Money now", "Free")["Amount"] == f"not known: the amount protected for {PATROL} is not stated"
    finance.named("pot-not-known")


def _a_round_is_refused(officer: Driver, ref: str) -> str:
    officer.follow("Funding rounds")
    officer.follow("Plan a round")
    officer.choose("Which money is it from?", f"{STREAM}, 2026/27")
    officer.fill("Title", "Calmer evenings")
    officer.fill("What is the money for?", "Work that keeps evenings calm.")
    officer.choose("Which plan’s priorities do groups choose from?", PLAN)
    officer.fill("The least a group can ask for", "250")
    officer.fill("The most a group can ask for", "8,000")
    officer.date("When does it open?", date(2026, 12, 2))
    officer.date("When does it close?", date(2026, 12, 16))
    officer.date("First day a project can start", date(2027, 1, 11))
    officer.date("Last day a project can end", date(2027, 3, 31))
    officer.press("Plan the round")
    call = officer.ref
    officer.follow("Hold the money and open")
    assert f"{UNKNOWN} ({ref})." in officer.text
    officer.fill("How much do you want to hold for this round?", "30,000")
    officer.press("Continue", expect=422)
    assert officer.problems == [f"{UNKNOWN} ({ref})."]
    return call


def _an_estimate_is_entered_with_its_reason(finance: Driver, ref: str) -> None:
    finance.visit(f"/commitments/{ref}")
    finance.follow("Enter the amount")
    finance.choose("Where does the amount come from?", "I estimate it, until it is stated")
    finance.fill("How much?", "24,000")
    finance.press("See what this does", expect=422)
    assert finance.problems == ["Enter which paper, or how you came to the estimate"]
    finance.fill("Which paper, or how did you come to the estimate?", "Last year’s 52 weekends at £461.54.")
    finance.press("See what this does")
    assert finance.table("What this does").rows == [
        [f"Free in {POT}", "£160,000.00", "£136,000.00"],
        [f"Protected for {PATROL}", "–", "£24,000.00"],
    ]
    finance.press("Protect £24,000.00")
    assert finance.banners == [f"£24,000.00 is protected for {PATROL}."]
    assert finance.says("Amount") == "£24,000.00, estimated"
    assert finance.table("Estimates").rows == [["1 December 2026", "£24,000.00", "Last year’s 52 weekends at £461.54."]]
    finance.named("commitment-estimated")
    finance.follow(POT)
    assert finance.row("Money now", "Free")["Amount"] == "£136,000.00 free"
    assert finance.row("Protected commitments (passported)", GROUP)["Amount"] == "£24,000.00, estimated"


def _the_round_holds_its_money(officer: Driver, call: str) -> None:
    officer.visit(f"/funding-rounds/{call}")
    officer.follow("Hold the money and open")
    officer.fill("How much do you want to hold for this round?", "30,000")
    officer.press("Continue")
    officer.press("Hold £30,000.00 and open")
    assert officer.banners == ["The round is open. £30,000.00 is held for it."]


def _in_its_protected_year_nothing_can_be_resolved_for_it(finance: Driver, ref: str) -> None:
    _resolves(finance, ref, "Release it", on=date(2026, 12, 1), from_=date(2027, 1, 1))
    finance.press("See what this does", expect=422)
    assert finance.problems[0] == (
        "It is protected until 31 March 2027, so the resolution takes effect on 1 April 2027 at the earliest."
    )


# -- the second year ---------------------------------------------------------------------------------------------------


def _it_has_neither_ended_nor_renewed_by_itself(finance: Driver, ref: str) -> None:
    assert f"Re-consider {GROUP}: protected until 31 March 2027" in finance.text
    finance.follow("Protected commitments")
    row = finance.row("Decision needed", GROUP)
    assert (row["Pot"], row["Amount"], row["Where it stands"]) == (POT, "£24,000.00 estimated", "Decision needed")
    finance.named("commitments-to-decide")
    finance.follow(GROUP)
    assert "Its protection ended on 31 March 2027. It neither ends nor renews by itself." in finance.text
    assert finance.row("Its money", "Still set aside")["Amount"] == "£24,000.00"


def _less_for_a_group_takes_asking_and_notice(finance: Driver, ref: str) -> None:
    _resolves(finance, ref, "Taper it", "18,000", on=date(2027, 4, 6), from_=date(2027, 5, 1))
    finance.press("See what this does", expect=422)
    assert finance.problems == [
        "Enter the day the group was told that it will have less money.",
        NOT_ASKED,
    ]
    finance.visit(f"/commitments/{ref}")
    finance.follow("Add to the consultation log")
    finance.date("When were they asked?", date(2027, 3, 22))
    finance.fill("Who was asked?", "The residents’ committee")
    finance.fill("How were they asked?", "A meeting at the mill")
    finance.fill("What did they say?", "Fridays matter most. Saturdays could be every other week.")
    finance.press("Keep it")
    assert finance.banners == ["Kept in the consultation log."]
    _resolves(finance, ref, "Taper it", "18,000", on=date(2027, 4, 6), from_=date(2027, 5, 1), told=date(2027, 4, 6))
    finance.press("See what this does", expect=422)
    assert finance.problems == [
        "The group was told on 6 April 2027, so it can have less money from 6 July 2027 at the earliest."
    ]
    finance.named("resolve-too-soon")


def _next_years_pot_is_opened(finance: Driver) -> None:
    finance.follow("Funding streams")
    finance.follow(STREAM)
    finance.follow("Open a pot for a year")
    finance.fill("Which financial year?", "2027/28")
    finance.choose("How sure is the allocation?", "Confirmed")
    finance.fill("Allocation, if it is confirmed", "150,000")
    finance.press("Open the pot")
    assert finance.banners == ["The pot for 2027/28 is open."]


def _the_resolution_is_recorded(finance: Driver, ref: str) -> str:
    _resolves(finance, ref, "Taper it", "18,000", on=date(2027, 4, 6), from_=date(2027, 7, 6), told=date(2027, 4, 6))
    finance.press("See what this does")
    assert finance.table("What this does").rows == [
        [f"Protected for {PATROL}, this year", "£24,000.00", "£24,000.00"],
        [f"Protected for {PATROL}, 2027/28", "–", "£18,000.00"],
        [f"Free in {NEXT_POT}", "£150,000.00", "£132,000.00"],
    ]
    finance.named("resolve")
    finance.press("Record it")
    assert finance.banners == ["The resolution is recorded."]
    assert finance.says("Notice") == "The group was told on 6 April 2027. Three months run until 6 July 2027. Notice is running"
    finance.named("commitment-resolved")
    return finance.says("Became")


def _next_years_pot_protects_it(finance: Driver, follows: str) -> None:
    finance.follow(follows)
    assert (finance.h1, finance.says("Amount"), finance.says("Protected")) == (
        PATROL,
        "£18,000.00",
        "from 1 April 2027 until 31 March 2028",
    )
    finance.follow(NEXT_POT)
    assert finance.row("Money now", "Free")["Amount"] == "£132,000.00 free"


def _what_is_left_goes_back_once_the_notice_has_run(finance: Driver, ref: str) -> None:
    finance.visit(f"/commitments/{ref}")
    assert finance.says("Notice").endswith("Notice has run")
    finance.press(f"Give back £24,000.00 to free money {ref}")
    assert finance.banners == ["£24,000.00 is free again."]
    finance.follow(POT)
    assert finance.row("Money now", "Free")["Amount"] == "£130,000.00 free"  # £30,000.00 is held for the round


def _resolves(
    finance: Driver, ref: str, outcome: str, amount: str = "", *, on: date, from_: date, told: date | None = None
) -> None:
    """Fill in what was resolved."""
    finance.visit(f"/commitments/{ref}/review")
    finance.choose("What was resolved?", outcome)
    if amount:
        finance.fill("How much for the year to come?", amount)
    finance.fill("Which resolution?", "Partnership board, 6 April 2027, resolution 3 (fictional)")
    finance.date("When was it resolved?", on)
    finance.fill("Why?", "The fund is smaller and the streets are calmer.")
    if told:
        finance.date("When was the group told that it has less? (if it has)", told)
    finance.date("From which day?", from_)
