"""Strategies, their priorities, links, indicators and targets: facts for any member of staff to read."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from grants.figures import priorities as given
from grants.figures import served
from grants.kernel.money import total
from grants.kernel.words import mark
from grants.strategy import links, measures, queries, targets, wording
from grants.streams import exclusions
from grants.web import asat, navigation
from grants.web.access import is_staff, me, staff
from grants.web.links import page_of

area = Blueprint("strategies", __name__)
navigation.item(mark("Strategies"), "strategies.index", 60, shown=is_staff)


@area.get("/strategies")
@staff
def index() -> ResponseReturnValue:
    """Every strategy this person may read, of one partnership or tier where asked."""
    partnership, tier = request.args.get("partnership", ""), request.args.get("tier", "")
    rows = queries.listing(me(), partnership=partnership or None, tier=tier or None)
    return render_template(
        "strategies/index.html",
        groups=queries.grouped(rows),
        filters=queries.filters(me()),
        partnership=partnership,
        tier=tier,
        wording=wording,
    )


@area.get("/strategies/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One strategy: its facts, tree, links, and indicators with what was last measured."""
    strategy, known = queries.seen(me(), ref)
    then = asat.asked()
    later = queries.successors(strategy)
    tree = queries.tree(strategy)
    page = render_template(
        "strategies/show.html",
        then=then,
        form=then.form,
        rows=served.by_strategy(me(), strategy, on=then.on, known=then.known),
        columns=served.COLUMNS,
        strategy=strategy,
        partnership_open=strategy.partnership_id in known,
        predecessor_open=strategy.predecessor is not None and queries.may_read(strategy.predecessor, known),
        expiry=queries.expiry(strategy, later),
        successors=[(one, queries.may_read(one, known)) for one in later],
        levels=queries.by_level(tree),
        versions=queries.versions(tree),
        links=links.of_strategy(strategy, known),
        measures=measures.of_strategy(strategy),
        has_table=targets.has_table(strategy),
        wording=wording,
    )
    return page, then.form.status


@area.get("/strategies/<ref>/targets")
@staff
def target_table(ref: str) -> ResponseReturnValue:
    """The table of targets as the source prints it, beside what its figures come to; and the targets still to be set."""
    strategy, _known = queries.seen(me(), ref)
    table = targets.target_table(strategy)
    return render_template(
        "strategies/targets.html",
        strategy=strategy,
        table_of=table,
        explained=targets.explained(table) if table else [],
        to_be_set=targets.to_be_set(strategy),
        wording=wording,
    )


@area.get("/priorities/<ref>")
@staff
def priority(ref: str) -> ResponseReturnValue:
    """One priority: what it is part of, its links and indicators, and what was given for it."""
    found, known = queries.seen_priority(me(), ref)
    then = asat.asked()
    serving = served.serving(me(), found, on=then.on, known=then.known)
    page = render_template(
        "strategies/priority.html",
        then=then,
        form=then.form,
        serving=serving,
        pages={one.ref: page_of(one.ref) for one in serving},
        columns=served.COLUMNS,
        sums={c.key: total(one.figures[c.key] for one in serving) for c in served.COLUMNS},
        priority=found,
        needs_other_funding=exclusions.needing_other_funding(me(), found),
        under=queries.under(found),
        links=links.of_priority(found, known),
        measures=measures.of_priority(found),
        grants=given.past_grants(found),
        wording=wording,
    )
    return page, then.form.status


@area.get("/indicators/<ref>")
@staff
def indicator(ref: str) -> ResponseReturnValue:
    """One indicator: its baseline, target, and every reading."""
    found = queries.seen_indicator(me(), ref)
    readings = measures.history(found)
    return render_template(
        "strategies/indicator.html",
        indicator=found,
        own=[one for one in readings if not one.is_comparator],
        comparisons=[one for one in readings if one.is_comparator],
        wording=wording,
    )
