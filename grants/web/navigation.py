"""Where a person can go from any page: the list in the masthead, the footer, and the way in and out.

Page modules say what they offer when they are imported; nothing is asked until a page is drawn:

    navigation.item(mark("Rounds"), "staff.rounds", 20, shown=lambda: me().holds(Duty.GRANTS_OFFICER))
    navigation.footer(mark("Accessibility"), "public.accessibility", 10)
    navigation.doors(app, sign_in="sign_in.show", sign_out="sign_in.out", name=lambda: me().name if signed_in() else None)
    navigation.phase(app, lambda: (_("Demonstration"), _("Fictional groups and amounts.")) if is_demo() else None)

An endpoint the application does not have is left out, so that rooms can be built in any order. Somebody with many places is
shown them in sections that open, without a script; somebody with few, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask, current_app, g, request, url_for
from flask_login import current_user

from grants.kernel.words import _, mark


class Item(NamedTuple):
    """One place: what it is called, where it is, how far along, and who is shown it."""

    order: int
    label: str
    endpoint: str
    shown: Callable[[], bool]


class Place(NamedTuple):
    """One place as the layout writes it."""

    label: str
    url: str
    current: bool


class Section(NamedTuple):
    """Several places under one word of the masthead."""

    label: str
    places: list[Place]
    current: bool


class Doors(NamedTuple):
    """The way in, the way out, and who came in."""

    sign_in: str
    sign_out: str
    name: Callable[[], str | None]


def _whoever() -> str | None:
    if "login_manager" not in current_app.__dict__ or not current_user.is_authenticated:
        return None
    return str(getattr(current_user, "name", "") or _("Signed in"))


def _no_phase() -> tuple[str, str] | None:
    return None


_items: dict[str, Item] = {}
_footer: dict[str, Item] = {}
FEW = 6  # so many places fit the masthead by themselves
# What belongs together for those who run the funding, in the order of its section.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        mark("Grants"),
        ("staff_rounds.index", "question_sets.index", "assessment.index", "panel.index", "awards.index", "payments.index"),
    ),
    (
        mark("Money"),
        ("position.show", "streams.index", "agreements.index", "passporting.index", "own_spend.index", "changes.index"),
    ),
    (mark("Plans"), ("strategies.index", "places.index")),
    (mark("Directory"), ("partnerships.index", "organisations.index", "people.index", "outbox.show")),
)
_NO_DOORS = Doors("", "", _whoever)


def item(label: str, endpoint: str, order: int = 50, shown: Callable[[], bool] = lambda: True) -> None:
    """Offer a place in the masthead. One place may be called one thing by some and another by others."""
    _items[f"{endpoint} {label}"] = Item(order, label, endpoint, shown)


def footer(label: str, endpoint: str, order: int = 50, shown: Callable[[], bool] = lambda: True) -> None:
    """Offer a place in the footer."""
    _footer[endpoint] = Item(order, label, endpoint, shown)


def doors(app: Flask, *, sign_in: str, sign_out: str, name: Callable[[], str | None] = _whoever) -> None:
    """Say which pages sign people in (GET) and out (POST), and how to tell who is signed in."""
    app.extensions["doors"] = Doors(sign_in, sign_out, name)


def phase(app: Flask, say: Callable[[], tuple[str, str] | None]) -> None:
    """Say what stands above every page, as a tag and a sentence: ('Demonstration', 'Fictional groups and amounts.')."""
    app.extensions["phase"] = say


def _places(offered: dict[str, Item]) -> dict[str, Place]:
    """The places this person is shown, by endpoint, in order."""
    shown = [one for one in sorted(offered.values()) if one.endpoint in current_app.view_functions and one.shown()]
    found = [(one.endpoint, _(one.label), url_for(one.endpoint)) for one in shown]
    nearest = max((url for _endpoint, _label, url in found if _over(url)), key=len, default=None)
    return {endpoint: Place(label, url, url == nearest) for endpoint, label, url in found}


def _menu(places: dict[str, Place]) -> list[Place | Section]:
    """The masthead: few places one by one, many in their sections, then the sections."""
    if len(places) <= FEW:
        return list(places.values())
    section_of = {endpoint: label for label, endpoints in SECTIONS for endpoint in endpoints}
    menu: dict[str, Place | Section] = {}
    for endpoint, place in places.items():
        if endpoint not in section_of:
            menu[endpoint] = place
    for label, endpoints in SECTIONS:
        inside = [places[endpoint] for endpoint in endpoints if endpoint in places]
        if len(inside) > 1:
            menu[label] = Section(_(label), inside, any(place.current for place in inside))
        elif inside:
            menu[label] = inside[0]
    return list(menu.values())


def _over(url: str) -> bool:
    """Whether the page now drawn is this place, or lies within it."""
    return request.path == url or (url != "/" and request.path.startswith(url.rstrip("/") + "/"))


def quiet() -> None:
    """Ask nothing more of the database while this page is drawn: it is about to say that something is broken."""
    g.quiet = True


def context() -> dict[str, Any]:
    """All that the layouts know besides what the page itself says."""
    if not request or g.get("quiet"):
        nothing = dict.fromkeys(("signed_in_as", "search_url", "sign_in_url", "sign_out_url", "phase"))
        return {"navigation": [], "footer": [], "quiet": True, **nothing}
    way_in, way_out, name = current_app.extensions.get("doors", _NO_DOORS)
    here = current_app.view_functions
    return {
        "navigation": _menu(_places(_items)),
        "footer": list(_places(_footer).values()),
        "signed_in_as": name(),
        "search_url": url_for("search.show") if "search.show" in here else None,
        "sign_in_url": url_for(way_in) if way_in in here else None,
        "sign_out_url": url_for(way_out) if way_out in here else None,
        "phase": current_app.extensions.get("phase", _no_phase)(),
        "quiet": False,
    }


def register(app: Flask) -> None:
    """Give every page its navigation. Worked out once per page drawn, and only for whole pages."""
    app.jinja_env.globals["page_context"] = context
    footer("Accessibility", "public.accessibility", 10)
