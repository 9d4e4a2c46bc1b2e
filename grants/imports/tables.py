"""The tables that can be loaded, as data: their columns, what each holds, what it refers to and where it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grants.imports.cells import Reader, change, day, money, number, one_of, slug, slugs, text, whole, words, year, yes_no
from grants.kernel.bulk import Shape
from grants.people import loading as people
from grants.places import loading as places
from grants.spending.rules import RECIPIENT_TYPES
from grants.strategy import loading as strategy

NOT_KEPT = ""


@dataclass(frozen=True)
class Column:
    """One column: what its cells hold, whether they may be blank, and which table's keys they name."""

    name: str
    read: Reader = text
    required: bool = False
    refers: str | None = None  # a table, by its file's name
    tree: bool = False  # refers to this table's own rows: nothing may be above itself
    to: str | None = None  # its name in the database where it is another; NOT_KEPT: nowhere
    optional: bool = False  # the whole column may be missing
    blank: object = None  # what a blank cell means

    @property
    def kept_as(self) -> str:
        """The record's name for it."""
        return self.name if self.to is None else self.to


@dataclass(frozen=True, eq=False)
class Table:
    """One file's table. `key` names the column that tells its rows apart; `shape` is where plain rows are kept."""

    name: str
    columns: Sequence[Column]
    key: str | None = None
    shape: Shape | None = None  # none: `plan.py` says what becomes of each row
    periods: Sequence[tuple[str, str]] = ()  # pairs of columns: from, until

    @property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their headings."""
        return {column.name: column for column in self.columns}


BASIS = one_of("stated", "part_inferred", "inferred", "derived")
PROVENANCE = (
    Column("basis", BASIS),
    Column("note"),
    Column("source"),
    Column("source_line", whole, to=NOT_KEPT),
    Column("quote", optional=True, to=NOT_KEPT),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (  # in the order they are loaded: a table names only those before it, and itself
        Table(
            "partner_organisations",
            (
                Column("organisation_slug", slug, True, to="ref"),
                Column("name", required=True),
                Column("name_as_in_seed", words, to="other_names", blank=()),
                Column("sector"),
                Column("organisation_type"),
                Column("area"),
                Column("is_voluntary_sector", yes_no, to="is_voluntary"),
                *PROVENANCE,
            ),
            key="organisation_slug",
            shape=people.ORGANISATIONS,
        ),
        Table(
            "partnerships",
            (
                Column("partnership_slug", slug, True, to="ref"),
                Column("name", required=True),
                Column("short_name"),
                Column("kind", slug, True),
                Column("area"),
                Column("parent_partnership_slug", slug, refers="partnerships", tree=True, to="parent"),
                Column("accountable_body", slug, refers="partner_organisations"),
                Column("statutory_basis"),
                *PROVENANCE,
            ),
            key="partnership_slug",
            shape=people.PARTNERSHIPS,
        ),
        Table(
            "partner_memberships",
            (
                Column("organisation_slug", slug, refers="partner_organisations", to="organisation"),
                Column("partnership_slug", slug, True, refers="partnerships", to="partnership"),
                Column("role", slug, True),
                Column("representative", to=NOT_KEPT),  # a person: never kept
                Column("post"),
                Column("period"),
                *PROVENANCE,
            ),
        ),
        Table(
            "localities",
            (
                Column("locality_slug", slug, True, to="ref"),
                Column("partnership_slug", slug, True, refers="partnerships", to="partnership"),
                Column("name", required=True),
                Column("kind", slug, True),
                Column("parent_locality_slug", slug, refers="localities", tree=True, to="parent"),
                Column("top_issue"),
                Column("hotspot_for", words, blank=()),
                Column("targeting"),
                *PROVENANCE,
            ),
            key="locality_slug",
            shape=places.LOCALITIES,
        ),
        Table(
            "strategies",
            (
                Column("strategy_slug", slug, True, to="ref"),
                Column("name", required=True),
                Column("owner"),
                Column("partnership_slug", slug, refers="partnerships", to="partnership"),
                Column("tier", one_of("local_partnership", "regional", "national"), True),
                Column("kind", slug, True),
                Column("start_date", day, to="starts_on"),
                Column("end_date", day, to="ends_on"),
                Column("status", slug, True),
                Column("predecessor_strategy_slug", slug, refers="strategies", tree=True, to="predecessor"),
                *PROVENANCE,
            ),
            key="strategy_slug",
            shape=strategy.STRATEGIES,
            periods=(("start_date", "end_date"),),
        ),
        Table(
            "priorities",
            (
                Column("priority_slug", slug, True, to="ref"),
                Column("strategy_slug", slug, True, refers="strategies", to="strategy"),
                Column("parent_priority_slug", slug, refers="priorities", tree=True, to="parent"),
                Column("level", slug, True),
                Column("code"),
                Column("title"),
                Column("text"),
                Column("lead"),
                Column("sort_order", whole, True),
                Column("version"),
                *PROVENANCE,
            ),
            key="priority_slug",
            shape=strategy.PRIORITIES,
        ),
        Table(
            "priority_links",
            (
                Column("from_strategy_slug", slug, True, refers="strategies", to="from_strategy"),
                Column("from_priority_slug", slug, refers="priorities", to="from_priority"),
                Column("to_strategy_slug", slug, True, refers="strategies", to="to_strategy"),
                Column("to_priority_slug", slug, refers="priorities", to="to_priority"),
                Column("link_type", slug, True),
                Column("rationale"),
                *PROVENANCE,
            ),
            shape=strategy.LINKS,
        ),
        Table(
            "indicators",
            (
                Column("indicator_slug", slug, True, to="ref"),
                Column("partnership_slug", slug, refers="partnerships", to="partnership"),
                Column("strategy_slug", slug, refers="strategies", to="strategy"),
                Column("priority_slug", slug, refers="priorities", to="priority"),
                Column("title", required=True),
                Column("unit", slug, True),
                Column("direction", one_of("up", "down", "monitor"), True),
                Column("indicator_class", slug, True),
                Column("target_kind", slug, True),
                Column("baseline_period"),
                Column("baseline_value", number),
                Column("baseline_status", slug, True),
                Column("target_change_pct", change),
                Column("target_value", number),
                Column("target_date"),  # a day, or as vague as the source is: 2008, annual
                Column("target_status", slug, True),
                Column("data_source"),
                Column("breakdown"),
                *PROVENANCE,
            ),
            key="indicator_slug",
            shape=strategy.INDICATORS,
        ),
        Table(
            "psa1_targets",
            (
                Column("indicator_slug", slug, True, refers="indicators", to="indicator"),
                Column("row", whole, True, to="position"),
                Column("crime_category", required=True, to="category"),
                Column("national_list_name", to="national_name"),
                Column("baseline_2003_04", number, to=NOT_KEPT),
                Column("target_reduction_pct", number, to=NOT_KEPT),
                Column("target_level_stated", number, True, to="stated_level"),
                *(
                    Column(worked_out, optional=True, to=NOT_KEPT)
                    for worked_out in (
                        "target_level_unrounded",
                        "target_level_half_up",
                        "target_level_half_even",
                        "stated_equals_half_up",
                    )
                ),
                *PROVENANCE,
            ),
            key="indicator_slug",
        ),
        Table(
            "observations",
            (
                Column("observation_id", slug, True, to="ref"),
                Column("indicator_slug", slug, True, refers="indicators", to="indicator"),
                Column("area"),
                Column("breakdown"),
                Column("period", required=True),
                Column("period_start", day),
                Column("period_end", day),
                Column("value", number),
                Column("unit", slug, True),
                Column("qualifier", one_of("exact", "approx", "estimate", "over", "under", "within", "qualitative"), True),
                Column("trend"),
                Column("is_comparator", yes_no, True),
                *PROVENANCE,
            ),
            key="observation_id",
            shape=strategy.READINGS,
            periods=(("period_start", "period_end"),),
        ),
        Table(
            "funding_streams",
            (
                Column("stream_slug", slug, True),
                Column("partnership_slug", slug, True, refers="partnerships", to="partnership"),
                Column("name", required=True),
                Column("fiscal_year", year),
                Column("start_date", day, to="starts_on"),
                Column("end_date", day, to="ends_on"),
                Column("allocation_gbp", money, to="allocation"),
                Column("allocation_status", one_of("stated", "not_stated", "awaiting_notification"), True),
                Column("funder_slugs", slugs, refers="partner_organisations", to="funders", blank=()),
                Column("distributor_slug", slug, refers="partner_organisations", to="distributor"),
                Column("pool_slug", slug, to="pool"),
                Column("pooling"),
                Column("passporting"),
                Column("ring_fence"),
                Column("conditions"),
                Column("restrictions"),
                Column("status"),
                *PROVENANCE,
            ),
            key="stream_slug",
            periods=(("start_date", "end_date"),),
        ),
        Table(
            "stream_components",
            (
                Column("component_slug", slug, True, to="ref"),
                Column("stream_slug", slug, True, refers="funding_streams", to="pot"),
                Column("component_name", required=True, to="name"),
                Column("included", one_of("full", "part", "pooled", "not_included"), True),
                Column("amount_gbp", money, to="amount"),
                Column("passported_year_one", one_of("yes", "no", "not_stated"), True),
                *PROVENANCE,
            ),
            key="component_slug",
        ),
        Table(
            "passported_commitments",
            (
                Column("commitment_slug", slug, True, to="ref"),
                Column("stream_slug", slug, True, refers="funding_streams", to="stream"),
                Column("recipient_or_service", required=True, to="recipient"),
                Column("locality", slug, refers="localities"),
                Column("protected", slug, True),
                Column("protection_kind", slug, True, to="kind"),
                Column("protected_from", day),
                Column("protected_to", day, to="protected_until"),
                Column("review_trigger"),
                Column("review_due", day),
                Column("amount_gbp", money, to="amount"),
                *PROVENANCE,
            ),
            key="commitment_slug",
            periods=(("protected_from", "protected_to"),),
        ),
        Table(
            "awards",
            (
                Column("award_slug", slug, True, to="ref"),
                Column("stream_slug", slug, refers="funding_streams", to="stream"),
                Column("fiscal_year"),  # may span years: 2014/15-2016/17
                Column("project", required=True),
                Column("recipient"),
                Column("recipient_slug", slug, refers="partner_organisations", to="organisation"),
                Column("recipient_type", one_of("statutory", "voluntary", "business", "not_stated"), True),
                Column("issue"),
                Column("priority_slug", slug, refers="priorities", to="priority"),
                Column("priority_basis", one_of("stated", "inferred", "none"), True),
                Column("amount_gbp", money, to="amount"),
                Column("amount_status", one_of("stated", "not_stated"), True, to=NOT_KEPT),
                Column("status", slug, True),
                *PROVENANCE,
            ),
            key="award_slug",
        ),
        Table(
            "mainstream_contributions",
            (
                Column("contribution_slug", slug, True, to="ref"),
                Column("organisation_slug", slug, True, refers="partner_organisations", to="organisation"),
                Column("service", required=True),
                Column("contribution", required=True),
                Column("framework"),
                Column("redirected", yes_no, optional=True),  # blank: what the contribution says of itself
                *PROVENANCE,
            ),
            key="contribution_slug",
        ),
        Table(
            "partner_contributions_and_budget_lines",
            (
                Column("line_slug", slug, True, to="ref"),
                Column("partnership_slug", slug, True, refers="partnerships", to=NOT_KEPT),
                Column("stream_slug", slug, True, refers="funding_streams", to="stream"),
                Column("fiscal_year", year, to=NOT_KEPT),
                Column(
                    "line_type",
                    one_of("partner_contribution", "expenditure", "balance", "proposed_use", "agreed_use", "exclusion"),
                    True,
                    to="kind",
                ),
                Column("description", required=True),
                Column("amount_gbp", money, to="amount"),
                Column("amount_status", one_of("stated", "not_stated", "not_in_minutes"), True),
                Column("minute_number", to="minute"),
                *PROVENANCE,
            ),
            key="line_slug",
        ),
        Table(
            "distributed_grants",  # what a distributor gave out of the money it was handed (R50)
            (
                Column("own_spend", required=True, to="spend"),
                Column("distributor_reference", required=True),
                Column("recipient", required=True),
                Column("recipient_slug", to="organisation"),
                Column("recipient_type", one_of(*RECIPIENT_TYPES), True),
                Column("title", required=True),
                Column("amount_gbp", money, True, to="amount"),
                Column("decided_on", day, True),
                Column("priority_slug", slug, to="priority"),
            ),
        ),
    )
}

# Files of the source facts that a later piece loads.
LATER = frozenset(
    {
        "achievements",
        "actions_arising",
        "area_initiatives",
        "consultation_results",
        "consultations",
        "decisions",
        "delivery_groups",
        "equality_groups",
        "intelligence_gaps",
        "locality_issues",
        "meeting_attendance",
        "meetings",
        "priority_changes",
    }
)
# Files beside the facts that are about them.
NOT_DATA = frozenset({"crosschecks", "discrepancies", "requirements"})
