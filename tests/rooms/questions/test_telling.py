"""One way of reading what a group typed, rule by rule, as `questions/telling.py` states them: no database."""

from __future__ import annotations

import pytest

from grants.questions.telling import Told, told

CHANGE, DOING, BUYING, COUNTING = Told.CHANGE, Told.DOING, Told.BUYING, Told.COUNTING


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        # 1. One clause that tells a change is enough, wherever it stands.
        ("We will run boxing sessions so that fewer young people offend", CHANGE),
        ("We will hold a party. We will reduce antisocial behaviour.", CHANGE),
        ("We will hold a party. We will hire a coach.", DOING),
        # 2. Openings say nothing, and are remembered.
        ("Our aim is to run boxing sessions", DOING),
        ("The money will pay for a hall", BUYING),
        # 3. What stands first decides.
        ("hire two coaches", DOING),
        ("reduce burglary", CHANGE),
        ("improve our hall", DOING),
        ("improve young people’s lives", CHANGE),
        ("support people to find work", CHANGE),
        ("support people to attend sessions", DOING),
        # 4. Somebody, or a place, or a state, of which something is told.
        ("Women who leave abusive partners feel safe", CHANGE),
        ("Burglary will fall", CHANGE),
        ("People will no longer be afraid", CHANGE),
        ("50 people will be trained", COUNTING),
        ("Residents will receive food parcels", COUNTING),
        ("Our volunteers will walk the streets", DOING),
        # 5. Without a verb.
        ("Fewer burglaries", CHANGE),
        ("Safer streets", CHANGE),
        ("More sessions", DOING),
        ("12 workshops", DOING),
        ("judo on Tuesdays", DOING),
        # 6. Work for a change is a change; work about one is not.
        ("Workshops to reduce crime", CHANGE),
        ("Workshops about reducing crime", DOING),
        ("Workshops for people who want to stop offending", DOING),
        # 7. What fits none of this is left alone.
        ("Zzz qqq", None),
        ("Gwell strydoedd", None),
        ("نادي 🙂", None),
        ("", None),
        # A word a single slip away is read as the one that was meant.
        ("orgnise sessions", DOING),
    ],
)
def test_each_rule_of_reading(entry: str, what: Told | None) -> None:
    assert told(entry) is what
