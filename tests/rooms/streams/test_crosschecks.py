"""Cross-checks X01 to X11 of the source facts: the loaded facts, a product query, and the figure written here."""

from __future__ import annotations

from decimal import Decimal

from flask import Flask
from sqlalchemy import select

from grants.kernel.db import db
from grants.kernel.money import Money, total
from grants.strategy.models import Priority
from grants.streams import exclusions, mainstream, queries, shared
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


def test_x11_the_balance_of_stocktons_shared_budget_is_nothing_after_the_decision(facts_app: Flask) -> None:
    """1,178.00 - 1,178.00 = 0.00, and what was proposed is kept beside what was resolved (R47)."""
    sheet = shared.sheet(an_administrator(), "SPB-2007")
    assert sheet.figures["contributed"] == Money.pounds("1178.00")
    assert (sheet.known, sheet.balance) == (True, Money(0))
    [row] = sheet.uses
    assert (row.use.proposed_amount, row.use.agreed_amount, row.committed) == (Money.pounds("1178.00"),) * 3
    assert row.use.proposed == "Suggestion: off set printing costs for the Strategic Assessment and the Community Safety Plan"
    assert row.use.agreed == "Balance to pay for the production of the two pending partnership documents"
    assert row.use.resolution == "346/07"


def test_stocktons_shared_budget_is_held_by_the_council_and_keeps_other_money_out(facts_app: Flask) -> None:
    """R46."""
    sheet = shared.sheet(an_administrator(), "SPB-2007")
    assert (sheet.holder, sheet.decider) == ("Stockton-on-Tees Borough Council", "Safer Stockton Partnership")
    assert [line.description for line in sheet.kept_out] == [
        "LAA money excluded from this budget; covered by the Partnership Investment Plan"
    ]
    assert [(line.kind, line.amount, line.amount_status) for line in sheet.lines[:3]] == [
        ("partner_contribution", None, "not_in_minutes"),
        ("partner_contribution", None, "not_in_minutes"),
        ("expenditure", None, "not_in_minutes"),
    ]
    kept_out = sheet.kept_out[0].pot
    assert kept_out is not None and kept_out.holder is None


def test_sscf_has_no_element_for_disadvantaged_neighbourhoods(facts_app: Flask) -> None:
    """R44."""
    [needing] = exclusions.exclusions_of(queries.stream("sscf"))
    assert needing.excluded.objective == "Disadvantaged neighbourhoods"
    assert [ref for ref, _title in needing.priorities] == ["sscf_disadvantaged_neighbourhoods"]
    priority = db.session.scalars(select(Priority).where(Priority.ref == "sscf_disadvantaged_neighbourhoods")).one()
    assert [one.stream for one in exclusions.needing_other_funding(an_administrator(), priority)] == ["sscf"]


def test_mainstream_contributions_stand_beside_the_money_and_two_are_redirected(facts_app: Flask) -> None:
    """R51, R52."""
    rows = mainstream.mainstream_page(an_administrator())
    assert len(rows) == 12
    assert [row.ref for row in rows if row.redirected] == ["mc_target_existing_funding", "mc_stoke_flex_resources"]
    assert {row.ref: row.partnership for row in rows if row.partnership} == {
        "mc_council_business_plans": "safer_stockport_partnership",
        "mc_health_business_plans": "safer_stockport_partnership",
        "mc_police_business_plans": "safer_stockport_partnership",
        "mc_csu_support": "safer_stockport_partnership",
        "mc_target_existing_funding": "safer_stockport_partnership",
        "mc_stoke_flex_resources": "stoke_safer_city_partnership",
    }
    assert {row.amount for row in rows} == {None}


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
