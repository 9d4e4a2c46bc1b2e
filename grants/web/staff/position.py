"""The position: where a year's money stands, pot by pot, the transfers behind every figure, and the path of every pound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.figures import drill, queries, served
from grants.figures import path as paths
from grants.figures.columns import BECAME, BY_KEY, CAME, COLUMNS, Column
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO, Money, total
from grants.kernel.words import _, mark
from grants.ledger import chart
from grants.ledger.queries import Line
from grants.papers import report as paper
from grants.papers import reports
from grants.people.duties import READS_ALL
from grants.people.models import Duty, Person
from grants.people.policies import holds_any
from grants.web import asat, charts, navigation
from grants.web.access import me, staff, who
from grants.web.asat import Then, WhenForm
from grants.web.forms import SelectChoice, SelectField
from grants.web.links import page_of

area = Blueprint("position", __name__)

READERS = {Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER, Duty.APPROVER, Duty.GRANTS_OFFICER} | READS_ALL
navigation.item(mark("Position"), "position.show", 40, shown=lambda: bool((person := who()) and holds_any(person, READERS)))

MIME = {"csv": "text/csv", "json": "application/json"}
ALWAYS_SHOWN = {"allocated", "free", "held", "passported", "offered", "committed", "due", "paid"}
DRAWN = 12  # owners of money in the picture; the rest stand together


class YearForm(WhenForm):
    """Which year, and as it stood when."""

    year = SelectField(mark("Financial year"))


def _asked() -> tuple[Then, int]:
    """The dates and the year that the address asks for. NotFound for a year that is none."""
    years = queries.years(me())
    try:
        year = clock.read_year(request.args["year"]) if "year" in request.args else queries.this_year(years)
    except ValueError:
        raise NotFound() from None
    labels = [clock.year_label(one) for one in (years if year in years else [year, *years])]
    choices = {"year": [SelectChoice(label, label) for label in labels]}
    return asat.asked(YearForm, choices=choices, year=clock.year_label(year)), year


def _query(year: int, then: Then) -> dict[str, Any]:
    return {"year": clock.year_label(year)} | then.query


@area.get("/position")
@staff
def show() -> ResponseReturnValue:
    """Every pot of a year with every figure, their totals, what each means, and the year's money as a picture."""
    then, year = _asked()
    found = queries.position(year, by=me(), on=then.on, known=then.known)
    shown = COLUMNS if request.args.get("every") else [column for column in COLUMNS if not _nought(found, column)]
    query = _query(year, then)
    page = render_template(
        "position/show.html",
        then=then,
        form=then.form,
        found=found,
        label=clock.year_label(year),
        query=query,
        suffix="".join(f"{'&' if n else '?'}{name}={day}" for n, (name, day) in enumerate(then.query.items())),
        columns=shown,
        hidden=[_(column.word).lower() for column in COLUMNS if column not in shown],
        came=[_(column.word).lower() for column in CAME],
        became=[_(column.word).lower() for column in BECAME],
        notes=reports.notes(found),
        exceptions=[(sentence, page_of(ref) or "") for sentence, ref in reports.exceptions(found)],
        not_confirmed=[(one, page_of(one.ref)) for one in reports.not_confirmed(found)],
        with_lines=bool(request.args.get("lines")),
        has_lines=any(found.lines(row.pot) for row in found.rows),
        protected=[(one, page_of(one.ref, "COM")) for one in queries.protected(found)],
        picture=picture(found),
    )
    return page, then.form.status


def _nought(found: queries.Position, column: Column) -> bool:
    """Is a column all nought, and none of those that a position always shows?"""
    return column.key not in ALWAYS_SHOWN and all(row.figures[column.key] == ZERO for row in found.rows)


def picture(found: queries.Position) -> charts.Picture:
    """Who gave, to which stream, and what it is now. A stream whose free money is not known ends at the stream."""
    givers = [given for given in queries.givers(found) if given.amount > ZERO]
    streams = {row.pot: row.name for row in found.rows}
    words = {column.key: _(column.word) for column in BECAME}
    left, middle, right = charts.apart(
        sorted({given.giver for given in givers}), list(dict.fromkeys(streams.values())), list(words.values())
    )
    flows = [charts.Flow(left[given.giver], middle[streams[given.pot]], given.amount) for given in givers]
    for row in found.rows:
        if row.why_free is None:
            flows += [
                charts.Flow(middle[row.name], right[words[c.key]], amount)
                for c in BECAME
                if (amount := row.figures[c.key]) and amount > ZERO
            ]
    columns = [
        (_("Given by"), list(left.values())),
        (_("Stream"), list(middle.values())),
        (_("What it is now"), list(right.values())),
    ]
    title = _("Where the money of %(year)s came from, and what it is", year=clock.year_label(found.year))
    return charts.flow(columns, flows, title=title)


@area.get("/position.<any(csv, json):format>")
@staff
def download(format: str) -> ResponseReturnValue:
    """The same figures as a file."""
    then, year = _asked()
    if then.form.problems:
        raise NotFound()
    found = queries.position(year, by=me(), on=then.on, known=then.known)
    name = f"position-{clock.year_label(year).replace('/', '-')}.{format}"
    answer = Response(paper.render(reports.position_of(found), format), mimetype=MIME[format])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@area.get("/position/priorities")
@staff
def priorities() -> ResponseReturnValue:
    """The year's promised money by the priorities it serves; with what is outside the plan it is all of it."""
    then, year = _asked()
    found = queries.position(year, by=me(), on=then.on, known=then.known)
    money = served.promised(found)
    rows = served.by_priority(found, money)
    whole = {c.key: total(row.figures[c.key] or ZERO for row in found.rows) for c in served.COLUMNS}
    page = render_template(
        "position/priorities.html",
        then=then,
        form=then.form,
        found=found,
        label=clock.year_label(year),
        query=_query(year, then),
        columns=served.COLUMNS,
        rows=rows,
        whole=whole,
        adds_up=all(total(row.figures[c.key] for row in rows) == whole[c.key] for c in served.COLUMNS),
        picture=to_priorities(found, money, rows),
        priority_pages="strategies.priority" in current_app.view_functions,
    )
    return page, then.form.status


def to_priorities(found: queries.Position, money: served.Promised, rows: Sequence[served.Serves]) -> charts.Picture:
    """From each stream to what its money was promised to, and on to the priorities that serves. One statement."""
    sizes: dict[str, int] = {}
    for at, amount in money.held.items():
        sizes[at.owner] = sizes.get(at.owner, 0) + amount.pence
    largest = sorted(sizes, key=lambda owner: (-sizes[owner], owner))
    drawn = largest if len(largest) <= DRAWN else largest[: DRAWN - 1]
    titles = drill.titles(drawn)
    rest = _("and %(count)s more", count=len(largest) - len(drawn))
    labels = {owner: f"{titles[owner]} ({owner})" if owner in titles else owner for owner in drawn}
    streams = {row.pot: row.name for row in found.rows}
    goals = {row.ref: row.title for row in rows}
    left, middle, right = charts.apart(
        list(dict.fromkeys(streams.values())), [*labels.values(), rest], list(dict.fromkeys(goals.values()))
    )
    summed: dict[tuple[str, str], Money] = {}
    for at, balance in money.held.items():
        label = middle[labels.get(at.owner, rest)]
        ends = [((left[streams[at.book]], label), balance)]
        ends += [((label, right[goals[ref]]), part) for ref, part in served.split(balance, money.shares.get(at.owner, ()))]
        for key, amount in ends:
            summed[key] = summed.get(key, ZERO) + amount
    columns = [
        (_("Stream"), list(left.values())),
        (_("Promised to"), list(middle.values())),
        (_("Serves"), list(right.values())),
    ]
    flows = [charts.Flow(a, b, amount) for (a, b), amount in summed.items() if amount]
    title = _("What the money of %(year)s is promised to, and what that serves", year=clock.year_label(found.year))
    return charts.flow(columns, flows, title=title)


@area.get("/position/<pot>/<column>")
@staff
def behind(pot: str, column: str) -> ResponseReturnValue:
    """The transfers behind one figure of one pot, and what they come to."""
    then = asat.asked()
    page = max(1, request.args.get("page", 1, type=int))
    if column not in BY_KEY or then.form.problems:
        raise NotFound()
    found = drill.behind(pot, column, by=me(), on=then.on, known=then.known, page=page)
    pages = max(1, -(-found.transfers // drill.MOST))
    return render_template(
        "position/behind.html",
        found=found,
        then=then,
        whose=[(one, _whose(one), url_for("position.path", ref=one.owner if one.own else pot)) for one in found.whose],
        lines=[(*_told(line), found.signed(line)) for line in found.lines],
        page=page,
        pages=pages,
        page_url=lambda number: url_for("position.behind", pot=pot, column=column, page=number, **then.query),
        back=url_for("position.show", **_query(found.year, then)),
    )


@area.get("/path/<path:ref>")
@staff
def path(ref: str) -> ResponseReturnValue:
    """The way of some money, from who gave it to where it is now, with a link at every step."""
    story = paths.path(me(), ref)
    people = queries.names(Person, {line.person for line in story.moves})
    return render_template(
        "position/path.html",
        story=story,
        steps=[(step, page_of(step.ref)) for step in story.steps],
        missing=[words for role, words in MISSING.items() if not story.of(role)],
        asked=ref,
        own_page=page_of(story.ref),
        lines=[(*_told(line), line.amount) for line in story.moves],
        people=people,
        back=url_for("position.show", year=clock.year_label(story.year)),
    )


MISSING = {
    paths.Role.RESOLUTION: mark("No resolution is recorded."),
    paths.Role.AGREEMENT: mark("No agreement is recorded."),
    paths.Role.PAYMENT: mark("Nothing has been paid yet."),
    paths.Role.REPORT: mark("Nothing has been reported yet."),
}


def _told(line: Line) -> tuple[Any, ...]:
    """A transfer as a page shows it: it, its kind, its two ends, and where its source is shown and its path told."""
    path = url_for("position.path", ref=line.source_ref or line.batch_key)
    return line, chart.in_words(line.kind), _owner(line.out_of), _owner(line.into), page_of(line.source_ref) or path, path


def _whose(one: drill.Whose) -> str:
    """Whose account it is, as a person names it."""
    if one.owner == "not-stated":
        return _("Not stated")
    if not one.owner:
        return _("The pot itself")
    return f"{one.name} ({one.owner})" if one.name else one.owner


def _owner(at: chart.At) -> str:
    """An account as a person names it: 'free', 'offered: AWD-26-00001', 'Funder not stated'."""
    word = _(BUCKET_WORDS[at.bucket])
    owner = queries.bare(at.owner)
    if owner == "not-stated":
        return _("%(word)s: not stated", word=word)
    return f"{word}: {owner}" if owner else word


B = chart.Bucket
BUCKET_WORDS = {
    B.FUNDER: mark("funder"),
    B.PARTNER: mark("partner"),
    B.BROUGHT_FORWARD: mark("brought forward"),
    B.VIRED_IN: mark("vired in"),
    B.FREE: mark("free"),
    B.RESERVED: mark("held"),
    B.PASSPORTED: mark("protected"),
    B.OFFERED: mark("offered"),
    B.COMMITTED: mark("committed"),
    B.DUE: mark("approved for payment"),
    B.PAID: mark("paid"),
    B.EVIDENCED: mark("accounted for"),
    B.RECOVERABLE: mark("owed back"),
    B.WRITTEN_OFF: mark("written off"),
    B.RETURNED: mark("repaid"),
    B.CARRIED_FORWARD: mark("carried forward"),
    B.VIRED_OUT: mark("vired out"),
}
