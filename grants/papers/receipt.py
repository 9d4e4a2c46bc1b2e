"""The receipt for an application: exactly what was sent and when, as a tagged PDF. Its twin on screen is its own page."""

from __future__ import annotations

from flask import current_app

from grants.applications.frozen import Frozen, in_words
from grants.kernel import clock
from grants.kernel.words import _
from grants.settings import Settings


def draw(sent: Frozen, *, partnership: str, number: int) -> bytes:
    """The PDF: English (en-GB), tagged, fonts embedded. The same sending gives the same bytes. `number`: which one it is."""
    from grants.papers.tagged import Paper

    settings: Settings = current_app.extensions["grants"]
    paper = Paper(
        _("Receipt for %(ref)s", ref=sent.ref),
        author=partnership,
        subject=sent.title,
        foot=f"{sent.ref} · {sent.group} · {partnership}",
    )
    at = clock.civil(sent.sent_at)
    paper.heading(_("We have your application"))
    paper.text(
        _(
            "%(group)s sent “%(title)s” to %(round)s. It reached us at %(time)s on %(day)s, by London’s clock.",
            group=sent.group,
            title=sent.title,
            round=sent.round,
            time=f"{at:%H:%M:%S}",
            day=f"{at.day} {at:%B %Y}",
        )
    )
    paper.text(_("Your reference is %(ref)s. %(name)s sent it.", ref=sent.ref, name=sent.sent_by))
    if number > 1:
        paper.text(_("This is what you sent the %(number)s. time. We have kept what you sent before, too.", number=number))
    for title, answers in in_words(sent):
        if not any(one.answer.strip() for one in answers):
            continue
        paper.heading(title, 2)
        for one in answers:
            paper.text(one.label, quiet=True)
            paper.text(one.answer if one.answer.strip() else _("Left out"))
    if sent.declarations:
        paper.heading(_("What you confirmed"), 2)
        paper.items(list(sent.declarations))
    paper.heading(_("How you can prove it"), 2)
    paper.text(_("We kept what you sent exactly as it was. This code was made from it. Any change would make another code:"))
    paper.text(sent.digest)
    paper.text(
        _("For help, write to %(email)s and quote %(ref)s.", email=settings.owner_email, ref=sent.ref)
        if settings.owner_email
        else _("For help, write to %(owner)s and quote %(ref)s.", owner=settings.owner_name, ref=sent.ref)
    )
    return paper.bytes()
