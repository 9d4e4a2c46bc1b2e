"""Where another organisation is to hold the money, nothing can be offered until it has said yes and while it stands by it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from grants.applications import commands
from grants.applications.models import Application, State
from grants.awards.queries import unheld
from grants.kernel.errors import RuleBroken
from grants.notices import groups
from grants.people.about import Profile
from grants.people.models import Hosting, Organisation, Person
from grants.people.profiles import save_profile
from grants.rounds.terms import Terms
from tests.builders.applications import a_complete_draft, a_round
from tests.builders.people import a_group


def _draft(*, account: bool | None = False, needed: bool = True) -> Application:
    """A draft of a group that has (no) account of its own."""
    draft = a_complete_draft(round=a_round(terms=Terms(host_needed=needed)))
    if account is not None:
        save_profile(draft.organisation, profile=Profile(own_account=account), edition=0, by=draft.started_by)
    return draft


def _sent(draft: Application) -> Application:
    return commands.submit(draft, declared=True, edition=draft.edition, by=draft.started_by)


def _ask(draft: Application, by: Person, name: str = "Old Chapel") -> Hosting:
    return commands.ask_host(draft, host_name=name, host_email=by.email, by=draft.started_by)


def _answer(asked: Hosting, host: Organisation, agreed: bool, by: Person) -> Hosting:
    return groups.answer_host(asked, host=host, agreed=agreed, reason="" if agreed else "Too busy", by=by)


@pytest.mark.parametrize(
    ("facts", "wanted"), [({}, True), ({"account": True}, False), ({"account": None}, False), ({"needed": False}, False)]
)
def test_a_host_is_wanted_where_the_round_says_so_and_the_group_has_no_account(
    sqlite_app: Flask, facts: dict[str, Any], wanted: bool
) -> None:
    assert unheld(_draft(**facts)) is wanted


def test_money_is_held_only_once_the_host_said_yes_and_while_it_stands_by_it(app: Flask) -> None:
    draft = _draft()
    host, _applicant, signs = a_group("Old Chapel")
    asked = _ask(draft, signs)
    assert (unheld(draft), unheld(_sent(draft))) == (True, True)  # to have asked is enough for sending, not for an offer
    _answer(asked, host, True, signs)
    assert unheld(draft) is False
    groups.withdraw_host(asked, because="We are moving.", by=signs)
    assert unheld(draft) is True


def test_once_it_is_sent_another_host_is_asked_only_after_a_no(app: Flask) -> None:
    draft = _draft()
    host, _applicant, signs = a_group("Old Chapel")
    other, _applicant, says_yes = a_group("New Chapel")
    _sent(draft)
    with pytest.raises(RuleBroken, match="This application is already submitted, so it cannot be changed"):
        _ask(draft, signs)
    commands.withdraw(draft, by=draft.started_by)

    again = a_complete_draft(round=draft.round, group=draft.organisation, by=draft.started_by)
    first = _ask(again, signs)
    _sent(again)
    with pytest.raises(RuleBroken, match="This application is already submitted, so it cannot be changed"):
        _ask(again, says_yes, "New Chapel")
    _answer(first, host, False, signs)
    assert (unheld(again), again.state) == (True, State.SUBMITTED)
    _answer(_ask(again, says_yes, "New Chapel"), other, True, says_yes)
    assert unheld(again) is False
