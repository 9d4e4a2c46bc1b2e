"""Cross-checks X01 to X10 of the source facts: the loaded facts, a product query, and the figure written here.

X11 (a balance after a decision) waits for the budget lines, which a later piece loads.
"""

from __future__ import annotations

from decimal import Decimal

from flask import Flask

from grants.kernel.db import db
from grants.kernel.money import Money, total
from grants.streams import queries
from grants.streams.models import Component, PastGrant, Pot
from tests.builders.people import an_administrator

CSG, VCS, SVF, HCF = "community_safety_grant", "vcs_grant", "serious_violence_fund", "hate_crime_fund"


def stated() -> dict[str, queries.YearRow]:
    return {row.stream: row for row in queries.year_page(2020) if row.allocation is not None}


def test_x01_four_streams_of_2020_21_have_an_allocation(facts_app: Flask) -> None:
    assert len(queries.year_page(2020)) == 7
    assert set(stated()) == {CSG, VCS, SVF, HCF}


def test_x02_their_total(facts_app: Flask) -> None:
    assert total(row.allocation or Money(0) for row in stated().values()) == Money.pounds("478973.00")


def test_x03_to_x06_the_share_of_each(facts_app: Flask) -> None:
    assert {stream: row.share for stream, row in stated().items()} == {
        CSG: Decimal("45.7"),  # X03
        VCS: Decimal("20.9"),  # X04
        SVF: Decimal("31.3"),  # X05
        HCF: Decimal("2.1"),  # X06
    }


def test_x07_the_shares_add_up(facts_app: Flask) -> None:
    assert sum(row.share or 0 for row in stated().values()) == Decimal("100.0")


def test_x08_nineteen_named_awards_in_the_four_streams(facts_app: Flask) -> None:
    grants = {stream: row.grants for stream, row in stated().items()}
    assert grants == {CSG: 8, VCS: 4, SVF: 4, HCF: 3}
    assert sum(grants.values()) == 19


def test_x09_none_of_them_has_a_stated_amount(facts_app: Flask) -> None:
    assert [row.grants_stated for row in stated().values()] == [0, 0, 0, 0]
    assert sum(queries.unstated([queries.pot(row.pot).id for row in stated().values()]).values()) == 19


def test_x10_what_the_safer_and_stronger_communities_fund_was_made_of(facts_app: Flask) -> None:
    made_of = queries.components(Component.pot_id == queries.pot("SSCF-2005").id)
    assert len([part for part in made_of if part.included in ("full", "part")]) == 5
    assert len([part for part in made_of if part.passported_year_one == "yes"]) == 2


def test_all_38_past_grants_are_found_once_by_somebody_who_may_see_everything(facts_app: Flask) -> None:
    found = queries.past_grants(an_administrator())
    assert len(found) == len({grant.ref for grant in found}) == 38
    assert len([grant for grant in found if grant.commitment]) == 6
    assert [grant.amount for grant in found if grant.amount is not None] == [Money.pounds("1178.00")]


def test_every_past_grant_is_on_some_page(facts_app: Flask) -> None:
    by = an_administrator()
    groups = queries.streams_page(by)
    shown = [grant.ref for group in groups for grant in group.loose]
    for group in groups:
        for stream in group.streams:
            shown += [grant.ref for grant in queries.stream_page(by, stream.ref).grants]
    assert len(shown) == len(set(shown)) == 38
    assert db.session.query(PastGrant).count() == 38


def test_free_money_of_2020_21_is_not_known_and_says_why(facts_app: Flask) -> None:
    page = queries.pot_page(an_administrator(), "CSG-2020")
    assert {figure.word: (figure.amount, figure.why) for figure in page.figures} == {
        "allocated": (Money.pounds(218973), ""),
        "free": (None, "not known: 8 named awards (examples) have no stated amount"),
    }


def test_a_pot_whose_allocation_is_not_stated_never_says_nought(facts_app: Flask) -> None:
    by = an_administrator()
    awaited, unstated = (queries.pot_page(by, ref).figures[:2] for ref in ("YJBF-2008", "SSCF-2005"))
    assert [(figure.amount, figure.why) for figure in awaited] == [(None, "awaiting notification")] * 2
    assert [(figure.amount, figure.why) for figure in unstated] == [(None, "not stated")] * 2
    assert db.session.query(Pot).count() == 18
