"""The position: where a year's money stands, pot by pot, and the transfers behind every figure."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.figures import drill, queries, served
from grants.figures.columns import BECAME, BY_KEY, CAME, COLUMNS
from grants.kernel import clock
from grants.kernel.errors import NotFound
from grants.kernel.money import ZERO, total
from grants.kernel.words import _, mark
from grants.ledger import chart
from grants.papers import report as paper
from grants.papers import reports
from grants.people.duties import READS_ALL
from grants.people.models import Duty
from grants.people.policies import holds_any
from grants.web import charts, navigation
from grants.web.access import me, staff, who
from grants.web.forms import DatePartsField, HouseForm, SelectChoice, SelectField

area = Blueprint("position", __name__)

READERS = {Duty.FINANCE_OFFICER, Duty.CHIEF_FINANCE_OFFICER, Duty.APPROVER, Duty.GRANTS_OFFICER} | READS_ALL
navigation.item(mark("Position"), "position.show", 40, shown=lambda: bool((person := who()) and holds_any(person, READERS)))

MIME = {"csv": "text/csv", "json": "application/json"}
PAGES = {  # the kind of a reference -> where it is shown
    "AWD": "awards.show",
    "PAY": "payments.show",
    "RND": "staff_rounds.show",
    "RPT": "report_checks.answer",
}


class WhenForm(HouseForm):
    """Which year, and as it stood when. A GET: nothing is changed by asking."""

    year = SelectField(mark("Financial year"))
    as_at = DatePartsField(
        mark("As at (optional)"),
        thing=mark("the date"),
        description=mark("For example, 31 10 2026. Leave empty for how it stands now."),
    )


def _asked() -> tuple[WhenForm, int, date | None]:
    """The form, the year and the date that the address asks for. NotFound for a year that is none."""
    years = queries.years(me())
    try:
        year = clock.read_year(request.args["year"]) if "year" in request.args else queries.this_year(years)
        given = date.fromisoformat(request.args["as_at"]) if request.args.get("as_at") else None
    except ValueError:
        raise NotFound() from None
    typed = any(request.args.get(f"as_at-{part}") for part in ("day", "month", "year"))
    form = WhenForm(
        request.args if typed else None, data={"year": clock.year_label(year), "as_at": given}, meta={"csrf": False}
    )
    labels = [clock.year_label(one) for one in (years if year in years else [year, *years])]
    form.year.choices = [SelectChoice(label, label) for label in labels]
    if typed and not form.validate():
        return form, year, None
    return form, year, form.as_at.data if typed else given


def _query(year: int, on: date | None) -> dict[str, Any]:
    return {"year": clock.year_label(year)} | ({"as_at": on.isoformat()} if on else {})


@area.get("/position")
@staff
def show() -> ResponseReturnValue:
    """Every pot of a year with every figure, their totals, what each means, and the year's money as a picture."""
    form, year, on = _asked()
    found = queries.position(year, by=me(), on=on)
    page = render_template(
        "position/show.html",
        form=form,
        found=found,
        label=clock.year_label(year),
        query=_query(year, on),
        suffix=f"?as_at={on.isoformat()}" if on else "",
        columns=COLUMNS,
        came=[_(column.word).lower() for column in CAME],
        became=[_(column.word).lower() for column in BECAME],
        notes=reports.notes(found),
        protected=queries.protected(found),
        picture=picture(found),
    )
    return page, form.status


def picture(found: queries.Position) -> charts.Picture:
    """Who gave, to which stream, and what it is now. A stream whose free money is not known ends at the stream."""
    givers = [given for given in queries.givers(found) if given.amount > ZERO]
    streams = {row.pot: row.name for row in found.rows}
    words = {column.key: _(column.word) for column in BECAME}
    flows = [charts.Flow(given.giver, streams[given.pot], given.amount) for given in givers]
    for row in found.rows:
        if row.why_free is None:
            flows += [
                charts.Flow(row.name, words[c.key], amount) for c in BECAME if (amount := row.figures[c.key]) and amount > ZERO
            ]
    taken: dict[str, str] = {}  # a funder may be called as a stream is: the same words in another column are another place
    left = sorted({given.giver for given in givers})
    for name in (*streams.values(), *words.values()):
        taken[name] = name + "\u200b" if name in left else name
    flows = [
        charts.Flow(taken.get(f.out_of, f.out_of) if f.out_of in streams.values() else f.out_of, taken[f.into], f.amount)
        for f in flows
    ]
    columns = [
        (_("Given by"), left),
        (_("Stream"), [taken[name] for name in dict.fromkeys(streams.values())]),
        (_("What it is now"), [taken[words[c.key]] for c in BECAME]),
    ]
    title = _("Where the money of %(year)s came from, and what it is", year=clock.year_label(found.year))
    return charts.flow(columns, flows, title=title)


@area.get("/position.<any(csv, json):format>")
@staff
def download(format: str) -> ResponseReturnValue:
    """The same figures as a file."""
    _form, year, on = _asked()
    found = queries.position(year, by=me(), on=on)
    name = f"position-{clock.year_label(year).replace('/', '-')}.{format}"
    answer = Response(paper.render(reports.position_of(found), format), mimetype=MIME[format])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@area.get("/position/priorities")
@staff
def priorities() -> ResponseReturnValue:
    """The year's award money by the priorities it serves; with what is outside the plan it is all of it."""
    form, year, on = _asked()
    found = queries.position(year, by=me(), on=on)
    rows = served.by_priority(found)
    whole = {c.key: total(row.figures[c.key] or ZERO for row in found.rows) for c in served.COLUMNS}
    page = render_template(
        "position/priorities.html",
        form=form,
        found=found,
        label=clock.year_label(year),
        query=_query(year, on),
        columns=served.COLUMNS,
        rows=rows,
        whole=whole,
        adds_up=all(total(row.figures[c.key] for row in rows) == whole[c.key] for c in served.COLUMNS),
        priority_pages="strategies.priority" in current_app.view_functions,
    )
    return page, form.status


@area.get("/position/<pot>/<column>")
@staff
def behind(pot: str, column: str) -> ResponseReturnValue:
    """The transfers behind one figure of one pot, and what they come to."""
    _form, _year, on = _asked()
    page = max(1, request.args.get("page", 1, type=int))
    if column not in BY_KEY:
        raise NotFound()
    found = drill.behind(pot, column, by=me(), on=on, page=page)
    pages = max(1, -(-found.transfers // drill.MOST))
    as_at = on.isoformat() if on else None  # nothing in the address where there is none
    return render_template(
        "position/behind.html",
        found=found,
        on=on,
        lines=[
            (
                line,
                found.signed(line),
                chart.in_words(line.kind),
                _owner(line.out_of),
                _owner(line.into),
                _page(line.source_ref, pot),
            )
            for line in found.lines
        ],
        page=page,
        pages=pages,
        page_url=lambda number: url_for("position.behind", pot=pot, column=column, page=number, as_at=as_at),
        back=url_for("position.show", **_query(found.year, on)),
    )


def _owner(at: chart.At) -> str:
    """An account as a person names it: 'free', 'offered: AWD-26-00001', 'Funder not stated'."""
    word = _(BUCKET_WORDS[at.bucket])
    owner = at.owner.partition(":")[2] or at.owner
    if owner == "not-stated":
        return _("%(word)s: not stated", word=word)
    return f"{word}: {owner}" if owner else word


def _page(ref: str, pot: str) -> str | None:
    """Where a transfer's source is shown, if a page shows it."""
    endpoint = "streams.pot" if ref == pot else PAGES.get(ref[:3], "") if ref[3:4] == "-" else ""
    return url_for(endpoint, ref=ref) if endpoint in current_app.view_functions else None


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
