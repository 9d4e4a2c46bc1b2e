"""Checking files of facts, and loading them: all or nothing, and never over what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grants.imports import policies
from grants.imports.distributed import lists_fit_their_distributions
from grants.imports.facts import Facts, Kept, gather
from grants.imports.plan import Plan, plan
from grants.imports.readers import Problem
from grants.imports.rules import RULES
from grants.imports.tables import TABLES
from grants.kernel.bulk import Record, Shape
from grants.kernel.command import command
from grants.kernel.errors import RuleBroken
from grants.kernel.policy import require
from grants.kernel.references import next_reference
from grants.kernel.words import _, many
from grants.people import loading as people
from grants.people.models import Person
from grants.spending import loading as spending
from grants.streams import loading as streams
from grants.streams import loading_beside as beside


class Counted(NamedTuple):
    """A file: how many rows it has, how many of them are new and how many are there already, unchanged."""

    file: str
    table: str
    rows: int
    new: int
    unchanged: int


class Report(NamedTuple):
    """What a check found."""

    problems: Sequence[Problem]
    counts: Sequence[Counted]
    later: Sequence[str]  # files that a later piece of this product loads
    left_alone: Sequence[str]  # files that are not data

    def lines(self) -> list[str]:
        """The report for a terminal: each file, then every problem."""
        return [
            *(_counted(count, bool(self.problems)) for count in self.counts),
            *(_("%(file)s: not loaded yet", file=file) for file in self.later),
            *(_("%(file)s: not data, left alone", file=file) for file in self.left_alone),
            *map(str, self.problems),
        ]


class Loaded(NamedTuple):
    """What a load wrote. Without a reference there was nothing new."""

    ref: str | None
    counts: Sequence[Counted]

    def lines(self) -> list[str]:
        """What was written, for a terminal."""
        if self.ref is None:
            return [_("Everything in these files was here already, unchanged. Nothing was written.")]
        new = sum(count.new for count in self.counts)
        return [_("Loaded %(rows)s as %(ref)s.", rows=many("1 row", "%(num)s rows", new), ref=self.ref)]


def _counted(count: Counted, faulty: bool) -> str:
    rows = many("1 row", "%(num)s rows", count.rows)
    if faulty:
        return _("%(file)s: %(rows)s", file=count.file, rows=rows)
    if not count.new:
        return _("%(file)s: %(rows)s, already here, unchanged", file=count.file, rows=rows)
    if not count.unchanged:
        return _("%(file)s: %(rows)s, all new", file=count.file, rows=rows)
    return _("%(file)s: %(rows)s, of which %(new)s new", file=count.file, rows=rows, new=count.new)


def check(paths: Sequence[Path] | Path) -> Report:
    """Everything wrong with these files (or directories of files), together and beside what is there. Writes nothing."""
    return _report(*_checked(gather(paths)))


def load(paths: Sequence[Path] | Path, *, by: Person) -> Loaded:
    """Load the files, all of them or none. RuleBroken with every problem, by file, row and column.

    Rows that are there and say the same are left as they are; a row that says otherwise is a problem. The files are read
    before the command begins, so nobody waits while a disk is read.
    """
    return _load(gather(paths), by=by)


def load_directory(directory: Path, *, by: Person) -> Loaded:
    """The same, of every file in one directory."""
    return load([directory], by=by)


@command
def _load(facts: Facts, *, by: Person) -> Loaded:
    require(policies.load, by)
    ref = next_reference("IMP")  # and with it the turn: two imports at once come one after the other
    facts.kept = Kept()  # as it stands now
    facts, planned = _checked(facts)
    report = _report(facts, planned)
    if report.problems:
        raise RuleBroken(*map(str, report.problems))
    if not planned.new:
        return Loaded(None, report.counts)
    for shape, records in planned.new.items():
        _write(shape, records, planned.files[shape], ref, by)
    return Loaded(ref, report.counts)


def _write(shape: Shape, records: Sequence[Record], file: str, ref: str, by: Person) -> None:
    if shape is streams.STREAMS:
        streams.load_streams(records, file=file, by=by)
    elif shape is streams.POTS:
        streams.load_pots(records, file=file, by=by)
    elif shape is beside.BUDGET_LINES:
        beside.load_budget_lines(records, file=file, by=by)
    elif shape is beside.USES:
        beside.load_uses(records, file=file, by=by)
    elif shape is spending.DISTRIBUTED:
        spending.load_grants(records, file=file, by=by)
    else:
        people.load(shape, records, ref=ref, file=file, by=by)


def _checked(facts: Facts) -> tuple[Facts, Plan]:
    """The files against every rule, and, where each row is sound, against what is there."""
    found = [*facts.problems, *(problem for rule in (*RULES, lists_fit_their_distributions) for problem in rule(facts))]
    planned = Plan() if found else plan(facts)
    facts.problems = found + planned.problems
    return facts, planned


def _report(facts: Facts, planned: Plan) -> Report:
    counts = [
        Counted(
            facts.sheets[name].file, name, len(facts.rows(name)), planned.fresh.get(name, 0), planned.unchanged.get(name, 0)
        )
        for name in TABLES
        if name in facts.sheets
    ]
    problems = sorted(facts.problems, key=lambda p: (p.file, p.row or 0))
    return Report(problems, counts, facts.later, facts.left_alone)
