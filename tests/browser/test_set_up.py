"""An officer at a phone sets a real fund up in Chromium, part by part, and opens it. The same steps as the page client's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.browser.conftest import Phones, Visitor
from tests.client import Typed
from tests.funds import Fund, ward_flexibility

OFFICER = "grants@demo.example"


def _type(phone: Visitor, typed: Mapping[str, Typed]) -> None:
    """Fill in the fields of a page by their names, as `tests/funds.py` has them."""
    for name, said in typed.items():
        if isinstance(said, date):
            for part in ("day", "month", "year"):
                phone.tab.locator(f"[name='{name}-{part}']").fill(str(getattr(said, part)))
            continue
        fields: Any = phone.tab.locator(f"[name='{name}']")
        kind = fields.first.get_attribute("type") or fields.first.evaluate("field => field.tagName.toLowerCase()")
        if kind in ("radio", "checkbox"):
            for one in fields.all():
                wanted = said if isinstance(said, list) else [said]
                one.set_checked(one.get_attribute("value") in wanted) if kind == "checkbox" else None
            if kind == "radio":
                phone.tab.locator(f"[name='{name}'][value='{said}']").check()
        elif kind == "select":
            fields.select_option(said)
        else:
            fields.fill(said)


def set_up(phone: Visitor, fund: Fund) -> str:
    """Type a whole fund. The address of the planned round."""
    phone.visit("/funding-rounds/new")
    _type(phone, fund.new)
    phone.press("Plan the round")
    here = "/funding-rounds/" + phone.tab.url.partition("/funding-rounds/")[2].partition("#")[0]
    for part in fund.parts:
        phone.visit(f"{here}/set-up/{part.key}")
        for button in part.press:
            _type(phone, part.filling)
            phone.press(button)
        _type(phone, part.typed)
        phone.press("Save")
        assert phone.h1 == fund.new["title"], part.key
    return here


def test_an_officer_at_a_phone_sets_up_small_sums_for_every_ward(stage: Phones) -> None:
    phone = stage.person(OFFICER)
    assert isinstance(phone, Visitor)
    fund = ward_flexibility("SVF-2026", "demo_plan_2026_29", questions="QST-26-00003")
    here = set_up(phone, fund)
    phone.visit(f"{here}/preview?as-ask=1200")
    phone.visit(f"{here}/open")
    phone.press("Continue")
    phone.press("Hold £63,000.00 and open")
    assert "£63,000.00 is held for it." in phone.tab.inner_text("main")
