"""A draft on a phone with JavaScript: saved as somebody types, through a lost connection, and never a quarrel with oneself."""

from __future__ import annotations

from tests.browser.conftest import Phones

OFFICER = "grants@demo.example"
TEST = "/applications/APP-26-00011"  # the officer's own, with every page
SAVED = "() => document.getElementById('saving').textContent.startsWith('Saved at')"


def test_what_is_typed_is_saved_through_a_lost_connection(stage: Phones) -> None:
    phone = stage.person(OFFICER)
    phone.visit(f"{TEST}/outcomes")
    tab = phone.tab
    box = tab.locator("#lines-0-change")
    box.fill("feel safer walking home")
    tab.wait_for_function(SAVED)
    reads = tab.locator('[data-part="reads-0"]')
    assert reads.inner_text() == (
        "It reads: 20 of 30 young people will feel safer walking home by July 2027. We will know from a short survey."
    )
    phone.judge()

    lost: list[str] = []

    def lose(route: object) -> None:
        """The first save arrives and its answer does not; what comes after it does not arrive either."""
        if not lost:
            route.fetch()  # type: ignore[attr-defined]
        lost.append("one")
        route.abort()  # type: ignore[attr-defined]

    tab.route("**/outcomes", lambda route: lose(route) if route.request.method == "POST" else route.continue_())
    box.fill("feel safer")
    tab.wait_for_function("() => document.getElementById('saving').textContent === 'Not saved yet. We will try again.'")
    box.fill("feel much safer")
    tab.unroute("**/outcomes")
    phone.trouble.clear()  # the browser says that a request failed, and so it did
    phone.press("Save and come back later")
    assert phone.h1 == "Your application"
    phone.visit(f"{TEST}/outcomes")
    assert phone.value("What will be different?") == "feel much safer"


def test_the_total_adds_itself_up_and_typing_and_pressing_save_at_once_is_no_quarrel(stage: Phones) -> None:
    phone = stage.person(OFFICER)
    phone.visit(f"{TEST}/people")
    tab = phone.tab
    tab.locator("#lines-0-people").fill("45")
    tab.wait_for_function(SAVED)
    assert tab.locator('[data-part="total"]').inner_text() == "45"
    tab.route("**/people", lambda route: (tab.wait_for_timeout(700), route.continue_()))
    tab.locator("#lines-0-people").fill("46")
    tab.wait_for_timeout(1_600)  # it is on its way, and slow
    tab.locator("#lines-0-people").fill("47")
    phone.press("Save and continue")
    assert phone.h1 != "Who will benefit"
    phone.visit(f"{TEST}/people")
    assert tab.locator("#lines-0-people").input_value() == "47"
    for page in ("milestones", "documents", "costs"):
        phone.visit(f"{TEST}/{page}")
        phone.fits_a_desk()
