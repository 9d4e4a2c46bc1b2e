"""Telling people by e-mail when a round opens: asked for, confirmed by the owner of the address, stopped with one press.

Only an address and what it is about are kept, and only until the alerts are stopped. The links in the e-mails are made with
the installation's secret from the alert itself, so no secret is kept beside it. A round is told of once, to whoever had
confirmed by then: each round is one command with a key, so a run that is cut short or doubled tells nobody twice.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from grants.kernel import clock
from grants.kernel.command import command
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken
from grants.kernel.references import OnceKey
from grants.kernel.words import _, mark
from grants.notices import commands as notices
from grants.people import entry
from grants.people.models import Partnership
from grants.people.rules import tidy_email
from grants.questions.purposes import matching, purpose, purposes
from grants.rounds import queries
from grants.rounds.models import Alert, Round, State
from grants.streams.models import Pot, Stream
from grants.work.models import Task

TO_CONFIRM = timedelta(days=7)
ASKS = 4  # of one address in a quarter of an hour: nobody's letter box is filled through us
CONFIRM, STOP = "confirm", "stop"
OVER = mark("That link no longer works. Ask for alerts again.")


def token(alert: Alert, what: str) -> str:
    """What the link in an e-mail carries: to confirm an alert, or to stop it."""
    return f"{alert.id}-{entry.hashed(f'alert {what}', str(alert.id), alert.email)[:32]}"


def behind(link: str, what: str) -> Alert | None:
    """The alert that a link is about, if it is one of ours and the alert is still there."""
    number, _dash, proof = link.partition("-")
    if not re.fullmatch(r"\d{1,12}", number, re.ASCII):
        return None
    found = db.session.scalar(select(Alert).where(Alert.id == int(number)).options(joinedload(Alert.partnership)))
    if found is None or not hmac.compare_digest(token(found, what).partition("-")[2].encode(), proof.encode()):
        return None
    if what == CONFIRM and found.confirmed_at is None and found.asked_at < clock.now() - TO_CONFIRM:
        return None
    return found


@command
def ask(*, email: str, partnership: Partnership | None = None, chosen: Sequence[str] = (), network: str) -> Alert:
    """Somebody wants alerts. An e-mail asks the owner of the address whether it was them; `chosen` are keys of purposes.

    The same is done whether the address is known here or not. TooMany where it is asked again and again.
    """
    address = tidy_email(email)
    most = current_app.extensions["grants"].sign_in_tries_from
    tries = (entry.hashed("tries alert", address), entry.hashed("tries alert network", network))
    entry.count_tries(*tries, most=(ASKS, most))
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+", address):
        raise RuleBroken(_("Enter an email address in the correct format, like name@example.com"), field="email")
    if any(purpose(key) is None for key in chosen):
        raise RuleBroken(_("Choose from the answers on the page"), field="purposes")
    alert = Alert(email=address, partnership=partnership, purposes=list(dict.fromkeys(chosen)))
    db.session.add(alert)
    db.session.flush()
    notices.queue("alerts asked for", address, about(alert), link=token(alert, CONFIRM), what=in_words(alert))
    return alert


def about(alert: Alert) -> str:
    """What the outbox knows its e-mails by."""
    return f"alert-{alert.id}"


def in_words(alert: Alert) -> str:
    """What somebody is told about."""
    whose = alert.partnership.name if alert.partnership else None
    what = [_(one.label).lower() for one in purposes() if one.key in alert.purposes]
    if what and whose:
        return _("funds from %(whose)s for: %(what)s", whose=whose, what=", ".join(what))
    if what:
        return _("funds for: %(what)s", what=", ".join(what))
    return _("every fund from %(whose)s", whose=whose) if whose else _("every fund on this site")


@command
def confirm(link: str) -> Alert:
    """The owner of the address says yes. What they asked for before is replaced. RuleBroken where the link is over."""
    alert = behind(link, CONFIRM)
    if alert is None:
        raise RuleBroken(_(OVER))
    if alert.confirmed_at is None:
        alert.confirmed_at = clock.now()
        _forget(db.session.scalars(select(Alert).where(Alert.email == alert.email, Alert.id != alert.id)).all())
    return alert


@command
def stop(link: str) -> None:
    """No more e-mails, and nothing of the address is kept. Pressing again does no harm."""
    if alert := behind(link, STOP):
        _forget([alert])


@command
def forget(email: str) -> int:
    """Take away every alert of an address, and the e-mails about them. Answers how many."""
    found = db.session.scalars(select(Alert).where(Alert.email == tidy_email(email))).all()
    _forget(found)
    return len(found)


def _forget(alerts: Sequence[Alert]) -> None:
    gone = [about(alert) for alert in alerts]
    db.session.execute(delete(Task).where(Task.about.in_(gone)))
    db.session.execute(delete(Alert).where(Alert.id.in_([alert.id for alert in alerts])))


def wants(alert: Alert, round: Round, titles: Sequence[str]) -> bool:
    """Is a round what somebody asked to be told of? `titles`: the priorities it offers."""
    if alert.partnership_id not in (None, round.pot.stream.partnership_id):
        return False
    return not alert.purposes or bool(matching(alert.purposes, [*titles, round.title, round.purpose]))


def due() -> int:
    """Tell of every round that has opened and was not told of yet; take away what was never confirmed. Answers how many
    rounds were told of."""
    _untold()
    now = clock.now()
    open_now = db.session.execute(
        select(Round.id, Round.ref).where(Round.state == State.OPEN, Round.opens_at <= now, Round.closes_at > now)
    ).all()
    name = f"{__name__}.tell"
    keys = [f"{name}:{ref}" for _id, ref in open_now]
    told = set(db.session.scalars(select(OnceKey.key).where(OnceKey.key.in_(keys))))
    untold = [(number, ref) for number, ref in open_now if f"{name}:{ref}" not in told]
    for number, ref in untold:
        tell(number, key=ref)  # type: ignore[call-arg]  # @command takes it: once, whoever runs
    return len(untold)


@command
def tell(round_id: int) -> None:
    """Put an e-mail about one round in the outbox for everybody who asked for it."""
    round = db.session.scalars(
        select(Round)
        .where(Round.id == round_id)
        .join(Round.pot)
        .join(Pot.stream)
        .options(joinedload(Round.pot).joinedload(Pot.stream).joinedload(Stream.partnership))
    ).one()
    titles = queries.offered_in([round])[round.ref]
    for alert in db.session.scalars(select(Alert).where(Alert.confirmed_at.is_not(None)).order_by(Alert.id)):
        if wants(alert, round, titles):
            notices.queue(
                "round opened",
                alert.email,
                about(alert),
                ref=round.ref,
                title=round.title,
                purpose=round.purpose,
                least=round.smallest,
                most=round.largest,
                closes=round.closes_at,
                whose=round.pot.stream.partnership.name,
                stop=token(alert, STOP),
            )


@command
def _untold() -> None:
    old = select(Alert).where(Alert.confirmed_at.is_(None), Alert.asked_at < clock.now() - TO_CONFIRM)
    _forget(db.session.scalars(old).all())
