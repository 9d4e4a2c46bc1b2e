"""The tree of places a partnership works in, and the table of which ward lies in which locality."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.kernel.policy import may
from grants.kernel.words import _, mark
from grants.places import commands, policies, postcodes, queries
from grants.strategy import wording
from grants.web import asat, navigation
from grants.web.access import is_staff, me, once_key, staff
from grants.web.forms import (
    Characters,
    Edition,
    HouseForm,
    OnceKey,
    SelectChoice,
    SelectField,
    TextField,
)

area = Blueprint("places", __name__)
navigation.item(mark("Places"), "places.index", 80, shown=is_staff)


@area.get("/places")
@staff
def index() -> ResponseReturnValue:
    """Each partnership's places as a tree."""
    areas = queries.trees(me())
    with_wards = {one.ref for one in areas if postcodes.area_code(one.area or "")}
    return render_template("places/index.html", areas=areas, with_wards=with_wards)


@area.get("/places/<ref>")
@staff
def show(ref: str) -> ResponseReturnValue:
    """One place: what it lies in, what lies in it, and what is known of it."""
    return render_template("places/show.html", found=queries.place(me(), ref), wording=wording)


class _TableForm(HouseForm):
    """What is asked beside the wards themselves."""

    basis = TextField(
        mark("Who says so? (optional)"),
        [Characters(200)],
        description=mark("A paper, a map or a decision, for example ‘Area committees, paper 4, 12 May 2026’"),
    )
    key = OnceKey()
    edition = Edition()


def _form(table: queries.WardTable) -> Any:
    """A form with a list of localities for each ward, named by its code."""
    choices = [SelectChoice(one.ref, one.name) for one in table.localities]
    wards = {
        line.ward.code: SelectField(line.ward.name, blank=mark("Not stated"), choices=choices, thing=line.ward.name)
        for line in table.lines
    }
    stands: dict[str, Any] = {line.ward.code: line.locality.ref for line in table.lines if line.locality}
    return type("WardsForm", (_TableForm,), wards)(data=stands | {"edition": table.edition})


@area.route("/partnerships/<ref>/wards", methods=["GET", "POST"])
@staff
def wards(ref: str) -> ResponseReturnValue:
    """Which ward lies in which locality, today or from another day: the whole table is changed in one go, or not at all."""
    then = asat.asked()
    table = queries.ward_table(me(), ref, on=then.on, known=then.known)
    form = _form(table)
    if form.accepted() and not then.known_on:
        refs = {one.ref: one for one in table.localities}
        once: dict[str, Any] = {"key": once_key()}
        with form.reporting():
            commands.place_wards(
                table.partnership,
                placed={line.ward.code: refs.get(form[line.ward.code].data or "") for line in table.lines},
                effective_on=then.on or clock.today(),
                basis=form.basis.data,
                edition=form.edition.data,
                by=me(),
                **once,
            )
            flash(_("The table of wards is changed."))
            return redirect(url_for(".wards", ref=ref, **then.query), 303)
    page = render_template(
        "places/wards.html",
        table=table,
        then=then,
        starts_on=then.on or clock.today(),
        forms=[form, then.form],
        form=form,
        may_change=bool(table.lines) and not then.known_on and may(policies.place_wards, me(), table.partnership),
    )
    return page, max(form.status, then.form.status)
