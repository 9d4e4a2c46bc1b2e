"""Two real funds in Chromium on a phone, with JavaScript and without: from an officer's set-up to a group's receipt.

The officer types what `tests/funds.py` says, part by part. A group then applies and counts what is asked of it: how many pages
it meets from pressing Apply to its receipt, how many answers it types, how long a required answer may be, how much travels.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from grants import create_app
from grants.demo import build
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.marks import mark
from grants.people.models import Duty
from tests.browser.conftest import Visitor, served
from tests.builders.applications import a_funded_pot, a_plan
from tests.builders.people import a_group, a_partnership, a_person
from tests.conftest import settings_for
from tests.funds import Fund, one_stockport, ward_flexibility
from tests.journeys.driver import PASSWORD

OFFICER, VOLUNTEER = "officer@example.org", "volunteer@example.org"
GROUP = "Friends of Reddish Vale"
FIRST_LOAD, AFTER = 100_000, 15_000  # bytes that travel


class Ground(NamedTuple):
    """A partnership with money, an officer and a group, and nothing set up yet."""

    url: str
    first: tuple[str, str]  # a pot and a plan
    second: tuple[str, str]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Ground]:
    place = tmp_path_factory.mktemp("ground")
    shutil.copy(empty_sqlite, place / "demo.db")
    with create_app(build.settings(settings_for(place))).app_context():
        mark("demo", "for the browser")  # its outbox can be read, as in the demonstration
        partnership = a_partnership(area="Stockport")
        pots = tuple(a_funded_pot("400000", partnership=partnership, voluntary_only=False).ref for _n in range(2))
        plan = a_plan(partnership=partnership).ref
        a_person(Duty.GRANTS_OFFICER, partnership=partnership, email=OFFICER, password=PASSWORD)
        group, _applicant, _certifier = a_group(GROUP, organisation_type="unincorporated association")
        a_person(Duty.APPLICANT, Duty.CERTIFIER, organisation=group, email=VOLUNTEER, password=PASSWORD)
        db.session.remove()
        db.engine.dispose()
    quiet = place / "clock"
    quiet.write_text("")
    inside = tmp_path_factory.mktemp("served")
    with served(inside, place / "demo.db", lambda port: ["tests.browser.served", str(port), str(quiet)]) as url:
        yield Ground(url, (pots[0], plan), (pots[1], plan))


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def phone(request: pytest.FixtureRequest, browser_engine: Any, ground: Ground) -> Iterator[Callable[[], Counting]]:
    opened: list[Counting] = []

    def open_() -> Counting:
        opened.append(Counting(browser_engine, ground.url, javascript=request.param))
        return opened[-1]

    yield open_
    for one in opened:
        one.context.close()


class Counting(Visitor):
    """A phone that counts what its person meets and types."""

    def __init__(self, engine: Any, url: str, *, javascript: bool) -> None:
        super().__init__(engine, url, javascript=javascript)
        self.pages: list[str] = []
        self.answers: list[str] = []
        self.travelled: list[int] = []
        self._bytes = 0
        self._wire = self.context.new_cdp_session(self.tab)
        self._wire.send("Network.enable")
        self._wire.on("Network.loadingFinished", self._came)

    def _came(self, told: dict[str, Any]) -> None:
        self._bytes += int(told["encodedDataLength"])

    def judge(self) -> None:
        super().judge()
        self.pages.append(self.h1)
        self.travelled.append(self._bytes)
        self._bytes = 0

    def write(self, label: str, text: str, *, group: str | None = None) -> None:
        """A typed answer, which counts."""
        self.answers.append(label)
        self.fill(label, text, group=group)

    def afresh(self) -> None:
        """Begin to count."""
        self.pages, self.answers = [], []


def set_up(officer: Counting, fund: Callable[[str], Fund], title: str, *, begin: str, held: str) -> str:
    """The whole of it on the pages, as the officer: the questions taken ready made, every part, the money held, opened."""
    officer.sign_in(OFFICER)
    officer.visit("/question-sets")
    if title in officer.text:  # the journey before this one wrote it
        officer.visit(officer.page.link(f"Version 1 of {title}"))
    else:
        officer.visit("/question-sets/new")
        officer.type({"begin": begin})
        officer.press("Start writing")
        officer.visit(f"{officer.path.partition('?')[0]}/publish")
        officer.press("Publish")
    planned = fund(officer.ref)
    here = officer.set_up(planned, opens_on=clock.today())  # whatever day of the week it is
    officer.visit(f"{here}/preview")
    officer.visit(f"{here}/open")
    if planned.hold:
        officer.type({"hold": planned.hold})
    officer.press("Continue")
    officer.press(f"Hold {held} and open")
    assert f"{held} is held for it." in officer.text
    return here.rpartition("/")[2]


def required_words(officer: Counting, ref: str) -> int:
    """The most words that a required answer of this round may have, as its public page says."""
    officer.visit(f"/rounds/{ref}")
    lines = [one.text for one in officer.page.find("li")]
    needed = [line for line in lines if "leave this out" not in line]
    said = [int(found[1]) for line in needed if (found := re.search(r"Up to (\d+) words", line))]
    return max(said)


def looked_at(one: Counting, fund: str) -> None:
    """What the most of it was: bytes on the first page with nothing kept, and on any after it."""
    assert one.travelled[0] <= FIRST_LOAD, f"{fund}: the first page brought {one.travelled[0]:,} bytes"
    if one.javascript:  # whose requests are looked into keeps nothing, so its styles come with every page
        assert max(one.travelled[3:]) <= AFTER, f"{fund}: a later page brought {max(one.travelled[3:]):,} bytes"


def test_a_known_group_and_a_stranger_ask_for_500_pounds_within_ten_pages(
    phone: Callable[[], Counting], ground: Ground
) -> None:
    officer = phone()
    ref = set_up(
        officer, partial(ward_flexibility, *ground.first), "Ward Flexibility Funding", begin="ward_fund", held="£63,000.00"
    )
    assert required_words(officer, ref) <= 80

    group = phone()
    group.sign_in(VOLUNTEER)
    group.visit(f"/rounds/{ref}")
    group.afresh()
    may_ask_for_500(group)
    group.press("Start your application")
    a_small_ask(group, (("Two benches", "420"), ("Paint", "£80.00")))
    assert len(group.pages) <= 10, group.pages
    assert len(group.answers) <= 12, group.answers
    looked_at(group, "Ward Flexibility Funding")

    group.follow("Read what you sent")
    assert "£500.00" in group.text
    officer.visit(f"/funding-rounds/{ref}")
    officer.follow("Benches by the pond")
    assert "Reddish North" in officer.text  # its postcode found its ward, which nobody asked the group for
    withdraw(group)

    stranger = phone()
    a_stranger_asks_for_500(stranger, officer, ref)
    assert len(stranger.pages) <= 10, stranger.pages
    assert len(stranger.answers) <= 12, stranger.answers
    looked_at(stranger, "a stranger")
    officer.visit(f"/funding-rounds/{ref}")
    assert f"Vale Walkers {ref}" in officer.text


def a_stranger_asks_for_500(group: Counting, officer: Counting, ref: str) -> None:
    """Somebody nobody knows, its address proved on the way."""
    group.visit(f"/rounds/{ref}")
    group.afresh()
    may_ask_for_500(group, kind="A club, society or association with a constitution")
    for label, said in (
        ("Your name", "Sam"),
        ("Your email address", f"{ref.lower()}@example.org"),
        ("Your group’s name", f"Vale Walkers {ref}"),
    ):
        group.write(label, said)
    group.press("Send me a code")
    officer.visit("/outbox")
    found = re.search(r"Your code is (\d{3} ?\d{3})", officer.text)
    assert found
    group.fill("Code", found[1])  # from the mail; the link there needs none
    group.press("Confirm")
    a_small_ask(group, (("Two benches", "500"),))


def may_ask_for_500(group: Counting, *, kind: str | None = None) -> None:
    """From the round's page to the page that says yes."""
    group.follow("Apply now")
    if kind:
        group.choose("What kind of group are you?", kind)
    group.write("About how much will you ask for?", "£500")
    group.choose("Is the money for your group’s running costs every year, such as rent or wages?", "No")
    group.press("Check")
    assert group.h1 == "You can apply"


def a_small_ask(group: Counting, costs: Sequence[tuple[str, str]]) -> None:
    """From the task list of a draft to its receipt."""
    group.follow("About your project")
    group.write("Title of your project", "Benches by the pond")
    group.choose("What is your project mostly about?", "A safer street or park")
    group.write("Postcode of where most of it will happen", "sk5 6xd")
    group.press("Save and continue")
    group.write("What will you do?", "Put two benches by the pond, so that people can stop and talk.")
    group.choose("What is the main issue your project deals with?", "Streets, parks and places that feel unsafe")
    begins = clock.today() + timedelta(days=120)
    group.date("When will it start?", begins)
    group.answers.append("When will it start?")
    group.choose("Does the owner of the land or building agree?", "Yes")
    group.choose("Will you work with children, or with adults who need care or support?", "No")
    group.press("Save and continue")
    group.write("What will be different?", "feel safe walking in the vale")
    group.write("Who will it be different for?", "Older people who live nearby")
    group.press("Save and continue")
    for line, (what, cost) in enumerate(costs, 1):
        group.write(f"What for, line {line}", what)
        group.write(f"Cost, line {line}", cost)
    group.press("Save and continue")
    send(group)


def withdraw(group: Counting) -> None:
    """Taken back, so that the same group can do it again with another browser."""
    group.follow("Withdraw this application")
    group.tab.locator("main button").first.click()
    group.tab.wait_for_load_state()
    group.judge()


def test_a_group_asks_for_12_000_pounds_in_two_stages_within_25_pages(phone: Callable[[], Counting], ground: Ground) -> None:
    officer = phone()
    ref = set_up(
        officer, partial(one_stockport, *ground.second), "One Stockport Local Fund", begin="local_fund", held="£100,000.00"
    )
    group = phone()
    group.sign_in(VOLUNTEER)
    group.visit(f"/rounds/{ref}")
    group.afresh()
    group.follow("Apply now")
    group.write("About how much will you ask for?", "12,000")
    if "Has your group its own bank account?" in group.text:  # what it said once is never asked again
        group.choose("Has your group its own bank account?", "Yes")
    group.choose("Is your project for a religious or political purpose?", "No")
    group.choose("Is it run by a private company, or to make a profit for somebody?", "No")
    group.press("Check")
    assert "second stage" in group.text
    group.press("Start your application")
    a_large_ask(group)
    sent = group.text

    number = re.search(r"APP-\d\d-\d{5}", sent)
    assert number
    officer.visit(f"/bids/{number[0]}/second-stage")
    officer.type({"why": "We like it. Please tell us how you will run it."})
    officer.press("Ask for it")
    group.visit(f"/applications/{number[0]}")
    assert "We like it." in group.text
    the_second_stage(group)
    assert len(group.pages) <= 25, group.pages
    looked_at(group, "One Stockport Local Fund")
    officer.visit(f"/bids/{number[0]}/changes")
    assert "The second stage was asked for" in officer.text
    group.visit(f"/applications/{number[0]}")
    withdraw(group)


def a_large_ask(group: Counting) -> None:
    """From the task list of a draft to its receipt."""
    day = clock.today() + timedelta(days=200)
    group.follow("About your project")
    group.write("Title of your project", "Evenings in the vale")
    group.choose("Which priority will it help with most?", "Young people")
    group.write("Postcode of where most of it will happen", "SK5 6XD")
    group.press("Save and continue")
    group.write("What will you do?", "Run a youth club three evenings a week, with trained youth workers.")
    group.choose("What is the main issue your project deals with?", "Young people at risk or getting into trouble")
    for what, on in (("When will it start?", day), ("When will it end?", day + timedelta(days=300))):
        group.date(what, on)
        group.answers.append(what)
    group.press("Save and continue")
    group.write("How do you know it is needed?", "Two hundred young people asked for it.")
    group.write("How have local people helped to shape it?", "A group of them planned it with us.")
    group.press("Save and continue")
    group.write("Who, line 1", "Young people aged 11 to 16")
    group.write("How many, line 1", "60")
    group.press("Save and continue")
    group.write("What will be different?", "feel safer in the evening")
    group.write("Who will it be different for?", "Young people who come")
    group.write("How many of them, or by how much?", "45 of 60")
    group.write("By when?", "March 2028")
    group.write("How will you know?", "A short survey at the start and the end")
    group.press("Save and continue")
    for line, (what, cost) in enumerate((("Youth workers", "10,500"), ("Hall", "£1,500.00")), 1):
        group.write(f"What for, line {line}", what)
        group.write(f"Cost, line {line}", cost)
    group.choose("Can you claim the VAT back?", "No")
    group.press("Save and continue")
    group.write("How much will the whole project cost?", "12000")
    group.choose("What would happen if we could only give you part of the money?", "We would do less of it")
    group.press("Save and continue")
    group.tab.locator('main [name="lines-0-what"]').fill("The club opens")
    for part, number in (("day", day.day), ("month", day.month), ("year", day.year)):
        group.tab.locator(f'main [name="lines-0-due_on-{part}"]').fill(str(number))
    group.press("Save and continue")
    group.write("What have you done before that is like this?", "A summer club for five years.")
    group.write("How many volunteers will help to run it?", "8")
    group.write("How will you make sure that everybody can take part?", "It is free and step-free.")
    group.press("Save and continue")
    group.write("How will you keep people safe?", "Checked staff, two at every session.")
    group.choose("Will you work with children, or with adults who need care or support?", "Yes")
    group.choose("Does the owner of the land or building agree?", "Yes")
    group.press("Save and continue")
    assert group.banners == ["Your answer brings one more question."]
    who = "Who in your group looks after keeping people safe?"
    group.write("Full name", "The chair", group=who)
    group.write("Telephone number", "0161 496 0000", group=who)
    group.press("Save and continue")
    send(group)


def the_second_stage(group: Counting) -> None:
    """What was not asked the first time, and sent again."""
    group.follow("Your full plan")
    group.write("Who will run it, and how will they know it is on track?", "Our coordinator, with a note each week.")
    group.write("What could go wrong, and what would you do?", "A worker leaves: we have two in reserve.")
    group.write("What will happen when this money runs out?", "The school has promised to go on with it.")
    group.press("Save and continue")
    if group.h1 != "Check and send":
        group.follow("Check and send")
    send(group)


def send(group: Counting) -> None:
    """The declaration and the button."""
    assert group.h1 == "Check and send", (group.h1, group.problems)
    gaps = group.tab.locator("section.govuk-inset-text li").all_inner_texts()
    assert gaps == []
    group.tab.get_by_role("checkbox").last.check()
    group.press("Send application")
    assert group.h1 == "We have your application", group.text[:600]
