"""Who will hold the money for a group without a bank account: the group asks, the host says yes or no on its own phone."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.applications import queries as applications
from grants.applications.commands import ask_host
from grants.applications.models import Application
from grants.applications.policies import change
from grants.kernel.errors import NotFound
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.notices import groups as notices
from grants.people import hosting, policies, queries
from grants.people.models import Duty, Hosting, HostingState, Organisation
from grants.web.access import me, signed_in, who
from grants.web.forms import Characters, EmailField, HouseForm, LongTextField, RadiosField, Required, SelectChoice, TextField

area = Blueprint("hosting", __name__)

STANDS = {
    HostingState.ASKED: (mark("Waiting for an answer"), "yellow"),
    HostingState.AGREED: (mark("Said yes"), "green"),
    HostingState.DECLINED: (mark("Said no"), "red"),
    HostingState.ENDED: (mark("Ended"), "grey"),
}


class AskForm(HouseForm):
    host_name = TextField(
        mark("Name of the organisation"),
        [Required(mark("Enter the name of the organisation")), Characters(200)],
        description=mark("For example a charity, a church or a community centre that you know and trust."),
    )
    host_email = EmailField(
        mark("Email address of somebody there"),
        [Required(mark("Enter the email address of somebody there"))],
        description=mark("Talk to them first. We send them a link where they say yes or no."),
        autocomplete="off",
    )


class AnswerForm(HouseForm):
    host = RadiosField(mark("For which organisation do you answer?"), [Required(mark("Choose the organisation"))])
    answer = RadiosField(
        mark("Your answer"),
        [Required(mark("Choose yes or no"))],
        choices=[SelectChoice("yes", mark("Yes, we will hold the money")), SelectChoice("no", mark("No"))],
    )
    reason = LongTextField(
        mark("Anything you want to tell the group (optional)"), rows=3, characters=500, description=mark("They will read it.")
    )


class EndForm(HouseForm):
    because = LongTextField(mark("Why?"), rows=3, characters=500, description=mark("The others will read it."))


def _application(ref: str) -> Application:
    """An application that this person may write in: for its group, or typing it in; 404 otherwise."""
    found = applications.mine(me(), ref)
    if not may(change, me(), found):
        raise NotFound()
    return found


@area.route("/applications/<ref>/host", methods=["GET", "POST"])
@signed_in
def ask(ref: str) -> ResponseReturnValue:
    """The group names who will hold its money, or sees how that stands."""
    application = _application(ref)
    group = application.organisation
    asked = queries.hosting(ref)
    if request.method == "GET" and asked is not None and asked.state in hosting.LASTING_STATES:
        return redirect(url_for(".show", ref=asked.ref), 303)
    form = AskForm()
    if form.accepted():
        with form.reporting():
            made = ask_host(application, host_name=form.host_name.data, host_email=form.host_email.data, by=me())
            flash(_("We have sent %(host)s an email.", host=made.host_name))
            return redirect(url_for(".show", ref=made.ref), 303)
    return render_template("hosting/ask.html", form=form, group=group, about=ref, before=asked), form.status


def _seen(ref: str) -> Hosting:
    found = queries.hosting_of(ref)
    if not may(policies.see_hosting, me(), found):
        raise NotFound()
    return found


@area.get("/hostings/<ref>")
@signed_in
def show(ref: str) -> ResponseReturnValue:
    """One question and its answer, for both bodies and for staff."""
    found = _seen(ref)
    words, colour = STANDS[found.state]
    standing = found.state in hosting.LASTING_STATES
    return render_template(
        "hosting/show.html",
        hosting=found,
        state=(_(words), colour),
        ours=policies.of_group(me(), found.group),
        may_answer=found.state is HostingState.ASKED and hosting.asked_of(me(), found),
        may_end=standing and may(policies.end_hosting, me(), found),
        may_ask=not standing and may(policies.ask_host, me(), found.group),
    )


@area.route("/hostings/<ref>/end", methods=["GET", "POST"])
@signed_in
def end(ref: str) -> ResponseReturnValue:
    """Take the question back, or end what was agreed."""
    found = _seen(ref)
    require(policies.end_hosting, me(), found)
    form = EndForm()
    if form.accepted():
        with form.reporting():
            notices.withdraw_host(found, because=form.because.data, by=me())
            flash(_("This has ended."))
            return redirect(url_for(".show", ref=ref), 303)
    return render_template("hosting/end.html", form=form, hosting=found), form.status


# -- the host ---------------------------------------------------------------------------------------------------------


@area.get("/hosting/asked/<link>")
def asked(link: str) -> ResponseReturnValue:
    """Behind the e-mailed link, for anybody who has it: the question, and how to answer it."""
    found = hosting.behind_link(link)
    if found is None:
        raise NotFound()
    if who() is not None:
        return redirect(url_for(".answer_link", link=link), 303)
    onward = url_for(".answer_link", link=link)
    return render_template("hosting/asked.html", hosting=found, open=found.state is HostingState.ASKED, onward=onward)


@area.route("/hosting/asked/<link>/answer", methods=["GET", "POST"])
@signed_in
def answer_link(link: str) -> ResponseReturnValue:
    """The question with its answer, for somebody who came by the link."""
    found = hosting.behind_link(link)
    if found is None:
        raise NotFound()
    return _answer(found, link)


@area.route("/hostings/<ref>/answer", methods=["GET", "POST"])
@signed_in
def answer(ref: str) -> ResponseReturnValue:
    """The same, for whoever was asked at their own address."""
    found = queries.hosting_of(ref)
    if not hosting.asked_of(me(), found):
        raise NotFound()
    return _answer(found, None)


def _answer(found: Hosting, link: str | None) -> ResponseReturnValue:
    hosts: Sequence[Organisation] = [
        one for one in queries.organisations_of(me(), Duty.CERTIFIER) if may(policies.answer_host, me(), found, one)
    ]
    form = AnswerForm()
    form.host.choices = [SelectChoice(one.ref, one.name) for one in hosts]
    if len(hosts) == 1:
        form.host.validators, form.host.data = [], hosts[0].ref
    if found.state is HostingState.ASKED and hosts and form.accepted():
        with form.reporting():
            host = next(one for one in hosts if one.ref == form.host.data)
            agreed = form.answer.data == "yes"
            notices.answer_host(found, host=host, agreed=agreed, reason=form.reason.data, link=link, by=me())
            flash(_("Thank you. We have told %(group)s.", group=found.group.name))
            return redirect(url_for(".show", ref=found.ref), 303)
    return render_template(
        "hosting/answer.html",
        form=form,
        hosting=found,
        hosts=hosts,
        open=found.state is HostingState.ASKED,
        ours=policies.of_group(me(), found.group),
        register=url_for("sign_in.register", next=request.path),
    ), form.status
