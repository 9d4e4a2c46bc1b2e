"""What becomes of each row: the records it makes, those already there, and where it differs from them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from grants.imports import rules
from grants.imports.facts import Facts
from grants.imports.readers import Problem, Row
from grants.imports.tables import NOT_KEPT, TABLES, Table
from grants.kernel import clock
from grants.kernel.bulk import Key, Record, Shape
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.people import loading as people
from grants.people.models import Holder
from grants.spending import loading as spending
from grants.strategy import loading as strategy
from grants.streams import loading as streams
from grants.streams import loading_beside as beside
from grants.streams.models import AllocationStatus
from grants.streams.rules import code_for, only_voluntary, redirects

ALL_OF_IT: frozenset[str] = frozenset()


@dataclass
class Planned:
    """One record that a row makes. `told` names what the row alone decides; empty: all of it."""

    table: str
    row: Row
    shape: Shape
    record: Record
    told: frozenset[str] = ALL_OF_IT


@dataclass
class Plan:
    """What an import would write, in order, and what it would leave as it is."""

    new: dict[Shape, list[Record]] = field(default_factory=dict)
    fresh: dict[str, int] = field(default_factory=dict)  # rows by table
    unchanged: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: dict[Shape, str] = field(default_factory=dict)


def plan(facts: Facts) -> Plan:
    """Compare what the files say with what is there. Facts are never overwritten: a difference is a problem."""
    made = Plan()
    given: dict[Shape, set[Key]] = defaultdict(set)
    for table in TABLES.values():
        if table.name not in facts.sheets:
            continue
        rows_new: dict[int, bool] = {}
        for one in _records(table, facts):
            key = one.shape.key_of(one.record)
            was = facts.kept.records(one.shape).get(key)
            if was is not None:
                made.problems += _differences(facts, one, was)
            elif key not in given[one.shape]:
                given[one.shape].add(key)
                made.new.setdefault(one.shape, []).append(one.record)
                made.files.setdefault(one.shape, facts.sheets[table.name].file)
            rows_new[one.row.number] = rows_new.get(one.row.number, False) or was is None
        made.fresh[table.name] = sum(rows_new.values())
        made.unchanged[table.name] = len(rows_new) - made.fresh[table.name]
    return made


def _differences(facts: Facts, one: Planned, was: Record) -> Iterator[Problem]:
    columns = {column.kept_as: column.name for column in TABLES[one.table].columns if column.kept_as != NOT_KEPT}
    for name, value in one.record.items():
        if (not one.told or name in one.told) and value != was[name]:
            yield facts.problem(
                one.table,
                one.row,
                columns.get(name),
                _(
                    "This row is already here and says ‘%(was)s’. Facts are not overwritten: make the cell the same, "
                    "or leave the row out.",
                    was=_shown(was[name]),
                ),
            )


def _shown(value: Any) -> str:
    if value is None or value == []:
        return _("nothing")
    if isinstance(value, list):
        return "; ".join(str(v) for v in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Money):
        return value.plain
    return str(value)


def _records(table: Table, facts: Facts) -> Iterator[Planned]:
    if special := _SPECIAL.get(table.name):
        yield from special(table, facts)
    elif table.shape:
        for row in facts.rows(table.name):
            yield Planned(table.name, row, table.shape, _plain(table, row, facts))


def _plain(table: Table, row: Row, facts: Facts) -> Record:
    record = {column.kept_as: row[column.name] for column in table.columns if column.kept_as != NOT_KEPT}
    record["source"] = _source(row)
    if table.name == "priorities" and record["lead"]:
        record["lead"] = rules.lead(facts, record["lead"])
    return record


def _source(row: Row) -> str | None:
    """Where the fact was found: the document, the heading and the line."""
    source: str | None = row["source"]
    return source if source is None or row["source_line"] is None else f"{source}, line {row['source_line']}"


# -- roles ---------------------------------------------------------------------------------------------------------------


def _roles(table: Table, facts: Facts) -> Iterator[Planned]:
    """Held by an organisation, a post of one, or a category; where only a person is named, the post is not stated."""
    places: dict[str, int] = defaultdict(int)
    for row in facts.rows(table.name):
        partnership, organisation, post = row["partnership_slug"], row["organisation_slug"], row["post"]
        places[partnership] += 1
        starts_on, ends_on = days_of(row["period"])
        if organisation:
            holder = Holder.POST if post else Holder.ORGANISATION
        else:
            holder = Holder.CATEGORY if post else Holder.NOT_STATED
        record = _plain(table, row, facts) | {
            "ordinal": places[partnership],
            "holder": holder,
            "post_not_stated": bool(row["representative"]) and not post,
            "interim": "interim" in (post or "").lower(),
            "starts_on": starts_on,
            "ends_on": ends_on,
        }
        yield Planned(table.name, row, people.ROLES, record)


def days_of(period: str | None) -> tuple[date | None, date | None]:
    """The first and last day a source's period covers: '2005', '2007-12-04', '2020/21', '2017-20'. None where it is vague.

    A role may well have lasted longer: these are the days the source speaks of.
    """
    said = period or ""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said, re.ASCII):
        try:
            day = date.fromisoformat(said)
        except ValueError:
            return None, None
        return day, day
    if re.fullmatch(r"[12]\d{3}", said, re.ASCII):
        return date(int(said), 1, 1), date(int(said), 12, 31)
    if span := re.fullmatch(r"([12]\d)(\d{2})-(\d{2})", said, re.ASCII):
        first, last = int(span[1] + span[2]), int(span[1] + span[3])
        return (date(first, 1, 1), date(last, 12, 31)) if first <= last else (None, None)
    try:
        year = clock.read_year(said)
    except ValueError:
        return None, None
    return clock.first_day(year), clock.last_day(year)


# -- targets -------------------------------------------------------------------------------------------------------------


def _targets(table: Table, facts: Facts) -> Iterator[Planned]:
    """The row whose indicator is the total says so."""
    for row in facts.rows(table.name):
        record = _plain(table, row, facts) | {"is_total": row["indicator_slug"].endswith("_total")}
        yield Planned(table.name, row, strategy.TARGET_ROWS, record)


# -- streams -------------------------------------------------------------------------------------------------------------

_STATUS = {
    "stated": AllocationStatus.CONFIRMED,
    "not_stated": AllocationStatus.NOT_STATED,
    "awaiting_notification": AllocationStatus.AWAITED,
}
_OF_A_STREAM = frozenset({"ref", "partnership", "name", "ring_fence"})


def _streams(table: Table, facts: Facts) -> Iterator[Planned]:
    """A row with a year is a pot of the stream its slug names without the year; a row without one is a stream only."""
    streams_of = codes(facts)
    for row in facts.rows(table.name):
        ref, year = rules.stem(row["stream_slug"]), row["fiscal_year"]
        own = year is None  # what a stream without a pot says of itself, a pot says of its year
        stream = {
            "ref": ref,
            "code": streams_of[ref],
            "partnership": row["partnership_slug"],
            "name": row["name"],
            "ring_fence": row["ring_fence"],
            "voluntary_only": only_voluntary(row["ring_fence"]),
            "status": row["status"] if own else None,
            "restrictions": row["restrictions"] if own else None,
            "funders": row["funder_slugs"] if own else [],
            "pool": row["pool_slug"] if own else None,
            "pooling": row["pooling"] if own else None,
            "basis": row["basis"],
            "note": row["note"],
            "source": _source(row),
        }
        yield Planned(table.name, row, streams.STREAMS, stream, ALL_OF_IT if own else _OF_A_STREAM)
        if row["pool_slug"]:
            pool = {
                "ref": row["pool_slug"],
                "partnership": row["partnership_slug"],
                "name": _pool_name(facts, row),
                "note": None,
            }
            yield Planned(table.name, row, beside.POOLS, pool, frozenset({"partnership"}))
        if year is not None:
            kept = _plain(table, row, facts)
            for of_the_stream in ("stream_slug", "partnership", "name", "ring_fence", "fiscal_year"):
                del kept[of_the_stream]
            pot = kept | {
                "ref": f"{streams_of[ref]}-{year}",
                "stream": ref,
                "year": year,
                "slug": row["stream_slug"],
                "starts_on": row["start_date"] or clock.first_day(year),
                "ends_on": row["end_date"] or clock.last_day(year),
                "allocation_status": _STATUS[row["allocation_status"]],
            }
            yield Planned(table.name, row, streams.POTS, pot)


def _pool_name(facts: Facts, row: Row) -> str:
    """A pool has no name in the source: it is called by its streams, and by their year where they have one."""
    names = sorted({other["name"] for other in facts.rows("funding_streams") if other["pool_slug"] == row["pool_slug"]})
    together = _(" and ").join(names)
    return together if row["fiscal_year"] is None else f"{together}, {clock.year_label(row['fiscal_year'])}"


def codes(facts: Facts) -> Mapping[str, str]:
    """The code of every stream in the database and in this set, by the stream's reference."""
    found: dict[str, str] = {ref: record["code"] for (ref,), record in facts.kept.records(streams.STREAMS).items()}
    for row in facts.rows("funding_streams"):
        ref = rules.stem(row["stream_slug"])
        if ref not in found:
            found[ref] = code_for(ref, row["name"], set(found.values()))
    return found


def _place(facts: Facts, slug: str | None) -> tuple[str | None, str | None]:
    """The stream and the pot that a row's slug names: (stream, pot), the pot none where its row has no year."""
    if slug is None:
        return None, None
    if row := facts.by_key.get("funding_streams", {}).get(slug):
        stream, year = rules.stem(slug), row["fiscal_year"]
        return stream, None if year is None else f"{codes(facts)[stream]}-{year}"
    if pot := facts.kept.pots.get(slug):
        return pot["stream"], pot["ref"]
    return slug, None


def _components(table: Table, facts: Facts) -> Iterator[Planned]:
    for row in facts.rows(table.name):
        stream, pot = _place(facts, row["stream_slug"])
        yield Planned(table.name, row, streams.COMPONENTS, _plain(table, row, facts) | {"pot": pot})
        if row["included"] == "not_included" and pot:
            yield Planned(table.name, row, beside.EXCLUSIONS, _exclusion(facts, row, stream, pot), frozenset({"objective"}))


def _exclusion(facts: Facts, row: Row, stream: str | None, pot: str) -> Record:
    """A part that a fund does not have is what it has no element for (R44), and the priority whose title speaks of it."""
    objective = row["component_name"].removesuffix(" element")
    titles = {ref: record["title"] for (ref,), record in facts.kept.records(strategy.PRIORITIES).items()}
    titles |= {other["priority_slug"]: other["title"] for other in facts.rows("priorities")}
    serving = [ref for ref, title in titles.items() if objective.casefold() in (title or "").casefold()]
    return {
        "stream": stream,
        "objective": objective,
        "priority": serving[0] if len(serving) == 1 else None,
        "why": row["note"],
        "effective_on": clock.first_day(int(pot.rsplit("-", 1)[1])),
        "recorded_at": clock.now(),
        "source": _source(row),
    }


# -- beside the money ----------------------------------------------------------------------------------------------------


def _mainstream(table: Table, facts: Facts) -> Iterator[Planned]:
    """It serves the partnership in which the organisation holds most roles; none where it holds none, or where two tie."""
    roles: dict[str, Counter[str]] = defaultdict(Counter)
    for record in facts.kept.records(people.ROLES).values():
        roles[record["organisation"]][record["partnership"]] += 1
    for row in facts.rows("partner_memberships"):
        roles[row["organisation_slug"]][row["partnership_slug"]] += 1
    for row in facts.rows(table.name):
        said = _plain(table, row, facts)
        worked_out = {
            "partnership": _most(roles[row["organisation_slug"]]),
            "redirected": redirects(row["service"], row["contribution"]) if row["redirected"] is None else row["redirected"],
        }
        yield Planned(table.name, row, beside.MAINSTREAM, said | worked_out, frozenset(said) - frozenset(worked_out))


def _most(of: Counter[str]) -> str | None:
    first = of.most_common(2)
    return first[0][0] if first and (len(first) == 1 or first[0][1] > first[1][1]) else None


def _budget_lines(table: Table, facts: Facts) -> Iterator[Planned]:
    """Every line as its minutes state it; a proposed use and the agreed use of the same minute are one use, both kept."""
    agreed: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in facts.rows(table.name):
        if row["line_type"] == "agreed_use":
            agreed[row["stream_slug"], row["minute_number"]].append(row)
    for row in facts.rows(table.name):
        stream, pot = _place(facts, row["stream_slug"])
        yield Planned(table.name, row, beside.BUDGET_LINES, _plain(table, row, facts) | {"stream": stream, "pot": pot})
        if row["line_type"] == "proposed_use" and pot:
            mine = agreed[row["stream_slug"], row["minute_number"]]
            yield Planned(table.name, row, beside.USES, _use(row, mine.pop(0) if mine else None, pot))


def _use(row: Row, agreed: Row | None, pot: str) -> Record:
    return {
        "ref": row["line_slug"].removesuffix("_proposed"),
        "pot": pot,
        "proposed": row["description"],
        "proposed_amount": row["amount_gbp"],
        "agreed": agreed["description"] if agreed else None,
        "agreed_amount": agreed["amount_gbp"] if agreed else None,
        "agreed_on": None,
        "resolution": agreed["minute_number"] if agreed else None,
        "source": _source(row),
    }


def _commitments(table: Table, facts: Facts) -> Iterator[Planned]:
    for row in facts.rows(table.name):
        stream, pot = _place(facts, row["stream_slug"])
        yield Planned(
            table.name,
            row,
            streams.COMMITMENTS,
            _plain(table, row, facts) | {"stream": stream, "pot": pot, "organisation": None},
        )


def _grants(table: Table, facts: Facts) -> Iterator[Planned]:
    """A grant that also stands among the commitments (the same stream and year, the same recipient or project) points at it,
    and so is counted once."""
    commitments = {
        (record["stream"], record["pot"], record["recipient"]): ref
        for (ref,), record in facts.kept.records(streams.COMMITMENTS).items()
    }
    for row in facts.rows("passported_commitments"):
        commitments[(*_place(facts, row["stream_slug"]), row["recipient_or_service"])] = row["commitment_slug"]
    for row in facts.rows(table.name):
        stream, pot = _place(facts, row["stream_slug"])
        same = commitments.get((stream, pot, row["recipient"])) or commitments.get((stream, pot, row["project"]))
        record = _plain(table, row, facts) | {"stream": stream, "pot": pot, "commitment": same}
        yield Planned(table.name, row, streams.PAST_GRANTS, record)


def _given_out(table: Table, facts: Facts) -> Iterator[Planned]:
    """A grant that a distributor gave, of the money it was handed."""
    for row in facts.rows(table.name):
        record = {column.kept_as: row[column.name] for column in table.columns}
        yield Planned(table.name, row, spending.DISTRIBUTED, record)


_SPECIAL: Mapping[str, Callable[[Table, Facts], Iterator[Planned]]] = {
    "partner_memberships": _roles,
    "psa1_targets": _targets,
    "funding_streams": _streams,
    "stream_components": _components,
    "passported_commitments": _commitments,
    "awards": _grants,
    "distributed_grants": _given_out,
    "mainstream_contributions": _mainstream,
    "partner_contributions_and_budget_lines": _budget_lines,
}

__all__: Sequence[str] = ("Plan", "Planned", "codes", "days_of", "plan")
