"""The whole year and a stranger's first day in Chromium on a phone, with JavaScript: axe on every page met."""

from __future__ import annotations

from pathlib import Path

from grants import create_app
from tests.browser.conftest import Phones
from tests.conftest import settings_for
from tests.journeys import the_year

# The pages each journey meets, which tests/browser/test_every_page.py therefore leaves out.
YEAR = {
    "applications.check", "applications.index", "drafts.costs", "drafts.place", "drafts.questions", "applications.sent",
    "applications.show", "assessment.assign", "assessment.declare", "assessment.index", "assessment.show",
    "awards.index", "awards.make", "awards.show", "home.show", "my_awards.accept", "outbox.show", "panel.confirm",
    "panel.convene", "panel.decide", "panel.index", "panel.show", "payments.approve", "payments.index", "payments.paid",
    "payments.raise_", "payments.show", "people.give", "people.index", "people.show", "position.behind", "position.priorities",
    "position.show", "public.start", "report_checks.answer", "reports.show", "rounds.check", "rounds.index", "rounds.show",
    "sign_in.show", "staff_rounds.close", "staff_rounds.index", "staff_rounds.new", "staff_rounds.open_", "staff_rounds.show",
}  # fmt: skip
STRANGER = {"rounds.start", "sign_in.register_code"}
LINK = {"sign_in.link"}


def test_from_allocation_to_outcome(stage: Phones, tmp_path: Path) -> None:
    the_year.from_allocation_to_outcome(stage)
    assert YEAR - _met(stage, tmp_path) == set()


def test_a_stranger_registers_and_applies_today(stage: Phones, tmp_path: Path) -> None:
    the_year.a_stranger_registers_and_applies_today(stage)
    assert STRANGER - _met(stage, tmp_path) == set()


def test_a_link_signs_nobody_in_until_a_button_is_pressed(stage: Phones, tmp_path: Path) -> None:
    the_year.a_link_signs_nobody_in_until_a_button_is_pressed(stage)
    assert LINK - _met(stage, tmp_path) == set()


def _met(stage: Phones, instance: Path) -> set[str]:
    """The endpoints of the pages that were opened and judged."""
    address = create_app(settings_for(instance)).url_map.bind("localhost")
    phones = stage.idle + stage.lent
    return {address.match(path)[0] for phone in phones for path in phone.met}
