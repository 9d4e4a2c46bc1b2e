"""An officer at a phone sets a real fund up in Chromium, part by part, and opens it. The same steps as the page client's."""

from __future__ import annotations

from tests.browser.conftest import Phones, Visitor
from tests.funds import ward_flexibility

OFFICER = "grants@demo.example"


def test_an_officer_at_a_phone_sets_up_small_sums_for_every_ward(stage: Phones) -> None:
    phone = stage.person(OFFICER)
    assert isinstance(phone, Visitor)
    fund = ward_flexibility("SVF-2026", "demo_plan_2026_29", questions="QST-26-00003")
    here = phone.set_up(fund)
    phone.visit(f"{here}/preview?as-ask=1200")
    phone.visit(f"{here}/open")
    phone.press("Continue")
    phone.press("Hold £63,000.00 and open")
    assert "£63,000.00 is held for it." in phone.tab.inner_text("main")
