"""What the files must hold to together, and with the database. Every rule yields all it finds; none stops at the first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from grants.imports.facts import UNKNOWN, Facts
from grants.imports.readers import Problem, Row
from grants.imports.tables import TABLES, Column
from grants.kernel import clock
from grants.kernel.money import total
from grants.kernel.words import _
from grants.streams import loading as streams
from grants.streams.rules import only_voluntary

SUFFIX = re.compile(r"_(\d{4})_(\d{2})$", re.ASCII)


def stem(slug: str) -> str:
    """A stream row's slug without its year: rows equal but for the year are one stream."""
    return SUFFIX.sub("", slug)


def keys_are_given_once(facts: Facts) -> Iterator[Problem]:
    """No two rows of a file have one key."""
    for name, sheet in facts.sheets.items():
        seen: dict[Any, int] = {}
        for row in sheet.rows:
            column, key = _key(name, row)
            if key is None:
                continue
            if key in seen:
                yield facts.problem(
                    name, row, column, _("This is the same as row %(row)s. Remove one, or correct its key.", row=seen[key])
                )
            else:
                seen[key] = row.number


def _key(table: str, row: Row) -> tuple[str | None, Any]:
    if table == "priority_links":
        columns = ("from_strategy_slug", "from_priority_slug", "to_strategy_slug", "to_priority_slug", "link_type")
        return None, tuple(row[c] for c in columns) if row.sound(*columns) else None
    column = TABLES[table].key
    return column, row[column] if column and row.sound(column) else None


def references_are_there(facts: Facts) -> Iterator[Problem]:
    """Whatever a cell names is in this set or in the database."""
    for name, sheet in facts.sheets.items():
        for column in TABLES[name].columns:
            if column.refers:
                for row in sheet.rows:
                    for key in _named(row, column):
                        if not facts.known(column.refers, key):
                            yield facts.problem(
                                name,
                                row,
                                column.name,
                                _(
                                    "There is no ‘%(key)s’ in %(table)s, here or in the database. Correct it, or add the row.",
                                    key=key,
                                    table=f"{column.refers}.csv",
                                ),
                            )


def _named(row: Row, column: Column) -> list[str]:
    value = row[column.name] if row.sound(column.name) else None
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def nothing_is_above_itself(facts: Facts) -> Iterator[Problem]:
    """Trees have no circles."""
    for name in facts.sheets:
        for column in TABLES[name].columns:
            if column.tree:
                for row in facts.rows(name):
                    if row.sound(column.name) and _circles(facts, name, column.name, row):
                        yield facts.problem(
                            name, row, column.name, _("Following this upwards leads back to this same row. Break the circle.")
                        )


def _circles(facts: Facts, table: str, column: str, row: Row) -> bool:
    start, at, passed = row[TABLES[table].key or ""], row[column], set()
    while at is not None and at is not UNKNOWN and at not in passed:
        if at == start:
            return True
        passed.add(at)
        at = facts.fact(table, at, column)
    return False


def periods_end_after_they_begin(facts: Facts) -> Iterator[Problem]:
    """A day until is on or after the day from."""
    for name in facts.sheets:
        for start, end in TABLES[name].periods:
            for row in facts.rows(name):
                if row.sound(start, end) and row[start] and row[end] and row[end] < row[start]:
                    yield facts.problem(
                        name, row, end, _("This is before %(start)s. Correct one of the two.", start=row[start])
                    )


def roles_are_held_by_somebody(facts: Facts) -> Iterator[Problem]:
    """An organisation, a post, a category or somebody (R02, R04)."""
    for row in facts.rows("partner_memberships"):
        holders = ("organisation_slug", "post", "representative")
        if row.sound(*holders) and not any(row[h] for h in holders):
            yield facts.problem(
                "partner_memberships",
                row,
                "organisation_slug",
                _("Say who holds the role: an organisation, a post, or a category of people in the column post."),
            )


def places_stay_in_their_partnership(facts: Facts) -> Iterator[Problem]:
    """A locality lies in a locality of the same partnership."""
    yield from _as_its_parent(facts, "localities", "parent_locality_slug", "partnership_slug", _("partnership"))


def priorities_stay_in_their_strategy(facts: Facts) -> Iterator[Problem]:
    """A priority's parent is of the same strategy and the same version."""
    yield from _as_its_parent(facts, "priorities", "parent_priority_slug", "strategy_slug", _("strategy"))
    yield from _as_its_parent(facts, "priorities", "parent_priority_slug", "version", _("version"))


def _as_its_parent(facts: Facts, table: str, parent: str, column: str, what: str) -> Iterator[Problem]:
    for row in facts.rows(table):
        if row.sound(parent, column) and row[parent]:
            above = facts.fact(table, row[parent], column)
            if above is not UNKNOWN and above != row[column]:
                yield facts.problem(
                    table,
                    row,
                    parent,
                    _("‘%(parent)s’ is of another %(what)s. Choose a parent of the same one.", parent=row[parent], what=what),
                )


def leads_are_posts(facts: Facts) -> Iterator[Problem]:
    """A lead that may be a person's name is refused: only posts and groups are kept."""
    for row in facts.rows("priorities"):
        if row.sound("lead") and row["lead"] and lead(facts, row["lead"]) is None:
            yield facts.problem(
                "priorities",
                row,
                "lead",
                _(
                    "This may hold a person's name, which is not kept. Write the post only, as it stands in the column post "
                    "of partner_memberships.csv, or import the two files together."
                ),
            )


def lead(facts: Facts, written: str) -> str | None:
    """The post or group in a priority's lead, without the person the set names for it. None where that cannot be told."""
    members = [row for row in facts.rows("partner_memberships") if row.sound("representative", "post")]
    for row in members:
        if row["representative"] and written.startswith(f"{row['representative']}, "):
            return written.removeprefix(f"{row['representative']}, ")
    if "," not in written or written in facts.kept.posts or any(row["post"] == written for row in members):
        return written
    return None


def priorities_belong_where_they_are_named(facts: Facts) -> Iterator[Problem]:
    """A priority named beside a strategy is one of that strategy's; a link joins two different things (R11)."""
    pairs = {
        "priority_links": (("from_priority_slug", "from_strategy_slug"), ("to_priority_slug", "to_strategy_slug")),
        "indicators": (("priority_slug", "strategy_slug"),),
    }
    for table, columns in pairs.items():
        for row in facts.rows(table):
            for priority, strategy in columns:
                if row.sound(priority, strategy) and row[priority]:
                    owner = facts.fact("priorities", row[priority], "strategy_slug")
                    if owner is not UNKNOWN and owner != row[strategy]:
                        yield facts.problem(
                            table,
                            row,
                            priority,
                            _("This priority belongs to ‘%(owner)s’. Name that strategy, or another priority.", owner=owner),
                        )
    for row in facts.rows("priority_links"):
        ends = ("from_strategy_slug", "from_priority_slug", "to_strategy_slug", "to_priority_slug")
        if row.sound(*ends) and (row[ends[0]], row[ends[1]]) == (row[ends[2]], row[ends[3]]):
            yield facts.problem("priority_links", row, ends[2], _("This links a thing to itself. Correct one end."))


def figures_agree_with_their_status(facts: Facts) -> Iterator[Problem]:
    """A figure is there exactly when its status says so: 'not stated' is never an empty nought."""
    checks: tuple[tuple[str, str, str, Callable[[Any], bool]], ...] = (
        ("indicators", "baseline_value", "baseline_status", lambda status: status in ("stated", "inferred")),
        ("funding_streams", "allocation_gbp", "allocation_status", lambda status: status == "stated"),
        ("awards", "amount_gbp", "amount_status", lambda status: status == "stated"),
        ("partner_contributions_and_budget_lines", "amount_gbp", "amount_status", lambda status: status == "stated"),
        ("observations", "value", "qualifier", lambda qualifier: qualifier != "qualitative"),
        ("awards", "priority_slug", "priority_basis", lambda basis: basis != "none"),
    )
    for table, figure, status, expects in checks:
        for row in facts.rows(table):
            if row.sound(figure, status):
                if expects(row[status]) and row[figure] is None:
                    sentence = _("This is blank, but %(status)s is ‘%(says)s’. Fill it in, or correct %(status)s.")
                elif not expects(row[status]) and row[figure] is not None:
                    sentence = _("This is filled in, but %(status)s is ‘%(says)s’. Clear it, or correct %(status)s.")
                else:
                    continue
                yield facts.problem(table, row, figure, sentence % {"status": status, "says": row[status]})


def readings_make_sense(facts: Facts) -> Iterator[Problem]:
    """Both days of a period or neither, and nothing below none or above all in per cent."""
    for row in facts.rows("observations"):
        days = ("period_start", "period_end")
        if row.sound(*days) and (row[days[0]] is None) != (row[days[1]] is None):
            missing = days[0] if row[days[0]] is None else days[1]
            yield facts.problem("observations", row, missing, _("Give both days of the period, or neither."))
        if (
            row.sound("value", "unit")
            and row["unit"] == "percent"
            and row["value"] is not None
            and not 0 <= row["value"] <= 100
        ):
            yield facts.problem("observations", row, "value", _("A percentage is from 0 to 100. Correct it, or its unit."))


def targets_agree_with_their_indicators(facts: Facts) -> Iterator[Problem]:
    """The printed target table says of each indicator what the indicator says (R21)."""
    for row in facts.rows("psa1_targets"):
        if not row.sound("indicator_slug"):
            continue
        for column, other, sign in (
            ("baseline_2003_04", "baseline_value", 1),
            ("target_reduction_pct", "target_change_pct", -1),
            ("target_level_stated", "target_value", 1),
        ):
            said = (
                facts.fact("indicators", row["indicator_slug"], other)
                if facts.known("indicators", row["indicator_slug"])
                else UNKNOWN
            )
            if row.sound(column) and row[column] is not None and said is not UNKNOWN and said != sign * row[column]:
                yield facts.problem(
                    "psa1_targets",
                    row,
                    column,
                    _(
                        "The indicator's %(other)s is %(said)s. Correct one of the two.",
                        other=other,
                        said=_("blank") if said is None else said,
                    ),
                )


def pots_have_a_year(facts: Facts) -> Iterator[Problem]:
    """A row's year is the one its slug ends in and its days lie in; a row without a year has nothing a pot would have."""
    for row in facts.rows("funding_streams"):
        if not row.sound("stream_slug", "fiscal_year"):
            continue
        slug, year = row["stream_slug"], row["fiscal_year"]
        ends = SUFFIX.search(slug)
        if ends and (year is None or f"{ends[1]}/{ends[2]}" != clock.year_label(year)):
            yield facts.problem(
                "funding_streams",
                row,
                "fiscal_year",
                _("The slug ends in %(year)s. Write that year here, or correct the slug.", year=f"{ends[1]}/{ends[2]}"),
            )
        for column in ("start_date", "end_date"):
            if year is not None and row.sound(column) and row[column] and not _in_year(row[column], year):
                yield facts.problem(
                    "funding_streams",
                    row,
                    column,
                    _("This is not in %(year)s. Correct it, or the year.", year=clock.year_label(year)),
                )
        if year is None and not ends:
            for column in ("start_date", "end_date", "allocation_gbp", "distributor_slug", "passporting", "conditions"):
                if row.sound(column) and row[column]:
                    yield facts.problem(
                        "funding_streams",
                        row,
                        column,
                        _("Only a stream with a year has this. Fill in fiscal_year, or clear this."),
                    )


def _in_year(day: date, year: int) -> bool:
    return clock.first_day(year) <= day <= clock.last_day(year)


def one_stream_is_told_one_way(facts: Facts) -> Iterator[Problem]:
    """Rows equal but for the year are one stream: they agree on it, and no two are the same pot."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in facts.rows("funding_streams"):
        if row.sound("stream_slug"):
            groups[stem(row["stream_slug"])].append(row)
    for ref, rows in groups.items():
        first = rows[0]
        years: dict[int, Row] = {}
        for row in rows:
            for column in ("partnership_slug", "name", "ring_fence"):
                if row.sound(column) and first.sound(column) and row[column] != first[column]:
                    yield facts.problem(
                        "funding_streams",
                        row,
                        column,
                        _(
                            "Row %(row)s is the same stream in another year and says otherwise. Make the two agree.",
                            row=first.number,
                        ),
                    )
            if not row.sound("fiscal_year") or row["fiscal_year"] is None:
                continue
            other = years.setdefault(row["fiscal_year"], row)
            if other["stream_slug"] != row["stream_slug"]:
                yield facts.problem(
                    "funding_streams",
                    row,
                    "fiscal_year",
                    _("Row %(row)s is the same stream in the same year. One stream has one pot in a year.", row=other.number),
                )
        yield from _pots_in_the_way(facts, ref, rows)


def _pots_in_the_way(facts: Facts, ref: str, rows: list[Row]) -> Iterator[Problem]:
    there = {(pot["stream"], pot["year"]): pot["slug"] for pot in facts.kept.records(streams.POTS).values()}
    for row in rows:
        place = (ref, row["fiscal_year"])
        if row.sound("fiscal_year") and place in there and there[place] != row["stream_slug"]:
            yield facts.problem(
                "funding_streams",
                row,
                "fiscal_year",
                _("This stream already has a pot for the year in the database, opened there. Leave this row out."),
            )


def components_are_of_a_pot(facts: Facts) -> Iterator[Problem]:
    """What a pot is made of belongs to a year."""
    for row in facts.rows("stream_components"):
        if row.sound("stream_slug") and facts.known("funding_streams", row["stream_slug"]):
            slug = row["stream_slug"]
            stream = facts.by_key.get("funding_streams", {}).get(slug)
            has_year = (
                (not stream.sound("fiscal_year") or stream["fiscal_year"] is not None) if stream else slug in facts.kept.pots
            )
            if not has_year and "funding_streams" not in facts.unread:
                yield facts.problem(
                    "stream_components",
                    row,
                    "stream_slug",
                    _("This stream has no year, so it has no components. Name one with a year."),
                )


def ring_fences_hold(facts: Facts) -> Iterator[Problem]:
    """A stream only for voluntary and community organisations is not said to have paid anybody else (R03)."""
    for table in ("awards", "distributed_grants"):
        for row in facts.rows(table):
            if not row.sound("stream_slug") or not row["stream_slug"] or not _only_voluntary(facts, row["stream_slug"]):
                continue
            if row.sound("recipient_type") and row["recipient_type"] in ("statutory", "business"):
                column = "recipient_type"
            elif row.sound("recipient_slug") and row["recipient_slug"] and _not_voluntary(facts, row["recipient_slug"]):
                column = "recipient_slug"
            else:
                continue
            yield facts.problem(
                table,
                row,
                column,
                _("This stream is only for voluntary and community organisations. Correct the recipient, or the stream."),
            )


def _only_voluntary(facts: Facts, slug: str) -> bool:
    if row := facts.by_key.get("funding_streams", {}).get(slug):
        return row.sound("ring_fence") and only_voluntary(row["ring_fence"])
    kept = facts.kept.records(streams.STREAMS).get((facts.kept.pots[slug]["stream"] if slug in facts.kept.pots else slug,))
    return bool(kept and kept["voluntary_only"])


def _not_voluntary(facts: Facts, organisation: str) -> bool:
    return facts.known("partner_organisations", organisation) and facts.fact(
        "partner_organisations", organisation, "is_voluntary_sector"
    ) in (False, None)


def shared_budgets_add_up(facts: Facts) -> Iterator[Problem]:
    """A shared budget's line is of its stream's partnership; its balance is stated once, is all its pot has, and is enough."""
    table = "partner_contributions_and_budget_lines"
    balances: dict[str, Row] = {}
    proposed: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in facts.rows(table):
        if not row.sound("stream_slug", "line_type", "amount_gbp", "minute_number"):
            continue
        slug, kind = row["stream_slug"], row["line_type"]
        if row.sound("partnership_slug") and facts.known("funding_streams", slug):
            owner = _partnership_of(facts, slug)
            if owner not in (UNKNOWN, None, row["partnership_slug"]):
                yield facts.problem(
                    table, row, "partnership_slug", _("This stream is of ‘%(owner)s’. Correct one of the two.", owner=owner)
                )
        if kind in ("balance", "proposed_use", "agreed_use") and not _has_year(facts, slug):
            yield facts.problem(
                table, row, "stream_slug", _("This stream has no year, so it has no balance. Name one with a year.")
            )
        if kind in ("proposed_use", "agreed_use") and row["amount_gbp"] is None:
            yield facts.problem(table, row, "amount_gbp", _("Say how much of the balance it is."))
        if kind == "balance" and slug in balances:
            yield facts.problem(
                table, row, "line_type", _("Row %(row)s states the balance of this stream.", row=balances[slug].number)
            )
        elif kind == "balance":
            balances[slug] = row
        proposed[slug, row["minute_number"]] += {"proposed_use": 1, "agreed_use": -1}.get(kind, 0)
    for row in facts.rows(table):
        if not row.sound("stream_slug", "line_type", "minute_number", "amount_gbp") or row["line_type"] != "agreed_use":
            continue
        if proposed[row["stream_slug"], row["minute_number"]] < 0:
            yield facts.problem(
                table, row, "line_type", _("Nothing of this minute was proposed for the balance. Add its row, a proposed_use.")
            )
        stated = balances[row["stream_slug"]]["amount_gbp"] if row["stream_slug"] in balances else None
        agreed = total(
            other["amount_gbp"]
            for other in facts.rows(table)
            if other["line_type"] == "agreed_use" and other["stream_slug"] == row["stream_slug"] and other["amount_gbp"]
        )
        if stated is None or agreed > stated:
            yield facts.problem(
                table,
                row,
                "amount_gbp",
                _(
                    "%(agreed)s is agreed in all, and the balance stated is %(stated)s. Correct one of the two.",
                    agreed=agreed,
                    stated=_("none") if stated is None else stated,
                ),
            )


def _partnership_of(facts: Facts, slug: str) -> Any:
    if row := facts.by_key.get("funding_streams", {}).get(slug):
        return row["partnership_slug"] if row.sound("partnership_slug") else UNKNOWN
    kept = facts.kept.records(streams.STREAMS).get((facts.kept.pots[slug]["stream"] if slug in facts.kept.pots else slug,))
    return kept["partnership"] if kept else UNKNOWN


def _has_year(facts: Facts, slug: str) -> bool:
    if "funding_streams" in facts.unread:
        return True
    if row := facts.by_key.get("funding_streams", {}).get(slug):
        return not row.sound("fiscal_year") or row["fiscal_year"] is not None
    return slug in facts.kept.pots or not facts.known("funding_streams", slug)


def grants_have_a_home(facts: Facts) -> Iterator[Problem]:
    """A grant of the past names its stream, or a priority of a partnership's strategy, so that some page shows it."""
    for row in facts.rows("awards"):
        if not row.sound("stream_slug", "priority_slug") or row["stream_slug"]:
            continue
        strategy = facts.fact("priorities", row["priority_slug"], "strategy_slug") if row["priority_slug"] else None
        owner = strategy if strategy in (None, UNKNOWN) else facts.fact("strategies", strategy, "partnership_slug")
        if owner is None:
            yield facts.problem(
                "awards",
                row,
                "stream_slug",
                _("Name the stream, or a priority of a strategy that a partnership owns, so that it can be found."),
            )


RULES: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
    keys_are_given_once,
    references_are_there,
    nothing_is_above_itself,
    periods_end_after_they_begin,
    roles_are_held_by_somebody,
    places_stay_in_their_partnership,
    priorities_stay_in_their_strategy,
    leads_are_posts,
    priorities_belong_where_they_are_named,
    figures_agree_with_their_status,
    readings_make_sense,
    targets_agree_with_their_indicators,
    pots_have_a_year,
    one_stream_is_told_one_way,
    components_are_of_a_pot,
    grants_have_a_home,
    ring_fences_hold,
    shared_budgets_add_up,
)
