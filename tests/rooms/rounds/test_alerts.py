"""E-mails about rounds that open: nothing before a yes, each round once, gone when they stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import RuleBroken, TooMany
from grants.people.models import Partnership
from grants.rounds import alerts
from grants.rounds.models import Alert
from grants.work.models import Task
from grants.work.post import letter
from tests.builders.applications import a_funded_pot, a_plan, a_round
from tests.builders.people import a_partnership


def asked(email: str = "jo@example.org", *, whose: Partnership | None = None, chosen: tuple[str, ...] = ()) -> Alert:
    return alerts.ask(email=email, partnership=whose, chosen=chosen, network="here")


def confirmed(email: str = "jo@example.org", *, whose: Partnership | None = None, chosen: tuple[str, ...] = ()) -> Alert:
    return alerts.confirm(alerts.token(asked(email, whose=whose, chosen=chosen), alerts.CONFIRM))


def told() -> list[tuple[str, str]]:
    """Every e-mail about a round: to whom and its subject."""
    found = db.session.scalars(select(Task).where(Task.about.startswith("alert-")).order_by(Task.id))
    return [(one.facts["to"], one.facts["subject"]) for one in found if one.facts["template"] == "round opened"]


def test_whoever_said_yes_is_told_once_of_each_round_that_opens(app: Flask) -> None:
    confirmed(" Jo@Example.org ")
    asked("never@example.org")
    a_round(title="Safer summers")
    assert told() == []
    assert (alerts.due(), alerts.due()) == (1, 0)
    assert told() == [("jo@example.org", "Open now: Safer summers")]
    confirmed("late@example.org")
    assert alerts.due() == 0
    a_round(title="Winter nights")
    alerts.due()
    assert told()[1:] == [("jo@example.org", "Open now: Winter nights"), ("late@example.org", "Open now: Winter nights")]


def test_a_round_is_told_of_when_it_opens_and_not_before_or_after(app: Flask) -> None:
    confirmed()
    now = clock.now()
    later = a_round(opens_at=now + timedelta(days=2))
    assert alerts.due() == 0
    with clock.stopped(later.opens_at):
        assert alerts.due() == 1
    missed = a_round(opens_at=now + timedelta(days=2))
    with clock.stopped(missed.closes_at):
        assert alerts.due() == 0


def test_an_alert_is_of_one_partnership_and_of_what_was_chosen(app: Flask) -> None:
    ours, theirs = a_partnership(), a_partnership()
    confirmed("ours@example.org", whose=ours)
    confirmed("street@example.org", chosen=("street",))
    confirmed("drugs@example.org", chosen=("drugs",))
    pot = a_funded_pot(partnership=theirs)
    a_round(title="Lights", purpose="For lights.", pot=pot, strategy=a_plan("Safer streets", partnership=theirs))
    alerts.due()
    assert [to for to, _subject in told()] == ["street@example.org"]


def test_a_new_yes_takes_the_place_of_the_old_one(app: Flask) -> None:
    confirmed(chosen=("drugs",))
    newer = confirmed(chosen=("street",))
    assert list(db.session.scalars(select(Alert.id))) == [newer.id]


def test_stopping_leaves_nothing_of_the_address(app: Flask) -> None:
    alert = confirmed()
    a_round()
    alerts.due()
    link = alerts.token(alert, alerts.STOP)
    alerts.stop(link)
    alerts.stop(link)
    left = [db.session.scalar(select(func.count()).select_from(one)) for one in (Alert,)]
    mails = [task for task in db.session.scalars(select(Task)) if "jo@example.org" in str(task.facts)]
    assert (left, mails) == ([0], [])


def test_every_alert_names_where_it_is_stopped_for_mail_programs(app: Flask) -> None:
    alert = confirmed()
    a_round()
    alerts.due()
    mail = db.session.scalars(select(Task).order_by(Task.id.desc())).first()
    assert mail is not None
    sent = letter(mail.facts, app.extensions["grants"], "task-1")
    assert sent["List-Unsubscribe"] == f"<http://localhost:5000/alerts/stop/{alerts.token(alert, alerts.STOP)}>"


def test_what_is_not_confirmed_in_a_week_is_taken_away(app: Flask) -> None:
    link = alerts.token(asked(), alerts.CONFIRM)
    with clock.stopped(clock.now() + timedelta(days=8)):
        with pytest.raises(RuleBroken):
            alerts.confirm(link)
        alerts.due()
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 0


@pytest.mark.parametrize("link", ["", "1", "1-", "x-1", "1-0123", "999999999999-ab", "1-é"])
def test_a_link_that_is_not_ours_opens_nothing(app: Flask, link: str) -> None:
    asked()
    assert alerts.behind(link, alerts.CONFIRM) is None


def test_a_link_to_stop_does_not_confirm(app: Flask) -> None:
    with pytest.raises(RuleBroken):
        alerts.confirm(alerts.token(asked(), alerts.STOP))


def test_nobodys_letter_box_is_filled(app: Flask) -> None:
    for _n in range(alerts.ASKS):
        asked()
    with pytest.raises(TooMany):
        asked()
