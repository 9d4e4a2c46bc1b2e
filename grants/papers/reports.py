"""The reports there are, by name: `flask report NAME` and the pages' downloads draw the same values."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from grants.figures import queries, when
from grants.figures.beside import Kind
from grants.figures.columns import COLUMNS
from grants.kernel import clock
from grants.kernel.errors import NotFound, RuleBroken
from grants.kernel.money import Money
from grants.kernel.words import _, many
from grants.papers import report as paper
from grants.papers.report import Cell, Report, Table, Text, Unknown
from grants.people.models import Organisation, Person
from grants.strategy import queries as plans
from grants.strategy import targets
from grants.strategy.models import Strategy


def position_report(year: int, *, on: date | None = None, known_on: date | None = None, by: Person | None = None) -> Report:
    """Where a year's money stands, now or at the end of a date, as known now or at the end of another: every pot, and totals.

    RuleBroken where `known_on` is a day that is not over.
    """
    if late := list(when.unknowable(known_on)):
        raise RuleBroken(*late)
    return position_of(queries.position(year, by=by, on=on, known=clock.end_of(known_on) if known_on else None))


def position_of(found: queries.Position) -> Report:
    """The report of a position already found. What is in no total stands in tables of its own."""
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
    facts = {"year": clock.year_label(found.year)} | ({"known_on": found.known_on.isoformat()} if found.known_on else {})
    sections: list[Text | Table] = [Table(title, columns, rows, foot, notes(found)), *_pools(found), *_apart(found)]
    return Report(title, as_at(found), sections, facts)


def as_at(found: queries.Position) -> str:
    """'now', or the ISO date at the end of which it stood."""
    return found.on.isoformat() if found.on else "now"


def notes(found: queries.Position) -> list[str]:
    """What is left out of the totals, and what in them is not what it seems."""
    said = []
    if found.left_out:
        said.append(
            many(
                "1 stream has no stated allocation. It is listed, and left out of the totals.",
                "%(num)s streams have no stated allocation. They are listed, and left out of the totals.",
                found.left_out,
            )
        )
    if any(row.unstated and row.why_free for row in found.rows if row.counted):
        said.append(
            _(
                "Named awards of the past whose amount is not stated are in none of these figures, so what is free beside them "
                "is not known."
            )
        )
    if found.estimated:
        said.append(
            _(
                "%(amount)s of what is protected is a finance officer’s estimate of amounts not stated. "
                "What is free rests on it.",
                amount=found.estimated,
            )
        )
    begins = [row for row in found.rows if row.balance_from]
    if begins:
        said.append(
            _(
                "The books of %(streams)s begin with a balance that its source states, not with an allocation.",
                streams=", ".join(row.name for row in begins),
            )
        )
    if found.beside.not_confirmed or found.beside.of(Kind.PLEDGE):
        said.append(_("What is expected, indicative or pledged is listed apart and is in no total until it is confirmed."))
    return said


def exceptions(found: queries.Position) -> list[tuple[str, str]]:
    """(sentence, reference) of all that is to be put right before the year ends: promised beyond what is held, cuts."""
    said = []
    names = {row.pot: row.name for row in found.rows}
    for one in found.beyond():
        parts = []
        if one.at_risk:
            parts.append(_("%(amount)s at risk, against money not confirmed", amount=one.at_risk))
        if one.over_programming:
            parts.append(_("%(amount)s as over-programming", amount=one.over_programming))
        under = ", ".join(_("%(ref)s until %(day)s", ref=a.ref, day=_day(a.on)) for a in one.authorities if a.on)
        said.append(
            (
                _(
                    "%(name)s (%(pot)s) has promised %(over)s more than it holds: %(parts)s. Allowed by %(under)s. %(now)s",
                    name=one.name,
                    pot=one.pot,
                    over=one.over,
                    parts=_(" and ").join(parts),
                    under=under or _("nobody who is recorded"),
                    now=_("Money has to be found by %(day)s.", day=_day(clock.last_day(found.year)))
                    if one.covered
                    else _("No authority in force covers all of it: nothing more can be promised until money is found."),
                ),
                one.authorities[0].ref if one.authorities else one.pot,
            )
        )
    for cut in found.beside.of(Kind.SHORTFALL):
        said.append(
            (
                _(
                    "Cut not yet absorbed: %(amount)s of %(name)s (%(pot)s) was taken away by its funder "
                    "and is still promised.",
                    amount=cut.amount,
                    name=names[cut.pot],
                    pot=cut.pot,
                ),
                cut.ref,
            )
        )
    return said


class NotConfirmed(NamedTuple):
    """Money that is in no total: whose, for which pot, how sure, and its reference. An amount that is missing is not stated."""

    pot: str
    stream: str
    giver: str
    sure: str
    amount: Money | None
    ref: str


def not_confirmed(found: queries.Position) -> list[NotConfirmed]:
    """What is expected, indicative or pledged. One statement."""
    names = {row.pot: row.name for row in found.rows}
    ahead = found.beside.not_confirmed
    givers = queries.names(Organisation, {ref for one in ahead if (ref := one.giver or one.funder)}) if ahead else {}
    listed = [
        NotConfirmed(
            one.pot,
            names[one.pot],
            givers.get(one.giver or one.funder or "", _("Not stated")),
            _(one.certainty.value),
            one.amount,
            one.ref,
        )
        for one in ahead
    ]
    pledged = found.beside.of(Kind.PLEDGE)
    return listed + [
        NotConfirmed(one.pot, names[one.pot], one.who or _("Not stated"), _("pledged"), one.amount, one.ref) for one in pledged
    ]


def _pools(found: queries.Position) -> list[Table]:
    """The subtotal of each pool."""
    pools = [group for group in found.groups() if group.pool]
    if not pools:
        return []
    columns = [paper.Column("pool", _("Pool")), *(paper.Column(c.key, _(c.word), _(c.meaning)) for c in COLUMNS)]
    rows = [[group.name, *(_shown(group.total[c.key], group.why_free) for c in COLUMNS)] for group in pools]
    return [Table(_("Pools"), columns, rows)]


def _apart(found: queries.Position) -> list[Table]:
    """What is in no total, where there is any."""
    tables = []
    if ahead := not_confirmed(found):
        rows: list[list[Cell]] = [[*one[:4], _shown(one.amount, _("not stated")), one.ref] for one in ahead]
        words = (("pot", _("Pot")), ("stream", _("Stream")), ("from", _("From")), ("how_sure", _("How sure")))
        columns = [paper.Column(*pair) for pair in (*words, ("amount", _("Amount")), ("reference", _("Reference")))]
        tables.append(Table(_("Not confirmed, and in no total"), columns, rows))
    if said := exceptions(found):
        columns = [paper.Column("reference", _("Reference")), paper.Column("exception", _("What is to be put right"))]
        tables.append(Table(_("Put right before the year ends"), columns, [[ref, sentence] for sentence, ref in said]))
    return tables


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


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


def render(
    name: str,
    *,
    year: str | None,
    as_at: datetime | None,
    strategy: str | None,
    format: str,
    known_on: datetime | None = None,
) -> str:
    """What `flask report NAME` prints. RuleBroken says what is missing or not as it should be."""
    if name == "position":
        if year is None:
            raise RuleBroken(_("Say which year: --year 2020/21."))
        try:
            which = clock.read_year(year)
        except ValueError as error:
            raise RuleBroken(str(error)) from None
        days = [at.date() if at else None for at in (as_at, known_on)]
        return paper.render(position_report(which, on=days[0], known_on=days[1]), format)
    if name == "targets":
        if strategy is None:
            raise RuleBroken(_("Say which strategy: --strategy SLUG."))
        try:
            return paper.render(targets_report(plans.strategy(strategy)), format)
        except NotFound:
            raise RuleBroken(_("There is no strategy %(ref)s.", ref=strategy)) from None
    raise RuleBroken(_("There is no report called %(name)s.", name=name))
