"""Sets as they are written: whose title is whose, who may write them, and what a draft that is over takes: both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask

from grants.audit.queries import history
from grants.kernel import clock
from grants.kernel.errors import Refused, RuleBroken
from grants.people.models import Duty
from grants.questions import commands, queries, sketch
from grants.questions.document import ready
from grants.questions.sketch import sketch_of
from tests.builders.applications import a_question_set
from tests.builders.people import a_person


def _refusal(attempt: Any) -> list[str]:
    with pytest.raises(RuleBroken) as refusal:
        attempt()
    return list(refusal.value.problems)


def test_a_title_belongs_to_one_set(app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER)
    wards = a_question_set(ready("ward_fund"), title="Wards", by=by)
    local = a_question_set(ready("local_fund"), title="Local", by=by)
    taken = "There is a question set called “Wards” already. Use another title, or make a new version of it."
    assert _refusal(lambda: commands.start_draft(title=" ", by=by)) == ["Enter a title"]
    assert _refusal(lambda: commands.start_draft(title=" Wards ", by=by)) == [taken]
    assert _refusal(lambda: commands.start_draft(title="Wards", copied=local, by=by)) == [taken]
    draft = commands.start_draft(title=" Wards ", copied=wards, by=by)  # its next version
    assert (draft.title, draft.copied_from, sketch_of(draft.document).title) == ("Wards", wards.ref, "Wards")
    again = commands.start_draft(title="Local", copied=local, by=by)
    assert _refusal(lambda: commands.start_draft(title="Wards", by=by)) == [f"“Wards” is being written already: {draft.ref}."]
    a_question_set(ready("ward_fund"), title="Published", by=by)
    commands.start_draft(title="Begun", by=by)
    for title in (" Wards ", "Published", "Begun"):
        said = f"There is a question set called “{title.strip()}” already. Use another title."
        assert _refusal(lambda title=title: commands.rename_draft(again, title=title, by=by)) == [said]
    commands.rename_draft(draft, title=" Wards ", by=by)  # its own title is no other's
    assert commands.rename_draft(draft, title=" Streets ", by=by).title == "Streets"
    assert history(draft.ref)[0].sentence == "Changed the draft: its title"


def test_a_draft_says_who_changed_it_last_and_when_and_nothing_where_nothing_changed(app: Flask) -> None:
    one, two = a_person(Duty.GRANTS_OFFICER), a_person(Duty.GRANTS_OFFICER)
    draft = commands.start_draft(title="Wards", document=ready("ward_fund"), by=one)
    assert (draft.started_by, draft.changed_by) == (one.ref, one.ref)
    later = clock.now() + timedelta(days=1)
    edition = draft.edition
    same = partial(sketch.titled, title="Wards")
    with clock.stopped(later):
        assert commands.change_draft(draft, change=same, what="nothing", by=two).edition == edition
        assert draft.changed_by == one.ref
        commands.rename_draft(draft, title="Streets", by=two)
    assert (draft.changed_by, draft.changed_at, draft.started_by) == (two.ref, later, one.ref)


def test_a_draft_that_was_put_away_takes_nothing_more_and_frees_its_title(app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER)
    draft = commands.drop_draft(commands.start_draft(title="Wards", document=ready("ward_fund"), by=by), by=by)
    attempts = [
        lambda: commands.rename_draft(draft, title="Streets", by=by),
        lambda: commands.publish(draft, edition=draft.edition, by=by),
        lambda: commands.drop_draft(draft, by=by),
    ]
    assert [_refusal(attempt) for attempt in attempts] == [["This draft was put away."]] * 3
    assert commands.start_draft(title="Wards", by=by).ref != draft.ref
    assert queries.latest() == []


def test_only_officers_change_publish_and_put_away(app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER)
    draft = commands.start_draft(title="Wards", document=ready("ward_fund"), by=by)
    nobody = a_person(Duty.FINANCE_OFFICER)
    for attempt in (
        lambda: commands.rename_draft(draft, title="Streets", by=nobody),
        lambda: commands.publish(draft, edition=draft.edition, by=nobody),
        lambda: commands.drop_draft(draft, by=nobody),
    ):
        with pytest.raises(Refused):
            attempt()
    assert (draft.title, draft.published_as, draft.dropped_at) == ("Wards", None, None)


def test_everything_that_does_not_fit_yet_is_said_when_it_is_published(sqlite_app: Flask) -> None:
    by = a_person(Duty.GRANTS_OFFICER)
    broken = ready("ward_fund")
    broken["sections"] += [{"key": key, "title": key.capitalize(), "questions": []} for key in ("more", "last")]
    draft = commands.start_draft(title="Wards", document=broken, by=by)
    assert _refusal(lambda: commands.publish(draft, edition=draft.edition, by=by)) == [
        "“More” asks nothing yet. Add a question or remove it.",
        "“Last” asks nothing yet. Add a question or remove it.",
    ]
    assert queries.latest() == []
