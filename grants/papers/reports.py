"""The reports there are, by name: `flask report NAME` and the pages' downloads draw the same values."""

from __future__ import annotations

from datetime import date, datetime

from grants.figures import queries
from grants.figures.columns import COLUMNS
from grants.kernel import clock
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _, many
from grants.papers import report as paper
from grants.papers.report import Cell, Report, Table, Text, Unknown
from grants.people.models import Person
from grants.strategy import queries as plans
from grants.strategy import targets
from grants.strategy.models import Strategy


def position_report(year: int, *, on: date | None = None, by: Person | None = None) -> Report:
    """Where a year's money stands, now or at the end of a date: every pot, and the totals of those with a stated allocation."""
    return position_of(queries.position(year, by=by, on=on))


def position_of(found: queries.Position) -> Report:
    """The report of a position already found."""
    columns = [
        paper.Column("pot", _("Pot")),
        paper.Column("stream", _("Stream")),
        *(paper.Column(c.key, _(c.word), _(c.meaning)) for c in COLUMNS),
    ]
    label = many("Total of 1 stream", "Total of %(num)s streams", len(found.rows) - found.left_out)
    foot: list[Cell] = ["", label, *(_shown(found.total[c.key], found.why_free) for c in COLUMNS)]
    rows: list[list[Cell]] = [
        [row.pot, row.name, *(_shown(row.figures[c.key], _why(row, c.key)) for c in COLUMNS)] for row in found.rows
    ]
    title = _("Position for %(year)s", year=clock.year_label(found.year))
    facts = {"year": clock.year_label(found.year)}
    return Report(title, as_at(found), [Table(title, columns, rows, foot, notes(found))], facts)


def as_at(found: queries.Position) -> str:
    """'now', or the ISO date at the end of which it stood."""
    return found.on.isoformat() if found.on else "now"


def notes(found: queries.Position) -> list[str]:
    """What is left out of the totals."""
    if not found.left_out:
        return []
    return [
        many(
            "1 stream has no stated allocation. It is listed, and left out of the totals.",
            "%(num)s streams have no stated allocation. They are listed, and left out of the totals.",
            found.left_out,
        )
    ]


def _why(row: queries.Row, key: str) -> str | None:
    return _(row.status.value) if key == "allocated" and not row.stated else row.why_free


def _shown(amount: Money | None, why: str | None) -> Cell:
    return Unknown(why or _("not known")) if amount is None else amount


# -- targets ----------------------------------------------------------------------------------------------------------


def targets_report(strategy: Strategy) -> Report:
    """A strategy's targets as its source prints them, the sum of the rows beside the stated total, and why they differ."""
    found = targets.target_table(strategy)
    title = _("Targets: %(name)s", name=strategy.name)
    if found is None:
        said = Text(title, [_("The source of this strategy prints no table of targets.")])
        return Report(title, "as printed", [said], {"strategy": strategy.ref})
    columns = [
        paper.Column("category", _("Crime category")),
        paper.Column("baseline", _("Baseline"), found.period or ""),
        paper.Column("percent", _("Target % reduction")),
        paper.Column("target", _("Target level"), _("As the source states it.")),
        paper.Column("unrounded", _("Before rounding"), _("The baseline less its percentage.")),
        paper.Column("worked_out", _("Level worked out"), _("To the nearest whole number, halves going up.")),
    ]
    rows: list[list[Cell]] = [[t.category, t.baseline, t.percent, t.stated, t.unrounded, t.level] for t in found.lines]
    sums: list[Cell] = [_("Sum of the rows"), found.baselines, None, found.stated_levels, found.unrounded, found.levels]
    foot: list[Cell] | None = None
    if total := found.total:
        foot = [total.category, total.baseline, total.percent, total.stated, total.unrounded, total.level]
    sections: list[Text | Table] = [Table(title, columns, [*rows, sums], foot, targets.explained(found))]
    facts = {"strategy": strategy.ref}
    if found.total and found.difference is not None and found.exact_reduction is not None:
        facts |= {
            "stated_total": str(found.total.stated),
            "sum_of_rows": str(found.stated_levels),
            "difference": str(found.difference),
            "exact_reduction_percent": str(found.exact_reduction),
        }
    return Report(title, "as printed", sections, facts)


def render(name: str, *, year: str | None, as_at: datetime | None, strategy: str | None, format: str) -> str:
    """What `flask report NAME` prints. RuleBroken says what is missing or not as it should be."""
    if name == "position":
        if year is None:
            raise RuleBroken(_("Say which year: --year 2020/21."))
        try:
            which = clock.read_year(year)
        except ValueError as error:
            raise RuleBroken(str(error)) from None
        return paper.render(position_report(which, on=as_at.date() if as_at else None), format)
    if name == "targets":
        if strategy is None:
            raise RuleBroken(_("Say which strategy: --strategy SLUG."))
        try:
            return paper.render(targets_report(plans.strategy(strategy)), format)
        except NotFound:
            raise RuleBroken(_("There is no strategy %(ref)s.", ref=strategy)) from None
    raise RuleBroken(_("There is no report called %(name)s.", name=name))
