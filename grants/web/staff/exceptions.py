"""What an officer settles about an application that was sent: exceptions to rules that are *normal*, and which part of the
round it falls in where its postcode did not say."""
# mypy: allow-subclassing-any
# wtforms ships no types, so its classes are Any to the checker.

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.applications import commands, policies, queries, rules
from grants.applications.models import Application, RuleException
from grants.applications.models import State as ApplicationState
from grants.awards.queries import funded_years
from grants.kernel.errors import NotFound
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.rounds.eligibility import Finding
from grants.web.access import me, once_key, staff
from grants.web.forms import (
    Characters,
    HouseForm,
    LongTextField,
    OnceKey,
    RadiosField,
    Required,
    SelectChoice,
)

area = Blueprint("exceptions", __name__)


class Broken(NamedTuple):
    """A rule that an application breaks, and the exception that was made to it, if one was."""

    finding: Finding
    made: RuleException | None


def broken(application: Application) -> list[Broken]:
    """Every *normal* rule that it breaks."""
    made = {one.rule: one for one in application.exceptions}
    about = queries.about(application, funded_in=funded_in(application))
    return [Broken(one, made.get(one.rule)) for one in rules.flags(application, about)]


def funded_in(application: Application) -> set[int]:
    """The financial years in which the same fund gave the group something."""
    group = application.organisation
    return funded_years(application.round.pot.stream, group).get(group.id, set())


def settles(application: Application) -> bool:
    """May this person settle such things, and is there still time?"""
    return application.state is not ApplicationState.DECIDED and may(policies.look_after, me(), application.round)


class ExceptionForm(HouseForm):
    """Why."""

    reason = LongTextField(
        mark("Why is an exception made?"),
        [Required(mark("Enter why an exception is made")), Characters(2000)],
        rows=4,
        description=mark("It stays with the application. The people who decide read it."),
    )
    key = OnceKey()


@area.route("/bids/<ref>/exceptions/<rule>", methods=["GET", "POST"])
@staff
def make(ref: str, rule: str) -> ResponseReturnValue:
    """Record that an application may go on in spite of a rule."""
    application = queries.bid(me(), ref)
    require(policies.look_after, me(), application.round)
    there = url_for("bids.show", ref=ref)
    found = next((one for one in broken(application) if one.finding.rule == rule), None)
    if found is None:
        raise NotFound()
    if found.made is not None:
        return redirect(there)
    form = ExceptionForm()
    if form.accepted():
        with form.reporting():
            commands.make_exception(
                application,
                rule=rule,
                reason=form.reason.data,
                funded_in=funded_in(application),
                by=me(),
                key=once_key(),  # type: ignore[call-arg]  # @command takes it
            )
            flash(_("The exception is recorded."))
            return redirect(there)
    return render_template("bids/exception.html", application=application, finding=found.finding, form=form), form.status


class PlaceForm(HouseForm):
    """Which part."""

    lot = RadiosField(mark("Which part of the round does it fall in?"), [Required(mark("Choose a part"))], small=True)
    key = OnceKey()


@area.route("/bids/<ref>/part", methods=["GET", "POST"])
@staff
def place(ref: str) -> ResponseReturnValue:
    """Say which part of the round an application falls in."""
    application = queries.bid(me(), ref)
    require(policies.look_after, me(), application.round)
    lots = application.round.lots
    if not lots:
        raise NotFound()
    form = PlaceForm(data={"lot": application.lot and application.lot.ref})
    form.lot.choices = [SelectChoice(lot.ref, f"{lot.name} ({lot.amount})") for lot in lots]
    if form.accepted():
        with form.reporting():
            lot = next(one for one in lots if one.ref == form.lot.data)
            commands.place_in_lot(application, lot=lot, by=me(), key=once_key())  # type: ignore[call-arg]  # @command takes it
            flash(_("It falls in %(lot)s.", lot=lot.name))
            return redirect(url_for("bids.show", ref=ref))
    return render_template("bids/part.html", application=application, form=form), form.status
