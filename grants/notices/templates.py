"""The e-mails, one function each: the facts it needs are its keywords. Amounts and dates come as values, leave as words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from babel.dates import format_date
from flask import current_app

from grants.kernel import clock
from grants.kernel.money import Money
from grants.kernel.words import _
from grants.settings import Settings


class Mail(NamedTuple):
    """A subject line and a plain-text body, without greeting and close."""

    subject: str
    body: list[str]  # paragraphs


STOPPED_AT = "/alerts/stop/"  # where e-mails that somebody asked for are stopped
TEMPLATES: dict[str, Callable[..., Mail]] = {}
SECRETS = frozenset({"sign-in", "registered", "invited", "took over", "host asked"})  # they carry a way in


def _template(name: str) -> Callable[[Callable[..., Mail]], Callable[..., Mail]]:
    def keep(write: Callable[..., Mail]) -> Callable[..., Mail]:
        TEMPLATES[name] = write
        return write

    return keep


def _settings() -> Settings:
    found: Settings = current_app.extensions["grants"]
    return found


def address(path: str) -> str:
    """The full address of a page, as an e-mail needs it."""
    return _settings().base_url.rstrip("/") + path


def _day(on: date | datetime) -> str:
    day = clock.civil(on).date() if isinstance(on, datetime) else on
    return format_date(day, "d MMMM y", locale="en_GB")


def _moment(at: datetime) -> str:
    here = clock.civil(at)
    minutes = f":{here.minute:02}" if here.minute else ""
    hour = f"{here.hour % 12 or 12}{minutes}{'am' if here.hour < 12 else 'pm'}"
    if (here.hour, here.minute) in ((0, 0), (12, 0)):
        hour = _("midnight") if here.hour == 0 else _("midday")
    return _("%(time)s on %(day)s", time=hour, day=_day(at))


def _minutes() -> int:
    return _settings().code_minutes


@_template("sign-in")
def sign_in(*, link: str, code: str) -> Mail:
    return Mail(
        _("Your link and code to sign in"),
        [
            _("Your code is %(code)s", code=code),
            _("Type it on the page where you asked to sign in. Or open this link and press the button on the page:"),
            link,
            _("Both work once, for %(minutes)s minutes.", minutes=_minutes()),
            _("If you did not ask to sign in, ignore this email. The code works only on the page where it was asked for."),
        ],
    )


@_template("registered")
def registered(*, link: str, code: str, group: str) -> Mail:
    return Mail(
        _("Confirm your email address"),
        [
            _("You, or somebody using your email address, asked to register %(group)s.", group=group),
            _("Your code is %(code)s", code=code),
            _("Type it on the page where you registered. Or open this link and press the button on the page:"),
            link,
            _("Both work once, for %(minutes)s minutes.", minutes=_minutes()),
            _("If this was not you, ignore this email and nothing will be registered."),
        ],
    )


@_template("invited")
def invited(*, link: str, group: str, asked_by: str, right: str) -> Mail:
    return Mail(
        _("Act for %(group)s", group=group),
        [
            _(
                "%(asked_by)s asked you to help with funding applications for %(group)s.",
                asked_by=asked_by,
                group=group,
            ),
            _("What you could do: %(right)s.", right=right),
            _("To say yes, open this link and press the button on the page. It works once, for 7 days:"),
            link,
            _("If you do not know this group, ignore this email and nothing will happen."),
        ],
    )


@_template("added")
def added(*, by: str) -> Mail:
    return Mail(
        _("You can now sign in to %(service)s", service=_settings().service_name),
        [
            _("%(by)s added you to %(service)s.", by=by, service=_settings().service_name),
            _("To sign in, ask for a link and a code to be sent to this email address:"),
            address("/sign-in/email"),
        ],
    )


@_template("took over")
def took_over(*, link: str, code: str) -> Mail:
    return Mail(
        _("Confirm your email address"),
        [
            _("You, or somebody using your email address, told us that you have taken over from somebody at a group."),
            _("Your code is %(code)s", code=code),
            _("Type it on the page where you told us. Or open this link and press the button on the page:"),
            link,
            _("Both work once, for %(minutes)s minutes.", minutes=_minutes()),
            _("If this was not you, ignore this email and nothing will happen."),
        ],
    )


@_template("takeover told")
def takeover_told(*, ref: str, group: str, person: str, may: str, begins_on: date, stops: list[str], again: bool) -> Mail:
    first = (
        _("Please look again: this begins on %(day)s.", day=_day(begins_on))
        if again
        else _("We made a check, and %(person)s seems to have taken over at %(group)s.", person=person, group=group)
    )
    what = _(
        "From %(day)s %(person)s can act for %(group)s: %(may)s.", day=_day(begins_on), person=person, group=group, may=may
    )
    return Mail(
        _("Somebody new will act for %(group)s", group=group),
        [
            first,
            what,
            *([_("From then on these people can no longer act for it: %(names)s.", names=", ".join(stops))] if stops else []),
            _(
                "If this is right, you need do nothing. If it is wrong, say so before %(day)s, and it stops:",
                day=_day(begins_on),
            ),
            address(f"/take-overs/{ref}"),
        ],
    )


@_template("takeover yes")
def takeover_yes(*, ref: str, group: str, begins_on: date, reason: str) -> Mail:
    return Mail(
        _("You can act for %(group)s from %(day)s", group=group, day=_day(begins_on)),
        [
            _("You told us that you have taken over at %(group)s. We checked, and said yes.", group=group),
            reason,
            _("From %(day)s you find the group’s applications when you sign in.", day=_day(begins_on)),
            _("We have told the people of the group. If one of them objects before that day, we will write to you."),
            address(f"/take-overs/{ref}"),
        ],
    )


@_template("takeover no")
def takeover_no(*, ref: str, reason: str) -> Mail:
    return Mail(
        _("We could not give you access to a group"),
        [
            _("You told us that you have taken over from somebody at a group. We checked, and could not say yes."),
            _("The reason:"),
            reason,
            _("If you can show us more, ask again:"),
            address("/take-over"),
        ],
    )


@_template("takeover stopped")
def takeover_stopped(*, ref: str, group: str, person: str) -> Mail:
    return Mail(
        _("Stopped: somebody of %(group)s objected", group=group),
        [
            _(
                "%(person)s was to act for %(group)s soon. Somebody of the group objected, so nothing changes.",
                person=person,
                group=group,
            ),
            _("What was said is here:"),
            address(f"/take-overs/{ref}"),
        ],
    )


@_template("host asked")
def host_asked(*, link: str, group: str, host: str, asked_by: str, asked_for: str) -> Mail:
    return Mail(
        _("Will you hold the money for %(group)s?", group=group),
        [
            _("%(asked_by)s of %(group)s is applying for a grant (%(ref)s).", asked_by=asked_by, group=group, ref=asked_for),
            _("The group has no bank account. It asks whether %(host)s would hold the money for it.", host=host),
            _("Read what that means, and say yes or no. It takes two minutes, and works on a phone:"),
            link,
            _("Somebody who signs for your organisation has to answer. You can send this email on to them."),
            _("If you do not know this group, ignore this email, or say no."),
        ],
    )


@_template("host answered")
def host_answered(*, ref: str, host: str, agreed: bool, reason: str | None) -> Mail:
    said = (
        _("%(host)s said yes: it will hold the money for you.", host=host)
        if agreed
        else _("%(host)s said no: it will not hold the money for you.", host=host)
    )
    more = [] if agreed else [_("You can ask another organisation from the page of your application.")]
    return Mail(
        said.partition(":")[0],
        [said, *([reason] if reason else []), *more, address(f"/hostings/{ref}")],
    )


@_template("host confirmed")
def host_confirmed(*, ref: str, group: str, terms: list[str]) -> Mail:
    return Mail(
        _("You will hold the money for %(group)s", group=group),
        [
            _("Thank you. You said yes to holding the money for %(group)s, if its application is successful.", group=group),
            _("This is what you said yes to:"),
            *[f"- {term}" for term in terms],
            _("Keep this email. You can read it again, or end it, here:"),
            address(f"/hostings/{ref}"),
        ],
    )


@_template("host ended")
def host_ended(*, ref: str, group: str, host: str, reason: str | None) -> Mail:
    return Mail(
        _("%(host)s no longer holds the money for %(group)s", host=host, group=group),
        [
            _("What you agreed about holding the money for %(group)s has ended.", group=group),
            *([reason] if reason else []),
            address(f"/hostings/{ref}"),
        ],
    )


@_template("alerts asked for")
def alerts_asked_for(*, link: str, what: str) -> Mail:
    return Mail(
        _("Do you want emails about new funds?"),
        [
            _("You, or somebody using your email address, asked us to tell you when we open %(what)s.", what=what),
            _("To say yes, open this link and press the button on the page. It works for 7 days:"),
            address(f"/alerts/yes/{link}"),
            _("If this was not you, ignore this email. We will not write again."),
        ],
    )


@_template("round opened")
def round_opened(
    *, ref: str, title: str, purpose: str, least: Money, most: Money, closes: datetime, whose: str, stop: str
) -> Mail:
    return Mail(
        _("Open now: %(title)s", title=title),
        [
            _("%(whose)s has opened a fund: %(title)s.", whose=whose, title=title),
            purpose,
            _("You can ask for %(least)s to %(most)s. It closes at %(when)s.", least=least, most=most, when=_moment(closes)),
            _("Read about it, and check if you can apply:"),
            address(f"/rounds/{ref}"),
            _("You asked us for this email. To stop them, open this link and press the button:"),
            address(STOPPED_AT + stop),
        ],
    )


@_template("application started")
def application_started(*, ref: str, group: str, round: str, closes: datetime) -> Mail:
    return Mail(
        _("You have started an application to %(round)s", round=round),
        [
            _("You have started an application from %(group)s to %(round)s.", group=group, round=round),
            _("Your reference is %(ref)s.", ref=ref),
            _("We keep each page when you save it. You can carry on from any phone or computer:"),
            address(f"/applications/{ref}"),
            _("If you are asked to sign in, type this email address and we send you a code."),
            _("Send it before %(when)s.", when=_moment(closes)),
        ],
    )


@_template("application received")
def application_received(
    *,
    ref: str,
    title: str,
    group: str,
    round: str,
    closes: date | datetime,
    sent_at: datetime | None = None,
    said: Sequence[tuple[str, str]] = (),
) -> Mail:
    when = _moment(closes) if isinstance(closes, datetime) else _day(closes)
    copy = (
        [
            _("This is exactly what we received, at %(when)s:", when=_moment(sent_at)),
            *(f"{asked}\n{answer}" for asked, answer in said),
            _("The same as a PDF:"),
            address(f"/applications/{ref}/receipt.pdf"),
        ]
        if sent_at and said
        else []
    )
    return Mail(
        _("We have your application %(ref)s", ref=ref),
        [
            _("We have received %(group)s’s application ‘%(title)s’ to %(round)s.", group=group, title=title, round=round),
            _("Your reference is %(ref)s.", ref=ref),
            _("Applications close at %(when)s. After that everything we received is scored, and a panel decides.", when=when)
            if isinstance(closes, datetime)
            else _(
                "Applications close on %(when)s. After that everything we received is scored, and a panel decides.", when=when
            ),
            _("You can read what you sent, and see where it stands:"),
            address(f"/applications/{ref}"),
            *copy,
        ],
    )


@_template("question asked")
def question_asked(*, ref: str, application: str, title: str, question: str, due_on: date) -> Mail:
    return Mail(
        _("A question about ‘%(title)s’", title=title),
        [
            _("We would like to ask you something about your application. Please answer by %(day)s.", day=_day(due_on)),
            question,
            _("Answer here:"),
            address(f"/applications/{application}/questions-asked/{ref}"),
        ],
    )


@_template("feedback")
def feedback(*, ref: str, title: str, reasons: Sequence[str], words: str) -> Mail:
    return Mail(
        _("What we thought of ‘%(title)s’", title=title),
        [
            _("Here is why we decided as we did, to help you next time:"),
            "\n".join(f"- {one}" for one in reasons),
            *([words] if words else []),
            _("If you think we made a mistake, you can ask us to look at it again:"),
            address(f"/applications/{ref}"),
        ],
    )


@_template("review answered")
def review_answered(*, ref: str, title: str, upheld: bool, answer: str) -> Mail:
    return Mail(
        _("We looked at our decision on ‘%(title)s’ again", title=title),
        [
            _("You were right, and we will put it right.") if upheld else _("Our decision stays as it is."),
            answer,
            _("You can read it here too:"),
            address(f"/applications/{ref}"),
        ],
    )


@_template("not sent in time")
def not_sent_in_time(*, ref: str, title: str, round: str, said: Sequence[tuple[str, str]]) -> Mail:
    return Mail(
        _("Your application to %(round)s was not sent", round=round),
        [
            _("%(round)s has closed, and ‘%(title)s’ was not sent in time. We are sorry.", round=round, title=title),
            _("Nothing you wrote is lost. Here it is, so that you can use it again:"),
            *(f"{asked}\n{answer}" for asked, answer in said),
            _("You can also read it here:"),
            address(f"/applications/{ref}"),
            _("Other funding is here:"),
            address("/rounds"),
        ],
    )


@_template("application opened again")
def application_opened_again(*, ref: str, title: str, why: str, until: date | datetime, second_stage: bool) -> Mail:
    when = _moment(until) if isinstance(until, datetime) else _day(until)
    return Mail(
        _("Please tell us more about ‘%(title)s’", title=title)
        if second_stage
        else _("Please change your application ‘%(title)s’", title=title),
        [
            _("We would like to know more before we decide. You have until %(when)s.", when=when)
            if second_stage
            else _("We have opened your application again so that you can change it. You have until %(when)s.", when=when),
            why,
            _("What you sent is kept. Only the parts we ask about have to be done again. Then send it again:")
            if not second_stage
            else _("What you sent is kept. Answer the new questions, then send it again:"),
            address(f"/applications/{ref}"),
        ],
    )


@_template("offer made")
def offer_made(*, ref: str, title: str, amount: Money, answer_by: date) -> Mail:
    return Mail(
        _("We are offering you a grant of %(amount)s", amount=amount),
        [
            _("We are pleased to offer you %(amount)s for ‘%(title)s’.", amount=amount, title=title),
            _("Read the offer and its conditions, and answer by %(day)s:", day=_day(answer_by)),
            address(f"/awards/{ref}"),
            _("Somebody who signs for your group has to accept it. Please do not spend anything before you have accepted."),
        ],
    )


@_template("second signature")
def second_signature(*, ref: str, title: str, amount: Money, person: str, answer_by: date) -> Mail:
    return Mail(
        _("One more signature for the offer of %(amount)s", amount=amount),
        [
            _(
                "%(person)s signed the offer of %(amount)s for ‘%(title)s’ for your group.",
                person=person,
                amount=amount,
                title=title,
            ),
            _(
                "For this much, two people sign. Somebody else who signs for your group must sign by %(day)s:",
                day=_day(answer_by),
            ),
            address(f"/awards/{ref}"),
        ],
    )


@_template("offer accepted")
def offer_accepted(*, ref: str, title: str, amount: Money) -> Mail:
    return Mail(
        _("The offer %(ref)s was accepted", ref=ref),
        [
            _("The offer of %(amount)s for ‘%(title)s’ was accepted.", amount=amount, title=title),
            _("The page of the grant says when it is paid, and what to report and when. The award letter is there too:"),
            address(f"/awards/{ref}"),
        ],
    )


@_template("not funded")
def not_funded(*, title: str, reason: str, ref: str | None = None) -> Mail:
    return Mail(
        _("Our decision on your application"),
        [
            _("Thank you for applying for ‘%(title)s’. We are sorry that we cannot fund it this time.", title=title),
            _("The panel’s reason:"),
            reason,
            *([_("You can read your application here:"), address(f"/applications/{ref}")] if ref else []),
            _("You are welcome to apply again. The rounds that are open are here:"),
            address("/rounds"),
        ],
    )


@_template("payment sent")
def payment_sent(*, amount: Money, date: date, ref: str | None = None, title: str | None = None) -> Mail:
    return Mail(
        _("We have paid you %(amount)s", amount=amount),
        [
            _("We paid %(amount)s for ‘%(title)s’ on %(day)s.", amount=amount, title=title, day=_day(date))
            if title
            else _("We paid you %(amount)s on %(day)s.", amount=amount, day=_day(date)),
            _("It usually reaches your bank account within 3 working days."),
            *([_("The page of your grant shows everything we paid:"), address(f"/awards/{ref}")] if ref else []),
        ],
    )


@_template("report due")
def report_due(*, ref: str, title: str, due_on: date) -> Mail:
    return Mail(
        _("Your report on ‘%(title)s’ is due on %(day)s", title=title, day=_day(due_on)),
        [
            _("Please tell us by %(day)s what you spent and what changed.", day=_day(due_on)),
            address(f"/reports/{ref}"),
        ],
    )


@_template("document runs out")
def document_runs_out(*, group: str, what: str, on: date) -> Mail:
    named = _(what)
    return Mail(
        _("%(what)s of %(group)s: good until %(day)s", what=named, group=group, day=_day(on)),
        [
            _(
                "You keep a document with us so that you need not send it with each application: %(what)s. It is good until "
                "%(day)s.",
                what=named,
                day=_day(on),
            ),
            _("When you have the new one, a photo of it is enough:"),
            address("/documents"),
        ],
    )


@_template("report returned")
def report_returned(*, ref: str, title: str, because: str) -> Mail:
    return Mail(
        _("We need more for your report on ‘%(title)s’", title=title),
        [
            _("Thank you for your report. Before we can accept it we need:"),
            because,
            _("Change your report and send it again. What you wrote is kept:"),
            address(f"/reports/{ref}"),
        ],
    )


@_template("report accepted")
def report_accepted(*, ref: str, title: str, answer: str | None = None) -> Mail:
    return Mail(
        _("We accepted your report on ‘%(title)s’", title=title),
        [
            _("Thank you. We have accepted your report."),
            *([answer] if answer else []),
            _("You can read it here:"),
            address(f"/reports/{ref}"),
        ],
    )


@_template("sealed")
def sealed(*, head: str) -> Mail:
    return Mail(
        _("What happened has been sealed"),
        [
            _("Everything recorded so far is sealed. The head of the chain is now:"),
            head,
            _("Keep this email. Should somebody alter the records behind our backs, this is what shows it."),
        ],
    )


def written(template: str, name: str | None, facts: Mapping[str, Any]) -> tuple[str, str]:
    """The subject and the whole text of an e-mail. KeyError for an unknown template, TypeError for facts it does not know."""
    settings = _settings()
    mail = TEMPLATES[template](**facts)
    close = [settings.owner_name]
    if settings.owner_email:
        close.append(_("For help, write to %(email)s.", email=settings.owner_email))
    greeting = _("Dear %(name)s", name=name) if name else _("Hello")
    return " ".join(mail.subject.split()), "\n\n".join([greeting, *mail.body, "\n".join(close)]) + "\n"
