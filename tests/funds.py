"""Two real funds, as an officer types them on the set-up pages: data that the page client and the browser journeys both drive.

A `Fund` is what is typed on `/funding-rounds/new` and then on each part's page under `/funding-rounds/<ref>/set-up/<part>`:
the buttons pressed first (they add lines), the fields by name, and `Save`. Facts: the council's published rules, as collected
with their sources in the project's notes on practice. Whatever the council does not publish is made up and plain.
`questions`: the set's reference, where a version of it is there already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from grants.kernel import clock
from grants.people.kinds import VOLUNTARY, Kind
from tests.client import Browser, Typed


class Part(NamedTuple):
    """What is done on one part's page: buttons pressed in turn before anything is typed, what is typed, what saves it.

    `filling`: what is typed before the buttons are pressed, which need it.
    """

    key: str
    typed: Mapping[str, Typed] = {}
    press: Sequence[str] = ()
    filling: Mapping[str, Typed] = {}


class Fund(NamedTuple):
    """A whole round: `new` on the first page, then its parts, then how much is held (none: what its parts add up to)."""

    new: Mapping[str, Typed]
    parts: Sequence[Part]
    hold: str | None = None


SECTOR3 = "For less than £1,001 ask Sector3, which supports community groups in Stockport: www.sector3sk.org or 0161 477 0246."


def _day(days: int) -> date:
    found = clock.today() + timedelta(days=days)
    return found + timedelta(days=max(0, 7 - found.weekday()) % 7 if found.weekday() > 4 else 0)


def one_stockport(pot: str, plan: str, questions: str = "ready-local_fund") -> Fund:
    """One Stockport Local Fund: £1,001 to £30,000, a second stage above £10,000, smaller asks sent to Sector3, finished within
    12 months of the money, groups without a constitution welcome with a host, nothing political, religious or private."""
    groups = [kind.value for kind in Kind if kind in VOLUNTARY]
    small = {
        "name": "Small", "most": "10,000", "stages": "1", "assessors": "2", "signatures": "1", "helps": "purpose",
        "outcomes": "simple", "payments": "at once", "reports": "one report at the end", "evidence": [],
    }  # fmt: skip
    large = {
        "name": "Large", "stages": "2", "assessors": "3", "signatures": "2", "helps": "priority", "outcomes": "full",
        "payments": "in two halves", "reports": "a report half way and one at the end", "evidence": [],
        "decided_by": "The fund’s board and the cabinet member",
    }  # fmt: skip
    sizes = {f"sizes-{n}-{name}": said for n, one in enumerate((small, large)) for name, said in one.items()}
    return Fund(
        new={
            "pot": pot,
            "strategy": plan,
            "title": "One Stockport Local Fund",
            "purpose": "For ideas that benefit people in Stockport and improve wellbeing or the environment.",
            "smallest": "1,001",
            "largest": "30,000",
            "opens_on": _day(0),
            "opens_time": "12:01am",
            "closes_on": _day(56),
            "closes_time": "midday",
            "project_starts_on": _day(150),
            "project_ends_on": _day(515),
        },
        parts=[
            Part("dates", {"months_to_deliver": "12"}),
            Part("who", {"kinds": groups, "host_needed": "y", "area_in_words": "Stockport"}),
            Part("sizes", sizes, press=["Add a size", "Add a size"]),
            Part(
                "limits",
                {
                    "limits-0-which": "below", "limits-0-amount": "1001", "limits-0-firmness": "fixed",
                    "limits-0-instead": SECTOR3,
                },
                press=["Add a limit"],
            ),
            Part(
                "not-for",
                {
                    "questions-0-asks": "Is your project for a religious or political purpose?",
                    "questions-0-reason": "This fund is not for religious or political purposes.",
                    "questions-0-firmness": "fixed",
                    "questions-1-asks": "Is it run by a private company, or to make a profit for somebody?",
                    "questions-1-reason": "This fund is not for private companies.",
                    "questions-1-firmness": "fixed",
                },
                press=["Add a question", "Add a question"],
            ),
            Part("questions", {"question_set": questions, "asks_postcode": "y", "asks_vat": "y"}),
            Part(
                "criteria",
                {
                    "scoring": "scored by assessors, decided by a panel", "assessors": "2", "pass_mark": "60",
                    "criteria-0-weight": "40", "criteria-1-weight": "30", "criteria-2-weight": "20", "criteria-3-weight": "10",
                    "criteria-2-gate": "2",
                },
            ),
            Part("words", press=["Fill in the usual words"]),
            Part(
                "answers",
                {
                    "decided_by": "The One Stockport Local Fund panel", "answer_by": _day(120), "instead": SECTOR3,
                    "grace_minutes": "10",
                },
            ),
        ],
        hold="100,000",
    )  # fmt: skip


def ward_flexibility(pot: str, plan: str, questions: str = "ready-ward_fund") -> Fund:
    """Ward Flexibility Funding: 21 wards with £3,000 each, from £50, not normally above £1,000, one application in 12 months,
    not normally two years running nor for annual running costs, decided by an area committee without scoring."""
    groups = [kind.value for kind in Kind if kind in VOLUNTARY]
    return Fund(
        new={
            "pot": pot,
            "strategy": plan,
            "title": "Ward Flexibility Funding",
            "purpose": "Small sums for things that make your ward better. Your ward’s councillors decide.",
            "smallest": "50",
            "largest": "3,000",
            "opens_on": _day(0),
            "opens_time": "12:01am",
            "closes_on": _day(90),
            "closes_time": "midday",
            "project_starts_on": _day(120),
            "project_ends_on": _day(485),
        },
        parts=[
            Part("who", {"kinds": groups, "area_in_words": "one of the 21 wards of Stockport"}),
            Part(
                "sizes",
                {
                    "sizes-0-name": "Ward grants", "sizes-0-assessors": "0", "sizes-0-helps": "purpose",
                    "sizes-0-outcomes": "simple", "sizes-0-reports": "three sentences and a number",
                },
                press=["Add a size"],
            ),
            Part(
                "limits",
                {
                    "limits-0-which": "above", "limits-0-amount": "1,000", "limits-0-firmness": "normal", "months": "12",
                    "months_firmness": "fixed", "consecutive": "y", "consecutive_firmness": "normal",
                },
                press=["Add a limit"],
            ),
            Part(
                "not-for",
                {
                    "questions-0-asks": "Is the money for your group’s running costs every year, such as rent or wages?",
                    "questions-0-reason": "This fund is not normally for annual running costs.",
                    "questions-0-firmness": "normal",
                },
                press=["Add a question"],
            ),
            Part("questions", {"question_set": questions, "asks_postcode": "y"}),
            Part("criteria", {"scoring": "decided in committee without scoring"}),
            Part("parts", press=["Make a part for each ward"], filling={"each": "3,000"}),
            Part("answers", {"decided_by": "The area committee of your ward", "answer_by": _day(150), "instead": SECTOR3}),
        ],
    )  # fmt: skip


def set_up(browser: Browser, fund: Fund) -> str:
    """Type a fund on the pages, part by part. The planned round's reference."""
    browser.submit("/funding-rounds/new", fund.new, button="Plan the round")
    ref = browser.at.split("/")[2]
    for part in fund.parts:
        browser.visit(f"/funding-rounds/{ref}/set-up/{part.key}")
        for button in part.press:
            browser.fill(part.filling, button=button)
        page = browser.fill(part.typed, button="Save")
        assert browser.at == f"/funding-rounds/{ref}", (part.key, page.problems)
    return ref


def opened(browser: Browser, ref: str, fund: Fund) -> None:
    """Hold the money and open it, after the page that says what that does."""
    browser.visit(f"/funding-rounds/{ref}/open")
    page = browser.fill({"hold": fund.hold} if fund.hold else {}, button="Continue")
    assert page.h1 == "Check before you open it", page.problems
    button = next(one.text for form in page.forms for one in form.buttons if one.value == "open")
    browser.press(button)
