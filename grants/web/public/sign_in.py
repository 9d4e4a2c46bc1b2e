"""Signing in and out, registering a group, and giving back a form that arrived signed out."""

# mypy: allow-subclassing-any
# the forms are wtforms', which ships no types

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import entry
from grants.people.duties import RIGHTS
from grants.people.kinds import SAID, Kind, kind_of
from grants.people.models import Duty, Registration
from grants.web import access
from grants.web.access import me, signed_in
from grants.web.forms import (
    Characters,
    CodeField,
    EmailField,
    HouseForm,
    LongTextField,
    PasswordField,
    RadiosField,
    Required,
    TextField,
    choices_of,
)
from grants.web.public import checking
from grants.web.uploads import KEPT

area = Blueprint("sign_in", __name__)

PAGE = "asked"  # in the session: the secret of the page that asked for a code
ADDRESS = "asked_for"


class SignInForm(HouseForm):
    email = EmailField(mark("Email address"), [Required(mark("Enter your email address"))])
    password = PasswordField(mark("Password"), [Required(mark("Enter your password"))])


class EmailForm(HouseForm):
    email = EmailField(mark("Email address"), [Required(mark("Enter your email address"))])


class CodeForm(HouseForm):
    code = CodeField(
        mark("Code"),
        [Required(mark("Enter the six figures from the email"))],
        description=mark("Six figures, for example 123 456"),
    )


class RegisterForm(HouseForm):
    name = TextField(mark("Your name"), [Required(mark("Enter your name")), Characters(120)], autocomplete="name")
    email = EmailField(
        mark("Your email address"),
        [Required(mark("Enter your email address"))],
        description=mark("We send a link and a code to it, to check that it is yours."),
    )
    group_name = TextField(
        mark("Your group’s name"),
        [Required(mark("Enter the name of your group")), Characters(200)],
        description=mark("As it stands in your constitution or governing document, if you have one."),
        autocomplete="organization",
    )
    charity_number = TextField(
        mark("Charity number (optional)"),
        [Characters(20)],
        width=10,
        description=mark("If your group is a registered charity."),
    )
    kind = RadiosField(
        mark("What kind of group are you?"),
        [Required(mark("Say what kind of group you are"))],
        choices=choices_of(Kind, SAID),
        description=mark("Choose the one that fits best. You do not need to be a charity."),
        small=True,
    )


class TakeOverForm(HouseForm):
    name = TextField(mark("Your name"), [Required(mark("Enter your name")), Characters(120)], autocomplete="name")
    email = EmailField(
        mark("Your email address"),
        [Required(mark("Enter your email address"))],
        description=mark("We send a link and a code to it, to check that it is yours."),
    )
    group_said = TextField(
        mark("Your group’s name, or its charity number"),
        [Required(mark("Enter the name of your group, or its charity number")), Characters(200)],
        autocomplete="organization",
    )
    role = TextField(
        mark("What do you do in the group now?"),
        [Required(mark("Say what you do in the group")), Characters(120)],
        description=mark("For example: treasurer since June."),
    )
    how_to_check = LongTextField(
        mark("How can we check this? (optional)"),
        rows=4,
        characters=1_000,
        description=mark("For example: the minutes of the meeting that chose you, or somebody at the group we can phone."),
    )


def can_mail() -> bool:
    """Does mail leave this installation, or is its outbox open to everybody?"""
    return bool(current_app.extensions["grants"].mail_server) or access.on_demo()


def _next() -> str | None:
    return access.same_site(request.args.get("next"))


def _onward(opened: entry.Opened, onward: str | None) -> ResponseReturnValue:
    """Come in, and go where the person was going: first of all to what they typed and had not sent."""
    cookie = request.cookies.get(access.HELD)
    access.come_in(opened)
    if cookie and entry.held(cookie, me()):
        return redirect(url_for("sign_in.held"), 303)
    return redirect(checking.landed(onward) or url_for("home.show"), 303)


@area.route("/sign-in", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Sign in with a password, or go on to the other way."""
    if access.who() is not None and request.method == "GET":
        return redirect(_next() or url_for("home.show"), 303)
    form = SignInForm()
    if form.accepted():
        with form.reporting():
            opened = entry.sign_in_with_password(
                email=form.email.data,
                password=form.password.data,
                network=access.network(),
                browser=request.cookies.get(access.BROWSER),
            )
            return _onward(opened, _next())
    return render_template("sign_in/show.html", form=form, next=_next(), can_mail=can_mail(), demo=_demo()), form.status


def _demo() -> tuple[str, list[tuple[str, str]]] | None:
    """The demonstration's password, and whom it signs in: what each does and their address."""
    if not access.on_demo():
        return None
    from grants.demo import build, cast

    return build.PASSWORD, [(who.does, who.email) for who in (*cast.STAFF, *cast.GROUP_PEOPLE)]


@area.route("/sign-in/email", methods=["GET", "POST"])
def email() -> ResponseReturnValue:
    """Ask for a link and a code by e-mail."""
    form = EmailForm()
    if can_mail() and form.accepted():
        page = entry.token()
        notices.send_way_in(
            email=form.email.data,
            page=page,
            network=access.network(),
            browser=request.cookies.get(access.BROWSER),
            next=_next(),
        )
        session[PAGE], session[ADDRESS] = page, form.email.data
        return redirect(url_for(".code", next=_next()), 303)
    return render_template("sign_in/email.html", form=form, next=_next(), can_mail=can_mail()), form.status


@area.route("/sign-in/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The page already open, where the code is typed."""
    return _code_page(".email")


@area.route("/register/code", methods=["GET", "POST"])
def register_code() -> ResponseReturnValue:
    """The same, for somebody who registers."""
    return _code_page(".register")


@area.route("/take-over/code", methods=["GET", "POST"])
def take_over_code() -> ResponseReturnValue:
    """The same, for somebody who took over at a group."""
    return _code_page(".take_over")


def _code_page(again: str) -> ResponseReturnValue:
    if PAGE not in session:
        return redirect(url_for(again, next=_next()), 303)
    form = CodeForm()
    if form.accepted():
        with form.reporting():
            opened = entry.open_with_code(page=str(session[PAGE]), code=form.code.data, network=access.network())
            return _onward(opened, _next())
    return (
        render_template(
            "sign_in/code.html",
            form=form,
            address=session.get(ADDRESS, ""),
            again=checking.start_page(_next()) or url_for(again, next=_next()),
            registering=again != ".email",
            minutes=current_app.extensions["grants"].code_minutes,
            demo=access.on_demo(),
        ),
        form.status,
    )


@area.route("/sign-in/link/<token>", methods=["GET", "POST"])
def link(token: str) -> ResponseReturnValue:
    """Behind an e-mailed link: a page with a button. Opening it does nothing, because mail scanners open links."""
    form = HouseForm()
    if form.accepted():
        with form.reporting():
            return _onward(entry.open_with_link(token), _next())
    found = entry.behind_link(token)
    if found is None:
        if not form.problems:
            form.report(_(entry.LINK_OVER))
        return render_template("sign_in/link_over.html", form=form), 422 if request.method == "POST" else 410
    return render_template("sign_in/link.html", form=form, **_words(found)), form.status


def _words(found: object) -> dict[str, str]:
    if isinstance(found, Registration) and found.organisation is not None:
        group = found.organisation.name
        return {
            "title": _("Act for %(group)s", group=group),
            "button": _("Say yes and sign in"),
            "text": _(
                "You were asked to help with applications for %(group)s. What you could do: %(right)s.",
                group=group,
                right=_(RIGHTS[found.duty or Duty.APPLICANT]).lower(),
            ),
        }
    if isinstance(found, Registration) and found.taking_over:
        return {
            "title": _("Confirm your email address"),
            "button": _("Confirm and sign in"),
            "text": _("This sends us what you told us about your group, and signs you in. Then we check."),
        }
    if isinstance(found, Registration):
        return {
            "title": _("Confirm your email address"),
            "button": _("Confirm and sign in"),
            "text": _("This registers %(group)s and signs you in.", group=found.group_name or ""),
        }
    return {
        "title": _("Sign in"),
        "button": _("Sign in"),
        "text": _("You asked for a link to sign in. Press the button to sign in with this browser."),
    }


@area.post("/sign-out")
def out() -> ResponseReturnValue:
    """End the sign-in."""
    access.go_out()
    flash(_("You have signed out."))
    return redirect(url_for("public.start"), 303)


@area.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """A stranger registers a group. Nothing exists until the address is confirmed, and the answer is always the same."""
    form = RegisterForm()
    if can_mail() and form.accepted():
        page = entry.token()
        with form.reporting():
            notices.send_registration(
                name=form.name.data,
                email=form.email.data,
                group_name=form.group_name.data,
                charity_number=form.charity_number.data,
                kind=kind_of(form.kind.data),
                page=page,
                network=access.network(),
                next=_next(),
            )
            session[PAGE], session[ADDRESS] = page, form.email.data
            return redirect(url_for(".register_code", next=_next()), 303)
    return render_template("sign_in/register.html", form=form, can_mail=can_mail()), form.status


@area.route("/take-over", methods=["GET", "POST"])
def take_over() -> ResponseReturnValue:
    """Somebody took over at a group and nobody there can let them in. The answer never says whether the group is here."""
    form = TakeOverForm()
    if can_mail() and form.accepted():
        page = entry.token()
        with form.reporting():
            notices.send_takeover(
                name=form.name.data,
                email=form.email.data,
                group_said=form.group_said.data,
                role=form.role.data,
                how_to_check=form.how_to_check.data,
                page=page,
                network=access.network(),
            )
            session[PAGE], session[ADDRESS] = page, form.email.data
            return redirect(url_for(".take_over_code"), 303)
    return render_template("sign_in/take_over.html", form=form, can_mail=can_mail()), form.status


# -- what was typed while signed out ----------------------------------------------------------------------------------


def _or_gone(do: Callable[[str], ResponseReturnValue]) -> ResponseReturnValue:
    cookie = request.cookies.get(access.HELD)
    if cookie and entry.held(cookie, me()):
        return do(cookie)
    flash(_("Nothing you typed is waiting to be sent."), "important")
    return redirect(url_for("home.show"), 303)


@area.get("/held")
@signed_in
def held() -> ResponseReturnValue:
    """What was typed and could not be sent, with one button that sends it now."""

    def again(cookie: str) -> ResponseReturnValue:
        kept = entry.held(cookie, me())
        assert kept
        fields = [(name, value) for name, values in kept.fields.items() for value in values]
        told = [(name, value) for name, value in fields if name not in ("key", "edition") and not name.endswith(KEPT)]
        shown = [(_label(name), value) for name, value in told if value.strip()]
        return render_template(
            "sign_in/held.html", path=kept.path, fields=fields, shown=shown, at=kept.at, cookie=cookie, cookie_name=access.HELD
        )

    return _or_gone(again)


def _label(name: str) -> str:
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@area.post("/held/forget")
@signed_in
def forget() -> ResponseReturnValue:
    """It is not wanted any more."""

    def drop(cookie: str) -> ResponseReturnValue:
        entry.drop_held(cookie)
        flash(_("What you typed was thrown away."))
        response = redirect(url_for("home.show"), 303)
        response.delete_cookie(access.HELD)
        return response

    return _or_gone(drop)
