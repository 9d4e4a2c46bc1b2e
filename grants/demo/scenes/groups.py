"""What groups say of themselves, a host that is asked to hold money, and somebody who took over at a group."""

from __future__ import annotations

from datetime import date

from grants.demo.story import _at, _group, _signs
from grants.kernel import clock
from grants.notices import groups as notices
from grants.people import entry
from grants.people.about import Income, PaidStaff, PolicyHeld, Profile, Volunteers
from grants.people.kinds import Kind
from grants.people.profiles import save_profile

WELCOME = Profile(
    kind=Kind.ASSOCIATION,
    address="12 Example Street\nReddish\nStockport",
    postcode="SK5 6XX",
    home_address=True,
    telephone="0161 496 0123",
    started=2023,
    does="We cook a meal every week for people in Reddish who live alone.",
    income=Income.TO_10_000,
    paid_staff=PaidStaff.NONE,
    volunteers=Volunteers.SOME,
    policies=(PolicyHeld.CONSTITUTION, PolicyHeld.SAFEGUARDING, PolicyHeld.PUBLIC_LIABILITY),
    safeguarding_post="Secretary",
    safeguarding_agreed_on=date(2026, 3, 9),
    own_account=False,
)
BRIDGE = Profile(
    kind=Kind.CIO,
    address="The Old Chapel\nExample Road\nBrinnington\nStockport",
    postcode="SK5 8XX",
    telephone="0161 496 0456",
    started=2011,
    does="We run youth clubs and mentoring in Brinnington.",
    income=Income.TO_100_000,
    paid_staff=PaidStaff.SOME,
    volunteers=Volunteers.MANY,
    policies=tuple(PolicyHeld),
    safeguarding_post="Deputy manager",
    safeguarding_agreed_on=date(2026, 1, 20),
    own_account=True,
)
APPLICATION = "APP-26-00007"  # the welcome table's


def tell() -> None:
    """The autumn: two profiles, a question to a host that waits for an answer, a request that waits for a check."""
    for day, key, profile in ((3, "welcome", WELCOME), (4, "bridge", BRIDGE)):
        with clock.stopped(_at(11, day, 19)):
            save_profile(_group(key), profile=profile, edition=0, by=_signs(key))
    with clock.stopped(_at(11, 20, 18)):
        notices.ask_host(
            _group("welcome"),
            about=APPLICATION,
            host_name="Brinnington Youth Bridge (fictional)",
            host_email=_signs("bridge").email,
            by=_signs("welcome"),
        )
    with clock.stopped(_at(11, 23, 20)):
        sent = entry.ask_to_take_over(
            name="Signal club new treasurer",
            email="signal.treasurer@demo.example",
            group_said="Signal Sports Club",
            role="Treasurer since October",
            how_to_check="The minutes of our meeting on 12 October, or ring the club house.",
            page=entry.token(),
            network="demonstration",
        )
        entry.open_with_link(sent.link)
