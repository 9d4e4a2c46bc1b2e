"""The award letter: what is offered or agreed, as a tagged PDF in plain English. Its twin on screen is the award's page.

Drawn when asked for, outside any command, from an award that `awards.queries.award` loaded whole.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.dates import format_date
from flask import current_app

from grants.awards import queries
from grants.awards.models import Award, Gate, LaterYear, State, YearState
from grants.awards.rules import percent
from grants.kernel import clock
from grants.kernel.marks import marked
from grants.kernel.words import _, mark
from grants.settings import Settings
from grants.strategy.wording import measure

if TYPE_CHECKING:
    from grants.papers.tagged import Paper

TITLES = {
    State.OFFERED: mark("Offer of a grant of %(amount)s"),
    State.ACCEPTED: mark("Grant of %(amount)s: agreement"),
    State.CLOSED: mark("Grant of %(amount)s: agreement"),
    State.DECLINED: mark("Offer of a grant of %(amount)s: declined"),
    State.LAPSED: mark("Offer of a grant of %(amount)s: no longer open"),
}
FIRST = {Gate.ACCEPTED: mark("You accept this offer"), Gate.REPORT: mark("We accept your report")}


def title(award: Award) -> str:
    """The letter's heading, which is also the file's title."""
    return _(TITLES[award.state], amount=award.agreed)


def draw(award: Award) -> bytes:
    """The PDF: English (en-GB), tagged, fonts embedded. The same award in the same state gives the same bytes."""
    from grants.papers.tagged import Paper

    settings: Settings = current_app.extensions["grants"]
    partnership = award.pot.stream.partnership.name
    paper = Paper(
        f"{title(award)}, {award.ref}",
        author=partnership,
        subject=award.title,
        foot=f"{award.ref} · {award.organisation.name} · {partnership}",
    )
    if marked("demo") or award.pot.fictional or award.organisation.fictional:
        paper.text(_("Fictional: this letter is part of a demonstration. No money is offered or paid."), quiet=True)
    paper.text(partnership)
    paper.heading(title(award))
    paper.text(
        "\n".join([award.organisation.name, day(clock.civil(award.offered_at).date()), _("Reference %(ref)s", ref=award.ref)])
    )
    paper.text(_opening(award))
    if not award.from_open_call:
        paper.text(_("This grant is for a protected commitment. It did not come from an open call."))
    paper.heading(_("What the money is for"), 2)
    paper.text(award.purpose if award.purpose == award.title else f"{award.title}\n\n{award.purpose}")
    paper.text(_("Your project runs from %(first)s to %(last)s.", first=day(award.starts_on), last=day(award.ends_on)))
    _payments(paper, award)
    _later_years(paper, award)
    if award.conditions:
        paper.heading(_("What you agree to"), 2)
        paper.items([condition.text for condition in award.conditions], numbered=True)
    _results(paper, award)
    _answer(paper, award, settings)
    paper.heading(_("Who to ask"), 2)
    paper.text(
        _("Write to %(email)s and quote %(ref)s.", email=settings.owner_email, ref=award.ref)
        if settings.owner_email
        else _("Write to %(owner)s and quote %(ref)s.", owner=settings.owner_name, ref=award.ref)
    )
    return paper.bytes()


def day(on: date) -> str:
    """3 April 2027."""
    return str(format_date(on, "d MMMM y", locale="en_GB"))


def _opening(award: Award) -> str:
    offered = _("%(amount)s for “%(title)s”", amount=award.agreed, title=award.title)
    if award.state is State.OFFERED:
        return _("We are pleased to offer %(group)s a grant of %(offered)s.", group=award.organisation.name, offered=offered)
    if award.accepted_at and award.accepted_by:
        accepted = _(
            "%(group)s accepted a grant of %(offered)s. %(name)s signed for the group as %(post)s on %(day)s.",
            group=award.organisation.name,
            offered=offered,
            name=award.accepted_by.name,
            post=award.accepted_as,
            day=day(clock.civil(award.accepted_at).date()),
        )
        if not award.first_signed_by:
            return accepted
        first = _("%(name)s signed as %(post)s too.", name=award.first_signed_by.name, post=award.first_signed_as)
        return f"{accepted} {first}"
    return _(
        "We offered %(group)s a grant of %(offered)s. The offer is %(state)s and can no longer be accepted.",
        group=award.organisation.name,
        offered=offered,
        state=award.state.value,
    )


def _payments(paper: Paper, award: Award) -> None:
    paper.heading(_("How it will be paid"), 2)
    rows = [[str(one.number), day(one.due_on), _(FIRST[one.gate]), str(one.amount)] for one in award.instalments] + [
        ["", "", _("Total"), str(award.agreed)]
    ]
    columns: list[str | tuple[str, str]] = [
        _("Payment"),
        _("Due on or after"),
        _("What must happen first"),
        (_("Amount"), "number"),
    ]
    paper.table(columns, rows, [22, 42, 66, 36])


def _later_years(paper: Paper, award: Award) -> None:
    promised = [one for one in award.later_years if one.state in (YearState.SUBJECT_TO_FUNDING, YearState.PROTECTED)]
    if not promised:
        return
    paper.heading(_("Later years"), 2)
    paper.text(_("This agreement also covers:"))
    paper.items([in_plain_words(one) for one in promised])
    paper.text(
        _(
            "We cannot promise this money yet: it is subject to funding. When a year’s money is there, your grant comes before "
            "anything new. If it has to be less, or to end, we talk to you first and tell you at least three months before."
        )
    )


def in_plain_words(one: LaterYear) -> str:
    """A later year as its group reads it: '£4,000.00 in 2027/28, if we get the funding'."""
    year = clock.year_label(one.year)
    if one.state is YearState.SUBJECT_TO_FUNDING:
        return _("%(amount)s in %(year)s, if we get the funding", amount=one.amount, year=year)
    if one.state is YearState.PROTECTED:
        return _("%(amount)s in %(year)s: the money is set aside, and not confirmed yet", amount=one.amount, year=year)
    if one.state is YearState.KEPT:
        return _("%(amount)s in %(year)s: confirmed", amount=one.firm, year=year)
    if one.state is YearState.TAPERED:
        return _("%(amount)s in %(year)s, instead of %(promised)s", amount=one.firm, year=year, promised=one.amount)
    return _("nothing in %(year)s: it has ended", year=year)


def _results(paper: Paper, award: Award) -> None:
    paper.heading(_("What it helps to achieve"), 2)
    paper.text(_("The money serves these parts of %(plan)s:", plan=award.plan.name))
    rows = [
        [one.title if not one.reason else f"{one.title}: {one.reason}", f"{percent(one.basis_points)}%", str(one.amount)]
        for one in queries.served(award)
    ]
    paper.table([_("Priority"), (_("Share"), "number"), (_("Amount"), "number")], rows, [100, 30, 36])
    if award.targets:
        paper.text(_("You promise to report on:"))
        paper.items([f"{one.indicator.title}: {measure(Decimal(one.value), one.indicator.unit)}" for one in award.targets])


def _answer(paper: Paper, award: Award, settings: Settings) -> None:
    if award.state is not State.OFFERED:
        return
    paper.heading(_("How to accept"), 2)
    paper.text(
        _(
            "Somebody who signs for your group accepts or declines by %(day)s at this address: %(address)s",
            day=day(award.answer_by),
            address=f"{settings.base_url.rstrip('/')}/awards/{award.ref}",
        )
    )
    paper.text(_("Please do not spend any of it before you have accepted."))
