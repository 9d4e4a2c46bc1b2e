"""A group's own page about itself, and the people in it: who may look, comment, write or sign."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.errors import NotFound
from grants.kernel.policy import may, require
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import members, policies, profiles, queries
from grants.people.about import HELD, INCOME, PAID_STAFF, VOLUNTEERS, Income, PaidStaff, PolicyHeld, Profile, Volunteers
from grants.people.duties import RIGHT_MEANS, RIGHTS, right
from grants.people.kinds import SAID, Kind, kind_of
from grants.people.models import Duty, Organisation, Person
from grants.web.access import is_staff, me, signed_in
from grants.web.forms import (
    Characters,
    CheckboxesField,
    DatePartsField,
    Edition,
    EmailField,
    HouseForm,
    IntegerField,
    LongTextField,
    PostcodeField,
    RadiosField,
    Required,
    SelectChoice,
    SelectField,
    TextField,
    TickField,
    choices_of,
)

area = Blueprint("groups", __name__)


class ProfileForm(HouseForm):
    """Everything is optional: a fund that needs something says so."""

    kind = RadiosField(mark("What kind of group are you?"), choices=choices_of(Kind, SAID), small=True)
    does = LongTextField(
        mark("What does your group do?"),
        rows=3,
        characters=profiles.LONGEST,
        description=mark("One sentence. For example: we run a weekly meal for people who live alone in Reddish."),
    )
    started = IntegerField(
        mark("In which year did it start?"), thing=mark("the year"), width=4, description=mark("For example, 2019.")
    )
    charity_number = TextField(mark("Charity number"), [Characters(20)], width=10, description=mark("If you have one."))
    company_number = TextField(
        mark("Company number"), [Characters(20)], width=10, description=mark("If you have one. A CIC has one.")
    )
    address = LongTextField(mark("Address"), rows=3, characters=300, description=mark("Where letters reach your group."))
    postcode = PostcodeField(mark("Postcode"))
    home_address = TickField(
        mark("This is somebody’s home"), description=mark("Then we never publish the address, and never the postcode.")
    )
    telephone = TextField(mark("Telephone"), [Characters(25)], width=20, autocomplete="tel", inputmode="tel", spellcheck=False)
    website = TextField(
        mark("Website or social media page"), [Characters(200)], autocomplete="url", inputmode="url", spellcheck=False
    )
    income = RadiosField(
        mark("How much money did your group have coming in last year?"), choices=choices_of(Income, INCOME), small=True
    )
    own_account = RadiosField(
        mark("Does your group have a bank account of its own?"),
        choices=[SelectChoice("yes", mark("Yes")), SelectChoice("no", mark("No"))],
        inline=True,
        description=mark(
            "Yes means: it is in the group’s name, and two people who are not related must both agree to each payment. "
            "Do not tell us any bank details now."
        ),
    )
    paid_staff = SelectField(mark("How many people do you pay?"), choices=choices_of(PaidStaff, PAID_STAFF), blank="")
    volunteers = SelectField(
        mark("How many people help without pay?"),
        choices=choices_of(Volunteers, VOLUNTEERS),
        blank="",
        description=mark("Count your committee too."),
    )
    policies = CheckboxesField(
        mark("Which of these do you have?"),
        choices=choices_of(PolicyHeld, HELD),
        small=True,
        description=mark("Tick what you have. We ask for copies later, if at all."),
    )
    safeguarding_post = TextField(
        mark("Who leads on safeguarding?"),
        [Characters(80)],
        width=20,
        description=mark("Their post, for example: secretary."),
    )
    safeguarding_agreed_on = DatePartsField(
        mark("When did you last agree your safeguarding policy?"), thing=mark("the day you agreed it")
    )
    edition = Edition()

    def said(self) -> Profile:
        """What was typed, as one value."""
        return Profile(
            kind=kind_of(self.kind.data),
            charity_number=self.charity_number.data,
            company_number=self.company_number.data,
            address=self.address.data,
            postcode=str(self.postcode.data) if self.postcode.data else None,
            home_address=self.home_address.data,
            telephone=self.telephone.data,
            website=self.website.data,
            started=self.started.data,
            does=self.does.data,
            income=Income(self.income.data) if self.income.data else None,
            paid_staff=PaidStaff(self.paid_staff.data) if self.paid_staff.data else None,
            volunteers=Volunteers(self.volunteers.data) if self.volunteers.data else None,
            policies=tuple(PolicyHeld(one) for one in self.policies.data),
            safeguarding_post=self.safeguarding_post.data,
            safeguarding_agreed_on=self.safeguarding_agreed_on.data,
            own_account={"yes": True, "no": False}.get(self.own_account.data or ""),
        )


def _filled(profile: Profile, edition: int) -> dict[str, Any]:
    said = {name: getattr(profile, name) for name in Profile.__dataclass_fields__}
    said["own_account"] = {True: "yes", False: "no", None: None}[profile.own_account]
    return said | {"edition": edition}


class RightForm(HouseForm):
    duty = RadiosField(mark("What can they do?"), [Required(mark("Choose what they can do"))])

    def offer(self, duties: list[Duty]) -> None:
        """Let the person choose among the rights they may give."""
        self.duty.choices = [SelectChoice(one.value, RIGHTS[one]) for one in duties]
        self.duty.hints = {one.value: _(RIGHT_MEANS[one]) for one in duties}


class InviteForm(RightForm):
    name = TextField(mark("Their name"), [Required(mark("Enter their name")), Characters(120)])
    email = EmailField(
        mark("Their email address"),
        [Required(mark("Enter their email address"))],
        description=mark("They get a link with which they say yes. It works for 7 days."),
    )


def seen(ref: str) -> Organisation:
    """An organisation this person may see; 404 otherwise, whether or not it exists."""
    organisation = queries.organisation(ref)
    if not may(policies.see_organisation, me(), organisation):
        raise NotFound()
    return organisation


@area.route("/groups/<ref>/profile", methods=["GET", "POST"])
@signed_in
def profile(ref: str) -> ResponseReturnValue:
    """What the group says of itself, for every application."""
    organisation = seen(ref)
    require(policies.save_profile, me(), organisation)
    kept = queries.profile(organisation)
    form = ProfileForm(data=_filled(queries.said_of(organisation), kept.edition if kept else 0))
    if form.accepted():
        with form.reporting():
            profiles.save_profile(organisation, profile=form.said(), edition=form.edition.data, by=me())
            flash(_("Saved. Your applications use this from now on."))
            return redirect(url_for("organisations.show", ref=ref), 303)
    return render_template("groups/profile.html", form=form, organisation=organisation, own=not is_staff()), form.status


# -- people -----------------------------------------------------------------------------------------------------------


@area.get("/groups/<ref>/people", endpoint="members")
@signed_in
def everybody(ref: str) -> ResponseReturnValue:
    """Who has which right since when, and who was asked."""
    organisation = seen(ref)
    require(policies.see_members, me(), organisation)
    mine = policies.rights_to_give(me(), organisation)
    rows = [(one, right(one.duties)) for one in queries.members(organisation)]
    return render_template(
        "groups/members.html",
        organisation=organisation,
        rows=[(one, held, _(RIGHTS[held]) if held else "", _changeable(one, mine)) for one, held in rows],
        invited=[(one, _(RIGHTS[one.duty])) for one in queries.invited(organisation)],
        rights=[(_(RIGHTS[one]), _(RIGHT_MEANS[one])) for one in RIGHTS],
        may_invite=bool(mine),
        belongs=policies.of_group(me(), organisation),
        me_email=me().email,
    )


def _changeable(member: queries.Member, mine: list[Duty]) -> bool:
    return bool(mine) and member.ref != me().ref and all(duty in mine for duty in member.duties)


@area.route("/groups/<ref>/people/new", methods=["GET", "POST"])
@signed_in
def invite(ref: str) -> ResponseReturnValue:
    """Ask somebody into the group with a right."""
    organisation = seen(ref)
    require(policies.invite, me(), organisation)
    form = InviteForm()
    form.offer(policies.rights_to_give(me(), organisation))
    if form.accepted():
        with form.reporting():
            duty = Duty(form.duty.data)
            notices.send_invitation(organisation, name=form.name.data, email=form.email.data, duty=duty, by=me())
            flash(_("We have sent %(name)s an email.", name=form.name.data))
            return redirect(url_for(".members", ref=ref), 303)
    return render_template("groups/invite.html", form=form, organisation=organisation), form.status


def _member(organisation: Organisation, ref: str) -> Person:
    """Somebody who has a right in the group today; 404 otherwise."""
    person = queries.person(ref)
    members.holdings_in(organisation, person)
    return person


@area.route("/groups/<ref>/people/<person>", methods=["GET", "POST"])
@signed_in
def change(ref: str, person: str) -> ResponseReturnValue:
    """Give somebody another right, or end what they have."""
    organisation = seen(ref)
    require(policies.invite, me(), organisation)
    somebody = _member(organisation, person)
    require(policies.change_right, me(), organisation, somebody, duty=Duty.READER)
    held = right(one.duty for one in members.holdings_in(organisation, somebody))
    form = RightForm(data={"duty": held})
    form.offer(policies.rights_to_give(me(), organisation))
    if form.accepted():
        with form.reporting():
            members.change_right(organisation, somebody, duty=Duty(form.duty.data), by=me())
            flash(_("Changed. %(name)s: %(right)s.", name=somebody.name, right=_(RIGHTS[Duty(form.duty.data)]).lower()))
            return redirect(url_for(".members", ref=ref), 303)
    return render_template("groups/change.html", form=form, organisation=organisation, person=somebody), form.status


@area.post("/groups/<ref>/people/<person>/end")
@signed_in
def end(ref: str, person: str) -> ResponseReturnValue:
    """Somebody has no right in the group any more; one's own: leave."""
    organisation = seen(ref)
    somebody = _member(organisation, person)
    leaving, name = somebody.id == me().id, somebody.name
    members.remove(organisation, somebody, by=me())
    if leaving:
        flash(_("You have left %(group)s.", group=organisation.name))
        return redirect(url_for("home.show"), 303)
    flash(_("%(name)s can no longer do anything for this group.", name=name))
    return redirect(url_for(".members", ref=ref), 303)
